//! A call as Leexi's interface gives it: paragraphs of words and punctuation, and the speakers by their place in a list.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, clock, label, list, moment, party, text, turn, with_words};
use crate::{
    conversation::{Participant, Side},
    read::turns::one_line,
};

/// Leexi.
pub static LEEXI: JsonFormat = JsonFormat {
    name: "leexi-json",
    doc: "Leexi: a call, or a page of calls",
    is: |v| is_call(v) || is_call(at(v, "data")) || list(v, "data").iter().any(is_call),
    read: |v| match at(v, "data") {
        Value::Array(calls) => calls.iter().filter(|call| is_call(call)).map(read).collect(),
        data if is_call(data) => vec![read(data)],
        _ => vec![read(v)],
    },
};

fn is_call(v: &Value) -> bool {
    let is_paragraph = |p: &Value| at(p, "speaker_index").is_number() && at(p, "items").is_array();
    list(v, "transcript").iter().any(is_paragraph)
}

fn read(call: &Value) -> Transcript {
    let speakers = list(call, "speakers");
    let paragraphs = list(call, "transcript").iter().map(|paragraph| {
        let who = label(paragraph, "speaker_index");
        let listed = speakers.iter().find(|speaker| label(speaker, "index") == who);
        let name = listed.map(name).filter(|name| !name.is_empty()).unwrap_or_else(|| format!("Speaker {who}"));
        turn(name, clock(paragraph, "start_time"), clock(paragraph, "end_time"), &words(paragraph))
    });
    let (turns, lost) = with_words(paragraphs);
    Transcript {
        id: Some(text(call, "uuid").to_owned()).filter(|id| !id.is_empty()),
        title: one_line(text(call, "title")),
        started_at: moment(call, "performed_at"),
        participants: speakers.iter().map(participant).filter(|p| !p.name.is_empty()).collect(),
        turns,
        lost,
        ..Transcript::default()
    }
}

/// The name of a speaker, by the address or the number where there is none.
fn name(speaker: &Value) -> String {
    one_line(super::first_text(speaker, &["name", "email", "phone_number"]))
}

fn participant(speaker: &Value) -> Participant {
    let side = match at(speaker, "is_user").as_bool() {
        Some(true) => Side::Seller,
        Some(false) => Side::Buyer,
        None => Side::Unknown,
    };
    party(&name(speaker), text(speaker, "email"), side, "the export states their side")
}

/// The words of a paragraph; punctuation stands right behind the word before it.
fn words(paragraph: &Value) -> String {
    let mut out = String::new();
    for item in list(paragraph, "items") {
        if !out.is_empty() && text(item, "type") != "punctuation" {
            out.push(' ');
        }
        out.push_str(text(item, "content"));
    }
    out
}
