//! What the service counts, in the text form of Prometheus: names with base units, no word of any conversation.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::queue::{Dropped, Run, Watch};

/// Upper bounds in seconds for everything that takes time.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper bounds for the rows of a run.
const ROWS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

#[derive(Clone, Debug)]
struct Histogram {
    bounds: &'static [f64],
    counts: Vec<u64>,
    sum: f64,
    count: u64,
}

impl Histogram {
    fn new(bounds: &'static [f64]) -> Histogram {
        Histogram { bounds, counts: vec![0; bounds.len()], sum: 0.0, count: 0 }
    }

    fn add(&mut self, value: f64) {
        for (bound, count) in self.bounds.iter().zip(&mut self.counts) {
            if value <= *bound {
                *count += 1;
            }
        }
        self.sum += value;
        self.count += 1;
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let comma = if labels.is_empty() { "" } else { "," };
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            let _ = writeln!(out, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}");
        }
        let _ = writeln!(out, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {}", self.count);
        let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(out, "{name}_sum{braces} {}", self.sum);
        let _ = writeln!(out, "{name}_count{braces} {}", self.count);
    }
}

struct Counts {
    /// By method, route and status.
    requests: BTreeMap<(String, String, u16), u64>,
    /// By code.
    problems: BTreeMap<&'static str, u64>,
    /// By route.
    durations: BTreeMap<String, Histogram>,
    queue_wait: Histogram,
    inference: Histogram,
    rows: Histogram,
    tokens: u64,
    padding: u64,
    failed_runs: u64,
    panics: u64,
    /// Late, caller left, pointless.
    dropped: [u64; 3],
}

/// All counts since the start.
pub struct Metrics {
    counts: Mutex<Counts>,
    started: Instant,
}

/// What is read at the moment of asking.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// Whether requests are scored.
    pub ready: bool,
    /// Rows that wait.
    pub queue_rows: usize,
    /// Tokens that wait.
    pub queue_tokens: usize,
    /// Requests that wait for a thread for long work.
    pub waiting: usize,
    /// Threads that score.
    pub threads: usize,
    /// Connections that are open.
    pub connections: usize,
    /// Name and hash of the model, once loaded.
    pub model: Option<(String, String)>,
    /// Conversations and bytes of the store, where there is one.
    pub store: Option<(u64, u64)>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            counts: Mutex::new(Counts {
                requests: BTreeMap::new(),
                problems: BTreeMap::new(),
                durations: BTreeMap::new(),
                queue_wait: Histogram::new(SECONDS),
                inference: Histogram::new(SECONDS),
                rows: Histogram::new(ROWS),
                tokens: 0,
                padding: 0,
                failed_runs: 0,
                panics: 0,
                dropped: [0; 3],
            }),
            started: Instant::now(),
        }
    }
}

impl Metrics {
    /// A request was answered. `route` is the pattern, never the path: paths hold names.
    pub fn answered(&self, method: &str, route: &str, status: u16, code: Option<&'static str>, took: Duration) {
        let mut counts = self.lock();
        *counts.requests.entry((method.to_owned(), route.to_owned(), status)).or_default() += 1;
        if let Some(code) = code {
            *counts.problems.entry(code).or_default() += 1;
        }
        let histogram = counts.durations.entry(route.to_owned()).or_insert_with(|| Histogram::new(SECONDS));
        histogram.add(took.as_secs_f64());
    }

    /// A handler panicked.
    pub fn panicked(&self) {
        self.lock().panics += 1;
    }

    /// The whole in Prometheus' text form.
    pub fn write(&self, now: &Now) -> String {
        let counts = self.lock();
        let mut out = String::with_capacity(8 << 10);
        let head = |out: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut out, "dealtone_build_info", "gauge", "Version of dealtone and the model in use.");
        let (model, sha256) = now.model.clone().unwrap_or_default();
        let _ = writeln!(
            out,
            "dealtone_build_info{{version=\"{}\",model=\"{}\",model_sha256=\"{sha256}\"}} 1",
            env!("CARGO_PKG_VERSION"),
            escape(&model)
        );
        let gauges = [
            ("dealtone_ready", "Whether requests are scored: 1 or 0.", f64::from(u8::from(now.ready))),
            ("dealtone_uptime_seconds", "Time since the start.", self.started.elapsed().as_secs_f64()),
            ("dealtone_queue_rows", "Rows that wait for the model.", now.queue_rows as f64),
            ("dealtone_queue_tokens", "Tokens that wait for the model.", now.queue_tokens as f64),
            ("dealtone_long_work_waiting", "Requests that wait for a thread for long work.", now.waiting as f64),
            ("dealtone_scoring_threads", "Threads that run the model.", now.threads as f64),
            ("dealtone_connections", "Open connections.", now.connections as f64),
        ];
        for (name, help, value) in gauges {
            head(&mut out, name, "gauge", help);
            let _ = writeln!(out, "{name} {value}");
        }
        if let Some((conversations, bytes)) = now.store {
            head(&mut out, "dealtone_store_conversations", "gauge", "Conversations in the store.");
            let _ = writeln!(out, "dealtone_store_conversations {conversations}");
            head(&mut out, "dealtone_store_bytes", "gauge", "Size of the store's files.");
            let _ = writeln!(out, "dealtone_store_bytes {bytes}");
        }
        head(&mut out, "dealtone_http_requests_total", "counter", "Answered requests by method, route and status.");
        for ((method, route, status), count) in &counts.requests {
            let _ = writeln!(
                out,
                "dealtone_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        head(&mut out, "dealtone_problems_total", "counter", "Refused or failed requests by code.");
        for (code, count) in &counts.problems {
            let _ = writeln!(out, "dealtone_problems_total{{code=\"{code}\"}} {count}");
        }
        head(&mut out, "dealtone_http_request_duration_seconds", "histogram", "Time to answer, by route.");
        for (route, histogram) in &counts.durations {
            histogram.write(&mut out, "dealtone_http_request_duration_seconds", &format!("route=\"{route}\""));
        }
        head(&mut out, "dealtone_queue_wait_seconds", "histogram", "Longest wait among the rows of a run.");
        counts.queue_wait.write(&mut out, "dealtone_queue_wait_seconds", "");
        head(&mut out, "dealtone_inference_seconds", "histogram", "Time of one run of the model.");
        counts.inference.write(&mut out, "dealtone_inference_seconds", "");
        head(&mut out, "dealtone_batch_rows", "histogram", "Rows of one run of the model.");
        counts.rows.write(&mut out, "dealtone_batch_rows", "");
        let totals = [
            ("dealtone_tokens_total", "Tokens run through the model, without padding.", counts.tokens),
            ("dealtone_padding_tokens_total", "Tokens of padding.", counts.padding),
            ("dealtone_failed_runs_total", "Runs of the model that failed.", counts.failed_runs),
            ("dealtone_panics_total", "Panics that were caught.", counts.panics),
        ];
        for (name, help, value) in totals {
            head(&mut out, name, "counter", help);
            let _ = writeln!(out, "{name} {value}");
        }
        head(&mut out, "dealtone_dropped_rows_total", "counter", "Rows that left the queue without a run.");
        for (reason, count) in ["late", "caller_left", "pointless"].iter().zip(counts.dropped) {
            let _ = writeln!(out, "dealtone_dropped_rows_total{{reason=\"{reason}\"}} {count}");
        }
        drop(counts);
        for (name, kind, help, value) in process() {
            head(&mut out, name, kind, help);
            let _ = writeln!(out, "{name} {value}");
        }
        out
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Counts are whole between any two steps.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Metrics {
    fn ran(&self, run: &Run) {
        let mut counts = self.lock();
        counts.queue_wait.add(run.waited.as_secs_f64());
        counts.inference.add(run.took.as_secs_f64());
        counts.rows.add(run.rows as f64);
        counts.tokens += run.tokens as u64;
        counts.padding += run.padding as u64;
        counts.failed_runs += u64::from(run.failed);
        counts.panics += u64::from(run.panicked);
    }

    fn dropped(&self, rows: usize, why: Dropped) {
        let place = match why {
            Dropped::Late => 0,
            Dropped::CallerLeft => 1,
            Dropped::Pointless => 2,
        };
        self.lock().dropped[place] += rows as u64;
    }
}

/// A label's value as the text form wants it.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What the system says of this process; what it does not say is left out.
fn process() -> Vec<(&'static str, &'static str, &'static str, f64)> {
    let mut found = Vec::new();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |key: &str| -> Option<f64> {
        status.lines().find_map(|l| l.strip_prefix(key)?.split_whitespace().next()?.parse::<f64>().ok())
    };
    if let Some(kb) = kilobytes("VmRSS:") {
        found.push(("process_resident_memory_bytes", "gauge", "Resident memory.", kb * 1024.0));
    }
    if let Some(kb) = kilobytes("VmSize:") {
        found.push(("process_virtual_memory_bytes", "gauge", "Virtual memory.", kb * 1024.0));
    }
    if let Some(threads) = kilobytes("Threads:") {
        found.push(("process_threads", "gauge", "Threads.", threads));
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        found.push(("process_open_fds", "gauge", "Open files.", open.count() as f64));
    }
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the name in brackets and may hold spaces; utime and stime are the 14th and 15th field.
    let ticks: Option<f64> = stat.rsplit_once(") ").and_then(|(_, rest)| {
        let fields: Vec<&str> = rest.split(' ').collect();
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    });
    if let Some(ticks) = ticks {
        // Linux has reported 100 ticks a second to programs for decades.
        found.push(("process_cpu_seconds_total", "counter", "Processor time.", ticks / 100.0));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_comment_or_a_name_with_a_number() {
        let metrics = Metrics::default();
        metrics.answered("POST", "/v1/score", 200, None, Duration::from_millis(3));
        metrics.answered("POST", "/v1/score", 503, Some("queue_full"), Duration::from_micros(80));
        metrics.ran(&Run {
            rows: 3,
            tokens: 40,
            padding: 2,
            waited: Duration::from_millis(2),
            took: Duration::from_millis(4),
            failed: false,
            panicked: false,
        });
        metrics.dropped(2, Dropped::CallerLeft);
        let model = Some(("a \"b\"\n".to_owned(), "00".to_owned()));
        let text = metrics.write(&Now { ready: true, model, store: Some((1, 4096)), ..Now::default() });
        let mut described = std::collections::BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                described.insert(rest.split(' ').next().unwrap().to_owned());
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                value.parse::<f64>().unwrap();
                let name = name.split('{').next().unwrap();
                let family =
                    ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
                assert!(described.contains(family) || described.contains(name), "{line}");
            }
        }
        assert!(text.contains("dealtone_dropped_rows_total{reason=\"caller_left\"} 2"));
        assert!(text.contains("dealtone_http_request_duration_seconds_bucket{route=\"/v1/score\",le=\"0.005\"} 2"));
    }
}
