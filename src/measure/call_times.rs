//! The measures of time over the calls of a deal, from the clock of each ([`super::timing`]); each says what it rests on.

use super::{
    Basis, Group, MeasureRow, Reading, Unit,
    clock::Clock,
    stretch::quotes,
    timing::{AMAZON, Quiet, Timing, median_ms, words_in_time},
    view::{Item, Line, View, reading},
};
use crate::conversation::Side;

pub(super) const GROUP: Group = Group { title: "Timing", rows: ROWS };

const NEEDS: &str = "a call whose turns have start and end times, or its recording";
const NEEDS_BOTH: &str = "a call with words of both sides whose turns have start and end times, or its recording";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "seller_talk_time_share",
        unit: Unit::Percent,
        meaning: "Time in which our side speaks, in percent of the time in which either side does, over all calls with times; \
                  what both speak at once counts for each.",
        needs: NEEDS_BOTH,
        read: |v| {
            let (ours, theirs, from) = sum(v, |t| (t.seller_ms, t.buyer_ms, t.talk_from))?;
            (ours + theirs > 0).then(|| plain(100.0 * ours as f64 / (ours + theirs) as f64, Unit::Percent, from))
        },
    },
    MeasureRow {
        name: "seller_talk_time_of_call",
        unit: Unit::Percent,
        meaning: "Time in which our side speaks, in percent of the length of the calls.",
        needs: NEEDS_BOTH,
        read: |v| of_call(v, |t| t.seller_ms),
    },
    MeasureRow {
        name: "buyer_talk_time_of_call",
        unit: Unit::Percent,
        meaning: "Time in which the buyer's side speaks, in percent of the length of the calls.",
        needs: NEEDS_BOTH,
        read: |v| of_call(v, |t| t.buyer_ms),
    },
    MeasureRow {
        name: "seller_patience_seconds",
        unit: Unit::Seconds,
        meaning: "Median time from where the buyer stops to where our side starts, over all calls with times; where they \
                  overlap it is 0. 0.6 to 1 second is usual.",
        needs: "a call with times in which our side follows the buyer",
        read: |v| {
            let clocks = own_clocks(v, BOTH);
            let from = basis(clocks.iter().filter(|(_, t)| !t.waits_ms.is_empty()).map(|(_, t)| t.floor_from))?;
            let waits: Vec<u64> = clocks.into_iter().flat_map(|(_, t)| t.waits_ms.iter().copied()).collect();
            Some(plain(median_ms(waits)? / 1000.0, Unit::Seconds, from))
        },
    },
    MeasureRow {
        name: "seller_interruptions",
        unit: Unit::Count,
        meaning: "Times that our side broke in on the buyer and took the floor: half a second or more at once, no back-channel.",
        needs: NEEDS_BOTH,
        read: |v| broke_in(v, Side::Seller, |c| c.own()),
    },
    MeasureRow {
        name: "buyer_interruptions",
        unit: Unit::Count,
        meaning: "Times that the buyer's side broke in on ours and took the floor.",
        needs: NEEDS_BOTH,
        read: |v| broke_in(v, Side::Buyer, |c| c.own()),
    },
    MeasureRow {
        name: "seller_interruptions_amazon",
        unit: Unit::Count,
        meaning: "Times that our side broke in on the buyer as Amazon's call analytics counts it: both speak for two seconds or \
                  more, 3.7 seconds or more after the other began, whoever goes on.",
        needs: NEEDS_BOTH,
        read: |v| broke_in(v, Side::Seller, |c| c.amazon()),
    },
    MeasureRow {
        name: "buyer_interruptions_amazon",
        unit: Unit::Count,
        meaning: "Times that the buyer's side broke in on ours as Amazon's call analytics counts it.",
        needs: NEEDS_BOTH,
        read: |v| broke_in(v, Side::Buyer, |c| c.amazon()),
    },
    MeasureRow {
        name: "silence_percent",
        unit: Unit::Percent,
        meaning: "Time in which nobody speaks, in percent of the length of the calls.",
        needs: NEEDS,
        read: |v| {
            let (silence, span, from) = hush(v, |q| (q.silence_ms, q.span_ms))?;
            (span > 0).then(|| plain(100.0 * silence as f64 / span as f64, Unit::Percent, from))
        },
    },
    MeasureRow {
        name: "silence_seconds",
        unit: Unit::Seconds,
        meaning: "Time in which nobody speaks, over all calls with times.",
        needs: NEEDS,
        read: |v| {
            let (ms, _, from) = hush(v, |q| (q.silence_ms, 0))?;
            Some(plain(ms as f64 / 1000.0, Unit::Seconds, from))
        },
    },
    MeasureRow {
        name: "long_silence_seconds",
        unit: Unit::Seconds,
        meaning: "Time in silences of more than 3 seconds, over all calls with times.",
        needs: NEEDS,
        read: |v| {
            let (ms, _, from) = hush(v, |q| (q.long_silence_ms, 0))?;
            Some(plain(ms as f64 / 1000.0, Unit::Seconds, from))
        },
    },
    MeasureRow {
        name: "switches_per_minute",
        unit: Unit::PerMinute,
        meaning: "How often the floor goes from one side to the other, a minute of the calls; back-channels do not count.",
        needs: NEEDS_BOTH,
        read: |v| {
            let (switches, span, from) = sum(v, |t| (t.switches as u64, t.span_ms, t.floor_from))?;
            (span > 0).then(|| plain(60_000.0 * switches as f64 / span as f64, Unit::PerMinute, from))
        },
    },
    MeasureRow {
        name: "seller_words_per_minute",
        unit: Unit::WordsPerMinute,
        meaning: "Words of our side, a minute of its talk time, over all calls with times; \
                  of a recording, the words and the speech of the turns that it holds.",
        needs: NEEDS,
        read: |v| pace(v, Side::Seller),
    },
    MeasureRow {
        name: "buyer_words_per_minute",
        unit: Unit::WordsPerMinute,
        meaning: "Words of the buyer's side, a minute of its talk time, over all calls with times; \
                  of a recording, the words and the speech of the turns that it holds.",
        needs: NEEDS,
        read: |v| pace(v, Side::Buyer),
    },
    MeasureRow {
        name: "longest_seller_monologue_seconds",
        unit: Unit::Seconds,
        meaning: "The longest stretch of one speaker of our side: pauses of up to 1.5 seconds belong to it, and a back-channel \
                  of another does not break it.",
        needs: NEEDS,
        read: |v| longest(v, Side::Seller),
    },
    MeasureRow {
        name: "longest_buyer_story_seconds",
        unit: Unit::Seconds,
        meaning: "The longest stretch of one speaker of the buyer's side, by the same rule.",
        needs: NEEDS,
        read: |v| longest(v, Side::Buyer),
    },
];

fn plain(value: f64, unit: Unit, from: Basis) -> Reading {
    Reading { value, unit, rests_on: Some(from), evidence: vec![] }
}

const BOTH: &[Side] = &[Side::Buyer, Side::Seller];

const _: () = assert!(AMAZON.overlap_ms == 2_000 && AMAZON.into_ms == 3_700, "a meaning above names them");

/// The calls that have a clock and words of all of `sides`, each with it: whose side nobody knows has not been silent.
fn clocks<'v, 'a>(v: &'v View<'a>, sides: &[Side], of: Way) -> Vec<(&'v Item<'a>, &'v Timing)> {
    let calls = v.items.iter().filter(|i| i.is_call() && sides.iter().all(|side| i.has(*side)));
    calls.filter_map(|i| Some((i, of(&i.clock)?))).collect()
}

/// One way of timing a call.
type Way = for<'c> fn(&'c Clock) -> Option<&'c Timing>;

/// [`clocks`] in our own way.
fn own_clocks<'v, 'a>(v: &'v View<'a>, sides: &[Side]) -> Vec<(&'v Item<'a>, &'v Timing)> {
    clocks(v, sides, |c| c.own())
}

/// What several calls rest on together; absent for none.
pub(super) fn basis(of: impl Iterator<Item = Basis>) -> Option<Basis> {
    of.reduce(|a, b| if a == b { a } else { Basis::Both })
}

/// Two sums over the clocks and what they rest on; absent where no call has one.
fn sum(v: &View, of: impl Fn(&Timing) -> (u64, u64, Basis)) -> Option<(u64, u64, Basis)> {
    let parts: Vec<_> = own_clocks(v, BOTH).iter().map(|(_, t)| of(t)).collect();
    let from = basis(parts.iter().map(|p| p.2))?;
    Some((parts.iter().map(|p| p.0).sum(), parts.iter().map(|p| p.1).sum(), from))
}

/// Talk time of a side, in percent of the length of the calls.
fn of_call(v: &View, talk_ms: impl Fn(&Timing) -> u64) -> Option<Reading> {
    let (talk, span, from) = sum(v, |t| (talk_ms(t), t.span_ms, t.talk_from))?;
    (span > 0).then(|| plain(100.0 * talk as f64 / span as f64, Unit::Percent, from))
}

/// Two sums over the silence of all calls and what they rest on; absent where no call tells.
fn hush(v: &View, of: impl Fn(&Quiet) -> (u64, u64)) -> Option<(u64, u64, Basis)> {
    let calls = v.items.iter().filter(|i| i.is_call());
    let quiets: Vec<&Quiet> = calls.filter_map(|i| i.clock.quiet()).collect();
    let from = basis(quiets.iter().map(|q| q.from))?;
    Some((quiets.iter().map(|q| of(q).0).sum(), quiets.iter().map(|q| of(q).1).sum(), from))
}

fn broke_in(v: &View, side: Side, way: Way) -> Option<Reading> {
    let clocks = clocks(v, BOTH, way);
    let from = basis(clocks.iter().map(|(_, t)| t.floor_from))?;
    let mut lines: Vec<&Line> = Vec::new();
    let mut times = 0;
    for (item, clock) in &clocks {
        for one in clock.interruptions.iter().filter(|i| i.side == side) {
            times += 1;
            lines.extend(one.turn.and_then(|turn| item.first_of(turn)));
        }
    }
    let reading = reading(f64::from(times), Unit::Count, lines.into_iter().rev());
    Some(Reading { rests_on: Some(from), ..reading })
}

fn pace(v: &View, side: Side) -> Option<Reading> {
    let clocks = own_clocks(v, &[side]);
    let from = basis(clocks.iter().map(|(_, t)| t.talk_from))?;
    let said = clocks.iter().map(|(item, t)| words_in_time(item, t, side));
    let (words, ms) = said.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (ms > 0).then(|| plain(60_000.0 * words as f64 / ms as f64, Unit::WordsPerMinute, from))
}

fn longest(v: &View, side: Side) -> Option<Reading> {
    let stretches = own_clocks(v, &[side]).into_iter();
    let stretches =
        stretches.filter_map(|(item, clock)| Some((item, item.clock.longest_stretch(side)?, clock.floor_from)));
    let (item, stretch, from) = stretches.max_by_key(|(_, stretch, _)| stretch.ms)?;
    let line = |turn: Option<usize>| item.first_of(turn?);
    let evidence =
        line(stretch.first).map_or_else(Vec::new, |first| quotes(first, line(stretch.last).unwrap_or(first)));
    Some(Reading { evidence, ..plain(stretch.ms as f64 / 1000.0, Unit::Seconds, from) })
}
