//! Where in a document of no known vendor the words lie: the lists of pieces, which of them is the transcript, and the mails.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use crate::read::{
    json::{
        any::{
            keys::{START, WRITTEN, field, kinds},
            people::LISTS,
            piece::{name, time, words},
            said::said,
        },
        mail,
    },
    table::plain,
};

/// A list of pieces, and the objects around it from the inside out, which may say what call it is.
pub struct Found<'a> {
    pub pieces: Vec<&'a Value>,
    pub around: Vec<&'a Map<String, Value>>,
    /// The keys on the way to it.
    way: String,
}

impl Found<'_> {
    /// The key that it stands under, as [`plain`] leaves it; empty for a document that is the list itself.
    pub fn key(&self) -> String {
        plain(self.way.rsplit('/').find(|key| !key.is_empty()).unwrap_or(""))
    }
}

/// A mail, and the objects around it from the inside out.
pub struct Letter<'a> {
    pub mail: &'a Value,
    pub around: Vec<&'a Map<String, Value>>,
}

/// What a document holds.
#[derive(Default)]
pub struct Holds<'a> {
    /// The transcripts and chats that are to be read, in the order of the document.
    pub transcripts: Vec<Found<'a>>,
    /// Lists of messages among records of calls: none of them is what another says in another form.
    among_records: Vec<Found<'a>>,
    /// The mails.
    pub mails: Vec<Letter<'a>>,
    /// The keys of lists of words beside them that are other words.
    pub left_out: BTreeSet<String>,
    /// How many notes of calls, tasks and the like stand beside them.
    pub notes: usize,
    /// How many objects with words stand beside mails and are none that can be read.
    pub beside_mails: usize,
}

/// How deep in a document a list of pieces may lie.
const DEEPEST: usize = 6;

/// Finds the words of a document.
pub fn holds(v: &Value) -> Holds<'_> {
    let mut out = Holds::default();
    let mut lists = Vec::new();
    walk(v, String::new(), &mut Vec::new(), &mut lists, &mut out);
    (out.transcripts, out.left_out) = chosen(lists);
    out.transcripts.append(&mut out.among_records);
    if out.mails.is_empty() {
        out.beside_mails = 0;
    }
    out
}

fn walk<'a>(
    v: &'a Value,
    way: String,
    around: &mut Vec<&'a Map<String, Value>>,
    lists: &mut Vec<Found<'a>>,
    out: &mut Holds<'a>,
) {
    if way.matches('/').count() > DEEPEST {
        return;
    }
    let outside = |around: &[&'a Map<String, Value>]| around.iter().rev().copied().collect::<Vec<_>>();
    match v {
        Value::Array(items) => {
            let mails = items.iter().any(mail::is_mail);
            let (letters, others): (Vec<&Value>, Vec<&Value>) =
                items.iter().partition(|item| mails && mail::may_be(item));
            out.mails.extend(letters.into_iter().map(|mail| Letter { mail, around: outside(around) }));
            // Close's list of activities has text messages and, beside them, calls that hold a transcript each.
            let (records, pieces): (Vec<&Value>, Vec<&Value>) = others.iter().partition(|item| is_record(item));
            if is_transcript(&pieces) {
                let list = if records.is_empty() { &mut *lists } else { &mut out.among_records };
                list.push(Found { pieces, around: outside(around), way: way.clone() });
                records.into_iter().for_each(|item| walk(item, format!("{way}/"), around, lists, out));
            } else {
                others.into_iter().for_each(|item| walk(item, format!("{way}/"), around, lists, out));
            }
        }
        Value::Object(fields) => {
            if mail::is_mail(v) && !holds_transcript(fields) {
                out.mails.push(Letter { mail: v, around: outside(around) });
                return;
            }
            // Its answers lie in it.
            let ticket = mail::is_ticket(fields);
            out.mails.extend(ticket.then(|| Letter { mail: v, around: outside(around) }));
            let note = is_note(fields);
            out.notes += usize::from(note);
            // HubSpot puts all of a mail under "properties".
            let aside = |key: String| key != "properties" && ASIDE.contains(&key.as_str());
            let thought = || way.split('/').any(|key| aside(plain(key)));
            out.beside_mails += usize::from(!note && !ticket && mail::has_words(v) && !thought());
            around.push(fields);
            fields.iter().for_each(|(key, inner)| walk(inner, format!("{way}/{key}"), around, lists, out));
            around.pop();
        }
        _ => {}
    }
}

/// Whether one of an object's fields is a list that may be a transcript.
fn holds_transcript(fields: &Map<String, Value>) -> bool {
    fields.values().any(|v| v.as_array().is_some_and(|l| is_transcript(&l.iter().collect::<Vec<_>>())))
}

/// Whether a piece of a list has no words itself, and tells of something that has: of a call with its transcript, or with a
/// note of our own.
fn is_record(piece: &Value) -> bool {
    let Some(fields) = piece.as_object().filter(|_| words(piece).is_empty()) else { return false };
    is_note(fields) || holds_transcript(fields) || fields.values().filter_map(Value::as_object).any(holds_transcript)
}

/// Whether most pieces have words, some more than one, and most say whose; and whether somebody speaks twice, because a
/// list of products or of chapters has names and words too. In a chat most may be pictures.
fn is_transcript(items: &[&Value]) -> bool {
    let items = said(items);
    let spoken = items.iter().filter(|i| !words(i).is_empty()).count();
    let names: Vec<String> = items.iter().map(|i| name(i)).filter(|n| !n.is_empty()).collect();
    let named = names.len();
    let different = names.into_iter().collect::<BTreeSet<_>>().len();
    let several = items.iter().any(|i| words(i).split_whitespace().nth(1).is_some());
    let written = || items.iter().filter(|i| i.as_object().is_some_and(|o| field(o, WRITTEN).is_some())).count();
    let chat = || [named, written()].iter().all(|count| count * 10 >= items.len() * 9);
    // "Price?" and "20" are a chat where the program says so.
    let called = |i: &&&Value| i.as_object().is_some_and(|o| kinds(o).any(|kind| kind == "message"));
    let called_messages = || items.iter().filter(called).count() == items.len();
    spoken > 0
        && (several || (chat() && called_messages()))
        && (named < 4 || different < named)
        && (spoken * 10 >= items.len() * 6 || (spoken > 1 && chat()))
        && named * 2 >= items.len()
}

/// Whether an activity of a CRM is a note, or a call or a task with one, in the words of our own people: Close's, HubSpot's, whose
/// objects have no kind, but a field of words by its name.
fn is_note(activity: &Map<String, Value>) -> bool {
    const WORDS: &[&str] = &["hscallbody", "hsnotebody", "hstaskbody", "hsmeetingbody", "hscommunicationbody"];
    let filled = |(_, v): (&str, &Value)| v.as_str().is_some_and(|t| !t.trim().is_empty());
    if field(activity, WORDS).is_some_and(filled) {
        return true;
    }
    let inside = |key: &str| field(activity, &[key]).and_then(|(_, v)| v.as_object());
    let (of, holds) = inside("engagement").zip(inside("metadata")).unwrap_or((activity, activity));
    kinds(of).any(|kind| matches!(kind.as_str(), "note" | "call" | "task"))
        && field(holds, &["note", "body"]).is_some_and(filled)
}

/// Parts of the keys under which vendors put what was said.
const SAID: &[&str] = &[
    "transcript",
    "utterance",
    "sentence",
    "message",
    "segment",
    "monologue",
    "paragraph",
    "dialog",
    "caption",
    "phrase",
    "snippet",
];
/// Such keys as a whole.
const SAID_WHOLE: &[&str] = &["turns", "lines", "entries", "timeline", "speech", "chat", "chats", "conversationparts"];

/// Keys under which stands what was thought of the words, or what is known beside them, as in the [`LISTS`] of people. Zendesk
/// calls a chat "comments".
const ASIDE: &[&str] = &[
    "comments",
    "contacts",
    "insights",
    "notes",
    "notesections",
    "actionitems",
    "actions",
    "tasks",
    "todos",
    "nextsteps",
    "followups",
    "fields",
    "customfields",
    "properties",
    "headers",
    "summary",
    "summaries",
    "chapters",
    "topics",
    "trackers",
    "moments",
    "highlights",
    "keypoints",
    "keytakeaways",
    "questions",
    "objections",
    "annotations",
    "bookmarks",
    "feedback",
    "scorecards",
    "coaching",
    "reviews",
    "tags",
];

/// The lists that are the transcripts, and the keys of those that are other words. A document may hold the same words as
/// sentences and as paragraphs, and beside them what a program or a coach thought of them, which may be more: what stands where
/// transcripts stand is preferred, then what has times, then what says most.
fn chosen(lists: Vec<Found<'_>>) -> (Vec<Found<'_>>, BTreeSet<String>) {
    let timed = |f: &Found| {
        let has =
            |p: &&&Value| [START, WRITTEN].iter().any(|keys| time(p, keys, <[Value]>::first, Some(true)).is_some());
        f.pieces.iter().filter(has).count() * 2 >= f.pieces.len()
    };
    let place = |f: &Found| {
        let key = f.key();
        if SAID.iter().any(|part| key.contains(part)) || SAID_WHOLE.contains(&key.as_str()) {
            2
        } else {
            let aside = |key: String| ASIDE.contains(&key.as_str()) || LISTS.contains(&key.as_str());
            u8::from(!f.way.split('/').any(|key| aside(plain(key))))
        }
    };
    // Nearly every document holds one list, and nothing to choose from.
    if let [only] = &lists[..]
        && place(only) > 0
    {
        return (lists, BTreeSet::new());
    }
    let lists = lists.into_iter().map(|f| (place(&f), timed(&f), f)).filter(|(place, timed, _)| *place > 0 || *timed);
    // Several calls of a document lie equally deep under the same key, whatever the keys above.
    let mut groups: BTreeMap<(usize, String), Group> = BTreeMap::new();
    for (place, timed, found) in lists {
        let group = groups.entry((found.way.matches('/').count(), found.key())).or_default();
        group.place = group.place.max(place);
        group.timed |= timed;
        group.size += found.pieces.iter().map(|p| words(p).len()).sum::<usize>();
        group.lists.push(found);
    }
    let best = groups.iter().max_by_key(|(_, g)| (g.place, g.timed, g.size)).map(|(key, _)| key.clone());
    let Some(best) = best.and_then(|key| groups.remove(&key)) else { return Default::default() };
    let mut known = HashSet::new();
    let mut out: Vec<Found> = Vec::new();
    for found in best.lists {
        // The same call once more in another place, as it was before names were cut out.
        let again = !out.is_empty() && out.iter().all(|f| f.way != found.way) && repeats(&found, &known);
        known.extend(vocabulary(&found));
        if !again {
            out.push(found);
        }
    }
    let others = groups.into_values().filter(|g| g.place > 0).flat_map(|g| g.lists);
    let left_out = others.filter(|f| !repeats(f, &known)).map(|f| f.key()).collect();
    (out, left_out)
}

/// Lists that stand equally deep under one key.
#[derive(Default)]
struct Group<'a> {
    lists: Vec<Found<'a>>,
    place: u8,
    timed: bool,
    /// How many bytes of words they hold.
    size: usize,
}

fn vocabulary(f: &Found) -> HashSet<String> {
    let all = f.pieces.iter().map(|p| words(p).to_lowercase());
    all.flat_map(|text| {
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

/// Whether four of five words of a list are `known`.
fn repeats(f: &Found, known: &HashSet<String>) -> bool {
    let words = vocabulary(f);
    words.iter().filter(|w| known.contains(*w)).count() * 5 >= words.len() * 4
}
