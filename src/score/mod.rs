//! **Map**: a conversation to its scores. A [`Scorer`] turns texts into scores; this file cuts a conversation into texts
//! and puts the scores back in place.

use crate::{
    conversation::Side,
    utterance::{Intents, Provenance, Sentiment},
};

/// One text to score with all that the model may know of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// Who says it.
    pub side: Side,
    /// What was said just before in the same conversation; empty where nothing was.
    pub context: String,
    /// The words.
    pub text: String,
}

/// The labels of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The attitude.
    pub sentiment: Sentiment,
    /// The intents over their threshold.
    pub intents: Intents,
}

/// What scores texts.
///
/// Implementers must give one score a text, in order, each depending on its own [`Text`] alone: not on its neighbours, the
/// batch, the thread or what was scored before.
pub trait Scorer: Send {
    /// What made the scores.
    fn provenance(&self) -> &Provenance;
    /// Scores `texts`, which together should keep within the token budget of a batch.
    ///
    /// # Errors
    /// Where the runtime fails or the model gives numbers that are none.
    fn score(&mut self, texts: &[Text]) -> Result<Vec<Score>, ScoreError>;
}

/// Why scoring failed. Never holds words of a conversation.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The model folder is not usable.
    #[error("{0}")]
    Model(String),
}
