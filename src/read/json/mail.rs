//! Mails as a program's interface gives them: sender, recipients, subject and body as fields, under the names that Microsoft
//! Graph, HubSpot, Front, Close, Gong, Freshdesk and others give them; Gmail's in [`super::gmail`]. They are put back into the
//! form of RFC 5322 and read as every other mail, so that what is quoted in them, and what programs write, is nobody's words.

use std::{borrow::Cow, fmt::Write};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    any::{
        find::Letter,
        keys::{is_key, kinds},
        piece::{is_page, moment},
        said::said,
    },
    gmail, label_of,
};
use crate::{
    conversation::{Channel, Participant, Side, Timestamp, hex},
    read::{
        Format, Input, Read,
        crm::{self, columns::CRM},
        eml,
        export::UNASSIGNED,
        table::plain,
        turns::one_line,
    },
};

const FROM: &[&str] =
    &["from", "sender", "fromemail", "fromaddress", "senderemail", "fromemailaddress", "fromfield", "mailboxaddress"];
const TO: &[&str] = &[
    "to",
    "torecipients",
    "toemail",
    "toemails",
    "toaddress",
    "toaddresses",
    "toemailaddresses",
    "recipients",
    "recipient",
    "recipientemail",
    "recipientemails",
    "tofields",
];
const CC: &[&str] = &["cc", "ccrecipients", "ccemail", "ccemails", "ccaddress", "ccaddresses", "ccfields"];
const SENT: &[&str] = &[
    "sentdatetime",
    "sentat",
    "senttime",
    "sentdate",
    "datesent",
    "deliveredat",
    "messagetime",
    "timestamp",
    "date",
    "datetime",
    "receiveddatetime",
    "receivedat",
    "receivedtime",
    "datereceived",
    "createdat",
    "createddatetime",
    "datecreated",
    "createdtime",
    "created",
];
/// The key of the message that began a ticket of Freshdesk's.
const DESCRIPTION_TEXT: &str = "descriptiontext";
/// Keys of a body in plain words, and of one marked up; what only mails call so stands first.
const TEXT: &[&str] =
    &["bodytext", "textbody", "bodyplain", "plainbody", "textplain", "plaintext", DESCRIPTION_TEXT, "text"];
const HTML: &[&str] = &["bodyhtml", "htmlbody", "html", "texthtml"];
/// Keys of a body that may be either.
const BODY: &[&str] = &["body", "content", "emailbody", "description"];

/// A field's name without what HubSpot puts before it.
fn bare(name: &str) -> &str {
    name.strip_prefix("hs_email_").or_else(|| name.strip_prefix("hs_")).unwrap_or(name)
}

fn field<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    let filled = |key: &str| object.iter().find(|(name, v)| !v.is_null() && is_key(bare(name), key));
    keys.iter().find_map(|key| filled(key).map(|(_, v)| v))
}

fn words<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> &'a str {
    let filled = |v: &'a Value| v.as_str().filter(|t| !t.trim().is_empty());
    keys.iter().find_map(|key| filled(field(object, &[key])?)).unwrap_or("")
}

/// A mail's own head where it stands in one field: HubSpot's `hs_email_headers`, an object or a text that is one in JSON.
fn head(object: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    match field(object, &["headers"]) {
        Some(Value::Object(fields)) => Cow::Borrowed(fields),
        Some(Value::String(text)) => Cow::Owned(serde_json::from_str(text).unwrap_or_default()),
        _ => Cow::Owned(Map::new()),
    }
}

/// The people of a mail under `keys`, or in its head under the first of them, or in Gorgias' "source".
fn people_of(object: &Map<String, Value>, keys: &[&str]) -> Vec<Participant> {
    let own = field(object, keys).map(people).unwrap_or_default();
    if !own.is_empty() {
        return own;
    }
    let in_head = field(&head(object), &keys[..1]).map(people).unwrap_or_default();
    let source = || field(object, &["source"]).and_then(Value::as_object).and_then(|source| field(source, keys));
    if in_head.is_empty() { source().map(people).unwrap_or_default() } else { in_head }
}

/// The bodies of a mail: in plain words, and marked up; either may be empty.
fn bodies(object: &Map<String, Value>) -> (&str, &str) {
    let (mut text, mut html) = (words(object, TEXT), words(object, HTML));
    // "body": {"contentType": "html", "content": "<p>Hi</p>"}
    let inside = field(object, BODY).and_then(Value::as_object);
    let body = inside.map_or_else(|| words(object, BODY), |o| words(o, &["content", "text", "html", "value"]));
    match is_page(body) {
        true if html.is_empty() => html = body,
        false if text.is_empty() => text = body,
        _ => {}
    }
    (text, html)
}

/// The people of a value: an address, a text with several, an object, a list.
fn people(v: &Value) -> Vec<Participant> {
    match v {
        Value::String(text) => eml::people::pieces(text).into_iter().map(eml::people::person).collect(),
        Value::Array(items) => items.iter().flat_map(people).collect(),
        Value::Object(fields) => {
            if let Some(inner @ Value::Object(_)) = field(fields, &["emailaddress"]) {
                return people(inner);
            }
            let address = words(fields, &["address", "email", "emailaddress", "handle", "value"]);
            let named = words(fields, &["name", "displayname", "fullname", "username"]);
            let whole = format!("{} {}", words(fields, &["firstname"]), words(fields, &["lastname"]));
            let name = one_line(if named.is_empty() { &whole } else { named });
            let email = Some(address.trim().to_lowercase()).filter(|a| a.contains('@'));
            let name = if name.is_empty() { email.clone().unwrap_or_default() } else { name };
            vec![Participant { name, email, ..Participant::default() }]
        }
        _ => vec![],
    }
}

/// Front's: `recipients` with a `role` each.
fn with_role(object: &Map<String, Value>, role: &str) -> Vec<Participant> {
    let listed = field(object, &["recipients"]).and_then(Value::as_array).into_iter().flatten();
    listed.filter(|r| r.get("role").and_then(Value::as_str) == Some(role)).flat_map(people).collect()
}

fn has_roles(object: &Map<String, Value>) -> bool {
    ["from", "to"].iter().any(|role| !with_role(object, role).is_empty())
}

fn sender(object: &Map<String, Value>) -> Option<Participant> {
    let first = |keys: &[&str]| people_of(object, keys).into_iter().next();
    let found = if has_roles(object) { with_role(object, "from").into_iter().next() } else { first(FROM) };
    // Intercom's messages have an author, and go to nobody.
    let found = found
        .or_else(|| first(&["author"]).filter(|p| p.email.is_some() && !recipients(object).is_empty()))
        .or_else(|| requester(object))?;
    let named = words(object, &["fromname", "sendername"]);
    let whole = format!("{} {}", words(object, &["fromfirstname"]), words(object, &["fromlastname"]));
    let name = one_line(if named.is_empty() { &whole } else { named });
    let bare = found.email.as_ref().is_none_or(|email| *email == found.name.to_lowercase());
    Some(Participant { name: if bare && !name.is_empty() { name } else { found.name.clone() }, ..found })
}

fn recipients(object: &Map<String, Value>) -> Vec<Participant> {
    if has_roles(object) { with_role(object, "to") } else { people_of(object, TO) }
}

/// Who wrote the message that began a ticket of Freshdesk's, if the ticket was not opened with a mail of our own (source 10).
fn requester(object: &Map<String, Value>) -> Option<Participant> {
    let written = !words(object, &[DESCRIPTION_TEXT]).is_empty();
    let from_us = field(object, &["source"]).and_then(Value::as_u64) == Some(10);
    people(field(object, &["requester"]).filter(|_| written && !from_us)?).into_iter().find(|p| p.email.is_some())
}

/// Whether an object is a ticket that holds the message that began it, beside the list of what was answered.
pub(super) fn is_ticket(object: &Map<String, Value>) -> bool {
    sender(object).is_some() && requester(object).is_some()
}

/// Whether an object is a mail: somebody with an address writes words under a subject, or to an address; or it says that it is a
/// mail and which way it went.
pub(super) fn is_mail(v: &Value) -> bool {
    let Some(object) = v.as_object() else { return false };
    if gmail::is(v) {
        return true;
    }
    if !may_be(v) {
        return false;
    }
    let headed = || ["subject", "cc"].iter().any(|key| object.keys().any(|name| is_key(bare(name), key)));
    let body = || field(object, HTML).or_else(|| field(object, BODY)).is_some() || headed();
    let addressed = || recipients(object).iter().any(|p| p.email.is_some());
    says_so(object) || is_directed_mail(object) || (addressed() && body()) || !words(object, &["subject"]).is_empty()
}

fn says_so(object: &Map<String, Value>) -> bool {
    kinds(object).any(|kind| kind.ends_with("email") || kind == "mail")
}

/// Whether an object is a mail by its direction, whoever wrote it: HubSpot's "INCOMING_EMAIL".
fn is_directed_mail(object: &Map<String, Value>) -> bool {
    let stated = words(object, &["direction"]);
    crm::status::is_incoming(stated).is_some() && (says_so(object) || plain(stated).contains("email"))
}

/// Whether an object may be a mail, where others beside it are: it has the address of who writes, or
/// says that it is one, and words.
pub(super) fn may_be(v: &Value) -> bool {
    const OTHERS: &[&str] = &["sms", "call", "chat", "note", "task", "meeting", "whatsapp", "tweet", "comment"];
    let Some(object) = v.as_object() else { return false };
    if gmail::is(v) {
        return true;
    }
    // Most objects of a document name no sender; they are asked no more.
    let mut senders = FROM.iter().chain(&["author", "recipients", "headers", "direction"]);
    if !senders.any(|key| object.keys().any(|name| is_key(bare(name), key))) {
        return false;
    }
    (is_directed_mail(object) || sender(object).is_some_and(|s| s.email.is_some()))
        && bodies(object) != ("", "")
        && !kinds(object).any(|kind| OTHERS.contains(&kind.as_str()) || kind.ends_with("note"))
}

/// Whether an object that is no mail holds words as mails do, and is not our own note.
pub(super) fn has_words(v: &Value) -> bool {
    let Some(object) = v.as_object() else { return false };
    let said_here = || !words(object, TEXT).is_empty() || !words(object, HTML).is_empty();
    said_here() && !said(&[v]).is_empty()
}

/// Reads the mails of a document into `read`, numbered from `first`; what is alone in its document needs no number.
pub(super) fn read_all(format: &dyn Format, input: &Input, mails: &[Letter], first: Option<usize>, read: &mut Read) {
    let mut unsent = 0;
    for (n, letter) in mails.iter().enumerate() {
        if is_unsent(letter.mail) {
            unsent += 1;
            continue;
        }
        // Freshdesk keeps our own notes among the mails.
        if said(&[letter.mail]).is_empty() {
            continue;
        }
        let mut conversation = input.conversation(format, Channel::Email, first.map(|first| first + n));
        // The day of a file is that of the export.
        conversation.started_at = sent(letter).or(conversation.started_at);
        if let Some(deal) = deal(letter.mail).filter(|_| conversation.deal.0 == UNASSIGNED) {
            conversation.deal.0 = deal;
        }
        let before = read.conversations.len();
        if let Err(lost) = eml::message(input, &bytes(letter.mail), None, conversation, read) {
            read.skipped.push(lost);
        }
        let Some((side, known)) = direction(letter.mail).zip(read.conversations.get_mut(before)) else { continue };
        match known.participants.first_mut().filter(|p| p.active) {
            Some(sender) => {
                sender.side = side;
                sender.side_confidence = 85;
                sender.side_because = "the export states the direction of the message".to_owned();
            }
            None => known.turns.iter_mut().filter(|t| t.speaker.is_empty()).for_each(|t| t.side = side),
        }
    }
    if unsent > 0 {
        let message = format!(
            "drafts, spam and messages that were thrown away ({unsent}) were left out, because nobody received or read them"
        );
        read.skipped.push(input.skipped(None, "not_sent", message));
    }
}

/// Whether a mail is a draft, spam, or was thrown away.
fn is_unsent(v: &Value) -> bool {
    let Some(object) = v.as_object() else { return false };
    const FLAGS: &[&str] = &["isdraft", "draft", "isdeleted", "deleted", "isspam", "isjunk", "istrash", "isscheduled"];
    const THROWN_AWAY: &[&str] = &["spam", "junk", "trash", "deleted"];
    let flagged = FLAGS.iter().any(|key| match field(object, &[key]) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    });
    let state = plain(words(object, &["status", "state", "folder", "hsemailstatus", "emailsendstatus"]));
    flagged || crm::status::is_unsent(&state) || THROWN_AWAY.contains(&state.as_str()) || gmail::is_unsent(v)
}

/// When a mail was sent: as it says, or what stands around it, HubSpot's "engagement" beside it among that.
fn sent(letter: &Letter) -> Option<Timestamp> {
    let keys = || SENT.iter().chain(of_crm("when"));
    let at = |o: &Map<String, Value>| keys().find_map(|key| moment(field(o, &[key])?, None));
    let own = letter.mail.as_object().and_then(|o| at(o).or_else(|| moment(field(o, &["internaldate"])?, None)));
    own.or_else(|| {
        let near = letter.around.first()?;
        near.get("engagement").and_then(|e| at(e.as_object()?)).or_else(|| at(near))
    })
}

/// The names that CRMs give a column of theirs.
fn of_crm(column: &str) -> &'static [&'static str] {
    CRM.iter().find(|(name, _)| *name == column).map_or(&[], |(_, names)| names)
}

/// The deal that a mail names.
fn deal(v: &Value) -> Option<String> {
    let named = label_of(field(v.as_object()?, of_crm("deal"))?);
    Some(one_line(&named)).filter(|deal| !deal.is_empty())
}

/// The side of the sender, where the mail says that it came in or went out.
fn direction(v: &Value) -> Option<Side> {
    let object = v.as_object()?;
    let of = |incoming: bool| if incoming { Side::Buyer } else { Side::Seller };
    if let Some(Value::Bool(incoming)) = field(object, &["isinbound", "inbound", "incoming", "isincoming"]) {
        return Some(of(*incoming));
    }
    crm::status::is_incoming(words(object, &["direction"])).map(of)
}

/// A mail as RFC 5322 has it.
fn bytes(v: &Value) -> Vec<u8> {
    if gmail::is(v) {
        return gmail::bytes(v);
    }
    let Some(object) = v.as_object() else { return vec![] };
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let value = one_line(value);
        if !value.is_empty() {
            let _ = write!(out, "{name}: {value}\r\n");
        }
    };
    line("From", &sender(object).map(|s| address(&s)).unwrap_or_default());
    let listed = |people: Vec<Participant>| people.iter().map(address).collect::<Vec<_>>().join(", ");
    line("To", &listed(recipients(object)));
    let copied = if has_roles(object) { with_role(object, "cc") } else { people_of(object, CC) };
    line("Cc", &listed(copied));
    line("Subject", words(object, &["subject", "emailsubject"]));
    // What is no number of a mail is the program's own.
    let number = |keys: &[&str]| words(object, keys).trim().trim_matches(['<', '>']).to_owned();
    for (name, id) in [
        ("Message-ID", number(&["internetmessageid", "messageid", "rfcmessageid", "messageidentifier"])),
        ("In-Reply-To", number(&["inreplyto", "inreplytoid"])),
    ] {
        line(name, &Some(format!("<{id}>")).filter(|_| id.contains('@') && !id.contains(' ')).unwrap_or_default());
    }
    let (text, html) = bodies(object);
    // A line that divides, and that nobody can have written into either.
    let boundary = hex(&Sha256::digest([text, html].concat()));
    let _ = write!(out, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n");
    for (kind, words) in [("plain", text), ("html", html)] {
        if !words.is_empty() {
            let _ = write!(
                out,
                "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{words}\r\n"
            );
        }
    }
    let _ = write!(out, "--{boundary}--\r\n");
    out.into_bytes()
}

/// "Ann Lee" <ann@acme.example>
fn address(person: &Participant) -> String {
    let name: String = person.name.chars().filter(|c| !matches!(c, '"' | '\\' | '<' | '>')).collect();
    match &person.email {
        Some(email) => {
            let email: String = email.chars().filter(|c| !c.is_whitespace() && !matches!(c, '<' | '>' | ',')).collect();
            if name.to_lowercase() == email { email } else { format!("\"{name}\" <{email}>") }
        }
        None => format!("\"{name}\" <>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::DealId, read::read};

    #[test]
    fn words_whose_writer_nothing_names_have_the_side_of_their_direction() {
        let mails = r#"[{"type": "EMAIL", "direction": "inbound", "subject": "Offer", "bodyText": "It is too dear."},
            {"type": "EMAIL", "direction": "outbound", "subject": "Offer", "bodyText": "What would fit?"}]"#;
        let read = read(&Input::new("mails.json", &DealId("a".into()), mails.as_bytes()));
        let sides: Vec<Side> = read.conversations.iter().flat_map(|c| &c.turns).map(|t| t.side).collect();
        assert_eq!(sides, [Side::Buyer, Side::Seller], "{read:?}");
    }
}
