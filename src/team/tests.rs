//! Who is recognised as one person, and whose side they are on.

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
            None => {
                participants.push(Participant { name: turn.speaker.clone(), active: true, ..Participant::default() })
            }
        }
    }
    Conversation {
        id: ConversationId(file.into()),
        deal: DealId("d".into()),
        channel: if people.is_empty() { Channel::Call } else { Channel::Email },
        started_at: None,
        local_time: false,
        title: String::new(),
        participants,
        turns,
        mail: None,
        recording: None,
        source: Source { file: file.into(), ..Source::default() },
        revision: 0,
        as_read: None,
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
        "Tim Nguyen-Hall",
    ] {
        let call = said("1", "", &format!("{short}: hello"));
        let expected = if short.starts_with("Tim") { "Tim Nguyen-Hall seller" } else { "Tom Nguyen-Hall buyer" };
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
fn a_name_that_merely_begins_as_anothers_is_nobody_elses() {
    let ours = "Janet Brown <janet@lettwing.example>, Konstantin Moe <moe@lettwing.example>";
    let call = |lines: &str| vec![said("m", ours, "Janet Brown: hi"), said("c", "", lines)];
    for (lines, expected) in [
        ("Ann Lee: hi\nRavi: ho\nJane: hello", ("Jane", Side::Seller, 60)),
        // Who is left tells more.
        ("Konstantin Moe: hi\nJane: hello", ("Jane", Side::Buyer, 75)),
        // Whoever is there as well is not meant.
        ("Janet Brown: hi\nRavi: ho\nYan: ho\nJane: hello", ("Jane", Side::Unknown, 0)),
        ("Ann Lee: hi\nRavi: ho\nKonst: hello", ("Konst", Side::Seller, 60)),
        ("Ann Lee: hi\nRavi: ho\nSpeaker 3: This is Jane.", ("Speaker 3", Side::Unknown, 0)),
    ] {
        let mut conversations = call(lines);
        decide(&mut conversations, None, &team());
        let last = conversations[1].participants.last().unwrap();
        assert_eq!((last.name.as_str(), last.side, last.side_confidence), expected, "{lines}");
    }
}

#[test]
fn two_who_speak_in_one_call_are_two_however_alike_their_names_are() {
    let ours = || said("m", "Paul Stone <paul@lettwing.example>, Dan Brown <dan@lettwing.example>", "Paul Stone: hi");
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
fn who_answer_each_other_are_two_though_one_label_is_a_form_of_the_other() {
    for (lines, expected) in [
        ("Anna: a\nAnna Weber: b\nAnna: c", &["Anna", "Anna Weber", "Anna"][..]),
        ("Anna: a\nAnna W.: b\nAnna: c", &["Anna", "Anna W.", "Anna"]),
        ("Anna W.: a\nAnna Weber: b\nAnna W.: c", &["Anna W.", "Anna Weber", "Anna W."]),
        (
            "Robert: a\nTom: b\nRobert: c\nRobert Kihm: d\nTom: e\nRobert: f",
            &["Robert", "Tom", "Robert", "Robert Kihm", "Tom", "Robert"],
        ),
        // Renamed in mid-call, and somebody's second device.
        ("Anna: a\nTom: b\nTom Hall: c\nAnna: d\nTom Hall: e", &["Anna", "Tom Hall", "Tom Hall", "Anna", "Tom Hall"]),
        (
            "Anna Weber: a\nAnna Weber Mobile: b\nAnna Weber: c",
            &["Anna Weber Mobile", "Anna Weber Mobile", "Anna Weber Mobile"],
        ),
        // Somebody who is never beside the other, and somebody who came back under the whole name.
        ("Anna: a\nTom: b\nAnna Weber: c", &["Anna Weber", "Tom", "Anna Weber"]),
        ("Anna W.: a\nAnna Weber: b", &["Anna W.", "Anna W."]),
        ("Anna (Guest): a\nAnna: b\nAnna (Guest): c", &["Anna", "Anna", "Anna"]),
    ] {
        let mut call = vec![said("c", "", lines)];
        decide(&mut call, None, &team());
        let speakers: Vec<&str> = call[0].turns.iter().map(|t| t.speaker.as_str()).collect();
        assert_eq!(speakers, expected, "{lines}");
    }
    // Over several files a short label is a form of the long one, unless somebody is called exactly so.
    let calls = |files: &[&str]| files.iter().map(|lines| said(lines, "", lines)).collect::<Vec<_>>();
    let both = "Anna: a\nAnna Weber: b\nAnna: c";
    for (files, expected) in [
        (&["Anna: a", "Anna Weber: b"][..], &["Anna Weber unknown", "Anna Weber unknown"][..]),
        (&[both, "Anna: d"], &["Anna unknown"; 2]),
        (&["Anna: a", both], &["Anna Weber unknown", "Anna unknown"]),
    ] {
        let found = decided(calls(files), None, &team());
        assert_eq!(found[found.len() - 2..], *expected, "{files:?}");
    }
    // Whom the user lists under both names is one.
    let anna = Member { name: "Anna Weber".into(), also: vec!["Anna".into()], side: Side::Seller, ..Member::default() };
    let listed = Team { members: vec![anna], ..team() };
    assert_eq!(decided(calls(&[both]), None, &listed), ["Anna Weber seller"; 3]);
}

#[test]
fn a_name_that_can_mean_people_of_both_sides_has_none() {
    let mail = said("m", "Anna Klein <anna@lettwing.example>, Anna Weber <weber@acme.example>", "Anna Klein: hi");
    let tom = said("n", "Tom Bo <tom@lettwing.example>, Anna Weber <weber@acme.example>", "Tom Bo: hi");
    for (lines, expected) in [
        ("Tom Bo: hi\nAnna: hello", ["Tom Bo seller", "Anna unknown"]),
        // Whoever of the two speaks as well is not meant.
        ("Anna Klein: hi\nAnna: hello", ["Anna Klein seller", "Anna buyer"]),
    ] {
        let mut conversations = vec![mail.clone(), tom.clone(), said("c", "", lines)];
        decide(&mut conversations, None, &team());
        let found: Vec<String> =
            conversations[2].turns.iter().map(|t| format!("{} {}", t.speaker, t.side.name())).collect();
        assert_eq!(found, expected, "{lines}");
        let anna = conversations[2].participants.iter().find(|p| p.name == "Anna").unwrap();
        assert!(anna.side != Side::Unknown || anna.side_because.contains("Anna Klein"), "{anna:?}");
    }
}

#[test]
fn umlauts_are_written_in_two_ways_in_addresses_and_names() {
    for (listed, label, is_one) in [
        ("zoe.mueller@lettwing.example <zoe.mueller@lettwing.example>", "Zoë Müller", true),
        ("zoe.muller@lettwing.example <zoe.muller@lettwing.example>", "Zoë Müller", true),
        ("jgross@lettwing.example <jgross@lettwing.example>", "Jörg Groß", true),
        ("joergg@lettwing.example <joergg@lettwing.example>", "Jo\u{308}rg Groß", true),
        ("rene.s@lettwing.example <rene.sorensen@lettwing.example>", "René Sørensen", true),
        ("Zoe Mueller <zm@lettwing.example>", "Zoë Müller", true),
        ("Zoë Müller <zm@lettwing.example>", "Zoe Mueller", true),
        ("Michael Lee <ml@lettwing.example>", "Michal Lee", false),
        ("joe.kim@lettwing.example <joe.kim@lettwing.example>", "Jo Kim", false),
    ] {
        let mail = said("m", &format!("{listed}, Tom <tom@acme.example>"), "Tom: hi");
        let mut conversations = vec![mail, said("c", "", &format!("{label}: hi\nYan: ho\nRavi: ho"))];
        decide(&mut conversations, None, &team());
        let side = if is_one { Side::Seller } else { Side::Unknown };
        assert_eq!(conversations[1].turns[0].side, side, "{listed} {label}");
    }
}

/// `count` people of one word each, none of which is a form of another.
fn crowd(count: usize) -> impl Iterator<Item = Participant> {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    let name =
        move |n: usize| ["Qu".to_owned(), [n, n / 26, n / 676, n / 17_576].map(letter).iter().collect()].concat();
    (0..count).map(move |n| Participant { name: name(n), active: true, ..Participant::default() })
}

#[test]
fn who_is_who_in_a_crowd_takes_no_longer_than_there_are_people() {
    // Each was held against all: minutes.
    let mut webinar = said("c", "", "Quaaaa: hi");
    webinar.participants = crowd(20_000).collect();
    let mut conversations = vec![webinar];
    decide(&mut conversations, None, &team());
    let names: BTreeSet<&str> = conversations[0].participants.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names.len(), 20_000);
}

#[test]
fn in_a_crowd_a_whole_name_is_one_persons_however_its_umlauts_are_written() {
    let mail = said("m", "Zoe Mueller <zm@lettwing.example>, Tom <tom@acme.example>", "Tom: hi");
    for (people, label, side) in [
        (600, "Zoë Müller", Side::Seller),
        (600, "Zoe Mueller", Side::Seller),
        (600, "Zoe", Side::Unknown),
        (10, "Zoe", Side::Seller),
    ] {
        let mut webinar = said("c", "", &format!("{label}: hi\nYan: ho\nRavi: ho"));
        webinar.participants.splice(0..0, crowd(people));
        let mut conversations = vec![mail.clone(), webinar];
        decide(&mut conversations, None, &team());
        assert_eq!(conversations[1].turns[0].side, side, "{people} {label}");
    }
}

#[test]
fn a_stranger_beside_somebody_of_ours_is_the_buyers_though_the_crm_lists_others() {
    let mail = said("m", "Declan Purvis <declan@lettwing.example>, Ann Lee <ann@harcastlemoor.example>", "Ann Lee: hi");
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
    let found =
        decided(vec![partner, said("c", "", "Ann Lee: hi\nKim: hi\nSpeaker 3: hello")], Some(&uncontacted), &team());
    assert_eq!(found[1..], ["Ann Lee buyer", "Kim unknown", "Speaker 3 unknown"]);
    let call = || said("c", "", "Declan: hi\nAnn Lee: hi\nZoe: hello");
    let zoe =
        |mails: Vec<Conversation>, crm: &CrmRecord| decided([mails, vec![call()]].concat(), Some(crm), &team()).pop();
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
    let alex: Vec<(Side, u8)> = calls.iter().map(|c| (c.turns[0].side, c.participants[0].side_confidence)).collect();
    assert_eq!(alex, [(Side::Buyer, 50), (Side::Buyer, 50), (Side::Seller, 50)]);
    // And as sure as it says, where it says.
    let mut unsure = vec![call("4", Side::Buyer)];
    unsure[0].participants[0].side_confidence = 30;
    decide(&mut unsure, None, &Team::default());
    assert_eq!(unsure[0].participants[0].side_confidence, 30);
}

#[test]
fn beside_whom_the_user_lists_as_ours_all_others_are_taken_for_the_buyers() {
    let stated = Team::parse("[[members]]\nname = \"Declan Purvis\"\nside = \"seller\"\n", "team.toml").unwrap();
    let call = || said("c", "", "Declan Purvis: hi\nZoe: hello\nYan: hello");
    let others = |team: &Team| decided(vec![call()], None, team)[1..].to_vec();
    assert_eq!(others(&stated), ["Zoe buyer", "Yan buyer"]);
    // Whoever is known by a domain alone is no list.
    let mail = said("m", "Declan Purvis <declan@lettwing.example>", "Declan Purvis: hello");
    assert_eq!(decided(vec![mail, call()], None, &team())[2..], ["Zoe unknown", "Yan unknown"]);
    let mut chat = said("c", "", "Declan Purvis: hi\nZoe: hello");
    chat.channel = Channel::Chat;
    assert_eq!(decided(vec![chat.clone()], None, &stated)[1], "Zoe buyer");
    chat.turns.push(Turn { speaker: "Yan".into(), text: "hello".into(), ..Turn::default() });
    chat.participants.push(Participant { name: "Yan".into(), active: true, ..Participant::default() });
    assert_eq!(decided(vec![chat], None, &stated)[1..], ["Zoe unknown", "Yan unknown"]);
}

#[test]
fn whom_the_crm_names_as_owner_is_ours_as_a_guess() {
    let owned = |owner: &str| CrmRecord { owner: Some(owner.into()), ..CrmRecord::default() };
    let lines = "Dana Whitfield: hi\nAnn Lee: too dear";
    for (owner, lines, expected) in [
        ("Dana Whitfield", lines, &["Dana Whitfield seller", "Ann Lee buyer"][..]),
        ("D. Whitfield", lines, &["Dana Whitfield seller", "Ann Lee buyer"]),
        ("Whitfield, Dana", lines, &["Dana Whitfield seller", "Ann Lee buyer"]),
        ("dana.whitfield@lettwing.example", lines, &["Dana Whitfield seller", "Ann Lee buyer"]),
        ("Dana Whitfield <dana@lettwing.example>", lines, &["Dana Whitfield seller", "Ann Lee buyer"]),
        ("Dana Whitfield", "Dana W.: hi\nAnn Lee: ho\nBo: ha", &["Dana Whitfield seller", "Ann Lee buyer", "Bo buyer"]),
        (
            "Dana Whitfield",
            "Speaker 1: Hi, this is Dana.\nSpeaker 2: Hi.",
            &["Dana Whitfield seller", "Speaker 2 buyer"],
        ),
        // Somebody who is not there, and a number of the CRM's own.
        ("Zoe Ray", lines, &["Dana Whitfield unknown", "Ann Lee unknown"]),
        ("66310203", lines, &["Dana Whitfield unknown", "Ann Lee unknown"]),
    ] {
        assert_eq!(decided(vec![said("c", "", lines)], Some(&owned(owner)), &team()), expected, "{owner} {lines}");
    }
    let mut call = vec![said("c", "", lines)];
    decide(&mut call, Some(&owned("Dana Whitfield")), &team());
    let sure: Vec<u8> = call[0].participants.iter().map(|p| p.side_confidence).collect();
    assert_eq!(sure, [70, 70], "nobody is surer than who is guessed");
    assert_eq!(call[0].participants[0].side_because, "the CRM's owner of the deal");
    // More is known of who has the owner's name: a contact, an address of theirs, the user's word.
    let namesake = CrmRecord { owner: Some("Ann Lee".into()), ..crm() };
    let mut call = vec![said("c", "", "Ann Lee: hi")];
    decide(&mut call, Some(&namesake), &team());
    assert_eq!((call[0].turns[0].side, call[0].participants[0].side_confidence), (Side::Buyer, 97));
    let mail = said("m", "Zoe <zoe@acme.example>, Tom Bo <tom@lettwing.example>", "Zoe: hi");
    assert_eq!(decided(vec![mail], Some(&owned("Zoe")), &team()), ["Zoe buyer"]);
}

#[test]
fn whom_other_deals_show_to_be_ours_is_ours_by_the_whole_name_alone_where_nothing_else_is_known() {
    let mut elsewhere = Elsewhere::default();
    elsewhere.learn_owner("Tom Becker");
    let mail = said("m", "Jane Roe <jane@lettwing.example>, Ann Lee <ann@acme.example>", "Jane Roe: hi");
    elsewhere.learn(&mail.participants, &["lettwing.example".to_owned()].into());
    let team = Team { elsewhere, ..team() };
    for (lines, expected) in [
        ("Jane Roe: hi\nBo Ek: ho", &["Jane Roe seller", "Bo Ek buyer"][..]),
        ("Roe, Jane: hi\nBo Ek: ho", &["Jane Roe seller", "Bo Ek buyer"]),
        ("Tom Becker: hi\nBo Ek: ho", &["Tom Becker seller", "Bo Ek buyer"]),
        // Of so many people a short name means nobody, and what other deals say of the buyer's is not heard.
        ("Jane: hi\nTom: ho", &["Jane unknown", "Tom unknown"]),
        ("Ann Lee: hi\nBo Ek: ho", &["Ann Lee unknown", "Bo Ek unknown"]),
    ] {
        assert_eq!(decided(vec![said("c", "", lines)], None, &team), expected, "{lines}");
    }
    let namesake = said("n", "Jane Roe <jane@acme.example>, Tom Bo <tom@lettwing.example>", "Jane Roe: hi");
    assert_eq!(decided(vec![namesake], None, &team), ["Jane Roe buyer"]);
    let mut call = vec![said("c", "", "Jane Roe: hi\nBo Ek: ho")];
    decide(&mut call, None, &team);
    let jane = &call[0].participants[0];
    assert_eq!((jane.side_confidence, jane.side_because.as_str()), (70, "has an address of ours in another deal"));
}

#[test]
fn a_stranger_is_the_buyers_whether_or_not_the_crm_lists_one_who_is_known_to_be_theirs() {
    let listed = |name: &str, email: &str| {
        let contact = Contact { name: name.into(), email: email.into(), ..Contact::default() };
        CrmRecord { contacts: vec![contact], ..CrmRecord::default() }
    };
    let mail = said("m", "Declan Purvis <declan@lettwing.example>, Ann Lee <ann@acme.example>", "Ann Lee: hi");
    let call = said("c", "", "Declan Purvis: hi\nZoe: hello\nYan: ho");
    let of = |conversations: &[&Conversation], crm: Option<CrmRecord>| {
        let all = conversations.iter().map(|c| (*c).clone()).collect();
        decided(all, crm.as_ref(), &team()).split_off(conversations.len())
    };
    for crm in [None, Some(listed("Ann Lee", "ann@acme.example"))] {
        assert_eq!(of(&[&mail, &call], crm), ["Zoe buyer", "Yan buyer"]);
    }
    // One contact who takes part in nothing says nothing of them.
    let ours = said("m", "Declan Purvis <declan@lettwing.example>", "Declan Purvis: hello");
    for crm in [None, Some(listed("Bob Stone", "bob@acme.example"))] {
        assert_eq!(of(&[&ours, &call], crm), ["Zoe unknown", "Yan unknown"]);
    }
    let strangers = said("c", "", "Zoe: hello\nYan: ho");
    assert_eq!(
        decided(vec![strangers], Some(&listed("Bob Stone", "bob@acme.example")), &team()),
        ["Zoe unknown", "Yan unknown"]
    );
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
            "one who greets before the one who is greeted speaks",
            "Speaker 1: Oh hello, it's Declan from Lettwing, I see you.\nSpeaker 2: Yes, this is Declan from Lettwing.",
            None,
            &["Speaker 1 buyer", "Declan Purvis seller"],
        ),
        (
            "one voice that a machine took for two",
            "Speaker 1: Hi, this is Declan.\nSpeaker 2: Hello.\nSpeaker 3: My line dropped, this is Declan again.",
            None,
            &["Declan Purvis seller", "Speaker 2 buyer", "Declan Purvis seller"],
        ),
        (
            "one who says who they are and presents another",
            "Speaker 1: I'm Eve from Lettwing, and this is Declan.\nSpeaker 2: Hi, I'm Declan.\nSpeaker 3: Hello.",
            None,
            &["Speaker 1 seller", "Declan Purvis seller", "Speaker 3 buyer"],
        ),
        (
            "a room",
            "Meeting Room 2: Hi, this is Zoe from Lettwing.\nYan: hello",
            None,
            &["Meeting Room 2 seller", "Yan buyer"],
        ),
        ("a short form", "Tom Bo: Hi, this is Thomas from Lettwing.", None, &["Tom Bo seller"]),
        (
            "a company before the name",
            "Lettwing | Zoe Ray: hi\nHarcastle Moor | Bob Stone: ho",
            Some(crm()),
            &["Zoe Ray seller", "Bob Stone buyer"],
        ),
        (
            "a company before one name and behind another",
            "Lettwing - Zoe Ray: hi\nAnn - Harcastle Moor: ho",
            Some(crm()),
            &["Zoe Ray seller", "Ann Lee buyer"],
        ),
        (
            "one who introduces others",
            "Declan: Everybody, this is Ann from Harcastle.\nZoe: It's Declan from Lettwing, isn't it?",
            None,
            &["Declan Purvis seller", "Zoe buyer"],
        ),
        ("a user's name", "zray: Hi, I'm Zoe Ray, from Lettwing.", None, &["zray seller"]),
        (
            "a machine's label that greets somebody and says who it is",
            "Speaker 1: Hi Ann, Zoe from Lettwing here.\nSpeaker 2: Hello.",
            None,
            &["Speaker 1 seller", "Speaker 2 buyer"],
        ),
        (
            "one who greets a company's",
            "Speaker 1: Hi Zoe, from Lettwing, right?\nSpeaker 2: Hi, Zoe from Lettwing!",
            None,
            &["Speaker 1 unknown", "Speaker 2 unknown"],
        ),
        (
            "a colleague of whoever writes, by the company in brackets",
            "Yan (Harcastlemoor): hi\nXi (Umbra): ho\nSam: ha",
            None,
            &["Yan buyer", "Xi unknown", "Sam unknown"],
        ),
        ("a role", "Agent: hi\nCustomer: hello", None, &["Agent seller", "Customer buyer"]),
        ("a company in the name", "Zoe (Lettwing): hi\nYan (Harcastle): ho", Some(crm()), &["Zoe seller", "Yan buyer"]),
        ("whoever exported the call", "Me: hi\nThem: hello", None, &["Me seller", "Them buyer"]),
        ("a pronoun beside a name", "You: hi\nYan: hello", None, &["You seller", "Yan buyer"]),
        (
            "a stranger's company beside ours",
            "Zoe (Lettwing): hi\nYan (Umbra): ho\nXi (Umbra): ho\nSam (Guest): ha",
            None,
            &["Zoe seller", "Yan buyer", "Xi buyer", "Sam buyer"],
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
    let member =
        Team { members: vec![Member { name: "Zoe Ray".into(), side: Side::Seller, ..Member::default() }], ..team() };
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

#[test]
fn a_service_that_nobody_writes_to_is_no_buyer() {
    let offer = || said("1", "Dan Brown <dan@lettwing.example>, Tom <tom@acme.example>", "Dan Brown: hi");
    for (sender, expected) in [
        ("PandaDoc <docs@email.pandadoc.net>", "PandaDoc unknown"),
        ("Ring Central <notify@ringcentral.com>", "Ring Central unknown"),
        ("Ann Lee <ann@helios.example>", "Ann Lee buyer"),
        ("Ann Lee <ann@annlee.example>", "Ann Lee buyer"),
        ("Lee <ann@lee.example>", "Lee buyer"),
        ("Harcastle <office@harcastle.example>", "Harcastle buyer"),
        // Written to.
        ("Acme <office@acme.example>", "Acme buyer"),
    ] {
        let (name, _) = sender.split_once(" <").unwrap();
        let notice = said("2", &format!("{sender}, Dan Brown <dan@lettwing.example>"), &format!("{name}: viewed"));
        assert_eq!(decided(vec![offer(), notice.clone()], None, &team())[1], expected, "{sender}");
        let mail = Some(crate::conversation::MailHead::default());
        let mut mails = [offer(), Conversation { mail, ..notice.clone() }];
        decide(&mut mails, None, &team());
        assert_eq!(mails[1].is_automatic(), expected.ends_with("unknown"), "{sender}");
        // Nobody else is there who could be the buyer's.
        assert_eq!(decided(vec![notice], None, &team()), [format!("{name} buyer")], "{sender}");
    }
}
