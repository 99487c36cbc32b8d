//! What every fuzz test needs: numbers that are the same everywhere, and limits of time and memory for one input.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    time::Duration,
};

#[path = "../counting/mod.rs"]
mod counting;

/// A stream of numbers that is the same everywhere (xorshift64*).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }
}

/// How many inputs: `DEALTONE_FUZZ_INPUTS`, else 10,000 in a release build and `slow` in a slower one.
pub fn inputs(slow: u64) -> u64 {
    number("DEALTONE_FUZZ_INPUTS", if cfg!(debug_assertions) { slow } else { 10_000 })
}

/// Which inputs: `DEALTONE_FUZZ_SEED`, else `usual`.
pub fn seed(usual: u64) -> u64 {
    number("DEALTONE_FUZZ_SEED", usual)
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Writes an input that failed into the folder in `DEALTONE_FUZZ_CRASHES`, if that is set.
pub fn keep(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("DEALTONE_FUZZ_CRASHES").map(PathBuf::from) {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// Runs `work`, which was given `given` bytes: what it gives, or what it broke, that it panicked, took more than `longest`
/// of a core, or held more than `most` bytes.
pub fn within<T>(
    longest: Duration,
    most: isize,
    given: usize,
    work: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    let start = spent();
    let (outcome, held) = counting::most_held(|| catch_unwind(AssertUnwindSafe(work)));
    let took = spent() - start;
    let given_back = outcome.map_err(|_| "panicked".to_owned())??;
    if took > longest {
        return Err(format!("took {took:?}"));
    }
    if held > most {
        return Err(format!("held {held} bytes for {given} given"));
    }
    Ok(given_back)
}

/// What this thread has had of a core: on a busy machine, the clock on the wall says nothing of the work.
#[allow(unsafe_code)]
fn spent() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes into a structure that lives through it.
    let outcome = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(outcome, 0, "every system has this clock");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
