//! A single file that is written whole or not at all: beside the old one, then put in its place, so that a full disk leaves the
//! old one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Writes `bytes` in the place of the file at `path`, which keeps its permissions; where that is a link, of the file to which
/// it leads.
///
/// # Errors
/// Where they cannot be written; the old file stands then as it was.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = real(path);
    // What is no file, a pipe or a terminal, has nothing to keep.
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return fs::write(&path, bytes);
    }
    // Of this process alone, for where the file system knows no locks.
    let new = beside(&path, &format!("{}.part", std::process::id()));
    let written = fs::write(&new, bytes).and_then(|()| {
        if let Ok(old) = fs::metadata(&path) {
            fs::set_permissions(&new, old.permissions())?;
        }
        fs::rename(&new, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// A file beside the one at `path`, its name longer by `ending`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = real(path).into_os_string();
    name.push(".");
    name.push(ending);
    name.into()
}

/// The file of that name, or the one to which a link of that name leads, whether it is there yet or not.
fn real(path: &Path) -> PathBuf {
    let leads_to = || Some(path.parent()?.join(path.read_link().ok()?));
    path.canonicalize().ok().or_else(leads_to).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_where_its_link_leads_and_stays_where_that_fails() {
        let temp = tempfile::tempdir().unwrap();
        let (file, link) = (temp.path().join("page.html"), temp.path().join("link.html"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        // The new one cannot be begun.
        fs::create_dir(beside(&file, &format!("{}.part", std::process::id()))).unwrap();
        assert!(replace(&file, b"newer").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(replace(Path::new("/dev/null"), b"gone").is_ok());
        let early = temp.path().join("early.html");
        std::os::unix::fs::symlink("later.html", &early).unwrap();
        replace(&early, b"first").unwrap();
        assert!(early.is_symlink());
        assert_eq!(fs::read_to_string(temp.path().join("later.html")).unwrap(), "first");
    }
}
