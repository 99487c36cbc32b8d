//! The longest **stretch** of a call: what one speaker says until another takes the word, in words.
//!
//! One rule for measures and tables; by the clock ([`timing`](super::timing)) it is the same, and a long pause ends it too.

use std::collections::BTreeMap;

use super::{
    Evidence,
    view::{Item, Line},
};
use crate::{conversation::Side, floor};

/// What one speaker said without a break.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'v, 'a> {
    pub words: usize,
    pub first: &'v Line<'a>,
    pub last: &'v Line<'a>,
    /// The longest of its utterances.
    pub longest: &'v Line<'a>,
}

/// Whether whoever says this takes the word: not with a back-channel, nor with what holds no words.
pub(super) fn takes_the_word(text: &str) -> bool {
    text.contains(char::is_alphanumeric) && !floor::is_back_channel(text)
}

/// The longest stretch of one speaker of `side`.
pub(super) fn longest<'v, 'a>(item: &'v Item<'a>, side: Side) -> Option<Stretch<'v, 'a>> {
    let mut best: Option<Stretch> = None;
    each(item, |line, stretch| {
        if line.side == side && best.is_none_or(|held| stretch.words > held.words) {
            best = Some(stretch);
        }
    });
    best
}

/// Words of the longest stretch of each speaker.
pub(super) fn longest_words<'a>(item: &Item<'a>) -> BTreeMap<&'a str, usize> {
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    each(item, |line, stretch| {
        let held = best.entry(line.speaker).or_default();
        *held = stretch.words.max(*held);
    });
    best
}

/// Calls `told` with each line and the stretch of its speaker up to it. A back-channel of another, of whichever side, does
/// not break one.
fn each<'v, 'a>(item: &'v Item<'a>, mut told: impl FnMut(&Line<'a>, Stretch<'v, 'a>)) {
    // The stretch that each speaker is in.
    let mut open: BTreeMap<&str, Stretch> = BTreeMap::new();
    for line in &item.lines {
        if line.takes_the_word() {
            open.retain(|speaker, _| *speaker == line.speaker);
        }
        let stretch = open.entry(line.speaker).or_insert(Stretch { words: 0, first: line, last: line, longest: line });
        (stretch.words, stretch.last) = (stretch.words + line.words(), line);
        if line.words() > stretch.longest.words() {
            stretch.longest = line;
        }
        told(line, *stretch);
    }
}

/// A stretch as evidence: its longest turn, in which most of it stands, and as [`quotes`].
pub(super) fn all_quotes(stretch: &Stretch) -> Vec<Evidence> {
    let mut turns = vec![whole_turn(stretch.longest)];
    turns.extend(quotes(stretch.first, stretch.last).into_iter().filter(|turn| *turn != whole_turn(stretch.longest)));
    turns
}

/// A stretch as evidence: all that was said in its first turn, and in its last where that is another, so that a reader
/// sees where it starts and where it ends.
pub(super) fn quotes(first: &Line, last: &Line) -> Vec<Evidence> {
    let mut turns = vec![whole_turn(first)];
    if last.turn != first.turn {
        turns.push(whole_turn(last));
    }
    turns
}

fn whole_turn(line: &Line) -> Evidence {
    Evidence::Quote {
        conversation: line.conversation.id.clone(),
        turn: line.turn,
        at_ms: line.at_ms,
        speaker: line.speaker.to_owned(),
        quote: line.conversation.turns[line.turn].text.trim().to_owned(),
    }
}
