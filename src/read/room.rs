//! How much may be made of what a stranger sends: for a service, whose callers share its memory. Whoever reads their own
//! export has no such limit.
//!
//! What a reader builds grows with the lines, tags and values of a file, not with its bytes: four bytes of markup are a
//! line of its own, and a file of a thousandth of that size unpacks to it. So all that is unpacked is counted, and each
//! file is looked over before a reader builds anything from it, the words of a mail again once their encoding is undone; files in
//! one another share one room.

use std::cell::Cell;

use super::{encoding, json};

/// What one request may still take. Spent by [`super::read`] and by archives, never given back.
#[derive(Debug)]
pub struct Room {
    /// Bytes that archives may still unpack to, together.
    unpacked: Cell<u64>,
    /// Values of JSON or cells of a table that may still be read; a line or a tag counts as [`LINE`] of them.
    values: Cell<usize>,
    /// How much of a file may be no JSON, in bytes.
    text: usize,
    /// Of an archive or a mailbox with more conversations the rest is not read.
    conversations: usize,
}

/// How many values a line or a tag counts for: a turn or a row takes more than a number does. With 250,000 values there is
/// room for a call of 20,000 cues, as much as the service takes.
const LINE: usize = 2;

impl Room {
    /// Room for archives that unpack to `unpacked` bytes, for `values` values of JSON or half as many lines and tags, and for
    /// files of `text` bytes that are no JSON.
    pub fn new(unpacked: u64, values: usize, text: usize) -> Room {
        Room { unpacked: Cell::new(unpacked), values: Cell::new(values), text, conversations: usize::MAX }
    }

    /// For whoever refuses more than `most` conversations: of an archive or a mailbox with more the rest is not read, and not told.
    pub fn for_conversations(self, most: usize) -> Room {
        Room { conversations: most, ..self }
    }

    /// Whether so many conversations of an archive or a mailbox are more than anybody wants.
    pub fn is_beyond(&self, conversations: usize) -> bool {
        conversations > self.conversations
    }

    /// Bytes that archives may still unpack to.
    pub fn unpacked(&self) -> u64 {
        self.unpacked.get()
    }

    /// Takes room for what was unpacked, kept or not: it was work.
    pub fn take_unpacked(&self, bytes: u64) {
        self.unpacked.set(self.unpacked.get().saturating_sub(bytes));
    }

    /// Takes room for what a reader builds of `bytes`; false where there is too little.
    pub fn take(&self, bytes: &[u8]) -> bool {
        let other = other_than_json(bytes);
        if other > self.text {
            return false;
        }
        let (mut lines, mut returns, mut tags, mut commas, mut semicolons, mut tabs, mut others) =
            (0, 0, 0, 0, 0, 0, 0);
        for byte in bytes {
            match byte {
                b'\n' => lines += 1,
                b'\r' => returns += 1,
                b'<' => tags += 1,
                b',' => commas += 1,
                b';' => semicolons += 1,
                b'\t' => tabs += 1,
                b':' | b'{' | b'[' => others += 1,
                _ => {}
            }
        }
        // Line ends of two characters are one, and a table has one mark between its cells. A document of JSON may be set over many
        // lines, lines of JSON may not.
        let cells = usize::max(commas, usize::max(semicolons, tabs));
        let of_text = cells + (usize::max(lines, returns) + tags) * LINE;
        let of_json = commas + others;
        let cost = match other {
            0 => of_json,
            all if all == bytes.len() => of_text,
            _ => of_text.max(of_json),
        };
        match self.values.get().checked_sub(cost) {
            Some(left) => {
                self.values.set(left);
                true
            }
            None => false,
        }
    }
}

/// How many bytes of a file are no JSON, whether it is a document, a document a line or JSON as it is found in the wild
/// ([`json::parse`]). Of lines a bad one is a loss of its own and costs no other. Nothing is built to find out.
fn other_than_json(bytes: &[u8]) -> usize {
    let mark_or_blank = |b: u8| b.is_ascii_whitespace() || matches!(b, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff);
    if !matches!(bytes.iter().find(|b| !mark_or_blank(**b)), Some(b'{' | b'[')) {
        return bytes.len();
    }
    let text = encoding::decode(bytes).text;
    let is_json = |text: &str| {
        let mut documents = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        documents.all(|document| document.is_ok())
    };
    if is_json(&text) || json::breaks_at(&text).is_none() {
        return 0;
    }
    text.lines().filter(|line| !is_json(line)).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        DealId,
        read::{Input, read},
    };

    #[test]
    fn lines_tags_and_values_are_counted_and_shared() {
        let room = Room::new(0, 100, 1000);
        assert!(room.take("a: b, c\r\n".repeat(20).as_bytes()), "sixty of a hundred");
        assert!(room.take(br#"{"a": [1, 2], "b": "a > b"}"#), "six more");
        assert!(!room.take("<br>".repeat(18).as_bytes()), "36 are more than is left");
        assert!(room.take("<br>".repeat(17).as_bytes()), "34 are not");
        assert!(!room.take(" ".repeat(1001).as_bytes()));
        assert!(!Room::new(0, 100, 1000).take(format!("[x]\n{}", "hi\n".repeat(50)).as_bytes()), "only begins as JSON");
        assert!(!Room::new(0, 100, 1000).take("a;b;c;d\n".repeat(21).as_bytes()), "five a row");
        assert!(!Room::new(0, 100, 1000).take(format!("[x]{}", " ".repeat(1000)).as_bytes()));
        assert!(Room::new(0, 100, 10).take(b"{\"a\":1}\n{\"a\":2}\n"));
        assert!(Room::new(0, 100, 10).take(b"{\"a\":1}\n{\"a\": x\n{\"a\":2}\n"), "one line that is none");
        assert!(!Room::new(0, 100, 6).take(b"{\"a\":1}\n{\"a\": x\n{\"a\":2}\n"));
        assert!(Room::new(0, 100, 10).take(b"{\"a\": 1,\n// the second\n\"b\": 2,\n}\n"), "as it is found in the wild");
        assert!(Room::new(0, 100, 10).take(b"\xff\xfe{\0\"\0a\0\"\0:\x001\0}\0"), "UTF-16");
        assert!(room.take(" ".repeat(1000).as_bytes()));
    }

    #[test]
    fn files_in_archives_share_the_room_and_whoever_has_none_is_not_held_back() {
        use std::io::Write;
        let deal = DealId("d".into());
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
        for n in 0..4 {
            zip.start_file(format!("{n}.txt"), zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all("Ann: hello there\nBob: hello to you\n".repeat(10).as_bytes()).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        let count = |room: Option<&Room>| {
            let read = read(&Input::new("d/calls.zip", &deal, &bytes).within(room));
            assert!(read.skipped.iter().all(|s| s.code == "too_large"), "{:?}", read.skipped);
            (read.conversations.len(), read.skipped.len())
        };
        assert_eq!(count(None), (4, 0));
        assert_eq!(count(Some(&Room::new(1 << 20, 1000, 1000))), (4, 0));
        assert_eq!(count(Some(&Room::new(1 << 20, 100, 1000))), (2, 2), "twenty lines each");
        assert_eq!(count(Some(&Room::new(800, 1000, 1000))), (2, 2), "340 bytes each");
    }
}
