//! What people say of themselves ("Ann from Acme here"), and what a name carries ("Ann (Acme)").

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Reason,
    domains::Domains,
    names::{address_fits, forms_of_one, is_label, is_title, name_words},
    people::People,
};
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
    for (speaker, texts) in openings(conversation) {
        let Some(at) = seats.get(speaker).copied() else { continue };
        for text in texts {
            let Some((name, behind)) = introduction(text) else { continue };
            let from = ["from ", "with ", "at ", "over at ", "here from ", "of "];
            let side = from.iter().find_map(|p| behind.strip_prefix(p)).and_then(|from| companies.side(from));
            if let Some(side) = side.filter(|_| is_of(&name, speaker, at, people)) {
                people.all[at].reasons.push(Reason {
                    side,
                    sure: 85,
                    because: "introduced themselves as of that side's company".into(),
                });
            }
        }
    }
}

/// Whether `speaker`, seated as `at`, says `name` of themselves: "it's Declan from Lettwing" may greet somebody else.
fn is_of(name: &str, speaker: &str, at: usize, people: &People) -> bool {
    let words = name_words(name);
    if is_label(speaker) {
        return people.find(&words, false, None).is_none_or(|who| who == at);
    }
    people.all[at].may_be(&words) || forms_of_one(&name_words(speaker), &words) || address_fits(speaker, &words)
}

/// The first turns of each speaker, in which people say who they are.
pub(super) fn openings(conversation: &Conversation) -> BTreeMap<&str, Vec<&str>> {
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

/// How a person says their own name, lower case, before it.
const INTRODUCTIONS: &[&str] = &["my name is ", "my name's ", "this is ", "i'm ", "i am ", "it's "];

/// The name by which a labelled speaker introduces himself in these turns.
pub(super) fn introduced_name(turns: &[&str]) -> Option<String> {
    turns.iter().find_map(|text| introduction(text).map(|(name, _)| name))
}

/// A self-introduction: the name, and what follows it ("from Acme").
fn introduction(text: &str) -> Option<(String, String)> {
    let plain = text.replace('’', "'");
    // Of other letters the lower ones may be longer, and places would not fit.
    let lower = plain.to_ascii_lowercase();
    for opener in INTRODUCTIONS {
        for (at, _) in lower.match_indices(opener).take(4) {
            if at > 0 && lower[..at].ends_with(char::is_alphanumeric) {
                continue;
            }
            let (name, behind) = leading_name(&plain[at + opener.len()..]);
            // "This is Monday" and "I'm OK" name nobody; "my name is" always does.
            let Some(first) = name.first().map(|w| w.to_lowercase()) else { continue };
            let nobody = NO_NAMES.contains(&first.as_str()) || calendar::is_name(&first);
            if *opener != "my name is " && nobody {
                continue;
            }
            return Some((name.join(" "), behind.trim_start_matches([',', ' ']).to_owned()));
        }
    }
    None
}

/// The words with a capital, three at most, with which a text begins, up to the end of that part of its sentence; and what
/// follows them.
fn leading_name(text: &str) -> (Vec<&str>, &str) {
    let (mut name, mut behind) = (Vec::new(), text);
    while name.len() < 3 {
        let word = behind.trim_start().split(char::is_whitespace).next().unwrap_or_default();
        if !word.starts_with(char::is_uppercase) {
            break;
        }
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '-');
        name.push(bare);
        behind = &behind.trim_start()[bare.len()..];
        // "Declan. Thanks for joining", "Declan, Sales Director"; and not "J. Purvis", "Dr. Purvis".
        let shortened = bare.chars().count() == 1 || is_title(&bare.to_lowercase());
        let ends = behind.starts_with(['.', ',', '!', '?', ';', ':']);
        if ends && !(shortened && behind.starts_with('.')) {
            break;
        }
        if shortened {
            behind = behind.strip_prefix('.').unwrap_or(behind);
        }
    }
    (name, behind)
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

#[cfg(test)]
mod tests {
    use super::introduction;

    #[test]
    fn a_name_ends_where_its_part_of_the_sentence_does() {
        for (text, found) in [
            ("Hi, this is Declan from Lettwing.", Some(("Declan", "from Lettwing."))),
            ("Hi, I’m Declan. Thanks for joining.", Some(("Declan", ". Thanks for joining."))),
            ("I'm Declan, Sales Director at Lettwing", Some(("Declan", "Sales Director at Lettwing"))),
            ("I'm Declan J. Purvis, from Lettwing", Some(("Declan J Purvis", "from Lettwing"))),
            ("My name is Dr. Ann Lee with Harcastle", Some(("Dr Ann Lee", "with Harcastle"))),
            ("It's Ann Lee-Ray! Hello", Some(("Ann Lee-Ray", "! Hello"))),
            ("This is Monday.", None),
            ("this is fine", None),
            // Letters that are longer, and shorter, in lower case.
            ("İ this is Émile ẞ", Some(("Émile ẞ", ""))),
        ] {
            let expected = found.map(|(name, behind)| (name.to_owned(), behind.to_owned()));
            assert_eq!(introduction(text), expected, "{text}");
        }
    }
}
