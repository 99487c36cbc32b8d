//! From a file of an export to what it holds: the one way by which files are opened.
//!
//! Mailboxes are read as a stream, everything else as a whole up to a limit. Whatever a reader or the crates behind it do,
//! one file never costs another: a panic becomes a [`Skipped`] too.

use std::{
    fs::File,
    io::{BufReader, Cursor, Read},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{
    HEAD, Input, Skipped,
    directory::Directory,
    export::{ExportFile, unreadable},
    mbox, read,
};
use crate::conversation::Conversation;

/// One thing that a file holds.
#[derive(Debug)]
pub enum Item {
    /// A conversation.
    Conversation(Box<Conversation>),
    /// A loss.
    Skipped(Skipped),
    /// Who the speakers of other files are; see [`super::directory::attach`].
    Directory(Box<Directory>),
}

/// The largest file that is read as a whole, in bytes; a mailbox may have any size.
pub const LARGEST: u64 = 512 << 20;

/// Reads `file` and gives what it holds to `emit`, in the file's order. Nothing fails: what goes wrong is given as a loss.
pub fn read_file(file: &ExportFile, emit: &mut dyn FnMut(Item)) {
    match File::open(&file.at) {
        Ok(opened) => read_opened(file, opened, emit),
        Err(e) => emit(Item::Skipped(unreadable(&file.path, &e))),
    }
}

fn lost(file: &ExportFile, code: &str, message: String) -> Skipped {
    Skipped { file: file.path.clone(), line: None, code: code.into(), message }
}

fn read_opened(file: &ExportFile, mut opened: impl Read, emit: &mut dyn FnMut(Item)) {
    let mut head = Vec::with_capacity(HEAD);
    if let Err(e) = opened.by_ref().take(HEAD as u64).read_to_end(&mut head) {
        return emit(Item::Skipped(unreadable(&file.path, &e)));
    }
    // Not gone back to by seeking: a pipe cannot be read twice.
    let head_again = |head: Vec<u8>| Cursor::new(head).chain(opened);
    if mbox::is_mbox(&head) {
        let reader = BufReader::with_capacity(1 << 20, head_again(head));
        let end = guarded(|| {
            mbox::stream(reader, &Input::new(&file.path, &file.deal, b""), &mut |item| {
                emit(match item {
                    Ok(mut conversation) => {
                        super::list_speakers(&mut conversation);
                        Item::Conversation(conversation)
                    }
                    Err(skipped) => Item::Skipped(skipped),
                });
            })
        });
        match end {
            Some(Ok(())) => {}
            Some(Err(e)) => emit(Item::Skipped(unreadable(&file.path, &e))),
            None => emit(Item::Skipped(reader_failed(&file.path))),
        }
        return;
    }
    let too_large = || {
        lost(file, "too_large", format!("the file is larger than {} MiB; split it, or unpack it first", LARGEST >> 20))
    };
    // A pipe has no size before it is read.
    if file.size > LARGEST {
        return emit(Item::Skipped(too_large()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0));
    if let Err(e) = head_again(head).take(LARGEST + 1).read_to_end(&mut bytes) {
        return emit(Item::Skipped(unreadable(&file.path, &e)));
    }
    if bytes.len() as u64 > LARGEST {
        return emit(Item::Skipped(too_large()));
    }
    let top = file.top;
    match guarded(|| read(&Input { top, ..Input::new(&file.path, &file.deal, &bytes) })) {
        Some(read) => {
            read.conversations.into_iter().for_each(|c| emit(Item::Conversation(Box::new(c))));
            read.skipped.into_iter().for_each(|s| emit(Item::Skipped(s)));
            read.directories.into_iter().for_each(|d| emit(Item::Directory(Box::new(d))));
        }
        None => emit(Item::Skipped(reader_failed(&file.path))),
    }
}

/// Runs `work`; nothing where it panics. The readers are fuzzed and do not; what the crates behind them do with bytes that
/// nobody has tried yet must still not end a run over ten thousand files.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn reader_failed(path: &str) -> Skipped {
    Skipped {
        file: path.to_owned(),
        line: None,
        code: "reader_failed".into(),
        message: "the reader failed on this file, which is a bug in dealtone; please report it with the format and the place that the log names".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::unix::net::UnixStream};

    use super::*;
    use crate::conversation::DealId;

    /// The words that are read of a pipe with these bytes in it.
    fn read_of_pipe(path: &str, bytes: &[u8]) -> Vec<String> {
        let (end, mut other) = UnixStream::pair().unwrap();
        other.write_all(bytes).unwrap();
        drop(other);
        let mut words = Vec::new();
        let file = ExportFile { path: path.into(), deal: DealId("a".into()), at: "".into(), size: 0, top: true };
        read_opened(&file, end, &mut |item| match item {
            Item::Conversation(c) => words.extend(c.turns.into_iter().map(|turn| turn.text)),
            other => panic!("{other:?}"),
        });
        words
    }

    #[test]
    fn what_can_be_read_only_once_is_read_from_its_beginning() {
        assert_eq!(read_of_pipe("63", b"Ann: It is too dear.\nBob: I see.\n"), ["It is too dear.", "I see."]);
        let mail = b"From a@b.example Thu Feb 12 09:18:00 2026\nFrom: a@b.example\nTo: us@c.example\nSubject: x\n\nToo dear.\n";
        assert_eq!(read_of_pipe("64", mail), ["Too dear."]);
    }
}
