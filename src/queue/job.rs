//! One request in the queue: the numbers that came for it so far, and whoever waits for the rest.

use std::{
    sync::{Mutex, atomic::AtomicBool},
    time::Instant,
};

use super::{Failure, lock};
use crate::score::Logits;

/// Whoever waits.
pub type Reply = Box<dyn FnOnce(Result<Vec<Logits>, Failure>) + Send>;

/// A request: what is known of it while its rows wait.
pub struct Job {
    pub arrived: Instant,
    pub deadline: Instant,
    /// Whether any of its rows was taken to be run.
    pub is_begun: AtomicBool,
    pub open: Mutex<Option<Open>>,
}

/// A request that has no answer yet.
pub struct Open {
    pub logits: Vec<Logits>,
    pub missing: usize,
    pub reply: Reply,
}

impl Job {
    /// Answers with a failure, unless it is answered already.
    pub fn fail(&self, failure: Failure) {
        let open = lock(&self.open).take();
        if let Some(open) = open {
            (open.reply)(Err(failure));
        }
    }

    /// Takes the numbers of one row; with the last one it is answered.
    pub fn deliver(&self, at: usize, logits: Logits) {
        let mut guard = lock(&self.open);
        let Some(open) = guard.as_mut() else { return };
        open.logits[at] = logits;
        open.missing -= 1;
        if open.missing == 0
            && let Some(open) = guard.take()
        {
            drop(guard);
            (open.reply)(Ok(open.logits));
        }
    }

    /// Whether somebody still waits for the answer.
    pub fn is_open(&self) -> bool {
        lock(&self.open).is_some()
    }
}
