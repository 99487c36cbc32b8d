//! Dates in numbers at the heads of lines: in the digits of other scripts and with marks of direction among them, as telephones
//! write them that are set to Arabic, Persian or Hindi; and before names, which they are no part of.

use std::borrow::Cow;

/// The zeros of scripts with digits of their own; nine others follow each.
#[rustfmt::skip]
const ZEROS: &[char] = &[
    '٠', '۰', '०', '০', '੦', '૦', '௦', '౦', '೦', '൦', '๐', '໐', '༠', '၀', '០', '０',
];

/// `text` with the digits of the dates and times at the heads of its lines in ASCII, and without marks of direction there. Words
/// stay as they are.
pub fn western(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.lines().any(|line| head_of(line).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let head = head_of(line).unwrap_or(0);
        out.extend(line[..head].chars().filter(|c| !is_mark(*c)).map(|c| match c {
            '،' => ',',
            c => digit(c).unwrap_or(c),
        }));
        out.push_str(&line[head..]);
    }
    Cow::Owned(out)
}

/// Whether `text` begins with a date in numbers, "12/02/26 Ann", whatever digits it is in.
pub fn begins_with_date(text: &str) -> bool {
    // Nearly every name begins with a letter.
    if !text.starts_with(char::is_numeric) {
        return false;
    }
    let end = text.find(|c: char| !c.is_numeric() && !matches!(c, '/' | '-' | '.') && !is_mark(c));
    let date = &text[..end.unwrap_or(text.len())];
    let digits = |part: &str| part.chars().filter(|c| c.is_numeric()).count();
    ['/', '-', '.'].iter().any(|mark| {
        let parts: Vec<usize> = date.trim_end_matches('.').split(*mark).map(digits).collect();
        // A year has four digits or two, "415-555-0134" is a telephone.
        let years = parts.iter().filter(|digits| **digits == 4).count();
        parts.len() == 3 && years <= 1 && parts.iter().all(|digits| matches!(digits, 1 | 2 | 4))
    })
}

/// The end of a date with its time at the head of `line`, where it holds what ASCII has not.
fn head_of(line: &str) -> Option<usize> {
    let of_time = |c: char| {
        c.is_ascii_digit()
            || digit(c).is_some()
            || is_mark(c)
            || matches!(c, '/' | '-' | '.' | ':' | ',' | '،' | '[' | ' ')
    };
    let end = line.find(|c| !of_time(c)).unwrap_or(line.len());
    let head = &line[..end];
    let marks = head.matches(['/', '-', '.', ':']).count();
    let begins = head
        .trim_start_matches(|c| is_mark(c) || c == '[')
        .starts_with(|c: char| c.is_ascii_digit() || digit(c).is_some());
    (begins && marks >= 2 && head.chars().any(|c| digit(c).is_some() || c == '،' || is_mark(c))).then_some(end)
}

/// The ASCII digit of one of another script.
fn digit(c: char) -> Option<char> {
    let zero =
        *ZEROS.iter().find(|zero| (**zero..=char::from_u32(**zero as u32 + 9).unwrap_or(**zero)).contains(&c))?;
    char::from_digit(c as u32 - zero as u32, 10)
}

/// Whether `c` sets the direction of what follows and is not seen.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{begins_with_date, western};

    #[test]
    fn a_telephone_before_a_name_is_no_date() {
        for (text, is_date) in [
            ("12/02/26 Ann", true),
            ("2026-02-12 Ann", true),
            ("٢٠٢٦/٢/١٢ Ann", true),
            ("415-555-0134 Ann", false),
            ("20.26 Ann", false),
        ] {
            assert_eq!(begins_with_date(text), is_date, "{text}");
        }
    }

    #[test]
    fn dates_are_in_ascii_and_words_stay() {
        for (text, expected) in [
            ("\u{200f}١٢\u{200f}/٢\u{200f}/٢٠٢٦، ٣:٠٤ م - Ann: ٥٪\n", "12/2/2026, 3:04 م - Ann: ٥٪\n"),
            ("[۱۲/۰۲/۲۰۲۶, ۱۵:۰۴:۱۰] Ann: é", "[12/02/2026, 15:04:10] Ann: é"),
            ("٥ من الناس: hi", "٥ من الناس: hi"),
            ("12/02/2026, 15:04 - Zoë: hi", "12/02/2026, 15:04 - Zoë: hi"),
        ] {
            assert_eq!(western(text), expected, "{text}");
        }
    }
}
