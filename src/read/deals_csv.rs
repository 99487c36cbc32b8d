//! `deals.csv`: what the CRM says of each deal, as written by hand or as Salesforce and HubSpot export it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

pub use columns::{COLUMNS, Column};
use day::{Order, day};
use gathered::Deals;

use super::{
    Skipped,
    crm::status::{is_no, is_yes},
    encoding,
    money::{DOLLARS, currency, money},
    report_frame::{self, Frame},
    table,
    table_rows::{Row, Rows},
    when,
};
use crate::{
    conversation::DealId,
    deal::{Contact, CrmRecord, Status, outcome},
};

mod columns;
mod day;
mod gathered;

/// The rows of a `deals.csv`, by deal; a deal over several rows (one for each contact, as Salesforce reports have it) is one
/// record with all contacts. What could not be read stands in the second value.
pub fn parse(path: &str, bytes: &[u8]) -> (BTreeMap<DealId, CrmRecord>, Vec<Skipped>) {
    let skip = |line: Option<usize>, code: &str, message: &str| Skipped {
        file: path.to_owned(),
        line,
        code: code.to_owned(),
        message: message.to_owned(),
    };
    let mut skipped = Vec::new();
    let text = encoding::decode(bytes).text;
    let (above, text) = report_frame::below_titles(&text, is_id, is_known);
    let (Ok(each), Ok(again)) = (Rows::of(text), Rows::of(text)) else {
        let told = "the heading could not be read; the first line must name the columns";
        return (BTreeMap::new(), vec![skip(None, "bad_csv", told)]);
    };
    let rows: Vec<csv::StringRecord> = again.filter_map(|row| row.cells.ok()).collect();
    let places = Places::of(each.heading(), &rows);
    let frame = Frame::of(places.headers.len(), &rows);
    let Some(id_at) = places.at("deal_id").or_else(|| places.at("name")) else {
        let told = "no column names the deal; call one of them deal_id";
        return (BTreeMap::new(), vec![skip(Some(above + 1), "bad_csv", told)]);
    };
    if places.are_foreign() {
        let told = "no column for the amount, the stage or the day of closing is known here; call them amount, stage and \
                    close_date";
        skipped.push(skip(Some(above + 1), "unknown_columns", told));
    }
    let order = places.order(&rows);
    // What is held of every row at once, beside what is made of it, is most of the memory that a large table takes.
    drop(rows);
    let mut deals = Deals::default();
    let mut read = 0;
    for Row { line, cells, doubt } in each {
        let line = line.map(|line| line + above);
        skipped.extend(doubt.map(|doubt| skip(line, "bad_csv", doubt)));
        let row = match cells {
            Ok(row) => row,
            Err(why) => {
                skipped.push(skip(line, "bad_csv", &why));
                continue;
            }
        };
        read += 1;
        if frame.holds(read - 1, &row) {
            continue;
        }
        let Some(id) = row.get(id_at).map(str::trim).filter(|id| !id.is_empty()) else {
            if row.iter().any(|c| !c.trim().is_empty()) {
                skipped.push(skip(line, "bad_csv", "a row names no deal; fill its deal_id"));
            }
            continue;
        };
        let cell = |name: &str| {
            places.at(name).and_then(|at| row.get(at)).map(str::trim).filter(|c| !c.is_empty() && *c != "-")
        };
        let record = record(cell, order, |code, message| skipped.push(skip(line, code, message)));
        let disagrees = deals.add(id, line, record);
        skipped.extend(disagrees.map(|other| skip(line, "rows_disagree", &other)));
    }
    let mut deals = deals.whole();
    name_signs(&mut deals);
    skipped.extend(several_currencies(&deals).map(|told| skip(None, "several_currencies", &told)));
    (deals, skipped)
}

/// Where the columns of a table stand.
struct Places {
    /// The heading, as [`table::plain`] leaves it.
    headers: Vec<String>,
    /// The column "title", where it holds job titles.
    jobs: Option<usize>,
}

impl Places {
    fn of(heading: &csv::StringRecord, rows: &[csv::StringRecord]) -> Places {
        let headers: Vec<String> = heading.iter().map(table::plain).collect();
        Places { jobs: job_titles(&headers, rows), headers }
    }

    /// The place of one of [`COLUMNS`].
    fn at(&self, name: &str) -> Option<usize> {
        match name {
            "name" if self.jobs.is_some() => None,
            "contact_title" if self.jobs.is_some() => self.jobs,
            _ => place(&self.headers, name),
        }
    }

    /// Whether the table is one of another CRM or language. One of deals and contacts alone may be meant so; one with columns
    /// that nobody knows is not.
    fn are_foreign(&self) -> bool {
        let known = self.headers.iter().filter(|heading| is_known(heading)).count();
        self.headers.len() >= known + FOREIGN
            && ["amount", "company_amount", "stage", "close_date"].iter().all(|name| self.at(name).is_none())
    }

    /// The order of the dates, as those of them tell that read in one way only; none where they contradict each other, as in
    /// a table that several people or a spreadsheet of another country wrote: then nothing tells how the others are meant.
    fn order(&self, rows: &[csv::StringRecord]) -> Order {
        let dates: Vec<usize> =
            ["stage_since", "close_date", "as_of"].iter().filter_map(|name| self.at(name)).collect();
        let cells = rows.iter().flat_map(|row| dates.iter().filter_map(|at| Some(row.get(*at)?.trim())));
        let mut told = cells.filter_map(|cell| when::day_first(std::iter::once(cell)));
        match told.next() {
            None => Order::Untold,
            Some(first) if told.all(|other| other == first) => Order::DayFirst(first),
            Some(_) => Order::Contradicted,
        }
    }
}

/// The place of one of [`COLUMNS`], by its names in their order.
fn place(headers: &[String], name: &str) -> Option<usize> {
    let column = COLUMNS.iter().find(|c| c.name == name)?;
    column.also.iter().find_map(|also| headers.iter().position(|h| h == also))
}

/// What is told of amounts in several currencies.
fn several_currencies(deals: &BTreeMap<DealId, CrmRecord>) -> Option<String> {
    let currencies: BTreeSet<&str> = deals.values().filter_map(|record| record.currency.as_deref()).collect();
    if currencies.len() < 2 {
        return None;
    }
    let named = currencies.into_iter().collect::<Vec<_>>().join(", ");
    Some(format!(
        "the amounts are in several currencies ({named}), so that no deal is set before another for its worth; export the column \
         of the amount in the company's currency too"
    ))
}

/// Takes "$" for US dollars where other amounts are in them and none in another kind of dollars. One deal in Canadian dollars beside
/// a column of "$" is more likely the only one.
fn name_signs(deals: &mut BTreeMap<DealId, CrmRecord>) {
    let codes: BTreeSet<&str> = deals.values().filter_map(|record| record.currency.as_deref()).collect();
    if !DOLLARS.iter().filter(|code| codes.contains(*code)).eq(&["USD"]) {
        return;
    }
    for currency in deals.values_mut().filter_map(|record| record.currency.as_mut()).filter(|currency| *currency == "$")
    {
        "USD".clone_into(currency);
    }
}

/// How many columns that nobody knows make a table one of another CRM or language.
const FOREIGN: usize = 2;

/// Whether a heading, as [`table::plain`] leaves it, is one of ours.
pub(super) fn is_known(heading: &str) -> bool {
    COLUMNS.iter().any(|column| column.also.contains(&heading))
}

/// Whether a table with these headings says of deals what a `deals.csv` does.
pub(super) fn lists_deals(headers: &csv::StringRecord) -> bool {
    let says = |what: &[&str]| {
        let mut columns = COLUMNS.iter().filter(|column| what.contains(&column.name));
        columns.any(|column| headers.iter().any(|heading| column.also.contains(&table::plain(heading).as_str())))
    };
    says(&["deal_id", "name"]) && says(&["amount", "company_amount", "close_date"]) && says(&["stage", "status"])
}

/// Whether a heading may name the deal.
fn is_id(heading: &str) -> bool {
    let naming = COLUMNS.iter().filter(|column| matches!(column.name, "deal_id" | "name"));
    naming.into_iter().any(|column| column.also.contains(&heading))
}

/// The column "title" where it holds the job title of each row's contact: a table with a row a contact gives one deal several,
/// while a deal has one name.
fn job_titles(headers: &[String], rows: &[csv::StringRecord]) -> Option<usize> {
    let place = |known: &str| place(headers, known);
    let (id, title) = (place("deal_id")?, place("name").filter(|at| headers[*at] == "title")?);
    place("contacts").or_else(|| place("contact_email")).or_else(|| place("email"))?;
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut cells = rows.iter().filter_map(|row| Some((row.get(id)?.trim(), row.get(title)?.trim())));
    cells.any(|(deal, title)| *first.entry(deal).or_insert(title) != title).then_some(title)
}

/// What one row says; `cell` gives what stands in a column, `lost` hears of what cannot be read.
fn record<'a>(cell: impl Fn(&str) -> Option<&'a str>, order: Order, mut lost: impl FnMut(&str, &str)) -> CrmRecord {
    let text = |name: &str| cell(name).map(str::to_owned);
    // In the company's own currency deals are comparable, whatever each is sold in.
    let of_company = cell("company_amount").map(|amount| (amount, cell("company_currency")));
    let worth = of_company.or_else(|| Some((cell("amount")?, cell("currency"))));
    let amount = worth.and_then(|(amount, _)| {
        let read = money(amount);
        if read.is_none() {
            lost("bad_amount", "the amount is no number; it was left out");
        }
        read
    });
    let currency = worth.filter(|_| amount.is_some()).and_then(|(amount, stated)| {
        stated.map(|stated| currency(stated).unwrap_or_else(|| stated.to_uppercase())).or_else(|| currency(amount))
    });
    let mut date = |name: &str| day(cell(name)?, order).map_err(|why| lost("bad_date", &format!("{name} {why}"))).ok();
    CrmRecord {
        name: text("name"),
        account: text("account"),
        kind: text("type"),
        amount,
        currency,
        stage: text("stage"),
        status: status(&cell),
        stage_since: date("stage_since"),
        close_date: date("close_date"),
        as_of: date("as_of"),
        owner: text("owner"),
        contacts: contacts_of(cell),
        ..CrmRecord::default()
    }
}

/// Whether a row's deal is open, won or lost, by the columns that say so beside its stage: flags are the CRM's own, a status may
/// be called as its users like, and of a deal that was opened again both times may be left.
fn status<'a>(cell: &impl Fn(&str) -> Option<&'a str>) -> Option<Status> {
    let (won, lost, closed) = (cell("is_won"), cell("is_lost"), cell("is_closed"));
    if won.is_some_and(is_yes) {
        return Some(Status::Won);
    }
    if lost.is_some_and(is_yes) || (closed.is_some_and(is_yes) && won.is_some_and(is_no)) {
        return Some(Status::Lost);
    }
    if closed.is_some_and(is_no) {
        return Some(Status::Open);
    }
    // A joined report may have another thing's status; and a time that is none has no digit but 0: "0000-00-00", "N/A".
    let ended = || cell("stage").and_then(outcome::of_stage).is_some();
    let at = |name: &str| cell(name).filter(|time| time.contains(|c: char| matches!(c, '1'..='9')));
    cell("status").and_then(outcome::of_status).filter(|status| *status != Status::Open || !ended()).or_else(|| match (
        at("won_time"),
        at("lost_time"),
    ) {
        (Some(_), None) => Some(Status::Won),
        (None, Some(_)) => Some(Status::Lost),
        _ => None,
    })
}

/// The contacts that a row names.
fn contacts_of<'a>(cell: impl Fn(&str) -> Option<&'a str>) -> Vec<Contact> {
    let mut found = cell("contacts").map(contacts).unwrap_or_default();
    let several = found.len() > 1;
    if let Some(cell) = cell("contact_email") {
        let left = give_addresses(&mut found, cell);
        found.extend(left.into_iter().map(|email| Contact { name: email.clone(), email, title: String::new() }));
    } else if let Some(cell) = cell("email") {
        give_addresses(&mut found, cell);
    }
    if let (Some(title), [first, ..]) = (cell("contact_title"), &mut found[..])
        && !several
        && first.title.is_empty()
    {
        first.title = title.to_owned();
    }
    found
}

/// "Ann Lee <ann@acme.example> (CFO);Bob" as contacts.
fn contacts(text: &str) -> Vec<Contact> {
    text.split(';')
        .filter_map(|one| {
            let one = one.trim();
            let (rest, title) = match one.strip_suffix(')').and_then(|o| o.rsplit_once('(')) {
                Some((rest, title)) if rest.contains('>') || !title.contains('@') => (rest.trim(), title.trim()),
                _ => (one, ""),
            };
            let (name, email) = match rest.strip_suffix(['>', ')']).and_then(|r| r.rsplit_once(['<', '('])) {
                Some((name, email)) => (name.trim(), email.trim()),
                None if rest.contains('@') => (rest, rest),
                None => (rest, ""),
            };
            (!name.is_empty() || !email.is_empty()).then(|| Contact {
                name: if name.is_empty() { email.to_owned() } else { name.to_owned() },
                email: email.to_lowercase(),
                title: title.to_owned(),
            })
        })
        .collect()
}

/// Gives `contacts` the addresses of a cell, in their order, where there is one contact or as many as addresses; else nobody knows
/// whose they are. Gives those that are nobody's yet.
fn give_addresses(contacts: &mut [Contact], cell: &str) -> Vec<String> {
    let addresses: Vec<String> =
        cell.split([';', ',']).map(|one| one.trim().to_lowercase()).filter(|one| one.contains('@')).collect();
    let known = if contacts.len() == 1 || contacts.len() == addresses.len() { contacts.len() } else { 0 };
    for (contact, address) in contacts[..known].iter_mut().zip(&addresses) {
        if contact.email.is_empty() {
            contact.email.clone_from(address);
        }
    }
    let mut held: HashSet<String> = contacts.iter().map(|contact| contact.email.clone()).collect();
    addresses.into_iter().skip(known).filter(|address| held.insert(address.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_and_the_crms_headings_read_the_same() {
        let own = "deal_id,name,account,type,amount,stage,close_date,as_of,contacts\n\
                   a1,Acme - CRM,Acme,new,\"1,200.50 EUR\",Proposal,2026-05-31,2026-05-01,Ann Lee <Ann@acme.example> (CFO);Bob Ray <bob@acme.example> (clerk)\n";
        let salesforce = "\u{feff}Opportunity ID;Opportunity Name;Account Name;Type;Amount;Stage;Close Date;Snapshot Date;Contact Name;Contact Email;Contact Title\r\n\
                          a1;Acme - CRM;Acme;new;1.200,50 €;Proposal;31/05/2026;2026-05-01;Ann Lee;ann@acme.example;CFO\r\n\
                          a1;Acme - CRM;Acme;new;1.200,50 €;Proposal;31/05/2026;2026-05-01;Bob Ray;bob@acme.example;clerk\r\n";
        let (deals, skipped) = parse("deals.csv", own.as_bytes());
        assert_eq!(skipped, []);
        assert_eq!(parse("deals.csv", salesforce.as_bytes()), (deals.clone(), vec![]));
        let acme = &deals[&DealId("a1".into())];
        assert_eq!(
            (acme.amount, acme.contacts.len(), acme.contacts[0].email.as_str()),
            (Some(1200.5), 2, "ann@acme.example")
        );
        assert_eq!(acme.close_date.map(|d| d.to_string()).as_deref(), Some("2026-05-31"));
    }

    #[test]
    fn titles_that_differ_within_a_deal_are_those_of_its_contacts() {
        let csv = "deal_id,title,amount,stage,contacts\na1,CFO,,,Ann\na1,CTO,5000,won,Bob\n";
        let (deals, skipped) = parse("deals.csv", csv.as_bytes());
        assert_eq!(skipped, []);
        let acme = &deals[&DealId("a1".into())];
        assert_eq!((acme.name.as_deref(), acme.amount, acme.stage.as_deref()), (None, Some(5000.0), Some("won")));
        assert_eq!(acme.contacts.iter().map(|c| &c.title[..]).collect::<Vec<_>>(), ["CFO", "CTO"]);
    }

    #[test]
    fn addresses_in_a_column_of_their_own_belong_to_the_contacts_or_stand_alone() {
        for (row, expected) in [
            (",ann@x.example", "ann@x.example <ann@x.example>"),
            ("Ann,Ann@x.example", "Ann <ann@x.example>"),
            ("Ann;Bob,ann@x.example; bob@x.example", "Ann <ann@x.example>|Bob <bob@x.example>"),
            ("Ann,ann@x.example;bob@x.example", "Ann <ann@x.example>|bob@x.example <bob@x.example>"),
            ("Ann <a@x.example>,ann@x.example", "Ann <a@x.example>"),
            ("Ann;Bob,bob@x.example", "Ann <>|Bob <>|bob@x.example <bob@x.example>"),
        ] {
            let (deals, _) = parse("deals.csv", format!("deal_id,contacts,contact_email\na,{row}\n").as_bytes());
            let contacts = deals[&DealId("a".into())].contacts.iter();
            let found: Vec<String> = contacts.map(|c| format!("{} <{}>", c.name, c.email)).collect();
            assert_eq!(found.join("|"), expected, "{row}");
        }
    }

    #[test]
    fn an_address_that_may_be_the_owners_makes_no_contact() {
        let (deals, _) = parse("deals.csv", b"deal_id,owner,email\na,Tom Hall,tom@us.example\n");
        assert_eq!(deals[&DealId("a".into())].contacts, []);
        let (deals, _) = parse("deals.csv", b"deal_id,contact,email\na,Ann Lee,ann@x.example\n");
        assert_eq!(deals[&DealId("a".into())].contacts[0].email, "ann@x.example");
    }

    #[test]
    fn one_date_of_the_file_tells_the_order_of_all() {
        let (deals, skipped) = parse("deals.csv", b"deal_id,close_date,as_of\na,06/30/2026,06/12/2026\n");
        assert_eq!(skipped, []);
        assert_eq!(deals[&DealId("a".into())].as_of.map(|d| d.to_string()).as_deref(), Some("2026-06-12"));
    }

    #[test]
    fn rows_of_a_deal_that_disagree_are_told_and_no_record_is_made_of_two() {
        let table =
            "deal_id,name,amount,stage,contacts\na,Acme,lots,won,Ann\na,Acme,10,,Bob\na,Acme,20,lost,Cy\na,Acme,30,,\n";
        let (deals, skipped) = parse("deals.csv", table.as_bytes());
        let acme = &deals[&DealId("a".into())];
        assert_eq!((acme.amount, acme.stage.as_deref(), acme.contacts.len()), (Some(10.0), Some("won"), 3));
        let told: Vec<_> = skipped.iter().map(|s| (s.line, s.code.as_str())).collect();
        assert_eq!(told, [(Some(2), "bad_amount"), (Some(4), "rows_disagree")]);
        assert!(skipped[1].message.starts_with("line 2 says something else of the same deal in amount, stage"));
    }

    #[test]
    fn a_bad_row_costs_only_itself() {
        let (deals, skipped) = parse("deals.csv", b"deal_id,amount,close_date\na,lots,someday\n,5,\nb,7,2026-01-02\n");
        assert_eq!(deals.len(), 2);
        assert_eq!(
            skipped.iter().map(|s| (s.line, s.code.as_str())).collect::<Vec<_>>(),
            [(Some(2), "bad_amount"), (Some(2), "bad_date"), (Some(3), "bad_csv")]
        );
    }
}
