//! Recordings beside the calls of an export: which belongs to which, heard when its call is read.
//!
//! A recording never costs a transcript: what cannot be heard is a loss of its own, and the call is analysed without it.

use std::collections::HashMap;

use crate::{
    conversation::{Channel, Conversation, Turn},
    read::{Skipped, export::ExportFile},
    recording::Recording,
    voice::{
        self, CutOff, VoiceError,
        found::{Recordings, file_of},
    },
};

/// Recordings that the user names, elsewhere than in the export.
#[derive(Clone, Debug, Default)]
pub enum Elsewhere {
    /// None.
    #[default]
    Nowhere,
    /// Those of a folder: each belongs to the call of its name.
    Folder(Vec<ExportFile>),
    /// This one: where the export is a single call, it is of that, whatever its name.
    File(ExportFile),
}

/// The recordings of an export.
#[derive(Debug, Default)]
pub struct Listening {
    /// In the export itself.
    beside: Recordings,
    /// Where the user says.
    elsewhere: Recordings,
    /// Whether the user names one file, and the export is one, so that the recording can only be of its call.
    single: bool,
}

impl Listening {
    /// The recordings in an export of `files` files, and those `elsewhere`.
    pub fn new(beside: &[ExportFile], elsewhere: &Elsewhere, files: usize) -> Listening {
        let single = files == 1 && matches!(elsewhere, Elsewhere::File(_));
        let elsewhere = match elsewhere {
            Elsewhere::Nowhere => &[],
            Elsewhere::Folder(files) => &files[..],
            Elsewhere::File(file) => std::slice::from_ref(file),
        };
        let of = |all: &[ExportFile]| all.iter().map(|f| (f.path.clone(), f.at.clone())).collect::<Vec<_>>();
        Listening { beside: Recordings::beside(of(beside)), elsewhere: Recordings::elsewhere(of(elsewhere)), single }
    }

    /// Hears the recordings of those `conversations` that are calls and have one; gives what could not be heard. Sides must be
    /// decided before, since channels take theirs from the speakers.
    pub fn attach(&mut self, conversations: &mut [Conversation]) -> Vec<Skipped> {
        if self.beside.is_empty() && self.elsewhere.is_empty() {
            return vec![];
        }
        let mut lost = Vec::new();
        let files: Vec<String> = conversations.iter().map(|c| file_of(&c.id).to_owned()).collect();
        let mut in_file: HashMap<&str, usize> = HashMap::new();
        files.iter().for_each(|file| *in_file.entry(file).or_default() += 1);
        let calls = conversations.iter().filter(|c| c.channel == Channel::Call).count();
        for (n, call) in conversations.iter_mut().enumerate().filter(|(_, c)| c.channel == Channel::Call) {
            // A file with several calls has no recording of its name that could be told to be of one of them.
            if in_file[files[n].as_str()] > 1 {
                continue;
            }
            let speakers = voice::speakers(call);
            let mut found = self.elsewhere.of(&files[n], &speakers);
            if found.is_empty() {
                found = self.beside.of(&files[n], &speakers);
            }
            if found.is_empty() && self.single && calls == 1 {
                found.extend(self.elsewhere.only());
            }
            if found.is_empty() {
                continue;
            }
            let (heard, failed) = voice::hear(&found);
            lost.extend(failed.iter().map(not_heard));
            let Some(heard) = heard else { continue };
            lost.extend(heard.cut_off().iter().map(cut_off));
            if !heard.has_speech() {
                lost.extend(
                    found.iter().filter(|f| !failed.iter().any(|e| e.path() == f.path)).map(|f| silent(&f.path)),
                );
                continue;
            }
            let recording = heard.recording(call);
            lost.extend(doubt(&recording, &call.turns));
            call.recording = Some(recording);
        }
        lost
    }

    /// The recordings that no call took, each as a loss.
    pub fn left(&self) -> Vec<Skipped> {
        let lost = |path: &str| Skipped {
            file: path.to_owned(),
            line: None,
            code: "no_transcript".into(),
            message: "a recording with no call of its name beside it; give both the same name, or hear it alone with \
                      `dealtone listen`"
                .into(),
        };
        self.beside.left().chain(self.elsewhere.left()).map(lost).collect()
    }
}

fn not_heard(error: &VoiceError) -> Skipped {
    Skipped { file: error.path().to_owned(), line: None, code: error.code().to_owned(), message: error.message() }
}

fn told(path: &str, code: &str, message: &str) -> Skipped {
    Skipped { file: path.to_owned(), line: None, code: code.into(), message: message.into() }
}

fn cut_off(file: &CutOff) -> Skipped {
    told(&file.path, "cut_recording", &format!("{}; export it again", file.note))
}

fn silent(path: &str) -> Skipped {
    told(
        path,
        "no_sound",
        "nobody speaks in it, so that its transcript was read without it; export it again if somebody should",
    )
}

/// What keeps a recording from saying how the whole of its call went.
fn doubt(recording: &Recording, turns: &[Turn]) -> Option<Skipped> {
    let path = recording.files.first().map_or("", String::as_str);
    if recording.tells_call(turns) {
        None
    } else if recording.offset_ms.is_none() {
        let what = "its times do not fit those of the transcript at any offset up to ten minutes, so that no number was taken \
                    from it; give it the name of its own call";
        Some(told(path, "no_fit", what))
    } else {
        let what = "it holds a part of its transcript: how turns sounded is of that part, and the times of the call are the \
                    transcript's; export the whole of it";
        Some(told(path, "part_recorded", what))
    }
}
