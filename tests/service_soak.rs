//! Memory stays where it is while requests come and go; and the test that says so notices a leak. A binary of its own,
//! because memory is the process's. The long run over the real model is `scripts/service/soak.py`.

#[allow(dead_code)]
#[path = "service/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "service/fake.rs"]
mod fake;

use client::{Connection, JSON};
use fake::{Delay, Service, quick};

/// Resident memory in KiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.trim().split(' ').next()?.parse().ok()).unwrap()
}

/// Growth in bytes a request, by least squares over the second half of a run of mixed requests.
fn growth(service: &Service, requests: usize, mut beside: impl FnMut()) -> f64 {
    let mut connection = Connection::open(service.address);
    let mut samples = Vec::new();
    for n in 0..requests {
        let body = match n % 50 {
            0 => format!("{{\"texts\":[\"{}\"]}}", "words ".repeat(5000)),
            1 => "{\"texts\": 7}".to_owned(),
            2 => "[".repeat(3000),
            _ => format!("{{\"texts\":[\"{}\"]}}", "words ".repeat(1 + n * 37 % 400)),
        };
        connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
        beside();
        if n % 20 == 0 && n > requests / 2 {
            samples.push((n as f64, resident() * 1024.0));
        }
    }
    let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / samples.len() as f64;
    let (x, y) = (mean(|s| s.0), mean(|s| s.1));
    let slope = samples.iter().map(|s| (s.0 - x) * (s.1 - y)).sum::<f64>()
        / samples.iter().map(|s| (s.0 - x).powi(2)).sum::<f64>();
    eprintln!("{requests} requests, {slope:.1} bytes a request");
    slope
}

/// Bytes a request from which it is called a leak. Allocators take a while to settle, and in so short a run that looks
/// like some hundred bytes a request.
const LEAK: f64 = 1500.0;

#[test]
fn memory_does_not_grow_and_a_leak_would_be_seen() {
    let service = Service::start(quick(), 1, Delay::default());
    let sound = growth(&service, 3000, || {});
    assert!(sound < LEAK, "{sound:.1} bytes a request");
    // The positive control: four kilobytes a request are left behind.
    let leaking = growth(&service, 3000, || {
        std::mem::forget(std::hint::black_box(vec![1_u8; 4096]));
    });
    assert!(leaking > LEAK, "a leak of 4096 bytes a request shows as {leaking:.1}");
}
