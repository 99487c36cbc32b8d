//! Times as programs print them that know seconds alone: "[0.00s -> 4.00s]", "0.0 - 4.0".

use crate::read::when::timecode_ms;

/// "0.00s -> 4.00s", "0.0 - 4.0" or "5.2s" at the head of `text`, as programs print seconds: their milliseconds, and what follows.
/// Where it is not `sure` that a program wrote them, they say themselves that they are seconds: "(4.5 - 5.0)" are numbers.
pub fn at_head(text: &str, sure: bool) -> Option<(u64, Option<u64>, &str)> {
    /// Milliseconds, whether it says that these are seconds, and what follows.
    fn seconds(text: &str) -> Option<(u64, bool, &str)> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (whole, fraction) = text[..end].split_once('.').filter(|(_, fraction)| !fraction.contains('.'))?;
        let ms = timecode_ms(&text[..end]).filter(|_| !whole.is_empty() && !fraction.is_empty())?;
        let rest = &text[end..];
        Some(rest.strip_prefix('s').map_or((ms, false, rest), |rest| (ms, true, rest)))
    }
    let (from, named, rest) = seconds(text)?;
    let dash = rest.trim_start();
    let behind = dash.trim_start_matches(['-', '>', '–', '—', '→']);
    if behind.len() == dash.len() {
        return named.then_some((from, None, rest));
    }
    let (to, both, rest) = seconds(behind.trim_start())?;
    let told = sure || (named && both) || dash[..dash.len() - behind.len()].contains(['>', '→']);
    (told && to >= from && !rest.starts_with(char::is_alphanumeric)).then_some((from, Some(to), rest))
}

#[cfg(test)]
mod tests {
    use super::at_head;

    #[test]
    fn seconds_have_a_point_and_rise() {
        for (text, found) in [
            ("0.00s -> 4.00s] a", Some((0, Some(4_000), "] a"))),
            ("4.0 – 8.5 [A]", Some((4_000, Some(8_500), " [A]"))),
            ("5.2s] a", Some((5_200, None, "] a"))),
            ("5.2] a", None),
            ("8.0 - 4.0", None),
            ("4 - 8", None),
            ("12.03.2026 - 4.0", None),
            ("4.0 - 5.0x", None),
        ] {
            assert_eq!(at_head(text, true), found, "{text}");
        }
        for (text, is) in [("4.5 - 5.0) percent", false), ("4.5s - 5.0s)", true), ("4.5 -> 5.0)", true)] {
            assert_eq!(at_head(text, false).is_some(), is, "{text}");
        }
    }
}
