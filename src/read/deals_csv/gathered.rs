//! What the rows of a table say together of each deal.

use std::collections::{BTreeMap, HashSet};

use crate::{conversation::DealId, deal::CrmRecord, read::record_id::opportunity};

/// The deals of a table.
#[derive(Default)]
pub struct Deals {
    by_id: BTreeMap<DealId, Gathered>,
    /// One record of Salesforce has an id of 15 characters in its reports and of 18 elsewhere.
    records: BTreeMap<String, DealId>,
}

impl Deals {
    /// Adds what the row on `line` says of a deal; gives what to tell of it, where the rows before say something else.
    pub fn add(&mut self, id: &str, line: Option<usize>, row: CrmRecord) -> Option<String> {
        let own = DealId(id.to_owned());
        let id = match opportunity(id) {
            Some(record) => self.records.entry(record.to_owned()).or_insert(own).clone(),
            None => own,
        };
        self.by_id.entry(id).or_insert_with(|| Gathered::from(line)).add(row)
    }

    /// The record of each, with each contact once.
    pub fn whole(self) -> BTreeMap<DealId, CrmRecord> {
        self.by_id.into_iter().map(|(id, gathered)| (id, gathered.whole())).collect()
    }
}

/// What the rows of one deal say together.
struct Gathered {
    /// Its contacts may stand in it more than once.
    record: CrmRecord,
    /// The line of the first row.
    line: Option<usize>,
    /// Whether it was told that two rows say different things.
    told: bool,
}

impl Gathered {
    fn from(line: Option<usize>) -> Gathered {
        Gathered { record: CrmRecord::default(), line, told: false }
    }

    /// Adds a row. One that says something else than those before is another state of the deal, not more of this one, so
    /// that its contacts alone are taken; the first such row gives what to tell.
    fn add(&mut self, row: CrmRecord) -> Option<String> {
        let held = &mut self.record;
        let mut others: Vec<&str> = Vec::new();
        let mut compare = |name: &'static str, differs: bool| others.extend(differs.then_some(name));
        compare("name", differ(&held.name, &row.name));
        compare("account", differ(&held.account, &row.account));
        compare("type", differ(&held.kind, &row.kind));
        compare("amount", differ(&held.amount, &row.amount));
        compare("currency", differ(&held.currency, &row.currency));
        compare("stage", differ(&held.stage, &row.stage));
        compare("status", differ(&held.status, &row.status));
        compare("stage_since", differ(&held.stage_since, &row.stage_since));
        compare("close_date", differ(&held.close_date, &row.close_date));
        compare("as_of", differ(&held.as_of, &row.as_of));
        compare("owner", differ(&held.owner, &row.owner));
        held.contacts.extend(row.contacts);
        if others.is_empty() {
            let currency = if held.amount.is_some() { held.currency.take() } else { row.currency };
            *held = CrmRecord {
                currency,
                name: held.name.take().or(row.name),
                account: held.account.take().or(row.account),
                kind: held.kind.take().or(row.kind),
                amount: held.amount.or(row.amount),
                stage: held.stage.take().or(row.stage),
                status: held.status.or(row.status),
                stage_since: held.stage_since.or(row.stage_since),
                close_date: held.close_date.or(row.close_date),
                as_of: held.as_of.or(row.as_of),
                owner: held.owner.take().or(row.owner),
                ..std::mem::take(held)
            };
            return None;
        }
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        let line = self.line.map_or_else(|| "the first row of the deal".to_owned(), |line| format!("line {line}"));
        Some(format!(
            "{line} says something else of the same deal in {}, and counts; leave the row that is true, one a deal or with the \
             same in each",
            others.join(", ")
        ))
    }

    /// The record, with each contact once.
    fn whole(mut self) -> CrmRecord {
        let mut met = HashSet::new();
        let again: Vec<bool> = self.record.contacts.iter().map(|contact| !met.insert(contact)).collect();
        let mut again = again.into_iter();
        self.record.contacts.retain(|_| !again.next().unwrap_or_default());
        self.record.contacts.shrink_to_fit();
        self.record
    }
}

/// Whether both say something and not the same.
fn differ<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
    a.is_some() && b.is_some() && a != b
}
