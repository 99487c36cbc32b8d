//! SubRip: numbered blocks, times with a comma, lines of text.

use super::{
    Format, Input, Likeness, Read, Skipped,
    cues::{self, Arrow, Cue, Pieces},
    html::{decode_entities, strip_tags},
};
use crate::conversation::Channel;

/// SubRip.
pub struct Srt;

impl Format for Srt {
    fn name(&self) -> &'static str {
        "srt"
    }
    fn doc(&self) -> &'static str {
        "SubRip subtitles, with \"Name: words\" where speakers are known"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        match cues::first_timing(input.head()) {
            Some(line) if line.split("-->").next().is_some_and(|from| from.contains(',')) => Likeness::Certain,
            // Frames behind the seconds instead of a comma; the number above is SubRip's all the same.
            Some(line) if line.contains(':') && numbered(input.head()) => Likeness::Likely,
            Some(line) if line.contains(':') => Likeness::Perhaps,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut skipped = Vec::new();
        let cues = cues::cues(input, Arrow::Arrow, |_| false, &mut skipped);
        let mut conversation = input.conversation(self, Channel::Call, None);
        conversation.turns = cues::turns(&cues, pieces);
        cues::read(input, conversation, skipped)
    }
}

/// Whether the first line is the number of a block.
fn numbered(head: &str) -> bool {
    let first = head.lines().map(str::trim).find(|l| !l.is_empty());
    first.is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()))
}

fn pieces(cue: &Cue) -> Pieces {
    cue.body
        .iter()
        .map(|line| (None, decode_entities(&strip_tags(line)).into_owned()))
        .filter(|(_, t)| !t.trim().is_empty())
        .collect()
}
