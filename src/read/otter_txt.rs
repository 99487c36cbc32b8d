//! Otter's text export: `Name  m:ss  ` on a line of its own, the words below, a footer at the end; of a recording in which
//! nobody was named, `m:ss  ` alone.

use super::{
    Format, Input, Likeness, Read, Skipped,
    labelled::{self, text::end_where_the_next_begins},
    plain_txt,
    turns::{append, one_line},
    when,
};
use crate::conversation::{Channel, Turn};

/// Otter's text export.
pub struct OtterTxt;

impl Format for OtterTxt {
    fn name(&self) -> &'static str {
        "otter-txt"
    }
    fn doc(&self) -> &'static str {
        "Otter text export: \"Name  0:29\" above the words"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if super::encoding::is_binary(input.bytes) {
            return Likeness::No;
        }
        if !input.head().lines().any(is_header) {
            return if is_nameless(input) { Likeness::Certain } else { Likeness::No };
        }
        let found = labelled::text::parse(input.head());
        if found.labelled >= 1 && !found.clock { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        if is_nameless(input) { nameless(self, input) } else { plain_txt::read(self, input) }
    }
}

/// Whether a line is a name and a time: Otter writes two blanks before and behind the time.
fn is_header(line: &str) -> bool {
    let line = line.trim_end_matches('\r');
    let time = || line.trim_end().rsplit_once("  ").map(|(_, time)| time);
    line.ends_with("  ") && time().is_some_and(|time| time.contains(':') && when::offset_ms(time).is_some())
}

/// What Otter writes at the end.
pub(super) const FOOTER: &str = "Transcribed by https://otter.ai";

/// A line that is nothing but a time.
fn time_alone(line: &str) -> Option<u64> {
    let time = line.trim();
    let is_clock = time.contains(':') && time.bytes().all(|b| b.is_ascii_digit() || b == b':');
    when::offset_ms(time).filter(|_| is_clock)
}

/// Whether a text begins with a time alone that has Otter's two blanks behind it, has a second one over words, and ends with what
/// Otter writes there.
fn is_nameless(input: &Input) -> bool {
    let mut lines = input.head().lines().filter(|line| !line.trim().is_empty());
    let heads = |line: &&str| line.trim_end_matches('\r').ends_with("  ") && time_alone(line).is_some();
    lines.next().as_ref().is_some_and(heads)
        && lines.any(|line| heads(&line))
        && input.text().trim_end().ends_with(FOOTER)
        && !input.text().lines().any(is_header)
        && labelled::text::parse(input.head()).labelled == 0
}

/// Reads such a text: a turn for each time, of a speaker whom nothing names.
fn nameless(format: &dyn Format, input: &Input) -> Result<Read, Skipped> {
    let mut conversation = input.conversation(format, Channel::Call, None);
    let mut blank_above = true;
    for line in input.text().lines().map(str::trim) {
        // Within a paragraph a time alone is said.
        match time_alone(line).filter(|_| blank_above) {
            Some(at) => conversation.turns.push(Turn { start_ms: Some(at), ..Turn::default() }),
            None if line.is_empty() || line == FOOTER => {}
            None => {
                let next = Turn { text: one_line(line), ..Turn::default() };
                match conversation.turns.last_mut() {
                    Some(last) => append(last, next),
                    None => conversation.turns.push(next),
                }
            }
        }
        blank_above = line.is_empty();
    }
    conversation.turns.retain(|turn| !turn.text.is_empty());
    if conversation.turns.is_empty() {
        return Err(input.skipped(None, "no_words", "the transcript has times and no words; export it again"));
    }
    end_where_the_next_begins(&mut conversation.turns);
    Ok(Read { conversations: vec![conversation], ..Read::default() })
}
