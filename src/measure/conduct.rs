//! What our side did with what the buyer said.

use super::{
    Group, MeasureRow, Reading, Unit,
    view::{Line, View, count},
};
use crate::{
    conversation::Side,
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Our conduct", rows: ROWS };

const OURS: &str = "words of our side";
const BOTH: &str = "words of both sides";
const OBJECTIONS: &[Intent] = &[Intent::PriceObjection, Intent::ProductGap, Intent::TrustConcern];

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "empathy_moments",
        unit: Unit::Count,
        meaning: "Utterances in which our side acknowledges a concern or feeling before it answers.",
        needs: OURS,
        read: |v| ours(v, Intent::Empathy),
    },
    MeasureRow {
        name: "discovery_questions",
        unit: Unit::Count,
        meaning: "Open questions of our side about situation, pain, process, criteria or people.",
        needs: OURS,
        read: |v| ours(v, Intent::DiscoveryQuestion),
    },
    MeasureRow {
        name: "discovery_per_call",
        unit: Unit::Count,
        meaning: "Discovery questions of our side, a call.",
        needs: "a call with words of our side",
        read: |v| {
            let calls = v.items.iter().filter(|i| i.is_call() && i.has(Side::Seller)).count();
            let lines: Vec<_> = v.seller().filter(|l| l.is(Intent::DiscoveryQuestion)).collect();
            (calls > 0).then(|| Reading { value: lines.len() as f64 / calls as f64, ..count(&lines) })
        },
    },
    MeasureRow {
        name: "pressure_moments",
        unit: Unit::Count,
        meaning: "Utterances of our side that push: false scarcity, guilt, ignoring a no.",
        needs: OURS,
        read: |v| ours(v, Intent::Pressure),
    },
    MeasureRow {
        name: "concessions",
        unit: Unit::Count,
        meaning: "Utterances in which our side offers a discount, a freebie or softer terms.",
        needs: OURS,
        read: |v| ours(v, Intent::Concession),
    },
    MeasureRow {
        name: "discount_before_asked",
        unit: Unit::Count,
        meaning: "Concessions of our side before the buyer's side had objected to the price, or in the first interaction.",
        needs: BOTH,
        read: |v| {
            let first_ask = v.buyer().find(|l| l.is(Intent::PriceObjection)).map(|l| (l.item, l.place));
            let lines: Vec<_> = v
                .seller()
                .filter(|l| l.is(Intent::Concession))
                .filter(|l| first_ask.is_none_or(|ask| (l.item, l.place) < ask))
                .collect();
            (v.has_buyer() && v.has_seller()).then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "concessions_first_interaction",
        unit: Unit::Count,
        meaning: "Concessions of our side in the first interaction.",
        needs: OURS,
        read: |v| {
            let lines: Vec<_> = v.items.first()?.of(Side::Seller).filter(|l| l.is(Intent::Concession)).collect();
            v.has_seller().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "objections_unacknowledged",
        unit: Unit::Count,
        meaning: "Objections of the buyer's side where our next two utterances in the same interaction neither acknowledge \
                  them nor ask.",
        needs: BOTH,
        read: |v| both(v, |l| l.is_any(OBJECTIONS) && answered(v, l) && !acknowledged(v, l)),
    },
    MeasureRow {
        name: "objections_acknowledged",
        unit: Unit::Count,
        meaning: "Objections of the buyer's side where one of our next two utterances in the same interaction acknowledges \
                  them or asks.",
        needs: BOTH,
        read: |v| both(v, |l| l.is_any(OBJECTIONS) && acknowledged(v, l)),
    },
    MeasureRow {
        name: "buying_signals_missed",
        unit: Unit::Count,
        meaning: "Buying signals of the buyer's side after which our next two utterances in the same interaction neither \
                  propose a step, name a date, speak of the paper, nor are glad.",
        needs: BOTH,
        read: |v| both(v, |l| l.is(Intent::BuyingSignal) && missed(v, l)),
    },
    MeasureRow {
        name: "buyer_questions_unanswered",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side after which our side says nothing more in that interaction, nor in the \
                  next.",
        needs: BOTH,
        read: |v| both(v, |l| is_question(l) && !replied(v, l)),
    },
];

fn ours(v: &View, intent: Intent) -> Option<Reading> {
    v.has_seller().then(|| count(&v.seller().filter(|l| l.is(intent)).collect::<Vec<_>>()))
}

fn both(v: &View, holds: impl Fn(&Line) -> bool) -> Option<Reading> {
    (v.has_buyer() && v.has_seller()).then(|| count(&v.buyer().filter(|l| holds(l)).collect::<Vec<_>>()))
}

/// Our next `n` utterances after `line`: in the same call, or in the next interaction where the line ends a message.
fn replies<'v, 'a>(v: &'v View<'a>, line: &'v Line<'a>, n: usize) -> Vec<&'v Line<'a>> {
    let same: Vec<_> = v.after(line).filter(|l| l.item == line.item && l.side == Side::Seller).take(n).collect();
    if !same.is_empty() {
        return same;
    }
    v.after(line).skip_while(|l| l.side != Side::Seller).take_while(|l| l.side == Side::Seller).take(n * 3).collect()
}

fn answered(v: &View, line: &Line) -> bool {
    !replies(v, line, 2).is_empty()
}

fn acknowledged(v: &View, line: &Line) -> bool {
    replies(v, line, 2).iter().any(|l| l.is_any(&[Intent::Empathy, Intent::DiscoveryQuestion]) || is_question(l))
}

fn missed(v: &View, line: &Line) -> bool {
    let picked_up = [Intent::NextStep, Intent::Timeline, Intent::PaperProcess, Intent::DiscoveryQuestion];
    !replies(v, line, 2).iter().any(|l| l.is_any(&picked_up) || l.tone == Tone::Positive)
}

fn replied(v: &View, line: &Line) -> bool {
    !replies(v, line, 1).is_empty()
}

/// Whether it asks something; transcripts without punctuation are known by how a question begins.
pub(super) fn is_question(line: &Line) -> bool {
    if line.text.contains('?') {
        return true;
    }
    let punctuated = line.text.contains(['.', ',', '!']);
    const OPENERS: &[&str] = &[
        "what ",
        "how ",
        "why ",
        "when ",
        "where ",
        "who ",
        "which ",
        "can you ",
        "could you ",
        "do you ",
        "does it ",
        "is it ",
        "is there ",
        "are there ",
        "would you ",
        "will it ",
        "so what ",
        "so how ",
        "and what ",
        "and how ",
    ];
    !punctuated && OPENERS.iter().any(|o| line.plain.starts_with(o))
}
