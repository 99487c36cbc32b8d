//! Requests of Jira as its interface gives them, one or a page of them: what was asked, and the comments below. What is for our own
//! people only is left out.

use serde_json::Value;

use super::{
    JsonFormat, Transcript,
    any::piece::{is_page, of_document},
    at, list, moment, party, text, turn, with_words,
};
use crate::{
    conversation::{Channel, Participant, Side},
    read::html,
};

/// Jira.
pub static JIRA: JsonFormat = JsonFormat {
    name: "jira-json",
    doc: "Jira: an issue or a page of issues, with the comments",
    is: |v| is_issue(v) || list(v, "issues").iter().any(is_issue),
    read: |v| if is_issue(v) { vec![read(v)] } else { list(v, "issues").iter().map(read).collect() },
};

fn is_issue(v: &Value) -> bool {
    at(v, "key").is_string() && at(v, "fields.comment.comments").is_array()
}

fn read(issue: &Value) -> Transcript {
    let public = |comment: &&Value| at(comment, "jsdPublic").as_bool() != Some(false);
    let comments = list(issue, "fields.comment.comments").iter().filter(public);
    let each = comments.map(|comment| (at(comment, "author"), at(comment, "body"), moment(comment, "created")));
    let fields = at(issue, "fields");
    let asked = (at(fields, "reporter"), at(fields, "description"), moment(fields, "created"));
    let said: Vec<_> = std::iter::once(asked).chain(each).filter(|(_, body, _)| !words(body).is_empty()).collect();
    let began = said.iter().find_map(|(.., at)| *at);
    let turns = said.iter().map(|(author, body, at)| {
        let since = at.zip(began).and_then(|(at, began)| u64::try_from(at.duration_since(began).as_millis()).ok());
        turn(text(author, "displayName"), since, None, &words(body))
    });
    let mut participants: Vec<Participant> = Vec::new();
    for (author, ..) in &said {
        let person = party(text(author, "displayName"), text(author, "emailAddress"), Side::Unknown, "");
        if !person.name.is_empty() && participants.iter().all(|p| p.name != person.name) {
            participants.push(person);
        }
    }
    Transcript {
        id: Some(text(issue, "key").to_owned()),
        channel: Channel::Chat,
        title: text(fields, "summary").to_owned(),
        started_at: began,
        turns: with_words(turns).0,
        participants,
        ..Transcript::default()
    }
}

/// The words of a description or a comment: plain, marked up, or Atlassian's document.
fn words(body: &Value) -> String {
    match body {
        Value::String(text) if is_page(text) => {
            html::lines(text).into_iter().map(|line| line.text).collect::<Vec<_>>().join(" ")
        }
        Value::String(text) => text.trim().to_owned(),
        Value::Object(document) => of_document(document).unwrap_or_default(),
        _ => String::new(),
    }
}
