//! Whose a mail domain is, and what that says of an address.

use std::collections::BTreeSet;

use super::{Reason, Team, people::People};
use crate::{conversation::Side, deal::CrmRecord};

/// Whether anybody can have an address in a mail domain, so that it tells nothing about a company.
pub fn is_free_domain(domain: &str) -> bool {
    FREE.contains(&domain)
}

/// Whose a mail domain is.
pub(super) struct Domains {
    pub(super) ours: BTreeSet<String>,
    pub(super) theirs: BTreeSet<String>,
}

/// Domains where anybody can have an address.
const FREE: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "yahoo.com",
    "yahoo.co.uk",
    "icloud.com",
    "me.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
    "protonmail.com",
    "mail.ru",
    "yandex.ru",
    "qq.com",
    "163.com",
    "orange.fr",
    "free.fr",
    "msn.com",
];

impl Team {
    /// Whether an address is under one of the mail domains that are stated to be ours.
    pub fn owns(&self, email: &str) -> bool {
        domain_of(&email.to_lowercase()).is_some_and(|domain| Domains::is_in(&stated(self), domain))
    }
}

/// The mail domains that are stated to be ours.
fn stated(team: &Team) -> BTreeSet<String> {
    team.our_domains.iter().map(|d| d.trim_start_matches('@').to_lowercase()).collect()
}

impl Domains {
    pub(super) fn new(team: &Team, crm: Option<&CrmRecord>, people: &People) -> Domains {
        let mut ours = stated(team);
        for person in &people.all {
            if person.is_surely(Side::Seller)
                && let Some(domain) = person.email.as_deref().and_then(domain_of).filter(|d| !FREE.contains(d))
            {
                ours.insert(domain.to_owned());
            }
        }
        let theirs = crm
            .iter()
            .flat_map(|c| &c.contacts)
            .filter_map(|c| domain_of(&c.email))
            .filter(|d| !FREE.contains(d) && !ours.contains(*d))
            .map(str::to_owned)
            .collect();
        Domains { ours, theirs }
    }

    fn is_in(set: &BTreeSet<String>, domain: &str) -> bool {
        // mail.acme.example is acme.example's.
        set.contains(domain)
            || set.iter().any(|d| domain.strip_suffix(d.as_str()).is_some_and(|rest| rest.ends_with('.')))
    }

    pub(super) fn reason(&self, email: &str) -> Option<Reason> {
        let domain = domain_of(email)?;
        let reason = |side, sure, because: String| Some(Reason { side, sure, because });
        if Self::is_in(&self.ours, domain) {
            reason(Side::Seller, 98, format!("mail domain {domain} is ours"))
        } else if Self::is_in(&self.theirs, domain) {
            reason(Side::Buyer, 95, format!("mail domain {domain} is that of the deal's contacts"))
        } else if FREE.contains(&domain) {
            None
        } else if self.ours.is_empty() {
            match self.theirs.is_empty() {
                true => None,
                false => reason(Side::Seller, 60, format!("mail domain {domain} is not that of the deal's contacts")),
            }
        } else if self.theirs.is_empty() {
            reason(Side::Buyer, 85, format!("mail domain {domain} is not ours"))
        } else {
            reason(Side::Unknown, 0, format!("mail domain {domain} is neither ours nor that of the deal's contacts"))
        }
    }
}

fn domain_of(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, d)| d).filter(|d| !d.is_empty())
}
