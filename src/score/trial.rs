//! Tries out a model that nobody here has measured, before its scores are believed.
//!
//! A few rows show what a folder does not say: whether model and tokenizer belong together, whether a row may be as long as
//! the config allows, and whether a score depends on what stands beside it. It does where a model finds the end of a row by
//! its padding and the config names another one (decoders like GPT-2), or where numbers are scaled by the whole batch
//! (dynamic int8).

use super::{Encoder, Infer, Logits, ModelCard, Row, ScoreError, Text};
use crate::conversation::Side;

/// Probabilities that are further apart than this are no rounding. Runs of another shape add in another order, so that those of
/// a model of floats may differ by a millionth, and such a model is not run one by one for it.
const ROUNDING: f64 = 1e-4;

/// How a model's rows may be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// Beside each other: a score depends on the words alone.
    Together,
    /// Only one by one, which takes longer; why.
    OneByOne(String),
}

/// The lines that a model is tried out with: a short one, and one of which the middle is surely words.
const LINES: [&str; 2] =
    ["It fits.", "We like what we saw, and before we sign we have to ask the others what they think of it."];

/// A row that any model must be able to run: a line as its tokenizer gives it, with all that the tokenizer puts around it.
///
/// # Errors
/// Where the tokenizer fails.
pub fn first_row(encoder: &dyn Encoder) -> Result<Row, ScoreError> {
    let rows = encoder.encode(&line(LINES[0]))?.0;
    // A tokenizer of another script may find nothing in it.
    Ok(rows.into_iter().next().unwrap_or(Row { ids: vec![0, 0], segments: vec![0, 0] }))
}

fn line(words: &str) -> Text {
    Text { side: Side::Unknown, context: String::new(), text: words.into() }
}

/// Runs two lines of different length through a model, alone and together, one with the last word of its tokenizer, and a row
/// as long as the card allows. `last_word` is the greatest token id that the tokenizer gives.
///
/// # Errors
/// Where the model cannot run them.
pub fn try_out(
    card: &ModelCard,
    encoder: &dyn Encoder,
    last_word: i64,
    model: &mut dyn Infer,
) -> Result<Fit, ScoreError> {
    // Before the lines: where rows are short, one of these is as long. That it runs a short one, loading it has shown.
    run_longest(card, encoder, model)?;
    let mut rows = Vec::new();
    for text in LINES {
        rows.extend(encoder.encode(&line(text))?.0);
    }
    let rows: Vec<&Row> = rows.iter().collect();
    let mut alone = Vec::new();
    for row in rows.iter().copied() {
        let logits = model.infer(&[row]).map_err(|e| e.in_folder(card, "a first line cannot be scored"))?;
        alone.extend(logits);
    }
    run_last_word(card, &rows, last_word, model)?;
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

/// Runs a line with the last word of the tokenizer in place of one of its own.
fn run_last_word(card: &ModelCard, rows: &[&Row], last_word: i64, model: &mut dyn Infer) -> Result<(), ScoreError> {
    let Some(row) = rows.iter().max_by_key(|row| row.ids.len()) else { return Ok(()) };
    let mut row = Row::clone(row);
    // What a tokenizer puts around a line stands at its ends.
    let middle = row.ids.len() / 2;
    row.ids[middle..].iter_mut().take(1).for_each(|id| *id = last_word);
    let run = model.infer(&[&row]).map_err(|e| {
        e.in_folder(
            card,
            &format!(
                "tokenizer.json has words up to number {last_word}, and the model does not know that one: it is the tokenizer of \
                 another model, so take both from one place"
            ),
        )
    });
    run.map(|_| ())
}

/// Runs a row as long as the card allows: that there is a position for every token is what the config says, and what most
/// lines, being short, never ask for.
fn run_longest(card: &ModelCard, encoder: &dyn Encoder, model: &mut dyn Infer) -> Result<(), ScoreError> {
    let words = "it fits ".repeat(card.max_tokens);
    let rows = encoder.encode(&line(&words))?.0;
    let Some(row) = rows.iter().max_by_key(|row| row.ids.len()) else { return Ok(()) };
    let run = model.infer(&[row]).map_err(|e| {
        e.in_folder(
            card,
            &format!(
                "a line of {} tokens cannot be scored, and config.json allows as many (by max_position_embeddings or \
                 dealtone.input.max_tokens); state there how many the model takes, often 2 fewer, as \
                 \"dealtone\": {{\"input\": {{\"max_tokens\": {}}}}}",
                row.ids.len(),
                row.ids.len().saturating_sub(2)
            ),
        )
    });
    run.map(|_| ())
}

/// How far apart the probabilities of a label are at most.
fn furthest(card: &ModelCard, a: &Logits, b: &Logits) -> Result<f64, ScoreError> {
    let (a, b) = (card.read_outputs(&[(1, a)])?, card.read_outputs(&[(1, b)])?);
    Ok(a.iter().zip(&b).map(|(a, b)| (a.as_f64() - b.as_f64()).abs()).fold(0.0, f64::max))
}
