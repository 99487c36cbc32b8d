//! Recordings that no recorder writes: whatever the bytes are, hearing them ends, in time and in memory, with a recording
//! whose numbers hold together or with an error that says why.
//!
//! `DEALTONE_FUZZ_INPUTS` sets how many, `DEALTONE_FUZZ_SEED` which, `DEALTONE_FUZZ_CRASHES` a folder for those that fail.

use std::{
    io::Cursor,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use dealtone::{
    Conversation,
    floor::floor,
    measure::timing::{AMAZON, OWN, quiet, timing},
    recording::Recording,
    report::listen,
    voice::hear_from,
};

mod fuzzing;

use fuzzing::{Numbers, within};

/// What hearing may hold beyond what it was given, in bytes: filters, detectors and buffers of eight channels.
const ALLOWED: isize = 8 << 20;

/// The longest that one input of a few kilobytes may take of a core, in a build without optimisation.
const LONGEST: Duration = Duration::from_secs(10);

/// A WAV file by hand: tag, channels, rate, valid bits, bytes of a sample, about so many bytes of sound.
fn made(tag: u16, channels: u16, rate: u32, bits: u16, bytes: u16, length: usize) -> Vec<u8> {
    let align = channels * bytes;
    let extensible = tag == 0xfffe;
    let mut out = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    out.extend(if extensible { 40u32 } else { 16 }.to_le_bytes());
    out.extend(tag.to_le_bytes());
    out.extend(channels.to_le_bytes());
    out.extend(rate.to_le_bytes());
    out.extend((rate * u32::from(align)).to_le_bytes());
    out.extend(align.to_le_bytes());
    out.extend((bytes * 8).to_le_bytes());
    if extensible {
        out.extend(22u16.to_le_bytes());
        out.extend(bits.to_le_bytes());
        out.extend(3u32.to_le_bytes());
        out.extend(b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    }
    out.extend(b"LIST\x05\0\0\0INFOx\0data");
    let frames = length / usize::from(align);
    out.extend(((frames * usize::from(align)) as u32).to_le_bytes());
    for n in 0..frames {
        for c in 0..channels {
            // Something like a vowel, on one channel and then on the other.
            let t = n as f64 / f64::from(rate);
            let on = (n * 4 / frames) as u16 % channels.max(1) == c;
            let buzz: f64 =
                (1..12).map(|h| (t * 130.0 * f64::from(h) * std::f64::consts::TAU).sin() / f64::from(h)).sum();
            let s = if on { buzz * 0.3 } else { 0.0 };
            match (tag, bytes) {
                (3, _) => out.extend((s as f32).to_le_bytes()),
                (_, 1) => out.push((128.0 + s * 100.0) as u8),
                (_, bytes) => {
                    let whole = ((s * 2e9) as i32).to_le_bytes();
                    out.extend(&whole[4 - usize::from(bytes)..]);
                }
            }
        }
    }
    out
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        made(1, 1, 8_000, 16, 2, 1_600),
        made(1, 2, 8_000, 8, 1, 1_600),
        made(1, 2, 16_000, 16, 2, 2_400),
        made(1, 1, 44_100, 24, 3, 2_400),
        made(3, 1, 22_050, 32, 4, 2_000),
        made(1, 2, 48_000, 32, 4, 2_400),
        made(0xfffe, 2, 11_025, 24, 4, 2_000),
    ];
    let mut long = made(1, 2, 8_000, 16, 2, 800);
    long[..4].copy_from_slice(b"RF64");
    seeds.push(long);
    seeds
}

/// What readers of headers stumble over.
const TOKENS: &[&[u8]] = &[
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\x01\0\0\0",
    b"\x80\xbb\0\0",
    b"\x44\xac\0\0",
    b"\xbf\xbb\0\0",
    b"\x01\0",
    b"\x02\0",
    b"\x03\0",
    b"\xfe\xff",
    b"\x08\0",
    b"\x18\0",
    b"\x20\0",
    b"RIFF",
    b"RF64",
    b"WAVE",
    b"fmt ",
    b"fmt \x10\0\0\0",
    b"fmt \xff\xff\xff\xff",
    b"data",
    b"data\0\0\0\0",
    b"data\xff\xff\xff\xff",
    b"LIST\x01\0\0\0",
    b"fact\x04\0\0\0",
    b"\0\0\xc0\x7f",
    b"\0\0\x80\xff",
];

/// Mutates a seed; every other mutation falls into the header, where the lies are.
fn mutated(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(6) {
        let reach = if numbers.below(2) == 0 { bytes.len().min(90) } else { bytes.len() };
        let at = numbers.below(reach + 1);
        let most = 1 << numbers.below(9);
        let length = numbers.below(most).min(bytes.len() - at);
        match numbers.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 if at < bytes.len() => bytes[at] = numbers.next() as u8,
            2 => {
                bytes.drain(at..at + length);
            }
            3 => {
                let copy = bytes[at..at + length].to_vec();
                let to = numbers.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => {
                let token = TOKENS[numbers.below(TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            5 | 6 => {
                // Over what stands there, so that the rest stays in place.
                let token = TOKENS[numbers.below(TOKENS.len())];
                let end = (at + token.len()).min(bytes.len());
                bytes.splice(at..end, token.iter().copied());
            }
            _ if numbers.below(4) == 0 => bytes.truncate(at),
            _ => {}
        }
        bytes.truncate(4 * 1024);
    }
    bytes
}

/// A call whose turns have times, an absurd one among them.
fn call() -> Conversation {
    let turn = |speaker: &str, side: &str, start: u64, end: u64| serde_json::json!({ "speaker": speaker, "side": side, "start_ms": start, "end_ms": end, "text": "That is more than we can do." });
    serde_json::from_value(serde_json::json!({
        "id": "c", "deal": "d", "channel": "call",
        "turns": [turn("Ann", "seller", 0, 60), turn("Bo", "buyer", 60, 130), turn("Ann", "seller", 120, 200), turn("Bo", "buyer", 500, 3_600_000)],
    }))
    .expect("a conversation")
}

fn holds(recording: &Recording) -> Result<(), String> {
    for lane in &recording.lanes {
        let mut until = 0;
        for spurt in &lane.spurts {
            if spurt.start_ms < until || spurt.end_ms <= spurt.start_ms || spurt.end_ms > recording.length_ms + 16 {
                return Err(format!("the spurt {spurt:?} of {} ms does not follow {until}", recording.length_ms));
            }
            until = spurt.end_ms;
        }
    }
    let json = serde_json::to_string(recording).map_err(|e| e.to_string())?;
    let back: Recording = serde_json::from_str(&json).map_err(|e| e.to_string())?;
    if back == *recording { Ok(()) } else { Err("does not come back from JSON".into()) }
}

/// Hears `bytes`, alone and beside a transcript; whether anything could be heard, or what went wrong.
fn tried(bytes: &[u8]) -> Result<bool, String> {
    within(LONGEST, ALLOWED, bytes.len(), || match hear_from(Cursor::new(bytes), "a.wav") {
        Err(error) if error.to_string().contains("bug") => Err(error.to_string()),
        Err(_) => Ok(false),
        Ok(heard) => {
            let mut call = call();
            for recording in [heard.alone(), heard.recording(&call)] {
                holds(&recording)?;
                call.recording = Some(recording);
                for preset in [OWN, AMAZON] {
                    if let (Some(clock), Some(quiet)) = (timing(&call, &preset), quiet(&call, &preset))
                        && (quiet.silence_ms > quiet.span_ms || clock.long_silence_ms > clock.silence_ms)
                    {
                        return Err("more silence than time".into());
                    }
                }
                floor(&call).ok_or("no floor")?;
                if listen::json(&call).is_empty() || listen::table(&call).is_empty() {
                    return Err("nothing printed".into());
                }
            }
            Ok(true)
        }
    })
}

#[test]
fn no_mutation_makes_hearing_fail() {
    let (inputs, seed) = (fuzzing::inputs(2_000), fuzzing::seed(20_261_127));
    let seeds = seeds();
    for (n, seed) in seeds.iter().enumerate() {
        assert_eq!(tried(seed), Ok(true), "seed {n}");
    }
    let (next, heard) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures = Mutex::new(Vec::<String>::new());
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= inputs || failures.lock().unwrap().len() > 20 {
                        return;
                    }
                    // Each input has its own numbers, so that one that fails can be made again alone.
                    let mut numbers = Numbers((seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1);
                    numbers.next();
                    let bytes = mutated(&seeds, &mut numbers);
                    match tried(&bytes) {
                        Ok(some) => {
                            heard.fetch_add(u64::from(some), Ordering::Relaxed);
                        }
                        Err(why) => {
                            fuzzing::keep(&format!("{n}.wav"), &bytes);
                            failures.lock().unwrap().push(format!("input {n} of {} bytes: {why}", bytes.len()));
                        }
                    }
                }
            });
        }
    });
    let heard = heard.into_inner();
    println!("{inputs} inputs in {:.1} s, {heard} of them heard", start.elapsed().as_secs_f64());
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} inputs failed:\n{}", failures.len(), failures.join("\n"));
    assert!(heard * 5 > inputs, "mutations that are all refused try nothing: {heard} of {inputs} were heard");
}
