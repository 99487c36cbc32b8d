//! What the lines of a labelled text have in common: layouts that one line alone cannot tell, because "Monday 10:30 works"
//! and "Ann 10:30 works" read the same. Each is believed only where many lines of a file agree.

use std::collections::{HashMap, HashSet};

use crate::{
    calendar::is_week_day,
    read::{
        labelled::{
            form::{captions, labels_of_one_form},
            line::{Inside, Line, Trailed, bare_name, before_colon, time_inside, trailing_time},
            remark::is_service_remark,
            spelled,
        },
        speaker::{could_be_name, looks_like_name},
    },
};

/// Finds the layouts of `lines` and marks the lines that name a speaker as headers.
pub fn settle(lines: &mut Vec<Line>) {
    // Behind a time of its own too: "[00:03] Ann Lee started transcription".
    lines.retain(|l| !is_service_remark(l.whole) && !is_service_remark(l.rest));
    lines_of_one_paragraph(lines);
    appointments(lines);
    spelled::settle(lines);
    drop_what_headers_repeat(lines);
    captions(lines);
    time_within(lines);
    cells_behind_time(lines);
    cells_without_time(lines);
    speaker_colon_name(lines);
    headings_with_times(lines);
    labels_of_one_form(lines);
    day_before_time(lines);
    name_beside_time(lines, 0);
    name_beside_time(lines, 1);
    drop_what_headers_repeat(lines);
    names_with_a_colon(lines);
    names_above_paragraphs(lines);
    words_that_look_like_headers(lines);
    times_that_are_said(lines);
}

/// Whether `part` of `whole`, from a tenth to ten tenths, and at least two.
pub fn most(part: usize, whole: usize, tenths: usize) -> bool {
    part >= 2 && part * 10 >= whole * tenths
}

/// Whether a name comes back, as a speaker's does.
pub fn some_come_back<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let (mut seen, mut all) = (HashSet::new(), 0);
    for name in names {
        seen.insert(name);
        all += 1;
    }
    seen.len() < all
}

/// A page that is copied has above "Ann Lee  0:29" what it showed as a picture: her initials, her name, the time once more.
fn drop_what_headers_repeat(lines: &mut Vec<Line>) {
    let mut dropped = HashSet::new();
    for place in 0..lines.len() {
        let Some(name) = lines[place].header.filter(|_| lines[place].rest.is_empty() && lines[place].at.is_some())
        else {
            continue;
        };
        let at = lines[place].at.unwrap_or_default();
        let mut named = false;
        for above in (place.saturating_sub(4)..place).rev() {
            let line = &lines[above];
            let is_name = line.at.is_none() && line.rest == name;
            // One letter is said, too, but hardly over a name that stands over itself.
            let initials = line.at.is_none() && (named || line.rest.len() > 1) && spelled::is_initials(line.rest, name);
            if !(is_name || initials || (line.header.is_none() && spelled::shows(line, at))) {
                break;
            }
            named |= is_name;
            dropped.insert(line.number);
        }
    }
    lines.retain(|l| !dropped.contains(&l.number));
}

/// Takes back what was found in the further lines of a document's paragraph, "Tuesday 9:00" and "10:30": below `Ann  0:29` they
/// are words, where most paragraphs of several lines begin so, and nobody who heads one is named within another.
fn lines_of_one_paragraph(lines: &mut [Line]) {
    fn heads<'a>(line: &Line<'a>) -> Option<&'a str> {
        line.header.filter(|_| line.at.is_some() && !line.clock && line.date.is_none() && line.rest.is_empty())
    }
    let several = || lines.chunk_by(|_, below| below.goes_on).filter(|paragraph| paragraph.len() > 1);
    let names: HashSet<&str> = several().filter_map(|paragraph| heads(&paragraph[0])).collect();
    let headed = several().filter(|paragraph| heads(&paragraph[0]).is_some()).count();
    let named_within = || several().flat_map(|p| &p[1..]).filter_map(heads).any(|name| names.contains(name));
    if !most(headed, several().count(), 8) || named_within() {
        return;
    }
    for paragraph in lines.chunk_by_mut(|_, below| below.goes_on) {
        if heads(&paragraph[0]).is_some() {
            paragraph[1..].iter_mut().for_each(Line::take_back);
        }
    }
}

/// `Ann  00:01  hello`: name, time and words on each line.
fn time_within(lines: &mut [Line]) {
    let found: Vec<_> = lines
        .iter()
        .map(|l| if l.at.is_none() && l.header.is_none() { time_inside(l.rest) } else { None })
        .map(|found| found.filter(|f| bare_name(f.name)))
        .collect();
    let times = || found.iter().flatten().map(|found| found.at);
    if !most(times().count(), lines.len(), 5) || !times().is_sorted() {
        return;
    }
    for (line, found) in lines.iter_mut().zip(found) {
        if let Some(Inside { name, at, clock, words }) = found {
            (line.header, line.at, line.clock, line.rest) = (Some(name), Some(at), clock, words);
        }
    }
}

/// `00:01<tab>Ann<tab>hello`: behind the time a cell with nothing but a name.
fn cells_behind_time(lines: &mut [Line]) {
    let cut = |l: &Line<'_>| -> Option<(usize, usize)> {
        l.at.filter(|_| l.header.is_none())?;
        cell_ends(l.rest).into_iter().flatten().find(|(at, _)| bare_name(l.rest[..*at].trim()))
    };
    let timed = lines.iter().filter(|l| l.at.is_some() && !l.rest.is_empty()).count();
    if !most(lines.iter().filter(|l| cut(l).is_some()).count(), timed, 8) {
        return;
    }
    // `00:01 | Acme | Ann` over her words is a label of two cells.
    let labels = lines.windows(2).filter(|pair| {
        let [label, below] = pair else { return false };
        cut(label).is_some() && label.rest.contains('|') && bare_name(label.rest) && below.at.is_none()
    });
    if most(labels.count(), timed, 8) {
        return;
    }
    for line in lines {
        if let Some((at, mark)) = cut(line) {
            let (name, words) = (&line.rest[..at], &line.rest[at + mark..]);
            (line.header, line.rest) = (Some(name.trim()), words.trim_matches(['|', ' ', '\t']));
        }
    }
}

/// `Ann<tab>hello`: a cell with nothing but a name before the words, as the rows of a table read.
fn cells_without_time(lines: &mut [Line]) {
    fn cut<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
        let (name, words) = line.rest.split_once('\t').filter(|_| line.at.is_none() && line.header.is_none())?;
        let (name, words) = (name.trim().trim_end_matches(':'), words.trim());
        (bare_name(name) && !words.is_empty()).then_some((name, words))
    }
    let found = || lines.iter().filter_map(cut);
    if most(found().count(), lines.len(), 6) && some_come_back(found().map(|(name, _)| name)) {
        for line in lines {
            if let Some((name, words)) = cut(line) {
                (line.header, line.rest) = (Some(name), words);
            }
        }
    }
}

/// Where the first cell of a line ends, by each mark that divides cells and stands in the line, and how long the mark is: a tab,
/// a bar between blanks, two blanks.
fn cell_ends(text: &str) -> [Option<(usize, usize)>; 3] {
    let bytes = text.as_bytes();
    let blanks = bytes.windows(2).position(|pair| pair == b"  ");
    let bar = text
        .match_indices('|')
        .map(|(at, _)| at)
        .find(|at| text[..*at].ends_with(' ') && text[at + 1..].starts_with(' '));
    [text.find('\t').map(|at| (at, 1)), bar.map(|at| (at - 1, 3)), blanks.map(|at| (at, 2))]
}

/// `### Ann (0:29)`: headings of one level, each a name and a time, of which some come back, as those of chapters do not.
fn headings_with_times(lines: &mut [Line]) {
    fn cut<'a>(line: &Line<'a>) -> Option<(usize, Trailed<'a>)> {
        let heading = line.whole.trim_start_matches('#');
        let level = line.whole.len() - heading.len();
        if level == 0 || line.at.is_some() || line.header.is_some() {
            return None;
        }
        // "Ann (0:29) [Confidence: 95%]".
        let before = || heading.trim_end().strip_suffix(']').and_then(|h| h.rsplit_once('[')).map(|(before, _)| before);
        let found = trailing_time(heading.trim()).or_else(|| trailing_time(before()?.trim()));
        found.filter(|t| bare_name(t.name)).map(|t| (level, t))
    }
    let mut levels: HashMap<usize, Vec<&str>> = HashMap::new();
    for (level, found) in lines.iter().filter_map(cut) {
        levels.entry(level).or_default().push(found.name);
    }
    levels.retain(|_, names| some_come_back(names.iter().copied()));
    // Chapters may come back too, and those who speak in them have a colon.
    let labelled = labels_with_a_colon(lines);
    if labelled.len() > levels.values().map(Vec::len).sum() && two_come_back(&labelled) {
        return;
    }
    for line in lines {
        if let Some((_, Trailed { name, at, end, clock })) = cut(line).filter(|(level, _)| levels.contains_key(level)) {
            (line.header, line.at, line.end, line.clock, line.rest) = (Some(name), Some(at), end, clock, "");
        }
    }
}

/// The names before a colon and words.
fn labels_with_a_colon<'a>(lines: &[Line<'a>]) -> Vec<&'a str> {
    let label = |l: &Line<'a>| before_colon(l.rest).filter(|name| l.header.is_none() && looks_like_name(name));
    lines.iter().filter_map(label).collect()
}

/// Whether two names come back, as those of two who talk do; "Note:" is one.
fn two_come_back(names: &[&str]) -> bool {
    let mut times: HashMap<&str, usize> = HashMap::new();
    names.iter().for_each(|name| *times.entry(name).or_default() += 1);
    times.values().filter(|times| **times > 1).nth(1).is_some()
}

/// Takes back that "Friday 9:30 a.m." on a line of its own heads what somebody says: where such labels do not come back and others
/// with a colon do, where those that come back have no time of day, or where it is a week day that stands once.
fn appointments(lines: &mut [Line]) {
    fn head<'a>(line: &Line<'a>) -> Option<&'a str> {
        let name = line.header.filter(|_| line.at.is_some() && line.date.is_none() && line.rest.is_empty())?;
        trailing_time(line.whole).filter(|t| t.name == name).map(|_| name)
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    lines.iter().filter_map(head).for_each(|name| *times.entry(name).or_default() += 1);
    let heads: usize = times.values().sum();
    if heads == 0 {
        return;
    }
    let back: Vec<&Line> = lines.iter().filter(|l| head(l).is_some_and(|name| times[name] > 1)).collect();
    let labelled = if back.is_empty() { labels_with_a_colon(lines) } else { vec![] };
    let by_colon = labelled.len() > heads && two_come_back(&labelled);
    let offsets = !back.is_empty() && back.iter().all(|l| !l.clock);
    let is_said = |l: &Line| {
        let once = head(l).filter(|name| times[name] == 1);
        once.is_some_and(|name| by_colon || (offsets && l.clock) || (l.clock && is_long_day(name)))
    };
    let said: Vec<usize> = (0..lines.len()).filter(|place| is_said(&lines[*place])).collect();
    said.into_iter().for_each(|place| lines[place].take_back());
}

/// Whether a name is that of a week day, and not so short that it may be somebody's, as "Dom" is.
fn is_long_day(name: &str) -> bool {
    const FEWEST: usize = 5;
    name.chars().nth(FEWEST - 1).is_some() && is_week_day(&name.to_lowercase())
}

/// Takes back that "21.03.2026 um 15:00 - Demo" begins a message, as some languages write dates of messages, where hardly anybody is
/// named behind these dates, most messages have theirs otherwise, or more lines without a date are of people who talk.
pub fn dates_within(lines: &mut [Line]) {
    let dated = lines.iter().filter(|l| l.date.is_some()).count();
    let spelled = lines.iter().filter(|l| l.spelled).count();
    if spelled == 0 {
        return;
    }
    let named = lines.iter().filter(|l| l.spelled && (l.header.is_some() || l.rest.contains(':'))).count();
    let undated: Vec<Line> = lines.iter().filter(|l| l.date.is_none()).copied().collect();
    let others = labels_with_a_colon(&undated);
    let talk = others.len() > named && two_come_back(&others);
    if spelled * 2 > dated && named > 1 && !talk {
        return;
    }
    lines.iter_mut().filter(|l| l.spelled).for_each(Line::take_back);
}

/// `SPEAKER: S1` on a line of its own over the words.
fn speaker_colon_name(lines: &mut [Line]) {
    fn name<'a>(line: &Line<'a>) -> Option<&'a str> {
        let (label, name) = line.rest.split_once(':').filter(|_| line.header.is_none())?;
        (label.trim().eq_ignore_ascii_case("speaker") && bare_name(name.trim())).then_some(name.trim())
    }
    let labels = lines.iter().filter(|l| l.rest.get(..8).is_some_and(|l| l.eq_ignore_ascii_case("speaker:"))).count();
    if most(lines.iter().filter_map(name).count(), labels, 10) {
        for line in lines {
            if let Some(name) = name(line) {
                (line.header, line.rest) = (Some(name), "");
            }
        }
    }
}

/// `Ann` and below it `Yesterday 4:12 PM`, as a page of Teams is copied: the day is nobody's name.
fn day_before_time(lines: &mut [Line]) {
    #[rustfmt::skip]
    const DAYS: &[&str] = &["yesterday", "today", "gestern", "heute", "hier", "aujourd'hui", "ayer", "hoy", "ieri", "oggi"];
    let is_day = |line: &Line| line.header.is_some_and(|name| DAYS.contains(&name.to_lowercase().as_str()));
    let below_a_name =
        |pair: &[Line]| pair[0].header.is_none() && pair[0].at.is_none() && bare_name(pair[0].rest) && is_day(&pair[1]);
    if most(lines.windows(2).filter(|pair| below_a_name(pair)).count(), lines.iter().filter(|l| is_day(l)).count(), 8) {
        lines.iter_mut().filter(|l| is_day(l)).for_each(|l| l.header = None);
    }
}

/// A name and a time, each on a line of its own, above the words: `Ann`, `0:29`, `hello` where `name` is 0, `0:29`, `Ann`,
/// `hello` where it is 1.
fn name_beside_time(lines: &mut Vec<Line>, name: usize) {
    let time = 1 - name;
    let is = |pair: &[Line]| {
        is_time_alone(&pair[time])
            && pair[name].at.is_none()
            && pair[name].header.is_none()
            && bare_name(pair[name].rest)
    };
    let pairs = || lines.windows(2).filter(|p| is(p));
    let names: Vec<&str> = pairs().map(|p| p[name].rest).collect();
    let times = lines.iter().filter(|l| is_time_alone(l)).count();
    // Two who speak once each: every time has its name, and both begin a paragraph of words.
    let regular = names.len() == times && pairs().all(|p| p[0].begins_paragraph && !p[1].begins_paragraph);
    if !most(names.len(), times, 8) || !(some_come_back(names.into_iter()) || regular) {
        return;
    }
    let mut dropped = HashSet::new();
    for place in 0..lines.len().saturating_sub(1) {
        if is(&lines[place..place + 2]) {
            lines[place + time].header = Some(lines[place + name].rest);
            dropped.insert(lines[place + name].number);
        }
    }
    lines.retain(|l| !dropped.contains(&l.number));
}

fn is_time_alone(line: &Line) -> bool {
    line.at.is_some() && line.header.is_none() && line.rest.is_empty()
}

/// `Ann:` on a line of its own over the words, more often than a label before words: a colon below is a colon. A name in lower
/// case is one where it comes back between others and is the first of all, or begins a paragraph wherever others do.
fn names_with_a_colon(lines: &mut [Line]) {
    fn name<'a>(line: &Line<'a>) -> Option<&'a str> {
        let name = line.rest.strip_suffix([':', '：']).filter(|_| line.header.is_none())?;
        let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '#'));
        (bare_name(name) || in_lower_case(name)).then_some(name)
    }
    // "for example:" is said.
    fn in_lower_case(name: &str) -> bool {
        name.chars().all(|c| c.is_lowercase()) && name.chars().nth(1).is_some() && could_be_name(name)
    }
    let all: Vec<&str> = lines.iter().filter_map(name).collect();
    let names: Vec<&str> = all.iter().copied().filter(|name| !in_lower_case(name)).collect();
    if names.len() < 2 {
        return;
    }
    let before_words =
        lines.iter().filter(|l| l.header.is_none() && before_colon(l.rest).is_some_and(looks_like_name)).count();
    if names.len() <= before_words || !some_come_back(names.iter().copied()) {
        return;
    }
    let twice_running: HashSet<&str> = all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    all.iter().for_each(|name| *times.entry(name).or_default() += 1);
    // "pros:" and "first:" stand within what somebody says.
    let paragraphs = lines.iter().filter(|l| name(l).is_some_and(|n| !in_lower_case(n))).all(|l| l.begins_paragraph);
    let within: HashSet<&str> = lines.iter().filter(|l| !(paragraphs && l.begins_paragraph)).filter_map(name).collect();
    let speaks =
        |name: &str| times[name] > 1 && !twice_running.contains(name) && (all[0] == name || !within.contains(name));
    for line in lines {
        let named = name(line).filter(|name| !in_lower_case(name) || speaks(name));
        if let Some(name) = named {
            (line.header, line.rest) = (Some(name), "");
        }
    }
}

/// A name alone over each paragraph, without time or colon.
fn names_above_paragraphs(lines: &mut [Line]) {
    if lines.iter().any(|l| l.header.is_some() || l.at.is_some()) {
        return;
    }
    // A page in Markdown has it as a heading or in bold.
    let name = |place: usize| lines[place].rest.trim_matches(['#', '*', '_', ' ', '[', ']']);
    let heads = |place: usize| {
        lines[place].begins_paragraph
            && lines.get(place + 1).is_some_and(|next| !next.begins_paragraph)
            && bare_name(name(place))
    };
    let found: Vec<(usize, &str)> = (0..lines.len()).filter(|p| heads(*p)).map(|p| (p, name(p))).collect();
    let paragraphs = lines.iter().filter(|l| l.begins_paragraph).count();
    if found.len() >= 3 && most(found.len(), paragraphs, 8) && some_come_back(found.iter().map(|(_, name)| *name)) {
        for (place, name) in found {
            (lines[place].header, lines[place].rest) = (Some(name), "");
        }
        return;
    }
    // Or with an empty line between the name and the words.
    let alone = |place: usize| {
        let next = |at: usize| lines.get(at).is_none_or(|l| l.begins_paragraph);
        lines[place].begins_paragraph && next(place + 1) && place + 1 < lines.len() && bare_name(name(place))
    };
    let found: Vec<(usize, &str)> = (0..lines.len()).filter(|p| alone(*p)).map(|p| (p, name(p))).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (_, name) in &found {
        *times.entry(name).or_default() += 1;
    }
    let come_back = found.iter().filter(|(_, name)| times[name] > 1).count();
    let apart = found.windows(2).all(|pair| pair[1].0 > pair[0].0 + 1);
    if found.len() >= 4 && most(found.len(), paragraphs, 4) && most(come_back, found.len(), 8) && apart {
        for (place, name) in found {
            (lines[place].header, lines[place].rest) = (Some(name), "");
        }
    }
}

/// "Monday 10:30" alone on a line is what somebody says, where nobody else of that name speaks and the next speaker's time
/// is before it.
fn words_that_look_like_headers(lines: &mut [Line]) {
    let heads: Vec<usize> = (0..lines.len())
        .filter(|p| lines[*p].header.is_some() && lines[*p].at.is_some() && lines[*p].rest.is_empty())
        .collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for place in &heads {
        *times.entry(lines[*place].header.unwrap_or("")).or_default() += 1;
    }
    for pair in heads.windows(2) {
        let [place, next] = [pair[0], pair[1]];
        let alone = lines[place].header.is_some_and(|name| times.get(name) == Some(&1));
        if alone && !lines[place].clock && lines[place].at > lines[next].at {
            lines[place].take_back();
        }
    }
}

/// "10:30" alone on a line within what somebody says, where names stand over paragraphs with times of their own. A time that lies
/// between that of its paragraph and the next is a mark.
fn times_that_are_said(lines: &mut [Line]) {
    let heads = |l: &Line| l.header.is_some() && l.at.is_some() && l.rest.is_empty();
    let heads_all = lines.iter().filter(|l| heads(l)).count();
    let below = lines.windows(2).filter(|pair| heads(&pair[0]) && is_time_alone(&pair[1])).count();
    // Two times over each paragraph are a beginning and an end.
    if heads_all < 2 || below * 2 > heads_all || lines.iter().any(|l| heads(l) && !l.begins_paragraph) {
        return;
    }
    let from = lines.iter().position(heads).unwrap_or(lines.len());
    // By place, when the next paragraph begins; in the last one nothing tells a mark, and words are not to be lost.
    let mut next = 0;
    let mut until = vec![0; lines.len()];
    for place in (from..lines.len()).rev() {
        until[place] = next;
        next = lines[place].at.filter(|_| heads(&lines[place])).unwrap_or(next);
    }
    let mut begun = 0;
    for (line, until) in lines[from..].iter_mut().zip(&until[from..]) {
        if heads(line) {
            begun = line.at.unwrap_or(begun);
        } else if is_time_alone(line) && !line.begins_paragraph && !line.goes_on {
            let written = line.whole.trim();
            let is_bare = written.matches(':').count() == 1 && written.bytes().all(|b| b.is_ascii_digit() || b == b':');
            if is_bare && line.at.is_none_or(|at| at < begun || at > *until) {
                line.take_back();
            }
        }
    }
}
