//! Every risk flag and coaching prompt: condition, severity, wording, why it matters, what to ask, when it clears.
//!
//! The rules are data: `rules.toml` beside this file is compiled in, and a user's own file overlays it. A rule sees readings
//! and nothing else, so that whatever it says can be checked against [`measure`](mod@crate::measure).
//!
//! `file` reads and checks what is written, `doubts` tells what holds and reads otherwise than one may think, `condition` is the language of conditions, `wording` makes the sentences.

mod condition;
mod doubts;
mod file;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    conversation::sha256,
    measure::{Evidence, Readings, Unit, trackers::Tracker},
};
use condition::{All, holds};

pub use file::RulesError;

/// Whether a finding is about the deal or about our conduct in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl Severity {
    /// The lower-case name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Good => "good",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
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
    /// How sure it is, 0 to 1: by how many quotes it rests on (`dealtone explain confidence`).
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

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name in files and reports.
    pub name: String,
    /// Risk or coaching.
    pub kind: Kind,
    /// Severity where `high_when` does not hold.
    pub severity: Severity,
    /// The condition as written: any of these holds.
    pub when: Vec<String>,
    /// As written: none of these may hold.
    pub unless: Vec<String>,
    /// As written: any of these raises the severity to high.
    pub high_when: Vec<String>,
    /// The named limits that the conditions use.
    pub limits: BTreeMap<String, f64>,
    /// The message, with `{measure}` for its numbers.
    pub message: String,
    /// Why it matters.
    pub why: String,
    /// What to ask or do next.
    pub ask: String,
    /// What would make it go away.
    pub clears_when: String,
    /// The measures whose words are shown.
    pub evidence: Vec<String>,
    any: Vec<All>,
    none: Vec<All>,
    high: Vec<All>,
    /// The rules that `unless` names: where one of them holds, it says the same.
    yields_to: Vec<String>,
}

/// A checked set of rules.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    trackers: Vec<Tracker>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules::built_in()
    }
}

const BUILT_IN: &str = include_str!("rules.toml");
/// What stands where the built-in rules' file would be named.
const BUILT_IN_FILE: &str = "built-in";

impl Rules {
    /// The rules that come with dealtone.
    pub fn built_in() -> Rules {
        let mut rules = Rules { rules: Vec::new(), trackers: Vec::new() };
        rules.overlay(BUILT_IN, BUILT_IN_FILE).expect("the built-in rules are checked by a test");
        rules
    }

    /// Hex SHA-256 of all that these rules say: equal where two runs judged by the same rules, however their files are
    /// written. A later dealtone, whose rules know more, may say another one of the same file.
    pub fn sha256(&self) -> String {
        sha256(format!("{:?} {:?}", self.rules, self.trackers).as_bytes())
    }

    /// Every rule that is on.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// The user's own phrases.
    pub fn trackers(&self) -> &[Tracker] {
        &self.trackers
    }

    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.name == name)
    }

    /// The findings that hold, risks first, the most severe first.
    pub fn apply(&self, readings: &Readings) -> Vec<Finding> {
        let holding: BTreeSet<&str> =
            self.rules.iter().filter(|rule| rule.holds(readings)).map(|rule| rule.name.as_str()).collect();
        let stands = |rule: &&Rule| {
            holding.contains(rule.name.as_str()) && !rule.yields_to.iter().any(|other| holding.contains(other.as_str()))
        };
        let mut found: Vec<Finding> = self.rules.iter().filter(stands).map(|rule| rule.finding(readings)).collect();
        // Stable: of equals the one that stands first in the rules stays in front.
        found.sort_by_key(|f| (f.kind, std::cmp::Reverse(f.severity)));
        found
    }
}

impl Rule {
    fn empty(name: &str, kind: Kind) -> Rule {
        Rule {
            name: name.to_owned(),
            kind,
            severity: Severity::Medium,
            when: vec![],
            unless: vec![],
            high_when: vec![],
            limits: BTreeMap::new(),
            message: String::new(),
            why: String::new(),
            ask: String::new(),
            clears_when: String::new(),
            evidence: vec![],
            any: vec![],
            none: vec![],
            high: vec![],
            yields_to: vec![],
        }
    }

    /// Whether its conditions hold; the rules to which it yields are not asked.
    fn holds(&self, readings: &Readings) -> bool {
        self.any.iter().any(|all| holds(all, readings)) && !self.none.iter().any(|all| holds(all, readings))
    }

    /// What it found where it holds.
    fn finding(&self, readings: &Readings) -> Finding {
        let met = self.any.iter().filter(|all| holds(all, readings));
        let mut because: Vec<Because> = Vec::new();
        for test in met.flatten() {
            let reading = &readings[test.measure];
            if because.iter().all(|b| b.measure != test.measure) {
                because.push(Because { measure: test.measure.to_owned(), value: reading.value, unit: reading.unit });
            }
        }
        let message = self.worded(readings);
        let evidence = self.evidence(readings, &because, &message);
        let alone = evidence.len() == 1 && matches!(evidence[0], Evidence::Quote { .. });
        // One utterance alone is never reason enough for an alarm.
        let raised = !alone && self.high.iter().any(|all| holds(all, readings));
        let severity = match self.severity {
            Severity::High if alone => Severity::Medium,
            severity if raised => severity.max(Severity::High),
            severity => severity,
        };
        Finding {
            name: self.name.clone(),
            kind: self.kind,
            severity,
            confidence: confidence(&evidence),
            message,
            why: self.why.clone(),
            ask: self.ask.clone(),
            clears_when: self.clears_when.clone(),
            because,
            evidence,
        }
    }

    /// The words of the measures that are to be shown, else of those that the condition names; each once.
    fn evidence(&self, readings: &Readings, because: &[Because], message: &str) -> Vec<Evidence> {
        const MOST: usize = 5;
        let mut out: Vec<Evidence> = Vec::new();
        let named = self.evidence.iter().chain(because.iter().map(|b| &b.measure).filter(|_| self.evidence.is_empty()));
        for piece in named.filter_map(|name| readings.get(name.as_str())).flat_map(|r| &r.evidence) {
            if out.len() < MOST && !out.contains(piece) {
                out.push(piece.clone());
            }
        }
        if out.is_empty() {
            out.push(Evidence::Absence { absence: message.to_owned() });
        }
        out
    }
}

/// How sure a finding is: more pieces of evidence, surer; a stated absence is as good as two quotes.
fn confidence(evidence: &[Evidence]) -> f64 {
    let weight: f64 = evidence.iter().map(|e| if matches!(e, Evidence::Absence { .. }) { 2.0 } else { 1.0 }).sum();
    confidence_of(weight)
}

/// How sure a finding is that rests on so many quotes.
pub(crate) fn confidence_of(quotes: f64) -> f64 {
    let sure = 1.0 - 0.5 * 0.7_f64.powf(quotes);
    (sure * 100.0).round() / 100.0
}
