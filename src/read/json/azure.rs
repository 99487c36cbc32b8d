//! Azure Speech: batch transcription (`recognizedPhrases`, times in ticks of 100 ns), fast transcription (`phrases`), and the
//! input of conversation analysis (`conversationItems`).

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, label, list, millis, moment, number, speaker, turn, with_words};
use crate::{conversation::Channel, read::when};

/// Azure Speech.
pub static AZURE: JsonFormat = JsonFormat {
    name: "azure-speech-json",
    doc: "Azure Speech: batch and fast transcription",
    is: |v| {
        at(v, "recognizedPhrases").is_array()
            || (at(v, "phrases").is_array()
                && (at(v, "combinedPhrases").is_array() || at(v, "durationMilliseconds").is_number()))
    },
    read: |v| vec![phrases(v)],
};

/// Azure conversation analysis.
pub static AZURE_CONVERSATION: JsonFormat = JsonFormat {
    name: "azure-conversation-json",
    doc: "Azure conversation analysis: conversationItems",
    is: |v| {
        at(v, "analysisInput.conversations").is_array()
            || at(v, "conversationItems").is_array()
            || list(v, "conversations").first().is_some_and(|c| at(c, "conversationItems").is_array())
    },
    read: conversations,
};

fn ticks(v: &Value, key: &str) -> Option<u64> {
    number(v, key).and_then(|t| when::seconds_ms(t / 1e7))
}

/// The time of a phrase in the three ways of writing it; a plain number is milliseconds.
fn time(v: &Value, keys: [&str; 3]) -> Option<u64> {
    let [in_ticks, in_millis, plain] = keys;
    ticks(v, in_ticks)
        .or_else(|| millis(v, in_millis))
        .or_else(|| when::length_ms(super::text(v, plain)))
        .or_else(|| millis(v, plain))
}

fn phrases(v: &Value) -> Transcript {
    let all = || list(v, "recognizedPhrases").iter().chain(list(v, "phrases"));
    let channels = all().map(|p| label(p, "channel").into_owned()).collect::<std::collections::BTreeSet<_>>().len();
    let each = all().map(|p| {
        let best = list(p, "nBest").first().unwrap_or(p);
        let words = first_text(best, &["display", "text", "itn", "lexical"]);
        let start = time(p, ["offsetInTicks", "offsetMilliseconds", "offset"]);
        let length = time(p, ["durationInTicks", "durationMilliseconds", "duration"]);
        let name = match speaker(p, "speaker") {
            s if s.is_empty() && channels > 1 => format!("Channel {}", label(p, "channel")),
            s => s.into_owned(),
        };
        turn(name, start, start.zip(length).map(|(s, l)| s + l), words)
    });
    let (mut turns, lost) = with_words(each);
    turns.sort_by_key(|t| t.start_ms);
    Transcript { turns, lost, processed_at: moment(v, "timestamp"), ..Transcript::default() }
}

fn conversations(v: &Value) -> Vec<Transcript> {
    let mut all: Vec<&Value> = list(v, "analysisInput.conversations").iter().chain(list(v, "conversations")).collect();
    if all.is_empty() {
        all.push(v);
    }
    all.into_iter()
        .map(|c| {
            let each = list(c, "conversationItems").iter().map(|i| {
                let start = ticks(i, "audioTimings.0.offset");
                turn(label(i, "participantId"), start, None, first_text(i, &["text", "lexical", "itn"]))
            });
            let (turns, lost) = with_words(each);
            let channel = if super::text(c, "modality") == "text" { Channel::Chat } else { Channel::Call };
            Transcript { turns, lost, channel, ..Transcript::default() }
        })
        .collect()
}
