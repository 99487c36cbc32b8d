//! The chat of a meeting, saved or copied as text: Zoom's `09:18:33 From Ann to Everyone: hello` in its layouts and languages, the chat
//! beside Zoom's cloud recordings, and Webex's `From Ann to everyone: 10:03 AM` above the words, which Zoom's window gave with the time in brackets.

use std::collections::HashSet;

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    labelled::remark::is_program,
    plain_txt::TWO_WAYS,
    preamble::says_only_when,
    speaker::looks_like_name,
    turns::one_line,
    when::{self, offset_ms},
};
use crate::conversation::{Channel, Turn};

/// Zoom's chat.
pub struct ZoomChat;

impl Format for ZoomChat {
    fn name(&self) -> &'static str {
        "zoom-chat-txt"
    }
    fn doc(&self) -> &'static str {
        "meeting chat of Zoom or Webex: \"09:18:33 From Ann to Everyone:\""
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let lines = || input.head().lines().filter(|l| !l.trim().is_empty());
        match lines().next().map(head) {
            Some(Some(first)) if first.certain => Likeness::Certain,
            // Beside a recording nothing but the tabs tells; all lines of a message's beginning have them.
            Some(Some(_)) if lines().take(20).filter_map(head).count() >= 2 => Likeness::Certain,
            // Webex has the meeting's name and date above.
            _ if lines().take(8).filter_map(webex_head).count() >= 1 => Likeness::Certain,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut conversation = input.conversation(self, Channel::Chat, None);
        let mut skipped = Vec::new();
        let mut first = None;
        // The moment of the first message, where its line has a date.
        let mut began = None;
        let mut midnight = when::Midnight::default();
        let order = day_first(input.text());
        let names = speakers(input.text());
        let mut two_ways = None;
        for (n, line) in input.text().lines().enumerate() {
            if let Some(Head { at, name, words, date, certain }) = head(line).or_else(|| webex_head(line)) {
                let sent = date.as_deref().and_then(|date| when::in_ordered_text(date, order));
                if let Some(date) = date.filter(|_| first.is_none()) {
                    began = sent;
                    conversation.started_at = began.or(conversation.started_at);
                    conversation.local_time |= began.is_some();
                    two_ways = when::reads_two_ways(&date).then_some(n + 1).filter(|_| began.is_none());
                }
                let at = if certain { midnight.pass(at) } else { at };
                // Times of day, of which counts how long after the first; beside a recording they are its own.
                let first = *first.get_or_insert(if certain { at } else { 0 });
                let since = sent.zip(began).map(|(sent, began)| sent.duration_since(began).as_millis());
                conversation.turns.push(Turn {
                    speaker: name.to_owned(),
                    start_ms: since.and_then(|ms| u64::try_from(ms).ok()).or(Some(at.saturating_sub(first))),
                    text: if is_service_line(words) { String::new() } else { one_line(words) },
                    ..Turn::default()
                });
            } else if let Some(last) = conversation.turns.last_mut() {
                if is_service_line(line) || (!last.text.is_empty() && is_reaction(line, &names)) {
                    continue;
                }
                let line = one_line(line);
                if !last.text.is_empty() && !line.is_empty() {
                    last.text.push(' ');
                }
                last.text.push_str(&line);
            } else if !line.trim().is_empty() {
                if conversation.started_at.is_none() {
                    conversation.started_at = when::in_text(line);
                    conversation.local_time = conversation.started_at.is_some() && when::is_local(line);
                }
                two_ways = two_ways.or_else(|| when::reads_two_ways(line).then_some(n + 1));
                if conversation.title.is_empty() {
                    conversation.title = one_line(line.trim_start_matches("Topic:"));
                    continue;
                }
                if says_only_when(line) {
                    continue;
                }
                skipped.push(input.skipped(
                    Some(n + 1),
                    "preamble",
                    "a line before the first message was read as part of the heading, not as words",
                ));
            }
        }
        if let Some(line) = two_ways.filter(|_| conversation.started_at.is_none()) {
            skipped.push(input.skipped(Some(line), "bad_date", TWO_WAYS));
        }
        conversation.turns.retain(|t| !t.text.is_empty() && !is_program(&t.speaker));
        if conversation.turns.is_empty() {
            return Err(input.skipped(None, "no_words", "the chat holds no message"));
        }
        let conversations = if began.is_some() { by_day(conversation) } else { vec![conversation] };
        Ok(Read { conversations, skipped, ..Read::default() })
    }
}

/// Who writes in a chat.
fn speakers(text: &str) -> HashSet<&str> {
    text.lines().filter_map(head).map(|head| head.name).collect()
}

/// Whether `line`, below the words of a message, is Zoom's own and tells who took a liking to it: `Cy Orr, Ann Lee:👍`, or several
/// of these behind one another. `names`: who writes in the chat; beside one of them others have a full name, because "Thanks:👍" and
/// "Legal Review:❌" are written.
fn is_reaction(line: &str, names: &HashSet<&str>) -> bool {
    let mut rest = line.trim();
    // Nearly every line ends in words.
    if rest.is_empty() || rest.ends_with(|c: char| c.is_ascii() || c.is_alphanumeric()) {
        return false;
    }
    let is_name = |name: &str| names.contains(name) || (name.contains(' ') && looks_like_name(name));
    while !rest.is_empty() {
        let Some((people, behind)) = rest.split_once(':') else { return false };
        let after = behind.trim_start_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace());
        let mut people = people.split(", ");
        let written = people.clone().all(|name| !names.contains(name));
        if after.len() == behind.len() || written || !people.all(is_name) {
            return false;
        }
        rest = after.trim_start();
    }
    true
}

/// Whether `line` is Zoom's own: which message is answered, `Replying to "hello"`, or who took a liking to which, `Reacted to
/// "hello" with 👍`. What it quotes somebody else said, and stands in that message already. A line that goes on with words
/// behind the quote is the speaker's.
fn is_service_line(line: &str) -> bool {
    const QUOTES: [char; 3] = ['"', '“', '”'];
    let line = line.trim();
    // Since 2025 a colon stands behind it.
    let quote = |text: &str| text.len() >= 2 && text.starts_with(QUOTES) && text.ends_with(QUOTES);
    let no_words = |text: &str| !text.is_empty() && !text.contains(char::is_alphanumeric);
    let answered = ["Replying to ", "Reacted to "].iter().find_map(|says| line.strip_prefix(says));
    if answered.is_some_and(|quoted| quote(quoted.trim_end_matches(':').trim())) {
        return true;
    }
    if let Some((quoted, reaction)) = line.strip_prefix("Reacted to ").and_then(|rest| rest.rsplit_once(" with ")) {
        return quote(quoted.trim()) && no_words(reaction);
    }
    let removed = line.strip_prefix("Removed a ").and_then(|rest| rest.split_once(" reaction from "));
    removed.is_some_and(|(reaction, quoted)| quote(quoted.trim()) && no_words(reaction))
}

/// How a message's first line begins.
#[derive(Debug, PartialEq)]
struct Head<'a> {
    at: u64,
    name: &'a str,
    words: &'a str,
    /// Date and time, where a date stands before the time.
    date: Option<String>,
    /// Whether its words say that it is a chat's.
    certain: bool,
}

/// "From … to" in the languages that Zoom saves it in.
const FROM_TO: &[(&str, &str)] = &[
    ("From", "to"),
    ("Von", "an"),
    ("De", "à"),
    ("De", "a"),
    ("De", "para"),
    ("Da", "a"),
    ("Van", "aan"),
    ("Från", "till"),
    ("Fra", "til"),
];

/// Whether the day stands first in the dates of a chat, as any of them tells.
fn day_first(text: &str) -> Option<bool> {
    let dates: Vec<String> = text.lines().filter_map(|line| head(line)?.date).collect();
    when::day_first(dates.iter().map(String::as_str))
}

/// Time, name and words of a message's first line.
fn head(line: &str) -> Option<Head<'_>> {
    let line = line.trim_start();
    let (mut time, mut rest) = line.split_once([' ', '\t'])?;
    let date = Some(time).filter(|t| t.len() == 10 && t.matches(['-', '/']).count() == 2);
    if date.is_some() {
        (time, rest) = rest.trim_start().split_once([' ', '\t'])?;
    }
    let at = offset_ms(time).filter(|_| time.matches(':').count() == 2)?;
    let date = date.map(|date| format!("{date} {time}"));
    let body = rest.trim_start();
    for (from, to) in FROM_TO {
        let Some(body) = body.strip_prefix(from).filter(|b| b.starts_with([' ', '\t'])) else { continue };
        let body = body.trim_start();
        // "From Ann to Everyone:" and, in older versions, "From  Ann : hello"; further colons are the words'.
        let (names, words) = body.split_once(':')?;
        let split = |to: &str| names.rfind(&format!(" {to} "));
        let capital: String = to.chars().take(1).flat_map(char::to_uppercase).chain(to.chars().skip(1)).collect();
        let Some(at_to) = split(to).or_else(|| split(&capital)) else {
            if *from == "From" {
                return Some(Head { at, name: names.trim(), words: words.trim(), date, certain: true });
            }
            continue;
        };
        return Some(Head { at, name: names[..at_to].trim(), words: words.trim(), date, certain: true });
    }
    // Beside a recording: "00:12:03<tab>Ann:<tab>hello".
    let (name, words) = rest.split_once(":\t").filter(|(name, _)| line.contains('\t') && name.len() <= 80)?;
    Some(Head { at, name: name.trim(), words: words.trim(), date, certain: false })
}

/// "From Ann to everyone:    10:03 AM" above the words, and the same in the languages of Zoom's window.
fn webex_head(line: &str) -> Option<Head<'_>> {
    let (names, time) = line.trim().split_once(':')?;
    let name = match names.strip_prefix(['F', 'f']).and_then(|n| n.strip_prefix("rom ")) {
        Some(names) => names.split_once(" to ")?.0,
        // "Von Montag an alle: 10:30" is written; the window has more than a blank before the time.
        None if time.starts_with("  ") => FROM_TO.iter().find_map(|(from, to)| {
            let names = names.strip_prefix(from)?.strip_prefix(' ')?;
            names.rfind(&format!(" {to} ")).map(|at| &names[..at])
        })?,
        None => return None,
    };
    let time = time.trim().trim_matches(['(', ')']);
    let (clock, pm) = match time.to_ascii_lowercase() {
        t if t.ends_with("am") => (&time[..time.len() - 2], Some(false)),
        t if t.ends_with("pm") => (&time[..time.len() - 2], Some(true)),
        _ => (time, None),
    };
    // "10:03" is three past ten.
    let clock = clock.trim();
    let minutes = offset_ms(clock).filter(|_| clock.contains(':'))?
        / if clock.matches(':').count() == 2 { 60_000 } else { 1_000 };
    let of_day = pm.map_or(minutes, |pm| minutes % 720 + if pm { 720 } else { 0 });
    Some(Head { at: of_day * 60_000, name: name.trim(), words: "", date: None, certain: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_in_all_layouts() {
        for line in [
            "09:18:33 From Ann Lee to Everyone: hi",
            "09:18:33\t From  Ann Lee : hi",
            "09:18:33 From Ann Lee To Bob(Direct Message): hi",
            "2026-03-12 09:18:33 From Ann Lee to Everyone: hi",
            "09:18:33 Von Ann Lee an Alle: hi",
            "09:18:33 De Ann Lee à Tout le monde: hi",
            "09:18:33 De Ann Lee para Todos: hi",
            "09:18:33\tAnn Lee:\thi",
        ] {
            let found = head(line).map(|h| (h.at, h.name, h.words));
            assert_eq!(found, Some((33_513_000, "Ann Lee", "hi")), "{line}");
        }
        let french = head("09:18:33 De Ann à Tout le monde: Le prix : trop cher, et nous voulons à tout prix : rien");
        let french = french.map(|h| (h.name, h.words));
        assert_eq!(french, Some(("Ann", "Le prix : trop cher, et nous voulons à tout prix : rien")));
        assert_eq!(head("09:18 From Ann: hi"), None);
        let webex = webex_head("From Ann Lee to everyone:    2:05 PM").map(|h| (h.at, h.name, h.words));
        assert_eq!(webex, Some((50_700_000, "Ann Lee", "")));
        let german = webex_head("Von Ann Lee an alle:  02:05 PM").map(|h| (h.at, h.name, h.words));
        assert_eq!(german, Some((50_700_000, "Ann Lee", "")));
        assert_eq!(webex_head("From Ann to everyone: hello"), None);
        assert_eq!(webex_head("Von Montag an alle: 10:30"), None);
    }
}
