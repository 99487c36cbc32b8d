//! How the lines of a text name who speaks: before their words, or on a line of its own above them.

use crate::read::{
    labelled::{
        self,
        layout::most,
        line::{Line, bare_name, before_colon},
    },
    speaker::{Habit, looks_like_name},
};

/// How the lines of one text name who speaks.
pub struct Naming {
    /// How those do that hold words behind the name.
    pub habit: Habit,
    /// Whether a name behind a time stands over the words: "0:29 - Ann".
    name_follows_time: bool,
}

impl Naming {
    /// Learns from all of `lines`.
    pub fn of(lines: &[Line]) -> Naming {
        let timed = || lines.iter().filter(|l| l.at.is_some() && l.header.is_none());
        // "0:29 - Ann" over her words: the line behind a time is nothing but a name, nearly always.
        let named = timed().filter(|l| bare_name(l.rest)).count();
        let name_follows_time = named >= 2 && named * 10 >= timed().count() * 8;
        let mut naming = Naming { habit: Habit::default(), name_follows_time };
        naming.habit = habit_of(lines, |line| naming.is_header(line));
        naming
    }

    /// Whether a line is a name over the words of others.
    pub fn is_header(&self, line: &Line) -> bool {
        line.header.is_some() || (self.name_follows_time && line.at.is_some() && bare_name(line.rest))
    }

    /// Whether a line names who speaks.
    pub fn names(&self, line: &Line) -> bool {
        self.who(line).is_some()
    }

    /// Who speaks in a line or below it, where it names somebody.
    pub fn who<'a>(&self, line: &Line<'a>) -> Option<&'a str> {
        if self.is_header(line) {
            return Some(line.header.unwrap_or(line.rest));
        }
        self.habit.split(line.rest).map(|(name, _)| name)
    }
}

/// How the lines that are no headers name who speaks.
fn habit_of(lines: &[Line], is_header: impl Fn(&Line) -> bool) -> Habit {
    // Notes below a short talk are more lines than the talk, and say nothing of how its speakers are written.
    let all = lines;
    let lines = &lines[..above_notes(lines)];
    let headers = lines.iter().filter(|l| is_header(l)).count();
    let mut habit = if headers >= 2 && headers * 8 >= lines.len() {
        // Names stand on lines of their own here; a colon in the words below is a colon.
        Habit::default()
    } else {
        // Where names stand behind times, a heading without a time is none.
        let labelled = |l: &&Line| before_colon(l.rest).is_some_and(looks_like_name);
        let (with, without) = lines.iter().filter(|l| !is_header(l)).partition::<Vec<&Line>, _>(|l| l.at.is_some());
        let named = with.iter().copied().filter(labelled).count();
        let behind_times = most(named, with.len(), 8) && without.iter().copied().filter(labelled).count() < named;
        if behind_times {
            Habit::learn(with.iter().map(|l| l.rest))
        } else {
            Habit::learn(lines.iter().filter(|l| !is_header(l)).map(|l| l.rest))
        }
    };
    habit.forget(&labelled::item::items(all, &habit));
    habit.forget(&labelled::notes::labels(all, &habit));
    habit
}

/// How many lines stand above a heading of notes below which only items of lists have the look of a speaker's words; all where
/// there is none.
fn above_notes(lines: &[Line]) -> usize {
    let labelled = |l: &Line| before_colon(l.rest).is_some_and(looks_like_name);
    let heads = |l: &Line| {
        let item = labelled::notes::is_item(l.whole);
        l.at.is_none() && l.begins_paragraph && !item && labelled::notes::heads_notes(l.whole, l.whole.starts_with('#'))
    };
    let talk = |at: &usize| lines[..*at].iter().filter(|l| labelled(l)).nth(1).is_some();
    let notes = |at: &usize| {
        lines[at + 1..]
            .iter()
            .all(|l| l.at.is_none() && l.header.is_none() && (labelled::notes::is_item(l.whole) || !labelled(l)))
    };
    let found = lines.iter().position(heads).filter(talk).filter(notes);
    found.unwrap_or(lines.len())
}
