//! Transcripts as a table, a row a turn: CSV with any dividing mark, Whisper's TSV, and the table of a Markdown page.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    plain_txt::{NO_ZONE, TWO_WAYS},
    table::{self, Columns},
    turns::{LONGEST_CALL_MS, NO_OFFSET_MS, from_time_of_day, one_line, slower_than_speech},
    when,
};
use crate::{
    conversation::{Channel, Participant, Timestamp, Turn},
    team::names::role_side,
};

/// A transcript, a row a turn.
pub struct TranscriptCsv;

/// Columns of a transcript's table.
const TURNS: &[(&str, &[&str])] = &[
    (
        "speaker",
        &[
            "speaker",
            "speakername",
            "speakerlabel",
            "speakerid",
            "participant",
            "participantname",
            "name",
            "who",
            "sprecher",
            "locuteur",
            "intervenant",
            "hablante",
            "orador",
            "spreker",
        ],
    ),
    (
        "text",
        &[
            "text",
            "transcript",
            "transcription",
            "utterance",
            "sentence",
            "content",
            "message",
            "words",
            "body",
            "texte",
            "texto",
            "testo",
            "tekst",
        ],
    ),
    (
        "start",
        &[
            "start",
            "starttime",
            "starttimes",
            "starttimesec",
            "starttimeseconds",
            "startseconds",
            "timestamp",
            "timecode",
            "time",
            "begin",
            "begintime",
            "startsec",
            "starts",
            "from",
            "startzeit",
            "zeit",
            "zeitstempel",
            "uhrzeit",
            "horodatage",
            "heure",
            "hora",
            "début",
            "inicio",
            "início",
            // Where the table names its calls, see `is_timed`.
            "date",
        ],
    ),
    (
        "end",
        &[
            "end",
            "endtime",
            "endtimes",
            "endtimesec",
            "endtimeseconds",
            "endseconds",
            "endsec",
            "ends",
            "to",
            "endzeit",
            "ende",
            "fin",
            "fim",
        ],
    ),
    ("call", &["callid", "conversationid", "meetingid", "recordingid", "conversation", "call"]),
    ("start_ms", &["startms", "starttimems", "startmillis", "beginoffsetmillis", "startoffsetms"]),
    ("end_ms", &["endms", "endtimems", "endmillis", "endoffsetmillis", "endoffsetms"]),
    ("role", &["role", "speakerrole", "participantrole", "speakertype", "side", "affiliation", "speakeraffiliation"]),
    ("email", &["speakeremail", "participantemail", "email"]),
    ("kind", &["type"]),
    ("title", &["calltitle", "meetingtitle", "title", "callname", "meetingname"]),
    (
        "date",
        &[
            "calldate",
            "meetingdate",
            "calldatetime",
            "meetingdatetime",
            "recordedat",
            "started",
            "startedat",
            "callstarted",
            "callstartedat",
            "callstart",
            "meetingstart",
            "recordingdate",
            // Beside a time of its own.
            "date",
            "datum",
            "fecha",
        ],
    ),
];

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
        let unit = unit(&columns, &rows);
        let order = |name: &str| when::day_first(rows.iter().filter_map(|row| columns.cell(row, name)));
        let (day_first, start_day_first) = (order("date"), order("start"));
        let (mut two_ways, mut no_zone) = (false, false);
        let mut calls: Vec<Call> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        // Who has a side, call by call.
        let mut sided: HashSet<(usize, String)> = HashSet::new();
        let of_day = is_of_day(&columns, &rows, day_first);
        let each_dated = || rows.iter().all(|row| columns.cell(row, "date").is_some());
        let call_a_day = !of_day && is_call_a_day(&columns, &rows, day_first) && each_dated();
        let time = |row: &csv::StringRecord, seconds: &str, ms: &str| {
            if of_day {
                return None;
            }
            let number = |name: &str| columns.cell(row, name).and_then(|c| c.parse::<f64>().ok());
            let in_unit = || number(seconds).filter(|_| unit != 1.0).and_then(|n| when::seconds_ms(n * unit));
            number(ms)
                .and_then(|ms| when::seconds_ms(ms / 1000.0))
                .or_else(in_unit)
                .or_else(|| columns.cell(row, seconds).and_then(when::timecode_ms))
        };
        let moment = |row: &csv::StringRecord, name: &str| {
            let cell = columns.cell(row, name)?;
            if of_day {
                return when::in_ordered_text(&when::with_clock(columns.cell(row, "date")?, Some(cell)), day_first);
            }
            when::in_ordered_text(cell, start_day_first)
        };
        let is_local = |row: &csv::StringRecord| {
            let cell = columns.cell(row, "start");
            let clocked = || columns.cell(row, "date").map(|date| when::with_clock(date, cell));
            if of_day { clocked().is_some_and(|at| when::is_local(&at)) } else { cell.is_some_and(when::is_local) }
        };
        let start_is_local = rows.iter().any(is_local);
        // Moments count from the earliest of their call: a table by channel or with the latest first begins with another.
        let mut earliest: HashMap<&str, Timestamp> = HashMap::new();
        for row in rows.iter().filter(|row| time(row, "start", "start_ms").is_none()) {
            let said = columns.cell(row, "text").is_some_and(|t| !t.trim().is_empty());
            let at = || moment(row, "start").or_else(|| moment(row, "end"));
            if let Some(at) = said.then(at).flatten() {
                let first = earliest.entry(columns.cell(row, "call").unwrap_or("")).or_insert(at);
                *first = at.min(*first);
            }
        }
        // Dialpad lists beside what was said ("transcript") the moments that it noticed.
        let is_kind = |row: &csv::StringRecord, of: &str| {
            columns.cell(row, "kind").is_some_and(|kind| kind.eq_ignore_ascii_case(of))
        };
        let of_dialpad = rows.iter().any(|row| is_kind(row, "transcript"));
        for row in rows.iter().filter(|row| !(of_dialpad && is_kind(row, "moment"))) {
            let Some(text) = columns.cell(row, "text").map(one_line).filter(|t| !t.is_empty()) else { continue };
            let day = || columns.cell(row, "date").filter(|_| call_a_day);
            let call = columns.cell(row, "call").or_else(day).unwrap_or("");
            let place = places.get(call).copied().unwrap_or_else(|| {
                places.insert(call.to_owned(), calls.len());
                let date = columns.cell(row, "date");
                let began = date.and_then(|date| when::in_ordered_text(date, day_first));
                two_ways |= began.is_none() && date.is_some_and(when::reads_two_ways);
                no_zone |= date.is_some_and(|date| when::unknown_zone(date).is_some());
                calls.push(Call {
                    id: began.filter(|_| day() == Some(call)).map_or_else(|| call.to_owned(), day_of),
                    title: columns.cell(row, "title").map(one_line).unwrap_or_default(),
                    began,
                    ahead_ms: date.map_or(0, when::ahead_of_utc),
                    local: date.is_some_and(when::is_local),
                    first: earliest.get(call).copied(),
                    ..Call::default()
                });
                calls.len() - 1
            });
            let Call { people, turns, first, .. } = &mut calls[place];
            let mut since = |name: &str| {
                let at = moment(row, name);
                two_ways |= at.is_none() && columns.cell(row, name).is_some_and(when::reads_two_ways);
                u64::try_from(at?.duration_since((*first)?).as_millis()).ok()
            };
            let start = time(row, "start", "start_ms").or_else(|| since("start"));
            let turn = Turn {
                speaker: one_line(columns.cell(row, "speaker").or_else(|| columns.cell(row, "role")).unwrap_or("")),
                start_ms: start,
                end_ms: time(row, "end", "end_ms").or_else(|| since("end")).filter(|e| Some(*e) >= start),
                text,
                ..Turn::default()
            };
            let side = columns.cell(row, "role").and_then(|role| role_side(&role.to_lowercase()));
            let email = columns.cell(row, "email").filter(|e| e.contains('@'));
            if (side.is_some() || email.is_some())
                && !turn.speaker.is_empty()
                && sided.insert((place, turn.speaker.clone()))
            {
                people.push(Participant {
                    name: turn.speaker.clone(),
                    email: email.map(str::to_lowercase),
                    side: side.unwrap_or_default(),
                    side_confidence: if side.is_some() { 95 } else { 0 },
                    side_because: side.map(|_| "the table states their role".into()).unwrap_or_default(),
                    ..Participant::default()
                });
            }
            turns.push(turn);
        }
        // A call has its date once, and nobody says a message.
        let of_messages =
            columns.place("text").and_then(|at| headers.get(at)).is_some_and(|h| table::plain(h) == "message");
        let several = calls.len() > 1;
        for Call { id, title, began, ahead_ms, local, first, people, mut turns } in calls {
            let mut c = input.conversation(self, Channel::Call, None);
            if several {
                c.id.0 = format!("{}#{id}", input.path);
            }
            if first.is_some() && turns.iter().all(|turn| turn.start_ms.is_some()) {
                turns.sort_by_key(|turn| turn.start_ms);
            }
            c.started_at = first.or(began).or(c.started_at);
            c.local_time = if first.is_some() { start_is_local } else { began.is_some() && local };
            from_time_of_day(&mut turns, c.started_at.map(|at| at.as_millisecond() + ahead_ms));
            (c.title, c.participants, c.turns) = (title, people, turns);
            let lasts = c.turns.iter().filter_map(|t| t.start_ms).max() > Some(LONGEST_CALL_MS);
            if first.is_some() && (lasts || (of_day && of_messages)) && c.turns.iter().all(|t| t.end_ms.is_none()) {
                c.channel = Channel::Chat;
                out.conversations.extend(by_day(c));
            } else {
                out.conversations.push(c);
            }
        }
        if two_ways {
            out.skipped.push(input.skipped(None, "bad_date", TWO_WAYS));
        }
        if no_zone {
            out.skipped.push(input.skipped(None, "unknown_zone", NO_ZONE));
        }
        if out.conversations.is_empty() && out.skipped.is_empty() {
            return Err(input.skipped(None, "no_words", "the table has no row with words"));
        }
        Ok(out)
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
