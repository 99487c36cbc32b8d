//! No bytes make a reader panic, hang or take more memory than a small multiple of what it was given.
//!
//! Every format and detection itself read mutations of the files in `tests/formats`: 10,000 each with a fixed seed in a
//! release build, 1,000 in a slower one, or as many as `DEALTONE_FUZZ_INPUTS` says, with another seed by `DEALTONE_FUZZ_SEED`
//! and only some of the formats by `DEALTONE_FUZZ_FORMATS` (names with commas, `detection` among them). What fails is written
//! to the folder in `DEALTONE_FUZZ_CRASHES`, if that is set; once mended, it is kept in `tests/crashers`, which the second
//! test reads.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dealtone::{
    DealId,
    read::{FORMATS, Format, Input, Read, read},
};

mod fuzzing;

use fuzzing::{Numbers, within};

/// What a reader may hold beyond what it was given: 8 MiB, and 256 times the input, which is what an archive of text may
/// unpack to and a parsed JSON document of single digits takes.
fn allowed(input: usize) -> isize {
    (8 << 20) + 256 * input as isize
}

/// The longest that one input of a few kilobytes may take of a core, in a build without optimisation.
const LONGEST: Duration = Duration::from_secs(5);

/// What parsers stumble over.
const TOKENS: &[&[u8]] = &[
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"-->",
    b"00:00:01.000 --> 00:00:02.000",
    b"99999999999999999999",
    b"-1",
    b"1e309",
    b"NaN",
    b": ",
    b"\xef\xbc\x9a",
    b"Ann: ",
    b"<",
    b">",
    b"<v ",
    b"</v>",
    b"&",
    b"&#x110000;",
    b"&nbsp;",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\u",
    b"\\u d800",
    b",",
    b"null",
    b"From ",
    b"From a@b Thu Feb 12 09:18:00 2026\n",
    b"> ",
    b">>>>",
    b"On 2 May 2026, Ann wrote:\n",
    b"-- \n",
    b"--b\n",
    b"--b--",
    b"From: Ann\nSent: x\nTo: y\n",
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Type: message/rfc822\n\n",
    b"=?utf-8?B?4pyT?=",
    b"=?",
    b"?=",
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"WEBVTT\n",
    b"NOTE ",
    b"\xf0\x9f\x98\x80",
    b"\xcc\x81",
    b"<div class=\"gmail_quote\">",
    b"<!--",
    b"<blockquote type=cite>",
    b"</div>",
    b"<pre>",
    b"20260212",
    b"(he/him)",
    b"Speaker 1",
    b"{...}",
    b"{\\rtf1",
    b"\\'e9",
    b"\\u-1?",
];

fn mutated(seeds: &[Vec<u8>], own: &[usize], numbers: &mut Numbers) -> Vec<u8> {
    let pick = |numbers: &mut Numbers| {
        let place = if own.is_empty() || numbers.below(5) == 0 {
            numbers.below(seeds.len())
        } else {
            own[numbers.below(own.len())]
        };
        &seeds[place]
    };
    let mut bytes = pick(numbers).clone();
    for _ in 0..=numbers.below(8) {
        let at = numbers.below(bytes.len() + 1);
        let reach = 1 << numbers.below(8);
        let length = numbers.below(reach).min(bytes.len() - at);
        match numbers.below(9) {
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
            4 | 5 => {
                bytes.splice(at..at, TOKENS[numbers.below(TOKENS.len())].iter().copied());
            }
            6 => {
                let other = pick(numbers);
                let from = numbers.below(other.len() + 1);
                let to = (from + numbers.below(200)).min(other.len());
                let piece = other[from..to].to_vec();
                bytes.splice(at..at, piece);
            }
            7 => bytes.truncate(at),
            _ => {
                let token = TOKENS[numbers.below(TOKENS.len())];
                bytes.splice(at..at, token.repeat(1 << numbers.below(8)));
            }
        }
        bytes.truncate(8 * 1024);
    }
    bytes
}

/// What holds of everything that a reader gives.
fn holds(read: &Read) -> Result<(), String> {
    for c in &read.conversations {
        if c.turns.is_empty() {
            return Err("a conversation without turns".into());
        }
        for t in &c.turns {
            if t.text.trim().is_empty() {
                return Err("a turn without words".into());
            }
            if t.end_ms.is_some() && t.end_ms < t.start_ms {
                return Err("a turn that ends before it starts".into());
            }
        }
        if c.mail.as_ref().is_some_and(|m| m.cut_percent > 100) {
            return Err("more than all was cut".into());
        }
    }
    // A calendar's answer without a word says nothing, and nothing of it is lost.
    if read.conversations.is_empty() && read.skipped.is_empty() && read.directories.is_empty() && !read.silent {
        return Err("nothing read and nothing said of it".into());
    }
    Ok(())
}

/// Reads `bytes` by `format`, or by whichever is detected, and says what went wrong.
fn tried(format: Option<&dyn Format>, bytes: &[u8]) -> Result<(), String> {
    let deal = DealId("d".into());
    within(LONGEST, allowed(bytes.len()), bytes.len(), || {
        let input = Input::new("d/2026-02-12_0918.x", &deal, bytes);
        match format {
            // A format's own reader may give nothing where `read` would say so.
            Some(format) => {
                format.read(&input).map_or(Ok(()), |r| if r.conversations.is_empty() { Ok(()) } else { holds(&r) })
            }
            None => holds(&read(&input)),
        }
    })
}

fn named(target: Option<&dyn Format>) -> &'static str {
    target.map_or("detection", Format::name)
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)
}

#[test]
fn no_mutation_makes_a_reader_fail() {
    let (inputs, seed) = (fuzzing::inputs(1_000), fuzzing::seed(20_260_212));
    let (mut seeds, mut folders) = (vec![], vec![]);
    let mut paths: Vec<_> = fs::read_dir(root("formats"))
        .unwrap()
        .flat_map(|f| fs::read_dir(f.unwrap().path()).into_iter().flatten())
        .map(|f| f.unwrap().path())
        .collect();
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_none_or(|e| e != "expected")) {
        seeds.push(fs::read(path).unwrap());
        folders.push(path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned());
    }
    let chosen = std::env::var("DEALTONE_FUZZ_FORMATS").ok();
    let targets: Vec<Option<&dyn Format>> = std::iter::once(None)
        .chain(FORMATS.iter().map(|f| Some(*f)))
        .filter(|t| chosen.as_ref().is_none_or(|c| c.split(',').any(|name| name == named(*t))))
        .collect();
    assert!(!targets.is_empty(), "DEALTONE_FUZZ_FORMATS names no format");
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::<String>::new());
    // Panics are expected to be none; where there are some, one line each is enough.
    std::panic::set_hook(Box::new(|info| eprintln!("{info}")));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let name = named(*target);
                    let own: Vec<usize> = (0..seeds.len()).filter(|n| folders[*n] == name).collect();
                    // Each target has its own numbers: one more format changes nothing for the others.
                    let mut numbers = Numbers(
                        name.bytes().fold(seed | 1, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)) | 1,
                    );
                    let start = Instant::now();
                    for n in 0..inputs {
                        let bytes = mutated(&seeds, &own, &mut numbers);
                        if let Err(why) = tried(*target, &bytes) {
                            fuzzing::keep(&format!("{name}.{n}"), &bytes);
                            let mut failures = failures.lock().unwrap();
                            failures.push(format!("{name}: input {n} of {} bytes: {why}", bytes.len()));
                            if failures.len() > 40 {
                                return;
                            }
                        }
                    }
                    println!("{name}: {inputs} inputs in {:.1} s", start.elapsed().as_secs_f64());
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} inputs failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn what_once_failed_stays_mended() {
    for path in fs::read_dir(root("crashers")).into_iter().flatten().map(|f| f.unwrap().path()) {
        let bytes = fs::read(&path).unwrap();
        for format in std::iter::once(None).chain(FORMATS.iter().map(|f| Some(*f))) {
            let outcome = tried(format, &bytes);
            assert_eq!(outcome, Ok(()), "{} by {}", path.display(), named(format));
        }
    }
}
