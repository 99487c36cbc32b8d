//! Any other JSON that holds a transcript: a list of pieces, each with words and with who says them, wherever in the document
//! it lies and whatever its keys are called. Vendors are many and their versions more; this shape is nearly always there.
//! Mails lie in such documents too, alone or beside calls ([`super::mail`]).
//!
//! What our own people noted for themselves, and what programs thought of the words, is not read and not reported; other
//! lists of words are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Transcript, label, mail, numbered, party, turn, with_words};
use crate::{
    conversation::{Channel, Participant, Side, Timestamp, Turn},
    read::{
        Format, Input, Likeness, Read, Skipped, crm, email,
        table::plain,
        turns::{LONGEST_CALL_MS, one_line, slower_than_speech},
        when,
    },
    team::names::role_side,
};
use find::{Found, Holds, holds};
use keys::{BEGAN, END, FROM, MADE, NOT_END_ALONE, ROLE, START, TITLE, WRITTEN, field, kinds};
use people::{People, email, id};
use piece::{Time, is_ambiguous, moment, name, time, words};
use said::{came_by_mail, is_of_salesiq, is_robot, said};
use sides::{Guess, Parts, outright};

pub(super) mod find;
pub(super) mod keys;
mod people;
pub(super) mod piece;
pub(super) mod said;
mod sides;

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

/// How the words of a list travelled, by their times.
struct Way {
    chat: bool,
    starts: &'static [&'static str],
    ends: &'static [&'static str],
}

/// In a chat each message has the moment at which it was written, and nothing else that tells when. A moment may be called a
/// time too; then the list is called one of messages, or its pieces are, or it goes on for longer than a call.
fn way_of(found: &Found, pieces: &[&Value], day_first: Option<bool>) -> Way {
    let has = |keys: &[&str]| pieces.iter().filter(|p| p.as_object().is_some_and(|o| field(o, keys).is_some())).count();
    let most = |count: usize| count * 10 >= pieces.len() * 9;
    // "from" is a sender too.
    let begins: Vec<&str> = START.iter().copied().filter(|key| *key != FROM).collect();
    let ends = || END.iter().any(|key| !NOT_END_ALONE.contains(key) && has(&[key]) > 0);
    if most(has(WRITTEN)) && begins.iter().all(|key| has(&[key]) == 0) {
        return Way { chat: true, starts: WRITTEN, ends: &[] };
    }
    let moments: Vec<i64> = pieces
        .iter()
        .filter_map(|p| match time(p, &begins, |_| None, day_first)? {
            Time::Moment(at) => Some(at),
            _ => None,
        })
        .collect();
    let key = found.key();
    let typed = |o: &Map<String, Value>| {
        let origin = field(o, &["origin"]).and_then(|(_, v)| v.as_str()).map(plain);
        kinds(o).chain(origin).any(|kind| kind.starts_with("chat")) || is_of_salesiq(o)
    };
    let named = key.contains("message")
        || matches!(key.as_str(), "chat" | "chats" | "comments" | "posts" | "replies")
        || most(pieces.iter().filter(|p| p.as_object().is_some_and(typed)).count());
    let long = || {
        moments
            .iter()
            .max()
            .zip(moments.iter().min())
            .is_some_and(|(last, first)| last.abs_diff(*first) > LONGEST_CALL_MS)
    };
    if !moments.is_empty() && most(moments.len()) && !ends() && (named || long()) {
        return Way { chat: true, starts: START, ends: &[] };
    }
    Way { chat: false, starts: START, ends: END }
}

/// The order of the dates in a document, as one of them tells.
fn order_of(found: &Found, pieces: &[&Value]) -> Option<bool> {
    let dated = |o: &Map<String, Value>, keys: &[&str]| field(o, keys).and_then(|(_, v)| v.as_str().map(str::to_owned));
    let of_pieces = pieces.iter().filter_map(|p| dated(p.as_object()?, WRITTEN));
    let around = found.around.iter().flat_map(|o| [dated(o, BEGAN), dated(o, MADE)]).flatten();
    let dates: Vec<String> = of_pieces.chain(around).collect();
    when::day_first(dates.iter().map(String::as_str))
}

/// How sure a side by the part of a speaker is where addresses are there: less than whatever a mail domain tells.
const GUESS: u8 = 55;

fn read(found: Found) -> Transcript {
    let mut pieces = said(&found.pieces);
    let day_first = order_of(&found, &pieces);
    let Way { chat, starts, ends } = way_of(&found, &pieces, day_first);
    if chat {
        pieces.retain(|piece| !is_robot(piece));
    }
    let first = first_message(&found).filter(|_| chat);
    pieces.splice(0..0, first.map(|(piece, _)| piece));
    let mut times: Vec<[Option<Time>; 2]> = pieces
        .iter()
        .map(|p| [time(p, starts, <[Value]>::first, day_first), time(p, ends, <[Value]>::last, day_first)])
        .collect();
    let moments = |times: &[[Option<Time>; 2]]| {
        let moment = |t: &[Option<Time>; 2]| if let [Some(Time::Moment(m)), _] = t { Some(*m) } else { None };
        times.iter().filter_map(moment).min()
    };
    if let Some((_, around)) = first
        && times[0][0].is_none()
        && let Some(at) = WRITTEN.iter().find_map(|key| moment(field(around, &[key])?.1, day_first))
        && moments(&times).is_none_or(|first| at.as_millisecond() <= first)
    {
        times[0][0] = Some(Time::Moment(at.as_millisecond()));
    }
    let numbers = times.iter().flatten().flatten().filter_map(|t| if let Time::Plain(n) = t { Some(*n) } else { None });
    let first_moment = moments(&times);
    let count: usize = pieces.iter().map(|p| words(p).split_whitespace().count()).sum();
    let in_millis = slower_than_speech(count, numbers);
    let ms = |t: Option<Time>| match t? {
        Time::Plain(n) => when::seconds_ms(if in_millis { n / 1000.0 } else { n }),
        Time::Millis(ms) => Some(ms),
        Time::Moment(at) => u64::try_from(at - first_moment?).ok(),
    };
    let mut participants: Vec<Participant> = Vec::new();
    let mut sided = BTreeSet::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let listed = People::of(&found.around);
    let role = |piece: &Value| {
        let stated = piece.as_object().and_then(|o| field(o, ROLE));
        stated.map_or_else(String::new, |(key, _)| label(piece, key).to_lowercase())
    };
    let ways: Vec<Option<Side>> = pieces.iter().map(|piece| sent_by(&role(piece))).collect();
    // A direction that all speakers share is the call's, repeated beside each of its pieces.
    let speakers: BTreeSet<_> = pieces.iter().map(|piece| (id(piece), name(piece))).collect();
    let told_by_way = speakers.len() < 2 || ways.iter().flatten().any(|way| Some(way) != ways.iter().flatten().next());
    let parts = Parts::of(&pieces);
    let speaker = |piece: &Value| id(piece).and_then(|id| listed.by_id(&id)).map_or_else(|| name(piece), str::to_owned);
    let has_address = |piece: &&Value| listed.known(&speaker(piece), email(piece)).is_some_and(|p| p.email.is_some());
    let addressed = pieces.iter().any(has_address);
    // A mail domain tells it better, later.
    let guessed = |piece: &Value| {
        let told = |guess: &Guess| !addressed || guess.is_of_service;
        parts.side(piece).filter(told).map(|guess| guess.side)
    };
    let each = pieces.iter().zip(&times).map(|(piece, [start, end])| {
        let name = speaker(piece);
        let role = role(piece);
        if !places.contains_key(&name)
            && let Some(known) = listed.known(&name, email(piece))
        {
            places.insert(name.clone(), participants.len());
            participants.push(known);
        }
        let sent = sent_by(&role).filter(|_| told_by_way);
        let told = role_side(&role).or(sent).or_else(|| outright(piece));
        // What a list of the people states of them is no guess.
        let open = || places.get(&name).is_none_or(|place| participants[*place].side == Side::Unknown);
        if let Some(side) = told.or_else(|| guessed(piece).filter(|_| open()))
            && !name.is_empty()
            && sided.insert(name.clone())
        {
            let role = party(&name, "", side, "the export states their role");
            let stated = match sent {
                Some(_) => {
                    Participant { side_confidence: 85, ..party(&name, "", side, "the export states the direction") }
                }
                None if told.is_none() && addressed => Participant { side_confidence: GUESS, ..role },
                None => role,
            };
            match places.get(&name) {
                Some(place) => {
                    let known = &mut participants[*place];
                    *known = Participant { email: known.email.take(), ..stated };
                }
                None => {
                    places.insert(name.clone(), participants.len());
                    participants.push(stated);
                }
            }
        }
        let words = if chat && came_by_mail(piece) { new_words(piece) } else { words(piece) };
        // Whose name is not told may have a side all the same.
        let side = told.filter(|_| name.is_empty()).unwrap_or_default();
        Turn { side, ..turn(name, ms(*start), ms(*end), &words) }
    });
    let (mut turns, lost) = with_words(each);
    let silent = listed.silent(&participants);
    participants.extend(silent);
    // It has no time of its own and stands first.
    if let [first, second, ..] = &mut turns[..]
        && first.start_ms.is_none()
        && chat
    {
        first.start_ms = second.start_ms;
    }
    if turns.iter().all(|t| t.start_ms.is_some()) {
        turns.sort_by_key(|t| t.start_ms);
    }
    let title = found.around.iter().find_map(|o| field(o, TITLE)?.1.as_str().map(one_line)).unwrap_or_default();
    let dates = |keys: &'static [&'static str]| {
        found.around.iter().flat_map(move |o| keys.iter().filter_map(move |key| Some(field(o, &[key])?.1)))
    };
    // Only a moment is one: "start_time" may be an offset.
    let dated = found.around.iter().find_map(|o| BEGAN.iter().find_map(|key| began(o, key, day_first)));
    let from_words = || first_moment.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let own = if chat { from_words().or(dated) } else { dated.or_else(from_words) };
    let started_at = own.or_else(|| began_beside(&found.around, day_first));
    let of_pieces = pieces.iter().filter_map(|p| Some(field(p.as_object()?, starts)?.1));
    Transcript {
        channel: if chat { Channel::Chat } else { Channel::Call },
        title,
        started_at,
        processed_at: dates(MADE).find_map(|v| moment(v, day_first)),
        undated: started_at.is_none() && dates(BEGAN).chain(of_pieces).any(is_ambiguous),
        participants,
        turns,
        // A picture or a file in a chat is no loss of words.
        lost: if chat { 0 } else { lost },
        ..Transcript::default()
    }
}

/// When a call began, as one field of an object says; JustCall has the time of day in another.
fn began(object: &Map<String, Value>, key: &str, day_first: Option<bool>) -> Option<Timestamp> {
    let (_, date) = field(object, &[key])?;
    let clock = if key == "calldate" { field(object, &["calltime"]).and_then(|(_, v)| v.as_str()) } else { None };
    match date.as_str().zip(clock) {
        Some((date, clock)) => moment(&Value::from(when::with_clock(date, Some(clock))), day_first),
        None => moment(date, day_first),
    }
}

/// When a call began, as what stands beside its words says: the "metadata" of ElevenLabs' agents.
fn began_beside(around: &[&Map<String, Value>], day_first: Option<bool>) -> Option<Timestamp> {
    let beside = around.iter().filter_map(|o| field(o, &["metadata"])?.1.as_object());
    beside.flat_map(|o| BEGAN.iter().filter_map(|key| Some(field(o, &[key])?.1))).find_map(|v| moment(v, day_first))
}

/// The side of whoever sends in a direction: what comes in is the buyer's.
fn sent_by(direction: &str) -> Option<Side> {
    crm::status::came_in(direction).map(|came_in| if came_in { Side::Buyer } else { Side::Seller })
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
