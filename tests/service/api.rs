//! What is asked and what is answered.

use dealtone::{
    score::{ModelCard, model::Activation},
    utterance::{Intent, Tone},
};
use serde_json::{Value, json};

use crate::{
    client::{Connection, JSON, get, post},
    fake::{Service, card},
};

#[test]
fn texts_and_turns_are_scored_in_order_and_alike() {
    let service = Service::plain();
    let texts = ["we like it", "too expensive for us", "send the contract"];
    let together = post(service.address, "/v1/score", &json!({ "texts": texts }).to_string());
    assert_eq!(together.status, 200, "{}", together.text());
    let together = together.json();
    for (text, score) in texts.iter().zip(together["scores"].as_array().unwrap()) {
        let alone = post(service.address, "/v1/score", &json!({ "texts": [text] }).to_string()).json();
        assert_eq!(alone["scores"][0], *score, "{text}");
    }
    let turns = json!({"turns": [
        {"side": "buyer", "text": "we like it"}, {"side": "seller", "text": "  "}, {"text": " good "},
    ]});
    let answer = post(service.address, "/v1/score", &turns.to_string()).json();
    let places: Vec<(u64, u64, u64)> = answer["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["turn"].as_u64().unwrap(), s["start"].as_u64().unwrap(), s["end"].as_u64().unwrap()))
        .collect();
    // A turn without words has no score; spans leave out the white space around.
    assert_eq!(places, [(0, 0, 10), (2, 1, 5)]);
    assert_eq!(post(service.address, "/v1/score", r#"{"texts":[]}"#).json()["scores"], json!([]));
}

/// As `JSON.stringify` writes a text that was cut in the middle of an emoji.
#[test]
fn half_an_emoji_costs_no_other_text() {
    let service = Service::plain();
    let cut = post(service.address, "/v1/score", r#"{"texts":["ok \ud83d", "fine \ud83d\ude00"]}"#);
    assert_eq!(cut.status, 200, "{}", cut.text());
    let whole = json!({"texts": ["ok \u{fffd}", "fine \u{1f600}"]}).to_string();
    assert_eq!(cut.json(), post(service.address, "/v1/score", &whole).json());
}

#[test]
fn a_long_text_is_scored_whole_in_windows() {
    let service = Service::plain();
    let long = "word ".repeat(1000);
    let changed = format!("{long} another end");
    let score = |text: &str| post(service.address, "/v1/score", &json!({ "texts": [text] }).to_string()).json();
    assert_ne!(score(&long)["scores"], score(&changed)["scores"], "the end was cut off");
}

/// The calls of text-embeddings-inference's README and API description.
#[test]
fn clients_of_text_embeddings_inference_are_answered() {
    let service = Service::plain();
    let predict = |body: Value| {
        let answer = post(service.address, "/predict", &body.to_string());
        (answer.status, answer.json())
    };
    let (status, one) = predict(json!({"inputs": "I like you."}));
    assert_eq!(status, 200);
    let labels: Vec<&str> = one.as_array().unwrap().iter().map(|p| p["label"].as_str().unwrap()).collect();
    assert_eq!(labels.len(), 5, "every label: {labels:?}");
    let scores: Vec<f64> = one.as_array().unwrap().iter().map(|p| p["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let (_, many) = predict(json!({"inputs": [["I like you."], ["I hate pineapples"]]}));
    assert_eq!(many[0], one);
    assert_eq!(many.as_array().unwrap().len(), 2);
    let (_, pair) = predict(json!({"inputs": ["Do you like me?", "I like you."]}));
    assert_eq!(pair.as_array().unwrap().len(), 5);
    let (_, raw) = predict(json!({"inputs": "I like you.", "raw_scores": true, "truncate": true}));
    assert!(raw.as_array().unwrap().iter().any(|p| p["score"].as_f64().unwrap().abs() > 1.0), "{raw}");
    for wrong in [json!({"inputs": []}), json!({"inputs": ["a", "b", "c"]}), json!({"inputs": 7}), json!({})] {
        let (status, problem) = predict(wrong.clone());
        assert_eq!(status, 400, "{wrong}");
        assert!(problem["error"].is_string(), "its clients look for the message there");
    }
    let info = get(service.address, "/info").json();
    assert_eq!(info["model_type"]["classifier"]["id2label"]["0"], "negative");
    // All that a typed client needs to be there.
    assert!(info["max_concurrent_requests"].is_u64() && info["auto_truncate"].is_boolean(), "{info}");
    assert!(["max_batch_requests", "sha", "docker_label"].iter().all(|key| info.get(*key).is_some()), "{info}");
    assert_eq!(get(service.address, "/health").status, 200);
    // As generated clients send it, and Hugging Face's own, which is given no path.
    let sent = r#"{"inputs":"I like you.","truncate":null,"parameters":{}}"#;
    assert_eq!(post(service.address, "/", sent).json(), one);
}

/// The first label of a list is the likeliest, and of nothing there is none.
#[test]
fn a_text_without_words_is_refused_as_text_embeddings_inference_does() {
    let service = Service::plain();
    for (body, place) in [
        (json!({"inputs": ""}), "inputs: "),
        (json!({"inputs": " \n", "raw_scores": true}), "inputs: "),
        (json!({"inputs": ["Do you like me?", ""]}), "inputs: "),
        (json!({"inputs": [["I like you."], [""]]}), "inputs[1]: "),
    ] {
        let refused = post(service.address, "/predict", &body.to_string());
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_request"), "{body}: {}", refused.text());
        let refused = refused.json();
        assert_eq!(refused["error_type"], "Validation", "{refused}");
        assert!(refused["detail"].as_str().unwrap().starts_with(place), "{refused}");
    }
}

/// The requests of the protocol's own description.
#[test]
fn clients_of_kserve_are_answered() {
    let service = Service::plain();
    let server = get(service.address, "/v2").json();
    assert_eq!(server["name"], "dealtone");
    assert_eq!(get(service.address, "/v2/health/live").json(), json!({"live": true}));
    assert_eq!(get(service.address, "/v2/health/ready").json(), json!({"ready": true}));
    let metadata = get(service.address, "/v2/models/fake").json();
    assert_eq!(metadata["inputs"][0], json!({"name": "text", "datatype": "BYTES", "shape": [-1]}));
    assert_eq!(metadata["outputs"][2]["shape"], json!([-1, 2]));
    assert_eq!(get(service.address, "/v2/models/fake/versions/1/ready").json(), json!({"name": "fake", "ready": true}));
    assert_eq!(get(service.address, "/v2/models/dealtone/versions/2").status, 404);
    assert_eq!(get(service.address, "/v2/models/other").status, 404);
    let request = json!({
        "id": "42",
        "inputs": [
            {"name": "text", "shape": [2, 1], "datatype": "BYTES", "data": [["we like it"], ["no"]]},
            {"name": "side", "shape": [2], "datatype": "BYTES", "data": ["buyer", "seller"]},
        ],
        "outputs": [{"name": "sentiment"}, {"name": "intent_probabilities"}],
    });
    let answer = post(service.address, "/v2/models/fake/infer", &request.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!((&answer["id"], &answer["model_version"]), (&json!("42"), &json!("1")));
    assert_eq!(answer["outputs"][0]["shape"], json!([2]));
    assert_eq!(answer["outputs"][1]["shape"], json!([2, 2]));
    assert_eq!(answer["outputs"][1]["parameters"]["columns"], "stall,champion");
    let score = post(service.address, "/v1/score", r#"{"texts":["no"]}"#).json();
    assert_eq!(answer["outputs"][0]["data"][1], score["scores"][0]["sentiment"]["label"]);
    for (what, wrong) in [
        ("shape", json!({"inputs": [{"name": "text", "shape": [3], "datatype": "BYTES", "data": ["a"]}]})),
        ("type", json!({"inputs": [{"name": "text", "shape": [1], "datatype": "FP32", "data": ["a"]}]})),
        ("name", json!({"inputs": [{"name": "words", "shape": [1], "datatype": "BYTES", "data": ["a"]}]})),
        ("none", json!({"inputs": []})),
    ] {
        assert_eq!(post(service.address, "/v2/models/fake/infer", &wrong.to_string()).status, 400, "{what}");
    }
    // As its client sends tensors if nothing else is said: behind the JSON, whose length a header tells.
    let tensor = json!({"name": "text", "shape": [1], "datatype": "BYTES", "parameters": {"binary_data_size": 5}});
    let head = json!({ "inputs": [tensor] }).to_string();
    let length = head.len().to_string();
    for (headers, data) in
        [(vec![JSON, ("inference-header-content-length", length.as_str())], &b"\x01\0\0\0a"[..]), (vec![JSON], b"")]
    {
        let body = [head.as_bytes(), data].concat();
        let refused = Connection::open(service.address).ask("POST", "/v2/models/fake/infer", &headers, &body);
        assert_eq!(refused.status, 400, "{}", refused.text());
        let detail = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.starts_with("binary tensors are not taken; send data as JSON"), "{detail}");
    }
}

/// A model whose tones leave the rest to neutral, under names of its own, beside a label that is none of ours.
#[test]
fn every_door_gives_the_same_sentiment_and_names_labels_alike() {
    let labels = ["NEGATIVE", "POSITIVE", "stall", "champion", "sarcasm"].map(String::from).to_vec();
    let tones = vec![(0, Tone::Negative), (1, Tone::Positive)];
    let intents = vec![(2, Intent::Stall, 0.5), (3, Intent::Champion, 0.5)];
    let service =
        Service::with_card(ModelCard { labels, tones, intents, tone_activation: Activation::Sigmoid, ..card() });
    let text = "we like it";
    let score = post(service.address, "/v1/score", &json!({ "texts": [text] }).to_string()).json();
    let sentiment = &score["scores"][0]["sentiment"];
    let inputs = json!([{"name": "text", "shape": [1], "datatype": "BYTES", "data": [text]}]);
    let answer = post(service.address, "/v2/models/dealtone/infer", &json!({ "inputs": inputs }).to_string()).json();
    assert_eq!(answer["outputs"][0]["data"][0], sentiment["label"]);
    let three = ["negative", "neutral", "positive"].map(|tone| sentiment[tone].clone());
    assert_eq!(answer["outputs"][1]["data"], json!(three));
    assert_eq!(get(service.address, "/v1/model").json()["tones"], json!(["negative", "neutral", "positive"]));
    let info = get(service.address, "/info").json();
    let numbers = info["model_type"]["classifier"]["label2id"].as_object().unwrap();
    for raw in [false, true] {
        let body = json!({ "inputs": text, "raw_scores": raw }).to_string();
        let said = post(service.address, "/predict", &body).json();
        let said: Vec<&str> = said.as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
        assert!(said.len() == 5 && said.iter().all(|label| numbers.contains_key(*label)), "{said:?}");
    }
}

#[test]
fn every_refusal_is_a_problem_with_its_code() {
    let service = Service::plain();
    for (method, path, kind, body, status, code) in [
        ("GET", "/nowhere", "", "", 404, "not_found"),
        ("GET", "/v1/score", "", "", 405, "method_not_allowed"),
        ("PUT", "/livez", "", "", 405, "method_not_allowed"),
        ("POST", "/v1/score", "text/plain", "{}", 415, "unsupported_media_type"),
        ("POST", "/v1/score", "application/json", "{", 400, "bad_json"),
        ("POST", "/v1/score", "application/json", "{}", 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":["a"],"turns":[]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":["a"],"channel":"email"}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"text":["a"]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":[{"side":"buyer"}]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":[{"text":"a","side":"us"}]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":[{"text":"a","before":"b"}]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":[["a"]]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"[["a"]]"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"turns":[["buyer","a"]]}"#, 400, "bad_request"),
        ("POST", "/predict", "application/json", r#"["a"]"#, 400, "bad_request"),
        ("POST", "/predict", "application/json", r#"{"inputs":"a","raw_score":true}"#, 400, "bad_request"),
        (
            "POST",
            "/v2/models/fake/infer",
            "application/json",
            r#"{"inputs":[["text",[1],"BYTES",null,["a"]]]}"#,
            400,
            "bad_request",
        ),
        ("POST", "/v1/score", "application/json", r#"{"turns":[],"channel":null}"#, 400, "bad_json"),
        ("POST", "/v1/score", "application/json", r#"{"turns":[{"text":"a","side":"us"}]}"#, 400, "bad_request"),
        ("POST", "/v1/score", "application/json", r#"{"texts":["nan"]}"#, 500, "scoring_failed"),
        ("POST", "/v1/score", "application/json", r#"{"texts":["boom"]}"#, 500, "scoring_failed"),
        ("POST", "/v1/score", "application/json", r#"{"texts":["panic"]}"#, 500, "scoring_failed"),
    ] {
        let answer = Connection::open(service.address).ask(method, path, &[("content-type", kind)], body.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path} {body}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {path} {body}");
    }
}

#[test]
fn a_failure_costs_nobody_else_and_a_real_score_makes_it_ready_again() {
    let service = Service::plain();
    let good = post(service.address, "/v1/score", r#"{"texts":["good"]}"#).json();
    std::thread::scope(|scope| {
        let bad: Vec<_> = (0..10)
            .map(|i| {
                let words = ["boom", "panic"][i % 2];
                scope.spawn(move || post(service.address, "/v1/score", &json!({ "texts": [words] }).to_string()).status)
            })
            .collect();
        for _ in 0..20 {
            assert_eq!(post(service.address, "/v1/score", r#"{"texts":["good"]}"#).json(), good);
        }
        for answer in bad {
            assert_eq!(answer.join().unwrap(), 500);
        }
    });
    let metric = |name: &str| {
        let text = get(service.address, "/metrics").text();
        text.lines().find_map(|l| l.strip_prefix(name)?.trim().parse::<f64>().ok()).unwrap()
    };
    assert_eq!(metric("dealtone_ready "), 0.0, "suspect until a real score");
    assert_eq!(get(service.address, "/readyz").status, 200);
    assert_eq!(metric("dealtone_ready "), 1.0);
    assert!(metric("dealtone_panics_total ") >= 5.0);
}

#[test]
fn traces_and_request_ids_go_through() {
    let service = Service::plain();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [JSON, ("traceparent", trace), ("tracestate", "a=1"), ("x-request-id", "job-7")];
    let answer = Connection::open(service.address).ask("POST", "/v1/score", &headers, br#"{"texts":["a"]}"#);
    assert_eq!(answer.header("x-request-id"), Some("job-7"));
    assert_eq!(answer.header("tracestate"), Some("a=1"));
    let ours = answer.header("traceparent").unwrap();
    assert!(ours.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && ours != trace, "{ours}");
}

#[test]
fn the_document_and_its_page_are_served() {
    let service = Service::plain();
    let document = get(service.address, "/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    // What every client may use stands where every client looks.
    for path in ["/v2/models/{model}/versions/{version}/infer", "/v2/models/{model}/versions/{version}"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let names: Vec<&str> =
                operation["parameters"].as_array().into_iter().flatten().filter_map(|p| p["name"].as_str()).collect();
            let probe = ["/livez", "/readyz"].contains(&path.as_str());
            let offered = names.iter().filter(|name| **name == "x-deadline-ms").count();
            assert_eq!(offered, usize::from(!probe), "{method} {path}: {names:?}");
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap_or_default()),
                "{method} {path}: its id is taken"
            );
        }
    }
    let page = get(service.address, "/docs");
    assert_eq!(page.status, 200);
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.text().contains(path.as_str()), "{path}");
    }
}
