//! How fast exports are read, in bytes a second on one core: `cargo bench --bench readers`. What is asked for: 100 MB/s of
//! WebVTT, 50 MB/s of mail.

use std::fmt::Write;

use dealtone::{
    DealId,
    read::{Input, read},
};
use divan::{Bencher, counter::BytesCount};

fn main() {
    divan::main();
}

const SENTENCES: &[&str] = &[
    "We looked at the offer again and the price for sixty seats is still more than we planned.",
    "Okay.",
    "Who else on your side would have to agree before anything gets signed?",
    "That would be our head of finance, and she is away until the ninth.",
    "Let me send you the one-pager by tomorrow noon, and we talk on Thursday at ten.",
];

fn transcript(cues: usize, cue: impl Fn(&mut String, usize, &str, &str)) -> String {
    let mut out = String::new();
    for n in 0..cues {
        cue(&mut out, n, if n % 2 == 0 { "Ann Lee" } else { "Rep One" }, SENTENCES[n % SENTENCES.len()]);
    }
    out
}

fn stamp(n: usize) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", n / 1200, n / 20 % 60, n * 3 % 60, n % 1000)
}

fn vtt() -> String {
    "WEBVTT\n\n".to_owned()
        + &transcript(2_000, |out, n, name, words| {
            let _ = write!(out, "{}\n{} --> {}\n{name}: {words}\n\n", n + 1, stamp(n), stamp(n + 1));
        })
}

fn mail(quoted: usize) -> String {
    let head = "From: Ann Lee <ann@acme.example>\nTo: Rep One <rep@us.example>\nSubject: Re: quote\nDate: Thu, 12 Feb 2026 09:18:00 +0100\nMessage-ID: <m@acme.example>\n";
    let mut out = format!("{head}Content-Type: text/plain; charset=utf-8\n\nHi Rep,\n\n");
    for n in 0..12 {
        let _ = writeln!(out, "{}", SENTENCES[n % SENTENCES.len()]);
    }
    out.push_str("\nBest,\nAnn\n\nOn Wed, 11 Feb 2026 at 10:00, Rep One <rep@us.example> wrote:\n");
    for n in 0..quoted {
        let _ = writeln!(out, "> {}", SENTENCES[n % SENTENCES.len()]);
    }
    out
}

fn html_mail() -> String {
    let body: String =
        (0..40).map(|n| format!("<p style=\"margin:0\">{}</p>", SENTENCES[n % SENTENCES.len()])).collect();
    format!(
        "From: ann@acme.example\nSubject: x\nMessage-ID: <1>\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><body>{body}<div class=\"gmail_quote\">On Wed Rep wrote:<blockquote>{body}</blockquote></div></body></html>"
    )
}

fn mbox() -> String {
    (0..200).map(|_| format!("From ann@acme.example Thu Feb 12 09:18:00 2026\n{}\n", mail(20))).collect()
}

fn run(bencher: Bencher, path: &str, text: &str) {
    let deal = DealId("d".into());
    bencher
        .counter(BytesCount::of_str(text))
        .bench(|| read(&Input::new(divan::black_box(path), &deal, text.as_bytes())));
}

#[divan::bench]
fn webvtt(bencher: Bencher) {
    run(bencher, "d/1.vtt", &vtt());
}

#[divan::bench]
fn srt(bencher: Bencher) {
    let text = transcript(2_000, |out, n, name, words| {
        let _ = write!(
            out,
            "{}\n{} --> {}\n{name}: {words}\n\n",
            n + 1,
            stamp(n).replace('.', ","),
            stamp(n + 1).replace('.', ",")
        );
    });
    run(bencher, "d/1.srt", &text);
}

#[divan::bench]
fn labelled_text(bencher: Bencher) {
    let text = transcript(2_000, |out, n, name, words| {
        let _ = writeln!(out, "[{}] {name}: {words}", &stamp(n)[..8]);
    });
    run(bencher, "d/1.txt", &text);
}

#[divan::bench(args = [0, 20, 200])]
fn plain_mail(bencher: Bencher, quoted: usize) {
    run(bencher, "d/1.eml", &mail(quoted));
}

#[divan::bench]
fn html_only_mail(bencher: Bencher) {
    run(bencher, "d/1.eml", &html_mail());
}

#[divan::bench]
fn mailbox(bencher: Bencher) {
    run(bencher, "d/1.mbox", &mbox());
}

#[divan::bench]
fn deepgram_json(bencher: Bencher) {
    let words: Vec<String> = (0..20_000)
        .map(|n| {
            format!(
                "{{\"word\":\"word\",\"punctuated_word\":\"word{}\",\"start\":{}.5,\"end\":{}.9,\"speaker\":{}}}",
                if n % 9 == 0 { "." } else { "" },
                n,
                n,
                n / 40 % 2
            )
        })
        .collect();
    let text = format!(
        "{{\"results\":{{\"channels\":[{{\"alternatives\":[{{\"transcript\":\"x\",\"words\":[{}]}}]}}]}}}}",
        words.join(",")
    );
    run(bencher, "d/1.json", &text);
}
