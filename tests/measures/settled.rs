//! What takes a matter back, and what only sounds like it: each sentence is the last of the buyer's, after a deal in which the
//! matter was spoken of.

use crate::deals::check;

/// Holds the measure `name` against whether what is `said` after `deal` takes it back.
fn hold(name: &str, deal: &str, open: f64, cases: &[(&str, bool)]) {
    for (said, clears) in cases {
        let left = if *clears { 0.0 } else { open };
        let mut tone_and_words = said.splitn(2, '|');
        let (tone, words) = match (tone_and_words.next(), tone_and_words.next()) {
            (Some(tone), Some(words)) => (tone, words),
            _ => ("0", *said),
        };
        let mention = if tone.contains(':') { f64::from(!*clears) } else { 0.0 };
        check(said, &format!("{deal}mail\n- buyer Ann {tone} {words}\n"), &[(name, Some(left + mention))]);
    }
}

#[test]
fn an_alternative_is_out_where_it_is_said_of_it() {
    let deal = "mail\n- buyer Ann 0:competitor We also talk to the vendor Infraspeak.\n";
    hold(
        "competitor_mentions_open",
        deal,
        1.0,
        &[
            ("Infraspeak is out.", true),
            ("So Infraspeak's out then.", true),
            ("The board has turned Infraspeak down.", true),
            ("Infraspeak has been ruled out.", true),
            ("We are going with you and not with Infraspeak.", true),
            ("You have won the deal, Infraspeak knows.", true),
            ("0:competitor|Theirs is for the stock only, so that one is out.", true),
            ("The signed contract is attached.", true),
            ("The signed contract will be attached once Infraspeak has answered.", false),
            ("-:competitor|That one is out.", false),
            ("You won't beat Infraspeak.", false),
            ("I am sorry, you are out of the running and Infraspeak gets the contract.", false),
            ("As to Infraspeak, you are out.", false),
            ("We turned down your offer because the vendor Infraspeak was cheaper.", false),
            ("Legal thinks that going with you is riskier than the other vendor Infraspeak.", false),
            ("We want to go with you, the board wants Infraspeak.", false),
            ("The new release of Infraspeak is out, and it does everything that you lack.", false),
            ("The RFP is out, and Infraspeak and two others were invited.", false),
            ("Nothing says that Infraspeak is out.", false),
        ],
    );
}

#[test]
fn a_customer_stays_where_it_says_so_without_an_end_or_a_doubt() {
    let deal = "mail\n- buyer Ann 0:churn_intent We think of leaving you.\n";
    hold(
        "churn_signals_open",
        deal,
        1.0,
        &[
            ("We are staying with you until 2029.", true),
            ("We will renew.", true),
            ("We've renewed with you.", true),
            ("We are not leaving you.", true),
            ("We stay for another three years.", true),
            ("The board decided to stay with you.", true),
            ("Signed copy attached.", true),
            ("Please send the signed copy.", false),
            ("0:churn_intent|We will renew.", false),
            ("-|We will renew.", false),
            ("I doubt that we will renew.", false),
            ("I am not at all sure that we will renew.", false),
            ("It is unlikely that we will renew.", false),
            ("We stay until the end of the term and then we are gone.", false),
            ("This talk is not going anywhere.", false),
            ("We are not leaving this to chance.", false),
            ("We have renewed with Infraspeak instead.", false),
            ("Staying with you costs us more.", false),
        ],
    );
}

#[test]
fn an_upheaval_is_over_where_it_is_not_what_goes_on() {
    let deal = "mail\n- buyer Ann 0 There is a hiring freeze on.\n";
    let left = |said: &str, open: f64| {
        check(said, &format!("{deal}mail\n- buyer Ann 0 {said}\n"), &[("upheaval_open", Some(open))]);
    };
    left("The freeze is on, and the boilers go ahead regardless.", 0.0);
    left("The freeze is over.", 0.0);
    left("This goes ahead as planned.", 0.0);
    left("It does not affect our project.", 0.0);
    left("The merger goes ahead and that changes everything for us.", 2.0);
    left("The budget freeze goes on, so this has to wait until autumn.", 2.0);
    left("The layoffs are going ahead as planned, and it hits my team.", 2.0);
    left("I have nothing to do with it any more, I am leaving the company.", 2.0);
    left("The freeze is far from over.", 1.0);
}

#[test]
fn an_objection_is_settled_where_all_of_it_is() {
    let deal = "mail\n- buyer Ann 0:price_objection Your price is too high.\n";
    hold(
        "open_price_objections",
        deal,
        1.0,
        &[
            ("The price is settled.", true),
            ("The price is no longer an issue.", true),
            ("All sorted.", true),
            ("The price is settled for us.", true),
            ("Nothing is settled on the price.", false),
            ("None of it is settled.", false),
            ("The price is far from settled.", false),
            ("0:price_objection|The integration is no longer an issue, but the price is still too high.", false),
            ("The integration is no longer an issue.", false),
            ("-:price_objection|That is settled.", false),
            ("0:price_objection|We settled on a budget of 20k and your price is twice that.", false),
        ],
    );
}

#[test]
fn paper_is_through_where_all_of_what_was_held_up_is() {
    let deal = "mail\n- buyer Ann -:paper_process The security review is stuck.\n";
    for (said, cleared) in [
        ("The review is finished.", 1.0),
        ("Security signed it off and the review is complete.", 1.0),
        ("None of the security review is completed.", 0.0),
        ("Nothing is approved by security.", 0.0),
        ("Legal approved the NDA, the security review is another matter.", 0.0),
        ("Legal approved the NDA.", 0.0),
        ("Half of the security review is completed.", 0.0),
    ] {
        let deal = format!("{deal}mail\n- buyer Ann 0:paper_process {said}\n");
        check(said, &deal, &[("paper_cleared", Some(cleared))]);
    }
}

#[test]
fn who_joins_decides_where_it_says_so_of_the_deal() {
    for (said, decides) in [
        ("I do the money here and I decide on this.", 1.0),
        ("That's my call.", 1.0),
        ("It comes out of my budget.", 1.0),
        ("I can sign this.", 1.0),
        ("Sorry, my call with procurement ran over.", 0.0),
        ("Sorry, my call dropped.", 0.0),
        ("That's my call dropping.", 0.0),
        ("It is out of my budget.", 0.0),
        ("I can sign up for the trial.", 0.0),
    ] {
        let deal =
            format!("call\n- buyer Bo 0:authority_gap I cannot decide this alone.\ncall\n- buyer Kim 0 {said}\n");
        check(said, &deal, &[("deciders_joined", Some(decides))]);
    }
}

#[test]
fn a_delay_ends_with_a_day_on_which_something_new_stands() {
    for (step, dated) in [
        ("next_step Let us start on Thursday the 2nd of April.", 1.0),
        ("timeline We decide after the call on Thursday.", 1.0),
        ("next_step I will call you back today.", 0.0),
        ("next_step I will call you back on Thursday.", 0.0),
        ("next_step I have had it on my desk since June.", 0.0),
    ] {
        let deal = format!("mail\n- buyer Ann 0:stall Not this year.\nmail\n- buyer Ann 0:{step}\n");
        check(step, &deal, &[("buyer_dates_after_last_stall", Some(dated))]);
    }
}
