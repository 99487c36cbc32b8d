//! Threads that each own a session, behind one bounded queue, and the batches that keep them busy.
//!
//! Batches hold a budget of tokens, padding included, and rows of about the same length: that is the main lever of
//! throughput, and it caps the memory of a run. Rows that are equal are run once: a score depends on its own row alone.

use std::{
    collections::HashMap,
    sync::Arc,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::score::{Encoded, Infer, Logits, ModelCard, Row, Score, ScoreError};

/// Tokens of one run, padding included: where throughput was best on two cores, at a tenth of the memory of 32 × 512.
pub const TOKEN_BUDGET: usize = 512;

/// Rows to run together, by index into `rows`.
type Batch = Vec<usize>;

struct Job {
    rows: Arc<Vec<Row>>,
    batch: Batch,
    reply: Sender<(Batch, Result<Vec<Logits>, ScoreError>)>,
}

/// The threads. Dropping it ends them after what they are at.
pub struct Pool {
    jobs: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    token_budget: usize,
}

/// How many threads may compute at once: the process's affinity and its container's quota, at least 1; [`crate::cores`].
pub fn allowed_cores() -> usize {
    crate::cores::allowed()
}

impl Pool {
    /// One thread for each of `sessions`.
    pub fn new(sessions: Vec<Box<dyn Infer>>, token_budget: usize) -> Pool {
        let (jobs, queue) = bounded::<Job>(sessions.len() * 2);
        let workers = sessions
            .into_iter()
            .enumerate()
            .map(|(n, session)| {
                let queue = queue.clone();
                thread::Builder::new()
                    .name(format!("score-{n}"))
                    .spawn(move || work(session, &queue))
                    .expect("the system refuses a thread at start; nothing can be scored")
            })
            .collect();
        Pool { jobs: Some(jobs), workers, token_budget }
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        self.workers.len()
    }

    /// The model's numbers for `rows`, in order.
    ///
    /// # Errors
    /// The first failure of any batch.
    pub fn infer(&self, rows: Vec<Row>) -> Result<Vec<Logits>, ScoreError> {
        let jobs = self.jobs.as_ref().expect("the queue is open until the pool is dropped");
        let rows = Arc::new(rows);
        let lengths: Vec<usize> = rows.iter().map(|row| row.ids.len()).collect();
        let batches = batches(&lengths, self.token_budget);
        let (reply, replies) = unbounded();
        let mut logits = vec![Logits::new(); rows.len()];
        let mut place = |(batch, result): (Batch, Result<Vec<Logits>, ScoreError>)| -> Result<(), ScoreError> {
            for (row, numbers) in batch.into_iter().zip(result?) {
                logits[row] = numbers;
            }
            Ok(())
        };
        for batch in batches {
            let job = Job { rows: Arc::clone(&rows), batch, reply: reply.clone() };
            jobs.send(job).expect("workers listen until the pool is dropped");
        }
        drop(reply);
        for answer in replies {
            place(answer)?;
        }
        Ok(logits)
    }

    /// The labels of `texts`, in order; equal rows are run once.
    ///
    /// # Errors
    /// The first failure of any batch, or a number that is none.
    pub fn score(&self, texts: &[Encoded], card: &ModelCard) -> Result<Vec<Score>, ScoreError> {
        let mut places: HashMap<&Row, usize> = HashMap::new();
        let mut distinct: Vec<Row> = Vec::new();
        for row in texts.iter().flat_map(|text| &text.0) {
            places.entry(row).or_insert_with(|| {
                distinct.push(row.clone());
                distinct.len() - 1
            });
        }
        let logits = self.infer(distinct)?;
        texts
            .iter()
            .map(|text| {
                let windows: Vec<(usize, &Logits)> =
                    text.0.iter().map(|row| (row.ids.len(), &logits[places[row]])).collect();
                card.read_logits(&windows)
            })
            .collect()
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

fn work(mut session: Box<dyn Infer>, queue: &Receiver<Job>) {
    for job in queue {
        let rows: Vec<&Row> = job.batch.iter().map(|i| &job.rows[*i]).collect();
        let result = session.infer(&rows);
        // Nobody waits any more where a batch before this one failed.
        let _ = job.reply.send((job.batch, result));
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

    fn row(ids: Vec<i64>) -> Row {
        Row { segments: vec![0; ids.len()], ids }
    }

    #[test]
    fn a_failing_session_is_an_error_and_not_a_hang() {
        let pool = Pool::new(vec![Box::new(Failing), Box::new(Failing)], 8);
        assert!(pool.infer((0..100).map(|n| row(vec![n; 5])).collect()).is_err());
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
            let pool = Pool::new(sessions, 64);
            let logits = pool.infer(rows.iter().cloned().map(row).collect()).unwrap();
            for (ids, numbers) in rows.iter().zip(logits) {
                prop_assert_eq!(numbers[0], ids.iter().sum::<i64>() as f32);
            }
        }
    }
}
