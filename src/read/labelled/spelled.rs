//! Teams' page of a transcript, copied: over each turn the name, the time as it is shown and as it is read aloud,
//! `0 minutes 4 seconds0:04`, and both once more, `Ann Lee 0 minutes 4 seconds`; in the language of who copied it.

use std::collections::{HashMap, HashSet};

use crate::read::{
    labelled::line::{Line, bare_name, clock_at_end},
    speaker::looks_like_name,
};

/// Units of time with the milliseconds of each, the shortest first, in the languages in which the page was seen or that have
/// the same words.
#[rustfmt::skip]
const UNITS: [(&[&str], u64); 3] = [
    (&["second", "seconds", "Sekunde", "Sekunden", "seconde", "secondes", "segundo", "segundos", "seconden", "secondo", "secondi"], 1_000),
    (&["minute", "minutes", "Minute", "Minuten", "minuto", "minutos", "minuut", "minuten", "minuti"], 60_000),
    (&["hour", "hours", "Stunde", "Stunden", "heure", "heures", "hora", "horas", "uur", "uren", "ora", "ore"], 3_600_000),
];

/// Those of English, of which two in a line are the page's.
const ENGLISH: [&str; 6] = ["second", "seconds", "minute", "minutes", "hour", "hours"];

/// A name, which may be empty, and the time behind it.
#[derive(Clone, Copy)]
pub struct Spelled<'a> {
    pub name: &'a str,
    /// Milliseconds.
    pub at: u64,
    /// Whether nothing else reads so: "About 5 minutes" is said, and "2 Stunden 30 Minuten" too; the page writes two units, or shows
    /// the time once more.
    pub sure: bool,
}

/// The name and the time of `Ann Lee 1 hour 2 minutes 3 seconds`.
pub fn at_end(text: &str) -> Option<Spelled<'_>> {
    let mut rest = text.trim_end();
    // What the page shows and what it reads aloud run into one another: "3 seconds0:03".
    let shown = clock_at_end(rest).filter(|(before, _)| before.ends_with(char::is_alphabetic));
    if let Some((before, _)) = shown {
        rest = before;
    }
    let (mut ms, mut units, mut english) = (0u64, 0, true);
    for (words, each) in UNITS {
        // Nearly every line has no number before its last word.
        let stem = rest.trim_end_matches(char::is_alphabetic);
        let before = stem.trim_end();
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if before.len() == stem.len() || !(1..=4).contains(&digits) || !words.contains(&&rest[stem.len()..]) {
            continue;
        }
        ms += before[before.len() - digits..].parse::<u64>().ok()? * each;
        english &= ENGLISH.contains(&&rest[stem.len()..]);
        rest = before[..before.len() - digits].trim_end();
        units += 1;
    }
    if units == 0 || shown.is_some_and(|(_, clock)| clock.ms != ms) {
        return None;
    }
    let name = rest.trim();
    let sure = shown.is_some() || (units >= 2 && english && (name.is_empty() || is_numbered(name) || bare_name(name)));
    (name.is_empty() || is_name(name)).then_some(Spelled { name, at: ms, sure })
}

/// Whether the page can have `text` before a time: a name of as many words as one has, or the number of somebody whom it
/// does not know, "@1".
fn is_name(text: &str) -> bool {
    is_numbered(text) || (looks_like_name(text) && !text.ends_with(['.', ',', ':', '?', '!']) && !text.contains(':'))
}

fn is_numbered(name: &str) -> bool {
    name.strip_prefix('@').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Marks what only the lines of a page together tell: `Ann Lee 1 minute` heads a turn below the same name and time, or where she
/// speaks elsewhere and her time fits between the others; and "@1" is whoever is named over it.
pub fn settle<'a>(lines: &mut Vec<Line<'a>>) {
    let found: Vec<Option<Spelled<'a>>> = lines.iter().map(|l| at_end(l.whole)).collect();
    if found.iter().all(Option::is_none) {
        return;
    }
    let name_above = |place: usize, lines: &[Line<'_>]| {
        let from = place.checked_sub(2)?;
        let is_over = shows(&lines[place - 1], found[place]?.at) && lines[from].at.is_none();
        is_over.then_some(from)
    };
    // Whoever is named in full once.
    let known = |(place, f): (usize, &Option<Spelled<'a>>)| {
        let Spelled { name, sure, .. } = (*f)?;
        let below = || name_above(place, lines).is_some_and(|from| lines[from].rest == name);
        (!name.is_empty() && (sure || below())).then_some(name)
    };
    let names: HashSet<&str> = found.iter().enumerate().filter_map(known).collect();
    let mut latest = 0;
    let mut named: HashMap<&str, &str> = HashMap::new();
    // By place, the time of the next that is sure.
    let mut next = vec![u64::MAX; lines.len() + 1];
    for place in (0..lines.len()).rev() {
        next[place] = found[place].filter(|f| f.sure).map_or(next[place + 1], |f| f.at);
    }
    for place in 0..lines.len() {
        let Some(Spelled { name, at, sure }) = found[place].filter(|f| !f.name.is_empty()) else { continue };
        let over = name_above(place, lines).map(|from| lines[from].rest);
        let fits = || names.contains(name) && latest <= at && at <= next[place];
        if !sure && over != Some(name) && !fits() {
            continue;
        }
        latest = at;
        let numbered = is_numbered(name);
        if let Some(full) = over.filter(|full| numbered && is_name(full)) {
            named.insert(name, full);
        }
        let name = named.get(name).copied().unwrap_or(name);
        (lines[place].header, lines[place].at, lines[place].rest) = (Some(name), Some(at), "");
    }
    if !names.is_empty() {
        lines.retain(|l| !ASKED_BELOW.contains(&l.whole));
    }
}

/// What the page asks whoever reads it, below the last turn; in the languages in which it was seen.
const ASKED_BELOW: [&str; 2] = ["Is this transcript useful?", "Esta transcrição é útil?"];

/// Whether a line is nothing but `at` as the page shows it over a turn: "1 minute1:00", and in German without the units, "11:00"
/// and "0 40:04".
pub fn shows(line: &Line, at: u64) -> bool {
    let alone = line.header.is_none() && line.rest.is_empty() && line.at == Some(at);
    let numbers = || {
        let (hours, minutes, seconds) = (at / 3_600_000, at / 60_000 % 60, at / 1_000 % 60);
        let clock = match hours {
            0 => format!("{minutes}:{seconds:02}"),
            _ => format!("{hours}:{minutes:02}:{seconds:02}"),
        };
        let before = line.whole.strip_suffix(&clock);
        before.is_some_and(|before| !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit() || b == b' '))
    };
    alone || (line.whole.starts_with(|c: char| c.is_ascii_digit()) && numbers())
}

/// Whether `text` is what the page shows where it has no picture of `name`: "AL", and of a long name the first letter or two of
/// them.
pub fn is_initials(text: &str, name: &str) -> bool {
    const LONG: usize = 4;
    let letters: Vec<char> = name.split_whitespace().filter_map(|word| word.chars().next()).collect();
    let mut rest = letters.iter();
    let of_name = text.chars().all(|c| rest.any(|letter| *letter == c));
    let fewest = if letters.len() < LONG { 2 } else { 1 };
    let shown = text.chars().count();
    text.chars().next() == letters.first().copied()
        && of_name
        && shown >= fewest
        && (shown <= 2 || shown == letters.len())
}

#[cfg(test)]
mod tests {
    use super::{at_end, is_initials};

    #[test]
    fn times_are_read_in_the_languages_of_the_page() {
        for (text, expected) in [
            ("Ann Lee 1 hour 2 minutes 3 seconds", Some(("Ann Lee", 3_723_000, true))),
            ("Ann Lee 0 Minuten 1 Sekunde", Some(("Ann Lee", 1_000, false))),
            ("Lee, Ann 1 Stunde 2 Minuten 3 Sekunden", Some(("Lee, Ann", 3_723_000, false))),
            ("1 heure 2 minutes 3 secondes1:02:03", Some(("", 3_723_000, true))),
            (
                "Ann e Silva Costa do Vale Lee 1 hora 20 minutos 13 segundos",
                Some(("Ann e Silva Costa do Vale Lee", 4_813_000, false)),
            ),
            ("0 minuten 4 seconden0:04", Some(("", 4_000, true))),
            ("1 ora 1 minuto 2 secondi1:01:02", Some(("", 3_662_000, true))),
            ("@1 0 minutes 3 seconds", Some(("@1", 3_000, true))),
            ("54 Minuten54:00", Some(("", 3_240_000, true))),
            ("Ann Lee 1 minute", Some(("Ann Lee", 60_000, false))),
            ("54 Minuten53:00", None),
            ("It took 2 minutes 3 seconds", None),
            ("2 minutes 3 seconds.", None),
        ] {
            assert_eq!(at_end(text).map(|f| (f.name, f.at, f.sure)), expected, "{text}");
        }
    }

    #[test]
    fn initials_are_those_of_the_name_below() {
        for (text, name, expected) in [
            ("AL", "Ann Lee", true),
            ("IA", "Ivan Lopes Alonso", true),
            ("F", "Fabio Domingues Pereira Sabino", true),
            ("I", "Ivan Alonso", false),
            ("No", "Nils Orr", false),
            ("LA", "Ann Lee", false),
            ("", "Ann Lee", false),
        ] {
            assert_eq!(is_initials(text, name), expected, "{text} of {name}");
        }
    }
}
