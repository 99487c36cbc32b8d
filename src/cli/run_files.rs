//! What the files of a run are called, and whether a file of such a name is one: people keep their own under some of these
//! names, and a run replaces none of those.

use jiff::tz::TimeZone;

use super::extra_files::Format;
use crate::{
    read::own_results,
    report::{self, crm, html, table},
};

/// The names of the files that every run writes.
const ALWAYS: [&str; 5] = ["utterances.jsonl", "deals.jsonl", "scored.jsonl", "skipped.jsonl", "report.html"];

/// The names of the files that a run with these formats writes; briefs, whose names come of the deals', are not among them.
pub(super) fn names(formats: &[Format]) -> Vec<String> {
    let tables = |ending: &str| table::tables(&[]).into_iter().map(|t| format!("{}.{ending}", t.name)).collect();
    let of = |format: &Format| match format {
        Format::Csv => tables("csv"),
        Format::Parquet => tables("parquet"),
        Format::Salesforce => vec!["salesforce.csv".to_owned()],
        Format::Hubspot => vec!["hubspot.csv".to_owned()],
        Format::Jsonl | Format::Markdown => Vec::new(),
    };
    ALWAYS.iter().map(|name| (*name).to_owned()).chain(formats.iter().flat_map(of)).collect()
}

/// Whether a file of that name, of which `head` is the beginning, is one that a run wrote, of this version or an earlier one.
pub(super) fn is_one(name: &str, head: &[u8]) -> bool {
    /// So many columns tell a table; later ones may be new.
    const COLUMNS: usize = 3;
    let first = |table: &str| -> Vec<String> {
        let line = table.lines().next().unwrap_or_default();
        line.split(',').take(COLUMNS).map(str::to_owned).collect()
    };
    match name.rsplit_once('.') {
        Some((_, "jsonl")) => own_results::has_our_keys(name, head),
        Some((_, "html")) => html::is_report(&String::from_utf8_lossy(head)),
        Some((_, "parquet")) => head.starts_with(b"PAR1"),
        Some((_, "md")) => head.starts_with(b"## "),
        Some((stem, "csv")) => {
            let header = match stem {
                "salesforce" => crm::write(&[], crm::Crm::Salesforce, &TimeZone::UTC),
                "hubspot" => crm::write(&[], crm::Crm::HubSpot, &TimeZone::UTC),
                _ => {
                    let tables = table::tables(&[]);
                    let table = tables.iter().find(|table| table.name == stem);
                    table.map(report::csv::write).unwrap_or_default()
                }
            };
            first(&header) == first(&String::from_utf8_lossy(head))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    /// What a run writes is left out of the next export, and a later run takes it away.
    #[test]
    fn every_file_of_a_run_is_known_as_a_result() {
        let all = names(Format::value_variants());
        assert!(all.len() > ALWAYS.len() + 12, "{all:?}");
        for name in &all {
            assert!(own_results::is_result(name), "{name}");
        }
        assert!(html::is_report(own_results::PAGE));
    }
}
