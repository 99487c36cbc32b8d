//! How mail programs announce somebody else's earlier words: "On … Ann wrote:", a divider; in the languages that mail
//! programs speak. The block of "From: … Sent: …" is [`super::email_head`]'s. All of it looks at lines only and knows
//! nothing of what is done with them.

/// Words by which a line announces somebody else's, before its colon.
const WROTE: &[&str] = &[
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
    "<napisano>",
];

/// How a line may begin that announces a quote only further down.
const OPENERS: &[&str] = &[
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
    "pe ",
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
fn is_direction(c: char) -> bool {
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

/// Whether a line (or several joined) announces a quote: "On 2 May 2026, Ann <ann@acme.example> wrote:".
pub fn announces(line: &str) -> bool {
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
    let said = says_wrote(&lower);
    let digits = lower.bytes().filter(u8::is_ascii_digit).count();
    let own = ["i wrote", "we wrote", "haben wir", "habe ich", "hatten wir", "nous avons", "vous nous avez", "j'ai"]
        .iter()
        .chain(&["hemos", "abbiamo", "ho scritto", "hebben wij", "hebben we", "heb ik", "napisaliśmy", "мы писали"])
        .any(|own| has_word(&lower, own));
    match said {
        true if lower.contains('@') => true,
        true => digits >= 4 && (digits > 4 || lower.contains('/')) && !own,
        false => lower.ends_with('>'),
    }
}

/// Whether one of [`WROTE`] stands in `lower`.
fn says_wrote(lower: &str) -> bool {
    let plain = lower.is_ascii();
    WROTE.iter().any(|w| (!plain || w.is_ascii()) && has_word(lower, w))
}

/// Whether `word` stands in `text` with no letter before it; languages without blanks need no such edge.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        !word.is_ascii() || text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() || c == '>')
    })
}

/// How many lines at the head of `lines` announce a quote, if they do.
pub fn announcement(lines: &[&str]) -> Option<usize> {
    let first = bare(lines.first()?);
    if first.is_empty() {
        return None;
    }
    if announces(first) {
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
    if !(dated || addressed) || first.ends_with(['.', '!', '?']) {
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

/// Words for a message, and stems of words for forwarding, in the dividers of mail programs.
const MESSAGE: &[&str] = &[
    "wiadomoś",
    "zpráv",
    "správ",
    "сообщени",
    "письм",
    "повідомлен",
    "съобщени",
    "poruk",
    "sporočil",
    "brev",
    "μήνυμα",
    "הודע",
    "رسالة",
    "메일",
    "leti b",
    "message",
    "nachricht",
    "mensaje",
    "mensagem",
    "messaggio",
    "bericht",
    "meddelande",
    "meddelelse",
    "melding",
    "besked",
    "viesti",
    "üzenet",
    "mesaj",
    "メッセージ",
    "邮件",
    "郵件",
    "메시지",
    "e-mail",
    "email",
    "missatge",
    "mail",
];
const FORWARD: &[&str] = &[
    "forward",
    "weitergeleitet",
    "transfér",
    "transmis",
    "réexpédi",
    "reenvia",
    "encaminh",
    "inoltr",
    "doorgestuurd",
    "vidarebefordra",
    "videresend",
    "пересыл",
    "пересла",
    "przekaza",
    "przesłan",
    "přeposlan",
    "välitetty",
    "iletilen",
    "továbbított",
    "转发",
    "轉寄",
    "転送",
    "전달",
    "reexpedi",
    "przekazyw",
    "переадрес",
    "перенаправ",
    "başlangıc",
];
/// Stems of words for the mail that is answered.
const ORIGINAL: &[&str] = &[
    "origin",
    "origen",
    "ursprung",
    "ursprüng",
    "oorspronk",
    "orygin",
    "původ",
    "pôvod",
    "alkuper",
    "исходн",
    "оригинал",
    "первонач",
    "вихідн",
    "изходн",
    "orijinal",
    "özgün",
    "原始",
    "元の",
    "원본",
    "opprinn",
    "oprind",
    "eredeti",
    "reply",
    "αρχικ",
    "המקור",
    "أصل",
    "izvorn",
    "izvirn",
    "précédent",
];

/// What a line that divides a mail from an earlier one says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divider {
    /// The earlier mail is answered.
    Answered,
    /// The earlier mail is forwarded.
    Forwarded,
}

/// Whether `line` divides: "-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:".
pub fn divider(line: &str) -> Option<Divider> {
    let line = line.trim().trim_start_matches(['>', ' ', '\u{a0}']);
    let ruled = ["--", "__", "==", "——", "- -", "**"].iter().any(|r| line.starts_with(r))
        || (line.starts_with("[Orig") && line.ends_with(']'));
    // Nearly every line is neither ruled nor an announcement; lower-casing it would be the cost of reading a mail.
    if !ruled && !line.trim_end().ends_with([':', '：']) {
        return None;
    }
    let inner = line.trim_matches(is_rule_end).to_lowercase();
    // "----- Forwarded Message ----- From: Ann" goes on behind its rule.
    let (inner, closed) = match inner.split_once("---") {
        Some((inner, _)) if ruled => (inner.trim_matches(is_rule_end), true),
        _ => (inner.as_str(), line.trim_end().ends_with(['-', '_', '=', '—', '*', ']'])),
    };
    let words = inner.split_whitespace().count();
    let forward = FORWARD.iter().any(|f| inner.contains(f));
    // "Forwarded by Ann Lee/Sales/Acme on 02/05/2026 10:00" of Notes.
    if ruled && closed && forward && (1..=14).contains(&words) && inner.bytes().any(|b| b.is_ascii_digit()) {
        return Some(Divider::Forwarded);
    }
    if !(1..=6).contains(&words) {
        return None;
    }
    let message = MESSAGE.iter().any(|m| inner.contains(m));
    match (message, forward) {
        (true, true) => Some(Divider::Forwarded),
        (false, true) if ruled && inner.contains("forwarded by") => Some(Divider::Forwarded),
        // "-----Original Message-----" is ruled at both ends; "-- message me" is somebody's list, "== E-mail ==" a heading.
        (true, false) if ruled && closed && words <= 4 && ORIGINAL.iter().any(|o| inner.contains(o)) => {
            // "Original Message", "Messaggio originale", but not "Original message flow".
            let last = inner.split_whitespace().next_back().unwrap_or_default();
            MESSAGE.iter().chain(ORIGINAL).any(|w| last.contains(w)).then_some(Divider::Answered)
        }
        _ if ruled && inner.contains("reply above this line") => Some(Divider::Answered),
        _ => None,
    }
}

fn is_rule_end(c: char) -> bool {
    matches!(c, '-' | '_' | '=' | '—' | '*' | ' ' | ':' | '：' | '\u{a0}' | '[' | ']')
}

/// What stands behind the second rule of a divider, on its line: "----- Forwarded Message ----- From: Ann".
pub fn behind_divider(line: &str) -> Option<&str> {
    let (_, rest) = line.trim().trim_start_matches(is_rule_end).split_once("---")?;
    Some(rest.trim_start_matches(is_rule_end)).filter(|r| !r.is_empty())
}

/// Whether `line` is nothing but a rule: at least five dashes, underscores or equals signs.
pub fn rule(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 4
        && line.chars().all(|c| matches!(c, '_' | '-' | '=' | '—' | '–' | '*' | '─' | '━' | '═' | '~' | '＝' | '＊'))
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
        ] {
            assert!(!announces(no), "{no}");
        }
        assert_eq!(announcement(&["On Mon, 2 May 2026 at 10:00, Ann <", "ann@acme.example> wrote:", "> x"]), Some(2));
        assert_eq!(announcement(&["On 2 May we meet.", "Ann wrote:", "x"]), None);
    }

    #[test]
    fn dividers() {
        assert_eq!(divider("-----Original Message-----"), Some(Divider::Answered));
        assert_eq!(divider("---------- Vidarebefordrat meddelande ----------"), Some(Divider::Forwarded));
        assert_eq!(divider("Début du message réexpédié :"), Some(Divider::Forwarded));
        assert_eq!(divider("-- message me"), None);
    }
}
