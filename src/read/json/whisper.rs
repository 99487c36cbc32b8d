//! Whisper and its relatives: `segments` with text, in WhisperX with speakers of segments or of words; whisper.cpp's
//! `transcription` with offsets in milliseconds; the `chunks` of Hugging Face's pipelines, with speakers aside or not; and
//! the hosted service's bare `words` or `text`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    JsonFormat, Transcript,
    any::{find::holds, piece::name},
    at, first_text, in_millis, list, millis, seconds, speaker, text, turn, with_words,
};
use crate::read::{
    turns::{Word, from_words, join_sentences},
    when::offset_ms,
};

/// WhisperX.
pub static WHISPERX: JsonFormat = JsonFormat {
    name: "whisperx-json",
    doc: "WhisperX and others: segments with speakers",
    is: |v| (is_segments(v) && segments(v).iter().any(is_named)) || chunks(v).iter().any(is_named),
    read: |v| vec![read(v)],
};

/// Whisper.
pub static WHISPER: JsonFormat = JsonFormat {
    name: "whisper-json",
    doc: "Whisper, whisper.cpp: segments without speakers",
    is: |v| {
        is_segments(v)
            || !chunks(v).is_empty()
            || (at(v, "transcription").is_array()
                && list(v, "transcription").first().is_none_or(|t| at(t, "text").is_string()))
            || is_hosted(v)
    },
    read: |v| vec![read(v)],
};

fn segments(v: &Value) -> &[Value] {
    if v.is_array() { v.as_array().map_or(&[], Vec::as_slice) } else { list(v, "segments") }
}

fn is_named(piece: &Value) -> bool {
    at(piece, "speaker").is_string()
        || at(piece, "speaker").is_number()
        || list(piece, "words").iter().any(|w| !at(w, "speaker").is_null())
}

/// Whether segments say who speaks under another key than "speaker", as Voxtral's "speaker_id" does, which
/// [`AnyTranscript`](super::any::AnyTranscript) knows. A number that all share is the channel of a recording, and one that each has
/// of its own is the segment's: they tell nobody. Nor does a "name" that all share, which is the recording's.
fn is_named_otherwise(v: &Value) -> bool {
    const FEW: usize = 2;
    let pieces = segments(v);
    let names: BTreeSet<String> = pieces.iter().map(name).filter(|name| !name.is_empty()).collect();
    let of_segments = names.len() == pieces.len()
        && names.len() > FEW
        && names.iter().all(|n| n.ends_with(|c: char| c.is_ascii_digit()));
    let of_recording = names.len() == 1 && pieces.iter().all(|piece| names.contains(text(piece, "name")));
    let tells =
        !of_segments && !of_recording && (names.len() > 1 || names.iter().any(|name| !name.starts_with("Speaker ")));
    tells && !segments(v).iter().any(is_named) && !holds(v).transcripts.is_empty()
}

fn is_segments(v: &Value) -> bool {
    // Bare lists of utterances of other services have the same keys.
    let of_others = || v.is_array() && segments(v).iter().any(is_named) && in_millis(segments(v));
    (v.is_object() || (v.is_array() && !of_others()))
        && segments(v).first().is_some_and(|s| {
            at(s, "text").is_string()
                && (at(s, "start").is_number() || at(s, "start").is_string() || at(s, "words").is_array())
        })
        && !is_named_otherwise(v)
}

/// Pieces with a pair of times; where speakers were found, the same pieces once more with them, which are then the ones.
fn chunks(v: &Value) -> &[Value] {
    let has = |c: &Value| at(c, "timestamp").is_array() && at(c, "text").is_string();
    ["speakers", "chunks"].iter().map(|p| list(v, p)).find(|l| l.first().is_some_and(has)).unwrap_or_default()
}

/// The hosted service's answer without segments: the text, perhaps with its words, and what it cost.
fn is_hosted(v: &Value) -> bool {
    const KEYS: &[&str] = &["text", "words", "language", "duration", "task", "usage", "logprobs"];
    at(v, "text").is_string()
        && v.as_object().is_some_and(|f| f.len() > 1 && f.keys().all(|key| KEYS.contains(&key.as_str())))
        && list(v, "words").iter().all(|w| at(w, "word").is_string() && at(w, "speaker_id").is_null())
}

fn read(v: &Value) -> Transcript {
    let mut turns = Vec::new();
    let mut lost = 0;
    for s in segments(v) {
        let words = list(s, "words");
        // A word without times has no speaker either; it says nothing about who speaks.
        let mut named = words.iter().map(|w| at(w, "speaker")).filter(|s| !s.is_null());
        let first = named.next();
        let differ = named.any(|s| Some(s) != first);
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
    for c in chunks(v) {
        let (start, end) = (seconds(c, "timestamp.0"), seconds(c, "timestamp.1"));
        let (mut one, none) = with_words([turn(speaker(c, "speaker"), start, end, first_text(c, &["text"]))]);
        turns.append(&mut one);
        lost += none;
    }
    if turns.is_empty() && lost == 0 {
        // The single words have no punctuation; the text has, word for word.
        let words = list(v, "words");
        let whole: Vec<&str> = text(v, "text").split_whitespace().collect();
        turns = from_words(words.iter().enumerate().map(|(n, w)| Word {
            start_ms: seconds(w, "start"),
            end_ms: seconds(w, "end"),
            text: if whole.len() == words.len() { whole[n] } else { first_text(w, &["word", "text"]) }.into(),
            ..Word::default()
        }));
    }
    if turns.is_empty() && lost == 0 {
        turns = with_words([turn("", None, None, first_text(v, &["text"]))]).0;
    }
    Transcript { turns: join_sentences(turns), lost, ..Transcript::default() }
}
