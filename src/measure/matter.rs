//! The words that carry the matter of what is said: by them an answer is known to speak of its question.

use super::{
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
