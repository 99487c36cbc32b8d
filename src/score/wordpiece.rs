//! Texts to tokens word by word, where a tokenizer reads each word by itself: the one of BERT, which most small models have.
//!
//! The library takes a text apart with the place of every character in hand, which scoring does not need and which was a twentieth
//! of the time of `analyze`. What comes out is the same; a property test holds the two beside each other.

use std::ops::Range;

use tokenizers::{Model, ModelWrapper, NormalizerWrapper, PreTokenizerWrapper, Tokenizer};

/// Characters beside those of ASCII that transcripts and mails are full of, each of them a mark by itself to the tokenizer.
const MARKS: [char; 7] = ['‘', '’', '“', '”', '–', '—', '…'];

/// Whether a tokenizer reads each word by itself, as [`encode`] does.
pub fn reads_words(tokenizer: &Tokenizer) -> bool {
    let Some(NormalizerWrapper::BertNormalizer(normalizer)) = tokenizer.get_normalizer() else { return false };
    let added = tokenizer.get_added_vocabulary();
    normalizer.clean_text
        && normalizer.lowercase
        && matches!(tokenizer.get_pre_tokenizer(), Some(PreTokenizerWrapper::BertPreTokenizer(_)))
        && matches!(tokenizer.get_model(), ModelWrapper::WordPiece(_))
        // A mark of the tokenizer's own is words where it is special; any other is found before words are.
        && added.get_encode_special_tokens()
        && added.get_added_tokens_decoder().values().all(|token| token.special)
}

/// The tokens of a text by a tokenizer that [`reads_words`], as the library gives them.
///
/// # Errors
/// Where the library fails.
pub fn encode(tokenizer: &Tokenizer, text: &str) -> tokenizers::Result<Vec<u32>> {
    let ModelWrapper::WordPiece(pieces) = tokenizer.get_model() else {
        return Ok(tokenizer.encode_fast(text, false)?.get_ids().to_vec());
    };
    let (mut tokens, mut lowered) = (Vec::with_capacity(text.len() / 4 + 1), String::new());
    // Words that are for the library, until one comes that is not: a text in another script is one call and not one for each word.
    let mut left = 0..0;
    let by_library = |tokens: &mut Vec<u32>, left: &mut Range<usize>| -> tokenizers::Result<()> {
        let left = std::mem::take(left);
        if !left.is_empty() {
            tokens.extend_from_slice(tokenizer.encode_fast(&text[left], false)?.get_ids());
        }
        Ok(())
    };
    // These are white space to the tokenizer; what else may be is left to the library with the word around it.
    for word in text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
        if !word.chars().all(|c| c.is_ascii_graphic() || MARKS.contains(&c)) {
            let from = word.as_ptr() as usize - text.as_ptr() as usize;
            left = if left.is_empty() { from } else { left.start }..from + word.len();
            continue;
        }
        by_library(&mut tokens, &mut left)?;
        lowered.clear();
        lowered.push_str(word);
        lowered.make_ascii_lowercase();
        let mark = |c: char| c.is_ascii_punctuation() || !c.is_ascii();
        for part in lowered.split_inclusive(mark) {
            let (letters, mark) = match part.char_indices().next_back() {
                Some((at, last)) if mark(last) => part.split_at(at),
                _ => (part, ""),
            };
            for part in [letters, mark].into_iter().filter(|part| !part.is_empty()) {
                // The longest piece that a word begins with is its first token: the word itself where it is one, unless it is
                // too long to be looked up at all.
                match pieces.token_to_id(part) {
                    Some(id) if part.len() <= pieces.max_input_chars_per_word => tokens.push(id),
                    _ => tokens.extend(pieces.tokenize(part)?.into_iter().map(|token| token.id)),
                }
            }
        }
    }
    by_library(&mut tokens, &mut left)?;
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::score::{ModelFiles, tokenizer};

    static OURS: LazyLock<Tokenizer> =
        LazyLock::new(|| tokenizer::load(&ModelFiles::read("models/small".as_ref()).unwrap()).unwrap());

    fn check(text: &str) -> Result<(), TestCaseError> {
        prop_assert!(reads_words(&OURS));
        let by_library = OURS.encode_fast(text, false).unwrap().get_ids().to_vec();
        prop_assert_eq!(encode(&OURS, text).unwrap(), by_library, "{:?}", text);
        Ok(())
    }

    /// A tokenizer of few words, with one setting changed.
    fn with(setting: &str, value: Value) -> Tokenizer {
        let words = ["[UNK]", "it", "international", "##s", "e", "é", "deal", "desk", "日", "IT"];
        let vocabulary: Map<String, Value> = words.iter().enumerate().map(|(id, w)| ((*w).into(), json!(id))).collect();
        let mut all = json!({
            "version": "1.0", "truncation": null, "padding": null, "decoder": null, "post_processor": null,
            "added_tokens": [],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "model": {"type": "WordPiece", "vocab": vocabulary, "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
        });
        if !setting.is_empty() {
            *all.pointer_mut(setting).expect("a setting") = value;
        }
        let mut tokenizer: Tokenizer = serde_json::from_value(all).unwrap();
        tokenizer.set_encode_special_tokens(true);
        tokenizer
    }

    #[test]
    fn a_tokenizer_that_reads_more_than_words_is_left_to_the_library() {
        let added = json!([{
            "id": 10, "content": "deal desk", "special": false, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false,
        }]);
        for (setting, value) in [
            ("/normalizer/lowercase", json!(false)),
            ("/normalizer/clean_text", json!(false)),
            ("/normalizer", Value::Null),
            ("/pre_tokenizer", json!({"type": "Whitespace"})),
            ("/added_tokens", added),
        ] {
            assert!(!reads_words(&with(setting, value)), "{setting}");
        }
    }

    #[test]
    fn whatever_else_is_set_the_tokens_are_those_of_the_library() {
        for (setting, value) in [
            ("", Value::Null),
            ("/model/max_input_chars_per_word", json!(10)),
            ("/normalizer/strip_accents", json!(true)),
            ("/normalizer/strip_accents", json!(false)),
            ("/normalizer/handle_chinese_chars", json!(false)),
        ] {
            let tokenizer = with(setting, value);
            assert!(reads_words(&tokenizer), "{setting}");
            for text in ["It internationals, INTERNATIONAL é e\u{301}", "deal desk’s 日日 it", "\u{345} \u{e31}it"]
            {
                let by_library = tokenizer.encode_fast(text, false).unwrap().get_ids().to_vec();
                assert_eq!(encode(&tokenizer, text).unwrap(), by_library, "{setting}: {text:?}");
            }
        }
    }

    #[test]
    fn the_tokens_of_talk_are_those_of_the_library() {
        for text in [
            "",
            " \n",
            "That's O'Brien’s “25%” — or… isn't it?",
            "[SEP] [CLS]it[MASK] ##ing [unused1] ...",
            "naïve Zürich's café, ЖИВО 日本語 İstanbul 👍🏽 e\u{301}",
            "a\u{7}b \u{b}c\u{c}d\u{a0}e\u{200b}f\u{ad}g\u{7f}h\u{2028}i",
            &"x".repeat(101),
            &"antidisestablishmentarianism".repeat(3),
        ] {
            check(text).unwrap();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_tokens_of_any_text_are_those_of_the_library(
            parts in prop::collection::vec("[A-Za-z]{1,9}|[ -~]{1,4}|[ \t\r\n]|[‘’“”–—…]|\\PC|\\pZ|\\pM|\\pC", 0..40)
        ) {
            check(&parts.concat())?;
        }
    }
}
