//! Tickets as Freshdesk exports a whole account: `[{"helpdesk_ticket": {"description": …, "notes": [{"body": …}]}}]`. What our own
//! people noted for each other is left out.

use serde_json::Value;

use super::{
    JsonFormat, Transcript, at, first_text, label, list,
    messages::{Author, Message, chat},
    moment, text,
};
use crate::{
    conversation::Side,
    read::{email, table, turns::one_line},
};

/// Freshdesk's export of an account.
pub static FRESHDESK: JsonFormat = JsonFormat {
    name: "freshdesk-json",
    doc: "Freshdesk: the tickets of an exported account, each with its answers",
    is: |v| v.as_array().and_then(|all| all.first()).is_some_and(|first| at(first, "helpdesk_ticket").is_object()),
    read: |v| v.as_array().map_or(vec![], |all| all.iter().map(|ticket| read(at(ticket, "helpdesk_ticket"))).collect()),
};

fn read(ticket: &Value) -> Transcript {
    let requester = Author {
        name: one_line(first_text(ticket, &["requester_name", "requester.name"])),
        email: first_text(ticket, &["requester_email", "requester.email"]).to_owned(),
        side: Side::Buyer,
    };
    let requester = if requester.name.is_empty() { Author::of_desk(Side::Buyer, "") } else { requester };
    let asked = Message {
        at: moment(ticket, "created_at"),
        author: requester.clone(),
        words: words(ticket, &["description", "description_html"]),
    };
    let notes =
        list(ticket, "notes").iter().map(|note| Some(at(note, "note")).filter(|n| n.is_object()).unwrap_or(note));
    let public =
        notes.filter(|note| at(note, "private").as_bool() != Some(true) && at(note, "deleted").as_bool() != Some(true));
    let answers = public.map(|note| Message {
        at: moment(note, "created_at"),
        author: author(ticket, note, &requester),
        words: words(note, &["body", "body_html"]),
    });
    Transcript {
        id: Some(label(ticket, "display_id").into_owned()).filter(|id| !id.is_empty()),
        title: one_line(text(ticket, "subject")),
        ..chat(std::iter::once(asked).chain(answers).collect())
    }
}

/// Who wrote an answer: of those who asked, the one of the ticket where no other number says otherwise.
fn author(ticket: &Value, note: &Value, requester: &Author) -> Author {
    let id = label(note, "user_id");
    if id == label(ticket, "requester_id") {
        return requester.clone();
    }
    let responder = one_line(text(ticket, "responder_name"));
    if !responder.is_empty() && id == label(ticket, "responder_id") {
        return Author { name: responder, side: Side::Seller, ..Author::default() };
    }
    match at(note, "incoming").as_bool() {
        Some(true) => requester.clone(),
        Some(false) => Author::of_desk(Side::Seller, &id),
        None => Author::of_desk(Side::Unknown, &id),
    }
}

/// The new words of a message that may have come as a mail.
fn words(message: &Value, paths: &[&str]) -> String {
    let body = table::seen(first_text(message, paths));
    one_line(&email::body::of_text(&body, false).lines.join(" "))
}
