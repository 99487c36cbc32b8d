//! Files in files: zip and gzip, within limits, so that no small file can unpack into all memory.

use std::io::{Cursor, Read as _};

use super::{
    Format, HEAD, Input, Likeness, Read, Skipped,
    export::{HIDDEN, UNASSIGNED},
    own_files, read,
    room::Room,
};
use crate::conversation::DealId;

/// A zip archive.
pub struct Zip;
/// A file compressed with gzip.
pub struct Gzip;

/// The most files that one archive may hold.
const MOST_FILES: usize = 100_000;
/// The largest that one packed file may unpack to, in bytes.
const LARGEST_FILE: u64 = 256 << 20;
/// The largest that all files of an archive together may unpack to, in bytes.
const LARGEST_TOGETHER: u64 = 2 << 30;
/// How many times smaller a packed file may be than what it unpacks to; text never packs better.
const MOST_RATIO: u64 = 200;
/// How deep archives in archives are opened.
const DEEPEST: usize = 2;

fn too_deep(input: &Input) -> Option<Skipped> {
    (input.depth >= DEEPEST).then(|| {
        input.skipped(
            None,
            "too_deep",
            format!("archives in archives are opened {DEEPEST} deep; unpack this one first"),
        )
    })
}

/// Whether `bytes` begin as an archive that is unpacked here.
pub fn is_archive(bytes: &[u8]) -> bool {
    [b"PK\x03\x04".as_slice(), b"PK\x05\x06", b"\x1f\x8b\x08"].iter().any(|start| bytes.starts_with(start))
}

/// How the files of office programs end.
const OFFICE: &[&str] = &[".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods"];

/// The most bytes that `packed` bytes of a file in `input` may unpack to.
pub fn most_unpacked(input: &Input, packed: u64) -> u64 {
    let room = input.room.map_or(u64::MAX, Room::unpacked);
    LARGEST_FILE.min(packed.saturating_mul(MOST_RATIO).max(1 << 20)).min(room)
}

fn take_unpacked(input: &Input, bytes: &[u8]) {
    if let Some(room) = input.room {
        room.take_unpacked(bytes.len() as u64);
    }
}

impl Format for Zip {
    fn name(&self) -> &'static str {
        "zip"
    }
    fn doc(&self) -> &'static str {
        "zip archive of any of these"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if input.bytes.starts_with(b"PK\x03\x04") || input.bytes.starts_with(b"PK\x05\x06") {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        if let Some(deep) = too_deep(input) {
            return Err(deep);
        }
        let mut archive = zip::ZipArchive::new(Cursor::new(input.bytes)).map_err(|_| broken(input))?;
        if archive.len() > MOST_FILES {
            return Err(input.skipped(
                None,
                "too_large",
                format!("the archive holds more than {MOST_FILES} files; unpack it first"),
            ));
        }
        if archive.index_for_name("word/document.xml").is_some() {
            return super::docx::read(&mut archive, input);
        }
        if let Some(what) = super::refusal::office(|name| archive.index_for_name(name).is_some()) {
            return Err(input.skipped(None, "unknown_format", what));
        }
        let common = common_folder(&archive);
        let mut out = Read::default();
        let mut together = 0u64;
        for n in 0..archive.len() {
            let Packed { name, path, bytes } = match packed(&mut archive, n, input, &mut together) {
                Ok(Some(packed)) => packed,
                Ok(None) => continue,
                Err(lost) => {
                    out.skipped.push(lost);
                    continue;
                }
            };
            let deal = deal_inside(input, name.strip_prefix(&common).unwrap_or(&name));
            let inner = read(&Input::new(&path, &deal, &bytes).inside(input));
            out.conversations.extend(inner.conversations);
            out.skipped.extend(inner.skipped);
            out.directories.extend(inner.directories);
            out.silent |= inner.silent;
            if input.room.is_some_and(|room| room.is_beyond(out.conversations.len())) {
                break;
            }
        }
        Ok(out)
    }
}

/// What is said of an archive that cannot be opened.
fn broken(input: &Input) -> Skipped {
    // Office's files are archives too, and nobody packs those by hand.
    let name = input.file_name().to_lowercase();
    let message = if OFFICE.iter().any(|ending| name.ends_with(ending)) {
        "the document is broken inside; download it again, or open it in its program and save it anew"
    } else {
        "the file is broken inside; export it again, or pack it again where it is an archive of yours"
    };
    input.skipped(None, "bad_zip", message)
}

/// A file of an archive.
struct Packed {
    /// Its path in the archive.
    name: String,
    /// The same behind the path of the archive.
    path: String,
    bytes: Vec<u8>,
}

/// The file at place `n` of an archive, unless it is a folder or nobody's; `together`: how many bytes were unpacked of it.
fn packed(
    archive: &mut zip::ZipArchive<Cursor<&[u8]>>,
    n: usize,
    input: &Input,
    together: &mut u64,
) -> Result<Option<Packed>, Skipped> {
    let bad = |what: &str| input.skipped(None, "bad_zip", format!("file {} of the archive {what}", n + 1));
    let mut entry = archive.by_index(n).map_err(|e| match e {
        zip::result::ZipError::UnsupportedArchive(_) => {
            bad("is encrypted or packed by a method that is not read; unpack the archive first")
        }
        _ => bad("is broken; unpack the archive first"),
    })?;
    let Ok(name) = entry.name().map(|n| n.replace('\\', "/")) else {
        return Err(bad("has a name that is no text; unpack the archive first"));
    };
    if entry.is_dir() || is_of_a_system(&name) {
        return Ok(None);
    }
    if is_hidden(&name) {
        let file = format!("{}!/{name}", input.path);
        return Err(Skipped { file, line: None, code: "hidden".into(), message: HIDDEN.into() });
    }
    if name.split('/').any(|part| part == "..") {
        return Err(bad("is named as if it lay outside of it; pack it again"));
    }
    let path = format!("{}!/{}", input.path, name.trim_start_matches('/'));
    let lost = |(code, message): (&str, String)| Skipped { file: path.clone(), line: None, code: code.into(), message };
    let most = most_unpacked(input, entry.compressed_size()).min(LARGEST_TOGETHER.saturating_sub(*together));
    let bytes = unpack(&mut entry, most, input, together).map_err(lost)?;
    let last = name.rsplit('/').next().unwrap_or("");
    if matches!(last, "deals.csv" | "our-domains.txt" | "team.toml") {
        let told = format!("{last} is read beside an archive, not inside; lay it next to {}", input.file_name());
        return Err(lost(("in_archive", told)));
    }
    Ok(Some(Packed { name, path, bytes }))
}

/// The bytes of a packed file, `most` of them; else the code and the message of why it is not read.
fn unpack(
    entry: &mut impl std::io::Read,
    most: u64,
    input: &Input,
    together: &mut u64,
) -> Result<Vec<u8>, (&'static str, String)> {
    let mut bytes = Vec::new();
    let end = entry.take(most + 1).read_to_end(&mut bytes);
    *together += bytes.len() as u64;
    take_unpacked(input, &bytes);
    if let Err(e) = end {
        return Err(("bad_zip", format!("the file could not be unpacked ({}); pack it again", e.kind())));
    }
    if bytes.len() as u64 > most {
        return Err(("too_large", "the file unpacks to more than the limits allow; unpack the archive first".into()));
    }
    Ok(bytes)
}

/// Whether a file in an archive, by its path, is hidden.
fn is_hidden(name: &str) -> bool {
    name.rsplit('/').next().unwrap_or("").starts_with('.')
}

/// Whether such a file, or a folder that it lies in, is what systems and programs leave.
fn is_of_a_system(name: &str) -> bool {
    name.split('/').any(own_files::is_of_a_system)
}

/// The folder that all of an archive lies in, with `/`, where there are folders below it.
fn common_folder<R: std::io::Read + std::io::Seek>(archive: &zip::ZipArchive<R>) -> String {
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(|n| n.replace('\\', "/")).collect();
    let files = || names.iter().filter(|n| !is_hidden(n) && !is_of_a_system(n) && !n.ends_with('/'));
    let Some(first) = files().next().and_then(|n| n.split_once('/')).map(|(folder, _)| format!("{folder}/")) else {
        return String::new();
    };
    let deeper = files().any(|n| n.matches('/').count() >= 2);
    if deeper && files().all(|n| n.starts_with(&first)) { first } else { String::new() }
}

/// The deal of a packed file: that of the archive's folder, or of its own folder where the archive lies in none.
fn deal_inside(input: &Input, name: &str) -> DealId {
    let top = input.top || input.deal.0 == UNASSIGNED;
    match name.split_once('/') {
        Some((folder, _)) if top && input.depth == 0 => DealId(folder.to_owned()),
        _ => input.deal.clone(),
    }
}

impl Format for Gzip {
    fn name(&self) -> &'static str {
        "gzip"
    }
    fn doc(&self) -> &'static str {
        "one of these, compressed with gzip"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if input.bytes.starts_with(&[0x1f, 0x8b, 8]) { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        if let Some(deep) = too_deep(input) {
            return Err(deep);
        }
        let most = most_unpacked(input, input.bytes.len() as u64);
        let mut bytes = Vec::with_capacity(input.bytes.len().min(HEAD));
        let end = flate2::read::MultiGzDecoder::new(input.bytes).take(most + 1).read_to_end(&mut bytes);
        take_unpacked(input, &bytes);
        if bytes.len() as u64 > most {
            return Err(input.skipped(
                None,
                "too_large",
                "the file unpacks to more than the limits allow; unpack it first",
            ));
        }
        let name = input.file_name();
        let path = format!("{}!/{}", input.path, name.strip_suffix(".gz").unwrap_or(name));
        let inner = Input::new(&path, input.deal, &bytes).inside(input);
        let mut out = if bytes.is_empty() { Read::default() } else { read(&inner) };
        if end.is_err() {
            out.skipped.push(input.skipped(
                None,
                "bad_gzip",
                "the file breaks off or is damaged; what could be unpacked was read",
            ));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn pack_all(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn pack(name: &str, bytes: &[u8]) -> Vec<u8> {
        pack_all(&[(name, bytes)])
    }

    #[test]
    fn the_folder_that_all_lies_in_is_no_deal_and_what_systems_add_lies_in_none() {
        let call = b"Ann: Too dear.\nBob: I see.\n".as_slice();
        for (beside, deals) in [
            (None, ["acme", "globex"].as_slice()),
            (Some("__MACOSX/out/._1.txt"), &["acme", "globex"]),
            (Some(".DS_Store"), &["acme", "globex"]),
            // What only begins as a name of a system does is anybody's, and lies beside the folder.
            (Some("__MACOSX_n.txt"), &["out", "out", "unassigned"]),
            (Some("öffnen.txt"), &["out", "out", "unassigned"]),
        ] {
            let mut files = vec![("out/acme/1.txt", call), ("out/globex/1.txt", call)];
            files.extend(beside.map(|name| (name, call)));
            let (zip, deal) = (pack_all(&files), DealId(UNASSIGNED.into()));
            let read = read(&Input::new("all.zip", &deal, &zip));
            let found: Vec<&str> = read.conversations.iter().map(|c| c.deal.0.as_str()).collect();
            assert_eq!((found.as_slice(), read.skipped), (deals, vec![]), "{beside:?}");
        }
    }

    #[test]
    fn a_mark_in_a_folders_name_is_no_archive() {
        let two = pack("day.zip", &pack("call.txt", b"Ann: Too dear.\nBob: I see.\n"));
        let deal = DealId("Yahoo!".into());
        assert_eq!(read(&Input::new("Yahoo!/all.zip", &deal, &two)).conversations.len(), 1);
        assert_eq!(read(&Input::new("Yahoo!/all.zip", &deal, &pack("3.zip", &two))).skipped[0].code, "too_deep");
    }
}
