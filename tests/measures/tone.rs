//! Where the buyer stands.

use crate::deals::check;

#[test]
fn a_tone_is_that_of_enough_words_and_of_none_where_none_are() {
    check(
        "what the buyer likes and what it fears are both shown",
        &format!(
            "call\n- seller Rob 0 So?\n{}",
            "- buyer Ann + Good.\n- buyer Ann - Bad.\n- buyer Ann 0 Well.\n".repeat(4)
        ),
        &[
            ("buyer_tone", Some(0.0)),
            ("buyer_tone_mixed", Some(1.0)),
            ("buyer_negative_share", Some(100.0 / 3.0)),
            ("buyer_positive_share", Some(100.0 / 3.0)),
        ],
    );
    check(
        "of few utterances one is not a mixture",
        "call\n- buyer Ann + Good.\n- buyer Ann - Bad.\n- seller Rob 0 So?\n",
        &[("buyer_tone_mixed", None), ("buyer_negative_share", Some(50.0)), ("buyer_tone_last_quarter", None)],
    );
    check(
        "a call is followed by its quarters",
        &format!(
            "call\n{}{}{}",
            "- buyer Ann + We like it.\n".repeat(6),
            "- seller Rob 0 Fine by us.\n".repeat(6),
            "- buyer Ann - Far too much.\n".repeat(6),
        ),
        &[
            ("buyer_tone_first_quarter", Some(1.0)),
            ("buyer_tone_second_quarter", Some(1.0)),
            ("buyer_tone_third_quarter", Some(-1.0)),
            ("buyer_tone_last_quarter", Some(-1.0)),
        ],
    );
    check(
        "after the last word nothing was said, which is neither good nor bad",
        "call\n- seller Rob 0 So?\n- buyer Ann -:price_objection,authority_gap That is more than he would sign.\n",
        &[("buyer_tone_since_price_objection", None), ("buyer_tone_since_authority_gap", None)],
    );
}
