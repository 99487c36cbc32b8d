//! The folder that a run writes to: all of its files or none.
//!
//! Files are written under a name of their own and renamed together at the end, so that whoever reads the folder sees the
//! last whole run or this one, never half a file. What a killed run left behind is cleared by the next.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Seek, Write},
    path::{Path, PathBuf},
};

use super::OutputError;

/// What an unfinished file's name ends in.
const UNFINISHED: &str = ".unfinished";

/// An output folder that can be written to.
pub(crate) struct OutFolder {
    folder: PathBuf,
    /// Names of the files begun, in order.
    names: Vec<String>,
    /// Names of the files that are no results.
    scratch: Vec<String>,
    finished: bool,
}

impl OutFolder {
    /// Makes the folder where it is not there, and tries whether it can be written to, before any work is done.
    pub(crate) fn open(folder: &Path) -> Result<OutFolder, OutputError> {
        let out = OutFolder { folder: folder.to_owned(), names: Vec::new(), scratch: Vec::new(), finished: false };
        fs::create_dir_all(folder).map_err(|e| out.error("", e))?;
        for entry in fs::read_dir(folder).map_err(|e| out.error("", e))?.flatten() {
            if entry.file_name().to_string_lossy().ends_with(UNFINISHED) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let probe = folder.join(format!("probe{UNFINISHED}"));
        File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(|e| out.error("", e))?;
        Ok(out)
    }

    /// Begins a file.
    pub(crate) fn create(&mut self, name: &str) -> Result<OutFile, OutputError> {
        let file = File::create(self.unfinished(name)).map_err(|e| self.error(name, e))?;
        self.names.push(name.to_owned());
        Ok(OutFile { path: self.folder.join(name), file: BufWriter::new(file) })
    }

    /// Writes a file at once.
    pub(crate) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        let mut file = self.create(name)?;
        file.write(bytes)?;
        file.close()
    }

    /// Begins a file that is no result: something that waits outside memory until [`OutFile::copy_to`] takes it.
    pub(crate) fn scratch(&mut self, name: &str) -> Result<OutFile, OutputError> {
        let path = self.unfinished(name);
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        self.scratch.push(name.to_owned());
        Ok(OutFile { file: BufWriter::new(file.map_err(|e| self.error(name, e))?), path })
    }

    /// Gives all files their names; gives their paths, in the order in which they were begun.
    pub(crate) fn finish(mut self) -> Result<Vec<PathBuf>, OutputError> {
        for name in &self.names {
            fs::rename(self.unfinished(name), self.folder.join(name)).map_err(|e| self.error(name, e))?;
        }
        self.finished = true;
        Ok(self.names.iter().map(|name| self.folder.join(name)).collect())
    }

    fn unfinished(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{UNFINISHED}"))
    }

    fn error(&self, name: &str, cause: io::Error) -> OutputError {
        output_error(&self.folder.join(name), cause)
    }
}

impl Drop for OutFolder {
    fn drop(&mut self) {
        if !self.finished {
            for name in self.names.iter().chain(&self.scratch) {
                let _ = fs::remove_file(self.unfinished(name));
            }
        }
    }
}

/// A file of an [`OutFolder`] that is being written.
pub(crate) struct OutFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl OutFile {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        self.file.write_all(bytes).map_err(|e| output_error(&self.path, e))
    }

    /// Copies what a scratch file holds to the end of `to`, and removes it.
    pub(crate) fn copy_to(mut self, to: &mut OutFile) -> Result<(), OutputError> {
        let read = self.file.flush().and_then(|()| self.file.get_mut().rewind());
        read.and_then(|()| io::copy(self.file.get_mut(), &mut to.file)).map_err(|e| output_error(&to.path, e))?;
        std::fs::remove_file(&self.path).map_err(|e| output_error(&self.path, e))
    }

    /// Writes what is still in memory, here and in the system; without this, an error of the last bytes would be lost.
    pub(crate) fn close(mut self) -> Result<(), OutputError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(|e| output_error(&self.path, e))
    }
}

pub(super) fn output_error(path: &Path, cause: io::Error) -> OutputError {
    let remedy = match cause.kind() {
        io::ErrorKind::StorageFull => "make room and run it again; nothing was left half-written",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder that you may write to with --out"
        }
        _ => "choose another folder with --out",
    };
    OutputError { path: path.display().to_string(), cause, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_does_not_finish_leaves_nothing_and_one_that_does_replaces_all() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("run");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.txt"), "old").unwrap();
        fs::write(folder.join("b.txt.unfinished"), "of a killed run").unwrap();
        let mut out = OutFolder::open(&folder).unwrap();
        out.write("a.txt", b"new").unwrap();
        drop(out);
        assert_eq!(fs::read_to_string(folder.join("a.txt")).unwrap(), "old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let mut out = OutFolder::open(&folder).unwrap();
        out.write("a.txt", b"new").unwrap();
        out.finish().unwrap();
        assert_eq!(fs::read_to_string(folder.join("a.txt")).unwrap(), "new");
    }

    #[test]
    fn what_waits_in_a_scratch_file_comes_out_whole_and_leaves_no_file() {
        let temp = tempfile::tempdir().unwrap();
        let mut out = OutFolder::open(temp.path()).unwrap();
        let mut waiting = out.scratch("pages").unwrap();
        waiting.write(b"one ").unwrap();
        waiting.write(b"two ").unwrap();
        let mut page = out.create("page.html").unwrap();
        page.write(b"before ").unwrap();
        waiting.copy_to(&mut page).unwrap();
        page.write(b"after").unwrap();
        page.close().unwrap();
        out.finish().unwrap();
        assert_eq!(fs::read_to_string(temp.path().join("page.html")).unwrap(), "before one two after");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);

        let mut out = OutFolder::open(temp.path()).unwrap();
        out.scratch("pages").unwrap();
        drop(out);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1, "a run that fails leaves no scratch file");
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("taken");
        fs::write(&path, "").unwrap();
        let error = OutFolder::open(&path).err().unwrap();
        assert!(error.to_string().contains("taken"), "{error}");
    }
}
