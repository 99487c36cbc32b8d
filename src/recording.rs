//! What the recording of a call says beside its transcript: who made a sound when, and how loud.
//!
//! A **lane** is what one party or one channel sounds like over the call; it consists of **spurts**: stretches of speech
//! with pauses between them (the talk spurts of telephony). Times are on the recording's own clock; [`Recording::offset_ms`]
//! leads from it to the transcript's. This file holds values only: sound becomes lanes in `voice/`, lanes become numbers in
//! [`floor`](crate::floor).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::conversation::Side;

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

impl Recording {
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
