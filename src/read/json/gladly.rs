//! Items of conversations as Gladly exports them, a line each: chats, texts and messages of other services, and mails. People are
//! known by numbers, in a mail by addresses; what our own people note for each other is left out.

use serde_json::{Map, Value};

use super::{
    Transcript,
    any::{find::Letter, piece::is_page},
    at, label, mail,
    messages::{Author, Message, by_conversation, chat},
    moment, numbered, text,
};
use crate::{
    conversation::Side,
    read::{Format, Input, Likeness, Read, Skipped, table, turns::one_line},
};

/// Gladly.
pub struct Gladly;

impl Format for Gladly {
    fn name(&self) -> &'static str {
        "gladly-json"
    }
    fn doc(&self) -> &'static str {
        "Gladly: items of conversations, each conversation a chat, and the mails among them"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let is = |v: &Value| v.as_array().is_some_and(|items| items.iter().any(is_item));
        if input.json().is_some_and(is) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let items: &[Value] = input.json().and_then(Value::as_array).map_or(&[], Vec::as_slice);
        let items = items.iter().filter(|item| is_item(item));
        let (mails, others): (Vec<&Value>, Vec<&Value>) = items.partition(|item| text(item, "content.type") == "EMAIL");
        let messages = others.into_iter().filter(|item| is_message(item));
        let by_id = by_conversation(messages.map(|item| (label(item, "conversationId").into_owned(), item)));
        let chats: Vec<Transcript> = by_id.into_iter().map(|(id, items)| read(id, &items)).collect();
        let letters: Vec<Letter> = mails.iter().filter_map(|item| letter(item)).collect();
        let first_mail = (chats.len() + letters.len() > 1).then_some(chats.len() + 1);
        let mut out = numbered(self, input, chats, false);
        mail::read_all(self, input, &letters, first_mail, &mut out);
        Ok(out)
    }
}

fn is_item(v: &Value) -> bool {
    at(v, "conversationId").is_string() && at(v, "initiator").is_object() && at(v, "content.type").is_string()
}

/// Whether people wrote an item to each other: "CHAT_MESSAGE", "SMS", "WHATSAPP"; and no "CONVERSATION_NOTE".
fn is_message(item: &Value) -> bool {
    let kind = text(item, "content.type");
    !words(item).is_empty() && !kind.contains("NOTE") && !kind.contains("CHANGE")
}

fn read(id: String, items: &[&Value]) -> Transcript {
    let read = |item: &&Value| Message { at: moment(item, "timestamp"), author: author(item), words: words(item) };
    Transcript { id: Some(id), ..chat(items.iter().map(read).collect()) }
}

fn author(item: &Value) -> Author {
    let side = match text(item, "initiator.type") {
        "CUSTOMER" => Side::Buyer,
        "AGENT" => Side::Seller,
        _ => Side::Unknown,
    };
    Author::of_desk(side, &label(item, "initiator.id"))
}

fn words(item: &Value) -> String {
    let words = text(item, "content.content");
    if is_page(words) { one_line(&table::seen(words)) } else { one_line(words) }
}

/// The mail that an item is; the item knows when it was sent.
fn letter(item: &Value) -> Option<Letter<'_>> {
    let around: &Map<String, Value> = item.as_object()?;
    Some(Letter { mail: at(item, "content"), around: vec![around] })
}
