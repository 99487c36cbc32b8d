//! Transcripts as Word documents, as Teams and Google Meet give them: their paragraphs, read as labelled text.

use std::{borrow::Cow, io::Read as _};

use super::{Format, Input, Likeness, Read, Skipped, archive, google_meet, labelled::GOES_ON, plain_txt, webvtt};
use text::paragraphs;

mod text;

/// A Word document.
pub struct Docx;

impl Format for Docx {
    fn name(&self) -> &'static str {
        "docx"
    }
    fn doc(&self) -> &'static str {
        "Word document with a transcript: Teams, Google Meet"
    }
    fn likeness(&self, _: &Input) -> Likeness {
        // Found inside a zip; see `archive`.
        Likeness::No
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        archive::Zip.read(input)
    }
}

/// Reads the document in `archive`.
///
/// # Errors
/// Where it cannot be unpacked or is no transcript.
pub fn read<R: std::io::Read + std::io::Seek>(
    archive: &mut zip::ZipArchive<R>,
    input: &Input,
) -> Result<Read, Skipped> {
    let mut xml = Vec::new();
    let broken = || input.skipped(None, "bad_docx", "the document cannot be unpacked; save it again");
    let entry = archive.by_name("word/document.xml").map_err(|_| broken())?;
    let most = archive::most_unpacked(input, entry.compressed_size());
    entry.take(most + 1).read_to_end(&mut xml).map_err(|_| broken())?;
    if xml.len() as u64 > most {
        return Err(too_large(input));
    }
    of_words(&Docx, input, &paragraphs(&String::from_utf8_lossy(&xml)))
}

fn too_large(input: &Input) -> Skipped {
    input.skipped(None, "too_large", "the document unpacks to more than the limits allow; save it as text")
}

/// Reads the words of a document of `format`, a paragraph a line.
///
/// # Errors
/// Where they are no transcript, or more than there is room for.
pub fn of_words(format: &dyn Format, input: &Input, text: &str) -> Result<Read, Skipped> {
    if input.room.is_some_and(|room| !room.take(text.as_bytes())) {
        return Err(too_large(input));
    }
    // Only labelled text asks which lines are of one paragraph.
    let unmarked = if text.contains(GOES_ON) { Cow::Owned(text.replace(GOES_ON, "")) } else { Cow::Borrowed(text) };
    let inner = Input::new(input.path, input.deal, unmarked.as_bytes());
    let timed = text.lines().filter(|l| l.contains("-->")).count();
    let mut out = if timed >= 2 {
        // Teams' older documents: the times, the name, the words, each on a line, as cues have them.
        webvtt::WebVtt.read(&inner)?
    } else if google_meet::GoogleMeet.likeness(&inner) == Likeness::Certain {
        google_meet::GoogleMeet.read(&inner)?
    } else {
        plain_txt::read(format, &Input::new(input.path, input.deal, text.as_bytes()))?
    };
    for conversation in &mut out.conversations {
        conversation.source.format = format.name().to_owned();
    }
    Ok(out)
}
