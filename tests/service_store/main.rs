//! What a store must do, as a suite that every store must pass; and what the one that comes with dealtone does with
//! damage, with an end in the middle, and with what must be gone.

mod damage;
mod erasure;
mod memory;
mod suite;

use dealtone::{
    Provenance, Scored,
    conversation::{Channel, Conversation, ConversationId, DealId, Source, Turn},
    store::Record,
};

/// A record that says `words` in the conversation `id` of `deal`.
fn record(id: &str, deal: &str, revision: u64, words: &str) -> Record {
    let read = Conversation {
        id: ConversationId(id.into()),
        deal: DealId(deal.into()),
        channel: Channel::Call,
        started_at: None,
        local_time: false,
        title: String::new(),
        participants: vec![],
        turns: vec![Turn { speaker: "Ann".into(), text: words.into(), ..Turn::default() }],
        mail: None,
        recording: None,
        source: Source::default(),
        revision,
        as_read: None,
    };
    let scored = Scored { conversation: read.clone(), utterances: vec![], provenance: Provenance::default() };
    Record { read, scored }
}
