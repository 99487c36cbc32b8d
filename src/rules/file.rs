//! Rules as they are written: reading a file over the rules that are there, and refusing what cannot be meant.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::{
    BUILT_IN_FILE, Kind, Rule, Rules, Severity,
    condition::{All, known, names_a_rule, parse_all, unknown_measure, uses},
    wording::{fault, placeholders},
};
use crate::{
    measure::trackers::{Part, Tracker, Whose, folded},
    names::unknown_name,
};

mod keys;

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
    when: Option<Spanned<Vec<Spanned<String>>>>,
    unless: Option<Spanned<Vec<Spanned<String>>>>,
    high_when: Option<Spanned<Vec<Spanned<String>>>>,
    limits: Option<BTreeMap<String, Spanned<f64>>>,
    message: Option<Spanned<String>>,
    why: Option<String>,
    ask: Option<String>,
    clears_when: Option<String>,
    evidence: Option<Vec<Spanned<String>>>,
}

impl Rules {
    /// The built-in rules with the user's own over them: whatever a rule in `text` says replaces what the built-in rule of
    /// that name says; `off = true` takes it away; a new name is a new rule.
    ///
    /// # Errors
    /// Where `text` is no TOML, names an unknown key, value, measure or limit, or holds a condition that can never or always
    /// hold.
    pub fn with(text: &str, file: &str) -> Result<Rules, RulesError> {
        let mut rules = Rules::built_in();
        rules.overlay(text, file)?;
        Ok(rules)
    }

    /// The built-in rules that are switched off here.
    pub fn off(&self) -> Vec<Rule> {
        let mut off = Rules::built_in().rules;
        off.retain(|rule| self.rule(&rule.name).is_none());
        off
    }

    /// These with the built-in ones that are switched off here: every rule that there is to be named.
    pub fn with_those_off(&self) -> Rules {
        let mut all = self.clone();
        all.rules.extend(self.off());
        all
    }

    pub(super) fn overlay(&mut self, text: &str, file: &str) -> Result<(), RulesError> {
        let place = Place { text, file };
        let raw: RawFile = toml::from_str(text)
            .map_err(|e| place.error(e.span().map_or(0, |span| span.start), keys::told(&e, text)))?;
        // Trackers first: rules of the same file may name them.
        for (name, tracker) in raw.tracker {
            self.add_tracker(&name, tracker, &place)?;
        }
        // A rule may be named before its own row, and where it is switched off: then it never holds.
        let mut names: BTreeSet<String> =
            raw.risk.keys().chain(raw.coaching.keys()).map(|n| n.get_ref().clone()).collect();
        names.extend(self.rules.iter().map(|rule| rule.name.clone()));
        if file != BUILT_IN_FILE {
            names.extend(Rules::built_in().rules.into_iter().map(|rule| rule.name));
        }
        let mut unless_at = BTreeMap::new();
        for (kind, rules) in [(Kind::Risk, raw.risk), (Kind::Coaching, raw.coaching)] {
            for (name, rule) in rules {
                for other in rule.unless.iter().flat_map(|unless| unless.get_ref()) {
                    unless_at.insert((name.get_ref().clone(), other.get_ref().clone()), other.span().start);
                }
                self.add(kind, &name, rule, &place, &names)?;
            }
        }
        // Of rules that give way to one another in a circle none would ever be told.
        for ((name, other), at) in unless_at {
            let other = other.trim();
            if other == name {
                return Err(
                    place.error(at, format!("{name} gives way to itself and would never be told; name another rule"))
                );
            }
            if self.gives_way(other, &name) {
                let message = format!(
                    "{name} gives way to {other}, and that to {name}: neither would be told; keep one of the two"
                );
                return Err(place.error(at, message));
            }
        }
        Ok(())
    }

    /// Whether the rule `from` is `to`, or gives way to it or to one that does.
    fn gives_way(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            if name == to {
                return true;
            }
            let others = self.rule(name).into_iter().flat_map(|rule| &rule.yields_to);
            open.extend(others.map(String::as_str).filter(|other| seen.insert(other)));
        }
        false
    }

    fn add_tracker(&mut self, name: &Spanned<String>, raw: RawTracker, place: &Place) -> Result<(), RulesError> {
        let measure = format!("tracker.{}", name.get_ref());
        if name.get_ref().is_empty() || !name.get_ref().chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message = format!("{:?} is no name of a tracker; use letters, digits and _", name.get_ref());
            return Err(place.error(name.span().start, message));
        }
        let at = raw.phrases.span().start;
        let phrases: Vec<String> = raw.phrases.into_inner().iter().map(|p| folded(p)).collect();
        if phrases.is_empty() || phrases.iter().any(|p| p.trim_end_matches('*').trim().is_empty()) {
            return Err(place.error(at, format!("{measure} looks for nothing; give it phrases of at least one letter")));
        }
        if let Some(phrase) = phrases.iter().find(|p| p.strip_suffix('*').unwrap_or(p).contains('*')) {
            let message =
                format!("{phrase:?} would never be found: * stands for any ending, once, at the end of a phrase");
            return Err(place.error(at, message));
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

    fn add(
        &mut self,
        kind: Kind,
        name: &Spanned<String>,
        raw: RawRule,
        place: &Place,
        names: &BTreeSet<String>,
    ) -> Result<(), RulesError> {
        let at = name.span().start;
        let name = name.get_ref();
        let held = self.rules.iter().position(|r| &r.name == name);
        if held.is_none() && place.file != BUILT_IN_FILE && known(name, &self.trackers).is_some() {
            return Err(place.error(at, format!("{name:?} is the name of a measure; call the rule by what it finds")));
        }
        if name.is_empty()
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            || name == "health"
        {
            let message = format!("{name:?} is no name of a rule; use letters, digits and _, and not \"health\"");
            return Err(place.error(at, message));
        }
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
        rule.change(raw, at, place, &self.trackers, names)?;
        if kind == Kind::Risk && rule.severity == Severity::Good {
            return Err(place.error(at, "a risk is low, medium or high; what is good is a coaching rule".to_owned()));
        }
        if rule.severity == Severity::Good && !rule.high_when.is_empty() {
            let message = "praise is no alarm and knows no high_when; say high_when = [], or say low or medium";
            return Err(place.error(at, message.to_owned()));
        }
        match held {
            Some(at) => self.rules[at] = rule,
            None => self.rules.push(rule),
        }
        Ok(())
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
    fn change(
        &mut self,
        raw: RawRule,
        at: usize,
        place: &Place,
        trackers: &[Tracker],
        names: &BTreeSet<String>,
    ) -> Result<(), RulesError> {
        let mut limits_at = BTreeMap::new();
        for (name, value) in raw.limits.unwrap_or_default() {
            limits_at.insert(name.clone(), value.span().start);
            self.limits.insert(name, value.into_inner());
        }
        self.severity = raw.severity.unwrap_or(self.severity);
        if let Some(when) = raw.when.as_ref().filter(|when| when.get_ref().is_empty()) {
            let message = "without a condition the rule never holds; give it one, or switch it off with off = true";
            return Err(place.error(when.span().start, message.to_owned()));
        }
        let mut conditions_at = BTreeMap::new();
        for (held, new) in
            [(&mut self.when, raw.when), (&mut self.unless, raw.unless), (&mut self.high_when, raw.high_when)]
        {
            if let Some(new) = new {
                *held = new
                    .into_inner()
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
                    let limit = || limits_at.iter().find(|(limit, _)| uses(text, limit)).map(|(_, at)| at);
                    let blame = conditions_at.get(text).or_else(limit).copied().unwrap_or(at);
                    parse_all(text, limits, trackers, names).map_err(|message| place.error(blame, message))
                })
                .collect()
        };
        self.any = parse(&self.when, &self.limits)?;
        let (others, conditions): (Vec<String>, Vec<String>) =
            self.unless.iter().cloned().partition(|text| names_a_rule(text, names));
        self.none = parse(&conditions, &self.limits)?;
        self.yields_to = others.iter().map(|name| name.trim().to_owned()).collect();
        self.high = parse(&self.high_when, &self.limits)?;
        self.every_limit_is_used(&limits_at, place)?;
        if let Some(message) = raw.message {
            self.change_message(message, place, trackers)?;
        }
        for (held, new) in
            [(&mut self.why, raw.why), (&mut self.ask, raw.ask), (&mut self.clears_when, raw.clears_when)]
        {
            *held = new.unwrap_or_else(|| std::mem::take(held));
        }
        if let Some(evidence) = raw.evidence {
            self.change_evidence(evidence, place, trackers)?;
        }
        Ok(())
    }

    /// A limit that no condition of the rule names would change nothing.
    fn every_limit_is_used(&self, limits_at: &BTreeMap<String, usize>, place: &Place) -> Result<(), RulesError> {
        let conditions = [&self.when, &self.unless, &self.high_when].into_iter().flatten();
        for (limit, at) in limits_at {
            if !conditions.clone().any(|text| uses(text, limit)) {
                let others = self.limits.keys().map(String::as_str).filter(|l| *l != limit);
                return Err(place.error(*at, unknown_name(limit, "limit of this rule", others)));
            }
        }
        Ok(())
    }

    fn change_message(
        &mut self,
        message: Spanned<String>,
        place: &Place,
        trackers: &[Tracker],
    ) -> Result<(), RulesError> {
        let refuse = |why| Err(place.error(message.span().start, why));
        if let Some(wrong) = fault(message.get_ref()) {
            return refuse(wrong.to_owned());
        }
        for name in placeholders(message.get_ref()) {
            if known(name, trackers).is_none() && !self.limits.contains_key(name) {
                return refuse(unknown_measure(name, trackers));
            }
        }
        self.message = message.into_inner();
        Ok(())
    }

    fn change_evidence(
        &mut self,
        evidence: Vec<Spanned<String>>,
        place: &Place,
        trackers: &[Tracker],
    ) -> Result<(), RulesError> {
        if let Some(name) = evidence.iter().find(|name| known(name.get_ref(), trackers).is_none()) {
            return Err(place.error(name.span().start, unknown_measure(name.get_ref(), trackers)));
        }
        self.evidence = evidence.into_iter().map(Spanned::into_inner).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_refused_with_their_line_and_the_nearest_names() {
        for (text, line, part) in [
            ("[risk.stalled]\nwhen = [\"stals >= 1\"]\n", 2, "did you mean \"stalls\""),
            ("[risk.stalled]\n\nserious = true\n", 3, "no key of a rule"),
            ("[risk.staled]\noff = true\n", 1, "did you mean \"stalled\""),
            ("[coaching.talk_ratio]\nlimits.percent = 140\n", 2, "can never hold"),
            ("[risk.gone_quiet.limits]\nday = 7\n", 2, "did you mean \"days\""),
            ("[risk.stalled]\nmessage = \"{stal}\"\n", 2, "no measure"),
            ("[risk.stalled]\nmessage = \"[{stalls}\"\n", 2, "bracket"),
            ("[risk.stalled]\nmessage = \"{stalls}]\"\n", 2, "bracket"),
            ("[risk.stalled]\nmessage = \"{stalls times\"\n", 2, "a brace lacks its other"),
            ("[risk.stalled]\nmessage = \"stalls}\"\n", 2, "a brace lacks its other"),
            ("[risk.stalled]\nmessage = \"{{stalls}}\"\n", 2, "a brace lacks its other"),
            ("[risk.stalled]\nmessage = \"{stalls} (time|times.\"\n", 2, "closing bracket"),
            ("[risk.stalled]\nmessage = \" \"\n", 2, "the message is empty"),
            (
                "[risk.stalled]\nwhen = [\"stalls >= 1\",\n\"seller_talk_share >= 50 and seller_talk_share <= 40\"]\n",
                3,
                "at once",
            ),
            ("[risk.stalled]\nwhen = [\"objections = 0.5\"]\n", 2, "a whole number"),
            ("[risk.stalled]\nwhen = []\n", 2, "never holds"),
            (
                "[risk.own]\nlimits.few = 1\nlimits.many = -1\nwhen = [\"stalls>=few\"]\nmessage = \"x\"\n",
                3,
                "no limit",
            ),
            ("[risk.own]\nwhen = [\"stalls\"]\nmessage = \"x\"\n", 2, "is no condition"),
            ("[tracker.pen_test]\nphrases = []\n", 2, "looks for nothing"),
            ("[tracker.\"\"]\nphrases = [\"pen test\"]\n", 1, "no name of a tracker"),
            (
                "[coaching.own]\nseverity = \"good\"\nwhen = [\"stalls < 1\"]\nhigh_when = [\"stalls < 1\"]\nmessage = \"x\"\n",
                1,
                "praise",
            ),
            (
                "[risk.own_risk]\nwhen = [\"stalls >= 1\"]\nmessage = \"x\"\n[risk.stalled]\nunless = [\"own_rusk\"]\n",
                5,
                "did you mean \"own_risk\"",
            ),
            ("[risk.stalled]\nunless = [\"stalled\"]\n", 2, "gives way to itself"),
            (
                "[risk.no_activity]\nunless = [\"gone_quiet\"]\n[risk.gone_quiet]\nunless = [\n\"no_activity\"]\n",
                5,
                "gives way to no_activity",
            ),
            ("[tracker.pen_test]\nphrases = [\"pen* test\"]\n", 2, "would never be found"),
            ("[risk.stalled]\nunless = [\"gone_quite\"]\n", 2, "did you mean \"gone_quiet\""),
            ("[risk.own]\nwhen = [\"stalls >= 1 AND objections >= 1\"]\nmessage = \"x\"\n", 2, "\" and \""),
            ("[risk.\"a;b\"]\nwhen = [\"stalls >= 1\"]\nmessage = \"x\"\n", 1, "no name of a rule"),
            ("[risk.stalls]\nwhen = [\"stalls >= 1\"]\nmessage = \"x\"\n", 1, "name of a measure"),
            ("[risk.own]\nseverity = \"good\"\nwhen = [\"stalls >= 1\"]\nmessage = \"x\"\n", 1, "coaching rule"),
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
    fn a_limit_that_spoils_a_condition_of_the_built_in_rules_is_to_blame() {
        let own = "[risk.own]\nlimits = { few = 1, many = 3 }\nmessage = \"x\"\nwhen = [\"stalls >= few and stalls <= many\"]\n";
        let mut rules = Rules::with(own, "own.toml").unwrap();
        let error = rules.overlay("[risk.own.limits]\nfew = 4\n", "f").unwrap_err();
        assert_eq!((error.line, error.message.contains("at once")), (2, true), "{error}");
        let error =
            Rules::with("[risk.gone_quiet.limits]\ndays = 7\n[coaching.talk_ratio.limits]\npercent = 140\n", "f");
        assert_eq!(error.unwrap_err().line, 4);
        rules.overlay("[risk.own]\nwhen = [\"stalls >= few\", \"seller_talk_share >= many\"]\n", "f").unwrap();
        let error = rules.overlay("[risk.own.limits]\nfew = 2\nmany = 140\n", "f").unwrap_err();
        assert_eq!(error.line, 3, "the limit that the condition uses: {error}");
    }

    #[test]
    fn what_is_switched_off_is_still_known() {
        let rules = Rules::with("[risk.stalled]\noff = true\n", "f").unwrap();
        let off: Vec<String> = rules.off().into_iter().map(|r| r.name).collect();
        assert_eq!(off, ["stalled"]);
        assert!(rules.rule("stalled").is_none() && rules.with_those_off().rule("stalled").is_some());
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
