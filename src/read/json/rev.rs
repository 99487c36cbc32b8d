//! Rev and Rev AI: `monologues` of `elements`; blanks are elements of their own, times in seconds or as text.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, by_label, first_text, label, list, seconds, speaker, text, turn, with_words};
use crate::read::when::offset_ms;

/// Rev.
pub static REV: JsonFormat = JsonFormat {
    name: "rev-json",
    doc: "Rev, Rev AI: monologues",
    is: |v| at(v, "monologues").is_array(),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    // "speakers": [{"id": 0, "name": "Ann"}] gives the names of human transcripts.
    let speakers = by_label(list(v, "speakers"), &["id"]);
    let name = |monologue: &Value| {
        let listed = speakers.get(&label(monologue, "speaker")).map(|s| text(s, "name")).filter(|n| !n.is_empty());
        let inline =
            Some(first_text(monologue, &["speaker_name", "speaker_info.display_name"])).filter(|n| !n.is_empty());
        inline.or(listed).map_or_else(|| speaker(monologue, "speaker").into_owned(), str::to_owned)
    };
    let time = |v: &Value, keys: [&str; 2]| {
        keys.iter().find_map(|k| seconds(v, k).or_else(|| offset_ms(&text(v, k).replace(',', "."))))
    };
    let each = list(v, "monologues").iter().map(|m| {
        let elements = list(m, "elements");
        let words: String = elements.iter().map(|e| text(e, "value")).collect();
        let start =
            time(m, ["start_time", "ts"]).or_else(|| elements.iter().find_map(|e| time(e, ["ts", "timestamp"])));
        let end = time(m, ["end_time", "end_ts"])
            .or_else(|| elements.iter().rev().find_map(|e| time(e, ["end_ts", "end_timestamp"])));
        turn(name(m), start, end, &words)
    });
    let (turns, lost) = with_words(each);
    Transcript { turns, lost, ..Transcript::default() }
}
