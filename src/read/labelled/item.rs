//! Items of a list within what somebody says, `Term: too long`, which look like a speaker and his words. One alone tells nothing;
//! how the speakers of the file are written does.

use std::collections::{HashMap, HashSet};

use crate::read::{
    labelled::line::Line,
    speaker::{Habit, is_phone_number},
};

/// The fewest labels of speakers who come back that tell how labels are written.
const FEWEST: usize = 4;

/// How many lines above the first speaker are looked through for who takes part.
const HEADING: usize = 40;

/// The longest of these lines, in bytes, that is a list of people.
const LONGEST_LIST: usize = 1_000;

/// Which names of `habit` head an item of a list and are no speaker's: each stands once, and in a list that the line above
/// announces, or within a paragraph or before words in lower case where no speaker stands so.
pub fn items(lines: &[Line], habit: &Habit) -> HashSet<String> {
    let found: Vec<Option<(&str, &str)>> =
        lines.iter().map(|l| habit.split(l.rest).filter(|_| l.header.is_none())).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (name, _) in found.iter().flatten() {
        *times.entry(name).or_default() += 1;
    }
    let once = |name: &str| times.get(name) == Some(&1);
    let regular: Vec<usize> = (0..lines.len()).filter(|at| found[*at].is_some_and(|(name, _)| !once(name))).collect();
    let mut out = HashSet::new();
    if regular.len() < FEWEST {
        return out;
    }
    let lower = |at: usize| found[at].is_some_and(|(_, words)| words.starts_with(char::is_lowercase));
    let none_lower = !regular.iter().any(|at| lower(*at));
    let all_paragraphs = regular.iter().all(|at| lines[*at].begins_paragraph);
    let timed = regular.iter().any(|at| lines[*at].at.is_some());
    let several_words = |name: &str| name.split_whitespace().nth(1).is_some();
    let all_full = regular.iter().all(|at| found[*at].is_some_and(|(name, _)| several_words(name)));
    // Who is listed above takes part.
    let heading = lines[..regular[0].min(HEADING)].iter().filter(|l| l.rest.len() <= LONGEST_LIST);
    let listed = |name: &str| heading.clone().any(|l| !l.rest.starts_with(name) && l.rest.contains(name));
    // Below "There are two issues:" stand two items at least; one line alone is somebody who breaks in.
    let mut announced: Vec<&str> = Vec::new();
    for at in regular[0] + 1..lines.len() {
        let follows = !announced.is_empty() || lines[at - 1].rest.ends_with([':', '：']);
        let item = found[at].filter(|(name, words)| {
            once(name)
                && can_be_item(name)
                && !(all_full && several_words(name))
                && !(timed && lines[at].at.is_some())
                && !words.is_empty()
                && !is_said(words)
                && !listed(name)
        });
        let Some((name, _)) = item else {
            announced.clear();
            continue;
        };
        if (none_lower && lower(at)) || (all_paragraphs && !lines[at].begins_paragraph) {
            out.insert(name.to_owned());
        }
        if follows {
            announced.push(name);
        }
        // The first of them waits for the second.
        if announced.len() > 1 {
            out.extend(announced[announced.len() - 2..].iter().map(|name| (*name).to_owned()));
        }
    }
    out
}

/// Whether words begin as somebody speaks who says who he is, greets or answers, and no item of a list does.
fn is_said(words: &str) -> bool {
    const FIRST: &[&str] = &[
        "i", "i'm", "i’m", "i've", "i’ve", "i'll", "we", "we're", "we’re", "my", "hi", "hello", "hey", "yes", "yeah",
        "no", "um", "uh", "thanks",
    ];
    let first = words.split_whitespace().next().unwrap_or("").trim_end_matches([',', '.', '!', '?']).to_lowercase();
    FIRST.contains(&first.as_str())
}

/// Whether a name can be that of a thing: one or two words, and no number of a speaker or of a telephone.
fn can_be_item(name: &str) -> bool {
    name.split_whitespace().nth(2).is_none()
        && !name.contains(|c: char| c.is_ascii_digit() || c == '@' || c == '(')
        && !is_phone_number(name)
}
