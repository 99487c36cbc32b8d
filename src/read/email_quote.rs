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
    "on ", "am ", "le ", "el ", "em ", "il ", "op ", "den ", "dnia ", "w dniu ", "dne ", "på ", "pe ", "vào ",
    "in data ", "a ", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "mié", "jeu", "ven", "sam",
    "dim", "tir", "ons", "tor", "fre", "lør", "søn", "man", "ma ", "ti ", "ke ", "to ", "pe ", "la ", "su ", "пн",
    "вт", "ср", "чт", "пт", "сб", "вс",
];

/// The longest announcement that is believed, in characters: a date, a name, an address, over up to four lines.
const LONGEST: usize = 300;

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
    line.trim().trim_start_matches(['>', ' ', '*', '_', '|', '\u{a0}']).trim_end_matches(['*', '_', ' '])
}

/// Whether a line (or several joined) announces a quote: "On 2 May 2026, Ann <ann@acme.example> wrote:".
pub fn announces(line: &str) -> bool {
    let line = bare(line);
    let Some(body) = line.strip_suffix([':', '：']).or_else(|| line.strip_suffix(":\u{a0}")) else { return false };
    if body.chars().count() > LONGEST {
        return false;
    }
    let lower = body.trim_end().to_lowercase();
    let digits = lower.chars().filter(char::is_ascii_digit).count();
    if (digits > 0 || lower.contains('@')) && WROTE.iter().any(|w| has_word(&lower, w)) {
        return true;
    }
    // "2026-05-02 16:32 GMT+01:00 Ann <ann@acme.example>:" says it without a verb: a date with a time, and an address at
    // the end.
    let timed = lower.char_indices().any(|(at, c)| {
        matches!(c, ':' | '.' | 'h')
            && lower[..at].ends_with(|c: char| c.is_ascii_digit())
            && lower[at + 1..].starts_with(|c: char| c.is_ascii_digit())
    });
    let addressed =
        lower.ends_with('>') && lower.rsplit_once('<').is_some_and(|(_, a)| a.contains('@') && !a.contains(' '));
    digits >= 4 && timed && addressed
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
    let dated = first.bytes().any(|b| b.is_ascii_digit());
    if !dated || first.ends_with(['.', '!', '?']) {
        return None;
    }
    let lower = first.to_lowercase();
    let opens = OPENERS.iter().any(|o| lower.starts_with(o))
        || lower.starts_with(|c: char| c.is_ascii_digit())
        || WROTE.iter().any(|w| has_word(&lower, w));
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
    "wiadomość",
    "zpráva",
    "správa",
    "сообщение",
    "письмо",
    "повідомлення",
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
    let ruled = ["--", "__", "==", "——", "- -", "**"].iter().any(|r| line.starts_with(r));
    // Nearly every line is neither ruled nor an announcement; lower-casing it would be the cost of reading a mail.
    if !ruled && !line.trim_end().ends_with([':', '：']) {
        return None;
    }
    let inner =
        line.trim_matches(|c: char| matches!(c, '-' | '_' | '=' | '—' | '*' | ' ' | ':' | '\u{a0}')).to_lowercase();
    if inner.is_empty() || inner.split_whitespace().count() > 6 {
        return None;
    }
    let message = MESSAGE.iter().any(|m| inner.contains(m));
    let forward = FORWARD.iter().any(|f| inner.contains(f));
    match (message, forward) {
        (true, true) if ruled || line.trim_end().ends_with([':', '：']) => Some(Divider::Forwarded),
        (false, true) if ruled && inner.contains("forwarded by") => Some(Divider::Forwarded),
        // "-----Original Message-----" is ruled at both ends; "-- message me" is somebody's list.
        (true, false) if ruled && line.trim_end().ends_with(['-', '_', '=', '—', '*']) => Some(Divider::Answered),
        _ if ruled && inner.contains("reply above this line") => Some(Divider::Answered),
        _ => None,
    }
}

/// Whether `line` is nothing but a rule: at least five dashes, underscores or equals signs.
pub fn rule(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= 4 && line.chars().all(|c| matches!(c, '_' | '-' | '=' | '—' | '–' | '*'))
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
