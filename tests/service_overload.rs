//! More than it can do: refusals that come at once, and work that goes on.
//!
//! Requests come at random times whatever the service does (an open loop), and a time counts from when a request should
//! have been sent. The long run at all loads is `scripts/service/overload`. A binary of its own: beside other tests the
//! times would be theirs.

use std::{
    net::SocketAddr,
    sync::{Mutex, mpsc},
    time::{Duration, Instant},
};

use dealtone::{
    engine::{EngineOptions, EngineParts},
    score::{Row, Text},
    serve::Options,
};

#[allow(dead_code)]
#[path = "service/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "service/fake.rs"]
mod fake;

use client::{Connection, JSON};
use fake::{Delay, Service, quick};

/// Connections of the short run, and of the long one, whose queue holds more.
const CLIENTS: usize = 64;
const MANY_CLIENTS: usize = 400;

/// What one run saw: times of the good answers and of the refusals, and by how much requests were sent late.
struct Seen {
    good: Vec<Duration>,
    refused: Vec<Duration>,
    late: Vec<Duration>,
}

fn percentile(times: &mut [Duration], p: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * p) as usize]
}

/// Requests at `rate` a second for `time`, from connections that are kept.
fn load(address: SocketAddr, clients: usize, rate: f64, time: Duration, body: &str) -> Seen {
    let (send, receive) = mpsc::channel::<Instant>();
    let receive = Mutex::new(receive);
    let seen = Mutex::new(Seen { good: Vec::new(), refused: Vec::new(), late: Vec::new() });
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                loop {
                    let Ok(due) = receive.lock().unwrap().recv() else { return };
                    let late = due.elapsed();
                    let answer = connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
                    let took = due.elapsed();
                    let mut seen = seen.lock().unwrap();
                    seen.late.push(late);
                    match answer.status {
                        200 => seen.good.push(took),
                        503 => {
                            assert_eq!(answer.code(), "queue_full");
                            assert!(answer.header("retry-after").is_some());
                            seen.refused.push(took);
                        }
                        other => panic!("{other}: {}", answer.text()),
                    }
                }
            });
        }
        let (start, mut due, mut state) = (Instant::now(), Duration::ZERO, 88_172_645_463_325_252_u64);
        while due < time {
            std::thread::sleep((start + due).saturating_duration_since(Instant::now()));
            send.send(start + due).unwrap();
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
            due += Duration::from_secs_f64(-(1.0 - uniform).ln() / rate);
        }
        drop(send);
    });
    seen.into_inner().unwrap()
}

#[test]
fn beyond_capacity_refusals_are_quick_and_work_goes_on() {
    // A text of 8 tokens at a quarter of a millisecond each, whatever the batch: 500 requests a second on one thread.
    // Sleeping costs no processor, so the machine's other work does not blur the figures. The queue holds 50 ms of work:
    // half of what the clients could keep under way.
    let options = Options {
        queue: dealtone::queue::Limits { token_budget: 64, max_wait: Duration::from_millis(50), ..Default::default() },
        ..quick()
    };
    let delay = Delay { token: Duration::from_micros(250), ..Delay::default() };
    let service = Service::start(options, 1, delay);
    let body = r#"{"texts":["a b c d e f g h"]}"#;
    let capacity = 1.0 / (8.0 * 0.000_25);
    let time = Duration::from_secs(3);
    let mut attempts = (0..3).map(|_| {
        let half = load(service.address, CLIENTS, capacity * 0.5, time, body);
        let mut four = load(service.address, CLIENTS, capacity * 4.0, time, body);
        let late = percentile(&mut four.late, 0.99);
        (half, four, late)
    });
    // A machine on which the load itself comes late says nothing about the service.
    let Some((mut half, mut four, _)) = attempts.find(|(_, _, late)| *late < Duration::from_millis(30)) else {
        eprintln!("skipped: three times this machine was too busy to send the load in time");
        return;
    };
    let goodput = four.good.len() as f64 / time.as_secs_f64();
    let (calm, busy) = (percentile(&mut half.good, 0.99), percentile(&mut four.good, 0.99));
    let (median, refusal) = (percentile(&mut four.refused, 0.5), percentile(&mut four.refused, 0.99));
    eprintln!(
        "capacity {capacity:.0}/s; at 4x: goodput {goodput:.0}/s, {} refused; p99 {calm:?} at half, {busy:?} at 4x; \
         refusals p50 {median:?}, p99 {refusal:?}",
        four.refused.len()
    );
    assert!(half.refused.len() * 50 < half.good.len(), "{} refused at half load", half.refused.len());
    assert!(goodput >= 0.8 * capacity, "{goodput:.0} of {capacity:.0} a second");
    assert!(busy < calm * 3 + Duration::from_millis(150), "accepted p99 {busy:?}");
    // 10 ms at p99 on an idle machine; here others may be at work too.
    assert!(
        median < Duration::from_millis(10) && refusal < Duration::from_millis(250),
        "refusals {median:?} {refusal:?}"
    );
}

/// Answers a second of `clients` that ask again as soon as they are answered.
fn closed_loop(address: SocketAddr, clients: usize, time: Duration, bodies: &[String]) -> (f64, Vec<Duration>) {
    let end = Instant::now() + time;
    let started = Instant::now();
    let all = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for client in 0..clients {
            let all = &all;
            scope.spawn(move || {
                let mut connection = Connection::open(address);
                let mut own = Vec::new();
                for body in bodies.iter().cycle().skip(client * 7) {
                    let asked = Instant::now();
                    if asked > end {
                        break;
                    }
                    let answer = connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
                    if answer.status == 200 {
                        own.push(asked.elapsed());
                    }
                }
                all.lock().unwrap().extend(own);
            });
        }
    });
    let all = all.into_inner().unwrap();
    (all.len() as f64 / started.elapsed().as_secs_f64(), all)
}

fn report(name: &str, load_of: f64, rate: f64, time: Duration, seen: &mut Seen) -> f64 {
    let goodput = seen.good.len() as f64 / time.as_secs_f64();
    let of = |times: &mut Vec<Duration>, p| {
        if times.is_empty() { "-".to_owned() } else { format!("{:.1} ms", percentile(times, p).as_secs_f64() * 1e3) }
    };
    println!(
        "{name} {load_of:>4}x {rate:>6.0}/s | goodput {goodput:>6.0}/s | accepted {:>6} p50 {:>9} p99 {:>9} | refused {:>6} p50 {:>9} p99 {:>9}",
        seen.good.len(),
        of(&mut seen.good, 0.5),
        of(&mut seen.good, 0.99),
        seen.refused.len(),
        of(&mut seen.refused, 0.5),
        of(&mut seen.refused, 0.99),
    );
    goodput
}

/// The long run, by hand: `scripts/service/overload`. The fake model sleeps, so that only the service itself costs
/// processor time; with DEALTONE_ADDRESS a running service with a real model is loaded besides.
#[test]
#[ignore = "minutes; run by scripts/service/overload"]
fn at_all_loads() {
    let seconds = std::env::var("DEALTONE_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(20);
    let time = Duration::from_secs(seconds);
    let options = Options { queue: dealtone::queue::Limits { token_budget: 64, ..Default::default() }, ..quick() };
    let service = Service::start(options, 1, Delay { token: Duration::from_micros(250), ..Delay::default() });
    let body = r#"{"texts":["a b c d e f g h"]}"#;
    for load_of in [0.5, 0.8, 1.0, 2.0, 4.0] {
        let mut seen = load(service.address, MANY_CLIENTS, 500.0 * load_of, time, body);
        report("fake", load_of, 500.0 * load_of, time, &mut seen);
    }
    let Some(address) = std::env::var("DEALTONE_ADDRESS").ok().and_then(|a| a.parse().ok()) else { return };
    let text = r#"{"texts":["That is more than we can spend this year, honestly."]}"#;
    let (capacity, mut times) = closed_loop(address, 32, time, &[text.to_owned()]);
    println!("real: 32 clients {capacity:.0}/s, p50 {:?}", percentile(&mut times, 0.5));
    let (single, mut times) = closed_loop(address, 1, time / 2, &[text.to_owned()]);
    println!("real: 1 client {single:.0}/s, p50 {:?}", percentile(&mut times, 0.5));
    for load_of in [0.5, 0.8, 1.0, 2.0, 4.0] {
        let mut seen = load(address, MANY_CLIENTS, capacity * load_of, time, text);
        report("real", load_of, capacity * load_of, time, &mut seen);
    }
}

/// 32 clients that send the request bodies of a file, one a line, to a running service; prints what it took: by hand.
#[test]
#[ignore = "needs a running service: DEALTONE_ADDRESS, DEALTONE_BODIES; run by scripts/service/throughput"]
fn throughput_of_32_clients() {
    let address = std::env::var("DEALTONE_ADDRESS").unwrap().parse().unwrap();
    let bodies = std::fs::read_to_string(std::env::var("DEALTONE_BODIES").unwrap()).unwrap();
    let bodies: Vec<&str> = bodies.lines().collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                while let Some(body) = bodies.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    let answer = connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
            });
        }
    });
    println!("{}", serde_json::json!({ "requests": bodies.len(), "seconds": started.elapsed().as_secs_f64() }));
}

/// One text a request, one request after the other, on one connection to a running service, and in turn with it bare runs
/// of the session on the same tokens; prints the times: by hand.
#[test]
#[ignore = "needs a running service: DEALTONE_ADDRESS, DEALTONE_TEXT, DEALTONE_REQUESTS; run by scripts/service/latency"]
fn latency_of_one_client() {
    /// Calls of one kind in a row: few enough that both see the same machine, enough that each finds its caches.
    const TURN: usize = 50;
    let set = |name: &str| std::env::var(name).unwrap();
    let text = Text { side: dealtone::Side::Unknown, context: String::new(), text: set("DEALTONE_TEXT") };
    let body = serde_json::json!({ "texts": [text.text] }).to_string();
    let options = EngineOptions { threads: Some(1), ..EngineOptions::default() };
    let mut parts = EngineParts::load(&options).expect("the default model and the runtime are there");
    let encoded = parts.encoder.encode(&text).unwrap();
    let rows: Vec<&Row> = encoded.0.iter().collect();
    let mut connection = Connection::open(set("DEALTONE_ADDRESS").parse().unwrap());
    let (mut service, mut bare) = (Vec::new(), Vec::new());
    let turns = set("DEALTONE_REQUESTS").parse::<usize>().unwrap().div_ceil(TURN);
    // The first turn finds out what both sides set up lazily.
    for turn in 0..=turns {
        for _ in 0..TURN {
            let asked = Instant::now();
            let answer = connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
            service.push(asked.elapsed());
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        for _ in 0..TURN {
            let started = Instant::now();
            std::hint::black_box(parts.sessions[0].infer(&rows).unwrap());
            bare.push(started.elapsed());
        }
        if turn == 0 {
            service.clear();
            bare.clear();
        }
    }
    let mut told = serde_json::json!({ "requests": service.len() });
    for (name, times) in [("service", &mut service), ("bare", &mut bare)] {
        for (place, p) in [("p50", 0.5), ("p99", 0.99)] {
            told[format!("{name}_{place}_ms")] = (percentile(times, p).as_secs_f64() * 1e3).into();
        }
    }
    println!("{told}");
}
