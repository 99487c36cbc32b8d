//! The real program with the real model, started for a test.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use dealtone::{engine::model_folder, score::runtime_library};
use serde_json::Value;

use crate::client::get;

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
