//! What is spoken of: upheaval, money, discounts.

use crate::deals::check;

#[test]
fn what_is_spoken_of_is_told_from_what_only_sounds_like_it() {
    for (what, said, upheaval) in [
        ("upheaval", "There were layoffs, and a hiring freeze.", 1.0),
        ("upheaval that is denied", "No layoffs here and no hiring freeze, thankfully.", 0.0),
        ("somebody who leaves", "I'm leaving the firm.", 1.0),
        ("somebody who leaves for today", "I'm leaving at five today.", 0.0),
    ] {
        check(what, &format!("call\n- buyer Ann 0 {said}\n"), &[("upheaval_mentions", Some(upheaval))]);
    }
    for (what, said, money) in [
        ("a rate", "It is nine hundred a month.", 1.0),
        ("a year that has passed", "We moved here a year ago.", 0.0),
        ("how often", "We met once a month.", 0.0),
    ] {
        check(what, &format!("call\n- buyer Ann 0 {said}\n"), &[("price_mentions", Some(money))]);
    }
    check(
        "a rate with a point in it is a large one by its whole figure",
        "call\n- buyer Ann 0:price_objection Could you do a 7.50 % discount?\n\
         - buyer Ann 0:price_objection Could you do a 17.5% discount?\n",
        &[("large_discounts_demanded", Some(1.0))],
    );
}
