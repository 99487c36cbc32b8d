//! What Google Meet calls a screen that somebody shares, "Dana Whitfield's Presentation", and hears words from: it is nobody else, and
//! its words are of whoever shares it.

use std::collections::HashSet;

use crate::conversation::{Channel, Conversation};

/// Gives the words of shared screens in a call to those who share them.
pub(super) fn to_their_owners(conversation: &mut Conversation) {
    if conversation.channel != Channel::Call {
        return;
    }
    for turn in &mut conversation.turns {
        if let Some(owner) = owner(&turn.speaker) {
            turn.speaker = owner.to_owned();
        }
    }
    // Whoever is listed for them stands there once, too.
    let people: HashSet<String> = conversation.participants.iter().map(|p| p.name.clone()).collect();
    conversation.participants.retain(|p| owner(&p.name).is_none_or(|owner| !people.contains(owner)));
    for person in &mut conversation.participants {
        if let Some(owner) = owner(&person.name) {
            person.name = owner.to_owned();
        }
    }
}

/// "Dana Whitfield" of "Dana Whitfield's Presentation".
fn owner(label: &str) -> Option<&str> {
    let whose = label.strip_suffix(" Presentation").or_else(|| label.strip_suffix(" presentation"))?;
    let possessive = ["'s", "’s"].iter().find_map(|mark| whose.strip_suffix(mark));
    // "James' Presentation".
    let short = || whose.strip_suffix(['\'', '’']).filter(|name| name.ends_with('s'));
    possessive.or_else(short).filter(|name| !name.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_told_from_a_person() {
        for (label, expected) in [
            ("Dana Whitfield's Presentation", Some("Dana Whitfield")),
            ("Dana’s presentation", Some("Dana")),
            ("James' Presentation", Some("James")),
            ("Presentation", None),
            ("'s Presentation", None),
            ("Sales Presentation", None),
        ] {
            assert_eq!(owner(label), expected, "{label}");
        }
    }
}
