//! **Map**: a conversation to its scores.
//!
//! Four steps, each a value in and a value out, so that they can run on different threads and be tested without a model:
//! `text` cuts a conversation into [`Text`]s, [`Encoder`] turns a text into [`Row`]s of tokens, [`Infer`] turns rows into
//! [`Logits`], and the [`ModelCard`] reads logits as a [`Score`]. A score depends on its own text (and what was said just
//! before) alone: not on its neighbours in a batch, the thread, or what was scored before.

mod config_file;
mod files;
mod labels;
pub mod model;
pub mod onnx;
pub mod own;
mod own_config;
pub mod provenance;
pub mod runtime_library;
mod sentence_ends;
pub mod text;
pub mod tokenizer;
mod trial;
mod wordpiece;

use std::str::FromStr;

use crate::{
    conversation::Side,
    utterance::{Intents, Sentiment},
};
pub use files::ModelFiles;
pub use model::ModelCard;
pub use trial::{Fit, first_row, try_out};

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

impl Text {
    /// Without white space around the words and the context, as they are scored: whoever takes texts from outside asks for it,
    /// so that all ways in give the same scores.
    pub fn trimmed(self) -> Text {
        Text { side: self.side, context: self.context.trim().to_owned(), text: self.text.trim().to_owned() }
    }
}

/// The tokens of one text, or of one window of it where the text is longer than the model takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Row {
    /// Token ids with the special tokens.
    pub ids: Vec<i64>,
    /// Segment of each token: 0 for the context (or a text without one), 1 for the text behind a context.
    pub segments: Vec<u8>,
}

/// A text as the model takes it: one row, or several windows. No word is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Encoded(pub Vec<Row>);

impl Encoded {
    /// Tokens over all windows.
    pub fn tokens(&self) -> usize {
        self.0.iter().map(|row| row.ids.len()).sum()
    }
}

/// The model's raw numbers for one row, in the order of its labels.
pub type Logits = Vec<f32>;

/// The labels of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// The attitude.
    pub sentiment: Sentiment,
    /// The intents over their threshold.
    pub intents: Intents,
}

/// Turns texts into tokens; shared by all threads.
pub trait Encoder: Send + Sync {
    /// The tokens of `text`, in windows where it is longer than the model takes.
    ///
    /// # Errors
    /// Where the tokenizer fails on it.
    fn encode(&self, text: &Text) -> Result<Encoded, ScoreError>;
}

/// Runs the model; owned by one thread.
///
/// Implementers must give one [`Logits`] a row, in order, each bit-identical whatever stands beside it in the batch.
pub trait Infer: Send {
    /// The model's numbers for `rows`; where they are padded, to the longest of them.
    ///
    /// # Errors
    /// Where the runtime fails.
    fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError>;

    /// Whether rows are padded to the longest beside them.
    fn pads(&self) -> bool {
        true
    }
}

/// What computes a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuntimeChoice {
    /// dealtone itself where it can, else ONNX Runtime.
    #[default]
    Auto,
    /// dealtone itself, see [`own`].
    Own,
    /// ONNX Runtime.
    OnnxRuntime,
}

impl RuntimeChoice {
    const ALL: [RuntimeChoice; 3] = [RuntimeChoice::Auto, RuntimeChoice::Own, RuntimeChoice::OnnxRuntime];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            RuntimeChoice::Auto => "auto",
            RuntimeChoice::Own => "own",
            RuntimeChoice::OnnxRuntime => "onnxruntime",
        }
    }
}

impl FromStr for RuntimeChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<RuntimeChoice, String> {
        let found = RuntimeChoice::ALL.into_iter().find(|runtime| runtime.name() == name);
        found.ok_or_else(|| format!("{name:?} is no runtime; say own, onnxruntime or auto"))
    }
}

/// Why scoring failed. Never holds words of a conversation.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ScoreError {
    /// The runtime's library is missing or unusable.
    #[error("{0}")]
    Runtime(String),
    /// The model folder is not usable.
    #[error("{folder}: {message}")]
    Model {
        /// The model folder.
        folder: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The device that was asked for is not there.
    #[error("{0}")]
    Device(String),
    /// The system refused a thread.
    #[error("the system refuses {threads} threads ({why}); ask for fewer with --threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system says.
        why: std::io::ErrorKind,
    },
    /// The tokenizer failed on a text.
    #[error("the tokenizer failed on a text of {bytes} bytes: {message}")]
    Tokenizer {
        /// How long the text is.
        bytes: usize,
        /// What the tokenizer says.
        message: String,
    },
    /// The runtime failed on a batch.
    #[error("the model failed on a batch of {rows} rows: {message}")]
    Run {
        /// Rows of the batch.
        rows: usize,
        /// What the runtime says.
        message: String,
    },
    /// The model gave a number that is none.
    #[error("the model gave {value} for the label {label:?}: its weights or its runtime are broken")]
    NotANumber {
        /// NaN or an infinity.
        value: f32,
        /// The label.
        label: String,
    },
}

impl ScoreError {
    /// A failure of the runtime over a model that is tried out: the folder, what it means, and then the runtime's own words.
    fn in_folder(self, card: &ModelCard, what: &str) -> ScoreError {
        match self {
            ScoreError::Run { message, .. } => ScoreError::Model {
                folder: card.folder.display().to_string(),
                message: format!("{what}; ONNX Runtime says of {}: {message}", card.weights.display()),
            },
            other => other,
        }
    }
}

/// Folders in which the project's own `models/` and `.runtime/` may lie: the ancestors of the executable and the source
/// tree that the program was built from. Not the working folder: whoever can write there should not choose the library.
pub fn project_roots() -> Vec<std::path::PathBuf> {
    let mut roots = Vec::new();
    if let Ok(executable) = std::env::current_exe().and_then(|p| p.canonicalize()) {
        // target/release/dealtone lies two folders down, a test or bench three.
        roots.extend(executable.ancestors().skip(1).take(4).map(std::path::Path::to_owned));
    }
    roots.push(env!("CARGO_MANIFEST_DIR").into());
    let mut seen = std::collections::BTreeSet::new();
    roots.retain(|root| seen.insert(root.clone()));
    roots
}
