//! Calls and e-mails as the CRM exports them: a row a call or a message, from Salesforce (`EmailMessage`, `Task`, voice
//! calls), HubSpot (engagements) or a hand-made table.

use super::{
    Format, Input, Likeness, Read, Skipped,
    crm_columns::CRM,
    crm_status::{Absent, Habit, Left, absent, is_incoming},
    email_body, eml, eml_automatic, eml_fields, eml_people, labelled_text,
    table::{self, Columns},
    turns::one_line,
    when,
};
use crate::{
    conversation::{Channel, Conversation, DealId, MailHead, Participant, Side, Timestamp, Turn},
    team::names::may_be_address_of,
};

/// A CRM's calls and e-mails.
pub struct CrmCsv;

impl Format for CrmCsv {
    fn name(&self) -> &'static str {
        "crm-csv"
    }
    fn doc(&self) -> &'static str {
        "calls and e-mails as Salesforce or HubSpot export them, a row each"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let Some(headers) = table::heading(input) else { return Likeness::No };
        let columns = Columns::of(&headers, CRM);
        let words = columns.has("text") || columns.has("html");
        let dated = ["when", "due", "created"].iter().any(|c| columns.has(c));
        let context = ["subject", "from_email", "to", "deal", "owner", "contact"];
        let context = context.iter().filter(|c| columns.has(c)).count() + usize::from(dated);
        // A turn a row is a transcript, whatever else the table says of its call.
        let transcript = headers.iter().any(|h| table::plain(h).starts_with("speaker"));
        // Outlook's own export of mails has no date.
        let mails = columns.has("subject") && columns.has("from_email") && columns.has("to");
        // A list of contacts or opportunities has notes, too, and the day on which somebody entered them.
        let dated = columns.has("when") || columns.has("due") || (dated && tells_activities(&headers, &columns));
        if words && context >= 2 && (dated || mails) && headers.len() >= 4 && !transcript {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut reader = table::reader(input.text());
        let headers = reader.headers().cloned().unwrap_or_default();
        let columns = Columns::with_several(&headers, CRM, &["text", "when"]);
        let mut lines = table::Lines::of(input.text());
        let table = Table::of(input.text(), &headers, &columns);
        let mut out = Read::default();
        let (mut not_done, mut not_sent) = (Left::default(), Left::default());
        for (n, row) in reader.records().enumerate() {
            match row {
                Ok(row) => {
                    let line = lines.at(row.position());
                    if let Some(why) = absent(&columns, &row, is_mail(&columns, &row), table.habit) {
                        if why == Absent::NotDone { &mut not_done } else { &mut not_sent }.add(line);
                        continue;
                    }
                    let (c, left) = conversation(self, input, &columns, &row, n + 1, table.day_first);
                    match left {
                        Unread::Nothing => {}
                        Unread::Answers => out.skipped.push(eml::answers_in_quote(input, line)),
                        Unread::Heading => out.skipped.push(input.skipped(
                            line,
                            "preamble",
                            "what stands above the first speaker of the row's transcript was read as its heading, not as words",
                        )),
                    }
                    if when_of(&columns, &row).is_some() && moment_of(&columns, &row, table.day_first).is_none() {
                        out.skipped.push(input.skipped(
                            line,
                            "bad_date",
                            "the row's date reads in no way, or in two; export it as 2026-05-31 09:00",
                        ));
                    }
                    if c.turns.is_empty() {
                        out.skipped.push(input.skipped(
                            line,
                            "no_words",
                            "the row is empty in every column of words; export the column with its text too",
                        ));
                    } else {
                        out.conversations.push(c);
                    }
                }
                Err(e) => {
                    let line = lines.at(e.position());
                    out.skipped.push(input.skipped(line, "bad_csv", "a row could not be read; check its quotes"));
                }
            }
        }
        let open = ("a task or an activity that is not done yet", "tasks or activities that are not done yet");
        let unsent = ("an e-mail that was not sent, or deleted", "e-mails that were not sent, or deleted");
        out.skipped.extend(not_done.told(input, "not_done", open.0, open.1));
        out.skipped.extend(not_sent.told(input, "not_sent", unsent.0, unsent.1));
        Ok(out)
    }
}

/// What a table as a whole says of its rows.
struct Table {
    /// Whether the day stands first in its dates.
    day_first: Option<bool>,
    habit: Habit,
}

impl Table {
    fn of(text: &str, headers: &csv::StringRecord, columns: &Columns) -> Table {
        let rows: Vec<csv::StringRecord> = table::reader(text).into_records().filter_map(Result::ok).collect();
        let dates = rows.iter().flat_map(|row| DATES.iter().flat_map(|name| columns.each(row, name)));
        Table { day_first: when::day_first(dates), habit: Habit::of(headers, columns, rows.iter()) }
    }
}

/// The columns of dates, the most telling first.
const DATES: &[&str] = &["start", "when", "due", "created"];

/// The cell that tells when the row's activity took place. A time of day beside a date tells none, and so does an offset.
fn when_of<'r>(columns: &Columns, row: &'r csv::StringRecord) -> Option<&'r str> {
    let day = |cell: &&str| !is_clock(cell);
    // What a column may mean otherwise is believed where it reads as a moment.
    let started = columns.each(row, "start").find(|cell| moment(cell, Some(true)).is_some());
    started.or_else(|| DATES[1..].iter().find_map(|name| columns.each(row, name).find(day)))
}

/// When the row's activity took place. To a day alone come the time of day that Pipedrive has beside it, or the moment of that
/// day at which somebody wrote it down: without one the mails of a day would have no order.
fn moment_of(columns: &Columns, row: &csv::StringRecord, day_first: Option<bool>) -> Option<Timestamp> {
    const DAY_MS: i64 = 86_400_000;
    let cell = when_of(columns, row)?;
    let at = moment(cell, day_first)?.as_millisecond();
    let exact = (at.rem_euclid(DAY_MS) == 0).then(|| {
        let clock = columns.cell(row, "clock").filter(|cell| is_clock(cell));
        let clocked = clock.and_then(|clock| moment(&format!("{cell} {clock}"), day_first));
        clocked.or_else(|| columns.cell(row, "created").and_then(|created| moment(created, day_first)))
    });
    let of_that_day =
        exact.flatten().filter(|exact| exact.as_millisecond().div_euclid(DAY_MS) == at.div_euclid(DAY_MS));
    of_that_day.or_else(|| Timestamp::from_millisecond(at).ok())
}

/// Whether a cell is a time of day, "15:04" or "3:04 PM".
fn is_clock(cell: &str) -> bool {
    cell.split_once(':')
        .is_some_and(|(hour, _)| (1..=2).contains(&hour.len()) && hour.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a table that has no date but that of its rows' creation holds activities: by a sender or a direction, or by what
/// only activities have for a subject or words.
fn tells_activities(headers: &csv::StringRecord, columns: &Columns) -> bool {
    let named = |name: &str, general: &[&str]| {
        let heading = columns.place(name).and_then(|at| headers.get(at)).map(table::plain);
        heading.is_some_and(|heading| !general.contains(&&heading[..]))
    };
    ["from_email", "to", "direction", "html"].iter().any(|c| columns.has(c))
        || named("kind", &["type", "typ", "tipo"])
        || named("subject", &["name", "title", "titel", "titre", "título"])
        || named("text", GENERAL_WORDS)
}

/// The names of columns of words that a list of anything has.
const GENERAL_WORDS: &[&str] = &[
    "description",
    "note",
    "notes",
    "comments",
    "text",
    "beschreibung",
    "notizen",
    "kommentare",
    "descriptif",
    "commentaires",
    "descripción",
    "notas",
    "comentarios",
    "descrição",
    "comentários",
    "omschrijving",
    "descrizione",
];

/// Whether a row is an e-mail.
fn is_mail(columns: &Columns, row: &csv::StringRecord) -> bool {
    let cell = |name: &str| columns.cell(row, name);
    let kind = cell("kind").unwrap_or("").to_lowercase();
    cell("from_email").is_some_and(|f| f.contains('@'))
        || cell("html").is_some()
        // Dynamics names sender and recipients without their addresses.
        || (kind.is_empty() && cell("from_email").is_some() && cell("to").is_some())
        || kind.contains("email")
        || kind.contains("e-mail")
}

/// What of a row's words was not read.
enum Unread {
    Nothing,
    /// Answers within the mail that is answered.
    Answers,
    /// What stands above the first speaker of a transcript.
    Heading,
}

/// The conversation of a row, and what was left of its words.
fn conversation(
    format: &CrmCsv,
    input: &Input,
    columns: &Columns,
    row: &csv::StringRecord,
    number: usize,
    day_first: Option<bool>,
) -> (Conversation, Unread) {
    let cell = |name: &str| columns.cell(row, name);
    let mailed = is_mail(columns, row);
    let mut c = input.conversation(format, if mailed { Channel::Email } else { Channel::Call }, Some(number));
    if let Some(id) = cell("id") {
        c.id.0 = format!("{}#{id}", input.path);
    }
    if let Some(deal) = cell("deal").map(first_deal).filter(|d| !d.is_empty()) {
        c.deal = DealId(deal.to_owned());
    }
    c.title = one_line(cell("subject").unwrap_or(""));
    c.started_at = moment_of(columns, row, day_first).or(c.started_at);
    let owner = cell("owner").map(one_line).filter(|o| !is_id(o));
    let words = columns.cells(row, "text");
    let logged = if mailed { logged_mail(&words) } else { None };
    let text = logged.as_ref().map_or(&words[..], |l| l.body);
    let is_html = table::is_html(text);
    if mailed {
        let forwards = eml_fields::forwards(&c.title);
        let body = match cell("html") {
            _ if !text.is_empty() && !is_html => email_body::of_text(text, forwards),
            Some(html) => email_body::of_html(html, forwards),
            None => email_body::of_html(text, forwards),
        };
        // What the CRM logs in a task was sent through it, unless the arrows of its subject point to us or it went to its owner.
        let sent = logged.as_ref().filter(|l| !c.title.contains("<<") && !owner.as_deref().is_some_and(|o| l.is_to(o)));
        let sender = sender(cell("from_email").unwrap_or(""), cell("from_name"))
            .or_else(|| sender(logged.as_ref()?.from?, None))
            .or_else(|| match sent {
                // An e-mail that the CRM sent for its owner has no sender of its own.
                Some(_) => owner.as_deref().map(eml_people::person),
                None => logged.as_ref().and(cell("contact")).filter(|name| !name.contains(';')).map(contact),
            });
        let name = sender.as_ref().map(|s| s.name.clone()).unwrap_or_default();
        let address = sender.as_ref().and_then(|s| s.email.clone()).unwrap_or_default();
        let ours = || sent.map(|_| Side::Seller);
        let nameless =
            name.is_empty().then(|| direction(cell("direction")).map(|(side, _)| side).or_else(ours)).flatten();
        c.participants.extend(sender.map(|s| sided(Participant { active: true, ..s }, cell("direction"))));
        c.participants.extend(people(logged.as_ref().map_or(cell("to").unwrap_or(""), |l| l.to)));
        c.participants.extend(people(cell("cc").unwrap_or("")));
        eml::fill(&mut c, &name, &body);
        if let Some(side) = nameless {
            c.turns.iter_mut().filter(|t| t.speaker.is_empty()).for_each(|t| t.side = side);
        }
        c.mail = Some(MailHead {
            message_id: cell("message_id").map(eml_fields::clean_id),
            references: vec![],
            automatic: body.automatic() || eml_automatic::is_automatic_row(&address, &c.title),
            cut_percent: body.cut_percent,
        });
        return (c, if body.answers_in_quote { Unread::Answers } else { Unread::Nothing });
    }
    let plain = table::seen(text);
    // A transcript has a line for each speaker; most rows are a line of notes.
    let found = plain.contains('\n').then(|| labelled_text::parse(&plain)).filter(|found| found.labelled >= 2);
    let mut left = Unread::Nothing;
    if let Some(found) = found {
        c.turns = found.turns;
        if !found.preamble.is_empty() {
            left = Unread::Heading;
        }
    } else {
        // Notes of a call are what our own person wrote about it.
        let speaker = owner.clone().unwrap_or_default();
        // The CRM may know that person by a number alone.
        let side = if owner.is_none() { Side::Seller } else { Side::Unknown };
        let lines: Vec<String> = plain.lines().map(str::to_owned).collect();
        c.turns = email_body::paragraphs(&lines)
            .into_iter()
            .map(|text| Turn { speaker: speaker.clone(), side, text, ..Turn::default() })
            .collect();
    }
    if let Some(owner) = owner {
        c.participants.push(Participant {
            name: owner,
            side: Side::Seller,
            side_confidence: 95,
            side_because: "the CRM's owner of the activity".into(),
            ..Participant::default()
        });
    }
    if let Some(names) = cell("contact") {
        c.participants.extend(names.split(';').filter(|name| !name.trim().is_empty()).map(contact));
    }
    (c, left)
}

/// Whom the CRM lists as the contact of an activity.
fn contact(name: &str) -> Participant {
    Participant {
        name: one_line(name),
        side: Side::Buyer,
        side_confidence: 95,
        side_because: "the CRM's contact of the activity".into(),
        ..Participant::default()
    }
}

/// The first deal of a cell: several stand between semicolons, keys between commas too, which a name may have in it.
fn first_deal(cell: &str) -> &str {
    let keys = cell.split([';', ',']).all(|piece| is_id(piece.trim()));
    cell.split(|c| c == ';' || (keys && c == ',')).next().unwrap_or(cell).trim()
}

/// Whether a cell is the key of a record and no name: HubSpot's number, Salesforce's "005A0000001Xyz".
fn is_id(cell: &str) -> bool {
    cell.bytes().all(|b| b.is_ascii_digit())
        || ((15..=18).contains(&cell.len())
            && cell.starts_with("00")
            && cell.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The sender of a message with the side that its direction gives: who writes to us is a buyer, unless mail domains know
/// better.
fn sided(sender: Participant, stated: Option<&str>) -> Participant {
    match direction(stated) {
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
    /// Whether it went to somebody of that name, by the first of its recipients.
    fn is_to(&self, name: &str) -> bool {
        people(self.to).next().and_then(|first| first.email).is_some_and(|email| may_be_address_of(&email, name))
    }
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

/// The moment of a cell.
fn moment(cell: &str, day_first: Option<bool>) -> Option<Timestamp> {
    when::in_ordered_text(cell, day_first).or_else(|| cell.parse().ok().and_then(when::unix))
}

/// The people of a cell: `Ann <ann@acme.example>; bob@acme.example`.
fn people(cell: &str) -> impl Iterator<Item = Participant> {
    eml_people::pieces(cell).into_iter().map(eml_people::person)
}

/// The sender of a message, whose name may stand in a cell of its own. Only one person sends it: "Lee, Ann".
fn sender(cell: &str, name: Option<&str>) -> Option<Participant> {
    let first = if cell.contains('@') { eml_people::pieces(cell).first().copied() } else { Some(cell.trim()) };
    let one = first.filter(|one| !one.is_empty())?;
    let found = eml_people::person(one);
    Some(match name {
        Some(name) if !one.contains('<') => Participant { name: one_line(name), ..found },
        _ => found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;

    #[test]
    fn tables_of_both_crms() {
        let deal = DealId("folder".into());
        let salesforce = "Id,RelatedToId,Subject,TextBody,FromAddress,FromName,ToAddress,MessageDate,Incoming,MessageIdentifier\n\
            02s1,006A,Re: quote,\"Too dear.\n\nOn 1 May 2026, Rep wrote:\n> 900\",ann@acme.example,Ann Lee,rep@us.example,2026-05-02T10:00:00Z,true,<m1@x>\n";
        let hubspot = "Record ID,Call title,Call body,Activity date,Activity assigned to,Associated Deal IDs\n7,Demo,\"<p>Ann: hi</p><p>Rep: hello</p>\",2026-05-02 10:00,Rep One,006A\n8,Notes,Went well.,2026-05-03 10:00,Rep One,006A\n9,Empty,,2026-05-03 10:00,Rep One,006A\n";
        let get = |path: &str, text: &str| read(&Input::new(path, &deal, text.as_bytes()));
        let mail = &get("mails.csv", salesforce).conversations[0];
        assert_eq!(
            (mail.deal.0.as_str(), mail.turns.len(), mail.turns[0].text.as_str(), mail.turns[0].speaker.as_str()),
            ("006A", 1, "Too dear.", "Ann Lee")
        );
        let calls = get("calls.csv", hubspot);
        assert_eq!(calls.conversations.len(), 2);
        assert_eq!(calls.conversations[0].turns.iter().map(|t| t.speaker.as_str()).collect::<Vec<_>>(), ["Ann", "Rep"]);
        assert_eq!(calls.skipped[0].line, Some(4));
    }

    #[test]
    fn what_the_owner_of_a_number_wrote_is_ours() {
        let deal = DealId("folder".into());
        let table = include_str!("../../tests/formats/crm-csv/owner_by_number.csv");
        let read = read(&Input::new("tasks.csv", &deal, table.as_bytes()));
        let sides: Vec<Side> = read.conversations.iter().map(|c| c.turns[0].side).collect();
        assert_eq!(sides, [Side::Seller, Side::Seller, Side::Unknown], "a call, a mail sent, a mail received");
    }
}
