//! Which deal deserves a manager's hour first, and why.
//!
//! A deal's claim on attention is a product of four plain factors: how much stands against it, what it is worth beside the
//! others, how near its close date is, and whether talking to the rep could still change it. A deal that the CRM calls won
//! or lost has no claim, whatever was found in it. Deals are put in order, never people.
//!
//! Only worth is weighed against the other deals; so a run over many keeps of each no more than its [`Standing`].

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::{
    deal::{CrmRecord, Outcome},
    deal_report::DealReport,
    rules::{Finding, Severity},
};

/// A deal's claim on a manager's hour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attention {
    /// The product of the factors; 0 where nothing stands against the deal or it has ended. Only its order means anything.
    pub points: f64,
    /// In words: what speaks for looking at it now beside its gravest risk, which a list tells anyway. May be empty.
    pub reason: String,
}

/// Where a deal stands among those that were judged with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rank {
    /// From 1, which deserves a manager's hour first; deals that have ended stand behind all that are open.
    pub rank: usize,
    /// As [`Attention::reason`], as a sentence.
    pub reason: String,
}

/// What a deal's claim rests on, the other deals aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// How much stands against it.
    risk: f64,
    /// The flags that need a person now, where there are several: of one alone a list tells by itself.
    urgent: Box<str>,
    /// What it is worth, where the CRM tells.
    amount: Option<f64>,
    /// In which currency, where the CRM tells.
    currency: Option<Box<str>>,
    /// Days to its close date; negative where that has passed.
    days_to_close: Option<i64>,
    /// Its health.
    score: Option<u8>,
    /// How many coaching prompts say what to do otherwise.
    mendable: usize,
    /// What the one of them that matters most could still help with; empty where there is none.
    help: Box<str>,
    /// Whether the buyer says that it has decided against us.
    decided_against: bool,
    /// How it ended, where the CRM says so.
    outcome: Option<Outcome>,
}

impl Standing {
    /// That of the deal of `report`.
    pub fn of(report: &DealReport) -> Standing {
        let mendable: Vec<&Finding> = report.coaching.iter().filter(|f| f.severity > Severity::Good).collect();
        Standing {
            risk: against(&report.risks),
            urgent: urgent(&report.risks).into(),
            amount: report.crm.as_ref().and_then(|crm| crm.amount).filter(|a| *a > 0.0),
            currency: report.crm.as_ref().and_then(|crm| crm.currency.as_deref()).map(Into::into),
            days_to_close: days_to_close(report),
            score: report.health.score,
            mendable: mendable.len(),
            help: help(&mendable, gravest(&report.risks)).into(),
            decided_against: report.readings.get("decided_against_us").is_some_and(|said| said.value >= 1.0),
            outcome: report.crm.as_ref().and_then(CrmRecord::outcome),
        }
    }

    /// Whether the CRM says that it is won or lost.
    pub fn has_ended(&self) -> bool {
        self.outcome.is_some()
    }
}

/// The claims of some deals, in the order given; worth is weighed against the others in the list, unless they are told in several
/// currencies: a million of one is a coffee in another, and no rate is known here.
pub fn attention<'a>(deals: impl Iterator<Item = &'a Standing> + Clone) -> Vec<Attention> {
    let mut amounts: Vec<f64> = deals.clone().filter_map(|deal| deal.amount).collect();
    amounts.sort_by(f64::total_cmp);
    let mut currencies = deals.clone().filter(|deal| deal.amount.is_some()).filter_map(|deal| deal.currency.as_deref());
    let comparable = currencies.next().is_none_or(|first| currencies.all(|other| other == first));
    let median = if comparable { median(&amounts) } else { None };
    deals.map(|deal| claim(deal, median)).collect()
}

/// The median of figures in order; of an even number of them the mean of the middle two.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    Some(if sorted.len().is_multiple_of(2) { (sorted[sorted.len() / 2 - 1] + upper) / 2.0 } else { upper })
}

/// The one risk that matters most: the most severe, of equals the first, as a report has them in order.
pub fn gravest(risks: &[Finding]) -> Option<&Finding> {
    risks.iter().reduce(|best, f| if f.severity > best.severity { f } else { best })
}

/// How a deal ended, in words.
pub fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Won => "won, says the CRM",
        Outcome::Lost => "lost, says the CRM",
    }
}

/// The most severe, of equals the surest.
fn first_of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<&'a Finding> {
    findings.reduce(|best, f| if (f.severity, f.confidence) > (best.severity, best.confidence) { f } else { best })
}

/// What a coaching prompt could still help with, and the risks that it bears on.
struct Prompt {
    name: &'static str,
    help: &'static str,
    bears_on: &'static [&'static str],
}

/// The built-in prompts. Where several that hold bear on a risk, the one that stands first here is told.
const PROMPTS: &[Prompt] = &[
    Prompt { name: "competitor_unexplored", help: "asking about the alternative", bears_on: &["competitor_in_play"] },
    Prompt {
        name: "multithread",
        help: "asking for a second person",
        bears_on: &["single_threaded", "no_decision_maker", "not_enough_contacts", "no_power"],
    },
    Prompt {
        name: "vague_next_step",
        help: "a next step with a day and an owner",
        bears_on: &[
            "no_next_step",
            "stalled",
            "gone_quiet",
            "timeline_slip",
            "paper_process_blocked",
            "no_activity",
            "ghosted",
            "overdue",
            "stalled_in_stage",
        ],
    },
    Prompt {
        name: "unanswered_question",
        help: "answering what the buyer asked",
        bears_on: &[
            "waiting_for_us",
            "no_next_step",
            "stalled",
            "gone_quiet",
            "ghosted",
            "churn_risk",
            "negative_sentiment",
            "sentiment_decline",
            "unresolved_objection",
        ],
    },
    Prompt {
        name: "objection_not_acknowledged",
        help: "acknowledging objections before answering them",
        bears_on: &[
            "unresolved_objection",
            "price_pressure",
            "churn_risk",
            "negative_sentiment",
            "sentiment_decline",
            "competitor_in_play",
        ],
    },
    Prompt {
        name: "early_discount",
        help: "getting something back for a discount",
        bears_on: &["unresolved_objection", "price_pressure"],
    },
    Prompt {
        name: "missed_buying_signal",
        help: "meeting signs of readiness with a step",
        bears_on: &["no_next_step", "stalled", "gone_quiet"],
    },
    Prompt {
        name: "pressure_tactics",
        help: "taking the pressure out",
        bears_on: &["churn_risk", "negative_sentiment", "sentiment_decline", "gone_quiet", "ghosted"],
    },
    Prompt {
        name: "few_questions",
        help: "asking more open questions",
        bears_on: &["price_pressure", "pricing_not_mentioned"],
    },
    Prompt { name: "talk_ratio", help: "letting the buyer say more", bears_on: &[] },
    Prompt { name: "long_monologue", help: "shorter stretches with a question between them", bears_on: &[] },
];

/// What coaching could still help with: of the `prompts` that hold the one that bears on the `gravest` risk, else the most
/// severe and surest.
fn help(prompts: &[&Finding], gravest: Option<&Finding>) -> String {
    let bearing = PROMPTS.iter().find(|row| {
        gravest.is_some_and(|risk| row.bears_on.contains(&risk.name.as_str()))
            && prompts.iter().any(|prompt| prompt.name == row.name)
    });
    match (bearing, first_of(prompts.iter().copied())) {
        (Some(row), _) => row.help.to_owned(),
        (None, Some(first)) => match PROMPTS.iter().find(|row| row.name == first.name) {
            Some(row) => row.help.to_owned(),
            // The user's own: its name is all that is known to be short.
            None => format!("see “{}”", first.name),
        },
        (None, None) => String::new(),
    }
}

/// The flags that need a person now by name, where there are several.
fn urgent(risks: &[Finding]) -> String {
    let names: Vec<&str> = risks.iter().filter(|f| f.severity == Severity::High).map(|f| f.name.as_str()).collect();
    if names.len() > 1 { format!("needs a person now: {}", names.join(", ")) } else { String::new() }
}

/// What weighs a deal's risk beside others: chosen, so that the order reads as a manager would set it, and not fitted. Each is
/// told in the reason where it moves a deal up.
///
/// The root of how often a deal is worth the median of all, within these bounds: worth counts, and outweighs no grave risk.
const WORTH: RangeInclusive<f64> = 0.5..=2.0;
/// From here on it is told that a deal is worth more than most.
const WORTH_TOLD: f64 = 1.2;
/// Days before the close date in which it presses, and beyond which it does not yet, each with its weight.
const SOON: (i64, f64) = (30, 1.5);
const FAR: (i64, f64) = (120, 0.8);
/// The weight of a close date that has passed: it presses, and may be a field that nobody tended.
const PASSED: f64 = 1.3;
/// Health below which a deal is nearly lost (as one is of which the buyer says so), and between which an hour changes most, with
/// their weights.
const NEARLY_LOST: (u8, f64) = (10, 0.5);
const OPEN: (RangeInclusive<u8>, f64) = (25..=70, 1.3);
/// What each prompt that coaching could still help with adds, and of how many.
const MENDABLE: (f64, usize) = (0.1, 5);

fn claim(deal: &Standing, median: Option<f64>) -> Attention {
    if let Some(outcome) = deal.outcome {
        return Attention { points: 0.0, reason: ended(outcome).into() };
    }
    if deal.risk == 0.0 {
        return Attention { points: 0.0, reason: String::new() };
    }
    let mut reason: Vec<String> = Vec::new();
    if !deal.urgent.is_empty() {
        reason.push(deal.urgent.to_string());
    }
    let worth = match (deal.amount, median) {
        (Some(amount), Some(median)) => {
            let worth = (amount / median).sqrt().clamp(*WORTH.start(), *WORTH.end());
            if worth > WORTH_TOLD {
                reason.push("worth more than most".into());
            }
            worth
        }
        _ => 1.0,
    };
    let close = match deal.days_to_close {
        Some(days) if days < 0 => {
            reason.push(format!("its close date passed {} ago", in_days(-days)));
            PASSED
        }
        Some(days) if days <= SOON.0 => {
            reason.push(if days == 0 { "closes today".into() } else { format!("closes in {}", in_days(days)) });
            SOON.1
        }
        Some(days) if days > FAR.0 => FAR.1,
        _ => 1.0,
    };
    if deal.decided_against {
        reason.push("the buyer says that it has decided against us".into());
    } else if deal.mendable > 0 {
        reason.push(format!("coaching could still help: {}", deal.help));
    }
    // Nearly lost or nearly signed: an hour changes less there than in the middle.
    let open = match deal.score {
        _ if deal.decided_against => NEARLY_LOST.1,
        Some(score) if score < NEARLY_LOST.0 => NEARLY_LOST.1,
        Some(score) if OPEN.0.contains(&score) => OPEN.1,
        _ => 1.0,
    };
    let mendable = if deal.decided_against { 0 } else { deal.mendable.min(MENDABLE.1) };
    let coachable = open * (1.0 + MENDABLE.0 * mendable as f64);
    let points = (deal.risk * worth * close * coachable * 100.0).round() / 100.0;
    Attention { points, reason: reason.join("; ") }
}

fn in_days(days: i64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
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
    Some(i64::from((close - report.day?).get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::DealId,
        deal::{CrmRecord, Deal},
        deal_report::finish,
        measure::{Reading, Unit},
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

    #[test]
    fn worth_is_not_weighed_between_currencies() {
        let in_currency = |amount: f64, currency: Option<&str>| {
            let mut report = report(amount, "2026-12-31", true);
            report.crm.as_mut().unwrap().currency = currency.map(str::to_owned);
            Standing::of(&report)
        };
        let told = |deals: &[(f64, Option<&str>)]| {
            let deals: Vec<Standing> = deals.iter().map(|(amount, currency)| in_currency(*amount, *currency)).collect();
            attention(deals.iter()).iter().any(|claim| claim.reason.to_lowercase().contains("worth more"))
        };
        assert!(told(&[(5e6, Some("EUR")), (5e4, Some("EUR")), (4e4, None)]));
        assert!(!told(&[(5e6, Some("HUF")), (5e4, Some("EUR")), (4e4, None)]));
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
    fn several_flags_that_need_a_person_now_are_named_and_of_one_the_list_tells() {
        let risks = [
            flag("stalled", Severity::Medium, 0.99),
            flag("churn_risk", Severity::High, 0.7),
            flag("sentiment_decline", Severity::High, 0.9),
        ];
        assert_eq!(urgent(&risks), "needs a person now: churn_risk, sentiment_decline");
        assert_eq!(urgent(&risks[..2]), "");
        assert_eq!(gravest(&risks).map(|f| f.name.as_str()), Some("churn_risk"));
    }

    #[test]
    fn one_flag_that_needs_a_person_now_comes_before_any_number_of_others() {
        let (mut one, mut many) = (report(100.0, "2026-09-01", false), report(100.0, "2026-09-01", false));
        one.crm = None;
        one.risks = vec![flag("gone_quiet", Severity::High, 0.65)];
        many.risks = vec![flag("stalled", Severity::Medium, 0.65)];
        many.risks.extend((0..12).map(|_| flag("gone_quiet", Severity::Medium, 0.95)));
        let claims = attention([one, many].iter().map(Standing::of).collect::<Vec<_>>().iter());
        assert!(claims[0].points > claims[1].points, "{claims:?}");
        assert!(claims.iter().all(|claim| claim.reason.is_empty()), "{claims:?}");
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

    #[test]
    fn a_deal_that_the_buyer_has_decided_against_stands_behind_one_that_coaching_could_help() {
        let open = report(100.0, "2026-09-01", true);
        let mut decided = report(100.0, "2026-09-01", true);
        for report in [&open, &decided] {
            assert!(report.coaching.is_empty());
        }
        decided.coaching = vec![flag("competitor_unexplored", Severity::Medium, 0.9)];
        let reading = |value| Reading { value, unit: Unit::Count, rests_on: None, evidence: vec![] };
        decided.readings.insert("decided_against_us", reading(1.0));
        let claims = attention([open, decided].iter().map(Standing::of).collect::<Vec<_>>().iter());
        assert!(claims[0].points > claims[1].points, "{claims:?}");
        assert_eq!(claims[1].reason, "the buyer says that it has decided against us");
    }

    #[test]
    fn a_deal_that_the_crm_calls_won_or_lost_has_no_claim_whatever_was_found() {
        for (stage, reason) in [("Closed Won", "won, says the CRM"), ("closedlost", "lost, says the CRM")] {
            let mut report = report(9000.0, "2026-06-02", true);
            report.risks.push(flag("gone_quiet", Severity::High, 0.9));
            report.crm.as_mut().unwrap().stage = Some(stage.into());
            let standing = Standing::of(&report);
            assert!(standing.has_ended());
            let claim = attention([&standing].into_iter()).remove(0);
            assert_eq!((claim.points, claim.reason.as_str()), (0.0, reason));
        }
    }

    #[test]
    fn coaching_is_told_by_what_bears_on_the_gravest_risk_else_by_the_most_severe_and_surest() {
        let (low, medium) = (Severity::Low, Severity::Medium);
        for (risk, prompts, told) in [
            (
                "no_next_step",
                &[("competitor_unexplored", medium, 0.9), ("vague_next_step", low, 0.6)][..],
                "a next step with a day and an owner",
            ),
            (
                "competitor_in_play",
                &[("unanswered_question", medium, 0.9), ("competitor_unexplored", medium, 0.6)],
                "asking about the alternative",
            ),
            (
                "price_pressure",
                &[("early_discount", medium, 0.9), ("pressure_tactics", medium, 0.95)],
                "getting something back for a discount",
            ),
            (
                "red_flag",
                &[("competitor_unexplored", medium, 0.6), ("pressure_tactics", medium, 0.9)],
                "taking the pressure out",
            ),
            ("red_flag", &[("talk_ratio", low, 0.9), ("few_questions", medium, 0.6)], "asking more open questions"),
            ("stalled", &[("no_demo", medium, 0.6)], "see “no_demo”"),
        ] {
            let mut report = report(100.0, "2026-12-31", false);
            report.risks = vec![flag(risk, medium, 0.8)];
            report.coaching = prompts.iter().map(|(name, severity, sure)| flag(name, *severity, *sure)).collect();
            report.coaching.push(flag("good_empathy", Severity::Good, 0.95));
            let claim = attention([&Standing::of(&report)].into_iter()).remove(0);
            assert_eq!(claim.reason, format!("coaching could still help: {told}"));
        }
    }

    #[test]
    fn every_built_in_prompt_has_its_words_and_bears_on_risks_that_are_there() {
        let rules = Rules::built_in();
        let of = |kind| rules.all().iter().filter(move |r| r.kind == kind && r.severity > Severity::Good);
        for rule in of(Kind::Coaching) {
            assert!(PROMPTS.iter().any(|row| row.name == rule.name), "{} has no row", rule.name);
        }
        for row in PROMPTS {
            assert!(of(Kind::Coaching).any(|rule| rule.name == row.name), "{} is no prompt", row.name);
            for risk in row.bears_on {
                assert!(of(Kind::Risk).any(|rule| rule.name == *risk), "{}: {risk} is no risk", row.name);
            }
        }
    }

    #[test]
    fn days_to_and_from_the_close_date_read_as_people_say_them() {
        for (close, told) in [
            ("2026-06-01", "closes today"),
            ("2026-06-02", "closes in 1 day"),
            ("2026-06-03", "closes in 2 days"),
            ("2026-05-31", "its close date passed 1 day ago"),
            ("2026-05-30", "its close date passed 2 days ago"),
        ] {
            let claim = attention([&Standing::of(&report(100.0, close, true))].into_iter()).remove(0);
            assert_eq!(claim.reason, told);
        }
    }
}
