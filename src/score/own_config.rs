//! The `dealtone` object of a model's `config.json`: what Hugging Face's own keys cannot say.
//!
//! A setting that is misspelt would be passed over and the model read by others than its maker meant. So what is not known
//! is refused, with the names that are.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::model::InputShape;
use crate::{
    names::unknown_name,
    utterance::{INTENTS, Intent},
};

/// The version of the object that is read here.
const VERSION: u64 = 1;

/// The objects, by the way to them, with the keys that they may have.
const KEYS: &[(&[&str], &[&str])] = &[
    (&[], &["version", "model_sha256", "heads", "sentiment_temperature", "abstain", "thresholds", "input", "language"]),
    // For people: which labels belong together follows from their names.
    (&["heads"], &["sentiment", "intents"]),
    (&["abstain"], &["rule", "below"]),
    (
        &["input"],
        &[
            "template",
            "context",
            "context_if_words_at_most",
            "context_max_words",
            "side_prefix",
            "max_tokens",
            "normalise",
        ],
    ),
    (&["input", "side_prefix"], &["buyer", "seller", "unknown"]),
];

/// Settings that have one meaning only, each with the values that stand for it.
const FIXED: &[(&[&str], &[&str])] = &[
    (&["language"], &["en"]),
    (&["abstain", "rule"], &["max_probability"]),
    (&["input", "template"], &["pair"]),
    (&["input", "normalise"], &["collapse_whitespace", "trim"]),
];

/// What the object says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct OwnConfig {
    /// Hex SHA-256 of the ONNX file.
    pub model_sha256: Option<String>,
    pub sentiment_temperature: Option<f64>,
    pub thresholds: BTreeMap<String, f64>,
    pub abstain: Option<Abstain>,
    pub input: InputShape,
    /// The one language that it reads.
    pub language: Option<String>,
}

/// When the tone is called unclear.
#[derive(Deserialize)]
pub(super) struct Abstain {
    /// The best tone's probability is below this.
    pub below: f64,
}

impl OwnConfig {
    /// Reads the object.
    ///
    /// # Errors
    /// Where it has a key or a value that means nothing here.
    pub fn read(object: &Value) -> Result<OwnConfig, String> {
        if !object.is_object() {
            return Err(format!("config.json: dealtone is {object}, and holds settings by their names"));
        }
        check_names(object)?;
        let own = OwnConfig::deserialize(object).map_err(|e| format!("config.json: dealtone: {e}"))?;
        if let Some(version) = object.get("version").filter(|v| v.as_u64() != Some(VERSION)) {
            return Err(format!(
                "config.json: dealtone.version is {version}, and this dealtone reads version {VERSION}; take a newer dealtone"
            ));
        }
        if let Some(Abstain { below }) = own.abstain
            && !(0.0..=1.0).contains(&below)
        {
            return Err(format!("config.json: dealtone.abstain.below is {below}, not from 0 to 1"));
        }
        let temperature = own.sentiment_temperature.unwrap_or(1.0);
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(format!("config.json: sentiment_temperature is {temperature}; it must be above 0"));
        }
        for (name, threshold) in &own.thresholds {
            if name.parse::<Intent>().is_err() {
                let unknown = unknown_name(name, "intent", INTENTS.iter().map(|row| row.name));
                return Err(format!("config.json: dealtone.thresholds: {unknown}"));
            }
            if !(0.0..=1.0).contains(threshold) {
                return Err(format!("config.json: the threshold of {name} is {threshold}, not from 0 to 1"));
            }
        }
        Ok(own)
    }
}

fn check_names(object: &Value) -> Result<(), String> {
    for (way, known) in KEYS {
        let mut keys = at(object, way).and_then(Value::as_object).into_iter().flat_map(|inner| inner.keys());
        if let Some(key) = keys.find(|key| !known.contains(&key.as_str())) {
            return Err(refuse(way, key, "setting", known));
        }
    }
    for (way, known) in FIXED {
        let values = match at(object, way) {
            Some(Value::Array(values)) => &values[..],
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        if let Some(value) = values.iter().find(|value| !value.as_str().is_some_and(|v| known.contains(&v))) {
            return Err(refuse(way, value.as_str().unwrap_or(&value.to_string()), "value", known));
        }
    }
    Ok(())
}

fn at<'a>(object: &'a Value, way: &[&str]) -> Option<&'a Value> {
    way.iter().try_fold(object, |inner, key| inner.get(key))
}

fn refuse(way: &[&str], name: &str, what: &str, known: &[&str]) -> String {
    let place = [&["dealtone"], way].concat().join(".");
    format!("config.json: {place}: {}; it knows {}", unknown_name(name, what, known.iter().copied()), known.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_nothing_here_is_refused_with_what_would() {
        for (object, expected) in [
            (
                json!({"input": {"contxt": "previous"}}),
                r#"dealtone.input: "contxt" is no setting; did you mean "context""#,
            ),
            (
                json!({"input": {"side_prefix": {"byer": "b: "}}}),
                r#"side_prefix: "byer" is no setting; did you mean "buyer""#,
            ),
            (json!({"temperature": 2}), r#"dealtone: "temperature" is no setting"#),
            (json!({"version": 99}), "dealtone.version is 99"),
            (json!({"version": "1"}), r#"dealtone.version is "1""#),
            (json!({"abstain": {"below": 5}}), "dealtone.abstain.below is 5"),
            (
                json!({"abstain": {"below": 0.5, "rule": "margin"}}),
                r#"abstain.rule: "margin" is no value; it knows max_probability"#,
            ),
            (json!({"input": {"normalise": ["trim", "lowercase"]}}), r#""lowercase" is no value"#),
            (json!({"thresholds": {"stal": 0.5}}), r#""stal" is no intent; did you mean "stall""#),
            (json!({"thresholds": {"stall": 1.5}}), "threshold of stall is 1.5"),
            (json!({"sentiment_temperature": 0}), "sentiment_temperature is 0"),
            (json!([]), "config.json: dealtone is []"),
        ] {
            let message = OwnConfig::read(&object).err().unwrap_or_else(|| panic!("{object} was taken"));
            assert!(message.contains(expected), "{object}: {message}");
        }
        let good = json!({"version": 1, "abstain": {"rule": "max_probability", "below": 0.5}, "input": {"normalise": ["trim"]}});
        assert!(OwnConfig::read(&good).is_ok());
    }
}
