//! The new words of a mail: without quoted replies, signatures and disclaimers; and what it forwards, apart.
//!
//! The rule above all rules is that no words are lost: whatever is cut is counted, and where a cut would leave nothing,
//! the cut is taken back. Two things are read: what the markup of an HTML mail sets apart, and what lines look like.

use crate::read::{
    email::{
        self,
        apart::{Line, apart, quoted_alone},
        footer::{blank, has_words},
        passed_on::{Forwarded, head_at, trimmed},
    },
    html::{self, HtmlLine},
};

/// The new words of a mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The new words, line by line.
    pub lines: Vec<String>,
    /// What the mail forwards, if it does.
    pub forwarded: Option<Forwarded>,
    /// Share of the letters and digits that were cut, 0-100 percent.
    pub cut_percent: u8,
    /// Whether a cut was taken back because it left nothing.
    pub whole: bool,
    /// Whether a program wrote the mail around the words: a calendar, a meeting service, a mail program that tells of a reaction.
    pub program: bool,
    /// Whether the words say that answers stand within the mail that is answered, and none was told apart there.
    pub answers_in_quote: bool,
}

impl Body {
    /// Whether nobody wrote any of it.
    pub fn automatic(&self) -> bool {
        self.program && self.whole
    }
}

/// The new words of a plain body. `forwards`: the subject says that the mail forwards another (FW:).
pub fn of_text(text: &str, forwards: bool) -> Body {
    let parts = |l| match email::quote::with_words_behind(l) {
        Some((announced, words)) => [Some(announced), Some(words)],
        None => [Some(l), None],
    };
    let lines: Vec<Line> = text
        .lines()
        .flat_map(|l| parts(l).into_iter().flatten())
        .map(|l: &str| {
            let trimmed = l.trim_start();
            // ">>> Please read <<<" is an ornament, ">= 20" a comparison.
            let quoted = trimmed.starts_with('>')
                && !trimmed.starts_with(">From ")
                && !trimmed.starts_with(">=")
                && !trimmed.trim_end().ends_with("<<")
                && !email::quote::is_framed(trimmed)
                || trimmed.starts_with("&gt;");
            // The blank behind the dashes is what makes them a signature's (RFC 3676).
            Line { text: if l == "-- " { l } else { l.trim_end() }, quoted, signature: false }
        })
        .collect();
    let lines = compared(lines);
    let mut body = new_words(&lines, forwards);
    if body.answers_in_quote {
        let texts: Vec<&str> = lines.iter().map(|l| l.text).collect();
        add_answers(&mut body, email::within::marked(&texts), texts.iter().copied());
    }
    body
}

/// The new words of an HTML body.
pub fn of_html(html: &str, forwards: bool) -> Body {
    let seen: Vec<HtmlLine> = html::lines(html);
    let lines: Vec<Line> = seen
        .iter()
        .map(|l| Line { text: &l.text, quoted: l.quoted || l.text.starts_with("> "), signature: l.signature })
        .collect();
    let mut body = new_words(&compared(lines), forwards);
    if body.answers_in_quote {
        let by_hue = html::lines_by_hue(html);
        add_answers(&mut body, email::within::coloured(&by_hue), by_hue.iter().map(|l| l.text.as_str()));
    }
    body
}

/// Puts behind the new words the answers that were told from the mail in which they stand. `all`: the lines of the mail.
fn add_answers<'a>(body: &mut Body, answers: Vec<String>, all: impl Iterator<Item = &'a str>) {
    if answers.is_empty() {
        return;
    }
    // A rule is nobody's words, and divides them from a signature above.
    body.lines.extend([String::new(), "----".to_owned(), String::new()]);
    body.lines.extend(answers);
    body.answers_in_quote = false;
    let (total, kept) = (sum(all), sum(body.lines.iter().map(String::as_str)));
    body.cut_percent = (total.saturating_sub(kept) * 100).checked_div(total).unwrap_or(0) as u8;
}

/// How many of `lines` stand above the mail that is answered: its head, the line that announces or divides it, or the first that
/// `quoted` says is set apart.
pub fn above_answered(lines: &[&str], quoted: impl Fn(usize) -> bool) -> Option<usize> {
    (0..lines.len()).find(|at| {
        quoted(*at)
            || email::divider::divider(lines[*at]).is_some()
            || head_at(&lines[*at..]).is_some()
            || (email::quote::announcement(&lines[*at..]).is_some() && email::quote::is_sure(lines[*at]))
    })
}

/// "> 50 % discount" is no quote but "more than": where nothing that lines set apart begins otherwise, they are the
/// sender's own.
fn compared(mut lines: Vec<Line>) -> Vec<Line> {
    let number = |l: &Line| {
        let inner = l.text.trim_start().trim_start_matches('>').trim_start();
        inner.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '€' | '$' | '£'))
    };
    if !lines.iter().any(|l| l.quoted) || !lines.iter().filter(|l| l.quoted).all(number) {
        return lines;
    }
    let announced = (0..lines.len()).any(|at| {
        lines[at].text.ends_with([':', '：', '>', '-'])
            && !lines[at].quoted
            && email::quote::announces(lines[at].text)
            && email::quote::is_sure(lines[at].text)
    });
    if !announced {
        lines.iter_mut().for_each(|l| l.quoted = false);
    }
    lines
}

/// The letters and digits of a text.
fn weight(text: &str) -> usize {
    if !text.is_ascii() {
        return text.chars().filter(|c| c.is_alphanumeric()).count();
    }
    // Sums of single bytes, in pieces over which they cannot overflow: many bytes are then counted by one instruction.
    let count = |piece: &[u8]| piece.iter().map(|b| u8::from(b.is_ascii_alphanumeric())).sum::<u8>();
    text.as_bytes().chunks(128).map(|piece| usize::from(count(piece))).sum()
}

fn sum<'a>(lines: impl IntoIterator<Item = &'a str>) -> usize {
    lines.into_iter().map(weight).sum()
}

fn new_words(lines: &[Line], forwards: bool) -> Body {
    let texts: Vec<&str> = lines.iter().map(|l| l.text).collect();
    let total = sum(texts.iter().copied());
    let mut parts = apart(lines, &texts, forwards);
    let banner = email::banner::end(&parts.own);
    let own = &parts.own[banner..];
    let note = email::calendar::note(own);
    let sign = if note.is_none() { email::program::beside_sentence(own) } else { None };
    // A thumb in the air is an answer, too.
    let signed = sign.as_ref().is_some_and(|sign| sign.iter().any(|l| !blank(l)));
    let program = note.is_some() || sign.is_some();
    let quoted_below = parts.quoted_below.filter(|_| !program).map(|at| at.saturating_sub(banner));
    let own = note.as_deref().or(sign.as_deref()).unwrap_or(own);
    let said =
        without_signatures(own, quoted_below, |n| parts.unsure.iter().any(|lines| lines.contains(&(n + banner))));
    let mut body = Body {
        forwarded: parts.forwarded.take(),
        program,
        answers_in_quote: parts.quoted_below.is_some_and(|at| {
            let (above, below) = parts.own.split_at(at);
            !has_words(&below[..email::signature::start(below)])
                && email::answers::within_quote(&above[..email::signature::start(above)])
        }),
        ..Body::default()
    };
    let forwarded = body.forwarded.as_ref().map_or(0, |f| sum(f.texts()));
    if has_words(&said) || signed {
        let postscripts = email::signature::postscripts(&parts.signed, 0);
        body.lines = trimmed(&[said, postscripts].concat());
    } else if has_words(&parts.own) && (forwarded == 0 || !forwards) {
        // Nothing but a signature, or what looked like one.
        (body.lines, body.whole) = (trimmed(&parts.own), true);
    } else if let said = trimmed(&lines.iter().filter(|l| l.signature && !l.quoted).map(|l| l.text).collect::<Vec<_>>())
        && forwarded == 0
        && sum(said.iter().map(String::as_str)) > 0
    {
        // All that is new stands in what the markup calls a signature.
        (body.lines, body.whole) = (said, true);
    } else if forwarded == 0 && !parts.pictured {
        let said;
        (said, body.forwarded) = quoted_alone(lines, parts);
        body.lines = trimmed(&said.iter().map(String::as_str).collect::<Vec<_>>());
        body.whole = total > 0;
    }
    let kept = sum(body.lines.iter().map(String::as_str)) + body.forwarded.as_ref().map_or(0, |f| sum(f.texts()));
    body.cut_percent = (total.saturating_sub(kept) * 100).checked_div(total).unwrap_or(0) as u8;
    body
}

/// The lines of `own` without signatures, their postscripts kept. A signature ends where a quoted mail begins: mail programs put it
/// above that mail, and people answer below it. `quoted_below`: how many lines stand above it; `unsure`: whether a line may be of
/// that mail and have lost its mark.
fn without_signatures<'a>(
    own: &[&'a str],
    quoted_below: Option<usize>,
    unsure: impl Fn(usize) -> bool,
) -> Vec<&'a str> {
    let Some(at) = quoted_below.filter(|at| has_words(&own[*at..])) else {
        let signature = email::signature::start(own);
        return [&own[..signature], &email::signature::postscripts(own, signature)].concat();
    };
    let above = &own[..at];
    // With answers below, a telephone number above may be the first of them.
    let signature = email::signature::certain_start(above);
    let mut out = [&above[..signature], &email::signature::postscripts(above, signature)].concat();
    // Below a signature a mail program ends, and whatever lost its mark there is more likely the quoted mail's.
    let signed = signature < above.len();
    let answers: Vec<&str> = (at..own.len()).filter(|n| !(signed && unsure(*n))).map(|n| own[n]).collect();
    // What a signature looks like depends on words standing above it; what they are is all the same.
    let context: &[&str] = if has_words(above) { &["Yes.", ""] } else { &[] };
    let below = [context, &answers].concat();
    let mut signature = email::signature::start(&below).max(context.len());
    // Somebody's name and number may be the whole answer; below a rule stands a mailing list's footer.
    let ruled = below[signature..].iter().find(|l| !blank(l)).is_some_and(|l| email::divider::rule(l));
    if !ruled && !has_words(&below[context.len()..signature]) {
        signature = email::signature::certain_start(&below).max(context.len());
    }
    out.extend(&below[context.len()..signature]);
    out.extend(email::signature::postscripts(&below, signature));
    out
}

/// The paragraphs of new words, one turn each: an empty line ends one, and so does a line break that a writer made; a
/// line break that only the width of the mail made does not.
pub fn paragraphs(lines: &[String]) -> Vec<String> {
    let length = |line: &str| if line.is_ascii() { line.len() } else { line.chars().count() };
    let widest = lines.iter().map(|l| length(l)).max().unwrap_or(0);
    let wrapped = (40..=100).contains(&widest);
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    let mut last_length = 0;
    for line in lines {
        let text = crate::read::turns::one_line(line);
        // A short rule between two parts is nobody's words; a long one may be a line of a table.
        if text.chars().all(|c| matches!(c, '-' | '_' | '=' | '—' | '–' | '*' | '~' | ' ')) && length(&text) <= 5 {
            open = false;
            continue;
        }
        // Would the first word have fitted on the line above? Then the writer broke the line, not the mail program.
        let first_word = || text.split(' ').next().map_or(0, length);
        let by_width = wrapped && last_length >= 40 && last_length + 1 + first_word() > widest.clamp(60, 78);
        match out.last_mut() {
            Some(last) if open && by_width && !is_item(&text) => {
                last.push(' ');
                last.push_str(&text);
            }
            _ => out.push(text),
        }
        last_length = length(line);
        open = true;
    }
    out
}

/// Whether a line is an item of a list: "- seats", "2. seats", "3) seats".
fn is_item(text: &str) -> bool {
    let digits = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
    text.starts_with(['-', '*', '•', '·', '–']) || (digits <= 2 && text[digits..].starts_with(['.', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_words_only_and_never_nothing() {
        for (text, expected) in [
            ("yes\n\nOn 2 May 2026, Ann wrote:\n> no\n> maybe", "yes"),
            ("yes\n\nOn Mon, 2 May 2026 at 10:00,\nAnn <ann@acme.example>\nwrote:\n\n> no", "yes"),
            ("On 2 May 2026, Ann wrote:\n> no\n\nbut yes", "but yes"),
            ("ja\n\nAm 2. Mai 2026 um 10:00 schrieb Ann:\n\nnein", "ja"),
            ("yes\n\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nno", "yes"),
            ("yes\n_____\nFrom: Ann\nSent: Monday\nTo: Bob\n\nno", "yes"),
            ("yes\n-----Original Message-----\nno", "yes"),
            ("Hello\n-- \nAnn\n555 123 4567", "Hello"),
            ("Sent from my iPhone", "Sent from my iPhone"),
            ("> only\n> quoted", "only\nquoted"),
            ("From: here we go\nand on", "From: here we go\nand on"),
        ] {
            assert_eq!(of_text(text, false).lines.join("\n"), expected, "{text}");
        }
    }

    #[test]
    fn forwarded_words_are_kept_apart_with_their_author() {
        let forwarded = |text: &str, forwards| of_text(text, forwards).forwarded.map(|f| (f.from, f.lines.join("\n")));
        let ann = Some(("Ann <ann@acme.example>".to_owned(), "We buy.".to_owned()));
        for (text, forwards) in [
            (
                "see\n\n---------- Forwarded message ---------\nFrom: Ann <ann@acme.example>\nDate: Monday\nSubject: x\n\nWe buy.\n",
                false,
            ),
            (
                "see\n\nBegin forwarded message:\n\n> From: Ann <ann@acme.example>\n> Date: Monday\n>\n> We buy.\n",
                false,
            ),
            ("see\n\nFrom: Ann <ann@acme.example>\nSent: Monday\nTo: Bob\n\nWe buy.", true),
            ("From: Ann <ann@acme.example>\nSent: Monday\nTo: Bob\n\nWe buy.", false),
        ] {
            assert_eq!(forwarded(text, forwards), ann, "{text}");
        }
        assert_eq!(forwarded("no\n\nFrom: Ann <ann@acme.example>\nSent: Monday\nTo: Bob\n\nWe buy.", false), None);
    }

    #[test]
    fn wrapped_lines_are_one_paragraph_and_broken_lines_are_not() {
        let lines = |t: &str| paragraphs(&t.lines().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(
            lines(
                "Hi Ann,\nthe contract is with our lawyers and they will answer by the end of\nnext week at the latest.\n\nBest,\nBob"
            ),
            [
                "Hi Ann,",
                "the contract is with our lawyers and they will answer by the end of next week at the latest.",
                "Best,",
                "Bob"
            ]
        );
    }
}
