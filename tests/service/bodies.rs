//! What comes with a request: whole, compressed, or to somebody who does not want it.

use std::{
    io::{Read, Write},
    time::Duration,
};

use dealtone::serve::{Options, doors::read_tokens, payload::BodyLimits};
use flate2::{Compression, write::GzEncoder};

use crate::{
    client::{Connection, JSON, get, post},
    fake::{Delay, Service, quick},
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_gzip_body_of_several_members_is_read_whole_under_either_name() {
    let service = Service::plain();
    let whole = br#"{"texts":["we like it","too expensive"]}"#;
    let (first, second) = whole.split_at(20);
    let members = [gzip(first), gzip(second)].concat();
    let plain = post(service.address, "/v1/score", std::str::from_utf8(whole).unwrap()).json();
    for coding in ["gzip", "GZIP", "x-gzip", "identity, gzip"] {
        let headers = [JSON, ("content-encoding", coding)];
        let answer = Connection::open(service.address).ask("POST", "/v1/score", &headers, &members);
        assert_eq!(answer.status, 200, "{coding}: {}", answer.text());
        assert_eq!(answer.json(), plain, "{coding}");
    }
    for (coding, body, status, code) in [
        ("gzip, gzip", gzip(&gzip(whole)), 415, "unsupported_media_type"),
        ("br", whole.to_vec(), 415, "unsupported_media_type"),
        ("gzip", [gzip(whole), b"and more".to_vec()].concat(), 400, "body_incomplete"),
        ("gzip", members[..members.len() - 9].to_vec(), 400, "body_incomplete"),
    ] {
        let headers = [JSON, ("content-encoding", coding)];
        let answer = Connection::open(service.address).ask("POST", "/v1/score", &headers, &body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{coding}");
    }
}

/// The head of each part of a form would be a speaker, and its boundary another title each time.
#[test]
fn a_form_is_no_file_and_no_json() {
    let folder = tempfile::tempdir().unwrap();
    let service = crate::kept::start(folder.path());
    let words = "Ann: The price is too high.\nTom: Let me see.\n";
    let part = format!("--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n{words}\r\n--b--\r\n");
    let cut = words.replace('\n', "");
    let json = r#"{"texts":["a"]}"#;
    let (export, score) = ("/v1/conversations?deal=d&file=a.txt", "/v1/score");
    let (form, curls) = ("multipart/form-data; boundary=b", "application/x-www-form-urlencoded");
    for (path, kind, body, status, told) in [
        (export, form, part.as_str(), 415, "--data-binary @FILE"),
        (export, curls, cut.as_str(), 415, "--data-binary @FILE"),
        ("/v1/conversations?deal=d", form, part.as_str(), 415, "content-type: application/json"),
        // A file that lacks its name.
        ("/v1/conversations?deal=d", "application/octet-stream", words, 415, "?deal=NAME&file=call.vtt"),
        (score, form, part.as_str(), 415, "content-type: application/json"),
        (score, curls, json, 415, "content-type: application/json"),
        // As `curl --data-binary @FILE` says it, whatever is in the file.
        (export, curls, words, 201, ""),
    ] {
        let answer = Connection::open(service.address).ask("POST", path, &[("content-type", kind)], body.as_bytes());
        assert_eq!(answer.status, status, "{path} {kind}: {}", answer.text());
        assert!(answer.text().contains(told), "{path} {kind}: {}", answer.text());
    }
}

#[test]
fn a_body_takes_the_room_of_what_came_and_not_of_what_may_come() {
    let body = BodyLimits { together: 1 << 20, ..BodyLimits::default() };
    let service = Service::start(Options { body, ..quick() }, 1, Delay::default());
    let headers = [JSON, ("transfer-encoding", "chunked"), ("content-encoding", "gzip")];
    let mut slow: Vec<Connection> = (0..8).map(|_| Connection::open(service.address)).collect();
    for connection in &mut slow {
        connection.send("POST", "/v1/score", &headers, b"");
    }
    // Nor of what it says will come.
    let mut silent: Vec<Connection> = (0..8).map(|_| Connection::open(service.address)).collect();
    for connection in &mut silent {
        connection.send("POST", "/v1/score", &[JSON, ("content-length", "1000000")], b"{");
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(post(service.address, "/v1/score", r#"{"texts":["a"]}"#).status, 200);
    let packed = gzip(br#"{"texts":["a"]}"#);
    let chunk = [format!("{:x}\r\n", packed.len()).as_bytes(), &packed, b"\r\n0\r\n\r\n"].concat();
    for connection in &mut slow {
        connection.stream.write_all(&chunk).unwrap();
        assert_eq!(connection.receive().expect("an answer").status, 200);
    }
}

/// A connection that is closed on somebody who is still sending loses the answer on its way.
#[test]
fn whoever_is_refused_is_told_so_however_much_was_sent() {
    let token = "3f2a91c04be7d8e6";
    let options = Options { tokens: read_tokens(token).unwrap(), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let right = format!("Bearer {token}");
    let large = vec![b'x'; 1_900_000];
    for (method, path, name, value, status) in [
        ("POST", "/v1/score", "authorization", "Bearer wrong-wrong-wrong", 401),
        ("POST", "/nowhere", "x-any", "1", 404),
        ("PUT", "/v1/score", "x-any", "1", 405),
        ("GET", "/v1/model", "x-any", "1", 200),
        ("POST", "/v1/score", "host", "evil.example", 421),
        ("POST", "/v1/score", "x-deadline-ms", "soon", 400),
        ("POST", "/v1/score", "content-type", "text/plain", 415),
        ("POST", "/v1/score", "content-encoding", "br", 415),
    ] {
        for _ in 0..3 {
            let mut headers = vec![(name, value)];
            headers.extend((name != "authorization").then_some(("authorization", right.as_str())));
            let mut connection = Connection::open(service.address);
            connection.send(method, path, &headers, &large);
            let answer = connection.receive().unwrap_or_else(|| panic!("{method} {path} {name}: no answer came"));
            assert_eq!(answer.status, status, "{method} {path} {name}");
        }
    }
}

#[test]
fn who_waits_to_be_asked_for_a_body_is_not_asked_for_one_that_nobody_wants() {
    let options = Options { tokens: read_tokens("3f2a91c04be7d8e6").unwrap(), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let mut connection = Connection::open(service.address);
    connection.send("POST", "/v1/score", &[JSON, ("expect", "100-continue"), ("content-length", "1900000")], b"");
    let mut answer = String::new();
    connection.stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

#[test]
fn who_takes_nothing_of_the_answer_is_sent_away() {
    let options = Options { idle_timeout: Duration::from_millis(300), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let mut deaf = Connection::open(service.address);
    // Far more than the system's buffers hold.
    deaf.stream.write_all("GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(800).as_bytes()).unwrap();
    let open = || {
        let metrics = get(service.address, "/metrics").text();
        metrics.lines().find_map(|line| line.strip_prefix("dealtone_connections ")?.parse::<u32>().ok()).unwrap()
    };
    std::thread::sleep(Duration::from_millis(100));
    assert!(open() > 1, "it is served at first");
    // The one that asks is open itself.
    let gone = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        open() == 1
    });
    assert!(gone, "it holds its connection");
}
