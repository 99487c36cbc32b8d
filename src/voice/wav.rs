//! Samples out of a WAV file, as a stream, however its header lies.
//!
//! hound decodes the samples. It is given a header of our own making in front of the file's data, because it refuses what
//! recorders really write: lengths of 0 or 4 GiB from programs that were stopped or wrote into a pipe, wrong byte rates,
//! chunks of odd length, RF64. What the file's header promised and what was there is kept, so that a loss can be said.

use std::io::{BufRead, BufReader, Chain, Cursor, Read, Seek, SeekFrom, Take};

use super::VoiceError;

/// The rates that are read, in samples a second; beyond these a header is taken to be damaged.
const RATES: std::ops::RangeInclusive<u32> = 6_000..=192_000;

/// The most channels that are read.
pub(super) const CHANNELS: u16 = 8;

/// From here on a length of 32 bits is none.
const NO_LENGTH: u32 = u32::MAX - 0xff;

/// How many chunks of a file are looked at for its sound before it is given up: a damaged file may list them without end.
const MOST_CHUNKS: usize = 1_000;

/// A WAV file, opened.
pub(super) struct Wav<R> {
    samples: Samples<R>,
    /// Samples a second of each channel.
    pub rate: u32,
    /// How many channels stand side by side.
    pub channels: usize,
    /// Frames (a sample of each channel) that the header promises, where it says a length that can be true.
    pub promised: Option<u64>,
    /// Frames that were read so far.
    pub read: u64,
    /// Whether reading broke off by an error of the disk.
    pub broke_off: bool,
}

/// Our header, then the file's data and nothing behind it.
type Data<R> = Chain<Cursor<Vec<u8>>, Take<BufReader<R>>>;

struct Samples<R> {
    reader: hound::WavReader<Data<R>>,
    format: hound::SampleFormat,
    scale: f32,
}

impl<R: Read + Seek> Wav<R> {
    /// Opens a recording. `path` names it in errors.
    pub fn open(file: R, path: &str) -> Result<Wav<R>, VoiceError> {
        let unreadable = |e: std::io::Error| VoiceError::unreadable(path, &e);
        let bad = |what: &str| VoiceError::bad(path, what);
        let mut file = BufReader::with_capacity(1 << 16, file);
        let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut tag = [0; 12];
        if file.read_exact(&mut tag).is_err() {
            return Err(bad("is too short to be a WAV file"));
        }
        let long = &tag[..4] == b"RF64" || &tag[..4] == b"BW64";
        if !(long || &tag[..4] == b"RIFF") || &tag[8..] != b"WAVE" {
            return Err(bad("is no WAV file, whatever its name says"));
        }
        let mut fmt: Option<Fmt> = None;
        // The length of the sound, where 32 bits cannot say it.
        let mut long_size: Option<u64> = None;
        for _ in 0..MOST_CHUNKS {
            let mut head = [0; 8];
            if file.read_exact(&mut head).is_err() {
                break;
            }
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            match &head[..4] {
                b"fmt " => {
                    let mut body = vec![0; size.min(64) as usize];
                    if file.read_exact(&mut body).is_err() {
                        break;
                    }
                    skip(&mut file, u64::from(size) - body.len() as u64 + u64::from(size & 1)).map_err(unreadable)?;
                    fmt = Some(Fmt::parse(&body, path)?);
                }
                b"ds64" if long => {
                    let mut body = [0; 16];
                    let there = (size as usize).min(body.len());
                    if file.read_exact(&mut body[..there]).is_err() {
                        break;
                    }
                    skip(&mut file, u64::from(size) - there as u64 + u64::from(size & 1)).map_err(unreadable)?;
                    // The length of the whole file stands first.
                    let length = body[8..].try_into().map_or(0, u64::from_le_bytes);
                    long_size = Some(length).filter(|length| *length > 0 && *length < u64::MAX >> 1);
                }
                b"data" => {
                    let Some(fmt) = fmt else { return Err(bad("has its sound before the chunk that says what it is")) };
                    let at = file.stream_position().map_err(unreadable)?;
                    let said = match size {
                        // Written by a program that was stopped or wrote into a pipe, unless another chunk says more.
                        0 | NO_LENGTH.. => long_size,
                        size => Some(u64::from(size)),
                    };
                    return fmt.start(file, length.saturating_sub(at), said, path);
                }
                _ => skip(&mut file, u64::from(size) + u64::from(size & 1)).map_err(unreadable)?,
            }
        }
        Err(bad(if fmt.is_some() {
            "has a header and no sound"
        } else {
            "has no chunk that says how its sound is coded"
        }))
    }

    /// Reads up to `frames` frames into `into`, one list a channel, from -1 to 1; gives how many.
    pub fn next(&mut self, frames: usize, into: &mut [Vec<f32>]) -> usize {
        into.iter_mut().for_each(Vec::clear);
        let wanted = frames * self.channels;
        let scale = self.samples.scale;
        let mut place = 0;
        let channels = self.channels;
        let mut take = |sample: f32| {
            into[place].push(sample);
            place = if place + 1 == channels { 0 } else { place + 1 };
        };
        match self.samples.format {
            hound::SampleFormat::Int => {
                for sample in self.samples.reader.samples::<i32>().take(wanted) {
                    let Ok(sample) = sample else {
                        self.broke_off = true;
                        break;
                    };
                    take((sample as f32 * scale).clamp(-1.0, 1.0));
                }
            }
            hound::SampleFormat::Float => {
                for sample in self.samples.reader.samples::<f32>().take(wanted) {
                    let Ok(sample) = sample else {
                        self.broke_off = true;
                        break;
                    };
                    // Not a number is no sound.
                    take(if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) });
                }
            }
        }
        // A frame that lacks a channel is none.
        let whole = into.iter().map(Vec::len).min().unwrap_or(0);
        into.iter_mut().for_each(|channel| channel.truncate(whole));
        self.read += whole as u64;
        whole
    }
}

fn skip<R: Read + Seek>(file: &mut BufReader<R>, bytes: u64) -> std::io::Result<()> {
    file.seek_relative(i64::try_from(bytes).unwrap_or(i64::MAX))?;
    file.fill_buf().map(|_| ())
}

/// How the sound is coded.
struct Fmt {
    float: bool,
    channels: u16,
    rate: u32,
    /// Bits that count.
    bits: u16,
    /// Bytes in which they stand.
    bytes: u16,
}

impl Fmt {
    fn parse(body: &[u8], path: &str) -> Result<Fmt, VoiceError> {
        let bad = |what: String| Err(VoiceError::bad(path, &what));
        if body.len() < 16 {
            return bad("has a header that breaks off".into());
        }
        let two = |at: usize| u16::from_le_bytes([body[at], body[at + 1]]);
        let (mut tag, channels, align, mut bits) = (two(0), two(2), two(12), two(14));
        let rate = u32::from_le_bytes([body[4], body[5], body[6], body[7]]);
        // WAVE_FORMAT_EXTENSIBLE: the tag that counts stands at the head of the sub-format, the valid bits before it.
        if tag == 0xfffe && body.len() >= 26 {
            tag = two(24);
            let valid = two(18);
            if valid > 0 && valid < bits {
                bits = valid;
            }
        }
        if channels == 0 || channels > CHANNELS {
            return bad(format!("claims {channels} channels; from 1 to {CHANNELS} are read"));
        }
        if !RATES.contains(&rate) {
            return bad(format!("claims {rate} samples a second; from {} to {} are read", RATES.start(), RATES.end()));
        }
        let name = match tag {
            1 | 3 => "",
            2 | 0x11 => "ADPCM",
            6 => "G.711 A-law",
            7 => "G.711 µ-law",
            0x31 => "GSM 6.10",
            0x50 | 0x55 => "MPEG",
            _ => "a code that is not known",
        };
        if !name.is_empty() {
            return bad(format!("is compressed ({name}, tag {tag}); only PCM and 32-bit float are read"));
        }
        let float = tag == 3;
        // Some writers leave the container's size to be guessed from the bits.
        let held = align / channels;
        let needed = bits.div_ceil(8);
        let bytes = if (needed..=4).contains(&held) && align.is_multiple_of(channels) { held } else { needed };
        let known = if float { bits == 32 && bytes == 4 } else { (8..=32).contains(&bits) && bytes <= 4 };
        if !known {
            return bad(format!(
                "has samples of {bits} bits{}; 8, 16, 24 or 32 bits and 32-bit float are read",
                if float { " float" } else { "" }
            ));
        }
        // hound wants whole bytes; the bits below the valid ones are zero, so nothing is lost by counting them.
        let bits = if float { 32 } else { needed * 8 };
        Ok(Fmt { float, channels, rate, bits, bytes })
    }

    /// Puts a header that is true in front of the data: of `there` bytes, of which the file says `said`.
    fn start<R: Read>(
        &self,
        file: BufReader<R>,
        there: u64,
        said: Option<u64>,
        path: &str,
    ) -> Result<Wav<R>, VoiceError> {
        let align = u64::from(self.channels) * u64::from(self.bytes);
        // hound counts in 32 bits; of a longer file the rest is a loss that is said.
        let most = u64::from(u32::MAX) - 1_000;
        let usable = there.min(said.unwrap_or(there)).min(most) / align * align;
        if usable == 0 {
            return Err(VoiceError::Empty { path: path.to_owned() });
        }
        let block = (align as u16).to_le_bytes();
        let mut header = Vec::with_capacity(68);
        let put = |header: &mut Vec<u8>, bytes: &[u8]| header.extend_from_slice(bytes);
        // The plain form wants 16 bytes; whatever stands in a larger container needs the extensible one.
        let plain = self.bits == self.bytes * 8;
        put(&mut header, b"RIFF\xff\xff\xff\xffWAVEfmt ");
        put(&mut header, &if plain { 16u32 } else { 40 }.to_le_bytes());
        put(
            &mut header,
            &if !plain {
                0xfffeu16
            } else if self.float {
                3
            } else {
                1
            }
            .to_le_bytes(),
        );
        put(&mut header, &self.channels.to_le_bytes());
        put(&mut header, &self.rate.to_le_bytes());
        put(&mut header, &(self.rate * align as u32).to_le_bytes());
        put(&mut header, &block);
        put(&mut header, &if plain { self.bits } else { self.bytes * 8 }.to_le_bytes());
        if !plain {
            put(&mut header, &22u16.to_le_bytes());
            put(&mut header, &self.bits.to_le_bytes());
            put(&mut header, &0u32.to_le_bytes());
            put(&mut header, b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
        }
        put(&mut header, b"data");
        put(&mut header, &(usable as u32).to_le_bytes());
        let reader = hound::WavReader::new(Cursor::new(header).chain(file.take(usable)))
            .map_err(|e| VoiceError::bad(path, &format!("cannot be decoded ({e})")))?;
        let spec = reader.spec();
        let scale = if self.float { 1.0 } else { 1.0 / (1u64 << (self.bits - 1)) as f32 };
        Ok(Wav {
            samples: Samples { reader, format: spec.sample_format, scale },
            rate: self.rate,
            channels: usize::from(self.channels),
            promised: said.or((there > most).then_some(there)).map(|said| said / align),
            read: 0,
            broke_off: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Channels, frames promised, samples by channel.
    type Opened = (usize, Option<u64>, Vec<Vec<f32>>);

    fn opened(bytes: Vec<u8>) -> Result<Opened, String> {
        let mut wav = Wav::open(Cursor::new(bytes), "a.wav").map_err(|e| e.to_string())?;
        let mut out = vec![Vec::new(); wav.channels];
        wav.next(1_000, &mut out);
        Ok((wav.channels, wav.promised, out))
    }

    /// A file by hand: tag, channels, rate, bits, the bytes of a frame, claimed length of the data, data.
    fn made(tag: u16, channels: u16, rate: u32, bits: u16, align: u16, claims: u32, data: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
        out.extend(tag.to_le_bytes());
        out.extend(channels.to_le_bytes());
        out.extend(rate.to_le_bytes());
        // A byte rate that is a lie.
        out.extend(7u32.to_le_bytes());
        out.extend(align.to_le_bytes());
        out.extend(bits.to_le_bytes());
        // A chunk of odd length with its padding byte.
        out.extend(b"LIST\x03\0\0\0abc\0data");
        out.extend(claims.to_le_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn samples_of_every_width_mean_the_same() {
        let half = |tag, bits, align, data: &[u8]| {
            let (_, promised, samples) = opened(made(tag, 1, 8_000, bits, align, data.len() as u32, data)).unwrap();
            assert_eq!(promised, Some(2), "{bits} bits");
            assert!(
                (samples[0][0] - 0.5).abs() < 0.01 && (samples[0][1] + 0.5).abs() < 0.01,
                "{bits} bits: {samples:?}"
            );
        };
        half(1, 8, 1, &[192, 64]);
        half(1, 16, 2, &[0, 0x40, 0, 0xc0]);
        half(1, 24, 3, &[0, 0, 0x40, 0, 0, 0xc0]);
        half(1, 32, 4, &[0, 0, 0, 0x40, 0, 0, 0, 0xc0]);
        half(3, 32, 4, &[0, 0, 0, 0x3f, 0, 0, 0, 0xbf]);
    }

    #[test]
    fn a_lying_header_costs_no_sound() {
        let data = [0, 0x40, 0, 0xc0, 0, 0x40];
        for (claims, promised, read) in [(4, Some(2), 2), (0, None, 3), (u32::MAX, None, 3), (600, Some(300), 3)] {
            let (_, said, samples) = opened(made(1, 1, 8_000, 16, 2, claims, &data)).unwrap();
            assert_eq!((said, samples[0].len()), (promised, read), "{claims}");
        }
        // Half a frame at the end is none.
        let (channels, _, samples) = opened(made(1, 2, 8_000, 16, 4, 6, &data)).unwrap();
        assert_eq!((channels, samples[0].len(), samples[1].len()), (2, 1, 1));
    }

    #[test]
    fn a_long_file_says_its_length_elsewhere_and_what_stands_behind_the_sound_is_none() {
        let long = |tag: &[u8; 4], sound: u64, claims: u32| {
            let mut file = made(1, 1, 8_000, 16, 2, claims, &[0, 0x40, 0, 0xc0]);
            file[..4].copy_from_slice(tag);
            file.extend(b"axml\x04\0\0\0<a/>");
            let mut chunk = b"ds64\x1c\0\0\0".to_vec();
            chunk.extend(u64::MAX.to_le_bytes());
            chunk.extend(sound.to_le_bytes());
            chunk.extend([0; 12]);
            drop(file.splice(12..12, chunk));
            opened(file).map(|(_, promised, samples)| (promised, samples[0].len())).unwrap()
        };
        for (tag, sound, claims, expected) in [
            (b"RF64", 4, u32::MAX, (Some(2), 2)),
            (b"BW64", 4, u32::MAX, (Some(2), 2)),
            (b"RF64", 600, u32::MAX, (Some(300), 8)),
            // Lengths that say nothing: all is sound that there is.
            (b"RF64", 0, u32::MAX, (None, 8)),
            (b"RF64", u64::MAX, 0, (None, 8)),
            // The short length, where it says one.
            (b"RF64", 0, 4, (Some(2), 2)),
        ] {
            assert_eq!(long(tag, sound, claims), expected, "{sound} {claims}");
        }
    }

    #[test]
    fn what_cannot_be_heard_is_refused_with_the_reason() {
        for (bytes, reason) in [
            (b"RIFF".to_vec(), "too short"),
            (b"OggS\0\0\0\0WAVEfmt ".to_vec(), "no WAV file"),
            (b"RIFF\0\0\0\0WAVE".to_vec(), "no chunk that says"),
            (b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd".to_vec(), "before the chunk"),
            (made(1, 0, 8_000, 16, 2, 4, &[0; 4]), "0 channels"),
            (made(1, 900, 8_000, 16, 1_800, 4, &[0; 4]), "900 channels"),
            (made(1, 1, 0, 16, 2, 4, &[0; 4]), "0 samples a second"),
            (made(1, 1, 4_000_000_000, 16, 2, 4, &[0; 4]), "4000000000 samples"),
            (made(7, 1, 8_000, 8, 1, 4, &[0; 4]), "µ-law"),
            (made(1, 1, 8_000, 64, 8, 8, &[0; 8]), "64 bits"),
            (made(1, 1, 8_000, 16, 2, 0, &[]), "no sound"),
        ] {
            let error = opened(bytes).unwrap_err();
            assert!(error.starts_with("a.wav") && error.contains(reason), "{error}");
        }
    }
}
