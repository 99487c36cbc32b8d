//! Soniox: `tokens`, parts of words each, with a blank before whatever begins a word.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, millis, speaker, text};
use crate::read::turns::{Word, from_words};

/// Soniox.
pub static SONIOX: JsonFormat = JsonFormat {
    name: "soniox-json",
    doc: "Soniox: tokens with speakers, parts of words each",
    is: |v| {
        let first = list(v, "tokens").first();
        first.is_some_and(|token| at(token, "text").is_string() && at(token, "start_ms").is_number())
    },
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    // A translation stands beside what was said, and "<end>" where somebody ends.
    let said = |token: &&Value| {
        text(token, "translation_status") != "translation" && !matches!(text(token, "text"), "" | "<end>" | "<fin>")
    };
    let mut before: Option<&Value> = None;
    let words = list(v, "tokens").iter().filter(said).map(|token| {
        let name = speaker(token, "speaker");
        let part = text(token, "text");
        let last = before.replace(token);
        let glued = !part.starts_with(char::is_whitespace)
            && last.is_some_and(|last| speaker(last, "speaker") == name && !text(last, "text").ends_with(' '));
        Word {
            speaker: name,
            start_ms: millis(token, "start_ms"),
            end_ms: millis(token, "end_ms"),
            text: part.trim().into(),
            glued,
        }
    });
    Transcript { turns: from_words(words), ..Transcript::default() }
}
