//! Direct messages of X (Twitter) as its archive has them: `window.YTD.direct_messages.part0 = [{"dmConversation": …}]`. It knows
//! people by their numbers alone.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, label, list, moment, text, turn, with_words};
use crate::conversation::Channel;

/// X's direct messages.
pub static X_MESSAGES: JsonFormat = JsonFormat {
    name: "x-messages-json",
    doc: "X (Twitter): direct messages of its archive, each conversation a chat",
    is: |v| {
        v.as_array().and_then(|all| all.first()).is_some_and(|first| at(first, "dmConversation.messages").is_array())
    },
    read: |v| v.as_array().map_or(vec![], |all| all.iter().map(|c| read(at(c, "dmConversation"))).collect()),
};

fn read(conversation: &Value) -> Transcript {
    let messages = list(conversation, "messages").iter().map(|message| at(message, "messageCreate"));
    // The latest stands first; who came and went is no message.
    let mut messages: Vec<_> =
        messages.filter(|message| message.is_object()).map(|message| (moment(message, "createdAt"), message)).collect();
    messages.sort_by_key(|(at, _)| *at);
    let began = messages.iter().find_map(|(at, _)| *at);
    let turns = messages.iter().map(|(at, message)| {
        let since = at.zip(began).and_then(|(at, began)| u64::try_from(at.duration_since(began).as_millis()).ok());
        turn(label(message, "senderId"), since, None, text(message, "text"))
    });
    // A picture without a word is no loss of words.
    let (turns, _) = with_words(turns);
    let id = Some(text(conversation, "conversationId").to_owned()).filter(|id| !id.is_empty());
    Transcript { id, channel: Channel::Chat, started_at: began, turns, ..Transcript::default() }
}
