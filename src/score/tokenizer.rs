//! The only file that names the tokenizer: a text, and what was said before it, to rows of tokens as the model wants them.

use std::mem::ManuallyDrop;

use tokenizers::{PostProcessor, Tokenizer, TruncationDirection};

use super::{Encoded, Encoder, ModelCard, ModelFiles, Row, ScoreError, Text, model::ContextUse};

/// The tokenizer of a model with the shape of its input.
pub struct TextEncoder {
    /// Never dropped: giving a table of 30,000 words back one by one takes 10 ms at the end of every cold line. Who loads several
    /// models one after the other, as `dealtone bench` does, leaves a table of some megabytes behind for each.
    tokenizer: ManuallyDrop<Tokenizer>,
    card: ModelCard,
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
    let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(refuse)?;
    // Both are ours to do: windows instead of a silent cut, padding by batch.
    tokenizer.with_truncation(None).map_err(refuse)?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

impl TextEncoder {
    /// Puts texts before the tokenizer as the model's card says.
    pub fn new(tokenizer: Tokenizer, card: ModelCard) -> TextEncoder {
        TextEncoder { tokenizer: ManuallyDrop::new(tokenizer), card }
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
}

/// The words of `text` between white space with the byte at which each begins.
fn split_word_indices(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_whitespace().map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

impl Encoder for TextEncoder {
    fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
        let failed = |e: tokenizers::Error| ScoreError::Tokenizer { bytes: text.text.len(), message: e.to_string() };
        let prefix = self.card.input.side_prefix.get(text.side.name()).map(String::as_str).unwrap_or_default();
        let words = format!("{prefix}{}", text.text);
        let mut body = self.tokenizer.encode_fast(words.as_str(), false).map_err(failed)?;
        let mut context = match self.context(text) {
            Some(context) => Some(self.tokenizer.encode_fast(context, false).map_err(failed)?),
            None => None,
        };
        let added = self.tokenizer.get_post_processor().map_or(0, |p| p.added_tokens(context.is_some()));
        let room = self.card.max_tokens.saturating_sub(added).max(1);
        if let Some(context) = &mut context {
            // A long text needs its room more than its context does: at most a third goes to what was said before.
            context.truncate((room / 3).max(1), 0, TruncationDirection::Left);
        }
        let body_room = room - context.as_ref().map_or(0, |c| c.len()).min(room - 1);
        body.truncate(body_room, 0, TruncationDirection::Right);
        let rest = body.take_overflowing();
        std::iter::once(body)
            .chain(rest)
            .map(|window| {
                let (first, second) = match &context {
                    Some(context) => (context.clone(), Some(window)),
                    None => (window, None),
                };
                let whole = self.tokenizer.post_process(first, second, true).map_err(failed)?;
                // A template may number segments as it likes; there are two.
                let segment = |id: &u32| u8::try_from(*id).map_err(|e| failed(e.into()));
                Ok(Row {
                    ids: whole.get_ids().iter().map(|id| i64::from(*id)).collect(),
                    segments: whole.get_type_ids().iter().map(segment).collect::<Result<_, _>>()?,
                })
            })
            .collect::<Result<_, _>>()
            .map(Encoded)
    }
}
