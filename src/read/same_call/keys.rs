//! Under what conversations that may be one call are found among many: a deal may hold thousands of calls that say the same ("Left
//! voicemail."), so each is known by all that has to agree, and only those that share a key are held against each other.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    A_DAY_MS, is_exact,
    likeness::{FEWEST_ALIKE, LONG},
    look::Look,
};
use crate::conversation::Channel;

/// What two conversations of one channel share that are worth holding against one another. What begins with a hash is of those
/// whose words are all the same.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Many words, and whether two people say them.
    Words(u64, bool),
    /// The same of what has no date.
    Undated(u64, bool),
    /// The same within about a day of each other.
    Near(u64, bool, i64),
    /// Words and the name of the file, without its ending.
    Copy(u64, String),
    /// Words and the times of all turns.
    Recorded(u64, u64),
    /// Words, moment and whoever took part.
    Logged(u64, i64, u64),
    /// The name of the file, without its ending.
    Stem(String),
    /// About a day, of a long one.
    Day(i64),
    /// The moment.
    Moment(i64),
    /// Name and words, and whether it is a note.
    Itself(u64, bool),
}

impl Look<'_> {
    /// Under what others find it.
    pub(super) fn known_by(&self) -> Vec<Key> {
        let mut out = self.shared_keys();
        if self.is_long() {
            let tells = self.tells();
            out.push(Key::Words(self.hash, tells));
            out.push(match self.day() {
                Some(day) => Key::Near(self.hash, tells, day),
                None => Key::Undated(self.hash, tells),
            });
        }
        out.extend(self.long_day().map(Key::Day));
        out.push(Key::Itself(self.itself(), self.is_note));
        out
    }

    /// Under what it finds others that it may be the same as.
    pub(super) fn found_by(&self) -> Vec<Key> {
        let mut out = self.shared_keys();
        if self.is_long() {
            // One of two that say the same tells by how many.
            let either = if self.tells() { &[true, false][..] } else { &[true] };
            for tells in either {
                match self.day() {
                    Some(day) => {
                        out.extend([day - 1, day, day + 1].map(|day| Key::Near(self.hash, *tells, day)));
                        out.push(Key::Undated(self.hash, *tells));
                    }
                    None => out.push(Key::Words(self.hash, *tells)),
                }
            }
        }
        // Two that begin within a day of each other may stand on either side of a midnight.
        out.extend(self.long_day().into_iter().flat_map(|day| [day - 1, day, day + 1].map(Key::Day)));
        out.push(Key::Itself(self.itself(), true));
        out.extend(self.is_note.then(|| Key::Itself(self.itself(), false)));
        out
    }

    /// Stretches of as much as two statements of one beginning may lie apart.
    fn day(&self) -> Option<i64> {
        self.began.map(|began| began.div_euclid(A_DAY_MS))
    }

    fn long_day(&self) -> Option<i64> {
        self.day().filter(|_| self.words >= LONG)
    }

    fn itself(&self) -> u64 {
        hash_of((self.id, self.hash))
    }

    fn shared_keys(&self) -> Vec<Key> {
        let mut out = Vec::new();
        let may_be_alike = self.words >= FEWEST_ALIKE;
        if let Some(stem) = &self.stem {
            out.push(Key::Copy(self.hash, stem.clone()));
            out.extend(may_be_alike.then(|| Key::Stem(stem.clone())));
        }
        if self.timed >= 2 {
            out.push(Key::Recorded(self.hash, self.times));
        }
        if let Some(began) = self.began.filter(|began| is_exact(*began)) {
            let mut people: Vec<_> = self.attended.iter().collect();
            people.sort_unstable();
            out.push(Key::Logged(self.hash, began, hash_of(people)));
            out.extend((may_be_alike || self.channel == Channel::Chat).then_some(Key::Moment(began)));
        }
        out
    }
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{likeness::same, tests::TALK},
        *,
    };
    use crate::{
        conversation::{Conversation, ConversationId, DealId, Timestamp, Turn},
        read::{Input, read},
    };

    /// A conversation of a deal of `kind`: what it says, when, in which file, by whom and with which times.
    fn some(kind: (usize, usize, usize, usize, usize), place: usize) -> Conversation {
        let (says, when, file, who, timed) = kind;
        let text =
            ["Left voicemail.".to_owned(), "a b c d e ".repeat(5), "f g h i j ".repeat(9), "k l m n o ".repeat(22)];
        let mut conversation = read(&Input::new("a.txt", &DealId("a".into()), TALK.as_bytes())).conversations.remove(0);
        conversation.id = ConversationId(format!("file-{file}#{place}"));
        conversation.source.file = format!("file-{file}.txt");
        conversation.channel = if who == 3 { Channel::Chat } else { Channel::Call };
        let day = |hours: i64| Timestamp::from_second(1_700_006_400 + hours * 3_600).ok();
        conversation.started_at = [None, day(0), day(24), day(25), day(60), day(240), day(23), day(-2)][when];
        let speakers =
            [["Ann Lee", "Bob Ray"], ["Ann", "Bob"], ["Speaker 1", "Speaker 2"], ["Ann Lee", "Ann Lee"]][who];
        let turn = |(n, speaker): (u64, &&str)| Turn {
            speaker: (*speaker).to_owned(),
            text: text[says].clone(),
            start_ms: (timed > 0).then_some(1_000 * (n + 1) * timed as u64),
            ..Turn::default()
        };
        conversation.turns = (0..).zip(speakers.iter().cycle().take(4)).map(turn).collect();
        conversation
    }

    proptest! {
        #[test]
        fn what_may_be_the_same_is_found_by_its_keys_and_so_from_both_sides(kinds in prop::collection::vec((0..4usize, 0..8usize, 0..3usize, 0..4usize, 0..3usize), 2..8)) {
            let all: Vec<Conversation> = kinds.into_iter().enumerate().map(|(place, kind)| some(kind, place)).collect();
            let looks: Vec<Look> = all.iter().map(|one| Look::at(one).unwrap()).collect();
            let notes: Vec<_> = looks.iter().zip(&all).map(|(look, one)| (look.note(one), look.channel)).collect();
            let noted: Vec<Look> = notes.iter().map(|(note, channel)| Look::at_note(note, *channel)).collect();
            for (a, a_noted) in looks.iter().zip(&noted) {
                for (b, b_noted) in looks.iter().zip(&noted).filter(|(b, _)| b.id != a.id) {
                    let one = same(a, b);
                    prop_assert!([same(b, a), same(a_noted, b), same(a, b_noted), same(b_noted, a_noted)].iter().all(|other| *other == one));
                    if one {
                        for (a, b) in [(a, b), (a_noted, b), (a, b_noted)] {
                            let known = a.known_by();
                            prop_assert!(b.found_by().iter().any(|key| known.contains(key)), "{a:?} {b:?}");
                        }
                    }
                }
                prop_assert!(same(a, a_noted) && a.found_by().iter().any(|key| a_noted.known_by().contains(key)));
            }
        }
    }

    #[test]
    fn thousands_of_calls_that_say_the_same_are_not_held_against_each_other() {
        for (one, other) in
            [((0, 2, 0, 0, 0), (0, 4, 1, 0, 0)), ((0, 0, 0, 0, 0), (0, 0, 1, 0, 0)), ((2, 2, 0, 0, 0), (2, 5, 1, 0, 0))]
        {
            let (one, other) = (some(one, 0), some(other, 1));
            let known = Look::at(&one).unwrap().known_by();
            assert!(Look::at(&other).unwrap().found_by().iter().all(|key| !known.contains(key)));
        }
    }
}
