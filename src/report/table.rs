//! The tables of a run: utterances, conversations, people, deals, findings and readings, each column with its type and
//! meaning.
//!
//! One definition for [`csv`](super::csv) and [`parquet`](super::parquet). A new column is one line here.

mod conversations;
mod people;

use crate::{
    conversation::{Channel, Timestamp},
    deal_report::DealReport,
    measure::{Basis, Evidence, Reading, Unit},
    report::{Bundle, gravest},
    rules::{Finding, Kind as FindingKind},
    utterance::{Scored, Utterance},
};

pub use conversations::conversations;
pub use people::people;

/// What a column holds. Every column may have gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A moment in UTC, to the millisecond.
    Moment,
    /// A calendar day.
    Day,
    /// Names; in CSV joined by `;`.
    Names,
    /// Names with a number each; in CSV `name:number` joined by `;`.
    Scores,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Absent: not measured, not told.
    Gap,
    /// For [`Kind::Text`].
    Text(&'a str),
    /// For [`Kind::Whole`].
    Whole(i64),
    /// For [`Kind::Number`].
    Number(f64),
    /// For [`Kind::Flag`].
    Flag(bool),
    /// For [`Kind::Moment`].
    Moment(Timestamp),
    /// For [`Kind::Day`].
    Day(jiff::civil::Date),
    /// For [`Kind::Names`].
    Names(Vec<&'a str>),
    /// For [`Kind::Scores`].
    Scores(Vec<(&'a str, f64)>),
}

/// One column with its values.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    /// Name in the file.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means, with unit and range.
    pub meaning: &'static str,
    /// One a row.
    pub cells: Vec<Cell<'a>>,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// Name of the file without its ending.
    pub name: &'static str,
    /// What a row is, and what the table is not for where somebody might think it is.
    pub about: &'static str,
    /// All of equal length.
    pub columns: Vec<Column<'a>>,
}

impl Table<'_> {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.cells.len())
    }
}

/// All tables of a run, in the order of the bundles.
pub fn tables<'a>(bundles: &[Bundle<'a>]) -> Vec<Table<'a>> {
    of_words(bundles).into_iter().chain(of_deals(bundles)).collect()
}

/// The tables of what was said and by whom.
pub fn of_words<'a>(bundles: &[Bundle<'a>]) -> Vec<Table<'a>> {
    vec![utterances(bundles), conversations(bundles), people(bundles)]
}

/// The tables of what is said of deals.
pub fn of_deals<'a>(bundles: &[Bundle<'a>]) -> Vec<Table<'a>> {
    vec![deals(bundles), findings(bundles), readings(bundles)]
}

struct Said<'a> {
    scored: &'a Scored,
    utterance: &'a Utterance,
}

/// One row an utterance.
pub fn utterances<'a>(bundles: &[Bundle<'a>]) -> Table<'a> {
    let scored = bundles.iter().flat_map(|b| b.deal.by_time());
    let rows = scored.flat_map(|scored| scored.utterances.iter().map(move |utterance| Said { scored, utterance }));
    let turn = |r: &Said<'a>| &r.scored.conversation.turns[r.utterance.turn];
    let mut t = Builder::new("utterances", "One row an utterance.", rows.collect());
    t.text("deal", "Name of the deal.", |r| &r.scored.conversation.deal.0);
    t.text("conversation", "Path of the file inside the export, with #n where it holds several.", |r| {
        &r.scored.conversation.id.0
    });
    t.text("channel", "call, email or chat.", |r| channel(r.scored));
    t.add("started_at", Kind::Moment, "When the conversation began, UTC.", |r| {
        moment(r.scored.conversation.started_at)
    });
    t.whole("turn", "Index of the turn in the conversation, from 0.", |r| Some(r.utterance.turn as i64));
    t.whole("from_byte", "First byte of the words in the turn's text.", |r| Some(r.utterance.span.start as i64));
    t.text("speaker", "Who said it.", move |r| &turn(r).speaker);
    t.text("side", "buyer, seller or unknown.", move |r| turn(r).side.name());
    t.whole("at_ms", "Start of the turn, milliseconds from the start of the conversation.", move |r| {
        turn(r).start_ms.map(|ms| ms as i64)
    });
    t.text("text", "The words, verbatim.", |r| r.scored.text(r.utterance));
    t.text("sentiment", "negative, neutral or positive: the most likely tone.", |r| r.utterance.sentiment.label.name());
    t.add("unclear", Kind::Flag, "Whether the call was too close to rely on.", |r| {
        Cell::Flag(r.utterance.sentiment.unclear)
    });
    t.number("negative", "Probability of negative, 0 to 1.", |r| Some(r.utterance.sentiment.negative.as_f64()));
    t.number("neutral", "Probability of neutral, 0 to 1.", |r| Some(r.utterance.sentiment.neutral.as_f64()));
    t.number("positive", "Probability of positive, 0 to 1.", |r| Some(r.utterance.sentiment.positive.as_f64()));
    t.add("intents", Kind::Scores, "Intents over their threshold, each with its probability.", |r| {
        Cell::Scores(r.utterance.intents.0.iter().map(|(i, p)| (i.name(), p.as_f64())).collect())
    });
    t.done()
}

/// One row a deal.
pub fn deals<'a>(bundles: &[Bundle<'a>]) -> Table<'a> {
    let mut t = Builder::new("deals", "One row a deal.", bundles.iter().map(|b| b.report).collect());
    let crm = |r: &&'a DealReport| r.crm.as_ref();
    t.text("deal", "Name of the deal: its folder or its deal_id.", |r| &r.deal.0);
    t.maybe("name", "What the CRM calls it.", move |r| crm(r)?.name.as_deref());
    t.maybe("account", "The customer.", move |r| crm(r)?.account.as_deref());
    t.maybe("type", "new, renewal, expansion, or what the CRM calls it.", move |r| crm(r)?.kind.as_deref());
    t.maybe("stage", "The stage's name.", move |r| crm(r)?.stage.as_deref());
    t.maybe("owner", "Who answers for it on our side.", move |r| crm(r)?.owner.as_deref());
    t.number("amount", "Worth, in the CRM's currency.", move |r| crm(r)?.amount);
    t.maybe("currency", "That currency, where the CRM tells: its code, else its sign.", move |r| {
        crm(r)?.currency.as_deref()
    });
    t.add("close_date", Kind::Day, "When the CRM expects it to close.", move |r| {
        crm(r).and_then(|c| c.close_date).map_or(Cell::Gap, Cell::Day)
    });
    t.add("as_of", Kind::Moment, "The moment as of which it was judged, UTC.", |r| moment(r.as_of));
    t.whole("health", "0 (lost) to 100 (as good as signed); a gap where there is not enough to say.", |r| {
        r.health.score.map(i64::from)
    });
    t.whole("health_low", "Low end of the interval of the health.", |r| r.health.low.map(i64::from));
    t.whole("health_high", "High end of the interval of the health.", |r| r.health.high.map(i64::from));
    t.maybe("gravest_risk", "Name of the risk that matters most.", |r| gravest(r).map(|f| f.name.as_str()));
    t.maybe("gravest_severity", "Its severity: low, medium or high.", |r| gravest(r).map(|f| f.severity.name()));
    t.maybe("gravest_message", "What was found.", |r| gravest(r).map(|f| f.message.as_str()));
    t.add("risks", Kind::Names, "Names of all risk flags that hold.", |r| names(&r.risks));
    t.add("coaching", Kind::Names, "Names of all coaching prompts that hold.", |r| names(&r.coaching));
    t.whole(
        "conversations",
        "Conversations up to the day of judgement, automatic mails and mails among our own people aside.",
        |r| Some(r.coverage.conversations as i64),
    );
    t.whole("calls", "Calls among them.", |r| Some(r.coverage.calls as i64));
    t.whole("emails", "E-mails among them.", |r| Some(r.coverage.emails as i64));
    t.whole("chats", "Chats among them.", |r| Some(r.coverage.chats as i64));
    t.whole("utterances", "Scored utterances.", |r| Some(r.coverage.utterances as i64));
    t.maybe("model", "Name of the model that scored.", |r| r.provenance.as_ref().map(|p| p.model.as_str()));
    t.maybe("model_sha256", "SHA-256 of that model's files.", |r| {
        r.provenance.as_ref().map(|p| p.model_sha256.as_str())
    });
    t.maybe("dealtone", "Version of dealtone.", |r| r.provenance.as_ref().map(|p| p.dealtone.as_str()));
    t.whole("attention_rank", "Place in the order of who needs a person first, from 1; ended deals stand last.", |r| {
        r.attention.as_ref().map(|a| a.rank as i64)
    });
    t.maybe("attention_reason", "What speaks for a look now, beside the gravest risk; where that is nothing and the deal has no score, why; may be empty.", |r| {
        r.attention.as_ref().map(|a| a.reason.as_str())
    });
    t.done()
}

/// One row a finding, risks and coaching prompts alike, with the first words it rests on.
pub fn findings<'a>(bundles: &[Bundle<'a>]) -> Table<'a> {
    let of = |r: &'a DealReport| r.risks.iter().chain(&r.coaching).map(move |f| (r, f));
    let mut t: Builder<'a, (&'a DealReport, &'a Finding)> =
        Builder::new("findings", FINDINGS, bundles.iter().flat_map(|b| of(b.report)).collect());
    t.text("deal", "Name of the deal.", |(r, _)| &r.deal.0);
    t.text("kind", "risk or coaching.", |(_, f)| match f.kind {
        FindingKind::Risk => "risk",
        FindingKind::Coaching => "coaching",
    });
    t.text("name", "Name of the rule.", |(_, f)| &f.name);
    t.text("severity", "good, low, medium or high.", |(_, f)| f.severity.name());
    t.number("confidence", "How sure it is, 0 to 1.", |(_, f)| Some(f.confidence));
    t.text("message", "What was found.", |(_, f)| &f.message);
    t.text("why", "Why it matters.", |(_, f)| &f.why);
    t.text("ask", "What to ask or do next.", |(_, f)| &f.ask);
    t.text("clears_when", "What would make it go away.", |(_, f)| &f.clears_when);
    t.add("because", Kind::Scores, "The measures it rests on, each with its value.", |(_, f)| {
        Cell::Scores(f.because.iter().map(|b| (b.measure.as_str(), b.value)).collect())
    });
    t.whole("evidence", "How many quotes and stated absences it rests on.", |(_, f)| Some(f.evidence.len() as i64));
    t.maybe("conversation", "Where the first quote stands.", |(_, f)| quote(f).map(|q| q.0));
    t.whole("turn", "Index of its turn, from 0.", |(_, f)| quote(f).map(|q| q.1));
    t.whole("at_ms", "Its time, milliseconds from the start of the conversation.", |(_, f)| quote(f).and_then(|q| q.2));
    t.maybe("speaker", "Who said it.", |(_, f)| quote(f).map(|q| q.3));
    t.maybe("quote", "The words, verbatim.", |(_, f)| quote(f).map(|q| q.4));
    t.maybe("absence", "What did not happen, where the finding rests on that.", |(_, f)| {
        f.evidence.iter().find_map(|e| match e {
            Evidence::Absence { absence } => Some(absence.as_str()),
            Evidence::Quote { .. } => None,
        })
    });
    t.done()
}

const FINDINGS: &str = "One row a finding, risks and coaching prompts alike, with the first words it rests on.";

/// One row a measured number.
pub fn readings<'a>(bundles: &[Bundle<'a>]) -> Table<'a> {
    let of = |r: &'a DealReport| r.readings.iter().map(move |(name, reading)| (r, *name, reading));
    let mut t: Builder<'a, (&'a DealReport, &'static str, &'a Reading)> =
        Builder::new("readings", READINGS, bundles.iter().flat_map(|b| of(b.report)).collect());
    t.text("deal", "Name of the deal.", |(r, ..)| &r.deal.0);
    t.text("measure", "Name of the measure.", |(_, name, _)| name);
    t.number("value", "The number, in its unit.", |(.., reading)| Some(reading.value));
    t.text("unit", "What the number counts.", |(.., reading)| unit(reading.unit));
    t.whole("evidence", "How many quotes and stated absences it rests on.", |(.., reading)| {
        Some(reading.evidence.len() as i64)
    });
    t.done()
}

const READINGS: &str = "One row a deal and measure; `dealtone explain NAME` says what a measure is.";

fn channel(scored: &Scored) -> &'static str {
    channel_of(scored.conversation.channel)
}

fn channel_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "call",
        Channel::Email => "email",
        Channel::Chat => "chat",
    }
}

fn rests_on(basis: Basis) -> &'static str {
    match basis {
        Basis::Transcript => "transcript",
        Basis::Recording => "recording",
        Basis::Both => "both",
    }
}

fn moment<'a>(at: Option<Timestamp>) -> Cell<'a> {
    at.map_or(Cell::Gap, Cell::Moment)
}

/// The name in files.
pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Percent => "percent",
        Unit::Seconds => "seconds",
        Unit::Days => "days",
        Unit::Words => "words",
        Unit::WordsPerMinute => "words_per_minute",
        Unit::PerMinute => "per_minute",
        Unit::Balance => "balance",
        Unit::YesNo => "yes_no",
    }
}

fn names(findings: &[Finding]) -> Cell<'_> {
    Cell::Names(findings.iter().map(|f| f.name.as_str()).collect())
}

type Place<'a> = (&'a str, i64, Option<i64>, &'a str, &'a str);

fn quote(finding: &Finding) -> Option<Place<'_>> {
    finding.evidence.iter().find_map(|e| match e {
        Evidence::Quote { conversation, turn, at_ms, speaker, quote } => {
            Some((conversation.0.as_str(), *turn as i64, at_ms.map(|ms| ms as i64), speaker.as_str(), quote.as_str()))
        }
        Evidence::Absence { .. } => None,
    })
}

/// A table in the making: the rows, and one call a column.
struct Builder<'a, R> {
    rows: Vec<R>,
    table: Table<'a>,
}

impl<'a, R> Builder<'a, R> {
    fn new(name: &'static str, about: &'static str, rows: Vec<R>) -> Self {
        Builder { rows, table: Table { name, about, columns: Vec::new() } }
    }

    fn add(&mut self, name: &'static str, kind: Kind, meaning: &'static str, cell: impl Fn(&R) -> Cell<'a>) {
        let cells = self.rows.iter().map(cell).collect();
        self.table.columns.push(Column { name, kind, meaning, cells });
    }

    fn text(&mut self, name: &'static str, meaning: &'static str, cell: impl Fn(&R) -> &'a str) {
        self.add(name, Kind::Text, meaning, |r| Cell::Text(cell(r)));
    }

    fn maybe(&mut self, name: &'static str, meaning: &'static str, cell: impl Fn(&R) -> Option<&'a str>) {
        self.add(name, Kind::Text, meaning, |r| cell(r).map_or(Cell::Gap, Cell::Text));
    }

    fn whole(&mut self, name: &'static str, meaning: &'static str, cell: impl Fn(&R) -> Option<i64>) {
        self.add(name, Kind::Whole, meaning, |r| cell(r).map_or(Cell::Gap, Cell::Whole));
    }

    fn number(&mut self, name: &'static str, meaning: &'static str, cell: impl Fn(&R) -> Option<f64>) {
        self.add(name, Kind::Number, meaning, |r| cell(r).map_or(Cell::Gap, Cell::Number));
    }

    fn done(self) -> Table<'a> {
        self.table
    }
}

/// The tables and their columns as Markdown; `docs/tables.md` is this text.
pub fn documentation() -> String {
    let mut out = String::from(
        "# Tables\n\nPrinted from `src/report/table.rs`; a test keeps this page fresh.\n\n\
         `--format csv` and `--format parquet` write one file a table.\n\
         Every column may have gaps: what was not measured or not told is absent, never zero.\n\
         Tone is from -1 to 1: times 5 it is on a scale from -5 to 5, plus 1 and times 50 on one from 0 to 100.\n\
         In CSV, names are joined by `;`, scores are `name:number` joined by `;`, moments are ISO 8601 in UTC, and a text that a spreadsheet would run has an apostrophe in front.\n\
         In Parquet, names are lists, scores are maps, moments are UTC timestamps, days are dates, and words are verbatim.\n",
    );
    for table in tables(&[]) {
        // A sentence a line, as in all pages.
        let about = table.about.replace(". ", ".\n");
        out.push_str(&format!("\n## {}\n\n{about}\n\n| column | type | meaning |\n|---|---|---|\n", table.name));
        for column in table.columns {
            let kind = format!("{:?}", column.kind).to_lowercase();
            out.push_str(&format!("| `{}` | {kind} | {} |\n", column.name, column.meaning));
        }
    }
    out
}
