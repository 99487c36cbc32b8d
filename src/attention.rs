//! Which deal deserves a manager's hour first, and why.
//!
//! A deal's claim on attention is a product of four plain factors: how much stands against it, what it is worth beside the
//! others, how near its close date is, and whether talking to the rep could still change it. Deals are put in order, never
//! people.
//!
//! Only worth is weighed against the other deals; so a run over many keeps of each no more than its [`Standing`].

use serde::Serialize;

use crate::{
    deal_report::DealReport,
    rules::{Finding, Severity},
};

/// A deal's claim on a manager's hour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attention {
    /// The product of the factors; 0 where nothing stands against the deal. Only its order means anything.
    pub points: f64,
    /// In words: what speaks for looking at it now.
    pub reason: String,
}

/// What a deal's claim rests on, the other deals aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// How much stands against it.
    risk: f64,
    /// That in words; empty where nothing does.
    flags: Box<str>,
    /// What it is worth, where the CRM tells.
    amount: Option<f64>,
    /// Days to its close date; negative where that has passed.
    days_to_close: Option<i64>,
    /// Its health.
    score: Option<u8>,
    /// How many coaching prompts say what to do otherwise.
    mendable: usize,
    /// The first of them.
    first_mendable: Box<str>,
}

impl Standing {
    /// That of the deal of `report`.
    pub fn of(report: &DealReport) -> Standing {
        let mut mendable = report.coaching.iter().filter(|f| f.severity > Severity::Good);
        let first_mendable = mendable.next();
        Standing {
            risk: against(&report.risks),
            flags: flags(&report.risks).into(),
            amount: report.crm.as_ref().and_then(|crm| crm.amount).filter(|a| *a > 0.0),
            days_to_close: days_to_close(report),
            score: report.health.score,
            mendable: usize::from(first_mendable.is_some()) + mendable.count(),
            first_mendable: first_mendable.map_or("", |f| &f.name).into(),
        }
    }
}

/// The claims of some deals, in the order given; worth is weighed against the others in the list.
pub fn attention<'a>(deals: impl Iterator<Item = &'a Standing> + Clone) -> Vec<Attention> {
    let mut amounts: Vec<f64> = deals.clone().filter_map(|deal| deal.amount).collect();
    amounts.sort_by(f64::total_cmp);
    let median = amounts.get(amounts.len() / 2).copied();
    deals.map(|deal| claim(deal, median)).collect()
}

/// The one risk that matters most: the most severe, of equals the surest, of those the first.
pub fn gravest(risks: &[Finding]) -> Option<&Finding> {
    risks.iter().reduce(|best, f| if (f.severity, f.confidence) > (best.severity, best.confidence) { f } else { best })
}

/// The flags in words: those that need a person now by name, of others the gravest.
fn flags(risks: &[Finding]) -> String {
    let urgent: Vec<&str> = risks.iter().filter(|f| f.severity == Severity::High).map(|f| f.name.as_str()).collect();
    match (&urgent[..], gravest(risks)) {
        ([], None) => String::new(),
        ([], Some(one)) if risks.len() == 1 => format!("one flag: {}", one.name),
        ([], Some(gravest)) => format!("{} flags, first {}", risks.len(), gravest.name),
        (names, _) => {
            let named = format!("needs a person now: {}", names.join(", "));
            match risks.len() - names.len() {
                0 => named,
                1 => named + "; one more flag",
                n => named + &format!("; {n} more flags"),
            }
        }
    }
}

fn claim(deal: &Standing, median: Option<f64>) -> Attention {
    if deal.risk == 0.0 {
        return Attention { points: 0.0, reason: "nothing stands against it".into() };
    }
    let mut reason: Vec<String> = Vec::new();
    if !deal.flags.is_empty() {
        reason.push(deal.flags.to_string());
    }
    let worth = match (deal.amount, median) {
        (Some(amount), Some(median)) => {
            let worth = (amount / median).sqrt().clamp(0.5, 2.0);
            if worth > 1.2 {
                reason.push("worth more than most".into());
            }
            worth
        }
        _ => 1.0,
    };
    let close = match deal.days_to_close {
        Some(days) if days < 0 => {
            reason.push(format!("its close date passed {} days ago", -days));
            1.3
        }
        Some(days) if days <= 30 => {
            reason.push(format!("closes in {days} days"));
            1.5
        }
        Some(days) if days > 120 => 0.8,
        _ => 1.0,
    };
    if deal.mendable > 0 {
        reason.push(format!("the rep can still change {}", deal.first_mendable));
    }
    // Nearly lost or nearly signed: an hour changes less there than in the middle.
    let open = match deal.score {
        Some(score) if score < 10 => 0.5,
        Some(score) if (25..=70).contains(&score) => 1.3,
        _ => 1.0,
    };
    let coachable = open * (1.0 + 0.1 * deal.mendable.min(5) as f64);
    let points = (deal.risk * worth * close * coachable * 100.0).round() / 100.0;
    Attention { points, reason: reason.join("; ") }
}

/// How much stands against a deal: the worst flag in full, each further one half as much as the one before. Flags of one
/// deal overlap (who goes quiet has no next step either), and so no number of flags for this week outweighs one that
/// needs a person now.
fn against(risks: &[Finding]) -> f64 {
    let mut weights: Vec<f64> = risks.iter().map(|f| weight(f.severity) * f.confidence).collect();
    weights.sort_by(|a, b| b.total_cmp(a));
    weights.iter().rev().fold(0.0, |sum, weight| weight + sum / 2.0)
}

/// A finding is at least half sure; so one high flag weighs as much as any number of medium ones.
fn weight(severity: Severity) -> f64 {
    match severity {
        Severity::Good => 0.0,
        Severity::Low => 1.0,
        Severity::Medium => 2.0,
        Severity::High => 8.0,
    }
}

/// Days from the day of judgement to the CRM's close date; negative where it has passed.
fn days_to_close(report: &DealReport) -> Option<i64> {
    let close = report.crm.as_ref()?.close_date?;
    let today = report.as_of?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(i64::from((close - today).get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::DealId,
        deal::{CrmRecord, Deal},
        deal_report::finish,
        rules::{Kind, Rules},
    };

    fn report(amount: f64, close: &str, flagged: bool) -> DealReport {
        let crm = CrmRecord { amount: Some(amount), close_date: Some(close.parse().unwrap()), ..CrmRecord::default() };
        let deal = Deal::new(DealId("d".into()), Some(crm));
        let mut report = finish(&deal, &Rules::built_in(), Some("2026-06-01T00:00:00Z".parse().unwrap()));
        if flagged {
            report.risks = vec![flag("stalled", Severity::Medium, 0.8)];
        }
        report
    }

    fn flag(name: &str, severity: Severity, confidence: f64) -> Finding {
        Finding {
            name: name.into(),
            kind: Kind::Risk,
            severity,
            confidence,
            message: String::new(),
            why: String::new(),
            ask: String::new(),
            clears_when: String::new(),
            because: vec![],
            evidence: vec![],
        }
    }

    #[test]
    fn one_flag_that_needs_a_person_now_comes_before_any_number_of_others() {
        let (mut one, mut many) = (report(100.0, "2026-09-01", false), report(100.0, "2026-09-01", false));
        one.crm = None;
        one.risks = vec![flag("gone_quiet", Severity::High, 0.65)];
        // Of equals the surest is named first, as the report heads the deal by it.
        many.risks = (0..12).map(|_| flag("gone_quiet", Severity::Medium, 0.65)).collect();
        many.risks.push(flag("stalled", Severity::Medium, 0.95));
        let claims = attention([one, many].iter().map(Standing::of).collect::<Vec<_>>().iter());
        assert!(claims[0].points > claims[1].points, "{claims:?}");
        assert_eq!(claims[0].reason, "needs a person now: gone_quiet");
        assert!(claims[1].reason.starts_with("13 flags, first stalled"), "{}", claims[1].reason);
    }

    #[test]
    fn worth_and_a_near_date_raise_a_claim_and_nothing_raises_one_without_risk() {
        let reports = [
            report(100.0, "2026-12-31", true),
            report(100.0, "2026-06-20", true),
            report(900.0, "2026-06-20", true),
            report(9000.0, "2026-06-02", false),
        ];
        let claims = attention(reports.iter().map(Standing::of).collect::<Vec<_>>().iter());
        assert!(claims[0].points < claims[1].points && claims[1].points < claims[2].points, "{claims:?}");
        assert_eq!(claims[3].points, 0.0);
        assert!(claims[2].reason.contains("closes in 19 days"), "{}", claims[2].reason);
    }
}
