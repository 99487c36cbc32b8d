//! The properties of a message in a compound file: a stream for each of varying size, one for all of fixed size.

use std::{
    borrow::Cow,
    io::{Cursor, Read as _},
};

use crate::{conversation::Timestamp, read::encoding};

/// A compound file.
pub type File<'a> = cfb::CompoundFile<Cursor<&'a [u8]>>;

/// Where properties lie: those of a message, of whom it went to, or of what is attached to it.
pub struct Place<'a> {
    /// The path in the file; empty for the message that the file is.
    pub storage: Cow<'a, str>,
    /// The code page of the message's texts.
    pub codepage: Option<u32>,
    /// The most bytes that a stream may give: as many as the file has.
    pub most: usize,
}

impl Place<'_> {
    /// The place of a storage within.
    pub fn within(&self, child: &str) -> Place<'static> {
        Place { storage: format!("{}/{child}", self.storage).into(), codepage: self.codepage, most: self.most }
    }

    /// The names of the storages within.
    pub fn storages(&self, file: &File) -> Vec<String> {
        let here = if self.storage.is_empty() { "/" } else { &self.storage[..] };
        file.read_storage(here)
            .map(|entries| entries.filter(cfb::Entry::is_storage).map(|e| e.name().to_owned()).collect())
            .unwrap_or_default()
    }

    /// A property that is text and not blank.
    pub fn text(&self, file: &mut File, property: &str) -> Option<String> {
        self.string(file, property).filter(|t| !t.trim().is_empty())
    }

    /// The first of the properties that has an address, in lower case.
    pub fn address(&self, file: &mut File, properties: &[&str]) -> Option<String> {
        let found = properties.iter().find_map(|p| self.text(file, p).filter(|e| e.contains('@')));
        found.map(|e| e.trim().to_lowercase())
    }

    /// A property that is text: UTF-16 (type 001F), or in the message's code page (001E).
    pub fn string(&self, file: &mut File, property: &str) -> Option<String> {
        if let Some(bytes) = self.stream(file, property, "001F") {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|p| u16::from_le_bytes([p[0], p[1]])).collect();
            return Some(String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned());
        }
        let bytes = self.stream(file, property, "001E")?;
        Some(decode(&bytes, self.codepage).trim_end_matches('\0').to_owned())
    }

    /// A property of bytes.
    pub fn bytes(&self, file: &mut File, property: &str) -> Option<Vec<u8>> {
        self.stream(file, property, "0102")
    }

    /// The stream of a property and its type, never more than the file has.
    fn stream(&self, file: &mut File, property: &str, kind: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let path = format!("{}/__substg1.0_{property}{kind}", self.storage);
        file.open_stream(path).ok()?.take(self.most as u64).read_to_end(&mut out).ok()?;
        Some(out)
    }
}

/// The text that bytes are in a code page; without one, in what they look like.
pub fn decode(bytes: &[u8], codepage: Option<u32>) -> String {
    match codepage.and_then(encoding::of_codepage) {
        Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
        None => encoding::decode(bytes).text.into_owned(),
    }
}

/// The properties of fixed size that matter.
#[derive(Default)]
pub struct Fixed {
    /// When its writer sent it.
    pub submitted: Option<Timestamp>,
    /// When it arrived.
    pub delivered: Option<Timestamp>,
    /// That of its texts which are no UTF-16.
    pub codepage: Option<u32>,
    /// That of its page.
    pub internet_codepage: Option<u32>,
    /// Whether it is still being written.
    pub unsent: bool,
}

impl Fixed {
    /// Reads the property stream of `storage`, whose head takes `head` bytes.
    pub fn of(file: &mut File, storage: &str, head: usize, most: usize) -> Fixed {
        let mut bytes = Vec::new();
        if let Ok(stream) = file.open_stream(format!("{storage}/__properties_version1.0")) {
            // A stream that breaks off gives what it has.
            let _ = stream.take(most as u64).read_to_end(&mut bytes);
        }
        let mut out = Fixed::default();
        let mut locale = None;
        for entry in bytes.get(head..).unwrap_or_default().chunks_exact(16) {
            let tag = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
            let low = u32::from_le_bytes([entry[8], entry[9], entry[10], entry[11]]);
            let value = u64::from_le_bytes([
                entry[8], entry[9], entry[10], entry[11], entry[12], entry[13], entry[14], entry[15],
            ]);
            match tag {
                0x0039_0040 => out.submitted = filetime(value),
                0x0e06_0040 => out.delivered = filetime(value),
                0x0e07_0003 => out.unsent = low & 8 != 0,
                0x3ffd_0003 => out.codepage = Some(low),
                0x3fde_0003 => out.internet_codepage = Some(low),
                0x3ff1_0003 => locale = Some(low),
                _ => {}
            }
        }
        // Old messages name only the writer's locale, which says what Windows wrote with.
        out.codepage = out.codepage.or(locale.map(encoding::codepage_of_locale)).or(out.internet_codepage);
        out
    }
}

/// 100 ns since 1601.
fn filetime(value: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(value / 10_000_000).ok()? - 11_644_473_600;
    // Outlook writes the year 4501 for "never".
    (seconds > 0 && seconds < 32_503_680_000).then(|| Timestamp::from_second(seconds).ok())?
}
