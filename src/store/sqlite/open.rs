//! How a store is opened: nothing is written before it is known to be ours, what it promises is set, an older one is
//! brought to today's form.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{
    Counted, SqliteStore,
    file::{APPLICATION_ID, create, explain, look_at_header},
};
use crate::store::{Store, StoreError};

/// The steps from an empty file to today's form; a released step is never changed, only followed.
const MIGRATIONS: &[&str] = &[
    // 1: conversations.
    "CREATE TABLE conversation (
        id TEXT PRIMARY KEY NOT NULL,
        deal TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        revision INTEGER NOT NULL,
        utterances INTEGER NOT NULL,
        began_ms INTEGER,
        came_ms INTEGER NOT NULL,
        record BLOB NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX conversation_by_deal ON conversation (deal, id);
    CREATE TABLE superseded (
        id TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        PRIMARY KEY (id, content_hash)
    ) STRICT, WITHOUT ROWID;",
    // 2: what the CRM says of a deal.
    "CREATE TABLE deal (
        id TEXT PRIMARY KEY NOT NULL,
        crm TEXT NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;",
    // 3: an id is unique in its deal, as in an export: the same id in two deals is two conversations.
    "CREATE TABLE conversation_in_deal (
        id TEXT NOT NULL,
        deal TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        revision INTEGER NOT NULL,
        utterances INTEGER NOT NULL,
        began_ms INTEGER,
        came_ms INTEGER NOT NULL,
        record BLOB NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (deal, id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO conversation_in_deal (id, deal, content_hash, revision, utterances, began_ms, came_ms, record, sha256)
        SELECT id, deal, content_hash, revision, utterances, began_ms, came_ms, record, sha256 FROM conversation;
    CREATE TABLE superseded_in_deal (
        deal TEXT NOT NULL,
        id TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        PRIMARY KEY (deal, id, content_hash)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO superseded_in_deal (deal, id, content_hash)
        SELECT conversation.deal, id, superseded.content_hash FROM superseded JOIN conversation USING (id);
    DROP TABLE superseded;
    DROP TABLE conversation;
    ALTER TABLE conversation_in_deal RENAME TO conversation;
    ALTER TABLE superseded_in_deal RENAME TO superseded;
    CREATE INDEX conversation_by_id ON conversation (id);",
];
/// Size up to which every row is read and checked when the store is opened: about a second.
const CHECKED_AT_OPEN: u64 = 64 << 20;
/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(5);

impl SqliteStore {
    /// Opens the store, or makes it where there is none; brings an older one to today's form.
    ///
    /// # Errors
    /// Where the file is no store, was written by a later dealtone, or is damaged: it is then left as it is.
    pub fn open(path: &Path) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_at(path, MIGRATIONS.len())
    }

    /// Opens a store that must be there already.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and where there is none.
    pub fn open_existing(path: &Path) -> Result<SqliteStore, StoreError> {
        if path.is_file() {
            return SqliteStore::open(path);
        }
        Err(StoreError::Missing { path: path.to_owned() })
    }

    /// The same store once more, for reading alone: in its log mode a reader waits for no writer.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn reader(&self) -> Result<SqliteStore, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(|e| self.explain(&e))?;
        let reader = SqliteStore { connection, path: self.path.clone() };
        reader.connection.busy_timeout(PATIENCE).map_err(|e| reader.explain(&e))?;
        reader.connection.pragma_update(None, "query_only", true).map_err(|e| reader.explain(&e))?;
        Ok(reader)
    }

    fn open_at(path: &Path, version: usize) -> Result<SqliteStore, StoreError> {
        let refuse = |why: &str| StoreError::NotAStore { path: path.to_owned(), why: why.to_owned() };
        if !path.exists() {
            create(path)?;
        }
        look_at_header(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|e| explain(path, &e))?;
        let mut store = SqliteStore { connection, path: path.to_owned() };
        store.connection.busy_timeout(PATIENCE).map_err(|e| store.explain(&e))?;
        // SQLite opens for reading what it may not write; a store that cannot keep anything is found out now, not at the
        // first conversation.
        if store.connection.is_readonly("main").map_err(|e| store.explain(&e))? {
            return Err(StoreError::Io { path: path.to_owned(), why: "it may only be read".into() });
        }
        // Before anything is written: whose file is it, and of which version?
        if store.pragma("application_id")? != APPLICATION_ID {
            return Err(refuse("another program's database"));
        }
        let found = store.pragma("user_version")?;
        let known = MIGRATIONS.len() as i64;
        if found > known {
            return Err(StoreError::Newer { path: path.to_owned(), found, known });
        }
        for (name, value) in
            [("journal_mode", "WAL"), ("synchronous", "FULL"), ("secure_delete", "ON"), ("temp_store", "MEMORY")]
        {
            store
                .connection
                .pragma_update_and_check(None, name, value, |_| Ok(()))
                .or_else(|e| if e == rusqlite::Error::QueryReturnedNoRows { Ok(()) } else { Err(e) })
                .map_err(|e| store.explain(&e))?;
        }
        store.check_structure()?;
        // What is damaged is left as it is, and so is not copied into another form.
        if (1..version as i64).contains(&found) {
            store.refuse_damaged_conversations()?;
        }
        store.migrate(version)?;
        if store.size()?.bytes <= CHECKED_AT_OPEN {
            store.check()?;
        }
        Ok(store)
    }

    fn refuse_damaged_conversations(&self) -> Result<(), StoreError> {
        let counted = self.count_conversations()?;
        if counted.damaged == 0 {
            return Ok(());
        }
        let Counted { all, damaged } = counted;
        Err(self.corrupt(&format!("{damaged} of {all} conversations are not what was written")))
    }

    fn migrate(&mut self, version: usize) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |e: rusqlite::Error| explain(&path, &e);
        // A store of today's form is opened without a write: on a full disk it can still be read.
        if self.pragma("user_version")? >= version as i64 {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        for step in MIGRATIONS.iter().take(version).skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(step).map_err(failed)?;
        }
        let reached = found.max(version as i64);
        transaction.pragma_update(None, "user_version", reached).map_err(failed)?;
        transaction.commit().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;
    use crate::{
        conversation::{Conversation, ConversationId, DealId},
        deal::CrmRecord,
        store::{Outcome, Record, sqlite::line::Line},
        utterance::Scored,
    };

    fn record(id: &str, deal: &str, words: &str) -> Record {
        let turns = serde_json::json!([{"speaker": "a", "text": words}]);
        let read: Conversation =
            serde_json::from_value(serde_json::json!({"id": id, "deal": deal, "channel": "call", "turns": turns}))
                .unwrap();
        let scored = Scored { conversation: read.clone(), utterances: vec![], provenance: Default::default() };
        Record { read, scored }
    }

    /// A store as an earlier dealtone left it: a conversation in each of two deals, the first in place of another content.
    fn of_version(path: &Path, version: usize) -> [Record; 3] {
        create(path).unwrap();
        let mut connection = Connection::open(path).unwrap();
        for step in MIGRATIONS.iter().take(version) {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", version as i64).unwrap();
        let [old, new, other] = [record("1", "a", "old"), record("1", "a", "new"), record("2", "b", "other")];
        let transaction = connection.transaction().unwrap();
        Line::new(&new, 1, 0).write(&transaction).unwrap();
        Line::new(&other, 0, 0).write(&transaction).unwrap();
        let (columns, names) = if version < 3 { ("id", "?1") } else { ("id, deal", "?1, 'a'") };
        let sql = format!("INSERT INTO superseded ({columns}, content_hash) VALUES ({names}, ?2)");
        transaction.execute(&sql, params!["1", old.content_hash()]).unwrap();
        transaction.commit().unwrap();
        [old, new, other]
    }

    #[test]
    fn a_store_of_every_earlier_form_is_brought_to_todays() {
        let folder = tempfile::tempdir().unwrap();
        for version in 1..=MIGRATIONS.len() {
            let path = folder.path().join(format!("v{version}"));
            let [old, new, other] = of_version(&path, version);
            let mut store = SqliteStore::open(&path).unwrap();
            assert_eq!(store.pragma("user_version").unwrap(), MIGRATIONS.len() as i64);
            store.set_crm(&DealId("d".into()), &CrmRecord::default()).unwrap();
            assert_eq!(store.check().unwrap(), 2);
            let [a, b] = ["a", "b"].map(|deal| DealId(deal.into()));
            assert_eq!([store.deal(&a).unwrap(), store.deal(&b).unwrap()], [vec![new], vec![other]], "{version}");
            let again = store.put(&[old, record("1", "b", "of another deal")]).unwrap();
            let outcomes: Vec<Outcome> = again.into_iter().map(|put| put.outcome).collect();
            assert_eq!(outcomes, [Outcome::Superseded, Outcome::New], "{version}");
            assert_eq!(store.deals_of(&ConversationId("1".into())).unwrap(), [a, b]);
        }
    }

    #[test]
    fn a_damaged_store_of_an_earlier_form_is_left_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        of_version(&path, 2);
        let connection = Connection::open(&path).unwrap();
        connection.execute("UPDATE conversation SET revision = 7 WHERE id = '2'", []).unwrap();
        drop(connection);
        let refused = SqliteStore::open(&path).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("1 of 2 conversations"), "{refused}");
        let version: i64 =
            Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |r| r.get(0)).unwrap();
        assert_eq!(version, 2);
    }

    #[test]
    fn durability_is_what_is_promised() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("s")).unwrap();
        let text = |name| store.connection.pragma_query_value(None, name, |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!(store.pragma("synchronous").unwrap(), 2, "FULL");
        assert_eq!(store.pragma("secure_delete").unwrap(), 1);
    }
}
