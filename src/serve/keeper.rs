//! The store for those who wait without holding a thread: every call runs on a thread for long work, one at a time.

use std::sync::{Arc, Mutex, PoisonError};

use super::problem::{Code, Problem};
use crate::store::{Store, StoreError};

/// A store behind a lock; cloning it is cheap.
#[derive(Clone)]
pub struct Keeper(Arc<Mutex<Box<dyn Store>>>);

impl Keeper {
    /// Takes the store.
    pub fn new(store: Box<dyn Store>) -> Keeper {
        Keeper(Arc::new(Mutex::new(store)))
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
            work(store.as_mut())
        });
        match done.await {
            Ok(result) => result.map_err(Problem::from),
            Err(_) => Err(Code::StoreFailed.because("the store panicked; nothing was changed")),
        }
    }
}
