//! Who talks how much, who breaks in, and how long nobody speaks.

use crate::deals::check;

#[test]
fn a_share_of_words_needs_words() {
    check(
        "a share needs words: three of a call that nobody could hear say nothing",
        "call\n- seller Rob 0 Hello? Ann?\n- buyer Ann 0 Rob?\n",
        &[
            ("seller_talk_share", None),
            ("seller_talk_share_discovery", None),
            ("seller_talk_share_max", None),
            ("calls", Some(1.0)),
        ],
    );
    check(
        "a hundred words are enough",
        "call\n- seller Rob 0 one two three four (x20)\n- buyer Ann 0 one two three four (x5)\n",
        &[("seller_talk_share_discovery", Some(80.0)), ("seller_talk_share", Some(80.0))],
    );
}

#[test]
fn a_stretch_ends_where_another_takes_the_word() {
    check(
        "a back-channel of our own side does not end our stretch, in words as by the clock",
        "call\n0-4 seller Rob 0 First there is the board.\n4-5 seller Kim 0 Yeah.\n5-9 seller Rob 0 Then the lists.\n\
         9-12 buyer Ann 0 I see that now.\n",
        &[("longest_seller_turn_words", Some(8.0)), ("longest_seller_monologue_seconds", Some(9.0))],
    );
    check(
        "a turn that ends before it starts has no length",
        "call\n0-10 seller Rob 0 And that is the first part.\n10-20 buyer Ann 0 And who has a key to it?\n\
         20-30 seller Rob 0 You do.\n30-40 buyer Ann 0 Fine by me.\n40-50 seller Rob 0 Good.\n50-60 buyer Ann 0 So.\n\
         60-70 seller Rob 0 Well.\n70-80 buyer Ann 0 One more.\n80-90 seller Rob 0 Go on.\n90-89 buyer Ann 0 Bye.\n",
        &[("longest_buyer_story_seconds", Some(10.0))],
    );
    check(
        "stories of the buyer are measured in words where there are no times",
        "call\n- buyer Ann 0 We lost two of them.\n- seller Rob 0 Mm-hm.\n- buyer Ann 0 In March.\n- seller Rob 0 Go on then.\n",
        &[("longest_buyer_story_words", Some(7.0)), ("longest_buyer_story_seconds", None)],
    );
}

#[test]
fn the_clock_knows_two_sides() {
    check(
        "a voice of unknown side breaks in on nobody's, and nobody's on it",
        "call\n0-10 unknown Speaker_3 0 So we said that in May.\n5-12 seller Rob 0 So when would that be?\n\
         13-14 buyer Ann 0 In June.\n15-16 unknown Speaker_3 0 In July.\n17-18 buyer Ann 0 Or then.\n",
        &[("seller_interruptions", Some(0.0)), ("switches_per_minute", Some(60.0 / 18.0))],
    );
    check(
        "who speaks wholly inside another's turn never had the floor, in a transcript as in a recording",
        "call\n0-10 buyer Ann 0 And that is what broke.\n3-4 seller Rob 0 Oh dear.\n12-15 seller Rob 0 And when was that?\n",
        &[("switches_per_minute", Some(4.0)), ("seller_patience_seconds", Some(2.0))],
    );
    check(
        "dealtone counts who takes the floor, Amazon who talks into it for long",
        "call\n\
         0-10 seller Rob 0 And that is all of the first part.\n\
         7.5-9.5 buyer Ann 0 But we have no first part.\n\
         10-20 seller Rob 0 Then there is the second part.\n\
         19.4-22 buyer Ann 0 Which one is that?\n",
        &[
            ("buyer_interruptions", Some(1.0)),
            ("buyer_interruptions_amazon", Some(1.0)),
            ("seller_interruptions_amazon", Some(0.0)),
            ("silence_seconds", Some(0.0)),
            ("buyer_talk_time_of_call", Some(100.0 * 4.6 / 22.0)),
        ],
    );
    check(
        "whose side nobody knows has neither been silent nor polite",
        "call\n0-10 unknown A 0 So that is that.\n8-20 unknown B 0 Is it?\n22-25 unknown A 0 It is.\n",
        &[
            ("seller_interruptions", None),
            ("seller_talk_time_of_call", None),
            ("switches_per_minute", None),
            ("silence_seconds", Some(2.0)),
        ],
    );
}
