//! No words of a conversation, and no token, where they have no business. Skips where ONNX Runtime or the default model is
//! not there.

use std::time::Duration;

use serde_json::json;

use crate::{
    client::{Connection, JSON},
    program::{Process, is_possible},
};

/// Words that must turn up nowhere but in answers: names, a card, a secret, as they would stand in a conversation.
fn canaries() -> Vec<String> {
    (0..200)
        .map(|i| match i % 4 {
            0 => format!("Canarius{i} Fennimore{i}"),
            1 => format!("4111-1111-{i:04}-9999"),
            2 => format!("canary{i}@secret{i}.example"),
            _ => format!("zq-canary-{i}-secret"),
        })
        .collect()
}

#[test]
fn no_words_of_a_conversation_are_in_logs_metrics_or_errors() {
    if !is_possible() {
        return;
    }
    let token = "canary-token-4f1d8a77aa01";
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let arguments =
        ["--log", "trace", "--drain-delay", "0", "--queue-wait", "60000", "--store", store.to_str().unwrap()];
    let mut process = Process::start(&arguments, &[("DEALTONE_TOKEN", token)]);
    process.wait_ready();
    let bearer = format!("Bearer {token}");
    let mut told = Vec::new();
    for (i, canary) in canaries().iter().enumerate() {
        let bodies = [
            json!({"texts": [canary]}).to_string(),
            json!({"turns": [{"side": canary, "text": canary}]}).to_string(),
            json!({"texts": canary}).to_string(),
            format!("{{\"{canary}\": [}}"),
            json!({"inputs": {"name": canary}}).to_string(),
            json!({"id": canary, "deal": canary, "channel": "call", "title": canary,
                "turns": [{"speaker": canary, "text": canary}]})
            .to_string(),
            json!({"id": canary, "deal": canary, "channel": canary, "turns": []}).to_string(),
            json!({"inputs": [{"name": canary, "shape": [1], "datatype": canary, "data": [canary]}]}).to_string(),
        ];
        // Every kind of canary to every path.
        let path = ["/v1/score", "/predict", "/v2/models/dealtone/infer", "/v1/conversations"][(i + i / 4) % 4];
        for body in &bodies {
            let headers = [JSON, ("authorization", bearer.as_str())];
            told.push(Connection::open(process.address).ask("POST", path, &headers, body.as_bytes()));
        }
        let wrong = format!("Bearer {}", canary.replace(' ', ""));
        let headers = [JSON, ("authorization", wrong.as_str())];
        told.push(Connection::open(process.address).ask("POST", path, &headers, b"{}"));
        let name = canary.replace([' ', '@'], "");
        for (method, odd_path) in [
            ("GET", format!("/v1/{name}")),
            ("GET", format!("/v1/deals/{name}")),
            ("DELETE", format!("/v1/deals/{name}")),
        ] {
            told.push(Connection::open(process.address).ask(method, &odd_path, &[("authorization", &bearer)], b""));
        }
    }
    let metrics = Connection::open(process.address).ask("GET", "/metrics", &[("authorization", &bearer)], b"");
    let arguments = std::fs::read(format!("/proc/{}/cmdline", process.id())).unwrap();
    process.signal("TERM");
    process.wait(Duration::from_secs(10));
    std::thread::sleep(Duration::from_millis(100));
    let log = process.log();
    assert!(log.lines().count() > 1000, "the log was read: {} lines", log.lines().count());
    let mut sinks = vec![log, metrics.text(), String::from_utf8_lossy(&arguments).into_owned()];
    let errors = told.iter().filter(|a| a.status >= 400);
    sinks.extend(errors.map(|a| format!("{:?} {}", a.headers, a.text())));
    let words = canaries();
    for sink in &sinks {
        assert!(!sink.contains(token), "the token is told");
        for word in words.iter().flat_map(|w| [w.clone(), w.replace([' ', '@'], "")]) {
            assert!(!sink.contains(&word), "{word}: {}", sink.lines().find(|l| l.contains(&word)).unwrap_or_default());
        }
    }
    assert!(told.iter().any(|a| a.status == 200));
}
