//! What mail programs and companies add below a mail: the remark of a phone, a confidentiality notice, the foot of a list.

use std::borrow::Cow;

use crate::read::email::{self, divider::rule, notice::is_heading};

/// Lines that a phone or a mail program adds, by their beginning in lower case.
const SENT_FROM: &[&str] = &[
    "sent from ",
    "sent via ",
    "sent on the go",
    "sent with ",
    "sent using ",
    "get outlook for",
    "envoyé de mon",
    "envoyé depuis",
    "envoyé à partir",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "enviado desde ",
    "enviado do meu",
    "enviado de mi",
    "enviado a partir",
    "inviato da ",
    "inviato dal ",
    "verzonden vanaf",
    "verstuurd vanaf",
    "verzonden met",
    "skickat från",
    "sendt fra",
    "wysłane z",
    "odesláno z",
    "отправлено с",
    "отправлено из",
    "lähetetty ",
    "iphone'umdan gönderildi",
    "发自我的",
    "iphoneから送信",
    "나의 iphone에서 보냄",
    "diese nachricht wurde von meinem",
    "enviat des",
    "poslano",
    "trimis de pe",
];

/// What a mail is written on or with, as such a line names it.
const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "android",
    "galaxy",
    "samsung",
    "blackberry",
    "huawei",
    "xiaomi",
    "redmi",
    "oppo",
    "pixel",
    "nokia",
    "windows phone",
    "outlook",
    "mail for windows",
    "mail für windows",
    "pour windows",
    "para windows",
    "per windows",
    "voor windows",
    "för windows",
    "systemu windows",
    "для windows",
    "yahoo",
    "gmail",
    "gmx",
    "web.de",
    "t-online",
    "k-9",
    "proton",
    "mobile",
    "mobil",
    "smartphone",
    "handy",
    "cell",
    "phone",
    "téléphone",
    "telefon",
    "telefoon",
    "móvil",
    "celular",
    "cellulare",
    "мобильн",
    "телефон",
    "mail.ru",
    "яндекс",
    "手机",
    "邮箱",
    "tablet",
    "thumb",
    "app ",
];
/// Words by which such a line begins or ends: that it was sent, or where to get what sent it.
const SENT: &[&str] = &[
    "sent",
    "typed",
    "get",
    "gesendet",
    "versendet",
    "geschickt",
    "holen sie sich",
    "beziehen",
    "envoyé",
    "envoyée",
    "obtenez",
    "obtenir",
    "télécharger",
    "téléchargez",
    "enviado",
    "enviada",
    "enviat",
    "obtener",
    "obtenga",
    "inviato",
    "inviata",
    "scarica",
    "ottieni",
    "obter",
    "obtenha",
    "verzonden",
    "verstuurd",
    "gestuurd",
    "downloaden",
    "download",
    "skickat",
    "skickades",
    "skaffa",
    "sendt",
    "hent",
    "skaff",
    "lähetetty",
    "hanki",
    "wysłane",
    "wysłano",
    "pobierz",
    "odesláno",
    "odoslané",
    "získat",
    "získejte",
    "отправлено",
    "скачать",
    "надіслано",
    "gönderildi",
    "edinin",
    "küldve",
    "εστάλη",
    "στάλθηκε",
    "trimis",
    "poslano",
    "送信",
    "入手",
    "发自",
    "發自",
    "获取",
    "取得",
    "보냄",
    "נשלח",
    "تم الإرسال",
    "أُرسلت من",
    "أرسلت من",
    "다운로드",
];
/// Words that end such a line where it says from what it was sent: "从我的iPhone发送", and not "已通过邮箱发送", sent by e-mail.
const SENT_WITH_SOURCE: &[&str] = &["发送", "傳送"];
/// Words of the excuse that such a line goes on with.
const EXCUSES: &[&str] = &[
    "excuse",
    "pardon",
    "forgive",
    "typo",
    "brevity",
    "entschuldig",
    "kürze",
    "tippfehler",
    "désol",
    "excus",
    "disculp",
    "brevedad",
    "brièveté",
    "scusa",
    "brevità",
    "desculp",
];

/// Whether `lower` is such a line, in any of the languages: short, with a device or a program, and beginning or ending with
/// a word for having been sent; behind it at most an excuse for its brevity.
fn is_sent_from(lower: &str) -> bool {
    if lower.len() > 200 {
        return false;
    }
    // Yahoo's on phones.
    if lower.starts_with("yahoo mail: search, organize") {
        return true;
    }
    // With the link to it within: "Outlook für iOS<https://aka.ms/…> beziehen".
    if lower.contains("outlook") && lower.contains("https://aka.ms/") {
        return lower.split_whitespace().count() <= 10;
    }
    let line = if lower.is_ascii() { Cow::Borrowed(lower) } else { Cow::Owned(lower.replace('’', "'")) };
    let line = line.split(['<', '(']).next().unwrap_or_default().trim().trim_end_matches(['.', '!']);
    let (line, rest) = match line.find([',']).or_else(|| line.find(". ")) {
        Some(at) => line.split_at(at),
        None => (line, ""),
    };
    let excused = |text: &str| EXCUSES.iter().any(|e| text.contains(e));
    let (line, rest) = match line.starts_with("please") && excused(line) {
        true => (rest.trim_start_matches([',', '.', ' ']), ""),
        false => (line, rest),
    };
    let begins = |word: &&&str| {
        line.strip_prefix(**word).is_some_and(|rest| !word.is_ascii() || !rest.starts_with(char::is_alphabetic))
    };
    let from = || line.starts_with(['从', '從']) && SENT_WITH_SOURCE.iter().any(|word| line.ends_with(word));
    line.split_whitespace().count() <= 10
        && line.len() <= 120
        && !line.ends_with(['?', ':'])
        && (rest.is_empty() || excused(rest))
        && (SENT.iter().any(|word| begins(&word) || line.ends_with(word)) || from())
        && DEVICES.iter().any(|d| line.contains(d))
}

/// How a confidentiality notice begins.
const DISCLAIMERS: &[&str] = &[
    "this e-mail and any",
    "this email and any",
    "the information contained in this",
    "the information transmitted",
    "confidentiality notice",
    "legal disclaimer",
    "email disclaimer",
    "privileged and confidential",
    "this e-mail is confidential",
    "this email is confidential",
    "this e-mail is intended",
    "this email is intended",
    "this message is intended",
    "this message contains confidential",
    "if you are not the intended recipient",
    "if you are not the addressee",
    "think before you print",
    "der inhalt dieser e-mail",
    "virus-free",
    "this email has been checked for viruses",
    "this email has been scanned",
    "this message has been scanned",
    "this e-mail has been scanned",
    "to unsubscribe",
    "you received this message because you are subscribed",
    "you are receiving this because",
];

/// The first line of a disclaimer: a paragraph that begins like one, with words above.
pub fn disclaimer(lines: &[&str]) -> Option<usize> {
    let begins = [begun_disclaimer(lines), email::notice::start(lines)].into_iter().flatten().min()?;
    // A heading of its own over it: "Disclaimer".
    let above = lines[..begins].iter().rposition(|l| !blank(l));
    Some(above.filter(|at| is_heading(lines[*at]) && has_words(&lines[..*at])).unwrap_or(begins))
}

fn begun_disclaimer(lines: &[&str]) -> Option<usize> {
    // Looked for once: above each line of a mail of rules and blank lines it would take as long as there are lines.
    let first_words = lines.iter().position(|l| has_words(&[l]))?;
    (first_words + 1..lines.len()).find(|at| {
        let begins = blank(lines[*at - 1])
            || rule(lines[*at - 1])
            || lines[*at - 1].trim_end() == "--"
            || lines[*at].trim_start().starts_with(['*', '_']);
        if !begins {
            return false;
        }
        if rule(lines[*at]) && is_meeting(&lines[*at..]) {
            return true;
        }
        if blank(lines[*at]) {
            return false;
        }
        let lower = lines[*at].trim().trim_start_matches(['*', '_', '-', ' ', '"', '[', '(', '#']).to_lowercase();
        // "<https://www.avast.com/…> Virus-free.www.avast.com"
        if lower.starts_with("<http") && lower.contains("virus-free") {
            return true;
        }
        DISCLAIMERS.iter().any(|d| lower.starts_with(d))
            && (lower.split_whitespace().count() >= 3 || lower.starts_with("virus-free"))
    })
}

/// How the joining data begins that calendars put into an invitation, below a rule.
const MEETINGS: &[&str] = &[
    "microsoft teams",
    "teams-besprechung",
    "réunion microsoft teams",
    "reunión de microsoft teams",
    "riunione di microsoft teams",
    "reunião do microsoft teams",
    "join zoom meeting",
    "webex meeting",
    "join the meeting",
];

/// Whether the line below the rule at the head of `lines` begins the joining data of a meeting.
fn is_meeting(lines: &[&str]) -> bool {
    let Some(first) = lines[1..].iter().take(3).find(|l| !blank(l)) else { return false };
    let lower = first.to_lowercase();
    MEETINGS.iter().any(|m| lower.starts_with(m))
        && lines.iter().take(12).any(|l| l.contains("http") || l.contains("ID"))
}

/// A phone's remark on a line of its own: what stands below it is an earlier mail.
pub fn sent_from(lines: &[&str]) -> Option<usize> {
    // Looked for once: below each of a mail's blank lines it would take as long as there are lines.
    let last_filled = lines.iter().rposition(|l| !blank(l));
    let last_words = lines.iter().rposition(|l| has_words(&[l]));
    (0..lines.len()).find(|at| {
        let alone = *at == 0 || blank(lines[*at - 1]) || last_filled.is_none_or(|last| last <= *at);
        if !alone {
            return false;
        }
        let last = last_words.is_none_or(|words| words <= *at);
        if !last && !blank(lines[at + 1]) {
            return false;
        }
        let line = lines[*at].trim();
        let framed = line.strip_prefix('(').and_then(|line| line.strip_suffix(')'));
        if framed.is_some_and(|inner| is_sent_from(&inner.to_lowercase())) {
            return true;
        }
        let line = line.trim_start_matches(['-', ' ', '*', '_', '<', '[', '•', '—']);
        let lower = line.to_lowercase();
        if is_sent_from(&lower) {
            return true;
        }
        // What names neither a device nor "my" is believed only as the last words.
        let mine = [" my ", " mein", " mon ", " mi ", " meu ", " mio ", " mijn ", " min ", " moj", " mé", " моего "];
        SENT_FROM.iter().any(|s| lower.starts_with(s))
            && (last || mine.iter().any(|m| lower.contains(m)))
            && line.split_whitespace().count() <= 10
            && (!line.ends_with(['.', '?', '!']) || line.split_whitespace().count() <= 6)
    })
}

/// Whether `line` is the mark by which a help desk finds the case of a mail again: "ref:_00D50abc._50050xyz:ref".
pub fn is_reference(line: &str) -> bool {
    let line = line.trim().trim_matches(['[', ']', ' ', '>']);
    line.len() > 12 && line.starts_with("ref:") && line.ends_with(":ref") && !line.contains(' ')
}

/// Whether `line` is empty to the eye.
pub fn blank(line: &str) -> bool {
    // Nearly every line says so with its first character; trimming would look at its end as well.
    line.chars().all(char::is_whitespace)
}

/// Whether any letter or digit stands in `lines`.
pub fn has_words(lines: &[&str]) -> bool {
    lines.iter().any(|l| l.chars().any(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_footer_needs_words_above_or_a_line_of_its_own() {
        let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
        assert_eq!(disclaimer(&lines("Yes.\n\nThis e-mail and any attachments are confidential.")), Some(2));
        assert_eq!(disclaimer(&lines("This e-mail and any attachments are confidential.")), None);
        assert_eq!(disclaimer(&lines("Yes.\nThis e-mail and any other are fine.")), None);
        assert_eq!(disclaimer(&lines("Yes.\n--\nTo unsubscribe, write to us.")), Some(2));
        // With a look for words above each of them it would take hours.
        assert_eq!(disclaimer(&["-----"; 500_000]), None);
        assert_eq!(sent_from(&lines("Yes.\n\nSent from my iPhone")), Some(2));
        for mark in [
            "从我的iPhone发送",
            "נשלח מה-iPhone שלי",
            "تم الإرسال من الـ iPhone",
            "أُرسلت من الـ iPhone",
            "(Sent from my phone)",
            "Typed with thumbs, please excuse typos",
        ] {
            assert_eq!(sent_from(&["Yes.", "", mark]), Some(2), "{mark}");
        }
        for words in ["报价已经通过邮箱发送", "合同签好了，已通过邮箱发送"] {
            assert_eq!(sent_from(&["你好。", "", words]), None, "{words}");
        }
        assert_eq!(sent_from(&lines("Ja.\n\nOutlook für iOS<https://aka.ms/o0ukef> beziehen")), Some(2));
        assert_eq!(sent_from(&lines("Sí.\n\nDescarga Outlook para iOS<https://aka.ms/o0ukef>")), Some(2));
        for words in
            ["From my phone", "From my phone calls I know it.", "(sent from our side)", "(Bob phoned, and sent it)"]
        {
            assert_eq!(sent_from(&["Yes.", "", words]), None, "{words}");
        }
        assert_eq!(sent_from(&lines("Sent from my iPhone app is broken, so call 555 123 4567.")), None);
    }
}
