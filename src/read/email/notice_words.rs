//! The words that notices below mails are known by, in the common languages, and what a paragraph speaks of by them.

use std::sync::LazyLock;

use crate::read::phrases::Phrases;

/// How one may begin, and how people begin sentences of their own: believed where the paragraph speaks of a second thing
/// that notices speak of.
pub const MAYBE_DISCLAIMERS: &[&str] = &[
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
        "vernichten",
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
    HEADINGS,
];

/// The headings over them.
pub const HEADINGS: &[&str] = &[
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

/// What a paragraph speaks of.
#[derive(Clone, Copy, Default)]
pub struct Spoken {
    /// The groups of [`NOTICE`].
    pub notice: [bool; 5],
    /// How many words of [`REGISTER`].
    pub register: u32,
    /// Both lists of [`PRINT`].
    pub print: [bool; 2],
    /// Whether any of [`UNSUBSCRIBE`].
    pub unsubscribe: bool,
    /// Whether any of [`LIABILITY`].
    pub liability: bool,
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

/// The words of all lists.
static WORDS: LazyLock<Phrases<List>> = LazyLock::new(|| {
    let notice = NOTICE.iter().enumerate().flat_map(|(n, g)| g.iter().map(move |w| (*w, List::Notice(n))));
    let print = PRINT.iter().enumerate().flat_map(|(n, g)| g.iter().map(move |w| (*w, List::Print(n))));
    let register = REGISTER.iter().enumerate().map(|(n, w)| (*w, List::Register(n)));
    let others = UNSUBSCRIBE.iter().map(|w| (*w, List::Unsubscribe));
    let liability = LIABILITY.iter().map(|w| (*w, List::Liability));
    Phrases::of(notice.chain(print).chain(register).chain(others).chain(liability))
});

/// Whether a byte is a letter, a digit, or part of a character beyond ASCII; a table, because every byte of a mail is asked.
const IS_LETTER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte >= 0x80 || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

impl Spoken {
    /// What the paragraph `lower`, in lower case, speaks of.
    pub fn of(lower: &str) -> Spoken {
        let words = &*WORDS;
        let mut out = Spoken::default();
        let mut register = 0u64;
        let bytes = lower.as_bytes();
        // Words begin behind what is no letter; in scripts without blanks they may begin at any character.
        let mut behind_letter = false;
        for (at, byte) in bytes.iter().enumerate() {
            let begins = *byte >= 0xc0 || !behind_letter;
            behind_letter = IS_LETTER[usize::from(*byte)];
            if !begins {
                continue;
            }
            for list in words.beginning(&bytes[at..]) {
                match list {
                    List::Notice(n) => out.notice[n] = true,
                    List::Register(n) => register |= 1 << n,
                    List::Print(n) => out.print[n] = true,
                    List::Unsubscribe => out.unsubscribe = true,
                    List::Liability => out.liability = true,
                }
            }
        }
        out.register = register.count_ones();
        out
    }

    /// How many groups of [`NOTICE`] it speaks of.
    pub fn notices(&self) -> usize {
        self.notice.iter().filter(|n| **n).count()
    }
}
