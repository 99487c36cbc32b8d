//! The lines of a mail by whose they are: its sender's own, a signature by its markup, and those of the mail that it forwards,
//! answers or quotes. What of the own lines are words is [`super::body`]'s.

use std::ops::Range;

use crate::read::email::{
    self, author,
    divider::Divider,
    footer::{blank, has_words},
    passed_on::{DEEPEST_FORWARD, Forwarded, head_at, passed_on, trimmed},
};

/// A line of a mail, with or without markup.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its words.
    pub text: &'a str,
    /// Whether it is set apart as somebody else's earlier words.
    pub quoted: bool,
    /// Whether the markup calls it a signature.
    pub signature: bool,
}

/// A mail taken apart.
#[derive(Default)]
pub struct Parts<'a> {
    /// The sender's own lines, signature and all.
    pub own: Vec<&'a str>,
    /// What the markup calls the sender's signature.
    pub signed: Vec<&'a str>,
    /// The mail that is passed on.
    pub forwarded: Option<Forwarded>,
    /// A quoted mail under a head of its own, and the line at which it begins.
    answered: Option<(usize, Forwarded)>,
    /// The lines that first announce a quote, and whether marks set it apart.
    announced: Option<(Range<usize>, bool)>,
    /// Whether a picture stands among the sender's own lines.
    pub pictured: bool,
    /// How many of the sender's own lines stand above the first that are quoted, where any are.
    pub quoted_below: Option<usize>,
    /// Which of the own lines stand in plain text between two quoted ones without a blank line below them: an answer, or words of
    /// the quoted mail that lost their mark.
    pub unsure: Vec<Range<usize>>,
}

/// Takes the `lines` of a mail apart, whose texts are `texts`. `forwards`: the subject says that it forwards another.
pub fn apart<'a>(lines: &[Line<'a>], texts: &[&'a str], forwards: bool) -> Parts<'a> {
    let below = |from: usize| Some(passed_on(&texts[from..], DEEPEST_FORWARD));
    // The mail from `start` on, below a line at `at` that begins it: what is answered, and what is forwarded.
    let passed = |at: usize, start: usize| {
        let mail = below(start);
        if forwards { (None, mail) } else { (mail.map(|mail| (at, mail)), None) }
    };
    let mut out = Parts::default();
    let mut quoted_above = false;
    // Where the paragraph of own lines begins that stands directly above.
    let mut paragraph = 0;
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        let mark = email::program::mark_at(&texts[at..]);
        if mark.is_some() || email::footer::is_reference(line.text) {
            out.pictured |= mark.is_some_and(|(mark, _)| mark == email::program::Mark::Picture) && !line.quoted;
            at += mark.map_or(1, |(_, lines)| lines);
            paragraph = out.own.len();
            continue;
        }
        match email::divider::divider(line.text) {
            // A forward inside a quoted reply was forwarded by somebody else.
            Some(Divider::Forwarded) if !(line.quoted && quoted_above) => {
                out.forwarded = match email::divider::behind_divider(line.text) {
                    Some(first) => Some(passed_on(&[&[first], &texts[at + 1..]].concat(), DEEPEST_FORWARD)),
                    None => below(at + 1),
                };
                return out;
            }
            Some(Divider::Answered) => {
                out.quoted_below.get_or_insert(out.own.len());
                (out.answered, out.forwarded) = passed(at, at + 1);
                return out;
            }
            _ => {}
        }
        if !(line.quoted && quoted_above)
            && let Some(start) = head_at(&texts[at..])
        {
            out.quoted_below.get_or_insert(out.own.len());
            (out.answered, out.forwarded) = passed(at, at + start);
            return out;
        }
        if let Some(length) = email::quote::announcement(&texts[at..]) {
            let next = lines[at + length..].iter().find(|l| !blank(l.text));
            let marked = next.is_some_and(|n| n.quoted) || line.quoted;
            if !marked && length == 1 && !email::quote::is_sure(line.text) {
                out.own.push(line.text);
                at += 1;
                continue;
            }
            // What nothing sets apart, and nothing shows to be a program's work, may be a sentence of the sender's own.
            let apart = || texts.get(at + length).is_some_and(|l| blank(l));
            if marked || (apart() && email::quote::is_of_program(&texts[at..at + length].join(" "))) {
                out.announced.get_or_insert((at..at + length, marked));
            }
            if marked {
                quoted_above = true;
                at += length;
                paragraph = out.own.len();
                continue;
            }
            // Announced and nothing set apart: everything below is quoted.
            out.quoted_below.get_or_insert(out.own.len());
            return out;
        }
        if line.quoted {
            let inner = line.text.trim_start().strip_prefix('>');
            if quoted_above && paragraph < out.own.len() && inner.is_some_and(|inner| !blank(inner)) {
                out.unsure.push(paragraph..out.own.len());
            }
            quoted_above = true;
            paragraph = out.own.len();
            out.quoted_below.get_or_insert(out.own.len());
        } else if line.signature {
            out.signed.push(line.text);
        } else {
            out.own.push(line.text);
            if blank(line.text) {
                paragraph = out.own.len();
            }
        }
        at += 1;
    }
    out
}

/// What is said in a mail of whose own lines none has words: the lines that are its sender's all the same, a thumb in the air among
/// them, and the mail that it quotes. What is set apart stays the sender's where nothing tells whose it is; below a line that
/// announces a quote, or the head of a mail, it is its writer's; nobody's where that line is all that sets it apart.
pub fn quoted_alone(lines: &[Line], parts: Parts) -> (Vec<String>, Option<Forwarded>) {
    let texts: Vec<&str> = lines.iter().map(|l| l.text).collect();
    let bare = |text: &&str| text.trim_start_matches(['>', ' ']).to_owned();
    // "👍" and "???" are answers without a letter; a rule is none.
    let marks = |c: char| !c.is_ascii() || matches!(c, '?' | '!' | '+' | ')');
    let is_sign = |line: &str| line.chars().any(marks) && !blank(line) && !has_words(&[line]);
    let signs: Vec<String> = parts.own.iter().filter(|line| is_sign(line)).map(|line| (*line).to_owned()).collect();
    let above = |end: usize| -> Vec<String> {
        let set_apart = (0..end).filter(|at| lines[*at].quoted).map(|at| bare(&texts[at]));
        signs.iter().cloned().chain(set_apart).collect()
    };
    let depth = |text: &str| text.chars().take_while(|c| matches!(c, '>' | ' ')).filter(|c| *c == '>').count();
    let below = |start: usize| passed_on(&texts[start..], DEEPEST_FORWARD);
    // A head within what is set apart, below words of whoever passed that mail on.
    let within = || {
        let at = (0..lines.len()).find(|at| lines[*at].quoted && head_at(&texts[*at..]).is_some())?;
        Some((at, below(at + head_at(&texts[at..])?)))
    };
    let named = |(_, mail): &(usize, Forwarded)| !mail.from.is_empty();
    let mut said_below: Vec<String> = Vec::new();
    let quoted = match parts.announced {
        Some((announced, true)) => {
            // What is less deep than the quote itself answers it, within the marks of a mail that is quoted as a whole.
            let deep = texts[announced.end..].iter().find(|text| !bare(text).is_empty()).map_or(0, |text| depth(text));
            let signed = |at: &usize| !lines[*at].quoted && is_sign(texts[*at]);
            let answers = |text: &&&str| (1..deep).contains(&depth(text)) && !bare(text).is_empty();
            said_below = texts[announced.end..].iter().filter(answers).map(bare).collect();
            let below = (announced.end..texts.len()).filter(|at| !answers(&&texts[*at]) && !signed(at));
            let quoted: Vec<&str> = below.map(|at| texts[at]).collect();
            let mut mail = passed_on(&quoted, DEEPEST_FORWARD);
            if mail.from.is_empty() {
                mail.from = author::of(&texts[announced.clone()]);
            }
            Some((announced.start, mail))
        }
        // An answer may stand below what no mark sets apart: nobody knows where.
        Some((announced, false)) => {
            Some((announced.start, Forwarded { lines: trimmed(&texts[announced.end..]), ..Forwarded::default() }))
        }
        None => parts.answered.filter(named).or_else(within).filter(named),
    };
    match quoted.filter(|(_, mail)| mail.has_words()) {
        Some((at, mail)) => ([above(at), said_below].concat(), Some(mail)),
        None => (texts.iter().map(bare).collect(), None),
    }
}
