//! The published schemas hold for real output, and are able to refuse.

use dealtone::{
    Intent,
    report::{NotRead, jsonl, schema},
    utterance::Unread,
};
use serde_json::{Value, json};

use crate::fixture;

#[test]
fn every_line_fits_its_schema() {
    for made in [fixture::plain(), fixture::hostile("<b>\u{1b}[31m=1+1 ")] {
        check("utterances", &jsonl::utterances(&made.deal));
        check("deals", &jsonl::deal(&made.report));
    }
    check(
        "skipped",
        &jsonl::skipped([NotRead { file: "a", line: None, code: "empty", message: "Nothing in it.", is_loss: true }]),
    );
}

#[test]
fn what_can_be_fed_in_fits_and_what_is_required_is_required() {
    for scored in fixture::plain().deal.by_time() {
        let line = serde_json::to_string(scored).unwrap() + "\n";
        check("scored", &line);
        check("conversation", &(serde_json::to_string(&scored.conversation).unwrap() + "\n"));
        // What the schema says of a field and what reading does without it are the same.
        let schema = (schema::named("scored").unwrap().schema)();
        let whole: Value = serde_json::from_str(&line).unwrap();
        for parent in [
            "",
            "/conversation",
            "/conversation/turns/0",
            "/conversation/participants/0",
            "/conversation/source",
            "/provenance",
        ] {
            let fields: Vec<String> = whole.pointer(parent).unwrap().as_object().unwrap().keys().cloned().collect();
            for field in fields {
                let mut less = whole.clone();
                less.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&field);
                let reads = serde_json::from_value::<dealtone::Scored>(less.clone()).is_ok();
                assert_eq!(misfit(&schema, &less, "").is_none(), reads, "{parent}/{field}");
            }
        }
    }
}

#[test]
fn what_a_model_cannot_read_fits_too() {
    let unread = Unread { sentiment: true, intents: [Intent::Stall].into(), other_languages: true };
    let made = fixture::plain().unread(unread);
    check("deals", &jsonl::deal(&made.report));
    check("scored", &(serde_json::to_string(made.deal.by_time()[0]).unwrap() + "\n"));
}

#[test]
fn a_deal_without_anything_fits_too() {
    let mut made = fixture::plain();
    made.report.crm = None;
    made.report.as_of = None;
    made.report.health = dealtone::health::Health::default();
    made.report.provenance = None;
    check("deals", &jsonl::deal(&made.report));
}

#[test]
fn a_wrong_line_is_refused() {
    let schema = (schema::named("utterances").unwrap().schema)();
    let line = jsonl::utterances(&fixture::plain().deal);
    let good: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    for (pointer, wrong) in [
        ("/side", json!("rep")),
        ("/turn", json!(-1)),
        ("/turn", json!("0")),
        ("/at_ms", json!(1.5)),
        ("/sentiment/negative", json!(1.2)),
        ("/sentiment/label", json!("angry")),
        ("/intents", json!({ "price": 0.9 })),
        ("/span", json!([1])),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(misfit(&schema, &bad, "").is_some(), "{pointer}");
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("deal");
    assert!(misfit(&schema, &bad, "").is_some());
}

fn check(name: &str, lines: &str) {
    let schema = (schema::named(name).unwrap().schema)();
    assert!(!lines.is_empty());
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(misfit(&schema, &value, ""), None, "{name}");
    }
}

/// Where `value` does not fit, by the keywords that our schemas use; any other keyword is a failure of the test.
fn misfit(schema: &Value, value: &Value, at: &str) -> Option<String> {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let fits = match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" => true,
            "type" => match wanted {
                Value::Array(any) => any.iter().any(|t| is(t, value)),
                one => is(one, value),
            },
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => wanted == value,
            "minimum" => value.as_f64().is_none_or(|n| n >= wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= wanted.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|a| a.len() as u64 >= wanted.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|a| a.len() as u64 <= wanted.as_u64().unwrap()),
            "format" => match (wanted.as_str().unwrap(), value.as_str()) {
                ("date-time", Some(text)) => text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z'),
                ("date", Some(text)) => text.parse::<jiff::civil::Date>().is_ok(),
                (_, text) => text.is_none(),
            },
            "required" => wanted.as_array().unwrap().iter().all(|f| value.get(f.as_str().unwrap()).is_some()),
            "anyOf" => wanted.as_array().unwrap().iter().any(|s| misfit(s, value, at).is_none()),
            "items" => {
                let inner =
                    value.as_array().and_then(|all| all.iter().find_map(|v| misfit(wanted, v, &format!("{at}/[]"))));
                if inner.is_some() {
                    return inner;
                }
                true
            }
            "properties" => {
                let inner = wanted
                    .as_object()
                    .unwrap()
                    .iter()
                    .find_map(|(n, s)| misfit(s, value.get(n)?, &format!("{at}/{n}")));
                if inner.is_some() {
                    return inner;
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let mut others = value.as_object()?.iter().filter(|(n, _)| known.is_none_or(|k| !k.contains_key(*n)));
                match wanted {
                    Value::Bool(false) => others.next().is_none(),
                    s => others.all(|(n, v)| misfit(s, v, &format!("{at}/{n}")).is_none()),
                }
            }
            other => panic!("the test does not know the keyword {other}"),
        };
        if !fits {
            return Some(format!("{at}: {keyword} {wanted}, found {value}"));
        }
    }
    None
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    }
}
