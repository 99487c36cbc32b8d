//! Where the sentences of a text end by UAX 29, in time that grows with its length.
//!
//! The library looks, at each bracket and blank behind a full stop, for the letter that tells whether the sentence goes on
//! (rule SB8), and looks anew for each: behind a full stop n quotation marks take n² steps, a megabyte hours. So it is given
//! the first character of such a run alone: it keeps no more of a run either, and no sentence ends within one.

use std::collections::{HashMap, hash_map::Entry};

use unicode_segmentation::UnicodeSegmentation;

/// Bytes between two ASCII letters up to which looking ahead costs little.
const NEAR: usize = 64;

/// Where the sentences of `text` end; together they are all of it.
pub fn sentence_ends(text: &str) -> Vec<usize> {
    let letters_are_near = text.as_bytes().split(u8::is_ascii_alphabetic).all(|between| between.len() <= NEAR);
    if letters_are_near { by_the_library(text).collect() } else { ends_without_runs(text) }
}

fn by_the_library(text: &str) -> impl Iterator<Item = usize> {
    text.split_sentence_bound_indices().map(|(start, sentence)| start + sentence.len())
}

/// The same, where of each run of brackets or blanks the library sees the first character alone.
fn ends_without_runs(text: &str) -> Vec<usize> {
    let mut kinds: HashMap<char, Kind> = HashMap::new();
    let mut shown = String::with_capacity(text.len());
    // Behind how many bytes of what is shown something was left out, and how many bytes were by then.
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    let (mut run, mut hidden) = (Kind::Other, 0);
    for c in text.chars() {
        let kind = match kinds.entry(c) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(Kind::of(c)),
        };
        let in_run = matches!(run, Kind::Close | Kind::Blank) && (kind == run || kind == Kind::Mark);
        if in_run {
            hidden += c.len_utf8();
            match gaps.last_mut().filter(|(behind, _)| *behind == shown.len()) {
                Some((_, by_then)) => *by_then = hidden,
                None => gaps.push((shown.len(), hidden)),
            }
        } else {
            shown.push(c);
            run = kind;
        }
    }
    let (mut gaps, mut before) = (gaps.into_iter().peekable(), 0);
    let whole = |end: usize| {
        // What was left out belongs to what it stands behind.
        while let Some((_, by_then)) = gaps.next_if(|(behind, _)| *behind <= end) {
            before = by_then;
        }
        end + before
    };
    by_the_library(&shown).map(whole).collect()
}

/// What a character is to the rules for sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Brackets and quotation marks: Close.
    Close,
    /// White space that ends no paragraph: Sp.
    Blank,
    /// What changes nothing of what it stands behind: Extend and Format.
    Mark,
    Other,
}

impl Kind {
    /// Asks the library, which does not give its table away, by what it makes of a text with `c` in it.
    fn of(c: char) -> Kind {
        if c.is_ascii_alphanumeric() {
            return Kind::Other;
        }
        let text: String = ['?', c, '1', c, 'A', '?', ' ', c, 'A'].iter().collect();
        // All three stay behind a question mark and end no sentence; only a bracket begins one behind a blank.
        let second = text.split_sentence_bounds().nth(1).unwrap_or_default();
        let mut rest = second.chars();
        let begins = ['1', c, 'A', '?', ' '].into_iter().all(|expected| rest.next() == Some(expected));
        match (begins, rest.next()) {
            (true, None) => Kind::Close,
            (true, Some(_)) if c.is_whitespace() => Kind::Blank,
            (true, Some(_)) => Kind::Mark,
            (false, _) => Kind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_character_is_to_sentences_is_what_the_library_makes_of_it() {
        for (characters, kind) in [
            ("\"'()[]{}“”‘’«»‹›„「」（）❝༼", Kind::Close),
            (" \t\u{b}\u{c}\u{a0}\u{2003}\u{202f}\u{3000}", Kind::Blank),
            ("\u{301}\u{93e}\u{200d}\u{fe0f}\u{ad}\u{200b}\u{feff}", Kind::Mark),
            ("\n\r\u{85}\u{2028}\u{2029}.?!…。,:;–—-aZ5äßЖא価٣👍€*_\0", Kind::Other),
        ] {
            for c in characters.chars() {
                assert_eq!(Kind::of(c), kind, "{c:?}");
            }
        }
    }

    #[test]
    fn a_run_belongs_to_what_it_stands_behind() {
        for (text, ends) in [
            ("No.((((5", vec![7, 8]),
            ("No.((((a", vec![8]),
            ("No.\u{a0}\u{a0}  Yes", vec![9, 12]),
            ("No?(\u{301}(  (Yes)))", vec![9, 16]),
            ("No.\n\n   Yes", vec![4, 5, 11]),
            ("((((", vec![4]),
            ("", vec![]),
        ] {
            assert_eq!(ends_without_runs(text), ends, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn sentences_end_where_the_library_says(parts in prop::collection::vec(prop::sample::select(&[
            "a", "B", "word ", "Two words", "5", "3.5", ".", ". ", "...", "?", "!", "…", "。", ",", ":", ";", "-", " – ", "—", "\"",
            "'", "“", "”", "’", "«", "»", "(", ")", "[", "]", " ", "  ", "\t", "\u{a0}", "\u{3000}", "\n", "\r\n", "\u{85}", "\u{2028}",
            "\u{301}", "\u{93e}", "\u{200d}", "\u{ad}", "\u{feff}", "א", "価格", "क", "ä", "Ж", "👍", "🇩🇪", "_", "*", "\0",
        ][..]), 0..60)) {
            let text = parts.concat();
            let expected: Vec<usize> = by_the_library(&text).collect();
            prop_assert_eq!(&ends_without_runs(&text), &expected, "{:?}", text);
            prop_assert_eq!(sentence_ends(&text), expected);
        }
    }

    proptest! {
        #[test]
        fn sentences_of_any_characters_end_where_the_library_says(text in "(?s).{0,80}") {
            prop_assert_eq!(ends_without_runs(&text), by_the_library(&text).collect::<Vec<_>>(), "{:?}", text);
        }
    }
}
