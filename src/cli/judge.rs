//! `dealtone judge DEAL`: adds what a person judges of a deal to a file of judgements.

use std::{
    io::{ErrorKind, Write},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;

use super::{
    Done, OutputError,
    judged::deal_of,
    lock::Lock,
    one_file::{beside, replace},
    terminal::tell,
};
use crate::{
    config::ConfigFile,
    conversation::DealId,
    judgement::{Addition, Judgements, write_into},
    names::meant,
};

#[derive(Args)]
pub(crate) struct JudgeArgs {
    /// The deal, by its id (its folder's name) or by the name that lists of deals show; with --run its id is written
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

pub(crate) fn run(args: &JudgeArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    if args.deal.trim().is_empty() {
        bail!("no deal is named; give its id, which is its folder's name, or the name that lists of deals show");
    }
    // A doubt about a rule that is switched off here still stands in the file.
    let rules = super::report::rules(args.rules.as_ref().or(config.rules.as_ref()))?.with_those_off();
    let judged = args.run.as_deref().map(|run| deal_of(run, &args.deal)).transpose()?;
    let deal = judged.as_ref().map_or(&args.deal, |judged| &judged.deal.0);
    let path = args.judgements.as_ref().or(config.judgements.as_ref());
    let path = path.cloned().unwrap_or_else(|| PathBuf::from("judgements.toml"));
    let name = path.display().to_string();
    let remedy = "the judgement was not written; name a file that you may write to with --judgements";
    let unwritten = |cause| OutputError { path: name.clone(), cause, remedy };
    // From what is read to what is written, so that of two who judge at once neither writes over the other.
    let _lock = Lock::wait_for(&beside(&path, "lock")).map_err(unwritten)?;
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => "# What people judge of deals, beside what is measured.\n".into(),
        Err(e) => return Err(e).with_context(|| format!("{name}: judgements cannot be read")),
    };
    let names = || rules.all().iter().map(|rule| rule.name.as_str());
    let rule = args.disagree.as_ref().map(|said| meant(said, names()).unwrap_or(said).to_owned());
    let addition = Addition {
        deal: deal.clone(),
        by: args.by.trim().to_owned(),
        marks: args.marks.clone(),
        note: args.note.clone().filter(|note| !note.trim().is_empty()),
        disagree: rule.clone().zip(args.because.clone()),
    };
    let (after, done) = write_into(&text, &name, &rules, &addition)?;
    let held = Judgements::parse(&text, &name, &rules);
    let is_first = held.is_ok_and(|held| held.of(&DealId(deal.clone())).is_empty());
    replace(&path, after.as_bytes()).map_err(unwritten)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{name}: {deal}, {}: {}", addition.by, done.join("; "))?;
    match (&judged, &rule) {
        (Some(judged), Some(rule)) if !judged.raised().any(|raised| raised == rule) => {
            tell(format_args!("{rule} is not raised for {deal:?} in that run"));
        }
        (None, _) if is_first => {
            tell(format_args!(
                "{deal:?} is new in {name} and was held against no run; with --run RUN a misspelt deal is refused"
            ));
        }
        _ => {}
    }
    Ok(Done::Whole)
}

/// `trust=4`.
fn mark(text: &str) -> Result<(String, u8), String> {
    let said = || format!("write it as trust=4; {text:?} is no mark from 1 (bad) to 5 (good)");
    let (name, value) = text.split_once('=').ok_or_else(said)?;
    Ok((name.trim().to_owned(), value.trim().parse().map_err(|_| said())?))
}
