//! Outlook's `.msg`: a compound file with a stream a property, named by the property's number and type.

use std::io::{Cursor, Read as _};

use super::{
    Format, Input, Likeness, Read, Skipped, attached, email,
    eml::{self, unsent::Unsent},
    encoding, rtf,
};
use crate::conversation::{Channel, MailHead, Participant, Timestamp};

/// Outlook's `.msg`.
pub struct Msg;

type File<'a> = cfb::CompoundFile<Cursor<&'a [u8]>>;

/// How deep messages in messages are followed.
const DEEPEST: usize = 4;

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
    let fixed = Fixed::of(file, storage, if depth == 0 { 32 } else { 24 }, input.bytes.len());
    let class = string(file, storage, "001A", fixed.codepage, input).unwrap_or_default().to_uppercase();
    let get = |file: &mut File, property: &str| {
        string(file, storage, property, fixed.codepage, input).filter(|t| !t.trim().is_empty())
    };
    let mut conversation = input.conversation(&Msg, Channel::Email, (*number > 1).then_some(*number));
    conversation.title = get(file, "0037").unwrap_or_default().trim_end_matches('\0').trim().to_owned();
    let headers = get(file, "007D").unwrap_or_default();
    let head = mail_parser::MessageParser::default().parse_headers(headers.as_bytes());
    // What Outlook has not sent has neither a time of sending nor a way that it came.
    if depth == 0 && fixed.unsent && fixed.submitted.is_none() && fixed.delivered.is_none() && headers.is_empty() {
        read.skipped.push(Unsent::Draft.skipped(input));
        return;
    }
    // What is attached lies in its mail, not in the folder.
    if let Some(unsent) = eml::unsent::by_place(head.as_ref(), input.path, false).filter(|_| depth == 0) {
        read.skipped.push(unsent.skipped(input));
        return;
    }
    conversation.started_at = fixed
        .submitted
        .or_else(|| {
            head.as_ref()
                .and_then(|h| h.date())
                .filter(|d| d.is_valid())
                .and_then(|d| Timestamp::from_second(d.to_timestamp()).ok())
        })
        .or(fixed.delivered)
        .or(conversation.started_at);
    let email = ["5D01", "0C1F", "5D02", "0065"]
        .iter()
        .find_map(|p| get(file, p).filter(|e| e.contains('@')))
        .map(|e| e.trim().to_lowercase());
    let from_head =
        head.as_ref().and_then(|h| h.from()).and_then(|a| a.first()).and_then(|a| a.address()).map(str::to_lowercase);
    let email = email.or(from_head);
    let name = get(file, "0C1A").or_else(|| get(file, "0042")).map(|n| super::turns::one_line(&n));
    let stated =
        Participant { name: name.or_else(|| email.clone()).unwrap_or_default(), email, ..Participant::default() };
    let person = head.as_ref().and_then(|h| eml::people::behind_group(h, &stated)).unwrap_or(stated);
    let sender = person.name.clone();
    if !sender.is_empty() {
        conversation.participants.push(Participant { active: true, ..person });
    }
    let children: Vec<(String, bool)> = file
        .read_storage(if storage.is_empty() { "/" } else { storage })
        .map(|entries| entries.map(|e| (e.name().to_owned(), e.is_storage())).collect())
        .unwrap_or_default();
    for (child, _) in children.iter().filter(|(n, s)| *s && n.starts_with("__recip_version1.0_")) {
        let place = format!("{storage}/{child}");
        let of = |file: &mut File, property: &str| {
            string(file, &place, property, fixed.codepage, input).filter(|t| !t.trim().is_empty())
        };
        let email = ["39FE", "3003", "5FF6"]
            .iter()
            .find_map(|p| of(file, p).filter(|e| e.contains('@')))
            .map(|e| e.trim().to_lowercase());
        let name = of(file, "3001")
            .or_else(|| of(file, "5FF6"))
            .map(|n| super::turns::one_line(n.trim_matches(['\'', '"'])))
            .or_else(|| email.clone());
        let Some(name) = name else { continue };
        match conversation.participants.iter_mut().find(|p| p.name == name) {
            Some(known) => known.email = known.email.take().or(email),
            None => conversation.participants.push(Participant { name, email, ..Participant::default() }),
        }
    }
    let forwards = eml::fields::forwards(&conversation.title);
    let plain = get(file, "1000").map(|t| email::body::of_text(&t, forwards)).unwrap_or_default();
    let html = binary(file, storage, "1013", input)
        .map(|b| decode(&b, fixed.internet_codepage.or(fixed.codepage)))
        .or_else(|| get(file, "1013"));
    let body = match html {
        Some(html) => eml::body::of_both(plain, &html, forwards),
        None if !plain.lines.is_empty() => plain,
        None => match binary(file, storage, "1009", input).and_then(|b| rtf::decompress(&b)).map(|r| rtf::text(&r)) {
            Some(text) if input.room.is_some_and(|room| !room.take(text.as_bytes())) => {
                read.skipped.push(input.skipped(None, "too_large", super::MORE_THAN_ROOM));
                plain
            }
            Some(text) => email::body::of_text(&text, forwards),
            None => plain,
        },
    };
    let automatic = class.starts_with("REPORT.")
        || class.contains("OOF")
        || body.automatic()
        || head.as_ref().is_some_and(|h| eml::automatic::is_automatic(h, &conversation.title));
    conversation.mail = Some(MailHead {
        message_id: get(file, "1035").map(|id| eml::fields::clean_id(&id)),
        references: ids(&[get(file, "1039"), get(file, "1042")]),
        automatic,
        cut_percent: body.cut_percent,
    });
    eml::fill(&mut conversation, &sender, &body);
    read.skipped.extend(body.answers_in_quote.then(|| eml::answers_in_quote(input, None)));
    let mut behind = Read::default();
    if !class.starts_with("REPORT.") {
        let files = children.iter().filter(|(n, s)| *s && n.starts_with("__attach_version1.0_"));
        let files: Vec<(String, Vec<u8>)> = files
            .filter_map(|(child, _)| {
                let place = format!("{storage}/{child}");
                let mut named =
                    |p: &str| string(file, &place, p, fixed.codepage, input).filter(|n| !n.trim().is_empty());
                let name = named("3707").or_else(|| named("3704")).or_else(|| named("3001")).unwrap_or_default();
                Some((name, binary(file, &place, "3701", input)?))
            })
            .collect();
        let files = files.iter().map(|(name, bytes)| attached::File { name, bytes: bytes.into() });
        attached::files(input, &conversation, files, &mut behind);
    }
    let title = conversation.title.clone();
    let held = !behind.conversations.is_empty() || !behind.skipped.is_empty();
    if !conversation.turns.is_empty() {
        read.conversations.push(conversation);
    } else if held {
        // What it holds stands in its attachment.
    } else if class.starts_with("IPM.SCHEDULE.MEETING") || email::calendar::is_answer(&conversation.title) {
        read.silent = true;
    } else if class.contains("SMIME") {
        read.skipped.push(input.skipped(
            None,
            "no_words",
            "the message is encrypted or packed into its S/MIME signature; open it in its mail program and save its text",
        ));
    } else if class.starts_with("IPM.CONTACT") || class.starts_with("IPM.DISTLIST") {
        read.skipped.push(input.skipped(None, "no_mail", "a contact, not a message"));
    } else {
        read.skipped.push(input.skipped(None, "no_words", "the message has no text, only a head or attachments"));
    }
    read.conversations.append(&mut behind.conversations);
    read.skipped.append(&mut behind.skipped);
    read.directories.append(&mut behind.directories);
    // What a report on a delivery carries is our own mail come back.
    let returned = class.starts_with("REPORT.")
        || class.contains("OOF")
        || head.as_ref().is_some_and(|h| eml::automatic::returns_mail(h, &title));
    let carried = children.iter().filter(|(n, s)| !returned && *s && n.starts_with("__attach_version1.0_"));
    for (child, _) in carried {
        let place = format!("{storage}/{child}/__substg1.0_3701000D");
        if !file.exists(format!("{place}/__properties_version1.0")) {
            continue;
        }
        if depth >= DEEPEST {
            read.skipped.push(input.skipped(
                None,
                "too_deep",
                format!("messages attached deeper than {DEEPEST} times were left out"),
            ));
            continue;
        }
        message(file, &place, input, number, depth + 1, read);
    }
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

/// A stream's bytes, never more than the file has.
fn stream(file: &mut File, path: &str, input: &Input) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    file.open_stream(path).ok()?.take(input.bytes.len() as u64).read_to_end(&mut out).ok()?;
    Some(out)
}

/// A property that is text: UTF-16 (type 001F), or in the message's code page (001E).
fn string(file: &mut File, storage: &str, property: &str, codepage: Option<u32>, input: &Input) -> Option<String> {
    if let Some(bytes) = stream(file, &format!("{storage}/__substg1.0_{property}001F"), input) {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|p| u16::from_le_bytes([p[0], p[1]])).collect();
        return Some(String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned());
    }
    let bytes = stream(file, &format!("{storage}/__substg1.0_{property}001E"), input)?;
    Some(decode(&bytes, codepage).trim_end_matches('\0').to_owned())
}

fn binary(file: &mut File, storage: &str, property: &str, input: &Input) -> Option<Vec<u8>> {
    stream(file, &format!("{storage}/__substg1.0_{property}0102"), input)
}

fn decode(bytes: &[u8], codepage: Option<u32>) -> String {
    match codepage.and_then(encoding::of_codepage) {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        None => encoding::decode(bytes).text.into_owned(),
    }
}

/// The properties of fixed size that matter.
#[derive(Default)]
struct Fixed {
    submitted: Option<Timestamp>,
    delivered: Option<Timestamp>,
    codepage: Option<u32>,
    internet_codepage: Option<u32>,
    /// Whether it is still being written.
    unsent: bool,
}

impl Fixed {
    /// Reads the property stream of `storage`, whose head takes `head` bytes.
    fn of(file: &mut File, storage: &str, head: usize, most: usize) -> Fixed {
        let mut bytes = Vec::new();
        if let Ok(stream) = file.open_stream(format!("{storage}/__properties_version1.0")) {
            // A stream that breaks off gives what it has.
            let _ = stream.take(most as u64).read_to_end(&mut bytes);
        }
        let mut out = Fixed::default();
        let mut locale = None;
        for entry in bytes.get(head..).unwrap_or_default().chunks_exact(16) {
            let tag = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let low = u32::from_le_bytes([entry[8], entry[9], entry[10], entry[11]]);
            let value = u64::from_le_bytes([
                entry[8], entry[9], entry[10], entry[11], entry[12], entry[13], entry[14], entry[15],
            ]);
            match tag {
                0x0039_0040 => out.submitted = filetime(value),
                0x0e06_0040 => out.delivered = filetime(value),
                0x0e07_0003 => out.unsent = low & 8 != 0,
                0x3ffd_0003 => out.codepage = Some(low),
                0x3fde_0003 => out.internet_codepage = Some(low),
                0x3ff1_0003 => locale = Some(low),
                _ => {}
            }
        }
        // Old messages name only the writer's locale, which says what Windows wrote with.
        out.codepage = out.codepage.or(locale.map(encoding::codepage_of_locale)).or(out.internet_codepage);
        out
    }
}

/// 100 ns since 1601.
fn filetime(value: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(value / 10_000_000).ok()? - 11_644_473_600;
    // Outlook writes the year 4501 for "never".
    (seconds > 0 && seconds < 32_503_680_000).then(|| Timestamp::from_second(seconds).ok())?
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
