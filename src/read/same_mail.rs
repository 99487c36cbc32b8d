//! The same message from two sources in one deal: in a mailbox and in the CRM's table of messages, or there and again as the task
//! that the CRM made of it. Counted twice, every objection would be two.
//!
//! A message's number tells best ([`super::duplicates`]), but tables mostly leave it out, and a task has the day alone and a
//! subject of its own ("Email: Re: quote"). So where one of two has no number, its words tell, with its day, its sender and its
//! recipients.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    Skipped,
    same_call::{People, is_exact, is_part, more_exact, plain_name, words},
};
use crate::{
    conversation::{Channel, Conversation, Participant, Side, Timestamp},
    team::names::may_be_address_of,
};

/// The fewest words that no two messages of a day have in common by chance; "Thanks, will do" is written every day.
const TELLING: usize = 12;
/// The fewest where one of them has no date.
const TELLING_UNDATED: usize = 30;
/// How many tenths of the words of the longer one the shorter has: a CRM keeps a signature that a mailbox's reader leaves out.
const AS_LONG: usize = 7;
/// How far apart the times of one message may lie that two programs noted: sent by one, logged by the other.
const LOGGED_WITHIN_MS: u64 = 15 * 60_000;
/// The same where one notes the day alone, or a time of a zone that it does not tell.
const A_DAY_MS: u64 = 26 * 3_600_000;

/// Drops what is the same message as another of `conversations`, which are those of one deal, and says so. Kept is the one that
/// has a number, that knows its time of day, that has more words, in this order; what only a dropped one knows of the time and of
/// who takes part goes to it.
pub fn drop_repeated(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    let looks: Vec<Option<Look>> = conversations.iter().map(Look::at).collect();
    // The best first, so that whichever stands first among the files decides only between equals.
    let mut order: Vec<usize> = (0..looks.len()).filter(|place| looks[*place].is_some()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(looks[*place].as_ref().map(Look::worth)));
    let mut kept: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut dropped = HashSet::new();
    for place in order {
        let Some(look) = &looks[place] else { continue };
        let near = look.turns.iter().filter_map(|turn| kept.get(turn)).flatten().copied();
        // In an order that hashing does not decide.
        let near: BTreeSet<usize> = near.collect();
        let same = near.into_iter().find(|other| {
            let known = looks[*other].as_ref();
            known.is_some_and(|known| same(known, &conversations[*other], look, &conversations[place]))
        });
        let Some(best) = same else {
            look.turns.iter().for_each(|turn| kept.entry(*turn).or_default().push(place));
            continue;
        };
        let twice = &mut conversations[place];
        let (began, local, participants) =
            (twice.started_at, twice.local_time, std::mem::take(&mut twice.participants));
        let file = twice.source.file.clone();
        let best = &mut conversations[best];
        let exact = more_exact(best.started_at, began);
        best.local_time = if exact == best.started_at { best.local_time } else { local };
        best.started_at = exact;
        let mut people = People::of(std::mem::take(&mut best.participants));
        participants.into_iter().for_each(|person| people.add(person));
        people.become_those_of(best);
        let message = format!("the same message as {}; it counts once", best.id);
        skipped.push(Skipped { file, line: None, code: "duplicate".into(), message });
        dropped.insert(place);
    }
    let mut place = 0;
    conversations.retain(|_| {
        place += 1;
        !dropped.contains(&(place - 1))
    });
}

/// What is asked of a message once.
struct Look {
    numbered: bool,
    words: usize,
    /// Of the words of each turn.
    turns: HashSet<u64>,
    began: Option<i64>,
}

impl Look {
    /// Absent for what is no message or was written by a machine.
    fn at(conversation: &Conversation) -> Option<Look> {
        let mail = conversation.mail.as_ref();
        if conversation.channel != Channel::Email || mail.is_some_and(|mail| mail.automatic) {
            return None;
        }
        let turns = conversation.turns.iter().map(|turn| {
            let mut hasher = DefaultHasher::new();
            let mut count = 0;
            for word in words(turn) {
                word.hash(&mut hasher);
                count += 1;
            }
            (count, hasher.finish())
        });
        let turns: Vec<(usize, u64)> = turns.filter(|(count, _)| *count > 0).collect();
        Some(Look {
            numbered: mail.is_some_and(|mail| mail.message_id.is_some()),
            words: turns.iter().map(|(count, _)| count).sum(),
            turns: turns.into_iter().map(|(_, turn)| turn).collect(),
            began: conversation.started_at.map(Timestamp::as_millisecond),
        })
    }

    /// How much it says: the more the better.
    fn worth(&self) -> (bool, bool, usize) {
        (self.numbered, self.began.is_some_and(is_exact), self.words)
    }
}

/// Whether both are one message; `a` is the better one.
fn same(a: &Look, first: &Conversation, b: &Look, second: &Conversation) -> bool {
    let (fewer, more) = (a.words.min(b.words), a.words.max(b.words));
    let to_the_minute =
        |c: &Conversation| !c.local_time && c.started_at.is_some_and(|at| is_exact(at.as_millisecond()));
    let (telling, near) = match a.began.zip(b.began) {
        None => (TELLING_UNDATED, true),
        Some((a, b)) => {
            let within = if to_the_minute(first) && to_the_minute(second) { LOGGED_WITHIN_MS } else { A_DAY_MS };
            (TELLING, a.abs_diff(b) <= within)
        }
    };
    !(a.numbered && b.numbered)
        && near
        && fewer >= telling
        && fewer * 10 >= more * AS_LONG
        && first.source.file != second.source.file
        && (a.turns.is_subset(&b.turns) || b.turns.is_subset(&a.turns))
        && may_be_by_one(first, second)
        && may_be_to_one(first, second)
}

/// Whether nothing speaks against one sender: one name, a part of it, its address, or none.
fn may_be_by_one(a: &Conversation, b: &Conversation) -> bool {
    let writer = |c: &Conversation| c.turns.first().map(|t| (plain_name(&t.speaker), t.side)).unwrap_or_default();
    let ((a, of_a), (b, of_b)) = (writer(a), writer(b));
    let one_name = is_part(&a, &b) || is_part(&b, &a) || may_be_address_of(&a, &b) || may_be_address_of(&b, &a);
    let two_sides = of_a != of_b && of_a != Side::Unknown && of_b != Side::Unknown;
    (a.is_empty() || b.is_empty() || one_name) && !two_sides
}

/// Whether nothing speaks against one recipient: where both name addresses, they have one in common. One text is sent to many.
fn may_be_to_one(a: &Conversation, b: &Conversation) -> bool {
    let addresses = |c: &Conversation| -> HashSet<String> {
        let silent = |p: &&Participant| !p.active;
        c.participants.iter().filter(silent).filter_map(|p| Some(p.email.as_ref()?.to_lowercase())).collect()
    };
    let (a, b) = (addresses(a), addresses(b));
    a.is_empty() || b.is_empty() || !a.is_disjoint(&b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::DealId,
        read::{Input, read},
    };

    const WORDS: &str =
        "Hi Ann, thanks for the call. The quote for forty seats is attached and holds until the end of June.";
    const TASKS: &str = "Id,WhatId,Subject,ActivityDate,Owner.Name,Who.Name,Description,TaskSubtype\n";

    fn task(day: &str, to: &str, words: &str) -> String {
        let logged = format!("\"To: {to}\nCC:\nSubject: Quote\nBody:\n{words}\"");
        format!("{TASKS}00T1,006A,Email: Quote,{day},Rep One,Ann Lee,{logged},Email\n")
    }

    fn mail(number: &str, date: &str, to: &str, words: &str) -> String {
        format!("From: Rep One <rep@us.example>\nTo: {to}\nDate: {date}\nSubject: Quote\n{number}\n{words}\n")
    }

    /// The files that stay of those of one deal, and how many were told to be dropped.
    fn kept(files: &[(&str, String)]) -> (Vec<String>, usize) {
        let deal = DealId("a".into());
        let mut all: Vec<Conversation> = files
            .iter()
            .flat_map(|(path, text)| read(&Input::new(path, &deal, text.as_bytes())).conversations)
            .collect();
        let mut skipped = Vec::new();
        drop_repeated(&mut all, &mut skipped);
        assert!(skipped.iter().all(|s| s.code == "duplicate"));
        (all.into_iter().map(|c| c.source.file).collect(), skipped.len())
    }

    #[test]
    fn a_message_in_a_mailbox_and_in_the_crm_counts_once() {
        let ann = "ann@acme.example";
        let number = "Message-ID: <1@us.example>\n";
        let monday = "Mon, 4 May 2026 15:04:00 +0000";
        for files in [
            [("q.eml", mail(number, monday, ann, WORDS)), ("tasks.csv", task("2026-05-04", ann, WORDS))],
            [("q.eml", mail("", monday, ann, WORDS)), ("tasks.csv", task("2026-05-04", ann, WORDS))],
            // A line of the signature more.
            [
                ("q.eml", mail(number, monday, ann, WORDS)),
                ("b.eml", mail("", monday, ann, &format!("{WORDS}\n\nAcme Ltd"))),
            ],
        ] {
            let [first, second] = files.clone();
            assert_eq!(kept(&files), (vec!["q.eml".to_owned()], 1), "{files:?}");
            assert_eq!(kept(&[second, first]), (vec!["q.eml".to_owned()], 1), "{files:?}");
        }
    }

    #[test]
    fn two_messages_stay_two_however_alike() {
        let (ann, bob) = ("ann@acme.example", "bob@acme.example");
        let monday = "Mon, 4 May 2026 15:04:00 +0000";
        let number = "Message-ID: <1@us.example>\n";
        for files in [
            // Another day, another hour, another recipient, a number each, words that anybody writes, other words.
            [("q.eml", mail(number, monday, ann, WORDS)), ("t.csv", task("2026-05-07", ann, WORDS))],
            [
                ("q.eml", mail(number, monday, ann, WORDS)),
                ("r.eml", mail("", "Mon, 4 May 2026 17:04:00 +0000", ann, WORDS)),
            ],
            [("q.eml", mail(number, monday, ann, WORDS)), ("t.csv", task("2026-05-04", bob, WORDS))],
            [
                ("q.eml", mail(number, monday, ann, WORDS)),
                ("r.eml", mail("Message-ID: <2@us.example>\n", monday, ann, WORDS)),
            ],
            [
                ("q.eml", mail(number, monday, ann, "Thanks, will do.")),
                ("t.csv", task("2026-05-04", ann, "Thanks, will do.")),
            ],
            [
                ("q.eml", mail(number, monday, ann, WORDS)),
                ("t.csv", task("2026-05-04", ann, &WORDS.replace("forty", "fifty"))),
            ],
        ] {
            assert_eq!(kept(&files).0.len(), 2, "{files:?}");
        }
    }
}
