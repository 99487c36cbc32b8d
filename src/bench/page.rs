//! A page of its own with the curves of a [`BenchReport`]: what a run costs by length, its percentiles, what load does to
//! latency, and what threads do to throughput.

use std::fmt::Write;

use super::{
    BenchReport,
    picture::terminal,
    stats::{Latency, PERCENTILES, Percentile, Steady},
};

/// The page. It needs nothing from elsewhere.
pub fn page(r: &BenchReport) -> String {
    let mut charts = String::new();
    for (title, says, chart) in charts_of(r) {
        let _ = write!(charts, "<h2>{title}</h2><p>{says}</p>{}", chart.svg());
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>dealtone bench</title><style>:root{{color-scheme:light dark}}\
         body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         pre{{overflow-x:auto;font-size:13px}}svg{{max-width:100%;height:auto}}text{{font:12px system-ui,sans-serif;fill:currentColor}}\
         .grid{{stroke:currentColor;stroke-opacity:.15}}</style><h1>dealtone bench</h1>\
         <p>A hollow mark: no three windows agreed within 10 %. A bar through a mark: the lowest and the highest window.</p>\
         {charts}<h2>All figures</h2><pre>{}</pre></html>\n",
        escape(&terminal(r))
    )
}

/// Each chart with its heading and what it shows.
fn charts_of(r: &BenchReport) -> Vec<(&'static str, &'static str, Chart)> {
    let mut batches: Vec<usize> = r.runs.iter().map(|run| run.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let medians = batches.iter().map(|batch| {
        let runs = r.runs.iter().filter(|run| run.batch == *batch);
        let points = runs.filter_map(|run| {
            let y = run.latency.p50_ms?;
            Some(Point { y, ..Point::windows(run.tokens as f64, &run.latency.medians_ms) })
        });
        Curve { name: if *batch == 1 { "1 row".into() } else { format!("{batch} rows") }, points: points.collect() }
    });
    let alone: Vec<(f64, &Latency)> =
        r.runs.iter().filter(|run| run.batch == 1).map(|run| (run.tokens as f64, &run.latency)).collect();
    let loads: Vec<(f64, &Latency)> = r.open.iter().map(|open| (open.load * 100.0, &open.latency)).collect();
    let threads = r.throughput.iter().map(|t| Point::windows(t.threads as f64, &t.texts_per_second)).collect();
    let (lengths, shares) = ("Tokens a row", "Load, % of the closed loop's rate");
    vec![
        (
            "One run by length and rows",
            "The median of the bare session.",
            Chart::both_log(lengths, "Median, ms", medians.collect()),
        ),
        (
            "One row by length",
            "Percentiles of the bare session, each where there are samples enough for it.",
            Chart::both_log(lengths, "One run, ms", percentiles(&alone)),
        ),
        (
            "One text under open load",
            "From when a text was due to its score.",
            Chart { x_scale: Scale::Linear, ..Chart::both_log(shares, "From due to score, ms", percentiles(&loads)) },
        ),
        (
            "Throughput by threads",
            "From text to score, in whole batches.",
            Chart {
                y_scale: Scale::Linear,
                ..Chart::both_log("Threads", "Texts a second", vec![Curve { name: String::new(), points: threads }])
            },
        ),
    ]
}

/// A curve for each percentile that any of these latencies has.
fn percentiles(latencies: &[(f64, &Latency)]) -> Vec<Curve> {
    let curve = |(name, of): Percentile| {
        let told = latencies
            .iter()
            .filter_map(|(x, l)| Some(Point { x: *x, y: of(l)?, spread: None, agreed: l.medians_ms.agreed }));
        Curve { name: name.to_owned(), points: told.collect() }
    };
    PERCENTILES.into_iter().map(curve).filter(|curve| !curve.points.is_empty()).collect()
}

struct Point {
    x: f64,
    y: f64,
    /// Lowest and highest window.
    spread: Option<(f64, f64)>,
    agreed: bool,
}

impl Point {
    fn windows(x: f64, windows: &Steady) -> Point {
        Point { x, y: windows.value, spread: Some((windows.low, windows.high)), agreed: windows.agreed }
    }
}

struct Curve {
    name: String,
    points: Vec<Point>,
}

#[derive(Clone, Copy, PartialEq)]
enum Scale {
    /// From 0 upwards; across, from the first to the last figure.
    Linear,
    /// A step is a factor: a curve of small figures is still a curve beside one of large ones.
    Log,
}

/// Curves with axes, told apart by dash and name as well as by colour.
struct Chart {
    x_title: &'static str,
    y_title: &'static str,
    x_scale: Scale,
    y_scale: Scale,
    curves: Vec<Curve>,
}

const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
const DASHES: [&str; 4] = ["", "6 3", "2 3", "9 3 2 3"];
/// The drawing, and the edges of the plot in it. The title of the upright axis stands in a row of its own above.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 550.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 296.0;
/// Between the axes and the first and last figure.
const INSET: f64 = 16.0;
/// Between two names beside the curves.
const NAME_GAP: f64 = 14.0;

impl Chart {
    fn both_log(x_title: &'static str, y_title: &'static str, curves: Vec<Curve>) -> Chart {
        Chart { x_title, y_title, x_scale: Scale::Log, y_scale: Scale::Log, curves }
    }

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.curves.iter().flat_map(|curve| &curve.points)
    }

    /// Across there is a tick for each figure that was measured, and none between: there is no half a thread.
    fn x_ticks(&self) -> Vec<f64> {
        let mut ticks: Vec<f64> = self.points().map(|point| point.x).collect();
        ticks.sort_by(f64::total_cmp);
        ticks.dedup();
        ticks
    }

    fn y_ticks(&self) -> Vec<f64> {
        let all = || self.points().flat_map(|p| [p.y, p.spread.map_or(p.y, |s| s.0), p.spread.map_or(p.y, |s| s.1)]);
        let high = all().fold(0.0, f64::max);
        match self.y_scale {
            Scale::Linear => linear_ticks(high),
            Scale::Log => log_ticks(all().filter(|y| *y > 0.0).fold(f64::INFINITY, f64::min), high),
        }
    }

    fn svg(&self) -> String {
        let (x_ticks, y_ticks) = (self.x_ticks(), self.y_ticks());
        let (Some(_), Some(_)) = (x_ticks.first(), y_ticks.first()) else {
            return "<p>Nothing of it was measured.</p>".to_owned();
        };
        let px = |x: f64| LEFT + INSET + share(self.x_scale, &x_ticks, x) * (RIGHT - LEFT - 2.0 * INSET);
        let py = |y: f64| BOTTOM - share(self.y_scale, &y_ticks, y) * (BOTTOM - TOP);
        let (x_title, y_title) = (self.x_title, self.y_title);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{y_title}, over {x_title}\">\
             <path d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\" fill=\"none\" stroke=\"currentColor\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{x_title}</text><text x=\"4\" y=\"16\">{y_title}</text>",
            (LEFT + RIGHT) / 2.0,
            HEIGHT - 8.0
        );
        for x in &x_ticks {
            let at = px(*x);
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/><text class=\"x\" x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 16.0,
                tick(*x)
            );
        }
        for y in &y_ticks {
            let at = py(*y);
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/><text class=\"y\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                at + 4.0,
                tick(*y)
            );
        }
        let mut names: Vec<(f64, f64, &str)> = Vec::new();
        for (i, curve) in self.curves.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            let path: Vec<String> = curve.points.iter().map(|p| format!("{:.1},{:.1}", px(p.x), py(p.y))).collect();
            let _ = write!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
                path.join(" "),
                DASHES[i % DASHES.len()]
            );
            for point in &curve.points {
                let (x, y) = (px(point.x), py(point.y));
                if let Some((low, high)) = point.spread {
                    let _ = write!(svg, "<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"{colour}\"/>", py(low), py(high));
                }
                let fill = if point.agreed { colour } else { "Canvas" };
                let _ =
                    write!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{fill}\" stroke=\"{colour}\"/>");
            }
            if let Some(last) = curve.points.last() {
                names.push((px(last.x) + 8.0, py(last.y) + 4.0, &curve.name));
            }
        }
        names.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut above = f64::NEG_INFINITY;
        for (x, y, name) in names {
            // Curves may end close together; their names must not.
            above = y.max(above + NAME_GAP);
            let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{above:.1}\">{}</text>", escape(name));
        }
        svg + "</svg>"
    }
}

/// Where on an axis a figure stands, 0 at the first tick and 1 at the last.
fn share(scale: Scale, ticks: &[f64], value: f64) -> f64 {
    let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
    if low == high {
        return 0.5;
    }
    match scale {
        Scale::Linear => (value - low) / (high - low),
        Scale::Log => (value.max(low) / low).ln() / (high / low).ln(),
    }
}

/// From 0 to above `high` in five steps or fewer of 1, 2 or 5 times a power of ten.
fn linear_ticks(high: f64) -> Vec<f64> {
    if high <= 0.0 {
        return Vec::new();
    }
    let step = steps(high / 5.0).find(|step| step * 5.0 >= high).unwrap_or(high);
    (0..=(high / step).ceil() as usize).map(|n| n as f64 * step).collect()
}

/// 1, 2 and 5 times powers of ten, from at or below `low` to at or above `high`.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    if !low.is_finite() || high <= 0.0 {
        return Vec::new();
    }
    let mut ticks = Vec::new();
    for step in steps(low) {
        if step <= low {
            ticks.clear();
        }
        ticks.push(step);
        if step >= high {
            break;
        }
    }
    ticks
}

/// 1, 2 and 5 times powers of ten, from a little below `low` on.
fn steps(low: f64) -> impl Iterator<Item = f64> {
    let power = low.log10().floor() as i32;
    (power..power + 30).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
}

fn tick(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::picture::tests::report;

    /// The labels of an axis, `x` or `y`, in order.
    fn labels(svg: &str, axis: &str) -> Vec<String> {
        let begins = format!("<text class=\"{axis}\"");
        let label = |part: &str| part.split('>').nth(1)?.split('<').next().map(str::to_owned);
        svg.split(begins.as_str()).skip(1).filter_map(label).collect()
    }

    #[test]
    fn an_axis_names_what_was_measured_and_nothing_twice() {
        let charts: Vec<String> = charts_of(&report()).iter().map(|(_, _, chart)| chart.svg()).collect();
        let across: Vec<Vec<String>> = charts.iter().map(|svg| labels(svg, "x")).collect();
        assert_eq!(across[0], ["8", "16", "32", "64", "128"]);
        assert_eq!(across[2], ["30", "60", "80"]);
        assert_eq!(across[3], ["1", "2"]);
        for svg in &charts {
            let mut upright = labels(svg, "y");
            let n = upright.len();
            assert!((3..=12).contains(&n), "{upright:?}");
            upright.dedup();
            assert_eq!(upright.len(), n, "{upright:?}");
        }
        // 0.64 ms to 327.68 ms: the curve of one row is not flat.
        assert_eq!(labels(&charts[0], "y")[..4], ["0.5", "1", "2", "5"]);
        assert_eq!(labels(&charts[3], "y")[0], "0");
    }

    #[test]
    fn there_are_curves_of_percentiles_and_of_open_load() {
        let charts = charts_of(&report());
        let names = |i: usize| -> Vec<&str> { charts[i].2.curves.iter().map(|curve| curve.name.as_str()).collect() };
        assert_eq!(names(1), ["p50", "p90", "p99", "p99.9"]);
        assert_eq!(names(2), ["p50", "p90", "p99"], "with 1,002 samples there is no 99.9th");
        assert_eq!(charts[2].2.curves[0].points.len(), 3);
    }

    #[test]
    fn ticks_reach_from_below_to_above() {
        assert_eq!(log_ticks(0.64, 3.0), [0.5, 1.0, 2.0, 5.0]);
        assert_eq!(log_ticks(1.0, 1.0), [1.0]);
        assert_eq!(log_ticks(f64::INFINITY, 0.0), [0.0; 0]);
        assert_eq!(linear_ticks(790.0), [0.0, 200.0, 400.0, 600.0, 800.0]);
        assert_eq!(linear_ticks(0.0), [0.0; 0]);
        assert_eq!((tick(0.05), tick(1000.0), tick(0.6000000000000001)), ("0.05".into(), "1000".into(), "0.6".into()));
    }

    #[test]
    fn a_report_of_nothing_is_still_a_page() {
        let mut r = report();
        (r.runs, r.open, r.throughput) = (Vec::new(), Vec::new(), Vec::new());
        assert!(page(&r).contains("Nothing of it was measured."));
    }
}
