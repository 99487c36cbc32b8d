//! A text message that a row of a CRM's table is, over WhatsApp, as SMS or in LinkedIn: who wrote it.

use crate::{
    conversation::{Participant, Side},
    read::{
        crm::status::came_in,
        table::{self, Columns},
    },
};

/// The kinds of such rows, as [`table::plain`] leaves them.
const KINDS: &[&str] =
    &["whatsapp", "whatsappmessage", "sms", "mms", "textmessage", "linkedinmessage", "wechat", "viber"];

/// Whether a row is a message, by what it says of its kind.
pub fn is_message(columns: &Columns, row: &csv::StringRecord) -> bool {
    columns.each(row, "kind").any(|kind| KINDS.contains(&&table::plain(kind)[..]))
}

/// Whether a column of words holds messages and no notes of our own people: HubSpot's of what was written over other services, which
/// does not tell who wrote.
pub fn holds_messages(heading: &str) -> bool {
    table::plain(heading).ends_with("communicationbody")
}

/// Who wrote a message, by the direction of its row: the name, or the side of whoever has none. Nothing where the row does not tell.
pub fn writer(stated: Option<&str>, owner: Option<&Participant>, contacts: &[Participant]) -> Option<(String, Side)> {
    let (who, side) = match came_in(stated?)? {
        true => (contacts.first().filter(|_| contacts.len() == 1), Side::Buyer),
        false => (owner, Side::Seller),
    };
    Some(who.map_or((String::new(), side), |who| (who.name.clone(), Side::Unknown)))
}
