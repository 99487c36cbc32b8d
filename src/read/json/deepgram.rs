//! Deepgram: `results.utterances` where asked for, else the words of `results.channels`.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, moment, seconds, speaker, turn, with_words};
use crate::read::turns::{Word, from_words};

/// Deepgram.
pub static DEEPGRAM: JsonFormat = JsonFormat {
    name: "deepgram-json",
    doc: "Deepgram: utterances or diarized words, several channels",
    is: |v| at(v, "results.channels").is_array(),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let mut out = Transcript { processed_at: moment(v, "metadata.created"), ..Transcript::default() };
    let channels = list(v, "results.channels");
    let utterances = list(v, "results.utterances");
    // Speakers are counted in each channel anew: two who are both number 0 are two people.
    let named = |value: &Value, channel: usize| {
        let name = speaker(value, "speaker");
        match (name.is_empty(), channels.len() > 1) {
            (_, false) => name.into_owned(),
            (true, true) => format!("Channel {channel}"),
            (false, true) => format!("Channel {channel} {name}"),
        }
    };
    if !utterances.is_empty() {
        let each = utterances.iter().map(|u| {
            let channel = super::number(u, "channel").unwrap_or(0.0) as usize;
            turn(named(u, channel), seconds(u, "start"), seconds(u, "end"), first_text(u, &["transcript"]))
        });
        (out.turns, out.lost) = with_words(each);
    }
    let channels = if out.turns.is_empty() { channels } else { &[] };
    for (n, channel) in channels.iter().enumerate() {
        let Some(best) = list(channel, "alternatives").first() else { continue };
        let words = list(best, "words").iter().map(|w| Word {
            speaker: named(w, n).into(),
            start_ms: seconds(w, "start"),
            end_ms: seconds(w, "end"),
            text: first_text(w, &["punctuated_word", "word"]).into(),
            glued: false,
        });
        let before = out.turns.len();
        out.turns.extend(from_words(words));
        if out.turns.len() == before {
            let sentences = list(best, "paragraphs.paragraphs").iter().map(|p| {
                let words: Vec<&str> = list(p, "sentences").iter().map(|s| super::text(s, "text")).collect();
                turn(named(p, n), seconds(p, "start"), seconds(p, "end"), &words.join(" "))
            });
            out.turns.extend(with_words(sentences).0);
        }
        if out.turns.len() == before {
            let name = named(&Value::Null, n);
            out.turns.extend(with_words([turn(name, None, None, first_text(best, &["transcript"]))]).0);
        }
    }
    if out.turns.iter().all(|t| t.start_ms.is_some()) {
        out.turns.sort_by_key(|t| t.start_ms);
    }
    out
}
