//! Who asks how much, and how: **open** questions, which ask for an account, and **closed** ones, to which yes, no or a nod
//! is an answer.
//!
//! Told by the form of the words, in English; a call in another language has its questions counted, not told apart. What a
//! question is about is not asked here: that is the intent `discovery_question`.

use super::{
    Group, MeasureRow, Reading, Unit, needs,
    phrases::{QUESTION_MARKS, begins_with_any, question_marks, words},
    view::{Item, Line, View, count},
};
use crate::{conversation::Side, utterance::Intent};

pub(super) const GROUP: Group = Group { title: "Questions", rows: ROWS };

const NEEDS_ENGLISH: &str = "a call in English with words of both sides";
const NEEDS_HOUR: &str = "calls with words of both sides and known length, five minutes in all";

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "buyer_questions_per_call",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that ask something, a call.",
        needs: needs::CALL_OF_BOTH,
        read: |v| per_call(v.calls_of_both().collect(), Side::Buyer, asks),
    },
    MeasureRow {
        name: "seller_open_questions_per_call",
        unit: Unit::Count,
        meaning: "Utterances of our side with an open question, a call: one that asks what, how, why, who, when, where or which, \
                  or to be told.",
        needs: NEEDS_ENGLISH,
        read: |v| per_call(english(v), Side::Seller, |l| form(l) == Some(Form::Open)),
    },
    MeasureRow {
        name: "seller_closed_questions_per_call",
        unit: Unit::Count,
        meaning: "Utterances of our side that ask, but only what yes, no or a nod can answer, a call.",
        needs: NEEDS_ENGLISH,
        read: |v| per_call(english(v), Side::Seller, |l| form(l) == Some(Form::Closed)),
    },
    MeasureRow {
        name: "buyer_open_questions_per_call",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side with an open question, a call.",
        needs: NEEDS_ENGLISH,
        read: |v| per_call(english(v), Side::Buyer, |l| form(l) == Some(Form::Open)),
    },
    MeasureRow {
        name: "buyer_closed_questions_per_call",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that ask, but only what yes, no or a nod can answer, a call.",
        needs: NEEDS_ENGLISH,
        read: |v| per_call(english(v), Side::Buyer, |l| form(l) == Some(Form::Closed)),
    },
    MeasureRow {
        name: "seller_questions_per_hour",
        unit: Unit::Count,
        meaning: "Utterances of our side that ask something, an hour of the calls.",
        needs: NEEDS_HOUR,
        read: |v| per_hour(v, Side::Seller),
    },
    MeasureRow {
        name: "buyer_questions_per_hour",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that ask something, an hour of the calls.",
        needs: NEEDS_HOUR,
        read: |v| per_hour(v, Side::Buyer),
    },
];

fn english<'v, 'a>(v: &'v View<'a>) -> Vec<&'v Item<'a>> {
    v.calls_of_both().filter(|i| i.is_in_english()).collect()
}

/// How many lines of `side` are such, a call, over some calls.
pub(super) fn per_call(calls: Vec<&Item>, side: Side, holds: fn(&Line) -> bool) -> Option<Reading> {
    let lines: Vec<_> = calls.iter().flat_map(|c| c.of(side)).filter(|l| holds(l)).collect();
    (!calls.is_empty()).then(|| Reading { value: lines.len() as f64 / calls.len() as f64, ..count(&lines) })
}

fn per_hour(v: &View, side: Side) -> Option<Reading> {
    let timed: Vec<_> = v.calls_of_both().filter_map(|c| Some((c, c.clock.quiet()?))).collect();
    let lines: Vec<_> = timed.iter().flat_map(|(c, _)| c.of(side)).filter(|l| asks(l)).collect();
    let value = an_hour(lines.len(), timed.iter().map(|(_, q)| q.span_ms).sum())?;
    let rests_on = super::call_times::basis(timed.iter().map(|(_, q)| q.from));
    Some(Reading { value, rests_on, ..count(&lines) })
}

/// So many in so many milliseconds, an hour; absent for less than five minutes, which would make ten of one.
pub(super) fn an_hour(times: usize, ms: u64) -> Option<f64> {
    const LEAST_MS: u64 = 5 * 60_000;
    (ms >= LEAST_MS).then(|| 3_600_000.0 * times as f64 / ms as f64)
}

/// Whether it asks something.
pub(super) fn asks(line: &Line) -> bool {
    line.is(Intent::DiscoveryQuestion) || is_question(line)
}

/// Whether its words ask something; transcripts without punctuation are known by how a question begins.
pub(super) fn is_question(line: &Line) -> bool {
    const OPENERS: &str = "what|how|why|when|where|who|which|can you|could you|do you|does it|is it|is there|are there|would you|\
        will it|so what|so how|and what|and how";
    let punctuated = line.text.contains(['.', ',', '!']) || line.text.contains(QUESTION_MARKS);
    line.has_question_mark() || (!punctuated && begins_with_any(&line.plain, OPENERS))
}

/// What a question can be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Some account of the matter.
    Open,
    /// Yes, no, or a nod.
    Closed,
}

/// How it asks; absent where it does not. Of several questions in one utterance the open one counts.
pub(super) fn form(line: &Line) -> Option<Form> {
    if !asks(line) {
        return None;
    }
    let open = if line.has_question_mark() {
        questions(&line.plain).any(is_open)
    } else {
        // Without a mark it is known by how it begins, or by what the model hears in it: "Walk me through a Monday."
        line.is(Intent::DiscoveryQuestion) || is_open(&line.plain)
    };
    Some(if open { Form::Open } else { Form::Closed })
}

/// The sentences of `text` that end in a question mark.
fn questions(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    question_marks(text).filter_map(move |(at, mark)| {
        let before = &text[from..at];
        from = at + mark.len();
        let mut ends = before.match_indices(['.', '!', '…', '\n']).filter(|(at, mark)| {
            let rest = &before[at + mark.len()..];
            *mark == "\n" || rest.starts_with(char::is_whitespace)
        });
        let sentence = ends.next_back().map_or(before, |(at, mark)| &before[at + mark.len()..]);
        words(sentence).next().is_some().then_some(sentence)
    })
}

/// The sentences of `words` that ask; all of them where no mark tells.
pub(super) fn asking_part(words: &str) -> String {
    let asking: Vec<&str> = questions(words).collect();
    if asking.is_empty() { words.to_owned() } else { asking.join(" ") }
}

const ASKING: &[&str] = &[
    "what", "what's", "how", "how's", "why", "who", "who's", "whose", "whom", "which", "when", "when's", "where",
    "where's",
];

/// Whether a question asks for more than yes, no or a nod.
pub(super) fn is_open(question: &str) -> bool {
    let clauses: Vec<Vec<&str>> = question
        .split([',', ';', ':', '–', '—', '('])
        .map(|clause| words(clause).collect())
        .filter(|clause: &Vec<&str>| !clause.is_empty())
        .collect();
    (0..clauses.len()).any(|at| opens(&clauses, at) || asks_to_tell(&clauses[at]))
}

/// Whether a clause of a question begins as an open one does.
fn opens(clauses: &[Vec<&str>], at: usize) -> bool {
    /// What may stand before a question without being part of it.
    const LIGHT: &[&str] = &["and", "so", "but", "or", "okay", "ok", "well", "um", "uh", "now", "then", "yeah", "also"];
    /// With one of these before it: "for how long", "by when", "to whom".
    const BEFORE: &[&str] = &["at", "by", "for", "from", "in", "on", "since", "to", "until", "with"];
    /// Behind it where it begins a subordinate clause: "when we started, did you …".
    const SUBJECTS: &[&str] =
        &["i", "you", "we", "they", "he", "she", "it", "the", "this", "that", "your", "our", "my"];
    let (alone, last) = (clauses.len() == 1, at + 1 == clauses.len());
    let light = clauses[at].iter().take_while(|word| LIGHT.contains(word)).count();
    match &clauses[at][light..] {
        // A proposal: "how about Tuesday?"
        ["how", "about", ..] => false,
        // Beside another clause: "on the ninth, which is a Friday?"
        ["which", "is" | "was" | "are" | "were" | "means", ..] => at == 0,
        [asking, next, ..] if ASKING.contains(asking) => {
            let subject = next.split('\'').next().is_some_and(|word| SUBJECTS.contains(&word));
            alone || !subject || asking.contains('\'')
        }
        // In the middle it is filled with: "that's, what, nine thousand?"
        [asking] if ASKING.contains(asking) => last,
        [before, asking, ..] => BEFORE.contains(before) && ASKING.contains(asking),
        _ => false,
    }
}

/// Whether a clause asks to be told, in whatever form: "could you walk me through it", "do you know when that ends".
fn asks_to_tell(clause: &[&str]) -> bool {
    const OF_WHAT: &[&str] = &["ask", "know", "idea", "curious", "wondering", "remember", "recall", "sense"];
    (0..clause.len()).any(|at| match &clause[at..] {
        ["describe" | "explain" | "elaborate", ..] => true,
        ["tell", "me" | "us", rest @ ..] => !rest.contains(&"whether") && rest.first() != Some(&"if"),
        ["walk" | "talk" | "take" | "run", "me" | "us", "through", ..] => true,
        // A nod is enough.
        ["know", "what", "i", "mean", ..] => false,
        [of, asking, ..] => OF_WHAT.contains(of) && ASKING.contains(asking),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{is_open, questions};

    #[test]
    fn open_and_closed_questions_are_told_apart_by_their_form() {
        for (question, open) in [
            ("how do you do it today?", true),
            ("and what happens to an enquiry then?", true),
            ("so, who else looks at this?", true),
            ("who's signing?", true),
            ("which branch goes first?", true),
            ("why?", true),
            ("for how long has that been so?", true),
            ("if we moved in june, what would have to be true?", true),
            ("what do you use, excel or something else?", true),
            ("could you walk me through a normal monday?", true),
            ("can you explain the last part?", true),
            ("do you know when the contract ends?", true),
            ("can i ask what you pay now?", true),
            ("can you tell me what slows you down?", true),
            ("can you tell me if that works?", false),
            ("can you tell me by march whether it works?", false),
            ("would you take me through it from the start?", true),
            ("and what's that, roughly?", true),
            ("sorry, what?", true),
            ("so on a friday that's, what, nine thousand rows?", false),
            ("can we get her on the sixth, when she's back?", false),
            ("on the ninth, which is a friday?", false),
            ("you'd start when?", false),
            ("when we started, did you have a plan?", false),
            ("do you use excel?", false),
            ("is that what you need?", false),
            ("you use excel, right?", false),
            ("so june, not july?", false),
            ("really?", false),
            ("how about tuesday?", false),
            ("what about security?", true),
            ("you know what i mean?", false),
            ("does it work on phones or only on laptops?", false),
            ("can we talk on thursday?", false),
        ] {
            assert_eq!(is_open(question), open, "{question}");
        }
    }

    #[test]
    fn a_question_is_the_sentence_before_its_mark() {
        for (text, found) in [
            ("We lost two. How so?", vec![" How so"]),
            ("Is 3.5 enough? Or what? Fine.", vec!["Is 3.5 enough", " Or what"]),
            ("What?? No.", vec!["What"]),
            ("No question.", vec![]),
            ("See https://share.example/f?id=77 for it. Is it there?", vec![" Is it there"]),
            ("? !", vec![]),
        ] {
            assert_eq!(questions(text).collect::<Vec<_>>(), found, "{text}");
        }
    }
}
