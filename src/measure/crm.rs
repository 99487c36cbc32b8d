//! What the CRM's own fields say beside what was said: dates, stage, contacts, and whether money was ever spoken of.
//!
//! Every row is absent where its field is absent: a deal without a close date is not overdue, and not on time either.

use super::{
    Group, MeasureRow, Unit,
    named_times::behind_name,
    needs,
    phrases::{begins_with_any, contains_undenied, is_number, is_one_of, places},
    settled::{says_it_goes_on, still_open},
    titles::decides,
    view::{Line, View, absence, buyers, count, reading},
};
use crate::{calendar::is_month_name, conversation::Side, deal::Status, utterance::Intent};

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
        meaning: "Whether the CRM says that the deal is over, won or lost, by its status or its stage.",
        needs: "a status or a stage in the CRM",
        read: |v| {
            let crm = v.crm?;
            let over = if crm.outcome().is_some() { 1.0 } else { 0.0 };
            let because = match (crm.status, crm.stage.as_deref()) {
                (Some(Status::Open), _) => "the CRM calls the deal open".to_owned(),
                (Some(Status::Won), _) => "the CRM calls the deal won".to_owned(),
                (Some(Status::Lost), _) => "the CRM calls the deal lost".to_owned(),
                (None, stage) => format!("the CRM's stage is {:?}", stage?),
            };
            Some(absence(over, Unit::YesNo, because))
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
        needs: "five deals or more in that stage in the CRM, each with the day since when and a day of judgement (--as-of, or as_of in \
                deals.csv)",
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
            let yes = if v.is_with_a_customer()? { 1.0 } else { 0.0 };
            Some(absence(yes, Unit::YesNo, format!("the CRM calls the deal {:?}", v.kind()?)))
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
                  (owner, chief, director, head, ...), in thirteen languages.",
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
            let mut names: Vec<&str> = titled.iter().filter(|(_, t)| decides(t)).map(|(n, _)| *n).collect();
            names.sort_by_cached_key(|name| name.to_lowercase());
            names.dedup_by_key(|name| name.to_lowercase());
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
        needs: needs::INTERACTION,
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
                  merger, somebody who leaves; not where it is denied (\"no layoffs here\").",
        needs: needs::BUYER,
        read: |v| buyers(v, speaks_of_upheaval),
    },
    MeasureRow {
        name: "upheaval_open",
        unit: Unit::Count,
        meaning: "Those of them after the last line with which the buyer's side says that it is over, or that this goes on all the \
                  same (\"goes ahead regardless\", \"does not affect us\"); such a line is none itself.",
        needs: needs::BUYER,
        read: |v| v.has_buyer().then(|| count(&still_open(v, speaks_of_upheaval, says_it_goes_on))),
    },
    MeasureRow {
        name: "interactions_with_both",
        unit: Unit::Count,
        meaning: "Interactions in which both sides spoke.",
        needs: needs::INTERACTION,
        read: |v| {
            let both = v.items.iter().filter(|i| i.has(Side::Buyer) && i.has(Side::Seller)).count();
            (!v.items.is_empty()).then(|| reading(both as f64, Unit::Count, []))
        },
    },
];

/// Whether it speaks of a house in disorder, in words that say so on their own, whatever the deal is about.
fn speaks_of_upheaval(line: &Line) -> bool {
    names_upheaval(&line.plain)
}

/// Whether plain words name upheaval that is not denied.
pub(super) fn names_upheaval(plain: &str) -> bool {
    const UPHEAVAL: &str = "budget freeze|spending freeze|hiring freeze|budgets are frozen|budget is frozen|\
        frozen all spend|froze all|a restructure|the restructure|restructuring|reorganisation|reorganization|reorg|\
        layoffs|laid off|redundancies|made redundant|being acquired|been acquired|the acquisition|an acquisition by|\
        the merger|a merger|merging with|in administration|into administration|insolvency|\
        handed in my notice|handed in his notice|handed in her notice|handed my notice|\
        handed his notice|handed her notice|my last day here|my last day with|i'm retiring|i am retiring|\
        no longer with the company|is leaving the company|has left the company";
    contains_undenied(plain, UPHEAVAL) || leaves_the_house(plain)
}

/// "I'm leaving the firm", "I'm leaving at the end of June"; and not "I'm leaving at five today".
fn leaves_the_house(plain: &str) -> bool {
    const FOR_GOOD: &str = "the company|the firm|the business|the practice|the team|the organisation|the organization|the trust|\
        the council|the school|here|my job|my role|my post|my position|at the end of|next month|to join";
    places(plain, "i'm leaving|i am leaving").any(|(_, rest)| {
        let goes_on = rest.starts_with(char::is_whitespace) && !rest.trim().is_empty();
        let to_day = begins_with_any(rest.trim_start(), "at the end of the day|at the end of today|here at|here in a");
        let in_a_month = behind_name(rest.trim_start(), "in", is_month_name).is_some();
        !goes_on || ((in_a_month || begins_with_any(rest.trim_start(), FOR_GOOD)) && !to_day)
    })
}

fn speaks_of_price(line: &Line) -> bool {
    const MONEY: &str = "money|euros|pounds|dollars|price|prices|priced|pricing|cost|costs|budget|quote|quoted|discount|per seat|per user|\
        per cent off|% off|invoice|licence fee|license fee";
    line.is_any(&[Intent::PriceObjection, Intent::Concession])
        || line.says(MONEY)
        || line.text.contains(['$', '€', '£'])
        || tells_a_rate(&line.plain)
}

/// "Nine hundred a month", "12k per year"; and not "we met once a month".
fn tells_a_rate(plain: &str) -> bool {
    const RATES: &str = "a month|a year|per month|per year|per annum|monthly|yearly|annually";
    places(plain, RATES).any(|(before, _)| {
        let amount = before.trim_end().rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        is_number(amount) || is_one_of(amount, "grand|pounds|euros|dollars|k")
    })
}

/// Days from `from` to the day of judgement, negative where it lies ahead.
fn days_between(v: &View, from: jiff::civil::Date) -> f64 {
    f64::from(v.day.since(from).map_or(0, |span| span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::{leaves_the_house, tells_a_rate};

    #[test]
    fn a_rate_has_an_amount_before_it() {
        for (text, told) in [
            ("it is nine hundred a month", true),
            ("about 12k a year", true),
            ("4,000 per year", true),
            ("three hundred pounds a month", true),
            ("we moved to this office a year ago", false),
            ("we met once a month", false),
            ("three tickets per month", false),
        ] {
            assert_eq!(tells_a_rate(text), told, "{text}");
        }
    }

    #[test]
    fn who_leaves_for_good_is_told_from_who_leaves_for_today() {
        for (text, leaves) in [
            ("i'm leaving.", true),
            ("i'm leaving the firm", true),
            ("i am leaving at the end of june", true),
            ("i'm leaving at five today", false),
            ("i'm leaving at the end of the day", false),
            ("i'm leaving you the slides", false),
            ("i'm leaving that for later", false),
        ] {
            assert_eq!(leaves_the_house(text), leaves, "{text}");
        }
    }
}
