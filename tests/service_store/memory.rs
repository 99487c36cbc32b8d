//! The rules of the store as short as they can be said: what every store is held against.

use std::collections::{BTreeMap, BTreeSet};

use dealtone::{
    CrmRecord, Timestamp,
    conversation::{ConversationId, DealId},
    store::{DealRow, Held, Outcome, Put, Record, Size, Store, StoreError},
};

type Key = (DealId, ConversationId);

#[derive(Default)]
pub struct Memory {
    records: BTreeMap<Key, (Record, u64)>,
    superseded: BTreeSet<(Key, String)>,
    crm: BTreeMap<DealId, CrmRecord>,
}

impl Store for Memory {
    fn put(&mut self, records: &[Record]) -> Result<Vec<Put>, StoreError> {
        Ok(records.iter().map(|record| self.put_one(record)).collect())
    }

    fn held(&mut self, deal: &DealId, id: &ConversationId) -> Result<Option<Held>, StoreError> {
        Ok(self
            .records
            .get(&(deal.clone(), id.clone()))
            .map(|(record, revision)| Held { content_hash: record.content_hash(), revision: *revision }))
    }

    fn conversation(&mut self, deal: &DealId, id: &ConversationId) -> Result<Option<Record>, StoreError> {
        Ok(self.records.get(&(deal.clone(), id.clone())).map(|(record, _)| record.clone()))
    }

    fn deals_of(&mut self, id: &ConversationId) -> Result<Vec<DealId>, StoreError> {
        Ok(self.records.keys().filter(|(_, of)| of == id).map(|(deal, _)| deal.clone()).collect())
    }

    fn deal(&mut self, deal: &DealId) -> Result<Vec<Record>, StoreError> {
        let of_deal = self.records.values().filter(|(record, _)| record.read.deal == *deal);
        Ok(of_deal.map(|(record, _)| record.clone()).collect())
    }

    fn deals(&mut self, after: Option<&DealId>, limit: usize) -> Result<Vec<DealRow>, StoreError> {
        let names = self.records.values().map(|(record, _)| &record.read.deal).chain(self.crm.keys());
        let names: BTreeSet<DealId> = names.filter(|name| after.is_none_or(|after| *name > after)).cloned().collect();
        let row = |deal: DealId| {
            let of_deal: Vec<&Record> =
                self.records.values().map(|(record, _)| record).filter(|record| record.read.deal == deal).collect();
            let latest = of_deal.iter().filter_map(|record| record.read.started_at).max();
            let hashes: Vec<String> = of_deal.iter().map(|record| record.content_hash()).collect();
            let stamp = format!("{hashes:?} {:?}", self.crm.get(&deal));
            DealRow { deal, conversations: of_deal.len() as u64, latest, stamp }
        };
        Ok(names.into_iter().take(limit).map(row).collect())
    }

    fn rescore(&mut self, records: &[Record]) -> Result<(), StoreError> {
        for record in records {
            if let Some((held, _)) = self.records.get_mut(&key(record))
                && held.content_hash() == record.content_hash()
            {
                *held = record.clone();
            }
        }
        Ok(())
    }

    fn crm(&mut self, deal: &DealId) -> Result<Option<CrmRecord>, StoreError> {
        Ok(self.crm.get(deal).cloned())
    }

    fn all_crm(&mut self) -> Result<BTreeMap<DealId, CrmRecord>, StoreError> {
        Ok(self.crm.clone())
    }

    fn set_crm(&mut self, deal: &DealId, crm: &CrmRecord) -> Result<bool, StoreError> {
        Ok(self.crm.insert(deal.clone(), crm.clone()).is_none())
    }

    fn erase_conversation(&mut self, deal: &DealId, id: &ConversationId) -> Result<bool, StoreError> {
        let key = (deal.clone(), id.clone());
        self.superseded.retain(|(of, _)| *of != key);
        Ok(self.records.remove(&key).is_some())
    }

    fn erase_deal(&mut self, deal: &DealId) -> Result<Option<u64>, StoreError> {
        let ids: Vec<ConversationId> = self.deal(deal)?.into_iter().map(|record| record.read.id).collect();
        for id in &ids {
            self.erase_conversation(deal, id)?;
        }
        let crm = self.crm.remove(deal).is_some();
        Ok((crm || !ids.is_empty()).then_some(ids.len() as u64))
    }

    fn purge(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        // What has no time has just come.
        let old = |record: &Record| record.read.started_at.is_some_and(|began| began < before);
        let keys: Vec<Key> = self.records.values().filter(|(r, _)| old(r)).map(|(r, _)| key(r)).collect();
        let mut touched = BTreeSet::new();
        for (deal, id) in &keys {
            touched.insert(deal.clone());
            self.erase_conversation(deal, id)?;
        }
        for deal in touched {
            if self.deal(&deal)?.is_empty() {
                self.crm.remove(&deal);
            }
        }
        Ok(keys.len() as u64)
    }

    fn size(&mut self) -> Result<Size, StoreError> {
        Ok(Size { conversations: self.records.len() as u64, bytes: 0 })
    }
}

fn key(record: &Record) -> Key {
    (record.read.deal.clone(), record.read.id.clone())
}

impl Memory {
    fn put_one(&mut self, record: &Record) -> Put {
        let (id, asked, hash) = (key(record), record.read.revision, record.content_hash());
        let Some((held, there)) = self.records.get_mut(&id) else {
            self.records.insert(id, (record.clone(), asked));
            return Put { outcome: Outcome::New, revision: asked };
        };
        let held_hash = held.content_hash();
        if held_hash == hash {
            if asked > *there {
                (*held, *there) = (record.clone(), asked);
            }
            return Put { outcome: Outcome::Same, revision: *there };
        }
        let unmarked = record.unmarked_hash();
        if asked == 0 && unmarked.as_ref() == Some(&held_hash) {
            *held = record.clone();
            return Put { outcome: Outcome::Same, revision: *there };
        }
        let wins = match asked {
            0 => ![Some(hash.clone()), unmarked]
                .into_iter()
                .flatten()
                .any(|h| self.superseded.contains(&(id.clone(), h))),
            _ => (asked, &hash) > (*there, &held_hash),
        };
        if wins {
            *there = if asked == 0 { *there + 1 } else { asked };
            *held = record.clone();
            let revision = *there;
            self.superseded.insert((id, held_hash));
            Put { outcome: Outcome::Replaced, revision }
        } else {
            let revision = *there;
            self.superseded.insert((id, hash));
            Put { outcome: Outcome::Superseded, revision }
        }
    }
}
