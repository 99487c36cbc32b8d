//! Several calls in one text, one below the other: where each begins. Only a heading of the form that the first one has begins
//! another, with a date of its own; what somebody says of a date has no such heading above it.

use super::{
    labelled,
    otter_txt::FOOTER,
    preamble::{is_field, says_only_when},
    when,
};

/// A call of a text.
pub(super) struct Part<'a> {
    /// How many lines of the text stand above it.
    pub above: usize,
    pub text: &'a str,
}

/// The calls of `text` where it holds several; else all of it.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let whole = || vec![Part { above: 0, text }];
    let ended = behind_footers(text);
    let begins = if ended.len() > 1 { ended } else { beginnings(text) };
    if begins.len() < 2 {
        return whole();
    }
    let ends = begins.iter().skip(1).map(|(byte, _)| *byte).chain([text.len()]);
    let parts: Vec<Part> =
        begins.iter().zip(ends).map(|((from, line), to)| Part { above: *line, text: &text[*from..to] }).collect();
    let is_call = |part: &Part| labelled::text::parse(part.text).labelled >= 2;
    if parts.iter().all(is_call) { parts } else { whole() }
}

/// Where each call begins that ends with what its service writes at the end.
fn behind_footers(text: &str) -> Vec<(usize, usize)> {
    if !text.contains(FOOTER) {
        return vec![];
    }
    let (mut out, mut byte, mut ended) = (Vec::new(), 0, true);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if ended && !line.trim().is_empty() {
            out.push((byte, number));
            ended = false;
        }
        ended |= line.trim() == FOOTER;
        byte += line.len();
    }
    out
}

/// Lines between two blank ones.
struct Paragraph<'a> {
    /// Where it begins: the byte, and how many lines are above.
    at: (usize, usize),
    lines: Vec<&'a str>,
}

fn paragraphs(text: &str) -> Vec<Paragraph<'_>> {
    let mut out: Vec<Paragraph> = Vec::new();
    let (mut byte, mut open) = (0, false);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let at = (byte, number);
        byte += line.len();
        let line = line.trim();
        // A rule divides as a blank line does.
        if !line.contains(char::is_alphanumeric) {
            open = false;
        } else if let Some(last) = out.last_mut().filter(|_| open) {
            last.lines.push(line);
        } else {
            out.push(Paragraph { at, lines: vec![line] });
            open = true;
        }
    }
    out
}

/// Where each call begins, as its heading tells; nothing where the text does not begin with one.
fn beginnings(text: &str) -> Vec<(usize, usize)> {
    // Most texts hold one call, and are not looked through for another.
    let end = text.split_inclusive('\n').take(FAR_ENOUGH).map(str::len).sum();
    let Some((titled, form)) = form(&paragraphs(&text[..end])) else { return vec![] };
    let all = paragraphs(text);
    let heads = (0..all.len()).filter(|place| dated_by(&all[*place].lines).as_deref() == Some(&form[..]));
    let with_title = |place: usize| if titled { place.checked_sub(1) } else { Some(place) };
    let begins = heads.filter_map(with_title).filter(|place| !titled || is_title_alone(&all[*place].lines));
    begins.map(|place| all[place].at).collect()
}

/// The form of the heading with which a text begins: whether its title stands alone above the fields, and the label of its date.
fn form(first: &[Paragraph]) -> Option<(bool, String)> {
    let titled = dated_by(&first.first()?.lines).is_none();
    let fields = first.get(usize::from(titled)).filter(|_| !titled || is_title_alone(&first[0].lines))?;
    Some((titled, dated_by(&fields.lines)?))
}

/// Within how many lines the heading of the first call ends.
const FAR_ENOUGH: usize = 24;
/// The most lines of a heading, and the most words of a title.
const LONGEST_HEADING: usize = 10;
const LONGEST_TITLE: usize = 12;

/// The label of the date in a paragraph that is nothing but a heading: fields, and perhaps a title above them.
fn dated_by(lines: &[&str]) -> Option<String> {
    let of_heading = |(n, line): (usize, &&str)| is_field(line) || says_only_when(line) || (n == 0 && is_title(line));
    if lines.len() > LONGEST_HEADING || !lines.iter().enumerate().all(of_heading) {
        return None;
    }
    lines.iter().filter(|line| is_field(line)).find_map(|line| {
        let (label, value) = line.split_once([':', '：'])?;
        let marks = |c: char| c.is_whitespace() || c == '*';
        let value = value.trim_matches(marks);
        (says_only_when(value) && when::in_text(value).is_some()).then(|| label.trim_matches(marks).to_lowercase())
    })
}

fn is_title_alone(lines: &[&str]) -> bool {
    matches!(lines, [only] if is_title(only))
}

/// Whether a line may be what a call is called: a few words, none of them said by anybody.
fn is_title(line: &str) -> bool {
    !line.ends_with(['.', '?', '!', ','])
        && !line.contains(": ")
        && line.split_whitespace().nth(LONGEST_TITLE).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_of_the_same_form_begins_a_call() {
        const TALK: &str = "Dana: Hi there.\nAnn: Is it final?\nDana: Yes.\n";
        for (text, lines) in [
            (format!("Call 1\nDate: 2026-03-10\n\n{TALK}\nCall 2\nDate: 2026-03-17\n\n{TALK}"), vec![0, 7]),
            (
                format!("# One\n\nDate: 2026-03-10\n\n{TALK}\n---\n\n# Two\n\n**Date:** 2026-03-17\n\n{TALK}"),
                vec![0, 10],
            ),
            (format!("Date: 2026-03-10\n\n{TALK}\nDate: 2026-03-17\n\n{TALK}"), vec![0, 6]),
            // What somebody says of a date, and fields below the words.
            (format!("Date: 2026-03-10\n\n{TALK}\nDana: The date: 2026-03-17\n\n{TALK}"), vec![0]),
            (format!("Date: 2026-03-10\n\n{TALK}\nNext meeting\nDate: 2026-03-17\n"), vec![0]),
            (format!("{TALK}\nDate: 2026-03-17\n\n{TALK}"), vec![0]),
        ] {
            assert_eq!(parts(&text).iter().map(|part| part.above).collect::<Vec<_>>(), lines, "{text}");
        }
    }
}
