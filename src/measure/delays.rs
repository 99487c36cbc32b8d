//! Delays of the buyer's side, and the dates for decision, start or go-live that are named, kept or moved.

use super::{
    Group, MeasureRow, Unit,
    meetings::names_a_time,
    view::{Line, count},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Delays", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "stalls",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side puts off, deprioritises or reschedules.",
        needs: "words of the buyer's side",
        read: |v| v.has_buyer().then(|| count(&v.buyer().filter(|l| l.is(Intent::Stall)).collect::<Vec<_>>())),
    },
    MeasureRow {
        name: "stalls_recent",
        unit: Unit::Count,
        meaning: "Such delays in the last two interactions with words of the buyer.",
        needs: "words of the buyer's side",
        read: |v| {
            let items: Vec<_> = v.items.iter().rev().filter(|i| i.has(Side::Buyer)).take(2).collect();
            let lines: Vec<_> =
                items.iter().rev().flat_map(|i| i.of(Side::Buyer)).filter(|l| l.is(Intent::Stall)).collect();
            v.has_buyer().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "stalls_recent_sure",
        unit: Unit::Count,
        meaning: "Those of them that are all but certain, with a probability of 0.8 or more.",
        needs: "words of the buyer's side",
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| l.is_surely(Intent::Stall)).collect();
            v.has_buyer().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "stalls_latest",
        unit: Unit::Count,
        meaning: "Such delays in the latest interaction with words of the buyer.",
        needs: "words of the buyer's side",
        read: |v| {
            let lines: Vec<_> = v.latest_with_buyer()?.of(Side::Buyer).filter(|l| l.is(Intent::Stall)).collect();
            Some(count(&lines))
        },
    },
    MeasureRow {
        name: "dates_after_last_stall",
        unit: Unit::Count,
        meaning: "Next steps and dates with a day that were said by either side at or after the last delay.",
        needs: "a delay",
        read: |v| {
            let last = v.buyer().rev().find(|l| l.is(Intent::Stall))?;
            let dated = |l: &&Line| l.is_any(&[Intent::NextStep, Intent::Timeline]) && names_a_time(l);
            let lines: Vec<_> = std::iter::once(last).chain(v.after(last)).filter(dated).collect();
            Some(count(&lines))
        },
    },
    MeasureRow {
        name: "timelines",
        unit: Unit::Count,
        meaning: "Dates or deadlines named for decision, start or go-live.",
        needs: "an interaction",
        read: |v| {
            (!v.items.is_empty()).then(|| count(&v.lines().filter(|l| l.is(Intent::Timeline)).collect::<Vec<_>>()))
        },
    },
    MeasureRow {
        name: "dates_moved_out",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side that carry a new date for decision, start or go-live.",
        needs: "words of the buyer's side",
        read: |v| {
            let lines: Vec<_> = v.buyer().filter(|l| l.is(Intent::Stall) && l.is(Intent::Timeline)).collect();
            v.has_buyer().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "dates_put_over",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side that name a day, a month or a season and say that a date is not kept (\"carried over \
                  to\", \"moved to\", \"at the earliest\", \"won't be\"), in interactions after the one in which a date for \
                  decision, start or go-live was first named; a call or visit that is moved is none.",
        needs: "an interaction",
        read: |v| {
            let first = v.lines().find(|l| l.is(Intent::Timeline)).map(|l| l.item);
            let later = |l: &&Line| first.is_some_and(|first| l.item > first);
            let put_over = |l: &&Line| {
                l.is(Intent::Stall)
                    && puts_off_to_a_time(l)
                    && l.says(MOVES)
                    && !l.says(MEETING)
                    && !l.text.contains('?')
            };
            (!v.items.is_empty()).then(|| count(&v.buyer().filter(later).filter(put_over).collect::<Vec<_>>()))
        },
    },
    MeasureRow {
        name: "dates_moved_by_us",
        unit: Unit::Count,
        meaning: "Utterances of our side that name a date for decision, start or go-live after one had been named, and say that \
                  it cannot be kept (\"cannot go live on\", \"will not be ready\", \"moves to\").",
        needs: "words of our side",
        read: |v| {
            let first = v.lines().find(|l| l.is(Intent::Timeline));
            let later = |l: &&Line| first.is_some_and(|first| (l.item, l.place) > (first.item, first.place));
            let moves = |l: &&Line| l.is(Intent::Timeline) && l.says(MOVES) && !l.text.contains('?');
            let lines: Vec<_> = v.seller().filter(later).filter(moves).collect();
            v.has_seller().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "stalls_to_a_day",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side that name a day, a month or a season until which it puts off.",
        needs: "words of the buyer's side",
        read: |v| {
            let lines: Vec<_> = v.buyer().filter(|l| l.is(Intent::Stall) && puts_off_to_a_time(l)).collect();
            v.has_buyer().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "stalls_after_a_date",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side in interactions after the one in which it first named a date for decision, start \
                  or go-live.",
        needs: "a date named by the buyer's side",
        read: |v| {
            let first = v.buyer().find(|l| l.is(Intent::Timeline))?;
            let lines: Vec<_> = v.buyer().filter(|l| l.is(Intent::Stall) && l.item > first.item).collect();
            Some(count(&lines))
        },
    },
];

/// Times that are long or vague.
const SEASONS: &str = "spring|summer|autumn|fall|winter|christmas|easter|new year|next year|quarter|q1|q2|q3|q4|may|week|\
    weeks|month|months|financial year|fiscal year";

/// How somebody says that a date is not kept.
const MOVES: &str = "can't make|cannot make|won't make|can't go live|cannot go live|won't go live|not go live|not be live|\
    can't start|cannot start|won't start|not be ready|isn't ready|is not ready|won't be|will not be|delayed|a delay|\
    prolonged|adjourned|deferred|bumped|carried over|carried to|carried forward|pushed to|pushed back|push back|push it back|\
    pushed out|push it out|pushes us|puts us past|moved to|moves to|moving to|have to move|need to move|held up|slipped|\
    slips|slipping|postponed|postpone|instead|at the earliest|any more|anymore|no longer|ran out of time|is gone";

/// What is moved where it is only a talk.
const MEETING: &str = "call|calls|our meeting|the meeting|meet you|speak|talk|talking|appointment|demo|visit";

/// Whether it names a time, near or far.
fn puts_off_to_a_time(line: &Line) -> bool {
    names_a_time(line) || line.says(SEASONS)
}
