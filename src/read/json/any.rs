//! Any other JSON that holds a transcript: a list of pieces, each with words and with who says them, wherever in the document
//! it lies and whatever its keys are called. Vendors are many and their versions more; this shape is nearly always there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    Transcript,
    any_people::{People, email, id},
    finish, label, moment, number, party, speaker, text, turn, with_words,
};
use crate::{
    conversation::{Channel, Participant, Timestamp},
    read::{
        Format, Input, Likeness, Read, Skipped, html,
        table::plain,
        turns::{one_line, slower_than_speech},
        when,
    },
    team::names::role_side,
};

/// A transcript of no vendor that is known by name.
pub struct AnyTranscript;

impl Format for AnyTranscript {
    fn name(&self) -> &'static str {
        "transcript-json"
    }
    fn doc(&self) -> &'static str {
        "any other JSON with a list of pieces, each with a speaker and words"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        // A vendor that is known, even in an envelope, comes first.
        if input.json().is_some_and(|v| !transcripts(v).is_empty()) { Likeness::Perhaps } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let found = input.json().map(transcripts).unwrap_or_default();
        Ok(finish(self, input, found.into_iter().map(read).collect()))
    }
}

/// Keys of the words, as [`plain`] leaves them; earlier ones win.
const WORDS: &[&str] = &[
    "text",
    "transcript",
    "sentence",
    "utterance",
    "content",
    "message",
    "body",
    "spokentext",
    "transcription",
    "caption",
    "snippet",
    "words",
    "value",
];
/// Keys of who says them.
const SPEAKER: &[&str] = &[
    "speakername",
    "speakerdisplayname",
    "speaker",
    "speakerlabel",
    "participantname",
    "participant",
    "displayname",
    "username",
    "name",
    "author",
    "user",
    "sender",
    "speakerid",
    "speakertag",
    "participantid",
    "personid",
    "participantrole",
    "participanttype",
    "role",
    "channel",
    "channelid",
    "authorid",
    "senderid",
    "attendeeid",
    "recordingattendeeid",
    "from",
];
/// Keys of the side that one stands on.
const ROLE: &[&str] =
    &["role", "participantrole", "participanttype", "speakerrole", "speakertype", "side", "affiliation", "usertype"];
const START: &[&str] = &[
    "start",
    "starttime",
    "startts",
    "startseconds",
    "startoffset",
    "starttimestamp",
    "startms",
    "starttimems",
    "begin",
    "begintime",
    "beginms",
    "timestamp",
    "offset",
    "time",
    "ts",
    "timestamps",
    "snippettime",
    "from",
];
/// Keys of the moment at which a message was written; nobody writes so of what is said.
const WRITTEN: &[&str] = &[
    "createdat",
    "createddatetime",
    "createdtime",
    "datecreated",
    "createdon",
    "sentat",
    "sentdatetime",
    "date",
    "datetime",
];
const END: &[&str] =
    &["end", "endtime", "endts", "endseconds", "endoffset", "endtimestamp", "endms", "endtimems", "to", "timestamps"];
const TITLE: &[&str] = &["title", "topic", "subject", "meetingtitle", "callname", "name"];
const DATE: &[&str] = &[
    "recordingstarttime",
    "meetingstarttime",
    "startat",
    "startedat",
    "starttime",
    "started",
    "startdatetime",
    "date",
    "datetime",
    "createdat",
    "created",
    "recordedat",
    "time",
];

/// The field of an object under the first of `keys` that has a value.
pub(super) fn field<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<(&'a str, &'a Value)> {
    keys.iter().find_map(|key| {
        let found = object.iter().find(|(name, value)| !value.is_null() && plain(name) == **key);
        found.map(|(name, value)| (name.as_str(), value))
    })
}

/// A list of pieces, and the objects around it from the inside out, which may say what call it is.
struct Found<'a> {
    pieces: &'a [Value],
    around: Vec<&'a Map<String, Value>>,
    /// The keys on the way to it; several calls of a document have the same.
    way: String,
}

/// How deep in a document a list of pieces may lie.
const DEEPEST: usize = 6;

fn transcripts(v: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    walk(v, String::new(), &mut Vec::new(), &mut found);
    // A document may hold the same words as sentences and as paragraphs, and other lists beside them: what says most counts.
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for f in &found {
        *sizes.entry(&f.way).or_default() += f.pieces.iter().map(|p| words(p).len()).sum::<usize>();
    }
    let Some(best) = sizes.into_iter().max_by_key(|(_, size)| *size).map(|(way, _)| way.to_owned()) else {
        return vec![];
    };
    found.into_iter().filter(|f| f.way == best).collect()
}

fn walk<'a>(v: &'a Value, way: String, around: &mut Vec<&'a Map<String, Value>>, found: &mut Vec<Found<'a>>) {
    if way.matches('/').count() > DEEPEST {
        return;
    }
    match v {
        Value::Array(items) if is_transcript(items) => {
            found.push(Found { pieces: items, around: around.iter().rev().copied().collect(), way });
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, format!("{way}/"), around, found)),
        Value::Object(fields) => {
            around.push(fields);
            fields.iter().for_each(|(key, inner)| walk(inner, format!("{way}/{key}"), around, found));
            around.pop();
        }
        _ => {}
    }
}

/// Whether most pieces have words, more than a word each, and most say whose; and whether somebody speaks twice, because a
/// list of products or of chapters has names and words too.
fn is_transcript(items: &[Value]) -> bool {
    let spoken = items.iter().filter(|i| !words(i).is_empty()).count();
    let names: Vec<String> = items.iter().map(name).filter(|n| !n.is_empty()).collect();
    let named = names.len();
    let different = names.into_iter().collect::<BTreeSet<_>>().len();
    let several = items.iter().any(|i| words(i).split_whitespace().nth(1).is_some());
    spoken > 0
        && several
        && (named < 4 || different < named)
        && spoken * 10 >= items.len() * 6
        && named * 2 >= items.len()
}

/// The words of a piece: a text, or a list of words or sentences.
fn words(piece: &Value) -> String {
    let Some(object) = piece.as_object() else { return String::new() };
    let found = WORDS.iter().map(|key| field(object, &[key])).find_map(|found| match found?.1 {
        Value::String(text) if is_page(text) => Some(of_page(text)),
        Value::String(text) if !text.trim().is_empty() => Some(one_line(text)),
        // "body": {"contentType": "html", "content": "<p>Hi</p>"}
        Value::Object(inner) if !matches!(plain(found?.0).as_str(), "value" | "words") => {
            match field(inner, &["content", "text", "value", "html"])?.1.as_str()? {
                text if is_page(text) => Some(of_page(text)),
                text => Some(one_line(text)).filter(|text| !text.is_empty()),
            }
        }
        Value::Array(items) => {
            let each = items.iter().filter_map(|i| match i {
                Value::String(text) => Some(text.as_str()),
                Value::Object(fields) => {
                    field(fields, &["punctuatedword", "text", "word", "content", "value"])?.1.as_str()
                }
                _ => None,
            });
            Some(one_line(&each.collect::<Vec<_>>().join(" "))).filter(|text| !text.is_empty())
        }
        _ => None,
    });
    found.unwrap_or_default()
}

/// Whether a text is marked up as HTML.
fn is_page(text: &str) -> bool {
    text.contains('<') && ["</", "<br", "/>"].iter().any(|tag| text.contains(tag))
}

/// The words of HTML on one line.
fn of_page(html: &str) -> String {
    one_line(&html::lines(html).into_iter().map(|l| l.text).collect::<Vec<_>>().join(" "))
}

/// Who says a piece; an object is asked for its name.
fn name(piece: &Value) -> String {
    let Some(object) = piece.as_object() else { return String::new() };
    let found = SPEAKER.iter().map(|key| field(object, &[key])).find_map(|found| {
        let (key, value) = found?;
        let named = match value {
            Value::Object(fields) => {
                // "from": {"user": {"displayName": "Ann"}}
                let (value, fields) = match field(fields, &["user", "application"]) {
                    Some((_, inner @ Value::Object(fields))) => (inner, fields),
                    _ => (value, fields),
                };
                match field(fields, &["name", "displayname", "fullname", "realname", "email", "id"]) {
                    Some((_, Value::String(name))) => name.trim().to_owned(),
                    Some((inner, Value::Number(_))) => speaker(value, inner).into_owned(),
                    _ => String::new(),
                }
            }
            // A span has a "from" too: "00:01", or 1.5.
            Value::Number(_) if key.eq_ignore_ascii_case("from") => String::new(),
            Value::String(text)
                if key.eq_ignore_ascii_case("from") && text.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                String::new()
            }
            _ => speaker(piece, key).into_owned(),
        };
        Some(one_line(&named)).filter(|name| !name.is_empty())
    });
    found.unwrap_or_default()
}

/// A time as a piece has it.
#[derive(Clone, Copy)]
enum Time {
    /// In the document's unit, seconds or milliseconds.
    Plain(f64),
    /// Milliseconds, because its key or its form says so.
    Millis(u64),
    /// A moment, in milliseconds of Unix time.
    Moment(i64),
}

fn time(piece: &Value, keys: &[&str], child: fn(&[Value]) -> Option<&Value>) -> Option<Time> {
    let object = piece.as_object()?;
    let Some((key, value)) = field(object, keys) else {
        // The words may have times where the piece has none.
        let inner = child(field(object, &["words", "sentences"])?.1.as_array()?)?;
        return inner.is_object().then(|| time(inner, keys, |_| None))?;
    };
    if let Some(each) = value.as_array() {
        return child(each)?.as_f64().filter(|n| *n >= 0.0).map(Time::Plain);
    }
    if let Some(inside) = value.as_object() {
        let (key, _) = field(inside, &["relative", "seconds", "value"])?;
        return number(value, key).map(Time::Plain);
    }
    if let Some(n) = number(piece, key) {
        if n < 0.0 || !n.is_finite() {
            return None;
        }
        if let Some(at) = when::unix(n) {
            return Some(Time::Moment(at.as_millisecond()));
        }
        let ms = plain(key).ends_with("ms") || plain(key).ends_with("millis");
        return Some(if ms { Time::Millis(n.round() as u64) } else { Time::Plain(n) });
    }
    let written = text(piece, key).trim();
    match when::offset_ms(written) {
        Some(ms) => Some(Time::Millis(ms)),
        None => moment(piece, key).map(|at| Time::Moment(at.as_millisecond())),
    }
}

/// The pieces that somebody said: where some are of the type "transcript" or "message", those of other types are what the vendor
/// noticed of the words, Dialpad's moments, or who came and went.
fn said(pieces: &[Value]) -> Vec<&Value> {
    let kind = |piece: &Value| {
        let kind = field(piece.as_object()?, &["messagetype", "type"])?.1.as_str()?;
        Some(matches!(kind, "transcript" | "message"))
    };
    let typed = pieces.iter().any(|piece| kind(piece) == Some(true));
    pieces.iter().filter(|piece| !typed || kind(piece) != Some(false)).collect()
}

/// The message that begins a conversation, which Intercom puts beside the list of those that follow: "source".
fn first_message<'a>(found: &Found<'a>) -> Option<&'a Value> {
    let first = found.around.iter().find_map(|o| o.get("source"))?;
    let same = || found.pieces.first().is_some_and(|piece| words(piece) == words(first));
    (!words(first).is_empty() && !name(first).is_empty() && !same()).then_some(first)
}

fn read(found: Found) -> Transcript {
    let mut pieces = said(found.pieces);
    // In a chat each message has the moment at which it was written, and nothing else that tells when.
    let has = |keys: &[&str]| pieces.iter().filter(|p| p.as_object().is_some_and(|o| field(o, keys).is_some())).count();
    let chat = has(WRITTEN) * 10 >= pieces.len() * 9 && START.iter().take(START.len() - 1).all(|key| has(&[key]) == 0);
    pieces.splice(0..0, first_message(&found));
    let (starts, ends) = if chat { (WRITTEN, &[][..]) } else { (START, END) };
    let times: Vec<[Option<Time>; 2]> =
        pieces.iter().map(|p| [time(p, starts, <[Value]>::first), time(p, ends, <[Value]>::last)]).collect();
    let of = |pick: fn(Time) -> Option<f64>| {
        times.iter().flatten().flatten().copied().filter_map(pick).collect::<Vec<f64>>()
    };
    let numbers = of(|t| if let Time::Plain(n) = t { Some(n) } else { None });
    let first_moment =
        times.iter().flatten().flatten().filter_map(|t| if let Time::Moment(m) = t { Some(*m) } else { None }).min();
    let count: usize = pieces.iter().map(|p| words(p).split_whitespace().count()).sum();
    let in_millis = slower_than_speech(count, numbers.into_iter());
    let ms = |t: Option<Time>| match t? {
        Time::Plain(n) => when::seconds_ms(if in_millis { n / 1000.0 } else { n }),
        Time::Millis(ms) => Some(ms),
        Time::Moment(at) => u64::try_from(at - first_moment?).ok(),
    };
    let mut participants: Vec<Participant> = Vec::new();
    let mut sided = BTreeSet::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let listed = People::of(&found.around);
    let each = pieces.iter().zip(&times).map(|(piece, [start, end])| {
        let name = id(piece).and_then(|id| listed.by_id(&id)).map_or_else(|| name(piece), str::to_owned);
        let role =
            piece.as_object().and_then(|o| field(o, ROLE)).map_or_else(Default::default, |(key, _)| label(piece, key));
        if !places.contains_key(&name)
            && let Some(known) = listed.known(&name, email(piece))
        {
            places.insert(name.clone(), participants.len());
            participants.push(known);
        }
        if let Some(side) = role_side(&role.to_lowercase())
            && !name.is_empty()
            && sided.insert(name.clone())
        {
            let stated = party(&name, "", side, "the export states their role");
            match places.get(&name) {
                Some(place) => {
                    let known = &mut participants[*place];
                    *known = Participant { email: known.email.take(), ..stated };
                }
                None => {
                    places.insert(name.clone(), participants.len());
                    participants.push(stated);
                }
            }
        }
        turn(name, ms(*start), ms(*end), &words(piece))
    });
    let (mut turns, lost) = with_words(each);
    let silent = listed.silent(&participants);
    participants.extend(silent);
    // It has no time of its own and stands first.
    if let [first, second, ..] = &mut turns[..]
        && first.start_ms.is_none()
        && chat
    {
        first.start_ms = second.start_ms;
    }
    if turns.iter().all(|t| t.start_ms.is_some()) {
        turns.sort_by_key(|t| t.start_ms);
    }
    let title = found.around.iter().find_map(|o| field(o, TITLE)?.1.as_str().map(one_line)).unwrap_or_default();
    let dated = found.around.iter().find_map(|o| {
        // Only a moment is one: "start_time" may be an offset.
        let (_, value) = field(o, DATE)?;
        match value {
            Value::String(t) => when::in_text(t),
            Value::Number(n) => n.as_f64().and_then(when::unix),
            _ => None,
        }
    });
    let from_words = || first_moment.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let channel = if chat { Channel::Chat } else { Channel::Call };
    let started_at = if chat { from_words().or(dated) } else { dated.or_else(from_words) };
    Transcript { channel, title, started_at, participants, turns, lost, ..Transcript::default() }
}
