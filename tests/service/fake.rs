//! A model of known delay and known answers, so that the service is tested without weights.
//!
//! Words steer it: a text with `boom` makes its run fail, with `panic` panic, with `nan` gives no number, with `stuck`
//! takes ten seconds, with `slow` one and a half: longer than a busy machine holds a test up.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use dealtone::{
    engine::EngineParts,
    score::{
        Encoded, Encoder, Fit, Infer, Logits, ModelCard, Row, ScoreError, Text,
        model::{Activation, InputShape},
    },
    serve::{self, Options, Running, app::App, life::Bind},
    utterance::{Intent, Provenance, Tone},
};

const STEERING: &[&str] = &["boom", "panic", "nan", "stuck", "slow"];

struct Words;

impl Encoder for Words {
    fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
        let id = |word: &str| match STEERING.iter().position(|s| *s == word) {
            Some(at) => -1 - at as i64,
            None => word.bytes().fold(7, |sum, b| (sum * 31 + i64::from(b)) % 30_000),
        };
        let ids: Vec<i64> = text.context.split_whitespace().chain(text.text.split_whitespace()).map(id).collect();
        // Windows of 128 words, as a model with a limit has them.
        let rows = ids.chunks(128).map(|ids| Row { segments: vec![0; ids.len()], ids: ids.to_vec() });
        let mut rows: Vec<Row> = rows.collect();
        if rows.is_empty() {
            rows.push(Row { ids: vec![0], segments: vec![0] });
        }
        Ok(Encoded(rows))
    }
}

/// How long a run takes: a part for the run, a part for each token with padding.
#[derive(Clone, Copy, Default)]
pub struct Delay {
    pub run: Duration,
    pub token: Duration,
}

struct Fake {
    delay: Delay,
    rows: Arc<AtomicUsize>,
}

impl Infer for Fake {
    fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
        let longest = rows.iter().map(|row| row.ids.len()).max().unwrap_or(0);
        let delay = self.delay.run + self.delay.token * (longest * rows.len()) as u32;
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        self.rows.fetch_add(rows.len(), Ordering::SeqCst);
        let steered = |at: i64| rows.iter().any(|row| row.ids.contains(&(-1 - at)));
        if steered(0) {
            return Err(ScoreError::Run { rows: rows.len(), message: "an injected failure".into() });
        }
        if steered(1) {
            panic!("an injected panic");
        }
        if steered(3) {
            std::thread::sleep(Duration::from_secs(10));
        }
        if steered(4) {
            std::thread::sleep(Duration::from_millis(1500));
        }
        let logits = |row: &&Row| {
            if row.ids.contains(&-3) {
                return vec![f32::NAN; 5];
            }
            let sum = row.ids.iter().sum::<i64>() as f32;
            (0..5).map(|i| (sum * (i + 1) as f32 * 0.001).sin() * 3.0).collect()
        };
        Ok(rows.iter().map(logits).collect())
    }
}

pub fn card() -> ModelCard {
    let labels = ["negative", "neutral", "positive", "stall", "champion"].map(String::from).to_vec();
    ModelCard {
        folder: "fake".into(),
        name: "acme/fake".into(),
        sha256: "00".repeat(32),
        weights: "fake/model.onnx".into(),
        weights_sha256: None,
        labels,
        tones: vec![(0, Tone::Negative), (1, Tone::Neutral), (2, Tone::Positive)],
        tone_activation: Activation::Softmax,
        temperature: 1.0,
        intents: vec![(3, Intent::Stall, 0.5), (4, Intent::Champion, 0.5)],
        intent_activation: Activation::Sigmoid,
        unclear_below: 0.0,
        input: InputShape::default(),
        english_alone: false,
        max_tokens: 128,
        pad_id: 0,
    }
}

pub fn provenance() -> Provenance {
    Provenance { dealtone: "0".into(), model: "acme/fake".into(), ..Provenance::default() }
}

/// The parts of a fake engine, and the count of rows that it ran.
pub fn parts(threads: usize, delay: Delay) -> (EngineParts, Arc<AtomicUsize>) {
    let rows = Arc::new(AtomicUsize::new(0));
    let sessions = (0..threads).map(|_| Box::new(Fake { delay, rows: Arc::clone(&rows) }) as Box<dyn Infer>).collect();
    let encoder = Arc::new(Words);
    let parts = EngineParts { card: Arc::new(card()), provenance: provenance(), fit: Fit::Together, encoder, sessions };
    (parts, rows)
}

/// A running service over a fake model.
pub struct Service {
    running: Option<Running>,
    pub address: SocketAddr,
    pub rows: Arc<AtomicUsize>,
}

impl Service {
    pub fn start(options: Options, threads: usize, delay: Delay) -> Service {
        Service::of(parts(threads, delay), options)
    }

    /// Of a model that reads the numbers in another way.
    pub fn with_card(card: ModelCard) -> Service {
        let (parts, rows) = parts(2, Delay::default());
        Service::of((EngineParts { card: Arc::new(card), ..parts }, rows), quick())
    }

    fn of((parts, rows): (EngineParts, Arc<AtomicUsize>), options: Options) -> Service {
        let running = serve::start(options, move || Ok(parts)).expect("the service starts");
        running.wait_ready().expect("the fake model scores");
        let Bind::Tcp(address) = running.bound.clone() else { panic!("tests speak TCP") };
        rows.store(0, Ordering::SeqCst);
        Service { running: Some(running), address, rows }
    }

    pub fn plain() -> Service {
        Service::start(quick(), 2, Delay::default())
    }

    pub fn app(&self) -> App {
        self.running.as_ref().expect("it runs until it is dropped").app().clone()
    }

    pub fn take(mut self) -> Running {
        self.running.take().expect("it runs until it is dropped")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.end();
        }
    }
}

/// Options of a service on a port of its own that ends at once.
pub fn quick() -> Options {
    Options {
        bind: Bind::Tcp(([127, 0, 0, 1], 0).into()),
        drain_delay: Duration::ZERO,
        drain_deadline: Duration::from_secs(2),
        ..Options::default()
    }
}
