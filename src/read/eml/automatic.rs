//! Mails that a machine wrote: notes of absence, bounces, what a service sends that nobody can answer.

use std::sync::LazyLock;

use mail_parser::{Address, Message};

use crate::read::{
    eml::{is_report, people::people},
    phrases::Phrases,
};

/// Whether a machine wrote it: by the fields that RFC 3834 and list programs set, by a delivery report's type, by a
/// sender that takes no answers and names nobody else who does, or by the subject of an out-of-office note.
pub fn is_automatic(message: &Message, subject: &str) -> bool {
    let field = |name: &str| message.header_raw(name).map(|v| v.trim().to_ascii_lowercase());
    if field("Auto-Submitted").is_some_and(|v| v != "no")
        || field("X-Auto-Response-Suppress").is_some_and(|v| v.contains("all") || v.contains("oof"))
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Reply-From"].iter().any(|n| field(n).is_some_and(|v| v != "no"))
        || field("Precedence").is_some_and(|v| matches!(v.as_str(), "auto_reply" | "auto-reply"))
    {
        return true;
    }
    // Programs of lists for people say "bulk" too; but such a list can be written to, and one that only sends cannot (RFC 2369).
    let has = |names: &[&str]| names.iter().any(|name| message.header(*name).is_some());
    let only_sends = || field("List-Post").is_none_or(|v| v.starts_with("no")) && !has(&["In-Reply-To", "References"]);
    if field("Precedence").is_some_and(|v| v == "bulk") && has(&["List-Unsubscribe"]) && only_sends() {
        return true;
    }
    if is_report(message) {
        return true;
    }
    let sender = message.from().and_then(Address::first).and_then(|a| a.address()).unwrap_or_default();
    // What a service passes on for a person can be answered to that person or to the service.
    let answered = || people(message.reply_to()).into_iter().filter_map(|p| p.email).any(|e| !takes_no_answer(&e));
    is_by_machine(sender, subject) || is_of_service(sender) || (takes_no_answer(sender) && !answered())
}

/// The same where nothing but sender and subject is known, as in a table of mails.
pub fn is_automatic_row(sender: &str, subject: &str) -> bool {
    is_by_machine(sender, subject) || is_of_service(sender) || takes_no_answer(sender)
}

/// Whether what is attached to a message is a mail of ours come back: it reports on its delivery, or answers it for somebody
/// who is absent.
pub fn returns_mail(message: &Message, subject: &str) -> bool {
    let sender = message.from().and_then(Address::first).and_then(|a| a.address()).unwrap_or_default();
    is_report(message) || is_by_machine(sender, subject)
}

/// Whether a message is nothing but the envelope in which Exchange's journal keeps a mail.
pub fn is_envelope(message: &Message) -> bool {
    message.header("X-MS-Journal-Report").is_some()
}

/// Whether a server that returns mails is the sender, or the subject is that of a note of absence or a bounce.
fn is_by_machine(sender: &str, subject: &str) -> bool {
    let sender = sender.to_ascii_lowercase();
    let subject = untagged(subject).to_lowercase();
    ["mailer-daemon@", "postmaster@"].iter().any(|s| sender.starts_with(s))
        || NOTES.beginning(subject.as_bytes()).next().is_some()
}

/// Whether a service that has documents signed sends from an address: in the name of a person, to whom the answer goes, though in
/// words of its own. Its people write from another domain. So does a service that sends what it noted of a meeting.
fn is_of_service(address: &str) -> bool {
    const SERVICES: &[&str] = &["pandadoc.net", "docusign.net", "echosign.com", "adobesign.com", "mail.hellosign.com"];
    let Some((_, domain)) = address.rsplit_once('@') else { return false };
    let domain = domain.to_ascii_lowercase();
    if address.eq_ignore_ascii_case("fred@fireflies.ai") {
        return true;
    }
    SERVICES.iter().any(|service| domain.strip_suffix(service).is_some_and(|sub| sub.is_empty() || sub.ends_with('.')))
}

/// Whether an address says that nobody reads what is sent to it, "noreply@", "calendar-no-reply@", "ne-pas-repondre@", or that
/// a machine sends from it, "notifications@", "bounces+12@".
fn takes_no_answer(address: &str) -> bool {
    const NO_ANSWER: &[&str] = &[
        "noreply",
        "donotreply",
        "dontreply",
        "nepasrepondre",
        "nichtantworten",
        "noresponder",
        "nonrispondere",
        "naoresponda",
        "nietbeantwoorden",
    ];
    const MACHINES: &[&str] =
        &["notification", "notifications", "notify", "notifier", "automated", "bounce", "bounces"];
    // People are called so, or their departments: only alone, or beside numbers; "dse_na4@" is DocuSign's.
    const ALONE: &[&str] = &["alert", "alerts", "mailer", "system", "robot", "dse"];
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let words = || local.split(['-', '_', '.', '+']);
    let numbered = |word: &str| ALONE.contains(&word) || word.contains(|c: char| c.is_ascii_digit());
    if words().any(|word| MACHINES.contains(&word))
        || (words().any(|word| ALONE.contains(&word)) && words().all(numbered))
    {
        return true;
    }
    let plain: String = local.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
    NO_ANSWER.iter().any(|words| plain.starts_with(words) || plain.ends_with(words))
}

/// The phrases of [`AUTOMATIC`].
static NOTES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::of(AUTOMATIC.iter().map(|phrase| (*phrase, ()))));

/// How the subjects of out-of-office notes and of bounces begin, as the common servers and programs write them.
const AUTOMATIC: &[&str] = &[
    "automatic reply",
    "auto reply:",
    "auto-reply",
    "autoreply:",
    "auto response",
    "out of office",
    "out-of-office",
    "ooo:",
    "i am out of",
    "i'm out of",
    "automatische antwort",
    "abwesenheit",
    "abwesend:",
    "réponse automatique",
    "absence du bureau",
    "absent du bureau",
    "absente du bureau",
    "message d'absence",
    "respuesta automática",
    "fuera de la oficina",
    "fuera de oficina",
    "resposta automática",
    "ausência",
    "risposta automatica",
    "fuori ufficio",
    "automatisch antwoord",
    "afwezig:",
    "afwezigheid",
    "autosvar",
    "automatiskt svar",
    "automatisk svar",
    "frånvaro",
    "fravær",
    "automaattinen vastaus",
    "poissa:",
    "autoodpowiedź",
    "automatyczna odpowiedź",
    "automatická odpověď",
    "automatická odpoveď",
    "автоматический ответ",
    "автоответ",
    "автоматична відповідь",
    "otomatik yanıt",
    "automatikus válasz",
    "răspuns automat",
    "automatski odgovor",
    "αυτόματη απάντηση",
    "自動応答",
    "自動返信",
    "自动回复",
    "自動回覆",
    "자동 회신",
    "자동 응답",
    "undelivered",
    "undeliverable",
    "message undeliverable",
    "delivery status notification",
    "delivery delayed",
    "delivery failure",
    "delivery has failed",
    "mail delivery failed",
    "mail delivery system",
    "returned mail:",
    "failure notice",
    "warning: message",
    "warning: could not send",
    "unzustellbar:",
    "nicht zustellbar",
    "non remis",
    "non distribuable",
    "no se puede entregar",
    "no entregado",
    "non recapitabile",
    "onbestelbaar",
    "não é possível entregar",
    "não entregue",
    "olevererbart",
    "kan inte levereras",
    "kan ikke leveres",
    "ikke levert",
    "niedostarczone",
    "nie można dostarczyć",
    "nedoručitelné",
    "недоставленное",
    "не удалось доставить",
    "teslim edilemedi",
    "配信不能",
    "配信できません",
    "无法送达",
    "未送达",
    "無法傳遞",
    "배달되지 않음",
    // What Exchange tells the organizer of a meeting.
    "meeting forward notification:",
    "benachrichtigung über weitergeleitete besprechung",
    "notification de transfert de réunion",
    "notificación de reunión reenviada",
    "notifica inoltro riunione",
    "melding van doorgestuurde vergadering",
];

/// A subject without the tags in brackets that servers put before it: "[EXTERNAL] Fwd: x".
pub fn untagged(subject: &str) -> &str {
    let mut subject = subject.trim();
    while let Some((tag, rest)) = subject.strip_prefix('[').and_then(|s| s.split_once(']'))
        && tag.len() <= 40
        && !rest.trim().is_empty()
    {
        // "[Auto-Reply] x" says it in the tag.
        let lower = tag.to_lowercase();
        if AUTOMATIC.iter().any(|s| lower.starts_with(s.trim_end_matches(':'))) {
            return subject.trim_start_matches('[');
        }
        subject = rest.trim_start_matches([':', ' ']);
    }
    subject
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_machines_where_no_person_may_be_called_so() {
        for machine in
            ["bounces+12@x.example", "calendar-notification@x.example", "dse_na4@x.example", "system@x.example"]
        {
            assert!(takes_no_answer(machine), "{machine}");
        }
        for person in ["system.ann@acme.example", "norman.mailer@acme.example", "ann.alert@acme.example"] {
            assert!(!takes_no_answer(person), "{person}");
        }
    }
}
