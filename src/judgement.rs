//! What the manager judges, beside what is measured: trust, relationship and fit, notes, and flags that are not believed.
//!
//! No transcript shows whether a buyer trusts us. So the report gives the manager's own marks a place; they stand beside the
//! measured numbers and are never averaged into them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    conversation::DealId,
    rules::{Rules, unknown_name},
};

/// What a person judges of one deal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Who judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether the buyer trusts us, 1 (not at all) to 5 (fully).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<u8>,
    /// How good the relationship is, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship: Option<u8>,
    /// Whether this is a customer whom we should want, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<u8>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Flags and prompts that the person does not believe, by rule, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub disagree: BTreeMap<String, String>,
}

/// The keys of a judgement, for "did you mean".
const KEYS: &[&str] = &["deal", "by", "trust", "relationship", "fit", "note", "disagree"];

/// The judgements of a file, by deal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgements(pub BTreeMap<DealId, Judgement>);

/// Why a file of judgements was refused.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct JudgementError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    deal: BTreeMap<toml::Spanned<String>, Judgement>,
}

impl Judgements {
    /// Reads the text of `file`: a table `[deal."NAME"]` a deal.
    ///
    /// # Errors
    /// Where it is no TOML, names an unknown key or a rule that is not there, or a mark is not from 1 to 5.
    pub fn parse(text: &str, file: &str, rules: &Rules) -> Result<Judgements, JudgementError> {
        let error = |at: usize, message: String| JudgementError {
            file: file.to_owned(),
            line: text[..at.min(text.len())].matches('\n').count() + 1,
            message,
        };
        let raw: Raw = toml::from_str(text).map_err(|e| {
            let unknown = e.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
            let message = match unknown {
                Some(name) => unknown_name(name, "key of a file of judgements", KEYS.iter().copied()),
                None => e.message().to_owned(),
            };
            error(e.span().map_or(0, |s| s.start), message)
        })?;
        let mut found = BTreeMap::new();
        for (name, judgement) in raw.deal {
            let at = name.span().start;
            for (mark, value) in
                [("trust", judgement.trust), ("relationship", judgement.relationship), ("fit", judgement.fit)]
            {
                if value.is_some_and(|v| !(1..=5).contains(&v)) {
                    return Err(error(at, format!("{mark} is a mark from 1 (bad) to 5 (good)")));
                }
            }
            if let Some(unknown) = judgement.disagree.keys().find(|rule| rules.rule(rule).is_none()) {
                let unknown = unknown_name(unknown, "rule", rules.all().iter().map(|r| r.name.as_str()));
                return Err(error(at, format!("{unknown}; `dealtone explain rules` lists them")));
            }
            found.insert(DealId(name.into_inner()), judgement);
        }
        Ok(Judgements(found))
    }

    /// What to say where a judgement is of a deal that is not among `known`: it would stand nowhere.
    pub fn of_no_deal<'a>(&self, known: impl Iterator<Item = &'a DealId> + Clone) -> Vec<String> {
        let missing = self.0.keys().filter(|deal| known.clone().all(|k| k != *deal));
        missing.map(|deal| unknown_name(&deal.0, "deal of this run", known.clone().map(|k| k.0.as_str()))).collect()
    }

    /// How often each rule is not believed, with the reasons, the least believed first.
    pub fn disagreements(&self) -> Vec<(&str, Vec<(&DealId, &str)>)> {
        let mut by_rule: BTreeMap<&str, Vec<(&DealId, &str)>> = BTreeMap::new();
        for (deal, judgement) in &self.0 {
            for (rule, reason) in &judgement.disagree {
                by_rule.entry(rule).or_default().push((deal, reason));
            }
        }
        let mut all: Vec<_> = by_rule.into_iter().collect();
        all.sort_by_key(|(_, reasons)| std::cmp::Reverse(reasons.len()));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disagreements_are_counted_by_rule_and_mistakes_refused_with_their_line() {
        let rules = Rules::built_in();
        let text = "[deal.a]\ntrust = 4\nnote = \"met the owner\"\n[deal.a.disagree]\nstalled = \"summer break\"\n\
                    [deal.b.disagree]\nstalled = \"agreed pause\"\nprice_pressure = \"they always open low\"\n";
        let judgements = Judgements::parse(text, "j.toml", &rules).unwrap();
        let counted: Vec<_> = judgements.disagreements().iter().map(|(rule, why)| (*rule, why.len())).collect();
        assert_eq!(counted, [("stalled", 2), ("price_pressure", 1)]);
        for (bad, line, part) in [
            ("[deal.a]\n\ntrust = 4\nluck = 2\n", 4, "no key"),
            ("[deal.a]\ntrsut = 4\n", 2, "did you mean \"trust\""),
            ("\n[deal.a]\nfit = 9\n", 2, "from 1"),
            ("[deal.a.disagree]\nstaled = \"x\"\n", 1, "did you mean \"stalled\""),
        ] {
            let error = Judgements::parse(bad, "j.toml", &rules).unwrap_err();
            assert_eq!(error.line, line, "{bad}");
            assert!(error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn a_judgement_of_a_deal_that_is_not_there_is_told_with_the_nearest_name() {
        let judgements = Judgements::parse("[deal.acme]\n[deal.borg-1]\n", "j.toml", &Rules::built_in()).unwrap();
        let known = [DealId("acme".into()), DealId("borg-2".into())];
        let told = judgements.of_no_deal(known.iter());
        assert_eq!(told, ["\"borg-1\" is no deal of this run; did you mean \"borg-2\"?"]);
    }
}
