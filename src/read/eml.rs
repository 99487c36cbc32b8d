//! One e-mail as a file: RFC 5322 with MIME, in every charset that MIME names.

use std::collections::HashSet;

use mail_parser::{Message, MessageParser, PartType};

use super::{
    Format, Input, Likeness, Read, Skipped, email_body, email_calendar, email_signature,
    eml_fields::{clean_id, fields_at_head, forwards, is_automatic, people, person, references},
    eml_saved, eml_words,
};
use crate::conversation::{Channel, Conversation, MailHead, Participant, Timestamp, Turn};

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
        let (all, telling) = fields_at_head(input.head());
        // "Subject: …" and "Date: …" may head a transcript; what only mails have tells more, and so does the ending.
        let ending = input.path.ends_with(".eml");
        // Without a sender, or what a mail server writes, it is a heading: "Topic: …", "Date: …".
        let sent = input.head().lines().take(200).any(|l| l.get(..5).is_some_and(|f| f.eq_ignore_ascii_case("from:")));
        match (all, telling) {
            (_, 0) if eml_saved::is_saved(input.head()) => Likeness::Likely,
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
        let mut read = Read::default();
        let conversation = input.conversation(self, Channel::Email, None);
        let telling = fields_at_head(input.head()).1 > 0;
        let saved = if telling { None } else { eml_saved::as_mail(input.text()) };
        let bytes = saved.as_ref().map_or(input.bytes, String::as_bytes);
        message(input, bytes, None, conversation, &mut read)?;
        Ok(read)
    }
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
    let bytes = super::unmarked(bytes);
    let Some(message) = MessageParser::default().parse(bytes) else {
        return Err(input.skipped(
            line,
            "bad_mail",
            "no head of a mail could be read; export the message again as .eml",
        ));
    };
    let hidden = head_and_body(&message, &mut conversation, bytes);
    read.skipped.extend(hidden.then(|| answers_in_quote(input, line)));
    let automatic = conversation.mail.as_ref().is_some_and(|m| m.automatic);
    let empty = conversation.turns.is_empty();
    // Messages that are attached are conversations of their own; what a delivery report carries is our own mail come back.
    let template = (!automatic && attachments(&message).next().is_some()).then(|| Conversation {
        turns: vec![],
        participants: vec![],
        mail: None,
        title: String::new(),
        ..conversation.clone()
    });
    if !empty {
        read.conversations.push(conversation);
    }
    let before = read.conversations.len();
    if let Some(template) = template {
        attached(input, &message, line, &template, read, 0);
    }
    if empty && read.conversations.len() == before {
        if message.parts.iter().any(|p| p.is_encoding_problem) {
            return Err(input.skipped(
                line,
                "bad_mail",
                "the message's text is damaged: its transfer encoding cannot be undone; export it again",
            ));
        }
        return Err(input.skipped(line, "no_words", "the message has no text, only a head or attachments"));
    }
    Ok(())
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
    if let Some(at) =
        message.date().filter(|d| d.is_valid()).and_then(|d| Timestamp::from_second(d.to_timestamp()).ok())
    {
        conversation.started_at = Some(at);
    }
    let sender = people(message.from())
        .into_iter()
        .next()
        .or_else(|| people(message.sender()).into_iter().next())
        .unwrap_or_default();
    let sender_name = sender.name.clone();
    let mut known: HashSet<String> = sender.email.iter().cloned().collect();
    conversation.participants.push(Participant { active: true, ..sender });
    for person in [message.to(), message.cc()].into_iter().flat_map(people) {
        if person.email.as_ref().is_none_or(|email| known.insert(email.clone())) {
            conversation.participants.push(person);
        }
    }
    if sender_name.is_empty() {
        conversation.participants.remove(0);
    }
    let body = body(message, raw, forwards(&conversation.title));
    conversation.mail = Some(MailHead {
        message_id: message.message_id().map(clean_id),
        references: references(message),
        automatic: body.automatic() || is_automatic(message, &conversation.title),
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
        if conversation.turns.is_empty() {
            read.skipped.push(input.skipped(line, "no_words", "an attached message has no text"));
        } else {
            read.conversations.push(conversation);
        }
        attached(input, inner, line, &next, read, depth + 1);
    }
}

/// Puts the new words of a mail into `conversation`, and what it forwards behind them, as its author's.
pub fn fill(conversation: &mut Conversation, sender: &str, body: &email_body::Body) {
    let turns_of = |speaker: &str, lines: &[String]| -> Vec<Turn> {
        email_body::paragraphs(lines)
            .into_iter()
            .map(|text| Turn { speaker: speaker.to_owned(), text, ..Turn::default() })
            .collect()
    };
    let end = email_signature::start_by_name(&body.lines, sender);
    conversation.turns = turns_of(sender, &body.lines[..end]);
    for forwarded in body.forwarded.iter().flat_map(email_body::Forwarded::all) {
        let author = person(&forwarded.from);
        conversation.turns.extend(turns_of(&author.name, &forwarded.lines));
        let known = conversation.participants.iter().any(|p| p.name == author.name);
        if !known && !author.name.is_empty() {
            conversation.participants.push(author);
        }
    }
}

/// The new words of the message: of its plain text, unless only its HTML tells what is quoted, or has more to say.
fn body(message: &Message, raw: &[u8], forwards: bool) -> email_body::Body {
    let (mut text, mut html) = (String::new(), String::new());
    let parts =
        |ids: &[u32]| ids.iter().filter_map(|id| message.part(*id)).filter(|p| !is_attachment(p)).collect::<Vec<_>>();
    for (into, part) in parts(&message.text_body)
        .into_iter()
        .map(|p| (true, p))
        .chain(parts(&message.html_body).into_iter().map(|p| (false, p)))
    {
        let (kind, words) = match &part.body {
            PartType::Text(words) if into => (&mut text, eml_words::of(message, part, words, false)),
            PartType::Html(words) if !into => (&mut html, eml_words::of(message, part, words, true)),
            _ => continue,
        };
        if !kind.is_empty() {
            kind.push_str("\n\n");
        }
        kind.push_str(&words);
    }
    if text.trim().is_empty()
        && html.is_empty()
        && let Some(unparted) = unparted(message, raw)
    {
        match repaired(unparted) {
            Some(whole) => {
                return MessageParser::default().parse(&whole).map(|m| body(&m, &[], forwards)).unwrap_or_default();
            }
            None => text = super::encoding::decode(unparted).text.into_owned(),
        }
    }
    // Some calendars send the event and nothing beside it.
    if text.trim().is_empty() && html.is_empty() {
        text = event_words(message).unwrap_or_default();
    }
    if html.is_empty() && eml_words::is_page(&text) {
        html = std::mem::take(&mut text);
    }
    let of_text = email_body::of_text(&text, forwards);
    if of_text.calendar && email_calendar::is_foreign(&text) {
        return in_event(message, of_text, forwards);
    }
    if html.is_empty() || of_text.calendar {
        return of_text;
    }
    let of_html = email_body::of_html(&html, forwards);
    // Only there answers are told from the mail around them by their colour.
    if of_text.answers_in_quote && !of_html.answers_in_quote && weight_of(&of_html) > weight_of(&of_text) {
        return of_html;
    }
    let text_tells = weight_of(&of_text) > 0 && (of_text.cut_percent > 0 || of_html.cut_percent == 0);
    if text_tells && is_stub(&of_text, &of_html) {
        return of_html;
    }
    if text_tells && weight_of(&of_text) * 2 >= weight_of(&of_html) { of_text } else { of_html }
}

/// How many bytes of words a body has.
fn weight_of(body: &email_body::Body) -> usize {
    body.lines.iter().chain(body.forwarded.iter().flat_map(|f| f.all()).flat_map(|f| &f.lines)).map(String::len).sum()
}

/// What the event attached to a calendar's notice says that somebody wrote, where the notice is in a language in which that
/// cannot be told from the calendar's words.
fn in_event(message: &Message, notice: email_body::Body, forwards: bool) -> email_body::Body {
    let Some(words) = event_words(message) else { return notice };
    if words.is_empty() {
        return email_body::Body { whole: true, ..notice };
    }
    let marked = words.contains("</") || words.contains("<br");
    if marked { email_body::of_html(&words, forwards) } else { email_body::of_text(&words, forwards) }
}

/// What the organizer wrote into the event that is attached to the message, where one is.
fn event_words(message: &Message) -> Option<String> {
    use mail_parser::MimeHeaders;
    let is_event = |p: &&mail_parser::MessagePart| {
        p.content_type().is_some_and(|t| t.c_type == "text" && t.c_subtype.as_deref() == Some("calendar"))
    };
    let event = message.parts.iter().find(is_event)?;
    Some(email_calendar::description(&String::from_utf8_lossy(event.contents())))
}

/// Whether the plain text is a remark instead of the mail ("Please view this message in a browser"): few words that speak of
/// HTML or a browser, and most of them not among those of the HTML, which is what its reader saw.
fn is_stub(text: &email_body::Body, html: &email_body::Body) -> bool {
    let words = |b: &email_body::Body| -> Vec<String> {
        b.lines
            .iter()
            .chain(b.forwarded.iter().flat_map(|f| f.all()).flat_map(|f| &f.lines))
            .flat_map(|l| l.split(|c: char| !c.is_alphanumeric()))
            .filter(|w| !w.is_empty())
            .take(4 * MOST_STUB_WORDS)
            .map(str::to_lowercase)
            .collect()
    };
    let said = words(text);
    if said.len() > MOST_STUB_WORDS || !said.iter().any(|w| STUB.iter().any(|s| w.starts_with(s))) {
        return false;
    }
    let seen = words(html);
    seen.len() >= 2 && said.iter().filter(|w| seen.contains(w)).count() * 2 < said.len()
}

/// What such a remark speaks of: HTML, or a browser in the common languages.
const STUB: &[&str] =
    &["html", "browser", "navigat", "naveg", "webbrowser", "webbläsare", "przegląd", "prohlížeč", "браузер"];

/// The most words that such a remark has.
const MOST_STUB_WORDS: usize = 40;

/// The bytes below the head of a multipart message that does not keep to the boundary it states, or states none: what a
/// parser that keeps to the rules cannot see. A few letters are no words worth breaking the rules for.
fn unparted<'a>(message: &Message, raw: &'a [u8]) -> Option<&'a [u8]> {
    use mail_parser::MimeHeaders;
    let kind = message.root_part().content_type().filter(|t| t.c_type.eq_ignore_ascii_case("multipart"))?;
    let at = raw.windows(2).position(|w| w == b"\n\n").map(|at| at + 2).into_iter();
    let at = at.chain(raw.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4)).min()?;
    let below = &raw[at..];
    let boundary = kind.attribute("boundary").map(|b| format!("--{b}"));
    // A boundary of any length is looked for in one pass as text.
    let kept = boundary.is_some_and(|b| String::from_utf8_lossy(below).contains(&b));
    let words = below.split(u8::is_ascii_whitespace).filter(|w| w.iter().any(u8::is_ascii_alphabetic)).count();
    (!kept && words >= 3).then_some(below)
}

/// A message around `below` with the boundary that it really has: its first line, where a part's head follows.
fn repaired(below: &[u8]) -> Option<Vec<u8>> {
    let mut lines = below.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).skip_while(|l| l.is_empty());
    let first = std::str::from_utf8(lines.next()?.strip_prefix(b"--")?).ok()?;
    let second = lines.next()?.to_ascii_lowercase();
    let fits = !first.is_empty() && first.len() <= 200 && !first.contains('"') && second.starts_with(b"content-");
    fits.then(|| [format!("Content-Type: multipart/mixed; boundary=\"{first}\"\n\n").as_bytes(), below].concat())
}

fn is_attachment(part: &mail_parser::MessagePart) -> bool {
    use mail_parser::MimeHeaders;
    part.content_disposition().is_some_and(|d| d.is_attachment()) || part.attachment_name().is_some()
}
