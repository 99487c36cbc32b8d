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
//! | what a name is, and which names are one | [`names`] |
//! | everybody in a deal, and what speaks for either side | `people` |
//! | whose a mail domain is | [`domains`] |
//! | what people say of themselves | `introductions` |
//! | what the user says: `team.toml` | [`file`](mod@file) |

use std::collections::{BTreeMap, BTreeSet};

pub mod domains;
pub mod file;
mod introductions;
pub mod names;
mod people;

use domains::Domains;
use introductions::{Companies, introduced_name, introductions, openings};
use names::{is_label, name_words, named_alike, names_behind_companies, stated_side};
use people::People;

use crate::{
    conversation::{Channel, Conversation, Participant, Side},
    deal::CrmRecord,
};

/// What the user says of the two sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Team {
    /// Mail domains of our side, lower case.
    pub our_domains: Vec<String>,
    /// People whose side the user states.
    pub members: Vec<Member>,
    /// Whether buyer and seller are to be exchanged everywhere, after all else.
    pub swap_sides: bool,
    /// Sides that the user states for one file: path inside the export → speaker → side.
    pub overrides: BTreeMap<String, BTreeMap<String, Side>>,
}

/// A person whose side the user states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Member {
    /// Full name; may be empty where `email` is not.
    pub name: String,
    /// Address; may be empty where `name` is not.
    pub email: String,
    /// Further names and addresses of the same person.
    pub also: Vec<String>,
    /// Whose side.
    pub side: Side,
}

/// A reason for a side: how sure in percent, and in words.
#[derive(Clone, Debug)]
struct Reason {
    side: Side,
    sure: u8,
    because: String,
}

/// Decides, for the conversations of one deal, who is one person and whose side everybody is on: renames speakers to the
/// fullest form of their name, completes the participants, and sets the side of every participant and turn.
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
    let domains = Domains::new(team, crm, &people);
    for person in &mut people.all {
        if let Some(reason) = person.email.as_deref().and_then(|e| domains.reason(e)) {
            person.reasons.push(reason);
        }
    }
    // Then all speakers, each conversation by itself: "Speaker 1" of one call is not the one of another.
    let companies = Companies::new(crm, &domains);
    let mut seats: Vec<BTreeMap<String, usize>> = Vec::with_capacity(conversations.len());
    for conversation in conversations.iter() {
        seats.push(seat(conversation, &companies, &mut people));
    }
    for (conversation, seat) in conversations.iter().zip(&seats) {
        introductions(conversation, seat, &companies, &mut people);
    }
    eliminate(conversations, &seats, &listed, &mut people);
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
    // Of several of one name in a mail, the one whose words these are; and whose name stands in full before whose does not,
    // so that "Dan" is nobody who speaks beside him as "Dan Brown".
    let known = |p: &&Participant| p.email.is_some() || people.find(&name_words(&p.name), true, None).is_some();
    let (mut order, short): (Vec<&Participant>, Vec<&Participant>) = conversation.participants.iter().partition(known);
    order.sort_by_key(|p| !p.active);
    order.extend(short);
    let openings = openings(conversation);
    let active: BTreeSet<&str> =
        conversation.participants.iter().filter(|p| p.active).map(|p| p.name.as_str()).collect();
    let mut speaking: BTreeSet<usize> = BTreeSet::new();
    for p in order {
        if seats.contains_key(&p.name) {
            continue;
        }
        let at = if p.email.is_some() {
            people.find_or_add(&p.name, p.email.as_deref())
        } else if is_label(&p.name) {
            // A label is a person of this conversation only; a self-introduction may say who. Whoever names somebody who has
            // words of their own greets them.
            let introduced = openings.get(p.name.as_str()).and_then(|turns| introduced_name(turns));
            match introduced.and_then(|name| people.find(&name_words(&name), false, None)) {
                Some(at) if !speaking.contains(&at) => at,
                _ => people.add_unnamed(&p.name),
            }
        } else if apart.contains(p.name.as_str()) {
            people.add_unnamed(&p.name)
        } else {
            let name = behind.get(p.name.as_str()).copied().unwrap_or(&p.name);
            let words = name_words(name);
            match people.find(&words, false, None) {
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

/// Draws on who is left: in a call where all others are known to be of one side, or where the CRM lists the buyer's people
/// and this one is not among them. A CRM seldom lists everybody who comes to a call: a list of one, or one that lacks
/// somebody who is known to be the buyer's, says nothing of a stranger beside somebody of ours. `listed`: the contacts.
fn eliminate(
    conversations: &[Conversation],
    seats: &[BTreeMap<String, usize>],
    listed: &BTreeSet<usize>,
    people: &mut People,
) {
    let verdicts: Vec<Side> = people.all.iter().map(|p| p.verdict().0).collect();
    let lacks_somebody = (0..verdicts.len()).any(|at| verdicts[at] == Side::Buyer && !listed.contains(&at));
    let is_whole = listed.len() >= 2 && !lacks_somebody;
    let mut found: Vec<(usize, Reason)> = Vec::new();
    for (conversation, seat) in conversations.iter().zip(seats) {
        if conversation.channel != Channel::Call {
            continue;
        }
        let speaking: BTreeSet<usize> =
            conversation.participants.iter().filter(|p| p.active).filter_map(|p| seat.get(&p.name)).copied().collect();
        let of = |side: Side| speaking.iter().filter(|at| verdicts[**at] == side).count();
        let (buyers, sellers) = (of(Side::Buyer), of(Side::Seller));
        let open = |at: &usize| verdicts[*at] == Side::Unknown && people.all[*at].reasons.is_empty();
        for at in speaking.iter().copied().filter(open) {
            let named = !is_label(&people.all[at].name);
            let (side, sure, because) = if buyers > 0 && buyers + 1 == speaking.len() {
                (Side::Seller, 75, "everybody else in the call is the buyer's")
            } else if sellers > 0 && sellers + 1 == speaking.len() {
                (Side::Buyer, 75, "everybody else in the call is ours")
            } else if named && !listed.is_empty() && sellers > 0 && (buyers == 0 || !is_whole) {
                (Side::Buyer, 55, "somebody of ours is in the call, and this is nobody known to be ours")
            } else if named && !listed.is_empty() {
                (Side::Seller, 60, "not among the contacts that the CRM lists for the buyer")
            } else {
                continue;
            };
            found.push((at, Reason { side, sure, because: because.into() }));
        }
    }
    for (at, reason) in found {
        people.all[at].reasons.push(reason);
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
mod tests {
    use super::*;
    use crate::{
        conversation::{ConversationId, DealId, Source, Turn},
        deal::Contact,
    };

    /// A conversation of lines "Name: words"; with `mail`, its participants are "Name <address>" with commas.
    fn said(file: &str, people: &str, lines: &str) -> Conversation {
        let turns: Vec<Turn> = lines
            .lines()
            .filter_map(|l| l.split_once(": "))
            .map(|(speaker, text)| Turn { speaker: speaker.into(), text: text.into(), ..Turn::default() })
            .collect();
        let mut participants: Vec<Participant> = people
            .split(',')
            .filter_map(|p| p.trim().strip_suffix('>')?.split_once(" <"))
            .map(|(name, email)| Participant { name: name.into(), email: Some(email.into()), ..Participant::default() })
            .collect();
        for turn in &turns {
            match participants.iter_mut().find(|p| p.name == turn.speaker) {
                Some(p) => p.active = true,
                None => participants.push(Participant {
                    name: turn.speaker.clone(),
                    active: true,
                    ..Participant::default()
                }),
            }
        }
        Conversation {
            id: ConversationId(file.into()),
            deal: DealId("d".into()),
            channel: if people.is_empty() { Channel::Call } else { Channel::Email },
            started_at: None,
            title: String::new(),
            participants,
            turns,
            mail: None,
            recording: None,
            source: Source { file: file.into(), ..Source::default() },
            revision: 0,
        }
    }

    fn team() -> Team {
        Team { our_domains: vec!["lettwing.example".into()], ..Team::default() }
    }

    fn crm() -> CrmRecord {
        let contact = |name: &str, email: &str| Contact { name: name.into(), email: email.into(), title: "CFO".into() };
        CrmRecord {
            account: Some("Harcastle & Moor".into()),
            contacts: vec![
                contact("Tom Nguyen-Hall", "tom@harcastlemoor.example"),
                contact("Ann Lee", "ann@harcastlemoor.example"),
            ],
            ..CrmRecord::default()
        }
    }

    /// The speakers of all turns as "Name side".
    fn decided(mut conversations: Vec<Conversation>, crm: Option<&CrmRecord>, team: &Team) -> Vec<String> {
        decide(&mut conversations, crm, team);
        conversations.iter().flat_map(|c| &c.turns).map(|t| format!("{} {}", t.speaker, t.side.name())).collect()
    }

    #[test]
    fn one_person_under_several_names_is_one() {
        for short in [
            "Tom",
            "Tom N.",
            "T. Nguyen-Hall",
            "Tom Hall",
            "Tom Nguyen-Hall (he/him)",
            "Nguyen-Hall, Tom",
            "Tom Nguyen-Hall | Harcastle",
            "Thomas Nguyen-Hall",
        ] {
            let call = said("1", "", &format!("{short}: hello"));
            let expected =
                if short.starts_with("Thomas") { "Thomas Nguyen-Hall seller" } else { "Tom Nguyen-Hall buyer" };
            assert_eq!(decided(vec![call], Some(&crm()), &team()), [expected], "{short}");
        }
        // Two Anns: "Ann" may be either, and then is neither.
        let mut two = crm();
        two.contacts.push(Contact {
            name: "Ann Ray".into(),
            email: "ray@harcastlemoor.example".into(),
            title: String::new(),
        });
        assert_eq!(decided(vec![said("1", "", "Ann: hi")], Some(&two), &team()), ["Ann buyer"]);
    }

    #[test]
    fn two_who_speak_in_one_call_are_two_however_alike_their_names_are() {
        let ours =
            || said("m", "Paul Stone <paul@lettwing.example>, Dan Brown <dan@lettwing.example>", "Paul Stone: hi");
        for (lines, expected) in [
            ("Paul Stone: hi\nPaula: hello", ["Paul Stone seller", "Paula buyer"]),
            ("Dan: hello\nDan Brown: hi", ["Dan buyer", "Dan Brown seller"]),
            ("Chris (Harcastle): hi\nChris (Lettwing): hello", ["Chris (Harcastle) buyer", "Chris (Lettwing) seller"]),
            ("Chris: hi\nChris (Lettwing): hello", ["Chris buyer", "Chris (Lettwing) seller"]),
            // One person, whatever a program hangs on.
            ("Paul Stone (he/him): hi\nPaul Stone (Guest): hello", ["Paul Stone seller", "Paul Stone seller"]),
            ("Paul S.: hi\nPaul Stone: hello", ["Paul Stone seller", "Paul Stone seller"]),
        ] {
            assert_eq!(decided(vec![ours(), said("c", "", lines)], Some(&crm()), &team())[1..], expected, "{lines}");
        }
        // Two of one name write to each other, and each mail is of whoever sent it.
        let (to, fro) = ("Chris <chris@lettwing.example>, Chris <chris@harcastlemoor.example>", "Chris: hi");
        let mut mails = vec![said("1", to, fro), said("2", to, fro)];
        mails[0].participants[0].active = true;
        mails[0].participants[1].active = false;
        mails[1].participants[0].active = false;
        mails[1].participants[1].active = true;
        decide(&mut mails, None, &team());
        let sides: Vec<Side> = mails.iter().map(|m| m.turns[0].side).collect();
        assert_eq!(sides, [Side::Seller, Side::Buyer]);
        let people = |m: &Conversation| m.participants.iter().map(|p| (p.side, p.active)).collect::<Vec<_>>();
        assert_eq!(people(&mails[0]), [(Side::Seller, true), (Side::Buyer, false)]);
        assert_eq!(people(&mails[1]), [(Side::Seller, false), (Side::Buyer, true)]);
    }

    #[test]
    fn a_stranger_beside_somebody_of_ours_is_the_buyers_though_the_crm_lists_others() {
        let mail =
            said("m", "Declan Purvis <declan@lettwing.example>, Ann Lee <ann@harcastlemoor.example>", "Ann Lee: hi");
        for (lines, expected) in [
            ("Declan: hi\nZoe: hello", &["Declan Purvis seller", "Zoe buyer"][..]),
            // A list of several that lacks nobody who is known: whoever is not in it comes with us.
            ("Declan: hi\nAnn Lee: hi\nZoe: hello", &["Declan Purvis seller", "Ann Lee buyer", "Zoe seller"]),
            // Nobody of ours is known to be there: somebody has to be.
            ("Ann Lee: hi\nTom: hi\nZoe: hello", &["Ann Lee buyer", "Tom Nguyen-Hall buyer", "Zoe seller"]),
            ("Declan: hi\nSister Ann Lee: hello", &["Declan Purvis seller", "Ann Lee buyer"]),
        ] {
            let found = decided(vec![mail.clone(), said("c", "", lines)], Some(&crm()), &team());
            assert_eq!(found[1..], *expected, "{lines}");
        }
        // One of neither company is nobody else's proof.
        let partner = said("p", "Kim <kim@partner.example>, Ann Lee <ann@harcastlemoor.example>", "Kim: hi");
        let mut uncontacted = crm();
        uncontacted.contacts.truncate(1);
        let found = decided(
            vec![partner, said("c", "", "Ann Lee: hi\nKim: hi\nSpeaker 3: hello")],
            Some(&uncontacted),
            &team(),
        );
        assert_eq!(found[1..], ["Ann Lee buyer", "Kim unknown", "Speaker 3 unknown"]);
        let call = || said("c", "", "Declan: hi\nAnn Lee: hi\nZoe: hello");
        let zoe = |mails: Vec<Conversation>, crm: &CrmRecord| {
            decided([mails, vec![call()]].concat(), Some(crm), &team()).pop()
        };
        let mut short = crm();
        short.contacts.remove(0);
        assert_eq!(zoe(vec![mail.clone()], &short).as_deref(), Some("Zoe buyer"), "a list of one");
        let other = said("m2", "Kim Ode <kim@harcastlemoor.example>", "Kim Ode: hello");
        assert_eq!(zoe(vec![mail, other], &crm()).as_deref(), Some("Zoe buyer"), "a list that lacks Kim");
    }

    #[test]
    fn exports_that_contradict_each_other_are_each_believed_for_their_own_call() {
        let call = |file: &str, side: Side| {
            let mut call = said(file, "", "Alex: hi\nZoe: hello");
            (call.participants[0].side, call.participants[0].side_confidence) = (side, 100);
            call
        };
        let mut calls = vec![call("1", Side::Buyer), call("2", Side::Buyer), call("3", Side::Seller)];
        decide(&mut calls, None, &Team::default());
        let alex: Vec<(Side, u8)> =
            calls.iter().map(|c| (c.turns[0].side, c.participants[0].side_confidence)).collect();
        assert_eq!(alex, [(Side::Buyer, 50), (Side::Buyer, 50), (Side::Seller, 50)]);
        // And as sure as it says, where it says.
        let mut unsure = vec![call("4", Side::Buyer)];
        unsure[0].participants[0].side_confidence = 30;
        decide(&mut unsure, None, &Team::default());
        assert_eq!(unsure[0].participants[0].side_confidence, 30);
    }

    #[test]
    fn domains_contacts_words_and_who_is_left_tell_the_side() {
        let mail = || {
            said(
                "m",
                "Declan Purvis <declan@lettwing.example>, Ann Lee <ann@harcastlemoor.example>",
                "Declan Purvis: hello",
            )
        };
        for (name, lines, crm, expected) in [
            ("mails and calls", "Declan: hi\nAnn Lee: hi", None, &["Declan Purvis seller", "Ann Lee buyer"][..]),
            (
                "a stranger among the customer's",
                "Ann Lee: hi\nRavi Sen: hello",
                Some(crm()),
                &["Ann Lee buyer", "Ravi Sen seller"],
            ),
            (
                "a machine's label that says who it is",
                "Speaker 1: Hi, this is Declan from Lettwing.\nSpeaker 2: Hello.",
                None,
                &["Declan Purvis seller", "Speaker 2 buyer"],
            ),
            (
                "another machine's label that says who somebody else is",
                "Speaker 1: Hi, this is Declan from Lettwing.\nSpeaker 2: Oh, it's Declan from Lettwing, hello!",
                None,
                &["Declan Purvis seller", "Speaker 2 buyer"],
            ),
            (
                "one who introduces others",
                "Declan: Everybody, this is Ann from Harcastle.\nZoe: It's Declan from Lettwing, isn't it?",
                None,
                &["Declan Purvis seller", "Zoe buyer"],
            ),
            ("a user's name", "zray: Hi, I'm Zoe Ray, from Lettwing.", None, &["zray seller"]),
            ("a role", "Agent: hi\nCustomer: hello", None, &["Agent seller", "Customer buyer"]),
            (
                "a company in the name",
                "Zoe (Lettwing): hi\nYan (Harcastle): ho",
                Some(crm()),
                &["Zoe seller", "Yan buyer"],
            ),
            ("nothing", "Zoe: hi\nYan: ho", None, &["Zoe unknown", "Yan unknown"]),
        ] {
            let found = decided(vec![mail(), said("c", "", lines)], crm.as_ref(), &team());
            assert_eq!(found[1..], *expected, "{name}");
        }
    }

    #[test]
    fn contradictions_lower_the_confidence_and_the_user_has_the_last_word() {
        // Our domain, but a contact of the customer's in the CRM.
        let mut crm = crm();
        crm.contacts[1].email = "ann@lettwing.example".into();
        let mut both = vec![said("m", "Ann Lee <ann@lettwing.example>", "Ann Lee: hi")];
        decide(&mut both, Some(&crm), &team());
        let ann = &both[0].participants[0];
        assert!(ann.side_confidence < 60 && ann.side_because.contains("although"), "{ann:?}");

        let swapped = Team { swap_sides: true, ..team() };
        assert_eq!(
            decided(vec![said("m", "Ann Lee <ann@lettwing.example>", "Ann Lee: hi")], None, &swapped),
            ["Ann Lee buyer"]
        );
        let stated = Team { overrides: [("m".into(), [("Ann Lee".into(), Side::Buyer)].into())].into(), ..team() };
        assert_eq!(
            decided(vec![said("m", "Ann Lee <ann@lettwing.example>", "Ann Lee: hi")], None, &stated),
            ["Ann Lee buyer"]
        );
        let member = Team {
            members: vec![Member { name: "Zoe Ray".into(), side: Side::Seller, ..Member::default() }],
            ..team()
        };
        assert_eq!(decided(vec![said("c", "", "Zoe: hi")], None, &member), ["Zoe Ray seller"]);
    }

    #[test]
    fn a_person_is_known_by_every_name_and_address_that_the_user_lists() {
        let team = Team {
            members: vec![Member {
                name: "Dana Whitfield".into(),
                email: "dana@lettwing.example".into(),
                also: vec!["Dee".into(), "dwhitfield".into(), "dana.private@gmail.com".into()],
                side: Side::Seller,
            }],
            ..Team::default()
        };
        for name in ["Dana Whitfield", "Dana W.", "Dee", "dwhitfield", "Dana (she/her)", "Whitfield, Dana"] {
            assert_eq!(decided(vec![said("c", "", &format!("{name}: hi"))], None, &team), ["Dana Whitfield seller"]);
        }
        let private = said("m", "D <dana.private@gmail.com>, Tom Bo <tom@acme.example>", "D: hello");
        assert_eq!(decided(vec![private], None, &team), ["Dana Whitfield seller"]);
        // By an address alone: the name is what mails say.
        let unnamed = Member { email: "dana@lettwing.example".into(), side: Side::Seller, ..Member::default() };
        let unnamed = Team { members: vec![unnamed], ..Team::default() };
        let mails = ["Dana", "Dana Whitfield"]
            .map(|name| said("m", &format!("{name} <dana@lettwing.example>"), &format!("{name}: hello")));
        assert_eq!(decided(mails.to_vec(), None, &unnamed), ["Dana Whitfield seller"; 2]);
        // What the user states stands above the vendor's word, and unknown is an answer.
        let mut called = said("c", "", "Dee: hi\nBot: recorded");
        for p in &mut called.participants {
            (p.side, p.side_confidence) = (Side::Buyer, 100);
        }
        let bot = Member { name: "Bot".into(), side: Side::Unknown, ..Member::default() };
        let team = Team { members: [team.members, vec![bot]].concat(), ..Team::default() };
        assert_eq!(decided(vec![called], None, &team), ["Dana Whitfield seller", "Bot unknown"]);
    }

    #[test]
    fn sides_that_were_decided_can_be_stated_anew_without_touching_others() {
        let mut decided = vec![said("c", "", "Ann Lee: hi\nZoe Ray: ho\nSpeaker 3: yes")];
        decide(&mut decided, Some(&crm()), &Team { swap_sides: true, ..team() });
        let stated = Team {
            members: vec![Member { name: "Zoe Ray".into(), side: Side::Buyer, ..Member::default() }],
            overrides: [("c".into(), [("Speaker 3".into(), Side::Seller)].into())].into(),
            swap_sides: true,
            ..Team::default()
        };
        let before = decided[0].turns[0].side;
        restate(&mut decided[0], &stated);
        let sides: Vec<Side> = decided[0].turns.iter().map(|t| t.side).collect();
        assert_eq!(sides, [before, Side::Buyer, Side::Seller]);
        // Of two of one name the words are whose who wrote them.
        let mut mail = said("m", "Chris <chris@lettwing.example>, Chris <chris@harcastlemoor.example>", "Chris: hi");
        (mail.participants[0].active, mail.participants[1].active, mail.turns[0].side) = (false, true, Side::Buyer);
        let ours = Member { email: "chris@lettwing.example".into(), side: Side::Seller, ..Member::default() };
        restate(&mut mail, &Team { members: vec![ours], ..Team::default() });
        assert_eq!((mail.participants[0].side, mail.turns[0].side), (Side::Seller, Side::Buyer));
    }
}
