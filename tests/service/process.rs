//! The real program with the real model: start, end, threads, kills. Skips where ONNX Runtime or the default model is not
//! there.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::{Connection, JSON, get, post},
    program::{Process, is_possible},
};

#[test]
fn it_is_ready_soon_and_has_few_threads() {
    if !is_possible() {
        return;
    }
    let started = Instant::now();
    let process = Process::start(&["--threads", "2"], &[]);
    let asked = Instant::now();
    assert_eq!(get(process.address, "/livez").status, 200);
    // The promises, 200 ms and two seconds, are a release build's on an idle machine; other tests run beside this one.
    let patience = if cfg!(debug_assertions) { 20 } else { 1 };
    assert!(asked.elapsed() < Duration::from_millis(200) * patience, "live after {:?}", asked.elapsed());
    process.wait_ready();
    let took = started.elapsed();
    eprintln!("ready after {took:?}");
    assert!(took < Duration::from_secs(2) * patience, "{took:?}");
    post(process.address, "/v1/score", &json!({ "texts": vec!["a longer text to score"; 200] }).to_string());
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let threads: usize = status.lines().find_map(|l| l.strip_prefix("Threads:")?.trim().parse().ok()).unwrap();
    assert!(threads <= 2 + 4, "{threads} threads for 2 that score");
}

#[test]
fn sigterm_ends_it_in_order_and_a_second_one_at_once() {
    if !is_possible() {
        return;
    }
    let mut orderly = Process::start(&["--drain-delay", "1"], &[]);
    orderly.wait_ready();
    let health = |address: SocketAddr| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dealtone"));
        command
            .args(["health", "--ready", "--bind", &address.to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .code()
    };
    assert_eq!(health(orderly.address), Some(0));
    orderly.signal("TERM");
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(get(orderly.address, "/readyz").code(), "draining");
    assert_eq!(post(orderly.address, "/v1/score", r#"{"texts":["a"]}"#).status, 200);
    assert_eq!(health(orderly.address), Some(1));
    assert_eq!(orderly.wait(Duration::from_secs(5)).code(), Some(0));

    let mut hurried = Process::start(&["--drain-delay", "20"], &[]);
    hurried.wait_ready();
    hurried.signal("TERM");
    std::thread::sleep(Duration::from_millis(100));
    hurried.signal("TERM");
    let status = hurried.wait(Duration::from_secs(2));
    assert_eq!(status.code(), Some(1), "{status:?}");

    // As those do who signal a process and then its group: one wish, told twice.
    let mut twice = Process::start(&["--drain-delay", "0"], &[]);
    twice.wait_ready();
    let both = format!("kill -TERM {0}; kill -INT {0}", twice.id());
    assert!(Command::new("sh").args(["-c", &both]).status().unwrap().success());
    assert_eq!(twice.wait(Duration::from_secs(5)).code(), Some(0));

    // Told to end while the model loads.
    let mut early = Process::start(&["--drain-delay", "0"], &[]);
    early.signal("TERM");
    assert_eq!(early.wait(Duration::from_secs(10)).code(), Some(0));
}

#[test]
fn tokens_of_the_file_and_of_the_variable_are_valid_side_by_side() {
    if !is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens");
    std::fs::write(&file, "0123456789abcdef-of-the-file\n").unwrap();
    let variable = [("DEALTONE_TOKEN", "0123456789abcdef-of-the-variable")];
    let process = Process::start(&["--token-file", file.to_str().unwrap()], &variable);
    for (token, status) in [("file", 200), ("variable", 200), ("neither", 401)] {
        let shown = format!("Bearer 0123456789abcdef-of-the-{token}");
        let answer = Connection::open(process.address).ask("GET", "/docs", &[("authorization", &shown)], b"");
        assert_eq!(answer.status, status, "{token}");
    }
}

#[test]
fn one_allowed_core_means_one_thread_that_scores() {
    let has_taskset = Command::new("taskset").arg("--version").output().is_ok();
    if !is_possible() || !has_taskset {
        eprintln!("skipped: taskset is not there");
        return;
    }
    let process = Process::start(&[], &[]);
    process.wait_ready();
    let all = get(process.address, "/v1/model").json()["threads"].as_u64().unwrap() as usize;
    assert_eq!(all, dealtone::cores::allowed());
    let output = Command::new("taskset")
        .args(["-c", "0", env!("CARGO_BIN_EXE_dealtone"), "serve", "--bind", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn();
    let mut child = output.unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let ready = lines.find_map(|line| {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap_or_default();
        (line["message"] == "ready").then_some(line)
    });
    assert_eq!(ready.unwrap()["threads"], 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_cannot_start_says_why_and_with_which_code() {
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = Command::new(env!("CARGO_BIN_EXE_dealtone"))
            .arg("serve")
            .args(arguments)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("token");
    std::fs::write(&short, "short\n").unwrap();
    for (arguments, variables, code, words) in [
        (vec!["--bind", "0.0.0.0:0"], vec![], 2, "--token-file"),
        (vec!["--bind", "nowhere"], vec![], 2, "unix:/run/dealtone.sock"),
        (vec!["--token", "secret"], vec![], 2, "unexpected argument"),
        (vec!["--token-file", short.to_str().unwrap()], vec![], 2, "shorter than 16"),
        (vec!["--token-file", "/nowhere/token"], vec![], 2, "/nowhere/token"),
        (vec!["--log", "warning"], vec![], 2, "\"warning\" is no log level"),
        (vec!["--bind", "127.0.0.1:0"], vec![("DEALTONE_LOG", "info,loud")], 2, "\"loud\" is no log level"),
        (vec!["--allowed-host", "scores.internal:8017"], vec![], 2, "without scheme and port"),
        (vec!["--bind", "127.0.0.1:0"], vec![("DEALTONE_REQUEST_TIMEOUT", "0")], 2, "--request-timeout"),
        (vec!["--bind", "127.0.0.1:0"], vec![("DEALTONE_MAX_BODY", "1")], 2, "--max-body"),
        (vec!["--bind", "127.0.0.1:0"], vec![("DEALTONE_TOKEN", "short")], 2, "DEALTONE_TOKEN"),
        (vec!["--bind", "127.0.0.1:0", "--model", "/nowhere"], vec![], 5, "/nowhere"),
        (vec!["--bind", "192.0.2.1:1", "--insecure"], vec![], 4, "192.0.2.1:1"),
    ] {
        let (got, stderr) = run(&arguments, &variables);
        assert_eq!(got, Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
}

#[test]
fn idle_it_sleeps() {
    if !is_possible() {
        return;
    }
    let process = Process::start(&[], &[]);
    process.wait_ready();
    post(process.address, "/v1/score", &json!({ "texts": vec!["some text"; 100] }).to_string());
    let ticks = || {
        let mut stat = String::new();
        let path = format!("/proc/{}/stat", process.id());
        std::fs::File::open(Path::new(&path)).unwrap().read_to_string(&mut stat).unwrap();
        let fields: Vec<i64> = stat.rsplit_once(") ").unwrap().1.split(' ').filter_map(|f| f.parse().ok()).collect();
        // Without the state letter: utime and stime are the 11th and 12th number.
        fields[10] + fields[11]
    };
    std::thread::sleep(Duration::from_millis(200));
    let before = ticks();
    std::thread::sleep(Duration::from_secs(10));
    // A tick is 10 ms: 1 % of ten seconds is ten of them.
    assert!(ticks() - before < 10, "{} ticks in 10 s", ticks() - before);
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    if !is_possible() || !Path::new("/dev/full").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .args(["serve", "--drain-delay", "0", "--bind", &format!("unix:{}", socket.display())])
        .stderr(full)
        .spawn()
        .unwrap();
    let health = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dealtone"));
        let bind = format!("unix:{}", socket.display());
        command.args(["health", "--ready", "--bind", &bind]).stderr(Stdio::null()).status().unwrap().success()
    };
    let started = Instant::now();
    while !health() {
        assert!(started.elapsed() < Duration::from_secs(60), "never ready");
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The short form of `scripts/service/kill.py`: what was acknowledged before a SIGKILL is there after it.
#[test]
fn nothing_acknowledged_is_lost_to_a_kill() {
    if !is_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let acknowledged: Mutex<Vec<(String, String)>> = Mutex::default();
    for kill in 0..3 {
        let mut process = Process::start(&["--store", store.to_str().unwrap(), "--queue-wait", "10000"], &[]);
        process.wait_ready();
        for (id, words) in acknowledged.lock().unwrap().iter() {
            let held = get(process.address, &format!("/v1/conversations/{id}")).json();
            assert_eq!(held["conversation"]["turns"][0]["text"], **words, "{id}");
        }
        let address = process.address;
        std::thread::scope(|scope| {
            for client in 0..4 {
                let acknowledged = &acknowledged;
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    for n in 0..10_000 {
                        let (id, words) = (format!("{kill}-{client}-{n}"), format!("words {n} of {client}"));
                        let body = json!({"id": id, "deal": "d", "channel": "call",
                            "turns": [{"speaker": "a", "text": words}]});
                        connection.send("POST", "/v1/conversations", &[JSON], body.to_string().as_bytes());
                        match connection.receive() {
                            Some(answer) if answer.status == 201 => acknowledged.lock().unwrap().push((id, words)),
                            Some(answer) => panic!("{}", answer.text()),
                            None => return,
                        }
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(400));
            process.signal("KILL");
            process.wait(Duration::from_secs(5));
        });
    }
    let count = acknowledged.lock().unwrap().len();
    eprintln!("{count} acknowledged");
    assert!(count > 0);
}
