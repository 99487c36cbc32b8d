//! Every risk flag and coaching prompt: condition, severity, wording, why it matters, what to ask, when it clears.
//!
//! The rules are data: `rules.toml` beside this file is compiled in, and a user's own file overlays it. A rule sees readings
//! and nothing else, so that whatever it says can be checked against [`measure`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::measure::{
    self, Evidence, Readings, Unit,
    trackers::{Part, Tracker, Whose},
};

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

/// How a number is held against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
}

/// The signs of the operators, longer ones first.
const OPS: &[(&str, Op)] =
    &[(">=", Op::AtLeast), ("<=", Op::AtMost), (">", Op::Above), ("<", Op::Below), ("=", Op::Equal)];

/// `measure >= limit`.
#[derive(Clone, Debug, PartialEq)]
struct Test {
    measure: &'static str,
    op: Op,
    limit: f64,
}

/// All of some tests.
type All = Vec<Test>;

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

/// Why a rules file was refused.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RulesError {
    /// The file, or "built-in".
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

/// The file as it is written: rules by name under their kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    risk: BTreeMap<Spanned<String>, RawRule>,
    #[serde(default)]
    coaching: BTreeMap<Spanned<String>, RawRule>,
    #[serde(default)]
    tracker: BTreeMap<Spanned<String>, RawTracker>,
}

/// A tracker as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTracker {
    phrases: Spanned<Vec<String>>,
    #[serde(default)]
    side: Whose,
    #[serde(default)]
    part: Part,
    #[serde(default)]
    count_negated: bool,
}

/// A rule as it is written; in an overlay every key may be left out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    off: Option<bool>,
    severity: Option<Severity>,
    when: Option<Vec<Spanned<String>>>,
    unless: Option<Vec<Spanned<String>>>,
    high_when: Option<Vec<Spanned<String>>>,
    limits: Option<BTreeMap<String, Spanned<f64>>>,
    message: Option<Spanned<String>>,
    why: Option<String>,
    ask: Option<String>,
    clears_when: Option<String>,
    evidence: Option<Vec<Spanned<String>>>,
}

/// The keys of a file and of a rule, for "did you mean".
const KEYS: &[&str] = &[
    "risk",
    "coaching",
    "off",
    "severity",
    "when",
    "unless",
    "high_when",
    "limits",
    "message",
    "why",
    "ask",
    "clears_when",
    "evidence",
    "tracker",
    "phrases",
    "side",
    "part",
    "count_negated",
    "buyer",
    "seller",
    "any",
    "start",
    "middle",
    "end",
    "good",
    "low",
    "medium",
    "high",
];

const BUILT_IN: &str = include_str!("rules.toml");

impl Rules {
    /// The rules that come with dealtone.
    pub fn built_in() -> Rules {
        let mut rules = Rules { rules: Vec::new(), trackers: Vec::new() };
        rules.overlay(BUILT_IN, "built-in").expect("the built-in rules are checked by a test");
        rules
    }

    /// The built-in rules with the user's own over them: whatever a rule in `text` says replaces what the built-in rule of
    /// that name says; `off = true` takes it away; a new name is a new rule.
    ///
    /// # Errors
    /// Where `text` is no TOML, names an unknown key, measure or limit, or sets a limit that can never or always hold.
    pub fn with(text: &str, file: &str) -> Result<Rules, RulesError> {
        let mut rules = Rules::built_in();
        rules.overlay(text, file)?;
        Ok(rules)
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

    fn overlay(&mut self, text: &str, file: &str) -> Result<(), RulesError> {
        let place = Place { text, file };
        let raw: RawFile = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start);
            let message = e.message().to_owned();
            let unknown = ["unknown field `", "unknown variant `"]
                .iter()
                .find_map(|start| message.strip_prefix(start)?.split('`').next().map(str::to_owned));
            match unknown {
                Some(name) => place.error(at, unknown_name(&name, "key of a rules file", KEYS.iter().copied())),
                None => place.error(at, message),
            }
        })?;
        // Trackers first: rules of the same file may name them.
        for (name, tracker) in raw.tracker {
            self.add_tracker(&name, tracker, &place)?;
        }
        for (kind, rules) in [(Kind::Risk, raw.risk), (Kind::Coaching, raw.coaching)] {
            for (name, rule) in rules {
                self.add(kind, &name, rule, &place)?;
            }
        }
        Ok(())
    }

    fn add_tracker(&mut self, name: &Spanned<String>, raw: RawTracker, place: &Place) -> Result<(), RulesError> {
        let measure = format!("tracker.{}", name.get_ref());
        if !name.get_ref().chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message = format!("{:?} is no name of a tracker; use letters, digits and _", name.get_ref());
            return Err(place.error(name.span().start, message));
        }
        let at = raw.phrases.span().start;
        let phrases: Vec<String> =
            raw.phrases.into_inner().iter().map(|p| p.trim().to_lowercase().replace('’', "'")).collect();
        if phrases.is_empty() || phrases.iter().any(|p| p.trim_end_matches('*').is_empty()) {
            return Err(place.error(at, format!("{measure} looks for nothing; give it phrases of at least one letter")));
        }
        // Names of measures live as long as the program. One is made for each tracker of a file that is read once, and
        // none twice, so that what stays behind is a few bytes.
        let held = self.trackers.iter().position(|t| t.measure == measure);
        let measure = held.map_or_else(|| &*measure.leak(), |at| self.trackers[at].measure);
        let tracker = Tracker { measure, phrases, side: raw.side, part: raw.part, count_negated: raw.count_negated };
        match held {
            Some(at) => self.trackers[at] = tracker,
            None => self.trackers.push(tracker),
        }
        Ok(())
    }

    fn add(&mut self, kind: Kind, name: &Spanned<String>, raw: RawRule, place: &Place) -> Result<(), RulesError> {
        let at = name.span().start;
        let name = name.get_ref();
        let held = self.rules.iter().position(|r| &r.name == name);
        if raw.off == Some(true) {
            let held = held.ok_or_else(|| {
                place.error(at, unknown_name(name, "rule", self.rules.iter().map(|r| r.name.as_str())))
            })?;
            self.rules.remove(held);
            return Ok(());
        }
        if held.is_none() && (raw.when.is_none() || raw.message.is_none()) {
            let unknown = unknown_name(name, "rule", self.rules.iter().map(|r| r.name.as_str()));
            return Err(place.error(at, format!("{unknown}; a new rule needs `when` and `message`")));
        }
        let mut rule = held.map_or_else(|| Rule::empty(name, kind), |at| self.rules[at].clone());
        if rule.kind != kind {
            return Err(place.error(at, format!("{name:?} stands under the other kind of rules; move it there")));
        }
        rule.change(raw, at, place, &self.trackers)?;
        match held {
            Some(at) => self.rules[at] = rule,
            None => self.rules.push(rule),
        }
        Ok(())
    }

    /// The findings that hold, risks first, the most severe first.
    pub fn apply(&self, readings: &Readings) -> Vec<Finding> {
        let mut found: Vec<Finding> = self.rules.iter().filter_map(|rule| rule.apply(readings)).collect();
        // Stable: of equals the one that stands first in the rules stays in front.
        found.sort_by_key(|f| (f.kind, std::cmp::Reverse(f.severity)));
        found
    }
}

/// Where in which text something was found.
struct Place<'a> {
    text: &'a str,
    file: &'a str,
}

impl Place<'_> {
    fn error(&self, at: usize, message: String) -> RulesError {
        let line = self.text[..at.min(self.text.len())].matches('\n').count() + 1;
        RulesError { file: self.file.to_owned(), line, message }
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
        }
    }

    fn change(&mut self, raw: RawRule, at: usize, place: &Place, trackers: &[Tracker]) -> Result<(), RulesError> {
        let mut limits_at = BTreeMap::new();
        for (name, value) in raw.limits.unwrap_or_default() {
            limits_at.insert(name.clone(), value.span().start);
            self.limits.insert(name, value.into_inner());
        }
        self.severity = raw.severity.unwrap_or(self.severity);
        let mut conditions_at = BTreeMap::new();
        for (held, new) in
            [(&mut self.when, raw.when), (&mut self.unless, raw.unless), (&mut self.high_when, raw.high_when)]
        {
            if let Some(new) = new {
                *held = new
                    .into_iter()
                    .map(|condition| {
                        conditions_at.insert(condition.get_ref().clone(), condition.span().start);
                        condition.into_inner()
                    })
                    .collect();
            }
        }
        let parse = |conditions: &[String], limits: &BTreeMap<String, f64>| -> Result<Vec<All>, RulesError> {
            conditions
                .iter()
                .map(|text| {
                    // A changed limit may spoil a condition that this file does not hold: then the limit is to blame.
                    let blame = conditions_at.get(text).or_else(|| limits_at.values().next()).copied().unwrap_or(at);
                    parse_all(text, limits, trackers).map_err(|message| place.error(blame, message))
                })
                .collect()
        };
        self.any = parse(&self.when, &self.limits)?;
        self.none = parse(&self.unless, &self.limits)?;
        self.high = parse(&self.high_when, &self.limits)?;
        for (limit, at) in &limits_at {
            if ![&self.when, &self.unless, &self.high_when]
                .into_iter()
                .flatten()
                .any(|c| c.split_whitespace().any(|w| w == limit))
            {
                return Err(place.error(
                    *at,
                    unknown_name(
                        limit,
                        "limit of this rule",
                        self.limits.keys().map(String::as_str).filter(|l| *l != limit),
                    ),
                ));
            }
        }
        if let Some(message) = raw.message {
            for (name, _) in placeholders(message.get_ref()) {
                if known(name, trackers).is_none() && !self.limits.contains_key(name) {
                    return Err(place.error(message.span().start, unknown_measure(name, trackers)));
                }
            }
            self.message = message.into_inner();
        }
        for (held, new) in
            [(&mut self.why, raw.why), (&mut self.ask, raw.ask), (&mut self.clears_when, raw.clears_when)]
        {
            *held = new.unwrap_or_else(|| std::mem::take(held));
        }
        if let Some(evidence) = raw.evidence {
            for name in &evidence {
                if known(name.get_ref(), trackers).is_none() {
                    return Err(place.error(name.span().start, unknown_measure(name.get_ref(), trackers)));
                }
            }
            self.evidence = evidence.into_iter().map(Spanned::into_inner).collect();
        }
        Ok(())
    }

    fn apply(&self, readings: &Readings) -> Option<Finding> {
        let met: Vec<&All> = self.any.iter().filter(|all| holds(all, readings)).collect();
        if met.is_empty() || self.none.iter().any(|all| holds(all, readings)) {
            return None;
        }
        let mut because: Vec<Because> = Vec::new();
        for test in met.iter().copied().flatten() {
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
        Some(Finding {
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
        })
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

    fn worded(&self, readings: &Readings) -> String {
        let mut out = self.message.clone();
        for (name, whole) in placeholders(&self.message) {
            let value = match (readings.get(name), self.limits.get(name)) {
                (Some(reading), _) => in_words(reading.value, reading.unit),
                (None, Some(limit)) => limit.to_string(),
                (None, None) => "?".to_owned(),
            };
            if value == "1" {
                out = out.replace(&format!("{whole} times"), "once");
            }
            out = out.replace(whole, &value);
        }
        out
    }
}

/// How sure a finding is: more pieces of evidence, surer; a stated absence is as good as two quotes.
fn confidence(evidence: &[Evidence]) -> f64 {
    let weight: f64 = evidence.iter().map(|e| if matches!(e, Evidence::Absence { .. }) { 2.0 } else { 1.0 }).sum();
    let sure = 1.0 - 0.5 * 0.7_f64.powf(weight);
    (sure * 100.0).round() / 100.0
}

/// `{name}` in a message: the name, and the whole with its braces.
fn placeholders(message: &str) -> Vec<(&str, &str)> {
    message
        .match_indices('{')
        .filter_map(|(at, _)| {
            let end = message[at..].find('}')? + at;
            Some((&message[at + 1..end], &message[at..=end]))
        })
        .collect()
}

/// A number as a person reads it.
pub fn in_words(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count | Unit::Words | Unit::Days => {
            format!("{}", (value * 10.0).round() / 10.0).trim_end_matches(".0").to_owned()
        }
        Unit::Percent => format!("{value:.0} %"),
        Unit::Seconds => format!("{value:.1} s"),
        Unit::WordsPerMinute | Unit::PerMinute => format!("{value:.1}"),
        Unit::Balance => format!("{value:+.2}"),
        Unit::YesNo => if value > 0.5 { "yes" } else { "no" }.to_owned(),
    }
}

/// Whether all tests hold; a measure without a reading meets no test.
fn holds(all: &All, readings: &Readings) -> bool {
    all.iter().all(|test| readings.get(test.measure).is_some_and(|r| test.op.holds(r.value, test.limit)))
}

impl Op {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Op::AtLeast => value >= limit,
            Op::AtMost => value <= limit,
            Op::Above => value > limit,
            Op::Below => value < limit,
            Op::Equal => (value - limit).abs() < 1e-9,
        }
    }
}

/// "a >= 2 and b < days".
fn parse_all(text: &str, limits: &BTreeMap<String, f64>, trackers: &[Tracker]) -> Result<All, String> {
    text.split(" and ").map(|test| parse_test(test.trim(), limits, trackers)).collect()
}

fn parse_test(text: &str, limits: &BTreeMap<String, f64>, trackers: &[Tracker]) -> Result<Test, String> {
    let (at, sign, op) = OPS
        .iter()
        .filter_map(|(sign, op)| Some((text.find(sign)?, *sign, *op)))
        .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())))
        .ok_or_else(|| format!("{text:?} is no condition; write it as \"stalls >= 2\", several joined by \" and \""))?;
    let name = text[..at].trim();
    let (measure, unit) = known(name, trackers).ok_or_else(|| unknown_measure(name, trackers))?;
    let limit = text[at + sign.len()..].trim();
    let limit = match limit.parse::<f64>() {
        Ok(number) => number,
        Err(_) => *limits.get(limit).ok_or_else(|| {
            unknown_name(limit, "number and no limit of this rule", limits.keys().map(String::as_str))
        })?,
    };
    possible(measure, unit, op, limit)?;
    Ok(Test { measure, op, limit })
}

/// Whether some value of that unit meets the test and some value does not.
fn possible(name: &str, unit: Unit, op: Op, limit: f64) -> Result<(), String> {
    let (low, high) = match unit {
        Unit::Percent => (0.0, 100.0),
        Unit::Balance => (-1.0, 1.0),
        Unit::YesNo => (0.0, 1.0),
        _ => (0.0, f64::INFINITY),
    };
    // A shift of tone spans twice the scale.
    let (low, high) = if name.contains("shift") { (low * 2.0, high * 2.0) } else { (low, high) };
    let never = match op {
        Op::AtLeast | Op::Equal if limit > high => true,
        Op::AtMost | Op::Equal if limit < low => true,
        Op::Above if limit >= high => true,
        Op::Below if limit <= low => true,
        _ => !limit.is_finite(),
    };
    let always = (op == Op::AtLeast && limit <= low) || (op == Op::AtMost && limit >= high && high.is_finite());
    match (never, always) {
        (true, _) => Err(format!("{name} is from {low} to {high}: this can never hold; choose a limit in between")),
        (_, true) => Err(format!("{name} is from {low} to {high}: this always holds; choose a limit in between")),
        _ => Ok(()),
    }
}

/// Name and unit of a measure or tracker.
fn known(name: &str, trackers: &[Tracker]) -> Option<(&'static str, Unit)> {
    let tracker = trackers.iter().find(|t| t.measure == name).map(|t| (t.measure, Unit::Count));
    measure::row(name).map(|row| (row.name, row.unit)).or(tracker)
}

fn unknown_measure(name: &str, trackers: &[Tracker]) -> String {
    let known = measure::MEASURES.iter().flat_map(|group| group.rows).map(|row| row.name);
    let known = known.chain(trackers.iter().map(|t| t.measure));
    format!("{}; `dealtone explain measures` lists them", unknown_name(name, "measure", known))
}

/// "x is no rule; did you mean y?"
pub(crate) fn unknown_name<'a>(name: &str, what: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut like: Vec<(f64, &str)> =
        known.map(|k| (strsim::jaro_winkler(name, k), k)).filter(|(likeness, _)| *likeness > 0.75).collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    match like.iter().take(3).map(|(_, k)| format!("{k:?}")).collect::<Vec<_>>() {
        none if none.is_empty() => format!("{name:?} is no {what}"),
        some => format!("{name:?} is no {what}; did you mean {}?", some.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_refused_with_their_line_and_the_nearest_names() {
        for (text, line, part) in [
            ("[risk.stalled]\nwhen = [\"stals >= 1\"]\n", 2, "did you mean \"stalls\""),
            ("[risk.stalled]\n\nserious = true\n", 3, "no key of a rules file"),
            ("[risk.staled]\noff = true\n", 1, "did you mean \"stalled\""),
            ("[coaching.talk_ratio]\nlimits.percent = 140\n", 2, "can never hold"),
            ("[risk.gone_quiet.limits]\nday = 7\n", 2, "did you mean \"days\""),
            ("[risk.stalled]\nmessage = \"{stal}\"\n", 2, "no measure"),
            ("[risk.stalled]\nseverity = \"hihg\"\n", 2, "did you mean \"high\""),
            ("[risk.own]\nwhen = [\"stalls\"]\nmessage = \"x\"\n", 2, "is no condition"),
            ("[tracker.pen_test]\nphrases = []\n", 2, "looks for nothing"),
            ("[tracker.pen_test]\nphrases = [\"pen test\"]\nsied = \"buyer\"\n", 3, "did you mean \"side\""),
            (
                "[tracker.pen_test]\nphrases = [\"pen test\"]\n[risk.own]\nwhen = [\"tracker.pen_tst >= 1\"]\nmessage = \"x\"\n",
                4,
                "did you mean \"tracker.pen_test\"",
            ),
        ] {
            let error = Rules::with(text, "mine.toml").expect_err(text);
            assert_eq!((error.file.as_str(), error.line), ("mine.toml", line), "{text}{error}");
            assert!(error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn an_overlay_changes_what_it_names_and_nothing_else() {
        let rules = Rules::with("[risk.gone_quiet.limits]\ndays = 7\n[risk.stalled]\noff = true\n", "f").unwrap();
        assert!(rules.rule("stalled").is_none());
        let built_in = Rules::built_in();
        let (own, theirs) = (rules.rule("gone_quiet").unwrap(), built_in.rule("gone_quiet").unwrap());
        assert_eq!((own.limits["days"], theirs.limits["days"]), (7.0, 14.0));
        assert_eq!((&own.why, &own.when), (&theirs.why, &theirs.when));
        assert_eq!(rules.all().len() + 1, built_in.all().len());
    }
}
