//! Transcripts as JSON, one vendor a file. A vendor is recognised by its keys and read into a [`Transcript`]; what is
//! common to all (fields that are a number here and a string there, words to turns, participants) stands in this file.

use std::{borrow::Cow, collections::HashMap};

use serde_json::Value;

use super::{
    Format, Input, Likeness, Read, Skipped, chat_days::by_day, surrogates::mended_text, turns::slower_than_speech, when,
};
use crate::conversation::{Channel, Participant, Side, Timestamp, Turn};

pub mod amazon;
pub mod any;
pub mod assemblyai;
pub mod azure;
pub mod bedrock;
pub mod contact_lens;
pub mod deepgram;
pub mod element;
pub mod elevenlabs;
pub mod fireflies;
pub mod freshdesk;
pub mod gladly;
mod gmail;
pub mod gong;
pub mod google_chat;
pub mod google_stt;
pub mod ibm;
pub mod jira;
pub mod kaldi;
pub mod kustomer;
pub mod leexi;
mod mail;
pub mod mattermost;
pub mod messages;
mod meta;
pub mod olark;
pub mod otter;
pub mod pca;
pub mod podcast;
pub mod rev;
pub mod sembly;
pub mod slack;
pub mod soniox;
pub mod speechmatics;
pub mod vonage;
pub mod whatsapp_cloud;
pub mod whisper;
pub mod x_messages;

/// A JSON format: its name, how it is recognised, how it is read.
pub struct JsonFormat {
    /// See [`Format::name`].
    pub name: &'static str,
    /// See [`Format::doc`].
    pub doc: &'static str,
    /// Whether a document is of this format, by its keys.
    pub is: fn(&Value) -> bool,
    /// Reads a document: one transcript, or several where a document holds several calls.
    pub read: fn(&Value) -> Vec<Transcript>,
}

/// One call as a vendor's document has it.
#[derive(Debug, Default)]
pub struct Transcript {
    /// The vendor's own id, where a document holds several.
    pub id: Option<String>,
    /// How the words travelled.
    pub channel: Channel,
    /// Its title.
    pub title: String,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When something was made of it: its words, an entry. Of an old recording that may be long after it began, so what the
    /// file's name tells is believed before.
    pub processed_at: Option<Timestamp>,
    /// Whether the document gives a date that reads in two ways, and no other.
    pub undated: bool,
    /// Who the vendor lists, with sides where it tells.
    pub participants: Vec<Participant>,
    /// What was said.
    pub turns: Vec<Turn>,
    /// The deal, where the vendor's document names it.
    pub deal: Option<String>,
    /// Pieces of the document that should hold words and did not: how many.
    pub lost: usize,
}

impl Format for JsonFormat {
    fn name(&self) -> &'static str {
        self.name
    }
    fn doc(&self) -> &'static str {
        self.doc
    }
    fn likeness(&self, input: &Input) -> Likeness {
        match input.json() {
            Some(v) if (self.is)(v) => Likeness::Certain,
            Some(v) if wrapped(v).first().is_some_and(|inner| (self.is)(inner)) => Likeness::Likely,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let Some(document) = input.json() else {
            return Err(input.skipped(None, "bad_json", "the document is no JSON; export it again"));
        };
        if (self.is)(document) {
            return Ok(finish(self, input, (self.read)(document)));
        }
        let inner = wrapped(document);
        // One of a list that is no transcript is reported as one without words.
        let read = |v: &&Value| if (self.is)(v) { (self.read)(v) } else { vec![Transcript::default()] };
        Ok(finish(self, input, inner.iter().flat_map(read).collect()))
    }
}

/// What lies in an envelope: the answer in a client's or a workflow tool's own frame, or several documents in a list.
fn wrapped(v: &Value) -> Vec<&Value> {
    const ENVELOPES: &[&str] = &["result", "response", "data", "body", "output", "json"];
    let open = |v| ENVELOPES.iter().map(|key| at(v, key)).find(|inner| inner.is_object()).unwrap_or(&Value::Null);
    match v.as_array() {
        Some(items) => items.iter().map(|item| Some(open(item)).filter(|i| i.is_object()).unwrap_or(item)).collect(),
        None => Some(open(v)).filter(|inner| inner.is_object()).into_iter().collect(),
    }
}

/// The conversations of a document's transcripts.
pub fn finish(format: &dyn Format, input: &Input, transcripts: Vec<Transcript>) -> Read {
    let several = transcripts.len() > 1;
    numbered(format, input, transcripts, several)
}

/// The same, each named by its number where the document holds several conversations.
fn numbered(format: &dyn Format, input: &Input, transcripts: Vec<Transcript>, several: bool) -> Read {
    let mut read = Read::default();
    for (n, transcript) in transcripts.into_iter().enumerate() {
        if transcript.lost > 0 {
            let message = format!(
                "{} pieces of the transcript hold no words in the field where {} has them; they were left out",
                transcript.lost,
                format.name()
            );
            read.skipped.push(input.skipped(None, "bad_segment", message));
        }
        let mut conversation = input.conversation(format, transcript.channel, None);
        if let Some(id) = transcript.id {
            conversation.id.0 = format!("{}#{id}", input.path);
        } else if several {
            conversation.id.0 = format!("{}#{}", input.path, n + 1);
        }
        if transcript.turns.is_empty() {
            read.skipped.push(input.skipped(
                None,
                "no_words",
                "a transcript without words; export it again once it is ready",
            ));
            continue;
        }
        conversation.title = transcript.title;
        if transcript.undated && conversation.started_at.is_none() {
            read.skipped.push(input.skipped(
                None,
                "bad_date",
                "the date of the conversation reads in two ways; write it as 2026-05-31T09:00:00Z, or put it at the head of the \
                 file's name, as 2026-05-31",
            ));
        }
        if transcript.started_at.is_some() {
            read.own_moments.insert(conversation.id.clone());
        }
        conversation.started_at = transcript.started_at.or(conversation.started_at).or(transcript.processed_at);
        if let Some(deal) = transcript.deal
            && conversation.deal.0 == super::export::UNASSIGNED
        {
            conversation.deal.0 = deal;
        }
        conversation.participants = transcript.participants;
        conversation.turns = transcript.turns;
        if transcript.channel == Channel::Chat && transcript.started_at.is_some() {
            read.conversations.extend(by_day(conversation));
        } else {
            read.conversations.push(conversation);
        }
    }
    read
}

/// The value at a path of keys and places in lists, `a.0.c`; null where it ends early.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    let step = |v: &'a Value, key: &str| match v {
        Value::Array(items) => key.parse::<usize>().ok().and_then(|place| items.get(place)),
        _ => v.get(key),
    };
    path.split('.').fold(value, |v, key| step(v, key).unwrap_or(&Value::Null))
}

/// The items of a list at a path; none where there is none.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// The text at a path; empty where there is none.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).as_str().unwrap_or("")
}

/// Whether the `start` and `end` of pieces with a `text` are too far apart for seconds, so that they are milliseconds.
pub fn in_millis(pieces: &[Value]) -> bool {
    let words = pieces.iter().map(|p| text(p, "text").split_whitespace().count()).sum();
    let times = pieces.iter().flat_map(|p| [at(p, "start"), at(p, "end")]);
    slower_than_speech(words, times.filter_map(Value::as_f64))
}

/// The first text among several paths.
pub fn first_text<'a>(value: &'a Value, paths: &[&str]) -> &'a str {
    paths.iter().map(|p| text(value, p)).find(|t| !t.trim().is_empty()).unwrap_or("")
}

/// A label at a path that is a text here and a number there; empty for null.
pub fn label<'a>(value: &'a Value, path: &str) -> Cow<'a, str> {
    label_of(at(value, path))
}

/// The same of the value itself, whose key may have a full stop in it.
pub fn label_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(n) => Cow::Owned(n.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// The items of a list by the labels that each has at `paths`; of two of one label the first.
pub fn by_label<'a>(items: &'a [Value], paths: &[&str]) -> HashMap<Cow<'a, str>, &'a Value> {
    let mut out = HashMap::new();
    for item in items {
        for id in paths.iter().map(|path| label(item, path)).filter(|id| !id.is_empty()) {
            out.entry(id).or_insert(item);
        }
    }
    out
}

/// "Speaker 0" of 0, "Speaker A" of "A", "spk_0" of "spk_0", "Jo" of "Jo", nothing of nothing.
pub fn speaker<'a>(value: &'a Value, path: &str) -> Cow<'a, str> {
    speaker_of(at(value, path))
}

/// The same of the value itself.
pub fn speaker_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Number(n) => Cow::Owned(format!("Speaker {n}")),
        Value::String(t) if is_number_of_one(t.trim()) => Cow::Owned(format!("Speaker {}", t.trim())),
        Value::String(t) => Cow::Borrowed(t.trim()),
        _ => Cow::Borrowed(""),
    }
}

/// Whether a machine tells its speakers apart so: "0", "12", "A", "S1". Two letters are a name, "Jo", "Ng", and so is one of a
/// script without letters.
fn is_number_of_one(text: &str) -> bool {
    match text.as_bytes() {
        [one] => one.is_ascii_alphanumeric(),
        [first, second] => first.is_ascii_alphanumeric() && second.is_ascii_digit(),
        _ => false,
    }
}

/// A number that is a number here and a text there.
pub fn number(value: &Value, path: &str) -> Option<f64> {
    number_of(at(value, path))
}

/// The same of the value itself.
pub fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(t) => t.trim().trim_end_matches('s').parse().ok(),
        _ => None,
    }
}

/// Seconds at a path, in milliseconds.
pub fn seconds(value: &Value, path: &str) -> Option<u64> {
    number(value, path).and_then(when::seconds_ms)
}

/// Milliseconds at a path.
pub fn millis(value: &Value, path: &str) -> Option<u64> {
    number(value, path).and_then(|ms| when::seconds_ms(ms / 1000.0))
}

/// A time at a path, in milliseconds: seconds as a number or a text, or a clock, "00:01:02.5".
pub fn clock(value: &Value, path: &str) -> Option<u64> {
    seconds(value, path).or_else(|| when::offset_ms(text(value, path).trim()))
}

/// A moment at a path: a text with a date, or Unix seconds or milliseconds.
pub fn moment(value: &Value, path: &str) -> Option<Timestamp> {
    match at(value, path) {
        Value::String(t) => when::in_text(t).or_else(|| t.parse().ok().and_then(when::unix)),
        Value::Number(n) => n.as_f64().and_then(when::unix),
        _ => None,
    }
}

/// A turn; empty where `text` is.
pub fn turn(speaker: impl Into<String>, start_ms: Option<u64>, end_ms: Option<u64>, text: &str) -> Turn {
    Turn {
        speaker: speaker.into(),
        start_ms,
        end_ms: end_ms.filter(|e| Some(*e) >= start_ms),
        text: super::turns::one_line(text),
        ..Turn::default()
    }
}

/// The turns that have words, and how many have none.
pub fn with_words(turns: impl IntoIterator<Item = Turn>) -> (Vec<Turn>, usize) {
    let (mut out, mut lost) = (Vec::new(), 0);
    for turn in turns {
        if turn.text.is_empty() { lost += 1 } else { out.push(turn) }
    }
    (out, lost)
}

/// A participant whose side the vendor states.
pub fn party(name: &str, email: &str, side: Side, because: &str) -> Participant {
    let email = Some(email.trim().to_lowercase()).filter(|e| e.contains('@'));
    let name = if name.trim().is_empty() { email.clone().unwrap_or_default() } else { super::turns::one_line(name) };
    Participant {
        name,
        email,
        side,
        side_confidence: if side == Side::Unknown { 0 } else { 100 },
        side_because: if side == Side::Unknown { String::new() } else { because.to_owned() },
        ..Participant::default()
    }
}

/// The document behind the name that X's archive assigns it to: "window.YTD.direct_messages.part0 = [".
pub fn without_assignment(text: &str) -> &str {
    const LONGEST: usize = 100;
    let named = text.trim_start().strip_prefix("window.YTD.");
    let document = named.and_then(|named| named.split_once('=')).filter(|(name, _)| name.len() <= LONGEST);
    document.map_or(text, |(_, document)| document)
}

/// Reads JSON as it is found in the wild: strictly, else a document a line as one list, else without comments, trailing
/// commas, `...` for what was left out, and `NaN`; with half an emoji in it, too.
pub fn parse(text: &str) -> Option<Value> {
    parse_whole(text).or_else(|| parse_whole(&mended_text(text)?))
}

fn parse_whole(text: &str) -> Option<Value> {
    serde_json::from_str(text)
        .ok()
        .or_else(|| lines(text).map(Value::Array))
        .or_else(|| serde_json::from_str(&repaired(text)).ok())
        .map(meta::with_letters)
}

/// Where JSON that cannot be parsed breaks: the line, from 1, and whether it only ends too soon.
pub fn breaks_at(text: &str) -> Option<(usize, bool)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(&repaired(text)).err()?;
    Some((error.line().max(1), error.is_eof()))
}

/// The documents of a text with one a line; none where a line is no document.
fn lines(text: &str) -> Option<Vec<Value>> {
    let each = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let all: Vec<Value> = each.map(|line| serde_json::from_str(line).ok()).collect::<Option<_>>()?;
    all.iter().all(Value::is_object).then_some(all)
}

/// The text without what JSON does not have; each line stays a line.
fn repaired(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices().peekable();
    let (mut in_string, mut escaped) = (false, false);
    // What was written last but for white space, which there may be megabytes of.
    let mut last = ' ';
    while let Some((at, c)) = chars.next() {
        if in_string {
            out.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            continue;
        }
        let rest = &text[at..];
        let skip = |chars: &mut std::iter::Peekable<std::str::CharIndices>, bytes: usize| {
            while chars.next_if(|(n, _)| *n < at + bytes).is_some() {}
        };
        match c {
            '"' => {
                in_string = true;
                last = c;
                out.push(c);
            }
            '/' if rest.starts_with("//") => skip(&mut chars, rest.find('\n').unwrap_or(rest.len())),
            '.' if rest.starts_with("...") => skip(&mut chars, 3),
            'N' if rest.starts_with("NaN") => {
                last = 'l';
                out.push_str("null");
                skip(&mut chars, 3);
            }
            '}' | ']' => {
                let end = out.trim_end().trim_end_matches(|c: char| c == ',' || c.is_whitespace()).len();
                let between: String = out[end..].chars().filter(|c| *c != ',').collect();
                out.truncate(end);
                out.push_str(&between);
                last = c;
                out.push(c);
            }
            ',' if matches!(last, ',' | '{' | '[') => {}
            c => {
                if !c.is_whitespace() {
                    last = c;
                }
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_as_the_wild_has_it() {
        for (text, expected) in [
            (r#"{"a": [1, 2,], }"#, r#"{"a":[1,2]}"#),
            ("{\"a\": 1, // why\n \"b\": NaN, ...}", r#"{"a":1,"b":null}"#),
            ("{\"a\": \"x, ... // }\", \"b\": [ ... ]}", r#"{"a":"x, ... // }","b":[]}"#),
            ("[ , 1, , 2,\n , ]", "[1,2]"),
            ("{\"a\": {...}, ..., \"b\": 1}", r#"{"a":{},"b":1}"#),
            ("{\"a\": 1}\n\n{\"b\": 2}\n", r#"[{"a":1},{"b":2}]"#),
            (r#"{"a": "b\ud83d",}"#, "{\"a\":\"b\u{fffd}\"}"),
        ] {
            assert_eq!(parse(text).map(|v| v.to_string()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parse("{\"a\": "), None);
        for (text, place) in [
            ("{\"a\": [1, // one\n 2,\n], }", None),
            ("{\"a\": [1, // one\n 2,\n],\n \"b\" 7}", Some((4, false))),
            ("{\"a\": [1,\n2,\n", Some((3, true))),
            ("{\"a\": \"cut", Some((1, true))),
        ] {
            assert_eq!(breaks_at(text), place, "{text}");
        }
        assert_eq!(parse(&"[".repeat(100_000)), None);
    }
}
