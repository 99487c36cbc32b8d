//! Who holds the floor of a recorded call: holds, overlaps, back-channels, and how each turn sounded.
//!
//! A **hold** is a run of spurts of one lane without a long pause. Where two lanes are on at once there is an **overlap**;
//! whoever came second **took the floor** if the other stops first. A **back-channel** is a listener's token and never an
//! interruption: at most five words of a listener where the words are known, else at most a second of speech that does not
//! outlast the other's.
//!
//! How loud a turn is is said beside its speaker's own median only: nobody is held against anybody, and nobody is scored.

use std::collections::HashMap;

use serde::Serialize;

use crate::{
    conversation::{Conversation, Side, Turn},
    recording::{Recording, shared_ms},
};
use turns::{Piece, placed, turn_sounds};

mod turns;

pub use turns::{LOUD_DB, TurnSound};

/// A pause of this length ends a hold, in milliseconds.
const HOLD_PAUSE_MS: u64 = 700;

/// A pause of this length ends a hold too where another speaks all through it: the floor was taken and taken back.
const TAKEN_PAUSE_MS: u64 = 350;

/// Whoever begins within this after another begins together with them and does not break in, in milliseconds.
const TOGETHER_MS: u64 = 200;

/// A back-channel whose words are not known is at most this long, in milliseconds of speech.
const TOKEN_MS: u64 = 1_000;

/// A back-channel may outlast the other's speech by this much, in milliseconds: a last "mm-hm".
const OUTLAST_MS: u64 = 500;

/// A run of speech of one lane without a long pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Index of the lane.
    pub lane: usize,
    /// Where it begins, in milliseconds of the recording.
    pub start_ms: u64,
    /// Where it ends.
    pub end_ms: u64,
    /// How much of it is speech.
    pub speech_ms: u64,
    /// Whether it only listens: a back-channel.
    pub back_channel: bool,
    /// The turn of the transcript in which it begins, unless that is a mere edge, under a quarter of it; where one is known.
    pub turn: Option<usize>,
}

/// Two lanes on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// Where the second one begins, in milliseconds of the recording.
    pub start_ms: u64,
    /// For how long both speak.
    pub ms: u64,
    /// For how long the first one had held the floor.
    pub into_ms: u64,
    /// The lane that came second.
    pub by: usize,
    /// The lane that held the floor.
    pub over: usize,
    /// The turn of the one who came second, where known.
    pub turn: Option<usize>,
    /// Whether the first one stopped before the second.
    pub took_floor: bool,
    /// Whether the second one only listens.
    pub back_channel: bool,
}

/// The floor of one recorded call.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Floor {
    /// All holds in order of their start; none where the parties are not apart.
    pub holds: Vec<Hold>,
    /// All overlaps in order; none where the parties are not apart.
    pub overlaps: Vec<Overlap>,
    /// The turns that were heard, in their order.
    pub turns: Vec<TurnSound>,
}

impl Overlap {
    /// Whether it is an interruption: both speak for at least `overlap_ms`, the other has held the floor for `into_ms`, and
    /// where `takes_floor` asks for it the one who came second goes on alone. A back-channel never is one.
    pub fn interrupts(&self, overlap_ms: u64, into_ms: u64, takes_floor: bool) -> bool {
        !self.back_channel && self.ms >= overlap_ms && self.into_ms >= into_ms && (self.took_floor || !takes_floor)
    }
}

/// The floor of `conversation`; absent where no recording of it was heard.
pub fn floor(conversation: &Conversation) -> Option<Floor> {
    let recording = conversation.recording.as_ref()?;
    let placed = placed(recording, &conversation.turns);
    let (holds, overlaps) = if recording.separate {
        let holds = holds(recording, &conversation.turns, &placed);
        let overlaps = overlaps(recording, &holds);
        (holds, overlaps)
    } else {
        (vec![], vec![])
    };
    let turns = turn_sounds(recording, &conversation.turns, &placed, &overlaps);
    Some(Floor { holds, overlaps, turns })
}

/// The longest run of speech of one lane of `side`: pauses up to `pause_ms` belong to it, and a back-channel of another lane
/// does not break it. Its turn, where known, and its length in milliseconds.
pub fn longest_run(floor: &Floor, recording: &Recording, side: Side, pause_ms: u64) -> Option<(Option<usize>, u64)> {
    let lanes = (0..recording.lanes.len()).filter(|lane| recording.lanes[*lane].side == side);
    // Of equals the first.
    lanes.filter_map(|lane| longest_run_of(floor, lane, pause_ms)).reduce(|a, b| if b.1 > a.1 { b } else { a })
}

/// As [`longest_run`], of one lane.
pub fn longest_run_of(floor: &Floor, lane: usize, pause_ms: u64) -> Option<(Option<usize>, u64)> {
    let mut best: Option<(Option<usize>, u64)> = None;
    let mut run: Option<(Option<usize>, u64, u64)> = None;
    for hold in &floor.holds {
        if hold.lane != lane {
            if !hold.back_channel {
                run = None;
            }
            continue;
        }
        let (turn, start, end) = match run {
            Some((turn, start, end)) if hold.start_ms <= end + pause_ms => (turn, start, end.max(hold.end_ms)),
            _ => (hold.turn, hold.start_ms, hold.end_ms),
        };
        run = Some((turn, start, end));
        if best.is_none_or(|(_, ms)| end - start > ms) {
            best = Some((turn, end - start));
        }
    }
    best
}

/// A **back-channel** by its words: at most five, all of a listener.
pub fn is_back_channel(text: &str) -> bool {
    const LISTENING: &[&str] = &[
        "mm", "hm", "hmm", "mhm", "mm-hm", "uh-huh", "yeah", "yes", "yep", "right", "okay", "ok", "sure", "i", "see",
        "aha", "ah", "oh", "got", "it", "aye",
    ];
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty());
    // The first word decides nearly always.
    let listens = |word: &str| LISTENING.iter().any(|one| one.eq_ignore_ascii_case(word));
    words.next().is_some_and(listens) && words.by_ref().take(4).all(listens) && words.next().is_none()
}

fn holds(recording: &Recording, turns: &[Turn], placed: &[Piece]) -> Vec<Hold> {
    let mut out: Vec<Hold> = Vec::new();
    for (lane, its) in recording.lanes.iter().enumerate() {
        let first = out.len();
        for spurt in &its.spurts {
            match out[first..].last_mut() {
                Some(hold)
                    if spurt.start_ms < hold.end_ms + HOLD_PAUSE_MS
                        && !taken(recording, lane, hold.end_ms, spurt.start_ms) =>
                {
                    hold.end_ms = spurt.end_ms;
                    hold.speech_ms += spurt.ms();
                }
                _ => out.push(Hold {
                    lane,
                    start_ms: spurt.start_ms,
                    end_ms: spurt.end_ms,
                    speech_ms: spurt.ms(),
                    back_channel: false,
                    turn: None,
                }),
            }
        }
    }
    out.sort_by_key(|h| (h.start_ms, h.lane));
    // Who still speaks where the hold begins that is looked at, and until when.
    let mut open: Vec<(usize, u64, u64)> = Vec::new();
    let mut by_lane: Vec<Vec<&Piece>> = vec![Vec::new(); recording.lanes.len()];
    placed.iter().for_each(|p| by_lane[p.lane].push(p));
    for hold in &mut out {
        open.retain(|(_, _, end_ms)| *end_ms > hold.start_ms);
        let pieces = &by_lane[hold.lane];
        let begin = pieces.partition_point(|p| p.spurt.end_ms <= hold.start_ms);
        let within = pieces[begin..].iter().take_while(|p| p.spurt.start_ms < hold.end_ms);
        // Each turn of the hold with its speech, and the place of each in there.
        let mut most: Vec<(usize, u64)> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for piece in within.filter(|p| p.inside) {
            let place = *places.entry(piece.turn).or_insert(most.len());
            match most.get_mut(place) {
                Some(held) => held.1 += piece.spurt.ms(),
                None => most.push((piece.turn, piece.spurt.ms())),
            }
        }
        let known: u64 = most.iter().map(|m| m.1).sum();
        // The turn in which it begins, unless that is a mere edge.
        hold.turn = most.iter().find(|m| m.1 * 4 >= known).map(|m| m.0);
        let heard = known * 2 >= hold.speech_ms && !most.is_empty();
        hold.back_channel = if heard {
            most.iter().all(|m| is_back_channel(&turns[m.0].text))
        } else {
            let begun_before =
                |(lane, start_ms, _): &&(usize, u64, u64)| *lane != hold.lane && *start_ms < hold.start_ms;
            let over = open.iter().filter(begun_before).any(|(_, _, end_ms)| hold.end_ms <= end_ms + OUTLAST_MS);
            over && hold.speech_ms <= TOKEN_MS
        };
        open.push((hold.lane, hold.start_ms, hold.end_ms));
    }
    out
}

/// Whether somebody else speaks all through the pause of a lane, and longer than a listener would.
fn taken(recording: &Recording, lane: usize, from: u64, to: u64) -> bool {
    let others = || recording.lanes.iter().enumerate().filter(|(other, _)| *other != lane);
    to - from >= TAKEN_PAUSE_MS
        && others().any(|(_, other)| {
            let at = other.spurts.partition_point(|s| s.end_ms < to);
            other.spurts.get(at).is_some_and(|s| s.start_ms <= from && s.ms() > TOKEN_MS)
        })
}

fn overlaps(recording: &Recording, holds: &[Hold]) -> Vec<Overlap> {
    let mut found = Vec::new();
    // Who speaks and does not only listen, in the order in which they began.
    let mut open: Vec<&Hold> = Vec::new();
    for b in holds {
        open.retain(|a| a.end_ms > b.start_ms);
        // The one who has held the floor longest of those who speak: with two parties there is one.
        let first = open.iter().find(|a| a.lane != b.lane && a.start_ms + TOGETHER_MS <= b.start_ms).copied();
        open.extend(Some(b).filter(|b| !b.back_channel));
        let Some(a) = first else { continue };
        let ms = shared(recording, a.lane, b.lane, b.start_ms, a.end_ms.min(b.end_ms));
        if ms == 0 {
            continue;
        }
        found.push(Overlap {
            start_ms: b.start_ms,
            ms,
            into_ms: b.start_ms - a.start_ms,
            by: b.lane,
            over: a.lane,
            turn: b.turn,
            took_floor: b.end_ms > a.end_ms,
            back_channel: b.back_channel,
        });
    }
    found
}

/// How long two lanes both speak between two moments.
fn shared(recording: &Recording, a: usize, b: usize, from: u64, to: u64) -> u64 {
    let within = |lane: usize| -> Vec<(u64, u64)> {
        let spurts = &recording.lanes[lane].spurts;
        let first = spurts.partition_point(|s| s.end_ms <= from);
        let near = spurts[first..].iter().take_while(|s| s.start_ms < to);
        near.map(|s| (s.start_ms.max(from), s.end_ms.min(to))).collect()
    };
    shared_ms(&within(a), &within(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        measure::{
            Basis,
            timing::{OWN, timing},
        },
        recording::{Lane, Spurt},
    };

    /// A call of Ann (us) and Bo (the buyer): turns as (who, from, to, words), speech as (who, from, to, level).
    fn call(turns: &[(usize, u64, u64, &str)], speech: &[(usize, u64, u64, i32)], offset_ms: i64) -> Conversation {
        let people = [("Ann", "seller"), ("Bo", "buyer")];
        let turns: Vec<_> = turns
            .iter()
            .map(|&(who, start_ms, end_ms, text)| {
                let (speaker, side) = people[who];
                serde_json::json!({ "speaker": speaker, "side": side, "start_ms": start_ms, "end_ms": end_ms, "text": text })
            })
            .collect();
        let mut call: Conversation =
            serde_json::from_value(serde_json::json!({ "id": "c", "deal": "d", "channel": "call", "turns": turns }))
                .unwrap();
        let lane = |who: usize| Lane {
            channel: who + 1,
            speakers: vec![people[who].0.into()],
            side: [Side::Seller, Side::Buyer][who],
            confidence: 90,
            spurts: speech
                .iter()
                .filter(|s| s.0 == who)
                .map(|&(_, start_ms, end_ms, level)| Spurt { start_ms, end_ms, level })
                .collect(),
        };
        call.recording = Some(Recording {
            length_ms: 60_000,
            separate: true,
            offset_ms: Some(offset_ms),
            lanes: vec![lane(0), lane(1)],
            ..Recording::default()
        });
        call
    }

    #[test]
    fn interruptions_back_channels_and_failed_attempts_are_told_apart() {
        // What comes second, speech of Ann while Bo speaks from 1 s to 10 s: (from, to), whether it is in the transcript and
        // with which words, and what it is: interruption, back-channel.
        for (from, to, words, expected) in [
            (9_000, 14_000, None, (true, false)),
            (9_000, 14_000, Some("So when would that be possible?"), (true, false)),
            (9_700, 14_000, None, (false, false)),
            (4_000, 4_600, None, (false, true)),
            (4_000, 6_500, None, (false, false)),
            (9_200, 10_300, Some("Yeah, okay, I see."), (false, true)),
            (9_200, 10_300, Some("No, wait."), (true, false)),
            (1_100, 12_000, None, (false, false)),
        ] {
            let mut turns = vec![(1, 1_000, 10_000, "The price is higher than planned.")];
            turns.extend(words.map(|w| (0, from, to, w)));
            let call = call(&turns, &[(1, 1_000, 10_000, -200), (0, from, to, -200)], 0);
            let floor = floor(&call).unwrap();
            let interrupts = floor.overlaps.iter().any(|o| o.interrupts(500, 0, true));
            let listens = floor.holds.iter().any(|h| h.back_channel);
            assert_eq!((interrupts, listens), expected, "{from}-{to} {words:?}");
            let clock = timing(&call, &OWN).unwrap();
            assert_eq!(clock.interruptions.len(), usize::from(interrupts), "{from}-{to} {words:?}");
            assert_eq!((clock.floor_from, clock.talk_from), (Basis::Recording, Basis::Recording));
        }
    }

    #[test]
    fn who_takes_the_floor_back_at_once_breaks_in_too() {
        let call = call(&[], &[(0, 0, 5_000, -200), (1, 4_000, 6_800, -200), (0, 5_600, 9_000, -200)], 0);
        let floor = floor(&call).unwrap();
        let found: Vec<_> =
            floor.overlaps.iter().filter(|o| o.interrupts(500, 0, true)).map(|o| (o.start_ms, o.ms)).collect();
        assert_eq!(found, [(4_000, 1_000), (5_600, 1_200)]);
    }

    #[test]
    fn turns_are_measured_on_the_clock_of_the_recording() {
        let call = call(
            &[
                (0, 0, 4_000, "one two three four five six seven eight"),
                (1, 5_000, 9_000, "Far too much."),
                (0, 9_000, 12_000, "I hear you."),
            ],
            &[(0, 3_000, 4_500, -200), (0, 5_000, 7_000, -200), (1, 8_200, 12_000, -130), (0, 12_500, 14_500, -205)],
            -3_000,
        );
        let turns = floor(&call).unwrap().turns;
        let ann = turns[0];
        assert_eq!((ann.start_ms, ann.end_ms, ann.speech_ms, ann.pause_ms), (3_000, 7_000, 3_500, 500));
        assert_eq!(ann.words_per_minute, Some(137.1));
        assert_eq!(turns[1].reply_gap_ms, Some(1_200));
        assert_eq!(turns[1].level_db, Some(0.0), "held against nobody else");
        assert_eq!(turns[2].level_db, Some(-0.5));
        assert_eq!(turns[2].overlap_ms, Some(0));
        assert!(turns.iter().all(|t| !t.is_loud() && !t.took_floor));
    }

    #[test]
    fn a_raised_voice_is_held_against_its_own_speaker() {
        let call = call(
            &[(1, 0, 4_000, "It works."), (1, 5_000, 9_000, "It breaks."), (0, 9_500, 12_000, "When?")],
            &[(1, 0, 4_000, -300), (1, 5_000, 8_000, -230), (0, 9_500, 12_000, -100)],
            0,
        );
        let loud: Vec<bool> = floor(&call).unwrap().turns.iter().map(TurnSound::is_loud).collect();
        assert_eq!(loud, [false, true, false]);
    }

    #[test]
    fn the_longest_run_goes_on_over_a_back_channel_only() {
        let call = call(
            &[],
            &[
                (0, 0, 5_000, -200),
                (1, 3_000, 3_500, -200),
                (0, 6_000, 9_000, -200),
                (1, 9_500, 12_000, -200),
                (0, 12_100, 13_000, -200),
            ],
            0,
        );
        let (floor, recording) = (floor(&call).unwrap(), call.recording.as_ref().unwrap());
        assert_eq!(longest_run(&floor, recording, Side::Seller, 1_500), Some((None, 9_000)));
        assert_eq!(longest_run(&floor, recording, Side::Buyer, 1_500), Some((None, 2_500)));
        assert_eq!(longest_run(&floor, recording, Side::Unknown, 1_500), None);
    }
}
