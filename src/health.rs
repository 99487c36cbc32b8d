//! The score of a deal, 0 to 100, as a sum of stated contributions.

use serde::{Deserialize, Serialize};

use crate::{measure::Readings, rules::Finding};

/// What one reading or finding adds to the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Name of the measure or rule.
    pub name: String,
    /// Points added (negative: taken away).
    pub points: f64,
    /// In words: what was measured and what would be ordinary.
    pub because: String,
}

/// The score of a deal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// 0 (lost) to 100 (as good as signed); absent where there is not enough to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// Low end of the interval in which the score would lie with more data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<u8>,
    /// High end of that interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<u8>,
    /// What the score is the sum of, the base included.
    pub contributions: Vec<Contribution>,
}

/// The health of a deal with these readings and findings.
pub fn health(_readings: &Readings, _findings: &[Finding]) -> Health {
    Health::default()
}
