//! Speechmatics: version 2 (`results` of words and punctuation) and version 1 (`words`, with speakers by time aside).

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, moment, seconds, speaker, text};
use crate::read::turns::{Word, from_words};

/// Speechmatics.
pub static SPEECHMATICS: JsonFormat = JsonFormat {
    name: "speechmatics-json",
    doc: "Speechmatics, v1 and v2",
    is: |v| {
        let first = |path| list(v, path).first().unwrap_or(&Value::Null);
        (at(first("words"), "name").is_string() && at(v, "job").is_object())
            || (at(first("results"), "type").is_string() && at(first("results"), "alternatives").is_array())
    },
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let mut out = Transcript {
        processed_at: moment(v, "job.created_at").or_else(|| moment(v, "metadata.created_at")),
        ..Transcript::default()
    };
    let results = list(v, "results");
    out.turns = if results.is_empty() { first_version(v) } else { second_version(results) };
    out
}

fn second_version(results: &[Value]) -> Vec<crate::conversation::Turn> {
    // A mark that opens, "$" or "(", is written to the word behind it.
    let mut opened = false;
    from_words(results.iter().filter_map(|r| {
        let best = list(r, "alternatives").first()?;
        // "UU" is nobody known; a channel of its own may still tell.
        let name = match speaker(best, "speaker") {
            s if s.is_empty() || s == "UU" || s == "Speaker UU" => speaker(r, "channel"),
            s => s,
        };
        let glued = opened || (text(r, "type") == "punctuation" && text(r, "attaches_to") != "next");
        opened = matches!(text(r, "attaches_to"), "next" | "both");
        Some(Word {
            speaker: name,
            start_ms: seconds(r, "start_time"),
            end_ms: seconds(r, "end_time"),
            text: text(best, "content").into(),
            glued,
        })
    }))
}

fn first_version(v: &Value) -> Vec<crate::conversation::Turn> {
    let mut speakers: Vec<(u64, &str)> =
        list(v, "speakers").iter().filter_map(|s| Some((seconds(s, "time")?, text(s, "name")))).collect();
    speakers.sort_by_key(|(from, _)| *from);
    from_words(list(v, "words").iter().map(|w| {
        let start = seconds(w, "time");
        let begun = speakers.partition_point(|(from, _)| start.is_some_and(|s| *from <= s));
        let name = speakers[..begun].last().map_or("", |(_, n)| *n);
        let word = text(w, "name");
        Word {
            speaker: name.into(),
            start_ms: start,
            end_ms: start.zip(seconds(w, "duration")).map(|(s, d)| s + d),
            text: word.into(),
            glued: !word.is_empty() && word.chars().all(|c| c.is_ascii_punctuation()),
        }
    }))
}
