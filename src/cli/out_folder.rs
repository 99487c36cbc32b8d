//! The folder that a run writes to: whole files only, and one run at a time.
//!
//! Files are written under a name of their own and renamed one after the other at the end, when all are there. Nobody reads
//! half a file; where a rename fails, the files before it are this run's and those behind it the last one's. What a killed
//! run left behind is cleared by the next, and so are results of an earlier run that this one did not write: a table of
//! other deals beside this list of deals would be a mix of both.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};

use super::{OutputError, lock::Lock, run_files};
use crate::read::{
    own_results::{self, UNFINISHED},
    spool,
};

/// The scratch file of a run's pages.
pub(crate) const PAGES: &str = "pages";

/// The scratch file of what was found in each deal.
pub(crate) const JUDGED: &str = "judged";

/// What a run writes under [`UNFINISHED`] names beside results.
const SCRATCH: &[&str] = &[PAGES, JUDGED];

/// The file whose lock says that a run writes here.
const LOCK: &str = "lock.unfinished";

/// An output folder that can be written to.
pub(crate) struct OutFolder {
    folder: PathBuf,
    lock: Option<Lock>,
    /// Whether the results of an earlier run stood there.
    again: bool,
    /// Names of the files begun, in order.
    names: Vec<String>,
    /// Names of the files that are no results.
    scratch: Vec<String>,
    finished: bool,
}

impl OutFolder {
    /// Makes the folder where it is not there, and tries whether it can be written to, before any work is done.
    ///
    /// # Errors
    /// Where it cannot, or another run writes there.
    pub(crate) fn open(folder: &Path) -> Result<OutFolder, OutputError> {
        let error = |e| output_error(folder, e);
        fs::create_dir_all(folder).map_err(error)?;
        let Some(lock) = Lock::take(&folder.join(LOCK)).map_err(error)? else {
            return Err(OutputError {
                path: folder.display().to_string(),
                cause: io::Error::new(io::ErrorKind::ResourceBusy, "another run is writing here"),
                remedy: "wait until it has ended, or choose another folder with --out",
            });
        };
        // What others call so, a copy of a store say, is theirs.
        let ours = |name: &str| {
            let of_result = |name: &str| own_results::is_result(name) || SCRATCH.contains(&name);
            name == spool::NAME || name.strip_suffix(UNFINISHED).is_some_and(of_result)
        };
        for entry in fs::read_dir(folder).map_err(error)?.flatten() {
            if ours(&entry.file_name().to_string_lossy()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let again = own_results::stand_in(folder);
        let (names, scratch) = (Vec::new(), Vec::new());
        Ok(OutFolder { folder: folder.to_owned(), lock: Some(lock), again, names, scratch, finished: false })
    }

    /// Sees to it, before any work is done, that no file of those names stands there which is not a run's own: the CRM's
    /// `deals.csv` in the export, where the results go into it.
    ///
    /// # Errors
    /// Where one does: it would be replaced.
    pub(crate) fn spare(&self, names: &[String]) -> Result<(), OutputError> {
        match names.iter().find(|name| self.is_theirs(name)) {
            None => Ok(()),
            Some(name) => Err(OutputError {
                path: self.folder.join(name).display().to_string(),
                cause: io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "it is not a result of dealtone and would be replaced",
                ),
                remedy: "choose another folder with --out",
            }),
        }
    }

    /// Whether something of that name stands there which is no run's: a file with other words, or what is no file that can be
    /// read.
    pub(crate) fn is_theirs(&self, name: &str) -> bool {
        let path = self.folder.join(name);
        match fs::metadata(&path) {
            Err(error) => error.kind() != io::ErrorKind::NotFound,
            Ok(there) if !there.is_file() || File::open(&path).is_err() => true,
            Ok(_) => {
                let head = head(&path);
                !head.is_empty() && !run_files::is_one(name, &head)
            }
        }
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

    /// Gives all files their names, and takes those results of an earlier run away that this one did not write.
    pub(crate) fn finish(mut self) -> Result<Finished, OutputError> {
        for name in &self.names {
            fs::rename(self.unfinished(name), self.folder.join(name)).map_err(|e| self.error(name, e))?;
        }
        self.finished = true;
        let mut removed: Vec<String> = if self.again { self.left_over() } else { Vec::new() };
        removed.retain(|name| fs::remove_file(self.folder.join(name)).is_ok());
        let files = self.names.iter().map(|name| self.folder.join(name)).collect();
        Ok(Finished { files, removed, _lock: self.lock.take() })
    }

    /// The files that an earlier run wrote and this one did not. A table that people keep under the same name, as the CRM's
    /// `deals.csv`, is none of them.
    fn left_over(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut names: Vec<String> = entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
        names.retain(|name| {
            !self.names.contains(name)
                && own_results::is_result(name)
                && run_files::is_one(name, &head(&self.folder.join(name)))
        });
        names.sort();
        names
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

/// A folder to which a run has written. Until it is dropped, no other run writes there.
pub(crate) struct Finished {
    /// Paths of the run's files, in the order in which they were begun.
    pub(crate) files: Vec<PathBuf>,
    /// Names of an earlier run's files that were taken away.
    pub(crate) removed: Vec<String>,
    _lock: Option<Lock>,
}

/// The first bytes of a file; none where it cannot be read.
fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    head
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

    /// Gives each line that a scratch file holds to `take`, and removes it.
    pub(crate) fn each_line(
        mut self,
        mut take: impl FnMut(&str) -> Result<(), OutputError>,
    ) -> Result<(), OutputError> {
        let error = |e| output_error(&self.path, e);
        self.file.flush().and_then(|()| self.file.get_mut().rewind()).map_err(error)?;
        for line in BufReader::new(self.file.get_mut()).lines() {
            take(&line.map_err(error)?)?;
        }
        std::fs::remove_file(&self.path).map_err(error)
    }

    /// Writes what is still in memory, here and in the system; without this, an error of the last bytes would be lost.
    pub(crate) fn close(mut self) -> Result<(), OutputError> {
        self.file.flush().and_then(|()| self.file.get_ref().sync_all()).map_err(|e| output_error(&self.path, e))
    }
}

pub(super) fn output_error(path: &Path, cause: io::Error) -> OutputError {
    let is_file = matches!(cause.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) && !path.is_dir();
    let cause =
        if is_file { io::Error::new(cause.kind(), "a file has this name, or that of a folder above") } else { cause };
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
    use crate::{
        cli::extra_files::{Format, write_formats},
        deal::Deal,
        deal_report::finish,
        report::{Bundle, html},
        rules::Rules,
    };

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn one_run_at_a_time_writes_to_a_folder_until_all_of_it_is_done() {
        let temp = tempfile::tempdir().unwrap();
        let mut first = OutFolder::open(temp.path()).unwrap();
        let told = || OutFolder::open(temp.path()).err().map(|e| e.to_string());
        assert!(told().is_some_and(|told| told.contains("another run is writing here")));
        first.write("a.txt", b"whole").unwrap();
        let finished = first.finish().unwrap();
        assert!(told().is_some(), "a run may have more to do than to write its files");
        drop(finished);
        assert_eq!((told(), names(temp.path())), (None, vec!["a.txt".to_owned()]));
    }

    #[test]
    fn a_table_of_somebody_else_is_not_replaced_and_one_of_a_run_is() {
        let temp = tempfile::tempdir().unwrap();
        let names = run_files::names(&[Format::Csv]);
        let told = |text: &str| {
            fs::write(temp.path().join("deals.csv"), text).unwrap();
            let out = OutFolder::open(temp.path()).unwrap();
            out.spare(&names).err().map(|e| e.to_string())
        };
        let theirs = told("deal_id,name,account,type\na,Pilot,Acme,new\n").expect("it is the CRM's");
        assert!(theirs.contains("deals.csv") && theirs.contains("--out"), "{theirs}");
        let tables = crate::report::table::tables(&[]);
        let deals = tables.iter().find(|table| table.name == "deals").unwrap();
        assert_eq!(told(&crate::report::csv::write(deals)), None);
    }

    #[test]
    fn no_file_of_somebody_else_is_replaced_and_those_of_a_run_are() {
        let temp = tempfile::tempdir().unwrap();
        let told = |name: &str, text: &str| {
            let at = temp.path().join(name);
            fs::write(&at, text).unwrap();
            let out = OutFolder::open(temp.path()).unwrap();
            let told = out.spare(&run_files::names(&[])).err().map(|e| e.to_string());
            fs::remove_file(at).unwrap();
            told
        };
        fs::create_dir(temp.path().join("report.html")).unwrap();
        let out = OutFolder::open(temp.path()).unwrap();
        assert!(out.spare(&run_files::names(&[])).is_err(), "a folder");
        drop(out);
        fs::remove_dir(temp.path().join("report.html")).unwrap();
        let zone = jiff::tz::TimeZone::UTC;
        let frame = html::Frame { zone: &zone, made_at: None, not_read: &[] };
        let page: String = html::around(&[], &frame).0.collect();
        for (name, of_run, of_others) in [
            ("deals.jsonl", "{\"schema_version\":1,\"deal\":\"a\"}\n", "{\"turns\":[{\"speaker\":\"Ann\"}]}\n"),
            ("skipped.jsonl", "{\"file\":\"a\",\"line\":1,\"code\":\"b\",\"message\":\"c\"}\n", "{\"turns\":[]}\n"),
            ("report.html", page.as_str(), "<!doctype html><title>The board's report</title>"),
        ] {
            assert_eq!(told(name, of_run), None, "{name}");
            assert_eq!(told(name, ""), None, "{name}: a run that read nothing wrote an empty one");
            assert!(told(name, of_others).is_some_and(|told| told.contains(name) && told.contains("--out")), "{name}");
        }
    }

    #[test]
    fn a_brief_takes_no_place_of_somebodys_notes() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join("brief-acme.md"), "Notes of ours").unwrap();
        let mut out = OutFolder::open(temp.path()).unwrap();
        let deal = Deal::new(crate::DealId("acme".into()), None);
        let report = finish(&deal, &Rules::built_in(), None);
        let bundles = [Bundle { deal: &deal, report: &report }];
        let zone = jiff::tz::TimeZone::UTC;
        write_formats(&mut out, &[Format::Markdown], &bundles, &zone).unwrap();
        out.finish().unwrap();
        assert_eq!(names(temp.path()), ["brief-acme-2.md", "brief-acme.md"]);
        assert_eq!(fs::read_to_string(temp.path().join("brief-acme.md")).unwrap(), "Notes of ours");
    }

    #[test]
    fn what_only_an_earlier_run_wrote_goes_and_what_people_keep_stays() {
        let temp = tempfile::tempdir().unwrap();
        let of_run = [
            ("deals.jsonl", "{\"schema_version\":1,\"deal\":\"a\"}\n"),
            ("utterances.jsonl", "{\"deal\":\"a\",\"conversation\":\"c\",\"turn\":0,\"span\":[0,1]}\n"),
        ];
        let write = |files: &[(&str, &str)]| {
            files.iter().for_each(|(name, text)| fs::write(temp.path().join(name), text).unwrap());
        };
        let beside = [
            ("deals.csv", "deal_id,name,account,type\na,Pilot,Acme,new\n"),
            ("people.csv", "deal,conversation,channel,started\r\n"),
            ("readings.parquet", "PAR1"),
            ("brief-a.md", "## Acme\n"),
            ("brief-for-monday.md", "Notes of ours"),
            ("resume.log", "{}"),
        ];
        let run = |names: &[&str]| {
            let mut out = OutFolder::open(temp.path()).unwrap();
            names.iter().for_each(|name| out.write(name, b"{}").unwrap());
            out.finish().unwrap().removed
        };
        write(&beside);
        assert!(run(&["skipped.jsonl"]).is_empty(), "no run has written here before");
        write(&of_run);
        assert_eq!(run(&["deals.jsonl", "utterances.jsonl"]), ["brief-a.md", "people.csv", "readings.parquet"]);
        let kept = ["brief-for-monday.md", "deals.csv", "deals.jsonl", "resume.log", "skipped.jsonl"];
        assert_eq!(names(temp.path())[..5], kept);
    }

    #[test]
    fn a_run_that_does_not_finish_leaves_nothing_and_one_that_does_replaces_all() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("run");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a.txt"), "old").unwrap();
        for name in ["deals.csv", "pages", "waiting.jsonl", "brief-a.md", "lock"] {
            fs::write(folder.join(format!("{name}.unfinished")), "of a killed run").unwrap();
        }
        fs::write(folder.join("store.db.unfinished"), "somebody else's").unwrap();
        let mut out = OutFolder::open(&folder).unwrap();
        out.write("a.txt", b"new").unwrap();
        drop(out);
        assert_eq!(fs::read_to_string(folder.join("a.txt")).unwrap(), "old");
        assert_eq!(names(&folder), ["a.txt", "store.db.unfinished"]);
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
