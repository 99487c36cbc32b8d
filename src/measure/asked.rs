//! What measures ask for that the model cannot read: whatever comes of such an answer is no reading.

use std::cell::Cell;

use crate::utterance::{Intent, Unread};

/// What the model cannot read, and what of it a measure has asked for.
///
/// A line without a label that nobody looked for is no line without it. So each line notes here what it was asked in vain,
/// and a number that came of such an answer is no reading. What a measure rests on need not be declared beside it, where
/// the next change would forget it; and a measure whose words alone decide it ("no line of ours puts off") has its reading.
pub(super) struct Asked {
    unread: Unread,
    in_vain: Cell<Option<&'static str>>,
}

impl Asked {
    /// Of a deal that such a model has scored.
    pub fn of(unread: Unread) -> Asked {
        Asked { unread, in_vain: Cell::new(None) }
    }

    /// What was asked in vain first since the last call: `sentiment`, `intents` where none is read, or an intent. What was
    /// asked behind it may hang on the first answer, which says nothing.
    pub fn in_vain(&self) -> Option<&'static str> {
        self.in_vain.take()
    }

    /// Notes that the tone was asked for.
    pub fn sentiment(&self) {
        if self.unread.sentiment {
            self.note("sentiment");
        }
    }

    /// Notes that an intent was asked for.
    pub fn intent(&self, intent: Intent) {
        if self.unread.intents.contains(&intent) {
            self.note(if self.unread.all_intents() { "intents" } else { intent.name() });
        }
    }

    fn note(&self, label: &'static str) {
        self.in_vain.set(self.in_vain.get().or(Some(label)));
    }
}
