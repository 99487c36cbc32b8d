//! The keys of a rules file, and what each takes; [`crate::keys`] tells it where another stands there.

use toml::de::Error;

use crate::keys::{self, Keys, WORDS, YES_OR_NO};

const CONDITIONS: &str = "a list of conditions, as [\"stalls >= 2\"]";
const LIMIT: &str = "a number, as 14";

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
    keys::told(error, text, &Keys { takes, owner })
}

fn owner(known: &[&str]) -> &'static str {
    match known {
        _ if known.contains(&"phrases") => "a tracker",
        _ if known.contains(&"when") => "a rule",
        _ => "a rules file",
    }
}

/// What the key at the end of a path takes.
fn takes(path: &[&str]) -> &'static str {
    match path {
        [_, _, "limits", _] => LIMIT,
        ["tracker", _] => "a table of its own, as [tracker.pen_test]",
        [_, _] => "a table of its own, as [risk.stalled]",
        [.., key] => TAKES.iter().find(|(name, _)| name == key).map_or("something else", |(_, takes)| takes),
        [] => "keys",
    }
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
