//! The deal of a run that a user names, as the run's `deals.jsonl` tells of it.

use std::path::Path;

use anyhow::{anyhow, bail};
use serde::Deserialize;

use crate::{
    conversation::{DealId, Timestamp},
    deal::CrmRecord,
    judgement::Judgement,
    names::unknown_name,
};

/// So many deals are named where none is like what was asked for.
const NAMED: usize = 12;

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

    fn has_name(&self, name: &str) -> bool {
        let of_crm = self.crm.as_ref().and_then(|crm| crm.name.as_deref());
        let folded = |name: &str| name.trim().to_lowercase();
        of_crm.into_iter().chain([self.deal.0.as_str()]).any(|known| folded(known) == folded(name))
    }
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

/// The deal of the run in the folder `run` that is called `asked`: by its id, else, whatever the case, by its id or by the
/// name that the CRM gives it, which is what lists of deals show, where no other deal is called so.
pub(crate) fn deal_of(run: &Path, asked: &str) -> anyhow::Result<Judged> {
    let path = run.join("deals.jsonl");
    let file = path.display().to_string();
    let mut known = read_judged(&path)?;
    if let Some(at) = known.iter().position(|deal| deal.deal.0 == asked) {
        return Ok(known.swap_remove(at));
    }
    let named: Vec<usize> = (0..known.len()).filter(|at| known[*at].has_name(asked)).collect();
    match named[..] {
        [at] => Ok(known.swap_remove(at)),
        [] => {
            let of_crm = known.iter().filter_map(|deal| deal.crm.as_ref()?.name.as_deref());
            let names = known.iter().map(|deal| deal.deal.0.as_str()).chain(of_crm);
            let told = unknown_name(asked, "deal of this run", names);
            let mut ids: Vec<&str> = known.iter().take(NAMED).map(|deal| deal.deal.0.as_str()).collect();
            if known.len() > NAMED {
                ids.push("…");
            }
            let there =
                if told.contains("did you mean") { String::new() } else { format!("; it has {}", ids.join(", ")) };
            bail!("{file}: {told}{there}")
        }
        _ => {
            let ids: Vec<String> = named.iter().map(|at| format!("{:?}", known[*at].deal.0)).collect();
            bail!("{file}: {} deals are called {asked:?}; name one by its id: {}", ids.len(), ids.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_is_found_by_its_id_and_by_a_name_that_is_its_alone() {
        let run = tempfile::tempdir().unwrap();
        let line = |id: &str, name: &str| {
            format!("{{\"deal\":{id:?},\"crm\":{{\"name\":{name:?}}},\"risks\":[],\"coaching\":[]}}\n")
        };
        let lines =
            line("a-1", "Renewal 2026") + &line("b-1", "Pilot") + &line("b-2", "pilot") + &line("Pilot 9", "a-1");
        std::fs::write(run.path().join("deals.jsonl"), lines).unwrap();
        let found = |asked| deal_of(run.path(), asked).map(|deal| deal.deal.0).map_err(|e| e.to_string());
        assert_eq!(found("b-1").as_deref(), Ok("b-1"));
        assert_eq!(found("renewal 2026 ").as_deref(), Ok("a-1"));
        assert_eq!(found("a-1").as_deref(), Ok("a-1"), "an id comes before a name");
        assert_eq!(found("PILOT 9").as_deref(), Ok("Pilot 9"));
        assert!(
            found("Pilot").unwrap_err().ends_with("2 deals are called \"Pilot\"; name one by its id: \"b-1\", \"b-2\"")
        );
        assert!(found("zzz").unwrap_err().ends_with("no deal of this run; it has a-1, b-1, b-2, Pilot 9"));
        assert!(found("Renewal 2062").unwrap_err().contains("did you mean \"Renewal 2026\""));
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
