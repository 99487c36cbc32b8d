//! What stands in the way: price, product and trust, whether it is still open, and signs of leaving.

use super::{
    Group, MeasureRow, Reading, Unit, needs,
    people::lacks_authority,
    phrases::{begins_with_any, contains_any, is_one_of, places, words},
    settled::{says_it_stays, says_settled, still_open},
    signed::says_signed,
    view::{Line, View, buyers_of, count, count_of, mean_balance, reading},
};
use crate::{
    conversation::Side,
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Objections", rows: ROWS };

/// The three kinds of objection.
pub(super) const OBJECTIONS: &[Intent] = &[Intent::PriceObjection, Intent::ProductGap, Intent::TrustConcern];

/// What speaks against going on with us.
const TROUBLE: &[Intent] = &[
    Intent::PriceObjection,
    Intent::ProductGap,
    Intent::TrustConcern,
    Intent::Stall,
    Intent::AuthorityGap,
    Intent::ChurnIntent,
    Intent::Competitor,
];

/// Leaving, named outright.
const LEAVES: &str = "not renew|not renewing|won't renew|wouldn't renew|won't be renewing|not be renewing|don't renew|\
    non-renewal|our notice|give notice|giving notice|leaving you|leave you|downgrade|stop using|go back to what we had|\
    fewer seats|move away|pull out";

/// What is done to many things, and to what it has from us where that is named.
const ENDS: &str = "cancel|cancelling|cancellation|terminate|termination|lapse|run out|switch off|switched off|decommission|\
    close the account|end the contract|ending the contract";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "price_objections",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side objects to the price or asks for a discount.",
        needs: needs::BUYER,
        read: |v| all(v, Intent::PriceObjection),
    },
    MeasureRow {
        name: "product_objections",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side names a gap of the product.",
        needs: needs::BUYER,
        read: |v| all(v, Intent::ProductGap),
    },
    MeasureRow {
        name: "trust_objections",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side doubts us or our claims.",
        needs: needs::BUYER,
        read: |v| all(v, Intent::TrustConcern),
    },
    MeasureRow {
        name: "price_objection_interactions",
        unit: Unit::Count,
        meaning: "Interactions in which the buyer's side objects to the price.",
        needs: needs::BUYER,
        read: |v| {
            let with = v.items.iter().filter_map(|i| i.of(Side::Buyer).find(|l| l.is(Intent::PriceObjection)));
            v.has_buyer().then(|| count_of(&with.collect::<Vec<_>>(), &[Intent::PriceObjection]))
        },
    },
    MeasureRow {
        name: "large_discounts_demanded",
        unit: Unit::Count,
        meaning: "Price objections of the buyer's side that ask for 15 % or more off, for a third or a quarter off, or for half the \
                  price.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::PriceObjection], |l| asks_large_cut(&l.plain)),
    },
    MeasureRow {
        name: "open_price_objections",
        unit: Unit::Count,
        meaning: "Price objections after which nothing that the buyer's side said takes them back: a buying signal in what it \
                  says last, more good than bad since, or that it is settled.",
        needs: needs::BUYER,
        read: |v| open(v, Intent::PriceObjection),
    },
    MeasureRow {
        name: "open_product_objections",
        unit: Unit::Count,
        meaning: "Product gaps after which nothing that the buyer's side said takes them back; a question about the product whose \
                  answer it was content with is none.",
        needs: needs::BUYER,
        read: |v| open(v, Intent::ProductGap),
    },
    MeasureRow {
        name: "open_trust_objections",
        unit: Unit::Count,
        meaning: "Trust concerns after which nothing that the buyer's side said takes them back.",
        needs: needs::BUYER,
        read: |v| open(v, Intent::TrustConcern),
    },
    MeasureRow {
        name: "objections_latest",
        unit: Unit::Count,
        meaning: "Price, product and trust objections in the latest interaction with words of the buyer; a question about the product \
                  whose answer it was content with is none.",
        needs: needs::BUYER,
        read: |v| {
            let latest = v.latest_with_buyer()?.of(Side::Buyer);
            let lines: Vec<_> = latest.filter(|l| l.is_any(OBJECTIONS) && !is_an_answered_question(v, l)).collect();
            Some(count_of(&lines, OBJECTIONS))
        },
    },
    MeasureRow {
        name: "objections",
        unit: Unit::Count,
        meaning: "Price, product and trust objections of the buyer's side.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, OBJECTIONS, |_| true),
    },
    MeasureRow {
        name: "positive_after_last_objection",
        unit: Unit::Count,
        meaning: "Positive utterances and buying signals of the buyer's side after its last objection.",
        needs: "an objection",
        read: |v| {
            let last = v.buyer().rev().find(|l| l.is_any(OBJECTIONS))?;
            let after: Vec<_> = v
                .after(last)
                .filter(|l| l.side == Side::Buyer && (l.tone() == Tone::Positive || wants_to_go_on(l)))
                .collect();
            Some(count(&after))
        },
    },
    MeasureRow {
        name: "churn_signals",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side thinks of leaving, downgrading or not renewing; where the CRM says that \
                  it is a customer and one of them is read as such, also those that name it outright (\"not renew\", \"give \
                  notice\", \"cancel the contract\"), of what it has from us.",
        needs: "words of the buyer's side in a deal that the CRM does not call new",
        read: |v| {
            // Who has not bought yet cannot leave: there it is another vendor whom they leave.
            if is_new(v) {
                return None;
            }
            // By itself a word says little: a customer also cancels a meeting.
            let thinks_of_it = v.buyer().any(|l| l.is(Intent::ChurnIntent));
            let customer = v.is_with_a_customer() == Some(true);
            let lines: Vec<_> = v.buyer().filter(|l| thinks_of_it && leaves(l, customer)).collect();
            v.has_buyer().then(|| count_of(&lines, &[Intent::ChurnIntent]))
        },
    },
    MeasureRow {
        name: "churn_signals_open",
        unit: Unit::Count,
        meaning: "Those of them after the last line with which the buyer's side says that it stays (\"we are staying with you\", \"we \
                  will renew\"), with no if, doubt, end or for now, in a line \
                  that neither speaks of leaving itself nor is negative, or with which it says that it has signed.",
        needs: "words of the buyer's side in a deal that the CRM does not call new",
        read: |v| {
            let customer = v.is_with_a_customer() == Some(true);
            let open = || still_open(v, |l| leaves(l, customer), |l, _| says_it_stays(l) || says_signed(l));
            (!is_new(v) && v.has_buyer()).then(|| count_of(&open(), &[Intent::ChurnIntent]))
        },
    },
    MeasureRow {
        name: "churn_signals_recent",
        unit: Unit::Count,
        meaning: "Signs of leaving in the last two interactions with words of the buyer.",
        needs: needs::BUYER,
        read: |v| recent(v, Intent::ChurnIntent),
    },
    MeasureRow {
        name: "churn_signals_sure",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side thinks of leaving, downgrading or not renewing and that are all but \
                  certain, with a probability of 0.8 or more, where the CRM does not call the deal new.",
        needs: "words of the buyer's side in a deal that the CRM does not call new",
        read: |v| {
            if is_new(v) { None } else { buyers_of(v, &[Intent::ChurnIntent], |l| l.is_surely(Intent::ChurnIntent)) }
        },
    },
    MeasureRow {
        name: "positive_since_competitor",
        unit: Unit::Count,
        meaning: "Positive utterances of the buyer's side after its last mention of an alternative.",
        needs: "a mention of an alternative",
        read: |v| positive_since(v, Intent::Competitor),
    },
    MeasureRow {
        name: "positive_since_churn_signal",
        unit: Unit::Count,
        meaning: "Positive utterances of the buyer's side after it last thought of leaving, downgrading or not renewing.",
        needs: "a sign of leaving",
        read: |v| positive_since(v, Intent::ChurnIntent),
    },
    MeasureRow {
        name: "buyer_tone_since_price_objection",
        unit: Unit::Balance,
        meaning: "Mean tone of what the buyer's side said after its last price objection.",
        needs: "words of the buyer's side after a price objection",
        read: |v| tone_since(v, Intent::PriceObjection),
    },
    MeasureRow {
        name: "buyer_tone_since_authority_gap",
        unit: Unit::Balance,
        meaning: "Mean tone of what the buyer's side said after it last said that it cannot decide alone.",
        needs: "words of the buyer's side after an authority gap",
        read: |v| tone_since(v, Intent::AuthorityGap),
    },
    MeasureRow {
        name: "trouble_recent",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side in its last two interactions that object, put off, name an alternative, lack \
                  authority or think of leaving.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| l.is_any(TROUBLE)).collect();
            v.has_buyer().then(|| count_of(&lines, TROUBLE))
        },
    },
    MeasureRow {
        name: "buying_signals_late",
        unit: Unit::Count,
        meaning: "Buying signals in the last third of what the buyer's side said; what only asks for references, or for papers to \
                  compare, check or read, is none.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_late().into_iter().filter(|l| wants_to_go_on(l)).collect();
            v.has_buyer().then(|| count_of(&lines, &[Intent::BuyingSignal]))
        },
    },
    MeasureRow {
        name: "buying_signals_late_after_objection",
        unit: Unit::Count,
        meaning: "Those of them after its last price, product or trust objection: what was said before it settles it no more.",
        needs: needs::BUYER,
        read: |v| late_signals_after(v, |l| l.is_any(OBJECTIONS)),
    },
    MeasureRow {
        name: "buying_signals_late_after_authority_gap",
        unit: Unit::Count,
        meaning: "Those of them after it last said that it cannot decide alone.",
        needs: needs::BUYER,
        read: |v| late_signals_after(v, lacks_authority),
    },
    MeasureRow {
        name: "buying_signals",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side shows that it wants to go on.",
        needs: needs::BUYER,
        read: |v| all(v, Intent::BuyingSignal),
    },
    MeasureRow {
        name: "buying_signals_recent",
        unit: Unit::Count,
        meaning: "Buying signals in the last two interactions with words of the buyer.",
        needs: needs::BUYER,
        read: |v| recent(v, Intent::BuyingSignal),
    },
    MeasureRow {
        name: "champion_moments",
        unit: Unit::Count,
        meaning: "Utterances in which somebody of the buyer's side undertakes to argue for us or coaches us.",
        needs: needs::BUYER,
        read: |v| all(v, Intent::Champion),
    },
    MeasureRow {
        name: "pain_points",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side names a problem or its cost.",
        needs: needs::BUYER,
        read: |v| all(v, Intent::PainPoint),
    },
];

/// Whether the CRM says that the deal is with somebody who has bought nothing yet.
fn is_new(v: &View) -> bool {
    v.kind().is_some_and(|kind| kind.starts_with("new"))
}

/// Whether it speaks of leaving; a known customer may also name it outright.
fn leaves(line: &Line, is_customer: bool) -> bool {
    line.is(Intent::ChurnIntent) || (is_customer && names_leaving(&line.plain))
}

/// Whether a sentence names leaving, and leaving us: "the old licence runs out", "we have to cancel the demo" do not.
fn names_leaving(plain: &str) -> bool {
    const OURS: &str =
        "you|your|yours|renewal|contract|subscription|licence|license|agreement|account|seats|service|it|this";
    const OF_OTHERS: &str =
        "the old|our old|old one|other vendor|other supplier|the other|previous|former|their|theirs";
    plain
        .split_inclusive(['.', '!', '?', '\n'])
        .filter(|part| !contains_any(part, OF_OTHERS))
        .any(|part| contains_any(part, LEAVES) || (contains_any(part, ENDS) && contains_any(part, OURS)))
}

fn all(v: &View, intent: Intent) -> Option<Reading> {
    buyers_of(v, &[intent], |_| true)
}

fn recent(v: &View, intent: Intent) -> Option<Reading> {
    let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| l.is(intent)).collect();
    v.has_buyer().then(|| count_of(&lines, &[intent]))
}

fn positive_since(v: &View, intent: Intent) -> Option<Reading> {
    let lines: Vec<_> = v.buyer_since(intent)?.into_iter().filter(|l| l.tone() == Tone::Positive).collect();
    Some(count(&lines))
}

fn tone_since(v: &View, intent: Intent) -> Option<Reading> {
    let mean = mean_balance(v.buyer_since(intent)?)?;
    Some(reading(mean, Unit::Balance, v.buyer().rev().find(|l| l.is(intent))))
}

/// Buying signals in the last third of what the buyer's side said, after the last of its lines for which `of` holds.
fn late_signals_after(v: &View, of: impl Fn(&Line) -> bool) -> Option<Reading> {
    let last = v.buyer().rev().find(|l| of(l)).map(|l| (l.item, l.place));
    let since = |l: &Line| last.is_none_or(|last| (l.item, l.place) > last);
    let lines: Vec<_> = v.buyer_late().into_iter().filter(|l| wants_to_go_on(l) && since(l)).collect();
    v.has_buyer().then(|| count_of(&lines, &[Intent::BuyingSignal]))
}

/// Whether it shows that the buyer's side wants to go on with us, and not only to see what we have: who asks for references, or for
/// a paper to compare, settles nothing with it.
pub(super) fn wants_to_go_on(line: &Line) -> bool {
    line.is(Intent::BuyingSignal) && !asks_only_to_see(&line.plain)
}

/// "Could you give us three references?", "send me the contract so I can compare it"; and not "send the contract and I'll sign it".
fn asks_only_to_see(plain: &str) -> bool {
    const ASKS: &str = "send|share|give us|give me|let us have|let me have|have|get|see|provide|forward|could you do|can you do|email|mail|\
        show";
    const REFERENCES: &str = "references|reference customer|reference customers|reference call|reference calls|a reference|\
        customers we can|customer we can|customers i can|customer i can|customers to phone|customers to call|to phone|to ring|case study|\
        case studies";
    const TO_SEE: &str = "to compare|to look at|to look over|to look through|to have a look|to read|to read through|to review|to study|\
        to check|to go through";
    /// Behind "so", "so that": whoever can now look at it.
    const SEES: &str = "compare|check|know|see|look|read|review|study|understand|weigh";
    const GOES_ON: &str = "sign|signed|signature|go ahead|let's|order|orders|begin|start|started|we'll take|we take|i'll take|we want|i want|\
        i'd like to go|we'd like to go|yes|done|when can|how soon|how quickly|live";
    let so_that = || {
        places(plain, "so|so that").any(|(_, rest)| {
            let mut next = words(rest).take(4);
            next.next().is_some_and(|w| is_one_of(w, "i|we|he|she|they|my|our|that|the"))
                && next.any(|w| is_one_of(w, SEES))
        })
    };
    contains_any(plain, ASKS)
        && !contains_any(plain, GOES_ON)
        && (contains_any(plain, REFERENCES) || contains_any(plain, TO_SEE) || so_that())
}

/// Objections of a kind that nothing said later takes back.
fn open(v: &View, intent: Intent) -> Option<Reading> {
    let taken_back = taken_back(v, intent);
    buyers_of(v, &[intent], |_| !taken_back)
}

/// Whether the buyer's side takes back what it objected to: by saying that it is settled, with a buying signal in what it says
/// last, or with more good than bad since. What is raised again is judged where it is raised last, so all of a kind stand and
/// fall together.
fn taken_back(v: &View, intent: Intent) -> bool {
    let objects = |l: &Line| l.is(intent) && !is_an_answered_question(v, l);
    let open = still_open(v, objects, |l, objections| says_settled(l, intent, objections));
    let Some(last) = open.last() else { return true };
    let since: Vec<_> = v.after(last).filter(|l| l.side == Side::Buyer).collect();
    // Who goes on to buy in what it says last has taken it back, whatever else it grumbles about.
    let latest = v.latest_with_buyer().and_then(|item| item.lines.first()).map(|l| l.item);
    if since.iter().any(|l| wants_to_go_on(l) && Some(l.item) == latest) {
        return true;
    }
    let good = since.iter().filter(|l| l.tone() == Tone::Positive || wants_to_go_on(l)).count();
    let bad = since.iter().filter(|l| l.tone() == Tone::Negative).count();
    good > bad
}

/// Whether it only asks about the product, is answered in the same call, and the buyer is content with the answer: "does it stand
/// the cold, in the truck it is four degrees?" "Tested at minus five." "Good."
fn is_an_answered_question(v: &View, line: &Line) -> bool {
    const CONTENT: &str = "fair enough|good|grand|great|perfect|okay|ok|right|lovely|fine|super|brilliant|excellent|understood|clear|\
        that works|that's good|that's fine|that's clear|that's great|that is good|that is fine|that is clear|we take|we'll take|\
        i take|i'll take|magic|nice|wonderful";
    const AND_YET: &str = "but|still|though|however|hm|hmm";
    /// Among so many of the buyer's next utterances: another one of them may ask something else first.
    const SOON: usize = 3;
    if !line.is(Intent::ProductGap)
        || line.is_any(&[Intent::PriceObjection, Intent::TrustConcern])
        || !line.has_question_mark()
        || line.tone() == Tone::Negative
        || !v.items[line.item].is_call()
    {
        return false;
    }
    let Some(answer) = v.ours_here_after(line).next() else { return false };
    let next: Vec<_> =
        v.items[line.item].lines[answer.place..].iter().filter(|l| l.side == Side::Buyer).take(SOON).collect();
    let is_content =
        |l: &&Line| (l.tone() == Tone::Positive || begins_with_any(&l.plain, CONTENT)) && !l.has_question_mark();
    let objects = |l: &&Line| l.tone() == Tone::Negative || l.is_any(OBJECTIONS);
    let comes_back = next.first().is_some_and(|l| l.says(AND_YET));
    !comes_back && !next.iter().any(objects) && next.iter().any(is_content)
}

/// "Thirty per cent off", "half the price"; a rate that is only told ("half of them", "forty per cent more") asks for nothing.
fn asks_large_cut(text: &str) -> bool {
    const CUT: &[&str] = &["off", "reduction", "discount", "rebate", "less", "lower", "down", "cut", "sign"];
    let words = words_and_figures(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let percent = |w: &str| matches!(w, "%" | "percent" | "cent");
    let large = |w: &str| {
        let figures = w.trim_end_matches('%').replace(',', ".");
        figures.parse::<f64>().is_ok_and(|n| (15.0..=90.0).contains(&n))
            || is_one_of(w, "fifteen|twenty|thirty|forty|fifty|sixty")
    };
    words.iter().enumerate().any(|(at, w)| {
        let next = &words[at + 1..];
        let before = &words[..at];
        let rate = large(w) && (w.ends_with('%') || next.iter().take(2).any(|next| percent(next)));
        let part = matches!(*w, "third" | "quarter") && before.ends_with(&["a"]);
        (rate && next.iter().take(4).any(|next| CUT.contains(next)))
            || (part && next.first().is_some_and(|next| matches!(*next, "off" | "less" | "lower")))
            || (part && before.ends_with(&["down", "by", "a"]))
            || (*w == "half" && (next.starts_with(&["the", "price"]) || next.starts_with(&["price"])))
    })
}

/// The words of a text; a point or comma between figures belongs to them: "17.5%".
fn words_and_figures(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let word = words.last_mut().expect("there is one from the start");
        let within = matches!(c, '.' | ',') && word.ends_with(|c: char| c.is_ascii_digit());
        let in_figures = within && chars.peek().is_some_and(char::is_ascii_digit);
        match c.is_alphanumeric() || c == '%' || in_figures {
            true => word.push(c),
            false if !word.is_empty() => words.push(String::new()),
            false => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::{asks_large_cut, asks_only_to_see};

    #[test]
    fn a_large_cut_is_told_from_a_small_one_and_from_other_numbers() {
        for text in [
            "could you do 20 % off?",
            "could you do a 17.5% discount for us?",
            "we need 22,5 % off",
            "we need thirty per cent off",
            "25% and i sign",
            "it would have to be half the price",
            "come down by a third and we have something to talk about",
            "a quarter off and i sign",
            "your best and final with minimum fifteen percent reduction",
        ] {
            assert!(asks_large_cut(text), "{text}");
        }
        for text in [
            "five percent off",
            "a 7.50 % discount",
            "a 4,50% discount",
            "we are 40 people",
            "half an hour late",
            "a third of the team",
            "by the third quarter",
            "a six per cent uplift on a system that recorded half of what it should",
            "so that is sixty percent more",
            "it goes up by a quarter",
        ] {
            assert!(!asks_large_cut(text), "{text}");
        }
    }

    #[test]
    fn who_only_wants_to_see_something_is_told_from_who_wants_it() {
        for text in [
            "can you send us three references before tuesday?",
            "the others gave us three hoteliers to phone, could you do the same before tuesday?",
            "can you send us the contract draft meanwhile so i know the terms?",
            "send me the contract for the old tier so i can compare it with theirs",
            "could you share a case study from our trade?",
            "could we have the terms to read through over the weekend?",
        ] {
            assert!(asks_only_to_see(text), "{text}");
        }
        for text in [
            "send me the contract and i'll sign it",
            "send the order form",
            "can you send me the paperwork for the 17 and i'll get it in front of gav before he goes?",
            "your references were great, let's go ahead",
            "who sets it up, so that my team can begin on monday?",
            "could we have two more seats?",
            "send the contract over so we can start in june",
            "it is so good that we want it",
        ] {
            assert!(!asks_only_to_see(text), "{text}");
        }
    }
}
