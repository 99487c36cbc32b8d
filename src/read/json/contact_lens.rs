//! Amazon Transcribe Call Analytics and Connect Contact Lens: `Transcript` with roles, for calls and for chats.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, millis, moment, party, text, turn, with_words};
use crate::conversation::{Channel, Participant, Side};

/// Call Analytics.
pub static CALL_ANALYTICS: JsonFormat = JsonFormat {
    name: "transcribe-call-analytics-json",
    doc: "Amazon Transcribe Call Analytics: agent and customer",
    is: |v| {
        at(v, "Transcript").is_array()
            && at(v, "Participants").is_array()
            && at(v, "CustomerMetadata").is_null()
            && at(v, "JobName").is_string()
    },
    read,
};

/// Contact Lens.
pub static CONTACT_LENS: JsonFormat = JsonFormat {
    name: "contact-lens-json",
    doc: "Amazon Connect Contact Lens: calls and chats",
    is: |v| {
        at(v, "Transcript").is_array() && (at(v, "Participants").is_array() || at(v, "CustomerMetadata").is_object())
            || at(v, "Segments.0").is_object()
    },
    read,
};

fn read(v: &Value) -> Vec<Transcript> {
    let chat = text(v, "Channel") == "CHAT";
    let mut participants: Vec<(String, Participant)> = Vec::new();
    for p in list(v, "Participants") {
        let role = text(p, "ParticipantRole");
        let name = Some(text(p, "DisplayName")).filter(|n| !n.is_empty()).unwrap_or(role);
        participants.push((
            text(p, "ParticipantId").to_owned(),
            party(name, "", side(role), "the vendor's participant role says so"),
        ));
    }
    let items = list(v, "Transcript");
    let started = items.iter().find_map(|i| moment(i, "AbsoluteTime"));
    let offset = |item: &Value| {
        millis(item, "BeginOffsetMillis").or_else(|| {
            let from = moment(item, "AbsoluteTime")?.duration_since(started?);
            u64::try_from(from.as_millis()).ok()
        })
    };
    let turns = items.iter().filter(|i| text(i, "Type") != "EVENT").map(|item| {
        let role = text(item, "ParticipantRole");
        let name = Some(text(item, "DisplayName")).filter(|n| !n.is_empty()).map(str::to_owned);
        let listed = || {
            participants
                .iter()
                .find(|(id, _)| !id.is_empty() && id == text(item, "ParticipantId"))
                .map(|(_, p)| p.name.clone())
        };
        turn(
            name.or_else(listed).unwrap_or_else(|| role.to_owned()),
            offset(item),
            millis(item, "EndOffsetMillis"),
            text(item, "Content"),
        )
    });
    let (turns, lost) = with_words(turns);
    vec![Transcript {
        channel: if chat { Channel::Chat } else { Channel::Call },
        started_at: started,
        participants: participants.into_iter().map(|(_, p)| p).collect(),
        turns,
        lost,
        ..Transcript::default()
    }]
}

fn side(role: &str) -> Side {
    match role {
        "AGENT" => Side::Seller,
        "CUSTOMER" => Side::Buyer,
        _ => Side::Unknown,
    }
}
