//! The same message from two sources in one deal: in a mailbox and in the CRM's table of messages, or there and again as the task
//! that the CRM made of it. Counted twice, every objection would be two.
//!
//! A message's number tells best ([`super::duplicates`]), but tables mostly leave it out, and a task has the day alone and a
//! subject of its own ("Email: Re: quote"). So its words, its day and its subject tell: all of them the same, or it is another.
//! Who wrote it to whom is not asked, for some sources know and some do not: what is the same must be so in every order and
//! in every part of an export.

use std::collections::{HashMap, HashSet};

use super::{
    Skipped,
    same_call::{all_words, drop_at, is_exact},
};
use crate::conversation::{Channel, Conversation, Timestamp};

/// The fewest words that no two messages of a day have in common by chance; "Thanks, will do" is written every day.
const TELLING: usize = 12;

/// Drops what is the same message as another of `conversations`, which are those of one deal, and says so. Of the same, those
/// with a number stay; of those without, the one that knows its time of day, else the first.
pub fn drop_repeated(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    let keys: Vec<Option<Key>> = conversations.iter().map(Key::of).collect();
    let mut best: HashMap<&Key, (bool, bool, usize)> = HashMap::new();
    for (place, key) in keys.iter().enumerate() {
        let Some(key) = key else { continue };
        let worth = worth(&conversations[place]);
        let known = best.entry(key).or_insert((worth.0, worth.1, place));
        if worth > (known.0, known.1) {
            *known = (worth.0, worth.1, place);
        }
    }
    let mut dropped = HashSet::new();
    for (place, key) in keys.iter().enumerate() {
        let Some((numbered, _, first)) = key.as_ref().and_then(|key| best.get(key)) else { continue };
        // Two numbers are two messages, whatever they say.
        if place == *first || (*numbered && worth(&conversations[place]).0) {
            continue;
        }
        let message = format!("the same message as {}; it counts once", conversations[*first].id);
        let file = conversations[place].source.file.clone();
        skipped.push(Skipped { file, line: None, code: "duplicate".into(), message });
        dropped.insert(place);
    }
    drop_at(conversations, &dropped);
}

/// Whether it has a number, and knows its time of day: the more the better.
fn worth(conversation: &Conversation) -> (bool, bool) {
    let numbered = conversation.mail.as_ref().is_some_and(|mail| mail.message_id.is_some());
    (numbered, conversation.started_at.is_some_and(|at| is_exact(at.as_millisecond())))
}

/// By what a message is known without its number.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    /// Of all its words in order.
    words: u64,
    /// Its subject without what programs and answers put before it.
    subject: String,
    /// Days since 1970, where it has a date.
    day: Option<i64>,
}

impl Key {
    /// Absent for what is no message, was written by a machine, or says too little.
    fn of(conversation: &Conversation) -> Option<Key> {
        if conversation.channel != Channel::Email || conversation.mail.as_ref().is_some_and(|mail| mail.automatic) {
            return None;
        }
        let (words, count) = all_words(conversation);
        let day = conversation.started_at.map(Timestamp::as_millisecond).map(|ms| ms.div_euclid(86_400_000));
        (count >= TELLING).then(|| Key { words, subject: bare_subject(&conversation.title), day })
    }
}

/// "Quote" of "Email: << RE: Quote", in small letters.
fn bare_subject(title: &str) -> String {
    const BEFORE: [&str; 8] = ["email:", "e-mail:", "re:", "aw:", "fw:", "fwd:", "wg:", "sv:"];
    let mut rest = title.trim().to_lowercase();
    loop {
        let bare = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let next = BEFORE.iter().find_map(|before| bare.strip_prefix(before)).unwrap_or(bare);
        if next.len() == rest.len() {
            return rest;
        }
        rest = next.to_owned();
    }
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
            [("q.eml", mail("", monday, ann, WORDS)), ("z.eml", mail("", monday, ann, WORDS))],
        ] {
            let [first, second] = files.clone();
            assert_eq!(kept(&files), (vec!["q.eml".to_owned()], 1), "{files:?}");
            let equal = second.0 == "z.eml";
            let expected = if equal { "z.eml" } else { "q.eml" };
            assert_eq!(kept(&[second, first]), (vec![expected.to_owned()], 1), "{files:?}");
        }
    }

    #[test]
    fn two_messages_stay_two_however_alike() {
        let ann = "ann@acme.example";
        let monday = "Mon, 4 May 2026 15:04:00 +0000";
        let number = "Message-ID: <1@us.example>\n";
        for files in [
            // Another day, another subject, a number each, words that anybody writes, other words.
            [("q.eml", mail(number, monday, ann, WORDS)), ("t.csv", task("2026-05-07", ann, WORDS))],
            [
                ("q.eml", mail(number, monday, ann, WORDS)),
                ("r.eml", mail("", monday, ann, WORDS).replace("Subject: Quote", "Subject: Quote for Bob")),
            ],
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

    #[test]
    fn any_order_and_any_part_leaves_the_same() {
        let ann = "ann@acme.example";
        let monday = "Mon, 4 May 2026 15:04:00 +0000";
        let deal = DealId("a".into());
        let files = [
            ("1.eml", mail("Message-ID: <1@us.example>\n", monday, ann, WORDS)),
            ("2.eml", mail("Message-ID: <2@us.example>\n", "Mon, 4 May 2026 16:00:00 +0000", "undisclosed:;", WORDS)),
            ("3.eml", mail("", "Mon, 4 May 2026 15:10:00 +0000", "bob@acme.example", WORDS)),
            ("4.csv", task("2026-05-04", ann, WORDS)),
        ];
        let one = |(path, text): &(&str, String)| read(&Input::new(path, &deal, text.as_bytes())).conversations;
        let all: Vec<Conversation> = files.iter().flat_map(one).collect();
        let settle = |mut some: Vec<Conversation>| {
            some.sort_by(|a, b| a.id.cmp(&b.id));
            drop_repeated(&mut some, &mut Vec::new());
            some
        };
        let whole = settle(all.clone());
        assert_eq!(whole.len(), 2, "those with a number");
        for parts in 1u32..15 {
            let in_part = |of: bool| {
                let some = all.iter().enumerate().filter(|(n, _)| (parts >> n & 1 == 1) == of);
                settle(some.map(|(_, c)| c.clone()).collect())
            };
            assert_eq!(settle([in_part(true), in_part(false)].concat()), whole, "{parts:04b}");
        }
    }
}
