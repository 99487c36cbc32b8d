//! Any other JSON that holds a transcript: a list of pieces, each with words and with who says them, wherever in the document
//! it lies and whatever its keys are called. Vendors are many and their versions more; this shape is nearly always there.
//! Mails lie in such documents too, alone or beside calls ([`super::mail`]).
//!
//! What our own people noted for themselves, and what programs thought of the words, is not read and not reported; other
//! lists of words are.

use serde_json::{Map, Value};

use super::{Transcript, mail, numbered, turn, with_words};
use crate::{
    conversation::{Channel, Turn},
    read::{Format, Input, Likeness, Read, Skipped, email, turns::one_line},
};
use find::{Found, Holds, holds};
use keys::{BEGAN, MADE, TITLE, WRITTEN, field};
use piece::{is_ambiguous, moment, name, words};
use said::{came_by_mail, is_robot, said};
use speakers::Speakers;
use times::{Times, Way};

pub(super) mod find;
pub(super) mod keys;
mod people;
pub(super) mod piece;
pub(in crate::read) mod said;
pub(in crate::read) mod sides;
mod speakers;
mod times;

/// A transcript of no vendor that is known by name.
pub struct AnyTranscript;

impl Format for AnyTranscript {
    fn name(&self) -> &'static str {
        "transcript-json"
    }
    fn doc(&self) -> &'static str {
        "any other JSON with a list of pieces, each with a speaker and words, or with mails (Gmail, Microsoft Graph, HubSpot)"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        // A vendor that is known, even in an envelope, comes first.
        let is = |v| {
            let found = holds(v);
            !found.transcripts.is_empty() || !found.mails.is_empty()
        };
        if input.json().is_some_and(is) { Likeness::Perhaps } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let found = input.json().map(holds).unwrap_or_default();
        let left_out = left_out(&found);
        let transcripts: Vec<Transcript> = found.transcripts.into_iter().map(read).collect();
        let several = transcripts.len() + found.mails.len() > 1;
        let first_mail = several.then_some(transcripts.len() + 1);
        let mut out = numbered(self, input, transcripts, several);
        mail::read_all(self, input, &found.mails, first_mail, &mut out);
        // Beside words that were read others may be left; where nothing was read, all is lost.
        let nothing = out.conversations.is_empty();
        let (code, holds) = if nothing {
            ("unknown_format", "nothing of the document was read; it holds")
        } else {
            ("left_out", "the document also holds")
        };
        out.skipped.extend(left_out.map(|other| input.skipped(None, code, format!("{holds} {other}"))));
        if nothing && out.skipped.is_empty() {
            let what = "JSON whose messages are all marked as notes of our own people, so that nothing was read; leave it out if they are";
            out.skipped.push(input.skipped(None, "unknown_format", what));
        }
        Ok(out)
    }
}

/// What is said of the words of a document that are not read.
fn left_out(found: &Holds) -> Option<String> {
    let lists = found.left_out.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    if !lists.is_empty() {
        parts.push(format!("lists of other words than the transcript's ({lists}); save each as a file of its own"));
    }
    if found.notes > 0 {
        let notes = found.notes;
        parts.push(format!(
            "notes of calls and tasks ({notes}); export those as CSV, a row each, if they should be read"
        ));
    }
    if found.beside_mails > 0 {
        let words = found.beside_mails;
        parts.push(format!(
            "words beside its mails ({words}) that nothing calls a mail or says who sent; export those as CSV, a row each"
        ));
    }
    (!parts.is_empty()).then(|| parts.join("; and "))
}

/// The message that begins a conversation, which Intercom puts beside the list of those that follow: "source"; and the object
/// that it stands in, which knows when it was written.
fn first_message<'a>(found: &Found<'a>) -> Option<(&'a Value, &'a Map<String, Value>)> {
    let (first, around) = found.around.iter().find_map(|o| Some((o.get("source")?, *o)))?;
    let same = || found.pieces.first().is_some_and(|piece| words(piece) == words(first));
    (!words(first).is_empty() && !name(first).is_empty() && !same()).then_some((first, around))
}

fn read(found: Found) -> Transcript {
    let mut pieces = said(&found.pieces);
    let way = Way::of(&found, &pieces);
    if way.chat {
        pieces.retain(|piece| !is_robot(piece));
    }
    let first = first_message(&found).filter(|_| way.chat);
    let written = first.and_then(|(_, around)| way.moment_in(around, WRITTEN));
    pieces.splice(0..0, first.map(|(piece, _)| piece));
    let times = Times::of(&pieces, &way, written);
    let mut speakers = Speakers::of(&found.around, &pieces);
    let each = pieces.iter().zip(times.of_turns()).map(|(piece, [start, end])| {
        let (name, side) = speakers.hear(piece);
        let words = if way.chat && came_by_mail(piece) { new_words(piece) } else { words(piece) };
        Turn { side, ..turn(name, start, end, &words) }
    });
    let (mut turns, lost) = with_words(each);
    put_in_order(&mut turns, way.chat);
    let title = found.around.iter().find_map(|o| field(o, TITLE)?.1.as_str().map(one_line)).unwrap_or_default();
    let dates = |keys: &'static [&'static str]| {
        found.around.iter().flat_map(move |o| keys.iter().filter_map(move |key| Some(field(o, &[key])?.1)))
    };
    let started_at = times::began(&found.around, &way, &times);
    let of_pieces = pieces.iter().filter_map(|p| Some(field(p.as_object()?, way.starts)?.1));
    Transcript {
        channel: if way.chat { Channel::Chat } else { Channel::Call },
        title,
        started_at,
        processed_at: dates(MADE).find_map(|v| moment(v, way.day_first)),
        undated: started_at.is_none() && dates(BEGAN).chain(of_pieces).any(is_ambiguous),
        participants: speakers.everybody(),
        turns,
        // A picture or a file in a chat is no loss of words.
        lost: if way.chat { 0 } else { lost },
        ..Transcript::default()
    }
}

/// Sorts turns by their times, where all have one.
fn put_in_order(turns: &mut [Turn], chat: bool) {
    // What begins a chat may have no time of its own and stands first.
    if let [first, second, ..] = &mut turns[..]
        && first.start_ms.is_none()
        && chat
    {
        first.start_ms = second.start_ms;
    }
    if turns.iter().all(|t| t.start_ms.is_some()) {
        turns.sort_by_key(|t| t.start_ms);
    }
}

/// The words of a message that came as a mail, without the mail that it answers.
fn new_words(piece: &Value) -> String {
    let marked = |key: &str| field(piece.as_object()?, &[key])?.1.as_str().filter(|t| !t.trim().is_empty());
    let body = match (marked("htmlbody").or_else(|| marked("bodyhtml")), marked("body").or_else(|| marked("text"))) {
        (Some(html), _) => email::body::of_html(html, false),
        (None, Some(text)) if piece::is_page(text) => email::body::of_html(text, false),
        (None, Some(text)) => email::body::of_text(text, false),
        (None, None) => return words(piece),
    };
    Some(one_line(&body.lines.join(" "))).filter(|words| !words.is_empty()).unwrap_or_else(|| words(piece))
}
