//! Transcripts as a table, a row a turn: CSV with any dividing mark, Whisper's TSV, and the table of a Markdown page.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use columns::TURNS;

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    plain_txt::{NO_ZONE, TWO_WAYS},
    table::{self, Columns},
    turns::{LONGEST_CALL_MS, NO_OFFSET_MS, from_time_of_day, one_line, slower_than_speech},
    when,
};
use crate::{
    conversation::{Channel, Conversation, Participant, Timestamp, Turn},
    team::names::role_side,
};

mod columns;

/// A transcript, a row a turn.
pub struct TranscriptCsv;

impl Format for TranscriptCsv {
    fn name(&self) -> &'static str {
        "transcript-csv"
    }
    fn doc(&self) -> &'static str {
        "a transcript as a table: speaker, text, times, a row a turn; CSV, TSV or Markdown"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let marked = || input.head().contains('|').then(|| Some(markdown(input.head()).next()?.1)).flatten();
        let Some(headers) = table::heading(input).or_else(marked) else { return Likeness::No };
        let columns = Columns::of(&headers, TURNS);
        let timed = is_timed(&headers, &columns);
        let named = (columns.has("speaker") || columns.has("role")) && (timed || headers.len() <= 4);
        // Whisper has times and no speakers.
        let whisper = columns.has("start") && columns.has("end") && headers.len() == 3;
        if columns.has("text") && (named || whisper) { Likeness::Likely } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        let mut out = Read::default();
        let (headers, columns, rows) = rows(input, &mut out.skipped);
        out.skipped.extend(columns.unread_twin(input, &headers, &rows, "text"));
        let table = Table::of(&headers, columns, &rows);
        let mut calls = Calls { earliest: table.earliest(&rows), ..Calls::default() };
        for row in rows.iter().filter(|row| !table.is_noticed(row)) {
            let Some(text) = table.columns.cell(row, "text").map(one_line).filter(|t| !t.is_empty()) else { continue };
            calls.add(&table, row, text);
        }
        let several = calls.all.len() > 1;
        for call in calls.all {
            let mut c = input.conversation(self, Channel::Call, None);
            if several {
                c.id.0 = format!("{}#{}", input.path, call.id);
            }
            let has_moments = call.first.is_some();
            call.fill(&mut c, &table);
            if has_moments && table.is_chat(&c.turns) {
                c.channel = Channel::Chat;
                out.conversations.extend(by_day(c));
            } else {
                out.conversations.push(c);
            }
        }
        if calls.two_ways {
            out.skipped.push(input.skipped(None, "bad_date", TWO_WAYS));
        }
        if calls.no_zone {
            out.skipped.push(input.skipped(None, "unknown_zone", NO_ZONE));
        }
        if out.conversations.is_empty() && out.skipped.is_empty() {
            return Err(input.skipped(None, "no_words", "the table has no row with words"));
        }
        Ok(out)
    }
}

/// What a table as a whole says of its rows.
struct Table {
    columns: Columns,
    /// How many seconds 1 of the column of starts is.
    unit: f64,
    /// The order of the dates of its calls, as one of them tells.
    day_first: Option<bool>,
    /// The order of the dates of its turns.
    start_day_first: Option<bool>,
    /// Whether its times are of the day that stands beside each.
    of_day: bool,
    /// Whether it holds a call a day, as each row has its day.
    call_a_day: bool,
    /// Whether nothing tells the zone of a turn's moment.
    start_is_local: bool,
    /// Whether its words are called messages.
    of_messages: bool,
    /// Whether Dialpad made it, which lists beside what was said ("transcript") the moments that it noticed.
    of_dialpad: bool,
}

impl Table {
    fn of(headers: &csv::StringRecord, columns: Columns, rows: &[csv::StringRecord]) -> Table {
        let order = |name: &str| when::day_first(rows.iter().filter_map(|row| columns.cell(row, name)));
        let day_first = order("date");
        let of_day = is_of_day(&columns, rows, day_first);
        let each_dated = || rows.iter().all(|row| columns.cell(row, "date").is_some());
        let words = columns.place("text").and_then(|at| headers.get(at));
        let mut table = Table {
            unit: unit(&columns, rows),
            day_first,
            start_day_first: order("start"),
            of_day,
            call_a_day: !of_day && is_call_a_day(&columns, rows, day_first) && each_dated(),
            start_is_local: false,
            of_messages: words.is_some_and(|h| table::plain(h) == "message"),
            of_dialpad: rows.iter().any(|row| is_kind(&columns, row, "transcript")),
            columns,
        };
        table.start_is_local = rows.iter().any(|row| table.is_local(row));
        table
    }

    /// Whether a row is a moment that Dialpad noticed.
    fn is_noticed(&self, row: &csv::StringRecord) -> bool {
        self.of_dialpad && is_kind(&self.columns, row, "moment")
    }

    /// What tells a row's call from others by its day, where nothing else does.
    fn day<'r>(&self, row: &'r csv::StringRecord) -> Option<&'r str> {
        self.columns.cell(row, "date").filter(|_| self.call_a_day)
    }

    /// The offset that a row has in one of two columns: of seconds or timecodes, and of milliseconds.
    fn offset(&self, row: &csv::StringRecord, seconds: &str, ms: &str) -> Option<u64> {
        if self.of_day {
            return None;
        }
        let number = |name: &str| self.columns.cell(row, name).and_then(|c| c.parse::<f64>().ok());
        let in_unit = || number(seconds).filter(|_| self.unit != 1.0).and_then(|n| when::seconds_ms(n * self.unit));
        number(ms)
            .and_then(|ms| when::seconds_ms(ms / 1000.0))
            .or_else(in_unit)
            .or_else(|| self.columns.cell(row, seconds).and_then(when::timecode_ms))
    }

    /// The moment that a row has in a column.
    fn moment(&self, row: &csv::StringRecord, name: &str) -> Option<Timestamp> {
        let cell = self.columns.cell(row, name)?;
        if self.of_day {
            let whole = when::with_clock(self.columns.cell(row, "date")?, Some(cell));
            return when::in_ordered_text(&whole, self.day_first);
        }
        when::in_ordered_text(cell, self.start_day_first)
    }

    /// Whether nothing tells the zone of when a row begins.
    fn is_local(&self, row: &csv::StringRecord) -> bool {
        let cell = self.columns.cell(row, "start");
        let clocked = || self.columns.cell(row, "date").map(|date| when::with_clock(date, cell));
        if self.of_day { clocked().is_some_and(|at| when::is_local(&at)) } else { cell.is_some_and(when::is_local) }
    }

    /// The moments that those of each call count from, its earliest: a table by channel or with the latest first begins with
    /// another.
    fn earliest<'r>(&self, rows: &'r [csv::StringRecord]) -> HashMap<&'r str, Timestamp> {
        let mut earliest: HashMap<&str, Timestamp> = HashMap::new();
        for row in rows.iter().filter(|row| self.offset(row, "start", "start_ms").is_none()) {
            let said = self.columns.cell(row, "text").is_some_and(|t| !t.trim().is_empty());
            let at = || self.moment(row, "start").or_else(|| self.moment(row, "end"));
            if let Some(at) = said.then(at).flatten() {
                let first = earliest.entry(self.columns.cell(row, "call").unwrap_or("")).or_insert(at);
                *first = at.min(*first);
            }
        }
        earliest
    }

    /// Whether turns that have moments were typed. A call has its date once, and nobody says a message.
    fn is_chat(&self, turns: &[Turn]) -> bool {
        let lasts = turns.iter().filter_map(|t| t.start_ms).max() > Some(LONGEST_CALL_MS);
        (lasts || (self.of_day && self.of_messages)) && turns.iter().all(|t| t.end_ms.is_none())
    }
}

/// Whether the row is of a kind, as Dialpad calls it.
fn is_kind(columns: &Columns, row: &csv::StringRecord, of: &str) -> bool {
    columns.cell(row, "kind").is_some_and(|kind| kind.eq_ignore_ascii_case(of))
}

/// A day, as it stands in the id of a call.
fn day_of(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// A call of a table.
#[derive(Default)]
struct Call {
    id: String,
    title: String,
    began: Option<Timestamp>,
    /// How far the clock on the wall there is ahead of UTC, in milliseconds.
    ahead_ms: i64,
    /// Whether nothing tells the zone of `began`.
    local: bool,
    /// The earliest moment of its turns, where they have moments.
    first: Option<Timestamp>,
    people: Vec<Participant>,
    turns: Vec<Turn>,
}

impl Call {
    /// Fills its conversation.
    fn fill(self, c: &mut Conversation, table: &Table) {
        let Call { title, began, ahead_ms, local, first, people, mut turns, .. } = self;
        if first.is_some() && turns.iter().all(|turn| turn.start_ms.is_some()) {
            turns.sort_by_key(|turn| turn.start_ms);
        }
        c.started_at = first.or(began).or(c.started_at);
        c.local_time = if first.is_some() { table.start_is_local } else { began.is_some() && local };
        from_time_of_day(&mut turns, c.started_at.map(|at| at.as_millisecond() + ahead_ms));
        (c.title, c.participants, c.turns) = (title, people, turns);
    }
}

/// The calls of a table, in the order in which it names them.
#[derive(Default)]
struct Calls<'r> {
    all: Vec<Call>,
    /// The place of each by its id.
    places: HashMap<String, usize>,
    /// Who has a side, call by call.
    sided: HashSet<(usize, String)>,
    /// See [`Table::earliest`].
    earliest: HashMap<&'r str, Timestamp>,
    /// Whether a date reads in two ways and nothing tells which.
    two_ways: bool,
    /// Whether a date has a zone that is not known.
    no_zone: bool,
}

impl Calls<'_> {
    /// Adds the turn of a row with words.
    fn add(&mut self, table: &Table, row: &csv::StringRecord, text: String) {
        let columns = &table.columns;
        let place = self.place(table, row);
        let start = table.offset(row, "start", "start_ms").or_else(|| self.since(place, table, row, "start"));
        let end = table.offset(row, "end", "end_ms").or_else(|| self.since(place, table, row, "end"));
        let turn = Turn {
            speaker: one_line(columns.cell(row, "speaker").or_else(|| columns.cell(row, "role")).unwrap_or("")),
            start_ms: start,
            end_ms: end.filter(|e| Some(*e) >= start),
            text,
            ..Turn::default()
        };
        self.meet(place, columns, row, &turn.speaker);
        self.all[place].turns.push(turn);
    }

    /// The place of a row's call, which may be a new one.
    fn place(&mut self, table: &Table, row: &csv::StringRecord) -> usize {
        let day = table.day(row);
        let call = table.columns.cell(row, "call").or(day).unwrap_or("");
        if let Some(place) = self.places.get(call) {
            return *place;
        }
        self.places.insert(call.to_owned(), self.all.len());
        let date = table.columns.cell(row, "date");
        let began = date.and_then(|date| when::in_ordered_text(date, table.day_first));
        self.two_ways |= began.is_none() && date.is_some_and(when::reads_two_ways);
        self.no_zone |= date.is_some_and(|date| when::unknown_zone(date).is_some());
        self.all.push(Call {
            id: began.filter(|_| day == Some(call)).map_or_else(|| call.to_owned(), day_of),
            title: table.columns.cell(row, "title").map(one_line).unwrap_or_default(),
            began,
            ahead_ms: date.map_or(0, when::ahead_of_utc),
            local: date.is_some_and(when::is_local),
            first: self.earliest.get(call).copied(),
            ..Call::default()
        });
        self.all.len() - 1
    }

    /// How long after the first moment of its call that of a row is.
    fn since(&mut self, place: usize, table: &Table, row: &csv::StringRecord, name: &str) -> Option<u64> {
        let at = table.moment(row, name);
        self.two_ways |= at.is_none() && table.columns.cell(row, name).is_some_and(when::reads_two_ways);
        u64::try_from(at?.duration_since(self.all[place].first?).as_millis()).ok()
    }

    /// Takes note of a side or an address that a row states of who speaks, the first time.
    fn meet(&mut self, place: usize, columns: &Columns, row: &csv::StringRecord, name: &str) {
        let side = columns.cell(row, "role").and_then(|role| role_side(&role.to_lowercase()));
        let email = columns.cell(row, "email").filter(|e| e.contains('@'));
        let states = side.is_some() || email.is_some();
        if states && !name.is_empty() && self.sided.insert((place, name.to_owned())) {
            self.all[place].people.push(Participant {
                name: name.to_owned(),
                email: email.map(str::to_lowercase),
                side: side.unwrap_or_default(),
                side_confidence: if side.is_some() { 95 } else { 0 },
                side_because: side.map(|_| "the table states their role".into()).unwrap_or_default(),
                ..Participant::default()
            });
        }
    }
}

/// Whether the table tells when each turn was. A list of anything has names, words and dates; one of turns names the call, too.
fn is_timed(headers: &csv::StringRecord, columns: &Columns) -> bool {
    let start = columns.place("start").and_then(|at| headers.get(at)).map(table::plain);
    columns.has("start_ms") || start.is_some_and(|heading| heading != "date" || columns.has("call"))
}

/// Whether `cells` are the names of columns of a transcript, all of them.
pub(super) fn is_heading(cells: &[String]) -> bool {
    let known = |cell: &String| {
        let plain = table::plain(cell);
        TURNS.iter().any(|(_, names)| names.contains(&plain.as_str()))
    };
    cells.iter().all(known)
}

/// The day and the time of each row that has both.
fn timed<'a>(columns: &'a Columns, rows: &'a [csv::StringRecord]) -> impl Iterator<Item = (&'a str, &'a str)> {
    rows.iter().filter_map(|row| Some((columns.cell(row, "date")?, columns.cell(row, "start")?)))
}

/// Whether a day and what stands beside it, an offset or a time of day, may be one moment.
fn joined(date: &str, clock: &str, day_first: Option<bool>) -> bool {
    let whole = when::with_clock(date, Some(clock));
    matches!(whole, Cow::Owned(_)) && when::in_ordered_text(&whole, day_first).is_some()
}

/// Whether a table holds a call a day: where there are several, the times of each begin anew near zero, and none is later than
/// any call's first word.
fn is_call_a_day(columns: &Columns, rows: &[csv::StringRecord], day_first: Option<bool>) -> bool {
    let mut earliest: HashMap<&str, u64> = HashMap::new();
    for (date, clock) in timed(columns, rows) {
        // By what is something said: "9:05" may be of the morning.
        let near = if clock.matches(':').count() > 1 { 10 * 60_000 } else { 60_000 };
        let offset = when::offset_ms(clock).filter(|at| *at < NO_OFFSET_MS && joined(date, clock, day_first));
        let Some(offset) = offset else { return false };
        let behind = earliest.entry(date).or_insert(u64::MAX);
        *behind = offset.saturating_sub(near - 1).min(*behind);
    }
    earliest.len() > 1 && earliest.values().all(|behind| *behind == 0)
}

/// Whether the times of a table are of the day that stands beside each, and no offsets: half of the day stands behind one, the
/// days differ and no call begins on each, or all are later than any call's first word.
fn is_of_day(columns: &Columns, rows: &[csv::StringRecord], day_first: Option<bool>) -> bool {
    let offsets = || timed(columns, rows).map(|(_, clock)| when::offset_ms(clock));
    let days: HashSet<&str> = timed(columns, rows).map(|(date, _)| date).collect();
    let of_one_call = rows.iter().all(|row| columns.cell(row, "call").is_none());
    !days.is_empty()
        && timed(columns, rows).all(|(date, clock)| joined(date, clock, day_first))
        && (offsets().any(|offset| offset.is_none())
            || (days.len() > 1 && of_one_call && !is_call_a_day(columns, rows, day_first))
            || offsets().flatten().min() >= Some(NO_OFFSET_MS))
}

/// The heading, columns and rows of an input, and what of it could not be read.
fn rows(input: &Input, skipped: &mut Vec<Skipped>) -> (csv::StringRecord, Columns, Vec<csv::StringRecord>) {
    let text = input.text();
    if table::heading(input).is_none_or(|h| !Columns::of(&h, TURNS).has("text")) {
        let mut found = markdown(text);
        let headers = found.next().map(|(_, row)| row).unwrap_or_default();
        let outside = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.trim().starts_with('|'));
        for (n, _) in outside {
            skipped.push(input.skipped(
                Some(n + 1),
                "preamble",
                "a line outside the table was read as part of the heading, not as words",
            ));
        }
        let columns = Columns::of(&headers, TURNS);
        return (headers, columns, found.map(|(_, row)| row).collect());
    }
    let (headers, rows) = table::rows(input, |headers| Columns::of(headers, TURNS).place("text"), skipped);
    let columns = Columns::of(&headers, TURNS);
    (headers, columns, rows)
}

/// The rows of the Markdown tables of a text, each with its line; the first is the heading.
fn markdown(text: &str) -> impl Iterator<Item = (usize, csv::StringRecord)> {
    let lines = text.lines().enumerate().map(|(n, l)| (n + 1, l.trim()));
    let rows = lines.filter(|(_, l)| l.len() > 2 && l.starts_with('|') && l.ends_with('|'));
    rows.filter(|(_, l)| !l.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' '))).map(|(n, l)| {
        let cells = cells_of(&l[1..l.len() - 1]);
        (n, cells.iter().map(|c| c.trim().trim_matches('*')).collect::<csv::StringRecord>())
    })
}

/// The cells of a Markdown table's row; a bar that is said, `\|`, divides none.
fn cells_of(row: &str) -> Vec<Cow<'_, str>> {
    if !row.contains("\\|") {
        return row.split('|').map(Cow::Borrowed).collect();
    }
    let mut cells: Vec<Cow<str>> = Vec::new();
    let mut goes_on = false;
    for piece in row.split('|') {
        let stem = piece.strip_suffix('\\');
        match cells.last_mut().filter(|_| goes_on) {
            Some(last) => {
                let last = last.to_mut();
                last.push('|');
                last.push_str(stem.unwrap_or(piece));
            }
            None => cells.push(stem.unwrap_or(piece).into()),
        }
        goes_on = stem.is_some();
    }
    cells
}

/// How many seconds 1 of the column of starts is: a thousandth where whole numbers would else be slower than people speak.
fn unit(columns: &Columns, rows: &[csv::StringRecord]) -> f64 {
    let starts = || rows.iter().filter_map(|row| columns.cell(row, "start"));
    let numbers: Vec<f64> = starts().filter_map(|c| c.parse().ok()).collect();
    let words = rows.iter().filter_map(|row| columns.cell(row, "text")).map(|t| t.split_whitespace().count()).sum();
    let whole = numbers.len() == starts().count();
    if whole && slower_than_speech(words, numbers.into_iter()) { 0.001 } else { 1.0 }
}
