//! Calls and e-mails as the CRM exports them: a row a call or a message, from Salesforce (`EmailMessage`, `Task`, voice
//! calls), HubSpot (engagements) or a hand-made table.

use std::borrow::Cow;

use crate::{
    conversation::{Channel, Conversation, DealId, Participant, Side, Turn},
    read::{
        Format, Input, Likeness, Read, Skipped,
        crm::{
            self,
            columns::{CRM, headings},
            status::{Habit, absent},
            told::Told,
            when::Dates,
        },
        email, eml, is_address, labelled,
        message_csv::{MessageCsv, is_number},
        record_id::record,
        report_frame::Frame,
        table::{self, Columns},
        table_rows::{Row, Rows},
        turns::one_line,
    },
};

/// A CRM's calls and e-mails.
pub struct CrmCsv;

impl Format for CrmCsv {
    fn name(&self) -> &'static str {
        "crm-csv"
    }
    fn doc(&self) -> &'static str {
        "calls, e-mails and text messages as Salesforce, HubSpot or Front export them, a row each"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let Some(headers) = table::heading(input).map(|headers| headings(&headers)) else { return Likeness::No };
        let columns = Columns::of(&headers, CRM);
        let words = columns.has("text") || columns.has("html");
        let dated = ["when", "due", "created"].iter().any(|c| columns.has(c));
        let context = ["subject", "from_email", "to", "deal", "owner", "contact"];
        let context = context.iter().filter(|c| columns.has(c)).count() + usize::from(dated);
        // A turn a row is a transcript, whatever else the table says of its call.
        let transcript = headers.iter().any(|h| table::plain(h).starts_with("speaker"));
        // Messages have a column of their senders; a CRM's table, which may have one too, also says whose the rows are.
        // An address beside a sender's name makes mails of them where somebody received them, or under a subject.
        let addressed = columns.has("from_email") && ["to", "subject"].iter().any(|c| columns.has(c));
        let of_sender = columns.place("from_email").and_then(|at| headers.get(at)).map(table::plain);
        let addressed = addressed || of_sender.is_some_and(|heading| !heading.starts_with("sender"));
        let messages = columns.has("from_name") && !addressed && !["owner", "deal"].iter().any(|c| columns.has(c));
        // A log of texts has senders and recipients, too.
        let texts = || {
            let first = table::reader(input.head()).records().next().and_then(Result::ok);
            let number = |row: &csv::StringRecord, name: &str| columns.cell(row, name).is_some_and(is_number);
            let numbers = first.is_some_and(|row| number(&row, "from_email") || number(&row, "to"));
            numbers && !columns.has("deal") && MessageCsv.likeness(input) > Likeness::No
        };
        // Outlook's own export of mails has no date.
        let mails = columns.has("subject") && columns.has("from_email") && columns.has("to");
        // A list of contacts or opportunities has notes, too, and the day on which somebody entered them.
        let dated = columns.has("when") || columns.has("due") || (dated && tells_activities(&headers, &columns));
        // The table of a chat's records is dated by when each began.
        let chats = || {
            let mut reader = table::reader(input.head());
            let mut rows = reader.records().take(FIRST_ROWS).filter_map(Result::ok);
            rows.any(|row| crm::chat::labelled(&columns.cells(&row, "text")).is_some())
        };
        if words && columns.has("start") && headers.len() >= 4 && chats() {
            return Likeness::Certain;
        }
        if words && context >= 2 && (dated || mails) && headers.len() >= 4 && !transcript && !messages && !texts() {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let heading =
            input.skipped(Some(1), "bad_csv", "the heading could not be read; the first line must name the columns");
        let rows = || Rows::of(input.text()).map_err(|_| heading.clone());
        let headers = rows()?.heading().clone();
        let columns = Columns::with_several(&headings(&headers), CRM, &["text", "when", "status"]);
        let words = (0..headers.len()).rfind(|at| columns.is_called(*at, "text"));
        let rows = || Ok::<_, Skipped>(rows()?.with_words(words));
        let table = Table::of(rows()?.filter_map(|row| row.cells.ok()).collect(), &headers, &columns);
        let mut out = Read::default();
        let mut told = Told::default();
        let mut read = 0;
        for (n, Row { line, cells, doubt }) in rows()?.enumerate() {
            out.skipped.extend(doubt.map(|doubt| input.skipped(line, "bad_csv", doubt)));
            let row = match cells {
                Ok(row) => row,
                Err(why) => {
                    out.skipped.push(input.skipped(line, "bad_csv", why));
                    continue;
                }
            };
            read += 1;
            if table.frame.holds(read - 1, &row) {
                continue;
            }
            if let Some(why) = absent(&columns, &row, table.is_mail(&columns, &row), table.habit) {
                told.leave_out(why, line);
                continue;
            }
            let (c, left) = conversation(self, input, &columns, &row, n + 1, &table);
            out.skipped.extend(left.told(input, line));
            if table.dates.is_unread(&columns, &row) {
                let message = "the row's date reads in no way, or in two; export it as 2026-05-31 09:00";
                out.skipped.push(input.skipped(line, "bad_date", message));
            }
            if c.turns.is_empty() {
                let message = "the row is empty in every column of words; export the column with its text too";
                out.skipped.push(input.skipped(line, "no_words", message));
                continue;
            }
            if columns.cell(&row, "deal").is_some_and(|cell| deals(cell).nth(1).is_some()) {
                told.of_several.add(line);
            }
            if table.of_other_record(&columns, &row) {
                told.of_others.add(line);
            }
            if c.started_at.is_none() && table.dates.is_empty(&columns, &row) {
                told.undated.add(line);
            }
            out.conversations.push(c);
        }
        told.tell(input, table.dated_by.as_deref(), &mut out.skipped);
        if words.and_then(|at| headers.get(at)).is_some_and(is_beginning) {
            out.skipped.push(input.skipped(Some(1), "left_out", BEGINNINGS));
        }
        Ok(out)
    }
}

/// Whether a column of words holds the beginning of each message alone: Front's.
fn is_beginning(heading: &str) -> bool {
    table::plain(heading) == "extract"
}

/// What is said of such a column.
const BEGINNINGS: &str = "the column \"Extract\" holds no more than the beginning of each message; export the conversations as JSON or as .eml, so that all of it is read";

/// How many rows are looked at for a chat: nobody may have written in the first.
const FIRST_ROWS: usize = 20;

/// What a table as a whole says of its rows.
struct Table {
    dates: Dates,
    /// The name of the column of dates, where a row has any.
    dated_by: Option<String>,
    habit: Habit,
    /// The columns of words and titles that only mails have.
    of_mails: Vec<usize>,
    /// Whether whoever wrote a row that names nobody is one of ours, as in a CRM and in notes.
    is_ours: bool,
    /// Whether its column of deals holds the ids of records of any kind: of accounts and cases too.
    of_any_record: bool,
    /// Whether its words are messages of anybody.
    holds_messages: bool,
    /// What a report put around it.
    frame: Frame,
}

impl Table {
    fn of(rows: Vec<csv::StringRecord>, headers: &csv::StringRecord, columns: &Columns) -> Table {
        let dates = Dates::of(headers, columns, &rows);
        let of_deals = columns.place("deal").and_then(|at| headers.get(at)).map(table::plain);
        Table {
            of_any_record: of_deals
                .is_some_and(|heading| matches!(&heading[..], "relatedtoid" | "whatid" | "relatedto")),
            holds_messages: columns
                .place("text")
                .and_then(|at| headers.get(at))
                .is_some_and(crm::message::holds_messages),
            frame: Frame::of(headers.len(), &rows),
            dated_by: dates.heading(headers, columns, &rows).map(|heading| heading.trim().to_owned()),
            dates,
            habit: Habit::of(headers, columns, rows.iter()),
            of_mails: crm::mail::columns(headers, columns),
            is_ours: ["owner", "kind", "deal", "contact"].iter().any(|name| columns.has(name))
                || columns.place("text").and_then(|at| headers.get(at)).is_some_and(|heading| !is_of_messages(heading)),
        }
    }

    /// Whether the row is of another record of Salesforce than an opportunity, by what its id begins with.
    fn of_other_record(&self, columns: &Columns, row: &csv::StringRecord) -> bool {
        /// Accounts, contacts, leads, tasks, events, cases, campaigns, contracts.
        const OTHERS: [&str; 8] = ["001", "003", "00Q", "00T", "00U", "500", "701", "800"];
        let id = || columns.cell(row, "deal").and_then(record);
        self.of_any_record && id().is_some_and(|id| OTHERS.iter().any(|other| id.starts_with(other)))
    }

    /// Whose the words of a row are that names no writer. Notes of a call are what our own person wrote about it, whom the CRM may know
    /// by a number alone.
    fn noted_by(&self, owner: Option<&Participant>) -> (String, Side) {
        match owner.filter(|_| !self.holds_messages) {
            Some(owner) => (owner.name.clone(), Side::Unknown),
            None if self.is_ours && !self.holds_messages => (String::new(), Side::Seller),
            None => Default::default(),
        }
    }

    fn is_mail(&self, columns: &Columns, row: &csv::StringRecord) -> bool {
        self.of_mails.iter().any(|at| row.get(*at).is_some_and(|cell| !cell.trim().is_empty()))
            || crm::mail::is_mail(columns, row)
    }
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

/// Whether a heading of words is one that messages of anybody have, and not "Notes" or "Comments".
fn is_of_messages(heading: &str) -> bool {
    let names =
        ["text", "textbody", "bodytext", "body", "nachricht", "corps", "cuerpo", "corpo", "texto", "testo", "tekst"];
    names.contains(&&table::plain(heading)[..])
}

/// What of a row's words was not read.
enum Unread {
    Nothing,
    /// Answers within the mail that is answered.
    Answers,
    /// What stands above the first speaker of a transcript.
    Heading,
    /// What stands below the last speaker of one without a heading.
    Notes,
}

impl Unread {
    /// What is said of it.
    fn told(&self, input: &Input, line: Option<usize>) -> Option<Skipped> {
        match self {
            Unread::Nothing => None,
            Unread::Answers => Some(eml::answers_in_quote(input, line)),
            Unread::Heading => Some(input.skipped(
                line,
                "preamble",
                "what stands above the first speaker of the row's transcript was read as its heading, not as words",
            )),
            Unread::Notes => Some(input.skipped(
                line,
                "left_out",
                "what stands below the last speaker of the row's transcript was read as notes, not as words",
            )),
        }
    }
}

/// The conversation of a row, and what was left of its words.
fn conversation(
    format: &CrmCsv,
    input: &Input,
    columns: &Columns,
    row: &csv::StringRecord,
    number: usize,
    table: &Table,
) -> (Conversation, Unread) {
    let cell = |name: &str| columns.cell(row, name);
    let mailed = table.is_mail(columns, row);
    let mut c = input.conversation(format, if mailed { Channel::Email } else { Channel::Call }, Some(number));
    if let Some(id) = cell("id") {
        c.id.0 = format!("{}#{id}", input.path);
    }
    let deal = cell("deal").and_then(|cell| deals(cell).next());
    if let Some(deal) = deal.filter(|_| !table.of_other_record(columns, row)) {
        c.deal = DealId(deal.to_owned());
    }
    c.title = one_line(cell("subject").unwrap_or(""));
    if let Some((at, local)) = table.dates.moment(columns, row) {
        (c.started_at, c.local_time) = (Some(at), local);
    }
    let owner = cell("owner").map(one_line).filter(|o| !is_id(o)).map(owner);
    let contacts = cell("contact").into_iter().flat_map(|names| names.split(';'));
    let mut contacts: Vec<Participant> = contacts.filter(|name| !name.trim().is_empty()).map(contact).collect();
    if let [only] = &mut contacts[..] {
        let beside = cell("contact_email").filter(|email| is_address(email)).map(str::to_lowercase);
        only.email = beside.or(only.email.take());
    }
    if mailed {
        let hidden = crm::mail::read(&mut c, columns, row, owner, contacts);
        return (c, if hidden { Unread::Answers } else { Unread::Nothing });
    }
    let words = columns.cells(row, "text");
    let chat = crm::chat::labelled(&words);
    let is_chat = chat.is_some();
    let is_message = crm::message::is_message(columns, row) || table.holds_messages;
    if is_chat || is_message {
        c.channel = Channel::Chat;
    }
    let plain = chat.map_or_else(|| table::seen(&words), Cow::Owned);
    // A transcript has a line for each speaker; most rows are a line of notes.
    let lines = is_chat || plain.contains('\n');
    let found = lines.then(|| labelled::text::parse(&plain)).filter(|found| is_chat || found.labelled >= 2);
    let mut left = Unread::Nothing;
    if let Some(found) = found {
        c.turns = found.turns;
        if !found.preamble.is_empty() {
            left = Unread::Heading;
        } else if found.notes_from.is_some() {
            left = Unread::Notes;
        }
    } else {
        let writer = crm::message::writer(cell("direction"), owner.as_ref(), &contacts).filter(|_| is_message);
        let (speaker, side) = writer.unwrap_or_else(|| table.noted_by(owner.as_ref()));
        let lines: Vec<String> = plain.lines().map(str::to_owned).collect();
        c.turns = email::body::paragraphs(&lines)
            .into_iter()
            .map(|text| Turn { speaker: speaker.clone(), side, text, ..Turn::default() })
            .collect();
    }
    c.participants.extend(owner);
    c.participants.extend(contacts);
    (c, left)
}

/// Whose activity it is.
fn owner(name: String) -> Participant {
    Participant {
        name,
        side: Side::Seller,
        side_confidence: 95,
        side_because: "the CRM's owner of the activity".into(),
        ..Participant::default()
    }
}

/// Whom the CRM lists as the contact of an activity: "Ann Lee", in HubSpot "Ann Lee (ann@acme.example)".
fn contact(name: &str) -> Participant {
    let addressed =
        name.trim().strip_suffix(')').and_then(|name| name.rsplit_once(" (")).filter(|(_, end)| is_address(end));
    Participant {
        name: one_line(addressed.map_or(name, |(name, _)| name)),
        email: addressed.map(|(_, email)| email.to_lowercase()),
        side: Side::Buyer,
        side_confidence: 95,
        side_because: "the CRM's contact of the activity".into(),
        ..Participant::default()
    }
}

/// The deals of a cell: several stand between semicolons, keys between commas too, which a name may have in it.
fn deals(cell: &str) -> impl Iterator<Item = &str> {
    let keys = cell.split([';', ',']).all(|piece| is_id(piece.trim()));
    cell.split(move |c| c == ';' || (keys && c == ',')).map(str::trim).filter(|deal| !deal.is_empty())
}

/// Whether a cell is the key of a record and no name: HubSpot's number, Salesforce's "005A0000001Xyz".
fn is_id(cell: &str) -> bool {
    cell.bytes().all(|b| b.is_ascii_digit())
        || ((15..=18).contains(&cell.len())
            && cell.starts_with("00")
            && cell.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{export::UNASSIGNED, read};

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
        let table = include_str!("../../../tests/formats/crm-csv/owner_by_number.csv");
        let read = read(&Input::new("tasks.csv", &deal, table.as_bytes()));
        let sides: Vec<Side> = read.conversations.iter().map(|c| c.turns[0].side).collect();
        assert_eq!(sides, [Side::Seller, Side::Seller, Side::Unknown], "a call, a mail sent, a mail received");
        // Whose notes these are nobody says; whose texts, neither, and they may be anybody's.
        for (words, side) in [("Notes", Side::Seller), ("Body", Side::Unknown)] {
            let table = format!("Subject,Date,{words},Place\nDemo,2026-03-02,Too dear.,Oslo\n");
            let read = crate::read::read(&Input::new("rows.csv", &deal, table.as_bytes()));
            assert_eq!(read.conversations[0].turns[0].side, side, "{words}");
        }
    }

    #[test]
    fn what_lies_in_a_deals_folder_is_told_of_no_other_deal() {
        for table in [
            include_str!("../../../tests/formats/crm-csv/mails_of_an_account_and_a_case.csv"),
            include_str!("../../../tests/formats/crm-csv/keys_of_several_deals.csv"),
        ] {
            let told = |path: &str, deal: &str| {
                let deal = DealId(deal.into());
                read(&Input::new(path, &deal, table.as_bytes())).skipped.len()
            };
            assert_eq!([told("acme/mails.csv", "acme"), told("mails.csv", UNASSIGNED)], [0, 1]);
        }
    }
}
