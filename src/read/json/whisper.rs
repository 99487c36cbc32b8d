//! Whisper and its relatives: `segments` with text, in WhisperX with speakers of segments or of words; whisper.cpp's
//! `transcription` with offsets in milliseconds.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, millis, seconds, speaker, turn, with_words};
use crate::read::{
    turns::{Word, from_words, join_sentences},
    when::offset_ms,
};

/// WhisperX.
pub static WHISPERX: JsonFormat = JsonFormat {
    name: "whisperx-json",
    doc: "WhisperX and others: segments with speakers",
    is: |v| {
        is_segments(v)
            && list(v, "segments").iter().any(|s| {
                at(s, "speaker").is_string()
                    || at(s, "speaker").is_number()
                    || list(s, "words").iter().any(|w| !at(w, "speaker").is_null())
            })
    },
    read: |v| vec![read(v)],
};

/// Whisper.
pub static WHISPER: JsonFormat = JsonFormat {
    name: "whisper-json",
    doc: "Whisper, whisper.cpp: segments without speakers",
    is: |v| {
        is_segments(v)
            || (at(v, "transcription").is_array()
                && list(v, "transcription").first().is_none_or(|t| at(t, "text").is_string()))
    },
    read: |v| vec![read(v)],
};

fn segments(v: &Value) -> &[Value] {
    if v.is_array() { v.as_array().map_or(&[], Vec::as_slice) } else { list(v, "segments") }
}

fn is_segments(v: &Value) -> bool {
    (v.is_object() || v.is_array())
        && segments(v).first().is_some_and(|s| {
            at(s, "text").is_string()
                && (at(s, "start").is_number() || at(s, "start").is_string() || at(s, "words").is_array())
        })
}

fn read(v: &Value) -> Transcript {
    let mut turns = Vec::new();
    let mut lost = 0;
    for s in segments(v) {
        let words = list(s, "words");
        let differ = words.windows(2).any(|w| at(&w[0], "speaker") != at(&w[1], "speaker"));
        let by_words = !words.is_empty()
            && words.iter().any(|w| !at(w, "speaker").is_null())
            && (differ || at(s, "speaker").is_null());
        if by_words {
            let mut last = speaker(s, "speaker");
            turns.extend(from_words(words.iter().map(|w| {
                let name = speaker(w, "speaker");
                if !name.is_empty() {
                    last = name;
                }
                Word {
                    speaker: last.clone(),
                    start_ms: seconds(w, "start"),
                    end_ms: seconds(w, "end"),
                    text: first_text(w, &["word", "text"]).into(),
                    glued: false,
                }
            })));
        } else {
            let (mut one, none) = with_words([turn(
                speaker(s, "speaker"),
                seconds(s, "start"),
                seconds(s, "end"),
                first_text(s, &["text"]),
            )]);
            turns.append(&mut one);
            lost += none;
        }
    }
    for t in list(v, "transcription") {
        let start =
            millis(t, "offsets.from").or_else(|| offset_ms(&first_text(t, &["timestamps.from"]).replace(',', ".")));
        let end = millis(t, "offsets.to").or_else(|| offset_ms(&first_text(t, &["timestamps.to"]).replace(',', ".")));
        let (mut one, none) = with_words([turn(speaker(t, "speaker"), start, end, first_text(t, &["text"]))]);
        turns.append(&mut one);
        lost += none;
    }
    Transcript { turns: join_sentences(turns), lost, ..Transcript::default() }
}
