//! Percentiles that say how many samples they rest on, and windows that must agree before a number is believed.

use serde::{Deserialize, Serialize};

/// Samples that a percentile needs beyond itself before it is told: with fewer, it is one accident.
const TAIL_SAMPLES: f64 = 10.0;
/// Windows that must agree.
const WINDOWS: usize = 3;
/// How far their medians may lie apart, as a share of the smallest.
const AGREEMENT: f64 = 0.10;

/// How long something took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// How many were timed.
    pub samples: usize,
    /// Median, in milliseconds.
    pub p50_ms: Option<f64>,
    /// 90th percentile; absent where fewer than ten samples lie beyond it, as below.
    pub p90_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// 99.9th percentile.
    pub p999_ms: Option<f64>,
    /// The longest.
    pub max_ms: Option<f64>,
}

impl Latency {
    /// Of these durations in milliseconds, in any order.
    pub fn of(mut samples: Vec<f64>) -> Latency {
        samples.sort_by(f64::total_cmp);
        let enough = |p: f64| samples.len() as f64 * (1.0 - p) >= TAIL_SAMPLES - 1e-9;
        let tail = |p: f64| enough(p).then(|| percentile(&samples, p));
        Latency {
            samples: samples.len(),
            p50_ms: (!samples.is_empty()).then(|| percentile(&samples, 0.5)),
            p90_ms: tail(0.90),
            p99_ms: tail(0.99),
            p999_ms: tail(0.999),
            max_ms: samples.last().copied(),
        }
    }
}

/// The smallest sample that at least the share `p` of all lies at or below (nearest rank; no interpolation, so every
/// number told was measured). `sorted` must not be empty.
pub fn percentile(sorted: &[f64], p: f64) -> f64 {
    let rank = (sorted.len() as f64 * p).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// A figure that was measured in windows until three in a row agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Steady {
    /// Median of the last three windows.
    pub value: f64,
    /// Lowest of them.
    pub low: f64,
    /// Highest of them.
    pub high: f64,
    /// How many windows were measured in all.
    pub windows: usize,
    /// Whether the last three lie within ten percent; else the machine was not quiet and the figure is a hint.
    pub agreed: bool,
}

/// Measures windows until the last three agree within ten percent, or `most` are measured.
///
/// # Errors
/// What `window` fails with.
pub fn until_steady<E>(most: usize, mut window: impl FnMut() -> Result<f64, E>) -> Result<Steady, E> {
    let mut seen: Vec<f64> = Vec::new();
    loop {
        seen.push(window()?);
        if seen.len() < WINDOWS {
            continue;
        }
        let mut last = seen[seen.len() - WINDOWS..].to_vec();
        last.sort_by(f64::total_cmp);
        let (low, high) = (last[0], last[WINDOWS - 1]);
        let agreed = high - low <= low.abs() * AGREEMENT;
        if agreed || seen.len() >= most.max(WINDOWS) {
            return Ok(Steady { value: last[WINDOWS / 2], low, high, windows: seen.len(), agreed });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_told_only_with_enough_samples_beyond_it() {
        let latency = |n: usize| Latency::of((1..=n).map(|i| i as f64).collect());
        assert_eq!(latency(0), Latency::default());
        let hundred = latency(100);
        assert_eq!((hundred.p50_ms, hundred.p90_ms, hundred.p99_ms), (Some(50.0), Some(90.0), None));
        assert_eq!(latency(999).p99_ms, None);
        let thousand = latency(1000);
        assert_eq!((thousand.p99_ms, thousand.p999_ms, thousand.max_ms), (Some(990.0), None, Some(1000.0)));
        assert_eq!(latency(10_000).p999_ms, Some(9990.0));
    }

    #[test]
    fn windows_are_repeated_until_three_agree_or_patience_ends() {
        let mut noisy = [100.0, 150.0, 90.0, 100.0, 104.0, 99.0].into_iter();
        let steady = until_steady::<()>(20, || Ok(noisy.next().unwrap())).unwrap();
        assert_eq!((steady.value, steady.windows, steady.agreed), (100.0, 6, true));
        let mut n = 0.0;
        let restless = until_steady::<()>(5, || {
            n += 1.0;
            Ok(n)
        })
        .unwrap();
        assert_eq!((restless.value, restless.windows, restless.agreed), (4.0, 5, false));
    }
}
