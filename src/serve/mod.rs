//! `dealtone serve`: the scoring service, over the same map, merge and finish as the batch command.
//!
//! The only folder that names axum, hyper, tokio, tower-http, utoipa, subtle and tracing. One thread does the talking,
//! one for each allowed core runs the model, two at most do long work (tokens of long bodies, the readers of exports, pages),
//! and two are the store's.
//!
//! | owns | file |
//! |---|---|
//! | paths, order of the doors | [`routes`] |
//! | who may come in, and how much at once | [`doors`], [`payload`], [`unread`] |
//! | what the query of an address says | [`asked`] |
//! | every refusal and failure | [`problem`] |
//! | what takes more than a moment | [`long`] |
//! | scores for those who wait | [`scorer`], over [`crate::queue`] |
//! | what is kept | [`keeper`], over [`crate::store`]; [`judge`] judges it, [`pages`] shows it |
//! | the API | [`score`], [`conversations`] with [`export`], [`kept`], [`deals`], [`attention`], and for other servers' clients [`tei`] and [`kserve`]; [`wire`] holds the shapes |
//! | what is told | [`metrics`], [`trace`], [`log`], [`openapi`] |
//! | start and end | [`life`], [`stalled`] |

pub mod app;
pub mod asked;
pub mod attention;
pub mod conversations;
pub mod deals;
pub mod doors;
pub mod export;
pub mod judge;
pub mod keeper;
pub mod kept;
pub mod kserve;
pub mod life;
pub mod listing;
pub mod log;
pub mod long;
pub mod metrics;
pub mod openapi;
pub mod pages;
pub mod payload;
mod place;
pub mod problem;
pub mod routes;
pub mod score;
pub mod scorer;
pub mod stalled;
pub mod tei;
pub mod trace;
pub mod unread;
pub mod wire;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use jiff::tz::TimeZone;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

use crate::{
    engine::EngineParts,
    judgement::Judgements,
    pipeline::AsOf,
    queue,
    rules::Rules,
    score::ScoreError,
    store::{StoreError, sqlite::SqliteStore},
    team::Team,
};
use app::App;
use doors::TokenHash;
use keeper::Keeper;
use life::{Bind, Listener};
use metrics::Metrics;
use payload::BodyLimits;
use scorer::Scorer;

/// Two signals so close are one wish: whoever signals a process and its group, as `timeout` and some supervisors do, signals
/// it twice within a moment, and no person is as quick.
const SAME_WISH: Duration = Duration::from_millis(50);

/// What the user chose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub bind: Bind,
    /// Valid tokens; none: everybody who can connect may ask.
    pub tokens: Vec<TokenHash>,
    /// Listen beyond this machine without a token.
    pub insecure: bool,
    /// Names under which the service is known, besides `localhost` and addresses.
    pub hosts: Vec<String>,
    /// What a body may be.
    pub body: BodyLimits,
    /// What the queue may hold.
    pub queue: queue::Limits,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long headers may take to come, and how long a connection may be idle.
    pub idle_timeout: Duration,
    /// Bytes of a request's head.
    pub max_header: usize,
    /// Connections at once.
    pub max_connections: usize,
    /// Requests of one client under way at once.
    pub client_limit: usize,
    /// How long to serve on after saying that it ends.
    pub drain_delay: Duration,
    /// How long the end may take in all.
    pub drain_deadline: Duration,
    /// The store; absent: nothing is kept, and what needs a store says so.
    pub store: Option<PathBuf>,
    /// What the user says of the two sides.
    pub team: Team,
    /// What is looked for in deals.
    pub rules: Rules,
    /// What managers say of deals, beside what was measured.
    pub judgements: Judgements,
    /// The day as of which deals are judged where nobody asks for one; absent: each deal's own.
    pub as_of: Option<AsOf>,
    /// The zone in which pages show times, and in which today is.
    pub zone: TimeZone,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            bind: Bind::Tcp(([127, 0, 0, 1], 8017).into()),
            tokens: Vec::new(),
            insecure: false,
            hosts: Vec::new(),
            body: BodyLimits::default(),
            queue: queue::Limits::default(),
            request_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(10),
            max_header: 16 << 10,
            max_connections: 1024,
            client_limit: 512,
            drain_delay: Duration::from_secs(5),
            drain_deadline: Duration::from_secs(25),
            store: None,
            team: Team::default(),
            rules: Rules::built_in(),
            judgements: Judgements::default(),
            as_of: None,
            zone: TimeZone::UTC,
        }
    }
}

/// Why the service did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It would be open to the network.
    #[error(
        "{0} can be reached from other machines and no token is set; set one with --token-file FILE or DEALTONE_TOKEN, \
         or say --insecure where something else keeps strangers out"
    )]
    Open(Bind),
    /// The door could not be opened.
    #[error("{bind}: the service cannot listen there; choose another address with --bind")]
    Bind {
        /// The door.
        bind: Bind,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The store was refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model could not be loaded or does not score.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// The model loaded and then failed its first scores.
    #[error("the model's first scores failed: {0}")]
    WarmUp(String),
    /// The system refuses threads or signals.
    #[error("the system refuses a thread or a signal: {0}")]
    System(#[from] io::Error),
}

/// How the service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything under way was answered.
    Whole,
    /// Something is still at work, stuck until the deadline or loading the model: leave without waiting for it, by
    /// [`leave`].
    Stuck,
}

/// A running service.
pub struct Running {
    /// Where it listens.
    pub bound: Bind,
    app: App,
    runtime: Runtime,
    serving: tokio::task::JoinHandle<()>,
    loaded: mpsc::Receiver<Result<(), ServeError>>,
    /// SIGTERM and SIGINT.
    signals: (Signal, Signal),
}

/// Opens the door, and loads the model on a thread of its own meanwhile: the service is alive at once, and ready when
/// the model has scored.
///
/// # Errors
/// Where it would be open to the network without a token, the store is refused, or the address cannot be listened on.
pub fn start(
    options: Options,
    load: impl FnOnce() -> Result<EngineParts, ScoreError> + Send + 'static,
) -> Result<Running, ServeError> {
    if !options.bind.is_local() && options.tokens.is_empty() && !options.insecure {
        return Err(ServeError::Open(options.bind));
    }
    let metrics = Arc::<Metrics>::default();
    let keeper = match &options.store {
        Some(path) => {
            let store = SqliteStore::open(path)?;
            let reader = store.reader()?;
            Some(Keeper::new(Box::new(store), Box::new(reader), &metrics)?)
        }
        None => None,
    };
    // Threads in all: those that score, this one, the one that talks, two for long work, and two where there is a store.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(long::THREADS)
        .thread_name("talk")
        .enable_all()
        .build()?;
    let bind = options.bind.clone();
    let refused = |source| ServeError::Bind { bind: bind.clone(), source };
    let listener = runtime.block_on(Listener::open(&bind)).map_err(refused)?;
    let bound = listener.bound()?;
    if options.drain_delay > options.drain_deadline / 2 {
        let (asked_s, holds_s) = (options.drain_delay.as_secs_f64(), (options.drain_deadline / 2).as_secs_f64());
        tracing::warn!(
            asked_s,
            holds_s,
            "the drain delay is longer than half of the drain deadline, which holds instead"
        );
    }
    let app = App::new(options, keeper, metrics);
    let router = routes::router(app.clone());
    let serving = runtime.spawn({
        let app = app.clone();
        async move { life::serve(&app, listener, router).await }
    });
    // Watched before anybody is told that it listens: whoever reads that line may ask it to end at once.
    let signals = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    tracing::info!(address = %bound, "listening; the model is being loaded");
    let (tell, loaded) = mpsc::channel();
    thread::Builder::new().name("load".into()).spawn({
        let app = app.clone();
        move || {
            // Nobody listens any more where the service ended meanwhile.
            let _ = tell.send(load_model(&app, load));
        }
    })?;
    Ok(Running { bound, app, runtime, serving, loaded, signals })
}

fn load_model(app: &App, load: impl FnOnce() -> Result<EngineParts, ScoreError>) -> Result<(), ServeError> {
    let began = Instant::now();
    let mut parts = load()?;
    Scorer::warm_up(&mut parts).map_err(|error| ServeError::WarmUp(error.to_string()))?;
    let scorer = Scorer::new(parts, app.options.queue, &app.metrics, app.threads.clone())?;
    scorer.learn_cost().map_err(|problem| ServeError::WarmUp(problem.detail))?;
    app.set_scorer(scorer);
    // Only now: whoever reads the line may ask at once.
    if let Ok(scorer) = app.scorer() {
        tracing::info!(
            model = %scorer.card.name,
            model_sha256 = %scorer.card.sha256,
            threads = scorer.queue.threads(),
            took_s = began.elapsed().as_secs_f64(),
            "ready"
        );
    }
    Ok(())
}

impl Running {
    /// Waits until the model is loaded and has scored.
    ///
    /// # Errors
    /// Where it does not.
    pub fn wait_ready(&self) -> Result<(), ServeError> {
        match self.loaded.recv() {
            Ok(result) => result,
            // The thread that loads tells once and ends; asked again, there is nothing new.
            Err(_) => Ok(()),
        }
    }

    /// Serves until SIGTERM or SIGINT, then ends in order; a second signal ends the process at once.
    ///
    /// # Errors
    /// Where the model cannot be loaded.
    pub fn until_signal(self) -> Result<Ended, ServeError> {
        let asked = Arc::new(Notify::new());
        let Running { app, runtime, serving, loaded, signals: (mut term, mut int), .. } = self;
        {
            let asked = Arc::clone(&asked);
            runtime.spawn(async move {
                let mut first: Option<Instant> = None;
                loop {
                    tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
                    match first {
                        None => asked.notify_one(),
                        Some(first) if first.elapsed() < SAME_WISH => continue,
                        Some(_) => {
                            tracing::warn!("asked to end a second time: leaving at once");
                            leave(1);
                        }
                    }
                    first = Some(Instant::now());
                }
            });
        }
        // A model that does not load ends the service; a signal while it loads ends it too.
        loop {
            match loaded.try_recv() {
                Ok(Ok(())) | Err(mpsc::TryRecvError::Disconnected) => break,
                Ok(Err(error)) => return Err(error),
                Err(mpsc::TryRecvError::Empty) => {}
            }
            let signalled = runtime
                .block_on(async { tokio::time::timeout(Duration::from_millis(10), asked.notified()).await.is_ok() });
            if signalled {
                return Ok(end(&app, runtime, serving));
            }
        }
        runtime.block_on(asked.notified());
        Ok(end(&app, runtime, serving))
    }

    /// Ends in order.
    pub fn end(self) -> Ended {
        end(&self.app, self.runtime, self.serving)
    }

    /// The shared state, for those who look at counts.
    pub fn app(&self) -> &App {
        &self.app
    }
}

fn end(app: &App, runtime: Runtime, serving: tokio::task::JoinHandle<()>) -> Ended {
    // A model that is still being loaded is at work inside its library, whose statics go when the process returns.
    let whole = runtime.block_on(life::end(app, serving)) && app.scorer().is_ok();
    if let Ok(keeper) = app.keeper() {
        keeper.close();
    }
    if !whole {
        // Whoever drops the last of it waits for its threads, and one of them is stuck.
        std::mem::forget(app.clone());
    }
    // What is still on the runtime is stuck; it is not waited for.
    runtime.shutdown_background();
    if whole { Ended::Whole } else { Ended::Stuck }
}

/// Ends the process without running what other threads might still be using: a library whose statics are torn down while
/// a run is stuck inside it aborts the process.
#[allow(unsafe_code)]
pub fn leave(code: i32) -> ! {
    // SAFETY: `_exit` takes any number and returns never; nothing of ours relies on exit handlers.
    unsafe { libc::_exit(code) }
}
