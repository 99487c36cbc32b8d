//! From frames to spurts: stretches of speech, held against noise, echo of the other party, and the flicker of a detector.

use super::frames::{FRAME_MS, Frame, SILENT};
use crate::recording::Spurt;

/// How stretches of speech are cut.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// From this likelihood on somebody has begun to speak, 0 to 255.
    on: f32,
    /// Below this likelihood somebody has stopped.
    off: f32,
    /// Shorter stretches of speech are clicks.
    speech_ms: u64,
    /// Shorter pauses belong to the speech: a stop consonant is silent for up to a tenth of a second.
    pause_ms: u64,
    /// Frames at the edges of a stretch that are no louder than this above the noise are cut off, in tenths of dB.
    above_noise: i16,
    /// So are those that are softer than the loud parts of the channel's speech by more than this: a detector's tail.
    below_loud: i16,
    /// Frames by which speech goes on beyond either edge: consonants there are softer than what can be told from noise.
    edge: usize,
    /// The same where the loud parts of speech are above the noise by less than `loud_above`.
    noisy_edge: usize,
    /// In tenths of dB.
    loud_above: i16,
}

const CUT: Cut = Cut {
    on: 128.0,
    off: 90.0,
    speech_ms: 96,
    pause_ms: 200,
    above_noise: 30,
    below_loud: 360,
    edge: 1,
    noisy_edge: 2,
    loud_above: 200,
};

/// Below the loud parts of its own speech by more than this a frame may be the other party's echo, in tenths of dB.
const ECHO_BELOW: i32 = 130;

/// The other party must be nearer to its own loud parts by more than this, in tenths of dB.
const ECHO_NEARER: i32 = 90;

/// Channels whose loudness differs by a constant, but for this, carry the same sound, in tenths of dB.
const SAME_WITHIN: f64 = 15.0;

/// The stretches of speech in a channel.
pub(super) fn spurts(frames: &[Frame]) -> Vec<Spurt> {
    let gate = gate(frames);
    let noisy = loud_parts(frames).is_some_and(|loud| loud.saturating_sub(noise(frames)) < CUT.loud_above);
    let edge = if noisy { CUT.noisy_edge } else { CUT.edge };
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut since: Option<usize> = None;
    for at in 0..frames.len() {
        let likely = smooth(frames, at);
        match since {
            None if likely >= CUT.on => since = Some(at),
            Some(from) if likely < CUT.off => {
                found.push((from, at));
                since = None;
            }
            _ => {}
        }
    }
    found.extend(since.map(|from| (from, frames.len())));
    let loud = |at: usize| frames[at].level >= gate;
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (mut from, mut to) in found {
        while from < to && !loud(from) {
            from += 1;
        }
        while from < to && !loud(to - 1) {
            to -= 1;
        }
        // Noise that the detector takes for a voice is no louder than noise.
        let is_noise = from == to || mean_level(&frames[from..to]) < i32::from(gate);
        match joined.last_mut() {
            _ if is_noise => {}
            Some(last) if (from.saturating_sub(last.1 + 2 * edge)) as u64 * FRAME_MS < CUT.pause_ms => last.1 = to,
            _ => joined.push((from, to)),
        }
    }
    joined.retain(|(from, to)| (to - from) as u64 * FRAME_MS >= CUT.speech_ms);
    let spurt = |(from, to): (usize, usize)| Spurt {
        start_ms: from.saturating_sub(edge) as u64 * FRAME_MS,
        end_ms: (to + edge).min(frames.len()) as u64 * FRAME_MS,
        level: mean_level(&frames[from..to]),
    };
    joined.into_iter().map(spurt).collect()
}

/// The least loudness that can be speech on a channel.
fn gate(frames: &[Frame]) -> i16 {
    let by_loud = loud_parts(frames).map_or(SILENT, |loud| loud.saturating_sub(CUT.below_loud));
    noise(frames).saturating_add(CUT.above_noise).max(by_loud)
}

/// The likelihood of a voice around a frame.
fn smooth(frames: &[Frame], at: usize) -> f32 {
    let near = &frames[at.saturating_sub(1)..(at + 2).min(frames.len())];
    near.iter().map(|f| f32::from(f.voice)).sum::<f32>() / near.len() as f32
}

/// The mean power of some frames, in tenths of LUFS.
fn mean_level(frames: &[Frame]) -> i32 {
    let power: f64 = frames.iter().map(|f| 10f64.powf(f64::from(f.level) / 100.0)).sum::<f64>() / frames.len() as f64;
    (100.0 * power.log10()).round().clamp(f64::from(SILENT), 1_000.0) as i32
}

/// The loudness of what is no speech: the median of the frames in which nobody is likely to speak. In some noise the detector
/// is never sure of that; then the softest seventh of the frames stand for it.
fn noise(frames: &[Frame]) -> i16 {
    let mut hush: Vec<i16> = frames.iter().filter(|f| f.voice < 50).map(|f| f.level).collect();
    if hush.len() * 20 >= frames.len() {
        return percentile(&mut hush, 50).unwrap_or(SILENT);
    }
    let mut all: Vec<i16> = frames.iter().map(|f| f.level).collect();
    percentile(&mut all, 15).unwrap_or(SILENT)
}

/// The loudness of the loud parts of speech; absent where there is none.
fn loud_parts(frames: &[Frame]) -> Option<i16> {
    let mut levels: Vec<i16> = frames.iter().filter(|f| f.voice >= 128).map(|f| f.level).collect();
    percentile(&mut levels, 95)
}

fn percentile(levels: &mut [i16], percent: usize) -> Option<i16> {
    if levels.is_empty() {
        return None;
    }
    let at = (levels.len() - 1) * percent / 100;
    Some(*levels.select_nth_unstable(at).1)
}

/// Takes the voice out of frames in which a channel only carries another's echo; gives how many frames would
/// have been speech.
pub(super) fn without_echo(channels: &mut [Vec<Frame>]) -> usize {
    let gates: Vec<i16> = channels.iter().map(|c| gate(c)).collect();
    let loud: Vec<Option<i16>> = channels.iter().map(|c| loud_parts(c)).collect();
    let length = channels.iter().map(Vec::len).max().unwrap_or(0);
    let mut taken = 0;
    for at in 0..length {
        // By how much each channel lies below its own loud parts just now.
        let below: Vec<Option<i32>> =
            (0..channels.len()).map(|c| Some(i32::from(loud[c]?) - i32::from(channels[c].get(at)?.level))).collect();
        let nearest = below.iter().enumerate().filter_map(|(c, b)| b.map(|b| (b, c))).min();
        let Some((nearest, owner)) = nearest else { continue };
        for (c, below) in below.iter().enumerate() {
            let echo = below.is_some_and(|b| b > ECHO_BELOW && b - nearest > ECHO_NEARER);
            if c != owner && echo && channels[c][at].voice > 0 {
                let audible = channels[c][at].level >= gates[c];
                taken += usize::from(audible && channels[c][at].voice >= 128);
                channels[c][at].voice = 0;
            }
        }
    }
    taken
}

/// Whether two channels carry the same sound, louder or softer: a mono call written twice.
pub(super) fn same(a: &[Frame], b: &[Frame]) -> bool {
    let audible = |f: &Frame| f.level > -700;
    let (mut n, mut sum, mut squares) = (0u64, 0f64, 0f64);
    for (a, b) in a.iter().zip(b).filter(|(a, b)| (a.voice >= 128 || b.voice >= 128) && (audible(a) || audible(b))) {
        let off = f64::from(a.level) - f64::from(b.level);
        n += 1;
        sum += off;
        squares += off * off;
    }
    if n < 60 {
        return false;
    }
    let mean = sum / n as f64;
    (squares / n as f64 - mean * mean).max(0.0).sqrt() < SAME_WITHIN
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames by hand: runs of (how many, voice, level).
    fn run(parts: &[(usize, u8, i16)]) -> Vec<Frame> {
        parts.iter().flat_map(|&(n, voice, level)| std::iter::repeat_n(Frame { voice, level }, n)).collect()
    }

    fn cut(parts: &[(usize, u8, i16)]) -> Vec<(u64, u64)> {
        spurts(&run(parts)).iter().map(|s| (s.start_ms / FRAME_MS, s.end_ms / FRAME_MS)).collect()
    }

    #[test]
    fn short_pauses_belong_to_speech_and_clicks_do_not_count() {
        let (hush, talk) = ((50, 0, -700), (50, 250, -200));
        assert_eq!(cut(&[hush, talk, hush]), [(49, 101)]);
        assert_eq!(cut(&[hush, talk, (5, 0, -700), talk, hush]), [(49, 156)], "a stop consonant");
        assert_eq!(cut(&[hush, talk, (30, 0, -700), talk, hush]), [(49, 101), (129, 181)], "a pause");
        assert_eq!(cut(&[hush, (4, 250, -200), hush]), [], "a click");
        assert_eq!(cut(&[hush, talk, (20, 200, -690), hush]), [(49, 101)], "the detector's tail in mere noise");
        assert_eq!(cut(&[(40, 200, -700), hush, talk, hush]), [(89, 141)], "noise that is taken for a voice");
        assert_eq!(cut(&[(40, 200, -700), (50, 90, -700), talk, (50, 90, -700)]), [(89, 141)], "noise all along");
        assert_eq!(cut(&[]), []);
    }

    #[test]
    fn an_echo_of_the_other_party_is_not_speech() {
        let mut channels = [
            run(&[(100, 250, -200), (20, 0, -900), (100, 200, -480), (40, 250, -210)]),
            run(&[(100, 0, -900), (20, 0, -900), (100, 250, -220), (40, 250, -230)]),
        ];
        assert_eq!(without_echo(&mut channels), 100);
        let of = |c: usize| spurts(&channels[c]).iter().map(|s| s.start_ms / FRAME_MS).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![0, 219], vec![119]), "both at once stays both");
    }

    #[test]
    fn a_mono_call_written_twice_is_known_and_two_people_are_not_folded() {
        let talk: Vec<Frame> = (0..400).map(|n| Frame { voice: 200, level: -300 + (n * 37 % 150) as i16 }).collect();
        let softer: Vec<Frame> = talk.iter().map(|f| Frame { level: f.level - 60, ..*f }).collect();
        let other: Vec<Frame> = (0..400).map(|n| Frame { voice: 200, level: -300 + (n * 53 % 150) as i16 }).collect();
        assert!(same(&talk, &softer));
        assert!(!same(&talk, &other));
        assert!(!same(&talk[..20], &softer[..20]), "too little to tell");
    }
}
