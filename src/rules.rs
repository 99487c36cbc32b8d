//! Every risk flag and coaching prompt: condition, severity, wording, why it matters, what to ask, when it clears.
//!
//! The rules are data: `rules.toml` beside this file is compiled in, and a user's own file can overlay it.

use serde::{Deserialize, Serialize};

use crate::measure::{Evidence, Readings, Unit};

/// Whether a finding is about the deal or about our conduct in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The deal is at risk.
    Risk,
    /// Something for the seller: to mend, or done well.
    Coaching,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Praise: done well.
    Good,
    /// Worth knowing.
    Low,
    /// Worth acting on this week.
    Medium,
    /// Needs a person now.
    High,
}

/// One number that a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// Name of the measure.
    pub measure: String,
    /// Its value.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
}

/// A risk flag or coaching prompt that holds for a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Name of the rule.
    pub name: String,
    /// Risk or coaching.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is, 0 to 1: from how much and how clear the evidence is.
    pub confidence: f64,
    /// What was found, with its numbers.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to ask or do next.
    pub ask: String,
    /// What would make it go away.
    pub clears_when: String,
    /// The numbers it rests on.
    pub because: Vec<Because>,
    /// The words it rests on; never empty.
    pub evidence: Vec<Evidence>,
}

/// A checked set of rules.
#[derive(Clone, Debug, Default)]
pub struct Rules {}

/// Why a rules file was refused.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RulesError {
    /// The file, or "built-in".
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Rules {
    /// The rules that come with dealtone.
    pub fn built_in() -> Rules {
        Rules::default()
    }

    /// The findings that hold, risks first, the most severe first.
    pub fn apply(&self, _readings: &Readings) -> Vec<Finding> {
        Vec::new()
    }
}
