//! The head of a mail as it stands in the body of another: the block of "From: … Sent: … To: …" that mail programs put above
//! what they answer or forward, in the languages that they speak.

use crate::read::email::{
    head_fields::{Role, is_field},
    quote::bare,
};

/// Names of fields that a route or a log has as well; a head of nothing else is one only with an address in it.
const EVERYDAY: &[&str] = &[
    "from", "to", "date", "cc", "von", "an", "datum", "de", "a", "à", "para", "da", "data", "van", "aan", "do", "od",
    "fra", "til", "dato",
];

/// The longest name of a field that is believed, in characters.
const LONGEST_FIELD: usize = 24;

/// The field's name and value where `line` is a field of a mail's head, the name in lower case.
pub fn field(line: &str) -> Option<(String, &str)> {
    let line = line.trim().trim_start_matches(['>', ' ', '*', '_', '|', '\t', '\u{a0}']);
    let at = colon(line)?;
    let (name, mut value) = (&line[..at], line[at..].chars());
    value.next();
    let value = value.as_str();
    let name = name.trim().trim_end_matches(['*', '_', ' ', '\u{a0}']).to_lowercase();
    Some((name, value.trim().trim_start_matches(['*', '_', ' ']).trim_end_matches(['*', '_'])))
}

/// Where the colon behind a field's name stands, ASCII or wide. A name of more characters is none; a line of the mail's words
/// is passed by without looking at the rest of it.
fn colon(line: &str) -> Option<usize> {
    let near = &line.as_bytes()[..line.len().min(LONGEST_FIELD + 1)];
    // Nearly every line is ASCII at its head, where a byte is a character.
    if near.is_ascii() {
        return near.iter().position(|b| *b == b':');
    }
    line.char_indices().take(LONGEST_FIELD + 1).find(|(_, c)| matches!(c, ':' | '：')).map(|(at, _)| at)
}

/// The head of a mail as it stands in the body of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// How many lines it takes, with blank lines inside.
    pub lines: usize,
    /// The value of its sender's field.
    pub from: String,
}

/// The block of a mail's head at the beginning of `lines`: its first line is a field, and within the next lines stand a
/// sender and at least two other fields, or one if the sender has an address. `sure`: a divider stands above, so that one
/// field is enough.
pub fn head(lines: &[&str], sure: bool) -> Option<Head> {
    let (first, first_value) = field(lines.first()?)?;
    if is_field(&first, Some(Role::From))
        && let Some(from) = on_one_line(first_value)
    {
        return Some(Head { lines: 1, from: from.to_owned() });
    }
    if !is_field(&first, None) || (first_value.is_empty() && !sure) {
        return None;
    }
    let mut out = Head::default();
    let (mut fields, mut blanks, mut address, mut timed, mut everyday) = (0, 0, false, false, true);
    for (n, line) in lines.iter().enumerate().take(14) {
        match field(line) {
            Some((name, value)) if is_field(&name, None) => {
                if is_field(&name, Some(Role::From)) && out.from.is_empty() {
                    out.from = value.to_owned();
                }
                fields += 1;
                address |= value.contains('@');
                timed |= value.contains(':') && value.bytes().filter(u8::is_ascii_digit).count() >= 7;
                everyday &= EVERYDAY.contains(&name.as_str());
                out.lines = n + 1;
                blanks = 0;
            }
            _ if bare(line).is_empty() => {
                blanks += 1;
                // Blackberry puts blank lines between fields; two in a row end the head.
                if blanks > 2
                    || (fields >= 3
                        && !lines.get(n + 1).and_then(|l| field(l)).is_some_and(|(name, _)| is_field(&name, None)))
                {
                    break;
                }
            }
            // A long subject or list of addresses over two lines.
            _ if blanks == 0 && n == out.lines && fields > 0 => {}
            _ if blanks == 0 && fields > 0 && (line.contains('@') || line.contains(';')) => {}
            _ => break,
        }
    }
    let addressed = out.from.contains('@');
    let enough = (fields >= 3 && (address || !everyday)) || (fields >= 2 && addressed) || (sure && fields >= 1);
    // Some programs leave out who wrote it; a time to the minute and an address are no everyday list.
    let nameless = fields >= 2 && address && timed;
    (enough && (sure || !out.from.is_empty()) || nameless).then_some(out)
}

/// The sender of a head that lies on one line, as programs write it that flatten mails: "From: Ann <ann@acme.example> Sent: Monday
/// 10:15 To: Bob Subject: Plan". `value`: what stands behind the name of the sender's field.
fn on_one_line(value: &str) -> Option<&str> {
    const LONGEST: usize = 1_000;
    if value.len() > LONGEST || !value.contains(':') {
        return None;
    }
    let mut from = None;
    let mut fields = 0;
    let mut at = 0;
    for word in value.split(' ') {
        let bare = word.trim_start_matches('*').trim_end_matches('*');
        let name = bare.strip_suffix(':').filter(|name| name.starts_with(char::is_uppercase));
        let name = name.map(str::to_lowercase);
        if name.is_some_and(|name| is_field(&name, None) && !is_field(&name, Some(Role::From))) {
            fields += 1;
            from.get_or_insert(value[..at].trim_matches(['*', ' ', ',', ';']));
        }
        at += word.len() + 1;
    }
    let told = value.contains('@') || value.bytes().filter(u8::is_ascii_digit).count() >= 6;
    from.filter(|from| fields >= 3 && told && !from.is_empty())
}

/// The head of Notes' own, without colons: a name, below it a date with a time, then "To", "cc" and "Subject" as words at
/// the head of their lines. How many lines it takes.
pub fn notes_head(lines: &[&str]) -> Option<usize> {
    let name = lines.first()?.trim();
    let when = lines.get(1)?.trim();
    // "Tél. : 04 55 55 01 23" has no time of day.
    let timed = when.as_bytes().windows(3).any(|w| w[1] == b':' && w[0].is_ascii_digit() && w[2].is_ascii_digit());
    if when.len() > 40 || !timed {
        return None;
    }
    let letters = when.chars().filter(|c| c.is_alphabetic()).count();
    let digits = when.bytes().filter(u8::is_ascii_digit).count();
    if name.is_empty() || name.len() > 120 || digits < 8 || letters > 6 {
        return None;
    }
    let named = |at: usize, names: &[&str]| {
        let mut words = lines[at].split_whitespace();
        let first = words.next().unwrap_or_default().to_lowercase();
        // "À : Ann" is a field of another program's head.
        names.contains(&first.as_str()) && words.next().is_none_or(|next| !next.starts_with(':'))
    };
    let end = lines.len().min(16);
    let to = (2..end).find(|at| named(*at, &["to", "an", "à", "para", "a", "aan"]))?;
    let subject =
        (to + 1..end).find(|at| named(*at, &["subject", "betreff", "objet", "asunto", "oggetto", "onderwerp"]))?;
    // The subject itself stands on its line or on the next, where there is one.
    let length = if lines[subject].split_whitespace().count() == 1 { 2 } else { 1 };
    Some((subject + length).min(lines.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_a_sender_and_other_fields() {
        let is_head = |text: &str| head(&text.lines().collect::<Vec<_>>(), false).map(|h| (h.lines, h.from));
        assert_eq!(is_head("From: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nHi"), Some((4, "Ann".into())));
        assert_eq!(is_head("*De :* Ann\n*Envoyé :* lundi\n*À :* Bob"), Some((3, "Ann".into())));
        let notes = |text: &str| notes_head(&text.lines().collect::<Vec<_>>());
        assert_eq!(notes("Ann Lee\n12.03.2026 10:15\nTo Bob\nSubject\nPlan\n\nHi"), Some(5));
        assert_eq!(notes("Ann Lee\n12.03.2026 10:15\nTo Bob\nSubject"), Some(4), "cut off behind the field's name");
        let flat = "From: Ann <ann@acme.example> Sent: Monday, March 2, 2026 4:40 PM To: Bob Subject: Plan";
        assert_eq!(is_head(flat), Some((1, "Ann <ann@acme.example>".into())));
        assert_eq!(is_head("From: here Sent: we To: go"), None);
        assert_eq!(is_head("From: here we go\nand on"), None);
        assert_eq!(is_head("Date: Monday\nTo: decide\nPrice: 5"), None);
    }
}
