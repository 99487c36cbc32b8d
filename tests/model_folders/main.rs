//! Bring your own model: folders in each shape that exporters write, made here, load unchanged or are refused with the
//! cause. Skips where the runtime's library is not there.

mod exclusive;
mod onnx;
mod tried;

use std::{fs, path::Path};

use dealtone::{
    Intent, Side,
    engine::{Engine, EngineOptions},
    score::{Fit, Score, Text, runtime_library},
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
    let mut g = Graph { table, ..Graph::default() };
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
    if let Some(file) = g.table_file {
        fs::write(at.join("onnx").join(file), onnx::table(&g)).unwrap();
    }
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
    let tone = pricey.sentiment;
    assert_eq!((tone.label.name(), tone.unclear), ("neutral", true), "a model of intents says nothing of tone");
    assert_eq!((tone.negative.0, tone.positive.0), (333_333, 333_333), "and claims no probability");
    assert!(engine.provenance.unread.sentiment);
    assert_eq!(engine.provenance.unread.intents.len(), 15);
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
        ("a graded answer", &tones, json!({"problem_type": "regression"}), |_| {}, "problem_type is \"regression\""),
        (
            "a setting that is misspelt",
            &tones,
            json!({"dealtone": {"input": {"contxt": "previous"}}}),
            |_| {},
            "did you mean \"context\"",
        ),
        (
            "weights that are not those the config was written for",
            &tones,
            json!({"dealtone": {"model_sha256": "00"}}),
            |_| {},
            "dealtone.model_sha256 says 00",
        ),
        (
            "several weights",
            &tones,
            json!({}),
            |at| rename_weights(at, &["a.onnx", "b.onnx"]),
            "There lie onnx/a.onnx, onnx/b.onnx",
        ),
        (
            "weights of another kind",
            &tones,
            json!({}),
            |at| rename_weights(at, &["model.pt"]),
            "there lie config.json, onnx/model.pt",
        ),
        ("a feeling among others", &["joy", "anger", "neutral"], json!({}), |_| {}, "none of its labels"),
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

fn rename_weights(at: &Path, names: &[&str]) {
    for name in names {
        fs::copy(at.join("onnx/model.onnx"), at.join("onnx").join(name)).unwrap();
    }
    fs::remove_file(at.join("onnx/model.onnx")).unwrap();
}

#[test]
fn a_graph_of_another_form_is_refused_with_what_to_export_instead() {
    if !runtime_is_here() {
        return;
    }
    type Form = fn(&mut Graph);
    let cases: &[(&str, Form, &str)] = &[
        ("narrow integers", |g| g.input_type = onnx::INT32, "takes input_ids as i32"),
        ("half floats", |g| g.output_type = onnx::FLOAT16, "gives its numbers as f16"),
        ("fixed rows", |g| g.fixed = [None, Some(9)], "rows of exactly 9 tokens"),
        ("fixed batches", |g| g.fixed = [Some(2), None], "exactly 2 texts at once"),
        ("fewer words than the tokenizer", |g| g.table.truncate(3), "words up to number 4"),
        ("a table that is nowhere", |g| g.table_file = Some("../table"), "outside its folder"),
    ];
    for (name, form, expected) in cases {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), &["negative", "neutral", "positive"], &TONE_ROWS, json!({}), form);
        let message = load(temp.path()).map(|_| ()).unwrap_err();
        assert!(message.contains(expected), "{name}: {message}");
        assert!(message.contains(&temp.path().display().to_string()), "{name}: names the folder: {message}");
    }
}

#[test]
fn padding_is_the_token_that_the_config_names_and_a_model_that_minds_it_runs_line_by_line() {
    if !runtime_is_here() {
        return;
    }
    // It counts padding as words. Only "broken" weighs nothing.
    let unmasked = |g: &mut Graph| {
        g.masked = false;
        g.table[0] = vec![2.0, 0.0, 0.0];
        g.table[4] = vec![0.0; 3];
    };
    let labels = ["negative", "neutral", "positive"];
    let texts = ["good", "good good bad pricey good good"].map(|text| Text {
        side: Side::Unknown,
        context: String::new(),
        text: text.into(),
    });
    for (config, fits) in [(json!({"pad_token_id": 4}), true), (json!({}), false), (json!({"pad_token_id": 99}), false)]
    {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), &labels, &TONE_ROWS, config.clone(), unmasked);
        let engine = load(temp.path()).unwrap();
        assert_eq!(engine.fit == Fit::Together, fits, "{config}: {:?}", engine.fit);
        let together = engine.score_texts(&texts).unwrap();
        for (text, score) in texts.iter().zip(together) {
            assert_eq!(engine.score_texts(std::slice::from_ref(text)).unwrap(), [score], "{config}: {text:?}");
        }
    }
    let temp = tempfile::tempdir().unwrap();
    folder(temp.path(), &labels, &TONE_ROWS, json!({}), |g| g.fixed = [Some(1), None]);
    let engine = load(temp.path()).unwrap();
    assert!(matches!(engine.fit, Fit::OneByOne(_)), "it takes one text at a time");
    assert_eq!(engine.score_texts(&texts).unwrap().len(), 2);
}

#[test]
fn weights_are_found_by_any_name_where_they_are_the_only_ones() {
    if !runtime_is_here() {
        return;
    }
    for name in ["model_int8.onnx", "model_quantized.onnx", "model_optimized.onnx"] {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), &["negative", "neutral", "positive"], &TONE_ROWS, json!({}), |_| {});
        rename_weights(temp.path(), &[name]);
        assert!(load(temp.path()).unwrap().card.weights.ends_with(name), "{name}");
    }
}

#[test]
fn a_model_is_told_from_another_by_its_tensors_wherever_they_lie() {
    if !runtime_is_here() {
        return;
    }
    let hash = |rows: &[[f32; 4]]| {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), &["negative", "neutral", "positive"], rows, json!({}), |g| {
            g.table_file = Some("model.onnx_data");
        });
        let engine = load(temp.path()).unwrap();
        fs::remove_file(temp.path().join("onnx/model.onnx_data")).unwrap();
        let message = load(temp.path()).map(|_| ()).unwrap_err();
        assert!(message.contains("model.onnx_data is missing"), "{message}");
        engine.provenance.model_sha256
    };
    let mut other = TONE_ROWS;
    other[0][0] = 9.0;
    assert_ne!(hash(&TONE_ROWS), hash(&other));
    assert_eq!(hash(&TONE_ROWS), hash(&TONE_ROWS));
}

#[test]
fn a_lone_tone_is_a_probability_and_the_rest_is_neutral() {
    if !runtime_is_here() {
        return;
    }
    let row = [2.0, -3.0, 0.0, 0.0];
    let other = [0.0; 4];
    type Case = (&'static [&'static str], Vec<[f32; 4]>, &'static str, u32);
    let cases: [Case; 4] = [
        // 1 / (1 + e⁻²)
        (&["POSITIVE"], vec![row], "positive", 880_797),
        (&["Negative "], vec![row], "negative", 880_797),
        // Beside labels that it does not exclude, and beside one that it does: e² / (e² + 1).
        (&["positive", "stall", "champion"], vec![row, other, other], "positive", 880_797),
        (&["positive", "other"], vec![row, other], "positive", 880_797),
    ];
    for (labels, rows, tone, expected) in cases {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), labels, &rows, json!({}), |_| {});
        let engine = load(temp.path()).unwrap();
        let good = score(&engine, "good").sentiment;
        let read = if tone == "positive" { good.positive.0 } else { good.negative.0 };
        assert_eq!((good.label.name(), read), (tone, expected), "{labels:?}");
        assert_eq!(good.neutral.0, 1_000_000 - expected, "{labels:?}");
        assert_eq!(score(&engine, "bad").sentiment.label.name(), "neutral", "{labels:?}");
        assert!(engine.provenance.unread.sentiment, "{labels:?}: it cannot tell both sides");
    }
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
