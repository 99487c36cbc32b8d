//! Measures what a model costs on this machine, so that a figure can be believed: with the machine and the model beside
//! it, percentiles only where there are samples enough, windows repeated until they agree, and open load next to closed.
//!
//! The parts that measure take anything that can [`Infer`], so that a fake model of known delay can hold them to account.

pub mod compare;
pub mod draw;
pub mod load;
pub mod machine;
pub mod page;
pub mod picture;
pub mod stages;
pub mod stats;

use std::{
    collections::HashSet,
    hint::black_box,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    conversation::Side,
    engine::{Engine, EngineOptions, bare_session},
    pool::{TOKEN_BUDGET, batches},
    score::{Encoded, Encoder, Infer, Row, ScoreError, Text},
    utterance::Provenance,
};
use draw::{Rows, Shuffled};
use load::millis;
use machine::Machine;
use stages::Stage;
use stats::{ENOUGH, Latency, Steady, WINDOWS, median, until_agreed, until_steady};

/// Invented lines of sales talk with the lengths of real talk, for whoever brings no texts.
const OWN_LINES: &str = include_str!("lines.txt");
/// Tokens of the rows whose latency is measured.
const LENGTHS: [usize; 5] = [8, 16, 32, 64, 128];
/// Rows of the batches whose latency is measured.
const BATCHES: [usize; 4] = [1, 4, 16, 32];
/// Shares of the closed loop's rate at which the open loop runs.
const OPEN_LOADS: [f64; 3] = [0.3, 0.6, 0.8];

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effort {
    /// Seconds that the three windows of a latency may take; a cheap run gets enough for its 99.9th percentile in less.
    pub seconds: f64,
    /// Calls of a latency where even these take longer.
    pub least: usize,
    /// Seconds that the three windows of an open load take.
    pub open_seconds: f64,
    /// Texts of a window of the throughput.
    pub texts: usize,
    /// Windows after which one gives up waiting for three that agree.
    pub patience: usize,
}

impl Effort {
    /// Some ten minutes: a 90th percentile for every run, a 99.9th for one text.
    pub const FULL: Effort = Effort { seconds: 30.0, least: 100, open_seconds: 30.0, texts: 3000, patience: 9 };
    /// Some two minutes, for a first look: medians everywhere, 90th percentiles where runs are short.
    pub const QUICK: Effort = Effort { seconds: 2.0, least: 15, open_seconds: 6.0, texts: 800, patience: 5 };

    /// The same with so much time for each latency and each open load.
    pub fn within(self, seconds: f64) -> Effort {
        Effort { seconds, open_seconds: seconds, least: WINDOWS, ..self }
    }

    /// About how many minutes a measurement takes on a machine whose windows agree at once: three quarters of what the
    /// latencies may take, since short runs have their samples in less, the open loads, and a minute for the rest.
    pub fn minutes(&self) -> u64 {
        let latencies = (LENGTHS.len() * BATCHES.len() + 1) as f64 * self.seconds * 0.75;
        ((latencies + OPEN_LOADS.len() as f64 * self.open_seconds + 60.0) / 60.0).round() as u64
    }

    /// Calls of each window where one takes `ms`: enough for the highest percentile that the time allows, no more.
    fn calls(&self, ms: f64) -> usize {
        let afforded = (self.seconds * 1e3 / ms) as usize;
        let calls = ENOUGH.into_iter().find(|n| *n <= afforded).unwrap_or(afforded);
        calls.max(self.least).div_ceil(WINDOWS)
    }
}

/// What a measurement has its caller do.
pub trait Host {
    /// Starts the program anew and has it score one line; gives the time from its start to that score.
    ///
    /// # Errors
    /// Where it does not start or does not score.
    fn cold_start(&mut self) -> Result<Duration, ScoreError>;

    /// Told before each part of the measurement, the `at`-th of `of`, from 1. Must be quick: the next part is timed.
    fn begins(&mut self, part: &str, at: usize, of: usize);
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
    /// Share of the texts, 0 to 1, in the longest stretch of which each waited for the one before: where it is large, one
    /// stall decides the figures.
    pub longest_wait: f64,
}

/// Throughput on some threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Threads, each with a session.
    pub threads: usize,
    /// Texts a second, from text to score.
    pub texts_per_second: Steady,
    /// Tokens a second that the model ran for them, padding aside.
    pub tokens_per_second: f64,
}

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// On what.
    pub machine: Machine,
    /// Which model, runtime, device, instruction set.
    pub provenance: Provenance,
    /// How much was measured.
    pub effort: Effort,
    /// Where the texts are from: `built-in` or a file.
    pub texts: String,
    /// How many there are.
    pub text_count: usize,
    /// Mean tokens a text, special tokens included; the texts have no context.
    pub mean_tokens: f64,
    /// Milliseconds from the start of a process to the score of one line, its files in the system's cache.
    pub cold_start_ms: Steady,
    /// The bare session by length and batch.
    pub runs: Vec<RunLatency>,
    /// One text at a time from text to score, closed loop, one thread.
    pub single: Latency,
    /// The median of `single` over the median of the bare session on the same texts: what everything around it costs.
    pub single_over_bare: Steady,
    /// The same under open load.
    pub open: Vec<OpenLoad>,
    /// Whole batches on one thread and more.
    pub throughput: Vec<Throughput>,
    /// Share of the tokens run that were padding, 0 to 1, in the batches of `throughput`.
    pub padding: f64,
    /// Milliseconds a thousand texts of all stages together.
    pub stages_ms: Steady,
    /// Where the time goes: the median of each stage.
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
    host: &mut dyn Host,
) -> Result<BenchReport, ScoreError> {
    let machine = Machine::here();
    let (source, content) = lines.unwrap_or(("built-in", OWN_LINES));
    let texts: Vec<Text> = content
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Text { side: Side::Unknown, context: String::new(), text: line.trim().to_owned() })
        .collect();
    let no_text = || ScoreError::Runtime(format!("{source}: there is no text in it to measure with"));
    let alone = EngineOptions { threads: Some(1), ..options.clone() };
    let engine = Engine::load(&alone)?;
    let encoded: Vec<Encoded> = texts.iter().map(|t| engine.encode(t)).collect::<Result<_, _>>()?;
    let mut rows = Rows::of(&encoded).ok_or_else(no_text)?;
    let mut session = bare_session(&alone)?;

    let lengths: Vec<usize> = LENGTHS.into_iter().filter(|n| *n <= engine.card.max_tokens).collect();
    let most = options.threads.unwrap_or(machine.allowed_cores);
    let widths: Vec<usize> =
        std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|n| *n < most).chain([most]).collect();
    let of = 1 + lengths.len() * BATCHES.len() + 1 + OPEN_LOADS.len() + 1 + widths.len();
    let mut at = 0;
    let mut begins = |host: &mut dyn Host, part: &str| {
        at += 1;
        host.begins(part, at, of);
    };

    begins(host, "cold start");
    let cold_start_ms = until_steady(effort.patience, || host.cold_start().map(millis))?;

    let mut runs = Vec::new();
    for &tokens in &lengths {
        for batch in BATCHES {
            begins(host, &format!("runs of {batch} × {tokens} tokens"));
            let latency = run_latency(&mut *session, &mut rows, tokens, batch, &effort)?;
            runs.push(RunLatency { tokens, batch, latency });
        }
    }

    begins(host, "one text at a time");
    let (single, single_over_bare) = one_at_a_time(
        texts.len(),
        &effort,
        |text| score_one(&engine, &texts[text]),
        |text| {
            let rows: Vec<&Row> = encoded[text].0.iter().collect();
            session.infer(&rows).map(|logits| drop(black_box(logits)))
        },
    )?;
    let rate = 1e3 / single.mean_ms.unwrap_or(f64::INFINITY);
    let mut open = Vec::new();
    for share in OPEN_LOADS {
        begins(host, &format!("one text at a time, open, {:.0} % load", share * 100.0));
        open.push(open_load(rate, share, texts.len(), &effort, |text| score_one(&engine, &texts[text]))?);
    }

    begins(host, "where the time goes");
    let lot = Lot::of(engine.encoder(), &texts, effort.texts)?;
    let transcript = stages::transcript(&lot.texts);
    let passes = until_agreed(
        effort.patience,
        |stages: &Vec<(&str, f64)>| stages.iter().map(|(_, ms)| ms).sum(),
        || stages::once(&engine, &mut *session, &transcript),
    )?;
    let provenance = engine.provenance.clone();
    drop(session);
    drop(engine);

    let mut throughput = Vec::new();
    for threads in widths {
        begins(host, &format!("throughput, threads: {threads}"));
        let engine = Engine::load(&EngineOptions { threads: Some(threads), ..options.clone() })?;
        throughput.push(throughput_of(&engine, &lot, threads, &effort)?);
    }
    Ok(BenchReport {
        machine,
        provenance,
        effort,
        texts: source.to_owned(),
        text_count: texts.len(),
        mean_tokens: encoded.iter().map(Encoded::tokens).sum::<usize>() as f64 / encoded.len() as f64,
        cold_start_ms,
        runs,
        single,
        single_over_bare,
        open,
        throughput,
        padding: lot.padding,
        stages_ms: passes.steady(|stages| stages.iter().map(|(_, ms)| ms).sum()),
        stages: stages::medians(&passes),
        peak_memory_mib: machine::peak_memory_mib(),
    })
}

/// How many texts a second the engine scores of a lot, on its `threads`.
fn throughput_of(engine: &Engine, lot: &Lot, threads: usize, effort: &Effort) -> Result<Throughput, ScoreError> {
    let texts_per_second = until_steady(effort.patience, || -> Result<f64, ScoreError> {
        let start = Instant::now();
        black_box(engine.score_texts(&lot.texts)?);
        Ok(lot.texts.len() as f64 / start.elapsed().as_secs_f64())
    })?;
    let tokens_per_second = texts_per_second.value * lot.tokens as f64 / lot.texts.len() as f64;
    Ok(Throughput { threads, texts_per_second, tokens_per_second })
}

fn score_one(engine: &Engine, text: &Text) -> Result<(), ScoreError> {
    engine.score_texts(std::slice::from_ref(text)).map(|scores| drop(black_box(scores)))
}

/// How long the session takes for `batch` rows of `tokens` tokens, other rows on every call.
fn run_latency(
    session: &mut dyn Infer,
    rows: &mut Rows,
    tokens: usize,
    batch: usize,
    effort: &Effort,
) -> Result<Latency, ScoreError> {
    let mut window = |warm_up: usize, n: usize| {
        // Drawn before the clock starts.
        let drawn: Vec<Vec<Row>> = (0..warm_up + n).map(|_| rows.draw(batch, tokens)).collect();
        let mut next = drawn.iter();
        load::closed(warm_up, n, |_| {
            let rows: Vec<&Row> = next.next().expect("as many batches as calls were drawn").iter().collect();
            session.infer(&rows).map(|logits| drop(black_box(logits)))
        })
    };
    let calls = effort.calls(median(&window(1, 3)?));
    Ok(Latency::of(&until_agreed(effort.patience, |w: &Vec<f64>| median(w), || window(1, calls))?))
}

/// How long `single` takes for one text, and its median over that of `bare` on the same texts. They take turns window by
/// window, so that a slow minute is everybody's; not call by call, because each would find the other's weights in the
/// processor's cache.
fn one_at_a_time(
    texts: usize,
    effort: &Effort,
    mut single: impl FnMut(usize) -> Result<(), ScoreError>,
    mut bare: impl FnMut(usize) -> Result<(), ScoreError>,
) -> Result<(Latency, Steady), ScoreError> {
    let mut order = Shuffled::new(texts);
    let picked = order.draw(30);
    let calls = effort.calls(median(&load::closed(10, 20, |i| single(picked[i]))?));
    let windows = until_agreed(
        effort.patience,
        |(single, _): &(Vec<f64>, Vec<f64>)| median(single),
        || {
            let picked = order.draw(calls);
            let warm_up = calls.min(10);
            let single = load::closed(warm_up, calls, |i| single(picked[i]))?;
            Ok((single, load::closed(warm_up, calls, |i| bare(picked[i]))?))
        },
    )?;
    Ok((Latency::of(&windows.map(|(single, _)| single.clone())), windows.steady(|(s, b)| median(s) / median(b))))
}

/// Latency at a share of `rate`. Every window has the same texts due at the same times: what they differ by is the
/// machine, and a queue's own ups and downs, which are large at a high load, do not look like unrest.
fn open_load(
    rate: f64,
    share: f64,
    texts: usize,
    effort: &Effort,
    mut call: impl FnMut(usize) -> Result<(), ScoreError>,
) -> Result<OpenLoad, ScoreError> {
    let per_second = rate * share;
    let calls = ((effort.open_seconds * per_second) as usize).max(effort.least).div_ceil(WINDOWS);
    let picked = Shuffled::new(texts).draw(calls);
    let windows = until_agreed(
        effort.patience,
        |window: &load::Open| median(&window.latencies),
        || load::open(per_second, calls, |i| call(picked[i])),
    )?;
    let longest = windows.last.iter().map(|window| window.longest_wait).max().unwrap_or(0);
    let latency = Latency::of(&windows.map(|window| window.latencies.clone()));
    Ok(OpenLoad { load: share, per_second, longest_wait: longest as f64 / latency.samples as f64, latency })
}

/// The texts of a window of the throughput, with what the pool makes of them.
struct Lot {
    texts: Vec<Text>,
    /// Tokens of the rows that are run, padding aside.
    tokens: usize,
    /// Share of padding in the tokens run.
    padding: f64,
}

impl Lot {
    /// `n` texts drawn from all of them, each made another one by a number at its end: equal texts are scored once and
    /// would flatter the figure.
    fn of(encoder: &dyn Encoder, texts: &[Text], n: usize) -> Result<Lot, ScoreError> {
        let numbered = |(i, text): (usize, usize)| {
            let text = &texts[text];
            Text { text: format!("{} {i}", text.text), ..text.clone() }
        };
        let texts: Vec<Text> = Shuffled::new(texts.len()).draw(n).into_iter().enumerate().map(numbered).collect();
        let encoded: Vec<Encoded> = texts.iter().map(|text| encoder.encode(text)).collect::<Result<_, _>>()?;
        // As in the pool: the first windows of a long text that is drawn twice are equal.
        let rows: HashSet<&Row> = encoded.iter().flat_map(|text| &text.0).collect();
        let lengths: Vec<usize> = rows.into_iter().map(|row| row.ids.len()).collect();
        Ok(Lot { texts, tokens: lengths.iter().sum(), padding: padding(&lengths) })
    }
}

/// The share of padding in batches as the pool forms them.
fn padding(lengths: &[usize]) -> f64 {
    let run: usize = batches(lengths, TOKEN_BUDGET)
        .iter()
        .map(|batch| batch.len() * batch.iter().map(|i| lengths[*i]).max().unwrap_or(0))
        .sum();
    1.0 - lengths.iter().sum::<usize>() as f64 / run as f64
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::{stats::Windows, *};
    use crate::score::Logits;

    /// A model that takes as long as it is told.
    #[derive(Default)]
    struct Fake {
        delay: Duration,
        /// Every so many runs one takes `stall` instead.
        stall_every: usize,
        stall: Duration,
        /// How long each run really took, in milliseconds: a busy machine sleeps longer than it is told.
        took: Vec<f64>,
        /// The rows of each run.
        ran: Vec<Vec<Row>>,
    }

    impl Infer for Fake {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            let run = self.took.len() + 1;
            let stalls = self.stall_every > 0 && run.is_multiple_of(self.stall_every);
            let start = Instant::now();
            thread::sleep(if stalls { self.stall } else { self.delay });
            self.took.push(millis(start.elapsed()));
            self.ran.push(rows.iter().map(|row| (*row).clone()).collect());
            Ok(vec![vec![0.0]; rows.len()])
        }
    }

    fn fake(stall_every: usize) -> Fake {
        let (delay, stall) = (Duration::from_millis(5), Duration::from_millis(100));
        Fake { delay, stall_every, stall, ..Fake::default() }
    }

    fn infer(model: &mut Fake) -> Result<(), ScoreError> {
        model.infer(&[&Row::default()]).map(drop)
    }

    fn one_window(samples: Vec<f64>) -> Latency {
        Latency::of(&Windows { last: vec![samples], count: 1 })
    }

    /// Texts of 5 to 24 tokens, no two alike.
    fn encoded(n: usize) -> Vec<Encoded> {
        let row = |i: usize| {
            let ids: Vec<i64> = (0..5 + i % 20).map(|k| (i * 100 + k) as i64).collect();
            Row { segments: vec![0; ids.len()], ids }
        };
        (0..n).map(|i| Encoded(vec![row(i)])).collect()
    }

    #[test]
    fn a_model_of_known_delay_is_measured_at_that_delay() {
        let mut model = fake(0);
        let latency = one_window(load::closed(2, 100, |_| infer(&mut model)).unwrap());
        let truth = one_window(model.took.split_off(2));
        for (told, took) in [(latency.p50_ms, truth.p50_ms), (latency.p90_ms, truth.p90_ms)] {
            let (told, took) = (told.unwrap(), took.unwrap());
            assert!(took >= 5.0 && (told - took).abs() <= took * 0.05, "told {told} ms, took {took} ms");
        }
    }

    #[test]
    fn stalls_of_one_in_a_hundred_show_at_p99_and_open_load_shows_whom_they_delay() {
        let mut model = fake(50);
        let closed = one_window(load::closed(0, 1000, |_| infer(&mut model)).unwrap());
        assert!(closed.p99_ms.unwrap() >= 100.0, "{closed:?}");
        assert!(closed.p90_ms.unwrap() < 20.0, "{closed:?}");
        let mut model = fake(50);
        let open = load::open(100.0, 500, |_| infer(&mut model)).unwrap();
        // A stall of 100 ms delays the ten texts that are due meanwhile, and those that wait for these.
        assert!(open.longest_wait >= 10, "{}", open.longest_wait);
        let open = one_window(open.latencies);
        assert!(open.p90_ms.unwrap() > 2.0 * closed.p90_ms.unwrap(), "coordinated omission: {open:?} after {closed:?}");
    }

    #[test]
    fn every_run_of_a_latency_has_other_rows_drawn_over_the_whole_of_the_texts() {
        let texts = encoded(200);
        let mut rows = Rows::of(&texts).unwrap();
        let mut model = Fake::default();
        let effort = Effort { seconds: 0.0, least: 60, patience: 3, ..Effort::QUICK };
        let latency = run_latency(&mut model, &mut rows, 8, 2, &effort).unwrap();
        assert_eq!(latency.samples, 60);
        assert!(model.ran.iter().all(|run| run.len() == 2 && run.iter().all(|row| row.ids.len() == 8)));
        let different: HashSet<&Vec<Row>> = model.ran.iter().collect();
        assert!(different.len() * 10 > model.ran.len() * 9, "{} of {} runs", different.len(), model.ran.len());
        let begins: HashSet<i64> = model.ran.iter().flatten().map(|row| row.ids[1] / 100).collect();
        let late = begins.iter().filter(|text| **text >= 100).count();
        assert!(late * 3 > begins.len(), "{late} of {} texts are of the second half", begins.len());
    }

    #[test]
    fn a_full_effort_reaches_a_percentile_where_that_is_cheap_and_a_90th_everywhere() {
        for (ms, calls) in [(0.4, 10_000), (2.5, 10_000), (4.0, 1_000), (20.0, 1_000), (450.0, 100)] {
            assert_eq!(Effort::FULL.calls(ms), usize::div_ceil(calls, 3), "{ms} ms a call");
        }
        assert_eq!(Effort::FULL.within(1.0).calls(450.0), 1, "what was asked for is kept to");
        assert_eq!(Effort::QUICK.within(60.0).calls(5.0), 3_334);
    }

    #[test]
    fn one_text_is_held_against_the_bare_run_on_the_same_texts() {
        let effort = Effort { seconds: 0.0, least: 30, patience: 3, ..Effort::QUICK };
        let mut seen = [Vec::new(), Vec::new()];
        let [of_single, of_bare] = &mut seen;
        let sleeps = |ms, seen: &mut Vec<usize>, text| {
            seen.push(text);
            thread::sleep(Duration::from_millis(ms));
            Ok(())
        };
        let (single, over) =
            one_at_a_time(500, &effort, |t| sleeps(4, of_single, t), |t| sleeps(2, of_bare, t)).unwrap();
        assert_eq!(single.samples, 30);
        assert!(over.low > 1.2 && over.high < 3.0, "{over:?}");
        // The first 30 settle how many calls a window has.
        assert_eq!(of_single.split_off(30), *of_bare);
    }

    #[test]
    fn an_open_load_says_what_share_one_stall_delayed() {
        let effort = Effort { open_seconds: 0.6, least: 3, patience: 3, ..Effort::QUICK };
        let mut runs = 0;
        let stalls_once = |_| {
            runs += 1;
            thread::sleep(Duration::from_millis(if runs == 10 { 150 } else { 1 }));
            Ok(())
        };
        let open = open_load(500.0, 0.5, 10, &effort, stalls_once).unwrap();
        assert_eq!(open.latency.samples, 150);
        assert!(open.longest_wait > 0.15, "{open:?}");
    }

    /// A token a word, between two special ones; rows of at most 8.
    struct Words;

    impl Encoder for Words {
        fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
            let words: Vec<i64> = text.text.split(' ').map(|w| w.bytes().map(i64::from).sum()).collect();
            let row = |words: &[i64]| {
                let ids: Vec<i64> = std::iter::once(1).chain(words.iter().copied()).chain([2]).collect();
                Row { segments: vec![0; ids.len()], ids }
            };
            Ok(Encoded(words.chunks(6).map(row).collect()))
        }
    }

    #[test]
    fn tokens_and_padding_are_those_of_the_numbered_lines_that_run() {
        let text = |text: &str| Text { side: Side::Unknown, context: String::new(), text: text.into() };
        let lot = Lot::of(&Words, &[text("a"), text("b c d")], 4).unwrap();
        // Two lines of 1 + 1 and two of 3 + 1 words, each with two special tokens: 4, 4, 6 and 6 in one batch.
        assert_eq!((lot.texts.len(), lot.tokens), (4, 20));
        assert!((lot.padding - 4.0 / 24.0).abs() < 1e-12, "{}", lot.padding);
        // The first window of the long line is one row however often it is drawn; the second has the number.
        let lot = Lot::of(&Words, &[text("a b c d e f")], 3).unwrap();
        assert_eq!(lot.tokens, 8 + 3 * 3);
    }

    #[test]
    fn padding_is_counted_in_the_batches_that_run() {
        assert_eq!(padding(&[100, 100, 100]), 0.0);
        // One batch of 3 × 100 holds 100 + 50 + 50.
        assert!((padding(&[100, 50, 50]) - 100.0 / 300.0).abs() < 1e-12);
    }
}
