//! A deal as a list of deals shows it: what is kept of it once its own page is written.
//!
//! The words of a deal go into its page and its lines as soon as it is judged; a run over a thousand deals keeps only this of
//! each, so that its memory does not grow with what was said.

use super::{Bundle, gravest, tone, words};
use crate::{
    conversation::DealId,
    deal_report::DealReport,
    rules::{Finding, Severity},
};

/// One deal of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What was found, without quotes and readings: a list shows none.
    pub(super) report: DealReport,
    /// Its conversations.
    pub(super) conversations: usize,
    /// The buyer's tone, one number a conversation in which the buyer spoke.
    pub(super) tone: Vec<f64>,
}

impl Listed {
    /// What a list needs of a deal.
    pub fn of(bundle: &Bundle) -> Listed {
        let Bundle { deal, report } = bundle;
        let worst = gravest(report).map(|f| f.message.clone()).unwrap_or_default();
        let told = |f: &Finding| {
            let is_worst = f.message == worst;
            Finding {
                name: f.name.clone(),
                kind: f.kind,
                severity: f.severity,
                confidence: f.confidence,
                message: if is_worst { f.message.clone() } else { String::new() },
                why: String::new(),
                ask: String::new(),
                clears_when: String::new(),
                because: Vec::new(),
                evidence: Vec::new(),
            }
        };
        let mut health = report.health.clone();
        health.contributions = Vec::new();
        Listed {
            conversations: deal.len(),
            tone: tone::buyer_line(deal),
            report: DealReport {
                schema_version: report.schema_version,
                deal: report.deal.clone(),
                crm: report.crm.clone(),
                as_of: report.as_of,
                health,
                risks: report.risks.iter().map(told).collect(),
                coaching: report.coaching.iter().map(told).collect(),
                readings: Default::default(),
                coverage: Default::default(),
                judgements: Vec::new(),
                provenance: None,
            },
        }
    }

    /// Its name.
    pub fn deal(&self) -> &DealId {
        &self.report.deal
    }

    /// Whether a high risk stands against it.
    pub(super) fn urgent(&self) -> bool {
        gravest(&self.report).is_some_and(|f| f.severity == Severity::High)
    }
}

/// The order in which deals deserve a look, the strongest claim on attention first, then the lowest health, then by name:
/// places in `deals`, each with what speaks for looking at it now.
pub(super) fn claims(deals: &[Listed]) -> Vec<(usize, String)> {
    let mut places: Vec<usize> = (0..deals.len()).collect();
    let claims = crate::attention::attention(&deals.iter().map(|d| &d.report).collect::<Vec<_>>());
    places.sort_by(|&a, &b| {
        let rest = |i: usize| {
            let report = &deals[i].report;
            (report.health.score.is_none(), report.health.score, &report.deal)
        };
        claims[b].points.total_cmp(&claims[a].points).then_with(|| rest(a).cmp(&rest(b)))
    });
    places.into_iter().map(|place| (place, words::sentence(&words::plain(&claims[place].reason)))).collect()
}
