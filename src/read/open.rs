//! From a file of an export to what it holds: the one way by which files are opened.
//!
//! Mailboxes are read as a stream, everything else as a whole up to a limit. Whatever a reader or the crates behind it do,
//! one file never costs another: a panic becomes a [`Skipped`] too.

use std::{
    fs::File,
    io::{BufReader, Read as _, Seek, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{HEAD, Input, Skipped, directory::Directory, export::ExportFile, mbox, read};
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
    let lost =
        |code: &str, message: String| Skipped { file: file.path.clone(), line: None, code: code.into(), message };
    let unreadable = |e: std::io::Error| {
        lost("unreadable", format!("could not be read ({}); check that it is there and yours to read", e.kind()))
    };
    let mut opened = match File::open(&file.at) {
        Ok(opened) => opened,
        Err(e) => return emit(Item::Skipped(unreadable(e))),
    };
    let mut head = Vec::with_capacity(HEAD);
    if let Err(e) = (&mut opened).take(HEAD as u64).read_to_end(&mut head).and_then(|_| opened.seek(SeekFrom::Start(0)))
    {
        return emit(Item::Skipped(unreadable(e)));
    }
    if mbox::is_mbox(&head) {
        let reader = BufReader::with_capacity(1 << 20, opened);
        let end = guarded(|| {
            mbox::stream(reader, &file.path, &file.deal, &mut |item| {
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
            Some(Err(e)) => emit(Item::Skipped(unreadable(e))),
            None => emit(Item::Skipped(reader_failed(&file.path))),
        }
        return;
    }
    if file.size > LARGEST {
        let message = format!("the file is larger than {} MiB; split it, or unpack it first", LARGEST >> 20);
        return emit(Item::Skipped(lost("too_large", message)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0));
    if let Err(e) = opened.take(LARGEST).read_to_end(&mut bytes) {
        return emit(Item::Skipped(unreadable(e)));
    }
    match guarded(|| read(&Input::new(&file.path, &file.deal, &bytes))) {
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
