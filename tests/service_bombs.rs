//! Small requests that would become large: refused within a second of a core, for less than 64 MiB. A binary of its own, because
//! memory is the process's; its last part is the control, a service without the limits, which must be caught.

use std::{
    io::{Cursor, Write},
    time::Duration,
};

use dealtone::serve::{Options, payload::BodyLimits};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

#[allow(dead_code)]
#[path = "service/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "service/fake.rs"]
mod fake;

use client::{Answer, Connection, JSON, post};
use fake::{Delay, Service, quick};

/// How much more memory a bomb may cost, in KiB.
const MOST: u64 = 64 << 10;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// In lines of 76 characters, as mails have it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        let digit = |n: usize| if n > three.len() { '=' } else { char::from(DIGITS[bits >> (18 - 6 * n) & 63]) };
        out.extend((0..4).map(digit));
        if out.len() % 77 == 76 {
            out.push('\n');
        }
    }
    out
}

fn zip(count: usize, name: impl Fn(usize) -> String, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for n in 0..count {
        zip.start_file(name(n), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A field of this process's status, in KiB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|l| l.strip_prefix(field)?.trim().split(' ').next()?.parse().ok()).unwrap()
}

/// What this process has had of the cores: on a busy machine, the clock on the wall says nothing of the work.
fn spent() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<i64> = stat.rsplit_once(") ").unwrap().1.split(' ').filter_map(|f| f.parse().ok()).collect();
    // Without the state letter: utime and stime are the 11th and 12th number, in ticks of 10 ms.
    Duration::from_millis((fields[10] + fields[11]) as u64 * 10)
}

/// What `work` gives, what it took of the cores, and how much more memory than before was held at most meanwhile, in KiB.
fn measured<T>(work: impl FnOnce() -> T) -> (T, Duration, u64) {
    // Sets the most that was held back to what is held now.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (before, started) = (memory("VmRSS:"), spent());
    let given = work();
    (given, spent() - started, memory("VmHWM:").saturating_sub(before))
}

fn export(service: &Service, name: &str, body: &[u8]) -> Answer {
    Connection::open(service.address).ask("POST", &format!("/v1/conversations?deal=d&file={name}"), &[], body)
}

#[test]
fn bombs_are_refused_quickly_and_cheaply() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(Options { store: Some(folder.path().join("store")), ..quick() }, 2, Delay::default());
    // Warm, so that the first request's buffers are not counted.
    assert_eq!(post(service.address, "/v1/score", r#"{"texts":["a"]}"#).status, 200);
    // As much as may be sent that is none: a call of as many turns as are taken. How long it takes says how fast the machine is.
    let call: String =
        (0..20_000).map(|n| format!("{}: Turn {n} of a long call, as people talk.\n", ["Ann", "Bob"][n % 2])).collect();
    let (answer, usual, _) = measured(|| export(&service, "call.txt", call.as_bytes()));
    assert_eq!(answer.status, 201, "{}", answer.code());
    eprintln!("a call of 20,000 turns: {usual:?}");
    let most = usual * 5;
    let check = |what: &str, status: &[u16], code: &str, ask: &dyn Fn() -> Answer| {
        let (answer, took, more) = measured(ask);
        eprintln!("{what}: {} {} in {took:?}, {more} KiB", answer.status, answer.code());
        assert!(status.contains(&answer.status), "{what}: {} {}", answer.status, answer.code());
        assert!(code.is_empty() || answer.code() == code, "{what}: {}", answer.code());
        assert!(took < most, "{what} took {took:?}, a call of 20,000 turns {usual:?}");
        assert!(more < MOST, "{what} took {more} KiB");
    };

    // More would be too large at the door, compressed too.
    let keys: String = (0..700_000).map(|i| format!("\"k{i}\":1,")).collect();
    let many_keys = gzip(format!("{{{keys}\"z\":1}}").as_bytes());
    let padded = |size: usize| gzip(format!("{{\"texts\":[\"{}\"]}}", "a".repeat(size)).as_bytes());
    let gz = [JSON, ("content-encoding", "gzip")];
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Vec<u8>, u16, &'a str);
    let cases: Vec<Case> = vec![
        ("1.4 million keys and values, compressed", &gz, many_keys, 413, "too_many_values"),
        ("gzip 1000:1", &gz, padded(40 << 20), 413, "decoded_body_too_large"),
        ("gzip 1000:1, small", &gz, padded(8 << 20), 413, "decoded_body_too_large"),
        ("deep", &[JSON], "[".repeat(100_000).into_bytes(), 400, "json_too_deep"),
        ("65 deep", &[JSON], ["[".repeat(65), "]".repeat(65)].concat().into_bytes(), 400, "json_too_deep"),
        ("64 deep", &[JSON], ["[".repeat(64), "]".repeat(64)].concat().into_bytes(), 400, "bad_request"),
        ("too large", &[JSON], vec![b' '; (2 << 20) + 1], 413, "body_too_large"),
        ("no gzip", &gz, b"{\"texts\":[]}".to_vec(), 400, "body_incomplete"),
        ("zstd", &[JSON, ("content-encoding", "zstd")], b"\x50\x2a\x4d\x18".to_vec(), 415, "unsupported_media_type"),
        ("513 texts", &[JSON], json!({"texts": vec!["a"; 513]}).to_string().into_bytes(), 413, "too_many_texts"),
        ("512 texts", &[JSON], json!({"texts": vec!["a"; 512]}).to_string().into_bytes(), 200, ""),
    ];
    drop(keys);
    for (what, headers, body, status, code) in cases {
        let ask = || Connection::open(service.address).ask("POST", "/v1/score", headers, &body);
        if status == 200 {
            assert_eq!(ask().status, 200, "{what}");
        } else {
            check(what, &[status], code, &ask);
        }
    }
    let answer = Connection::open(service.address).ask("POST", "/v1/score", &gz, &gzip(br#"{"texts":["compressed"]}"#));
    assert_eq!(answer.status, 200, "{}", answer.text());

    let too_large = "decoded_body_too_large";
    let talk = "Ann: hi\n".repeat(131_072);
    let values = format!("[{}1]", "1,".repeat(1_000_000));
    let message = "From a@b.example Thu Feb 12 09:18:00 2026\nFrom: a@b.example\n\nhi\n\n";
    let table = format!("Record ID,Call title,Call body,Activity date\n{}", "7,a,Ann: hi,2026-05-02\n".repeat(40_000));
    let speakers: String = (0..40_000).map(|n| format!("Speaker {n}: Hello there.\n")).collect();
    let rows: String = (0..40_000).map(|n| format!("{n},Ann,1,hi\n")).collect();
    let calls = format!("call_id,speaker,start,text\n{rows}");
    let boundaries: String =
        (0..1000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
    let nested = format!("From: a@b.example\nSubject: x\n{boundaries}\nhi\n");
    let inside =
        zip(1, |n| format!("{n}.zip"), &zip(1, |n| format!("{n}.zip"), &zip(1, |n| format!("{n}.txt"), b"a: b")));
    // Eight attached files of which each would be a hundred thousand turns, and as many paragraphs as base64 hides.
    let attached = |name: &str, kind: &str, bytes: &[u8]| {
        let head = "From a@b.example Thu Feb 12 09:18:00 2026\nFrom: a@b.example\nSubject: x\nMIME-Version: 1.0";
        let file =
            format!("Content-Type: {kind}; name={name}\nContent-Transfer-Encoding: base64\n\n{}\n", base64(bytes));
        format!("{head}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n{file}--b--\n").into_bytes()
    };
    let packed = zip(8, |n| format!("{n}.txt"), talk.as_bytes());
    let in_mailbox = attached("transcript.zip", "application/zip", &packed);
    let encoded = |kind: &str, bytes: &[u8]| {
        format!(
            "From: a@b.example\nSubject: x\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{}",
            base64(bytes)
        )
    };
    let talked = "Ann: hi\nBob: hi\n".repeat(600);
    let pages: String = (0..30_000).map(|n| format!("a{n} Page 1\nfoo bar\na{n} Page 2\nfoo bar\n")).collect();
    let letters =
        |n: usize| (0..4).map(|place| char::from(b'a' + (n / 26usize.pow(place) % 26) as u8)).collect::<String>();
    let once: String = (0..80_000).map(|n| format!("N{}: X\n", letters(n))).collect();
    let listed = format!("Zoe: A\nYan: A\n{}\n{}{once}", "x".repeat(1_000_000), "Ann: A\n".repeat(4));
    let pieces: String =
        (0..15_000).map(|n| format!("{{\"speaker\":{n},\"elements\":[{{\"value\":\"a\"}}]}},")).collect();
    let people: String = (0..15_000).map(|n| format!("{{\"id\":{n},\"name\":\"a\"}},")).collect();
    let speakers_aside = format!("{{\"monologues\":[{pieces}{{}}],\"speakers\":[{people}{{}}]}}");
    // Two sentences of which neither ends: the first is joined and joined, the second is cut from words that never come.
    let joined = |text: String| json!({"turns": [{"speaker": "Ann", "text": text}]}).to_string().into_bytes();
    let written = |text: String| {
        let messages = [("Ann", text.as_str()), ("Bob", "Hello."), ("Ann", "Hello to you."), ("Bob", "So it is.")];
        json!({"messages": messages.map(|(sender, text)| json!({"sender": sender, "text": text}))}).to_string().into()
    };
    let words = "word ".repeat(70);
    let listeners: Vec<_> = (0..20_000).map(|n| json!({"name": format!("Qu{}", letters(n))})).collect();
    let turns = json!([{"speaker": "Ann", "text": "Hello."}]);
    let listening = json!({"participants": listeners, "turns": turns}).to_string().into_bytes();
    type Export<'a> = (&'a str, &'a str, Vec<u8>, &'a [u16], &'a str);
    let exports: Vec<Export> = vec![
        ("zip 1000:1", "a.zip", zip(1, |n| format!("{n}.txt"), &vec![b' '; 40 << 20]), &[413], too_large),
        ("zip of 100 MiB in 100 files", "a.zip", zip(100, |n| format!("{n}.txt"), talk.as_bytes()), &[413], too_large),
        (
            "zip of 5,000 calls",
            "a.zip",
            zip(5000, |n| format!("{n}.txt"), b"Ann: Hello.\nBob: Hello.\n"),
            &[413],
            "too_many_texts",
        ),
        ("zip of 10^6 values", "a.zip", zip(1, |n| format!("{n}.json"), values.as_bytes()), &[413], too_large),
        ("zips in zips", "a.zip", inside, &[422], "unreadable"),
        ("gzip 1000:1", "a.txt.gz", gzip(&vec![b' '; 40 << 20]), &[413], too_large),
        ("gzip of lines", "a.txt.gz", gzip("a: b\n".repeat(400_000).as_bytes()), &[413], too_large),
        ("docx 1000:1", "a.docx", zip(1, |_| "word/document.xml".into(), &vec![b'a'; 40 << 20]), &[413], too_large),
        ("30,000 mails", "a.mbox", message.repeat(30_000).into_bytes(), &[413], too_large),
        ("24,000 mails", "a.mbox", message.repeat(24_000).into_bytes(), &[413], "too_many_texts"),
        ("40,000 rows", "a.csv", table.into_bytes(), &[413], "too_many_texts"),
        ("40,000 speakers", "a.txt", speakers.into_bytes(), &[413], "too_many_texts"),
        ("40,000 calls of one turn", "a.csv", calls.into_bytes(), &[413], "too_many_texts"),
        ("60,000 turns", "a.txt", "Ann: Hello.\nBob: Hello.\n".repeat(30_000).into(), &[413], "too_many_texts"),
        ("multipart 1000 deep", "a.eml", nested.into_bytes(), &[201, 422], ""),
        ("60,000 abbreviations", "a.jsonl", joined(format!("well {}", "No. ".repeat(60_000))), &[201], ""),
        ("60,000 lines of no words", "b.jsonl", joined(format!("word one. {}", "…\n".repeat(60_000))), &[201], ""),
        (
            "250,000 marks behind a full stop",
            "c.jsonl",
            joined(format!("{words}.{}5", "(".repeat(250_000))),
            &[201],
            "",
        ),
        ("20,000 who listen", "d.jsonl", listening, &[201], ""),
        ("150,000 tags without an end", "e.json", written("</".repeat(150_000)), &[201], ""),
        ("40,000 quotes without an end", "f.json", written(format!("</{}", "<quote >".repeat(40_000))), &[201], ""),
        (
            "20,000 quotes in quotes",
            "g.json",
            written(format!("{}{}", "<quote >".repeat(20_000), "</quote>".repeat(20_000))),
            &[201],
            "",
        ),
        (
            "commas behind blanks",
            "a.json",
            format!("[{}{}", " ".repeat(1_750_000), ",".repeat(249_000)).into(),
            &[422],
            "",
        ),
        ("attached to a mail of a mailbox", "a.mbox", in_mailbox, &[201], ""),
        (
            "paragraphs in base64",
            "b.eml",
            encoded("text/plain", "a\n\n".repeat(450_000).as_bytes()).into(),
            &[413],
            too_large,
        ),
        ("30,000 pages of their own", "b.txt", [talked, pages].concat().into(), &[201], ""),
        ("80,000 names below a long line", "b.txt", listed.into_bytes(), &[413], "too_many_texts"),
        ("15,000 speakers aside", "b.json", speakers_aside.into_bytes(), &[201], ""),
        (
            "paragraphs of rich text",
            "a.rtf",
            format!("{{\\rtf1 {}}}", "Ann: a\\par ".repeat(180_000)).into(),
            &[413],
            too_large,
        ),
        ("only begins as JSON", "b.txt", format!("[x]\n{}", "hi\n".repeat(500_000)).into(), &[413], too_large),
        (
            "markup",
            "a.eml",
            format!("From: a@b.example\nContent-Type: text/html\n\n{}", "<br>".repeat(500_000)).into(),
            &[413],
            too_large,
        ),
    ];
    for (what, name, body, status, code) in &exports {
        assert!(body.len() <= 2 << 20, "{what}: {} bytes would be refused at the door", body.len());
        check(what, status, code, &|| export(&service, name, body));
    }
    let good = zip(3, |n| format!("{n}.txt"), "Ann: The price is high.\nBob: We can talk.\n".repeat(20).as_bytes());
    assert_eq!(export(&service, "good.zip", &good).status, 201);
    service.take().end();

    // The control: without the limits an archive of four files costs what the test looks for.
    let body = BodyLimits { decoded: 1 << 30, values: usize::MAX, export_text: 1 << 30, ..BodyLimits::default() };
    let store = Some(folder.path().join("open"));
    // It is looked at for its memory, however long a slow machine takes.
    let request_timeout = Duration::from_secs(600);
    let open = Service::start(Options { store, body, request_timeout, ..quick() }, 1, Delay::default());
    let four = zip(4, |n| format!("{n}.txt"), talk.as_bytes());
    let (answer, _, more) = measured(|| export(&open, "a.zip", &four));
    assert_eq!(answer.status, 413, "too many turns, once it was all read: {}", answer.text());
    assert!(more > MOST, "half a million turns show as {more} KiB");
}
