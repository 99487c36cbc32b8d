//! Cuts a conversation into the texts that are scored, without losing a word.
//!
//! A turn of a call or chat is one text unless it is long; then it is cut into groups of whole sentences. A paragraph of
//! an e-mail is cut into its sentences, since a mail packs into one paragraph what a call spreads over turns. Where a
//! speech recogniser wrote no full stops, a long stretch is cut at the clause or word nearest to the limit.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::Text;
use crate::conversation::{Channel, Conversation};

/// Words up to which a turn stays whole: what the labelled turns keep as one line.
const WHOLE_TURN_WORDS: usize = 60;
/// Words that a group of sentences of a longer turn aims at.
const GROUP_WORDS: usize = 40;
/// Words up to which a sentence is too short to stand alone ("No." "Got it.") and goes with the next one.
const SHORT_SENTENCE_WORDS: usize = 1;

/// A text with its place in the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Index of the turn.
    pub turn: usize,
    /// Bytes of the turn's text.
    pub span: Range<usize>,
    /// What is scored.
    pub text: Text,
}

/// The pieces of a conversation in order; together they cover every word of every turn. Turns without a letter or digit
/// give none.
pub fn pieces(conversation: &Conversation) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before = String::new();
    for (index, turn) in conversation.turns.iter().enumerate() {
        let spans = match conversation.channel {
            Channel::Email => sentence_spans(&turn.text),
            Channel::Call | Channel::Chat => turn_spans(&turn.text),
        };
        for span in spans {
            let words = squeeze(&turn.text[span.clone()]);
            let is_salutation = conversation.channel == Channel::Email && words.ends_with(',');
            let text = Text { side: turn.side, context: before.clone(), text: words.clone() };
            pieces.push(Piece { turn: index, span, text });
            // "Hi Dale," is no context for the sentence behind it.
            if !is_salutation {
                before = words;
            }
        }
    }
    pieces
}

/// The spans of a spoken turn.
fn turn_spans(text: &str) -> Vec<Range<usize>> {
    let whole = trim(text, 0..text.len());
    if whole.is_empty() {
        return Vec::new();
    }
    if count_words(&text[whole.clone()]) <= WHOLE_TURN_WORDS {
        return vec![whole];
    }
    group(text, sentence_spans(text), GROUP_WORDS)
}

/// Joins neighbouring spans while they stay within `limit` words.
fn group(text: &str, spans: Vec<Range<usize>>, limit: usize) -> Vec<Range<usize>> {
    let mut groups: Vec<(Range<usize>, usize)> = Vec::new();
    for span in spans {
        let words = count_words(&text[span.clone()]);
        match groups.last_mut() {
            Some((last, held)) if *held + words <= limit => {
                last.end = span.end;
                *held += words;
            }
            _ => groups.push((span, words)),
        }
    }
    groups.into_iter().map(|(span, _)| span).collect()
}

/// The spans of the sentences of `text`, trimmed, none without a letter or digit, none much longer than a whole turn.
pub fn sentence_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    for (start, sentence) in text.split_sentence_bound_indices() {
        let end = start + sentence.len();
        let from = open.take().unwrap_or(start);
        let so_far = &text[from..end];
        // UAX 29 breaks behind "Dr. " and after a lone "No."; both go on.
        if end < text.len() && (ends_in_abbreviation(so_far) || count_words(so_far) <= SHORT_SENTENCE_WORDS) {
            open = Some(from);
            continue;
        }
        let span = trim(text, from..end);
        if has_words(&text[span.clone()]) {
            spans.push(span);
        } else if let (Some(last), false) = (spans.last_mut(), span.is_empty()) {
            // A lone ":-)" or "…" belongs to what it follows.
            last.end = span.end;
        }
    }
    spans.into_iter().flat_map(|span| cut_long(text, span)).collect()
}

/// Cuts a stretch without full stops into pieces of about [`GROUP_WORDS`] words.
fn cut_long(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    if count_words(&text[span.clone()]) <= WHOLE_TURN_WORDS {
        return vec![span];
    }
    let mut cuts = Vec::new();
    let (mut start, mut words, mut last_clause) = (span.start, 0, None);
    for (at, word) in text[span.clone()].split_word_bound_indices() {
        let end = span.start + at + word.len();
        if word.chars().any(char::is_alphanumeric) {
            words += 1;
        } else if matches!(word, "," | ";" | ":" | "—" | "–") && words >= GROUP_WORDS / 2 {
            last_clause = Some(end);
        }
        if words >= GROUP_WORDS && word.trim().is_empty() {
            let cut = last_clause.take().unwrap_or(end);
            cuts.push(start..cut);
            words = count_words(&text[cut..end]);
            start = cut;
        }
    }
    cuts.push(start..span.end);
    let rest_is_short = cuts.last().is_some_and(|last| count_words(&text[last.clone()]) < 4);
    if rest_is_short && cuts.len() > 1 {
        cuts.pop();
        if let Some(last) = cuts.last_mut() {
            last.end = span.end;
        }
    }
    cuts.into_iter().map(|cut| trim(text, cut)).filter(|cut| !cut.is_empty()).collect()
}

/// Whether the last word is one that a full stop does not end a sentence behind.
fn ends_in_abbreviation(sentence: &str) -> bool {
    const ABBREVIATIONS: &[&str] = &[
        "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "approx", "no", "inc", "ltd", "co",
        "corp", "jr", "sr", "dept", "fig", "ext", "est", "min", "max", "incl", "excl",
    ];
    let Some(head) = sentence.trim_end().strip_suffix('.') else { return false };
    let last = head.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or(head).to_lowercase();
    // "no." is also an answer; it is an abbreviation only inside a sentence.
    let is_answer = last == "no" && head.split_whitespace().count() == 1;
    let is_initial = last.chars().count() == 1 && last != "i" && last.chars().all(char::is_alphabetic);
    (ABBREVIATIONS.contains(&last.as_str()) && !is_answer) || is_initial
}

fn trim(text: &str, span: Range<usize>) -> Range<usize> {
    let slice = &text[span.clone()];
    let start = span.start + (slice.len() - slice.trim_start().len());
    start..start.max(span.start + slice.trim_end().len())
}

/// Letters, digits, or a symbol that speaks for itself (a thumb, a smile).
fn has_words(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() || c >= '\u{2600}' && !c.is_whitespace() && c != '\u{FEFF}')
}

/// Words as UAX 29 counts them; characters of scripts without spaces count one each.
pub fn count_words(text: &str) -> usize {
    text.unicode_words().count()
}

/// White space collapsed to single spaces: the one normalisation before the tokenizer.
fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conversation::{ConversationId, DealId, Source, Turn};

    fn sentences(text: &str) -> Vec<&str> {
        sentence_spans(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn sentences_end_where_a_reader_says() {
        for (text, expected) in [
            ("We like it. Price is the issue.", vec!["We like it.", "Price is the issue."]),
            ("Dr. Singh signs. I don't.", vec!["Dr. Singh signs.", "I don't."]),
            ("No. We can't do that.", vec!["No. We can't do that."]),
            ("It costs approx. 20 % more, e.g. for Ohio.", vec!["It costs approx. 20 % more, e.g. for Ohio."]),
            ("Great work :-) ... Thanks a lot!", vec!["Great work :-) ...", "Thanks a lot!"]),
            ("Really? Yes! Fine then…", vec!["Really? Yes!", "Fine then…"]),
            ("  ", vec![]),
            ("...", vec![]),
        ] {
            assert_eq!(sentences(text), expected, "{text:?}");
        }
    }

    #[test]
    fn long_turns_are_cut_into_groups_and_keep_every_word() {
        let sentence =
            "so what we did last year was try to run the whole thing on two spreadsheets and a shared inbox. ";
        let text = sentence.repeat(6);
        let spans = turn_spans(&text);
        assert!(spans.len() >= 3, "{spans:?}");
        assert!(spans.iter().all(|s| count_words(&text[s.clone()]) <= GROUP_WORDS));
        let unpunctuated = "and then we said okay ".repeat(60);
        assert!(turn_spans(&unpunctuated).len() >= 5);
    }

    fn conversation(channel: Channel, texts: &[String]) -> Conversation {
        Conversation {
            id: ConversationId("c".into()),
            deal: DealId("d".into()),
            channel,
            started_at: None,
            title: String::new(),
            participants: vec![],
            turns: texts.iter().map(|t| Turn { text: t.clone(), ..Turn::default() }).collect(),
            mail: None,
            recording: None,
            source: Source::default(),
            revision: 0,
        }
    }

    #[test]
    fn what_was_said_just_before_is_the_context_and_a_salutation_is_not() {
        let texts = ["Hi Dale,".to_string(), "It broke. We lost a day.".to_string()];
        let pieces = pieces(&conversation(Channel::Email, &texts));
        let contexts: Vec<&str> = pieces.iter().map(|p| p.text.context.as_str()).collect();
        assert_eq!(contexts, ["", "", "It broke."]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_span_is_off(texts in prop::collection::vec("(?s).{0,600}", 0..4), mail: bool) {
            let conversation = conversation(if mail { Channel::Email } else { Channel::Call }, &texts);
            let pieces = pieces(&conversation);
            let mut seen = vec![0; texts.len()];
            for piece in &pieces {
                prop_assert!(piece.span.start >= seen[piece.turn], "spans overlap or go back");
                let gap = &texts[piece.turn][seen[piece.turn]..piece.span.start];
                prop_assert!(!has_words(gap), "lost {gap:?}");
                seen[piece.turn] = piece.span.end;
                prop_assert!(!piece.text.text.is_empty());
            }
            for (text, end) in texts.iter().zip(seen) {
                prop_assert!(!has_words(&text[end..]), "lost {:?}", &text[end..]);
            }
        }
    }
}
