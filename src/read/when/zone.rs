//! The zone behind a time: "UTC+09:00", "(GMT+9)", "-0500", "Z", "CET", "ET", "(UTC-05:00) Eastern Time (US & Canada)",
//! "America/New_York".
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
const LONDON: Zone = Zone::Place("GMT0BST,M3.5.0/1,M10.5.0");
const PARIS: Zone = Zone::Place("CET-1CEST,M3.5.0,M10.5.0/3");
const ATHENS: Zone = Zone::Place("EET-2EEST,M3.5.0/3,M10.5.0/4");
const SYDNEY: Zone = Zone::Place("AEST-10AEDT,M10.1.0,M4.1.0/3");

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

/// The names of the zone database for the places that most business is done in.
#[rustfmt::skip]
const PLACES: &[(&str, Zone)] = &[
    ("America/New_York", NEW_YORK), ("America/Detroit", NEW_YORK), ("America/Toronto", NEW_YORK),
    ("America/Chicago", CHICAGO), ("America/Denver", DENVER), ("America/Phoenix", Zone::Place("MST7")),
    ("America/Los_Angeles", LOS_ANGELES), ("America/Vancouver", LOS_ANGELES), ("America/Mexico_City", hours(-6)),
    ("America/Bogota", hours(-5)), ("America/Lima", hours(-5)), ("America/Sao_Paulo", hours(-3)),
    ("America/Argentina/Buenos_Aires", hours(-3)), ("America/Buenos_Aires", hours(-3)),
    ("Europe/London", LONDON), ("Europe/Dublin", LONDON), ("Europe/Lisbon", Zone::Place("WET0WEST,M3.5.0/1,M10.5.0")),
    ("Europe/Amsterdam", PARIS), ("Europe/Berlin", PARIS), ("Europe/Brussels", PARIS), ("Europe/Budapest", PARIS),
    ("Europe/Copenhagen", PARIS), ("Europe/Luxembourg", PARIS), ("Europe/Madrid", PARIS), ("Europe/Oslo", PARIS),
    ("Europe/Paris", PARIS), ("Europe/Prague", PARIS), ("Europe/Rome", PARIS), ("Europe/Stockholm", PARIS),
    ("Europe/Vienna", PARIS), ("Europe/Warsaw", PARIS), ("Europe/Zurich", PARIS), ("Europe/Athens", ATHENS),
    ("Europe/Bucharest", ATHENS), ("Europe/Helsinki", ATHENS), ("Europe/Kiev", ATHENS), ("Europe/Kyiv", ATHENS),
    ("Europe/Istanbul", hours(3)), ("Europe/Moscow", hours(3)), ("Africa/Johannesburg", hours(2)),
    ("Africa/Lagos", hours(1)), ("Africa/Nairobi", hours(3)), ("Asia/Riyadh", hours(3)), ("Asia/Dubai", hours(4)),
    ("Asia/Kolkata", Zone::Fixed(19_800)), ("Asia/Calcutta", Zone::Fixed(19_800)), ("Asia/Bangkok", hours(7)),
    ("Asia/Jakarta", hours(7)), ("Asia/Manila", hours(8)), ("Asia/Singapore", hours(8)), ("Asia/Hong_Kong", hours(8)),
    ("Asia/Shanghai", hours(8)), ("Asia/Taipei", hours(8)), ("Asia/Seoul", hours(9)), ("Asia/Tokyo", hours(9)),
    ("Australia/Perth", hours(8)), ("Australia/Brisbane", hours(10)), ("Australia/Melbourne", SYDNEY),
    ("Australia/Sydney", SYDNEY), ("Pacific/Auckland", Zone::Place("NZST-12NZDT,M9.5.0,M4.1.0/3")),
    ("Etc/UTC", hours(0)), ("Etc/GMT", hours(0)),
];

/// What the names of the zone database begin with.
const REGIONS: &[&str] = &["Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];

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
        // The rule of a season alone, or of the summer that ends in November.
        matches!(self, Zone::Place(rule) if !rule.contains(',') || rule.ends_with("M11.1.0"))
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
    let named = || spelled(bare).or_else(|| place(bare)).or_else(|| abbreviated(bare, before.half || in_brackets));
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
    let name = &bare[..name_of_place(bare)];
    if REGIONS.iter().any(|region| name.len() > region.len() && name.starts_with(region)) {
        return Some(name);
    }
    const TIME: &str = " Time";
    const MOST_WORDS: usize = 4;
    let end = bare.find(TIME)? + TIME.len();
    let mut words = bare[..end].split(' ');
    let capital = |word: &str| word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic);
    (words.clone().count() <= MOST_WORDS && words.all(capital) && ends(&bare[end..])).then(|| &bare[..end])
}

/// `text` without blanks and a bracket before it, and whether there was one; nor with the bar of "3:00 PM | (UTC-05:00)", behind
/// which a name may stand.
fn opened(text: &str) -> (&str, bool) {
    let bare = text.trim_start_matches(BLANKS);
    let barred = bare.strip_prefix('|').map(|rest| rest.trim_start_matches(BLANKS));
    let bare = barred.filter(|rest| rest.starts_with('(') || spelled(rest).is_some()).unwrap_or(bare);
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

/// "America/New_York".
fn place(text: &str) -> Option<(Zone, &str)> {
    let (name, rest) = text.split_at(name_of_place(text));
    PLACES.iter().find(|(place, _)| *place == name).map(|(_, zone)| (*zone, rest))
}

/// How much of `text` is written as the names of the zone database are.
fn name_of_place(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '/' | '_'))).unwrap_or(text.len())
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
            (" | (UTC-05:00)", half, east(-5.0, "")),
            (" | (UTC-05:00) Eastern Time (US & Canada)", half, Some((NEW_YORK, ""))),
            (" | Pacific Time", half, Some((LOS_ANGELES, ""))),
            (" America/New_York", minute, Some((NEW_YORK, ""))),
            (" (Asia/Kolkata)", minute, east(5.5, "")),
            (" | MT: hi", half, None),
            (" | Ann", half, None),
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
            (" America/Nuuk", Some("America/Nuuk")),
            (" | (MSK)", Some("MSK")),
            (" Europe/Berlin", None),
            (" America/", None),
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
        for (zone, month, hours) in [
            (NEW_YORK, 1, -5),
            (NEW_YORK, 7, -4),
            (LOS_ANGELES, 7, -7),
            (LONDON, 7, 1),
            (PARIS, 7, 2),
            (ATHENS, 1, 2),
            (SYDNEY, 1, 11),
        ] {
            let local = jiff::civil::date(2026, month, 3).at(10, 0, 0, 0);
            assert_eq!(zone.seconds_east(local), hours * 3600, "{zone:?} {month}");
        }
    }
}
