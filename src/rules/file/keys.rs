//! What is told where a rules file holds a key or a value that there is not.
//!
//! The types of [`super`] decide what is read, and serde says in its own words what it misses; here that becomes the user's:
//! the key, what it takes, what stands there instead, and the nearest of what would do.

use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

use crate::names::{nearest, unknown_name};

const CONDITIONS: &str = "a list of conditions, as [\"stalls >= 2\"]";
const NUMBER: &str = "a number, as 14";
const WORDS: &str = "words in quotation marks";
const YES_OR_NO: &str = "true or false";

/// Every key with what it takes.
const TAKES: &[(&str, &str)] = &[
    ("risk", "rules by name, as [risk.stalled]"),
    ("coaching", "rules by name, as [coaching.talk_ratio]"),
    ("tracker", "trackers by name, as [tracker.pen_test]"),
    ("off", YES_OR_NO),
    ("severity", "\"good\", \"low\", \"medium\" or \"high\""),
    ("when", CONDITIONS),
    ("unless", CONDITIONS),
    ("high_when", CONDITIONS),
    ("limits", "numbers by name, as limits.days = 14"),
    ("message", WORDS),
    ("why", WORDS),
    ("ask", WORDS),
    ("clears_when", WORDS),
    ("evidence", "a list of measures, as [\"stalls\"]"),
    ("phrases", "a list of phrases, as [\"pen test\", \"penetration test*\"]"),
    ("side", "\"buyer\", \"seller\" or \"any\""),
    ("part", "\"start\", \"middle\", \"end\" or \"any\""),
    ("count_negated", YES_OR_NO),
];

/// What to tell of `error`, which came of reading `text`.
pub(super) fn told(error: &Error, text: &str) -> String {
    let message = error.message();
    // Serde puts what was written and what there is between these marks.
    let mut quoted = message.split('`').skip(1).step_by(2);
    let written = quoted.next().unwrap_or_default();
    if message.starts_with("unknown field") {
        return unknown_key(written, &quoted.collect::<Vec<_>>());
    }
    if message.starts_with("missing field") {
        return format!("{written} is missing; it takes {}", takes(&[written]));
    }
    let table = DeTable::parse(text).map(Spanned::into_inner).unwrap_or_default();
    let Some((path, value)) = find(&table, error.span().map_or(0, |span| span.start)) else {
        return message.to_owned();
    };
    let key = path.last().copied().unwrap_or_default();
    let takes = takes(&path);
    if message.starts_with("unknown variant") {
        let near = nearest(written, quoted).first().map(|near| format!("; did you mean {near:?}?"));
        return format!("{key} takes {takes}, and not {written:?}{}", near.unwrap_or_default());
    }
    if message.starts_with("invalid type") || message.starts_with("wanted") {
        let fits = |text: &str| match takes {
            NUMBER => text.trim().parse::<f64>().is_ok(),
            YES_OR_NO => text.trim().parse::<bool>().is_ok(),
            _ => false,
        };
        let remedy = if value.as_str().is_some_and(fits) { "; take the quotation marks away" } else { "" };
        return format!("{key} takes {takes}, and not {}{remedy}", in_words(value));
    }
    message.to_owned()
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    let owner = match known {
        _ if known.contains(&"phrases") => "a tracker",
        _ if known.contains(&"when") => "a rule",
        _ => "a rules file",
    };
    let told = unknown_name(key, &format!("key of {owner}"), known.iter().copied());
    if told.ends_with('?') { told } else { format!("{told}; its keys are {}", known.join(", ")) }
}

/// What the key at the end of a path takes.
fn takes(path: &[&str]) -> &'static str {
    match path {
        [_, _, "limits", _] => NUMBER,
        ["tracker", _] => "a table of its own, as [tracker.pen_test]",
        [_, _] => "a table of its own, as [risk.stalled]",
        [.., key] => TAKES.iter().find(|(name, _)| name == key).map_or("something else", |(_, takes)| takes),
        [] => "keys",
    }
}

/// A value that stands in the wrong place.
fn in_words(value: &DeValue) -> String {
    const SHORT: usize = 40;
    match value {
        DeValue::String(text) if text.chars().count() <= SHORT => format!("the text {text:?}"),
        DeValue::String(_) => "a text".into(),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// The innermost value around byte `at`, with the keys that lead to it. The keys of a table may be spread over the file, so
/// each table is looked into.
fn find<'a>(table: &'a DeTable, at: usize) -> Option<(Vec<&'a str>, &'a DeValue<'a>)> {
    table.iter().find_map(|(key, value)| {
        let inner = value.get_ref().as_table().and_then(|table| find(table, at));
        let here = || value.span().contains(&at).then(|| (Vec::new(), element(value.get_ref(), at)));
        let (mut path, value) = inner.or_else(here)?;
        path.insert(0, key.get_ref().as_ref());
        Some((path, value))
    })
}

/// The element of a list around byte `at`; else the value itself.
fn element<'a>(value: &'a DeValue, at: usize) -> &'a DeValue<'a> {
    let element = value.as_array().and_then(|list| list.iter().find(|one| one.span().contains(&at)));
    element.map_or(value, Spanned::get_ref)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[test]
    fn what_does_not_fit_is_told_with_its_key_and_what_that_takes() {
        for (text, line, told) in [
            (
                "[tracker.p]\nphrases = [\"x\"]\nside = \"seler\"\n",
                3,
                "side takes \"buyer\", \"seller\" or \"any\", and not \"seler\"; did you mean \"seller\"?",
            ),
            (
                "[tracker.p]\nphrases = [\"x\"]\npart = \"7\"\n",
                3,
                "part takes \"start\", \"middle\", \"end\" or \"any\", and not \"7\"",
            ),
            (
                "tracker.p = { side = \"Buyer\", phrases = [\"x\"] }\n",
                1,
                "side takes \"buyer\", \"seller\" or \"any\", and not \"Buyer\"; did you mean \"buyer\"?",
            ),
            (
                "[risk.stalled]\nseverity = \"hgh\"\n",
                2,
                "severity takes \"good\", \"low\", \"medium\" or \"high\", and not \"hgh\"; did you mean \"high\"?",
            ),
            (
                "[risk.stalled]\nseverity = 3\n",
                2,
                "severity takes \"good\", \"low\", \"medium\" or \"high\", and not the number 3",
            ),
            (
                "[risk.gone_quiet]\n\nlimits.days = \"7\"\n",
                3,
                "days takes a number, as 14, and not the text \"7\"; take the quotation marks away",
            ),
            (
                "[risk.gone_quiet.limits]\ndays = \"a week\"\n",
                2,
                "days takes a number, as 14, and not the text \"a week\"",
            ),
            ("[risk.gone_quiet]\nlimits.days = true\n", 2, "days takes a number, as 14, and not true"),
            (
                "[risk.gone_quiet]\nlimits = 7\n",
                2,
                "limits takes numbers by name, as limits.days = 14, and not the number 7",
            ),
            (
                "[risk.gone_quiet]\noff = \"true\"\n",
                2,
                "off takes true or false, and not the text \"true\"; take the quotation marks away",
            ),
            (
                "[risk.stalled]\nwhen = \"stalls >= 1\"\n",
                2,
                "when takes a list of conditions, as [\"stalls >= 2\"], and not the text \"stalls >= 1\"",
            ),
            (
                "[risk.stalled]\nwhen = [\n\"stalls >= 1\",\n3]\n",
                4,
                "when takes a list of conditions, as [\"stalls >= 2\"], and not the number 3",
            ),
            ("[risk]\nstalled = 3\n", 2, "stalled takes a table of its own, as [risk.stalled], and not the number 3"),
            ("risk = 3\n", 1, "risk takes rules by name, as [risk.stalled], and not the number 3"),
            (
                "[tracker.p]\nside = \"buyer\"\n",
                1,
                "phrases is missing; it takes a list of phrases, as [\"pen test\", \"penetration test*\"]",
            ),
            (
                "[tracker.p]\nseverity = \"low\"\n",
                2,
                "\"severity\" is no key of a tracker; its keys are phrases, side, part, count_negated",
            ),
            ("[riks.stalled]\n", 1, "\"riks\" is no key of a rules file; did you mean \"risk\"?"),
        ] {
            let error = Rules::with(text, "f").expect_err(text);
            assert_eq!((error.line, error.message.as_str()), (line, told), "{text}");
        }
    }

    #[test]
    fn every_key_says_what_it_takes() {
        for text in ["x = 1\n", "[risk.stalled]\nx = 1\n", "[tracker.p]\nx = 1\n"] {
            let error = Rules::with(text, "f").expect_err(text).message;
            let keys = error.split("its keys are ").nth(1).expect("nothing is like x");
            keys.split(", ").for_each(|key| assert!(TAKES.iter().any(|(name, _)| *name == key), "{key}"));
        }
    }
}
