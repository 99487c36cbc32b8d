//! Start and end.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use dealtone::{
    score::{Infer, Logits, Row, ScoreError},
    serve::{self, Ended, Options, life::Bind},
};

use crate::{
    client::{Connection, JSON, get, post},
    fake::{Delay, Service, parts, quick},
};

#[test]
fn it_is_alive_while_the_model_loads_and_ready_after() {
    let (parts, _) = parts(1, Delay::default());
    let running = serve::start(quick(), move || {
        std::thread::sleep(Duration::from_millis(400));
        Ok(parts)
    })
    .unwrap();
    let Bind::Tcp(address) = running.bound.clone() else { unreachable!("it was bound to TCP") };
    let started = Instant::now();
    assert_eq!(get(address, "/livez").status, 200);
    assert!(started.elapsed() < Duration::from_millis(200), "live answers while the model loads");
    assert_eq!(get(address, "/readyz").code(), "not_ready");
    assert_eq!(post(address, "/v1/score", r#"{"texts":["a"]}"#).code(), "not_ready");
    running.wait_ready().unwrap();
    assert_eq!(get(address, "/readyz").status, 200);
    running.end();
}

#[test]
fn probes_are_answered_where_no_more_connections_are_taken_and_others_are_refused_at_once() {
    let service = Service::start(Options { max_connections: 2, ..quick() }, 1, Delay::default());
    let address = service.address;
    let mut held: Vec<Connection> = (0..2).map(|_| Connection::open(address)).collect();
    held.iter_mut().for_each(|connection| assert_eq!(connection.ask("GET", "/livez", &[], b"").status, 200));
    let started = Instant::now();
    // Some that never ask anything take none of the places for long.
    let idle: Vec<Connection> = (0..4).map(|_| Connection::open(address)).collect();
    assert_eq!((get(address, "/livez").status, get(address, "/readyz").status), (200, 200));
    let refused = post(address, "/v1/score", r#"{"texts":["a"]}"#);
    assert_eq!((refused.status, refused.code().as_str()), (503, "connections_full"));
    assert!(refused.header("retry-after").is_some() && refused.header("connection") == Some("close"), "{refused:?}");
    assert!(started.elapsed() < Duration::from_millis(900), "none waited for another: {:?}", started.elapsed());
    drop((held, idle));
    let served = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        post(address, "/v1/score", r#"{"texts":["a"]}"#).status == 200
    });
    assert!(served, "places that were left are taken again");
}

#[test]
fn it_says_no_at_once_serves_on_and_finishes_what_is_under_way() {
    let options =
        Options { drain_delay: Duration::from_millis(1200), drain_deadline: Duration::from_secs(5), ..quick() };
    let delay = Delay { run: Duration::from_millis(200), ..Delay::default() };
    let service = Service::start(options, 1, delay);
    let address = service.address;
    let idle = Connection::open(address);
    let mut spoken = Connection::open(address);
    spoken.ask("GET", "/livez", &[], b"");
    let mut kept = Connection::open(address);
    assert_eq!(kept.ask("GET", "/livez", &[], b"").header("connection"), None);
    let ending = std::thread::spawn(move || {
        let started = Instant::now();
        (service.take().end(), started.elapsed())
    });
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(get(address, "/readyz").code(), "draining");
    assert_eq!(get(address, "/livez").status, 200);
    assert_eq!(post(address, "/v1/score", r#"{"texts":["a"]}"#).status, 200, "served on while it drains");
    let last = kept.ask("POST", "/v1/score", &[JSON], br#"{"texts":["a"]}"#);
    assert_eq!(
        (last.status, last.header("connection")),
        (200, Some("close")),
        "who is served on is told to go elsewhere"
    );
    assert!(kept.receive().is_none());
    let mut under_way = Connection::open(address);
    under_way.send("POST", "/v1/score", &[JSON], br#"{"texts":["a"]}"#);
    assert_eq!(under_way.receive().expect("what is under way is finished").status, 200);
    let (ended, took) = ending.join().unwrap();
    assert_eq!(ended, Ended::Whole);
    assert!(took < Duration::from_secs(3), "{took:?}: an idle connection held it");
    assert!(std::net::TcpStream::connect(address).is_err(), "the door is shut");
    drop((idle, spoken));
}

#[test]
fn a_stuck_run_and_a_slow_body_do_not_hold_it_beyond_its_deadline() {
    let options = Options { drain_deadline: Duration::from_millis(600), ..quick() };
    let service = Service::start(options, 1, Delay::default());
    let mut stuck = Connection::open(service.address);
    stuck.send("POST", "/v1/score", &[JSON], br#"{"texts":["stuck"]}"#);
    let mut slow = Connection::open(service.address);
    slow.send("POST", "/v1/score", &[JSON, ("content-length", "100")], b"{");
    let mut slow_head = Connection::open(service.address);
    slow_head.stream.write_all(b"GET /livez HTT").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let running = service.take();
    let started = Instant::now();
    assert_eq!(running.end(), Ended::Stuck);
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
}

#[test]
fn it_starts_and_ends_many_times_over() {
    for _ in 0..30 {
        let service = Service::start(quick(), 2, Delay::default());
        assert_eq!(post(service.address, "/v1/score", r#"{"texts":["a"]}"#).status, 200);
        assert_eq!(service.take().end(), Ended::Whole);
    }
}

/// A session that notes the longest row of each of its runs, and takes its time.
struct Noting {
    inner: Box<dyn Infer>,
    seen: Arc<Mutex<Vec<usize>>>,
}

impl Infer for Noting {
    fn infer(&mut self, rows: &[&Row]) -> Result<Vec<Logits>, ScoreError> {
        std::thread::sleep(Duration::from_millis(60));
        self.seen.lock().unwrap().push(rows.iter().map(|row| row.ids.len()).max().unwrap_or(0));
        self.inner.infer(rows)
    }
}

#[test]
fn it_is_ready_only_when_every_session_has_run_three_lengths() {
    let (mut parts, _) = parts(3, Delay::default());
    let seen: Vec<Arc<Mutex<Vec<usize>>>> = (0..3).map(|_| Arc::default()).collect();
    parts.sessions = parts
        .sessions
        .into_iter()
        .zip(&seen)
        .map(|(inner, seen)| Box::new(Noting { inner, seen: Arc::clone(seen) }) as Box<dyn Infer>)
        .collect();
    let running = serve::start(quick(), move || Ok(parts)).unwrap();
    let Bind::Tcp(address) = running.bound.clone() else { unreachable!("it was bound to TCP") };
    let lengths = || -> Vec<usize> {
        let distinct = |seen: &Mutex<Vec<usize>>| {
            let mut lengths = seen.lock().unwrap().clone();
            lengths.sort_unstable();
            lengths.dedup();
            lengths.len()
        };
        seen.iter().map(|seen| distinct(seen)).collect()
    };
    let mut not_ready = 0;
    loop {
        let answer = get(address, "/readyz");
        if answer.status == 200 {
            break;
        }
        assert_eq!(answer.code(), "not_ready");
        not_ready += 1;
    }
    // The model was there at once: what was waited for are its runs.
    assert!(not_ready > 0);
    assert!(lengths().iter().all(|lengths| *lengths >= 3), "{:?}", lengths());
    running.wait_ready().unwrap();
    running.end();
}

#[test]
fn what_was_promised_is_what_stands_without_options() {
    let plain = Options::default();
    assert_eq!((plain.drain_delay, plain.drain_deadline), (Duration::from_secs(5), Duration::from_secs(25)));
    assert_eq!((plain.request_timeout, plain.idle_timeout), (Duration::from_secs(30), Duration::from_secs(10)));
    assert_eq!((plain.body.time, plain.max_header), (Duration::from_secs(10), 16 << 10));
    assert_eq!((plain.body.encoded, plain.body.decoded, plain.body.ratio), (2 << 20, 16 << 20, 100));
    assert_eq!((plain.body.depth, plain.body.texts), (64, 512));
    assert_eq!(plain.queue.max_wait, Duration::from_millis(250));
    // The command's own defaults are the same numbers once more.
    let help = Command::new(env!("CARGO_BIN_EXE_dealtone")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let words: Vec<&str> = help.split_whitespace().collect();
    let help = words.join(" ");
    for (flag, default) in [
        ("--drain-delay", "5"),
        ("--drain-deadline", "25"),
        ("--request-timeout", "30"),
        ("--max-body", "2097152"),
        ("--queue-wait", "250"),
        ("--client-limit", "512"),
        ("--max-connections", "1024"),
    ] {
        let after = help.split(&format!("{flag} <")).nth(1).unwrap_or_else(|| panic!("{flag} is gone: {help}"));
        let told = after.split("[default: ").nth(1).and_then(|rest| rest.split(']').next());
        assert_eq!(told, Some(default), "{flag}");
    }
}

/// Not a test: the service in a process of its own, for the test below.
#[test]
#[ignore = "the other half of a_process_with_a_stuck_run_ends_with_0_at_its_deadline"]
fn serves_until_it_is_told_to_end() {
    let options =
        Options { drain_delay: Duration::from_millis(50), drain_deadline: Duration::from_millis(700), ..quick() };
    let (parts, _) = parts(1, Delay::default());
    let running = serve::start(options, move || Ok(parts)).unwrap();
    running.wait_ready().unwrap();
    println!("\nlistening on {}", running.bound);
    // As the command does it.
    match running.until_signal().unwrap() {
        Ended::Whole => println!("whole"),
        Ended::Stuck => serve::leave(0),
    }
}

#[test]
fn a_process_with_a_stuck_run_ends_with_0_at_its_deadline() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "life::serves_until_it_is_told_to_end", "--nocapture"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| Some(line.unwrap().strip_prefix("listening on ")?.parse().unwrap()));
    let address = address.expect("it listens");
    // What holds others up: a run that does not come back, a body that does not end, a head that does not, an idle
    // connection that is kept.
    let mut stuck = Connection::open(address);
    stuck.send("POST", "/v1/score", &[JSON], br#"{"texts":["stuck"]}"#);
    let mut slow_body = Connection::open(address);
    slow_body.send("POST", "/v1/score", &[JSON, ("content-length", "100")], b"{");
    let mut slow_head = Connection::open(address);
    slow_head.stream.write_all(b"GET /livez HTT").unwrap();
    let mut idle = Connection::open(address);
    assert_eq!(idle.ask("GET", "/livez", &[], b"").status, 200);
    std::thread::sleep(Duration::from_millis(100));
    let asked = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    let took = asked.elapsed();
    // No code at all would mean that a signal ended it: an abort in a library whose statics were torn down.
    assert_eq!(status.code(), Some(0), "{status:?}");
    assert!((Duration::from_millis(600)..Duration::from_millis(3000)).contains(&took), "{took:?}");
    assert!(lines.all(|line| line.unwrap() != "whole"), "the run was stuck, so it cannot have been whole");
}
