//! What the buyer's side waits for: its messages that ask for something and came after our last word.
//!
//! The counterpart of our own messages without an answer ([`progress`](super::progress)): there the buyer is silent, here we are.

use super::{
    Group, MeasureRow, Unit,
    answers::{asks_about_the_line, asks_in_writing},
    needs,
    questions::is_question,
    reminders::{asks_for_a_sign_of_life, reminds, says_unanswered},
    view::{Item, Line, View, count, reading},
};
use crate::conversation::Side;

pub(super) const GROUP: Group = Group { title: "Awaited", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "unanswered_buyer_messages",
        unit: Unit::Count,
        meaning: "Messages of the buyer's side after our last words that ask something, or say that it has asked before or still \
                  waits; a message that asks nothing needs no answer.",
        needs: needs::BOTH,
        read: |v| v.has_buyer().then(|| count(&waiting(v))).filter(|_| v.has_seller()),
    },
    MeasureRow {
        name: "days_since_first_unanswered_buyer_message",
        unit: Unit::Days,
        meaning: "Days from the first of them to the day of judgement; 0 where there is none.",
        needs: "words of both sides, and a time of the first of them",
        read: |v| {
            let lines = (v.has_buyer() && v.has_seller()).then(|| waiting(v))?;
            match lines.first() {
                None => Some(reading(0.0, Unit::Days, [])),
                Some(first) => Some(reading(days_since(v, first)?, Unit::Days, [*first])),
            }
        },
    },
];

/// Of each message that waits for us, the line that asks: the first that does. Of a chat what stands behind our last word in it.
fn waiting<'v, 'a>(v: &'v View<'a>) -> Vec<&'v Line<'a>> {
    let Some(from) = v.items.iter().rposition(|i| i.has(Side::Seller)) else { return Vec::new() };
    let messages = v.items[from..].iter().filter(|item| !item.is_call() && !item.has(Side::Unknown));
    let behind_ours = |item: &'v Item<'a>| {
        let at = item.lines.iter().rposition(|l| l.side == Side::Seller).map_or(0, |at| at + 1);
        item.lines[at..].iter().find(|l| l.side == Side::Buyer && asks_for_an_answer(v, l))
    };
    messages.filter_map(behind_ours).collect()
}

/// Days from when it was said to the day of judgement.
fn days_since(v: &View, line: &Line) -> Option<f64> {
    let into = line.at_ms.unwrap_or(0) as f64 / 86_400_000.0;
    Some((v.days_since(&v.items[line.item])? - into).max(0.0))
}

fn asks_for_an_answer(v: &View, line: &Line) -> bool {
    (is_question(line) && !asks_about_the_line(line))
        || asks_in_writing(line)
        || asks_for_a_sign_of_life(line)
        || reminds(v, line)
        || says_unanswered(v, line)
}
