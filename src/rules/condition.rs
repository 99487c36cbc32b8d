//! The language of conditions: `measure >= 2`, several joined by ` and `.

use std::collections::BTreeMap;

use crate::{
    measure::{self, Readings, Unit, trackers::Tracker},
    names::unknown_name,
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
    op: Op,
    limit: f64,
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

/// "a >= 2 and b < days".
pub(super) fn parse_all(text: &str, limits: &BTreeMap<String, f64>, trackers: &[Tracker]) -> Result<All, String> {
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
pub(super) fn known(name: &str, trackers: &[Tracker]) -> Option<(&'static str, Unit)> {
    let tracker = trackers.iter().find(|t| t.measure == name).map(|t| (t.measure, Unit::Count));
    measure::row(name).map(|row| (row.name, row.unit)).or(tracker)
}

pub(super) fn unknown_measure(name: &str, trackers: &[Tracker]) -> String {
    let known = measure::MEASURES.iter().flat_map(|group| group.rows).map(|row| row.name);
    let known = known.chain(trackers.iter().map(|t| t.measure));
    format!("{}; `dealtone explain measures` lists them", unknown_name(name, "measure", known))
}
