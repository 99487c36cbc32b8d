//! Which deal a conversation belongs to, where neither its place nor the vendor tells: by the people who took part.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    deal_key::Known,
    export::UNASSIGNED,
    record_id::{Opportunities, opportunity},
    unassigned::Unassigned,
};
use crate::{
    conversation::{Conversation, DealId},
    deal::CrmRecord,
    team::{
        Team,
        domains::{is_free_domain, with_parents},
    },
};

/// Who is known to belong to which deal.
#[derive(Debug, Default)]
pub struct Deals {
    addresses: BTreeMap<String, BTreeSet<DealId>>,
    domains: BTreeMap<String, BTreeSet<DealId>>,
    known: Known,
    records: Opportunities,
}

impl Deals {
    /// Learns from the CRM's contacts. Who is of `team`'s own belongs to every deal and tells nothing.
    pub fn of_crm(crm: &BTreeMap<DealId, CrmRecord>, team: &Team) -> Deals {
        let mut deals = Deals::default();
        for (id, record) in crm {
            for contact in record.contacts.iter().filter(|c| c.email.contains('@')) {
                deals.learn(&contact.email, id, team);
            }
            deals.know_record(id);
            deals.known.learn(id, record.name.as_deref());
        }
        deals
    }

    /// Learns which form of an opportunity's id its deal is called by: of several the first.
    pub fn know_record(&mut self, id: &DealId) {
        self.records.meet(id);
    }

    /// Learns that `email` belongs to `deal`, unless it is one of ours.
    pub fn learn(&mut self, email: &str, deal: &DealId, team: &Team) {
        let email = email.to_lowercase();
        let Some((_, domain)) = email.rsplit_once('@') else { return };
        if team.owns(&email) || team.lists_as_ours(&email) {
            return;
        }
        if !is_free_domain(domain) {
            self.domains.entry(domain.to_owned()).or_default().insert(deal.clone());
        }
        self.addresses.entry(email).or_default().insert(deal.clone());
    }

    /// Gives `conversation`, if it is unassigned, the deal of its people: of the addresses that are known, else of the mail
    /// domains; only where exactly one deal fits. A deal that a vendor names by its title gets the CRM's id; of several with that
    /// title it is the one of its people.
    ///
    /// # Errors
    /// Where none or several fit: the conversation is unassigned, and that is to be reported.
    pub fn assign(&self, conversation: &mut Conversation) -> Result<(), Unassigned> {
        match self.deal_of(conversation) {
            Ok(deal) => {
                if let Some(deal) = deal {
                    conversation.deal.clone_from(&deal);
                }
                Ok(())
            }
            Err(why) => {
                conversation.deal = DealId(UNASSIGNED.into());
                Err(why)
            }
        }
    }

    /// The deal that it is to have, where that is another than it has.
    fn deal_of(&self, conversation: &Conversation) -> Result<Option<DealId>, Unassigned> {
        if conversation.deal.0 == UNASSIGNED {
            let found = self.of_people(conversation, None);
            let none_or_several =
                || if found.is_empty() { Unassigned::NoneFits } else { Unassigned::SeveralFit(found.clone()) };
            return only(&found).cloned().map(Some).ok_or_else(none_or_several);
        }
        // Case counts in an id of Salesforce: two that differ in nothing else are of two records.
        if opportunity(&conversation.deal.0).is_some() {
            return Ok(self.records.get(&conversation.deal).cloned());
        }
        let Some(found) = self.known.find(&conversation.deal.0) else { return Ok(None) };
        if found.contains(&conversation.deal) {
            return Ok(None);
        }
        let deal = only(found).cloned().or_else(|| only(&self.of_people(conversation, Some(found))).cloned());
        deal.map(Some).ok_or_else(|| Unassigned::SameName(found.clone()))
    }

    /// The deals, `among` some or all, of the addresses of whoever takes part that are known, else of their mail domains or those
    /// that these are under.
    fn of_people(&self, conversation: &Conversation, among: Option<&BTreeSet<DealId>>) -> BTreeSet<DealId> {
        let emails: Vec<String> =
            conversation.participants.iter().filter_map(|p| p.email.as_deref()).map(str::to_lowercase).collect();
        let of =
            |known: &BTreeMap<String, BTreeSet<DealId>>, keys: &mut dyn Iterator<Item = &str>| -> BTreeSet<DealId> {
                let deals = keys.filter_map(|key| known.get(key)).flatten();
                deals.filter(|deal| among.is_none_or(|among| among.contains(deal))).cloned().collect()
            };
        let found = of(&self.addresses, &mut emails.iter().map(String::as_str));
        // Domains know fewer of the people: whose addresses are of several deals is of several.
        if !found.is_empty() {
            return found;
        }
        let known = |email: &'_ str| {
            let domain = email.rsplit_once('@')?.1;
            with_parents(domain).find(|domain| self.domains.contains_key(*domain)).map(str::to_owned)
        };
        let domains: Vec<String> = emails.iter().filter_map(|email| known(email)).collect();
        of(&self.domains, &mut domains.iter().map(String::as_str))
    }
}

/// The deal that is alone among `deals`.
fn only(deals: &BTreeSet<DealId>) -> Option<&DealId> {
    deals.first().filter(|_| deals.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::Side,
        read::{Input, read},
        team::Member,
    };

    #[test]
    fn people_tell_the_deal_only_where_exactly_one_fits() {
        let (crm, _) = super::super::deals_csv::parse(
            "deals.csv",
            b"deal_id,contacts\na,Ann <ann@acme.example>\nb,Bob <bob@big.example>\nc,Cy <cy@big.example>;Flo <flo@gmail.com>\nd,Flo <flo@gmail.com>\n",
        );
        let rep = Member { email: "rep@gmail.com".into(), side: Side::Seller, ..Member::default() };
        let team = Team { our_domains: vec!["us.example".into()], members: vec![rep], ..Team::default() };
        let mut deals = Deals::of_crm(&crm, &team);
        for ours in ["rep@us.example", "rep@mail.us.example", "rep@gmail.com"] {
            deals.learn(ours, &DealId("a".into()), &team);
        }
        let unassigned = DealId(UNASSIGNED.into());
        let none: &[&str] = &[];
        for (to, expected) in [
            ("dee@acme.example", Ok("a")),
            ("cy@big.example", Ok("c")),
            ("dee@big.example", Err(&["b", "c"][..])),
            ("dee@mail.acme.example", Ok("a")),
            // Only our own people are known.
            ("n@stranger.example, two@mail.us.example, rep@gmail.com", Err(none)),
            ("x@gmail.com", Err(none)),
            // Who is in two deals, and somebody whose domain is of a third.
            ("flo@gmail.com, dee@acme.example", Err(&["c", "d"])),
        ] {
            let mail = format!("From: rep@us.example\nTo: {to}\nSubject: x\nMessage-ID: <1>\n\nHello\n");
            let mut c = read(&Input::new("all/1.eml", &unassigned, mail.as_bytes())).conversations.remove(0);
            let why = |deals: &[&str]| match deals {
                [] => Unassigned::NoneFits,
                _ => Unassigned::SeveralFit(deals.iter().map(|id| DealId((*id).into())).collect()),
            };
            let expected = expected.map(str::to_owned).map_err(why);
            assert_eq!(deals.assign(&mut c).map(|()| c.deal.0), expected, "{to}");
        }
    }

    #[test]
    fn a_name_tells_the_deal_where_one_has_it_and_an_id_before_any_name() {
        let table = "deal_id,name,contacts\n006A,Acme Renewal,Ann <ann@acme.example>\n006B,Acme Renewal,\n006C,Globex,\na,First,\nb,a,\n";
        let (crm, _) = super::super::deals_csv::parse("deals.csv", table.as_bytes());
        let deals = Deals::of_crm(&crm, &Team::default());
        for (stated, expected) in [
            ("globex", Some("006C")),
            ("006c", Some("006C")),
            ("a", Some("a")),
            ("Initech", Some("Initech")),
            ("Acme Renewal", None),
        ] {
            let deal = DealId(stated.into());
            let mut c = read(&Input::new("all/1.txt", &deal, b"Ann: Hi.\nBob: Hi.\n")).conversations.remove(0);
            assert_eq!(deals.assign(&mut c).ok().map(|()| c.deal.0.as_str()), expected, "{stated}");
            assert!(expected.is_some() || c.deal.0 == UNASSIGNED);
        }
        let mail = b"From: ann@acme.example\nTo: rep@us.example\nSubject: x\n\nHello\n";
        let mut c = read(&Input::new("all/1.eml", &DealId("Acme Renewal".into()), mail)).conversations.remove(0);
        assert_eq!(deals.assign(&mut c).map(|()| c.deal.0), Ok("006A".into()), "the one of its people");
    }

    #[test]
    fn an_opportunity_is_one_deal_by_either_form_of_its_id_and_case_counts() {
        let table = "id,name\n0061N00000abcDEQAZ,Acme\n0061N00000abcdeAAA,Globex\n";
        let (crm, _) = super::super::deals_csv::parse("deals.csv", table.as_bytes());
        let mut deals = Deals::of_crm(&crm, &Team::default());
        deals.know_record(&DealId("0061N00000zzzZZ".into()));
        for (stated, expected) in [
            ("0061N00000abcDE", "0061N00000abcDEQAZ"),
            ("0061N00000abcde", "0061N00000abcdeAAA"),
            ("0061N00000zzzZZAAQ", "0061N00000zzzZZ"),
            ("0061N00000ABCDE", "0061N00000ABCDE"),
        ] {
            let mut c =
                read(&Input::new("all/1.txt", &DealId(stated.into()), b"Ann: Hi.\nBob: Hi.\n")).conversations.remove(0);
            assert_eq!(deals.assign(&mut c).map(|()| c.deal.0), Ok(expected.into()), "{stated}");
        }
    }
}
