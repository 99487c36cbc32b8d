//! A thread as Gmail prints it ("Print all"), saved as a page or copied as text: above each mail stands a line with its sender and
//! its moment, and below that whom it went to. Each is put into the form of a mail that was saved as text.

use crate::read::{
    email::{
        footer::blank,
        head::field,
        head_fields::{Role, is_field},
    },
    eml::saved::moment,
};

/// The most lines above the first mail, blank ones among them: whose mailbox it is, the subject, how many mails follow.
const MOST_ABOVE: usize = 8;

/// What Gmail prints in place of what a mail quotes.
const HIDDEN: &[&str] = &[
    "[Quoted text hidden]",
    "[Zitierter Text ausgeblendet]",
    "[Texte des messages précédents masqué]",
    "[El texto citado está oculto]",
    "[Testo tra virgolette nascosto]",
    "[Tekst uit oorspronkelijke bericht is verborgen]",
    "[Texto das mensagens anteriores oculto]",
];

/// Whether `text`, or the beginning of one, is such a thread: whatever else stands above such a head is a mail that
/// quotes or passes on a thread, and its own words.
pub fn is_printed(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().take(MOST_ABOVE + 2).collect();
    let first = (0..lines.len()).find(|at| head(&lines[*at..]).is_some());
    first.is_some_and(|first| heads_thread(&lines[..first]))
}

/// Whether nothing stands `above` the first mail but what Gmail prints there: whose mailbox it is, the subject, how
/// many mails follow.
fn heads_thread(above: &[&str]) -> bool {
    let told: Vec<&str> = above.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    let [mailbox @ .., subject, count] = &told[..] else { return false };
    let is_account =
        |line: &&str| *line == "Gmail" || (line.contains('<') && line.ends_with('>') && line.contains('@'));
    let is_head = |line: &&str| field(line).is_some_and(|(name, _)| is_field(&name, None));
    // Its logo is a line of its own where it is text at all.
    let one_mailbox = mailbox.len() <= 2 && mailbox.iter().any(|line| line.contains('@'));
    one_mailbox && mailbox.iter().all(is_account) && !told.iter().any(is_head) && !subject.is_empty() && is_count(count)
}

/// How many mails follow: "3 messages".
fn is_count(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let counted = words.next().is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    counted && words.next().is_some() && words.next().is_none()
}

/// The mails of a thread that was printed, each with the line of the text, from 1, that it begins at; none where `text` is no such
/// thread.
pub fn mails(text: &str) -> Vec<(usize, String)> {
    if !is_printed(text) {
        return vec![];
    }
    let lines: Vec<&str> = text.lines().collect();
    let begins: Vec<usize> = (0..lines.len()).filter(|at| head(&lines[*at..]).is_some()).collect();
    let subject = begins.first().map_or("", |first| subject(&lines[..*first]));
    let ends = begins.iter().skip(1).copied().chain([lines.len()]);
    let mails = begins.iter().zip(ends);
    mails.filter_map(|(at, end)| Some((at + 1, mail(&lines[*at..end], subject)?))).collect()
}

/// The line above a mail.
struct Head<'a> {
    from: &'a str,
    sent: &'a str,
}

/// The head that `lines` begin with: "Ann Lee <ann@acme.example> Mon, Mar 2, 2026 at 3:01 PM", and below it a recipient.
fn head<'a>(lines: &[&'a str]) -> Option<Head<'a>> {
    let line = lines.first()?;
    let (name, behind) = line.split_once('<')?;
    let (address, sent) = behind.split_once('>')?;
    let is_sender = address.contains('@') && !address.contains(' ') && !name.trim_start().starts_with('>');
    let (to, _) = is_sender.then(|| field(lines.get(1)?)).flatten()?;
    let sent = sent.trim();
    let clock = || sent.contains(':') && moment(sent).is_some();
    let from = line.strip_suffix(sent)?.trim();
    ([Role::To, Role::Cc].iter().any(|role| is_field(&to, Some(*role))) && clock()).then_some(Head { from, sent })
}

/// What stands as the subject above the first mail, between whose mailbox it is and how many mails follow.
fn subject<'a>(above: &[&'a str]) -> &'a str {
    let told = above.iter().rev().map(|line| line.trim()).filter(|line| !line.is_empty() && !line.contains('@'));
    let told: Vec<&str> = told.collect();
    let behind_count = told.iter().skip(usize::from(told.len() > 1 && is_count(told[0])));
    behind_count.copied().next().unwrap_or("")
}

/// The mail of `lines` in the form of one that was saved.
fn mail(lines: &[&str], subject: &str) -> Option<String> {
    let Head { from, sent } = head(lines)?;
    let mut out = format!("From: {from}\nSent: {sent}\n");
    let mut at = 1;
    while let Some((name, value)) = lines.get(at).and_then(|line| field(line)).filter(|(name, _)| is_field(name, None))
    {
        let named = [(Role::To, "To"), (Role::Cc, "Cc")].into_iter().find(|(role, _)| is_field(&name, Some(*role)));
        if let Some((_, named)) = named {
            out.push_str(&format!("{named}: {value}\n"));
        }
        at += 1;
    }
    out.push_str(&format!("Subject: {subject}\n\n"));
    let is_hidden = |line: &str| HIDDEN.contains(&line.trim_start_matches(['>', ' ']).trim_end());
    let words: Vec<&str> = lines[at..].iter().copied().filter(|line| !is_hidden(line)).collect();
    out.push_str(&without_files(&words).join("\n"));
    out.push('\n');
    Some(out)
}

/// The lines of a mail without the names of its files at its end, each above its size: "quote.pdf", "120K".
fn without_files<'a, 'b>(mut lines: &'b [&'a str]) -> &'b [&'a str] {
    let is_size = |line: &str| {
        line.trim().strip_suffix('K').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    loop {
        match lines {
            [above @ .., last] if blank(last) => lines = above,
            [above @ .., name, size] if is_size(size) && name.contains('.') => lines = above,
            _ => return lines,
        }
    }
}
