//! Words into columns: what is safe to print, how wide it is, where it breaks, and how it is coloured.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{report::words::steers, rules::Severity};

/// One line of plain words: white space becomes single spaces, what steers the display becomes `�`.
pub fn safe(text: &str) -> String {
    let shown: String = text
        .chars()
        .map(|c| {
            if c.is_whitespace() {
                ' '
            } else if steers(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    shown.split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `text` made safe and cut to `width` columns, with `…` where something was cut.
pub fn fit(text: &str, width: usize) -> String {
    // Cut before cleaning, or a name of megabytes would be cleaned whole: no character needs more than 8 bytes a column.
    let text = safe(&text.chars().take(width * 4).collect::<String>());
    if text.width() <= width {
        return text;
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) > width - 1 {
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_owned() + "…"
}

/// `text` with spaces behind it up to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// What fills `width` columns behind `name`: ` | more` where a word of it has room, and spaces.
pub(super) fn beside(name: &str, more: &str, width: usize) -> String {
    const LEAST: usize = 8;
    let left = width.saturating_sub(name.width());
    let more = fit(more, left.saturating_sub(3).max(1));
    if more.is_empty() || left < LEAST + 3 { pad("", left) } else { pad(&format!(" | {more}"), left) }
}

/// Rows of at most `width` columns, broken at spaces; a longer word is broken inside. Nothing for nothing.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let wide = word.width();
        if used > 0 && used + 1 + wide <= width {
            let row = rows.last_mut().expect("a used row is there");
            row.push(' ');
            row.push_str(word);
            used += 1 + wide;
            continue;
        }
        rows.push(String::new());
        used = 0;
        for c in word.chars() {
            let w = c.width().unwrap_or(0);
            if used + w > width {
                rows.push(String::new());
                used = 0;
            }
            rows.last_mut().expect("a row was just begun").push(c);
            used += w;
        }
    }
    rows
}

/// Colours, or none. Blue and orange rather than green and red: they differ for colour-blind eyes too.
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn blue(&self, text: &str) -> String {
        self.with("38;5;33", text)
    }

    pub(super) fn orange(&self, text: &str) -> String {
        self.with("38;5;208", text)
    }

    pub(super) fn severity(&self, text: &str, severity: Option<Severity>) -> String {
        match severity {
            Some(Severity::High | Severity::Medium) => self.orange(text),
            Some(Severity::Good) => self.blue(text),
            _ => text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_width_whatever_the_words() {
        for text in
            ["a bb ccc dddd", &"x".repeat(500), "日本語の長い文章をここで折り返す", "e\u{301}e\u{301}e\u{301} e\u{301}"]
        {
            let rows = wrap(text, 7);
            assert!(rows.iter().all(|r| r.width() <= 7), "{rows:?}");
            assert_eq!(rows.concat().replace(' ', ""), text.replace(' ', ""));
        }
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn what_steers_a_terminal_is_shown_as_text() {
        assert_eq!(safe("a\x1b[31m\nb\u{202e}c\u{9b}"), "a�[31m b�c�");
        assert_eq!(fit(&"n".repeat(10_000), 5), "nnnn…");
        assert_eq!(fit("short", 5), "short");
    }
}
