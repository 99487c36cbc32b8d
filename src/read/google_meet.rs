//! Google Meet's transcript as text: title, attendees, `Ann: hello`, and a mark of time each few minutes; alone, or below
//! the notes that the service writes into the same document.

use super::{
    Format, Input, Likeness, Read, Skipped, html,
    labelled::{
        markdown::{self, unescaped},
        remark::is_footer,
    },
    plain_txt, preamble, when,
};

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
        let people = first(40).map(bare).any(|l| ["Attendees", "Invited"].iter().any(|p| l.eq_ignore_ascii_case(p)));
        let heading = || first(40).any(|l| bare(l).eq_ignore_ascii_case("Transcript"));
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
        let page = page(input);
        let text = page.as_deref().unwrap_or_else(|| input.text());
        let (said, below) = words(text);
        let mut read = plain_txt::read_text(self, input, said)?;
        // Who was invited stands above the notes.
        let above = said.as_ptr() as usize - text.as_ptr() as usize;
        let above = markdown::seen(input.path, &text[..above]);
        let above: Vec<(usize, String)> = above.lines().map(str::to_owned).enumerate().collect();
        let invited = preamble::addressed(&above);
        read.skipped.retain(|s| s.code != "preamble");
        if let Some(line) = below.filter(|_| read.skipped.iter().all(|s| s.code != "left_out")) {
            read.skipped.push(input.skipped(Some(line), "left_out", plain_txt::LEFT_OUT));
        }
        for conversation in &mut read.conversations {
            for person in &invited {
                if conversation.participants.iter().all(|p| p.email != person.email) {
                    conversation.participants.push(person.clone());
                }
            }
            // A mark stands over what was said in the five minutes behind it; it times none of them.
            for turn in &mut conversation.turns {
                (turn.start_ms, turn.end_ms) = (None, None);
                if turn.text.contains('\\') {
                    turn.text = unescaped(&turn.text);
                }
            }
            let mut heading = text.lines().map(str::trim).filter(|l| !l.is_empty());
            let title =
                heading.clone().find(|l| is_title(l)).or_else(|| heading.clone().next()).map(bare).unwrap_or("");
            if conversation.started_at.is_none() {
                let dated =
                    heading.by_ref().take(4).find_map(|line| Some((when::in_text(line)?, when::is_local(line))));
                conversation.started_at = dated.map(|(at, _)| at);
                conversation.local_time = dated.is_some_and(|(_, local)| local);
            }
            let title = title.trim_end_matches("Transcript").trim_end_matches([' ', '-', '–', '\\']);
            conversation.title = unescaped(title);
        }
        Ok(read)
    }
}

/// This format where a page of HTML that no other format knows is such a document, saved as "web page".
pub(super) fn of_page(input: &Input) -> Option<&'static dyn Format> {
    // Nearly every page is none, and to know that costs less than to take it apart.
    if !input.text().contains("Transcript") {
        return None;
    }
    let page = page(input)?;
    let likeness = GoogleMeet.likeness(&Input::new(input.path, input.deal, page.as_bytes()));
    (likeness == Likeness::Certain).then_some(&GoogleMeet as &dyn Format)
}

/// The lines of a page of HTML.
fn page(input: &Input) -> Option<String> {
    let lines = input.head().trim_start().starts_with('<').then(|| html::lines(input.text()))?;
    Some(lines.into_iter().flat_map(|line| [line.text, "\n".to_owned()]).collect())
}

/// A line without the marks of headings and type that a document saved as Markdown has around it.
fn bare(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_'))
}

/// "Acme demo - Transcript".
fn is_title(line: &str) -> bool {
    bare(line).ends_with("- Transcript") || bare(line).ends_with("– Transcript")
}

/// "00:05:00" on a line of its own.
fn is_mark(line: &str) -> bool {
    line.matches(':').count() == 2 && when::offset_ms(bare(line)).is_some()
}

/// What stands between the heading and the service's own lines at the end; and the number of the first line with words below these.
fn words(text: &str) -> (&str, Option<usize>) {
    let mut from = 0;
    let mut at = 0;
    let mut titled = false;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        // Below notes of any length the transcript has its title once more; a turn can hardly end like it.
        let title = !titled && (is_title(line) || bare(line) == "📖 Transcript");
        if title || (n < 60 && bare(line).eq_ignore_ascii_case("transcript")) {
            (from, titled) = (at, is_title(line));
        }
    }
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        // How the text was made may stand below the heading too, and ends nothing there.
        if is_footer(line.trim()) && !line.contains("computer generated") {
            if text[from..at].trim().is_empty() {
                from = at + line.len();
            } else {
                let below = text[at..].lines().position(|l| l.contains(char::is_alphanumeric) && !is_footer(l.trim()));
                return (&text[from..at], below.map(|line| text[..at].lines().count() + line + 1));
            }
        }
        at += line.len();
    }
    (&text[from..], None)
}
