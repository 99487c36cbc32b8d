//! The sentences of a finding: its message with the numbers in it.

use super::Rule;
use crate::measure::{Readings, Unit};

impl Rule {
    /// The message with its numbers.
    pub(super) fn worded(&self, readings: &Readings) -> String {
        let mut out = self.message.clone();
        for (name, whole) in placeholders(&self.message) {
            let value = match (readings.get(name), self.limits.get(name)) {
                (Some(reading), _) => in_words(reading.value, reading.unit),
                (None, Some(limit)) => limit.to_string(),
                (None, None) => "?".to_owned(),
            };
            if value == "1" {
                out = out.replace(&format!("{whole} times"), "once");
            }
            out = out.replace(whole, &value);
        }
        out
    }
}

/// `{name}` in a message: the name, and the whole with its braces.
pub(super) fn placeholders(message: &str) -> Vec<(&str, &str)> {
    message
        .match_indices('{')
        .filter_map(|(at, _)| {
            let end = message[at..].find('}')? + at;
            Some((&message[at + 1..end], &message[at..=end]))
        })
        .collect()
}

/// A number as a person reads it.
pub fn in_words(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count | Unit::Words | Unit::Days => {
            format!("{}", (value * 10.0).round() / 10.0).trim_end_matches(".0").to_owned()
        }
        Unit::Percent => format!("{value:.0} %"),
        Unit::Seconds => format!("{value:.1} s"),
        Unit::WordsPerMinute | Unit::PerMinute => format!("{value:.1}"),
        Unit::Balance => format!("{value:+.2}"),
        Unit::YesNo => if value > 0.5 { "yes" } else { "no" }.to_owned(),
    }
}
