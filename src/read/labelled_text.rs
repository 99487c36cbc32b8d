//! Transcripts as plain text, in the many habits of writing who speaks and when.
//!
//! Known habits: `Ann: hello`, `[00:01:02] Ann: hello`, `00:01 Ann: hello`, `Ann (00:01): hello`, `00:01 | Ann: hello`,
//! `**Ann:** hello`, `[Ann] hello`; and with the name on a line of its own, the words below: `Ann  0:29`, `**Ann**  0:29`,
//! `Ann (0:29)`, `Ann 10:03 AM`, `0:29 - Ann`, `0:29 | Ann`, `Ann:`. The formats that write such text differ in what
//! stands around it; they share this file.

use super::{
    speaker::{self, Habit, looks_like_name},
    turns::{append, one_line},
    when::offset_ms,
};
use crate::conversation::Turn;

/// What was found in a text.
#[derive(Debug, Default)]
pub struct Labelled {
    /// The turns, without sides.
    pub turns: Vec<Turn>,
    /// Lines before the first label, each with its number from 1: a title, a date, who attended.
    pub preamble: Vec<(usize, String)>,
    /// Whether the times are times of day (`10:03 AM`), turned into offsets from the first.
    pub clock: bool,
    /// Lines that name a speaker.
    pub labelled: usize,
    /// Lines that are neither blank nor a label on its own.
    pub lines: usize,
}

/// One line, looked at on its own.
#[derive(Clone, Copy, Debug, Default)]
struct Line<'a> {
    number: usize,
    at: Option<u64>,
    end: Option<u64>,
    clock: bool,
    /// The name, where the line is nothing but a name with a time, or a name in square brackets before words.
    header: Option<&'a str>,
    /// The line without its time.
    rest: &'a str,
}

/// Reads a text.
pub fn parse(text: &str) -> Labelled {
    let lines: Vec<Line> = text
        .lines()
        .enumerate()
        .map(|(n, l)| look(n + 1, l))
        .filter(|l| !l.rest.is_empty() || l.at.is_some())
        .collect();
    let timed = lines.iter().filter(|l| l.at.is_some() && l.header.is_none()).count();
    // "0:29 - Ann" over her words: the line behind a time is nothing but a name, nearly always.
    let named = lines.iter().filter(|l| l.at.is_some() && l.header.is_none() && bare_name(l.rest)).count();
    let name_follows_time = named >= 2 && named * 10 >= timed * 8;
    let is_header = |l: &Line| l.header.is_some() || (name_follows_time && l.at.is_some() && bare_name(l.rest));
    let headers = lines.iter().filter(|l| is_header(l)).count();
    let habit = if headers >= 2 && headers * 8 >= lines.len() {
        // Names stand on lines of their own here; a colon in the words below is a colon.
        Habit::default()
    } else {
        Habit::learn(lines.iter().filter(|l| !is_header(l)).map(|l| l.rest))
    };
    let first_label = lines.iter().position(|l| is_header(l) || habit.split(l.rest).is_some());
    let mut out = Labelled { clock: lines.iter().any(|l| l.clock), ..Labelled::default() };
    let Some(first_label) = first_label else {
        out.lines = lines.len();
        return out;
    };
    let start_of_day = lines.iter().find(|l| l.clock).and_then(|l| l.at);
    // A time on a line of its own belongs to the label below it, unless it is Google Meet's mark of each five minutes.
    let mut pending: Option<u64> = None;
    let mut open = false;
    for (place, line) in lines.iter().enumerate() {
        let at = line.at.map(|at| if line.clock { at.saturating_sub(start_of_day.unwrap_or(0)) } else { at });
        if place < first_label {
            if line.rest.is_empty() {
                pending = at;
            } else {
                out.preamble.push((line.number, one_line(line.rest)));
            }
            continue;
        }
        if is_header(line) {
            let name = line.header.unwrap_or(line.rest);
            out.labelled += 1;
            out.turns.push(turn(
                name,
                at.or(pending.take()),
                line.end,
                if line.header.is_some() { line.rest } else { "" },
            ));
            open = true;
        } else if let Some((name, words)) = habit.split(line.rest) {
            let (name, inner) = time_in_name(name);
            out.labelled += 1;
            out.lines += 1;
            out.turns.push(turn(name, at.or(inner).or(pending.take()), line.end, words));
            open = true;
        } else if line.rest.is_empty() {
            pending = at;
        } else {
            out.lines += 1;
            let next = turn("", at, line.end, line.rest);
            match out.turns.last_mut() {
                // "00:12 and then": a time without a name is a new piece, of an unknown speaker where each line has a name.
                Some(_) if at.is_some() && habit.names_every_line => out.turns.push(next),
                Some(last) if open && at.is_none() => append(last, next),
                Some(last) => {
                    let speaker = last.speaker.clone();
                    out.turns.push(Turn { speaker, ..next });
                }
                None => out.turns.push(next),
            }
        }
    }
    out.turns.retain(|t| !t.text.is_empty());
    if lines.iter().all(|l| l.end.is_none()) {
        end_where_the_next_begins(&mut out.turns);
    }
    out
}

/// The fewest milliseconds that a spoken word takes; with it, the end of a turn whose export states only its start.
const MS_PER_WORD: u64 = 400;

/// Gives turns that have only a start an end: what the words take, but not beyond the next turn's start.
fn end_where_the_next_begins(turns: &mut [Turn]) {
    for place in 0..turns.len() {
        let Some(start) = turns[place].start_ms else { continue };
        let spoken = start + (turns[place].text.split_whitespace().count() as u64 * MS_PER_WORD).max(600);
        let next = turns.get(place + 1).and_then(|t| t.start_ms).filter(|next| *next > start);
        turns[place].end_ms = Some(next.map_or(spoken, |next| spoken.min(next)));
    }
}

fn turn(name: &str, at: Option<u64>, end: Option<u64>, words: &str) -> Turn {
    Turn {
        speaker: name.trim().to_owned(),
        start_ms: at,
        end_ms: end.filter(|end| Some(*end) >= at),
        text: one_line(words),
        ..Turn::default()
    }
}

fn bare_name(text: &str) -> bool {
    // What costs least and refuses most stands first.
    !text.ends_with(['.', ',', ':', '?', '!'])
        && text.split_whitespace().nth(5).is_none()
        && !text.contains([':', '：'])
        && text.bytes().filter(u8::is_ascii_digit).count() < 4
        && looks_like_name(text)
}

fn look(number: usize, line: &str) -> Line<'_> {
    let mut rest = line.trim();
    let mut out = Line { number, ..Line::default() };
    if let Some((from, to, clock, behind)) = leading_time(rest) {
        (out.at, out.end, out.clock) = (Some(from), to, clock);
        rest = behind.trim_start_matches([' ', '\t', '|', '-', '–', '—', '\u{a0}']);
        if !rest.starts_with(": ") {
            out.rest = rest;
        } else {
            out.rest = rest[2..].trim_start();
        }
        if let Some((name, words)) = bracketed(out.rest) {
            (out.header, out.rest) = (Some(name), words);
        }
        return out;
    }
    if let Some((name, at, clock)) = trailing_time(rest) {
        return Line { at: Some(at), clock, header: Some(name), rest: "", ..out };
    }
    if let Some((name, words)) = bracketed(rest) {
        return Line { header: Some(name), rest: words, ..out };
    }
    out.rest = rest;
    out
}

/// `[Ann Smith] hello`, where the brackets hold a full name.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (name, words) = text.strip_prefix('[')?.split_once(']')?;
    let several = name.split_whitespace().count() >= 2 || name.chars().any(|c| c.is_ascii_digit());
    let words = words.trim_start_matches([':', ' ', '\t']);
    // "[Background Music]" alone is a remark.
    (several && looks_like_name(name) && !words.is_empty()).then_some((name.trim(), words))
}

/// A time at the head of `text`, in brackets or not, perhaps with an end: from, to, whether it is a time of day, the rest.
fn leading_time(text: &str) -> Option<(u64, Option<u64>, bool, &str)> {
    let (inner, close) = match text.chars().next()? {
        '[' => (&text[1..], Some(']')),
        '(' => (&text[1..], Some(')')),
        c if c.is_ascii_digit() => (text, None),
        _ => return None,
    };
    let (from, mut rest) = clock_token(inner)?;
    let mut to = None;
    let arrow = rest.trim_start().trim_start_matches(['-', '>', '–', '—', '→']);
    if arrow.len() < rest.trim_start().len()
        && let Some((end, behind)) = clock_token(arrow.trim_start())
    {
        (to, rest) = (Some(end), behind);
    }
    let mut time_of_day = false;
    let mut from = from;
    if let Some((pm, behind)) = half_day(rest) {
        (from, time_of_day, rest) = (of_day(from, pm), true, behind);
    }
    match close {
        Some(close) => rest = rest.trim_start().strip_prefix(close)?,
        None if !rest.is_empty() && !rest.starts_with([' ', '\t', '|', '-', '–', ':']) => return None,
        None => {}
    }
    Some((from, to, time_of_day, rest))
}

/// A time with at least one colon at the head of `text`.
fn clock_token(text: &str) -> Option<(u64, &str)> {
    let mut end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(text.len());
    // "0:29: hello" and "0:29." end with a mark that is not the time's.
    while end > 0 && !text.as_bytes()[end - 1].is_ascii_digit() {
        end -= 1;
    }
    let token = &text[..end];
    if !token.contains(':') {
        return None;
    }
    Some((offset_ms(token)?, &text[end..]))
}

/// " AM", " p.m." at the head of `text`: whether it is the afternoon, and what follows.
fn half_day(text: &str) -> Option<(bool, &str)> {
    let trimmed = text.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    for (mark, pm) in [("AM", false), ("PM", true), ("am", false), ("pm", true), ("a.m.", false), ("p.m.", true)] {
        if let Some(rest) = trimmed.strip_prefix(mark)
            && !rest.starts_with(char::is_alphanumeric)
        {
            return Some((pm, rest));
        }
    }
    None
}

/// A time of day; "10:03" was read as ten minutes and three seconds.
fn of_day(ms: u64, pm: bool) -> u64 {
    let (hours, minutes, seconds) = if ms < 3_600_000 {
        (ms / 60_000, ms / 1000 % 60, 0)
    } else {
        (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60)
    };
    let hours = hours % 12 + if pm { 12 } else { 0 };
    ((hours * 60 + minutes) * 60 + seconds) * 1000
}

/// `Ann  0:29`, `**Ann** 0:29`, `Ann (0:29)`, `Ann 10:03 AM` on a line of its own: name, time, whether a time of day.
fn trailing_time(text: &str) -> Option<(&str, u64, bool)> {
    let text = text.strip_suffix(':').unwrap_or(text).trim_end();
    let (body, clock) =
        match text.len().checked_sub(2).and_then(|at| text.get(at..)).map(str::to_ascii_lowercase).as_deref() {
            Some("am") => (text[..text.len() - 2].trim_end(), Some(false)),
            Some("pm") => (text[..text.len() - 2].trim_end(), Some(true)),
            _ => (text, None),
        };
    let body = body.strip_suffix([')', ']']).unwrap_or(body);
    let start = body
        .rfind(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
        .map_or(0, |at| at + body[at..].chars().next().map_or(1, char::len_utf8));
    let (at, rest) = clock_token(&body[start..])?;
    if !rest.is_empty() || start == 0 {
        return None;
    }
    let before = &body[..start];
    if !before.ends_with([' ', '\t', '(', '[', '\u{a0}']) {
        return None;
    }
    let name = before
        .trim_end_matches(['(', '['])
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '|' | '-' | '–' | ','));
    if !bare_name(name) {
        return None;
    }
    Some((name, clock.map_or(at, |pm| of_day(at, pm)), clock.is_some()))
}

/// `Ann (00:01:02)` as the name of a label: the name and the time in it.
fn time_in_name(name: &str) -> (&str, Option<u64>) {
    let Some(open) = name.rfind(['(', '[']) else { return (name, None) };
    let inner = name[open + 1..].trim_end_matches([')', ']']);
    match offset_ms(inner.trim()) {
        Some(at) if inner.contains(':') && !speaker::without_brackets(name).trim().is_empty() => {
            (name[..open].trim_end(), Some(at))
        }
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_habit_gives_the_same_turns() {
        let expected = [("Ann Lee", "Hello: you?"), ("Bob", "Fine. Well, fine.")];
        for text in [
            "Ann Lee: Hello: you?\nBob: Fine.\nWell, fine.",
            "[00:00:01] Ann Lee: Hello: you?\n[00:00:03] Bob: Fine.\nWell, fine.",
            "00:00:01 Ann Lee: Hello: you?\n00:00:03 Bob: Fine. Well, fine.",
            "00:01 | Ann Lee: Hello: you?\n00:03 | Bob: Fine. Well, fine.",
            "Ann Lee (00:01): Hello: you?\nBob (00:03): Fine. Well, fine.",
            "Ann Lee [00:00:01]: Hello: you?\nBob [00:00:03]: Fine. Well, fine.",
            "**Ann Lee:** Hello: you?\n\n**Bob:** Fine.\nWell, fine.",
            "Ann Lee  0:01  \nHello: you?\n\nBob  0:03  \nFine.\nWell, fine.\n",
            "**Ann Lee**  0:01  \nHello: you?\n\n**Bob**  0:03  \nFine. Well, fine.\n",
            "Ann Lee (0:01)\nHello: you?\nBob (0:03)\nFine. Well, fine.\n",
            "Ann Lee 10:03 AM\nHello: you?\nBob 10:04 AM\nFine. Well, fine.\n",
            "0:01 - Ann Lee\nHello: you?\n0:03 - Bob\nFine. Well, fine.\n",
            "0:01 | Ann Lee\nHello: you?\n0:03 | Bob\nFine. Well, fine.\n",
            "Ann Lee (00:00:01):\nHello: you?\nBob (00:00:03):\nFine. Well, fine.\n",
            "00:00:01 --> 00:00:02 Ann Lee: Hello: you?\n00:00:03 --> 00:00:05 Bob: Fine. Well, fine.",
        ] {
            for text in [text.to_owned(), text.replace('\n', "\r\n")] {
                let found = parse(&text);
                let turns: Vec<(&str, &str)> =
                    found.turns.iter().map(|t| (t.speaker.as_str(), t.text.as_str())).collect();
                assert_eq!(turns, expected, "{text}");
            }
        }
    }

    #[test]
    fn text_without_speakers_gives_nothing() {
        assert!(parse("Dear all,\nhere it comes: the end.\nYours").turns.is_empty());
    }
}
