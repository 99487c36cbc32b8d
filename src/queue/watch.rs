//! What the queue tells whoever counts.

use std::time::Duration;

/// What the queue tells whoever counts. Called from the scoring threads: implementers must be quick.
pub trait Watch: Send + Sync {
    /// A run ended.
    fn ran(&self, run: &Run);
    /// Rows left the queue without a run.
    fn dropped(&self, rows: usize, why: Dropped);
}

/// One run of the model.
#[derive(Clone, Debug)]
pub struct Run {
    /// Rows.
    pub rows: usize,
    /// Tokens without padding.
    pub tokens: usize,
    /// Tokens of padding.
    pub padding: usize,
    /// How long the row that waited longest had waited.
    pub waited: Duration,
    /// How long the run took.
    pub took: Duration,
    /// Whether it failed.
    pub failed: bool,
    /// Whether it failed by a panic.
    pub panicked: bool,
}

/// Why rows were dropped before they were run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Their deadline had passed.
    Late,
    /// Their caller had left.
    CallerLeft,
    /// Another row of the request had failed, or the service is ending.
    Pointless,
}
