//! The days of a table of deals, as CRMs and spreadsheets write them.

use jiff::{civil::Date, tz::TimeZone};

use crate::{calendar::month, read::when};

/// What a table tells of the order of its dates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    /// Nothing: none of them reads in one way only.
    Untold,
    /// Whether the day stands before the month.
    DayFirst(bool),
    /// One of them reads only with the day first, another only with the month first.
    Contradicted,
}

/// The day of a cell of a table whose dates have that order.
///
/// # Errors
/// What to do about a cell that is no day, or several.
pub(super) fn day(cell: &str, order: Order) -> Result<Date, &'static str> {
    let day_first = if let Order::DayFirst(day_first) = order { Some(day_first) } else { None };
    let reads_two_ways = || when::day(cell, Some(true)).is_some() && when::day(cell, Some(false)).is_some();
    when::day(cell, day_first).or_else(|| short(cell)).or_else(|| moment(cell)).ok_or_else(|| {
        if is_day_number(cell) {
            "is the number of a day, as a spreadsheet counts them; give the column the form of a date there and save it again"
        } else if order == Order::Contradicted && reads_two_ways() {
            "reads with the day first and with the month first, and the table has dates of either kind; write all as 2026-05-31"
        } else {
            "is no date that reads one way only; write it as 2026-05-31"
        }
    })
}

/// "30-Apr-26": the form that spreadsheets give a date in English.
fn short(cell: &str) -> Option<Date> {
    let mut parts = cell.trim().split(['-', ' ', '/']);
    let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let formed =
        parts.next().is_none() && (1..=2).contains(&day.len()) && year.len() == 2 && digits(day) && digits(year);
    let year = formed.then(|| year.parse::<i16>().ok()).flatten()?;
    Date::new(2000 + year, i8::try_from(month(name)?).ok()?, day.parse().ok()?).ok()
}

/// The day of a moment that HubSpot wrote in milliseconds since 1970, or another in seconds, by UTC.
fn moment(cell: &str) -> Option<Date> {
    let cell = cell.trim();
    let formed = matches!(cell.len(), 10 | 13) && cell.bytes().all(|b| b.is_ascii_digit());
    let at = formed.then(|| cell.parse().ok().and_then(when::unix)).flatten()?;
    Some(at.to_zoned(TimeZone::UTC).date())
}

/// Whether a cell is a number of days since 1900 that a day of about now has. Which one it is a cell does not say: some
/// spreadsheets count from 1904.
fn is_day_number(cell: &str) -> bool {
    cell.trim().parse::<f64>().is_ok_and(|days| (36_526.0..73_051.0).contains(&days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_crms_and_spreadsheets_write_them() {
        for (cell, expected) in [
            ("1777507200000", Some("2026-04-30")),
            ("1777507200", Some("2026-04-30")),
            ("30-Apr-26", Some("2026-04-30")),
            ("1 mai 26", Some("2026-05-01")),
            ("2026-04-30T00:00:00.000+0000", Some("2026-04-30")),
            ("20260430", Some("2026-04-30")),
            ("31-Apr-26", None),
            ("Q2 2026", None),
            ("46142", None),
        ] {
            assert_eq!(day(cell, Order::Untold).ok().map(|day| day.to_string()).as_deref(), expected, "{cell}");
        }
        assert!(day("46142", Order::Untold).is_err_and(|why| why.contains("spreadsheet")));
    }
}
