//! Closed and open load on something that answers.
//!
//! In a **closed** loop the next request starts when the last one is answered: it measures service time, and a stall
//! slows the load down, so it hides in few samples. In an **open** loop requests are due at times that do not wait for
//! answers, and latency counts from the time at which a request was due: a stall shows in every request that it delays
//! (G. Tene calls its absence "coordinated omission").

use std::{
    thread,
    time::{Duration, Instant},
};

use super::draw::Chance;

/// Times `n` calls one after the other, in milliseconds, after `warm_up` that are not counted.
///
/// # Errors
/// What `call` fails with.
pub fn closed<E>(warm_up: usize, n: usize, mut call: impl FnMut(usize) -> Result<(), E>) -> Result<Vec<f64>, E> {
    for i in 0..warm_up {
        call(i)?;
    }
    (0..n)
        .map(|i| {
            let start = Instant::now();
            call(i)?;
            Ok(millis(start.elapsed()))
        })
        .collect()
}

/// What an open loop measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// From when a call was due to its answer, in milliseconds.
    pub latencies: Vec<f64>,
    /// The most calls in a row that were due before the one ahead of them was answered: whom a stall delays.
    pub longest_wait: usize,
}

/// Times `n` calls that are due at exponentially distributed gaps of `1 / per_second` on average, at the same times in
/// every run; each waits its turn on this one thread, and its latency counts from when it was due.
///
/// # Errors
/// What `call` fails with.
pub fn open<E>(per_second: f64, n: usize, mut call: impl FnMut(usize) -> Result<(), E>) -> Result<Open, E> {
    let start = Instant::now();
    let mut chance = Chance::default();
    let mut due = Duration::ZERO;
    let mut waiting = 0;
    let mut open = Open::default();
    for i in 0..n {
        due += Duration::from_secs_f64(-(1.0 - chance.uniform()).ln() / per_second);
        waiting = match due.checked_sub(start.elapsed()) {
            Some(early) => {
                thread::sleep(early);
                0
            }
            None => waiting + 1,
        };
        call(i)?;
        open.longest_wait = open.longest_wait.max(waiting);
        open.latencies.push(millis(start.elapsed().saturating_sub(due)));
    }
    Ok(open)
}

/// A duration in milliseconds.
pub fn millis(d: Duration) -> f64 {
    d.as_secs_f64() * 1e3
}
