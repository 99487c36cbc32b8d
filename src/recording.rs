//! What the recording of a call says beside its transcript: who made a sound when, and how loud.
//!
//! A **lane** is what one party or one channel sounds like over the call; it consists of **spurts**: stretches of speech
//! with pauses between them (the talk spurts of telephony). Times are on the recording's own clock; [`Recording::offset_ms`]
//! leads from it to the transcript's. This file holds values only: sound becomes lanes in `voice/`, lanes become numbers in
//! [`floor`](crate::floor).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conversation::{Side, Turn};

/// What was heard of one call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The files that were heard, one or one a party: their paths inside the export.
    pub files: Vec<String>,
    /// How much was heard, in milliseconds.
    pub length_ms: u64,
    /// Whether every party has a channel or file of its own. Where not, who speaks is taken from the transcript's times,
    /// and what both say at once is heard as one.
    pub separate: bool,
    /// What is added to a time of the recording to give the transcript's time, in milliseconds; absent where the two could
    /// not be laid over each other, which the notes explain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i64>,
    /// One a channel or party, in order of the channels.
    pub lanes: Vec<Lane>,
    /// What a reader of the numbers should know: what was folded, corrected, guessed, or not heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What one channel, or one speaker on a shared channel, sounds like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Number of the channel, from 1, over all files.
    pub channel: usize,
    /// The speakers of the transcript who are heard on it; empty where that could not be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub speakers: Vec<String>,
    /// Whose side they are on; unknown where they are unknown or on both.
    #[serde(default)]
    pub side: Side,
    /// How sure the speakers and the side are, in percent; 0 where they are unknown.
    #[serde(default)]
    pub confidence: u8,
    /// Stretches of speech in order, none touching the next.
    #[serde(deserialize_with = "in_order")]
    pub spurts: Vec<Spurt>,
}

/// A stretch of speech. In files it is `[start_ms, end_ms, level]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spurt {
    /// Where it begins, in milliseconds of the recording.
    pub start_ms: u64,
    /// Where it ends, in milliseconds of the recording; after `start_ms`.
    pub end_ms: u64,
    /// Its loudness by EBU R 128 (K-weighted, LUFS) in tenths; meaningful only beside other spurts of the same lane.
    pub level: i32,
}

impl Spurt {
    /// Its length in milliseconds.
    pub fn ms(&self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

impl Serialize for Spurt {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        (self.start_ms, self.end_ms, self.level).serialize(s)
    }
}

impl<'de> Deserialize<'de> for Spurt {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let (start_ms, end_ms, level) = Deserialize::deserialize(d)?;
        if end_ms <= start_ms {
            return Err(serde::de::Error::custom("a spurt ends after it starts"));
        }
        Ok(Spurt { start_ms, end_ms, level })
    }
}

/// Reads spurts and refuses those that overlap or go back: what is made of them takes their order for granted.
fn in_order<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Spurt>, D::Error> {
    let spurts = Vec::<Spurt>::deserialize(d)?;
    if spurts.is_sorted_by(|a, b| a.end_ms <= b.start_ms) {
        Ok(spurts)
    } else {
        Err(serde::de::Error::custom("spurts out of order, expected each spurt to begin after the one before it"))
    }
}

/// Turns of which at least this share, in percent, have a start make a transcript with times.
const TIMED_PERCENT: usize = 80;

/// A recording that holds at least this share of the transcript's turns, in percent of their time, is one of the whole call.
const WHOLE_PERCENT: u64 = 90;

/// The edge of a turn may lie this far outside of the recording, in milliseconds: transcripts are off by as much.
const EDGE_MS: i64 = 600;

impl Recording {
    /// Whether no time in it lies further from its start than that, in milliseconds.
    pub fn lasts_at_most(&self, ms: u64) -> bool {
        let spurts = self.lanes.iter().flat_map(|lane| &lane.spurts);
        self.length_ms <= ms
            && self.offset_ms.is_none_or(|offset| offset.unsigned_abs() <= ms)
            && spurts.map(|spurt| spurt.end_ms).all(|end| end <= ms)
    }

    /// Whether what is counted over a whole call may be taken from it, such as its length and its silence. It may where
    /// speech was heard, and it was laid over the transcript and holds nearly all of it. Where no offset was found, a file
    /// a party that is as long as the transcript counts too; so does any where the transcript has no times to hold it
    /// against.
    pub fn tells_call(&self, turns: &[Turn]) -> bool {
        self.lanes.iter().any(|lane| !lane.spurts.is_empty())
            && match self.offset_ms {
                Some(_) => self.covers(turns),
                None => !is_timed(turns) || (self.tells_sides() && self.is_as_long_as(turns)),
            }
    }

    /// Whether nearly all of the transcript's turns lie in it, by its offset.
    pub fn covers(&self, turns: &[Turn]) -> bool {
        let (mut all, mut inside) = (0u128, 0u128);
        for (_, start, end) in turn_spans(turns, 0) {
            let within = |at| self.heard_at(at).unwrap_or(0).min(self.length_ms);
            all += u128::from(end - start);
            inside += u128::from(within(end).saturating_sub(within(start)));
        }
        inside * 100 >= all * u128::from(WHOLE_PERCENT)
    }

    fn is_as_long_as(&self, turns: &[Turn]) -> bool {
        let spans = turn_spans(turns, 0);
        let (first, last) = (spans.iter().map(|s| s.1).min(), spans.iter().map(|s| s.2).max());
        self.length_ms.saturating_mul(100)
            >= last.unwrap_or(0).saturating_sub(first.unwrap_or(0)).saturating_mul(WHOLE_PERCENT)
    }

    /// Whether a stretch of the transcript lies in it from its beginning to its end.
    pub fn holds(&self, start_ms: u64, end_ms: u64) -> bool {
        let heard = |at| Some(i64::try_from(at).ok()?.saturating_sub(self.offset_ms?));
        let length = i64::try_from(self.length_ms).unwrap_or(i64::MAX).saturating_add(EDGE_MS);
        heard(start_ms).is_some_and(|at| at >= -EDGE_MS) && heard(end_ms).is_some_and(|at| at <= length)
    }

    /// Whether talk time and turn-taking of the two sides can be told from it: both are known, each on lanes of its own.
    pub fn tells_sides(&self) -> bool {
        let has = |side| self.lanes.iter().any(|lane| lane.side == side && !lane.spurts.is_empty());
        self.separate && has(Side::Buyer) && has(Side::Seller)
    }

    /// All speech in it, whoever speaks, as joined stretches of milliseconds in order.
    pub fn speech(&self) -> Vec<(u64, u64)> {
        joined(self.lanes.iter().flat_map(|lane| &lane.spurts).map(|s| (s.start_ms, s.end_ms)).collect())
    }

    /// The speech of one side, as joined stretches.
    pub fn speech_of(&self, side: Side) -> Vec<(u64, u64)> {
        let lanes = self.lanes.iter().filter(|lane| lane.side == side);
        joined(lanes.flat_map(|lane| &lane.spurts).map(|s| (s.start_ms, s.end_ms)).collect())
    }

    /// A time of the transcript on the recording's clock; before its start it is 0.
    pub fn heard_at(&self, transcript_ms: u64) -> Option<u64> {
        let at = i64::try_from(transcript_ms).ok()?.saturating_sub(self.offset_ms?);
        Some(u64::try_from(at).unwrap_or(0))
    }
}

/// Whether so many turns have a start that a recording can be held against them.
pub fn is_timed(turns: &[Turn]) -> bool {
    let timed = turn_spans(turns, 0).len();
    timed > 0 && timed * 100 >= turns.len() * TIMED_PERCENT
}

/// The turns that have a start: their index, start and end on the transcript's clock. One without an end lasts to the next
/// start, the last of all to `last_ms`.
pub fn turn_spans(turns: &[Turn], last_ms: u64) -> Vec<(usize, u64, u64)> {
    let mut starts: Vec<u64> = turns.iter().filter_map(|t| t.start_ms).collect();
    starts.sort_unstable();
    let next = |start: u64| starts.get(starts.partition_point(|s| *s <= start)).copied();
    let end_of = |turn: &Turn, start: u64| {
        turn.end_ms.filter(|e| *e > start).or_else(|| next(start)).unwrap_or(last_ms.max(start.saturating_add(1)))
    };
    let timed = turns.iter().enumerate().filter_map(|(n, t)| Some((n, t, t.start_ms?)));
    timed.map(|(n, t, start)| (n, start, end_of(t, start))).filter(|(_, start, end)| start < end).collect()
}

/// Spans sorted, those that touch or overlap made one.
pub fn joined(mut spans: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    spans.sort_unstable();
    let mut out: Vec<(u64, u64)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match out.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => out.push((start, end)),
        }
    }
    out
}

/// How long two lists of joined spans are both on.
pub fn shared_ms(a: &[(u64, u64)], b: &[(u64, u64)]) -> u64 {
    let (mut i, mut j, mut sum) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        sum += x.1.min(y.1).saturating_sub(x.0.max(y.0));
        if x.1 <= y.1 { i += 1 } else { j += 1 }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_join_where_they_touch_and_share_what_both_have() {
        assert_eq!(joined(vec![(5, 9), (0, 3), (3, 4), (8, 12)]), [(0, 4), (5, 12)]);
        assert_eq!(shared_ms(&[(0, 4), (5, 12)], &[(2, 6), (11, 20)]), 2 + 1 + 1);
        assert_eq!(shared_ms(&[], &[(0, 1)]), 0);
    }

    #[test]
    fn a_recording_tells_of_the_whole_call_where_it_holds_it_or_nothing_speaks_against_that() {
        let turn = |at: u64| serde_json::json!({"speaker": "Ann", "text": "x", "start_ms": at, "end_ms": at + 10_000});
        let timed: Vec<Turn> = (0..10).map(|n| serde_json::from_value(turn(n * 10_000)).unwrap()).collect();
        let untimed = vec![Turn { start_ms: None, end_ms: None, ..timed[0].clone() }; 10];
        let lane =
            |side| Lane { side, spurts: vec![Spurt { start_ms: 0, end_ms: 1_000, level: -200 }], ..Lane::default() };
        let sides = [Side::Seller, Side::Buyer];
        let nobody = [Side::Unknown; 2];
        for (turns, offset_ms, length_ms, lanes, tells) in [
            (&timed, Some(0), 100_000, sides, true),
            (&timed, Some(0), 90_000, nobody, true),
            (&timed, Some(0), 89_000, sides, false),
            (&timed, Some(20_000), 100_000, sides, false),
            (&timed, Some(-20_000), 120_000, sides, true),
            (&timed, Some(-20_000), 100_000, sides, false),
            // Not laid over it.
            (&timed, None, 100_000, sides, true),
            (&timed, None, 12_000, sides, false),
            (&timed, None, 100_000, nobody, false),
            (&untimed, None, 12_000, nobody, true),
        ] {
            let lanes = lanes.map(lane).into();
            let recording = Recording { length_ms, separate: true, offset_ms, lanes, ..Recording::default() };
            assert_eq!(recording.tells_call(turns), tells, "{offset_ms:?} {length_ms}");
            assert!(!Recording { lanes: vec![], ..recording }.tells_call(turns), "nobody speaks");
        }
    }

    #[test]
    fn a_spurt_is_three_numbers_and_never_ends_before_it_or_the_one_before_it_starts() {
        let spurt = Spurt { start_ms: 10, end_ms: 20, level: -231 };
        assert_eq!(serde_json::to_string(&spurt).unwrap(), "[10,20,-231]");
        assert_eq!(serde_json::from_str::<Spurt>("[10,20,-231]").unwrap(), spurt);
        assert!(serde_json::from_str::<Spurt>("[20,10,0]").is_err());
        let lane = |spurts: &str| serde_json::from_str::<Lane>(&format!("{{\"channel\":1,\"spurts\":{spurts}}}"));
        assert!(lane("[[0,10,0],[10,20,0]]").is_ok());
        assert!(lane("[[50,90,0],[0,10,0]]").is_err_and(|e| e.to_string().contains("out of order")));
    }
}
