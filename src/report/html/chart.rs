//! Charts as inline SVG. Meaning is carried by place, shape and words; colour only helps. Every chart has a text alternative.
//!
//! Presentation lives in the style sheet by class, since the page's policy refuses style attributes.

use std::fmt::Write;

use crate::{
    conversation::Side,
    health::Health,
    measure::language::is_unread,
    report::words::{balance, tenth},
    utterance::{Scored, Tone},
};

/// Tone is drawn up to this far from zero: at least 0.4, in steps of 0.2, at most 1.
pub(super) fn reach(values: impl Iterator<Item = f64>) -> f64 {
    let most = values.fold(0.0f64, |m, v| m.max(v.abs()));
    ((most * 5.0).ceil() / 5.0).clamp(0.4, 1.0)
}

/// The buyer's tone in one stroke, for the attention list.
pub(super) fn sparkline(line: &[f64], reach: f64) -> String {
    const W: f64 = 132.0;
    const H: f64 = 34.0;
    let Some((first, last)) = line.first().zip(line.last()) else {
        return "<span class=\"none\">no tone of the buyer</span>".into();
    };
    let x = |i: usize| 5.0 + (W - 10.0) * if line.len() > 1 { i as f64 / (line.len() - 1) as f64 } else { 0.5 };
    let y = |v: f64| H / 2.0 - v.clamp(-reach, reach) / reach * (H / 2.0 - 4.0);
    let label = match line.len() {
        1 => format!("Buyer's tone in the only conversation: {}", balance(*last)),
        n => format!("Buyer's tone over {n} conversations, from {} to {}", balance(*first), balance(*last)),
    };
    let path: Vec<String> = line.iter().enumerate().map(|(i, v)| format!("{},{}", tenth(x(i)), tenth(y(*v)))).collect();
    let end = x(line.len() - 1);
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {W} {H}\" role=\"img\" aria-label=\"{label}\"><path class=\"zero\" d=\"M0 {m}H{W}\"/>\
         <polyline class=\"buyer\" points=\"{}\"/><circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3.2\"/></svg>",
        path.join(" "),
        tenth(end),
        tenth(y(*last)),
        m = H / 2.0,
    )
}

/// The score on a scale of 0 to 100 with its interval.
pub(super) fn health(health: &Health) -> String {
    let Some(score) = health.score else { return String::new() };
    let (low, high) = (health.low.unwrap_or(score).min(score), health.high.unwrap_or(score).max(score));
    format!(
        "<svg class=\"scale\" viewBox=\"-2 0 104 12\" role=\"img\" aria-label=\"Health {score} of 100, between {low} and {high}\">\
         <path class=\"track\" d=\"M0 6H100\"/><path class=\"band\" d=\"M{low} 6H{high}\"/><path class=\"tick\" d=\"M{score} 1V11\"/></svg>"
    )
}

/// One conversation at a glance: each of the buyer's utterances as a stroke, up for positive and down for negative.
pub(super) fn strokes(scored: &Scored) -> String {
    let side = |turn: usize| scored.conversation.turns.get(turn).map(|t| t.side);
    let tones: Vec<Tone> =
        scored.utterances.iter().filter(|u| side(u.turn) == Some(Side::Buyer)).map(|u| u.sentiment.label).collect();
    if tones.is_empty() || scored.provenance.unread.sentiment || is_unread(scored) {
        return String::new();
    }
    let step = (140.0 / tones.len() as f64).min(5.0);
    let mut up = String::new();
    let mut down = String::new();
    let mut flat = String::new();
    for (i, tone) in tones.iter().enumerate() {
        let x = tenth(step * (i as f64 + 0.5));
        let _ = match tone {
            Tone::Positive => write!(up, "M{x} 10V2"),
            Tone::Negative => write!(down, "M{x} 12V20"),
            Tone::Neutral => write!(flat, "M{x} 10V12"),
        };
    }
    let n = |tone| tones.iter().filter(|t| **t == tone).count();
    format!(
        "<svg class=\"strokes\" viewBox=\"0 0 140 22\" role=\"img\" aria-label=\"Buyer: {} positive, {} negative, {} neutral\">\
         <path class=\"flat\" d=\"{flat}\"/><path class=\"up\" d=\"{up}\"/><path class=\"down\" d=\"{down}\"/></svg>",
        n(Tone::Positive),
        n(Tone::Negative),
        n(Tone::Neutral)
    )
}
