//! What a damaged, strange or later store is met with: a refusal that says what to do, and no change to the file.

use std::{
    fs,
    io::Write,
    path::Path,
    time::{Duration, SystemTime},
};

use dealtone::{
    conversation::DealId,
    store::{Record, Store, StoreError, sqlite::SqliteStore},
};

use crate::record;

fn small(path: &Path) -> Vec<Record> {
    let mut store = SqliteStore::open(path).unwrap();
    let records: Vec<Record> =
        (0..6).map(|n| record(&format!("c{n}"), &format!("d{}", n % 2), 0, &format!("w{n}"))).collect();
    store.put(&records).unwrap();
    records
}

/// What can be read of the store: every record, or the first error.
fn read_all(path: &Path) -> Result<Vec<Record>, StoreError> {
    let mut store = SqliteStore::open_existing(path)?;
    let mut all = Vec::new();
    for row in store.deals(None, 100)? {
        all.extend(store.deal(&row.deal)?);
    }
    all.sort_by(|a, b| a.read.id.cmp(&b.read.id));
    Ok(all)
}

#[test]
fn a_flipped_bit_is_found_or_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let records = small(&whole);
    let bytes = fs::read(&whole).unwrap();
    assert!(bytes.len() > 20_000, "the log was brought into the file: {} bytes", bytes.len());
    let (mut found, mut harmless) = (0, 0);
    // Every byte in which something stands, and some of the others; all of them by hand, with DEALTONE_EVERY_BYTE.
    let every = std::env::var_os("DEALTONE_EVERY_BYTE").is_some();
    let places = (0..bytes.len()).filter(|i| every || i % 2003 == 0 || (bytes[*i] != 0 && i % 41 == 0));
    for place in places {
        let path = folder.path().join("flipped");
        let mut flipped = bytes.clone();
        flipped[place] ^= 1 << (place % 8);
        fs::write(&path, &flipped).unwrap();
        for log in ["flipped-wal", "flipped-shm"] {
            let _ = fs::remove_file(folder.path().join(log));
        }
        match read_all(&path) {
            Err(error) => {
                found += 1;
                let words = error.to_string();
                assert!(words.contains("flipped"), "byte {place}: {words}");
            }
            Ok(read) => {
                harmless += 1;
                assert_eq!(read, records, "byte {place} changed what is read, and nobody noticed");
            }
        }
    }
    eprintln!("{found} found, {harmless} harmless");
    assert!(found > 50, "{found} found");
}

#[test]
fn a_cut_off_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let records = small(&whole);
    let bytes = fs::read(&whole).unwrap();
    for length in [0, 1, 15, 16, 99, 100, 4095, 4096, 5000, bytes.len() / 2, bytes.len() - 4096, bytes.len() - 1] {
        let path = folder.path().join(format!("cut-{length}"));
        fs::write(&path, &bytes[..length]).unwrap();
        match read_all(&path) {
            Err(error) => {
                let known = matches!(error, StoreError::Corrupt { .. } | StoreError::NotAStore { .. });
                assert!(known, "{length}: {error}");
            }
            // What was cut off was empty.
            Ok(read) => {
                assert!(length + 8 > bytes.len(), "{length}: not noticed");
                assert_eq!(read, records, "{length}");
                continue;
            }
        }
        assert_eq!(fs::read(&path).unwrap(), &bytes[..length], "{length}: it was changed");
    }
}

/// A process that is killed leaves its log behind: what of it is whole counts, a torn end is dropped.
#[test]
fn a_torn_log_costs_only_what_was_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live");
    let mut store = SqliteStore::open(&path).unwrap();
    let records: Vec<Record> = (0..4).map(|n| record(&format!("c{n}"), "d", 0, "w")).collect();
    let mut lengths = Vec::new();
    for record in &records {
        store.put(std::slice::from_ref(record)).unwrap();
        lengths.push(fs::metadata(folder.path().join("live-wal")).unwrap().len() as usize);
    }
    let (main, log) = (fs::read(&path).unwrap(), fs::read(folder.path().join("live-wal")).unwrap());
    for cut in (0..=log.len()).step_by(487).chain(lengths.iter().flat_map(|l| [l - 1, *l])) {
        let copy = folder.path().join("copy");
        fs::write(&copy, &main).unwrap();
        fs::write(folder.path().join("copy-wal"), &log[..cut]).unwrap();
        let _ = fs::remove_file(folder.path().join("copy-shm"));
        let committed = lengths.iter().filter(|length| **length <= cut).count();
        // The very first frames hold the schema; without them there is an empty store of ours.
        let read = read_all(&copy).unwrap_or_else(|e| panic!("cut at {cut}: {e}"));
        assert_eq!(read.len(), committed, "cut at {cut} of {}", log.len());
        assert_eq!(read, records[..committed]);
    }
}

#[test]
fn what_is_not_ours_is_refused_with_an_instruction_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "These are my notes, and they are longer than a header.").unwrap();
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)")
        .unwrap();
    let later = folder.path().join("later");
    small(&later);
    rusqlite::Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for (path, words) in [(&text, "not a SQLite database"), (&other, "another program's"), (&later, "later dealtone")] {
        let before = fs::read(path).unwrap();
        let error = SqliteStore::open(path).err().expect("it is refused").to_string();
        assert!(error.contains(words) && error.contains("--store"), "{error}");
        assert_eq!(fs::read(path).unwrap(), before, "{words}: it was changed");
    }
    assert!(SqliteStore::open(folder.path()).is_err(), "a folder is no store");
    assert!(SqliteStore::open_existing(&folder.path().join("nowhere")).is_err());
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn stray_files_of_a_start_that_was_killed_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let long_ago = SystemTime::now() - Duration::from_secs(2 * 3600);
    for name in ["store.unfinished", "store.7-0.unfinished"] {
        let mut file = fs::File::create(folder.path().join(name)).unwrap();
        file.write_all(b"half a page").unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let mut store = SqliteStore::open(&path).unwrap();
    store.put(&[record("1", "d", 0, "x")]).unwrap();
    assert!(!folder.path().join("store.unfinished").exists());
    assert!(!folder.path().join("store.7-0.unfinished").exists());

    // Somebody may still be at one that was written to a moment ago.
    fs::write(folder.path().join("copy.unfinished"), "half a page").unwrap();
    store.backup(&folder.path().join("copy")).unwrap();
    assert!(folder.path().join("copy.unfinished").exists());
    let taken = store.backup(&folder.path().join("copy")).unwrap_err().to_string();
    assert!(taken.ends_with("it is there already; name another file"), "{taken}");
}

#[test]
fn a_backup_is_whole_alone_and_as_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("store"), folder.path().join("copy"));
    let records = small(&path);
    let mut store = SqliteStore::open(&path).unwrap();
    // Another connection keeps writing meanwhile.
    let mut writer = SqliteStore::open(&path).unwrap();
    let writing = std::thread::spawn(move || {
        for n in 0..50 {
            writer.put(&[record(&format!("late{n}"), "late", 0, "x")]).unwrap();
        }
    });
    store.backup(&to).unwrap();
    writing.join().unwrap();
    let mut copy = SqliteStore::open(&to).unwrap();
    copy.check().unwrap();
    let mut read = copy.deal(&DealId("d0".into())).unwrap();
    read.extend(copy.deal(&DealId("d1".into())).unwrap());
    assert_eq!(read.len(), records.len());
    let error = store.backup(&to).unwrap_err();
    assert!(error.to_string().contains("there already"), "{error}");
    assert!(store.backup(&folder.path().join("no/such/folder/copy")).is_err());
}

/// Two services that start at once, a start script that runs twice: one store, and whatever was put is in it.
#[test]
fn a_new_store_that_many_open_at_once_is_one_store() {
    for round in 0..15 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            let open = |n: usize| {
                start.wait();
                let mut store = SqliteStore::open(&path).unwrap_or_else(|e| panic!("round {round}: {e}"));
                store.put(&[record(&format!("c{n}"), "d", 0, "w")]).unwrap();
            };
            let all: Vec<_> = (0..8).map(|n| scope.spawn(move || open(n))).collect();
            all.into_iter().for_each(|one| one.join().unwrap());
        });
        assert_eq!(SqliteStore::open(&path).unwrap().check().unwrap(), 8, "round {round}");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["store"], "nothing else is left");
    }
}

#[test]
fn a_backup_ends_while_others_keep_writing_and_is_its_owners_alone() {
    use std::{
        os::unix::fs::PermissionsExt,
        sync::atomic::{AtomicBool, Ordering},
        time::{Duration, Instant},
    };
    let folder = tempfile::tempdir().unwrap();
    let (path, to) = (folder.path().join("store"), folder.path().join("copy"));
    let mut store = SqliteStore::open(&path).unwrap();
    let words = "some words of a call ".repeat(500);
    // Several steps of a backup.
    let records: Vec<Record> = (0..600).map(|n| record(&format!("c{n}"), "d", 0, &words)).collect();
    store.put(&records).unwrap();
    let (done, began) = (AtomicBool::new(false), Instant::now());
    let patience = Duration::from_secs(30);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = SqliteStore::open(&path).unwrap();
            for n in 0.. {
                if done.load(Ordering::SeqCst) || began.elapsed() > patience {
                    return;
                }
                writer.put(&[record(&format!("late{n}"), "late", 0, "x")]).unwrap();
            }
        });
        // The writer is at it before the copy begins.
        while store.deals(None, 10).unwrap().len() < 2 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let counted = store.backup(&to).unwrap();
        // Those that came while it was written are not in it.
        let whole = SqliteStore::open(&to).unwrap().check().unwrap();
        done.store(true, Ordering::SeqCst);
        assert!(counted == whole && whole >= 600, "{counted} are told, {whole} are there");
    });
    assert!(began.elapsed() < patience, "it ended only when the writer did");
    for file in [&path, &to] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn what_is_damaged_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    small(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute("UPDATE conversation SET revision = 7 WHERE id IN ('c1', 'c4')", []).unwrap();
    drop(other);
    let error = SqliteStore::open(&path).err().expect("it is refused").to_string();
    assert!(error.contains("2 of 6 conversations and 0 of 0 deals in the CRM are not what was written"), "{error}");
}
