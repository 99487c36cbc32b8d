//! The dates before the times of a labelled text: in which order their numbers stand, and what they make of times of day.

use crate::{
    conversation::Timestamp,
    read::{labelled::line::Line, when},
};

const DAY_MS: u64 = 86_400_000;
const NOON_MS: u64 = DAY_MS / 2;

/// What the dates of a text tell.
#[derive(Debug, Default, PartialEq)]
pub struct Dates {
    /// When the first message was written, where its date reads in one way.
    pub began: Option<Timestamp>,
    /// How far the clock on the wall there is ahead of UTC, in milliseconds.
    pub ahead_ms: i64,
    /// Whether nothing tells the zone of that clock.
    pub local: bool,
    /// The line of the first date, from 1, where it reads in two ways and nothing in the text tells which.
    pub two_ways: Option<usize>,
    /// The line of the first date, from 1, where it has no year.
    pub no_year: Option<usize>,
}

/// Adds to times of day behind a date the days since the first.
pub fn days(lines: &mut [Line]) -> Dates {
    let order = order(lines);
    let day_of = |date: &str| Some(when::in_ordered_text(date, order)?.as_millisecond());
    let Some((number, first)) = lines.iter().find_map(|l| Some((l.number, l.date?))) else { return Dates::default() };
    let began = day_of(first);
    let lacks_year = first.trim_end_matches('.').matches(['/', '.', '-']).count() == 1;
    let no_year = (began.is_none() && lacks_year).then_some(number);
    let two_ways = (began.is_none() && when::reads_two_ways(&with_century(first))).then_some(number);
    let (mut last, mut since) = (first, 0);
    let (mut at_first, mut zone) = (None, None);
    for line in lines.iter_mut() {
        let Some(date) = line.date else { continue };
        if date != last {
            // Dates whose order nobody knows still tell that another day has come.
            let told = began.zip(day_of(date)).and_then(|(began, day)| u64::try_from(day - began).ok());
            since = told.unwrap_or(since + DAY_MS);
            last = date;
        }
        if at_first.is_none() {
            (at_first, zone) = (line.at, line.zone);
        }
        line.at = line.at.map(|at| at + since);
    }
    let local = || Timestamp::from_millisecond(began? + i64::try_from(at_first?).ok()?).ok();
    let ahead_ms = local().zip(zone).map_or(0, |(local, zone)| {
        i64::from(zone.seconds_east(local.to_zoned(jiff::tz::TimeZone::UTC).datetime())) * 1000
    });
    let moment = || Timestamp::from_millisecond(local()?.as_millisecond() - ahead_ms).ok();
    Dates { began: moment(), ahead_ms, local: zone.is_none(), two_ways, no_year }
}

/// Times of day without a date that fall by more than half a day are of the next one.
pub fn past_midnight(lines: &mut [Line]) {
    let mut midnight = when::Midnight::default();
    for line in lines.iter_mut().filter(|l| l.clock && l.date.is_none()) {
        line.at = line.at.map(|at| midnight.pass(at));
        if let Some(end) = line.end.as_mut().filter(|end| Some(**end) < line.at) {
            *end += DAY_MS * u64::from(line.at.is_some_and(|at| at - *end > NOON_MS));
        }
    }
}

/// ", 8/12/2026" at the head of `text`, and what follows.
pub fn date_behind_time(text: &str) -> Option<(&str, &str)> {
    numeric_date(text.strip_prefix(',')?.trim_start())
}

/// "12/03/2026", "2026-03-12" or "2026. 3. 12." at the head of `text`, and what follows.
pub fn numeric_date(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    let mut blanks = 0;
    for part in 0..3 {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if !(1..=4).contains(&(rest.len() - behind.len())) {
            return None;
        }
        rest = behind;
        if part < 2 {
            let marked = rest.strip_prefix(['/', '-', '.'])?;
            let spaced = marked.strip_prefix(' ').filter(|_| rest.starts_with('.'));
            blanks += usize::from(spaced.is_some());
            rest = spaced.unwrap_or(marked);
        }
    }
    let date = &text[..text.len() - rest.len()];
    (6..=10).contains(&(date.len() - blanks)).then(|| (date, rest.trim_start_matches('.')))
}

/// Whether the day stands before the month: as a date tells that reads in one way only, as the order of the messages does, or as
/// the clock beside the date does.
fn order(lines: &[Line]) -> Option<bool> {
    let dates = || lines.iter().filter_map(|l| l.date);
    when::day_first(dates()).or_else(|| by_sequence(dates())).or_else(|| by_clock(lines))
}

/// Messages stand in the order in which they were written: of two readings, the one is right in which no date falls.
fn by_sequence<'a>(dates: impl Iterator<Item = &'a str> + Clone) -> Option<bool> {
    let rises = |day_first: bool| {
        let mut days = dates.clone().map(|date| when::in_ordered_text(date, Some(day_first)));
        let mut last = None;
        days.all(|day| {
            let (rises, known) = (day >= last, day.is_some());
            last = day;
            rises && known
        })
    };
    let (day, month) = (rises(true), rises(false));
    (day != month).then_some(day)
}

/// By the habits of the languages that write slashes (CLDR): with a clock of 24 hours and zeros before short numbers the day
/// stands first (en-GB, fr, it, pt-BR); without zeros and with a clock of "AM" and "PM" in capitals the month does (en-US).
fn by_clock(lines: &[Line]) -> Option<bool> {
    let (mut padded, mut bare, mut halves, mut whole) = (0, 0, 0, 0);
    for line in lines {
        let Some(date) = line.date.filter(|date| date.contains('/')) else { continue };
        let mut parts = date.split('/');
        let both = [parts.next()?, parts.next()?];
        padded += usize::from(both.iter().all(|part| part.len() == 2) && both.iter().any(|part| part.starts_with('0')));
        bare += usize::from(both.iter().any(|part| part.len() == 1));
        match line.half {
            Some(capitals) => halves += usize::from(capitals),
            None => whole += 1,
        }
    }
    match (padded > 0, bare > 0, halves > 0, whole > 0) {
        (true, false, false, true) => Some(true),
        (false, true, true, false) => Some(false),
        _ => None,
    }
}

/// "3/4/26" as "3/4/2026".
fn with_century(date: &str) -> String {
    match date.rsplit_once(['/', '-']) {
        Some((rest, year)) if year.len() == 2 => format!("{rest}{}20{year}", &date[rest.len()..=rest.len()]),
        _ => date.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::read::labelled::text::parse;

    #[test]
    fn the_order_of_dates_is_told_by_what_stands_beside_them() {
        for (text, began) in [
            ("03/04/2026, 15:05 - Ann: a\n03/04/2026, 15:07 - Bob: b\n", Some("2026-04-03T15:05:00Z")),
            ("3/4/26, 3:05\u{202f}PM - Ann: a\n3/4/26, 3:07\u{202f}PM - Bob: b\n", Some("2026-03-04T15:05:00Z")),
            ("3/4/26, 15:05 - Ann: a\n3/4/26, 15:07 - Bob: b\n", None),
            ("3/4/26, 3:05 pm - Ann: a\n3/4/26, 3:07 pm - Bob: b\n", None),
            // Day first, the second message would be a month before the first.
            ("3/4/26, 15:05 - Ann: a\n2/5/26, 15:07 - Bob: b\n", Some("2026-04-03T15:05:00Z")),
            ("[2026-03-12 15:05:00 +0900] Ann: a\n[2026-03-12 15:07:00 +0900] Bob: b\n", Some("2026-03-12T06:05:00Z")),
            ("[07/14/2026, 3:05 PM ET] Ann: a\n[07/14/2026, 3:07 PM ET] Bob: b\n", Some("2026-07-14T19:05:00Z")),
            ("2026-03-12T15:05:00Z Ann: a\n2026-03-12T15:07:00Z Bob: b\n", Some("2026-03-12T15:05:00Z")),
        ] {
            let found = parse(text);
            assert_eq!(found.began.map(|t| t.to_string()).as_deref(), began, "{text}");
            assert_eq!(found.two_ways, Some(1).filter(|_| began.is_none()), "{text}");
            let names: Vec<&str> = found.turns.iter().map(|t| t.speaker.as_str()).collect();
            assert_eq!(names, ["Ann", "Bob"], "{text}");
        }
    }
}
