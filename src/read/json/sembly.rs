//! Sembly: `transcript` with `words_str`, participants by name.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, moment, party, seconds, speaker, text, turn, with_words};
use crate::conversation::Side;

/// Sembly.
pub static SEMBLY: JsonFormat = JsonFormat {
    name: "sembly-json",
    doc: "Sembly: transcript with words_str",
    is: |v| list(v, "transcript").first().is_some_and(|t| at(t, "words_str").is_string()),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let each = list(v, "transcript").iter().map(|t| {
        let named = first_text(t, &["speaker_name"]);
        let name = if named.is_empty() { speaker(t, "speaker_id").into_owned() } else { named.to_owned() };
        turn(name, seconds(t, "start_time"), seconds(t, "end_time"), text(t, "words_str"))
    });
    let (turns, lost) = with_words(each);
    Transcript {
        title: first_text(v, &["title", "meeting_title"]).to_owned(),
        started_at: moment(v, "date").or_else(|| moment(v, "started_at")),
        participants: list(v, "participants")
            .iter()
            .map(|p| party(text(p, "name"), text(p, "email"), Side::Unknown, ""))
            .filter(|p| !p.name.is_empty())
            .collect(),
        turns,
        lost,
        ..Transcript::default()
    }
}
