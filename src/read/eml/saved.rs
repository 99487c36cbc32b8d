//! A mail that a mail program saved or copied as text: above its words stands a head in the program's language, "Von: …
//! Gesendet: … An: … Betreff: …". It is put into the form of RFC 5322 and read as every other mail.

use crate::read::{
    email::{
        head::field,
        head_fields::{LANGUAGES, Language, Role},
    },
    eml::people::{person, pieces},
    when,
};

/// What stands in the head.
#[derive(Default)]
struct Head {
    from: String,
    sent: String,
    to: String,
    cc: String,
    subject: Option<String>,
    /// Where, in the text, the words begin.
    end: usize,
}

/// Whether `text`, or the beginning of one, is such a mail.
pub fn is_saved(text: &str) -> bool {
    head(text).is_some()
}

/// A saved mail in the form of RFC 5322.
pub struct Saved {
    pub mail: String,
    /// Whether its date is by a clock whose zone the head does not tell.
    pub local_time: bool,
}

/// The mail in the form of RFC 5322, where `text` is one that was saved.
pub fn as_mail(text: &str) -> Option<Saved> {
    let head = head(text)?;
    let mut out = format!("From: {}\nTo: {}\n", addresses(&head.from), addresses(&head.to));
    if !head.cc.is_empty() {
        out.push_str(&format!("Cc: {}\n", addresses(&head.cc)));
    }
    let at = moment(&head.sent);
    if let Some(at) = at {
        out.push_str(&format!("Date: {}\n", at.strftime("%a, %d %b %Y %H:%M:%S +0000")));
    }
    let sent = plain(&head.sent);
    let local_time = at.is_some() && (when::is_local(&sent.join(" ")) || when::is_local(&in_numbers(&sent)));
    let subject = head.subject.unwrap_or_default();
    out.push_str(&format!("Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{}", &text[head.end..]));
    Some(Saved { mail: out, local_time })
}

/// The head at the beginning of `text`: a sender, and two of its moment, its recipients and its subject, in one language.
fn head(text: &str) -> Option<Head> {
    let first = field(text.lines().find(|line| !line.trim().is_empty())?)?.0;
    LANGUAGES.iter().filter(|language| language.role(&first).is_some()).find_map(|language| {
        let mut out = Head::default();
        let mut at = 0;
        let mut last = None;
        for (n, line) in text.split_inclusive('\n').enumerate() {
            let known = field(line).and_then(|(name, value)| Some((language.role(&name)?, value)));
            // Its fields stand without a line between them; nothing but blank lines stands above.
            if n > 24 || (line.trim().is_empty() && out.end > 0) {
                break;
            }
            match (known, last) {
                (Some((role, value)), _) => {
                    last = Some(role);
                    if let Some(held) = out.value(role) {
                        *held = value.to_owned();
                    }
                }
                (None, _) if line.trim().is_empty() => {
                    at += line.len();
                    continue;
                }
                (None, None) => return None,
                // Further fields, "Wichtigkeit: Hoch", say nothing that is used.
                (None, Some(role)) if line.trim_end().ends_with([',', ';']) || line.contains('@') => {
                    if let Some(held) = out.value(role) {
                        held.push(' ');
                        held.push_str(line.trim());
                    }
                }
                (None, _) if field(line).is_none() => break,
                (None, _) => {}
            }
            at += line.len();
            out.end = at;
        }
        let others = [!out.sent.is_empty(), !out.to.is_empty(), out.subject.is_some()];
        // What has "From", "To" and "Subject" alone is a mail already.
        let enough = others.iter().filter(|o| **o).count() >= 2 && (!is_english(language) || others[0]);
        // "From" and "to" of a meeting are times or days, in any language.
        let people =
            out.from.contains(char::is_alphabetic) && (out.to.is_empty() || out.to.contains(char::is_alphabetic));
        (people && enough).then_some(out)
    })
}

/// Whether a language's names are those that a mail itself has.
fn is_english(language: &Language) -> bool {
    language.role("from").is_some()
}

impl Head {
    /// What is kept of a field of this role.
    fn value(&mut self, role: Role) -> Option<&mut String> {
        Some(match role {
            Role::From => &mut self.from,
            Role::Sent => &mut self.sent,
            Role::To => &mut self.to,
            Role::Cc => &mut self.cc,
            Role::Subject => self.subject.get_or_insert_default(),
            Role::Other => return None,
        })
    }
}

/// The people of a field as a mail has them: programs leave out the quotes around "Lee, Ann", and divide people by semicolons.
fn addresses(field: &str) -> String {
    let quoted = pieces(field).into_iter().map(person).filter(|p| !p.name.is_empty());
    let each = quoted.map(|p| format!("\"{}\" <{}>", p.name.replace(['"', '\\'], ""), p.email.unwrap_or_default()));
    each.collect::<Vec<_>>().join(", ")
}

/// The moment of "Dienstag, 3. März 2026 10:12" and "3 de marzo de 2026, 10:12"; where these languages write a date in
/// numbers, the day stands first.
pub fn moment(sent: &str) -> Option<crate::conversation::Timestamp> {
    let plain = plain(sent);
    when::in_text(&plain.join(" ")).or_else(|| when::in_ordered_text(&in_numbers(&plain), Some(true)))
}

/// The words of a moment from its first number on: the name of the week day stands before a date in numbers.
fn in_numbers(words: &[&str]) -> String {
    let from = words.iter().position(|w| w.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(0);
    words[from..].join(" ")
}

/// The words of a moment without the little ones between them.
fn plain(sent: &str) -> Vec<&str> {
    const LITTLE: &[&str] = &["de", "del", "um", "à", "a", "las", "om", "alle", "ore", "às", "uhr", "den", "le"];
    let words = sent.split([' ', ',', '\u{a0}', '\t']).filter(|word| !word.is_empty());
    words.filter(|word| !LITTLE.contains(&word.to_lowercase().as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_in_the_languages_of_mail_programs() {
        for (text, expected) in [
            (
                "Von:\tLee, Ann <ann@acme.example>\nGesendet:\tDienstag, 3. März 2026 10:12\nAn:\tBob; Cy <cy@x.example>\nBetreff:\tAW: Plan\n\nJa.",
                "From: \"Lee, Ann\" <ann@acme.example>\nTo: \"Bob\" <>, \"Cy\" <cy@x.example>\nDate: Tue, 03 Mar 2026 10:12:00 +0000\nSubject: AW: Plan\n",
            ),
            (
                "De : Ann <ann@acme.example>\nEnvoyé : mardi 3 février 2026 10:12\nÀ : Bob\nObjet : Plan\n\nOui.",
                "From: \"Ann\" <ann@acme.example>\nTo: \"Bob\" <>\nDate: Tue, 03 Feb 2026 10:12:00 +0000\nSubject: Plan\n",
            ),
            (
                "De: Ann\nEnviado el: martes, 3 de marzo de 2026 10:12\nPara: Bob\nAsunto: Plan\n\nSí.",
                "From: \"Ann\" <>\nTo: \"Bob\" <>\nDate: Tue, 03 Mar 2026 10:12:00 +0000\nSubject: Plan\n",
            ),
            (
                "Da: Ann\nInviato: martedì 4/3/2026 10:12\nA: Bob\nOggetto: Plan\n\nSì.",
                "From: \"Ann\" <>\nTo: \"Bob\" <>\nDate: Wed, 04 Mar 2026 10:12:00 +0000\nSubject: Plan\n",
            ),
            (
                "Från: Ann <ann@acme.example>\nSkickat: den 3 mars 2026 10:12\nTill: Bob\nÄmne: Pris\n\nJa.",
                "From: \"Ann\" <ann@acme.example>\nTo: \"Bob\" <>\nDate: Tue, 03 Mar 2026 10:12:00 +0000\nSubject: Pris\n",
            ),
            (
                "Lähettäjä: Ann\nLähetetty: tiistai 3. maaliskuuta 2026 10:12\nVastaanottaja: Bob\nAihe: Hinta\n\nKyllä.",
                "From: \"Ann\" <>\nTo: \"Bob\" <>\nDate: Tue, 03 Mar 2026 10:12:00 +0000\nSubject: Hinta\n",
            ),
            (
                "Od: Ann\nWysłano: wtorek, 3 marca 2026 10:12\nDo: Bob\nTemat: Cena\n\nTak.",
                "From: \"Ann\" <>\nTo: \"Bob\" <>\nDate: Tue, 03 Mar 2026 10:12:00 +0000\nSubject: Cena\n",
            ),
            (
                "发件人: Ann\n发送时间: 2026年3月3日 10:12\n收件人: Bob\n主题: 价格\n\n好。",
                "From: \"Ann\" <>\nTo: \"Bob\" <>\nDate: Tue, 03 Mar 2026 10:12:00 +0000\nSubject: 价格\n",
            ),
        ] {
            let Some(Saved { mail, local_time }) = as_mail(text) else { panic!("{text}") };
            assert!(mail.starts_with(expected) && local_time, "{mail}");
        }
        for text in [
            "From: Ann <ann@acme.example>\nTo: Bob\nSubject: Plan\n\nYes.",
            "Von: hier an\ngeht es los.",
            "Da: Ciao.\nMo: Ciao.\nA: Ciao.",
            "Od: 10:00\nDo: 11:00\nTemat: Cena\nData: 2026-02-12\n\nAnn: hi\nBob: ho\nAnn: ok",
            "Za: 12. 2. 2026\nOd: Ann\nPredmet: cena\n\nAnn: hi\nBob: ho",
            "Ann: hello\nVon: x\nAn: y\nBetreff: z",
        ] {
            assert!(!is_saved(text), "{text}");
        }
    }
}
