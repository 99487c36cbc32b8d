//! Why no format knows a file, as exactly as can be told, and what to do; and which files lie beside exports and hold no words, so
//! that nobody misses them.

use super::{Input, Skipped, deals_csv, encoding, json, messenger_html, table};

/// Files that programs lay beside what they export, by name in lower case: Zoom's settings of a recording, what Windows keeps
/// of a folder. JSON is not known by its name alone: it may be somebody's transcript.
const COMPANIONS: &[&str] = &["recording.conf", "thumbs.db", "desktop.ini", "folder.jpg", "archive_browser.html"];

/// Whether a file that no format knows is one that programs lay beside their exports, and holds no words. Voice messages are not
/// meant: somebody spoke there.
pub(super) fn is_companion(input: &Input) -> bool {
    let name = input.file_name().to_lowercase();
    COMPANIONS.contains(&name.as_str())
        || is_picture_of_a_chat(&name)
        || (name.ends_with(".msf") && input.head().contains("<mdb:mork"))
}

/// "IMG-20260312-WA0001.jpg" and "00000012-PHOTO-2026-03-12-15-08-30.jpg", as WhatsApp lays them beside a chat that names them.
fn is_picture_of_a_chat(name: &str) -> bool {
    const ENDINGS: &[&str] = &[".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic"];
    let android = name.starts_with("img-") || name.starts_with("stk-");
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let apple = ["-photo-", "-sticker-", "-gif-"].iter().any(|kind| name[digits..].starts_with(kind));
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && ((android && name.contains("-wa")) || (digits == 8 && apple))
}

/// Whether subtitles are a script of SubStation's (ASS, SSA), whose lines look labelled: "Dialogue: 0,0:00:03.12,…".
pub(super) fn is_script(input: &Input) -> bool {
    input.head().trim_start().starts_with("[Script Info]")
}

/// Why no format knows this input.
pub(super) fn unknown(input: &Input) -> Skipped {
    if let Some(what) = container(input.bytes) {
        return input.skipped(None, "unknown_format", what);
    }
    let head = input.head().trim_start();
    let (code, message) = if encoding::is_binary(input.bytes) {
        (
            "unknown_format",
            "the file is no text and no container that is known; `dealtone formats` lists what can be read",
        )
    } else if input.begins_json() && input.json().is_none() {
        let (line, cut_off) = json::breaks_at(input.text()).unzip();
        let message = if cut_off == Some(true) {
            "the JSON ends before it is whole, as a file that was cut off; export it again"
        } else {
            "the file looks like JSON but cannot be parsed as such from here on; export it again"
        };
        return input.skipped(line, "bad_json", message);
    } else if input.begins_json() {
        (
            "unknown_format",
            "JSON in which no list says who said what; name the fields of each piece \"speaker\", \"text\" and \"start\" (seconds), \
             or export the transcript as text, VTT or CSV",
        )
    } else if table::heading(input).is_some_and(|headers| deals_csv::lists_deals(&headers)) {
        (
            "unknown_format",
            "a table of deals, which is read where it is called deals.csv and lies beside the deals' folders",
        )
    } else if table::is_table(input) {
        (
            "unknown_format",
            "a table in which no column of words and of speakers or dates is known; name them \"text\", \"speaker\", \"date\"",
        )
    } else if let Some(what) = markup(head).or_else(|| page(input)) {
        ("unknown_format", what)
    } else if head.starts_with('<') {
        (
            "no_mail_head",
            "HTML without the head of a mail, so nobody is known to have written it; export messages as .eml, transcripts as text or .vtt",
        )
    } else if is_script(input) {
        ("unknown_format", "subtitles as ASS or SSA, which are not read; export them as .vtt or .srt")
    } else if head.starts_with("BEGIN:VCALENDAR") || head.starts_with("BEGIN:VCARD") {
        ("unknown_format", "an entry of a calendar or an address book, which is no conversation; leave it out")
    } else {
        (
            "no_speakers",
            "text in which no line names a speaker and which has no head of a mail; write \"Name: words\", or export messages as .eml",
        )
    };
    input.skipped(None, code, message)
}

/// What a file is that begins with a signature of no text, and what to do with it.
fn container(bytes: &[u8]) -> Option<&'static str> {
    let inside = |at: usize, mark: &[u8]| bytes.get(at..at + mark.len()) == Some(mark);
    let riff = bytes.starts_with(b"RIFF");
    if let Some((_, what)) = STORES.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Some(what);
    }
    Some(if bytes.starts_with(b"%PDF") {
        "a PDF, which is not read; copy its text into a file that ends in .txt, or export the transcript as .docx, .vtt or text"
    } else if [b"\x89PNG".as_slice(), b"\xff\xd8\xff", b"GIF8"].iter().any(|mark| bytes.starts_with(mark))
        || (riff && inside(8, b"WEBP"))
        || (inside(4, b"ftyp") && PHOTOS.iter().any(|kind| inside(8, kind)))
    {
        "a picture, whose words are not read; copy them into a file that ends in .txt where they belong to the deal"
    } else if [b"OggS".as_slice(), b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\x1a\x45\xdf\xa3"]
        .iter()
        .any(|mark| bytes.starts_with(mark))
        || inside(4, b"ftyp")
        || (riff && (inside(8, b"AVI ") || inside(8, b"WAVE")))
    {
        "a recording, which is not transcribed here; export its transcript, and lay the sound beside it as .wav of the same name (ffmpeg -i call.mp3 call.wav)"
    } else {
        return None;
    })
}

/// The kinds of ISO media files that are photos: HEIC, AVIF.
const PHOTOS: &[&[u8]] = &[b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"];

/// The stores in which programs keep their messages, by their signatures, and what to do with each.
const STORES: &[(&[u8], &str)] = &[
    (
        b"!BDN",
        "a store of Outlook's (.pst), which is not read; drag its messages into a folder as .msg, or export them as .eml or mbox",
    ),
    (b"\x1a\0\0\x04\0\0", "a database of Notes (.nsf), which is not read; export its messages as .eml or mbox"),
    (
        b"SQLite format 3\0",
        "the database of a program, which is not read; export its chats or messages from the program itself, as text, JSON or CSV",
    ),
    (
        b"\x78\x9f\x3e\x22",
        "Outlook's own form of a message (winmail.dat), of which the text stands in the mail that it came with; export that mail as .eml or .msg",
    ),
    (
        b"bplist00",
        "a page or settings that a program of Apple's saved, which are not read; export messages as .eml, transcripts as text or .vtt",
    ),
];

/// What XML is by its first element, and what to do with it.
fn markup(head: &str) -> Option<&'static str> {
    let mut rest = head;
    // Declaration, doctype and comments stand before it.
    while let Some(inner) = rest.strip_prefix("<?").or_else(|| rest.strip_prefix("<!")) {
        let end = if inner.starts_with("--") { inner.find("-->")? + 3 } else { inner.find('>')? + 1 };
        rest = inner[end..].trim_start();
    }
    let name = rest.strip_prefix('<')?.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    match name.rsplit(':').next()?.to_lowercase().as_str() {
        "tt" => Some("subtitles as TTML, which are not read; export them as .vtt or .srt"),
        "html" | "head" | "body" | "div" | "p" | "meta" | "table" | "span" => None,
        _ if head.starts_with("<?xml") && !head.contains("<html") => {
            Some("XML of a kind that is not read; export it as JSON, CSV, .vtt or text")
        }
        _ => None,
    }
}

/// Whether a page of HTML is a chat whose dates are in a language that is not read, which its program gives as JSON too, and what to
/// do with it.
fn page(input: &Input) -> Option<&'static str> {
    const META: &str = "a chat of Messenger or Instagram as HTML with dates that cannot be read; download your information again in the format JSON";
    let is_page = input.head().trim_start().starts_with('<');
    // Styles may be longer than the head.
    let is_chat = || messenger_html::BLOCKS.iter().any(|mark| input.text().contains(mark));
    (is_page && is_chat()).then_some(META)
}

/// What the files of an archive say that it is a document of an office program, and what to do with it; none where it is not, or
/// is one that is read. `has` tells whether a file is in it.
pub(super) fn office(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    Some(if has("xl/workbook.xml") || has("xl/workbook.bin") {
        "a spreadsheet; save each of its sheets as CSV"
    } else if has("ppt/presentation.xml") {
        "slides, which are no conversation; leave them out"
    } else if has("content.xml") && has("mimetype") {
        "a document of LibreOffice; save it as .docx or text, a table as CSV"
    } else if has("Index/Document.iwa") {
        "a document of Pages, Numbers or Keynote; save it as .docx, text or CSV"
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::DealId, read::read};

    #[test]
    fn a_refusal_says_what_the_file_is() {
        let deal = DealId("a".into());
        for (bytes, code, what) in [
            (b"%PDF-1.4\n1 0 obj".as_slice(), "unknown_format", "a PDF"),
            (b"\x89PNG\r\n\x1a\n\0\0", "unknown_format", "a picture"),
            (b"\0\0\0\x20ftypM4A \0\0", "unknown_format", "a recording"),
            (b"\0\0\0\x18ftypheic\0\0", "unknown_format", "a picture"),
            (b"!BDN\0\0\0\0SM", "unknown_format", "a store of Outlook's"),
            (b"SQLite format 3\0\x10\0", "unknown_format", "the database of a program"),
            (
                b"<?xml version=\"1.0\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\"><body/></tt>",
                "unknown_format",
                "subtitles",
            ),
            (b"<?xml version='1.0'?><!-- a --><tt></tt>", "unknown_format", "subtitles as TTML"),
            (b"<?xml version='1.0'?><feed></feed>", "unknown_format", "XML of a kind"),
            (b"<html><body><p>Hello there</p></body></html>", "no_mail_head", "HTML without"),
            (
                b"<html><body><div class=\"pam _a6-g uiBoxWhite noborder\"></div></body></html>",
                "unknown_format",
                "a chat of Messenger",
            ),
            (b"BEGIN:VCALENDAR\nVERSION:2.0\n", "unknown_format", "an entry"),
            (b"[export]\nuser = 1\n", "no_speakers", "text in which"),
            (
                b"[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start, End, Name, Text\nDialogue: 0,0:00:03.12,0:00:05.92,Ann,Final?\nDialogue: 0,0:00:06.12,0:00:07.92,Bob,Yes.\n",
                "unknown_format",
                "subtitles as ASS",
            ),
            (
                b"Deal - ID,Deal - Title,Deal - Value,Deal - Stage\n41,Acme: seats,5,Demo\n",
                "unknown_format",
                "a table of deals",
            ),
            (b"Task,Owner,Due\nCall: Ann Lee,Dana,2026-03-04\n", "unknown_format", "a table in which"),
        ] {
            let read = read(&Input::new("x", &deal, bytes));
            let [loss] = &read.skipped[..] else { panic!("{what}: {read:?}") };
            assert_eq!(loss.code, code, "{what}");
            assert!(loss.message.starts_with(what), "{what}: {}", loss.message);
        }
    }

    #[test]
    fn what_programs_lay_beside_their_exports_is_passed_over() {
        let deal = DealId("a".into());
        for (path, bytes, passed) in [
            ("x.zip!/channels.json", b"[{\"id\":\"C1\",\"creator\":\"U1\"}]".as_slice(), true),
            ("a/Thumbs.db", b"\xd0\xcf\x11\xe0\0", true),
            ("a/desktop.ini", b"[.ShellClassInfo]\n", true),
            ("a/recording.conf", b"{\"items\":[{\"audio\":\"a.m4a\"}]}", true),
            ("Inbox.msf", b"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n", true),
            ("IMG-20260312-WA0001.jpg", b"\xff\xd8\xff\xe0\0", true),
            ("00000012-PHOTO-2026-03-12-15-08-30.jpg", b"\xff\xd8\xff\xe0\0", true),
            ("00000013-AUDIO-2026-03-12-15-08-30.opus", b"OggS\0\x02", false),
            ("board.jpg", b"\xff\xd8\xff\xe0\0", false),
            ("other.json", b"[{\"id\":\"C1\",\"name\":\"acme\"}]", false),
        ] {
            let read = read(&Input::new(path, &deal, bytes));
            assert_eq!(read.skipped.is_empty(), passed, "{path}: {:?}", read.skipped);
        }
    }
}
