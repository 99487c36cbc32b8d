//! **Finish**: a deal becomes its report. Pure; the clock is an argument, and floats are made only here.

use serde::Serialize;

use crate::{
    conversation::{Channel, DealId, Side, Timestamp},
    deal::{CrmRecord, Deal},
    health::{Health, health, points_of_flag},
    judgement::Judgement,
    measure::{Readings, measure},
    rules::{Finding, Kind, Rules},
    utterance::{Provenance, Scored},
};

/// Version of the output contract; a field that is renamed or removed raises it.
pub const SCHEMA_VERSION: u32 = 1;

/// What there was to judge from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Conversations of all kinds.
    pub conversations: usize,
    /// Calls among them.
    pub calls: usize,
    /// E-mails among them.
    pub emails: usize,
    /// Conversations without a date: they count as the latest.
    pub undated: usize,
    /// Scored utterances.
    pub utterances: usize,
    /// Utterances whose speaker's side is unknown.
    pub unknown_side: usize,
    /// What could not be measured, and why: "patience: needs a call with times".
    pub not_measured: Vec<String>,
}

impl Coverage {
    fn of(deal: &Deal, not_measured: Vec<String>) -> Coverage {
        let all = deal.by_time();
        let of_channel = |channel| all.iter().filter(|s| s.conversation.channel == channel).count();
        let unknown =
            |s: &&Scored| s.utterances.iter().filter(|u| s.conversation.turns[u.turn].side == Side::Unknown).count();
        Coverage {
            conversations: all.len(),
            calls: of_channel(Channel::Call),
            emails: of_channel(Channel::Email),
            undated: all.iter().filter(|s| s.conversation.started_at.is_none()).count(),
            utterances: all.iter().map(|s| s.utterances.len()).sum(),
            unknown_side: all.iter().map(unknown).sum(),
            not_measured,
        }
    }
}

/// Everything that dealtone says of one deal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DealReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Name of the deal.
    pub deal: DealId,
    /// What the CRM says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crm: Option<CrmRecord>,
    /// The moment as of which it was judged.
    pub as_of: Option<Timestamp>,
    /// The score.
    pub health: Health,
    /// Risk flags, the most severe first, of equals what takes most of the health.
    pub risks: Vec<Finding>,
    /// Coaching prompts, the most severe first.
    pub coaching: Vec<Finding>,
    /// Every number that was measured.
    pub readings: Readings,
    /// What there was to judge from.
    pub coverage: Coverage,
    /// What people judge, each beside what is measured and never averaged into it nor into one another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judgements: Vec<Judgement>,
    /// What made the scores.
    pub provenance: Option<Provenance>,
}

/// The report of `deal` as of `as_of`; where that is absent, as of the end of the latest interaction's day.
pub fn finish(deal: &Deal, rules: &Rules, as_of: Option<Timestamp>) -> DealReport {
    let as_of = as_of.or_else(|| deal.latest());
    let (readings, not_measured) = match as_of {
        Some(as_of) => measure(deal, as_of, rules.trackers()),
        None => (
            Readings::new(),
            vec!["everything: needs an interaction with a time, or a day as of which to judge".to_owned()],
        ),
    };
    let findings = rules.apply(&readings);
    let health = health(&readings, &findings);
    let (mut risks, coaching): (Vec<_>, Vec<_>) = findings.into_iter().partition(|f| f.kind == Kind::Risk);
    risks.sort_by(|a, b| b.severity.cmp(&a.severity).then(points_of_flag(&a.name).total_cmp(&points_of_flag(&b.name))));
    DealReport {
        schema_version: SCHEMA_VERSION,
        deal: deal.id.clone(),
        crm: deal.crm.clone(),
        as_of,
        health,
        risks,
        coaching,
        readings,
        coverage: Coverage::of(deal, not_measured),
        judgements: Vec::new(),
        provenance: deal.provenance().cloned(),
    }
}
