//! Amazon's Post Call Analytics solution: `SpeechSegments`, with names in `ConversationAnalytics.SpeakerLabels`.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, by_label, first_text, list, moment, seconds, text, turn, with_words};

/// Post Call Analytics.
pub static PCA: JsonFormat = JsonFormat {
    name: "pca-json",
    doc: "Amazon Post Call Analytics solution",
    is: |v| at(v, "SpeechSegments").is_array() && at(v, "ConversationAnalytics").is_object(),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let labels = by_label(list(v, "ConversationAnalytics.SpeakerLabels"), &["Speaker"]);
    let name = |s: &Value| {
        let id = text(s, "SegmentSpeaker");
        labels.get(id).map(|l| text(l, "DisplayText")).filter(|n| !n.is_empty()).unwrap_or(id).to_owned()
    };
    let each = list(v, "SpeechSegments").iter().map(|s| {
        turn(
            name(s),
            seconds(s, "SegmentStartTime"),
            seconds(s, "SegmentEndTime"),
            first_text(s, &["DisplayText", "OriginalText"]),
        )
    });
    let (turns, lost) = with_words(each);
    Transcript { started_at: moment(v, "ConversationAnalytics.ConversationTime"), turns, lost, ..Transcript::default() }
}
