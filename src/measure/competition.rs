//! The alternatives to us.

use super::{
    Group, MeasureRow, Unit,
    conduct::{both_of, had_a_say, replies},
    matter::shares_a_word,
    needs,
    phrases::contains_any,
    questions::{asking_part, is_question},
    settled::{says_alternative_is_out, still_open},
    signed::says_signed,
    view::{Line, buyers_of, count_of, ours_of},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Competition", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "competitor_mentions_buyer",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side about another vendor, an in-house build or keeping what they have.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::Competitor], |_| true),
    },
    MeasureRow {
        name: "competitor_mentions_sure",
        unit: Unit::Count,
        meaning: "Those of them that are all but certain, with a probability of 0.8 or more.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::Competitor], |l| l.is_surely(Intent::Competitor)),
    },
    MeasureRow {
        name: "competitor_mentions_seller",
        unit: Unit::Count,
        meaning: "Utterances of our side about an alternative to us.",
        needs: needs::OURS,
        read: |v| ours_of(v, Intent::Competitor, |_| true),
    },
    MeasureRow {
        name: "competitor_interactions",
        unit: Unit::Count,
        meaning: "Interactions in which the buyer's side speaks of an alternative.",
        needs: needs::BUYER,
        read: |v| {
            v.has_buyer().then(|| {
                let with: Vec<_> =
                    v.items.iter().filter_map(|i| i.of(Side::Buyer).find(|l| l.is(Intent::Competitor))).collect();
                count_of(&with, &[Intent::Competitor])
            })
        },
    },
    MeasureRow {
        name: "competitor_mentions_recent",
        unit: Unit::Count,
        meaning: "Mentions of an alternative in the last two interactions with words of the buyer.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| l.is(Intent::Competitor)).collect();
            v.has_buyer().then(|| count_of(&lines, &[Intent::Competitor]))
        },
    },
    MeasureRow {
        name: "competitor_mentions_open",
        unit: Unit::Count,
        meaning: "Mentions of an alternative by the buyer's side after the last line with which it says that the alternative is \
                  out (\"that one is out\", \"we turned them down\", \"we go with you\") or that it has signed; such a line, which speaks of \
                  it or has a word of an earlier mention, is no mention itself; a mention that is negative ends none.",
        needs: needs::BUYER,
        read: |v| {
            let open =
                || still_open(v, |l| l.is(Intent::Competitor), |l, m| says_signed(l) || says_alternative_is_out(l, m));
            v.has_buyer().then(|| count_of(&open(), &[Intent::Competitor]))
        },
    },
    MeasureRow {
        name: "competitor_negative",
        unit: Unit::Count,
        meaning: "Mentions of an alternative by the buyer's side that are negative: it is dismissed, or held against us.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::Competitor], |l| l.balance() < -0.3),
    },
    MeasureRow {
        name: "competitor_questions",
        unit: Unit::Count,
        meaning: "Utterances of our side about an alternative that ask an open question.",
        needs: "a mention of an alternative by the buyer's side",
        read: |v| {
            v.buyer().find(|l| l.is(Intent::Competitor))?;
            let both = |l: &&Line| l.is(Intent::Competitor) && l.is(Intent::DiscoveryQuestion);
            Some(count_of(&v.seller().filter(both).collect::<Vec<_>>(), &[Intent::Competitor]))
        },
    },
    MeasureRow {
        name: "competitor_mentions_answered",
        unit: Unit::Count,
        meaning: "Mentions of an alternative by the buyer's side in a call that we were in, or that we have answered since.",
        needs: needs::BOTH,
        read: |v| both_of(v, &[Intent::Competitor], |l| had_a_say(v, l)),
    },
    MeasureRow {
        name: "competitor_taken_up",
        unit: Unit::Count,
        meaning: "Mentions of an alternative by the buyer's side where our next utterance (of a message: its first three) speaks \
                  of it, asks an open question or asks about it: with a word of the mention, or \"they\" and its kin.",
        needs: needs::BOTH,
        read: |v| both_of(v, &[Intent::Competitor], |l| replies(v, l, 1).iter().any(|r| takes_up(r, l))),
    },
    MeasureRow {
        name: "competitor_unexplored",
        unit: Unit::Count,
        meaning: "Mentions of an alternative by the buyer's side where neither of our next two utterances asks an open question \
                  or speaks of the alternative; those that we had no chance to answer yet left out.",
        needs: needs::BOTH,
        read: |v| {
            let explores = |r: &Line| r.is_any(&[Intent::Competitor, Intent::DiscoveryQuestion]);
            let ours_next = |l: &Line| v.after(l).filter(|r| r.side == Side::Seller).take(2).any(explores);
            both_of(v, &[Intent::Competitor], |l| had_a_say(v, l) && !ours_next(l))
        },
    },
];

/// Whether a reply goes into the alternative that was mentioned.
fn takes_up(reply: &Line, mention: &Line) -> bool {
    const THEM: &str = "they|them|their|theirs|he|she|his|her|him|that one|those";
    if reply.is_any(&[Intent::Competitor, Intent::DiscoveryQuestion]) {
        return true;
    }
    let asked = asking_part(&reply.plain);
    is_question(reply) && (contains_any(&asked, THEM) || shares_a_word(&mention.plain, &asked))
}
