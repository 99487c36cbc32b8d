//! Percentiles that say how many samples they rest on, and windows that must agree before a number is believed.

use serde::{Deserialize, Serialize};

/// Samples that a percentile needs beyond itself before it is told: with fewer, it is one accident.
const TAIL_SAMPLES: f64 = 10.0;
/// Samples from which on a 99.9th, a 99th and a 90th percentile are told.
pub const ENOUGH: [usize; 3] = [10_000, 1_000, 100];
/// Windows that must agree.
pub const WINDOWS: usize = 3;
/// How far they may lie apart, as a share of the smallest.
const AGREEMENT: f64 = 0.10;

/// How long something took, over the last three windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// How many were timed.
    pub samples: usize,
    /// Mean, in milliseconds.
    pub mean_ms: Option<f64>,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 90th percentile; absent where fewer than ten samples lie beyond it, as below.
    pub p90_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
    /// 99.9th percentile.
    pub p999_ms: Option<f64>,
    /// The longest.
    pub max_ms: Option<f64>,
    /// The medians of the windows: the figure that had to agree.
    pub medians_ms: Steady,
}

/// A percentile: its name, and where it stands in a [`Latency`].
pub type Percentile = (&'static str, fn(&Latency) -> Option<f64>);

/// The percentiles that are told.
pub const PERCENTILES: [Percentile; 4] =
    [("p50", |l| l.p50_ms), ("p90", |l| l.p90_ms), ("p99", |l| l.p99_ms), ("p99.9", |l| l.p999_ms)];

impl Latency {
    /// Of windows whose durations are in milliseconds, in any order.
    pub fn of(windows: &Windows<Vec<f64>>) -> Latency {
        let mut samples = windows.last.concat();
        samples.sort_by(f64::total_cmp);
        let enough = |p: f64| samples.len() as f64 * (1.0 - p) >= TAIL_SAMPLES - 1e-9;
        let tail = |p: f64| enough(p).then(|| percentile(&samples, p));
        let some = |value: f64| (!samples.is_empty()).then_some(value);
        Latency {
            samples: samples.len(),
            mean_ms: some(samples.iter().sum::<f64>() / samples.len() as f64),
            p50_ms: some(median(&samples)),
            p90_ms: tail(0.90),
            p99_ms: tail(0.99),
            p999_ms: tail(0.999),
            max_ms: samples.last().copied(),
            medians_ms: windows.steady(|window| median(window)),
        }
    }
}

/// The smallest sample that at least the share `p` of all lies at or below (nearest rank; no interpolation, so every
/// number told was measured). `sorted` must not be empty.
pub fn percentile(sorted: &[f64], p: f64) -> f64 {
    let rank = (sorted.len() as f64 * p).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

/// The median of some figures in any order; 0 where there are none.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() { 0.0 } else { percentile(&sorted, 0.5) }
}

/// A figure that was measured in windows until three in a row agreed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

/// What was measured in windows until three in a row agreed, or patience ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows<T> {
    /// The last three, in order.
    pub last: Vec<T>,
    /// How many were measured in all.
    pub count: usize,
}

impl<T> Windows<T> {
    /// One figure of each window.
    pub fn steady(&self, figure: impl Fn(&T) -> f64) -> Steady {
        let figures: Vec<f64> = self.last.iter().map(figure).collect();
        let low = figures.iter().copied().fold(f64::INFINITY, f64::min);
        let high = figures.iter().copied().fold(0.0, f64::max);
        let agreed = figures.len() >= WINDOWS && high - low <= low.abs() * AGREEMENT;
        Steady { value: median(&figures), low: low.min(high), high, windows: self.count, agreed }
    }

    /// The same windows with another value of each.
    pub fn map<U>(&self, value: impl Fn(&T) -> U) -> Windows<U> {
        Windows { last: self.last.iter().map(value).collect(), count: self.count }
    }
}

/// Measures windows until a figure of the last three agrees within ten percent, or `most` are measured.
///
/// # Errors
/// What `window` fails with.
pub fn until_agreed<T, E>(
    most: usize,
    figure: impl Fn(&T) -> f64,
    mut window: impl FnMut() -> Result<T, E>,
) -> Result<Windows<T>, E> {
    let mut seen = Windows { last: Vec::new(), count: 0 };
    loop {
        if seen.last.len() == WINDOWS {
            seen.last.remove(0);
        }
        seen.last.push(window()?);
        seen.count += 1;
        if seen.steady(&figure).agreed || seen.count >= most.max(WINDOWS) {
            return Ok(seen);
        }
    }
}

/// As [`until_agreed`], where a window is one figure.
///
/// # Errors
/// What `window` fails with.
pub fn until_steady<E>(most: usize, window: impl FnMut() -> Result<f64, E>) -> Result<Steady, E> {
    Ok(until_agreed(most, |figure| *figure, window)?.steady(|figure| *figure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_told_only_with_enough_samples_beyond_it() {
        let latency = |n: usize| Latency::of(&Windows { last: vec![(1..=n).map(|i| i as f64).collect()], count: 1 });
        assert_eq!((latency(0).p50_ms, latency(0).max_ms), (None, None));
        let hundred = latency(100);
        assert_eq!((hundred.p50_ms, hundred.p90_ms, hundred.p99_ms), (Some(50.0), Some(90.0), None));
        assert_eq!(hundred.mean_ms, Some(50.5));
        assert_eq!(latency(999).p99_ms, None);
        let thousand = latency(1000);
        assert_eq!((thousand.p99_ms, thousand.p999_ms, thousand.max_ms), (Some(990.0), None, Some(1000.0)));
        assert_eq!(latency(10_000).p999_ms, Some(9990.0));
        for (n, told) in ENOUGH.into_iter().zip([|l: Latency| l.p999_ms, |l: Latency| l.p99_ms, |l: Latency| l.p90_ms])
        {
            assert!(told(latency(n)).is_some() && told(latency(n - 1)).is_none(), "{n}");
        }
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

    #[test]
    fn a_latency_is_of_the_windows_that_agreed_and_of_no_others() {
        let mut medians = [9.0, 1.0, 1.0, 1.05].into_iter();
        let windows = until_agreed::<_, ()>(9, |w: &Vec<f64>| median(w), || Ok(vec![medians.next().unwrap(); 40]));
        let latency = Latency::of(&windows.unwrap());
        assert_eq!((latency.samples, latency.p50_ms, latency.max_ms), (120, Some(1.0), Some(1.05)));
        let steady = latency.medians_ms;
        assert_eq!((steady.low, steady.high, steady.windows, steady.agreed), (1.0, 1.05, 4, true));
    }
}
