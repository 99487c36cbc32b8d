//! Where the service keeps conversations and their scores: what a store must do, whatever stands behind it.
//!
//! A store is a map from a deal and the id of a conversation in it to a [`Record`]: an id is unique in its deal, as in an
//! export, so the same id in another deal is another conversation. It is where "acknowledged" is decided: when
//! [`Store::put`] returns, the records survive the loss of power. `tests/service_store` holds the conformance suite that
//! every store must pass; [`sqlite`] is the one that comes with dealtone.
//!
//! **Which content stays.** The same id in the same deal with the same content changes nothing. With other content, the higher
//! (revision, content hash) stays, as in [`crate::Deal::absorb`]: deliveries in any order end alike. A sender that counts
//! no revisions gets the next one for content that was not seen before; content that was replaced once and comes again,
//! as queues do, does not come back.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Conversation, ConversationId, DealId, Timestamp},
    deal::CrmRecord,
    utterance::Scored,
};

pub mod sqlite;

/// A conversation as it was read, and as it was last scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// As it was read: before sides were decided over its whole deal.
    pub read: Conversation,
    /// As it was scored: with the sides that were known then.
    pub scored: Scored,
}

impl Record {
    /// Hash of what was read, its revision aside: equal where a delivery brings nothing new.
    pub fn content_hash(&self) -> String {
        content_hash(&self.read)
    }

    /// The hash under which an earlier dealtone kept the same content, where that did not mark a clock of no zone.
    pub fn unmarked_hash(&self) -> Option<String> {
        self.read.local_time.then(|| content_hash(&Conversation { local_time: false, ..self.read.clone() }))
    }
}

/// Hash of a conversation's content, its revision aside.
pub fn content_hash(conversation: &Conversation) -> String {
    Conversation { revision: 0, ..conversation.clone() }.content_hash()
}

/// What became of a record that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was none of this id in its deal.
    New,
    /// The same content was there.
    Same,
    /// Other content was there and is gone.
    Replaced,
    /// The content that is there is later; this one was not kept.
    Superseded,
}

/// What stands under an id after a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// What became of the record.
    pub outcome: Outcome,
    /// The revision that stands now.
    pub revision: u64,
}

/// What is known of a conversation without its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Hash of what was read.
    pub content_hash: String,
    /// Its revision.
    pub revision: u64,
}

/// A deal in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealRow {
    /// Its name.
    pub deal: DealId,
    /// Conversations that it holds.
    pub conversations: u64,
    /// When the latest of them began, where any states it.
    pub latest: Option<Timestamp>,
    /// Another one as soon as the content of a conversation or what the CRM says changes: what was made of the deal holds
    /// while its stamp is the same.
    pub stamp: String,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Conversations.
    pub conversations: u64,
    /// Bytes on disk, the log included.
    pub bytes: u64,
}

/// Why a store did not do what was asked. Never holds words of a conversation, nor an id.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is no store of dealtone's.
    #[error(
        "{path}: this is no store of dealtone ({why}); it was left as it is: name another file with --store, or move this one away"
    )]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// A later dealtone wrote it.
    #[error(
        "{path}: written by a later dealtone (store version {found}, this one knows up to {known}); it was left as it is: run that version, or name another file with --store"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// It is damaged.
    #[error(
        "{path}: the store is damaged ({what}); it was left as it is: restore the last backup by putting it in its place while the service is stopped (`dealtone store check --store {path}` says how much is damaged)"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        what: String,
    },
    /// The disk is full.
    #[error("{path}: the disk is full; nothing was changed: make room and try again")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else holds it.
    #[error("{path}: another process holds the store; nothing was changed: try again")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// What was erased is gone from the store, but still stands in its log.
    #[error(
        "{path}: erased, but the store's log could not be cleared because another process reads it; ask again to clear it"
    )]
    LogNotCleared {
        /// The file.
        path: PathBuf,
    },
    /// It is not there.
    #[error("{path}: there is no such file; name the store that `dealtone serve --store` keeps")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A copy was to be written where something stands.
    #[error("{path}: it is there already; name another file")]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The system failed.
    #[error("{path}: the store could not be read or written ({why}); check the disk and its permissions")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

/// What keeps conversations.
///
/// Implementers must not return from [`Store::put`], [`Store::set_crm`] or an erasure before its effect survives the loss
/// of power; must do each call wholly or not at all; must refuse what is damaged instead of giving less than they hold;
/// and must leave nothing of what was erased in any file of theirs.
pub trait Store: Send {
    /// Puts records, all or none. A conversation's own `revision` of 0 means that its sender counts none.
    ///
    /// # Errors
    /// Where nothing was kept.
    fn put(&mut self, records: &[Record]) -> Result<Vec<Put>, StoreError>;

    /// What is known of a conversation without its words.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn held(&mut self, deal: &DealId, id: &ConversationId) -> Result<Option<Held>, StoreError>;

    /// A conversation of a deal.
    ///
    /// # Errors
    /// Where the store cannot be read, or the record is damaged.
    fn conversation(&mut self, deal: &DealId, id: &ConversationId) -> Result<Option<Record>, StoreError>;

    /// The deals that hold a conversation of that id, by name.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn deals_of(&mut self, id: &ConversationId) -> Result<Vec<DealId>, StoreError>;

    /// The conversations of a deal by id; none for a deal that is not known.
    ///
    /// # Errors
    /// As [`Store::conversation`].
    fn deal(&mut self, deal: &DealId) -> Result<Vec<Record>, StoreError>;

    /// The conversations of a deal as they were read, by id: without their scores, which are most of what there is to read of
    /// a record.
    ///
    /// # Errors
    /// As [`Store::conversation`].
    fn read_of(&mut self, deal: &DealId) -> Result<Vec<Conversation>, StoreError> {
        Ok(self.deal(deal)?.into_iter().map(|record| record.read).collect())
    }

    /// Up to `limit` deals by name, those behind `after`.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn deals(&mut self, after: Option<&DealId>, limit: usize) -> Result<Vec<DealRow>, StoreError>;

    /// Replaces the scores of records whose content is still the same; others are passed over.
    ///
    /// # Errors
    /// Where nothing was changed.
    fn rescore(&mut self, records: &[Record]) -> Result<(), StoreError>;

    /// What the CRM says of a deal.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn crm(&mut self, deal: &DealId) -> Result<Option<CrmRecord>, StoreError>;

    /// What the CRM says of every deal that it speaks of.
    ///
    /// # Errors
    /// Where the store cannot be read, or a record is damaged.
    fn all_crm(&mut self) -> Result<BTreeMap<DealId, CrmRecord>, StoreError>;

    /// Sets what the CRM says of a deal; whether nothing was known before.
    ///
    /// # Errors
    /// Where nothing was changed.
    fn set_crm(&mut self, deal: &DealId, crm: &CrmRecord) -> Result<bool, StoreError>;

    /// Erases a conversation of a deal from every file of the store; whether it was there. Asked again it clears the log
    /// again.
    ///
    /// # Errors
    /// Where it is still there, or ([`StoreError::LogNotCleared`]) gone but for the log.
    fn erase_conversation(&mut self, deal: &DealId, id: &ConversationId) -> Result<bool, StoreError>;

    /// Erases a deal with all its conversations and what the CRM says of it; how many conversations went, `None` where
    /// nothing was known of it.
    ///
    /// # Errors
    /// As [`Store::erase_conversation`].
    fn erase_deal(&mut self, deal: &DealId) -> Result<Option<u64>, StoreError>;

    /// Erases the conversations that began before `moment`; one without a time counts from when it came. Where the last
    /// conversation of a deal goes, what the CRM says of that deal goes with it: its contacts are people too. How many
    /// conversations went.
    ///
    /// # Errors
    /// As [`Store::erase_conversation`].
    fn purge(&mut self, before: Timestamp) -> Result<u64, StoreError>;

    /// How much it holds.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn size(&mut self) -> Result<Size, StoreError>;
}
