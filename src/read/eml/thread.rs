//! A thread of mails in one text in order of time, as help desks and shared inboxes print it: each mail stands below a head of
//! its own, the older first. What a mail answers or forwards is older than it, so a head below that is later begins the next.

use crate::{
    conversation::Timestamp,
    read::{
        email::{
            self,
            divider::rule,
            footer::blank,
            head::field,
            head_fields::{Role, is_field},
        },
        eml::saved::moment,
    },
};

/// The most lines above the first head: what the thread is about, when it was printed.
const MOST_ABOVE: usize = 10;

/// The mails of a thread, each from its head on, with the line of the text, from 1, that it begins at; none where `text` is not
/// two mails at least, or where the words of one begin it.
pub fn mails(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut begins: Vec<usize> = Vec::new();
    let mut last: Option<Sent> = None;
    for at in 0..lines.len() {
        if at > 0 && !blank(lines[at - 1]) && !rule(lines[at - 1]) {
            continue;
        }
        let Some(sent) = sent(&lines[at..]) else { continue };
        let above = || {
            at <= MOST_ABOVE
                && lines[..at]
                    .iter()
                    .all(|l| blank(l) || rule(l) || field(l).is_some_and(|(_, value)| !value.is_empty()))
        };
        match last {
            None if !above() => return vec![],
            Some(last) if !sent.is_behind(last) => {}
            _ => {
                begins.push(at);
                last = Some(sent);
            }
        }
    }
    if begins.len() < 2 {
        return vec![];
    }
    let first_words = begins[0] + head_of(&lines[begins[0]..]);
    let subject = of_role(&lines[..first_words], Role::Subject);
    let ends = begins[1..].iter().copied().chain([lines.len()]);
    begins.iter().zip(ends).map(|(at, end)| (at + 1, mail(&lines[*at..end], subject))).collect()
}

/// The mail of `lines`, under the subject of its thread where it has none of its own.
fn mail(lines: &[&str], subject: Option<&str>) -> String {
    let (head, words) = lines.split_at(head_of(lines));
    let missing = subject.filter(|_| of_role(head, Role::Subject).is_none());
    let mut out = missing.map_or_else(String::new, |subject| format!("Subject: {subject}\n"));
    // A blank line would end the head.
    for line in head.iter().filter(|line| !blank(line)).chain(words) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// How many of `lines` the head takes that they begin with.
fn head_of(lines: &[&str]) -> usize {
    email::head::head(lines, false).map_or(0, |head| head.lines)
}

/// The moment of a head, and whether its zone is named; a clock without one may be any place's.
#[derive(Clone, Copy)]
struct Sent {
    at: Timestamp,
    zoned: bool,
}

impl Sent {
    /// Whether it is surely later than `other`.
    fn is_behind(self, other: Sent) -> bool {
        const WIDEST_ZONE_MS: i64 = 14 * 3_600_000;
        let unsure = if self.zoned == other.zoned { 0 } else { WIDEST_ZONE_MS };
        self.at.as_millisecond() > other.at.as_millisecond() + unsure
    }
}

/// When the mail was sent whose head begins `lines`; none where that names no sender's address or is set apart as quoted.
fn sent(lines: &[&str]) -> Option<Sent> {
    if lines[0].starts_with(['>', ' ', '\t']) {
        return None;
    }
    let head = email::head::head(lines, false).filter(|head| head.from.contains('@'))?;
    let fields = lines[..head.lines].iter().filter_map(|line| field(line));
    let mut dates = fields.filter(|(name, _)| name == "date" || is_field(name, Some(Role::Sent)));
    dates.find_map(|(_, value)| {
        let last = value.split_whitespace().next_back()?;
        let zoned = last.starts_with(['+', '-']) || last.ends_with('Z') || matches!(last, "GMT" | "UTC");
        moment(value).map(|at| Sent { at, zoned })
    })
}

/// The value of the first field of this role.
fn of_role<'a>(lines: &[&'a str], role: Role) -> Option<&'a str> {
    lines.iter().filter_map(|line| field(line)).find(|(name, _)| is_field(name, Some(role))).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_head_begins_the_next_mail_and_an_earlier_one_is_answered() {
        let head =
            |day: u8| format!("From: a@acme.example\nTo: b@acme.example\nDate: 2026-02-{day} 10:00\n\nWords.\n\n");
        let lines = |days: &[u8]| {
            let text: String = days.iter().map(|day| head(*day)).collect();
            mails(&text).into_iter().map(|(line, _)| line).collect::<Vec<_>>()
        };
        assert_eq!(lines(&[12, 13, 14]), [1, 7, 13]);
        assert_eq!(lines(&[12, 13, 12, 14]), [1, 7, 19], "the second has what it answers below it");
        assert_eq!(lines(&[14, 13, 12]), [0; 0]);
        let told = format!("Subject: Offer\nExported: 2026-02-20\n\n{}{}", head(12), head(13));
        for (_, mail) in mails(&told) {
            let (head, _) = mail.split_once("\n\n").unwrap();
            assert!(head.contains("Subject: Offer\n") && head.contains("From: a@acme.example\n"), "{mail}");
        }
        let answered = "From: a@acme.example\nTo: b@acme.example\nDate: Fri, 13 Feb 2026 09:10:00 +0100\nSubject: x\n\nYes.\n\n\
                        From: b@acme.example\nSent: Friday, February 13, 2026 9:05 AM\nTo: a@acme.example\nSubject: x\n\nOffer.\n";
        assert_eq!(mails(answered), [], "five minutes before, by a clock without its zone");
        assert_eq!(mails(&format!("We wrote this:\n\n{}{}", head(12), head(13))), []);
    }
}
