//! `dealtone score`: texts or conversations in, scores out.

use std::io::{BufRead, Write};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::{Done, EngineArgs, export::ExportArgs, progress::Bar};
use crate::{
    config::ConfigFile,
    conversation::Side,
    pipeline::{AnalyzeOptions, score_export},
    pool::Pending,
    report::jsonl,
    score::Text,
    utterance::{Intents, Sentiment},
};

/// Texts that are scored together when they come from a pipe. Twice as many are in memory: while the model is at some, the
/// next ones are read.
const CHUNK: usize = 4096;

#[derive(Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    export: ExportArgs,
    /// Score this text; without it and without a PATH, every line of standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "paths")]
    text: Option<String>,
    /// Whose words the text or lines are: buyer, seller or unknown
    #[arg(long, value_name = "SIDE", default_value = "unknown", value_parser = parse_side)]
    side: Side,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    sentiment: Sentiment,
    intents: Intents,
}

pub(crate) fn run(args: &ScoreArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    if !args.export.paths.is_empty() {
        return score_conversations(args, config);
    }
    let engine = args.engine.load(config)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let begin = |lines: Vec<String>| -> anyhow::Result<(Vec<String>, Pending)> {
        let as_text = |line: &String| Text { side: args.side, context: String::new(), text: line.trim().to_owned() };
        let texts: Vec<Text> = lines.iter().map(as_text).collect();
        Ok((lines, engine.begin(&texts)?))
    };
    let mut print = |(lines, scores): (Vec<String>, Pending)| -> anyhow::Result<()> {
        for (line, score) in lines.iter().zip(scores.scores(&engine.card)?) {
            let line = Line { text: line, sentiment: score.sentiment, intents: score.intents };
            serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(())
    };
    if let Some(text) = &args.text {
        print(begin(vec![text.clone()])?)?;
        return Ok(Done::Whole);
    }
    let mut chunk = Vec::new();
    let mut before: Option<(Vec<String>, Pending)> = None;
    for line in std::io::stdin().lock().lines() {
        chunk.push(line.context("standard input: this is not UTF-8 text")?);
        if chunk.len() == CHUNK
            && let Some(before) = before.replace(begin(std::mem::take(&mut chunk))?)
        {
            print(before)?;
        }
    }
    let last = begin(chunk)?;
    if let Some(before) = before {
        print(before)?;
    }
    print(last)?;
    Ok(Done::Whole)
}

/// **Map** as a command: every conversation of an export with its scores, a JSON object a line, for `dealtone report`
/// here or elsewhere.
fn score_conversations(args: &ScoreArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let (export, team) = args.export.open(config)?;
    let engine = args.engine.load(config)?;
    let options = AnalyzeOptions { team, ..AnalyzeOptions::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut skipped = export.skipped.len();
    export.skipped.iter().for_each(|one| eprintln!("dealtone: {one}"));
    let bar = Bar::new(false);
    let of_no_deal = score_export(&export, &engine, &options, None, &bar, |deal, not_read| -> anyhow::Result<()> {
        for scored in deal.by_time() {
            out.write_all(jsonl::scored(scored).as_bytes())?;
        }
        not_read.iter().for_each(|one| eprintln!("dealtone: {one}"));
        skipped += not_read.len();
        Ok(())
    })?;
    bar.clear();
    of_no_deal.iter().for_each(|one| eprintln!("dealtone: {one}"));
    skipped += of_no_deal.len();
    out.flush()?;
    Ok(if skipped == 0 { Done::Whole } else { Done::Partly })
}

fn parse_side(name: &str) -> Result<Side, String> {
    [Side::Buyer, Side::Seller, Side::Unknown]
        .into_iter()
        .find(|side| side.name() == name)
        .ok_or_else(|| format!("{name:?} is no side; say buyer, seller or unknown"))
}
