//! When the pieces of a list were said or written, and which of both they were.

use serde_json::{Map, Value};

use crate::{
    conversation::Timestamp,
    read::{
        json::any::{
            find::Found,
            keys::{BEGAN, END, FROM, MADE, NOT_END_ALONE, START, WRITTEN, field, kinds},
            piece::{Time, moment, time, words},
            said::is_of_salesiq,
        },
        table::plain,
        turns::{LONGEST_CALL_MS, slower_than_speech},
        when,
    },
};

/// How the words of a list travelled, by their times.
pub struct Way {
    /// Whether they were written to each other, not said.
    pub chat: bool,
    /// The keys of when each begins.
    pub starts: &'static [&'static str],
    /// The keys of when each ends.
    ends: &'static [&'static str],
    /// The order of the dates in the document, as one of them tells.
    pub day_first: Option<bool>,
}

impl Way {
    /// That of a list.
    pub fn of(found: &Found, pieces: &[&Value]) -> Way {
        let day_first = order_of(found, pieces);
        if is_written(pieces) {
            Way { chat: true, starts: WRITTEN, ends: &[], day_first }
        } else if is_typed(found, pieces, day_first) {
            Way { chat: true, starts: START, ends: &[], day_first }
        } else {
            Way { chat: false, starts: START, ends: END, day_first }
        }
    }

    /// The first moment that an object has under one of `keys`.
    pub fn moment_in(&self, object: &Map<String, Value>, keys: &[&str]) -> Option<Timestamp> {
        keys.iter().find_map(|key| moment(field(object, &[key])?.1, self.day_first))
    }
}

/// Whether each message has the moment at which it was written, as in a chat, and nothing else that tells when.
fn is_written(pieces: &[&Value]) -> bool {
    most(count(pieces, WRITTEN), pieces) && begins().all(|key| count(pieces, &[key]) == 0)
}

/// Whether the times of the pieces are moments at which they were written. A moment may be called a time too; then the list is
/// called one of messages, or its pieces are, or it goes on for longer than a call.
fn is_typed(found: &Found, pieces: &[&Value], day_first: Option<bool>) -> bool {
    let begins: Vec<&str> = begins().collect();
    let moments: Vec<i64> = pieces
        .iter()
        .filter_map(|p| match time(p, &begins, |_| None, day_first)? {
            Time::Moment(at) => Some(at),
            _ => None,
        })
        .collect();
    let ends = || END.iter().any(|key| !NOT_END_ALONE.contains(key) && count(pieces, &[key]) > 0);
    let long = || {
        let ends = moments.iter().max().zip(moments.iter().min());
        ends.is_some_and(|(last, first)| last.abs_diff(*first) > LONGEST_CALL_MS)
    };
    !moments.is_empty() && most(moments.len(), pieces) && !ends() && (is_of_messages(found, pieces) || long())
}

/// Whether a list is called one of messages, or its pieces are.
fn is_of_messages(found: &Found, pieces: &[&Value]) -> bool {
    let key = found.key();
    let typed = |o: &Map<String, Value>| {
        let origin = field(o, &["origin"]).and_then(|(_, v)| v.as_str()).map(plain);
        kinds(o).chain(origin).any(|kind| kind.starts_with("chat")) || is_of_salesiq(o)
    };
    key.contains("message")
        || matches!(key.as_str(), "chat" | "chats" | "comments" | "posts" | "replies")
        || most(pieces.iter().filter(|p| p.as_object().is_some_and(typed)).count(), pieces)
}

/// The keys of a beginning; "from" is a sender too.
fn begins() -> impl Iterator<Item = &'static str> {
    START.iter().copied().filter(|key| *key != FROM)
}

/// How many pieces have one of `keys`.
fn count(pieces: &[&Value], keys: &[&str]) -> usize {
    pieces.iter().filter(|p| p.as_object().is_some_and(|o| field(o, keys).is_some())).count()
}

/// Whether `count` is that of nearly all pieces.
fn most(count: usize, pieces: &[&Value]) -> bool {
    count * 10 >= pieces.len() * 9
}

/// The order of the dates in a document, as one of them tells.
fn order_of(found: &Found, pieces: &[&Value]) -> Option<bool> {
    let dated = |o: &Map<String, Value>, keys: &[&str]| field(o, keys).and_then(|(_, v)| v.as_str().map(str::to_owned));
    let of_pieces = pieces.iter().filter_map(|p| dated(p.as_object()?, WRITTEN));
    let around = found.around.iter().flat_map(|o| [dated(o, BEGAN), dated(o, MADE)]).flatten();
    let dates: Vec<String> = of_pieces.chain(around).collect();
    when::day_first(dates.iter().map(String::as_str))
}

/// When the pieces of a list were said.
pub struct Times {
    /// Of each, when it begins and ends.
    each: Vec<[Option<Time>; 2]>,
    /// The earliest moment at which one begins, in milliseconds of Unix time.
    first_moment: Option<i64>,
    /// Whether plain numbers are milliseconds.
    in_millis: bool,
}

impl Times {
    /// Those of `pieces`; `written`: when the first of them was, as what stands around it says.
    pub fn of(pieces: &[&Value], way: &Way, written: Option<Timestamp>) -> Times {
        let start = |piece: &Value| time(piece, way.starts, <[Value]>::first, way.day_first);
        let end = |piece: &Value| time(piece, way.ends, <[Value]>::last, way.day_first);
        let mut each: Vec<[Option<Time>; 2]> = pieces.iter().map(|piece| [start(piece), end(piece)]).collect();
        let before = earliest(&each);
        if let Some(at) = written.map(Timestamp::as_millisecond)
            && let Some([first @ None, _]) = each.first_mut()
            && before.is_none_or(|before| at <= before)
        {
            *first = Some(Time::Moment(at));
        }
        let plain = |time: &Time| if let Time::Plain(n) = time { Some(*n) } else { None };
        let words = pieces.iter().map(|p| words(p).split_whitespace().count()).sum();
        let in_millis = slower_than_speech(words, each.iter().flatten().flatten().filter_map(plain));
        Times { first_moment: earliest(&each), in_millis, each }
    }

    /// When each begins and ends, in milliseconds.
    pub fn of_turns(&self) -> impl Iterator<Item = [Option<u64>; 2]> {
        self.each.iter().map(|times| times.map(|time| self.ms(time?)))
    }

    fn ms(&self, time: Time) -> Option<u64> {
        match time {
            Time::Plain(n) => when::seconds_ms(if self.in_millis { n / 1000.0 } else { n }),
            Time::Millis(ms) => Some(ms),
            Time::Moment(at) => u64::try_from(at - self.first_moment?).ok(),
        }
    }
}

/// The earliest moment at which a piece begins.
fn earliest(each: &[[Option<Time>; 2]]) -> Option<i64> {
    let moment = |times: &[Option<Time>; 2]| if let [Some(Time::Moment(at)), _] = times { Some(*at) } else { None };
    each.iter().filter_map(moment).min()
}

/// When a conversation began: as the objects around its words say, or its words themselves, which a chat is asked for first.
pub fn began(around: &[&Map<String, Value>], way: &Way, times: &Times) -> Option<Timestamp> {
    // Only a moment is one: "start_time" may be an offset.
    let dated = || around.iter().find_map(|o| BEGAN.iter().find_map(|key| began_by(o, key, way.day_first)));
    let from_words = || times.first_moment.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let own = if way.chat { from_words().or_else(dated) } else { dated().or_else(from_words) };
    own.or_else(|| began_beside(around, way))
}

/// When a call began, as one field of an object says; JustCall has the time of day in another.
fn began_by(object: &Map<String, Value>, key: &str, day_first: Option<bool>) -> Option<Timestamp> {
    let (_, date) = field(object, &[key])?;
    let clock = if key == "calldate" { field(object, &["calltime"]).and_then(|(_, v)| v.as_str()) } else { None };
    match date.as_str().zip(clock) {
        Some((date, clock)) => moment(&Value::from(when::with_clock(date, Some(clock))), day_first),
        None => moment(date, day_first),
    }
}

/// When a call began, as what stands beside its words says: the "metadata" of ElevenLabs' agents.
fn began_beside(around: &[&Map<String, Value>], way: &Way) -> Option<Timestamp> {
    let mut beside = around.iter().filter_map(|o| field(o, &["metadata"])?.1.as_object());
    beside.find_map(|o| way.moment_in(o, BEGAN))
}
