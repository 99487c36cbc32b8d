//! Lines of standard input, and labelled ones.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::Output,
};

use serde_json::Value;

use super::{dealtone, runtime_is_here, stderr, text, with_pipes};

/// Runs the program with `input` on standard input.
fn dealtone_with(args: &[&str], input: &[u8]) -> Output {
    let mut child = with_pipes(args).spawn().expect("the program starts");
    // It may end without having read everything.
    let _ = child.stdin.take().expect("standard input is a pipe").write_all(input);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn lines_of_standard_input_are_scored_whatever_stands_beside_them() {
    if !runtime_is_here() {
        return;
    }
    let input = b"We love it.\ncaf\xe9\n{\"text\": \"We love it.\", \"side\": \"buyer\"}\n{\"text\": \"CANARY\nlast";
    for args in [&["score"][..], &["score", "-"]] {
        let output = dealtone_with(args, input);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        let said = String::from_utf8(output.stdout.clone()).unwrap();
        let scored: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let texts: Vec<(&str, u64)> =
            scored.iter().map(|one| (one["text"].as_str().unwrap(), one["line"].as_u64().unwrap())).collect();
        assert_eq!(texts, [("We love it.", 1), ("café", 2), ("We love it.", 3), ("last", 5)]);
        for part in ["standard input:2: the line is not UTF-8", "standard input:4: the JSON breaks"] {
            assert!(stderr(&output).contains(part), "{}", stderr(&output));
        }
        assert!(!stderr(&output).contains("CANARY"), "{}", stderr(&output));
    }
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("lines.txt");
    fs::write(&file, "We love it.\nSend the contract.\n").unwrap();
    let output = dealtone(&["score", text(&file)]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains(&format!("dealtone score < {}", text(&file))), "{}", stderr(&output));
}

#[test]
fn a_line_is_scored_before_the_next_one_comes() {
    if !runtime_is_here() {
        return;
    }
    let mut child = with_pipes(&["score", "--threads", "1"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    for line in ["one", "two"] {
        writeln!(input, "{line}").unwrap();
        let mut scored = String::new();
        said.read_line(&mut scored).unwrap();
        assert!(scored.starts_with(&format!("{{\"text\":\"{line}\"")), "{scored}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// On a full disk, and behind a reader that has enough.
#[test]
fn a_standard_error_that_takes_nothing_stops_no_work() {
    if !runtime_is_here() {
        return;
    }
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut child = with_pipes(&["score", "--threads", "1"]).stderr(full).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"caf\xe9\nWe love it.\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
}

#[test]
fn an_evaluation_names_its_model_and_counts_its_lines() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let labels = temp.path().join("labels.jsonl");
    fs::write(
        &labels,
        "{\"text\": \"We love it.\", \"sentiment\": \"negative\", \"intents\": [\"stall\"]}\n{\"text\": \"b\"}\n\
         {\"text\": \"Can you send the contract?\", \"intents\": []}\n",
    )
    .unwrap();
    let output = dealtone(&["eval", text(&labels), "--json", "--threads", "1"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["lines"], serde_json::json!({"read": 3, "sentiment": 1, "intents": 2, "unlabelled": 1}));
    assert_eq!((&said["threads"], &said["files"]), (&1.into(), &serde_json::json!([text(&labels)])));
    assert_eq!(said["provenance"]["model_sha256"].as_str().map(str::len), Some(64));
    assert_eq!(said["knows"]["intents"].as_array().map(Vec::len), Some(17));
    assert_eq!(said["worst"]["sentiment"][0]["gold"], "negative");
    let missed = &said["worst"]["missed"][0];
    assert_eq!((&missed["intent"], &missed["text"]), (&"stall".into(), &"We love it.".into()));
    assert!(missed["probability"].as_f64().is_some_and(|p| p > 0.0 && p < 0.5), "{missed}");
}
