//! Transcripts as plain text, in the many habits of writing who speaks and when.
//!
//! Known habits: `Ann: hello`, `[00:01:02] Ann: hello`, `00:01 Ann: hello`, `Ann (00:01): hello`, `00:01 | Ann: hello`,
//! `**Ann:** hello`, `[Ann] hello`; and with the name on a line of its own, the words below: `Ann  0:29`, `**Ann**  0:29`,
//! `Ann (0:29)`, `Ann (0:29 - 0:35)`, `Ann 10:03 AM`, `[Ann] 10:03:11`, `0:29 - Ann`, `@0:29 - Ann`, `0:29 | Ann`, `Ann:`,
//! `SPEAKER: S1`, or the time and the name on lines of their own; and in cells, `Ann  0:29  hello`. What one line tells is in
//! `labelled::line`, what only several tell in `labelled::layout`, how they name who speaks in `labelled::naming`; of all that
//! `labelled::talk` makes the turns. The formats that write such text differ in what stands around it; they share this file.

use crate::{
    conversation::{Timestamp, Turn},
    read::{
        labelled::{
            self, around,
            dates::{days, past_midnight},
            digits::western,
            irc,
            layout::{self, most, settle},
            line::{Line, before_colon, look},
            message::{Messages, drop_votes, times_within},
            naming::Naming,
            remark::{caption, is_chat_remark, is_colophon, is_placeholder, is_service_remark, is_transcript_heading},
            signal,
            talk::Talk,
        },
        sounds::is_sound,
    },
};

/// What was found in a text.
#[derive(Debug, Default)]
pub struct Labelled {
    /// The turns, without sides.
    pub turns: Vec<Turn>,
    /// The number of the first line below the turns that is no words of anybody's: notes, how a service made the text.
    pub notes_from: Option<usize>,
    /// Lines before the first label, each with its number from 1: a title, a date, who attended.
    pub preamble: Vec<(usize, String)>,
    /// Whether the times are times of day (`10:03 AM`), turned into offsets from the first.
    pub clock: bool,
    /// Whether it was written, not said: a chat.
    pub chat: bool,
    /// When the first turn began, where a date stands before its time.
    pub began: Option<Timestamp>,
    /// How far the clock on the wall there is ahead of UTC, in milliseconds.
    pub ahead_ms: i64,
    /// Whether nothing tells the zone of that clock.
    pub local: bool,
    /// The line of that date, from 1, where it reads in two ways and nothing tells which.
    pub two_ways: Option<usize>,
    /// The line of that date, from 1, where it has no year.
    pub no_year: Option<usize>,
    /// The line of a date and time above the first label, from 1, where the zone behind them is none that is known.
    pub no_zone: Option<usize>,
    /// Whether the times stand behind dates, and so count from `began`.
    pub from_began: bool,
    /// Lines of a chat, from 1, that have the look of a message and were taken for the chat's own.
    pub own: Vec<usize>,
    /// Lines that name a speaker.
    pub labelled: usize,
    /// Lines that are neither blank nor a label on its own.
    pub lines: usize,
}

/// Reads a text.
pub fn parse(text: &str) -> Labelled {
    let text = &western(text);
    let text = &labelled::me_and_them::apart(text);
    let mut lines = lines_of(text);
    layout::dates_within(&mut lines);
    drop_votes(&mut lines);
    let written = lines.iter().any(|l| is_chat_remark(l.whole) || is_chat_remark(l.rest));
    let by_footer = around::footer(&lines).and_then(|at| cut(&mut lines, at));
    settle(&mut lines);
    drop_colophon(&mut lines);
    times_within(&mut lines);
    only_time_is_said(&mut lines);
    let of_irc = irc::settle(&mut lines);
    past_midnight(&mut lines);
    let dates = days(&mut lines);
    signal::drop_quotes(&mut lines);
    let by_sigtop = signal::is_of_sigtop(&lines);
    let naming = Naming::of(&lines);
    let messages = Messages::of(&lines, |place| naming.who(&lines[place]));
    let from = above_talk(&lines, &naming);
    let by_heading = cut_notes(&mut lines, from, &naming);
    let stamped = lines.iter().filter(|l| l.date.is_some()).count();
    let out = Labelled {
        clock: lines.iter().any(|l| l.clock),
        chat: written || of_irc.is_some(),
        own: of_irc.unwrap_or_default(),
        began: dates.began,
        ahead_ms: dates.ahead_ms,
        local: dates.local,
        two_ways: dates.two_ways,
        no_year: dates.no_year,
        notes_from: by_heading.or(by_footer),
        from_began: most(stamped, lines.iter().filter(|l| l.at.is_some()).count(), 5),
        ..Labelled::default()
    };
    let first = |l: &Line<'_>| naming.names(l) || messages.split(l).is_some();
    let Some(first_label) = lines[from..].iter().position(first).map(|at| from + at) else {
        return Labelled { lines: lines.len(), ..out };
    };
    let mut out = Talk::new(&lines, &naming, &messages, out).read(from, first_label);
    if by_sigtop {
        out.turns.iter_mut().for_each(|turn| turn.text = signal::without_marks(&turn.text).to_owned());
    }
    // Only a chat has such, and somebody may well say "null".
    let of_chat = most(stamped, lines.len(), 3) || out.chat;
    drop_unsaid(&mut out.turns, of_chat);
    out.chat |= out.clock && (pauses(&out.turns) || is_typed(&out.turns, stamped));
    if !out.chat && lines.iter().all(|l| l.end.is_none()) {
        end_where_the_next_begins(&mut out.turns);
    }
    out
}

/// The lines of a text that hold anything, without the heads and feet of its pages.
fn lines_of(text: &str) -> Vec<Line<'_>> {
    let mut blank_above = true;
    let mut lines = Vec::new();
    let pages = labelled::pages::of(text);
    for (n, line) in text.lines().enumerate().filter(|(n, _)| !pages.contains(n)) {
        let line = look(n + 1, blank_above, line);
        blank_above = line.rest.is_empty() && line.at.is_none() && line.header.is_none();
        if !blank_above {
            lines.push(line);
        }
    }
    lines
}

/// Cuts off what stands from a place on; gives the number of the first line of it that somebody wrote.
fn cut(lines: &mut Vec<Line>, at: usize) -> Option<usize> {
    let told = lines[at..].iter().find(|l| l.whole.contains(char::is_alphanumeric) && !is_service_remark(l.whole));
    let told = told.map(|l| l.number);
    lines.truncate(at);
    told
}

/// Cuts off the notes below what is said in the lines `from` a place on; gives what [`cut`] does.
fn cut_notes(lines: &mut Vec<Line>, from: usize, naming: &Naming) -> Option<usize> {
    // Nobody writes notes below a chat.
    if lines.iter().any(|l| l.date.is_some()) {
        return None;
    }
    let said = lines.iter().enumerate().skip(from);
    let named: Vec<(usize, &str)> = said.filter_map(|(at, l)| Some((at, naming.who(l)?))).collect();
    let end = around::end(lines, &named);
    cut(lines, end)
}

/// How many lines stand above the talk: fields, and what a heading of the transcript stands below.
fn above_talk(lines: &[Line], naming: &Naming) -> usize {
    // Below a summary and its list of tasks ("Ann: send the quote") the transcript has a heading of its own.
    let heading = lines.iter().position(heads_transcript);
    let heading = heading.filter(|at| lines[at + 1..].iter().filter(|l| naming.names(l)).nth(1).is_some());
    usize::max(heading.map_or(0, |at| at + 1), around::fields(lines, &naming.habit))
}

/// Drops turns that hold no words, and what stands for a picture before its caption.
fn drop_unsaid(turns: &mut Vec<Turn>, of_chat: bool) {
    for turn in turns.iter_mut() {
        if let Some(caption) = caption(&turn.text).map(str::len) {
            turn.text.truncate(caption);
        }
    }
    turns.retain(|t| !t.text.is_empty() && !is_sound(&t.text) && !is_placeholder(&t.text, of_chat));
}

/// "12:30 works for me" below what somebody said: where no other line has a time, the one before words that go on in lower
/// case is one of them, unless its hour is one that nobody says: "00:12 so we met".
fn only_time_is_said(lines: &mut [Line]) {
    let mut timed = lines.iter().enumerate().filter(|(_, l)| l.at.is_some());
    let Some((at, only)) = timed.next().filter(|_| timed.next().is_none()) else { return };
    let stands_alone = only.date.is_none() && only.end.is_none() && only.header.is_none();
    let is_said = !only.whole.trim_start_matches('0').starts_with(':');
    if at > 0
        && stands_alone
        && is_said
        && only.rest.starts_with(char::is_lowercase)
        && before_colon(only.rest).is_none()
    {
        lines[at].take_back();
    }
}

/// Drops who made the transcript, "Transcribed by …", which stands last: below a rule, or in a paragraph of its own.
fn drop_colophon(lines: &mut Vec<Line>) {
    let [_, .., above, last] = &lines[..] else { return };
    if last.header.is_some() || !is_colophon(last.whole) {
        return;
    }
    let ruled = above.begins_paragraph && above.header.is_none() && !above.whole.contains(char::is_alphanumeric);
    if ruled || last.begins_paragraph {
        lines.truncate(lines.len() - if ruled { 2 } else { 1 });
    }
}

/// Whether a line is nothing but the heading of a transcript.
fn heads_transcript(line: &Line) -> bool {
    line.at.is_none() && line.header.is_none() && is_transcript_heading(line.rest)
}

const AN_HOUR_MS: u64 = 3_600_000;

/// Whether nothing was said for an hour somewhere. No call pauses for that long.
fn pauses(turns: &[Turn]) -> bool {
    let times = |pair: &[Turn]| pair[1].start_ms.zip(pair[0].start_ms);
    turns.windows(2).any(|pair| times(pair).is_some_and(|(next, last)| next >= last + AN_HOUR_MS))
}

/// Whether turns with times of day, of which `dated` have a date, were typed: each has its date, or its time is one of whole
/// minutes, and all together have fewer words than somebody speaks meanwhile.
fn is_typed(turns: &[Turn], dated: usize) -> bool {
    const MINUTE_MS: u64 = 60_000;
    /// Words a minute: who reads aloud speaks 150 and more, and a call with long pauses has half of that.
    const SLOWEST: u64 = 60;
    let times = || turns.iter().filter_map(|t| t.start_ms);
    let all = turns.len();
    let stamped = most(dated, all, 8) || (most(times().count(), all, 8) && times().all(|at| at % MINUTE_MS == 0));
    let words: usize = turns.iter().map(|t| t.text.split_whitespace().count()).sum();
    let minutes = times().max().zip(times().min()).map_or(0, |(last, first)| (last - first) / MINUTE_MS + 1);
    stamped && turns.iter().all(|t| t.end_ms.is_none()) && (words as u64) < minutes * SLOWEST
}

/// The fewest milliseconds that a spoken word takes; with it, the end of a turn whose export states only its start.
const MS_PER_WORD: u64 = 400;

/// Gives turns that have only a start an end: what the words take, but not beyond the next turn's start.
pub fn end_where_the_next_begins(turns: &mut [Turn]) {
    for place in 0..turns.len() {
        let Some(start) = turns[place].start_ms else { continue };
        // On one line, nothing but single blanks divides words.
        let words = turns[place].text.bytes().filter(|b| *b == b' ').count() as u64 + 1;
        let spoken = start + (words * MS_PER_WORD).max(600);
        let next = turns.get(place + 1).and_then(|t| t.start_ms).filter(|next| *next > start);
        turns[place].end_ms = Some(next.map_or(spoken, |next| spoken.min(next)));
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
            "Ann Lee    00:00:01    Hello: you?\nBob    00:00:03    Fine. Well, fine.",
            "Ann Lee - 00:01 - Hello: you?\nBob - 00:03 - Fine. Well, fine.",
            "00:01\tAnn Lee\tHello: you?\n00:03\tBob\tFine. Well, fine.",
            "@0:01 - Ann Lee (Acme)\nHello: you?\n@0:03 - Bob\nFine.\nWell, fine.",
            "Ann Lee (0:01 - 0:02)\nHello: you?\n\nBob (0:03 - 0:05)\nFine. Well, fine.",
            "Ann Lee 00:01.500 --> 00:02.000\nHello: you?\n\nBob 00:03.000 --> 00:05.000\nFine. Well, fine.",
            "[Ann Lee] 10:03:11\nHello: you?\n\n[Bob] 10:03:15\nFine.\nWell, fine.",
            "[12/03/2026, 10:03:11] Ann Lee: Hello: you?\n[12/03/2026, 10:03:15] Bob: Fine.\nWell, fine.",
            "2026-03-12, 10:03 - Ann Lee: Hello: you?\n2026-03-12, 10:04 - Bob: Fine.\nWell, fine.",
            "1. Ann Lee: Hello: you?\n2. Bob: Fine. Well, fine.",
            "**0:01 Ann Lee**: Hello: you?\n\n**0:03 Bob**: Fine. Well, fine.",
            "March 3, 2026 3:00 PM | Ann Lee: Hello: you?\nMarch 3, 2026 3:01 PM | Bob: Fine. Well, fine.",
            "3 Mar 2026, 15:00 - Ann Lee: Hello: you?\n3 Mar 2026, 15:01 - Bob: Fine.\nWell, fine.",
            "Ann Lee [10:03 AM]: Hello: you?\nBob [10:04 AM]: Fine. Well, fine.",
        ] {
            for text in [text.to_owned(), text.replace('\n', "\r\n")] {
                let found = parse(&text);
                let turns: Vec<(&str, &str)> =
                    found.turns.iter().map(|t| (t.speaker.trim_end_matches(" (Acme)"), t.text.as_str())).collect();
                assert_eq!(turns, expected, "{text}");
            }
        }
    }

    #[test]
    fn text_without_speakers_gives_nothing() {
        assert!(parse("Dear all,\nhere it comes: the end.\nYours").turns.is_empty());
    }
}
