//! A chat as Telegram Desktop exports it for people to read: `messages.html`, a page or several, a division a message.

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    page_parts::{between, seen},
    when,
};
use crate::conversation::{Channel, Timestamp, Turn};

/// A page of Telegram's.
pub struct TelegramHtml;

/// What its pages have around their messages.
const CHAT: &str = "class=\"page_body chat_page\"";

impl Format for TelegramHtml {
    fn name(&self) -> &'static str {
        "telegram-html"
    }
    fn doc(&self) -> &'static str {
        "Telegram Desktop: messages.html of an exported chat"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let is_page = input.head().trim_start().starts_with('<') && input.head().contains("<html");
        if is_page && input.head().contains(CHAT) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let page = input.text();
        let mut speaker = String::new();
        let mut messages: Vec<Message> = Vec::new();
        for piece in page.split("<div class=\"message ") {
            if piece.starts_with("service") {
                continue;
            }
            // A message that has no name is by whoever wrote the one above it.
            if let Some(name) = name(piece) {
                speaker = name;
            }
            messages.extend(message(piece, &speaker));
        }
        if messages.is_empty() {
            return Err(input.skipped(None, "no_words", "the chat holds no message with words"));
        }
        let mut c = input.conversation(self, Channel::Chat, None);
        c.title = between(page, "class=\"text bold\">", "</div>").map(seen).unwrap_or_default();
        let began = messages.iter().find_map(|message| message.at);
        c.local_time = began.is_some() && messages.iter().any(|message| message.local);
        c.started_at = began.or(c.started_at);
        let since = |at: Timestamp| u64::try_from(at.as_millisecond() - began?.as_millisecond()).ok();
        c.turns = messages.into_iter().map(|m| Turn { start_ms: m.at.and_then(since), ..m.turn }).collect();
        let conversations = if began.is_some() { by_day(c) } else { vec![c] };
        Ok(Read { conversations, ..Read::default() })
    }
}

struct Message {
    at: Option<Timestamp>,
    /// Whether nothing tells the zone of that.
    local: bool,
    turn: Turn,
}

/// What somebody wrote, or passed on; none where it is a picture or a file alone.
fn message(piece: &str, speaker: &str) -> Option<Message> {
    let text = between(piece, "<div class=\"text\">", "</div>").map(seen).filter(|text| !text.is_empty())?;
    let stated = between(piece, "date details\" title=\"", "\"").unwrap_or("");
    let at = when::in_ordered_text(stated, Some(true));
    let turn = Turn { speaker: speaker.to_owned(), text, ..Turn::default() };
    Some(Message { at, local: when::is_local(stated), turn })
}

/// Who wrote a message, where it says so; not who wrote what it passes on, nor the program that it went through.
fn name(piece: &str) -> Option<String> {
    let own = piece.split("<div class=\"forwarded body\"").next().unwrap_or(piece);
    let named = between(own, "<div class=\"from_name\">", "</div>")?;
    let bare = named.split("<span").next().unwrap_or(named);
    Some(seen(bare)).filter(|name| !name.is_empty())
}
