//! The timeline of a deal: what was said when, in which tone, and where flags arose.

use std::fmt::Write;

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use super::chart::reach;
use crate::{
    conversation::{Channel, Side, Timestamp},
    report::{
        tone::Point,
        words::{self, balance, count, tenth},
    },
};

/// A risk flag on the timeline: its number on the page and the conversations in which it arose. One that rests on what did
/// not happen has none, and stands at the day of judgement.
pub(super) struct Flag {
    /// From 1, as on its card.
    pub number: usize,
    /// Places in the deal's conversations by time.
    pub conversations: Vec<usize>,
}

/// Which room the timeline has.
#[derive(Clone, Copy)]
pub(super) enum Room {
    /// A desk.
    Wide,
    /// A phone.
    Narrow,
}

/// All conversations on one time axis: tone of both sides, flags where they arose, calls and mails apart.
///
/// `prefix` stands before the targets of the marks (`d3-`). Empty where no conversation has a time.
pub(super) fn timeline(
    points: &[Point],
    flags: &[Flag],
    as_of: Option<Timestamp>,
    zone: &TimeZone,
    room: Room,
    prefix: &str,
) -> String {
    let timed: Vec<(usize, Timestamp, &Point)> =
        points.iter().enumerate().filter_map(|(i, p)| p.scored.conversation.started_at.map(|t| (i, t, p))).collect();
    let Some((first, last)) = timed.first().zip(timed.last()) else { return String::new() };
    let end = as_of.map_or(last.1, |t| t.max(last.1));
    let (name, width, right, ticks) = match room {
        Room::Wide => ("wide", 960.0, 64.0, 9),
        Room::Narrow => ("narrow", 360.0, 40.0, 4),
    };
    let frame = Frame {
        width,
        right,
        reach: reach(timed.iter().flat_map(|(_, _, p)| [p.buyer.mean, p.seller.mean]).flatten()),
        from: first.1.as_second() as f64,
        to: end.as_second() as f64,
    };
    let (tags, lanes) = frame.tags(&timed, flags, prefix);
    let plot = Plot { timed: &timed, frame, top: 14.0 + 20.0 * lanes as f64, zone, prefix };
    let mut out = format!(
        "<svg class=\"timeline {name}\" viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"{}\">",
        plot.bottom() + 52.0,
        summary(&timed, zone),
    );
    plot.halves(&mut out);
    plot.heights(&mut out);
    plot.days(ticks, &mut out);
    if let Some(t) = as_of.filter(|t| *t > last.1) {
        plot.day_of_judgement(t, &mut out);
    }
    out.push_str(&tags);
    for of in [Side::Seller, Side::Buyer] {
        plot.tone_of(of, &mut out);
    }
    out.push_str(&line_names(&plot));
    plot.channels(&mut out);
    out.push_str("</svg>");
    out
}

/// The left edge of the plot.
const LEFT: f64 = 46.0;

/// How high the plot is.
const HEIGHT: f64 = 190.0;

/// What is drawn, and where.
struct Plot<'a> {
    /// The conversations with a time, each with its place among all.
    timed: &'a [(usize, Timestamp, &'a Point<'a>)],
    frame: Frame,
    /// Below the lanes of the flags.
    top: f64,
    zone: &'a TimeZone,
    prefix: &'a str,
}

impl Plot<'_> {
    fn bottom(&self) -> f64 {
        self.top + HEIGHT
    }

    /// The right edge.
    fn end(&self) -> f64 {
        self.frame.width - self.frame.right
    }

    /// The height at which a tone stands.
    fn y(&self, tone: f64) -> f64 {
        self.top + HEIGHT / 2.0 - tone / self.frame.reach * HEIGHT / 2.0
    }

    /// The marks of one side: where each stands, its place among all, and its conversation.
    fn marks(&self, of: Side) -> Vec<(f64, f64, usize, &Point<'_>)> {
        let mark = |(i, t, p): &(usize, Timestamp, &'_ Point<'_>)| {
            let mood = if of == Side::Buyer { p.buyer } else { p.seller };
            mood.mean.map(|m| (self.frame.x(*t), self.y(m), *i))
        };
        self.timed.iter().filter_map(|timed| mark(timed).map(|(x, y, i)| (x, y, i, timed.2))).collect()
    }

    /// The two halves, tinted and named, each where no mark stands in its name.
    fn halves(&self, out: &mut String) {
        let (top, end) = (self.top, self.end());
        let marks = [self.marks(Side::Buyer), self.marks(Side::Seller)].concat();
        for (class, from, name, at) in
            [("warm", top, "positive", top + 13.0), ("cool", self.y(0.0), "negative", self.bottom() - 6.0)]
        {
            let (width, height) = (end - LEFT, HEIGHT / 2.0);
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{from}\" width=\"{width}\" height=\"{height}\"/>"
            );
            // From the middle of a mark to where its own name ends.
            let free =
                |x: f64| !marks.iter().any(|m| (x - 48.0..x + 54.0).contains(&m.0) && (m.1 - at + 4.0).abs() < 16.0);
            if let Some(x) = [52.0, end - 72.0, (LEFT + end) / 2.0 - 25.0].into_iter().find(|x| free(*x)) {
                let _ = write!(out, "<text class=\"half\" x=\"{}\" y=\"{at}\">{name}</text>", tenth(x));
            }
        }
    }

    /// The tones that are named beside the plot.
    fn heights(&self, out: &mut String) {
        let reach = self.frame.reach;
        for v in [reach, reach / 2.0, 0.0, -reach / 2.0, -reach] {
            let class = if v == 0.0 { "zero" } else { "grid" };
            let _ = write!(out, "<path class=\"{class}\" d=\"M{LEFT} {}H{}\"/>", tenth(self.y(v)), self.end());
            let _ = write!(out, "<text class=\"ylabel\" x=\"40\" y=\"{}\">{}</text>", tenth(self.y(v) + 4.0), short(v));
        }
    }

    /// At most `most` days that are named below the plot.
    fn days(&self, most: usize, out: &mut String) {
        for (x, label) in self.frame.days(self.zone, most) {
            let x = tenth(x);
            let _ = write!(out, "<path class=\"grid\" d=\"M{x} {}v5\"/>", self.bottom());
            if !label.is_empty() {
                let _ = write!(out, "<text class=\"xlabel\" x=\"{x}\" y=\"{}\">{label}</text>", self.bottom() + 44.0);
            }
        }
    }

    fn day_of_judgement(&self, at: Timestamp, out: &mut String) {
        let x = tenth(self.frame.x(at));
        let _ = write!(out, "<path class=\"asof\" d=\"M{x} {}V{}\"/>", self.top, self.bottom());
        let _ = write!(out, "<text class=\"asof\" x=\"{x}\" y=\"{}\">as of</text>", self.bottom() + 20.0);
    }

    /// The tone of one side as a line with a mark for each conversation.
    fn tone_of(&self, of: Side, out: &mut String) {
        let class = if of == Side::Buyer { "buyer" } else { "seller" };
        let marks = self.marks(of);
        let line: Vec<String> = marks.iter().map(|m| format!("{},{}", tenth(m.0), tenth(m.1))).collect();
        let _ = write!(out, "<polyline class=\"{class}\" points=\"{}\"/>", line.join(" "));
        for (x, y, i, p) in marks {
            let (prefix, what) = (self.prefix, describe(p, self.zone));
            let (name, shape) = if of == Side::Buyer {
                ("circle", format!("cx=\"{}\" cy=\"{}\" r=\"4.5\"", tenth(x), tenth(y)))
            } else {
                ("rect", format!("x=\"{}\" y=\"{}\" width=\"7\" height=\"7\"", tenth(x - 3.5), tenth(y - 3.5)))
            };
            let _ = write!(
                out,
                "<{name} class=\"{class}\" {shape} data-go=\"{prefix}c{i}\"><title>{what}</title></{name}>"
            );
        }
    }

    /// Calls, mails and chats under the axis.
    fn channels(&self, out: &mut String) {
        let mid = self.bottom() + 17.0;
        for (i, t, p) in self.timed {
            let x = self.frame.x(*t);
            let (name, shape) = match p.scored.conversation.channel {
                Channel::Call => (
                    "rect",
                    format!("class=\"call\" x=\"{}\" y=\"{}\" width=\"8\" height=\"12\"", tenth(x - 4.0), mid - 6.0),
                ),
                Channel::Email => ("path", format!("class=\"mail\" d=\"M{} {mid}l5 -5l5 5l-5 5z\"", tenth(x - 5.0))),
                Channel::Chat => ("circle", format!("class=\"mail\" cx=\"{}\" cy=\"{mid}\" r=\"4\"", tenth(x))),
            };
            let (prefix, what) = (self.prefix, describe(p, self.zone));
            let _ = write!(out, "<{name} {shape} data-go=\"{prefix}c{i}\"><title>{what}</title></{name}>");
        }
    }
}

/// What a pointer reads over a mark. Holds no words from outside, so there is nothing to escape.
fn describe(p: &Point, zone: &TimeZone) -> String {
    let c = &p.scored.conversation;
    let when = c.started_at.map_or(String::new(), |t| format!(" of {}", words::moment(t, zone)));
    let side = |name: &str, m: Option<f64>| m.map_or(String::new(), |m| format!(", {name} {}", balance(m)));
    format!("{}{when}{}{}", words::channel(c.channel), side("buyer", p.buyer.mean), side("us", p.seller.mean))
}

fn summary(timed: &[(usize, Timestamp, &Point)], zone: &TimeZone) -> String {
    let n = timed.len();
    let buyer: Vec<f64> = timed.iter().filter_map(|(_, _, p)| p.buyer.mean).collect();
    let tone = match (buyer.first(), buyer.last()) {
        (Some(a), Some(b)) => format!("; the buyer's tone goes from {} to {}", balance(*a), balance(*b)),
        _ => "; of the buyer there is no tone".into(),
    };
    let days = (words::day_in(timed[0].1, zone), words::day_in(timed[n - 1].1, zone));
    format!(
        "Timeline of {} from {} to {}{tone}. The same numbers stand in the table below.",
        count(n, "conversation"),
        days.0,
        days.1
    )
}

/// `buyer` and `us` at the ends of their lines, kept apart.
fn line_names(plot: &Plot) -> String {
    let last = |of: Side| plot.marks(of).last().map(|(x, y, ..)| (*x, *y));
    let mut ends: Vec<(&str, &str, f64, f64)> = Vec::new();
    ends.extend(last(Side::Buyer).map(|(x, y)| ("bname", "buyer", x, y)));
    ends.extend(last(Side::Seller).map(|(x, y)| ("sname", "us", x, y)));
    if let [a, b] = &mut ends[..]
        && (a.3 - b.3).abs() < 13.0
    {
        let mid = (a.3 + b.3) / 2.0;
        let (up, down) = if a.3 <= b.3 { (a, b) } else { (b, a) };
        (up.3, down.3) = (mid - 6.5, mid + 6.5);
    }
    let name = |(class, name, x, at): &(&str, &str, f64, f64)| {
        let x = (x + 9.0).min(plot.end() + 8.0);
        format!("<text class=\"{class}\" x=\"{}\" y=\"{}\">{name}</text>", tenth(x), tenth(at + 4.0))
    };
    ends.iter().map(name).collect()
}

/// A tick's number: `+0.4`, `0`, `−0.2`.
fn short(v: f64) -> String {
    if v == 0.0 { "0".into() } else { format!("{v:+.1}").replace('-', "−") }
}

/// Width of a letter of a label, rather too wide than too narrow.
const LETTER: f64 = 6.5;

/// From time to place.
struct Frame {
    width: f64,
    right: f64,
    reach: f64,
    from: f64,
    to: f64,
}

impl Frame {
    fn x(&self, t: Timestamp) -> f64 {
        // Marks at both ends keep their whole width inside.
        let room = self.width - LEFT - self.right - 24.0;
        let share = if self.to > self.from { (t.as_second() as f64 - self.from) / (self.to - self.from) } else { 1.0 };
        LEFT + 12.0 + room * share.clamp(0.0, 1.0)
    }

    /// The place of the day of judgement, or of the latest conversation where that is later.
    fn end(&self) -> f64 {
        self.width - self.right - 12.0
    }

    /// The numbered flags, in as many lanes as keep them apart, and the number of lanes.
    fn tags(&self, timed: &[(usize, Timestamp, &Point)], flags: &[Flag], prefix: &str) -> (String, usize) {
        let mut wanted: Vec<(f64, usize)> = Vec::new();
        for flag in flags {
            if flag.conversations.is_empty() {
                wanted.push((self.end(), flag.number));
            }
            for (i, t, _) in timed {
                if flag.conversations.contains(i) {
                    wanted.push((self.x(*t), flag.number));
                }
            }
        }
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut ends: Vec<f64> = Vec::new();
        let mut placed = Vec::new();
        for (x, number) in wanted {
            let lane = ends.iter().position(|end| end + 2.0 <= x - 9.0).unwrap_or(ends.len());
            if lane == ends.len() {
                ends.push(0.0);
            }
            ends[lane] = x + 9.0;
            placed.push((x, number, lane));
        }
        let lanes = ends.len();
        // Stems first, so that none crosses a number.
        let mut stems = String::new();
        let mut out = String::new();
        for (x, number, lane) in placed {
            let top = 4.0 + 20.0 * (lanes - 1 - lane) as f64;
            let x0 = tenth(x);
            let foot = 14.0 + 20.0 * lanes as f64;
            let _ = write!(stems, "<path class=\"stem\" d=\"M{x0} {}V{foot}\"/>", top + 16.0);
            let _ = write!(
                out,
                "<g class=\"flag\" data-go=\"{prefix}r{number}\"><rect x=\"{}\" y=\"{top}\" width=\"18\" height=\"16\" rx=\"3\"/>\
                 <text x=\"{x0}\" y=\"{}\">{number}</text><title>Risk {number}</title></g>",
                tenth(x - 9.0),
                top + 12.0,
            );
        }
        (stems + &out, lanes)
    }

    /// At most `most` days, evenly stepped in whole days, weeks or months, with their labels; one that would run into the
    /// label before it has none.
    fn days(&self, zone: &TimeZone, most: usize) -> Vec<(f64, String)> {
        let date = |s: f64| Timestamp::from_second(s as i64).map_or(Date::ZERO, |t| t.to_zoned(zone.clone()).date());
        let (first, last) = (date(self.from), date(self.to));
        let total = (last - first).get_days().max(0) as usize;
        let step = [1, 2, 7, 14, 28, 56, 91, 182, 364, 728, 1820, 3640]
            .into_iter()
            .find(|s| total / s < most)
            .unwrap_or(36_400);
        let mut out = Vec::new();
        let mut day = first;
        let mut year = None;
        let mut end = f64::MIN;
        while day <= last && out.len() <= most {
            if let Ok(at) = day.to_zoned(zone.clone()) {
                let label = if year == Some(day.year()) { day.strftime("%-d %b").to_string() } else { words::day(day) };
                let x = self.x(at.timestamp());
                // Labels stand in the middle of their day.
                let half = LETTER * label.chars().count() as f64 / 2.0;
                if x - half < end {
                    out.push((x, String::new()));
                } else {
                    year = Some(day.year());
                    end = x + half + LETTER;
                    out.push((x, label));
                }
            }
            let Ok(next) = day.checked_add((step as i64).days()) else { break };
            day = next;
        }
        out
    }
}
