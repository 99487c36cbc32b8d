//! Who says what: the turns of a text's lines, once it is known how they name who speaks.

use crate::{
    conversation::Turn,
    read::{
        labelled::{
            around,
            line::{Line, time_in_name},
            message::{Messages, is_around_name},
            naming::Naming,
            remark::{stands_for_picture, without_marks},
            text::Labelled,
        },
        turns::{append, one_line},
        when::{self, Midnight},
    },
};

/// Lines on the way to become turns.
pub struct Talk<'t, 'a> {
    lines: &'t [Line<'a>],
    naming: &'t Naming,
    messages: &'t Messages<'a>,
    /// Whether lines begin with times of day.
    clock: bool,
    /// How many lines have a date.
    stamped: usize,
    out: Labelled,
    /// The first time of day.
    start_of_day: Option<u64>,
    /// A time on a line of its own belongs to the label below it, unless it is Google Meet's mark of each five minutes.
    pending: Option<u64>,
    /// Whether a line without a name and a time goes on with what the last turn says.
    open: bool,
    midnight: Midnight,
}

impl<'t, 'a> Talk<'t, 'a> {
    /// Of `lines`; `out` has what is known of them as a whole.
    pub fn new(lines: &'t [Line<'a>], naming: &'t Naming, messages: &'t Messages<'a>, out: Labelled) -> Talk<'t, 'a> {
        Talk {
            lines,
            naming,
            messages,
            clock: out.clock,
            stamped: lines.iter().filter(|l| l.date.is_some()).count(),
            out,
            start_of_day: lines.iter().find(|l| l.clock).and_then(|l| l.at),
            pending: None,
            open: false,
            midnight: Midnight::default(),
        }
    }

    /// Reads all; fields end at line `from`, and the first label is that of line `first_label`.
    pub fn read(mut self, from: usize, first_label: usize) -> Labelled {
        for (place, line) in self.lines.iter().enumerate() {
            let day = if line.clock { self.start_of_day.unwrap_or(0) } else { 0 };
            let at = line.at.map(|at| at.saturating_sub(day));
            if place < first_label {
                self.above(line, at.filter(|_| place >= from));
            } else {
                self.line(place, at);
            }
        }
        self.out
    }

    /// Reads a line above the first label; `at`: its time, where it stands below the fields.
    fn above(&mut self, line: &Line<'a>, at: Option<u64>) {
        if line.rest.is_empty() {
            // One date with its time is the call's, several are the turns'.
            self.pending = at.filter(|_| line.date.is_none() || self.stamped > 1);
        } else if self.messages.is_own(line) {
            self.chats_own(line);
        } else {
            let no_zone = line.date.and_then(|_| when::unknown_zone(line.whole));
            self.out.no_zone = self.out.no_zone.or(no_zone.map(|_| line.number));
            self.out.preamble.push((line.number, one_line(line.rest)));
        }
    }

    /// Reads a line from the first label on.
    fn line(&mut self, place: usize, at: Option<u64>) {
        let line = &self.lines[place];
        if self.naming.is_header(line) {
            self.header(line, at);
        } else if let Some((name, words)) = self.split(line) {
            self.labelled(line, at, name, words);
        } else if line.rest.is_empty() {
            // "SPEAKER: ANN", below it her time, below that her words.
            let open = self.open;
            match self.out.turns.last_mut().filter(|last| open && last.text.is_empty() && last.start_ms.is_none()) {
                Some(last) => last.start_ms = at,
                None => self.pending = at,
            }
        } else if self.messages.is_own(line) {
            // "12/03/2026, 10:03 - Ann added Bob": between messages that name who writes them, it is the chat's own line.
            self.chats_own(line);
        } else if self.heads_section(place) || around::is_rule(line.rest) {
            // "## Pricing" and "---" between two turns are nobody's; "[Ann thinks it is too dear]" may be said.
        } else {
            self.words(line, at);
        }
    }

    /// Who says or writes the words of a line, and these.
    fn split(&self, line: &Line<'a>) -> Option<(&'a str, &'a str)> {
        let by_habit = self.naming.habit.split(line.rest);
        by_habit.filter(|(name, _)| self.messages.allow(line, name)).or_else(|| self.messages.split(line))
    }

    /// Begins a turn of whose words most stand below the line with the name.
    fn header(&mut self, line: &Line<'a>, at: Option<u64>) {
        let (name, words) = line.header.map_or((line.rest, ""), |name| (name, line.rest));
        let at = at.or(self.pending.take());
        self.begin(turn(name, at, line.end, words));
    }

    /// Begins a turn of a line that has a name before its words.
    fn labelled(&mut self, line: &Line<'a>, at: Option<u64>, name: &str, words: &str) {
        let (name, inner) = time_in_name(name);
        let inner = inner.map(|(at, clock)| self.offset(at, clock));
        self.out.lines += 1;
        // WhatsApp begins with this mark what it writes itself under somebody's name: "image omitted".
        let own = line.date.is_some() && words.starts_with('\u{200e}');
        self.out.chat |= own;
        let blank = own || (line.date.is_some() && stands_for_picture(words));
        let at = at.or(inner).or(self.pending.take());
        self.begin(turn(name, at, line.end, if blank { "" } else { words }));
    }

    fn begin(&mut self, turn: Turn) {
        self.out.labelled += 1;
        self.out.turns.push(turn);
        self.open = true;
    }

    /// The offset that a time beside a name tells, which may be one of a day.
    fn offset(&mut self, at: u64, clock: bool) -> u64 {
        if !clock {
            return at;
        }
        self.out.clock = true;
        let at = self.midnight.pass(at);
        // Its first time of day stands in the first label, not at the head of a line.
        at.saturating_sub(*self.start_of_day.get_or_insert(at))
    }

    /// Passes over a line that the chat's program wrote.
    fn chats_own(&mut self, line: &Line<'a>) {
        (self.open, self.out.chat) = (false, true);
        self.out.own.extend(Some(line.number).filter(|_| self.messages.is_doubtful(line)));
    }

    /// Whether a line heads a section of a talk, directly above a speaker; what somebody wrote, a program above all, may have
    /// headings within, as a message may.
    fn heads_section(&self, place: usize) -> bool {
        let line = &self.lines[place];
        if self.clock || self.stamped > 0 || !around::is_title(line.whole) {
            return false;
        }
        let next = self.lines.get(place + 1).filter(|next| next.begins_paragraph && self.naming.names(next));
        line.begins_paragraph && next.is_some()
    }

    /// Adds words that nobody is named before.
    fn words(&mut self, line: &Line<'a>, at: Option<u64>) {
        self.out.lines += 1;
        let next = turn("", at, line.end, line.rest);
        let turns = &mut self.out.turns;
        match turns.last_mut() {
            // "00:12 and then": a time without a name is a new piece, of an unknown speaker where each line has a name.
            Some(_) if at.is_some() && self.naming.habit.names_every_line => turns.push(next),
            Some(last) if self.open && at.is_none() => append(last, next),
            Some(last) => {
                let speaker = last.speaker.clone();
                turns.push(Turn { speaker, ..next });
            }
            None => turns.push(next),
        }
    }
}

fn turn(name: &str, at: Option<u64>, end: Option<u64>, words: &str) -> Turn {
    let words = &without_marks(words);
    Turn {
        speaker: name.trim_matches(is_around_name).to_owned(),
        start_ms: at,
        end_ms: end.filter(|end| Some(*end) >= at),
        text: one_line(words),
        ..Turn::default()
    }
}
