//! The people of a mail's head and of a table's cells: names and addresses as programs and people write them, and who wrote a
//! mail that a group or a list passes on in its own name.

use mail_parser::{Address, HeaderForm, Message};

use crate::{
    conversation::Participant,
    read::{speaker::is_phone_number, turns::one_line},
};

/// The people of an address field, those with a name or an address.
pub fn people(address: Option<&Address>) -> Vec<Participant> {
    let mut out: Vec<Participant> = Vec::new();
    // The family name of "Lee, Ann <ann@acme.example>" without quotes, which a parser takes for a person of its own.
    let mut family: Option<Participant> = None;
    for a in address.into_iter().flat_map(Address::iter) {
        let email = a.address().map(|e| e.trim().trim_matches(['<', '>'])).filter(|e| !e.is_empty());
        let name = a.name().map(|n| one_line(n.trim_matches(['"', '\'', ' ']))).filter(|n| !n.is_empty());
        let before = family.take();
        if let (Some(family), Some(given), Some(email)) = (&before, &name, email.filter(|e| e.contains('@'))) {
            out.push(named(format!("{}, {given}", family.name), Some(email)));
            continue;
        }
        out.extend(before);
        let Some(name) = name.or_else(|| Some(email?.to_lowercase())) else { continue };
        let alone = email.is_none_or(|e| !e.contains('@')) && is_family_name(email.unwrap_or(&name));
        if alone {
            family = Some(named(email.map_or(name, one_line), email));
        } else {
            out.push(named(name, email));
        }
    }
    out.extend(family);
    out
}

/// Whether words can be a family's name alone: "Lee", "van den Berg".
fn is_family_name(words: &str) -> bool {
    let mut words = words.split_whitespace().rev();
    words.next().is_some() && words.all(|particle| particle.starts_with(char::is_lowercase))
}

fn named(name: String, email: Option<&str>) -> Participant {
    Participant { name, email: email.map(str::to_lowercase), ..Participant::default() }
}

/// The person of a forwarded head's `Ann Lee <ann@acme.example>`, `ann@acme.example` or `Ann Lee [mailto:…]`.
pub fn person(from: &str) -> Participant {
    // The bracket of a number opens no address.
    let called = from.split_once('<').filter(|(name, _)| is_phone_number(name.trim_matches(['"', ' '])));
    let (name, email) = match called.or_else(|| from.split_once(['<', '[', '('])) {
        Some((name, rest)) => (
            name,
            rest.trim_start_matches("mailto:")
                .trim_end_matches(['>', ']', ')'])
                .split(['>', '<', ']'])
                .next()
                .unwrap_or(""),
        ),
        None if from.contains('@') => (from, from),
        None => (from, ""),
    };
    let email = Some(email.trim().to_lowercase()).filter(|e| e.contains('@'));
    let name = one_line(name.trim_matches(['"', '\'', ' ', ',']));
    // The address belongs to the group.
    if let Some(person) = via(&name, VIA) {
        return Participant { name: person, ..Participant::default() };
    }
    Participant {
        name: if name.is_empty() { email.clone().unwrap_or_default() } else { name },
        email,
        ..Participant::default()
    }
}

/// The people of a field, one a piece: `Ann <ann@acme.example>; bob@acme.example`. Where commas divide them, one stands only
/// behind an address, or between full names: "Lee, Ann <ann@acme.example>" is one person.
pub fn pieces(field: &str) -> Vec<&str> {
    let semicolons = apart(field, ';');
    let pieces: Vec<&str> = if semicolons.len() > 1 {
        semicolons
    } else {
        let commas = apart(field, ',');
        let full = |piece: &&str| !piece.contains('@') && piece.split_whitespace().nth(1).is_some();
        if commas.iter().all(full) {
            commas
        } else {
            let mut out: Vec<&str> = Vec::new();
            let mut from = 0;
            for piece in commas {
                let end = piece.as_ptr() as usize - field.as_ptr() as usize + piece.len();
                if piece.contains('@') || piece.trim_end().ends_with('>') {
                    out.push(&field[from..end]);
                    from = (end + 1).min(field.len());
                }
            }
            out.push(&field[from..]);
            out
        }
    };
    pieces.into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// The pieces of `field` between `mark`, which counts for nothing between quotes.
fn apart(field: &str, mark: char) -> Vec<&str> {
    let mut quoted = false;
    // A quote that never closes sets nothing apart.
    let closes = field.matches('"').count().is_multiple_of(2);
    field
        .split(|c: char| {
            quoted ^= c == '"' && closes;
            c == mark && !quoted
        })
        .collect()
}

/// Whether an address is one at which a CRM takes copies of mails, and nobody's.
pub fn is_of_crm(address: &str) -> bool {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    // Companies are called BCC as well, banks in Italy among them.
    let of_hubspot = domain.starts_with("bcc.") && domain.ends_with(".hubspot.com");
    local == "emailtosalesforce" || of_hubspot || domain == "pipedrivemail.com"
}

/// What stands between a person and the group that passes the mail on.
const VIA: &[&str] = &[" via ", " (via "];

/// The same in the languages of list programs; there it may as well be part of a name.
const MAYBE_VIA: &[&str] = &[" über ", " a través de ", " por medio de ", " tramite ", " attraverso "];

/// "Ann Lee" of "'Ann Lee' via Sales" and "Ann Lee (via Docs)".
fn via(name: &str, words: &[&str]) -> Option<String> {
    let (person, group) = words.iter().find_map(|via| name.rsplit_once(via))?;
    let person = person.trim_matches(['\'', '"', '‘', '’', ' ']);
    (!person.is_empty() && !group.trim().is_empty()).then(|| person.to_owned())
}

/// Who wrote the message: its sender, or the person for whom a group sent it.
pub fn sender(message: &Message) -> Participant {
    let first = |address| people(address).into_iter().next();
    let stated = first(message.from()).or_else(|| first(message.sender())).unwrap_or_default();
    behind_group(message, &stated).unwrap_or(stated)
}

/// The person behind a group or a list that puts itself in the sender's place, "'Ann Lee' via Sales <sales@ours.example>", as
/// Google Groups and Mailman do for domains whose mails nobody else may send: under the address that another field keeps, or
/// under none.
pub fn behind_group(message: &Message, stated: &Participant) -> Option<Participant> {
    let certain = via(&stated.name, VIA);
    let name = certain.clone().or_else(|| via(&stated.name, MAYBE_VIA))?;
    let field = |field: &'static str| -> Vec<Participant> {
        let values = message.header_as(field, HeaderForm::Addresses);
        let people = values.iter().flat_map(|value| people(value.as_address()));
        people.filter(|p| p.email.is_some() && p.email != stated.email).collect()
    };
    let same = |p: &Participant| p.name.to_lowercase() == name.to_lowercase();
    let original = ["X-Original-From", "X-Original-Sender", "X-MailFrom"].into_iter().find_map(|f| {
        // A list's own address for bounces is no person's.
        field(f).into_iter().find(|p| same(p) || p.email.as_deref() == Some(&p.name))
    });
    let answered = || {
        let mut all = field("Reply-To");
        match all.iter().position(same) {
            Some(at) => Some(all.swap_remove(at)),
            None if all.len() == 1 => all.pop(),
            None => None,
        }
    };
    // Where answers go to the list, the writer gets a copy.
    let copied = || field("Cc").into_iter().find(same);
    match original.or_else(answered).or_else(copied) {
        Some(found) => Some(Participant { name, email: found.email, ..Participant::default() }),
        None => certain.map(|name| Participant { name, ..Participant::default() }),
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn commas_divide_people_and_not_names() {
        for (field, expected) in [
            ("Lee, Ann <ann@acme.example>", &["Lee, Ann <ann@acme.example>"][..]),
            ("\"Lee, Ann\" <ann@acme.example>, bob@x.example", &["\"Lee, Ann\" <ann@acme.example>", "bob@x.example"]),
            (
                "Lee, Ann <ann@acme.example>, Ray, Bob <bob@x.example>",
                &["Lee, Ann <ann@acme.example>", "Ray, Bob <bob@x.example>"],
            ),
            ("ann@acme.example,bob@x.example", &["ann@acme.example", "bob@x.example"]),
            ("Lee, Ann; Ray, Bob", &["Lee, Ann", "Ray, Bob"]),
            ("Ann Lee, Bob Ray", &["Ann Lee", "Bob Ray"]),
            ("Lee, Ann", &["Lee, Ann"]),
            ("Ann \"the boss", &["Ann \"the boss"]),
            (" ; ", &[]),
        ] {
            assert_eq!(pieces(field), expected, "{field}");
        }
    }

    #[test]
    fn a_group_is_not_who_writes() {
        const GROUP: &str = "'Ann Lee' via Sales <sales@ours.example>";
        for (head, expected) in [
            (format!("From: {GROUP}\nX-Original-From: Ann Lee <ann@acme.example>"), "Ann Lee ann@acme.example"),
            (format!("From: {GROUP}\nX-Original-Sender: ann@acme.example"), "Ann Lee ann@acme.example"),
            (
                format!("From: {GROUP}\nReply-To: sales@ours.example, Ann Lee <ann@acme.example>"),
                "Ann Lee ann@acme.example",
            ),
            (
                format!("From: {GROUP}\nReply-To: sales@ours.example\nCc: Ann Lee <ann@acme.example>"),
                "Ann Lee ann@acme.example",
            ),
            (format!("From: {GROUP}\nReply-To: sales@ours.example"), "Ann Lee -"),
            (
                "From: Ann Lee (via Docs) <comments@docs.example>\nReply-To: Ann Lee <ann@acme.example>".to_owned(),
                "Ann Lee ann@acme.example",
            ),
            (
                "From: Ann Lee über Sales <sales@ours.example>\nReply-To: Ann Lee <ann@acme.example>".to_owned(),
                "Ann Lee ann@acme.example",
            ),
            ("From: Ann über Bord <ann@acme.example>".to_owned(), "Ann über Bord ann@acme.example"),
            ("From: Lee, Ann <ann@acme.example>".to_owned(), "Lee, Ann ann@acme.example"),
            ("From: Olivia <olivia@acme.example>\nReply-To: x@acme.example".to_owned(), "Olivia olivia@acme.example"),
        ] {
            let text = format!("{head}\nSubject: x\n\n");
            let message = MessageParser::default().parse(text.as_bytes()).unwrap();
            let found = sender(&message);
            assert_eq!(format!("{} {}", found.name, found.email.as_deref().unwrap_or("-")), expected, "{head}");
        }
        let caller = person("\"+1 (415) 555-0134\" <sms@voice.example>");
        assert_eq!((&caller.name[..], caller.email.as_deref()), ("+1 (415) 555-0134", Some("sms@voice.example")));
        assert_eq!(person("'Ann Lee' via Sales <sales@ours.example>").email, None);
    }
}
