//! AssemblyAI: `utterances` with speakers A, B, …, else `words`; or its `sentences` and `paragraphs`; times in milliseconds.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, in_millis, list, millis, speaker, text, turn, with_words};
use crate::read::turns::{Word, from_words};

/// AssemblyAI.
pub static ASSEMBLYAI: JsonFormat = JsonFormat {
    name: "assemblyai-json",
    doc: "AssemblyAI: utterances, sentences, paragraphs or words",
    is: |v| {
        let pieces = |path| {
            let first = list(v, path).first();
            first.is_some_and(|p| at(p, "text").is_string() && at(p, "start").is_number() && at(p, "words").is_array())
        };
        // A transcription that failed says so and has no words.
        (at(v, "audio_url").is_string() && at(v, "status").is_string())
            || (at(v, "audio_url").is_string() && (at(v, "words").is_array() || at(v, "utterances").is_array()))
            || pieces("utterances")
            || (at(v, "confidence").is_number() && (pieces("sentences") || pieces("paragraphs")))
            || is_utterances(v)
    },
    read: |v| vec![read(v)],
};

/// Whether `v` is the list of utterances on its own, as client libraries give it: each with a confidence, and times that are
/// whole numbers.
fn is_utterances(v: &Value) -> bool {
    let Some(pieces) = v.as_array().filter(|p| !p.is_empty()) else { return false };
    let of_this_service = |p: &Value| {
        at(p, "text").is_string()
            && at(p, "speaker").is_string()
            && at(p, "confidence").is_number()
            && [at(p, "start"), at(p, "end")].iter().all(|t| t.is_u64())
    };
    pieces.iter().all(of_this_service) && in_millis(pieces)
}

fn read(v: &Value) -> Transcript {
    let pieces = ["utterances", "sentences", "paragraphs"].map(|path| list(v, path));
    let pieces = [v.as_array().map_or(&[] as &[Value], Vec::as_slice)].into_iter().chain(pieces);
    let pieces = pieces.into_iter().find(|p| !p.is_empty()).unwrap_or_default();
    let (mut turns, lost) = with_words(
        pieces.iter().map(|u| turn(speaker(u, "speaker"), millis(u, "start"), millis(u, "end"), text(u, "text"))),
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
