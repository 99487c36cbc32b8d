//! Fireflies: `sentences` with `speaker_name`; as the API gives it (`data.transcript`), as a list, in a `meeting`, or the
//! bare list of sentences that its page lets one download.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    JsonFormat, Transcript, at, by_label, clock, first_text, label, list, moment, party, speaker, text, turn,
    with_words,
};
use crate::{conversation::Side, read::turns::join_sentences};

/// Fireflies.
pub static FIREFLIES: JsonFormat = JsonFormat {
    name: "fireflies-json",
    doc: "Fireflies: sentences with speakers, attendees with addresses",
    is: |v| {
        // Others have "sentences" too; who speaks stands in these fields only here.
        let ours = |s: &Value| {
            (at(s, "text").is_string() || at(s, "raw_text").is_string() || at(s, "sentence").is_string())
                && ["speaker_name", "speaker_id", "speaker"].iter().any(|key| !at(s, key).is_null())
                && !at(s, "start").is_number()
        };
        meetings(v).iter().any(|m| sentences(m).first().is_some_and(ours))
    },
    read: |v| meetings(v).into_iter().map(read).collect(),
};

fn meetings(v: &Value) -> Vec<&Value> {
    let several = [list(v, "data.transcripts"), list(v, "transcripts")].into_iter().flatten();
    let single = ["meeting", "data.transcript", "transcript", "data.meeting"].iter().map(|p| at(v, p)).chain([v]);
    // A meeting that is not ready yet has null for its sentences; it is one all the same, without words.
    let pending = |m: &Value| m.get("sentences").is_some_and(Value::is_null);
    several
        .filter(|m| at(m, "sentences").is_array() || pending(m))
        .chain(single.filter(|m| at(m, "sentences").is_array()))
        .chain(Some(v).filter(|v| at(v, "0.sentence").is_string()))
        .collect()
}

fn sentences(m: &Value) -> &[Value] {
    m.as_array().map_or(list(m, "sentences"), Vec::as_slice)
}

fn read(m: &Value) -> Transcript {
    let mut participants = Vec::new();
    let mut known: HashSet<Option<String>> = HashSet::new();
    for a in list(m, "meeting_attendees") {
        let attendee = party(first_text(a, &["displayName", "name"]), text(a, "email"), Side::Unknown, "");
        known.insert(attendee.email.clone());
        participants.push(attendee);
    }
    for p in list(m, "participants").iter().filter_map(Value::as_str) {
        // A list of addresses, some joined by commas.
        for email in p.split(',').filter(|e| e.contains('@')) {
            let listed = party("", email, Side::Unknown, "");
            if known.insert(listed.email.clone()) {
                participants.push(listed);
            }
        }
    }
    let speakers = by_label(list(m, "speakers"), &["id"]);
    let listed = |id: &str| speakers.get(id).map_or("", |p| text(p, "name"));
    let time = |s: &Value, keys: [&str; 3]| keys.iter().find_map(|key| clock(s, key));
    let each = sentences(m).iter().map(|s| {
        let name = match first_text(s, &["speaker_name", "speaker"]) {
            "" => match listed(&label(s, "speaker_id")) {
                "" => speaker(s, "speaker_id").into_owned(),
                listed => listed.to_owned(),
            },
            named => named.to_owned(),
        };
        turn(
            name,
            time(s, ["start_time", "startTime", "time"]),
            time(s, ["end_time", "endTime", "end"]),
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
