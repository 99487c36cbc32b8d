//! Who speaks in "Ann Smith: hello": which words before a colon are a speaker's name and which are part of a sentence.
//!
//! One line alone cannot tell ("Here's the thing: …"), a whole file can: a name comes back, stands at most beginnings, or
//! at least looks like one. So a [`Habit`] is learnt over all lines of a file, and then splits each of them.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{labelled::digits::begins_with_date, sounds, when::words::half_at_head};

/// The longest name that is believed, in characters: "Maximilian Featherstonehaugh-Cholmondeley (Director, he/him) | Acme".
const LONGEST: usize = 80;

/// Labels that look like names and head a remark or a list instead; believed only where they come back often.
const REMARKS: &[&str] = &[
    "note",
    "notes",
    "ps",
    "p.s",
    "p.s.",
    "question",
    "answer",
    "example",
    "update",
    "action",
    "actions",
    "action items",
    "next steps",
    "agenda",
    "summary",
    "warning",
    "tip",
    "edit",
    "re",
    "fw",
    "fwd",
    "subject",
    "http",
    "https",
    "fyi",
    "btw",
    "price",
    "total",
    "deadline",
    "attendees",
    "participants",
    "date",
    "call date",
    "meeting date",
    "time",
    "start time",
    "end time",
    "location",
    "topic",
    "topics",
    "duration",
    "recording",
    "transcript",
    "meeting",
    "title",
    "from",
    "to",
    "cc",
    "sent",
    "kind",
    "language",
    "remember",
    "option",
    "disclaimer",
    "caution",
    "important",
];

/// Whether `name` is one of [`REMARKS`], perhaps one of several: "Option A", "Question 2".
fn is_remark(name: &str) -> bool {
    let lower = name.to_lowercase();
    let counted = |last: &str| last.len() == 1 || last.bytes().all(|b| b.is_ascii_digit());
    let stem = lower.rsplit_once(' ').filter(|(_, last)| counted(last)).map_or(&lower[..], |(stem, _)| stem);
    REMARKS.contains(&&lower[..]) || REMARKS.contains(&stem)
}

/// How many colons of a line may end a speaker's name: "Room: Berlin: Ann: hello" is the most that was seen.
const MOST_COLONS: usize = 3;

/// What `line` would be if the words before one of its first colons were a speaker's name: name and rest, for each such
/// colon in order. Whether they can be a name is for [`could_be_name`] to say; it costs more, and is asked once a name.
fn candidates(line: &str) -> impl DoubleEndedIterator<Item = (&str, &str)> {
    let mut found = [None; MOST_COLONS];
    let mut count = 0;
    // Nearly every line is ASCII where its name stands, and there a single mark is looked for, which is much faster.
    let near = &line.as_bytes()[..line.len().min(LONGEST + 1)];
    let ascii = near.is_ascii();
    // A character has up to four bytes; whether the name is too long in characters is counted only where bytes may say so.
    let near = if ascii { near.len() } else { line.floor_char_boundary(4 * (LONGEST + 1)) };
    let mut from = 0;
    while count < MOST_COLONS {
        let ahead = &line[from..near];
        let Some(at) = (if ascii { ahead.find(':') } else { ahead.find([':', '：']) }) else { break };
        let at = from + at;
        let wide = line.as_bytes()[at] != b':';
        if at > LONGEST && line[..at].chars().count() > LONGEST {
            break;
        }
        from = at + if wide { '：'.len_utf8() } else { 1 };
        let rest = &line[from..];
        // "10:30" and "https://" have no blank behind the colon; Chinese and Japanese text needs none.
        if !wide && !rest.is_empty() && !rest.starts_with([' ', '\t', '\u{a0}', '*', '_']) {
            continue;
        }
        let name = without_language(without_number(without_marks(&line[..at])));
        found[count] = Some((name, rest.trim_start_matches(['*', '_']).trim()));
        count += 1;
    }
    found.into_iter().flatten()
}

/// A name without the marks of bold type, of a list or of a quotation around it.
fn without_marks(name: &str) -> &str {
    // Nearly every name begins and ends with a letter or a digit.
    if let [first, .., last] = name.as_bytes()
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
    {
        return name;
    }
    // WhatsApp puts "~" before who is no contact, and marks of direction around numbers.
    name.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, '*' | '_' | '-' | '>' | '•' | '~' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
    })
}

/// "Ann" of "3. Ann" and of "0030 [Ann]", where somebody numbered the lines or put times before them.
fn without_number(name: &str) -> &str {
    if !name.starts_with(|c: char| c.is_ascii_digit()) {
        return name;
    }
    let number = |text: &str| !text.contains(char::is_alphabetic);
    if let Some((before, inside)) = name.strip_suffix(']').and_then(|n| n.split_once('['))
        && number(before)
        && !is_phone_number(before.trim())
        && !number(inside)
        && !inside.contains('[')
    {
        return inside.trim();
    }
    let behind = name.trim_start_matches(|c: char| c.is_ascii_digit());
    match behind.strip_prefix(['.', ')']) {
        Some(rest) if behind.len() < name.len() && rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => name,
    }
}

/// "Ann" of "[en] Ann", where a program says which language is spoken.
fn without_language(name: &str) -> &str {
    let behind = name.strip_prefix('[').and_then(|n| n.split_once("] "));
    let language = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase());
    behind.filter(|(code, _)| language(code)).map_or(name, |(_, name)| name.trim_start())
}

/// Name and words of `[Ann] hello` and `(Ann): hello`.
fn in_brackets(line: &str) -> Option<(&str, &str)> {
    // Captions have a dash before whoever begins to speak.
    let line = line.trim_start().trim_start_matches(">> ");
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
    let close = match line.as_bytes().first()? {
        b'[' => ']',
        b'(' => ')',
        _ => return None,
    };
    let (name, words) = line[1..].split_once(close)?;
    let words = words.trim_start_matches([':', ' ', '\t', '\u{a0}']);
    (!words.is_empty() && can_stand_in_brackets(name) && name.len() <= LONGEST && !sounds::is_word(name))
        .then_some((name.trim(), words))
}

/// Whether what stands in brackets can be a name by its first character: "[0h 0m 3s]" is a time, a number may call.
pub(super) fn can_stand_in_brackets(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) || is_phone_number(name)
}

/// The most people who speak in one file with their names in brackets.
const MOST_IN_BRACKETS: usize = 50;

/// Whether `text` is a telephone number, some digits perhaps hidden: "+1 (415) ***-**12".
pub(super) fn is_phone_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // "2026-03-12: sent the quote" is dated, not said by a number.
    let dated = (text.len() <= 10 && text.matches(['-', '.']).count() == 2) || begins_with_date(text);
    !dated
        && (digits >= 7 || (digits >= 2 && text.starts_with('+')) || (digits >= 4 && text.contains("**")))
        && text.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(c, '+' | '(' | ')' | '-' | '*' | ' ' | '.' | '\u{a0}' | '\u{2007}' | '\u{202f}')
                // The dashes that do not break, with which WhatsApp writes numbers; "2024–2025" has another.
                || matches!(c, '\u{2010}'..='\u{2012}')
        })
}

/// Whether `text` could at all name a speaker: short, with a letter, without the marks of a sentence.
pub fn could_be_name(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || (text.len() > LONGEST && text.chars().count() > LONGEST) {
        return false;
    }
    if !text.chars().any(char::is_alphabetic) {
        return is_phone_number(text);
    }
    if begins_with_date(text) || is_half_of_day(text) {
        return false;
    }
    let outside = without_brackets(text);
    let mut words = 0;
    for word in outside.split_whitespace() {
        // "Ann Lee | Acme", "Ann Lee – Head of Sales & Service": a mark is no word.
        words += usize::from(word.contains(char::is_alphanumeric));
        // A full stop ends a sentence unless it ends an initial or a short title ("J. Smith", "Dr. Okafor", "Tom N.").
        if words > MOST_WORDS
            || word.strip_suffix('.').is_some_and(|stem| stem.chars().count() > 3 && !ABBREVIATIONS.contains(&stem))
        {
            return false;
        }
    }
    words > 0
        && !outside.contains(['?', '!', ';', '"', '“', '”', '<', '>', '=', '{', '}'])
        && outside.bytes().filter(|b| *b == b',').count() <= 2
}

/// Whether `text` is nothing but a half of the day with full stops, "p. m."; "a.l." may be somebody's initials.
fn is_half_of_day(text: &str) -> bool {
    text.contains('.') && half_at_head(text).is_some_and(|(_, rest)| rest.trim_matches(['.', ' ']).is_empty())
}

/// What is written with a full stop in names and in those of companies, where it is longer than three letters.
const ABBREVIATIONS: &[&str] = &["Corp", "Prof", "Bros", "Assoc", "Dept", "Univ", "Capt", "Messrs", "Intl"];

/// The most words that a name has, particles and all.
const MOST_WORDS: usize = 8;

/// Whether `text` has the look of a name: every word but particles begins with a capital, a digit or a letter that has no
/// case; or it is an address or a machine's label ("spk_0", "speaker 1").
pub fn looks_like_name(text: &str) -> bool {
    if !could_be_name(text) {
        return false;
    }
    let outside = without_brackets(text);
    outside.split_whitespace().all(|word| {
        let first = word.trim_start_matches(['\'', '’', '(', '[', '"', '#']).chars().next().unwrap_or('a');
        first.is_uppercase()
            || first.is_numeric()
            || (first.is_alphabetic() && !first.is_lowercase())
            // "d'Arcy", "deShawn", "iOS team": a capital later in the word.
            || (word.chars().count() > 2 && word.chars().skip(1).any(char::is_uppercase))
            || is_particle(word)
            || is_picture(word)
            // Behind brackets: "Ann Lee (she/her), Acme".
            || word == ","
    }) || is_phone_number(text)
        || needs_no_capital(&outside.to_lowercase())
}

/// Whether `word` is nothing but a picture that somebody put beside the name, an emoji or a flag.
fn is_picture(word: &str) -> bool {
    word.chars().all(|c| c >= '\u{2600}' && !c.is_alphanumeric())
}

/// Whether `word` stands in names without a capital.
pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word.to_lowercase().as_str())
}

/// What stands in names without a capital.
const PARTICLES: &[&str] = &[
    "de", "da", "di", "do", "dos", "du", "del", "della", "der", "den", "van", "von", "zu", "la", "le", "el", "al",
    "bin", "ibn", "ter", "ten", "y", "e", "of", "and", "the", "at", "from", "|", "-", "–", "/", "&", "@", "·",
];

/// Whether `lower` is an address or begins as a label that machines write in lower case, with whatever name behind it. Not
/// [`crate::team::names::is_label`], which asks whether a name means nobody in particular: "all" and "s" mean nobody, and are words
/// where they stand before a colon.
fn needs_no_capital(lower: &str) -> bool {
    let label = lower.split_whitespace().next().unwrap_or("");
    (lower.contains('@') && !lower.trim().contains(' '))
        || lower.trim() == "unknown speaker"
        || ["spk", "speaker", "ch_", "channel", "agent", "customer", "guest"].iter().any(|l| label.starts_with(l))
}

/// `text` without what stands in brackets: "(he/him)", "[Acme]".
pub fn without_brackets(text: &str) -> Cow<'_, str> {
    if !text.contains(['(', '[']) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut depth) = (String::with_capacity(text.len()), 0usize);
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    Cow::Owned(out)
}

/// What was seen of words before a colon.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Whether they can be a name, and whether they look like one; asked once, when they are first seen.
    possible: bool,
    looks: bool,
    times: usize,
    /// The last colon of a line, from 0, before which they stood.
    nth: usize,
}

/// How one file names its speakers.
#[derive(Debug, Default)]
pub struct Habit {
    names: HashSet<String>,
    /// Whether every line names its speaker, so that a line without a name has an unknown one; where false, a name stands
    /// only where the speaker changes, and a line without a name continues the one before.
    pub names_every_line: bool,
    /// Whether the names stand in brackets before the words, nearly everywhere; then only such are names.
    in_brackets: bool,
}

impl Habit {
    /// Learns from the beginnings of a file's cues or lines.
    pub fn learn<'a>(lines: impl Iterator<Item = &'a str>) -> Habit {
        let lines: Vec<&str> = lines.filter(|l| !l.trim().is_empty()).collect();
        if let Some(habit) = Habit::of_brackets(&lines) {
            return habit;
        }
        let lines = lines.into_iter();
        let mut counts: HashMap<&str, Count> = HashMap::new();
        let (mut total, mut labelled, mut any) = (0usize, 0usize, 0usize);
        let (mut repeats, mut last) = (0usize, "");
        for line in lines {
            total += 1;
            for (nth, (name, _)) in candidates(line).enumerate() {
                let count = counts.entry(name).or_insert_with(|| {
                    let possible = could_be_name(name);
                    Count { possible, looks: possible && looks_like_name(name), ..Count::default() }
                });
                if !count.possible {
                    break;
                }
                count.times += 1;
                count.nth = count.nth.max(nth);
                if nth == 0 {
                    any += 1;
                    labelled += usize::from(count.looks);
                    repeats += usize::from(name == last);
                    last = name;
                }
            }
        }
        counts.retain(|_, count| count.possible);
        if total == 0 {
            return Habit::default();
        }
        let share = labelled as f64 / total as f64;
        let any_share = any as f64 / total as f64;
        let often = |name: &str, n: usize| {
            if is_remark(name) {
                n >= 5 && share >= 0.5
            } else if looks_like_name(name) {
                n >= 2 || share >= 0.5
            } else {
                // "ann_s", "agent": lower-case handles, believed where most lines have one.
                (n >= 3 && any_share >= 0.7 && name.split_whitespace().count() <= 3) || (n >= 2 && any_share >= 0.9)
            }
        };
        let mut names: HashSet<String> = HashSet::new();
        for (name, Count { times: n, nth, .. }) in &counts {
            if *nth > 0 {
                // "Room Berlin: Ann" is the name where it stands as often as "Room Berlin" alone.
                let outer = name.split([':', '：']).next().unwrap_or("").trim();
                let outer_count = counts.get(outer).map_or(0, |c| c.times);
                if *n < 2 || *n * 10 < outer_count * 9 {
                    continue;
                }
            }
            if often(name, *n) {
                names.insert((*name).to_owned());
            }
        }
        if !names.is_empty() && share < 0.5 {
            let several = names.len() >= 2;
            // Names stand only where the speaker changes; one who spoke once is named once.
            for (name, Count { looks, nth, .. }) in &counts {
                if *nth == 0
                    && *looks
                    && (if several { 1..=4 } else { 2..=4 }).contains(&name.split_whitespace().count())
                    && !is_remark(name)
                {
                    names.insert((*name).to_owned());
                }
            }
        }
        Habit { names, names_every_line: share >= 0.5 && repeats > 0, in_brackets: false }
    }

    /// `[Ann] hello` on half of the lines at least, some of the names more than once.
    fn of_brackets(lines: &[&str]) -> Option<Habit> {
        let found: Vec<&str> =
            lines.iter().filter_map(|l| in_brackets(l)).map(|(name, _)| name).filter(|n| looks_like_name(n)).collect();
        let names: HashSet<String> = found.iter().map(|n| (*n).to_owned()).collect();
        let back = names.len() < found.len();
        let tenths = if back { 5 } else { 6 };
        // Captions have a name only where the speaker changes: rare, but several come back.
        let rare = || {
            let twice = |name: &&String| found.iter().filter(|n| *n == *name).nth(1).is_some();
            let colon = |line: &&&str| candidates(line).next().is_some_and(|(name, _)| looks_like_name(name));
            found.len() * 10 >= lines.len()
                && names.len() <= MOST_IN_BRACKETS
                && names.iter().filter(twice).nth(1).is_some()
                && lines.iter().filter(colon).count() < found.len()
        };
        (found.len() >= 2 && (found.len() * 10 >= lines.len() * tenths || rare())).then_some(Habit {
            names,
            names_every_line: false,
            in_brackets: true,
        })
    }

    /// Name and words of a line that names its speaker.
    pub fn split<'a>(&self, line: &'a str) -> Option<(&'a str, &'a str)> {
        if self.in_brackets {
            return in_brackets(line).filter(|(name, _)| self.names.contains(*name));
        }
        candidates(line).rev().find(|(name, _)| self.names.contains(*name))
    }

    /// Where every cue begins with a label, one that does not look like a name is a label too: "ann lee: hello". `heads` are
    /// the beginnings of the cues.
    pub fn believe_heads<'a>(&mut self, heads: impl Iterator<Item = &'a str> + Clone) {
        if self.in_brackets || self.names.is_empty() {
            return;
        }
        let first = |head: &'a str| candidates(head).next().map(|(name, _)| name).filter(|name| could_be_name(name));
        let (mut known, mut all, mut others) = (0, 0, HashSet::new());
        for head in heads {
            all += 1;
            if self.split(head).is_some() {
                known += 1;
            } else {
                match first(head).filter(|name| name.split_whitespace().count() <= 3 && !is_remark(name)) {
                    Some(name) => others.insert(name.to_owned()),
                    None => return,
                };
            }
        }
        if known >= 2 && known * 10 >= all * 6 {
            self.names.extend(others);
        }
    }

    /// Takes back that `names` are speakers'.
    pub fn forget(&mut self, names: &HashSet<String>) {
        self.names.retain(|name| !names.contains(name));
    }

    /// Whether the file names any speaker.
    pub fn has_names(&self) -> bool {
        !self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(lines: &str) -> Vec<(&str, &str)> {
        let habit = Habit::learn(lines.lines());
        lines.lines().map(|l| habit.split(l).unwrap_or(("", l))).collect()
    }

    #[test]
    fn names_are_told_from_sentences() {
        for (text, expected) in [
            ("Ann Smith: hi\nBob: the thing is: no", &[("Ann Smith", "hi"), ("Bob", "the thing is: no")][..]),
            ("Ann: at 10:30\nBob: Here's one: two", &[("Ann", "at 10:30"), ("Bob", "Here's one: two")]),
            // A remark within a labelled file is words of its speaker.
            (
                "Ann: hi\nNote: this is odd\nBob: yes\nAnn: ok",
                &[("Ann", "hi"), ("", "Note: this is odd"), ("Bob", "yes"), ("Ann", "ok")],
            ),
            (
                "Ann: two ways\nOption A: fast\nOption 2: slow\nBob: Question 1: how?\nAnn: ok",
                &[
                    ("Ann", "two ways"),
                    ("", "Option A: fast"),
                    ("", "Option 2: slow"),
                    ("Bob", "Question 1: how?"),
                    ("Ann", "ok"),
                ],
            ),
            (
                "and here it comes: the end\nof the line\nso: no",
                &[("", "and here it comes: the end"), ("", "of the line"), ("", "so: no")],
            ),
            ("Room: Berlin: hi\nRoom: Berlin: yes", &[("Room: Berlin", "hi"), ("Room: Berlin", "yes")]),
            (
                "J. R. Smith (he/him): a\nDr. O'Neil | Acme: b",
                &[("J. R. Smith (he/him)", "a"), ("Dr. O'Neil | Acme", "b")],
            ),
            ("Ann Lee 🚀: a\nBob ☕️: b", &[("Ann Lee 🚀", "a"), ("Bob ☕️", "b")]),
            ("spk_0: a\nspk_1: b", &[("spk_0", "a"), ("spk_1", "b")]),
            ("**Ann:** hi\n**Bob:** yes", &[("Ann", "hi"), ("Bob", "yes")]),
            (
                "[Ann] hi\n[Bob]: yes: so\n[Ann] (laughs) ok",
                &[("Ann", "hi"), ("Bob", "yes: so"), ("Ann", "(laughs) ok")],
            ),
            ("(Ann) hi\n(Bob) yes", &[("Ann", "hi"), ("Bob", "yes")]),
            ("[1m 2s] hi\n[1m 5s] yes", &[("", "[1m 2s] hi"), ("", "[1m 5s] yes")]),
            ("[Music] hi\n[Applause] yes", &[("", "[Music] hi"), ("", "[Applause] yes")]),
            ("1. Ann: hi\n2. Bob: yes", &[("Ann", "hi"), ("Bob", "yes")]),
            ("Ann: hi\n+1 (415) ***-**12: yes", &[("Ann", "hi"), ("+1 (415) ***-**12", "yes")]),
            ("Moderator: hi\nRespondent #2: yes", &[("Moderator", "hi"), ("Respondent #2", "yes")]),
            ("12/02/26 Dana: a\n13.02.2026 Bob: b", &[("", "12/02/26 Dana: a"), ("", "13.02.2026 Bob: b")]),
            ("0030 [S_1]: a\n[es] S_2: b", &[("S_1", "a"), ("S_2", "b")]),
            ("415-555-0134 [home]: a\n3M [Ohio]: b", &[("415-555-0134 [home]", "a"), ("3M [Ohio]", "b")]),
            ("3M: a\n4.2 Group: b", &[("3M", "a"), ("4.2 Group", "b")]),
            ("田中：はい\n鈴木：そうです", &[("田中", "はい"), ("鈴木", "そうです")]),
        ] {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
