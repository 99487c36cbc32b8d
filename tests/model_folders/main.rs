//! Bring your own model: folders in each shape that exporters write, made here, load unchanged or are refused with the
//! cause. Skips where the runtime's library is not there.

mod onnx;

use std::{fs, path::Path};

use dealtone::{
    Intent, Side,
    engine::{Engine, EngineOptions},
    score::{Score, Text, runtime_library},
};
use onnx::Graph;
use serde_json::{Value, json};

/// Token ids: the place in this list.
const WORDS: [&str; 5] = ["[UNK]", "good", "bad", "pricey", "broken"];

fn tokenizer() -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        WORDS.iter().enumerate().map(|(id, word)| ((*word).to_owned(), json!(id))).collect();
    json!({
        "version": "1.0", "padding": null, "added_tokens": [], "normalizer": null, "decoder": null, "post_processor": null,
        // Exporters leave a truncation here; it must not cut anybody's words.
        "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    })
}

/// A folder with a bag of words: `rows[label]` is the number that "good", "bad", "pricey" and "broken" add to the label.
fn folder(at: &Path, labels: &[&str], rows: &[[f32; 4]], config: Value, graph: impl FnOnce(&mut Graph)) {
    let table = (0..WORDS.len())
        .map(|word| rows.iter().map(|row| if word == 0 { 0.0 } else { row[word - 1] }).collect())
        .collect();
    let mut g = Graph { table, token_type_ids: false, ids_name: "input_ids", output_name: "logits" };
    graph(&mut g);
    let mut whole = json!({
        "id2label": labels.iter().enumerate().map(|(i, l)| (i.to_string(), json!(l))).collect::<serde_json::Map<_, _>>(),
        "max_position_embeddings": 16
    });
    whole.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
    fs::write(at.join("config.json"), whole.to_string()).unwrap();
    fs::write(at.join("tokenizer.json"), tokenizer().to_string()).unwrap();
    fs::create_dir_all(at.join("onnx")).unwrap();
    fs::write(at.join("onnx/model.onnx"), onnx::model(&g)).unwrap();
}

fn runtime_is_here() -> bool {
    let found = runtime_library::find(None);
    if let Err(why) = &found {
        assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
        eprintln!("skipped: {why}");
    }
    found.is_ok()
}

fn load(at: &Path) -> Result<Engine, String> {
    let options = EngineOptions { model: Some(at.to_owned()), threads: Some(1), ..EngineOptions::default() };
    Engine::load(&options).map_err(|e| e.to_string())
}

fn score(engine: &Engine, text: &str) -> Score {
    let text = Text { side: Side::Unknown, context: String::new(), text: text.into() };
    engine.score_texts(&[text]).unwrap().remove(0)
}

const TONE_ROWS: [[f32; 4]; 3] = [[0.0, 3.0, 2.0, 0.0], [1.0, 1.0, 1.0, 1.0], [3.0, 0.0, 0.0, 0.0]];

#[test]
fn sentiment_only_with_softmax_as_optimum_writes_it() {
    if !runtime_is_here() {
        return;
    }
    for token_type_ids in [false, true] {
        let temp = tempfile::tempdir().unwrap();
        let labels = ["NEGATIVE", "NEUTRAL", "POSITIVE"];
        folder(temp.path(), &labels, &TONE_ROWS, json!({"problem_type": "single_label_classification"}), |g| {
            g.token_type_ids = token_type_ids;
        });
        let engine = load(temp.path()).unwrap();
        let good = score(&engine, "good");
        assert_eq!(good.sentiment.label.name(), "positive");
        // e³ / (e⁰ + e¹ + e³)
        assert_eq!(good.sentiment.positive.0, 843_795);
        assert_eq!(score(&engine, "bad pricey").sentiment.label.name(), "negative");
        assert!(score(&engine, "good bad pricey").intents.0.is_empty());
    }
}

#[test]
fn label_order_is_read_from_the_config() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let rows = [TONE_ROWS[2], TONE_ROWS[0], TONE_ROWS[1]];
    folder(temp.path(), &["positive", "negative", "neutral"], &rows, json!({}), |_| {});
    assert_eq!(score(&load(temp.path()).unwrap(), "good").sentiment.label.name(), "positive");
}

#[test]
fn stars_are_read_as_tones() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let rows = [[0.0, 2.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0; 4], [2.0, 0.0, 0.0, 0.0], [2.5, 0.0, 0.0, 0.0]];
    folder(temp.path(), &["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], &rows, json!({}), |_| {});
    let engine = load(temp.path()).unwrap();
    assert_eq!(score(&engine, "good").sentiment.label.name(), "positive");
    assert_eq!(score(&engine, "bad").sentiment.label.name(), "negative");
}

#[test]
fn intents_only_with_sigmoid_each_for_itself() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let rows = [[-3.0, 1.0, 4.0, 0.0], [-3.0, 4.0, 0.5, 0.0]];
    folder(
        temp.path(),
        &["price_objection", "Pain Point"],
        &rows,
        json!({"problem_type": "multi_label_classification", "dealtone": {"thresholds": {"pain_point": 0.9}}}),
        |g| g.output_name = "output_0",
    );
    let engine = load(temp.path()).unwrap();
    let pricey = score(&engine, "pricey");
    assert_eq!(pricey.sentiment.label.name(), "neutral", "a model of intents says nothing of tone");
    assert!(pricey.intents.has(Intent::PriceObjection));
    assert!(!pricey.intents.has(Intent::PainPoint), "0.62 is under its threshold of 0.9");
    assert!(score(&engine, "bad").intents.has(Intent::PainPoint));
}

#[test]
fn a_long_text_is_scored_in_windows_to_its_last_word() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    folder(temp.path(), &["negative", "neutral", "positive"], &TONE_ROWS, json!({}), |_| {});
    let engine = load(temp.path()).unwrap();
    let head = "word ".repeat(16);
    let (plain, ends_bad) = (score(&engine, &head), score(&engine, &format!("{head}bad bad bad")));
    assert!(ends_bad.sentiment.negative > plain.sentiment.negative, "the words behind the first window count");
}

#[test]
fn what_does_not_fit_is_refused_with_the_cause() {
    if !runtime_is_here() {
        return;
    }
    let tones = ["negative", "neutral", "positive"];
    type Spoil = fn(&Path);
    let cases: &[(&str, &[&str], Value, Spoil, &str)] = &[
        ("labels of another trade", &["LABEL_0", "LABEL_1", "LABEL_2"], json!({}), |_| {}, "none of its labels"),
        (
            "no tokenizer",
            &tones,
            json!({}),
            |at| fs::remove_file(at.join("tokenizer.json")).unwrap(),
            "tokenizer.json: ",
        ),
        ("no weights", &tones, json!({}), |at| fs::remove_dir_all(at.join("onnx")).unwrap(), "model.onnx is missing"),
        ("weights cut short", &tones, json!({}), cut_weights, "ONNX Runtime refuses it"),
        (
            "fewer outputs than labels",
            &tones,
            json!({"id2label": {"0": "negative", "1": "neutral", "2": "positive", "3": "stall"}}),
            |_| {},
            "config.json names 4 labels",
        ),
        ("a label left out", &tones, json!({"id2label": {"0": "negative", "2": "positive"}}), |_| {}, "no number 1"),
        (
            "a threshold over 1",
            &tones,
            json!({"id2label": {"0": "negative", "1": "neutral", "2": "stall"}, "dealtone": {"thresholds": {"stall": 1.5}}}),
            |_| {},
            "threshold of stall is 1.5",
        ),
        (
            "config that is no JSON",
            &tones,
            json!({}),
            |at| fs::write(at.join("config.json"), "{\n oops").unwrap(),
            "config.json:2",
        ),
    ];
    for (name, labels, config, spoil, expected) in cases {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), labels, &TONE_ROWS, config.clone(), |_| {});
        spoil(temp.path());
        let message = load(temp.path()).map(|_| ()).unwrap_err();
        assert!(message.contains(expected), "{name}: {message}");
        assert!(message.contains(&temp.path().display().to_string()), "{name}: names the folder: {message}");
    }
    let missing = load(Path::new("/no/such/folder")).map(|_| ()).unwrap_err();
    assert!(missing.contains("no such folder"), "{missing}");
}

fn cut_weights(at: &Path) {
    let path = at.join("onnx/model.onnx");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn a_number_that_is_none_is_an_error_and_never_a_score() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let mut rows = TONE_ROWS;
    rows[0][3] = f32::NAN;
    folder(temp.path(), &["negative", "neutral", "positive"], &rows, json!({}), |_| {});
    let engine = load(temp.path()).unwrap();
    let text = |t: &str| Text { side: Side::Unknown, context: String::new(), text: t.into() };
    let error = engine.score_texts(&[text("good"), text("broken")]).unwrap_err();
    assert!(error.to_string().contains("NaN"), "{error}");
    assert!(engine.score_texts(&[text("good")]).is_ok(), "the engine goes on");
}
