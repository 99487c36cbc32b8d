//! Gong's API: `callTranscripts` with the words by `speakerId`, and `calls` with the people, each with a `speakerId` and an
//! affiliation. Three ids stand side by side there: a speaker's, a user's and a party's; only the first is in the words.
//! Times of words are milliseconds, those of calls seconds.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use serde_json::Value;

use super::{Transcript, at, finish, first_text, label, list, millis, moment, party, text, turn};
use crate::{
    conversation::{DealId, Participant, Side},
    deal::CrmRecord,
    read::{
        Format, Input, Likeness, Read, Skipped,
        directory::{self, Directory, Scope},
        export::UNASSIGNED,
        money::money,
        speaker::is_phone_number,
        when,
    },
};

/// Gong.
pub struct Gong;

impl Format for Gong {
    fn name(&self) -> &'static str {
        "gong-json"
    }
    fn doc(&self) -> &'static str {
        "Gong API: calls/transcript, with calls/extensive for people and CRM context"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let is = |v: &Value| {
            transcripts(v).iter().any(|t| at(t, "transcript").is_array())
                || calls(v).iter().any(|c| at(c, "metaData").is_object())
        };
        if input.json().is_some_and(is) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let v = input.json().unwrap_or(&Value::Null);
        let words = transcripts(v).iter().copied().filter(|t| at(t, "transcript").is_array()).map(words_of).collect();
        let mut read = finish(self, input, words);
        for c in &mut read.conversations {
            super::super::list_speakers(c);
        }
        read.directories =
            calls(v).into_iter().filter(|c| at(c, "metaData").is_object()).map(|c| people_of(c, input.path)).collect();
        // Words and people in one file are brought together at once.
        directory::attach(&mut read.conversations, &read.directories);
        Ok(read)
    }
}

/// The opportunities that the CRM context of calls in these files names, and what it says of each.
pub(in crate::read) fn opportunities<'p>(files: impl Iterator<Item = &'p Path>) -> BTreeMap<DealId, CrmRecord> {
    let mut found = BTreeMap::new();
    for at in files.filter(|at| at.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))) {
        let nobody = DealId(UNASSIGNED.to_owned());
        let Some(bytes) = begins_as_gong(at).then(|| fs::read(at).ok()).flatten() else { continue };
        for call in Input::new("", &nobody, &bytes).json().map(calls).unwrap_or_default() {
            if let Some((id, opportunity)) = deal(call).zip(opportunity(call)) {
                found.entry(DealId(id)).or_insert_with(|| record(opportunity));
            }
        }
    }
    found
}

/// What the context says of an opportunity, under the names that Salesforce and HubSpot give its fields.
fn record(opportunity: &Value) -> CrmRecord {
    let field = |names: &[&str]| {
        let mut fields = list(opportunity, "fields").iter();
        let found = fields.find(|f| names.iter().any(|name| text(f, "name").eq_ignore_ascii_case(name)))?;
        Some(label(found, "value").trim().to_owned()).filter(|value| !value.is_empty())
    };
    CrmRecord {
        name: field(&["Name", "dealname"]),
        stage: field(&["StageName", "dealstage"]),
        amount: field(&["Amount"]).and_then(|amount| money(&amount)),
        close_date: field(&["CloseDate"]).and_then(|day| when::day(&day, None)),
        ..CrmRecord::default()
    }
}

/// Whether a file may be one of calls with a context: to read all files of an export twice would take as long again.
fn begins_as_gong(at: &Path) -> bool {
    const HEAD: u64 = 64 << 10;
    let mut head = Vec::new();
    let read = fs::File::open(at).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let has = |key: &str| head.windows(key.len()).any(|part| part == key.as_bytes());
    read.is_ok() && has("\"metaData\"") && has("\"context\"")
}

/// The answers in a document: itself, or several that a script laid into one list or under names of its own.
fn answers(v: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match v {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().filter(|f| f.is_object()).collect(),
        _ => vec![],
    };
    std::iter::once(v).chain(inner).collect()
}

fn transcripts(v: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for v in answers(v) {
        let single = Some(v).filter(|v| at(v, "transcript").is_array() && !at(v, "callId").is_null());
        found.extend(list(v, "callTranscripts").iter().chain(single));
    }
    found.extend(calls(v).into_iter().filter(|c| at(c, "transcript").is_array()));
    found
}

fn calls(v: &Value) -> Vec<&Value> {
    answers(v)
        .into_iter()
        .flat_map(|v| list(v, "calls").iter().chain([v]))
        .filter(|c| at(c, "metaData").is_object())
        .collect()
}

fn words_of(t: &Value) -> Transcript {
    let id = Some(label(t, "callId")).filter(|id| !id.is_empty()).unwrap_or_else(|| label(t, "metaData.id"));
    let mut out = Transcript { id: Some(id.into_owned()).filter(|id| !id.is_empty()), ..Transcript::default() };
    for monologue in list(t, "transcript") {
        let sentences = list(monologue, "sentences");
        let words: Vec<&str> = sentences.iter().map(|s| text(s, "text")).collect();
        let start = sentences.first().and_then(|s| millis(s, "start"));
        let end = sentences.last().and_then(|s| millis(s, "end"));
        let turn = turn(label(monologue, "speakerId"), start, end, &words.join(" "));
        if turn.text.is_empty() { out.lost += 1 } else { out.turns.push(turn) }
    }
    out
}

fn people_of(call: &Value, file: &str) -> Directory {
    let mut directory = Directory {
        file: file.to_owned(),
        scope: Scope::Call(label(call, "metaData.id").into_owned()),
        people: Default::default(),
        others: vec![],
        title: text(call, "metaData.title").to_owned(),
        started_at: moment(call, "metaData.started").or_else(|| moment(call, "metaData.scheduled")),
        deal: deal(call),
    };
    let numbers: Vec<&str> = list(call, "parties").iter().map(|p| text(p, "phoneNumber").trim()).collect();
    for p in list(call, "parties") {
        let side = match text(p, "affiliation") {
            "Internal" => Side::Seller,
            "External" => Side::Buyer,
            _ => Side::Unknown,
        };
        let title = Some(text(p, "title").trim()).filter(|t| !t.is_empty()).map(str::to_owned);
        let because = format!("Gong lists them as {}", text(p, "affiliation").to_lowercase());
        let person = Participant { title, ..party(text(p, "name"), text(p, "emailAddress"), side, &because) };
        match label(p, "speakerId") {
            id if id.is_empty() => directory.others.push(person),
            id => {
                // Somebody who dialled in without a name is shown by the number, and keeps the label where there is none or
                // several dialled in by it.
                let number = text(p, "phoneNumber").trim();
                let name = match person.name.as_str() {
                    "" if is_phone_number(number) && numbers.iter().filter(|n| **n == number).count() == 1 => number,
                    "" => id.as_ref(),
                    name => name,
                }
                .to_owned();
                directory.people.insert(id.into_owned(), Participant { name, ..person });
            }
        }
    }
    directory
}

/// The opportunity of the call's CRM context.
fn opportunity(call: &Value) -> Option<&Value> {
    let mut objects = list(call, "context").iter().flat_map(|c| list(c, "objects"));
    objects.find(|o| matches!(text(o, "objectType").to_lowercase().as_str(), "opportunity" | "deal"))
}

/// The id of that opportunity, as the CRM's own export of deals has it.
fn deal(call: &Value) -> Option<String> {
    let first = opportunity(call)?;
    let named = || {
        list(first, "fields")
            .iter()
            .find(|f| text(f, "name").eq_ignore_ascii_case("name"))
            .map(|f| first_text(f, &["value"]))
    };
    Some(label(first, "objectId").into_owned())
        .filter(|id| !id.is_empty())
        .or_else(|| named().map(str::to_owned))
        .filter(|d| !d.is_empty())
}
