//! The words of a MIME part as they were meant: in the charset that the bytes are in where the stated one is wrong, with the
//! lines of format=flowed joined again, without the armour of PGP.

use std::borrow::Cow;

use encoding_rs::Encoding;
use mail_parser::{Message, MessagePart, MimeHeaders, decoders};

use crate::read::encoding;

/// The words of `part`, which the parser read as `text`.
pub fn of<'a>(message: &'a Message, part: &'a MessagePart, text: &'a str, is_html: bool) -> Cow<'a, str> {
    let text = recoded(message, part, text, is_html).map_or(Cow::Borrowed(text), Cow::Owned);
    if is_html {
        return text;
    }
    let attribute = |name: &str| part.content_type().and_then(|t| t.attribute(name));
    let enriched =
        part.content_type().is_some_and(|t| t.c_subtype.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("enriched")));
    let text = if enriched { Cow::Owned(unenriched(&text)) } else { text };
    let text = match attribute("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
        true => Cow::Owned(unflowed(&text, attribute("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes")))),
        false => text,
    };
    if text.contains("-----BEGIN PGP ") { Cow::Owned(unarmoured(&text)) } else { text }
}

/// Charsets of several bytes a character, whose words may be valid UTF-8 by chance; where they are and are none of the charset's
/// own, the label is wrong.
const WIDE: &[&str] = &["iso-2022", "gb", "big5", "shift", "sjis", "euc", "ks_c", "utf-16", "utf-7", "hz"];

/// The text anew where the bytes are in another charset than the part says: UTF-8 where they are valid UTF-8, what HTML
/// itself states, and else by the frequencies of bytes. Absent where the parser's reading stands.
fn recoded(message: &Message, part: &MessagePart, text: &str, is_html: bool) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let stated = part.content_type().and_then(|t| t.attribute("charset")).unwrap_or_default().to_ascii_lowercase();
    let lossy = text.contains('\u{fffd}');
    let utf8 = matches!(stated.as_str(), "utf-8" | "utf8");
    let wide = WIDE.iter().any(|w| stated.starts_with(w));
    if (wide || utf8) && !lossy {
        return None;
    }
    let raw = message.raw_message.get(part.offset_body as usize..part.offset_end as usize)?;
    let bytes = match part.encoding {
        mail_parser::Encoding::None => Cow::Borrowed(raw),
        mail_parser::Encoding::QuotedPrintable => Cow::Owned(decoders::quoted_printable::quoted_printable_decode(raw)?),
        mail_parser::Encoding::Base64 => Cow::Owned(decoders::base64::base64_decode(raw)?),
    };
    let meant = match std::str::from_utf8(&bytes) {
        Ok(meant) => Cow::Borrowed(meant),
        Err(_) if wide => return None,
        Err(_) => match (is_html && stated.is_empty()).then(|| charset_of_html(&bytes)).flatten() {
            Some(encoding) => encoding.decode_without_bom_handling(&bytes).0,
            // Bytes of which some are UTF-8 are damaged rather than in another charset.
            None if lossy && bytes.utf8_chunks().all(|c| c.valid().is_ascii()) => encoding::decode(&bytes).text,
            _ => return None,
        },
    };
    // Should the bytes be others than those the parser read, its reading stands.
    let plain = |text: &str| text.bytes().filter(u8::is_ascii_alphanumeric).collect::<Vec<_>>();
    let are_read = || match Encoding::for_label(stated.as_bytes()) {
        // There a letter of ASCII may have been taken for half of another.
        Some(encoding) if wide => encoding.decode_without_bom_handling(&bytes).0 == text,
        _ => plain(&meant) == plain(text),
    };
    (meant != text && !meant.is_ascii() && are_read()).then(|| meant.into_owned())
}

/// The charset that a page states at its head.
fn charset_of_html(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).to_ascii_lowercase();
    let label = head.split_once("charset=")?.1.trim_start_matches(['"', '\'']);
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))?;
    Encoding::for_label(&label.as_bytes()[..end])
}

/// Lines of format=flowed (RFC 3676) as paragraphs: one that ends in a blank goes on in the next of the same quoting.
/// `delsp`: that blank is no part of the words.
fn unflowed(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The marks of quoting of the line that is not at its end yet.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let words = &line[depth..];
        let words = words.strip_prefix(' ').unwrap_or(words);
        let signature = words == "-- ";
        match open {
            Some(above) if above == depth && !signature => out.push_str(words),
            _ => {
                if open.is_some() {
                    out.push('\n');
                }
                out.push_str(&">".repeat(depth));
                if depth > 0 {
                    out.push(' ');
                }
                // ">" that the writer typed is set apart by a blank, and must not become a mark.
                if depth == 0 && words.starts_with('>') {
                    out.push('\u{a0}');
                }
                out.push_str(words);
            }
        }
        let flows = words.ends_with(' ') && !signature && !words.trim().is_empty();
        if flows && delsp {
            out.pop();
        }
        if !flows {
            out.push('\n');
        }
        open = flows.then_some(depth);
    }
    out
}

/// The words of text/enriched (RFC 1896): its commands stand in angle brackets, what they need between "<param>" and
/// "</param>", two brackets are one that was typed, and a line ends where two line ends stand.
fn unenriched(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    let mut verbatim = 0usize;
    while let Some(at) = rest.find(['<', '\n']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('\n') {
            let ends = rest.len() - rest.trim_start_matches('\n').len();
            match ends {
                1 if verbatim == 0 => out.push(' '),
                ends => (usize::from(verbatim == 0)..ends).for_each(|_| out.push('\n')),
            }
            rest = &rest[ends..];
        } else if let Some(behind) = rest.strip_prefix("<<") {
            out.push('<');
            rest = behind;
        } else if let Some((command, behind)) = command(rest) {
            rest = match command.to_ascii_lowercase().as_str() {
                "param" => behind_param(behind).unwrap_or(behind),
                "nofill" => {
                    verbatim += 1;
                    behind
                }
                "/nofill" => {
                    verbatim = verbatim.saturating_sub(1);
                    behind
                }
                _ => behind,
            };
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The longest command, in bytes: what never closes is not looked for to the end of the text.
const LONGEST_COMMAND: usize = 60;

/// The command at the head of `text`, and what stands behind it.
fn command(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().take(LONGEST_COMMAND + 2).position(|b| b == b'>')?;
    let command = text.get(1..end).filter(|c| !c.contains('\n'))?;
    Some((command, &text[end + 1..]))
}

/// What stands behind "</param>", where `text` begins behind "<param>".
fn behind_param(text: &str) -> Option<&str> {
    const CLOSED: &[u8] = b"</param>";
    let mut near = text.as_bytes().windows(CLOSED.len()).take(4 * LONGEST_COMMAND);
    Some(&text[near.position(|w| w.eq_ignore_ascii_case(CLOSED))? + CLOSED.len()..])
}

/// A text without the armour of a PGP signature, and without encrypted blocks, in which nobody's words can be read.
fn unarmoured(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut block, mut head, mut signed) = (false, false, false);
    for line in text.lines() {
        match line.trim() {
            "-----BEGIN PGP SIGNED MESSAGE-----" => (head, signed) = (true, true),
            "-----BEGIN PGP SIGNATURE-----" => (block, signed) = (true, false),
            "-----BEGIN PGP MESSAGE-----" => block = true,
            "-----BEGIN PGP PUBLIC KEY BLOCK-----" => block = true,
            l if block => block = !l.starts_with("-----END PGP "),
            "" if head => head = false,
            _ if head => {}
            _ => {
                // Within what is signed a line that begins with a dash has another and a blank before it (RFC 9580, 7.2).
                out.push_str(if signed { line.strip_prefix("- ").unwrap_or(line) } else { line });
                out.push('\n');
            }
        }
    }
    out
}

/// Whether what is sent as plain text, or as nothing stated, is a page of HTML.
pub fn is_page(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(16).collect::<String>().to_ascii_lowercase();
    ["<html", "<!doctype html", "<head", "<body", "<div", "<p>", "<p ", "<table", "<meta", "<span"]
        .iter()
        .any(|tag| head.starts_with(tag))
        && text.contains("</")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined_within_one_quoting() {
        for (text, delsp, expected) in [
            ("We accept \nthe offer.\nTom\n", false, "We accept the offer.\nTom\n"),
            ("to st \nart\n", true, "to start\n"),
            ("> old \n> older\nnew\n", false, "> old older\nnew\n"),
            ("> old \nnew\n", false, "> old \nnew\n"),
            (" From here\n", false, "From here\n"),
            ("Yes.\n-- \nTom\n", false, "Yes.\n-- \nTom\n"),
        ] {
            assert_eq!(unflowed(text, delsp), expected, "{text}");
        }
    }

    #[test]
    fn enriched_text_is_read_without_its_commands() {
        for (text, expected) in [
            ("<bold>Too high</bold> for us\nthis year.\n\n5 << 6", "Too high for us this year.\n5 < 6"),
            ("<color><param>red</param>No.</color>", "No."),
            ("<nofill>a\nb</nofill>", "a\nb"),
            ("a < b", "a < b"),
            ("<param>x", "x"),
        ] {
            assert_eq!(unenriched(text), expected, "{text}");
        }
    }

    #[test]
    fn armour_is_no_words() {
        let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
        assert_eq!(unarmoured(signed), "Yes.\n");
        let escaped = "-----BEGIN PGP SIGNED MESSAGE-----\n\nWe need:\n- - seats\n- --\nAnn\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n- later\n";
        assert_eq!(unarmoured(escaped), "We need:\n- seats\n--\nAnn\n- later\n");
        assert_eq!(
            unarmoured("-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\nSee above.\n"),
            "See above.\n"
        );
        assert!(is_page("\n<p>Yes.</p>") && !is_page("<ann@acme.example> said </3") && !is_page("a <p>b</p>"));
    }
}
