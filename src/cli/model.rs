//! `dealtone model inspect DIR`: what a model folder is and whether it fits.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};

use super::{Done, EngineArgs};
use crate::{
    Side,
    config::ConfigFile,
    engine::{Engine, EngineOptions},
    score::{ModelCard, Text, model::Activation},
};

#[derive(Subcommand)]
pub(crate) enum ModelCommand {
    /// Read the folder, load the model, score a line, and say what it is
    Inspect(InspectArgs),
}

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The folder
    dir: PathBuf,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(crate) fn run(command: &ModelCommand, config: &ConfigFile) -> anyhow::Result<Done> {
    let ModelCommand::Inspect(args) = command;
    let options = EngineOptions { model: Some(args.dir.clone()), threads: Some(1), ..args.engine.options(config)? };
    let engine = Engine::load(&options)?;
    let text = Text { side: Side::Unknown, context: String::new(), text: "It fits.".into() };
    engine.score_texts(&[text])?;
    let mut out = std::io::stdout().lock();
    out.write_all(describe(&engine.card, &engine.provenance.runtime, &engine.provenance.device, &args.dir).as_bytes())?;
    Ok(Done::Whole)
}

fn describe(card: &ModelCard, runtime: &str, device: &str, folder: &Path) -> String {
    let way = |activation| match activation {
        Activation::Softmax => "one of them (softmax)",
        Activation::Sigmoid => "each for itself (sigmoid)",
    };
    let mut lines = vec![
        format!("{} fits.", folder.display()),
        format!("  name        {}", card.name),
        format!("  sha256      {}", card.sha256),
        format!("  weights     {}", card.weights.display()),
        format!("  runtime     ONNX Runtime {runtime} on {device}"),
        format!("  row         up to {} tokens; longer texts are scored in windows", card.max_tokens),
        format!("  context     {:?}", card.input.context).to_lowercase(),
    ];
    if card.tones.is_empty() {
        lines.push("  sentiment   none: every utterance will read as neutral".into());
    } else {
        let names: Vec<&str> = card.tones.iter().map(|(i, _)| card.labels[*i].as_str()).collect();
        lines.push(format!("  sentiment   {}: {}", names.join(", "), way(card.tone_activation)));
    }
    if card.intents.is_empty() {
        lines.push("  intents     none: rules that need them stay silent".into());
    } else {
        lines.push(format!("  intents     {}: {}", card.intents.len(), way(card.intent_activation)));
        for (_, intent, threshold) in &card.intents {
            lines.push(format!("              {:<20} from {threshold:.2}", intent.name()));
        }
    }
    let known: Vec<usize> = card.tones.iter().map(|(i, _)| *i).chain(card.intents.iter().map(|(i, _, _)| *i)).collect();
    let ignored: Vec<&str> =
        card.labels.iter().enumerate().filter(|(i, _)| !known.contains(i)).map(|(_, l)| l.as_str()).collect();
    if !ignored.is_empty() {
        lines.push(format!("  ignored     {}", ignored.join(", ")));
    }
    lines.join("\n") + "\n"
}
