//! When the activity of a row of a CRM's table took place.

use crate::{
    conversation::Timestamp,
    read::{
        table::Columns,
        when::{self, is_clock},
    },
};

/// The columns in which the time of day may stand beside a date.
const CLOCKS: &[&str] = &["clock", "when", "start"];

/// The columns of dates, the most telling first.
const DATES: &[&str] = &["start", "when", "due", "created"];

/// What a table as a whole says of its dates.
pub struct Dates {
    /// Whether the day stands first.
    day_first: Option<bool>,
    /// The one column that holds nothing but dates, where none of a known name has any.
    unnamed: Option<usize>,
}

impl Dates {
    pub fn of(headers: &csv::StringRecord, columns: &Columns, rows: &[csv::StringRecord]) -> Dates {
        let named = rows.iter().flat_map(|row| DATES.iter().flat_map(|name| columns.each(row, name)));
        let day_first = when::day_first(named);
        let mut out = Dates { day_first, unnamed: None };
        if rows.iter().all(|row| out.cell(columns, row).is_none()) {
            out.unnamed = unnamed(headers, columns, rows);
            let cells = rows.iter().filter_map(|row| row.get(out.unnamed?));
            out.day_first = when::day_first(cells);
        }
        out
    }

    /// When the row's activity took place, and whether that is by a clock whose zone is not told. To a day alone come the time of
    /// day that stands beside it, or the moment of that day at which somebody wrote it down: without one the mails of a
    /// day would have no order.
    pub fn moment(&self, columns: &Columns, row: &csv::StringRecord) -> Option<(Timestamp, bool)> {
        const DAY_MS: i64 = 86_400_000;
        let cell = self.cell(columns, row)?;
        let read = |text: &str| Some((moment(text, self.day_first)?, when::is_local(text)));
        let (at, local) = read(cell)?;
        let days = |at: Timestamp| at.as_millisecond().div_euclid(DAY_MS);
        let exact = (at.as_millisecond().rem_euclid(DAY_MS) == 0).then(|| {
            let clock = CLOCKS.iter().find_map(|name| columns.each(row, name).find(|cell| is_clock(cell)));
            let clocked = clock.and_then(|clock| read(&when::with_clock(cell, Some(clock))));
            clocked.or_else(|| columns.cell(row, "created").and_then(read))
        });
        exact.flatten().filter(|(exact, _)| days(*exact) == days(at)).or(Some((at, local)))
    }

    /// Whether the row has a date that reads in no way, or in two.
    pub fn is_unread(&self, columns: &Columns, row: &csv::StringRecord) -> bool {
        self.cell(columns, row).is_some() && self.moment(columns, row).is_none()
    }

    /// The name of the column that tells it of the first of `rows` that has a date; none where the table has no date at all.
    pub fn heading<'h>(
        &self,
        headers: &'h csv::StringRecord,
        columns: &Columns,
        rows: &[csv::StringRecord],
    ) -> Option<&'h str> {
        rows.iter().find_map(|row| {
            let cell = self.cell(columns, row)?;
            let is_date = |at: &usize| {
                let named = DATES.iter().any(|name| columns.is_called(*at, name)) || self.unnamed == Some(*at);
                named && row.get(*at).is_some_and(|other| other.trim() == cell)
            };
            headers.get((0..row.len()).find(is_date)?)
        })
    }

    /// Whether the row has nothing in any column of dates.
    pub fn is_empty(&self, columns: &Columns, row: &csv::StringRecord) -> bool {
        self.cell(columns, row).is_none()
    }

    /// The cell that tells it. A time of day beside a date tells none, and so does an offset.
    fn cell<'r>(&self, columns: &Columns, row: &'r csv::StringRecord) -> Option<&'r str> {
        let day = |cell: &&str| !is_clock(cell);
        // What a column may mean otherwise is believed where it reads as a moment.
        let started = columns.each(row, "start").find(|cell| moment(cell, Some(true)).is_some());
        let named = started.or_else(|| DATES[1..].iter().find_map(|name| columns.each(row, name).find(day)));
        named.or_else(|| row.get(self.unnamed?).map(str::trim).filter(|cell| !cell.is_empty()))
    }
}

/// The one column of an unknown name in which every cell that holds anything is a date, where its heading says that something
/// took place then: the end of a contract or a birthday is a date, too, and would date the deal years ahead.
fn unnamed(headers: &csv::StringRecord, columns: &Columns, rows: &[csv::StringRecord]) -> Option<usize> {
    let width = rows.iter().map(csv::StringRecord::len).max()?;
    let is_dates = |at: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(at)).map(str::trim).filter(|c| !c.is_empty()).peekable();
        // A number is one of many things.
        cells.peek().is_some()
            && cells
                .all(|cell| cell.contains(['-', '/', '.', ' ']) && when::in_ordered_text(cell, Some(true)).is_some())
    };
    let free = |at: &usize| !columns.is_taken(*at) || columns.is_called(*at, "clock");
    let mut found = (0..width).filter(|at| free(at) && is_dates(*at));
    let only = found.next().filter(|_| found.next().is_none());
    only.filter(|at| headers.get(*at).is_some_and(tells_when_it_was))
}

/// Whether a heading speaks of when something took place, and of nothing that is still to come.
fn tells_when_it_was(heading: &str) -> bool {
    const MOMENTS: &[&str] = &[
        "date",
        "datum",
        "fecha",
        "data",
        "dato",
        "time",
        "zeit",
        "heure",
        "hora",
        "ora",
        "tid",
        "day",
        "tag",
        "jour",
        "dia",
        "moment",
        "when",
        "wann",
        "sent",
        "held",
        "logged",
        "happened",
        "occurred",
        "completed",
        "received",
    ];
    const OTHERS: &[&str] = &[
        "end", "renew", "clos", "due", "birth", "expir", "next", "until", "contract", "term", "start", "go", "live",
        "deadline", "target", "expected", "planned", "valid", "updated", "modified", "founded", "ende", "vertrag",
        "geburt", "fällig",
    ];
    let words: Vec<String> =
        heading.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let any = |of: &[&str], fits: fn(&str, &str) -> bool| words.iter().any(|w| of.iter().any(|o| fits(w, o)));
    any(MOMENTS, |word, moment| word.ends_with(moment))
        && !any(OTHERS, |word, other| if other.len() < 4 { word == other } else { word.starts_with(other) })
}

/// The moment of a cell.
fn moment(cell: &str, day_first: Option<bool>) -> Option<Timestamp> {
    when::in_ordered_text(cell, day_first).or_else(|| cell.parse().ok().and_then(when::unix))
}
