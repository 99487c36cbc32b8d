//! The English names of months and week days: in dates of file names, and among the words that name nobody.

/// The months, from January, in lower case.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The days of the week, from Monday, in lower case.
pub const WEEK_DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The month, 1 to 12, whose name, first three letters, or "sept" `name` is, in any case.
pub fn month(name: &str) -> Option<i16> {
    let name = name.to_lowercase();
    if name.len() < 3 {
        return None;
    }
    MONTHS
        .iter()
        .position(|m| *m == name || (m.starts_with(&name) && (name.len() == 3 || name == "sept")))
        .map(|m| m as i16 + 1)
}

/// Whether `word`, in lower case, is the name of a month or a week day.
pub fn is_name(word: &str) -> bool {
    MONTHS.contains(&word) || WEEK_DAYS.contains(&word)
}
