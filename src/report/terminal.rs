//! The report in a terminal: the attention list, and one deal with its flags, quotes and tone.
//!
//! Text only: the caller decides the [`Style`] from what the output is (a pipe gets [`Style::PLAIN`], `NO_COLOR` turns
//! colour off). Characters that steer a terminal (escapes, other controls, direction marks) are replaced by `�`, so that
//! an export cannot move the cursor or recolour the screen.

use jiff::tz::TimeZone;

use super::{
    Bundle, Listed,
    about::{self, deal_name},
    coached::coached,
    health_sum,
    listed::{claims, fits_none, of_deals},
    severity_word, tone,
    unjudged::unjudged,
    words::{self, count},
};
use crate::{
    deal_report::DealReport,
    health::Health,
    measure::Evidence,
    rules::{Finding, Severity},
};

mod lay;

use lay::{Paint, beside, pad, wrap};
pub use lay::{fit, safe};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns to fill; fewer than 60 are taken as 60.
    pub width: usize,
    /// Whether ANSI colours may be used. They never carry meaning alone.
    pub colour: bool,
    /// Whether characters beyond ASCII can be shown as marks and bars. Words are always UTF-8.
    pub unicode: bool,
}

impl Style {
    /// For a pipe or a file: 100 columns, no colours.
    pub const PLAIN: Style = Style { width: 100, colour: false, unicode: true };

    fn columns(self) -> usize {
        self.width.max(60)
    }
}

/// Columns in front of a deal's name on the attention list: mark, health, interval.
const LEFT: usize = 15;

/// The attention list: two lines a deal, what needs a person first on top.
pub fn attention_list(deals: &[Listed], zone: &TimeZone, style: Style) -> String {
    let mut page = Page::new(style);
    let order = claims(deals);
    let all = of_deals(deals).count();
    let urgent = of_deals(deals).filter(|d| d.urgent()).count();
    let mut head = count(all, "deal");
    if urgent > 0 {
        head += &format!(", {urgent} with a high risk");
    }
    // A day that all deals share is said once.
    let day = |deal: &Listed| deal.as_of.map(|t| words::judged_on(t, zone));
    let first = of_deals(deals).next().map(day);
    let same = of_deals(deals).all(|deal| Some(day(deal)) == first);
    if let Some(day) = first.flatten().filter(|_| same) {
        head += &format!(", judged as of {day}");
    }
    page.line(&page.paint.bold(&head));
    if all > 1 {
        page.paragraph(0, words::ORDER, |p, t| p.dim(t));
    }
    let longest = deals.iter().map(|d| d.tone.len()).max().unwrap_or(0);
    let spark = longest.clamp(14, 24);
    let name_width = page.width - LEFT - 1 - spark;
    let head = format!("  {} {} buyer's tone", pad("health", LEFT - 3), pad("deal", name_width));
    if all > 0 {
        page.line(&page.paint.dim(&head));
    }
    for (place, because) in order {
        let deal = &deals[place];
        let grave = deal.grave().map(|f| f.severity);
        let mark = page.mark(grave);
        let health = pad(&health_text(&deal.health), 3);
        let name = fit(&deal.name, name_width);
        let whose = beside(&name, &deal.whose, name_width);
        let line = format!(
            "{mark} {} {}  {}{}",
            page.paint.bold(&health),
            page.paint.dim(&pad(&interval(&deal.health, style.unicode), 7)),
            page.paint.bold(&name),
            page.paint.dim(&whose),
        );
        page.line(&format!("{line} {}", sparkline(&deal.tone, spark, style.unicode)));
        let more = deal.risks.saturating_sub(1);
        let more = if more > 0 { format!(" (and {})", count(more, "more risk")) } else { String::new() };
        let as_of = match day(deal) {
            Some(day) if !same => format!(" [as of {day}]"),
            _ => String::new(),
        };
        let severity = grave.map_or(String::new(), |severity| format!("{}: ", severity_word(severity)));
        page.paragraph(LEFT, &format!("{severity}{}{more}{as_of}", deal.reason()), |_, t| t.into());
        page.paragraph(LEFT, &because, |p, t| p.dim(t));
    }
    page.paragraph(0, &fits_none(deals).unwrap_or_default(), |_, t| t.into());
    page.out
}

/// One deal: health and what it is made of, tone by conversation, risk flags, coaching prompts, and what could not be seen.
pub fn show(bundle: &Bundle, zone: &TimeZone, style: Style) -> String {
    let Bundle { deal, report } = bundle;
    let mut page = Page::new(style);
    page.paragraph(0, deal_name(report), |p, t| p.bold(t));
    page.paragraph(0, &about(report, zone), |p, t| p.dim(t));
    let ended = words::ended(report);
    page.paragraph(0, ended.as_deref().unwrap_or_default(), |_, t| t.into());
    page.paragraph(0, &words::signature(report).unwrap_or_default(), |_, t| t.into());
    page.line("");
    page.health(bundle);
    page.section(&format!("Tone by conversation, -1 to +1 (times in {})", words::zone_name(zone)));
    page.tone(deal, zone);
    page.section(&match report.risks.len() {
        0 => words::no_risk(report).to_owned(),
        n if ended.is_some() => format!("{} stood against it", count(n, "risk")),
        n => count(n, "risk"),
    });
    for finding in &report.risks {
        page.finding(bundle, finding, "Ask", zone);
    }
    for person in coached(bundle) {
        page.section(&format!("For {}", fit(person.to, 50)));
        for (_, finding) in person.prompts {
            page.finding(bundle, finding, if finding.severity == Severity::Good { "Keep" } else { "Try" }, zone);
        }
    }
    page.judgement(report);
    page.coverage(report);
    page.out
}

/// Where and when: `opp-1041 | Harcastle & Moor | renewal | as of 20 Mar 2026`.
fn about(report: &DealReport, zone: &TimeZone) -> String {
    let mut parts = about::about(report, true);
    parts.extend(report.as_of.map(|at| format!("as of {}", words::judged_on(at, zone))));
    parts.join(" | ")
}

fn health_text(health: &Health) -> String {
    health.score.map_or("n/a".into(), |s| s.to_string())
}

fn interval(health: &Health, unicode: bool) -> String {
    let dash = if unicode { '–' } else { '-' };
    match (health.low, health.high) {
        (Some(low), Some(high)) => format!("{low}{dash}{high}"),
        _ => String::new(),
    }
}

/// The buyer's tone as a row of bars; the latest `width` where there are more.
fn sparkline(line: &[f64], width: usize, unicode: bool) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const LETTERS: [char; 5] = ['-', '-', '.', '+', '+'];
    let latest = &line[line.len().saturating_sub(width)..];
    let step = |v: f64, steps: usize| (((v.clamp(-0.6, 0.6) + 0.6) / 1.2) * (steps - 1) as f64).round() as usize;
    latest.iter().map(|&v| if unicode { BARS[step(v, 8)] } else { LETTERS[step(v, 5)] }).collect()
}

/// A page in the making.
struct Page {
    out: String,
    width: usize,
    paint: Paint,
    unicode: bool,
}

impl Page {
    fn new(style: Style) -> Page {
        Page { out: String::new(), width: style.columns(), paint: Paint(style.colour), unicode: style.unicode }
    }

    /// A line as it is; its words were made safe before.
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// Words from anywhere, made safe, wrapped and indented.
    fn paragraph(&mut self, indent: usize, text: &str, paint: impl Fn(&Paint, &str) -> String) {
        for row in wrap(&safe(text), self.width - indent) {
            let row = format!("{}{}", " ".repeat(indent), paint(&self.paint, &row));
            self.line(&row);
        }
    }

    /// As [`Page::paragraph`], with `label` hanging in front of the first row.
    fn labelled(&mut self, indent: usize, label: &str, text: &str) {
        let hang = indent + label.len() + 1;
        for (i, row) in wrap(&safe(text), self.width - hang).into_iter().enumerate() {
            let front = if i == 0 { self.paint.dim(label) } else { " ".repeat(label.len()) };
            let row = format!("{}{front} {row}", " ".repeat(indent));
            self.line(&row);
        }
    }

    fn section(&mut self, title: &str) {
        self.line("");
        let title = self.paint.bold(title);
        self.line(&title);
    }

    fn mark(&self, severity: Option<Severity>) -> String {
        let (unicode, ascii) = match severity {
            Some(Severity::High) => ("▲", "!"),
            Some(Severity::Medium) => ("◆", "*"),
            Some(Severity::Low) => ("●", "o"),
            Some(Severity::Good) => ("✓", "+"),
            None => (" ", " "),
        };
        self.paint.severity(if self.unicode { unicode } else { ascii }, severity)
    }

    fn health(&mut self, bundle: &Bundle) {
        let report = bundle.report;
        let health = &report.health;
        let Some(score) = health.score else {
            self.paragraph(0, &format!("Health: none. {}", unjudged(bundle)), |_, t| t.into());
            return;
        };
        let range = match health_sum::interval(health) {
            none if none.is_empty() => none,
            range => format!(" ({range})"),
        };
        let head = format!("{} of 100{range}", self.paint.bold(&format!("Health {score}")));
        self.line(&head);
        let widest = self.width - 10;
        let sum = health_sum::sum(report);
        for (part, because) in sum.parts {
            let what = match because.as_str() {
                "" => words::heading(&part.name),
                because => format!("{}: {because}", words::heading(&part.name)),
            };
            for (i, row) in wrap(&safe(&what), widest).into_iter().enumerate() {
                let points = if i == 0 { words::points(part.points) } else { String::new() };
                self.line(&format!("{points:>8}  {row}"));
            }
        }
        if !sum.nothing.is_empty() {
            self.labelled(0, "Neither for nor against:", &sum.nothing.join(", "));
        }
        self.paragraph(0, sum.come_back, |p, t| p.dim(t));
    }

    /// One row a conversation: day, what it was, and a bar from the middle for the buyer, a number for us.
    fn tone(&mut self, deal: &crate::Deal, zone: &TimeZone) {
        const HALF: usize = 8;
        let title_width = self.width - 12 - 8 - (2 * HALF + 1) - 16;
        let head = format!(
            "{:<12}{:<8}{} {:<w$}{:>7}{:>7}",
            "day",
            "what",
            pad("title", title_width),
            "buyer -       +",
            "buyer",
            "us",
            w = 2 * HALF + 1
        );
        let head = self.paint.dim(&head);
        self.line(&head);
        for point in tone::points(deal) {
            let c = &point.scored.conversation;
            let day = c.started_at.map_or("no date".into(), |t| words::day_in(t, zone));
            let number = |m: Option<f64>| m.map_or("-".into(), words::balance);
            let title = words::conversation_title(c);
            let bar = self.bar(point.buyer.mean, HALF);
            let row = format!(
                "{day:<12}{:<8}{} {bar}{:>7}{:>7}",
                words::channel(c.channel),
                pad(&fit(&title, title_width), title_width),
                number(point.buyer.mean),
                number(point.seller.mean),
            );
            self.line(&row);
        }
    }

    /// A bar of at most `half` cells to the left (negative) or right of a middle line.
    fn bar(&self, value: Option<f64>, half: usize) -> String {
        let (full, middle) = if self.unicode { ("█", "│") } else { ("#", "|") };
        let cells =
            value.map_or(0, |v| ((v.abs() * half as f64).round() as usize).clamp(usize::from(v.abs() >= 0.03), half));
        let (left, right) = if value.unwrap_or(0.0) < 0.0 { (cells, 0) } else { (0, cells) };
        let left_bar = self.paint.orange(&full.repeat(left));
        let right_bar = self.paint.blue(&full.repeat(right));
        format!("{}{left_bar}{middle}{right_bar}{}", " ".repeat(half - left), " ".repeat(half - right))
    }

    fn finding(&mut self, bundle: &Bundle, finding: &Finding, ask: &str, zone: &TimeZone) {
        let Bundle { deal, report } = bundle;
        self.line("");
        let head = format!(
            "{} {} {}",
            self.mark(Some(finding.severity)),
            self.paint.bold(&words::heading(&finding.name)),
            self.paint.dim(severity_word(finding.severity))
        );
        self.line(&head);
        self.paragraph(2, &words::signed(&finding.message), |_, t| t.into());
        for evidence in &finding.evidence {
            self.evidence(deal, evidence, zone);
        }
        for doubt in words::doubts(&report.judgements, &finding.name) {
            self.labelled(2, "Not believed:", &doubt);
        }
        self.labelled(2, "Why:", &finding.why);
        self.labelled(2, &format!("{ask}:"), words::ask(report, finding));
        self.labelled(2, "Clears when:", words::clears_when(report, finding));
    }

    fn evidence(&mut self, deal: &crate::Deal, evidence: &Evidence, zone: &TimeZone) {
        match evidence {
            Evidence::Absence { absence } => self.labelled(4, "-", &words::signed(absence)),
            Evidence::Quote { conversation, at_ms, speaker, quote, .. } => {
                let found = deal.conversation(conversation).map(|s| &s.conversation);
                let at =
                    found.and_then(|c| words::said_at(c, *at_ms, zone)).map_or(String::new(), |at| format!(" {at}"));
                let bar = if self.unicode { "│" } else { "|" };
                for row in wrap(&safe(&format!("“{}”", words::quoted(quote))), self.width - 6) {
                    self.line(&format!("    {bar} {row}"));
                }
                let source = format!("{}, {}{at}", fit(&safe(speaker), 40), conversation.0);
                for row in wrap(&safe(&source), self.width - 6) {
                    let row = self.paint.dim(&row);
                    self.line(&format!("    {bar} {row}"));
                }
            }
        }
    }

    /// What people judge, beside what was measured.
    fn judgement(&mut self, report: &DealReport) {
        if report.judgements.is_empty() {
            return;
        }
        self.section("Your own judgement (no part of the health)");
        for (n, judgement) in report.judgements.iter().enumerate() {
            if n > 0 {
                self.line("");
            }
            for (what, value) in words::judgement(report, judgement) {
                self.labelled(0, &format!("{what}:"), &value);
            }
        }
    }

    fn coverage(&mut self, report: &DealReport) {
        let c = &report.coverage;
        self.section("What this rests on");
        let text = format!(
            "{}{}, {}{}.",
            count(c.conversations, "conversation"),
            match words::conversations(report).join(", ") {
                kinds if kinds.is_empty() => kinds,
                kinds => format!(" ({kinds})"),
            },
            count(c.utterances, "utterance"),
            match c.unknown_side {
                0 => String::new(),
                n => format!("; the speaker's side is unknown for {n}"),
            }
        );
        self.paragraph(0, &text, |_, t| t.into());
        if let Some(undated) = words::undated(report) {
            self.paragraph(0, &format!("Of these {undated}."), |_, t| t.into());
        }
        for left_out in words::left_out(report) {
            self.paragraph(0, &format!("{left_out}."), |_, t| t.into());
        }
        if let Some(not_english) = words::not_english(report) {
            self.paragraph(0, &not_english, |_, t| t.into());
        }
        if let Some(zone_untold) = words::zone_untold(report) {
            self.paragraph(0, &zone_untold, |_, t| t.into());
        }
        if let Some(guessed) = words::guessed_sides(report) {
            self.paragraph(0, &guessed, |_, t| t.into());
        }
        let words::NotMeasured { wanting, unsaid } = words::not_measured(report);
        if !wanting.is_empty() {
            self.line("Not measured, and what it would take:");
            for (what, measures) in wanting {
                self.labelled(2, "-", &format!("{what}: {measures}"));
            }
        }
        if !unsaid.is_empty() {
            self.paragraph(0, &format!("{} {}.", words::UNREAD, unsaid.join("; ")), |_, t| t.into());
        }
        self.paragraph(0, words::UNSEEN, |p, t| p.dim(t));
    }
}
