//! What was erased must be in no file of the store.

use std::{fs, path::Path};

use dealtone::{
    conversation::{ConversationId, DealId},
    store::{Store, StoreError, sqlite::SqliteStore},
};

use crate::record;

/// The files below `folder` in which `word` stands.
fn where_it_stands(folder: &Path, word: &str) -> Vec<String> {
    let holds = |path: &Path| fs::read(path).unwrap().windows(word.len()).any(|w| w == word.as_bytes());
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| holds(path)).map(|path| path.display().to_string()).collect()
}

/// The deal of the `n`th conversation.
fn deal(n: usize) -> DealId {
    DealId(format!("deal{}", n % 4))
}

fn filled(path: &Path) -> SqliteStore {
    let mut store = SqliteStore::open(path).unwrap();
    for n in 0..40 {
        let words = format!("canary-{n} {}", "some other words of the call ".repeat(20 * (n % 5)));
        store.put(&[record(&format!("c{n}-canary-id-{n}."), &deal(n).0, 0, &words)]).unwrap();
    }
    // Replaced content, too, must not be found.
    store.put(&[record("c3-canary-id-3.", "deal3", 0, "canary-3 was said otherwise")]).unwrap();
    store
}

#[test]
fn an_erased_conversation_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(&folder.path().join("store"));
    assert!(!where_it_stands(folder.path(), "canary-7 ").is_empty(), "the search finds what is there");
    for n in [7, 3, 24] {
        assert!(store.erase_conversation(&deal(n), &ConversationId(format!("c{n}-canary-id-{n}."))).unwrap());
        for word in [format!("canary-{n} "), format!("canary-id-{n}.")] {
            assert_eq!(where_it_stands(folder.path(), &word), [""; 0], "{word}");
        }
    }
    assert_eq!(store.check().unwrap(), 37);
}

#[test]
fn an_erased_deal_and_what_is_purged_are_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(&folder.path().join("store"));
    assert_eq!(store.erase_deal(&DealId("deal1".into())).unwrap(), Some(10));
    for n in (1..40).step_by(4) {
        assert_eq!(where_it_stands(folder.path(), &format!("canary-{n} ")), [""; 0]);
    }
    assert_eq!(store.purge(jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60)).unwrap(), 30);
    assert_eq!(where_it_stands(folder.path(), "canary"), [""; 0]);
}

#[test]
fn a_log_that_another_process_holds_is_told_and_cleared_when_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = filled(&path);
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM conversation;").unwrap();
    let id = ConversationId("c7-canary-id-7.".into());
    let error = store.erase_conversation(&deal(7), &id).unwrap_err();
    assert!(matches!(error, StoreError::LogNotCleared { .. }), "{error}");
    assert_eq!(store.conversation(&deal(7), &id).unwrap(), None, "it is gone for whoever asks");
    drop(reader);
    assert!(!store.erase_conversation(&deal(7), &id).unwrap());
    assert_eq!(where_it_stands(folder.path(), "canary-7 "), [""; 0]);
}
