//! Heads of messages that no program is known by: "Ann Lee - Mar 10, 2026, 9:02 AM", as they are copied out of help desks and CRMs,
//! and a date over a name, as imessage-exporter writes them. One alone is a line of somebody's words; several of two people are not.

use std::collections::BTreeSet;

use super::Message;
use crate::read::{
    preamble::says_only_when,
    speaker::{is_phone_number, looks_like_name},
    when,
};

/// How many lines may stand above the first message.
const MOST_ABOVE: usize = 6;
/// The longest head, in bytes.
const LONGEST: usize = 120;

/// The messages of a text, each below a head with its date and time; none where it is no such chat.
pub fn messages(text: &str) -> Vec<Message<'_>> {
    let found = [named(text), dated(text)];
    found.into_iter().find(|messages| is_chat(messages)).unwrap_or_default()
}

/// What stands above the first message.
pub fn title(text: &str) -> Option<&str> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    (head(first).is_none() && date(first).is_none()).then_some(first)
}

/// Whether messages are those of a chat: near the top, of two people or more.
fn is_chat(messages: &[Message]) -> bool {
    let names: BTreeSet<&str> = messages.iter().map(|message| message.name).collect();
    let written = messages.iter().filter(|message| !message.words.is_empty()).count();
    let near_top = messages.first().is_some_and(|first| first.line <= MOST_ABOVE);
    // In a list of names with dates nobody comes back.
    let back = names.len() < messages.len() || messages.len() == 2;
    near_top && names.len() >= 2 && written >= 2 && back
}

/// Messages below a line with a name and a date.
fn named(text: &str) -> Vec<Message<'_>> {
    let mut out: Vec<Message> = Vec::new();
    let mut below_blank = true;
    for (n, line) in text.lines().map(str::trim).enumerate() {
        if let Some((name, sent)) = head(line).filter(|_| below_blank) {
            out.push(Message::new(n + 1, name, sent));
        } else if let Some(last) = out.last_mut() {
            last.append(line);
        }
        below_blank = line.is_empty();
    }
    out
}

/// Messages below a date alone and a name below that.
fn dated(text: &str) -> Vec<Message<'_>> {
    let mut out: Vec<Message> = Vec::new();
    let (mut below_blank, mut is_said) = (true, false);
    let mut lines = text.lines().map(str::trim).enumerate().peekable();
    while let Some((n, line)) = lines.next() {
        let name = lines.peek().map_or("", |(_, below)| *below);
        if let Some(sent) = date(line).filter(|_| below_blank && is_name(name)) {
            out.push(Message::new(n + 1, name, sent));
            lines.next();
            (is_said, below_blank) = (true, false);
            continue;
        }
        // Who set which mark below a message.
        is_said &= line != "Tapbacks:";
        if let Some(last) = out.last_mut().filter(|_| is_said) {
            last.append(line);
        }
        below_blank = line.is_empty();
    }
    out
}

/// The name and the date of "Ann Lee  March 10, 2026 at 9:02 AM", "Ann Lee (2026-03-10 09:02)".
fn head(line: &str) -> Option<(&str, &str)> {
    const BETWEEN: &[&str] = &["  ", "\t", " - ", " – ", " — ", " | ", " • ", " · ", ", ", " ("];
    if line.len() > LONGEST || !line.contains(':') {
        return None;
    }
    BETWEEN.iter().find_map(|between| {
        let (name, sent) = line.split_once(between)?;
        let sent = if *between == " (" { sent.strip_suffix(')')? } else { sent };
        let sent = sent.trim();
        (is_name(name) && is_moment(sent)).then(|| (name.trim(), sent))
    })
}

/// A date with a time, behind which a program may say in brackets when it was read.
fn date(line: &str) -> Option<&str> {
    let bare = line.split(" (").next().unwrap_or(line).trim();
    (line.len() <= LONGEST && (bare.len() == line.len() || line.ends_with(')')) && is_moment(bare)).then_some(bare)
}

fn is_moment(text: &str) -> bool {
    let dated = || when::in_ordered_text(text, Some(true)).is_some() || when::reads_two_ways(text);
    text.contains(':')
        && text.contains(|c: char| c.is_ascii_digit())
        && says_only_when(text)
        && has_day(text)
        && dated()
}

/// Whether a text names a day beside a time: more numbers than those of the clock.
fn has_day(text: &str) -> bool {
    let runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).count();
    runs >= 4
}

fn is_name(text: &str) -> bool {
    const MOST_WORDS: usize = 5;
    let text = text.trim();
    let name = looks_like_name(text) || is_phone_number(text) || (text.contains('@') && !text.contains(' '));
    name && !text.contains(':')
        && !text.ends_with(['.', '?', '!', ','])
        && text.split_whitespace().nth(MOST_WORDS).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_a_name_a_day_and_a_time() {
        for line in [
            "Ann Lee  March 10, 2026 at 9:02 AM",
            "Ann Lee - Mar 10, 2026, 9:02 AM",
            "Ann Lee (10/03/2026 09:02)",
            "Ann Lee, 10. März 2026 um 09:02",
            "Ann Lee | 2026-03-10 09:02",
        ] {
            assert_eq!(head(line).map(|(name, _)| name), Some("Ann Lee"), "{line}");
        }
        for line in
            ["Ann Lee  0:03", "Ann Lee - 9:02 AM", "Let us meet, March 10, 2026 at 9:02 AM", "Ann Lee - Mar 10, 2026"]
        {
            assert_eq!(head(line), None, "{line}");
        }
        assert_eq!(date("Mar 10, 2026  9:02:11 AM (Read by you after 3 minutes)"), Some("Mar 10, 2026  9:02:11 AM"));
    }
}
