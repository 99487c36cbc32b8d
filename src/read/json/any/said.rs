//! Which pieces of a list people said to each other: not what the program noticed of the words, who came and went, what a
//! program was told to be, nor what our own people noted for themselves beside a chat.

use serde_json::{Map, Value};

use crate::{
    read::{
        json::any::{
            keys::{WRITTEN, field, flag, kinds, person},
            people::email,
            piece::name,
        },
        table::plain,
    },
    team::names::role_side,
};

/// The pieces that somebody said to the others. Where some are of the type "transcript", "message" or, in Discord,
/// "Default", those of other types are the vendor's: Dialpad's moments, joins, calls. A type that is a role says who spoke.
pub fn said<'a>(pieces: &[&'a Value]) -> Vec<&'a Value> {
    let kind = |piece: &Value| {
        let kind = plain(field(piece.as_object()?, &["messagetype", "type"])?.1.as_str()?);
        let of_words = matches!(kind.as_str(), "transcript" | "message" | "default" | "reply" | "chat" | "chatmsg");
        role_side(&kind).is_none().then_some(of_words)
    };
    let typed = pieces.iter().any(|piece| kind(piece) == Some(true));
    let meant = |piece: &&&Value| {
        let of_words = !typed || kind(piece) != Some(false);
        of_words
            && !is_notice_of_chatwoot(piece)
            && piece.as_object().is_none_or(|o| !is_internal(o) && !is_event(o) && !is_instruction(o))
    };
    pieces.iter().filter(meant).copied().collect()
}

/// Whether a message of a chat is for our own people only: Zendesk's `public: false`, Jira's `jsdPublic: false`, Freshdesk's `private: true`, Intercom's
/// notes, LiveChat's `visibility: agents`. Or was never sent.
fn is_internal(piece: &Map<String, Value>) -> bool {
    let hidden = field(piece, &["visibility"]).and_then(|(_, v)| v.as_str()).map(plain);
    // In a call "internal" is who speaks.
    let chat = || field(piece, WRITTEN).is_some();
    flag(piece, &["public", "ispublic", "jsdpublic"], false)
        || flag(piece, &["private", "isprivate", "isdraft", "draft"], true)
        || (flag(piece, &["internal", "isinternal", "internalnote"], true) && chat())
        || hidden.is_some_and(|v| matches!(v.as_str(), "agents" | "internal" | "private"))
        || is_internal_by_vendor(piece)
        || kinds(piece).any(|kind| {
            kind.starts_with("note")
                || kind.ends_with("note")
                || kind == "assignment"
                || (kind.starts_with("internal") && chat())
        })
}

/// Whether LivePerson's `audience` or Freshchat's `message_type` keeps a message among our own people. Elsewhere an
/// audience is who listens, and "private" what is said to one alone; so another field has to show whose the message is.
fn is_internal_by_vendor(piece: &Map<String, Value>) -> bool {
    let is = |key: &str, wanted: &str| {
        field(piece, &[key]).is_some_and(|(_, v)| v.as_str().map(plain).as_deref() == Some(wanted))
    };
    let has = |key: &str| field(piece, &[key]).is_some();
    (is("audience", "agentsandmanagers") && has("messagedata") && has("participantid"))
        || (is("messagetype", "private") && has("actortype"))
}

/// Whether a piece tells of the chat: Skype's and Teams' "ThreadActivity/AddMember" and "Event/Call", Freshchat's "system".
fn is_event(piece: &Map<String, Value>) -> bool {
    let kind = field(piece, &["messagetype"]).and_then(|(_, v)| v.as_str()).unwrap_or("");
    kind.starts_with("ThreadActivity")
        || kind.starts_with("Event/")
        || kind.starts_with("Control/")
        || kind == "system"
        || is_notice_of_meta(piece)
        || is_notice_of_salesiq(piece)
        // GroupMe's: who came and went.
        || flag(piece, &["system"], true)
        // Rocket.Chat's joins and topics have a type, in the name of whoever joined.
        || (piece.contains_key("u") && piece.get("t").is_some_and(Value::is_string))
}

/// Whether Chatwoot tells what was done with the chat: an "activity", which its interface numbers 2; nobody sends it.
/// Whatever says in any way who sent it has words, since others number their messages too.
fn is_notice_of_chatwoot(piece: &Value) -> bool {
    let Some(object) = piece.as_object() else { return false };
    let is_activity = field(object, &["messagetype"])
        .is_some_and(|(_, kind)| kind.as_u64() == Some(2) || kind.as_str() == Some("activity"));
    let sent = || person(object).is_some() || field(object, &["sentby"]).is_some();
    is_activity && !sent() && name(piece).is_empty() && email(piece).is_none()
}

/// Whether a piece is one of SalesIQ's, which numbers what is written in a chat; others number what is spoken.
pub fn is_of_salesiq(piece: &Map<String, Value>) -> bool {
    let is_object = |key: &str| field(piece, &[key]).is_some_and(|(_, value)| value.is_object());
    field(piece, &["sequenceid"]).is_some() && is_object("message") && is_object("sender")
}

/// Whether SalesIQ tells what became of the chat: its "message" has a mode in the place of words.
fn is_notice_of_salesiq(piece: &Map<String, Value>) -> bool {
    let message = field(piece, &["message"]).and_then(|(_, message)| message.as_object());
    message.is_some_and(|message| message.contains_key("mode") && field(message, &["text"]).is_none())
        && kinds(piece).any(|kind| kind == "info")
}

/// Whether Messenger or Instagram tells of a call or a reaction in the name of whoever called or reacted.
fn is_notice_of_meta(piece: &Map<String, Value>) -> bool {
    if !["sender_name", "timestamp_ms"].iter().all(|key| piece.contains_key(*key)) {
        return false;
    }
    let words = piece.get("content").and_then(Value::as_str).unwrap_or("").trim();
    let called = piece.get("call_duration").is_some_and(|length| {
        let sender = piece.get("sender_name").and_then(Value::as_str).unwrap_or("");
        length.as_f64().is_some_and(|seconds| seconds > 0.0) || is_of_missed_call(words, sender)
    });
    let sender = || piece.get("sender_name").and_then(Value::as_str).unwrap_or("");
    called || words == "Liked a message" || is_reaction(words) || is_of_attachment(words, sender())
}

/// Whether `words` are what Messenger or Instagram writes in the name of `sender`, where nothing but the words tells.
pub fn is_word_of_meta(words: &str, sender: &str) -> bool {
    words == "Liked a message"
        || is_reaction(words)
        || is_of_attachment(words, sender)
        || is_of_missed_call(words, sender)
}

/// Whether words are what Instagram writes for whatever somebody shares: "Dana sent an attachment."
fn is_of_attachment(words: &str, sender: &str) -> bool {
    words.strip_suffix(" sent an attachment.").is_some_and(|who| who == "You" || is_called(sender, who))
}

/// Whether `who` is a person's name or its first part.
fn is_called(name: &str, who: &str) -> bool {
    !who.is_empty() && name.strip_prefix(who).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether words are what Messenger writes of a call that did not come about. Such a call lasts no time, and a program may
/// write that length beside each message, so that the words have to tell.
fn is_of_missed_call(words: &str, sender: &str) -> bool {
    const BEFORE: &[&str] = &[
        "You missed a call from ",
        "You missed an audio call from ",
        "You missed a video call from ",
        "You missed a video chat with ",
    ];
    const BEHIND: &[&str] = &[
        " called you.",
        " missed your call.",
        " missed your audio call.",
        " missed your video call.",
        " missed your video chat.",
    ];
    // Nobody but the one who is missed or called is named, and by no more than a name.
    let is_name = |name: &str| {
        let name = name.trim_end_matches('.');
        name.split(' ').count() <= 4 && name.split(' ').all(|word| word.starts_with(char::is_uppercase))
    };
    BEFORE.iter().filter_map(|before| words.strip_prefix(before)).any(is_name)
        || BEHIND.iter().filter_map(|behind| words.strip_suffix(behind)).any(|who| is_called(sender, who))
}

/// Whether words tell of a reaction: "Reacted 👍 to your message", with one sign and no word between.
fn is_reaction(words: &str) -> bool {
    let sign = words.strip_prefix("Reacted ").and_then(|rest| rest.strip_suffix(" to your message"));
    sign.is_some_and(|sign| {
        !sign.is_empty() && !sign.chars().any(|c| c.is_alphanumeric() || c.is_whitespace() || c.is_ascii())
    })
}

/// Whether a piece is what a program that speaks was told to be or has done: the role "system", "tool_call_result".
fn is_instruction(piece: &Map<String, Value>) -> bool {
    let role = field(piece, &["role"]).and_then(|(_, v)| v.as_str()).map(plain).unwrap_or_default();
    matches!(role.as_str(), "system" | "developer" | "function") || role.starts_with("tool")
}

/// Whether a program wrote a message of a chat by itself, as its author says.
pub fn is_robot(piece: &Value) -> bool {
    piece.as_object().and_then(person).is_some_and(|author| {
        // Graph's "from" is a user or an application.
        let program = field(author, &["application"]).is_some() && field(author, &["user"]).is_none();
        let kind = || field(author, &["type"]).and_then(|(_, kind)| kind.as_str());
        program || flag(author, &["isbot", "bot"], true) || kind().is_some_and(|kind| kind.eq_ignore_ascii_case("bot"))
    })
}

/// Whether a message of a chat came as a mail, so that the mail that it answers may stand below its words: Zendesk says so in
/// `via.channel`, Intercom in `type`.
pub fn came_by_mail(piece: &Value) -> bool {
    let Some(object) = piece.as_object() else { return false };
    let via = field(object, &["via", "source"]).and_then(|(_, v)| v.as_object()).into_iter().flat_map(kinds);
    let plainly = field(object, &["sourcetype"]).and_then(|(_, v)| v.as_str()).map(plain);
    kinds(object).chain(via).chain(plainly).any(|kind| kind == "email")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_to_the_others() {
        for (piece, is_said) in [
            (json!({"body": "x", "public": true}), true),
            (json!({"body": "x", "public": false}), false),
            (json!({"body": "x", "private": true}), false),
            (json!({"body": "x", "part_type": "note"}), false),
            (json!({"body": "x", "part_type": "comment"}), true),
            (json!({"body": "x", "type": "private_note"}), false),
            (json!({"text": "x", "visibility": "agents"}), false),
            (json!({"text": "x", "visibility": "all"}), true),
            (json!({"text": "x", "internal": true, "start": 1.0}), true),
            (json!({"text": "x", "internal": true, "created_at": "2026-03-12"}), false),
            (json!({"text": "x", "messagetype": "ThreadActivity/AddMember"}), false),
            (json!({"text": "x", "messagetype": "RichText/Html"}), true),
            (
                json!({"content": "Dana called you.", "sender_name": "Dana", "timestamp_ms": 1, "call_duration": 9}),
                false,
            ),
            (json!({"content": "Reacted 👍 to your message ", "sender_name": "Dana", "timestamp_ms": 1}), false),
            (json!({"content": "Reacted badly to your price", "sender_name": "Dana", "timestamp_ms": 1}), true),
            (json!({"content": "Dana sent an attachment.", "sender_name": "Dana W", "timestamp_ms": 1}), false),
            (json!({"content": "Bob sent an attachment.", "sender_name": "Dana W", "timestamp_ms": 1}), true),
            (json!({"text": "x", "sender_type": "system", "system": true}), false),
            (json!({"text": "x", "sender_type": "user", "system": false}), true),
            (json!({"text": "x", "start": 1.0, "call_duration": 9}), true),
            (json!({"content": "Dana opened it", "message_type": 2}), false),
            (json!({"content": "Dana opened it", "message_type": "activity"}), false),
            (json!({"content": "x", "message_type": 2, "sender": {"name": "Dana"}}), true),
            (json!({"content": "x", "message_type": 2, "sender": "Dana"}), true),
            (json!({"content": "x", "message_type": "activity", "author_id": 7}), true),
            (json!({"content": "x", "message_type": 2, "sender_email": "dana@acme.example"}), true),
            (json!({"msg": "priya", "u": {"name": "Priya"}, "t": "uj"}), false),
            (json!({"msg": "priya", "u": {"name": "Priya"}}), true),
            (json!({"messageData": "x", "participantId": "7", "audience": "AGENTS_AND_MANAGERS"}), false),
            (json!({"messageData": "x", "participantId": "7", "audience": "ALL"}), true),
            (json!({"text": "x", "audience": "internal"}), true),
            (json!({"text": "x", "audience": "external"}), true),
            (json!({"text": "x", "message_type": "private", "actor_type": "agent"}), false),
            (json!({"text": "x", "message_type": "private"}), true),
            (json!({"text": "x", "type": "private", "name": "Dana"}), true),
            (json!({"text": "x", "channel_type": "private", "actor_type": "agent"}), true),
            (json!({"text": "x", "message_type": "system"}), false),
            (json!({"text": "x", "message_type": "normal"}), true),
            (json!({"text": "x", "role": "system"}), false),
            (json!({"text": "x", "role": "tool_call_invocation"}), false),
            (json!({"text": "x", "role": "agent"}), true),
        ] {
            assert_eq!(!said(&[&piece]).is_empty(), is_said, "{piece}");
        }
    }

    #[test]
    fn what_messenger_writes_of_calls_and_reactions() {
        for (words, seconds, is_said) in [
            ("Yes.", 0, true),
            ("I called you.", 0, true),
            ("Bob called you.", 0, true),
            ("You missed a call from our sales team yesterday.", 0, true),
            ("You missed a call from Dana Whitfield.", 0, false),
            ("Dana missed your call.", 0, false),
            ("Dana called you.", 9, false),
            ("Reacted 👍 to your message", 0, false),
            ("Reacted late, sorry, Bob never got to your message", 0, true),
        ] {
            let piece =
                json!({"content": words, "sender_name": "Dana Whitfield", "timestamp_ms": 1, "call_duration": seconds});
            assert_eq!(!said(&[&piece]).is_empty(), is_said, "{words}");
        }
    }

    #[test]
    fn a_type_that_is_a_role_leaves_nobody_out() {
        for (kinds, number) in [(["agent", "customer", "agent"], 3), (["message", "customer", "lineitem"], 2)] {
            let pieces = kinds.map(|kind| json!({"type": kind, "text": "x", "created_at": "2026-02-12T09:00:00Z"}));
            assert_eq!(said(&pieces.iter().collect::<Vec<_>>()).len(), number, "{kinds:?}");
        }
    }
}
