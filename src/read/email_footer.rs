//! What mail programs and companies add below a mail: the remark of a phone, a confidentiality notice, the foot of a list.

use super::email_quote::rule;

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

/// How a confidentiality notice begins.
const DISCLAIMERS: &[&str] = &[
    "this e-mail and any",
    "this email and any",
    "this e-mail message",
    "this email message",
    "this message and any",
    "this message, including",
    "this email, including",
    "this e-mail, including",
    "the information contained in this",
    "the information in this e",
    "the information transmitted",
    "the contents of this e",
    "confidentiality notice",
    "confidentiality:",
    "confidential:",
    "legal disclaimer",
    "disclaimer:",
    "email disclaimer",
    "privileged and confidential",
    "this communication is",
    "this communication may",
    "this communication, including",
    "this e-mail is confidential",
    "this email is confidential",
    "this e-mail is intended",
    "this email is intended",
    "this message is intended",
    "this message contains confidential",
    "this message is confidential",
    "this message may contain",
    "if you are not the intended recipient",
    "if you have received this",
    "if you are not the addressee",
    "this e-mail may contain",
    "this email may contain",
    "this transmission",
    "please consider the environment",
    "think before you print",
    "diese e-mail enthält",
    "diese e-mail ist",
    "diese nachricht enthält",
    "diese nachricht ist",
    "der inhalt dieser e-mail",
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
    "virus-free",
    "this email has been checked for viruses",
    "this email has been scanned",
    "to unsubscribe",
    "you received this message because you are subscribed",
    "you are receiving this because",
    "important notice:",
    "настоящее сообщение",
    "данное сообщение",
];

/// The first line of a disclaimer: a paragraph that begins like one, with words above.
pub fn disclaimer(lines: &[&str]) -> Option<usize> {
    (0..lines.len()).find(|at| {
        let begins = *at == 0
            || lines[*at - 1].trim().is_empty()
            || rule(lines[*at - 1])
            || lines[*at].trim().starts_with(['*', '_']);
        if !begins {
            return false;
        }
        let lower = lines[*at].trim().trim_start_matches(['*', '_', '-', ' ', '"', '[', '(', '#']).to_lowercase();
        DISCLAIMERS.iter().any(|d| lower.starts_with(d))
            && lower.split_whitespace().count() >= 3
            && has_words(&lines[..*at])
    })
}

/// A phone's remark on a line of its own: what stands below it is an earlier mail.
pub fn sent_from(lines: &[&str]) -> Option<usize> {
    (0..lines.len()).find(|at| {
        let alone = *at == 0
            || lines[*at - 1].trim().is_empty()
            || *at + 1 == lines.len()
            || lines[at + 1..].iter().all(|l| l.trim().is_empty());
        let last = !has_words(&lines[at + 1..]);
        if !alone || !(last || lines[at + 1].trim().is_empty()) {
            return false;
        }
        let line = lines[*at].trim().trim_start_matches(['-', ' ', '*', '_', '<', '[', '•', '—']);
        let lower = line.to_lowercase();
        SENT_FROM.iter().any(|s| lower.starts_with(s))
            && line.split_whitespace().count() <= 10
            && (!line.ends_with(['.', '?', '!']) || line.split_whitespace().count() <= 6)
    })
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
        assert_eq!(sent_from(&lines("Yes.\n\nSent from my iPhone")), Some(2));
        assert_eq!(sent_from(&lines("Sent from my iPhone app is broken, so call 555 123 4567.")), None);
    }
}
