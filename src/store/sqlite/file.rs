//! The file of a store: how it is made whole, whether it is one at all, and what SQLite's errors about it mean.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, ffi};

use crate::store::StoreError;

/// Marks the file as ours ("DEAL" in ASCII).
pub const APPLICATION_ID: i64 = 0x4445_414C;
const HEADER: &[u8] = b"SQLite format 3\0";

/// How long an unfinished file is left alone: nobody is still at one that was written to last so long ago.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Makes an empty store under another name and moves it in place whole: a file of this name is never half made, and where
/// another process makes it at the same time, the first one stays.
pub fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::Io { path: path.to_owned(), why: e.to_string() };
    let unfinished = Unfinished::beside(path).map_err(failed)?;
    let connection = Connection::open(unfinished.path()).map_err(|e| explain(path, &e))?;
    let fill = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        // A page must be written for the header to stand.
        connection.execute_batch("VACUUM")?;
        // Those who open it next, perhaps at once, need not agree on who changes it.
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
    };
    fill().map_err(|e| explain(path, &e))?;
    connection.close().map_err(|(_, e)| explain(path, &e))?;
    unfinished.move_to(path).map(|_| ()).map_err(failed)
}

/// A file beside another one that is to become it: nobody else's, readable by its owner alone from the first byte on, and
/// gone where it does not come to its end.
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// An empty one. Those that a killed process left are taken away.
    pub fn beside(path: &Path) -> io::Result<Unfinished> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        remove_abandoned(path);
        let own = format!("{}-{}.unfinished", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let unfinished = beside(path, &own);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&unfinished) {
            // Of a process that had our number in an earlier life, or in another container.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                fs::remove_file(&unfinished)?;
                options.open(&unfinished)?
            }
            other => other?,
        };
        Ok(Unfinished(unfinished))
    }

    /// Where it stands meanwhile.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it its name, so that it survives the loss of power; false where somebody else has that name by now, who keeps
    /// it.
    pub fn move_to(self, path: &Path) -> io::Result<bool> {
        fs::File::open(&self.0)?.sync_all()?;
        match fs::hard_link(&self.0, path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            // Some file systems know no second name.
            Err(_) if !path.exists() => fs::rename(&self.0, path)?,
            Err(_) => return Ok(false),
        }
        sync_folder(path)?;
        Ok(true)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for ending in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.0.as_os_str().to_owned();
            name.push(ending);
            let _ = fs::remove_file(name);
        }
    }
}

/// Takes away what a killed process left unfinished beside `path`.
fn remove_abandoned(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.file_name();
        let own = found.to_str().and_then(|found| found.strip_prefix(name)?.strip_prefix('.'));
        let number = own.and_then(|own| own.split_once(".unfinished")).map(|(number, _)| number);
        // Without a number, as earlier versions called it.
        let numbered = number.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
        let unfinished = numbered || own == Some("unfinished");
        let written = entry.metadata().and_then(|of| of.modified()).ok();
        let old = written.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > ABANDONED);
        if unfinished && old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A file of the same name and another ending, beside it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Makes the name of a file survive the loss of power.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

/// Whether the file is a database at all, before SQLite opens it and perhaps writes to it.
pub fn look_at_header(path: &Path) -> Result<(), StoreError> {
    let refuse = |why: &str| StoreError::NotAStore { path: path.to_owned(), why: why.to_owned() };
    let failed = |e: std::io::Error| StoreError::Io { path: path.to_owned(), why: e.to_string() };
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(refuse("not a file"));
    }
    if metadata.len() == 0 {
        return Err(StoreError::Corrupt { path: path.to_owned(), what: "the file is empty".into() });
    }
    let mut start = [0; HEADER.len()];
    let whole = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok();
    if whole && start == HEADER { Ok(()) } else { Err(refuse("not a SQLite database")) }
}

/// The one table from SQLite's errors to ours. SQLite's own messages name tables and columns, never values.
pub fn explain(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        // A column of another type, a row that is not there: the schema is ours, so the file was changed.
        return StoreError::Corrupt { path, what: "a row is not of the expected form".into() };
    };
    let why = message.clone().unwrap_or_else(|| failure.to_string());
    match failure.code {
        ErrorCode::DiskFull => StoreError::Full { path },
        // The index of the log grows when the store is opened; only a full disk keeps it from that.
        _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => StoreError::Full { path },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy { path },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::TypeMismatch => {
            StoreError::Corrupt { path, what: why }
        }
        // A statement of ours that does not compile: the schema is not the one that we made.
        ErrorCode::Unknown => StoreError::Corrupt { path, what: why },
        _ => StoreError::Io { path, why },
    }
}
