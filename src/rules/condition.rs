//! The language of conditions: `measure >= 2`, several joined by ` and `.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::Rule;
use crate::{
    measure::{self, Readings, Unit, trackers::Tracker},
    names::{misspelt, unknown_name},
};

/// How a number is held against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
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
pub(super) struct Test {
    pub(super) measure: &'static str,
    unit: Unit,
    op: Op,
    limit: f64,
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sign = OPS.iter().find(|(_, op)| *op == self.op).map_or("", |(sign, _)| sign);
        write!(f, "{} {sign} {}", self.measure, self.limit)
    }
}

/// All of some tests.
pub(super) type All = Vec<Test>;

/// Whether all tests hold; a measure without a reading meets no test.
pub(super) fn holds(all: &All, readings: &Readings) -> bool {
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

impl Rule {
    /// The measures that its conditions name, each once, in order.
    pub fn measures(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        for test in [&self.any, &self.none, &self.high].into_iter().flatten().flatten() {
            if !found.contains(&test.measure) {
                found.push(test.measure);
            }
        }
        found
    }
}

/// "a >= 2 and b < days".
///
/// # Errors
/// Says what is wrong. `rules`: the names of all rules, of which one may be meant.
pub(super) fn parse_all(
    text: &str,
    limits: &BTreeMap<String, f64>,
    trackers: &[Tracker],
    rules: &BTreeSet<String>,
) -> Result<All, String> {
    let tests = text.split(" and ").map(str::trim);
    let all = tests.map(|test| parse_test(test, limits, trackers, rules)).collect::<Result<All, _>>()?;
    possible_at_once(&all)?;
    Ok(all)
}

/// Whether the condition `text` uses the limit of that name.
pub(super) fn uses(text: &str, limit: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || "<>=".contains(c)).any(|word| word == limit)
}

/// Whether a condition of `unless` is the name of a rule alone; a name that is close to one is told as such where it is no
/// condition.
pub(super) fn names_a_rule(text: &str, names: &BTreeSet<String>) -> bool {
    names.contains(text.trim())
}

fn parse_test(
    text: &str,
    limits: &BTreeMap<String, f64>,
    trackers: &[Tracker],
    rules: &BTreeSet<String>,
) -> Result<Test, String> {
    let (at, sign, op) = OPS
        .iter()
        .filter_map(|(sign, op)| Some((text.find(sign)?, *sign, *op)))
        .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())))
        .ok_or_else(|| no_condition(text, rules))?;
    let name = text[..at].trim();
    let (measure, unit) = known(name, trackers).ok_or_else(|| unknown_measure(name, trackers))?;
    let limit = text[at + sign.len()..].trim();
    let limit = match limit.parse::<f64>() {
        Ok(number) => number,
        Err(_) => *limits.get(limit).ok_or_else(|| {
            let told = unknown_name(limit, "number and no limit of this rule", limits.keys().map(String::as_str));
            let more = limit.contains(char::is_whitespace) || limit.starts_with('=');
            format!("{told}{}", if more { format!("; {HOW}") } else { String::new() })
        })?,
    };
    let test = Test { measure, unit, op, limit };
    possible(&test)?;
    Ok(test)
}

/// How conditions are written.
const HOW: &str = "write a condition as \"stalls >= 2\", with =, <, <=, > or >=, several that must all hold joined by \" and \" in \
                   small letters, and those of which one is enough as entries of their own";

/// What to say of a text without a sign: it may be meant as the name of a rule.
fn no_condition(text: &str, rules: &BTreeSet<String>) -> String {
    match misspelt(text, rules.iter().map(String::as_str)) {
        Some(rule) if known(text, &[]).is_none() => {
            format!("{text:?} is neither a condition nor a rule; did you mean {rule:?}?")
        }
        _ => format!("{text:?} is no condition; {HOW}"),
    }
}

/// Whether some value of that measure meets the test and some value does not.
fn possible(test: &Test) -> Result<(), String> {
    let name = test.measure;
    let (low, high) = match test.unit {
        Unit::Percent => (0.0, 100.0),
        Unit::Balance => (-1.0, 1.0),
        Unit::YesNo => (0.0, 1.0),
        _ => (0.0, f64::INFINITY),
    };
    // A shift of tone spans twice the scale.
    let (low, high) = if name.contains("shift") { (low * 2.0, high * 2.0) } else { (low, high) };
    let all = Values { least: (low, 0), most: (high, 0) };
    let met = test.values();
    let wrong = if !test.limit.is_finite() || !met.meet(all) {
        "this can never hold"
    } else if met.least <= all.least && met.most >= all.most {
        "this always holds"
    } else {
        return Ok(());
    };
    let which = match test.unit {
        Unit::YesNo => "0 for no and 1 for yes".to_owned(),
        _ if whole(name, test.unit) => "a whole number, 0 or more".to_owned(),
        _ if high.is_finite() => format!("from {low} to {high}"),
        _ => format!("{low} or more"),
    };
    Err(format!("{name} is {which}: {wrong}; choose another limit"))
}

/// Whether tests of one measure leave it a value. Of some stretches of numbers without a number in common, two have none in
/// common: it is enough to look at pairs.
fn possible_at_once(all: &All) -> Result<(), String> {
    for (n, other) in all.iter().enumerate() {
        for one in all[..n].iter().filter(|one| one.measure == other.measure) {
            if !one.values().meet(other.values()) {
                return Err(format!(
                    "{one} and {other} can never hold at once; choose limits with a value between them"
                ));
            }
        }
    }
    Ok(())
}

/// The numbers that meet a test, from the least to the most. A bound that does not belong to them stands a step inside itself,
/// as the second value says: above 3 is (3, 1), below 3 is (3, -1).
#[derive(Clone, Copy)]
struct Values {
    least: (f64, i8),
    most: (f64, i8),
}

impl Values {
    /// Whether they have a number in common with those.
    fn meet(self, other: Values) -> bool {
        let least = if self.least > other.least { self.least } else { other.least };
        let most = if self.most < other.most { self.most } else { other.most };
        least <= most
    }
}

impl Test {
    fn values(&self) -> Values {
        let limit = self.limit;
        let (mut least, mut most) = match self.op {
            Op::AtLeast => ((limit, 0), (f64::INFINITY, 0)),
            Op::Above => ((limit, 1), (f64::INFINITY, 0)),
            Op::AtMost => ((f64::NEG_INFINITY, 0), (limit, 0)),
            Op::Below => ((f64::NEG_INFINITY, 0), (limit, -1)),
            Op::Equal => ((limit, 0), (limit, 0)),
        };
        if whole(self.measure, self.unit) {
            least = (if least.1 == 0 { least.0.ceil() } else { least.0.floor() + 1.0 }, 0);
            most = (if most.1 == 0 { most.0.floor() } else { most.0.ceil() - 1.0 }, 0);
        }
        Values { least, most }
    }
}

/// Whether all values of a measure are whole numbers: counts are, unless they are means or multiples, as their names say.
fn whole(name: &str, unit: Unit) -> bool {
    match unit {
        Unit::YesNo | Unit::Words => true,
        Unit::Count => name.starts_with("tracker.") || !(name.contains("_per_") || name.contains("_of_")),
        _ => false,
    }
}

/// Name and unit of a measure or tracker.
pub(super) fn known(name: &str, trackers: &[Tracker]) -> Option<(&'static str, Unit)> {
    let tracker = trackers.iter().find(|t| t.measure == name).map(|t| (t.measure, Unit::Count));
    measure::row(name).map(|row| (row.name, row.unit)).or(tracker)
}

pub(super) fn unknown_measure(name: &str, trackers: &[Tracker]) -> String {
    let known = measure::MEASURES.iter().flat_map(|group| group.rows).map(|row| row.name);
    let known = known.chain(trackers.iter().map(|t| t.measure));
    format!("{}; `dealtone explain measures` lists them", unknown_name(name, "measure", known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_or_always_hold_is_refused_and_nothing_else() {
        let never = Some("can never hold");
        let always = Some("always holds");
        for (condition, refused) in [
            ("seller_talk_share >= 50 and seller_talk_share <= 40", never),
            ("seller_talk_share >= 50 and stalls >= 1 and seller_talk_share < 50", never),
            ("seller_talk_share >= 50 and seller_talk_share <= 50", None),
            ("seller_talk_share = 12.5", None),
            ("seller_talk_share > 40 and seller_talk_share < 40.5", None),
            ("buyer_tone_now < -0.2 and buyer_tone_now > -0.1", never),
            ("buyer_tone_now < -0.1 and buyer_tone_now > -0.2", None),
            ("buyer_tone_shift <= -1.5", None),
            ("objections = 0.5", never),
            ("objections > 0 and objections < 1", never),
            ("objections = 2 and objections = 3", never),
            ("objections >= 0.5", None),
            ("objections < 0", never),
            ("objections > -1", always),
            ("objections >= few and objections < 2", None),
            ("objections > few and objections < 2", never),
            ("next_steps_per_interaction = 0.5", None),
            ("days_in_stage_of_usual > 1 and days_in_stage_of_usual < 2", None),
            ("tracker.state_of_play = 0.5", never),
            ("days_since_buyer > 1 and days_since_buyer < 2", None),
            ("closed_in_crm = 0.5", never),
            ("closed_in_crm > 0.5", None),
            ("closed_in_crm < 1.5", always),
            ("seller_talk_share < 101", always),
            ("seller_talk_share >= nan", never),
            ("objections >= inf", never),
        ] {
            let tracker = Tracker {
                measure: "tracker.state_of_play",
                phrases: vec!["play".into()],
                side: Default::default(),
                part: Default::default(),
                count_negated: false,
            };
            let limits = [("few".to_owned(), 1.0)].into();
            let error = parse_all(condition, &limits, &[tracker], &BTreeSet::new()).err();
            match (&error, refused) {
                (None, None) => {}
                (Some(told), Some(part)) => assert!(told.contains(part), "{condition}: {told}"),
                _ => panic!("{condition}: {error:?}"),
            }
        }
    }

    #[test]
    fn a_count_is_whole_unless_its_definition_spreads_it_over_something() {
        for row in measure::MEASURES.iter().flat_map(|group| group.rows).filter(|row| row.unit == Unit::Count) {
            let spread = [", a call", ", an hour", ", an interaction", "in multiples of"];
            let spread = spread.iter().any(|part| row.meaning.contains(part));
            assert_eq!(whole(row.name, row.unit), !spread, "{}: {}", row.name, row.meaning);
        }
    }
}
