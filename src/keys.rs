//! What is told where a file that people write in TOML holds a key or a value that there is not.
//!
//! The types that are read decide what may stand there, and serde says in its own words what it misses; here that becomes the
//! user's: the key, what it takes, what stands there instead, and the nearest of what would do.

use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

use crate::names::{nearest, unknown_name};

/// What a key takes that takes a number; what begins like it does, too.
pub const NUMBER: &str = "a number";
/// What a key takes that takes words.
pub const WORDS: &str = "words in quotation marks";
/// What a key takes that takes yes or no.
pub const YES_OR_NO: &str = "true or false";

/// The keys of one kind of file.
pub struct Keys {
    /// What the key at the end of a path takes, so that "`key` takes" can stand before it; lists have no place in the path.
    pub takes: fn(path: &[&str]) -> &'static str,
    /// Whose keys these are, all of a table.
    pub owner: fn(keys: &[&str]) -> &'static str,
}

/// What to tell of `error`, which came of reading `text`, a file with such keys.
pub fn told(error: &Error, text: &str, keys: &Keys) -> String {
    let message = error.message();
    // Serde puts what was written and what there is between these marks.
    let mut quoted = message.split('`').skip(1).step_by(2);
    let written = quoted.next().unwrap_or_default();
    if message.starts_with("unknown field") {
        let known: Vec<&str> = quoted.collect();
        let told = unknown_name(written, &format!("key of {}", (keys.owner)(&known)), known.iter().copied());
        return if told.ends_with('?') { told } else { format!("{told}; its keys are {}", known.join(", ")) };
    }
    if message.starts_with("missing field") {
        return format!("{written} is missing; it takes {}", (keys.takes)(&[written]));
    }
    let table = DeTable::parse(text).map(Spanned::into_inner).unwrap_or_default();
    let Some((path, value)) = find(&table, error.span().map_or(0, |span| span.start)) else {
        return message.to_owned();
    };
    let key = path.last().copied().unwrap_or_default();
    let takes = (keys.takes)(&path);
    if message.starts_with("unknown variant") {
        let near = nearest(written, quoted).first().map(|near| format!("; did you mean {near:?}?"));
        return format!("{key} takes {takes}, and not {written:?}{}", near.unwrap_or_default());
    }
    if ["invalid type", "invalid value", "wanted"].iter().any(|start| message.starts_with(start)) {
        let fits = |text: &str| match takes {
            YES_OR_NO => text.trim().parse::<bool>().is_ok(),
            _ => takes.starts_with(NUMBER) && text.trim().parse::<f64>().is_ok(),
        };
        let remedy = if value.as_str().is_some_and(fits) { "; take the quotation marks away" } else { "" };
        return format!("{key} takes {takes}, and not {}{remedy}", in_words(value));
    }
    message.to_owned()
}

/// A value that stands in the wrong place.
fn in_words(value: &DeValue) -> String {
    const SHORT: usize = 40;
    match value {
        DeValue::String(text) if text.chars().count() <= SHORT => format!("the text {text:?}"),
        DeValue::String(_) => "a text".into(),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// A value with the keys that lead to it.
type Place<'a> = (Vec<&'a str>, &'a DeValue<'a>);

/// The innermost value around byte `at`. The keys of a table may be spread over the file, so each table is looked into.
fn find<'a>(table: &'a DeTable, at: usize) -> Option<Place<'a>> {
    table.iter().find_map(|(key, value)| {
        let (mut path, value) = find_in(value, at)?;
        path.insert(0, key.get_ref().as_ref());
        Some((path, value))
    })
}

fn find_in<'a>(value: &'a Spanned<DeValue<'a>>, at: usize) -> Option<Place<'a>> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => find(table, at),
        DeValue::Array(list) => list.iter().find_map(|one| find_in(one, at)),
        _ => None,
    };
    inner.or_else(|| value.span().contains(&at).then(|| (Vec::new(), value.get_ref())))
}
