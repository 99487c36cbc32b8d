//! A deal that the CRM calls won or lost: behind all that are open, and told as what happened.

use dealtone::{
    measure::{Reading, Unit},
    report::{Listed, html, markdown, terminal},
};
use jiff::tz::TimeZone;

use crate::fixture::{self, Made};

const ASK: &str = "What would make this number a yes?";

fn in_stage(stage: &str) -> Made {
    let mut made = fixture::plain();
    made.report.coaching.truncate(1);
    made.report.crm.as_mut().unwrap().stage = Some(stage.into());
    made
}

#[test]
fn its_page_says_so_near_the_head_and_asks_nothing() {
    for (stage, head, ended) in [
        ("Closed Lost", "Lost, says the CRM.", true),
        ("closedwon", "Won, says the CRM.", true),
        ("Proposal", "says the CRM", false),
    ] {
        let made = in_stage(stage);
        for page in [
            terminal::show(&made.bundle(), &TimeZone::UTC, terminal::Style::PLAIN),
            html::served::deal_page(&made.bundle(), &TimeZone::UTC),
            markdown::brief(&made.bundle(), &TimeZone::UTC),
        ] {
            let at = page.find(head);
            assert_eq!(at.is_some(), ended, "{page}");
            assert!(at < page.find("That is more than we can do this year."), "{page}");
            assert_eq!(page.contains(ASK), !ended, "{page}");
            assert_eq!(page.contains("Clears when"), !ended, "{page}");
            assert!(page.contains("Price was objected to in 2 of 3 conversations."), "{page}");
        }
    }
}

#[test]
fn what_the_buyer_signed_is_told_near_the_head_until_the_crm_says_how_it_ended() {
    for (stage, signed, told) in [("Proposal", 1.0, true), ("Proposal", 0.0, false), ("Closed Won", 1.0, false)] {
        let mut made = in_stage(stage);
        let turn = made.report.risks[0].evidence[0].clone();
        let reading = Reading { value: signed, unit: Unit::Count, rests_on: None, evidence: vec![turn] };
        made.report.readings.insert("signatures_recent", reading);
        for page in [
            terminal::show(&made.bundle(), &TimeZone::UTC, terminal::Style::PLAIN),
            html::served::deal_page(&made.bundle(), &TimeZone::UTC),
            markdown::brief(&made.bundle(), &TimeZone::UTC),
        ] {
            let words = "The buyer says that it has signed: “That is more than we can do this year.” (Steph Ormerod)";
            assert_eq!(page.contains(words), told, "{stage}, {signed}: {page}");
        }
    }
}

#[test]
fn on_the_list_it_stands_behind_every_open_deal_and_raises_no_alarm() {
    let lost = in_stage("Closed Lost");
    let mut open = in_stage("Proposal");
    open.report.risks.clear();
    open.report.crm.as_mut().unwrap().name = Some("An open deal".into());
    let bundles = [lost.bundle(), open.bundle()];
    let listed = bundles.each_ref().map(Listed::of);
    let frame = html::Frame { zone: &TimeZone::UTC, made_at: None, not_read: &[] };
    for page in
        [terminal::attention_list(&listed, &TimeZone::UTC, terminal::Style::PLAIN), html::page(&bundles, &frame)]
    {
        let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} is not in\n{page}"));
        assert!(place("An open deal") < place("Acme renewal"), "{page}");
        assert!(place("What was found: Price was objected to") < place("Lost, says the CRM."), "{page}");
        assert!(!["with a high risk", "High:", ">High<"].iter().any(|alarm| page.contains(alarm)), "{page}");
    }
}
