//! Reads what people really export: one format a file, found by content, in the order of [`FORMATS`].
//!
//! A reader gives what it could read *and* what it could not; it never panics and never costs another file. It does not
//! decide sides or deals beyond what the file itself says: [`crate::conversation`]'s values carry what is known, and
//! `team` draws the conclusions over a whole deal.

use serde::{Deserialize, Serialize};

use crate::conversation::{Conversation, DealId};

/// One file as a reader sees it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The path inside the export, `/` between folders.
    pub path: &'a str,
    /// The deal that its place in the export suggests.
    pub deal: &'a DealId,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// How sure a format is that an input is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// It is not.
    No,
    /// Nothing speaks against it.
    Perhaps,
    /// It has the shape.
    Likely,
    /// It carries this format's signature.
    Certain,
}

/// A file format.
///
/// Implementers must look at content, not at the file's ending (a hint at most); must give what they could read and a
/// [`Skipped`] for all that they could not; must not do I/O, panic, or allocate more than a small multiple of the input.
pub trait Format: Sync {
    /// A short stable name: `zoom-vtt`.
    fn name(&self) -> &'static str;
    /// One line for `dealtone formats`.
    fn doc(&self) -> &'static str;
    /// Whether `input` is of this format, by a look at its beginning.
    fn likeness(&self, input: &Input) -> Likeness;
    /// Reads it.
    ///
    /// # Errors
    /// Where nothing at all could be read.
    fn read(&self, input: &Input) -> Result<Read, Skipped>;
}

/// What a reader gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// What was read.
    pub conversations: Vec<Conversation>,
    /// What was not.
    pub skipped: Vec<Skipped>,
}

/// Something that could not be read: a line of `skipped.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}:{}: [{code}] {message}", line.unwrap_or(1))]
pub struct Skipped {
    /// The path inside the export.
    pub file: String,
    /// Line, from 1, where one is known.
    pub line: Option<usize>,
    /// Stable name of the reason: `empty`, `unknown_format`, `bad_encoding`, `bad_cue`, …
    pub code: String,
    /// What happened and what to do. Never holds words of a conversation.
    pub message: String,
}

/// All formats, tried from top to bottom; earlier wins ties.
pub const FORMATS: &[&dyn Format] = &[];

/// The format that `input` is most like, if any.
pub fn detect(input: &Input) -> Option<&'static dyn Format> {
    let mut best: Option<(Likeness, &'static dyn Format)> = None;
    for format in FORMATS {
        let likeness = format.likeness(input);
        if likeness > best.map_or(Likeness::No, |(l, _)| l) {
            best = Some((likeness, *format));
        }
    }
    best.map(|(_, format)| format)
}
