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
        let title = head
            .lines()
            .take(8)
            .any(|l| l.trim_end().ends_with("- Transcript") || l.trim_end().ends_with("– Transcript"));
        if (line("Attendees") || line("Invited")) && (line("Transcript") || title) {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let text = input.text();
        let mut read = plain_txt::read_text(self, input, words(text))?;
        read.skipped.retain(|s| s.code != "preamble");
        for conversation in &mut read.conversations {
            // A mark stands over what was said in the five minutes behind it; it times none of them.
            for turn in &mut conversation.turns {
                (turn.start_ms, turn.end_ms) = (None, None);
            }
            let mut heading = text.lines().map(str::trim).filter(|l| !l.is_empty());
            let title = heading.clone().next().unwrap_or("");
            if conversation.started_at.is_none() {
                conversation.started_at = heading.by_ref().take(4).find_map(when::in_text);
            }
            conversation.title = title.trim_end_matches("Transcript").trim_end_matches([' ', '-', '–']).to_owned();
        }
        Ok(read)
    }
}

/// What stands between the heading and the service's own lines at the end.
fn words(text: &str) -> &str {
    let mut from = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n').take(60) {
        at += line.len();
        if line.trim().eq_ignore_ascii_case("transcript") {
            from = at;
        }
    }
    const FOOTERS: &[&str] =
        &["Transcription ended after", "Meeting ended after", "This editable transcript was computer generated"];
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        // The last of these also stands right below the heading; there it ends nothing.
        if FOOTERS.iter().any(|f| line.trim_start().starts_with(f)) {
            if text[from..at].trim().is_empty() {
                from = at + line.len();
            } else {
                return &text[from..at];
            }
        }
        at += line.len();
    }
    &text[from..]
}
