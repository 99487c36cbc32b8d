//! **Finish**: a deal becomes its report. Pure; the clock is an argument, and floats are made only here.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

use crate::{
    attention::Rank,
    conversation::{Channel, DealId, Side, Timestamp},
    deal::{CrmRecord, Deal},
    health::{Health, health, points_of_flag},
    judgement::Judgement,
    measure::{Readings, language::is_foreign, measure},
    rules::{Finding, Kind, Rules},
    utterance::{Provenance, Scored},
};

mod absence;

/// Version of the output contract; a field that is renamed or removed raises it.
pub const SCHEMA_VERSION: u32 = 1;

/// What there was to judge from.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Coverage {
    /// Conversations up to the day of judgement, automatic mails and mails among our own people aside.
    pub conversations: usize,
    /// Calls among them.
    pub calls: usize,
    /// E-mails among them.
    pub emails: usize,
    /// Chats among them.
    pub chats: usize,
    /// Conversations after the day of judgement: nothing of them is judged.
    pub later: usize,
    /// Automatic mails, such as absence notices: nothing of them is judged.
    pub automatic: usize,
    /// Mails of our side to our side: nothing of them is judged.
    pub internal: usize,
    /// Conversations without a date: they count as the latest.
    pub undated: usize,
    /// Conversations by a clock whose zone nothing tells, so near to others that these may have been before or after them.
    pub zone_untold: usize,
    /// Scored utterances.
    pub utterances: usize,
    /// Utterances whose speaker's side is unknown.
    pub unknown_side: usize,
    /// Who speaks and is on a side that is unknown, who said most first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_speakers: Vec<UnknownSpeaker>,
    /// Conversations in another language than English, which is all that the models that ship read.
    pub not_english: usize,
    /// Who speaks and is on a side that is little more than a guess.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guessed_sides: Vec<GuessedSide>,
    /// What could not be measured, and why: "patience: needs a call with times".
    pub not_measured: Vec<String>,
}

/// Somebody whose side is unknown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnknownSpeaker {
    /// The speaker, as the turns name them.
    pub name: String,
    /// Words said or written.
    pub words: usize,
}

impl UnknownSpeaker {
    /// Everybody who speaks in `scored` on such a side, each once, who said most first.
    fn all(scored: &[&Scored]) -> Vec<UnknownSpeaker> {
        let mut words: BTreeMap<&str, usize> = BTreeMap::new();
        for turn in scored.iter().flat_map(|s| &s.conversation.turns).filter(|turn| turn.side == Side::Unknown) {
            *words.entry(&turn.speaker).or_default() += turn.text.split_whitespace().count();
        }
        let mut all: Vec<UnknownSpeaker> =
            words.into_iter().map(|(name, words)| UnknownSpeaker { name: name.to_owned(), words }).collect();
        all.sort_by_key(|who| std::cmp::Reverse(who.words));
        all
    }
}

/// Somebody whose side is little more than a guess.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuessedSide {
    /// The speaker, as the turns name them.
    pub name: String,
    /// The side that was taken.
    pub side: Side,
    /// How sure it is, 1 to 74 per cent.
    pub confidence: u8,
    /// What it rests on.
    pub because: String,
}

impl GuessedSide {
    /// A side that is less sure than this, in per cent, is told as a guess: it is what remains where reasons contradict each
    /// other, or where nothing speaks for it but who else is there.
    const SURE: u8 = 75;

    /// Everybody who speaks in `scored` on such a side, each once.
    fn all(scored: &[&Scored]) -> Vec<GuessedSide> {
        let mut seen = BTreeSet::new();
        let mut out: Vec<GuessedSide> = Vec::new();
        let people = scored.iter().flat_map(|s| &s.conversation.participants);
        for p in people.filter(|p| p.active && p.side != Side::Unknown && p.side_confidence < Self::SURE) {
            if seen.insert((&p.name, p.side.name())) {
                out.push(GuessedSide {
                    name: p.name.clone(),
                    side: p.side,
                    confidence: p.side_confidence,
                    because: p.side_because.clone(),
                });
            }
        }
        out
    }
}

/// How many of `all` have a clock whose zone nothing tells, and another with a zone that any of the world's could put on their
/// other side.
fn zone_untold(all: &[&Scored]) -> usize {
    /// The farthest that clocks are from UTC, in milliseconds.
    const FARTHEST: i64 = 14 * 3_600_000;
    let times = |local: bool| {
        all.iter()
            .filter(move |s| s.conversation.local_time == local)
            .filter_map(|s| Some(s.conversation.started_at?.as_millisecond()))
    };
    let told: BTreeSet<i64> = times(false).collect();
    let near = |at: &i64| told.range(at - FARTHEST..=at + FARTHEST).next().is_some();
    times(true).filter(near).count()
}

impl Coverage {
    fn of(deal: &Deal, as_of: Option<Timestamp>, not_measured: Vec<String>) -> Coverage {
        let (later, by_then): (Vec<&Scored>, Vec<&Scored>) = deal
            .by_time()
            .into_iter()
            .partition(|s| s.conversation.started_at.zip(as_of).is_some_and(|(at, as_of)| at > as_of));
        let (automatic, rest): (Vec<&Scored>, Vec<&Scored>) =
            by_then.into_iter().partition(|s| s.conversation.is_automatic());
        let (internal, all): (Vec<&Scored>, Vec<&Scored>) =
            rest.into_iter().partition(|s| s.conversation.is_internal());
        let of_channel = |channel| all.iter().filter(|s| s.conversation.channel == channel).count();
        let unknown =
            |s: &&Scored| s.utterances.iter().filter(|u| s.conversation.turns[u.turn].side == Side::Unknown).count();
        Coverage {
            conversations: all.len(),
            calls: of_channel(Channel::Call),
            emails: of_channel(Channel::Email),
            chats: of_channel(Channel::Chat),
            later: later.len(),
            automatic: automatic.len(),
            internal: internal.len(),
            undated: all.iter().filter(|s| s.conversation.started_at.is_none()).count(),
            zone_untold: zone_untold(&all),
            utterances: all.iter().map(|s| s.utterances.len()).sum(),
            unknown_side: all.iter().map(unknown).sum(),
            unknown_speakers: UnknownSpeaker::all(&all),
            not_english: all
                .iter()
                .filter(|s| is_foreign(s.conversation.turns.iter().map(|turn| turn.text.as_str())))
                .count(),
            guessed_sides: GuessedSide::all(&all),
            not_measured,
        }
    }
}

/// Everything that dealtone says of one deal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DealReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Name of the deal.
    pub deal: DealId,
    /// What the CRM says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crm: Option<CrmRecord>,
    /// The moment as of which it was judged.
    pub as_of: Option<Timestamp>,
    /// The day of that moment in the zone of the run.
    #[serde(skip)]
    pub day: Option<Date>,
    /// The score.
    pub health: Health,
    /// Risk flags, the most severe first; of equals those by which the buyer has said no, then what takes most of the health.
    pub risks: Vec<Finding>,
    /// Coaching prompts, the most severe first.
    pub coaching: Vec<Finding>,
    /// Every number that was measured.
    pub readings: Readings,
    /// What there was to judge from.
    pub coverage: Coverage,
    /// What people judge, each beside what is measured and never averaged into it nor into one another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judgements: Vec<Judgement>,
    /// What made the scores.
    pub provenance: Option<Provenance>,
    /// [`Rules::sha256`] of the rules that judged it, where whoever asked for it keeps that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_sha256: Option<String>,
    /// Where it stands among the deals that were judged with it; absent where it was judged alone. The last of a line, since
    /// it is known last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Rank>,
}

/// The report of `deal` as of `as_of`, whose day is that of UTC; as [`finish_in`] does.
pub fn finish(deal: &Deal, rules: &Rules, as_of: Option<Timestamp>) -> DealReport {
    finish_in(deal, rules, as_of, &TimeZone::UTC)
}

/// The report of `deal` as of `as_of`; where that is absent, as of the start of the latest interaction. `zone` tells on which day
/// that is, by which the days of the CRM are counted.
pub fn finish_in(deal: &Deal, rules: &Rules, as_of: Option<Timestamp>, zone: &TimeZone) -> DealReport {
    let as_of = as_of.or_else(|| deal.latest());
    let day = as_of.map(|at| at.to_zoned(zone.clone()).date());
    let (readings, not_measured) = match as_of.zip(day) {
        Some((as_of, day)) => measure(deal, as_of, day, rules.trackers()),
        None => (
            Readings::new(),
            vec!["everything: needs an interaction with a time, or a day as of which to judge".to_owned()],
        ),
    };
    let mut findings = rules.apply(&readings);
    let health = health(&readings, &findings);
    absence::tell(deal, as_of, &mut findings);
    let (mut risks, coaching): (Vec<_>, Vec<_>) = findings.into_iter().partition(|f| f.kind == Kind::Risk);
    let no_is_said = |f: &Finding| says_no(f, &readings);
    risks.sort_by(|a, b| {
        let by_severity = b.severity.cmp(&a.severity).then_with(|| no_is_said(b).cmp(&no_is_said(a)));
        by_severity.then_with(|| points_of_flag(&a.name).total_cmp(&points_of_flag(&b.name)))
    });
    DealReport {
        schema_version: SCHEMA_VERSION,
        deal: deal.id.clone(),
        crm: deal.crm.clone(),
        as_of,
        day,
        health,
        risks,
        coaching,
        readings,
        coverage: Coverage::of(deal, as_of, not_measured),
        judgements: Vec::new(),
        provenance: deal.provenance().cloned(),
        rules_sha256: None,
        attention: None,
    }
}

/// Whether by that flag the buyer says that it leaves or has decided against us. That comes before what takes more of the
/// health: a next step is missing in many deals that are won, and who hears of a goodbye late hears of it too late.
fn says_no(flag: &Finding, readings: &Readings) -> bool {
    let decided = || readings.get("decided_against_us").is_some_and(|times| times.value >= 1.0);
    match flag.name.as_str() {
        "churn_risk" => true,
        "competitor_in_play" => decided(),
        _ => false,
    }
}
