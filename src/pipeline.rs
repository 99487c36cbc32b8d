//! The whole product in the order in which it runs: files to conversations to scores to deals to reports.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc::sync_channel},
};

use jiff::{SignedDuration, civil::Date, tz::TimeZone};

use crate::{
    conversation::{Conversation, DealId, Timestamp},
    deal::Deal,
    deal_report::{DealReport, finish},
    pool::{Pool, TOKEN_BUDGET, allowed_cores},
    read::{
        Skipped,
        directory::{self, Directory},
        duplicates::Seen,
        export::{Export, ExportFile},
        loose::{Loose, is_loose, read_loose, waiting},
        open::{Item, read_file},
        spool::{Place, Spool},
    },
    resume::ResumeLog,
    rules::Rules,
    score::{
        Encoded, Encoder, Infer, ModelCard, Score, ScoreError, Text,
        onnx::{Device, OnnxModel, Runtime, TextEncoder, provenance},
        project_roots, text,
    },
    team::{self, Team},
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

    /// The labels of some texts, in order.
    ///
    /// # Errors
    /// Where the tokenizer or the runtime fails.
    pub fn score_texts(&self, texts: &[Text]) -> Result<Vec<Score>, ScoreError> {
        let encoded: Vec<Encoded> = texts.iter().map(|t| self.encode(t)).collect::<Result<_, _>>()?;
        self.pool.score(&encoded, &self.card)
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
    /// Texts that are scored together. The default is enough that lengths match within a batch and the last batch hardly
    /// counts, and few enough that memory does not depend on the size of the export. A killed run loses one window.
    pub window_texts: usize,
}

impl Default for AnalyzeOptions {
    fn default() -> AnalyzeOptions {
        AnalyzeOptions { team: Team::default(), as_of: None, rules: Rules::built_in(), spool: None, window_texts: 4096 }
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

/// Is told how far a run has come.
pub trait Progress: Sync {
    /// Bytes of the export that will be read.
    fn total(&self, bytes: u64);
    /// Bytes that are done, scores and report included.
    fn done(&self, bytes: u64);
}

/// A deal that was read, its sides decided.
struct ReadDeal {
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
    deals: Vec<ReadDeal>,
    encoded: Vec<Encoded>,
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
/// with what of its files could not be read, in the order of their names. Reading and tokenising run ahead on a thread of
/// their own; no more than three windows of texts are in memory. What `log` remembers of an earlier run is not scored
/// again; what is scored is remembered there. Gives what could not be read and belongs to no deal.
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
    let sources = Sources::of(export, options.spool.as_deref())?;
    progress.total(export.files.iter().map(|file| file.size).sum());
    std::thread::scope(|scope| {
        // Made inside the scope, so that a failure below drops the receiving end before the scope waits for the reader.
        let (send, windows) = sync_channel::<Result<Window, E>>(1);
        let reader = scope.spawn(move || {
            let mut window = Window::default();
            let Sources { deals, directories, mut skipped, mut spool } = sources;
            let mut lost: Vec<Option<Skipped>> = vec![None; directories.len()];
            let mut found = vec![false; directories.len()];
            for (id, source) in deals {
                let deal = Deal::new(id.clone(), export.crm.get(&id).cloned());
                let loose = match waiting(&mut spool, &source.loose, &id) {
                    Ok(loose) => loose,
                    Err(error) => {
                        let _ = send.send(Err(error.into()));
                        return Vec::new();
                    }
                };
                let name = |conversations: &mut [Conversation]| {
                    for (n, directory) in directories.iter().enumerate() {
                        match directory::attach(conversations, std::slice::from_ref(directory)).pop() {
                            None => found[n] = true,
                            loss => lost[n] = loss,
                        }
                    }
                };
                if let Err(error) =
                    window.add(read_deal(deal, &source, loose, name, &options.team), &*engine.encoder, log)
                {
                    let _ = send.send(Err(error));
                    return Vec::new();
                }
                // Nobody receives where scoring failed; then there is nothing left to read for.
                if window.encoded.len() >= options.window_texts && send.send(Ok(std::mem::take(&mut window))).is_err() {
                    return Vec::new();
                }
            }
            let _ = send.send(Ok(window));
            // A call that is listed in a loose file and whose words are in no deal is lost once, not once a deal.
            skipped.extend(lost.into_iter().zip(found).filter(|(_, found)| !found).filter_map(|(loss, _)| loss));
            skipped
        });
        for window in windows {
            let Window { deals, encoded } = window?;
            let mut scores = engine.pool.score(&encoded, &engine.card)?.into_iter();
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
        mut deal: ReadDeal,
        encoder: &dyn Encoder,
        log: Option<&Mutex<ResumeLog>>,
    ) -> Result<(), E> {
        for conversation in &mut deal.conversations {
            if let Some(log) = log {
                conversation.recalled = lock(log).recall(&conversation.content_hash)?;
            }
            if conversation.recalled.is_none() {
                for piece in &conversation.pieces {
                    self.encoded.push(encoder.encode(&piece.text)?);
                }
            }
        }
        self.deals.push(deal);
        Ok(())
    }
}

fn lock(log: &Mutex<ResumeLog>) -> MutexGuard<'_, ResumeLog> {
    // A panic elsewhere leaves the log as it was: every line is written in one go.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the conversations of a deal come from.
#[derive(Default)]
struct Source<'a> {
    /// Files in its folder, to be read when its turn comes.
    files: Vec<&'a ExportFile>,
    /// Where what of the files beside the deals' folders (mailboxes, exports of a whole CRM, archives) is this deal's waits.
    loose: Vec<Place>,
    /// Bytes of its files.
    bytes: u64,
}

/// The deals of an export with where their conversations come from.
struct Sources<'a> {
    deals: BTreeMap<DealId, Source<'a>>,
    /// Who the speakers of other files are, from the loose files.
    directories: Vec<Directory>,
    /// What of the loose files could not be read or fits no deal.
    skipped: Vec<Skipped>,
    /// What of the loose files waits.
    spool: Spool,
}

impl<'a> Sources<'a> {
    /// Reads the loose files, which may hold many deals' conversations, and leaves the others for their deal's turn.
    fn of(export: &'a Export, folder: Option<&Path>) -> io::Result<Sources<'a>> {
        let Loose { deals: loose, skipped, directories, spool } = read_loose(export, folder)?;
        let mut deals: BTreeMap<DealId, Source> = BTreeMap::new();
        for file in &export.files {
            let source = deals.entry(file.deal.clone()).or_default();
            source.bytes += file.size;
            if !is_loose(file) {
                source.files.push(file);
            }
        }
        for (id, places) in loose {
            deals.entry(id).or_default().loose = places;
        }
        Ok(Sources { deals, directories, skipped, spool })
    }
}

/// Reads the files of a deal, drops what was delivered twice, and decides who is who.
/// `loose` are those that waited; `name` gives the speakers the names that files beside the deals' folders know.
fn read_deal(
    deal: Deal,
    source: &Source,
    loose: Vec<Conversation>,
    name: impl FnOnce(&mut [Conversation]),
    team: &Team,
) -> ReadDeal {
    let mut conversations = loose;
    let mut skipped = Vec::new();
    let mut directories: Vec<Directory> = Vec::new();
    for file in &source.files {
        read_file(file, &mut |item| match item {
            Item::Conversation(conversation) => conversations.push(*conversation),
            Item::Skipped(loss) => skipped.push(loss),
            Item::Directory(directory) => directories.push(*directory),
        });
    }
    name(&mut conversations);
    skipped.extend(directory::attach(&mut conversations, &directories));
    let mut seen = Seen::default();
    conversations.retain(|conversation| match seen.check(conversation) {
        Ok(()) => true,
        Err(duplicate) => {
            skipped.push(duplicate);
            false
        }
    });
    team::decide(&mut conversations, deal.crm.as_ref(), team);
    let conversations = conversations
        .into_iter()
        .map(|conversation| Prepared {
            content_hash: conversation.content_hash(),
            pieces: text::pieces(&conversation),
            recalled: None,
            conversation,
        })
        .collect();
    ReadDeal { deal, conversations, skipped, bytes: source.bytes }
}

/// Puts the next scores in place and merges the conversations into the deal.
fn merge_deal(
    read: ReadDeal,
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
