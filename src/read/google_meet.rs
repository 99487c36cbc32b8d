//! Google Meet's transcript as text: title, attendees, `Ann: hello`, and a mark of time each few minutes; alone, or below
//! the notes that the service writes into the same document.

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
        let first = |most: usize| head.lines().take(most);
        let people =
            first(40).map(str::trim).any(|l| ["Attendees", "Invited"].iter().any(|p| l.eq_ignore_ascii_case(p)));
        let heading = || first(40).any(|l| l.trim().eq_ignore_ascii_case("Transcript"));
        if people && (heading() || first(8).any(is_title)) {
            return Likeness::Certain;
        }
        // A newer document has no list of people; its title is followed by a mark of time. Whether the words of a title stand
        // anywhere costs less to know than to cut the head into lines.
        let mut lines = head.lines().map(str::trim).filter(|l| !l.is_empty());
        let marked = head.contains("Transcript") && lines.by_ref().any(is_title) && lines.next().is_some_and(is_mark);
        let invited = || first(20).any(|l| l.trim_start().starts_with("Invited "));
        let notes =
            head.contains("Meeting records") && first(20).any(|l| l.trim_start().starts_with("Meeting records"));
        if marked || (notes && invited()) { Likeness::Certain } else { Likeness::No }
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
            let title = heading.clone().find(|l| is_title(l)).or_else(|| heading.clone().next()).unwrap_or("");
            if conversation.started_at.is_none() {
                conversation.started_at = heading.by_ref().take(4).find_map(when::in_text);
            }
            conversation.title = title.trim_end_matches("Transcript").trim_end_matches([' ', '-', '–']).to_owned();
        }
        Ok(read)
    }
}

/// "Acme demo - Transcript".
fn is_title(line: &str) -> bool {
    line.trim_end().ends_with("- Transcript") || line.trim_end().ends_with("– Transcript")
}

/// "00:05:00" on a line of its own.
fn is_mark(line: &str) -> bool {
    line.matches(':').count() == 2 && when::offset_ms(line.trim()).is_some()
}

/// What stands between the heading and the service's own lines at the end.
fn words(text: &str) -> &str {
    let mut from = 0;
    let mut at = 0;
    let mut titled = false;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        // Below notes of any length the transcript has its title once more; a turn can hardly end like it.
        let title = !titled && (is_title(line) || line.trim() == "📖 Transcript");
        if title || (n < 60 && line.trim().eq_ignore_ascii_case("transcript")) {
            (from, titled) = (at, is_title(line));
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
