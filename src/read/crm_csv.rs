//! Calls and e-mails as the CRM exports them: a row a call or a message, from Salesforce (`EmailMessage`, `Task`, voice
//! calls), HubSpot (engagements) or a hand-made table; and transcripts as a table, a row a turn.

use super::{
    Format, Input, Likeness, Read, Skipped, email_body, eml, eml_fields, html, labelled_text, table, turns::one_line,
    when,
};
use crate::conversation::{Channel, Conversation, DealId, MailHead, Participant, Side, Turn};

/// A CRM's calls and e-mails.
pub struct CrmCsv;
/// A transcript, a row a turn.
pub struct TranscriptCsv;

/// Columns of a CRM's table: our name, then the names that CRMs give it; lower case, letters and digits only.
const CRM: &[(&str, &[&str])] = &[
    (
        "id",
        &[
            "id",
            "recordid",
            "activityid",
            "callid",
            "messageid",
            "emailmessageid",
            "hsobjectid",
            "engagementid",
            "taskid",
        ],
    ),
    (
        "deal",
        &[
            "dealid",
            "opportunityid",
            "relatedtoid",
            "whatid",
            "associateddealids",
            "associateddealid",
            "dealrecordid",
            "opportunity",
            "deal",
            "associateddeal",
            "opportunityname",
            "relatedto",
        ],
    ),
    (
        "subject",
        &["subject", "hsemailsubject", "emailsubject", "hscalltitle", "calltitle", "title", "hsmeetingtitle", "name"],
    ),
    (
        "text",
        &[
            "textbody",
            "hsemailtext",
            "emailbody",
            "emailtext",
            "transcript",
            "calltranscript",
            "hscallbody",
            "callbody",
            "callnotes",
            "description",
            "body",
            "fullcomments",
            "comments",
            "notes",
            "notebody",
            "hsnotebody",
            "text",
        ],
    ),
    ("html", &["htmlbody", "hsemailhtml", "emailhtml"]),
    (
        "from_email",
        &["fromaddress", "hsemailfromemail", "fromemail", "emailfromaddress", "from", "sender", "emailfrom"],
    ),
    ("from_name", &["fromname", "hsemailfromfirstname", "sendername"]),
    ("to", &["toaddress", "hsemailtoemail", "toemail", "emailtoaddress", "to", "recipients", "emailto"]),
    ("cc", &["ccaddress", "hsemailccemail", "ccemail", "cc"]),
    (
        "when",
        &[
            "messagedate",
            "hstimestamp",
            "activitydate",
            "date",
            "calldate",
            "senttime",
            "sentdate",
            "createdate",
            "createddate",
            "hscreatedate",
            "timestamp",
            "startedat",
            "callstarttime",
            "time",
            "duedateonly",
        ],
    ),
    ("owner", &["assignedto", "owner", "ownername", "activityassignedto", "hubspotownerid", "calledby", "assigned"]),
    ("contact", &["contact", "contactname", "who", "whoname", "associatedcontact", "associatedcontacts"]),
    ("direction", &["incoming", "hsemaildirection", "hscalldirection", "direction", "calltype"]),
    ("message_id", &["messageidentifier", "hsemailmessageid", "internetmessageid"]),
    ("kind", &["type", "activitytype", "tasksubtype", "engagementtype", "hsengagementtype"]),
];

/// Columns of a transcript's table.
const TURNS: &[(&str, &[&str])] = &[
    ("speaker", &["speaker", "speakername", "speakerlabel", "participant", "name", "who"]),
    ("text", &["text", "transcript", "utterance", "sentence", "content", "message", "words", "body"]),
    ("start", &["start", "starttime", "timestamp", "time", "begin", "startsec", "starts", "from"]),
    ("end", &["end", "endtime", "endsec", "ends", "to"]),
    ("call", &["callid", "conversationid", "meetingid", "recordingid", "conversation", "call"]),
    ("start_ms", &["startms", "starttimems", "beginoffsetmillis"]),
    ("end_ms", &["endms", "endtimems", "endoffsetmillis"]),
];

/// The columns of a table: where each of ours stands, if it does.
struct Columns {
    places: Vec<(&'static str, usize)>,
}

impl Columns {
    fn of(headers: &csv::StringRecord, known: &'static [(&'static str, &'static [&'static str])]) -> Columns {
        let plain: Vec<String> = headers.iter().map(table::plain).collect();
        let mut taken = vec![false; plain.len()];
        let mut places = Vec::new();
        for (name, also) in known {
            if let Some(at) = also.iter().find_map(|a| plain.iter().enumerate().position(|(n, h)| h == a && !taken[n]))
            {
                taken[at] = true;
                places.push((*name, at));
            }
        }
        Columns { places }
    }

    fn has(&self, name: &str) -> bool {
        self.places.iter().any(|(n, _)| *n == name)
    }

    fn cell<'r>(&self, row: &'r csv::StringRecord, name: &str) -> Option<&'r str> {
        let at = self.places.iter().find(|(n, _)| *n == name)?.1;
        row.get(at).map(str::trim).filter(|c| !c.is_empty())
    }
}

fn heading(input: &Input) -> Option<csv::StringRecord> {
    let first = input.head().lines().next().unwrap_or("");
    if !first.contains([',', ';', '\t'])
        || first.len() > 4_096
        || first.contains("{")
        || super::encoding::is_binary(input.bytes)
    {
        return None;
    }
    table::reader(first).headers().ok().cloned()
}

impl Format for CrmCsv {
    fn name(&self) -> &'static str {
        "crm-csv"
    }
    fn doc(&self) -> &'static str {
        "calls and e-mails as Salesforce or HubSpot export them, a row each"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let Some(headers) = heading(input) else { return Likeness::No };
        let columns = Columns::of(&headers, CRM);
        let words = columns.has("text") || columns.has("html");
        let context = ["subject", "when", "from_email", "to", "deal", "owner", "contact"]
            .iter()
            .filter(|c| columns.has(c))
            .count();
        if words && context >= 2 && columns.has("when") && headers.len() >= 4 {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut reader = table::reader(input.text());
        let headers = reader.headers().cloned().unwrap_or_default();
        let columns = Columns::of(&headers, CRM);
        let mut out = Read::default();
        for (n, row) in reader.records().enumerate() {
            match row {
                Ok(row) => {
                    let line = table::line(input.text(), row.position());
                    match conversation(self, input, &columns, &row, n + 1) {
                        Some(c) if !c.turns.is_empty() => out.conversations.push(c),
                        _ => out.skipped.push(input.skipped(
                            line,
                            "no_words",
                            "the row's body is empty; export the column with the text too",
                        )),
                    }
                }
                Err(e) => {
                    let line = table::line(input.text(), e.position());
                    out.skipped.push(input.skipped(line, "bad_csv", "a row could not be read; check its quotes"));
                }
            }
        }
        Ok(out)
    }
}

fn conversation(
    format: &CrmCsv,
    input: &Input,
    columns: &Columns,
    row: &csv::StringRecord,
    number: usize,
) -> Option<Conversation> {
    let cell = |name: &str| columns.cell(row, name);
    let kind = cell("kind").unwrap_or("").to_lowercase();
    let mailed = cell("from_email").is_some_and(|f| f.contains('@'))
        || cell("html").is_some()
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
    c.started_at =
        cell("when").and_then(|w| when::in_text(w).or_else(|| w.parse().ok().and_then(when::unix))).or(c.started_at);
    let text = cell("text").unwrap_or("");
    let is_html = text.contains("</") && text.contains('>');
    if mailed {
        let forwards = eml_fields::forwards(&c.title);
        let body = match cell("html") {
            _ if !text.is_empty() && !is_html => email_body::of_text(text, forwards),
            Some(html) => email_body::of_html(html, forwards),
            None => email_body::of_html(text, forwards),
        };
        let sender = people(cell("from_email").unwrap_or(""), cell("from_name")).into_iter().next();
        let name = sender.as_ref().map(|s| s.name.clone()).unwrap_or_default();
        c.participants.extend(sender.map(|s| Participant { active: true, ..s }));
        c.participants.extend(people(cell("to").unwrap_or(""), None));
        c.participants.extend(people(cell("cc").unwrap_or(""), None));
        eml::fill(&mut c, &name, &body);
        c.mail = Some(MailHead {
            message_id: cell("message_id").map(eml_fields::clean_id),
            references: vec![],
            automatic: false,
            cut_percent: body.cut_percent,
        });
        return Some(c);
    }
    let plain = if is_html {
        html::lines(text).into_iter().map(|l| l.text).collect::<Vec<_>>().join("\n")
    } else {
        text.to_owned()
    };
    let found = labelled_text::parse(&plain);
    let owner = cell("owner").map(one_line).filter(|o| !o.bytes().all(|b| b.is_ascii_digit()));
    if found.labelled >= 2 {
        c.turns = found.turns;
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
    Some(c)
}

/// The people of a cell: `Ann <ann@acme.example>; bob@acme.example`.
fn people(cell: &str, name: Option<&str>) -> Vec<Participant> {
    let each = cell.split([';', ',']).map(str::trim).filter(|a| !a.is_empty());
    each.map(|one| {
        let found = eml_fields::person(one);
        match name {
            Some(name) if !one.contains('<') => Participant { name: one_line(name), ..found },
            _ => found,
        }
    })
    .collect()
}

impl Format for TranscriptCsv {
    fn name(&self) -> &'static str {
        "transcript-csv"
    }
    fn doc(&self) -> &'static str {
        "a transcript as a table: speaker, text, times, a row a turn"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let Some(headers) = heading(input) else { return Likeness::No };
        let columns = Columns::of(&headers, TURNS);
        if columns.has("speaker")
            && columns.has("text")
            && (columns.has("start") || columns.has("start_ms") || headers.len() <= 4)
        {
            Likeness::Likely
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut reader = table::reader(input.text());
        let headers = reader.headers().cloned().unwrap_or_default();
        let columns = Columns::of(&headers, TURNS);
        let mut out = Read::default();
        let mut calls: Vec<(String, Vec<Turn>)> = Vec::new();
        for row in reader.records() {
            let row = match row {
                Ok(row) => row,
                Err(e) => {
                    let line = table::line(input.text(), e.position());
                    out.skipped.push(input.skipped(line, "bad_csv", "a row could not be read; check its quotes"));
                    continue;
                }
            };
            let time = |seconds: &str, ms: &str| {
                columns
                    .cell(&row, ms)
                    .and_then(|c| c.parse::<f64>().ok())
                    .and_then(|ms| when::seconds_ms(ms / 1000.0))
                    .or_else(|| columns.cell(&row, seconds).and_then(when::offset_ms))
            };
            let Some(text) = columns.cell(&row, "text").map(one_line).filter(|t| !t.is_empty()) else { continue };
            let start = time("start", "start_ms");
            let turn = Turn {
                speaker: one_line(columns.cell(&row, "speaker").unwrap_or("")),
                start_ms: start,
                end_ms: time("end", "end_ms").filter(|e| Some(*e) >= start),
                text,
                ..Turn::default()
            };
            let call = columns.cell(&row, "call").unwrap_or("");
            match calls.iter_mut().rev().find(|(id, _)| id == call) {
                Some((_, turns)) => turns.push(turn),
                None => calls.push((call.to_owned(), vec![turn])),
            }
        }
        let several = calls.len() > 1;
        for (id, turns) in calls {
            let mut c = input.conversation(self, Channel::Call, None);
            if several {
                c.id.0 = format!("{}#{id}", input.path);
            }
            c.turns = turns;
            out.conversations.push(c);
        }
        if out.conversations.is_empty() && out.skipped.is_empty() {
            return Err(input.skipped(None, "no_words", "the table has no row with words"));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read;

    #[test]
    fn tables_of_both_crms_and_of_turns() {
        let deal = DealId("folder".into());
        let salesforce = "Id,RelatedToId,Subject,TextBody,FromAddress,FromName,ToAddress,MessageDate,Incoming,MessageIdentifier\n\
            02s1,006A,Re: quote,\"Too dear.\n\nOn 1 May 2026, Rep wrote:\n> 900\",ann@acme.example,Ann Lee,rep@us.example,2026-05-02T10:00:00Z,true,<m1@x>\n";
        let hubspot = "Record ID,Call title,Call body,Activity date,Activity assigned to,Associated Deal IDs\n7,Demo,\"<p>Ann: hi</p><p>Rep: hello</p>\",2026-05-02 10:00,Rep One,006A\n8,Notes,Went well.,2026-05-03 10:00,Rep One,006A\n9,Empty,,2026-05-03 10:00,Rep One,006A\n";
        let turns = "Speaker,Start,End,Text\nAnn,0:01,0:02,hi\nRep,0:03,0:04,\"hello, Ann\"\n";
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
        let table = &get("t.csv", turns).conversations[0];
        assert_eq!((table.turns[1].start_ms, table.turns[1].text.as_str()), (Some(3000), "hello, Ann"));
    }
}
