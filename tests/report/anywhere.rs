//! The same bytes wherever and whenever it runs: no output asks for the zone, the language or the clock of the machine.

use std::process::Command;

use dealtone::report::{Listed, crm, csv, html, jsonl, markdown, parquet, table, terminal};
use jiff::tz::TimeZone;

use crate::fixture;

/// Not a test of its own: run by the one below in other surroundings.
#[test]
#[ignore = "run by outputs_do_not_depend_on_the_machine"]
fn print_hashes() {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let made = fixture::plain();
    let bundles = [made.bundle()];
    let listed = [Listed::of(&bundles[0])];
    let zone = TimeZone::get("Asia/Kolkata").unwrap();
    let mut outputs: Vec<Vec<u8>> = vec![
        jsonl::utterances(&made.deal).into(),
        jsonl::deal(&made.report).into(),
        html::page(&bundles, &html::Frame { zone: &zone, made_at: None, not_read: &[] }).into(),
        terminal::attention_list(&listed, &zone, terminal::Style::PLAIN).into(),
        terminal::show(&bundles[0], &zone, terminal::Style::PLAIN).into(),
        markdown::brief(&bundles[0], &zone).into(),
        crm::write(&bundles, crm::Crm::Salesforce, &zone).into(),
    ];
    for table in table::tables(&bundles) {
        outputs.push(csv::write(&table).into());
        outputs.push(parquet::write(&table));
    }
    for output in outputs {
        let mut hasher = DefaultHasher::new();
        output.hash(&mut hasher);
        println!("hash {:x}", hasher.finish());
    }
}

#[test]
fn outputs_do_not_depend_on_the_machine() {
    let run = |zone: &str, language: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "anywhere::print_hashes", "--ignored", "--nocapture"])
            .env("TZ", zone)
            .env("LANG", language)
            .env("LC_ALL", language)
            .env("COLUMNS", "40")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let hashes: Vec<String> = text.lines().filter_map(|l| Some(l.split_once("hash ")?.1.to_owned())).collect();
        assert_eq!(hashes.len(), 19, "{text}");
        hashes
    };
    let here = run("UTC", "C");
    assert_eq!(here, run("Pacific/Kiritimati", "tr_TR.UTF-8"));
    assert_eq!(here, run("America/St_Johns", "de_DE.UTF-8"));
}
