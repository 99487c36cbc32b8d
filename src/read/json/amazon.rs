//! Amazon Transcribe, standard: `results.items`, times as strings, punctuation without times, speakers or channels aside.

use std::{borrow::Cow, collections::HashMap};

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, seconds, text};
use crate::read::turns::{Word, from_words};

/// Amazon Transcribe, standard.
pub static AMAZON_TRANSCRIBE: JsonFormat = JsonFormat {
    name: "amazon-transcribe-json",
    doc: "Amazon Transcribe, standard: speaker labels or channels",
    is: |v| {
        at(v, "results").is_object()
            && (at(v, "results.items").is_array() || at(v, "results.channel_labels").is_object())
            && at(v, "results.transcripts").is_array()
    },
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let mut labels: HashMap<&str, &str> = HashMap::new();
    for item in list(v, "results.speaker_labels.segments").iter().flat_map(|s| list(s, "items")) {
        labels.insert(text(item, "start_time"), text(item, "speaker_label"));
    }
    let channels = list(v, "results.channel_labels.channels");
    let mut out = Transcript::default();
    if channels.len() > 1 {
        // Each channel by itself, then in order of time.
        for channel in channels {
            let name = super::label(channel, "channel_label");
            out.turns.extend(from_words(list(channel, "items").iter().map(|i| word(i, name.clone()))));
        }
        out.turns.sort_by_key(|t| t.start_ms);
        return out;
    }
    let mut last: Cow<str> = Cow::Borrowed("");
    let words: Vec<Word> = list(v, "results.items")
        .iter()
        .map(|item| {
            let start = text(item, "start_time");
            let label =
                Some(text(item, "speaker_label")).filter(|l| !l.is_empty()).or_else(|| labels.get(start).copied());
            if let Some(label) = label {
                last = Cow::Borrowed(label);
            }
            word(item, last.clone())
        })
        .collect();
    out.turns = from_words(words.into_iter());
    if out.turns.is_empty() {
        // Exports that leave out the single words keep the segments.
        let each = list(v, "results.audio_segments").iter().map(|s| {
            let name = super::label(s, "speaker_label");
            super::turn(name, seconds(s, "start_time"), seconds(s, "end_time"), text(s, "transcript"))
        });
        (out.turns, out.lost) = super::with_words(each);
    }
    if out.turns.is_empty() {
        out.turns = list(v, "results.transcripts")
            .iter()
            .map(|t| super::turn("", None, None, text(t, "transcript")))
            .filter(|t| !t.text.is_empty())
            .collect();
    }
    out
}

fn word<'a>(item: &'a Value, speaker: Cow<'a, str>) -> Word<'a> {
    let alternatives = list(item, "alternatives");
    let content = alternatives.first().map_or("", |a| first_text(a, &["content", "redactions.0.content"]));
    Word {
        speaker,
        start_ms: seconds(item, "start_time"),
        end_ms: seconds(item, "end_time"),
        text: Cow::Borrowed(content),
        glued: text(item, "type") == "punctuation",
    }
}
