//! Half a pair of UTF-16 in an escape of JSON, as `"\ud83d"`: what is left where a text was cut in the middle of an emoji.
//!
//! JSON leaves it to the reader (RFC 8259, 8.2), and JavaScript and Python write it. No text here can hold it, so the sign for
//! what was lost stands in its place: one cut preview would cost a whole file or request otherwise.

/// Bytes of an escape.
const LENGTH: usize = r"\ud83d".len();
/// What stands in the place of half a pair.
const LOST: &[u8; LENGTH] = br"\ufffd";

/// The JSON with U+FFFD in place of every half; none where there is none. All else stays at its place.
pub fn mended(json: &[u8]) -> Option<Vec<u8>> {
    let (mut halves, mut at) = (Vec::new(), 0);
    while let Some(escape) = json[at..].iter().position(|byte| *byte == b'\\').map(|further| at + further) {
        at = match unit(json, escape) {
            Some(0xD800..=0xDBFF) if matches!(unit(json, escape + LENGTH), Some(0xDC00..=0xDFFF)) => {
                escape + 2 * LENGTH
            }
            Some(0xD800..=0xDFFF) => {
                halves.push(escape);
                escape + LENGTH
            }
            // What is escaped may be a backslash.
            _ => json.len().min(escape + 2),
        };
    }
    let mut whole = if halves.is_empty() { return None } else { json.to_vec() };
    for half in halves {
        whole[half..half + LENGTH].copy_from_slice(LOST);
    }
    Some(whole)
}

/// As [`mended`], of text.
pub fn mended_text(json: &str) -> Option<String> {
    String::from_utf8(mended(json.as_bytes())?).ok()
}

/// The unit of UTF-16 that is escaped at a place.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + LENGTH)?.strip_prefix(br"\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_replaced_and_nothing_else_is() {
        for (json, whole) in [
            (r#""ok \ud83d""#, Some(r#""ok \ufffd""#)),
            (
                r#""\uDE00\ud83d\ude00 \ud83d\ud83d\ude00\ud83dx""#,
                Some(r#""\ufffd\ud83d\ude00 \ufffd\ud83d\ude00\ufffdx""#),
            ),
            (r#""\\\ud83d""#, Some(r#""\\\ufffd""#)),
            (r#""\\ud83d \u00e9 \ud83d\ude00""#, None),
            (r#""\ud8"#, None),
            (r#""\"#, None),
            ("", None),
        ] {
            assert_eq!(mended_text(json).as_deref(), whole, "{json}");
        }
    }
}
