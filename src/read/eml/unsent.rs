//! Mails that nobody sent, or that somebody threw away: drafts, the trash, junk. A draft answers nothing, and its words were
//! never anybody's to hear. Mail programs say so in fields of the head, in the names of files, and by the folder.

use mail_parser::{HeaderForm, HeaderName, Message};

use crate::read::{Input, Skipped};

/// What became of a mail that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// It was never sent.
    Draft,
    /// It lies in the trash, or is marked to be removed.
    Deleted,
    /// Its owner's program holds it for junk.
    Junk,
}

impl Unsent {
    /// What is said of a file that is such a mail.
    pub fn skipped(self, input: &Input) -> Skipped {
        let message = match self {
            Unsent::Draft => {
                "the mail is a draft that was not sent, so it was left out; export it from the sent mails where it was"
            }
            Unsent::Deleted => {
                "the mail was deleted, so it was left out; take it out of the trash and export it again if it counts"
            }
            Unsent::Junk => {
                "the mail lies among junk, so it was left out; take it out of there and export it again if it counts"
            }
        };
        input.skipped(None, "not_sent", message)
    }
}

/// What became of `message`, where it does not count; `path`: its file, which a mailbox names after its folder.
pub fn of(message: &Message, path: &str, mailbox: bool) -> Option<Unsent> {
    marked(message)
        .or_else(|| flagged(path))
        .or_else(|| labelled(message))
        .or_else(|| draft_of_program(message).filter(|_| !was_delivered(message)))
        .or_else(|| by_place(Some(message), path, mailbox))
}

/// The same by the folder alone that the mail lies in, which counts for no draft where a server delivered it; `head`: its fields.
pub fn by_place(head: Option<&Message>, path: &str, mailbox: bool) -> Option<Unsent> {
    placed(path, mailbox).filter(|unsent| *unsent != Unsent::Draft || !head.is_some_and(was_delivered))
}

/// Whether a server wrote into the mail that it delivered it.
fn was_delivered(message: &Message) -> bool {
    let by = [HeaderName::Received, HeaderName::ReturnPath, "X-Received".into(), "Delivered-To".into()];
    by.into_iter().any(|name| message.header(name).is_some())
}

/// By the marks that mail programs keep in the head: Thunderbird's status, mutt's, Alpine's and Dovecot's.
fn marked(message: &Message) -> Option<Unsent> {
    let bits = |name: &'static str| u32::from_str_radix(message.header_raw(name)?.trim(), 16).ok();
    // "Expunged" and "queued" of Thunderbird's flags, and "deleted on the server" of those behind them.
    let status = bits("X-Mozilla-Status").unwrap_or(0);
    if status & 0x0008 != 0 || bits("X-Mozilla-Status2").unwrap_or(0) & 0x0020_0000 != 0 {
        return Some(Unsent::Deleted);
    }
    if status & 0x0800 != 0 {
        return Some(Unsent::Draft);
    }
    by_letters(message.header_raw("X-Status")?.trim(), 'D', 'T')
}

/// Whether letters that stand for marks say that a mail is deleted or a draft.
fn by_letters(marks: &str, deleted: char, draft: char) -> Option<Unsent> {
    match marks {
        _ if marks.is_empty() || marks.len() > 26 || !marks.bytes().all(|b| b.is_ascii_alphabetic()) => None,
        _ if marks.contains(deleted) => Some(Unsent::Deleted),
        _ if marks.contains(draft) => Some(Unsent::Draft),
        _ => None,
    }
}

/// By the marks behind the name of a Maildir's file, "….host:2,DS"; some file systems take no colon.
fn flagged(path: &str) -> Option<Unsent> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (before, marks) = name.rsplit_once("2,")?;
    if !before.ends_with([':', ';', '!']) {
        return None;
    }
    by_letters(marks, 'T', 'D')
}

/// By Gmail's labels, as its archive keeps them in the language of its owner.
fn labelled(message: &Message) -> Option<Unsent> {
    let values = message.header_as("X-Gmail-Labels", HeaderForm::Text);
    let labels = values.first()?.as_text()?.to_lowercase();
    labels.split(',').find_map(|label| of_name(label.trim().trim_matches('"')))
}

/// By what programs write into drafts alone. A delivered copy may have kept it.
fn draft_of_program(message: &Message) -> Option<Unsent> {
    let field = |name: &'static str| message.header_raw(name).map(|v| v.trim().to_ascii_lowercase());
    let draft = field("X-Unsent").is_some_and(|v| v == "1")
        || field("X-Mozilla-Draft-Info").is_some()
        || field("X-Uniform-Type-Identifier").is_some_and(|v| v == "com.apple.mail-draft");
    draft.then_some(Unsent::Draft)
}

/// By the folder of a mail program; a mailbox is a file that is one.
fn placed(path: &str, mailbox: bool) -> Option<Unsent> {
    let parts: Vec<&str> = path.split('/').collect();
    let (file, folders) = parts.split_last()?;
    let mut names = folders.iter().chain(mailbox.then_some(file));
    names.find_map(|name| {
        let lower = name.to_lowercase();
        let plain = lower.trim_end_matches('!').trim_end_matches(".gz");
        let plain = [".mbox", ".mbx", ".sbd"].iter().find_map(|ending| plain.strip_suffix(ending)).unwrap_or(plain);
        // A folder of a Maildir begins with a full stop.
        let plain = plain.trim_start_matches('.');
        of_name(plain.strip_prefix("inbox.").unwrap_or(plain))
    })
}

/// What a folder or a label of this name, in lower case, holds.
fn of_name(name: &str) -> Option<Unsent> {
    NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(unsent, _)| *unsent)
}

/// The names of such folders in the languages of mail programs. "Draft" alone may be a deal's folder of drafts of a contract.
const NAMES: &[(Unsent, &[&str])] = &[
    (
        Unsent::Draft,
        &[
            "drafts",
            "entwürfe",
            "brouillons",
            "borradores",
            "rascunhos",
            "bozze",
            "concepten",
            "utkast",
            "kladder",
            "kopie robocze",
            "wersje robocze",
            "szkice",
            "luonnokset",
            "koncepty",
            "черновики",
            "taslaklar",
            "下書き",
            "草稿",
            "草稿箱",
            "임시보관함",
            "임시 보관함",
        ],
    ),
    (
        Unsent::Deleted,
        &[
            "trash",
            "deleted items",
            "deleted messages",
            "gelöschte elemente",
            "gelöschte objekte",
            "papierkorb",
            "éléments supprimés",
            "corbeille",
            "elementos eliminados",
            "papelera",
            "itens excluídos",
            "itens eliminados",
            "lixeira",
            "posta eliminata",
            "cestino",
            "verwijderde items",
            "prullenbak",
            "borttagna objekt",
            "papperskorgen",
            "slettet post",
            "slettede elementer",
            "elementy usunięte",
            "kosz",
            "удаленные",
            "корзина",
            "silinmiş öğeler",
            "çöp kutusu",
            "削除済みアイテム",
            "ゴミ箱",
            "已删除邮件",
            "已删除",
            "휴지통",
        ],
    ),
    (
        Unsent::Junk,
        &[
            "spam",
            "junk",
            "junk mail",
            "junk email",
            "junk e-mail",
            "junk-e-mail",
            "bulk mail",
            "courrier indésirable",
            "indésirables",
            "correo no deseado",
            "lixo eletrônico",
            "lixo eletrónico",
            "posta indesiderata",
            "ongewenste e-mail",
            "skräppost",
            "uønsket e-post",
            "uønsket mail",
            "wiadomości-śmieci",
            "нежелательная почта",
            "спам",
            "önemsiz e-posta",
            "迷惑メール",
            "垃圾邮件",
            "정크 메일",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn drafts_the_trash_and_junk_are_told_by_head_file_and_folder() {
        const PLAIN: &str = "Subject: x";
        for (head, path, mailbox, expected) in [
            (PLAIN, "acme/Draft.eml", false, None),
            (PLAIN, "acme/drafts of the contract/1.eml", false, None),
            (PLAIN, "acme/Drafts/1.eml", false, Some(Unsent::Draft)),
            ("Received: from x; Thu, 12 Mar 2026 15:04:22 +0100", "acme/Drafts/1.eml", false, None),
            (PLAIN, "acme/Drafts.mbox", true, Some(Unsent::Draft)),
            (PLAIN, "acme/Papierkorb.mbox.gz!/Papierkorb.mbox", true, Some(Unsent::Deleted)),
            (PLAIN, "acme/.INBOX.Junk/cur/1.host:2,S", false, Some(Unsent::Junk)),
            (PLAIN, "cur/1773.M1P1.host:2,DS", false, Some(Unsent::Draft)),
            (PLAIN, "cur/1773.M1P1.host;2,ST", false, Some(Unsent::Deleted)),
            (PLAIN, "cur/1773.M1P1.host:2,FRS", false, None),
            (PLAIN, "version 2,DT", false, None),
            ("X-Unsent: 1", "1.eml", false, Some(Unsent::Draft)),
            ("X-Unsent: 0", "1.eml", false, None),
            ("X-Mozilla-Draft-Info: internal/draft; vcard=0", "1.eml", false, Some(Unsent::Draft)),
            ("X-Uniform-Type-Identifier: com.apple.mail-draft", "1.eml", false, Some(Unsent::Draft)),
            ("X-Uniform-Type-Identifier: com.apple.mail-draft\nReceived: from x", "1.eml", false, None),
            ("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000", "Inbox", true, None),
            ("X-Mozilla-Status: 0009", "Inbox", true, Some(Unsent::Deleted)),
            ("X-Mozilla-Status: 0801", "Outbox", true, Some(Unsent::Draft)),
            ("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00200000", "Inbox", true, Some(Unsent::Deleted)),
            ("X-Status: AF", "Inbox", true, None),
            ("X-Status: AD", "Inbox", true, Some(Unsent::Deleted)),
            ("X-Gmail-Labels: Inbox,Important", "all.mbox", true, None),
            ("X-Gmail-Labels: Important,Drafts", "all.mbox", true, Some(Unsent::Draft)),
            ("X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe,Wichtig?=", "all.mbox", true, Some(Unsent::Draft)),
            ("X-Gmail-Labels: Spam", "all.mbox", true, Some(Unsent::Junk)),
        ] {
            let text = format!("From: a@x.example\n{head}\n\nYes.\n");
            let message = MessageParser::default().parse(text.as_bytes()).unwrap();
            assert_eq!(of(&message, path, mailbox), expected, "{head} in {path}");
        }
    }
}
