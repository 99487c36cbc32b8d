//! Remembers what a run has scored, so that a run that was killed goes on where it was.
//!
//! A log of one JSON line a conversation: its content hash and its utterances. The first line says what made the scores; a
//! log of another making is not used; what the model is called is no part of it. A torn last line, as a killed run leaves it,
//! is cut off; a line that is damaged otherwise, as a disk leaves it, is forgotten, and its conversation is scored anew. The log
//! holds places in the conversation and probabilities, none of its words.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    read::own_results,
    score::text::Piece,
    utterance::{Provenance, Utterance},
};

/// The log of one run.
pub struct ResumeLog {
    path: PathBuf,
    file: File,
    /// Where the line of each conversation of an earlier run begins, by the fingerprint of its content hash: sixteen
    /// bytes a conversation, since memory must not grow with the export. The line itself tells whose it is.
    places: HashMap<u64, u64>,
    /// How many conversations it remembers, those of this run too.
    count: usize,
    end: u64,
}

fn fingerprint(content_hash: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    content_hash.hash(&mut hasher);
    hasher.finish()
}

#[derive(Serialize, Deserialize)]
struct Line {
    conversation: String,
    utterances: Vec<Utterance>,
}

impl ResumeLog {
    /// Opens the log at `path`; begins a new one where there is none or the one that is there is of another making.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or is no such log and not ours to replace.
    pub fn open(path: &Path, provenance: &Provenance) -> io::Result<ResumeLog> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut head = serde_json::to_vec(provenance)?;
        head.push(b'\n');
        let mut lines = BufReader::new(&file);
        let mut line = Vec::new();
        lines.read_until(b'\n', &mut line)?;
        // Torn anywhere, as a kill leaves it, a first line of ours still begins so.
        if !line.starts_with(own_results::LOG) && !own_results::LOG.starts_with(&line) {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "it is not a log of dealtone and would be replaced",
            ));
        }
        let mut places = HashMap::new();
        let mut end = 0;
        let made = serde_json::from_slice::<Provenance>(&line).ok().filter(|_| line.ends_with(b"\n"));
        if made.is_some_and(|made| made.is_same_making(provenance)) {
            end = line.len() as u64;
            loop {
                line.clear();
                let length = lines.read_until(b'\n', &mut line)? as u64;
                let whole = line.ends_with(b"\n");
                if !whole {
                    break;
                }
                // A later line of the same conversation is there because the earlier was damaged.
                if let Ok(read) = serde_json::from_slice::<Line>(&line) {
                    places.insert(fingerprint(&read.conversation), end);
                }
                end += length;
            }
        }
        file.set_len(end)?;
        file.seek(SeekFrom::End(0))?;
        if end == 0 {
            file.write_all(&head)?;
            end = head.len() as u64;
        }
        Ok(ResumeLog { path: path.to_owned(), file, count: places.len(), places, end })
    }

    /// How many conversations it remembers.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it remembers none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The utterances of the conversation with that content hash, where an earlier run has scored it: one for each of
    /// `pieces`, which are what is scored of it. Any others are none of its, and forgotten. What this run remembers is for the
    /// next one.
    ///
    /// # Errors
    /// Where the log cannot be read any more.
    pub fn recall(&mut self, content_hash: &str, pieces: &[Piece]) -> io::Result<Option<Vec<Utterance>>> {
        let Some(place) = self.places.get(&fingerprint(content_hash)).copied() else { return Ok(None) };
        let line = self.line_at(place).map_err(|e| self.named(&e))?;
        let found = serde_json::from_slice::<Line>(&line).ok().filter(|line| line.conversation == content_hash);
        let is_its_own = |line: &Line| {
            let places = line.utterances.iter().map(|said| (said.turn, &said.span));
            places.eq(pieces.iter().map(|piece| (piece.turn, &piece.span)))
        };
        let found = found.filter(is_its_own);
        if found.is_none() && self.places.remove(&fingerprint(content_hash)).is_some() {
            self.count -= 1;
        }
        Ok(found.map(|line| line.utterances))
    }

    fn line_at(&self, place: u64) -> io::Result<Vec<u8>> {
        (&self.file).seek(SeekFrom::Start(place))?;
        let mut line = Vec::new();
        BufReader::new(&self.file).read_until(b'\n', &mut line)?;
        Ok(line)
    }

    /// Remembers the utterances of a conversation.
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub fn remember(&mut self, content_hash: &str, utterances: &[Utterance]) -> io::Result<()> {
        let mut line =
            serde_json::to_vec(&Line { conversation: content_hash.to_owned(), utterances: utterances.to_vec() })?;
        line.push(b'\n');
        // One write a line: a kill leaves a whole line or a torn last one.
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(&line));
        written.map_err(|e| self.named(&e))?;
        self.count += 1;
        self.end += line.len() as u64;
        Ok(())
    }

    /// An error with the log's path: deep in a run nobody else knows which file it was.
    fn named(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}; run it again when the disk is well", self.path.display()))
    }

    /// Takes the log away: the run is whole.
    ///
    /// # Errors
    /// Where the file cannot be removed.
    pub fn finish(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Side,
        score::Text,
        utterance::{Intent, Intents, Millionths, Sentiment},
    };

    /// What utterances are scored of.
    fn pieces(utterances: &[Utterance]) -> Vec<Piece> {
        let text = || Text { side: Side::Buyer, context: String::new(), text: "x".into() };
        utterances.iter().map(|u| Piece { turn: u.turn, span: u.span.clone(), text: text() }).collect()
    }

    fn utterance(turn: usize) -> Utterance {
        Utterance {
            turn,
            span: 3..9,
            sentiment: Sentiment::new(Millionths(200_001), Millionths(300_002), Millionths(499_997), 0.5),
            intents: Intents([(Intent::Stall, Millionths(812_345))].into()),
        }
    }

    #[test]
    fn what_was_remembered_is_recalled_after_a_kill_at_any_byte() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log");
        let made = Provenance { model: "m".into(), ..Provenance::default() };
        let mut log = ResumeLog::open(&path, &made).unwrap();
        log.remember("a", &[utterance(0), utterance(1)]).unwrap();
        let first = log.end;
        log.remember("b", &[utterance(2)]).unwrap();
        drop(log);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut log = ResumeLog::open(&path, &made).unwrap();
            let expected = usize::from(cut as u64 >= first) + usize::from(cut == whole.len());
            assert_eq!(log.len(), expected, "cut at {cut}");
            if expected > 0 {
                let expected = [utterance(0), utterance(1)];
                assert_eq!(log.recall("a", &pieces(&expected)).unwrap().unwrap(), expected);
            }
            log.remember("c", &[utterance(3)]).unwrap();
            drop(log);
            let mut log = ResumeLog::open(&path, &made).unwrap();
            let expected = [utterance(3)];
            assert_eq!(log.recall("c", &pieces(&expected)).unwrap().unwrap(), expected, "cut at {cut}");
            assert_eq!(log.recall("d", &[]).unwrap(), None);
        }
    }

    #[test]
    fn a_damaged_line_is_forgotten_and_costs_no_other() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log");
        let made = Provenance::default();
        let [a, b] = [[utterance(0), utterance(1)], [utterance(2), utterance(3)]];
        let mut log = ResumeLog::open(&path, &made).unwrap();
        log.remember("a", &a).unwrap();
        log.remember("b", &b).unwrap();
        drop(log);
        let whole = std::fs::read_to_string(&path).unwrap();
        // No JSON any more; a span that reaches beyond; a turn that there is not; an utterance too few.
        let one = serde_json::to_string(&a[1]).unwrap();
        for (from, to) in [
            ("\"conversation\":\"a\"", "\"conversation\"\0\"a\""),
            ("\"end\":9", "\"end\":99"),
            ("\"turn\":1", "\"turn\":7"),
            (&format!(",{one}"), ""),
        ] {
            let damaged = whole.replacen(from, to, 1);
            assert_ne!(damaged, whole);
            std::fs::write(&path, damaged).unwrap();
            let mut log = ResumeLog::open(&path, &made).unwrap();
            assert_eq!(log.recall("a", &pieces(&a)).unwrap(), None, "{to}");
            assert_eq!(log.recall("b", &pieces(&b)).unwrap().unwrap(), b, "{to}");
            assert_eq!(log.len(), 1);
            // Scored anew it is remembered once.
            log.remember("a", &a).unwrap();
            drop(log);
            let mut log = ResumeLog::open(&path, &made).unwrap();
            assert_eq!((log.len(), log.recall("a", &pieces(&a)).unwrap().unwrap()), (2, a.to_vec()), "{to}");
        }
    }

    #[test]
    fn a_file_that_is_no_log_is_left_as_it_was() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("resume.log");
        std::fs::write(&path, "notes of somebody\n").unwrap();
        let refused = ResumeLog::open(&path, &Provenance::default()).err().unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "notes of somebody\n");
    }

    #[test]
    fn scores_of_another_making_are_not_used() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("log");
        let made = |model: &str, hash: &str| Provenance {
            model: model.into(),
            model_sha256: hash.into(),
            ..Provenance::default()
        };
        ResumeLog::open(&path, &made("old", "1")).unwrap().remember("a", &[utterance(0)]).unwrap();
        let mut renamed = ResumeLog::open(&path, &made("a copy of it", "1")).unwrap();
        let expected = [utterance(0)];
        let recalled = renamed.recall("a", &pieces(&expected)).unwrap().unwrap();
        assert_eq!(recalled, expected, "the same model in another folder");
        assert!(ResumeLog::open(&path, &made("old", "2")).unwrap().is_empty());
    }
}
