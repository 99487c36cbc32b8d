//! From samples to frames: for each channel, every 16 milliseconds, how likely somebody speaks and how loud it is.
//!
//! Any rate is brought to the 16 kHz that earshot hears; earshot gives the likelihood of a voice; ebur128 the loudness
//! as EBU R 128 weighs it. A frame is four bytes, so that hours fit in memory while the samples pass through.

use std::io::{Read, Seek};

use super::{resample::Resampler, wav::Wav};
use earshot::Detector;
use ebur128::{EbuR128, Mode};

/// The rate at which voices are looked for, in samples a second.
const RATE: u32 = 16_000;

/// Samples of a frame.
const FRAME: usize = 256;

/// Milliseconds of a frame.
pub(super) const FRAME_MS: u64 = 16;

/// The loudness of digital silence, in tenths of LUFS.
pub(super) const SILENT: i16 = -1_200;

/// What is known of 16 milliseconds of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// How likely somebody speaks, 0 to 255.
    pub voice: u8,
    /// Loudness in tenths of LUFS, at least [`SILENT`].
    pub level: i16,
}

/// A file as frames.
pub(super) struct Framed {
    /// One list a channel, all equally long.
    pub channels: Vec<Vec<Frame>>,
    /// How much sound was read, in milliseconds.
    pub length_ms: u64,
    /// How much the header promised beyond that, in milliseconds.
    pub lacking_ms: u64,
    /// Whether the disk failed while reading.
    pub broke_off: bool,
    /// The share of frames at full scale, a thousandth: a sign of clipping.
    pub clipped_permille: u64,
}

/// Frames of the file that are read at once.
const CHUNK: usize = 4_096;

/// Reads `wav` to its end.
pub(super) fn frames<R: Read + Seek>(mut wav: Wav<R>) -> Framed {
    let mut input: Vec<Vec<f32>> = vec![Vec::with_capacity(CHUNK); wav.channels];
    let mut ears: Vec<Ear> = (0..wav.channels).map(|_| Ear::new(wav.rate)).collect();
    let (mut clipped, mut pieces) = (0u64, 0u64);
    loop {
        let read = wav.next(CHUNK, &mut input);
        for (ear, samples) in ears.iter_mut().zip(&input) {
            pieces += 1;
            clipped += u64::from(samples.iter().filter(|s| s.abs() >= 0.999).count() > 3);
            ear.take(samples);
        }
        if read < CHUNK {
            break;
        }
    }
    let rate = u64::from(wav.rate);
    let length_ms = wav.read * 1_000 / rate;
    // The last frame may be half sound and half nothing; the filter's tail behind it is cut off.
    let whole = usize::try_from(length_ms.div_ceil(FRAME_MS)).unwrap_or(usize::MAX);
    let channels: Vec<Vec<Frame>> = ears.into_iter().map(|ear| ear.finish(whole)).collect();
    Framed {
        length_ms,
        lacking_ms: wav.promised.map_or(0, |p| p.saturating_sub(wav.read) * 1_000 / rate),
        broke_off: wav.broke_off,
        clipped_permille: clipped * 1_000 / pieces.max(1),
        channels,
    }
}

/// Hears one channel.
struct Ear {
    resampler: Option<Resampler>,
    resampled: Vec<f32>,
    detector: Box<Detector>,
    meter: Option<EbuR128>,
    waiting: Vec<f32>,
    frames: Vec<Frame>,
}

impl Ear {
    fn new(rate: u32) -> Ear {
        // One channel at 16 kHz is a configuration that the meter takes; if it did not, levels would be absent.
        let meter = EbuR128::new(1, RATE, Mode::M).ok();
        Ear {
            resampler: (rate != RATE).then(|| Resampler::new(rate, RATE)),
            resampled: Vec::new(),
            detector: Detector::default_boxed(),
            meter,
            waiting: Vec::with_capacity(FRAME),
            frames: Vec::new(),
        }
    }

    /// Takes samples at the file's rate.
    fn take(&mut self, samples: &[f32]) {
        let Some(resampler) = &mut self.resampler else { return self.hear(samples) };
        let mut resampled = std::mem::take(&mut self.resampled);
        resampled.clear();
        resampler.take(samples, &mut resampled);
        self.hear(&resampled);
        self.resampled = resampled;
    }

    fn hear(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, rest) = samples.split_at(samples.len().min(FRAME - self.waiting.len()));
            // A filter may overshoot full scale by a little; earshot takes -1 to 1.
            self.waiting.extend(now.iter().map(|s| s.clamp(-1.0, 1.0)));
            samples = rest;
            if self.waiting.len() == FRAME {
                self.frame();
            }
        }
    }

    fn frame(&mut self) {
        let voice = self.detector.predict_f32(&self.waiting);
        let level = self.meter.as_mut().and_then(|meter| {
            meter.add_frames_f32(&self.waiting).ok()?;
            meter.loudness_window(FRAME_MS as u32).ok()
        });
        let tenths = level.filter(|l| l.is_finite()).map_or(f64::from(SILENT), |l| (l * 10.0).round());
        self.frames.push(Frame {
            voice: (voice.clamp(0.0, 1.0) * 255.0).round() as u8,
            level: tenths.clamp(f64::from(SILENT), 1_000.0) as i16,
        });
        self.waiting.clear();
    }

    fn finish(mut self, whole: usize) -> Vec<Frame> {
        if let Some(resampler) = self.resampler.take() {
            let mut rest = Vec::new();
            resampler.finish(&mut rest);
            self.hear(&rest);
        }
        if !self.waiting.is_empty() {
            self.waiting.resize(FRAME, 0.0);
            self.frame();
        }
        self.frames.resize(whole, Frame { voice: 0, level: SILENT });
        self.frames
    }
}
