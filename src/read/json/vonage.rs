//! A recording as Vonage's Voice interface transcribes it: sentences with times in milliseconds, by channel.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, millis, number, text, turn, with_words};

/// Vonage.
pub static VONAGE: JsonFormat = JsonFormat {
    name: "vonage-json",
    doc: "Vonage: sentences by channel",
    is: |v| {
        let is_sentence = |s: &Value| at(s, "sentence").is_string() && at(s, "timestamp").is_number();
        list(v, "channels").iter().any(|channel| list(channel, "transcript").first().is_some_and(is_sentence))
    },
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let each = list(v, "channels").iter().enumerate().flat_map(|(n, channel)| {
        list(channel, "transcript").iter().map(move |sentence| {
            let start = millis(sentence, "timestamp");
            let length = number(sentence, "duration").filter(|ms| *ms >= 0.0 && ms.is_finite());
            let end = start.zip(length).map(|(start, length)| start.saturating_add(length as u64));
            turn(format!("Speaker {n}"), start, end, text(sentence, "sentence"))
        })
    });
    let (mut turns, lost) = with_words(each);
    turns.sort_by_key(|turn| turn.start_ms);
    Transcript { turns, lost, ..Transcript::default() }
}
