//! Who may come in: names, origins, tokens, how many at once, for how long.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::{
    app::{App, Phase},
    problem::{Code, Problem, draining},
    scorer::{SHORT_BYTES, Scorer},
};
use crate::queue::Full;

/// Shortest token that is taken: 16 characters, 64 bits if they are random hex digits.
const MIN_TOKEN: usize = 16;

/// The header by which a client says how many milliseconds it will wait.
pub const DEADLINE_HEADER: &str = "x-deadline-ms";

/// The longest that a client can wish for; our own limit is shorter as a rule.
pub(super) const MAX_WISH_MS: u64 = 3_600_000;

/// The hash of a token; the token itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

/// The valid tokens of a file or variable: one a line, so that two are valid while one is being replaced; lines that
/// begin with `#` are comments.
///
/// # Errors
/// Where there is none, or one is too short to be a secret.
pub fn read_tokens(text: &str) -> Result<Vec<TokenHash>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let tokens: Vec<&str> = lines.collect();
    if tokens.is_empty() {
        return Err("no token in it; put one on a line of its own, for instance from `openssl rand -hex 32`".into());
    }
    let shown = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if let Some(at) = tokens.iter().position(|token| !token.bytes().all(shown)) {
        return Err(format!(
            "token {} holds characters that no header carries; make one with `openssl rand -hex 32`",
            at + 1
        ));
    }
    if let Some(at) = tokens.iter().position(|token| token.len() < MIN_TOKEN) {
        return Err(format!(
            "token {} is shorter than {MIN_TOKEN} characters; make one with `openssl rand -hex 32`",
            at + 1
        ));
    }
    Ok(tokens.into_iter().map(|token| TokenHash(Sha256::digest(token).into())).collect())
}

/// Whether `token` is one of `valid`, in a time that depends on neither.
fn is_valid(token: &str, valid: &[TokenHash]) -> bool {
    let hash: [u8; 32] = Sha256::digest(token).into();
    let found = valid.iter().fold(Choice::from(0), |found, known| found | known.0.ct_eq(&hash));
    found.into()
}

/// Whom requests are counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// An address, with all its connections.
    Ip(IpAddr),
    /// Whoever may open the unix socket.
    Socket,
}

/// Marks a request that came by a connection beyond the limit: probes are answered there, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct BeyondLimit;

/// Refuses what came beyond the limit of connections at once, so that whoever asks can go elsewhere.
pub async fn refuse_beyond_limit(request: Request, next: Next) -> Response {
    if request.extensions().get::<BeyondLimit>().is_none() {
        return next.run(request).await;
    }
    let detail =
        "keep connections and reuse them, try again later, or have the service started with a higher --max-connections";
    Code::ConnectionsFull.because(detail).retry_after(Duration::from_secs(1)).into_response()
}

/// The moment by which a request must be answered.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Instant);

/// Refuses names that are not ours, against DNS rebinding, where a page that the user visits makes its own name point at this
/// machine; and pages of other origins, which a browser lets send us what it takes for a form, under our own name.
pub async fn check_host(State(app): State<App>, request: Request, next: Next) -> Response {
    match host_problem(&app, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn host_problem(app: &App, request: &Request) -> Option<Problem> {
    if matches!(request.extensions().get::<Client>(), Some(Client::Socket)) {
        return None;
    }
    let allowed = &app.options.hosts;
    let Some(host) = header_text(request.headers(), header::HOST.as_str()).filter(|host| is_our_name(host, allowed))
    else {
        return Some(Code::HostNotAllowed.because("allow the name with --allowed-host, or use the address"));
    };
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let detail = "only pages of the service itself may ask, and those of a name that --allowed-host gives";
    (!origins.all(|origin| origin.to_str().is_ok_and(|origin| is_our_origin(origin, host, allowed))))
        .then(|| Code::OriginNotAllowed.because(detail))
}

/// A numeric address cannot have been rebound; of names only `localhost` and the allowed ones are ours.
fn is_our_name(host: &str, allowed: &[String]) -> bool {
    let name = name_of(host);
    name == "localhost" || name.parse::<IpAddr>().is_ok() || is_allowed(&name, allowed)
}

/// Whether a page is the service's own, asked for under the name under which the page asks, or of an allowed name. Any other
/// port of `localhost` and any other address may be another's: whoever has a web server has an address.
fn is_our_origin(origin: &str, host: &str, allowed: &[String]) -> bool {
    let (origin, host) = (origin.to_ascii_lowercase(), host.to_ascii_lowercase());
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    // Before a proxy the scheme is another than here.
    let usual_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |authority: &str| authority.strip_suffix(usual_port).unwrap_or(authority).to_owned();
    bare(authority) == bare(&host) || is_allowed(&name_of(authority), allowed)
}

/// The name of an authority, without its port.
fn name_of(authority: &str) -> String {
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    };
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn is_allowed(name: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(name))
}

/// Lets in who shows a valid token, and everybody where none is set.
pub async fn check_token(State(app): State<App>, request: Request, next: Next) -> Response {
    let valid = &app.options.tokens;
    if valid.is_empty() {
        return next.run(request).await;
    }
    let shown = header_text(request.headers(), header::AUTHORIZATION.as_str()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    if shown.is_some_and(|token| is_valid(token, valid)) {
        next.run(request).await
    } else {
        Code::Unauthorized.because("send Authorization: Bearer with the service's token").into_response()
    }
}

/// Refuses addresses whose names are no UTF-8: read as if each bad byte were the same sign, two names would become one.
/// Those in the path are refused where they are read.
pub async fn check_query(request: Request, next: Next) -> Response {
    if request.uri().query().is_none_or(is_text) {
        return next.run(request).await;
    }
    Code::BadRequest
        .because("the query holds bytes that are no UTF-8; percent-encode its names as UTF-8")
        .into_response()
}

/// Whether a query is text once it is decoded.
fn is_text(query: &str) -> bool {
    let bytes = query.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = if *byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        let (value, length) = escaped.map_or((u32::from(*byte), 1), |(high, low)| (16 * high + low, 3));
        decoded.extend(u8::try_from(value));
        at += length;
    }
    std::str::from_utf8(&decoded).is_ok()
}

/// Counts a client's requests and ends those that take too long. The client's own deadline may be shorter than ours.
pub async fn limit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let client = request.extensions().get::<Client>().cloned().unwrap_or(Client::Socket);
    let _inside = match app.enter(client) {
        Ok(inside) => inside,
        Err(problem) => return problem.into_response(),
    };
    let wish = match request.headers().get(DEADLINE_HEADER).map(|ms| ms.to_str().unwrap_or_default().parse::<u64>()) {
        None => None,
        Some(Ok(ms)) if (1..=MAX_WISH_MS).contains(&ms) => Some(Duration::from_millis(ms)),
        Some(_) => {
            let detail = format!("{DEADLINE_HEADER}: milliseconds, 1 to {MAX_WISH_MS}");
            return Code::BadRequest.because(detail).into_response();
        }
    };
    let time = wish.map_or(app.options.request_timeout, |wish| wish.min(app.options.request_timeout));
    let deadline = Instant::now() + time;
    request.extensions_mut().insert(Deadline(deadline));
    // A little later than the queue's own deadline, so that what waited too long is told so.
    let grace = Duration::from_millis(50);
    match tokio::time::timeout_at((deadline + grace).into(), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Code::Timeout
            .because(format!(
                "it was not done within {} ms; send it in parts, or have the service started with a longer \
                 --request-timeout",
                time.as_millis()
            ))
            .limit(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
            .into_response(),
    }
}

/// Refuses what cannot be scored in time before its body is looked at: a refusal costs next to nothing, so that a flood
/// of them does not eat what is left for the work.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let refusal = match app.scorer() {
        _ if app.phase() == Phase::Closing => Some(draining()),
        // A CRM record needs no model.
        _ if request.method() != Method::POST => None,
        Err(problem) => Some(problem),
        Ok(scorer) => overload(&app, scorer, &request).map(Problem::from),
    };
    match refusal {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

/// What waits before a request that comes now, where that is too much: for the model, or for a thread for long work where it
/// will need one.
fn overload(app: &App, scorer: &Scorer, request: &Request) -> Option<Full> {
    let (wait, is_full) = scorer.queue.pressure();
    if is_full {
        return Some(Full { wait });
    }
    // Whoever is next will wait for as long as the first in line has, at least.
    let wait = app.threads.longest_wait();
    (wait > app.options.queue.max_wait && needs_thread(request)).then_some(Full { wait })
}

/// Whether a request needs a thread for long work, as far as its head tells: what is to be kept always does, since sides are
/// decided over its deal; of what is only scored, long texts do.
fn needs_thread(request: &Request) -> bool {
    let is_kept = request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == "/v1/conversations");
    let is_packed = request.headers().contains_key(header::CONTENT_ENCODING);
    let length = header_text(request.headers(), header::CONTENT_LENGTH.as_str()).and_then(|n| n.parse::<usize>().ok());
    is_kept || is_packed || length.is_none_or(|length| length > SHORT_BYTES)
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let valid = read_tokens("# first\n0123456789abcdef0123\n\nfedcba9876543210fedc\n").unwrap();
        assert!(is_valid("0123456789abcdef0123", &valid) && is_valid("fedcba9876543210fedc", &valid));
        for wrong in ["", "0123456789abcdef", "0123456789abcdef01234", "0123456789ABCDEF0123", "# first"] {
            assert!(!is_valid(wrong, &valid), "{wrong}");
        }
        assert!(read_tokens("short\n").is_err() && read_tokens("# nothing\n").is_err());
        let never_shown = read_tokens("0123456789abcdef\nein-schönes-langes-geheimnis\n").unwrap_err();
        assert!(never_shown.starts_with("token 2 holds characters"), "{never_shown}");
    }

    #[test]
    fn a_query_is_text_or_it_is_refused() {
        for text in ["", "deal=M%C3%BCller&file=a.vtt", "file=100%.vtt", "a=%zz&b=%4", "deal=a%2Fb+c"] {
            assert!(is_text(text), "{text}");
        }
        for other in ["deal=M%FCller", "deal=a%C3", "after=%ff"] {
            assert!(!is_text(other), "{other}");
        }
    }

    #[test]
    fn a_page_is_ours_where_it_came_from_here_or_from_an_allowed_name() {
        let allowed = vec!["scores.internal".to_owned()];
        for (origin, host, ours) in [
            ("http://localhost:8017", "localhost:8017", true),
            ("HTTP://LocalHost:8017", "localhost:8017", true),
            ("https://localhost:8017", "localhost:8017", true),
            ("http://localhost", "localhost:80", true),
            ("https://10.2.3.4", "10.2.3.4:443", true),
            ("http://[::1]:8017", "[::1]:8017", true),
            ("https://scores.internal", "127.0.0.1:8017", true),
            ("http://Scores.Internal.:3000", "127.0.0.1:8017", true),
            ("http://localhost:3000", "localhost:8017", false),
            ("http://localhost:3000", "127.0.0.1:8017", false),
            ("http://localhost:8017", "127.0.0.1:8017", false),
            ("https://localhost", "localhost:80", false),
            ("http://203.0.113.5", "127.0.0.1:8017", false),
            ("http://203.0.113.5:8017", "10.2.3.4:8017", false),
            ("http://[2001:db8::5]", "[::1]:8017", false),
            ("ftp://localhost:8017", "localhost:8017", false),
            ("scores.internal", "scores.internal", false),
            ("http://evil.example", "scores.internal", false),
            ("null", "localhost:8017", false),
            ("", "localhost:8017", false),
        ] {
            assert_eq!(is_our_origin(origin, host, &allowed), ours, "{origin} {host}");
        }
    }

    #[test]
    fn addresses_and_allowed_names_are_ours() {
        let allowed = vec!["scores.internal".to_owned()];
        for ours in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "10.2.3.4", "Scores.Internal:80"] {
            assert!(is_our_name(ours, &allowed), "{ours}");
        }
        for other in ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", ""] {
            assert!(!is_our_name(other, &allowed), "{other}");
        }
    }
}
