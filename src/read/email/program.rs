//! What mail programs and help desks write into a mail in place of words: that somebody reacted or would like to take a mail
//! back, where a picture stood, above which line to answer.

use crate::read::email::footer::{blank, has_words};

/// What such a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A picture: somebody sent something, though no words.
    Picture,
    /// A help desk's own mark.
    Desk,
}

/// What stands in brackets in place of a picture.
const PICTURES: &[&str] = &["cid:", "image:", "inline image", "bild:", "imagen:", "immagine:", "afbeelding:"];

/// How the names of pictures end.
const ENDINGS: &[&str] = &[".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".webp", ".tif", ".emz"];

/// What descriptions of pictures say that a program made; how sure it was may stand behind.
const DESCRIBED: &[&str] = &["automatically generated", "automatisch generiert", "générée automatiquement"];

/// The longest such line, in bytes.
const LONGEST: usize = 300;

/// Whether a line is a program's mark and nothing else: "[cid:image001.png@01DA]", "##- Please type your reply above this line -##".
pub fn mark(line: &str) -> Option<Mark> {
    let line = line.trim_start_matches(['>', ' ']).trim();
    // Nearly every line begins with a letter.
    if line.len() > LONGEST || !line.starts_with(['[', '<', '#', 't', '*', '-', '—']) {
        return None;
    }
    if line.starts_with(['[', '<']) {
        return is_pictures(line).then_some(Mark::Picture);
    }
    // "##- … -##" of Zendesk in all its languages, "thread::…::" of Salesforce.
    let framed = line.len() > 6 && line.starts_with("##-") && line.ends_with("-##");
    let thread = line.starts_with("thread::") && line.ends_with("::") && !line.contains(' ');
    let above = || {
        let lower = line.to_lowercase();
        !line.starts_with('t')
            && lower.contains("above this line")
            && ["reply", "type", "respond"].iter().any(|w| lower.contains(w))
    };
    (framed || thread || above()).then_some(Mark::Desk)
}

/// The mark at the beginning of `lines`, and how many of them it takes: Outlook puts a blank line into what it says of a picture.
pub fn mark_at(lines: &[&str]) -> Option<(Mark, usize)> {
    const MOST: usize = 5;
    let first = lines.first()?;
    if !first.trim_start().starts_with('[') || first.contains(']') {
        return mark(first).map(|found| (found, 1));
    }
    let end = lines.iter().take(MOST).position(|line| line.contains(']'))? + 1;
    mark(&lines[..end].join(" ")).map(|found| (found, end))
}

/// Whether a line consists of marks of pictures in brackets, each perhaps with the link that it has.
fn is_pictures(line: &str) -> bool {
    let mut rest = line;
    while let Some(inner) = rest.strip_prefix(['[', '<']) {
        let Some((inner, behind)) = inner.split_once([']', '>']) else { return false };
        let lower = inner.trim().to_lowercase();
        let link = rest.len() < line.len() && rest.starts_with("<http");
        let picture = link
            || PICTURES.iter().any(|p| lower.starts_with(p))
            || (!lower.contains("//") && ENDINGS.iter().any(|e| lower.ends_with(e)))
            || DESCRIBED.iter().any(|d| lower.contains(d));
        if !picture {
            return false;
        }
        rest = behind.trim_start();
    }
    rest.is_empty()
}

/// Stems of words for having reacted to a mail with a sign, and for what was reacted to or by what.
const REACTED: [&[&str]; 2] = [
    &["reacted", "reagiert", "réagi", "reaccion", "reagiu", "gereageerd", "reagito", "reagerade"],
    &["gmail", "message", "nachricht", "mensaje", "mensagem", "bericht", "messaggio", "meddelande"],
];

/// The words of the sentences by which programs take a mail back.
const RECALLS: &[[&str; 2]] = &[
    ["would like to recall", "the message"],
    ["möchte", "zurückrufen"],
    ["souhaite rappeler", "message"],
    ["desea recuperar", "mensaje"],
    ["desidera richiamare", "messaggio"],
    ["wil", "intrekken"],
    ["gostaria de cancelar", "mensagem"],
];

/// What is left of `lines` without the sentence of a program that alone stands there, "Ann Lee reacted to your message:"; none
/// where there is no such sentence, and where anything else is said.
pub fn beside_sentence<'a>(lines: &[&'a str]) -> Option<Vec<&'a str>> {
    let filled = || lines.iter().filter(|l| !blank(l));
    if filled().nth(3).is_some() {
        return None;
    }
    let at = lines.iter().position(|line| is_sentence(line))?;
    let mut out = lines.to_vec();
    out.remove(at);
    // The link of the program's name.
    if out.get(at).is_some_and(|below| below.trim().starts_with("<http") && below.trim().ends_with('>')) {
        out.remove(at);
    }
    (!has_words(&out)).then_some(out)
}

/// Whether a program wrote the line: that somebody reacted, or would like to take a mail back.
fn is_sentence(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    let has = |stems: &[&str]| stems.iter().any(|stem| lower.contains(stem));
    if lower.len() > LONGEST {
        return false;
    }
    let short = lower.split_whitespace().nth(16).is_none();
    let [reacted, to] = REACTED;
    (short && has(reacted) && has(to) && (lower.ends_with(':') || lower.contains("gmail")))
        || (lower.contains(['"', '“', '”', '„', '«'])
            && RECALLS.iter().any(|words| words.iter().all(|w| lower.contains(w))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_words() {
        for (line, expected) in [
            ("[cid:image001.png@01DA7456.1B2C3D40]", Some(Mark::Picture)),
            ("[image: image.png] [image: logo]", Some(Mark::Picture)),
            ("<image001.png>", Some(Mark::Picture)),
            ("[A picture containing text Description automatically generated]", Some(Mark::Picture)),
            ("##- Bitte antworten Sie oberhalb dieser Zeile -##", Some(Mark::Desk)),
            ("-- Please reply above this line --", Some(Mark::Desk)),
            ("thread::Zx9aBc1D2eFgHiJkLmNoPq::", Some(Mark::Desk)),
            ("[cid:image001.png@01DA] shows it", None),
            ("<https://acme.example/plan.png>", None),
            ("[TN] Forty.", None),
            ("thread:: we go", None),
            ("- we reply above this price, not below", None),
            ("[External]", None),
        ] {
            assert_eq!(mark(line), expected, "{line}");
        }
        let at = |text: &str| mark_at(&text.lines().collect::<Vec<_>>());
        let logo = "[A blue logo\n\nDescription automatically generated with medium confidence]\nAnn Lee";
        assert_eq!(at(logo), Some((Mark::Picture, 3)));
        assert_eq!(
            at("[A logo\n\nDescription automatically generated]<https://acme.example>\nAnn"),
            Some((Mark::Picture, 3))
        );
        assert_eq!(at("[We think\n\nof a picture]"), None);
        assert_eq!(at("[A blue logo\n\nDescription automatically generated"), None);
    }

    #[test]
    fn a_sentence_of_a_program_stands_alone() {
        for (text, left) in [
            ("Ann Lee reacted to your message:\n", Some("")),
            ("👍\n\nAnn Lee reacted via Gmail\n<https://www.google.com/gmail/about/>\n", Some("👍")),
            ("Ann Lee hat auf Ihre Nachricht reagiert:", Some("")),
            ("Ann Lee would like to recall the message, \"Renewal\".", Some("")),
            ("Our CFO reacted to your message:\nToo dear.", None),
            ("We reacted to your message at once.", None),
            ("I would like to recall the message of our last talk.", None),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(beside_sentence(&lines).map(|l| l.join("\n").trim().to_owned()).as_deref(), left, "{text}");
        }
    }
}
