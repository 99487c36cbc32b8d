//! Why a line is no conversation: the key that does not fit and what it takes, by the schema that is published for such lines.
//! No value is told: it may be somebody's words.

use std::sync::OnceLock;

use serde_json::Value;

/// The schema that is published for a line.
pub(super) fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        serde_json::from_str(include_str!("../../../docs/conversation.schema.json")).unwrap_or_default()
    })
}

/// What of `line` does not fit, as "turns[3].side takes buyer, seller or unknown"; none where nothing is found.
pub fn fault(line: &Value) -> Option<String> {
    look(schema(), line, "")
}

fn look(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let named = if path.is_empty() { "a conversation" } else { path };
    if let Some(names) = schema["enum"].as_array() {
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        return (!value.as_str().is_some_and(|text| names.contains(&text)))
            .then(|| format!("{named} takes {}", either(&names)));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let takes: Vec<&str> = kinds.iter().filter(|kind| **kind != "null").map(|kind| in_words(kind, schema)).collect();
    // The one bound below that there is.
    let below_zero = |value: &Value| schema["minimum"] == 0 && value.is_i64() && !value.is_u64();
    if !kinds.is_empty() && (below_zero(value) || !kinds.iter().any(|kind| is(kind, value))) {
        return Some(format!("{named} takes {}", either(&takes)));
    }
    if let Some(list) = value.as_array() {
        return list.iter().enumerate().find_map(|(n, one)| look(&schema["items"], one, &format!("{path}[{n}]")));
    }
    let object = value.as_object()?;
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(key) = needed.into_iter().find(|key| object.get(*key).is_none_or(Value::is_null)) {
        return Some(format!("{} is missing", below(key)));
    }
    let known = schema["properties"].as_object().into_iter().flatten();
    // What may be left out may be null.
    known
        .filter_map(|(key, schema)| Some((key, schema, object.get(key).filter(|value| !value.is_null())?)))
        .find_map(|(key, schema, value)| look(schema, value, &below(key)))
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => value.is_null(),
    }
}

fn in_words(kind: &str, schema: &Value) -> &'static str {
    match kind {
        "string" => "text in quotation marks",
        "integer" if schema["minimum"] == 0 => "a whole number from 0",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        _ => "an object",
    }
}

fn either(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_by_its_key_and_never_by_its_value() {
        for (line, told) in [
            (r#"{"channel":"fax","turns":[]}"#, "channel takes call, email or chat"),
            (
                r#"{"turns":[{"speaker":"A","text":"x"},{"speaker":"B","text":"x","side":"byer"}]}"#,
                "turns[1].side takes buyer, seller or unknown",
            ),
            (r#"{"id":5,"turns":[]}"#, "id takes text in quotation marks"),
            (r#"{"id":null,"turns":[{"speaker":"A"}]}"#, "turns[0].text is missing"),
            (
                r#"{"turns":[{"speaker":"A","text":"x","start_ms":-1}]}"#,
                "turns[0].start_ms takes a whole number from 0",
            ),
            (r#"{"turns":"x"}"#, "turns takes a list"),
            ("7", "a conversation takes an object"),
            // What may be below zero is passed over.
            (
                r#"{"turns":[],"recording":{"files":[],"length_ms":0,"separate":true,"offset_ms":-5,"lanes":[{"channel":"x","spurts":[]}]}}"#,
                "recording.lanes[0].channel takes a whole number from 0",
            ),
            (
                r#"{"turns":[],"recording":{"files":[],"length_ms":0,"separate":true,"offset_ms":0.5,"lanes":[]}}"#,
                "recording.offset_ms takes a whole number",
            ),
            (
                r#"{"turns":[],"recording":{"files":[],"length_ms":0,"separate":true,"lanes":[{"channel":1,"spurts":[[0,500,-200],[400,"x",-200]]}]}}"#,
                "recording.lanes[0].spurts[1][1] takes a whole number",
            ),
        ] {
            assert_eq!(fault(&serde_json::from_str(line).unwrap()).as_deref(), Some(told), "{line}");
        }
        let negative = r#"{"turns":[],"recording":{"files":[],"length_ms":0,"separate":true,"offset_ms":-5,"lanes":[{"channel":1,"spurts":[[0,500,-200]]}]}}"#;
        assert_eq!(fault(&serde_json::from_str(negative).unwrap()), None);
    }
}
