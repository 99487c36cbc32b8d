//! The whole product in the order in which it runs: files to conversations to scores to deals to reports.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::sync_channel},
};

use jiff::{SignedDuration, civil::Date, tz::TimeZone};

use crate::{
    conversation::{Conversation, Timestamp},
    deal::Deal,
    deal_report::{DealReport, finish},
    listening::Listening,
    pool::{Pending, Pool, TOKEN_BUDGET, allowed_cores},
    read::{
        Skipped,
        export::{Export, ExportFile},
    },
    reading::{ReadDeal, read_export},
    resume::ResumeLog,
    rules::Rules,
    score::{
        Encoded, Encoder, Infer, ModelCard, Score, ScoreError, Text,
        onnx::{Device, OnnxModel, Runtime, TextEncoder, provenance},
        project_roots, text,
    },
    team::Team,
    utterance::{Provenance, Scored, Utterance},
};

/// What is needed to score: which model, where, how wide.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Folder of the model; absent: the default model.
    pub model: Option<PathBuf>,
    /// The library of ONNX Runtime; absent: searched for.
    pub onnxruntime: Option<PathBuf>,
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
    encoder: Arc<dyn Encoder>,
    pool: Pool,
}

/// All that scoring needs, loaded and not yet put on threads: the batch pool and the service's queue take it from here.
pub struct EngineParts {
    /// What the model says of itself.
    pub card: Arc<ModelCard>,
    /// What scores are marked with.
    pub provenance: Provenance,
    /// Turns texts into tokens.
    pub encoder: Arc<dyn Encoder>,
    /// One session for each thread.
    pub sessions: Vec<Box<dyn Infer>>,
}

impl EngineParts {
    /// Loads runtime, tokenizer and a session for each thread.
    ///
    /// # Errors
    /// Where any of them is missing or broken.
    pub fn load(options: &EngineOptions) -> Result<EngineParts, ScoreError> {
        let folder = model_folder(options.model.as_deref())?;
        let card = Arc::new(ModelCard::read(&folder)?);
        let runtime = Runtime::load(options.onnxruntime.as_deref())?;
        let encoder = Arc::new(TextEncoder::load(&card)?);
        let threads = options.threads.unwrap_or_else(allowed_cores).max(1);
        let sessions = (0..threads)
            .map(|_| Ok(Box::new(OnnxModel::load(&card, &runtime, options.device)?) as Box<dyn Infer>))
            .collect::<Result<Vec<_>, ScoreError>>()?;
        Ok(EngineParts { provenance: provenance(&card, &runtime, options.device), card, encoder, sessions })
    }
}

impl Engine {
    /// Loads runtime, tokenizer and a session for each thread.
    ///
    /// # Errors
    /// Where any of them is missing or broken.
    pub fn load(options: &EngineOptions) -> Result<Engine, ScoreError> {
        let EngineParts { card, provenance, encoder, sessions } = EngineParts::load(options)?;
        Ok(Engine { card, provenance, encoder, pool: Pool::new(sessions, TOKEN_BUDGET) })
    }

    /// The tokens of one text.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn encode(&self, text: &Text) -> Result<Encoded, ScoreError> {
        self.encoder.encode(text)
    }

    /// Puts some texts into the queue; [`Pending::scores`] waits for their labels.
    ///
    /// # Errors
    /// Where the tokenizer fails.
    pub fn begin(&self, texts: &[Text]) -> Result<Pending, ScoreError> {
        Ok(self.pool.begin(texts.iter().map(|t| self.encode(t)).collect::<Result<_, _>>()?))
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

/// What `analyze` is asked for beyond the export itself.
#[derive(Clone, Debug)]
pub struct AnalyzeOptions {
    /// What the user says of the two sides.
    pub team: Team,
    /// The day of judgement for all deals; absent: what the CRM says of each, else its latest interaction.
    pub as_of: Option<Date>,
    /// What is looked for.
    pub rules: Rules,
    /// Folder for a file in which conversations of mailboxes wait for their deal's turn; absent: they wait in memory.
    pub spool: Option<PathBuf>,
    /// Texts that are scored together. The default is enough that lengths match within a batch (padding is 0.7 % of the
    /// tokens run), and few enough that memory does not depend on the size of the export: no more than two such windows
    /// are in memory. That much a killed run loses.
    pub window_texts: usize,
    /// Recordings that lie elsewhere than beside their transcripts; they belong to the calls of the same name.
    pub audio: Vec<ExportFile>,
}

impl Default for AnalyzeOptions {
    fn default() -> AnalyzeOptions {
        AnalyzeOptions {
            team: Team::default(),
            as_of: None,
            rules: Rules::built_in(),
            spool: None,
            window_texts: 1536,
            audio: Vec::new(),
        }
    }
}

/// A deal with what was found in it.
#[derive(Clone, Debug)]
pub struct Analysed {
    /// The deal with its scored conversations.
    pub deal: Deal,
    /// What was found.
    pub report: DealReport,
    /// What of its files could not be read.
    pub skipped: Vec<Skipped>,
}

/// Texts of the first window; each after it may hold twice as many, up to `window_texts`. No thread can score before the
/// first window is read and none while the last is judged, so a small export would otherwise pay for both in full.
const FIRST_WINDOW_TEXTS: usize = 192;

/// Is told how far a run has come.
pub trait Progress: Sync {
    /// Bytes of the export that will be read.
    fn total(&self, bytes: u64);
    /// Bytes that are done, scores and report included.
    fn done(&self, bytes: u64);
}

/// A deal whose texts are in tokens.
struct PreparedDeal {
    deal: Deal,
    conversations: Vec<Prepared>,
    skipped: Vec<Skipped>,
    bytes: u64,
}

/// A conversation before it is scored.
struct Prepared {
    conversation: Conversation,
    content_hash: String,
    pieces: Vec<text::Piece>,
    /// Its utterances, where an earlier run has scored it.
    recalled: Option<Vec<Utterance>>,
}

/// Deals whose texts are scored together, with the tokens of all their pieces that are not recalled, in order.
#[derive(Default)]
struct Window {
    deals: Vec<PreparedDeal>,
    encoded: Vec<Encoded>,
    /// Its texts, recalled ones too: a run that goes on where another stopped must not hold all that is recalled at once.
    texts: usize,
}

/// A window whose batches are in the engine's queue.
struct Begun {
    deals: Vec<PreparedDeal>,
    scores: Pending,
}

/// The whole product over an export: scores it as [`score_export`] does, and finishes each deal.
///
/// # Errors
/// As [`score_export`].
pub fn analyze<E: From<ScoreError> + From<io::Error> + Send>(
    export: &Export,
    engine: &Engine,
    options: &AnalyzeOptions,
    log: Option<&Mutex<ResumeLog>>,
    progress: &dyn Progress,
    mut take: impl FnMut(Analysed) -> Result<(), E>,
) -> Result<Vec<Skipped>, E> {
    score_export(export, engine, options, log, progress, |deal, skipped| {
        let as_of = options.as_of.or_else(|| deal.crm.as_ref()?.as_of).map(end_of_day);
        let report = finish(&deal, &options.rules, as_of);
        take(Analysed { deal, report, skipped })
    })
}

/// **Map** and **merge** over an export: reads deal by deal, decides who is who, scores, and gives each deal to `take`
/// with what of its files could not be read, in the order of their names. Reading and tokenising run on a thread of their
/// own, which puts a window's batches into the engine's queue as soon as it is read: while `take` is at one window, the
/// engine is at the next. No more than two windows of texts are in memory. What `log` remembers of an earlier run is not
/// scored again; what is scored is remembered there. Gives what could not be read and belongs to no deal.
///
/// # Errors
/// Where scoring fails, the log or the spool cannot be used, or `take` fails.
pub fn score_export<E: From<ScoreError> + From<io::Error> + Send>(
    export: &Export,
    engine: &Engine,
    options: &AnalyzeOptions,
    log: Option<&Mutex<ResumeLog>>,
    progress: &dyn Progress,
    mut take: impl FnMut(Deal, Vec<Skipped>) -> Result<(), E>,
) -> Result<Vec<Skipped>, E> {
    progress.total(export.files.iter().map(|file| file.size).sum());
    std::thread::scope(|scope| {
        // Made inside the scope, so that a failure below drops the receiving end before the scope waits for the reader.
        // A channel without room: the reader holds the one window that waits, and reads the next when it is taken.
        let (send, windows) = sync_channel::<Result<Begun, E>>(0);
        let reader = scope.spawn(move || {
            let mut window = Window::default();
            let mut full = FIRST_WINDOW_TEXTS.min(options.window_texts);
            let listening = Listening::new(&export.recordings, &options.audio, export.files.len());
            let read = read_export(export, &options.team, options.spool.as_deref(), listening, |read| {
                let deal = Deal::new(read.id.clone(), export.crm.get(&read.id).cloned());
                window.add::<E>(deal, read, &*engine.encoder, log)?;
                if window.texts < full {
                    return Ok(true);
                }
                full = (2 * full).min(options.window_texts);
                // Nobody receives where scoring failed; then there is nothing left to read for.
                Ok(send.send(Ok(window.begin(engine))).is_ok())
            });
            let (rest, skipped) = match read {
                Ok(skipped) => (Ok(window.begin(engine)), skipped),
                Err(error) => (Err(error), Vec::new()),
            };
            let _ = send.send(rest);
            skipped
        });
        for window in windows {
            let Begun { deals, scores } = window?;
            let mut scores = scores.scores(&engine.card)?.into_iter();
            for read in deals {
                let bytes = read.bytes;
                let (deal, skipped) = merge_deal(read, &mut scores, engine, log)?;
                take(deal, skipped)?;
                progress.done(bytes);
            }
        }
        // A reader that panicked has a bug; going on without what it read would hide it.
        Ok(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

impl Window {
    /// Adds a deal with the tokens of what is still to be scored.
    fn add<E: From<ScoreError> + From<io::Error>>(
        &mut self,
        deal: Deal,
        read: ReadDeal,
        encoder: &dyn Encoder,
        log: Option<&Mutex<ResumeLog>>,
    ) -> Result<(), E> {
        let mut conversations = Vec::with_capacity(read.conversations.len());
        for conversation in read.conversations {
            let content_hash = conversation.content_hash();
            let mut pieces = text::pieces(&conversation);
            let recalled = match log {
                Some(log) => lock(log).recall(&content_hash)?,
                None => None,
            };
            self.texts += pieces.len();
            if recalled.is_none() {
                for piece in &mut pieces {
                    self.encoded.push(encoder.encode(&piece.text)?);
                    // The words stand in the conversation; their copies need not wait for the scores.
                    (piece.text.text, piece.text.context) = Default::default();
                }
            }
            conversations.push(Prepared { conversation, content_hash, pieces, recalled });
        }
        self.deals.push(PreparedDeal { deal, conversations, skipped: read.skipped, bytes: read.bytes });
        Ok(())
    }

    /// Puts its batches into the engine's queue and leaves an empty window.
    fn begin(&mut self, engine: &Engine) -> Begun {
        let Window { deals, encoded, .. } = std::mem::take(self);
        Begun { deals, scores: engine.pool.begin(encoded) }
    }
}

fn lock(log: &Mutex<ResumeLog>) -> MutexGuard<'_, ResumeLog> {
    // A panic elsewhere leaves the log as it was: every line is written in one go.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the next scores in place and merges the conversations into the deal.
fn merge_deal(
    read: PreparedDeal,
    scores: &mut impl Iterator<Item = Score>,
    engine: &Engine,
    log: Option<&Mutex<ResumeLog>>,
) -> io::Result<(Deal, Vec<Skipped>)> {
    let mut deal = read.deal;
    for Prepared { conversation, content_hash, pieces, recalled } in read.conversations {
        let utterances = match recalled {
            Some(utterances) => utterances,
            None => {
                let utterances = put_in_place(pieces, scores);
                if let Some(log) = log {
                    lock(log).remember(&content_hash, &utterances)?;
                }
                utterances
            }
        };
        let scored = Scored { conversation, utterances, provenance: engine.provenance.clone() };
        deal.absorb(scored).expect("one engine marks all its scores alike");
    }
    Ok((deal, read.skipped))
}

/// The last moment of a day in UTC: what was said on the day of judgement counts.
pub fn end_of_day(day: Date) -> Timestamp {
    let next = day.tomorrow().unwrap_or(day).to_zoned(TimeZone::UTC).expect("UTC has every midnight").timestamp();
    next - SignedDuration::from_secs(1)
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
    let card = ModelCard::read(&model_folder(options.model.as_deref())?)?;
    let runtime = Runtime::load(options.onnxruntime.as_deref())?;
    Ok(Box::new(OnnxModel::load(&card, &runtime, options.device)?))
}
