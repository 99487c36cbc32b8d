//! A page of HTML as the text of the mail that a mail program saved as one.

use crate::read::{
    Input,
    email::{
        head::field,
        head_fields::{Role, is_field},
    },
    eml::saved::moment,
    html,
};

/// The lines of a page of HTML from its first words on, the fields of a head at its top without lines between them; what its
/// markup sets apart as a quote is marked as one. None where `input` is no page.
pub fn text(input: &Input) -> Option<String> {
    let lines = input.head().trim_start().starts_with('<').then(|| html::lines(input.text()))?;
    let lines = lines.into_iter().skip_while(|line| line.text.trim().is_empty());
    let mut lines: Vec<String> =
        lines.map(|line| if line.quoted { format!("> {}", line.text) } else { line.text }).collect();
    join_head(&mut lines);
    lines.push(String::new());
    Some(lines.join("\n"))
}

/// Takes out the blank lines between the fields of the head at the top: Outlook writes a paragraph for each. A field of
/// a role that stands above already is of another head, which the mail forwards, or is words. So is what looks like a
/// field where the fields above stand without blank lines between them, or below the subject, which is the last but for
/// what a program says of the mail.
fn join_head(lines: &mut Vec<String>) {
    let mut roles: Vec<Role> = Vec::new();
    // Whether a blank line stands between the fields so far.
    let mut apart = true;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let blank = line.trim().is_empty();
        let line = if blank { lines.get(at + 1).map_or("", |next| next) } else { line };
        let Some((name, value)) = field(line) else { return };
        let Some(role) = role(&name) else { return };
        // Some programs write the subject above the date and the recipients.
        let fits = match role {
            Role::Other => is_of_program(value),
            Role::Sent => moment(value).is_some(),
            _ => value.contains('@'),
        };
        let ended = roles.contains(&Role::Subject) && !fits;
        // Of the other roles there are several fields.
        if (role != Role::Other && roles.contains(&role)) || (blank && (!apart || ended)) {
            return;
        }
        if blank {
            lines.remove(at);
        }
        apart &= blank || at == 0;
        roles.push(role);
        at += 1;
    }
}

/// The role of the field of this name; "Date" is one of when a mail was sent.
fn role(name: &str) -> Option<Role> {
    let roles = [Role::From, Role::Sent, Role::To, Role::Cc, Role::Subject, Role::Other];
    roles.into_iter().find(|role| is_field(name, Some(*role)))
}

/// Whether the value of a field below the subject is one that a program writes: how important the mail is, or the names
/// of its files.
fn is_of_program(value: &str) -> bool {
    const LEVELS: &[&str] = &["high", "low", "normal", "hoch", "niedrig", "haute", "alta", "hoog"];
    let is_file = |file: &str| {
        let ending = file.trim().rsplit_once('.').map_or("", |(_, ending)| ending);
        (2..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    LEVELS.contains(&value.trim().to_lowercase().as_str()) || value.trim_end_matches(';').split(';').all(is_file)
}
