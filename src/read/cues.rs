//! What subtitle formats share: blocks of "time --> time" with lines below, and who speaks in them.

use super::{
    Input, Read, Skipped,
    sounds::is_sound,
    speaker::{Habit, looks_like_name},
    turns::{append, join_sentences, one_line},
    when::timecode_ms,
};
use crate::conversation::{Conversation, Turn};

/// One cue.
#[derive(Clone, Debug, Default)]
pub struct Cue<'a> {
    /// Milliseconds.
    pub start_ms: Option<u64>,
    /// Milliseconds.
    pub end_ms: Option<u64>,
    /// The line above its time, where it has one.
    pub id: Option<&'a str>,
    /// The lines below its time.
    pub body: Vec<&'a str>,
}

/// How a format writes its times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// `00:00:01.000 --> 00:00:02.000`: WebVTT, SRT.
    Arrow,
    /// `0:00:01.000,0:00:02.000`: SBV.
    Comma,
}

/// Whether `line` is a line of times.
pub fn is_timing(line: &str, arrow: Arrow) -> bool {
    match arrow {
        // Words may hold an arrow; a line of times begins with one.
        Arrow::Arrow => {
            line.trim_start().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '[' | '-'))
                && line.contains("-->")
        }
        Arrow::Comma => timing(line, arrow).is_some(),
    }
}

/// Start, end, and the words behind times in square brackets: "[00:01.000 --> 00:02.000] hello", as Whisper prints it.
fn timing(line: &str, arrow: Arrow) -> Option<(u64, u64, &str)> {
    match arrow {
        Arrow::Arrow => {
            let (from, to) = line.split_once("-->")?;
            if let Some(from) = from.trim_start().strip_prefix('[') {
                let (to, words) = to.split_once(']')?;
                return Some((timecode_ms(from.trim())?, timecode_ms(to.trim())?, words.trim()));
            }
            Some((timecode_ms(from.trim())?, timecode_ms(to.split_whitespace().next()?)?, ""))
        }
        Arrow::Comma => {
            let line = line.trim();
            let (from, to) = line.split_once(',')?;
            let clocks = from.contains(':') && to.contains(':');
            clocks.then(|| Some((timecode_ms(from)?, timecode_ms(to)?, "")))?
        }
    }
}

/// Cuts a subtitle text into cues. `is_comment` says which blocks without a time hold no words by the format's own rules.
pub fn cues<'a>(
    input: &'a Input,
    arrow: Arrow,
    is_comment: impl Fn(&str) -> bool,
    skipped: &mut Vec<Skipped>,
) -> Vec<Cue<'a>> {
    let mut blocks = Blocks {
        input,
        arrow,
        is_comment,
        out: Vec::new(),
        skipped: Vec::new(),
        loose: Vec::new(),
        loose_at: 1,
        in_cue: false,
        first: true,
    };
    for (number, line) in input.text().lines().enumerate() {
        let number = number + 1;
        let bare = line.trim();
        // YouTube puts a line of one blank above or below the words of a cue; only an empty line ends a cue without words.
        let no_words = || blocks.out.last().is_some_and(|cue| cue.body.is_empty());
        if blocks.in_cue && bare.is_empty() && !line.is_empty() && no_words() {
            continue;
        }
        // Files that were laid one behind the other repeat the mark.
        if bare.is_empty() || (bare == "WEBVTT" && !blocks.out.is_empty()) {
            blocks.end();
        } else if is_timing(bare, arrow) {
            blocks.begin_cue(bare, number);
        } else {
            blocks.add(bare, number);
        }
    }
    blocks.end();
    skipped.append(&mut blocks.skipped);
    blocks.out
}

/// The blocks of a subtitle text, as far as it was read.
struct Blocks<'a, 'b, C> {
    input: &'a Input<'b>,
    arrow: Arrow,
    is_comment: C,
    out: Vec<Cue<'a>>,
    skipped: Vec<Skipped>,
    /// The lines of the block that is being read and has no time yet.
    loose: Vec<&'a str>,
    /// The number of the first of them.
    loose_at: usize,
    /// Whether the block that is being read is a cue.
    in_cue: bool,
    /// Whether there was neither a cue nor a block without a time.
    first: bool,
}

impl<'a, C: Fn(&str) -> bool> Blocks<'a, '_, C> {
    /// Adds a line of words.
    fn add(&mut self, line: &'a str, number: usize) {
        if self.in_cue {
            if let Some(last) = self.out.last_mut() {
                last.body.push(line);
            }
            return;
        }
        if self.loose.is_empty() {
            self.loose_at = number;
        }
        self.loose.push(line);
    }

    /// Begins a cue at its line of times.
    fn begin_cue(&mut self, line: &'a str, number: usize) {
        let id = self.id_above(line);
        (self.in_cue, self.first) = (true, false);
        let mut cue = Cue { id, ..Cue::default() };
        match timing(line, self.arrow) {
            Some((start, end, words)) => {
                (cue.start_ms, cue.end_ms) = (Some(start), Some(end).filter(|end| *end >= start));
                cue.body.extend(Some(words).filter(|w| !w.is_empty()));
                if end < start {
                    self.skip(number, "bad_time", "a cue ends before it starts; its end was dropped");
                }
            }
            None => self.skip(
                number,
                "bad_time",
                "a line of times cannot be read; the words below it were kept, without a time",
            ),
        }
        self.out.push(cue);
    }

    /// The line above a line of times that names its cue; what stands above that is ended.
    fn id_above(&mut self, line: &str) -> Option<&'a str> {
        if self.in_cue && line.starts_with('[') {
            // A cue a line; what stands above is the last one's.
            return None;
        }
        if self.in_cue {
            // No blank line above: the line before, if it is only a number, is this cue's and not the last one's.
            let last = self.out.last_mut()?;
            return last.body.pop_if(|line| is_number(line));
        }
        let is_mark = |line: &&str| line.starts_with("WEBVTT");
        let id = self.loose.pop();
        let id = id.filter(|id| !(is_mark(id) && self.loose.first().is_some_and(is_mark)));
        self.end();
        id
    }

    /// Ends the block that is being read.
    fn end(&mut self) {
        if std::mem::take(&mut self.in_cue) || self.loose.is_empty() {
            return;
        }
        let mut body = std::mem::take(&mut self.loose);
        let of_head = std::mem::take(&mut self.first) && body[0].starts_with("WEBVTT");
        // An SRT number or a cue's name above nothing.
        let alone = || body.iter().all(|line| is_number(line));
        if of_head || (self.is_comment)(body[0]) || alone() {
            return;
        }
        if body.len() > 1 && is_number(body[0]) {
            body.remove(0);
        } else if let Some(last) = self
            .out
            .last_mut()
            .filter(|last| last.start_ms.is_some() && !last.body.is_empty() && !has_broken_times(&body))
        {
            // A further paragraph of what the cue above says.
            last.body.append(&mut body);
            return;
        }
        self.skip(
            self.loose_at,
            "bad_cue",
            "a block of text has no line of times above it; its words were kept, without a time",
        );
        self.out.push(Cue { body, ..Cue::default() });
    }

    fn skip(&mut self, line: usize, code: &str, message: &'static str) {
        self.skipped.push(self.input.skipped(Some(line), code, message));
    }
}

/// Whether a line is nothing but a number, as SRT puts above each cue.
fn is_number(line: &str) -> bool {
    line.trim().bytes().all(|b| b.is_ascii_digit())
}

/// What is read of subtitles that are nothing else.
///
/// # Errors
/// Where nobody says anything in them.
pub fn read(input: &Input, conversation: Conversation, skipped: Vec<Skipped>) -> Result<Read, Skipped> {
    if conversation.turns.is_empty() {
        return Err(input.skipped(None, "no_words", "the subtitles have no block with words; export them again"));
    }
    Ok(Read { conversations: vec![conversation], skipped, ..Read::default() })
}

/// The line of times in a text's head that can be read, where there is one.
pub fn first_timing(head: &str) -> Option<&str> {
    // Nearly every other file has none at all, and to know that costs less than to cut it into lines.
    if !head.contains("-->") {
        return None;
    }
    head.lines().take(20).find(|line| is_timing(line, Arrow::Arrow) && timing(line.trim(), Arrow::Arrow).is_some())
}

/// What a cue says: its pieces, each with the name that its markup gives.
pub type Pieces = Vec<(Option<String>, String)>;

/// Makes turns of cues. `pieces` gives a cue's lines without markup, each with the speaker whom the markup names; where
/// it names none, "Ann: hello" and "Ann" on a line of its own are tried over the whole file.
pub fn turns(cues: &[Cue], pieces: impl Fn(&Cue) -> Pieces) -> Vec<Turn> {
    let cut: Vec<(&Cue, Pieces)> = cues.iter().map(|c| (c, pieces(c))).collect();
    let unnamed =
        || cut.iter().flat_map(|(_, p)| p.iter()).filter(|(name, _)| name.is_none()).map(|(_, text)| text.as_str());
    let mut habit = Habit::learn(unnamed());
    let heads = cut.iter().filter_map(|(_, p)| p.first());
    habit.believe_heads(heads.filter(|(name, _)| name.is_none()).map(|(_, text)| text.as_str()));
    let name_above = names_stand_above(&cut);
    let names_in_brackets = name_above && cut.iter().all(|(_, p)| p.len() < 2 || is_name_in_brackets(&p[0].1));
    let mut out: Vec<Turn> = Vec::with_capacity(cut.len());
    for (cue, pieces) in &cut {
        let from_cue = out.len();
        // "-Yes." over "-No." is a dialogue without blanks.
        let dialogue = pieces.len() > 1 && pieces.iter().all(|(_, text)| text.trim_start().starts_with('-'));
        let mut above = None;
        for (place, (name, text)) in pieces.iter().enumerate() {
            if name_above && place == 0 && pieces.len() > 1 && cue.start_ms.is_some() {
                above = Some(out_of_brackets(text).to_owned());
                continue;
            }
            // Google Meet's captions have who speaks next in the same cue below a dash.
            if names_in_brackets && name.is_none() {
                if is_name_in_brackets(text) {
                    above = Some(out_of_brackets(text).to_owned());
                }
                if is_name_in_brackets(text) || text.trim() == "-" {
                    continue;
                }
            }
            let (speaker, text) = match name.clone().or_else(|| above.clone()) {
                Some(name) => (Some(name), text.as_str()),
                None => match habit.split(text) {
                    Some((name, rest)) => (Some(name.to_owned()), rest),
                    None => (None, text.as_str()),
                },
            };
            let (dash, text) = without_change_mark(text.trim_start(), dialogue);
            let text = one_line(text);
            if text.is_empty() || (speaker.is_none() && is_sound(&text)) {
                continue;
            }
            let turn = Turn {
                speaker: speaker.clone().unwrap_or_default(),
                start_ms: cue.start_ms,
                end_ms: cue.end_ms,
                text,
                ..Turn::default()
            };
            // A further line of a cue continues the line above unless it names a speaker or is a dialogue's dash.
            let further = out.len() > from_cue;
            match out.last_mut() {
                Some(last) if further && !dash && (speaker.is_none() || Some(&last.speaker) == speaker.as_ref()) => {
                    append(last, turn)
                }
                Some(last) if speaker.is_none() && !dash && habit.has_names() && !habit.names_every_line => {
                    let speaker = last.speaker.clone();
                    out.push(Turn { speaker, ..turn });
                }
                _ => out.push(turn),
            }
        }
    }
    // Those without a time stand between others and must not hide that these are out of order.
    if !out.iter().filter_map(|t| t.start_ms).is_sorted() {
        // Turns without a time stay behind the one that they followed.
        let mut latest = None;
        let mut keyed: Vec<(Option<u64>, Turn)> = out
            .into_iter()
            .map(|t| {
                latest = t.start_ms.or(latest);
                (latest, t)
            })
            .collect();
        keyed.sort_by_key(|(key, _)| *key);
        out = keyed.into_iter().map(|(_, t)| t).collect();
    }
    join_sentences(out)
}

/// Whether `text` begins with a mark that somebody else speaks now, `- ` or `>>`, and what follows it.
fn without_change_mark(text: &str, dialogue: bool) -> (bool, &str) {
    let behind = text.strip_prefix(">>").map(|rest| rest.trim_start_matches('>'));
    let behind = behind.or_else(|| text.strip_prefix("- ")).or_else(|| text.strip_prefix('-').filter(|_| dialogue));
    behind.map_or((false, text), |rest| (true, rest))
}

/// "Ann" of "(Ann)" and "[Ann]:".
fn out_of_brackets(text: &str) -> &str {
    let bare = text.trim().trim_end_matches(':').trim_end();
    let inside = bare.strip_prefix(['(', '[']).and_then(|b| b.strip_suffix([')', ']']));
    inside.map_or(text.trim(), str::trim)
}

/// Whether the first lines of a block are those of a cue of its own, whose times are not written as they must be.
fn has_broken_times(body: &[&str]) -> bool {
    let clocks = |line: &str| {
        let clock = |word: &&str| word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit());
        line.split_whitespace().filter(clock).nth(1).is_some()
    };
    body.iter().take(2).any(|line| line.contains("->") || clocks(line))
}

/// Whether `text` is nothing but a name in brackets: "(Ann Lee)".
fn is_name_in_brackets(text: &str) -> bool {
    let inside = out_of_brackets(text);
    inside.len() < text.trim().trim_end_matches(':').len() && looks_like_name(inside) && !is_sound(text)
}

/// Whether each cue has its speaker's name on a line of its own: first lines that all look like names and come back.
fn names_stand_above(cut: &[(&Cue, Pieces)]) -> bool {
    // A title above the first cue is no cue.
    let cut: Vec<&(&Cue, Pieces)> = cut.iter().filter(|(cue, _)| cue.start_ms.is_some()).collect();
    let with_two = cut.iter().filter(|(_, p)| p.len() >= 2 && p[0].0.is_none()).count();
    if with_two < 2 || with_two * 10 < cut.len() * 9 {
        return false;
    }
    let mut firsts: Vec<&str> =
        cut.iter().filter(|(_, p)| p.len() >= 2).map(|(_, p)| out_of_brackets(&p[0].1)).collect();
    if !firsts.iter().all(|f| looks_like_name(f) && f.split_whitespace().count() <= 5 && !f.ends_with(['.', ',', ':']))
    {
        return false;
    }
    // First and last name over words, each time; a single word needs to come back to be believed.
    let full = firsts.iter().all(|f| (2..=4).contains(&f.split_whitespace().count()));
    let all = firsts.len();
    firsts.sort_unstable();
    firsts.dedup();
    full || firsts.len() < all
}
