//! Tries out a model that nobody here has measured, before its scores are believed.
//!
//! Two lines, alone and together, show what a folder does not say: whether model and tokenizer belong together, and whether
//! a score depends on what stands beside it. It does where a model finds the end of a row by its padding and the config
//! names another one (decoders like GPT-2), or where numbers are scaled by the whole batch (dynamic int8).

use super::{Encoder, Infer, Logits, ModelCard, Row, ScoreError, Text};
use crate::conversation::Side;

/// Probabilities that are further apart than this are no rounding: runs of another shape add in another order.
const ROUNDING: f64 = 1e-4;

/// How a model's rows may be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// Beside each other: a score depends on the words alone.
    Together,
    /// Only one by one, which takes longer; why.
    OneByOne(String),
}

/// Runs two lines of different length through a model, alone and together. `last_word` is the greatest token id that the
/// tokenizer gives.
///
/// # Errors
/// Where the model cannot run them.
pub fn try_out(
    card: &ModelCard,
    encoder: &dyn Encoder,
    last_word: i64,
    model: &mut dyn Infer,
) -> Result<Fit, ScoreError> {
    let row = Row { ids: vec![0, last_word], segments: vec![0, 0] };
    model.infer(&[&row]).map_err(|e| {
        e.in_folder(
            card,
            &format!(
                "tokenizer.json has words up to number {last_word}, and the model does not know that one: it is the tokenizer of \
                 another model, so take both from one place"
            ),
        )
    })?;
    let mut rows = Vec::new();
    for text in ["It fits.", "We like what we saw, and before we sign we have to ask the others what they think of it."]
    {
        let text = Text { side: Side::Unknown, context: String::new(), text: text.into() };
        rows.extend(encoder.encode(&text)?.0);
    }
    let rows: Vec<&Row> = rows.iter().collect();
    let mut alone = Vec::new();
    for row in rows.iter().copied() {
        let logits = model.infer(&[row]).map_err(|e| e.in_folder(card, "a first line cannot be scored"))?;
        alone.extend(logits);
    }
    let together = match model.infer(&rows) {
        Ok(together) => together,
        Err(ScoreError::Run { message, .. }) => {
            return Ok(Fit::OneByOne(format!("it cannot run several lines at once: ONNX Runtime says {message}")));
        }
        Err(error) => return Err(error),
    };
    let mut moved: f64 = 0.0;
    for (a, b) in alone.iter().zip(&together) {
        moved = moved.max(furthest(card, a, b)?);
    }
    Ok(if moved > ROUNDING {
        Fit::OneByOne(format!(
            "a probability moves by up to {moved:.4} with the lines beside it (rows are padded with token {}: the pad_token_id of config.json, 0 where it names none)",
            card.pad_id
        ))
    } else {
        Fit::Together
    })
}

/// How far apart the probabilities of a label are at most.
fn furthest(card: &ModelCard, a: &Logits, b: &Logits) -> Result<f64, ScoreError> {
    let (a, b) = (card.read_labels(&[(1, a)])?, card.read_labels(&[(1, b)])?);
    Ok(a.iter().zip(&b).map(|((_, a), (_, b))| (a.as_f64() - b.as_f64()).abs()).fold(0.0, f64::max))
}
