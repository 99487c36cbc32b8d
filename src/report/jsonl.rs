//! The output contract of `analyze`: `utterances.jsonl`, `deals.jsonl` and `skipped.jsonl`.
//!
//! One JSON object a line, UTF-8, `\n` line ends, keys always in the same order, times in UTC. Fields may be added; one
//! that is renamed or removed raises [`SCHEMA_VERSION`](crate::deal_report::SCHEMA_VERSION). Text is verbatim: JSON's own
//! escaping keeps it text, and what opens these files is a program.

use serde::Serialize;

use crate::{
    attention::Rank,
    conversation::{Conversation, Side},
    deal::Deal,
    deal_report::DealReport,
    report::NotRead,
    utterance::{Intents, Scored, Sentiment, Utterance},
};

/// One line of `utterances.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    deal: &'a str,
    /// The path of the file inside the export, with `#n` where one file holds several conversations.
    conversation: &'a str,
    /// Index of the turn in the conversation, from 0.
    turn: usize,
    /// First byte of the words in the turn's text, and the byte behind the last one.
    span: [usize; 2],
    speaker: &'a str,
    side: Side,
    /// Start of the turn in milliseconds from the start of the conversation; `null` where the export has no times.
    at_ms: Option<u64>,
    text: &'a str,
    sentiment: &'a Sentiment,
    intents: &'a Intents,
}

/// The lines of `utterances.jsonl` for one deal, in the order in which things were said.
pub fn utterances(deal: &Deal) -> String {
    let mut out = String::new();
    for scored in deal.by_time() {
        for utterance in &scored.utterances {
            push(&mut out, &line(deal, &scored.conversation, utterance, scored.text(utterance)));
        }
    }
    out
}

/// The line of `deals.jsonl` for one deal.
pub fn deal(report: &DealReport) -> String {
    let mut out = String::new();
    push(&mut out, report);
    out
}

/// The same line with where the deal stands among all, which is known when the last one is judged.
pub fn ranked(line: &str, rank: &Rank) -> String {
    let line = line.trim_end();
    // It is an object: its last sign closes it.
    let mut out = format!("{},\"attention\":", line.strip_suffix('}').unwrap_or(line));
    push(&mut out, rank);
    out.truncate(out.trim_end().len());
    out + "}\n"
}

/// The line of `scored.jsonl` for one conversation: all that **map** gives, for merging and judging again without a model.
pub fn scored(scored: &Scored) -> String {
    let mut out = String::new();
    push(&mut out, scored);
    out
}

/// The lines of `skipped.jsonl`, in the order given.
pub fn skipped<'a>(all: impl IntoIterator<Item = NotRead<'a>>) -> String {
    let mut out = String::new();
    all.into_iter().for_each(|one| push(&mut out, &one));
    out
}

fn line<'a>(deal: &'a Deal, conversation: &'a Conversation, utterance: &'a Utterance, text: &'a str) -> Line<'a> {
    let turn = &conversation.turns[utterance.turn];
    Line {
        deal: &deal.id.0,
        conversation: &conversation.id.0,
        turn: utterance.turn,
        span: [utterance.span.start, utterance.span.end],
        speaker: &turn.speaker,
        side: turn.side,
        at_ms: turn.start_ms,
        text,
        sentiment: &utterance.sentiment,
        intents: &utterance.intents,
    }
}

fn push(out: &mut String, value: &impl Serialize) {
    out.push_str(&serde_json::to_string(value).expect("plain values with text keys always serialise"));
    out.push('\n');
}
