//! What holds for many rows or messages of one file is told once: of how many, with the line of the first.

use super::{Input, Skipped};

/// Those of which one thing is told, by their number and the line of the first.
#[derive(Debug, Default)]
pub struct Noted {
    count: usize,
    first: Option<usize>,
}

impl Noted {
    /// Counts one on `line`.
    pub fn add(&mut self, line: Option<usize>) {
        self.count += 1;
        self.first = self.first.or(line);
    }

    /// What is said of them, if there are any: `one` of a single one, else `several` of their number.
    pub fn told(&self, input: &Input, code: &str, one: &str, several: impl FnOnce(usize) -> String) -> Option<Skipped> {
        let message = match self.count {
            0 => return None,
            1 => one.to_owned(),
            count => format!("{}; the first stands here", several(count)),
        };
        Some(input.skipped(self.first, code, message))
    }
}
