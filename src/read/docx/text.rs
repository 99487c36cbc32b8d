//! The words of a Word document's XML, a paragraph a line, with a dash before the items of lists; what a paragraph breaks into
//! several lines goes on with a mark. A table that is a transcript is a row a line, its cells with tabs between.

use crate::read::{html::decode_entities, labelled::GOES_ON, transcript_csv};

/// The most columns of a transcript's table: time, end, number, speaker, words.
const MOST_COLUMNS: usize = 5;
/// The longest cell, in characters, that stands before the words.
const LONGEST_CELL: usize = 80;

/// A table that is being read; what of it is not in its rows yet.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    cell: String,
}

/// The text of a document's XML.
pub fn paragraphs(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len() / 8);
    // The tables that are open, the innermost last; what stands in a cell goes to it.
    let mut tables: Vec<Table> = Vec::new();
    let mut rest = xml;
    while let Some(open) = rest.find('<') {
        let Some(close) = rest[open..].find('>') else { break };
        let tag = &rest[open + 1..open + close];
        rest = &rest[open + close + 1..];
        let (ends, empty) = (tag.starts_with('/'), tag.ends_with('/'));
        let name = tag.split([' ', '/']).find(|n| !n.is_empty()).unwrap_or("");
        match (name, ends) {
            ("w:tbl", false) if !empty && tables.len() < DEEPEST => tables.push(Table::default()),
            ("w:tbl", true) => {
                if let Some(table) = tables.pop() {
                    let text = table.text();
                    tables.last_mut().map_or(&mut out, |outer| &mut outer.cell).push_str(&text);
                }
            }
            ("w:tr", false) if !empty => {
                if let Some(table) = tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            ("w:tc", true) => {
                if let Some(table) = tables.last_mut() {
                    let cell = std::mem::take(&mut table.cell);
                    match table.rows.last_mut() {
                        Some(row) => row.push(cell),
                        None => table.rows.push(vec![cell]),
                    }
                }
            }
            _ => {
                let to = tables.last_mut().map_or(&mut out, |table| &mut table.cell);
                match name {
                    "w:t" if !ends && !empty => {
                        let end = rest.find('<').unwrap_or(rest.len());
                        to.push_str(&decode_entities(&rest[..end]));
                    }
                    // An item of a list, where it is not said that the paragraph is none.
                    "w:numId" if !tag.contains("\"0\"") => to.push_str("- "),
                    "w:br" | "w:cr" => to.extend(['\n', GOES_ON]),
                    "w:tab" => to.push(' '),
                    "w:noBreakHyphen" => to.push('-'),
                    "w:p" if ends => to.push('\n'),
                    _ => {}
                }
            }
        }
    }
    // What breaks off in a table keeps its words.
    for table in tables {
        out.push_str(&table.text());
    }
    out
}

/// How deep tables in tables are told apart.
const DEEPEST: usize = 16;

impl Table {
    /// A row a line where the table is one of turns, else a paragraph a line as everywhere.
    fn text(mut self) -> String {
        if !self.cell.trim().is_empty() {
            self.rows.push(vec![self.cell.clone()]);
        }
        let mut out = String::new();
        if !self.is_transcript() {
            for cell in self.rows.iter().flatten() {
                out.push_str(cell);
                if !cell.ends_with('\n') {
                    out.push('\n');
                }
            }
            return out;
        }
        for (place, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> =
                row.iter().map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            if place == 0 && transcript_csv::is_heading(&cells) {
                continue;
            }
            out.push_str(&cells.join("\t"));
            out.push('\n');
        }
        out
    }

    /// Whether each row has the same few cells, all but the last short and of one paragraph.
    fn is_transcript(&self) -> bool {
        let columns = self.rows.first().map_or(0, Vec::len);
        let short = |cell: &String| cell.trim().lines().nth(1).is_none() && cell.trim().chars().count() <= LONGEST_CELL;
        self.rows.len() >= 2
            && (2..=MOST_COLUMNS).contains(&columns)
            && self.rows.iter().all(|row| row.len() == columns && row[..columns - 1].iter().all(short))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_turns_are_lines_and_other_tables_are_paragraphs() {
        let p = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
        let row = |cells: &[&str]| {
            let cells: String = cells.iter().map(|text| format!("<w:tc>{}</w:tc>", p(text))).collect();
            format!("<w:tr>{cells}</w:tr>")
        };
        let table = |rows: &[String]| format!("<w:tbl>{}</w:tbl>", rows.concat());
        for (xml, expected) in [
            (table(&[row(&["Speaker", "Text"]), row(&["Ann", "hi"]), row(&["Bob", "yes"])]), "Ann\thi\nBob\tyes\n"),
            (table(&[row(&["0:03", "Ann", "hi"]), row(&["0:05", "Bob", "yes"])]), "0:03\tAnn\thi\n0:05\tBob\tyes\n"),
            // A page that is laid out by a table.
            (table(&[format!("<w:tr><w:tc>{}{}</w:tc></w:tr>", p("Ann: hi"), p("Bob: yes"))]), "Ann: hi\nBob: yes\n"),
            (table(&[row(&["Ann", &table(&[row(&["a", "b"])])])]), "Ann\na\nb\n\n"),
            ("<w:p><w:r><w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t></w:r></w:p>".to_owned(), "e-mail\n"),
            ("<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p>".to_owned(), "a\n\u{2028}b\n"),
            (
                "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>\
                 <w:p><w:pPr><w:numPr><w:numId w:val=\"0\"/></w:numPr></w:pPr><w:r><w:t>b</w:t></w:r></w:p>"
                    .to_owned(),
                "- a\nb\n",
            ),
            ("<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cut off".to_owned(), "cut off\n"),
        ] {
            assert_eq!(paragraphs(&xml), expected, "{xml}");
        }
    }
}
