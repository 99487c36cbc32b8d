//! Readings, and what tables show of a conversation and of the people in it, on deals as small as they can be.
//!
//! A deal is written as `call` or `mail`, each followed by its lines, as `0.0-4.5 seller Rob + What did you see?`: times in
//! seconds (`-` where there are none), side, speaker, tone (`+`, `-`, `0`, or a negative balance: `-0.5`), words. Behind the
//! tone may stand intents, as `0:stall@0.7` (certain where no probability stands). Words that end in `(x40)` are said forty
//! times over. A turn is one utterance; where ` / ` stands in it, one more begins.

use dealtone::{
    Channel, Conversation, ConversationId, Deal, DealId, Intents, Provenance, Scored, Sentiment, Side, Source, Turn,
    Utterance,
    deal_report::finish,
    measure::{Evidence, Readings, measure, shape::shapes},
    report::{Bundle, csv, html, table},
    rules::Rules,
    utterance::Millionths,
};
use jiff::tz::TimeZone;

#[test]
fn readings_are_as_defined_and_absent_where_their_data_is() {
    check(
        "questions are counted by side, open and closed apart",
        "call\n\
         - seller Rob 0 How do you do it today?\n\
         - buyer Ann 0 With a sheet. Do you have one?\n\
         - seller Rob 0 Is it that big? And who fills it?\n\
         - buyer Ann 0 Ben, right?\n\
         call\n\
         - seller Rob 0 Is that so?\n\
         - buyer Ann 0 It is.\n",
        &[
            ("seller_questions_per_call", Some(1.5)),
            ("seller_open_questions_per_call", Some(1.0)),
            ("seller_closed_questions_per_call", Some(0.5)),
            ("buyer_questions_per_call", Some(1.0)),
            ("buyer_open_questions_per_call", Some(0.0)),
            ("buyer_closed_questions_per_call", Some(1.0)),
            ("seller_questions_per_hour", None),
        ],
    );
    check(
        "a transcript without marks has questions too",
        "call\n- seller Rob 0 how do you do it today\n- buyer Ann 0 can you show us yours\n",
        &[("seller_open_questions_per_call", Some(1.0)), ("buyer_closed_questions_per_call", Some(1.0))],
    );
    check(
        "a question has its mark in other scripts too, and an address has none",
        "call\n- seller Rob 0 いつ始まりますか？ はい。\n- buyer Ann 0 It is at https://x.example/f?id=7. متى نبدأ؟\n",
        &[("seller_questions_per_call", Some(1.0)), ("buyer_questions_per_call", Some(1.0))],
    );
    check(
        "a machine's label is no person that can be counted over calls, a role is",
        "call\n- buyer Speaker_2 0 Yes.\ncall\n- buyer Speaker_2 0 No.\n",
        &[("buyer_people_active", None), ("buyer_interactions", Some(2.0))],
    );
    check(
        "a role is one person in all calls",
        "call\n- buyer Customer 0 Yes.\ncall\n- buyer Customer 0 No.\n",
        &[("buyer_people_active", Some(1.0))],
    );
    check(
        "what only an unknown side says is no message of ours",
        "mail\n- seller Rob 0 Shall we talk?\nmail\n- unknown Kim 0 Hello all.\n",
        &[("unanswered_seller_messages", Some(1.0))],
    );
    check(
        "where no side is known nobody can tell what was answered",
        "call\n- unknown Kim 0 Hello all.\n",
        &[("unanswered_seller_messages", Some(0.0)), ("days_since_unanswered_seller_message", None)],
    );
    check(
        "a voice of unknown side breaks in on nobody's, and nobody's on it",
        "call\n0-10 unknown Speaker_3 0 So we said that in May.\n5-12 seller Rob 0 So when would that be?\n\
         13-14 buyer Ann 0 In June.\n15-16 unknown Speaker_3 0 In July.\n17-18 buyer Ann 0 Or then.\n",
        &[("seller_interruptions", Some(0.0)), ("switches_per_minute", Some(60.0 / 18.0))],
    );
    check(
        "the forms of questions are those of English",
        "call\n\
         - seller Rob 0 Wie machen Sie das heute mit den Anfragen aus den Filialen, und wer liest das?\n\
         - buyer Ann 0 Ganz von Hand, jede Woche an einem Freitag, und dann noch einmal am Montag, weil sonst etwas fehlt.\n",
        &[
            ("seller_questions_per_call", Some(1.0)),
            ("seller_open_questions_per_call", None),
            ("seller_closed_questions_per_call", None),
        ],
    );
    check(
        "an hour is counted from five minutes on",
        "call\n0-150 seller Rob 0 How so?\n150-300 buyer Ann 0 It broke. Why is that?\n300-600 seller Rob 0 Who knows?\n",
        &[("seller_questions_per_hour", Some(12.0)), ("buyer_questions_per_hour", Some(6.0))],
    );
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
    for (what, said, meetings) in [
        (
            "a parting that names the day",
            "- buyer Ann 0 That is it.\n- seller Rob 0 Great, see you on Thursday.\n",
            1.0,
        ),
        ("a yes to a day", "- seller Rob 0 Shall we say Friday at ten?\n- buyer Ann 0 Yes, fine.\n", 1.0),
        ("no yes to a day", "- seller Rob 0 Shall we say Friday at ten?\n- buyer Ann 0 I will ring you.\n", 0.0),
        ("a day of the past", "- seller Rob 0 What happened on Friday?\n- buyer Ann 0 Yes, it broke.\n", 0.0),
        (
            "a question about a day of the past",
            "- seller Rob 0 Can you tell me what happened on Friday?\n- buyer Ann 0 Yes, it broke.\n",
            0.0,
        ),
        ("a question that names a month", "- seller Rob 0 Does your contract end in March?\n- buyer Ann 0 Yes.\n", 0.0),
        (
            "a yes that takes it back",
            "- seller Rob 0 How about Thursday?\n- buyer Ann 0 Great, but Thursday is out.\n",
            0.0,
        ),
        ("a greeting", "- buyer Ann 0 Good to see you today.\n- seller Rob 0 Likewise.\n", 0.0),
        ("a parting without a day", "- seller Rob 0 See you around.\n- buyer Ann 0 Sure.\n", 0.0),
    ] {
        check(what, &format!("call\n{said}"), &[("meetings_agreed_latest", Some(meetings))]);
    }
    let asks = "- seller Rob 0:discovery_question How do you do it today?\n";
    let tells = "- seller Rob 0 That is how it works.\n";
    let pushes = "- seller Kim 0:pressure It is today or never.\n";
    check(
        "how our side began is the first half of what it says",
        &format!("call\n{}{}{}", asks.repeat(2), tells.repeat(3), pushes.repeat(5)),
        &[("listening_balance_at_first", Some(0.4)), ("listening_balance", Some(-0.3))],
    );
    check(
        "four utterances are no beginning",
        &format!("call\n{}{}", asks.repeat(4), tells.repeat(5)),
        &[("listening_balance_at_first", None), ("listening_balance", Some(4.0 / 9.0))],
    );
    check(
        "one of us who listens has listened, whatever the other one does",
        &format!("call\n{}{}{}", asks.repeat(2), tells.repeat(3), pushes.repeat(5)),
        &[("best_listener_balance", Some(0.4))],
    );
    check(
        "four utterances make no listener",
        &format!("call\n{}{}", asks.repeat(4), pushes.repeat(4)),
        &[("best_listener_balance", None)],
    );
    let price = "- buyer Ann -:price_objection That is more than we can do.\n";
    for (what, answer, after, share) in [
        ("an objection that is argued with", tells, "- buyer Ann - Hm, no.\n", Some(100.0)),
        ("an objection that is asked about", asks, "- buyer Ann - Hm, no.\n", Some(0.0)),
        ("what is taken well was no argument", tells, "- buyer Ann 0 I see.\n", Some(0.0)),
        ("what nobody answers is not argued with", "", "", None),
    ] {
        check(what, &format!("call\n{price}{answer}{after}"), &[("objections_argued_share", share)]);
    }
    let rival = "- buyer Ann 0:competitor We also look at Dunlin.\n";
    for (what, answer, times) in [
        ("a question after an alternative", "- seller Rob 0 What do you like about them?\n", 1.0),
        (
            "a question that comes too late",
            "- seller Rob 0 Ah, them.\n- seller Rob 0 What do you like about them?\n",
            0.0,
        ),
        ("no question", tells, 0.0),
        ("a question about another thing", "- seller Rob 0 Shall I book you in for Monday?\n", 0.0),
        ("an \"it\" that is something else", "- seller Rob 0 Laptops, or is it phones?\n", 0.0),
        ("a question with its name", "- seller Rob 0 And what does Dunlin cost?\n", 1.0),
        ("something said of it", "- seller Rob 0:competitor Ours is on the shelf and Dunlin's is not.\n", 1.0),
    ] {
        check(what, &format!("call\n{rival}{answer}"), &[("competitor_taken_up", Some(times))]);
    }
    let gap = "call\n- buyer Ann 0:authority_gap The trustees decide.\n";
    for (what, said, told) in [
        ("a yes that is told", "They have agreed to it.", 1.0),
        ("a yes to come", "Once they have approved it, I will call.", 0.0),
        ("no yes", "Nobody has signed.", 0.0),
        ("a question for it", "Has it been approved?", 0.0),
    ] {
        check(what, &format!("{gap}- buyer Ann 0 {said}\n"), &[("approvals_told", Some(told))]);
    }
    let date = "call\n- buyer Ann 0:timeline The board decides on the second of June.\nmail\n";
    for (what, said, over) in [
        ("a decision that is put over", "The item was carried over to July.", 1.0),
        ("a call that is put over", "Our call is moved to Thursday.", 0.0),
        ("a delay that moves nothing", "I need until Friday to read it.", 0.0),
        ("a date that is moved without a time", "It was deferred.", 0.0),
        ("a day that is given up", "So the eighth is gone, best case is October.", 1.0),
        ("a word of a month that is a verb", "We may have to look at the training instead.", 0.0),
        ("a soothing word", "June won't be a problem for them.", 0.0),
    ] {
        check(what, &format!("{date}- buyer Ann 0:stall {said}\n"), &[("dates_put_over", Some(over))]);
    }
    for (what, said, over) in [
        ("a date that is not kept, read as a date", "So the eighth is gone. Best case is the October committee.", 1.0),
        ("a date that is kept", "The eighth is no longer a problem, October is fine.", 0.0),
    ] {
        check(what, &format!("{date}- buyer Ann 0:timeline {said}\n"), &[("dates_put_over", Some(over))]);
    }
    for (what, said, moved) in [
        ("a date of ours that is not kept", "We cannot go live on the second of June.", 1.0),
        ("a date of ours that is kept", "That won't be a problem, we go live on the second of June.", 0.0),
    ] {
        check(what, &format!("{date}- seller Rob 0:timeline {said}\n"), &[("dates_moved_by_us", Some(moved))]);
    }
    for (what, said, dated) in [
        ("a step with a day", "I will send it by the 15th.", 1.0),
        ("a step without one", "By the way, I will send you the deck.", 0.0),
        ("a step in an order", "The first thing is that I send you the deck.", 0.0),
        ("figures of another script behind a colon", "I send our list, 1:价格 2:支持.", 0.0),
    ] {
        check(what, &format!("call\n- seller Rob 0:next_step {said}\n"), &[("dated_next_steps", Some(dated))]);
    }
    check(
        "after the last word nothing was said, which is neither good nor bad",
        "call\n- seller Rob 0 So?\n- buyer Ann -:price_objection,authority_gap That is more than he would sign.\n",
        &[("buyer_tone_since_price_objection", None), ("buyer_tone_since_authority_gap", None)],
    );
    check(
        "an address with a question mark in it asks nothing",
        "mail\n- buyer Ann 0 Please use this folder from now on: https://share.example/f?id=77\n\
         mail\n- seller Rob 0 So glad you like it!\n",
        &[("questions_unmet", Some(0.0)), ("questions_left_by_mail", Some(0.0))],
    );
    for (what, said, reminders) in [
        ("a first question", "My question is how the export works for us.", 0.0),
        ("somebody else who was asked", "We asked our accountant to look at it as well.", 0.0),
        ("a second time of something else", "This is the second time we grow the team this year.", 0.0),
        ("a colleague who does not answer", "The form is with Erin. / No answer. I have asked twice.", 0.0),
        ("a question that is asked again", "I asked about the export last week.", 1.0),
        ("a wish that is said again", "I asked to read one of your letters and have had none.", 1.0),
        ("a second time of asking", "I am writing for the second time.", 1.0),
        ("no answer of ours", "Still no answer to my question.", 1.0),
    ] {
        let mail = format!("mail\n- buyer Ann 0 {said}\nmail\n- seller Rob 0 So glad you like it!\n");
        check(what, &mail, &[("buyer_reminders", Some(reminders))]);
    }
    for (what, said, missed) in [
        ("an answer that never came", "Two weeks, no answer on the ticket.", 1.0),
        ("an answer that a colleague owes", "It lies with Erin, no answer on the form.", 0.0),
        ("a second mention of asking", "I asked Ben, and I asked on Tuesday.", 1.0),
        ("asking for the fourth time", "I've asked four times now.", 1.0),
        ("what was asked of others", "We asked again our lawyer.", 0.0),
    ] {
        let mail = format!("mail\n- buyer Ann 0 {said}\nmail\n- seller Rob 0 So glad you like it!\n");
        check(what, &mail, &[("answers_missed", Some(missed))]);
    }
    for (what, asked, answer, left) in [
        ("a short noun", "When do we get a fix?", "So glad you like it!", 1.0),
        ("an abbreviation", "Do you have an API?", "So glad you like it!", 1.0),
        ("a short noun that comes back", "When do we get a fix?", "The fix comes.", 0.0),
        ("a number that is no time", "When does the pilot begin?", "I can take 5% off.", 1.0),
        ("a time for when", "When does the pilot begin?", "On Thursday.", 0.0),
        ("a place for where", "Where is all of it hosted?", "Dublin, on AWS, with a second site.", 0.0),
        ("no place for where", "Where is all of it hosted?", "You will love the new screens.", 1.0),
        ("a name for who", "Who looks after the servers?", "That would be Erin.", 0.0),
    ] {
        let mails = format!("mail\n- buyer Ann 0 {asked}\nmail\n- seller Rob 0 {answer}\n");
        check(what, &mails, &[("questions_left_by_mail", Some(left))]);
    }
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
    check(
        "amends for a fault are no early discount",
        "call\n- buyer Ann - It was down for two days.\n\
         - seller Rob 0:concession I am sorry, and I will put a credit of two months on it.\n",
        &[("discount_before_asked", Some(0.0)), ("discovery_before_first_concession", None)],
    );
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
        "who speaks wholly inside another's turn never had the floor, in a transcript as in a recording",
        "call\n0-10 buyer Ann 0 And that is what broke.\n3-4 seller Rob 0 Oh dear.\n12-15 seller Rob 0 And when was that?\n",
        &[("switches_per_minute", Some(4.0)), ("seller_patience_seconds", Some(2.0))],
    );
    check(
        "a delay is sure from four fifths on",
        "call\n- buyer Ann 0:stall@0.8 Let us see next year.\n- buyer Ann 0:stall@0.79 Perhaps later.\n",
        &[("stalls_recent_sure", Some(1.0)), ("stalls_recent", Some(2.0))],
    );
    check(
        "a decision against us is one that was taken, in the buyer's latest interaction",
        "mail\n- buyer Ann 0:competitor@0.9 We went with Acme for the tills.\n\
         mail\n- buyer Ann 0:churn_intent@0.9 We will not renew.\n- buyer Ann 0:competitor@0.9 We might have chosen you.\n\
         - buyer Ann 0:competitor@0.9 Ben has seen Acme.\n- buyer Ann 0 The board has approved the paper.\n",
        &[("decided_against_us", Some(1.0))],
    );
    check(
        "a question is left by our message, not by a call, nor where its word, a yes or its number comes back",
        "mail\n- buyer Ann 0 Where are the servers, and who has a key?\n- buyer Ann 0 How many can use it at once?\n\
         - buyer Ann 0 Is there a version for phones?\n- buyer Ann 0 What happens to old orders?\n\
         mail\n- seller Rob 0 So glad you like it!\n- seller Rob 0 Forty.\n- seller Rob 0 An order is kept for good.\n",
        &[("questions_left_by_mail", Some(2.0))],
    );
    check(
        "what is asked by mail may be answered by phone",
        "mail\n- buyer Ann 0 Where are the servers, and who has a key?\ncall\n- seller Rob 0 Good morning, about your mail.\n",
        &[("questions_left_by_mail", Some(0.0))],
    );
    check(
        "who asks waits for the answer",
        "call\n- seller Rob 0 Can you hear me?\n- buyer Ann 0 I can.\n- seller Rob 0 How many tills?\n\
         - seller Rob 0 Full bar? Here is a screen for that.\n- seller Rob 0:next_step@0.9 Thursday at nine?\n",
        &[("questions_first_call", Some(1.0))],
    );
    check(
        "a signature is one that is given, not one that is spoken of",
        "mail\n- buyer Ann 0 Signed and attached.\n- buyer Ann 0:competitor@0.9 We have signed with Acme instead.\n\
         - buyer Ann 0 Once we have signed, who calls us?\n- buyer Ann 0 We've not signed yet.\n- seller Rob 0 We have signed too.\n",
        &[("signatures_recent", Some(1.0))],
    );
    let meets = "- seller Rob 0 Great, see you on Thursday.\n";
    check(
        "where the buyer had the last word, our latest meeting stands before it",
        &format!("call\n- buyer Ann 0 That is it.\n{meets}mail\n- buyer Ann 0 I have to think.\n"),
        &[("meetings_agreed_latest", Some(0.0)), ("meetings_agreed_our_latest", Some(1.0))],
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
    check(
        "stories of the buyer are measured in words where there are no times",
        "call\n- buyer Ann 0 We lost two of them.\n- seller Rob 0 Mm-hm.\n- buyer Ann 0 In March.\n- seller Rob 0 Go on then.\n",
        &[("longest_buyer_story_words", Some(7.0)), ("longest_buyer_story_seconds", None)],
    );
}

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

const CALL: &str = "call\n\
    0-10 seller Rob 0 What did you see in the first week of it?\n\
    10.5-20 buyer Ann - It broke twice, and nobody knew why that was.\n\
    19-26 seller Eve 0 Was it the import?\n\
    26-27 buyer Ben 0 Mm-hm.\n\
    27-40 seller Eve 0 Then it is the one that we have mended in the new version.\n\
    36-44 buyer Ann + That would help us.\n\
    50-52 unknown Speaker_3 0 Bye.\n";

#[test]
fn what_tables_say_of_sides_and_people_agrees_with_the_readings() {
    let deal = read(CALL);
    let (readings, shapes) = (readings(&deal), shapes(&deal));
    let [call] = &shapes[..] else { panic!("one call") };
    for (side, name, of) in [(Side::Seller, "seller", &call.seller), (Side::Buyer, "buyer", &call.buyer)] {
        let reading = |rest: &str| readings.get(format!("{name}_{rest}").as_str()).map(|r| r.value);
        let people = || call.people.iter().filter(move |p| p.side == side);
        assert_eq!(of.interruptions.map(|n| n as f64), reading("interruptions"));
        assert_eq!(of.interruptions, people().map(|p| p.interruptions_made).sum());
        assert_eq!(of.interruptions_amazon.map(|n| n as f64), reading("interruptions_amazon"));
        assert_eq!(of.open_questions.map(|n| n as f64), reading("open_questions_per_call"));
        assert_eq!(of.questions, people().map(|p| p.questions).sum::<usize>());
        assert_eq!(of.talk_time_of_call, reading("talk_time_of_call"));
        assert_eq!(of.words_per_minute, reading("words_per_minute"));
        assert_eq!(of.words, people().map(|p| p.words).sum::<usize>());
        assert_eq!(of.stretch_words, people().filter_map(|p| p.stretch_words).max());
        let longest = people().filter_map(|p| p.stretch_s).fold(0.0, f64::max);
        assert_eq!(of.stretch_s, Some(longest));
    }
    assert_eq!(call.patience_s, readings.get("seller_patience_seconds").map(|r| r.value));
    assert_eq!(call.length_s, Some(52.0));
    assert_eq!(call.silence_s, readings.get("silence_seconds").map(|r| r.value));
}

#[test]
fn a_page_tells_the_stretches_and_questions_of_the_readings() {
    let deal = read(
        "call\n- seller Rob 0 First there is the import. (x20)\n- buyer Ann 0 Mm-hm.\n- seller Rob 0 It is at \
         https://x.example/f?id=7 and runs. (x20)\n- buyer Ann 0 When?\n",
    );
    let report = finish(&deal, &Rules::built_in(), None);
    assert_eq!(readings(&deal)["longest_seller_turn_words"].value, 220.0);
    let page = html::served::deal_page(&Bundle { deal: &deal, report: &report }, &TimeZone::UTC);
    assert!(page.contains("220 words, Rob") && page.contains("us 0, buyer 1"), "{page}");
}

#[test]
fn people_stand_in_the_order_in_which_they_spoke_and_what_is_not_known_is_a_gap() {
    let deal =
        read(&format!("{CALL}mail\n- buyer Ann + We love it. / When do we start?\n- buyer Ann 0 See you then.\n"));
    let report = finish(&deal, &Rules::built_in(), None);
    let people = table::people(&[Bundle { deal: &deal, report: &report }]);
    let shown = [
        "channel",
        "person",
        "side",
        "words",
        "word_share",
        "turns",
        "longest_words",
        "longest_s",
        "talk_s",
        "questions",
        "open_questions",
        "interruptions_made",
        "interruptions_suffered",
        "utterances",
        "tone",
    ];
    let columns: Vec<_> = people.columns.into_iter().filter(|c| shown.contains(&c.name)).collect();
    let rounded = columns.into_iter().map(|mut column| {
        for cell in &mut column.cells {
            if let table::Cell::Number(x) = cell {
                *x = (*x * 10.0).round() / 10.0;
            }
        }
        column
    });
    let text = csv::write(&table::Table { columns: rounded.collect(), ..people }).replace("\r\n", "\n");
    let expected = "\
        channel,person,side,words,word_share,turns,longest_words,longest_s,talk_s,questions,open_questions,interruptions_made,interruptions_suffered,utterances,tone\n\
        call,Rob,seller,10,23.8,1,10,10,10,1,1,0,0,1,0\n\
        call,Ann,buyer,13,31,2,9,9.5,17.5,0,0,1,1,2,0\n\
        call,Eve,seller,17,40.5,2,17,21,20,1,0,1,1,2,0\n\
        call,Ben,buyer,1,2.4,1,1,1,1,0,0,0,0,1,0\n\
        call,Speaker_3,unknown,1,2.4,1,1,2,2,0,0,,,1,0\n\
        email,Ann,buyer,10,,2,,,,1,1,,,3,0.7\n";
    assert_eq!(text, expected);
}

fn check(what: &str, text: &str, expected: &[(&str, Option<f64>)]) {
    let readings = readings(&read(text));
    for (name, value) in expected {
        assert!(dealtone::measure::row(name).is_some(), "{name} is no measure");
        let found = readings.get(name).map(|r| r.value);
        let same = match (found, value) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            (a, b) => a.is_none() && b.is_none(),
        };
        assert!(same, "{what}: {name} is {found:?}, not {value:?}");
    }
}

fn readings(deal: &Deal) -> Readings {
    measure(deal, dealtone::Timestamp::MAX, &[]).0
}

fn read(text: &str) -> Deal {
    let mut conversations: Vec<Scored> = Vec::new();
    for row in text.lines() {
        match row {
            "call" => conversations.push(empty(conversations.len(), Channel::Call)),
            "mail" => conversations.push(empty(conversations.len(), Channel::Email)),
            _ => say(conversations.last_mut().expect("a conversation before the first line"), row),
        }
    }
    let mut deal = Deal::new(DealId("d".into()), None);
    conversations.into_iter().for_each(|c| deal.absorb(c).expect("one provenance"));
    deal
}

fn say(scored: &mut Scored, row: &str) {
    let [times, side, speaker, tone, words] = row.splitn(5, ' ').collect::<Vec<_>>()[..] else { panic!("{row:?}") };
    let ms = |seconds: &str| (seconds.parse::<f64>().expect("seconds") * 1000.0) as u64;
    let times = times.split_once('-').filter(|(start, _)| !start.is_empty()).map(|(a, b)| (ms(a), ms(b)));
    let words = match words.trim_end_matches(')').rsplit_once(" (x") {
        Some((words, times)) => vec![words; times.parse().expect("(xN)")].join(" "),
        None => words.to_owned(),
    };
    let p = |yes: bool| if yes { Millionths::ONE } else { Millionths(0) };
    let (tone, intents) = tone.split_once(':').unwrap_or((tone, ""));
    let sentiment = match tone.strip_prefix('-').and_then(|below| below.parse::<f64>().ok()) {
        Some(below) => {
            let negative = (1.0 + below) / 2.0;
            Sentiment::new(Millionths::round(negative), Millionths(0), Millionths::round(1.0 - negative), 0.0)
        }
        None => Sentiment::new(p(tone == "-"), p(tone == "0"), p(tone == "+"), 0.0),
    };
    let intent = |one: &str| {
        let (name, p) = one.split_once('@').unwrap_or((one, "1"));
        (name.parse().expect("an intent"), Millionths::round(p.parse().expect("a probability")))
    };
    let intents = Intents(intents.split(',').filter(|one| !one.is_empty()).map(intent).collect());
    let turn = scored.conversation.turns.len();
    let mut text = String::new();
    for part in words.split(" / ") {
        let start = if text.is_empty() { 0 } else { text.len() + 1 };
        text = if text.is_empty() { part.to_owned() } else { format!("{text} {part}") };
        scored.utterances.push(Utterance { turn, span: start..text.len(), sentiment, intents: intents.clone() });
    }
    scored.conversation.turns.push(Turn {
        speaker: speaker.to_owned(),
        side: match side {
            "buyer" => Side::Buyer,
            "seller" => Side::Seller,
            _ => Side::Unknown,
        },
        start_ms: times.map(|t| t.0),
        end_ms: times.map(|t| t.1),
        text,
    });
}

fn empty(number: usize, channel: Channel) -> Scored {
    Scored {
        conversation: Conversation {
            id: ConversationId(format!("d/{number}")),
            deal: DealId("d".into()),
            channel,
            started_at: Some(format!("2026-03-{:02}T10:00:00Z", number + 1).parse().expect("a moment")),
            title: String::new(),
            participants: vec![],
            turns: vec![],
            mail: None,
            recording: None,
            source: Source::default(),
            revision: 0,
        },
        utterances: vec![],
        provenance: Provenance::default(),
    }
}
