//! Who talks how much: shares, stretches, questions.

use super::{
    Group, MeasureRow, Reading, Unit,
    answers::asks_about_the_line,
    needs,
    phrases::{QUESTION_MARKS, places_of_one},
    questions::{asks, per_call},
    stretch::{self, Stretch, all_quotes},
    view::{Item, Line, View, count, count_of, reading},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Talk", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "calls",
        unit: Unit::Count,
        meaning: "Calls with words of both sides.",
        needs: needs::INTERACTION,
        read: |v| (!v.items.is_empty()).then(|| reading(calls(v).len() as f64, Unit::Count, [])),
    },
    MeasureRow {
        name: "buyer_words",
        unit: Unit::Words,
        meaning: "Words of the buyer's side, in calls and in writing.",
        needs: needs::BUYER,
        read: |v| {
            let words: usize = v.buyer().map(Line::words).sum();
            v.has_buyer().then(|| reading(words as f64, Unit::Words, []))
        },
    },
    MeasureRow {
        name: "buyer_words_read",
        unit: Unit::Words,
        meaning: "Those of them in conversations of a language that the model reads.",
        needs: needs::BUYER,
        read: |v| {
            let read = v.items.iter().filter(|item| !item.unread);
            let words: usize = read.flat_map(|item| item.of(Side::Buyer)).map(Line::words).sum();
            v.has_buyer().then(|| reading(words as f64, Unit::Words, []))
        },
    },
    MeasureRow {
        name: "seller_talk_share",
        unit: Unit::Percent,
        meaning: "Words of our side, in percent of all words of both sides, over all calls.",
        needs: "calls with 100 words of both sides in all",
        read: |v| share(&calls(v)).map(|s| reading(s, Unit::Percent, [])),
    },
    MeasureRow {
        name: "seller_talk_share_discovery",
        unit: Unit::Percent,
        meaning: "Words of our side, in percent of all words of both sides, in the call that should be discovery: the first \
                  call.",
        needs: "a first call with 100 words of both sides in all",
        read: |v| {
            let first = *calls(v).first()?;
            share(&[first]).map(|s| reading(s, Unit::Percent, longest(first)))
        },
    },
    MeasureRow {
        name: "seller_talk_share_max",
        unit: Unit::Percent,
        meaning: "Words of our side, in percent of all words of both sides, in the call where that is highest.",
        needs: "a call with 100 words of both sides in all",
        read: |v| {
            let shares = calls(v).into_iter().filter_map(|call| Some((call, share(&[call])?)));
            let (top, highest) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
            Some(reading(highest, Unit::Percent, longest(top)))
        },
    },
    MeasureRow {
        name: "seller_talk_share_above_own",
        unit: Unit::Percent,
        meaning: "By how many points our share of the words in the latest call lies above the mean of our own earlier calls in \
                  this deal; 0 where it lies below. Nobody is held against anybody else.",
        needs: "four calls, each with 100 words of both sides in all",
        read: |v| {
            let shares: Vec<f64> = v.calls_of_both().filter_map(|call| share(&[call])).collect();
            let (latest, earlier) = shares.split_last()?;
            (earlier.len() >= 3).then(|| {
                let usual = earlier.iter().sum::<f64>() / earlier.len() as f64;
                reading((latest - usual).max(0.0), Unit::Percent, [])
            })
        },
    },
    MeasureRow {
        name: "longest_seller_turn_words",
        unit: Unit::Words,
        meaning: "Words of the longest unbroken stretch of one speaker of our side in a call; a back-channel of another does \
                  not break it.",
        needs: needs::CALL_OF_OURS,
        read: |v| longest_stretch(v, Side::Seller),
    },
    MeasureRow {
        name: "longest_seller_turn_words_discovery",
        unit: Unit::Words,
        meaning: "The same in the call that should be discovery: the first call.",
        needs: "a first call with words of both sides",
        read: |v| Some(words_of(&stretch::longest(calls(v).first()?, Side::Seller)?)),
    },
    MeasureRow {
        name: "longest_buyer_story_words",
        unit: Unit::Words,
        meaning: "Words of the longest unbroken stretch of one speaker of the buyer's side in a call, by the same rule.",
        needs: "a call with words of the buyer's side",
        read: |v| longest_stretch(v, Side::Buyer),
    },
    MeasureRow {
        name: "seller_questions_per_call",
        unit: Unit::Count,
        meaning: "Questions of our side, a call.",
        needs: needs::CALL_OF_BOTH,
        read: |v| per_call(calls(v), Side::Seller, asks),
    },
    MeasureRow {
        name: "discovery_first_call",
        unit: Unit::Count,
        meaning: "Open questions of our side about situation, pain, process, criteria or people in the first call.",
        needs: needs::CALL_OF_BOTH,
        read: |v| {
            let lines: Vec<_> =
                calls(v).first()?.of(Side::Seller).filter(|l| l.is(Intent::DiscoveryQuestion)).collect();
            Some(count_of(&lines, &[Intent::DiscoveryQuestion]))
        },
    },
    MeasureRow {
        name: "questions_first_call",
        unit: Unit::Count,
        meaning: "Utterances of our side in the first call that end with a question, open or closed, and propose no step, give \
                  nothing up and do not push; the first two utterances of the call, which greet, are left out, and those that \
                  only ask whether they are heard or seen, whether there are questions, or ask a colleague by name.",
        needs: needs::CALL_OF_BOTH,
        read: |v| {
            let other = [Intent::NextStep, Intent::Concession, Intent::Pressure];
            let first = *calls(v).first()?;
            let asks_them = |l: &Line| ends_asking(l) && !asks_about_the_line(l) && !asks_a_colleague(l);
            let asking = first.of(Side::Seller).filter(|l| l.place >= 2 && asks_them(l) && !l.is_any(&other));
            Some(count(&asking.collect::<Vec<_>>()))
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
            Some(count(&lines))
        },
    },
];

fn calls<'v, 'a>(v: &'v View<'a>) -> Vec<&'v Item<'a>> {
    v.calls_of_both().collect()
}

/// A share of fewer words than this is one of a greeting: three words of a call that nobody could hear are 67 %.
pub(super) const FEWEST_WORDS: usize = 100;

/// Our share of the words of both sides, in percent.
pub(super) fn share(items: &[&Item]) -> Option<f64> {
    let words = |side| items.iter().flat_map(|i| i.of(side)).map(Line::words).sum::<usize>();
    let (ours, all) = (words(Side::Seller), words(Side::Seller) + words(Side::Buyer));
    (all >= FEWEST_WORDS).then(|| 100.0 * ours as f64 / all as f64)
}

/// Whether it asks somebody else of our side by name: "Ruben, do you want to show the plan?"
fn asks_a_colleague(line: &Line) -> bool {
    let ours = line.conversation.participants.iter().filter(|p| p.side == Side::Seller && p.name != line.speaker);
    let mut first_names = ours.filter_map(|p| p.name.split_whitespace().next());
    first_names.any(|name| {
        places_of_one(line.text, name).any(|(before, behind)| {
            let called = before.trim_end().is_empty() || before.trim_end().ends_with(['.', ',', '!', '?']);
            called && behind.starts_with([',', '?'])
        })
    })
}

/// Whether it asks and then leaves the word to the other; a question in its midst often only leads over to what it says.
fn ends_asking(line: &Line) -> bool {
    asks(line) && (line.text.trim_end().ends_with(QUESTION_MARKS) || !line.has_question_mark())
}

fn longest<'v, 'a>(item: &'v Item<'a>) -> Option<&'v Line<'a>> {
    item.of(Side::Seller).max_by_key(|l| l.words())
}

fn longest_stretch(v: &View, side: Side) -> Option<Reading> {
    let calls = v.items.iter().filter(|i| i.is_call());
    Some(words_of(&calls.filter_map(|i| stretch::longest(i, side)).max_by_key(|s| s.words)?))
}

fn words_of(stretch: &Stretch) -> Reading {
    Reading { value: stretch.words as f64, unit: Unit::Words, rests_on: None, evidence: all_quotes(stretch) }
}
