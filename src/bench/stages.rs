//! Where the time goes between a transcript's bytes and the lines of the result, on one thread.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::{
    load::millis,
    stats::{Windows, median},
};
use crate::{
    conversation::{Conversation, DealId},
    deal::Deal,
    engine::{Engine, put_in_place},
    pool::{TOKEN_BUDGET, batches},
    read::{self, Input},
    report::jsonl,
    score::{Encoded, Infer, Logits, Row, Score, ScoreError, Text, text},
    utterance::Scored,
};

/// Time of one stage of the way from a file to a result, on one thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `read`, `tokenize`, `queue`, `infer`, `aggregate`, `write`.
    pub name: String,
    /// Milliseconds a thousand texts.
    pub ms_per_thousand: f64,
    /// Share of the whole, 0 to 1.
    pub share: f64,
}

/// The texts as a call of two people, in WebVTT: each has what was said before as its context, as in `analyze`.
pub(super) fn transcript(texts: &[Text]) -> String {
    let stamp = |s: usize| format!("{:02}:{:02}:{:02}.000", s / 3600, s / 60 % 60, s % 60);
    let mut out = String::from("WEBVTT\n");
    for (i, text) in texts.iter().enumerate() {
        let speaker = if i % 2 == 0 { "Ann Ames" } else { "Bob Burr" };
        out += &format!("\n{}\n{} --> {}\n{speaker}: {}\n", i + 1, stamp(i * 4), stamp(i * 4 + 3), text.text);
    }
    out
}

/// Goes the whole way once; gives each stage with its milliseconds a thousand texts.
pub(super) fn once(
    engine: &Engine,
    session: &mut dyn Infer,
    transcript: &str,
) -> Result<Vec<(&'static str, f64)>, ScoreError> {
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut clock = Instant::now();
    let mut lap = |name| {
        times.push((name, clock.elapsed()));
        clock = Instant::now();
    };

    let deal = DealId("bench".into());
    let read = read::read(&Input::new("bench/call.vtt", &deal, transcript.as_bytes()));
    let conversations: Vec<Conversation> = read.conversations;
    let pieces: Vec<Vec<text::Piece>> = conversations.iter().map(text::pieces).collect();
    lap("read");
    let encoded: Vec<Encoded> =
        pieces.iter().flatten().map(|piece| engine.encode(&piece.text)).collect::<Result<_, _>>()?;
    lap("tokenize");
    let rows: Vec<&Row> = encoded.iter().flat_map(|text| &text.0).collect();
    let lengths: Vec<usize> = rows.iter().map(|row| row.ids.len()).collect();
    let plan = batches(&lengths, TOKEN_BUDGET);
    let mut logits = vec![Logits::new(); rows.len()];
    lap("queue");
    for batch in &plan {
        let picked: Vec<&Row> = batch.iter().map(|i| rows[*i]).collect();
        for (i, numbers) in batch.iter().zip(session.infer(&picked)?) {
            logits[*i] = numbers;
        }
    }
    lap("infer");
    let mut windows = lengths.iter().copied().zip(&logits);
    let scores = encoded.iter().map(|text| {
        let windows: Vec<(usize, &Logits)> = windows.by_ref().take(text.0.len()).collect();
        engine.card.read_logits(&windows)
    });
    let mut scores = scores.collect::<Result<Vec<Score>, _>>()?.into_iter();
    let texts = scores.len().max(1);
    let mut whole = Deal::new(deal, None);
    for (conversation, pieces) in conversations.into_iter().zip(pieces) {
        let utterances = put_in_place(pieces, &mut scores);
        let scored = Scored { conversation, utterances, provenance: engine.provenance.clone() };
        whole.absorb(scored).expect("one engine marks all its scores alike");
    }
    lap("aggregate");
    black_box(jsonl::utterances(&whole));
    lap("write");
    Ok(times.into_iter().map(|(name, time)| (name, millis(time) * 1e3 / texts as f64)).collect())
}

/// The median of each stage over some passes.
pub(super) fn medians(passes: &Windows<Vec<(&'static str, f64)>>) -> Vec<Stage> {
    let of_stage = |i: usize| median(&passes.last.iter().map(|pass| pass[i].1).collect::<Vec<_>>());
    let names: Vec<&str> =
        passes.last.first().map(|pass| pass.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
    let times: Vec<f64> = (0..names.len()).map(of_stage).collect();
    let all: f64 = times.iter().sum();
    let stage = |(name, ms): (&str, f64)| Stage { name: name.to_owned(), ms_per_thousand: ms, share: ms / all };
    names.into_iter().zip(times).map(stage).collect()
}
