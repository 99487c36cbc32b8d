//! Whose a mail domain is, and what that says of an address.

use std::collections::BTreeSet;

use super::{Reason, Team, people::People};
use crate::{conversation::Side, deal::CrmRecord};

/// Whether anybody can have an address in a mail domain, so that it tells nothing about a company.
pub fn is_free_domain(domain: &str) -> bool {
    // yahoo.de and yahoo.co.uk, and not live.acme.com.
    let of_country = |rest: &str| match rest.split_once('.') {
        None => rest.len() <= 4,
        Some((kind, country)) => matches!(kind, "co" | "com" | "net" | "org") && country.len() == 2,
    };
    let of_family = || domain.split_once('.').is_some_and(|(name, rest)| FAMILIES.contains(&name) && of_country(rest));
    FREE.contains(&domain) || of_family()
}

/// Whose a mail domain is.
pub(super) struct Domains {
    pub(super) ours: BTreeSet<String>,
    pub(super) theirs: BTreeSet<String>,
}

/// Where anybody can have an address, whatever country stands behind it: yahoo.de, hotmail.co.uk.
const FAMILIES: &[&str] = &[
    "gmail",
    "googlemail",
    "outlook",
    "hotmail",
    "live",
    "yahoo",
    "ymail",
    "rocketmail",
    "gmx",
    "aol",
    "icloud",
    "proton",
    "protonmail",
    "yandex",
    "zohomail",
    "fastmail",
    "tutanota",
];

/// Single domains where anybody can have an address: of mail services, and of those who sell access to the net.
const FREE: &[&str] = &[
    "me.com",
    "mac.com",
    "msn.com",
    "mail.com",
    "email.com",
    "usa.net",
    "hey.com",
    "duck.com",
    "pm.me",
    "tuta.com",
    "tuta.io",
    "hushmail.com",
    "web.de",
    "freenet.de",
    "t-online.de",
    "arcor.de",
    "posteo.de",
    "mailbox.org",
    "vodafone.de",
    "bluewin.ch",
    "a1.net",
    "aon.at",
    "chello.at",
    "mail.ru",
    "bk.ru",
    "inbox.ru",
    "list.ru",
    "rambler.ru",
    "ukr.net",
    "qq.com",
    "163.com",
    "126.com",
    "sina.com",
    "sina.cn",
    "foxmail.com",
    "139.com",
    "naver.com",
    "hanmail.net",
    "daum.net",
    "rediffmail.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "sfr.fr",
    "neuf.fr",
    "bbox.fr",
    "libero.it",
    "virgilio.it",
    "tiscali.it",
    "alice.it",
    "tin.it",
    "telefonica.net",
    "terra.es",
    "sapo.pt",
    "uol.com.br",
    "bol.com.br",
    "terra.com.br",
    "ziggo.nl",
    "kpnmail.nl",
    "planet.nl",
    "xs4all.nl",
    "home.nl",
    "telenet.be",
    "skynet.be",
    "wp.pl",
    "o2.pl",
    "onet.pl",
    "interia.pl",
    "seznam.cz",
    "centrum.cz",
    "telia.com",
    "online.no",
    "comcast.net",
    "verizon.net",
    "att.net",
    "sbcglobal.net",
    "bellsouth.net",
    "cox.net",
    "charter.net",
    "spectrum.net",
    "earthlink.net",
    "optonline.net",
    "frontier.com",
    "windstream.net",
    "centurylink.net",
    "rogers.com",
    "shaw.ca",
    "sympatico.ca",
    "bell.net",
    "telus.net",
    "btinternet.com",
    "btopenworld.com",
    "sky.com",
    "virginmedia.com",
    "ntlworld.com",
    "blueyonder.co.uk",
    "talktalk.net",
    "tiscali.co.uk",
    "eircom.net",
    "bigpond.com",
    "bigpond.net.au",
    "optusnet.com.au",
    "iinet.net.au",
    "tpg.com.au",
    "xtra.co.nz",
    "vodamail.co.za",
    "telkomsa.net",
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
                && let Some(domain) = person.email.as_deref().and_then(domain_of).filter(|d| !is_free_domain(d))
            {
                ours.insert(domain.to_owned());
            }
        }
        let theirs = crm
            .iter()
            .flat_map(|c| &c.contacts)
            .filter_map(|c| domain_of(&c.email))
            .filter(|d| !is_free_domain(d) && !ours.contains(*d))
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
        } else if is_free_domain(domain) {
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

pub(super) fn domain_of(email: &str) -> Option<&str> {
    email.rsplit_once('@').map(|(_, d)| d).filter(|d| !d.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_anybody_can_have_tells_nothing_of_a_company() {
        for free in ["gmail.com", "yahoo.de", "hotmail.co.uk", "yahoo.com.br", "comcast.net", "t-online.de", "gmx.at"] {
            assert!(is_free_domain(free), "{free}");
        }
        for company in ["acme.com", "live.acme.com", "outlook.acme.co.uk", "yahoo-partners.com", "proton.acme.de"] {
            assert!(!is_free_domain(company), "{company}");
        }
    }
}
