//! Looking for phrases in plain words: lower case, straight apostrophes, as in [`Line::plain`](super::view::Line::plain).
//!
//! A list of phrases is one string, split by `|`. A phrase counts between word boundaries only: "sign" is not in "design".

/// The text before and behind each place where one of `phrases` stands in `text` and neither end cuts a word: those of the
/// first phrase first.
pub(super) fn places<'t>(text: &'t str, phrases: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let starts = Starts::of(text);
    // A list has up to a hundred phrases, most of which begin with two letters that no word of the text begins with.
    alternatives(phrases).filter(move |phrase| starts.may_hold(phrase)).flat_map(move |phrase| {
        let first = phrase.as_bytes().first().copied();
        word_starts(text).filter(move |at| text.as_bytes().get(*at).copied() == first).filter_map(move |at| {
            let behind = behind_start(&text[at..], phrase)?;
            Some((&text[..at], behind))
        })
    })
}

/// [`places`] of one phrase that is no list: it may hold a `|`.
pub(super) fn places_of_one<'t>(text: &'t str, phrase: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    beginnings(text, phrase).filter(|(_, behind)| !begins_within_a_word(behind))
}

/// The text before and behind each place where `phrase` begins a word of `text`, whatever the word ends with.
pub(super) fn beginnings<'t>(text: &'t str, phrase: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(phrase)
        .map(move |(at, _)| (&text[..at], &text[at + phrase.len()..]))
        .filter(|(before, _)| !before.ends_with(char::is_alphanumeric))
}

/// Whether any of `phrases` stands in `text`.
pub(super) fn contains_any(text: &str, phrases: &str) -> bool {
    places(text, phrases).next().is_some()
}

/// The phrases of a list.
fn alternatives(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let list = rest?;
        // They are short: looking at each letter is faster than what looks for letters in long texts.
        let (one, others) = match list.bytes().position(|b| b == b'|') {
            Some(end) => (&list[..end], Some(&list[end + 1..])),
            None => (list, None),
        };
        rest = others;
        Some(one)
    })
}

/// By which letters the words of a text begin, as sets of bits: whether some phrase may stand in it.
struct Starts {
    letters: [u64; 4],
    pairs: [u64; 4],
}

impl Starts {
    fn of(text: &str) -> Starts {
        let mut starts = Starts { letters: [0; 4], pairs: [0; 4] };
        for at in word_starts(text) {
            let (first, second) = beginning(&text.as_bytes()[at..]);
            for (set, bit) in [(&mut starts.letters, first), (&mut starts.pairs, pair_of(first, second))] {
                set[usize::from(bit / 64)] |= 1 << (bit % 64);
            }
        }
        starts
    }

    /// False where `phrase` surely does not stand in the text; an empty one never does.
    fn may_hold(&self, phrase: &str) -> bool {
        let (first, second) = beginning(phrase.as_bytes());
        let (set, bit) = if phrase.len() > 1 { (&self.pairs, pair_of(first, second)) } else { (&self.letters, first) };
        !phrase.is_empty() && set[usize::from(bit / 64)] >> (bit % 64) & 1 == 1
    }
}

/// The first two bytes of some, 0 where there are fewer.
fn beginning(bytes: &[u8]) -> (u8, u8) {
    (bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0))
}

/// A number for two bytes, the same for few others.
fn pair_of(first: u8, second: u8) -> u8 {
    first.wrapping_mul(11).wrapping_add(second.wrapping_mul(37))
}

/// Where something can begin that cuts no word: at the start of `text`, and behind what is no letter and no digit.
fn word_starts(text: &str) -> impl Iterator<Item = usize> {
    let mut within = false;
    text.char_indices().filter_map(move |(at, c)| {
        let is_of_a_word = if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() };
        let before = std::mem::replace(&mut within, is_of_a_word);
        (!before).then_some(at)
    })
}

/// Whether any of `phrases` stands in `text` without being denied.
pub(super) fn contains_undenied(text: &str, phrases: &str) -> bool {
    places(text, phrases).any(|(before, _)| !is_denied(before))
}

/// Whether what follows `before` is denied: a no in the four words before it, in the same part of the sentence.
pub(super) fn is_denied(before: &str) -> bool {
    let part = before.rsplit(['.', '!', '?', ';', ',']).next().unwrap_or(before);
    let no = |w: &str| matches!(w, "no" | "not" | "never" | "without" | "nobody" | "cannot") || w.ends_with("n't");
    part.split_whitespace().rev().take(4).any(no)
}

/// Whether any of `phrases` stands in `text` with neither a no nor a doubt before it.
pub(super) fn contains_surely(text: &str, phrases: &str) -> bool {
    places(text, phrases).any(|(before, _)| !is_in_doubt(before))
}

/// Whether what follows `before` is denied or doubted anywhere before it in its clause: "not one of them has been", "far from".
///
/// For what takes something back, where a wrong yes costs more than a wrong no; [`is_denied`] looks less far.
pub(super) fn is_in_doubt(before: &str) -> bool {
    const DOUBT: &str = "no|not|never|without|nobody|cannot|none|nothing|neither|nor|hardly|barely|scarcely|far|doubt|doubts|\
        doubtful|unlikely|unsure|uncertain|whether|half|partly|almost|nearly";
    let clause = clauses(before).last().unwrap_or(before);
    words(clause).any(|word| is_one_of(word, DOUBT) || word.ends_with("n't"))
}

/// The parts of a text between the marks that end a sentence or part it.
pub(super) fn clauses(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(['.', '!', '?', ';', ',', ':', '–', '—', '\n'])
}

/// Whether `text` begins with any of `phrases`.
pub(super) fn begins_with_any(text: &str, phrases: &str) -> bool {
    alternatives(phrases).any(|phrase| behind_start(text, phrase).is_some())
}

/// What follows `phrase` where `text` begins with it.
pub(super) fn behind_start<'t>(text: &'t str, phrase: &str) -> Option<&'t str> {
    text.strip_prefix(phrase).filter(|rest| !begins_within_a_word(rest))
}

fn begins_within_a_word(rest: &str) -> bool {
    rest.starts_with(char::is_alphanumeric)
}

/// The words of a text, without what stands between them; an apostrophe belongs to its word.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

/// Whether `word` is one of `list`, split by `|`.
pub(super) fn is_one_of(word: &str, list: &str) -> bool {
    alternatives(list).any(|one| one == word)
}

/// What ends a question: the mark of Latin scripts, the wide one of Chinese and Japanese, the Arabic one.
pub(super) const QUESTION_MARKS: [char; 3] = ['?', '？', '؟'];

/// The question marks of a text, each with where it stands. What has a letter, a figure or a mark of an address right behind it asks nothing:
/// "https://share.example/f?id=77".
pub(super) fn question_marks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let of_an_address = |c: char| c.is_alphanumeric() || "=&%_/#~+-$@".contains(c);
    let marks = text.match_indices(QUESTION_MARKS);
    marks.filter(move |(at, mark)| *mark != "?" || !text[at + 1..].starts_with(of_an_address))
}

/// A number in figures or one of those words in which prices are said.
pub(super) fn is_number(word: &str) -> bool {
    const NUMBERS: &str = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|\
        seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half";
    word.starts_with(|c: char| c.is_ascii_digit()) || is_one_of(word, NUMBERS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{contains_any, contains_undenied, question_marks};

    proptest! {
        #[test]
        fn a_list_stands_where_one_of_it_stands_between_words(text in "[ab é.']{0,12}", list in prop::collection::vec("[abé.][ab é']{0,3}", 1..4)) {
            let between_words = |phrase: &String, at: usize| {
                let (before, from) = text.split_at(at);
                let behind = from.strip_prefix(phrase.as_str());
                !before.ends_with(char::is_alphanumeric) && behind.is_some_and(|behind| !behind.starts_with(char::is_alphanumeric))
            };
            let stands = list.iter().any(|phrase| text.char_indices().any(|(at, _)| between_words(phrase, at)));
            prop_assert_eq!(contains_any(&text, &list.join("|")), stands);
        }
    }

    #[test]
    fn a_phrase_cuts_no_word_and_may_be_denied() {
        for (text, found, undenied) in [
            ("we had layoffs", true, true),
            ("no layoffs here", true, false),
            ("we don't expect any layoffs", true, false),
            ("not nice, but layoffs came", true, true),
            ("no layoffs in may, and then layoffs in june", true, true),
            ("playoffs", false, false),
            ("价layoffs价", false, false),
        ] {
            assert_eq!(
                (contains_any(text, "layoffs"), contains_undenied(text, "layoffs")),
                (found, undenied),
                "{text}"
            );
        }
    }

    #[test]
    fn a_mark_within_an_address_asks_nothing() {
        for (text, marks) in [
            ("Is it? Yes.", 1),
            ("\"Is it?\" he asked. Is it?! (Is it?)", 3),
            ("See https://share.example/f?id=77&v=1 for it.", 0),
            ("Have you seen https://share.example/f?id=77?", 1),
            ("What?🙂", 1),
            ("???", 3),
            ("いつ始まりますか？はい。", 1),
            ("متى نبدأ؟", 1),
        ] {
            assert_eq!(question_marks(text).count(), marks, "{text}");
        }
    }
}
