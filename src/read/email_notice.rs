//! Notices below mails: confidentiality, the company's register entries, the wish that nobody print, how to leave a list;
//! known by what they speak of, because every company words its own.

use std::sync::OnceLock;

use super::{email_footer::has_words, email_quote::rule, email_signature::is_contact};

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
    &[
        "print",
        "druck",
        "ausdruck",
        "imprim",
        "stampar",
        "afdruk",
        "wydruk",
        "skriv",
        "tulost",
        "vytis",
        "распечат",
        "yazdır",
    ],
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

/// How many lines from the end notices are looked for.
const FOOTER: usize = 80;

/// The longest paragraph that may be a notice, in bytes.
const LONGEST: usize = 4096;

/// Where the notices at the end of `lines` begin. Read from the end, paragraph by paragraph, up to the first that is the
/// sender's own: a sentence below a notice says that it was none.
pub fn start(lines: &[&str]) -> Option<usize> {
    let floor = lines.len().saturating_sub(FOOTER);
    let blank = |line: &str| line.trim().is_empty() || rule(line);
    let mut out = None;
    let mut end = lines.len();
    while let Some(last) = (floor..end).rev().find(|at| !blank(lines[*at])) {
        let first = (floor..=last).rev().take_while(|at| !blank(lines[*at])).last().unwrap_or(last);
        let paragraph = &lines[first..=last];
        if !has_words(&lines[..first]) || paragraph.iter().map(|l| l.len()).sum::<usize>() > LONGEST {
            break;
        }
        let text: String = paragraph.iter().flat_map(|l| [l.trim(), " "]).collect();
        let text = text.trim_end();
        let lower = text.to_lowercase();
        let spoken = Spoken::of(&lower);
        if is_notice(text, &lower, &spoken) {
            out = Some(first);
        } else if !is_footer(&lower, paragraph[0], &spoken) {
            break;
        }
        end = first;
    }
    out
}

/// What a paragraph speaks of.
#[derive(Clone, Copy, Default)]
struct Spoken {
    /// The groups of [`NOTICE`].
    notice: [bool; 5],
    /// How many words of [`REGISTER`].
    register: u32,
    /// Both lists of [`PRINT`].
    print: [bool; 2],
    unsubscribe: bool,
    liability: bool,
}

/// Which list a word stands in.
#[derive(Clone, Copy)]
enum List {
    Notice(usize),
    Register(usize),
    Print(usize),
    Unsubscribe,
    Liability,
}

/// All words of the lists by their first byte. A paragraph is looked through once, at the beginnings of its words; looking
/// for each of some three hundred words in it would be the cost of reading a mail.
fn words_by_first_byte() -> &'static [Vec<(&'static str, List)>] {
    static INDEX: OnceLock<Vec<Vec<(&'static str, List)>>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = vec![Vec::new(); 256];
        let notice = NOTICE.iter().enumerate().flat_map(|(n, g)| g.iter().map(move |w| (*w, List::Notice(n))));
        let print = PRINT.iter().enumerate().flat_map(|(n, g)| g.iter().map(move |w| (*w, List::Print(n))));
        let register = REGISTER.iter().enumerate().map(|(n, w)| (*w, List::Register(n)));
        let others = UNSUBSCRIBE.iter().map(|w| (*w, List::Unsubscribe));
        let liability = LIABILITY.iter().map(|w| (*w, List::Liability));
        for (word, list) in notice.chain(print).chain(register).chain(others).chain(liability) {
            index[usize::from(word.as_bytes()[0])].push((word, list));
        }
        index
    })
}

impl Spoken {
    fn of(lower: &str) -> Spoken {
        let index = words_by_first_byte();
        let mut out = Spoken::default();
        let mut register = 0u64;
        let bytes = lower.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            // Words begin behind what is no letter; in scripts without blanks they may begin at any character.
            let begins =
                *byte >= 0xc0 || (at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80));
            if !begins {
                continue;
            }
            for (word, list) in &index[usize::from(*byte)] {
                if bytes[at..].starts_with(word.as_bytes()) {
                    match list {
                        List::Notice(n) => out.notice[*n] = true,
                        List::Register(n) => register |= 1 << n,
                        List::Print(n) => out.print[*n] = true,
                        List::Unsubscribe => out.unsubscribe = true,
                        List::Liability => out.liability = true,
                    }
                }
            }
        }
        out.register = register.count_ones();
        out
    }

    fn notices(&self) -> usize {
        self.notice.iter().filter(|n| **n).count()
    }
}

/// Whether a paragraph is a notice by what it speaks of; `lower`: the same in lower case.
fn is_notice(text: &str, lower: &str, spoken: &Spoken) -> bool {
    let words = lower.split_whitespace().count();
    // Nobody writes "I" in a notice.
    let personal = || [" I ", " my ", " I'm ", " I've ", " ich ", " mein "].iter().any(|i| text.contains(i));
    let begun = lower.trim_start_matches(['*', '_', '-', ' ', '"', '[', '(', '#']);
    let needed = if MAYBE_DISCLAIMERS.iter().any(|d| begun.starts_with(d)) { 2 } else { 3 };
    let [secret, recipient, _, wrong, _] = spoken.notice;
    if (secret || recipient || wrong) && spoken.notices() >= needed && !personal() {
        return true;
    }
    if spoken.register >= 2 && lower.bytes().filter(u8::is_ascii_digit).count() >= 4 {
        return true;
    }
    if words <= 30 && spoken.print == [true; 2] && !lower.ends_with('?') {
        return true;
    }
    if !spoken.unsubscribe || words > 40 {
        return false;
    }
    let linked = ["http", "www.", "|", "here to unsub"].iter().any(|l| lower.contains(l));
    let asks = ["?", "unsubscribe us", "unsubscribe me"].iter().any(|a| lower.contains(a)) || personal();
    linked && !asks
}

/// Whether a paragraph can stand below a notice: it speaks of what notices speak of, or is no sentence.
fn is_footer(lower: &str, first: &str, spoken: &Spoken) -> bool {
    spoken.notices() > 0
        || spoken.register > 0
        || spoken.liability
        || spoken.unsubscribe
        || spoken.print[1]
        || is_contact(first)
        || (lower.split_whitespace().count() <= 12 && !lower.ends_with(['.', '?', '!']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_known_by_what_they_speak_of_and_by_what_follows() {
        for (text, at) in [
            ("Yes.\n\nBu e-posta gizlidir ve yalnızca alıcısı içindir.", Some(2)),
            (
                "Yes.\n\nThis mail is confidential; delete it if you are not the addressee.\n\nAcme accepts no liability.",
                Some(2),
            ),
            ("Yes.\n\nAcme Ltd. Registered in Wales No. 12345. Registered office: 1 High Street.", Some(2)),
            ("Yes.\n\nPensez à l'environnement avant d'imprimer.", Some(2)),
            ("Yes.\n\nUnsubscribe | Privacy", Some(2)),
            ("Yes.\n\nPlease delete the confidential file from my last message to the recipient.", None),
            ("Yes.\n\nOur NDA covers confidential messages to the addressee.\n\nWe sign next week.", None),
            ("Este correo es para confirmar.", None),
            ("Yes.\n\nEste correo es para confirmar.", None),
            ("Yes.\n\nHow do we unsubscribe from https://acme.example?", None),
        ] {
            assert_eq!(start(&text.lines().collect::<Vec<_>>()), at, "{text}");
        }
    }
}
