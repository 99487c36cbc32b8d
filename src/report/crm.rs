//! A run's findings as the CSV that Salesforce and HubSpot import; the steps are in `docs/crm-import.md`.
//!
//! One row a deal. Only what a person would want on the deal's record: health with its interval, the gravest risk, all
//! names, the brief. Text that is longer than the importer's field takes is cut with `…`. No text is ever empty: both
//! importers leave a field as it is where the cell is, so that last week's risk would stay on the record; numbers and the day may be.

use jiff::tz::TimeZone;

use super::{
    Bundle, csv, gravest, markdown, severity_word,
    unjudged::unjudged,
    words::{heading, judgement_day, looked_for_risks},
};

/// Which importer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crm {
    /// Data Loader or any upsert by external id; headers are API names of custom fields of Opportunity.
    Salesforce,
    /// Import of deals by Record ID; headers are the names of the properties.
    HubSpot,
}

/// Name in Salesforce, name in HubSpot, most characters that the field takes, and what it holds.
struct Field {
    salesforce: &'static str,
    hubspot: &'static str,
    limit: usize,
    value: fn(&Bundle, &TimeZone) -> String,
}

/// What a text says where no risk flag holds.
const NONE: &str = "None";

/// What a text says of a deal in which none was looked for.
const NOT_JUDGED: &str = "Not judged";

const FIELDS: &[Field] = &[
    Field {
        salesforce: "Dealtone_Deal_Id__c",
        hubspot: "Record ID",
        limit: 255,
        value: |b, _| b.report.deal.0.clone(),
    },
    Field {
        salesforce: "Dealtone_Health__c",
        hubspot: "Dealtone health",
        limit: 3,
        value: |b, _| whole(b.report.health.score),
    },
    Field {
        salesforce: "Dealtone_Health_Low__c",
        hubspot: "Dealtone health low",
        limit: 3,
        value: |b, _| whole(b.report.health.low),
    },
    Field {
        salesforce: "Dealtone_Health_High__c",
        hubspot: "Dealtone health high",
        limit: 3,
        value: |b, _| whole(b.report.health.high),
    },
    Field {
        salesforce: "Dealtone_Risk_Level__c",
        hubspot: "Dealtone risk level",
        limit: 255,
        value: |b, _| gravest(b.report).map_or_else(|| none(b, "No risk"), |f| severity_word(f.severity).into()),
    },
    Field {
        salesforce: "Dealtone_Top_Risk__c",
        hubspot: "Dealtone top risk",
        limit: 255,
        value: |b, _| gravest(b.report).map_or_else(|| none(b, NONE), |f| heading(&f.name)),
    },
    Field {
        salesforce: "Dealtone_Top_Reason__c",
        hubspot: "Dealtone top reason",
        limit: 255,
        value: |b, _| gravest(b.report).map_or_else(|| why_none(b), |f| f.message.clone()),
    },
    Field {
        salesforce: "Dealtone_Risk_Count__c",
        hubspot: "Dealtone risk count",
        limit: 18,
        value: |b, _| b.report.risks.len().to_string(),
    },
    Field {
        salesforce: "Dealtone_Risks__c",
        hubspot: "Dealtone risks",
        limit: 4_096,
        value: |b, _| {
            let names: Vec<&str> = b.report.risks.iter().map(|f| f.name.as_str()).collect();
            if names.is_empty() { none(b, NONE) } else { names.join(";") }
        },
    },
    Field {
        salesforce: "Dealtone_As_Of__c",
        hubspot: "Dealtone as of",
        limit: 10,
        value: |b, zone| b.report.as_of.map_or(String::new(), |t| judgement_day(t, zone).to_string()),
    },
    Field {
        salesforce: "Dealtone_Brief__c",
        hubspot: "Dealtone brief",
        limit: 32_000,
        value: |b, zone| markdown::brief(b, zone),
    },
];

/// The whole file for `crm`, one row a bundle. `zone` decides on which day a moment falls.
pub fn write(bundles: &[Bundle], crm: Crm, zone: &TimeZone) -> String {
    let mut out = String::new();
    let name = |f: &Field| match crm {
        Crm::Salesforce => f.salesforce,
        Crm::HubSpot => f.hubspot,
    };
    csv::row(&mut out, FIELDS.iter().map(|f| name(f).to_owned()));
    for bundle in bundles {
        csv::row(&mut out, FIELDS.iter().map(|f| csv::guard(&cut((f.value)(bundle, zone), f.limit))));
    }
    out
}

/// What stands where no risk flag holds, if any was looked for.
fn none(bundle: &Bundle, word: &str) -> String {
    (if looked_for_risks(bundle.report) { word } else { NOT_JUDGED }).to_owned()
}

/// The same for the reason: that of nothing having been looked for.
fn why_none(bundle: &Bundle) -> String {
    if looked_for_risks(bundle.report) { NONE.to_owned() } else { unjudged(bundle) }
}

fn whole(n: Option<u8>) -> String {
    n.map_or(String::new(), |n| n.to_string())
}

fn cut(text: String, limit: usize) -> String {
    // One place stays free for the apostrophe that guards a formula.
    if text.chars().count() < limit.max(11) { text } else { text.chars().take(limit - 2).collect::<String>() + "…" }
}
