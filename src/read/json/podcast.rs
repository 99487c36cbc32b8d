//! The Podcast Namespace's JSON transcript: `segments` with `speaker`, `startTime`, `endTime`, `body`; often a word each.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, seconds, speaker, text};
use crate::read::turns::{Word, from_words};

/// Podcast Namespace.
pub static PODCAST: JsonFormat = JsonFormat {
    name: "podcast-json",
    doc: "Podcast Namespace transcript",
    is: |v| list(v, "segments").first().is_some_and(|s| at(s, "body").is_string()),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    // A segment without a speaker continues the last one's.
    let mut last = "".into();
    let turns = from_words(list(v, "segments").iter().map(|s| {
        let name = speaker(s, "speaker");
        if !name.is_empty() {
            last = name;
        }
        let body = text(s, "body");
        let mark = !body.trim().is_empty() && body.trim().chars().all(|c| c.is_ascii_punctuation());
        Word {
            speaker: std::borrow::Cow::clone(&last),
            start_ms: seconds(s, "startTime"),
            end_ms: seconds(s, "endTime"),
            text: body.into(),
            glued: mark,
        }
    }));
    Transcript { turns, ..Transcript::default() }
}
