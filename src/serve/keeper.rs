//! The store for those who wait without holding a thread. It has two threads of its own: one writes; the other only reads,
//! and so waits for nobody, not even for another process that holds the store's lock. Neither is a thread on which
//! anything is scored: what keeps nothing does not wait for the store.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, TryLockError, mpsc},
    thread,
    time::Instant,
};

use tokio::sync::oneshot;

use super::{
    metrics::Metrics,
    payload,
    problem::{Code, Problem, draining, store_busy},
};
use crate::store::{Store, StoreError};

/// A store until it is closed; cloning it is cheap.
#[derive(Clone)]
pub struct Keeper {
    writer: Desk,
    reader: Desk,
}

impl Keeper {
    /// Takes the store, and the same store once more for reading alone.
    ///
    /// # Errors
    /// Where the system refuses a thread.
    pub fn new(writer: Box<dyn Store>, reader: Box<dyn Store>, metrics: &Arc<Metrics>) -> io::Result<Keeper> {
        Ok(Keeper {
            writer: Desk::open("keep", writer, Arc::clone(metrics))?,
            reader: Desk::open("look", reader, Arc::clone(metrics))?,
        })
    }

    /// Does `work`, which changes nothing, on what is committed.
    ///
    /// # Errors
    /// With what the store fails with.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        self.reader.ask(work).await
    }

    /// Does `work`, which may change the store. A caller who leaves does not stop it half way; where it is not begun yet, it
    /// is not.
    ///
    /// # Errors
    /// With what the store fails with.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.ask(work).await
    }

    /// Closes the store where nobody is at it, whoever still knows of it: so that its log is emptied and taken away even
    /// where a thread is stuck elsewhere. What is at work is not waited for; its commit stands or falls as at a kill.
    pub fn close(&self) {
        // Whoever closes last empties the log, and only the writer may.
        self.reader.close();
        self.writer.close();
    }
}

/// What a piece of work finds when its turn comes.
enum Turn<'a> {
    Store(&'a mut dyn Store),
    Closed,
    /// Another process held the store for as long as one may wait for it, while this piece of work waited too.
    Held,
}

struct Job {
    arrived: Instant,
    /// Says whether another process held the store; nothing where it was not tried.
    work: Box<dyn FnOnce(Turn) -> Option<bool> + Send>,
}

/// A store behind a lock with the thread that works on it, one piece after the other.
#[derive(Clone)]
struct Desk {
    store: Arc<Mutex<Option<Box<dyn Store>>>>,
    jobs: mpsc::Sender<Job>,
}

impl Desk {
    fn open(name: &str, store: Box<dyn Store>, metrics: Arc<Metrics>) -> io::Result<Desk> {
        let (jobs, todo) = mpsc::channel();
        let desk = Desk { store: Arc::new(Mutex::new(Some(store))), jobs };
        let store = Arc::clone(&desk.store);
        thread::Builder::new().name(name.into()).spawn(move || serve(&store, &todo, &metrics))?;
        Ok(desk)
    }

    async fn ask<T, F>(&self, work: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    {
        let (send, receive) = oneshot::channel();
        // What waits here after its caller has left still takes memory.
        let room = payload::room();
        let work = move |turn: Turn| {
            let _room = room;
            if send.is_closed() {
                return None;
            }
            let (result, held) = match turn {
                Turn::Store(store) => {
                    let result = work(store);
                    let held = matches!(result, Err(StoreError::Busy { .. }));
                    (result.map_err(Problem::from), Some(held))
                }
                Turn::Closed => (Err(draining()), None),
                Turn::Held => (Err(store_busy()), None),
            };
            let _ = send.send(result);
            held
        };
        let job = Job { arrived: Instant::now(), work: Box::new(work) };
        self.jobs.send(job).map_err(|_| draining())?;
        let panicked = |_| Code::StoreFailed.because("the store panicked; nothing was changed");
        receive.await.unwrap_or_else(|gone| Err(panicked(gone)))
    }

    fn close(&self) {
        match self.store.try_lock() {
            Ok(mut store) => drop(store.take()),
            Err(TryLockError::Poisoned(store)) => drop(store.into_inner().take()),
            Err(TryLockError::WouldBlock) => {}
        }
    }
}

/// Does what comes until nobody is left who could ask.
fn serve(store: &Mutex<Option<Box<dyn Store>>>, todo: &mpsc::Receiver<Job>, metrics: &Metrics) {
    // When the last try began that found the store held: whoever had come by then has waited as long as that one.
    let mut held: Option<Instant> = None;
    for job in todo {
        let began = Instant::now();
        // A panic under the lock rolls its transaction back; the store is whole.
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = match store.as_mut() {
            None => Turn::Closed,
            Some(_) if held.is_some_and(|since| job.arrived <= since) => Turn::Held,
            Some(store) => Turn::Store(store.as_mut()),
        };
        match catch_unwind(AssertUnwindSafe(|| (job.work)(turn))) {
            Ok(None) => {}
            Ok(Some(busy)) => held = busy.then_some(began),
            Err(_) => metrics.panicked(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::sqlite::SqliteStore;

    fn keeper(folder: &std::path::Path) -> (Keeper, Arc<Metrics>) {
        let metrics = Arc::<Metrics>::default();
        let store = SqliteStore::open(&folder.join("store")).unwrap();
        let reader = store.reader().unwrap();
        (Keeper::new(Box::new(store), Box::new(reader), &metrics).unwrap(), metrics)
    }

    /// Some work that finds the store held after a while.
    fn held(_: &mut dyn Store) -> Result<(), StoreError> {
        thread::sleep(Duration::from_millis(400));
        Err(StoreError::Busy { path: "store".into() })
    }

    #[tokio::test]
    async fn who_waits_for_a_store_that_is_held_waits_once_and_readers_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, _) = keeper(folder.path());
        let began = Instant::now();
        let reading = async {
            keeper.read(|store| store.size()).await.unwrap();
            began.elapsed()
        };
        let ask = || keeper.write(held);
        let writers = async { tokio::join!(ask(), ask(), ask(), ask(), ask()) };
        let (read, (one, two, three, four, five)) = tokio::join!(reading, writers);
        assert!(read < Duration::from_millis(350), "{read:?}: a reader waited for a writer");
        for refused in [one, two, three, four, five] {
            assert_eq!(refused.unwrap_err().code, Code::StoreBusy);
        }
        // The first tries; of those that came when it had begun one tries again, and the others have waited as long.
        assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
        keeper.write(|store| store.size()).await.expect("who comes later tries");
    }

    #[tokio::test]
    async fn who_left_before_the_turn_came_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, _) = keeper(folder.path());
        let (send, receive) = mpsc::channel();
        let slow = keeper.write(|_| {
            thread::sleep(Duration::from_millis(200));
            Ok(())
        });
        let left = keeper.write(move |_| {
            let _ = send.send(());
            Ok(())
        });
        let left = tokio::time::timeout(Duration::from_millis(50), left);
        let (slow, left) = tokio::join!(slow, left);
        assert!(slow.is_ok() && left.is_err());
        keeper.write(|_| Ok(())).await.unwrap();
        assert!(receive.try_recv().is_err(), "it was done for nobody");
    }

    #[tokio::test]
    async fn a_panic_is_told_and_counted_and_the_store_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (keeper, metrics) = keeper(folder.path());
        let told = keeper.write(|_| -> Result<(), StoreError> { panic!("injected") }).await.unwrap_err();
        assert_eq!(told.code, Code::StoreFailed);
        keeper.write(|store| store.size()).await.unwrap();
        assert!(metrics.write(&Default::default()).contains("dealtone_panics_total 1\n"));
        keeper.close();
        assert_eq!(keeper.read(|store| store.size()).await.unwrap_err().code, Code::Draining);
    }
}
