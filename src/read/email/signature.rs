//! Where a mail's own words end and its signature, a phone's remark or a disclaimer begins.

use crate::read::email::{
    contact::{contacts, is_contact},
    divider::rule,
    footer::{blank, disclaimer, has_words, sent_from},
    sign_off::is_sign_off,
};

/// The most lines that a signature behind a delimiter has; more is a part of the mail.
const MOST_LINES: usize = 25;

/// Where, in `lines`, the signature and all that follows it begins; `lines.len()` where there is none.
pub fn start(lines: &[&str]) -> usize {
    let end = ruled_block(&lines[..delimited(lines)]);
    let lines_above = &lines[..end];
    without_trailing_rule(lines, signed_off(lines_above).or_else(|| contact_block(lines_above)).unwrap_or(end))
}

/// Where the signature begins for certain: at "--", a phone's remark, or another delimiter or a sign-off above contact data. What
/// only looks like a signature may be what somebody asked for.
pub fn certain_start(lines: &[&str]) -> usize {
    let end = delimited(lines);
    let at = without_trailing_rule(lines, signed_off(&lines[..end]).unwrap_or(end));
    let first = lines[at..].iter().find(|l| !blank(l));
    let doubtful = first.is_some_and(|l| (is_delimiter(l) && l.trim_end() != "--") || is_sign_off(l));
    if doubtful && !lines[at..].iter().any(|l| is_contact(l)) { lines.len() } else { at }
}

/// Where a disclaimer, a delimiter or a phone's remark begins, and what stands below them; `lines.len()` where there is none.
fn delimited(lines: &[&str]) -> usize {
    let mut end = lines.len();
    if let Some(at) = disclaimer(lines) {
        end = at;
    }
    if let Some(at) = delimiter(&lines[..end]) {
        end = at;
    }
    if let Some(at) = sent_from(&lines[..end]) {
        end = at;
    }
    without_trailing_rule(lines, end)
}

/// Where, in the new words of a mail, a signature begins with the name of whoever sent it and goes on with titles and companies
/// alone; `lines.len()` where there is none. Of a name with nothing below it nothing is cut: it says who writes.
pub fn start_by_name(lines: &[String], sender: &str) -> usize {
    const MOST: usize = 10;
    let all = lines.len();
    if sender.split_whitespace().nth(1).is_none() {
        return all;
    }
    let texts: Vec<&str> = lines[all.saturating_sub(2 * MOST)..].iter().map(String::as_str).collect();
    let words = |text: &str| -> Vec<String> {
        text.split([' ', ',', '\u{a0}']).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let sender = words(sender);
    // "i.A. Ann Lee", "Ann Lee, PMP", "Ann Lee (she/her)".
    let is_name = |line: &str| {
        let said = words(line);
        let own = said.windows(sender.len()).any(|part| part == sender);
        own && (said.len() == sender.len() || (said.len() <= sender.len() + 2 && is_signature_like(line)))
    };
    let Some(at) = texts.iter().rposition(|l| is_name(l)) else { return all };
    let below: Vec<usize> = (at + 1..texts.len()).filter(|n| !blank(texts[*n])).collect();
    let linked = |line: &str| line.contains("<http") && line.split_whitespace().nth(8).is_none();
    // A title stands directly below the name or another of its lines.
    let title = |n: usize| !blank(texts[n - 1]) && is_title(texts[n]);
    let fits =
        |n: &usize| !is_postscript(texts[*n]) && (is_signature_like(texts[*n]) || title(*n) || linked(texts[*n]));
    let paragraph = at > 0 && (blank(texts[at - 1]) || is_sign_off(texts[at - 1]));
    if below.is_empty() || below.len() > MOST || !paragraph || below.iter().any(|n| rule(texts[*n]) || !fits(n)) {
        return all;
    }
    let above = texts[..at].iter().rposition(|l| !blank(l));
    // "Please invite:" and names below it are no signature.
    if above.is_some_and(|n| texts[n].trim_end().ends_with(':')) {
        return all;
    }
    let from = above.filter(|n| is_sign_off(texts[*n])).unwrap_or(at);
    let start = all - texts.len() + from;
    if lines[..start].iter().any(|l| has_words(&[l])) { start } else { all }
}

/// The postscripts below a signature that begins at `start`: paragraphs "PS: …". What stands below a disclaimer or below a
/// phone's remark is somebody else's.
pub fn postscripts<'a>(lines: &[&'a str], start: usize) -> Vec<&'a str> {
    let below = &lines[start.min(lines.len())..];
    let end = [disclaimer(below), sent_from(below)].into_iter().flatten().min().unwrap_or(below.len());
    let mut out = Vec::new();
    let mut within = false;
    for (at, line) in below[..end].iter().enumerate() {
        within = !blank(line) && (within || ((at == 0 || blank(below[at - 1])) && is_postscript(line)));
        if within {
            out.extend((at > 0 && blank(below[at - 1])).then_some(""));
            out.push(*line);
        }
    }
    out
}

/// Whether a line begins a postscript: "PS: …", "P.S. …", "PD: …" in Spanish; and no company of such a name.
fn is_postscript(line: &str) -> bool {
    let line = line.trim_start_matches(['*', '_', ' ']);
    let mark = ["P.P.S.", "P.S.", "P.S", "PPS", "PS", "p.s.", "ps", "Ps", "P.D.", "PD"];
    let Some(rest) = mark.iter().find_map(|mark| line.strip_prefix(mark)) else { return false };
    let stopped = rest.trim_start().starts_with([':', '.', '-', '–', '—', ','])
        || (line.as_bytes().get(1) == Some(&b'.') && rest.starts_with(' '));
    stopped && rest.split_whitespace().filter(|w| w.contains(char::is_alphanumeric)).nth(1).is_some()
}

fn without_trailing_rule(lines: &[&str], mut end: usize) -> usize {
    while end > 0 && (blank(lines[end - 1]) || rule(lines[end - 1])) {
        end -= 1;
    }
    end
}

/// The usual delimiter, `-- ` on its own line (RFC 3676); also those that people make of it. Programs and people lose the
/// blank behind the dashes, and people divide a mail by two dashes: there the line below tells.
fn delimiter(lines: &[&str]) -> Option<usize> {
    let delimiters = || (0..lines.len()).filter(|at| is_delimiter(lines[*at]));
    let several = delimiters().nth(1).is_some();
    delimiters().find(|at| {
        // One line more than a signature has is enough to see: a mail may hold any number of such lines.
        let filled = lines[at + 1..].iter().copied().filter(|l| !blank(l));
        let behind: Vec<&str> = filled.take(MOST_LINES + 1).collect();
        // The standard "-- " is believed even over long lines, home-made ones only over what a signature can be.
        let above = lines[..*at].iter().rfind(|l| !blank(l));
        let announced = || above.is_some_and(|l| l.trim_end().ends_with([':', '：']));
        let signed = || match lines[*at] {
            "-- " | "--\u{a0}" => true,
            line if line.trim_end() == "--" => !behind.first().is_some_and(|l| begins_section(l)),
            _ => !announced() && is_signed_block(&behind, several),
        };
        behind.len() <= MOST_LINES && signed()
    })
}

/// Whether a line begins a section of the mail and no signature: a heading, an item of a list, or words of a length that
/// neither a name nor a title has. A motto in quotation marks is no section.
fn begins_section(line: &str) -> bool {
    let line = line.trim();
    let sentence = || {
        line.split_whitespace().nth(3).is_some()
            && !line.starts_with(['"', '“', '„', '«', '\'', '‘', '*', '_'])
            && !line.contains('|')
            && (is_sentence(line) || (line.chars().count() > 50 && !is_signature_like(line)))
    };
    is_heading(line) || is_item(line) || sentence()
}

fn is_delimiter(line: &str) -> bool {
    matches!(line.trim_end(), "--" | "- -" | "—" | "––" | "---" | "__" | "--\u{a0}" | "––––")
}

/// Whether what stands below a home-made delimiter is a signature and no section of the mail: "PRICING" and a list or a
/// sentence below it are the writer's words. `several`: the mail has such lines more than once, as only sections have.
fn is_signed_block(block: &[&str], several: bool) -> bool {
    if block.iter().any(|l| l.chars().count() > 80) {
        return false;
    }
    let own = |line: &&str| is_sentence(line) || is_item(line) || is_delimiter(line);
    match block.iter().position(|l| is_contact(l)) {
        // A slogan may stand below the telephone number, and the writer's words above it.
        Some(at) => at <= 6 && !block[..at].iter().any(own),
        None => !several && !block.first().is_some_and(|l| is_heading(l)) && block.iter().all(|l| is_signature_like(l)),
    }
}

/// Whether a line is a sentence rather than a name, a title or an address.
fn is_sentence(line: &str) -> bool {
    let line = line.trim();
    line.ends_with(['.', '?', '!', ':', '。', '？', '！']) && !is_signature_like(line)
}

/// Whether a line is the heading of a section, "PRICING", and no name: those who write theirs so write all of it.
fn is_heading(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() > 3 && line.chars().all(char::is_uppercase)
}

/// Whether a line is an item of a list.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = || matches!(digits, 1 | 2) && line[digits..].starts_with([')', '.']);
    ["- ", "* ", "• ", "– "].iter().any(|mark| line.starts_with(mark)) || numbered()
}

/// A rule over a short block with contact data: a signature, or a mailing list's footer.
fn ruled_block(lines: &[&str]) -> usize {
    for at in (0..lines.len()).rev().take(2 * MOST_LINES) {
        if !rule(lines[at]) {
            continue;
        }
        let block: Vec<&&str> = lines[at + 1..].iter().filter(|l| !blank(l)).collect();
        let short = block.len() <= MOST_LINES && block.iter().all(|l| l.chars().count() <= 80);
        if short && block.iter().any(|l| is_contact(l)) && has_words(&lines[..at]) {
            return at;
        }
    }
    lines.len()
}

/// Whether a line can stand in a signature: short and no sentence.
fn is_signature_like(line: &str) -> bool {
    let line = line.trim();
    if is_contact(line) {
        return true;
    }
    // "(she/her)"
    if line.starts_with('(') && line.ends_with(')') && line.split_whitespace().nth(3).is_none() {
        return true;
    }
    if line.ends_with(['?', ':']) || line.chars().count() > 70 {
        return false;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let lower = line.to_lowercase();
    if words.len() > 9 || lower.starts_with("ps") || lower.starts_with("p.s") {
        return false;
    }
    // Scripts without capitals: a short line without the marks of a sentence.
    if line.chars().any(|c| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')) {
        return line.chars().count() <= 30 && !line.ends_with(['。', '？', '！', '.']);
    }
    let company = ["inc.", "ltd.", "co.", "corp.", "llc.", "s.a.", "b.v.", "ph.d."].iter().any(|c| lower.ends_with(c));
    if line.ends_with('.') && !company {
        return false;
    }
    // "Head of Sales | Acme", "CEO @ Acme !": most words have a capital, or a mark that titles have.
    let small =
        ["of", "and", "the", "for", "at", "de", "van", "von", "for", "in", "&", "|", "@", "-", "–", "·", "!", "/"];
    let content: Vec<&&str> = words.iter().filter(|w| !small.contains(&w.to_lowercase().as_str())).collect();
    let capital =
        content.iter().filter(|w| w.chars().find(|c| c.is_alphabetic()).is_none_or(char::is_uppercase)).count();
    capital * 3 >= content.len() * 2
}

/// Whether a line can be a title that is written small but for its first letter.
fn is_title(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() <= 40
        && line.starts_with(char::is_uppercase)
        && line.split_whitespace().nth(4).is_none()
        && !line.ends_with(['.', '?', '!', ':', ',', '…'])
}

/// Whether a line can be the name over contact data: few words that look like a signature's.
fn is_name_like(line: &str) -> bool {
    line.split_whitespace().count() <= 6 && is_signature_like(line)
}

/// Whether a line ends in a link behind few words: "Book a meeting: https://…".
fn is_link_line(line: &str) -> bool {
    let last = line.trim().rsplit(' ').next().unwrap_or_default();
    line.split_whitespace().count() <= 8 && (last.starts_with("http") || last.starts_with("www."))
}

/// Where a block of name, title and contact data begins at the end of `lines` behind a sign-off ("Regards, / Ann Lee / CFO", the
/// sign-off with it). A sign-off with nothing but a name stays: it says who writes.
fn signed_off(lines: &[&str]) -> Option<usize> {
    let filled: Vec<usize> = (0..lines.len()).filter(|n| !blank(lines[*n])).collect();
    let from = filled.len().saturating_sub(16);
    for place in from..filled.len() {
        if !is_sign_off(lines[filled[place]]) || place == 0 {
            continue;
        }
        let block = &filled[place + 1..];
        // "Ann Lee | CFO | Acme | 555 123 4567": all of it on one line.
        let one_line = block.len() == 1 && lines[block[0]].matches('|').count() >= 2 && is_contact(lines[block[0]]);
        if one_line {
            return Some(filled[place]);
        }
        let signature = block.len() >= 2 && block.len() <= 14 && block.iter().all(|n| is_signature_like(lines[*n]));
        if signature {
            return Some(filled[place]);
        }
        // "Responsable achats", "Leiterin Einkauf": languages that write a title small, between a full name and a company.
        let titled = || {
            let [name, between @ .., last] = block else { return false };
            let full = lines[*name].split_whitespace().nth(1).is_some() && is_name_like(lines[*name]);
            let fits = |n: &usize| is_signature_like(lines[*n]) || (!blank(lines[n - 1]) && is_title(lines[*n]));
            full && fits(last) && between.len() <= 12 && between.iter().all(fits)
        };
        if titled() {
            return Some(filled[place]);
        }
        // Contact data below a name, whatever else stands there.
        if block.len() >= 2
            && block.len() <= 14
            && is_name_like(lines[block[0]])
            && block[1..].iter().all(|n| lines[*n].chars().count() <= 100)
            && block[1..].iter().any(|n| is_contact(lines[*n]) || is_link_line(lines[*n]))
        {
            return Some(filled[place]);
        }
    }
    card_below_first_name(lines, &filled)
}

/// Where such a block begins without a sign-off: where at least two of its lines are contact data.
fn contact_block(lines: &[&str]) -> Option<usize> {
    let filled: Vec<usize> = (0..lines.len()).filter(|n| !blank(lines[*n])).collect();
    // The last lines, as long as they look like a signature.
    let mut first = filled.len();
    while first > 0 && filled.len() - first < 10 && is_signature_like(lines[filled[first - 1]]) {
        // A paragraph ends it, but a signature may have blank lines between its lines.
        first -= 1;
    }
    // A greeting or a sign-off is not part of it; it begins at a paragraph.
    while first < filled.len() && first > 0 && !blank(lines[filled[first] - 1]) {
        first += 1;
    }
    let block = &filled[first.min(filled.len())..];
    let filled_contacts = block.iter().filter(|n| is_contact(lines[**n])).count();
    let pieces: usize = block.iter().map(|n| contacts(lines[*n])).sum();
    // Numbers or links alone are what somebody asked for, and so is what a colon above announces.
    let named = filled_contacts < block.len() || block.iter().any(|n| lines[*n].contains('|'));
    let asked = first > 0 && lines[filled[first - 1]].trim_end().ends_with([':', '：']);
    if first > 0 && pieces >= 2 && filled_contacts * 3 >= block.len() && named && !asked {
        return Some(block[0]);
    }
    None
}

/// Where, below a closing "Tom" on a line of its own, the block begins that says it in full: "Tom Nguyen", his title, his
/// number. `filled`: the lines that are not blank.
fn card_below_first_name(lines: &[&str], filled: &[usize]) -> Option<usize> {
    let from = filled.len().saturating_sub(12).max(1);
    let place = (from..filled.len()).find(|place| {
        let block: Vec<&str> = filled[*place..].iter().map(|n| lines[*n]).collect();
        let closing = lines[filled[place - 1]].trim().trim_end_matches([',', '.']).trim_start_matches(['-', '–', ' ']);
        let alone = closing.starts_with(char::is_uppercase) && closing.chars().all(|c| c.is_alphabetic() || c == '-');
        let full = block[0].trim().strip_prefix(closing).is_some_and(|rest| rest.starts_with(' '));
        alone && full && block.len() >= 2 && is_name_like(block[0]) && is_signed_block(&block, false)
    })?;
    Some(filled[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_begin_where_the_words_end() {
        for (text, kept) in [
            ("Yes.\n\nRegards,\n\nAnn Lee\nCFO @ Acme !", "Yes.\n"),
            ("Yes.\n\nBest,\nAnn", "Yes.\n\nBest,\nAnn"),
            ("Ja.\n\nViele Grüße aus München\n\ni.A. Ann Lee\nLeitung Einkauf\nTel.: +49 89 123456", "Ja.\n"),
            ("Ja.\n\nSonnige Grüße aus Köln\n\nAnn\nEinkauf\nTel.: +49 89 123456", "Ja.\n"),
            ("Yes.\n\nThanks and best\n\nAnn Lee, PMP\nBuyer\nTel.: +49 89 123456", "Yes.\n"),
            ("Yes.\n\nThe prices from Munich\nAnn", "Yes.\n\nThe prices from Munich\nAnn"),
            ("Oui.\n\nCordialement,\nAnne Roux\nResponsable achats\nAcme SA, 69003 Lyon", "Oui.\n"),
            ("Yes.\n\nThanks,\nAnn\nSee you on Monday\nBob", "Yes.\n\nThanks,\nAnn\nSee you on Monday\nBob"),
            (
                "Yes.\n\nBest,\nAnn\n\nPS: we still wait for the price.",
                "Yes.\n\nBest,\nAnn\n\nPS: we still wait for the price.",
            ),
            ("Yes.\n\nAnn Lee\nann@acme.example\n(555) 123-4567", "Yes.\n"),
            ("Yes.\n\n-- \nAnn\nwith love", "Yes.\n"),
            ("Yes.\n\n-- \nWe make it work.", "Yes.\n"),
            ("Yes.\n\n--\nAnn\nwith love", "Yes.\n"),
            ("Yes.\n\n--\n\"It works.\" - Ann, who has said so for years", "Yes.\n"),
            ("Yes.\n--\nThe price is too high.", "Yes.\n--\nThe price is too high."),
            ("Yes.\n--\nPRICING\nSeats\n--\nAnn", "Yes.\n--\nPRICING\nSeats"),
            ("Yes.\n\nSent from my iPhone", "Yes.\n"),
            (
                "Sent from my iPhone app is broken, so call 555 123 4567.",
                "Sent from my iPhone app is broken, so call 555 123 4567.",
            ),
            ("Yes.\n\nThis e-mail and any attachments are confidential.\nDo not read.", "Yes.\n"),
            ("Yes.\n\nAnn\n\nAnn Lee\nCFO, Acme Inc.\n(555) 123-4567", "Yes.\n\nAnn"),
            ("Meet\n\nAnn\n\nAnn Lee will call you.\nYes?", "Meet\n\nAnn\n\nAnn Lee will call you.\nYes?"),
            ("Yes.\n---\nAnn Lee\nCFO\nAcme Inc.", "Yes."),
            ("Yes.\n---\nAnn Lee\n(555) 123-4567\nWe make it work.", "Yes."),
            ("Hi,\n---\nPRICING\n- too high", "Hi,\n---\nPRICING\n- too high"),
            ("Hi,\n---\nPRICING\nSeats\n---\nAnn Lee\n(555) 123-4567", "Hi,\n---\nPRICING\nSeats"),
            ("Call me on\n555 123 4567\nor 555 765 4321", "Call me on\n555 123 4567\nor 555 765 4321"),
            ("Prices\n-----\nSeat 20 EUR\nSite 900 EUR", "Prices\n-----\nSeat 20 EUR\nSite 900 EUR"),
        ] {
            let lines: Vec<&str> = text.lines().collect();
            let kept: Vec<&str> = kept.split('\n').filter(|l| !l.is_empty()).collect();
            let found: Vec<&str> = lines[..start(&lines)].iter().copied().filter(|l| !l.is_empty()).collect();
            assert_eq!(found, kept, "{text}");
        }
    }

    #[test]
    fn a_signature_may_begin_with_the_senders_name() {
        for (text, kept) in [
            ("Yes.\n\nAnn Lee\nHead of Sales\nAcme Ltd", 2),
            ("Yes.\n\nThanks\n\nAnn Lee\nHead of sales", 2),
            ("Yes.\n\nAnn Lee", 3),
            ("Yes.\n\nAnn Lee\nWe will call you on Monday.", 4),
            ("Ask\nAnn Lee\nHead of Sales", 3),
            ("Ann Lee\nHead of Sales", 2),
            ("Please invite:\n\nAnn Lee\nBob Ray\nCarl Dean", 5),
            ("Yes.\n\nAnn Lee\n\nPS: call me Monday", 5),
            ("Here it is.\n\nAnn Lee\n\nBudget 40k approved", 5),
        ] {
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            assert_eq!(start_by_name(&lines, "Ann Lee"), kept, "{text}");
        }
    }

    #[test]
    fn postscripts_below_a_signature_are_kept() {
        for (below, kept) in [
            ("Ann Lee\nCFO\n\nPS: legal waits\nfor you.\n\nAcme Inc.", "PS: legal waits\nfor you."),
            ("Ann Lee\n\nP.S. Send it.", "P.S. Send it."),
            ("Ann Lee\n\nPS Invest GmbH\nPS - Invest", ""),
            ("Ann Lee\n\nSent from my iPhone\n\nPS: not mine.", ""),
        ] {
            let lines: Vec<&str> = below.lines().collect();
            assert_eq!(postscripts(&lines, 0).join("\n").trim(), kept, "{below}");
        }
    }

    #[test]
    fn a_mail_of_lines_of_dashes_is_read_in_one_pass() {
        // With a look at all that follows for each of them it would take hours.
        let lines = ["Ann", "---"].repeat(500_000);
        assert_eq!(delimiter(&lines), None);
    }
}
