//! What people say of themselves ("Ann from Acme here"), and what a name carries ("Ann (Acme)").

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Reason,
    domains::{Domains, is_free_domain},
    names::{address_fits, carried_company, forms_of_one, is_label, name_words},
    people::People,
    said::{Introduction, Manner, said_introductions},
};
use crate::{
    conversation::{Channel, Conversation, Side},
    deal::CrmRecord,
};

/// What people say of themselves ("Ann from Acme here"), and what a name carries ("Ann (Acme)").
pub(super) fn introductions(
    conversation: &Conversation,
    seats: &BTreeMap<String, usize>,
    companies: &Companies,
    people: &mut People,
) {
    for (name, at) in seats {
        let mark =
            name.find(['(', '[', '|']).or_else(|| [" - ", " @ ", " from "].iter().find_map(|mark| name.find(mark)));
        let carried = mark.map(|mark| name.split_at(mark)).and_then(|(before, hung)| {
            // "Acme | Ann Lee", too; and not "Ann Acme (hers)", whose name it is.
            companies.side(hung).or_else(|| companies.side(before).filter(|_| companies.is_name(before)))
        });
        if let Some(side) = carried {
            people.all[*at].reasons.push(Reason {
                side,
                sure: 88,
                because: "the name carries that side's company".into(),
            });
        }
    }
    beside_ours(seats, companies, people);
    if conversation.channel != Channel::Call {
        return;
    }
    for (speaker, texts) in openings(conversation) {
        let Some(at) = seats.get(speaker).copied() else { continue };
        for said in texts.iter().flat_map(|text| said_introductions(text, companies)) {
            let side = said.company().and_then(|company| companies.side(company));
            if let Some(side) = side.filter(|_| is_of(&said, speaker, at, people)) {
                people.all[at].reasons.push(Reason {
                    side,
                    sure: 85,
                    because: "introduced themselves as of that side's company".into(),
                });
            }
        }
    }
}

/// Where some names carry our company in brackets and all others that carry one carry the same, that is the buyer's.
fn beside_ours(seats: &BTreeMap<String, usize>, companies: &Companies, people: &mut People) {
    let carried: Vec<(&str, usize)> =
        seats.iter().filter_map(|(name, at)| Some((carried_company(name)?, *at))).collect();
    let of_ours = |company: &str| companies.side(company) == Some(Side::Seller);
    let others: BTreeSet<String> =
        carried.iter().filter(|(company, _)| !of_ours(company)).map(|(company, _)| company.to_lowercase()).collect();
    if others.len() != 1 || !carried.iter().any(|(company, _)| of_ours(company)) {
        return;
    }
    for (_, at) in carried.into_iter().filter(|(company, _)| companies.side(company).is_none()) {
        people.all[at].reasons.push(Reason {
            side: Side::Buyer,
            sure: 70,
            because: "the name carries a company, beside names that carry ours".into(),
        });
    }
}

/// The first turns of each speaker, in which people say who they are.
fn openings(conversation: &Conversation) -> BTreeMap<&str, Vec<&str>> {
    const FIRST: usize = 4;
    let mut openings: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for turn in &conversation.turns {
        let said = openings.entry(&turn.speaker).or_default();
        if said.len() < FIRST {
            said.push(&turn.text);
        }
    }
    openings
}

/// Whether `speaker`, seated as `at`, says it of themselves: "it's Declan from Lettwing" may greet somebody else.
fn is_of(said: &Introduction, speaker: &str, at: usize, people: &People) -> bool {
    if said.manner == Manner::Own {
        return true;
    }
    let words = name_words(&said.name);
    if is_label(speaker) || is_room(speaker) {
        return people.find(&words, false, None).is_none_or(|who| who == at);
    }
    people.all[at].may_be(&words) || forms_of_one(&name_words(speaker), &words) || address_fits(speaker, &words)
}

/// Whether a name is that of a place or of several people: "Meeting Room 2", "Sales Desk".
fn is_room(name: &str) -> bool {
    const PLACES: &[&str] = &["room", "desk", "office", "conference", "boardroom", "reception", "team", "phone"];
    let mut words = name.split_whitespace();
    words.any(|word| PLACES.contains(&word.to_lowercase().as_str()) || word.bytes().all(|b| b.is_ascii_digit()))
}

/// Who of the people that are known speaks under which label, as they introduce themselves in their first turns. Where several
/// labels name one person, those do who say it in the surest manner: both, as where a voice was taken for two, and neither where
/// that is the manner of a greeting. Whoever of `apart` speaks under a name of their own is under no label.
pub(super) fn introduced_by_label<'c>(
    conversation: &'c Conversation,
    apart: &BTreeSet<usize>,
    companies: &Companies,
    people: &People,
) -> BTreeMap<&'c str, usize> {
    let mut named: BTreeMap<usize, Vec<(Manner, &str)>> = BTreeMap::new();
    for (speaker, texts) in openings(conversation).into_iter().filter(|(speaker, _)| is_label(speaker)) {
        let said: Vec<Introduction> = texts.iter().flat_map(|text| said_introductions(text, companies)).collect();
        // Whoever has said their own name may present others; of equals the first counts.
        let Some(surest) = said.iter().map(|said| said.manner).max() else { continue };
        let mut surely = said.iter().filter(|said| said.manner == surest);
        if let Some(at) = surely.find_map(|said| people.find(&name_words(&said.name), false, None)) {
            named.entry(at).or_default().push((surest, speaker));
        }
    }
    let mut found = BTreeMap::new();
    for (at, mut labels) in named.into_iter().filter(|(at, _)| !apart.contains(at)) {
        let surest = labels.iter().map(|(manner, _)| *manner).max();
        labels.retain(|(manner, _)| Some(*manner) == surest);
        if surest > Some(Manner::Its) || labels.len() == 1 {
            found.extend(labels.into_iter().map(|(_, label)| (label, at)));
        }
    }
    found
}

/// The names of the two companies, as words.
pub(super) struct Companies {
    ours: BTreeSet<String>,
    theirs: BTreeSet<String>,
}

/// Words of company names that many share.
const COMMON: &[&str] = &[
    "the",
    "and",
    "of",
    "inc",
    "ltd",
    "llc",
    "gmbh",
    "group",
    "company",
    "co",
    "corp",
    "services",
    "systems",
    "solutions",
    "health",
    "software",
    "partners",
    "foods",
    "school",
    "district",
    "university",
    "bank",
    "labs",
    "tech",
    "media",
    "city",
    "county",
    "example",
    "com",
    "org",
    "net",
];

/// The company's own word of a mail domain: "helios" of mail.helios.co.uk.
fn company_of(domain: &str) -> String {
    let mut words = domain.rsplit('.').skip(1).skip_while(|word| word.chars().count() <= 3);
    words.next().unwrap_or_default().to_owned()
}

impl Companies {
    /// `people`: everybody with an address; where one is known to be the buyer's, so is the company of the address.
    pub(super) fn new(crm: Option<&CrmRecord>, domains: &Domains, people: &People) -> Companies {
        let label = |d: &String| d.split('.').next().unwrap_or("").to_owned();
        let words = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric())
                .map(str::to_lowercase)
                .filter(|w| w.chars().count() >= 4 && !COMMON.contains(&w.as_str()))
                .collect::<Vec<_>>()
        };
        let mut theirs: BTreeSet<String> = domains.theirs.iter().map(label).collect();
        theirs.extend(crm.and_then(|c| c.account.as_deref()).map(words).unwrap_or_default());
        let of_buyers = people.all.iter().filter(|person| person.verdict().0 == Side::Buyer);
        let known = of_buyers.filter_map(|person| person.email.as_deref()?.rsplit_once('@')).map(|(_, domain)| domain);
        theirs.extend(
            known.filter(|domain| !is_free_domain(domain)).map(company_of).filter(|w| !COMMON.contains(&w.as_str())),
        );
        let ours: BTreeSet<String> = domains.ours.iter().map(label).filter(|w| w.chars().count() >= 4).collect();
        let theirs = theirs.into_iter().filter(|w| w.chars().count() >= 4 && !ours.contains(w)).collect();
        Companies { ours, theirs }
    }

    /// Companies of known names, in lower case.
    #[cfg(test)]
    pub(super) fn of(ours: &[&str], theirs: &[&str]) -> Companies {
        let words = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Companies { ours: words(ours), theirs: words(theirs) }
    }

    /// Whether `text` is the name of one of the two companies and nothing else: "Harcastle Moor", "Acme Inc".
    pub(super) fn is_name(&self, text: &str) -> bool {
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
        let known = |word: &String| self.ours.contains(word) || self.theirs.contains(word);
        let mut own = words.iter().filter(|w| !COMMON.contains(&w.as_str())).peekable();
        known(&words.concat()) || (own.peek().is_some() && own.all(known))
    }

    /// The side of a company in the first words of `text`.
    pub(super) fn side(&self, text: &str) -> Option<Side> {
        let words: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
            .take(6)
            .map(str::to_lowercase)
            .collect();
        // "Harcastle Moor" is harcastlemoor.example's.
        let joined = words.concat();
        let has = |set: &BTreeSet<String>| {
            set.iter().any(|w| words.contains(w) || (w.chars().count() >= 6 && joined.contains(w.as_str())))
        };
        match (has(&self.ours), has(&self.theirs)) {
            (true, false) => Some(Side::Seller),
            (false, true) => Some(Side::Buyer),
            _ => None,
        }
    }
}
