//! From the first listen to the last answer: sockets, connections, signals, and an end that comes in time.
//!
//! The end has three phases. *Draining*: `/readyz` says no, everything else goes on, so that whoever routes requests
//! here can learn of it. *Closing*: no new connection, idle ones are closed, what is under way is finished. At the hard
//! deadline the process ends whatever is still stuck; what was acknowledged is in the store by then.

use std::{
    io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener},
    sync::Semaphore,
};

use super::{
    app::{App, Phase},
    doors::{BeyondLimit, Client},
    stalled::Impatient,
};

/// Pause after an accept that failed for want of files or memory: the next one would fail too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections beyond the limit that are answered at once: probes, so that nobody restarts a service for being busy, and
/// a refusal for everybody else.
const SPARE_PLACES: usize = 16;

/// How long such a connection may take for the head of its request: whoever holds it keeps others from asking.
const SPARE_WAIT: Duration = Duration::from_secs(1);

/// Where the service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// An address and port; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A unix socket: whoever may write the file may connect.
    Unix(PathBuf),
}

impl std::fmt::Display for Bind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bind::Tcp(address) => write!(f, "{address}"),
            Bind::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl std::str::FromStr for Bind {
    type Err = String;

    fn from_str(text: &str) -> Result<Bind, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Bind::Unix(path.into()));
        }
        let with_ip = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        with_ip
            .as_deref()
            .unwrap_or(text)
            .parse()
            .map(Bind::Tcp)
            .map_err(|_| format!("{text:?} is no address; say 127.0.0.1:8080, [::1]:8080 or unix:/run/dealtone.sock"))
    }
}

impl Bind {
    /// Whether only this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Bind::Tcp(address) => address.ip().is_loopback(),
            Bind::Unix(_) => true,
        }
    }
}

/// An open door.
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// Unix, with the file that is removed at the end.
    Unix(UnixListener, SocketFile),
}

/// The file of a unix socket.
pub struct SocketFile {
    path: PathBuf,
    /// Device and number of the file as it was made.
    made: (u64, u64),
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<SocketFile> {
        Ok(SocketFile { path: path.to_owned(), made: file_number(path)? })
    }

    /// Removes the file, unless it is another's: while this service was ending, the next one may have made its own there.
    fn remove(&self) {
        if file_number(&self.path).is_ok_and(|there| there == self.made) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn file_number(path: &Path) -> io::Result<(u64, u64)> {
    let there = std::fs::symlink_metadata(path)?;
    Ok((there.dev(), there.ino()))
}

impl Listener {
    /// Opens the door.
    ///
    /// # Errors
    /// Where the address is taken or not ours. The file of a unix socket that nobody listens on any more is replaced.
    pub async fn open(bind: &Bind) -> io::Result<Listener> {
        match bind {
            Bind::Tcp(address) => Ok(Listener::Tcp(TcpListener::bind(address).await?)),
            Bind::Unix(path) => {
                remove_stale(path)?;
                let listener = UnixListener::bind(path)?;
                // The owner and its group; others have no business here.
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
                Ok(Listener::Unix(listener, SocketFile::new(path)?))
            }
        }
    }

    /// Where it listens, with the port that the system chose.
    pub fn bound(&self) -> io::Result<Bind> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().map(Bind::Tcp),
            Listener::Unix(_, file) => Ok(Bind::Unix(file.path.clone())),
        }
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket stands there"));
    }
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens on it")),
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        // Whoever listens there may only not want us, or be too busy for one more.
        Err(e) => Err(e),
    }
}

/// Takes connections until the service closes, then waits until the last one is done.
pub async fn serve(app: &App, listener: Listener, router: Router) {
    let mut phase = app.watch_phase();
    let room = Arc::new(Semaphore::new(app.options.max_connections));
    let router = TowerToHyperService::new(router);
    let spare = Arc::new(Semaphore::new(SPARE_PLACES));
    loop {
        // Beyond the limit, and the few places behind it, connections wait in the system's own queue, which costs us nothing.
        let place = tokio::select! {
            biased;
            place = Arc::clone(&room).acquire_owned() => place.map(|permit| (permit, false)),
            place = Arc::clone(&spare).acquire_owned() => place.map(|permit| (permit, true)),
            _ = phase.wait_for(|phase| *phase == Phase::Closing) => break,
        };
        let Ok((mut place, mut is_beyond)) = place else { break };
        let accepted = tokio::select! {
            accepted = accept(&listener) => accepted,
            _ = phase.wait_for(|phase| *phase == Phase::Closing) => break,
        };
        // Somebody may have left since the place was taken.
        if is_beyond && let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            (place, is_beyond) = (permit, false);
        }
        match accepted {
            Ok((stream, client)) => {
                let (app, router) = (app.clone(), router.clone());
                // Counted here: whoever waits for the last one to end may look before its task has begun.
                let counted = Counted::new(&app);
                tokio::spawn(async move {
                    match stream {
                        Stream::Tcp(stream) => {
                            // Answers are small and whole: nothing is gained by holding them back.
                            let _ = stream.set_nodelay(true);
                            converse(&app, stream, client, is_beyond, router).await;
                        }
                        Stream::Unix(stream) => converse(&app, stream, client, is_beyond, router).await,
                    }
                    drop((counted, place));
                });
            }
            Err(error) => {
                tracing::warn!(error = %error.kind(), "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    if let Listener::Unix(_, file) = &listener {
        file.remove();
    }
    drop(listener);
    while app.connections.load(Ordering::Relaxed) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A connection, as long as it lasts, however it ends.
struct Counted(App);

impl Counted {
    fn new(app: &App) -> Counted {
        app.connections.fetch_add(1, Ordering::Relaxed);
        Counted(app.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(tokio::net::UnixStream),
}

async fn accept(listener: &Listener) -> io::Result<(Stream, Client)> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            Ok((Stream::Tcp(stream), Client::Ip(peer.ip().to_canonical())))
        }
        Listener::Unix(listener, _) => {
            let (stream, _) = listener.accept().await?;
            Ok((Stream::Unix(stream), Client::Socket))
        }
    }
}

/// Answers what comes by a connection; where it `is_beyond` the limit, one request that comes at once.
async fn converse<S>(app: &App, stream: S, client: Client, is_beyond: bool, router: TowerToHyperService<Router>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(client.clone());
        if is_beyond {
            request.extensions_mut().insert(BeyondLimit);
        }
        router.call(request)
    });
    let patience = if is_beyond { SPARE_WAIT.min(app.options.idle_timeout) } else { app.options.idle_timeout };
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // Slow headers and idle connections alike.
        .header_read_timeout(patience)
        .keep_alive(!is_beyond)
        .max_header_size(app.options.max_header)
        .max_headers(100);
    let stream = TokioIo::new(Impatient::new(stream, patience));
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut phase = app.watch_phase();
    let closing = async move {
        let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
    };
    tokio::select! {
        // A client that leaves or speaks no HTTP is no event worth a line.
        _ = connection.as_mut() => return,
        () = closing => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Leads the service through its end: announces it, waits, closes, and tells whether all was done before the deadline.
pub async fn end(app: &App, serving: tokio::task::JoinHandle<()>) -> bool {
    let asked = Instant::now();
    let deadline = asked + app.options.drain_deadline;
    // Half of the time is for what is under way, however long the delay was wished to be.
    let delay = app.options.drain_delay.min(app.options.drain_deadline / 2);
    app.advance(Phase::Draining);
    tracing::info!(
        drain_delay_s = delay.as_secs_f64(),
        deadline_s = app.options.drain_deadline.as_secs_f64(),
        "ending: not ready from now on"
    );
    tokio::time::sleep(delay).await;
    app.advance(Phase::Closing);
    let in_time = tokio::time::timeout_at(deadline.into(), serving).await.is_ok();
    let threads_done = match app.scorer() {
        Err(_) => true,
        Ok(scorer) => {
            scorer.queue.close();
            loop {
                if scorer.queue.is_finished() {
                    break true;
                }
                if Instant::now() >= deadline {
                    break false;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    let whole = in_time && threads_done;
    tracing::info!(took_s = asked.elapsed().as_secs_f64(), whole, "ended");
    whole
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixListener};

    use super::*;

    #[test]
    fn the_socket_of_the_next_one_stays_when_this_one_ends() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("s");
        let _own = UnixListener::bind(&path).unwrap();
        let own = SocketFile::new(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let _next = UnixListener::bind(&path).unwrap();
        let next = SocketFile::new(&path).unwrap();
        own.remove();
        assert!(path.exists());
        next.remove();
        assert!(!path.exists());
    }

    #[test]
    fn only_a_socket_on_which_nobody_listens_is_taken_away() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        drop(UnixListener::bind(path("stale")).unwrap());
        assert!(remove_stale(&path("stale")).is_ok() && !path("stale").exists());
        let _listener = UnixListener::bind(path("alive")).unwrap();
        assert_eq!(remove_stale(&path("alive")).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        // Somebody is there, and not for us.
        let _other = UnixDatagram::bind(path("other")).unwrap();
        assert!(remove_stale(&path("other")).is_err() && path("other").exists());
        assert!(remove_stale(&path("none")).is_ok());
    }
}
