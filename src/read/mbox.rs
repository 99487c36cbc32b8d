//! Mailboxes in one file: messages one after another, each below a line "From … date". Read as a stream, one message in
//! memory at a time, so that a mailbox of any size takes the memory of its largest message.

use std::{
    cell::Cell,
    io::{self, BufRead},
};

use sha2::{Digest, Sha256};

use super::{Format, Input, Likeness, Read, Skipped, eml, noted::Noted};
use crate::conversation::{Channel, Conversation, hex};

/// A mailbox.
pub struct Mbox;

/// The largest message that is read, attachments and all; what is larger is skipped and said so.
const LARGEST_MESSAGE: usize = 64 << 20;

impl Format for Mbox {
    fn name(&self) -> &'static str {
        "mbox"
    }
    fn doc(&self) -> &'static str {
        "a mailbox (mbox), read as a stream: one conversation a message"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if is_mbox(&input.bytes[..input.bytes.len().min(super::HEAD)]) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut read = Read::default();
        let end = stream(input.bytes, input, &mut |item| match item {
            Ok(conversation) => read.conversations.push(*conversation),
            Err(skipped) => read.skipped.push(skipped),
        });
        // Memory does not fail to be read.
        if let Err(e) = end {
            read.skipped.push(input.skipped(
                None,
                "unreadable",
                format!("the mailbox could not be read to its end ({})", e.kind()),
            ));
        }
        Ok(read)
    }
}

/// Whether a file that begins with `head` is a mailbox: a line "From …" with a time, and a field of a mail's head below.
pub fn is_mbox(head: &[u8]) -> bool {
    let mut lines = super::unmarked(head).split(|b| *b == b'\n').skip_while(|l| l.iter().all(u8::is_ascii_whitespace));
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    starts_message(first)
        && (second.trim_ascii().is_empty()
            || second
                .iter()
                .position(|b| *b == b':')
                .is_some_and(|at| at > 0 && second[..at].iter().all(u8::is_ascii_graphic))
            || second.starts_with(b">From "))
}

/// Whether `line` stands over a message: "From ", an address or a dash, and a time of day.
fn starts_message(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    // "From 9:00 on we are closed" is a sentence; a date has a year besides.
    let digits = rest.iter().filter(|b| b.is_ascii_digit()).count();
    let time = rest
        .windows(4)
        .any(|w| w[0].is_ascii_digit() && w[1] == b':' && w[2].is_ascii_digit() && w[3].is_ascii_digit());
    time && digits >= 8 && rest.len() < 300
}

/// Reads a mailbox from `reader` and gives each message, or why it could not be read, to `emit`, in order. `mailbox`: its path, the
/// deal that its place suggests, the room for what is in it; its bytes are not looked at.
///
/// # Errors
/// Where `reader` fails; what was read until then has been given.
pub fn stream(
    mut reader: impl BufRead,
    mailbox: &Input,
    emit: &mut dyn FnMut(Result<Box<Conversation>, Skipped>),
) -> io::Result<()> {
    let mut message: Vec<u8> = Vec::new();
    let mut line: Vec<u8> = Vec::new();
    let (mut number, mut line_number, mut starts_at) = (0usize, 0usize, 1usize);
    let (mut after_blank, mut open, mut too_large) = (true, false, false);
    // A mailbox has many of them; they are told once, by their number and the first one's line.
    let mut unsent = Noted::default();
    let kept = Cell::new(0);
    let mut tell = |item: Result<Box<Conversation>, Skipped>| match item {
        Err(Skipped { code, line, .. }) if code == "not_sent" => unsent.add(line),
        item => {
            kept.set(kept.get() + usize::from(item.is_ok()));
            emit(item);
        }
    };
    loop {
        line.clear();
        let read = io::Read::take(&mut reader, LARGEST_MESSAGE as u64).read_until(b'\n', &mut line)?;
        let ends = read == 0;
        line_number += 1;
        if line_number == 1 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if ends || (after_blank && starts_message(&line)) {
            if open {
                number += 1;
                give(&message, mailbox, number, starts_at, too_large, &mut tell);
            }
            if ends || mailbox.room.is_some_and(|room| room.is_beyond(kept.get())) {
                break;
            }
            message.clear();
            (open, too_large, starts_at, after_blank) = (true, false, line_number, false);
            continue;
        }
        after_blank = line.iter().all(u8::is_ascii_whitespace);
        // What stands before the first "From " line is no message, unless there is none at all.
        open |= !after_blank;
        if message.len() + line.len() > LARGEST_MESSAGE {
            too_large = true;
        } else {
            // ">From " in a body is "From ", set apart when the mailbox was written.
            let quoted = line.iter().position(|b| *b != b'>').filter(|n| *n > 0 && line[*n..].starts_with(b"From "));
            message.extend_from_slice(if quoted.is_some() { &line[1..] } else { &line });
        }
    }
    let several = |count| format!("{count} messages are drafts, deleted or junk and were left out");
    let one = "1 message is a draft, deleted or junk and was left out";
    if let Some(told) = unsent.told(mailbox, "not_sent", one, several) {
        emit(Err(told));
    }
    Ok(())
}

fn give(
    bytes: &[u8],
    mailbox: &Input,
    number: usize,
    line: usize,
    too_large: bool,
    emit: &mut dyn FnMut(Result<Box<Conversation>, Skipped>),
) {
    let (room, depth) = (mailbox.room, mailbox.depth);
    let input = Input { room, depth, ..Input::new(mailbox.path, mailbox.deal, bytes) };
    if too_large {
        emit(Err(input.skipped(
            Some(line),
            "too_large",
            format!("a message is larger than {} MiB and was left out", LARGEST_MESSAGE >> 20),
        )));
        return;
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let conversation = input.conversation(&Mbox, Channel::Email, Some(number));
    let mut read = Read::default();
    if let Err(skipped) = eml::message(&input, bytes, Some(line), conversation, &mut read) {
        read.skipped.push(skipped);
    }
    let sha256 = hex(&Sha256::digest(bytes));
    for mut conversation in read.conversations {
        conversation.source.sha256.clone_from(&sha256);
        emit(Ok(Box::new(conversation)));
    }
    for mut skipped in read.skipped {
        skipped.line = skipped.line.or(Some(line));
        emit(Err(skipped));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::DealId;

    #[test]
    fn messages_are_told_apart_and_none_is_lost() {
        let mailbox = "From a@x.example Fri Sep 20 12:27:56 2019\nFrom: a@x.example\nSubject: one\n\nFirst.\nFrom here on 9:00.\n>From the start.\n\n\
                       From - Sat Sep 21 08:00:00 2019\r\nFrom: b@x.example\r\nSubject: two\r\n\r\nSecond.\r\n\n\
                       From c@x.example Sat Sep 21 08:00:01 2019\nFrom: c@x.example\nSubject: three\nContent-Type: image/png\n\n";
        let deal = DealId("d".into());
        let (mut read, mut lost) = (vec![], vec![]);
        stream(mailbox.as_bytes(), &Input::new("all.mbox", &deal, b""), &mut |item| match item {
            Ok(c) => read.push((c.id.0.clone(), c.turns.iter().map(|t| t.text.clone()).collect::<Vec<_>>().join("|"))),
            Err(s) => lost.push((s.line, s.code)),
        })
        .unwrap();
        assert_eq!(
            read,
            [
                ("all.mbox#1".to_owned(), "First.|From here on 9:00.|From the start.".to_owned()),
                ("all.mbox#2".to_owned(), "Second.".to_owned())
            ]
        );
        assert_eq!(lost, [(Some(15), "no_words".to_owned())]);
    }
}
