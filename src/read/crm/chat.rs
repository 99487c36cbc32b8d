//! A chat as Salesforce keeps it in one cell of a row: markup with "( 1m 5s ) Dana W: …" a line, below what the program says of
//! the chat.

use crate::read::table;

/// The lines of the chat as a labelled text, each with the time since its beginning; none where the cell holds no such chat.
pub fn labelled(cell: &str) -> Option<String> {
    // Nearly every cell holds none.
    if !cell.contains("s )") || !table::is_html(cell) {
        return None;
    }
    let seen = table::seen(cell);
    let mut lines: Vec<String> = Vec::new();
    for line in seen.lines() {
        match timed(line) {
            Some((seconds, rest)) => {
                let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
                lines.push(format!("[{hours:02}:{minutes:02}:{:02}] {rest}", seconds % 60));
            }
            // What stands above the first message the program says.
            None if !lines.is_empty() => lines.push(line.to_owned()),
            None => {}
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The time at the head of "( 1m 5s ) Dana W: …" in seconds, and what stands behind it.
fn timed(line: &str) -> Option<(u64, &str)> {
    let (time, rest) = line.trim_start().strip_prefix("( ")?.split_once(" )")?;
    let mut seconds = 0u64;
    for part in time.split(' ') {
        let (number, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let unit = match unit {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
    }
    Some((seconds, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_a_chat() {
        assert_eq!(timed("( 4s ) Dana W: Hi"), Some((4, "Dana W: Hi")));
        assert_eq!(timed("( 1h 2m 3s ) Ann: Hi"), Some((3723, "Ann: Hi")));
        for text in ["( é ) Ann: Hi", "(4s) Ann: Hi", "(  ) Ann", "( 99999999999999999999s ) Ann", "( 4s Ann"] {
            assert_eq!(timed(text), None, "{text}");
        }
        assert_eq!(labelled("Ann: ( 4s ) Hi"), None);
    }
}
