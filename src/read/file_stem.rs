//! What the files of one call have in common in their names: a copy, its captions, its transcript.

/// The name of a file without folders, endings, what services put behind it and the mark of a copy; and whether it had such a
/// mark: "call" of "x/call (1).transcript.vtt".
pub(super) fn stem(path: &str) -> (String, bool) {
    /// What services and people put behind the name of a call to say which file of it this is, in lower case.
    const KINDS: &[&str] =
        &["transcript", "transkript", "captions", "closed_caption", "subtitles", "cc", "en", "de", "fr", "es"];
    let mut name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    // ".transcript.vtt", ".en.srt".
    for _ in 0..2 {
        match name.rsplit_once('.') {
            Some((stem, ending))
                if !stem.is_empty() && ending.len() <= 10 && ending.chars().all(|c| c.is_ascii_alphabetic()) =>
            {
                name.truncate(stem.len());
            }
            _ => break,
        }
    }
    let mut copy = false;
    loop {
        let bare = name.trim_end_matches([' ', '-', '_', '–', '.']);
        let counted = bare.strip_suffix(')').and_then(|n| n.rsplit_once('(')).filter(|(stem, n)| {
            !stem.trim().is_empty() && n.len() <= 2 && n.bytes().all(|b| b.is_ascii_digit()) && !n.is_empty()
        });
        let copied = || ["copy", "kopie", "copie", "copia"].iter().find_map(|word| bare.strip_suffix(word));
        let kind = || KINDS.iter().find_map(|kind| bare.strip_suffix(kind));
        let ends = |stem: &str| stem.ends_with([' ', '-', '_', '–', '.']) && stem.len() > 1;
        let next = if let Some((stem, _)) = counted {
            copy = true;
            stem
        } else if let Some(stem) = copied().filter(|stem| ends(stem)) {
            copy = true;
            stem
        } else if let Some(stem) = kind().filter(|stem| ends(stem)) {
            stem
        } else {
            name.truncate(bare.len());
            return (name, copy);
        };
        name.truncate(next.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_to_what_copies_share() {
        for (path, expected) in [
            ("a/call (1).vtt", ("call", true)),
            ("call - Copy.txt", ("call", true)),
            ("GMT20260312-150422_Recording.transcript.vtt", ("gmt20260312-150422_recording", false)),
            ("GMT20260312-150422_Recording.cc.vtt", ("gmt20260312-150422_recording", false)),
            ("Demo – Transcript.docx", ("demo", false)),
            ("2026.05.06.vtt", ("2026.05.06", false)),
            ("transcript.vtt", ("transcript", false)),
        ] {
            assert_eq!(stem(path), (expected.0.to_owned(), expected.1), "{path}");
        }
    }
}
