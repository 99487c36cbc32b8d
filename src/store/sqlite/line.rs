//! The rows of a store, each with the SHA-256 of all that stands in it.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    conversation::{Conversation, ConversationId, DealId, hex},
    deal::CrmRecord,
    store::{Record, StoreError},
};

/// Milliseconds since 1970.
pub type Millis = i64;

/// The columns of `conversation`, in the order of [`Line`].
pub const COLUMNS: &str = "id, deal, content_hash, revision, utterances, began_ms, came_ms, record, sha256";

/// A row of `conversation`.
pub struct Line {
    pub id: String,
    pub deal: String,
    pub content_hash: String,
    pub revision: i64,
    utterances: i64,
    began_ms: Option<Millis>,
    pub came_ms: Millis,
    record: Vec<u8>,
    sha256: String,
}

impl Line {
    /// The row of a record.
    pub fn new(record: &Record, revision: u64, came_ms: Millis) -> Line {
        let mut line = Line {
            id: record.read.id.0.clone(),
            deal: record.read.deal.0.clone(),
            content_hash: record.content_hash(),
            revision: i64::try_from(revision).unwrap_or(i64::MAX),
            utterances: record.scored.utterances.len() as i64,
            began_ms: record.read.started_at.map(|t| t.as_millisecond()),
            came_ms,
            // Plain values serialise without a way to fail.
            record: serde_json::to_vec(record).expect("a record holds only plain values"),
            sha256: String::new(),
        };
        line.sha256 = line.hash();
        line
    }

    /// Reads a row, its columns as in [`COLUMNS`].
    pub fn read(row: &Row) -> rusqlite::Result<Line> {
        Ok(Line {
            id: row.get(0)?,
            deal: row.get(1)?,
            content_hash: row.get(2)?,
            revision: row.get(3)?,
            utterances: row.get(4)?,
            began_ms: row.get(5)?,
            came_ms: row.get(6)?,
            record: row.get(7)?,
            sha256: row.get(8)?,
        })
    }

    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for text in [&self.id, &self.deal, &self.content_hash] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        for number in [self.revision, self.utterances, self.began_ms.unwrap_or(i64::MIN), self.came_ms] {
            hash.update(number.to_le_bytes());
        }
        hash.update(&self.record);
        hex(&hash.finalize())
    }

    /// The record, where the row is whole.
    pub fn record(&self, path: &Path) -> Result<Record, StoreError> {
        self.parse(path)
    }

    /// What was read, where the row is whole: its scores are passed over, and nothing is made of them.
    pub fn conversation(&self, path: &Path) -> Result<Conversation, StoreError> {
        #[derive(Deserialize)]
        struct AsRead {
            read: Conversation,
        }
        self.parse(path).map(|AsRead { read }| read)
    }

    fn parse<T: DeserializeOwned>(&self, path: &Path) -> Result<T, StoreError> {
        let damaged = |what: &str| StoreError::Corrupt { path: path.to_owned(), what: what.to_owned() };
        if self.hash() != self.sha256 {
            return Err(damaged("a conversation is not what was written"));
        }
        serde_json::from_slice(&self.record).map_err(|_| damaged("a conversation is of another form"))
    }

    /// Puts the row in the place of whatever stands under its deal and id.
    pub fn write(&self, transaction: &Transaction) -> rusqlite::Result<usize> {
        transaction.execute(
            &format!("INSERT OR REPLACE INTO conversation ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
            params![
                self.id,
                self.deal,
                self.content_hash,
                self.revision,
                self.utterances,
                self.began_ms,
                self.came_ms,
                self.record,
                self.sha256
            ],
        )
    }
}

/// The conversation of that id in that deal.
pub fn find(connection: &Connection, deal: &DealId, id: &ConversationId) -> rusqlite::Result<Option<Line>> {
    let sql = format!("SELECT {COLUMNS} FROM conversation WHERE deal = ?1 AND id = ?2");
    connection.query_row(&sql, [&deal.0, &id.0], Line::read).optional()
}

/// A row of `deal`: its id, what the CRM says as JSON, the hash of both.
pub type CrmLine = (String, String, String);

/// Reads a row of `deal`.
pub fn crm_line(row: &Row) -> rusqlite::Result<CrmLine> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// The hash of a row of `deal`.
pub fn crm_hash(deal: &str, crm: &str) -> String {
    hex(&Sha256::digest(format!("{}:{deal}{crm}", deal.len())))
}

/// A hash of hashes, for what a caller keeps of each deal.
pub fn short_hash(hashes: &str) -> String {
    hex(&Sha256::digest(hashes))
}

/// What the CRM says, where the row is whole.
pub fn crm_of((deal, crm, sha256): CrmLine, path: &Path) -> Result<CrmRecord, StoreError> {
    let damaged = || StoreError::Corrupt { path: path.to_owned(), what: "a deal is not what was written".into() };
    if crm_hash(&deal, &crm) != sha256 {
        return Err(damaged());
    }
    serde_json::from_str(&crm).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::utterance::Scored;

    #[test]
    fn what_was_read_is_given_without_the_scores_and_only_from_a_whole_row() {
        let path = Path::new("store");
        let read: Conversation = serde_json::from_value(serde_json::json!({
            "id": "1", "deal": "d", "channel": "call", "turns": [{"speaker": "Ann", "text": "We sign."}],
        }))
        .unwrap();
        let scored = Scored { conversation: read.clone(), utterances: vec![], provenance: Default::default() };
        let record = Record { read, scored };
        let mut line = Line::new(&record, 0, 0);
        assert_eq!(line.conversation(path).unwrap(), record.read);
        line.record = serde_json::to_vec(&serde_json::json!({"read": record.read, "scored": 7})).unwrap();
        assert!(line.conversation(path).is_err(), "its hash is another row's");
        line.sha256 = line.hash();
        assert!(line.record(path).is_err(), "these are no scores");
        assert_eq!(line.conversation(path).unwrap(), record.read, "and nobody looked at them");
    }
}
