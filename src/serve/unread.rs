//! The rest of a body that nobody read: a connection that is closed on somebody who is still sending loses the answer on its
//! way, so what comes behind a refusal is read and forgotten, up to a limit and for a while.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};

use super::app::App;

/// How many times the largest body may come behind a refusal: many would send a little too much, few very much.
const TIMES: usize = 4;

/// Answers, and reads what is left of the body before the answer goes.
pub async fn read_and_forget(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    // Such a client sends nothing before it is asked to; to read would be to ask.
    let waits = parts.headers.contains_key(header::EXPECT);
    let body = Watched { body: Arc::new(Mutex::new(body)), asked: Arc::default() };
    let response = next.run(Request::from_parts(parts, Body::new(body.clone()))).await;
    let was_asked = body.asked.load(Ordering::Relaxed);
    // Whoever was too slow has had the time.
    if (was_asked || !waits) && response.status() != StatusCode::REQUEST_TIMEOUT {
        let limits = app.options.body;
        let _ = tokio::time::timeout(limits.time, body.forget(limits.encoded.saturating_mul(TIMES))).await;
    }
    response
}

/// A body of which something is left when its reader is gone.
#[derive(Clone)]
struct Watched {
    body: Arc<Mutex<Body>>,
    asked: Arc<AtomicBool>,
}

impl Watched {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn forget(mut self, mut left: usize) {
        while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut self).poll_frame(context)).await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.asked.store(true, Ordering::Relaxed);
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}
