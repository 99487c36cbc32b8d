//! What was heard of a call as a picture: a lane of speech for each side, where both speak at once, and long silences.
//!
//! Numbers and our own words only; the style sheet gives the rest. The text alternative says the same in one sentence.

use std::fmt::Write;

use crate::{
    conversation::{Conversation, Side},
    measure::{span, timing::OWN},
    recording::{Recording, joined, shared_ms},
    report::words::{self, tenth},
};

/// A side: the class of its strokes, its name, and its speech.
type Row = (&'static str, &'static str, Vec<(u64, u64)>);

const WIDTH: f64 = 960.0;

/// The lanes of `call`; empty where no recording of it was heard.
pub(super) fn lanes(call: &Conversation) -> String {
    let Some(recording) = &call.recording else { return String::new() };
    let speech = recording.speech();
    if speech.is_empty() {
        return String::new();
    }
    let x = |ms: u64| WIDTH * ms as f64 / recording.length_ms.max(1) as f64;
    let rows: Vec<Row> =
        [("seller", "us", Side::Seller), ("buyer", "buyer", Side::Buyer), ("unknown", "side unknown", Side::Unknown)]
            .into_iter()
            .map(|(class, name, side)| (class, name, recording.speech_of(side)))
            .filter(|row| !row.2.is_empty())
            .collect();
    let bottom = 18 * rows.len() + 10;
    let mut out = format!(
        "<svg class=\"lanes\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">",
        bottom + 16,
        summary(recording, &rows)
    );
    for (n, (class, name, spans)) in rows.iter().enumerate() {
        let y = 18 * n + 8;
        let _ = write!(
            out,
            "<path class=\"track\" d=\"M0 {y}H{WIDTH}\"/><path class=\"{class}\" d=\"{}\"/>",
            path(spans, &x, y)
        );
        let _ = write!(out, "<text x=\"0\" y=\"{}\">{name}</text>", y + 13);
    }
    let both = at_once(&rows);
    if !both.is_empty() && recording.separate {
        let _ = write!(out, "<path class=\"both\" d=\"{}\"/>", path(&both, &x, bottom - 4));
    }
    let hush: Vec<(u64, u64)> =
        speech.windows(2).map(|pair| (pair[0].1, pair[1].0)).filter(|(a, b)| b - a > OWN.long_silence_ms).collect();
    let _ = write!(out, "<path class=\"hush\" d=\"{}\"/>", path(&hush, &x, bottom + 2));
    let _ = write!(
        out,
        "<text class=\"end\" x=\"{WIDTH}\" y=\"{}\">{}</text></svg>",
        bottom + 14,
        words::clock(recording.length_ms)
    );
    out
}

/// Where two rows are on at once.
fn at_once(rows: &[Row]) -> Vec<(u64, u64)> {
    let mut both = Vec::new();
    for (n, a) in rows.iter().enumerate() {
        for b in &rows[n + 1..] {
            let mut from = 0;
            for span in &a.2 {
                from += b.2[from..].partition_point(|o| o.1 <= span.0);
                let met = b.2[from..].iter().take_while(|o| o.0 < span.1);
                both.extend(met.map(|o| (o.0.max(span.0), o.1.min(span.1))));
            }
        }
    }
    joined(both)
}

/// Spans as strokes; what lies within half a unit of the picture is one stroke, so that hours stay small.
fn path(spans: &[(u64, u64)], x: &impl Fn(u64) -> f64, y: usize) -> String {
    let halves = |ms: u64| (x(ms) * 2.0).round() as u64;
    let strokes = joined(spans.iter().map(|&(a, b)| (halves(a), halves(b).max(halves(a) + 1))).collect());
    strokes.iter().fold(String::new(), |mut out, (a, b)| {
        let _ = write!(out, "M{} {y}H{}", tenth(*a as f64 / 2.0), tenth(*b as f64 / 2.0));
        out
    })
}

fn summary(recording: &Recording, rows: &[Row]) -> String {
    let length = |spans: &[(u64, u64)]| span(spans.iter().map(|(a, b)| b - a).sum::<u64>() as f64 / 1_000.0);
    let mut said: Vec<String> = rows.iter().map(|(_, name, spans)| format!("{name} {}", length(spans))).collect();
    if recording.separate && rows.len() > 1 {
        let at_once = shared_ms(&rows[0].2, &rows[1].2);
        said.push(format!("both at once {}", span(at_once as f64 / 1_000.0)));
    }
    format!("Speech in {} of recording: {}", span(recording.length_ms as f64 / 1_000.0), said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Lane, Spurt};

    #[test]
    fn lanes_show_speech_overlap_and_silence_of_both_sides() {
        let lane = |side, spans: &[(u64, u64)]| Lane {
            side,
            spurts: spans.iter().map(|&(start_ms, end_ms)| Spurt { start_ms, end_ms, level: -200 }).collect(),
            ..Lane::default()
        };
        let recording = Recording {
            length_ms: 96_000,
            separate: true,
            lanes: vec![
                lane(Side::Buyer, &[(0, 10_000), (40_000, 60_000)]),
                lane(Side::Seller, &[(8_000, 20_000), (20_010, 30_000)]),
            ],
            ..Recording::default()
        };
        let mut call: Conversation =
            serde_json::from_str(r#"{"id":"c","deal":"d","channel":"call","turns":[]}"#).unwrap();
        assert_eq!(lanes(&call), "");
        call.recording = Some(recording);
        let drawn = lanes(&call);
        for part in [
            "aria-label=\"Speech in 1 min 36 s of recording: us 22 s, buyer 30 s, both at once 2 s\"",
            "class=\"seller\" d=\"M80 8H300\"",
            "class=\"buyer\" d=\"M0 26H100M400 26H600\"",
            "class=\"both\" d=\"M80 42H100\"",
            "class=\"hush\" d=\"M300 48H400\"",
        ] {
            assert!(drawn.contains(part), "{part} is not in {drawn}");
        }
    }
}
