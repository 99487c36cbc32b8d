//! A table as CSV after RFC 4180: commas, `\r\n`, quotes where needed, UTF-8 without a byte order mark.
//!
//! Spreadsheets run what looks like a formula, and what stands here was written by strangers. So a text that begins with
//! `=`, `+`, `-`, `@` (or their full-width forms), a tab or a carriage return gets an apostrophe in front, which
//! spreadsheets take as "this is text". Numbers are numbers and get none. Control characters other than tab and line feed
//! become `�`. The verbatim words are in the JSON lines and in Parquet.

use std::fmt::Write;

use super::table::{Cell, Table};

/// The whole file, its header first.
pub fn write(table: &Table) -> String {
    let mut out = String::new();
    row(&mut out, table.columns.iter().map(|c| c.name.to_owned()));
    for i in 0..table.rows() {
        row(&mut out, table.columns.iter().map(|c| plain(&c.cells[i])));
    }
    out
}

/// One record: its fields quoted where needed, and the line end.
pub(super) fn row(out: &mut String, fields: impl Iterator<Item = String>) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            let _ = write!(out, "\"{}\"", field.replace('"', "\"\""));
        } else {
            out.push_str(&field);
        }
    }
    out.push_str("\r\n");
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Gap => String::new(),
        Cell::Text(text) => guard(text),
        Cell::Whole(n) => n.to_string(),
        Cell::Number(x) => number(*x),
        Cell::Flag(yes) => yes.to_string(),
        Cell::Moment(at) => at.to_string(),
        Cell::Day(day) => day.to_string(),
        Cell::Names(names) => guard(&names.iter().map(|n| n.replace(';', ",")).collect::<Vec<_>>().join(";")),
        Cell::Scores(all) => {
            guard(&all.iter().map(|(n, x)| format!("{n}:{}", number(*x))).collect::<Vec<_>>().join(";"))
        }
    }
}

/// A number in the shortest form that reads back to the same one, never with an exponent.
fn number(x: f64) -> String {
    format!("{x}")
}

/// `text` as no spreadsheet runs it.
pub(super) fn guard(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c.is_control() && !matches!(c, '\t' | '\n' | '\r') { '\u{fffd}' } else { c }).collect();
    let first = shown.trim_start_matches([' ', '\u{feff}', '\u{200e}', '\u{200f}']).chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠') => format!("'{shown}"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_numbers_are_numbers() {
        for (text, out) in [
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("  =1", "'  =1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("", ""),
            ("a\x1b[31mb\0", "a�[31mb�"),
        ] {
            assert_eq!(guard(text), out);
        }
        assert_eq!(plain(&Cell::Number(-0.25)), "-0.25");
        assert_eq!(plain(&Cell::Whole(-3)), "-3");
    }

    #[test]
    fn fields_are_quoted_as_rfc_4180_says() {
        let mut out = String::new();
        row(&mut out, ["a", "b,c", "d\"e", "f\ng", ""].map(str::to_owned).into_iter());
        assert_eq!(out, "a,\"b,c\",\"d\"\"e\",\"f\ng\",\r\n");
    }
}
