//! The table of every number that a rule may name, each with its unit, its definition and its evidence.
//!
//! A **reading** is one measured number of one deal with the utterances that it rests on. A measure whose data is absent
//! has no reading: absent is not zero, and no rule fires on it. Nor has one that asks for what the model cannot read.

mod answers;
mod asked;
mod awaited;
mod call_times;
mod clock;
mod competition;
mod concessions;
mod conduct;
mod course;
mod crm;
mod delays;
mod empathy;
pub mod language;
mod listening;
mod matter;
mod meetings;
mod named_times;
mod needs;
mod objections;
mod owed;
mod paper;
mod people;
mod phrases;
mod progress;
mod questions;
mod reminders;
mod settled;
pub mod shape;
mod signed;
mod slips;
mod sound;
pub mod speakers;
mod stretch;
mod talk;
mod timed_stretch;
pub mod timing;
mod titles;
mod tone;
pub mod trackers;
mod unit;
mod view;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    conversation::{ConversationId, Timestamp},
    deal::Deal,
};
use asked::Asked;
use trackers::Tracker;
pub use unit::{Unit, span};
use view::View;

/// What a reading or finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Evidence {
    /// Words that stand verbatim in a conversation.
    Quote {
        /// Where.
        conversation: ConversationId,
        /// Index of the turn.
        turn: usize,
        /// Milliseconds from the start of the conversation, where times are known.
        #[serde(default)]
        at_ms: Option<u64>,
        /// Who said it.
        speaker: String,
        /// The words, verbatim.
        quote: String,
    },
    /// Something that did not happen, stated: "no buyer mail since 3 May 2026".
    Absence {
        /// The statement.
        absence: String,
    },
}

/// One measured number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The number, in `unit`.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// Whether its times are the transcript's or were heard; absent where it rests on words alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_on: Option<Basis>,
    /// The words or absences that it rests on, the most telling first.
    pub evidence: Vec<Evidence>,
}

/// What the times of a reading rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The times that stand in the transcripts.
    #[default]
    Transcript,
    /// What was heard in the recordings.
    Recording,
    /// The recordings of some calls and the transcripts of others.
    Both,
}

/// All readings of one deal by measure name.
pub type Readings = BTreeMap<&'static str, Reading>;

/// One row of the table: a number that rules may name.
pub struct MeasureRow {
    /// Its name in rules, files and `dealtone explain`.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Its definition in words.
    pub meaning: &'static str,
    /// What it needs; stands in the coverage where the deal has none of it.
    pub needs: &'static str,
    read: fn(&View) -> Option<Reading>,
}

/// The needs that something said in a deal meets, and not its data: where nobody named an alternative, nothing is missing
/// from the export.
const OCCASIONS: &[&str] = &[
    "an objection",
    "an objection that was answered",
    "words of the buyer's side after a price objection",
    "words of the buyer's side in a deal that the CRM does not call new",
    "a close date in the CRM that is not past",
    "a mention of an alternative",
    "a mention of an alternative by the buyer's side",
    "a buying signal",
    "a concession that does not make up for a fault",
    "a sign of leaving",
    "a delay",
    "a date for decision, start or go-live named by the buyer's side",
    "an authority gap",
    "words of the buyer's side after an authority gap",
    "an authority gap and a job title of somebody of the buyer's side",
];

/// Whether a measure's [`needs`](MeasureRow::needs) are met by what is said and not by what data there is.
pub fn is_occasion(needs: &str) -> bool {
    OCCASIONS.contains(&needs)
}

/// A group of rows: one file of this folder.
pub struct Group {
    /// What the group is about.
    pub title: &'static str,
    /// Its rows.
    pub rows: &'static [MeasureRow],
}

/// Every measure, by group.
pub const MEASURES: &[Group] = &[
    tone::GROUP,
    course::GROUP,
    objections::GROUP,
    progress::GROUP,
    delays::GROUP,
    paper::GROUP,
    people::GROUP,
    competition::GROUP,
    conduct::GROUP,
    answers::GROUP,
    awaited::GROUP,
    concessions::GROUP,
    listening::GROUP,
    talk::GROUP,
    questions::GROUP,
    call_times::GROUP,
    sound::GROUP,
    crm::GROUP,
];

/// The row of that name.
pub fn row(name: &str) -> Option<&'static MeasureRow> {
    MEASURES.iter().flat_map(|group| group.rows).find(|row| row.name == name)
}

/// Measures a deal as of a moment and its day, with the user's own phrases; the second value says what could not be measured, and
/// why.
pub fn measure(deal: &Deal, as_of: Timestamp, day: Date, trackers: &[Tracker]) -> (Readings, Vec<String>) {
    let asked = Asked::of(deal.provenance().map(|p| p.unread.clone()).unwrap_or_default());
    let view = View::new(deal, as_of, day, Some(&asked));
    let (mut readings, mut missing) = (Readings::new(), Vec::new());
    for row in MEASURES.iter().flat_map(|group| group.rows) {
        let reading = (row.read)(&view);
        match (asked.in_vain(), reading) {
            (Some(label), _) => missing.push(format!("{}: needs a model that reads {label}", row.name)),
            (None, Some(reading)) => {
                readings.insert(row.name, reading);
            }
            (None, None) => missing.push(format!("{}: needs {}", row.name, row.needs)),
        }
    }
    readings.extend(trackers.iter().filter_map(|tracker| Some((tracker.measure, tracker.read(&view)?))));
    (readings, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occasion_is_what_some_measure_needs() {
        for occasion in OCCASIONS {
            let mut rows = MEASURES.iter().flat_map(|group| group.rows);
            assert!(rows.any(|row| row.needs == *occasion), "no measure needs {occasion:?}");
        }
    }
}
