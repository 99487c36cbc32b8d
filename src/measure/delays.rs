//! Delays of the buyer's side, and the dates for decision, start or go-live that are named, kept or moved.

use super::{
    Group, MeasureRow, Unit,
    named_times::{names_a_time, names_a_time_or_season, names_a_time_to_come},
    needs,
    slips::says_not_kept,
    view::{Line, View, buyers_of, count, count_of},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Delays", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "stalls",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side puts off, deprioritises or reschedules.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::Stall], |_| true),
    },
    MeasureRow {
        name: "stalls_recent",
        unit: Unit::Count,
        meaning: "Such delays in the last two interactions with words of the buyer.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| l.is(Intent::Stall)).collect();
            v.has_buyer().then(|| count_of(&lines, &[Intent::Stall]))
        },
    },
    MeasureRow {
        name: "stalls_recent_sure",
        unit: Unit::Count,
        meaning: "Those of them that are all but certain, with a probability of 0.8 or more.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| l.is_surely(Intent::Stall)).collect();
            v.has_buyer().then(|| count_of(&lines, &[Intent::Stall]))
        },
    },
    MeasureRow {
        name: "stalls_latest",
        unit: Unit::Count,
        meaning: "Such delays in the latest interaction with words of the buyer.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.latest_with_buyer()?.of(Side::Buyer).filter(|l| l.is(Intent::Stall)).collect();
            Some(count_of(&lines, &[Intent::Stall]))
        },
    },
    MeasureRow {
        name: "dates_after_last_stall",
        unit: Unit::Count,
        meaning: "Next steps and dates with a day that were said by either side at or after the last delay.",
        needs: "a delay",
        read: |v| {
            let last = v.buyer().rev().find(|l| l.is(Intent::Stall))?;
            let dated = |l: &&Line| l.is_any(&[Intent::NextStep, Intent::Timeline]) && names_a_time(&l.plain);
            let lines: Vec<_> = std::iter::once(last).chain(v.after(last)).filter(dated).collect();
            Some(count(&lines))
        },
    },
    MeasureRow {
        name: "buyer_dates_after_last_stall",
        unit: Unit::Count,
        meaning: "Next steps and dates with a day to come that the buyer's side named in interactions after the one of its last delay; \
                  neither today nor, but for dates, the day of a talk.",
        needs: "a delay",
        read: |v| {
            let last = v.buyer().rev().find(|l| l.is(Intent::Stall))?;
            let steps = [Intent::NextStep, Intent::Timeline];
            buyers_of(v, &steps, |l| l.item > last.item && names_a_firm_day(l) && !l.has_question_mark())
        },
    },
    MeasureRow {
        name: "timelines",
        unit: Unit::Count,
        meaning: "Dates or deadlines named for decision, start or go-live.",
        needs: needs::INTERACTION,
        read: |v| {
            let lines = || v.lines().filter(|l| l.is(Intent::Timeline)).collect::<Vec<_>>();
            (!v.items.is_empty()).then(|| count_of(&lines(), &[Intent::Timeline]))
        },
    },
    MeasureRow {
        name: "dates_moved_out",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side that carry a new date for decision, start or go-live, after such a date had been named, \
                  or in words that say that one is not kept: the first date that is ever named moves nothing, nor does the \
                  answer to our question when.",
        needs: needs::BUYER,
        read: |v| {
            let first = v.lines().find(|l| l.is(Intent::Timeline) && !asks_when(l)).map(|l| (l.item, l.place));
            let later = |l: &Line| first.is_some_and(|first| (l.item, l.place) > first);
            let moves = |l: &Line| (later(l) && !answers_when(v, l)) || says_not_kept(&l.plain);
            buyers_of(v, &[Intent::Stall], |l| l.is(Intent::Timeline) && moves(l))
        },
    },
    MeasureRow {
        name: "dates_put_over",
        unit: Unit::Count,
        meaning: "Delays and dates of the buyer's side that name a day, a month or a season and say that a date is not kept \
                  (\"carried over\", \"moved to July\", \"the eighth is gone\", \"won't be ready\"; of a delay also \"at the \
                  earliest\"), in interactions after the one in which a date for decision, start or go-live was first named; \
                  a call or visit that is moved is none.",
        needs: needs::INTERACTION,
        read: |v| {
            let first = v.lines().find(|l| l.is(Intent::Timeline)).map(|l| l.item);
            let later = |l: &&Line| first.is_some_and(|first| l.item > first);
            let moves = |l: &Line| {
                let stall = l.is(Intent::Stall);
                (stall && l.says("at the earliest")) || ((stall || l.is(Intent::Timeline)) && says_not_kept(&l.plain))
            };
            let put_over =
                |l: &&Line| names_a_time_or_season(&l.plain) && moves(l) && !l.says(MEETING) && !l.has_question_mark();
            (!v.items.is_empty()).then(|| {
                count_of(
                    &v.buyer().filter(later).filter(put_over).collect::<Vec<_>>(),
                    &[Intent::Stall, Intent::Timeline],
                )
            })
        },
    },
    MeasureRow {
        name: "dates_moved_by_us",
        unit: Unit::Count,
        meaning: "Utterances of our side that name a date for decision, start or go-live after one had been named, and say that \
                  it cannot be kept (\"cannot go live on\", \"will not be ready\", \"moves to\").",
        needs: needs::OURS,
        read: |v| {
            let first = v.lines().find(|l| l.is(Intent::Timeline));
            let later = |l: &&Line| first.is_some_and(|first| (l.item, l.place) > (first.item, first.place));
            let moves = |l: &&Line| l.is(Intent::Timeline) && says_not_kept(&l.plain) && !l.has_question_mark();
            let lines: Vec<_> = v.seller().filter(later).filter(moves).collect();
            v.has_seller().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "stalls_to_a_day",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side that name a day, a month or a season to which it puts off; today is none.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::Stall], puts_off_to_a_day),
    },
    MeasureRow {
        name: "stalls_without_a_day",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side that name none.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::Stall], |l| !puts_off_to_a_day(l)),
    },
    MeasureRow {
        name: "stalls_after_a_date",
        unit: Unit::Count,
        meaning: "Delays of the buyer's side in interactions after the one in which it first named a date for decision, start \
                  or go-live.",
        needs: "a date for decision, start or go-live named by the buyer's side",
        read: |v| {
            let first = v.buyer().find(|l| l.is(Intent::Timeline))?;
            let lines: Vec<_> = v.buyer().filter(|l| l.is(Intent::Stall) && l.item > first.item).collect();
            Some(count_of(&lines, &[Intent::Stall]))
        },
    },
];

/// Whether it asks for a date and names none.
fn asks_when(line: &Line) -> bool {
    line.has_question_mark()
        && line.says("when|how soon|what date|which date|what day|which day")
        && !names_a_time(&line.plain)
}

/// Its words without those that name the present day.
fn without_today(line: &Line) -> String {
    const AT_ONCE: [&str; 5] = ["today", "tonight", "this morning", "this afternoon", "this evening"];
    AT_ONCE.iter().fold(line.plain.clone(), |plain, now| plain.replace(now, ""))
}

/// Whether a delay names a time to which it puts off: "I don't want to go into it today" names none.
fn puts_off_to_a_day(line: &Line) -> bool {
    names_a_time_or_season(&without_today(line))
}

/// Whether it names a day on which something new stands: "I will call you back today" names none.
fn names_a_firm_day(line: &Line) -> bool {
    names_a_time_to_come(&without_today(line)) && (line.is(Intent::Timeline) || !line.says(MEETING))
}

/// Whether the last that our side said before `line`, in that interaction, asks for a date.
fn answers_when(v: &View, line: &Line) -> bool {
    let before = v.before(line).take_while(|l| l.item == line.item);
    before.into_iter().find(|l| l.side == Side::Seller).is_some_and(asks_when)
}

/// What is moved where it is only a talk.
const MEETING: &str = "call|calls|our meeting|the meeting|meet you|speak|talk|talking|appointment|demo|visit";
