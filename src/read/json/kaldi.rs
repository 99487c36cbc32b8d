//! BBC's Kaldi: words with times, and speakers as segments aside.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, label, list, seconds};
use crate::read::turns::{Word, from_words};

/// BBC Kaldi.
pub static KALDI: JsonFormat = JsonFormat {
    name: "kaldi-json",
    doc: "Kaldi as the BBC runs it: words, and segmentation by speaker",
    is: |v| {
        list(document(v), "words").first().is_some_and(|w| at(w, "word").is_string() && at(w, "start").is_number())
            && (at(v, "retval").is_object() || at(v, "segmentation").is_object())
    },
    read: |v| vec![read(v)],
};

fn document(v: &Value) -> &Value {
    if at(v, "retval").is_object() { at(v, "retval") } else { v }
}

fn read(v: &Value) -> Transcript {
    let v = document(v);
    let mut segments: Vec<(u64, String)> = list(v, "segmentation.segments")
        .iter()
        .filter_map(|s| Some((seconds(s, "start")?, label(s, "speaker.@id").into_owned())))
        .collect();
    segments.sort();
    let turns = from_words(list(v, "words").iter().map(|w| {
        let start = seconds(w, "start");
        let place = segments.partition_point(|(from, _)| start.is_some_and(|s| *from <= s));
        let name = place.checked_sub(1).map_or("", |p| segments[p].1.as_str());
        Word {
            speaker: name.into(),
            start_ms: start,
            end_ms: seconds(w, "end"),
            text: first_text(w, &["punct", "word"]).into(),
            glued: false,
        }
    }));
    Transcript { turns, ..Transcript::default() }
}
