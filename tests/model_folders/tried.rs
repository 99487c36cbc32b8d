//! A folder is tried out with rows that its tokenizer makes: what every row of a model has must be there, and what the folder
//! promises must hold.

use std::{fs, path::Path};

use dealtone::{Side, score::Text};
use serde_json::json;

use super::{TONE_ROWS, WORDS, folder, load, onnx::Graph, runtime_is_here, score, tokenizer};

const TONES: [&str; 3] = ["negative", "neutral", "positive"];

/// Has a tokenizer put a word at the end of every row.
fn end_with(at: &Path, word: &str) {
    let id = WORDS.iter().position(|w| *w == word).unwrap();
    let mut tokenizer = tokenizer();
    let sequence = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    let end = json!({"SpecialToken": {"id": word, "type_id": 0}});
    tokenizer["post_processor"] = json!({
        "type": "TemplateProcessing", "single": [sequence("A"), end], "pair": [sequence("A"), sequence("B"), end],
        "special_tokens": {word: {"id": word, "ids": [id], "tokens": [word]}}
    });
    fs::write(at.join("tokenizer.json"), tokenizer.to_string()).unwrap();
}

#[test]
fn a_model_that_reads_a_row_at_its_end_token_is_run_over_rows_that_have_one() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let broken = WORDS.iter().position(|w| *w == "broken").unwrap() as i64;
    folder(temp.path(), &TONES, &TONE_ROWS, json!({}), |g| g.needs_token = Some(broken));
    end_with(temp.path(), "broken");
    let engine = load(temp.path()).unwrap();
    assert_eq!(score(&engine, "good").sentiment.label.name(), "positive");
}

#[test]
fn a_row_as_long_as_the_config_allows_is_tried_before_a_long_line_meets_it() {
    if !runtime_is_here() {
        return;
    }
    let form = |g: &mut Graph| g.positions = Some(14);
    let temp = tempfile::tempdir().unwrap();
    folder(temp.path(), &TONES, &TONE_ROWS, json!({}), form);
    let message = load(temp.path()).map(|_| ()).unwrap_err();
    for part in ["a line of 16 tokens cannot be scored", "max_position_embeddings", r#"{"max_tokens": 14}"#] {
        assert!(message.contains(part), "{part}: {message}");
    }
    // What the message says mends it; so does a kind of model that is known to count from behind its padding.
    for config in [json!({"dealtone": {"input": {"max_tokens": 14}}}), json!({"model_type": "camembert"})] {
        let temp = tempfile::tempdir().unwrap();
        folder(temp.path(), &TONES, &TONE_ROWS, config, form);
        let engine = load(temp.path()).unwrap();
        assert_eq!(engine.card.max_tokens, 14);
        assert_eq!(score(&engine, &"bad ".repeat(90)).sentiment.label.name(), "negative");
    }
}

#[test]
fn a_text_in_which_the_tokenizer_finds_nothing_is_unclear_and_costs_no_other_its_score() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let mut rows = TONE_ROWS.to_vec();
    rows.push([0.0; 4]);
    let labels = ["negative", "neutral", "positive", "stall"];
    let config = json!({"dealtone": {"thresholds": {"stall": 0.0}, "input": {"context": "previous"}}});
    folder(temp.path(), &labels, &rows, config, |_| {});
    let engine = load(temp.path()).unwrap();
    let text = |context: &str, text: &str| Text { side: Side::Unknown, context: context.into(), text: text.into() };
    let scores = engine.score_texts(&[text("", " "), text("", "good"), text("good", " ")]).unwrap();
    for nothing in [&scores[0], &scores[2]] {
        assert!(nothing.sentiment.unclear && nothing.intents.0.is_empty(), "{nothing:?}");
        assert_eq!((nothing.sentiment.negative.0, nothing.sentiment.positive.0), (333_333, 333_333));
    }
    assert_eq!(scores[1].sentiment.label.name(), "positive");
}

#[test]
fn a_model_is_called_by_its_folder_however_that_was_named() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let model = temp.path().join("hub/models--acme--tone/snapshots/0a1b2c");
    let plain = temp.path().join("tone-v3");
    for at in [&model, &plain] {
        fs::create_dir_all(at).unwrap();
        folder(at, &TONES, &TONE_ROWS, json!({}), |_| {});
    }
    let engines = [&model, &plain, &plain.join("."), &plain.join("onnx/..")].map(|at| load(at).unwrap());
    let names: Vec<&str> = engines.iter().map(|engine| engine.provenance.model.as_str()).collect();
    assert_eq!(names, ["acme/tone", "tone-v3", "tone-v3", "tone-v3"]);
    assert!(engines.iter().all(|engine| engine.provenance.is_same_making(&engines[0].provenance)));
}
