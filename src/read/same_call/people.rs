//! Who takes part in a call that stands there in several formats: one names people in full, another knows their addresses.

use std::collections::HashMap;

use crate::{
    conversation::{Conversation, Participant, Side},
    team::names::is_label,
};

/// Who takes part in the call that is kept, found by name: a webinar has thousands.
pub(super) struct People {
    known: Vec<Participant>,
    by_name: HashMap<String, usize>,
    /// Of whoever speaks, by each beginning of the name.
    speakers: HashMap<String, Vec<usize>>,
    /// What those were called who have a fuller name now.
    renamed: Vec<(String, usize)>,
}

impl People {
    /// Those of the call that is kept.
    pub(super) fn of(known: Vec<Participant>) -> People {
        let (mut by_name, mut speakers) = (HashMap::new(), HashMap::<String, Vec<usize>>::new());
        for (place, person) in known.iter().enumerate() {
            let name = plain_name(&person.name);
            if person.active {
                beginnings(&name).for_each(|part| speakers.entry(part.to_owned()).or_default().push(place));
            }
            by_name.entry(name).or_insert(place);
        }
        People { known, by_name, speakers, renamed: Vec::new() }
    }

    /// Adds what `person`, who takes part by another format of the call, tells to who is known of it. A speaker whom it does not
    /// know is called otherwise there.
    pub(super) fn add(&mut self, person: Participant) {
        let name = plain_name(&person.name);
        let place = self.by_name.get(&name).copied().or_else(|| self.speaker(&name).filter(|_| person.active));
        match place {
            Some(place) => {
                let known = &mut self.known[place];
                // The fuller name, since half of it may be that of somebody else who is silent.
                if name.starts_with(&plain_name(&known.name)) && name != plain_name(&known.name) {
                    let called = std::mem::replace(&mut known.name, person.name);
                    self.renamed.push((called, place));
                    self.by_name.insert(name, place);
                }
                known.email = known.email.take().or(person.email);
                known.title = known.title.take().or(person.title);
                if known.side == Side::Unknown {
                    known.side = person.side;
                    known.side_confidence = person.side_confidence;
                    known.side_because = person.side_because;
                }
            }
            None if !person.active && !is_label(&name) => {
                self.by_name.insert(name, self.known.len());
                self.known.push(person);
            }
            None => {}
        }
    }

    /// Gives the people and their names to their call.
    pub(super) fn become_those_of(self, call: &mut Conversation) {
        let names: HashMap<String, &str> =
            self.renamed.into_iter().map(|(called, place)| (called, self.known[place].name.as_str())).collect();
        for turn in &mut call.turns {
            if let Some(name) = names.get(&turn.speaker) {
                turn.speaker = (*name).to_owned();
            }
        }
        call.participants = self.known;
    }

    /// The only one who speaks under a part of `name`, or under a name that it is the beginning of.
    fn speaker(&self, name: &str) -> Option<usize> {
        let shorter = beginnings(name).filter_map(|part| self.by_name.get(part));
        let longer = self.speakers.get(name).into_iter().flatten();
        let mut found = shorter.chain(longer).copied().filter(|place| self.known[*place].active);
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }
}

/// What [`is_part`](super::likeness) takes for the beginnings of a name, itself among them. No name has more words.
fn beginnings(name: &str) -> impl Iterator<Item = &str> {
    const WORDS: usize = 8;
    name.match_indices(' ').map(|(at, _)| at).chain([name.len()]).map(|at| &name[..at]).take(WORDS)
}

/// A name in lower case, without what stands in brackets.
pub(super) fn plain_name(name: &str) -> String {
    crate::read::speaker::without_brackets(name).trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_silent_or_one_of_two_is_nobody_who_speaks_under_half_a_name() {
        let person = |name: &str, active: bool, email: Option<&str>| Participant {
            name: name.into(),
            email: email.map(Into::into),
            active,
            ..Participant::default()
        };
        let of = |known: &[&str], others: &[(&str, bool)]| {
            let mut people = People::of(known.iter().map(|name| person(name, true, None)).collect());
            others.iter().for_each(|(name, active)| people.add(person(name, *active, Some(name))));
            let known = people.known.iter().map(|p| format!("{}={}", p.name, p.email.as_deref().unwrap_or("")));
            known.collect::<Vec<_>>().join(" | ")
        };
        for (known, others, expected) in [
            (&["Ann"][..], &[("Ann Ray", false), ("Ann Lee", true)][..], "Ann Lee=Ann Lee | Ann Ray=Ann Ray"),
            (&["Ann Lee"], &[("Ann", true)], "Ann Lee=Ann"),
            (&["Ann Lee", "Ann Ray"], &[("Ann", true), ("Ann Ray", true)], "Ann Lee= | Ann Ray=Ann Ray"),
            (&["Ann", "Ann Lee"], &[("Ann Lee Moe", true)], "Ann= | Ann Lee="),
            (&["Ann"], &[("Anna Lee", true)], "Ann="),
        ] {
            assert_eq!(of(known, others), expected, "{known:?} {others:?}");
        }
    }
}
