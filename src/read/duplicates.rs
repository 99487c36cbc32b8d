//! The same message twice: in the mailboxes of two colleagues, in a folder and in an archive of it.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Skipped;
use crate::conversation::{Channel, Conversation, ConversationId};

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Seen {
    mails: HashMap<[u8; 32], ConversationId>,
}

impl Seen {
    /// Whether `conversation` is new. A mail with the Message-ID of one that was seen in the same deal is not, nor is one
    /// without an id whose sender, time and words are the same; then the loss is given to report.
    ///
    /// # Errors
    /// Where it was seen: the mail is a duplicate, and the first one stays.
    pub fn check(&mut self, conversation: &Conversation) -> Result<(), Skipped> {
        if conversation.channel != Channel::Email {
            return Ok(());
        }
        let mut hash = Sha256::new();
        hash.update(conversation.deal.0.as_bytes());
        hash.update([0]);
        match conversation.mail.as_ref().and_then(|m| m.message_id.as_deref()) {
            Some(id) => hash.update(id.as_bytes()),
            None => {
                hash.update(format!("{:?}\0{}\0", conversation.started_at, conversation.title));
                for turn in &conversation.turns {
                    hash.update(turn.speaker.as_bytes());
                    hash.update([0]);
                    hash.update(turn.text.as_bytes());
                    hash.update([0]);
                }
            }
        }
        match self.mails.entry(hash.finalize().into()) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(conversation.id.clone());
                Ok(())
            }
            std::collections::hash_map::Entry::Occupied(held) => Err(Skipped {
                file: conversation.source.file.clone(),
                line: None,
                code: "duplicate".into(),
                message: format!("the same message as {}; it counts once", held.get()),
            }),
        }
    }
}
