//! Google Voice as Takeout gives it: a page of HTML a chat, and a page a call, which has words where somebody left a voicemail.

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    page_parts::{between, seen},
};
use crate::conversation::{Channel, Conversation, Timestamp, Turn};

/// A page of Google Voice.
pub struct GoogleVoice;

/// What the pages of chats have around their messages, and those of calls around what is known of them.
const CHAT: &str = "class=\"hChatLog";
const CALL: &str = "class=\"haudio\"";

impl Format for GoogleVoice {
    fn name(&self) -> &'static str {
        "google-voice-html"
    }
    fn doc(&self) -> &'static str {
        "Google Voice of Google Takeout: a chat or a voicemail"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        // Their styles may be longer than the head.
        let is_page = input.head().trim_start().starts_with('<') && input.head().contains("<html");
        let marked = || [CHAT, CALL].iter().any(|mark| input.text().contains(mark));
        if is_page && marked() { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let page = input.text();
        if !page.contains(CHAT) {
            // What was placed, received or missed has no words.
            let found = voicemail(page, input.conversation(self, Channel::Call, None));
            return Ok(Read { silent: found.is_none(), conversations: found.into_iter().collect(), ..Read::default() });
        }
        let messages: Vec<(Option<Timestamp>, Turn)> =
            page.split("<div class=\"message\"").skip(1).filter_map(message).collect();
        if messages.is_empty() {
            return Err(input.skipped(None, "no_words", "the chat holds no message"));
        }
        let mut c = input.conversation(self, Channel::Chat, None);
        c.title = between(page, "<title>", "</title>").map(seen).unwrap_or_default();
        c.started_at = messages.iter().find_map(|(at, _)| *at).or(c.started_at);
        let began = c.started_at;
        let since = |at: Timestamp| u64::try_from(at.as_millisecond() - began?.as_millisecond()).ok();
        c.turns = messages.into_iter().map(|(at, turn)| Turn { start_ms: at.and_then(since), ..turn }).collect();
        Ok(Read { conversations: by_day(c), ..Read::default() })
    }
}

/// A message with the moment at which it was written; none where it is a picture alone.
fn message(piece: &str) -> Option<(Option<Timestamp>, Turn)> {
    const PICTURES: &[&str] = &["MMS Sent", "MMS Received"];
    let text = between(piece, "<q>", "</q>").map(seen).filter(|text| !text.is_empty())?;
    let speaker = between(piece, "<cite ", "</cite>").map(name).unwrap_or_default();
    (!PICTURES.contains(&&text[..])).then(|| (moment(piece, "dt"), Turn { speaker, text, ..Turn::default() }))
}

/// What somebody said to the machine, where the page of a call has words of it.
fn voicemail(page: &str, mut c: Conversation) -> Option<Conversation> {
    let text = between(page, "class=\"full-text\">", "</span>").map(seen).filter(|text| !text.is_empty())?;
    let speaker = between(page, "class=\"contributor vcard\"", "</div>").map(name).unwrap_or_default();
    c.title = between(page, "<title>", "</title>").map(seen).unwrap_or_default();
    c.started_at = moment(page, "published").or(c.started_at);
    c.turns = vec![Turn { speaker, text, ..Turn::default() }];
    Some(c)
}

/// Whom a card names, by the number where it has no name.
fn name(card: &str) -> String {
    let named = between(card, "class=\"fn\"", "</").and_then(|inner| Some(seen(inner.split_once('>')?.1)));
    let number = || between(card, "href=\"tel:", "\"").map(str::to_owned);
    named.filter(|name| !name.is_empty()).or_else(number).unwrap_or_default()
}

/// The moment that the element of this class has beside the words for it.
fn moment(piece: &str, class: &str) -> Option<Timestamp> {
    let (_, behind) = piece.split_once(&format!("class=\"{class}\""))?;
    between(behind, "title=\"", "\"")?.parse().ok()
}
