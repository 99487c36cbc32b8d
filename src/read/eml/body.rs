//! The new words of a message: which of its parts holds them, its plain text, its HTML or the event that a calendar sends, and
//! what there is where it is not put together as the rules ask.

use std::{borrow::Cow, collections::HashSet};

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::read::{
    email,
    eml::{self, is_attachment},
    encoding, html,
};

/// The new words of the message.
pub fn of(message: &Message, raw: &[u8], forwards: bool) -> email::body::Body {
    let (mut text, mut html) = readings(message);
    // A parser that keeps to MIME's own kinds takes text/enriched for a file, and text of a kind that is not stated.
    let is_text = |p: &&MessagePart| {
        p.is_content_type("text", "enriched")
            || p.content_type().is_some_and(|t| t.c_type.eq_ignore_ascii_case("text") && t.c_subtype.is_none())
    };
    if text.trim().is_empty()
        && html.is_empty()
        && let Some(part) = message.parts.iter().find(|p| is_text(p) && !is_attachment(message, p))
        && let PartType::Text(words) = &part.body
    {
        text = eml::words::of(message, part, words, false).into_owned();
    }
    if text.trim().is_empty()
        && html.is_empty()
        && let Some(unparted) = unparted(message, raw)
    {
        match repaired(unparted) {
            Some(whole) => {
                return MessageParser::default().parse(&whole).map(|m| of(&m, &[], forwards)).unwrap_or_default();
            }
            None => text = encoding::decode(unparted).text.into_owned(),
        }
    }
    // Some calendars send the event and nothing beside it.
    if text.trim().is_empty() && html.is_empty() {
        text = event_words(message).unwrap_or_default();
    }
    if html.is_empty() && eml::words::is_page(&text) {
        html = std::mem::take(&mut text);
    }
    let of_text = email::body::of_text(&text, forwards);
    if of_text.program && email::calendar::is_foreign(&text) {
        return in_event(message, of_text, forwards);
    }
    if html.is_empty() { of_text } else { of_both(of_text, &html, forwards) }
}

/// The plain text of a message and its HTML, each empty where it has none. What is no alternative of another part belongs to both
/// (RFC 8621, 4.1.4): text beside HTML stands within it here. Where HTML stands beside text, as mail programs put a picture between
/// two paragraphs, only the HTML is the whole mail, and the text is empty; unless both say the same, the one being sent beside the
/// other in place of as its alternative.
fn readings(message: &Message) -> (String, String) {
    let parts = |ids: &[u32]| -> Vec<Piece> {
        let parts = ids.iter().filter_map(|id| Some((*id, message.part(*id)?)));
        parts.filter(|(_, p)| !is_attachment(message, p)).filter_map(|(id, p)| Piece::of(message, id, p)).collect()
    };
    let (of_text, of_html) = (parts(&message.text_body), parts(&message.html_body));
    let text = joined(of_text.iter().filter(|p| !p.is_html));
    let html = joined(of_html.iter().filter(|p| p.is_html));
    let both = |html: bool| {
        joined(of_html.iter().filter(|p| p.is_html == html && of_text.iter().any(|other| other.id == p.id)))
    };
    let (text_beside, html_beside) = (both(false), both(true));
    if text.trim().is_empty() || html.trim().is_empty() || (text_beside.is_empty() && html_beside.is_empty()) {
        return (text, html);
    }
    let is_same = || {
        let of_text = email::body::of_text(&text_beside, false);
        says_same(&text_beside, &html) || is_stub(&of_text, &email::body::of_html(&html, false))
    };
    if !html_beside.is_empty() && !text_beside.is_empty() && is_same() {
        return (text, html);
    }
    let whole: Vec<Cow<str>> = of_html.iter().map(Piece::marked).collect();
    (if html_beside.is_empty() { text } else { String::new() }, whole.join("\n\n"))
}

/// The words of a part of a message.
struct Piece<'a> {
    id: u32,
    is_html: bool,
    words: Cow<'a, str>,
}

impl<'a> Piece<'a> {
    fn of(message: &'a Message, id: u32, part: &'a MessagePart) -> Option<Self> {
        let (is_html, words) = match &part.body {
            PartType::Text(words) => (false, words),
            PartType::Html(words) => (true, words),
            _ => return None,
        };
        Some(Piece { id, is_html, words: eml::words::of(message, part, words, is_html) })
    }

    /// Its words as HTML.
    fn marked(&self) -> Cow<'_, str> {
        if self.is_html {
            return Cow::Borrowed(&self.words);
        }
        let escaped = self.words.replace('&', "&amp;").replace('<', "&lt;");
        let lines = escaped.lines().map(|line| match line.trim_start().strip_prefix('>') {
            Some(quoted) => format!("&gt; {}", quoted.trim_start_matches(['>', ' '])),
            None => line.to_owned(),
        });
        Cow::Owned(format!("<div>{}</div>", lines.collect::<Vec<_>>().join("<br>")))
    }
}

fn joined<'a>(pieces: impl Iterator<Item = &'a Piece<'a>>) -> String {
    pieces.map(|p| &*p.words).collect::<Vec<_>>().join("\n\n")
}

/// Whether the plain text says what the HTML does: half of all threes of neighbouring words of the shorter stand in the longer, too.
/// Links are left out, of which the HTML shows other words.
fn says_same(text: &str, html: &str) -> bool {
    let is_link = |word: &&str| word.contains("://") || word.contains("www.");
    let words = |lines: &[&str]| -> Vec<String> {
        let whole = lines.iter().flat_map(|l| l.split_whitespace()).filter(|w| !is_link(w));
        let pieces = whole.flat_map(|w| w.split(|c: char| !c.is_alphanumeric()));
        pieces.filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let seen = html::lines(html);
    let seen = words(&seen.iter().map(|l| l.text.as_str()).collect::<Vec<_>>());
    let said = words(&[text]);
    let (short, long) = if said.len() < seen.len() { (said, seen) } else { (seen, said) };
    const TOGETHER: usize = 3;
    if short.len() < TOGETHER {
        return !short.is_empty() && long.windows(short.len()).any(|words| words == short);
    }
    let known: HashSet<&[String]> = long.windows(TOGETHER).collect();
    let found = short.windows(TOGETHER).filter(|words| known.contains(words)).count();
    found * 2 > short.len() - TOGETHER
}

/// The new words of a mail that stands in plain text and in HTML: of its text, unless only its HTML tells what is quoted, or has
/// more to say.
pub fn of_both(of_text: email::body::Body, html: &str, forwards: bool) -> email::body::Body {
    if of_text.program {
        return of_text;
    }
    let of_html = email::body::of_html(html, forwards);
    // Only there answers are told from the mail around them by their colour.
    if of_text.answers_in_quote && !of_html.answers_in_quote && weight_of(&of_html) > weight_of(&of_text) {
        return of_html;
    }
    // Where the text has no words of its own but the HTML does, only the HTML tells who wrote what.
    let hidden = of_text.whole && !of_html.whole && weight_of(&of_html) > 0;
    let text_tells = weight_of(&of_text) > 0 && !hidden && (of_text.cut_percent > 0 || of_html.cut_percent == 0);
    if text_tells && is_stub(&of_text, &of_html) {
        return of_html;
    }
    if text_tells && weight_of(&of_text) * 2 >= weight_of(&of_html) { of_text } else { of_html }
}

/// How many bytes of words a body has.
fn weight_of(body: &email::body::Body) -> usize {
    body.lines.iter().chain(body.forwarded.iter().flat_map(|f| f.all()).flat_map(|f| &f.lines)).map(String::len).sum()
}

/// What the event attached to a calendar's notice says that somebody wrote, where the notice is in a language in which that
/// cannot be told from the calendar's words.
fn in_event(message: &Message, notice: email::body::Body, forwards: bool) -> email::body::Body {
    let Some(words) = event_words(message) else { return notice };
    if words.is_empty() {
        return email::body::Body { whole: true, ..notice };
    }
    let marked = words.contains("</") || words.contains("<br");
    if marked { email::body::of_html(&words, forwards) } else { email::body::of_text(&words, forwards) }
}

/// What the organizer wrote into the event that is attached to the message, where one is.
fn event_words(message: &Message) -> Option<String> {
    let is_event = |p: &&mail_parser::MessagePart| {
        p.content_type().is_some_and(|t| t.c_type == "text" && t.c_subtype.as_deref() == Some("calendar"))
    };
    let event = message.parts.iter().find(is_event)?;
    Some(email::calendar::description(&String::from_utf8_lossy(event.contents())))
}

/// Whether the plain text is a remark instead of the mail ("Please view this message in a browser"): few words that speak of
/// HTML or a browser, and most of them not among those of the HTML, which is what its reader saw.
fn is_stub(text: &email::body::Body, html: &email::body::Body) -> bool {
    let words = |b: &email::body::Body| -> Vec<String> {
        b.lines
            .iter()
            .chain(b.forwarded.iter().flat_map(|f| f.all()).flat_map(|f| &f.lines))
            .flat_map(|l| l.split(|c: char| !c.is_alphanumeric()))
            .filter(|w| !w.is_empty())
            .take(4 * MOST_STUB_WORDS)
            .map(str::to_lowercase)
            .collect()
    };
    let said = words(text);
    if said.len() > MOST_STUB_WORDS || !said.iter().any(|w| STUB.iter().any(|s| w.starts_with(s))) {
        return false;
    }
    let seen = words(html);
    seen.len() >= 2 && said.iter().filter(|w| seen.contains(w)).count() * 2 < said.len()
}

/// What such a remark speaks of: HTML, or a browser in the common languages.
const STUB: &[&str] =
    &["html", "browser", "navigat", "naveg", "webbrowser", "webbläsare", "przegląd", "prohlížeč", "браузер"];

/// The most words that such a remark has.
const MOST_STUB_WORDS: usize = 40;

/// The bytes below the head of a multipart message that does not keep to the boundary it states, or states none: what a
/// parser that keeps to the rules cannot see. A few letters are no words worth breaking the rules for.
fn unparted<'a>(message: &Message, raw: &'a [u8]) -> Option<&'a [u8]> {
    let kind = message.root_part().content_type().filter(|t| t.c_type.eq_ignore_ascii_case("multipart"))?;
    let at = raw.windows(2).position(|w| w == b"\n\n").map(|at| at + 2).into_iter();
    let at = at.chain(raw.windows(4).position(|w| w == b"\r\n\r\n").map(|at| at + 4)).min()?;
    let below = &raw[at..];
    let boundary = kind.attribute("boundary").map(|b| format!("--{b}"));
    // A boundary of any length is looked for in one pass as text.
    let kept = boundary.is_some_and(|b| String::from_utf8_lossy(below).contains(&b));
    let words = below.split(u8::is_ascii_whitespace).filter(|w| w.iter().any(u8::is_ascii_alphabetic)).count();
    (!kept && words >= 3).then_some(below)
}

/// A message around `below` with the boundary that it really has: its first line, where a part's head follows.
fn repaired(below: &[u8]) -> Option<Vec<u8>> {
    let mut lines = below.split(|b| *b == b'\n').map(<[u8]>::trim_ascii).skip_while(|l| l.is_empty());
    let first = std::str::from_utf8(lines.next()?.strip_prefix(b"--")?).ok()?;
    let second = lines.next()?.to_ascii_lowercase();
    let fits = !first.is_empty() && first.len() <= 200 && !first.contains('"') && second.starts_with(b"content-");
    fits.then(|| [format!("Content-Type: multipart/mixed; boundary=\"{first}\"\n\n").as_bytes(), below].concat())
}
