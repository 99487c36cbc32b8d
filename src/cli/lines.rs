//! Standard input as texts to score, a line each.
//!
//! A line is words, or a JSON object with `text` and, where they are known, `side` and `context`, as `/v1/score` takes
//! them. UTF-8 is expected; UTF-16 is known by its mark or its zeros, and any other line is read as the readers of files
//! read theirs, by the frequencies of its bytes, and told. What cannot be read costs its own line only.
//!
//! Lines are read on a thread of their own, so that whoever scores knows whether another one waits: what came is scored
//! at once where none does (`tail -f`), and many together where they come faster than scores.

use std::{
    collections::BTreeSet,
    io::{self, BufRead, BufReader, Read},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use serde_json::{Map, Value};

use crate::{
    conversation::Side,
    read::{encoding::decode, surrogates::mended_text},
    score::Text,
};

/// Texts that are scored together at most. Three times as many are in memory: while the model is at some, the next ones
/// stand in its queue, and those behind them are read.
pub(super) const CHUNK: usize = 4096;

/// The keys of a JSON line that are read.
const KEYS: [&str; 3] = ["text", "side", "context"];
/// Keys that are told as not read; who has more knows by then.
const KEYS_TOLD: usize = 10;
/// What a line looks like, for whoever wrote another one.
const SHAPE: &str = "a line is words, or {\"text\": …, \"side\": …, \"context\": …}";

/// What a line of standard input comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Item {
    /// Something to score, and the line on which it stands, from 1.
    Text(usize, Text),
    /// A line that could not be read, or not surely.
    Loss(String),
    /// Something to know of a line that was read.
    Note(String),
}

/// Lines that were read and are not scored yet.
pub(super) struct Waiting(Receiver<Item>);

impl Waiting {
    /// Reads `input` from now on, a few thousand lines ahead; `side` is that of the lines that state none.
    pub(super) fn read(input: impl Read + Send + 'static, side: Side) -> io::Result<Waiting> {
        let (send, receive) = sync_channel(CHUNK);
        thread::Builder::new().name("lines".into()).spawn(move || read_all(input, side, &send))?;
        Ok(Waiting(receive))
    }

    /// What waits now, at most [`CHUNK`]. With `wait`, something, unless the input has ended: then nothing.
    pub(super) fn take(&self, wait: bool) -> Vec<Item> {
        let first = if wait { self.0.recv().ok() } else { None };
        first.into_iter().chain(self.0.try_iter()).take(CHUNK).collect()
    }
}

/// Gives what `input` holds to `send`, until it ends or nobody listens any more.
fn read_all(input: impl Read, side: Side, send: &SyncSender<Item>) {
    let mut lines = Lines { input: BufReader::new(input), wide: None, number: 0 };
    let mut told = BTreeSet::new();
    loop {
        let (line, doubt) = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return,
            Err(e) => {
                let loss = format!("standard input:{}: the line cannot be read: {e}", lines.number + 1);
                // Nobody listens any more where the output failed; that was told.
                let _ = send.send(Item::Loss(loss));
                return;
            }
        };
        let at = lines.number;
        let loss = |message: String| Item::Loss(format!("standard input:{at}: {message}"));
        let doubt = doubt.map(loss);
        let items = match text_of(line, side) {
            Ok((text, unread)) => {
                let unread = unread.into_iter().filter(|key| told.len() < KEYS_TOLD && told.insert(key.clone()));
                let note = |key: String| Item::Note(unread_key(at, &key));
                let notes: Vec<Item> = unread.map(note).collect();
                doubt.into_iter().chain(notes).chain([Item::Text(at, text)]).collect()
            }
            Err(message) => vec![loss(message)],
        };
        for item in items {
            if send.send(item).is_err() {
                return;
            }
        }
    }
}

fn unread_key(line: usize, key: &str) -> String {
    let short: String = key.chars().take(40).collect();
    format!("standard input:{line}: the key {short:?} is not read; known are {}", KEYS.join(", "))
}

/// A line as a text, with its keys that are not read, or why it is none. A message says where, never what.
fn text_of(line: String, side: Side) -> Result<(Text, Vec<String>), String> {
    // "{laughs} We love it." is words.
    let inside = line.trim_start().strip_prefix('{').map(str::trim_start);
    if !inside.is_some_and(|inside| inside.starts_with('"')) {
        return Ok((Text { side, context: String::new(), text: line }, Vec::new()));
    }
    let line = mended_text(&line).unwrap_or(line);
    let mut object: Map<String, Value> = serde_json::from_str(&line)
        .map_err(|e| format!("the JSON breaks at column {}, so the line is not scored; {SHAPE}", e.column()))?;
    let mut string = |key: &str| match object.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(string)) => Ok(Some(string)),
        Some(_) => Err(format!("{key:?} is no string, so the line is not scored; {SHAPE}")),
    };
    let text = string("text")?.ok_or_else(|| format!("there is no \"text\", so the line is not scored; {SHAPE}"))?;
    let context = string("context")?.unwrap_or_default();
    let none = || "\"side\" is none, so the line is not scored; say buyer, seller or unknown".to_owned();
    let side = string("side")?.map_or(Ok(side), |name| Side::named(&name).ok_or_else(none))?;
    Ok((Text { side, context, text }, object.into_iter().map(|(key, _)| key).collect()))
}

/// The lines of bytes.
struct Lines<R> {
    input: BufReader<R>,
    /// The order of the two bytes where the input is UTF-16.
    wide: Option<Wide>,
    /// Lines read so far.
    number: usize,
}

#[derive(Clone, Copy)]
enum Wide {
    /// The low byte first.
    Little,
    /// The high byte first.
    Big,
}

impl Wide {
    /// Whether a line ends here: at a line feed of two bytes. A byte 0x0a alone may be half of another character.
    fn ends(self, line: &[u8]) -> bool {
        line.len().is_multiple_of(2)
            && match self {
                Wide::Little => line.ends_with(&[b'\n', 0]),
                Wide::Big => line.ends_with(&[0, b'\n']),
            }
    }

    fn unit(self, pair: &[u8]) -> u16 {
        let pair = [pair[0], pair[1]];
        match self {
            Wide::Little => u16::from_le_bytes(pair),
            Wide::Big => u16::from_be_bytes(pair),
        }
    }
}

impl<R: Read> Lines<R> {
    /// The next line without its end, with what is doubtful about it; nothing at the end of the input.
    fn next(&mut self) -> io::Result<Option<(String, Option<String>)>> {
        let mut line = Vec::new();
        if self.input.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let mut doubt = None;
        if self.number == 1 {
            let seen = decode(&line);
            self.wide = match seen.encoding {
                "UTF-16LE" => Some(Wide::Little),
                "UTF-16BE" => Some(Wide::Big),
                _ => None,
            };
            if self.wide.is_some() && seen.guessed {
                doubt = Some(format!("all is read as {}, which no byte-order mark states", seen.encoding));
            }
        }
        let Some(wide) = self.wide else { return Ok(Some(narrow(line))) };
        while !wide.ends(&line) {
            let more = match wide {
                // Half of a line feed, or of another character: the next byte tells.
                Wide::Little if !line.len().is_multiple_of(2) => (&mut self.input).take(1).read_to_end(&mut line)?,
                _ => self.input.read_until(b'\n', &mut line)?,
            };
            if more == 0 {
                break;
            }
        }
        let units: Vec<u16> = line.chunks_exact(2).map(|pair| wide.unit(pair)).collect();
        let text = String::from_utf16(&units);
        if text.is_err() || !line.len().is_multiple_of(2) {
            doubt = Some("some bytes are no UTF-16 and could not be read".into());
        }
        let text = text.unwrap_or_else(|_| String::from_utf16_lossy(&units));
        Ok(Some((bare(text.trim_start_matches('\u{feff}')).to_owned(), doubt)))
    }
}

/// A line that is not UTF-16.
fn narrow(mut line: Vec<u8>) -> (String, Option<String>) {
    // With its end, so that a character that lacks a byte is known as broken and not as one that is still to come.
    if !line.ends_with(b"\n") {
        line.push(b'\n');
    }
    // The mark of UTF-16 says something at the beginning of all alone.
    let marked = line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff");
    let only_marked = marked && !line.contains(&0);
    if only_marked {
        line.insert(0, b'\n');
    }
    let decoded = decode(&line);
    let doubt = (decoded.guessed || decoded.replaced).then(|| {
        let lost = if decoded.replaced { "; some bytes could not be read" } else { "" };
        format!("the line is not UTF-8 and was read as {}{lost}", decoded.encoding)
    });
    let text = if only_marked { decoded.text.trim_start_matches('\n') } else { &decoded.text };
    (bare(text).to_owned(), doubt)
}

/// `line` without its end.
fn bare(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn all(bytes: &[u8]) -> Vec<Item> {
        let waiting = Waiting::read(io::Cursor::new(bytes.to_vec()), Side::Unknown).unwrap();
        std::iter::from_fn(|| Some(waiting.take(true)).filter(|items| !items.is_empty())).flatten().collect()
    }

    fn words(line: usize, text: &str) -> Item {
        Item::Text(line, Text { side: Side::Unknown, context: String::new(), text: text.into() })
    }

    fn check_loss(item: &Item, expected: &str) {
        let Item::Loss(told) = item else { panic!("{item:?} is no loss") };
        assert!(told.starts_with(expected) && !told.contains("CANARY"), "{told}");
    }

    #[test]
    fn half_an_emoji_is_read_as_lost_and_a_mark_of_utf_16_counts_at_the_beginning_alone() {
        assert_eq!(all(b"{\"text\":\"great \\ud83d\"}\n"), [words(1, "great \u{fffd}")]);
        let [one, told, two] = &all(b"hello there\n\xff\xfe bad bytes here\n")[..] else { panic!("three items") };
        assert_eq!(one, &words(1, "hello there"));
        assert!(matches!(two, Item::Text(2, text) if text.text.ends_with(" bad bytes here")), "{two:?}");
        check_loss(told, "standard input:2: the line is not UTF-8 and was read as windows-125");
        assert_eq!(all(b"\xff\xfeh\0i\0\n\0"), [words(1, "hi")]);
    }

    #[test]
    fn a_bad_byte_costs_no_other_line_and_is_told_with_its_number() {
        for bytes in [&b"one\ncaf\xe9\nthree"[..], b"one\r\ncaf\xe9\r\nthree\r\n"] {
            let [one, told, two, three] = &all(bytes)[..] else { panic!("{:?}", all(bytes)) };
            assert_eq!([one, two, three], [&words(1, "one"), &words(2, "café"), &words(3, "three")]);
            check_loss(told, "standard input:2: the line is not UTF-8 and was read as windows-1252");
        }
        assert_eq!(all(b""), []);
        assert_eq!(all(b"\n \n"), [words(1, ""), words(2, " ")]);
    }

    #[test]
    fn marked_text_is_read_by_its_mark_and_utf_16_by_its_zeros() {
        // Of "上" and "Ċ" one byte is that of a line feed.
        let text = "déjà\r\n上 Ċ ok\nlast";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let expected = [words(1, "déjà"), words(2, "上 Ċ ok"), words(3, "last")];
        for bytes in [
            format!("\u{feff}{text}").into_bytes(),
            [&[0xff, 0xfe][..], &little].concat(),
            [&[0xfe, 0xff][..], &big].concat(),
        ] {
            assert_eq!(all(&bytes), expected);
        }
        for (bytes, name) in [(little, "UTF-16LE"), (big, "UTF-16BE")] {
            let items = all(&bytes);
            check_loss(&items[0], &format!("standard input:1: all is read as {name}"));
            assert_eq!(items[1..], expected);
        }
        check_loss(&all(&[0xff, 0xfe, b'a', 0, b'b'])[0], "standard input:1: some bytes are no UTF-16");
    }

    #[test]
    fn a_json_object_says_its_parts_and_anything_else_is_words() {
        let text =
            |side, context: &str, text: &str| Item::Text(1, Text { side, context: context.into(), text: text.into() });
        for (line, expected) in [
            (r#"{"text": "We love it"}"#, text(Side::Seller, "", "We love it")),
            (r#" {"text": "Yes.", "side": "buyer", "context": "Shall we?"}"#, text(Side::Buyer, "Shall we?", "Yes.")),
            (r#"{"text": "Yes.", "side": null}"#, text(Side::Seller, "", "Yes.")),
            ("{laughs} We love it.", text(Side::Seller, "", "{laughs} We love it.")),
            (r#"["We love it"]"#, text(Side::Seller, "", r#"["We love it"]"#)),
        ] {
            let waiting = Waiting::read(io::Cursor::new(line.to_owned()), Side::Seller).unwrap();
            assert_eq!(waiting.take(true), [expected], "{line}");
        }
        for (line, expected) in [
            (r#"{"text": "CANARY"#, "standard input:1: the JSON breaks at column 16"),
            (r#"{"words": "CANARY"}"#, "standard input:1: there is no \"text\""),
            (r#"{"text": ["CANARY"]}"#, "standard input:1: \"text\" is no string"),
            (r#"{"text": "a", "side": "CANARY"}"#, "standard input:1: \"side\" is none"),
        ] {
            let items = all(line.as_bytes());
            assert_eq!(items.len(), 1, "{items:?}");
            check_loss(&items[0], expected);
        }
    }

    #[test]
    fn a_key_that_is_not_read_is_told_once() {
        let items = all(b"{\"text\": \"a\", \"sde\": \"buyer\"}\n{\"text\": \"b\", \"sde\": \"buyer\"}\n");
        let told = "standard input:1: the key \"sde\" is not read; known are text, side, context";
        assert_eq!(items, [Item::Note(told.into()), words(1, "a"), words(2, "b")]);
    }

    #[test]
    fn what_came_is_there_before_the_input_ends_and_many_lines_come_together() {
        let (reader, mut writer) = io::pipe().unwrap();
        let waiting = Waiting::read(reader, Side::Unknown).unwrap();
        writer.write_all(b"one\n").unwrap();
        assert_eq!(waiting.take(true), [words(1, "one")]);
        assert_eq!(waiting.take(false), []);
        writer.write_all("line\n".repeat(CHUNK + 10).as_bytes()).unwrap();
        drop(writer);
        let mut counts = Vec::new();
        loop {
            let taken = waiting.take(true).len();
            if taken == 0 {
                break;
            }
            counts.push(taken);
        }
        assert_eq!(counts.iter().sum::<usize>(), CHUNK + 10);
        assert!(counts.iter().all(|n| *n <= CHUNK), "{counts:?}");
    }
}
