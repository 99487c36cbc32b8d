//! Who writes a message of a chat, where each begins with its date: what stands between the time and the first colon is the
//! sender, whatever it looks like, because the program wrote it. Telephone numbers, pictures and words are names there.

use std::collections::{HashMap, HashSet};

use crate::read::{
    labelled::{
        line::{Line, before_colon},
        notes::is_level,
        remark::{begins_poll, is_vote},
    },
    speaker::{could_be_name, looks_like_name},
};

/// The messages of a text.
pub struct Messages<'a> {
    /// Whether its dated lines are messages.
    are: bool,
    /// Whether nobody speaks in other lines whom no dated line names: "Monday: 10 to 12" is part of a message.
    only: bool,
    /// How often each stands before the first colon of a dated line.
    senders: HashMap<&'a str, usize>,
    /// Who is surely named in a dated line.
    named: HashSet<&'a str>,
}

impl<'a> Messages<'a> {
    /// Learns from `lines`; `label` says who surely speaks in the line at a place.
    pub fn of(lines: &[Line<'a>], label: impl Fn(usize) -> Option<&'a str>) -> Messages<'a> {
        let mut out = Messages { are: false, only: false, senders: HashMap::new(), named: HashSet::new() };
        for (name, _) in lines.iter().filter_map(sender) {
            *out.senders.entry(name).or_default() += 1;
        }
        let (mut dated, mut sure, mut back) = (0, 0, 0);
        for (place, line) in lines.iter().enumerate().filter(|(_, l)| l.date.is_some()) {
            dated += 1;
            let name = sender(line).map(|(name, _)| name);
            if let Some(name) = label(place).or(name.filter(|name| looks_like_name(name))) {
                sure += 1;
                out.named.insert(name);
            } else if name.is_some_and(|name| out.comes_back(name)) {
                back += 1;
            }
        }
        // Two at least whose names are sure: what merely comes back may be the fields of a log.
        let mostly = (sure + back) * 10 >= dated * 6;
        out.are = sure >= 2 && (mostly || (out.named.len() >= 2 && is_of_whatsapp(lines)));
        if out.are {
            let (mut known, mut strange) = (0, 0);
            for name in (0..lines.len()).filter(|place| lines[*place].at.is_none()).filter_map(label) {
                *(if out.knows(name) { &mut known } else { &mut strange }) += 1;
            }
            // Where those who are known speak without a date too, so may others.
            out.only = known < strange && strange < sure + back;
        }
        out
    }

    /// Whether a line in which `name` stands before a colon may be what that person says.
    pub fn allow(&self, line: &Line<'a>, name: &str) -> bool {
        !self.only || line.at.is_some() || self.knows(name)
    }

    fn knows(&self, name: &str) -> bool {
        self.named.contains(name) || self.senders.contains_key(name)
    }

    /// Who writes a message, and what.
    pub fn split(&self, line: &Line<'a>) -> Option<(&'a str, &'a str)> {
        let (name, words) = sender(line).filter(|_| self.are)?;
        // What the chat writes itself has letters: "Ann changed the subject".
        (could_be_name(name) || self.comes_back(name) || !name.contains(char::is_alphabetic)).then_some((name, words))
    }

    /// Whether a line is between messages and no message: the chat's own.
    pub fn is_own(&self, line: &Line<'a>) -> bool {
        self.are && line.date.is_some() && self.split(line).is_none()
    }

    /// Whether a line of which [`Self::is_own`] says so has the look of a message all the same.
    pub fn is_doubtful(&self, line: &Line<'a>) -> bool {
        sender(line).is_some()
    }

    fn comes_back(&self, name: &str) -> bool {
        self.senders.get(name).is_some_and(|times| *times > 1)
    }
}

/// Takes back that "Monday 10:30" on a line of its own is a label and that "10:30 suits me" has a time at its head, where most
/// times stand behind dates with a sender behind them: it is part of a message.
pub fn times_within(lines: &mut [Line]) {
    let is_label = |l: &Line| l.header.is_some() && l.rest.is_empty();
    let is_bold = |l: &Line| l.header.is_none() && l.rest.is_empty() && l.whole.starts_with(['*', '#']);
    let is_said = |l: &Line| l.header.is_none() && l.whole.starts_with(char::is_numeric) && l.rest.contains(' ');
    let within = |l: &Line| {
        l.at.is_some()
            && l.date.is_none()
            && (is_label(l) || is_bold(l) || (is_said(l) && before_colon(l.rest).is_none()))
    };
    let dated = lines.iter().filter(|l| sender(l).is_some()).count();
    if dated < 2 || dated <= lines.iter().filter(|l| within(l)).count() {
        return;
    }
    lines.iter_mut().filter(|l| within(l)).for_each(Line::take_back);
}

/// Drops how many voted for each choice of a poll, which WhatsApp writes below the question: nobody says it.
pub fn drop_votes(lines: &mut Vec<Line>) {
    let mut in_poll = false;
    lines.retain(|l| {
        if l.date.is_some() {
            // An iPhone puts its mark before what is no words.
            let by_whatsapp = |words: &str| begins_marked(&words) || dates_as_whatsapp(l.whole);
            let words = l.rest.split_once(": ").map(|(_, words)| words);
            in_poll = words.is_some_and(|words| begins_poll(words) && by_whatsapp(words));
        }
        !(in_poll && is_vote(l.whole))
    });
}

/// What stands before the first colon of a dated line, and behind it.
pub fn sender<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    const LONGEST: usize = 80;
    if line.date.is_none() || line.header.is_some() {
        return None;
    }
    let name = before_colon(line.rest).or_else(|| line.rest.strip_suffix(':'))?;
    let words = line.rest[name.len() + 1..].trim_start();
    let name = name.trim_matches(is_around_name);
    // Ann changed the subject to "Acme: pilot".
    let quotes = name.matches('"').count() % 2 == 1 || name.matches('“').count() != name.matches('”').count();
    let possible = !name.is_empty() && name.chars().count() <= LONGEST && !quotes && !is_level(name);
    possible.then_some((name, words))
}

/// Whether all dated lines are written as WhatsApp exports them, so that those without a sender are its notices,
/// however many a young group has: on Android "12/03/2026, 10:03 - ", where a notice that is known is the first of all,
/// and on an iPhone in square brackets, with the mark of direction at the head of what it writes itself. People write
/// logs much like either.
fn is_of_whatsapp(lines: &[Line]) -> bool {
    let dated = || lines.iter().filter(|l| l.date.is_some());
    let ends = |end: &str| dated().all(|l| l.whole.strip_suffix(l.rest).is_some_and(|time| time.ends_with(end)));
    let notice_first =
        || dated().next().is_some_and(|l| l.header.is_none() && sender(l).is_none() && is_notice(l.rest));
    let is_marked = |l: &&Line| [Some(l.rest), sender(l).map(|(_, words)| words)].iter().flatten().any(begins_marked);
    (ends(" - ") && dated().all(|l| dates_as_whatsapp(l.whole)) && notice_first())
        || (ends("] ") && dated().filter(is_marked).nth(1).is_some())
}

/// Whether words begin with the mark of direction that WhatsApp of an iPhone puts before what it writes itself.
fn begins_marked(words: &&str) -> bool {
    words.starts_with('\u{200e}')
}

/// Whether a comma, or a word of WhatsApp's in its place, divides the date at the head of a line from its time; a date
/// as programs write it, "2026-03-12", heads any log.
fn dates_as_whatsapp(line: &str) -> bool {
    let (date, behind) = line.split_at(line.find(' ').unwrap_or(0));
    let bare = date.strip_suffix(',').unwrap_or(date);
    let numbers = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b'.'));
    numbers && (date.ends_with(',') || behind.starts_with(" à ") || behind.starts_with(" klo "))
}

/// Whether WhatsApp surely wrote what stands behind a time: that the chat is encrypted, or how a group came to be.
fn is_notice(words: &str) -> bool {
    const WITHIN: &[&str] = &[
        "are end-to-end encrypted",
        "with end-to-end encryption",
        "ende-zu-ende-verschlüsselt",
        "cifrados de extremo a extremo",
        "cifradas de extremo a extremo",
        "cifrado de extremo a extremo",
        "chiffrés de bout en bout",
        "crittografati end-to-end",
        "crittografia end-to-end",
        "criptografia de ponta a ponta",
        "encriptadas ponto a ponto",
        "end-to-end versleuteld",
        "created group \"",
        "created group “",
        "hat die gruppe „",
        "hat die gruppe \"",
        "creó el grupo \"",
        "creó el grupo “",
        "a créé le groupe \"",
        "a créé le groupe «",
        "ha creato il gruppo \"",
        "ha creato il gruppo “",
        "criou o grupo \"",
        "criou o grupo “",
        "heeft de groep \"",
        "heeft groep \"",
    ];
    const AT_END: &[&str] = &[
        " created this group",
        " joined using this group's invite link",
        " joined using a group link",
        " hat diese gruppe erstellt",
        " hat dich hinzugefügt",
        " creó este grupo",
        " a créé ce groupe",
        " ha creato questo gruppo",
        " criou este grupo",
    ];
    let words = words.trim_matches(is_around_name).to_lowercase().replace('’', "'");
    let words = words.trim_end_matches('.');
    WITHIN.iter().any(|notice| words.contains(notice)) || AT_END.iter().any(|notice| words.ends_with(notice))
}

/// Blanks, marks of direction, and the "~" before who is no contact of WhatsApp's.
pub fn is_around_name(c: char) -> bool {
    c.is_whitespace() || matches!(c, '~' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')
}
