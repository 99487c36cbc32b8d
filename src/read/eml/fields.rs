//! What the fields of a mail's head say: whether it is a mail at all, which thread it belongs to, whether it forwards another.

use std::collections::{BTreeSet, HashSet};

use jiff::civil::Date;
use mail_parser::{HeaderValue, Message, MessageParser};

use crate::{
    conversation::Timestamp,
    read::{
        eml::{
            automatic::untagged,
            people::{people, sender},
        },
        when,
    },
};

/// Fields of a mail's head by which it is recognised.
const FIELDS: &[&str] = &[
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "delivered-to",
    "mime-version",
    "content-type",
    "cc",
    "reply-to",
    "sender",
    "in-reply-to",
    "references",
    "content-transfer-encoding",
    "x-mailer",
    "dkim-signature",
    "user-agent",
    "thread-topic",
    "bcc",
    "x-originating-ip",
    "arc-seal",
    "authentication-results",
    "list-id",
    "content-disposition",
    "x-received",
];

/// What of a mail's `bytes` its head begins: blank lines above it, and between it and the line of a mailbox's, are none of it. They
/// end the head for a parser that keeps to the rules, before it has begun. All of them where no head follows.
pub fn from_head(bytes: &[u8]) -> &[u8] {
    let unblanked = |bytes: &'_ [u8]| bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(bytes.len());
    let mut start = unblanked(bytes);
    if bytes[start..].starts_with(b"From ")
        && let Some(end) = bytes[start..].iter().position(|b| *b == b'\n')
    {
        let below = start + end + 1;
        let blanks = unblanked(&bytes[below..]);
        start = if blanks > 0 { below + blanks } else { start };
    }
    // Nearly every file begins with its head.
    if start == 0 {
        return bytes;
    }
    let head = &bytes[start..bytes.len().min(start + LONGEST_HEAD)];
    if fields_at_head(&String::from_utf8_lossy(head)).1 > 0 { &bytes[start..] } else { bytes }
}

/// How many bytes of a head are looked at to see that it is one.
const LONGEST_HEAD: usize = 16 * 1024;

/// How many known fields stand before the first empty line, and how many of them only mails have.
pub fn fields_at_head(head: &str) -> (usize, usize) {
    let mut found = (0, 0);
    for (place, line) in head.trim_start_matches(['\r', '\n']).lines().take(200).enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            if place == 0 {
                return (0, 0);
            }
            continue;
        };
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) {
            let name = name.to_ascii_lowercase();
            let known = FIELDS.contains(&name.as_str());
            found.0 += usize::from(known);
            found.1 +=
                usize::from(known && !matches!(name.as_str(), "from" | "to" | "subject" | "date" | "cc" | "sender"));
        } else if place == 0 {
            return (0, 0);
        }
    }
    found
}

/// The addresses in a mail's head, lower case; none where `head` begins no mail.
pub fn addresses(head: &[u8]) -> BTreeSet<String> {
    if fields_at_head(&crate::read::encoding::decode(head).text).1 == 0 {
        return Default::default();
    }
    let Some(message) = MessageParser::default().parse_headers(from_head(head)) else { return Default::default() };
    let people = [message.from(), message.to(), message.cc()].into_iter().flat_map(people);
    // Behind a group's address stands a person's.
    people.chain([sender(&message)]).filter_map(|p| p.email).collect()
}

/// When a message was sent, and whether its date is one that reads in no way, or has a zone that nobody knows.
pub fn date(message: &Message) -> (Option<Timestamp>, bool) {
    let Some(stated) = message.header_raw("Date").map(str::trim).filter(|d| !d.is_empty()) else {
        return (None, false);
    };
    let parsed = message.date().filter(|d| d.is_valid() && is_day(d));
    let Some(parsed) = parsed.and_then(|d| Timestamp::from_second(d.to_timestamp()).ok()) else {
        // Scripts and CRMs write "2026-02-13T09:10:00+00:00".
        let other = when::in_text(stated);
        return (other, other.is_none());
    };
    // The zones of letters that the rules of mails know; any other counts as none to a parser that keeps to them.
    const KNOWN: &[&str] = &["EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "WET"];
    let zone = stated.split_whitespace().next_back().unwrap_or_default();
    let is_universal = ["GMT", "UT", "UTC", "Z"].iter().any(|name| zone.eq_ignore_ascii_case(name));
    // What stands behind an offset adds nothing to it: "+0100 CET".
    let is_offset = |word: &str| {
        word.strip_prefix(['+', '-'])
            .is_some_and(|digits| digits.len() >= 4 && digits.starts_with(|c: char| c.is_ascii_digit()))
    };
    let known = || is_universal || KNOWN.contains(&zone) || stated.split_whitespace().any(is_offset);
    if !zone.bytes().all(|b| b.is_ascii_alphabetic()) || known() {
        return (Some(parsed), false);
    }
    let zoned = when::in_text(&format!("{} {zone}", parsed.strftime("%Y-%m-%d %H:%M:%S")));
    (zoned.or(Some(parsed)), zoned.is_none_or(|zoned| zoned == parsed))
}

/// Whether the calendar has the day of a date: the parser makes 2 March of 30 February.
pub fn is_day(date: &mail_parser::DateTime) -> bool {
    let part = |n: u8| i8::try_from(n).ok();
    let day = || Date::new(i16::try_from(date.year).ok()?, part(date.month)?, part(date.day)?).ok();
    day().is_some()
}

/// A message id without angle brackets.
pub fn clean_id(id: &str) -> String {
    id.trim().trim_matches(['<', '>']).to_owned()
}

/// The message ids of the mails before it in its thread.
pub fn references(message: &Message) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for value in [message.references(), message.in_reply_to()] {
        let ids: Vec<&str> = match value {
            HeaderValue::Text(id) => vec![id],
            HeaderValue::TextList(ids) => ids.iter().map(AsRef::as_ref).collect(),
            _ => vec![],
        };
        for id in ids.into_iter().map(clean_id).filter(|id| !id.is_empty()) {
            if known.insert(id.clone()) {
                out.push(id);
            }
        }
    }
    out
}

/// What stands before the colon of a subject, in lower case.
fn prefix(subject: &str) -> String {
    untagged(subject).split([':', '：']).next().unwrap_or("").trim().to_lowercase()
}

/// Whether a subject may as well say that the mail answers another: "VS" is a Finnish answer and a Danish or Norwegian forward.
pub fn may_answer(subject: &str) -> bool {
    prefix(subject) == "vs"
}

/// Whether a subject says that the mail forwards another, in the common languages.
pub fn forwards(subject: &str) -> bool {
    matches!(
        prefix(subject).as_str(),
        "fw" | "fwd"
            | "wg"
            | "tr"
            | "rv"
            | "enc"
            | "doorst"
            | "vs"
            | "vb"
            | "i"
            | "pd"
            | "转发"
            | "轉寄"
            | "転送"
            | "forward"
            | "vl"
            | "ilt"
            | "továbbítás"
    )
}
