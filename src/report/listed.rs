//! A deal as a list of deals shows it: what is kept of it once its own page is written.
//!
//! The words of a deal go into its page and its lines as soon as it is judged; a run over a thousand deals keeps only this of
//! each, about a kilobyte, so that its memory hardly grows with the number of deals and not at all with what was said.

use jiff::tz::TimeZone;

use super::{Bundle, about, gravest, tone, unjudged::unjudged, words};
use crate::{
    attention::{Rank, Standing, attention},
    conversation::{DealId, Timestamp},
    health::Health,
    rules::Severity,
};

/// One deal of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    deal: DealId,
    /// Its name for people.
    pub(super) name: Box<str>,
    /// Whose it is, where the name does not say: the account, else the id.
    pub(super) whose: Box<str>,
    /// What the CRM says of it, in words.
    pub(super) about: Box<[Box<str>]>,
    /// The moment as of which it was judged.
    pub(super) as_of: Option<Timestamp>,
    /// The score, without what it is the sum of.
    pub(super) health: Health,
    /// The risk that matters most.
    pub(super) worst: Option<Worst>,
    /// How many risks there are.
    pub(super) risks: usize,
    /// Its conversations.
    pub(super) conversations: usize,
    /// Why it has no score, where it has none.
    unjudged: Box<str>,
    /// What stands where no risk flag does.
    no_risk: &'static str,
    /// The buyer's tone, one number a conversation in which the buyer spoke.
    pub(super) tone: Box<[f64]>,
    standing: Standing,
    /// Whether it is no deal: what fits none.
    fits_none: bool,
}

/// The one risk that a list tells of.
#[derive(Clone, Debug)]
pub(super) struct Worst {
    pub severity: Severity,
    pub name: Box<str>,
    pub message: Box<str>,
}

impl Listed {
    /// What a list needs of a deal.
    pub fn of(bundle: &Bundle) -> Listed {
        let Bundle { deal, report } = bundle;
        Listed {
            deal: report.deal.clone(),
            name: about::deal_name(report).into(),
            whose: about::whose(report).unwrap_or_default().into(),
            about: about::about(report, false).into_iter().map(String::into_boxed_str).collect(),
            as_of: report.as_of,
            health: Health { contributions: Vec::new(), ..report.health },
            worst: gravest(report).map(|f| Worst {
                severity: f.severity,
                name: f.name.as_str().into(),
                message: words::signed(&f.message).into(),
            }),
            risks: report.risks.len(),
            conversations: report.coverage.conversations,
            // Only a deal without a score has a reason for it.
            unjudged: report.health.score.map_or_else(|| unjudged(bundle), |_| String::new()).into(),
            no_risk: words::no_risk(report),
            tone: tone::buyer_line(deal, report.as_of).into(),
            standing: Standing::of(report),
            fits_none: false,
        }
    }

    /// The same as what fits no deal: it has no place among the deals, only a word below them.
    #[must_use]
    pub fn of_no_deal(self) -> Listed {
        Listed { fits_none: true, ..self }
    }

    /// Whether it is what fits no deal.
    pub fn is_of_no_deal(&self) -> bool {
        self.fits_none
    }

    /// Its id.
    pub fn deal(&self) -> &DealId {
        &self.deal
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its health from 0 to 100, where there is enough to judge.
    pub fn score(&self) -> Option<u8> {
        self.health.score
    }

    /// The day as of which it was judged, in words.
    pub(super) fn judged_on(&self, zone: &TimeZone) -> Option<String> {
        self.as_of.map(|at| words::judged_on(at, zone))
    }

    /// Whether a high risk stands against it and it is open.
    pub(super) fn urgent(&self) -> bool {
        self.grave().is_some_and(|f| f.severity == Severity::High)
    }

    /// The risk that matters most, where the deal is open: how grave it is says how soon a person should look.
    pub(super) fn grave(&self) -> Option<&Worst> {
        self.worst.as_ref().filter(|_| !self.standing.has_ended())
    }

    /// What was found, in a line.
    pub(super) fn reason(&self) -> String {
        match &self.worst {
            Some(f) if self.standing.has_ended() => format!("What was found: {}", f.message),
            Some(f) => f.message.to_string(),
            None if self.health.score.is_none() => self.unjudged.to_string(),
            None => format!("{}.", self.no_risk),
        }
    }

    /// What stands below that, `claim` being what speaks for looking at the deal now: why it has no health stands in the row
    /// whatever else was found, since that is what must be done first.
    fn because(&self, claim: String) -> String {
        if self.worst.is_none() || self.unjudged.is_empty() {
            return claim;
        }
        ["No health:", &self.unjudged, &claim].join(" ").trim_end().to_owned()
    }
}

/// The deals among `deals`: without what fits none.
pub(super) fn of_deals(deals: &[Listed]) -> impl Iterator<Item = &Listed> + Clone {
    deals.iter().filter(|deal| !deal.fits_none)
}

/// What is said below a list of what fits no deal.
pub(super) fn fits_none(deals: &[Listed]) -> Option<String> {
    match deals.iter().filter(|deal| deal.fits_none).map(|deal| deal.conversations).sum() {
        0 => None,
        1 => Some("1 conversation fits no deal and is not listed; skipped.jsonl says why.".to_owned()),
        n => Some(format!("{n} conversations fit no deal and are not listed; skipped.jsonl says why.")),
    }
}

/// Where each of `deals` stands in that order; what fits none stands nowhere.
pub fn ranks(deals: &[Listed]) -> Vec<Option<Rank>> {
    let mut ranks = vec![None; deals.len()];
    for (rank, (place, reason)) in (1..).zip(claims(deals)) {
        // Who sees a deal without a score asks for that first.
        let reason = if reason.is_empty() { deals[place].unjudged.to_string() } else { reason };
        ranks[place] = Some(Rank { rank, reason });
    }
    ranks
}

/// The order in which deals deserve a look, the strongest claim on attention first, then the lowest health, then by name;
/// those that have ended behind all that are open: places in `deals`, each with what speaks for looking at it now.
pub(super) fn claims(deals: &[Listed]) -> impl Iterator<Item = (usize, String)> {
    let mut places: Vec<usize> = (0..deals.len()).filter(|place| !deals[*place].fits_none).collect();
    let claims = attention(deals.iter().map(|d| &d.standing));
    places.sort_by(|&a, &b| {
        let rest = |i: usize| {
            let deal = &deals[i];
            (deal.health.score.is_none(), deal.health.score, &deal.deal)
        };
        let ended = |i: usize| deals[i].standing.has_ended();
        let open_first = ended(a).cmp(&ended(b));
        open_first.then(claims[b].points.total_cmp(&claims[a].points)).then_with(|| rest(a).cmp(&rest(b)))
    });
    let claim = move |place: usize| words::sentence(&words::plain(&claims[place].reason));
    places.into_iter().map(move |place| (place, deals[place].because(claim(place))))
}
