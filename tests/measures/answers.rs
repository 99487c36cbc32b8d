//! What becomes of what the buyer asks.

use crate::deals::check;

#[test]
fn an_address_asks_nothing_and_a_question_may_be_answered_anywhere() {
    check(
        "an address with a question mark in it asks nothing",
        "mail\n- buyer Ann 0 Please use this folder from now on: https://share.example/f?id=77\n\
         mail\n- seller Rob 0 So glad you like it!\n",
        &[("questions_unmet", Some(0.0)), ("questions_left_by_mail", Some(0.0))],
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
}

#[test]
fn who_waits_for_an_answer_of_ours_is_told_from_who_waits_for_others() {
    for (what, said, reminders) in [
        ("a first question", "My question is how the export works for us.", 0.0),
        ("somebody else who was asked", "We asked our accountant to look at it as well.", 0.0),
        ("a second time of something else", "This is the second time we grow the team this year.", 0.0),
        ("a colleague who does not answer", "The form is with Erin. / No answer. I have asked twice.", 0.0),
        ("a question that is asked again", "I asked about the export last week.", 1.0),
        ("a wish that is said again", "I asked to read one of your letters and have had none.", 1.0),
        ("a second time of asking", "I am writing for the second time.", 1.0),
        ("no answer of ours", "Still no answer to my question.", 1.0),
        ("nothing in writing", "We still have nothing from you in writing.", 1.0),
        ("no need", "We need nothing from you for now.", 0.0),
        ("news from one of their own", "I heard back from legal, you can go ahead.", 0.0),
        ("a wait for a paper", "I am yet to receive the invoice.", 1.0),
        ("the same once more", "Brendan wants me to ask you the same thing again.", 1.0),
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
}

#[test]
fn an_answer_is_of_the_kind_that_was_asked_for() {
    for (what, asked, answer, left) in [
        ("a short noun", "When do we get a fix?", "So glad you like it!", 1.0),
        ("an abbreviation", "Do you have an API?", "So glad you like it!", 1.0),
        ("a short noun that comes back", "When do we get a fix?", "The fix comes.", 0.0),
        ("a number that is no time", "When does the pilot begin?", "I can take 5% off.", 1.0),
        ("a time for when", "When does the pilot begin?", "On Thursday.", 0.0),
        ("a place for where", "Where is all of it hosted?", "Dublin, on AWS, with a second site.", 0.0),
        ("no place for where", "Where is all of it hosted?", "You will love the new screens.", 1.0),
        ("a name for who", "Who looks after the servers?", "That would be Erin.", 0.0),
        ("a number for what it comes to", "What does all of it come to?", "It's fifty-two a head.", 0.0),
        ("somewhere without a name", "Where will the sensor go?", "Inside near the evaporator.", 0.0),
        ("somebody without a name", "To whom does the alarm go?", "It comes to your control room.", 0.0),
        ("what then", "And if two people edit the document?", "It merges.", 0.0),
        ("something else than what then", "And if two people edit the document?", "So glad you like the screens!", 1.0),
        ("a question without its mark", "Please confirm whether the application works offline.", "So glad!", 1.0),
        ("its answer", "Please confirm whether the application works offline.", "Yes.", 0.0),
        ("a wish that asks nothing", "Please treat the application as urgent.", "So glad!", 0.0),
        ("a courtesy", "Please let me know if anything is missing from the document.", "So glad!", 0.0),
        ("another", "Please let us know should you require further information.", "So glad!", 0.0),
    ] {
        let mails = format!("mail\n- buyer Ann 0 {asked}\nmail\n- seller Rob 0 {answer}\n");
        check(what, &mails, &[("questions_left_by_mail", Some(left))]);
    }
}

#[test]
fn a_word_that_opens_a_turn_answers_only_what_takes_a_yes() {
    for (what, asked, reply, unmet) in [
        ("a yes", "Do you support offline mode for crews?", "Yes, we do.", 0.0),
        ("a number", "How much does the premium support cost for fifty seats?", "Right, twelve a month.", 0.0),
        (
            "right",
            "How much does the premium support cost for fifty seats?",
            "Right, so the next slide shows Leeds.",
            1.0,
        ),
        (
            "sure",
            "How much does the premium support cost for fifty seats?",
            "Sure, so the next slide shows Leeds.",
            1.0,
        ),
        ("yeah", "How much does the premium support cost for fifty seats?", "Yeah, the next slide shows Leeds.", 1.0),
        (
            "a question that begins as one about the line",
            "Can you see any way to lower the licence fee?",
            "Here is Leeds.",
            1.0,
        ),
        ("one about the line", "Can you see my slides all right?", "Here is Leeds.", 0.0),
    ] {
        let deal = format!("call\n- buyer Bo 0 {asked}\n- seller Sam 0 {reply}\n");
        check(what, &deal, &[("questions_unmet", Some(unmet))]);
    }
}

#[test]
fn what_one_of_their_own_takes_up_was_not_asked_of_us() {
    for (what, next, unmet) in [
        ("nobody", "", 1.0),
        ("a colleague", "- buyer Ed 0 In the drawer behind you.\n", 0.0),
        ("a colleague who asks as well", "- buyer Ed 0 And where is the old one?\n", 2.0),
        ("the asker", "- buyer Bo 0 It must be somewhere.\n", 1.0),
    ] {
        let deal = format!("call\n- buyer Bo 0 Where is the signed copy?\n{next}- seller Sam 0 So glad you like it!\n");
        check(what, &deal, &[("questions_unmet", Some(unmet))]);
    }
}

#[test]
fn a_yes_to_the_step_that_we_proposed_leaves_nothing_to_pick_up() {
    let after = "- seller Rob 0 It has a nice app too.\n";
    for (what, before, said, missed) in [
        (
            "a yes to our step",
            "- seller Rob 0:next_step I send you the agreement.",
            "Yes, send it, I'm up for this.",
            0.0,
        ),
        (
            "a question behind our step",
            "- seller Rob 0:next_step I send you the agreement.",
            "Is it the same price for five?",
            1.0,
        ),
        ("a yes to no step", "- seller Rob 0 It has a nice calendar.", "I'm up for this.", 1.0),
        ("a step of its own", "- buyer Ann 0:next_step I read the agreement.", "I'm up for this.", 1.0),
    ] {
        let call = format!("call\n{before}\n- buyer Ann +:buying_signal {said}\n{after}");
        check(what, &call, &[("buying_signals_missed", Some(missed))]);
    }
}
