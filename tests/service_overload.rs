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

use dealtone::serve::Options;

#[allow(dead_code)]
#[path = "service/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "service/fake.rs"]
mod fake;

use client::{Connection, JSON};
use fake::{Delay, Service, quick};

const CLIENTS: usize = 48;

/// What one run saw: times of the good answers and of the refusals.
struct Seen {
    good: Vec<Duration>,
    refused: Vec<Duration>,
}

fn percentile(times: &mut [Duration], p: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * p) as usize]
}

/// Requests at `rate` a second for `time`, from connections that are kept.
fn load(address: SocketAddr, rate: f64, time: Duration, body: &str) -> Seen {
    let (send, receive) = mpsc::channel::<Instant>();
    let receive = Mutex::new(receive);
    let seen = Mutex::new(Seen { good: Vec::new(), refused: Vec::new() });
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                loop {
                    let Ok(due) = receive.lock().unwrap().recv() else { return };
                    let answer = connection.ask("POST", "/v1/score", &[JSON], body.as_bytes());
                    let took = due.elapsed();
                    let mut seen = seen.lock().unwrap();
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
    let mut half = load(service.address, capacity * 0.5, time, body);
    let mut four = load(service.address, capacity * 4.0, time, body);
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
