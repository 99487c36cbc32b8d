//! `dealtone report`: scored conversations to deals, the second half of `analyze` alone.

use std::{collections::BTreeMap, io::BufRead, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use jiff::civil::Date;

use super::{Done, out_folder::OutFolder};
use crate::{
    config::ConfigFile,
    conversation::DealId,
    deal::{CrmRecord, Deal, tell_usual_stage_days},
    deal_report::finish,
    judgement::Judgements,
    pipeline::end_of_day,
    read::deals_csv,
    report::jsonl,
    rules::Rules,
    utterance::Scored,
};

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// Scored conversations, one JSON object a line; several files merge, in any order and with repeats
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the CRM says of the deals, as deals.csv
    #[arg(long, value_name = "FILE")]
    deals: Option<PathBuf>,
    /// Folder for the results; made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Day of judgement, as 2026-06-12 [default: as_of of deals.csv, else each deal's latest interaction]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Your own rules over the built-in ones
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// What people judge of the deals, to stand beside what is measured; one file of all, or one of each who judges
    #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
    judgements: Vec<PathBuf>,
}

pub(crate) fn run(args: &ReportArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let rules = rules(args.rules.as_ref().or(config.rules.as_ref()))?;
    let judgements = judgements(&args.judgements, config, &rules)?;
    let mut crm: BTreeMap<DealId, CrmRecord> = BTreeMap::new();
    if let Some(path) = &args.deals {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("{name}: deals cannot be read"))?;
        let (read, skipped) = deals_csv::parse(&name, &bytes);
        if let Some(first) = skipped.first() {
            bail!("{first}");
        }
        crm = read;
    }
    tell_usual_stage_days(&mut crm, args.as_of);
    let deals = read_scored(&args.files, &crm)?;
    super::rules::warn_of_no_deal(&judgements, deals.keys());
    let mut out = OutFolder::open(&args.out)?;
    let (mut utterances, mut lines) = (String::new(), String::new());
    for deal in deals.values() {
        let as_of = args.as_of.or_else(|| deal.crm.as_ref()?.as_of).map(end_of_day);
        utterances.push_str(&jsonl::utterances(deal));
        let mut report = finish(deal, &rules, as_of);
        report.judgements = judgements.of(&deal.id).to_vec();
        lines.push_str(&jsonl::deal(&report));
    }
    out.write("utterances.jsonl", utterances.as_bytes())?;
    out.write("deals.jsonl", lines.as_bytes())?;
    out.finish()?;
    Ok(Done::Whole)
}

/// **Merge** over files of scored conversations, with what the CRM says of each deal.
pub(super) fn read_scored(
    files: &[PathBuf],
    crm: &BTreeMap<DealId, CrmRecord>,
) -> anyhow::Result<BTreeMap<DealId, Deal>> {
    let mut deals: BTreeMap<DealId, Deal> = BTreeMap::new();
    for path in files {
        let name = path.display().to_string();
        let file = std::fs::File::open(path).with_context(|| format!("{name}: scored lines cannot be read"))?;
        for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
            let place = || format!("{name}:{}", number + 1);
            let line = line.with_context(|| format!("{}: this is not UTF-8 text", place()))?;
            if line.trim().is_empty() {
                continue;
            }
            let scored: Scored =
                serde_json::from_str(&line).with_context(|| format!("{}: this is no scored conversation", place()))?;
            scored.check().with_context(place)?;
            let id = scored.conversation.deal.clone();
            let deal = deals.entry(id.clone()).or_insert_with(|| Deal::new(id.clone(), crm.get(&id).cloned()));
            deal.absorb(scored).with_context(place)?;
        }
    }
    Ok(deals)
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
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: rules cannot be read"))?;
    Ok(Rules::with(&text, &name)?)
}
