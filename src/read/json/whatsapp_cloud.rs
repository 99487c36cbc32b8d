//! What WhatsApp's Business Platform (Cloud API) sends to a company's webhook, one document or many, a line each: messages of customers,
//! and those that the company wrote in its own app ("echoes"). Each customer is a chat.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, label, list, moment, party, text, turn, with_words};
use crate::conversation::{Channel, Side, Timestamp};

/// The Cloud API's webhooks.
pub static WHATSAPP_CLOUD: JsonFormat = JsonFormat {
    name: "whatsapp-cloud-json",
    doc: "WhatsApp Business Platform: webhooks, each customer a chat",
    is: |v| documents(v).first().is_some_and(is_webhook),
    read: |v| read(documents(v)),
};

fn documents(v: &Value) -> &[Value] {
    v.as_array().map_or(std::slice::from_ref(v), Vec::as_slice)
}

fn is_webhook(v: &Value) -> bool {
    text(v, "object") == "whatsapp_business_account" && at(v, "entry").is_array()
}

/// A message with the number of the customer and who wrote it.
struct Message<'a> {
    body: &'a Value,
    side: Side,
}

fn read(documents: &[Value]) -> Vec<Transcript> {
    let values = || {
        let entries = documents.iter().filter(|d| is_webhook(d)).flat_map(|d| list(d, "entry"));
        entries.flat_map(|entry| list(entry, "changes")).map(|change| at(change, "value"))
    };
    let contacts = values().flat_map(|value| list(value, "contacts"));
    let names: BTreeMap<_, &str> = contacts.map(|c| (label(c, "wa_id"), text(c, "profile.name"))).collect();
    let mut chats: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    for value in values() {
        for (key, customer, side) in [("messages", "from", Side::Buyer), ("message_echoes", "to", Side::Seller)] {
            for body in list(value, key) {
                chats.entry(label(body, customer).into_owned()).or_default().push(Message { body, side });
            }
        }
    }
    let name = |number: &str| names.get(number).filter(|name| !name.is_empty()).map_or(number, |name| *name).to_owned();
    let chats: Vec<Transcript> = chats
        .iter()
        .map(|(number, messages)| chat(number, &name(number), messages))
        .filter(|c| !c.turns.is_empty())
        .collect();
    // Webhooks tell of what was delivered and read, too; where nothing else is told, that is said.
    if chats.is_empty() { vec![Transcript::default()] } else { chats }
}

fn chat(number: &str, name: &str, messages: &[Message]) -> Transcript {
    let mut messages: Vec<_> = messages.iter().map(|m| (moment(m.body, "timestamp"), m)).collect();
    messages.sort_by_key(|(at, _)| *at);
    let began: Option<Timestamp> = messages.iter().find_map(|(at, _)| *at);
    let turns = messages.iter().map(|(at, Message { body, side })| {
        let since = at.zip(began).and_then(|(at, began)| u64::try_from(at.duration_since(began).as_millis()).ok());
        let ours = first_text(body, &["from"]);
        let mut turn = turn(if *side == Side::Buyer { name } else { ours }, since, None, words(body));
        turn.side = *side;
        turn
    });
    // A picture without a word is no loss of words.
    let (turns, _) = with_words(turns);
    let customer = party(name, "", Side::Buyer, "the webhook names the customer");
    Transcript {
        id: Some(number.to_owned()),
        channel: Channel::Chat,
        started_at: began,
        participants: vec![customer],
        turns,
        ..Transcript::default()
    }
}

/// The words of a message: what was written, below a picture too, or the answer that was chosen.
fn words(message: &Value) -> &str {
    first_text(
        message,
        &[
            "text.body",
            "image.caption",
            "video.caption",
            "document.caption",
            "button.text",
            "interactive.button_reply.title",
            "interactive.list_reply.title",
        ],
    )
}
