//! Requests of Jira as it exports them as a table: a row a request, with a column for each comment, all of the same name, each
//! comment as "10/Mar/26 9:15 AM;dana.whitfield;words".

use std::borrow::Cow;

use super::{
    Format, Input, Likeness, Read, Skipped,
    json::{
        Transcript, finish,
        messages::{Author, Message, chat},
    },
    table,
    table_rows::Rows,
    turns::one_line,
    when,
};
/// Jira's table.
pub struct JiraCsv;

impl Format for JiraCsv {
    fn name(&self) -> &'static str {
        "jira-csv"
    }
    fn doc(&self) -> &'static str {
        "Jira: requests as a table, with the comments"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let Some(headers) = table::heading(input) else { return Likeness::No };
        let columns = Places::of(&headers);
        if columns.key.is_some() && !columns.comments.is_empty() { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let heading =
            || input.skipped(Some(1), "bad_csv", "the heading could not be read; the first line must name the columns");
        let rows = Rows::of(input.text()).map_err(|_| heading())?;
        let columns = Places::of(rows.heading());
        let mut lost = Vec::new();
        let mut requests = Vec::new();
        for row in rows {
            match row.cells {
                Ok(cells) => requests.push(cells),
                Err(why) => lost.push(input.skipped(row.line, "bad_csv", why)),
            }
        }
        let day_first = when::day_first(requests.iter().flat_map(|row| columns.dates(row)));
        let transcripts = requests.iter().map(|row| {
            let cell = |place: Option<usize>| place.and_then(|at| row.get(at)).map(one_line);
            let (id, title) = (cell(columns.key), cell(columns.summary).unwrap_or_default());
            Transcript { id, title, ..chat(columns.messages(row, day_first)) }
        });
        let mut read = finish(self, input, transcripts.collect());
        read.skipped.extend(lost);
        Ok(read)
    }
}

/// Where the columns stand.
struct Places {
    key: Option<usize>,
    summary: Option<usize>,
    reporter: Option<usize>,
    created: Option<usize>,
    description: Option<usize>,
    comments: Vec<usize>,
}

impl Places {
    fn of(headers: &csv::StringRecord) -> Places {
        let plain: Vec<String> = headers.iter().map(table::plain).collect();
        let first = |names: &[&str]| plain.iter().position(|heading| names.contains(&&heading[..]));
        Places {
            key: first(&["issuekey", "vorgangsschlüssel", "clé", "clavedeincidencia"]),
            summary: first(&["summary", "zusammenfassung", "résumé", "resumen"]),
            reporter: first(&["reporter", "creator", "autor", "ersteller", "rapporteur", "informador"]),
            created: first(&["created", "erstellt", "création", "creada"]),
            description: first(&["description", "beschreibung", "descripción"]),
            comments: plain
                .iter()
                .enumerate()
                .filter(|(_, heading)| {
                    ["comment", "comments", "kommentar", "commentaire", "comentario"].contains(&&heading[..])
                })
                .map(|(at, _)| at)
                .collect(),
        }
    }

    /// The dates of a row.
    fn dates<'r>(&'r self, row: &'r csv::StringRecord) -> impl Iterator<Item = &'r str> {
        let created = self.created.and_then(|at| row.get(at));
        created.into_iter().chain(self.comments(row).map(|(date, ..)| date))
    }

    /// The comments of a row: when, who, what.
    fn comments<'r>(&'r self, row: &'r csv::StringRecord) -> impl Iterator<Item = (&'r str, &'r str, &'r str)> {
        let cells = self.comments.iter().filter_map(|at| row.get(*at)).filter(|cell| !cell.trim().is_empty());
        cells.map(|cell| parts(cell).unwrap_or(("", "", cell)))
    }

    /// What was asked, and the comments.
    fn messages(&self, row: &csv::StringRecord, day_first: Option<bool>) -> Vec<Message> {
        let cell = |place: Option<usize>| place.and_then(|at| row.get(at)).unwrap_or("");
        let asked = (cell(self.created), cell(self.reporter), cell(self.description));
        let message = |(date, who, words): (&str, &str, &str)| Message {
            at: when::in_ordered_text(&whole_year(date), day_first),
            author: Author { name: one_line(who), ..Author::default() },
            words: one_line(words),
        };
        std::iter::once(asked).chain(self.comments(row)).map(message).collect()
    }
}

/// "10/Mar/26 9:15 AM;dana;words"
fn parts(cell: &str) -> Option<(&str, &str, &str)> {
    let (date, rest) = cell.split_once(';')?;
    let (who, words) = rest.split_once(';')?;
    (date.len() <= LONGEST_DATE && date.contains(|c: char| c.is_ascii_digit())).then_some((date, who, words))
}

/// A date of Jira's own form with all of its year: "10 Mar 2026 9:15 AM" of "10/Mar/26 9:15 AM".
fn whole_year(date: &str) -> Cow<'_, str> {
    let (day, clock) = date.trim().split_once(' ').unwrap_or((date.trim(), ""));
    let parts: Vec<&str> = day.split('/').collect();
    match &parts[..] {
        [day, month, year] if month.starts_with(char::is_alphabetic) && year.len() == 2 => {
            Cow::Owned(format!("{day} {month} 20{year} {clock}"))
        }
        _ => Cow::Borrowed(date),
    }
}

/// The longest date of a comment.
const LONGEST_DATE: usize = 40;
