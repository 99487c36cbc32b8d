//! The page holds together: links lead somewhere, ids are single, the policy fits what stands in the page.

use std::collections::BTreeSet;

use dealtone::{
    report::{Listed, NotRead, html, markdown, terminal},
    utterance::Unread,
};
use jiff::tz::TimeZone;

use crate::fixture;

/// Values of every `name="…"` in `page`.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn frame<'a>(zone: &'a TimeZone, not_read: &'a [NotRead<'a>]) -> html::Frame<'a> {
    html::Frame { zone, made_at: None, not_read }
}

#[test]
fn every_link_and_mark_leads_to_one_place() {
    let page = html::served::deal_page(&fixture::plain().bundle(), &TimeZone::UTC);
    let ids = attributes(&page, "id");
    let single: BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), single.len(), "an id stands twice");
    let links = attributes(&page, "href").into_iter().filter(|h| *h != "../");
    let links = links.map(|h| h.strip_prefix('#').expect("links but that to all deals stay in the page"));
    let targets: Vec<&str> = links.chain(attributes(&page, "data-go")).collect();
    assert!(targets.len() > 10, "{targets:?}");
    for target in targets {
        assert!(single.contains(&target), "nothing has the id {target}");
    }
}

#[test]
fn what_fits_no_deal_stands_below_the_list_and_in_no_count() {
    let made = fixture::plain();
    let deal = Listed::of(&made.bundle());
    let listed = [deal.clone(), deal.of_no_deal()];
    let told = "3 conversations fit no deal and are not listed; skipped.jsonl says why.";
    let list = terminal::attention_list(&listed, &TimeZone::UTC, terminal::Style::PLAIN);
    assert!(list.starts_with("1 deal, ") && list.ends_with(&format!("{told}\n")), "{list}");
    let page: String = html::around(&listed, &frame(&TimeZone::UTC, &[])).0.collect();
    assert!(page.contains("1 deal, 3 conversations") && page.matches("class=\"row").count() == 1, "{page}");
    assert!(html::around(&listed, &frame(&TimeZone::UTC, &[])).1.contains(told) || page.contains(told), "{page}");
}

#[test]
fn a_quote_leads_to_the_turn_that_holds_it() {
    let page = html::served::deal_page(&fixture::plain().bundle(), &TimeZone::UTC);
    let (_, card) = page.split_once("id=\"d0-r1\"").unwrap();
    let target = card.split("href=\"#").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(target, "d0-c0-t1");
    let (_, turn) = page.split_once(&format!("<li id=\"{target}\"")).unwrap();
    assert!(turn[..600].contains("That is more than we can do this year."));
}

#[test]
fn the_policy_allows_what_stands_in_the_page_and_nothing_else() {
    let made = fixture::plain();
    let page = html::page(&[made.bundle()], &frame(&TimeZone::UTC, &[]));
    let policy = attributes(&page, "content")[0];
    for part in
        ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "style-src 'sha256-", "script-src 'sha256-"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for forbidden in
        [" style=", " src=", " onclick=", "@import", "url(", "http-equiv=\"refresh\"", "https://", "http://"]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn a_doubt_about_a_rule_that_raised_nothing_is_told_everywhere() {
    let mut made = fixture::plain();
    made.report.judgements[0].disagree.insert("stalled".into(), "It is summer.".into());
    let bundle = made.bundle();
    for told in [
        html::served::deal_page(&bundle, &TimeZone::UTC),
        markdown::brief(&bundle, &TimeZone::UTC),
        terminal::show(&bundle, &TimeZone::UTC, terminal::Style::PLAIN),
    ] {
        assert!(told.contains("Not believed, nor raised") && told.contains("Stalled: It is summer."), "{told}");
    }
}

#[test]
fn days_are_shown_in_the_zone_asked_for() {
    let made = fixture::plain();
    let in_zone = |name: &str| html::served::deal_page(&made.bundle(), &TimeZone::get(name).unwrap());
    assert!(in_zone("UTC").contains("10 Feb 2026, 23:30"));
    assert!(in_zone("Asia/Kolkata").contains("11 Feb 2026, 05:00"));
    assert!(in_zone("America/New_York").contains("10 Feb 2026, 18:30"));
}

#[test]
fn what_was_not_read_is_told() {
    let line = |file, code, is_loss| NotRead { file, line: Some(7), code, message: "A cue without an end.", is_loss };
    let lost = [
        line("acme/broken.vtt", "bad_cue", true),
        line("acme/2.vtt", "bad_cue", true),
        line("acme/3.eml", "bad_mail", true),
        line("deals.csv", "no_conversation", false),
    ];
    let page = html::page(&[], &frame(&TimeZone::UTC, &lost));
    for part in [
        "No deal was found",
        ">3 could not be read whole (bad_cue 2, bad_mail 1)<",
        ">1 only told (no_conversation 1)<",
        ">bad_cue<",
        "acme/broken.vtt",
        "7",
        "A cue without an end.",
    ] {
        assert!(page.contains(&part.replace('/', "&#x2f;")) || page.contains(part), "{part}");
    }
}

#[test]
fn the_same_deals_give_the_same_page() {
    let (one, two) = (fixture::plain(), fixture::plain());
    let page = |made: &fixture::Made| html::page(&[made.bundle()], &frame(&TimeZone::UTC, &[]));
    assert_eq!(page(&one), page(&two));
}

#[test]
fn each_judgement_stands_beside_the_measured_and_each_doubt_at_its_risk() {
    let page = html::served::deal_page(&fixture::plain().bundle(), &TimeZone::UTC);
    for (who, trust) in [("Priya", 4), ("Tom", 2)] {
        let row = |what: &str, value: &str| format!("<div><dt>{what}</dt><dd><bdi>{value}</bdi></dd></div>");
        assert!(page.contains(&(row("By", who) + &row("Trust", &format!("{trust} of 5")))), "{who}");
    }
    let (_, card) = page.split_once("id=\"d0-r1\"").unwrap();
    let card = card.split("</article>").next().unwrap();
    assert!(card.contains("Priya: The price is agreed.") && card.contains("Tom: It was a joke."), "{card}");
    assert_eq!(card.matches("Not believed.").count(), 2, "{card}");
}

/// Every coordinate of the timeline lies in its picture, whatever the times.
#[test]
fn a_timeline_stays_in_its_frame() {
    let day = Some("2026-02-10T09:30:00Z");
    for moments in [
        &[day][..],
        &[day, day, day],
        &[None],
        &[None, day],
        &[],
        &[Some("2016-01-01T00:00:00Z"), day],
        &[Some("2026-02-05T14:00:00Z"), day],
        &[Some("2026-02-01T14:00:00Z"), day],
        &[Some("2026-02-10T09:30:00Z"), Some("2026-02-10T09:30:01Z")],
        &[Some("0001-01-01T00:00:00Z"), Some("9999-12-30T00:00:00Z")],
        // The clock goes forward in Berlin between these.
        &[Some("2026-03-28T23:30:00Z"), Some("2026-03-29T23:30:00Z")],
    ] {
        let made = fixture::at(moments);
        let page = html::served::deal_page(&made.bundle(), &TimeZone::get("Europe/Berlin").unwrap());
        let dated = moments.iter().any(Option::is_some);
        assert_eq!(page.matches("<svg class=\"timeline").count(), if dated { 2 } else { 0 }, "{moments:?}");
        assert!(!page.contains("NaN") && !page.contains("inf\""), "{moments:?}");
        for svg in page.split("<svg class=\"timeline").skip(1) {
            let svg = svg.split("</svg>").next().unwrap();
            let frame: Vec<f64> = attributes(svg, "viewBox")[0].split(' ').map(|n| n.parse().unwrap()).collect();
            for (name, most) in [("cx", frame[2]), ("x", frame[2]), ("cy", frame[3]), ("y", frame[3])] {
                for value in attributes(svg, name) {
                    let value: f64 = value.parse().unwrap();
                    assert!((0.0..=most).contains(&value), "{moments:?}: {name} {value}");
                }
            }
            let labels = svg.matches("class=\"xlabel\"").count();
            assert!((1..=10).contains(&labels), "{moments:?}: {labels} labels");
            let mut end = 0.0;
            for label in svg.split("class=\"xlabel\" x=\"").skip(1) {
                let (x, rest) = label.split_once('"').unwrap();
                let words = rest.split(['>', '<']).nth(1).unwrap();
                let (x, half): (f64, f64) = (x.parse().unwrap(), 3.0 * words.len() as f64);
                assert!(x - half >= end, "{moments:?}: {words} runs into the label before it");
                end = x + half;
            }
        }
    }
}

#[test]
fn of_a_model_that_reads_no_tone_no_tone_is_drawn() {
    let page = |made: fixture::Made| {
        let zone = TimeZone::UTC;
        html::page(&[made.bundle()], &frame(&zone, &[])) + &html::served::deal_page(&made.bundle(), &zone)
    };
    let toned = page(fixture::plain());
    let blind = page(fixture::plain().unread(Unread { sentiment: true, ..Unread::default() }));
    for mark in ["class=\"spark\"", "class=\"strokes\"", "class=\"u negative\"", "the buyer's tone goes from"] {
        assert!(toned.contains(mark), "{mark}");
        assert!(!blind.contains(mark), "{mark}");
    }
}
