//! Who in one conversation is somebody else although their labels are forms of one name: "Anna" asks and "Anna Weber" answers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::names::{forms_of_one, is_label, name_words};
use crate::conversation::Conversation;

/// The labels that each label answers though both could be one person's.
///
/// A single name beside a whole one is enough, since a program calls one person by one label. A shortened surname ("Anna W.") has to
/// be answered in turn: somebody who left as "Anna W." and came back as "Anna Weber" stands beside herself once.
pub(super) fn who_answer_each_other(conversation: &Conversation) -> BTreeMap<&str, Vec<&str>> {
    let speakers = || conversation.turns.iter().map(|turn| turn.speaker.as_str());
    let next_to: HashSet<(&str, &str)> = speakers().zip(speakers().skip(1)).filter(|(a, b)| a != b).collect();
    let mut words: HashMap<&str, Vec<String>> = HashMap::new();
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (a, b) in &next_to {
        for label in [*a, *b] {
            words.entry(label).or_insert_with(|| if is_one_label(label) { name_words(label) } else { vec![] });
        }
        let (of_a, of_b) = (&words[a], &words[b]);
        let is_single = of_a.len() == 1 || of_b.len() == 1;
        if of_a != of_b && forms_of_one(of_a, of_b) && (is_single || next_to.contains(&(*b, *a))) {
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
