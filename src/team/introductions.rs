//! What people say of themselves ("Ann from Acme here"), and what a name carries ("Ann (Acme)").

use std::collections::{BTreeMap, BTreeSet};

use super::{Reason, domains::Domains, people::People};
use crate::{
    calendar,
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
        let hung = name
            .find(['(', '[', '|'])
            .or_else(|| name.find(" - "))
            .or_else(|| name.find(" @ "))
            .map(|from| &name[from..]);
        if let Some(side) = hung.and_then(|h| companies.side(h)) {
            people.all[*at].reasons.push(Reason {
                side,
                sure: 88,
                because: "the name carries that side's company".into(),
            });
        }
    }
    if conversation.channel != Channel::Call {
        return;
    }
    let mut spoken: BTreeMap<&str, usize> = BTreeMap::new();
    for turn in conversation.turns.iter().take(40) {
        let count = spoken.entry(&turn.speaker).or_default();
        *count += 1;
        if *count > 4 {
            continue;
        }
        let (Some(at), Some((_, behind))) = (seats.get(&turn.speaker), introduction(&turn.text)) else { continue };
        let from =
            ["from ", "with ", "at ", "over at ", "here from ", "of "].iter().find_map(|p| behind.strip_prefix(p));
        if let Some(side) = from.and_then(|f| companies.side(f)) {
            people.all[*at].reasons.push(Reason {
                side,
                sure: 85,
                because: "introduced themselves as of that side's company".into(),
            });
        }
    }
}

/// How a person says their own name, lower case, before it.
const INTRODUCTIONS: &[&str] = &["my name is ", "my name's ", "this is ", "i'm ", "i am ", "it's "];

/// The name by which a labelled speaker introduces himself in the first turns.
pub(super) fn introduced_name(conversation: &Conversation, speaker: &str) -> Option<String> {
    conversation
        .turns
        .iter()
        .filter(|t| t.speaker == speaker)
        .take(4)
        .find_map(|t| introduction(&t.text).map(|(name, _)| name))
}

/// A self-introduction: the name, and what follows it ("from Acme").
fn introduction(text: &str) -> Option<(String, String)> {
    let plain = text.replace('’', "'");
    let lower = plain.to_lowercase();
    // Lower-casing may change lengths; then offsets would not fit, and the rare text is passed by.
    if lower.len() != plain.len() {
        return None;
    }
    for opener in INTRODUCTIONS {
        for (at, _) in lower.match_indices(opener).take(4) {
            if at > 0 && lower[..at].ends_with(char::is_alphanumeric) {
                continue;
            }
            let rest = &plain[at + opener.len()..];
            let name: Vec<&str> = rest
                .split_whitespace()
                .take(3)
                .take_while(|w| w.chars().next().is_some_and(char::is_uppercase))
                .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric() && c != '-'))
                .collect();
            // "This is Monday" and "I'm OK" name nobody; "my name is" always does.
            let Some(first) = name.first().map(|w| w.to_lowercase()) else { continue };
            let nobody = NO_NAMES.contains(&first.as_str()) || calendar::is_name(&first);
            if *opener != "my name is " && nobody {
                continue;
            }
            let behind = rest.split_once(name[name.len() - 1]).map_or("", |(_, b)| b).trim_start_matches([',', ' ']);
            return Some((name.join(" "), behind.to_owned()));
        }
    }
    None
}

/// Words with a capital after "this is" or "I'm" that name nobody, besides months and week days.
const NO_NAMES: &[&str] =
    &["ok", "okay", "q1", "q2", "q3", "q4", "i", "ceo", "cfo", "it", "english", "american", "british", "german"];

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

impl Companies {
    pub(super) fn new(crm: Option<&CrmRecord>, domains: &Domains) -> Companies {
        let label = |d: &String| d.split('.').next().unwrap_or("").to_owned();
        let words = |text: &str| {
            text.split(|c: char| !c.is_alphanumeric())
                .map(str::to_lowercase)
                .filter(|w| w.chars().count() >= 4 && !COMMON.contains(&w.as_str()))
                .collect::<Vec<_>>()
        };
        let mut theirs: BTreeSet<String> = domains.theirs.iter().map(label).collect();
        theirs.extend(crm.and_then(|c| c.account.as_deref()).map(words).unwrap_or_default());
        let ours: BTreeSet<String> = domains.ours.iter().map(label).filter(|w| w.chars().count() >= 4).collect();
        let theirs = theirs.into_iter().filter(|w| w.chars().count() >= 4 && !ours.contains(w)).collect();
        Companies { ours, theirs }
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
