//! `dealtone eval`: a model against labels, with intervals and the worst mistakes.

use std::{fmt::Write as _, io::Write, path::PathBuf};

use anyhow::Context;
use clap::Args;

use super::{Done, EngineArgs};
use crate::{
    config::ConfigFile,
    evaluate::{Evaluation, Interval, evaluate, read_cases},
    score::Text,
};

#[derive(Args)]
pub(crate) struct EvalArgs {
    /// Labelled lines: {"text", "sentiment", "intents", "context", "side"} a line, or labelled deals (*.deal)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// How many of the surest mistakes to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    worst: usize,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(crate) fn run(args: &EvalArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let mut cases = Vec::new();
    for path in &args.files {
        let name = path.display().to_string();
        let content =
            std::fs::read_to_string(path).with_context(|| format!("{name}: labelled lines cannot be read"))?;
        cases.extend(read_cases(&name, &content)?);
    }
    let engine = args.engine.load(config)?;
    let texts: Vec<Text> = cases.iter().map(|case| case.text.clone()).collect();
    let evaluation = evaluate(&cases, &engine.score_texts(&texts)?, args.worst);
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &evaluation).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    } else {
        out.write_all(table(&evaluation).as_bytes())?;
    }
    Ok(Done::Whole)
}

fn table(e: &Evaluation) -> String {
    let mut out = String::new();
    let mut line = |text: String| out.push_str(&(text + "\n"));
    line(format!(
        "{} lines with a sentiment, {} with intents; 95 % bootstrap intervals in brackets\n",
        e.lines.0, e.lines.1
    ));
    let headline = |name: &str, value: Option<Interval>| match value {
        Some(i) => format!("{name:<24}{:.3}  [{:.3}, {:.3}]", i.value, i.low, i.high),
        None => format!("{name:<24}no labels"),
    };
    line(headline("sentiment macro-F1", e.sentiment_macro_f1));
    line(headline("sentiment accuracy", e.sentiment_accuracy));
    line(headline("intents micro-F1", e.intents_micro_f1));
    line(headline("intents macro-F1", e.intents_macro_f1));
    if let Some(error) = e.calibration_error {
        line(format!("{:<24}{error:.3}", "calibration error"));
    }
    line(format!("{:<24}{:.1} %", "called unclear", e.unclear * 100.0));
    line(format!("\n{:<22}{:>6}{:>11}{:>8}{:>8}", "label", "lines", "precision", "recall", "F1"));
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.3}"));
    for (name, row) in e.sentiment.iter().chain(&e.intents) {
        line(format!(
            "{name:<22}{:>6}{:>11}{:>8}{:>8}",
            row.gold,
            number(row.precision),
            number(row.recall),
            number(row.f1)
        ));
    }
    line(format!("\n{:<22}{:>10}{:>10}{:>10}", "label \\ model", "negative", "neutral", "positive"));
    for (name, row) in ["negative", "neutral", "positive"].iter().zip(e.confusion) {
        line(format!("{name:<22}{:>10}{:>10}{:>10}", row[0], row[1], row[2]));
    }
    if !e.worst.is_empty() {
        line("\nThe surest mistakes in tone:".into());
    }
    for m in &e.worst {
        let _ =
            writeln!(out, "  {} says {} ({:.2}), the label {}: {}", m.place, m.model, m.probability, m.gold, m.text);
    }
    out
}
