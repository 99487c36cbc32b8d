//! How things were said, as context beside the words: never a score of a person.
//!
//! Loudness is held against the speaker's own median in the same call, so that neither a line, a room nor a voice counts.
//! It only counts together with the words: a laugh is loud too.

use super::{
    Basis, Group, MeasureRow, Reading, Unit,
    view::{Line, View, count},
};
use crate::{conversation::Side, floor::LOUD_DB, utterance::Tone};

pub(super) const GROUP: Group = Group { title: "Sound", rows: ROWS };

const NEEDS: &str = "a recording that could be laid over its transcript";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "buyer_loud_negative",
        unit: Unit::Count,
        meaning: "Negative utterances of the buyer's side in turns that are 6 dB or more above the median of their own speaker \
                  in that call: a complaint with a raised voice.",
        needs: NEEDS,
        read: |v| loud(v, Side::Buyer, Tone::Negative),
    },
    MeasureRow {
        name: "seller_loud_negative",
        unit: Unit::Count,
        meaning: "Negative utterances of our side in turns that are 6 dB or more above the median of their own speaker in that \
                  call.",
        needs: NEEDS,
        read: |v| loud(v, Side::Seller, Tone::Negative),
    },
];

const _: () = assert!(LOUD_DB == 6.0, "the two meanings above name it");

fn loud(v: &View, side: Side, tone: Tone) -> Option<Reading> {
    let mut lines: Vec<&Line> = Vec::new();
    let mut heard = false;
    for item in v.items.iter().filter(|i| i.is_call()) {
        let Some(floor) = item.clock.floor() else { continue };
        heard |= floor.turns.iter().any(|t| t.level_db.is_some());
        // They stand in the order of the turns.
        let heard = |turn: usize| floor.turns.binary_search_by_key(&turn, |t| t.turn).map(|at| floor.turns[at]);
        let is_loud = |turn: usize| heard(turn).is_ok_and(|t| t.is_loud());
        lines.extend(item.of(side).filter(|l| l.tone() == tone && is_loud(l.turn)));
    }
    heard.then(|| Reading { rests_on: Some(Basis::Recording), ..count(&lines) })
}
