//! What of a user's own rule holds and will not read as its author may think. It is no mistake, so nothing is refused.

use super::{Rule, Severity};

impl Rule {
    /// What to say of a rule of a user's own, or of one that says something else than the `built_in` one of its name.
    pub fn doubts(&self, built_in: Option<&Rule>) -> Vec<String> {
        let mut told: Vec<String> = self.lowered(built_in).into_iter().map(str::to_owned).collect();
        // Praise stays; there is nothing that would take it away.
        let texts = [
            ("why", &self.why, "why it matters", true),
            ("ask", &self.ask, "what to ask or do next", true),
            ("clears_when", &self.clears_when, "when it would go away", self.severity != Severity::Good),
        ];
        for (key, _, what, _) in texts.iter().filter(|(_, text, _, is_due)| *is_due && text.trim().is_empty()) {
            told.push(format!("{key} is not there, so reports do not say {what}; add {key} = \"…\""));
        }
        told
    }

    /// What to say where it is to be high and cannot always be. Of a built-in rule whose severity stays only the limits changed.
    fn lowered(&self, built_in: Option<&Rule>) -> Option<&'static str> {
        let is_own = |differs: &dyn Fn(&Rule) -> bool| built_in.is_none_or(differs);
        if self.severity == Severity::High && is_own(&|held| held.severity != self.severity) {
            return Some(
                "severity is high, but medium where it rests on one utterance alone; have `when` ask for two, as with >= 2, \
                 where it must be high",
            );
        }
        (!self.high_when.is_empty() && is_own(&|held| held.high_when != self.high_when)).then_some(
            "high_when does not raise it where it rests on one utterance alone; have high_when ask for two, as with >= 2, \
             where it must be high",
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::Rules;

    #[test]
    fn what_reports_will_not_say_is_told_of_own_rules_and_of_no_built_in_one() {
        let built_in = Rules::built_in();
        for rule in built_in.all() {
            assert_eq!(rule.doubts(Some(rule)), [""; 0], "{}", rule.name);
            let of_another = rule.doubts(None);
            assert!(of_another.iter().all(|told| !told.contains("is not there")), "{}: {of_another:?}", rule.name);
        }
        for (text, name, expected) in [
            (
                "[risk.mine]\nseverity = \"high\"\nwhen = [\"objections >= 1\"]\nmessage = \"m\"\nwhy = \"w\"\nask = \"a\"\n",
                "mine",
                &[
                    "severity is high, but medium",
                    "clears_when is not there, so reports do not say when it would go away",
                ][..],
            ),
            (
                "[risk.mine]\nwhen = [\"objections >= 1\"]\nhigh_when = [\"objections >= 2\"]\nmessage = \"m\"\nclears_when = \"c\"\n",
                "mine",
                &["high_when does not raise it", "why is not there", "ask is not there"],
            ),
            (
                "[coaching.mine]\nseverity = \"good\"\nwhen = [\"objections >= 1\"]\nmessage = \"m\"\nwhy = \"w\"\nask = \"a\"\n",
                "mine",
                &[],
            ),
            ("[risk.stalled]\nseverity = \"high\"\n", "stalled", &["severity is high"]),
            ("[risk.gone_quiet]\nlimits.days = 30\n", "gone_quiet", &[]),
        ] {
            let rules = Rules::with(text, "r.toml").unwrap_or_else(|e| panic!("{e}"));
            let told = rules.rule(name).unwrap().doubts(built_in.rule(name));
            assert_eq!(told.len(), expected.len(), "{text}: {told:?}");
            assert!(told.iter().zip(expected).all(|(told, begins)| told.starts_with(begins)), "{text}: {told:?}");
        }
    }
}
