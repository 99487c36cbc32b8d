//! The words that stand for a number.

use dealtone::{Deal, measure::Evidence};

use crate::deals::{read, readings};

#[test]
fn a_long_stretch_is_shown_from_its_start_to_its_end() {
    let quotes = |deal: &Deal, name: &str| -> Vec<String> {
        let evidence = &readings(deal)[name].evidence;
        let words = evidence.iter().map(|e| match e {
            Evidence::Quote { quote, .. } => quote.clone(),
            Evidence::Absence { absence } => panic!("{absence}"),
        });
        words.collect()
    };
    let one =
        read("call\n- buyer Ann 0 Go on.\n- seller Rob 0 First there is the board. / Then the cards. / And the end.\n");
    assert_eq!(quotes(&one, "longest_seller_turn_words"), ["First there is the board. Then the cards. And the end."]);
    let several = read(
        "call\n\
         0-4 seller Rob 0 First there is the board. / Next the cards.\n\
         4-5 buyer Ann 0 Mm-hm.\n\
         5-9 seller Rob 0 Then the lists.\n\
         9-12 seller Rob 0 And then / the end.\n",
    );
    let ends = ["First there is the board. Next the cards.", "And then the end."];
    assert_eq!(quotes(&several, "longest_seller_turn_words"), ends);
    assert_eq!(quotes(&several, "longest_seller_monologue_seconds"), ends);
}

#[test]
fn quotes_show_what_they_stand_for() {
    let quotes = |deal: &Deal, name: &str| -> Vec<String> {
        let evidence = &readings(deal)[name].evidence;
        let words = evidence.iter().filter_map(|e| match e {
            Evidence::Quote { quote, .. } => Some(quote.clone()),
            Evidence::Absence { .. } => None,
        });
        words.collect()
    };
    let chased = read(
        "mail\n- buyer Ann 0 I will read it.\nmail\n- seller Rob 0 Hi Ann,\n- seller Rob 0 Did you get to it?\n\
         mail\n- seller Rob 0 Dear Ann,\n",
    );
    assert_eq!(quotes(&chased, "unanswered_seller_messages"), ["Dear Ann,", "Did you get to it?"]);
    let leaning = read(
        "mail\n- buyer Ann 0-0.3 Ten tips to close more deals.\n- buyer Ann + Good.\n- buyer Ann - Bad.\nmail\n- buyer Ann 0-0.3 And ten more.\n",
    );
    assert_eq!(quotes(&leaning, "buyer_tone_latest"), ["And ten more."], "no line is negative by itself");
    let bad = read(
        "call\n- seller Rob 0 How is it?\n- buyer Ann -0.5 It could be better.\n- buyer Ann - I was raging.\n\
         - buyer Ann -0.3 We still want it, mind.\n- buyer Ann - Eleven.\n",
    );
    let plainest_first = ["I was raging.", "It could be better.", "We still want it, mind."];
    assert_eq!(quotes(&bad, "buyer_negative_latest"), plainest_first);
    assert_eq!(readings(&bad)["buyer_negative_latest"].value, 4.0, "the short one counts all the same");
    let short = read("call\n- seller Rob 0 How is it?\n- buyer Ann - Bad.\n");
    assert_eq!(quotes(&short, "buyer_negative_latest"), ["Bad."], "where there is nothing longer it is shown");
}
