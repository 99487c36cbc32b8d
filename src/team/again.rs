//! Sides decided over a deal of which parts were decided before, each by itself: from what every part was read as and from
//! what was known where that was read, so that the parts together say what the whole would have said.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Member, Team, decide, names::name_words, people::People};
use crate::{
    conversation::{AsRead, Conversation, Participant, Side},
    deal::{Contact, CrmRecord},
};

/// Makes of a conversation what it was before sides were decided in it, and gives what was noted of that; `None`, and no
/// change, where whoever wrote it stated its sides.
pub fn undecide(conversation: &mut Conversation) -> Option<AsRead> {
    let mut noted = *conversation.as_read.take()?;
    for (turn, label) in std::mem::take(&mut noted.labels) {
        if let Some(turn) = conversation.turns.get_mut(turn) {
            turn.speaker = label;
        }
    }
    if let Some(mail) = conversation.mail.as_mut().filter(|_| noted.found_automatic) {
        mail.automatic = false;
    }
    // Whoever speaks under a name is decided on again.
    conversation.turns.iter_mut().filter(|t| !t.speaker.is_empty()).for_each(|t| t.side = Side::Unknown);
    conversation.participants = std::mem::take(&mut noted.participants);
    Some(noted)
}

/// What is known of the two sides of one deal beside its conversations.
#[derive(Clone, Debug)]
pub struct Known {
    team: Team,
    crm: CrmRecord,
    /// Whether the CRM's own record says who the customer is, and whom it lists.
    says_account: bool,
    lists_contacts: bool,
    names_owner: bool,
}

impl Known {
    /// What the user and the CRM say.
    pub fn new(crm: Option<&CrmRecord>, team: &Team) -> Known {
        let said = |crm: &CrmRecord| (crm.account.clone(), crm.contacts.clone(), crm.owner.clone());
        let (account, contacts, owner) = crm.map(said).unwrap_or_default();
        Known {
            team: team.clone(),
            says_account: account.is_some(),
            lists_contacts: !contacts.is_empty(),
            names_owner: owner.is_some(),
            crm: CrmRecord { account, contacts, owner, ..CrmRecord::default() },
        }
    }

    /// Adds what was known where the conversation of `file` was read. What the user and the CRM say now goes before it.
    pub fn learn(&mut self, file: &str, noted: &AsRead) {
        let Known { team, crm, .. } = self;
        for domain in &noted.our_domains {
            if !team.our_domains.contains(domain) {
                team.our_domains.push(domain.clone());
            }
        }
        for member in &noted.members {
            // Nearly all lines of a deal note the same.
            if team.members.contains(member) {
                continue;
            }
            let mine = names(member);
            if !team.members.iter().any(|other| names(other).iter().any(|name| mine.contains(name))) {
                team.members.push(member.clone());
            }
        }
        team.swap_sides |= noted.swapped;
        if !noted.overrides.is_empty() {
            let stated = team.overrides.entry(file.to_owned()).or_default();
            for (speaker, side) in &noted.overrides {
                stated.entry(speaker.clone()).or_insert(*side);
            }
        }
        if !self.says_account && crm.account.is_none() {
            crm.account.clone_from(&noted.account);
        }
        if !self.names_owner && crm.owner.is_none() {
            crm.owner.clone_from(&noted.owner);
        }
        noted.ours_elsewhere.iter().for_each(|person| team.elsewhere.add_noted(person));
        if !self.lists_contacts {
            for person in &noted.contacts {
                let contact = Contact {
                    name: person.name.clone(),
                    email: person.email.clone().unwrap_or_default(),
                    title: person.title.clone().unwrap_or_default(),
                };
                if !crm.contacts.contains(&contact) {
                    crm.contacts.push(contact);
                }
            }
        }
    }

    /// Decides as [`decide`] does, and notes in each conversation what it was read as.
    pub fn decide(mut self, conversations: &mut [Conversation]) {
        // Nothing may depend on the order in which parts came.
        self.team.members.sort();
        let domains: BTreeSet<String> = self.team.our_domains.iter().cloned().collect();
        self.team.our_domains = domains.into_iter().collect();
        let before: Vec<(Vec<Participant>, Vec<String>, bool)> = conversations
            .iter()
            .map(|c| {
                (c.participants.clone(), c.turns.iter().map(|turn| turn.speaker.clone()).collect(), c.is_automatic())
            })
            .collect();
        decide(conversations, Some(&self.crm), &self.team);
        let known = self.of_all();
        let mut stated = Stated::of(&self.team.members);
        for (conversation, (participants, speakers, was_automatic)) in conversations.iter_mut().zip(before) {
            let renamed = conversation.turns.iter().zip(speakers).enumerate();
            let labels =
                renamed.filter(|(_, (t, label))| t.speaker != *label).map(|(n, (_, label))| (n, label)).collect();
            let people = participants.iter().chain(&conversation.participants);
            let members = stated.who_can_be(people).into_iter().map(|n| self.team.members[n].clone()).collect();
            let overrides = self.team.overrides.get(&conversation.source.file).cloned().unwrap_or_default();
            let found_automatic = !was_automatic && conversation.is_automatic();
            let people = participants.iter().chain(&conversation.participants);
            let ours_elsewhere = self.team.elsewhere.who_can_be(people);
            let repeated = conversation.as_read.take().and_then(|noted| noted.repeated);
            let noted = AsRead {
                participants,
                labels,
                members,
                overrides,
                found_automatic,
                repeated,
                ours_elsewhere,
                ..known.clone()
            };
            conversation.as_read = Some(Box::new(noted));
        }
    }

    /// What is known for all conversations of the deal alike.
    fn of_all(&self) -> AsRead {
        let contact = |contact: &Contact| Participant {
            name: contact.name.clone(),
            email: Some(contact.email.clone()).filter(|email| !email.is_empty()),
            title: Some(contact.title.clone()).filter(|title| !title.is_empty()),
            side: Side::Buyer,
            ..Participant::default()
        };
        AsRead {
            // Whoever is surely ours tells by the address whose its domain is, also where nobody of that name takes part.
            our_domains: self.team.all_our_domains().into_iter().collect(),
            account: self.crm.account.clone(),
            contacts: self.crm.contacts.iter().map(contact).collect(),
            owner: self.crm.owner.clone(),
            swapped: self.team.swap_sides,
            ..AsRead::default()
        }
    }
}

/// All names and addresses of a person, in lower case.
fn names(member: &Member) -> Vec<String> {
    let all = [&member.name, &member.email].into_iter().chain(&member.also);
    all.filter(|name| !name.is_empty()).map(|name| name.to_lowercase()).collect()
}

/// Whom the user states, to be asked for by the names in a conversation. A team of hundreds would else stand in every line.
struct Stated {
    each: Vec<People>,
    /// One of ours.
    ours: Option<usize>,
    /// Who was found for a name and address before.
    found: HashMap<(String, Option<String>), Vec<usize>>,
}

impl Stated {
    fn of(members: &[Member]) -> Stated {
        let alone = |member: &Member| {
            let mut people = People::default();
            people.state(member);
            people
        };
        Stated {
            each: members.iter().map(alone).collect(),
            ours: members.iter().position(|member| member.side == Side::Seller),
            found: HashMap::new(),
        }
    }

    fn who_can_be<'p>(&mut self, people: impl Iterator<Item = &'p Participant>) -> BTreeSet<usize> {
        let mut all: BTreeSet<usize> = self.ours.into_iter().collect();
        if self.each.is_empty() {
            return all;
        }
        for person in people {
            let found = self.found.entry((person.name.clone(), person.email.clone())).or_insert_with(|| {
                let words = name_words(&person.name);
                let is = |one: &People| {
                    let by_email = person.email.as_deref().is_some_and(|email| one.of_email(email).is_some());
                    by_email || one.find(&words, false, None).is_some()
                };
                (0..self.each.len()).filter(|n| is(&self.each[*n])).collect()
            });
            all.extend(found.iter().copied());
        }
        all
    }
}

/// The sides that each turn of a conversation that was decided before was scored under.
pub fn scored_sides(conversation: &Conversation) -> Vec<Side> {
    let none = BTreeMap::new();
    let others = conversation.as_read.as_ref().map_or(&none, |noted| &noted.scored_sides);
    let turns = conversation.turns.iter().enumerate();
    turns.map(|(n, turn)| others.get(&n).copied().unwrap_or(turn.side)).collect()
}
