//! Lays the activity of the channels over the turns of a transcript: whose channel is whose, and how far the clocks are apart.
//!
//! Both are made into one bit every 10 milliseconds. How well a speaker's turns and a channel's speech go together at some
//! lag is the correlation of their bits (phi, -1 to 1); the lag that is best for all speakers together is the clock offset.
//! Bits make this exact and fast: an hour is 5,625 words, and ten minutes each way are searched.

/// Milliseconds of a bit.
const BIT_MS: u64 = 10;

/// Bits of a coarse bit.
const COARSE: u64 = 10;

/// Offsets up to this are looked for, in milliseconds.
const FARTHEST_MS: i64 = 600_000;

/// A correlation below this says nothing.
const LEAST: f64 = 0.25;

/// By this share the best offset must beat all that are more than three seconds away.
const AHEAD: f64 = 0.1;

/// How the channels lie on the transcript.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alignment {
    /// What is added to a time of the recording to give the transcript's; absent where no offset stands out.
    pub offset_ms: Option<i64>,
    /// The correlation at that offset, -1 to 1.
    pub agreement: f64,
    /// For each speaker the channel, and how sure that is in percent.
    pub channel_of: Vec<Option<(usize, u8)>>,
}

/// Aligns the speech of `channels` with the turns of `speakers`, both as joined spans of milliseconds.
pub(super) fn align(channels: &[Vec<(u64, u64)>], speakers: &[Vec<(u64, u64)>]) -> Alignment {
    let nothing = Alignment { offset_ms: None, agreement: 0.0, channel_of: vec![None; speakers.len()] };
    let end = channels.iter().chain(speakers).flatten().map(|s| s.1).max().unwrap_or(0);
    let farthest = FARTHEST_MS.min(i64::try_from(end).unwrap_or(i64::MAX));
    let weight: Vec<f64> = speakers.iter().map(|s| s.iter().map(|(a, b)| b - a).sum::<u64>() as f64).collect();
    let all: f64 = weight.iter().sum();
    if all == 0.0 || channels.iter().all(Vec::is_empty) {
        return nothing;
    }
    let masks = |bit: u64| -> (Vec<Mask>, Vec<Mask>, u64) {
        let bits = end / bit + 1;
        let of = |spans: &[Vec<(u64, u64)>]| spans.iter().map(|s| Mask::new(s, bit, bits)).collect();
        (of(channels), of(speakers), bits)
    };
    let (coarse_channels, coarse_speakers, bits) = masks(BIT_MS * COARSE);
    let score = |speakers: &[Mask], channels: &[Mask], bits: u64, lag: i64| -> f64 {
        let best = |s: &Mask| channels.iter().map(|c| s.phi(c, bits, lag)).fold(f64::MIN, f64::max);
        speakers.iter().zip(&weight).map(|(s, w)| w / all * best(s)).sum()
    };
    let step = (BIT_MS * COARSE) as i64;
    let lags: Vec<(i64, f64)> = (-farthest / step..=farthest / step)
        .map(|lag| (lag * step, score(&coarse_speakers, &coarse_channels, bits, lag)))
        .collect();
    // Of equals the one nearer to no offset at all.
    let nearer = |a: &&(i64, f64), b: &&(i64, f64)| a.1.total_cmp(&b.1).then(b.0.abs().cmp(&a.0.abs()));
    let Some(&(coarse, best)) = lags.iter().max_by(nearer) else { return nothing };
    let second = lags.iter().filter(|(lag, _)| (lag - coarse).abs() > 3_000).map(|l| l.1).fold(0.0, f64::max);

    let (fine_channels, fine_speakers, bits) = masks(BIT_MS);
    let near = (coarse - 3 * step) / BIT_MS as i64..=(coarse + 3 * step) / BIT_MS as i64;
    let fine: Vec<(i64, f64)> = near.map(|lag| (lag, score(&fine_speakers, &fine_channels, bits, lag))).collect();
    let Some(&(_, top)) = fine.iter().max_by(nearer) else { return nothing };
    // The top of the hill is flat where edges are soft; its middle is the best guess.
    let flat: Vec<i64> = fine.iter().filter(|(_, s)| *s >= top - 0.002).map(|l| l.0).collect();
    let lag = flat[flat.len() / 2];
    let clear = best >= LEAST && best - second >= AHEAD * best;
    let at = if clear { lag } else { 0 };
    let channel_of = fine_speakers.iter().map(|speaker| {
        let mut phis: Vec<(f64, usize)> =
            fine_channels.iter().enumerate().map(|(c, mask)| (speaker.phi(mask, bits, at), c)).collect();
        phis.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let &(first, channel) = phis.first()?;
        let next = phis.get(1).map_or(0.0, |p| p.0.max(0.0));
        (first > 0.1).then(|| (channel, (100.0 * (first - next) / (first + 0.02)).clamp(0.0, 99.0) as u8))
    });
    Alignment {
        agreement: score(&fine_speakers, &fine_channels, bits, at),
        channel_of: channel_of.collect(),
        offset_ms: clear.then_some(lag * BIT_MS as i64),
    }
}

/// Which moments are on.
struct Mask {
    words: Vec<u64>,
    on: u64,
}

impl Mask {
    fn new(spans: &[(u64, u64)], bit: u64, bits: u64) -> Mask {
        let mut words = vec![0u64; bits.div_ceil(64) as usize];
        for &(start, end) in spans {
            // A bit is on where its middle is.
            for at in (start + bit / 2) / bit..((end + bit / 2) / bit).min(bits) {
                words[(at / 64) as usize] |= 1 << (at % 64);
            }
        }
        let on = words.iter().map(|w| u64::from(w.count_ones())).sum();
        Mask { words, on }
    }

    /// The word of bits from bit `at` on; what lies outside is off.
    fn word(&self, at: i64) -> u64 {
        let (word, shift) = (at.div_euclid(64), at.rem_euclid(64) as u32);
        let get = |i: i64| usize::try_from(i).ok().and_then(|i| self.words.get(i)).copied().unwrap_or(0);
        if shift == 0 { get(word) } else { get(word) >> shift | get(word + 1) << (64 - shift) }
    }

    /// The correlation with `other` moved `lag` bits later.
    fn phi(&self, other: &Mask, bits: u64, lag: i64) -> f64 {
        let both: u64 = self
            .words
            .iter()
            .enumerate()
            .filter(|(_, w)| **w != 0)
            .map(|(i, w)| u64::from((w & other.word(i as i64 * 64 - lag)).count_ones()))
            .sum();
        let (n, a, b) = (bits as f64, self.on as f64, other.on as f64);
        let spread = (a * (n - a) * b * (n - b)).sqrt();
        if spread == 0.0 { 0.0 } else { (n * both as f64 - a * b) / spread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns of two people with lengths that do not repeat.
    fn dialogue() -> [Vec<(u64, u64)>; 2] {
        let mut at = 1_000;
        let mut sides = [Vec::new(), Vec::new()];
        for n in 0..40u64 {
            let length = 900 + n * n * 137 % 5_000;
            sides[(n % 2) as usize].push((at, at + length));
            at += length + 150 + n * 91 % 700;
        }
        sides
    }

    #[test]
    fn offsets_are_found_and_channels_known() {
        let [ann, bo] = dialogue();
        for offset in [0i64, 40, -40, 250, 1_000, -3_000, 3_000, 45_000, -200_000] {
            let moved = |spans: &[(u64, u64)]| -> Vec<(u64, u64)> {
                let to = |t: u64| (t as i64 + 300_000 + offset) as u64;
                spans.iter().map(|&(a, b)| (to(a), to(b))).collect()
            };
            let late = |spans: &[(u64, u64)]| -> Vec<(u64, u64)> {
                spans.iter().map(|&(a, b)| (a + 300_000, b + 300_000)).collect()
            };
            let found = align(&[late(&bo), late(&ann)], &[moved(&ann), moved(&bo)]);
            assert_eq!(found.offset_ms, Some(offset));
            for (speaker, channel) in [(0, 1), (1, 0)] {
                let (c, sure) = found.channel_of[speaker].unwrap();
                assert!(c == channel && sure > 90, "{offset}: {found:?}");
            }
        }
    }

    #[test]
    fn where_nothing_fits_nothing_is_claimed() {
        let [ann, _] = dialogue();
        assert_eq!(align(&[vec![]], std::slice::from_ref(&ann)).offset_ms, None);
        assert_eq!(align(&[vec![(0, 100_000)]], &[ann]).offset_ms, None, "sound without a pause");
        assert_eq!(align(&[], &[]).channel_of, []);
    }
}
