//! Who is ours although no address in the deal says so: whoever the CRM names as its owner, and whoever another deal of the
//! export shows to be ours, by an address there or as the owner of it. A guess, and told as one: an owner may have a namesake
//! on the buyer's side.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Reason,
    domains::is_in,
    names::{is_label, name_words},
    people::People,
};
use crate::{
    conversation::{Participant, Side},
    deal::CrmRecord,
};

/// Below what is told as sure ([`crate::deal_report::GuessedSide`]).
const GUESS: u8 = 70;

const OWNER: &str = "the CRM's owner of the deal";
const OWNER_ELSEWHERE: &str = "the CRM's owner of another deal";
const ADDRESS_ELSEWHERE: &str = "has an address of ours in another deal";

/// Who is ours by what all deals of an export show: by whole names, since of so many people a short one means nobody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elsewhere {
    /// By the words of the name: the name, and what shows it. Every deal of a run has the same.
    all: Arc<BTreeMap<Vec<String>, (String, String)>>,
}

impl Elsewhere {
    /// Learns from what the CRM names as owner of a deal.
    pub fn learn_owner(&mut self, owner: &str) {
        if let Some((name, _)) = name_and_address(owner) {
            self.add(name, OWNER_ELSEWHERE);
        }
    }

    /// Learns from who takes part in a conversation of any deal; `our_domains`: our side's mail domains.
    pub fn learn(&mut self, people: &[Participant], our_domains: &BTreeSet<String>) {
        for person in people {
            let domain = person.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
            if domain.is_some_and(|domain| is_in(our_domains, &domain.to_lowercase())) {
                self.add(&person.name, ADDRESS_ELSEWHERE);
            }
        }
    }

    fn add(&mut self, name: &str, because: &str) {
        let words = name_words(name);
        if words.len() < 2 {
            return;
        }
        // In whatever order it comes: an address before an owner's cell, then the first by name.
        let rank = |name: &str, because: &str| (because != ADDRESS_ELSEWHERE, name.to_owned());
        if self.all.get(&words).is_none_or(|(held, why)| rank(name, because) < rank(held, why)) {
            Arc::make_mut(&mut self.all).insert(words, (name.to_owned(), because.to_owned()));
        }
    }

    /// Adds what was learnt apart.
    pub fn add_all(&mut self, other: Elsewhere) {
        other.all.values().for_each(|(name, because)| self.add(name, because));
    }

    /// Adds somebody whom [`Elsewhere::who_can_be`] gave elsewhere.
    pub(super) fn add_noted(&mut self, person: &Participant) {
        self.add(&person.name, &person.side_because);
    }

    /// Those who have the name of one of `people`.
    pub(super) fn who_can_be<'p>(&self, people: impl Iterator<Item = &'p Participant>) -> Vec<Participant> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let words: BTreeSet<Vec<String>> = people.map(|person| name_words(&person.name)).collect();
        let known = words.iter().filter_map(|words| self.all.get(words));
        let noted = |(name, because): &(String, String)| Participant {
            name: name.clone(),
            side: Side::Seller,
            side_confidence: GUESS,
            side_because: because.clone(),
            ..Participant::default()
        };
        known.map(noted).collect()
    }
}

/// The deal's owner among `people`, added where nobody has the name or address.
pub(super) fn find_owner(crm: Option<&CrmRecord>, people: &mut People) -> Option<usize> {
    let (name, email) = name_and_address(crm?.owner.as_deref()?)?;
    if email.is_none()
        && let Some(at) = people.meant_by(name)
    {
        return Some(at);
    }
    Some(people.find_or_add(name, email))
}

/// Takes the owner for ours, unless more is known: then it is a namesake of theirs.
pub(super) fn take_owner(owner: Option<usize>, people: &mut People) {
    let Some(owner) = owner.filter(|at| people.all[*at].verdict().0 != Side::Buyer) else { return };
    let person = &mut people.all[owner];
    person.is_owner = true;
    person.reasons.push(Reason { side: Side::Seller, sure: GUESS, because: OWNER.into() });
}

/// Takes those of whom nothing else is known for ours whom other deals show to be that.
pub(super) fn take_known_elsewhere(seats: &[BTreeMap<String, usize>], elsewhere: &Elsewhere, people: &mut People) {
    if elsewhere.all.is_empty() {
        return;
    }
    let present: BTreeSet<usize> = seats.iter().flat_map(|seat| seat.values().copied()).collect();
    for at in present {
        let person = &mut people.all[at];
        let known = elsewhere.all.get(&person.words).filter(|_| person.reasons.is_empty() && !person.is_stated());
        if let Some((_, because)) = known {
            person.is_known_elsewhere = true;
            person.reasons.push(Reason { side: Side::Seller, sure: GUESS, because: because.clone() });
        }
    }
}

/// Whom of `people`, each with a name and perhaps an address, a CRM means by what it writes of an owner: "P. Nair",
/// "Nair, Priya", an address; nobody where it can mean several.
pub fn meant<'p>(owner: &str, people: impl Iterator<Item = (&'p str, Option<&'p str>)>) -> Option<&'p str> {
    let (name, email) = name_and_address(owner)?;
    let (mut known, mut names) = (People::default(), Vec::new());
    // A label means nobody whom a CRM could name.
    for (name, email) in people.filter(|(name, _)| !is_label(name)) {
        let at = known.find_or_add(name, email);
        // The first name that each was called by.
        if at == names.len() {
            names.push(name);
        }
    }
    email.and_then(|email| known.of_email(email)).or_else(|| known.meant_by(name)).map(|at| names[at])
}

/// What a CRM's cell names as owner: "Jane Roe <jane@ours.example>" and either alone; nothing where it is a number of the
/// CRM's own.
fn name_and_address(cell: &str) -> Option<(&str, Option<&str>)> {
    let cell = cell.trim();
    let (name, email) = match cell.strip_suffix(['>', ')', ']']).and_then(|cell| cell.rsplit_once(['<', '(', '['])) {
        Some((name, email)) if email.contains('@') => (name.trim(), Some(email.trim())),
        _ if cell.contains('@') && !cell.contains(' ') => (cell, Some(cell)),
        _ => (cell, None),
    };
    let name = if name.is_empty() { email.unwrap_or_default() } else { name };
    (!is_label(name)).then_some((name, email))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_of_an_owner_is_read_as_crms_write_it() {
        for (cell, expected) in [
            ("Dana Whitfield", Some(("Dana Whitfield", None))),
            (" Jane Roe <jane@ours.example> ", Some(("Jane Roe", Some("jane@ours.example")))),
            ("Jane Roe (jane@ours.example)", Some(("Jane Roe", Some("jane@ours.example")))),
            ("Jane Roe (she/her)", Some(("Jane Roe (she/her)", None))),
            ("<jane@ours.example>", Some(("jane@ours.example", Some("jane@ours.example")))),
            ("jane@ours.example", Some(("jane@ours.example", Some("jane@ours.example")))),
            ("66310203", None),
            ("", None),
        ] {
            assert_eq!(name_and_address(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn an_owner_is_one_of_those_whose_name_or_address_is_meant_and_nobody_where_several_are() {
        let people = || {
            let email = |name| match name {
                "Priya Nair" => Some("priya@ours.example"),
                _ => None,
            };
            ["Priya Nair", "Craig Mullins", "Tom Becker", "Tom Hall"].into_iter().map(move |name| (name, email(name)))
        };
        for (owner, expected) in [
            ("P. Nair", Some("Priya Nair")),
            ("Mullins, Craig", Some("Craig Mullins")),
            ("craig.mullins@x.example", Some("Craig Mullins")),
            ("P Nair <priya@ours.example>", Some("Priya Nair")),
            ("Tom", None),
            ("Ann Lee", None),
            ("-", None),
        ] {
            assert_eq!(meant(owner, people()), expected, "{owner}");
        }
    }
}
