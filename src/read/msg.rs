//! Outlook's `.msg`: a compound file with a stream a property, named by the property's number and type.

use std::io::Cursor;

use properties::{File, Fixed, Place};

use super::{
    Format, Input, Likeness, Read, Skipped, attached, email,
    eml::{self, fields::is_day, unsent::Unsent},
    rtf,
    turns::one_line,
};
use crate::conversation::{Channel, Conversation, MailHead, Participant, Timestamp};

mod properties;

/// Outlook's `.msg`.
pub struct Msg;

/// How deep messages in messages are followed.
const DEEPEST: usize = 4;

/// How the storages of what is attached begin.
const ATTACHED: &str = "__attach_version1.0_";

impl Format for Msg {
    fn name(&self) -> &'static str {
        "outlook-msg"
    }
    fn doc(&self) -> &'static str {
        "Outlook message (.msg), with messages attached to it"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if input.bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let broken =
            |_| input.skipped(None, "bad_msg", "the compound file is broken; export the message again, or as .eml");
        let mut file = cfb::CompoundFile::open(Cursor::new(input.bytes)).map_err(broken)?;
        if !file.exists("/__properties_version1.0") {
            return Err(input.skipped(
                None,
                "no_mail",
                "an Office file, but no Outlook message; save it as .docx or as text",
            ));
        }
        let mut read = Read::default();
        let mut number = 0;
        message(&mut file, "", input, &mut number, 0, &mut read);
        Ok(read)
    }
}

/// Reads the message in `storage` and those attached to it.
fn message(file: &mut File, storage: &str, input: &Input, number: &mut usize, depth: usize, read: &mut Read) {
    *number += 1;
    let most = input.bytes.len();
    let fixed = Fixed::of(file, storage, if depth == 0 { 32 } else { 24 }, most);
    let place = Place { storage: storage.into(), codepage: fixed.codepage, most };
    let headers = place.text(file, "007D").unwrap_or_default();
    let head = mail_parser::MessageParser::default().parse_headers(headers.as_bytes());
    let class = place.string(file, "001A").unwrap_or_default().to_uppercase();
    let message = Message { children: place.storages(file), place, fixed, class, head, depth };
    if let Some(unsent) = message.unsent(input, headers.is_empty()) {
        read.skipped.push(unsent.skipped(input));
        return;
    }
    let mut conversation = input.conversation(&Msg, Channel::Email, (*number > 1).then_some(*number));
    conversation.title = message.place.text(file, "0037").unwrap_or_default().trim_end_matches('\0').trim().to_owned();
    conversation.started_at = message.moment().or(conversation.started_at);
    let sender = message.people(file, &mut conversation.participants);
    let body = message.body(file, input, eml::fields::forwards(&conversation.title), read);
    conversation.mail = Some(message.mail_head(file, &conversation.title, &body));
    eml::fill(&mut conversation, &sender, &body);
    read.skipped.extend(body.answers_in_quote.then(|| eml::answers_in_quote(input, None)));
    let returned = message.returns_mail(&conversation.title);
    let behind = message.attached_files(file, input, &conversation);
    message.give(conversation, behind, input, read);
    // What a report on a delivery carries is our own mail come back.
    if !returned {
        message.attached_messages(file, input, number, read);
    }
}

/// A message, and what is known of it before its words are read.
struct Message<'a> {
    place: Place<'a>,
    fixed: Fixed,
    /// What Outlook takes it for, in capitals: "IPM.NOTE", "REPORT.IPM.NOTE.NDR".
    class: String,
    /// The fields that it came with.
    head: Option<mail_parser::Message<'a>>,
    /// The names of the storages in its own: whom it went to, what is attached to it.
    children: Vec<String>,
    /// In how many messages it lies, one attached to another.
    depth: usize,
}

impl Message<'_> {
    /// What became of it, where nobody sent it or somebody threw it away; `headless`: it has no fields that it came with.
    fn unsent(&self, input: &Input, headless: bool) -> Option<Unsent> {
        // What is attached lies in its mail, not in the folder.
        if self.depth > 0 {
            return None;
        }
        // What Outlook has not sent has neither a time of sending nor a way that it came.
        let Fixed { unsent, submitted, delivered, .. } = self.fixed;
        if unsent && submitted.is_none() && delivered.is_none() && headless {
            return Some(Unsent::Draft);
        }
        eml::unsent::by_place(self.head.as_ref(), input.path, false)
    }

    /// When it was sent.
    fn moment(&self) -> Option<Timestamp> {
        let of_head = || {
            let date = self.head.as_ref()?.date().filter(|d| d.is_valid() && is_day(d))?;
            Timestamp::from_second(date.to_timestamp()).ok()
        };
        self.fixed.submitted.or_else(of_head).or(self.fixed.delivered)
    }

    /// Adds whoever sent it, whose name is given, and whom it went to.
    fn people(&self, file: &mut File, people: &mut Vec<Participant>) -> String {
        let person = self.sender(file);
        let sender = person.name.clone();
        if !sender.is_empty() {
            people.push(Participant { active: true, ..person });
        }
        for child in self.children("__recip_version1.0_") {
            let Some((name, email)) = recipient(file, &self.place.within(child)) else { continue };
            match people.iter_mut().find(|p| p.name == name) {
                Some(known) => known.email = known.email.take().or(email),
                None => people.push(Participant { name, email, ..Participant::default() }),
            }
        }
        sender
    }

    /// Whoever sent it, by its properties, else by its head.
    fn sender(&self, file: &mut File) -> Participant {
        let head = self.head.as_ref();
        let of_head = || {
            let from = head.and_then(|h| h.from())?;
            from.first().and_then(|a| a.address()).map(str::to_lowercase)
        };
        let email = self.place.address(file, &["5D01", "0C1F", "5D02", "0065"]).or_else(of_head);
        let name = self.place.text(file, "0C1A").or_else(|| self.place.text(file, "0042")).map(|n| one_line(&n));
        let stated =
            Participant { name: name.or_else(|| email.clone()).unwrap_or_default(), email, ..Participant::default() };
        head.and_then(|h| eml::people::behind_group(h, &stated)).unwrap_or(stated)
    }

    /// Its words: of its page and its plain text where it has both, of its rich text where it has neither.
    fn body(&self, file: &mut File, input: &Input, forwards: bool, read: &mut Read) -> email::body::Body {
        let plain = self.place.text(file, "1000").map(|t| email::body::of_text(&t, forwards)).unwrap_or_default();
        let html = self
            .place
            .bytes(file, "1013")
            .map(|b| properties::decode(&b, self.fixed.internet_codepage.or(self.fixed.codepage)))
            .or_else(|| self.place.text(file, "1013"));
        if let Some(html) = html {
            return eml::body::of_both(plain, &html, forwards);
        }
        if !plain.lines.is_empty() {
            return plain;
        }
        match self.place.bytes(file, "1009").and_then(|b| rtf::decompress(&b)).map(|r| rtf::text(&r)) {
            Some(text) if input.room.is_some_and(|room| !room.take(text.as_bytes())) => {
                read.skipped.push(input.skipped(None, "too_large", super::MORE_THAN_ROOM));
                plain
            }
            Some(text) => email::body::of_text(&text, forwards),
            None => plain,
        }
    }

    /// What stands in its head beside people and dates.
    fn mail_head(&self, file: &mut File, title: &str, body: &email::body::Body) -> MailHead {
        let by_head = || self.head.as_ref().is_some_and(|h| eml::automatic::is_automatic(h, title));
        MailHead {
            message_id: self.place.text(file, "1035").map(|id| eml::fields::clean_id(&id)),
            references: ids(&[self.place.text(file, "1039"), self.place.text(file, "1042")]),
            automatic: self.is_report() || self.class.contains("OOF") || body.automatic() || by_head(),
            cut_percent: body.cut_percent,
        }
    }

    /// What the files attached to it hold; what a report on a delivery carries is not looked at.
    fn attached_files(&self, file: &mut File, input: &Input, conversation: &Conversation) -> Read {
        let mut behind = Read::default();
        if self.is_report() {
            return behind;
        }
        let files: Vec<(String, Vec<u8>)> = self
            .children(ATTACHED)
            .filter_map(|child| {
                let place = self.place.within(child);
                let name = ["3707", "3704", "3001"].iter().find_map(|p| place.text(file, p)).unwrap_or_default();
                Some((name, place.bytes(file, "3701")?))
            })
            .collect();
        let files = files.iter().map(|(name, bytes)| attached::File { name, bytes: bytes.into() });
        attached::files(input, conversation, files, &mut behind);
        behind
    }

    /// Adds what it says, or why it says nothing, and below it what was read `behind` it.
    fn give(&self, conversation: Conversation, mut behind: Read, input: &Input, read: &mut Read) {
        let held = !behind.conversations.is_empty() || !behind.skipped.is_empty();
        if !conversation.turns.is_empty() {
            read.conversations.push(conversation);
        } else if held {
            // What it holds stands in its attachment.
        } else if self.class.starts_with("IPM.SCHEDULE.MEETING") || email::calendar::is_answer(&conversation.title) {
            read.silent = true;
        } else {
            let (code, message) = self.why_no_words();
            read.skipped.push(input.skipped(None, code, message));
        }
        read.conversations.append(&mut behind.conversations);
        read.skipped.append(&mut behind.skipped);
        read.directories.append(&mut behind.directories);
    }

    /// Why it has no words that can be read, as its class tells: the code and what is said of it.
    fn why_no_words(&self) -> (&'static str, &'static str) {
        if self.class.contains("SMIME") {
            (
                "no_words",
                "the message is encrypted or packed into its S/MIME signature; open it in its mail program and save its text",
            )
        } else if self.class.starts_with("IPM.CONTACT") || self.class.starts_with("IPM.DISTLIST") {
            ("no_mail", "a contact, not a message")
        } else {
            ("no_words", "the message has no text, only a head or attachments")
        }
    }

    /// Reads the messages attached to it, unless they lie too deep.
    fn attached_messages(&self, file: &mut File, input: &Input, number: &mut usize, read: &mut Read) {
        for child in self.children(ATTACHED) {
            let storage = format!("{}/{child}/__substg1.0_3701000D", self.place.storage);
            if !file.exists(format!("{storage}/__properties_version1.0")) {
                continue;
            }
            if self.depth >= DEEPEST {
                let told = format!("messages attached deeper than {DEEPEST} times were left out");
                read.skipped.push(input.skipped(None, "too_deep", told));
                continue;
            }
            message(file, &storage, input, number, self.depth + 1, read);
        }
    }

    /// The storages in its own whose names begin so.
    fn children(&self, start: &str) -> impl Iterator<Item = &String> {
        self.children.iter().filter(move |name| name.starts_with(start))
    }

    /// Whether it reports on the delivery of another.
    fn is_report(&self) -> bool {
        self.class.starts_with("REPORT.")
    }

    /// Whether a machine sent it that gives back what it received.
    fn returns_mail(&self, title: &str) -> bool {
        let by_head = || self.head.as_ref().is_some_and(|h| eml::automatic::returns_mail(h, title));
        self.is_report() || self.class.contains("OOF") || by_head()
    }
}

/// The name and the address of somebody whom a message went to.
fn recipient(file: &mut File, place: &Place) -> Option<(String, Option<String>)> {
    let email = place.address(file, &["39FE", "3003", "5FF6"]);
    let name = place
        .text(file, "3001")
        .or_else(|| place.text(file, "5FF6"))
        .map(|n| one_line(n.trim_matches(['\'', '"'])))
        .or_else(|| email.clone())?;
    Some((name, email))
}

fn ids(values: &[Option<String>]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for id in values
        .iter()
        .flatten()
        .flat_map(|v| v.split_whitespace())
        .map(eml::fields::clean_id)
        .filter(|id| !id.is_empty())
    {
        if !out.contains(&id) {
            out.push(id);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::{conversation::DealId, read::read};

    /// A message with the flags and the words given, and a file attached to it.
    fn message(flags: u64, words: &str, file: &[u8]) -> Vec<u8> {
        let mut out = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        let mut put = |path: &str, bytes: &[u8]| out.create_stream(path).unwrap().write_all(bytes).unwrap();
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let mut fixed = vec![0; 32];
        fixed.extend(0x0e07_0003_u32.to_le_bytes());
        fixed.extend([0; 4]);
        fixed.extend(flags.to_le_bytes());
        put("/__properties_version1.0", &fixed);
        put("/__substg1.0_0037001F", &wide("Renewal"));
        put("/__substg1.0_0C1A001F", &wide("Ann Lee"));
        put("/__substg1.0_1000001F", &wide(words));
        out.create_storage("/__attach_version1.0_#00000000").unwrap();
        let mut put = |path: &str, bytes: &[u8]| out.create_stream(path).unwrap().write_all(bytes).unwrap();
        put("/__attach_version1.0_#00000000/__substg1.0_3707001F", &wide("call.vtt"));
        put("/__attach_version1.0_#00000000/__substg1.0_37010102", file);
        out.into_inner().into_inner()
    }

    #[test]
    fn a_draft_is_left_out_and_a_transcript_that_is_attached_is_read() {
        let of = |bytes: &[u8]| {
            let read = read(&Input::new("m.msg", &DealId("a".into()), bytes));
            let conversations = read.conversations.iter().map(|c| format!("{} {}", c.id, c.turns.len()));
            conversations.chain(read.skipped.iter().map(|s| s.code.clone())).collect::<Vec<_>>()
        };
        let call = b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nAnn Lee: Too dear.\n";
        assert_eq!(of(&message(8, "Yes.", call)), ["not_sent"]);
        assert_eq!(of(&message(1, "Yes.", call)), ["m.msg 1", "m.msg!/call.vtt 1"]);
        assert_eq!(of(&message(1, "Yes.", b"no cues")), ["m.msg 1", "attachment_not_read"]);
    }

    /// The same with more properties: streams, each by its place.
    fn with(more: &[(&str, &[u8])]) -> Vec<u8> {
        let words = "See my answers in red below.\n\nFrom: Tom <tom@us.example>\nSent: Monday\nTo: Ann\nSubject: Seats\n\nHow many?\nForty.";
        let mut file = cfb::CompoundFile::open(Cursor::new(message(1, words, b""))).unwrap();
        for (path, bytes) in more {
            file.create_storage_all(path.rsplit_once('/').unwrap().0).unwrap();
            file.create_stream(path).unwrap().write_all(bytes).unwrap();
        }
        file.into_inner().into_inner()
    }

    #[test]
    fn answers_in_colour_are_told_from_the_mail_around_them() {
        let html = "<p>See my answers in red below.</p><p>From: Tom &lt;tom@us.example&gt;<br>Sent: Monday<br>To: Ann<br>Subject: Seats</p>\
                    <p>How many?</p><p><span style=\"color:red\">Forty.</span></p>";
        let read =
            read(&Input::new("m.msg", &DealId("a".into()), &with(&[("/__substg1.0_10130102", html.as_bytes())])));
        let words: Vec<&str> = read.conversations[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(words, ["See my answers in red below.", "Forty."]);
        assert!(read.skipped.iter().all(|s| s.code != "answers_in_quote"), "{:?}", read.skipped);
    }

    #[test]
    fn what_a_delivery_report_carries_and_what_was_thrown_away_does_not_count() {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        const INNER: &str = "/__attach_version1.0_#00000001/__substg1.0_3701000D";
        let (class, words) = (wide("REPORT.IPM.Note.NDR"), wide("Our own mail."));
        let inner = [
            (format!("{INNER}/__properties_version1.0"), vec![0; 24]),
            (format!("{INNER}/__substg1.0_1000001F"), words),
        ];
        let mut more: Vec<(&str, &[u8])> = inner.iter().map(|(path, bytes)| (path.as_str(), &bytes[..])).collect();
        let count = |path: &str, more: &[(&str, &[u8])]| {
            let read = read(&Input::new(path, &DealId("a".into()), &with(more)));
            (read.conversations.len(), read.skipped.iter().filter(|s| s.code == "not_sent").count())
        };
        assert_eq!(count("acme/m.msg", &more), (2, 0));
        assert_eq!(count("acme/Deleted Items/m.msg", &more), (0, 1));
        more.push(("/__substg1.0_001A001F", &class));
        assert_eq!(count("acme/m.msg", &more), (1, 0));
    }
}
