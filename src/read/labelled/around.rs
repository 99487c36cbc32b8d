//! What stands around the words of a transcript in the same text: a block of fields above them ("Call ID:", "Outcome:"), notes and
//! the service's own lines below. Nobody says it, whatever labels it has.

use std::collections::{HashMap, HashSet};

use crate::read::{
    labelled::{
        line::Line,
        notes::{heads_notes, is_item, is_note, is_whole_name},
        remark::is_footer,
    },
    preamble::{ORGANISERS, is_field},
    speaker::{Habit, looks_like_name},
};

/// Within how many lines a heading has its fields.
const HEADING: usize = 60;

/// The most words of a field that no list knows.
const MOST_WORDS: usize = 12;

/// Where the block of fields above a transcript ends: how many of `lines` stand in it or above it; 0 where there is none.
///
/// Fields that are known, in a paragraph above the first speaker, make fields of the labels beside them that stand once or whose
/// paragraph holds nothing else, and have no sentence behind them: of those above only where a known one begins the paragraph or
/// they have a few words each, and of those below only where two known ones stand above each.
pub fn fields(lines: &[Line], habit: &Habit) -> usize {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (name, _) in lines.iter().filter_map(label) {
        *times.entry(name).or_default() += 1;
    }
    let once = |line: &Line| label(line).is_some_and(|(name, _)| times.get(name) == Some(&1));
    let speaks = |line: &Line| line.header.is_some() || habit.split(line.rest).is_some();
    let organiser = |line: &Line| label(line).is_some_and(|(l, _)| ORGANISERS.contains(&l.to_lowercase().as_str()));
    let is_known = |l: &&Line| once(l) && is_field(l.rest) && !organiser(l);
    let (mut end, mut from) = (0, 0);
    for paragraph in lines[..lines.len().min(HEADING)].chunk_by(|_, below| !below.begins_paragraph) {
        let Some(known) = paragraph.iter().rposition(|l| is_known(&l)) else {
            if paragraph.iter().any(speaks) {
                break;
            }
            from += paragraph.len();
            continue;
        };
        let (above, below) = paragraph.split_at(known + 1);
        let values = |part: &[Line]| part.iter().filter(|l| speaks(l)).all(has_value);
        let all_once = |part: &[Line]| part.iter().filter(|l| speaks(l)).all(once);
        let strange = below.iter().filter(|l| speaks(l)).count();
        let whole = values(below) && all_once(below) && strange * 2 <= above.iter().filter(is_known).count();
        // "Customer: Acme" above "Date:" is a field also where a customer speaks further down.
        let begun = above.iter().find(|l| label(l).is_some()).is_some_and(|l| is_known(&l));
        let few = || above.iter().filter(|l| label(l).is_some()).all(|l| has_few_words(l));
        if !values(above) || !(whole || all_once(above)) || !(begun || few()) {
            break;
        }
        end = from + if whole { paragraph.len() } else { known + 1 };
        if !whole {
            break;
        }
        from += paragraph.len();
    }
    let mut seen = HashSet::new();
    let mut below = lines[end..].iter().filter_map(|l| l.header.or_else(|| Some(habit.split(l.rest)?.0)));
    if below.any(|name| !seen.insert(name)) { end } else { 0 }
}

/// Where the words of a transcript end: below its last speaker, at the heading of notes. `named` are the places of the lines that
/// name a speaker, and whom.
pub fn end(lines: &[Line], named: &[(usize, &str)]) -> usize {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (_, name) in named {
        *times.entry(name).or_default() += 1;
    }
    // Below a talk without a list, a list with its people's names has their tasks.
    let listed = |at: usize| is_item(lines[at].whole);
    let all_listed = named.iter().all(|(at, _)| listed(*at));
    let speaks = |(at, name): &&(usize, &str)| times[name] > 1 && (all_listed || !listed(*at));
    // Of a talk so short that nobody speaks twice the second to speak is the last who can be told from somebody named in notes.
    let talks = named.iter().rfind(speaks);
    let second = || named.iter().filter(|(at, _)| !listed(*at)).nth(1);
    let Some((last, _)) = talks.or_else(second) else { return lines.len() };
    // Where each line names who speaks, one that names nobody is no further word of the last.
    let labels: HashSet<usize> = named.iter().map(|(at, _)| *at).collect();
    let lone = |at: usize| labels.contains(&at) && lines[at].header.is_none();
    let all_lone = (named[0].0..=*last).all(|at| lone(at) || lines[at].rest.is_empty());
    let ends = |at: &usize| {
        let line = &lines[*at];
        let text = line.header.unwrap_or(line.whole);
        let marked = text.starts_with('#') || (text.starts_with('*') && text.ends_with('*'));
        let over_notes = heads_notes(text, marked);
        let noted = || label(line).is_some_and(|(label, _)| is_note(label));
        // Right below a heading that somebody read out, who speaks but once may speak a whole sentence.
        let said = || {
            named.binary_search_by_key(&(at + 1), |(place, _)| *place).is_ok_and(|found| {
                let (place, name) = named[found];
                let counted = name.ends_with(|c: char| c.is_ascii_digit());
                times[name] == 1 && (counted || is_whole_name(name)) && !listed(place) && !has_value(&lines[place])
            })
        };
        line.at.is_none()
            && line.begins_paragraph
            && (over_notes || (talks.is_some() && all_lone && noted()))
            && !said()
    };
    (last + 1..lines.len()).find(ends).unwrap_or(lines.len())
}

/// Where a service says that a transcript ends, "Transcription ended after 00:06:01", and below it nobody speaks who speaks
/// above, but in a list. Where such a line stands above the words it ends nothing.
pub fn footer(lines: &[Line]) -> Option<usize> {
    /// A text holds hardly more transcripts than this.
    const MOST: usize = 8;
    let places: Vec<usize> = (0..lines.len()).filter(|at| is_footer(lines[*at].whole)).take(MOST).collect();
    if places.is_empty() {
        return None;
    }
    let names: Vec<(usize, &str)> = lines.iter().enumerate().filter_map(|(at, l)| Some((at, said_by(l)?))).collect();
    places.into_iter().find(|end| {
        let (above, below) = names.split_at(names.partition_point(|(at, _)| at < end));
        let speakers: HashSet<&str> = above.iter().map(|(_, name)| *name).collect();
        let again = |(at, name): &(usize, &str)| speakers.contains(name) && !is_item(lines[*at].whole);
        !above.is_empty() && !below.iter().any(again)
    })
}

/// The name before a colon or over the words of a line, by its look alone.
pub fn said_by<'a>(line: &Line<'a>) -> Option<&'a str> {
    line.header.or_else(|| Some(label(line)?.0)).filter(|name| looks_like_name(name))
}

/// What stands before and behind the first colon of a line, without the marks of type and lists.
fn label<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    let (label, words) = line.rest.split_once([':', '：']).filter(|_| line.header.is_none())?;
    let mark = |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '#' | '-' | '•' | '>');
    // "10:30" and "https://" have no blank behind the colon.
    let (name, behind) = (label.trim_matches(mark), words.starts_with([' ', '\t', '*', '_']) || words.is_empty());
    (behind && !name.is_empty()).then_some((name, words.trim_matches(mark)))
}

/// Whether what stands behind a label is no sentence.
fn has_value(line: &Line) -> bool {
    let Some((_, words)) = label(line) else { return false };
    let bare = words.trim_end_matches(['"', '”', ')', '\'', '’']);
    !bare.ends_with(['.', '?', '!', '…']) && words.split_whitespace().nth(MOST_WORDS).is_none()
}

/// Whether what stands behind a label is as short as the value of a field, or has a number as a date has.
fn has_few_words(line: &Line) -> bool {
    const FEW: usize = 4;
    label(line).is_some_and(|(_, words)| {
        words.split_whitespace().nth(FEW).is_none()
            || (is_field(line.rest) && words.contains(|c: char| c.is_ascii_digit()))
    })
}

/// Whether a line is nothing but a rule: "---", "* * *".
pub fn is_rule(line: &str) -> bool {
    let marks = line.chars().filter(|c| matches!(c, '-' | '*' | '_' | '=' | '–' | '—')).count();
    marks >= 3 && marks == line.chars().filter(|c| !c.is_whitespace()).count()
}

/// Whether a line is a heading of Markdown over a section; "# of seats is 40" is said.
pub fn is_title(line: &str) -> bool {
    const MOST_IN_TITLE: usize = 8;
    let text = line.trim_start_matches('#');
    let title = text.trim_start();
    text.len() < line.len()
        && text.starts_with(' ')
        && title.starts_with(char::is_uppercase)
        && title.split_whitespace().nth(MOST_IN_TITLE).is_none()
        && !title.ends_with(['.', '?', '!'])
}
