//! `Speaker: words` in its many habits; see `labelled::text`.

use std::slice;

use super::{
    Format, Input, Likeness, Read, Skipped,
    chat_days::by_day,
    crm, deals_csv, encoding,
    labelled::{self, markdown, remark::is_program},
    otter_txt, preamble, refusal, several_calls, table,
    turns::from_time_of_day,
    when::{self, words::lacks_year},
};
use crate::conversation::{Channel, Timestamp, Turn};

/// `Speaker: words` as plain text.
pub struct PlainTxt;

impl Format for PlainTxt {
    fn name(&self) -> &'static str {
        "plain-txt"
    }
    fn doc(&self) -> &'static str {
        "\"Speaker: words\" as text, with or without times, names above or before the words"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if encoding::is_binary(input.bytes)
            || input.head().trim_start().starts_with('{')
            || markdown::is_page(input.head())
            || refusal::is_script(input)
            || input.json().is_some()
            || table::is_table_throughout(input, |name| crm::columns::is_known(name) || deals_csv::is_known(name))
        {
            return Likeness::No;
        }
        let found = labelled::text::parse(&markdown::seen(input.path, input.head()));
        if found.labelled >= 2 && found.labelled * 5 >= found.lines {
            Likeness::Likely
        } else if found.labelled >= 1 && found.labelled * 2 >= found.lines {
            Likeness::Perhaps
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        read(self, input)
    }
}

/// Reads labelled text for any format that consists of it.
pub fn read(format: &dyn Format, input: &Input) -> Result<Read, Skipped> {
    let parts = several_calls::parts(input.text());
    if let [only] = &parts[..] {
        return read_text(format, input, only.text);
    }
    let mut out = Read::default();
    for (n, part) in parts.iter().enumerate() {
        let mut read = read_text(format, input, part.text)?;
        for conversation in &mut read.conversations {
            conversation.id.0.insert_str(input.path.len(), &format!("#{}", n + 1));
        }
        out.conversations.extend(read.conversations);
        out.skipped
            .extend(read.skipped.into_iter().map(|s| Skipped { line: s.line.map(|line| line + part.above), ..s }));
    }
    Ok(out)
}

/// Reads labelled text that is a part of `input`.
pub fn read_text(format: &dyn Format, input: &Input, text: &str) -> Result<Read, Skipped> {
    let found = labelled::text::parse(&markdown::seen(input.path, text));
    let channel = if found.chat || is_headed_chat(&found.preamble) { Channel::Chat } else { Channel::Call };
    let mut conversation = input.conversation(format, channel, None);
    conversation.turns = found.turns;
    conversation.started_at = found.began.or(conversation.started_at);
    conversation.local_time = found.began.is_some() && found.local;
    // The service's own line at the end is nobody's words.
    if let Some(last) = conversation.turns.last_mut()
        && let Some(at) = last.text.find(otter_txt::FOOTER).or_else(|| below_sonix(&last.text))
    {
        last.text.truncate(at);
        last.text.truncate(last.text.trim_end().len());
        // Nor did they take the time that its words would.
        if last.end_ms.is_some() {
            labelled::text::end_where_the_next_begins(slice::from_mut(last));
        }
    }
    // What is written takes no time to say.
    if channel == Channel::Chat {
        conversation.turns.iter_mut().for_each(|turn| turn.end_ms = None);
    }
    let is_program = |t: &Turn| channel == Channel::Chat && is_program(&t.speaker);
    conversation.turns.retain(|t| !t.text.is_empty() && !is_program(t));
    if conversation.turns.is_empty() {
        return Err(input.skipped(
            None,
            "no_speakers",
            "no line of the text names its speaker; write \"Name: words\", one turn a line",
        ));
    }
    let own = |line: &usize| input.skipped(Some(*line), "no_sender", OWN_LINE);
    let mut skipped: Vec<Skipped> = found.own.iter().map(own).collect();
    // By the clock on the wall there, which times of day in the text are of too.
    let mut ahead = found.ahead_ms;
    let mut two_ways = found.two_ways;
    let (mut no_year, mut no_zone) = (found.no_year, found.no_zone);
    // Further down are notes, and their dates are of what was agreed.
    for (line, text) in found.preamble.iter().take(DATED) {
        // A title may have the time alone, "Acme-20260303 1500-1", and the line below it the same clock with its zone.
        let is_local = found.began.is_none() && (conversation.local_time || when::is_local_in_path(input.path));
        let by_clock = conversation.started_at.filter(|_| is_local);
        if conversation.started_at.is_none() || by_clock.is_some_and(|shown| tells_zone_of(shown, text)) {
            conversation.started_at = when::in_text(text).inspect(|_| ahead = when::ahead_of_utc(text));
            conversation.local_time = conversation.started_at.is_some() && when::is_local(text);
            no_zone = no_zone.or_else(|| when::unknown_zone(text).map(|_| *line));
            two_ways = two_ways.or_else(|| when::reads_two_ways(text).then_some(*line));
            no_year = no_year.or_else(|| lacks_year(text).then_some(*line));
        }
    }
    if let Some(line) = found.notes_from {
        skipped.push(input.skipped(Some(line), "left_out", LEFT_OUT));
    }
    let told = two_ways.map(|line| (line, TWO_WAYS)).or(no_year.map(|line| (line, NO_YEAR)));
    if let Some((line, message)) = told.filter(|_| conversation.started_at.is_none()) {
        skipped.push(input.skipped(Some(line), "bad_date", message));
    }
    if let Some(line) = no_zone {
        skipped.push(input.skipped(Some(line), "unknown_zone", NO_ZONE));
    }
    conversation.participants = preamble::people(&found.preamble);
    conversation.title = preamble::title(&found.preamble);
    let notes = found.preamble.get(1..).unwrap_or_default();
    skipped.extend(preamble::missed(notes, &conversation.turns).into_iter().map(|lines| {
        let (from, to) = lines.into_inner();
        let message = if from == to {
            "a line before the first speaker was read as part of the heading, not as words".to_owned()
        } else {
            format!("what stands from this line to line {to}, before the first speaker, was read as part of the heading, not as words")
        };
        input.skipped(Some(from), "preamble", message)
    }));
    // Times behind dates count from the first of these already, also where the line of that one was no message.
    if found.began.is_none() || !found.from_began {
        let started = conversation.started_at.map(|started| started.as_millisecond() + ahead);
        from_time_of_day(&mut conversation.turns, started);
    }
    // Where messages have no date, the file's may be that of the last of them.
    let by_date = found.chat && found.began.is_some();
    let conversations = if by_date { by_day(conversation) } else { vec![conversation] };
    Ok(Read { conversations, skipped, ..Read::default() })
}

/// Whether the first line says that a program kept a chat: Pidgin's, Olark's and others'.
fn is_headed_chat(preamble: &[(usize, String)]) -> bool {
    const HEADS: &[&str] = &["conversation with ", "chat with ", "chat transcript", "live chat "];
    let first = preamble.first().map(|(_, line)| line.trim_matches(['#', '*', ' ']).to_lowercase());
    first.is_some_and(|first| HEADS.iter().any(|head| first.starts_with(head)))
}

/// Whether `text` gives the moment at which a clock shows `shown`, with the zone of that clock.
fn tells_zone_of(shown: Timestamp, text: &str) -> bool {
    let shows = |at: Timestamp| at.as_millisecond() + when::ahead_of_utc(text) == shown.as_millisecond();
    when::in_text(text).is_some_and(shows) && !when::is_local(text)
}

/// What is said of a dated line between messages that has a colon and no sender whom another line names, or tells in a log of
/// IRC what somebody did who wrote nothing there.
const OWN_LINE: &str = "a line of the chat was read as the chat's own and not as a message, because no message there is by whoever would have written it";

/// What is said of notes below a transcript.
pub(super) const LEFT_OUT: &str =
    "what stands from this line on, below the last speaker, was read as notes, not as words";

/// What is said of a date that reads in two ways.
pub(super) const TWO_WAYS: &str = "the date reads in two ways, day first or month first, and nothing tells which; write it as 2026-05-31, there or in the name of the file";

/// What is said of a date without a year.
pub(super) const NO_YEAR: &str = "the date has no year, so the conversation counts as the latest of its deal; write it as 2026-05-31, there or in the name of the file";

/// What is said of a time whose zone is not known.
pub(super) const NO_ZONE: &str = "the zone behind the time is none that is known here, so the time was taken for UTC; write it as 2026-05-31 10:00 +05:30, there or in the name of the file";

/// Where in the last words what Sonix puts below a transcript begins, in the wordings of the years.
fn below_sonix(text: &str) -> Option<usize> {
    const LINES: &[&str] = &[
        "Automatically transcribed by Sonix",
        "Sonix is the world's most",
        "Sonix is the world’s most",
        "Sonix has many features that you",
    ];
    let named = LINES.iter().filter_map(|line| text.find(line)).min()?;
    let converts = text.find("Automatically convert your ").filter(|at| *at < named);
    Some(converts.unwrap_or(named))
}

/// Within how many lines a heading says when the call was.
const DATED: usize = 13;
