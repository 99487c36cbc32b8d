//! A chat as one conversation a day. A chat goes on for as long as people know each other: as one conversation it would be of
//! the day of its first message, and what was written this morning would count as months old.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;

use super::list_speakers;
use crate::conversation::{Conversation, Participant, Timestamp};

/// A new day begins behind a pause of this length, in milliseconds: a talk that goes on past midnight stays whole, and so does a
/// day that midnight in UTC falls into.
const NIGHT_MS: i64 = 6 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// The most bytes of title and people that each day repeats. Of a larger chat a day has who writes in it, since people times days
/// may be more than any machine holds.
const MOST_REPEATED: usize = 2 << 10;
/// The most characters of a title that a day of such a chat repeats.
const LONGEST_TITLE: usize = 100;

/// Cuts `chat`, whose `started_at` its messages tell, by days: before a message of another day than the first of its
/// conversation that comes six hours or more after the message before, or a day or more after that first. The first conversation
/// keeps the id and the others have their day behind it, so that a later export of the chat gives the same days the same ids.
/// Each begins with its first message that has a time, and everybody of the chat takes part in each, of a large one who writes in
/// it. Without a date it stays whole.
pub(super) fn by_day(mut chat: Conversation) -> Vec<Conversation> {
    list_speakers(&mut chat);
    let (mut people, title) = (std::mem::take(&mut chat.participants), std::mem::take(&mut chat.title));
    people.iter_mut().for_each(|person| person.active = false);
    let turns = std::mem::take(&mut chat.turns);
    let began = chat.started_at;
    let mut out = vec![chat.clone()];
    // Of the conversation that is open, its first time; and the time of the message before.
    let (mut first, mut last) = (None, 0);
    for mut turn in turns {
        if let Some(at) = turn.start_ms.and_then(|at| i64::try_from(at).ok()) {
            let cut = began.zip(first).is_some_and(|(began, first)| begins_a_day(began, first, last, at));
            if cut {
                out.push(chat.clone());
            }
            if (cut || first.is_none())
                && let Some(open) = out.last_mut()
            {
                open.started_at =
                    began.map(|began| began.checked_add(SignedDuration::from_millis(at)).unwrap_or(began));
                if let Some(began) = open.started_at.filter(|_| cut) {
                    open.id.0.push_str(&began.strftime("#%Y-%m-%d").to_string());
                }
                first = Some(at);
            }
            last = at;
        }
        let before = first.and_then(|first| u64::try_from(first).ok()).unwrap_or(0);
        turn.start_ms = turn.start_ms.map(|at| at.saturating_sub(before));
        turn.end_ms = turn.end_ms.map(|at| at.saturating_sub(before));
        if let Some(open) = out.last_mut() {
            open.turns.push(turn);
        }
    }
    if out.len() == 1 || title.len() + people.iter().map(size).sum::<usize>() <= MOST_REPEATED {
        for day in &mut out {
            (day.participants, day.title) = (people.clone(), title.clone());
        }
    } else {
        let by_name: HashMap<&str, &Participant> = people.iter().rev().map(|p| (p.name.as_str(), p)).collect();
        for day in &mut out {
            let mut seen = HashSet::new();
            let names = day.turns.iter().map(|turn| turn.speaker.as_str()).filter(|name| seen.insert(*name));
            day.participants = names.filter_map(|name| by_name.get(name)).map(|person| (*person).clone()).collect();
            day.title = title.chars().take(LONGEST_TITLE).collect();
        }
    }
    out
}

/// How many bytes somebody takes, about.
fn size(person: &Participant) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let texts = person.name.len() + optional(&person.email) + optional(&person.title) + person.side_because.len();
    std::mem::size_of::<Participant>() + texts
}

/// Whether a message is the first of a new day: `first`, `last` and `at` are the milliseconds since `began` of the first of the
/// day that is open, of the one before it, and its own.
fn begins_a_day(began: Timestamp, first: i64, last: i64, at: i64) -> bool {
    let day = |at: i64| began.as_millisecond().saturating_add(at).div_euclid(DAY_MS);
    day(at) > day(first) && (at - last >= NIGHT_MS || at - first >= DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{Channel, DealId, Turn},
        read::{Input, plain_txt::PlainTxt},
    };

    #[test]
    fn a_new_day_begins_behind_the_night() {
        // Hours since 2026-03-12 10:00, a letter a message; without hours, none is known.
        for (hours, expected) in [
            (&[Some(0), Some(2), Some(9)][..], "a@2026-03-12T10:00:00Z 0 2 9"),
            (&[Some(1), None, Some(24)], "a@2026-03-12T11:00:00Z 0 -|a#2026-03-13@2026-03-13T10:00:00Z 0"),
            // Past midnight without a night, and the morning after.
            (
                &[Some(0), Some(12), Some(15), Some(24)],
                "a@2026-03-12T10:00:00Z 0 12 15|a#2026-03-13@2026-03-13T10:00:00Z 0",
            ),
            // People who never sleep.
            (
                &[Some(0), Some(8), Some(13), Some(18), Some(23), Some(28)],
                "a@2026-03-12T10:00:00Z 0 8 13 18 23|a#2026-03-13@2026-03-13T14:00:00Z 0",
            ),
            (&[None, None], "a@2026-03-12T10:00:00Z - -"),
        ] {
            let deal = DealId("a".into());
            let mut chat = Input::new("a", &deal, b"").conversation(&PlainTxt, Channel::Chat, None);
            chat.started_at = "2026-03-12T10:00:00Z".parse().ok();
            chat.turns =
                hours.iter().map(|at| Turn { start_ms: at.map(|at: u64| at * 3_600_000), ..Turn::default() }).collect();
            let hour = |turn: &Turn| turn.start_ms.map_or_else(|| "-".to_owned(), |at| (at / 3_600_000).to_string());
            let shown = |c: &Conversation| {
                let hours: Vec<String> = c.turns.iter().map(hour).collect();
                format!("{}@{} {}", c.id, c.started_at.unwrap(), hours.join(" "))
            };
            assert_eq!(by_day(chat).iter().map(shown).collect::<Vec<_>>().join("|"), expected);
        }
    }

    #[test]
    fn a_day_of_a_large_chat_has_who_writes_in_it() {
        let days = [("2026-03-12", 30), ("2026-03-13", 2)].map(|(day, count)| {
            (0..count).map(|n| format!("[{day}, 10:03:{n:02}] Person {n}: Hello.\n")).collect::<String>()
        });
        let deal = DealId("a".into());
        let read = crate::read::read(&Input::new("a", &deal, days.concat().as_bytes()));
        let people: Vec<Vec<&str>> =
            read.conversations.iter().map(|c| c.participants.iter().map(|p| p.name.as_str()).collect()).collect();
        assert_eq!((people.len(), people[0].len()), (2, 30));
        assert_eq!(people[1], ["Person 0", "Person 1"]);
    }
}
