//! Two reports side by side: first what makes them incomparable, then every figure with its ratio.

use std::fmt::Write;

use serde::Serialize;

use super::{
    BenchReport,
    picture::{number, or_unknown},
    stats::{Latency, PERCENTILES, Steady},
};

/// What two reports say beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What they were not measured alike in.
    pub differs: Vec<Difference>,
    /// Every figure that one of them has.
    pub figures: Vec<Figure>,
}

/// Something that was not the same in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What.
    pub what: &'static str,
    /// In the first.
    pub a: String,
    /// In the second.
    pub b: String,
}

/// A figure in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What, with its unit.
    pub name: String,
    /// In the first.
    pub a: Option<f64>,
    /// In the second.
    pub b: Option<f64>,
    /// The second over the first.
    pub ratio: Option<f64>,
    /// Whether the windows of both overlap, so that the ratio may be chance; absent where no windows are kept.
    pub within_spread: Option<bool>,
    /// Samples that each rests on; absent where there are none to count.
    pub samples: Option<(usize, usize)>,
    /// In which of the two no three windows agreed: of `A` and `B`.
    pub unsteady: Vec<&'static str>,
}

/// One side of a figure.
#[derive(Clone, Copy, Default)]
struct Measured<'a> {
    value: Option<f64>,
    windows: Option<&'a Steady>,
    /// Whether `windows` are windows of `value` itself.
    of_itself: bool,
    samples: Option<usize>,
}

impl<'a> Measured<'a> {
    fn plain(value: Option<f64>) -> Measured<'a> {
        Measured { value, ..Measured::default() }
    }

    fn steady(steady: &'a Steady) -> Measured<'a> {
        Measured { value: Some(steady.value), windows: Some(steady), of_itself: true, samples: None }
    }
}

/// Holds `b` against `a`.
pub fn compare(a: &BenchReport, b: &BenchReport) -> Comparison {
    let mut figures = Figures::default();
    figures.steady("cold start, ms", Some(&a.cold_start_ms), Some(&b.cold_start_ms));
    figures.latency("one text", Some(&a.single), Some(&b.single));
    figures.steady("one text over the bare run", Some(&a.single_over_bare), Some(&b.single_over_bare));
    for (x, y) in both(&a.open, &b.open, |open| (open.load * 100.0).round() as u64) {
        let load = x.or(y).map_or(0.0, |open| open.load * 100.0);
        figures.latency(&format!("open, {load:.0} % load"), x.map(|o| &o.latency), y.map(|o| &o.latency));
    }
    for (x, y) in both(&a.throughput, &b.throughput, |t| t.threads) {
        let threads = x.or(y).map_or(0, |t| t.threads);
        let (texts_x, texts_y) = (x.map(|t| &t.texts_per_second), y.map(|t| &t.texts_per_second));
        figures.steady(&format!("texts a second, threads: {threads}"), texts_x, texts_y);
        let tokens = [x, y].map(|t| Measured::plain(t.map(|t| t.tokens_per_second)));
        figures.push(format!("tokens a second, threads: {threads}"), tokens);
    }
    figures.push("padding, share".into(), [a, b].map(|r| Measured::plain(Some(r.padding))));
    figures.steady("all stages, ms a thousand texts", Some(&a.stages_ms), Some(&b.stages_ms));
    for (x, y) in both(&a.stages, &b.stages, |stage| stage.name.clone()) {
        let name = x.or(y).map_or("", |stage| &stage.name);
        let sides = [x, y].map(|stage| Measured::plain(stage.map(|stage| stage.ms_per_thousand)));
        figures.push(format!("{name}, ms a thousand texts"), sides);
    }
    for (x, y) in both(&a.runs, &b.runs, |run| (run.tokens, run.batch)) {
        let Some(run) = x.or(y) else { continue };
        let name = format!("{} × {} tokens", run.batch, run.tokens);
        figures.latency(&name, x.map(|run| &run.latency), y.map(|run| &run.latency));
    }
    figures.push("peak memory, MiB".into(), [a, b].map(|r| Measured::plain(r.peak_memory_mib.map(|n| n as f64))));
    Comparison { differs: differences(a, b), figures: figures.0 }
}

/// Something of a report that two reports should share: its name and how it reads.
type Condition = (&'static str, fn(&BenchReport) -> String);

fn differences(a: &BenchReport, b: &BenchReport) -> Vec<Difference> {
    let conditions: [Condition; 17] = [
        ("cpu", |r| or_unknown(&r.machine.cpu).to_owned()),
        ("instructions of the machine", |r| or_unknown(&r.machine.instructions).to_owned()),
        ("instruction set", |r| r.provenance.instruction_set.clone()),
        ("cores", |r| r.machine.allowed_cores.to_string()),
        ("quota", |r| or_unknown(&r.machine.cpu_quota).to_owned()),
        ("governor", |r| or_unknown(&r.machine.governor).to_owned()),
        ("memory, MiB", |r| r.machine.memory_mib.to_string()),
        ("other work (load before over 0.5)", |r| match r.machine.load_before {
            load if load > 0.5 => format!("yes, {load:.2}"),
            _ => "no".to_owned(),
        }),
        ("dealtone", |r| r.provenance.dealtone.clone()),
        ("model", |r| format!("{} {}", r.provenance.model, r.provenance.model_sha256)),
        ("runtime", |r| r.provenance.runtime.clone()),
        ("device", |r| r.provenance.device.clone()),
        ("texts", |r| format!("{}, {} lines of {:.1} tokens", r.texts, r.text_count, r.mean_tokens)),
        ("seconds a latency", |r| r.effort.seconds.to_string()),
        ("seconds an open load", |r| r.effort.open_seconds.to_string()),
        ("texts a window", |r| r.effort.texts.to_string()),
        ("windows at most", |r| r.effort.patience.to_string()),
    ];
    let told = conditions.into_iter().map(|(what, of)| Difference { what, a: of(a), b: of(b) });
    told.filter(|d| d.a != d.b || d.a.starts_with("yes")).collect()
}

/// The items of both lists by key, in the order of the first, then what only the second has.
fn both<'a, T, K: PartialEq>(a: &'a [T], b: &'a [T], key: impl Fn(&T) -> K) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let find = |list: &'a [T], item: &T| list.iter().find(|other| key(other) == key(item));
    let of_a = a.iter().map(|item| (Some(item), find(b, item)));
    let only_b = b.iter().filter(|item| find(a, item).is_none()).map(|item| (None, Some(item)));
    of_a.chain(only_b).collect()
}

#[derive(Default)]
struct Figures(Vec<Figure>);

impl Figures {
    fn steady(&mut self, name: &str, a: Option<&Steady>, b: Option<&Steady>) {
        let sides = [a, b].map(|steady| steady.map(Measured::steady).unwrap_or_default());
        self.push(name.to_owned(), sides);
    }

    /// A row for each percentile that one of the two has.
    fn latency(&mut self, name: &str, a: Option<&Latency>, b: Option<&Latency>) {
        for (percentile, of) in PERCENTILES {
            let sides = [a, b].map(|latency| match latency {
                Some(latency) => Measured {
                    value: of(latency),
                    windows: Some(&latency.medians_ms),
                    of_itself: percentile == "p50",
                    samples: Some(latency.samples),
                },
                None => Measured::default(),
            });
            if sides.iter().any(|side| side.value.is_some()) {
                self.push(format!("{name} {percentile}, ms"), sides);
            }
        }
    }

    fn push(&mut self, name: String, [a, b]: [Measured; 2]) {
        let ratio = a.value.zip(b.value).filter(|(x, _)| *x > 0.0).map(|(x, y)| y / x);
        let windows = a.windows.zip(b.windows).filter(|_| a.of_itself && b.of_itself);
        let within_spread = windows.map(|(x, y)| x.low <= y.high && y.low <= x.high);
        let unsteady = [("A", a), ("B", b)].into_iter().filter(|(_, side)| side.windows.is_some_and(|w| !w.agreed));
        let unsteady = unsteady.map(|(name, _)| name).collect();
        let samples = a.samples.zip(b.samples);
        self.0.push(Figure { name, a: a.value, b: b.value, ratio, within_spread, samples, unsteady });
    }
}

/// The comparison as text of at most 100 columns, long names of machines and files aside.
pub fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for Difference { what, a, b } in &comparison.differs {
        // What is alike stands here where it is a reason for doubt in both.
        let how = if a == b { "of both" } else { "differs" };
        let _ = writeln!(out, "{how}: {what}: {a} | {b}");
    }
    if !comparison.differs.is_empty() {
        out += "This may be the reason for what follows.\n\n";
    }
    let _ = writeln!(out, "{:<36}{:>9}{:>9}{:>8}", "", "A", "B", "B / A");
    for figure in &comparison.figures {
        let mark = if figure.within_spread == Some(true) { " ≈" } else { "" };
        let mut notes = Vec::new();
        match (figure.samples, figure.a, figure.b) {
            (Some((a, b)), ..) if a != b => notes.push(format!("{a} | {b} samples")),
            (None, Some(_), None) => notes.push("only in A".to_owned()),
            (None, None, Some(_)) => notes.push("only in B".to_owned()),
            _ => {}
        }
        if !figure.unsteady.is_empty() {
            notes.push(format!("unsteady {}", figure.unsteady.join(", ")));
        }
        let (name, ratio) = (&figure.name, figure_of(figure.ratio));
        let row = format!(
            "{name:<36}{:>9}{:>9}{ratio:>8}{mark:<3}{}",
            figure_of(figure.a),
            figure_of(figure.b),
            notes.join("; ")
        );
        let _ = writeln!(out, "{}", row.trim_end());
    }
    out += "B / A above 1: better in what is counted a second, worse in all else. ≈: the windows of both\n\
            overlap, it may be chance. unsteady: no three windows agreed within 10 %.\n";
    out
}

/// As [`number`], with more digits for what is far below one.
fn figure_of(value: Option<f64>) -> String {
    match value {
        Some(v) if v != 0.0 && v.abs() < 0.000_05 => format!("{v:.0e}"),
        Some(v) if v != 0.0 && v.abs() < 0.1 => format!("{v:.4}"),
        _ => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{
        Effort, Throughput,
        picture::tests::{latency, report, steady},
    };

    fn named<'a>(comparison: &'a Comparison, name: &str) -> &'a Figure {
        comparison.figures.iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("no {name:?}"))
    }

    #[test]
    fn a_report_does_not_differ_from_itself() {
        let comparison = compare(&report(), &report());
        assert_eq!(comparison.differs, []);
        assert!(comparison.figures.iter().all(|f| f.ratio == Some(1.0) && f.unsteady.is_empty()), "{comparison:?}");
        assert!(!text(&comparison).contains("differs"), "{}", text(&comparison));
    }

    #[test]
    fn a_ratio_far_below_one_is_shown_with_its_digits() {
        let (a, mut b) = (report(), report());
        b.cold_start_ms.value = a.cold_start_ms.value * 0.0012;
        b.padding = a.padding * 1e-6;
        let text = text(&compare(&a, &b));
        assert!(text.contains("  0.0012") && text.contains("   1e-6"), "{text}");
    }

    #[test]
    fn what_makes_two_runs_incomparable_is_said() {
        let (a, mut b) = (report(), report());
        b.machine.cpu_quota = "50000 100000".into();
        b.machine.load_before = 3.5;
        b.provenance.instruction_set = "x86_64+avx2".into();
        b.provenance.dealtone = "0.2.0".into();
        b.effort = Effort::QUICK;
        let differs: Vec<&str> = compare(&a, &b).differs.iter().map(|d| d.what).collect();
        assert_eq!(
            differs,
            [
                "instruction set",
                "quota",
                "other work (load before over 0.5)",
                "dealtone",
                "seconds a latency",
                "seconds an open load",
                "texts a window",
                "windows at most"
            ]
        );
        let both_busy = compare(&b, &b);
        assert_eq!(both_busy.differs.len(), 1, "two busy machines are two hints: {:?}", both_busy.differs);
    }

    #[test]
    fn every_figure_of_either_stands_in_it_with_what_it_rests_on() {
        let (a, mut b) = (report(), report());
        b.single = latency(5.0, 102);
        b.single.medians_ms.agreed = false;
        b.throughput[1] = Throughput { threads: 4, texts_per_second: steady(1500.0), tokens_per_second: 30_000.0 };
        b.padding = 0.05;
        b.open[2].latency = latency(25.0, 1_002);
        let comparison = compare(&a, &b);
        let one = named(&comparison, "one text p50, ms");
        assert_eq!((one.ratio, one.samples, one.within_spread), (Some(2.0), Some((10_002, 102)), Some(false)));
        assert_eq!(one.unsteady, ["B"]);
        assert_eq!(named(&comparison, "one text p99.9, ms").b, None);
        assert_eq!(named(&comparison, "texts a second, threads: 2").b, None);
        assert_eq!(named(&comparison, "texts a second, threads: 4").a, None);
        assert_eq!(named(&comparison, "one text over the bare run").within_spread, Some(true));
        for name in
            ["padding, share", "infer, ms a thousand texts", "open, 80 % load p50, ms", "32 × 128 tokens p90, ms"]
        {
            assert!(named(&comparison, name).ratio.is_some(), "{name}");
        }
        let text = text(&comparison);
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
        }
        for said in ["only in A", "only in B", "10002 | 102 samples; unsteady B"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(serde_json::to_string(&comparison).unwrap().contains("\"within_spread\":true"));
    }
}
