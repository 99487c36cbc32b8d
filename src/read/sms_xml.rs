//! Texts of a telephone as SMS Backup & Restore keeps them: `<smses>`, an element a message, whose attributes say what was written
//! (`body`), when (`date`), with whom (`address`, `contact_name`) and which way it went (`type`, of pictures `msg_box`).

use super::{
    Format, Input, Likeness, Read, Skipped,
    html::decode_entities,
    json::{
        Transcript, finish,
        messages::{Author, Message, by_conversation, chat},
    },
    turns::one_line,
    when,
};
use crate::conversation::Side;

/// Texts of a telephone.
pub struct SmsXml;

impl Format for SmsXml {
    fn name(&self) -> &'static str {
        "sms-xml"
    }
    fn doc(&self) -> &'static str {
        "texts of a telephone by SMS Backup & Restore, each number a chat"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if input.head().trim_start().starts_with('<') && input.head().contains("<smses") {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let texts: Vec<Text> = elements(input.text()).filter_map(text).collect();
        if texts.is_empty() {
            return Err(input.skipped(None, "no_words", "the texts hold no words that were sent or received"));
        }
        let by_number = by_conversation(texts.into_iter().map(|text| (text.with.clone(), text)));
        let chats = by_number.into_iter().map(|(number, texts)| Transcript {
            id: Some(number),
            title: texts.iter().map(|text| text.contact.clone()).find(|name| !name.is_empty()).unwrap_or_default(),
            ..chat(texts.into_iter().map(|text| text.message).collect())
        });
        Ok(finish(self, input, chats.collect()))
    }
}

/// A text, the number or numbers that it went to or came from, and what that is called.
struct Text {
    with: String,
    contact: String,
    message: Message,
}

/// The elements of messages, each to the next.
fn elements(page: &str) -> impl Iterator<Item = &str> {
    let begins = |at: &usize| ["<sms ", "<mms "].iter().any(|tag| page[*at..].starts_with(tag));
    let mut places = page.match_indices('<').map(|(at, _)| at).filter(begins).peekable();
    std::iter::from_fn(move || {
        let from = places.next()?;
        Some(&page[from..places.peek().copied().unwrap_or(page.len())])
    })
}

/// The text of an element; none of a draft, and of a picture without words.
fn text(element: &str) -> Option<Text> {
    let came_in = match attribute(element, "type").or_else(|| attribute(element, "msg_box"))?.as_str() {
        "1" => true,
        "2" => false,
        _ => return None,
    };
    let with = attribute(element, "address").unwrap_or_default();
    let contact = attribute(element, "contact_name").filter(|name| name != "(Unknown)").unwrap_or_default();
    let words = attribute(element, "body").map_or_else(|| of_parts(element), |body| one_line(&body));
    let number = sender(element).filter(|_| with.contains('~')).unwrap_or_else(|| with.clone());
    let name = if contact.is_empty() || with.contains('~') { number } else { contact.clone() };
    let author = match came_in {
        true => Author { name, side: Side::Buyer, ..Author::default() },
        false => Author { name: "Me".into(), side: Side::Seller, ..Author::default() },
    };
    let at = attribute(element, "date")?.parse().ok().and_then(when::unix);
    (!words.is_empty()).then_some(Text { with, contact, message: Message { at, author, words } })
}

/// The words of a message with pictures.
fn of_parts(element: &str) -> String {
    let parts = inner(element, "<part ").filter(|part| attribute(part, "ct").as_deref() == Some("text/plain"));
    one_line(&parts.filter_map(|part| attribute(part, "text")).collect::<Vec<_>>().join(" "))
}

/// The number of whoever sent a message of several.
fn sender(element: &str) -> Option<String> {
    let sends = |part: &&str| attribute(part, "type").as_deref() == Some("137");
    inner(element, "<addr ").find(sends).and_then(|part| attribute(part, "address"))
}

/// What stands behind each tag of this beginning in an element.
fn inner<'a>(element: &'a str, tag: &'a str) -> impl Iterator<Item = &'a str> {
    element.split_once(tag).into_iter().flat_map(move |(_, behind)| behind.split(tag))
}

/// The value of an attribute of the tag with which `element` begins.
fn attribute(element: &str, name: &str) -> Option<String> {
    let mut rest = element;
    loop {
        let (key, behind) = rest.split_once('=')?;
        let quote = behind.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, behind) = behind[1..].split_once(quote)?;
        // Behind the tag.
        if key.contains('>') {
            return None;
        }
        if key.rsplit(char::is_whitespace).next() == Some(name) {
            return Some(decode_entities(value).trim().to_owned());
        }
        rest = behind;
    }
}
