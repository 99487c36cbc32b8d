//! `dealtone rules`: check a file of rules, and count which rules people do not believe.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Subcommand;
use serde::Deserialize;

use super::Done;
use crate::{
    config::ConfigFile,
    conversation::DealId,
    judgement::{Disagreement, Judgements},
    rules::Rules,
};

#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// Check a file of rules and say what it changes
    Check {
        /// The file
        file: PathBuf,
    },
    /// Which rules people do not believe: in how many deals each fired in a run, in how many it is not believed, by whom and
    /// why
    Review {
        /// deals.jsonl of a run
        deals: PathBuf,
        /// Files of judgements
        #[arg(long, required = true, value_name = "FILE")]
        judgements: Vec<PathBuf>,
    },
}

/// What of a line of deals.jsonl is counted here.
#[derive(Deserialize)]
struct Line {
    risks: Vec<Named>,
    coaching: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

pub(crate) fn run(command: &RulesCommand, config: &ConfigFile) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    match command {
        RulesCommand::Check { file } => {
            let (own, built_in) = (super::report::rules(Some(file))?, Rules::built_in());
            for rule in own.all() {
                match built_in.rule(&rule.name) {
                    None => writeln!(out, "new: {}", rule.name)?,
                    Some(held) if held != rule => writeln!(out, "changed: {}", rule.name)?,
                    Some(_) => {}
                }
            }
            for rule in built_in.all().iter().filter(|r| own.rule(&r.name).is_none()) {
                writeln!(out, "off: {}", rule.name)?;
            }
        }
        RulesCommand::Review { deals, judgements } => {
            let rules = super::report::rules(config.rules.as_ref())?;
            let mut fired: BTreeMap<String, usize> = BTreeMap::new();
            let name = deals.display().to_string();
            let text =
                std::fs::read_to_string(deals).with_context(|| format!("{name}: a run's deals cannot be read"))?;
            for (number, line) in text.lines().enumerate() {
                let line: Line = serde_json::from_str(line)
                    .with_context(|| format!("{name}:{}: this is no line of deals.jsonl", number + 1))?;
                for finding in line.risks.into_iter().chain(line.coaching) {
                    *fired.entry(finding.name).or_default() += 1;
                }
            }
            let mut all = Judgements::default();
            for path in judgements {
                add(&mut all, path, &rules)?;
            }
            for (rule, reasons) in all.disagreements() {
                let fired = fired.get(rule).copied().unwrap_or(0);
                let deals: BTreeSet<&DealId> = reasons.iter().map(|d| d.deal).collect();
                let times =
                    if reasons.len() > deals.len() { format!(", {} times", reasons.len()) } else { String::new() };
                writeln!(out, "{rule}: fired in {fired}, not believed in {}{times}", deals.len())?;
                for Disagreement { deal, by, because } in reasons {
                    let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
                    writeln!(out, "  {deal}{by}: {because}")?;
                }
            }
        }
    }
    Ok(Done::Whole)
}

/// Adds the judgements of a file.
pub(super) fn add(all: &mut Judgements, path: &Path, rules: &Rules) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: judgements cannot be read"))?;
    all.add(Judgements::parse(&text, &name, rules)?).map_err(|message| anyhow::anyhow!("{name}: {message}"))
}

/// Says on standard error which judgements are of deals that are not there.
pub(super) fn warn_of_no_deal<'a>(judgements: &Judgements, known: impl Iterator<Item = &'a DealId> + Clone) {
    for told in judgements.of_no_deal(known) {
        eprintln!("dealtone: a judgement stands nowhere: {told}");
    }
}
