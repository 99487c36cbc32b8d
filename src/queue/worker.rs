//! The threads of the queue: which rows go to the model together, and what becomes of their numbers.

use std::{
    cmp::Reverse,
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
const WINDOW: usize = 256;
/// Tokens up to which rows are not spread over idle threads: a run of fewer costs about the same.
const SMALL_RUN: usize = 64;
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
            let (late, over) = take_pointless(&mut state);
            if !late.is_empty() || !over.is_empty() {
                drop(state);
                for (rows, why) in [(late.len(), Dropped::Late), (over.len(), Dropped::Pointless)] {
                    if rows > 0 {
                        self.watch.dropped(rows, why);
                    }
                }
                for entry in late {
                    let is_begun = entry.job.is_begun.load(Ordering::Relaxed);
                    entry.job.fail(if is_begun { Failure::TooLong } else { Failure::Late });
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
        for key in company(&lengths, self.limits.token_budget.min(share), self.limits.run_tokens) {
            if let Some(entry) = state.waiting.remove(&key) {
                state.waiting_tokens -= entry.row.ids.len();
                state.served += entry.row.ids.len() as u64;
                entry.job.is_begun.store(true, Ordering::Relaxed);
                batch.push(entry);
            }
        }
        state.busy_since[worker] = Some(Instant::now());
        Some(batch)
    }
}

/// Takes out the foremost rows whose deadline has passed, and those whose request is over, as where another row failed.
fn take_pointless(state: &mut State) -> (Vec<Entry>, Vec<Entry>) {
    let now = Instant::now();
    let out: Vec<Key> = state
        .waiting
        .iter()
        .take(WINDOW)
        .filter(|(_, entry)| entry.job.deadline <= now || !entry.job.is_open())
        .map(|(key, _)| *key)
        .collect();
    let (mut late, mut over) = (Vec::new(), Vec::new());
    for key in out {
        if let Some(entry) = state.waiting.remove(&key) {
            state.waiting_tokens -= entry.row.ids.len();
            // By the clock: the first rows of a long request that is late end it, and those behind them are late all the same.
            if entry.job.deadline <= now { &mut late } else { &mut over }.push(entry);
        }
    }
    (late, over)
}

/// The first of `waiting`, and the others of its run where all of `waiting` are spread over runs that together cost least:
/// a run costs `run_tokens` and its rows, each padded to the longest. Of rows sorted by length the cheapest runs are
/// stretches, so that one pass over the stretches from each row on finds them.
fn company(waiting: &[(Key, usize)], token_budget: usize, run_tokens: usize) -> Vec<Key> {
    let Some((first, _)) = waiting.first() else { return Vec::new() };
    let mut sorted = waiting.to_vec();
    sorted.sort_unstable_by_key(|(key, length)| (*length, *key));
    // Where the first run of the rows from each one on ends, with what they cost. Of ways that cost the same the fuller
    // first run, else a long list of like rows would be run by its remainders.
    let mut cheapest = vec![(0, sorted.len()); sorted.len() + 1];
    for start in (0..sorted.len()).rev() {
        let padded = |end: usize| (end - start) * sorted[end - 1].1;
        let ends = (start + 1..=sorted.len()).take_while(|end| *end == start + 1 || padded(*end) <= token_budget);
        let costs = ends.map(|end| (run_tokens + padded(end) + cheapest[end].0, end));
        cheapest[start] = costs.min_by_key(|(cost, end)| (*cost, Reverse(*end))).unwrap_or_default();
    }
    let mut start = 0;
    while start < sorted.len() {
        let run = &sorted[start..cheapest[start].1];
        if run.iter().any(|(key, _)| key == first) {
            return run.iter().map(|(key, _)| *key).collect();
        }
        start = cheapest[start].1;
    }
    // Not reached: the runs hold all rows.
    vec![*first]
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
        padding: if session.pads() { rows.len() * longest - tokens } else { 0 },
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

    fn waiting(lengths: &[usize]) -> Vec<(Key, usize)> {
        lengths.iter().enumerate().map(|(i, length)| ((i as u64, 0), *length)).collect()
    }

    /// The lengths of the rows that run with the first one.
    fn run_of(lengths: &[usize], budget: usize, run_tokens: usize) -> Vec<usize> {
        company(&waiting(lengths), budget, run_tokens).iter().map(|key| lengths[key.0 as usize]).collect()
    }

    #[test]
    fn rows_run_together_where_that_pads_less_than_a_run_costs() {
        for (lengths, budget, run_tokens, expected) in [
            (vec![20], 512, 12, vec![20]),
            (vec![20, 20, 20], 512, 12, vec![20, 20, 20]),
            (vec![20, 60, 22, 18], 512, 12, vec![18, 20, 22]),
            (vec![8, 60], 512, 12, vec![8]),
            (vec![8, 60], 512, 60, vec![8, 60]),
            // A neighbour of two runs goes where it costs least.
            (vec![10, 30, 28, 29, 11], 512, 12, vec![10, 11]),
            (vec![20, 20, 20], 40, 12, vec![20, 20]),
            (vec![100, 1], 40, 12, vec![100]),
        ] {
            assert_eq!(run_of(&lengths, budget, run_tokens), expected, "{lengths:?}");
        }
    }

    /// The least cost of any way to spread rows over runs, by trying them all.
    fn least(lengths: &[usize], runs: &mut Vec<Vec<usize>>, budget: usize, run_tokens: usize) -> usize {
        let cost = |run: &Vec<usize>| run_tokens + run.len() * run.iter().max().unwrap();
        let Some((length, rest)) = lengths.split_first() else { return runs.iter().map(cost).sum() };
        runs.push(vec![*length]);
        let mut best = least(rest, runs, budget, run_tokens);
        runs.pop();
        for at in 0..runs.len() {
            runs[at].push(*length);
            if runs[at].len() * runs[at].iter().max().unwrap() <= budget {
                best = best.min(least(rest, runs, budget, run_tokens));
            }
            runs[at].pop();
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn company_holds_the_first_and_keeps_the_budget(lengths in prop::collection::vec(1usize..200, 1..128), budget in 1usize..600, run_tokens in 0usize..600) {
            let chosen = run_of(&lengths, budget, run_tokens);
            prop_assert!(chosen.contains(&lengths[0]));
            let longest = chosen.iter().copied().max().unwrap_or(0);
            prop_assert!(chosen.len() == 1 || chosen.len() * longest <= budget);
        }

        #[test]
        fn no_other_runs_cost_less(lengths in prop::collection::vec(1usize..40, 1..7), budget in 1usize..120, run_tokens in 0usize..40) {
            // Run by run, as the queue takes them while nobody else comes.
            let (mut left, mut cost) = (waiting(&lengths), 0);
            while !left.is_empty() {
                let keys = company(&left, budget, run_tokens);
                let longest = keys.iter().map(|key| lengths[key.0 as usize]).max().unwrap();
                cost += run_tokens + keys.len() * longest;
                left.retain(|(key, _)| !keys.contains(key));
            }
            prop_assert_eq!(cost, least(&lengths, &mut Vec::new(), budget, run_tokens));
        }
    }
}
