//! The clock of a call: who holds the floor, who waits, who breaks in, and how long nobody speaks.
//!
//! Everything here needs a recording in which both sides are known, or calls whose turns have a start *and* an end. A
//! transcript with starts only has none of these numbers: an end that was guessed would make silence and interruptions a
//! guess too. Where both are there the recording is asked, since it hears the pauses inside a turn and the "mm-hm" that
//! nobody wrote down; each clock says which of the two it rests on. `call_times.rs` has the measures that are made of them.

use std::collections::BTreeMap;

use super::{
    Basis,
    view::{Item, Line},
};
use crate::{
    conversation::{Conversation, Side, Turn},
    floor::{self, Floor, Overlap, is_back_channel},
    recording::{Recording, joined},
};

/// What counts as an interruption and as a long silence: systems differ, so each way has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
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
pub const OWN: Preset = Preset { overlap_ms: 500, into_ms: 0, takes_floor: true, long_silence_ms: 3_000 };

/// What Amazon's call analytics counts, as far as its published example call shows it: over two seconds at once, over 3.7
/// seconds into the other's turn; 2 of the 12 overlaps of that call.
pub const AMAZON: Preset = Preset { overlap_ms: 2_000, into_ms: 3_700, takes_floor: false, long_silence_ms: 3_000 };

/// One speaker who breaks in on another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// Index of the turn that breaks in; absent where a recording has it and the transcript has not.
    pub turn: Option<usize>,
    /// Whose turn that is.
    pub side: Side,
    /// Who breaks in; absent where a channel has several voices and the transcript does not tell.
    pub by: Option<String>,
    /// On whom.
    pub over: Option<String>,
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
    /// How many those are.
    pub long_silences: usize,
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
    timing_of(conversation, floor::floor(conversation).as_ref(), preset)
}

/// As [`timing`], with the `floor` of its recording, where it has one.
pub(super) fn timing_of(conversation: &Conversation, floor: Option<&Floor>, preset: &Preset) -> Option<Timing> {
    let recording = telling(conversation);
    if let Some(recording) = recording.filter(|r| r.tells_sides()) {
        return heard(recording, &conversation.turns, floor?, preset);
    }
    let written = written(conversation, preset)?;
    // On a shared channel the transcript says who speaks, and the recording when nobody does.
    match recording.filter(|r| [Side::Buyer, Side::Seller].iter().all(|side| !r.speech_of(*side).is_empty())) {
        Some(recording) => {
            let quiet = quiet_of(&recording.speech(), preset)?;
            let talk = |side| union(&recording.speech_of(side));
            Some(Timing {
                span_ms: quiet.span_ms,
                silence_ms: quiet.silence_ms,
                long_silence_ms: quiet.long_silence_ms,
                long_silences: quiet.long_silences,
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
    /// How many those are.
    pub long_silences: usize,
    /// What it rests on.
    pub from: Basis,
}

/// The recording of `conversation`, where what is counted over the whole of it may rest on that.
pub fn telling(conversation: &Conversation) -> Option<&Recording> {
    conversation.recording.as_ref().filter(|r| r.tells_call(&conversation.turns))
}

/// The silence of `conversation`, by its recording where that tells.
pub fn quiet(conversation: &Conversation, preset: &Preset) -> Option<Quiet> {
    match telling(conversation) {
        Some(recording) => quiet_of(&recording.speech(), preset),
        None => {
            let t = written(conversation, preset)?;
            let Timing { span_ms, silence_ms, long_silence_ms, long_silences, talk_from: from, .. } = t;
            Some(Quiet { span_ms, silence_ms, long_silence_ms, long_silences, from })
        }
    }
}

/// The silence between joined stretches of `speech` of a recording; absent where there is none.
pub fn quiet_of(speech: &[(u64, u64)], preset: &Preset) -> Option<Quiet> {
    let silences = silences(speech);
    let long = long(&silences, preset);
    Some(Quiet {
        span_ms: speech.last()?.1.saturating_sub(speech.first()?.0),
        silence_ms: silences.iter().sum(),
        long_silence_ms: long.iter().sum(),
        long_silences: long.len(),
        from: Basis::Recording,
    })
}

/// Those of `silences` that count as long.
fn long(silences: &[u64], preset: &Preset) -> Vec<u64> {
    silences.iter().copied().filter(|ms| *ms > preset.long_silence_ms).collect()
}

/// The clock by a recording with the sides on channels of their own.
fn heard(recording: &Recording, turns: &[Turn], floor: &Floor, preset: &Preset) -> Option<Timing> {
    let quiet = quiet_of(&recording.speech(), preset)?;
    let side = |lane: usize| recording.lanes[lane].side;
    let name = |lane: usize, turn: Option<usize>| match &recording.lanes[lane].speakers[..] {
        [only] => Some(only.clone()),
        _ => turn.map(|turn| turns[turn].speaker.clone()),
    };
    let held_by = |o: &Overlap| {
        let start = o.start_ms - o.into_ms;
        let from = floor.holds.partition_point(|h| h.start_ms < start);
        let hold = floor.holds[from..].iter().take_while(|h| h.start_ms == start).find(|h| h.lane == o.over);
        name(o.over, hold.and_then(|h| h.turn))
    };
    let talk = |side| union(&recording.speech_of(side));
    let interruptions = floor
        .overlaps
        .iter()
        .filter(|o| {
            o.interrupts(preset.overlap_ms, preset.into_ms, preset.takes_floor) && across(side(o.by), side(o.over))
        })
        .map(|o| Interruption {
            turn: o.turn,
            side: side(o.by),
            by: name(o.by, o.turn),
            over: held_by(o),
            overlap_ms: o.ms,
        })
        .collect();
    let held = floor.holds.iter().filter(|h| !h.back_channel);
    let (waits_ms, switches) = changes(held.map(|h| (side(h.lane), h.start_ms, h.end_ms)));
    Some(Timing {
        span_ms: quiet.span_ms,
        seller_ms: talk(Side::Seller),
        buyer_ms: talk(Side::Buyer),
        silence_ms: quiet.silence_ms,
        long_silence_ms: quiet.long_silence_ms,
        long_silences: quiet.long_silences,
        interruptions,
        waits_ms,
        switches,
        talk_from: Basis::Recording,
        floor_from: Basis::Recording,
    })
}

/// The median of some times, in milliseconds: of an even number of them the mean of the middle two; absent for none.
pub fn median_ms(mut ms: Vec<u64>) -> Option<f64> {
    ms.sort_unstable();
    let middle = [ms.get(ms.len().checked_sub(1)? / 2)?, ms.get(ms.len() / 2)?];
    Some(middle.into_iter().sum::<u64>() as f64 / 2.0)
}

/// Whether one side is the buyer's and the other ours: nobody knows whom an unknown one is with.
pub fn across(a: Side, b: Side) -> bool {
    a != Side::Unknown && b == a.other()
}

/// How long our side lets the buyer's end before it starts, in milliseconds, and how often the floor goes from one side to the
/// other, by what was said in order of its start. Whoever speaks wholly inside another's speech never had the floor.
fn changes(said: impl Iterator<Item = (Side, u64, u64)>) -> (Vec<u64>, usize) {
    let mut held: Vec<(Side, u64, u64)> = Vec::new();
    for (side, start, end) in said {
        if held.last().is_none_or(|last| end > last.2) {
            held.push((side, start, end));
        }
    }
    let pairs = || held.windows(2).map(|pair| (pair[0], pair[1]));
    let ours_after_theirs = pairs().filter(|(a, b)| a.0 == Side::Buyer && b.0 == Side::Seller);
    (
        ours_after_theirs.map(|(a, b)| b.1.saturating_sub(a.2)).collect(),
        pairs().filter(|(a, b)| across(a.0, b.0)).count(),
    )
}

/// The words of `side` and the time that it took for them, in milliseconds. Where a recording was laid over the transcript
/// they are those of the turns that were heard from beginning to end: words that it does not hold took none of its time.
pub(super) fn words_in_time(item: &Item, timing: &Timing, side: Side) -> (usize, u64) {
    let floor = item.clock.floor().filter(|floor| timing.talk_from == Basis::Recording && !floor.turns.is_empty());
    let Some(floor) = floor else {
        let ms = if side == Side::Seller { timing.seller_ms } else { timing.buyer_ms };
        return (item.of(side).map(Line::words).sum(), ms);
    };
    let turns = &item.conversation.turns;
    let heard = floor.turns.iter().filter(|t| t.whole && turns[t.turn].side == side);
    let (at, ms): (Vec<usize>, Vec<u64>) = heard.map(|t| (t.turn, t.speech_ms)).unzip();
    // They stand in the order of the turns.
    let words = item.of(side).filter(|line| at.binary_search(&line.turn).is_ok()).map(Line::words).sum();
    (words, ms.into_iter().sum())
}

/// How long each speaker of a call with a clock talks, in milliseconds, by what its clock rests on. Who shares a channel of
/// the recording with others is missing where it could not be laid over the transcript.
pub(super) fn talk_times<'a>(
    conversation: &'a Conversation,
    floor: Option<&Floor>,
    from: Basis,
) -> BTreeMap<&'a str, u64> {
    let mut spans: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    let mut shared: BTreeMap<&str, u64> = BTreeMap::new();
    match (&conversation.recording, from) {
        (Some(recording), Basis::Recording) => {
            for lane in &recording.lanes {
                if let [only] = &lane.speakers[..] {
                    let spurts = lane.spurts.iter().map(|s| (s.start_ms, s.end_ms));
                    spans.entry(only).or_default().extend(spurts);
                }
            }
            for sound in floor.into_iter().flat_map(|floor| &floor.turns) {
                let speaker = conversation.turns[sound.turn].speaker.as_str();
                if !spans.contains_key(speaker) {
                    *shared.entry(speaker).or_default() += sound.speech_ms;
                }
            }
        }
        _ => {
            for (_, turn, start, end) in timed_turns(conversation).unwrap_or_default() {
                spans.entry(&turn.speaker).or_default().push((start, end));
            }
        }
    }
    let apart = spans.into_iter().map(|(name, spans)| (name, union(&joined(spans))));
    apart.chain(shared).collect()
}

/// The turns with their times, by start; absent where fewer than two turns, or fewer than nine in ten, have a start and an end.
fn timed_turns(conversation: &Conversation) -> Option<Vec<(usize, &Turn, u64, u64)>> {
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
    Some(timed)
}

/// The clock by the times of the turns.
fn written(conversation: &Conversation, preset: &Preset) -> Option<Timing> {
    let timed = timed_turns(conversation)?;
    let spans = |side: Option<Side>| -> Vec<(u64, u64)> {
        timed.iter().filter(|(_, t, ..)| side.is_none_or(|s| t.side == s)).map(|&(_, _, a, b)| (a, b)).collect()
    };
    let silences = silences(&spans(None));
    let long = long(&silences, preset);
    let held = timed.iter().filter(|(_, t, ..)| !is_back_channel(&t.text));
    let (waits_ms, switches) = changes(held.map(|&(_, t, start, end)| (t.side, start, end)));
    Some(Timing {
        span_ms: timed.iter().map(|t| t.3).max()? - timed[0].2,
        seller_ms: union(&spans(Some(Side::Seller))),
        buyer_ms: union(&spans(Some(Side::Buyer))),
        silence_ms: silences.iter().sum(),
        long_silence_ms: long.iter().sum(),
        long_silences: long.len(),
        interruptions: interruptions(&timed, preset),
        waits_ms,
        switches,
        talk_from: Basis::Transcript,
        floor_from: Basis::Transcript,
    })
}

/// So many turns before a turn are looked at for one that it breaks in on. Whoever began earlier and still speaks has heard
/// as many begin since and is talked over rather than interrupted; and a call whose turns all overlap costs no square of them.
const BEFORE: usize = 8;

fn interruptions(timed: &[(usize, &Turn, u64, u64)], preset: &Preset) -> Vec<Interruption> {
    let mut found = Vec::new();
    for (n, &(at, turn, start, end)) in timed.iter().enumerate() {
        let broken = timed[..n].iter().rev().take(BEFORE).find(|&&(_, other, other_start, other_end)| {
            let overlap = other_end.min(end).saturating_sub(start);
            other.speaker != turn.speaker
                && across(turn.side, other.side)
                && start > other_start
                && overlap >= preset.overlap_ms.max(1)
                && start - other_start >= preset.into_ms
                && (!preset.takes_floor || (end > other_end && !is_back_channel(&turn.text)))
        });
        if let Some(&(_, other, _, other_end)) = broken {
            found.push(Interruption {
                turn: Some(at),
                side: turn.side,
                by: Some(turn.speaker.clone()),
                over: Some(other.speaker.clone()),
                overlap_ms: other_end.min(end) - start,
            });
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

/// Pauses up to this length belong to a stretch.
pub const PAUSE_MS: u64 = 1_500;

#[cfg(test)]
mod tests {
    use super::{
        super::timed_stretch::{TimedStretch, longest_stretch, longest_stretches},
        *,
    };
    use crate::{
        conversation::{Channel, ConversationId, DealId, Source},
        recording::{Lane, Spurt},
    };

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
            local_time: false,
            title: String::new(),
            participants: vec![],
            turns: turns.iter().map(turn).collect(),
            mail: None,
            recording: None,
            source: Source::default(),
            revision: 0,
            as_read: None,
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
                long_silences: 1,
                interruptions: vec![Interruption {
                    turn: Some(3),
                    side: Buyer,
                    by: Some("buyer".into()),
                    over: Some("seller".into()),
                    overlap_ms: 800
                }],
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
        let longest = |side| longest_stretch(&call, None, Basis::Transcript, side);
        assert_eq!(longest(Seller), Some(TimedStretch { first: Some(0), last: Some(2), ms: 30_000 }));
        assert_eq!(longest(Buyer), Some(TimedStretch { first: Some(1), last: None, ms: 3_000 }));
    }

    #[test]
    fn a_recording_tells_whose_voice_it_is_where_a_channel_has_one_or_the_transcript_names_it() {
        use Side::{Buyer, Seller};
        let mut call = call(&[
            (Buyer, 0, 10_000, "That is dearer than we had planned."),
            (Seller, 9_000, 14_000, "So what had you planned?"),
            (Buyer, 15_000, 17_000, "Half of it."),
        ]);
        for (turn, name) in call.turns.iter_mut().zip(["Bo", "Ann", "Cy"]) {
            turn.speaker = name.into();
        }
        let lane = |side, speakers: &[&str], spurts: &[(u64, u64)]| Lane {
            side,
            speakers: speakers.iter().map(|s| (*s).to_owned()).collect(),
            spurts: spurts.iter().map(|&(start_ms, end_ms)| Spurt { start_ms, end_ms, level: -200 }).collect(),
            ..Lane::default()
        };
        call.recording = Some(Recording {
            length_ms: 20_000,
            separate: true,
            offset_ms: Some(0),
            lanes: vec![
                lane(Seller, &["Ann"], &[(9_000, 14_000)]),
                lane(Buyer, &["Bo", "Cy"], &[(0, 10_000), (15_000, 17_000)]),
            ],
            ..Recording::default()
        });
        let talk =
            |call| talk_times(call, floor::floor(call).as_ref(), Basis::Recording).into_iter().collect::<Vec<_>>();
        assert_eq!(talk(&call), [("Ann", 5_000), ("Bo", 10_000), ("Cy", 2_000)]);
        let [one] = &timing(&call, &OWN).unwrap().interruptions[..] else { panic!("one interruption") };
        assert_eq!((one.by.as_deref(), one.over.as_deref()), (Some("Ann"), Some("Bo")));
        assert_eq!(longest_stretches(&call, floor::floor(&call).as_ref(), Basis::Recording), [("Ann", 5_000)].into());

        let mut apart = call.clone();
        apart.recording.as_mut().unwrap().offset_ms = None;
        assert_eq!(
            talk(&apart),
            [("Ann", 5_000)],
            "without the transcript's clock nobody knows which of the two it is"
        );
    }

    #[test]
    fn of_two_waits_the_middle_is_their_mean() {
        assert_eq!(median_ms(vec![1_000, 200]), Some(600.0));
        assert_eq!(median_ms(vec![900, 200, 300]), Some(300.0));
        assert_eq!(median_ms(vec![]), None);
    }

    #[test]
    fn without_ends_there_is_no_clock() {
        let mut call = call(&[(Side::Buyer, 0, 1, "a"), (Side::Seller, 2, 3, "b")]);
        call.turns[1].end_ms = None;
        assert_eq!(timing(&call, &OWN), None);
    }
}
