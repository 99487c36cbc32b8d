//! Whom a coaching prompt is for: whoever of our side said what it rests on.
//!
//! Prompts stand by person so that each can be handed on. Nobody is counted, compared or put in order by them: the deal's
//! own rep stands first, the others as their first prompt comes.

use std::collections::BTreeMap;

use super::Bundle;
use crate::{
    conversation::Side,
    measure::Evidence,
    rules::{Finding, Severity},
    team::ours::meant,
};

/// The coaching prompts for one person.
pub(super) struct Coached<'a> {
    /// The person's name, or "the rep" where nobody is known.
    pub to: &'a str,
    /// The prompts, each with its place among those of the report.
    pub prompts: Vec<(usize, &'a Finding)>,
}

impl<'a> Coached<'a> {
    /// The praise among them, or the rest.
    pub fn prompts(&self, praise: bool) -> impl Iterator<Item = (usize, &'a Finding)> {
        self.prompts.iter().copied().filter(move |(_, f)| (f.severity == Severity::Good) == praise)
    }
}

/// The prompts whose quotes are the little that was done: whoever did it is the last whom they are for.
const LACKING: &[&str] = &["few_questions"];

/// The coaching prompts of a deal by whom they are for. One that is about what was hardly done, or rests on the buyer's words,
/// is for the deal's owner, else for whoever of our side said most.
pub(super) fn coached<'a>(bundle: &Bundle<'a>) -> Vec<Coached<'a>> {
    let rep = rep(bundle).unwrap_or("the rep");
    let mut people = vec![Coached { to: rep, prompts: Vec::new() }];
    for (place, finding) in bundle.report.coaching.iter().enumerate() {
        let lacking = LACKING.contains(&finding.name.as_str());
        let to = if lacking { None } else { said_most_of(bundle, finding, rep) }.unwrap_or(rep);
        match people.iter_mut().find(|person| is_same_person(person.to, to)) {
            Some(person) => person.prompts.push((place, finding)),
            None => people.push(Coached { to, prompts: vec![(place, finding)] }),
        }
    }
    people.retain(|person| !person.prompts.is_empty());
    people
}

/// The deal's owner by the name under which that person speaks, where it is one of ours; else whoever of our side said most,
/// else nobody by name.
fn rep<'a>(bundle: &Bundle<'a>) -> Option<&'a str> {
    let owner = bundle.report.crm.as_ref().and_then(|c| c.owner.as_deref()).filter(|o| !o.trim().is_empty());
    let owner = owner.map(|owner| meant(owner, ours(bundle)).unwrap_or(owner));
    owner.or_else(|| {
        let mut said: BTreeMap<&str, usize> = BTreeMap::new();
        let turns = bundle.deal.by_time().into_iter().flat_map(|s| &s.conversation.turns);
        for turn in turns.filter(|t| t.side == Side::Seller && !t.speaker.trim().is_empty()) {
            *said.entry(&turn.speaker).or_default() += turn.text.len();
        }
        // Of equals the first by name: max_by_key would take the last.
        said.into_iter().rev().max_by_key(|(_, n)| *n).map(|(name, _)| name)
    })
}

/// Everybody of our side who takes part, by name and address.
fn ours<'a>(bundle: &Bundle<'a>) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
    let conversations = bundle.deal.by_time().into_iter().map(|scored| &scored.conversation);
    conversations.flat_map(|c| {
        let listed = c.participants.iter().filter(|p| p.side == Side::Seller);
        let speaking = c.turns.iter().filter(|t| t.side == Side::Seller && !t.speaker.trim().is_empty());
        let listed = listed.map(|p| (p.name.as_str(), p.email.as_deref()));
        listed.chain(speaking.map(|t| (t.speaker.as_str(), None)))
    })
}

/// Who of our side said most of the quotes that a finding rests on; of equals the rep, else who is quoted first.
fn said_most_of<'a>(bundle: &Bundle<'a>, finding: &Finding, rep: &str) -> Option<&'a str> {
    let mut said: Vec<(&str, usize)> = Vec::new();
    for speaker in finding.evidence.iter().filter_map(|e| our_speaker(bundle, e)) {
        match said.iter_mut().find(|(name, _)| *name == speaker) {
            Some((_, n)) => *n += 1,
            None => said.push((speaker, 1)),
        }
    }
    said.into_iter().rev().max_by_key(|(name, n)| (*n, is_same_person(name, rep))).map(|(name, _)| name)
}

/// Who of our side said a quote.
fn our_speaker<'a>(bundle: &Bundle<'a>, evidence: &Evidence) -> Option<&'a str> {
    let Evidence::Quote { conversation, turn, .. } = evidence else { return None };
    let turn = bundle.deal.conversation(conversation)?.conversation.turns.get(*turn)?;
    (turn.side == Side::Seller && !turn.speaker.trim().is_empty()).then_some(turn.speaker.as_str())
}

/// Whether two names are one person's, as a CRM and a transcript write them: `Mullins, Craig`, `craig.mullins@x.example`.
fn is_same_person(a: &str, b: &str) -> bool {
    let words = |name: &str| {
        let name = name.split('@').next().unwrap_or(name).to_lowercase();
        let words = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.sort();
        words
    };
    a == b || (!words(a).is_empty() && words(a) == words(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_written_in_two_ways_is_one_person() {
        for (a, b, same) in [
            ("Craig Mullins", "Mullins, Craig", true),
            ("craig.mullins@x.example", "Craig Mullins", true),
            ("Craig Mullins", "Jess Tran", false),
            ("Craig", "Craig Mullins", false),
            ("", "", true),
            ("-", "", false),
        ] {
            assert_eq!(is_same_person(a, b), same, "{a:?} {b:?}");
        }
    }
}
