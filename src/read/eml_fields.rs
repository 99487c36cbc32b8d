//! What the fields of a mail's head say: whether it is a mail at all, who writes to whom, which thread it belongs to, and
//! whether a machine wrote it.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use mail_parser::{Address, HeaderValue, Message, MessageParser};

use super::phrases::Phrases;
use crate::conversation::Participant;

/// Fields of a mail's head by which it is recognised.
const FIELDS: &[&str] = &[
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "delivered-to",
    "mime-version",
    "content-type",
    "cc",
    "reply-to",
    "sender",
    "in-reply-to",
    "references",
    "content-transfer-encoding",
    "x-mailer",
    "dkim-signature",
    "user-agent",
    "thread-topic",
    "bcc",
    "x-originating-ip",
    "arc-seal",
    "authentication-results",
    "list-id",
    "content-disposition",
    "x-received",
];

/// How many known fields stand before the first empty line, and how many of them only mails have.
pub fn fields_at_head(head: &str) -> (usize, usize) {
    let mut found = (0, 0);
    for (place, line) in head.trim_start_matches(['\r', '\n']).lines().take(200).enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            if place == 0 {
                return (0, 0);
            }
            continue;
        };
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic()) {
            let name = name.to_ascii_lowercase();
            let known = FIELDS.contains(&name.as_str());
            found.0 += usize::from(known);
            found.1 +=
                usize::from(known && !matches!(name.as_str(), "from" | "to" | "subject" | "date" | "cc" | "sender"));
        } else if place == 0 {
            return (0, 0);
        }
    }
    found
}

/// The people of an address field, those with a name or an address.
pub fn people(address: Option<&Address>) -> Vec<Participant> {
    address
        .into_iter()
        .flat_map(Address::iter)
        .filter_map(|a| {
            let email = a.address().map(|e| e.trim().trim_matches(['<', '>']).to_lowercase()).filter(|e| !e.is_empty());
            let name =
                a.name().map(|n| super::turns::one_line(n.trim_matches(['"', '\'', ' ']))).filter(|n| !n.is_empty());
            let name = name.or_else(|| email.clone())?;
            Some(Participant { name, email, ..Participant::default() })
        })
        .collect()
}

/// The person of a forwarded head's `Ann Lee <ann@acme.example>`, `ann@acme.example` or `Ann Lee [mailto:…]`.
pub fn person(from: &str) -> Participant {
    let (name, email) = match from.split_once(['<', '[', '(']) {
        Some((name, rest)) => (
            name,
            rest.trim_start_matches("mailto:")
                .trim_end_matches(['>', ']', ')'])
                .split(['>', '<', ']'])
                .next()
                .unwrap_or(""),
        ),
        None if from.contains('@') => (from, from),
        None => (from, ""),
    };
    let email = Some(email.trim().to_lowercase()).filter(|e| e.contains('@'));
    let name = super::turns::one_line(name.trim_matches(['"', '\'', ' ', ',']));
    Participant {
        name: if name.is_empty() { email.clone().unwrap_or_default() } else { name },
        email,
        ..Participant::default()
    }
}

/// The addresses in a mail's head, lower case; none where `head` begins no mail.
pub fn addresses(head: &[u8]) -> BTreeSet<String> {
    if fields_at_head(&super::encoding::decode(head).text).1 == 0 {
        return Default::default();
    }
    let Some(message) = MessageParser::default().parse_headers(head) else { return Default::default() };
    [message.from(), message.to(), message.cc()].into_iter().flat_map(people).filter_map(|p| p.email).collect()
}

/// A message id without angle brackets.
pub fn clean_id(id: &str) -> String {
    id.trim().trim_matches(['<', '>']).to_owned()
}

/// The message ids of the mails before it in its thread.
pub fn references(message: &Message) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for value in [message.references(), message.in_reply_to()] {
        let ids: Vec<&str> = match value {
            HeaderValue::Text(id) => vec![id],
            HeaderValue::TextList(ids) => ids.iter().map(AsRef::as_ref).collect(),
            _ => vec![],
        };
        for id in ids.into_iter().map(clean_id).filter(|id| !id.is_empty()) {
            if known.insert(id.clone()) {
                out.push(id);
            }
        }
    }
    out
}

/// Whether a machine wrote it: by the fields that RFC 3834 and list programs set, by a delivery report's type, by a
/// sender that takes no answers and names nobody else who does, or by the subject of an out-of-office note.
pub fn is_automatic(message: &Message, subject: &str) -> bool {
    use mail_parser::MimeHeaders;
    let field = |name: &str| message.header_raw(name).map(|v| v.trim().to_ascii_lowercase());
    if field("Auto-Submitted").is_some_and(|v| v != "no")
        || field("X-Auto-Response-Suppress").is_some_and(|v| v.contains("all") || v.contains("oof"))
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Reply-From"].iter().any(|n| field(n).is_some_and(|v| v != "no"))
        || field("Precedence").is_some_and(|v| matches!(v.as_str(), "auto_reply" | "auto-reply"))
    {
        return true;
    }
    if message
        .root_part()
        .content_type()
        .is_some_and(|t| t.c_type == "multipart" && t.c_subtype.as_deref() == Some("report"))
    {
        return true;
    }
    let sender =
        message.from().and_then(Address::first).and_then(|a| a.address()).unwrap_or_default().to_ascii_lowercase();
    if ["mailer-daemon@", "postmaster@"].iter().any(|s| sender.starts_with(s)) {
        return true;
    }
    // What a service passes on for a person can be answered to that person or to the service.
    let answered = people(message.reply_to()).into_iter().filter_map(|p| p.email).any(|e| !takes_no_answer(&e));
    if takes_no_answer(&sender) && !answered {
        return true;
    }
    let subject = untagged(subject).to_lowercase();
    NOTES.beginning(subject.as_bytes()).next().is_some()
}

/// Whether an address says that nobody reads what is sent to it: "noreply@", "calendar-no-reply@", "ne-pas-repondre@".
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
    let local = address.split('@').next().unwrap_or_default();
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
];

/// A subject without the tags in brackets that servers put before it: "[EXTERNAL] Fwd: x".
fn untagged(subject: &str) -> &str {
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

/// Whether a subject says that the mail forwards another, in the common languages.
pub fn forwards(subject: &str) -> bool {
    let prefix = untagged(subject).split([':', '：']).next().unwrap_or("").trim().to_lowercase();
    matches!(
        prefix.as_str(),
        "fw" | "fwd"
            | "wg"
            | "tr"
            | "rv"
            | "enc"
            | "doorst"
            | "vs"
            | "vb"
            | "i"
            | "pd"
            | "转发"
            | "轉寄"
            | "転送"
            | "forward"
            | "vl"
            | "ilt"
            | "továbbítás"
    )
}
