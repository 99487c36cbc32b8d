//! The store that comes with dealtone: one SQLite file, the only place that names rusqlite.
//!
//! WAL with `synchronous=FULL`: what is committed survives the loss of power. `secure_delete`: what is deleted is
//! overwritten, and an erasure empties the log behind it. Every row carries the SHA-256 of all that stands in it, which is
//! checked whenever it is read: SQLite itself notices a flipped bit only in its own structure.

mod file;
mod line;
mod open;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, backup::Backup, params};

use super::{DealRow, Held, Outcome, Put, Record, Size, Store, StoreError};
use crate::{
    conversation::{Conversation, ConversationId, DealId, Timestamp},
    deal::CrmRecord,
};
use file::{Unfinished, explain};
use line::{COLUMNS, CrmLine, Line, Millis, crm_hash, crm_line, crm_of, find, short_hash};

/// Pages of one step of a backup; between steps writers come in.
const BACKUP_STEP: i32 = 256;

/// An open store.
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
}

impl SqliteStore {
    /// Reads everything and checks that nothing is damaged; how many conversations were looked at.
    ///
    /// # Errors
    /// Where something is.
    pub fn check(&mut self) -> Result<u64, StoreError> {
        self.check_structure()?;
        let path = self.path.clone();
        // All of it is looked at, so that it is known how much a backup would bring back.
        let of_conversations = self.count_conversations()?;
        let mut of_deals = Counted::default();
        let mut statement =
            self.connection.prepare("SELECT id, crm, sha256 FROM deal").map_err(|e| explain(&path, &e))?;
        let rows = statement.query_map([], crm_line).map_err(|e| explain(&path, &e))?;
        for line in rows {
            of_deals.add(crm_of(line.map_err(|e| explain(&path, &e))?, &path).map(|_| ()))?;
        }
        if of_conversations.damaged + of_deals.damaged > 0 {
            let what = format!(
                "{} of {} conversations and {} of {} deals in the CRM are not what was written",
                of_conversations.damaged, of_conversations.all, of_deals.damaged, of_deals.all
            );
            return Err(self.corrupt(&what));
        }
        Ok(of_conversations.all)
    }

    /// Writes a copy of the store, as of one moment, to a file that is not there yet and that nobody but its owner may read,
    /// while others read and write; how many conversations the copy has.
    ///
    /// # Errors
    /// Where `to` is there or cannot be written; nothing is left behind then.
    pub fn backup(&mut self, to: &Path) -> Result<u64, StoreError> {
        let refuse = |why: String| StoreError::Io { path: to.to_owned(), why };
        let there = || StoreError::Taken { path: to.to_owned() };
        if to.exists() {
            return Err(there());
        }
        let unfinished = Unfinished::beside(to).map_err(|e| refuse(e.to_string()))?;
        let mut target = Connection::open(unfinished.path()).map_err(|e| explain(to, &e))?;
        {
            // One view of the store from the first page to the last: without it, every commit of somebody else between two
            // steps would begin the copy anew, and under steady writing it would never end.
            let moment = self.connection.unchecked_transaction().map_err(|e| explain(&self.path, &e))?;
            moment
                .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))
                .map_err(|e| explain(&self.path, &e))?;
            let backup = Backup::new(&moment, &mut target).map_err(|e| explain(to, &e))?;
            backup.run_to_completion(BACKUP_STEP, Duration::ZERO, None).map_err(|e| explain(to, &e))?;
        }
        // Of the copy: meanwhile the store may have got more.
        let conversations = conversations_in(&target).map_err(|e| explain(to, &e))?;
        // One file without a log beside it: it is to be carried away.
        target.pragma_update(None, "journal_mode", "DELETE").map_err(|e| explain(to, &e))?;
        target.close().map_err(|(_, e)| explain(to, &e))?;
        if unfinished.move_to(to).map_err(|e| refuse(e.to_string()))? { Ok(conversations) } else { Err(there()) }
    }

    fn count_conversations(&self) -> Result<Counted, StoreError> {
        let failed = |e: rusqlite::Error| self.explain(&e);
        let mut counted = Counted::default();
        let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM conversation")).map_err(failed)?;
        for line in statement.query_map([], Line::read).map_err(failed)? {
            counted.add(line.map_err(failed)?.record(&self.path).map(|_| ()))?;
        }
        Ok(counted)
    }

    /// What `take` makes of each conversation of a deal, by id.
    fn lines_of<T>(
        &self,
        deal: &DealId,
        take: fn(&Line, &Path) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM conversation WHERE deal = ?1 ORDER BY id");
        let mut statement = self.connection.prepare_cached(&sql).map_err(|e| self.explain(&e))?;
        let lines = statement.query_map([&deal.0], Line::read).map_err(|e| self.explain(&e))?;
        lines.map(|line| take(&line.map_err(|e| self.explain(&e))?, &self.path)).collect()
    }

    fn check_structure(&self) -> Result<(), StoreError> {
        let verdict: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(|e| self.explain(&e))?;
        // SQLite names tables and pages, never values.
        if verdict == "ok" { Ok(()) } else { Err(self.corrupt(verdict.lines().next().unwrap_or_default())) }
    }

    fn pragma(&self, name: &str) -> Result<i64, StoreError> {
        self.connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|e| self.explain(&e))
    }

    /// Empties the log, so that nothing that was erased stands in it.
    fn clear_log(&self) -> Result<(), StoreError> {
        let busy: i64 = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|e| self.explain(&e))?;
        if busy == 0 { Ok(()) } else { Err(StoreError::LogNotCleared { path: self.path.clone() }) }
    }

    fn change<T>(&mut self, work: impl FnOnce(&Transaction, &Path) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let path = self.path.clone();
        let failed = |e: rusqlite::Error| explain(&path, &e);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        // Dropped without a commit, the transaction is rolled back.
        let done = work(&transaction, &path)?;
        transaction.commit().map_err(failed)?;
        Ok(done)
    }

    fn explain(&self, error: &rusqlite::Error) -> StoreError {
        explain(&self.path, error)
    }

    fn corrupt(&self, what: &str) -> StoreError {
        StoreError::Corrupt { path: self.path.clone(), what: what.to_owned() }
    }
}

/// Rows that were looked at, and those that are damaged.
#[derive(Default)]
struct Counted {
    all: u64,
    damaged: u64,
}

impl Counted {
    fn add(&mut self, row: Result<(), StoreError>) -> Result<(), StoreError> {
        self.all += 1;
        match row {
            Ok(()) => Ok(()),
            Err(StoreError::Corrupt { .. }) => {
                self.damaged += 1;
                Ok(())
            }
            Err(other) => Err(other),
        }
    }
}

/// What stands under the record's id after it came, and what became of it.
fn put_one(transaction: &Transaction, path: &Path, record: &Record) -> Result<Put, StoreError> {
    let failed = |e: rusqlite::Error| explain(path, &e);
    let asked = record.read.revision;
    let now = jiff::Timestamp::now().as_millisecond();
    let Some(held) = find(transaction, &record.read.deal, &record.read.id).map_err(failed)? else {
        Line::new(record, asked, now).write(transaction).map_err(failed)?;
        return Ok(Put { outcome: Outcome::New, revision: asked });
    };
    // What is damaged is not quietly replaced.
    held.record(path)?;
    let there = u64::try_from(held.revision).unwrap_or_default();
    let hash = record.content_hash();
    if hash == held.content_hash {
        if asked > there {
            Line::new(record, asked, held.came_ms).write(transaction).map_err(failed)?;
        }
        return Ok(Put { outcome: Outcome::Same, revision: there.max(asked) });
    }
    let unmarked = record.unmarked_hash();
    if asked == 0 && unmarked.as_ref() == Some(&held.content_hash) {
        Line::new(record, there, held.came_ms).write(transaction).map_err(failed)?;
        return Ok(Put { outcome: Outcome::Same, revision: there });
    }
    let seen_before = || -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM superseded WHERE deal = ?1 AND id = ?2 AND content_hash IN (?3, ?4)";
        let contents = params![held.deal, held.id, hash, unmarked];
        Ok(transaction.query_row(sql, contents, |_| Ok(())).optional()?.is_some())
    };
    let later = if asked == 0 {
        if seen_before().map_err(failed)? { None } else { Some(there + 1) }
    } else {
        ((asked, &hash) > (there, &held.content_hash)).then_some(asked)
    };
    let loser = if later.is_some() { &held.content_hash } else { &hash };
    let sql = "INSERT OR IGNORE INTO superseded (deal, id, content_hash) VALUES (?1, ?2, ?3)";
    transaction.execute(sql, params![held.deal, held.id, loser]).map_err(failed)?;
    match later {
        Some(revision) => {
            Line::new(record, revision, now).write(transaction).map_err(failed)?;
            Ok(Put { outcome: Outcome::Replaced, revision })
        }
        None => Ok(Put { outcome: Outcome::Superseded, revision: there }),
    }
}

impl Store for SqliteStore {
    fn put(&mut self, records: &[Record]) -> Result<Vec<Put>, StoreError> {
        self.change(|transaction, path| records.iter().map(|record| put_one(transaction, path, record)).collect())
    }

    fn held(&mut self, deal: &DealId, id: &ConversationId) -> Result<Option<Held>, StoreError> {
        let sql = "SELECT content_hash, revision FROM conversation WHERE deal = ?1 AND id = ?2";
        let read = |row: &Row| {
            Ok(Held { content_hash: row.get(0)?, revision: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default() })
        };
        self.connection.query_row(sql, [&deal.0, &id.0], read).optional().map_err(|e| self.explain(&e))
    }

    fn conversation(&mut self, deal: &DealId, id: &ConversationId) -> Result<Option<Record>, StoreError> {
        let line = find(&self.connection, deal, id).map_err(|e| self.explain(&e))?;
        line.map(|line| line.record(&self.path)).transpose()
    }

    fn deals_of(&mut self, id: &ConversationId) -> Result<Vec<DealId>, StoreError> {
        let sql = "SELECT deal FROM conversation WHERE id = ?1 ORDER BY deal";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.explain(&e))?;
        let deals = statement.query_map([&id.0], |row| row.get(0).map(DealId)).map_err(|e| self.explain(&e))?;
        deals.map(|deal| deal.map_err(|e| self.explain(&e))).collect()
    }

    fn deal(&mut self, deal: &DealId) -> Result<Vec<Record>, StoreError> {
        self.lines_of(deal, Line::record)
    }

    fn read_of(&mut self, deal: &DealId) -> Result<Vec<Conversation>, StoreError> {
        self.lines_of(deal, Line::conversation)
    }

    fn deals(&mut self, after: Option<&DealId>, limit: usize) -> Result<Vec<DealRow>, StoreError> {
        // The hash of a conversation's row stands behind its record and the one of its content before it, where it is read
        // without the record.
        let sql = "SELECT deal, SUM(is_conversation), MAX(began_ms), GROUP_CONCAT(hash) FROM (
                SELECT deal, 1 AS is_conversation, began_ms, content_hash AS hash FROM conversation
                UNION ALL SELECT id, 0, NULL, sha256 FROM deal
            ) WHERE deal > ?1 GROUP BY deal ORDER BY deal LIMIT ?2";
        let read = |row: &Row| {
            let began: Option<Millis> = row.get(2)?;
            Ok(DealRow {
                deal: DealId(row.get(0)?),
                conversations: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                latest: began.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
                stamp: short_hash(&in_order(&row.get::<_, String>(3)?)),
            })
        };
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.explain(&e))?;
        let after = after.map_or("", |deal| deal.0.as_str());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![after, limit], read).map_err(|e| self.explain(&e))?;
        rows.map(|row| row.map_err(|e| self.explain(&e))).collect()
    }

    fn rescore(&mut self, records: &[Record]) -> Result<(), StoreError> {
        self.change(|transaction, path| {
            for record in records {
                let held = find(transaction, &record.read.deal, &record.read.id).map_err(|e| explain(path, &e))?;
                if let Some(held) = held.filter(|held| held.content_hash == record.content_hash()) {
                    let revision = u64::try_from(held.revision).unwrap_or_default();
                    Line::new(record, revision, held.came_ms).write(transaction).map_err(|e| explain(path, &e))?;
                }
            }
            Ok(())
        })
    }

    fn crm(&mut self, deal: &DealId) -> Result<Option<CrmRecord>, StoreError> {
        let sql = "SELECT id, crm, sha256 FROM deal WHERE id = ?1";
        let line = self.connection.query_row(sql, [&deal.0], crm_line).optional().map_err(|e| self.explain(&e))?;
        line.map(|line| crm_of(line, &self.path)).transpose()
    }

    fn all_crm(&mut self) -> Result<BTreeMap<DealId, CrmRecord>, StoreError> {
        let sql = "SELECT id, crm, sha256 FROM deal";
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| self.explain(&e))?;
        let lines = statement.query_map([], crm_line).map_err(|e| self.explain(&e))?;
        let record = |line: rusqlite::Result<CrmLine>| {
            let line = line.map_err(|e| self.explain(&e))?;
            Ok((DealId(line.0.clone()), crm_of(line, &self.path)?))
        };
        lines.map(record).collect()
    }

    fn set_crm(&mut self, deal: &DealId, crm: &CrmRecord) -> Result<bool, StoreError> {
        let json = serde_json::to_string(crm).expect("a CRM record holds only plain values");
        let hash = crm_hash(&deal.0, &json);
        self.change(|transaction, path| {
            let failed = |e: rusqlite::Error| explain(path, &e);
            let sql = "SELECT 1 FROM deal WHERE id = ?1";
            let known = transaction.query_row(sql, [&deal.0], |_| Ok(())).optional().map_err(failed)?;
            let sql = "INSERT OR REPLACE INTO deal (id, crm, sha256) VALUES (?1, ?2, ?3)";
            transaction.execute(sql, params![deal.0, json, hash]).map_err(failed)?;
            Ok(known.is_none())
        })
    }

    fn erase_conversation(&mut self, deal: &DealId, id: &ConversationId) -> Result<bool, StoreError> {
        let gone = self.change(|transaction, path| {
            let failed = |e: rusqlite::Error| explain(path, &e);
            let of_both = "WHERE deal = ?1 AND id = ?2";
            let names = [&deal.0, &id.0];
            transaction.execute(&format!("DELETE FROM superseded {of_both}"), names).map_err(failed)?;
            transaction.execute(&format!("DELETE FROM conversation {of_both}"), names).map_err(failed)
        })?;
        self.clear_log()?;
        Ok(gone > 0)
    }

    fn erase_deal(&mut self, deal: &DealId) -> Result<Option<u64>, StoreError> {
        let (crm, conversations) = self.change(|transaction, path| {
            let failed = |e: rusqlite::Error| explain(path, &e);
            transaction.execute("DELETE FROM superseded WHERE deal = ?1", [&deal.0]).map_err(failed)?;
            let crm = transaction.execute("DELETE FROM deal WHERE id = ?1", [&deal.0]).map_err(failed)?;
            let gone = transaction.execute("DELETE FROM conversation WHERE deal = ?1", [&deal.0]).map_err(failed)?;
            Ok((crm, gone as u64))
        })?;
        self.clear_log()?;
        Ok((crm > 0 || conversations > 0).then_some(conversations))
    }

    fn purge(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let before = before.as_millisecond();
        let gone = self.change(|transaction, path| {
            let failed = |e: rusqlite::Error| explain(path, &e);
            let old = "COALESCE(began_ms, came_ms) < ?1";
            // A deal that never had a conversation has no time and is nobody's to guess at: it stays until it is erased.
            let sql = format!(
                "DELETE FROM deal WHERE id IN (SELECT deal FROM conversation WHERE {old})
                    AND id NOT IN (SELECT deal FROM conversation WHERE NOT {old})"
            );
            transaction.execute(&sql, [before]).map_err(failed)?;
            let sql =
                format!("DELETE FROM superseded WHERE (deal, id) IN (SELECT deal, id FROM conversation WHERE {old})");
            transaction.execute(&sql, [before]).map_err(failed)?;
            transaction.execute(&format!("DELETE FROM conversation WHERE {old}"), [before]).map_err(failed)
        })?;
        self.clear_log()?;
        Ok(gone as u64)
    }

    fn size(&mut self) -> Result<Size, StoreError> {
        let conversations = conversations_in(&self.connection).map_err(|e| self.explain(&e))?;
        let length = |path: &Path| fs::metadata(path).map_or(0, |m| m.len());
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        Ok(Size { conversations, bytes: length(&self.path) + length(Path::new(&log)) })
    }
}

fn conversations_in(connection: &Connection) -> rusqlite::Result<u64> {
    let count: i64 = connection.query_row("SELECT COUNT(*) FROM conversation", [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Hashes with commas between them, sorted: SQLite joins them in whatever order it comes by them.
fn in_order(hashes: &str) -> String {
    let mut all: Vec<&str> = hashes.split(',').collect();
    all.sort_unstable();
    all.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_refuses_changes_nothing_and_recovers() {
        use crate::utterance::Scored;
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("s")).unwrap();
        let record = |n: usize| {
            let read: Conversation = serde_json::from_value(serde_json::json!({
                "id": format!("c{n}"), "deal": "d", "channel": "call", "turns": [{"speaker": "a", "text": "x".repeat(9000)}],
            }))
            .unwrap();
            let scored = Scored { conversation: read.clone(), utterances: vec![], provenance: Default::default() };
            Record { read, scored }
        };
        store.put(&[record(0)]).unwrap();
        let pages = store.pragma("page_count").unwrap();
        // SQLite's own limit fails as a full disk does.
        store.connection.pragma_update_and_check(None, "max_page_count", pages + 8, |_| Ok(())).unwrap();
        let mut kept = 1;
        let refused = loop {
            match store.put(&[record(kept)]) {
                Ok(_) => kept += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, StoreError::Full { .. }), "{refused}");
        assert_eq!(store.check().unwrap(), kept as u64);
        store.connection.pragma_update_and_check(None, "max_page_count", 1 << 20, |_| Ok(())).unwrap();
        store.put(&[record(kept)]).unwrap();
        assert_eq!(store.check().unwrap(), kept as u64 + 1);
    }
}
