//! Everything that the service refuses or fails at: the one table from errors to statuses, told as RFC 9457 problems.
//!
//! A problem's `code` is stable and names the limit or the part that failed; its `detail` says what to do. Neither ever
//! holds words of a conversation, nor a token.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    queue::{Failure, Full},
    score::ScoreError,
    store::StoreError,
};

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:literal, $title:literal;)+) => {
        /// Why a request got no answer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $title] $variant,)+ }

        /// All codes with their status and title; `/docs` and the tests read it too.
        pub const CODES: &[(Code, &str, u16, &str)] = &[$((Code::$variant, $name, $status, $title),)+];
    };
}

codes! {
    BadJson = "bad_json", 400, "The body is not JSON";
    BadRequest = "bad_request", 400, "The request does not fit";
    TooDeep = "json_too_deep", 400, "The JSON is nested too deep";
    BodyIncomplete = "body_incomplete", 400, "The body could not be read to its end";
    Unauthorized = "unauthorized", 401, "A valid bearer token is needed";
    OriginNotAllowed = "origin_not_allowed", 403, "Pages of other origins may not ask";
    NotFound = "not_found", 404, "There is nothing here";
    MethodNotAllowed = "method_not_allowed", 405, "Another method is needed";
    BodySlow = "body_too_slow", 408, "The body came too slowly";
    AmbiguousId = "ambiguous_id", 409, "Several deals hold a conversation of this id";
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    DecodedTooLarge = "decoded_body_too_large", 413, "The body is too large once decompressed";
    TooManyValues = "too_many_values", 413, "The JSON holds too many values";
    TooManyTexts = "too_many_texts", 413, "Too many texts for one request";
    MediaType = "unsupported_media_type", 415, "The body's type or encoding is not taken";
    HostNotAllowed = "host_not_allowed", 421, "The service is not known by this name";
    Unreadable = "unreadable", 422, "The export could not be read";
    ClientBusy = "client_limit", 429, "This client has too many requests under way";
    Overloaded = "overloaded", 429, "More is asked than can be answered in time";
    ScoringFailed = "scoring_failed", 500, "The model failed";
    Internal = "internal", 500, "The service failed";
    NoStore = "no_store", 501, "The service keeps nothing";
    NotReady = "not_ready", 503, "The service is not ready";
    ConnectionsFull = "connections_full", 503, "Too many connections are open";
    Draining = "draining", 503, "The service is ending";
    QueueFull = "queue_full", 503, "The service is full";
    BodiesFull = "bodies_full", 503, "Too many large bodies are under way";
    Late = "deadline_passed", 503, "The deadline passed while the request waited";
    StoreBusy = "store_busy", 503, "The store is busy";
    StoreFailed = "store_failed", 503, "The store could not be written or read";
    Timeout = "timeout", 504, "The request took too long";
    StoreFull = "store_full", 507, "The disk of the store is full";
}

impl Code {
    /// Its name, status and title.
    fn row(self) -> (&'static str, StatusCode, &'static str) {
        let (_, name, status, title) = CODES[self as usize];
        // The table holds valid statuses only; a test goes through it.
        (name, StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), title)
    }

    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// Its status.
    pub fn status(self) -> StatusCode {
        self.row().1
    }

    /// The problem with a detail for people.
    pub fn because(self, detail: impl Into<String>) -> Problem {
        Problem { code: self, detail: detail.into(), limit: None, retry_after: None }
    }
}

/// A refused or failed request on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Why.
    pub code: Code,
    /// What happened and what to do.
    pub detail: String,
    /// The limit that was passed, where it is one.
    pub limit: Option<u64>,
    /// When it is worth trying again.
    pub retry_after: Option<Duration>,
}

impl Problem {
    /// As it is told of an erasure: what a full disk keeps from going is not kept from coming.
    pub fn of_erasure(self) -> Problem {
        match self.code {
            Code::StoreFull => {
                let detail = "nothing was erased; make room on the store's disk by other means, then ask again";
                Problem { detail: detail.into(), ..self }
            }
            _ => self,
        }
    }

    /// With the limit that was passed.
    pub fn limit(self, limit: u64) -> Problem {
        Problem { limit: Some(limit), ..self }
    }

    /// With the time after which it is worth trying again.
    pub fn retry_after(self, wait: Duration) -> Problem {
        Problem { retry_after: Some(wait), ..self }
    }
}

/// How a problem looks to the client: RFC 9457 with a stable code.
#[derive(Serialize, ToSchema)]
pub struct ProblemBody {
    /// Always `about:blank`: the code says more.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    pub kind: &'static str,
    /// The status again.
    #[schema(example = 503)]
    pub status: u16,
    /// A stable name of the reason.
    #[schema(example = "queue_full")]
    pub code: &'static str,
    /// The reason in words, the same for each code.
    pub title: &'static str,
    /// What happened and what to do.
    pub detail: String,
    /// The limit that was passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Milliseconds after which it is worth trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// For clients of text-embeddings-inference and KServe, which look for the message here.
    pub error: String,
    /// For clients of text-embeddings-inference: the reason in its words.
    pub error_type: ErrorType,
}

/// The kinds of errors that text-embeddings-inference knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum ErrorType {
    /// It does not score now.
    Unhealthy,
    /// Scoring failed.
    Backend,
    /// More is asked than can be answered.
    Overloaded,
    /// The request was refused.
    Validation,
}

impl From<Code> for ErrorType {
    fn from(code: Code) -> ErrorType {
        match code {
            Code::NotReady | Code::Draining => ErrorType::Unhealthy,
            Code::Overloaded
            | Code::ClientBusy
            | Code::ConnectionsFull
            | Code::QueueFull
            | Code::BodiesFull
            | Code::Late => ErrorType::Overloaded,
            code if code.status().is_client_error() => ErrorType::Validation,
            _ => ErrorType::Backend,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (name, status, title) = self.code.row();
        let retry_after_ms = self.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let error = format!("{title}: {}", self.detail);
        let told = Told(self.clone());
        let body = ProblemBody {
            kind: "about:blank",
            status: status.as_u16(),
            code: name,
            title,
            detail: self.detail,
            limit: self.limit,
            retry_after_ms,
            error,
            error_type: self.code.into(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = retry_after_ms {
            // Whole seconds, rounded up: 0 would mean "at once".
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000).max(1)));
        }
        if self.code == Code::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self.code);
        response.extensions_mut().insert(told);
        response
    }
}

/// The problem that a response tells, beside its [`Code`], for whoever shows it in another form.
#[derive(Clone, Debug)]
pub struct Told(pub Problem);

impl From<Full> for Problem {
    fn from(full: Full) -> Problem {
        let wait = full.wait.max(Duration::from_millis(100));
        Code::QueueFull
            .because("more is waiting than can be scored in time; try again later or ask less at once")
            .retry_after(wait)
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        match failure {
            Failure::Late => {
                Code::Late.because("it was not scored; try again later").retry_after(Duration::from_secs(1))
            }
            Failure::TooLong => too_long(),
            Failure::Closed => draining(),
            Failure::Score(error) => error.into(),
        }
    }
}

impl From<ScoreError> for Problem {
    fn from(error: ScoreError) -> Problem {
        // Tokenizer and runtime may quote what they were given; our own words do not.
        let detail = match &error {
            ScoreError::Tokenizer { bytes, .. } => format!("the tokenizer failed on a text of {bytes} bytes"),
            ScoreError::NotANumber { label, .. } => format!("the model gave no number for the label {label}"),
            ScoreError::Run { .. } => "the model failed on the text".into(),
            other => other.to_string(),
        };
        Code::ScoringFailed.because(detail)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        // The log says which file; a client is told what to do.
        tracing::error!(error = %error, "the store");
        match error {
            StoreError::Full { .. } => Code::StoreFull.because("nothing was kept; send again when there is room"),
            StoreError::Busy { .. } => store_busy(),
            StoreError::LogNotCleared { .. } => Code::StoreBusy
                .because("it is erased, but still stands in the store's log; send again to clear it")
                .retry_after(Duration::from_secs(1)),
            StoreError::Corrupt { .. } => {
                Code::StoreFailed.because("the store is damaged; its operator runs dealtone store check")
            }
            _ => Code::StoreFailed.because("nothing was changed; the service's log says why"),
        }
    }
}

/// Another process holds the store.
pub fn store_busy() -> Problem {
    Code::StoreBusy.because("nothing was changed; send again").retry_after(Duration::from_secs(1))
}

/// A request has more to be scored than can be in its time: trying again would end alike.
pub fn too_long() -> Problem {
    Code::Timeout.because(
        "there is more of it than can be scored in its time; send it in parts, or have the service started with a longer \
         --request-timeout",
    )
}

/// The service is ending.
pub fn draining() -> Problem {
    Code::Draining.because("ask another instance").retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_at_its_own_row_once_and_has_an_error_status() {
        for (place, (code, name, status, title)) in CODES.iter().enumerate() {
            assert_eq!(*code as usize, place, "{name}");
            assert!((400..600).contains(status), "{name}");
            assert!(!title.ends_with('.'), "{name}");
            assert_eq!(CODES.iter().filter(|row| row.1 == *name).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let response = Problem::from(Full { wait: Duration::from_millis(1300) }).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}
