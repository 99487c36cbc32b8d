//! Google Meet's transcript as text: title, attendees, `Ann: hello`, and a mark of time each few minutes; alone, or below
//! the notes that the service writes into the same document; in the language of whoever began it.

use super::{
    Format, Input, Likeness, Read, Skipped, html,
    labelled::{
        markdown::{self, unescaped, without_anchor},
        remark::{is_footer, is_transcript_heading, says_how_made},
    },
    plain_txt, preamble, when,
};
use crate::conversation::Timestamp;

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
        let of_title = TITLES.iter().any(|title| head.contains(title));
        if of_title && is_marked(head, false) {
            return Likeness::Certain;
        }
        // Notes may be longer than the head, which then ends above the transcript.
        let invited = || first(20).any(|l| l.trim_start().starts_with("Invited "));
        let lists = |l: &str| RECORDS.iter().any(|records| l.trim_start().starts_with(records));
        let notes = || RECORDS.iter().any(|records| head.contains(records)) && first(20).any(lists);
        if notes() && (invited() || is_marked(input.text(), true)) {
            return Likeness::Certain;
        }
        // Nor has one in a language whose heading of people is not known, but for what the service writes at its end.
        let ends = || input.text().lines().rev().filter(|l| !l.trim().is_empty()).take(4).any(is_footer);
        if is_marked(head, true) && ends() { Likeness::Certain } else { Likeness::No }
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
            // A mark stands over what was said from it on and times the first of that; how long that took it does not tell.
            for turn in &mut conversation.turns {
                turn.end_ms = None;
                if turn.text.contains('\\') {
                    turn.text = unescaped(&turn.text);
                }
            }
            let mut heading = text.lines().map(str::trim).filter(|l| !l.is_empty());
            let title =
                heading.clone().find(|l| is_title(l)).or_else(|| heading.clone().next()).map(bare).unwrap_or("");
            let dated = heading.by_ref().take(4).find_map(|line| Some((when::in_text(line)?, when::is_local(line))));
            if let Some((at, local)) = dated.filter(|(at, _)| tells_more(*at, conversation.started_at)) {
                (conversation.started_at, conversation.local_time) = (Some(at), local);
            }
            let title = TITLES.iter().find_map(|of| title.strip_suffix(of)).unwrap_or(title);
            conversation.title = unescaped(title.trim_end_matches([' ', '-', '–', '\\']));
        }
        Ok(read)
    }
}

/// Whether the moment of a document's heading tells more than what is known: nothing, or the same day without a time, by which a
/// file is called whose owner sorts by names. A zone may set the one a day beside the other.
fn tells_more(heading: Timestamp, known: Option<Timestamp>) -> bool {
    const DAY_MS: i64 = 86_400_000;
    known.is_none_or(|known| {
        let (known, heading) = (known.as_millisecond(), heading.as_millisecond());
        known % DAY_MS == 0 && heading % DAY_MS != 0 && (-DAY_MS..2 * DAY_MS).contains(&(heading - known))
    })
}

/// This format where a page of HTML that no other format knows is such a document, saved as "web page".
pub(super) fn of_page(input: &Input) -> Option<&'static dyn Format> {
    // Nearly every page is none, and to know that costs less than to take it apart.
    if !TITLES.iter().any(|title| input.text().contains(title)) {
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

/// What stands behind the dash of a title.
const TITLES: &[&str] =
    &["Transcript", "Transcription", "Transcripción", "Transcrição", "Transkript", "Trascrizione", "Transcriptie"];

/// How the line begins that lists the records of a meeting below the title of its notes. In French, German and Italian it is by
/// analogy; elsewhere it was seen.
const RECORDS: &[&str] = &[
    "Meeting records",
    "Registros de la reunión",
    "Registros da reunião",
    "Enregistrements de la réunion",
    "Besprechungsaufzeichnungen",
    "Registrazioni della riunione",
];

/// A line without the marks of headings and type that a document saved as Markdown has around it.
fn bare(line: &str) -> &str {
    without_anchor(line).trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_'))
}

/// "Acme demo - Transcript".
fn is_title(line: &str) -> bool {
    let before = TITLES.iter().find_map(|title| bare(line).strip_suffix(title)?.strip_suffix(' '));
    before.is_some_and(|before| before.ends_with(['-', '–']))
}

/// Whether a mark of time follows the title of a transcript, or (`headed`) that of the beginning its heading: where nothing else tells
/// the service, anybody may have written a time below such a heading.
fn is_marked(text: &str, headed: bool) -> bool {
    let (mut title, mut heading) = (false, false);
    text.lines().map(str::trim).filter(|l| !l.is_empty()).any(|line| {
        let marked = (title && is_mark(line)) || (headed && heading && bare(line) == "00:00:00");
        (title, heading) = (is_title(line), is_transcript_heading(line));
        marked
    })
}

/// "00:05:00" on a line of its own.
fn is_mark(line: &str) -> bool {
    let line = bare(line);
    line.matches(':').count() == 2 && when::offset_ms(line).is_some()
}

/// What stands between the heading and the service's own lines at the end; and the number of the first line with words below these.
fn words(text: &str) -> (&str, Option<usize>) {
    let mut from = 0;
    let mut at = 0;
    let mut titled = false;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        // Below notes of any length the transcript has its title once more; a turn can hardly end like it.
        let title = !titled && (is_title(line) || (line.contains("📖 ") && is_transcript_heading(line.trim())));
        if title || (n < 60 && is_transcript_heading(line.trim())) {
            (from, titled) = (at, is_title(line));
        }
    }
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        // How the text was made may stand below the heading too, and ends nothing there.
        if is_footer(line.trim()) && !says_how_made(line.trim()) {
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
