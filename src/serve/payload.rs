//! Bodies: read whole under limits on both sides of their encoding, and looked over before anything is built from them.

use std::{future::poll_fn, pin::pin, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

use super::{
    app::App,
    place::field_at,
    problem::{Code, Problem},
};

/// What a body may be.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes as they come.
    pub encoded: usize,
    /// Bytes once decompressed.
    pub decoded: usize,
    /// Decoded bytes for each encoded one.
    pub ratio: usize,
    /// Bytes of all bodies that are under way; bounds the memory that many clients can take together.
    pub together: usize,
    /// How long the whole body may take to come.
    pub time: Duration,
    /// Levels of nesting of JSON.
    pub depth: usize,
    /// Values and keys of one JSON document; bounds the memory that its tree takes.
    pub values: usize,
    /// Texts or turns of one request to score.
    pub texts: usize,
    /// Decoded bytes of a file of a raw export that is no JSON: what is made of text grows faster than of JSON.
    pub export_text: usize,
}

impl Default for BodyLimits {
    fn default() -> BodyLimits {
        BodyLimits {
            encoded: 2 << 20,
            decoded: 16 << 20,
            ratio: 100,
            together: 128 << 20,
            time: Duration::from_secs(10),
            depth: 64,
            values: 250_000,
            texts: 512,
            export_text: 4 << 20,
        }
    }
}

impl BodyLimits {
    /// Bytes that a body may take in memory: what it says of itself, or the most that it may be.
    fn room(&self, length: Option<usize>, packed: bool) -> usize {
        let encoded = length.unwrap_or(self.encoded);
        let decoded = if packed { self.decoded.min(encoded.saturating_mul(self.ratio).max(RATIO_FREE)) } else { 0 };
        encoded + decoded
    }
}

/// Small bodies may be compressed as well as they like.
const RATIO_FREE: usize = 64 << 10;

#[derive(Clone, Copy)]
struct EncodedLength(usize);

/// Reads the body as it comes, before it is decompressed.
pub async fn read_encoded(State(app): State<App>, request: Request, next: Next) -> Response {
    let limits = app.options.body;
    let (mut parts, body) = request.into_parts();
    let too_large = || {
        let detail = format!("at most {} bytes are taken; send less at once", limits.encoded);
        Code::BodyTooLarge.because(detail).limit(limits.encoded as u64)
    };
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits.encoded) {
        swallow(body, 4 * limits.encoded, limits.time).await;
        return too_large().into_response();
    }
    let packed = parts.headers.contains_key(header::CONTENT_ENCODING);
    let Some(_room) = app.take_body_room(limits.room(length, packed)) else {
        swallow(body, limits.encoded, limits.time).await;
        return Code::BodiesFull
            .because("wait for answers, or send less at once")
            .retry_after(Duration::from_secs(1))
            .into_response();
    };
    let bytes = match tokio::time::timeout(limits.time, to_bytes(body, limits.encoded)).await {
        Err(_) => {
            let detail = format!("a body must come within {} s", limits.time.as_secs());
            return Code::BodySlow.because(detail).into_response();
        }
        // axum tells the limit and a broken connection apart only by the source.
        Ok(Err(error)) if is_length_limit(&error) => return too_large().into_response(),
        Ok(Err(_)) => return Code::BodyIncomplete.because("the connection broke or was mis-framed").into_response(),
        Ok(Ok(bytes)) => bytes,
    };
    parts.extensions.insert(EncodedLength(bytes.len()));
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Reads a body of a request that is refused and forgets it, up to a limit: a connection that is closed on somebody who
/// is still sending loses the answer on its way.
pub async fn swallow(body: Body, limit: usize, time: Duration) {
    let mut body = pin!(body);
    let mut left = limit;
    let all = async {
        while let Some(Ok(frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    // Whoever sends too slowly is cut off.
    let _ = tokio::time::timeout(time, all).await;
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if this.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = this.source();
    }
    false
}

/// A decoded body.
pub struct Payload {
    /// The bytes.
    pub bytes: Bytes,
    /// The request's headers.
    pub headers: HeaderMap,
}

impl FromRequest<App> for Payload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Payload, Problem> {
        let limits = app.options.body;
        let encoded = request.extensions().get::<EncodedLength>().map_or(limits.decoded, |length| length.0);
        let by_ratio = encoded.saturating_mul(limits.ratio).max(RATIO_FREE);
        let limit = limits.decoded.min(by_ratio);
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, limit).await.map_err(|error| {
            if is_length_limit(&error) {
                let detail = format!(
                    "a body may be {} bytes once decompressed, and {} times what was sent",
                    limits.decoded, limits.ratio
                );
                Code::DecodedTooLarge.because(detail).limit(limit as u64)
            } else {
                Code::BodyIncomplete.because("it is not what its Content-Encoding says")
            }
        })?;
        Ok(Payload { bytes, headers: parts.headers })
    }
}

impl Payload {
    /// The body as JSON of a known shape.
    ///
    /// # Errors
    /// Where it is no JSON, too deep, too many values, or of another shape. The message says where, not what stands there.
    pub fn json<T: DeserializeOwned>(&self, limits: &BodyLimits) -> Result<T, Problem> {
        if !is_json(&self.headers) {
            return Err(Code::MediaType.because("send application/json"));
        }
        look_over(&self.bytes, limits)?;
        serde_json::from_slice(&self.bytes).map_err(|error| json_problem(&error, &self.bytes))
    }

    /// The media type without its parameters, in lower case.
    pub fn media_type(&self) -> String {
        media_type(&self.headers)
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    kind.is_empty() || kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Refuses JSON that would cost much to build: a walk over the bytes that builds nothing.
///
/// # Errors
/// Where it is nested too deep or holds too many values.
pub fn look_over(json: &[u8], limits: &BodyLimits) -> Result<(), Problem> {
    let (mut depth, mut values, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in json {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                values += 1;
                if depth > limits.depth {
                    let detail = format!("{} levels are taken", limits.depth);
                    return Err(Code::TooDeep.because(detail).limit(limits.depth as u64));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' | b':' => values += 1,
            _ => {}
        }
        if values > limits.values {
            let detail = format!("{} keys and values are taken", limits.values);
            return Err(Code::TooManyValues.because(detail).limit(limits.values as u64));
        }
    }
    Ok(())
}

/// What is wrong with some JSON, without a word of it: serde's message quotes the input before ", expected" only, and a
/// date's own message quotes it behind.
fn json_problem(error: &serde_json::Error, json: &[u8]) -> Problem {
    let at = format!("line {}, column {}", error.line(), error.column());
    if error.is_syntax() || error.is_eof() {
        return Code::BadJson.because(format!("it breaks at {at}"));
    }
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(head, _)| head);
    // Those are told at the end of an object or of a name, where no value stands.
    let of_names = ["missing field", "duplicate field", "unknown field"].iter().any(|kind| message.starts_with(kind));
    let field = field_at(json, error.line(), error.column()).filter(|_| !of_names);
    let what = match (field.and_then(|field| field.form), message.rsplit_once(", expected ")) {
        (Some(form), _) => format!("expected {form}"),
        (None, Some((_, expected))) => format!("expected {}", plain(expected)),
        (None, None) if of_names => message.to_owned(),
        (None, None) => "it has another shape than /openapi.json says".to_owned(),
    };
    Code::BadRequest.because(match field {
        Some(field) => format!("{} ({at}): {what}", field.name),
        None => format!("{at}: {what}"),
    })
}

/// What is expected, for those who do not write Rust.
fn plain(expected: &str) -> &str {
    match expected {
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Known {
        #[allow(dead_code)]
        texts: Vec<String>,
    }

    fn parse(body: &str) -> Result<Known, Problem> {
        let payload = Payload { bytes: Bytes::copy_from_slice(body.as_bytes()), headers: HeaderMap::new() };
        payload.json(&BodyLimits::default())
    }

    #[test]
    fn a_refusal_says_where_and_never_what() {
        for (body, code) in [
            (r#"{"texts": ["CANARY"#, Code::BadJson),
            (r#"{"texts": "CANARY, expected CANARY"}"#, Code::BadRequest),
            (r#"{"texts": [1], "x": "CANARY"}"#, Code::BadRequest),
            (r#"{"CANARY": 1}"#, Code::BadRequest),
            (r#"{}"#, Code::BadRequest),
            ("CANARY", Code::BadJson),
            (r#"{"texts": [], "texts": "CANARY"}"#, Code::BadRequest),
        ] {
            let problem = parse(body).unwrap_err();
            assert_eq!(problem.code, code, "{body}");
            assert!(!problem.detail.contains("CANARY"), "{}", problem.detail);
        }
        assert_eq!(parse(r#"{"a":1}"#).unwrap_err().detail, "line 1, column 4: expected `texts`");
        assert_eq!(parse(r#"{"texts":7}"#).unwrap_err().detail, "texts (line 1, column 10): expected a list");
    }

    #[test]
    fn depth_and_count_are_found_outside_of_strings_only() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        let limits = BodyLimits::default();
        assert!(look_over(deep(64).as_bytes(), &limits).is_ok());
        assert_eq!(look_over(deep(65).as_bytes(), &limits).unwrap_err().code, Code::TooDeep);
        assert!(look_over(format!(r#"["{}\"[[["]"#, deep(65)).as_bytes(), &limits).is_ok());
        let many = format!("[{}1]", "1,".repeat(300_000));
        assert_eq!(look_over(many.as_bytes(), &limits).unwrap_err().code, Code::TooManyValues);
    }
}
