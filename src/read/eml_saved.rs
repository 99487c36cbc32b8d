//! A mail that a mail program saved or copied as text: above its words stands a head in the program's language, "Von: …
//! Gesendet: … An: … Betreff: …". It is put into the form of RFC 5322 and read as every other mail.

use super::{
    email_head::field,
    eml_people::{person, pieces},
    when,
};

/// The names that a language gives the fields of such a head, in lower case.
struct Language {
    from: &'static str,
    sent: &'static [&'static str],
    to: &'static [&'static str],
    cc: &'static [&'static str],
    subject: &'static str,
}

/// The languages of the mail programs. English is one too: only there "Sent" stands where a mail itself has "Date".
const LANGUAGES: &[Language] = &[
    Language { from: "from", sent: &["sent"], to: &["to"], cc: &["cc"], subject: "subject" },
    Language { from: "von", sent: &["gesendet", "datum"], to: &["an"], cc: &["cc", "kopie"], subject: "betreff" },
    Language {
        from: "de",
        sent: &["envoyé", "envoyé le", "date"],
        to: &["à", "a"],
        cc: &["cc", "copie à"],
        subject: "objet",
    },
    Language { from: "van", sent: &["verzonden", "datum"], to: &["aan"], cc: &["cc"], subject: "onderwerp" },
    Language { from: "de", sent: &["enviado", "enviado el", "fecha"], to: &["para"], cc: &["cc"], subject: "asunto" },
    Language { from: "da", sent: &["inviato", "data"], to: &["a"], cc: &["cc"], subject: "oggetto" },
    Language {
        from: "de",
        sent: &["enviado", "enviada", "enviado em", "enviada em", "data"],
        to: &["para"],
        cc: &["cc"],
        subject: "assunto",
    },
];

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

/// The mail in the form of RFC 5322, where `text` is one that was saved.
pub fn as_mail(text: &str) -> Option<String> {
    let head = head(text)?;
    let mut out = format!("From: {}\nTo: {}\n", addresses(&head.from), addresses(&head.to));
    if !head.cc.is_empty() {
        out.push_str(&format!("Cc: {}\n", addresses(&head.cc)));
    }
    if let Some(at) = moment(&head.sent) {
        out.push_str(&format!("Date: {}\n", at.strftime("%a, %d %b %Y %H:%M:%S +0000")));
    }
    let subject = head.subject.unwrap_or_default();
    out.push_str(&format!("Subject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{}", &text[head.end..]));
    Some(out)
}

/// The head at the beginning of `text`: a sender, and two of its moment, its recipients and its subject, in one language.
fn head(text: &str) -> Option<Head> {
    LANGUAGES.iter().find_map(|language| {
        let mut out = Head::default();
        let mut at = 0;
        let mut last = "";
        for (n, line) in text.split_inclusive('\n').enumerate() {
            let known = field(line).filter(|(name, _)| language.field(name).is_some());
            // Its fields stand without a line between them; nothing but blank lines stands above.
            if n > 24 || (line.trim().is_empty() && out.end > 0) {
                break;
            }
            match known {
                Some((name, value)) => {
                    last = language.field(&name).unwrap_or_default();
                    *out.value(last) = value.to_owned();
                }
                None if line.trim().is_empty() => {
                    at += line.len();
                    continue;
                }
                None if last.is_empty() => return None,
                // Further fields, "Wichtigkeit: Hoch", say nothing that is used.
                None if line.trim_end().ends_with([',', ';']) || line.contains('@') => {
                    let value = out.value(last);
                    value.push(' ');
                    value.push_str(line.trim());
                }
                None if field(line).is_none() => break,
                None => {}
            }
            at += line.len();
            out.end = at;
        }
        let others = [!out.sent.is_empty(), !out.to.is_empty(), out.subject.is_some()];
        // What has "From", "To" and "Subject" alone is a mail already.
        let enough = others.iter().filter(|o| **o).count() >= 2 && (language.from != "from" || others[0]);
        (!out.from.is_empty() && enough).then_some(out)
    })
}

impl Language {
    /// The name in English of the field that `name` is, if it is one.
    fn field(&self, name: &str) -> Option<&'static str> {
        match name {
            _ if name == self.from => Some("from"),
            _ if name == self.subject => Some("subject"),
            _ if self.sent.contains(&name) => Some("sent"),
            _ if self.to.contains(&name) => Some("to"),
            _ if self.cc.contains(&name) => Some("cc"),
            _ => None,
        }
    }
}

impl Head {
    fn value(&mut self, field: &str) -> &mut String {
        match field {
            "from" => &mut self.from,
            "sent" => &mut self.sent,
            "to" => &mut self.to,
            "cc" => &mut self.cc,
            _ => self.subject.get_or_insert_default(),
        }
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
fn moment(sent: &str) -> Option<crate::conversation::Timestamp> {
    const LITTLE: &[&str] = &["de", "del", "um", "à", "a", "las", "om", "alle", "ore", "às", "uhr", "den", "le"];
    let words = sent.split([' ', ',', '\u{a0}', '\t']).filter(|word| !word.is_empty());
    let plain: Vec<&str> = words.filter(|word| !LITTLE.contains(&word.to_lowercase().as_str())).collect();
    // The name of the week day stands before a date in numbers.
    let from = plain.iter().position(|w| w.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(0);
    let numbers = plain[from..].join(" ");
    when::in_text(&plain.join(" ")).or_else(|| when::in_ordered_text(&numbers, Some(true)))
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
        ] {
            let mail = as_mail(text).unwrap_or_default();
            assert!(mail.starts_with(expected), "{mail}");
        }
        for text in [
            "From: Ann <ann@acme.example>\nTo: Bob\nSubject: Plan\n\nYes.",
            "Von: hier an\ngeht es los.",
            "Da: Ciao.\nMo: Ciao.\nA: Ciao.",
            "Ann: hello\nVon: x\nAn: y\nBetreff: z",
        ] {
            assert!(!is_saved(text), "{text}");
        }
    }
}
