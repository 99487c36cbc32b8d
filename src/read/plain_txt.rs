//! `Speaker: words` in its many habits; see `labelled_text`.

use super::{Format, Input, Likeness, Read, Skipped, encoding, labelled_text, when};
use crate::{
    calendar::{MONTHS, WEEK_DAYS},
    conversation::{Channel, Turn},
};

/// `Speaker: words` as plain text.
pub struct PlainTxt;

impl Format for PlainTxt {
    fn name(&self) -> &'static str {
        "plain-txt"
    }
    fn doc(&self) -> &'static str {
        "\"Speaker: words\" as text, with or without times, names above or before the words"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if encoding::is_binary(input.bytes)
            || input.head().trim_start().starts_with(['{', '<'])
            || input.json().is_some()
        {
            return Likeness::No;
        }
        let found = labelled_text::parse(input.head());
        if found.labelled >= 2 && found.labelled * 5 >= found.lines {
            Likeness::Likely
        } else if found.labelled >= 1 && found.labelled * 2 >= found.lines {
            Likeness::Perhaps
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        read(self, input)
    }
}

/// Reads labelled text for any format that consists of it.
pub fn read(format: &dyn Format, input: &Input) -> Result<Read, Skipped> {
    read_text(format, input, input.text())
}

/// Reads labelled text that is a part of `input`.
pub fn read_text(format: &dyn Format, input: &Input, text: &str) -> Result<Read, Skipped> {
    let found = labelled_text::parse(text);
    let channel = if found.chat { Channel::Chat } else { Channel::Call };
    let mut conversation = input.conversation(format, channel, None);
    conversation.turns = found.turns;
    conversation.started_at = found.began.or(conversation.started_at);
    // The service's own line at the end is nobody's words.
    if let Some(last) = conversation.turns.last_mut()
        && let Some(at) = last.text.find("Transcribed by https://otter.ai")
    {
        last.text.truncate(at);
        last.text.truncate(last.text.trim_end().len());
    }
    conversation.turns.retain(|t| !t.text.is_empty());
    if conversation.turns.is_empty() {
        return Err(input.skipped(
            None,
            "no_speakers",
            "no line of the text names its speaker; write \"Name: words\", one turn a line",
        ));
    }
    let mut skipped = Vec::new();
    let mut preamble = found.preamble.into_iter();
    // By the clock on the wall there, which times of day in the text are of too.
    let mut ahead = 0;
    let mut moment = |text: &str| when::in_text(text).inspect(|_| ahead = when::ahead_of_utc(text));
    if let Some((_, title)) = preamble.next() {
        conversation.started_at = conversation.started_at.or_else(|| moment(&title));
        // Markdown's marks are no part of it.
        conversation.title = title.trim_matches(['#', '*', ' ']).to_owned();
    }
    for (place, (line, text)) in preamble.enumerate() {
        // Further down are notes, and their dates are of what was agreed.
        if place < DATED {
            conversation.started_at = conversation.started_at.or_else(|| moment(&text));
        }
        if says_only_when(&text) {
            continue;
        }
        skipped.push(input.skipped(
            Some(line),
            "preamble",
            "a line before the first speaker was read as part of the heading, not as words",
        ));
    }
    let started = conversation.started_at.map(|started| started.as_millisecond() + ahead);
    from_time_of_day(&mut conversation.turns, started);
    Ok(Read { conversations: vec![conversation], skipped, ..Read::default() })
}

/// Whether a line of a heading says when a call was or how long it took, and nothing that somebody could miss:
/// "May 27, 2026, 10:00 AM", "15m 2s". English; in other languages the line is told like any other.
pub fn says_only_when(text: &str) -> bool {
    let is_zone = |word: &str| (2..=5).contains(&word.len()) && word.chars().all(|c| c.is_ascii_uppercase());
    let known = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        OF_TIME.contains(&lower.as_str()) || is_zone(word) || {
            let named = |names: &[&str]| names.iter().any(|name| lower.len() >= 3 && name.starts_with(&lower));
            named(&MONTHS) || named(&WEEK_DAYS)
        }
    };
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    text.chars().any(|c| c.is_ascii_digit()) && words.all(|word| known(&word))
}

/// Words of a date, a time of day or a length, but for names.
const OF_TIME: &[&str] = &[
    "am", "pm", "at", "on", "to", "from", "h", "m", "s", "hr", "hrs", "min", "mins", "sec", "secs", "hour", "hours",
    "minute", "minutes", "second", "seconds", "st", "nd", "rd", "th", "t", "z", "date", "time", "duration", "length",
    "sept",
];

/// Within how many lines below its first a heading says when the call was.
const DATED: usize = 12;

/// Turns whose times are of the day, "10:00:03" under a heading that says "10:00", get offsets from the first; and so does what
/// begins later than any call's first word. `started`: milliseconds by the clock on the wall.
fn from_time_of_day(turns: &mut [Turn], started: Option<i64>) {
    const NEAR: u64 = 15 * 60_000;
    const NO_OFFSET: u64 = 5 * 3_600_000;
    let Some(first) = turns.iter().find_map(|t| t.start_ms).filter(|first| *first >= 3_600_000) else { return };
    let of_day = started.map(|started| u64::try_from(started.rem_euclid(86_400_000)).unwrap_or(0));
    if first < NO_OFFSET && of_day.is_none_or(|of_day| first.abs_diff(of_day) > NEAR) {
        return;
    }
    for turn in turns {
        for time in [&mut turn.start_ms, &mut turn.end_ms] {
            *time = time.map(|at| at.saturating_sub(first));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_says_only_when_is_known_from_one_with_something_to_miss() {
        for (line, only) in [
            ("May 27, 2026, 10:00AM", true),
            ("15m 2s", true),
            ("Tue, Mar 3, 2026 8:00 PM PST", true),
            ("March 3, 2026 3:00 PM – 3:30 PM (CET)", true),
            ("Date: 2026-03-03T10:00Z", true),
            ("Duration: 1 hour 2 minutes", true),
            ("March", false),
            ("Send the offer by March 3", false),
            ("3 open points", false),
            ("27. Mai 2026", false),
        ] {
            assert_eq!(says_only_when(line), only, "{line}");
        }
    }
}
