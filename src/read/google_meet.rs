//! Google Meet's transcript as text: title, attendees, `Ann: hello`, and a mark of time each five minutes.

use super::{Format, Input, Likeness, Read, Skipped, plain_txt, when};

/// Google Meet, as text.
pub struct GoogleMeet;

impl Format for GoogleMeet {
    fn name(&self) -> &'static str {
        "google-meet-txt"
    }
    fn doc(&self) -> &'static str {
        "Google Meet transcript, downloaded as text"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let head = input.head();
        let line = |what: &str| head.lines().take(40).any(|l| l.trim().eq_ignore_ascii_case(what));
        let title = head.lines().take(8).any(|l| l.trim_end().ends_with("- Transcript") || l.trim_end().ends_with("– Transcript"));
        if (line("Attendees") || line("Invited")) && (line("Transcript") || title) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut read = plain_txt::read(self, input)?;
        // The heading is known here: nothing of it is a loss.
        read.skipped.retain(|s| s.code != "preamble");
        for conversation in &mut read.conversations {
            // A mark stands over what was said in the five minutes behind it; it times none of them.
            for turn in &mut conversation.turns {
                (turn.start_ms, turn.end_ms) = (None, None);
            }
            conversation.turns.retain(|t| !t.text.trim().is_empty());
            if let Some(last) = conversation.turns.last_mut() {
                for footer in ["Transcription ended after", "Meeting ended after", "This editable transcript was computer generated"] {
                    if let Some(at) = last.text.find(footer) {
                        last.text.truncate(at);
                    }
                }
                last.text.truncate(last.text.trim_end().len());
            }
            conversation.turns.retain(|t| !t.text.is_empty());
            if conversation.started_at.is_none() {
                conversation.started_at = input.head().lines().take(10).find_map(when::in_text);
            }
        }
        Ok(read)
    }
}
