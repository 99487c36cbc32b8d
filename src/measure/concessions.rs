//! What our side gave way on, and whether anybody had asked.
//!
//! A coach calls a discount early where the price falls by itself: before the buyer objected to it, before our side had
//! learnt what it is worth to them, or as the reward for deciding fast. Amends for a fault, and what answers a price
//! objection, are no early discount.

use super::{
    Group, MeasureRow, Reading, Unit,
    named_times::behind_name,
    needs,
    phrases::{contains_any, is_number, places},
    view::{Line, View, count_of, ours_of, reading},
};
use crate::{calendar::is_week_day_name, conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Concessions", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "concessions",
        unit: Unit::Count,
        meaning: "Utterances in which our side offers a discount, a freebie or softer terms.",
        needs: needs::OURS,
        read: |v| ours_of(v, Intent::Concession, |_| true),
    },
    MeasureRow {
        name: "concessions_first_interaction",
        unit: Unit::Count,
        meaning: "Concessions of our side in the first interaction.",
        needs: needs::OURS,
        read: |v| {
            let lines: Vec<_> = v.items.first()?.of(Side::Seller).filter(|l| gives_way(l)).collect();
            v.has_seller().then(|| count_of(&lines, &[Intent::Concession]))
        },
    },
    MeasureRow {
        name: "discount_before_asked",
        unit: Unit::Count,
        meaning: "Concessions of our side that do not make up for a fault, before the buyer's side had objected to the price.",
        needs: needs::BOTH,
        read: |v| some(v, |l| !l.says(AMENDS), unasked_so_far),
    },
    MeasureRow {
        name: "price_cuts_unasked",
        unit: Unit::Count,
        meaning: "Those of them that cut the price (per cent, a lower figure, free months).",
        needs: needs::BOTH,
        read: |v| some(v, |l| cuts_the_price(l) && !l.says(AMENDS), unasked_so_far),
    },
    MeasureRow {
        name: "price_cuts_for_haste",
        unit: Unit::Count,
        meaning: "Cuts of the price that our side offers for deciding soon, where none of the buyer's last five utterances \
                  objects to the price, and that do not make up for a fault.",
        needs: needs::BOTH,
        read: |v| some(v, |l| cuts_the_price(l) && !l.says(AMENDS) && asks_for_haste(l), unasked_of_late),
    },
    MeasureRow {
        name: "price_cuts_first_interaction",
        unit: Unit::Count,
        meaning: "Concessions of our side in the first interaction that cut the price or give something for free, where none of \
                  the buyer's last five utterances objects to the price, and that do not make up for a fault.",
        needs: needs::BOTH,
        read: |v| some(v, |l| l.item == 0 && (cuts_the_price(l) || l.says(FREE)) && !l.says(AMENDS), unasked_of_late),
    },
    MeasureRow {
        name: "concessions_with_a_push",
        unit: Unit::Count,
        meaning: "Concessions of our side within two utterances, in the same interaction, of a push (cheaper, but only today), \
                  where none of the buyer's last five utterances objects to the price.",
        needs: needs::BOTH,
        read: |v| some(v, |l| pushed(v, l), unasked_of_late),
    },
    MeasureRow {
        name: "discovery_before_first_concession",
        unit: Unit::Count,
        meaning: "Discovery questions of our side before its first concession that does not make up for a fault.",
        needs: "a concession that does not make up for a fault",
        read: |v| before_first(v, Intent::DiscoveryQuestion),
    },
    MeasureRow {
        name: "empathy_before_first_concession",
        unit: Unit::Count,
        meaning: "Concerns that our side acknowledged before its first concession that does not make up for a fault.",
        needs: "a concession that does not make up for a fault",
        read: |v| before_first(v, Intent::Empathy),
    },
];

/// How somebody says that the price falls.
const CUTS: &str = "percent|per cent|discount|half price|half the price|half off|throw in|month free|months free|free month|\
    free months|months for free|quarter free|first month is free|months are free|first year free";

/// How somebody gives something away.
const FREE: &str = "waive|waived|no charge|no cost|on us|on the house|free";

/// How somebody makes up for a fault.
const AMENDS: &str =
    "credit|credited|credits|refund|refunded|compensate|compensation|sorry|apologise|apologies|apology";

/// By when somebody is to decide.
const SOON: &str = "end of the month|end of the quarter|end of month|end of quarter|end of the week|quarter end|quarter ends|\
    year end|this week|this month|this quarter|today only|only today|right now|expires|signature by|signed by|sign by|\
    good through|good until|only good|by tomorrow|by noon";

/// What deciding is called.
const DECIDES: &str = "sign|signs|signed|commit|commits|close|wrap|decide|decides|ink|shake|order|go ahead|letter of intent|\
    signature|move up|renew";

/// Concessions of ours that are of a kind and that nobody had asked for.
fn some(v: &View, kind: impl Fn(&Line) -> bool, unasked: fn(&View, &Line) -> bool) -> Option<Reading> {
    let given = v.seller().filter(|l| gives_way(l) && kind(l) && unasked(v, l));
    (v.has_buyer() && v.has_seller()).then(|| count_of(&given.collect::<Vec<_>>(), &[Intent::Concession]))
}

/// Whether our side gives way on something: what it tells of its way of charging or of its service is no cut of either.
fn gives_way(line: &Line) -> bool {
    line.is(Intent::Concession) && !is_a_standing_term(&line.plain)
}

/// "30% of recovered dollars, no minimum", "three years, and we replace it free", "eighteen apiece, at cost"; and not "30% off",
/// "at no cost", "I'll replace the unit free if you sign today".
fn is_a_standing_term(plain: &str) -> bool {
    const CUTS: &str = "off|discount|throw in|throwing in|thrown in|credit|credited|waive|waived|instead of|if you|sign|signed|this week|\
        this month|for you|months free|month free|free months|give you|gave you|i'll|i can do";
    const SHARE_OF: &str = "of recovered|of what is recovered|of what we recover|of whatever we recover|of the recovered|of recoveries|\
        of the recovery|of savings|of the savings|of what you save|of what we save|of what we find|of what we collect|of collections|\
        of collected";
    const SERVES: &str = "we replace|we repair|is replaced|are replaced|we come|we'll come|is repaired|are repaired|is returned|\
        are returned|we return";
    const FREE_OF_IT: &str = "free|no charge|without charge|at no cost|free of charge";
    let rate = || plain.contains('%') || contains_any(plain, "percent|per cent");
    let share = || rate() && contains_any(plain, SHARE_OF);
    let service = || contains_any(plain, SERVES) && contains_any(plain, FREE_OF_IT);
    let at_cost = || contains_any(plain, "at cost");
    !contains_any(plain, CUTS) && (share() || service() || at_cost())
}

/// Whether the buyer's side had not objected to the price at all.
fn unasked_so_far(v: &View, given: &Line) -> bool {
    !earlier(v, given).any(|l| l.is(Intent::PriceObjection))
}

/// Whether the buyer's side had not objected to the price in its last five utterances.
fn unasked_of_late(v: &View, given: &Line) -> bool {
    !earlier(v, given).take(5).any(|l| l.is(Intent::PriceObjection))
}

/// What the buyer's side had said, the latest first.
fn earlier<'v, 'a>(v: &'v View<'a>, line: &Line) -> impl Iterator<Item = &'v Line<'a>> + use<'v, 'a> {
    v.before(line).filter(|l| l.side == Side::Buyer)
}

fn pushed(v: &View, line: &Line) -> bool {
    v.items[line.item]
        .lines
        .iter()
        .any(|other| other.side == Side::Seller && other.place.abs_diff(line.place) <= 2 && other.is(Intent::Pressure))
}

/// "Twenty per cent", "30 off", "twelve thousand instead of seventeen", "two months free".
fn cuts_the_price(line: &Line) -> bool {
    let words: Vec<&str> =
        line.plain.split(|c: char| !c.is_alphanumeric() && c != '%').filter(|w| !w.is_empty()).collect();
    let next_to = |number: usize, word: &str| words.get(number).is_some_and(|w| *w == word);
    line.plain.contains('%')
        || line.says(CUTS)
        || words.iter().enumerate().any(|(at, word)| {
            is_number(word)
                && (next_to(at + 1, "off") || (at >= 2 && words[at - 2] == "instead" && words[at - 1] == "of"))
        })
}

/// "If you sign by Friday", "good through the end of the month".
fn asks_for_haste(line: &Line) -> bool {
    let by_a_day = || places(&line.plain, "by").any(|(_, rest)| behind_name(rest, "", is_week_day_name).is_some());
    line.says(SOON) || by_a_day() || (line.says("if") && line.says(DECIDES))
}

/// How often our side had done `intent` when it gave way for the first time; the evidence is that concession.
fn before_first(v: &View, intent: Intent) -> Option<Reading> {
    let first = v.seller().find(|l| gives_way(l) && !l.says(AMENDS))?;
    let before = v.before(first).filter(|l| l.side == Side::Seller && l.is(intent)).count();
    Some(reading(before as f64, Unit::Count, [first]))
}

#[cfg(test)]
mod tests {
    use super::is_a_standing_term;

    #[test]
    fn what_is_charged_and_served_anyway_is_told_from_what_is_given_up() {
        for text in [
            "agreement attached, 30% of recovered dollars, no minimum",
            "it is ten per cent of what we recover",
            "three years, and we replace it free",
            "over that we come next day, no charge",
            "the records are returned as csv files, within thirty days and without charge",
            "the rubber ones at cost, 18 quid a pop",
        ] {
            assert!(is_a_standing_term(text), "{text}");
        }
        for text in [
            "30% off if you sign by friday",
            "i've taken 20% off, and put the first three months in free",
            "i'll put premium support in for the first year at no cost",
            "we'll export the templates at our cost",
            "we replace the old ones free if you sign this week",
            "use them for three weeks, no charge",
            "half of the savings are yours",
        ] {
            assert!(!is_a_standing_term(text), "{text}");
        }
    }
}
