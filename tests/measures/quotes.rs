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
fn the_surest_lines_stand_for_a_count_of_them_in_the_order_in_which_they_were_said() {
    let deal = read(
        "call\n- buyer Ann 0:competitor@0.99 We talk to two others.\n- buyer Ann 0:competitor@0.6 They would throw the phones.\n\
         - buyer Ann 0:competitor@0.97 One is Offshorely.\n- buyer Ann 0:competitor@0.7 It is in the sea.\n\
         - buyer Ann 0:competitor@0.98 The other is Sterisheet.\n- buyer Ann 0:competitor@0.8 I asked for three things.\n",
    );
    let shown = readings(&deal)["competitor_mentions_buyer"].evidence.clone();
    let quotes = shown.into_iter().map(|e| match e {
        Evidence::Quote { quote, .. } => quote,
        Evidence::Absence { absence } => panic!("{absence}"),
    });
    let surest =
        ["We talk to two others.", "One is Offshorely.", "The other is Sterisheet.", "I asked for three things."];
    assert_eq!(quotes.collect::<Vec<_>>(), surest);
}

#[test]
fn a_fall_is_shown_by_what_is_bad_by_now() {
    let good = "- buyer Ann + I like the board.\n".repeat(3);
    let early = "- buyer Ann - A bag in the wind.\n- buyer Ann 0 It is what we have.\n".repeat(3);
    let late = "- buyer Ann -0.5 Nobody asked us.\n".repeat(6);
    let deal = read(&format!("call\n{good}{early}call\n{late}"));
    let shown = &readings(&deal)["buyer_tone_shift_from_best"].evidence;
    let said = |words: &str| shown.iter().any(|e| matches!(e, Evidence::Quote { quote, .. } if quote == words));
    assert!(said("Nobody asked us.") && said("I like the board.") && !said("A bag in the wind."), "{shown:?}");
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
