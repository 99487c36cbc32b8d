//! Answers within the mail that is answered, where something tells them from its words: the colour that the new words name, or
//! the writer's initials in brackets before each.

use crate::read::{
    email::{
        self,
        body::above_answered,
        footer::{blank, has_words},
    },
    html::HtmlLine,
};

/// The longest label that stands before answers, in bytes.
const LONGEST_LABEL: usize = 24;

/// How wide a line is, in bytes, that a mail program broke.
const WRAPPED: usize = 60;

/// The answers among `lines`, which end where their colour changes: what has the colour that the words above name. None where
/// no colour is named, and none where all of the mail below has it.
pub fn coloured(lines: &[HtmlLine]) -> Vec<String> {
    let texts: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
    let Some(at) = above_answered(&texts, |n| lines[n].quoted) else { return vec![] };
    let Some(hue) = email::answers::named_hue(&texts[..at]) else { return vec![] };
    let answers = |line: &HtmlLine| line.hue == Some(hue) && has_words(&[&line.text]);
    let words =
        |answering: bool| lines[at..].iter().filter(|l| has_words(&[&l.text]) && answers(l) == answering).count();
    // Four others are the head of the mail alone.
    if words(true) == 0 || words(false) <= 4 {
        return vec![];
    }
    let mut out: Vec<String> = Vec::new();
    let mut within = false;
    for line in &lines[at..] {
        if answers(line) {
            out.extend((!within && !out.is_empty()).then(String::new));
            out.push(line.text.clone());
        }
        within = answers(line) || (within && line.text.is_empty());
    }
    out
}

/// The answers among the lines of a plain mail: those that begin with one and the same label in brackets, "[TN] Forty."
pub fn marked(lines: &[&str]) -> Vec<String> {
    let Some(at) = above_answered(lines, |n| lines[n].trim_start().starts_with('>')) else { return vec![] };
    let labels: Vec<Option<(&str, &str)>> = lines[at..].iter().map(|l| label(l)).collect();
    let mut known = labels.iter().flatten().map(|(label, _)| *label);
    let first = known.next();
    if known.any(|other| Some(other) != first) {
        return vec![];
    }
    let mut out: Vec<String> = Vec::new();
    for (place, found) in labels.iter().enumerate() {
        let Some((_, words)) = found else { continue };
        out.extend((!out.is_empty()).then(String::new));
        out.push((*words).to_owned());
        // What the width of the mail broke goes on below.
        let mut above = lines[at + place];
        for below in lines[at + place + 1..].iter().take_while(|l| !blank(l) && label(l).is_none()) {
            if above.len() < WRAPPED {
                break;
            }
            out.push(below.trim().to_owned());
            above = below;
        }
    }
    out
}

/// The label in brackets at the head of a line, and the words behind it: "[TN] Forty.", "> [Tom Nguyen] Forty."
fn label(line: &str) -> Option<(&str, &str)> {
    let (label, words) = line.trim_start_matches(['>', ' ', '\t']).strip_prefix('[')?.split_once(']')?;
    let words = words.trim_start_matches([':', ' ', '-', '\u{a0}']).trim_end();
    let named = label.len() <= LONGEST_LABEL
        && label.starts_with(char::is_uppercase)
        && label.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-'))
        && !matches!(label.to_lowercase().as_str(), "external" | "extern" | "image" | "bild" | "ext" | "cid");
    (named && has_words(&[words])).then_some((label, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_with_one_label_are_told_apart() {
        const HEAD: &str = "See my answers below.\n\nFrom: Ann <ann@acme.example>\nSent: Monday\nSubject: x\n\n";
        for (below, found) in [
            ("1. Seats?\n[TN] Forty.\n2. Who?\n[TN] Our CFO.", &["Forty.", "", "Our CFO."][..]),
            ("Seats?\n[TN] Forty.\n[AL] And price?", &[]),
            ("Seats?\n[EXTERNAL] mail", &[]),
            ("[image: logo] Ann", &[]),
        ] {
            let text = format!("{HEAD}{below}");
            assert_eq!(marked(&text.lines().collect::<Vec<_>>()), found, "{below}");
        }
    }
}
