//! `dealtone report`: scored conversations to deals, the second half of `analyze` alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, ErrorKind},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::error::Category;

use super::{
    Done,
    export::{our_domains, read_team},
    input,
};
use crate::{
    config::ConfigFile,
    conversation::DealId,
    deal::{CrmRecord, check_making, tell_usual_stage_days},
    deal_report::finish_in,
    judgement::Judgements,
    parts,
    pipeline::{Analysed, end_of_day},
    read::{Skipped, deals_csv},
    rules::Rules,
    team::{Team, ours::Elsewhere},
    utterance::Scored,
};

mod results;

pub(super) use results::{ResultArgs, Results, Sides, called, say_by_code};

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// Scored conversations, one JSON object a line; several files merge, in any order and with repeats; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the CRM says of the deals, as deals.csv
    #[arg(long, value_name = "FILE")]
    deals: Option<PathBuf>,
    /// Mail domains of our side, beside those under which the parts were scored: a.com,b.com, or a file with one a line
    #[arg(long, value_name = "FILE|DOMAINS", env = "DEALTONE_OUR_DOMAINS")]
    our_domains: Option<String>,
    /// Who is of our team, beside whom the parts were scored with
    #[arg(long, value_name = "FILE", env = "DEALTONE_TEAM")]
    team: Option<PathBuf>,
    #[command(flatten)]
    results: ResultArgs,
}

pub(crate) fn run(args: &ReportArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let asked = args.results.read(config)?;
    let (mut crm, mut skipped) = (BTreeMap::new(), Vec::new());
    if let Some(path) = &args.deals {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| unread(path, "deals", &e))?;
        (crm, skipped) = deals_csv::parse(&name, &bytes);
    }
    tell_usual_stage_days(&mut crm, asked.as_of);
    let mut team = match args.team.as_ref().or(config.team.as_ref()) {
        Some(path) => read_team(path)?,
        None => Team::default(),
    };
    team.our_domains.extend(our_domains(args.our_domains.as_deref(), config)?);
    let files: Vec<PathBuf> = args.files.iter().map(|path| of_run(path)).collect();
    let (deals, told) = read_scored(&files, None)?;
    skipped.extend(told);
    if deals.is_empty() {
        let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        bail!("{}: no scored conversation is in it; {REMEDY}", names.join(", "));
    }
    check_one_making(&deals)?;
    team.elsewhere = elsewhere(&deals, &crm, &team);
    let mut results = Results::open(&args.results, &asked, skipped, &called(&crm, deals.keys()))?;
    for (id, scored) in deals {
        let crm = crm.remove(&id);
        let (deal, skipped) = parts::merge(id, crm, scored, &team)?;
        let day = asked.as_of.or_else(|| deal.crm.as_ref()?.as_of);
        let as_of = day.map(|day| end_of_day(day, &asked.zone));
        let report = finish_in(&deal, &asked.rules, as_of, &asked.zone);
        results.add(Analysed { deal, report, skipped })?;
    }
    results.finish(Vec::new())?.say()
}

/// Who is ours by what all deals show, as where they are read at once.
fn elsewhere(deals: &BTreeMap<DealId, Vec<Scored>>, crm: &BTreeMap<DealId, CrmRecord>, team: &Team) -> Elsewhere {
    let mut found = Elsewhere::default();
    crm.values().filter_map(|record| record.owner.as_deref()).for_each(|owner| found.learn_owner(owner));
    let our_domains = team.all_our_domains();
    for noted in deals.values().flatten().filter_map(|scored| scored.conversation.as_read.as_deref()) {
        noted.owner.iter().for_each(|owner| found.learn_owner(owner));
        let all: BTreeSet<String> = our_domains.iter().chain(&noted.our_domains).cloned().collect();
        found.learn(&noted.participants, &all);
    }
    found
}

/// The scored conversations of a run whose folder is named; what is no such folder as it is.
fn of_run(path: &Path) -> PathBuf {
    let scored = path.join("scored.jsonl");
    if path.is_dir() && scored.is_file() { scored } else { path.to_owned() }
}

/// What to do where a file holds no scored conversations.
const REMEDY: &str = "name what `dealtone score PATH` printed, or scored.jsonl of a run";

/// Scored conversations by deal.
type ByDeal = BTreeMap<DealId, Vec<Scored>>;

/// The scored conversations of files, by deal. A line that is none refuses them all: a deal that lacks a conversation would be
/// judged as if nothing were missing; so does one that was made otherwise than others of its deal. With `only`, that deal's
/// are taken. Gives also what should be known of what was read.
pub(super) fn read_scored(files: &[PathBuf], only: Option<&DealId>) -> anyhow::Result<(ByDeal, Vec<Skipped>)> {
    let mut deals = ByDeal::new();
    let mut told = Vec::new();
    for path in files {
        let name = path.display().to_string();
        let unread = |e| anyhow!("{name}: scored conversations cannot be read: {e}; {REMEDY}");
        let file = std::fs::File::open(input(path)).map_err(unread)?;
        for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
            let place = || format!("{name}:{}", number + 1);
            let line = line.map_err(|e| match e.kind() {
                ErrorKind::InvalidData => anyhow!("{}: this is no text in UTF-8; {REMEDY}", place()),
                _ => unread(e),
            })?;
            if line.trim().is_empty() {
                continue;
            }
            // Of a large run, what one deal says fits into memory where all may not.
            let of_another =
                |only: &DealId| serde_json::from_str(&line).is_ok_and(|line: OfDeal| line.conversation.deal != *only);
            if only.is_some_and(of_another) {
                continue;
            }
            let mut scored: Scored = serde_json::from_str(&line)
                .map_err(|e| anyhow!("{}: this is no scored conversation: {}", place(), why_none(&e)))?;
            scored.check().with_context(place)?;
            if let Some(message) = scored.conversation.drop_impossible_times() {
                let (file, line) = (name.clone(), Some(number + 1));
                told.push(Skipped { file, line, code: "bad_time".into(), message });
            }
            let deal = deals.entry(scored.conversation.deal.clone()).or_default();
            if let Some(held) = deal.first() {
                check_making(held, &scored).with_context(place)?;
            }
            deal.push(scored);
        }
    }
    Ok((deals, told))
}

/// Refuses deals that were scored by different models or runtimes: one list of them would rank what cannot be held against each
/// other. Within a deal that was seen to line by line, and more strictly.
fn check_one_making(deals: &BTreeMap<DealId, Vec<Scored>>) -> anyhow::Result<()> {
    let mut firsts = deals.values().filter_map(|scored| scored.first());
    let Some(held) = firsts.next() else { return Ok(()) };
    for scored in firsts {
        let differences = scored.provenance.differences(&held.provenance);
        let made = differences.iter().find(|d| ["model", "runtime"].contains(&d.what));
        if let Some(made) = made {
            bail!(
                "the deals {} and {} were scored otherwise than each other: {made}; score all with the same model and runtime, \
                 or report those of each into a folder of their own",
                held.conversation.deal,
                scored.conversation.deal,
            );
        }
    }
    Ok(())
}

/// Whose a line of scored conversations is.
#[derive(Deserialize)]
struct OfDeal {
    conversation: InDeal,
}

#[derive(Deserialize)]
struct InDeal {
    deal: DealId,
}

/// Why a line is no scored conversation, and what to do; without any of its words, which may be a customer's.
fn why_none(error: &serde_json::Error) -> String {
    const AGAIN: &str = "score that export again, or take the line out to judge without it";
    let column = error.column();
    match error.classify() {
        Category::Eof => format!("it ends in the middle; {AGAIN}"),
        Category::Syntax | Category::Io => format!("it is no JSON from column {column} on; {AGAIN}"),
        Category::Data => {
            let what = error.to_string();
            let lacks = what.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            match lacks {
                // Other lines of ours, such as those of deals.jsonl.
                Some(key @ ("conversation" | "utterances" | "provenance")) => format!("it has no {key:?}; {REMEDY}"),
                Some(key) => format!("it lacks {key:?} at column {column}; {AGAIN}"),
                // A line of utterances.jsonl names the conversation where here stands all of it.
                None if what.contains("expected struct Conversation") => {
                    format!("its \"conversation\" is none with its words; {REMEDY}")
                }
                None => format!("its value at column {column} is not of the kind that belongs there; {AGAIN}"),
            }
        }
    }
}

/// The judgements of the files that are named, else of the one of the settings.
pub(crate) fn judgements(paths: &[PathBuf], config: &ConfigFile, rules: &Rules) -> anyhow::Result<Judgements> {
    let own = config.judgements.as_slice();
    let mut all = Judgements::default();
    for path in if paths.is_empty() { own } else { paths } {
        super::rules::add(&mut all, path, rules)?;
    }
    Ok(all)
}

/// The built-in rules, with those of a file over them where one is named.
pub(crate) fn rules(path: Option<&PathBuf>) -> anyhow::Result<Rules> {
    let Some(path) = path else { return Ok(Rules::built_in()) };
    Ok(Rules::with(&read_text(path, "rules")?, &path.display().to_string())?)
}

/// The text of a file that the user named; `what` it holds. Where it cannot be read, the name is wrong: no output failed.
pub(super) fn read_text(path: &Path, what: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path).map_err(|e| unread(path, what, &e))
}

/// Why a file that the user named is not read, and what to do.
pub(super) fn unread(path: &Path, what: &str, error: &std::io::Error) -> anyhow::Error {
    let remedy = match error.kind() {
        ErrorKind::NotFound => "check how it is written and in which folder you are",
        ErrorKind::PermissionDenied => "check that it is yours to read",
        ErrorKind::IsADirectory => "name the file in that folder",
        ErrorKind::InvalidData => "save it as UTF-8",
        _ => "name a file that can be read",
    };
    anyhow!("{}: {what} cannot be read: {error}; {remedy}", path.display())
}
