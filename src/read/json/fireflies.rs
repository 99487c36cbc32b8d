//! Fireflies: `sentences` with `speaker_name`; as the API gives it (`data.transcript`), as a list, or in a `meeting`.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, moment, party, seconds, speaker, text, turn, with_words};
use crate::{conversation::Side, read::turns::join_sentences};

/// Fireflies.
pub static FIREFLIES: JsonFormat = JsonFormat {
    name: "fireflies-json",
    doc: "Fireflies: sentences with speakers, attendees with addresses",
    is: |v| {
        meetings(v).iter().any(|m| {
            list(m, "sentences").first().is_some_and(|s| {
                at(s, "text").is_string() || at(s, "raw_text").is_string() || at(s, "sentence").is_string()
            })
        })
    },
    read: |v| meetings(v).into_iter().map(read).collect(),
};

fn meetings(v: &Value) -> Vec<&Value> {
    let several = [list(v, "data.transcripts"), list(v, "transcripts")].into_iter().flatten();
    let single = ["meeting", "data.transcript", "transcript", "data.meeting"].iter().map(|p| at(v, p)).chain([v]);
    several.chain(single).filter(|m| at(m, "sentences").is_array()).collect()
}

fn read(m: &Value) -> Transcript {
    let mut participants = Vec::new();
    for a in list(m, "meeting_attendees") {
        participants.push(party(first_text(a, &["displayName", "name"]), text(a, "email"), Side::Unknown, ""));
    }
    for p in list(m, "participants").iter().filter_map(Value::as_str) {
        // A list of addresses, some joined by commas.
        for email in p.split(',').filter(|e| e.contains('@')) {
            if !participants.iter().any(|x| x.email.as_deref() == Some(email.trim().to_lowercase().as_str())) {
                participants.push(party("", email, Side::Unknown, ""));
            }
        }
    }
    let each = list(m, "sentences").iter().map(|s| {
        let named = first_text(s, &["speaker_name", "speaker"]);
        let name = if named.is_empty() { speaker(s, "speaker_id").into_owned() } else { named.to_owned() };
        turn(
            name,
            seconds(s, "start_time").or_else(|| seconds(s, "time")),
            seconds(s, "end_time").or_else(|| seconds(s, "endTime")),
            first_text(s, &["text", "raw_text", "sentence"]),
        )
    });
    let (turns, lost) = with_words(each);
    Transcript {
        title: text(m, "title").to_owned(),
        started_at: moment(m, "date").or_else(|| moment(m, "dateString")),
        participants,
        turns: join_sentences(turns),
        lost,
        ..Transcript::default()
    }
}
