//! Bytes to text: byte-order marks, UTF-8, UTF-16, and a guess where a file states nothing.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A file as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text<'a> {
    /// The text, without a byte-order mark.
    pub text: Cow<'a, str>,
    /// The name of the encoding that it was read with.
    pub encoding: &'static str,
    /// Whether the encoding is a guess from the bytes: neither a mark nor valid UTF-8.
    pub guessed: bool,
    /// Whether bytes that are no text in that encoding were replaced by U+FFFD.
    pub replaced: bool,
}

impl Text<'_> {
    /// By which code that is told: bytes that no letter stands for are lost, an encoding that was guessed costs nothing.
    pub fn code(&self) -> &'static str {
        if self.replaced { "bad_bytes" } else { "bad_encoding" }
    }

    /// What a user should know about a text that is not plainly UTF-8.
    pub fn remark(&self) -> String {
        let lost = if self.replaced { ", and some bytes could not be read" } else { "" };
        format!(
            "the file is not UTF-8; it was read as {}{lost}; if names or words look wrong, export it as UTF-8",
            self.encoding
        )
    }
}

/// Reads `bytes` as text by, in this order: a byte-order mark, UTF-8 where all of it is valid (but for a character cut at
/// the end), UTF-16 where every second byte is zero, and else by the frequencies of bytes. Lines that end with a carriage return
/// alone, as Excel's "Text (Macintosh)" has them, end with a line feed in the text.
pub fn decode(bytes: &[u8]) -> Text<'_> {
    let mut decoded = characters(bytes);
    if decoded.text.contains('\r') && !decoded.text.contains('\n') {
        decoded.text = Cow::Owned(decoded.text.replace('\r', "\n"));
    }
    decoded
}

fn characters(bytes: &[u8]) -> Text<'_> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, replaced) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return Text { text, encoding: encoding.name(), guessed: false, replaced };
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            return Text { text: Cow::Borrowed(text), encoding: UTF_8.name(), guessed: false, replaced: false };
        }
        // A character that is cut at the end, as where only the head of a file is decoded.
        Err(e) if e.error_len().is_none() => {
            let text = String::from_utf8_lossy(&bytes[..e.valid_up_to()]).into_owned();
            return Text { text: Cow::Owned(text), encoding: UTF_8.name(), guessed: false, replaced: true };
        }
        _ => {}
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        let (text, replaced) = encoding.decode_without_bom_handling(bytes);
        return Text { text, encoding: encoding.name(), guessed: true, replaced };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    // The detector's cost is linear; the first 64 KiB tell as much as all.
    let sample = &bytes[..bytes.len().min(64 * 1024)];
    detector.feed(sample, sample.len() == bytes.len());
    let encoding = if mostly_utf8(bytes) { UTF_8 } else { detector.guess(None, Utf8Detection::Deny) };
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    Text { text, encoding: encoding.name(), guessed: encoding != UTF_8 && !bytes.is_ascii(), replaced }
}

/// Reads `bytes` as text where that takes no guess: they are UTF-8 or state their encoding by a mark.
///
/// # Errors
/// Where it does; the first line, from 1, that is no UTF-8.
pub fn decode_stated(bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
    let decoded = decode(bytes);
    if !decoded.guessed && !decoded.replaced {
        return Ok(decoded.text);
    }
    let good = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
    Err(1 + bytes[..good].iter().filter(|b| **b == b'\n').count())
}

/// Whether a file is UTF-8 but for a few broken places: of its non-ASCII sequences, at least nine in ten are valid.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 9 * bad
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(512) & !1];
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half >= 2 && odd * 10 >= half * 9 && even * 10 < half {
        Some(UTF_16LE)
    } else if half >= 2 && even * 10 >= half * 9 && odd * 10 < half {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether bytes are no text at all: more than one in a hundred of the first 4096 is a control byte that text never holds.
pub fn is_binary(bytes: &[u8]) -> bool {
    if Encoding::for_bom(bytes).is_some() || utf16_without_mark(bytes).is_some() {
        return false;
    }
    let sample = &bytes[..bytes.len().min(4096)];
    let odd = sample.iter().filter(|b| matches!(b, 0..=6 | 14..=26 | 28..=31)).count();
    odd * 100 > sample.len()
}

/// The encoding of a Windows code page, as Outlook and rich text name it.
pub fn of_codepage(number: u32) -> Option<&'static Encoding> {
    let label = match number {
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        874 => "windows-874",
        10_000 => "macintosh",
        20_127 | 28_591 => "windows-1252",
        20_866 => "koi8-r",
        21_866 => "koi8-u",
        20_932 | 51_932 => "euc-jp",
        50_220..=50_222 => "iso-2022-jp",
        51_949 => "euc-kr",
        54_936 => "gb18030",
        65_001 => "utf-8",
        1_200 => "utf-16le",
        1_250..=1_258 => return Encoding::for_label(format!("windows-{number}").as_bytes()),
        28_592..=28_606 => return Encoding::for_label(format!("iso-8859-{}", number - 28_590).as_bytes()),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

/// The ANSI code page of a Windows locale id.
pub fn codepage_of_locale(locale: u32) -> u32 {
    match (locale & 0x3ff, locale) {
        (0x11, _) => 932,
        (0x12, _) => 949,
        (0x04, 0x0804 | 0x1004) => 936,
        (0x04, _) => 950,
        (0x1e, _) => 874,
        (0x05 | 0x0e | 0x15 | 0x18 | 0x1a | 0x1b | 0x1c | 0x24, _) => 1250,
        (0x19 | 0x02 | 0x22 | 0x23 | 0x2f, _) => 1251,
        (0x08, _) => 1253,
        (0x1f, _) => 1254,
        (0x0d, _) => 1255,
        (0x01 | 0x20 | 0x29, _) => 1256,
        (0x25..=0x27, _) => 1257,
        (0x2a, _) => 1258,
        _ => 1252,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_gives_the_same_words() {
        let utf16le: Vec<u8> = "Ann: yes, déjà".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16be: Vec<u8> = "Ann: yes, déjà".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let with_mark: Vec<u8> = [&[0xff, 0xfe][..], &utf16le].concat();
        for bytes in ["\u{feff}Ann: yes, déjà".as_bytes(), b"Ann: yes, d\xe9j\xe0", &utf16le, &utf16be, &with_mark] {
            assert_eq!(decode(bytes).text, "Ann: yes, déjà");
        }
    }

    #[test]
    fn a_carriage_return_alone_ends_a_line() {
        assert_eq!(decode(b"Ann: hi\rBob: no\r").text, "Ann: hi\nBob: no\n");
        assert_eq!(decode(b"Ann: hi\rthere\r\n").text, "Ann: hi\rthere\r\n");
    }

    #[test]
    fn a_character_cut_at_the_end_costs_only_itself() {
        let text = decode(&"voilà".as_bytes()[..5]);
        assert_eq!((&*text.text, text.guessed), ("voil", false));
    }

    #[test]
    fn one_broken_byte_does_not_turn_utf_8_into_something_else() {
        let text = decode(b"d\xc3\xa9j\xc3\xa0 vu, na\xc3\xafve, \xff caf\xc3\xa9, \xc3\xa9t\xc3\xa9, \xc3\xa9l\xc3\xa8ve, \xc3\xa9p\xc3\xa9e, \xc3\xa9\xc3\xa9");
        assert!(text.text.starts_with("déjà") && text.replaced);
    }
}
