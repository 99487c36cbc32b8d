//! A list of deals takes little memory a deal: not what was found in it, and not the page of all rows at once.

use dealtone::{
    Deal, DealId,
    deal::CrmRecord,
    deal_report::{DealReport, finish},
    measure::Evidence,
    report::{Bundle, Listed, html},
    rules::{Finding, Kind, Rules, Severity},
};
use jiff::tz::TimeZone;

mod counting;

/// A report with `findings` risks and as many prompts, each with words that a list does not show.
fn report(deal: &Deal, findings: usize) -> DealReport {
    let mut report = finish(deal, &Rules::built_in(), Some("2026-06-01T00:00:00Z".parse().unwrap()));
    let finding = |n: usize, kind| Finding {
        name: format!("rule_{n}"),
        kind,
        severity: Severity::Medium,
        confidence: 0.9,
        message: "The buyer has been silent for 21 days.".into(),
        why: "Silence of this length seldom ends by itself. ".repeat(4),
        ask: "Ask what changed. ".repeat(4),
        clears_when: "The buyer writes or speaks again.".into(),
        because: Vec::new(),
        evidence: vec![Evidence::Absence { absence: "no call or mail since 11 May 2026".into() }; 5],
    };
    report.risks = (0..findings).map(|n| finding(n, Kind::Risk)).collect();
    report.coaching = (0..findings).map(|n| finding(n, Kind::Coaching)).collect();
    report
}

/// The most memory that a list of `deals` deals took until its page was written.
fn most_held(deals: usize) -> isize {
    let crm = CrmRecord {
        name: Some("Rota planning for 14 clinics".into()),
        account: Some("Kestrel Clinics".into()),
        amount: Some(86_000.0),
        owner: Some("Amy Reyes".into()),
        ..CrmRecord::default()
    };
    let (written, most) = counting::most_held(|| {
        let mut listed = Vec::with_capacity(deals);
        for n in 0..deals {
            let deal = Deal::new(DealId(format!("kestrel-clinics-{n:05}")), Some(crm.clone()));
            listed.push(Listed::of(&Bundle { deal: &deal, report: &report(&deal, 8) }));
        }
        let frame = html::Frame { zone: &TimeZone::UTC, made_at: None, not_read: &[] };
        let (before, after) = html::around(&listed, &frame);
        before.map(|part| part.len()).sum::<usize>() + after.len()
    });
    assert!(written > deals * 500, "each deal has its row");
    most
}

#[test]
fn a_deal_of_a_list_takes_a_kilobyte_and_a_half() {
    // What is made once, such as the templates, counts in neither.
    most_held(1);
    let (few, many) = (most_held(100), most_held(2100));
    let each = (many - few) / 2000;
    assert!(each < 1500, "{each} bytes a deal");
}
