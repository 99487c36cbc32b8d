//! What `config.json` says in Hugging Face's own keys. Of the many that may stand there few are read; one that is read and
//! holds something else than it must is named.

use serde_json::{Map, Value};

/// Kinds of models (`model_type`) that count positions from behind the number of the padding token, so that their table has
/// two more than a row may have tokens. Names that hold "roberta" are others of them.
const POSITIONS_BEHIND_PADDING: [&str; 9] =
    ["camembert", "data2vec-text", "esm", "ibert", "longformer", "luke", "mluke", "mpnet", "xmod"];
/// Characters of a wrong value that a message shows.
const SHOWN: usize = 60;

/// The keys that are read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ConfigFile {
    /// `_name_or_path`, where it names anything.
    pub name: Option<String>,
    /// `id2label`, in the order of the outputs.
    pub labels: Vec<String>,
    /// `problem_type`.
    pub problem_type: Option<String>,
    /// `max_position_embeddings`.
    pub positions: Option<usize>,
    /// How many of the positions no token of a row can have, by `model_type`.
    pub reserved: usize,
    /// `pad_token_id`.
    pub pad_id: Option<i64>,
    /// `dealtone`, as it stands there.
    pub dealtone: Option<Value>,
}

impl ConfigFile {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it is no JSON object, or a key that is read holds something else than it must: which, and what it must be.
    pub(super) fn read(bytes: &[u8]) -> Result<ConfigFile, String> {
        let config: Value =
            serde_json::from_slice(without_mark(bytes)).map_err(|e| format!("config.json:{}: {e}", e.line()))?;
        let Value::Object(mut keys) = config else {
            return Err(format!(
                "config.json is {}, and must be an object of settings, as transformers writes it",
                shown(&config)
            ));
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let model_type = setting(&keys, "model_type", "a text", text)?.unwrap_or_default();
        let behind = model_type.contains("roberta") || POSITIONS_BEHIND_PADDING.contains(&model_type.as_str());
        let positions = setting(&keys, "max_position_embeddings", "a whole number, 0 or above", Value::as_u64)?;
        Ok(ConfigFile {
            name: setting(&keys, "_name_or_path", "a text", text)?.filter(|name| !name.is_empty()),
            labels: labels(keys.get("id2label"))?,
            problem_type: setting(&keys, "problem_type", "a text", text)?,
            positions: positions.map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
            reserved: if behind { 2 } else { 0 },
            pad_id: setting(&keys, "pad_token_id", "a whole number", Value::as_i64)?,
            dealtone: keys.remove("dealtone").filter(|value| !value.is_null()),
        })
    }
}

/// A file without the byte-order mark that some editors put before it.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What a key holds; nothing where it is missing or null.
fn setting<T>(
    keys: &Map<String, Value>,
    key: &str,
    must_be: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, String> {
    match keys.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value)
            .map(Some)
            .ok_or_else(|| format!("config.json: {key} is {}, and must be {must_be}", shown(value))),
    }
}

/// The labels by their number; every number from 0 on must be there.
fn labels(id2label: Option<&Value>) -> Result<Vec<String>, String> {
    const MUST_BE: &str = "it must name every output by its number, as {\"0\": \"negative\", \"1\": \"positive\"}";
    let names = match id2label {
        Some(Value::Object(names)) if !names.is_empty() => names,
        None | Some(Value::Null | Value::Object(_)) => {
            return Err(format!(
                "config.json: id2label is missing, so nobody can know what the model's outputs mean; {MUST_BE}"
            ));
        }
        Some(other) => return Err(format!("config.json: id2label is {}; {MUST_BE}", shown(other))),
    };
    (0..names.len())
        .map(|number| match names.get(&number.to_string()) {
            Some(Value::String(name)) => Ok(name.clone()),
            Some(other) => Err(format!("config.json: id2label calls number {number} {}; {MUST_BE}", shown(other))),
            None => Err(format!("config.json: id2label has {} labels but no number {number}; number them from 0, without a gap, in the order of the model's outputs", names.len())),
        })
        .collect()
}

/// A value as a message shows it: as much as tells what it is.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain(['…']).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(config: &Value) -> Result<ConfigFile, String> {
        ConfigFile::read(config.to_string().as_bytes())
    }

    #[test]
    fn a_key_that_holds_something_else_is_named_with_what_it_must_be() {
        let labels = json!({"0": "negative", "1": "positive"});
        for (config, expected) in [
            (json!([]), "config.json is [], and must be an object"),
            (json!({}), "id2label is missing"),
            (json!({"id2label": null}), "id2label is missing"),
            (json!({"id2label": {}}), "id2label is missing"),
            (json!({"id2label": ["negative"]}), r#"id2label is ["negative"]; it must name every output"#),
            (json!({"id2label": {"0": 0, "1": 1}}), "id2label calls number 0 0; it must name"),
            (json!({"id2label": {"0": "a", "2": "b"}}), "id2label has 2 labels but no number 1"),
            (
                json!({"id2label": labels, "max_position_embeddings": -1}),
                "max_position_embeddings is -1, and must be a whole number",
            ),
            (json!({"id2label": labels, "pad_token_id": [0]}), "pad_token_id is [0], and must be a whole number"),
            (json!({"id2label": labels, "problem_type": 1}), "problem_type is 1, and must be a text"),
        ] {
            let message = read(&config).unwrap_err();
            assert!(message.starts_with("config.json") && message.contains(expected), "{config}: {message}");
        }
        let long = read(&json!(vec!["long"; 500])).unwrap_err();
        assert!(long.len() < 200, "{long}");
    }

    #[test]
    fn a_byte_order_mark_and_nulls_say_nothing() {
        let config = json!({"id2label": {"0": "negative"}, "max_position_embeddings": null, "pad_token_id": null, "dealtone": null});
        let plain = read(&config).unwrap();
        assert_eq!(plain, ConfigFile { labels: vec!["negative".into()], ..ConfigFile::default() });
        assert_eq!(ConfigFile::read(format!("\u{feff}{config}").as_bytes()).unwrap(), plain);
    }

    #[test]
    fn positions_behind_padding_are_no_tokens_of_a_row() {
        for (model_type, expected) in [("bert", 0), ("xlm-roberta", 2), ("camembert", 2), ("mpnet", 2)] {
            let config = json!({"id2label": {"0": "negative"}, "model_type": model_type});
            assert_eq!(read(&config).unwrap().reserved, expected, "{model_type}");
        }
    }
}
