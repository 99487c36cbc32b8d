//! A loaded model on its threads: texts and conversations in, scores out.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use crate::{
    conversation::Conversation,
    cores,
    pool::{Pending, Pool, TOKEN_BUDGET},
    score::{
        Encoded, Encoder, Fit, Infer, ModelCard, ModelFiles, RuntimeChoice, Score, ScoreError, Text, first_row,
        onnx::{self, Device, OnnxModel, Runtime},
        own::{self, Network, OwnModel},
        project_roots, provenance, text,
        tokenizer::{self, TextEncoder},
        try_out,
    },
    utterance::{Provenance, Scored, Utterance},
};

/// What is needed to score: which model, where, how wide.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Folder of the model; absent: the default model.
    pub model: Option<PathBuf>,
    /// The library of ONNX Runtime; absent: searched for.
    pub onnxruntime: Option<PathBuf>,
    /// What computes it.
    pub runtime: RuntimeChoice,
    /// Where it runs.
    pub device: Device,
    /// Threads that score; absent: one an allowed core.
    pub threads: Option<usize>,
}

/// A loaded model on its threads: turns texts into scores.
pub struct Engine {
    /// What the model says of itself.
    pub card: Arc<ModelCard>,
    /// What scores are marked with.
    pub provenance: Provenance,
    /// How its rows are run.
    pub fit: Fit,
    encoder: Arc<dyn Encoder>,
    pool: Pool,
}

/// All that scoring needs, loaded and not yet put on threads: the batch pool and the service's queue take it from here.
pub struct EngineParts {
    /// What the model says of itself.
    pub card: Arc<ModelCard>,
    /// What scores are marked with.
    pub provenance: Provenance,
    /// How its rows are run; the sessions see to it.
    pub fit: Fit,
    /// Turns texts into tokens.
    pub encoder: Arc<dyn Encoder>,
    /// One session for each thread.
    pub sessions: Vec<Box<dyn Infer>>,
}

impl EngineParts {
    /// Loads runtime, tokenizer and a session for each thread.
    ///
    /// # Errors
    /// Where any of them is missing or broken, or the runtime that was asked for cannot compute this model.
    pub fn load(options: &EngineOptions) -> Result<EngineParts, ScoreError> {
        let files = ModelFiles::read(&model_folder(options.model.as_deref())?)?;
        let threads = options.threads.unwrap_or_else(cores::allowed).max(1);
        // Side by side, as far as there are cores: the hash of the card, the tokenizer's table, the packing of weights.
        let (card, tokenizer, network) = thread::scope(|scope| {
            let tokenizer = scope.spawn(|| tokenizer::load(&files));
            let network = wants_own(options).then(|| scope.spawn(|| own::read(&files)));
            let card = ModelCard::of(&files);
            (card, joined(tokenizer), network.map(joined))
        });
        // Gigabytes, with some; the runtime reads them anew.
        drop(files);
        let card = Arc::new(card?);
        let encoder = Arc::new(TextEncoder::new(tokenizer?, ModelCard::clone(&card))?);
        let network = network.map(|network| own::belonging(network, &card));
        if let Some(network) = own_network(network, &card, options)? {
            let network = Arc::new(network);
            return Ok(EngineParts {
                provenance: provenance::of_own(&card),
                fit: Fit::Together,
                card,
                encoder,
                sessions: (0..threads)
                    .map(|_| Box::new(OwnModel::new(Arc::clone(&network))) as Box<dyn Infer>)
                    .collect(),
            });
        }
        let runtime = Runtime::load(options.onnxruntime.as_deref())?;
        let first = first_row(&*encoder)?;
        let mut sessions = (0..threads)
            .map(|_| OnnxModel::load(&card, &runtime, options.device, &first))
            .collect::<Result<Vec<_>, ScoreError>>()?;
        let fit = fit(&card, &encoder, &mut sessions[0])?;
        if matches!(fit, Fit::OneByOne(_)) {
            sessions.iter_mut().for_each(OnnxModel::run_one_by_one);
        }
        Ok(EngineParts {
            provenance: provenance::of_onnx_runtime(&card, runtime.version(), options.device),
            fit,
            card,
            encoder,
            sessions: sessions.into_iter().map(|session| Box::new(session) as Box<dyn Infer>).collect(),
        })
    }
}

/// What a thread found; that it panicked is passed on.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Whether dealtone is to compute the model itself, if it can.
fn wants_own(options: &EngineOptions) -> bool {
    match options.runtime {
        RuntimeChoice::OnnxRuntime => false,
        // Where the processor does not fit, no network is read.
        RuntimeChoice::Auto | RuntimeChoice::Own => options.device == Device::Cpu,
    }
}

/// The network that dealtone is to compute itself, where it is; what was read of it, if it was wanted, is `network`.
///
/// # Errors
/// Where it was asked for and cannot be.
fn own_network(
    network: Option<Result<Network, String>>,
    card: &ModelCard,
    options: &EngineOptions,
) -> Result<Option<Network>, ScoreError> {
    if options.runtime != RuntimeChoice::Own {
        return Ok(network.and_then(Result::ok));
    }
    let network = network.unwrap_or_else(|| Err(format!("{} was asked for", options.device)));
    network.map(Some).map_err(|why| ScoreError::Model {
        folder: card.folder.display().to_string(),
        message: format!("dealtone cannot compute it without ONNX Runtime: {why}; say --runtime onnxruntime, or auto"),
    })
}

/// How the model's rows may be run. A folder that states the hash of its weights was measured by its maker, and has been
/// held against that hash; trying it out again would lengthen every cold start.
fn fit(card: &ModelCard, encoder: &TextEncoder, session: &mut OnnxModel) -> Result<Fit, ScoreError> {
    if card.weights_sha256.is_some() {
        return Ok(Fit::Together);
    }
    let fit = try_out(card, encoder, encoder.last_word(), session)?;
    Ok(if session.runs_one_by_one() { Fit::OneByOne("it takes a single line at a time".into()) } else { fit })
}

impl Engine {
    /// Loads runtime, tokenizer and a session for each thread.
    ///
    /// # Errors
    /// Where any of them is missing or broken, or the system refuses a thread.
    pub fn load(options: &EngineOptions) -> Result<Engine, ScoreError> {
        Engine::of(EngineParts::load(options)?)
    }

    /// Puts what was loaded on threads.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn of(parts: EngineParts) -> Result<Engine, ScoreError> {
        let EngineParts { card, provenance, fit, encoder, sessions } = parts;
        let threads = sessions.len();
        let pool = Pool::new(sessions, TOKEN_BUDGET).map_err(|e| ScoreError::Threads { threads, why: e.kind() })?;
        Ok(Engine { card, provenance, fit, encoder, pool })
    }

    /// The tokens of one text.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
        self.encoder.encode(text)
    }

    /// What turns texts into tokens, for whoever does that on a thread of its own.
    pub fn encoder(&self) -> &dyn Encoder {
        &*self.encoder
    }

    /// Puts texts that are in tokens into the queue.
    pub fn begin_encoded(&self, texts: Vec<Encoded>) -> Pending {
        self.pool.begin(texts)
    }

    /// Puts some texts into the queue; [`Pending::scores`] waits for their labels.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn begin(&self, texts: &[Text]) -> Result<Pending, ScoreError> {
        Ok(self.begin_encoded(texts.iter().map(|t| self.encode(t)).collect::<Result<_, _>>()?))
    }

    /// The labels of some texts, in order.
    ///
    /// # Errors
    /// Where the tokenizer or the runtime fails.
    pub fn score_texts(&self, texts: &[Text]) -> Result<Vec<Score>, ScoreError> {
        self.begin(texts)?.scores(&self.card)
    }

    /// **Map** for some conversations at once, so that their texts can share batches; the scores are the same as alone.
    ///
    /// # Errors
    /// As [`Engine::score_texts`].
    pub fn score(&self, conversations: Vec<Conversation>) -> Result<Vec<Scored>, ScoreError> {
        let pieces: Vec<Vec<text::Piece>> = conversations.iter().map(text::pieces).collect();
        let texts: Vec<Text> = pieces.iter().flatten().map(|piece| piece.text.clone()).collect();
        let mut scores = self.score_texts(&texts)?.into_iter();
        let zipped = conversations.into_iter().zip(pieces);
        Ok(zipped
            .map(|(conversation, pieces)| Scored {
                conversation,
                utterances: put_in_place(pieces, &mut scores),
                provenance: self.provenance.clone(),
            })
            .collect())
    }
}

/// The model that was asked for, else `models/default` of the project that the program belongs to.
///
/// # Errors
/// Where none was asked for and none is found, with the places looked at.
pub fn model_folder(asked: Option<&Path>) -> Result<PathBuf, ScoreError> {
    if let Some(folder) = asked {
        return Ok(folder.to_owned());
    }
    let places: Vec<PathBuf> = project_roots().into_iter().map(|root| root.join("models/default")).collect();
    places.iter().find(|folder| folder.join("config.json").is_file()).cloned().ok_or_else(|| ScoreError::Model {
        folder: "models/default".into(),
        message: format!(
            "the default model was found in none of {}; name one with --model DIR",
            places.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
        ),
    })
}

/// The device of `auto`: the first GPU where the runtime is built for it and this model runs there, else the processor.
///
/// # Errors
/// Where the model folder cannot be used, or the runtime cannot that the model needs.
pub fn best_device(options: &EngineOptions) -> Result<Device, ScoreError> {
    if options.runtime == RuntimeChoice::Own {
        return Ok(Device::Cpu);
    }
    let files = ModelFiles::read(&model_folder(options.model.as_deref())?)?;
    let card = ModelCard::of(&files)?;
    match Runtime::load(options.onnxruntime.as_deref()) {
        Ok(runtime) => {
            let first = first_row(&TextEncoder::new(tokenizer::load(&files)?, card.clone())?)?;
            // As above.
            drop(files);
            Ok(onnx::best_device(&card, &runtime, &first))
        }
        // Without the library there is no GPU, and perhaps no need of it.
        Err(_) if wants_own(options) && own::belonging(own::read(&files), &card).is_ok() => Ok(Device::Cpu),
        Err(error) => Err(error),
    }
}

/// The utterances of a conversation: the next scores, one a piece.
pub fn put_in_place(pieces: Vec<text::Piece>, scores: &mut impl Iterator<Item = Score>) -> Vec<Utterance> {
    // The pieces stand first in the zip: it asks them first, so that no score is lost where they end.
    pieces
        .into_iter()
        .zip(scores)
        .map(|(piece, score)| Utterance {
            turn: piece.turn,
            span: piece.span,
            sentiment: score.sentiment,
            intents: score.intents,
        })
        .collect()
}

/// One session of the model without anything around it, for measuring.
///
/// # Errors
/// As [`Engine::load`].
pub fn bare_session(options: &EngineOptions) -> Result<Box<dyn Infer>, ScoreError> {
    let parts = EngineParts::load(&EngineOptions { threads: Some(1), ..options.clone() })?;
    Ok(parts.sessions.into_iter().next().expect("one thread has one session"))
}
