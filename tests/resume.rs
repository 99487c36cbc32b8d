//! A run that was stopped goes on where it was: the same results, and nothing is scored twice. Skips where the runtime's
//! library is not there.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use dealtone::{
    Utterance,
    engine::{Engine, EngineOptions, EngineParts},
    pipeline::{Analysed, AnalyzeOptions, Progress, analyze},
    read::export::walk,
    resume::ResumeLog,
    score::{Infer, Logits, Row, ScoreError, runtime_library},
};

struct Silent;

impl Progress for Silent {
    fn total(&self, _: u64) {}
    fn done(&self, _: u64) {}
}

/// A session that counts the rows that it ran.
struct Counting(Box<dyn Infer>, Arc<AtomicUsize>);

impl Infer for Counting {
    fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
        self.1.fetch_add(rows.len(), Ordering::SeqCst);
        self.0.infer(rows)
    }
}

/// The default model on a thread, and the count of rows that it ran.
fn counting() -> (Engine, Arc<AtomicUsize>) {
    let ran = Arc::new(AtomicUsize::new(0));
    let mut parts = EngineParts::load(&EngineOptions { threads: Some(1), ..EngineOptions::default() }).unwrap();
    let count = |session| Box::new(Counting(session, Arc::clone(&ran))) as Box<dyn Infer>;
    parts.sessions = parts.sessions.into_iter().map(count).collect();
    (Engine::of(parts).unwrap(), ran)
}

/// Why a run of this test ends early.
#[derive(Debug)]
enum Stop {
    Here,
    Broken(String),
}

impl From<ScoreError> for Stop {
    fn from(e: ScoreError) -> Stop {
        Stop::Broken(e.to_string())
    }
}

impl From<std::io::Error> for Stop {
    fn from(e: std::io::Error) -> Stop {
        Stop::Broken(e.to_string())
    }
}

/// Runs over the examples and stops before the deal of number `stop`; gives what was found and how many conversations the
/// log held at the start and the end.
fn run(engine: &Engine, log: &Path, window_texts: usize, stop: usize) -> (Vec<Vec<Utterance>>, usize, usize) {
    let export = walk(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")]);
    let options = AnalyzeOptions { window_texts, ..AnalyzeOptions::default() };
    let log = Mutex::new(ResumeLog::open(log, &engine.provenance).unwrap());
    let before = log.lock().unwrap().len();
    let mut found = Vec::new();
    let ended = analyze(&export, engine, &options, Some(&log), &Silent, |deal: Analysed| {
        if found.len() == stop {
            return Err(Stop::Here);
        }
        found.push(deal.deal.by_time().iter().flat_map(|s| s.utterances.clone()).collect());
        Ok(())
    });
    if let Err(Stop::Broken(why)) = ended {
        panic!("{why}");
    }
    let after = log.lock().unwrap().len();
    (found, before, after)
}

#[test]
fn a_run_that_was_stopped_at_any_deal_gives_the_same_results() {
    if let Err(why) = runtime_library::find(None) {
        assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
        eprintln!("skipped: {why}");
        return;
    }
    let (engine, ran) = counting();
    let temp = tempfile::tempdir().unwrap();
    let (whole, _, all) = run(&engine, &temp.path().join("whole"), 4096, usize::MAX);
    assert_eq!(whole.len(), 4);
    assert!(ran.swap(0, Ordering::SeqCst) > 0);
    let (again, ..) = run(&engine, &temp.path().join("whole"), 4096, usize::MAX);
    assert_eq!((again, ran.load(Ordering::SeqCst)), (whole.clone(), 0), "nothing is scored twice");
    for stop in 0..4 {
        for window_texts in [1, 40] {
            let log = temp.path().join(format!("{stop}-{window_texts}"));
            let (first, ..) = run(&engine, &log, window_texts, stop);
            assert_eq!(first, whole[..stop]);
            ran.store(0, Ordering::SeqCst);
            let (second, before, after) = run(&engine, &log, window_texts, usize::MAX);
            assert_eq!(second, whole, "stopped before deal {stop}");
            assert!(before > 0, "what was scored before the stop is remembered");
            assert_eq!(after, all, "each conversation is remembered once");
            // Those before the stop are at least one; the others are scored now.
            let (scored, remembered) = (ran.load(Ordering::SeqCst), before < all);
            assert_eq!(scored > 0, remembered, "{before} of {all} were scored before");
        }
    }
}
