//! The same message twice: in the mailboxes of two colleagues, in a folder and in an archive of it.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::Skipped;
use crate::conversation::{Channel, Conversation, ConversationId};

/// What was seen so far: of each message, which conversation it was first and a hash of each of its turns.
#[derive(Debug, Default)]
pub struct Seen {
    mails: HashMap<[u8; 16], (ConversationId, HashSet<u64>)>,
}

impl Seen {
    /// Whether `conversation` is new. A mail with the Message-ID of one that was seen in the same deal is not, unless it has
    /// words that the other has not: programs that number badly must not cost words. Without an id, sender, time and subject
    /// stand for it.
    ///
    /// # Errors
    /// Where it was seen: the mail is a duplicate, the first one stays, and the loss is given to report.
    pub fn check(&mut self, conversation: &Conversation) -> Result<(), Skipped> {
        if conversation.channel != Channel::Email {
            return Ok(());
        }
        let identity = match conversation.mail.as_ref().and_then(|m| m.message_id.as_deref()) {
            Some(id) => format!("{}\0{id}", conversation.deal),
            // Without a number and a time there is nothing to tell two messages apart by but their words.
            None if conversation.started_at.is_none() => return Ok(()),
            None => {
                let sender = conversation.turns.first().map_or("", |t| t.speaker.as_str());
                format!("{}\0{:?}\0{}\0{sender}\0", conversation.deal, conversation.started_at, conversation.title)
            }
        };
        let turns: HashSet<u64> = conversation.turns.iter().map(|t| first_eight(t.text.as_bytes())).collect();
        let mut key = [0; 16];
        key.copy_from_slice(&Sha256::digest(identity)[..16]);
        let (first, known) = self.mails.entry(key).or_insert_with(|| (conversation.id.clone(), HashSet::new()));
        if !turns.is_empty() && turns.is_subset(known) {
            return Err(Skipped {
                file: conversation.source.file.clone(),
                line: None,
                code: "duplicate".into(),
                message: format!("the same message as {first}; it counts once"),
            });
        }
        known.extend(turns);
        Ok(())
    }
}

fn first_eight(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes)[..8].iter().fold(0, |out, byte| out << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::DealId,
        read::{Input, read},
    };

    #[test]
    fn a_message_counts_once_and_no_words_are_lost_for_it() {
        let mut seen = Seen::default();
        for (deal, id, words, new) in [
            ("a", "<1@x>", "Too dear.", true),
            ("a", "<1@x>", "Too dear.", false),
            ("b", "<1@x>", "Too dear.", true),
            ("a", "<1@x>", "Other words under the same number.", true),
            ("a", "<2@x>", "Too dear.", true),
        ] {
            let mail = format!("From: ann@acme.example\nSubject: x\nMessage-ID: {id}\n\n{words}\n");
            let deal = DealId(deal.into());
            let read = read(&Input::new("m.eml", &deal, mail.as_bytes()));
            assert_eq!(seen.check(&read.conversations[0]).is_ok(), new, "{deal} {id} {words}");
        }
    }
}
