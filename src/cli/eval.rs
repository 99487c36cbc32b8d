//! `dealtone eval`: a model against labels, with intervals and the worst mistakes.

use std::{fmt::Write as _, io::Write, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use super::{Done, EngineArgs, input, terminal::tell};
use crate::{
    config::ConfigFile,
    cores,
    engine::{Engine, EngineOptions},
    evaluate::{Evaluation, Interval, Known, answer, evaluate, read_cases},
    report::terminal::{fit, safe},
    utterance::{INTENTS, Provenance, Tone},
};

/// Columns that the words of a mistake fill on the terminal; `--json` has them whole.
const WORDS: usize = 160;

#[derive(Args)]
pub(crate) struct EvalArgs {
    /// Labelled lines: {"text", "sentiment", "intents", "context", "side"} a line, or labelled deals (*.deal); - for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// How many of the surest mistakes to show of each kind: wrong tones, missed intents, invented intents
    #[arg(long, value_name = "N", default_value_t = 10)]
    worst: usize,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What was measured, on what and with what: without it, a figure is a rumour.
#[derive(Serialize)]
struct Measured {
    provenance: Provenance,
    threads: usize,
    files: Vec<String>,
    #[serde(flatten)]
    evaluation: Evaluation,
}

pub(crate) fn run(args: &EvalArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let files: Vec<String> = args.files.iter().map(|path| path.display().to_string()).collect();
    let (mut cases, mut remarks) = (Vec::new(), Vec::new());
    for (path, name) in args.files.iter().zip(&files) {
        let bytes = std::fs::read(input(path)).with_context(|| format!("{name}: labelled lines cannot be read"))?;
        let labelled = read_cases(name, &bytes)?;
        remarks.extend(labelled.remark().map(|remark| format!("{name}: {remark}")));
        cases.extend(labelled.cases);
    }
    remarks.iter().for_each(tell);
    if !cases.iter().any(|case| case.is_labelled()) {
        let lines = cases.len();
        bail!(
            "{}: no line has \"sentiment\" or \"intents\", so there is nothing to hold a model against ({lines} read)",
            files.join(", ")
        );
    }
    let options = args.engine.options(config)?;
    let threads = options.threads.unwrap_or_else(cores::allowed).max(1);
    let engine = Engine::load(&EngineOptions { threads: Some(threads), ..options })?;
    let evaluation = evaluate(&cases, &answer(&engine, &cases)?, &Known::from(&*engine.card), args.worst);
    if !evaluation.measures() {
        let (has, knows) =
            if evaluation.lines.sentiment > 0 { ("sentiment", "intents") } else { ("intents", "sentiment") };
        bail!("the lines are labelled with {has} only, and the model {} knows {knows} only", engine.card.name);
    }
    let measured = Measured { provenance: engine.provenance.clone(), threads, files, evaluation };
    let mut out = std::io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &measured).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    } else {
        out.write_all(table(&measured).as_bytes())?;
    }
    Ok(Done::Whole)
}

fn table(measured: &Measured) -> String {
    let Measured { provenance: p, threads, evaluation: e, .. } = measured;
    let mut out = String::new();
    let mut line = |text: String| out.push_str(&(text + "\n"));
    line(format!(
        "{} ({}), {} on {}, {threads} thread{}",
        safe(&p.model),
        &p.model_sha256[..p.model_sha256.len().min(12)],
        p.runtime_in_words(),
        p.device,
        if *threads == 1 { "" } else { "s" }
    ));
    let neither = match e.lines.unlabelled {
        0 => String::new(),
        n => format!(", {n} with neither (not counted)"),
    };
    line(format!(
        "{} line{} with a sentiment, {} with intents{neither}; 95 % bootstrap intervals in brackets\n",
        e.lines.sentiment,
        if e.lines.sentiment == 1 { "" } else { "s" },
        e.lines.intents
    ));
    let headline = |name: &str, value: Option<Interval>, why: &str| match value {
        Some(i) => format!("{name:<24}{:.3}  [{:.3}, {:.3}]", i.value, i.low, i.high),
        None => format!("{name:<24}{why}"),
    };
    let why = no_sentiment(e);
    line(headline("sentiment macro-F1", e.sentiment_macro_f1, why));
    line(headline("sentiment accuracy", e.sentiment_accuracy, why));
    let why = no_intents(e);
    line(headline("intents micro-F1", e.intents_micro_f1, why));
    line(headline("intents macro-F1", e.intents_macro_f1, why));
    if let Some(error) = e.calibration_error {
        line(format!("{:<24}{error:.3}", "calibration error"));
    }
    if let Some(unclear) = e.unclear {
        line(format!("{:<24}{:.1} %", "called unclear", unclear * 100.0));
    }
    partial_heads(e).into_iter().for_each(&mut line);

    line(format!("\n{:<22}{:>6}{:>11}{:>8}{:>8}", "label", "lines", "precision", "recall", "F1"));
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |v| format!("{v:.3}"));
    let tones = e.sentiment.iter().map(|(name, row)| (name, row, e.knows.sentiment.iter().any(|t| t.name() == *name)));
    let intents = e.intents.iter().map(|(name, row)| (name, row, e.knows.intents.iter().any(|i| i.name() == *name)));
    for (name, row, known) in tones.chain(intents).filter(|(_, row, known)| *known || row.gold > 0) {
        line(if known {
            format!(
                "{name:<22}{:>6}{:>11}{:>8}{:>8}",
                row.gold,
                number(row.precision),
                number(row.recall),
                number(row.f1)
            )
        } else {
            format!("{name:<22}{:>6}   not known to the model", row.gold)
        });
    }
    if let Some(confusion) = e.confusion {
        line(format!("\n{:<22}{:>10}{:>10}{:>10}", "label \\ model", "negative", "neutral", "positive"));
        for (name, row) in ["negative", "neutral", "positive"].iter().zip(confusion) {
            line(format!("{name:<22}{:>10}{:>10}{:>10}", row[0], row[1], row[2]));
        }
    }
    out + &mistakes(e)
}

/// Why there is no figure of sentiment where there is none.
fn no_sentiment(e: &Evaluation) -> &'static str {
    if e.knows.sentiment.is_empty() { "the model has no sentiment" } else { "no line has a sentiment" }
}

/// Why there is no figure of intents where there is none.
fn no_intents(e: &Evaluation) -> &'static str {
    match (e.knows.intents.is_empty(), e.lines.intents) {
        (true, _) => "the model has no intents",
        (false, 0) => "no line has intents",
        // Lists of intents, and all of them empty.
        (false, _) => "no line carries an intent",
    }
}

/// What a head that lacks some labels knows, and how the others count; a line a head.
fn partial_heads(e: &Evaluation) -> Vec<String> {
    let mut told = Vec::new();
    let missing: Vec<&str> = Tone::ALL.iter().filter(|t| !e.knows.sentiment.contains(t)).map(|t| t.name()).collect();
    if !e.sentiment.is_empty() && !missing.is_empty() {
        told.push(format!(
            "\nThe model knows {} of 3 tones; a line labelled {} counts as wrong.",
            e.knows.sentiment.len(),
            missing.join(" or ")
        ));
    }
    let (known, all) = (e.knows.intents.len(), INTENTS.len());
    if !e.intents.is_empty() && known < all {
        told.push(format!(
            "\nThe model knows {known} of {all} intents; the others count as missed where a line carries them."
        ));
    }
    told
}

/// The surest mistakes of each kind, a line each.
fn mistakes(e: &Evaluation) -> String {
    let mut out = String::new();
    let words = |text: &str| fit(text, WORDS);
    if !e.worst.sentiment.is_empty() {
        out.push_str("\nThe surest mistakes in tone:\n");
    }
    for m in &e.worst.sentiment {
        let (place, says, gold) = (safe(&m.place), m.model.name(), m.gold.name());
        let _ = writeln!(out, "  {place} says {says} ({:.2}), the label {gold}: {}", m.probability, words(&m.text));
    }
    if !e.worst.missed.is_empty() {
        out.push_str("\nThe surest missed intents, with how likely the model finds them:\n");
    }
    for m in &e.worst.missed {
        let place = safe(&m.place);
        let _ = writeln!(out, "  {place} misses {} ({:.2}): {}", m.intent, m.probability, words(&m.text));
    }
    if !e.worst.invented.is_empty() {
        out.push_str("\nThe surest invented intents:\n");
    }
    for m in &e.worst.invented {
        let place = safe(&m.place);
        let _ =
            writeln!(out, "  {place} says {} ({:.2}), the label does not: {}", m.intent, m.probability, words(&m.text));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::Answer,
        score::Score,
        utterance::{Intent, Intents, Millionths, Sentiment},
    };

    /// The table of a model that knows `known`, calls all negative, finds a stall everywhere and misses a competitor.
    fn shown(content: &str, known: &Known) -> String {
        let cases = read_cases("f\u{1b}[2J", content.as_bytes()).unwrap().cases;
        let sentiment = Sentiment::new(Millionths::ONE, Millionths(0), Millionths(0), 0.0);
        let score = Score { sentiment, intents: Intents([(Intent::Stall, Millionths(900_000))].into()) };
        let missed = Intents([(Intent::Competitor, Millionths(40_000))].into());
        let answers = vec![Answer { score, missed }; cases.len()];
        let evaluation = evaluate(&cases, &answers, known, 10);
        let provenance =
            Provenance { model: "m".into(), model_sha256: "0123456789abcdef".into(), ..Provenance::default() };
        table(&Measured { provenance, threads: 1, files: vec![], evaluation })
    }

    fn known(tones: &[Tone], intents: &[Intent]) -> Known {
        Known { sentiment: tones.iter().copied().collect(), intents: intents.iter().copied().collect() }
    }

    const LINE: &str = r#"{"text": "We went elsewhere.", "sentiment": "neutral", "intents": ["competitor"]}"#;

    #[test]
    fn a_head_that_the_model_lacks_is_said_and_stands_in_no_row() {
        let text = shown(LINE, &known(&Tone::ALL, &[]));
        assert!(text.contains("intents micro-F1        the model has no intents\n"), "{text}");
        assert!(!text.contains("competitor") && !text.contains("stall"), "{text}");
        let text = shown(LINE, &known(&[], &[Intent::Stall]));
        assert!(text.contains("sentiment macro-F1      the model has no sentiment\n"), "{text}");
        assert!(!text.contains("neutral") && !text.contains("unclear"), "{text}");
    }

    #[test]
    fn a_head_that_lacks_labels_is_said_with_how_they_count() {
        let text = shown(LINE, &known(&[Tone::Negative, Tone::Positive], &[Intent::Stall, Intent::Champion]));
        for part in [
            "m (0123456789ab), ONNX Runtime",
            "The model knows 2 of 3 tones; a line labelled neutral counts as wrong.",
            "The model knows 2 of 17 intents; the others count as missed where a line carries them.",
            "competitor                 1   not known to the model",
            "stall                      0      0.000       –   0.000",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn lines_without_a_label_of_a_head_are_said_and_counted() {
        let all = known(&Tone::ALL, &[Intent::Stall]);
        let text = shown("{\"text\": \"a\"}\n{\"text\": \"b\", \"sentiment\": \"neutral\"}", &all);
        assert!(text.contains("1 line with a sentiment, 0 with intents, 1 with neither (not counted)"), "{text}");
        assert!(text.contains("intents micro-F1        no line has intents\n"), "{text}");
    }

    #[test]
    fn the_words_of_a_mistake_cannot_steer_the_terminal_nor_fill_it() {
        let words = format!("a\\u001b[31m\\nb {}", "long ".repeat(30_000));
        let line = LINE.replace("We went elsewhere.", &words);
        let everything = known(&Tone::ALL, &[Intent::Stall, Intent::Competitor]);
        let text = shown(&line, &everything);
        for part in [
            "says negative (1.00), the label neutral: a",
            "misses competitor (0.04): a",
            "says stall (0.90), the label",
        ] {
            let row = text.lines().find(|row| row.contains(part)).unwrap_or_else(|| panic!("{part}: {text}"));
            assert!(row.contains("f�[2J:1 ") && row.contains("a�[31m b long") && row.ends_with('…'), "{row}");
            assert!(row.chars().count() < 260, "{row}");
        }
        assert!(!text.contains('\u{1b}'));
    }
}
