//! Words that would like to be more than words, in every field of every output.

use dealtone::report::{Bundle, Listed, crm, csv, html, jsonl, markdown, parquet, table, terminal};
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::fixture::{self, Made};

/// What strangers write.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "<!-- ",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "\u{1b}[31mred\u{1b}]8;;http://x\u{7}link\u{1b}\\",
    "\u{9b}31m",
    "\r\n\r\n# head\r\n",
    "=HYPERLINK(\"http://x\",\"y\")",
    "+1+cmd|' /C calc'!A0",
    "@SUM(A1:A2)",
    "-2+3",
    "\u{202e}gnp.exe\u{202c}",
    "\u{200f}\u{2067}עברית",
    "../../etc/passwd",
    "a\tb\"c,d;e|f`g*h_i[j](k)~l",
    "\0",
    "🙂\u{fe0f}\u{200d}é",
];

fn all() -> Vec<Made> {
    let long = "n".repeat(10_000);
    HOSTILE.iter().copied().chain([long.as_str()]).map(fixture::hostile).collect()
}

/// Tags that a page holds, each with the names of its attributes, in order. Values in quotes are left out.
fn tags(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let mut quoted = None;
        let mut tag = String::new();
        let mut end = rest.len();
        for (at, c) in rest.char_indices() {
            match quoted {
                Some(q) if c == q => quoted = None,
                Some(_) => continue,
                None if matches!(c, '"' | '\'') => quoted = Some(c),
                None if c == '>' => {
                    end = at;
                    break;
                }
                None => tag.push(c),
            }
        }
        // What stands in a script or style is no markup.
        let skip = ["script", "style"].into_iter().find(|raw| tag.starts_with(&format!("<{raw}")));
        rest = &rest[end..];
        if let Some(raw) = skip {
            rest = &rest[rest.find(&format!("</{raw}")).expect("a script or style ends")..];
        }
        found.push(tag);
    }
    found
}

#[test]
fn a_page_has_the_same_tags_and_attributes_whatever_was_said() {
    let plain = fixture::plain();
    let frame = html::Frame { zone: &TimeZone::UTC, made_at: None, not_read: &[] };
    let list = |made: &Made| tags(&html::page(&[made.bundle()], &frame));
    let deal = |made: &Made| tags(&html::served::deal_page(&made.bundle(), &TimeZone::UTC));
    assert!(deal(&plain).iter().any(|t| t.starts_with("<blockquote")));
    for made in all() {
        assert_eq!(list(&made), list(&plain), "{:.60?}", made.report.deal);
        assert_eq!(deal(&made), deal(&plain), "{:.60?}", made.report.deal);
    }
}

#[test]
fn lines_hold_the_words_verbatim_and_nothing_that_steers() {
    for made in all() {
        let lines = jsonl::utterances(&made.deal) + &jsonl::deal(&made.report);
        assert!(!lines.contains(|c: char| c.is_ascii_control() && c != '\n'));
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["deal"], made.deal.id.0.as_str());
    }
}

#[test]
fn no_cell_is_a_formula() {
    for made in all() {
        let bundles = [made.bundle()];
        let zone = TimeZone::UTC;
        let mut files: Vec<String> = table::tables(&bundles).iter().map(csv::write).collect();
        files.push(crm::write(&bundles, crm::Crm::Salesforce, &zone));
        files.push(crm::write(&bundles, crm::Crm::HubSpot, &zone));
        for file in files {
            let mut reader = ::csv::ReaderBuilder::new().from_reader(file.as_bytes());
            let width = reader.headers().unwrap().len();
            let records: Vec<_> = reader.records().map(|r| r.expect("every record is as long as the header")).collect();
            assert!(!records.is_empty());
            for cell in records.iter().inspect(|r| assert_eq!(r.len(), width)).flatten() {
                let number = cell.parse::<f64>().is_ok();
                assert!(number || !cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell:.80}");
                assert!(!cell.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r')), "{cell:.80?}");
            }
        }
    }
}

#[test]
fn a_terminal_is_not_steered_and_keeps_its_width() {
    for made in all() {
        let bundles = [made.bundle()];
        for width in [60, 80, 132] {
            for unicode in [true, false] {
                let style = terminal::Style { width, colour: false, unicode };
                let text = shown(&bundles, style);
                for line in text.lines() {
                    assert!(line.width() <= width, "{width}: {} {line}", line.width());
                }
                assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
                assert!(!text.contains(['\u{202e}', '\u{2067}', '\u{200f}']));
            }
        }
        // With colours, only our own sequences: taken out, the rest is the plain text.
        let plain = shown(&bundles, terminal::Style { width: 80, colour: false, unicode: true });
        let mut coloured = shown(&bundles, terminal::Style { width: 80, colour: true, unicode: true });
        assert_ne!(coloured, plain);
        for code in ["1", "2", "38;5;33", "38;5;208", "0"] {
            coloured = coloured.replace(&format!("\u{1b}[{code}m"), "");
        }
        let bare = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(bare(&coloured), bare(&plain));
    }
}

fn shown(bundles: &[Bundle], style: terminal::Style) -> String {
    terminal::attention_list(&bundles.iter().map(Listed::of).collect::<Vec<_>>(), &TimeZone::UTC, style)
        + &terminal::show(&bundles[0], &TimeZone::UTC, style)
}

#[test]
fn a_brief_has_the_same_shape_whatever_was_said() {
    let shape = |made: &Made| -> Vec<String> {
        let brief = markdown::brief(&made.bundle(), &TimeZone::UTC);
        assert!(!brief.contains(|c: char| c.is_control() && c != '\n'));
        brief.lines().map(|l| l.chars().take_while(|c| "#->* ".contains(*c)).collect()).collect()
    };
    let plain = shape(&fixture::plain());
    for made in all() {
        assert_eq!(shape(&made), plain, "{:.60?}", made.report.deal);
    }
}

#[test]
fn parquet_holds_the_words_verbatim() {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    for made in all() {
        let bundles = [made.bundle()];
        let file = parquet::write(&table::utterances(&bundles));
        let reader = SerializedFileReader::new(bytes(file)).unwrap();
        let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 5);
        let field = |name: &str| rows[0].get_column_iter().find(|(n, _)| *n == name).unwrap().1.to_string();
        assert_eq!(field("deal").trim_matches('"'), made.deal.id.0.trim_matches('"'));
    }
}

fn bytes(file: Vec<u8>) -> impl ::parquet::file::reader::ChunkReader + 'static {
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), file).unwrap();
    std::fs::File::open(path.path()).unwrap()
}
