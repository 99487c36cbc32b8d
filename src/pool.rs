//! Threads that each own a session, behind one queue, and the batches that keep them busy.
//!
//! Batches hold a budget of tokens, padding included, and rows of about the same length: that is the main lever of
//! throughput, and it caps the memory of a run. Rows that are equal are run once: a score depends on its own row alone.
//!
//! Whoever asks does not wait: [`Pool::begin`] queues all batches of some texts, and [`Pending::scores`] waits for them. So
//! the next texts can stand in the queue before the last batches of these are run, and no thread idles in between. How
//! many texts are under way at once is the caller's to bound.
//!
//! Whoever waits works too, where a session is free: to wake a thread for a single line and to be woken by it takes longer
//! than the rest of the line's way there and back. Never do more threads run the model than there are sessions.

use std::{
    collections::HashMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak},
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};

use crate::score::{Encoded, Infer, Logits, ModelCard, Row, Score, ScoreError};

/// Tokens of one run, padding included: where throughput was best on two cores, at a tenth of the memory of 32 × 512.
pub const TOKEN_BUDGET: usize = 512;

/// Rows to run together, by index into `rows`.
type Batch = Vec<usize>;

/// What became of a batch.
type Answer = (Batch, Result<Vec<Logits>, ScoreError>);

struct Job {
    /// Gone where nobody waits for them any more: then the batch is not run.
    rows: Weak<Vec<Row>>,
    batch: Batch,
    reply: Sender<Answer>,
}

/// Texts whose batches are in the queue. Dropped, those that have not begun are left out.
pub struct Pending {
    /// The rows that are run, each once.
    rows: Running,
    /// The place in `rows` of each window of each text, in order.
    places: Vec<usize>,
    /// How many windows each text has.
    windows: Vec<usize>,
}

/// Rows whose batches are in the queue.
struct Running {
    rows: Arc<Vec<Row>>,
    answers: Receiver<Answer>,
    bench: Arc<Workbench>,
}

/// What the threads work from, and whoever waits.
struct Workbench {
    queue: Receiver<Job>,
    sessions: Vec<Mutex<Box<dyn Infer>>>,
}

/// The threads. Dropping it ends them after what they are at.
pub struct Pool {
    jobs: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    bench: Arc<Workbench>,
    token_budget: usize,
}

impl Pool {
    /// One thread for each of `sessions`.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn new(sessions: Vec<Box<dyn Infer>>, token_budget: usize) -> io::Result<Pool> {
        let (jobs, queue) = unbounded::<Job>();
        let bench = Arc::new(Workbench { queue, sessions: sessions.into_iter().map(Mutex::new).collect() });
        let mut workers = Vec::with_capacity(bench.sessions.len());
        for n in 0..bench.sessions.len() {
            let bench = Arc::clone(&bench);
            workers.push(thread::Builder::new().name(format!("score-{n}")).spawn(move || bench.work(n))?);
        }
        Ok(Pool { jobs: Some(jobs), workers, bench, token_budget })
    }

    /// Queues the batches of `texts`; equal rows are run once.
    pub fn begin(&self, texts: Vec<Encoded>) -> Pending {
        let windows = texts.iter().map(|text| text.0.len()).collect();
        let mut distinct: HashMap<Row, usize> = HashMap::new();
        let place = |row| {
            let next = distinct.len();
            *distinct.entry(row).or_insert(next)
        };
        let places = texts.into_iter().flat_map(|text| text.0).map(place).collect();
        let mut rows = vec![Row::default(); distinct.len()];
        for (row, place) in distinct {
            rows[place] = row;
        }
        Pending { rows: self.run(rows), places, windows }
    }

    fn run(&self, rows: Vec<Row>) -> Running {
        let jobs = self.jobs.as_ref().expect("the queue is open until the pool is dropped");
        let rows = Arc::new(rows);
        let lengths: Vec<usize> = rows.iter().map(|row| row.ids.len()).collect();
        let (reply, answers) = unbounded();
        for batch in batches(&lengths, self.token_budget) {
            let job = Job { rows: Arc::downgrade(&rows), batch, reply: reply.clone() };
            jobs.send(job).expect("the workbench lives as long as the pool");
        }
        Running { rows, answers, bench: Arc::clone(&self.bench) }
    }
}

impl Pending {
    /// Waits; gives the labels of the texts, in order.
    ///
    /// # Errors
    /// The first failure of any batch, or a number that is none.
    pub fn scores(self, card: &ModelCard) -> Result<Vec<Score>, ScoreError> {
        let logits = self.rows.wait()?;
        let mut places = self.places.iter();
        let mut score = |windows: &usize| {
            let windows: Vec<(usize, &Logits)> = places
                .by_ref()
                .take(*windows)
                .map(|&place| (self.rows.rows[place].ids.len(), &logits[place]))
                .collect();
            card.read_logits(&windows)
        };
        self.windows.iter().map(&mut score).collect()
    }
}

impl Running {
    /// The model's numbers for the rows, in order; the first failure of any batch.
    fn wait(&self) -> Result<Vec<Logits>, ScoreError> {
        let mut logits = vec![Logits::new(); self.rows.len()];
        while let Some((batch, result)) = self.next_answer() {
            for (row, numbers) in batch.into_iter().zip(result?) {
                logits[row] = numbers;
            }
        }
        Ok(logits)
    }

    /// Works until there is one, as long as there is anything to do; then waits. `None` after the last.
    fn next_answer(&self) -> Option<Answer> {
        loop {
            match self.answers.try_recv() {
                Ok(answer) => return Some(answer),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if self.bench.help() => {}
                Err(TryRecvError::Empty) => return self.answers.recv().ok(),
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            // A worker that panicked has said so itself.
            let _ = worker.join();
        }
    }
}

impl Workbench {
    /// What thread `n` does; ends when the pool is dropped and the queue is empty.
    fn work(&self, n: usize) {
        for job in &self.queue {
            // Its own session, whose memory is near, if whoever waits has not taken it.
            let own = &self.sessions[n];
            let mut session = tried(own).or_else(|| self.free_session()).unwrap_or_else(|| lock(own));
            job.run(session.as_mut());
        }
    }

    /// Runs the next job of the queue with a free session; whether there were both.
    fn help(&self) -> bool {
        let Some(mut session) = self.free_session() else { return false };
        let Ok(job) = self.queue.try_recv() else { return false };
        job.run(session.as_mut());
        true
    }

    fn free_session(&self) -> Option<MutexGuard<'_, Box<dyn Infer>>> {
        self.sessions.iter().find_map(tried)
    }
}

/// The session, if nobody has it.
fn tried(session: &Mutex<Box<dyn Infer>>) -> Option<MutexGuard<'_, Box<dyn Infer>>> {
    match session.try_lock() {
        Ok(session) => Some(session),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn lock(session: &Mutex<Box<dyn Infer>>) -> MutexGuard<'_, Box<dyn Infer>> {
    // A run that panics is caught, and a session holds nothing between runs that a panic could leave half done.
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    fn run(self, session: &mut dyn Infer) {
        let Some(rows) = self.rows.upgrade() else { return };
        let rows: Vec<&Row> = self.batch.iter().map(|i| &rows[*i]).collect();
        // A thread that ended here would leave batches that nobody runs, and whoever waits for them waiting.
        let result = catch_unwind(AssertUnwindSafe(|| session.infer(&rows)));
        let failed = |message: &str| ScoreError::Run { rows: rows.len(), message: message.into() };
        let result = match result {
            Ok(Ok(logits)) if logits.len() != rows.len() => Err(failed("it gave another number of results")),
            Ok(result) => result,
            Err(_) => Err(failed("it panicked")),
        };
        // Nobody waits any more where a batch before this one failed.
        let _ = self.reply.send((self.batch, result));
    }
}

/// Rows grouped by length under a budget of tokens, padding included; the longest first, so that the last batches, which
/// end the wait, are short. A row longer than the budget stands alone.
pub fn batches(lengths: &[usize], token_budget: usize) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(lengths[*i]), *i));
    let mut batches: Vec<Batch> = Vec::new();
    let mut longest = 0;
    for row in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * longest <= token_budget => batch.push(row),
            _ => {
                longest = lengths[row];
                batches.push(vec![row]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use proptest::prelude::*;

    use super::*;

    /// Answers with the sum of a row's ids, so that a mix-up shows.
    struct Summing;

    impl Infer for Summing {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            Ok(rows.iter().map(|row| vec![row.ids.iter().sum::<i64>() as f32]).collect())
        }
    }

    struct Failing;

    impl Infer for Failing {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            Err(ScoreError::Run { rows: rows.len(), message: "no".into() })
        }
    }

    struct Panicking;

    impl Infer for Panicking {
        fn infer(&mut self, _: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            panic!("as the test wants it")
        }
    }

    /// Gives no numbers.
    struct Forgetful;

    impl Infer for Forgetful {
        fn infer(&mut self, _: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            Ok(Vec::new())
        }
    }

    /// Waits within its first run until it is told to go on.
    struct Held {
        ran: Arc<AtomicUsize>,
        begun: Arc<Barrier>,
    }

    impl Infer for Held {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            if self.ran.fetch_add(1, Ordering::SeqCst) == 0 {
                self.begun.wait();
                self.begun.wait();
            }
            Summing.infer(rows)
        }
    }

    /// Counts the rows that are run.
    struct Counted(Arc<AtomicUsize>);

    impl Infer for Counted {
        fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
            self.0.fetch_add(rows.len(), Ordering::SeqCst);
            Summing.infer(rows)
        }
    }

    fn row(ids: Vec<i64>) -> Row {
        Row { segments: vec![0; ids.len()], ids }
    }

    #[test]
    fn a_failing_session_is_an_error_and_not_a_hang() {
        let of = |make: &dyn Fn() -> Box<dyn Infer>| {
            let pool = Pool::new(vec![make(), make()], 8).unwrap();
            let rows = |_| pool.run((0..100).map(|n| row(vec![n; 5])).collect()).wait().unwrap_err().to_string();
            // The threads go on.
            [0, 1].map(rows)
        };
        assert!(of(&|| Box::new(Failing)).iter().all(|told| told.contains("no")));
        assert!(of(&|| Box::new(Panicking)).iter().all(|told| told.contains("it panicked")));
        assert!(of(&|| Box::new(Forgetful)).iter().all(|told| told.contains("another number of results")));
    }

    #[test]
    fn whoever_waits_works_where_no_thread_does() {
        let (jobs, queue) = unbounded();
        let bench = Arc::new(Workbench { queue, sessions: vec![Mutex::new(Box::new(Summing))] });
        let pool = Pool { jobs: Some(jobs), workers: Vec::new(), bench, token_budget: 8 };
        let [first, second] = [0, 100].map(|from| pool.run((from..from + 20).map(|n| row(vec![n; 5])).collect()));
        // The second one's batches stand behind the first one's.
        assert_eq!(second.wait().unwrap()[19], [5.0 * 119.0]);
        assert_eq!(first.wait().unwrap()[19], [5.0 * 19.0]);
    }

    #[test]
    fn what_nobody_waits_for_is_not_run() {
        let (ran, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(2)));
        let pool = Pool::new(vec![Box::new(Held { ran: Arc::clone(&ran), begun: Arc::clone(&begun) })], 8).unwrap();
        let left = pool.run((0..50).map(|n| row(vec![n; 5])).collect());
        // The thread is at the first batch.
        begun.wait();
        drop(left);
        begun.wait();
        drop(pool);
        assert_eq!(ran.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn texts_under_way_together_get_their_own_scores_and_equal_rows_are_run_once() {
        let ran = Arc::new(AtomicUsize::new(0));
        let sessions: Vec<Box<dyn Infer>> =
            vec![Box::new(Counted(Arc::clone(&ran))), Box::new(Counted(Arc::clone(&ran)))];
        let pool = Pool::new(sessions, 64).unwrap();
        let text = |n: i64| Encoded(vec![row(vec![n; 3]), row(vec![n, 7])]);
        let under_way: Vec<Pending> =
            (0..4).map(|w| pool.begin((0..40).map(|n| text((n + w) % 20)).collect())).collect();
        for (w, pending) in under_way.into_iter().enumerate() {
            let logits = pending.rows.wait().unwrap();
            assert_eq!((logits.len(), pending.places.len(), pending.windows.len()), (40, 80, 40));
            for (n, places) in pending.places.chunks(2).enumerate() {
                let n = ((n + w) % 20) as f32;
                assert_eq!([logits[places[0]][0], logits[places[1]][0]], [3.0 * n, n + 7.0]);
            }
        }
        assert_eq!(ran.load(Ordering::SeqCst), 4 * 40);
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_batch_and_no_batch_is_over_budget(lengths in prop::collection::vec(1usize..200, 0..300), budget in 1usize..600) {
            let batches = batches(&lengths, budget);
            let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &batches {
                let longest = batch.iter().map(|i| lengths[*i]).max().unwrap();
                prop_assert!(batch.len() == 1 || batch.len() * longest <= budget);
            }
        }

        #[test]
        fn answers_come_back_in_place(rows in prop::collection::vec(prop::collection::vec(0i64..1000, 1..40), 0..200), threads in 1usize..4) {
            let sessions = (0..threads).map(|_| Box::new(Summing) as Box<dyn Infer>).collect();
            let pool = Pool::new(sessions, 64).unwrap();
            let logits = pool.run(rows.iter().cloned().map(row).collect()).wait().unwrap();
            for (ids, numbers) in rows.iter().zip(logits) {
                prop_assert_eq!(numbers[0], ids.iter().sum::<i64>() as f32);
            }
        }
    }
}
