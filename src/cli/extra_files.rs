//! The files that `analyze` writes on request: tables, briefs, and what CRM systems import.

use std::collections::BTreeSet;

use clap::ValueEnum;
use jiff::tz::TimeZone;

use super::out_folder::OutFolder;
use crate::report::{self, Bundle, crm, markdown, table};

/// Files that are written on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// utterances.jsonl, deals.jsonl, skipped.jsonl: always written
    Jsonl,
    /// utterances, conversations, people, deals, findings, readings as .csv
    Csv,
    /// The same tables as .parquet
    Parquet,
    /// A brief for each deal, to paste into a chat or a CRM note
    Markdown,
    /// salesforce.csv: update opportunities by external id
    Salesforce,
    /// hubspot.csv: update deals by record id
    Hubspot,
}

/// Writes what was asked for beyond the lines and the page.
pub(crate) fn write_formats(
    out: &mut OutFolder,
    formats: &[Format],
    bundles: &[Bundle],
    zone: &TimeZone,
) -> anyhow::Result<()> {
    for format in Format::value_variants().iter().filter(|f| formats.contains(f)) {
        match format {
            Format::Jsonl => {}
            Format::Csv => {
                for table in table::tables(bundles) {
                    out.write(&format!("{}.csv", table.name), report::csv::write(&table).as_bytes())?;
                }
            }
            Format::Parquet => {
                for table in table::tables(bundles) {
                    out.write(&format!("{}.parquet", table.name), &report::parquet::write(&table))?;
                }
            }
            Format::Markdown => {
                let mut taken = BTreeSet::new();
                for bundle in bundles {
                    let name = file_name(&bundle.deal.id.0, &mut taken);
                    out.write(&format!("brief-{name}.md"), markdown::brief(bundle, zone).as_bytes())?;
                }
            }
            Format::Salesforce => {
                out.write("salesforce.csv", crm::write(bundles, crm::Crm::Salesforce, zone).as_bytes())?;
            }
            Format::Hubspot => out.write("hubspot.csv", crm::write(bundles, crm::Crm::HubSpot, zone).as_bytes())?,
        }
    }
    Ok(())
}

/// The names of the tables that `formats` write; briefs, whose names come of the deals', are not among them.
pub(crate) fn tables_of(formats: &[Format]) -> Vec<String> {
    let named = |ending: &str| table::tables(&[]).into_iter().map(|t| format!("{}.{ending}", t.name)).collect();
    let of = |format: &Format| match format {
        Format::Csv => named("csv"),
        Format::Parquet => named("parquet"),
        Format::Salesforce => vec!["salesforce.csv".to_owned()],
        Format::Hubspot => vec!["hubspot.csv".to_owned()],
        Format::Jsonl | Format::Markdown => Vec::new(),
    };
    formats.iter().flat_map(of).collect()
}

/// Whether a file of that name, of which `head` is the beginning, is one that [`write_formats`] wrote, of this version or an
/// earlier one. People keep tables under some of these names.
pub(crate) fn is_one(name: &str, head: &[u8]) -> bool {
    /// So many columns tell a table; later ones may be new.
    const COLUMNS: usize = 3;
    let first = |table: &str| -> Vec<String> {
        let line = table.lines().next().unwrap_or_default();
        line.split(',').take(COLUMNS).map(str::to_owned).collect()
    };
    match name.rsplit_once('.') {
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

/// A deal's name as part of a file's name: no separators, no dots in front, not too long, each once.
fn file_name(deal: &str, taken: &mut BTreeSet<String>) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = deal.chars().map(safe).take(60).collect();
    let name = if name.is_empty() { "deal".to_owned() } else { name };
    let mut free = name.clone();
    let mut number = 2;
    // Two names may differ only in what a file's name cannot hold, or in case, which some file systems ignore.
    while !taken.insert(free.to_lowercase()) {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_deals_become_names_of_files_that_stay_in_the_folder() {
        let mut taken = BTreeSet::new();
        for (deal, expected) in [
            ("acme", "acme"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("Acme", "Acme-2"),
            ("a/b", "a_b"),
            ("a:b", "a_b-2"),
            ("", "deal"),
            ("Übergröße & Söhne", "Übergröße___Söhne"),
        ] {
            assert_eq!(file_name(deal, &mut taken), expected, "{deal:?}");
        }
        assert!(file_name(&"x".repeat(10_000), &mut taken).len() <= 60);
    }

    #[test]
    fn the_help_names_every_table() {
        let csv = Format::Csv.to_possible_value().unwrap();
        let help = csv.get_help().unwrap().to_string();
        for table in table::tables(&[]) {
            assert!(help.contains(table.name), "{} in {help:?}", table.name);
        }
    }
}
