//! What the manager judges, beside what is measured: trust, relationship and fit, notes, and flags that are not believed.
//!
//! No transcript shows whether a buyer trusts us. So the report gives the manager's own marks a place; they stand beside the
//! measured numbers and are never averaged into them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{conversation::DealId, rules::Rules};

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
        let raw: Raw =
            toml::from_str(text).map_err(|e| error(e.span().map_or(0, |s| s.start), e.message().to_owned()))?;
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
                return Err(error(at, format!("{unknown:?} is no rule; `dealtone explain rules` lists them")));
            }
            found.insert(DealId(name.into_inner()), judgement);
        }
        Ok(Judgements(found))
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
        for (bad, line) in [
            ("[deal.a]\n\ntrust = 4\nluck = 2\n", 4),
            ("\n[deal.a]\nfit = 9\n", 2),
            ("[deal.a.disagree]\nstaled = \"x\"\n", 1),
        ] {
            assert_eq!(Judgements::parse(bad, "j.toml", &rules).unwrap_err().line, line, "{bad}");
        }
    }
}
