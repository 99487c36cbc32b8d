//! The tokenizer, which this file and `wordpiece.rs` alone name: a text, and what was said before it, to rows of tokens as the model wants them.

use std::mem::ManuallyDrop;

use tokenizers::{Encoding, Token, Tokenizer};

use super::{
    Encoded, Encoder, ModelCard, ModelFiles, Row, ScoreError, Text, config_file::without_mark, model::ContextUse,
    wordpiece,
};

/// Characters of a context's end that are taken for each token that is kept of it, at first. English has four or five to a
/// token, so that what most contexts hold is read whole, and of the longest a few thousand.
const CHARACTERS_A_TOKEN: usize = 32;

/// The tokenizer of a model with the shape of its input.
pub struct TextEncoder {
    /// Never dropped: giving a table of 30,000 words back one by one takes 10 ms at the end of every cold line. Who loads several
    /// models one after the other, as `dealtone bench` does, leaves a table of some megabytes behind for each.
    tokenizer: ManuallyDrop<Tokenizer>,
    /// Whether the tokenizer reads each word by itself.
    by_words: bool,
    /// How rows are made of a text alone.
    alone: Frame,
    /// How they are made of what was said before and a text, where the model is ever given both.
    behind: Option<Frame>,
    card: ModelCard,
}

/// The tokens of a row, in order.
struct Frame(Vec<Part>);

/// A part of a row, and the number of the segment that it counts to.
enum Part {
    /// A token of the tokenizer's own.
    Mark(i64, u8),
    /// What was said before, or the text where nothing was.
    First(u8),
    /// The text behind what was said before.
    Second(u8),
}

impl Frame {
    /// What the tokenizer makes of a text of one token, or of two.
    ///
    /// # Errors
    /// Where it fails, or numbers more segments than a byte counts: a template may number them as it likes; there are two.
    fn of(tokenizer: &Tokenizer, pair: bool) -> tokenizers::Result<Frame> {
        const FIRST: u32 = u32::MAX;
        const SECOND: u32 = u32::MAX - 1;
        let token = |id| Encoding::from_tokens(vec![Token::new(id, String::new(), (0, 0))], 0);
        let row = tokenizer.post_process(token(FIRST), pair.then(|| token(SECOND)), true)?;
        let part = |(id, segment): (&u32, &u32)| {
            let segment = u8::try_from(*segment)?;
            Ok(match *id {
                FIRST => Part::First(segment),
                SECOND => Part::Second(segment),
                id => Part::Mark(id.into(), segment),
            })
        };
        row.get_ids().iter().zip(row.get_type_ids()).map(part).collect::<tokenizers::Result<_>>().map(Frame)
    }

    /// How many tokens of the tokenizer's own it has.
    fn marks(&self) -> usize {
        self.0.iter().filter(|part| matches!(part, Part::Mark(..))).count()
    }

    /// A row of these tokens.
    fn row(&self, first: &[u32], second: &[u32]) -> Row {
        let length = first.len() + second.len() + self.marks();
        let mut row = Row { ids: Vec::with_capacity(length), segments: Vec::with_capacity(length) };
        for part in &self.0 {
            let (tokens, segment) = match part {
                Part::Mark(id, segment) => {
                    row.ids.push(*id);
                    row.segments.push(*segment);
                    continue;
                }
                Part::First(segment) => (first, segment),
                Part::Second(segment) => (second, segment),
            };
            row.ids.extend(tokens.iter().map(|id| i64::from(*id)));
            row.segments.resize(row.ids.len(), *segment);
        }
        row
    }
}

/// The tokenizer of `tokenizer.json`.
///
/// # Errors
/// Where it is none.
pub fn load(files: &ModelFiles) -> Result<Tokenizer, ScoreError> {
    let refuse = |e: tokenizers::Error| ScoreError::Model {
        folder: files.folder.display().to_string(),
        message: format!("tokenizer.json: {e}"),
    };
    let mut tokenizer = Tokenizer::from_bytes(without_mark(&files.tokenizer)).map_err(refuse)?;
    // Both are ours to do: windows instead of a silent cut, padding by batch.
    tokenizer.with_truncation(None).map_err(refuse)?;
    tokenizer.with_padding(None);
    // What somebody said is words: with the tokenizer's own "[SEP]" in it, all before that would count as said before.
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

impl TextEncoder {
    /// Puts texts before the tokenizer as the model's card says.
    ///
    /// # Errors
    /// Where the tokenizer makes no row of a text, or of two where the model is given two.
    pub fn new(tokenizer: Tokenizer, card: ModelCard) -> Result<TextEncoder, ScoreError> {
        let frame = |pair| {
            Frame::of(&tokenizer, pair).map_err(|e| ScoreError::Model {
                folder: card.folder.display().to_string(),
                message: format!("tokenizer.json: {e}"),
            })
        };
        let alone = frame(false)?;
        // A model that is never given what was said before need not know how.
        let behind = (card.input.context != ContextUse::None).then(|| frame(true)).transpose()?;
        let by_words = wordpiece::reads_words(&tokenizer);
        Ok(TextEncoder { tokenizer: ManuallyDrop::new(tokenizer), by_words, alone, behind, card })
    }

    /// The tokens of a text.
    fn tokens(&self, text: &str) -> tokenizers::Result<Vec<u32>> {
        if self.by_words {
            return wordpiece::encode(&self.tokenizer, text);
        }
        Ok(self.tokenizer.encode_fast(text, false)?.get_ids().to_vec())
    }

    /// The greatest token id that a word of its own vocabulary has.
    pub fn last_word(&self) -> i64 {
        self.tokenizer.get_vocab(false).into_values().max().map_or(0, i64::from)
    }

    /// The part of the context that the model is given, if any.
    fn context<'a>(&self, text: &'a Text) -> Option<&'a str> {
        let shape = &self.card.input;
        let wanted = match shape.context {
            ContextUse::None => false,
            ContextUse::Previous => true,
            ContextUse::Short => {
                let limit = shape.context_if_words_at_most.unwrap_or(0);
                text.text.split_whitespace().nth(limit).is_none()
            }
        };
        if !wanted || text.context.is_empty() {
            return None;
        }
        let words = text.context.split_whitespace().count();
        let keep = shape.context_max_words.unwrap_or(usize::MAX);
        if words <= keep {
            return Some(&text.context);
        }
        let (start, _) = split_word_indices(&text.context).nth(words - keep)?;
        Some(&text.context[start..])
    }

    /// The last `most` tokens of a context.
    fn last_tokens(&self, context: &str, most: usize) -> tokenizers::Result<Vec<u32>> {
        let mut tokens = self.end_of(context, most)?;
        Ok(tokens.split_off(tokens.len().saturating_sub(most)))
    }

    /// The tokens of as much of the end of a context as decides its last `most`: of one that is much longer than that, not
    /// of all of it.
    ///
    /// A cut may fall into a word and change how its beginning is read. So the tokens of the word at the cut do not count,
    /// and there must be twice as many others as are kept; where there are fewer (one word without end, or a tokenizer that
    /// knows no words), more is read, in the end all.
    fn end_of(&self, context: &str, most: usize) -> tokenizers::Result<Vec<u32>> {
        let mut characters = most.saturating_mul(CHARACTERS_A_TOKEN);
        while let Some(end) = last_characters(context, characters) {
            let tokens = self.tokenizer.encode(end, false)?;
            let words = tokens.get_word_ids();
            if words.iter().filter(|word| **word != words[0]).count() >= 2 * most {
                return Ok(tokens.get_ids().to_vec());
            }
            characters = characters.saturating_mul(4);
        }
        self.tokens(context)
    }
}

/// The last `count` characters of a longer text, from the first white space in them on where there is any.
fn last_characters(text: &str, count: usize) -> Option<&str> {
    if text.len() <= count {
        // Bytes are at least as many as characters, and cheaper to count.
        return None;
    }
    let (start, _) = text.char_indices().nth_back(count.checked_sub(1)?)?;
    let end = Some(&text[start..]).filter(|_| start > 0)?;
    Some(end.find(char::is_whitespace).map_or(end, |at| &end[at..]))
}

/// The words of `text` between white space with the byte at which each begins.
fn split_word_indices(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

impl Encoder for TextEncoder {
    fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
        let failed = |e: tokenizers::Error| failed(text.text.len(), &e);
        let prefix = self.card.input.side_prefix.get(text.side.name()).map(String::as_str).unwrap_or_default();
        // Whose side said nothing is no text, and what was said before is not this one: without a token of its own it has no
        // score, whoever said it.
        let tokens = |text: &str| self.tokens(text).map_err(failed);
        let mut body = tokens(&text.text)?;
        if body.is_empty() {
            return Ok(Encoded::default());
        }
        if !prefix.is_empty() {
            body = tokens(&format!("{prefix}{}", text.text))?;
        }
        let context = self.context(text);
        let frame = match &self.behind {
            Some(behind) if context.is_some() => behind,
            _ => &self.alone,
        };
        let room = self.card.max_tokens.saturating_sub(frame.marks()).max(1);
        // A long text needs its room more than its context does: at most a third goes to what was said before.
        let kept = (room / 3).max(1);
        let before = context.map(|context| self.last_tokens(context, kept)).transpose().map_err(failed)?;
        let windows = body.chunks(room - before.as_ref().map_or(0, Vec::len).min(room - 1));
        let row = |window| match &before {
            Some(before) => frame.row(before, window),
            None => frame.row(window, &[]),
        };
        Ok(Encoded(windows.map(row).collect()))
    }
}

/// That the tokenizer failed over a text of so many bytes.
fn failed(bytes: usize, error: &tokenizers::Error) -> ScoreError {
    ScoreError::Tokenizer { bytes, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::conversation::Side;

    /// A model of 62 tokens a row that takes what was said before, with a tokenizer of letters, digits and `=`.
    fn encoder(pre_tokenizer: Value) -> TextEncoder {
        let singles = ('a'..='z').chain('0'..='9').chain(['=', '日', ' ']);
        let tokens = singles.flat_map(|c| [c.to_string(), format!("##{c}")]);
        let tokens = ["[UNK]", "[CLS]", "[SEP]", "it", "##ed"].map(String::from).into_iter().chain(tokens);
        let vocabulary: Map<String, Value> = tokens.enumerate().map(|(id, token)| (token, json!(id))).collect();
        let special = |name: &str, id: u32| json!({"id": name, "ids": [id], "tokens": [name]});
        let mark = |(id, name): (usize, &str)| {
            json!({
                "id": id, "content": name, "special": true, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false,
            })
        };
        let marks: Vec<Value> = ["[UNK]", "[CLS]", "[SEP]"].into_iter().enumerate().map(mark).collect();
        let tokenizer = json!({
            "version": "1.0", "truncation": null, "padding": null, "decoder": null,
            "added_tokens": marks,
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
            "pre_tokenizer": pre_tokenizer,
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {"[CLS]": special("[CLS]", 1), "[SEP]": special("[SEP]", 2)}
            },
            "model": {"type": "WordPiece", "vocab": vocabulary, "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
        });
        let config = json!({
            "id2label": {"0": "negative", "1": "positive"},
            "dealtone": {"input": {"context": "previous", "max_tokens": 62}}
        });
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("config.json", config.to_string()),
            ("tokenizer.json", tokenizer.to_string()),
            ("model.onnx", String::new()),
        ] {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let files = ModelFiles::read(folder.path()).unwrap();
        TextEncoder::new(load(&files).unwrap(), ModelCard::of(&files).unwrap()).unwrap()
    }

    fn bert() -> Value {
        json!({"type": "BertPreTokenizer"})
    }

    /// The last tokens of all of the context.
    fn of_all(encoder: &TextEncoder, context: &str, most: usize) -> Vec<u32> {
        let ids = encoder.tokenizer.encode_fast(context, false).unwrap().get_ids().to_vec();
        ids[ids.len().saturating_sub(most)..].to_vec()
    }

    #[test]
    fn a_window_copies_the_tokens_of_a_context_that_it_is_given_and_no_others() {
        let encoder = encoder(bert());
        for context in ["=".repeat(40_000), "it edited ".repeat(4_000), "日本".repeat(20_000)] {
            // What is read of it is bounded by what is kept, not by its length.
            let read = encoder.end_of(&context, 20).unwrap().len();
            assert!((60..=20 * CHARACTERS_A_TOKEN).contains(&read), "{read} tokens read of {:?}", &context[..9]);
            let kept = encoder.last_tokens(&context, 20).unwrap();
            assert_eq!(kept.len(), 20);
            assert_eq!(kept, of_all(&encoder, &context, 20));
            let text = Text { side: Side::Unknown, context, text: "it ".repeat(4_000) };
            let rows = encoder.encode(&text).unwrap().0;
            assert_eq!(
                rows.len(),
                4_000_usize.div_ceil(41),
                "61 tokens beside the one that is added, 20 of them context"
            );
            assert!(rows[..rows.len() - 1].iter().all(|row| row.ids.len() == 62));
        }
    }

    #[test]
    fn a_context_that_fits_is_read_whole_however_long_it_is() {
        let with_words = encoder(bert());
        let without_words = encoder(Value::Null);
        let long = "x".repeat(5_000);
        for context in [
            // Words of more than a hundred characters are one unknown token each.
            long.clone(),
            format!("{long} it {long}"),
            format!("{long}={}", "y".repeat(700)),
            format!("it{}edited", "\u{200b}".repeat(9_000)),
            format!("edited{}", " ".repeat(9_000)),
            "it ".repeat(19),
            String::new(),
        ] {
            for encoder in [&with_words, &without_words] {
                assert_eq!(encoder.last_tokens(&context, 20).unwrap(), of_all(encoder, &context, 20));
            }
        }
    }

    /// Whoever writes "[SEP]" into a mail would else hide from the model what stands before it.
    #[test]
    fn marks_of_the_tokenizer_in_what_was_said_are_words() {
        let encode = |context: &str, text: &str| {
            let text = Text { side: Side::Unknown, context: context.into(), text: text.into() };
            BERT.encode(&text).unwrap().0.into_iter().flat_map(|row| row.ids).collect::<Vec<i64>>()
        };
        let count = |ids: &[i64], mark: i64| ids.iter().filter(|id| **id == mark).count();
        for (context, text, separators) in [("", "it [SEP] it[CLS]", 0), ("it [SEP]", "it [UNK] it", 1)] {
            let ids = encode(context, text);
            assert_eq!([count(&ids, 2), count(&ids, 1)], [separators, usize::from(context.is_empty())], "{ids:?}");
            let [it, s, e, p] =
                ["it", "s", "##e", "##p"].map(|word| i64::from(BERT.tokenizer.token_to_id(word).unwrap()));
            assert!(ids.ends_with(&[it]) || text.ends_with(']'), "{ids:?}");
            assert!(ids.windows(4).any(|found| found[..3] == [s, e, p]) && ids.contains(&it), "{ids:?}");
        }
    }

    #[test]
    fn what_has_no_token_of_its_own_has_no_row_whoever_said_it() {
        let mut encoder = encoder(bert());
        encoder.card.input.side_prefix = [("unknown".to_owned(), "it ".to_owned())].into();
        let rows = |text: &str| {
            encoder.encode(&Text { side: Side::Unknown, context: "it".into(), text: text.into() }).unwrap().0.len()
        };
        assert_eq!(["", "  \n", "\u{200b}", "\u{345}", "=", "it"].map(rows), [0, 0, 0, 0, 1, 1]);
    }

    /// A row is what the library makes of the same tokens, whatever template it follows.
    #[test]
    fn a_row_is_framed_as_the_library_frames_it() {
        let template = |pair: Value| {
            let special = |name: &str, id: u32| json!({"id": name, "ids": [id], "tokens": [name]});
            json!({
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 3}}, {"Sequence": {"id": "A", "type_id": 2}}],
                "pair": pair,
                "special_tokens": {"[CLS]": special("[CLS]", 1), "[SEP]": special("[SEP]", 2)}
            })
        };
        let part = |id: &str, segment: u32| match id {
            "A" | "B" => json!({"Sequence": {"id": id, "type_id": segment}}),
            id => json!({"SpecialToken": {"id": id, "type_id": segment}}),
        };
        for post_processor in [
            Value::Null,
            json!({"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]}),
            json!({"type": "RobertaProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1], "trim_offsets": true, "add_prefix_space": true}),
            template(json!([part("[CLS]", 0), part("A", 0), part("[SEP]", 0), part("B", 1), part("[SEP]", 1)])),
            template(json!([part("B", 4), part("[SEP]", 5), part("A", 6)])),
        ] {
            let json = json!({
                "version": "1.0", "truncation": null, "padding": null, "decoder": null, "added_tokens": [], "normalizer": null,
                "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": post_processor,
                "model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "it": 3, "is": 4}, "unk_token": "[UNK]",
                          "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
            });
            let tokenizer: Tokenizer = serde_json::from_value(json).unwrap();
            for (first, second) in
                [("it", Some("is is")), ("it is it", Some("is")), ("it is", None), ("", Some("it")), ("", None)]
            {
                let encode = |text: &str| tokenizer.encode_fast(text, false).unwrap();
                let whole = tokenizer.post_process(encode(first), second.map(encode), true).unwrap();
                let second_ids = second.map(|text| encode(text).get_ids().to_vec()).unwrap_or_default();
                let row = Frame::of(&tokenizer, second.is_some()).unwrap().row(encode(first).get_ids(), &second_ids);
                let ids: Vec<i64> = whole.get_ids().iter().map(|id| i64::from(*id)).collect();
                let segments: Vec<u32> = row.segments.iter().map(|segment| u32::from(*segment)).collect();
                assert_eq!(
                    (row.ids, &segments[..]),
                    (ids, whole.get_type_ids()),
                    "{post_processor}: {first:?} {second:?}"
                );
            }
        }
    }

    static BERT: LazyLock<TextEncoder> = LazyLock::new(|| encoder(bert()));

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_end_of_a_context_is_the_end_of_all_of_it(
            parts in prop::collection::vec("[a-z0-9]{1,9}|[a-z]{1,9}[ \n]{1,3}|=|日|İx |\u{301}|[^a]", 0..1500)
        ) {
            let context = parts.concat();
            let kept = BERT.last_tokens(&context, 20).unwrap();
            prop_assert_eq!(kept, of_all(&BERT, &context, 20));
        }
    }
}
