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

/// Times `n` calls that are due at exponentially distributed gaps of `1 / per_second` on average; each waits its turn
/// on this one thread, and its latency counts from when it was due.
///
/// # Errors
/// What `call` fails with.
pub fn open<E>(per_second: f64, n: usize, mut call: impl FnMut(usize) -> Result<(), E>) -> Result<Vec<f64>, E> {
    let start = Instant::now();
    let mut due = Duration::ZERO;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..n)
        .map(|i| {
            // xorshift64 (Marsaglia 2003); the same arrivals in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
            due += Duration::from_secs_f64(-(1.0 - uniform).ln() / per_second);
            if let Some(early) = due.checked_sub(start.elapsed()) {
                thread::sleep(early);
            }
            call(i)?;
            Ok(millis(start.elapsed().saturating_sub(due)))
        })
        .collect()
}

/// A duration in milliseconds.
pub fn millis(d: Duration) -> f64 {
    d.as_secs_f64() * 1e3
}
