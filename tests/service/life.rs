//! Start and end.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use dealtone::serve::{self, Ended, Options, life::Bind};

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
fn it_says_no_at_once_serves_on_and_finishes_what_is_under_way() {
    let options =
        Options { drain_delay: Duration::from_millis(1200), drain_deadline: Duration::from_secs(5), ..quick() };
    let delay = Delay { run: Duration::from_millis(200), ..Delay::default() };
    let service = Service::start(options, 1, delay);
    let address = service.address;
    let idle = Connection::open(address);
    let mut spoken = Connection::open(address);
    spoken.ask("GET", "/livez", &[], b"");
    let ending = std::thread::spawn(move || {
        let started = Instant::now();
        (service.take().end(), started.elapsed())
    });
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(get(address, "/readyz").code(), "draining");
    assert_eq!(get(address, "/livez").status, 200);
    assert_eq!(post(address, "/v1/score", r#"{"texts":["a"]}"#).status, 200, "served on while it drains");
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
