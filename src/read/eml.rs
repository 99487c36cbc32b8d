//! One e-mail as a file: RFC 5322 with MIME, in every charset that MIME names.

use std::{borrow::Cow, collections::HashSet};

use mail_parser::{Addr, Address, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::{Format, Input, Likeness, Read, Skipped, attached, email};
use crate::conversation::{Channel, Conversation, MailHead, Participant, Side, Turn};
use automatic::{is_automatic, is_envelope, returns_mail};
use fields::{clean_id, date, fields_at_head, forwards, may_answer, references};
use people::{is_of_crm, people, person, sender};

pub(super) mod automatic;
pub(super) mod body;
mod chat;
pub(super) mod fields;
mod page;
mod passed;
pub(super) mod people;
mod printed;
mod saved;
mod thread;
pub(super) mod unsent;
mod words;

/// One e-mail.
pub struct Eml;

impl Format for Eml {
    fn name(&self) -> &'static str {
        "eml"
    }
    fn doc(&self) -> &'static str {
        "one e-mail (.eml, a file of a Maildir): MIME, any charset, the new words of it"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let head = behind_count(input.head());
        let (all, telling) = fields_at_head(head);
        // "Subject: …" and "Date: …" may head a transcript; what only mails have tells more, and so does the ending.
        let ending = input.path.ends_with(".eml");
        // Without a sender, or what a mail server writes, it is a heading: "Topic: …", "Date: …".
        let sent = head.lines().take(200).any(|l| l.get(..5).is_some_and(|f| f.eq_ignore_ascii_case("from:")));
        match (all, telling) {
            (_, 0) if saved::is_saved(input.head()) || printed::is_printed(input.head()) => Likeness::Likely,
            (0, _) => Likeness::No,
            (_, 0) if !ending && !sent => Likeness::No,
            (_, 2..) => Likeness::Certain,
            (2.., 1) | (1.., _) if ending => Likeness::Certain,
            (3.., 1) => Likeness::Certain,
            (_, 1) => Likeness::Likely,
            _ => Likeness::Perhaps,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        if is_saved_page(input.head()) {
            return Err(input.skipped(
                None,
                "no_mail_head",
                "a page that a browser saved, in which nobody is known to have written it; export messages as .eml, transcripts as text or .vtt",
            ));
        }
        let mut read = Read::default();
        let mut conversation = input.conversation(self, Channel::Email, None);
        let telling = fields_at_head(behind_count(input.head())).1 > 0;
        if telling {
            message(input, without_marks(input.bytes), None, conversation, &mut read)?;
            return Ok(read);
        }
        let page = page::text(input);
        let text = page.as_deref().unwrap_or_else(|| input.text());
        let mut thread = printed::mails(text);
        if thread.is_empty() && page.is_none() {
            thread = thread::mails(text);
        }
        if thread.is_empty() {
            let saved = saved::as_mail(text);
            conversation.local_time = saved.as_ref().is_some_and(|s| s.local_time);
            let own = || page.as_deref().map_or_else(|| without_marks(input.bytes), str::as_bytes);
            let bytes = saved.as_ref().map_or_else(own, |s| s.mail.as_bytes());
            message(input, bytes, None, conversation, &mut read)?;
        }
        for (n, (line, text)) in thread.iter().enumerate() {
            let saved = saved::as_mail(text);
            let bytes = saved.as_ref().map_or(text, |s| &s.mail).as_bytes();
            let mut conversation = input.conversation(self, Channel::Email, Some(n + 1));
            conversation.local_time = saved.as_ref().is_some_and(|s| s.local_time);
            // The lines of a page are not those of its file.
            let line = Some(*line).filter(|_| page.is_none());
            let lost = message(input, bytes, line, conversation, &mut read).err();
            read.skipped.extend(lost);
        }
        Ok(read)
    }
}

/// This format where a page of HTML that no other format knows is a mail that a program saved so: its head stands above its words.
pub(super) fn of_page(input: &Input) -> Option<&'static dyn Format> {
    let is_mail = |page: String| saved::is_saved(&page) || has_own_head(&page) || printed::is_printed(&page);
    page::text(input).is_some_and(is_mail).then_some(&Eml as &dyn Format)
}

/// Whether text begins as a mail does, with its sender and two more of what each has.
fn has_own_head(text: &str) -> bool {
    text.get(..5).is_some_and(|first| first.eq_ignore_ascii_case("from:")) && fields_at_head(text).0 >= 3
}

/// Whether a browser saved a page as one file (.mht), which has the form of a mail from nobody.
fn is_saved_page(head: &str) -> bool {
    let field = |line: &str, name: &str| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let by_browser = |line: &str| {
        let sender = line.get("from:".len()..).unwrap_or("").trim_start_matches([' ', '<', '"']);
        field(line, "from:") && field(sender, "saved by ") && !line.contains('@')
    };
    let mut fields = head.lines().take_while(|line| !line.trim().is_empty());
    fields.any(|line| by_browser(line) || field(line, "snapshot-content-location:"))
}

/// What stands behind the line of a file of Apple Mail's (.emlx) that counts the message's bytes, or all of another.
fn behind_count(head: &str) -> &str {
    match head.split_once('\n') {
        Some((count, rest)) if is_count(count.as_bytes()) => rest,
        _ => head,
    }
}

/// The message in a file of Apple Mail's: below that line, and above the marks in which the program keeps what it knows of it.
fn without_marks(bytes: &[u8]) -> &[u8] {
    let bytes = super::unmarked(bytes);
    let Some(end) = bytes.iter().take(32).position(|b| *b == b'\n').filter(|end| is_count(&bytes[..*end])) else {
        return bytes;
    };
    let marks = b"<?xml version";
    let message = &bytes[end + 1..];
    &message[..message.windows(marks.len()).rposition(|w| w == marks).unwrap_or(message.len())]
}

fn is_count(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty() && line.iter().all(u8::is_ascii_digit)
}

/// Reads one message into `conversation`, which knows its name and place already.
///
/// # Errors
/// Where it is no message or has no words.
pub fn message(
    input: &Input,
    bytes: &[u8],
    line: Option<usize>,
    mut conversation: Conversation,
    read: &mut Read,
) -> Result<(), Skipped> {
    let bytes = fields::from_head(super::unmarked(bytes));
    let Some(message) = MessageParser::default().parse(bytes) else {
        return Err(input.skipped(
            line,
            "bad_mail",
            "no head of a mail could be read; export the message again as .eml",
        ));
    };
    // A line is known where a mailbox holds it.
    if let Some(unsent) = unsent::of(&message, input.path, line.is_some()) {
        return Err(unsent.skipped(input));
    }
    if !has_room(input, &message, 0) {
        return Err(input.skipped(line, "too_large", super::MORE_THAN_ROOM));
    }
    let hidden = head_and_body(&message, &mut conversation, bytes);
    read.skipped.extend(hidden.then(|| answers_in_quote(input, line)));
    read.skipped.extend(date(&message).1.then(|| input.skipped(line, "bad_date", BAD_DATE)));
    if is_envelope(&message) {
        conversation.turns.clear();
    }
    let sent_from = || message.from().and_then(Address::first).and_then(Addr::address).unwrap_or_default();
    if conversation.is_automatic() && passed::tells_of_words(&conversation.title, sent_from()) {
        read.skipped.push(input.skipped(line, "left_out", NOTICE_OF_WORDS));
    }
    let empty = conversation.turns.is_empty();
    let before = read.conversations.len();
    let mut behind = Read::default();
    if !is_report(&message) {
        attached::files(input, &conversation, files(&message), &mut behind);
    }
    let said_nothing = empty && email::calendar::says_nothing(&message, &conversation.title);
    // Messages that are attached are conversations of their own.
    let own = !returns_mail(&message, &conversation.title) && attachments(&message).next().is_some();
    let template = own.then(|| Conversation {
        turns: vec![],
        participants: vec![],
        mail: None,
        title: String::new(),
        ..conversation.clone()
    });
    if !empty {
        read.conversations.push(conversation);
    }
    if let Some(template) = template {
        attached(input, &message, line, &template, read, 0);
    }
    let told = !behind.skipped.is_empty();
    read.conversations.append(&mut behind.conversations);
    read.skipped.append(&mut behind.skipped);
    read.directories.append(&mut behind.directories);
    if read.conversations.len() > before || told {
        return Ok(());
    }
    if said_nothing {
        read.silent = true;
    } else {
        if message.parts.iter().any(|p| p.is_encoding_problem) {
            return Err(input.skipped(
                line,
                "bad_mail",
                "the message's text is damaged: its transfer encoding cannot be undone; export it again",
            ));
        }
        return Err(input.skipped(line, "no_words", no_text(&message)));
    }
    Ok(())
}

/// What is said of a service's notice that somebody wrote or called.
const NOTICE_OF_WORDS: &str = "a service's notice of a message or a call on a mailbox: what was said there stands among the service's \
                               own words, so nothing of the mail counts as somebody's; export the messages from that service";

/// What is said of a mail whose date is none, or of a zone that nobody knows.
const BAD_DATE: &str = "the date in the mail's head cannot be read, or names a zone that is not known and was taken for UTC; \
                        export the message again from its mail program";

/// Whether there is room for the words of a message whose encoding hid how much may be made of them.
fn has_room(input: &Input, message: &Message, depth: usize) -> bool {
    let Some(room) = input.room else { return true };
    message.parts.iter().all(|part| match &part.body {
        PartType::Text(words) | PartType::Html(words) => part.encoding == Encoding::None || room.take(words.as_bytes()),
        PartType::Message(inner) => depth >= DEEPEST || has_room(input, inner, depth + 1),
        _ => true,
    })
}

/// Why a message has no text, as exactly as can be told.
fn no_text(message: &Message) -> &'static str {
    let is = |kind: &str, subtypes: &[&str]| {
        message.root_part().content_type().is_some_and(|t| {
            let subtype = t.c_subtype.as_deref().unwrap_or_default();
            t.c_type.eq_ignore_ascii_case(kind) && subtypes.iter().any(|s| subtype.eq_ignore_ascii_case(s))
        })
    };
    let smime = is("application", &["pkcs7-mime", "x-pkcs7-mime"]);
    let signed = || {
        let kind = message.root_part().content_type().and_then(|t| t.attribute("smime-type"));
        kind.is_some_and(|k| k.eq_ignore_ascii_case("signed-data"))
    };
    let armoured = || {
        message.parts.iter().any(|p| matches!(&p.body, PartType::Text(t) if t.contains("-----BEGIN PGP MESSAGE-----")))
    };
    if smime && signed() {
        "the message is packed into its S/MIME signature; open it in its mail program and save its text, or export it as .msg"
    } else if smime || is("multipart", &["encrypted"]) || armoured() {
        "the message is encrypted; open it in its mail program and save its text"
    } else {
        "the message has no text, only a head or attachments"
    }
}

/// Whether the message reports on the delivery of another.
pub(super) fn is_report(message: &Message) -> bool {
    message.root_part().content_type().is_some_and(|t| {
        t.c_type.eq_ignore_ascii_case("multipart")
            && t.c_subtype.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("report"))
    })
}

/// The files attached to a message, other than messages.
fn files<'a>(message: &'a Message<'a>) -> impl Iterator<Item = attached::File<'a>> {
    message.parts.iter().filter(|p| is_attachment(message, p)).filter_map(|p| match &p.body {
        PartType::Message(_) | PartType::Multipart(_) => None,
        _ => Some(attached::File { name: p.attachment_name().unwrap_or_default(), bytes: Cow::Borrowed(p.contents()) }),
    })
}

/// What is said of a mail whose answers cannot be told from the mail that they stand in.
pub fn answers_in_quote(input: &Input, line: Option<usize>) -> Skipped {
    input.skipped(
        line,
        "answers_in_quote",
        "the message says that its answers stand within the mail below it; they were not read, because nothing tells them from \
         that mail's words; look them up in it",
    )
}

/// Reads the head and the new words of `message` into `conversation`; gives whether answers were left in the mail that it
/// answers. `raw`: its bytes, for when its parts have no text.
fn head_and_body(message: &Message, conversation: &mut Conversation, raw: &[u8]) -> bool {
    conversation.title = message.subject().unwrap_or_default().trim().to_owned();
    conversation.started_at = date(message).0.or(conversation.started_at);
    let sender = sender(message);
    let (sender_name, address) = (sender.name.clone(), sender.email.clone().unwrap_or_default());
    let mut known: HashSet<String> = sender.email.iter().cloned().collect();
    conversation.participants.push(Participant { active: true, ..sender });
    let recipients = [message.to(), message.cc()].into_iter().flat_map(people);
    for person in recipients.filter(|p| !p.email.as_deref().is_some_and(is_of_crm)) {
        if person.email.as_ref().is_none_or(|email| known.insert(email.clone())) {
            conversation.participants.push(person);
        }
    }
    if sender_name.is_empty() {
        conversation.participants.remove(0);
    }
    let mut body = body::of(message, raw, forwards(&conversation.title));
    // Whoever wrote what stands below gets the answer.
    let writes_back = |below: &email::passed_on::Forwarded| {
        let writer = person(&below.from);
        let is_writer = |p: &Participant| match (&p.email, &writer.email) {
            (Some(email), Some(of_writer)) if email == of_writer => true,
            _ => !p.name.is_empty() && p.name == writer.name,
        };
        conversation.participants.iter().any(|p| !p.active && is_writer(p))
    };
    if may_answer(&conversation.title) && body.forwarded.as_ref().is_some_and(writes_back) {
        body = body::of(message, raw, false);
    }
    let passed_on = passed::words(&address, &body.lines);
    let automatic = passed_on.is_none() && (body.automatic() || is_automatic(message, &conversation.title));
    if let Some(lines) = passed_on {
        body.lines = lines;
        let of_all = |person: &&mut Participant| person.email.as_deref().is_some_and(passed::is_of_all);
        for caller in conversation.participants.iter_mut().filter(of_all) {
            // Somebody of ours may have called, too: what else tells the side counts more.
            (caller.email, caller.side, caller.side_confidence) = (None, Side::Buyer, 60);
            caller.side_because = "left word on a mailbox of whoever exports".to_owned();
        }
    }
    conversation.mail = Some(MailHead {
        message_id: message.message_id().map(clean_id),
        references: references(message),
        automatic,
        cut_percent: body.cut_percent,
    });
    fill(conversation, &sender_name, &body);
    body.answers_in_quote
}

/// How deep messages in messages are followed.
const DEEPEST: usize = 4;

/// The messages attached to one.
fn attachments<'a>(message: &'a Message<'a>) -> impl Iterator<Item = &'a Message<'a>> {
    message.parts.iter().filter_map(|p| match &p.body {
        PartType::Message(inner) => Some(inner),
        _ => None,
    })
}

/// Reads the messages attached to one.
fn attached(
    input: &Input,
    message: &Message,
    line: Option<usize>,
    template: &Conversation,
    read: &mut Read,
    depth: usize,
) {
    for (n, inner) in attachments(message).enumerate() {
        if depth >= DEEPEST {
            read.skipped.push(input.skipped(
                line,
                "too_deep",
                format!("messages attached deeper than {DEEPEST} times were left out"),
            ));
            return;
        }
        let mut conversation = template.clone();
        let mark = if template.id.0.contains('#') { '.' } else { '#' };
        conversation.id.0 = format!("{}{mark}attached{}", template.id.0, n + 1);
        let next = conversation.clone();
        let hidden = head_and_body(inner, &mut conversation, &[]);
        read.skipped.extend(hidden.then(|| answers_in_quote(input, line)));
        if !conversation.turns.is_empty() {
            read.conversations.push(conversation);
        } else if email::calendar::says_nothing(inner, &conversation.title) {
            read.silent = true;
        } else {
            read.skipped.push(input.skipped(line, "no_words", "an attached message has no text"));
        }
        attached(input, inner, line, &next, read, depth + 1);
        attached::files(input, &next, files(inner), read);
    }
}

/// Puts the new words of a mail into `conversation`, and what it forwards behind them, as its author's; those of a chat that is
/// sent as a mail as theirs who wrote there.
pub fn fill(conversation: &mut Conversation, sender: &str, body: &email::body::Body) {
    if let Some(turns) = chat::turns(&conversation.title, &conversation.participants, body) {
        return chat::fill(conversation, turns);
    }
    let turns_of = |speaker: &str, lines: &[String]| -> Vec<Turn> {
        email::body::paragraphs(lines)
            .into_iter()
            .map(|text| Turn { speaker: speaker.to_owned(), text, ..Turn::default() })
            .collect()
    };
    let end = email::signature::start_by_name(&body.lines, sender);
    conversation.turns = turns_of(sender, &body.lines[..end]);
    for forwarded in body.forwarded.iter().flat_map(email::passed_on::Forwarded::all) {
        let mut author = person(&forwarded.from);
        // Whom the mail's own head names is called so in a quote, too: a line that announces one has less of the name, or more.
        let named = |p: &&Participant| p.email.is_some() && p.email == author.email && !p.name.is_empty();
        if let Some(known) = conversation.participants.iter().find(named) {
            author.name = known.name.clone();
        }
        conversation.turns.extend(turns_of(&author.name, &forwarded.lines));
        let known = conversation.participants.iter().any(|p| p.name == author.name);
        if !known && !author.name.is_empty() {
            conversation.participants.push(author);
        }
    }
}

/// How the names of files of text end that are no mail's words.
const FILES: &[&str] = &[".vtt", ".srt", ".sbv", ".json", ".csv", ".tsv", ".xml", ".ics", ".eml", ".mbox"];

/// Whether a part of a message is a file beside its words. The text that is the whole message is none for its having a name,
/// unless it is of a kind, or called by a name, that texts of mails never have: a transcript that is mailed alone.
pub fn is_attachment(message: &Message, part: &MessagePart) -> bool {
    let of_words = |kind: &str| ["plain", "html", "enriched"].iter().any(|k| kind.eq_ignore_ascii_case(k));
    let is_whole = || {
        let name = part.attachment_name().unwrap_or_default().to_ascii_lowercase();
        message.parts.len() == 1
            && matches!(part.body, PartType::Text(_) | PartType::Html(_))
            && part.content_type().is_none_or(|t| t.c_subtype.as_deref().is_none_or(of_words))
            && !FILES.iter().any(|ending| name.ends_with(ending))
    };
    part.content_disposition().is_some_and(|d| d.is_attachment()) || (part.attachment_name().is_some() && !is_whole())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::DealId, read::read};

    #[test]
    fn what_hides_the_text_is_named() {
        for (kind, said) in [
            ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "encrypted"),
            ("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "S/MIME signature"),
            ("multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b", "encrypted"),
            ("image/png", "no text"),
        ] {
            let mail = format!(
                "From: ann@acme.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CAMIACAQA=\n"
            );
            let read = read(&Input::new("m.eml", &DealId("a".into()), mail.as_bytes()));
            assert_eq!(read.skipped[0].code, "no_words", "{kind}: {read:?}");
            assert!(read.skipped[0].message.contains(said), "{kind}: {}", read.skipped[0].message);
        }
    }
}
