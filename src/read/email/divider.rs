//! Lines that divide a mail from an earlier one, in the languages that mail programs speak: "-----Original Message-----",
//! "---------- Forwarded message ---------", and rules of nothing but dashes.

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

/// Words for an appointment, which calendars set above the one that is answered.
const APPOINTMENT: &[&str] = &[
    "appointment",
    "termin",
    "rendez-vous",
    "cita",
    "appuntamento",
    "afspraak",
    "compromisso",
    "möte",
    "møde",
    "avtale",
];

/// What a line that divides a mail from an earlier one says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divider {
    /// The earlier mail is answered.
    Answered,
    /// The earlier mail is forwarded.
    Forwarded,
}

/// The most words that a divider has, but for one that also says who forwarded when.
const MOST_WORDS: usize = 6;

/// Whether `line` divides: "-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:".
pub fn divider(line: &str) -> Option<Divider> {
    // Nearly every line begins with a letter and ends otherwise than with a colon; it is neither ruled nor an announcement.
    if let [first, .., last] = line.as_bytes()
        && first.is_ascii_alphanumeric()
        && last.is_ascii_graphic()
        && *last != b':'
    {
        return None;
    }
    let line = line.trim().trim_start_matches(['>', ' ', '\u{a0}']);
    let ruled = ["--", "__", "==", "——", "- -", "**"].iter().any(|r| line.starts_with(r))
        || (line.starts_with("[Orig") && line.ends_with(']'));
    if !ruled && !line.trim_end().ends_with([':', '：']) {
        return None;
    }
    let inner = line.trim_matches(is_rule_end);
    if !ruled && inner.split_whitespace().nth(MOST_WORDS).is_some() {
        return None;
    }
    let inner = inner.to_lowercase();
    // "----- Forwarded Message ----- From: Ann" goes on behind its rule.
    let (inner, closed) = match inner.split_once("---") {
        Some((inner, _)) if ruled => (inner.trim_matches(is_rule_end), true),
        _ => (inner.as_str(), line.trim_end().ends_with(['-', '_', '=', '—', '*', ']'])),
    };
    let words = inner.split_whitespace().count();
    let forward = || FORWARD.iter().any(|f| inner.contains(f));
    // "Forwarded by Ann Lee/Sales/Acme on 02/05/2026 10:00" of Notes.
    if ruled && closed && (1..=14).contains(&words) && inner.bytes().any(|b| b.is_ascii_digit()) && forward() {
        return Some(Divider::Forwarded);
    }
    if !(1..=MOST_WORDS).contains(&words) {
        return None;
    }
    let message = MESSAGE.iter().any(|m| inner.contains(m));
    match (message, forward()) {
        (true, true) => Some(Divider::Forwarded),
        (false, true) if ruled && inner.contains("forwarded by") => Some(Divider::Forwarded),
        // "-----Original Message-----" is ruled at both ends; "-- message me" is somebody's list, "== E-mail ==" a heading.
        (false, false) if ruled && closed && is_appointment(inner) => Some(Divider::Answered),
        (true, false) if ruled && closed && words <= 4 && ORIGINAL.iter().any(|o| inner.contains(o)) => {
            // "Original Message", "Messaggio originale", but not "Original message flow".
            let last = inner.split_whitespace().next_back().unwrap_or_default();
            MESSAGE.iter().chain(ORIGINAL).any(|w| last.contains(w)).then_some(Divider::Answered)
        }
        _ if ruled && inner.contains("reply above this line") => Some(Divider::Answered),
        _ => None,
    }
}

/// "-----Original Appointment-----", "-----Ursprünglicher Termin-----".
fn is_appointment(inner: &str) -> bool {
    inner.split_whitespace().nth(3).is_none()
        && ORIGINAL.iter().any(|o| inner.contains(o))
        && inner.split_whitespace().any(|word| APPOINTMENT.contains(&word))
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
    // Nearly every line ends the search with its first character; to count them all comes last.
    line.chars().all(|c| matches!(c, '_' | '-' | '=' | '—' | '–' | '*' | '─' | '━' | '═' | '~' | '＝' | '＊'))
        && line.chars().count() >= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dividers() {
        assert_eq!(divider("-----Original Message-----"), Some(Divider::Answered));
        assert_eq!(divider("---------- Vidarebefordrat meddelande ----------"), Some(Divider::Forwarded));
        assert_eq!(divider("Début du message réexpédié :"), Some(Divider::Forwarded));
        assert_eq!(divider("-----Original Appointment-----"), Some(Divider::Answered));
        assert_eq!(divider("-----Ursprünglicher Termin-----"), Some(Divider::Answered));
        assert_eq!(divider("Please forward the original appointment:"), None);
        assert_eq!(divider("-- message me"), None);
    }
}
