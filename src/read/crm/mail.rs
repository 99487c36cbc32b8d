//! The mail of a row of a CRM's table: whether the row is one, who wrote it to whom, and its new words.

use crate::{
    conversation::{Conversation, MailHead, Participant, Side},
    read::{
        crm::status::is_incoming,
        email, eml,
        table::{self, Columns},
        turns::one_line,
    },
    team::names::may_be_address_of,
};

/// The columns of words and titles whose heading says that they are of mails: whichever row has anything there is one.
pub fn columns(headers: &csv::StringRecord, columns: &Columns) -> Vec<usize> {
    let named = headers.iter().enumerate().filter(|(_, heading)| table::plain(heading).contains("email"));
    let places = named.map(|(at, _)| at);
    places.filter(|at| ["subject", "text"].iter().any(|name| columns.is_called(*at, name))).collect()
}

/// Whether a row is an e-mail, by what it says of its kind, its direction ("INCOMING_EMAIL") and its people.
pub fn is_mail(columns: &Columns, row: &csv::StringRecord) -> bool {
    let cell = |name: &str| columns.cell(row, name);
    let kind = cell("kind").unwrap_or("");
    let says_mail = |stated: &str| table::plain(stated).contains("email");
    cell("from_email").is_some_and(|f| f.contains('@'))
        || cell("html").is_some()
        // Dynamics names sender and recipients without their addresses.
        || (kind.is_empty() && cell("from_email").is_some() && cell("to").is_some())
        || says_mail(kind)
        || cell("direction").is_some_and(says_mail)
}

/// Reads the mail of a row into `c`, which knows its title; gives whether answers were left in the mail that it answers.
/// `owner` and `contacts`: whose activity the CRM says it is, and with whom.
pub fn read(
    c: &mut Conversation,
    columns: &Columns,
    row: &csv::StringRecord,
    owner: Option<Participant>,
    contacts: Vec<Participant>,
) -> bool {
    let cell = |name: &str| columns.cell(row, name);
    let words = columns.cells(row, "text");
    let logged = logged_mail(&words);
    let text = logged.as_ref().map_or(&words[..], |l| l.body);
    let forwards = eml::fields::forwards(&c.title);
    let body = match cell("html") {
        _ if !text.is_empty() && !table::is_html(text) => email::body::of_text(text, forwards),
        Some(html) => email::body::of_html(html, forwards),
        None => email::body::of_html(text, forwards),
    };
    let stated = direction(cell("direction"));
    let contact = match &contacts[..] {
        [only] => Some(only),
        _ => None,
    };
    let several = contact.is_none();
    let sent = logged.as_ref().map(|l| l.is_sent(&c.title, owner.as_ref(), contact));
    let sent = sent.or(stated.map(|(side, _)| side == Side::Seller));
    // A mail that the CRM sent for its owner, or keeps as it came in, has no sender of its own.
    let sender = sender(cell("from_email").unwrap_or(""), cell("from_name"))
        .or_else(|| sender(logged.as_ref()?.from?, None))
        .or_else(|| if sent? { owner.clone() } else { contact.cloned() });
    let name = sender.as_ref().map(|s| s.name.clone()).unwrap_or_default();
    let address = sender.as_ref().and_then(|s| s.email.clone()).unwrap_or_default();
    let ours = || sent.filter(|sent| *sent).map(|_| Side::Seller);
    let nameless = name.is_empty().then(|| stated.map(|(side, _)| side).or_else(ours)).flatten();
    c.participants.extend(sender.map(|s| Participant { active: true, ..sided(s, stated) }));
    match logged.as_ref().map(|l| l.to).or(cell("to")) {
        Some(to) => c.participants.extend(recipients(to, cell("to_name"))),
        // Whom the CRM names beside it and who did not write it.
        None => {
            let owner = owner.filter(|_| sent != Some(true));
            let contacts = contacts.into_iter().filter(|_| several || sent != Some(false));
            c.participants.extend(owner.into_iter().chain(contacts).filter(|p| p.name != name));
        }
    }
    c.participants.extend(people(cell("cc").unwrap_or("")));
    eml::fill(c, &name, &body);
    if let Some(side) = nameless {
        c.turns.iter_mut().filter(|t| t.speaker.is_empty()).for_each(|t| t.side = side);
    }
    c.mail = Some(MailHead {
        message_id: cell("message_id").map(eml::fields::clean_id),
        references: vec![],
        automatic: body.automatic() || eml::automatic::is_automatic_row(&address, &c.title),
        cut_percent: body.cut_percent,
    });
    body.answers_in_quote
}

/// The sender of a message with the side that its direction gives, unless more is known: who writes to us is a buyer, unless
/// mail domains know better.
fn sided(sender: Participant, stated: Option<(Side, &'static str)>) -> Participant {
    match stated.filter(|_| sender.side == Side::Unknown) {
        Some((side, because)) => Participant { side, side_confidence: 85, side_because: because.into(), ..sender },
        None => sender,
    }
}

/// Whose message it is by its direction, and the reason in words.
fn direction(stated: Option<&str>) -> Option<(Side, &'static str)> {
    Some(match is_incoming(stated?)? {
        true => (Side::Buyer, "the CRM lists the message as incoming"),
        false => (Side::Seller, "the CRM lists the message as outgoing"),
    })
}

/// An e-mail as Salesforce logs it in a task: "From: …", "To: …", "CC: …", "Subject: …", "Body:", the words.
struct LoggedMail<'a> {
    /// Absent where it is the owner of the task, or whoever wrote to them.
    from: Option<&'a str>,
    to: &'a str,
    body: &'a str,
}

impl LoggedMail<'_> {
    /// Whether the CRM sent it for its owner, as it did unless the arrows of its subject point to us or its first recipient is
    /// called as its owner is and not as its contact.
    fn is_sent(&self, subject: &str, owner: Option<&Participant>, contact: Option<&Participant>) -> bool {
        let recipient = people(self.to).next().and_then(|first| first.email);
        let fits =
            |who: Option<&Participant>| recipient.as_deref().zip(who).map_or(0, |(email, who)| fit(email, &who.name));
        !subject.contains("<<") && fits(owner) <= fits(contact)
    }
}

/// How well an address fits a name: 2 where it may be of all of it, 1 of a part, "dana@" of "Dana Whitfield".
fn fit(email: &str, name: &str) -> u8 {
    let part = || name.split_whitespace().any(|part| may_be_address_of(email, part.trim_matches(',')));
    if may_be_address_of(email, name) { 2 } else { u8::from(part()) }
}

fn logged_mail(text: &str) -> Option<LoggedMail<'_>> {
    let (head, body) = text.split_once("\nBody:")?;
    // Its own fields stand above, and nothing else.
    const FIELDS: &[&str] =
        &["from", "to", "cc", "bcc", "additional to", "attachment", "attachments", "date", "sent", "subject"];
    let known =
        |line: &str| line.split_once(':').is_some_and(|(f, _)| FIELDS.contains(&f.trim().to_lowercase().as_str()));
    let field = |name: &str| head.lines().find_map(|l| l.trim().strip_prefix(name)).map(str::trim);
    let (from, to) = (field("From:"), field("To:").or_else(|| field("Additional To:"))?);
    head.lines().all(|l| l.trim().is_empty() || known(l)).then_some(LoggedMail { from, to, body: body.trim() })
}

/// The people of a cell: `Ann <ann@acme.example>; bob@acme.example`.
fn people(cell: &str) -> impl Iterator<Item = Participant> {
    eml::people::pieces(cell).into_iter().map(eml::people::person)
}

/// The recipients of a message; the name of a single one may stand in a cell of its own.
fn recipients(cell: &str, name: Option<&str>) -> Vec<Participant> {
    let mut found: Vec<Participant> = people(cell).collect();
    if let ([only], Some(name)) = (&mut found[..], name.filter(|_| !cell.contains('<'))) {
        only.name = one_line(name);
    }
    found
}

/// The sender of a message, whose name may stand in a cell of its own. Only one person sends it: "Lee, Ann".
fn sender(cell: &str, name: Option<&str>) -> Option<Participant> {
    let first = if cell.contains('@') { eml::people::pieces(cell).first().copied() } else { Some(cell.trim()) };
    let one = first.filter(|one| !one.is_empty())?;
    let found = eml::people::person(one);
    Some(match name {
        Some(name) if !one.contains('<') => Participant { name: one_line(name), ..found },
        _ => found,
    })
}
