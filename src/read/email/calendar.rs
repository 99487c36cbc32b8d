//! Notices that calendars and meeting services write into mails: who invites to what, when, and how to join; Google's
//! Calendar and Meet, Zoom, Webex, Teams. Between their paragraphs may stand a note, and that alone a person wrote.
//!
//! A paragraph that is none of the service's is taken for the note, so that an unknown one of the service is kept rather than
//! a person's words lost. Google's paragraphs are known in English only; in other languages the event that is attached tells
//! what the organizer wrote.

use mail_parser::{Message, MimeHeaders};

use crate::read::{
    email::{
        divider::rule,
        footer::{blank, has_words},
    },
    when,
};

/// How the subjects begin of what mail programs send for somebody who answers an invitation or takes one back.
const ANSWERS: &[&str] = &[
    "accepted:",
    "declined:",
    "tentative:",
    "tentatively accepted:",
    "canceled:",
    "cancelled:",
    "zugesagt:",
    "abgelehnt:",
    "mit vorbehalt:",
    "abgesagt:",
    "accepté",
    "refusé",
    "provisoire",
    "annulé",
    "aceptad",
    "rechazad",
    "provisional:",
    "cancelad",
    "aceit",
    "recusad",
    "accettat",
    "rifiutat",
    "provvisorio:",
    "annullat",
    "geaccepteerd:",
    "geweigerd:",
    "voorlopig:",
    "geannuleerd:",
];

/// Whether a message without text is an event or the answer to one, so that nobody wrote anything and nothing is lost.
pub fn says_nothing(message: &Message, subject: &str) -> bool {
    let event = message.parts.iter().filter_map(|p| p.content_type()).any(|t| {
        t.c_type.eq_ignore_ascii_case("text")
            && t.c_subtype.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("calendar"))
    });
    event || is_answer(subject)
}

/// Whether a subject is that of an answer to an invitation: "Accepted: Demo", "Refusé : Demo".
pub fn is_answer(subject: &str) -> bool {
    let head = subject.trim().split_inclusive([':', '：']).next().unwrap_or_default().to_lowercase();
    head.ends_with([':', '：']) && ANSWERS.iter().any(|answer| head.starts_with(answer))
}

/// How the line begins that stands below Google's notice; in other languages its link tells.
const GOOGLE: &str = "invitation from google calendar";

/// How the sentences end with which Zoom and Webex begin.
const INVITES: &[&str] = &[
    "is inviting you to a scheduled zoom meeting",
    "invited you to a scheduled zoom meeting",
    "invites you to join this webex meeting",
    "is inviting you to a scheduled webex meeting",
    "invited you to a webex meeting",
    "lädt sie zu einem geplanten zoom-meeting ein",
];

/// Lines of their own that head a paragraph of the service's.
const HEADINGS: &[&str] = &[
    "when",
    "where",
    "location",
    "organizer",
    "guests",
    "attachments",
    "join with google meet",
    "join by phone",
    "more joining options",
    "view map",
    "one tap mobile",
    "dial by your location",
    "join meeting",
    "join instructions",
    "join zoom meeting",
    "join by meeting number",
    "join by sip",
    "join by h.323",
    "join from a video system or application",
    "join by video system",
    "zoom-meeting beitreten",
    "zoom meeting beitreten",
    "beitreten zoom meeting",
    "schnelleinwahl mobil",
    "einwahl nach aktuellem standort",
];

/// How the first lines of further ones begin.
const BEGINNINGS: &[&str] = &[
    "more phone numbers:",
    "view all guest info",
    "meeting link:",
    "meeting id:",
    "passcode:",
    "meeting number:",
    "meeting number (access code):",
    "password:",
    "meeting password:",
    "access code:",
    "topic:",
    "joining info:",
    "event details:",
    "calendar:",
    "find your local number",
    "tap to join from",
    "tap to call in from",
    "global call-in numbers",
    "need help? go to http",
    "thema:",
    "meeting-id:",
    "kenncode:",
    "ortseinwahl suchen:",
    "(guest list has been hidden",
    "going (",
    "going?",
];

/// How the lines of Google's older notices begin, in one paragraph.
const FIELDS: &[&str] =
    &["Title: ", "When: ", "Where: ", "Calendar: ", "Who:", "Joining info: ", "Video call: ", "Event details: ", "* "];

/// Parts of single lines by which Google says what has become of the event.
const STATED: &[&str] = &[
    " accepted this invitation",
    " declined this invitation",
    "this event has been cancel",
    "this event has been changed",
    "this event has been updated",
    "you have been invited to the following event",
    "your attendance is optional",
];

/// What is left of `lines` without a calendar's notice; none where there is no such notice.
pub fn note<'a>(lines: &[&'a str]) -> Option<Vec<&'a str>> {
    if let Some((from, end)) = teams(lines).or_else(|| meet(lines)) {
        return Some([&lines[..from], &lines[end..]].concat());
    }
    let (from, end) = place(lines)?;
    let mut out = lines[..from].to_vec();
    let mut at = from;
    while at < end {
        let length = lines[at..end].iter().take_while(|l| !blank(l)).count();
        let paragraph = &lines[at..at + length];
        let timed = paragraph.iter().position(|l| is_time(l));
        if paragraph.iter().any(|l| l.starts_with("When: ")) {
            // The older form has all fields in one paragraph, and the note among them.
            out.extend(paragraph.iter().filter(|l| !FIELDS.iter().any(|field| l.trim_start().starts_with(field))));
        } else if timed.is_some_and(|at| at <= 2) {
            // Above the time stands the title, below it what zone it is of, and how to join.
            out.extend(paragraph.iter().skip(1).filter(|l| is_sentence(l)));
        } else if !is_services(paragraph) {
            out.extend(paragraph.iter().filter(|l| !is_stated(l)));
        }
        if at + length < end {
            out.push(lines[at + length]);
        }
        at += length + 1;
    }
    Some(out)
}

/// Whether `text` holds Google's notice in a language in which its paragraphs are not known.
pub fn is_foreign(text: &str) -> bool {
    let marks = || text.lines().filter(|l| is_google(l));
    marks().next().is_some() && marks().all(|l| !l.trim().to_lowercase().starts_with(GOOGLE))
}

/// What the organizer wrote into the event `ics` (RFC 5545), without how to join; empty where nothing, and where the event is
/// sent back by somebody who answers or cancels it.
pub fn description(ics: &str) -> String {
    // A long line goes on behind a line end and a blank.
    let unfolded = ics.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    // A reminder has a description too, of the calendar's own.
    let unfolded = unfolded.split("BEGIN:VALARM").next().unwrap_or_default();
    let value = |name: &str| {
        let line = unfolded.lines().find(|l| l.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ';'])));
        // A parameter in quotes may have a colon in it: DESCRIPTION;ALTREP="data:text/html,…":words.
        let mut quoted = false;
        let colon = |c: char| {
            quoted ^= c == '"';
            c == ':' && !quoted
        };
        line.and_then(|line| line.split_once(colon)).map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    if matches!(value("METHOD").trim(), "REPLY" | "CANCEL") {
        return String::new();
    }
    let mut out = String::new();
    let mut chars = value("DESCRIPTION").chars().collect::<Vec<_>>().into_iter();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next().map(|escaped| if matches!(escaped, 'n' | 'N') { '\n' } else { escaped })),
            c => out.push(c),
        }
    }
    // Google's own section stands between two rules: "-::~:~::~:~…".
    let mut parts = out.split("-::~:");
    let above = parts.next().unwrap_or_default();
    let below = parts.nth(1).unwrap_or_default().trim_start_matches(['~', ':', '-']);
    format!("{}\n\n{}", above.trim(), below.trim()).trim().to_owned()
}

/// From where to where the notice stands among `lines`, with the note in it.
fn place(lines: &[&str]) -> Option<(usize, usize)> {
    let invites = |line: &str| {
        let lower = line.trim().trim_end_matches(['.', ':']).to_lowercase();
        INVITES.iter().any(|i| lower.ends_with(i))
    };
    // Google's mark stands at the end, below what is often the longest part of the mail.
    if let Some(end) = lines.iter().rposition(|l| is_google(l)) {
        return Some((0, end));
    }
    let from =
        lines.iter().position(|l| l.trim_end().ends_with(['g', 'G', '.', ':']) && l.len() <= 200 && invites(l))?;
    Some((from, lines.len()))
}

/// From where to where Teams says how to join: between two rules of one length, below the first of which stands its name; what
/// is cut off ends with its paragraph. It is known in every language.
fn teams(lines: &[&str]) -> Option<(usize, usize)> {
    const SHORTEST_RULE: usize = 32;
    const MOST_LINES: usize = 40;
    let is_long_rule = |line: &str| line.trim_start().starts_with('_') && line.len() >= SHORTEST_RULE && rule(line);
    let named = |at: usize| {
        let name = lines[at..].iter().take(3).find(|l| !blank(l)).map(|l| l.to_lowercase());
        name.is_some_and(|name| name.contains("microsoft teams") && !name.trim_end().ends_with(['.', '?', '!']))
    };
    let from = (0..lines.len()).find(|at| is_long_rule(lines[*at]) && named(at + 1))?;
    let below = &lines[from + 1..lines.len().min(from + MOST_LINES)];
    let links = ["teams.microsoft.com/", "teams.live.com/", "aka.ms/jointeamsmeeting"];
    if !below.iter().any(|l| links.iter().any(|link| l.to_lowercase().contains(link))) {
        return None;
    }
    let closed = below.iter().position(|l| is_long_rule(l) && l.trim().len() == lines[from].trim().len());
    let lead = below.iter().take_while(|l| blank(l)).count();
    let ended = || below[lead..].iter().position(|l| blank(l)).map(|at| lead + at);
    Some((from, from + 1 + closed.map(|at| at + 1).or_else(ended).unwrap_or(lines.len() - from - 1)))
}

/// From where to where Google Meet says how to join, as it is pasted into mails: a line with its name, below it links and the
/// numbers to dial. It is known in every language.
fn meet(lines: &[&str]) -> Option<(usize, usize)> {
    const MARKS: &[&str] = &["https://meet.google.com/", "https://tel.meet/", "PIN"];
    let is_head = |at: &usize| {
        lines[*at].contains("Google Meet")
            && !lines[*at].trim_end().ends_with(['.', '?', '!'])
            && lines.get(at + 1).is_some_and(|l| l.contains(": https://meet.google.com/"))
    };
    let from = (0..lines.len()).find(is_head)?;
    let length = lines[from + 1..].iter().take_while(|l| MARKS.iter().any(|mark| l.contains(mark))).count();
    Some((from, from + 1 + length))
}

/// Whether a line is the mark below Google's notice.
fn is_google(line: &str) -> bool {
    let line = line.trim();
    // Nearly every line is passed by without making it lower case.
    if line.len() > 200 || !line.contains("Google") {
        return false;
    }
    let lower = line.to_lowercase();
    let linked = |(name, link): (&str, &str)| {
        let link = link.trim_start_matches('<');
        name.contains("google") && link.starts_with("https://calendar.google.com/calendar/")
    };
    let bare = |rest: &str| rest.is_empty() || rest.starts_with([':', '<', '(', '[']) || rest.starts_with("http");
    lower.strip_prefix(GOOGLE).is_some_and(|rest| bare(rest.trim())) || lower.split_once(": ").is_some_and(linked)
}

/// Whether a paragraph is the service's.
fn is_services(paragraph: &[&str]) -> bool {
    let Some(first) = paragraph.first() else { return true };
    let first = first.trim().to_lowercase();
    !has_words(paragraph)
        || INVITES.iter().any(|i| first.trim_end_matches(['.', ':']).ends_with(i))
        || HEADINGS.contains(&first.trim_end_matches(':'))
        || BEGINNINGS.iter().any(|b| first.starts_with(b))
        || (first.starts_with("reply for ") && first.contains('@'))
        || paragraph.iter().take(3).any(|l| l.trim_start().starts_with("Hosted by "))
}

/// Whether a line is when the event takes place, "Tuesday Mar 10, 2026 ⋅ 3pm – 3:30pm", and no sentence with a date in it.
fn is_time(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let span = || line.contains(['–', '⋅', '|']) || line.contains(" - ");
    let clock = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
        word.starts_with(|c: char| c.is_ascii_digit())
            && (word.ends_with("am") || word.ends_with("pm") || word.contains(':'))
    };
    words <= 20
        && !line.trim_end().ends_with(['.', '?', '!', ':'])
        && line.bytes().any(|b| b.is_ascii_digit())
        && (words <= 4 || (span() && line.split([' ', '–']).any(clock)))
        && when::day(line, None).is_some()
}

fn is_sentence(line: &str) -> bool {
    line.trim_end().ends_with(['.', '?', '!']) && line.split_whitespace().nth(2).is_some() && !is_stated(line)
}

fn is_stated(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    // "… this invitation with a note:" goes on in the note.
    lower.len() <= 120 && STATED.iter().any(|s| lower.contains(s)) && lower.split(". ").count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_calendar_writes_is_nobodys_words() {
        const MARK: &str = "\n\n~~//~~\nInvitation from Google Calendar: https://calendar.google.com/calendar/\n\nForwarding this could allow any recipient to reply.";
        for (text, kept) in [
            ("Ann Lee has accepted this invitation.\n\nDemo\nTuesday Mar 10, 2026 ⋅ 3pm – 3:30pm", ""),
            ("Ann Lee has declined this invitation with a note:\n\"Too dear.\"\n\nDemo\nMar 10, 2026", "\"Too dear.\""),
            (
                "Title: Demo\nWe must talk price\nWhen: Tue Mar 10, 2026 3pm – 3:30pm\nWho:\n    * Ann - organizer",
                "We must talk price",
            ),
            ("Demo\nTue Mar 10, 2026 3pm – 3:30pm\nWe sign on that day.", "We sign on that day."),
            ("This event has been canceled. We go with Acme.", "This event has been canceled. We go with Acme."),
            (
                "Organizer\nAnn Lee\n\nWhere do we stand on price - by Mar 10, 2026?",
                "Where do we stand on price - by Mar 10, 2026?",
            ),
        ] {
            let text = format!("{text}{MARK}");
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(note(&lines).map(|n| n.join("\n").trim().to_owned()).as_deref(), Some(kept), "{text}");
        }
        for (event, words) in [
            (
                "METHOD:REQUEST\r\nDESCRIPTION:Zu teuer\\, sagt der\r\n  CFO.\\n\\n-::~:~::~:-\\nMit Google Meet\\n-::~:~::~:-",
                "Zu teuer, sagt der CFO.",
            ),
            ("METHOD:REPLY\nDESCRIPTION;LANGUAGE=de:Zu teuer.", ""),
            ("METHOD:REQUEST\nSUMMARY:Demo", ""),
        ] {
            assert_eq!(description(event), words, "{event}");
        }
        assert_eq!(note(&["Invitation from Google Calendar came, but I cannot.", "Too dear."]), None);
        assert_eq!(note(&["I sent you an invitation from Google Calendar."]), None);
        assert_eq!(note(&["Is the Zoom link in the invitation?", "Meeting ID: 1"]), None);
    }
}
