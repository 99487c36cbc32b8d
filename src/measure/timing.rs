//! The clock of a call: who holds the floor, who waits, who breaks in, and how long nobody speaks.
//!
//! Everything here needs a recording in which both sides are known, or calls whose turns have a start *and* an end. A
//! transcript with starts only has none of these numbers: an end that was guessed would make silence and interruptions a
//! guess too. Where both are there the recording is asked, since it hears the pauses inside a turn and the "mm-hm" that
//! nobody wrote down; each reading says which of the two it rests on.

use std::collections::BTreeMap;

use super::{
    Basis, Group, MeasureRow, Reading, Unit,
    view::{Item, Line, View, reading},
};
use crate::{
    conversation::{Conversation, Side, Turn},
    floor::{self, Floor, listens},
    recording::Recording,
};

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
    /// Index of the turn that breaks in; absent where a recording has it and the transcript has not.
    pub turn: Option<usize>,
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
    /// What talk time and silence rest on.
    pub talk_from: Basis,
    /// What interruptions, waits and switches rest on.
    pub floor_from: Basis,
}

/// The clock of `conversation`: by its recording as far as that tells the sides apart, else by its transcript. Absent where
/// neither tells.
pub fn timing(conversation: &Conversation, preset: &Preset) -> Option<Timing> {
    let recording = conversation.recording.as_ref();
    if let Some(recording) = recording.filter(|r| r.tells_sides()) {
        return heard(recording, &floor::floor(conversation)?, preset);
    }
    let written = written(conversation, preset)?;
    // On a shared channel the transcript says who speaks, and the recording when nobody does.
    match recording.filter(|r| [Side::Buyer, Side::Seller].iter().all(|side| !r.speech_of(*side).is_empty())) {
        Some(recording) => {
            let quiet = quiet_of(&recording.speech(), preset)?;
            let talk = |side| recording.speech_of(side).iter().map(|(a, b)| b - a).sum();
            Some(Timing {
                span_ms: quiet.span_ms,
                silence_ms: quiet.silence_ms,
                long_silence_ms: quiet.long_silence_ms,
                seller_ms: talk(Side::Seller),
                buyer_ms: talk(Side::Buyer),
                talk_from: Basis::Recording,
                ..written
            })
        }
        None => Some(written),
    }
}

/// How long a call is and how long nobody speaks, which needs no sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// From the first word to the last, in milliseconds.
    pub span_ms: u64,
    /// Time in which nobody speaks.
    pub silence_ms: u64,
    /// The part of it in long silences.
    pub long_silence_ms: u64,
    /// What it rests on.
    pub from: Basis,
}

/// The silence of `conversation`, by its recording where there is one.
pub fn quiet(conversation: &Conversation, preset: &Preset) -> Option<Quiet> {
    match &conversation.recording {
        Some(recording) => quiet_of(&recording.speech(), preset),
        None => {
            let t = written(conversation, preset)?;
            let Timing { span_ms, silence_ms, long_silence_ms, talk_from: from, .. } = t;
            Some(Quiet { span_ms, silence_ms, long_silence_ms, from })
        }
    }
}

fn quiet_of(speech: &[(u64, u64)], preset: &Preset) -> Option<Quiet> {
    let silences = silences(speech);
    Some(Quiet {
        span_ms: speech.last()?.1 - speech.first()?.0,
        silence_ms: silences.iter().sum(),
        long_silence_ms: silences.iter().filter(|s| **s > preset.long_silence_ms).sum(),
        from: Basis::Recording,
    })
}

/// The clock by a recording with the sides on channels of their own.
fn heard(recording: &Recording, floor: &Floor, preset: &Preset) -> Option<Timing> {
    let quiet = quiet_of(&recording.speech(), preset)?;
    let side = |lane: usize| recording.lanes[lane].side;
    let talk = |side| recording.speech_of(side).iter().map(|(a, b)| b - a).sum();
    let interruptions = floor
        .overlaps
        .iter()
        .filter(|o| o.interrupts(preset.overlap_ms, preset.into_ms, preset.takes_floor) && side(o.by) != side(o.over))
        .map(|o| Interruption { turn: o.turn, side: side(o.by), overlap_ms: o.ms })
        .collect();
    // Whoever only listens, or speaks wholly inside another's speech, never had the floor.
    let mut held: Vec<(Side, u64, u64)> = Vec::new();
    for hold in floor.holds.iter().filter(|h| !h.back_channel) {
        if held.last().is_none_or(|last| hold.end_ms > last.2) {
            held.push((side(hold.lane), hold.start_ms, hold.end_ms));
        }
    }
    Some(Timing {
        span_ms: quiet.span_ms,
        seller_ms: talk(Side::Seller),
        buyer_ms: talk(Side::Buyer),
        silence_ms: quiet.silence_ms,
        long_silence_ms: quiet.long_silence_ms,
        interruptions,
        waits_ms: held
            .windows(2)
            .filter(|pair| pair[0].0 == Side::Buyer && pair[1].0 == Side::Seller)
            .map(|pair| pair[1].1.saturating_sub(pair[0].2))
            .collect(),
        switches: held.windows(2).filter(|pair| pair[0].0 != pair[1].0).count(),
        talk_from: Basis::Recording,
        floor_from: Basis::Recording,
    })
}

/// The clock by the times of the turns; absent where fewer than two turns, or fewer than nine in ten, have a start and an end.
fn written(conversation: &Conversation, preset: &Preset) -> Option<Timing> {
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
        talk_from: Basis::Transcript,
        floor_from: Basis::Transcript,
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
            found.push(Interruption { turn: Some(at), side: turn.side, overlap_ms: other_end.min(end) - start });
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

const NEEDS: &str = "a call whose turns have start and end times, or its recording";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "seller_talk_time_share",
        unit: Unit::Percent,
        meaning: "Time in which our side speaks, in percent of the time in which either side does, over all calls with times; \
                  what both speak at once counts for each.",
        needs: NEEDS,
        read: |v| {
            let (ours, theirs, from) = sum(v, |t| (t.seller_ms, t.buyer_ms, t.talk_from))?;
            (ours + theirs > 0).then(|| plain(100.0 * ours as f64 / (ours + theirs) as f64, Unit::Percent, from))
        },
    },
    MeasureRow {
        name: "seller_talk_time_of_call",
        unit: Unit::Percent,
        meaning: "Time in which our side speaks, in percent of the length of the calls.",
        needs: NEEDS,
        read: |v| {
            let (ours, span, from) = sum(v, |t| (t.seller_ms, t.span_ms, t.talk_from))?;
            (span > 0).then(|| plain(100.0 * ours as f64 / span as f64, Unit::Percent, from))
        },
    },
    MeasureRow {
        name: "seller_patience_seconds",
        unit: Unit::Seconds,
        meaning: "Median time from where the buyer stops to where our side starts, over all calls with times; where they \
                  overlap it is 0. 0.6 to 1 second is usual.",
        needs: "a call with times in which our side follows the buyer",
        read: |v| {
            let clocks = clocks(v);
            let from = basis(clocks.iter().filter(|(_, t)| !t.waits_ms.is_empty()).map(|(_, t)| t.floor_from))?;
            let mut waits: Vec<u64> = clocks.into_iter().flat_map(|(_, t)| t.waits_ms).collect();
            waits.sort_unstable();
            let median = match waits.len() {
                0 => return None,
                n if n % 2 == 1 => waits[n / 2] as f64,
                n => (waits[n / 2 - 1] + waits[n / 2]) as f64 / 2.0,
            };
            Some(plain(median / 1000.0, Unit::Seconds, from))
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
            let (silence, span, from) = hush(v, |q| (q.silence_ms, q.span_ms))?;
            (span > 0).then(|| plain(100.0 * silence as f64 / span as f64, Unit::Percent, from))
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
        needs: NEEDS,
        read: |v| {
            let (switches, span, from) = sum(v, |t| (t.switches as u64, t.span_ms, t.floor_from))?;
            (span > 0).then(|| plain(60_000.0 * switches as f64 / span as f64, Unit::PerMinute, from))
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
                Reading { rests_on: None, ..plain((latest - usual).max(0.0), Unit::Percent, Basis::Transcript) }
            })
        },
    },
];

fn plain(value: f64, unit: Unit, from: Basis) -> Reading {
    Reading { value, unit, rests_on: Some(from), evidence: vec![] }
}

/// The calls that have a clock, each with it.
fn clocks<'v, 'a>(v: &'v View<'a>) -> Vec<(&'v Item<'a>, Timing)> {
    v.items.iter().filter(|i| i.is_call()).filter_map(|i| Some((i, timing(i.conversation, &OWN)?))).collect()
}

/// What several calls rest on together; absent for none.
fn basis(of: impl Iterator<Item = Basis>) -> Option<Basis> {
    of.reduce(|a, b| if a == b { a } else { Basis::Both })
}

/// Two sums over the clocks and what they rest on; absent where no call has one.
fn sum(v: &View, of: impl Fn(&Timing) -> (u64, u64, Basis)) -> Option<(u64, u64, Basis)> {
    let parts: Vec<_> = clocks(v).iter().map(|(_, t)| of(t)).collect();
    let from = basis(parts.iter().map(|p| p.2))?;
    Some((parts.iter().map(|p| p.0).sum(), parts.iter().map(|p| p.1).sum(), from))
}

/// Two sums over the silence of all calls and what they rest on; absent where no call tells.
fn hush(v: &View, of: impl Fn(&Quiet) -> (u64, u64)) -> Option<(u64, u64, Basis)> {
    let calls = v.items.iter().filter(|i| i.is_call());
    let quiets: Vec<Quiet> = calls.filter_map(|i| quiet(i.conversation, &OWN)).collect();
    let from = basis(quiets.iter().map(|q| q.from))?;
    Some((quiets.iter().map(|q| of(q).0).sum(), quiets.iter().map(|q| of(q).1).sum(), from))
}

fn broke_in(v: &View, side: Side) -> Option<Reading> {
    let clocks = clocks(v);
    let from = basis(clocks.iter().map(|(_, t)| t.floor_from))?;
    let mut lines: Vec<&Line> = Vec::new();
    let mut times = 0;
    for (item, clock) in &clocks {
        for one in clock.interruptions.iter().filter(|i| i.side == side) {
            times += 1;
            lines.extend(item.lines.iter().find(|l| Some(l.turn) == one.turn));
        }
    }
    let reading = reading(f64::from(times), Unit::Count, lines.into_iter().rev());
    Some(Reading { rests_on: Some(from), ..reading })
}

fn pace(v: &View, side: Side) -> Option<Reading> {
    let clocks = clocks(v);
    let from = basis(clocks.iter().map(|(_, t)| t.talk_from))?;
    let words: usize = clocks.iter().flat_map(|(item, _)| item.of(side)).map(Line::words).sum();
    let ms: u64 = clocks.iter().map(|(_, t)| if side == Side::Seller { t.seller_ms } else { t.buyer_ms }).sum();
    (ms > 0).then(|| plain(60_000.0 * words as f64 / ms as f64, Unit::WordsPerMinute, from))
}

fn longest(v: &View, side: Side) -> Option<Reading> {
    let clocks = clocks(v);
    let stretches = clocks.iter().filter_map(|(item, clock)| {
        let (turn, ms) = match (&item.conversation.recording, clock.floor_from) {
            (Some(recording), Basis::Recording) => {
                floor::longest_run(&floor::floor(item.conversation)?, recording, side, PAUSE_MS)?
            }
            _ => longest_stretch(item.conversation, side).map(|(turn, ms)| (Some(turn), ms))?,
        };
        Some((ms, clock.floor_from, item.lines.iter().find(|l| Some(l.turn) == turn)))
    });
    let (ms, from, line) = stretches.max_by_key(|(ms, ..)| *ms)?;
    Some(Reading { rests_on: Some(from), ..reading(ms as f64 / 1000.0, Unit::Seconds, line) })
}

/// Pauses up to this length belong to a stretch.
const PAUSE_MS: u64 = 1_500;

/// First turn and length in milliseconds of the longest stretch of one speaker of `side`.
fn longest_stretch(conversation: &Conversation, side: Side) -> Option<(usize, u64)> {
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
                interruptions: vec![Interruption { turn: Some(3), side: Buyer, overlap_ms: 800 }],
                waits_ms: vec![800, 4_000],
                switches: 3,
                talk_from: Basis::Transcript,
                floor_from: Basis::Transcript,
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
