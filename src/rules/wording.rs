//! The sentences of a finding: its message with the numbers in it.

use super::Rule;
use crate::measure::Readings;

impl Rule {
    /// The message with its numbers. A part in square brackets is left out where a number in it reads as 0 or has no reading
    /// (unless that would leave nothing), and of `(one|many)` stands what fits the number before it, also that of an earlier
    /// part.
    pub(super) fn worded(&self, readings: &Readings) -> String {
        let number = |name: &str| match (readings.get(name), self.limits.get(name)) {
            (Some(reading), _) => Some((reading.value, reading.unit.in_words(reading.value))),
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
        let worded = in_words(parts.iter().filter(says), &number);
        let worded = if worded.trim().is_empty() { in_words(parts.iter(), &number) } else { worded };
        worded.trim().to_owned()
    }
}

/// A stretch of a message.
pub(super) struct Part<'a> {
    text: &'a str,
    /// Whether it stood in square brackets.
    optional: bool,
}

/// What is wrong with a message; none where it can be said.
pub(super) fn fault(message: &str) -> Option<&'static str> {
    if message.trim().is_empty() {
        return Some("the message is empty, so that the flag would say nothing; say what was found");
    }
    if parts(message).is_none() {
        return Some("a square bracket lacks its other: a part in brackets is left out where a number in it is 0");
    }
    let mut open = false;
    for brace in message.chars().filter(|c| matches!(c, '{' | '}')) {
        if open == (brace == '{') {
            return Some("a brace lacks its other: {calls} stands for the number of that measure");
        }
        open = brace == '{';
    }
    if open {
        return Some("a brace lacks its other: {calls} stands for the number of that measure");
    }
    let forms = message.split('(').skip(1);
    forms
        .filter(|inside| !inside.contains(')'))
        .any(|inside| inside.contains('|'))
        .then_some("(one|many) lacks its closing bracket")
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

fn in_words<'p>(parts: impl Iterator<Item = &'p Part<'p>>, number: &impl Fn(&str) -> Option<(f64, String)>) -> String {
    let mut last = String::new();
    parts.map(|part| with_numbers(part.text, number, &mut last)).collect()
}

/// `last`: the number that was named last, but within `(one|many)`, by which such a choice goes.
fn with_numbers(text: &str, number: &impl Fn(&str) -> Option<(f64, String)>, last: &mut String) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(['{', '(']) {
        out.push_str(&rest[..at]);
        let (opening, inside) = rest[at..].split_at(1);
        let closing = if opening == "{" { '}' } else { ')' };
        let closed = inside.split_once(closing);
        let forms = closed.and_then(|(forms, after)| Some((forms.split_once('|')?, after)));
        rest = match (opening, closed, forms) {
            ("{", Some((name, after)), _) => {
                *last = number(name).map_or_else(|| "?".to_owned(), |(_, words)| words);
                let often = match last.as_str() {
                    "1" => after.strip_prefix(" times").map(|after| ("once", after)),
                    "2" => after.strip_prefix(" times").map(|after| ("twice", after)),
                    _ => None,
                };
                let (said, after) = often.unwrap_or((last, after));
                out.push_str(said);
                after
            }
            ("(", _, Some(((one, many), after))) => {
                let form = if last == "1" { one } else { many };
                // A number within goes with its own words: what follows still goes by the one before.
                out.push_str(&with_numbers(form, number, &mut last.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        measure::{Reading, Unit},
        rules::Rules,
    };

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
            ("{stalls} in all[, (of old|{answers_missed} of old)]", Some(1.0), Some(1.0), "1 in all, of old"),
            ("{stalls} in all[, (of old|{answers_missed} of old)]", Some(1.0), Some(2.0), "2 in all, 1 of old"),
            ("{stalls} in all[, (of old|{answers_missed} of old)]", Some(0.0), Some(1.0), "1 in all"),
            (
                "{stalls} in all[, (old|{answers_missed} old)][, (new|{answers_missed} new)]",
                Some(1.0),
                Some(2.0),
                "2 in all, 1 old, 1 new",
            ),
            ("Late (by {stalls} days: {answers_missed}", Some(1.0), Some(3.0), "Late (by 3 days: 1"),
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
