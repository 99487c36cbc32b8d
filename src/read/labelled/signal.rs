//! What programs write that save chats of Signal as text, beside the words: signal-export as Markdown, sigtop a line
//! for each message. Each is known by its own marks; elsewhere people write the same as words.

use std::collections::HashSet;

use crate::read::{
    labelled::{
        dates::numeric_date,
        line::{Line, before_colon},
        message::sender,
    },
    when::timecode_ms,
};

/// Drops what a message answers, where that is quoted directly below who writes, as signal-export has it: "[2026-03-03
/// 15:05:22] Ann:" over "> hello?" and, below an empty line, her own words. Without those, the quote is what she sends.
pub fn drop_quotes(lines: &mut Vec<Line>) {
    let exported = |l: &Line| behind_head(l.whole, true).is_some();
    let is_me = |l: &Line| sender(l).is_some_and(|(name, _)| name == "Me");
    let dated = || lines.iter().filter(|l| l.date.is_some());
    if !dated().all(exported) || !dated().any(is_me) {
        return;
    }
    let heads = |l: &Line| sender(l).is_some_and(|(_, words)| words.is_empty());
    let mut dropped = HashSet::new();
    for place in (0..lines.len()).filter(|place| heads(&lines[*place])) {
        let below = &lines[place + 1..];
        let quoted = below.iter().take_while(|l| l.whole.starts_with("> ")).count();
        let own = |l: &&Line| l.begins_paragraph && l.at.is_none() && l.header.is_none() && !l.whole.starts_with("(- ");
        if below.get(quoted).filter(own).is_some() {
            dropped.extend(below[..quoted].iter().map(|l| l.number));
        }
    }
    lines.retain(|l| !dropped.contains(&l.number));
}

/// Whether sigtop wrote a chat, a line for each message: "2026-03-03 15:05 Ann: hello". Others write so too; what tells
/// is that it names what a message answers, or a kind of message that is Signal's own.
pub fn is_of_sigtop(lines: &[Line]) -> bool {
    fn words<'a>(line: &Line<'a>) -> Option<&'a str> {
        let behind = behind_head(line.whole, false)?;
        Some(behind[before_colon(behind)?.len() + 1..].trim())
    }
    let dated = || lines.iter().filter(|l| l.date.is_some());
    let tells = |l: &Line| {
        words(l).and_then(first_mark).is_some_and(|(inner, behind)| is_reply(inner) || is_kind(inner, behind))
    };
    dated().all(|l| words(l).is_some()) && dated().any(tells)
}

/// `words` of a chat of sigtop's without what it writes of a message in brackets before it, and in the place of what
/// Signal says itself: "[reply to Ann on 2026-03-03 15:01] [1 attachment] hello", "[call-history message]".
pub fn without_marks(words: &str) -> &str {
    let mut rest = words;
    while let Some((inner, behind)) = first_mark(rest) {
        let counted = inner.strip_suffix(" attachment").or_else(|| inner.strip_suffix(" attachments"));
        let is_count = counted.is_some_and(|count| count.parse::<u32>().is_ok());
        if !(inner == "edited" || is_count || is_reply(inner) || is_kind(inner, behind)) {
            break;
        }
        rest = behind;
    }
    rest
}

/// What stands in the brackets at the head of `words`, and behind them.
fn first_mark(words: &str) -> Option<(&str, &str)> {
    let (inner, behind) = words.strip_prefix('[')?.split_once(']')?;
    Some((inner, behind.trim_start()))
}

/// Whether a mark says which message is answered, by its moment to the minute.
fn is_reply(inner: &str) -> bool {
    let sent = inner.strip_prefix("reply to ").and_then(|reply| reply.rsplit_once(" on "));
    sent.is_some_and(|(_, sent)| sent.len() >= 16 && numeric_date(sent).is_some())
}

/// Whether a mark, all of a message, stands for what Signal says itself.
fn is_kind(inner: &str, behind: &str) -> bool {
    const KINDS: &[&str] = &[
        "call-history",
        "change-number-notification",
        "chat-session-refreshed",
        "contact-removed-notification",
        "conversation-merge",
        "delivery-issue",
        "group-v1-migration",
        "group-v2-change",
        "joined-signal-notification",
        "keychange",
        "message-history-unsynced",
        "message-request-response-event",
        "phone-number-discovery",
        "premium-gift-badge",
        "profile-change",
        "timer-notification",
        "title-transition-notification",
        "universal-timer-notification",
        "verified-change",
    ];
    behind.is_empty() && inner.strip_suffix(" message").is_some_and(|kind| KINDS.contains(&kind))
}

/// What stands behind the date and time of a message as these programs write them, in brackets and to the second
/// (`exact`), or bare and to the minute.
fn behind_head(line: &str, exact: bool) -> Option<&str> {
    let line = if exact { line.strip_prefix('[')? } else { line };
    let date = line.get(..10).filter(|date| date.as_bytes()[4] == b'-' && date.as_bytes()[7] == b'-')?;
    let (time, behind) = line[10..].strip_prefix(' ')?.split_once(if exact { "] " } else { " " })?;
    let is_time = time.len() == if exact { 8 } else { 5 } && timecode_ms(time).is_some();
    (is_time && numeric_date(date).is_some()).then_some(behind)
}
