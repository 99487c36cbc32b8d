//! What Markdown writes around words for programs and not for readers: its escapes, comments and tags of type. A text that begins
//! with such a tag is no page of HTML.

use std::borrow::Cow;

/// Tags that change how words look, which a text may hold that is no page.
const OF_TYPE: &[&str] = &["u", "b", "i", "em", "strong", "span", "mark", "small", "sub", "sup"];

/// Whether `text` begins as a page or a mail of HTML does, comments and tags of type aside, or as XML.
pub fn is_page(text: &str) -> bool {
    let mut text = text.trim_start();
    while let Some(behind) = text.strip_prefix("<!--") {
        let Some(end) = behind.find("-->") else { return true };
        text = behind[end + 3..].trim_start();
    }
    text.starts_with('<') && tag_of_type(text).is_none()
}

/// `text` as its words are seen: without comments and tags of type where it begins with one; and where its name (`path`) says that it
/// is Markdown, without what its links lead to and the marks before its own characters, `\[00:01\]`.
pub fn seen<'a>(path: &str, text: &'a str) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    if text.trim_start().starts_with('<') {
        text = without_tags(&text).into();
    }
    let is_ending = |of: &str| ["md", "markdown"].iter().any(|ending| of.eq_ignore_ascii_case(ending));
    if path.rsplit_once('.').is_some_and(|(_, of)| is_ending(of)) {
        if text.contains("![](") {
            text = without_pictures(&text).into();
        }
        if text.contains("](http") {
            text = without_links(&text).into();
        }
        if text.contains('\\') {
            text = unescaped(&text).into();
        }
    }
    text
}

/// `text` without the pictures that stand for no words, "![](https://acme.example/a.png)".
fn without_pictures(text: &str) -> String {
    /// The longest address, in bytes.
    const LONGEST: usize = 2000;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("![](") {
        let until = rest.floor_char_boundary(at + 4 + LONGEST);
        let end = rest[at + 4..until].find([')', ' ', '\n']).map(|end| end + 4);
        let end = end.filter(|end| rest[at + end..].starts_with(')'));
        out.push_str(&rest[..at]);
        let (picture, behind) = rest[at..].split_at(end.map_or(4, |end| end + 1));
        // What never ends is no picture.
        out.push_str(if end.is_some() { "" } else { picture });
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A heading without the name that programs give it, for links to it: "### 00:06:56 {#00:06:56}".
pub fn without_anchor(line: &str) -> &str {
    let anchor = || line.trim_end().strip_suffix('}')?.rfind(" {#");
    anchor().filter(|_| line.starts_with('#')).map_or(line, |at| line[..at].trim_end())
}

/// `text` with the words of its links alone: "Ann" of "[Ann](https://acme.example)".
fn without_links(text: &str) -> String {
    /// The longest address, in bytes.
    const LONGEST: usize = 2_000;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](http") {
        let (before, behind) = rest.split_at(at);
        let behind = &behind[1..];
        let near = &behind[..behind.floor_char_boundary(LONGEST)];
        let end = near.find([')', ' ', '\n', '[', ']']).filter(|end| near[*end..].starts_with(')'));
        let open = before.rfind(['[', '\n']).filter(|open| before[*open..].starts_with('[') && !before.ends_with('['));
        // A picture has a mark before it, and what is escaped is no link.
        let open = open.filter(|open| !before[..*open].ends_with(['!', '\\']));
        match (open, end) {
            (Some(open), Some(end)) => {
                out.push_str(&before[..open]);
                out.push_str(&before[open + 1..]);
                rest = &behind[end + 1..];
            }
            _ => {
                out.push_str(before);
                out.push(']');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// `words` without the marks that Markdown puts before its own characters: "sign\\-off".
pub fn unescaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut escaped = words.chars().peekable();
    while let Some(c) = escaped.next() {
        if c != '\\' || !escaped.peek().is_some_and(char::is_ascii_punctuation) {
            out.push(c);
        } else {
            // What follows is a character of its own, also where it is such a mark.
            out.extend(escaped.next());
        }
    }
    out
}

/// `text` without its comments, but for the ends of their lines, and tags of type.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Where one does not end, no later one does.
    let mut ends = true;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let comment = rest.strip_prefix("<!--").filter(|_| ends).map(|behind| behind.find("-->"));
        ends &= comment != Some(None);
        if let Some(end) = comment.flatten() {
            let comment = &rest[..4 + end + 3];
            out.extend(comment.chars().filter(|c| *c == '\n'));
            rest = &rest[comment.len()..];
        } else if let Some(tag) = tag_of_type(rest) {
            rest = &rest[tag..];
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The length of the tag of type that `text` begins with.
fn tag_of_type(text: &str) -> Option<usize> {
    const LONGEST: usize = 100;
    let near = &text[..text.floor_char_boundary(LONGEST)];
    let end = near.find('>')?;
    let inner = near[..end].strip_prefix('<')?.trim_start_matches('/');
    let name = inner.split([' ', '/']).next()?;
    OF_TYPE.iter().any(|tag| name.eq_ignore_ascii_case(tag)).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::{is_page, seen};

    #[test]
    fn tags_of_type_and_comments_make_no_page() {
        for (text, page) in [
            ("<!-- made from a.docx -->\n\n**Ann:** hi", false),
            ("<u>Ann:</u> hi", false),
            ("Ann: hi", false),
            ("<!-- a --><!DOCTYPE html><p>hi", true),
            ("<div>Ann: hi", true),
            ("<!-- a", true),
            ("<?xml version=\"1.0\"?>", true),
        ] {
            assert_eq!(is_page(text), page, "{text}");
        }
    }

    #[test]
    fn words_are_as_they_are_seen() {
        for (path, text, expected) in [
            ("a.md", "Ann: sign\\-off \\[00:01\\] C:\\dir", "Ann: sign-off [00:01] C:\\dir"),
            ("a.Md", "Ann: a\\\\[b", "Ann: a\\[b"),
            (
                "a.md",
                "**[Ann](https://a.example/b):** [00:01](https://a.example) c [](http://d)",
                "**Ann:** 00:01 c [](http://d)",
            ),
            (
                "a.md",
                "![Ann](https://a.example/b.png) \\[b](https://c",
                "![Ann](https://a.example/b.png) [b](https://c",
            ),
            ("a.md", "![](https://a.example/b.png)\nAnn: a ![](b) c ![](d", "\nAnn: a  c ![](d"),
            ("a.txt", "[Ann](https://a.example)", "[Ann](https://a.example)"),
            ("a.txt", "Ann: sign\\-off", "Ann: sign\\-off"),
            ("a.md", "<!-- a\n b -->\n<u>Ann:</u> 3 < 4 <i>so</i>", "\n\nAnn: 3 < 4 so"),
            ("a.txt", "Ann: <b>so</b>", "Ann: <b>so</b>"),
        ] {
            assert_eq!(seen(path, text), expected, "{text}");
        }
    }
}
