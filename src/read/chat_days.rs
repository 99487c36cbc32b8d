//! A chat as one conversation a day. A chat goes on for as long as people know each other: as one conversation it would be of
//! the day of its first message, and what was written this morning would count as months old.

use jiff::SignedDuration;

use super::list_speakers;
use crate::conversation::{Conversation, Timestamp};

/// A new day begins behind a pause of this length, in milliseconds: a talk that goes on past midnight stays whole, and so does a
/// day that midnight in UTC falls into.
const NIGHT_MS: i64 = 6 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Cuts `chat`, whose `started_at` its messages tell, by days: before a message of another day than the first of its
/// conversation that comes six hours or more after the message before, or a day or more after that first. The first conversation
/// keeps the id and the others have their day behind it, so that a later export of the chat gives the same days the same ids.
/// Each begins with its first message that has a time, and everybody of the chat takes part in each. Without a date it stays
/// whole.
pub(super) fn by_day(mut chat: Conversation) -> Vec<Conversation> {
    list_speakers(&mut chat);
    chat.participants.iter_mut().for_each(|person| person.active = false);
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
    out
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
}
