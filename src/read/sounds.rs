//! What stands in brackets and is heard, not said: "[Music]", "(Laughter)".

/// The longest such remark, in bytes.
const LONGEST: usize = 40;

/// Whether `line` is nothing but such a remark.
pub(super) fn is_sound(line: &str) -> bool {
    let inner = line.trim().strip_prefix(['[', '(']).and_then(|l| l.strip_suffix([']', ')']));
    inner.is_some_and(is_word)
}

/// Whether `inner`, what stands in the brackets, is a sound and nobody's name.
pub(super) fn is_word(inner: &str) -> bool {
    inner.len() <= LONGEST && SOUNDS.contains(&inner.trim().to_lowercase().as_str())
}

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
];
