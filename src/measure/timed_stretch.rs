//! The longest stretch of one speaker of a call by its clock; `stretch.rs` has that by words.

use std::collections::BTreeMap;

use super::{Basis, stretch::takes_the_word, timing::PAUSE_MS};
use crate::{
    conversation::{Conversation, Side, Turn},
    floor::{self, Floor},
};

/// What one speaker said without a break, by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimedStretch {
    /// Index of its first turn; absent where a recording has it and the transcript has not.
    pub first: Option<usize>,
    /// Index of its last turn, where that is known to be another.
    pub last: Option<usize>,
    /// From its beginning to its end, in milliseconds.
    pub ms: u64,
}

/// The longest stretch of one speaker of `side` in a call with a clock whose floor is `from` there.
pub(super) fn longest_stretch(
    conversation: &Conversation,
    floor: Option<&Floor>,
    from: Basis,
    side: Side,
) -> Option<TimedStretch> {
    if let (Some(recording), Basis::Recording) = (&conversation.recording, from) {
        let (first, ms) = floor::longest_run(floor?, recording, side, PAUSE_MS)?;
        return Some(TimedStretch { first, last: None, ms });
    }
    let mut best: Option<TimedStretch> = None;
    each_stretch(conversation, |turn, stretch| {
        if turn.side == side && best.is_none_or(|held| stretch.ms > held.ms) {
            best = Some(stretch);
        }
    });
    best
}

/// How long the longest stretch of each speaker is, in milliseconds. Two voices of one channel of a recording are not told
/// apart.
pub(super) fn longest_stretches<'a>(
    conversation: &'a Conversation,
    floor: Option<&Floor>,
    from: Basis,
) -> BTreeMap<&'a str, u64> {
    let mut best: BTreeMap<&str, u64> = BTreeMap::new();
    if let (Some(recording), Basis::Recording) = (&conversation.recording, from) {
        for (lane, its) in recording.lanes.iter().enumerate() {
            let longest = floor.and_then(|floor| floor::longest_run_of(floor, lane, PAUSE_MS));
            if let ([only], Some((_, ms))) = (&its.speakers[..], longest) {
                best.entry(only).or_insert(ms);
            }
        }
        return best;
    }
    each_stretch(conversation, |turn, stretch| {
        let held = best.entry(&turn.speaker).or_default();
        *held = stretch.ms.max(*held);
    });
    best
}

/// Calls `told` with each turn that has times and the stretch of its speaker up to it.
fn each_stretch<'a>(conversation: &'a Conversation, mut told: impl FnMut(&'a Turn, TimedStretch)) {
    // First turn, start and end of the stretch that each speaker is in.
    let mut open: BTreeMap<&str, (usize, u64, u64)> = BTreeMap::new();
    for (at, turn) in conversation.turns.iter().enumerate() {
        let (Some(start), Some(end)) = (turn.start_ms, turn.end_ms) else { continue };
        // A turn that ends before it starts has no length that anybody could tell.
        if end < start {
            continue;
        }
        if takes_the_word(&turn.text) {
            open.retain(|speaker, _| *speaker == turn.speaker);
        }
        let stretch = open.entry(&turn.speaker).or_insert((at, start, end));
        if start > stretch.2 + PAUSE_MS {
            *stretch = (at, start, end);
        }
        stretch.2 = stretch.2.max(end);
        let (first, ms) = (stretch.0, stretch.2 - stretch.1);
        told(turn, TimedStretch { first: Some(first), last: Some(at).filter(|at| *at != first), ms });
    }
}
