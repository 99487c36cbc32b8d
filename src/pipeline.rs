//! The whole product in the order in which it runs: files to conversations to scores to deals to reports.

use std::{
    fmt, io,
    path::PathBuf,
    str::FromStr,
    sync::{Mutex, MutexGuard, PoisonError, mpsc::sync_channel},
};

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer};

use crate::{
    conversation::{Conversation, Timestamp},
    deal::Deal,
    deal_report::{DealReport, finish_in},
    engine::{Engine, put_in_place},
    listening::{Elsewhere, Listening},
    pool::Pending,
    read::{Skipped, export::Export},
    reading::{ReadDeal, read_export},
    resume::ResumeLog,
    rules::Rules,
    score::{Encoded, Encoder, Score, ScoreError, text},
    team::Team,
    utterance::{Scored, Utterance},
};

/// What `analyze` is asked for beyond the export itself.
#[derive(Clone, Debug)]
pub struct AnalyzeOptions {
    /// What the user says of the two sides.
    pub team: Team,
    /// The day of judgement for all deals; absent: what the CRM says of each, else its latest interaction.
    pub as_of: Option<Date>,
    /// The zone in which that day ends.
    pub zone: TimeZone,
    /// What is looked for.
    pub rules: Rules,
    /// Folder for a file in which conversations of mailboxes wait for their deal's turn; absent: they wait in memory.
    pub spool: Option<PathBuf>,
    /// Texts that are scored together. The default is enough that lengths match within a batch (padding is 0.7 % of the
    /// tokens run), and few enough that memory does not depend on the size of the export: no more than two such windows
    /// are in memory. That much a killed run loses.
    pub window_texts: usize,
    /// Recordings that lie elsewhere than beside their transcripts.
    pub audio: Elsewhere,
}

impl Default for AnalyzeOptions {
    fn default() -> AnalyzeOptions {
        AnalyzeOptions {
            team: Team::default(),
            as_of: None,
            zone: TimeZone::UTC,
            rules: Rules::built_in(),
            spool: None,
            window_texts: 1536,
            audio: Elsewhere::Nowhere,
        }
    }
}

/// A deal with what was found in it.
#[derive(Clone, Debug)]
pub struct Analysed {
    /// The deal with its scored conversations.
    pub deal: Deal,
    /// What was found.
    pub report: DealReport,
    /// What of its files could not be read.
    pub skipped: Vec<Skipped>,
}

/// Texts of the first window; each after it may hold twice as many, up to `window_texts`. No thread can score before the
/// first window is read and none while the last is judged, so a small export would otherwise pay for both in full.
const FIRST_WINDOW_TEXTS: usize = 192;

/// Is told how far a run has come.
pub trait Progress: Sync {
    /// Bytes of the export that will be read.
    fn total(&self, bytes: u64);
    /// Bytes that are done, scores and report included.
    fn done(&self, bytes: u64);
}

/// A deal whose texts are in tokens.
struct PreparedDeal {
    deal: Deal,
    conversations: Vec<Prepared>,
    skipped: Vec<Skipped>,
    bytes: u64,
}

/// A conversation before it is scored.
struct Prepared {
    conversation: Conversation,
    content_hash: String,
    pieces: Vec<text::Piece>,
    /// Its utterances, where an earlier run has scored it.
    recalled: Option<Vec<Utterance>>,
}

/// Deals whose texts are scored together, with the tokens of all their pieces that are not recalled, in order.
#[derive(Default)]
struct Window {
    deals: Vec<PreparedDeal>,
    encoded: Vec<Encoded>,
    /// Its texts, recalled ones too: a run that goes on where another stopped must not hold all that is recalled at once.
    texts: usize,
}

/// A window whose batches are in the engine's queue.
struct Begun {
    deals: Vec<PreparedDeal>,
    scores: Pending,
}

/// The whole product over an export: scores it as [`score_export`] does, and finishes each deal.
///
/// # Errors
/// As [`score_export`].
pub fn analyze<E: From<ScoreError> + From<io::Error> + Send>(
    export: &Export,
    engine: &Engine,
    options: &AnalyzeOptions,
    log: Option<&Mutex<ResumeLog>>,
    progress: &dyn Progress,
    mut take: impl FnMut(Analysed) -> Result<(), E>,
) -> Result<Vec<Skipped>, E> {
    score_export(export, engine, options, log, progress, |deal, skipped| {
        let day = options.as_of.or_else(|| deal.crm.as_ref()?.as_of);
        let as_of = day.map(|day| end_of_day(day, &options.zone));
        let report = finish_in(&deal, &options.rules, as_of, &options.zone);
        take(Analysed { deal, report, skipped })
    })
}

/// **Map** and **merge** over an export: reads deal by deal, decides who is who, scores, and gives each deal to `take`
/// with what of its files could not be read, in the order of their names. Reading and tokenising run on a thread of their
/// own, which puts a window's batches into the engine's queue as soon as it is read: while `take` is at one window, the
/// engine is at the next. No more than two windows of texts are in memory. What `log` remembers of an earlier run is not
/// scored again; what is scored is remembered there. Gives what could not be read and belongs to no deal.
///
/// # Errors
/// Where scoring fails, the log or the spool cannot be used, or `take` fails.
pub fn score_export<E: From<ScoreError> + From<io::Error> + Send>(
    export: &Export,
    engine: &Engine,
    options: &AnalyzeOptions,
    log: Option<&Mutex<ResumeLog>>,
    progress: &dyn Progress,
    mut take: impl FnMut(Deal, Vec<Skipped>) -> Result<(), E>,
) -> Result<Vec<Skipped>, E> {
    progress.total(export.files.iter().map(|file| file.size).sum());
    std::thread::scope(|scope| {
        // Made inside the scope, so that a failure below drops the receiving end before the scope waits for the reader.
        // A channel without room: the reader holds the one window that waits, and reads the next when it is taken.
        let (send, windows) = sync_channel::<Result<Begun, E>>(0);
        let reader = std::thread::Builder::new().name("read".into()).spawn_scoped(scope, move || {
            let mut window = Window::default();
            let mut full = FIRST_WINDOW_TEXTS.min(options.window_texts);
            let listening = Listening::new(&export.recordings, &options.audio, export.files.len());
            let read = read_export(export, &options.team, options.spool.as_deref(), listening, |read| {
                let deal = Deal::new(read.id.clone(), export.crm.get(&read.id).cloned());
                window.add::<E>(deal, read, engine.encoder(), log)?;
                if window.texts < full {
                    return Ok(true);
                }
                full = (2 * full).min(options.window_texts);
                // Nobody receives where scoring failed; then there is nothing left to read for.
                Ok(send.send(Ok(window.begin(engine))).is_ok())
            });
            let (rest, skipped) = match read {
                Ok(skipped) => (Ok(window.begin(engine)), skipped),
                Err(error) => (Err(error), Vec::new()),
            };
            let _ = send.send(rest);
            skipped
        })?;
        for window in windows {
            let Begun { deals, scores } = window?;
            let mut scores = scores.scores(&engine.card)?.into_iter();
            for read in deals {
                let bytes = read.bytes;
                let (deal, skipped) = merge_deal(read, &mut scores, engine, log)?;
                take(deal, skipped)?;
                progress.done(bytes);
            }
        }
        // A reader that panicked has a bug; going on without what it read would hide it.
        Ok(reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

impl Window {
    /// Adds a deal with the tokens of what is still to be scored.
    fn add<E: From<ScoreError> + From<io::Error>>(
        &mut self,
        deal: Deal,
        read: ReadDeal,
        encoder: &dyn Encoder,
        log: Option<&Mutex<ResumeLog>>,
    ) -> Result<(), E> {
        let mut conversations = Vec::with_capacity(read.conversations.len());
        for conversation in read.conversations {
            let content_hash = conversation.content_hash();
            let mut pieces = text::pieces(&conversation);
            let recalled = match log {
                Some(log) => lock(log).recall(&content_hash, &pieces)?,
                None => None,
            };
            self.texts += pieces.len();
            if recalled.is_none() {
                for piece in &mut pieces {
                    self.encoded.push(encoder.encode(&piece.text)?);
                    // The words stand in the conversation; their copies need not wait for the scores.
                    (piece.text.text, piece.text.context) = Default::default();
                }
            }
            conversations.push(Prepared { conversation, content_hash, pieces, recalled });
        }
        self.deals.push(PreparedDeal { deal, conversations, skipped: read.skipped, bytes: read.bytes });
        Ok(())
    }

    /// Puts its batches into the engine's queue and leaves an empty window.
    fn begin(&mut self, engine: &Engine) -> Begun {
        let Window { deals, encoded, .. } = std::mem::take(self);
        Begun { deals, scores: engine.begin_encoded(encoded) }
    }
}

fn lock(log: &Mutex<ResumeLog>) -> MutexGuard<'_, ResumeLog> {
    // A panic elsewhere leaves the log as it was: every line is written in one go.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the next scores in place and merges the conversations into the deal.
fn merge_deal(
    read: PreparedDeal,
    scores: &mut impl Iterator<Item = Score>,
    engine: &Engine,
    log: Option<&Mutex<ResumeLog>>,
) -> io::Result<(Deal, Vec<Skipped>)> {
    let mut deal = read.deal;
    for Prepared { conversation, content_hash, pieces, recalled } in read.conversations {
        let utterances = match recalled {
            Some(utterances) => utterances,
            None => {
                let utterances = put_in_place(pieces, scores);
                if let Some(log) = log {
                    lock(log).remember(&content_hash, &utterances)?;
                }
                utterances
            }
        };
        let scored = Scored { conversation, utterances, provenance: engine.provenance.clone() };
        deal.absorb(scored).expect("one engine marks all its scores alike");
    }
    Ok((deal, read.skipped))
}

/// The day as of which deals are judged, as somebody says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// That day.
    Day(Date),
    /// The day on which it is asked.
    Today,
}

impl AsOf {
    /// What a parameter that says it holds.
    pub const HOLDS: &str = "a day as 2026-06-12, or today";

    /// The day; `zone` says where a day begins. The one place where judging looks at the clock, and only where somebody
    /// says so: a judgement that changes by itself is nothing to hold two runs against each other by.
    pub fn day(self, zone: &TimeZone) -> Date {
        match self {
            AsOf::Day(day) => day,
            AsOf::Today => Timestamp::now().to_zoned(zone.clone()).date(),
        }
    }
}

impl FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<AsOf, String> {
        match text {
            "today" => Ok(AsOf::Today),
            day => day.parse().map(AsOf::Day).map_err(|_| match day.as_bytes() {
                // It is written as a day is: the calendar lacks it.
                [_, _, _, _, b'-', _, _, b'-', _, _] if day.bytes().all(|b| b == b'-' || b.is_ascii_digit()) => {
                    format!("there is no such day; write {}", AsOf::HOLDS)
                }
                _ => format!("write {}, year first", AsOf::HOLDS),
            }),
        }
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AsOf::Day(day) => day.fmt(f),
            AsOf::Today => f.write_str("today"),
        }
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AsOf, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The last moment of a day in `zone`, to the microsecond, which is as fine as most that read our files tell times: what was said
/// on the day of judgement counts. The first and the last days of the calendar, which some write for "no day", end no moment
/// that there is: they give the earliest and the latest one.
pub fn end_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    match day.tomorrow().and_then(|next| next.to_zoned(zone.clone())) {
        Ok(midnight) => midnight.timestamp().saturating_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN),
        Err(_) if day.year() > 0 => Timestamp::MAX,
        Err(_) => Timestamp::MIN,
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz;

    use super::*;

    #[test]
    fn a_day_ends_where_it_does_in_the_zone() {
        for (hours, said, counts) in [
            (-7, "2026-06-13T06:59:59.5Z", true),
            (-7, "2026-06-13T07:00:00Z", false),
            (0, "2026-06-12T23:59:59.999Z", true),
            (0, "2026-06-13T00:00:00Z", false),
            (2, "2026-06-12T21:59:59Z", true),
            (2, "2026-06-12T22:00:00Z", false),
        ] {
            let end = end_of_day("2026-06-12".parse().unwrap(), &TimeZone::fixed(tz::offset(hours)));
            assert_eq!(said.parse::<Timestamp>().unwrap() <= end, counts, "{said} at {hours}");
        }
    }

    #[test]
    fn a_day_that_is_none_and_a_day_that_is_written_otherwise_are_told_apart() {
        let told = |text: &str| text.parse::<AsOf>().unwrap_err();
        for text in ["2026-02-30", "2026-13-01"] {
            assert_eq!(told(text), "there is no such day; write a day as 2026-06-12, or today");
        }
        for text in ["30.02.2026", "26-02-28", "yesterday", "june-12-26"] {
            assert_eq!(told(text), "write a day as 2026-06-12, or today, year first");
        }
    }

    #[test]
    fn every_day_of_the_calendar_has_an_end() {
        let end_of_day = |day| end_of_day(day, &TimeZone::UTC);
        let end = |day: &str| end_of_day(day.parse().unwrap()).to_string();
        assert_eq!(end("2026-06-12"), "2026-06-12T23:59:59.999999Z");
        assert_eq!(end("9999-12-28"), "9999-12-28T23:59:59.999999Z");
        for (day, end) in [(Date::MAX, Timestamp::MAX), (Date::MAX.yesterday().unwrap(), Timestamp::MAX)] {
            assert_eq!(end_of_day(day), end);
        }
        assert_eq!(end_of_day(Date::MIN), Timestamp::MIN);
        assert!(end_of_day(Date::MIN.tomorrow().unwrap()) < end_of_day("0000-01-01".parse().unwrap()));
    }
}
