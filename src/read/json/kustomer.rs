//! Messages as Kustomer's interface gives them, of a conversation or of a customer: `{"data": [{"type": "message", "attributes": …}]}`.
//! People are known by numbers, in a mail by addresses, and by the direction.

use serde_json::Value;

use super::{
    JsonFormat, Transcript, at, label, list,
    messages::{Author, Message, by_conversation, chat},
    moment, text,
};
use crate::{
    conversation::Side,
    read::{email, turns::one_line},
};

/// Kustomer.
pub static KUSTOMER: JsonFormat = JsonFormat {
    name: "kustomer-json",
    doc: "Kustomer: messages of a conversation or of a customer, each conversation a chat",
    is: |v| list(v, "data").iter().any(is_message),
    read: |v| {
        let messages = list(v, "data").iter().filter(|v| is_message(v));
        let by_id = messages.map(|v| (label(v, "relationships.conversation.data.id").into_owned(), v));
        by_conversation(by_id).into_iter().map(|(id, messages)| read(id, &messages)).collect()
    },
};

fn is_message(v: &Value) -> bool {
    text(v, "type") == "message" && at(v, "attributes.direction").is_string() && at(v, "attributes.preview").is_string()
}

fn read(id: String, messages: &[&Value]) -> Transcript {
    let title = messages.iter().map(|m| text(m, "attributes.subject")).find(|subject| !subject.is_empty());
    let read = |m: &&Value| Message {
        at: moment(m, "attributes.sentAt").or_else(|| moment(m, "attributes.createdAt")),
        author: author(m),
        words: words(m),
    };
    Transcript {
        id: Some(id).filter(|id| !id.is_empty()),
        title: title.map(one_line).unwrap_or_default(),
        ..chat(messages.iter().map(read).collect())
    }
}

fn author(message: &Value) -> Author {
    let came_in = text(message, "attributes.direction") == "in";
    let side = if came_in { Side::Buyer } else { Side::Seller };
    let address = text(message, "attributes.meta.from").trim().to_lowercase();
    if came_in && address.contains('@') {
        return Author { name: address.clone(), email: address, side };
    }
    Author::of_desk(side, &label(message, "relationships.createdBy.data.id"))
}

/// The words of a message, of a mail its new ones.
fn words(message: &Value) -> String {
    let body = text(message, "attributes.preview");
    match text(message, "attributes.channel") {
        "email" => one_line(&email::body::of_text(body, false).lines.join(" ")),
        _ => one_line(body),
    }
}
