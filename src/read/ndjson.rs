//! Our own conversations, one JSON object a line: how any warehouse can feed dealtone. `docs/conversation.schema.json`
//! describes a line; all but `turns` may be left out.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::{Format, Input, Likeness, Read, Skipped, surrogates::mended_text, when};
use crate::{
    conversation::{Channel, ConversationId, DealId, MailHead, Participant, Source, Turn},
    recording::Recording,
};
use fault::fault;
use unread::{Unread, unread_keys};

mod fault;
pub mod unread;

/// Where it stands what a line may be.
const SCHEMA: &str = "`dealtone schema conversation` describes a line";

/// Conversations as NDJSON.
pub struct Ndjson;

/// A line. Unlike [`crate::Conversation`], it may leave out what its place tells: of a file, or of a request.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// As [`crate::Conversation::id`].
    pub id: Option<String>,
    /// As [`crate::Conversation::deal`].
    pub deal: Option<String>,
    /// As [`crate::Conversation::channel`].
    #[serde(default)]
    pub channel: Channel,
    /// As [`crate::Conversation::started_at`], in any form that [`when::in_text`] reads; without a zone it is UTC.
    pub started_at: Option<String>,
    /// As [`crate::Conversation::local_time`].
    #[serde(default)]
    pub local_time: bool,
    /// As [`crate::Conversation::title`].
    #[serde(default)]
    pub title: String,
    /// As [`crate::Conversation::participants`].
    #[serde(default)]
    pub participants: Vec<Participant>,
    /// As [`crate::Conversation::turns`].
    pub turns: Vec<Turn>,
    /// As [`crate::Conversation::mail`].
    pub mail: Option<MailHead>,
    /// As [`crate::Conversation::recording`].
    #[serde(default, deserialize_with = "if_ours")]
    pub recording: Option<Recording>,
    /// As [`crate::Conversation::source`]; of a file, its own place and bytes say more.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub source: Source,
    /// As [`crate::Conversation::revision`].
    #[serde(default)]
    pub revision: u64,
}

/// A value of our own, or none where it is another's: a warehouse has columns "source" and "recording" too.
fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(value: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(value)?).unwrap_or_default())
}

/// What a recording holds, where it is an object; one that does not fit is a mistake in ours, and no name or address of a file.
fn if_ours<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Recording>, D::Error> {
    let value = Value::deserialize(value)?;
    if !value.is_object() {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(serde::de::Error::custom)
}

impl Format for Ndjson {
    fn name(&self) -> &'static str {
        "ndjson"
    }
    fn doc(&self) -> &'static str {
        "conversations as JSON lines, see docs/conversation.schema.json"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let head = input.head().trim_start();
        let first = head.lines().next().unwrap_or("");
        if first.starts_with('{') && first.contains("\"turns\"") && first.contains("\"text\"") {
            return Likeness::Certain;
        }
        // The same written over several lines, or as a list.
        let is = |v: &Value| v["turns"].as_array().is_some_and(|t| t.first().is_some_and(|t| t["text"].is_string()));
        match input.json() {
            Some(v) if is(v) || is(&v[0]) => Likeness::Certain,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut read = Read::default();
        let mut remarks = Remarks::default();
        if !input.text().lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('{'))
            && let Some(document) = input.json()
        {
            let all = document.as_array().map_or(std::slice::from_ref(document), Vec::as_slice);
            for (n, value) in all.iter().enumerate() {
                match Line::deserialize(value) {
                    Ok(parsed) => {
                        self.take(input, parsed, n + 1, None, &mut read);
                        let what = format!("number {} of the document", n + 1);
                        remarks.of(input, unread_keys(value), None, &what, &mut read);
                    }
                    Err(_) => {
                        let told = fault(value).unwrap_or_else(|| "it is no conversation".to_owned());
                        let message = format!("number {} of the document was left out: {told}; {SCHEMA}", n + 1);
                        read.skipped.push(input.skipped(None, "bad_json", message));
                    }
                }
            }
            return Ok(read);
        }
        for (n, line) in input.text().lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let whole = mended_text(line);
            let line = whole.as_deref().unwrap_or(line);
            match serde_json::from_str(line) {
                Ok(parsed) => {
                    self.take(input, parsed, n + 1, Some(n + 1), &mut read);
                    let unread = unread_keys(&mut serde_json::Deserializer::from_str(line));
                    remarks.of(input, unread, Some(n + 1), "the line", &mut read);
                }
                Err(e) => {
                    // The message of serde_json may quote the line.
                    let told = match serde_json::from_str(line).map(|value| fault(&value)) {
                        Ok(Some(told)) => told,
                        Ok(None) => format!("it is no conversation (at column {})", e.column()),
                        Err(e) => format!("the JSON breaks at column {}", e.column()),
                    };
                    let message = format!("the line was left out: {told}; {SCHEMA}");
                    read.skipped.push(input.skipped(Some(n + 1), "bad_json", message));
                }
            }
        }
        Ok(read)
    }
}

/// What was said of keys that are not read: once a file and key, however many lines have it.
#[derive(Default)]
struct Remarks(BTreeSet<String>);

impl Remarks {
    fn of(&mut self, input: &Input, unread: Vec<Unread>, line: Option<usize>, what: &str, read: &mut Read) {
        for unread in unread {
            if self.0.insert(unread.meant()) {
                read.skipped.push(input.skipped(line, "bad_json", unread.remark(what)));
            }
        }
    }
}

impl Ndjson {
    /// Adds the conversation that `parsed` is, the `number`th of the input.
    fn take(&self, input: &Input, parsed: Line, number: usize, line: Option<usize>, read: &mut Read) {
        let mut conversation = input.conversation(self, parsed.channel, Some(number));
        if let Some(id) = parsed.id.filter(|id| !id.is_empty()) {
            conversation.id = ConversationId(id);
        }
        if let Some(deal) = parsed.deal.filter(|d| !d.is_empty()) {
            conversation.deal = DealId(deal);
        }
        if let Some(text) = &parsed.started_at {
            match when::in_text(text) {
                Some(at) => {
                    conversation.started_at = Some(at);
                    read.own_moments.insert(conversation.id.clone());
                }
                None => read.skipped.push(input.skipped(
                    line,
                    "bad_date",
                    "started_at is no moment; write it as 2026-05-31T09:00:00Z",
                )),
            }
        }
        conversation.local_time = parsed.local_time;
        conversation.title = parsed.title;
        conversation.participants = parsed.participants;
        conversation.mail = parsed.mail;
        conversation.recording = parsed.recording;
        conversation.revision = parsed.revision;
        conversation.turns = parsed.turns.into_iter().filter(|t| !t.text.trim().is_empty()).collect();
        for turn in &mut conversation.turns {
            turn.end_ms = turn.end_ms.filter(|end| Some(*end) >= turn.start_ms);
        }
        if let Some(told) = conversation.drop_impossible_times() {
            read.skipped.push(input.skipped(line, "bad_time", told));
        }
        if conversation.turns.is_empty() {
            read.skipped.push(input.skipped(line, "no_words", "the conversation has no turn with words"));
            return;
        }
        super::complete(&mut conversation);
        read.conversations.push(conversation);
    }
}
