//! A deal is a set of scored conversations, and **merge** is how such sets grow.
//!
//! [`Deal::absorb`] is associative, commutative and idempotent: duplicates, re-deliveries and any order converge to the
//! same deal. That is what lets a batch run, a service and many machines give the same report.

use std::{cmp::Ordering, collections::BTreeMap};

use serde::{Deserialize, Serialize};

pub use outcome::{Outcome, Status};

use crate::{
    conversation::{ConversationId, DealId, Timestamp},
    utterance::{Difference, Provenance, Scored},
};

pub mod called;
pub mod outcome;

/// A person whom the CRM lists as a contact of the deal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contact {
    /// Full name.
    pub name: String,
    /// Lower-cased address; empty where unknown.
    #[serde(default)]
    pub email: String,
    /// Job title; empty where unknown.
    #[serde(default)]
    pub title: String,
}

/// What the CRM says of a deal: a row of `deals.csv`, or the context that a vendor's export carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrmRecord {
    /// The deal's name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The customer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `new`, `renewal` or `expansion`, or whatever the CRM calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Worth, in the CRM's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    /// The currency of the amount, where the CRM tells: its code, else the sign that stands beside the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The stage's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Whether it is open, won or lost, where the CRM says so beside the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Since when the deal is in that stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_since: Option<jiff::civil::Date>,
    /// How many days the CRM's deals in that stage have usually been in it: their median, told by [`tell_usual_stage_days`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_usual_days: Option<f64>,
    /// The day on which the CRM expects the deal to close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_date: Option<jiff::civil::Date>,
    /// The day of judgement for this deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<jiff::civil::Date>,
    /// Who answers for the deal on our side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The buyer's people whom the CRM lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
}

impl CrmRecord {
    /// How the deal ended, where the CRM's status says so, else the name of its stage ([`outcome::of_stage`]): stages are called
    /// as their users like, and a deal may be lost in any of them.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.status {
            Some(Status::Open) => None,
            Some(Status::Won) => Some(Outcome::Won),
            Some(Status::Lost) => Some(Outcome::Lost),
            None => outcome::of_stage(self.stage.as_deref()?),
        }
    }
}

/// Tells each deal how many days the user's own deals in its stage have usually been in it: the median over all that say
/// since when, on `today`, else on the day of judgement that the CRM states of each, and have been by then. Fewer than five are
/// no habit, and tell nothing.
pub fn tell_usual_stage_days(records: &mut BTreeMap<DealId, CrmRecord>, today: Option<jiff::civil::Date>) {
    const FEWEST: usize = 5;
    let mut by_stage: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for record in records.values() {
        let known = (&record.stage, record.stage_since, today.or(record.as_of));
        let (Some(stage), Some(since), Some(today)) = known else { continue };
        // As of an earlier day a deal may not be in that stage yet.
        if since <= today {
            by_stage.entry(stage.to_lowercase()).or_default().push(f64::from((today - since).get_days()));
        }
    }
    by_stage.retain(|_, days| days.len() >= FEWEST);
    for days in by_stage.values_mut() {
        days.sort_by(f64::total_cmp);
    }
    for record in records.values_mut() {
        let days = record.stage.as_ref().and_then(|stage| by_stage.get(&stage.to_lowercase()));
        record.stage_usual_days = days.map(|days| (days[(days.len() - 1) / 2] + days[days.len() / 2]) / 2.0);
    }
}

/// A set of scored conversations that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Deal {
    /// Its name.
    pub id: DealId,
    /// What the CRM says of it.
    pub crm: Option<CrmRecord>,
    conversations: BTreeMap<ConversationId, Scored>,
}

/// Two results of different making cannot stand in one deal.
#[derive(Debug, thiserror::Error)]
#[error(
    "deal {deal}: {conversation} was scored otherwise than the others: {}; score all of a deal with the same dealtone, model and \
     runtime, then merge",
    in_words(.there, .here)
)]
pub struct MergeError {
    /// The deal.
    pub deal: DealId,
    /// The conversation that does not fit.
    pub conversation: ConversationId,
    /// What made the results that the deal holds.
    pub here: Box<Provenance>,
    /// What made the result that was to be added.
    pub there: Box<Provenance>,
}

fn in_words(there: &Provenance, here: &Provenance) -> String {
    there.differences(here).iter().map(Difference::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether `scored` can stand in one deal with `held`.
///
/// # Errors
/// Where it was made by another dealtone, model or runtime.
pub fn check_making(held: &Scored, scored: &Scored) -> Result<(), MergeError> {
    if held.provenance.is_same_making(&scored.provenance) {
        return Ok(());
    }
    Err(MergeError {
        deal: scored.conversation.deal.clone(),
        conversation: scored.conversation.id.clone(),
        here: Box::new(held.provenance.clone()),
        there: Box::new(scored.provenance.clone()),
    })
}

impl Deal {
    /// A deal without conversations.
    pub fn new(id: DealId, crm: Option<CrmRecord>) -> Deal {
        Deal { id, crm, conversations: BTreeMap::new() }
    }

    /// Adds a conversation. The same one again changes nothing; the same id with other content: the higher
    /// (revision, content hash) stays. Of the same content that was scored twice, under two names of the model or with a
    /// millionth between the scores, it is one of both, whichever came first.
    ///
    /// # Errors
    /// Where `scored` was made by another dealtone, model or runtime than what the deal holds; the deal is unchanged.
    pub fn absorb(&mut self, scored: Scored) -> Result<(), MergeError> {
        if let Some(held) = self.conversations.values().next() {
            check_making(held, &scored)?;
        }
        let rank = |s: &Scored| (s.conversation.revision, s.conversation.content_hash());
        // Of equal content the words of the file decide, whatever they are: the same line must stay in any order.
        let decides = |held: &Scored| {
            rank(held).cmp(&rank(&scored)).then_with(|| {
                let line = |s: &Scored| serde_json::to_string(s).unwrap_or_default();
                if *held == scored { Ordering::Equal } else { line(held).cmp(&line(&scored)) }
            })
        };
        match self.conversations.get(&scored.conversation.id) {
            Some(held) if decides(held).is_ge() => {}
            _ => {
                self.conversations.insert(scored.conversation.id.clone(), scored);
            }
        }
        Ok(())
    }

    /// The conversation of that id.
    pub fn conversation(&self, id: &ConversationId) -> Option<&Scored> {
        self.conversations.get(id)
    }

    /// The conversations in the order in which they happened; those without a time stand last, by id.
    pub fn by_time(&self) -> Vec<&Scored> {
        let mut all: Vec<&Scored> = self.conversations.values().collect();
        all.sort_by_key(|s| {
            let c = &s.conversation;
            (c.started_at.is_none(), c.started_at, &c.id)
        });
        all
    }

    /// How many conversations it holds.
    pub fn len(&self) -> usize {
        self.conversations.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty()
    }

    /// When the latest conversation began.
    pub fn latest(&self) -> Option<Timestamp> {
        self.conversations.values().filter_map(|s| s.conversation.started_at).max()
    }

    /// What made the scores; absent for an empty deal.
    pub fn provenance(&self) -> Option<&Provenance> {
        self.conversations.values().next().map(|s| &s.provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_how_a_deal_ended_before_its_stage_does() {
        for (status, stage, expected) in [
            (None, "Closed Won", Some(Outcome::Won)),
            (None, "Proposal", None),
            (Some(Status::Lost), "Proposal", Some(Outcome::Lost)),
            (Some(Status::Won), "Proposal", Some(Outcome::Won)),
            (Some(Status::Open), "Lost customers won back", None),
        ] {
            let record = CrmRecord { status, stage: Some(stage.into()), ..CrmRecord::default() };
            assert_eq!(record.outcome(), expected, "{status:?} {stage}");
        }
        assert_eq!(CrmRecord::default().outcome(), None);
    }

    #[test]
    fn the_usual_days_in_a_stage_are_the_median_of_the_deals_in_it_and_told_from_five_on() {
        let deal = |stage: &str, since: &str| CrmRecord {
            stage: Some(stage.into()),
            stage_since: Some(since.parse().unwrap()),
            as_of: Some("2026-06-30".parse().unwrap()),
            ..CrmRecord::default()
        };
        let since = ["2026-06-29", "2026-06-20", "2026-06-10", "2026-05-31", "2026-01-01"];
        let mut records: BTreeMap<DealId, CrmRecord> =
            since.iter().enumerate().map(|(n, s)| (DealId(n.to_string()), deal("Proposal", s))).collect();
        records.insert(DealId("other".into()), deal("Legal", "2026-06-01"));
        tell_usual_stage_days(&mut records, None);
        assert_eq!(records[&DealId("4".into())].stage_usual_days, Some(20.0));
        assert_eq!(records[&DealId("other".into())].stage_usual_days, None);
        tell_usual_stage_days(&mut records, Some("2026-07-10".parse().unwrap()));
        assert_eq!(records[&DealId("4".into())].stage_usual_days, Some(30.0));
        // By then one of the five was not in its stage yet.
        tell_usual_stage_days(&mut records, Some("2026-06-28".parse().unwrap()));
        assert_eq!(records[&DealId("4".into())].stage_usual_days, None);
        tell_usual_stage_days(&mut records, Some("2026-06-29".parse().unwrap()));
        assert_eq!(records[&DealId("4".into())].stage_usual_days, Some(19.0));
    }
}
