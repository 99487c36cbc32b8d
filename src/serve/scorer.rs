//! From texts to scores for callers who wait without holding a thread: tokens, queue, labels.
//!
//! Inference never runs here; it runs on the queue's threads. Texts and tokens are made where the request is handled when
//! they are few, and on a thread for long work ([`long`](super::long)) when they are many.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    long::LongWork,
    metrics::Metrics,
    problem::{Code, Problem, too_long},
};
use crate::{
    Side,
    conversation::Conversation,
    engine::{EngineParts, put_in_place},
    pool::TOKEN_BUDGET,
    queue::{Admission, Failure, Limits, Queue, Watch},
    score::{Encoded, Encoder, Infer, Logits, ModelCard, Score, ScoreError, Text, text},
    utterance::{Millionths, Provenance, Scored},
};

/// Bytes of text up to which tokens are made at once: about half a millisecond of work.
pub const SHORT_BYTES: usize = 8 << 10;
/// Texts of one conversation that wait in the queue at once.
const CHUNK: usize = 512;
/// Sentences of the texts of a warm-up: a short one, a turn, one in several windows.
const WARM_UP: [usize; 3] = [4, 40, 300];
/// How long a health check waits for its score.
const PROBE_WAIT: Duration = Duration::from_secs(5);
/// A run that takes longer is called stuck: the longest allowed row takes a small part of a second.
const STUCK: Duration = Duration::from_secs(10);

/// The loaded model behind its queue.
pub struct Scorer {
    /// What the model says of itself.
    pub card: Arc<ModelCard>,
    /// What scores are marked with.
    pub provenance: Provenance,
    /// Where rows wait.
    pub queue: Queue,
    encoder: Arc<dyn Encoder>,
    threads: LongWork,
    /// Something failed since the last good score.
    suspect: AtomicBool,
}

/// A text that is nobody's, of so many sentences.
fn trial(sentences: usize) -> Text {
    Text { side: Side::Unknown, context: String::new(), text: "It fits. ".repeat(sentences) }
}

/// The raw numbers of one text: its windows, each with its tokens.
pub struct Windows(Vec<(usize, Logits)>);

impl Windows {
    fn parts(&self) -> Vec<(usize, &Logits)> {
        self.0.iter().map(|(tokens, logits)| (*tokens, logits)).collect()
    }

    /// The model's numbers as they are, averaged over the windows by tokens.
    pub fn raw(&self) -> Vec<f64> {
        let all: f64 = self.0.iter().map(|(tokens, _)| *tokens as f64).sum();
        let labels = self.0.first().map_or(0, |(_, logits)| logits.len());
        let share = |at: usize| self.0.iter().map(|(tokens, l)| f64::from(l[at]) * *tokens as f64 / all).sum();
        (0..labels).map(share).collect()
    }
}

impl Scorer {
    /// Puts the loaded model behind a queue.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn new(
        parts: EngineParts,
        limits: Limits,
        metrics: &Arc<Metrics>,
        threads: LongWork,
    ) -> std::io::Result<Scorer> {
        let watch = Arc::clone(metrics) as Arc<dyn Watch>;
        Ok(Scorer {
            card: parts.card,
            provenance: parts.provenance,
            encoder: parts.encoder,
            queue: Queue::new(parts.sessions, limits, watch)?,
            threads,
            suspect: AtomicBool::new(false),
        })
    }

    /// Runs texts of three lengths in every session before anybody is let in, each session on a thread of its own, so that
    /// no caller pays for what is set up lazily.
    ///
    /// # Errors
    /// Where the model fails.
    pub fn warm_up(parts: &mut EngineParts) -> Result<(), ScoreError> {
        let encoded: Result<Vec<Encoded>, ScoreError> =
            WARM_UP.iter().map(|sentences| parts.encoder.encode(&trial(*sentences))).collect();
        let encoded = encoded?;
        let warm = |session: &mut Box<dyn Infer>| {
            for text in &encoded {
                let longest = text.0.iter().map(|row| row.ids.len()).max().unwrap_or(1);
                for run in text.0.chunks((TOKEN_BUDGET / longest.max(1)).max(1)) {
                    session.infer(&run.iter().collect::<Vec<_>>())?;
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = parts.sessions.iter_mut().map(|session| scope.spawn(|| warm(session))).collect();
            let panicked = || ScoreError::Run { rows: 1, message: "it panicked".into() };
            running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(panicked())))
        })
    }

    /// Scores the same texts by way of the queue, so that it knows what a token costs before it has to refuse anybody.
    ///
    /// # Errors
    /// Where the model fails.
    pub fn learn_cost(&self) -> Result<(), Problem> {
        for sentences in WARM_UP {
            let rows = self.encoder.encode(&trial(sentences))?.0;
            let (send, receive) = std::sync::mpsc::channel();
            let deadline = Instant::now() + Duration::from_secs(60);
            let _ticket = self.queue.submit(rows, deadline, Admission::Granted, move |answer| {
                let _ = send.send(answer);
            })?;
            receive.recv().map_err(|_| Failure::Closed)??;
        }
        Ok(())
    }

    /// The labels of some texts, in order.
    ///
    /// # Errors
    /// Where the queue is full, the deadline passes, or the model fails.
    pub async fn score(&self, texts: Vec<Text>, deadline: Instant) -> Result<Vec<Score>, Problem> {
        let windows = self.run(texts, deadline, Admission::Ask).await?;
        self.watched(windows.iter().map(|w| self.card.read_logits(&w.parts())).collect())
    }

    /// The labels of some texts, in order, each with the probability of every output in the order of the model's labels.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub async fn outputs(&self, texts: Vec<Text>, deadline: Instant) -> Result<Vec<(Score, Vec<Millionths>)>, Problem> {
        let windows = self.run(texts, deadline, Admission::Ask).await?;
        let read = |w: &Windows| Ok((self.card.read_logits(&w.parts())?, self.card.read_outputs(&w.parts())?));
        self.watched(windows.iter().map(read).collect())
    }

    /// The model's own numbers for some texts, in order, each text's in the order of the model's labels.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub async fn raw(&self, texts: Vec<Text>, deadline: Instant) -> Result<Vec<Vec<f64>>, Problem> {
        let windows = self.run(texts, deadline, Admission::Ask).await?;
        // Reading them finds a number that is none.
        let readable: Result<Vec<_>, ScoreError> = windows.iter().map(|w| self.card.read_outputs(&w.parts())).collect();
        self.watched(readable)?;
        Ok(windows.iter().map(Windows::raw).collect())
    }

    /// **Map** for one conversation of a request. The queue may refuse the first part of the request only: what was begun is
    /// finished. `admission` stands for all of its conversations, and is granted with the first.
    ///
    /// # Errors
    /// As [`Scorer::score`].
    pub async fn conversation(
        &self,
        conversation: Conversation,
        deadline: Instant,
        admission: &mut Admission,
    ) -> Result<Scored, Problem> {
        let (conversation, pieces) = self.cut(conversation).await?;
        let mut scores = Vec::with_capacity(pieces.len());
        for chunk in pieces.chunks(CHUNK) {
            let texts = chunk.iter().map(|piece| piece.text.clone()).collect();
            let windows = match self.run(texts, deadline, *admission).await {
                // What others kept waiting was none of it: its own beginning took the time.
                Err(problem) if problem.code == Code::Late && *admission == Admission::Granted => {
                    return Err(too_long());
                }
                windows => windows?,
            };
            let read: Result<Vec<Score>, ScoreError> =
                windows.iter().map(|w| self.card.read_logits(&w.parts())).collect();
            scores.extend(self.watched(read)?);
            *admission = Admission::Granted;
        }
        let utterances = put_in_place(pieces, &mut scores.into_iter());
        Ok(Scored { conversation, utterances, provenance: self.provenance.clone() })
    }

    /// Whether something failed since the last good score.
    pub fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed) || self.queue.longest_run() > STUCK
    }

    /// A real score: whether the model works. Clears the suspicion where it does.
    pub async fn probe(&self) -> Result<(), Problem> {
        let deadline = Instant::now() + PROBE_WAIT;
        let answer = tokio::time::timeout(PROBE_WAIT, self.run(vec![trial(1)], deadline, Admission::Granted)).await;
        let windows = answer.map_err(|_| Code::ScoringFailed.because("a trial score was not done in time"))??;
        let read: Result<Vec<Score>, ScoreError> = windows.iter().map(|w| self.card.read_logits(&w.parts())).collect();
        self.watched(read)?;
        self.suspect.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The conversation with the texts that are scored: cut at once where it is short, else on a thread for long work, since
    /// nobody else is answered on this one meanwhile.
    async fn cut(&self, conversation: Conversation) -> Result<(Conversation, Vec<text::Piece>), Problem> {
        let bytes: usize = conversation.turns.iter().map(|turn| turn.text.len()).sum();
        let work = move || {
            let pieces = text::pieces(&conversation);
            (conversation, pieces)
        };
        if bytes <= SHORT_BYTES {
            return Ok(work());
        }
        let panicked = || Code::ScoringFailed.because("a conversation could not be cut into texts");
        self.threads.run(work).await.ok_or_else(panicked)
    }

    async fn run(&self, texts: Vec<Text>, deadline: Instant, admission: Admission) -> Result<Vec<Windows>, Problem> {
        let bytes: usize = texts.iter().map(|t| t.text.len() + t.context.len()).sum();
        let encoded: Result<Vec<Encoded>, ScoreError> = if bytes <= SHORT_BYTES {
            texts.iter().map(|text| self.encoder.encode(text)).collect()
        } else {
            let encoder = Arc::clone(&self.encoder);
            let work = move || texts.iter().map(|text| encoder.encode(text)).collect();
            let panicked = || Code::ScoringFailed.because("the tokenizer panicked on one of the texts");
            self.threads.run(work).await.ok_or_else(panicked)?
        };
        let encoded = self.watched(encoded)?;
        let shape: Vec<Vec<usize>> =
            encoded.iter().map(|text| text.0.iter().map(|row| row.ids.len()).collect()).collect();
        let rows = encoded.into_iter().flat_map(|text| text.0).collect();
        let (send, receive) = oneshot::channel();
        // Dropped with this future when the client leaves: what waits then leaves the queue.
        let _ticket = self.queue.submit(rows, deadline, admission, move |answer| {
            let _ = send.send(answer);
        })?;
        let answer = receive.await.unwrap_or(Err(Failure::Closed));
        if matches!(answer, Err(Failure::Score(_))) {
            self.suspect.store(true, Ordering::Relaxed);
        }
        let mut logits = answer?.into_iter();
        let windows = |tokens: Vec<usize>| Windows(tokens.into_iter().zip(logits.by_ref()).collect());
        Ok(shape.into_iter().map(windows).collect())
    }

    /// Passes a result on and remembers a failure.
    fn watched<T>(&self, result: Result<T, ScoreError>) -> Result<T, Problem> {
        result.map_err(|error| {
            self.suspect.store(true, Ordering::Relaxed);
            error.into()
        })
    }
}
