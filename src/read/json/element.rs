//! A room of Matrix as Element exports it: `{"room_name": …, "messages": [{"type": "m.room.message", …}]}`, events of which some are
//! messages. Others tell who is called what, and what was written anew.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    JsonFormat, Transcript, at, list,
    messages::{Author, Message, chat},
    moment, text,
};
use crate::read::turns::one_line;

/// Element.
pub static ELEMENT: JsonFormat = JsonFormat {
    name: "element-json",
    doc: "Element (Matrix): export of a room",
    is: |v| list(v, "messages").iter().any(|event| is_event(event) && text(event, "type").starts_with("m.room.")),
    read: |v| vec![read(v)],
};

fn is_event(v: &Value) -> bool {
    text(v, "sender").starts_with('@') && at(v, "content").is_object() && at(v, "origin_server_ts").is_number()
}

fn read(room: &Value) -> Transcript {
    let events = list(room, "messages");
    let (names, edits) = (names(events), edits(events));
    let ids: BTreeSet<&str> = events.iter().map(|event| text(event, "event_id")).collect();
    // What says another anew is that one, where it is in the export.
    let own = |event: &&Value| replaced(event).is_none_or(|id| !ids.contains(id));
    let written = events.iter().filter(|event| text(event, "type") == "m.room.message").filter(own);
    let messages = written.map(|event| {
        let id = replaced(event).unwrap_or_else(|| text(event, "event_id"));
        let sender = text(event, "sender");
        let name = names.get(sender).map_or(sender, String::as_str).to_owned();
        Message {
            at: moment(event, "origin_server_ts"),
            author: Author { name, ..Author::default() },
            words: words(at(event, "content"), edits.get(id).copied()),
        }
    });
    Transcript {
        title: one_line(text(room, "room_name")),
        // What was written in secret and not opened before the export.
        lost: events.iter().filter(|event| text(event, "type") == "m.room.encrypted").count(),
        ..chat(messages.collect())
    }
}

/// The message that an event says anew.
fn replaced(event: &Value) -> Option<&str> {
    let relation = at(event, "content").get("m.relates_to")?;
    (text(relation, "rel_type") == "m.replace").then(|| text(relation, "event_id"))
}

/// The last words of each message that was said anew, by its event.
fn edits(events: &[Value]) -> BTreeMap<&str, &Value> {
    events.iter().filter_map(|event| Some((replaced(event)?, at(event, "content").get("m.new_content")?))).collect()
}

/// What people are called in the room, by their ids.
fn names(events: &[Value]) -> BTreeMap<&str, String> {
    let members = events.iter().filter(|event| text(event, "type") == "m.room.member");
    let named = members.map(|event| (text(event, "state_key"), one_line(text(event, "content.displayname"))));
    named.filter(|(_, name)| !name.is_empty()).collect()
}

/// The words of a message as it was last said, without those that it answers; none of a picture or a file, whose body is its name.
fn words(content: &Value, edit: Option<&Value>) -> String {
    let said = edit.unwrap_or(content);
    if !matches!(text(said, "msgtype"), "m.text" | "m.notice" | "m.emote") {
        return String::new();
    }
    let answers = content.get("m.relates_to").is_some_and(|relation| relation.get("m.in_reply_to").is_some());
    let body = text(said, "body");
    // What is answered stands above the answer and begins with who said it.
    let quoted = |line: &&str| answers && body.starts_with("> ") && line.starts_with('>');
    one_line(&body.lines().skip_while(quoted).collect::<Vec<_>>().join(" "))
}
