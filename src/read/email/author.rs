//! Who wrote what a line announces as a quote: "On 2 May 2026, Ann Lee <ann@acme.example> wrote:" is Ann Lee's. An address tells
//! it in every language; without one the name stands beside the verb.

use crate::read::email::quote::{OPENERS, WROTE, bare, is_direction};

/// The most words that a name has.
const MOST_WORDS: usize = 5;

/// Words with a capital that are no part of a name: the half of a day, a zone, the hour in German, and who speaks or is spoken to.
const NO_NAMES: &[&str] = &[
    "am", "pm", "uhr", "gmt", "utc", "cet", "cest", "est", "edt", "cst", "cdt", "pst", "pdt", "i", "you", "we", "ich",
    "sie", "du", "wir", "vous", "je", "usted", "lei", "u",
];

/// Small words within a name.
const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "do", "dos", "du", "la", "le", "al", "bin", "ter",
    "ten", "zu",
];

/// The author whom the lines of an announcement name, as a mail's head names a sender: "Ann Lee <ann@acme.example>", the name or
/// the address alone where they have no more; empty where nobody is named for certain.
pub fn of(lines: &[&str]) -> String {
    let joined = lines.iter().map(|l| bare(l)).collect::<Vec<_>>().join(" ");
    let line: String = joined.chars().filter(|c| !is_direction(*c)).collect();
    let line = line.trim_end_matches(['>', ':', '：', '-', ' ', '\u{a0}']);
    let address = |word: &str| word.contains('@') && !word.ends_with('@') && !word.starts_with('@');
    let marks = |c: char| !c.is_alphanumeric();
    let words: Vec<&str> = line.split_whitespace().filter(|word| !word.chars().all(marks)).collect();
    if let Some(at) = words.iter().position(|word| address(word.trim_matches(marks))) {
        // "<ann@acme.example>님이", "<mailto:ann@acme.example>".
        let inner = words[at].split(['<', '>', '(', ')', '[', ']']).find(|piece| address(piece)).unwrap_or(words[at]);
        let inner = inner.trim_start_matches("mailto:").trim_matches(marks);
        // Before an address without brackets may stand anything: a zone's name, "your colleague".
        let front = line.find(inner).map_or("", |at| line[..at].trim_end());
        if !(front.ends_with(['<', '(', '[']) || front.ends_with("mailto:")) {
            return inner.to_owned();
        }
        let before = words[at].split(['<', '(']).next().filter(|glued| !glued.is_empty() && !glued.contains('@'));
        let name = name_at_end(&[&words[..at], &Vec::from_iter(before)].concat());
        return if name.is_empty() { inner.to_owned() } else { format!("{name} <{inner}>") };
    }
    let Some((from, to)) = verb(&words) else { return String::new() };
    if to < words.len() { name_at_start(&words[to..]) } else { name_at_end(&words[..from]) }
}

/// Where among `words` the last verb stands that says that somebody wrote.
fn verb(words: &[&str]) -> Option<(usize, usize)> {
    (0..words.len()).rev().find_map(|at| {
        let from = at.saturating_sub(1);
        let found = is_verb(&words[from..=at]).then_some(from).or_else(|| is_verb(&words[at..=at]).then_some(at));
        found.map(|from| (from, at + 1))
    })
}

fn is_verb(words: &[&str]) -> bool {
    WROTE.contains(&words.join(" ").to_lowercase().as_str())
}

/// The name with which `words` end, behind a date or a comma; empty where nothing divides it from other words.
fn name_at_end(words: &[&str]) -> String {
    // "Zitat von Ann Lee", "Quoting Ann Lee".
    let verb = [2, 1].into_iter().find(|length| words.get(..*length).is_some_and(is_verb));
    if let Some(length) = verb {
        return name_at_start(&words[length..]);
    }
    let mut from = words.len();
    while from > 0 && words.len() - from <= MOST_WORDS {
        let word = words[from - 1];
        let divides = word.ends_with([',', ':', ';']);
        let small = PARTICLES.contains(&word) && from < words.len() && from > 1;
        let small = small && (is_name(words[from - 2]) || PARTICLES.contains(&words[from - 2]));
        if divides || !(is_name(word) || small) {
            break;
        }
        from -= 1;
    }
    let opens = |word: &&str| {
        let lower = word.to_lowercase();
        OPENERS.iter().any(|opener| opener.trim_end() == lower)
    };
    // "10:00 AM IST Ann Lee": a zone, or initials.
    let zone = |word: &&str| (2..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
    let timed = from > 0 && !words[from - 1].ends_with(',');
    // "Acme Support via Desk" is no Desk.
    let through = from > 0 && words[from - 1].eq_ignore_ascii_case("via");
    // Of "On Tuesday Ann" nobody knows where the name begins.
    match through || (from == 0 && words.first().is_some_and(opens)) || (timed && words.get(from).is_some_and(zone)) {
        true => String::new(),
        false if words.len() - from > MOST_WORDS => String::new(),
        false => words[from..].join(" "),
    }
}

/// The name with which `words` begin.
fn name_at_start(words: &[&str]) -> String {
    let small = |at: usize| PARTICLES.contains(&words[at]) && words.get(at + 1).is_some_and(|next| is_name(next));
    let end = (0..words.len()).find(|at| !(is_name(words[*at]) || (*at > 0 && small(*at)))).unwrap_or(words.len());
    if end > MOST_WORDS { String::new() } else { words[..end].join(" ") }
}

/// Whether a word can be one of a name: not written small, without digits, and none of the words that stand before names.
fn is_name(word: &str) -> bool {
    let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
    inner.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase())
        && !inner.chars().any(|c| c.is_numeric())
        && !NO_NAMES.contains(&inner.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_name_their_author() {
        for (text, expected) in [
            ("On 3 Mar 2026, at 10:00, Bob Ray <bob@ray.example> wrote:", "Bob Ray <bob@ray.example>"),
            (
                "> On Tue, Mar 3, 2026 at 3:04 PM Jan van den Berg <\n> jan@ray.example> wrote:",
                "Jan van den Berg <jan@ray.example>",
            ),
            ("On 3 Mar 2026, at 10:00, bob@ray.example wrote:", "bob@ray.example"),
            ("Am 03.03.2026 um 10:00 schrieb Bob Ray <bob@ray.example>:", "Bob Ray <bob@ray.example>"),
            ("Am 03.03.2026 um 10:00 schrieb Bob Ray:", "Bob Ray"),
            ("Op di 3 mrt 2026 om 10:00 schreef Bob Ray het volgende:", "Bob Ray"),
            ("Le 3 mars 2026 à 10:00, Bob Ray a écrit :", "Bob Ray"),
            ("ср, 30 апр. 2025 г. в 15:19, Ann <ann@acme.example>:", "Ann <ann@acme.example>"),
            ("02.05.2026 14:20 пользователь \"Ann\" написал:", "\"Ann\""),
            ("2026년 3월 3일 (화) 오후 3:04, Ann Lee <ann@acme.example>님이 작성:", "Ann Lee <ann@acme.example>"),
            (">>> Bob Ray <bob@ray.example> 3/3/2026 10:00 AM >>>", "Bob Ray <bob@ray.example>"),
            ("Zitat von Bob Ray <bob@ray.example>:", "Bob Ray <bob@ray.example>"),
            ("Bob Ray wrote:", "Bob Ray"),
            ("On Tue, Mar 3, 2026 at 10:00 AM Ray, Bob <bob@ray.example> wrote:", "Bob <bob@ray.example>"),
            ("On 3/3/2026 10:00 AM IST Bob Ray <bob@ray.example> wrote:", "bob@ray.example"),
            ("In a message dated 3/3/2026 10:00 AM Eastern Standard Time, bob@ray.example writes:", "bob@ray.example"),
            (
                "In a message dated 3/3/2026 10:00 AM Eastern Standard Time, <bob@ray.example> writes:",
                "bob@ray.example",
            ),
            ("On 3 Mar 2026, at 10:00, Acme Support via Desk <desk@acme.example> wrote:", "desk@acme.example"),
            ("On 2 Mar 2026 at 10:00 I wrote:", ""),
            ("On 2 Mar 2026, at 10:00, You wrote:", ""),
            ("On Tuesday Bob wrote:", ""),
            ("In 2024 the analysts wrote:", ""),
            ("3/3/2026 10:00:", ""),
        ] {
            assert_eq!(of(&text.lines().collect::<Vec<_>>()), expected, "{text}");
        }
    }
}
