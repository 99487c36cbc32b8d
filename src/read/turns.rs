//! From the pieces of an export to turns: what an export cut into sentences, or a sentence in two, is one turn again.

use std::collections::BTreeSet;

use super::when;
use crate::conversation::Turn;

/// The longest silence, in milliseconds, over which two pieces are still one sentence.
const LONGEST_PAUSE_MS: u64 = 2_000;
/// The longest turn, in bytes, that joining makes; a transcript without any punctuation would else be one turn.
const LONGEST_JOINED: usize = 1_200;

/// Joins consecutive pieces of one speaker, no more than two seconds apart, where the later continues the earlier's
/// sentence; and also behind the end of a sentence where the export is cut into sentences. Some tools write a turn as one
/// piece and some a sentence, and the same words have to be the same turns.
pub fn join_sentences(pieces: Vec<Turn>) -> Vec<Turn> {
    let by_sentences = is_cut_into_sentences(&pieces);
    let mut out: Vec<Turn> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match out.last_mut() {
            Some(last) if continues(last, &piece, by_sentences) => append(last, piece),
            _ => out.push(piece),
        }
    }
    out
}

/// Whether pieces are sentences rather than turns: a third or more go on with the speaker of the one before. In
/// transcripts whose pieces are turns the speaker changes with nearly each of them (of 37,000 lines of labelled calls 6 to
/// 10 % go on with their speaker).
fn is_cut_into_sentences(pieces: &[Turn]) -> bool {
    /// Fewer say nothing of how a file is cut.
    const FEWEST: usize = 8;
    let goes_on = pieces.windows(2).filter(|pair| pair[0].speaker == pair[1].speaker).count();
    let speakers: BTreeSet<&str> = pieces.iter().map(|p| p.speaker.as_str()).collect();
    pieces.len() >= FEWEST && speakers.len() > 1 && 3 * goes_on >= pieces.len() - 1
}

fn continues(last: &Turn, next: &Turn, by_sentences: bool) -> bool {
    let near = match (last.end_ms, next.start_ms) {
        (Some(end), Some(start)) => start.saturating_sub(end) <= LONGEST_PAUSE_MS,
        // Without times only the words can tell; a next piece that begins in lower case continues.
        _ => by_sentences || next.text.chars().next().is_some_and(char::is_lowercase),
    };
    near && last.speaker == next.speaker
        && (by_sentences || !ends_sentence(&last.text))
        && last.text.len() + next.text.len() < LONGEST_JOINED
        && !next.text.starts_with(['-', '–', '—', '['])
}

/// Whether `text` ends with what ends a sentence, closing quotes and brackets aside.
pub fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end().trim_end_matches(['"', '\'', '”', '’', ')', ']', '»', '*']);
    text.is_empty() || text.ends_with(['.', '?', '!', '…', '。', '？', '！', '—', '–', '-', ':', '।', '؟'])
}

/// Puts `next` behind `last`, as one turn.
pub fn append(last: &mut Turn, next: Turn) {
    if !last.text.is_empty() && !next.text.is_empty() {
        last.text.push(' ');
    }
    last.text.push_str(&next.text);
    last.start_ms = last.start_ms.or(next.start_ms);
    last.end_ms = last.end_ms.max(next.end_ms).filter(|end| Some(*end) >= last.start_ms);
}

/// One word of a machine's transcript.
#[derive(Clone, Debug, Default)]
pub struct Word<'a> {
    /// Who says it, as the vendor labels it.
    pub speaker: std::borrow::Cow<'a, str>,
    /// Milliseconds.
    pub start_ms: Option<u64>,
    /// Milliseconds.
    pub end_ms: Option<u64>,
    /// The word, with its punctuation where the vendor has it.
    pub text: std::borrow::Cow<'a, str>,
    /// Whether it is written to the word before without a blank: a punctuation mark.
    pub glued: bool,
}

/// The longest silence, in milliseconds, within one turn of a machine's transcript.
const LONGEST_SILENCE_MS: u64 = 2_000;
/// The shortest silence, in milliseconds, that ends a turn where the vendor writes no punctuation.
const SHORTEST_SILENCE_MS: u64 = 600;

/// Makes turns of words: a new one where the speaker changes, or after two seconds of silence at the end of a sentence.
pub fn from_words<'a>(words: impl Iterator<Item = Word<'a>>) -> Vec<Turn> {
    let mut out: Vec<Turn> = Vec::new();
    for word in words {
        let text = word.text.trim();
        if text.is_empty() {
            continue;
        }
        if let Some(last) = out.last_mut() {
            let silence = match (last.end_ms, word.start_ms) {
                (Some(end), Some(start)) => start.saturating_sub(end),
                _ => 0,
            };
            let same = word.glued || last.speaker == word.speaker;
            // Without punctuation no sentence ends; then a breath does, once there is enough to stand alone.
            let breath = (silence >= SHORTEST_SILENCE_MS && last.text.len() > LONGEST_JOINED / 4)
                || last.text.len() > LONGEST_JOINED;
            let ends = if ends_sentence(&last.text) { silence > LONGEST_SILENCE_MS } else { breath };
            if same && (word.glued || !ends) {
                if !word.glued {
                    last.text.push(' ');
                }
                last.text.push_str(text);
                // Of a word without a start, its end is the earliest moment that is known.
                last.start_ms = last.start_ms.or(last.end_ms).or(word.start_ms);
                last.end_ms = last.end_ms.max(word.end_ms).max(word.start_ms);
                continue;
            }
        }
        out.push(Turn {
            speaker: word.speaker.into_owned(),
            start_ms: word.start_ms,
            end_ms: word.end_ms.max(word.start_ms),
            text: text.to_owned(),
            ..Turn::default()
        });
    }
    out
}

/// The longest that a call lasts, in milliseconds; what goes on longer is written.
pub const LONGEST_CALL_MS: u64 = 12 * 3_600_000;

/// A time at which no call has its first word, in milliseconds: it is one of the day.
pub const NO_OFFSET_MS: u64 = 5 * 3_600_000;

/// The slowest that people speak over a whole call, in words a second.
const SLOWEST: f64 = 0.02;

/// Whether `words` between `times` in seconds were slower than people speak, so that the times, whole numbers all, are
/// milliseconds.
pub fn slower_than_speech(words: usize, times: impl Iterator<Item = f64>) -> bool {
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for time in times {
        if time.fract() != 0.0 {
            return false;
        }
        (least, most) = (least.min(time), most.max(time));
    }
    most > least && (words as f64) < (most - least) * SLOWEST
}

/// Turns whose times are of the day, "10:00:03" under a heading that says "10:00", get offsets from the first; and so does what
/// begins later than any call's first word. `started`: milliseconds by the clock on the wall.
pub fn from_time_of_day(turns: &mut [Turn], started: Option<i64>) {
    const NEAR: u64 = 15 * 60_000;
    let Some(first) = turns.iter().find_map(|t| t.start_ms).filter(|first| *first >= 3_600_000) else { return };
    let of_day = started.map(|started| u64::try_from(started.rem_euclid(86_400_000)).unwrap_or(0));
    if first < NO_OFFSET_MS && of_day.is_none_or(|of_day| first.abs_diff(of_day) > NEAR) {
        return;
    }
    let mut midnight = when::Midnight::default();
    for turn in turns {
        let Some(start) = turn.start_ms else { continue };
        let passed = midnight.pass(start);
        turn.start_ms = Some(passed.saturating_sub(first));
        turn.end_ms = turn.end_ms.map(|end| (end + (passed - start)).saturating_sub(first));
    }
}

/// `text` with every run of white space and control characters as one blank.
pub fn one_line(text: &str) -> String {
    // Nearly every text is one line already. The checks go to the end without leaving early, many bytes by one instruction.
    let bytes = text.as_bytes();
    let plain = bytes.iter().fold(true, |plain, b| plain & (b' '..=b'~').contains(b));
    let twice = bytes.iter().zip(bytes.iter().skip(1)).fold(false, |twice, (a, b)| twice | (*a == b' ' && *b == b' '));
    if plain && !twice && !text.starts_with(' ') && !text.ends_with(' ') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(speaker: &str, start: u64, end: u64, text: &str) -> Turn {
        Turn { speaker: speaker.into(), start_ms: Some(start), end_ms: Some(end), text: text.into(), ..Turn::default() }
    }

    #[test]
    fn a_sentence_over_two_cues_is_one_turn_and_two_sentences_stay_two() {
        let joined = join_sentences(vec![
            turn("Ann", 0, 900, "what should you"),
            turn("Ann", 1000, 1900, "include in one?"),
            turn("Ann", 2000, 2900, "We think"),
            turn("Bob", 3000, 3900, "nothing."),
            turn("Bob", 9000, 9900, "Still nothing"),
            turn("Bob", 19000, 19900, "now."),
        ]);
        let texts: Vec<&str> = joined.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["what should you include in one?", "We think", "nothing.", "Still nothing", "now."]);
        assert_eq!((joined[0].start_ms, joined[0].end_ms), (Some(0), Some(1900)));
    }

    #[test]
    fn an_export_cut_into_sentences_has_the_turns_of_one_that_is_not() {
        let said =
            [("Ann", "We have a plan."), ("Ann", "It starts in May."), ("Bob", "Good."), ("Bob", "Who leads it?")];
        let pieces = |pause: u64| {
            let lines = said.iter().cycle().take(8).enumerate();
            lines
                .map(|(i, (who, text))| turn(who, i as u64 * (900 + pause), i as u64 * (900 + pause) + 900, text))
                .collect()
        };
        let texts = |pieces| join_sentences(pieces).into_iter().map(|t| t.text).collect::<Vec<_>>();
        let turns = ["We have a plan. It starts in May.", "Good. Who leads it?"];
        assert_eq!(texts(pieces(300)), [turns, turns].concat());
        // Behind a longer silence a new turn begins.
        assert_eq!(texts(pieces(2_100)).len(), 8);
        // Where turns are whole, one who goes on after a full stop begins a new one.
        let whole =
            [("Ann", "Hi."), ("Bob", "Hi."), ("Ann", "So."), ("Ann", "Shall we?"), ("Bob", "Yes."), ("Ann", "Good.")];
        let turns =
            whole.iter().enumerate().map(|(i, (who, text))| turn(who, i as u64 * 1000, i as u64 * 1000 + 900, text));
        assert_eq!(texts(turns.collect()).len(), 6);
    }

    #[test]
    fn words_that_lack_a_time_make_no_turn_that_ends_before_it_starts() {
        let word = |start_ms, end_ms| Word { start_ms, end_ms, text: "word".into(), ..Word::default() };
        let times = |words: [Word<'static>; 2]| {
            let turns = from_words(words.into_iter());
            assert_eq!(turns.len(), 1);
            (turns[0].start_ms, turns[0].end_ms)
        };
        assert_eq!(times([word(None, Some(900)), word(Some(1500), None)]), (Some(900), Some(1500)));
        assert_eq!(times([word(None, None), word(Some(1500), None)]), (Some(1500), Some(1500)));
        assert_eq!(times([word(Some(500), Some(900)), word(None, Some(1900))]), (Some(500), Some(1900)));
        assert_eq!(times([word(Some(500), None), word(None, None)]), (Some(500), Some(500)));
    }
}
