//! The user's own phrases, counted: a **tracker** becomes a measure that rules may name.
//!
//! A tracker is written in a rules file as `[tracker.NAME]` and read as the measure `tracker.NAME`.

use std::borrow::Cow;

use serde::Deserialize;

use super::{
    Reading, Unit,
    phrases::{beginnings, is_denied, places_of_one},
    view::{Line, View, absence, count},
};
use crate::conversation::Side;

/// Whose words a tracker looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Whose {
    /// The buyer's side.
    Buyer,
    /// Our side.
    Seller,
    /// Everybody, also where the side is unknown.
    #[default]
    Any,
}

/// In which part of an interaction, by its utterances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The first third.
    Start,
    /// The second third.
    Middle,
    /// The last third.
    End,
    /// All of it.
    #[default]
    Any,
}

/// Phrases to be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracker {
    /// The measure that it becomes: `tracker.NAME`.
    pub measure: &'static str,
    /// The phrases, lower case; words of the text stand between word boundaries, `*` at the end takes any ending.
    pub phrases: Vec<String>,
    /// Whose words.
    pub side: Whose,
    /// Which part of a call or mail.
    pub part: Part,
    /// Whether a phrase that is denied ("no pen test", "we don't need a pen test") counts as well.
    pub count_negated: bool,
}

impl Tracker {
    /// How often the phrases were said.
    pub(super) fn read(&self, v: &View) -> Option<Reading> {
        if v.items.is_empty() {
            return None;
        }
        let lines: Vec<&Line> = v.lines().filter(|line| self.matches(v, line)).collect();
        Some(match lines.len() {
            0 => absence(0.0, Unit::Count, format!("{} was not said", self.phrases.join(", "))),
            _ => count(&lines),
        })
    }

    fn matches(&self, v: &View, line: &Line) -> bool {
        let side = match self.side {
            Whose::Any => true,
            Whose::Buyer => line.side == Side::Buyer,
            Whose::Seller => line.side == Side::Seller,
        };
        let (place, all) = (line.place * 3, v.items[line.item].lines.len());
        let part = match self.part {
            Part::Any => true,
            Part::Start => place < all,
            Part::Middle => (all..2 * all).contains(&place),
            Part::End => place >= 2 * all,
        };
        side && part && self.phrases.iter().any(|phrase| says(&line.plain, phrase, self.count_negated))
    }
}

/// A phrase as texts are folded before it is looked for: lower case, straight apostrophes, one blank between words and where
/// they are joined by a hyphen, which one service writes and another does not ("pen-test").
pub fn folded(phrase: &str) -> String {
    unjoined(&phrase.to_lowercase().replace('’', "'")).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The hyphens that join words: that of keyboards, and those of typesetting.
const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{2011}'];

fn unjoined(text: &str) -> Cow<'_, str> {
    if text.contains(HYPHENS) { Cow::Owned(text.replace(HYPHENS, " ")) } else { Cow::Borrowed(text) }
}

/// Whether `phrase` stands in `text` between word boundaries; without `count_negated`, at least once without a denial in the
/// four words before it.
fn says(text: &str, phrase: &str, count_negated: bool) -> bool {
    let text = &*unjoined(text);
    let counts = |(before, _): (&str, &str)| count_negated || !is_denied(before);
    match phrase.strip_suffix('*') {
        Some(stem) => beginnings(text, stem).any(counts),
        None => places_of_one(text, phrase).any(counts),
    }
}

#[cfg(test)]
mod tests {
    use super::{folded, says};

    #[test]
    fn phrases_stand_between_word_boundaries_and_know_a_denial() {
        for (text, phrase, negated, expected) in [
            ("do you have a pen test?", "pen test", false, true),
            ("an open testbed", "pen test", false, false),
            ("we don't need a pen test", "pen test", false, false),
            ("we don't need a pen test", "pen test", true, true),
            ("not sure, a pen test would help", "pen test", false, true),
            ("they keep cancelling", "cancel*", false, true),
            ("they keep cancelling", "cancel", false, false),
            ("is there a pen-test?", "pen test", false, true),
            ("is there a pen test?", "pen-test", false, true),
            ("is there a pen\u{2011}test?", "pen-test", false, true),
            ("no pen-test", "pen test", false, false),
            ("we cross-check it", "cross-che*", false, true),
        ] {
            assert_eq!(says(text, &folded(phrase), negated), expected, "{text:?} {phrase:?}");
        }
    }
}
