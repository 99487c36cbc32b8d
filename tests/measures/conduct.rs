//! What our side did with what the buyer said.

use crate::deals::check;

const ASKS: &str = "- seller Rob 0:discovery_question How do you do it today?\n";
const TELLS: &str = "- seller Rob 0 That is how it works.\n";
const PUSHES: &str = "- seller Kim 0:pressure It is today or never.\n";

#[test]
fn how_our_side_listens_is_that_of_enough_utterances() {
    check(
        "how our side began is the first half of what it says",
        &format!("call\n{}{}{}", ASKS.repeat(2), TELLS.repeat(3), PUSHES.repeat(5)),
        &[("listening_balance_at_first", Some(0.4)), ("listening_balance", Some(-0.3))],
    );
    check(
        "four utterances are no beginning",
        &format!("call\n{}{}", ASKS.repeat(4), TELLS.repeat(5)),
        &[("listening_balance_at_first", None), ("listening_balance", Some(4.0 / 9.0))],
    );
    check(
        "one of us who listens has listened, whatever the other one does",
        &format!("call\n{}{}{}", ASKS.repeat(2), TELLS.repeat(3), PUSHES.repeat(5)),
        &[("best_listener_balance", Some(0.4))],
    );
    check(
        "four utterances make no listener",
        &format!("call\n{}{}", ASKS.repeat(4), PUSHES.repeat(4)),
        &[("best_listener_balance", None)],
    );
}

#[test]
fn an_objection_is_argued_with_where_the_buyer_objects_again() {
    let price = "- buyer Ann -:price_objection That is more than we can do.\n";
    for (what, answer, after, share) in [
        ("an objection that is argued with", TELLS, "- buyer Ann - Hm, no.\n", Some(100.0)),
        ("an objection that is asked about", ASKS, "- buyer Ann - Hm, no.\n", Some(0.0)),
        ("what is taken well was no argument", TELLS, "- buyer Ann 0 I see.\n", Some(0.0)),
        ("what nobody answers is not argued with", "", "", None),
    ] {
        check(what, &format!("call\n{price}{answer}{after}"), &[("objections_argued_share", share)]);
    }
}

#[test]
fn amends_are_no_discount() {
    check(
        "amends for a fault are no early discount",
        "call\n- buyer Ann - It was down for two days.\n\
         - seller Rob 0:concession I am sorry, and I will put a credit of two months on it.\n",
        &[("discount_before_asked", Some(0.0)), ("discovery_before_first_concession", None)],
    );
}

#[test]
fn an_alternative_is_taken_up_by_words_about_it() {
    let rival = "- buyer Ann 0:competitor We also look at Dunlin.\n";
    for (what, answer, times) in [
        ("a question after an alternative", "- seller Rob 0 What do you like about them?\n", 1.0),
        (
            "a question that comes too late",
            "- seller Rob 0 Ah, them.\n- seller Rob 0 What do you like about them?\n",
            0.0,
        ),
        ("no question", TELLS, 0.0),
        ("a question about another thing", "- seller Rob 0 Shall I book you in for Monday?\n", 0.0),
        ("an \"it\" that is something else", "- seller Rob 0 Laptops, or is it phones?\n", 0.0),
        ("a question with its name", "- seller Rob 0 And what does Dunlin cost?\n", 1.0),
        ("something said of it", "- seller Rob 0:competitor Ours is on the shelf and Dunlin's is not.\n", 1.0),
    ] {
        check(what, &format!("call\n{rival}{answer}"), &[("competitor_taken_up", Some(times))]);
    }
}
