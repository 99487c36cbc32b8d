//! Messages with moments, as chat programs and help desks keep them, to a chat: in their order, each with the time since the
//! first.

use std::collections::{BTreeMap, BTreeSet};

use super::{Transcript, party, turn, with_words};
use crate::conversation::{Channel, Participant, Side, Timestamp};

/// One message of a chat.
pub struct Message {
    /// When it was written.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub author: Author,
    /// What was written; empty for a picture.
    pub words: String,
}

/// Who wrote a message, as far as the document tells.
#[derive(Clone, Default)]
pub struct Author {
    pub name: String,
    pub email: String,
    /// The side that the document states.
    pub side: Side,
}

impl Author {
    /// One whom a help desk knows by a number: there is one customer in each of its conversations, and several of us.
    pub fn of_desk(side: Side, id: &str) -> Author {
        let name = match side {
            Side::Buyer => "Customer".to_owned(),
            Side::Seller => format!("Agent {id}").trim_end().to_owned(),
            Side::Unknown => id.to_owned(),
        };
        Author { name, side, ..Author::default() }
    }
}

/// The chat that `messages` are, in whatever order they stand.
pub fn chat(mut messages: Vec<Message>) -> Transcript {
    messages.sort_by_key(|message| message.at);
    let began = messages.iter().find_map(|message| message.at);
    let since = |at: Timestamp| u64::try_from(at.duration_since(began?).as_millis()).ok();
    let participants = participants(&messages);
    let each = messages.iter().map(|m| turn(m.author.name.clone(), m.at.and_then(since), None, &m.words));
    // A picture without a word is no loss of words.
    let (turns, _) = with_words(each);
    Transcript { channel: Channel::Chat, started_at: began, participants, turns, ..Transcript::default() }
}

/// Those who wrote and of whom a side or an address is known, in the order in which they wrote.
fn participants(messages: &[Message]) -> Vec<Participant> {
    let authors = messages.iter().map(|message| &message.author);
    let known = authors.filter(|a| !a.name.is_empty() && (!a.email.is_empty() || a.side != Side::Unknown));
    let mut seen = BTreeSet::new();
    known
        .filter(|author| seen.insert(&author.name))
        .map(|author| party(&author.name, &author.email, author.side, "the export states their side"))
        .collect()
}

/// The documents of each conversation, by its id.
pub fn by_conversation<T>(messages: impl IntoIterator<Item = (String, T)>) -> BTreeMap<String, Vec<T>> {
    let mut out: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for (id, message) in messages {
        out.entry(id).or_default().push(message);
    }
    out
}
