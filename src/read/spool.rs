//! Conversations that wait for their deal's turn: in memory up to a limit, beyond it in a file of the output folder.
//!
//! A mailbox of everybody holds many deals' mails in the order in which they came; a deal can be judged only once all of
//! its mails are read. Holding them all would take memory by the size of the mailbox.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use crate::conversation::Conversation;

/// How much waits in memory, in bytes, before it is written to the file.
const IN_MEMORY: usize = 4 << 20;

/// The file's name; its ending says to everybody that a run made it and did not finish. One run at a time may use a folder.
pub const NAME: &str = "waiting.jsonl.unfinished";

/// Where a conversation waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    at: u64,
    length: usize,
}

/// The conversations that wait, as JSON, one behind the other.
#[derive(Debug, Default)]
pub struct Spool {
    /// Where the file may be made; absent: everything waits in memory.
    folder: Option<PathBuf>,
    file: Option<(File, PathBuf)>,
    /// How many bytes are in the file; what follows them is in `tail`.
    written: u64,
    tail: Vec<u8>,
}

impl Spool {
    /// A spool that may use a file in `folder`; without one, everything waits in memory.
    pub fn new(folder: Option<&Path>) -> Spool {
        Spool { folder: folder.map(Path::to_owned), file: None, written: 0, tail: Vec::new() }
    }

    /// Lets `conversation` wait.
    ///
    /// # Errors
    /// Where the file cannot be made or written.
    pub fn put(&mut self, conversation: &Conversation) -> io::Result<Place> {
        let before = self.tail.len();
        serde_json::to_writer(&mut self.tail, conversation)?;
        let place = Place { at: self.written + before as u64, length: self.tail.len() - before };
        if self.tail.len() > IN_MEMORY {
            self.write_out()?;
        }
        Ok(place)
    }

    fn write_out(&mut self) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        if self.file.is_none() {
            let path = folder.join(NAME);
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path)?;
            self.file = Some((file, path));
        }
        if let Some((file, _)) = &mut self.file {
            file.seek(SeekFrom::Start(self.written))?;
            file.write_all(&self.tail)?;
            self.written += self.tail.len() as u64;
            self.tail.clear();
        }
        Ok(())
    }

    /// The conversation that waits at `place`, as it was put there.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn get(&mut self, place: Place) -> io::Result<Conversation> {
        if let Some(at) = place.at.checked_sub(self.written) {
            let at = usize::try_from(at).map_err(io::Error::other)?;
            return Ok(serde_json::from_slice(&self.tail[at..at + place.length])?);
        }
        let mut bytes = vec![0; place.length];
        if let Some((file, _)) = &mut self.file {
            file.seek(SeekFrom::Start(place.at))?;
            file.read_exact(&mut bytes)?;
        }
        Ok(serde_json::from_slice(&bytes)?)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.file {
            // What cannot be removed is cleared by the next run, as everything unfinished is.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        DealId,
        read::{Input, read},
    };

    #[test]
    fn what_waits_comes_back_as_it_was_from_memory_and_from_the_file() {
        let temp = tempfile::tempdir().unwrap();
        let deal = DealId("unassigned".into());
        let words = "Zürich stays at 60 seats. ".repeat(20_000);
        for folder in [None, Some(temp.path())] {
            let mut spool = Spool::new(folder);
            let mut put = Vec::new();
            for n in 0..60 {
                let mail = format!(
                    "From: Ann <ann@acme.example>\nTo: rep@us.example\nSubject: n {n}\nDate: Thu, 12 Feb 2026 09:18:00 +0100\nMessage-ID: <{n}@x>\n\n{words}\n"
                );
                let read = read(&Input::new("all/1.eml", &deal, mail.as_bytes()));
                put.push((spool.put(&read.conversations[0]).unwrap(), read.conversations[0].clone()));
            }
            let file = temp.path().join(NAME);
            assert_eq!(file.exists(), folder.is_some());
            for (place, conversation) in put.iter().rev() {
                assert_eq!(&spool.get(*place).unwrap(), conversation);
            }
            drop(spool);
            assert!(!file.exists());
        }
    }
}
