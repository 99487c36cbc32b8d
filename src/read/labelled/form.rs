//! Labels that one line alone does not show, because their name is a telephone number, in lower case, or long: where other
//! labels of the file beside a time are written in the very same form, and its time lies between theirs, it is a label too.
//! And labels with a colon between name and time, `Ann: [00:01] hello`, which only several lines tell from words.

use std::collections::BTreeMap;

use crate::read::{
    labelled::{
        around::said_by,
        layout::some_come_back,
        line::{Line, bare_name, before_colon, bracketed_over_words, time_inside, trailing_time},
    },
    preamble::is_field,
    speaker::{could_be_name, is_particle, is_phone_number, looks_like_name},
};

/// How a label is written, apart from its name and the digits of its time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Form {
    /// Whether the time stands before the name.
    led: bool,
    /// Whether words follow on the same line.
    words: bool,
    clock: bool,
    before: String,
    behind: String,
}

/// A line cut as if it were a label.
#[derive(Clone, Debug)]
struct Cut<'a> {
    form: Form,
    name: &'a str,
    at: u64,
    end: Option<u64>,
    words: &'a str,
}

/// Marks as headers the lines that are written as others are that surely are headers.
pub fn labels_of_one_form(lines: &mut [Line]) {
    let cuts: Vec<Option<Cut>> = lines.iter().map(cut).collect();
    let mut forms: BTreeMap<&Form, Vec<usize>> = BTreeMap::new();
    for (place, cut) in cuts.iter().enumerate() {
        if let Some(cut) = cut {
            forms.entry(&cut.form).or_default().push(place);
        }
    }
    let colons = forms.keys().any(|form| form.before.contains(':'));
    let all = All {
        timed: lines.iter().filter(|l| l.at.is_some() && l.header.is_none()).count(),
        colons: lines
            .iter()
            .filter(|l| colons && l.header.is_none() && before_colon(l.rest).is_some_and(looks_like_name))
            // A heading has colons of its own.
            .filter(|l| !is_field(l.rest))
            .count(),
    };
    let found: Vec<usize> =
        forms.into_iter().flat_map(|(form, places)| labels(lines, &cuts, form, &places, &all)).collect();
    for place in found {
        let line = &mut lines[place];
        if let Some(cut) = cuts[place].as_ref().filter(|_| line.header.is_none()) {
            (line.header, line.at, line.end) = (Some(cut.name), Some(cut.at), cut.end);
            (line.clock, line.rest) = (cut.form.clock, cut.words);
        }
    }
}

/// `[bob] 10:00:05` is a label where a name of the very same form looks like one, or one comes back; else what is done meanwhile.
pub fn captions(lines: &mut [Line]) {
    fn name<'a>(line: &Line<'a>) -> Option<&'a str> {
        let (name, _, end) = bracketed_over_words(line.whole)?;
        (end.is_none() && line.header == Some(name)).then_some(name)
    }
    let names: Vec<&str> = lines.iter().filter_map(name).collect();
    if names.iter().any(|name| looks_like_name(name)) || some_come_back(names.into_iter()) {
        return;
    }
    lines.iter_mut().filter(|l| name(l).is_some()).for_each(Line::take_back);
}

/// What the file has of lines that are not headers yet.
struct All {
    /// With a time at their head.
    timed: usize,
    /// With a name before a colon.
    colons: usize,
}

/// Which of `places`, the lines of `form`, are labels; none where the form is not one of labels.
fn labels(lines: &[Line], cuts: &[Option<Cut>], form: &Form, places: &[usize], all: &All) -> Vec<usize> {
    let of_form = || places.iter().filter_map(|p| Some((*p, cuts[*p].as_ref()?)));
    let told: Vec<(usize, u64)> =
        of_form().filter(|(p, cut)| is_told(&lines[*p], cut)).map(|(p, cut)| (p, cut.at)).collect();
    if told.len() < 2 || told.len() * 10 < places.len() * 4 || !told.iter().is_sorted_by_key(|(_, at)| at) {
        return vec![];
    }
    // Words stand below a label that has none beside it. "**Break:** [00:01]" above "**Ann:** So" has none.
    let colon = form.before.contains(':');
    // Who speaks elsewhere too: "Note: the price is 20" is said.
    let speaks = |name: &str| {
        told.iter().any(|(p, _)| cuts[*p].as_ref().is_some_and(|cut| cut.name == name))
            || lines.iter().filter(|l| said_by(l) == Some(name)).nth(1).is_some()
    };
    let has_words = |place: usize| {
        let below = lines.get(place + 1).zip(cuts.get(place + 1));
        form.words
            || below.is_some_and(|(l, cut)| {
                l.header.is_none()
                    && cut.as_ref().is_none_or(|c| c.form != *form)
                    && !(colon && said_by(l).is_some_and(speaks))
            })
    };
    if told.iter().filter(|(p, _)| has_words(*p)).count() * 10 < told.len() * 8 {
        return vec![];
    }
    let paragraphs = told.iter().all(|(p, _)| lines[*p].begins_paragraph);
    let (mut out, mut last) = (Vec::new(), 0);
    let mut ahead = told.iter().peekable();
    for (place, cut) in of_form() {
        if ahead.next_if(|(p, _)| *p == place).is_some() {
            last = cut.at;
            out.push(place);
            continue;
        }
        let next = ahead.peek().map_or(u64::MAX, |(_, at)| *at);
        if can_be_label(cut.name)
            && (last..=next).contains(&cut.at)
            && has_words(place)
            && (!paragraphs || lines[place].begins_paragraph)
        {
            last = cut.at;
            out.push(place);
        }
    }
    // A time may also head words, and one may be the first that somebody says: "Ann: 10:30 works".
    let of = if form.led {
        all.timed
    } else if form.before.contains(':') {
        all.colons
    } else {
        0
    };
    if out.len() * 10 < of * 8 { vec![] } else { out }
}

/// Whether a line is surely a label: it was found to be one, it has a name before a colon and a time, or a number calls.
fn is_told(line: &Line, cut: &Cut) -> bool {
    let colon = cut.form.before.contains(':') || cut.form.behind.contains(':');
    line.header == Some(cut.name) || ((cut.form.led || colon) && bare_name(cut.name)) || is_phone_number(cut.name)
}

/// Whether a name that does not look like one can stand in a label: it is short and no sentence.
fn can_be_label(name: &str) -> bool {
    let lower = name.split_whitespace().filter(|w| w.starts_with(char::is_lowercase) && !is_particle(w));
    could_be_name(name) && !name.contains([':', '：']) && !name.ends_with(',') && lower.count() <= MOST_LOWER
}

/// The most words in lower case that a label has, particles aside: "zoom user two".
const MOST_LOWER: usize = 3;

/// Cuts a line where a time stands in it.
fn cut<'a>(line: &Line<'a>) -> Option<Cut<'a>> {
    let whole = line.whole;
    if let Some(at) = line.at.filter(|_| line.header.is_none()) {
        let led = whole.strip_suffix(line.rest).filter(|led| !led.is_empty() && !line.rest.is_empty())?;
        let form = form(led, line.clock, true, false);
        return Some(Cut { form, name: line.rest, at, end: line.end, words: "" });
    }
    // What its own head times needs nothing here.
    if line.at.is_some() && whole.starts_with(|c: char| c.is_ascii_digit() || c == '@') {
        return None;
    }
    let (name, at, end, clock, words) = match trailing_time(whole) {
        Some(t) => (t.name, t.at, t.end, t.clock, ""),
        None => time_inside(whole).map(|t| (t.name, t.at, None, t.clock, t.words))?,
    };
    let name = name.trim_end_matches([':', '*', '_', ' ']);
    let from = whole.find(name)? + name.len();
    let between = whole.get(from..whole.len() - words.len()).filter(|_| !name.is_empty())?;
    Some(Cut { form: form(between, clock, false, !words.is_empty()), name, at, end, words })
}

/// The form of a label by what stands around the digits of its time.
fn form(around: &str, clock: bool, led: bool, words: bool) -> Form {
    let is_digit = |c: char| c.is_ascii_digit();
    let before = around.split(is_digit).next().unwrap_or("");
    let behind = around.rsplit(is_digit).next().unwrap_or("");
    // "AM" and "PM" are one form.
    let behind = if clock { behind.trim_matches(|c: char| c.is_alphabetic() || c.is_whitespace()) } else { behind };
    Form { led, words, clock, before: blanks(before), behind: blanks(behind) }
}

/// `text` with any two blanks or more as two: columns are filled up to a width.
fn blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if !(c == ' ' && out.ends_with("  ")) {
            out.push(c);
        }
    }
    out
}
