//! Values for the templates: every choice of wording, order and link is made here, the templates only place it.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{
    cards::{Card, Measured, MoodRow, Places, measured},
    chart,
    talk::Talk,
    timeline::{Flag, Room, timeline},
};
use crate::{
    deal_report::DealReport,
    health::{Contribution, Health},
    measure::shape::shapes,
    report::{
        Bundle, Listed, NotRead,
        about::{self, deal_name},
        coached::coached,
        health_sum,
        listed::{fits_none, of_deals},
        severity_word, tone,
        unjudged::unjudged,
        words::{self, count, heading},
    },
    rules::Finding,
};

/// The first screen; the rows themselves are rendered one by one.
#[derive(Default, Serialize)]
pub(super) struct List<'a> {
    /// Whether the pages of the deals stand in the same file.
    pub packed: bool,
    /// What to say where there are none.
    pub empty: Option<&'static str>,
    pub high: usize,
    pub deals: String,
    pub conversations: String,
    pub zone: String,
    /// The day of judgement, where it is that of all deals.
    pub as_of: Option<String>,
    /// By what the rows are in order, where there are several.
    pub order: &'static str,
    pub made_at: Option<String>,
    /// What was lost, and what is only told.
    pub losses: Vec<Losses<'a>>,
    /// Deals without a row, below the others.
    pub waiting: Vec<WaitingRow<'a>>,
    /// What is to be said below the list.
    pub note: String,
}

impl List<'_> {
    /// What can be said of these deals.
    pub(super) fn of(deals: &[Listed], zone: &TimeZone) -> Self {
        let of_deals = of_deals(deals);
        let all = of_deals.clone().count();
        let first = of_deals.clone().next().map(|deal| deal.judged_on(zone));
        // A day that all deals share is said once, at the head.
        let same = of_deals.clone().all(|deal| Some(deal.judged_on(zone)) == first);
        List {
            high: of_deals.clone().filter(|d| d.urgent()).count(),
            deals: count(all, "deal"),
            conversations: count(of_deals.map(|d| d.conversations).sum(), "conversation"),
            zone: words::zone_name(zone),
            as_of: first.flatten().filter(|_| same),
            note: fits_none(deals).unwrap_or_default(),
            order: if all > 1 { words::ORDER } else { "" },
            ..List::default()
        }
    }
}

/// Lines of what was not read, of one kind.
#[derive(Serialize)]
pub(super) struct Losses<'a> {
    /// How many, as the terminal says it.
    summary: String,
    lines: Vec<&'a NotRead<'a>>,
}

impl<'a> Losses<'a> {
    /// What could not be read whole, then what is only told; nothing of which there is nothing.
    pub(super) fn of(all: &'a [NotRead<'a>]) -> Vec<Losses<'a>> {
        let of_kind = |is_loss: bool| {
            let lines: Vec<&NotRead> = all.iter().filter(|line| line.is_loss == is_loss).collect();
            let summary = words::losses(lines.iter().map(|line| line.code), is_loss)?;
            Some(Losses { summary, lines })
        };
        [true, false].into_iter().filter_map(of_kind).collect()
    }
}

/// A deal that is known and not judged.
#[derive(Serialize)]
pub(super) struct WaitingRow<'a> {
    pub link: String,
    pub name: &'a str,
    pub about: Vec<String>,
    pub why: &'a str,
}

/// Where a row stands and leads to.
pub(super) struct RowPlace {
    /// As which number the deal came in.
    pub n: usize,
    /// Its page.
    pub link: String,
    /// Reach of the sparklines of all rows.
    pub reach: f64,
}

/// One deal on the attention list.
#[derive(Serialize)]
pub(super) struct Row {
    /// By which its row is found: `d3`.
    target: String,
    link: String,
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
    /// Why it stands where it stands.
    because: String,
}

/// One deal's page.
#[derive(Serialize)]
pub(super) struct Page {
    prefix: String,
    /// Whether it stands beside a list, to which it links; its neighbours are those of the list.
    listed: bool,
    name: String,
    about: Vec<String>,
    as_of: Option<String>,
    /// What is to be known of a deal that the CRM calls won or lost.
    ended: Option<String>,
    /// That the buyer says that it has signed.
    signature: Option<String>,
    zone: String,
    score: Option<u8>,
    /// Why there is no score, where there is none.
    unjudged: String,
    no_risk: &'static str,
    interval: String,
    scale: String,
    contributions: Vec<Part>,
    /// Measures that add nothing.
    adds_nothing: String,
    /// What is said of the flags among them.
    come_back: &'static str,
    wide: String,
    narrow: String,
    undated: usize,
    moods: Vec<MoodRow>,
    risks: Vec<Card>,
    people: Vec<Person>,
    /// What stands over the coaching prompts that are no praise.
    to_mend: &'static str,
    /// So many findings that paper needs a closer set.
    many: bool,
    /// What each who judges says of it, side by side.
    judgements: Vec<Vec<(&'static str, String)>>,
    coverage: Vec<String>,
    not_english: Option<String>,
    zone_untold: Option<String>,
    guessed_sides: Option<String>,
    not_measured: Vec<(String, String)>,
    unsaid: Vec<String>,
    /// What stands before these.
    unread: &'static str,
    measured: Vec<Measured>,
    conversations: Vec<Talk>,
    made_by: Option<String>,
}

/// The coaching prompts for one person.
#[derive(Serialize)]
struct Person {
    name: String,
    praise: Vec<Card>,
    mend: Vec<Card>,
}

#[derive(Serialize)]
struct Part {
    name: String,
    /// Whether its reason is told by a card too.
    finding: bool,
    because: String,
    /// Where its words are.
    target: Option<String>,
    points: String,
    sign: &'static str,
    /// Length of its bar, 0 to 100, of the largest one.
    length: u8,
}

/// The list's view of a deal; `as_of` is told where it differs from deal to deal.
pub(super) fn row(deal: &Listed, place: RowPlace, as_of: Option<String>, because: &str) -> Row {
    let grave = deal.grave();
    let others = deal.risks.saturating_sub(1);
    Row {
        target: format!("d{}", place.n),
        link: place.link,
        name: deal.name.to_string(),
        about: deal.about.iter().map(|a| a.to_string()).collect(),
        rank: grave.map_or("calm", |f| f.severity.name()),
        severity: grave.map(|f| severity_word(f.severity)),
        rule: grave.map(|f| heading(&f.name)).unwrap_or_default(),
        reason: deal.reason(),
        more: if others > 0 { format!("and {}", count(others, "more risk")) } else { String::new() },
        score: deal.health.score,
        interval: interval(&deal.health),
        scale: chart::health(&deal.health),
        // One scale for all rows, so that they compare.
        spark: chart::sparkline(&deal.tone, place.reach),
        as_of,
        because: because.into(),
    }
}

/// The page of a deal; `prefix` stands before every id and target.
pub(super) fn deal(bundle: &Bundle, zone: &TimeZone, prefix: &str, listed: bool) -> Page {
    let Bundle { deal, report } = bundle;
    let points = tone::points(deal);
    let shapes = shapes(deal).into_iter().map(|shape| (&shape.conversation.id, shape)).collect();
    let places = Places { points: &points, shapes, prefix, zone };
    let flags: Vec<Flag> = (report.risks.iter().enumerate())
        .map(|(i, f)| Flag { number: i + 1, conversations: places.conversations_of(f) })
        .collect();
    let flags_at =
        |c: usize| flags.iter().filter(|f| f.conversations.contains(&c)).map(|f| f.number).collect::<Vec<_>>();
    let card = |kind: &str, i: usize, f: &Finding| places.card(report, f, format!("{prefix}{kind}{}", i + 1), i + 1);
    let people = coached(bundle).into_iter().map(|person| {
        let cards = |praise| person.prompts(praise).map(|(i, f)| card("k", i, f)).collect();
        Person { name: person.to.into(), praise: cards(true), mend: cards(false) }
    });
    let not_measured = words::not_measured(report);
    let sum = health_sum::sum(report);
    let on_time_axis = |room| timeline(&points, &flags, report.as_of, zone, room, prefix);
    Page {
        prefix: prefix.into(),
        listed,
        name: deal_name(report).into(),
        about: about::about(report, true),
        as_of: report.as_of.map(|t| words::judged_on(t, zone)),
        ended: words::ended(report),
        signature: words::signature(report),
        zone: words::zone_name(zone),
        score: report.health.score,
        unjudged: unjudged(bundle),
        no_risk: words::no_risk(report),
        interval: health_sum::interval(&report.health),
        scale: chart::health(&report.health),
        adds_nothing: sum.nothing.join(", "),
        come_back: sum.come_back,
        contributions: contributions(report, sum, prefix),
        wide: on_time_axis(Room::Wide),
        narrow: on_time_axis(Room::Narrow),
        undated: points.iter().filter(|p| p.scored.conversation.started_at.is_none()).count(),
        moods: points.iter().enumerate().map(|(i, p)| places.mood_row(i, p, flags_at(i))).collect(),
        risks: report.risks.iter().enumerate().map(|(i, f)| card("r", i, f)).collect(),
        people: people.collect(),
        to_mend: words::to_mend(report),
        many: report.risks.len() + report.coaching.len() > 14,
        judgements: report.judgements.iter().map(|j| words::judgement(report, j)).collect(),
        coverage: coverage(report),
        not_english: words::not_english(report),
        zone_untold: words::zone_untold(report),
        guessed_sides: words::guessed_sides(report),
        not_measured: not_measured.wanting,
        unsaid: not_measured.unsaid,
        unread: words::UNREAD,
        measured: places.measured(report),
        conversations: points.iter().enumerate().map(|(i, p)| places.talk(i, p, flags_at(i), &report.risks)).collect(),
        made_by: report.provenance.as_ref().map(|p| format!("dealtone {}, model {}", p.dealtone, p.model)),
    }
}

fn interval(health: &Health) -> String {
    match (health.low, health.high) {
        (Some(low), Some(high)) => format!("{low}–{high}"),
        _ => String::new(),
    }
}

fn contributions(report: &DealReport, sum: health_sum::Sum, prefix: &str) -> Vec<Part> {
    // Where every deal starts is no reason, and would dwarf the reasons.
    let bar = |c: &Contribution| if c.name == "base" { 0.0 } else { c.points.abs() };
    let largest = sum.parts.iter().map(|(c, _)| bar(c)).fold(1.0, f64::max);
    let place = |all: &[Finding], name: &str| all.iter().position(|f| f.name == name).map(|n| n + 1);
    let target = |name: &str| {
        (place(&report.risks, name).map(|n| format!("{prefix}r{n}")))
            .or_else(|| place(&report.coaching, name).map(|n| format!("{prefix}k{n}")))
            .or_else(|| measured(report, name).map(|n| format!("{prefix}m{n}")))
    };
    let part = |(c, because): (&Contribution, String)| Part {
        target: target(&c.name),
        finding: place(&report.risks, &c.name).or(place(&report.coaching, &c.name)).is_some(),
        name: heading(&c.name),
        because,
        points: words::points(c.points),
        sign: if c.points < 0.0 { "minus" } else { "plus" },
        length: (bar(c) / largest * 100.0).round() as u8,
    };
    sum.parts.into_iter().map(part).collect()
}

fn coverage(report: &DealReport) -> Vec<String> {
    let c = &report.coverage;
    let mut parts = words::conversations(report);
    parts.push(count(c.utterances, "utterance"));
    if c.unknown_side > 0 {
        parts.push(format!("{} by speakers whose side is unknown", c.unknown_side));
    }
    parts.extend(words::undated(report));
    parts.extend(words::left_out(report));
    parts
}
