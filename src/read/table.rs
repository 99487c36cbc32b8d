//! Tables as text: which mark divides cells, which column is which, on which line a row stands.

use std::borrow::Cow;

use super::{
    Input, Skipped, encoding, html,
    table_rows::{Row, Rows},
};

/// A reader of `text` with the dividing mark that its heading has most of; a heading holds no prose.
pub fn reader(text: &str) -> csv::Reader<&[u8]> {
    let below = &text[mark_line(text)..];
    csv::ReaderBuilder::new().flexible(true).delimiter(mark(text)).from_reader(below.as_bytes())
}

/// The mark that divides the cells of `text`.
pub fn mark(text: &str) -> u8 {
    let first = text[mark_line(text)..].lines().next().unwrap_or("");
    let count = |mark: u8| first.bytes().filter(|b| *b == mark).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|mark| (count(*mark), *mark == b',')).unwrap_or(b',')
}

/// How long the line is by which a spreadsheet states its dividing mark, "sep=;"; 0 where there is none.
pub fn mark_line(text: &str) -> usize {
    let line = text.split_inclusive('\n').next().unwrap_or("");
    if line.trim_end().len() == 5 && line.to_ascii_lowercase().starts_with("sep=") { line.len() } else { 0 }
}

/// A heading for comparing: "Deal Name" and "deal_name" are one column.
pub fn plain(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the words of a cell are HTML.
pub fn is_html(cell: &str) -> bool {
    cell.contains('>') && ["</", "<br"].iter().any(|tag| cell.contains(tag))
}

/// The words of a cell as they are seen, which may be HTML.
pub fn seen(cell: &str) -> Cow<'_, str> {
    if !is_html(cell) {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(html::lines(cell).into_iter().map(|l| l.text).collect::<Vec<_>>().join("\n"))
}

/// Counts the lines of a table as its rows come. The reader's own count is off by one behind each CRLF, and counting from
/// the top for each row would take a day over a large export.
pub struct Lines<'a> {
    text: &'a [u8],
    /// Length of the line that the reader leaves out and doesn't count.
    skipped: usize,
    /// Bytes that were counted, and the line, from 1, behind them.
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    /// Begins at the top of `text`.
    pub fn of(text: &'a str) -> Lines<'a> {
        Lines { text: text.as_bytes(), skipped: mark_line(text), counted: 0, line: 1 }
    }

    /// The line of a row that begins at `position`; rows are asked for from the top to the bottom.
    pub fn at(&mut self, position: Option<&csv::Position>) -> Option<usize> {
        let byte = (usize::try_from(position?.byte()).ok()? + self.skipped).min(self.text.len());
        let blank = self.text[byte..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let until = byte + blank;
        if until < self.counted {
            (self.counted, self.line) = (0, 1);
        }
        self.line += self.text[self.counted..until].iter().filter(|b| **b == b'\n').count();
        self.counted = until;
        Some(self.line)
    }
}

/// The heading and the rows of a table; a row that cannot be read is a line of `skipped`. `words` finds the column of words.
pub fn rows(
    input: &Input,
    words: impl Fn(&csv::StringRecord) -> Option<usize>,
    skipped: &mut Vec<Skipped>,
) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let Ok(rows) = Rows::of(input.text()) else { return Default::default() };
    let heading = rows.heading().clone();
    let rows = rows.with_words(words(&heading));
    let mut read = Vec::new();
    for Row { line, cells, doubt } in rows {
        skipped.extend(doubt.map(|doubt| input.skipped(line, "bad_csv", doubt)));
        match cells {
            Ok(cells) => read.push(cells),
            Err(why) => skipped.push(input.skipped(line, "bad_csv", why)),
        }
    }
    (heading, read)
}

/// The fewest bytes of a cell that may be the beginning of another's words, cut within a word.
const SHORTEST_PREVIEW: usize = 20;

/// The columns of a table: where each of ours stands, if it does.
pub struct Columns {
    places: Vec<(&'static str, usize)>,
}

impl Columns {
    /// The columns of a heading: our name, then the names that others give it, as [`plain`] leaves them.
    pub fn of(headers: &csv::StringRecord, known: &'static [(&'static str, &'static [&'static str])]) -> Columns {
        let plain: Vec<String> = headers.iter().map(plain).collect();
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

    /// The columns of a heading, and behind them all further ones that each of `several` can be called, in the order of its
    /// names: a table of calls and notes has a column of words for each kind of row.
    pub fn with_several(
        headers: &csv::StringRecord,
        known: &'static [(&'static str, &'static [&'static str])],
        several: &[&str],
    ) -> Columns {
        let mut out = Columns::of(headers, known);
        let plain: Vec<String> = headers.iter().map(plain).collect();
        for (name, also) in known.iter().filter(|(name, _)| several.contains(name)) {
            let further = also.iter().flat_map(|a| plain.iter().enumerate().filter(move |(_, h)| h == a));
            for (at, _) in further {
                if !out.places.iter().any(|(_, taken)| *taken == at) {
                    out.places.push((*name, at));
                }
            }
        }
        out
    }

    /// What is told where a table has further columns of the very same heading as the one that `name` was read from, and their
    /// cells say something else: which of them is meant, only whoever made the table can tell.
    pub fn unread_twin(
        &self,
        input: &Input,
        headers: &csv::StringRecord,
        rows: &[csv::StringRecord],
        name: &str,
    ) -> Option<Skipped> {
        let read = self.place(name)?;
        let heading = plain(headers.get(read)?);
        let cell =
            |row: &csv::StringRecord, at: usize| row.get(at).map_or(String::new(), |cell| cell.trim().to_owned());
        let twins: Vec<usize> = (0..headers.len())
            .filter(|at| !self.is_taken(*at) && headers.get(*at).map(plain).as_ref() == Some(&heading))
            .collect();
        let other = |row: &&csv::StringRecord| {
            twins.iter().map(|at| cell(row, *at)).any(|twin| !twin.is_empty() && twin != cell(row, read))
        };
        let count = rows.iter().filter(other).count();
        let message = format!(
            "{count} rows hold other words in a further column of the heading {heading:?}, and those of the first column alone were \
             read; give the further one another heading, or put the words that count into the first"
        );
        (count > 0).then(|| input.skipped(None, "unread_column", message))
    }

    /// The place of the first column by this name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.iter().find(|(n, _)| *n == name).map(|(_, at)| *at)
    }

    /// The cells of a row by this name that hold anything, in the order of the columns' names.
    pub fn each<'r>(&self, row: &'r csv::StringRecord, name: &str) -> impl Iterator<Item = &'r str> {
        let places = self.places.iter().filter(move |(n, _)| *n == name);
        places.filter_map(|(_, at)| row.get(*at).map(str::trim).filter(|c| !c.is_empty()))
    }

    /// Whether a column is there.
    pub fn has(&self, name: &str) -> bool {
        self.places.iter().any(|(n, _)| *n == name)
    }

    /// Whether the column at this place has this name.
    pub fn is_called(&self, place: usize, name: &str) -> bool {
        self.places.iter().any(|(n, at)| *at == place && *n == name)
    }

    /// Whether the column at this place is one of ours.
    pub fn is_taken(&self, place: usize) -> bool {
        self.places.iter().any(|(_, at)| *at == place)
    }

    /// All that the cells of a row by this name hold, a paragraph each; what another of them holds too, a preview or a copy, once.
    pub fn cells(&self, row: &csv::StringRecord, name: &str) -> String {
        let places = self.places.iter().filter(|(n, _)| *n == name);
        let mut found: Vec<&str> = Vec::new();
        for cell in places.filter_map(|(_, at)| row.get(*at).map(str::trim).filter(|c| !c.is_empty())) {
            // "Yes" is no copy of "Yesterday …".
            let within = |short: &str, long: &str| {
                let short = short.trim_end_matches(['.', '…']);
                let edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
                let cut = short.len() < long.len() && long.starts_with(short) && short.len() >= SHORTEST_PREVIEW;
                cut || long.match_indices(short).any(|(at, _)| {
                    edge(long[..at].chars().next_back()) && edge(long[at + short.len()..].chars().next())
                })
            };
            if !found.iter().any(|held| within(cell, held)) {
                found.retain(|held| !within(held, cell));
                found.push(cell);
            }
        }
        found.join("\n\n")
    }

    /// The cell of a row, where it holds anything: the first that does where several columns have the name.
    pub fn cell<'r>(&self, row: &'r csv::StringRecord, name: &str) -> Option<&'r str> {
        let mut places = self.places.iter().filter(|(n, _)| *n == name);
        places.find_map(|(_, at)| row.get(*at).map(str::trim).filter(|c| !c.is_empty()))
    }
}

/// The heading of a table, if the input can be one.
pub fn heading(input: &Input) -> Option<csv::StringRecord> {
    let head = input.head();
    let first = head[mark_line(head)..].lines().next().unwrap_or("");
    if !first.contains([',', ';', '\t'])
        || first.len() > 4_096
        || first.contains("{")
        || encoding::is_binary(input.bytes)
    {
        return None;
    }
    reader(first).headers().ok().cloned()
}

/// Whether the input looks like a table: three columns at least, and as many cells in the row below the heading.
pub fn is_table(input: &Input) -> bool {
    // Prose has commas too, but no short cells without the marks of a sentence.
    let short =
        |cell: &str| cell.len() <= 40 && cell.split_whitespace().count() <= 4 && !cell.ends_with(['.', '?', '!']);
    let Some(headers) = heading(input).filter(|h| h.len() >= 3 && h.iter().all(short)) else { return false };
    let first = reader(input.head()).records().next();
    first.is_some_and(|row| row.is_ok_and(|row| row.len() == headers.len()))
}

/// Whether the input is a table through and through, so that a colon in its cells names no speaker: no blank line divides it, all
/// its rows have as many cells as its heading, and that has two columns which `known` says are a table's, or no row reads as talk.
/// A cell that ends with a colon is a speaker's, a time alone stands beside words, and blanks behind the commas are those of a sentence.
pub fn is_table_throughout(input: &Input, known: impl Fn(&str) -> bool) -> bool {
    let names = |cell: &str| cell.len() <= 60 && !cell.contains(':') && !cell.ends_with(['.', '?', '!']);
    let Some(headers) = heading(input).filter(|h| h.len() >= 3 && h.iter().all(names)) else { return false };
    let mut rows: Vec<csv::StringRecord> = reader(input.head()).into_records().filter_map(Result::ok).collect();
    // The last may be cut.
    if input.bytes.len() > input.head().len() && rows.len() > 1 {
        rows.pop();
    }
    let full = |row: &csv::StringRecord| row.len() == headers.len();
    let labels = |row: &csv::StringRecord| row.iter().any(|cell| cell.trim_end().ends_with(':'));
    let is_clock = |cell: &str| cell.contains(':') && cell.trim().bytes().all(|b| b.is_ascii_digit() || b == b':');
    let is_talk =
        |row: &csv::StringRecord| row.iter().any(is_clock) || row.iter().skip(1).any(|cell| cell.starts_with(' '));
    let divided = || input.head().trim().lines().any(|line| line.trim().is_empty());
    let of_table = headers.iter().filter(|cell| known(&plain(cell))).count() >= 2;
    !rows.is_empty()
        && rows.iter().all(|row| full(row) && !labels(row))
        && !divided()
        && (of_table || !rows.iter().any(is_talk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_over_blank_lines_and_cells_of_several_lines() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "", "3,\"4", "5\"", "6,7"].join(end);
            let (mut reader, mut lines) = (reader(&text), Lines::of(&text));
            let found: Vec<_> = reader.records().map(|row| lines.at(row.unwrap().position()).unwrap()).collect();
            assert_eq!(found, [2, 4, 6], "{end:?}");
            let position = csv::Position::new();
            assert_eq!(lines.at(Some(&position)), Some(1), "asked for the top again");
        }
    }

    #[test]
    fn a_further_column_of_a_heading_is_told_where_it_says_something_else() {
        for (path, head, rows, told) in [
            ("t.csv", "speaker,text,note,text", "Ann,Too dear.,x,And slow.\nBob,I see.,y,\n", Some("1 rows")),
            ("t.csv", "speaker,text,note,Text", "Ann,Too dear.,x,And slow.\nBob,,y,Well.\n", Some("2 rows")),
            ("t.csv", "speaker,text,note,text", "Ann,Too dear.,x,Too dear.\nBob,I see.,y,\n", None),
            ("t.csv", "speaker,text,note", "Ann,Too dear.,x\nBob,I see.,y\n", None),
            (
                "m.csv",
                "FROM,TO,DATE,CONTENT,SUBJECT,CONTENT",
                "Ann,Bob,2026-03-02 10:00:00 UTC,Too dear.,x,And slow.\n",
                Some("1 rows"),
            ),
        ] {
            let (deal, text) = (crate::DealId("a".into()), format!("{head}\n{rows}"));
            let read = crate::read::read(&Input::new(path, &deal, text.as_bytes()));
            let of_column: Vec<_> = read.skipped.iter().filter(|one| one.code == "unread_column").collect();
            assert_eq!(of_column.len(), usize::from(told.is_some()), "{head} {:?}", read.skipped);
            assert!(of_column.iter().all(|one| one.message.starts_with(told.unwrap_or_default())), "{of_column:?}");
            assert!(!of_column.iter().any(|one| one.message.contains("slow")));
        }
    }

    #[test]
    fn a_copy_counts_once_and_a_short_word_is_none() {
        const TEXT: &[(&str, &[&str])] = &[("text", &["notes", "body", "preview"])];
        let headers = csv::StringRecord::from(vec!["Notes", "Body", "Preview"]);
        let cells = |row: [&str; 3]| {
            Columns::with_several(&headers, TEXT, &["text"]).cells(&csv::StringRecord::from(row.to_vec()), "text")
        };
        assert_eq!(cells(["Yes", "Yesterday we met.", "Yesterday we m"]), "Yes\n\nYesterday we met.\n\nYesterday we m");
        assert_eq!(cells(["", "Yesterday we met the CFO.", "Yesterday we met the C…"]), "Yesterday we met the CFO.");
        assert_eq!(cells(["We met.", "We met. They pay.", "They pay."]), "We met. They pay.");
    }
}
