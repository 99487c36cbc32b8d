//! Otter: its API's `transcripts` (times in samples at 16 kHz, speakers aside) and exports with `speech_segments`.

use serde_json::Value;

use super::{
    JsonFormat, Transcript, at, by_label, first_text, label, list, moment, number, seconds, speaker, text, turn,
    with_words,
};
use crate::read::when;

/// Otter.
pub static OTTER: JsonFormat = JsonFormat {
    name: "otter-json",
    doc: "Otter: speech_segments, or its API's transcripts",
    is: |v| {
        at(v, "speech_segments").is_array()
            || list(speech(v), "transcripts").first().is_some_and(|t| at(t, "transcript").is_string())
    },
    read: |v| vec![read(v)],
};

fn speech(v: &Value) -> &Value {
    if at(v, "speech").is_object() { at(v, "speech") } else { v }
}

fn read(v: &Value) -> Transcript {
    let v = speech(v);
    let speakers = by_label(list(v, "speakers"), &["id", "speaker_id"]);
    let name = |s: &Value| {
        let listed = speakers.get(&label(s, "speaker_id")).map_or("", |p| first_text(p, &["speaker_name", "name"]));
        let named = first_text(s, &["speaker_name", "speaker.name"]);
        match (named, listed) {
            ("", "") => match speaker(s, "speaker_model_label") {
                l if l.is_empty() => speaker(s, "speaker_id").into_owned(),
                l => l.into_owned(),
            },
            ("", listed) => listed.to_owned(),
            (named, _) => named.to_owned(),
        }
    };
    let samples = |s: &Value, key: &str| number(s, key).and_then(|n| when::seconds_ms(n / 16_000.0));
    let each = list(v, "speech_segments").iter().chain(list(v, "transcripts")).map(|s| {
        turn(
            name(s),
            seconds(s, "start_ts").or_else(|| samples(s, "start_offset")),
            seconds(s, "end_ts").or_else(|| samples(s, "end_offset")),
            first_text(s, &["transcript", "text"]),
        )
    });
    let (turns, lost) = with_words(each);
    Transcript {
        title: text(v, "title").to_owned(),
        started_at: moment(v, "start_time"),
        processed_at: moment(v, "created_at"),
        turns,
        lost,
        ..Transcript::default()
    }
}
