//! ElevenLabs' speech to text: `words` with the blanks between them as pieces of their own, each with a speaker where speakers
//! were told apart; several channels as several `transcripts`.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, number, seconds, speaker, text};
use crate::read::turns::{Word, from_words};

/// ElevenLabs.
pub static ELEVENLABS: JsonFormat = JsonFormat {
    name: "elevenlabs-json",
    doc: "ElevenLabs speech to text: words with speakers, several channels",
    is: |v| {
        parts(v).iter().any(|part| {
            let first = list(part, "words").first();
            first.is_some_and(|w| {
                matches!(text(w, "type"), "word" | "spacing" | "audio_event")
                    && at(w, "text").is_string()
                    && !at(w, "start").is_null()
            })
        })
    },
    read: |v| vec![read(v)],
};

/// The transcripts of the channels, or the one of all.
fn parts(v: &Value) -> Vec<&Value> {
    match list(v, "transcripts") {
        [] => vec![v],
        channels => channels.iter().collect(),
    }
}

fn read(v: &Value) -> Transcript {
    let parts = parts(v);
    let mut turns = Vec::new();
    for part in &parts {
        // Speakers are counted in each channel anew.
        let channel = number(part, "channel_index").filter(|_| parts.len() > 1).map(|n| format!("Channel {n}"));
        let mut before: Option<&Value> = None;
        turns.extend(from_words(list(part, "words").iter().filter_map(|w| {
            let last = before.replace(w);
            // "(laughter)" is nobody's word.
            if text(w, "type") != "word" {
                return None;
            }
            let name = speaker(w, "speaker_id");
            // Languages that write without blanks have none between the words.
            let glued = last.is_some_and(|l| text(l, "type") == "word" && speaker(l, "speaker_id") == name);
            Some(Word {
                speaker: channel.clone().map_or(name, Into::into),
                start_ms: seconds(w, "start"),
                end_ms: seconds(w, "end"),
                text: text(w, "text").into(),
                glued,
            })
        })));
    }
    if parts.len() > 1 {
        turns.sort_by_key(|t| t.start_ms);
    }
    Transcript { turns, ..Transcript::default() }
}
