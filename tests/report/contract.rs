//! The lines of the output contract, word for word: users' scripts rest on them.

use dealtone::{
    attention::Rank,
    deal_report::DealReport,
    report::{Listed, NotRead, crm, html, jsonl, markdown, ranks, terminal},
};

use crate::fixture;

#[test]
fn utterance_lines_are_as_promised() {
    let made = fixture::plain();
    let lines = jsonl::utterances(&made.deal);
    let expected = [
        r#"{"deal":"north/acme","conversation":"north/acme/2026-02-10_0930.vtt","turn":0,"span":[0,46],"speaker":"Declan Purvis","side":"seller","at_ms":0,"text":"How does an enquiry travel through the branch?","sentiment":{"label":"neutral","negative":0.05,"neutral":0.9,"positive":0.05},"intents":{"discovery_question":0.93}}"#,
        r#"{"deal":"north/acme","conversation":"north/acme/2026-02-10_0930.vtt","turn":1,"span":[0,38],"speaker":"Steph Ormerod","side":"buyer","at_ms":12000,"text":"That is more than we can do this year.","sentiment":{"label":"negative","negative":0.9,"neutral":0.08,"positive":0.02},"intents":{"price_objection":0.93}}"#,
        r#"{"deal":"north/acme","conversation":"north/acme/2026-02-10_0930.vtt","turn":2,"span":[0,6],"speaker":"Speaker 3","side":"unknown","at_ms":20500,"text":"Mm-hm.","sentiment":{"label":"neutral","negative":0.05,"neutral":0.9,"positive":0.05},"intents":{}}"#,
        r#"{"deal":"north/acme","conversation":"north/acme/2026-03-04_1115.eml","turn":0,"span":[0,30],"speaker":"Steph Ormerod","side":"buyer","at_ms":null,"text":"We love it, send the contract.","sentiment":{"label":"positive","negative":0.02,"neutral":0.08,"positive":0.9},"intents":{"buying_signal":0.93,"paper_process":0.93}}"#,
        r#"{"deal":"north/acme","conversation":"north/acme/undated.txt","turn":0,"span":[0,6],"speaker":"Declan Purvis","side":"seller","at_ms":null,"text":"Hello.","sentiment":{"label":"neutral","negative":0.05,"neutral":0.9,"positive":0.05},"intents":{}}"#,
    ];
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    assert!(lines.ends_with('\n'));
}

#[test]
fn the_deal_line_holds_what_the_contract_names() {
    let line = jsonl::deal(&fixture::plain().report);
    assert_eq!(line.matches('\n').count(), 1);
    let deal: serde_json::Value = serde_json::from_str(&line).unwrap();
    for (pointer, value) in [
        ("/deal", serde_json::json!("north/acme")),
        ("/as_of", serde_json::json!("2026-03-20T22:30:00Z")),
        ("/health/score", serde_json::json!(38)),
        ("/health/contributions/0/points", serde_json::json!(60.0)),
        ("/risks/0/name", serde_json::json!("price_pressure")),
        ("/risks/0/severity", serde_json::json!("high")),
        ("/risks/0/clears_when", serde_json::json!("The buyer says that the price is settled.")),
        ("/risks/0/evidence/0/conversation", serde_json::json!("north/acme/2026-02-10_0930.vtt")),
        ("/risks/0/evidence/0/turn", serde_json::json!(1)),
        ("/risks/0/evidence/0/at_ms", serde_json::json!(12_000)),
        ("/risks/0/evidence/0/speaker", serde_json::json!("Steph Ormerod")),
        ("/risks/0/evidence/0/quote", serde_json::json!("That is more than we can do this year.")),
        ("/risks/1/evidence/0/absence", serde_json::json!("No mail of the buyer since 4 March 2026.")),
        ("/coaching/0/name", serde_json::json!("few_questions")),
        ("/coaching/0/message", serde_json::json!("Price was objected to in 2 of 3 conversations.")),
        ("/coaching/0/ask", serde_json::json!("What would make this number a yes?")),
        ("/readings/buyer_tone/value", serde_json::json!(-0.25)),
        ("/coverage/unknown_side", serde_json::json!(1)),
        ("/coverage/later", serde_json::json!(1)),
        ("/coverage/guessed_sides/0/confidence", serde_json::json!(55)),
        ("/provenance/model", serde_json::json!("default")),
    ] {
        assert_eq!(deal.pointer(pointer), Some(&value), "{pointer}");
    }
}

#[test]
fn where_a_deal_stands_is_the_last_that_its_line_says() {
    let rank = Rank { rank: 2, reason: "Closes in 9 days.".into() };
    let mut report = DealReport { attention: None, ..fixture::plain().report };
    let line = jsonl::deal(&report);
    let ranked = jsonl::ranked(&line, &rank);
    assert_eq!(ranked, jsonl::ranked(line.trim_end(), &rank), "with its end or without");
    report.attention = Some(rank);
    assert_eq!(ranked, jsonl::deal(&report));
}

/// Salesforce's and HubSpot's importers leave a field as it is where the cell is empty: last week's risk would stay.
#[test]
fn the_row_of_a_deal_without_a_risk_says_so_in_every_text() {
    let mut made = fixture::plain();
    made.report.risks.clear();
    for of in [crm::Crm::Salesforce, crm::Crm::HubSpot] {
        let file = crm::write(&[made.bundle()], of, &jiff::tz::TimeZone::UTC);
        let row = file.lines().nth(1).unwrap();
        assert!(row.contains(",No risk,None,None,0,None,2026-03-20,"), "{row}");
    }
}

/// Where no side is known nothing that was said was looked at: that is no "No risk".
#[test]
fn a_deal_in_which_nothing_could_be_looked_for_is_not_judged_anywhere() {
    let mut made = fixture::plain();
    made.report.risks.clear();
    made.report.coaching.clear();
    made.report.health.score = None;
    let all = made.report.coverage.utterances;
    let zone = jiff::tz::TimeZone::UTC;
    for (unknown, as_of) in [(all, made.report.as_of), (0, None)] {
        (made.report.coverage.unknown_side, made.report.as_of) = (unknown, as_of);
        for of in [crm::Crm::Salesforce, crm::Crm::HubSpot] {
            let file = crm::write(&[made.bundle()], of, &zone);
            let row = file.lines().nth(1).unwrap();
            assert!(row.contains(",Not judged,Not judged,"), "{row}");
            assert!(
                row.contains("Not judged,Whose side") || row.contains("Not judged,\"Whose side") || as_of.is_none(),
                "{row}"
            );
            assert!(!row.contains("No risk,") && !row.contains("None"), "{row}");
        }
        let told = [
            terminal::show(&made.bundle(), &zone, terminal::Style::PLAIN),
            html::served::deal_page(&made.bundle(), &zone),
            markdown::brief(&made.bundle(), &zone),
        ];
        for page in told {
            assert!(page.contains("No risk flag was looked for") && !page.contains("No risk flag holds"), "{page}");
        }
    }
}

/// Whoever reads the list learns what must be done first, whatever else was found.
#[test]
fn why_a_deal_has_no_health_stands_in_its_row_beside_a_flag_and_in_a_sentence_of_its_own_in_the_brief() {
    let mut made = fixture::plain();
    made.report.health.score = None;
    made.report.coverage.unknown_side = made.report.coverage.utterances;
    let (zone, style) = (jiff::tz::TimeZone::UTC, terminal::Style { width: 4_000, ..terminal::Style::PLAIN });
    let listed = [Listed::of(&made.bundle())];
    let rank = ranks(&listed)[0].clone().unwrap();
    let frame = html::Frame { zone: &zone, made_at: None, not_read: &[] };
    let page = html::page(&[made.bundle()], &frame);
    for row in [terminal::attention_list(&listed, &zone, style), page, rank.reason] {
        assert!(row.contains("No health: Whose side"), "{row}");
    }
    let brief = markdown::brief(&made.bundle(), &zone);
    assert!(brief.contains("**Health:** none, as of 20 Mar 2026, from 3 conversations. Whose side"), "{brief}");
}

/// One line takes the place of all that waits for the sides, and what was not read is no statement about the deal.
#[test]
fn what_was_not_measured_is_told_by_what_must_be_done_first() {
    let mut made = fixture::plain();
    made.report.coverage.not_measured =
        vec!["patience: needs a call with times".into(), "objections: needs an objection".into()];
    let show = |made: &fixture::Made| {
        let style = terminal::Style { width: 4_000, ..terminal::Style::PLAIN };
        [
            terminal::show(&made.bundle(), &jiff::tz::TimeZone::UTC, style),
            html::served::deal_page(&made.bundle(), &jiff::tz::TimeZone::UTC),
        ]
    };
    for page in show(&made) {
        assert!(page.contains("The model read none of these, and it can miss some: an objection"), "{page}");
    }
    made.report.coverage.unknown_side = made.report.coverage.utterances;
    for page in show(&made) {
        assert!(page.contains("whose side the speakers are on: all that either side says"), "{page}");
        assert!(!page.contains("a call with times: patience") && !page.contains("The model read none"), "{page}");
    }
}

#[test]
fn what_was_skipped_says_where() {
    let all = [
        NotRead { file: "a.vtt", line: Some(3), code: "bad_cue", message: "A cue without an end.", is_loss: false },
        NotRead { file: "b.bin", line: None, code: "unknown_format", message: "No format fits.", is_loss: true },
    ];
    assert_eq!(
        jsonl::skipped(all),
        "{\"file\":\"a.vtt\",\"line\":3,\"code\":\"bad_cue\",\"message\":\"A cue without an end.\"}\n\
         {\"file\":\"b.bin\",\"line\":null,\"code\":\"unknown_format\",\"message\":\"No format fits.\"}\n"
    );
}
