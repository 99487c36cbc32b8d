//! Mattermost's bulk export: a line for each user, channel and post of a whole server, `{"type": "post", "post": {…}}`. Each
//! channel, and each circle of people who write to each other, is a chat of its own. And a page of a channel's posts as its
//! interface gives them, `{"order": […], "posts": {…}}`, which knows people by their keys alone.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::{JsonFormat, Transcript, at, first_text, list, moment, party, text, turn, with_words};
use crate::conversation::{Channel, Participant, Side, Timestamp};

/// Mattermost.
pub static MATTERMOST: JsonFormat = JsonFormat {
    name: "mattermost-json",
    doc: "Mattermost: bulk export, each channel a chat; or a page of posts",
    is: |v| is_page(v) || v.as_array().is_some_and(|lines| lines.iter().any(|line| post(line).is_some())),
    read: |v| match v.as_array() {
        Some(lines) => read(lines),
        None => vec![page(v)],
    },
};

/// Whether a document is a page of posts, by key.
fn is_page(v: &Value) -> bool {
    let is_post = |post: &Value| at(post, "create_at").is_number() && at(post, "user_id").is_string();
    at(v, "order").is_array() && at(v, "posts").as_object().is_some_and(|posts| posts.values().any(is_post))
}

fn page(v: &Value) -> Transcript {
    let posts = at(v, "posts").as_object().into_iter().flat_map(|posts| posts.values());
    let is_deleted = |post: &Value| at(post, "delete_at").as_f64().is_some_and(|at| at > 0.0);
    chat(String::new(), posts.filter(|post| is_said(post) && !is_deleted(post)).collect(), &BTreeMap::new())
}

/// The post that a line holds.
fn post(line: &Value) -> Option<&Value> {
    let kind = text(line, "type");
    let post = at(line, kind);
    (matches!(kind, "post" | "direct_post") && at(post, "create_at").is_number()).then_some(post)
}

/// Where a post stands: its team and channel, or the people who read it.
fn place(post: &Value) -> (&str, String) {
    let members = list(post, "channel_members").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    (text(post, "team"), if members.is_empty() { format!("#{}", text(post, "channel")) } else { members })
}

fn read(lines: &[Value]) -> Vec<Transcript> {
    let users = lines.iter().filter(|line| text(line, "type") == "user").map(|line| at(line, "user"));
    let people: BTreeMap<&str, Participant> = users.map(|user| (text(user, "username"), person(user))).collect();
    let mut chats: BTreeMap<_, Vec<&Value>> = BTreeMap::new();
    for post in lines.iter().filter_map(post) {
        let answers = list(post, "replies");
        chats.entry(place(post)).or_default().extend(std::iter::once(post).chain(answers).filter(|p| is_said(p)));
    }
    let read = |((_, title), posts)| chat(title, posts, &people);
    // Of a channel into which nobody wrote nothing is missing, unless it is all that there is.
    let chats: Vec<Transcript> = chats.into_iter().map(read).filter(|chat| !chat.turns.is_empty()).collect();
    if chats.is_empty() { vec![Transcript::default()] } else { chats }
}

/// Whether somebody wrote a post: joins and what other programs send are nobody's words.
fn is_said(post: &Value) -> bool {
    !text(post, "type").starts_with("system_")
        && ["props.from_webhook", "props.from_bot"].iter().all(|path| text(post, path) != "true")
}

fn person(user: &Value) -> Participant {
    let whole = format!("{} {}", text(user, "first_name"), text(user, "last_name"));
    let name = if whole.trim().is_empty() { first_text(user, &["nickname", "username"]) } else { &whole };
    party(name, text(user, "email"), Side::Unknown, "")
}

fn chat(title: String, mut posts: Vec<&Value>, people: &BTreeMap<&str, Participant>) -> Transcript {
    let sent = |post: &Value| moment(post, "create_at").map(Timestamp::as_millisecond);
    posts.sort_by_key(|post| sent(post));
    let started_at = posts.iter().find_map(|post| moment(post, "create_at"));
    let turns = posts.iter().map(|post| {
        let user = first_text(post, &["user", "user_id"]);
        let offset = sent(post).zip(started_at).and_then(|(at, start)| u64::try_from(at - start.as_millisecond()).ok());
        turn(people.get(user).map_or(user, |person| &person.name), offset, None, text(post, "message"))
    });
    // A picture without a word is no loss of words.
    let (turns, _) = with_words(turns);
    let speakers: HashSet<&str> = turns.iter().map(|turn| turn.speaker.as_str()).collect();
    let participants = people.values().filter(|person| speakers.contains(person.name.as_str())).cloned().collect();
    Transcript { channel: Channel::Chat, title, started_at, participants, turns, ..Transcript::default() }
}
