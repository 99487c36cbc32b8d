//! The letters of Facebook's and Instagram's "Download your information": each byte of UTF-8 stands there as a letter of its own,
//! "\u00e2\u0080\u0099" for an apostrophe.

use serde_json::Value;

/// `document` with the letters that were meant, where it is such a download.
pub fn with_letters(mut document: Value) -> Value {
    if is_download(&document) {
        mend(&mut document);
    }
    document
}

fn is_download(document: &Value) -> bool {
    let messages = document.get("messages").and_then(Value::as_array);
    messages.is_some_and(|all| all.iter().any(|m| m.get("sender_name").is_some() && m.get("timestamp_ms").is_some()))
}

fn mend(value: &mut Value) {
    match value {
        Value::String(text) => *text = meant(text).unwrap_or_else(|| std::mem::take(text)),
        Value::Array(items) => items.iter_mut().for_each(mend),
        Value::Object(fields) => fields.values_mut().for_each(mend),
        _ => {}
    }
}

/// The text whose bytes the letters of `text` are, where they are that and not all of ASCII.
fn meant(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(u8::try_from).collect::<Result<_, _>>().ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn only_bytes_are_read_anew() {
        for (text, expected) in [
            ("It\u{e2}\u{80}\u{99}s \u{f0}\u{9f}\u{98}\u{80}", Some("It’s 😀")),
            ("caf\u{c3}\u{a9}", Some("café")),
            ("café", None),
            ("It’s", None),
            ("plain", None),
        ] {
            assert_eq!(meant(text).as_deref(), expected, "{text}");
        }
    }
}
