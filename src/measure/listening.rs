//! The habits of our side over a whole deal: how much of what it says acknowledges, asks or agrees a step, and how much
//! pushes.
//!
//! Conduct goes together: who pushes rarely asks, acknowledges or fixes a date. So one moment (an objection that is argued
//! with, a question that is passed over) is judged beside the habit: it is a lapse of somebody who listens, or one more case
//! of somebody who does not. Habits are means over some fifty utterances, which a wrong label here or there hardly moves.

use super::{
    Group, MeasureRow, Reading, Unit,
    conduct::OURS,
    view::{Line, View, count},
};
use crate::utterance::Intent;

pub(super) const GROUP: Group = Group { title: "Listening", rows: ROWS };

const LISTENS: &[Intent] = &[Intent::Empathy, Intent::DiscoveryQuestion];
const CARRIES_ON: &[Intent] = &[Intent::Empathy, Intent::DiscoveryQuestion, Intent::NextStep];

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "listening_share",
        unit: Unit::Percent,
        meaning: "Utterances of our side that acknowledge a concern or ask an open question, in percent of those of ours that \
                  have four words or more.",
        needs: OURS,
        read: |v| {
            let all = substance(v);
            let lines: Vec<_> = v.seller().filter(|l| l.is_any(LISTENS)).collect();
            let share = (100.0 * lines.len() as f64 / all as f64).min(100.0);
            (all > 0).then(|| Reading { value: share, unit: Unit::Percent, ..count(&lines) })
        },
    },
    MeasureRow {
        name: "listening_balance",
        unit: Unit::Balance,
        meaning: "Acknowledged concerns and open questions of our side, less its pushes, for each of its utterances of four \
                  words or more, -1 to 1: the habit of a whole deal, which no single utterance decides.",
        needs: OURS,
        read: |v| balance(v, LISTENS),
    },
    MeasureRow {
        name: "conduct_balance",
        unit: Unit::Balance,
        meaning: "Acknowledged concerns, open questions and concrete next steps of our side, less its pushes, for each of its \
                  utterances of four words or more, -1 to 1: as `listening_balance`, for a seller who also carries the deal on.",
        needs: OURS,
        read: |v| balance(v, CARRIES_ON),
    },
];

/// How often our side does one of `good`, less its pushes, for each of its utterances that say anything.
fn balance(v: &View, good: &[Intent]) -> Option<Reading> {
    let all = substance(v);
    let does = |l: &Line| good.iter().filter(|i| l.is(**i)).count() as f64;
    let sum: f64 = v.seller().map(|l| does(l) - f64::from(u8::from(l.is(Intent::Pressure)))).sum();
    let pushes: Vec<_> = v.seller().filter(|l| l.is(Intent::Pressure)).collect();
    let value = (sum / all as f64).clamp(-1.0, 1.0);
    (all > 0).then(|| Reading { value, unit: Unit::Balance, ..count(&pushes) })
}

/// How many utterances of ours say anything: greetings, sign-offs and back-channels, which one export keeps and another
/// cuts, have fewer than four words.
fn substance(v: &View) -> usize {
    v.seller().filter(|l| l.words() >= 4).count()
}
