//! A progress bar on a terminal, nothing on a pipe.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::Progress;

/// A bar on a terminal, nothing on a pipe.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar; a hidden one where `quiet` is asked for or standard error is no terminal.
    pub(crate) fn new(quiet: bool) -> Bar {
        let bar = if quiet || !std::io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let look = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(look);
        Bar(bar)
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn total(&self, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn done(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}
