//! The files that `analyze` writes on request: tables, briefs, and what CRM systems import.

use std::collections::BTreeMap;

use clap::ValueEnum;
use jiff::tz::TimeZone;

use super::out_folder::OutFolder;
use crate::{
    read::export::UNASSIGNED,
    report::{self, Bundle, crm, markdown, table},
};

/// Files that are written on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// utterances.jsonl, deals.jsonl, scored.jsonl, skipped.jsonl: always written
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
    // Of what fits no deal the tables have what was said, and nothing is said of it as if it were one.
    let of_deals: Vec<Bundle> = bundles.iter().filter(|b| b.deal.id.0 != UNASSIGNED).copied().collect();
    let tables = || table::of_words(bundles).into_iter().chain(table::of_deals(&of_deals));
    for format in Format::value_variants().iter().filter(|f| formats.contains(f)) {
        match format {
            Format::Jsonl => {}
            Format::Csv => {
                for table in tables() {
                    out.write(&format!("{}.csv", table.name), report::csv::write(&table).as_bytes())?;
                }
            }
            Format::Parquet => {
                for table in tables() {
                    out.write(&format!("{}.parquet", table.name), &report::parquet::write(&table))?;
                }
            }
            Format::Markdown => {
                let mut taken = BTreeMap::new();
                for bundle in &of_deals {
                    let brief = || format!("brief-{}.md", file_name(&bundle.deal.id.0, &mut taken));
                    // Somebody else's notes keep their name.
                    let name = std::iter::repeat_with(brief).find(|name| !out.is_theirs(name)).unwrap_or_default();
                    out.write(&name, markdown::brief(bundle, zone).as_bytes())?;
                }
            }
            Format::Salesforce => {
                out.write("salesforce.csv", crm::write(&of_deals, crm::Crm::Salesforce, zone).as_bytes())?;
            }
            Format::Hubspot => out.write("hubspot.csv", crm::write(&of_deals, crm::Crm::HubSpot, zone).as_bytes())?,
        }
    }
    Ok(())
}

/// A deal's name as part of a file's name: no separators, no dots in front, not too long, each once. `taken` holds those that
/// were given, in lower case, with the number that is tried next where one is asked for again.
fn file_name(deal: &str, taken: &mut BTreeMap<String, usize>) -> String {
    /// Characters of it, for people.
    const LONGEST: usize = 60;
    /// Bytes of it: file systems take 255, and what stands around it is to have room.
    const BYTES: usize = 200;
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let mut name: String = deal.chars().map(safe).take(LONGEST).collect();
    name.truncate(name.floor_char_boundary(BYTES));
    if name.is_empty() {
        name.push_str("deal");
    }
    // Two names may differ only in what a file's name cannot hold, or in case, which some file systems ignore.
    let alike = name.to_lowercase();
    let mut number = taken.get(&alike).copied().unwrap_or(1);
    loop {
        let free = if number == 1 { name.clone() } else { format!("{name}-{number}") };
        number += 1;
        if !taken.contains_key(&free.to_lowercase()) {
            taken.insert(free.to_lowercase(), 2);
            taken.insert(alike, number);
            return free;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_deals_become_names_of_files_that_stay_in_the_folder() {
        let mut taken = BTreeMap::new();
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
        assert!(file_name(&"𠮷".repeat(60), &mut taken).len() <= 200, "a file's name has 255 bytes");
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
