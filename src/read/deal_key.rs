//! How the ids and names of deals are compared: one deal is written in several ways by the CRM, by a spreadsheet that had its
//! table open, and by the system on whose disk a folder of its name lies.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization_alignments::UnicodeNormalization as _;

use super::record_id::record;
use crate::conversation::DealId;

/// A deal's id as it is compared, where no deal is called so to the letter: without case, without the brackets around a GUID, a
/// number as it was before a spreadsheet wrote it as `123.0` or `4,567`. None of an id of Salesforce, in which case counts.
pub(super) fn id(id: &str) -> Option<String> {
    let id = id.trim();
    if record(id).is_some() {
        return None;
    }
    let bare = id.strip_prefix('{').and_then(|id| id.strip_suffix('}')).unwrap_or(id);
    Some(number(bare).unwrap_or_else(|| composed(bare).to_lowercase()))
}

/// A deal's name as it is compared: folders lose blanks and case on their way.
pub(super) fn name(name: &str) -> String {
    composed(name).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A letter and its accent as one character: macOS keeps the names of files with both apart.
fn composed(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfc().map(|(c, _)| c).collect() }
}

/// The digits of a whole number that a spreadsheet wrote with a fraction of noughts or with its groups divided; none where it
/// may be anything else.
fn number(text: &str) -> Option<String> {
    let whole = text
        .split_once('.')
        .map_or(Some(text), |(whole, rest)| (!rest.is_empty() && rest.bytes().all(|b| b == b'0')).then_some(whole))?;
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let divided = whole.contains(',');
    let fits =
        is_digits(first) && (!divided || first.len() <= 3) && groups.all(|group| group.len() == 3 && is_digits(group));
    fits.then(|| whole.replace(',', ""))
}

/// Which deals have an id or a name, by how it is compared.
#[derive(Debug, Default)]
pub(super) struct Known {
    ids: BTreeMap<String, BTreeSet<DealId>>,
    names: BTreeMap<String, BTreeSet<DealId>>,
}

impl Known {
    /// Learns of a deal.
    pub(super) fn learn(&mut self, deal: &DealId, called: Option<&str>) {
        if let Some(key) = id(&deal.0) {
            self.ids.entry(key).or_default().insert(deal.clone());
        }
        if let Some(called) = called {
            self.names.entry(name(called)).or_default().insert(deal.clone());
        }
    }

    /// The deals that `stated` can be: those of that id, else those of that name. A deal that is called by another one's id is not
    /// that one.
    pub(super) fn find(&self, stated: &str) -> Option<&BTreeSet<DealId>> {
        id(stated).and_then(|key| self.ids.get(&key)).or_else(|| self.names.get(&name(stated)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_however_it_was_written() {
        let key = "0f8fad5b-d9cb-469f-a165-70867728950e";
        for (written, expected) in [
            ("ACME ", Some("acme")),
            ("{0F8FAD5B-D9CB-469F-A165-70867728950E}", Some(key)),
            (key, Some(key)),
            ("123.0", Some("123")),
            ("4,567", Some("4567")),
            ("1,234,567.00", Some("1234567")),
            // None of these is a number that was grouped.
            ("12,34", Some("12,34")),
            ("1.5", Some("1.5")),
            ("1.23457E+11", Some("1.23457e+11")),
            ("0089", Some("0089")),
            ("Zoe\u{308}", Some("zo\u{eb}")),
            ("0061N00000abcDE", None),
        ] {
            assert_eq!(id(written).as_deref(), expected, "{written}");
        }
        assert_eq!(name(" Zoe\u{308}  Cafe\u{301}"), "zo\u{eb} caf\u{e9}");
    }
}
