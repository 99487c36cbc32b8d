//! Shows a [`BenchReport`]: a picture for the terminal, two reports side by side, and a page of curves.

use std::fmt::Write;

use super::{BenchReport, stats::Latency};

/// Columns of the longest bar.
const BAR: f64 = 32.0;

/// The report as text of at most 100 columns.
pub fn terminal(r: &BenchReport) -> String {
    let mut out = String::new();
    let (m, p) = (&r.machine, &r.provenance);
    let _ = writeln!(
        out,
        "machine    {}, {} of its cores allowed, {} MiB",
        or_unknown(&m.cpu),
        m.allowed_cores,
        m.memory_mib
    );
    let _ = writeln!(
        out,
        "           quota {}, governor {}, load before {:.2}{}",
        or_unknown(&m.cpu_quota),
        or_unknown(&m.governor),
        m.load_before,
        if m.load_before > 0.5 { ": somebody else was at work, read the figures as hints" } else { "" }
    );
    let _ = writeln!(out, "model      {} {}", p.model, p.model_sha256.get(..12).unwrap_or(&p.model_sha256));
    let _ = writeln!(out, "runtime    ONNX Runtime {} on {}, {}", p.runtime, p.device, p.instruction_set);
    let _ = writeln!(out, "texts      {}, {:.1} tokens on average", r.texts, r.mean_tokens);
    let memory = r.peak_memory_mib.map_or("unknown".to_owned(), |mib| format!("{mib} MiB at most"));
    let _ = writeln!(out, "memory     {memory}");
    let (loaded, first) = r.cold_start_ms;
    let _ = writeln!(out, "cold start {loaded:.0} ms to load, {first:.0} ms to the first score\n");

    out += "One run of the bare session, median ms by tokens (down) and rows (across)\n";
    let mut batches: Vec<usize> = r.runs.iter().map(|run| run.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let _ = writeln!(out, "{:>8}{}", "", batches.iter().map(|b| format!("{b:>10}")).collect::<String>());
    let mut tokens: Vec<usize> = r.runs.iter().map(|run| run.tokens).collect();
    tokens.dedup();
    for t in tokens {
        let cells = batches.iter().map(|b| {
            let run = r.runs.iter().find(|run| run.tokens == t && run.batch == *b);
            format!("{:>10}", number(run.and_then(|run| run.latency.p50_ms)))
        });
        let _ = writeln!(out, "{t:>8}{}", cells.collect::<String>());
    }

    out += "\nOne text at a time, ms; a percentile without ten samples beyond it is not told\n";
    let _ = writeln!(out, "{:<22}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}", "", "samples", "p50", "p90", "p99", "p99.9", "max");
    out += &latency_line("closed loop", &r.single);
    for open in &r.open {
        out += &latency_line(&format!("open, {:.0} % load", open.load * 100.0), &open.latency);
    }
    let _ = writeln!(out, "around the session: {:.2} × the bare run\n", r.single_over_bare);

    out += "Throughput, texts a second; median of three windows that agree within 10 %\n";
    let most = r.throughput.iter().map(|t| t.texts_per_second.value).fold(0.0, f64::max);
    for t in &r.throughput {
        let s = &t.texts_per_second;
        let _ = writeln!(
            out,
            "{:>2} {:<8}{:>8.0}  [{:.0}, {:.0}]{:<15} {}",
            t.threads,
            if t.threads == 1 { "thread" } else { "threads" },
            s.value,
            s.low,
            s.high,
            if s.agreed { String::new() } else { format!(" no agreement in {}", s.windows) },
            bar(s.value / most)
        );
    }
    let _ = writeln!(out, "padding {:.1} % of the tokens run\n", r.padding * 100.0);

    out += "Where the time goes, ms a thousand texts, one thread\n";
    for stage in &r.stages {
        let _ = writeln!(
            out,
            "{:<11}{:>9.1}{:>7.1} %  {}",
            stage.name,
            stage.ms_per_thousand,
            stage.share * 100.0,
            bar(stage.share)
        );
    }
    out
}

/// What changed from `a` to `b`: ratios above 1 are better in `b` for rates, worse for times.
pub fn compare(a: &BenchReport, b: &BenchReport) -> String {
    let mut out = String::new();
    let same = |what: &str, x: &str, y: &str, out: &mut String| {
        if x != y {
            let _ = writeln!(out, "differs: {what}: {x} | {y}");
        }
    };
    same("cpu", &a.machine.cpu, &b.machine.cpu, &mut out);
    same("cores", &a.machine.allowed_cores.to_string(), &b.machine.allowed_cores.to_string(), &mut out);
    same("model", &a.provenance.model_sha256, &b.provenance.model_sha256, &mut out);
    same("runtime", &a.provenance.runtime, &b.provenance.runtime, &mut out);
    same("device", &a.provenance.device, &b.provenance.device, &mut out);
    same("texts", &a.texts, &b.texts, &mut out);
    let _ = writeln!(out, "{:<34}{:>12}{:>12}{:>9}", "", "A", "B", "B / A");
    let mut row = |name: String, x: Option<f64>, y: Option<f64>| {
        let ratio = x.zip(y).filter(|(x, _)| *x > 0.0).map(|(x, y)| y / x);
        let _ = writeln!(out, "{name:<34}{:>12}{:>12}{:>9}", number(x), number(y), number(ratio));
    };
    row("cold start to first score, ms".into(), Some(a.cold_start_ms.1), Some(b.cold_start_ms.1));
    row("one text p50, ms".into(), a.single.p50_ms, b.single.p50_ms);
    row("one text p99, ms".into(), a.single.p99_ms, b.single.p99_ms);
    for x in &a.throughput {
        let y = b.throughput.iter().find(|y| y.threads == x.threads);
        let name = format!("texts a second, {} threads", x.threads);
        row(name, Some(x.texts_per_second.value), y.map(|y| y.texts_per_second.value));
    }
    for x in &a.runs {
        let y = b.runs.iter().find(|y| (y.tokens, y.batch) == (x.tokens, x.batch));
        row(
            format!("run of {} × {} tokens p50, ms", x.batch, x.tokens),
            x.latency.p50_ms,
            y.and_then(|y| y.latency.p50_ms),
        );
    }
    row("peak memory, MiB".into(), a.peak_memory_mib.map(|n| n as f64), b.peak_memory_mib.map(|n| n as f64));
    out
}

/// A page of its own with the curves: latency over tokens, one curve a batch size, and throughput over threads.
pub fn page(r: &BenchReport) -> String {
    let mut batches: Vec<usize> = r.runs.iter().map(|run| run.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let curves: Vec<(String, Vec<(f64, f64)>)> = batches
        .iter()
        .map(|b| {
            let runs = r.runs.iter().filter(|run| run.batch == *b);
            let points = runs.filter_map(|run| Some((run.tokens as f64, run.latency.p50_ms?))).collect();
            (if *b == 1 { "1 row".to_owned() } else { format!("{b} rows") }, points)
        })
        .collect();
    let threads: Vec<(f64, f64)> = r.throughput.iter().map(|t| (t.threads as f64, t.texts_per_second.value)).collect();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>dealtone bench</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         pre{{overflow-x:auto;font-size:13px}}svg{{max-width:100%;height:auto}}text{{font:12px system-ui,sans-serif;fill:currentColor}}\
         :root{{color-scheme:light dark}}</style><h1>dealtone bench</h1><h2>Latency of one run</h2>{}<h2>Throughput</h2>{}\
         <h2>All figures</h2><pre>{}</pre></html>\n",
        chart("Tokens a row", "Median ms", &curves),
        chart("Threads", "Texts a second", &[("texts a second".to_owned(), threads)]),
        escape(&terminal(r))
    )
}

/// Curves with axes, told apart by dash and marker as well as by colour.
fn chart(x_title: &str, y_title: &str, curves: &[(String, Vec<(f64, f64)>)]) -> String {
    const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
    const DASHES: [&str; 4] = ["", "6 3", "2 3", "9 3 2 3"];
    let (width, height, left, bottom) = (640.0, 320.0, 60.0, 40.0);
    let all = || curves.iter().flat_map(|(_, points)| points);
    let x_most = all().map(|p| p.0).fold(1.0, f64::max);
    let y_most = all().map(|p| p.1).fold(f64::MIN_POSITIVE, f64::max);
    let at = |(x, y): &(f64, f64)| {
        (left + x / x_most * (width - left - 110.0), (height - bottom) - y / y_most * (height - bottom - 20.0))
    };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{y_title} over {}\">\
         <path d=\"M{left} 20V{y0}H{x1}\" fill=\"none\" stroke=\"currentColor\"/>\
         <text x=\"{xm}\" y=\"{yt}\" text-anchor=\"middle\">{x_title}</text><text x=\"4\" y=\"14\">{y_title}</text>",
        x_title.to_lowercase(),
        y0 = height - bottom,
        x1 = width - 110.0,
        xm = (width - 50.0) / 2.0,
        yt = height - 4.0
    );
    for tick in 0..=4 {
        let (x, y) = (x_most * f64::from(tick) / 4.0, y_most * f64::from(tick) / 4.0);
        let (px, _) = at(&(x, 0.0));
        let (_, py) = at(&(0.0, y));
        let _ = write!(
            svg,
            "<text x=\"{px:.0}\" y=\"{}\" text-anchor=\"middle\">{x:.0}</text><text x=\"{}\" y=\"{:.0}\" text-anchor=\"end\">{}</text>",
            height - bottom + 16.0,
            left - 6.0,
            py + 4.0,
            number(Some(y))
        );
    }
    for (i, (name, points)) in curves.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let path: Vec<String> = points.iter().map(&at).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
            path.join(" "),
            DASHES[i % DASHES.len()]
        );
        for p in points {
            let (x, y) = at(p);
            let _ = write!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        if let Some(last) = points.last() {
            let (x, y) = at(last);
            let _ = write!(svg, "<text x=\"{:.0}\" y=\"{:.0}\">{}</text>", x + 8.0, y + 4.0, escape(name));
        }
    }
    svg + "</svg>"
}

fn latency_line(name: &str, l: &Latency) -> String {
    format!(
        "{name:<22}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
        l.samples,
        number(l.p50_ms),
        number(l.p90_ms),
        number(l.p99_ms),
        number(l.p999_ms),
        number(l.max_ms)
    )
}

/// A number with three significant digits, or a dash.
fn number(value: Option<f64>) -> String {
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

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
