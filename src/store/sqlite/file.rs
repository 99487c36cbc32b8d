//! The file of a store: how it is made whole, whether it is one at all, and what SQLite's errors about it mean.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, ffi};

use crate::store::StoreError;

/// Marks the file as ours ("DEAL" in ASCII).
pub const APPLICATION_ID: i64 = 0x4445_414C;
const HEADER: &[u8] = b"SQLite format 3\0";

/// Makes an empty store under another name and moves it in place whole: a file of this name is never half made.
pub fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::Io { path: path.to_owned(), why: e.to_string() };
    let unfinished = beside(path, "unfinished");
    // Left behind by a process that was killed while it made one.
    let _ = fs::remove_file(&unfinished);
    let connection = Connection::open(&unfinished).map_err(|e| explain(path, &e))?;
    let fill = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        // A page must be written for the header to stand.
        connection.execute_batch("VACUUM")
    };
    fill().map_err(|e| explain(path, &e))?;
    connection.close().map_err(|(_, e)| explain(path, &e))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    }
    fs::rename(&unfinished, path).map_err(failed)?;
    sync_folder(path).map_err(failed)
}

/// A file of the same name and another ending, beside it.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

/// Makes the name of a file survive the loss of power.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
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
