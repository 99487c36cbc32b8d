//! What people judge, beside what is measured: trust, relationship and fit, notes, and flags that are not believed.
//!
//! No transcript shows whether a buyer trusts us. So the report gives the marks of the people who know the deal a place;
//! they stand beside the measured numbers and are never averaged into them, nor into one another: where two people see a
//! deal differently, that is what is to be seen.

mod edit;

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use toml::Spanned;

pub use edit::{Addition, EditError, write_into};

use crate::{
    conversation::DealId,
    deal::called::Called,
    keys::{self, Keys, WORDS},
    names::{misspelt, unknown_name},
    rules::Rules,
};

/// What one person judges of one deal.
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

impl Judgement {
    /// Its marks by name, as the file has them.
    pub fn marks(&self) -> [(&'static str, Option<u8>); 3] {
        [("trust", self.trust), ("relationship", self.relationship), ("fit", self.fit)]
    }
}

/// What a key of a file of judgements takes.
fn takes(path: &[&str]) -> &'static str {
    match path {
        ["deal"] => "deals by name, as [deal.acme]",
        ["deal", _] => "a table [deal.NAME], or one [[deal.NAME]] for each who judges",
        ["deal", _, "trust" | "relationship" | "fit"] => "a number from 1 (bad) to 5 (good)",
        ["deal", _, "disagree"] => "rules with the reason, as disagree.stalled = \"they told me why\"",
        _ => WORDS,
    }
}

fn owner(keys: &[&str]) -> &'static str {
    if keys.contains(&"trust") { "a judgement" } else { "a file of judgements" }
}

/// The judgements of a file or several, by deal; several people's of one deal in the order in which they were read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgements(BTreeMap<DealId, Vec<Judgement>>);

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

/// Somebody who does not believe a flag or prompt of a deal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disagreement<'a> {
    /// The deal.
    pub deal: &'a DealId,
    /// Who; absent where the file does not say.
    pub by: Option<&'a str>,
    /// Why.
    pub because: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    deal: BTreeMap<Spanned<String>, OneOrMore>,
}

/// `[deal.NAME]` once, or `[[deal.NAME]]` for each who judges.
enum OneOrMore {
    One(Judgement),
    More(Vec<Spanned<Judgement>>),
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMore, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMore;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a table [deal.NAME], or one [[deal.NAME]] for each who judges")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<OneOrMore, M::Error> {
                Judgement::deserialize(MapAccessDeserializer::new(map)).map(OneOrMore::One)
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<OneOrMore, S::Error> {
                let mut more = Vec::new();
                while let Some(judgement) = seq.next_element()? {
                    more.push(judgement);
                }
                Ok(OneOrMore::More(more))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Judgements {
    /// Reads the text of `file`: a table `[deal."NAME"]` a deal, or `[[deal."NAME"]]` for each who judges it.
    ///
    /// # Errors
    /// Where it is no TOML, names an unknown key or a rule that is not there, a mark is not from 1 to 5, or two judgements of
    /// one deal cannot be told apart by who made them.
    pub fn parse(text: &str, file: &str, rules: &Rules) -> Result<Judgements, JudgementError> {
        let error = |at: usize, message: String| JudgementError {
            file: file.to_owned(),
            line: text[..at.min(text.len())].matches('\n').count() + 1,
            message,
        };
        let raw: Raw = toml::from_str(text).map_err(|e| {
            let told = keys::told(&e, text, &Keys { takes, owner });
            error(e.span().map_or(0, |s| s.start), told)
        })?;
        let mut found = Judgements::default();
        for (name, judgements) in raw.deal {
            let at = name.span().start;
            let deal = DealId(name.into_inner());
            let judgements = match judgements {
                OneOrMore::One(judgement) => vec![(at, judgement)],
                OneOrMore::More(more) => more.into_iter().map(|j| (j.span().start, j.into_inner())).collect(),
            };
            for (at, judgement) in judgements {
                check(&judgement, rules).and_then(|()| found.push(&deal, judgement)).map_err(|m| error(at, m))?;
            }
        }
        Ok(found)
    }

    /// Adds those of another file.
    ///
    /// # Errors
    /// Where both hold a judgement of the same person on the same deal, or of somebody who is not named: what to do.
    pub fn add(&mut self, other: Judgements) -> Result<(), String> {
        for (deal, judgements) in other.0 {
            for judgement in judgements {
                self.push(&deal, judgement)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, deal: &DealId, judgement: Judgement) -> Result<(), String> {
        let held = self.0.entry(deal.clone()).or_default();
        if held.iter().any(|j| j.by == judgement.by) {
            return Err(match &judgement.by {
                Some(by) => format!("{by:?} judges {:?} twice; put it into one", deal.0),
                None => format!("several judge {:?}: say who each is, as by = \"NAME\"", deal.0),
            });
        }
        if !held.is_empty() && (judgement.by.is_none() || held.iter().any(|j| j.by.is_none())) {
            return Err(format!("several judge {:?}: say who each is, as by = \"NAME\"", deal.0));
        }
        held.push(judgement);
        Ok(())
    }

    /// What people judge of a deal.
    pub fn of(&self, deal: &DealId) -> &[Judgement] {
        self.0.get(deal).map_or(&[], Vec::as_slice)
    }

    /// The same with each under the id of the deal that is meant, which people know by the name that lists show. What is
    /// none of `deals`, or what several are called, stays as it is named.
    ///
    /// # Errors
    /// Where somebody judges a deal by its id and by its name: what to do.
    pub fn by_id(self, deals: &Called) -> Result<Judgements, String> {
        let mut all = Judgements::default();
        for (named, judgements) in self.0 {
            let id = deals.meant(&named.0).cloned().unwrap_or_else(|_| named.clone());
            for judgement in judgements {
                let also = if id == named { String::new() } else { format!("{:?} is the deal {:?}: ", named.0, id.0) };
                all.push(&id, judgement).map_err(|told| also + &told)?;
            }
        }
        Ok(all)
    }

    /// What to say where a judgement is of a deal whose id is not among `deals`: it would stand nowhere.
    pub fn of_no_deal(&self, deals: &Called) -> Vec<String> {
        let told = |named: &DealId| match deals.meant(&named.0) {
            Err(told) => told,
            // It was left under its name, since others of the CRM have it too and only the end tells which are of the run.
            Ok(id) => {
                format!(
                    "{:?} is what several deals of the CRM are called; name this one by its id, {:?}",
                    named.0, id.0
                )
            }
        };
        self.0.keys().filter(|named| !deals.has(named)).map(told).collect()
    }

    /// Who does not believe each rule, over all deals and all who judge, the least believed rule first.
    pub fn disagreements(&self) -> Vec<(&str, Vec<Disagreement<'_>>)> {
        let mut by_rule: BTreeMap<&str, Vec<Disagreement>> = BTreeMap::new();
        for (deal, judgement) in self.0.iter().flat_map(|(deal, all)| all.iter().map(move |j| (deal, j))) {
            for (rule, because) in &judgement.disagree {
                let one = Disagreement { deal, by: judgement.by.as_deref(), because };
                by_rule.entry(rule).or_default().push(one);
            }
        }
        let mut all: Vec<_> = by_rule.into_iter().collect();
        all.sort_by_key(|(_, reasons)| std::cmp::Reverse(reasons.len()));
        all
    }
}

/// Whether its marks are such as there are, and no rule is misspelt. A rule that is like none may have been the user's own
/// and be gone by now: what was said of it stays readable.
fn check(judgement: &Judgement, rules: &Rules) -> Result<(), String> {
    if let Some((mark, _)) = judgement.marks().iter().find(|(_, v)| v.is_some_and(|v| !(1..=5).contains(&v))) {
        return Err(format!("{mark} is a mark from 1 (bad) to 5 (good)"));
    }
    let misspelt = |rule: &&String| {
        rules.rule(rule).is_none() && misspelt(rule, rules.all().iter().map(|r| r.name.as_str())).is_some()
    };
    match judgement.disagree.keys().find(misspelt) {
        Some(unknown) => Err(unknown_rule(unknown, rules)),
        None => Ok(()),
    }
}

fn unknown_rule(name: &str, rules: &Rules) -> String {
    let told = unknown_name(name, "rule", rules.all().iter().map(|r| r.name.as_str()));
    format!("{told}; `dealtone explain rules` lists them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> DealId {
        DealId(name.into())
    }

    #[test]
    fn disagreements_are_counted_by_rule_and_mistakes_refused_with_their_line() {
        let rules = Rules::built_in();
        let text = "[deal.a]\ntrust = 4\nnote = \"met the owner\"\n[deal.a.disagree]\nstalled = \"summer break\"\n\
                    [deal.b.disagree]\nstalled = \"agreed pause\"\nprice_pressure = \"they always open low\"\n";
        let judgements = Judgements::parse(text, "j.toml", &rules).unwrap();
        let counted: Vec<_> = judgements.disagreements().iter().map(|(rule, why)| (*rule, why.len())).collect();
        assert_eq!(counted, [("stalled", 2), ("price_pressure", 1)]);
        let gone = Judgements::parse("[deal.a.disagree]\nmine = \"never true here\"\n", "j.toml", &rules).unwrap();
        assert_eq!(gone.disagreements()[0].0, "mine", "a rule that is gone");
        for (bad, line, part) in [
            ("[deal.a]\n\ntrust = 4\nluck = 2\n", 4, "no key"),
            ("[deal.a]\ntrsut = 4\n", 2, "did you mean \"trust\""),
            ("\n[deal.a]\nfit = 9\n", 2, "from 1"),
            ("[deal.a.disagree]\nstaled = \"x\"\n", 1, "did you mean \"stalled\""),
            ("[[deal.a]]\nby = \"P\"\n\n[[deal.a]]\nby = \"T\"\ntrsut = 4\n", 6, "did you mean \"trust\""),
            ("[[deal.a]]\nby = \"P\"\n\n[[deal.a]]\nby = \"T\"\ntrust = 0\n", 4, "from 1"),
            ("[[deal.a]]\nby = \"P\"\n\n[[deal.a]]\nby = \"P\"\n", 4, "twice"),
            ("[[deal.a]]\nby = \"P\"\n\n[[deal.a]]\ntrust = 2\n", 4, "say who"),
            (
                "deal.a = 4\n",
                1,
                "a takes a table [deal.NAME], or one [[deal.NAME]] for each who judges, and not the number 4",
            ),
            ("[deal.a]\ntrust = 300\n", 2, "trust takes a number from 1 (bad) to 5 (good), and not the number 300"),
            (
                "[[deal.a]]\nby = \"P\"\n\n[[deal.a]]\nby = \"T\"\nfit = \"4\"\n",
                6,
                "fit takes a number from 1 (bad) to 5 (good), and not the text \"4\"; take the quotation marks away",
            ),
            ("[deal.a]\nby = 7\n", 2, "by takes words in quotation marks, and not the number 7"),
            ("[deal.a]\ndisagree = \"stalled\"\n", 2, "disagree takes rules with the reason"),
            ("deals = 3\n", 1, "\"deals\" is no key of a file of judgements; did you mean \"deal\"?"),
        ] {
            let error = Judgements::parse(bad, "j.toml", &rules).unwrap_err();
            assert!(error.message.contains(part), "{error}");
            assert_eq!(error.line, line, "{bad}: {error}");
        }
    }

    #[test]
    fn several_people_stand_side_by_side_and_each_disagreement_counts() {
        let rules = Rules::built_in();
        let text = "[[deal.a]]\nby = \"Priya\"\ntrust = 4\ndisagree.stalled = \"summer\"\n\
                    [[deal.a]]\nby = \"Tom\"\ntrust = 2\ndisagree.stalled = \"they told me\"\n";
        let mut judgements = Judgements::parse(text, "j.toml", &rules).unwrap();
        let marks: Vec<_> = judgements.of(&id("a")).iter().map(|j| (j.by.as_deref(), j.trust)).collect();
        assert_eq!(marks, [(Some("Priya"), Some(4)), (Some("Tom"), Some(2))]);
        let more = Judgements::parse("[deal.a]\nby = \"Ann\"\nfit = 3\n", "k.toml", &rules).unwrap();
        judgements.add(more.clone()).unwrap();
        assert_eq!(judgements.of(&id("a")).len(), 3);
        assert!(judgements.add(more).unwrap_err().contains("twice"));
        let (rule, who) = &judgements.disagreements()[0];
        let who: Vec<_> = who.iter().map(|d| (d.by, d.because)).collect();
        assert_eq!((*rule, who), ("stalled", vec![(Some("Priya"), "summer"), (Some("Tom"), "they told me")]));
    }

    #[test]
    fn a_judgement_of_a_deal_that_is_not_there_is_told_with_the_nearest_name() {
        let judgements = Judgements::parse("[deal.acme]\n[deal.borg-1]\n", "j.toml", &Rules::built_in()).unwrap();
        let ids = [id("acme"), id("borg-2")];
        let told = judgements.of_no_deal(&Called::of(ids.iter().map(|id| (id, None))));
        assert_eq!(told, ["\"borg-1\" is no deal of this run; did you mean \"borg-2\"?"]);
    }

    #[test]
    fn a_judgement_is_of_the_one_deal_of_that_name() {
        let rules = Rules::built_in();
        let parse = |text: &str| Judgements::parse(text, "j.toml", &rules).unwrap();
        let ids = [id("006A"), id("006B"), id("006C")];
        let called = Called::of(ids.iter().zip([Some("Fernhill Hotels"), Some("Pilot"), Some("Pilot")]));
        let judgements =
            parse("[deal.\"fernhill hotels\"]\nby = \"Sam\"\nfit = 2\n[deal.006B]\nfit = 3\n[deal.pilot]\nfit = 4\n");
        let judgements = judgements.by_id(&called).unwrap();
        assert_eq!(judgements.of(&ids[0])[0].by.as_deref(), Some("Sam"));
        assert_eq!(judgements.of(&ids[1])[0].fit, Some(3));
        let told = judgements.of_no_deal(&called);
        assert_eq!(told, ["2 deals are called \"pilot\"; name one by its id: \"006B\", \"006C\""]);
        // Of the two one has a conversation.
        let told = judgements.of_no_deal(&Called::of([(&ids[0], None), (&ids[1], Some("Pilot"))]));
        assert_eq!(told, ["\"pilot\" is what several deals of the CRM are called; name this one by its id, \"006B\""]);

        let twice = parse("[deal.006A]\nby = \"Sam\"\n[deal.\"Fernhill Hotels\"]\nby = \"Sam\"\n").by_id(&called);
        let told = "\"Fernhill Hotels\" is the deal \"006A\": \"Sam\" judges \"006A\" twice; put it into one";
        assert_eq!(twice, Err(told.to_owned()));
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let page = include_str!("../docs/judgements.md");
        let example = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let judgements = Judgements::parse(example, "docs/judgements.md", &Rules::built_in()).unwrap();
        let who: Vec<_> = judgements.of(&id("tallis-freight")).iter().map(|j| j.by.as_deref()).collect();
        assert_eq!(who, [Some("Priya"), Some("Tom")]);
        assert_eq!(judgements.disagreements()[0].0, "stalled");
    }
}
