//! Cuts a conversation into the texts that are scored, without losing a word.
//!
//! A turn of a call or chat is one text unless it is long; then it is cut into groups of whole sentences. A paragraph of
//! an e-mail is cut into its sentences, since a mail packs into one paragraph what a call spreads over turns. Where a
//! speech recogniser wrote no full stops, a long stretch is cut at the clause or word nearest to the limit.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Text, sentence_ends::sentence_ends};
use crate::conversation::{Channel, Conversation};

/// Words up to which a turn stays whole: what the labelled turns keep as one line.
const WHOLE_TURN_WORDS: usize = 60;
/// Words that a group of sentences of a longer turn aims at.
const GROUP_WORDS: usize = 40;
/// Words up to which a sentence is too short to stand alone ("No." "Got it.") and goes with the next one.
const SHORT_SENTENCE_WORDS: usize = 1;
/// Words of the longest salutation: "Dear Mr. Lee, dear Mrs. Rivera Hall,".
const SALUTATION_WORDS: usize = 8;

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

/// The pieces of a conversation in order; together they cover every word of every turn. Turns without a letter, a digit or
/// a symbol that speaks for itself give none.
pub fn pieces(conversation: &Conversation) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut before = String::new();
    for (index, turn) in conversation.turns.iter().enumerate() {
        let spans = match conversation.channel {
            Channel::Email => sentence_spans(&turn.text),
            Channel::Call | Channel::Chat => turn_spans(&turn.text),
        };
        for (at, span) in spans.into_iter().enumerate() {
            let words = squeeze(&turn.text[span.clone()]);
            let is_salutation = conversation.channel == Channel::Email && at == 0 && is_salutation(&words);
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

/// Whether what begins a paragraph of a mail is "Hi Dale," and no part of a sentence, which may be cut at a comma too.
fn is_salutation(words: &str) -> bool {
    words.ends_with(',') && count_words(words) <= SALUTATION_WORDS
}

/// The spans of a spoken turn.
fn turn_spans(text: &str) -> Vec<Range<usize>> {
    let whole = trim(text, 0..text.len());
    if !has_words(&text[whole.clone()]) {
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
    let ends = sentence_ends(text);
    let mut spans: Vec<Range<usize>> = Vec::new();
    let (mut from, mut next) = (0, 0);
    while next < ends.len() {
        let last = last_of(text, from, &ends, next);
        let span = trim(text, from..ends[last]);
        if has_words(&text[span.clone()]) {
            spans.push(span);
        } else if let (Some(before), false) = (spans.last_mut(), span.is_empty()) {
            // A lone ":-)" or "…" belongs to what it follows.
            before.end = span.end;
        }
        (from, next) = (ends[last], last + 1);
    }
    spans.into_iter().flat_map(|span| cut_long(text, span)).collect()
}

/// With which of the sentences that end at `ends` the one ends that begins at `from`, where the `first` of them begins. UAX
/// 29 breaks behind "Dr. " and after a lone "No."; both go on.
///
/// The work grows with the words that are looked at and not with their square, whatever a stranger sends: nothing looks
/// again and again at all that was joined so far.
fn last_of(text: &str, from: usize, ends: &[usize], first: usize) -> usize {
    let end = ends.len() - 1;
    let mut last = long_enough(text, from, ends, first);
    let mut several = false;
    while last < end {
        let so_far = &text[from..ends[last]];
        // Asked where it matters, which is no more than once with the answer no: that ends the sentence.
        let mut stands_alone = || {
            several = several || so_far.split_whitespace().nth(1).is_some();
            !several
        };
        if !ends_in_abbreviation(so_far, &mut stands_alone) {
            break;
        }
        // White space behind an abbreviation leaves it one.
        last += 1;
        while last < end && text[ends[last - 1]..ends[last]].trim_start().is_empty() {
            last += 1;
        }
    }
    last
}

/// With which sentence there are more words than [`SHORT_SENTENCE_WORDS`], at the latest with the last one. Looks ever twice
/// as far, and then between, since words do not become fewer where more follow.
fn long_enough(text: &str, from: usize, ends: &[usize], first: usize) -> usize {
    let enough = |at: usize| text[from..ends[at]].unicode_words().nth(SHORT_SENTENCE_WORDS).is_some();
    let end = ends.len() - 1;
    let (mut short, mut at, mut step) = (first, first, 1);
    while at < end && !enough(at) {
        // Save where a sentence ends within a word ("a.\u{93e}"), whose parts are one word with what follows; other marks may
        // stand on its last letter.
        let joins = |at: &usize| {
            let last = text[..ends[*at]].graphemes(true).next_back();
            last.is_some_and(|last| last.contains(char::is_alphanumeric))
        };
        let within = (at + 1..(at + step).min(end)).find(joins);
        short = at + 1;
        at = within.unwrap_or_else(|| (at + step).min(end));
        step *= 2;
    }
    // All before `short` are too short; `at` is not, or the last of all.
    while short < at {
        let between = short + (at - short) / 2;
        if enough(between) {
            at = between;
        } else {
            short = between + 1;
        }
    }
    at
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

/// Whether the last word is one that a full stop does not end a sentence behind; `stands_alone` says whether it is the only
/// one.
fn ends_in_abbreviation(sentence: &str, stands_alone: &mut dyn FnMut() -> bool) -> bool {
    const ABBREVIATIONS: &[&str] = &[
        "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "approx", "no", "inc", "ltd", "co",
        "corp", "jr", "sr", "dept", "fig", "ext", "est", "min", "max", "incl", "excl",
    ];
    /// Characters of the longest of them.
    const LONGEST: usize = 6;
    let Some(head) = sentence.trim_end().strip_suffix('.') else { return false };
    let part = |c: &char| !c.is_whitespace() && *c != '(';
    let length = head.chars().rev().take_while(part).take(LONGEST + 1).count();
    if length > LONGEST {
        return false;
    }
    let start = head.char_indices().rev().take(length).last().map_or(head.len(), |(at, _)| at);
    let last = head[start..].to_lowercase();
    // "no." is also an answer; it is an abbreviation only inside a sentence.
    let is_answer = last == "no" && stands_alone();
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

    /// The spans of sentences by the rule as it reads, which looks at all that was joined so far with every sentence.
    fn sentence_spans_by_the_rule(text: &str) -> Vec<Range<usize>> {
        let ends_in_abbreviation = |so_far: &str| {
            let head = so_far.trim_end().strip_suffix('.');
            let alone = head.is_some_and(|head| head.split_whitespace().count() == 1);
            ends_in_abbreviation(so_far, &mut || alone)
        };
        let mut spans: Vec<Range<usize>> = Vec::new();
        let mut open: Option<usize> = None;
        for (start, sentence) in text.split_sentence_bound_indices() {
            let end = start + sentence.len();
            let from = open.take().unwrap_or(start);
            let so_far = &text[from..end];
            if end < text.len() && (ends_in_abbreviation(so_far) || count_words(so_far) <= SHORT_SENTENCE_WORDS) {
                open = Some(from);
                continue;
            }
            let span = trim(text, from..end);
            if has_words(&text[span.clone()]) {
                spans.push(span);
            } else if let (Some(last), false) = (spans.last_mut(), span.is_empty()) {
                last.end = span.end;
            }
        }
        spans.into_iter().flat_map(|span| cut_long(text, span)).collect()
    }

    #[test]
    fn a_sentence_that_ends_within_a_word_ends_where_the_rule_says() {
        for text in ["a.\u{93e} b. c", "\n\nno.\u{93e}\u{301}ب.価格"] {
            assert_eq!(sentence_spans(text), sentence_spans_by_the_rule(text), "{text:?}");
        }
    }

    #[test]
    fn what_joins_again_and_again_takes_no_longer_than_what_does_not() {
        // Each of these was looked at from its beginning with every sentence; together they would take minutes.
        for (part, before, sentences) in [
            ("No. ", "well ", 1),
            ("…\n", "word one. ", 1),
            ("-\n", "", 0),
            ("\n", "see Dr. ", 1),
            ("א.", "", 1),
            ("!*", "", 0),
            ("*(א.", "", 1),
            ("x no.\n", "\n\n\n", 1),
            ("e.g. ", "so ", 1),
            // Behind a full stop each of these was asked what the next letter is, which stands behind all of them, if any.
            ("\"", "Hello there.", 1),
            ("(\u{93e}", "Hello there.", 1),
            ("\u{ad}«\u{301}", "Hello there.", 1),
            ("\u{a0} ", "Hello there.)", 1),
            (".(( 5", "Hello there", 1),
        ] {
            for behind in ["", "5", "word"] {
                let text = before.to_owned() + &part.repeat(120_000 / part.len()) + behind;
                let least = sentences.max(usize::from(!behind.is_empty()));
                assert_eq!(sentence_spans(&text).len().min(1), least, "{part:?}, {behind:?}");
            }
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
            local_time: false,
            title: String::new(),
            participants: vec![],
            turns: texts.iter().map(|t| Turn { text: t.clone(), ..Turn::default() }).collect(),
            mail: None,
            recording: None,
            source: Source::default(),
            revision: 0,
            as_read: None,
        }
    }

    /// What stands before each piece of these turns.
    fn contexts(channel: Channel, turns: &[&str]) -> Vec<String> {
        let turns: Vec<String> = turns.iter().map(|text| (*text).to_owned()).collect();
        pieces(&conversation(channel, &turns)).into_iter().map(|piece| piece.text.context).collect()
    }

    #[test]
    fn what_was_said_just_before_is_the_context_and_a_salutation_is_not() {
        assert_eq!(contexts(Channel::Email, &["Hi Dale,", "It broke. We lost a day."]), ["", "", "It broke."]);
    }

    #[test]
    fn half_a_sentence_is_the_context_of_its_other_half() {
        let clause = "the second site went down for the whole of the morning and nobody of your people told us why, ";
        let contexts = contexts(Channel::Email, &["It broke.", &clause.repeat(4)]);
        assert!(contexts.len() > 2 && contexts[1] == "It broke.", "{contexts:?}");
        assert!(contexts[2..].iter().all(|context| context.ends_with("told us why,")), "{contexts:?}");
    }

    #[test]
    fn a_turn_without_words_is_no_text_and_no_context() {
        for (channel, turns, expected) in [
            (Channel::Call, ["Shall we sign?", "...", "Yes."], vec!["", "Shall we sign?"]),
            (Channel::Chat, ["Shall we sign?", "—", "Yes."], vec!["", "Shall we sign?"]),
            (Channel::Chat, ["Shall we sign?", "👍", "Good."], vec!["", "Shall we sign?", "👍"]),
        ] {
            assert_eq!(contexts(channel, &turns), expected, "{turns:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn sentences_end_where_the_rule_says(parts in prop::collection::vec(prop::sample::select(&[
            "No. ", "no.", "Dr.", "e.g. ", "A. ", "(", "word ", "two words", ". ", ".", "? ", "!", "*", "…", "\n", "\n\n", " ",
            "א", "ب.", "क", "\u{93e}", "\u{301}", "\u{200d}", "5", ",", ":", "'", "\"", ")", "。", "価格", "🇩🇪", "👍", "_", "\u{2c2}",
        ][..]), 0..40)) {
            let text = parts.concat();
            prop_assert_eq!(sentence_spans(&text), sentence_spans_by_the_rule(&text), "{:?}", text);
        }
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
