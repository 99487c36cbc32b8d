//! HTML to the lines that a reader of the mail sees, with the quoted parts marked; no wrapping, no decoration.
//!
//! Not a browser: a tolerant scan in one pass, without a tree, so that no nesting can exhaust anything. What elements and
//! attributes mean is [`marks`]'s.

use std::{borrow::Cow, collections::HashMap};

use mail_parser::decoders::html::add_html_token;

use hue::Hue;
use marks::{BLOCKS, Marks, PARAGRAPHS, UNSEEN, VOID};

pub(super) mod hue;
mod marks;

/// One line as seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HtmlLine {
    /// Its words, entities decoded, white space as single blanks.
    pub text: String,
    /// Whether the markup sets it apart as somebody else's earlier words.
    pub quoted: bool,
    /// Whether the markup calls it a signature.
    pub signature: bool,
    /// The hue of its type, where lines end with their colour.
    pub hue: Option<Hue>,
}

/// The text of `html` with `&…;` decoded; an ampersand that begins no entity stays.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = rest.bytes().take(12).position(|b| b == b';');
        match length {
            Some(end) if rest[1..end].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#') => {
                match &rest[..=end] {
                    "&nbsp;" | "&#160;" | "&#xA0;" | "&#xa0;" => out.push(' '),
                    // Marks of direction and joining hold no words and would stand inside them.
                    "&lrm;" | "&rlm;" | "&zwnj;" | "&zwj;" | "&shy;" | "&#8203;" | "&#8204;" | "&#65279;" => {}
                    entity => add_html_token(&mut out, entity.as_bytes(), false),
                }
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `text` without `<…>` that look like tags, and without SSA's `{\an8}`.
pub fn strip_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // What closes nowhere below one mark closes nowhere below a later one, and is not looked for again.
    let (mut angles_close, mut braces_close) = (true, true);
    while let Some(at) = rest.find(['<', '{']) {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 1..];
        let (opens, close, closes) = if rest.as_bytes()[at] == b'<' {
            (inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'), '>', &mut angles_close)
        } else {
            (inner.starts_with('\\'), '}', &mut braces_close)
        };
        let tag = if opens && *closes { inner.find(close) } else { None };
        *closes &= !opens || tag.is_some();
        match tag {
            Some(end) => rest = &inner[end + 1..],
            None => {
                out.push_str(&rest[at..=at]);
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

/// How deep open elements are remembered; what is nested deeper is read, but its end closes nothing.
const DEEPEST: usize = 256;

/// Reads `html` into lines.
pub fn lines(html: &str) -> Vec<HtmlLine> {
    Page::default().lines(html)
}

/// Reads `html` into lines that end where the colour of the type changes, too.
pub fn lines_by_hue(html: &str) -> Vec<HtmlLine> {
    Page { by_hue: true, ..Page::default() }.lines(html)
}

/// Where the tag at the head of `html` ends, quotes observed; a quote that never closes is no quote.
fn tag_end(html: &str) -> Option<usize> {
    let bytes = html.as_bytes();
    let mut quote = None;
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'<') if at > 0 => return None,
            (None, b'"' | b'\'') if bytes[at - 1] == b'=' => quote = Some((*byte, at)),
            (Some((q, _)), b) if *b == q => quote = None,
            _ => {}
        }
    }
    match quote {
        Some((_, from)) => html[..].bytes().skip(from).position(|b| b == b'>').map(|p| p + from),
        None => None,
    }
}

/// Whether the tag that begins with `tag` has this name: `head`, and not `header`.
fn is_named(tag: &str, name: &str) -> bool {
    tag.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name))
        && tag[name.len()..].chars().next().is_none_or(|c| matches!(c, '>' | '/') || c.is_whitespace())
}

/// The longest hidden element that is believed; what hides more is a mail broken by a tag that was never closed.
const LONGEST_HIDDEN: usize = 8192;

/// Where the mark stands that ends the element `name`.
fn closing_at(html: &str, name: &str) -> Option<usize> {
    html.match_indices("</").map(|(at, _)| at).find(|at| is_named(&html[at + 2..], name))
}

/// What follows an element that its style hides, the lines for previews that newsletters begin with; absent where `tag`
/// hides nothing or never ends.
fn behind_hidden<'a>(tag: &str, rest: &'a str) -> Option<&'a str> {
    if !tag.contains("display:none") && !tag.contains("display: none") {
        return None;
    }
    let name = tag.split_whitespace().next().filter(|n| matches!(*n, "div" | "span" | "p" | "DIV" | "SPAN"))?;
    let (mut depth, mut from) = (1, 0);
    while let Some(at) = rest[from..].find('<') {
        from += at + 1;
        let inner = &rest[from..];
        if from > LONGEST_HIDDEN {
            return None;
        }
        let is_it = |tag: &str| is_named(tag, name);
        if is_it(inner) {
            depth += 1;
        } else if inner.strip_prefix('/').is_some_and(is_it) {
            depth -= 1;
            if depth == 0 {
                return inner.find('>').map(|end| &inner[end + 1..]);
            }
        }
    }
    None
}

/// An element that is not closed yet.
struct Open {
    name: String,
    quoted: bool,
    signature: bool,
    /// It holds a quote and may hold answers between the pieces of it.
    holds_quote: bool,
    hue: Option<Option<Hue>>,
}

#[derive(Default)]
struct Page<'a> {
    /// Attributes come back tag after tag, and are looked through once.
    marks: HashMap<&'a str, Marks>,
    out: Vec<HtmlLine>,
    line: String,
    line_quoted: bool,
    blank_after: bool,
    open: Vec<Open>,
    /// How many open elements are signatures.
    signatures: usize,
    line_signature: bool,
    /// Whether lines end with their colour.
    by_hue: bool,
    line_hue: Option<Hue>,
    quotes: usize,
    quote_rest: bool,
    unseen: Option<String>,
    /// Unseen elements that are closed nowhere below.
    unclosed: Vec<String>,
    in_pre: usize,
}

impl<'a> Page<'a> {
    fn lines(mut self, html: &'a str) -> Vec<HtmlLine> {
        let mut rest = html;
        // What ends nowhere below one place ends nowhere below a later one, and is not looked for again.
        let mut comments_end = true;
        while !rest.is_empty() {
            let Some(at) = rest.find('<') else {
                self.words(rest);
                break;
            };
            self.words(&rest[..at]);
            rest = &rest[at..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                // An unclosed comment would swallow the rest of the mail; then only its mark is dropped.
                let end = if comments_end { comment.find("-->") } else { None };
                comments_end = end.is_some();
                rest = end.map_or(comment, |end| &comment[end + 3..]);
                continue;
            }
            if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
                self.words("<");
                rest = &rest[1..];
                continue;
            }
            let Some(end) = tag_end(rest) else {
                // "<" without an end: the rest is words.
                self.words("<");
                rest = &rest[1..];
                continue;
            };
            let tag = &rest[1..end];
            rest = &rest[end + 1..];
            // "<ann@acme.example>" that somebody forgot to escape is words.
            let name_end = tag.find(|c: char| c.is_whitespace() || c == '/').filter(|e| *e > 0).unwrap_or(tag.len());
            if tag[..name_end].contains('@') {
                self.words("<");
                self.words(tag);
                self.words(">");
                continue;
            }
            if let Some(behind) = behind_hidden(tag, rest) {
                rest = behind;
                continue;
            }
            self.tag(tag);
            if self.unseen.is_some() {
                rest = self.skip_unseen(rest);
            }
        }
        self.finish()
    }

    fn words(&mut self, raw: &str) {
        if raw.is_empty() {
            return;
        }
        let text = decode_entities(raw);
        let quoted = self.quote_rest || self.quotes > 0;
        let signature = self.signatures > 0;
        if (quoted, signature) != (self.line_quoted, self.line_signature) {
            if !self.line.trim().is_empty() {
                self.end_line();
            }
            (self.line_quoted, self.line_signature) = (quoted, signature);
        }
        if self.by_hue && !text.trim().is_empty() {
            let hue = self.open.iter().rev().find_map(|o| o.hue).flatten();
            if hue != self.line_hue && !self.line.trim().is_empty() {
                self.end_line();
            }
            self.line_hue = hue;
        }
        for (n, piece) in text.split('\n').enumerate() {
            if n > 0 {
                if self.in_pre > 0 { self.end_line() } else { self.blank() }
            }
            let mut rest = piece;
            while let Some(c) = rest.chars().next() {
                let plain = rest.bytes().position(|b| !b.is_ascii_graphic()).unwrap_or(rest.len());
                if plain > 0 {
                    self.line.push_str(&rest[..plain]);
                    rest = &rest[plain..];
                    continue;
                }
                rest = &rest[c.len_utf8()..];
                match c {
                    '\r' => {}
                    c if c.is_whitespace() || c == '\u{a0}' => self.blank(),
                    '\u{200b}' | '\u{feff}' | '\u{ad}' => {}
                    c => self.line.push(c),
                }
            }
        }
    }

    fn blank(&mut self) {
        if !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
    }

    fn end_line(&mut self) {
        let text = std::mem::take(&mut self.line);
        let text = text.trim_end();
        if !text.is_empty() {
            self.blank_after = false;
            self.push(text.to_owned());
        }
    }

    fn push(&mut self, text: String) {
        self.out.push(HtmlLine { text, quoted: self.line_quoted, signature: self.line_signature, hue: self.line_hue });
    }

    fn empty_line(&mut self) {
        self.end_line();
        if !self.blank_after && !self.out.is_empty() {
            self.blank_after = true;
            self.push(String::new());
        }
    }

    fn tag(&mut self, tag: &'a str) {
        let closing = tag.starts_with('/');
        let body = tag.trim_start_matches('/');
        let end = body.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(body.len());
        let name = body[..end].to_ascii_lowercase();
        if name.starts_with(['!', '?']) {
            return;
        }
        match name.as_str() {
            "br" => {
                // A second break in a row is an empty line.
                if self.line.trim().is_empty() { self.empty_line() } else { self.end_line() }
            }
            "td" | "th" => self.blank(),
            n if PARAGRAPHS.contains(&n) => self.empty_line(),
            n if BLOCKS.contains(&n) => self.end_line(),
            _ => {}
        }
        let attributes = if closing { "" } else { body[end..].trim() };
        let marks = match attributes {
            "" => Marks::default(),
            some => *self.marks.entry(some).or_insert_with(|| Marks::of(some)),
        };
        if marks.quote_rest {
            self.end_line();
            self.quote_rest = true;
        }
        if VOID.contains(&name.as_str()) || body.ends_with('/') {
            return;
        }
        if closing {
            if let Some(at) = self.open.iter().rposition(|o| o.name == name) {
                for closed in self.open.drain(at..) {
                    self.quotes -= usize::from(closed.quoted);
                    self.signatures -= usize::from(closed.signature);
                    self.in_pre -= usize::from(closed.name == "pre");
                }
            }
            // Gmail's answers between the quoted pieces stand inside its quote, behind the first piece.
            if name == "blockquote"
                && let Some(around) = self.open.last_mut().filter(|o| o.holds_quote && o.quoted)
            {
                around.quoted = false;
                self.quotes -= 1;
            }
            return;
        }
        if UNSEEN.contains(&name.as_str()) {
            self.unseen = Some(name);
            return;
        }
        if self.open.len() < DEEPEST {
            let cite = name == "blockquote" && (marks.cite || self.answers_above());
            let quoted = cite || marks.quote;
            if quoted {
                self.end_line();
            }
            let signature = marks.signature && BLOCKS.contains(&name.as_str());
            if signature {
                self.end_line();
            }
            self.quotes += usize::from(quoted);
            self.signatures += usize::from(signature);
            self.in_pre += usize::from(name == "pre");
            let holds_quote = name == "div" && attributes.contains("gmail_quote");
            self.open.push(Open { name, quoted, signature, holds_quote, hue: marks.hue });
        }
    }

    /// Whether the last line announces a quote ("… wrote:"): then a bare blockquote is that quote, not an indent.
    fn answers_above(&self) -> bool {
        self.out.iter().rev().find(|l| !l.text.is_empty()).is_some_and(|l| super::email::quote::announces(&l.text))
    }

    /// What follows the end of an element that nobody sees. One that never ends hides only its own tag.
    fn skip_unseen(&mut self, rest: &'a str) -> &'a str {
        let Some(name) = self.unseen.take().filter(|name| !self.unclosed.contains(name)) else { return rest };
        let end = if name == "head" { self.head_end(rest) } else { closing_at(rest, &name) };
        let Some(at) = end else {
            self.unclosed.push(name);
            return rest;
        };
        let tail = &rest[at..];
        match is_named(&tail[1..], "body") {
            true => tail,
            false => tail.find('>').map_or("", |end| &tail[end + 1..]),
        }
    }

    /// Where the mark stands that ends a head, or the body begins: the first may be left out, and another page's stand in the
    /// body. What scripts and comments hold is neither.
    fn head_end(&mut self, rest: &str) -> Option<usize> {
        let mut from = 0;
        while let Some(at) = rest[from..].find('<') {
            let at = from + at;
            let tag = &rest[at + 1..];
            if is_named(tag, "/head") || is_named(tag, "body") {
                return Some(at);
            }
            from = at + 1;
            let holding = ["script", "style", "!--"].into_iter().find(|name| match *name {
                "!--" => tag.starts_with(name),
                _ => is_named(tag, name),
            });
            if let Some(name) = holding.filter(|name| !self.unclosed.iter().any(|unclosed| unclosed == name)) {
                let end = if name == "!--" { tag.find("-->") } else { closing_at(tag, name) };
                match end {
                    Some(end) => from += end,
                    // Nothing further on is closed either.
                    None => self.unclosed.push(name.to_owned()),
                }
            }
        }
        None
    }

    fn finish(mut self) -> Vec<HtmlLine> {
        self.end_line();
        while self.out.last().is_some_and(|l| l.text.is_empty()) {
            self.out.pop();
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(html: &str) -> String {
        lines(html)
            .iter()
            .map(|l| format!("{}{}", if l.quoted { "> " } else { "" }, l.text))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn lines_as_a_reader_sees_them() {
        for (html, expected) in [
            ("<p>Hi&nbsp;Ann,</p><p>a<br>b &lt; c</p>", "Hi Ann,\n\na\nb < c"),
            ("<head><style>p{}</style></head><div>One</div><div>two</div>", "One\ntwo"),
            (
                "yes <div class=\"gmail_quote\">On Monday Ann wrote:<blockquote>no</blockquote></div>",
                "yes\n> On Monday Ann wrote:\n> \n> no",
            ),
            ("<b>a < b</b> and x <y and <ann@acme.example>", "a < b and x <y and <ann@acme.example>"),
            ("never <!-- closed", "never closed"),
            ("<style>a<style>b", "ab"),
            ("<head><title>t</title><body><header>Dear Rep,</header><p>no.</p>", "Dear Rep,\n\nno."),
            ("<head><title>t</title><body>yes <head>x</head>", "yes"),
            ("<head><script>var s='<body>';</script></head><body><p>yes</p>", "yes"),
            ("<head><!-- <body> --></head><body>yes", "yes"),
            ("<head><script><body>yes", "yes"),
            ("<td>a</td><td>b</td>", "a b"),
        ] {
            assert_eq!(seen(html), expected, "{html}");
        }
    }

    #[test]
    fn what_is_never_closed_is_looked_for_once() {
        // With a look at all that follows for each of them it would take minutes.
        for mark in ["<!--", "<style>", "<head>"] {
            assert!(lines(&mark.repeat(200_000)).is_empty(), "{mark}");
        }
        let page = "<body><head>x".repeat(100_000) + "</head>";
        assert_eq!(lines(&page).len(), 0);
        for mark in ["<a ", "{\\"] {
            assert_eq!(strip_tags(&mark.repeat(200_000)).len(), mark.len() * 200_000);
        }
    }
}
