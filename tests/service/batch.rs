//! What the service says is what the batch command says. Skips where ONNX Runtime or the default model is not there.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    client::{Connection, JSON, get, post},
    program::{Process, is_possible},
};

#[test]
fn scores_are_those_of_the_batch_command_to_the_last_digit() {
    if !is_possible() {
        return;
    }
    // Patient: on a busy machine some would else be refused.
    let process = Process::start(&["--queue-wait", "60000"], &[]);
    process.wait_ready();
    let long = "we tried three vendors last year and every one of them went quiet ".repeat(60);
    let texts = ["ok", "Honestly, that's more than we can do this year.", "日本語 👍", long.as_str(), ""];
    let batch = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .arg("score")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            use std::io::Write;
            child.stdin.take().unwrap().write_all((texts.join("\n") + "\n").as_bytes())?;
            child.wait_with_output()
        })
        .unwrap();
    let batch: Vec<Value> =
        String::from_utf8(batch.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let mut orders = vec![(0..texts.len()).collect::<Vec<_>>(), (0..texts.len()).rev().collect()];
    orders.extend((0..texts.len()).map(|i| vec![i]));
    std::thread::scope(|scope| {
        for order in &orders {
            let (batch, process) = (&batch, &process);
            scope.spawn(move || {
                let asked: Vec<&str> = order.iter().map(|i| texts[*i]).collect();
                let answer = post(process.address, "/v1/score", &json!({ "texts": asked }).to_string());
                assert_eq!(answer.status, 200, "{}", answer.text());
                let answer = answer.json();
                for (place, i) in order.iter().enumerate() {
                    let score = &answer["scores"][place];
                    assert_eq!(score["sentiment"], batch[*i]["sentiment"], "text {i}");
                    assert_eq!(score["intents"], batch[*i]["intents"], "text {i}");
                }
            });
        }
    });
}

/// A text with its side and what was said just before, alone, is the turn in its conversation; without them it is another.
#[test]
fn a_text_in_context_scores_as_its_turn() {
    if !is_possible() {
        return;
    }
    let process = Process::start(&["--queue-wait", "60000"], &[]);
    process.wait_ready();
    let score = |body: Value| {
        let answer = post(process.address, "/v1/score", &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["scores"].as_array().unwrap().clone()
    };
    let said = [
        ("seller", "Could you sign this week?"),
        ("buyer", "No."),
        ("seller", "Is it the price?"),
        ("buyer", "Yes, and the other offer is lower."),
    ];
    let turns: Vec<Value> = said.iter().map(|(side, text)| json!({ "side": side, "text": text })).collect();
    let in_turn = score(json!({ "turns": turns }));
    let alone = |at: usize| match at {
        0 => json!({ "side": said[0].0, "text": said[0].1 }),
        _ => json!({ "side": said[at].0, "text": said[at].1, "context": said[at - 1].1 }),
    };
    let same = |a: &Value, b: &Value| a["sentiment"] == b["sentiment"] && a["intents"] == b["intents"];
    for (at, turn) in in_turn.iter().enumerate() {
        assert!(same(turn, &score(json!({ "texts": [alone(at)] }))[0]), "turn {at} in a request of its own");
    }
    let together = score(json!({ "texts": (0..said.len()).map(alone).collect::<Vec<_>>() }));
    assert!(in_turn.iter().zip(&together).all(|(a, b)| same(a, b)), "all in one request");
    assert!(!same(&in_turn[1], &score(json!({ "texts": ["No."] }))[0]), "a lone no says less");
    let bare = score(json!({ "texts": ["No.", { "text": "No." }] }));
    assert!(same(&bare[0], &bare[1]), "a string is a text without anything around it");
}

/// The examples' deals, posted file by file, and analysed in one run: the same reports.
#[test]
fn reports_are_those_of_the_batch_command() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    if !is_possible() || !examples.is_dir() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let domains = std::fs::read_to_string(examples.join("our-domains.txt")).unwrap();
    let domains: Vec<&str> = domains.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let out = folder.path().join("out");
    let status = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .arg("analyze")
        .arg(&examples)
        .args(["--quiet", "--as-of", "2026-06-12", "--out"])
        .arg(&out)
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0 | 3)), "{status:?}");
    let batch: Vec<Value> = std::fs::read_to_string(out.join("deals.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(batch.len() > 1);
    let store = folder.path().join("store");
    let arguments = ["--queue-wait", "60000", "--store", store.to_str().unwrap(), "--our-domains", &domains.join(",")];
    let process = Process::start(&arguments, &[]);
    process.wait_ready();
    for report in &batch {
        let deal = report["deal"].as_str().unwrap();
        if let Some(crm) = report.get("crm").filter(|crm| crm.is_object()) {
            let path = format!("/v1/deals/{deal}");
            let answer = Connection::open(process.address).ask("PUT", &path, &[JSON], crm.to_string().as_bytes());
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        for file in std::fs::read_dir(examples.join(deal)).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().to_string_lossy().replace(' ', "%20");
            let path = format!("/v1/conversations?deal={deal}&file={name}");
            let body = std::fs::read(file.path()).unwrap();
            let answer = Connection::open(process.address).ask("POST", &path, &[], &body);
            assert!(answer.status < 300, "{name}: {}", answer.text());
        }
        let served = get(process.address, &format!("/v1/deals/{deal}?as_of=2026-06-12")).json();
        assert_eq!(served, without_rank(report.clone()), "{deal}");
    }
    let order = get(process.address, "/v1/attention?as_of=2026-06-12").json();
    assert_eq!((&order["waiting"], &order["more"]), (&json!([]), &json!(false)), "{order}");
    let mut batch: Vec<Value> = batch
        .iter()
        .map(|deal| json!({"deal": deal["deal"], "score": deal["health"]["score"], "attention": deal["attention"]}))
        .collect();
    batch.sort_by_key(|deal| deal["attention"]["rank"].as_u64());
    assert_eq!(order["deals"], json!(batch));
}

/// A deal of a run without where it stands among the others: alone, as it is asked for over HTTP, it stands nowhere.
fn without_rank(mut deal: Value) -> Value {
    assert!(deal.as_object_mut().unwrap().remove("attention").is_some());
    deal
}

/// A conversation as JSON of which only the words and the speakers are stated, posted and as a line of an export.
#[test]
fn a_conversation_as_json_is_judged_as_the_same_line_of_an_export() {
    if !is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let turns = json!([
        {"speaker": "Ann Rivera", "text": "The price is too high for us, and we look at another vendor."},
        {"speaker": "Tom Hall", "text": "Let me see what I can do about the price by Friday."},
    ]);
    let body = json!({"id": "1", "deal": "d", "channel": "call", "turns": turns}).to_string();
    let export = folder.path().join("export");
    std::fs::create_dir_all(export.join("d")).unwrap();
    std::fs::write(export.join("d/c.jsonl"), format!("{body}\n")).unwrap();
    std::fs::write(export.join("deals.csv"), "deal_id,contacts\nd,Ann Rivera\n").unwrap();
    let out = folder.path().join("out");
    let status = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .arg("analyze")
        .arg(&export)
        .args(["--quiet", "--as-of", "2026-06-12", "--out"])
        .arg(&out)
        .status()
        .unwrap();
    assert!(status.success(), "{status:?}");
    let batch = std::fs::read_to_string(out.join("deals.jsonl")).unwrap();
    let batch = without_rank(serde_json::from_str(&batch).unwrap());
    assert_eq!(batch["coverage"]["unknown_side"], 0, "{}", batch["coverage"]);
    let store = folder.path().join("store");
    let process = Process::start(&["--queue-wait", "60000", "--store", store.to_str().unwrap()], &[]);
    process.wait_ready();
    let crm = json!({"contacts": [{"name": "Ann Rivera"}]}).to_string();
    Connection::open(process.address).ask("PUT", "/v1/deals/d", &[JSON], crm.as_bytes());
    let answer = post(process.address, "/v1/conversations", &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(get(process.address, "/v1/deals/d?as_of=2026-06-12").json(), batch);
}
