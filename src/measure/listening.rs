//! The habits of our side over a whole deal: how much of what it says acknowledges, asks or agrees a step, and how much
//! pushes.
//!
//! Conduct goes together: who pushes rarely asks, acknowledges or fixes a date. So one moment (an objection that is argued
//! with, a question that is passed over) is judged beside the habit: it is a lapse of somebody who listens, or one more case
//! of somebody who does not. Habits are means over some fifty utterances, which a wrong label here or there hardly moves.

use std::collections::BTreeMap;

use super::{
    Group, MeasureRow, Reading, Unit,
    empathy::acknowledges,
    needs,
    view::{Line, View, count, count_of},
};
use crate::utterance::Intent;

pub(super) const GROUP: Group = Group { title: "Listening", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "listening_share",
        unit: Unit::Percent,
        meaning: "Utterances of our side that acknowledge a concern or ask an open question, in percent of those of ours that \
                  have four words or more.",
        needs: needs::OURS,
        read: |v| {
            let all = substance(v);
            let lines: Vec<_> = v.seller().filter(|l| listens(l) > 0).collect();
            let share = (100.0 * lines.len() as f64 / all as f64).min(100.0);
            (all > 0).then(|| Reading { value: share, unit: Unit::Percent, ..count(&lines) })
        },
    },
    MeasureRow {
        name: "listening_balance",
        unit: Unit::Balance,
        meaning: "Acknowledged concerns and open questions of our side, less its pushes, for each of its utterances of four \
                  words or more, -1 to 1: the habit of a whole deal, which no single utterance decides.",
        needs: needs::OURS,
        read: |v| balance_of(v.seller().collect(), listens),
    },
    MeasureRow {
        name: "listening_balance_at_first",
        unit: Unit::Balance,
        meaning: "`listening_balance` of the first half of our utterances: how our side began.",
        needs: "five utterances of four words or more in that half",
        read: |v| {
            let lines: Vec<_> = v.seller().collect();
            let first = lines[..lines.len() / 2].to_vec();
            if first.iter().filter(|l| has_substance(l)).count() < FEWEST { None } else { balance_of(first, listens) }
        },
    },
    MeasureRow {
        name: "best_listener_balance",
        unit: Unit::Balance,
        meaning: "`listening_balance` of whoever of our side listens most, of those with five utterances of four words or more: \
                  where two of us speak and one of them pushes, the other one has still listened.",
        needs: "somebody of our side with five utterances of four words or more",
        read: best_listener,
    },
    MeasureRow {
        name: "conduct_balance",
        unit: Unit::Balance,
        meaning: "Acknowledged concerns, open questions and concrete next steps of our side, less its pushes, for each of its \
                  utterances of four words or more, -1 to 1: as `listening_balance`, for a seller who also carries the deal on.",
        needs: needs::OURS,
        read: |v| balance_of(v.seller().collect(), carries_on),
    },
];

/// Of fewer utterances one question would make a listener.
const FEWEST: usize = 5;

/// How much it listens: once for a concern that it acknowledges, once for an open question.
fn listens(line: &Line) -> u8 {
    u8::from(acknowledges(line)) + u8::from(line.is(Intent::DiscoveryQuestion))
}

/// How much it listens or carries the deal on.
fn carries_on(line: &Line) -> u8 {
    listens(line) + u8::from(line.is(Intent::NextStep))
}

/// How much good some lines of ours do, less their pushes, for each of them that says anything.
fn balance_of(lines: Vec<&Line>, good: fn(&Line) -> u8) -> Option<Reading> {
    let all = lines.iter().filter(|l| has_substance(l)).count();
    let sum: f64 = lines.iter().map(|l| f64::from(good(l)) - f64::from(u8::from(l.is(Intent::Pressure)))).sum();
    let pushes: Vec<_> = lines.into_iter().filter(|l| l.is(Intent::Pressure)).collect();
    let value = (sum / all as f64).clamp(-1.0, 1.0);
    (all > 0).then(|| Reading { value, unit: Unit::Balance, ..count_of(&pushes, &[Intent::Pressure]) })
}

/// The balance of whoever of ours listens most; the evidence is where that one listened.
fn best_listener(v: &View) -> Option<Reading> {
    let mut by_speaker: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in v.seller() {
        by_speaker.entry(line.speaker).or_default().push(line);
    }
    let balances = by_speaker
        .into_values()
        .filter(|lines| lines.iter().filter(|l| has_substance(l)).count() >= FEWEST)
        .filter_map(|lines| Some((balance_of(lines.clone(), listens)?.value, lines)));
    let (value, lines) = balances.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let listened: Vec<_> = lines.into_iter().filter(|l| listens(l) > 0).collect();
    Some(Reading { value, unit: Unit::Balance, ..count(&listened) })
}

/// How many utterances of ours say anything.
fn substance(v: &View) -> usize {
    v.seller().filter(|l| has_substance(l)).count()
}

/// Whether it says anything: greetings, sign-offs and back-channels, which one export keeps and another cuts, have fewer
/// than four words.
fn has_substance(line: &Line) -> bool {
    line.words() >= 4
}
