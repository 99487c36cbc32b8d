//! YouTube's SBV: `0:00:01.000,0:00:02.000` over lines of text.

use super::{
    Format, Input, Likeness, Read, Skipped,
    cues::{self, Arrow},
};
use crate::conversation::Channel;

/// SBV.
pub struct Sbv;

impl Format for Sbv {
    fn name(&self) -> &'static str {
        "sbv"
    }
    fn doc(&self) -> &'static str {
        "YouTube SBV subtitles"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        match input.head().lines().find(|l| !l.trim().is_empty()) {
            Some(line) if cues::is_timing(line, Arrow::Comma) => Likeness::Certain,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut skipped = Vec::new();
        let cues = cues::cues(input, Arrow::Comma, |_| false, &mut skipped);
        let mut conversation = input.conversation(self, Channel::Call, None);
        conversation.turns = cues::turns(&cues, |cue| cue.body.iter().map(|line| (None, (*line).to_owned())).collect());
        if conversation.turns.is_empty() {
            return Err(input.skipped(None, "no_words", "the subtitles have no block with words; export them again"));
        }
        Ok(Read { conversations: vec![conversation], skipped, ..Read::default() })
    }
}
