//! The store for those who wait without holding a thread: every call runs on a thread for long work, one at a time.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use super::problem::{Code, Problem, draining};
use crate::store::{Store, StoreError};

/// A store behind a lock, until it is closed; cloning it is cheap.
#[derive(Clone)]
pub struct Keeper(Arc<Mutex<Option<Box<dyn Store>>>>);

impl Keeper {
    /// Takes the store.
    pub fn new(store: Box<dyn Store>) -> Keeper {
        Keeper(Arc::new(Mutex::new(Some(store))))
    }

    /// Does `work` on the store. A caller who leaves does not stop it half way.
    ///
    /// # Errors
    /// With what the store fails with.
    pub async fn with<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            // A panic under the lock rolls its transaction back; the store is whole.
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            store.as_mut().map(|store| work(store.as_mut()))
        });
        match done.await {
            Ok(Some(result)) => result.map_err(Problem::from),
            Ok(None) => Err(draining()),
            Err(_) => Err(Code::StoreFailed.because("the store panicked; nothing was changed")),
        }
    }

    /// Closes the store where nobody is at it, whoever still knows of it: so that its log is emptied and taken away even
    /// where a thread is stuck elsewhere. What is at work is not waited for; its commit stands or falls as at a kill.
    pub fn close(&self) {
        match self.0.try_lock() {
            Ok(mut store) => drop(store.take()),
            Err(TryLockError::Poisoned(store)) => drop(store.into_inner().take()),
            Err(TryLockError::WouldBlock) => {}
        }
    }
}
