//! Tables as text: which mark divides cells, which column is which, on which line a row stands.

/// A reader of `text` with the dividing mark that its heading has most of; a heading holds no prose.
pub fn reader(text: &str) -> csv::Reader<&[u8]> {
    let first = text.lines().next().unwrap_or("");
    let count = |mark: u8| first.bytes().filter(|b| *b == mark).count();
    let mark = [b',', b';', b'\t'].into_iter().max_by_key(|mark| (count(*mark), *mark == b',')).unwrap_or(b',');
    csv::ReaderBuilder::new().flexible(true).delimiter(mark).from_reader(text.as_bytes())
}

/// A heading for comparing: "Deal Name" and "deal_name" are one column.
pub fn plain(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Counts the lines of a table as its rows come. The reader's own count is off by one behind each CRLF, and counting from
/// the top for each row would take a day over a large export.
pub struct Lines<'a> {
    text: &'a [u8],
    /// Bytes that were counted, and the line, from 1, behind them.
    counted: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    /// Begins at the top of `text`.
    pub fn of(text: &'a str) -> Lines<'a> {
        Lines { text: text.as_bytes(), counted: 0, line: 1 }
    }

    /// The line of a row that begins at `position`; rows are asked for from the top to the bottom.
    pub fn at(&mut self, position: Option<&csv::Position>) -> Option<usize> {
        let byte = usize::try_from(position?.byte()).ok()?.min(self.text.len());
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
}
