//! Transcripts as plain text, in the many habits of writing who speaks and when.
//!
//! Known habits: `Ann: hello`, `[00:01:02] Ann: hello`, `00:01 Ann: hello`, `Ann (00:01): hello`, `00:01 | Ann: hello`,
//! `**Ann:** hello`, `[Ann] hello`; and with the name on a line of its own, the words below: `Ann  0:29`, `**Ann**  0:29`,
//! `Ann (0:29)`, `Ann (0:29 - 0:35)`, `Ann 10:03 AM`, `[Ann] 10:03:11`, `0:29 - Ann`, `@0:29 - Ann`, `0:29 | Ann`, `Ann:`,
//! `SPEAKER: S1`, or the time and the name on lines of their own; and in cells, `Ann  0:29  hello`. What one line tells is in
//! `labelled::line`, what only several tell in `labelled::layout`. The formats that write such text differ in what
//! stands around it; they share this file.

use crate::{
    conversation::{Timestamp, Turn},
    read::{
        labelled::{
            self, around,
            dates::{days, past_midnight},
            digits::western,
            irc,
            layout::{self, most, settle},
            line::{Line, bare_name, before_colon, look, time_in_name},
            message::{Messages, drop_votes, is_around_name, times_within},
            remark::{
                caption, is_chat_remark, is_colophon, is_placeholder, is_service_remark, is_transcript_heading,
                stands_for_picture, without_marks,
            },
            signal,
        },
        sounds::is_sound,
        speaker::{Habit, looks_like_name},
        turns::{append, one_line},
        when::{self, Midnight},
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
    let mut blank_above = true;
    let mut lines: Vec<Line> = Vec::new();
    let pages = labelled::pages::of(text);
    for (n, line) in text.lines().enumerate().filter(|(n, _)| !pages.contains(n)) {
        let line = look(n + 1, blank_above, line);
        blank_above = line.rest.is_empty() && line.at.is_none() && line.header.is_none();
        if !blank_above {
            lines.push(line);
        }
    }
    layout::dates_within(&mut lines);
    drop_votes(&mut lines);
    let written = lines.iter().any(|l| is_chat_remark(l.whole) || is_chat_remark(l.rest));
    let mut notes_from = None;
    let mut cut = |lines: &mut Vec<Line>, at: usize| {
        let told = lines[at..].iter().find(|l| l.whole.contains(char::is_alphanumeric) && !is_service_remark(l.whole));
        notes_from = told.map(|l| l.number).or(notes_from);
        lines.truncate(at);
    };
    if let Some(at) = around::footer(&lines) {
        cut(&mut lines, at);
    }
    settle(&mut lines);
    drop_colophon(&mut lines);
    times_within(&mut lines);
    only_time_is_said(&mut lines);
    let of_irc = irc::settle(&mut lines);
    past_midnight(&mut lines);
    let dates = days(&mut lines);
    signal::drop_quotes(&mut lines);
    let by_sigtop = signal::is_of_sigtop(&lines);
    let timed = lines.iter().filter(|l| l.at.is_some() && l.header.is_none()).count();
    // "0:29 - Ann" over her words: the line behind a time is nothing but a name, nearly always.
    let named = lines.iter().filter(|l| l.at.is_some() && l.header.is_none() && bare_name(l.rest)).count();
    let name_follows_time = named >= 2 && named * 10 >= timed * 8;
    let is_header = |l: &Line| l.header.is_some() || (name_follows_time && l.at.is_some() && bare_name(l.rest));
    let habit = habit_of(&lines, is_header);
    let names = |l: &Line| is_header(l) || habit.split(l.rest).is_some();
    let messages = Messages::of(&lines, |place| {
        let line = &lines[place];
        let alone = line.header.or_else(|| Some(line.rest).filter(|_| is_header(line)));
        alone.or_else(|| habit.split(line.rest).map(|(name, _)| name))
    });
    // Below a summary and its list of tasks ("Ann: send the quote") the transcript has a heading of its own.
    let heading = lines.iter().position(heads_transcript);
    let heading = heading.filter(|at| lines[at + 1..].iter().filter(|l| names(l)).nth(1).is_some());
    let from = usize::max(heading.map_or(0, |at| at + 1), around::fields(&lines, &habit));
    // Nobody writes notes below a chat.
    if lines.iter().all(|l| l.date.is_none()) {
        let said = lines.iter().enumerate().skip(from);
        let named: Vec<(usize, &str)> = said
            .filter_map(|(at, l)| {
                Some((at, if is_header(l) { l.header.unwrap_or(l.rest) } else { habit.split(l.rest)?.0 }))
            })
            .collect();
        let end = around::end(&lines, &named);
        cut(&mut lines, end);
    }
    let first = |l: &Line<'_>| names(l) || messages.split(l).is_some();
    let first_label = lines[from..].iter().position(first).map(|at| from + at);
    let clock = lines.iter().any(|l| l.clock);
    let dated = || lines.iter().filter(|l| l.date.is_some());
    let stamped = dated().count();
    let dates_lead = most(dated().count(), lines.len(), 3);
    let mut out =
        Labelled { clock, chat: written || of_irc.is_some(), own: of_irc.unwrap_or_default(), ..Labelled::default() };
    (out.began, out.ahead_ms, out.two_ways) = (dates.began, dates.ahead_ms, dates.two_ways);
    (out.local, out.notes_from, out.no_year) = (dates.local, notes_from, dates.no_year);
    out.from_began = most(stamped, lines.iter().filter(|l| l.at.is_some()).count(), 5);
    let Some(first_label) = first_label else {
        out.lines = lines.len();
        return out;
    };
    let mut start_of_day = lines.iter().find(|l| l.clock).and_then(|l| l.at);
    // A time on a line of its own belongs to the label below it, unless it is Google Meet's mark of each five minutes.
    let mut pending: Option<u64> = None;
    let mut open = false;
    let mut midnight = Midnight::default();
    // Directly above a speaker; what somebody wrote, a program above all, may have headings within, as a message may.
    let heads_section = |place: usize| {
        if clock || stamped > 0 || !around::is_title(lines[place].whole) {
            return false;
        }
        let next = lines.get(place + 1).filter(|next| next.begins_paragraph && names(next));
        lines[place].begins_paragraph && next.is_some()
    };
    for (place, line) in lines.iter().enumerate() {
        let at = line.at.map(|at| if line.clock { at.saturating_sub(start_of_day.unwrap_or(0)) } else { at });
        if place < first_label {
            if line.rest.is_empty() {
                // One date with its time is the call's, several are the turns'.
                pending = at.filter(|_| place >= from && (line.date.is_none() || stamped > 1));
            } else if messages.is_own(line) {
                out.chat = true;
                out.own.extend(Some(line.number).filter(|_| messages.is_doubtful(line)));
            } else {
                let no_zone = line.date.and_then(|_| when::unknown_zone(line.whole));
                out.no_zone = out.no_zone.or(no_zone.map(|_| line.number));
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
        } else if let Some((name, words)) =
            habit.split(line.rest).filter(|(name, _)| messages.allow(line, name)).or_else(|| messages.split(line))
        {
            let (name, inner) = time_in_name(name);
            let inner = inner.map(|(at, clock)| {
                let at = if clock { midnight.pass(at) } else { at };
                // Its first time of day stands in the first label, not at the head of a line.
                let first = if clock { *start_of_day.get_or_insert(at) } else { 0 };
                out.clock |= clock;
                at.saturating_sub(first)
            });
            out.labelled += 1;
            out.lines += 1;
            // WhatsApp begins with this mark what it writes itself under somebody's name: "image omitted".
            let own = line.date.is_some() && words.starts_with('\u{200e}');
            out.chat |= own;
            let blank = own || (line.date.is_some() && stands_for_picture(words));
            out.turns.push(turn(name, at.or(inner).or(pending.take()), line.end, if blank { "" } else { words }));
            open = true;
        } else if line.rest.is_empty() {
            // "SPEAKER: ANN", below it her time, below that her words.
            match out.turns.last_mut().filter(|last| open && last.text.is_empty() && last.start_ms.is_none()) {
                Some(last) => last.start_ms = at,
                None => pending = at,
            }
        } else if messages.is_own(line) {
            // "12/03/2026, 10:03 - Ann added Bob": between messages that name who writes them, it is the chat's own line.
            (open, out.chat) = (false, true);
            out.own.extend(Some(line.number).filter(|_| messages.is_doubtful(line)));
        } else if heads_section(place) || around::is_rule(line.rest) {
            // "## Pricing" and "---" between two turns are nobody's; "[Ann thinks it is too dear]" may be said.
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
    for turn in out.turns.iter_mut().filter(|_| by_sigtop) {
        turn.text = signal::without_marks(&turn.text).to_owned();
    }
    for turn in &mut out.turns {
        if let Some(caption) = caption(&turn.text).map(str::len) {
            turn.text.truncate(caption);
        }
    }
    // Only a chat has such, and somebody may well say "null".
    let of_chat = dates_lead || out.chat;
    out.turns.retain(|t| !t.text.is_empty() && !is_sound(&t.text) && !is_placeholder(&t.text, of_chat));
    // No call pauses for an hour.
    let pause =
        |pair: &[Turn]| pair[1].start_ms.zip(pair[0].start_ms).is_some_and(|(next, last)| next >= last + AN_HOUR_MS);
    out.chat |= out.clock && (out.turns.windows(2).any(pause) || is_typed(&out.turns, stamped));
    if !out.chat && lines.iter().all(|l| l.end.is_none()) {
        end_where_the_next_begins(&mut out.turns);
    }
    out
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

/// How the lines that are no headers name who speaks.
fn habit_of(lines: &[Line], is_header: impl Fn(&Line) -> bool) -> Habit {
    // Notes below a short talk are more lines than the talk, and say nothing of how its speakers are written.
    let all = lines;
    let lines = &lines[..above_notes(lines)];
    let headers = lines.iter().filter(|l| is_header(l)).count();
    let mut habit = if headers >= 2 && headers * 8 >= lines.len() {
        // Names stand on lines of their own here; a colon in the words below is a colon.
        Habit::default()
    } else {
        // Where names stand behind times, a heading without a time is none.
        let labelled = |l: &&Line| before_colon(l.rest).is_some_and(looks_like_name);
        let (with, without) = lines.iter().filter(|l| !is_header(l)).partition::<Vec<&Line>, _>(|l| l.at.is_some());
        let named = with.iter().copied().filter(labelled).count();
        let behind_times = most(named, with.len(), 8) && without.iter().copied().filter(labelled).count() < named;
        if behind_times {
            Habit::learn(with.iter().map(|l| l.rest))
        } else {
            Habit::learn(lines.iter().filter(|l| !is_header(l)).map(|l| l.rest))
        }
    };
    habit.forget(&labelled::item::items(all, &habit));
    habit.forget(&labelled::notes::labels(all, &habit));
    habit
}

/// How many lines stand above a heading of notes below which only items of lists have the look of a speaker's words; all where
/// there is none.
fn above_notes(lines: &[Line]) -> usize {
    let labelled = |l: &Line| before_colon(l.rest).is_some_and(looks_like_name);
    let heads = |l: &Line| {
        let item = labelled::notes::is_item(l.whole);
        l.at.is_none() && l.begins_paragraph && !item && labelled::notes::heads_notes(l.whole, l.whole.starts_with('#'))
    };
    let talk = |at: &usize| lines[..*at].iter().filter(|l| labelled(l)).nth(1).is_some();
    let notes = |at: &usize| {
        lines[at + 1..]
            .iter()
            .all(|l| l.at.is_none() && l.header.is_none() && (labelled::notes::is_item(l.whole) || !labelled(l)))
    };
    let found = lines.iter().position(heads).filter(talk).filter(notes);
    found.unwrap_or(lines.len())
}

/// Whether a line is nothing but the heading of a transcript.
fn heads_transcript(line: &Line) -> bool {
    line.at.is_none() && line.header.is_none() && is_transcript_heading(line.rest)
}

const AN_HOUR_MS: u64 = 3_600_000;

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

fn turn(name: &str, at: Option<u64>, end: Option<u64>, words: &str) -> Turn {
    let words = &without_marks(words);
    Turn {
        speaker: name.trim_matches(is_around_name).to_owned(),
        start_ms: at,
        end_ms: end.filter(|end| Some(*end) >= at),
        text: one_line(words),
        ..Turn::default()
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
