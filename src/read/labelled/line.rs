//! One line of a labelled text, looked at on its own: which time stands at its head or its end, and which name.

use crate::read::{
    labelled::{
        dates::{date_behind_time, numeric_date},
        markdown::without_anchor,
        seconds, spelled,
    },
    sounds,
    speaker::{can_stand_in_brackets, could_be_name, is_phone_number, looks_like_name, without_brackets},
    when::{
        self, timecode_ms,
        words::{Half, half_at_head, without_words_before_time},
        zone::{Before, Zone},
    },
};

/// What one line tells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line<'a> {
    /// From 1.
    pub number: usize,
    /// Whether the line above it is blank, or there is none.
    pub begins_paragraph: bool,
    /// Whether it is a further line of the paragraph of a document that the line above is of.
    pub goes_on: bool,
    /// Milliseconds; of a day where `clock`.
    pub at: Option<u64>,
    pub end: Option<u64>,
    /// The date before its time, as written.
    pub date: Option<&'a str>,
    /// Whether its time is a time of day.
    pub clock: bool,
    /// Whether that has "AM" or "PM" behind it, and whether in capitals.
    pub half: Option<bool>,
    /// Whether that is written as no clock of numbers and colons alone is: "klo 21.25".
    pub spelled: bool,
    /// The zone behind its date and time.
    pub zone: Option<Zone>,
    /// The name, where the line is nothing but a name with a time, or a name in square brackets before words.
    pub header: Option<&'a str>,
    /// All of it.
    pub whole: &'a str,
    /// The line without its time.
    pub rest: &'a str,
}

impl Line<'_> {
    /// Takes back what was found in it: all of it is words.
    pub fn take_back(&mut self) {
        let Line { number, begins_paragraph, goes_on, whole, .. } = *self;
        *self = Line { number, begins_paragraph, goes_on, whole, rest: whole, ..Line::default() };
    }
}

/// Whether `text` is a name and nothing else.
pub fn bare_name(text: &str) -> bool {
    // What costs least and refuses most stands first.
    !text.ends_with(['.', ',', ':', '?', '!'])
        && text.split_whitespace().nth(5).is_none()
        && !text.contains([':', '：'])
        && without_number(text).bytes().filter(u8::is_ascii_digit).count() < 4
        && looks_like_name(text)
}

/// "Customer" of "Customer (+44 20 7946 0123)": without the telephone number that stands in brackets behind it.
fn without_number(text: &str) -> &str {
    let number = |(name, inner): (&'_ str, &str)| is_phone_number(inner).then_some(name.len());
    let end = text.strip_suffix(')').and_then(|t| t.rsplit_once('(')).and_then(number);
    &text[..end.filter(|end| *end > 0).unwrap_or(text.len())]
}

/// What stands before the first colon of `text` that has a blank behind it.
pub fn before_colon(text: &str) -> Option<&str> {
    text.match_indices(':').map(|(at, _)| at).find(|at| text[at + 1..].starts_with(' ')).map(|at| &text[..at])
}

/// What a line of a document begins with that goes on with the paragraph of the line above.
pub const GOES_ON: char = '\u{2028}';

/// Looks at a line.
pub fn look(number: usize, begins_paragraph: bool, line: &str) -> Line<'_> {
    // WhatsApp begins some of its lines with a mark of direction.
    let mut rest = line.trim_start_matches(['\u{200e}', '\u{200f}', '\u{feff}']).trim();
    // The empty line of a quotation.
    if rest == ">" {
        rest = "";
    }
    let goes_on = line.starts_with(GOES_ON);
    let mut out = Line { number, begins_paragraph, goes_on, whole: rest, ..Line::default() };
    // A time alone, as a heading or in bold: "### 00:02:35", "**00:02:35**"; "*10:30*" somebody writes.
    let plain = without_anchor(rest).trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_'));
    if (rest.starts_with("##") || rest.starts_with("**"))
        && plain.split_whitespace().next().is_some_and(|time| time.matches(':').count() == 2)
        && let Some(led) = leading_time(plain).filter(|led| led.rest.is_empty() && led.date.is_none())
    {
        return Line { at: Some(led.from), end: led.to, clock: led.clock, half: led.half, ..out };
    }
    // Supernormal has bold type around time and name: "**0:03 Ann**: hello".
    if let Some(led) = leading_time(rest.strip_prefix("**").unwrap_or(rest)) {
        (out.at, out.end, out.clock, out.date) = (Some(led.from), led.to, led.clock, led.date);
        (out.half, out.zone, out.spelled) = (led.half, led.zone, led.spelled);
        rest = led.rest.trim_start_matches([' ', '\t', '|', '-', '–', '—', ',', '\u{a0}']);
        out.rest = match rest.strip_prefix(':') {
            // "(0:29):" over words.
            Some(behind) if behind.is_empty() || behind.starts_with(' ') => behind.trim_start(),
            _ => rest,
        };
        if let Some((name, words)) = bracketed(out.rest) {
            (out.header, out.rest) = (Some(name), words);
        } else if let Some(name) = out.rest.strip_prefix('[').and_then(|r| r.strip_suffix(']')).filter(|n| is_full(n)) {
            // "0:29 [Ann Lee]" over her words.
            out.rest = name.trim();
        }
        return out;
    }
    if let Some((name, led, words)) = dated_behind_name(rest) {
        let Led { from, date, clock, half, zone, .. } = led;
        return Line { at: Some(from), date, clock, half, zone, header: Some(name), rest: words, ..out };
    }
    if let Some(trailed) = trailing_time(rest).filter(|t| bare_name(t.name)) {
        let Trailed { name, at, end, clock } = trailed;
        return Line { at: Some(at), end, clock, header: Some(name), rest: "", ..out };
    }
    if let Some(spelled::Spelled { name, at, .. }) = spelled::at_end(rest).filter(|found| found.sure) {
        return Line { at: Some(at), header: Some(name).filter(|n| !n.is_empty()), rest: "", ..out };
    }
    if let Some((name, time, end)) = bracketed_over_words(rest) {
        return Line { at: Some(time), end, clock: end.is_none(), header: Some(name), rest: "", ..out };
    }
    if let Some((name, words)) = bracketed(rest) {
        // "[Ann Lee] [00:01] hello".
        return match leading_time(words).filter(|_| words.starts_with(['[', '('])) {
            Some(led) => Line {
                header: Some(name),
                at: Some(led.from),
                end: led.to,
                clock: led.clock,
                rest: led.rest.trim_start_matches([':', ' ', '\t']),
                ..out
            },
            None => Line { header: Some(name), rest: words, ..out },
        };
    }
    out.rest = rest;
    out
}

/// `Ann Smith (10 Mar 2026 09:02:11): hello`: the name, the date and time, and the words.
fn dated_behind_name(text: &str) -> Option<(&str, Led<'_>, &str)> {
    const LONGEST: usize = 60;
    let at = text.find(" (").filter(|at| *at <= LONGEST)?;
    let led = leading_time(&text[at + 1..]).filter(|led| led.date.is_some())?;
    let words = led.rest.strip_prefix(':')?.trim_start();
    (could_be_name(&text[..at]) && !words.is_empty()).then_some((&text[..at], led, words))
}

/// `[Ann Smith] hello`, where the brackets hold a full name.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (name, words) = text.strip_prefix('[')?.split_once(']')?;
    let words = words.trim_start_matches([':', ' ', '\t']);
    // "[Background Music]" alone is a remark.
    (is_full(name) && can_stand_in_brackets(name) && looks_like_name(name) && !words.is_empty())
        .then_some((name.trim(), words))
}

/// Whether a name in brackets is a full one or a machine's label, and no sound.
fn is_full(name: &str) -> bool {
    (name.split_whitespace().nth(1).is_some() || name.chars().any(|c| c.is_ascii_digit())) && !sounds::is_word(name)
}

/// `[Ann] 10:03:11` over her words, as Zoom's saved captions have it: name and time of day. Or `[SPEAKER_00] 0:01 - 0:04`, with
/// the span from the beginning that WhisperX's programs write.
pub fn bracketed_over_words(text: &str) -> Option<(&str, u64, Option<u64>)> {
    let (name, time) = text.strip_prefix('[')?.split_once(']')?;
    let (clock, rest) = Clock::at_head(time.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ':')))?;
    // Whatever the name looks like; several lines tell whether it is one.
    if rest.is_empty() && clock.colons == 2 && !name.trim().is_empty() && !sounds::is_sound(&text[..name.len() + 2]) {
        return Some((name.trim(), clock.of_day(None), None));
    }
    if !looks_like_name(name) {
        return None;
    }
    let to = rest.trim_start().trim_start_matches(['-', '>', '–', '—', '→']);
    let (end, behind) = Clock::at_head(to.trim_start()).filter(|_| to.len() < rest.trim_start().len())?;
    (behind.is_empty() && end.ms >= clock.ms).then(|| (name.trim(), clock.ms, Some(end.ms)))
}

/// A time within a line, and what stands on either side of it.
#[derive(Clone, Copy)]
pub struct Inside<'a> {
    pub name: &'a str,
    pub at: u64,
    /// Whether it is a time of day.
    pub clock: bool,
    pub words: &'a str,
}

/// `Ann 00:01 hello`, `Ann - 00:01 - hello`. On one line alone "Monday 10:30 works" reads the same; who asks must look at
/// more lines than one, and say whether the name can be one.
pub fn time_inside(text: &str) -> Option<Inside<'_>> {
    let start = text.bytes().enumerate().take(100).position(|(at, byte)| {
        byte.is_ascii_digit()
            && at > 0
            && matches!(text.as_bytes()[at - 1], b' ' | b'\t' | b'(' | b'[' | b'|')
            && Clock::at_head(&text[at..]).is_some()
    })?;
    let (time, mut rest) = Clock::at_head(&text[start..])?;
    let mut at = time.ms;
    let half = half_day(rest);
    if let Some((pm, behind)) = half {
        (at, rest) = (time.of_day(Some(pm)), behind);
    }
    let name = text[..start].trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '_' | '|' | '-' | '–' | '·' | ',' | '(' | '[' | '@')
    });
    let words =
        rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ')' | ']' | '|' | '-' | '–' | ':' | '*'));
    (!words.is_empty()).then_some(Inside { name, at, clock: half.is_some(), words })
}

/// A time at the head of a line.
struct Led<'a> {
    from: u64,
    to: Option<u64>,
    date: Option<&'a str>,
    clock: bool,
    /// Whether "AM" or "PM" stands behind it, and whether in capitals.
    half: Option<bool>,
    spelled: bool,
    zone: Option<Zone>,
    rest: &'a str,
}

/// A time at the head of `text`, in brackets or not, perhaps with an end, perhaps behind a date.
fn leading_time(text: &str) -> Option<Led<'_>> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let (inner, close) = match text.chars().next()? {
        '[' => (&text[1..], Some(']')),
        '(' => (&text[1..], Some(')')),
        c if c.is_ascii_digit() || named_date(text).is_some() => (text, None),
        _ => return None,
    };
    // "[ 03/03/2026 15:01:22 ] Ann", as Viber writes.
    let inner = Some(inner.trim_start()).filter(|inner| leading_date(inner).is_some()).unwrap_or(inner);
    let named = named_date(inner);
    if let Some((from, to, rest)) = seconds::at_head(inner, close != Some(')')) {
        let rest = match close {
            Some(close) => rest.trim_start().strip_prefix(close)?,
            // "4.5 - 5.0 percent" is said.
            None => rest.trim_start().strip_prefix('[').filter(|_| to.is_some()).map(|_| rest)?,
        };
        return Some(Led { from, to, date: None, clock: false, half: None, spelled: false, zone: None, rest });
    }
    let dated = leading_date(inner).or(named).or_else(|| date_of_this_year(inner).filter(|_| close == Some(']')));
    let (mut date, inner) = dated.map_or((None, inner), |(date, rest)| (Some(date), rest));
    let plain = Clock::at_head(inner).map(|(clock, rest)| (clock, None, rest));
    let spelled = plain.is_none();
    let (clock, before, mut rest) = plain
        .or_else(|| spelled_clock(inner).filter(|(_, pm, _)| date.is_some() || (close.is_some() && pm.is_some())))?;
    let mut to = None;
    let arrow = rest.trim_start().trim_start_matches(['-', '>', '–', '—', '→']);
    if arrow.len() < rest.trim_start().len()
        && let Some((end, behind)) = Clock::at_head(arrow.trim_start())
    {
        (to, rest) = (Some(end.ms), behind);
    }
    let (mut pm, mut half) = (before, before.map(|_| false));
    if let Some((found, behind)) = half_day(rest).filter(|_| before.is_none()) {
        half = Some(rest[..rest.len() - behind.len()].ends_with('M'));
        (pm, rest) = (Some(found), behind);
    }
    // "[10:50 PM, 8/12/2026] Ann", as WhatsApp's page is copied.
    if let Some((found, behind)) = date_behind_time(rest).filter(|_| date.is_none() && close == Some(']')) {
        (date, rest) = (Some(found), behind);
    }
    let time_of_day = date.is_some() || pm.is_some();
    let from = if time_of_day { clock.of_day(pm) } else { clock.ms };
    let with_comma = before.is_some() && rest.starts_with(',');
    let before = Before { exact: clock.colons == 2, half: half.is_some(), in_name: false };
    let mut zone = None;
    // "15:04 PT: The price …": two letters right before a colon are somebody's initials.
    let initials = |behind: &str| {
        let zone = rest[..rest.len() - behind.len()].trim();
        half.is_none() && close.is_none() && zone.len() == 2 && behind.starts_with(':')
    };
    if date.is_some()
        && let Some((found, behind)) = when::zone::at_head(rest, before).filter(|(_, behind)| !initials(behind))
    {
        (zone, rest) = (Some(found), behind);
    }
    match close {
        Some(close) => rest = behind_remark(rest.trim_start(), close).strip_prefix(close)?,
        // A heading and a sentence write so too.
        None if spelled && !(with_comma || heads_message(rest)) => return None,
        // "March 3, 2026 3:00 PM" alone is a heading, as is "… 3:00 PM – 3:30 PM", and with more words behind it a sentence.
        None if named.is_some() && !is_mark_over_name(rest) => return None,
        None if !with_comma && !rest.is_empty() && !rest.starts_with([' ', '\t', '|', '-', '–', ':']) => return None,
        None => {}
    }
    Some(Led { from, to, date, clock: time_of_day, half, spelled: spelled && date.is_some(), zone, rest })
}

/// `text` without what a program says of a change behind the time in brackets: " | Edited 15:06:40]" of Skype.
fn behind_remark(text: &str, close: char) -> &str {
    const LONGEST: usize = 60;
    let end = text.find(close).filter(|end| text.starts_with('|') && *end <= LONGEST);
    &text[end.unwrap_or(0)..]
}

/// Whether `rest` begins with a mark as it stands between a time and a name: " | Ann".
fn is_mark_over_name(rest: &str) -> bool {
    let name = rest.trim_start().strip_prefix(['|', '-', '–']);
    name.is_some_and(|name| name.trim_start().starts_with(char::is_alphabetic))
}

/// Whether `rest`, behind the time of a message, begins as who writes it does: " - Ann", ": Ann".
fn heads_message(rest: &str) -> bool {
    let name = rest.trim_start().strip_prefix(['|', '-', '–']).or_else(|| rest.strip_prefix(": "));
    name.map(str::trim_start).is_some_and(|name| !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()))
}

/// "12/03/2026, " or "2026-03-12 " at the head of `text`, and what follows.
fn leading_date(text: &str) -> Option<(&str, &str)> {
    let (date, behind) = numeric_date(text)?;
    let rest = behind.trim_start_matches([',', ' ', '\u{a0}', '\u{202f}', 'T']);
    let timed = || rest.starts_with(|c: char| c.is_ascii_digit()) || spelled_clock(rest).is_some();
    (rest.len() < behind.len() && timed()).then_some((date, rest))
}

/// "3/13 " or "13.03. " before a time of day, as Teams has it of messages of this year, and what follows.
fn date_of_this_year(text: &str) -> Option<(&str, &str)> {
    let number = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = Some(number(text)).filter(|digits| (1..=2).contains(digits))?;
    let behind = text[first..].strip_prefix(['/', '.'])?;
    let second = Some(number(behind)).filter(|digits| (1..=2).contains(digits))?;
    let rest = behind[second..].strip_prefix('.').unwrap_or(&behind[second..]);
    let time = rest.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let timed = time.len() < rest.len() && Clock::at_head(time).is_some();
    timed.then(|| (&text[..text.len() - rest.len()], time))
}

/// "March 3, 2026, " or "3 Mar 2026 " at the head of `text`, and what follows.
fn named_date(text: &str) -> Option<(&str, &str)> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const LONGEST: usize = "September 30th, 2026".len();
    // Nearly every line begins otherwise.
    let first = *text.as_bytes().first()?;
    if !first.is_ascii_digit() && !b"JFMASOND".contains(&first) {
        return None;
    }
    let word = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    if !MONTHS.iter().any(|month| word.starts_with(month)) {
        return None;
    }
    let near = &text.as_bytes()[..text.len().min(LONGEST)];
    let end = near.windows(4).position(|four| four.iter().all(u8::is_ascii_digit))? + 4;
    let (date, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    (when::in_text(date).is_some() && rest.starts_with(|c: char| c.is_ascii_digit())).then_some((date, rest))
}

/// A time as it is written with colons.
#[derive(Clone, Copy)]
pub struct Clock {
    /// Milliseconds, read as an offset.
    pub ms: u64,
    colons: usize,
}

impl Clock {
    /// The time at the head of `text`, and what follows.
    fn at_head(text: &str) -> Option<(Clock, &str)> {
        let mut end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(text.len());
        // "0:29: hello" and "0:29." end with a mark that is not the time's.
        while end > 0 && !text.as_bytes()[end - 1].is_ascii_digit() {
            end -= 1;
        }
        let token = &text[..end];
        let colons = token.bytes().filter(|b| *b == b':').count();
        if colons == 0 {
            return None;
        }
        Some((Clock { ms: timecode_ms(token)?, colons }, &text[end..]))
    }

    /// The same of a time of day that has full stops where others have colons: "21.25", "9.05.10".
    fn with_full_stops(text: &str) -> Option<(Clock, &str)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let token = text[..end].trim_end_matches('.');
        let mut parts = token.split('.');
        let hour = parts.next().filter(|hour| matches!(hour.len(), 1 | 2))?.parse::<u8>().ok()?;
        let colons = token.bytes().filter(|b| *b == b'.').count();
        let sixty = |part: &str| part.len() == 2 && part < "60";
        let is_time = hour < 24 && matches!(colons, 1 | 2) && parts.all(sixty);
        is_time.then(|| Some((Clock { ms: timecode_ms(&token.replace('.', ":"))?, colons }, &text[token.len()..])))?
    }

    /// The same read as a time of day, in milliseconds; "10:03" is then three past ten. `pm` is for clocks of twelve hours.
    fn of_day(self, pm: Option<bool>) -> u64 {
        let ms = if self.colons == 1 { self.ms * 60 } else { self.ms };
        match pm {
            Some(pm) => ms % 43_200_000 + if pm { 43_200_000 } else { 0 },
            None => ms,
        }
    }
}

/// " AM", " p. m." at the head of `text`: whether it is the afternoon, and what follows.
fn half_day(text: &str) -> Option<(bool, &str)> {
    let (half, rest) = half_at_head(text.trim_start_matches([' ', '\u{a0}', '\u{202f}']))?;
    (!rest.starts_with(char::is_alphanumeric)).then_some((half == Half::Pm, rest))
}

/// A clock as it is written behind a date in other languages: "klo 21.25", "à 9:29", "下午9:29"; whether it is the afternoon, where
/// that stands before it; and what follows.
fn spelled_clock(text: &str) -> Option<(Clock, Option<bool>, &str)> {
    let bare = without_words_before_time(text);
    let (pm, bare) = match half_at_head(bare) {
        Some((half, rest)) => (Some(half == Half::Pm), rest.trim_start()),
        None => (None, bare),
    };
    let (clock, rest) = Clock::at_head(bare).or_else(|| Clock::with_full_stops(bare))?;
    Some((clock, pm, rest))
}

/// A line with a time at its end.
pub struct Trailed<'a> {
    pub name: &'a str,
    pub at: u64,
    pub end: Option<u64>,
    pub clock: bool,
}

/// `Ann  0:29`, `**Ann** 0:29`, `Ann (0:29 - 0:35)`, `Ann 10:03 AM` on a line of its own; whether the name can be one is for
/// the caller to say.
pub fn trailing_time(text: &str) -> Option<Trailed<'_>> {
    let text = text.strip_suffix(':').unwrap_or(text).trim_end();
    if let Some((name, inner)) = text.strip_suffix([')', ']']).and_then(|t| t.rsplit_once(['(', '[']))
        && let Some((at, Some(end), "")) = seconds::at_head(inner.trim(), text.ends_with(']'))
    {
        let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
        return Some(Trailed { name, at, end: Some(end), clock: false });
    }
    let text = text.strip_suffix([')', ']']).unwrap_or(text).trim_end();
    // The longest half of a day is "p. m." behind WhatsApp's wide blank, and nearly every line has a longer end without a digit.
    const LONGEST_HALF: usize = 12;
    let digit = text.bytes().rev().take(LONGEST_HALF).position(|b| b.is_ascii_digit()).unwrap_or(0);
    let (clock, half) = text.split_at(text.len() - digit);
    let (body, pm) = match half_day(&half.to_lowercase()).filter(|_| digit > 0) {
        Some((pm, "")) => (clock, Some(pm)),
        _ => (text, None),
    };
    let (mut before, last) = clock_at_end(body)?;
    let mut first = last;
    // "0:29 - 0:35" and "00:29.000 --> 00:35.000": the time that counts is the earlier.
    let joined = before.trim_end().trim_end_matches(['-', '>', '–', '—', '→']);
    if joined.len() < before.trim_end().len()
        && let Some((name, start)) = clock_at_end(joined.trim_end())
    {
        (before, first) = (name, start);
    }
    if !before.ends_with([' ', '\t', '(', '[', '\u{a0}']) {
        return None;
    }
    let name = before
        .trim_end_matches(['(', '['])
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '|' | '-' | '–' | '·' | ',' | '@'));
    let of = |clock: Clock| pm.map_or(clock.ms, |pm| clock.of_day(Some(pm)));
    let end = Some(of(last)).filter(|end| *end > of(first));
    Some(Trailed { name, at: of(first), end, clock: pm.is_some() })
}

/// The time that `text` ends with, and what stands before it.
pub fn clock_at_end(text: &str) -> Option<(&str, Clock)> {
    let start = text
        .rfind(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ','))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (clock, rest) = Clock::at_head(&text[start..])?;
    (rest.is_empty() && start > 0).then_some((&text[..start], clock))
}

/// `Ann (00:01:02)` as the name of a label: the name, the time in it, and whether it is a time of day.
pub fn time_in_name(name: &str) -> (&str, Option<(u64, bool)>) {
    let Some(open) = name.rfind(['(', '[']) else { return (name, None) };
    let inner = name[open + 1..].trim_end_matches([')', ']']).trim();
    // Of a span, "0:01 - 0:04", the time that counts is the earlier.
    let ends = |text: &str| {
        let end = text.trim_start().trim_start_matches(['-', '>', '–', '—', '→']);
        text.is_empty()
            || (end.len() < text.trim_start().len()
                && Clock::at_head(end.trim_start()).is_some_and(|(_, rest)| rest.is_empty()))
    };
    let square = name.as_bytes()[open] == b'[';
    let time = match (seconds::at_head(inner, square), Clock::at_head(inner)) {
        (Some((from, Some(_), "")), _) => (from, false),
        (_, Some((clock, rest))) => match half_day(rest) {
            Some((pm, "")) => (clock.of_day(Some(pm)), true),
            None if ends(rest) => (clock.ms, false),
            _ => return (name, None),
        },
        _ => return (name, None),
    };
    if without_brackets(name).trim().is_empty() {
        return (name, None);
    }
    (name[..open].trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_')), Some(time))
}
