//! What is told of conversations that fit no deal: which of a file they are, and which deals they might be of.
//!
//! A mailbox of everybody may hold thousands of them, so a line a file tells of all, with the first of each kind by their
//! numbers; the numbers are those that `utterances.jsonl` has behind the file's name.

use std::collections::{BTreeMap, BTreeSet};

use super::Skipped;
use crate::conversation::{ConversationId, DealId};

/// Why a conversation is of no deal, in the order in which a file tells of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unassigned {
    /// No deal has any of its people.
    NoneFits,
    /// Several deals have its people.
    SeveralFit(BTreeSet<DealId>),
    /// It names its deal, and several are called so.
    SameName(BTreeSet<DealId>),
}

impl Unassigned {
    /// Why, of one conversation.
    fn of_one(&self) -> String {
        match self {
            Unassigned::NoneFits => "no deal has any of its people".to_owned(),
            Unassigned::SeveralFit(deals) => format!("{} have its people", several(deals)),
            Unassigned::SameName(deals) => format!("{} have the name that it gives", several(deals)),
        }
    }

    /// Why, of some of a file.
    fn of_some(&self) -> String {
        match self {
            Unassigned::NoneFits => "no deal has any of the people of".to_owned(),
            Unassigned::SeveralFit(deals) => format!("{} have the people of", several(deals)),
            Unassigned::SameName(deals) => format!("{} have the name that is given by", several(deals)),
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            Unassigned::SameName(_) => "deal's folder, or export the deal's id with it",
            _ => "deal's folder, or list its people in deals.csv",
        }
    }
}

/// So many reasons of a file are told of, and so many conversations for each.
const TOLD: usize = 5;

/// The conversations of one file that fit no deal.
#[derive(Debug, Default)]
pub(super) struct OfFile {
    reasons: BTreeMap<Unassigned, Those>,
    /// How many there are for other reasons than these.
    others: usize,
}

/// How many conversations, and the numbers of the first of them.
#[derive(Debug, Default)]
struct Those {
    count: usize,
    numbers: Vec<String>,
}

impl OfFile {
    /// Adds the conversation `id` of `file`. Beyond the reasons that are told of it is only counted: each mail of a mailbox
    /// may have one of its own.
    pub(super) fn add(&mut self, file: &str, id: &ConversationId, why: Unassigned) {
        if self.reasons.len() >= TOLD && !self.reasons.contains_key(&why) {
            self.others += 1;
            return;
        }
        let those = self.reasons.entry(why).or_default();
        those.count += 1;
        if let Some(number) = number(file, id).filter(|_| those.numbers.len() < TOLD) {
            those.numbers.push(number);
        }
    }

    /// The line of the file.
    pub(super) fn told(self, file: String) -> Skipped {
        let all = self.others + self.reasons.values().map(|those| those.count).sum::<usize>();
        let remedy = self.reasons.keys().next().map_or("", Unassigned::remedy);
        let message = match self.reasons.keys().next() {
            Some(why) if all == 1 => {
                let which: String =
                    self.reasons.values().flat_map(|those| &those.numbers).map(|n| format!("{n}: ")).collect();
                format!("{which}{}; lay it into the {remedy}", why.of_one())
            }
            _ => {
                let mut parts: Vec<String> =
                    self.reasons.iter().map(|(why, those)| format!("{} {}", why.of_some(), those.told())).collect();
                if self.others > 0 {
                    parts.push(format!("{} for other reasons of that kind", self.others));
                }
                format!("{all} conversations of this file: {}; lay each into its {remedy}", parts.join("; "))
            }
        };
        Skipped { file, line: None, code: "unassigned".into(), message }
    }
}

impl Those {
    /// "27 (#1, #4, …)".
    fn told(&self) -> String {
        let more = if self.count > self.numbers.len() { ", …" } else { "" };
        match self.numbers.join(", ") {
            none if none.is_empty() => self.count.to_string(),
            numbers => format!("{} ({numbers}{more})", self.count),
        }
    }
}

/// What stands behind the file's name in a conversation's id: "#7".
fn number(file: &str, id: &ConversationId) -> Option<String> {
    /// Characters of an id that is no number, as a vendor gives it.
    const LONGEST: usize = 40;
    let number = id.0.strip_prefix(file)?;
    number.starts_with('#').then(|| number.chars().take(LONGEST).collect())
}

/// Several deals by their ids, as a sentence begins with them: "the deals 111 and 222".
pub(super) fn several(deals: &BTreeSet<DealId>) -> String {
    const SHOWN: usize = 4;
    let mut ids: Vec<String> = deals.iter().take(SHOWN).map(|id| id.0.clone()).collect();
    let last =
        if deals.len() > SHOWN { format!("{} more", deals.len() - SHOWN) } else { ids.pop().unwrap_or_default() };
    format!("the deals {} and {last}", ids.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(all: impl IntoIterator<Item = (String, Unassigned)>) -> String {
        let mut of_file = OfFile::default();
        for (id, why) in all {
            of_file.add("all.mbox", &ConversationId(id), why);
        }
        of_file.told("all.mbox".into()).message
    }

    fn deals(ids: &[&str]) -> BTreeSet<DealId> {
        ids.iter().map(|id| DealId((*id).into())).collect()
    }

    #[test]
    fn a_line_says_which_conversations_and_which_deals_they_may_be_of() {
        let mail = |n: usize| format!("all.mbox#{n}");
        let both = || Unassigned::SeveralFit(deals(&["acme", "globex"]));
        assert_eq!(
            told([(mail(3), both())]),
            "#3: the deals acme and globex have its people; lay it into the deal's folder, or list its people in deals.csv"
        );
        assert_eq!(
            told([("all.mbox".to_owned(), Unassigned::SameName(deals(&["1", "2"])))]),
            "the deals 1 and 2 have the name that it gives; lay it into the deal's folder, or export the deal's id with it"
        );
        let several = (1..=8).map(|n| (mail(n), if n == 2 { both() } else { Unassigned::NoneFits }));
        assert_eq!(
            told(several),
            "8 conversations of this file: no deal has any of the people of 7 (#1, #3, #4, #5, #6, …); the deals acme and globex \
             have the people of 1 (#2); lay each into its deal's folder, or list its people in deals.csv"
        );
    }

    #[test]
    fn a_mailbox_of_any_size_is_told_of_in_a_line() {
        let pair = |n: usize| Unassigned::SeveralFit(deals(&["a", &format!("d{n}")]));
        let told = told((0..3000).map(|n| (format!("all.mbox#{n}"), pair(n))));
        assert!(told.starts_with("3000 conversations of this file: the deals a and d0 have the people of 1 (#0); "));
        assert!(told.contains("; 2995 for other reasons of that kind; lay each"), "{told}");
        assert!(told.len() < 600, "{told}");
    }
}
