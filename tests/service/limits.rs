//! What is too much.

use std::{
    io::Write,
    sync::mpsc,
    time::{Duration, Instant},
};

use dealtone::{
    queue,
    serve::{Options, long::THREADS, payload::BodyLimits},
};
use serde_json::json;

use crate::{
    client::{Answer, Connection, JSON, get, post},
    fake::{Delay, Service, quick},
    kept::{keeping, start},
};

#[test]
fn a_chunked_body_has_the_same_limit() {
    let service = Service::plain();
    let mut connection = Connection::open(service.address);
    connection.send("POST", "/v1/score", &[JSON, ("transfer-encoding", "chunked")], b"");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    for _ in 0..3 {
        let _ = connection.stream.write_all(chunk.as_bytes());
    }
    let answer: Answer = connection.receive().expect("it is refused, not cut off");
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
}

#[test]
fn slow_senders_are_sent_away() {
    let body = BodyLimits { time: Duration::from_millis(300), ..BodyLimits::default() };
    let options = Options { body, idle_timeout: Duration::from_millis(300), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let mut slow_body = Connection::open(service.address);
    slow_body.send("POST", "/v1/score", &[JSON, ("content-length", "100")], b"{");
    let mut slow_head = Connection::open(service.address);
    slow_head.stream.write_all(b"POST /v1/score HTTP/1.1\r\nhost: local").unwrap();
    let started = Instant::now();
    let answer = slow_body.receive().expect("it is told");
    assert_eq!((answer.status, answer.code().as_str()), (408, "body_too_slow"));
    assert!(slow_head.receive().is_none_or(|answer| answer.status == 408), "a slow head is cut off");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_body_that_is_still_coming_when_its_time_is_over_was_slow_and_not_the_service() {
    let options = Options { request_timeout: Duration::from_millis(300), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let started = Instant::now();
    let mut slow = Connection::open(service.address);
    slow.send("POST", "/v1/score", &[JSON, ("content-length", "100")], b"{");
    let answer = slow.receive().expect("it is told");
    assert_eq!((answer.status, answer.code().as_str()), (408, "body_too_slow"), "{}", answer.text());
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_large_head_is_refused() {
    let service = Service::plain();
    let long = "a".repeat(17 << 10);
    let answer = Connection::open(service.address).ask("GET", "/livez", &[("x-long", &long)], b"");
    assert_eq!(answer.status, 431);
    let short = "a".repeat(8 << 10);
    assert_eq!(Connection::open(service.address).ask("GET", "/livez", &[("x-long", &short)], b"").status, 200);
}

#[test]
fn one_client_may_not_take_all() {
    let options = Options { client_limit: 2, ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let mut busy: Vec<Connection> = (0..2).map(|_| Connection::open(service.address)).collect();
    for connection in &mut busy {
        connection.send("POST", "/v1/score", &[JSON], br#"{"texts":["slow"]}"#);
    }
    std::thread::sleep(Duration::from_millis(200));
    let third = post(service.address, "/v1/score", r#"{"texts":["a"]}"#);
    assert_eq!((third.status, third.code().as_str()), (429, "client_limit"));
    assert_eq!(third.header("retry-after"), Some("1"));
    assert_eq!(third.json()["limit"], 2);
    for connection in &mut busy {
        assert_eq!(connection.receive().unwrap().status, 200);
    }
    assert_eq!(post(service.address, "/v1/score", r#"{"texts":["a"]}"#).status, 200);
}

#[test]
fn a_request_has_its_time_and_may_ask_for_less() {
    let options = Options { request_timeout: Duration::from_millis(400), ..quick() };
    let delay = Delay { run: Duration::from_millis(150), ..Delay::default() };
    let service = Service::start(options, 1, delay);
    // The first run is under way, the second waits past its deadline.
    let mut first = Connection::open(service.address);
    first.send("POST", "/v1/score", &[JSON], br#"{"texts":["a"]}"#);
    std::thread::sleep(Duration::from_millis(30));
    let headers = [JSON, ("x-deadline-ms", "60")];
    let late = Connection::open(service.address).ask("POST", "/v1/score", &headers, br#"{"texts":["b"]}"#);
    assert!(["deadline_passed", "timeout"].contains(&late.code().as_str()), "{}", late.text());
    assert_eq!(first.receive().unwrap().status, 200);
    let stuck = post(service.address, "/v1/score", r#"{"texts":["stuck"]}"#);
    assert_eq!((stuck.status, stuck.code().as_str()), (504, "timeout"));
    assert_eq!(get(service.address, "/livez").status, 200);
}

#[test]
fn what_is_too_long_to_be_scored_in_time_is_not_told_to_try_again() {
    let options = Options { request_timeout: Duration::from_millis(400), ..quick() };
    let service = Service::start(options, 1, Delay { run: Duration::from_millis(150), ..Delay::default() });
    let long = "We want forty seats and the price is far too high for them. ".repeat(4_000);
    let turns: Vec<_> = (0..300).map(|_| json!({"side": "buyer", "text": "Too dear."})).collect();
    for body in [json!({"texts": [long]}), json!({"channel": "call", "turns": turns})] {
        let answer = post(service.address, "/v1/score", &body.to_string());
        assert_eq!((answer.status, answer.code().as_str()), (504, "timeout"), "{}", answer.text());
        assert!(answer.header("retry-after").is_none() && answer.text().contains("in parts"), "{}", answer.text());
    }
}

#[test]
fn who_leaves_is_not_scored() {
    let service = Service::start(quick(), 1, Delay::default());
    let mut first = Connection::open(service.address);
    first.send("POST", "/v1/score", &[JSON], br#"{"texts":["slow"]}"#);
    std::thread::sleep(Duration::from_millis(200));
    let mut leaver = Connection::open(service.address);
    leaver.send("POST", "/v1/score", &[JSON], json!({"texts": vec!["b"; 100]}).to_string().as_bytes());
    std::thread::sleep(Duration::from_millis(200));
    drop(leaver);
    assert_eq!(first.receive().unwrap().status, 200);
    std::thread::sleep(Duration::from_millis(250));
    let metrics = get(service.address, "/metrics").text();
    assert!(metrics.contains("dealtone_dropped_rows_total{reason=\"caller_left\"} 100"), "{metrics}");
    let left = r#"dealtone_http_requests_total{method="POST",route="/v1/score",status="499"} 1"#;
    assert!(metrics.contains(left), "who left is counted: {metrics}");
    assert_eq!(service.rows.load(std::sync::atomic::Ordering::SeqCst), 1, "only the first text was run");
}

#[test]
fn many_large_bodies_at_once_have_a_limit_together() {
    let body = BodyLimits { together: 3 << 20, ..BodyLimits::default() };
    let service = Service::start(Options { body, ..quick() }, 1, Delay::default());
    let mut slow = Connection::open(service.address);
    slow.send("POST", "/v1/score", &[JSON, ("content-length", "2000000")], &[b' '; 1_900_000]);
    std::thread::sleep(Duration::from_millis(300));
    let large = json!({"texts": ["a".repeat(1_500_000)]}).to_string();
    let refused = post(service.address, "/v1/score", &large);
    assert_eq!((refused.status, refused.code().as_str()), (503, "bodies_full"));
    assert_eq!(post(service.address, "/v1/score", r#"{"texts":["a"]}"#).status, 200, "a small one has room");
    drop(slow);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(post(service.address, "/v1/score", &large).status, 200);
}

/// A connection that is closed on somebody who is still sending loses the answer on its way.
#[test]
fn a_large_request_that_is_refused_is_told_so() {
    let options = Options {
        queue: dealtone::queue::Limits { max_wait: Duration::from_millis(1), token_budget: 8, ..Default::default() },
        ..quick()
    };
    let service = Service::start(options, 1, Delay { run: Duration::from_millis(5), ..Delay::default() });
    let mut busy: Vec<Connection> = (0..4).map(|_| Connection::open(service.address)).collect();
    for connection in &mut busy {
        connection.send("POST", "/v1/score", &[JSON], br#"{"texts":["slow b c d e f g h"]}"#);
        std::thread::sleep(Duration::from_millis(100));
    }
    let large = json!({"texts": ["word ".repeat(300_000)]}).to_string();
    let mut connection = Connection::open(service.address);
    let refused = connection.ask("POST", "/v1/score", &[JSON], large.as_bytes());
    assert_eq!((refused.status, refused.code().as_str()), (503, "queue_full"));
    assert_eq!(connection.ask("GET", "/livez", &[], b"").status, 200, "the connection goes on");
    // Clients of text-embeddings-inference know overload by another status.
    for path in ["/predict", "/"] {
        let told = post(service.address, path, r#"{"inputs":"a"}"#);
        assert_eq!((told.status, told.code().as_str()), (429, "overloaded"), "{path}: {}", told.text());
        assert!(told.header("retry-after").is_some() && told.json()["error_type"] == "Overloaded", "{told:?}");
    }
}

/// Whoever asks again as soon as the time is over asks for the same work each time.
#[test]
fn exports_whose_senders_left_hold_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let said = |n: usize| format!("Ann: The price of part {n} is too high for us.\nTom: Let me see about {n}.\n");
    let export: String = (0..3000).map(said).collect();
    let ask = |deadline_ms: &str, export: &str| {
        let headers = [("x-deadline-ms", deadline_ms)];
        let path = "/v1/conversations?deal=d&file=call.txt";
        let began = Instant::now();
        let answer = Connection::open(service.address).ask("POST", path, &headers, export.as_bytes());
        (answer.status, began.elapsed())
    };
    assert_eq!(ask("30000", &export).0, 201);
    // Read and not scored.
    let (status, alone) = ask("30000", &export);
    assert_eq!(status, 200);
    let given_up: Vec<u16> = (0..40).map(|_| ask("60", &export).0).collect();
    let late = given_up.iter().filter(|status| **status == 504).count();
    assert!(late > 20 || alone < Duration::from_millis(200), "{given_up:?}");
    let (status, took) = ask("30000", &said(0));
    assert_eq!(status, 200);
    eprintln!("{alone:?} alone, {took:?} behind {late} that were given up");
    assert!(took < alone * 5, "{took:?} behind exports that take {alone:?} each and for which nobody waits");
}

#[test]
fn who_would_wait_for_a_thread_is_refused_at_once_and_threads_that_are_stuck_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let queue = queue::Limits { max_wait: Duration::from_millis(100), ..Default::default() };
    let options = Options { queue, request_timeout: Duration::from_secs(2), ..keeping(folder.path()) };
    let service = Service::start(options, 1, Delay::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut ends = Vec::new();
    for begun in 1..=THREADS + 1 {
        let (end, ended) = mpsc::channel::<()>();
        let app = service.app();
        let work = runtime.spawn(async move { app.long(move || ended.recv().is_err()).await });
        ends.push((end, work));
        while begun > THREADS && service.app().threads.waiting() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    std::thread::sleep(Duration::from_millis(150));
    let short = json!({"texts": ["We sign."]}).to_string();
    let long = json!({"texts": ["We sign. ".repeat(1500)]}).to_string();
    let kept = json!({"id": "1", "deal": "d", "turns": [{"speaker": "Ann", "text": "We sign."}]}).to_string();
    assert_eq!(post(service.address, "/v1/score", &short).status, 200, "it needs no such thread");
    for (path, body) in [("/v1/score", &long), ("/v1/conversations", &kept)] {
        let refused = post(service.address, path, body);
        assert_eq!((refused.status, refused.code().as_str()), (503, "queue_full"), "{path}: {}", refused.text());
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    let metrics = get(service.address, "/metrics").text();
    assert!(metrics.contains("dealtone_ready 1\n") && metrics.contains("dealtone_long_work_waiting 1\n"), "{metrics}");
    std::thread::sleep(Duration::from_secs(2));
    let ready = get(service.address, "/readyz");
    assert_eq!((ready.status, ready.code().as_str()), (503, "not_ready"), "{}", ready.text());
    assert!(ready.json()["detail"].as_str().unwrap().contains("long work"), "{}", ready.text());
    assert!(get(service.address, "/metrics").text().contains("dealtone_ready 0\n"));
    let (ends, works): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
    drop(ends);
    for work in works {
        assert_eq!(runtime.block_on(work).unwrap(), Some(true));
    }
    assert_eq!(get(service.address, "/readyz").status, 200);
    for (path, body, status) in [("/v1/score", &long, 200), ("/v1/conversations", &kept, 201)] {
        assert_eq!(post(service.address, path, body).status, status, "{path}");
    }
}
