//! Shows a [`BenchReport`] on a terminal.

use std::fmt::Write;

use super::{
    BenchReport,
    stats::{Latency, Steady},
};

/// Columns of the text.
const WIDTH: usize = 100;
/// Columns of the longest bar.
const BAR: f64 = 24.0;
/// From this load on somebody else was at work.
const BUSY: f64 = 0.5;
/// From this share on one stretch of waiting decides the figures.
const ONE_STRETCH: f64 = 0.1;

/// The report as text of at most 100 columns.
pub fn terminal(r: &BenchReport) -> String {
    let mut out = String::new();
    let (m, p) = (&r.machine, &r.provenance);
    let cpu = or_unknown(&m.cpu);
    headed(&mut out, "machine", &format!("{cpu}, {} of its cores allowed, {} MiB", m.allowed_cores, m.memory_mib));
    headed(&mut out, "", &format!("instructions {}", or_unknown(&m.instructions)));
    let busy = if m.load_before > BUSY { ": somebody else was at work, read the figures as hints" } else { "" };
    let (quota, governor) = (or_unknown(&m.cpu_quota), or_unknown(&m.governor));
    headed(&mut out, "", &format!("quota {quota}, governor {governor}, load before {:.2}{busy}", m.load_before));
    headed(&mut out, "model", &format!("{} {}", p.model, p.model_sha256.get(..12).unwrap_or(&p.model_sha256)));
    let runtime = format!("{} on {}, {}; dealtone {}", p.runtime_in_words(), p.device, p.instruction_set, p.dealtone);
    headed(&mut out, "runtime", &runtime);
    let texts = format!("{}, {} lines, {:.1} tokens on average, no context", r.texts, r.text_count, r.mean_tokens);
    headed(&mut out, "texts", &texts);
    let memory = r.peak_memory_mib.map_or("unknown".to_owned(), |mib| format!("{mib} MiB at most"));
    headed(&mut out, "memory", &memory);
    let cold = &r.cold_start_ms;
    let cold = format!(
        "{} ms [{}, {}] from the start of a process to the score of one line{}{}",
        number(Some(cold.value)),
        number(Some(cold.low)),
        number(Some(cold.high)),
        if cold.agreed { "" } else { "; " },
        unrest(cold)
    );
    headed(&mut out, "cold start", &cold);

    out += "\nOne run of the bare session, ms; other rows on every call, drawn over the whole of the texts.\n";
    out += "A percentile without ten samples beyond it is not told.\n";
    out += &latency_head("rows × tokens");
    let mut tokens = r.runs.first().map_or(0, |run| run.tokens);
    for run in &r.runs {
        if run.tokens != tokens {
            out.push('\n');
            tokens = run.tokens;
        }
        out += &latency_line(&format!("{:>4} × {}", run.batch, run.tokens), &run.latency);
    }

    out += "\nOne text at a time, from text to score, ms\n";
    out += &latency_head("");
    out += &latency_line("closed loop", &r.single);
    for open in &r.open {
        out += &latency_line(&format!("open, {:.0} % load", open.load * 100.0), &open.latency);
        if open.longest_wait > ONE_STRETCH {
            let share = open.longest_wait * 100.0;
            let _ = writeln!(
                out,
                "  one stretch of waiting holds {share:.0} % of these texts; measure longer with --seconds"
            );
        }
    }
    let over = &r.single_over_bare;
    let around = format!("around the session: {:.2} × the bare run [{:.2}, {:.2}]", over.value, over.low, over.high);
    let _ = writeln!(out, "{around}{}", unrest(over));

    out += "\nThroughput, whole batches; median of three windows that agree within 10 %\n";
    let _ = writeln!(out, "{:<13}{:>9}{:>9}{:>9}{:>10}", "", "texts/s", "lowest", "highest", "tokens/s");
    let most = r.throughput.iter().map(|t| t.texts_per_second.value).fold(0.0, f64::max);
    for t in &r.throughput {
        let s = &t.texts_per_second;
        let name = if t.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", t.threads) };
        let figures = format!("{name:<13}{:>9.0}{:>9.0}{:>9.0}{:>10.0}", s.value, s.low, s.high, t.tokens_per_second);
        line(&mut out, &format!("{figures}  {:<24}{}", bar(s.value / most), unrest(s)));
    }
    let _ = writeln!(out, "padding {:.1} % of the tokens run in them", r.padding * 100.0);

    out += "\nWhere the time goes, ms a thousand texts of one long call, one thread";
    let _ = writeln!(out, "{}", unrest(&r.stages_ms));
    for stage in &r.stages {
        let share = stage.share * 100.0;
        line(
            &mut out,
            &format!("{:<11}{:>9.1}{share:>7.1} %  {}", stage.name, stage.ms_per_thousand, bar(stage.share)),
        );
    }
    out
}

/// Columns of the name before a headed text.
const HEAD: usize = 11;

/// A name and its text, which goes on below itself where it is too long.
fn headed(out: &mut String, name: &str, text: &str) {
    let room = WIDTH - HEAD;
    let mut row = String::new();
    let mut rows = Vec::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        // A path may be longer than a row.
        for part in letters.chunks(room) {
            if !row.is_empty() && row.chars().count() + 1 + part.len() > room {
                rows.push(std::mem::take(&mut row));
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.extend(part);
        }
    }
    rows.push(row);
    for (i, row) in rows.iter().enumerate() {
        line(out, &format!("{:<HEAD$}{row}", if i == 0 { name } else { "" }));
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn latency_head(name: &str) -> String {
    format!("{name:<18}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}\n", "samples", "p50", "p90", "p99", "p99.9", "max")
}

fn latency_line(name: &str, l: &Latency) -> String {
    format!(
        "{name:<18}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{}\n",
        l.samples,
        number(l.p50_ms),
        number(l.p90_ms),
        number(l.p99_ms),
        number(l.p999_ms),
        number(l.max_ms),
        unrest(&l.medians_ms)
    )
}

/// Says where no three windows agreed.
fn unrest(steady: &Steady) -> String {
    if steady.agreed { String::new() } else { format!("  no agreement in {}", steady.windows) }
}

/// A number with three significant digits, or a dash.
pub(super) fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(v) if v.abs() >= 100.0 => format!("{v:.0}"),
        Some(v) if v.abs() >= 10.0 => format!("{v:.1}"),
        Some(v) => format!("{v:.2}"),
    }
}

fn bar(share: f64) -> String {
    "█".repeat((share.clamp(0.0, 1.0) * BAR).round() as usize)
}

pub(super) fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        bench::{Effort, OpenLoad, RunLatency, Throughput, machine::Machine, stages::Stage},
        utterance::Provenance,
    };

    pub(crate) fn steady(value: f64) -> Steady {
        Steady { value, low: value * 0.98, high: value * 1.02, windows: 3, agreed: true }
    }

    pub(crate) fn latency(p50: f64, samples: usize) -> Latency {
        let some = |factor: f64, from: usize| (samples >= from).then_some(p50 * factor);
        Latency {
            samples,
            mean_ms: Some(p50),
            p50_ms: Some(p50),
            p90_ms: some(2.0, 100),
            p99_ms: some(3.0, 1_000),
            p999_ms: some(5.0, 10_000),
            max_ms: Some(p50 * 6.0),
            medians_ms: steady(p50),
        }
    }

    /// A report with a figure of every kind.
    pub(crate) fn report() -> BenchReport {
        let runs = [8_usize, 16, 32, 64, 128].iter().flat_map(|tokens| {
            [1_usize, 4, 16, 32].map(|batch| {
                let tokens_run = tokens * batch;
                let samples = if tokens_run < 32 { 10_002 } else { 102 };
                RunLatency { tokens: *tokens, batch, latency: latency(tokens_run as f64 * 0.08, samples) }
            })
        });
        let open = [0.3, 0.6, 0.8].map(|load| OpenLoad {
            load,
            per_second: 400.0 * load,
            latency: latency(2.5 / (1.0 - load), 1_002),
            longest_wait: 0.02,
        });
        let throughput = [(1, 400.0), (2, 790.0)].map(|(threads, value)| Throughput {
            threads,
            texts_per_second: steady(value),
            tokens_per_second: value * 21.0,
        });
        let stage = |(name, ms): (&str, f64)| Stage { name: name.into(), ms_per_thousand: ms, share: ms / 2_500.0 };
        BenchReport {
            machine: Machine { cpu: "A processor".into(), allowed_cores: 2, memory_mib: 8_000, ..Machine::default() },
            provenance: Provenance {
                dealtone: "0.1.0".into(),
                model: "default".into(),
                model_sha256: "c35901d48014aa".into(),
                runtime: "1.31.1".into(),
                device: "cpu".into(),
                instruction_set: "x86_64+avx512vnni".into(),
                unread: Default::default(),
            },
            effort: Effort::FULL,
            texts: "built-in".into(),
            text_count: 600,
            mean_tokens: 18.7,
            cold_start_ms: steady(190.0),
            runs: runs.collect(),
            single: latency(2.5, 10_002),
            single_over_bare: steady(1.04),
            open: open.to_vec(),
            throughput: throughput.to_vec(),
            padding: 0.021,
            stages_ms: steady(2_500.0),
            stages: [("read", 2.0), ("tokenize", 50.0), ("infer", 2_448.0)].map(stage).to_vec(),
            peak_memory_mib: Some(211),
        }
    }

    #[test]
    fn no_line_is_wider_than_a_hundred_columns_and_no_figure_is_cut() {
        let mut r = report();
        let path = format!("/{}/lines.txt", "a-folder-of-a-long-name/".repeat(9));
        r.texts = path.clone();
        r.machine.cpu = "A processor of many words ".repeat(6);
        r.machine.load_before = 12.5;
        r.provenance.model = "a model of many words ".repeat(6);
        let restless = Steady { value: 123_456_789.0, high: 123_456_789.0, windows: 12, ..Steady::default() };
        r.cold_start_ms = restless.clone();
        r.single_over_bare = restless.clone();
        r.stages_ms = restless.clone();
        for latency in r.runs.iter_mut().map(|run| &mut run.latency).chain(r.open.iter_mut().map(|o| &mut o.latency)) {
            *latency = Latency { medians_ms: restless.clone(), ..self::latency(1_234_567.0, 10_002) };
        }
        r.open[2].longest_wait = 0.43;
        for t in &mut r.throughput {
            (t.threads, t.texts_per_second, t.tokens_per_second) = (1_024, restless.clone(), 123_456_789.0);
        }
        let text = terminal(&r);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
        let joined: String = text.split_whitespace().collect();
        assert!(joined.contains(&path), "{text}");
        assert!(text.contains("one stretch of waiting holds 43 %"), "{text}");
        assert_eq!(joined.matches("noagreementin12").count(), 1 + 20 + 3 + 1 + 2 + 1, "{text}");
    }
}
