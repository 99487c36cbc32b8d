//! The score of a deal, 0 to 100, as a sum of stated contributions.

use serde::{Deserialize, Serialize};

use crate::{
    measure::Readings,
    rules::{Finding, Severity, in_words},
};

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

/// What a deal without anything out of the ordinary scores.
const BASE: f64 = 70.0;

/// Points that a risk flag takes. Rounded from a regression of annotators' scores over 190 labelled deals, with the labels
/// and with a model's scores; flags that come together share what they take.
const FLAGS: &[(&str, f64)] = &[
    ("sentiment_decline", -5.0),
    ("negative_sentiment", -5.0),
    ("unresolved_objection", -12.0),
    ("price_pressure", -1.0),
    ("competitor_in_play", -13.0),
    ("stalled", -5.0),
    ("timeline_slip", -4.0),
    ("no_next_step", -12.0),
    ("single_threaded", -1.0),
    ("no_decision_maker", -5.0),
    ("gone_quiet", -7.0),
    ("paper_process_blocked", -2.0),
    ("churn_risk", -10.0),
];

/// What a measure adds: points for each unit that the reading lies above what is ordinary, within bounds.
struct Weight {
    measure: &'static str,
    ordinary: f64,
    points: f64,
    most: f64,
}

/// The measures that move the score. None of them counts activity.
const WEIGHTS: &[Weight] = &[
    Weight { measure: "buyer_tone_now", ordinary: 0.0, points: 10.0, most: 8.0 },
    Weight { measure: "buyer_tone_late", ordinary: 0.0, points: 9.0, most: 7.0 },
    Weight { measure: "buyer_tone_latest_steadied", ordinary: 0.0, points: 6.0, most: 6.0 },
    Weight { measure: "buying_signals_late", ordinary: 0.0, points: 5.0, most: 15.0 },
    Weight { measure: "champion_moments", ordinary: 0.0, points: 1.5, most: 6.0 },
];

/// The health of a deal with these readings and findings.
pub fn health(readings: &Readings, findings: &[Finding]) -> Health {
    let Some(spoke) = readings.get("buyer_interactions") else { return Health::default() };
    let mut contributions =
        vec![Contribution { name: "base".into(), points: BASE, because: "where every deal starts".into() }];
    for weight in WEIGHTS {
        if let Some(reading) = readings.get(weight.measure) {
            let points = ((reading.value - weight.ordinary) * weight.points).clamp(-weight.most, weight.most);
            contributions.push(Contribution {
                name: weight.measure.into(),
                points: round(points),
                because: format!(
                    "{}; {} would be ordinary and add nothing",
                    in_words(reading.value, reading.unit),
                    in_words(weight.ordinary, reading.unit)
                ),
            });
        }
    }
    for finding in findings.iter().filter(|f| f.severity > Severity::Good) {
        if let Some((_, points)) = FLAGS.iter().find(|(name, _)| *name == finding.name) {
            contributions.push(Contribution {
                name: finding.name.clone(),
                points: *points,
                because: format!("{} If the flag were not up, this would be 0.", finding.message),
            });
        }
    }
    let sum: f64 = contributions.iter().map(|c| c.points).sum();
    let clamp = |x: f64| x.clamp(0.0, 100.0).round() as u8;
    let margin = 8.0 + 24.0 / spoke.value.max(1.0);
    Health { score: Some(clamp(sum)), low: Some(clamp(sum - margin)), high: Some(clamp(sum + margin)), contributions }
}

/// To a tenth of a point: the sum of what is shown is what is scored.
fn round(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}
