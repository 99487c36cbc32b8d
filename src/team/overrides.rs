//! Whether the speakers of single files whose sides the user states are there.

use std::collections::{BTreeMap, BTreeSet};

use super::Team;
use crate::{conversation::Conversation, names::nearest};

/// Who is named in each file for which a team states sides.
pub type Named = BTreeMap<String, BTreeSet<String>>;

/// Who is named in those of `conversations` for whose files `team` states sides.
pub fn named(conversations: &[Conversation], team: &Team) -> Named {
    let mut named = Named::new();
    for conversation in conversations.iter().filter(|c| team.overrides.contains_key(&c.source.file)) {
        let names = named.entry(conversation.source.file.clone()).or_default();
        names.extend(conversation.turns.iter().map(|turn| turn.speaker.clone()));
        names.extend(conversation.participants.iter().map(|person| person.name.clone()));
    }
    named
}

/// What to tell of the speakers for whom `team` states a side and who are in no file `before` the sides were decided, nor
/// `after` that, when everybody goes by the fullest name: each with the file.
pub fn nobody(before: &Named, after: &Named, team: &Team) -> Vec<(String, String)> {
    const SHOWN: usize = 6;
    let mut told = Vec::new();
    for (file, names) in before {
        let has =
            |label: &&String| names.contains(*label) || after.get(file).is_some_and(|names| names.contains(*label));
        for label in team.overrides.get(file).into_iter().flat_map(|sides| sides.keys()).filter(|label| !has(label)) {
            let near = nearest(label, names.iter().map(String::as_str));
            let shown: Vec<&str> = names.iter().map(String::as_str).take(SHOWN).collect();
            let remedy = match near.first() {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("it has {}", shown.join(", ")),
            };
            told.push((
                file.clone(),
                format!("overrides state a side for {label:?}, whom this file does not have; {remedy}"),
            ));
        }
    }
    told
}
