//! What the fields of a mail's head say: whether it is a mail at all, which thread it belongs to, whether it forwards another.

use std::collections::{BTreeSet, HashSet};

use mail_parser::{HeaderValue, Message, MessageParser};

use super::{
    eml_automatic::untagged,
    eml_people::{people, sender},
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
    if fields_at_head(&super::encoding::decode(head).text).1 == 0 {
        return Default::default();
    }
    let Some(message) = MessageParser::default().parse_headers(head) else { return Default::default() };
    let people = [message.from(), message.to(), message.cc()].into_iter().flat_map(people);
    // Behind a group's address stands a person's.
    people.chain([sender(&message)]).filter_map(|p| p.email).collect()
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

/// Whether a subject says that the mail forwards another, in the common languages.
pub fn forwards(subject: &str) -> bool {
    let prefix = untagged(subject).split([':', '：']).next().unwrap_or("").trim().to_lowercase();
    matches!(
        prefix.as_str(),
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
