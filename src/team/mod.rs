//! Who is who: over all conversations of one deal, which names are one person, and on whose side that person is.
//!
//! A side is drawn from what is strongest of: the user's word, the vendor's, mail domains, the CRM's contacts, what people
//! call themselves and each other, and who else is left. Each conclusion has a confidence and its reason; where reasons
//! contradict each other the confidence falls, and where nothing tells, the side stays unknown.
//!
//! No I/O, no clock: values in, values out. What a person is called in the result is the fullest form of the name seen.
//!
//! | owns | file |
//! |---|---|
//! | what a name is, and which names are one | [`names`], `nicknames`, `given_names`, `umlauts` |
//! | who are two although their names are one | `answering` |
//! | everybody in a deal, and what speaks for either side | `people` |
//! | whose a mail domain is | [`domains`] |
//! | mail domains as the user writes them | [`stated_domains`] |
//! | whether those are there whose side the user states for a file | [`overrides`] |
//! | what people say of themselves | `introductions`, their words in `said` |
//! | what the user says: `team.toml` | [`file`](mod@file) |
//! | who is ours by what the CRM and other deals say | [`ours`] |
//! | deciding once more, over more of the deal | `again` |

use std::collections::{BTreeMap, BTreeSet};

mod again;
mod answering;
pub mod domains;
pub mod file;
mod given_names;
mod introductions;
pub mod names;
mod nicknames;
pub mod ours;
pub mod overrides;
mod people;
mod said;
pub mod stated_domains;
mod umlauts;

use answering::who_answer_each_other;
use domains::Domains;
use introductions::{Companies, introduced_by_label, introductions};
use names::{is_label, name_words, named_alike, names_behind_companies, stated_side};
use ours::Elsewhere;
use people::{People, Person};

pub use again::{Known, scored_sides, undecide};

pub use crate::conversation::Member;
use crate::{
    conversation::{Channel, Conversation, Participant, Side},
    deal::CrmRecord,
};

/// What is known of the two sides beside a deal: what the user says, and what the other deals of the export show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Team {
    /// Mail domains of our side, lower case.
    pub our_domains: Vec<String>,
    /// People whose side the user states.
    pub members: Vec<Member>,
    /// Whether buyer and seller are to be exchanged everywhere, after all else.
    pub swap_sides: bool,
    /// The zone of clocks whose zone the export does not tell, as "Europe/Berlin"; UTC where it is empty.
    pub zone: String,
    /// Sides that the user states for one file: path inside the export → speaker → side.
    pub overrides: BTreeMap<String, BTreeMap<String, Side>>,
    /// Who is ours by what all deals of the export show; nobody where one deal is judged by itself.
    pub elsewhere: Elsewhere,
}

/// A reason for a side: how sure in percent, and in words.
#[derive(Clone, Debug)]
struct Reason {
    side: Side,
    sure: u8,
    because: String,
}

/// Decides, for the conversations of one deal, who is one person and whose side everybody is on: renames speakers to the
/// fullest form of their name, completes the participants, and sets the side of every participant and turn. What a service
/// sends that nobody writes to is automatic: its words are nobody's.
pub fn decide(conversations: &mut [Conversation], crm: Option<&CrmRecord>, team: &Team) {
    let mut people = People::default();
    team.members.iter().for_each(|member| people.state(member));
    let contacts = crm.map(|c| c.contacts.as_slice()).unwrap_or_default();
    let mut listed = BTreeSet::new();
    for contact in contacts {
        let at = people.find_or_add(&contact.name, Some(&contact.email));
        listed.insert(at);
        people.all[at].reasons.push(Reason {
            side: Side::Buyer,
            sure: 97,
            because: "a contact of the deal in the CRM".into(),
        });
        if people.all[at].title.is_none() && !contact.title.is_empty() {
            people.all[at].title = Some(contact.title.clone());
        }
    }
    // Those with an address first, in order of appearance: they are what names in calls can be matched with.
    for conversation in conversations.iter() {
        for p in conversation.participants.iter().filter(|p| p.email.is_some()) {
            let at = people.find_or_add(&p.name, p.email.as_deref());
            people.learn(at, p);
        }
    }
    let owner = ours::find_owner(crm, &mut people);
    let domains = Domains::new(team, crm, &people, conversations);
    for person in &mut people.all {
        if let Some(reason) = person.email.as_deref().and_then(|e| domains.reason(&person.name, e)) {
            person.reasons.push(reason);
        }
    }
    ours::take_owner(owner, &mut people);
    for conversation in conversations.iter_mut() {
        let sender = conversation.participants.iter().find(|p| p.active);
        let is_service = sender.and_then(|p| Some((p, p.email.as_deref()?))).is_some_and(|(p, email)| {
            domains.is_service(&p.name, email) && people.stated(&p.name, Some(email)).is_none()
        });
        if let Some(mail) = conversation.mail.as_mut().filter(|_| is_service) {
            mail.automatic = true;
        }
    }
    // Then all speakers, each conversation by itself: "Speaker 1" of one call is not the one of another.
    let companies = Companies::new(crm, &domains, &people);
    let mut seats: Vec<BTreeMap<String, usize>> = Vec::with_capacity(conversations.len());
    for conversation in conversations.iter() {
        seats.push(seat(conversation, &companies, &mut people));
    }
    for (conversation, seat) in conversations.iter().zip(&seats) {
        introductions(conversation, seat, &companies, &mut people);
    }
    ours::take_known_elsewhere(&seats, &team.elsewhere, &mut people);
    eliminate(conversations, &seats, &listed, &mut people);
    guess_by_beginnings(&seats, &mut people);
    for (conversation, seat) in conversations.iter_mut().zip(&seats) {
        settle(conversation, seat, &people, team);
    }
}

/// Puts the user's word over the sides of conversations that were decided before: of people known by exactly their name or
/// address, and of speakers of single files. Nobody else's side changes, and `swap_sides` is not applied a second time.
pub fn restate(conversation: &mut Conversation, team: &Team) {
    let mut people = People::default();
    team.members.iter().for_each(|member| people.state(member));
    let stated = team.overrides.get(&conversation.source.file);
    for p in &mut conversation.participants {
        let of_file = stated.and_then(|s| s.get(&p.name));
        let Some(side) = of_file.copied().or_else(|| people.stated(&p.name, p.email.as_deref())) else { continue };
        let because = if of_file.is_some() { SAID_FOR_FILE } else { "the user says so" };
        (p.side, p.side_confidence, p.side_because) = (side, sure(side, 100), because.to_owned());
        // Of two of one name in a mail the words are whose who wrote it.
        if p.active {
            conversation.turns.iter_mut().filter(|t| t.speaker == p.name).for_each(|t| t.side = side);
        }
    }
}

/// Who each speaker and participant of a conversation is.
fn seat(conversation: &Conversation, companies: &Companies, people: &mut People) -> BTreeMap<String, usize> {
    let mut seats: BTreeMap<String, usize> = BTreeMap::new();
    let labels = || conversation.participants.iter().map(|p| p.name.as_str());
    let behind = names_behind_companies(labels(), |company| companies.is_name(company));
    let apart = named_alike(labels(), |company| companies.side(company).is_some());
    let answering = who_answer_each_other(conversation);
    // Of several of one name in a mail, the one whose words these are; and whose name stands in full before whose does not,
    // so that "Dan" is nobody who speaks beside him as "Dan Brown".
    let known = |p: &&Participant| p.email.is_some() || people.find(&name_words(&p.name), true, None).is_some();
    let (mut order, mut short): (Vec<&Participant>, Vec<&Participant>) =
        conversation.participants.iter().partition(known);
    order.sort_by_key(|p| !p.active);
    // Labels last, when it is known who speaks under a name.
    short.sort_by_key(|p| is_label(&p.name));
    order.extend(short);
    let active: BTreeSet<&str> =
        conversation.participants.iter().filter(|p| p.active).map(|p| p.name.as_str()).collect();
    let mut speaking: BTreeSet<usize> = BTreeSet::new();
    let mut introduced: Option<BTreeMap<&str, usize>> = None;
    for p in order {
        if seats.contains_key(&p.name) {
            continue;
        }
        let at = if p.email.is_some() {
            people.find_or_add(&p.name, p.email.as_deref())
        } else if is_label(&p.name) {
            // A label is a person of this conversation only; a self-introduction may say who.
            let introduced =
                introduced.get_or_insert_with(|| introduced_by_label(conversation, &speaking, companies, people));
            introduced.get(p.name.as_str()).copied().unwrap_or_else(|| people.add_unnamed(&p.name))
        } else if apart.contains(p.name.as_str()) {
            people.add_unnamed(&p.name)
        } else {
            let name = behind.get(p.name.as_str()).copied().unwrap_or(&p.name);
            let words = name_words(name);
            let answered = |at: &usize| {
                answering.get(p.name.as_str()).into_iter().flatten().any(|other| seats.get(*other) == Some(at))
            };
            match people.meant_by(name) {
                // By this name, in case another conversation has it too.
                Some(at) if answered(&at) && !people.all[at].is_stated() => people.add(name, None),
                // Whom the user knows by several names may stand under two of them.
                Some(at) if words.len() == 1 && p.active && speaking.contains(&at) && !people.all[at].is_stated() => {
                    people.add_unnamed(name)
                }
                Some(at) => {
                    people.rename(at, name);
                    at
                }
                None => {
                    let namesakes = people.side_of_namesakes(&words);
                    let at = people.add(name, None);
                    people.all[at].reasons.extend(namesakes);
                    at
                }
            }
        };
        if p.email.is_none() {
            people.learn(at, p);
        }
        if let Some(side) = stated_side(&p.name) {
            people.all[at].reasons.push(Reason {
                side,
                sure: 85,
                because: format!("labelled {:?} in the export", p.name),
            });
        }
        if active.contains(p.name.as_str()) {
            speaking.insert(at);
        }
        seats.insert(p.name.clone(), at);
    }
    seats
}

/// Draws on who is left: in a call, or a chat of two, where all others are known to be of one side; in a call, where the CRM lists
/// the buyer's people, or the user or the CRM names ours, and this one is not among them. A CRM seldom lists everybody who comes
/// to a call: a list of one, or one that lacks somebody who is known to be the buyer's, says nothing of a stranger beside somebody
/// of ours. Such a stranger is taken for the buyer's where somebody of theirs takes part in the deal, whether or not the CRM lists
/// any. `listed`: the contacts.
fn eliminate(
    conversations: &[Conversation],
    seats: &[BTreeMap<String, usize>],
    listed: &BTreeSet<usize>,
    people: &mut People,
) {
    let (verdicts, how_sure): (Vec<Side>, Vec<u8>) =
        people.all.iter().map(|p| p.verdict()).map(|(side, sure, _)| (side, sure)).unzip();
    let lacks_somebody = (0..verdicts.len()).any(|at| verdicts[at] == Side::Buyer && !listed.contains(&at));
    let is_whole = listed.len() >= 2 && !lacks_somebody;
    let ours = || people.all.iter().filter(|p| p.verdict().0 == Side::Seller);
    let ours_are_listed = ours().any(Person::is_stated);
    let buyers_take_part = seats.iter().flat_map(BTreeMap::values).any(|at| verdicts[*at] == Side::Buyer);
    // What is known beside the stranger's own call: one contact who takes part in nothing is no reason.
    let sides_are_known = ours_are_listed || ours().any(|p| p.is_owner) || listed.len() >= 2 || buyers_take_part;
    let mut found: Vec<(usize, Reason)> = Vec::new();
    for (conversation, seat) in conversations.iter().zip(seats) {
        let speaking: BTreeSet<usize> =
            conversation.participants.iter().filter(|p| p.active).filter_map(|p| seat.get(&p.name)).copied().collect();
        let is_call = conversation.channel == Channel::Call;
        if !is_call && (conversation.channel != Channel::Chat || speaking.len() != 2) {
            continue;
        }
        let of = |side: Side| speaking.iter().filter(|at| verdicts[**at] == side).count();
        let (buyers, sellers) = (of(Side::Buyer), of(Side::Seller));
        let open = |at: &usize| verdicts[*at] == Side::Unknown && people.all[*at].reasons.is_empty();
        // Nobody is surer than those whom it rests on.
        let all_of = |side: Side, at: usize| {
            let rest = speaking.iter().filter(|other| **other != at);
            rest.filter(|other| verdicts[**other] == side).map(|other| how_sure[*other]).fold(75, u8::min)
        };
        // Who is left may say more surely what other deals say, and nothing against it.
        let elsewhere = |at: &usize| people.all[*at].is_known_elsewhere;
        for at in speaking.iter().copied().filter(|at| open(at) || elsewhere(at)) {
            let named = !is_label(&people.all[at].name);
            let (side, sure, because) = if buyers > 0 && buyers + 1 == speaking.len() {
                (Side::Seller, all_of(Side::Buyer, at), "everybody else who speaks is the buyer's")
            } else if elsewhere(&at) {
                continue;
            } else if sellers > 0 && sellers + 1 == speaking.len() {
                (Side::Buyer, all_of(Side::Seller, at), "everybody else who speaks is ours")
            } else if !named || !is_call {
                continue;
            } else if listed.is_empty() && ours_are_listed && sellers > 0 {
                (Side::Buyer, 55, "somebody of ours is in the call, and this is nobody whom the user lists as ours")
            } else if sides_are_known && sellers > 0 && (buyers == 0 || !is_whole) {
                (Side::Buyer, 55, "somebody of ours is in the call, and this is nobody known to be ours")
            } else if listed.len() >= 2 || (!listed.is_empty() && buyers > 0) {
                (Side::Seller, 60, "not among the contacts that the CRM lists for the buyer")
            } else {
                continue;
            };
            found.push((
                at,
                match people.namesake(at, side.other(), &speaking) {
                    // "Anna", where Anna Klein is ours and Anna Weber the buyer's.
                    Some(other) => {
                        let because = format!("{because}, but it may be {}, who is not of that side", other.name);
                        Reason { side: Side::Unknown, sure: 0, because }
                    }
                    None => Reason { side, sure, because: because.into() },
                },
            ));
        }
    }
    for (at, reason) in found {
        people.all[at].reasons.push(reason);
    }
}

/// Takes whoever nothing else is known of for one of the side of those whose names begin alike; nobody is taken for one of them.
fn guess_by_beginnings(seats: &[BTreeMap<String, usize>], people: &mut People) {
    for seat in seats {
        let present: BTreeSet<usize> = seat.values().copied().collect();
        for at in &present {
            if people.all[*at].reasons.is_empty() && !people.all[*at].is_stated() {
                let guess = people.side_of_alike(&people.all[*at].words, &present);
                people.all[*at].reasons.extend(guess);
            }
        }
    }
}

/// What a side rests on that `overrides` state.
const SAID_FOR_FILE: &str = "the user says so for this file";

/// Nothing is sure of a side that is unknown.
fn sure(side: Side, percent: u8) -> u8 {
    if side == Side::Unknown { 0 } else { percent }
}

/// Writes the conclusions into a conversation.
fn settle(conversation: &mut Conversation, seats: &BTreeMap<String, usize>, people: &People, team: &Team) {
    let stated = team.overrides.get(&conversation.source.file);
    let said_here: BTreeMap<String, Participant> =
        conversation.participants.iter().map(|p| (p.name.clone(), p.clone())).collect();
    let decided = |name: &String, at: usize| {
        let person = &people.all[at];
        let (mut side, mut sureness, mut because) = person.verdict();
        if let Some(by_user) = stated.and_then(|s| s.get(name).or_else(|| s.get(&person.name))) {
            return (person.name.clone(), *by_user, 100, SAID_FOR_FILE.to_owned());
        }
        // Where exports contradict each other, each is believed for its own conversation, and by half.
        let open = side == Side::Unknown && !person.is_stated();
        if let Some(p) = said_here.get(name).filter(|p| open && p.side != Side::Unknown) {
            (side, sureness, because) = (p.side, p.side_confidence / 2, because);
        }
        if team.swap_sides {
            side = side.other();
        }
        (person.name.clone(), side, sureness, because)
    };
    let verdicts: BTreeMap<&String, (String, Side, u8, String)> =
        seats.iter().map(|(name, at)| (name, decided(name, *at))).collect();
    for turn in &mut conversation.turns {
        if let Some((name, side, ..)) = verdicts.get(&turn.speaker) {
            turn.speaker.clone_from(name);
            turn.side = *side;
        }
    }
    let mut merged: Vec<Participant> = Vec::with_capacity(conversation.participants.len());
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for p in std::mem::take(&mut conversation.participants) {
        // Two of one name, by their addresses: "Chris" of ours writes to "Chris" of theirs.
        let Some(seat) = seats.get(&p.name).copied() else { continue };
        let at = p.email.as_deref().and_then(|e| people.of_email(e)).unwrap_or(seat);
        let (name, side, sureness, because) = if at == seat { verdicts[&p.name].clone() } else { decided(&p.name, at) };
        let person = &people.all[at];
        let settled = Participant {
            name,
            email: p.email.or_else(|| person.email.clone()),
            title: p.title.or_else(|| person.title.clone()),
            side,
            side_confidence: sure(side, sureness),
            side_because: because,
            active: p.active && at == seat,
        };
        let place = *places.entry(at).or_insert(merged.len());
        match merged.get_mut(place) {
            Some(held) => held.active |= settled.active,
            None => merged.push(settled),
        }
    }
    conversation.participants = merged;
}

#[cfg(test)]
mod tests;
