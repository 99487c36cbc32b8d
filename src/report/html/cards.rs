//! Findings, quotes and measured numbers as the page shows them, each with its link to the words it rests on.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::{
    conversation::ConversationId,
    deal_report::DealReport,
    measure::{Basis, Evidence, shape::Shape},
    report::{
        severity_word, tone,
        words::{self, balance, heading, plain},
    },
    rules::Finding,
    utterance::Scored,
};

/// One row of the table beside the timeline.
#[derive(Serialize)]
pub(super) struct MoodRow {
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
pub(super) struct Card {
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
    because: Vec<Number>,
    quotes: Vec<Quote>,
    absences: Vec<String>,
    /// Why a person does not believe it.
    doubts: Vec<String>,
}

#[derive(Serialize)]
struct Quote {
    words: String,
    speaker: String,
    place: String,
    target: Option<String>,
}

/// A number that a finding rests on, with the place where it opens.
#[derive(Serialize)]
struct Number {
    name: String,
    value: String,
    target: Option<String>,
}

/// One measured number.
#[derive(Serialize)]
pub(super) struct Measured {
    id: String,
    /// As which rules and files know it.
    measure: &'static str,
    name: String,
    value: String,
    /// Its definition.
    meaning: &'static str,
    /// Where its times come from, where it has any.
    times: &'static str,
    quotes: Vec<Quote>,
    absences: Vec<String>,
    /// How many quotes more it rests on.
    more: usize,
}

/// Where things stand on the page.
pub(super) struct Places<'a> {
    /// The conversations by time.
    pub points: &'a [tone::Point<'a>],
    /// The numbers of those in which anything was said.
    pub shapes: BTreeMap<&'a ConversationId, Shape<'a>>,
    /// Stands before every id and target.
    pub prefix: &'a str,
    /// In which days are told.
    pub zone: &'a TimeZone,
}

impl Places<'_> {
    fn place_of(&self, id: &ConversationId) -> Option<usize> {
        self.points.iter().position(|p| p.scored.conversation.id == *id)
    }

    pub(super) fn conversations_of(&self, finding: &Finding) -> Vec<usize> {
        let quoted = finding.evidence.iter().filter_map(|e| match e {
            Evidence::Quote { conversation, .. } => self.place_of(conversation),
            Evidence::Absence { .. } => None,
        });
        let mut places: Vec<usize> = quoted.collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    pub(super) fn card(&self, report: &DealReport, f: &Finding, id: String, number: usize) -> Card {
        Card {
            id,
            number,
            title: heading(&f.name),
            rank: f.severity.name(),
            severity: severity_word(f.severity),
            sure: format!("{:.0} %", f.confidence * 100.0),
            message: words::signed(&f.message),
            why: f.why.clone(),
            ask: words::ask(report, f).into(),
            clears_when: words::clears_when(report, f).into(),
            because: (f.because.iter())
                .map(|b| Number {
                    name: plain(&b.measure),
                    value: words::quantity(b.value, b.unit),
                    target: measured(report, &b.measure).map(|n| format!("{}m{n}", self.prefix)),
                })
                .collect(),
            quotes: f.evidence.iter().filter_map(|e| self.quote(e)).collect(),
            absences: absences(&f.evidence),
            doubts: words::doubts(&report.judgements, &f.name).collect(),
        }
    }

    fn quote(&self, evidence: &Evidence) -> Option<Quote> {
        let Evidence::Quote { conversation, turn, at_ms, speaker, quote } = evidence else { return None };
        let found = self.place_of(conversation);
        let place = match found.map(|i| &self.points[i].scored.conversation) {
            Some(c) => {
                let day = c.started_at.map(|t| words::day_in(t, self.zone));
                let at = words::said_at(c, *at_ms, self.zone);
                let kind = words::channel(c.channel).to_lowercase();
                [Some(kind), day, at].into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            None => conversation.0.clone(),
        };
        Some(Quote {
            words: words::quoted(quote),
            speaker: speaker.clone(),
            place,
            target: found.map(|i| format!("{}c{i}-t{turn}", self.prefix)),
        })
    }

    pub(super) fn mood_row(&self, i: usize, p: &tone::Point, flags: Vec<usize>) -> MoodRow {
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

    /// All measured numbers, in the order of their names.
    pub(super) fn measured(&self, report: &DealReport) -> Vec<Measured> {
        let row = |(n, (name, r)): (usize, (&&'static str, &crate::measure::Reading))| {
            let all = r.evidence.iter().filter(|e| matches!(e, Evidence::Quote { .. })).count();
            Measured {
                id: format!("{}m{n}", self.prefix),
                measure: name,
                name: plain(name),
                value: words::quantity(r.value, r.unit),
                meaning: crate::measure::row(name).map_or("", |row| row.meaning),
                times: match r.rests_on {
                    None => "",
                    Some(Basis::Transcript) => "Times are those of the transcripts.",
                    Some(Basis::Recording) => "Heard in the recordings.",
                    Some(Basis::Both) => {
                        "Heard in the recordings of some calls; times of the transcripts for the others."
                    }
                },
                quotes: r.evidence.iter().filter_map(|e| self.quote(e)).take(SHOWN).collect(),
                absences: absences(&r.evidence),
                more: all.saturating_sub(SHOWN),
            }
        };
        report.readings.iter().enumerate().map(row).collect()
    }
}

/// Quotes shown with a measured number; the JSON lines have all.
const SHOWN: usize = 6;

/// The place of a measure among the readings.
pub(super) fn measured(report: &DealReport, name: &str) -> Option<usize> {
    report.readings.keys().position(|n| *n == name)
}

fn absences(evidence: &[Evidence]) -> Vec<String> {
    let stated = evidence.iter().filter_map(|e| match e {
        Evidence::Absence { absence } => Some(words::signed(absence)),
        Evidence::Quote { .. } => None,
    });
    stated.collect()
}

/// What a conversation is called.
pub(super) fn title(scored: &Scored) -> String {
    super::super::words::conversation_title(&scored.conversation)
}
