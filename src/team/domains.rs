//! Whose a mail domain is, and what that says of an address.

use std::collections::BTreeSet;

use super::{Member, Reason, Team, names::name_words, people::People};
use crate::{
    conversation::{Channel, Conversation, Side},
    deal::CrmRecord,
};

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
    /// Those of whoever a mail was written to.
    written_to: BTreeSet<String>,
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
        domain_of(&email.to_lowercase()).is_some_and(|domain| is_in(&stated(self), domain))
    }

    /// The mail domains of our side: those that are stated, and those of whom the user lists as ours.
    pub fn all_our_domains(&self) -> BTreeSet<String> {
        let ours = self.members.iter().filter(|member| member.side == Side::Seller);
        let by_member = ours.filter_map(|member| domain_of(&member.email)).filter(|domain| !is_free_domain(domain));
        self.our_domains.iter().cloned().chain(by_member.map(str::to_owned)).collect()
    }

    /// Whether an address is one of somebody whom the user lists as ours.
    pub fn lists_as_ours(&self, email: &str) -> bool {
        let ours = self.members.iter().filter(|member| member.side == Side::Seller);
        ours.flat_map(addresses).any(|address| address.eq_ignore_ascii_case(email))
    }
}

/// The addresses that the user lists for `member`.
fn addresses(member: &Member) -> impl Iterator<Item = &String> {
    member.also.iter().chain([&member.email]).filter(|email| email.contains('@'))
}

/// `domain` and those that it is under, nearest first: mail.acme.example is acme.example's.
pub fn with_parents(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(domain), |domain| domain.split_once('.').map(|(_, parent)| parent))
}

/// Whether a mail domain is one of `set`, or under one.
pub(super) fn is_in(set: &BTreeSet<String>, domain: &str) -> bool {
    with_parents(domain).any(|domain| set.contains(domain))
}

/// The mail domains that are stated to be ours.
fn stated(team: &Team) -> BTreeSet<String> {
    team.our_domains.iter().map(|d| d.trim_start_matches('@').to_lowercase()).collect()
}

impl Domains {
    pub(super) fn new(
        team: &Team,
        crm: Option<&CrmRecord>,
        people: &People,
        conversations: &[Conversation],
    ) -> Domains {
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
        let mails = conversations.iter().filter(|c| c.channel == Channel::Email);
        let recipients = mails.flat_map(|c| &c.participants).filter(|p| !p.active);
        let written_to = recipients.filter_map(|p| Some(domain_of(p.email.as_deref()?)?.to_owned())).collect();
        Domains { ours, theirs, written_to }
    }

    /// Whether an address is that of a service which sends notices: it bears its domain's name and is one from which machines
    /// send, and nobody writes there, although others than ours are written to. A company that asks for the first time may bear its
    /// name as well, but is alone then, or has a person's or a mailbox's address.
    pub(super) fn is_service(&self, name: &str, email: &str) -> bool {
        let Some(domain) = domain_of(email) else { return false };
        let known = || is_in(&self.ours, domain) || is_in(&self.theirs, domain) || is_free_domain(domain);
        let others = || !self.theirs.is_empty() || self.written_to.iter().any(|d| !is_in(&self.ours, d));
        bears_name(name, email, domain)
            && sends_notices(email, domain)
            && !self.written_to.contains(domain)
            && !known()
            && others()
    }

    /// What the domain of an address tells of the side of whoever is called `name`.
    pub(super) fn reason(&self, name: &str, email: &str) -> Option<Reason> {
        let domain = domain_of(email)?;
        let reason = |side, sure, because: String| Some(Reason { side, sure, because });
        if is_in(&self.ours, domain) {
            reason(Side::Seller, 98, format!("mail domain {domain} is ours"))
        } else if is_in(&self.theirs, domain) {
            reason(Side::Buyer, 95, format!("mail domain {domain} is that of the deal's contacts"))
        } else if is_free_domain(domain) {
            None
        } else if self.is_service(name, email) {
            reason(Side::Unknown, 0, format!("bears the name of {domain}, where nobody writes to, as a service does"))
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

/// Whether a sender is called as its mail domain is: "PandaDoc" of docs@email.pandadoc.net, and not "Jane Doe" of
/// jane@janedoe.example.
fn bears_name(name: &str, email: &str, domain: &str) -> bool {
    let words = name_words(name);
    let local = email.split('@').next().unwrap_or_default();
    if words.len() >= 2 && words.iter().any(|word| word == local) {
        return false;
    }
    let labels = || domain.rsplit('.').skip(1).map(|label| label.replace('-', ""));
    let mut joined = String::new();
    words.iter().take(4).any(|word| {
        joined.push_str(&word.replace('-', ""));
        labels().any(|label| label == joined)
    })
}

/// Whether an address is one from which machines send: by its local part, or by the host below the company's domain.
fn sends_notices(email: &str, domain: &str) -> bool {
    const LOCAL: &[&str] = &[
        "docs",
        "notify",
        "notification",
        "notifications",
        "messages",
        "updates",
        "news",
        "newsletter",
        "digest",
        "mailer",
    ];
    const HOSTS: &[&str] = &[
        "mail",
        "email",
        "e",
        "em",
        "notify",
        "notification",
        "notifications",
        "mailer",
        "msg",
        "send",
        "updates",
        "news",
    ];
    let local = email.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let host = domain.split_once('.').filter(|(_, parent)| parent.contains('.')).map(|(host, _)| host);
    LOCAL.contains(&local.as_str()) || host.is_some_and(|host| HOSTS.contains(&host))
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
