//! The zone behind a time: "UTC+09:00", "(GMT+9)", "-0500", "Z", "CET", "ET", "(UTC-05:00) Eastern Time (US & Canada)".
//!
//! Where summer time depends on the date, its rule stands here and is not asked of the machine, which may know another one.

use jiff::{civil::DateTime, tz::TimeZone};

/// A zone as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of UTC, whatever the date.
    Fixed(i32),
    /// The clocks of a place, by their rule as POSIX writes it: in winter and in summer, or those of one season.
    Place(&'static str),
}

const NEW_YORK: Zone = Zone::Place("EST5EDT,M3.2.0,M11.1.0");
const CHICAGO: Zone = Zone::Place("CST6CDT,M3.2.0,M11.1.0");
const DENVER: Zone = Zone::Place("MST7MDT,M3.2.0,M11.1.0");
const LOS_ANGELES: Zone = Zone::Place("PST8PDT,M3.2.0,M11.1.0");
const PARIS: Zone = Zone::Place("CET-1CEST,M3.5.0,M10.5.0/3");

const fn hours(hours: i32) -> Zone {
    Zone::Fixed(hours * 3600)
}

/// Abbreviations that mean one thing in business. Of those with two readings, "CST" and "EST" are America's and "BST" is the
/// British summer's; "IST" is three countries' and left out.
const ABBREVIATIONS: &[(&str, Zone)] = &[
    ("EST", Zone::Place("EST5")),
    ("EDT", Zone::Place("EDT4")),
    ("CST", Zone::Place("CST6")),
    ("CDT", Zone::Place("CDT5")),
    ("MST", Zone::Place("MST7")),
    ("MDT", Zone::Place("MDT6")),
    ("PST", Zone::Place("PST8")),
    ("PDT", Zone::Place("PDT7")),
    ("WET", hours(0)),
    ("WEST", hours(1)),
    ("BST", hours(1)),
    ("CET", hours(1)),
    ("CEST", hours(2)),
    ("EET", hours(2)),
    ("EEST", hours(3)),
    ("MEZ", hours(1)),
    ("MESZ", hours(2)),
    ("SGT", hours(8)),
    ("HKT", hours(8)),
    ("JST", hours(9)),
    ("KST", hours(9)),
    ("AEST", hours(10)),
    ("AEDT", hours(11)),
    ("NZST", hours(12)),
    ("NZDT", hours(13)),
];

/// What Americans write for the clocks of a place, in winter and in summer. Two letters mean other things too.
const TWO_LETTERS: &[(&str, Zone)] = &[("ET", NEW_YORK), ("CT", CHICAGO), ("MT", DENVER), ("PT", LOS_ANGELES)];

/// What stands before "Time", "Standard Time" or "Daylight Time".
const SPELLED: &[(&str, Zone)] = &[
    ("Eastern", NEW_YORK),
    ("Central European Summer", hours(2)),
    ("Central European", PARIS),
    ("Central", CHICAGO),
    ("Mountain", DENVER),
    ("Pacific", LOS_ANGELES),
    ("Greenwich Mean", hours(0)),
    ("Coordinated Universal", hours(0)),
    ("British Summer", hours(1)),
    ("India", Zone::Fixed(19_800)),
];

impl Zone {
    /// Seconds by which the clocks there are ahead of UTC when they show `local`.
    pub fn seconds_east(self, local: DateTime) -> i32 {
        match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Place(rule) => {
                let zoned = TimeZone::posix(rule).and_then(|zone| local.to_zoned(zone));
                zoned.map_or(0, |zoned| zoned.offset().seconds())
            }
        }
    }

    /// Whether people who write that zone write the month before the day, as they do where American clocks are.
    pub fn is_american(self) -> bool {
        matches!(self, Zone::Place(_)) && self != PARIS
    }
}

/// What is known of the time before a zone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before {
    /// Whether it is written to the second with colons, as programs do: a dash behind it begins a zone.
    pub exact: bool,
    /// Whether "AM" or "PM" stands behind it.
    pub half: bool,
    /// Whether it is part of a file's name, where a dash may begin a counter.
    pub in_name: bool,
}

const BLANKS: [char; 3] = [' ', '\u{a0}', '\u{202f}'];

/// The zone at the head of what follows a time, and what follows it.
pub fn at_head(text: &str, before: Before) -> Option<(Zone, &str)> {
    let (bare, in_brackets) = opened(text);
    let named = || {
        let (zone, rest) = spelled(bare).or_else(|| abbreviated(bare, before.half || in_brackets))?;
        Some((zone, rest))
    };
    let directly = bare.len() == text.len();
    let zulu = || text.strip_prefix('Z').map(|rest| (hours(0), rest));
    let offset = |text| signed(text, before, directly);
    let (zone, rest) = of_utc(bare).or_else(|| offset(bare)).or_else(zulu).or_else(named)?;
    let rest = if in_brackets { rest.strip_prefix(')')? } else { rest };
    // "(UTC-05:00) Eastern Time (US & Canada)": the offset is the winter's.
    if in_brackets && let Some(found) = spelled(rest.trim_start_matches(BLANKS)) {
        return Some(found);
    }
    (!rest.starts_with(|c: char| c.is_alphanumeric())).then_some((zone, rest))
}

/// The words at the head of what follows a time that look like a zone's and are none that is known: "IST", "Brasilia Time".
pub fn unknown_at_head(text: &str, before: Before) -> Option<&str> {
    let (bare, _) = opened(text);
    if at_head(text, before).is_some() {
        return None;
    }
    let end = bare.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(bare.len());
    if (2..=5).contains(&end) && !matches!(&bare[..end], "AM" | "PM") && ends(&bare[end..]) {
        return Some(&bare[..end]);
    }
    const TIME: &str = " Time";
    const MOST_WORDS: usize = 4;
    let end = bare.find(TIME)? + TIME.len();
    let mut words = bare[..end].split(' ');
    let capital = |word: &str| word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic);
    (words.clone().count() <= MOST_WORDS && words.all(capital) && ends(&bare[end..])).then(|| &bare[..end])
}

/// `text` without blanks and a bracket before it, and whether there was one.
fn opened(text: &str) -> (&str, bool) {
    let bare = text.trim_start_matches(BLANKS);
    bare.strip_prefix('(').map_or((bare, false), |inner| (inner, true))
}

/// Whether nothing stands at the head of `rest` that goes on with what was before.
fn ends(rest: &str) -> bool {
    let rest = rest.trim_start_matches(BLANKS);
    rest.is_empty() || rest.starts_with([')', ',', ';', '|', '.', ':', '-', '–'])
}

/// "UTC", "GMT+9", "UTC -05:00".
fn of_utc(text: &str) -> Option<(Zone, &str)> {
    let rest = ["UTC", "GMT"].iter().find_map(|name| text.strip_prefix(name))?;
    let offset =
        offset(rest.trim_start_matches(BLANKS)).filter(|offset| !offset.rest.starts_with(char::is_alphanumeric));
    Some(offset.map_or((hours(0), rest), |offset| (Zone::Fixed(offset.seconds), offset.rest)))
}

/// An offset without a name before it. "+49 170 …" calls, "15:04 -15:30" and "1504-1530" are spans, and "-3" counts: hours alone
/// stand directly behind the time.
fn signed(text: &str, before: Before, directly: bool) -> Option<(Zone, &str)> {
    let offset = offset(text)?;
    let east = text.starts_with('+');
    let dash_is_sign = east || before.exact || !before.in_name;
    let is_whole = match offset.form {
        Form::Digits => east || before.exact || !directly,
        Form::Colon => east || before.exact,
        Form::Hours => directly && (east || (before.exact && !before.in_name)),
    };
    (dash_is_sign && is_whole).then_some((Zone::Fixed(offset.seconds), offset.rest))
}

/// How an offset is written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// "+0900".
    Digits,
    /// "+9:00", "+09:00".
    Colon,
    /// "+9", "+09".
    Hours,
}

struct Offset<'a> {
    seconds: i32,
    form: Form,
    rest: &'a str,
}

/// The offset at the head of `text`. All that people live by are multiples of a quarter of an hour, and none is less than one.
fn offset(text: &str) -> Option<Offset<'_>> {
    let mut chars = text.chars();
    let sign = match chars.next()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let behind = chars.as_str();
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let minutes = |rest: &&str| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_digit);
    let (hours, minutes, form, rest) = match digits {
        4 => (&behind[..2], &behind[2..4], Form::Digits, &behind[4..]),
        1 | 2 => match behind[digits..].strip_prefix(':').filter(minutes) {
            Some(rest) => (&behind[..digits], &rest[..2], Form::Colon, &rest[2..]),
            None => (&behind[..digits], "0", Form::Hours, &behind[digits..]),
        },
        _ => return None,
    };
    // "-10:30:05" is a time.
    let goes_on = rest.starts_with(|c: char| c.is_ascii_digit() || c == ':');
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    let known =
        hours <= if sign > 0 { 14 } else { 12 } && [0, 15, 30, 45].contains(&minutes) && (hours > 0 || minutes == 0);
    (known && !goes_on).then_some(Offset { seconds: sign * (hours * 3600 + minutes * 60), form, rest })
}

/// "CET", "ET". `told`: whether what stands beside it says that it is a zone.
fn abbreviated(text: &str, told: bool) -> Option<(Zone, &str)> {
    let (word, rest) = text.split_at(text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(text.len()));
    let of = |table: &[(&str, Zone)]| table.iter().find(|(name, _)| *name == word).map(|(_, zone)| *zone);
    let zone = of(ABBREVIATIONS).or_else(|| of(TWO_LETTERS).filter(|_| told || ends(rest)))?;
    Some((zone, rest))
}

/// "Eastern Time", "Pacific Standard Time (US and Canada)".
fn spelled(text: &str) -> Option<(Zone, &str)> {
    let (zone, rest) = SPELLED.iter().find_map(|(name, zone)| Some((*zone, text.strip_prefix(name)?)))?;
    let rest = [" Standard", " Daylight"].iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
    let rest = rest.strip_prefix(" Time")?;
    let country = [" (US and Canada)", " (US & Canada)"].iter().find_map(|country| rest.strip_prefix(country));
    Some((zone, country.unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_behind_a_time() {
        let (minute, second) = (Before::default(), Before { exact: true, ..Before::default() });
        let (half, name) = (Before { half: true, ..minute }, Before { in_name: true, ..minute });
        let east = |hours: f64, rest| Some((Zone::Fixed((hours * 3600.0) as i32), rest));
        for (text, before, expected) in [
            (" UTC+09:00", minute, east(9.0, "")),
            (" (GMT+9)", minute, east(9.0, "")),
            (" GMT-5", name, east(-5.0, "")),
            (" UTC - call", minute, east(0.0, " - call")),
            (" +0900", minute, east(9.0, "")),
            ("+05:30 Ann", minute, east(5.5, " Ann")),
            ("+02", minute, east(2.0, "")),
            (" -0500 | Ann", minute, east(-5.0, " | Ann")),
            (" -0500", second, east(-5.0, "")),
            ("-05:00", second, east(-5.0, "")),
            ("-05", second, east(-5.0, "")),
            ("Z Ann", minute, east(0.0, " Ann")),
            (" CET", minute, east(1.0, "")),
            (" UTC", minute, east(0.0, "")),
            (" ET", minute, Some((NEW_YORK, ""))),
            (" PT kickoff", half, Some((LOS_ANGELES, " kickoff"))),
            (" (MT)", minute, Some((DENVER, ""))),
            (" Eastern Time (US and Canada)", minute, Some((NEW_YORK, ""))),
            (" (Central Standard Time)", minute, Some((CHICAGO, ""))),
            (" (UTC-05:00) Eastern Time (US & Canada)", minute, Some((NEW_YORK, ""))),
            (" +49 170 1234567: hi", minute, None),
            (" +4917012345: hi", minute, None),
            (" -15:30", minute, None),
            (" -10:30", minute, None),
            (" -10:30:05", second, None),
            (" -0003", second, None),
            (" -0500", name, None),
            ("-0930", minute, None),
            (" PT Indo", minute, None),
            (" Central Station", minute, None),
            (" Ann", minute, None),
            (" GMTS", minute, None),
            ("", minute, None),
        ] {
            assert_eq!(at_head(text, before), expected, "{text}");
        }
    }

    #[test]
    fn words_that_may_be_a_zone_are_told_from_others() {
        for (text, expected) in [
            (" IST", Some("IST")),
            (" (MSK)", Some("MSK")),
            (" Brasilia Time", Some("Brasilia Time")),
            (" (Arabian Standard Time)", Some("Arabian Standard Time")),
            (" EST", None),
            (" ACME weekly", None),
            (" PM", None),
            (" All the Time", None),
            ("", None),
        ] {
            assert_eq!(unknown_at_head(text, Before::default()), expected, "{text}");
        }
    }

    #[test]
    fn the_date_tells_summer_from_winter() {
        for (zone, month, hours) in [(NEW_YORK, 1, -5), (NEW_YORK, 7, -4), (LOS_ANGELES, 7, -7), (PARIS, 7, 2)] {
            let local = jiff::civil::date(2026, month, 3).at(10, 0, 0, 0);
            assert_eq!(zone.seconds_east(local), hours * 3600, "{zone:?} {month}");
        }
    }
}
