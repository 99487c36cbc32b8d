//! The list of deals as people see it: each deal judged, in the order in which they deserve a look.
//!
//! A judgement depends on what is kept of a deal, on how long deals in its stage usually take, and on the day as of which it is
//! asked, where one is said; so what a list needs of one is remembered until one of the three changes. A first list over many deals takes no
//! longer than [`AT_ONCE`]: the others are told as not judged yet, and the next call goes on where this one stopped.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::civil::Date;

use super::{
    app::App,
    judge::{Usual, judge, usual_days},
    problem::{Code, Problem},
};
use crate::{
    conversation::DealId,
    report::{Bundle, Listed, html::served::Waiting},
    store::DealRow,
};

/// How long one call may judge deals that are not remembered.
const AT_ONCE: Duration = Duration::from_secs(5);
/// Why a deal stands in the list without its judgement, where that is only for now.
const NOT_YET: &str = "Not judged yet: load this page again.";

/// What is remembered of the deals that were judged for a list.
#[derive(Default)]
pub struct Listing {
    /// Whoever judges for a list; a second one waits and finds it done.
    turn: tokio::sync::Mutex<()>,
    known: Mutex<HashMap<DealId, Remembered>>,
    /// How often something was erased: what was read before that is not remembered after it.
    erased: AtomicU64,
}

struct Remembered {
    stamp: String,
    usual: Option<f64>,
    as_of: Option<Date>,
    listed: Listed,
}

impl Listing {
    /// Forgets all deals: something was erased, and nothing that was made of it shall stay.
    pub fn forget(&self) {
        self.erased.fetch_add(1, Ordering::SeqCst);
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<DealId, Remembered>> {
        // Nothing under the lock can panic half way.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, row: &DealRow, usual: Option<f64>, as_of: Option<Date>) -> Option<Listed> {
        let same = |known: &&Remembered| known.stamp == row.stamp && known.usual == usual && known.as_of == as_of;
        self.known().get(&row.deal).filter(same).map(|known| known.listed.clone())
    }
}

/// The deals of these rows, judged as of a day or each as of its own, and those that could not be; `deadline` is that of the
/// request.
pub async fn listed(
    app: &App,
    rows: Vec<DealRow>,
    as_of: Option<Date>,
    deadline: Instant,
) -> (Vec<Listed>, Vec<Waiting>) {
    let listing = &app.listing;
    let _turn = listing.turn.lock().await;
    let there: HashSet<&DealId> = rows.iter().map(|row| &row.deal).collect();
    listing.known().retain(|deal, _| there.contains(deal));
    // A store that fails at this says so of each deal.
    let habits = match app.keeper() {
        Ok(keeper) => keeper.read(move |store| usual_days(store, as_of)).await.unwrap_or_default(),
        Err(_) => BTreeMap::new(),
    };
    let now = Instant::now();
    let stop = now + AT_ONCE.min(deadline.saturating_duration_since(now) / 2);
    let (mut judged, mut waiting) = (Vec::new(), Vec::new());
    // Why no further deal is judged now.
    let mut stopped: Option<String> = None;
    for row in rows {
        let usual = habits.get(&row.deal).copied();
        if let Some(listed) = listing.find(&row, usual, as_of) {
            judged.push(listed);
            continue;
        }
        let erased = listing.erased.load(Ordering::SeqCst);
        if stopped.is_none() && Instant::now() >= stop {
            stopped = Some(NOT_YET.into());
        }
        let why = match &stopped {
            Some(why) => why.clone(),
            None => match judge(app, row.deal.clone(), as_of, Usual::Told(usual), deadline).await {
                Ok(Some(one)) => {
                    let listed = Listed::of(&Bundle { deal: &one.deal, report: &one.report });
                    let mut known = listing.known();
                    if listing.erased.load(Ordering::SeqCst) == erased {
                        known.insert(row.deal, Remembered { stamp: row.stamp, usual, as_of, listed: listed.clone() });
                        judged.push(listed);
                        continue;
                    }
                    // Of this deal or of another one: what was found may rest on what is gone.
                    NOT_YET.into()
                }
                // Erased since the rows were read.
                Ok(None) => continue,
                Err(problem) => {
                    let why = reason(&problem);
                    stopped = concerns_all(problem.code).then(|| why.clone());
                    why
                }
            },
        };
        let conversations = usize::try_from(row.conversations).unwrap_or(usize::MAX);
        waiting.push(Waiting { deal: row.deal, conversations, latest: row.latest, why });
    }
    (judged, waiting)
}

/// Whether what stopped one deal would stop the next one too.
fn concerns_all(code: Code) -> bool {
    matches!(code, Code::NotReady | Code::Draining | Code::QueueFull | Code::Late)
}

fn reason(problem: &Problem) -> String {
    format!("Not judged: {}.", problem.detail)
}
