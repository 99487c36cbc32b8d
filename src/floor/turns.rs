//! How each turn of a recorded call sounded: its speech and pauses, pace, loudness beside its own speaker, and what it cost
//! the other to get a word in.

use std::collections::HashMap;

use serde::Serialize;

use super::{Overlap, is_back_channel};
use crate::{
    conversation::Turn,
    recording::{Lane, Recording, Spurt, joined, shared_ms, turn_spans},
};

/// A turn is loud from this many dB above its speaker's median: twice the amplitude.
pub const LOUD_DB: f64 = 6.0;

/// A turn says something of loudness and pace from this much speech on, in milliseconds.
const TELLING_MS: u64 = 1_000;

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
    /// Words a minute of speech; absent for very short turns and for those of which the recording holds a part.
    pub words_per_minute: Option<f64>,
    /// From the end of the other's speech to its beginning, where it follows another speaker; negative where both spoke.
    pub reply_gap_ms: Option<i64>,
    /// How much of it another speaks too; absent where the parties are not apart.
    pub overlap_ms: Option<u64>,
    /// Whether it took the floor from another who was speaking.
    pub took_floor: bool,
    /// Whether it is a back-channel.
    pub back_channel: bool,
    /// Whether the recording holds it from its beginning to its end; of others nobody knows which words were heard.
    #[serde(skip)]
    pub whole: bool,
}

impl TurnSound {
    /// Whether it is clearly louder than its speaker usually is.
    pub fn is_loud(&self) -> bool {
        self.level_db.is_some_and(|db| db >= LOUD_DB)
    }
}

/// A piece of a lane's speech that lies in a turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub lane: usize,
    pub turn: usize,
    pub spurt: Spurt,
    /// Whether it lies inside the turn's times, not just near them.
    pub inside: bool,
}

/// Speech this near to a turn of its speaker belongs to it: transcripts cut turns a little short, in milliseconds.
const NEAR_MS: u64 = 600;

/// Each lane's speech, cut at the turns of its speakers.
pub(super) fn placed(recording: &Recording, turns: &[Turn]) -> Vec<Piece> {
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

pub(super) fn turn_sounds(
    recording: &Recording,
    turns: &[Turn],
    placed: &[Piece],
    overlaps: &[Overlap],
) -> Vec<TurnSound> {
    let mut of: Vec<Vec<&Piece>> = vec![Vec::new(); turns.len()];
    placed.iter().for_each(|p| of[p.turn].push(p));
    // The usual loudness of each speaker.
    let mut usual: HashMap<&str, Vec<(i32, u64)>> = HashMap::new();
    for piece in placed {
        usual.entry(&turns[piece.turn].speaker).or_default().push((piece.spurt.level, piece.spurt.ms()));
    }
    let usual: HashMap<&str, f64> =
        usual.into_iter().filter_map(|(name, levels)| Some((name, weighted_median(levels)?))).collect();
    // Those of each turn, in their order.
    let mut begun: Vec<Vec<&Overlap>> = vec![Vec::new(); turns.len()];
    for overlap in overlaps {
        if let Some(turn) = overlap.turn {
            begun[turn].push(overlap);
        }
    }
    let mut whole = vec![false; turns.len()];
    turn_spans(turns, 0).into_iter().for_each(|(n, start, end)| whole[n] = recording.holds(start, end));
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
        let median = usual.get(&*turns[n].speaker).copied();
        let power: f64 =
            pieces.iter().map(|p| p.spurt.ms() as f64 * 10f64.powf(f64::from(p.spurt.level) / 100.0)).sum();
        let level = 10.0 * (power / pieces.iter().map(|p| p.spurt.ms()).sum::<u64>().max(1) as f64).log10();
        let lane = pieces[0].lane;
        let begun = begun[n]
            .iter()
            .find(|o| o.by == lane && o.start_ms >= start_ms.saturating_sub(NEAR_MS) && o.start_ms <= end_ms);
        out.push(TurnSound {
            turn: n,
            start_ms,
            end_ms,
            speech_ms,
            pause_ms: (end_ms - start_ms).saturating_sub(speech_ms),
            level_db: median.filter(|_| telling).map(|m| tenth(level - m)),
            words_per_minute: (telling && whole[n]).then(|| tenth(60_000.0 * words as f64 / speech_ms as f64)),
            reply_gap_ms: None,
            overlap_ms: recording.separate.then(|| {
                let others = recording.lanes.iter().enumerate().filter(|(l, _)| *l != lane);
                let first = |l: &Lane| l.spurts.partition_point(|s| s.end_ms <= start_ms);
                let spans = others.flat_map(|(_, l)| l.spurts[first(l)..].iter().take_while(|s| s.start_ms < end_ms));
                shared_ms(&own, &joined(spans.map(|s| (s.start_ms, s.end_ms)).collect()))
            }),
            took_floor: begun.is_some_and(|o| o.took_floor && !o.back_channel),
            back_channel: begun.is_some_and(|o| o.back_channel) || is_back_channel(&turns[n].text),
            whole: whole[n],
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
    // Adding nothing makes of a negative zero a plain one.
    (value * 10.0).round() / 10.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_of_time_and_not_of_spurts() {
        assert_eq!(weighted_median(vec![(-300, 100), (-200, 5_000), (-250, 200)]), Some(-20.0));
        assert_eq!(weighted_median(vec![]), None);
    }
}
