//! `dealtone bench` and `scripts/instructions` as their user runs them. How long something takes is asserted nowhere.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use dealtone::score::runtime_library;
use serde_json::Value;

fn run(program: &str, args: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(program).args(args).current_dir(root).output().unwrap_or_else(|e| panic!("{program}: {e}"))
}

fn dealtone(args: &[&str]) -> Output {
    run(env!("CARGO_BIN_EXE_dealtone"), args)
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_anything_is_measured() {
    let output = dealtone(&["bench", "--html", "/no/such/folder/x.html"]);
    let (_, error) = said(&output);
    assert_eq!(output.status.code(), Some(4), "{error}");
    assert!(error.contains("/no/such/folder/x.html") && error.contains("--html"), "{error}");
    assert!(!error.contains("--out"), "bench has no --out: {error}");
}

#[test]
fn seconds_that_are_none_are_refused() {
    for seconds in ["0", "-1", "NaN", "much"] {
        let output = dealtone(&["bench", "--seconds", seconds]);
        assert_eq!(output.status.code(), Some(2), "{seconds}: {}", said(&output).1);
    }
}

#[test]
fn a_run_says_what_it_was_and_can_be_held_against_another() {
    if let Err(why) = runtime_library::find(None) {
        assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
        eprintln!("skipped: {why}");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let page = temp.path().join("bench.html");
    let short = ["bench", "--quick", "--seconds", "0.05", "--threads", "1", "--model", "models/small"];
    let output = dealtone(&[&short[..], &["--device", "auto", "--json", "--html", text(&page)]].concat());
    let (json, error) = said(&output);
    assert!(output.status.success(), "{error}");
    // Minutes without a word would look like a program that hangs, also where a log is all that there is to see.
    let told: Vec<&str> = error.lines().collect();
    assert!(
        told[0].ends_with("a minute on a quiet machine, up to three times as long on a busy or slow one"),
        "{error}"
    );
    assert!(told[1].starts_with("dealtone: bench: 1 of 27 at 0:0") && told[1].ends_with(": cold start"), "{error}");
    assert_eq!(told.len(), 28, "{error}");
    let report: Value = serde_json::from_str(&json).unwrap();
    let device = report["provenance"]["device"].as_str().unwrap();
    assert!(["cpu", "cuda:0"].contains(&device), "auto is no device that anything ran on: {device}");
    assert_eq!(report["runs"].as_array().unwrap().len(), 20);
    for run in report["runs"].as_array().unwrap() {
        let latency = &run["latency"];
        let samples = latency["samples"].as_u64().unwrap();
        assert!(latency["medians_ms"]["windows"].as_u64().unwrap() >= 3, "{run}");
        for (percentile, enough) in [("p90_ms", 100), ("p99_ms", 1_000), ("p999_ms", 10_000)] {
            assert_eq!(latency[percentile].is_number(), samples >= enough, "{percentile}: {run}");
        }
    }
    for steady in ["cold_start_ms", "single_over_bare", "stages_ms"] {
        assert!(report[steady]["windows"].as_u64().unwrap() >= 3, "{steady}: {}", report[steady]);
    }
    assert!(fs::read_to_string(&page).unwrap().matches("<svg").count() == 4);

    let files = ["a.json", "b.json"].map(|name| temp.path().join(name));
    fs::write(&files[0], &json).unwrap();
    fs::write(&files[1], json.replace("x86_64+", "another+")).unwrap();
    let [a, b] = [text(&files[0]), text(&files[1])];
    let (compared, _) = said(&dealtone(&["bench", "--compare", a, b]));
    assert!(compared.contains("open, 80 % load p50") && compared.contains("padding"), "{compared}");
    let output = dealtone(&["bench", "--compare", a, b, "--json"]);
    let comparison: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    assert!(comparison["figures"].as_array().unwrap().len() > 30, "{comparison}");
}

#[test]
fn a_stage_that_takes_more_instructions_than_the_bound_fails() {
    let recorded = "benches/instructions.tsv";
    let check = |table: &str| {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("counted.tsv");
        fs::write(&file, table).unwrap();
        let output = run("scripts/instructions", &["--table", text(&file)]);
        (output.status.code(), said(&output).0)
    };
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(recorded)).unwrap();
    assert_eq!(check(&table).0, Some(0));
    let times = |factor: f64| -> String {
        let more = |line: &str| {
            let (stage, n) = line.split_once('\t').unwrap();
            let n: f64 = n.parse().unwrap();
            format!("{stage}\t{:.0}\n", if stage == "tokenize" { n * factor } else { n })
        };
        table.lines().map(more).collect()
    };
    for (factor, code) in [(1.04, 0), (1.06, 1), (0.5, 0)] {
        let (ended, said) = check(&times(factor));
        assert_eq!(ended, Some(code), "{factor}: {said}");
    }
    let one_missing: String = table.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert_eq!(check(&one_missing).0, Some(1));
}
