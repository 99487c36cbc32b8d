//! The rows of a table, each with its line, and whether it can be what its writer meant: a mark or a quote that was not written
//! as tables want it moves all cells behind it, and a row that lost its words so would else look like one that has few.

use super::table;

/// The rows of a table from top to bottom.
pub struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    lines: table::Lines<'a>,
    /// The text that the reader sees.
    text: &'a str,
    heading: csv::StringRecord,
    /// Whether rows have cells under no heading, the same number in each: a column without a name.
    has_unnamed: bool,
    /// The place of the last column, where that holds words.
    words: Option<usize>,
    mark: u8,
}

/// A row, or why it is none.
pub struct Row {
    /// Where it begins, from 1.
    pub line: Option<usize>,
    /// Its cells.
    pub cells: Result<csv::StringRecord, String>,
    /// What is to be told of cells that were read nevertheless.
    pub doubt: Option<&'static str>,
}

/// How many rows tell whether a column has no name, and the fewest that can.
const LOOKED_AT: usize = 20;
const FEWEST: usize = 3;

impl<'a> Rows<'a> {
    /// The rows of `text` below its heading.
    ///
    /// # Errors
    /// Where the heading cannot be read.
    pub fn of(text: &'a str) -> Result<Rows<'a>, csv::Error> {
        let mark = table::mark(text);
        let mut reader = table::reader(text);
        let heading = reader.headers()?.clone();
        let mut first = table::reader(text).into_records().take(LOOKED_AT).filter_map(Result::ok).map(|row| row.len());
        let width = first.next().unwrap_or(0);
        let alike = first.try_fold(1, |rows, len| (len == width).then_some(rows + 1)).unwrap_or(0);
        Ok(Rows {
            reader,
            lines: table::Lines::of(text),
            text: &text[table::mark_line(text)..],
            has_unnamed: width > heading.len() && alike >= FEWEST,
            heading,
            words: None,
            mark,
        })
    }

    /// The heading.
    pub fn heading(&self) -> &csv::StringRecord {
        &self.heading
    }

    /// The same rows, where `words` is the place of the column of words: if no other column follows, whatever marks a row has too
    /// many are those of its words.
    pub fn with_words(mut self, words: Option<usize>) -> Rows<'a> {
        let last =
            (0..self.heading.len()).rfind(|at| self.heading.get(*at).is_some_and(|name| !name.trim().is_empty()));
        self.words = words.filter(|at| Some(*at) == last);
        self
    }

    /// `row` with as many cells as the heading, where it can be meant so.
    fn fitted(&self, row: csv::StringRecord) -> Result<csv::StringRecord, String> {
        let width = self.heading.len();
        let has_more = row.iter().skip(width).any(|cell| !cell.trim().is_empty());
        // A comma of a sentence has a blank behind it; a column without a name does not begin each cell with one.
        let goes_on = self.words.is_some() && row.iter().skip(width).any(|cell| cell.starts_with(' '));
        if !has_more || (self.has_unnamed && !goes_on) {
            return Ok(row);
        }
        let mark = char::from(self.mark);
        if let Some(words) = self.words {
            let rest: Vec<&str> = row.iter().skip(words).collect();
            let rest = rest.join(&mark.to_string());
            let mut cells: csv::StringRecord = row.iter().take(words).collect();
            cells.push_field(rest.trim_end_matches(mark));
            return Ok(cells);
        }
        let marks = match mark {
            ';' => "semicolons",
            '\t' => "tabs",
            _ => "commas",
        };
        Err(format!(
            "the row has more cells than the heading, so that it was left out; put the text that has {marks} in it between quotes"
        ))
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let mut cells = csv::StringRecord::new();
        match self.reader.read_record(&mut cells) {
            Ok(false) => None,
            Ok(true) => {
                let line = self.lines.at(cells.position());
                let from = cells.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(0);
                let until = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX).min(self.text.len());
                let spans = cells.iter().any(|cell| cell.contains('\n'));
                let quotes = if spans {
                    self.text.as_bytes().get(from..until).map_or(Quotes::Closed, |row| quotes(row, self.mark))
                } else {
                    Quotes::Closed
                };
                if quotes == Quotes::Open {
                    let told = "a quote opens in this row and never closes, so that neither the row nor what is below it was read; \
                                close it, or leave it out";
                    return Some(Row { line, cells: Err(told.into()), doubt: None });
                }
                let doubt = (quotes == Quotes::Within).then_some(
                    "a cell of several lines has a quote within it that is not written twice, so that it may hold rows below it; \
                     look whether its quotes close",
                );
                Some(Row { line, cells: self.fitted(cells), doubt })
            }
            Err(e) => {
                let line = self.lines.at(e.position());
                Some(Row { line, cells: Err("a row could not be read; check its quotes".into()), doubt: None })
            }
        }
    }
}

/// How the quotes of a row stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    /// Each closes where its cell ends.
    Closed,
    /// One closes, and the cell goes on.
    Within,
    /// One never closes.
    Open,
}

/// How the quotes of a row's bytes stand, by the rules by which it was read.
fn quotes(row: &[u8], mark: u8) -> Quotes {
    let mut found = Quotes::Closed;
    // What stands before is the end of the line above.
    let mut begins = true;
    let mut at = 0;
    while let Some(byte) = row.get(at) {
        at += 1;
        if !(begins && *byte == b'"') {
            begins = *byte == mark || matches!(byte, b'\r' | b'\n');
            continue;
        }
        begins = false;
        loop {
            let Some(length) = row[at..].iter().position(|b| *b == b'"') else { return Quotes::Open };
            at += length + 1;
            match row.get(at) {
                Some(b'"') => at += 1,
                Some(b'\r' | b'\n') | None => break,
                Some(next) if *next == mark => break,
                Some(_) => {
                    found = Quotes::Within;
                    break;
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a table whose second column holds words, as their lines and cells, or their line and "!".
    fn rows(text: &str) -> Vec<(usize, String)> {
        let rows = Rows::of(text).unwrap().with_words(Some(1));
        let shown = |cells: csv::StringRecord| cells.iter().collect::<Vec<_>>().join("|");
        rows.map(|row| {
            let doubt = if row.doubt.is_some() { "?" } else { "" };
            (row.line.unwrap(), row.cells.map_or("!".into(), |cells| shown(cells) + doubt))
        })
        .collect()
    }

    #[test]
    fn what_has_too_many_marks_is_words_or_told() {
        for (text, expected) in [
            ("who,what\nAnn,Well, yes, no\nBob,\"a, b\", c\n", &["Ann|Well, yes, no", "Bob|a, b, c"][..]),
            ("who;what\nAnn;a; b;;\nBob;\n", &["Ann|a; b", "Bob|"]),
            ("who,what,when\nAnn,a, b,3\nBob,a,3,,\n", &["!", "Bob|a|3||"]),
            ("who,what,\nAnn,a, b,\n", &["Ann|a| b|"]),
            // A column without a name.
            ("who,what,when\na,b,c,d\ne,f,g,h\ni,j,k,l\n", &["a|b|c|d", "e|f|g|h", "i|j|k|l"]),
            ("who,what\na,b,c\ne,f,g\ni,j,k\n", &["a|b|c", "e|f|g", "i|j|k"]),
            // Sentences with as many commas in every row.
            (
                "who,what\nAnn,Well, no\nBob,No, yes\nCy,Ok, we leave\n",
                &["Ann|Well, no", "Bob|No, yes", "Cy|Ok, we leave"],
            ),
        ] {
            let found = rows(text);
            assert_eq!(found.iter().map(|(_, row)| row.as_str()).collect::<Vec<_>>(), expected, "{text}");
            assert_eq!(
                found.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
                (2..2 + expected.len()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_quote_that_does_not_close_is_told_where_it_opens() {
        for end in ["\n", "\r\n"] {
            let open = ["who,what", "Ann,\"a, b", "c\"", "Bob,\"It is bad.", "Ann,Why?", ""].join(end);
            assert_eq!(rows(&open), [(2, format!("Ann|a, b{end}c")), (4, "!".into())]);
            let closed_by_another =
                ["sep=,", "who,what", "Bob,\"bad", "Ann,\"Why?\"", "Bob,\"a \"\"b\"\"", "c\"", ""].join(end);
            let found = rows(&closed_by_another);
            assert_eq!(
                found.iter().map(|(line, row)| (*line, row.ends_with('?'))).collect::<Vec<_>>(),
                [(3, true), (5, false)]
            );
        }
    }
}
