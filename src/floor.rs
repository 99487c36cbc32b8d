//! Who holds the floor of a recorded call: holds, overlaps, back-channels, and how each turn sounded.
//!
//! A **hold** is a run of spurts of one lane without a long pause. Where two lanes are on at once there is an **overlap**;
//! whoever came second **took the floor** if the other stops first. A **back-channel** is a listener's token and never an
//! interruption: at most five words of a listener where the words are known, else at most a second of speech that does not
//! outlast the other's.
//!
//! How loud a turn is is said beside its speaker's own median only: nobody is held against anybody, and nobody is scored.

use serde::Serialize;

use crate::{
    conversation::{Conversation, Side, Turn},
    recording::{Recording, Spurt, joined, shared_ms},
};

/// A pause of this length ends a hold, in milliseconds.
const HOLD_PAUSE_MS: u64 = 700;

/// Whoever begins within this after another begins together with them and does not break in, in milliseconds.
const TOGETHER_MS: u64 = 200;

/// A back-channel whose words are not known is at most this long, in milliseconds of speech.
const TOKEN_MS: u64 = 1_000;

/// A back-channel may outlast the other's speech by this much, in milliseconds: a last "mm-hm".
const OUTLAST_MS: u64 = 500;

/// A turn is loud from this many dB above its speaker's median: twice the amplitude.
pub const LOUD_DB: f64 = 6.0;

/// A turn says something of loudness and pace from this much speech on, in milliseconds.
const TELLING_MS: u64 = 1_000;

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
    /// The turn of the transcript in which most of it lies, where one is known.
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

/// How a turn sounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TurnSound {
    /// Index of the turn.
    pub turn: usize,
    /// Where its first speech begins, in milliseconds of the recording.
    pub start_ms: u64,
    /// Where its last speech ends.
    pub end_ms: u64,
    /// How much of it is speech.
    pub speech_ms: u64,
    /// How much of it is silence.
    pub pause_ms: u64,
    /// Loudness in dB beside the median of its speaker in this call; absent for very short turns.
    pub level_db: Option<f64>,
    /// Words a minute of speech; absent for very short turns.
    pub words_per_minute: Option<f64>,
    /// From the end of the other's speech to its beginning, where it follows another speaker; negative where both spoke.
    pub reply_gap_ms: Option<i64>,
    /// How much of it another speaks too; absent where the parties are not apart.
    pub overlap_ms: Option<u64>,
    /// Whether it took the floor from another who was speaking.
    pub took_floor: bool,
    /// Whether it is a back-channel.
    pub back_channel: bool,
}

impl TurnSound {
    /// Whether it is clearly louder than its speaker usually is.
    pub fn is_loud(&self) -> bool {
        self.level_db.is_some_and(|db| db >= LOUD_DB)
    }
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
pub fn listens(text: &str) -> bool {
    const LISTENING: &[&str] = &[
        "mm", "hm", "hmm", "mhm", "mm-hm", "uh-huh", "yeah", "yes", "yep", "right", "okay", "ok", "sure", "i", "see",
        "aha", "ah", "oh", "got", "it", "aye",
    ];
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty()).collect();
    (1..=5).contains(&words.len()) && words.iter().all(|w| LISTENING.contains(w))
}

/// A piece of a lane's speech that lies in a turn.
#[derive(Clone, Copy, Debug)]
struct Piece {
    lane: usize,
    turn: usize,
    spurt: Spurt,
    /// Whether it lies inside the turn's times, not just near them.
    inside: bool,
}

/// Speech this near to a turn of its speaker belongs to it: transcripts cut turns a little short, in milliseconds.
const NEAR_MS: u64 = 600;

/// Each lane's speech, cut at the turns of its speakers.
fn placed(recording: &Recording, turns: &[Turn]) -> Vec<Piece> {
    let mut out = Vec::new();
    if recording.offset_ms.is_none() {
        return out;
    }
    // Where a turn has no end it lasts to the next start.
    let mut starts: Vec<u64> = turns.iter().filter_map(|t| t.start_ms).collect();
    starts.sort_unstable();
    let window = |turn: &Turn| -> Option<(u64, u64)> {
        let start = turn.start_ms?;
        let next = || starts.get(starts.partition_point(|s| *s <= start)).copied();
        let end = turn.end_ms.filter(|e| *e > start).or_else(next);
        let from = recording.heard_at(start)?;
        let to = end.map_or(Some(recording.length_ms), |end| recording.heard_at(end))?;
        (from < to).then_some((from, to))
    };
    for (lane, its) in recording.lanes.iter().enumerate() {
        let mut windows: Vec<(u64, u64, usize)> = turns
            .iter()
            .enumerate()
            .filter(|(_, t)| its.speakers.contains(&t.speaker))
            .filter_map(|(n, t)| window(t).map(|(a, b)| (a, b, n)))
            .collect();
        windows.sort_unstable();
        // How far the ends of the windows reach up to each: nested turns hide later ends behind earlier starts.
        let mut reach = 0;
        let reached: Vec<u64> = windows
            .iter()
            .map(|w| {
                reach = reach.max(w.1);
                reach
            })
            .collect();
        for spurt in &its.spurts {
            let mut from = spurt.start_ms;
            let mut piece = |a: u64, b: u64, turn: usize, inside: bool| {
                out.push(Piece { lane, turn, spurt: Spurt { start_ms: a, end_ms: b, ..*spurt }, inside });
            };
            let nearest = |a: u64, b: u64| {
                let far = |w: &(u64, u64, usize)| w.0.saturating_sub(b).max(a.saturating_sub(w.1));
                let first = reached.partition_point(|r| r + NEAR_MS < a);
                let near = windows[first..].iter().take_while(|w| w.0 <= b + NEAR_MS);
                near.map(|w| (far(w), w.2)).filter(|(far, _)| *far <= NEAR_MS).min().map(|(_, n)| n)
            };
            let first = reached.partition_point(|r| *r <= spurt.start_ms);
            for &(a, b, n) in windows[first..].iter().take_while(|w| w.0 < spurt.end_ms) {
                let (a, b) = (a.max(from), b.min(spurt.end_ms));
                if a >= b {
                    continue;
                }
                if from < a
                    && let Some(near) = nearest(from, a)
                {
                    piece(from, a, near, false);
                }
                piece(a, b, n, true);
                from = b;
            }
            if from < spurt.end_ms
                && let Some(near) = nearest(from, spurt.end_ms)
            {
                piece(from, spurt.end_ms, near, false);
            }
        }
    }
    out
}

fn holds(recording: &Recording, turns: &[Turn], placed: &[Piece]) -> Vec<Hold> {
    let mut out: Vec<Hold> = Vec::new();
    for (lane, its) in recording.lanes.iter().enumerate() {
        let first = out.len();
        for spurt in &its.spurts {
            match out[first..].last_mut() {
                Some(hold) if spurt.start_ms < hold.end_ms + HOLD_PAUSE_MS => {
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
    let spans: Vec<(usize, u64, u64)> = out.iter().map(|h| (h.lane, h.start_ms, h.end_ms)).collect();
    let mut by_lane: Vec<Vec<&Piece>> = vec![Vec::new(); recording.lanes.len()];
    placed.iter().for_each(|p| by_lane[p.lane].push(p));
    for hold in &mut out {
        let pieces = &by_lane[hold.lane];
        let begin = pieces.partition_point(|p| p.spurt.end_ms <= hold.start_ms);
        let within = pieces[begin..].iter().take_while(|p| p.spurt.start_ms < hold.end_ms);
        let mut most: Vec<(usize, u64)> = Vec::new();
        for piece in within.filter(|p| p.inside) {
            match most.iter_mut().find(|m| m.0 == piece.turn) {
                Some(held) => held.1 += piece.spurt.ms(),
                None => most.push((piece.turn, piece.spurt.ms())),
            }
        }
        let known: u64 = most.iter().map(|m| m.1).sum();
        // The turn in which it begins, unless that is a mere edge.
        hold.turn = most.iter().find(|m| m.1 * 4 >= known).map(|m| m.0);
        let heard = known * 2 >= hold.speech_ms && !most.is_empty();
        hold.back_channel = if heard {
            most.iter().all(|m| listens(&turns[m.0].text))
        } else {
            let others = || spans.iter().filter(|s| s.0 != hold.lane && s.1 < hold.start_ms && s.2 > hold.start_ms);
            let over = others().any(|s| hold.end_ms <= s.2 + OUTLAST_MS);
            over && hold.speech_ms <= TOKEN_MS
        };
    }
    out
}

fn overlaps(recording: &Recording, holds: &[Hold]) -> Vec<Overlap> {
    let mut found = Vec::new();
    for (n, b) in holds.iter().enumerate() {
        // The one who has held the floor longest of those who speak: with two parties there is one.
        let first = holds[..n]
            .iter()
            .filter(|a| a.lane != b.lane && a.end_ms > b.start_ms && a.start_ms + TOGETHER_MS <= b.start_ms)
            .filter(|a| !a.back_channel)
            .min_by_key(|a| a.start_ms);
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

fn turn_sounds(recording: &Recording, turns: &[Turn], placed: &[Piece], overlaps: &[Overlap]) -> Vec<TurnSound> {
    let mut of: Vec<Vec<&Piece>> = vec![Vec::new(); turns.len()];
    placed.iter().for_each(|p| of[p.turn].push(p));
    // The usual loudness of each speaker.
    let mut usual: Vec<(&str, Vec<(i32, u64)>)> = Vec::new();
    for piece in placed {
        let speaker = turns[piece.turn].speaker.as_str();
        let level = (piece.spurt.level, piece.spurt.ms());
        match usual.iter_mut().find(|u| u.0 == speaker) {
            Some(held) => held.1.push(level),
            None => usual.push((speaker, vec![level])),
        }
    }
    let usual: Vec<(&str, f64)> =
        usual.into_iter().filter_map(|(name, levels)| Some((name, weighted_median(levels)?))).collect();
    let mut out: Vec<TurnSound> = Vec::new();
    for (n, pieces) in of.iter().enumerate() {
        let (Some(start_ms), Some(end_ms)) =
            (pieces.iter().map(|p| p.spurt.start_ms).min(), pieces.iter().map(|p| p.spurt.end_ms).max())
        else {
            continue;
        };
        let own = joined(pieces.iter().map(|p| (p.spurt.start_ms, p.spurt.end_ms)).collect());
        let speech_ms: u64 = own.iter().map(|(a, b)| b - a).sum();
        let telling = speech_ms >= TELLING_MS;
        let words = turns[n].text.split_whitespace().count();
        let median = usual.iter().find(|u| u.0 == turns[n].speaker).map(|u| u.1);
        let power: f64 =
            pieces.iter().map(|p| p.spurt.ms() as f64 * 10f64.powf(f64::from(p.spurt.level) / 100.0)).sum();
        let level = 10.0 * (power / pieces.iter().map(|p| p.spurt.ms()).sum::<u64>().max(1) as f64).log10();
        let lane = pieces[0].lane;
        let begun = overlaps.iter().find(|o| {
            o.by == lane && o.start_ms >= start_ms.saturating_sub(NEAR_MS) && o.start_ms <= end_ms && o.turn == Some(n)
        });
        out.push(TurnSound {
            turn: n,
            start_ms,
            end_ms,
            speech_ms,
            pause_ms: (end_ms - start_ms).saturating_sub(speech_ms),
            level_db: median.filter(|_| telling).map(|m| tenth(level - m)),
            words_per_minute: telling.then(|| tenth(60_000.0 * words as f64 / speech_ms as f64)),
            reply_gap_ms: None,
            overlap_ms: recording.separate.then(|| {
                let others = recording.lanes.iter().enumerate().filter(|(l, _)| *l != lane);
                let first = |l: &crate::recording::Lane| l.spurts.partition_point(|s| s.end_ms <= start_ms);
                let spans = others.flat_map(|(_, l)| l.spurts[first(l)..].iter().take_while(|s| s.start_ms < end_ms));
                shared_ms(&own, &joined(spans.map(|s| (s.start_ms, s.end_ms)).collect()))
            }),
            took_floor: begun.is_some_and(|o| o.took_floor && !o.back_channel),
            back_channel: begun.is_some_and(|o| o.back_channel) || listens(&turns[n].text),
        });
    }
    gaps(&mut out, turns);
    out
}

/// From the end of whoever spoke before to the beginning of each turn by another; back-channels neither wait nor are waited for.
fn gaps(sounds: &mut [TurnSound], turns: &[Turn]) {
    let mut order: Vec<usize> = (0..sounds.len()).filter(|s| !sounds[*s].back_channel).collect();
    order.sort_by_key(|s| (sounds[*s].start_ms, *s));
    for pair in order.windows(2) {
        let (before, after) = (sounds[pair[0]], sounds[pair[1]]);
        if turns[before.turn].speaker != turns[after.turn].speaker {
            sounds[pair[1]].reply_gap_ms = Some(after.start_ms as i64 - before.end_ms as i64);
        }
    }
}

/// The level that half of the speech is below, in dB.
fn weighted_median(mut levels: Vec<(i32, u64)>) -> Option<f64> {
    levels.sort_unstable();
    let half = levels.iter().map(|l| l.1).sum::<u64>().div_ceil(2);
    let mut sum = 0;
    let level = levels.iter().find(|(_, ms)| {
        sum += ms;
        sum >= half
    });
    level.map(|(level, _)| f64::from(*level) / 10.0)
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
