//! A chat of Messenger or Instagram as "Download your information" gives it for people to read: `message_1.html`, a block a message,
//! the latest first, each with a name above the words and a date below them.

use super::{
    Format, Input, Likeness, Read, Skipped, chat_days::by_day, html, json::any::said::is_word_of_meta,
    page_parts::between, turns::one_line, when,
};
use crate::conversation::{Channel, Timestamp, Turn};

/// A page of Messenger's or Instagram's.
pub struct MessengerHtml;

/// The classes of the blocks, as they were called over the years.
pub(super) const BLOCKS: &[&str] = &["uiBoxWhite noborder", "_3-95 _a6-g"];

impl Format for MessengerHtml {
    fn name(&self) -> &'static str {
        "messenger-html"
    }
    fn doc(&self) -> &'static str {
        "Messenger and Instagram: message_1.html of \"Download your information\""
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let is_page = input.head().trim_start().starts_with('<');
        // Styles may be longer than the head.
        let is_chat = || blocks(input.text()).any(|block| message(block).is_some());
        if is_page && is_chat() { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let page = input.text();
        let mut messages: Vec<(Timestamp, Turn)> = blocks(page).filter_map(message).collect();
        // Of one minute, too, the latest stands first.
        messages.reverse();
        messages.sort_by_key(|(at, _)| *at);
        messages.retain(|(_, turn)| !turn.text.is_empty() && !is_word_of_meta(&turn.text, &turn.speaker));
        let Some((began, _)) = messages.first() else {
            return Err(input.skipped(None, "no_words", "the chat holds no message with words"));
        };
        let began = *began;
        let mut c = input.conversation(self, Channel::Chat, None);
        c.title = between(page, "<title>", "</title>")
            .map(|title| one_line(&html::decode_entities(title)))
            .unwrap_or_default();
        (c.started_at, c.local_time) = (Some(began), true);
        let since = |at: Timestamp| u64::try_from(at.as_millisecond() - began.as_millisecond()).ok();
        c.turns = messages.into_iter().map(|(at, turn)| Turn { start_ms: since(at), ..turn }).collect();
        Ok(Read { conversations: by_day(c), ..Read::default() })
    }
}

/// The blocks of a page, one a message: what stands behind the tag of each, to the next.
fn blocks(page: &str) -> impl Iterator<Item = &str> {
    const DIVISION: &str = "<div class=\"";
    let begins = |(at, _): &(usize, &str)| {
        let class = page[at + DIVISION.len()..].split('"').next().unwrap_or("");
        BLOCKS.iter().any(|block| class.contains(block))
    };
    let mut places: Vec<usize> = page.match_indices(DIVISION).filter(begins).map(|(at, _)| at).collect();
    places.push(page.len());
    let spans: Vec<(usize, usize)> = places.windows(2).map(|pair| (pair[0], pair[1])).collect();
    spans.into_iter().map(|(from, to)| &page[from..to])
}

/// A block's message with the moment at which it was written; none of a block that is something else, as the list of those who
/// take part.
fn message(block: &str) -> Option<(Timestamp, Turn)> {
    // Who set which mark below a message.
    let (above, below) = block.split_once("<ul").unwrap_or((block, ""));
    let below = below.split_once("</ul>").map_or("", |(_, rest)| rest);
    let lines = html::lines(&format!("{above}{below}"));
    let lines: Vec<&str> = lines.iter().map(|line| line.text.trim()).filter(|text| !text.is_empty()).collect();
    let [name, words @ .., date] = &lines[..] else { return None };
    let at = when::in_ordered_text(date, None).filter(|_| date.contains(':'))?;
    Some((at, Turn { speaker: one_line(name), text: one_line(&words.join(" ")), ..Turn::default() }))
}
