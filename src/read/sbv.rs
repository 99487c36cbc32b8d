//! YouTube's SBV: `0:00:01.000,0:00:02.000` over lines of text. Google Meet saves the chat beside a recording so, too.

use super::{
    Format, Input, Likeness, Read, Skipped,
    cues::{self, Arrow, Cue},
};
use crate::conversation::Channel;

/// SBV.
pub struct Sbv;

impl Format for Sbv {
    fn name(&self) -> &'static str {
        "sbv"
    }
    fn doc(&self) -> &'static str {
        "YouTube SBV subtitles, and Google Meet's chat beside a recording"
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
        if is_chat(&cues) && conversation.turns.iter().all(|turn| !turn.speaker.is_empty()) {
            conversation.channel = Channel::Chat;
            conversation.turns.iter_mut().for_each(|turn| turn.end_ms = None);
        }
        cues::read(input, conversation, skipped)
    }
}

/// Whether cues are the messages of Google Meet's chat, each of which is shown for three seconds from when it was sent. Captions
/// follow upon one another.
fn is_chat(cues: &[Cue]) -> bool {
    const SHOWN_MS: u64 = 3000;
    let shown = |cue: &Cue| cue.start_ms.is_some_and(|from| cue.end_ms == Some(from + SHOWN_MS));
    cues.len() >= 2 && cues.iter().all(shown) && cues.windows(2).all(|pair| pair[1].start_ms != pair[0].end_ms)
}
