//! Charts as inline SVG. Meaning is carried by place, shape and words; colour only helps. Every chart has a text alternative.
//!
//! Presentation lives in the style sheet by class, since the page's policy refuses style attributes.

use std::fmt::Write;

use jiff::{ToSpan, civil::Date, tz::TimeZone};

use crate::{
    conversation::{Channel, Side, Timestamp},
    health::Health,
    report::{
        tone::Point,
        words::{self, balance, count, tenth},
    },
    utterance::{Scored, Tone},
};

/// A risk flag on the timeline: its number on the page and the conversations in which it arose. One that rests on what did
/// not happen has none, and stands at the day of judgement.
pub(super) struct Flag {
    /// From 1, as on its card.
    pub number: usize,
    /// Places in the deal's conversations by time.
    pub conversations: Vec<usize>,
}

/// Tone is drawn up to this far from zero: at least 0.4, in steps of 0.2, at most 1.
pub(super) fn reach(values: impl Iterator<Item = f64>) -> f64 {
    let most = values.fold(0.0f64, |m, v| m.max(v.abs()));
    ((most * 5.0).ceil() / 5.0).clamp(0.4, 1.0)
}

/// The buyer's tone in one stroke, for the attention list.
pub(super) fn sparkline(line: &[f64], reach: f64) -> String {
    const W: f64 = 132.0;
    const H: f64 = 34.0;
    let Some((first, last)) = line.first().zip(line.last()) else {
        return "<span class=\"none\">no tone of the buyer</span>".into();
    };
    let x = |i: usize| 5.0 + (W - 10.0) * if line.len() > 1 { i as f64 / (line.len() - 1) as f64 } else { 0.5 };
    let y = |v: f64| H / 2.0 - v.clamp(-reach, reach) / reach * (H / 2.0 - 4.0);
    let label = match line.len() {
        1 => format!("Buyer's tone in the only conversation: {}", balance(*last)),
        n => format!("Buyer's tone over {n} conversations, from {} to {}", balance(*first), balance(*last)),
    };
    let path: Vec<String> = line.iter().enumerate().map(|(i, v)| format!("{},{}", tenth(x(i)), tenth(y(*v)))).collect();
    let end = x(line.len() - 1);
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {W} {H}\" role=\"img\" aria-label=\"{label}\"><path class=\"zero\" d=\"M0 {m}H{W}\"/>\
         <polyline class=\"buyer\" points=\"{}\"/><circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3.2\"/></svg>",
        path.join(" "),
        tenth(end),
        tenth(y(*last)),
        m = H / 2.0,
    )
}

/// The score on a scale of 0 to 100 with its interval.
pub(super) fn health(health: &Health) -> String {
    let Some(score) = health.score else { return String::new() };
    let (low, high) = (health.low.unwrap_or(score).min(score), health.high.unwrap_or(score).max(score));
    format!(
        "<svg class=\"scale\" viewBox=\"-2 0 104 12\" role=\"img\" aria-label=\"Health {score} of 100, between {low} and {high}\">\
         <path class=\"track\" d=\"M0 6H100\"/><path class=\"band\" d=\"M{low} 6H{high}\"/><path class=\"tick\" d=\"M{score} 1V11\"/></svg>"
    )
}

/// One conversation at a glance: each of the buyer's utterances as a stroke, up for positive and down for negative.
pub(super) fn strokes(scored: &Scored) -> String {
    let side = |turn: usize| scored.conversation.turns.get(turn).map(|t| t.side);
    let tones: Vec<Tone> =
        scored.utterances.iter().filter(|u| side(u.turn) == Some(Side::Buyer)).map(|u| u.sentiment.label).collect();
    if tones.is_empty() || scored.provenance.unread.sentiment {
        return String::new();
    }
    let step = (140.0 / tones.len() as f64).min(5.0);
    let mut up = String::new();
    let mut down = String::new();
    let mut flat = String::new();
    for (i, tone) in tones.iter().enumerate() {
        let x = tenth(step * (i as f64 + 0.5));
        let _ = match tone {
            Tone::Positive => write!(up, "M{x} 10V2"),
            Tone::Negative => write!(down, "M{x} 12V20"),
            Tone::Neutral => write!(flat, "M{x} 10V12"),
        };
    }
    let n = |tone| tones.iter().filter(|t| **t == tone).count();
    format!(
        "<svg class=\"strokes\" viewBox=\"0 0 140 22\" role=\"img\" aria-label=\"Buyer: {} positive, {} negative, {} neutral\">\
         <path class=\"flat\" d=\"{flat}\"/><path class=\"up\" d=\"{up}\"/><path class=\"down\" d=\"{down}\"/></svg>",
        n(Tone::Positive),
        n(Tone::Negative),
        n(Tone::Neutral)
    )
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
    let (width, right, ticks) = match room {
        Room::Wide => (960.0, 64.0, 9),
        Room::Narrow => (360.0, 40.0, 4),
    };
    let frame = Frame {
        width,
        left: 46.0,
        right,
        reach: reach(timed.iter().flat_map(|(_, _, p)| [p.buyer.mean, p.seller.mean]).flatten()),
        from: first.1.as_second() as f64,
        to: end.as_second() as f64,
    };
    let (tags, lanes) = frame.tags(&timed, flags, prefix);
    let top = 14.0 + 20.0 * lanes as f64;
    let plot = 190.0;
    let bottom = top + plot;
    let y = |v: f64| top + plot / 2.0 - v / frame.reach * plot / 2.0;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"timeline {}\" viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"{}\">",
        match room {
            Room::Wide => "wide",
            Room::Narrow => "narrow",
        },
        bottom + 52.0,
        summary(&timed, zone),
    );
    let plot_end = width - right;
    // The two halves, tinted and named, each where no mark stands in its name.
    let marks: Vec<(f64, f64)> = timed
        .iter()
        .flat_map(|(_, t, p)| [p.buyer.mean, p.seller.mean].map(|m| m.map(|m| (frame.x(*t), y(m)))))
        .flatten()
        .collect();
    for (class, from, name, at) in [("warm", top, "positive", top + 13.0), ("cool", y(0.0), "negative", bottom - 6.0)] {
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"46\" y=\"{from}\" width=\"{}\" height=\"{}\"/>",
            plot_end - 46.0,
            plot / 2.0
        );
        // From the middle of a mark to where its own name ends.
        let free = |x: f64| !marks.iter().any(|m| (x - 48.0..x + 54.0).contains(&m.0) && (m.1 - at + 4.0).abs() < 16.0);
        if let Some(x) = [52.0, plot_end - 72.0, (46.0 + plot_end) / 2.0 - 25.0].into_iter().find(|x| free(*x)) {
            let _ = write!(out, "<text class=\"half\" x=\"{}\" y=\"{at}\">{name}</text>", tenth(x));
        }
    }
    for v in [frame.reach, frame.reach / 2.0, 0.0, -frame.reach / 2.0, -frame.reach] {
        let class = if v == 0.0 { "zero" } else { "grid" };
        let at = tenth(y(v));
        let _ = write!(out, "<path class=\"{class}\" d=\"M46 {at}H{plot_end}\"/>");
        let _ = write!(out, "<text class=\"ylabel\" x=\"40\" y=\"{}\">{}</text>", tenth(y(v) + 4.0), short(v));
    }
    for (x, label) in frame.days(zone, ticks) {
        let x = tenth(x);
        let _ = write!(out, "<path class=\"grid\" d=\"M{x} {bottom}v5\"/>");
        if !label.is_empty() {
            let _ = write!(out, "<text class=\"xlabel\" x=\"{x}\" y=\"{}\">{label}</text>", bottom + 44.0);
        }
    }
    if let Some(t) = as_of.filter(|t| *t > last.1) {
        let x = tenth(frame.x(t));
        let _ = write!(out, "<path class=\"asof\" d=\"M{x} {top}V{bottom}\"/>");
        let _ = write!(out, "<text class=\"asof\" x=\"{x}\" y=\"{}\">as of</text>", bottom + 20.0);
    }
    out.push_str(&tags);
    for (class, of) in [("seller", Side::Seller), ("buyer", Side::Buyer)] {
        let marks: Vec<(f64, f64, usize, &Point)> = timed
            .iter()
            .filter_map(|(i, t, p)| {
                let mood = if of == Side::Buyer { p.buyer } else { p.seller };
                mood.mean.map(|m| (frame.x(*t), y(m), *i, *p))
            })
            .collect();
        let line: Vec<String> = marks.iter().map(|m| format!("{},{}", tenth(m.0), tenth(m.1))).collect();
        let _ = write!(out, "<polyline class=\"{class}\" points=\"{}\"/>", line.join(" "));
        for (x, y, i, p) in marks {
            let what = describe(p, zone);
            let _ = if of == Side::Buyer {
                write!(
                    out,
                    "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"4.5\" data-go=\"{prefix}c{i}\"><title>{what}</title></circle>",
                    tenth(x),
                    tenth(y)
                )
            } else {
                write!(
                    out,
                    "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"7\" height=\"7\" data-go=\"{prefix}c{i}\"><title>{what}</title></rect>",
                    tenth(x - 3.5),
                    tenth(y - 3.5)
                )
            };
        }
    }
    out.push_str(&line_names(&timed, &frame, &y, plot_end));
    // Calls and mails under the axis.
    for (i, t, p) in &timed {
        let x = frame.x(*t);
        let (left, mid) = (tenth(x - 4.0), bottom + 17.0);
        let shape = match p.scored.conversation.channel {
            Channel::Call => format!("<rect class=\"call\" x=\"{left}\" y=\"{}\" width=\"8\" height=\"12\"", mid - 6.0),
            Channel::Email => format!("<path class=\"mail\" d=\"M{} {mid}l5 -5l5 5l-5 5z\"", tenth(x - 5.0)),
            Channel::Chat => format!("<circle class=\"mail\" cx=\"{}\" cy=\"{mid}\" r=\"4\"", tenth(x)),
        };
        let _ = write!(
            out,
            "{shape} data-go=\"{prefix}c{i}\"><title>{}</title>{}",
            describe(p, zone),
            match p.scored.conversation.channel {
                Channel::Call => "</rect>",
                Channel::Email => "</path>",
                Channel::Chat => "</circle>",
            }
        );
    }
    out.push_str("</svg>");
    out
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
fn line_names(timed: &[(usize, Timestamp, &Point)], frame: &Frame, y: &dyn Fn(f64) -> f64, plot_end: f64) -> String {
    let last =
        |of: fn(&Point) -> Option<f64>| timed.iter().rev().find_map(|(_, t, p)| of(p).map(|m| (frame.x(*t), y(m))));
    let mut ends: Vec<(&str, &str, f64, f64)> = Vec::new();
    ends.extend(last(|p| p.buyer.mean).map(|(x, y)| ("bname", "buyer", x, y)));
    ends.extend(last(|p| p.seller.mean).map(|(x, y)| ("sname", "us", x, y)));
    if let [a, b] = &mut ends[..]
        && (a.3 - b.3).abs() < 13.0
    {
        let mid = (a.3 + b.3) / 2.0;
        let (up, down) = if a.3 <= b.3 { (a, b) } else { (b, a) };
        (up.3, down.3) = (mid - 6.5, mid + 6.5);
    }
    ends.iter()
        .map(|(class, name, x, at)| {
            let x = (x + 9.0).min(plot_end + 8.0);
            format!("<text class=\"{class}\" x=\"{}\" y=\"{}\">{name}</text>", tenth(x), tenth(at + 4.0))
        })
        .collect()
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
    left: f64,
    right: f64,
    reach: f64,
    from: f64,
    to: f64,
}

impl Frame {
    fn x(&self, t: Timestamp) -> f64 {
        // Marks at both ends keep their whole width inside.
        let room = self.width - self.left - self.right - 24.0;
        let share = if self.to > self.from { (t.as_second() as f64 - self.from) / (self.to - self.from) } else { 1.0 };
        self.left + 12.0 + room * share.clamp(0.0, 1.0)
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
