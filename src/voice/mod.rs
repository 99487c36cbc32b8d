//! Recordings: WAV files to who spoke when, and how loud.
//!
//! The way of a recording: [`found`] pairs it with a transcript by name, `wav` reads samples however the header lies,
//! `frames` makes of them a likelihood of a voice and a loudness every 16 milliseconds, `spurts` makes of those stretches of
//! speech, `align` lays them over the transcript's times, and [`Heard::recording`] puts it together. What is counted from it
//! stands in [`floor`](crate::floor), which knows no sound.
//!
//! Deliberately absent: pitch (no crate that is kept up does it well enough on telephone lines to say something of a
//! person), emotion from sound, and any recognition of who a voice is.

mod align;
pub mod found;
mod frames;
mod heard;
mod resample;
mod spurts;
mod wav;

pub use heard::{CutOff, Heard, Party, SoundFile, hear, hear_from, speakers};

/// Why a recording was not heard.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The file could not be opened or read.
    #[error("{path}: {}", self.message())]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        kind: std::io::ErrorKind,
    },
    /// The file is no recording that can be decoded.
    #[error("{path}: {}", self.message())]
    Bad {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The file holds no sound.
    #[error("{path}: {}", self.message())]
    Empty {
        /// The file.
        path: String,
    },
}

impl VoiceError {
    fn unreadable(path: &str, e: &std::io::Error) -> VoiceError {
        VoiceError::Unreadable { path: path.to_owned(), kind: e.kind() }
    }

    fn bad(path: &str, what: &str) -> VoiceError {
        VoiceError::Bad { path: path.to_owned(), what: what.to_owned() }
    }

    /// The name of the reason in `skipped.jsonl`.
    pub fn code(&self) -> &'static str {
        match self {
            VoiceError::Unreadable { kind: std::io::ErrorKind::PermissionDenied, .. } => "no_permission",
            VoiceError::Unreadable { .. } => "unreadable",
            VoiceError::Bad { .. } => "bad_recording",
            VoiceError::Empty { .. } => "no_sound",
        }
    }

    /// The file.
    pub fn path(&self) -> &str {
        match self {
            VoiceError::Unreadable { path, .. } | VoiceError::Bad { path, .. } | VoiceError::Empty { path } => path,
        }
    }

    /// What happened and what to do.
    pub fn message(&self) -> String {
        match self {
            VoiceError::Unreadable { kind, .. } => {
                format!("could not be read ({kind}); check that it is there and yours to read")
            }
            VoiceError::Bad { what, .. } => {
                format!("{what}; export it again, or convert it: sox in.wav -e signed -b 16 out.wav")
            }
            VoiceError::Empty { .. } => "holds no sound; export it again if it should".to_owned(),
        }
    }
}
