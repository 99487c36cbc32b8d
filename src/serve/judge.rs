//! A deal judged from what is kept of it, and who is who in it.
//!
//! Sides are decided over the whole deal each time, as the batch command does; conversations whose sides have changed
//! since they were scored, or that another model scored, are scored again first. A message that is kept under two names
//! counts once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use jiff::civil::Date;

use super::{
    app::App,
    problem::{Code, Problem},
};
use crate::{
    conversation::{Conversation, DealId},
    deal::{CrmRecord, Deal, MergeError, tell_usual_stage_days},
    deal_report::{DealReport, finish_in},
    pipeline::end_of_day,
    queue::{Admission, Failure},
    read::{Skipped, duplicates::drop_duplicates},
    reading::{as_judged, by_zone},
    store::{Record, Store, StoreError},
    team::{self, Team},
};

/// A deal with what was found in it.
pub struct Judged {
    /// The deal.
    pub deal: Deal,
    /// What was found.
    pub report: DealReport,
}

/// How many days the deals in this deal's stage have usually been in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Usual {
    /// To be told from what is kept.
    Asked,
    /// As was told of all deals at once.
    Told(Option<f64>),
}

/// How many days the deals in the stage of each deal have usually been in it, where that is known.
///
/// # Errors
/// Where the store cannot be read.
pub fn usual_days(store: &mut dyn Store, today: Option<Date>) -> Result<BTreeMap<DealId, f64>, StoreError> {
    let mut all = store.all_crm()?;
    tell_usual_stage_days(&mut all, today);
    Ok(all.into_iter().filter_map(|(deal, crm)| Some((deal, crm.stage_usual_days?))).collect())
}

/// Judges a deal from what is kept; `None` where nothing is.
///
/// # Errors
/// Where the store or the model fails, or the model cannot score anew in time what must be.
pub async fn judge(
    app: &App,
    deal: DealId,
    as_of: Option<Date>,
    usual: Usual,
    deadline: Instant,
) -> Result<Option<Judged>, Problem> {
    let keeper = app.keeper()?;
    let id = deal.clone();
    let find = move |store: &mut dyn Store| {
        let mut crm = store.crm(&id)?;
        if let Some(crm) = crm.as_mut().filter(|crm| crm.stage.is_some()) {
            crm.stage_usual_days = match usual {
                Usual::Asked => usual_days(store, as_of)?.remove(&id),
                Usual::Told(days) => days,
            };
        }
        Ok((store.deal(&id)?, crm))
    };
    let (records, crm) = keeper.read(find).await?;
    if records.is_empty() && crm.is_none() {
        return Ok(None);
    }
    let team = app.options.team.clone();
    let decide = move || {
        let mut decided: Vec<Conversation> = records.iter().map(|record| record.read.clone()).collect();
        // Whoever sent them was told what stands there twice.
        as_judged(&mut decided, &team.zone, drop_duplicates, &mut Vec::new());
        team::decide(&mut decided, crm.as_ref(), &team);
        (with_records(decided, records), crm)
    };
    let (decided, crm) = app.long(decide).await.ok_or_else(panicked)?;
    let scorer = app.scorer()?;
    let (mut current, mut renewed) = (Vec::with_capacity(decided.len()), Vec::new());
    let (mut admission, mut stopped) = (Admission::Ask, None);
    for (decided, record) in decided {
        if record.scored.conversation == decided && record.scored.provenance.is_same_making(&scorer.provenance) {
            current.push(record.scored);
            continue;
        }
        match scorer.conversation(decided, deadline, &mut admission).await {
            Ok(scored) => {
                renewed.push(Record { read: record.read, scored: scored.clone() });
                current.push(scored);
            }
            Err(problem) => {
                // What is scored by now is kept, so the next try begins behind it: it is no use to ask for less.
                let goes_on = problem.code == Code::Timeout && !renewed.is_empty();
                stopped = Some(if goes_on { Failure::Late.into() } else { problem });
                break;
            }
        }
    }
    if !renewed.is_empty() {
        // What is scored by now is kept, so that the next try gets further. Where it cannot be, the scores are no worse.
        let _ = keeper.write(move |store| store.rescore(&renewed)).await;
    }
    if let Some(problem) = stopped {
        return Err(problem);
    }
    let (rules, zone) = (app.options.rules.clone(), app.options.zone.clone());
    let judgements = app.options.judgements.of(&deal).to_vec();
    let rules_sha256 = app.rules_sha256.clone();
    let finish_it = move || -> Result<Judged, MergeError> {
        let as_of = as_of.or_else(|| crm.as_ref()?.as_of).map(|day| end_of_day(day, &zone));
        let mut whole = Deal::new(deal, crm);
        for scored in current {
            whole.absorb(scored)?;
        }
        let mut report = finish_in(&whole, &rules, as_of, &zone);
        report.judgements = judgements;
        report.rules_sha256 = Some(rules_sha256);
        Ok(Judged { deal: whole, report })
    };
    let judged = app.long(finish_it).await.ok_or_else(panicked)?;
    judged.map(Some).map_err(|_| Code::Internal.because("conversations of one deal were scored by different models"))
}

/// Each conversation with what is kept of it; ids are unique in a deal, and what was dropped has no place any more.
fn with_records(decided: Vec<Conversation>, records: Vec<Record>) -> Vec<(Conversation, Record)> {
    let mut records: BTreeMap<_, Record> = records.into_iter().map(|record| (record.read.id.clone(), record)).collect();
    decided.into_iter().filter_map(|decided| records.remove(&decided.id).map(|record| (decided, record))).collect()
}

fn panicked() -> Problem {
    Code::Internal.because("judging the deal panicked; the service goes on")
}

/// What came, with what all of its deal lets one know.
pub struct Decided {
    /// Each conversation as it was read, and with the sides of its speakers.
    pub conversations: Vec<(Conversation, Conversation)>,
    /// Those that now count no further when the deal is judged, since it has them under another name: of what came, or of what
    /// was there and says less.
    pub duplicates: Vec<Skipped>,
}

/// Decides who is who in conversations that came.
///
/// # Errors
/// Where the store cannot be read.
pub async fn decide_sides(app: &App, new: Vec<Conversation>) -> Result<Decided, Problem> {
    let deals: BTreeSet<DealId> = new.iter().map(|c| c.deal.clone()).collect();
    let find = move |store: &mut dyn Store| {
        let mut all = BTreeMap::new();
        for deal in deals {
            let there = store.read_of(&deal)?;
            let crm = store.crm(&deal)?;
            all.insert(deal, (there, crm));
        }
        Ok(all)
    };
    let others = app.keeper()?.read(find).await?;
    let team = app.options.team.clone();
    let decide = move || {
        let mut sides: Vec<Option<Conversation>> = vec![None; new.len()];
        let mut duplicates = Vec::new();
        for (deal, (there, crm)) in others {
            let coming = new.iter().enumerate().filter(|(_, c)| c.deal == deal).map(|(at, c)| (at, c.clone()));
            let (decided, losses) = decide_in_deal(there, coming.collect(), crm.as_ref(), &team);
            decided.into_iter().for_each(|(at, decided)| sides[at] = Some(decided));
            duplicates.extend(losses);
        }
        let conversations = new.into_iter().zip(sides).map(|(read, sides)| (read.clone(), sides.unwrap_or(read)));
        Decided { conversations: conversations.collect(), duplicates }
    };
    let panicked = || Code::Internal.because("who is who could not be decided; nothing was kept");
    app.long(decide).await.ok_or_else(panicked)
}

/// The conversations that come to a deal with the sides of their speakers, each with the number that it came with, and those of
/// the deal that now count no further.
fn decide_in_deal(
    mut there: Vec<Conversation>,
    coming: Vec<(usize, Conversation)>,
    crm: Option<&CrmRecord>,
    team: &Team,
) -> (Vec<(usize, Conversation)>, Vec<Skipped>) {
    let replaced: BTreeSet<_> = coming.iter().map(|(_, c)| &c.id).collect();
    there.retain(|c| !replaced.contains(&c.id));
    let coming = coming.into_iter().map(|(number, c)| (Some(number), c));
    let mut all: Vec<(Option<usize>, Conversation)> = there.into_iter().map(|c| (None, c)).chain(coming).collect();
    // As they are judged: whose word comes first counts for who is who.
    all.sort_by(|(_, a), (_, b)| a.id.place().cmp(&b.id.place()));
    let (numbers, mut all): (Vec<Option<usize>>, Vec<Conversation>) = all.into_iter().unzip();
    let mut losses = twice(all.clone(), &team.zone);
    if !losses.is_empty() {
        // What counted no further before, either, was told when it came.
        let before = all.iter().zip(&numbers).filter(|(_, number)| number.is_none()).map(|(c, _)| c.clone());
        let told = twice(before.collect(), &team.zone);
        losses.retain(|loss| !told.contains(loss));
    }
    by_zone(&mut all, &team.zone);
    team::decide(&mut all, crm, team);
    let decided = numbers.into_iter().zip(all).filter_map(|(number, c)| Some((number?, c)));
    (decided.collect(), losses)
}

/// Those among a deal's conversations that count no further when it is judged.
fn twice(mut all: Vec<Conversation>, zone: &str) -> Vec<Skipped> {
    let mut losses = Vec::new();
    as_judged(&mut all, zone, drop_duplicates, &mut losses);
    losses
}
