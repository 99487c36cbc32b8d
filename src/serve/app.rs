//! What all requests share: the choices made at start, the loaded model, the store, the counts, and the phase of life.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{
    Options,
    doors::Client,
    keeper::Keeper,
    listing::Listing,
    long::LongWork,
    metrics::{Metrics, Now},
    problem::{Code, Problem, draining},
    scorer::Scorer,
};

/// Where the service stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Takes requests (once the model is loaded).
    Serving,
    /// Says that it is not ready, and still serves whom the news has not reached.
    Draining,
    /// Takes no connection any more and finishes what is under way.
    Closing,
}

/// The shared state; cloning it is cheap.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What [`App`] holds.
pub struct Shared {
    /// What the user chose.
    pub options: Options,
    /// The counts.
    pub metrics: Arc<Metrics>,
    /// [`Rules::sha256`](crate::rules::Rules::sha256) of the rules by which deals are judged.
    pub rules_sha256: String,
    /// What the list of deals remembers.
    pub listing: Listing,
    /// The threads for long work.
    pub threads: LongWork,
    /// Open connections.
    pub connections: AtomicUsize,
    keeper: Option<Keeper>,
    scorer: OnceLock<Arc<Scorer>>,
    phase: watch::Sender<Phase>,
    clients: Mutex<HashMap<Client, usize>>,
    bodies: Arc<Semaphore>,
}

/// The unit in which room for bodies is counted, in bytes.
const BODY_UNIT: usize = 1024;

/// How long the counts wait for the store to say how large it is.
const SIZE_WAIT: Duration = Duration::from_secs(1);

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Without a model yet.
    pub fn new(options: Options, keeper: Option<Keeper>, metrics: Arc<Metrics>) -> App {
        App(Arc::new(Shared {
            bodies: Arc::new(Semaphore::new(options.body.together / BODY_UNIT)),
            rules_sha256: options.rules.sha256(),
            options,
            keeper,
            threads: LongWork::new(Arc::clone(&metrics)),
            metrics,
            listing: Listing::default(),
            connections: AtomicUsize::new(0),
            scorer: OnceLock::new(),
            phase: watch::Sender::new(Phase::Serving),
            clients: Mutex::default(),
        }))
    }

    /// Counts a request of `client` as under way until the guard is dropped.
    ///
    /// # Errors
    /// Where the client has as many under way as it may.
    pub fn enter(&self, client: Client) -> Result<Inside, Problem> {
        let limit = self.options.client_limit;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = clients.entry(client.clone()).or_default();
        if *under_way >= limit {
            let detail = format!("a client may have {limit} requests under way; wait for answers");
            return Err(Code::ClientBusy.because(detail).limit(limit as u64).retry_after(Duration::from_secs(1)));
        }
        *under_way += 1;
        Ok(Inside { app: self.clone(), client })
    }
}

impl Shared {
    /// The loaded model.
    ///
    /// # Errors
    /// While it is loading.
    pub fn scorer(&self) -> Result<&Arc<Scorer>, Problem> {
        self.scorer
            .get()
            .ok_or_else(|| Code::NotReady.because("the model is being loaded").retry_after(Duration::from_secs(1)))
    }

    /// The store.
    ///
    /// # Errors
    /// Where the service was started without one.
    pub fn keeper(&self) -> Result<&Keeper, Problem> {
        self.keeper.as_ref().ok_or_else(|| Code::NoStore.because("start it with --store FILE to keep conversations"))
    }

    /// Sets the loaded and warmed-up model; the service is ready from here on.
    pub fn set_scorer(&self, scorer: Scorer) {
        // There is one loading thread; a second model has nowhere to come from.
        let _ = self.scorer.set(Arc::new(scorer));
    }

    /// Room for a body of so many bytes until the guard is dropped; `None` where there is none now.
    pub fn take_body_room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let units = u32::try_from(bytes.div_ceil(BODY_UNIT)).ok()?;
        Arc::clone(&self.bodies).try_acquire_many_owned(units).ok()
    }

    /// Does long work on a thread for it; nothing comes of it where it panics, which is counted.
    pub async fn long<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        self.threads.run(work).await
    }

    /// Whether long work goes on. Where it does not, nobody waits any more for what the threads are at.
    fn is_stuck(&self) -> bool {
        self.threads.is_stuck(self.options.request_timeout)
    }

    /// The phase of life.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Moves on; never back.
    pub fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = to > *phase;
            if later {
                *phase = to;
            }
            later
        });
    }

    /// Tells of every change of phase.
    pub fn watch_phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Whether requests are scored: the model is loaded, nothing failed since its last good score, long work goes on, and
    /// the service is not ending. After a failure this runs a real score.
    ///
    /// # Errors
    /// What stands against it.
    pub async fn ready(&self) -> Result<(), Problem> {
        if self.phase() != Phase::Serving {
            return Err(draining());
        }
        let scorer = self.scorer()?;
        if self.is_stuck() {
            let detail = "all threads for long work have been at it for longer than a request may take; start it anew";
            return Err(Code::NotReady.because(detail).retry_after(Duration::from_secs(1)));
        }
        if scorer.is_suspect() {
            scorer.probe().await.map_err(|problem| Problem { code: Code::NotReady, ..problem })?;
        }
        Ok(())
    }

    /// What the metrics show of this moment. Runs nothing.
    pub async fn now(&self) -> Now {
        let store = match &self.keeper {
            // A store that cannot be read now is not shown now.
            Some(keeper) => {
                let size = tokio::time::timeout(SIZE_WAIT, keeper.read(|store| store.size())).await;
                size.ok().and_then(Result::ok).map(|size| (size.conversations, size.bytes))
            }
            None => None,
        };
        let scorer = self.scorer.get();
        let (queue_rows, queue_tokens) = scorer.map_or((0, 0), |s| s.queue.depth());
        Now {
            ready: self.phase() == Phase::Serving && scorer.is_some_and(|s| !s.is_suspect()) && !self.is_stuck(),
            waiting: self.threads.waiting(),
            queue_rows,
            queue_tokens,
            threads: scorer.map_or(0, |s| s.queue.threads()),
            connections: self.connections.load(Ordering::Relaxed),
            model: scorer.map(|s| (s.card.name.clone(), s.card.sha256.clone())),
            store,
        }
    }

    /// The moment by which a request that came now must be answered.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.options.request_timeout
    }
}

/// A request that is under way.
pub struct Inside {
    app: App,
    client: Client,
}

impl Drop for Inside {
    fn drop(&mut self) {
        let mut clients = self.app.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(under_way) = clients.get_mut(&self.client) {
            *under_way -= 1;
            if *under_way == 0 {
                clients.remove(&self.client);
            }
        }
    }
}
