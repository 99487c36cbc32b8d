//! What was dropped as the same call or chat: as much of it as it takes to tell, without its words, what else is the same, and
//! what it knew. Whoever merges parts of a deal sees it beside conversations that were read on another machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ConversationId, Participant, Timestamp};

/// What a conversation was before it took over what its repeats knew, and these.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repeated {
    /// Who took part by its own file.
    pub participants: Vec<Participant>,
    /// What its own file calls the speaker of a turn, by the turn's index, where a repeat knows a fuller name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<usize, String>,
    /// When it began by its own file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Whether that is by a clock of no known zone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_time: bool,
    /// Its own title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What was dropped for it, in the order of their names.
    pub dropped: Vec<Repeat>,
}

/// A copy or another format of a call or chat that was dropped. It holds hashes in place of words: six kilobytes at most for
/// a call, and ten bytes more for each message of a chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repeat {
    /// Its name.
    pub id: ConversationId,
    /// The file it stood in.
    pub file: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Whether that is by a clock of no known zone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_time: bool,
    /// Its title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Who took part.
    pub participants: Vec<Participant>,
    /// Who speaks, each once, in lower case, in order.
    pub speakers: Vec<String>,
    /// How many words it has.
    pub words: usize,
    /// Hash of all its words, in hex.
    pub said: String,
    /// How many turns begin at a stated time beyond the beginning.
    pub timed: usize,
    /// Hash of the times of all turns, in hex.
    pub times: String,
    /// Of a chat: a hash of each message and who wrote it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<u32>,
    /// How many different threes of neighbouring words it has.
    pub threes: usize,
    /// The lowest of their hashes, in order.
    pub lowest: Vec<u32>,
}
