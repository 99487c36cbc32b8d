//! How a store is opened: nothing is written before it is known to be ours, what it promises is set, an older one is
//! brought to today's form.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{
    SqliteStore,
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
        store.migrate(version)?;
        if store.size()?.bytes <= CHECKED_AT_OPEN {
            store.check()?;
        }
        Ok(store)
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
    use super::*;
    use crate::{conversation::DealId, deal::CrmRecord};

    #[test]
    fn a_store_of_every_earlier_form_is_brought_to_todays() {
        let folder = tempfile::tempdir().unwrap();
        for version in 1..=MIGRATIONS.len() {
            let path = folder.path().join(format!("v{version}"));
            let connection = {
                create(&path).unwrap();
                Connection::open(&path).unwrap()
            };
            for step in MIGRATIONS.iter().take(version) {
                connection.execute_batch(step).unwrap();
            }
            connection.pragma_update(None, "user_version", version as i64).unwrap();
            drop(connection);
            let mut store = SqliteStore::open(&path).unwrap();
            assert_eq!(store.pragma("user_version").unwrap(), MIGRATIONS.len() as i64);
            store.set_crm(&DealId("d".into()), &CrmRecord::default()).unwrap();
            assert_eq!(store.check().unwrap(), 0);
        }
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
