//! Recordings beside the calls of an export: which belongs to which, heard when its call is read.
//!
//! A recording never costs a transcript: what cannot be heard is a loss of its own, and the call is analysed without it.

use std::collections::HashMap;

use crate::{
    conversation::{Channel, Conversation},
    read::{Skipped, export::ExportFile},
    voice::{
        self, VoiceError,
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
            call.recording = heard.map(|heard| heard.recording(call));
            lost.extend(failed.iter().map(not_heard));
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
