//! Rich text, as old Outlook messages carry it and as editors save a transcript: decompressed where need be, then to plain text.

use super::{Format, Input, Likeness, Read, Skipped, docx, unmarked};

/// A file of rich text.
pub struct Rtf;

impl Format for Rtf {
    fn name(&self) -> &'static str {
        "rtf"
    }
    fn doc(&self) -> &'static str {
        "rich text with a transcript"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if unmarked(input.bytes).starts_with(b"{\\rtf") { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        docx::of_words(self, input, &text(unmarked(input.bytes)))
    }
}

/// The largest text that a compressed body may become.
const LARGEST: usize = 64 << 20;

/// What the dictionary holds before anything is read (MS-OXRTFCP, 2.1.2.1).
const PRIMED: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// Decompresses a body by MS-OXRTFCP; absent where it is none.
pub fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let size = word(4)? as usize;
    let kind = word(8)?;
    let data = bytes.get(16..)?;
    if kind == 0x414c_454d {
        return Some(data[..data.len().min(size)].to_vec());
    }
    if kind != 0x7546_5a4c || size > LARGEST {
        return None;
    }
    let mut dictionary = [0u8; 4096];
    dictionary[..PRIMED.len()].copy_from_slice(PRIMED);
    let mut at = PRIMED.len();
    let mut out = Vec::with_capacity(size.min(bytes.len() * 8));
    let mut data = data.iter().copied();
    'runs: while let Some(flags) = data.next() {
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some(byte) = data.next() else { break 'runs };
                dictionary[at] = byte;
                at = (at + 1) % 4096;
                out.push(byte);
            } else {
                let (Some(high), Some(low)) = (data.next(), data.next()) else { break 'runs };
                let reference = u16::from_be_bytes([high, low]);
                let (from, length) = (usize::from(reference >> 4), usize::from(reference & 15) + 2);
                if from == at {
                    break 'runs;
                }
                for step in 0..length {
                    let byte = dictionary[(from + step) % 4096];
                    dictionary[at] = byte;
                    at = (at + 1) % 4096;
                    out.push(byte);
                }
            }
            if out.len() > LARGEST {
                return None;
            }
        }
    }
    out.truncate(size.max(1));
    Some(out)
}

/// Destinations whose content nobody sees.
const UNSEEN: &[&str] = &[
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "footnote",
    "generator",
    "listtable",
    "listoverridetable",
    "themedata",
    "datastore",
    "htmltag",
    "mhtmltag",
    "rsidtbl",
    "xmlnstbl",
    "latentstyles",
    "fldinst",
];

/// Words that stand for a character, and what is put for it.
const CHARACTERS: &[(&str, u8)] = &[
    ("emdash", b'-'),
    ("endash", b'-'),
    ("bullet", b'*'),
    ("lquote", b'\''),
    ("rquote", b'\''),
    ("ldblquote", b'"'),
    ("rdblquote", b'"'),
];

/// A group between braces.
#[derive(Clone, Copy)]
struct Group {
    /// Whether nobody sees what stands in it.
    unseen: bool,
    /// How many characters behind one of Unicode stand for it where it cannot be shown.
    fallback: usize,
}

/// The words of rich text, a paragraph a line.
pub fn text(rtf: &[u8]) -> String {
    let mut out = String::new();
    // The open groups, the innermost last.
    let mut groups = vec![Group { unseen: false, fallback: 1 }];
    let mut codepage: &'static encoding_rs::Encoding = encoding_rs::WINDOWS_1252;
    let mut raw: Vec<u8> = Vec::new();
    let (mut at, mut skip) = (0, 0usize);
    // The first half of a character that UTF-16 writes in two.
    let mut half: Option<u16> = None;
    let flush = |raw: &mut Vec<u8>, out: &mut String, codepage: &'static encoding_rs::Encoding| {
        if !raw.is_empty() {
            out.push_str(&codepage.decode_without_bom_handling(raw).0);
            raw.clear();
        }
    };
    while at < rtf.len() {
        let byte = rtf[at];
        at += 1;
        let Group { unseen: hidden, fallback } = *groups.last().unwrap_or(&Group { unseen: false, fallback: 1 });
        match byte {
            b'{' => {
                skip = 0;
                if groups.len() < 1024 {
                    groups.push(Group { unseen: hidden || rtf[at..].starts_with(b"\\*"), fallback });
                }
            }
            b'}' => {
                flush(&mut raw, &mut out, codepage);
                skip = 0;
                if groups.len() > 1 {
                    groups.pop();
                }
            }
            b'\\' => {
                let Some(next) = rtf.get(at).copied() else { break };
                if next == b'\'' {
                    let hex = rtf
                        .get(at + 1..at + 3)
                        .and_then(|h| std::str::from_utf8(h).ok())
                        .and_then(|h| u8::from_str_radix(h, 16).ok());
                    at = (at + 3).min(rtf.len());
                    match (hex, skip) {
                        (Some(_), 1..) => skip -= 1,
                        (Some(b), 0) if !hidden => raw.push(b),
                        _ => {}
                    }
                    continue;
                }
                if !next.is_ascii_alphabetic() {
                    at += 1;
                    if skip > 0 {
                        skip -= 1;
                    } else if !hidden {
                        match next {
                            b'\\' | b'{' | b'}' => raw.push(next),
                            b'~' => raw.push(b' '),
                            b'_' => raw.push(b'-'),
                            b'\r' | b'\n' => {
                                flush(&mut raw, &mut out, codepage);
                                out.push('\n');
                            }
                            _ => {}
                        }
                    }
                    continue;
                }
                let end = at + rtf[at..].iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rtf.len() - at);
                let name = std::str::from_utf8(&rtf[at..end]).unwrap_or("");
                let digits =
                    end + rtf[end..].iter().position(|b| !b.is_ascii_digit() && *b != b'-').unwrap_or(rtf.len() - end);
                let number: Option<i64> = std::str::from_utf8(&rtf[end..digits]).ok().and_then(|n| n.parse().ok());
                at = digits + usize::from(rtf.get(digits) == Some(&b' '));
                if UNSEEN.contains(&name)
                    && let Some(group) = groups.last_mut()
                {
                    group.unseen = true;
                }
                // A character's name stands for it where the character itself cannot be shown; no other word does.
                if skip > 0 && CHARACTERS.iter().any(|(character, _)| *character == name) {
                    skip -= 1;
                    continue;
                }
                skip = 0;
                match name {
                    "ansicpg" => {
                        codepage = number
                            .and_then(|n| super::encoding::of_codepage(u32::try_from(n).ok()?))
                            .unwrap_or(codepage)
                    }
                    "uc" => {
                        if let Some(group) = groups.last_mut() {
                            group.fallback = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).min(8);
                        }
                    }
                    _ if hidden => {}
                    "par" | "line" | "row" | "sect" => {
                        flush(&mut raw, &mut out, codepage);
                        out.push('\n');
                    }
                    "tab" | "cell" => raw.push(b' '),
                    "u" => {
                        // A half that words follow has no second.
                        if !raw.is_empty() {
                            half = None;
                        }
                        flush(&mut raw, &mut out, codepage);
                        let code = number.map_or(0xfffd, |n| if n < 0 { n + 65_536 } else { n });
                        let unit = u16::try_from(code).unwrap_or(0xfffd);
                        match half.take() {
                            None if (0xd800..0xdc00).contains(&unit) => half = Some(unit),
                            first => out.extend(
                                char::decode_utf16(first.into_iter().chain([unit])).map(|c| c.unwrap_or('\u{fffd}')),
                            ),
                        }
                        skip = fallback;
                    }
                    _ => raw.extend(CHARACTERS.iter().find(|(character, _)| *character == name).map(|(_, byte)| *byte)),
                }
            }
            b'\r' | b'\n' => {}
            _ if skip > 0 => skip -= 1,
            _ if hidden => {}
            byte => raw.push(byte),
        }
    }
    flush(&mut raw, &mut out, codepage);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rich_text_becomes_words() {
        for (rtf, expected) in [
            (
                r"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Arial;}\f0 Hello \b Ann\b0\par d\'e9j\'e0 \u233?\line \{x\}}",
                "Hello Ann\ndéjà é\n{x}",
            ),
            (r"{\rtf1 10\endash 20 % of e\_mails, \bullet  yes}", "10-20 % of e-mails, * yes"),
            (r"{\rtf1{\*\htmltag <p>}Hi{\*\htmltag </p>}}", "Hi"),
            (r"{\rtf1 \u-10179?\u-8704?, \u-10179?half \u233?\u-10179?}", "😀, half é"),
            (r"{\rtf1 never closed {\b bold", "never closed bold"),
            (r"{\rtf1 {\u8220}Too dear\u8221\par Bob: \u8211\endash  yes\u8230\'85}", "“Too dear”\nBob: – yes…"),
            (r"{\rtf1 {\uc0 It\u8217 s} fine\u8230? {\*\ud{\uc0 x}}Then\u8230?", "It’s fine… Then…"),
        ] {
            assert_eq!(text(rtf.as_bytes()), expected, "{rtf}");
        }
        assert_eq!(decompress(b"short"), None);
    }
}
