//! Dates and times as people write them in words and in other languages, over the runs of [`crate::read::when`]: "12. März 2026 um
//! 15:04 Uhr", "12 de marzo de 2026", "2026年3月12日(木) 15時04分", "12th Mar, 2026".

use jiff::civil::{Date, Time};

use crate::{
    calendar::{is_week_day, month, month_before_day},
    read::when::{Run, clock, date, in_text, number, runs, short},
};

/// Half of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Before noon.
    Am,
    /// After it.
    Pm,
}

/// What stands between the parts of a date and is none: ordinals, "of".
const BETWEEN: &[&str] = &["st", "nd", "rd", "th", "er", "re", "º", "ª", "o", "de", "del", "of", "den"];

/// What stands between a date and its time.
const BEFORE_TIME: &[&str] = &[
    "um", "à", "a", "as", "às", "las", "alle", "ore", "kl", "klo", "o", "om", "at", "в", "о", "об", "г", "på", "στις",
];

/// The most runs between a date and its time: "(木)", "г.", "um".
const MOST_BEFORE_TIME: usize = 3;

/// A date at the head of `runs`, and how many runs it takes.
pub fn date_at(runs: &[Run]) -> Option<(Date, usize)> {
    with_signs(runs).or_else(|| with_month(runs))
}

/// "2026年3月12日", "2026년 3월 12일".
fn with_signs(runs: &[Run]) -> Option<(Date, usize)> {
    let [y, year, m, month, d, day, ..] = runs else { return None };
    let sign = |run: &Run, signs: &[char]| run.gap.is_empty() && run.text.starts_with(signs);
    let written = y.text.len() == 4
        && sign(year, &['年', '년'])
        && sign(month, &['月', '월'])
        && sign(day, &['日', '일', '号', '號']);
    if !written {
        return None;
    }
    Some((date(number(y)?, number(m)?, number(d)?)?, 6))
}

/// A day, the name of a month and a year, in whatever order, with little words between them.
fn with_month(runs: &[Run]) -> Option<(Date, usize)> {
    const FARTHEST: usize = 3;
    let mut parts: [Option<&Run>; 3] = [None; 3];
    let (mut found, mut used) = (0, 0);
    for run in runs {
        if found > 0 && run.gap.chars().count() > FARTHEST {
            return None;
        }
        used += 1;
        if found > 0 && BETWEEN.contains(&run.text.to_lowercase().as_str()) {
            if used > found + 3 {
                return None;
            }
            continue;
        }
        parts[found] = Some(run);
        found += 1;
        if found == 3 {
            break;
        }
    }
    let [a, b, c] = [parts[0]?, parts[1]?, parts[2]?];
    let year = |run: &Run| number(run).filter(|_| run.text.len() == 4);
    let day = |run: &Run| number(run).filter(|_| short(run));
    let found = match (day(a), day(b)) {
        (Some(d), None) => date(year(c)?, month(b.text)?, d),
        (None, Some(d)) => date(year(c)?, month_before_day(a.text)?, d),
        // Hungarian: "2026. március 12."
        (None, None) => date(year(a)?, month(b.text)?, day(c)?),
        _ => None,
    }?;
    Some((found, used))
}

/// Whether `text` names a day and a month, "June 3", "3. Juni", and holds no date with a year.
pub fn lacks_year(text: &str) -> bool {
    const FARTHEST: usize = 3;
    let mut runs = runs(text);
    runs.retain(|run| !BETWEEN.contains(&run.text.to_lowercase().as_str()));
    let day = |run: &Run| short(run) && number(run).is_some_and(|day| (1..=31).contains(&day));
    let both = |pair: &[Run]| {
        let [a, b] = pair else { return false };
        b.gap.chars().count() <= FARTHEST
            && ((day(a) && month(b.text).is_some()) || (month_before_day(a.text).is_some() && day(b)))
    };
    in_text(text).is_none() && runs.windows(2).any(both)
}

/// `runs` behind a date without what stands there before a time: a week day, "um", "à las". Where no time follows, all of them.
pub fn behind_date<'r, 't>(runs: &'r [Run<'t>]) -> &'r [Run<'t>] {
    for skipped in 0..=MOST_BEFORE_TIME.min(runs.len()) {
        let rest = &runs[skipped..];
        let Some(first) = rest.first() else { break };
        if first.text.starts_with(|c: char| c.is_ascii_digit()) || (skipped > 0 && half(first.text).is_some()) {
            return rest;
        }
        let lower = first.text.to_lowercase();
        if !(BEFORE_TIME.contains(&lower.as_str()) || is_week_day(&lower)) {
            break;
        }
    }
    runs
}

/// "15h04", "15時04分", "15時", "15 Uhr 04": the time at the head of `runs`, and how many runs it takes.
pub fn time_at(runs: &[Run]) -> Option<(Option<Time>, usize)> {
    let [hour, sign, rest @ ..] = runs else { return None };
    let near = hour.gap.chars().count() <= 3 && short(hour) && sign.gap.trim().is_empty();
    let alone = matches!(sign.text, "時" | "时" | "點" | "点" | "시" | "Uhr" | "uhr");
    if !near || !(alone || matches!(sign.text, "h" | "H")) {
        return None;
    }
    if let [minute, behind @ ..] = rest
        && short(minute)
        && minute.text.len() == 2
        && minute.gap.trim().is_empty()
        && minute.gap.len() <= 1
    {
        let named = behind.first().is_some_and(|run| run.gap.is_empty() && matches!(run.text, "分" | "분" | "min"));
        return Some((clock(hour.text, minute.text, ""), 3 + usize::from(named)));
    }
    alone.then(|| (clock(hour.text, "0", ""), 2))
}

/// The halves of the day by the letters that stand for them, between which may be full stops and blanks: "p.m.", "p. m.".
#[rustfmt::skip]
const HALVES: &[(&str, Half)] = &[
    ("AM", Half::Am), ("am", Half::Am), ("ص", Half::Am), ("قظ", Half::Am), ("πμ", Half::Am),
    ("PM", Half::Pm), ("pm", Half::Pm), ("م", Half::Pm), ("بظ", Half::Pm), ("μμ", Half::Pm),
    ("午前", Half::Am), ("上午", Half::Am), ("오전", Half::Am),
    ("午後", Half::Pm), ("下午", Half::Pm), ("오후", Half::Pm),
];

/// Which half of the day a word names.
pub fn half(word: &str) -> Option<Half> {
    HALVES.iter().find(|(letters, _)| *letters == word).map(|(_, half)| *half)
}

/// "p.m." and "p. m." at the head of `runs`, and how many runs that takes.
pub fn dotted_half(runs: &[Run]) -> Option<(Half, usize)> {
    let [first, second, ..] = runs else { return None };
    let is = |letters: &str| letters.strip_prefix(first.text) == Some(second.text);
    let (_, half) = HALVES.iter().find(|(letters, _)| second.gap.starts_with('.') && is(letters))?;
    Some((*half, 2))
}

/// The half of the day at the head of `text`, "PM", "p. m.", "下午", and what follows.
pub fn half_at_head(text: &str) -> Option<(Half, &str)> {
    HALVES.iter().find_map(|(letters, half)| Some((*half, behind_letters(text, letters)?)))
}

/// What follows `letters` at the head of `text`, together or, in small letters, with a full stop behind each.
fn behind_letters<'t>(text: &'t str, letters: &str) -> Option<&'t str> {
    let dotted = || {
        let mut rest = text;
        let mut letters = letters.chars().peekable();
        while let Some(letter) = letters.next() {
            // "A. M. Smith" has initials.
            rest = rest.strip_prefix(letter).filter(|_| !letter.is_uppercase())?;
            if letters.peek().is_some() {
                rest = rest.strip_prefix('.')?.trim_start();
            }
        }
        Some(rest.strip_prefix('.').unwrap_or(rest))
    };
    text.strip_prefix(letters).or_else(dotted)
}

/// `text` behind a date without the little words that stand there before a time: "klo 21.25", "à las 9:29", "kl. 21.25".
pub fn without_words_before_time(text: &str) -> &str {
    let mut rest = text;
    for _ in 0..MOST_BEFORE_TIME {
        let Some((word, behind)) = rest.split_once([' ', '\u{a0}', '\u{202f}']) else { break };
        if !BEFORE_TIME.contains(&word.trim_end_matches('.')) {
            break;
        }
        rest = behind.trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_and_a_month_without_a_year() {
        for text in ["Acme - Pricing - June 3", "3. Juni, 10:00", "the 3rd of June", "Jun 3rd - 45 min"] {
            assert!(lacks_year(text), "{text}");
        }
        for text in ["June 3, 2026", "2026-06-03 (June 3)", "March 2026", "3 people may come", "June"] {
            assert!(!lacks_year(text), "{text}");
        }
    }
}
