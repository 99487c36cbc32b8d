//! The words that carry the matter of what is said: by them an answer is known to speak of its question.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    owed::promises_an_answer,
    phrases::{is_one_of, words},
    view::{Line, View},
};
use crate::conversation::Side;

/// Words of four letters or more that say nothing of the matter.
const LIGHT: &str = "what|when|where|which|that|this|with|have|from|your|about|would|could|there|they|them|then|than|will|just|\
    does|into|some|been|were";

/// Those of three letters. The others of that length are matter: "fix", "API", "fee".
const SHORT_AND_LIGHT: &str = "the|and|for|you|are|can|not|but|any|all|has|had|was|get|got|how|who|why|our|out|its|one|two|too|\
    now|yes|let|may|did|his|her|him|she|say|see|way|day|new|own|off|per|via|ask|put|use|set|try|run|big|lot|end|etc|far|few|\
    yet|ago|i'm|i'd|i've|he's|we'd|it's|six|ten|top|old|bit|yep|hey|hmm|mhm|aha|due|low|add|nor|guy|man|sun|mon|\
    tue|wed|thu|fri|sat|thx";

/// The words of weight in plain words.
pub(super) fn weighty_words(plain: &str) -> impl Iterator<Item = &str> {
    words(plain).map(|word| word.trim_end_matches("'s")).filter(|word| match word.chars().count() {
        0..3 => false,
        3 => !is_one_of(word, SHORT_AND_LIGHT),
        _ => !is_one_of(word, LIGHT),
    })
}

/// Whether two texts have a word of weight in common, by its first letters: "battery" and "batteries".
pub(super) fn shares_a_word(one: &str, other: &str) -> bool {
    let words: Vec<String> = stems(one).collect();
    stems(other).any(|word| words.contains(&word))
}

/// Whether our side says a word of weight of `asked` after `line`.
pub(super) fn comes_back_later(v: &View, asked: &str, line: &Line) -> bool {
    // Looked up rather than looked for: a mailbox has as many questions as it has mails behind each.
    let last_said = v.last_said_by_us.get_or_init(|| {
        let said = v.lines().filter(|l| l.side == Side::Seller);
        said.flat_map(|l| stems(&l.plain).map(|stem| (stem, (l.item, l.place)))).collect()
    });
    stems(asked).any(|stem| last_said.get(&stem).is_some_and(|at| *at > (line.item, line.place)))
}

/// Whether our side speaks of `asked` after `line`: in one interaction with two words of weight of it that it had not said before,
/// or with one where there are few such; where it had said all of them, with any. What only promises an answer does not count.
pub(super) fn is_spoken_of_later(v: &View, asked: &str, line: &Line) -> bool {
    const MANY: usize = 4;
    // Looked up rather than looked for, as above.
    let places = v.said_by_us.get_or_init(|| {
        let mut places: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for ours in v.seller().filter(|l| !promises_an_answer(l)) {
            for stem in stems(&ours.plain) {
                places.entry(stem).or_default().push((ours.item, ours.place));
            }
        }
        places
    });
    let at = (line.item, line.place);
    let asked_for: BTreeSet<String> = stems(asked).collect();
    let is_new = |stem: &&String| places.get(*stem).is_none_or(|said| said[0] > at);
    let new: Vec<&String> = asked_for.iter().filter(is_new).collect();
    if new.is_empty() {
        return comes_back_later(v, asked, line);
    }
    let needed = if new.len() >= MANY { 2 } else { 1 };
    let mut words_in: BTreeMap<usize, usize> = BTreeMap::new();
    for stem in new {
        let items: BTreeSet<usize> = places.get(stem).into_iter().flatten().map(|(item, _)| *item).collect();
        for item in items {
            *words_in.entry(item).or_default() += 1;
        }
    }
    words_in.values().any(|words| *words >= needed)
}

/// The first letters of the words of weight in plain words.
pub(super) fn stems(plain: &str) -> impl Iterator<Item = String> {
    weighty_words(plain).map(stem)
}

/// The first letters of a word, by which its forms are known.
fn stem(word: &str) -> String {
    const KEPT: usize = 5;
    const SHORTEST: usize = 3;
    let base = ["ing", "ed", "es", "s"]
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .find(|base| base.chars().count() == SHORTEST);
    base.unwrap_or(word).chars().take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::shares_a_word;

    #[test]
    fn forms_of_a_word_are_one_and_short_nouns_count() {
        for (one, other, same) in [
            ("how long does the battery last", "batteries are fine", true),
            ("when do we get a fix", "it is fixed since may", true),
            ("do you have an api", "the api is open", true),
            ("do you have an api", "you have one", false),
            ("what does it cost", "the cost is low", true),
            ("can it do that", "it can", false),
        ] {
            assert_eq!(shares_a_word(one, other), same, "{one} / {other}");
        }
    }
}
