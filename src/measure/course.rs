//! The tone of a side in its parts: how much of it is negative and how much positive, and how it goes within a call.
//!
//! A mean hides both: one that likes the product and fears the price comes out as neither, and a call that ends badly as a
//! middling one.

use super::{
    Group, MeasureRow, Reading, Unit, needs,
    view::{Line, View, mean_balance, reading, telling},
};
use crate::{conversation::Side, utterance::Tone};

pub(super) const GROUP: Group = Group { title: "Tone in its parts", rows: ROWS };

const NEEDS_SOME: &str = "ten utterances of the buyer's side";
const NEEDS_CALL: &str = "a call of twelve utterances with words of the buyer's side in that quarter";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "buyer_negative_share",
        unit: Unit::Percent,
        meaning: "Negative utterances of the buyer's side, in percent of all of its utterances.",
        needs: needs::BUYER,
        read: |v| share_of(v, Tone::Negative),
    },
    MeasureRow {
        name: "buyer_positive_share",
        unit: Unit::Percent,
        meaning: "Positive utterances of the buyer's side, in percent of all of its utterances.",
        needs: needs::BUYER,
        read: |v| share_of(v, Tone::Positive),
    },
    MeasureRow {
        name: "buyer_tone_mixed",
        unit: Unit::YesNo,
        meaning: "Whether a quarter or more of the buyer's utterances are negative and a quarter or more are positive: a mean \
                  tone would hide both.",
        needs: NEEDS_SOME,
        read: |v| {
            let lines: Vec<_> = v.buyer().collect();
            let of = |tone| telling(lines.iter().copied(), tone).into_iter().take(2);
            let evidence = of(Tone::Negative).chain(of(Tone::Positive));
            Some(reading(f64::from(u8::from(mixed(&lines)?)), Unit::YesNo, evidence))
        },
    },
    MeasureRow {
        name: "buyer_tone_first_quarter",
        unit: Unit::Balance,
        meaning: "Mean tone of the buyer's side in the first quarter of its calls, -1 to 1; a quarter of a call is a quarter of \
                  its words.",
        needs: NEEDS_CALL,
        read: |v| in_quarter(v, 0),
    },
    MeasureRow {
        name: "buyer_tone_second_quarter",
        unit: Unit::Balance,
        meaning: "Mean tone of the buyer's side in the second quarter of its calls, -1 to 1.",
        needs: NEEDS_CALL,
        read: |v| in_quarter(v, 1),
    },
    MeasureRow {
        name: "buyer_tone_third_quarter",
        unit: Unit::Balance,
        meaning: "Mean tone of the buyer's side in the third quarter of its calls, -1 to 1.",
        needs: NEEDS_CALL,
        read: |v| in_quarter(v, 2),
    },
    MeasureRow {
        name: "buyer_tone_last_quarter",
        unit: Unit::Balance,
        meaning: "Mean tone of the buyer's side in the last quarter of its calls, -1 to 1.",
        needs: NEEDS_CALL,
        read: |v| in_quarter(v, 3),
    },
];

fn share_of(v: &View, tone: Tone) -> Option<Reading> {
    let all = v.buyer().count();
    let lines: Vec<_> = v.buyer().filter(|l| l.tone() == tone).collect();
    let share = 100.0 * lines.len() as f64 / all as f64;
    (all > 0).then(|| reading(share, Unit::Percent, telling(lines, tone)))
}

/// Whether both tones have a quarter of some lines; absent for so few that one line would be enough.
pub(super) fn mixed(lines: &[&Line]) -> Option<bool> {
    const FEWEST: usize = 10;
    let a_quarter = |tone| lines.iter().filter(|l| l.tone() == tone).count() * 4 >= lines.len();
    (lines.len() >= FEWEST).then(|| a_quarter(Tone::Negative) && a_quarter(Tone::Positive))
}

/// What is shorter has no quarters that anybody would speak of.
const FEWEST_IN_QUARTERS: usize = 12;

/// The quarters of some lines, by their words: in which each lies, 0 to 3, by its middle. Absent for few lines.
fn quarters(lines: &[&Line]) -> Option<Vec<usize>> {
    let all: usize = lines.iter().map(|l| l.words()).sum();
    let mut before = 0;
    let quarter = |line: &&Line| {
        let middle = 2 * before + line.words();
        before += line.words();
        (2 * middle / all.max(1)).min(3)
    };
    (lines.len() >= FEWEST_IN_QUARTERS).then(|| lines.iter().map(quarter).collect())
}

/// The mean tone of the lines that are `wanted` in each quarter of all of some; absent where nothing was said.
pub(super) fn tone_by_quarter(lines: &[&Line], wanted: impl Fn(&Line) -> bool) -> [Option<f64>; 4] {
    let Some(quarters) = quarters(lines) else { return [None; 4] };
    let of = |quarter| lines.iter().zip(&quarters).filter(move |(_, q)| **q == quarter).map(|(l, _)| *l);
    [0, 1, 2, 3].map(|quarter| mean_balance(of(quarter).filter(|l| wanted(l))))
}

fn in_quarter(v: &View, quarter: usize) -> Option<Reading> {
    let mut said: Vec<&Line> = Vec::new();
    for call in v.items.iter().filter(|i| i.is_call()) {
        let lines: Vec<_> = call.lines.iter().collect();
        let Some(quarters) = quarters(&lines) else { continue };
        said.extend(
            lines.into_iter().zip(quarters).filter(|(l, q)| *q == quarter && l.side == Side::Buyer).map(|p| p.0),
        );
    }
    let mean = mean_balance(said.iter().copied())?;
    let wanted = if mean < 0.0 { Tone::Negative } else { Tone::Positive };
    Some(reading(mean, Unit::Balance, telling(said, wanted)))
}

/// Mean tone of the last third of some lines, minus that of the first; absent for fewer than `fewest` lines in each.
pub(super) fn shift(lines: &[&Line], fewest: usize) -> Option<f64> {
    let third = lines.len() / 3;
    let (first, last) = (&lines[..third], &lines[lines.len() - third..]);
    let shift = || Some(mean_balance(last.iter().copied())? - mean_balance(first.iter().copied())?);
    (third >= fewest).then(shift).flatten()
}
