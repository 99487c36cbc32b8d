//! `dealtone judge DEAL`: adds what a person judges of a deal to a file of judgements.

use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

use super::{Done, OutputError};
use crate::{
    config::ConfigFile,
    judgement::{Addition, write_into},
    names::unknown_name,
};

#[derive(Args)]
pub(crate) struct JudgeArgs {
    /// The deal's name, as its folder or deals.csv has it
    deal: String,
    /// Who judges
    #[arg(long, value_name = "NAME")]
    by: String,
    /// A mark from 1 (bad) to 5 (good): trust, relationship or fit; several may be given
    #[arg(long = "mark", value_name = "NAME=1-5", value_parser = mark)]
    marks: Vec<(String, u8)>,
    /// A note; it is added to what you noted before
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// A flag or prompt that you do not believe of this deal
    #[arg(long, value_name = "RULE", requires = "because")]
    disagree: Option<String>,
    /// Why you do not believe it
    #[arg(long, value_name = "TEXT", requires = "disagree")]
    because: Option<String>,
    /// The file that it is added to; made where it is not there [default: judgements.toml]
    #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
    judgements: Option<PathBuf>,
    /// Folder that `dealtone analyze --out` wrote: a deal that is not in it is refused
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,
    /// Your own rules over the built-in ones
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
}

/// What of a line of deals.jsonl is looked at here.
#[derive(Deserialize)]
struct Known {
    deal: String,
    risks: Vec<Named>,
    coaching: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

pub(crate) fn run(args: &JudgeArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    // A doubt about a rule that is switched off here still stands in the file.
    let rules = super::report::rules(args.rules.as_ref().or(config.rules.as_ref()))?.with_those_off();
    let raised = args.run.as_deref().map(|run| findings_of(&args.deal, run)).transpose()?;
    let path = args.judgements.as_ref().or(config.judgements.as_ref());
    let path = path.cloned().unwrap_or_else(|| PathBuf::from("judgements.toml"));
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => "# What people judge of deals, beside what is measured.\n".into(),
        Err(e) => return Err(e).with_context(|| format!("{name}: judgements cannot be read")),
    };
    let addition = Addition {
        deal: args.deal.clone(),
        by: args.by.trim().to_owned(),
        marks: args.marks.clone(),
        note: args.note.clone().filter(|note| !note.trim().is_empty()),
        disagree: args.disagree.clone().zip(args.because.clone()),
    };
    let (after, done) = write_into(&text, &name, &rules, &addition)?;
    let remedy = "the judgement was not written; name a file that you may write to with --judgements";
    replace(&path, &after).map_err(|cause| OutputError { path: name.clone(), cause, remedy })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name}: {}, {}: {}", args.deal, addition.by, done.join("; "))?;
    if let (Some(raised), Some(rule)) = (raised, &args.disagree)
        && !raised.contains(rule)
    {
        eprintln!("dealtone: {rule} is not raised for {:?} in that run", args.deal);
    }
    Ok(Done::Whole)
}

/// `trust=4`.
fn mark(text: &str) -> Result<(String, u8), String> {
    let said = || format!("write it as trust=4; {text:?} is no mark from 1 (bad) to 5 (good)");
    let (name, value) = text.split_once('=').ok_or_else(said)?;
    Ok((name.trim().to_owned(), value.trim().parse().map_err(|_| said())?))
}

/// The flags and prompts that a run raised for a deal.
fn findings_of(deal: &str, run: &Path) -> anyhow::Result<Vec<String>> {
    let path = run.join("deals.jsonl");
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!("{name}: no results are there; name the folder that `dealtone analyze --out` wrote")
    })?;
    let mut known = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line: Known =
            serde_json::from_str(line).with_context(|| format!("{name}:{}: this is no deal", number + 1))?;
        known.push(line);
    }
    match known.iter().position(|k| k.deal == deal) {
        Some(at) => {
            let found = known.swap_remove(at);
            Ok(found.risks.into_iter().chain(found.coaching).map(|f| f.name).collect())
        }
        None => bail!("{name}: {}", unknown_name(deal, "deal of this run", known.iter().map(|k| k.deal.as_str()))),
    }
}

/// Writes the whole file beside the old one and then puts it in its place, so that a full disk leaves the old one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = path.clone().into_os_string();
    beside.push(".part");
    std::fs::write(&beside, text)?;
    if let Ok(old) = std::fs::metadata(&path) {
        std::fs::set_permissions(&beside, old.permissions())?;
    }
    std::fs::rename(&beside, &path)
}
