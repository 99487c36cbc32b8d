//! Bodies: read whole under limits on both sides of their encoding, and looked over before anything is built from them.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    future::poll_fn,
    io::Read,
    marker::PhantomData,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use flate2::read::MultiGzDecoder;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    app::App,
    doors::Deadline,
    place::field_at,
    problem::{Code, Problem},
};
use crate::read::surrogates;

/// What a body may be.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes as they come.
    pub encoded: usize,
    /// Bytes once decompressed.
    pub decoded: usize,
    /// Decoded bytes for each encoded one.
    pub ratio: usize,
    /// Bytes of all bodies that are under way, or at which long work or the store still is though nobody waits for it any
    /// more; bounds the memory that many clients can take together.
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

/// Small bodies may be compressed as well as they like.
const RATIO_FREE: usize = 64 << 10;

/// Bytes that are decompressed before others get their turn, and in which room is taken.
const STEP: usize = 16 << 10;

tokio::task_local! {
    /// The room of the body of the request that is under way on this task.
    static ROOM: Option<Arc<OwnedSemaphorePermit>>;
}

/// What the request that is under way has of the memory for all bodies: whatever goes on when the request has ended, and may
/// still have its words, holds it. Told by the task, so that no work can be handed on without it.
pub fn room() -> Option<Arc<OwnedSemaphorePermit>> {
    ROOM.try_with(Clone::clone).ok().flatten()
}

/// Reads the body whole and decompresses it, before anybody looks at it. What it takes of the memory for all bodies is what
/// has come of it, not what it might become: it is given back when the request is answered and nothing that it began is
/// still at it.
pub async fn read_whole(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut room = BodyRoom { app: &app, held: None, bytes: 0 };
    match whole(request, &mut room).await {
        Ok(request) => ROOM.scope(room.held.map(Arc::new), next.run(request)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn whole(request: Request, room: &mut BodyRoom<'_>) -> Result<Request, Problem> {
    let limits = room.app.options.body;
    let (mut parts, body) = request.into_parts();
    let packed = is_packed(&parts.headers)?;
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits.encoded) {
        return Err(too_large(&limits));
    }
    // Who is still sending when the request's time is over was slow; the service was not.
    let left = parts.extensions.get::<Deadline>().map(|Deadline(at)| at.saturating_duration_since(Instant::now()));
    let time = left.map_or(limits.time, |left| left.min(limits.time));
    // What is left of the request's time is a little less than its whole seconds.
    let slow = |_| Code::BodySlow.because(format!("a body must come within {:.0} s", time.as_secs_f64().ceil()));
    let sent = tokio::time::timeout(time, read(body, room)).await.map_err(slow)??;
    if !packed {
        return Ok(Request::from_parts(parts, Body::from(sent)));
    }
    let unpacked = unpack(&sent, room).await?;
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(unpacked)))
}

fn too_large(limits: &BodyLimits) -> Problem {
    let detail = format!("at most {} bytes are taken; send less at once", limits.encoded);
    Code::BodyTooLarge.because(detail).limit(limits.encoded as u64)
}

async fn read(body: Body, room: &mut BodyRoom<'_>) -> Result<Vec<u8>, Problem> {
    let limits = room.app.options.body;
    let mut body = pin!(body);
    let mut sent = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|_| Code::BodyIncomplete.because("the connection broke or was mis-framed"))?;
        let Some(data) = frame.data_ref() else { continue };
        if sent.len() + data.len() > limits.encoded {
            return Err(too_large(&limits));
        }
        room.reach(sent.len() + data.len())?;
        sent.extend_from_slice(data);
    }
    Ok(sent)
}

/// Whether the body comes as gzip: of one coding or none, in whatever letters (RFC 9110, 8.4.1).
fn is_packed(headers: &HeaderMap) -> Result<bool, Problem> {
    let mut packed = false;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        for coding in value.to_str().unwrap_or("?").split(',') {
            match coding.trim().to_ascii_lowercase().as_str() {
                "" | "identity" => {}
                "gzip" | "x-gzip" if !packed => packed = true,
                _ => return Err(Code::MediaType.because("bodies come plain or as gzip")),
            }
        }
    }
    Ok(packed)
}

/// All members of a gzip file: what is made of parts, as `cat a.gz b.gz` makes it, is one file.
async fn unpack(sent: &[u8], room: &mut BodyRoom<'_>) -> Result<Vec<u8>, Problem> {
    let limits = room.app.options.body;
    let limit = limits.decoded.min(sent.len().saturating_mul(limits.ratio).max(RATIO_FREE));
    let mut decoder = MultiGzDecoder::new(sent);
    let (mut unpacked, mut step) = (Vec::new(), vec![0; STEP]);
    loop {
        let broken = |_| Code::BodyIncomplete.because("it is not what its Content-Encoding says");
        let count = decoder.read(&mut step).map_err(broken)?;
        if count == 0 {
            return Ok(unpacked);
        }
        if unpacked.len() + count > limit {
            let (decoded, ratio) = (limits.decoded, limits.ratio);
            let detail = format!("a body may be {decoded} bytes once decompressed, and {ratio} times what was sent");
            return Err(Code::DecodedTooLarge.because(detail).limit(limit as u64));
        }
        room.reach(sent.len() + unpacked.len() + count)?;
        unpacked.extend_from_slice(&step[..count]);
        // The thread that talks has others to talk to.
        tokio::task::yield_now().await;
    }
}

/// What one request has of the memory for all bodies.
struct BodyRoom<'a> {
    app: &'a App,
    held: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl BodyRoom<'_> {
    /// Takes what is missing to so many bytes.
    fn reach(&mut self, bytes: usize) -> Result<(), Problem> {
        let bytes = bytes.next_multiple_of(STEP);
        if bytes <= self.bytes {
            return Ok(());
        }
        let full =
            || Code::BodiesFull.because("wait for answers, or send less at once").retry_after(Duration::from_secs(1));
        let more = self.app.take_body_room(bytes - self.bytes).ok_or_else(full)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        self.bytes = bytes;
        Ok(())
    }
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

    async fn from_request(request: Request, _: &App) -> Result<Payload, Problem> {
        let (parts, body) = request.into_parts();
        // It is in memory and within its limits by now.
        let bytes =
            to_bytes(body, usize::MAX).await.map_err(|_| Code::BodyIncomplete.because("the body could not be read"))?;
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
            return Err(Code::MediaType.because("send the JSON itself, with content-type: application/json"));
        }
        look_over(&self.bytes, limits)?;
        let json = self.whole();
        let parsed = serde_json::from_slice(&json).map_err(|error| json_problem(&error, &json));
        parsed.map(|Object(value)| value)
    }

    /// The keys of an object of JSON; none where it is none.
    pub fn keys(&self) -> Vec<String> {
        let keys: Result<BTreeMap<String, IgnoredAny>, _> = serde_json::from_slice(&self.whole());
        keys.unwrap_or_default().into_keys().collect()
    }

    /// The bytes of JSON, half an emoji in an escape replaced.
    pub fn whole(&self) -> Cow<'_, [u8]> {
        surrogates::mended(&self.bytes).map_or(Cow::Borrowed(&self.bytes), Cow::Owned)
    }

    /// The body as a file that somebody sends.
    ///
    /// # Errors
    /// Where it is a form: the head of each part would be read as words, and what stands between two marks of a form is no
    /// file. `curl` calls every body a form, so one that says so is taken where it can be a file as it was: `-d @FILE` takes
    /// the line ends out of it, which makes one turn of two.
    pub fn file(&self) -> Result<&[u8], Problem> {
        let start = self.bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_form = match media_type(&self.headers).as_str() {
            "multipart/form-data" => true,
            "application/x-www-form-urlencoded" => !self.bytes.contains(&b'\n') && !matches!(start, Some(b'{' | b'[')),
            _ => false,
        };
        if is_form {
            return Err(Code::MediaType.because(
                "a form is not taken: send the file itself, as curl --data-binary @FILE \
                 -H 'content-type: application/octet-stream' does",
            ));
        }
        Ok(&self.bytes)
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

/// A shape of ours with fields, as an object and nothing else: serde would take a list of their values too, which would mean
/// something else as soon as a field is added.
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
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
        // As serde calls a shape of ours that has fields.
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::{
        serve::{Options, keeper::Keeper},
        store::sqlite::SqliteStore,
    };

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
        for no_object in ["null", "[]"] {
            let detail = parse(no_object).unwrap_err().detail;
            assert!(detail.ends_with("expected an object"), "{detail}");
        }
        assert_eq!(parse(r#"{"texts":7}"#).unwrap_err().detail, "texts (line 1, column 10): expected a list");
    }

    /// As much as all bodies may take together.
    const ALL: usize = 64 << 10;

    fn app(keeper: Option<Keeper>) -> App {
        let body = BodyLimits { together: ALL, ..BodyLimits::default() };
        App::new(Options { body, ..Options::default() }, keeper, Arc::default())
    }

    /// Does `work` as a request with a body of that size does, and leaves.
    async fn left(app: &App, work: impl Future) {
        let request = ROOM.scope(app.take_body_room(ALL).map(Arc::new), work);
        assert!(tokio::time::timeout(Duration::from_millis(50), request).await.is_err(), "it goes on");
    }

    async fn comes_back(app: &App) {
        let mut tries = 0;
        while app.take_body_room(ALL).is_none() {
            tries += 1;
            assert!(tries < 500, "the room does not come back");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn the_room_of_a_body_comes_back_when_long_work_is_done_with_it_and_not_when_its_sender_leaves() {
        let app = app(None);
        let (end, ended) = mpsc::channel::<()>();
        left(&app, app.long(move || ended.recv())).await;
        assert!(app.take_body_room(1).is_none(), "the work has it in memory");
        drop(end);
        comes_back(&app).await;
    }

    #[tokio::test]
    async fn what_waits_for_the_store_keeps_the_room_of_its_body() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("store")).unwrap();
        let reader = store.reader().unwrap();
        let app = app(Keeper::new(Box::new(store), Box::new(reader), &Arc::default()).ok());
        let (end, ended) = mpsc::channel::<()>();
        let keeper = app.keeper().unwrap().clone();
        let slow = tokio::spawn(async move { keeper.write(move |_| Ok(ended.recv().is_err())).await });
        tokio::task::yield_now().await;
        left(&app, app.keeper().unwrap().write(|_| Ok(()))).await;
        assert!(app.take_body_room(1).is_none(), "it stands in line with what it would have kept");
        drop(end);
        assert_eq!(slow.await.unwrap(), Ok(true));
        comes_back(&app).await;
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
