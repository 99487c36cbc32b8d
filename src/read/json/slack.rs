//! Slack's export: a folder a channel, a file a day, each a list of messages; `users.json` beside them says who is who.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Transcript, at, finish, first_text, list, party, text, turn};
use crate::{
    conversation::{Channel, Participant, Side},
    read::{
        Format, Input, Likeness, Read, Skipped,
        directory::{Directory, Scope},
        html::decode_entities,
        when,
    },
};

/// A day of a channel.
pub struct Slack;
/// `users.json`.
pub struct SlackUsers;
/// What else lies in the export beside the days.
pub struct SlackBeside;

/// Whether somebody wrote a message: joins, topics and robots are nobody's words.
fn is_said(m: &Value) -> bool {
    matches!(text(m, "type"), "message" | "")
        && matches!(text(m, "subtype"), "" | "thread_broadcast" | "me_message" | "file_share")
        && !at(m, "bot_id").is_string()
        && text(m, "user") != "USLACKBOT"
}

/// The answers of a thread that stand in full below their message; an export's own list of them only points.
fn answers(m: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["replies", "slackdump_thread_replies"].into_iter().flat_map(|key| list(m, key));
    lists.filter(|r| at(r, "text").is_string())
}

/// The texts of a message's blocks, which repeat its words, or hold them alone.
fn in_blocks(v: &Value) -> String {
    match v {
        Value::Array(items) => items.iter().map(in_blocks).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" "),
        Value::Object(fields) => match fields.get("text") {
            Some(Value::String(text)) => text.clone(),
            Some(inner) => in_blocks(inner),
            None => in_blocks(at(v, "elements")),
        },
        _ => String::new(),
    }
}

fn at_bool(v: &Value, path: &str) -> bool {
    at(v, path).as_bool().unwrap_or(false)
}

fn items(v: &Value) -> &[Value] {
    v.as_array().map_or(list(v, "messages"), Vec::as_slice)
}

impl Format for Slack {
    fn name(&self) -> &'static str {
        "slack-json"
    }
    fn doc(&self) -> &'static str {
        "Slack export: a day of a channel"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let is = |v: &Value| items(v).first().is_some_and(|m| text(m, "type") == "message" && at(m, "ts").is_string());
        if input.json().is_some_and(is) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        // A thread's answers may stand below the message that they answer, and the service's own interface gives the last
        // message first.
        let all = input.json().map_or(&[][..], items);
        let mut messages: Vec<&Value> = all.iter().flat_map(|m| std::iter::once(m).chain(answers(m))).collect();
        messages.retain(|m| is_said(m));
        messages.sort_by_key(|m| text(m, "ts").parse::<f64>().map_or(0, |at| (at * 1e6) as i64));
        let started = messages.iter().find_map(|m| text(m, "ts").parse().ok().and_then(when::unix));
        let mut out = Transcript { channel: Channel::Chat, started_at: started, ..Transcript::default() };
        out.title = input.path.rsplit('/').nth(1).map_or_else(String::new, |channel| format!("#{channel}"));
        // Speakers stay numbers until `users.json`, which has their addresses, was asked for them; what a message says itself of its
        // sender is less, and counts where that is missing.
        let mut people: BTreeMap<String, Participant> = BTreeMap::new();
        for m in messages {
            let own = first_text(m, &["user_profile.real_name", "user_profile.display_name", "user_profile.name"]);
            let name = first_text(m, &["user", "user_profile.real_name", "user_profile.name"]);
            let sent = text(m, "ts").parse().ok().and_then(when::unix);
            let offset = sent.zip(started).and_then(|(a, s)| u64::try_from(a.duration_since(s).as_millis()).ok());
            // A message that was passed on stands beside the words, as an attachment.
            let passed_on =
                list(m, "attachments").iter().filter(|a| at_bool(a, "is_share") || at_bool(a, "is_msg_unfurl"));
            let words: Vec<String> =
                std::iter::once(text(m, "text")).chain(passed_on.map(|a| text(a, "text"))).map(plain).collect();
            let mut words = words.join("\n");
            if words.trim().is_empty() {
                words = in_blocks(at(m, "blocks"));
            }
            let turn = turn(name, offset, None, &words);
            // A file without a word is no loss of words.
            if !turn.text.is_empty() {
                out.turns.push(turn);
            }
            if !own.is_empty() && !people.contains_key(name) {
                people.insert(name.to_owned(), party(own, text(m, "user_profile.email"), Side::Unknown, ""));
            }
        }
        let mut read = finish(self, input, vec![out]);
        if !people.is_empty() && !read.conversations.is_empty() {
            read.directories.push(directory(input, input.path.to_owned(), people));
        }
        Ok(read)
    }
}

impl Format for SlackUsers {
    fn name(&self) -> &'static str {
        "slack-users-json"
    }
    fn doc(&self) -> &'static str {
        "Slack export: users.json, who is who in the days"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let is = |v: &Value| {
            v.as_array()
                .is_some_and(|l| l.first().is_some_and(|u| at(u, "profile").is_object() && at(u, "id").is_string()))
        };
        if input.json().is_some_and(is) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let people = input.json().map_or(&[][..], items).iter().map(|u| {
            let name = first_text(u, &["profile.real_name", "real_name", "profile.display_name", "name"]);
            (text(u, "id").to_owned(), party(name, text(u, "profile.email"), Side::Unknown, ""))
        });
        Ok(Read { directories: vec![directory(input, folder(input), people.collect())], ..Read::default() })
    }
}

/// The folder in which `input` lies, with `/` at its end.
fn folder(input: &Input) -> String {
    input.path.rsplit_once('/').map_or_else(String::new, |(folder, _)| format!("{folder}/"))
}

/// Who is who in the days whose paths begin with `folder`: all that lie in it, or the one file of that path.
fn directory(input: &Input, folder: String, people: BTreeMap<String, Participant>) -> Directory {
    Directory {
        file: input.path.to_owned(),
        scope: Scope::Folder { format: Slack.name().to_owned(), folder },
        people,
        others: vec![],
        title: String::new(),
        started_at: None,
        deal: None,
    }
}

impl Format for SlackBeside {
    fn name(&self) -> &'static str {
        "slack-beside-json"
    }
    fn doc(&self) -> &'static str {
        "Slack export: channels.json, integration_logs.json and the like, which hold no words of a chat"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        // Most are empty lists, so that only the name tells them.
        const NAMES: &[&str] = &[
            "users.json",
            "org_users.json",
            "channels.json",
            "groups.json",
            "dms.json",
            "mpims.json",
            "integration_logs.json",
            "canvases.json",
            "lists.json",
            "file_conversations.json",
        ];
        let named = NAMES.contains(&input.file_name().to_ascii_lowercase().as_str());
        let is = |v: &Value| v.as_array().is_some_and(|l| l.iter().all(is_beside));
        if named && input.json().is_some_and(is) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        // It tells nothing of anybody; a directory of nobody says that it was read.
        Ok(Read { directories: vec![directory(input, folder(input), BTreeMap::new())], ..Read::default() })
    }
}

/// Whether an entry of such a file is a channel, a log of an app, or a paper: none of them has an author of words.
fn is_beside(v: &Value) -> bool {
    let known = ["members", "creator", "service_id", "app_id", "filetype", "is_channel", "profile"];
    v.is_object() && at(v, "text").is_null() && known.iter().any(|key| !at(v, key).is_null())
}

/// Slack's markup as words: `<@U1|ann>`, `<https://x|text>`, `&amp;`.
fn plain(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('>') else { break };
        let inner = &rest[1..close];
        rest = &rest[close + 1..];
        match inner.split_once('|') {
            Some((_, shown)) => out.push_str(shown),
            None => out.push_str(inner.trim_start_matches(['!'])),
        }
    }
    out.push_str(rest);
    decode_entities(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::DealId,
        read::{directory::attach, read},
    };

    #[test]
    fn a_sender_is_looked_up_by_number_where_the_message_has_a_name_too() {
        let day = r#"[{"type":"message","user":"U1","text":"<@U2> hi","ts":"1772442903.0002","user_profile":{"real_name":"Annie"}},
            {"type":"message","user":"U2","text":"Hello","ts":"1772443003.0002","user_profile":{"real_name":"Bob"}},
            {"type":"message","user":"U9","text":"Hey","ts":"1772443013.0002","user_profile":{"real_name":"Guest"}}]"#;
        let users = r#"[{"id":"U1","profile":{"real_name":"Ann Lee","email":"ann@us.example"}},
            {"id":"U2","profile":{"real_name":"Bob Ray","email":"bob@acme.example"}}]"#;
        let get = |path, text: &str| read(&Input::new(path, &DealId("acme".into()), text.as_bytes()));
        let (users, day) = (get("s/users.json", users), get("s/sales/2026-03-02.json", day));
        // In whatever order they were read.
        for swap in [false, true] {
            let mut directories = [users.directories.clone(), day.directories.clone()];
            if swap {
                directories.reverse();
            }
            let mut conversations = day.conversations.clone();
            attach(&mut conversations, &directories.concat());
            let people: Vec<(&str, Option<&str>)> =
                conversations[0].participants.iter().map(|p| (p.name.as_str(), p.email.as_deref())).collect();
            let known = [("Ann Lee", Some("ann@us.example")), ("Bob Ray", Some("bob@acme.example")), ("Guest", None)];
            assert_eq!(people, known);
            assert_eq!(conversations[0].turns[0].text, "@Bob Ray hi");
        }
    }
}
