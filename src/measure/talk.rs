//! Who talks how much: shares, stretches, questions, pace.

use super::{
    Group, MeasureRow, Unit, answers,
    view::{Item, Line, View, reading},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Talk", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "calls",
        unit: Unit::Count,
        meaning: "Calls with words of both sides.",
        needs: "an interaction",
        read: |v| (!v.items.is_empty()).then(|| reading(calls(v).len() as f64, Unit::Count, [])),
    },
    MeasureRow {
        name: "seller_talk_share",
        unit: Unit::Percent,
        meaning: "Words of our side, in percent of all words of both sides, over all calls.",
        needs: "a call with words of both sides",
        read: |v| share(&calls(v)).map(|s| reading(s, Unit::Percent, [])),
    },
    MeasureRow {
        name: "seller_talk_share_discovery",
        unit: Unit::Percent,
        meaning: "Words of our side, in percent of all words of both sides, in the call that should be discovery: the first \
                  call.",
        needs: "a call with words of both sides",
        read: |v| {
            let first = *calls(v).first()?;
            share(&[first]).map(|s| reading(s, Unit::Percent, longest(first)))
        },
    },
    MeasureRow {
        name: "seller_talk_share_max",
        unit: Unit::Percent,
        meaning: "Words of our side, in percent of all words of both sides, in the call where that is highest.",
        needs: "a call with words of both sides",
        read: |v| {
            let top = calls(v)
                .into_iter()
                .max_by(|a, b| share(&[a]).unwrap_or(0.0).total_cmp(&share(&[b]).unwrap_or(0.0)))?;
            share(&[top]).map(|s| reading(s, Unit::Percent, longest(top)))
        },
    },
    MeasureRow {
        name: "longest_seller_turn_words",
        unit: Unit::Words,
        meaning: "Words of the longest unbroken stretch of one speaker of our side in a call; a back-channel of the other side \
                  does not break it.",
        needs: "a call with words of our side",
        read: |v| {
            let (words, line) =
                v.items.iter().filter(|i| i.is_call()).filter_map(longest_run).max_by_key(|(w, _)| *w)?;
            Some(reading(words as f64, Unit::Words, [line]))
        },
    },
    MeasureRow {
        name: "seller_questions_per_call",
        unit: Unit::Count,
        meaning: "Questions of our side, a call.",
        needs: "a call with words of both sides",
        read: |v| {
            let calls = calls(v);
            let asked = calls.iter().flat_map(|c| c.of(Side::Seller)).filter(|l| asks(l)).count();
            (!calls.is_empty()).then(|| reading(asked as f64 / calls.len() as f64, Unit::Count, []))
        },
    },
    MeasureRow {
        name: "discovery_first_call",
        unit: Unit::Count,
        meaning: "Open questions of our side about situation, pain, process, criteria or people in the first call.",
        needs: "a call with words of both sides",
        read: |v| {
            let lines: Vec<_> =
                calls(v).first()?.of(Side::Seller).filter(|l| l.is(Intent::DiscoveryQuestion)).collect();
            Some(super::view::count(&lines))
        },
    },
    MeasureRow {
        name: "seller_questions_fewest",
        unit: Unit::Count,
        meaning: "Questions of our side in the first call with at least 20 utterances.",
        needs: "a full call",
        read: |v| {
            let full = calls(v).into_iter().find(|c| c.lines.len() >= 20)?;
            let lines: Vec<_> = full.of(Side::Seller).filter(|l| asks(l)).collect();
            Some(super::view::count(&lines))
        },
    },
];

fn asks(line: &Line) -> bool {
    line.is(Intent::DiscoveryQuestion) || answers::is_question(line)
}

fn calls<'v, 'a>(v: &'v View<'a>) -> Vec<&'v Item<'a>> {
    v.items.iter().filter(|i| i.is_call() && i.has(Side::Buyer) && i.has(Side::Seller)).collect()
}

fn share(items: &[&Item]) -> Option<f64> {
    let words = |side| items.iter().flat_map(|i| i.of(side)).map(Line::words).sum::<usize>() as f64;
    let (ours, theirs) = (words(Side::Seller), words(Side::Buyer));
    (ours + theirs > 0.0).then(|| 100.0 * ours / (ours + theirs))
}

fn longest<'v, 'a>(item: &'v Item<'a>) -> Option<&'v Line<'a>> {
    item.of(Side::Seller).max_by_key(|l| l.words())
}

/// Words and first line of the longest stretch of one of our speakers.
fn longest_run<'v, 'a>(item: &'v Item<'a>) -> Option<(usize, &'v Line<'a>)> {
    let mut best: Option<(usize, &Line)> = None;
    let mut run: Option<(usize, &Line)> = None;
    for line in &item.lines {
        if line.side == Side::Seller {
            run = match run {
                Some((words, first)) if first.speaker == line.speaker => Some((words + line.words(), first)),
                _ => Some((line.words(), line)),
            };
            if run.map(|r| r.0) > best.map(|b| b.0) {
                best = run;
            }
        } else if !is_back_channel(line) {
            run = None;
        }
    }
    best
}

/// Five words at most, all of a listener.
pub(super) fn is_back_channel(line: &Line) -> bool {
    const LISTENING: &str = "mm|hm|hmm|mhm|mm-hm|uh-huh|yeah|yes|yep|right|okay|ok|sure|i|see|aha|ah|oh|got|it|aye";
    let mut words = line.plain.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|w| !w.is_empty());
    line.words() <= 5 && words.all(|w| LISTENING.split('|').any(|l| l == w))
}
