//! Calls and e-mails as the CRM exports them: a row a call or a message, from Salesforce (`EmailMessage`, `Task`, voice
//! calls), HubSpot (engagements) or a hand-made table.

use super::{
    Format, Input, Likeness, Read, Skipped,
    crm_columns::CRM,
    email_body, eml, eml_fields, eml_people, html, labelled_text,
    table::{self, Columns},
    turns::one_line,
    when,
};
use crate::conversation::{Channel, Conversation, DealId, MailHead, Participant, Side, Timestamp, Turn};

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
        let context = ["subject", "when", "from_email", "to", "deal", "owner", "contact"]
            .iter()
            .filter(|c| columns.has(c))
            .count();
        // A turn a row is a transcript, whatever else the table says of its call.
        let transcript = headers.iter().any(|h| table::plain(h).starts_with("speaker"));
        // Outlook's own export of mails has no date.
        let mails = columns.has("subject") && columns.has("from_email") && columns.has("to");
        if words && context >= 2 && (columns.has("when") || mails) && headers.len() >= 4 && !transcript {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut reader = table::reader(input.text());
        let headers = reader.headers().cloned().unwrap_or_default();
        let columns = Columns::with_several(&headers, CRM, "text");
        let mut lines = table::Lines::of(input.text());
        let day_first = day_first(input.text(), &columns);
        let mut out = Read::default();
        for (n, row) in reader.records().enumerate() {
            match row {
                Ok(row) => {
                    let line = lines.at(row.position());
                    let (c, left) = conversation(self, input, &columns, &row, n + 1, day_first);
                    match left {
                        Left::Nothing => {}
                        Left::Answers => out.skipped.push(eml::answers_in_quote(input, line)),
                        Left::Heading => out.skipped.push(input.skipped(
                            line,
                            "preamble",
                            "what stands above the first speaker of the row's transcript was read as its heading, not as words",
                        )),
                    }
                    if columns.cell(&row, "when").is_some_and(|w| moment(w, day_first).is_none()) {
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
        Ok(out)
    }
}

/// What of a row's words was not read.
enum Left {
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
) -> (Conversation, Left) {
    let cell = |name: &str| columns.cell(row, name);
    let kind = cell("kind").unwrap_or("").to_lowercase();
    let mailed = cell("from_email").is_some_and(|f| f.contains('@'))
        || cell("html").is_some()
        // Dynamics names sender and recipients without their addresses.
        || (kind.is_empty() && cell("from_email").is_some() && cell("to").is_some())
        || kind.contains("email")
        || kind.contains("e-mail");
    let mut c = input.conversation(format, if mailed { Channel::Email } else { Channel::Call }, Some(number));
    if let Some(id) = cell("id") {
        c.id.0 = format!("{}#{id}", input.path);
    }
    if let Some(deal) = cell("deal").map(|d| d.split([';', ',']).next().unwrap_or(d).trim()).filter(|d| !d.is_empty()) {
        c.deal = DealId(deal.to_owned());
    }
    c.title = one_line(cell("subject").unwrap_or(""));
    c.started_at = cell("when").and_then(|w| moment(w, day_first)).or(c.started_at);
    let owner = cell("owner").map(one_line).filter(|o| !is_id(o));
    let words = columns.cells(row, "text");
    let logged = if mailed { logged_mail(&words) } else { None };
    let text = logged.as_ref().map_or(&words[..], |l| l.body);
    let is_html = text.contains('>') && ["</", "<br"].iter().any(|tag| text.contains(tag));
    if mailed {
        let forwards = eml_fields::forwards(&c.title);
        let body = match cell("html") {
            _ if !text.is_empty() && !is_html => email_body::of_text(text, forwards),
            Some(html) => email_body::of_html(html, forwards),
            None => email_body::of_html(text, forwards),
        };
        let sender = people(cell("from_email").unwrap_or(""), cell("from_name")).into_iter().next();
        // An e-mail that the CRM sent for its owner has no sender of its own.
        let sender = sender.or_else(|| logged.as_ref().and(owner.as_deref()).map(eml_people::person));
        let name = sender.as_ref().map(|s| s.name.clone()).unwrap_or_default();
        c.participants.extend(sender.map(|s| sided(Participant { active: true, ..s }, cell("direction"))));
        c.participants.extend(people(logged.as_ref().map_or(cell("to").unwrap_or(""), |l| l.to), None));
        c.participants.extend(people(cell("cc").unwrap_or(""), None));
        eml::fill(&mut c, &name, &body);
        c.mail = Some(MailHead {
            message_id: cell("message_id").map(eml_fields::clean_id),
            references: vec![],
            automatic: body.automatic(),
            cut_percent: body.cut_percent,
        });
        return (c, if body.answers_in_quote { Left::Answers } else { Left::Nothing });
    }
    let plain = if is_html {
        html::lines(text).into_iter().map(|l| l.text).collect::<Vec<_>>().join("\n")
    } else {
        text.to_owned()
    };
    // A transcript has a line for each speaker; most rows are a line of notes.
    let found = plain.contains('\n').then(|| labelled_text::parse(&plain)).filter(|found| found.labelled >= 2);
    let mut left = Left::Nothing;
    if let Some(found) = found {
        c.turns = found.turns;
        if !found.preamble.is_empty() {
            left = Left::Heading;
        }
    } else {
        // Notes of a call are what our own person wrote about it.
        let speaker = owner.clone().unwrap_or_default();
        let lines: Vec<String> = plain.lines().map(str::to_owned).collect();
        c.turns = email_body::paragraphs(&lines)
            .into_iter()
            .map(|text| Turn { speaker: speaker.clone(), text, ..Turn::default() })
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
    if let Some(contact) = cell("contact") {
        for name in contact.split(';').map(one_line).filter(|n| !n.is_empty()) {
            c.participants.push(Participant {
                name,
                side: Side::Buyer,
                side_confidence: 95,
                side_because: "the CRM's contact of the activity".into(),
                ..Participant::default()
            });
        }
    }
    (c, left)
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
fn sided(sender: Participant, direction: Option<&str>) -> Participant {
    let (side, because) = match direction.map(str::to_lowercase).as_deref() {
        Some("true" | "1" | "incoming" | "incoming_email" | "inbound" | "received" | "eingehend") => {
            (Side::Buyer, "the CRM lists the message as incoming")
        }
        Some("false" | "0" | "email" | "outgoing" | "outgoing_email" | "outbound" | "sent" | "ausgehend") => {
            (Side::Seller, "the CRM lists the message as outgoing")
        }
        _ => return sender,
    };
    Participant { side, side_confidence: 85, side_because: because.into(), ..sender }
}

/// An e-mail as Salesforce logs it in a task: "To: …", "CC: …", "Subject: …", "Body:", the words.
struct LoggedMail<'a> {
    to: &'a str,
    body: &'a str,
}

fn logged_mail(text: &str) -> Option<LoggedMail<'_>> {
    let (head, body) = text.split_once("\nBody:")?;
    // Its own fields stand above, and nothing else.
    const FIELDS: &[&str] = &["to", "cc", "bcc", "additional to", "attachment", "subject"];
    let known =
        |line: &str| line.split_once(':').is_some_and(|(f, _)| FIELDS.contains(&f.trim().to_lowercase().as_str()));
    let to =
        head.lines().find_map(|l| l.trim().strip_prefix("To:").or_else(|| l.trim().strip_prefix("Additional To:")))?;
    head.lines().all(|l| l.trim().is_empty() || known(l)).then_some(LoggedMail { to: to.trim(), body: body.trim() })
}

/// Whether the day stands first in the column of dates.
fn day_first(text: &str, columns: &Columns) -> Option<bool> {
    if !columns.has("when") {
        return None;
    }
    let rows = table::reader(text).into_records().filter_map(Result::ok);
    let dates: Vec<String> = rows.filter_map(|row| columns.cell(&row, "when").map(str::to_owned)).collect();
    when::day_first(dates.iter().map(String::as_str))
}

/// The moment of a cell.
fn moment(cell: &str, day_first: Option<bool>) -> Option<Timestamp> {
    when::in_ordered_text(cell, day_first).or_else(|| cell.parse().ok().and_then(when::unix))
}

/// The people of a cell: `Ann <ann@acme.example>; bob@acme.example`.
fn people(cell: &str, name: Option<&str>) -> Vec<Participant> {
    let each = cell.split([';', ',']).map(str::trim).filter(|a| !a.is_empty());
    each.map(|one| {
        let found = eml_people::person(one);
        match name {
            Some(name) if !one.contains('<') => Participant { name: one_line(name), ..found },
            _ => found,
        }
    })
    .collect()
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
}
