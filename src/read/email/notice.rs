//! Notices below mails: confidentiality, the company's register entries, the wish that nobody print, how to leave a list;
//! known by what they speak of, because every company words its own.

use crate::read::email::{
    banner::is_class,
    contact::is_contact,
    divider::rule,
    footer::{blank, has_words},
    notice_words::{HEADINGS, MAYBE_DISCLAIMERS, Spoken},
};

/// Whether a line is the heading of a notice and nothing else.
pub fn is_heading(line: &str) -> bool {
    let lower = line.to_lowercase();
    lower.split_whitespace().count() <= 3 && !lower.ends_with(['?', '.']) && HEADINGS.iter().any(|w| lower.contains(w))
}

/// How many lines from the end notices are looked for.
const FOOTER: usize = 80;

/// The longest paragraph that may be a notice, in bytes.
const LONGEST: usize = 4096;

/// Where the notices at the end of `lines` begin. Read from the end, paragraph by paragraph, up to the first that is the
/// sender's own: a sentence below a notice says that it was none.
pub fn start(lines: &[&str]) -> Option<usize> {
    let floor = lines.len().saturating_sub(FOOTER);
    let divides = |line: &str| blank(line) || rule(line);
    let mut out = None;
    let mut end = lines.len();
    while let Some(last) = (floor..end).rev().find(|at| !divides(lines[*at])) {
        let first = (floor..=last).rev().take_while(|at| !divides(lines[*at])).last().unwrap_or(last);
        let paragraph = &lines[first..=last];
        if says_nothing(&lines[..first]) || paragraph.iter().map(|l| l.len()).sum::<usize>() > LONGEST {
            break;
        }
        let mut text = String::with_capacity(paragraph.iter().map(|l| l.len() + 1).sum());
        for line in paragraph {
            text.push_str(line.trim());
            text.push(' ');
        }
        let text = text.trim_end();
        let lower = text.to_lowercase();
        let spoken = Spoken::of(&lower);
        if is_notice(text, &lower, &spoken) || (paragraph.len() == 1 && is_class(text, false)) {
            out = Some(first);
        } else if !is_footer(&lower, paragraph[0], &spoken) {
            break;
        }
        end = first;
    }
    out
}

/// Whether nothing but a greeting stands in `above`: then what stands below it is the mail, whatever it speaks of.
fn says_nothing(above: &[&str]) -> bool {
    let mut filled = above.iter().filter(|l| has_words(&[l]));
    let Some(first) = filled.next() else { return true };
    let greets = || first.trim_end().ends_with(',') && first.split_whitespace().nth(4).is_none();
    filled.next().is_none() && greets()
}

/// Whether a paragraph is a notice by what it speaks of; `lower`: the same in lower case.
fn is_notice(text: &str, lower: &str, spoken: &Spoken) -> bool {
    let at_most = |words: usize| lower.split_whitespace().nth(words).is_none();
    // Nobody writes "I" in a notice.
    let personal = || [" I ", " my ", " I'm ", " I've ", " ich ", " mein "].iter().any(|i| text.contains(i));
    let begun = || {
        let begun = lower.trim_start_matches(['*', '_', '-', ' ', '"', '[', '(', '#']);
        MAYBE_DISCLAIMERS.iter().any(|d| begun.starts_with(d))
    };
    let [secret, recipient, _, wrong, _] = spoken.notice;
    let enough = || spoken.notices() >= 3 || (spoken.notices() == 2 && begun());
    if (secret || recipient || wrong) && enough() && !personal() {
        return true;
    }
    if spoken.register >= 2 && lower.bytes().filter(u8::is_ascii_digit).count() >= 4 {
        return true;
    }
    if spoken.print == [true; 2] && at_most(30) && !lower.ends_with('?') {
        return true;
    }
    if !spoken.unsubscribe || !at_most(40) {
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
        || (!lower.ends_with(['.', '?', '!']) && lower.split_whitespace().nth(12).is_none())
        || is_contact(first)
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
            (
                "Ja.\n\nDiese Information ist für den Adressaten bestimmt und kann vertraulich sein; sonst vernichten Sie sie.",
                Some(2),
            ),
            ("Ja.\n\nBitte vernichten Sie die vertraulichen Unterlagen.", None),
            ("Yes.\n\nUnsubscribe | Privacy", Some(2)),
            ("Yes.\n\nSensitivity: Internal", Some(2)),
            ("Yes.\n\nPlease delete the confidential file from my last message to the recipient.", None),
            ("Yes.\n\nOur NDA covers confidential messages to the addressee.\n\nWe sign next week.", None),
            (
                "Hi Ann,\n\nplease treat these numbers as confidential, they are intended for you; delete what you received before.",
                None,
            ),
            ("Este correo es para confirmar.", None),
            ("Yes.\n\nEste correo es para confirmar.", None),
            ("Yes.\n\nHow do we unsubscribe from https://acme.example?", None),
        ] {
            assert_eq!(start(&text.lines().collect::<Vec<_>>()), at, "{text}");
        }
    }
}
