//! The ids of Salesforce's records: 15 letters and digits, of which case counts, or the same with three more that make up for
//! programs to which it does not. The first three tell of what kind the record is.

use std::collections::BTreeMap;

use crate::conversation::DealId;

/// Which form of an opportunity's id its deal is called by.
#[derive(Debug, Default)]
pub struct Opportunities(BTreeMap<String, DealId>);

impl Opportunities {
    /// The deal of an opportunity's id: the form in which it was met first, `id` itself where it is new; none where `id` is no
    /// opportunity's.
    pub fn meet(&mut self, id: &DealId) -> Option<&DealId> {
        Some(self.0.entry(opportunity(&id.0)?.to_owned()).or_insert_with(|| id.clone()))
    }

    /// The same of one that need not be met yet.
    pub fn get(&self, id: &DealId) -> Option<&DealId> {
        self.0.get(opportunity(&id.0)?)
    }
}

/// The 15 characters that both forms of an id share; none where `id` has neither form.
pub fn record(id: &str) -> Option<&str> {
    let formed = matches!(id.len(), 15 | 18) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    // A name of one word may be as long, and has no digit.
    (formed && id.bytes().take(15).any(|b| b.is_ascii_digit())).then(|| &id[..15])
}

/// The same of an opportunity's id alone.
pub fn opportunity(id: &str) -> Option<&str> {
    record(id).filter(|record| record.starts_with("006"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_id_are_of_one_record() {
        assert_eq!(record("0061N00000abcDE"), Some("0061N00000abcDE"));
        assert_eq!(opportunity("0061N00000abcDEQAZ"), Some("0061N00000abcDE"));
        for other in ["0061N00000abcDEQ", "006A", "0061N00000abc-E", "Responsibilities", "Internationally"] {
            assert_eq!(record(other), None, "{other}");
        }
        assert_eq!(opportunity("0011N00001aaaAAQAY"), None, "an account");
    }
}
