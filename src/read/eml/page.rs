//! A page of HTML as the text of the mail that a mail program saved as one.

use crate::read::{
    Input,
    email::{head::field, head_fields::is_field},
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

/// Takes out the blank lines between the fields of the head at the top: Outlook writes a paragraph for each. A field of a name
/// that stands above already is of another head, which the mail forwards.
fn join_head(lines: &mut Vec<String>) {
    let name = |line: &str| field(line).map(|(name, _)| name).filter(|name| is_field(name, None));
    let mut names: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let blank = line.trim().is_empty();
        let Some(name) = name(if blank { lines.get(at + 1).map_or("", |next| next) } else { line }) else { return };
        if names.contains(&name) {
            return;
        }
        if blank {
            lines.remove(at);
        }
        names.push(name);
        at += 1;
    }
}
