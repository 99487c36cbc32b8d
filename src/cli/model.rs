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
    score::{Fit, Text, model::Activation},
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
    out.write_all(describe(&engine, &args.dir).as_bytes())?;
    Ok(Done::Whole)
}

fn describe(engine: &Engine, folder: &Path) -> String {
    let (card, made) = (&engine.card, &engine.provenance);
    let way = |activation| match activation {
        Activation::Softmax => "one of them (softmax)",
        Activation::Sigmoid => "each for itself (sigmoid)",
    };
    let mut lines = vec![
        format!("{} fits.", folder.display()),
        format!("  name        {}", card.name),
        format!("  model       sha256 {} (config, tokenizer and weights: model_sha256 of results)", card.sha256),
        format!("  weights     {}", card.weights.display()),
    ];
    if let Some(hash) = &card.weights_sha256 {
        lines.push(format!("              sha256 {hash} (this file alone, as config.json states it)"));
    }
    lines.extend([
        format!("  runtime     {} on {}", made.runtime_in_words(), made.device),
        format!("  row         up to {} tokens; longer texts are scored in windows", card.max_tokens),
        format!("  context     {:?}", card.input.context).to_lowercase(),
    ]);
    if let Fit::OneByOne(why) = &engine.fit {
        lines.push(format!("  batches     none, lines run one by one, which takes longer: {why}"));
    }
    if card.tones.is_empty() {
        lines.push("  sentiment   none: every tone is unclear, and measures and rules that need it stay silent".into());
    } else {
        let names: Vec<&str> = card.tones.iter().map(|(i, _)| card.labels[*i].as_str()).collect();
        lines.push(format!("  sentiment   {}: {}", names.join(", "), way(card.tone_activation)));
        if card.rest_is_neutral() {
            lines.push("              the rest of the probability is neutral".into());
        }
        if made.unread.sentiment {
            lines.push(
                "              it cannot tell negative from positive, so measures and rules that need both stay silent"
                    .into(),
            );
        }
    }
    if card.intents.is_empty() {
        lines.push("  intents     none: measures and rules that need them stay silent".into());
    } else {
        lines.push(format!("  intents     {}: {}", card.intents.len(), way(card.intent_activation)));
        for (_, intent, threshold) in &card.intents {
            lines.push(format!("              {:<20} from {threshold:.2}", intent.name()));
        }
    }
    if !made.unread.intents.is_empty() && !made.unread.all_intents() {
        let names: Vec<&str> = made.unread.intents.iter().map(|intent| intent.name()).collect();
        lines.push(format!("  silent      measures and rules that need {}", names.join(", ")));
    }
    let known: Vec<usize> = card.tones.iter().map(|(i, _)| *i).chain(card.intents.iter().map(|(i, _, _)| *i)).collect();
    let ignored: Vec<&str> =
        card.labels.iter().enumerate().filter(|(i, _)| !known.contains(i)).map(|(_, l)| l.as_str()).collect();
    if !ignored.is_empty() {
        lines.push(format!("  ignored     {}", ignored.join(", ")));
    }
    lines.join("\n") + "\n"
}
