//! Which recording belongs to which transcript, by their names: `call.vtt` and `call.wav`, or `call_agent.wav` and
//! `call_caller.wav`, a file a party.
//!
//! Names only, no I/O: the folders are walked in `read/`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::heard::{Party, SoundFile};
use crate::conversation::{ConversationId, Side};

/// Words that stand at the end of a file's name for the party whose voice it holds.
const PARTIES: &[(&str, Side)] = &[
    ("agent", Side::Seller),
    ("rep", Side::Seller),
    ("seller", Side::Seller),
    ("sales", Side::Seller),
    ("host", Side::Seller),
    ("us", Side::Seller),
    ("caller", Side::Buyer),
    ("customer", Side::Buyer),
    ("client", Side::Buyer),
    ("buyer", Side::Buyer),
    ("prospect", Side::Buyer),
    ("guest", Side::Buyer),
    ("them", Side::Buyer),
];

/// Words at the end of a transcript's name that are not the call's.
const TRANSCRIPT: &[&str] = &["transcript", "transcription", "captions", "subtitles", "en", "de", "fr", "es"];

/// Recordings by the call that their names say.
#[derive(Clone, Debug, Default)]
pub struct Recordings {
    all: Vec<SoundFile>,
    taken: Vec<bool>,
    /// Whether a folder must be the same too.
    by_folder: bool,
    /// The places of those of a folder and name.
    by_name: HashMap<(String, String), Vec<usize>>,
    /// The same by the name without its last word.
    by_base: HashMap<(String, String), Vec<usize>>,
}

impl Recordings {
    /// Recordings that lie beside their transcripts, as (path inside the export, place).
    pub fn beside(files: impl IntoIterator<Item = (String, std::path::PathBuf)>) -> Recordings {
        Recordings::new(files, true)
    }

    /// Recordings that lie in a folder of their own: their folders' names do not count.
    pub fn elsewhere(files: impl IntoIterator<Item = (String, std::path::PathBuf)>) -> Recordings {
        Recordings::new(files, false)
    }

    fn new(files: impl IntoIterator<Item = (String, std::path::PathBuf)>, by_folder: bool) -> Recordings {
        let mut all: Vec<SoundFile> = files.into_iter().map(|(path, at)| SoundFile { path, at, party: None }).collect();
        all.sort();
        let taken = vec![false; all.len()];
        let mut found = Recordings { taken, by_folder, ..Recordings::default() };
        for (place, file) in all.iter().enumerate() {
            let (folder, stem) = found.parts(&file.path);
            if let Some((base, _)) = without_word(&stem, |_| true) {
                found.by_base.entry((folder.clone(), base)).or_default().push(place);
            }
            found.by_name.entry((folder, stem)).or_default().push(place);
        }
        Recordings { all, ..found }
    }

    /// As [`parts`], the folder only where it counts.
    fn parts(&self, path: &str) -> (String, String) {
        let (folder, stem) = parts(path);
        (if self.by_folder { folder } else { String::new() }, stem)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The recording of the call in the file `transcript`, or one file a party; empty where there is none. `speakers` are
    /// names that may stand in a file's name.
    pub fn of(&mut self, transcript: &str, speakers: &[String]) -> Vec<SoundFile> {
        let (folder, whole) = self.parts(transcript);
        let stem = without_word(&whole, |w| TRANSCRIPT.contains(&w)).map_or(whole.clone(), |(base, _)| base);
        let called = BTreeSet::from([(folder.clone(), whole), (folder, stem)]);
        let of = |by: &HashMap<(String, String), Vec<usize>>| -> BTreeSet<usize> {
            called.iter().filter_map(|name| by.get(name)).flatten().copied().collect()
        };
        let mut parties: BTreeMap<String, (usize, Party)> = BTreeMap::new();
        for n in of(&self.by_base) {
            if let Some((_, word)) = without_word(&parts(&self.all[n].path).1, |_| true)
                && let Some(party) = party(&word, speakers)
            {
                parties.entry(word).or_insert((n, party));
            }
        }
        // The whole call in one file wins over its parts; of several folders' the first.
        let chosen: Vec<(usize, Option<Party>)> = match of(&self.by_name).first() {
            Some(&n) => vec![(n, None)],
            None => parties.into_values().map(|(n, party)| (n, Some(party))).collect(),
        };
        chosen
            .into_iter()
            .map(|(n, party)| {
                self.taken[n] = true;
                SoundFile { party, ..self.all[n].clone() }
            })
            .collect()
    }

    /// Takes the only recording there is, whatever its name: what is asked for by `--audio FILE` over a single call.
    pub fn only(&mut self) -> Option<SoundFile> {
        let [one] = &self.all[..] else { return None };
        self.taken[0] = true;
        Some(one.clone())
    }

    /// All of them as recordings of one call, each with the party that its name says.
    pub fn all_of_one(self, speakers: &[String]) -> Vec<SoundFile> {
        let several = self.all.len() > 1;
        let named = |file: SoundFile| {
            let word = without_word(&parts(&file.path).1, |w| party(w, speakers).is_some()).map(|(_, word)| word);
            let party = word.and_then(|w| party(&w, speakers)).filter(|_| several);
            SoundFile { party, ..file }
        };
        self.all.into_iter().map(named).collect()
    }

    /// The paths of those that no transcript took.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        self.all.iter().zip(&self.taken).filter(|(_, taken)| !**taken).map(|(file, _)| file.path.as_str())
    }
}

/// The file in which a conversation stands: its id without the number of one among several.
pub fn file_of(id: &ConversationId) -> &str {
    id.0.rsplit_once('#').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())).map_or(&id.0, |(file, _)| file)
}

/// Folder and name without its ending, in lower case.
fn parts(path: &str) -> (String, String) {
    let path = path.to_lowercase();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    (folder.to_owned(), stem.trim().to_owned())
}

/// `stem` without its last word, and that word, where `is` says yes to it: "call_agent", "call-agent", "call (agent)".
fn without_word(stem: &str, is: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let between = |c: char| matches!(c, '_' | '-' | '.' | ' ' | '(' | ')' | '[' | ']');
    let trimmed = stem.trim_end_matches(between);
    let at = trimmed.rfind(between)?;
    let word = &trimmed[at..].trim_start_matches(between);
    let base = trimmed[..at].trim_end_matches(between);
    (!base.is_empty() && is(word)).then(|| (base.to_owned(), (*word).to_owned()))
}

/// The party that a word means.
fn party(word: &str, speakers: &[String]) -> Option<Party> {
    let known = PARTIES.iter().find(|(known, _)| *known == word);
    let side = known.map(|(_, side)| *side).or_else(|| {
        let called = |name: &String| name.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
        speakers.iter().any(called).then_some(Side::Unknown)
    })?;
    Some(Party { word: word.to_owned(), side })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_found_by_name() {
        let files = [
            "acme/call.wav",
            "acme/demo_agent.wav",
            "acme/demo_Caller.WAV",
            "acme/kick-off (Ann).wav",
            "acme/lost.wav",
            "globex/call.wav",
        ];
        let mut all = Recordings::beside(files.map(|f| (f.to_owned(), f.into())));
        let speakers = ["Ann Lee".to_owned(), "Bo".to_owned()];
        let mut of = |transcript: &str| -> Vec<String> {
            let found = all.of(transcript, &speakers);
            found.iter().map(|f| format!("{} {:?}", f.path, f.party.as_ref().map(|p| p.side.name()))).collect()
        };
        for (transcript, expected) in [
            ("acme/call.vtt", &["acme/call.wav None"][..]),
            ("acme/Call.transcript.vtt", &["acme/call.wav None"]),
            ("acme/demo.json", &["acme/demo_agent.wav Some(\"seller\")", "acme/demo_Caller.WAV Some(\"buyer\")"]),
            ("acme/kick-off.txt", &["acme/kick-off (Ann).wav Some(\"unknown\")"]),
            ("acme/caller.txt", &[]),
            ("call.vtt", &[]),
        ] {
            assert_eq!(of(transcript), expected, "{transcript}");
        }
        assert_eq!(all.left().collect::<Vec<_>>(), ["acme/lost.wav", "globex/call.wav"]);
        let mut apart = Recordings::elsewhere([("x/call.wav".to_owned(), "x/call.wav".into())]);
        assert_eq!(apart.of("acme/call.vtt", &[]).len(), 1);
    }

    #[test]
    fn a_number_among_several_is_not_the_file() {
        assert_eq!(file_of(&ConversationId("a/b.json#2".into())), "a/b.json");
        assert_eq!(file_of(&ConversationId("a/b #x.vtt".into())), "a/b #x.vtt");
    }
}
