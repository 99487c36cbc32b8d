//! AssemblyAI: `utterances` with speakers A, B, …, else `words`; times in milliseconds.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, millis, speaker, text, turn, with_words};
use crate::read::turns::{Word, from_words};

/// AssemblyAI.
pub static ASSEMBLYAI: JsonFormat = JsonFormat {
    name: "assemblyai-json",
    doc: "AssemblyAI: utterances or words",
    is: |v| {
        at(v, "audio_url").is_string() && (at(v, "words").is_array() || at(v, "utterances").is_array())
            || (at(v, "utterances.0.words.0.text").is_string() && at(v, "words").is_array())
    },
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let (mut turns, lost) = with_words(
        list(v, "utterances")
            .iter()
            .map(|u| turn(speaker(u, "speaker"), millis(u, "start"), millis(u, "end"), text(u, "text"))),
    );
    if turns.is_empty() {
        turns = from_words(list(v, "words").iter().map(|w| Word {
            speaker: speaker(w, "speaker"),
            start_ms: millis(w, "start"),
            end_ms: millis(w, "end"),
            text: text(w, "text").into(),
            glued: false,
        }));
    }
    if turns.is_empty() {
        turns = with_words([turn("", None, None, text(v, "text"))]).0;
    }
    Transcript { turns, lost, ..Transcript::default() }
}
