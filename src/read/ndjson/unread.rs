//! Keys of a line that are not read though they were meant to be: a misspelling costs a time or a side, and no words that
//! anybody would miss.
//!
//! Other keys are a warehouse's own and are passed over in silence; so is all inside `source`, which may be a column of theirs.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::fault::schema;
use crate::names::misspelt;

/// Of one line as many are told: whoever misspells more mends these first.
const TOLD: usize = 20;

/// A key that is not read, since it is another one misspelt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it stands, as `turns[0]`; empty at the top.
    pub place: String,
    /// The key.
    pub key: String,
    /// The one that it can be nothing but a misspelling of.
    pub known: &'static str,
}

impl Unread {
    /// Whether it is the known key with another word behind it, as `recording_url` or `dealId`: hardly a slip, and perhaps a
    /// column of its own.
    pub fn is_longer_name(&self) -> bool {
        self.key.strip_prefix(self.known).is_some_and(|rest| !rest.starts_with(char::is_lowercase))
    }

    /// Whether it is the known key in the plural, as `channels` of a telephone system.
    pub fn is_plural(&self) -> bool {
        self.key.strip_suffix('s') == Some(self.known)
    }

    /// What follows and what to do; `what` was read without it.
    pub fn remark(&self, what: &str) -> String {
        format!("{:?} is not read, and {what} was read without it; did you mean {:?}?", self.path(), self.known)
    }

    /// Where it stands, with the key.
    pub fn path(&self) -> String {
        below(&self.place, &self.key)
    }

    /// The key that was meant, in whatever turn: `turns[].side`.
    pub(super) fn meant(&self) -> String {
        let mut in_any = String::new();
        for (n, part) in self.place.split(['[', ']']).enumerate() {
            in_any.push_str(if n % 2 == 0 { part } else { "[]" });
        }
        below(&in_any, self.known)
    }
}

fn below(place: &str, key: &str) -> String {
    if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") }
}

/// The keys of a line that are not read though they were meant to be, each once: a thousand turns misspell alike. What is
/// no JSON has none.
pub fn unread_keys<'de>(line: impl Deserializer<'de>) -> Vec<Unread> {
    let mut found = Vec::new();
    let look = Look { schema: schema(), place: String::new(), found: &mut found };
    // What does not fit is told by whoever reads it.
    let _ = look.deserialize(line);
    found
}

/// Goes through a value beside its schema, and builds nothing.
struct Look<'a> {
    schema: &'static Value,
    place: String,
    found: &'a mut Vec<Unread>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        if self.schema["properties"].is_object() || self.schema["items"]["properties"].is_object() {
            value.deserialize_any(self)
        } else {
            value.deserialize_ignored_any(IgnoredAny).map(drop)
        }
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some(known) = self.schema["properties"].as_object() else {
            return IgnoredAny.visit_map(map).map(drop);
        };
        let (mut has, mut unknown) = (Vec::new(), Vec::new());
        while let Some(key) = map.next_key::<String>()? {
            match known.get_key_value(&key) {
                Some((key, schema)) if key != "source" => {
                    let place = below(&self.place, key);
                    map.next_value_seed(Look { schema, place, found: &mut *self.found })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            if known.contains_key(&key) { has.push(key) } else { unknown.push(key) }
        }
        for key in unknown {
            let free = known.keys().filter(|known| !has.contains(*known)).map(String::as_str);
            let Some(known) = misspelt(&key, free) else { continue };
            let unread = Unread { place: self.place.clone(), key, known };
            if self.found.len() < TOLD && self.found.iter().all(|other| other.meant() != unread.meant()) {
                self.found.push(unread);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let schema = &self.schema["items"];
        let mut n = 0;
        loop {
            let place = format!("{}[{n}]", self.place);
            if list.next_element_seed(Look { schema, place, found: &mut *self.found })?.is_none() {
                return Ok(());
            }
            n += 1;
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_found_wherever_it_stands_and_keys_of_others_are_not() {
        for (line, found) in [
            (r#"{"chanel":"email","turns":[]}"#, &[("chanel", "channel")] as &[_]),
            (r#"{"channel":"email","channels":2,"crm_stage":"x","turns":[]}"#, &[]),
            (
                r#"{"turns":[{"speaker":"A","text":"x","sid":"buyer","start":5},{"speaker":"B","text":"y","sid":"seller"}]}"#,
                &[("turns[0].sid", "side"), ("turns[0].start", "start_ms")],
            ),
            (r#"{"turns":[{"speaker":"A","text":"x"},{"speaker":"B","text":"y","Side":"a","side":"b"}]}"#, &[]),
            (r#"{"participants":[{"name":"A","mail":"a@b"}],"turns":[]}"#, &[("participants[0].mail", "email")]),
            (r#"{"source":{"fil":1},"recording":"x.mp3","turns":[{"sentiment":{"sid":1}}],"any":[{"sid":1}]}"#, &[]),
            (r#"{"recording":{"offset":5},"turns":7}"#, &[("recording.offset", "offset_ms")]),
            (r#"{"turns":[{"sid":1}"#, &[("turns[0].sid", "side")]),
            ("[7]", &[]),
        ] {
            let unread = unread_keys(&mut serde_json::Deserializer::from_str(line));
            let told: Vec<(String, &str)> = unread.iter().map(|unread| (unread.path(), unread.known)).collect();
            let told: Vec<(&str, &str)> = told.iter().map(|(path, known)| (path.as_str(), *known)).collect();
            assert_eq!(told, found, "{line}");
        }
    }

    #[test]
    fn a_longer_name_is_told_apart_from_a_slip() {
        for (key, known, longer) in [
            ("recording_url", "recording", true),
            ("dealId", "deal", true),
            ("titel", "title", false),
            ("titles", "title", false),
            ("startedAt", "started_at", false),
        ] {
            let unread = Unread { place: String::new(), key: key.into(), known };
            assert_eq!((unread.is_longer_name(), unread.is_plural()), (longer, key == "titles"), "{key}");
        }
    }
}
