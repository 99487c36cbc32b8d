//! The longest **stretch** of a call: what one speaker says until another takes the word, in words.
//!
//! One rule for measures and tables; by the clock it is in [`timing`](super::timing).

use super::{
    Evidence,
    talk::is_back_channel,
    view::{Item, Line},
};
use crate::conversation::Side;

/// What one speaker said without a break.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'v, 'a> {
    pub words: usize,
    pub first: &'v Line<'a>,
    pub last: &'v Line<'a>,
}

/// The longest stretch of one speaker of `side`, of the one called `speaker` where that is given. A back-channel of the
/// other side does not break it.
pub(super) fn longest<'v, 'a>(item: &'v Item<'a>, side: Side, speaker: Option<&str>) -> Option<Stretch<'v, 'a>> {
    let mut best: Option<Stretch> = None;
    let mut run: Option<Stretch> = None;
    for line in &item.lines {
        if line.side != side {
            if !is_back_channel(line) {
                run = None;
            }
            continue;
        }
        let stretch = match run {
            Some(held) if held.first.speaker == line.speaker => {
                Stretch { words: held.words + line.words(), last: line, ..held }
            }
            _ => Stretch { words: line.words(), first: line, last: line },
        };
        let wanted = speaker.is_none_or(|name| name == line.speaker);
        if wanted && best.as_ref().is_none_or(|held| stretch.words > held.words) {
            best = Some(stretch);
        }
        run = Some(stretch);
    }
    best
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
