//! `dealtone score`: texts or conversations in, scores out.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use super::{
    Done, EngineArgs,
    export::{ExportArgs, say_what_lies_beside},
    lines::{Item, Waiting},
    progress::Bar,
    report::{Sides, say_by_code},
    terminal::tell,
};
use crate::{
    config::ConfigFile,
    conversation::Side,
    pipeline::{AnalyzeOptions, score_export},
    pool::Pending,
    read::Skipped,
    report::jsonl,
    score::Text,
    utterance::{Intents, Sentiment},
};

/// Lines of standard input that are told one by one as not or not surely read; of the others, their number.
const LOSSES_TOLD: usize = 20;

#[derive(Args)]
pub(crate) struct ScoreArgs {
    #[command(flatten)]
    export: ExportArgs,
    /// Score this text; without it and without a PATH (or with - as PATH), every line of standard input: words, or
    /// {"text", "side", "context"}
    #[arg(long, value_name = "TEXT", conflicts_with = "paths")]
    text: Option<String>,
    /// Whose words the text is, or the lines that don't say so: buyer, seller or unknown [default: unknown]
    #[arg(long, value_name = "SIDE", value_parser = parse_side)]
    side: Option<Side>,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Serialize)]
struct Line<'a> {
    text: &'a str,
    sentiment: Sentiment,
    intents: Intents,
    /// The line of standard input on which it stands: one that could not be read has no scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// A text with its line, where it has one.
type Numbered = (Option<usize>, Text);

pub(crate) fn run(args: &ScoreArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let is_input = |path: &std::path::PathBuf| path.as_os_str() == "-";
    match args.export.paths.as_slice() {
        [] => {}
        [only] if is_input(only) => {}
        paths if paths.iter().any(is_input) => {
            bail!("- is standard input, lines of words, and stands alone; a file of that name is ./-")
        }
        _ => return score_conversations(args, config),
    }
    args.export.without_export()?;
    let side = args.side.unwrap_or_default();
    let text = args.text.as_ref().map(|text| Text { side, context: String::new(), text: text.clone() });
    // Lines are read while the model is loaded.
    let waiting = match text {
        Some(_) => None,
        None => Some(Waiting::read(std::io::stdin(), side).context("standard input cannot be read")?),
    };
    let engine = args.engine.load(config)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let begin = |texts: Vec<Numbered>| -> anyhow::Result<(Vec<Numbered>, Pending)> {
        let pending = engine.begin(&texts.iter().map(|(_, text)| text.clone().trimmed()).collect::<Vec<Text>>())?;
        Ok((texts, pending))
    };
    let mut print = |(texts, scores): (Vec<Numbered>, Pending)| -> anyhow::Result<()> {
        for ((line, text), score) in texts.iter().zip(scores.scores(&engine.card)?) {
            let line = Line { text: &text.text, sentiment: score.sentiment, intents: score.intents, line: *line };
            serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(())
    };
    if let Some(text) = text {
        print(begin(vec![(None, text)])?)?;
    }
    let mut losses = 0;
    if let Some(waiting) = waiting {
        let mut before: Option<(Vec<Numbered>, Pending)> = None;
        loop {
            // While nothing is under way there is nothing to do but wait.
            let items = waiting.take(before.is_none());
            if items.is_empty() && before.is_none() {
                break;
            }
            let texts = told(items, &mut losses);
            let next = if texts.is_empty() { None } else { Some(begin(texts)?) };
            if let Some(before) = std::mem::replace(&mut before, next) {
                print(before)?;
            }
        }
    }
    if losses > LOSSES_TOLD {
        tell(format_args!("the same, or the like, of {} more lines", losses - LOSSES_TOLD));
    }
    Ok(if losses == 0 { Done::Whole } else { Done::Partly })
}

/// The texts among `items`; what else they are goes to standard error, and is counted where it is a loss.
fn told(items: Vec<Item>, losses: &mut usize) -> Vec<Numbered> {
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Item::Text(line, text) => texts.push((Some(line), text)),
            Item::Note(note) => tell(note),
            Item::Loss(loss) => {
                *losses += 1;
                if *losses <= LOSSES_TOLD {
                    tell(loss);
                }
            }
        }
    }
    texts
}

/// **Map** as a command: every conversation of an export with its scores, a JSON object a line, for `dealtone report`
/// here or elsewhere.
fn score_conversations(args: &ScoreArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    if args.side.is_some() {
        bail!(
            "--side is of a --text or of lines of standard input; whose side people in conversations are on is said by \
             --our-domains or a team.toml"
        );
    }
    let (export, team) = args.export.open(config)?;
    say_what_lies_beside(&export);
    let engine = args.engine.load(config)?;
    let options = AnalyzeOptions { team, ..AnalyzeOptions::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut skipped = export.skipped.clone();
    let (mut lines_only, mut sides) = (false, Sides::default());
    let mut tell_loss = |one: &Skipped| {
        tell(one);
        lines_only |= one.code == "no_speakers" || one.code == "bad_json";
    };
    export.skipped.iter().for_each(&mut tell_loss);
    let bar = Bar::new(false);
    let of_no_deal = score_export(&export, &engine, &options, None, &bar, |deal, not_read| -> anyhow::Result<()> {
        for scored in deal.by_time() {
            sides.count(scored);
            out.write_all(jsonl::scored(scored).as_bytes())?;
        }
        not_read.iter().for_each(&mut tell_loss);
        skipped.extend(not_read);
        Ok(())
    })?;
    bar.clear();
    of_no_deal.iter().for_each(&mut tell_loss);
    skipped.extend(of_no_deal);
    if lines_only
        && let [only] = args.export.paths.as_slice()
        && only.is_file()
    {
        tell(format_args!("to score its lines one by one: dealtone score < {}", only.display()));
    }
    out.flush()?;
    if let Some(remedy) = sides.remedy() {
        tell(remedy);
    }
    Ok(say_by_code(&skipped, "each stands above with its line and the remedy", false))
}

fn parse_side(name: &str) -> Result<Side, String> {
    Side::named(name).ok_or_else(|| format!("{name:?} is no side; say buyer, seller or unknown"))
}
