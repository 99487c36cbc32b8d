//! `Speaker: words` in its many habits; see `labelled_text`.

use super::{Format, Input, Likeness, Read, Skipped, encoding, labelled_text, when};
use crate::conversation::Channel;

/// `Speaker: words` as plain text.
pub struct PlainTxt;

impl Format for PlainTxt {
    fn name(&self) -> &'static str {
        "plain-txt"
    }
    fn doc(&self) -> &'static str {
        "\"Speaker: words\" as text, with or without times, names above or before the words"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if encoding::is_binary(input.bytes) || input.head().trim_start().starts_with(['{', '<']) {
            return Likeness::No;
        }
        let found = labelled_text::parse(input.head());
        if found.labelled >= 2 && found.labelled * 5 >= found.lines {
            Likeness::Likely
        } else if found.labelled >= 1 && found.labelled * 2 >= found.lines {
            Likeness::Perhaps
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        read(self, input)
    }
}

/// Reads labelled text for any format that consists of it.
pub fn read(format: &dyn Format, input: &Input) -> Result<Read, Skipped> {
    read_text(format, input, input.text())
}

/// Reads labelled text that is a part of `input`.
pub fn read_text(format: &dyn Format, input: &Input, text: &str) -> Result<Read, Skipped> {
    let found = labelled_text::parse(text);
    let mut conversation = input.conversation(format, Channel::Call, None);
    conversation.turns = found.turns;
    // The service's own line at the end is nobody's words.
    if let Some(last) = conversation.turns.last_mut()
        && let Some(at) = last.text.find("Transcribed by https://otter.ai")
    {
        last.text.truncate(at);
        last.text.truncate(last.text.trim_end().len());
    }
    conversation.turns.retain(|t| !t.text.is_empty());
    if conversation.turns.is_empty() {
        return Err(input.skipped(
            None,
            "no_speakers",
            "no line of the text names its speaker; write \"Name: words\", one turn a line",
        ));
    }
    let mut skipped = Vec::new();
    let mut preamble = found.preamble.into_iter();
    if let Some((_, title)) = preamble.next() {
        conversation.started_at = conversation.started_at.or_else(|| when::in_text(&title));
        conversation.title = title;
    }
    for (line, text) in preamble {
        conversation.started_at = conversation.started_at.or_else(|| when::in_text(&text));
        skipped.push(input.skipped(
            Some(line),
            "preamble",
            "a line before the first speaker was read as part of the heading, not as words",
        ));
    }
    Ok(Read { conversations: vec![conversation], skipped, ..Read::default() })
}
