//! What stands in brackets and is heard, not said: "[Music]", "(Laughter)".

use super::when::timecode_ms;

/// The longest such remark, in bytes.
const LONGEST: usize = 40;

/// Whether `line` is nothing but such a remark: "[inaudible 00:00:09]", "(upbeat music)", "♪ ♪".
pub(super) fn is_sound(line: &str) -> bool {
    let line = line.trim().trim_end_matches(['.', ',', '-', '–']).trim_end();
    let notes = |c: char| matches!(c, '♪' | '♫' | '🎵' | '🎶' | '#') || c.is_whitespace();
    if line.starts_with(['♪', '♫', '🎵', '🎶']) && line.chars().all(notes) {
        return true;
    }
    let inside = |(open, close): &(char, char)| line.strip_prefix(*open).and_then(|l| l.strip_suffix(*close));
    [('[', ']'), ('(', ')'), ('*', '*'), ('<', '>')].iter().find_map(inside).is_some_and(is_remark)
}

/// Whether `inner`, what stands in the brackets, is a sound and nobody's name.
pub(super) fn is_word(inner: &str) -> bool {
    inner.len() <= LONGEST && SOUNDS.contains(&without_time(inner).to_lowercase().as_str())
}

/// Whether `inner` is a sound, perhaps with what kind of one it is: a name beside words would read the same as "music director",
/// so this holds only where nothing else is said.
fn is_remark(inner: &str) -> bool {
    const MOST_WORDS: usize = 4;
    if is_word(inner) {
        return true;
    }
    let lower = without_time(inner).to_lowercase();
    if inner.len() > LONGEST || lower.contains(['.', ',', '?', '!', ':']) {
        return false;
    }
    let words: Vec<&str> = lower.split([' ', '_', '-']).filter(|w| !w.is_empty()).collect();
    let [first, .., last] = words[..] else { return false };
    words.len() <= MOST_WORDS
        && (SOUNDS.contains(&last)
            || ((SOUNDS.contains(&first) || first == "background") && GOES_ON.contains(&last))
            || (SPEAKS.contains(&first) && !(first == "speaking" && ABOUT.contains(&words[1])))
            || FIRST.contains(&first))
}

/// `inner` without the time behind it that services put there: "inaudible 00:00:09".
fn without_time(inner: &str) -> &str {
    let inner = inner.trim();
    match inner.rsplit_once(' ') {
        Some((sound, time)) if time.contains(':') && timecode_ms(time).is_some() => {
            sound.trim_end_matches([' ', '-', '@'])
        }
        _ => inner,
    }
}

/// What goes on behind a sound: "music playing", "phone rings".
const GOES_ON: &[&str] = &[
    "playing",
    "plays",
    "continues",
    "stops",
    "fades",
    "starts",
    "ends",
    "rings",
    "ringing",
    "spielt",
    "noise",
    "sound",
    "chatter",
    "voices",
    "speech",
    "talking",
    "conversation",
];

/// What begins a remark in brackets that nobody says: "[inaudible question]".
const FIRST: &[&str] = &["inaudible", "indistinct"];

/// The same before a language: "[speaking foreign language]", "(speaking in Spanish)".
const SPEAKS: &[&str] = &["speaking", "speaks", "spricht"];

/// What follows "speaking" where somebody says it, "speaking of price", and no transcriber writes: they speak to and with somebody.
const ABOUT: &[&str] = &["of", "about", "as", "from"];

/// Such sounds in lower case.
const SOUNDS: &[&str] = &[
    "music",
    "applause",
    "laughter",
    "laughs",
    "laughing",
    "inaudible",
    "crosstalk",
    "silence",
    "pause",
    "noise",
    "background noise",
    "background music",
    "unintelligible",
    "unclear",
    "indistinct",
    "overlapping",
    "foreign",
    "blank_audio",
    "sighs",
    "chuckles",
    "coughs",
    "typing",
    "no audio",
    "audio cuts out",
    "musik",
    "applaus",
    "gelächter",
    "lachen",
    "unverständlich",
    "musique",
    "applaudissements",
    "rires",
    "música",
    "aplausos",
    "risas",
    "risos",
    "musica",
    "applausi",
    "risate",
    "muziek",
    "gelach",
    "laugh",
    "laughter continues",
    "cross talk",
    "no speech",
    "audio out",
    "phone",
    "phone rings",
    "phone ringing",
    "foreign language",
    "speaking foreign language",
    "speaking in foreign language",
    "background conversations",
    "beep",
    "cough",
    "sigh",
    "clears throat",
    "static",
    "dial tone",
    "ringing",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_is_told_from_what_is_said() {
        for line in [
            "[inaudible 00:00:09]",
            "[Inaudible 00:12]",
            "[crosstalk 00:01:02]",
            "[MUSIC PLAYING]",
            "[SPEAKING FOREIGN LANGUAGE]",
            "(speaking in Spanish)",
            "(upbeat music)",
            "♪ ♪",
            "*laughs*",
            "<laugh>",
            "[phone rings]",
            "[Background Conversations]",
            "[background chatter]",
            "[background voices]",
            "[speaking Spanish]",
            "[ Silence ]",
            "(speaking to a colleague)",
            "[spricht mit Kollegin]",
            "[silence 00:05]",
            "[crosstalk 00:14:30].",
        ] {
            assert!(is_sound(line), "{line}");
        }
        for line in [
            "music",
            "[Music Director]",
            "(we like music, too)",
            "(no)",
            "[Ann Lee]",
            "[10:30]",
            "♪ la la ♪",
            "# 3",
            "(speaking of price)",
            "[background check]",
        ] {
            assert!(!is_sound(line), "{line}");
        }
        assert!(!is_word("upbeat music") && is_word("Music"));
    }
}
