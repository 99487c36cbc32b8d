//! One piece of a transcript or chat of no known vendor: its words, who says them, and when.

use std::{borrow::Cow, ops::Range};

use serde_json::{Map, Value};

use crate::{
    conversation::Timestamp,
    read::{
        crm::status,
        html,
        json::{
            any::keys::{HEARD_FROM, SPEAKER, WORDS, field, kinds},
            number_of, speaker_of,
        },
        table::plain,
        turns::one_line,
        when,
    },
};

/// The words of a piece: a text, or a list of words or sentences.
pub fn words(piece: &Value) -> String {
    let Some(object) = piece.as_object() else { return String::new() };
    let found = WORDS.iter().map(|key| field(object, &[key])).find_map(|found| match found? {
        // {"name": "Stage", "value": "Won"} is a property of something, and nobody's words.
        (key, _) if plain(key) == "value" && field(object, &["name", "key", "label", "id"]).is_some() => None,
        (_, Value::String(text)) => Some(shown(text)).filter(|text| !text.is_empty()),
        // "body": {"contentType": "html", "content": "<p>Hi</p>"}
        (_, Value::Object(inner)) if of_document(inner).is_some() => of_document(inner),
        (key, Value::Object(inner)) if !matches!(plain(key).as_str(), "value" | "words") => {
            let text = inner_text(inner, &["content", "text", "value", "html", "msg"])?;
            Some(shown(text)).filter(|text| !text.is_empty())
        }
        (_, Value::Array(items)) => {
            let each = items.iter().filter_map(|i| match i {
                Value::String(text) => Some(text.as_str()),
                Value::Object(fields) => inner_text(fields, &["punctuatedword", "text", "word", "content", "value"]),
                _ => None,
            });
            Some(one_line(&each.collect::<Vec<_>>().join(" "))).filter(|text| !text.is_empty())
        }
        _ => None,
    });
    found.or_else(|| in_subject(object)).unwrap_or_default()
}

/// The words of a text message in RingCentral, which has a field for the subject and none for words.
fn in_subject(piece: &Map<String, Value>) -> Option<String> {
    kinds(piece).any(|kind| kind == "sms").then(|| Some(one_line(field(piece, &["subject"])?.1.as_str()?)))?
}

/// The words of a document of Atlassian's, whose nodes lie in one another: `{"type": "doc", "content": [{"type": "paragraph", …}]}`.
pub fn of_document(object: &Map<String, Value>) -> Option<String> {
    fn gather(nodes: &[Value], out: &mut String) {
        for node in nodes {
            match node.get("text").or_else(|| node.get("attrs")?.get("text")).and_then(Value::as_str) {
                Some(text) => out.push_str(text),
                None => {
                    gather(node.get("content").and_then(Value::as_array).map_or(&[], Vec::as_slice), out);
                    out.push(' ');
                }
            }
        }
    }
    let nodes =
        object.get("content")?.as_array().filter(|_| object.get("type").and_then(Value::as_str) == Some("doc"))?;
    let mut out = String::new();
    gather(nodes, &mut out);
    Some(one_line(&out)).filter(|words| !words.is_empty())
}

/// The text of an object under the first of `keys`, or of the object there: LivePerson's "messageData": {"msg": {"text": "Hi"}}.
fn inner_text<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    match field(object, keys)?.1 {
        Value::Object(inner) => field(inner, &["text", "content"])?.1.as_str(),
        text => text.as_str(),
    }
}

/// The words of a text on one line, of HTML what a reader sees and the writer wrote: the messages that it answers, as Teams and
/// Skype put them into it, are somebody else's words.
fn shown(text: &str) -> String {
    if !is_page(text) {
        return one_line(text);
    }
    let seen = |page: &str| one_line(&html::lines(page).into_iter().map(|l| l.text).collect::<Vec<_>>().join(" "));
    // What else is set as a block may be the writer's own.
    let answer = without(text, "blockquote", |tag| tag.contains("schema.skype.com/Reply"));
    let own = seen(&without(&answer, "quote", |tag| tag.starts_with("quote ")));
    // A message of Skype's that is nothing but a quote passes it on; one of Teams' answers with a picture or a file.
    if own.is_empty() { seen(&answer) } else { own }
}

/// A page without those elements of a name that are `unwanted`, as their first tag says; what does not end is kept.
fn without<'a>(page: &'a str, name: &str, unwanted: fn(&str) -> bool) -> Cow<'a, str> {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut cut: Vec<Range<usize>> = Vec::new();
    for (at, tag) in tags(page) {
        if tag.strip_prefix('/') == Some(name) {
            if let Some((start, true)) = open.pop() {
                // What was cut inside goes with it.
                while cut.pop_if(|inner| inner.start > start).is_some() {}
                cut.push(start..at + tag.len() + "<>".len());
            }
        } else if tag.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)) {
            open.push((at, unwanted(tag)));
        }
    }
    if cut.is_empty() {
        return Cow::Borrowed(page);
    }
    let ends = cut.iter().map(|c| c.start).chain([page.len()]);
    let starts = [0].into_iter().chain(cut.iter().map(|c| c.end));
    Cow::Owned(starts.zip(ends).map(|(start, end)| &page[start..end]).collect())
}

/// The tags of a page without their angles, and where each begins.
fn tags(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0usize;
    // Looked for no further than to the next mark: of many without an end, each would else look to the end of the page.
    page.split('<').filter_map(move |part| {
        let at = next.checked_sub(1);
        next += part.len() + 1;
        Some((at?, part.split_once('>')?.0))
    })
}

/// Whether a text is marked up as HTML.
pub fn is_page(text: &str) -> bool {
    text.contains('<') && ["</", "<br", "/>"].iter().any(|tag| text.contains(tag))
}

/// Who says a piece; an object is asked for its name.
pub fn name(piece: &Value) -> String {
    let Some(object) = piece.as_object() else { return String::new() };
    if let Some(number) = wrote_to_us(object) {
        return number;
    }
    let found = SPEAKER.iter().map(|key| field(object, &[key])).find_map(|found| {
        let (key, value) = found?;
        let named = match value {
            Value::Object(fields) => heard_from(fields).unwrap_or_else(|| of_person(fields)),
            // "users": [{"username": "Ann"}]
            Value::Array(people) => {
                let first = people.first()?;
                of_person(first.as_object()?)
            }
            // Of other lists the source is a file or a program.
            device if plain(key) == HEARD_FROM => device.as_str().and_then(of_device).unwrap_or_default().to_owned(),
            // A span has a "from" too: "00:01", or 1.5.
            Value::Number(_) if key.eq_ignore_ascii_case("from") => String::new(),
            Value::String(text)
                if key.eq_ignore_ascii_case("from") && text.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                String::new()
            }
            // Google calls each thing by its path: "spaces/A/messages/1" is the message's own name.
            Value::String(text) if key.eq_ignore_ascii_case("name") && text.contains("/messages/") => String::new(),
            _ => speaker_of(value).into_owned(),
        };
        Some(one_line(&named)).filter(|name| !name.is_empty())
    });
    found.or_else(|| in_ticket(object)).unwrap_or_default()
}

/// The number from which a text message came in, where Close names beside it the one of us whom it came to.
fn wrote_to_us(piece: &Map<String, Value>) -> Option<String> {
    let number = one_line(piece.get("remote_phone")?.as_str()?);
    let came_in = status::came_in(piece.get("direction")?.as_str()?) == Some(true);
    Some(number).filter(|number| came_in && !number.is_empty())
}

/// Who writes an answer in a ticket of Freshdesk's, whose number elsewhere is that of whoever looks after a message.
fn in_ticket(piece: &Map<String, Value>) -> Option<String> {
    field(piece, &["incoming"])?.1.as_bool()?;
    Some(speaker_of(field(piece, &["userid"])?.1).into_owned()).filter(|name| !name.is_empty())
}

/// Who is heard from a device: whoever made the recording, or the others.
fn of_device(device: &str) -> Option<&'static str> {
    match device {
        "microphone" => Some("Me"),
        "system" | "speaker" => Some("Them"),
        _ => None,
    }
}

/// The same of an object that has the device and no name, as in Granola's notes; of several others it has labels.
fn heard_from(fields: &Map<String, Value>) -> Option<String> {
    let who = of_device(field(fields, &[HEARD_FROM])?.1.as_str()?)?;
    let label = || field(fields, &["diarizationlabel"])?.1.as_str().map(one_line).filter(|label| !label.is_empty());
    of_person(fields).is_empty().then(|| label().filter(|_| who == "Them").unwrap_or_else(|| who.to_owned()))
}

/// The name of a person who is an object.
fn of_person(fields: &Map<String, Value>) -> String {
    const NAMED: &[&str] = &["name", "displayname", "fullname", "realname"];
    // "from": {"user": {"displayName": "Ann"}}; a user beside the name is its number.
    let fields = match field(fields, &["user", "application"]) {
        Some((_, Value::Object(inner))) if field(fields, NAMED).is_none() => inner,
        _ => fields,
    };
    let said = |keys: &[&str]| field(fields, keys).and_then(|(_, v)| v.as_str()).map(one_line).unwrap_or_default();
    match field(fields, NAMED) {
        // A handle is asked for the name that people see.
        Some((_, Value::String(name))) if !name.trim().contains(' ') => {
            let seen = said(&["displayname", "fullname", "realname", "nickname", "globalname"]);
            if seen.is_empty() { one_line(name) } else { seen }
        }
        Some((_, Value::String(name))) => one_line(name),
        _ => {
            let whole = one_line(&format!("{} {}", said(&["firstname", "first"]), said(&["lastname", "last"])));
            if !whole.is_empty() {
                return whole;
            }
            match field(fields, &["username", "nickname", "email", "phonenumber", "role", "id", "name"]) {
                Some((_, Value::String(name))) => one_line(name),
                Some((_, id @ Value::Number(_))) => speaker_of(id).into_owned(),
                _ => String::new(),
            }
        }
    }
}

/// A time as a piece has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// In the document's unit, seconds or milliseconds.
    Plain(f64),
    /// Milliseconds, because its key or its form says so.
    Millis(u64),
    /// A moment, in milliseconds of Unix time.
    Moment(i64),
}

/// The time of a piece under the first of `keys` that it has; `child` picks among the times of its words. `day_first`: the
/// order of the dates of this document, where it is known.
pub fn time(
    piece: &Value,
    keys: &[&str],
    child: fn(&[Value]) -> Option<&Value>,
    day_first: Option<bool>,
) -> Option<Time> {
    let object = piece.as_object()?;
    let Some((key, value)) = field(object, keys) else {
        // The words may have times where the piece has none.
        let inner = child(field(object, &["words", "sentences"])?.1.as_array()?)?;
        return inner.is_object().then(|| time(inner, keys, |_| None, day_first))?;
    };
    if let Some(each) = value.as_array() {
        return child(each)?.as_f64().filter(|n| *n >= 0.0).map(Time::Plain);
    }
    if let Some(inside) = value.as_object() {
        return number_of(field(inside, &["relative", "seconds", "value"])?.1).map(Time::Plain);
    }
    if let Some(n) = number_of(value) {
        if n < 0.0 || !n.is_finite() {
            return None;
        }
        if let Some(at) = when::unix(n) {
            return Some(Time::Moment(at.as_millisecond()));
        }
        let unit = |units: &[&str]| units.iter().any(|unit| plain(key).ends_with(unit));
        // Microseconds of Unix time, as no offset is.
        if let Some(at) = when::unix(n / 1e6).filter(|_| unit(&["usec", "micros"])) {
            return Some(Time::Moment(at.as_millisecond()));
        }
        let ms = unit(&["ms", "millis", "millisecond", "milliseconds"]);
        return Some(if ms { Time::Millis(n.round() as u64) } else { Time::Plain(n) });
    }
    let text = value.as_str().unwrap_or("").trim();
    match when::offset_ms(text).or_else(|| when::length_ms(text)) {
        Some(ms) => Some(Time::Millis(ms)),
        None => moment(value, day_first).map(|at| Time::Moment(at.as_millisecond())),
    }
}

/// The moment that a value is: a text with a date, or Unix seconds or milliseconds.
pub fn moment(value: &Value, day_first: Option<bool>) -> Option<Timestamp> {
    match value {
        Value::String(t) => {
            when::in_ordered_text(t.trim(), day_first).or_else(|| t.trim().parse().ok().and_then(when::unix))
        }
        Value::Number(n) => n.as_f64().and_then(when::unix),
        _ => None,
    }
}

/// Whether a value is a date that reads in two ways: "03/04/2026 15:04".
pub fn is_ambiguous(value: &Value) -> bool {
    value.as_str().map(str::trim).is_some_and(|t| {
        when::in_text(t).is_none()
            && t.parse::<f64>().is_err()
            && [true, false].iter().all(|order| when::in_ordered_text(t, Some(*order)).is_some())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_says_a_piece() {
        for (piece, expected) in [
            (json!({"author": {"name": "dana", "nickname": "Dana Whitfield"}}), "Dana Whitfield"),
            (json!({"author": {"name": "Dana Whitfield", "nickname": "dee"}}), "Dana Whitfield"),
            (json!({"author": {"first_name": "Dana", "last_name": "Whitfield", "id": 3}}), "Dana Whitfield"),
            (json!({"author": {"id": 3}}), "Speaker 3"),
            (json!({"from": {"phoneNumber": "+12025550123", "location": "Reston, VA"}}), "+12025550123"),
            (json!({"users": [{"username": "Dana"}]}), "Dana"),
            (json!({"senders": [{"name": "Dana"}], "channelId": "1000"}), "Dana"),
            (json!({"createdBy": {"first": "Dana", "last": "Whitfield", "type": "user"}}), "Dana Whitfield"),
            (json!({"segmentParticipant": {"role": "END_USER"}}), "END_USER"),
            (json!({"from": {"user": {"displayName": "Dana"}}}), "Dana"),
            (json!({"name": "spaces/A/messages/1", "sender": {"name": "users/1", "displayName": "Dana"}}), "Dana"),
            (json!({"name": "spaces/A/messages/1", "sender": {"name": "users/1"}}), "users/1"),
            (json!({"author": {"displayName": "Dana", "user": {"id": "u"}}}), "Dana"),
            (json!({"from": 1.5, "to": 3}), ""),
            (json!({"media_channel": 1}), "Speaker 1"),
            (json!({"speaker": {"source": "microphone"}}), "Me"),
            (json!({"speaker": {"source": "speaker"}}), "Them"),
            (json!({"speaker": {"source": "speaker", "diarization_label": "Speaker B"}}), "Speaker B"),
            (json!({"speaker": {"source": "microphone", "name": "Dana"}}), "Dana"),
            (json!({"source": "speaker"}), "Them"),
            (json!({"speaker": "A"}), "Speaker A"),
            (json!({"speaker": "S1"}), "Speaker S1"),
            (json!({"speaker": "Jo"}), "Jo"),
            (json!({"speaker": "王"}), "王"),
            (json!({"user_id": 9, "incoming": true, "source": 0}), "Speaker 9"),
            (json!({"user_id": 9, "source": 0}), ""),
            (json!({"direction": "inbound", "remote_phone": "+12025550123", "user_name": "Priya"}), "+12025550123"),
            (json!({"direction": "outbound", "remote_phone": "+12025550123", "user_name": "Priya"}), "Priya"),
        ] {
            assert_eq!(name(&piece), expected, "{piece}");
        }
    }

    #[test]
    fn words_within_objects() {
        for piece in [
            json!({"body": {"contentType": "html", "content": "<p>Hi</p>"}}),
            json!({"messageData": {"msg": {"text": "Hi"}}}),
            json!({"message_parts": [{"text": {"content": "Hi"}}, {"image": {"url": "x"}}]}),
        ] {
            assert_eq!(words(&piece), "Hi", "{piece}");
        }
    }

    #[test]
    fn a_message_without_the_one_that_it_answers() {
        for (text, expected) in [
            (
                r#"<blockquote itemtype="http://schema.skype.com/Reply"><b>Ann</b><p>Final?</p></blockquote><p>Yes.</p>"#,
                "Yes.",
            ),
            (
                r#"<quote author="a"><legacyquote>[1] Ann: </legacyquote>Final?</quote>Yes.<quote author="a">It?</quote> It is."#,
                "Yes. It is.",
            ),
            ("<blockquote>Ours was 12 %</blockquote><p>Mine.</p>", "Ours was 12 % Mine."),
            (r#"<quote author="a">Final?<br>"#, "Final?"),
            (r#"<quote author="a">One<quote author="b">Two</quote>Three</quote>Yes."#, "Yes."),
            (r#"<quote author="a"><legacyquote>[1] Ann: </legacyquote>We sign.</quote>"#, "[1] Ann: We sign."),
            (r#"<blockquote itemtype="http://schema.skype.com/Reply">Final?</blockquote><p><img src="x"></p>"#, ""),
            (
                r#"<blockquote>Mine. <blockquote itemtype="http://schema.skype.com/Reply">Final?</blockquote>Too.</blockquote>"#,
                "Mine. Too.",
            ),
            (r#"a < b, <quote author="a">Final?</quote>Yes."#, "a < b, Yes."),
        ] {
            assert_eq!(words(&json!({"body": text})), expected, "{text}");
        }
    }

    #[test]
    fn a_property_says_nothing() {
        assert_eq!(words(&json!({"name": "Stage", "value": "Closed won deal"})), "");
        assert_eq!(words(&json!({"speaker": "Ann", "value": "Closed won."})), "Closed won.");
    }

    #[test]
    fn dates_that_read_in_two_ways() {
        for (date, two) in [
            (json!("03/04/2026 15:04"), true),
            (json!("3/14/2026"), false),
            (json!("2026-03-04"), false),
            (json!("4/4/2026"), false),
            (json!(1773324262), false),
            (json!("soon"), false),
        ] {
            assert_eq!(is_ambiguous(&date), two, "{date}");
        }
    }
}
