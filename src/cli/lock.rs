//! One process at a time: a lock that other processes see and that ends with its holder, however that ends.
//!
//! The lock is the system's, on a file made for it, which is gone afterwards. A file that a killed process left behind
//! holds nobody up.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// A lock that is held until it is dropped.
pub(crate) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock whose file is `path`; nothing where another process holds it.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Lock>> {
        Lock::get(path, |file| match file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(true),
        })
    }

    /// Waits until the lock whose file is `path` is free, and takes it.
    ///
    /// # Errors
    /// Where the file cannot be made.
    pub(crate) fn wait_for(path: &Path) -> io::Result<Lock> {
        loop {
            if let Some(lock) = Lock::get(path, |file| file.lock().map(|()| true))? {
                return Ok(lock);
            }
        }
    }

    fn get(path: &Path, lock: impl Fn(&File) -> io::Result<bool>) -> io::Result<Option<Lock>> {
        loop {
            let file = File::options().write(true).create(true).truncate(false).open(path)?;
            match lock(&file) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // A file system that knows no locks must not cost its user the run.
                Err(_) => {}
            }
            // The one who held it before may have taken the file away meanwhile: then this is a lock on nothing.
            let there = fs::metadata(path).map(|there| (there.dev(), there.ino()));
            if there.is_ok_and(|there| file.metadata().is_ok_and(|held| (held.dev(), held.ino()) == there)) {
                return Ok(Some(Lock { path: path.to_owned(), _file: file }));
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still held: nobody else's file can be hit.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_at_a_time_holds_it_and_nothing_is_left_behind() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("lock");
        fs::write(&path, "of a killed process").unwrap();
        let held = Lock::take(&path).unwrap();
        assert!(held.is_some());
        assert!(Lock::take(&path).unwrap().is_none());
        drop(held);
        assert!(!path.exists());
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let lock = Lock::wait_for(&path).unwrap();
                        most.fetch_max(1 + inside.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert!(!path.exists());
    }
}
