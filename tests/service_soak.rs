//! Memory stays where it is while requests come and go; and the test that says so notices a leak. A binary of its own,
//! because memory is the process's. The long run over the real model is `scripts/service/soak.py`.

#[allow(dead_code)]
#[path = "service/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "service/fake.rs"]
mod fake;

use std::time::{Duration, Instant};

use client::{Connection, JSON};
use fake::{Delay, Service, quick};

/// Resident memory in KiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().split(' ').next()?.parse().ok()).unwrap()
}

/// Growth in bytes a request, by least squares over the second half of a run of mixed requests.
fn growth(service: &Service, time: Duration, mut beside: impl FnMut()) -> f64 {
    let mut connection = Connection::open(service.address);
    let (started, mut samples, mut n) = (Instant::now(), Vec::new(), 0_usize);
    while started.elapsed() < time {
        let body = match n % 50 {
            0 => format!("{{\"texts\":[\"{}\"]}}", "words ".repeat(5000)),
            1 => "{\"texts\": 7}".to_owned(),
            2 => "[".repeat(3000),
            _ => format!("{{\"texts\":[\"{}\"]}}", "words ".repeat(1 + n * 37 % 400)),
        };
        connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
        beside();
        n += 1;
        if n % 20 == 0 && started.elapsed() > time / 2 {
            samples.push((n as f64, resident() * 1024.0));
        }
    }
    let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / samples.len() as f64;
    let (x, y) = (mean(|s| s.0), mean(|s| s.1));
    let slope = samples.iter().map(|s| (s.0 - x) * (s.1 - y)).sum::<f64>()
        / samples.iter().map(|s| (s.0 - x).powi(2)).sum::<f64>();
    eprintln!("{n} requests, {slope:.1} bytes a request");
    slope
}

/// Bytes a request from which it is called a leak: a thousandth of the smallest thing that a request could leave behind
/// for ever is invisible in so short a run, a kept buffer or string is not.
const LEAK: f64 = 200.0;

#[test]
fn memory_does_not_grow_and_a_leak_would_be_seen() {
    let service = Service::start(quick(), 1, Delay::default());
    let sound = growth(&service, Duration::from_secs(6), || {});
    assert!(sound < LEAK, "{sound:.1} bytes a request");
    // The positive control: half a kilobyte a request is left behind.
    let leaking = growth(&service, Duration::from_secs(6), || {
        std::mem::forget(std::hint::black_box(vec![1_u8; 600]));
    });
    assert!(leaking > LEAK, "a leak of 600 bytes a request shows as {leaking:.1}");
}
