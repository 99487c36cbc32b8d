//! The list of deals as people see it: each deal judged, in the order in which they deserve a look.
//!
//! A judgement depends on what is kept of a deal, on how long deals in its stage usually take, and on the day as of which it is
//! asked, where one is said; so what a list needs of one is remembered until one of the first two changes, for each of the
//! days that were asked last: whoever asks for another day undoes nobody's list. A first list over many deals takes no longer
//! than [`AT_ONCE`]: the others are told as not judged yet, and the next call goes on where this one stopped.

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

/// Deals of one list.
pub const MAX_DEALS: usize = 1000;
/// How long one call may judge deals that are not remembered.
const AT_ONCE: Duration = Duration::from_secs(5);
/// For how many days judgements are remembered: each deal's own, today and one more.
const DAYS: usize = 3;
/// Why a deal stands in the list without its judgement, where that is only for now.
const NOT_YET: &str = "Not judged yet: load this again.";

/// What is remembered of the deals that were judged for a list.
#[derive(Default)]
pub struct Listing {
    /// Whoever judges for a list; a second one waits and finds it done.
    turn: tokio::sync::Mutex<()>,
    /// By the day that was asked, the last one first.
    known: Mutex<Vec<Day>>,
    /// How often something was erased: what was read before that is not remembered after it.
    erased: AtomicU64,
}

/// What is remembered of the deals as of a day, or each as of its own.
struct Day {
    as_of: Option<Date>,
    deals: HashMap<DealId, Remembered>,
}

struct Remembered {
    stamp: String,
    usual: Option<f64>,
    listed: Listed,
}

impl Listing {
    /// Forgets all deals: something was erased, and nothing that was made of it shall stay.
    pub fn forget(&self) {
        self.erased.fetch_add(1, Ordering::SeqCst);
        self.known().iter_mut().for_each(|day| day.deals.clear());
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Vec<Day>> {
        // Nothing under the lock can panic half way.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a day in front, and forgets the days that were not asked for long and the deals that are not there.
    fn ask(&self, as_of: Option<Date>, there: &HashSet<&DealId>) {
        let mut known = self.known();
        let place = known.iter().position(|day| day.as_of == as_of);
        let asked = place.map_or_else(|| Day { as_of, deals: HashMap::new() }, |place| known.remove(place));
        known.insert(0, asked);
        known.truncate(DAYS);
        known.iter_mut().for_each(|day| day.deals.retain(|deal, _| there.contains(deal)));
    }

    fn find(&self, row: &DealRow, usual: Option<f64>, as_of: Option<Date>) -> Option<Listed> {
        let known = self.known();
        let of_deal = known.iter().find(|day| day.as_of == as_of)?.deals.get(&row.deal)?;
        (of_deal.stamp == row.stamp && of_deal.usual == usual).then(|| of_deal.listed.clone())
    }

    /// Remembers a deal, unless something was erased since `erased` was read; whether it did.
    fn remember(&self, row: &DealRow, usual: Option<f64>, as_of: Option<Date>, listed: &Listed, erased: u64) -> bool {
        let mut known = self.known();
        if self.erased.load(Ordering::SeqCst) != erased {
            return false;
        }
        if let Some(day) = known.iter_mut().find(|day| day.as_of == as_of) {
            let remembered = Remembered { stamp: row.stamp.clone(), usual, listed: listed.clone() };
            day.deals.insert(row.deal.clone(), remembered);
        }
        true
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
    listing.ask(as_of, &there);
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
                    if listing.remember(&row, usual, as_of, &listed, erased) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{deal::Deal, deal_report::finish, rules::Rules};

    #[test]
    fn a_list_of_one_day_is_remembered_beside_that_of_another_until_something_is_erased() {
        let deal = Deal::new(DealId("a".into()), None);
        let report = finish(&deal, &Rules::built_in(), None);
        let listed = Listed::of(&Bundle { deal: &deal, report: &report });
        let row = DealRow { deal: deal.id.clone(), conversations: 0, latest: None, stamp: "1".into() };
        let listing = Listing::default();
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        let is_known = |as_of| listing.find(&row, None, as_of).is_some();
        let days = [None, day("2026-06-12"), day("2026-06-11"), day("2026-06-10")];
        for as_of in days {
            // Each person in turn, as often as they like.
            for asked in [None, as_of] {
                listing.ask(asked, &HashSet::from([&row.deal]));
                assert!(is_known(asked) || listing.remember(&row, None, asked, &listed, 0));
            }
        }
        assert_eq!(days.map(is_known), [true, false, true, true]);
        assert!(listing.find(&DealRow { stamp: "2".into(), ..row.clone() }, None, None).is_none());
        listing.forget();
        assert_eq!(days.map(is_known), [false; 4]);
        assert!(!listing.remember(&row, None, None, &listed, 0));
        listing.ask(None, &HashSet::new());
        assert!(listing.remember(&row, None, None, &listed, 1));
        listing.ask(None, &HashSet::new());
        assert!(!is_known(None), "it is there no more");
    }
}
