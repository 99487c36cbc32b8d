//! The real program with the real model: signals, times, sinks. Skips where ONNX Runtime or the default model is not there.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use dealtone::{pipeline::model_folder, score::runtime_library};
use serde_json::{Value, json};

use crate::client::{Connection, JSON, get, post};

/// Whether the real model can be run here.
pub fn is_possible() -> bool {
    let missing = runtime_library::find(None).err().or_else(|| model_folder(None).err().map(|e| e.to_string()));
    let Some(why) = missing else { return true };
    assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
    eprintln!("skipped: {why}");
    false
}

/// A running `dealtone serve`.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Process {
    pub fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dealtone"));
        command.args(["serve", "--bind", "127.0.0.1:0"]).args(arguments).envs(variables.iter().copied());
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it listened: {}", log.lock().unwrap());
            log.lock().unwrap().push_str(&line);
            let parsed: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = parsed["address"].as_str() {
                break address.parse().expect("it says where it listens");
            }
        };
        let sink = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                sink.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Process { child, address, log }
    }

    pub fn wait_ready(&self) {
        let started = Instant::now();
        while get(self.address, "/readyz").status != 200 {
            assert!(started.elapsed() < Duration::from_secs(60), "never ready: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(started.elapsed() < limit, "it did not end within {limit:?}: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn scores_are_those_of_the_batch_command_to_the_last_digit() {
    if !is_possible() {
        return;
    }
    // Patient: on a busy machine some would else be refused.
    let process = Process::start(&["--queue-wait", "60000"], &[]);
    process.wait_ready();
    let long = "we tried three vendors last year and every one of them went quiet ".repeat(60);
    let texts = ["ok", "Honestly, that's more than we can do this year.", "日本語 👍", long.as_str(), ""];
    let batch = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .arg("score")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .and_then(|mut child| {
            use std::io::Write;
            child.stdin.take().unwrap().write_all((texts.join("\n") + "\n").as_bytes())?;
            child.wait_with_output()
        })
        .unwrap();
    let batch: Vec<Value> =
        String::from_utf8(batch.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let mut orders = vec![(0..texts.len()).collect::<Vec<_>>(), (0..texts.len()).rev().collect()];
    orders.extend((0..texts.len()).map(|i| vec![i]));
    std::thread::scope(|scope| {
        for order in &orders {
            let (batch, process) = (&batch, &process);
            scope.spawn(move || {
                let asked: Vec<&str> = order.iter().map(|i| texts[*i]).collect();
                let answer = post(process.address, "/v1/score", &json!({ "texts": asked }).to_string());
                assert_eq!(answer.status, 200, "{}", answer.text());
                let answer = answer.json();
                for (place, i) in order.iter().enumerate() {
                    let score = &answer["scores"][place];
                    assert_eq!(score["sentiment"], batch[*i]["sentiment"], "text {i}");
                    assert_eq!(score["intents"], batch[*i]["intents"], "text {i}");
                }
            });
        }
    });
}

/// The examples' deals, posted file by file, and analysed in one run: the same reports.
#[test]
fn reports_are_those_of_the_batch_command() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    if !is_possible() || !examples.is_dir() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let domains = std::fs::read_to_string(examples.join("our-domains.txt")).unwrap();
    let domains: Vec<&str> = domains.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let out = folder.path().join("out");
    let status = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .arg("analyze")
        .arg(&examples)
        .args(["--quiet", "--as-of", "2026-06-12", "--out"])
        .arg(&out)
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0 | 3)), "{status:?}");
    let batch: Vec<Value> = std::fs::read_to_string(out.join("deals.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!batch.is_empty());
    let store = folder.path().join("store");
    let arguments = ["--queue-wait", "60000", "--store", store.to_str().unwrap(), "--our-domains", &domains.join(",")];
    let process = Process::start(&arguments, &[]);
    process.wait_ready();
    for report in &batch {
        let deal = report["deal"].as_str().unwrap();
        if let Some(crm) = report.get("crm").filter(|crm| crm.is_object()) {
            let path = format!("/v1/deals/{deal}");
            let answer = Connection::open(process.address).ask("PUT", &path, &[JSON], crm.to_string().as_bytes());
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        for file in std::fs::read_dir(examples.join(deal)).unwrap() {
            let file = file.unwrap();
            let name = file.file_name().to_string_lossy().replace(' ', "%20");
            let path = format!("/v1/conversations?deal={deal}&file={name}");
            let body = std::fs::read(file.path()).unwrap();
            let answer = Connection::open(process.address).ask("POST", &path, &[], &body);
            assert!(answer.status < 300, "{name}: {}", answer.text());
        }
        let served = get(process.address, &format!("/v1/deals/{deal}?as_of=2026-06-12")).json();
        assert_eq!(served, *report, "{deal}");
    }
}

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

    // Told to end while the model loads.
    let mut early = Process::start(&["--drain-delay", "0"], &[]);
    early.signal("TERM");
    assert_eq!(early.wait(Duration::from_secs(10)).code(), Some(0));
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
        (vec!["--bind", "127.0.0.1:0"], vec![("DEALTONE_TOKEN", "short")], 2, "DEALTONE_TOKEN"),
        (vec!["--bind", "127.0.0.1:0", "--model", "/nowhere"], vec![], 5, "/nowhere"),
        (vec!["--bind", "192.0.2.1:1", "--insecure"], vec![], 4, "192.0.2.1:1"),
    ] {
        let (got, stderr) = run(&arguments, &variables);
        assert_eq!(got, Some(code), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
}

/// Words that must turn up nowhere but in answers: names, a card, a secret, as they would stand in a conversation.
fn canaries() -> Vec<String> {
    (0..200)
        .map(|i| match i % 4 {
            0 => format!("Canarius{i} Fennimore{i}"),
            1 => format!("4111-1111-{i:04}-9999"),
            2 => format!("canary{i}@secret{i}.example"),
            _ => format!("zq-canary-{i}-secret"),
        })
        .collect()
}

#[test]
fn no_words_of_a_conversation_are_in_logs_metrics_or_errors() {
    if !is_possible() {
        return;
    }
    let token = "canary-token-4f1d8a77aa01";
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let arguments =
        ["--log", "trace", "--drain-delay", "0", "--queue-wait", "60000", "--store", store.to_str().unwrap()];
    let mut process = Process::start(&arguments, &[("DEALTONE_TOKEN", token)]);
    process.wait_ready();
    let bearer = format!("Bearer {token}");
    let mut told = Vec::new();
    for (i, canary) in canaries().iter().enumerate() {
        let bodies = [
            json!({"texts": [canary]}).to_string(),
            json!({"turns": [{"side": canary, "text": canary}]}).to_string(),
            json!({"texts": canary}).to_string(),
            format!("{{\"{canary}\": [}}"),
            json!({"inputs": {"name": canary}}).to_string(),
            json!({"id": canary, "deal": canary, "channel": "call", "title": canary,
                "turns": [{"speaker": canary, "text": canary}]})
            .to_string(),
            json!({"id": canary, "deal": canary, "channel": canary, "turns": []}).to_string(),
            json!({"inputs": [{"name": canary, "shape": [1], "datatype": canary, "data": [canary]}]}).to_string(),
        ];
        // Every kind of canary to every path.
        let path = ["/v1/score", "/predict", "/v2/models/dealtone/infer", "/v1/conversations"][(i + i / 4) % 4];
        for body in &bodies {
            let headers = [JSON, ("authorization", bearer.as_str())];
            told.push(Connection::open(process.address).ask("POST", path, &headers, body.as_bytes()));
        }
        let wrong = format!("Bearer {}", canary.replace(' ', ""));
        let headers = [JSON, ("authorization", wrong.as_str())];
        told.push(Connection::open(process.address).ask("POST", path, &headers, b"{}"));
        let name = canary.replace([' ', '@'], "");
        for (method, odd_path) in [
            ("GET", format!("/v1/{name}")),
            ("GET", format!("/v1/deals/{name}")),
            ("DELETE", format!("/v1/deals/{name}")),
        ] {
            told.push(Connection::open(process.address).ask(method, &odd_path, &[("authorization", &bearer)], b""));
        }
    }
    let metrics = Connection::open(process.address).ask("GET", "/metrics", &[("authorization", &bearer)], b"");
    let arguments = std::fs::read(format!("/proc/{}/cmdline", process.id())).unwrap();
    process.signal("TERM");
    process.wait(Duration::from_secs(10));
    std::thread::sleep(Duration::from_millis(100));
    let log = process.log();
    assert!(log.lines().count() > 1000, "the log was read: {} lines", log.lines().count());
    let mut sinks = vec![log, metrics.text(), String::from_utf8_lossy(&arguments).into_owned()];
    let errors = told.iter().filter(|a| a.status >= 400);
    sinks.extend(errors.map(|a| format!("{:?} {}", a.headers, a.text())));
    let words = canaries();
    for sink in &sinks {
        assert!(!sink.contains(token), "the token is told");
        for word in words.iter().flat_map(|w| [w.clone(), w.replace([' ', '@'], "")]) {
            assert!(!sink.contains(&word), "{word}: {}", sink.lines().find(|l| l.contains(&word)).unwrap_or_default());
        }
    }
    assert!(told.iter().any(|a| a.status == 200));
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
        let fields: Vec<u64> = stat.rsplit_once(") ").unwrap().1.split(' ').filter_map(|f| f.parse().ok()).collect();
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
