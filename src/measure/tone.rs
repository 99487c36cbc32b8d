//! The buyer's attitude: where it stands and where it goes.

use super::{
    Group, MeasureRow, Reading, Unit,
    course::shift,
    needs,
    view::{Item, Line, View, mean_balance, reading, telling},
};
use crate::{
    conversation::Side,
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Tone", rows: ROWS };

/// What a glad line that has one of these is glad of is another vendor, or another day.
const NOT_OF_US: &[Intent] = &[Intent::Competitor, Intent::ChurnIntent, Intent::Stall];

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "buyer_tone",
        unit: Unit::Balance,
        meaning: "Mean tone of everything that the buyer's side said, -1 to 1.",
        needs: needs::BUYER,
        read: |v| Some(reading(mean_balance(v.buyer())?, Unit::Balance, [])),
    },
    MeasureRow {
        name: "buyer_tone_latest",
        unit: Unit::Balance,
        meaning: "Mean tone of what the buyer's side said in the latest interaction in which it said anything, -1 to 1.",
        needs: needs::BUYER,
        read: |v| {
            let item = v.latest_with_buyer()?;
            let mean = mean_balance(item.of(Side::Buyer))?;
            Some(toned(mean, item.of(Side::Buyer)))
        },
    },
    MeasureRow {
        name: "buyer_negative_latest",
        unit: Unit::Count,
        meaning: "Negative utterances of the buyer's side in the latest interaction in which it said anything.",
        needs: needs::BUYER,
        read: |v| latest_with_tone(v, Tone::Negative),
    },
    MeasureRow {
        name: "buyer_positive_latest",
        unit: Unit::Count,
        meaning: "Positive utterances of the buyer's side in the latest interaction in which it said anything.",
        needs: needs::BUYER,
        read: |v| latest_with_tone(v, Tone::Positive),
    },
    MeasureRow {
        name: "buyer_tone_late",
        unit: Unit::Balance,
        meaning: "Mean tone of the last third of what the buyer's side said, -1 to 1: where the buyer stands by now, less \
                  shaken by one interaction than `buyer_tone_latest`.",
        needs: needs::BUYER,
        read: |v| {
            let late = v.buyer_late();
            let mean = mean_balance(late.iter().copied())?;
            Some(toned(mean, late))
        },
    },
    MeasureRow {
        name: "buyer_tone_now",
        unit: Unit::Balance,
        meaning: "Tone of the buyer's side by now, -1 to 1: the mean of all that it said, where an utterance weighs half as much \
                  as one that comes twelve later (a quarter of all later, where there are fewer than 48; at least two). No single \
                  utterance or interaction decides it.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer().collect();
            let now = *running(&balances(&lines)).last()?;
            Some(toned(now, lines))
        },
    },
    MeasureRow {
        name: "buyer_tone_shift_from_best",
        unit: Unit::Balance,
        meaning: "`buyer_tone_now` minus the best that it has been, the first few utterances left out: how far the tone has fallen, 0 \
                  where it never stood better.",
        needs: needs::TWO_OF_BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer().collect();
            let Best { at, best, now } = best(v, &lines)?;
            // Both ends of the fall are shown: what is bad by now, and what was said where it stood best.
            let since = lines.get(at + 1..).unwrap_or_default();
            let up_to_best = &lines[..lines.len().min(at + 1)];
            let late = v.buyer_late();
            let by_now = since.get(since.len().saturating_sub(late.len())..).unwrap_or_default();
            let bad = telling(by_now.iter().copied(), Tone::Negative);
            // Praise of an alternative is no good time of ours.
            let of_us = up_to_best.iter().copied().filter(|l| !l.is_any(NOT_OF_US));
            let good = telling(of_us, Tone::Positive);
            // In turns, so that where two fit they are one of each.
            let ends = (0..2).flat_map(|n| [bad.get(n), good.get(n)]).flatten().copied();
            Some(reading(now - best, Unit::Balance, ends))
        },
    },
    MeasureRow {
        name: "buyer_tone_best",
        unit: Unit::Balance,
        meaning: "The best that `buyer_tone_now` has been, the first few utterances left out, -1 to 1.",
        needs: needs::TWO_OF_BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer().collect();
            let Best { at, best, .. } = best(v, &lines)?;
            Some(toned(best, lines[..lines.len().min(at + 1)].iter().copied().filter(|l| !l.is_any(NOT_OF_US))))
        },
    },
    MeasureRow {
        name: "buyer_tone_latest_steadied",
        unit: Unit::Balance,
        meaning: "Mean tone of what the buyer's side said in the latest interaction in which it said anything, -1 to 1, as if four \
                  utterances of the mean of its last third stood beside: two lines of mail alone do not turn it.",
        needs: needs::BUYER,
        read: |v| {
            const BESIDE: f64 = 4.0;
            let latest: Vec<_> = v.latest_with_buyer()?.of(Side::Buyer).collect();
            let (mean, late) = (mean_balance(latest.iter().copied())?, mean_balance(v.buyer_late())?);
            let n = latest.len() as f64;
            let steadied = (mean * n + late * BESIDE) / (n + BESIDE);
            Some(toned(steadied, latest))
        },
    },
    MeasureRow {
        name: "buyer_positive_recent",
        unit: Unit::Count,
        meaning: "Positive utterances of the buyer's side in the last two interactions in which it said anything.",
        needs: needs::BUYER,
        read: |v| v.has_buyer().then(|| with_tone(v.buyer_recent(2), Tone::Positive)),
    },
    MeasureRow {
        name: "buyer_tone_shift",
        unit: Unit::Balance,
        meaning: "Mean tone of the buyer's side in the later half of the interactions in which it spoke, minus that in the \
                  earlier half.",
        needs: needs::TWO_OF_BUYER,
        read: shift_of_halves,
    },
    MeasureRow {
        name: "buyer_tone_shift_thirds",
        unit: Unit::Balance,
        meaning: "Mean tone of the last third of what the buyer's side said, minus that of the first third.",
        needs: needs::TWO_OF_BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer().collect();
            let shift = shift(&lines, 1).filter(|_| v.items.iter().filter(|i| i.has(Side::Buyer)).count() >= 2)?;
            Some(shifted(shift, &lines[lines.len() - lines.len() / 3..]))
        },
    },
    MeasureRow {
        name: "buyer_tone_shift_latest",
        unit: Unit::Balance,
        meaning: "Mean tone of the buyer's side in its latest interaction, minus that in the first one.",
        needs: needs::TWO_OF_BUYER,
        read: |v| {
            let spoke: Vec<_> = v.items.iter().filter(|i| i.has(Side::Buyer)).collect();
            let (first, last) = (spoke.first()?, spoke.last()?);
            if spoke.len() < 2 {
                return None;
            }
            let shift = mean_balance(last.of(Side::Buyer))? - mean_balance(first.of(Side::Buyer))?;
            Some(shifted(shift, &last.of(Side::Buyer).collect::<Vec<_>>()))
        },
    },
];

/// After how many utterances one weighs half, of so many in all.
fn half_life(utterances: usize) -> f64 {
    (utterances as f64 / 4.0).clamp(2.0, 12.0)
}

fn balances(lines: &[&Line]) -> Vec<f64> {
    lines.iter().map(|line| line.balance()).collect()
}

/// The weighted mean after each utterance.
fn running(balances: &[f64]) -> Vec<f64> {
    let fade = 0.5_f64.powf(1.0 / half_life(balances.len()));
    let (mut sum, mut weight) = (0.0, 0.0);
    let after = |balance: &f64| {
        sum = sum * fade + balance;
        weight = weight * fade + 1.0;
        sum / weight
    };
    balances.iter().map(after).collect()
}

/// Where the running tone stood best.
struct Best {
    /// At which utterance; behind the last one where it never stood better than now.
    at: usize,
    best: f64,
    now: f64,
}

/// Absent where the buyer's side spoke in one interaction only.
fn best(v: &View, lines: &[&Line]) -> Option<Best> {
    if v.items.iter().filter(|i| i.has(Side::Buyer)).count() < 2 {
        return None;
    }
    let running = running(&balances(lines));
    let now = *running.last()?;
    // The mean of a handful of utterances is no standing yet.
    let settled = (half_life(lines.len()) / 2.0) as usize;
    let never = Best { at: lines.len(), best: now, now };
    let later = (settled.saturating_sub(1)..lines.len()).map(|at| Best { at, best: running[at], now });
    Some(later.fold(never, |best, here| if here.best > best.best { here } else { best }))
}

/// A tone with the words that show it most; where none of them is of that tone by itself, those that lean to it.
fn toned<'v, 'a: 'v>(value: f64, lines: impl IntoIterator<Item = &'v Line<'a>>) -> Reading {
    let wanted = if value < 0.0 { Tone::Negative } else { Tone::Positive };
    let lines: Vec<&Line> = lines.into_iter().collect();
    let mut shown = telling(lines.iter().copied(), wanted);
    if shown.is_empty() {
        shown = telling(lines.into_iter().filter(|l| l.balance() * value > 0.0), Tone::Neutral);
    }
    reading(value, Unit::Balance, shown)
}

/// A change of tone with the words after it: those of its direction first.
fn shifted(value: f64, later: &[&Line]) -> Reading {
    let (wanted, other) = if value < 0.0 { (Tone::Negative, Tone::Positive) } else { (Tone::Positive, Tone::Negative) };
    let of = |tone| telling(later.iter().copied(), tone);
    reading(value, Unit::Balance, of(wanted).into_iter().chain(of(other)))
}

/// How many of some lines have a tone, with those that show it most.
fn with_tone<'v, 'a: 'v>(lines: impl IntoIterator<Item = &'v Line<'a>>, tone: Tone) -> Reading {
    let lines: Vec<&Line> = lines.into_iter().filter(|l| l.tone() == tone).collect();
    reading(lines.len() as f64, Unit::Count, telling(lines, tone))
}

fn latest_with_tone(v: &View, tone: Tone) -> Option<Reading> {
    Some(with_tone(v.latest_with_buyer()?.of(Side::Buyer), tone))
}

/// Later half minus earlier half of the interactions in which the buyer spoke.
fn shift_of_halves(v: &View) -> Option<Reading> {
    let spoke: Vec<_> = v.items.iter().filter(|i| i.has(Side::Buyer)).collect();
    if spoke.len() < 2 {
        return None;
    }
    let (early, late) = spoke.split_at(spoke.len().div_ceil(2));
    let mean = |items: &[&Item]| mean_balance(items.iter().flat_map(|i| i.of(Side::Buyer)));
    let bad = telling(late.iter().flat_map(|i| i.of(Side::Buyer)), Tone::Negative);
    Some(reading(mean(late)? - mean(early)?, Unit::Balance, bad))
}

#[cfg(test)]
mod tests {
    use super::running;

    #[test]
    fn the_running_tone_is_a_mean_that_follows_a_turn_and_that_one_utterance_does_not_move_far() {
        assert!(running(&[]).is_empty());
        assert!(running(&[0.4; 30]).iter().all(|tone| (tone - 0.4).abs() < 1e-9));
        let turned: Vec<f64> = (0..60).map(|n| if n < 36 { 0.5 } else { -0.5 }).collect();
        assert!(running(&turned)[59] < -0.2, "two half-lives after a turn it stands on the other side");
        let mut one_wrong = [0.2; 60];
        one_wrong[59] = -1.0;
        let moved = running(&[0.2; 60])[59] - running(&one_wrong)[59];
        assert!((0.0..0.1).contains(&moved), "{moved}");
    }
}
