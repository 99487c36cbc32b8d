//! A transcript on one line, as Granola copies it: "Me: What do you pay?  Them: Forty nine.  Me: I see."

use std::{borrow::Cow, collections::BTreeMap};

/// The two labels of such a text.
const LABELS: [&str; 2] = ["Me: ", "Them: "];

/// `text` with a line for each turn of a line that begins with one of the two labels and has both in turns.
pub fn apart(text: &str) -> Cow<'_, str> {
    // Nearly every text has none, and to know that costs less than to cut it into lines.
    if !text.contains(LABELS[1]) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let turns = turns(line);
        // Words may have one of them by chance.
        if turns.len() < 3 {
            out.push_str(line);
            continue;
        }
        let (last, before) = turns.split_last().expect("there are three at least");
        for turn in before {
            out.push_str(turn.trim_end());
            out.push('\n');
        }
        out.push_str(last);
    }
    out.into()
}

/// The turns of a line, cut before each label that is not that of the turn which it ends, and stands behind the end of a sentence or
/// several blanks; none where the line begins with neither.
fn turns(line: &str) -> Vec<&str> {
    let Some(mut now) = LABELS.iter().position(|label| line.trim_start().starts_with(label)) else { return vec![] };
    let (mut turns, mut from) = (Vec::new(), 0);
    let both = LABELS.iter().flat_map(|label| line.match_indices(label));
    for (at, label) in both.collect::<BTreeMap<_, _>>() {
        let before = &line[from..at];
        let said = before.trim_end();
        let ends = said.ends_with(['.', '?', '!', '…', '"', '”', '\'']) && said.len() < before.len();
        if label == LABELS[now] || !(ends || before.len() - said.len() >= 2) || said.is_empty() {
            continue;
        }
        turns.push(before);
        (from, now) = (at, 1 - now);
    }
    turns.push(&line[from..]);
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_the_other_speaks() {
        for (text, expected) in [
            ("Me: a.  Them: b  Me: c", "Me: a.\nThem: b\nMe: c"),
            ("Them: a? Me: b. Them: c\nand d\n", "Them: a?\nMe: b.\nThem: c\nand d\n"),
            // Within a sentence, once by chance, and of one's own turn.
            ("Me: we and Them: a. Them: b. Me: c", "Me: we and Them: a.\nThem: b.\nMe: c"),
            ("Me: a. Them: b", "Me: a. Them: b"),
            ("Me: a. Me: b. Them: c. Me: d", "Me: a. Me: b.\nThem: c.\nMe: d"),
            ("Ann: Me: a. Them: b. Me: c", "Ann: Me: a. Them: b. Me: c"),
        ] {
            assert_eq!(apart(text), expected, "{text}");
        }
    }
}
