//! Values for the templates: every choice of wording, order and link is made here, the templates only place it.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::chart::{self, Flag, Room};
use crate::{
    conversation::{Channel, ConversationId, Side},
    deal_report::DealReport,
    measure::Evidence,
    report::{
        Bundle, NotRead, facts, gravest, severity_word, tone,
        words::{self, balance, count, deal_name, heading, plain},
    },
    rules::{Finding, Severity},
    utterance::{Scored, Tone},
};

/// The first screen.
#[derive(Serialize)]
pub(super) struct List<'a> {
    pub rows: Vec<Row>,
    pub high: usize,
    pub deals: String,
    pub conversations: String,
    pub zone: String,
    pub as_of: Option<String>,
    pub made_at: Option<String>,
    pub not_read: &'a [NotRead<'a>],
}

/// One deal on the attention list.
#[derive(Serialize)]
pub(super) struct Row {
    /// Its packed page: `d3`.
    target: String,
    name: String,
    about: Vec<String>,
    pub(super) rank: &'static str,
    severity: Option<&'static str>,
    rule: String,
    reason: String,
    more: String,
    score: Option<u8>,
    interval: String,
    scale: String,
    spark: String,
    as_of: Option<String>,
}

/// The neighbours of a deal's page.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Near {
    pub before: Option<usize>,
    pub after: Option<usize>,
    pub list: bool,
}

/// One deal's page.
#[derive(Serialize)]
pub(super) struct Page {
    prefix: String,
    near: Near,
    name: String,
    about: Vec<String>,
    as_of: Option<String>,
    zone: String,
    score: Option<u8>,
    interval: String,
    scale: String,
    contributions: Vec<Part>,
    wide: String,
    narrow: String,
    undated: usize,
    moods: Vec<MoodRow>,
    risks: Vec<Card>,
    mend: Vec<Card>,
    praise: Vec<Card>,
    rep: String,
    coverage: Vec<String>,
    not_measured: Vec<String>,
    conversations: Vec<Talk>,
    made_by: Option<String>,
}

#[derive(Serialize)]
struct Part {
    what: String,
    points: String,
    sign: &'static str,
    /// Length of its bar, 0 to 100, of the largest one.
    length: u8,
}

/// One row of the table beside the timeline.
#[derive(Serialize)]
struct MoodRow {
    target: String,
    day: String,
    channel: &'static str,
    title: String,
    buyer: String,
    seller: String,
    flags: Vec<usize>,
}

/// A finding.
#[derive(Serialize)]
struct Card {
    id: String,
    number: usize,
    title: String,
    rank: &'static str,
    severity: &'static str,
    sure: String,
    message: String,
    why: String,
    ask: String,
    clears_when: String,
    because: Vec<(String, String)>,
    quotes: Vec<Quote>,
    absences: Vec<String>,
}

#[derive(Serialize)]
struct Quote {
    words: String,
    speaker: String,
    place: String,
    target: Option<String>,
}

/// One conversation.
#[derive(Serialize)]
struct Talk {
    id: String,
    channel: &'static str,
    is_call: bool,
    when: String,
    title: String,
    file: String,
    buyer: String,
    strokes: String,
    flags: Vec<usize>,
    facts: Vec<(String, String)>,
    people: Vec<(String, String)>,
    turns: Vec<TurnView>,
}

#[derive(Serialize)]
struct TurnView {
    id: String,
    at: Option<String>,
    speaker: String,
    side: &'static str,
    side_class: &'static str,
    pieces: Vec<Piece>,
    /// Numbers of the risks that quote this turn.
    flags: Vec<usize>,
    /// A pause before it that is worth showing.
    pause: Option<String>,
}

#[derive(Serialize)]
struct Piece {
    text: String,
    tone: &'static str,
    mark: &'static str,
    says: String,
    intents: Vec<String>,
}

/// The list's view of a deal that stands at place `n` of the list; `reach` is that of all rows' sparklines, `as_of` is told
/// where it differs from deal to deal.
pub(super) fn row(bundle: &Bundle, n: usize, reach: f64, as_of: Option<String>) -> Row {
    let report = bundle.report;
    let worst = gravest(report);
    let line = tone::buyer_line(bundle.deal);
    let others = report.risks.len().saturating_sub(1);
    Row {
        target: format!("d{n}"),
        name: deal_name(report).into(),
        about: about(report, false),
        rank: worst.map_or("calm", |f| rank(f.severity)),
        severity: worst.map(|f| severity_word(f.severity)),
        rule: worst.map(|f| heading(&f.name)).unwrap_or_default(),
        reason: match worst {
            Some(f) => f.message.clone(),
            None if report.health.score.is_none() => "Not enough was said to judge.".into(),
            None => "No risk flag holds.".into(),
        },
        more: if others > 0 { format!("and {}", count(others, "more risk")) } else { String::new() },
        score: report.health.score,
        interval: interval(report),
        scale: chart::health(&report.health),
        // One scale for all rows, so that they compare.
        spark: chart::sparkline(&line, reach),
        as_of,
    }
}

/// The page of a deal; `prefix` stands before every id and target.
pub(super) fn deal(bundle: &Bundle, zone: &TimeZone, prefix: &str, near: Near) -> Page {
    let Bundle { deal, report } = bundle;
    let points = tone::points(deal);
    let places = Places { points: &points, prefix, zone };
    let flags: Vec<Flag> = (report.risks.iter().enumerate())
        .map(|(i, f)| Flag { number: i + 1, conversations: places.conversations_of(f) })
        .collect();
    let flags_at =
        |c: usize| flags.iter().filter(|f| f.conversations.contains(&c)).map(|f| f.number).collect::<Vec<_>>();
    let cards = |all: &[Finding], kind: &str, keep: fn(Severity) -> bool| -> Vec<Card> {
        let kept = all.iter().enumerate().filter(|(_, f)| keep(f.severity));
        kept.map(|(i, f)| places.card(f, format!("{prefix}{kind}{}", i + 1), i + 1)).collect()
    };
    let timeline = |room| chart::timeline(&points, &flags, report.as_of, zone, room, prefix);
    Page {
        prefix: prefix.into(),
        near,
        name: deal_name(report).into(),
        about: about(report, true),
        as_of: report.as_of.map(|t| words::day_in(t, zone)),
        zone: words::zone_name(zone),
        score: report.health.score,
        interval: interval(report),
        scale: chart::health(&report.health),
        contributions: contributions(report),
        wide: timeline(Room::Wide),
        narrow: timeline(Room::Narrow),
        undated: points.iter().filter(|p| p.scored.conversation.started_at.is_none()).count(),
        moods: points.iter().enumerate().map(|(i, p)| places.mood_row(i, p, flags_at(i))).collect(),
        risks: cards(&report.risks, "r", |_| true),
        mend: cards(&report.coaching, "k", |s| s != Severity::Good),
        praise: cards(&report.coaching, "k", |s| s == Severity::Good),
        rep: report.crm.as_ref().and_then(|c| c.owner.clone()).unwrap_or_else(|| "the rep".into()),
        coverage: coverage(report),
        not_measured: report.coverage.not_measured.clone(),
        conversations: points.iter().enumerate().map(|(i, p)| places.talk(i, p, flags_at(i), &report.risks)).collect(),
        made_by: report.provenance.as_ref().map(|p| format!("dealtone {}, model {}", p.dealtone, p.model)),
    }
}

/// What the CRM says, in a line; on the list (not `whole`) without what the deal's name says already.
fn about(report: &DealReport, whole: bool) -> Vec<String> {
    let mut parts = Vec::new();
    let name = deal_name(report);
    if whole && name != report.deal.0 {
        parts.push(report.deal.0.clone());
    }
    if let Some(crm) = &report.crm {
        parts.extend(crm.account.clone().filter(|a| whole || !name.contains(a.as_str())));
        parts.extend([&crm.kind, &crm.stage].into_iter().flatten().cloned());
        parts.extend(crm.amount.map(amount));
        parts.extend(crm.close_date.map(|d| format!("closes {}", words::day(d))));
        parts.extend(crm.owner.clone());
    }
    parts.retain(|p| !p.trim().is_empty());
    parts
}

/// `12,500`: the CRM's currency is not told, so none is shown.
fn amount(value: f64) -> String {
    let whole = format!("{:.0}", value.abs());
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{}{out}", if value < 0.0 { "−" } else { "" })
}

fn interval(report: &DealReport) -> String {
    match (report.health.low, report.health.high) {
        (Some(low), Some(high)) => format!("{low}–{high}"),
        _ => String::new(),
    }
}

fn contributions(report: &DealReport) -> Vec<Part> {
    let parts = &report.health.contributions;
    let largest = parts.iter().fold(0.0f64, |m, p| m.max(p.points.abs())).max(1.0);
    let part = |p: &crate::health::Contribution| Part {
        what: if p.because.trim().is_empty() { heading(&p.name) } else { p.because.clone() },
        points: words::points(p.points),
        sign: if p.points < 0.0 { "minus" } else { "plus" },
        length: (p.points.abs() / largest * 100.0).round() as u8,
    };
    parts.iter().map(part).collect()
}

fn coverage(report: &DealReport) -> Vec<String> {
    let c = &report.coverage;
    let mut parts = vec![count(c.calls, "call"), count(c.emails, "e-mail"), count(c.utterances, "utterance")];
    if c.unknown_side > 0 {
        parts.push(format!("{} by speakers whose side is unknown", c.unknown_side));
    }
    parts
}

fn rank(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Good => "good",
    }
}

/// Where things stand on the page.
struct Places<'a> {
    points: &'a [tone::Point<'a>],
    prefix: &'a str,
    zone: &'a TimeZone,
}

impl Places<'_> {
    fn place_of(&self, id: &ConversationId) -> Option<usize> {
        self.points.iter().position(|p| p.scored.conversation.id == *id)
    }

    fn conversations_of(&self, finding: &Finding) -> Vec<usize> {
        let quoted = finding.evidence.iter().filter_map(|e| match e {
            Evidence::Quote { conversation, .. } => self.place_of(conversation),
            Evidence::Absence { .. } => None,
        });
        let mut places: Vec<usize> = quoted.collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn card(&self, f: &Finding, id: String, number: usize) -> Card {
        Card {
            id,
            number,
            title: heading(&f.name),
            rank: rank(f.severity),
            severity: severity_word(f.severity),
            sure: format!("{:.0} %", f.confidence * 100.0),
            message: f.message.clone(),
            why: f.why.clone(),
            ask: f.ask.clone(),
            clears_when: f.clears_when.clone(),
            because: f.because.iter().map(|b| (plain(&b.measure), words::quantity(b.value, b.unit))).collect(),
            quotes: f.evidence.iter().filter_map(|e| self.quote(e)).collect(),
            absences: (f.evidence.iter())
                .filter_map(|e| match e {
                    Evidence::Absence { absence } => Some(absence.clone()),
                    Evidence::Quote { .. } => None,
                })
                .collect(),
        }
    }

    fn quote(&self, evidence: &Evidence) -> Option<Quote> {
        let Evidence::Quote { conversation, turn, at_ms, speaker, quote } = evidence else { return None };
        let found = self.place_of(conversation);
        let place = match found.map(|i| &self.points[i].scored.conversation) {
            Some(c) => {
                let day = c.started_at.map(|t| words::day_in(t, self.zone));
                let at = at_ms.filter(|_| c.channel == Channel::Call).map(|ms| format!("at {}", words::clock(ms)));
                let kind = words::channel(c.channel).to_lowercase();
                [Some(kind), day, at].into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            None => conversation.0.clone(),
        };
        Some(Quote {
            words: quote.trim().into(),
            speaker: speaker.clone(),
            place,
            target: found.map(|i| format!("{}c{i}-t{turn}", self.prefix)),
        })
    }

    fn mood_row(&self, i: usize, p: &tone::Point, flags: Vec<usize>) -> MoodRow {
        let c = &p.scored.conversation;
        let number = |m: Option<f64>| m.map_or("–".into(), balance);
        MoodRow {
            target: format!("{}c{i}", self.prefix),
            day: c.started_at.map_or("no date".into(), |t| words::day_in(t, self.zone)),
            channel: words::channel(c.channel),
            title: title(p.scored),
            buyer: number(p.buyer.mean),
            seller: number(p.seller.mean),
            flags,
        }
    }

    fn talk(&self, i: usize, p: &tone::Point, flags: Vec<usize>, risks: &[Finding]) -> Talk {
        let c = &p.scored.conversation;
        let id = format!("{}c{i}", self.prefix);
        let quoted = |turn: usize| -> Vec<usize> {
            let here = |e: &Evidence| matches!(e, Evidence::Quote { conversation, turn: t, .. } if *t == turn && *conversation == c.id);
            let with = risks.iter().enumerate().filter(|(_, f)| f.evidence.iter().any(here));
            with.map(|(n, _)| n + 1).collect()
        };
        let mut until: Option<u64> = None;
        let mut turns = Vec::with_capacity(c.turns.len());
        let mut utterances = p.scored.utterances.iter().peekable();
        for (n, turn) in c.turns.iter().enumerate() {
            let mut pieces = Vec::new();
            while let Some(u) = utterances.next_if(|u| u.turn <= n) {
                pieces.extend(turn.text.get(u.span.clone()).map(|text| piece(text, u)));
            }
            let gap = until.zip(turn.start_ms).map(|(a, b)| b.saturating_sub(a)).filter(|ms| *ms >= 5000);
            until = turn.end_ms.map(|e| e.max(until.unwrap_or(0)));
            turns.push(TurnView {
                id: format!("{id}-t{n}"),
                at: turn.start_ms.filter(|_| c.channel != Channel::Email).map(words::clock),
                speaker: turn.speaker.clone(),
                side: side_word(turn.side),
                side_class: turn.side.name(),
                pieces,
                flags: quoted(n),
                pause: gap.map(|ms| words::span(ms as f64 / 1000.0)),
            });
        }
        let people = c.participants.iter().map(|p| {
            let title = p.title.as_deref().map_or(String::new(), |t| format!("{t}, "));
            (p.name.clone(), format!("{title}{}", side_word(p.side)))
        });
        Talk {
            id,
            channel: words::channel(c.channel),
            is_call: c.channel == Channel::Call,
            when: c.started_at.map_or("no date".into(), |t| words::moment(t, self.zone)),
            title: title(p.scored),
            file: c.id.0.clone(),
            buyer: p.buyer.mean.map_or("–".into(), balance),
            strokes: chart::strokes(p.scored),
            flags,
            facts: shape(p),
            people: people.collect(),
            turns,
        }
    }
}

fn title(scored: &Scored) -> String {
    let c = &scored.conversation;
    if c.title.trim().is_empty() { c.id.0.clone() } else { c.title.clone() }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buyer => "buyer",
        Side::Seller => "us",
        Side::Unknown => "side unknown",
    }
}

fn shape(p: &tone::Point) -> Vec<(String, String)> {
    let f = facts::facts(&p.scored.conversation);
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    for (name, mood) in [("Buyer's tone", p.buyer), ("Our tone", p.seller)] {
        if let Some(mean) = mood.mean {
            row(
                name,
                format!("{} ({} positive, {} negative of {})", balance(mean), mood.positive, mood.negative, mood.said),
            );
        }
    }
    if let Some(share) = f.talk_share {
        row("Talk share", format!("us {share:.0} %, buyer {:.0} % of the words", 100.0 - share));
    }
    if let Some((who, length)) = f.longest {
        row("Longest stretch", format!("{length}, {who}"));
    }
    row("Questions", format!("us {}, buyer {}", f.questions.0, f.questions.1));
    if let Some((n, seconds)) = f.silences {
        row("Silences over 3 s", if n == 0 { "none".into() } else { format!("{n}, {} in all", words::span(seconds)) });
    }
    rows
}

fn piece(text: &str, u: &crate::Utterance) -> Piece {
    let s = &u.sentiment;
    let (mark, tone) = match (s.unclear, s.label) {
        (true, _) => ("?", "unclear"),
        (_, Tone::Negative) => ("−", "negative"),
        (_, Tone::Positive) => ("+", "positive"),
        (_, Tone::Neutral) => ("", "neutral"),
    };
    let p = |m: crate::utterance::Millionths| format!("{:.2}", m.as_f64());
    Piece {
        text: text.into(),
        tone,
        mark,
        says: format!("{tone}: negative {}, neutral {}, positive {}", p(s.negative), p(s.neutral), p(s.positive)),
        intents: u.intents.0.keys().map(|i| plain(i.name())).collect(),
    }
}
