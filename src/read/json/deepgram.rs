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
    let mut out = Transcript { started_at: moment(v, "metadata.created"), ..Transcript::default() };
    let channels = list(v, "results.channels");
    let utterances = list(v, "results.utterances");
    let named = |value: &Value, channel: usize| {
        let name = speaker(value, "speaker");
        if name.is_empty() && channels.len() > 1 { format!("Channel {channel}") } else { name.into_owned() }
    };
    if !utterances.is_empty() {
        let each = utterances.iter().map(|u| {
            let channel = super::number(u, "channel").unwrap_or(0.0) as usize;
            turn(named(u, channel), seconds(u, "start"), seconds(u, "end"), first_text(u, &["transcript"]))
        });
        (out.turns, out.lost) = with_words(each);
        return out;
    }
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
            out.turns.extend(with_words([turn("", None, None, first_text(best, &["transcript"]))]).0);
        }
    }
    out.turns.sort_by_key(|t| t.start_ms);
    out
}
