//! The threads of the queue: which rows go to the model together, and what becomes of their numbers.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    Entry, Failure, Key, Shared, State, lock,
    watch::{Dropped, Run},
};
use crate::score::{Infer, Row, ScoreError};

/// Rows among which a thread looks for company for the next one: enough to find like lengths, few enough to sort at once.
const WINDOW: usize = 128;
/// Tokens up to which rows are not spread over idle threads: a run of fewer costs about the same.
const SMALL_RUN: usize = 64;
/// Share of padding in a run up to which a row of another length is still good company.
const PADDING: f64 = 0.25;
/// Weight of the latest run in the measured cost of a token.
const LATEST: f64 = 0.1;

impl Shared {
    fn learn_cost(&self, tokens: usize, took: Duration) {
        let latest = took.as_nanos() as f64 / tokens.max(1) as f64;
        let known = f64::from_bits(self.cost.load(Ordering::Relaxed));
        let cost = if known == 0.0 { latest } else { known + LATEST * (latest - known) };
        // Two threads that learn at once may lose one of both lessons; the next run teaches again.
        self.cost.store(cost.to_bits(), Ordering::Relaxed);
    }

    /// The rows of the next run; `None` where the queue is closed. Waits for rows.
    fn next(&self, worker: usize) -> Option<Vec<Entry>> {
        let mut state = lock(&self.state);
        state.busy_since[worker] = None;
        loop {
            let late = take_late(&mut state);
            if !late.is_empty() {
                drop(state);
                self.watch.dropped(late.len(), Dropped::Late);
                for entry in late {
                    entry.job.fail(Failure::Late);
                }
                state = lock(&self.state);
                continue;
            }
            if !state.waiting.is_empty() {
                break;
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
        let share = state.waiting_tokens.div_ceil(state.idle + 1).max(SMALL_RUN);
        let lengths: Vec<(Key, usize)> =
            state.waiting.iter().take(WINDOW).map(|(key, entry)| (*key, entry.row.ids.len())).collect();
        let mut batch = Vec::new();
        for key in company(&lengths, self.limits.token_budget.min(share)) {
            if let Some(entry) = state.waiting.remove(&key) {
                state.waiting_tokens -= entry.row.ids.len();
                state.served += entry.row.ids.len() as u64;
                batch.push(entry);
            }
        }
        state.busy_since[worker] = Some(Instant::now());
        Some(batch)
    }
}

/// Takes out the foremost rows whose deadline has passed or whose request is over.
fn take_late(state: &mut State) -> Vec<Entry> {
    let now = Instant::now();
    let late: Vec<Key> = state
        .waiting
        .iter()
        .take(WINDOW)
        .filter(|(_, entry)| entry.job.deadline <= now || !entry.job.is_open())
        .map(|(key, _)| *key)
        .collect();
    let mut taken = Vec::with_capacity(late.len());
    for key in late {
        if let Some(entry) = state.waiting.remove(&key) {
            state.waiting_tokens -= entry.row.ids.len();
            taken.push(entry);
        }
    }
    taken
}

/// The first of `waiting` and others that go well with it: under the budget with padding, and with little padding.
fn company(waiting: &[(Key, usize)], token_budget: usize) -> Vec<Key> {
    let Some(&(first, length)) = waiting.first() else { return Vec::new() };
    let mut others: Vec<&(Key, usize)> = waiting[1..].iter().collect();
    others.sort_by_key(|(key, other)| (other.abs_diff(length), *key));
    let (mut keys, mut longest, mut tokens) = (vec![first], length, length);
    for (key, other) in others {
        let padded = (keys.len() + 1) * longest.max(*other);
        let padding = padded - (tokens + other);
        if padded > token_budget || padding as f64 > PADDING * padded as f64 {
            continue;
        }
        keys.push(*key);
        longest = longest.max(*other);
        tokens += other;
    }
    keys
}

/// One thread of the queue; ends when the queue is closed and what it was at is done.
pub fn work(worker: usize, mut session: Box<dyn Infer>, shared: &Shared) {
    while let Some(batch) = shared.next(worker) {
        run(session.as_mut(), batch, shared);
    }
}

fn run(session: &mut dyn Infer, batch: Vec<Entry>, shared: &Shared) {
    let rows: Vec<&Row> = batch.iter().map(|entry| &entry.row).collect();
    let started = Instant::now();
    // A session that panicked is used again: it holds no state between runs that a panic could leave half done.
    let result = catch_unwind(AssertUnwindSafe(|| session.infer(&rows)));
    let took = started.elapsed();
    let panicked = result.is_err();
    let failed = |message: &str| ScoreError::Run { rows: rows.len(), message: message.into() };
    let result = match result {
        Ok(Ok(logits)) if logits.len() == rows.len() => Ok(logits),
        Ok(Ok(_)) => Err(failed("it gave another number of results")),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(failed("it panicked")),
    };
    let longest = rows.iter().map(|row| row.ids.len()).max().unwrap_or(0);
    let tokens: usize = rows.iter().map(|row| row.ids.len()).sum();
    let waited = batch.iter().map(|entry| started.saturating_duration_since(entry.job.arrived)).max();
    shared.watch.ran(&Run {
        rows: rows.len(),
        tokens,
        padding: rows.len() * longest - tokens,
        waited: waited.unwrap_or_default(),
        took,
        failed: result.is_err(),
        panicked,
    });
    match result {
        Ok(logits) => {
            shared.learn_cost(tokens, took);
            for (entry, logits) in batch.into_iter().zip(logits) {
                entry.job.deliver(entry.at, logits);
            }
        }
        // One row must not cost its neighbours theirs: each is tried alone.
        Err(_) if batch.len() > 1 => {
            for entry in batch {
                if entry.job.is_open() {
                    run(session, vec![entry], shared);
                }
            }
        }
        Err(error) => {
            for entry in batch {
                entry.job.fail(Failure::Score(error.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn company_starts_with_the_first_and_keeps_the_budget(lengths in prop::collection::vec(1usize..200, 0..128), budget in 1usize..600) {
            let waiting: Vec<(Key, usize)> = lengths.iter().enumerate().map(|(i, l)| ((i as u64, 0), *l)).collect();
            let keys = company(&waiting, budget);
            prop_assert_eq!(keys.first(), waiting.first().map(|(key, _)| key));
            let chosen: Vec<usize> = keys.iter().map(|key| lengths[key.0 as usize]).collect();
            let longest = chosen.iter().copied().max().unwrap_or(0);
            prop_assert!(chosen.len() <= 1 || chosen.len() * longest <= budget);
        }
    }
}
