//! Measures what a model costs on this machine, so that a figure can be believed: with the machine and the model beside
//! it, percentiles only where there are samples enough, windows repeated until they agree, and open load next to closed.
//!
//! The parts that measure take anything that can [`Infer`], so that a fake model of known delay can hold them to account.

pub mod load;
pub mod machine;
pub mod picture;
pub mod stats;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Conversation, DealId, Side},
    deal::Deal,
    engine::{Engine, EngineOptions, bare_session},
    pool::{TOKEN_BUDGET, batches},
    read::{self, Input},
    report::jsonl,
    score::{Encoded, Infer, Row, ScoreError, Text, text},
    utterance::Provenance,
};
use load::millis;
use machine::Machine;
use stats::{Latency, Steady, until_steady};

/// Invented lines of sales talk with the lengths of real talk, for whoever brings no texts.
const OWN_LINES: &str = include_str!("lines.txt");
/// Tokens of the rows whose latency is measured.
const LENGTHS: [usize; 5] = [8, 16, 32, 64, 128];
/// Rows of the batches whose latency is measured.
const BATCHES: [usize; 4] = [1, 4, 16, 32];
/// Shares of the closed loop's rate at which the open loop runs.
const OPEN_LOADS: [f64; 3] = [0.3, 0.6, 0.8];

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Calls a cell of the latency table.
    pub samples: usize,
    /// Texts a window of the throughput table.
    pub texts: usize,
    /// Windows after which one gives up waiting for three that agree.
    pub patience: usize,
}

impl Effort {
    /// Enough for a 99th percentile.
    pub const FULL: Effort = Effort { samples: 1000, texts: 3000, patience: 12 };
    /// A minute, for a first look: medians and 90th percentiles.
    pub const QUICK: Effort = Effort { samples: 100, texts: 800, patience: 5 };
}

/// Latency of one run of the bare session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLatency {
    /// Tokens a row.
    pub tokens: usize,
    /// Rows.
    pub batch: usize,
    /// How long.
    pub latency: Latency,
}

/// Latency under open load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenLoad {
    /// Share of what the closed loop reached.
    pub load: f64,
    /// Texts a second that were due.
    pub per_second: f64,
    /// From when a text was due to its score.
    pub latency: Latency,
}

/// Throughput on some threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Threads, each with a session.
    pub threads: usize,
    /// Texts a second, from text to score.
    pub texts_per_second: Steady,
    /// Tokens a second that stand for.
    pub tokens_per_second: f64,
}

/// Time of one stage of the way from a file to a result, on one thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `read`, `tokenize`, `infer`, `queue`, `aggregate`, `write`.
    pub name: String,
    /// Milliseconds a thousand texts.
    pub ms_per_thousand: f64,
    /// Share of the whole, 0 to 1.
    pub share: f64,
}

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// On what.
    pub machine: Machine,
    /// Which model, runtime, device, instruction set.
    pub provenance: Provenance,
    /// Where the texts are from: `built-in` or a file.
    pub texts: String,
    /// Mean tokens a text, special tokens and context included.
    pub mean_tokens: f64,
    /// Milliseconds from nothing to a loaded engine, and to the first score.
    pub cold_start_ms: (f64, f64),
    /// The bare session by length and batch.
    pub runs: Vec<RunLatency>,
    /// One text at a time from text to score, closed loop, one thread.
    pub single: Latency,
    /// The median of `single` over the median of the bare session on the same texts: what everything around it costs.
    pub single_over_bare: f64,
    /// The same under open load.
    pub open: Vec<OpenLoad>,
    /// Whole batches on one thread and more.
    pub throughput: Vec<Throughput>,
    /// Share of the tokens run that were padding, 0 to 1.
    pub padding: f64,
    /// Where the time goes.
    pub stages: Vec<Stage>,
    /// The most memory held, in MiB.
    pub peak_memory_mib: Option<u64>,
}

/// Measures a model.
///
/// # Errors
/// Where the model, the runtime or the device cannot be used.
pub fn measure(
    options: &EngineOptions,
    lines: Option<(&str, &str)>,
    effort: Effort,
) -> Result<BenchReport, ScoreError> {
    let machine = Machine::here();
    let (source, content) = lines.unwrap_or(("built-in", OWN_LINES));
    let texts: Vec<Text> = content
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Text { side: Side::Unknown, context: String::new(), text: line.trim().to_owned() })
        .collect();
    if texts.is_empty() {
        return Err(ScoreError::Runtime(format!("{source}: there is no text in it to measure with")));
    }
    let wanted = options.threads;
    let alone = EngineOptions { threads: Some(1), ..options.clone() };

    let start = Instant::now();
    let engine = Engine::load(&alone)?;
    let loaded = millis(start.elapsed());
    engine.score_texts(&texts[..1])?;
    let cold_start_ms = (loaded, millis(start.elapsed()));

    let encoded: Vec<Encoded> = texts.iter().map(|t| engine.encode(t)).collect::<Result<_, _>>()?;
    let mut session = bare_session(&alone)?;
    let runs = run_latencies(&mut *session, &encoded, engine.card.max_tokens, effort.samples)?;

    let single = load::closed(20, effort.samples, |i| score_one(&engine, &texts, i))?;
    let bare = load::closed(20, effort.samples, |i| {
        let rows: Vec<&Row> = encoded[i % encoded.len()].0.iter().collect();
        session.infer(&rows).map(|logits| drop(black_box(logits)))
    })?;
    let (single, bare) = (Latency::of(single), Latency::of(bare));
    let rate = 1e3 / single.p50_ms.unwrap_or(f64::INFINITY);
    let open = OPEN_LOADS
        .into_iter()
        .map(|share| {
            let samples = load::open(rate * share, effort.samples, |i| score_one(&engine, &texts, i))?;
            Ok(OpenLoad { load: share, per_second: rate * share, latency: Latency::of(samples) })
        })
        .collect::<Result<_, ScoreError>>()?;

    let many: Vec<Text> = texts.iter().cycle().take(effort.texts).enumerate().map(|(i, t)| numbered(t, i)).collect();
    let stages = stages(&engine, &mut *session, &many)?;
    let lengths: Vec<usize> = encoded.iter().flat_map(|e| &e.0).map(|row| row.ids.len()).collect();
    let mean_tokens = lengths.iter().sum::<usize>() as f64 / encoded.len() as f64;
    drop(session);
    drop(engine);

    let most = wanted.unwrap_or(machine.allowed_cores);
    let mut throughput = Vec::new();
    for threads in std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|n| *n < most).chain([most]) {
        let engine = Engine::load(&EngineOptions { threads: Some(threads), ..options.clone() })?;
        let per_second = until_steady(effort.patience, || -> Result<f64, ScoreError> {
            let start = Instant::now();
            black_box(engine.score_texts(&many)?);
            Ok(many.len() as f64 / start.elapsed().as_secs_f64())
        })?;
        let tokens_per_second = per_second.value * mean_tokens;
        throughput.push(Throughput { threads, texts_per_second: per_second, tokens_per_second });
    }
    let provenance = Engine::load(&alone)?.provenance.clone();
    Ok(BenchReport {
        machine,
        provenance,
        texts: source.to_owned(),
        mean_tokens,
        cold_start_ms,
        runs,
        single_over_bare: single.p50_ms.unwrap_or(0.0) / bare.p50_ms.unwrap_or(f64::INFINITY),
        single,
        open,
        throughput,
        padding: padding(&lengths),
        stages,
        peak_memory_mib: machine::peak_memory_mib(),
    })
}

fn score_one(engine: &Engine, texts: &[Text], i: usize) -> Result<(), ScoreError> {
    engine.score_texts(std::slice::from_ref(&texts[i % texts.len()])).map(|scores| drop(black_box(scores)))
}

/// The same text made another one, as long: equal texts are scored once and would flatter the figure.
fn numbered(text: &Text, i: usize) -> Text {
    Text { text: format!("{} {}", text.text, i % 10_000), ..text.clone() }
}

/// The share of padding in batches as the pool forms them.
fn padding(lengths: &[usize]) -> f64 {
    let run: usize = batches(lengths, TOKEN_BUDGET)
        .iter()
        .map(|batch| batch.len() * batch.iter().map(|i| lengths[*i]).max().unwrap_or(0))
        .sum();
    1.0 - lengths.iter().sum::<usize>() as f64 / run as f64
}

/// The bare session by length and batch, on rows cut or joined from real ones.
fn run_latencies(
    session: &mut dyn Infer,
    encoded: &[Encoded],
    max_tokens: usize,
    samples: usize,
) -> Result<Vec<RunLatency>, ScoreError> {
    let ids: Vec<i64> = encoded.iter().flat_map(|e| &e.0).flat_map(|row| row.ids.iter().copied()).collect();
    let mut table = Vec::new();
    for tokens in LENGTHS.into_iter().filter(|n| *n <= max_tokens) {
        for batch in BATCHES {
            let rows: Vec<Row> = (0..batch)
                .map(|r| Row {
                    ids: ids.iter().cycle().skip(r * 7).take(tokens).copied().collect(),
                    segments: vec![0; tokens],
                })
                .collect();
            let rows: Vec<&Row> = rows.iter().collect();
            // Big runs are slow and steady: fewer of them say as much.
            let n = (samples * 256 / (tokens * batch)).clamp(30, samples);
            let timed = load::closed(3, n, |_| session.infer(&rows).map(|logits| drop(black_box(logits))))?;
            table.push(RunLatency { tokens, batch, latency: Latency::of(timed) });
        }
    }
    Ok(table)
}

/// Times each stage from a transcript's bytes to the lines of the result, on one thread.
fn stages(engine: &Engine, session: &mut dyn Infer, texts: &[Text]) -> Result<Vec<Stage>, ScoreError> {
    let transcript = transcript(texts);
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let mut clock = Instant::now();
    let mut lap = |name, times: &mut Vec<(&str, Duration)>| {
        times.push((name, clock.elapsed()));
        clock = Instant::now();
    };

    let deal = DealId("bench".into());
    let read = read::read(&Input::new("bench/call.vtt", &deal, transcript.as_bytes()));
    let conversations: Vec<Conversation> = read.conversations;
    let pieces: Vec<text::Piece> = conversations.iter().flat_map(text::pieces).collect();
    lap("read", &mut times);
    let encoded: Vec<Encoded> = pieces.iter().map(|p| engine.encode(&p.text)).collect::<Result<_, _>>()?;
    lap("tokenize", &mut times);
    let rows: Vec<&Row> = encoded.iter().flat_map(|e| &e.0).collect();
    let lengths: Vec<usize> = rows.iter().map(|row| row.ids.len()).collect();
    let plan = batches(&lengths, TOKEN_BUDGET);
    let mut logits = vec![Vec::new(); rows.len()];
    lap("queue", &mut times);
    for batch in &plan {
        let picked: Vec<&Row> = batch.iter().map(|i| rows[*i]).collect();
        for (i, numbers) in batch.iter().zip(session.infer(&picked)?) {
            logits[*i] = numbers;
        }
    }
    lap("infer", &mut times);
    for (row, numbers) in rows.iter().zip(&logits) {
        black_box(engine.card.read_logits(&[(row.ids.len(), numbers)])?);
    }
    lap("aggregate", &mut times);
    let mut whole = Deal::new(deal, None);
    let scored = engine.score(conversations)?;
    lap("", &mut times);
    for conversation in scored {
        whole.absorb(conversation).expect("one engine marks all its scores alike");
    }
    black_box(jsonl::utterances(&whole));
    lap("write", &mut times);

    times.retain(|(name, _)| !name.is_empty());
    let all: f64 = times.iter().map(|(_, d)| millis(*d)).sum();
    let thousand = 1000.0 / pieces.len() as f64;
    Ok(times
        .into_iter()
        .map(|(name, d)| Stage { name: name.to_owned(), ms_per_thousand: millis(d) * thousand, share: millis(d) / all })
        .collect())
}

/// The texts as a call of two people, in WebVTT.
fn transcript(texts: &[Text]) -> String {
    let stamp = |s: usize| format!("{:02}:{:02}:{:02}.000", s / 3600, s / 60 % 60, s % 60);
    let mut out = String::from("WEBVTT\n");
    for (i, text) in texts.iter().enumerate() {
        let speaker = if i % 2 == 0 { "Ann Ames" } else { "Bob Burr" };
        out += &format!("\n{}\n{} --> {}\n{speaker}: {}\n", i + 1, stamp(i * 4), stamp(i * 4 + 3), text.text);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::score::Logits;

    /// A model that takes as long as it is told.
    struct Fake {
        delay: Duration,
        /// Every so many runs one takes `stall` instead.
        stall_every: usize,
        stall: Duration,
        /// How long each run really took, in milliseconds: a busy machine sleeps longer than it is told.
        took: Vec<f64>,
    }

    impl Infer for Fake {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            let run = self.took.len() + 1;
            let stalls = self.stall_every > 0 && run.is_multiple_of(self.stall_every);
            let start = Instant::now();
            thread::sleep(if stalls { self.stall } else { self.delay });
            self.took.push(millis(start.elapsed()));
            Ok(vec![vec![0.0]; rows.len()])
        }
    }

    fn fake(stall_every: usize) -> Fake {
        Fake { delay: Duration::from_millis(5), stall_every, stall: Duration::from_millis(100), took: Vec::new() }
    }

    fn infer(model: &mut Fake) -> Result<(), ScoreError> {
        model.infer(&[&Row::default()]).map(drop)
    }

    #[test]
    fn a_model_of_known_delay_is_measured_at_that_delay() {
        let mut model = fake(0);
        let latency = Latency::of(load::closed(2, 100, |_| infer(&mut model)).unwrap());
        let truth = Latency::of(model.took.split_off(2));
        for (told, took) in [(latency.p50_ms, truth.p50_ms), (latency.p90_ms, truth.p90_ms)] {
            let (told, took) = (told.unwrap(), took.unwrap());
            assert!(took >= 5.0 && (told - took).abs() <= took * 0.05, "told {told} ms, took {took} ms");
        }
    }

    #[test]
    fn stalls_of_one_in_a_hundred_show_at_p99_and_open_load_shows_whom_they_delay() {
        let mut model = fake(50);
        let closed = Latency::of(load::closed(0, 1000, |_| infer(&mut model)).unwrap());
        assert!(closed.p99_ms.unwrap() >= 100.0, "{closed:?}");
        assert!(closed.p90_ms.unwrap() < 20.0, "{closed:?}");
        let mut model = fake(50);
        let open = Latency::of(load::open(100.0, 500, |_| infer(&mut model)).unwrap());
        assert!(open.p90_ms.unwrap() > 2.0 * closed.p90_ms.unwrap(), "coordinated omission: {open:?} after {closed:?}");
    }

    #[test]
    fn padding_is_counted_in_the_batches_that_run() {
        assert_eq!(padding(&[100, 100, 100]), 0.0);
        // One batch of 3 × 100 holds 100 + 50 + 50.
        assert!((padding(&[100, 50, 50]) - 100.0 / 300.0).abs() < 1e-12);
    }
}
