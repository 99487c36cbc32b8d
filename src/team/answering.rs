//! Who in one conversation is somebody else although their labels are forms of one name: "Anna" asks and "Anna Weber" answers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names::{forms_of_one, is_label, name_words};
use crate::conversation::Conversation;

/// The labels that each label answers though both could be one person's.
///
/// Their turns have to be mixed: whoever is renamed in mid-call is not called as before again. A shortened surname ("Anna W.") has to be
/// answered in turn: somebody who left and came back as "Anna Weber" stands beside herself once. What is put behind a whole name ("Anna
/// Weber Mobile", "Kim Oh PhD") tells no two people apart.
pub(super) fn who_answer_each_other(conversation: &Conversation) -> BTreeMap<&str, Vec<&str>> {
    let speakers = || conversation.turns.iter().map(|turn| turn.speaker.as_str());
    let next_to: HashSet<(&str, &str)> = speakers().zip(speakers().skip(1)).filter(|(a, b)| a != b).collect();
    // The first and the last turn of each.
    let mut when: HashMap<&str, (usize, usize)> = HashMap::new();
    for (at, speaker) in speakers().enumerate() {
        when.entry(speaker).or_insert((at, at)).1 = at;
    }
    let mut words: HashMap<&str, Vec<String>> = HashMap::new();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (a, b) in &next_to {
        for label in [*a, *b] {
            words.entry(label).or_insert_with(|| if is_one_label(label) { name_words(label) } else { vec![] });
        }
        let (of_a, of_b) = (&words[a], &words[b]);
        let is_short =
            |words: &[String]| words.len() == 1 || words.iter().skip(1).any(|word| word.chars().count() == 1);
        let apart = is_short(of_a) != is_short(of_b) || (of_a.len() == 1) != (of_b.len() == 1);
        let is_single = of_a.len() == 1 || of_b.len() == 1;
        let mixed = || {
            let (of_a, of_b) = (when[a], when[b]);
            of_a.0 < of_b.1 && of_b.0 < of_a.1
        };
        let answered = || next_to.contains(&(*b, *a)) || (is_single && mixed());
        if of_a != of_b && forms_of_one(of_a, of_b) && apart && answered() {
            found.entry(a).or_default().push(b);
            found.entry(b).or_default().push(a);
        }
    }
    found
}

/// Whether a label is a name; an address stands there for whoever joined without one, and may be anybody's.
fn is_one_label(label: &str) -> bool {
    !is_label(label) && !label.contains('@')
}
