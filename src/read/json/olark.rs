//! A chat of Olark's as it sends them to other programs: `{"kind": "Conversation", "items": [{"kind": "MessageToOperator", …}]}`.

use serde_json::Value;

use super::{
    JsonFormat, Transcript, at, first_text, label, list,
    messages::{Author, Message, chat},
    moment, text,
};
use crate::{conversation::Side, read::turns::one_line};

/// Olark.
pub static OLARK: JsonFormat = JsonFormat {
    name: "olark-json",
    doc: "Olark: a chat",
    is: |v| text(v, "kind") == "Conversation" && at(v, "items").is_array() && at(v, "visitor").is_object(),
    read: |v| vec![read(v)],
};

fn read(v: &Value) -> Transcript {
    let messages = list(v, "items").iter().map(|item| Message {
        at: moment(item, "timestamp"),
        author: author(v, item),
        words: one_line(text(item, "body")),
    });
    let id = Some(text(v, "id").to_owned()).filter(|id| !id.is_empty());
    Transcript { id, ..chat(messages.collect()) }
}

/// Who wrote an item of a chat: the visitor, also while nobody was there, or whoever of us it names.
fn author(v: &Value, item: &Value) -> Author {
    let nickname = text(item, "nickname");
    if text(item, "kind") == "MessageToVisitor" {
        let operator = at(at(v, "operators"), &label(item, "operatorId"));
        let name = if nickname.is_empty() { text(operator, "nickname") } else { nickname };
        return Author { name: one_line(name), email: text(operator, "emailAddress").to_owned(), side: Side::Seller };
    }
    let visitor = at(v, "visitor");
    let named = first_text(visitor, &["fullName", "emailAddress"]);
    let name = if named.is_empty() { nickname } else { named };
    Author { name: one_line(name), email: text(visitor, "emailAddress").to_owned(), side: Side::Buyer }
}
