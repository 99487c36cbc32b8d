//! Who comes in.

use dealtone::serve::{self, Options, ServeError, doors::read_tokens, life::Bind};

use crate::{
    client::{Connection, JSON, get},
    fake::{Delay, Service, parts, quick},
};

const TOKEN: &str = "3f2a91c04be7d8e6";

#[test]
fn every_endpoint_but_the_probes_wants_the_whole_token() {
    let options = Options { tokens: read_tokens(TOKEN).unwrap(), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let document = {
        let right = format!("Bearer {TOKEN}");
        let headers = [("authorization", right.as_str())];
        Connection::open(service.address).ask("GET", "/openapi.json", &headers, b"").json()
    };
    let mut endpoints: Vec<(String, String)> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let path = path.replace("{model}", "fake").replace("{id}", "x");
            endpoints.push((method.to_uppercase(), path));
        }
    }
    // What the document does not name: pages, and what is not there.
    endpoints.extend(["/docs", "/openapi.json", "/", "/deals/x", "/nowhere"].map(|path| ("GET".into(), path.into())));
    for known in ["/metrics", "/predict", "/v2/models/fake/infer", "/v1/conversations"] {
        assert!(endpoints.iter().any(|(_, path)| path == known), "{known} is not in the document");
    }
    assert!(endpoints.len() > 14, "{endpoints:?}");
    for (method, path) in endpoints {
        let open = ["/livez", "/readyz"].contains(&path.as_str());
        for (shown, valid) in [
            (None, false),
            (Some("Bearer wrong-wrong-wrong"), false),
            (Some("Bearer 3f2a91c04be7d8"), false),
            (Some("Bearer 3f2a91c04be7d8e6f"), false),
            (Some("Basic 3f2a91c04be7d8e6"), false),
            (Some("Bearer "), false),
            (Some("Bearer 3f2a91c04be7d8e6"), true),
            (Some("bearer 3f2a91c04be7d8e6"), true),
        ] {
            let mut headers = vec![JSON];
            headers.extend(shown.map(|value| ("authorization", value)));
            let answer = Connection::open(service.address).ask(&method, &path, &headers, b"");
            let refused = answer.status == 401;
            assert_eq!(refused, !valid && !open, "{method} {path} {shown:?}: {}", answer.status);
            if refused {
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
                assert!(!answer.text().contains(TOKEN));
            }
        }
    }
}

#[test]
fn names_of_others_are_refused() {
    let options = Options { hosts: vec!["scores.internal".into()], ..quick() };
    let service = Service::start(options, 1, Delay::default());
    for (host, origin, status) in [
        ("localhost", None, 200),
        ("127.0.0.1:8017", None, 200),
        ("scores.internal", None, 200),
        ("evil.example", None, 421),
        ("localhost.evil.example:8017", None, 421),
        ("localhost:8017", Some("http://localhost:8017"), 200),
        ("127.0.0.1:8017", Some("http://127.0.0.1:8017"), 200),
        ("127.0.0.1:8017", Some("https://scores.internal"), 200),
        ("localhost", Some("http://localhost:8017"), 403),
        ("127.0.0.1:8017", Some("http://localhost:3000"), 403),
        ("127.0.0.1:8017", Some("http://203.0.113.5"), 403),
        ("127.0.0.1:8017", Some("http://127.0.0.1:8017\r\norigin: http://203.0.113.5"), 403),
        ("127.0.0.1:8017", Some("http://m\u{fc}ller.example"), 403),
        ("localhost", Some("https://evil.example"), 403),
        ("localhost", Some("null"), 403),
    ] {
        let mut headers = vec![("host", host)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let answer = Connection::open(service.address).ask("GET", "/v1/model", &headers, b"");
        assert_eq!(answer.status, status, "{host} {origin:?}");
    }
}

#[test]
fn an_open_door_to_the_network_needs_a_token_or_a_word() {
    let open = |tokens, insecure| {
        let options = Options { bind: Bind::Tcp(([0, 0, 0, 0], 0).into()), tokens, insecure, ..quick() };
        let (parts, _) = parts(1, Delay::default());
        serve::start(options, move || Ok(parts))
    };
    assert!(matches!(open(vec![], false), Err(ServeError::Open(_))));
    open(vec![], true).unwrap().end();
    open(read_tokens(TOKEN).unwrap(), false).unwrap().end();
}

#[test]
fn a_unix_socket_serves_replaces_a_stale_file_and_no_other() {
    use std::io::{Read, Write};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dealtone.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let start = |path: &std::path::Path| {
        let (parts, _) = parts(1, Delay::default());
        serve::start(Options { bind: Bind::Unix(path.into()), ..quick() }, move || Ok(parts))
    };
    let running = start(&path).expect("a stale socket is replaced");
    running.wait_ready().unwrap();
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: anything\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(matches!(start(&path), Err(ServeError::Bind { .. })), "somebody listens there");
    running.end();
    assert!(!path.exists(), "the file goes with the service");
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "mine").unwrap();
    assert!(matches!(start(&file), Err(ServeError::Bind { .. })));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn answers_keep_browsers_from_doing_harm() {
    let service = Service::plain();
    let answer = get(service.address, "/docs");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
