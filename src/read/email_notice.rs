//! Notices below mails: confidentiality, the company's register entries, the wish that nobody print, how to leave a list;
//! known by what they speak of, because every company words its own.

use super::email_signature::is_contact;

/// How one may begin, and how people begin sentences of their own: believed where the paragraph speaks of a second thing
/// that notices speak of.
const MAYBE_DISCLAIMERS: &[&str] = &[
    "if you have received this",
    "this communication is",
    "this communication may",
    "this communication, including",
    "this transmission",
    "this e-mail message",
    "this email message",
    "this message and any",
    "this message may contain",
    "this e-mail may contain",
    "this email may contain",
    "please consider the environment",
    "diese e-mail enthält",
    "diese e-mail ist",
    "diese nachricht enthält",
    "diese nachricht ist",
    "ce message et",
    "ce courriel",
    "ce message est",
    "ce mail est",
    "este mensaje",
    "este correo",
    "esta mensagem",
    "este e-mail",
    "questo messaggio",
    "questa e-mail",
    "dit bericht is",
    "deze e-mail",
    "detta mejl",
    "detta meddelande",
    "important notice:",
    "confidential:",
    "confidentiality:",
    "disclaimer:",
    "настоящее сообщение",
    "данное сообщение",
    "the contents of this e",
    "the information in this e",
    "this message is confidential",
    "this message, including",
    "this email, including",
    "this e-mail, including",
];

/// What notices of confidentiality speak of, in the common languages: secrets, for whom, of what, what if it went wrong, and
/// the headings over them. A paragraph that speaks of three is one, however it begins.
const NOTICE: [&[&str]; 5] = [
    &[
        "confiden",
        "privileged",
        "vertraulich",
        "rechtlich geschützt",
        "riservat",
        "vertrouwelijk",
        "poufn",
        "konfiden",
        "fortrolig",
        "luottamuks",
        "důvěrn",
        "dôvern",
        "конфиденциальн",
        "конфіденційн",
        "gizli",
        "機密",
        "机密",
        "保密",
        "기밀",
        "bizalmas",
        "εμπιστευτικ",
    ],
    &[
        "recipient",
        "addressee",
        "sole use",
        "intended solely",
        "solely for",
        "empfänger",
        "adressat",
        "bestimmt",
        "destinat",
        "destiné",
        "geadresseerde",
        "bestemd",
        "adresat",
        "przeznaczon",
        "mottagar",
        "avsedd",
        "avsett",
        "modtager",
        "mottaker",
        "beregnet",
        "vastaanottaj",
        "tarkoitet",
        "adresát",
        "určen",
        "адресат",
        "получател",
        "предназначен",
        "alıcı",
        "gönderildiği",
        "宛先",
        "受信者",
        "收件人",
        "仅限于",
        "수신인",
        "수신자",
        "címzett",
        "παραλήπτη",
    ],
    &[
        "this e-mail",
        "this email",
        "this message",
        "this communication",
        "this transmission",
        "attachments",
        "e-mail",
        "nachricht",
        "mitteilung",
        "ce message",
        "message électronique",
        "courriel",
        "correo",
        "mensaje",
        "mensagem",
        "messaggio",
        "posta elettronica",
        "bericht",
        "wiadomoś",
        "meddeland",
        "meddelelse",
        "e-post",
        "viesti",
        "zpráv",
        "správ",
        "сообщени",
        "письмо",
        "e-posta",
        "mesaj",
        "メール",
        "邮件",
        "郵件",
        "메일",
        "üzenet",
        "μήνυμα",
    ],
    &[
        "in error",
        "by mistake",
        "delete",
        "unauthori",
        "löschen",
        "irrtümlich",
        "versehentlich",
        "par erreur",
        "détrui",
        "por error",
        "por erro",
        "elimin",
        "apague",
        "per errore",
        "cancell",
        "per vergissing",
        "onterecht",
        "verwijder",
        "błęd",
        "usunięci",
        "misstag",
        "raderas",
        "ved en fejl",
        "slett",
        "slet ",
        "erehdy",
        "omylem",
        "смажте",
        "ошибочно",
        "по ошибке",
        "удалите",
        "yanlışlıkla",
        "siliniz",
        "誤って",
        "削除",
        "错收",
        "删除",
        "삭제",
        "prohibited",
        "verboten",
        "interdit",
        "prohibid",
        "proibid",
        "vietat",
        "verboden",
    ],
    &[
        "notice",
        "disclaimer",
        "aviso legal",
        "aviso de confidencial",
        "avis de confidential",
        "avviso di riserva",
        "hinweis:",
        "haftungsausschluss",
        "klauzula",
        "ansvarsfriskrivning",
        "sekretess",
    ],
];

/// What a footer with the register entries of a company speaks of; a paragraph with two of them is one.
const REGISTER: &[&str] = &[
    "registered office",
    "registered in ",
    "registered number",
    "registered no",
    "company number",
    "company no",
    "registration number",
    "vat number",
    "vat no",
    "sitz der gesellschaft",
    "amtsgericht",
    "handelsregister",
    "registergericht",
    "geschäftsführer",
    "geschäftsführung",
    "aufsichtsrat",
    "ust-id",
    "hrb ",
    "siren",
    "siret",
    "r.c.s",
    "capital social",
    "krs ",
    "nip ",
    "regon",
    "kvk",
    "btw-nr",
    "p.iva",
    "partita iva",
    "cod. fisc",
];

/// Words of a wish that a mail be not printed.
const PRINT: [&[&str]; 2] = [
    &["print", "druck", "imprim", "stampar", "afdruk", "wydruk", "skriv", "tulost", "vytis", "распечат", "yazdır"],
    &[
        "environment",
        "umwelt",
        "environnement",
        "ambient",
        "milieu",
        "środowisk",
        "miljö",
        "miljø",
        "ympärist",
        "prostřed",
        "природ",
        "окружающ",
        "çevre",
        "planet",
    ],
];

/// Words by which a list's footer offers to leave it.
const UNSUBSCRIBE: &[&str] = &[
    "unsubscribe",
    "opt out",
    "opt-out",
    "abbestellen",
    "abmelden",
    "désabonner",
    "désinscri",
    "darse de baja",
    "cancelar la suscrip",
    "cancelar a inscri",
    "disiscri",
    "afmelden",
    "uitschrijven",
    "avsluta prenum",
    "avregistrera",
    "afmeld",
    "wypisz",
    "отписаться",
    "配信停止",
    "退订",
    "取消订阅",
    "수신거부",
];

/// Whether a line is the heading of a notice and nothing else.
pub fn is_heading(line: &str) -> bool {
    let lower = line.to_lowercase();
    lower.split_whitespace().count() <= 3 && !lower.ends_with(['?', '.']) && NOTICE[4].iter().any(|w| lower.contains(w))
}

/// Words by which a notice goes on in further paragraphs.
const LIABILITY: &[&str] = &[
    "liab",
    "responsib",
    "virus",
    "views ",
    "opinion",
    "haft",
    "viren",
    "responsab",
    "aansprakelijk",
    "odpowiedzialn",
    "ansvar",
    "vastuu",
    "odpovědn",
    "ответственност",
    "sorumlu",
];

/// The paragraph at the head of `lines`.
fn paragraph(lines: &[&str]) -> String {
    lines.iter().take_while(|l| !l.trim().is_empty()).take(16).flat_map(|l| [l.trim(), " "]).collect()
}

/// Whether a notice that programs put below mails begins at the head of `lines`, by what its first paragraph speaks of, and
/// nothing of the sender's follows.
pub fn is_notice(lines: &[&str]) -> bool {
    let text = paragraph(lines);
    let lower = text.trim_end().to_lowercase();
    let words = lower.split_whitespace().count();
    let any = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let begun = lower.trim_start_matches(['*', '_', '-', ' ', '"', '[', '(', '#']);
    let needed = if MAYBE_DISCLAIMERS.iter().any(|d| begun.starts_with(d)) { 2 } else { 3 };
    // Nobody writes "I" in a notice.
    let personal = [" I ", " my ", " I'm ", " I've ", " ich ", " mein "].iter().any(|i| text.contains(i));
    if (any(NOTICE[0]) || any(NOTICE[1]) || any(NOTICE[3]))
        && !personal
        && NOTICE.iter().filter(|group| any(group)).count() >= needed
    {
        let mut below = &lines[lines.iter().position(|l| l.trim().is_empty()).unwrap_or(lines.len())..];
        while let Some(at) = below.iter().position(|l| !l.trim().is_empty()) {
            below = &below[at..];
            if !is_footer(&paragraph(below).to_lowercase(), below[0]) {
                return false;
            }
            below = &below[below.iter().position(|l| l.trim().is_empty()).unwrap_or(below.len())..];
        }
        return true;
    }
    let numbered = lower.bytes().filter(u8::is_ascii_digit).count() >= 4;
    if numbered && REGISTER.iter().filter(|w| lower.contains(*w)).count() >= 2 {
        return true;
    }
    if words <= 30 && any(PRINT[0]) && any(PRINT[1]) && !lower.ends_with('?') {
        return true;
    }
    let linked =
        lower.contains("http") || lower.contains("www.") || lower.contains('|') || lower.contains("here to unsub");
    let asks = lower.contains('?') || lower.contains("unsubscribe us") || lower.contains("unsubscribe me") || personal;
    words <= 40 && linked && !asks && any(UNSUBSCRIBE)
}

/// Whether a paragraph can stand below a notice: it speaks of what notices speak of, or is no sentence.
fn is_footer(lower: &str, first: &str) -> bool {
    let lower = lower.trim_end();
    NOTICE.iter().chain(&[LIABILITY, REGISTER, UNSUBSCRIBE, PRINT[1]]).any(|g| g.iter().any(|w| lower.contains(w)))
        || is_contact(first)
        || (lower.split_whitespace().count() <= 12 && !lower.ends_with(['.', '?', '!']))
}
