//! What the CRM's own fields say beside what was said: dates, stage, contacts, and whether money was ever spoken of.
//!
//! Every row is absent where its field is absent: a deal without a close date is not overdue, and not on time either.

use jiff::tz::TimeZone;

use super::{
    Group, MeasureRow, Unit, people,
    view::{Line, View, absence, count, reading},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "The CRM's fields", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "days_past_close_date",
        unit: Unit::Days,
        meaning: "Days from the close date that the CRM expects to the day of judgement; 0 where it lies ahead.",
        needs: "a close date in the CRM",
        read: |v| {
            let close = v.crm?.close_date?;
            let days = days_between(v, close).max(0.0);
            Some(absence(days, Unit::Days, format!("the CRM expected it to close on {}", close.strftime("%-d %b %Y"))))
        },
    },
    MeasureRow {
        name: "days_to_close_date",
        unit: Unit::Days,
        meaning: "Days from the day of judgement to the close date that the CRM expects.",
        needs: "a close date in the CRM that is not past",
        read: |v| {
            let close = v.crm?.close_date?;
            let days = -days_between(v, close);
            let stated = || format!("the CRM expects it to close on {}", close.strftime("%-d %b %Y"));
            (days >= 0.0).then(|| absence(days, Unit::Days, stated()))
        },
    },
    MeasureRow {
        name: "closed_in_crm",
        unit: Unit::YesNo,
        meaning: "Whether the CRM's stage says that the deal is over, won or lost.",
        needs: "a stage in the CRM",
        read: |v| {
            let crm = v.crm?;
            let stage = crm.stage.as_deref()?;
            let over = if crm.outcome().is_some() { 1.0 } else { 0.0 };
            Some(absence(over, Unit::YesNo, format!("the CRM's stage is {stage:?}")))
        },
    },
    MeasureRow {
        name: "days_in_stage",
        unit: Unit::Days,
        meaning: "Days for which the deal has been in its stage.",
        needs: "the day since when the deal is in its stage, in the CRM",
        read: |v| {
            let since = v.crm?.stage_since?;
            let stage = v.crm?.stage.as_deref().unwrap_or("its stage");
            let days = days_between(v, since).max(0.0);
            Some(absence(days, Unit::Days, format!("in {stage} since {}", since.strftime("%-d %b %Y"))))
        },
    },
    MeasureRow {
        name: "days_in_stage_of_usual",
        unit: Unit::Count,
        meaning: "Days for which the deal has been in its stage, in multiples of how many days the CRM's deals in that stage have \
                  usually been in it (their median; 1 is usual).",
        needs: "five deals or more in that stage in the CRM, with the day since when",
        read: |v| {
            let (since, usual) = (v.crm?.stage_since?, v.crm?.stage_usual_days.filter(|usual| *usual > 0.0)?);
            let times = days_between(v, since).max(0.0) / usual;
            Some(absence(times, Unit::Count, format!("usually {usual:.0} days in that stage")))
        },
    },
    MeasureRow {
        name: "existing_customer",
        unit: Unit::YesNo,
        meaning: "Whether the deal is with somebody who has bought before: a renewal or an expansion.",
        needs: "the type of the deal in the CRM",
        read: |v| {
            let kind = v.crm?.kind.as_deref()?.to_lowercase();
            let known = ["renew", "expan", "existing", "upsell"].iter().any(|word| kind.contains(word));
            let yes = if known { 1.0 } else { 0.0 };
            Some(absence(yes, Unit::YesNo, format!("the CRM calls the deal {kind:?}")))
        },
    },
    MeasureRow {
        name: "crm_contacts",
        unit: Unit::Count,
        meaning: "People whom the CRM lists as contacts of the deal.",
        needs: "contacts in the CRM",
        read: |v| {
            let contacts = &v.crm?.contacts;
            let names: Vec<&str> = contacts.iter().map(|c| c.name.as_str()).collect();
            let stated = format!("the CRM lists {}", names.join(", "));
            (!contacts.is_empty()).then(|| absence(contacts.len() as f64, Unit::Count, stated))
        },
    },
    MeasureRow {
        name: "deciders_known",
        unit: Unit::Count,
        meaning: "People of the buyer's side, contacts of the CRM and participants, whose title is one that usually decides \
                  (owner, chief, director, head, ...).",
        needs: "titles of contacts in the CRM",
        read: |v| {
            let contacts = v.crm.map_or(&[][..], |c| &c.contacts);
            let mut titled: Vec<(&str, &str)> =
                contacts.iter().filter(|c| !c.title.is_empty()).map(|c| (c.name.as_str(), c.title.as_str())).collect();
            if titled.is_empty() {
                return None;
            }
            let taking_part = v.buyer_people();
            titled.extend(taking_part.iter().filter_map(|p| Some((p.name.as_str(), p.title.as_deref()?))));
            let mut names: Vec<&str> = titled.iter().filter(|(_, t)| people::decides(t)).map(|(n, _)| *n).collect();
            names.sort_unstable();
            names.dedup();
            let stated = match &names[..] {
                [] => "no contact and nobody who took part has a title that usually decides".to_owned(),
                names => format!("{} can usually decide", names.join(", ")),
            };
            Some(absence(names.len() as f64, Unit::Count, stated))
        },
    },
    MeasureRow {
        name: "price_mentions",
        unit: Unit::Count,
        meaning: "Utterances of either side that speak of price, cost, budget, a quote or a discount.",
        needs: "an interaction",
        read: |v| {
            let lines: Vec<&Line> = v.lines().filter(|l| speaks_of_price(l)).collect();
            match v.items.len() {
                0 => None,
                n if lines.is_empty() => {
                    Some(absence(0.0, Unit::Count, format!("no word of price in {n} interactions")))
                }
                _ => Some(count(&lines)),
            }
        },
    },
    MeasureRow {
        name: "upheaval_mentions",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that speak of upheaval there: a budget frozen, a reorganisation, layoffs, a \
                  merger, somebody who leaves.",
        needs: "words of the buyer's side",
        read: |v| v.has_buyer().then(|| count(&v.buyer().filter(|l| l.says(UPHEAVAL)).collect::<Vec<_>>())),
    },
    MeasureRow {
        name: "interactions_with_both",
        unit: Unit::Count,
        meaning: "Interactions in which both sides spoke.",
        needs: "an interaction",
        read: |v| {
            let both = v.items.iter().filter(|i| i.has(Side::Buyer) && i.has(Side::Seller)).count();
            (!v.items.is_empty()).then(|| reading(both as f64, Unit::Count, []))
        },
    },
];

/// Words of a house in disorder; each is one on its own, whatever the deal is about.
const UPHEAVAL: &str = "budget freeze|spending freeze|hiring freeze|budgets are frozen|budget is frozen|\
    frozen all spend|froze all|a restructure|the restructure|restructuring|reorganisation|reorganization|reorg|\
    layoffs|laid off|redundancies|made redundant|being acquired|been acquired|the acquisition|an acquisition by|\
    the merger|a merger|merging with|in administration|into administration|insolvency|\
    handed in my notice|handed in his notice|handed in her notice|handed my notice|\
    handed his notice|handed her notice|my last day here|my last day with|i'm retiring|\
    no longer with the company|i'm leaving|i am leaving|i am retiring|is leaving the company|has left the company";

fn speaks_of_price(line: &Line) -> bool {
    const MONEY: &str = "price|prices|priced|pricing|cost|costs|budget|quote|quoted|discount|per seat|per user|per month|\
        a month|a year|per cent off|% off|invoice|licence fee|license fee";
    line.is_any(&[Intent::PriceObjection, Intent::Concession])
        || line.says(MONEY)
        || line.text.contains(['$', '€', '£'])
}

/// Days from `from` to the day of judgement, negative where it lies ahead.
fn days_between(v: &View, from: jiff::civil::Date) -> f64 {
    let day = v.as_of.to_zoned(TimeZone::UTC).date();
    f64::from(day.since(from).map_or(0, |span| span.get_days()))
}
