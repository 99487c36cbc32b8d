//! One bounded queue of rows from many callers, and the threads that run them together.
//!
//! The batch command knows all its texts beforehand ([`crate::pool`]); a service does not. Here rows of whoever asks
//! wait in one queue, and each free thread takes the next one with others of about its length: of the ways to spread what
//! waits over runs, the one that costs least, a run counted as [`Limits::run_tokens`] and every row as long as the longest
//! beside it, under the same budget of tokens. What is late or whose caller has left never reaches the model. A full
//! queue refuses at once.
//!
//! **Order.** A row's place is the number of tokens that had been served when its request came, plus the tokens of the
//! request that stand before it. So single texts are first come, first served, a long list lets short requests pass while
//! it is young, and nothing starves: the served tokens only grow.
//!
//! **Admission.** A request is let in where the rows of *others* that come before its last one can be run within
//! [`Limits::max_wait`], by the measured cost of a token. A list and a single text are judged by the same rule.

mod job;
mod watch;
mod worker;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::score::{Infer, Logits, Row, ScoreError};
use job::{Job, Open};
pub use watch::{Dropped, Run, Watch};

/// Tokens that a run costs beside its own on a processor, mostly the reading of the weights: 1.25 ms where a token took 0.084
/// (ONNX Runtime on an EPYC with AVX512-VNNI; the ratio hardly depends on the model). 8 to 20 come out alike.
pub const RUN_TOKENS: usize = 12;

/// What the queue may hold and how long it may make a caller wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Tokens of one run, padding included.
    pub token_budget: usize,
    /// What a run costs beside its tokens, in tokens: rows of other lengths join it where that pads less. [`RUN_TOKENS`] on
    /// a processor; a device that runs a full budget as fast as one token has no use for padding saved, and wants the budget.
    pub run_tokens: usize,
    /// Rows that wait at most; bounds the memory.
    pub max_rows: usize,
    /// Tokens that wait at most; bounds the memory.
    pub max_tokens: usize,
    /// How long a request may have to wait for those of others.
    pub max_wait: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            token_budget: crate::pool::TOKEN_BUDGET,
            run_tokens: RUN_TOKENS,
            max_rows: 16_384,
            max_tokens: 1 << 20,
            max_wait: Duration::from_millis(250),
        }
    }
}

/// Whether a request asks to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is refused where the wait is too long.
    Ask,
    /// A part of a request that was let in before, or a health check: only the bounds of memory hold it back.
    Granted,
}

/// The queue is too full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue is full; the wait would be about {} ms", wait.as_millis())]
pub struct Full {
    /// About how long the rows before it will take.
    pub wait: Duration,
}

/// Why a request that was let in got no numbers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// Its deadline passed while it waited.
    #[error("the deadline passed while the request waited")]
    Late,
    /// Its deadline passed when some of its own rows had been run: there is more of it than can be done in time.
    #[error("the deadline passed while the request was being scored")]
    TooLong,
    /// The service is ending.
    #[error("the service is ending")]
    Closed,
    /// The model failed on one of its rows, alone too.
    #[error(transparent)]
    Score(#[from] ScoreError),
}

/// Place in the order, then order of arrival.
type Key = (u64, u64);

struct Entry {
    row: Row,
    job: Arc<Job>,
    at: usize,
}

#[derive(Default)]
struct State {
    waiting: BTreeMap<Key, Entry>,
    waiting_tokens: usize,
    /// Tokens taken out of the queue since the start.
    served: u64,
    arrivals: u64,
    idle: usize,
    closed: bool,
    /// Since when each thread has been at its run.
    busy_since: Vec<Option<Instant>>,
}

struct Shared {
    state: Mutex<State>,
    filled: Condvar,
    limits: Limits,
    threads: usize,
    /// Nanoseconds that one token costs one thread, as the bits of an f64; 0 until the first run.
    cost: AtomicU64,
    watch: Arc<dyn Watch>,
}

/// The queue with its threads. Dropping it closes it and waits for what is at the model.
pub struct Queue {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

/// A request in the queue. Dropping it says that the caller has left: what still waits is taken out.
pub struct Ticket {
    shared: Arc<Shared>,
    job: Arc<Job>,
    keys: Vec<Key>,
}

impl Queue {
    /// One thread for each of `sessions`.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn new(sessions: Vec<Box<dyn Infer>>, limits: Limits, watch: Arc<dyn Watch>) -> std::io::Result<Queue> {
        let threads = sessions.len();
        let state = State { busy_since: vec![None; threads], ..State::default() };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            filled: Condvar::new(),
            limits,
            threads: threads.max(1),
            cost: AtomicU64::new(0),
            watch,
        });
        let mut queue = Queue { shared, workers: Vec::new() };
        for (n, session) in sessions.into_iter().enumerate() {
            let shared = Arc::clone(&queue.shared);
            let thread = thread::Builder::new().name(format!("score-{n}"));
            queue.workers.push(thread.spawn(move || worker::work(n, session, &shared))?);
        }
        Ok(queue)
    }

    /// Puts rows into the queue; `reply` is called once with their numbers in order, unless the ticket is dropped before: from
    /// a scoring thread, or where there is nothing to wait for (no rows, a queue that is closed) from here. Returns at once.
    ///
    /// # Errors
    /// Where the queue is full; `reply` is then not called.
    pub fn submit(
        &self,
        rows: Vec<Row>,
        deadline: Instant,
        admission: Admission,
        reply: impl FnOnce(Result<Vec<Logits>, Failure>) + Send + 'static,
    ) -> Result<Ticket, Full> {
        let job = Arc::new(Job {
            arrived: Instant::now(),
            deadline,
            is_begun: AtomicBool::new(false),
            open: Mutex::new(Some(Open {
                logits: vec![Logits::new(); rows.len()],
                missing: rows.len(),
                reply: Box::new(reply),
            })),
        });
        let mut ticket = Ticket { shared: Arc::clone(&self.shared), job, keys: Vec::with_capacity(rows.len()) };
        if rows.is_empty() {
            let open = lock(&ticket.job.open).take();
            if let Some(open) = open {
                (open.reply)(Ok(Vec::new()));
            }
            return Ok(ticket);
        }
        let tokens: usize = rows.iter().map(|row| row.ids.len()).sum();
        let mut state = lock(&self.shared.state);
        if state.closed {
            drop(state);
            ticket.job.fail(Failure::Closed);
            return Ok(ticket);
        }
        let limits = &self.shared.limits;
        let place = state.served;
        let before: usize = match admission {
            Admission::Ask => {
                let last = place + tokens as u64;
                state.waiting.range(..(last, 0)).map(|(_, entry)| entry.row.ids.len()).sum()
            }
            Admission::Granted => 0,
        };
        let no_room =
            state.waiting.len() + rows.len() > limits.max_rows || state.waiting_tokens + tokens > limits.max_tokens;
        // What is larger than the bounds alone is let into an empty queue: its size was judged at the door.
        if (no_room && !state.waiting.is_empty()) || self.shared.wait_for(before) > limits.max_wait {
            let wait = self.shared.wait_for(before.max(if no_room { state.waiting_tokens } else { 0 }));
            drop(state);
            // Its reply must not be called: the caller is told by the result.
            lock(&ticket.job.open).take();
            return Err(Full { wait });
        }
        let mut ahead = 0;
        for (at, row) in rows.into_iter().enumerate() {
            let key = (place + ahead, state.arrivals);
            state.arrivals += 1;
            ahead += row.ids.len() as u64;
            state.waiting_tokens += row.ids.len();
            state.waiting.insert(key, Entry { row, job: Arc::clone(&ticket.job), at });
            ticket.keys.push(key);
        }
        let wake = state.idle.min(ticket.keys.len());
        drop(state);
        for _ in 0..wake {
            self.shared.filled.notify_one();
        }
        Ok(ticket)
    }

    /// About how long a short request that came now would wait for those of others, and whether it would be refused.
    pub fn pressure(&self) -> (Duration, bool) {
        let state = lock(&self.shared.state);
        let place = state.served;
        let before = state.waiting.range(..=(place, u64::MAX)).map(|(_, entry)| entry.row.ids.len()).sum();
        let full = state.waiting.len() >= self.shared.limits.max_rows;
        drop(state);
        let wait = self.shared.wait_for(before);
        (wait, full || wait > self.shared.limits.max_wait)
    }

    /// Rows and tokens that wait.
    pub fn depth(&self) -> (usize, usize) {
        let state = lock(&self.shared.state);
        (state.waiting.len(), state.waiting_tokens)
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.workers.len()
    }

    /// For how long the thread that has been at its run longest has been at it.
    pub fn longest_run(&self) -> Duration {
        let state = lock(&self.shared.state);
        let since = state.busy_since.iter().flatten().min();
        since.map_or(Duration::ZERO, Instant::elapsed)
    }

    /// Takes nothing more, fails what waits, and lets the threads end after what they are at.
    pub fn close(&self) {
        let waiting = {
            let mut state = lock(&self.shared.state);
            state.closed = true;
            state.waiting_tokens = 0;
            std::mem::take(&mut state.waiting)
        };
        self.shared.filled.notify_all();
        if !waiting.is_empty() {
            self.shared.watch.dropped(waiting.len(), Dropped::Pointless);
        }
        for entry in waiting.into_values() {
            entry.job.fail(Failure::Closed);
        }
    }

    /// Whether all threads have ended; they do so after [`Queue::close`].
    pub fn is_finished(&self) -> bool {
        self.workers.iter().all(JoinHandle::is_finished)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.close();
        for worker in self.workers.drain(..) {
            // A thread that panicked has said so itself.
            let _ = worker.join();
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if lock(&self.job.open).take().is_none() {
            // Answered: nothing waits any more, or will be passed over where a row failed.
            return;
        }
        let mut state = lock(&self.shared.state);
        let mut left = 0;
        for key in &self.keys {
            if let Some(entry) = state.waiting.remove(key) {
                state.waiting_tokens -= entry.row.ids.len();
                left += 1;
            }
        }
        drop(state);
        if left > 0 {
            self.shared.watch.dropped(left, Dropped::CallerLeft);
        }
    }
}

impl Shared {
    fn wait_for(&self, tokens: usize) -> Duration {
        let cost = f64::from_bits(self.cost.load(Ordering::Relaxed));
        Duration::from_nanos((tokens as f64 * cost / self.threads as f64) as u64)
    }
}

/// A panic under one of these locks leaves whole values behind: they are changed in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::{atomic::AtomicUsize, mpsc};

    use proptest::prelude::*;

    use super::*;

    /// Answers with the sum of a row's ids after a delay; fails on rows that hold -1, panics on -2.
    struct Summing {
        delay: Duration,
        runs: Arc<AtomicUsize>,
    }

    impl Infer for Summing {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            thread::sleep(self.delay);
            self.runs.fetch_add(rows.len(), Ordering::SeqCst);
            if rows.iter().any(|row| row.ids.contains(&-2)) {
                panic!("injected");
            }
            if rows.iter().any(|row| row.ids.contains(&-1)) {
                return Err(ScoreError::Run { rows: rows.len(), message: "no".into() });
            }
            Ok(rows.iter().map(|row| vec![row.ids.iter().sum::<i64>() as f32]).collect())
        }
    }

    struct Silent;

    impl Watch for Silent {
        fn ran(&self, _: &Run) {}
        fn dropped(&self, _: usize, _: Dropped) {}
    }

    fn row(ids: &[i64]) -> Row {
        Row { ids: ids.to_vec(), segments: vec![0; ids.len()] }
    }

    fn queue(threads: usize, delay_ms: u64, limits: Limits) -> (Queue, Arc<AtomicUsize>) {
        let runs = Arc::new(AtomicUsize::new(0));
        let sessions = (0..threads)
            .map(|_| {
                Box::new(Summing { delay: Duration::from_millis(delay_ms), runs: Arc::clone(&runs) }) as Box<dyn Infer>
            })
            .collect();
        (Queue::new(sessions, limits, Arc::new(Silent)).unwrap(), runs)
    }

    type Answer = Result<Vec<Logits>, Failure>;

    fn ask(queue: &Queue, rows: Vec<Row>, deadline: Instant) -> Result<(Ticket, mpsc::Receiver<Answer>), Full> {
        let (send, receive) = mpsc::channel();
        let ticket = queue.submit(rows, deadline, Admission::Ask, move |answer| {
            let _ = send.send(answer);
        })?;
        Ok((ticket, receive))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn one_bad_row_costs_only_its_own_request() {
        let (queue, _) = queue(1, 2, Limits::default());
        let (_busy, _wait) = ask(&queue, vec![row(&[9])], soon()).unwrap();
        let all: Vec<_> = [vec![1, 2], vec![-1, 2], vec![3, 4], vec![-2, 1], vec![5, 5]]
            .into_iter()
            .map(|ids| ask(&queue, vec![row(&ids)], soon()).unwrap())
            .collect();
        let sums: Vec<Option<f32>> = all.iter().map(|(_, r)| r.recv().unwrap().ok().map(|l| l[0][0])).collect();
        assert_eq!(sums, [Some(3.0), None, Some(7.0), None, Some(10.0)]);
    }

    /// Remembers why rows were dropped.
    #[derive(Default)]
    struct Drops(Mutex<Vec<(usize, Dropped)>>);

    impl Watch for Drops {
        fn ran(&self, _: &Run) {}
        fn dropped(&self, rows: usize, why: Dropped) {
            lock(&self.0).push((rows, why));
        }
    }

    #[test]
    fn rows_of_a_request_that_failed_are_not_called_late() {
        for (ids, ends, expected) in
            [(-1, soon(), Dropped::Pointless), (1, Instant::now() + Duration::from_millis(20), Dropped::Late)]
        {
            let drops = Arc::new(Drops::default());
            let session = Summing { delay: Duration::from_millis(60), runs: Arc::default() };
            let limits = Limits { token_budget: 1, ..Limits::default() };
            let queue = Queue::new(vec![Box::new(session)], limits, Arc::clone(&drops) as Arc<dyn Watch>).unwrap();
            let (_ticket, wait) = ask(&queue, vec![row(&[ids]), row(&[2]), row(&[3]), row(&[4])], ends).unwrap();
            assert!(wait.recv().unwrap().is_err());
            drop(queue);
            let drops = lock(&drops.0);
            assert!(drops.iter().map(|(rows, _)| rows).sum::<usize>() >= 3, "{drops:?}");
            assert!(drops.iter().all(|(_, why)| *why == expected), "{drops:?}");
        }
    }

    #[test]
    fn a_request_whose_own_rows_took_its_time_is_too_long_and_not_late() {
        let (queue, _) = queue(1, 600, Limits { token_budget: 1, ..Limits::default() });
        let ends = Instant::now() + Duration::from_millis(500);
        let (_long, long) = ask(&queue, vec![row(&[1]), row(&[2])], ends).unwrap();
        let (_other, other) = ask(&queue, vec![row(&[3])], ends).unwrap();
        assert!(matches!(long.recv().unwrap(), Err(Failure::TooLong)));
        assert!(matches!(other.recv().unwrap(), Err(Failure::Late)), "this one only waited");
    }

    #[test]
    fn the_late_and_the_left_are_not_run() {
        let (queue, runs) = queue(1, 80, Limits::default());
        let (_first, wait) = ask(&queue, vec![row(&[1])], soon()).unwrap();
        thread::sleep(Duration::from_millis(20));
        let (_late, late) = ask(&queue, vec![row(&[2])], Instant::now() + Duration::from_millis(10)).unwrap();
        let (left, left_answer) = ask(&queue, vec![row(&[3])], soon()).unwrap();
        drop(left);
        assert!(wait.recv().unwrap().is_ok());
        assert!(matches!(late.recv().unwrap(), Err(Failure::Late)));
        assert!(left_answer.recv().is_err(), "nobody answers one who left");
        assert_eq!(queue.depth(), (0, 0));
        assert_eq!(runs.load(Ordering::SeqCst), 1, "only the first row was run");
    }

    #[test]
    fn a_full_queue_refuses_at_once_a_list_and_a_single_text_alike() {
        let limits = Limits { max_wait: Duration::from_millis(500), token_budget: 8, ..Limits::default() };
        let (queue, _) = queue(1, 100, limits);
        // The first run teaches the cost: 100 ms for 8 tokens; long runs, so that a busy machine does not empty the queue.
        let (_t, wait) = ask(&queue, vec![row(&[1; 8])], soon()).unwrap();
        wait.recv().unwrap().unwrap();
        let mut held = Vec::new();
        let refused = loop {
            match ask(&queue, vec![row(&[1; 8])], soon()) {
                Ok(ticket) => held.push(ticket),
                Err(full) => break full,
            }
            assert!(held.len() < 50, "the queue never fills");
        };
        assert!(refused.wait > Duration::from_millis(500));
        assert!((4..=9).contains(&held.len()), "{}", held.len());
        let started = Instant::now();
        assert!(ask(&queue, vec![row(&[1; 8]); 4], soon()).is_err());
        assert!(started.elapsed() < Duration::from_millis(50), "refused without waiting for a run");
        assert!(queue.pressure().1);
        for (_, wait) in &held {
            wait.recv().unwrap().unwrap();
        }
        assert!(ask(&queue, vec![row(&[1; 8]); 4], soon()).is_ok(), "room again");
    }

    #[test]
    fn a_long_list_lets_a_short_request_pass_and_is_not_starved() {
        let limits = Limits { token_budget: 8, max_wait: Duration::from_secs(10), ..Limits::default() };
        let (queue, _) = queue(1, 5, limits);
        let (_list, list) = ask(&queue, vec![row(&[1; 8]); 40], soon()).unwrap();
        thread::sleep(Duration::from_millis(12));
        let (_short, short) = ask(&queue, vec![row(&[1; 8])], soon()).unwrap();
        short.recv().unwrap().unwrap();
        assert!(list.try_recv().is_err(), "the short one waited for the list");
        // Short ones keep coming; the list ends nevertheless.
        let started = Instant::now();
        let mut others = Vec::new();
        while list.try_recv().is_err() {
            assert!(started.elapsed() < Duration::from_secs(5), "the list starves");
            others.push(ask(&queue, vec![row(&[1; 8])], soon()).unwrap());
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn closing_answers_everybody() {
        let (queue, _) = queue(1, 30, Limits::default());
        let (_running, running) = ask(&queue, vec![row(&[1])], soon()).unwrap();
        thread::sleep(Duration::from_millis(10));
        let (_waiting, waiting) = ask(&queue, vec![row(&[1])], soon()).unwrap();
        queue.close();
        assert!(matches!(waiting.recv().unwrap(), Err(Failure::Closed)));
        assert!(running.recv().unwrap().is_ok(), "what is at the model ends");
        let (_after, after) = ask(&queue, vec![row(&[1])], soon()).unwrap();
        assert!(matches!(after.recv().unwrap(), Err(Failure::Closed)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn everybody_gets_their_own_numbers(
            requests in prop::collection::vec(prop::collection::vec(prop::collection::vec(0i64..1000, 1..40), 0..12), 0..30),
            threads in 1usize..4,
        ) {
            let limits = Limits { token_budget: 64, max_wait: Duration::from_secs(60), ..Limits::default() };
            let (queue, _) = queue(threads, 0, limits);
            let waits: Vec<_> = requests
                .iter()
                .map(|rows| ask(&queue, rows.iter().map(|ids| row(ids)).collect(), soon()).unwrap())
                .collect();
            for (rows, (_ticket, wait)) in requests.iter().zip(&waits) {
                let sums: Vec<f32> = wait.recv().unwrap().unwrap().iter().map(|l| l[0]).collect();
                let expected: Vec<f32> = rows.iter().map(|ids| ids.iter().sum::<i64>() as f32).collect();
                prop_assert_eq!(sums, expected);
            }
            prop_assert_eq!(queue.depth(), (0, 0));
        }
    }
}
