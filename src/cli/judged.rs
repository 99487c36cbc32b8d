//! The deal of a run that a user names, as the run's `deals.jsonl` tells of it.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use serde::Deserialize;

use crate::{
    conversation::{DealId, Timestamp},
    deal::{CrmRecord, called::Called},
    health::Health,
    judgement::Judgement,
    read::export::UNASSIGNED,
    rules::Finding,
};

/// What the commands that name a deal look at in its line.
#[derive(Deserialize)]
pub(crate) struct Judged {
    pub deal: DealId,
    pub crm: Option<CrmRecord>,
    pub as_of: Option<Timestamp>,
    /// What people judged of it in that run.
    #[serde(default)]
    pub judgements: Vec<Judgement>,
    /// Of the rules that judged it; an earlier run says none.
    pub rules_sha256: Option<String>,
    risks: Vec<Named>,
    coaching: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Judged {
    /// The rules whose flags and prompts were raised for it.
    pub fn raised(&self) -> impl Iterator<Item = &str> {
        self.risks.iter().chain(&self.coaching).map(|finding| finding.name.as_str())
    }
}

/// What a run found in a deal.
#[derive(Deserialize)]
pub(crate) struct Found {
    pub health: Health,
    pub risks: Vec<Finding>,
    pub coaching: Vec<Finding>,
}

/// What the run whose deals `file` lists found in the deal `id`; none where another version wrote it otherwise.
pub(crate) fn found_of(file: &Path, id: &DealId) -> Option<Found> {
    #[derive(Deserialize)]
    struct Of {
        deal: DealId,
    }
    // One line of a file that was read whole a moment ago, and of which all findings together may be large.
    let content = std::fs::read_to_string(file).ok()?;
    let of_it = |line: &&str| serde_json::from_str(line).is_ok_and(|of: Of| of.deal == *id);
    serde_json::from_str(content.lines().find(of_it)?).ok()
}

/// What these deals are called. What an earlier dealtone lists of what fits no deal is none.
pub(crate) fn called(judged: &[Judged]) -> Called<'_> {
    let deals = judged.iter().filter(|deal| deal.deal.0 != UNASSIGNED);
    Called::of(deals.map(|deal| (&deal.deal, deal.crm.as_ref().and_then(|crm| crm.name.as_deref()))))
}

/// The deals of a run, as its `deals.jsonl` at `path` tells of them.
///
/// # Errors
/// Where it is not there, or a line of it is none; the message has nothing of the line, which may quote a customer.
pub(crate) fn read_judged(path: &Path) -> anyhow::Result<Vec<Judged>> {
    let file = path.display();
    let content = std::fs::read_to_string(path).map_err(|e| {
        // The file in the folder was named instead of it.
        let why = if path.parent().is_some_and(Path::is_file) { String::new() } else { format!(": {e}") };
        anyhow!("{file}: no results are there; name the folder that `dealtone analyze --out` wrote{why}")
    })?;
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|e| {
            let (number, column) = (number + 1, e.column());
            anyhow!(
                "{file}:{number}: this is no line of a run's deals.jsonl, by column {column}; write the results again"
            )
        })
    };
    lines.map(read).collect()
}

/// The file that lists the deals of the run in that folder.
pub(crate) fn deals_of(run: &Path) -> PathBuf {
    run.join("deals.jsonl")
}

/// The deal of the run in the folder `run` that is called `asked`.
///
/// # Errors
/// Where the run cannot be read, or none or several are called so.
pub(crate) fn deal_of(run: &Path, asked: &str) -> anyhow::Result<Judged> {
    let path = deals_of(run);
    one_of(read_judged(&path)?, asked, &path)
}

/// The one of `judged` that is called `asked`; `file` lists them.
///
/// # Errors
/// Where none or several are called so.
pub(crate) fn one_of(mut judged: Vec<Judged>, asked: &str, file: &Path) -> anyhow::Result<Judged> {
    let file = file.display();
    let deals = called(&judged);
    let at = match deals.meant(asked) {
        Ok(id) => judged.iter().position(|deal| deal.deal == *id),
        Err(told) if deals.like(asked).is_empty() => bail!("{file}: {told}; it has {}", deals.some()),
        Err(told) => bail!("{file}: {told}"),
    };
    Ok(judged.swap_remove(at.expect("it is of one of them")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_that_is_not_there_is_told_with_those_that_are() {
        let run = tempfile::tempdir().unwrap();
        let line = |id: &str, name: &str| {
            format!("{{\"deal\":{id:?},\"crm\":{{\"name\":{name:?}}},\"risks\":[],\"coaching\":[]}}\n")
        };
        let lines = line("a-1", "Renewal 2026") + &line("b-1", "Pilot") + &line("unassigned", "");
        std::fs::write(run.path().join("deals.jsonl"), lines).unwrap();
        let found = |asked| deal_of(run.path(), asked).map(|deal| deal.deal.0).map_err(|e| e.to_string());
        assert_eq!(found("renewal 2026").as_deref(), Ok("a-1"));
        assert!(found("zzz").unwrap_err().ends_with("no deal of this run; it has Renewal 2026, Pilot"));
        assert!(found("renewal 2062").unwrap_err().ends_with("did you mean \"Renewal 2026\"?"));
    }

    #[test]
    fn a_line_that_is_none_is_named_without_its_words() {
        let run = tempfile::tempdir().unwrap();
        let lines = "\n{\"deal\":\"a\",\"risks\":\"CANARY\",\"coaching\":[]}\n";
        std::fs::write(run.path().join("deals.jsonl"), lines).unwrap();
        let told = format!("{:#}", deal_of(run.path(), "a").err().unwrap());
        assert!(told.contains("deals.jsonl:2: ") && !told.contains("CANARY"), "{told}");
    }
}
