//! What each stage between a file and the report costs, inference aside: `cargo bench --bench stages`.
//!
//! `scripts/instructions` counts the same stages' instructions under valgrind, which a busy machine does not disturb; for
//! that the program takes a stage and how often to run it: `stages --count tokenize 10`.

use std::{fs, path::Path};

use dealtone::{
    Conversation, Deal, DealId, Intents, Provenance, Scored,
    deal_report::{DealReport, finish},
    engine::put_in_place,
    pool::{TOKEN_BUDGET, batches},
    read::{Input, read},
    report::{Bundle, html, jsonl},
    rules::Rules,
    score::{
        Encoder, ModelCard, ModelFiles, Score, text,
        tokenizer::{self, TextEncoder},
    },
    utterance::{Millionths, Sentiment},
};
use divan::{
    Bencher,
    counter::{BytesCount, ItemsCount},
};
use jiff::tz::TimeZone;

/// The stages in the order of a run.
const STAGES: &[&str] = &["read", "split", "tokenize", "batch", "merge", "finish", "lines", "page"];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, flag, stage, times] = &args[..]
        && flag == "--count"
    {
        let work = Work::new();
        for _ in 0..times.parse().expect("how often, as a number") {
            std::hint::black_box(work.run(stage));
        }
        return;
    }
    divan::main();
}

/// Items are turns.
#[divan::bench(args = STAGES)]
fn turns(bencher: Bencher, name: &str) {
    let work = Work::new();
    let bencher = bencher.counter(ItemsCount::new(work.turns()));
    match work.bytes(name) {
        Some(bytes) => bencher.counter(BytesCount::new(bytes)).bench(|| work.run(name)),
        None => bencher.bench(|| work.run(name)),
    }
}

/// The stages that work on tokens, a second time, because a bench counts one kind of items: here they are tokens.
#[divan::bench(args = ["tokenize", "batch"])]
fn tokens(bencher: Bencher, name: &str) {
    let work = Work::new();
    bencher.counter(ItemsCount::new(work.lengths.iter().sum::<usize>())).bench(|| work.run(name));
}

/// The example deals, ready for any stage.
struct Work {
    files: Vec<(String, DealId, Vec<u8>)>,
    conversations: Vec<Conversation>,
    encoder: TextEncoder,
    lengths: Vec<usize>,
    scored: Vec<Scored>,
    deals: Vec<Deal>,
    rules: Rules,
    reports: Vec<DealReport>,
}

impl Work {
    fn new() -> Work {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        for folder in ["brightside-school", "harbour-foods", "kestrel-clinics", "tallis-freight"] {
            let mut names: Vec<_> = fs::read_dir(root.join("examples").join(folder))
                .expect("the examples")
                .map(|e| e.unwrap().path())
                .collect();
            names.sort();
            for path in names {
                let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
                files.push((name, DealId(folder.into()), fs::read(&path).unwrap()));
            }
        }
        let model = ModelFiles::read(&root.join("models/default")).expect("the default model");
        let card = ModelCard::of(&model).expect("its config");
        let mut work = Work {
            files,
            conversations: Vec::new(),
            encoder: TextEncoder::new(tokenizer::load(&model).expect("the default tokenizer"), card)
                .expect("an encoder"),
            lengths: Vec::new(),
            scored: Vec::new(),
            deals: Vec::new(),
            rules: Rules::built_in(),
            reports: Vec::new(),
        };
        work.conversations = work.read();
        work.lengths = work.tokenize();
        work.scored = work.conversations.iter().map(scored).collect();
        work.deals = work.merge();
        work.reports = work.finish();
        work
    }

    fn turns(&self) -> usize {
        self.conversations.iter().map(|c| c.turns.len()).sum()
    }

    /// Bytes that a stage reads or writes: of files, of words, of results. The others move values about and touch none, so
    /// that a rate in bytes would say nothing of them.
    fn bytes(&self, stage: &str) -> Option<usize> {
        let turns = || self.conversations.iter().flat_map(|c| &c.turns);
        let pieces = || self.conversations.iter().flat_map(text::pieces);
        match stage {
            "read" => Some(self.files.iter().map(|(_, _, bytes)| bytes.len()).sum()),
            "split" => Some(turns().map(|turn| turn.text.len()).sum()),
            "tokenize" => Some(pieces().map(|piece| piece.text.context.len() + piece.text.text.len()).sum()),
            "lines" | "page" => Some(self.run(stage)),
            _ => None,
        }
    }

    /// Runs a stage once; it gives a number of things or of bytes written, so that nothing is left out as unused.
    fn run(&self, stage: &str) -> usize {
        match stage {
            "read" => self.read().len(),
            "split" => self.conversations.iter().map(|c| text::pieces(c).len()).sum(),
            "tokenize" => self.tokenize().len(),
            "batch" => batches(&self.lengths, TOKEN_BUDGET).len(),
            "merge" => self.merge().len(),
            "finish" => self.finish().len(),
            "lines" => self
                .deals
                .iter()
                .zip(&self.reports)
                .map(|(d, r)| jsonl::utterances(d).len() + jsonl::deal(r).len())
                .sum(),
            "page" => {
                let bundles: Vec<Bundle> =
                    self.deals.iter().zip(&self.reports).map(|(deal, report)| Bundle { deal, report }).collect();
                html::page(&bundles, &html::Frame { zone: &TimeZone::UTC, made_at: None, not_read: &[] }).len()
            }
            other => panic!("{other} is no stage; the stages are {STAGES:?}"),
        }
    }

    fn read(&self) -> Vec<Conversation> {
        self.files.iter().flat_map(|(name, deal, bytes)| read(&Input::new(name, deal, bytes)).conversations).collect()
    }

    fn tokenize(&self) -> Vec<usize> {
        let texts = self.conversations.iter().flat_map(text::pieces);
        texts.map(|piece| self.encoder.encode(&piece.text).unwrap().tokens()).collect()
    }

    fn merge(&self) -> Vec<Deal> {
        let mut deals: Vec<Deal> = Vec::new();
        for scored in &self.scored {
            if deals.last().is_none_or(|d| d.id != scored.conversation.deal) {
                deals.push(Deal::new(scored.conversation.deal.clone(), None));
            }
            deals.last_mut().unwrap().absorb(scored.clone()).unwrap();
        }
        deals
    }

    fn finish(&self) -> Vec<DealReport> {
        self.deals.iter().map(|deal| finish(deal, &self.rules, None)).collect()
    }
}

/// A conversation with scores that follow from its words: no model is needed, and every stage behind has work to do.
fn scored(conversation: &Conversation) -> Scored {
    let pieces = text::pieces(conversation);
    let mut scores = pieces
        .iter()
        .map(|piece| {
            let n = piece.text.text.bytes().map(u32::from).sum::<u32>() % 10;
            let [negative, positive] = [u32::from(n < 3) * 800_000, u32::from(n > 7) * 800_000].map(Millionths);
            let neutral = Millionths(1_000_000 - negative.0 - positive.0);
            Score { sentiment: Sentiment::new(negative, neutral, positive, 0.5), intents: Intents::default() }
        })
        .collect::<Vec<_>>()
        .into_iter();
    Scored {
        conversation: conversation.clone(),
        utterances: put_in_place(pieces, &mut scores),
        provenance: Provenance::default(),
    }
}
