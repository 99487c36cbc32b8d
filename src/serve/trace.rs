//! Who asked what, when and how long it took: request ids, W3C trace context, one log line a request.
//!
//! A line holds the route's pattern, never the path; it holds no header and no body but the ids.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use sha2::{Digest, Sha256};

use super::{app::App, problem::Code};
use crate::conversation::hex;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Routes whose good answers are logged at debug level only.
const QUIET: &[&str] = &["/livez", "/readyz", "/metrics", "/health", "/v2/health/live", "/v2/health/ready"];

/// The status under which a request stands whose client left before it was answered; nobody is sent it. nginx's number.
const CLIENT_LEFT: u16 = 499;

/// Longest request id that is taken from a client.
const MAX_ID: usize = 128;

/// Names and times a request, logs and counts its answer.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known_method(request.method().as_str());
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let id = request_id(request.headers());
    let trace = Trace::of(request.headers());
    let state = request.headers().get(TRACESTATE).cloned();
    let asked = Asked { app, started, method, route, id, trace, end: None };
    let mut response = next.run(request).await;
    let asked = asked.answered(&response);
    let (id, trace) = (&asked.id, &asked.trace);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    if let Ok(value) = HeaderValue::from_str(&trace.header()) {
        headers.insert(TRACEPARENT, value);
    }
    if let Some(state) = state {
        headers.insert(TRACESTATE, state);
    }
    // The line is written when the answer is on its way: a short text would wait for it a tenth of its time. A runtime that ends
    // drops what is still to run, which writes the line as well.
    tokio::spawn(async move { drop(asked) });
    response
}

/// A request that was asked. Dropped, it writes its line: with its answer, or as one whose client left before there was any.
struct Asked {
    app: App,
    started: Instant,
    method: &'static str,
    route: String,
    id: String,
    trace: Trace,
    end: Option<End>,
}

/// How a request ended.
#[derive(Clone, Copy)]
struct End {
    status: u16,
    code: Option<&'static str>,
    took: Duration,
}

impl Asked {
    fn answered(mut self, response: &Response) -> Asked {
        let code = response.extensions().get::<Code>().map(|code| code.name());
        self.ends(response.status().as_u16(), code);
        self
    }

    fn ends(&mut self, status: u16, code: Option<&'static str>) -> End {
        let took = self.started.elapsed();
        self.app.metrics.answered(self.method, &self.route, status, code, took);
        *self.end.insert(End { status, code, took })
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let End { status, code, took } = self.end.unwrap_or_else(|| self.ends(CLIENT_LEFT, None));
        let duration_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        let message = if status == CLIENT_LEFT { "the client left" } else { "answered" };
        macro_rules! log {
            ($level:ident) => {
                tracing::$level!(
                    request_id = %self.id,
                    trace_id = %self.trace.id,
                    span_id = %self.trace.span,
                    parent_id = self.trace.parent.as_deref(),
                    method = self.method,
                    route = %self.route,
                    status,
                    code,
                    duration_ms,
                    "{message}"
                )
            };
        }
        // Probes and scrapes come every few seconds and say nothing while all is well.
        if status < 400 && QUIET.contains(&self.route.as_str()) {
            log!(debug);
        } else {
            log!(info);
        }
    }
}

/// Methods that may stand in a metric's label; anybody can invent others.
fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// The client's id where it is a plain one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok());
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    match given {
        Some(id) if !id.is_empty() && id.len() <= MAX_ID && id.chars().all(plain) => id.to_owned(),
        _ => unique()[..32].to_owned(),
    }
}

/// The trace that a request belongs to, as of the W3C's Trace Context, version 00.
struct Trace {
    id: String,
    parent: Option<String>,
    span: String,
    flags: String,
}

impl Trace {
    fn of(headers: &HeaderMap) -> Trace {
        let fresh = unique();
        let span = fresh[32..48].to_owned();
        let given = headers.get(TRACEPARENT).and_then(|v| v.to_str().ok()).and_then(parse_traceparent);
        match given {
            Some((id, parent, flags)) => Trace { id, parent: Some(parent), span, flags },
            None => Trace { id: fresh[..32].to_owned(), parent: None, span, flags: "00".into() },
        }
    }

    /// What the answer carries: the trace with our own span.
    fn header(&self) -> String {
        format!("00-{}-{}-{}", self.id, self.span, self.flags)
    }
}

fn parse_traceparent(value: &str) -> Option<(String, String, String)> {
    let parts: Vec<&str> = value.split('-').collect();
    let [version, id, parent, flags] = parts[..] else { return None };
    let hex_of = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let zero = |text: &str| text.bytes().all(|b| b == b'0');
    let valid =
        version == "00" && hex_of(id, 32) && hex_of(parent, 16) && hex_of(flags, 2) && !zero(id) && !zero(parent);
    valid.then(|| (id.to_owned(), parent.to_owned(), flags.to_owned()))
}

/// 64 hex digits that no other call on this or another machine gives: not a secret, only a name.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let seed = format!("{now}/{}/{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    hex(&Sha256::digest(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_and_a_broken_one_begins_anew() {
        let mut headers = HeaderMap::new();
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert(TRACEPARENT, HeaderValue::from_static(given));
        let trace = Trace::of(&headers);
        assert_eq!(trace.id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(trace.parent.as_deref(), Some("00f067aa0ba902b7"));
        assert!(trace.header().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && trace.header().ends_with("-01"));
        assert_ne!(trace.header(), given, "the span is our own");
        for broken in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        ] {
            headers.insert(TRACEPARENT, HeaderValue::from_str(broken).unwrap());
            assert!(Trace::of(&headers).parent.is_none(), "{broken}");
        }
    }

    #[test]
    fn only_plain_request_ids_are_taken() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_static("job-17:a"));
        assert_eq!(request_id(&headers), "job-17:a");
        for odd in ["Ann Smith", "a\"b", ""] {
            headers.insert(REQUEST_ID, HeaderValue::from_str(odd).unwrap());
            assert_eq!(request_id(&headers).len(), 32, "{odd:?}");
        }
    }
}
