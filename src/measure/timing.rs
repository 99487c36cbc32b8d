//! The clock of a call: who holds the floor, who waits, who breaks in, and how long nobody speaks.
//!
//! Everything here needs calls whose turns have a start *and* an end. A transcript with starts only has none of these
//! numbers: an end that was guessed would make silence and interruptions a guess too.

use std::collections::BTreeMap;

use super::{
    Group, MeasureRow, Reading, Unit,
    view::{Item, Line, View, reading},
};
use crate::conversation::{Conversation, Side, Turn};

pub(super) const GROUP: Group = Group { title: "Timing", rows: ROWS };

/// What counts as an interruption and as a long silence: systems differ, so each way has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// Both speak at once for at least this long, in milliseconds.
    pub overlap_ms: u64,
    /// The other has held the floor for at least this long before, in milliseconds.
    pub into_ms: u64,
    /// Whether the one who breaks in must go on after the other has stopped, with more than a back-channel.
    pub takes_floor: bool,
    /// Silence from this length on is a long one, in milliseconds.
    pub long_silence_ms: u64,
}

/// dealtone's own: half a second at once, the other gives way, and a back-channel is never an interruption.
pub const OWN: Preset = Preset { name: "own", overlap_ms: 500, into_ms: 0, takes_floor: true, long_silence_ms: 3_000 };

/// What Amazon's call analytics counts, as far as its published example call shows it: over two seconds at once, over 3.7
/// seconds into the other's turn; 2 of the 12 overlaps of that call.
pub const AMAZON: Preset =
    Preset { name: "amazon", overlap_ms: 2_000, into_ms: 3_700, takes_floor: false, long_silence_ms: 3_000 };

/// One speaker who breaks in on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// Index of the turn that breaks in.
    pub turn: usize,
    /// Whose turn that is.
    pub side: Side,
    /// For how long both speak, in milliseconds.
    pub overlap_ms: u64,
}

/// The clock of one call, all in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// From the first word to the last.
    pub span_ms: u64,
    /// Time in which our side speaks; two of ours at once count once.
    pub seller_ms: u64,
    /// Time in which the buyer's side speaks.
    pub buyer_ms: u64,
    /// Time in which nobody speaks.
    pub silence_ms: u64,
    /// The part of it in long silences.
    pub long_silence_ms: u64,
    /// Who broke in.
    pub interruptions: Vec<Interruption>,
    /// From each end of a turn of the buyer's to the start of ours that follows; 0 where they overlap.
    pub waits_ms: Vec<u64>,
    /// How often the floor went from one side to the other.
    pub switches: usize,
}

/// The clock of `conversation`; absent where fewer than two turns, or fewer than nine in ten, have a start and an end.
pub fn timing(conversation: &Conversation, preset: &Preset) -> Option<Timing> {
    let mut timed: Vec<(usize, &Turn, u64, u64)> = conversation
        .turns
        .iter()
        .enumerate()
        .filter_map(|(at, t)| Some((at, t, t.start_ms?, t.end_ms?)))
        .filter(|(_, _, start, end)| start < end)
        .collect();
    if timed.len() < 2 || timed.len() * 10 < conversation.turns.len() * 9 {
        return None;
    }
    timed.sort_by_key(|&(at, _, start, _)| (start, at));
    let spans = |side: Option<Side>| -> Vec<(u64, u64)> {
        timed.iter().filter(|(_, t, ..)| side.is_none_or(|s| t.side == s)).map(|&(_, _, a, b)| (a, b)).collect()
    };
    let silences = silences(&spans(None));
    let floor: Vec<_> = timed.iter().filter(|(_, t, ..)| !listens(&t.text)).collect();
    Some(Timing {
        span_ms: timed.iter().map(|t| t.3).max()? - timed[0].2,
        seller_ms: union(&spans(Some(Side::Seller))),
        buyer_ms: union(&spans(Some(Side::Buyer))),
        silence_ms: silences.iter().sum(),
        long_silence_ms: silences.iter().filter(|s| **s > preset.long_silence_ms).sum(),
        interruptions: interruptions(&timed, preset),
        waits_ms: floor
            .windows(2)
            .filter(|pair| pair[0].1.side == Side::Buyer && pair[1].1.side == Side::Seller)
            .map(|pair| pair[1].2.saturating_sub(pair[0].3))
            .collect(),
        switches: floor.windows(2).filter(|pair| pair[0].1.side != pair[1].1.side).count(),
    })
}

fn interruptions(timed: &[(usize, &Turn, u64, u64)], preset: &Preset) -> Vec<Interruption> {
    let mut found = Vec::new();
    for (n, &(at, turn, start, end)) in timed.iter().enumerate() {
        let broken = timed[..n].iter().rev().take(8).find(|&&(_, other, other_start, other_end)| {
            let overlap = other_end.min(end).saturating_sub(start);
            other.speaker != turn.speaker
                && other.side != turn.side
                && start > other_start
                && overlap >= preset.overlap_ms.max(1)
                && start - other_start >= preset.into_ms
                && (!preset.takes_floor || (end > other_end && !listens(&turn.text)))
        });
        if let Some(&(.., other_end)) = broken {
            found.push(Interruption { turn: at, side: turn.side, overlap_ms: other_end.min(end) - start });
        }
    }
    found
}

/// Length of some spans together, what overlaps once; sorted by start.
fn union(spans: &[(u64, u64)]) -> u64 {
    let (mut sum, mut reached) = (0, 0);
    for &(start, end) in spans {
        sum += end.saturating_sub(start.max(reached));
        reached = reached.max(end);
    }
    sum
}

/// The gaps between some spans, sorted by start.
fn silences(spans: &[(u64, u64)]) -> Vec<u64> {
    let mut reached = spans.first().map_or(0, |s| s.0);
    let mut found = Vec::new();
    for &(start, end) in spans {
        if start > reached {
            found.push(start - reached);
        }
        reached = reached.max(end);
    }
    found
}

/// A **back-channel**: at most five words, all of a listener.
pub(super) fn listens(text: &str) -> bool {
    const LISTENING: &[&str] = &[
        "mm", "hm", "hmm", "mhm", "mm-hm", "uh-huh", "yeah", "yes", "yep", "right", "okay", "ok", "sure", "i", "see",
        "aha", "ah", "oh", "got", "it", "aye",
    ];
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty()).collect();
    words.len() <= 5 && words.iter().all(|w| LISTENING.contains(w))
}

const NEEDS: &str = "a call whose turns have start and end times";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "seller_talk_time_share",
        unit: Unit::Percent,
        meaning: "Time in which our side speaks, in percent of the time in which either side does, over all calls with times; \
                  what both speak at once counts for each.",
        needs: NEEDS,
        read: |v| {
            let (ours, theirs) = sum(v, |t| (t.seller_ms, t.buyer_ms))?;
            (ours + theirs > 0).then(|| plain(100.0 * ours as f64 / (ours + theirs) as f64, Unit::Percent))
        },
    },
    MeasureRow {
        name: "seller_talk_time_of_call",
        unit: Unit::Percent,
        meaning: "Time in which our side speaks, in percent of the length of the calls.",
        needs: NEEDS,
        read: |v| {
            let (ours, span) = sum(v, |t| (t.seller_ms, t.span_ms))?;
            (span > 0).then(|| plain(100.0 * ours as f64 / span as f64, Unit::Percent))
        },
    },
    MeasureRow {
        name: "seller_patience_seconds",
        unit: Unit::Seconds,
        meaning: "Median time from where the buyer stops to where our side starts, over all calls with times; where they \
                  overlap it is 0. 0.6 to 1 second is usual.",
        needs: "a call with times in which our side follows the buyer",
        read: |v| {
            let mut waits: Vec<u64> = clocks(v).into_iter().flat_map(|(_, t)| t.waits_ms).collect();
            waits.sort_unstable();
            let median = match waits.len() {
                0 => return None,
                n if n % 2 == 1 => waits[n / 2] as f64,
                n => (waits[n / 2 - 1] + waits[n / 2]) as f64 / 2.0,
            };
            Some(plain(median / 1000.0, Unit::Seconds))
        },
    },
    MeasureRow {
        name: "seller_interruptions",
        unit: Unit::Count,
        meaning: "Times that our side broke in on the buyer and took the floor: half a second or more at once, no back-channel.",
        needs: NEEDS,
        read: |v| broke_in(v, Side::Seller),
    },
    MeasureRow {
        name: "buyer_interruptions",
        unit: Unit::Count,
        meaning: "Times that the buyer's side broke in on ours and took the floor.",
        needs: NEEDS,
        read: |v| broke_in(v, Side::Buyer),
    },
    MeasureRow {
        name: "silence_percent",
        unit: Unit::Percent,
        meaning: "Time in which nobody speaks, in percent of the length of the calls.",
        needs: NEEDS,
        read: |v| {
            let (silence, span) = sum(v, |t| (t.silence_ms, t.span_ms))?;
            (span > 0).then(|| plain(100.0 * silence as f64 / span as f64, Unit::Percent))
        },
    },
    MeasureRow {
        name: "long_silence_seconds",
        unit: Unit::Seconds,
        meaning: "Time in silences of more than 3 seconds, over all calls with times.",
        needs: NEEDS,
        read: |v| sum(v, |t| (t.long_silence_ms, 0)).map(|(ms, _)| plain(ms as f64 / 1000.0, Unit::Seconds)),
    },
    MeasureRow {
        name: "switches_per_minute",
        unit: Unit::PerMinute,
        meaning: "How often the floor goes from one side to the other, a minute of the calls; back-channels do not count.",
        needs: NEEDS,
        read: |v| {
            let (switches, span) = sum(v, |t| (t.switches as u64, t.span_ms))?;
            (span > 0).then(|| plain(60_000.0 * switches as f64 / span as f64, Unit::PerMinute))
        },
    },
    MeasureRow {
        name: "seller_words_per_minute",
        unit: Unit::WordsPerMinute,
        meaning: "Words of our side, a minute of its talk time, over all calls with times.",
        needs: NEEDS,
        read: |v| pace(v, Side::Seller),
    },
    MeasureRow {
        name: "buyer_words_per_minute",
        unit: Unit::WordsPerMinute,
        meaning: "Words of the buyer's side, a minute of its talk time, over all calls with times.",
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
    MeasureRow {
        name: "seller_talk_share_above_own",
        unit: Unit::Percent,
        meaning: "By how many points our share of the words in the latest call lies above the mean of our own earlier calls in \
                  this deal; 0 where it lies below. Nobody is held against anybody else.",
        needs: "four calls with words of both sides",
        read: |v| {
            let shares: Vec<f64> = v.items.iter().filter(|i| i.is_call()).filter_map(word_share).collect();
            let (latest, earlier) = shares.split_last()?;
            (earlier.len() >= 3).then(|| {
                let usual = earlier.iter().sum::<f64>() / earlier.len() as f64;
                plain((latest - usual).max(0.0), Unit::Percent)
            })
        },
    },
];

fn plain(value: f64, unit: Unit) -> Reading {
    Reading { value, unit, evidence: vec![] }
}

/// The calls that have a clock, each with it.
fn clocks<'v, 'a>(v: &'v View<'a>) -> Vec<(&'v Item<'a>, Timing)> {
    v.items.iter().filter(|i| i.is_call()).filter_map(|i| Some((i, timing(i.conversation, &OWN)?))).collect()
}

/// Two sums over the clocks; absent where no call has one.
fn sum(v: &View, of: impl Fn(&Timing) -> (u64, u64)) -> Option<(u64, u64)> {
    clocks(v).iter().map(|(_, t)| of(t)).reduce(|a, b| (a.0 + b.0, a.1 + b.1))
}

fn broke_in(v: &View, side: Side) -> Option<Reading> {
    let clocks = clocks(v);
    if clocks.is_empty() {
        return None;
    }
    let mut lines: Vec<&Line> = Vec::new();
    let mut times = 0;
    for (item, clock) in &clocks {
        for one in clock.interruptions.iter().filter(|i| i.side == side) {
            times += 1;
            lines.extend(item.lines.iter().find(|l| l.turn == one.turn));
        }
    }
    Some(reading(f64::from(times), Unit::Count, lines.into_iter().rev()))
}

fn pace(v: &View, side: Side) -> Option<Reading> {
    let clocks = clocks(v);
    let words: usize = clocks.iter().flat_map(|(item, _)| item.of(side)).map(Line::words).sum();
    let ms: u64 = clocks.iter().map(|(_, t)| if side == Side::Seller { t.seller_ms } else { t.buyer_ms }).sum();
    (ms > 0).then(|| plain(60_000.0 * words as f64 / ms as f64, Unit::WordsPerMinute))
}

fn longest(v: &View, side: Side) -> Option<Reading> {
    let clocks = clocks(v);
    let stretches = clocks.iter().filter_map(|(item, _)| {
        let (turn, ms) = longest_stretch(item.conversation, side)?;
        Some((ms, item.lines.iter().find(|l| l.turn == turn)?))
    });
    let (ms, line) = stretches.max_by_key(|(ms, _)| *ms)?;
    Some(reading(ms as f64 / 1000.0, Unit::Seconds, [line]))
}

/// First turn and length in milliseconds of the longest stretch of one speaker of `side`.
fn longest_stretch(conversation: &Conversation, side: Side) -> Option<(usize, u64)> {
    const PAUSE_MS: u64 = 1_500;
    let mut best: Option<(usize, u64)> = None;
    // First turn, start and end of the stretch that each speaker is in.
    let mut open: BTreeMap<&str, (usize, u64, u64)> = BTreeMap::new();
    for (at, turn) in conversation.turns.iter().enumerate() {
        let (Some(start), Some(end)) = (turn.start_ms, turn.end_ms) else { continue };
        if !listens(&turn.text) {
            open.retain(|speaker, _| *speaker == turn.speaker);
        }
        let stretch = open.entry(&turn.speaker).or_insert((at, start, end));
        if start > stretch.2 + PAUSE_MS {
            *stretch = (at, start, end);
        }
        stretch.2 = stretch.2.max(end);
        let (first, ms) = (stretch.0, stretch.2 - stretch.1);
        if turn.side == side && best.is_none_or(|(_, held)| ms > held) {
            best = Some((first, ms));
        }
    }
    best
}

/// Our share of the words of a call, in percent.
fn word_share(item: &Item) -> Option<f64> {
    let words = |side| item.of(side).map(Line::words).sum::<usize>() as f64;
    let (ours, theirs) = (words(Side::Seller), words(Side::Buyer));
    (ours > 0.0 && theirs > 0.0).then(|| 100.0 * ours / (ours + theirs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Channel, ConversationId, DealId, Source};

    fn call(turns: &[(Side, u64, u64, &str)]) -> Conversation {
        let turn = |&(side, start, end, text): &(Side, u64, u64, &str)| Turn {
            speaker: side.name().to_owned(),
            side,
            start_ms: Some(start),
            end_ms: Some(end),
            text: text.to_owned(),
        };
        Conversation {
            id: ConversationId("c".into()),
            deal: DealId("d".into()),
            channel: Channel::Call,
            started_at: None,
            title: String::new(),
            participants: vec![],
            turns: turns.iter().map(turn).collect(),
            mail: None,
            recording: None,
            source: Source::default(),
            revision: 0,
        }
    }

    #[test]
    fn the_clock_of_a_small_call() {
        use Side::{Buyer, Seller};
        let clock = timing(
            &call(&[
                (Buyer, 1_000, 6_000, "We lost two clients over that."),
                (Seller, 3_000, 3_400, "Mm-hm."),
                (Seller, 6_800, 10_000, "I see, and when was that?"),
                (Buyer, 9_200, 12_000, "In March, and again in May."),
                (Seller, 16_000, 17_000, "That is a lot."),
            ]),
            &OWN,
        )
        .unwrap();
        assert_eq!(
            clock,
            Timing {
                span_ms: 16_000,
                seller_ms: 400 + 3_200 + 1_000,
                buyer_ms: 5_000 + 2_800,
                silence_ms: 800 + 4_000,
                long_silence_ms: 4_000,
                interruptions: vec![Interruption { turn: 3, side: Buyer, overlap_ms: 800 }],
                waits_ms: vec![800, 4_000],
                switches: 3,
            }
        );
    }

    #[test]
    fn a_back_channel_neither_interrupts_nor_ends_a_stretch() {
        use Side::{Buyer, Seller};
        let call = call(&[
            (Seller, 0, 10_000, "First there is the import."),
            (Buyer, 8_000, 11_000, "Yeah, okay."),
            (Seller, 11_000, 30_000, "Then the matching."),
            (Buyer, 31_000, 32_000, "How long does that take?"),
        ]);
        assert_eq!(timing(&call, &OWN).unwrap().interruptions, []);
        assert_eq!(longest_stretch(&call, Seller), Some((0, 30_000)));
        assert_eq!(longest_stretch(&call, Buyer), Some((1, 3_000)));
    }

    #[test]
    fn without_ends_there_is_no_clock() {
        let mut call = call(&[(Side::Buyer, 0, 1, "a"), (Side::Seller, 2, 3, "b")]);
        call.turns[1].end_ms = None;
        assert_eq!(timing(&call, &OWN), None);
    }
}
