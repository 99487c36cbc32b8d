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

impl Group {
    /// That in which all others stand.
    const OUTERMOST: Group = Group { unseen: false, fallback: 1 };
}

/// How deep groups in groups are told apart.
const MOST_GROUPS: usize = 1024;

/// The words of rich text, a paragraph a line.
pub fn text(rtf: &[u8]) -> String {
    Words::of(rtf).read()
}

/// Rich text on the way to become words.
struct Words<'a> {
    rtf: &'a [u8],
    /// The place of the next byte.
    at: usize,
    out: String,
    /// What follows there, in the code page.
    raw: Vec<u8>,
    codepage: &'static encoding_rs::Encoding,
    /// The open groups, the innermost last.
    groups: Vec<Group>,
    /// How many characters to pass over, which stand for one of Unicode that came.
    skip: usize,
    /// The first half of a character that UTF-16 writes in two.
    half: Option<u16>,
}

impl<'a> Words<'a> {
    fn of(rtf: &'a [u8]) -> Words<'a> {
        Words {
            rtf,
            at: 0,
            out: String::new(),
            raw: Vec::new(),
            codepage: encoding_rs::WINDOWS_1252,
            groups: vec![Group::OUTERMOST],
            skip: 0,
            half: None,
        }
    }

    fn read(mut self) -> String {
        while let Some(byte) = self.rtf.get(self.at).copied() {
            self.at += 1;
            match byte {
                b'{' => self.open(),
                b'}' => self.close(),
                b'\\' => match self.rtf.get(self.at).copied() {
                    Some(b'\'') => self.hex(),
                    Some(next) if next.is_ascii_alphabetic() => self.word(),
                    Some(next) => self.mark(next),
                    None => {}
                },
                b'\r' | b'\n' => {}
                _ if self.skip > 0 => self.skip -= 1,
                _ if self.group().unseen => {}
                byte => self.raw.push(byte),
            }
        }
        self.flush();
        self.out
    }

    /// The innermost group.
    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or(Group::OUTERMOST)
    }

    fn open(&mut self) {
        self.skip = 0;
        if self.groups.len() < MOST_GROUPS {
            let Group { unseen, fallback } = self.group();
            self.groups.push(Group { unseen: unseen || self.rtf[self.at..].starts_with(b"\\*"), fallback });
        }
    }

    fn close(&mut self) {
        self.flush();
        self.skip = 0;
        if self.groups.len() > 1 {
            self.groups.pop();
        }
    }

    /// Reads a byte by its number behind the mark: "\'e9".
    fn hex(&mut self) {
        let digits = self.rtf.get(self.at + 1..self.at + 3).and_then(|h| std::str::from_utf8(h).ok());
        let byte = digits.and_then(|h| u8::from_str_radix(h, 16).ok());
        self.at = (self.at + 3).min(self.rtf.len());
        match (byte, self.skip) {
            (Some(_), 1..) => self.skip -= 1,
            (Some(byte), 0) if !self.group().unseen => self.raw.push(byte),
            _ => {}
        }
    }

    /// Reads a character that is no letter behind the mark: "\~".
    fn mark(&mut self, mark: u8) {
        self.at += 1;
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if self.group().unseen {
            return;
        }
        match mark {
            b'\\' | b'{' | b'}' => self.raw.push(mark),
            b'~' => self.raw.push(b' '),
            b'_' => self.raw.push(b'-'),
            b'\r' | b'\n' => self.end_line(),
            _ => {}
        }
    }

    /// Reads a word behind the mark, with the number and the blank that belong to it: "\par ", "\u233".
    fn word(&mut self) {
        let rtf = &self.rtf[self.at..];
        let end = rtf.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(rtf.len());
        let behind = rtf[end..].iter().position(|b| !b.is_ascii_digit() && *b != b'-').unwrap_or(rtf.len() - end);
        let name = std::str::from_utf8(&rtf[..end]).unwrap_or("");
        let number = std::str::from_utf8(&rtf[end..end + behind]).ok().and_then(|n| n.parse().ok());
        self.at += end + behind + usize::from(rtf.get(end + behind) == Some(&b' '));
        let group = self.group();
        if UNSEEN.contains(&name)
            && let Some(group) = self.groups.last_mut()
        {
            group.unseen = true;
        }
        // A character's name stands for it where the character itself cannot be shown; no other word does.
        if self.skip > 0 && CHARACTERS.iter().any(|(character, _)| *character == name) {
            self.skip -= 1;
            return;
        }
        self.skip = 0;
        self.obey(name, number, group);
    }

    /// Does what a word asks for in a `group`.
    fn obey(&mut self, name: &str, number: Option<i64>, group: Group) {
        match name {
            "ansicpg" => {
                let stated = number.and_then(|n| super::encoding::of_codepage(u32::try_from(n).ok()?));
                self.codepage = stated.unwrap_or(self.codepage);
            }
            "uc" => {
                if let Some(group) = self.groups.last_mut() {
                    group.fallback = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).min(8);
                }
            }
            _ if group.unseen => {}
            "par" | "line" | "row" | "sect" => self.end_line(),
            "tab" | "cell" => self.raw.push(b' '),
            "u" => {
                self.unit(number);
                self.skip = group.fallback;
            }
            _ => self.raw.extend(CHARACTERS.iter().find(|(character, _)| *character == name).map(|(_, byte)| *byte)),
        }
    }

    /// Reads a unit of UTF-16, which may be half a character.
    fn unit(&mut self, number: Option<i64>) {
        // A half that words follow has no second.
        if !self.raw.is_empty() {
            self.half = None;
        }
        self.flush();
        let code = number.map_or(0xfffd, |n| if n < 0 { n + 65_536 } else { n });
        let unit = u16::try_from(code).unwrap_or(0xfffd);
        match self.half.take() {
            None if (0xd800..0xdc00).contains(&unit) => self.half = Some(unit),
            first => {
                let units = first.into_iter().chain([unit]);
                self.out.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
            }
        }
    }

    fn end_line(&mut self) {
        self.flush();
        self.out.push('\n');
    }

    /// Decodes what has come in the code page.
    fn flush(&mut self) {
        if !self.raw.is_empty() {
            self.out.push_str(&self.codepage.decode_without_bom_handling(&self.raw).0);
            self.raw.clear();
        }
    }
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
