//! Amazon Bedrock Data Automation, audio: `audio_segments` with speaker and channel labels, times in milliseconds.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, label, list, millis, text, turn, with_words};

/// Bedrock Data Automation.
pub static BEDROCK: JsonFormat = JsonFormat {
    name: "bedrock-data-automation-json",
    doc: "Amazon Bedrock Data Automation, audio",
    is: |v| at(v, "audio_segments").is_array() || (at(v, "audio_items").is_array() && at(v, "metadata").is_object()),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let each = list(v, "audio_segments").iter().filter(|s| text(s, "type") != "NON_SPEECH").map(|s| {
        let name = match label(s, "speaker.speaker_label") {
            n if n.is_empty() => label(s, "channel.channel_label"),
            n => n,
        };
        turn(name, millis(s, "start_timestamp_millis"), millis(s, "end_timestamp_millis"), text(s, "text"))
    });
    let (turns, lost) = with_words(each);
    Transcript { turns, lost, ..Transcript::default() }
}
