//! Times: offsets inside a transcript ("00:01:02.500"), and the moment that a file name tells.
//!
//! A time without a zone is UTC: the same export must read the same on every machine, whatever its clock is set to. Which zones
//! are known stands in `zone`.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};

use crate::{
    calendar::{month, month_before_day},
    conversation::{LONGEST_MS, Timestamp},
};
use words::Half;
use zone::{Before, Zone};

pub(super) mod words;
pub(super) mod zone;

/// Milliseconds of "h:mm:ss.mmm", "mm:ss,mmm", "m:ss", "1:02:03" or "75.25" (seconds) where `text` is just that.
pub fn offset_ms(text: &str) -> Option<u64> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || (fraction.is_empty() && whole.len() != text.len()) {
        return None;
    }
    let mut seconds = 0u64;
    let mut parts = 0;
    for part in whole.split(':') {
        parts += 1;
        if part.is_empty() || part.len() > 6 || !part.bytes().all(|b| b.is_ascii_digit()) || parts > 3 {
            return None;
        }
        seconds = seconds * 60 + part.parse::<u64>().ok()?;
    }
    let digits = &fraction[..fraction.len().min(3)];
    let ms = digits.parse::<u64>().unwrap_or(0) * [1, 100, 10, 1][digits.len()];
    Some(seconds * 1000 + ms).filter(|ms| *ms <= LONGEST_MS)
}

/// Milliseconds of a time with frames behind its seconds, "00:01:02:12", without them, else as [`offset_ms`] reads it.
pub fn timecode_ms(text: &str) -> Option<u64> {
    match text.rsplit_once([':', ';']) {
        Some((time, frames)) if frames.len() == 2 && time.bytes().filter(|b| *b == b':').count() == 2 => {
            frames.bytes().all(|b| b.is_ascii_digit()).then(|| offset_ms(time))?
        }
        _ => offset_ms(text),
    }
}

/// Milliseconds of a length of time as ISO 8601 writes it, "PT1M2.5S".
pub fn length_ms(text: &str) -> Option<u64> {
    let length: jiff::SignedDuration = text.strip_prefix("PT").map(|_| text)?.parse().ok()?;
    seconds_ms(length.as_secs_f64())
}

/// Seconds as a vendor's JSON has them, in milliseconds; absent where negative or not finite.
pub fn seconds_ms(seconds: f64) -> Option<u64> {
    let ms = (seconds * 1000.0).round();
    (0.0..=LONGEST_MS as f64).contains(&ms).then_some(ms as u64)
}

/// The moment that a path tells: that of its file name, else of the nearest folder that has one.
///
/// Read are ISO dates (`2026-02-12`, `20260212`, with `_`, `.` or blanks too), `12 Feb 2026` and `Feb 12, 2026` in the languages
/// of [`crate::calendar`] (`12. März 2026`, `12th Mar, 2026`, `12 de marzo de 2026`, `2026年3月12日`), each with a
/// time behind it where there is one (`_0918`, `T09:18:30`, `-091830`, ` 09.18.33`, ` um 9:18 Uhr`, ` à 9h18`). Orders that only a habit decides
/// (`02-03-2026`) are read where one number is above 12, and else not at all.
pub fn in_path(path: &str) -> Option<Timestamp> {
    path.rsplit('/').find_map(|name| Some(found(name, true)?.moment()?.0))
}

/// The moment in a text that gives one: an ISO time with zone, or what [`in_path`] reads.
pub fn in_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>().ok().or_else(|| Some(found(text, false)?.moment()?.0))
}

/// How far the clock on the wall where a text with a moment was written is ahead of UTC, in milliseconds; 0 where it does not
/// tell.
pub fn ahead_of_utc(text: &str) -> i64 {
    let found = || found(text.trim(), false)?.moment();
    found().map_or(0, |(_, zone)| i64::from(zone) * 1000)
}

/// Whether a text gives a time of day by a clock whose zone it does not tell, not even in words that are not known.
pub fn is_local(text: &str) -> bool {
    let text = text.trim();
    let ordered = || [true, false].into_iter().find_map(|day_first| ordered(text, day_first));
    let local = |text: &str| Some(found(text, false)?.is_local());
    text.parse::<Timestamp>().is_err() && local(text).or_else(|| local(&ordered()?)).unwrap_or(false)
}

/// The same of the moment that [`in_path`] reads.
pub fn is_local_in_path(path: &str) -> bool {
    path.rsplit('/').find_map(|name| found(name, true)).is_some_and(|found| found.is_local())
}

/// The words behind the time of a text that look like those of a zone and are none that is known, so that the time was taken for
/// UTC: "IST" of "March 3, 2026 10:00 AM IST".
pub fn unknown_zone(text: &str) -> Option<&str> {
    let text = text.trim();
    if text.parse::<Timestamp>().is_ok() {
        return None;
    }
    let found = found(text, false).filter(|found| found.time.is_some())?;
    zone::unknown_at_head(found.behind, found.before)
}

/// Whether the day stands before the month in the dates of one source, as any of them tells in which only one order fits, or
/// which is written with full stops.
pub fn day_first<'a>(mut dates: impl Iterator<Item = &'a str>) -> Option<bool> {
    dates.find_map(|date| {
        let [first, second, _] = numbers(date)?;
        let stops = date.split([' ', ',']).next().is_some_and(|day| day.contains('.'));
        (first > 12 || second > 12 || stops).then_some(second <= 12)
    })
}

/// The moment in a text, as [`in_text`] reads it, and of "3/4/2026 10:03" too where the order of its source is known.
pub fn in_ordered_text(text: &str, day_first: Option<bool>) -> Option<Timestamp> {
    in_text(text).or_else(|| in_text(&ordered(text, day_first?)?))
}

/// "3/4/2026 10:03" with its date as ISO writes it.
fn ordered(text: &str, day_first: bool) -> Option<String> {
    let [first, second, year] = numbers(text)?;
    let (month, day) = if day_first { (second, first) } else { (first, second) };
    let rest = &text[text.find([' ', ',']).unwrap_or(text.len())..];
    Some(format!("{year}-{month:02}-{day:02}{rest}"))
}

/// Whether a cell is a time of day, "15:04" or "3:04 PM".
pub fn is_clock(cell: &str) -> bool {
    cell.split_once(':')
        .is_some_and(|(hour, _)| (1..=2).contains(&hour.len()) && hour.bytes().all(|b| b.is_ascii_digit()))
}

/// The text of a date with the time of day that stands beside it, where the date is a day alone. Spreadsheets write that with a
/// midnight behind it.
pub fn with_clock<'a>(date: &'a str, clock: Option<&str>) -> Cow<'a, str> {
    let day = date.strip_suffix("00:00:00").map_or(date, |day| day.trim_end_matches([' ', 'T']));
    let timed = || day.contains(':') || found(day, false).is_some_and(|found| found.time.is_some());
    match clock.filter(|clock| is_clock(clock) && !timed()) {
        Some(clock) => Cow::Owned(format!("{day} {clock}")),
        None => Cow::Borrowed(date),
    }
}

/// The three numbers of "3/4/2026 10:03" and "3/4/26".
fn numbers(date: &str) -> Option<[u16; 3]> {
    let day = date.split([' ', ',']).next()?;
    let mut parts = day.split(['/', '-', '.']);
    let mut next = || parts.next().filter(|p| p.len() <= 4)?.parse::<u16>().ok();
    let [first, second, year] = [next()?, next()?, next()?];
    let year = if year < 100 { year + 2000 } else { year };
    (first <= 31 && second <= 31 && year >= 1900).then_some([first, second, year])
}

/// The moment of Unix seconds or milliseconds, told apart by size.
pub fn unix(number: f64) -> Option<Timestamp> {
    if !number.is_finite() || number <= 0.0 {
        return None;
    }
    let seconds = if number >= 1e11 { number / 1000.0 } else { number };
    // Below 1990 it is a duration or an index, not a moment.
    (6.3e8..4.2e9).contains(&seconds).then(|| Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok())?
}

/// Times of day in the order in which they passed, counted on over midnight: one that falls by more than half a day is of the
/// next.
#[derive(Debug, Default)]
pub struct Midnight {
    last: Option<u64>,
    /// Whether the last one was reached by a leap: "11:30 PM is too late" on a morning is no time that passed.
    leapt: bool,
    days: u64,
}

impl Midnight {
    /// Milliseconds since the midnight before the first, for `of_day` since the last midnight.
    pub fn pass(&mut self, of_day: u64) -> u64 {
        const DAY: u64 = 86_400_000;
        if let Some(last) = self.last {
            if of_day + DAY / 2 < last && !self.leapt {
                self.days += 1;
            }
            self.leapt = of_day > last + DAY / 4;
        }
        self.last = Some(of_day);
        of_day + self.days * DAY
    }
}

/// A day in a text: "2026-02-12", "20260212", "2026-02-12T…", "12 Feb 2026", "2/28/2026"; "2/3/2026" where the order of its source
/// is known.
pub fn day(text: &str, day_first: Option<bool>) -> Option<Date> {
    let text = text.trim();
    // The day is that of the clock by which it was written: 23:30 of one zone is the next day in another.
    let wall = |text: &str| {
        let at = in_text(text)?;
        let there = at.checked_add(jiff::SignedDuration::from_millis(ahead_of_utc(text))).ok()?;
        Some(there.to_zoned(jiff::tz::TimeZone::UTC).date())
    };
    wall(text).or_else(|| wall(&ordered(text, day_first?)?))
}

/// A run of digits or letters of a name.
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    /// What stands between it and the run before.
    pub(super) gap: &'a str,
    /// All that follows it.
    pub(super) behind: &'a str,
}

pub(super) fn runs(name: &str) -> Vec<Run<'_>> {
    let mut out: Vec<Run> = Vec::new();
    let kind = |c: char| {
        if c.is_ascii_digit() {
            1
        } else if c.is_alphabetic() {
            2
        } else {
            0
        }
    };
    let (mut end_of_last, mut start, mut now) = (0, 0, 0);
    // A file name is short; what is longer is no name.
    for (at, c) in name.char_indices().take(400).chain([(name.len(), ' ')]) {
        if !name.is_char_boundary(at) {
            break;
        }
        if kind(c) != now {
            if now != 0 {
                out.push(Run { text: &name[start..at], gap: &name[end_of_last..start], behind: &name[at..] });
                end_of_last = at;
            }
            (start, now) = (at, kind(c));
        }
    }
    out
}

/// A date with its time of day, in a text.
struct Found<'a> {
    date: Date,
    /// Absent where it is a date alone.
    time: Option<Time>,
    zone: Option<Zone>,
    /// What follows the time.
    behind: &'a str,
    before: Before,
}

impl Found<'_> {
    fn is_local(&self) -> bool {
        self.time.is_some() && self.zone.is_none() && zone::unknown_at_head(self.behind, self.before).is_none()
    }

    /// The moment, and its zone's seconds east of UTC.
    fn moment(&self) -> Option<(Timestamp, i32)> {
        let local = DateTime::from_parts(self.date, self.time.unwrap_or(Time::midnight()));
        let east = self.zone.map_or(0, |zone| zone.seconds_east(local));
        let of_utc = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        Some((of_utc.checked_sub(jiff::SignedDuration::from_secs(i64::from(east))).ok()?, east))
    }
}

/// The first date in a text, with its time; `in_name`: whether the text is the name of a file.
fn found(text: &str, in_name: bool) -> Option<Found<'_>> {
    let runs = runs(text);
    (0..runs.len()).find_map(|at| {
        let (date, used) = date_at(&runs[at..]).or_else(|| american_date_at(&runs[at..], in_name))?;
        let packed = is_packed(runs[at].text, 14);
        let time = time_at(&runs[at + used..], packed, in_name).unwrap_or_default();
        let Timed { time, zone, behind, before } = time;
        // Zoom's "GMT20260212-091800_Recording".
        let of_utc = || at > 0 && runs[at].gap.is_empty() && matches!(runs[at - 1].text, "GMT" | "UTC");
        let zone = zone.or_else(|| of_utc().then_some(Zone::Fixed(0)));
        Some(Found { date, time: time.or_else(|| packed_time(runs[at].text)), zone, behind, before })
    })
}

/// Whether a run is that many digits and nothing else: a day is 8, with its time 14.
fn is_packed(run: &str, digits: usize) -> bool {
    run.len() == digits && run.bytes().all(|b| b.is_ascii_digit())
}

/// The time of day in "20260212091833".
fn packed_time(run: &str) -> Option<Time> {
    if is_packed(run, 14) { clock(&run[8..10], &run[10..12], &run[12..14]) } else { None }
}

pub(super) fn number(run: &Run) -> Option<i16> {
    if run.text.len() <= 4 && run.text.as_bytes()[0].is_ascii_digit() { run.text.parse().ok() } else { None }
}

pub(super) fn date(y: i16, m: i16, d: i16) -> Option<Date> {
    if !(1990..=2100).contains(&y) {
        return None;
    }
    Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()
}

/// A date at the head of `runs`, and how many runs it takes.
fn date_at(runs: &[Run]) -> Option<(Date, usize)> {
    let first = runs[0].text;
    if is_packed(first, 8) || is_packed(first, 14) {
        return Some((date(first[..4].parse().ok()?, first[4..6].parse().ok()?, first[6..8].parse().ok()?)?, 1));
    }
    let [a, b, c, ..] = runs else { return None };
    let near = b.gap.len() <= 2 && c.gap.len() <= 2;
    if !near {
        return words::date_at(runs);
    }
    let found = match (number(a), number(b), number(c)) {
        // The year of "3/4/2026 10:03" begins no other date with the time behind it.
        (Some(y), Some(m), Some(d)) if a.text.len() == 4 && b.gap == c.gap && c.gap != ":" => date(y, m, d),
        (Some(x), Some(y), Some(z)) if c.text.len() == 4 && b.gap == c.gap && !b.gap.is_empty() => {
            match (x > 12, y > 12) {
                (true, false) => date(z, y, x),
                (false, true) => date(z, x, y),
                _ if x == y => date(z, x, y),
                // With full stops the day stands first wherever people write so.
                _ if c.gap.trim_end() == "." => date(z, y, x),
                _ => None,
            }
        }
        (Some(d), None, Some(y)) => month(b.text).and_then(|m| date(y, m, d)),
        (None, Some(d), Some(y)) => month_before_day(a.text).and_then(|m| date(y, m, d)),
        _ => None,
    };
    found.map(|d| (d, 3)).or_else(|| words::date_at(runs))
}

/// "06/09/2026 10:00 AM EDT" at the head of `runs`, and how many runs the date takes: where those clocks are, the month stands
/// first.
fn american_date_at(runs: &[Run], in_name: bool) -> Option<(Date, usize)> {
    let [month, day, year, rest @ ..] = runs else { return None };
    let slashes = day.gap == "/" && year.gap == "/" && year.text.len() == 4 && short(month) && short(day);
    let zone = || time_at(rest, false, in_name)?.zone;
    let american = slashes && zone().is_some_and(Zone::is_american);
    american.then(|| Some((date(number(year)?, number(month)?, number(day)?)?, 3)))?
}

/// Whether `text` holds a date that reads in two ways, "03/04/2026", and none that reads in one.
pub fn reads_two_ways(text: &str) -> bool {
    let runs = runs(text);
    let two = |runs: &[Run]| {
        let [a, b, c, ..] = runs else { return false };
        let (Some(x), Some(y), Some(_)) = (number(a), number(b), number(c)) else { return false };
        let one_mark = b.gap == c.gap && matches!(b.gap, "/" | "-");
        let year = c.text.len() == 4 && c.text.parse().is_ok_and(|year: i16| (1990..=2100).contains(&year));
        a.text.len() <= 2
            && b.text.len() <= 2
            && one_mark
            && year
            && x != y
            && (1..=12).contains(&x)
            && (1..=12).contains(&y)
    };
    in_text(text).is_none() && (0..runs.len()).any(|at| two(&runs[at..]))
}

pub(super) fn clock(h: &str, m: &str, s: &str) -> Option<Time> {
    let (h, m, s) = (h.parse().ok()?, m.parse().ok()?, if s.is_empty() { 0 } else { s.parse().ok()? });
    Time::new(h, m, s, 0).ok()
}

/// A time of day, and what stands behind it.
#[derive(Default)]
struct Timed<'a> {
    time: Option<Time>,
    zone: Option<Zone>,
    behind: &'a str,
    before: Before,
}

/// A time of day at the head of `runs`. `packed`: whether it was part of the date.
fn time_at<'a>(runs: &[Run<'a>], packed: bool, in_name: bool) -> Option<Timed<'a>> {
    let mut runs = runs;
    let iso = matches!(runs, [t, ..] if t.text == "T" && t.gap.is_empty());
    // "2026-02-12T0918" and "… at 09.18".
    if let [first, ..] = runs
        && matches!(first.text, "T" | "t" | "at")
    {
        runs = &runs[1..];
    } else {
        runs = words::behind_date(runs);
    }
    // "午後3:04": half of the day stands first.
    let before = runs.first().and_then(|run| words::half(run.text)).filter(|_| runs.len() > 1);
    runs = &runs[usize::from(before.is_some())..];
    let in_words = if packed { None } else { words::time_at(runs) };
    let (time, used) = match runs {
        _ if packed => (None, 0),
        _ if in_words.is_some() => in_words.unwrap_or_default(),
        [a, ..] if a.gap.chars().count() <= 2 && (a.text.len() == 4 || a.text.len() == 6) && number_like(a) => {
            (clock(&a.text[..2], &a.text[2..4], &a.text[4..]), 1)
        }
        [a, b, rest @ ..]
            if a.gap.chars().count() <= 3 && short(a) && short(b) && b.text.len() == 2 && between(b.gap) =>
        {
            match rest {
                [c, ..] if short(c) && c.text.len() == 2 && c.gap == b.gap => (clock(a.text, b.text, c.text), 3),
                _ => (clock(a.text, b.text, ""), 2),
            }
        }
        _ => (None, 0),
    };
    let mut at = time?;
    let in_seconds = used == 3 && runs[1].gap == ":";
    let mut rest = &runs[used..];
    // "23:30:00.000"
    if let [fraction, ..] = rest
        && in_seconds
        && matches!(fraction.gap, "." | ",")
        && number_like(fraction)
    {
        rest = &rest[1..];
    }
    let behind = || {
        let half = words::half(&rest.first()?.text.to_ascii_lowercase())?;
        Some((half, 1))
    };
    let dotted = words::dotted_half(rest);
    let half = before.map(|half| (half, 0)).or(dotted).or_else(behind);
    let mut has_half = half.is_some();
    if let Some((half, used)) = half {
        let noon = jiff::SignedDuration::from_hours(12);
        match half {
            Half::Pm if at.hour() < 12 => at += noon,
            Half::Am if at.hour() == 12 => at -= noon,
            _ => {}
        }
        rest = &rest[used..];
    }
    // "15:04 Uhr MEZ".
    if let [hour, ..] = rest
        && matches!(hour.text, "Uhr" | "uhr" | "h")
    {
        rest = &rest[1..];
    }
    // "3:00 – 3:30 PM (CET)": half of the day and zone stand behind the end.
    if let Some((end, behind)) = end_of_span(rest) {
        let half = behind.first().map(|half| half.text.to_ascii_lowercase());
        let afternoon = half.as_deref() == Some("pm");
        let noon = jiff::SignedDuration::from_hours(12);
        let end = if afternoon { end % 12 + 12 } else { end };
        if afternoon && !has_half && at.hour() + 12 <= end {
            at += noon;
        }
        let names_half = half.is_some_and(|half| half == "am" || half == "pm");
        has_half |= names_half;
        rest = &behind[usize::from(names_half)..];
    }
    // A file's name has a zone behind an ISO time alone.
    let exact = in_seconds && (iso || !in_name);
    let before = Before { exact, half: has_half, in_name };
    let behind = runs[runs.len() - rest.len() - 1].behind;
    let behind = behind.strip_prefix('.').filter(|_| dotted.is_some()).unwrap_or(behind);
    let zone = zone::at_head(behind, before).map(|(zone, _)| zone);
    Some(Timed { time: Some(at), zone, behind, before })
}

/// The hour of the time that a span ends with, " – 3:30", at the head of `runs`, and what follows.
fn end_of_span<'r, 't>(runs: &'r [Run<'t>]) -> Option<(i8, &'r [Run<'t>])> {
    let [hour, minute, behind @ ..] = runs else { return None };
    let spans = hour.gap.contains(['–', '—']) || hour.gap == " - ";
    let end = clock(hour.text, minute.text, "").filter(|_| spans && short(hour) && minute.gap == ":")?;
    Some((end.hour(), behind))
}

fn number_like(run: &Run) -> bool {
    run.text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn short(run: &Run) -> bool {
    run.text.len() <= 2 && number_like(run)
}

fn between(gap: &str) -> bool {
    matches!(gap, ":" | "." | "-" | "_" | "h" | "∶")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_file_names() {
        for (path, expected) in [
            ("acme/2026-02-12_0918_3.vtt", "2026-02-12T09:18:00Z"),
            ("acme/20260212-091833.vtt", "2026-02-12T09:18:33Z"),
            ("acme/GMT20260212-091800_Recording.transcript.vtt", "2026-02-12T09:18:00Z"),
            ("acme/2026-02-12 09.18.33 Demo 98765/closed_caption.txt", "2026-02-12T09:18:33Z"),
            ("acme/call-20260212091833.json", "2026-02-12T09:18:33Z"),
            ("acme/Demo (2026-02-12 09:18 GMT-5) – Transcript.txt", "2026-02-12T14:18:00Z"),
            ("acme/2026-02-12T09:18:00+02:00.json", "2026-02-12T07:18:00Z"),
            ("acme/2026-02-12T09:18:00-05:00.json", "2026-02-12T14:18:00Z"),
            ("acme/2026-02-12T09:18:00-0530.json", "2026-02-12T14:48:00Z"),
            ("acme/2026-02-12T09:18-05.json", "2026-02-12T09:18:00Z"),
            ("acme/2026-02-12T091800-0003.json", "2026-02-12T09:18:00Z"),
            ("acme/Demo (2026-02-12 09:18 EST) – Transcript.txt", "2026-02-12T14:18:00Z"),
            ("acme/Feb 12, 2026 9:18 PM (CEST).txt", "2026-02-12T19:18:00Z"),
            ("acme/Feb 12, 2026 3:00 – 3:30 PM (CET).txt", "2026-02-12T14:00:00Z"),
            ("acme/Feb 12, 2026, 3:00 PM - 3:30 PM EST.txt", "2026-02-12T20:00:00Z"),
            ("acme/Feb 12, 2026 11:30–12:30 pm.txt", "2026-02-12T11:30:00Z"),
            ("acme/Feb 12, 2026 11:00 AM – 1:30 PM.txt", "2026-02-12T11:00:00Z"),
            ("acme/2026-02-12 15:00 – 15:30 GMT+1.txt", "2026-02-12T14:00:00Z"),
            ("acme/2026-02-12 09:18 Best call.txt", "2026-02-12T09:18:00Z"),
            ("acme/2026-02-12 09:18 - WEST Pharma.txt", "2026-02-12T09:18:00Z"),
            ("acme/12 Feb 2026 demo.txt", "2026-02-12T00:00:00Z"),
            ("acme/February 12, 2026 at 2.05 PM.txt", "2026-02-12T14:05:00Z"),
            ("acme/02.03.2026.txt", "2026-03-02T00:00:00Z"),
            ("acme/28-02-2026.txt", "2026-02-28T00:00:00Z"),
            ("acme/2-28-2026 call.txt", "2026-02-28T00:00:00Z"),
            ("acme/2026.02.12 demo.txt", "2026-02-12T00:00:00Z"),
            ("2026-02-12 demo/call 2.txt", "2026-02-12T00:00:00Z"),
            ("Donnerstag, 12. März 2026 um 15:04 Uhr", "2026-03-12T15:04:00Z"),
            ("12. März 2026, 15:04 Uhr MEZ", "2026-03-12T14:04:00Z"),
            ("jeudi 12 mars 2026 à 15h04", "2026-03-12T15:04:00Z"),
            ("le 1er févr. 2026", "2026-02-01T00:00:00Z"),
            ("jueves, 12 de marzo de 2026, 3:04 p. m.", "2026-03-12T15:04:00Z"),
            ("quinta-feira, 12 de março de 2026 às 15:04", "2026-03-12T15:04:00Z"),
            ("12th Mar, 2026 - 3:04 PM", "2026-03-12T15:04:00Z"),
            ("March 12th, 2026 3:04 p.m.", "2026-03-12T15:04:00Z"),
            ("12 мар. 2026 г., 15:04", "2026-03-12T15:04:00Z"),
            // Two of seven letters, which are as many bytes as the digits of a packed moment, and one of five.
            ("февраля 12, 2026 15.04", "2026-02-12T15:04:00Z"),
            ("октября 12, 2026 15:04 MEZ", "2026-10-12T14:04:00Z"),
            ("марта 12, 2026 15.04", "2026-03-12T15:04:00Z"),
            ("2026. március 12. 15:04", "2026-03-12T15:04:00Z"),
            ("2026年3月12日 15:04", "2026-03-12T15:04:00Z"),
            ("2026年3月12日(木) 15時04分", "2026-03-12T15:04:00Z"),
            ("2026年3月12日 下午3:04", "2026-03-12T15:04:00Z"),
            ("2026년 3월 12일 목요일 오후 3:04", "2026-03-12T15:04:00Z"),
            ("Thu 12 Mar 2026 @ 3:04pm", "2026-03-12T15:04:00Z"),
            ("den 12 mars 2026 kl. 15.04", "2026-03-12T15:04:00Z"),
        ] {
            assert_eq!(in_path(path).map(|t| t.to_string()).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "acme/02-03-2026.txt",
            "acme/12345678.vtt",
            "acme/call with Ian 12 2026.txt",
            "acme/Set 3 2026.txt",
            "acme/call 3 of 12 (v2).txt",
            "acme/2026-13-40.vtt",
            "acme/03-12-2026 10:03 AM.vtt",
            "x/ünï 20991399",
        ] {
            assert_eq!(in_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_date_that_reads_two_ways_is_told_from_one_that_reads_one() {
        for (text, two) in [
            ("Meeting 03/04/2026 15:04", true),
            ("03-04-2026", true),
            ("03/13/2026", false),
            ("04/04/2026", false),
            ("03.04.2026", false),
            ("2026-03-04", false),
            ("03/04/2026, that is 4 March 2026", false),
            ("1/2 of 2026", false),
            ("call 3", false),
        ] {
            assert_eq!(reads_two_ways(text), two, "{text}");
        }
    }

    #[test]
    fn where_american_clocks_are_the_month_stands_first() {
        for (text, moment) in [
            ("06/09/2026 10:00 AM EDT", Some("2026-06-09T14:00:00Z")),
            ("6/9/2026, 10:00:30 (PST)", Some("2026-06-09T18:00:30Z")),
            ("06/09/2026 10:00 AM", None),
            ("06/09/2026 10:00 GMT-5", None),
            ("06/09/2026 EST", None),
            ("30/09/2026 10:00 EST", Some("2026-09-30T15:00:00Z")),
        ] {
            assert_eq!(in_text(text).map(|t| t.to_string()).as_deref(), moment, "{text}");
        }
    }

    #[test]
    fn clocks_go_on_over_midnight() {
        for (hours, expected) in [
            (&[22, 23, 0, 1][..], &[22, 23, 24, 25][..]),
            (&[10, 11, 23, 11, 12], &[10, 11, 23, 11, 12]),
            (&[10, 9, 11], &[10, 9, 11]),
        ] {
            let mut midnight = Midnight::default();
            let passed: Vec<u64> = hours.iter().map(|h| midnight.pass(h * 3_600_000) / 3_600_000).collect();
            assert_eq!(passed, expected, "{hours:?}");
        }
    }

    #[test]
    fn zones_in_texts() {
        for (text, expected) in [
            ("2026-03-03 23:30:00 -0500", "2026-03-04T04:30:00Z"),
            ("2026-03-03 23:30:00-05", "2026-03-04T04:30:00Z"),
            ("2026-03-03 23:30:00.000 +0500", "2026-03-03T18:30:00Z"),
            ("2026-03-03 23:30 -0500", "2026-03-04T04:30:00Z"),
            ("March 3, 2026 10:00 AM ET", "2026-03-03T15:00:00Z"),
            ("July 3, 2026 10:00 a.m. ET", "2026-07-03T14:00:00Z"),
            ("Mar 3, 2026 10:00 AM Pacific Time (US and Canada)", "2026-03-03T18:00:00Z"),
            ("3/4/2026 10:00 AM CT", "2026-03-04T16:00:00Z"),
            ("March 3, 2026 10:00 AM IST", "2026-03-03T10:00:00Z"),
        ] {
            assert_eq!(in_text(text).map(|t| t.to_string()).as_deref(), Some(expected), "{text}");
        }
        for (text, expected) in [
            ("March 3, 2026 10:00 AM IST", Some("IST")),
            ("2026-03-03 10:00 (Brasilia Time)", Some("Brasilia Time")),
            ("March 3, 2026 10:00 AM ET", None),
            ("March 3, 2026 ACME", None),
            ("2026-03-03T10:00:00Z", None),
        ] {
            assert_eq!(unknown_zone(text), expected, "{text}");
        }
    }

    #[test]
    fn a_clock_whose_zone_is_told_is_known_from_one_whose_is_not() {
        for (text, local) in [
            ("2026-03-03 10:00", true),
            ("2026-03-03", false),
            ("3/4/2026 10:00 AM", true),
            ("3/4/2026 10:00 AM -0500", false),
            ("2026-03-03T10:00:00Z", false),
            ("March 3, 2026 10:00 AM ET", false),
            ("March 3, 2026 10:00 AM IST", false),
        ] {
            assert_eq!(is_local(text), local, "{text}");
        }
        assert!(is_local_in_path("acme/2026-02-12_0918 call.txt"));
        assert!(!is_local_in_path("acme/GMT20260212-091800_Recording.transcript.vtt"));
        assert!(!is_local_in_path("acme/Review-20260212_150412UTC-Meeting Recording.vtt"));
    }

    #[test]
    fn one_date_tells_the_order_of_all() {
        for (dates, first, moment) in [
            (["3/4/2026 10:03", "3/14/2026"], Some(false), Some("2026-03-04T10:03:00Z")),
            (["03/04/26, 10:03", "14/04/26"], Some(true), Some("2026-04-03T10:03:00Z")),
            (["3/4/2026", "4/3/2026"], None, None),
            (["03.04.26 10:03", "04.04.26"], Some(true), Some("2026-04-03T10:03:00Z")),
        ] {
            let order = day_first(dates.into_iter());
            assert_eq!(order, first, "{dates:?}");
            assert_eq!(in_ordered_text(dates[0], order).map(|t| t.to_string()).as_deref(), moment, "{dates:?}");
        }
    }

    #[test]
    fn offsets() {
        for (text, ms) in [
            ("00:00:01.500", 1500),
            ("1:02:03", 3_723_000),
            ("05.250", 5250),
            ("0:29", 29_000),
            ("00:01,5", 1500),
            ("75.25", 75_250),
        ] {
            assert_eq!(offset_ms(text), Some(ms), "{text}");
        }
        assert_eq!(timecode_ms("00:01:02:12"), Some(62_000));
        assert_eq!(timecode_ms("0:29"), Some(29_000));
        for text in ["", "a:bc", "1:2:3:4", "1::2", "-1:00", "99999999", "1.", "1.x"] {
            assert_eq!(offset_ms(text), None, "{text}");
        }
    }
}
