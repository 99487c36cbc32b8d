//! Long work: what takes more than a moment, on the threads for it, so that the one that talks is free for others.
//!
//! Whoever waits for a thread holds none, and leaves the line with its request: nothing is begun for nobody. What was begun
//! is done to its end, whoever waits for it; until then it has its thread, and the room of the body that it reads
//! ([`payload`]), because that is how long its memory is taken.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;

use super::{metrics::Metrics, payload};

/// Threads for long work.
pub const THREADS: usize = 2;

/// The threads for long work and the line before them; cloning it is cheap.
#[derive(Clone)]
pub struct LongWork {
    places: Arc<Semaphore>,
    waiting: Arc<Present>,
    running: Arc<Present>,
    metrics: Arc<Metrics>,
}

impl LongWork {
    /// With nothing to do yet.
    pub fn new(metrics: Arc<Metrics>) -> LongWork {
        LongWork {
            places: Arc::new(Semaphore::new(THREADS)),
            waiting: Arc::default(),
            running: Arc::default(),
            metrics,
        }
    }

    /// Does `work` on a thread for it as soon as one is free; nothing comes of it where it panics, which is counted.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let in_line = self.waiting.enter();
        // As many places as threads: what has a place is begun at once, and nothing piles up where no count sees it.
        let place = Arc::clone(&self.places).acquire_owned().await;
        drop(in_line);
        let held = (self.running.enter(), place, payload::room());
        let work = move || {
            let _held = held;
            work()
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.inspect_err(|_| self.metrics.panicked()).ok()
    }

    /// How many wait for a thread.
    pub fn waiting(&self) -> usize {
        self.waiting.lock().since.len()
    }

    /// For how long the first in line has waited for a thread.
    pub fn longest_wait(&self) -> Duration {
        self.waiting.lock().since.values().next().map_or(Duration::ZERO, Instant::elapsed)
    }

    /// Whether every thread has been at one piece of work for longer than `time`.
    pub fn is_stuck(&self, time: Duration) -> bool {
        let running = self.running.lock();
        running.since.len() == THREADS && running.since.values().all(|since| since.elapsed() > time)
    }
}

/// Since when those that are here have been.
#[derive(Default)]
struct Present(Mutex<Ledger>);

#[derive(Default)]
struct Ledger {
    /// How many came, ever.
    came: u64,
    /// By the number of their coming, so that the first stands first.
    since: BTreeMap<u64, Instant>,
}

impl Present {
    /// Counts somebody as here until the guard is dropped.
    fn enter(self: &Arc<Present>) -> Here {
        let mut ledger = self.lock();
        ledger.came += 1;
        let number = ledger.came;
        ledger.since.insert(number, Instant::now());
        Here { number, present: Arc::clone(self) }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        // It is whole between any two steps.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Here {
    number: u64,
    present: Arc<Present>,
}

impl Drop for Here {
    fn drop(&mut self) {
        self.present.lock().since.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread::sleep};

    use super::*;

    /// Work that goes on until the sender is dropped, which has begun when this returns, and for which nobody waits.
    async fn begun(long: &LongWork) -> mpsc::Sender<()> {
        let (end, ended) = mpsc::channel::<()>();
        let (tell, told) = tokio::sync::oneshot::channel();
        let work = long.run(move || {
            let _ = tell.send(());
            let _ = ended.recv();
        });
        tokio::select! { _ = work => panic!("it ended"), _ = told => {} }
        end
    }

    #[tokio::test]
    async fn who_leaves_the_line_costs_nothing_and_what_is_begun_keeps_its_thread() {
        let long = LongWork::new(Arc::default());
        let threads = [begun(&long).await, begun(&long).await];
        let (tell, told) = mpsc::channel();
        for number in 0..50 {
            let tell = tell.clone();
            let work = long.run(move || tell.send(number));
            assert!(tokio::time::timeout(Duration::from_millis(1), work).await.is_err(), "both threads are taken");
        }
        assert_eq!(long.waiting(), 0, "all of them left");
        drop(threads);
        assert_eq!(long.run(|| 7).await, Some(7));
        assert!(told.try_recv().is_err(), "it was done for nobody");
    }

    #[tokio::test]
    async fn the_line_and_what_is_stuck_are_seen() {
        let long = LongWork::new(Arc::default());
        let first = begun(&long).await;
        sleep(Duration::from_millis(30));
        assert!(!long.is_stuck(Duration::from_millis(20)), "one thread is free");
        let second = begun(&long).await;
        assert!(!long.is_stuck(Duration::from_millis(20)), "this one has just begun");
        assert_eq!(long.longest_wait(), Duration::ZERO);
        let mut waiting = Box::pin(long.run(|| ()));
        assert!(tokio::time::timeout(Duration::from_millis(30), waiting.as_mut()).await.is_err());
        assert!(long.longest_wait() >= Duration::from_millis(25) && long.waiting() == 1);
        assert!(long.is_stuck(Duration::from_millis(20)));
        drop(first);
        assert_eq!(waiting.await, Some(()));
        assert!(long.longest_wait() == Duration::ZERO && !long.is_stuck(Duration::ZERO));
        drop(second);
    }

    #[tokio::test]
    async fn a_panic_is_counted_and_gives_its_thread_back() {
        let metrics = Arc::<Metrics>::default();
        let long = LongWork::new(Arc::clone(&metrics));
        for _ in 0..=THREADS {
            assert_eq!(long.run(|| -> u8 { panic!("injected") }).await, None);
        }
        assert_eq!(long.run(|| 7).await, Some(7));
        assert!(metrics.write(&Default::default()).contains("dealtone_panics_total 3\n"));
    }
}
