//! `dealtone rules`: check a file of rules, and count which rules people do not believe.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use clap::Subcommand;

use super::{
    Done,
    judged::{Judged, called, deals_of, read_judged},
    terminal::tell,
};
use crate::{
    config::ConfigFile,
    conversation::DealId,
    deal::called::Called,
    judgement::{Disagreement, Judgements},
    rules::Rules,
};

#[derive(Subcommand)]
pub(crate) enum RulesCommand {
    /// Check a file of rules, say what it changes, and what of it will not read as you may think
    Check {
        /// The file
        file: PathBuf,
    },
    /// Which rules people do not believe: in how many deals each fired in a run, in how many of these it is not believed, by
    /// whom and why
    Review {
        /// Folder of a run, or its deals.jsonl
        deals: PathBuf,
        /// Files of judgements [default: judgements.toml]
        #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
        judgements: Vec<PathBuf>,
        /// Your own rules over the built-in ones: they may be doubted, too
        #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
        rules: Option<PathBuf>,
    },
}

pub(crate) fn run(command: &RulesCommand, config: &ConfigFile) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    match command {
        RulesCommand::Check { file } => {
            let (own, built_in) = (super::report::rules(Some(file))?, Rules::built_in());
            for rule in own.all() {
                let held = built_in.rule(&rule.name);
                match held {
                    None => writeln!(out, "new: {}", rule.name)?,
                    Some(held) if held != rule => writeln!(out, "changed: {}", rule.name)?,
                    Some(_) => continue,
                }
                for doubt in rule.doubts(held) {
                    writeln!(out, "  {doubt}")?;
                }
            }
            for rule in own.off() {
                writeln!(out, "off: {}", rule.name)?;
            }
        }
        RulesCommand::Review { deals, judgements, rules } => {
            let rules = super::report::rules(rules.as_ref().or(config.rules.as_ref()))?;
            // A run's folder does as well as the file in it.
            let judged = read_judged(&if deals.is_dir() { deals_of(deals) } else { deals.clone() })?;
            let known = called(&judged);
            // Where none is named, that to which `judge` adds where none is named.
            let judge_adds_to = config.judgements.clone().unwrap_or_else(|| PathBuf::from("judgements.toml"));
            let judgements = if judgements.is_empty() { std::slice::from_ref(&judge_adds_to) } else { judgements };
            let mut all = Judgements::default();
            for path in judgements {
                add(&mut all, path, &rules)?;
            }
            let all = all.by_id(&known).map_err(|told| anyhow!("judgements: {told}"))?;
            warn_of_no_deal(&all, &known);
            out.write_all(review(&all, &fired(&judged)).as_bytes())?;
        }
    }
    Ok(Done::Whole)
}

/// In which deals each rule fired.
fn fired(judged: &[Judged]) -> BTreeMap<String, BTreeSet<DealId>> {
    let mut by_rule = BTreeMap::<String, BTreeSet<DealId>>::new();
    for deal in judged {
        for rule in deal.raised() {
            by_rule.entry(rule.to_owned()).or_default().insert(deal.deal.clone());
        }
    }
    by_rule
}

/// Each rule that somebody does not believe, with who and why, the one that is believed in the fewest of its deals first. A
/// doubt about a deal in which the rule did not fire says nothing against it there, and is listed apart.
fn review(judgements: &Judgements, fired: &BTreeMap<String, BTreeSet<DealId>>) -> String {
    let nowhere = BTreeSet::new();
    let mut rules: Vec<_> = (judgements.disagreements().into_iter())
        .map(|(rule, doubts)| {
            let fired = fired.get(rule).unwrap_or(&nowhere);
            let (there, elsewhere): (Vec<_>, Vec<_>) = doubts.into_iter().partition(|d| fired.contains(d.deal));
            (rule, fired.len(), there, elsewhere)
        })
        .collect();
    rules.sort_by_key(|(.., there, _)| Reverse(there.len()));
    let mut out = String::new();
    for (rule, fired, there, elsewhere) in rules {
        let deals: BTreeSet<&DealId> = there.iter().map(|d| d.deal).collect();
        let times = if there.len() > deals.len() { format!(", {} times", there.len()) } else { String::new() };
        let _ = writeln!(out, "{rule}: fired in {fired}, not believed in {}{times}", deals.len());
        there.iter().for_each(|doubt| write_doubt(&mut out, "  ", doubt));
        if !elsewhere.is_empty() {
            out.push_str("  doubted where it did not fire:\n");
            elsewhere.iter().for_each(|doubt| write_doubt(&mut out, "    ", doubt));
        }
    }
    out
}

fn write_doubt(out: &mut String, indent: &str, Disagreement { deal, by, because }: &Disagreement) {
    let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
    // One over several lines stays one line of the list.
    let because: Vec<&str> = because.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let _ = writeln!(out, "{indent}{deal}{by}: {}", because.join(" "));
}

/// Adds the judgements of a file. They may doubt a rule that is switched off by now, as often doubted ones are.
pub(super) fn add(all: &mut Judgements, path: &Path, rules: &Rules) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let text = super::report::read_text(path, "judgements")?;
    all.add(Judgements::parse(&text, &name, &rules.with_those_off())?).map_err(|message| anyhow!("{name}: {message}"))
}

/// Says on standard error which judgements are of deals that are not there.
pub(super) fn warn_of_no_deal(judgements: &Judgements, deals: &Called) {
    for told in judgements.of_no_deal(deals) {
        tell(format_args!("a judgement stands nowhere: {told}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_counts_where_the_rule_fired_and_is_listed_apart_where_it_did_not() {
        let judgements = "[deal.a]\nby = \"Priya\"\ndisagree.stalled = \"summer\"\ndisagree.gone_quiet = \"a\\n  holiday\"\n\
                          [deal.b.disagree]\ngone_quiet = \"we met\"\n[deal.c.disagree]\ngone_quiet = \"they called\"\n";
        let judgements = Judgements::parse(judgements, "j.toml", &Rules::built_in()).unwrap();
        let deals = |names: &[&str]| names.iter().map(|name| DealId((*name).into())).collect();
        let fired = [("stalled".into(), deals(&["a"])), ("gone_quiet".into(), deals(&["d", "e", "f"]))].into();
        assert_eq!(
            review(&judgements, &fired),
            "stalled: fired in 1, not believed in 1\n  a (Priya): summer\n\
             gone_quiet: fired in 3, not believed in 0\n  doubted where it did not fire:\n    a (Priya): a holiday\n    \
             b: we met\n    c: they called\n"
        );
    }
}
