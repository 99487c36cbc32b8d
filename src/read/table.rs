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

/// The line, from 1, of a row that begins at `position`. The reader's own count is off by one behind each CRLF.
pub fn line(text: &str, position: Option<&csv::Position>) -> Option<usize> {
    let byte = usize::try_from(position?.byte()).ok()?.min(text.len());
    let rest = &text.as_bytes()[byte..];
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    Some(text.as_bytes()[..byte + blank].iter().filter(|b| **b == b'\n').count() + 1)
}
