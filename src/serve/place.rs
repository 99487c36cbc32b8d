//! Where in a body of JSON something does not fit, and what belongs there, in words of the API.
//!
//! Of the names in a body only those are told that are names of the API's own fields: a body may hold anything, and no
//! word of a conversation stands in an answer.

use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::Value;

use super::openapi;

/// A field of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds, where a reader would not know how to write it.
    pub form: Option<&'static str>,
}

/// The field to whose value this place belongs: a line from 1, and a column in bytes behind it.
pub fn field_at(json: &[u8], line: usize, column: usize) -> Option<Field> {
    let before: usize = json.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    let json = &json[..json.len().min(before.saturating_add(column))];
    // The key of each object or array that is open, as far as it is known: an array has none.
    let mut open: Vec<Option<&[u8]>> = Vec::new();
    let (mut last, mut at) = (None, 0);
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => {
                let start = at + 1;
                at = end_of_string(json, start);
                last = json.get(start..at);
            }
            b'{' | b'[' => open.push(None),
            b'}' | b']' => drop(open.pop()),
            b':' => *open.last_mut()? = last,
            b',' => *open.last_mut()? = None,
            _ => {}
        }
        at += 1;
    }
    let key = open.into_iter().rev().flatten().next()?;
    fields().get(std::str::from_utf8(key).ok()?).copied()
}

/// The place of the quote that ends the string that starts at `at`, or the end.
fn end_of_string(json: &[u8], mut at: usize) -> usize {
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// All fields that the document of the API names.
fn fields() -> &'static BTreeMap<&'static str, Field> {
    static FIELDS: OnceLock<BTreeMap<&str, Field>> = OnceLock::new();
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    FIELDS.get_or_init(|| {
        let document = DOCUMENT.get_or_init(|| serde_json::from_str(openapi::document()).unwrap_or_default());
        let mut found = BTreeMap::new();
        collect(document, &mut found);
        found
    })
}

fn collect(value: &'static Value, found: &mut BTreeMap<&'static str, Field>) {
    let inside: Vec<&Value> = match value {
        Value::Object(map) => map.values().collect(),
        Value::Array(list) => list.iter().collect(),
        _ => return,
    };
    for (name, schema) in value.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let form = match schema.get("format").and_then(Value::as_str) {
            Some("date") => Some("a day as 2026-06-30"),
            Some("date-time") => Some("a moment as 2026-06-30T14:00:00Z"),
            _ => None,
        };
        let field = found.entry(name).or_insert(Field { name, form });
        // The day of judgement is a day in what is sent and a moment in what is answered.
        field.form = if form == Some("a day as 2026-06-30") { form } else { field.form.or(form) };
    }
    for value in inside {
        collect(value, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_that_of_the_value_in_which_the_place_lies() {
        // The place is where `^` stands.
        for (json, name) in [
            (r#"{"close_date":"30.06.2026"^}"#, Some("close_date")),
            (r#"{"name":"a:\",{","amount": "12"^}"#, Some("amount")),
            ("{\n \"owner\": [\"x\", 1^]}", Some("owner")),
            (r#"{"turns":[{"speaker":"a","side":"us"^}]}"#, Some("side")),
            (r#"{"turns":[{"speaker":"a"},7^]}"#, Some("turns")),
            (r#"{"turns":[{^}]}"#, Some("turns")),
            (r#"{"CANARY":"a"^}"#, None),
            (r#"{"name":"a",^"CANARY"}"#, None),
            ("^", None),
            ("7^", None),
            (r#":,"^"#, None),
        ] {
            let (before, after) = json.split_once('^').unwrap();
            let line = before.lines().count().max(1);
            let column = before.lines().last().map_or(0, str::len);
            let found = field_at(format!("{before}{after}").as_bytes(), line, column);
            assert_eq!(found.map(|field| field.name), name, "{json}");
        }
    }

    #[test]
    fn days_and_moments_are_told_by_their_form() {
        let form = |name: &str| fields()[name].form;
        assert_eq!(form("close_date"), Some("a day as 2026-06-30"));
        assert_eq!(form("as_of"), Some("a day as 2026-06-30"));
        assert_eq!(form("started_at"), Some("a moment as 2026-06-30T14:00:00Z"));
        assert_eq!(form("amount"), None);
    }
}
