//! From any rate to 16 kHz: a windowed sinc, evaluated by phases.
//!
//! Written here because what is asked for is small (one fixed ratio, a voice detector as the only listener), while the crates
//! for it bring a dozen others. The filter passes up to nine tenths of the lower Nyquist rate and is 70 dB down beyond it.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side: how steep the filter is.
const CROSSINGS: f64 = 9.0;

/// The pass band, of the lower of the two Nyquist rates.
const PASS: f64 = 0.9;

/// The most phases that are tabulated; odd pairs of rates take the nearest phase, which is 80 dB from the true one.
const MOST_PHASES: u64 = 1_024;

/// Brings one channel from one rate to another, piece by piece.
pub(super) struct Resampler {
    /// The filter for each phase, the taps of a phase in a row.
    phases: Vec<f32>,
    taps: usize,
    from: u64,
    to: u64,
    /// What came in and is still needed; the filter's first half is silence before the sound.
    held: Vec<f32>,
    /// Samples that were dropped from the front of `held`.
    dropped: u64,
    /// Samples that were given.
    given: u64,
}

impl Resampler {
    /// From `from` to `to` samples a second, neither 0.
    pub fn new(from: u32, to: u32) -> Resampler {
        let (from, to) = (u64::from(from), u64::from(to));
        let common = gcd(from, to);
        let (from, to) = (from / common, to / common);
        let cutoff = PASS * (to as f64 / from as f64).min(1.0);
        let half = (CROSSINGS / cutoff).ceil();
        let taps = 2 * half as usize;
        let count = to.min(MOST_PHASES);
        let mut phases = Vec::with_capacity(taps * count as usize);
        for phase in 0..count {
            let shift = phase as f64 / count as f64;
            let tap = |n: usize| {
                let x = n as f64 - (half - 1.0) - shift;
                let sinc = if x == 0.0 { cutoff } else { (PI * cutoff * x).sin() / (PI * x) };
                // Blackman, over the length of the filter.
                let w = (x / half).clamp(-1.0, 1.0);
                sinc * (0.42 + 0.5 * (PI * w).cos() + 0.08 * (2.0 * PI * w).cos())
            };
            let row: Vec<f64> = (0..taps).map(tap).collect();
            let sum: f64 = row.iter().sum();
            phases.extend(row.iter().map(|t| (t / sum) as f32));
        }
        Resampler { phases, taps, from, to, held: vec![0.0; taps / 2 - 1], dropped: 0, given: 0 }
    }

    /// Takes the next samples and adds to `out` what can be told from them.
    pub fn take(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.held.extend_from_slice(samples);
        let count = self.phases.len() / self.taps;
        loop {
            // The place of the next sample among those that came in: whole, and the part beyond in `to`ths.
            let at = self.given * self.from;
            let (whole, part) = (at / self.to, at % self.to);
            let from = (whole - self.dropped) as usize;
            let Some(near) = self.held.get(from..from + self.taps) else { break };
            let phase = (part * count as u64 / self.to) as usize;
            let filter = &self.phases[phase * self.taps..(phase + 1) * self.taps];
            out.push(dot(near, filter));
            self.given += 1;
        }
        let done = ((self.given * self.from / self.to - self.dropped) as usize).min(self.held.len());
        self.held.drain(..done);
        self.dropped += done as u64;
    }

    /// Adds the rest to `out`: silence follows the sound.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        let silence = vec![0.0; self.taps / 2];
        self.take(&silence, out);
    }
}

/// The sum of products, in lanes that a compiler makes one instruction of.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    rest + sums.iter().sum::<f32>()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The power of a tone that went in at `hz` and came out of a change from `from` to 16 kHz in pieces, and its length.
    fn through(from: u32, hz: f64) -> (f64, usize) {
        let tone: Vec<f32> = (0..from).map(|n| (2.0 * PI * hz * f64::from(n) / f64::from(from)).sin() as f32).collect();
        let mut resampler = Resampler::new(from, 16_000);
        let mut out = Vec::new();
        for piece in tone.chunks(777) {
            resampler.take(piece, &mut out);
        }
        resampler.finish(&mut out);
        let middle = &out[2_000..14_000];
        (middle.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / middle.len() as f64, out.len())
    }

    #[test]
    fn a_voice_passes_unchanged_and_what_would_fold_back_does_not() {
        for from in [8_000, 11_025, 16_001, 22_050, 32_000, 44_100, 48_000, 47_999] {
            let (power, length) = through(from, 1_000.0);
            assert!((power - 0.5).abs() < 0.005, "{from}: {power}");
            assert!(length.abs_diff(16_000) <= 2, "{from}: {length}");
        }
        for from in [32_000, 44_100, 48_000] {
            let (power, _) = through(from, 9_500.0);
            assert!(power < 1e-5, "{from}: {power}");
        }
    }

    #[test]
    fn a_click_stays_where_it_was() {
        for from in [8_000u32, 44_100, 48_000] {
            let mut clicks = vec![0.0; from as usize];
            clicks[from as usize / 2] = 1.0;
            let mut out = Vec::new();
            let mut resampler = Resampler::new(from, 16_000);
            resampler.take(&clicks, &mut out);
            resampler.finish(&mut out);
            let loudest = (0..out.len()).max_by(|a, b| out[*a].abs().total_cmp(&out[*b].abs())).unwrap();
            assert!(loudest.abs_diff(8_000) <= 1, "{from}: {loudest}");
        }
    }
}
