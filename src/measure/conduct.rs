//! What our side did with what the buyer said.

use super::{
    Group, MeasureRow, Reading, Unit,
    empathy::{acknowledges, is_about_the_call, passes_over},
    needs,
    objections::OBJECTIONS,
    view::{Line, View, absence, buyers, buyers_of, count, count_of, ours, ours_of},
};
use crate::{
    conversation::Side,
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Our conduct", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "empathy_moments",
        unit: Unit::Count,
        meaning: "Utterances in which our side acknowledges a concern or feeling before it answers; that it hears and understands, \
                  without a word of the matter or only to go on with its own, is none, nor that it is sorry to be late or to \
                  have been on mute.",
        needs: needs::OURS,
        read: |v| ours(v, |l| acknowledges(l) && !passes_over(l) && !is_about_the_call(l)),
    },
    MeasureRow {
        name: "discovery_questions",
        unit: Unit::Count,
        meaning: "Open questions of our side about situation, pain, process, criteria or people.",
        needs: needs::OURS,
        read: |v| {
            let asked = ours_of(v, Intent::DiscoveryQuestion, |_| true)?;
            let none = || absence(0.0, Unit::Count, "among our words no such question was read".to_owned());
            Some(if asked.value > 0.0 { asked } else { none() })
        },
    },
    MeasureRow {
        name: "discovery_per_call",
        unit: Unit::Count,
        meaning: "Discovery questions of our side, a call.",
        needs: needs::CALL_OF_OURS,
        read: |v| {
            let calls = v.items.iter().filter(|i| i.is_call() && i.has(Side::Seller)).count();
            let lines: Vec<_> = v.seller().filter(|l| l.is(Intent::DiscoveryQuestion)).collect();
            (calls > 0).then(|| Reading {
                value: lines.len() as f64 / calls as f64,
                ..count_of(&lines, &[Intent::DiscoveryQuestion])
            })
        },
    },
    MeasureRow {
        name: "empathy_share",
        unit: Unit::Percent,
        meaning: "Utterances of our side that acknowledge a concern or feeling, in percent of all of ours.",
        needs: needs::OURS,
        read: |v| share(v, acknowledges),
    },
    MeasureRow {
        name: "discovery_share",
        unit: Unit::Percent,
        meaning: "Discovery questions, in percent of all utterances of our side.",
        needs: needs::OURS,
        read: |v| share(v, |l| l.is(Intent::DiscoveryQuestion)),
    },
    MeasureRow {
        name: "pressure_moments",
        unit: Unit::Count,
        meaning: "Utterances of our side that push: false scarcity, guilt, ignoring a no.",
        needs: needs::OURS,
        read: |v| ours_of(v, Intent::Pressure, |_| true),
    },
    MeasureRow {
        name: "pressure_moments_sure",
        unit: Unit::Count,
        meaning: "Those of them that are all but certain, with a probability of 0.8 or more.",
        needs: needs::OURS,
        read: |v| ours_of(v, Intent::Pressure, |l| l.is_surely(Intent::Pressure)),
    },
    MeasureRow {
        name: "objections_unacknowledged",
        unit: Unit::Count,
        meaning: "Objections of the buyer's side that our next two utterances (of a message: its first six) neither acknowledge \
                  nor ask about.",
        needs: needs::BOTH,
        read: |v| both_of(v, OBJECTIONS, |l| answered(v, l) && !acknowledged(v, l)),
    },
    MeasureRow {
        name: "objections_acknowledged",
        unit: Unit::Count,
        meaning: "Objections of the buyer's side that one of our next two utterances (of a message: its first six) acknowledges \
                  or asks about.",
        needs: needs::BOTH,
        read: |v| both_of(v, OBJECTIONS, |l| acknowledged(v, l)),
    },
    MeasureRow {
        name: "objections_unacknowledged_share",
        unit: Unit::Percent,
        meaning: "Objections of the buyer's side that were answered and that our next two utterances (of a message: its first six) \
                  neither acknowledge nor ask about, in percent of those that were answered.",
        needs: "an objection that was answered",
        read: |v| {
            let answered: Vec<_> = v.buyer().filter(|l| l.is_any(OBJECTIONS) && answered(v, l)).collect();
            let bad: Vec<_> = answered.iter().copied().filter(|l| !acknowledged(v, l)).collect();
            let share = 100.0 * bad.len() as f64 / answered.len() as f64;
            (!answered.is_empty()).then(|| Reading { value: share, unit: Unit::Percent, ..count_of(&bad, OBJECTIONS) })
        },
    },
    MeasureRow {
        name: "objections_argued_share",
        unit: Unit::Percent,
        meaning: "Objections of the buyer's side that our next utterance (of a message: its first three) neither acknowledges, asks \
                  about, gives way to nor answers with a step, and after which the buyer is negative or objects again, in \
                  percent of those that were answered.",
        needs: "an objection that was answered",
        read: |v| {
            let answered: Vec<_> = v.buyer().filter(|l| l.is_any(OBJECTIONS) && answered(v, l)).collect();
            let argued: Vec<_> = answered.iter().copied().filter(|l| argued_with(v, l)).collect();
            let share = 100.0 * argued.len() as f64 / answered.len() as f64;
            (!answered.is_empty()).then(|| Reading {
                value: share,
                unit: Unit::Percent,
                ..count_of(&argued, OBJECTIONS)
            })
        },
    },
    MeasureRow {
        name: "buying_signals_missed_share",
        unit: Unit::Percent,
        meaning: "Buying signals of the buyer's side after which our next two utterances (of a message: its first six) neither propose \
                  a step, name a date nor speak of the paper, in percent of all buying signals; those that we had no chance to answer yet left out.",
        needs: "a buying signal",
        read: |v| {
            let all: Vec<_> = v.buyer().filter(|l| l.is(Intent::BuyingSignal) && had_a_say(v, l)).collect();
            let missed: Vec<_> = all.iter().copied().filter(|l| !led_to_a_step(v, l)).collect();
            let share = 100.0 * missed.len() as f64 / all.len() as f64;
            (!all.is_empty()).then(|| Reading {
                value: share,
                unit: Unit::Percent,
                ..count_of(&missed, &[Intent::BuyingSignal])
            })
        },
    },
];

fn share(v: &View, holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    let all = v.seller().count();
    let lines: Vec<_> = v.seller().filter(|l| holds(l)).collect();
    (all > 0).then(|| Reading { value: 100.0 * lines.len() as f64 / all as f64, unit: Unit::Percent, ..count(&lines) })
}

/// As many utterances of the buyer's side as `holds` is true of; absent where not both sides said something.
pub(super) fn both(v: &View, holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    if v.has_seller() { buyers(v, holds) } else { None }
}

/// [`both`] whose lines are counted for one of `intents`, and that have one.
pub(super) fn both_of(v: &View, intents: &[Intent], holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    if v.has_seller() { buyers_of(v, intents, holds) } else { None }
}

/// What our side says next after `line`: its next `n` utterances in the same interaction; where it says nothing more there,
/// the first three times as many of what it says next in a row, since a message is cut into sentences. What the buyer's side
/// adds before that, in messages of its own, does not take the answer away.
pub(super) fn replies<'v, 'a>(v: &'v View<'a>, line: &Line, n: usize) -> Vec<&'v Line<'a>> {
    let here: Vec<_> = v.ours_here_after(line).take(n).collect();
    if here.is_empty() { v.ours_later_than(line).take(n * 3).collect() } else { here }
}

fn answered(v: &View, line: &Line) -> bool {
    !replies(v, line, 2).is_empty()
}

/// Whether we had the word after `line`: in a call that we were in always, else where something of ours came later. What still
/// waits for its first answer is not passed over, be it a message or a voicemail.
pub(super) fn had_a_say(v: &View, line: &Line) -> bool {
    let item = &v.items[line.item];
    (item.is_call() && item.has(Side::Seller)) || answered(v, line)
}

fn acknowledged(v: &View, line: &Line) -> bool {
    replies(v, line, 2).iter().any(|l| acknowledges(l) || l.is(Intent::DiscoveryQuestion))
}

/// Whether what we said to an objection met another one.
fn argued_with(v: &View, line: &Line) -> bool {
    let meets = [Intent::DiscoveryQuestion, Intent::NextStep, Intent::Concession];
    let replies = replies(v, line, 1);
    let Some(first) = replies.first() else { return false };
    let next = v.after(first).find(|l| l.side == Side::Buyer);
    !replies.iter().any(|l| acknowledges(l) || l.is_any(&meets))
        && next.is_some_and(|l| l.tone() == Tone::Negative || l.is_any(OBJECTIONS))
}

fn led_to_a_step(v: &View, line: &Line) -> bool {
    let step = [Intent::NextStep, Intent::Timeline, Intent::PaperProcess];
    replies(v, line, 2).iter().any(|l| l.is_any(&step))
}

/// Whether it takes up a sign of readiness: a step, a date, the paper, an open question, or plain gladness.
pub(super) fn picks_up(reply: &Line) -> bool {
    let steps = [Intent::NextStep, Intent::Timeline, Intent::PaperProcess, Intent::DiscoveryQuestion];
    reply.is_any(&steps) || reply.tone() == Tone::Positive
}
