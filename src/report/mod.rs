//! Shows what was found: pages for people, lines and tables for programs.
//!
//! Every function here is a pure renderer: values in, text or bytes out. None reads a file, a clock, the environment or
//! the locale; the zone, the width and the moment of making are arguments, so the same values give the same bytes
//! anywhere. Files carry UTC; what people read carries the zone that they asked for.
//!
//! | for | file |
//! |---|---|
//! | programs, always written | [`jsonl`]: the output contract; [`schema`] describes it |
//! | tables | [`table`] holds the columns, [`csv`] and [`parquet`] write them, [`crm`] for Salesforce and HubSpot |
//! | one recording | [`listen`] |
//! | people | [`html`] (one page for all), [`terminal`], [`markdown`] (one deal, to paste); lists take [`Listed`] |
//!
//! Words from an export are hostile until shown otherwise: each renderer owns its escaping and says so at its head.

use serde::Serialize;

use crate::{
    attention,
    deal::Deal,
    deal_report::DealReport,
    rules::{Finding, Severity},
};

mod about;
mod coached;
pub mod crm;
pub mod csv;
mod health_sum;
pub mod html;
pub mod jsonl;
mod listed;
pub mod listen;
pub mod markdown;
pub mod parquet;
pub mod schema;
pub mod table;
pub mod terminal;
mod tone;
mod unjudged;
mod words;

pub use listed::{Listed, ranks};

/// One deal as every renderer takes it: its conversations, and what was found in them.
#[derive(Clone, Copy, Debug)]
pub struct Bundle<'a> {
    /// The scored conversations.
    pub deal: &'a Deal,
    /// What was found; of the same deal.
    pub report: &'a DealReport,
}

/// Something of the export that could not be read: a line of `skipped.jsonl`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NotRead<'a> {
    /// The path inside the export.
    pub file: &'a str,
    /// Line, from 1, where one is known.
    pub line: Option<usize>,
    /// Stable name of the reason.
    pub code: &'a str,
    /// What happened and what to do.
    pub message: &'a str,
    /// Whether something is missing for it; else it is only told. The line of the file does without it: its code says it.
    #[serde(skip)]
    pub is_loss: bool,
}

pub use words::losses;

/// The one risk that matters most.
fn gravest(report: &DealReport) -> Option<&Finding> {
    attention::gravest(&report.risks)
}

/// How a severity is told to people. Never told by colour alone.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Good => "Done well",
    }
}
