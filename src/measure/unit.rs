//! What a measured number counts, and how it is written: one way for messages, sums, pages and terminals, so that a card says
//! the same in its sentence and in what that rests on.

use serde::{Deserialize, Serialize};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A count of things.
    Count,
    /// 0 to 100.
    Percent,
    /// Seconds.
    Seconds,
    /// Days of 24 hours.
    Days,
    /// Words.
    Words,
    /// Words a minute.
    WordsPerMinute,
    /// Events a minute.
    PerMinute,
    /// Tone, -1 to 1.
    Balance,
    /// 1 for yes, 0 for no.
    YesNo,
}

impl Unit {
    /// A number as a sentence takes it, which has the noun: `19` (days), `62 %`, `2 min 31 s`, `+0.10`.
    pub fn in_words(self, value: f64) -> String {
        let told = match self {
            Unit::Count | Unit::Words | Unit::WordsPerMinute | Unit::PerMinute => tenth(value),
            // Whole days that have gone by, so that a limit of 14 is never told as reached by 13.6.
            Unit::Days => format!("{:.0}", value.trunc()),
            Unit::Percent => format!("{} %", value.round()),
            // A second more or less is much of a wait and nothing of a monologue.
            Unit::Seconds if value < 9.95 => format!("{} s", tenth(value)),
            Unit::Seconds => span(value),
            Unit::Balance => format!("{value:+.2}"),
            Unit::YesNo => if value > 0.5 { "yes" } else { "no" }.to_owned(),
        };
        // What reads as zero has no sign.
        match told.strip_prefix(['+', '-']) {
            Some(zero) if !zero.contains(|c: char| matches!(c, '1'..='9')) => zero.to_owned(),
            _ => told,
        }
    }

    /// The same where it stands alone: `19 days`, `120 words`.
    pub fn quantity(self, value: f64) -> String {
        let number = self.in_words(value);
        match self {
            Unit::Days if number == "1" => "1 day".to_owned(),
            Unit::Days => format!("{number} days"),
            Unit::Words => format!("{number} words"),
            Unit::WordsPerMinute => format!("{number} words/min"),
            Unit::PerMinute => format!("{number} per min"),
            Unit::Count | Unit::Percent | Unit::Seconds | Unit::Balance | Unit::YesNo => number,
        }
    }
}

/// To a tenth, which is left out where it is none.
fn tenth(value: f64) -> String {
    format!("{}", (value * 10.0).round() / 10.0)
}

/// A span of time: `45 s`, `2 min 31 s`, `1 h 5 min`.
pub fn span(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (value, unit, told, alone) in [
            (19.4, Unit::Days, "19", "19 days"),
            (244.6, Unit::Days, "244", "244 days"),
            (13.9, Unit::Days, "13", "13 days"),
            (1.0, Unit::Days, "1", "1 day"),
            (-0.004, Unit::Balance, "0.00", "0.00"),
            (0.0, Unit::Balance, "0.00", "0.00"),
            (0.1, Unit::Balance, "+0.10", "+0.10"),
            (-0.25, Unit::Balance, "-0.25", "-0.25"),
            (-0.04, Unit::Count, "0", "0"),
            (0.25, Unit::Count, "0.3", "0.3"),
            (10.0, Unit::Count, "10", "10"),
            (120.0, Unit::Words, "120", "120 words"),
            (151.64, Unit::WordsPerMinute, "151.6", "151.6 words/min"),
            (-0.2, Unit::Percent, "0 %", "0 %"),
            (62.34, Unit::Percent, "62 %", "62 %"),
            (-0.01, Unit::Seconds, "0 s", "0 s"),
            (0.64, Unit::Seconds, "0.6 s", "0.6 s"),
            (9.97, Unit::Seconds, "10 s", "10 s"),
            (151.4, Unit::Seconds, "2 min 31 s", "2 min 31 s"),
            (1.0, Unit::YesNo, "yes", "yes"),
        ] {
            assert_eq!((unit.in_words(value), unit.quantity(value)), (told.into(), alone.into()), "{value} {unit:?}");
        }
        assert_eq!(span(120.0), "2 min");
        assert_eq!(span(3_900.0), "1 h 5 min");
    }
}
