//! How mail programs announce somebody else's earlier words: "On … Ann wrote:"; in the languages that mail programs speak.
//! The block of "From: … Sent: …" is [`crate::read::email::head`]'s, a divider [`crate::read::email::divider`]'s. All of it looks at lines
//! only and knows nothing of what is done with them.

use std::sync::LazyLock;

use crate::read::phrases::Phrases;

/// Words by which a line announces somebody else's, before its colon.
pub const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "schreibt",
    "geschrieben",
    "a écrit",
    "a ecrit",
    "écrit",
    "escribió",
    "escribio",
    "escribe",
    "ha escrito",
    "va escriure",
    "escreveu",
    "ha scritto",
    "scrive",
    "schreef",
    "heeft geschreven",
    "geschreven",
    "skrev",
    "skriver",
    "napisał",
    "napisal",
    "pisze",
    "napsal",
    "napisao",
    "написа",
    "сказал",
    "zitat von",
    "napisana przez",
    "のメール",
    "missatge de",
    "quoting",
    "citando",
    "napísal",
    "пишет",
    "написал",
    "писал",
    "пише",
    "kirjoitti",
    "kirjutas",
    "yazdı",
    "写道",
    "寫道",
    "rašė",
    "rakstīja",
    "đã viết",
    "írta",
    "έγραψε",
    "a scris",
    "작성",
    "님이",
    "kta",
    "menulis",
    "скаже",
    "כתב",
    "كتب",
    "เขียนว่า",
    "<napisano>",
];

/// How a line may begin that announces a quote only further down.
pub const OPENERS: &[&str] = &[
    "on ",
    "in a message",
    "am ",
    "le ",
    "el ",
    "em ",
    "il ",
    "op ",
    "den ",
    "dnia ",
    "w dniu ",
    "dne ",
    "på ",
    "pe ",
    "vào ",
    "in data ",
    "a ",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "lun",
    "mar",
    "mer",
    "mié",
    "jeu",
    "ven",
    "sam",
    "dim",
    "tir",
    "ons",
    "tor",
    "fre",
    "lør",
    "søn",
    "man",
    "ma ",
    "ti ",
    "ke ",
    "to ",
    "la ",
    "su ",
    "пн",
    "вт",
    "ср",
    "чт",
    "пт",
    "сб",
    "вс",
];

/// The longest announcement that is believed, in characters: a date, a name, an address, over up to four lines.
const LONGEST: usize = 300;

/// Marks of a line's direction, which programs put around dates and names of right-to-left languages; no words.
pub fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
}

/// The line without the marks of quoting and of bold or slanted type at its ends.
pub fn bare(line: &str) -> &str {
    // Nearly every line begins and ends with a letter or a mark that stays.
    if let [first, .., last] = line.as_bytes()
        && first.is_ascii_alphanumeric()
        && last.is_ascii_graphic()
        && !matches!(last, b'*' | b'_')
    {
        return line;
    }
    line.trim()
        .trim_start_matches(|c: char| matches!(c, '>' | ' ' | '*' | '_' | '|' | '\u{a0}') || is_direction(c))
        .trim_end_matches(|c: char| matches!(c, '*' | '_' | ' ') || is_direction(c))
}

/// Whether a line announces a quote as GroupWise does: ">>> Ann Lee <ann@acme.example> 2/12/2026 3:04 PM >>>".
pub fn is_framed(line: &str) -> bool {
    let inner = line.trim().strip_prefix(">>> ").and_then(|line| line.strip_suffix(" >>>"));
    inner.is_some_and(|inner| inner.contains(':') && inner.bytes().filter(u8::is_ascii_digit).count() >= 6)
}

/// Whether a line (or several joined) announces a quote: "On 2 May 2026, Ann <ann@acme.example> wrote:".
pub fn announces(line: &str) -> bool {
    if is_framed(line) {
        return true;
    }
    let line = bare(line);
    let ruled = || line.starts_with("--").then(|| line.strip_suffix('-')).flatten();
    let Some(body) = line.strip_suffix([':', '：']).or_else(|| line.strip_suffix(":\u{a0}")).or_else(ruled) else {
        return false;
    };
    if body.chars().count() > LONGEST {
        return false;
    }
    let lower = body.trim_end().to_lowercase();
    let digits = lower.chars().filter(char::is_ascii_digit).count();
    if (digits > 0 || lower.contains('@')) && says_wrote(&lower) {
        return true;
    }
    // "2026-05-02 16:32 GMT+01:00 Ann <ann@acme.example>:" says it without a verb, or in a language that is not among the
    // above: a date with a time, and an address in brackets or at the end.
    let timed = lower.char_indices().any(|(at, c)| {
        matches!(c, ':' | '.' | 'h')
            && lower[..at].ends_with(|c: char| c.is_ascii_digit())
            && lower[at + 1..].starts_with(|c: char| c.is_ascii_digit())
    });
    let last = lower.rsplit(' ').next().unwrap_or_default();
    let addressed = bracketed_address(&lower) || (last.contains('@') && digits >= 6);
    digits >= 4 && timed && addressed
}

/// Whether an address stands in brackets in `text`: "<ann@acme.example>".
fn bracketed_address(text: &str) -> bool {
    text.match_indices(['<', '(']).any(|(at, _)| {
        let inner = &text[at + 1..];
        inner.find(['>', ')']).is_some_and(|end| {
            let address = inner[..end].trim();
            address.contains('@') && !address.contains(' ')
        })
    })
}

/// Whether an announcement is believed without marks on the lines below it. Programs name a moment or an address; "On 5 May
/// we wrote:" and "In 2024 the analysts wrote:" are sentences of the sender's own, and so is what only happens to end in a
/// colon behind a time and an address.
pub fn is_sure(line: &str) -> bool {
    let lower = bare(line).trim_end_matches([':', '：', '\u{a0}', ' ']).to_lowercase();
    if !says_wrote(&lower) {
        return lower.ends_with('>');
    }
    let digits = lower.bytes().filter(u8::is_ascii_digit).count();
    lower.contains('@')
        || (digits >= 4 && (digits > 4 || lower.contains('/')) && !OWN.iter().any(|own| has_word(&lower, own)))
}

/// Whether a program announced a quote with `line` for certain: with an address in brackets behind a moment, and nothing behind
/// the verb. What is said so by the writer himself may look like it, but for the brackets.
pub fn is_of_program(line: &str) -> bool {
    let lower = bare(line).trim_end_matches([':', '：', '\u{a0}', ' ']).to_lowercase();
    let digits = lower.bytes().filter(u8::is_ascii_digit).count();
    let ended = lower.ends_with('>') || WROTE.iter().any(|w| lower.ends_with(w));
    digits >= 4 && ended && bracketed_address(&lower) && !OWN.iter().any(|own| has_word(&lower, own))
}

/// An announcement and the words behind it, where a program puts the first line of the answered mail right there: Yahoo's on phones
/// writes "On …, Ann <ann@acme.example> wrote:   When?".
pub fn with_words_behind(line: &str) -> Option<(&str, &str)> {
    let (announced, words) = line.split_at(line.find(":  ")? + 1);
    (!words.trim().is_empty() && announces(announced) && is_of_program(announced)).then_some((announced, words.trim()))
}

/// Words by which a writer speaks of what he himself wrote.
const OWN: &[&str] = &[
    "i wrote",
    "we wrote",
    "haben wir",
    "habe ich",
    "hatten wir",
    "nous avons",
    "vous nous avez",
    "j'ai",
    "hemos",
    "abbiamo",
    "ho scritto",
    "hebben wij",
    "hebben we",
    "heb ik",
    "napisaliśmy",
    "мы писали",
];

/// Whether one of [`WROTE`] stands in `lower`.
fn says_wrote(lower: &str) -> bool {
    static PHRASES: LazyLock<Phrases<&str>> = LazyLock::new(|| Phrases::of(WROTE.iter().map(|w| (*w, *w))));
    PHRASES.within(lower).any(|(at, word)| has_edge(&lower[..at], word))
}

/// Whether `word` stands in `text` with no letter before it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| has_edge(&text[..at], word))
}

/// Whether `word` may begin behind `before`: not behind a letter. Languages without blanks need no such edge.
fn has_edge(before: &str, word: &str) -> bool {
    !word.is_ascii() || before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() || c == '>')
}

/// How many lines at the head of `lines` announce a quote, if they do.
pub fn announcement(lines: &[&str]) -> Option<usize> {
    let first = bare(lines.first()?);
    // No announcement ends like a sentence, and nearly every line does. None is longer than four bytes a character make it; to
    // look for addresses in a line of any length would take its length squared.
    if first.is_empty() || first.ends_with(['.', '!', '?']) || first.len() > 4 * LONGEST {
        return None;
    }
    if announces(lines[0]) {
        return Some(1);
    }
    // "2011/4/7 Ann <ann@acme.example>" without a colon: only over what is set apart as a quote.
    if first.starts_with(|c: char| c.is_ascii_digit())
        && first.ends_with('>')
        && first.bytes().filter(u8::is_ascii_digit).count() >= 5
        && bracketed_address(first)
        && lines[1..].iter().find(|l| !l.trim().is_empty()).is_some_and(|l| l.trim_start().starts_with('>'))
    {
        return Some(1);
    }
    // "Ann Lee wrote:" says neither when nor from where; a name and nothing else, over marked lines.
    let names = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        (2..=5).contains(&words.len())
            && words[..words.len() - 1].iter().all(|w| w.starts_with(char::is_uppercase))
            && WROTE.contains(&words[words.len() - 1])
    };
    if first.strip_suffix(':').is_some_and(names) && lines.get(1).is_some_and(|l| l.trim_start().starts_with('>')) {
        return Some(1);
    }
    let dated = first.bytes().any(|b| b.is_ascii_digit());
    let addressed = first.contains('<') && bracketed_address(first);
    if !(dated || addressed) {
        return None;
    }
    // Few lines stand over one that ends like an announcement; all others are passed by.
    if !lines.iter().take(4).skip(1).any(|l| bare(l).ends_with([':', '：', '\u{a0}', '-'])) {
        return None;
    }
    let lower = first.to_lowercase();
    // "pon., 5 sty 2026", "dl., 5 de gen.": the short name of a day in any language.
    let mut words = lower.split(' ');
    let day = words.next().is_some_and(|w| w.ends_with(['.', ',']) && w.chars().count() <= 6)
        && words.next().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    let opens = OPENERS.iter().any(|o| lower.starts_with(o))
        || lower.starts_with(|c: char| c.is_ascii_digit())
        || day
        || addressed
        || says_wrote(&lower);
    if !opens {
        return None;
    }
    let mut joined = first.to_owned();
    for (n, line) in lines.iter().enumerate().take(4).skip(1) {
        let text = bare(line);
        if text.is_empty() {
            return None;
        }
        joined.push(' ');
        joined.push_str(text);
        if announces(&joined) {
            return Some(n + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements() {
        for yes in [
            "On 2 May 2026, Ann wrote:",
            "Am 02.05.2026 um 10:00 schrieb Ann:",
            "Le 2 mai 2026 à 10:00, Ann <ann@acme.example> a écrit :",
            "El 2/5/2026, Ann escribió:",
            "2026-05-02 16:32 GMT+01:00 Ann <ann@acme.example>:",
            "ср, 30 апр. 2025 г. в 15:19, Ann <ann@acme.example>:",
            "ในวันที่ พฤ. 12 ก.พ. 2026 เวลา 15:04 Ann <ann@acme.example> เขียนว่า:",
            ">>> Ann Lee <ann@acme.example> 2/12/2026 3:04 PM >>>",
            "02.05.2026 14:20 пользователь \"Ann\" написал:",
        ] {
            assert!(announces(yes), "{yes}");
        }
        for no in [
            "Here is what I wrote:",
            "On Thursday:",
            "Ann said it costs 20:",
            "see https://x.example/2026/wrote: yes",
            "at 10:30 we meet Bob:",
            ">>> Please read by 10:30 <<<",
        ] {
            assert!(!announces(no), "{no}");
        }
        assert_eq!(
            with_words_behind("On Mon, Mar 9, 2026 at 4:12 PM, Ann<ann@acme.example> wrote:   When?").map(|w| w.1),
            Some("When?")
        );
        for own in
            ["On 3/3/2026 at 10:00 I wrote:  forty seats.", "Prices as of 3/3/2026:  see below.", "Ann wrote:   no"]
        {
            assert_eq!(with_words_behind(own), None, "{own}");
        }
        assert!(is_of_program("On 3 Mar 2026, at 10:00, Ann <ann@acme.example> wrote:"));
        for own in [
            "On 3/3/2026 at 10:00 I wrote to Ann <ann@acme.example>, asking for:",
            "On 3/3/2026 at 10:00 your colleague ann@acme.example wrote:",
            "Here is what Ann <ann@acme.example> wrote on 3/3/2026 at 10:00:",
        ] {
            assert!(!is_of_program(own), "{own}");
        }
        assert_eq!(announcement(&["On Mon, 2 May 2026 at 10:00, Ann <", "ann@acme.example> wrote:", "> x"]), Some(2));
        assert_eq!(announcement(&["On 2 May we meet.", "Ann wrote:", "x"]), None);
        // With a look for the end of each address it would take an hour.
        assert_eq!(announcement(&[&"<ann".repeat(200_000)]), None);
    }
}
