//! The sentences of a finding: its message with the numbers in it.

use super::Rule;
use crate::measure::{Readings, Unit};

impl Rule {
    /// The message with its numbers. A part in square brackets is left out where a number in it reads as 0 or has no reading
    /// (unless that would leave nothing), and of `(one|many)` stands what fits the number before it.
    pub(super) fn worded(&self, readings: &Readings) -> String {
        let number = |name: &str| match (readings.get(name), self.limits.get(name)) {
            (Some(reading), _) => Some((reading.value, in_words(reading.value, reading.unit))),
            (None, Some(&limit)) => Some((limit, limit.to_string())),
            (None, None) => None,
        };
        let parts = parts(&self.message).unwrap_or_default();
        let says = |part: &&Part| {
            !part.optional
                || placeholders(part.text)
                    .iter()
                    .all(|name| number(name).is_some_and(|(value, words)| value != 0.0 && words != "0"))
        };
        let worded: String = parts.iter().filter(says).map(|p| with_numbers(p.text, &number)).collect();
        let all = || parts.iter().map(|p| with_numbers(p.text, &number)).collect();
        let worded = if worded.trim().is_empty() { all() } else { worded };
        worded.trim().to_owned()
    }
}

/// A stretch of a message.
pub(super) struct Part<'a> {
    text: &'a str,
    /// Whether it stood in square brackets.
    optional: bool,
}

/// The parts of a message; `None` where a square bracket lacks its other.
pub(super) fn parts(message: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    for (n, text) in message.split('[').enumerate() {
        let (inside, after) = if n == 0 { ("", text) } else { text.split_once(']')? };
        if after.contains(']') {
            return None;
        }
        let stretches = [(inside, true), (after, false)].into_iter().filter(|(text, _)| !text.is_empty());
        parts.extend(stretches.map(|(text, optional)| Part { text, optional }));
    }
    Some(parts)
}

fn with_numbers(text: &str, number: &impl Fn(&str) -> Option<(f64, String)>) -> String {
    let (mut out, mut rest, mut last) = (String::new(), text, String::new());
    while let Some(at) = rest.find(['{', '(']) {
        out.push_str(&rest[..at]);
        let (opening, inside) = rest[at..].split_at(1);
        let closing = if opening == "{" { '}' } else { ')' };
        let closed = inside.split_once(closing);
        let forms = closed.and_then(|(forms, after)| Some((forms.split_once('|')?, after)));
        rest = match (opening, closed, forms) {
            ("{", Some((name, after)), _) => {
                last = number(name).map_or_else(|| "?".to_owned(), |(_, words)| words);
                let often = match last.as_str() {
                    "1" => after.strip_prefix(" times").map(|after| ("once", after)),
                    "2" => after.strip_prefix(" times").map(|after| ("twice", after)),
                    _ => None,
                };
                let (said, after) = often.unwrap_or((&last, after));
                out.push_str(said);
                after
            }
            ("(", _, Some(((one, many), after))) => {
                out.push_str(if last == "1" { one } else { many });
                after
            }
            // A bracket of the message's own.
            _ => {
                out.push_str(opening);
                inside
            }
        };
    }
    out + rest
}

/// The names in braces in a message.
pub(super) fn placeholders(message: &str) -> Vec<&str> {
    message.match_indices('{').filter_map(|(at, _)| Some(message[at + 1..].split_once('}')?.0)).collect()
}

/// So many seconds are told in minutes.
const MINUTES_FROM: f64 = 120.0;

/// A number as a person reads it.
pub fn in_words(value: f64, unit: Unit) -> String {
    let told = match unit {
        Unit::Count | Unit::Words => format!("{}", (value * 10.0).round() / 10.0),
        // Whole days that have gone by, so that a limit of 14 is never told as reached by 13.6.
        Unit::Days => format!("{:.0}", value.trunc()),
        Unit::Percent => format!("{value:.0} %"),
        Unit::Seconds if value >= MINUTES_FROM => format!("{}:{:02} minutes", value as u64 / 60, value as u64 % 60),
        Unit::Seconds => format!("{value:.1} s"),
        Unit::WordsPerMinute | Unit::PerMinute => format!("{value:.1}"),
        Unit::Balance => format!("{value:+.2}"),
        Unit::YesNo => if value > 0.5 { "yes" } else { "no" }.to_owned(),
    };
    // What reads as zero has no sign.
    match told.strip_prefix(['+', '-']) {
        Some(zero) if !zero.contains(|c: char| matches!(c, '1'..='9')) => zero.to_owned(),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{measure::Reading, rules::Rules};

    #[test]
    fn numbers_read_as_people_write_them() {
        for (value, unit, told) in [
            (19.4, Unit::Days, "19"),
            (244.6, Unit::Days, "244"),
            (13.9, Unit::Days, "13"),
            (1.0, Unit::Days, "1"),
            (-0.004, Unit::Balance, "0.00"),
            (0.0, Unit::Balance, "0.00"),
            (0.1, Unit::Balance, "+0.10"),
            (-0.25, Unit::Balance, "-0.25"),
            (-0.04, Unit::Count, "0"),
            (1.25, Unit::Count, "1.3"),
            (10.0, Unit::Count, "10"),
            (-0.2, Unit::Percent, "0 %"),
            (-0.01, Unit::Seconds, "0.0 s"),
            (138.6, Unit::Seconds, "2:18 minutes"),
        ] {
            assert_eq!(in_words(value, unit), told, "{value} {unit:?}");
        }
    }

    #[test]
    fn a_message_says_what_there_is_and_how_many() {
        let asked = "[{answers_missed} (question|questions) (was|were) missed.][ {stalls} times put off.] Ask (Ann).";
        for (message, missed, stalls, worded) in [
            (asked, Some(1.0), Some(1.0), "1 question was missed. once put off. Ask (Ann)."),
            (asked, Some(2.0), Some(0.0), "2 questions were missed. Ask (Ann)."),
            (asked, Some(0.0), Some(2.0), "twice put off. Ask (Ann)."),
            (asked, None, Some(3.0), "3 times put off. Ask (Ann)."),
            ("[{stalls} delays]", None, Some(0.0), "0 delays"),
            ("{stalls} delays {answers_missed}", None, Some(0.0), "0 delays ?"),
            ("Late (by {stalls} days: {answers_missed", Some(1.0), Some(3.0), "Late (by 3 days: {answers_missed"),
        ] {
            let toml = format!("[risk.own]\nwhen = [\"stalls >= 1\"]\nmessage = \"{message}\"\n");
            let rules = Rules::with(&toml, "f").unwrap();
            let read = |value| Reading { value, unit: Unit::Count, rests_on: None, evidence: Vec::new() };
            let readings: Readings = [("answers_missed", missed), ("stalls", stalls)]
                .into_iter()
                .filter_map(|(name, value)| Some((name, read(value?))))
                .collect();
            assert_eq!(rules.rule("own").unwrap().worded(&readings), worded);
        }
    }
}
