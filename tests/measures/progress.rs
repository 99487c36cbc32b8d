//! Whether the deal moves: messages, meetings, steps, dates, signatures.

use crate::deals::check;

#[test]
fn messages_of_ours_wait_for_the_buyer_alone() {
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
}

#[test]
fn a_meeting_stands_by_its_words() {
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
        ("a parting until a Saturday", "- seller Rob 0 See you on Saturday at ten.\n- buyer Ann 0 Sure.\n", 1.0),
        ("a parting until a day of next week", "- seller Rob 0 See you next Sunday.\n- buyer Ann 0 Sure.\n", 1.0),
        ("a parting without a day", "- seller Rob 0 See you around.\n- buyer Ann 0 Sure.\n", 0.0),
    ] {
        check(what, &format!("call\n{said}"), &[("meetings_agreed_latest", Some(meetings))]);
    }
    let meets = "- seller Rob 0 Great, see you on Thursday.\n";
    check(
        "where the buyer had the last word, our latest meeting stands before it",
        &format!("call\n- buyer Ann 0 That is it.\n{meets}mail\n- buyer Ann 0 I have to think.\n"),
        &[("meetings_agreed_latest", Some(0.0)), ("meetings_agreed_our_latest", Some(1.0))],
    );
}

#[test]
fn a_step_has_a_day_where_it_names_one() {
    for (what, said, dated) in [
        ("a step with a day", "I will send it by the 15th.", 1.0),
        ("a day that is past", "May I write to him on what has changed since June?", 0.0),
        ("a step without one", "By the way, I will send you the deck.", 0.0),
        ("a step in an order", "The first thing is that I send you the deck.", 0.0),
        ("figures of another script behind a colon", "I send our list, 1:价格 2:支持.", 0.0),
    ] {
        check(what, &format!("call\n- seller Rob 0:next_step {said}\n"), &[("dated_next_steps", Some(dated))]);
    }
}

#[test]
fn a_date_is_put_over_where_another_stands_in_its_place() {
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
}

#[test]
fn a_delay_is_to_a_day_where_it_names_one_to_come() {
    for (what, said, to_a_day) in [
        ("a day", "Let us see on Monday.", 1.0),
        ("a season", "We leave that until the autumn.", 1.0),
        ("no day", "I want to leave that for now.", 0.0),
        ("the present day", "I don't want to go further into it today.", 0.0),
        ("a day behind the present one", "Not today, ask me in March.", 1.0),
    ] {
        let readings = [("stalls_to_a_day", Some(to_a_day)), ("stalls_without_a_day", Some(1.0 - to_a_day))];
        check(what, &format!("call\n- buyer Ann 0:stall {said}\n"), &readings);
    }
}

#[test]
fn what_is_given_or_decided_is_told_from_what_is_spoken_of() {
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
        "a signature is one that is given, not one that is spoken of",
        "mail\n- buyer Ann 0 Signed and attached.\n- buyer Ann 0:competitor@0.9 We have signed with Acme instead.\n\
         - buyer Ann 0 Once we have signed, who calls us?\n- buyer Ann 0 We've not signed yet.\n- seller Rob 0 We have signed too.\n",
        &[("signatures_recent", Some(1.0))],
    );
}
