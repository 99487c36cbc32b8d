//! Amazon Transcribe Call Analytics and Connect Contact Lens: `Transcript` with roles, for calls and for chats; and what
//! Contact Lens streams while the call goes on, `Segments` of one piece each.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, millis, moment, party, text, turn, with_words};
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
            || list(v, "Transcript").iter().any(is_of_chat)
            || list(v, "Segments").iter().any(|s| at(s, "Transcript.Content").is_string())
    },
    read,
};

/// Whether an item is one of a chat, as Connect gives it without a list of who takes part too (`GetTranscript`).
fn is_of_chat(item: &Value) -> bool {
    moment(item, "AbsoluteTime").is_some() && at(item, "ParticipantRole").is_string()
}

fn read(v: &Value) -> Vec<Transcript> {
    let streamed = list(v, "Segments").iter().map(|s| at(s, "Transcript")).filter(|t| t.is_object());
    let items: Vec<&Value> = list(v, "Transcript").iter().chain(streamed).collect();
    // A chat has moments, a call has offsets; the older form of a chat does not say that it is one.
    let chat = match text(v, "Channel") {
        "" => items.iter().any(|i| moment(i, "AbsoluteTime").is_some()),
        channel => channel == "CHAT",
    };
    let mut participants: Vec<Participant> = Vec::new();
    let mut by_id: HashMap<&str, &str> = HashMap::new();
    let mut names: HashSet<&str> = HashSet::new();
    for p in list(v, "Participants").iter().chain(items.iter().copied()).filter(|p| !is_of_service(p)) {
        let id = text(p, "ParticipantId");
        let role = text(p, "ParticipantRole");
        let name = first_text(p, &["DisplayName", "ParticipantRole"]);
        if name.is_empty() || by_id.contains_key(id) || !names.insert(name) {
            continue;
        }
        if !id.is_empty() {
            by_id.insert(id, name);
        }
        participants.push(party(name, "", side(role), "the vendor's participant role says so"));
    }
    let started = items.iter().find_map(|i| moment(i, "AbsoluteTime"));
    let offset = |item: &Value| {
        millis(item, "BeginOffsetMillis").or_else(|| {
            let from = moment(item, "AbsoluteTime")?.duration_since(started?);
            u64::try_from(from.as_millis()).ok()
        })
    };
    // Somebody comes, somebody goes, somebody sends a file or has read what was sent: no words.
    let is_said = |item: &Value| !matches!(text(item, "Type"), "EVENT" | "ATTACHMENT" | "MESSAGEMETADATA");
    let spoken = items.iter().filter(|item| is_said(item) && !is_of_service(item));
    let turns = spoken.map(|item| {
        let name = match first_text(item, &["DisplayName"]) {
            "" => by_id.get(text(item, "ParticipantId")).copied().unwrap_or(text(item, "ParticipantRole")),
            name => name,
        };
        turn(name, offset(item), millis(item, "EndOffsetMillis"), text(item, "Content"))
    });
    let (turns, lost) = with_words(turns);
    vec![Transcript {
        channel: if chat { Channel::Chat } else { Channel::Call },
        started_at: started,
        participants,
        turns,
        lost,
        ..Transcript::default()
    }]
}

/// Whether the service itself writes: "An agent will be with you." A bot that answers has the same role and a name.
fn is_of_service(item: &Value) -> bool {
    text(item, "ParticipantRole") == "SYSTEM" && matches!(text(item, "DisplayName"), "" | "SYSTEM" | "SYSTEM_MESSAGE")
}

fn side(role: &str) -> Side {
    match role {
        "AGENT" => Side::Seller,
        "CUSTOMER" => Side::Buyer,
        _ => Side::Unknown,
    }
}
