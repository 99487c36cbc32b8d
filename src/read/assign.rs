//! Which deal a conversation belongs to, where neither its place nor the vendor tells: by the people who took part.

use std::collections::{BTreeMap, BTreeSet};

use super::{Skipped, export::UNASSIGNED};
use crate::{
    conversation::{Conversation, DealId},
    deal::CrmRecord,
    team::domains::is_free_domain,
};

/// Who is known to belong to which deal.
#[derive(Debug, Default)]
pub struct Deals {
    addresses: BTreeMap<String, BTreeSet<DealId>>,
    domains: BTreeMap<String, BTreeSet<DealId>>,
    names: BTreeMap<String, DealId>,
}

impl Deals {
    /// Learns from the CRM's contacts. `our_domains` belong to every deal and tell nothing.
    pub fn of_crm(crm: &BTreeMap<DealId, CrmRecord>, our_domains: &[String]) -> Deals {
        let mut deals = Deals::default();
        for (id, record) in crm {
            for contact in record.contacts.iter().filter(|c| c.email.contains('@')) {
                deals.learn(&contact.email, id, our_domains);
            }
            for name in [Some(&id.0), record.name.as_ref()].into_iter().flatten() {
                deals.names.insert(name.to_lowercase(), id.clone());
            }
        }
        deals
    }

    /// Learns that `email` belongs to `deal`, unless it is one of ours.
    pub fn learn(&mut self, email: &str, deal: &DealId, our_domains: &[String]) {
        let email = email.to_lowercase();
        let Some((_, domain)) = email.rsplit_once('@') else { return };
        if our_domains.iter().any(|d| d == domain) {
            return;
        }
        if !is_free_domain(domain) {
            self.domains.entry(domain.to_owned()).or_default().insert(deal.clone());
        }
        self.addresses.entry(email).or_default().insert(deal.clone());
    }

    /// Gives `conversation`, if it is unassigned, the deal of its people: of an address that is known, else of a mail domain;
    /// only where exactly one deal fits. A deal that a vendor names by its title gets the CRM's id.
    ///
    /// # Errors
    /// Where none or several fit: the conversation stays unassigned, and that is to be reported.
    pub fn assign(&self, conversation: &mut Conversation) -> Result<(), Skipped> {
        if conversation.deal.0 != UNASSIGNED {
            if let Some(id) = self.names.get(&conversation.deal.0.to_lowercase()) {
                conversation.deal = id.clone();
            }
            return Ok(());
        }
        let emails: Vec<String> =
            conversation.participants.iter().filter_map(|p| p.email.as_deref()).map(str::to_lowercase).collect();
        let by_address: BTreeSet<&DealId> = emails.iter().filter_map(|e| self.addresses.get(e)).flatten().collect();
        let domains = emails.iter().filter_map(|e| e.rsplit_once('@')).filter_map(|(_, d)| self.domains.get(d));
        let by_domain: BTreeSet<&DealId> = domains.flatten().collect();
        let found =
            [by_address, by_domain].into_iter().find(|s| s.len() == 1).and_then(|s| s.into_iter().next().cloned());
        match found {
            Some(deal) => {
                conversation.deal = deal;
                Ok(())
            }
            None => Err(Skipped {
                file: conversation.source.file.clone(),
                line: None,
                code: "unassigned".into(),
                message:
                    "no deal or several fit its people; lay it into the deal's folder, or list its people in deals.csv"
                        .into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Input, read};

    #[test]
    fn people_tell_the_deal_only_where_exactly_one_fits() {
        let (crm, _) = super::super::deals_csv::parse(
            "deals.csv",
            b"deal_id,contacts\na,Ann <ann@acme.example>\nb,Bob <bob@big.example>\nc,Cy <cy@big.example>\n",
        );
        let ours = ["us.example".to_owned()];
        let deals = Deals::of_crm(&crm, &ours);
        let unassigned = DealId(UNASSIGNED.into());
        for (to, expected) in [
            ("dee@acme.example", Some("a")),
            ("cy@big.example", Some("c")),
            ("dee@big.example", None),
            ("x@gmail.com", None),
        ] {
            let mail = format!("From: rep@us.example\nTo: {to}\nSubject: x\nMessage-ID: <1>\n\nHello\n");
            let mut c = read(&Input::new("all/1.eml", &unassigned, mail.as_bytes())).conversations.remove(0);
            assert_eq!(deals.assign(&mut c).ok().map(|()| c.deal.0.as_str()), expected, "{to}");
        }
    }
}
