//! The heads and feet of pages in text that was taken from a PDF: "Page 2 of 7", and what stands beside it on every page. Nobody
//! says it.

use std::collections::{HashMap, HashSet};

use crate::read::speaker::looks_like_name;

/// What a page is called before its number, in lower case.
#[rustfmt::skip]
const PAGE: &[&str] = &[
    "page", "seite", "página", "pagina", "pág.", "pag.", "p.", "strona", "sida", "side", "strana", "стр.", "страница", "ページ",
    "pg.", "s.",
];

/// The longest line, in bytes, that is looked at.
const LONGEST: usize = 160;

/// The most lines beside a page's number that come back on every page.
const MOST_BESIDE: usize = 4;

/// The lines of `text`, from 0, that stand at the head or the foot of its pages; none where no pages are numbered.
pub fn of(text: &str) -> HashSet<usize> {
    let mut out = HashSet::new();
    let mut numbered: HashMap<String, Vec<(usize, u32)>> = HashMap::new();
    for (place, line) in text.lines().enumerate() {
        if let Some((number, around)) = page(line) {
            numbered.entry(around).or_default().push((place, number));
        }
    }
    if numbered.is_empty() {
        return out;
    }
    let lines: Vec<&str> = text.lines().map(|l| l.trim_matches(is_space)).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    lines.iter().for_each(|line| *times.entry(line).or_default() += 1);
    for places in numbered.into_values() {
        // Each page has the number behind the one before.
        if places.len() < 2 || !places.windows(2).all(|pair| pair[1].1 == pair[0].1 + 1) {
            continue;
        }
        out.extend(places.iter().map(|(place, _)| *place));
        for beside in [next_filled, last_filled] {
            let mut at: Vec<usize> = places.iter().map(|(place, _)| *place).collect();
            for _ in 0..MOST_BESIDE {
                // At the beginning or the end of the file a page may have less.
                let found: Vec<usize> = at.iter().filter_map(|place| beside(&lines, *place)).collect();
                let same = found.len() >= 2
                    && found.len() + 1 >= places.len()
                    && found.iter().all(|place| lines[*place] == lines[found[0]])
                    // Who speaks first on both of two pages stands there too.
                    && (found.len() > 2 || !looks_like_name(lines[found[0]]))
                    && times.get(lines[found[0]]) == Some(&found.len());
                if !same {
                    break;
                }
                out.extend(&found);
                at = found;
            }
        }
    }
    out
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn next_filled(lines: &[&str], place: usize) -> Option<usize> {
    (place + 1..lines.len()).take(3).find(|at| !lines[*at].is_empty())
}

fn last_filled(lines: &[&str], place: usize) -> Option<usize> {
    (place.saturating_sub(3)..place).rev().find(|at| !lines[*at].is_empty())
}

/// The number of the page that a line states at its beginning or its end, and the line around it: "Page 2 of 7", "Acme demo -
/// 2/7", "Seite 2".
fn page(line: &str) -> Option<(u32, String)> {
    let line = line.trim_matches(is_space);
    if line.len() > LONGEST || line.ends_with(['.', '?', '!', ',']) || !line.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    // "Ann: go to page 2" is said.
    if words.iter().take(2).any(|word| word.strip_suffix(':').is_some_and(|label| !PAGE.contains(&label))) {
        return None;
    }
    let number = |word: &str| {
        let word = word.trim_matches(['(', ')', '[', ']', '|', '-', '–']);
        (word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit())).then(|| word.parse().ok())?
    };
    let around = |from: usize, to: usize| format!("{} # {}", words[..from].join(" "), words[to..].join(" "));
    let behind = |at: usize| match words.get(at + 1..at + 3) {
        Some([of, all]) if matches!(*of, "of" | "von" | "/" | "de" | "sur" | "di" | "van" | "z" | "av") => number(all),
        _ => None,
    };
    for at in 0..words.len() {
        let (first, last) = (at <= 1, |used: usize| at + used == words.len());
        let named = at > 0 && PAGE.contains(&words[at - 1]);
        if let Some(n) = number(words[at]) {
            let of = behind(at);
            let used = if of.is_some() { 3 } else { 1 };
            if named && (first || last(used)) {
                return Some((n, around(at, at + 1)));
            }
        }
        // "2/7"
        let Some((n, all)) = words[at].split_once('/').and_then(|(n, all)| Some((number(n)?, number(all)?))) else {
            continue;
        };
        if n >= 1 && n <= all && (named || words.len() == 1) && (first || last(1)) {
            return Some((n, format!("{} {all}", around(at, at + 1))));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_numbered_one_behind_the_other() {
        for (text, places) in [
            ("Demo  Page 1 of 3\nAnn: hi\nDemo  Page 2 of 3\nBob: yes\nDemo  Page 3 of 3", &[0, 2, 4][..]),
            ("Ann: hi\n\n1/3\nAcme\nBob: yes\n2/3\nAcme\nAnn: no\n3/3\nAcme", &[2, 3, 5, 6, 8, 9]),
            ("Ann: hi\nSeite 1\nBob: yes\nSeite 2", &[1, 3]),
            ("Ann: see page 2 of 3\nBob: yes\nAnn: see page 2 of 3", &[]),
            ("Ann: hi\nPage 4\nBob: yes\nPage 2", &[]),
            ("Ann: 1\nBob: 2\nAnn: 3", &[]),
        ] {
            let mut found: Vec<usize> = of(text).into_iter().collect();
            found.sort_unstable();
            assert_eq!(found, places, "{text}");
        }
    }
}
