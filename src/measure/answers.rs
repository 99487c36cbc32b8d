//! What becomes of the buyer's questions and of its signs of readiness: answered, left, or turned away.

use super::{
    Group, MeasureRow, Unit,
    concessions::is_number,
    conduct::{BOTH, both, picks_up, replies},
    empathy::acknowledges,
    questions::asking_part,
    view::{Line, View, contains_any},
};
use crate::{
    conversation::Side,
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Answers", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "questions_unmet",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side of four words or more other than the proposal of a step, where no \
                  word of weight comes back in our next two utterances (of a message: in all of it), or where nothing comes back.",
        needs: BOTH,
        read: |v| both(v, |l| is_direct_question(l) && !l.is(Intent::NextStep) && !taken_up(v, l)),
    },
    MeasureRow {
        name: "questions_left_by_mail",
        unit: Unit::Count,
        meaning: "Direct questions in a message of the buyer's side, other than the proposal of a step, that our next message \
                  leaves: nothing that we say then or later has a word of the question, and that message says neither yes nor \
                  no, nor a number where one was asked for.",
        needs: BOTH,
        read: |v| both(v, |l| left_by_mail(v, l)),
    },
    MeasureRow {
        name: "questions_deflected",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side in a call where our next utterance turns to something else (\"let me show \
                  you\", \"moving on\", \"we'll get to that\") without a step, a date or a word on the concern, and where the \
                  buyer is not pleased with what it hears.",
        needs: BOTH,
        read: |v| {
            let let_go = |r: &Line| r.is_any(&[Intent::NextStep, Intent::Timeline]) || acknowledges(r);
            let turned =
                |l: &Line| reply_in_call(v, l).is_some_and(|r| turns_away(r) && !let_go(r) && !pleased_by(v, r));
            both(v, |l| is_direct_question(l) && turned(l))
        },
    },
    MeasureRow {
        name: "answers_missed",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side says outright that we did not answer (\"that's not what I asked\", \"you \
                  never answered\", \"I've asked since May\", \"I asked on Tuesday\", \"you still haven't said\"), or asks for a \
                  plain yes or no.",
        needs: BOTH,
        read: |v| both(v, |l| says_unanswered(l) && l.tone() != Tone::Positive),
    },
    MeasureRow {
        name: "buyer_reminders",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that say, outright or not, that it has asked before or still waits.",
        needs: BOTH,
        read: |v| both(v, |l| l.says(REMINDS)),
    },
    MeasureRow {
        name: "buyer_questions_unanswered",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side after which our side says nothing more in that interaction, nor in the \
                  next.",
        needs: BOTH,
        read: |v| both(v, |l| is_question(l) && replies(v, l, 1).is_empty()),
    },
    MeasureRow {
        name: "buying_signals_missed",
        unit: Unit::Count,
        meaning: "Buying signals of the buyer's side where our next utterance (of a message: all of it) neither proposes a \
                  step, names a date, speaks of the paper, asks an open question, nor is glad.",
        needs: BOTH,
        read: |v| both(v, |l| l.is(Intent::BuyingSignal) && !replies(v, l, 1).iter().any(|r| picks_up(r))),
    },
    MeasureRow {
        name: "buying_signals_turned_away",
        unit: Unit::Count,
        meaning: "Those of them in a call where our next utterance turns to something else, or holds nothing of an answer to \
                  what was asked (neither yes nor no, no number, no word of the question) and the buyer is not glad of it; and \
                  those in a message where our next message holds no step, date, paper or open question, and no word of it, \
                  however glad it is.",
        needs: BOTH,
        read: |v| {
            let turned = |l: &Line| {
                reply_in_call(v, l).is_some_and(|r| {
                    let left_open = || is_question(l) && !answers(r, l) && !glad_of(v, r);
                    !picks_up(r) && (turns_away(r) || r.says(SELLS_ON) || left_open())
                })
            };
            both(v, |l| l.is(Intent::BuyingSignal) && (turned(l) || passed_over_by_mail(v, l)))
        },
    },
];

/// How somebody turns to something else, or puts the asker off with a phrase: goes on with the show, takes back the word,
/// moves the answer to later, or soothes instead of answering.
const TURNS_AWAY: &str = "let me show|let me just|let me first|let me quickly|let me walk|let me back|let me finish|\
    let me take you|let me get you|let me pull|let me bring|let's look|let's talk|let's park|let's take that|\
    show you|wanted to show|want to show|walk you|check this|did you see|have you seen|did i mention|did i tell|\
    wait till|wait until|moving on|another thing|another great|another cool|another nice|by the way|speaking of|\
    going back|as i was|like i said|as i said|the thing is|what i can say|what i will say|what i'd say|\
    hold that|we'll cover|more on that later|at the end|get to that|come to that|\
    get back to that|come back to that|circle back|park that|take that offline|in theory|looking into that|happy to jump on|\
    roadmap|a priority for|\
    great question|good question|don't worry about|trust me|you know how it is|super exciting|get the yes first|\
    best in the industry";

/// What opens another matter where a reply begins with it; within an answer the same words only join its parts.
const OPENS_ANOTHER: &str = "also|anyway|anyways|so here|over here|picture|imagine|look|one thing|one more|what if|back to|\
    let's go|let's get|before we|before that|before you";

/// Whether a reply turns from what was asked.
fn turns_away(reply: &Line) -> bool {
    reply.says(TURNS_AWAY) || OPENS_ANOTHER.split('|').any(|phrase| begins_with(&reply.plain, phrase))
}

/// Whether `words` begin with `phrase` and it cuts no word.
fn begins_with(words: &str, phrase: &str) -> bool {
    words.strip_prefix(phrase).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// How somebody goes on selling to one who is ready to buy.
const SELLS_ON: &str = "before that|let me do|so here|over here|real quick|go through the slides|as a package|all-firm|\
    the whole package|the full package|full company|big bang";

/// How somebody says outright that an answer is missing.
const UNANSWERED: &str = "not what i asked|not what we asked|not really what i asked|not really what we asked|\
    isn't what i asked|isn't what we asked|isn't really what i asked|wasn't what i asked|jumped my question|\
    dodged my question|skipped my question|you haven't answered|you have not answered|you didn't answer|\
    you did not answer|you never answered|you still haven't answered|never answered me|never answered my|\
    never answered us|never answered our|not an answer|isn't an answer|wasn't an answer|got no answer to|\
    don't get an answer|didn't get an answer|i asked something|i had asked something|i've asked something|\
    i have asked something|i asked you something|i was asking|we were asking|did somebody answer|did anybody answer|\
    did anyone answer|i asked on the|we asked on the|i asked on your|asked you twice|asked you three times|\
    twice i've asked|twice now i've asked|times i've asked|weeks ago i asked|asked three weeks|asked two weeks|\
    yes or no|so that's a no|is that a no|is that a yes|i asked you|which i asked|doesn't answer my|\
    just answer the question|please answer the question|answer the question please|answer the question i|a straight answer|a clear answer|you're not listening|you aren't listening|you are not listening|\
    still not said|still haven't said|still have not said|you have not said|you haven't said|you've not said|\
    still waiting to hear|still waiting for an answer|still waiting for the answer|still waiting for your|\
    still waiting on your";

/// How somebody who asked begins to say when, or how often.
const ASKED: &str = "i asked|we asked|i've asked|we've asked|i have asked|we have asked|i had asked|we had asked";

/// What follows then.
const BEFORE: &str = "in january|in february|in march|in april|in may|in june|in july|in august|in september|in october|\
    in november|in december|in spring|in summer|in autumn|in winter|since|on monday|on tuesday|on wednesday|on thursday|\
    on friday|on saturday|on sunday|on the|twice|three times|four times|again|before";

/// What then says that somebody else was asked, or something else than when.
const ELSE: &str = "our|my|the|his|her|their|them|him|as|i|we|i'd|we'd";

/// How somebody says that it has asked before or still waits.
const REMINDS: &str = "didn't answer|did not answer|never answered|haven't answered|hasn't answered|nobody answered|\
    not answered|i asked|we asked|asked you|asked twice|asked before|still waiting|still no answer|\
    third time|second time|not an answer|isn't an answer|my question|no reply|no answer|yes or no|\
    haven't heard|have not heard|heard nothing|what i asked";

fn says_unanswered(line: &Line) -> bool {
    let asked_before = |who: &str| {
        let told = line.plain.split_once(who).map(|(_, rest)| rest.trim_start().trim_start_matches("you "));
        let when = |rest: &str| BEFORE.split('|').find(|when| begins_with(rest, when));
        let other =
            |rest: &str, when: &str| ELSE.split('|').any(|word| begins_with(rest[when.len()..].trim_start(), word));
        line.says(who) && told.is_some_and(|rest| when(rest).is_some_and(|when| !other(rest, when)))
    };
    // "Not what I asked for" is about what was delivered.
    (line.says(UNANSWERED) && !line.says("what i asked for|what we asked for")) || ASKED.split('|').any(asked_before)
}

/// Our next utterance in the same call.
fn reply_in_call<'v, 'a>(v: &'v View<'a>, line: &'v Line<'a>) -> Option<&'v Line<'a>> {
    if !v.items[line.item].is_call() {
        return None;
    }
    replies(v, line, 1).first().copied().filter(|reply| reply.item == line.item)
}

/// Our next message after a message; empty where we answered by a call, of which few words need to say what it was about.
fn message_back<'v, 'a>(v: &'v View<'a>, line: &'v Line<'a>) -> Vec<&'v Line<'a>> {
    match replies(v, line, 1).first() {
        Some(first) if !v.items[line.item].is_call() && !v.items[first.item].is_call() => {
            v.items[first.item].of(Side::Seller).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether our next message goes past a sign of readiness. Gladness is no answer here: in a message it has whole sentences to
/// itself, and the one about the matter is missing.
fn passed_over_by_mail(v: &View, signal: &Line) -> bool {
    let message = message_back(v, signal);
    let takes_up = |l: &&Line| {
        l.is_any(&[Intent::NextStep, Intent::Timeline, Intent::PaperProcess, Intent::DiscoveryQuestion])
            || shares_a_word(&signal.plain, &l.plain)
    };
    !message.is_empty() && !message.iter().any(takes_up)
}

/// Whether our next message leaves a question, and nothing that we say later takes it up.
fn left_by_mail(v: &View, line: &Line) -> bool {
    const YES_OR_NO: &str = "yes|yeah|yep|yup|aye|no|nope|not|sure|of course|absolutely|certainly|definitely|both|either|\
        neither|can do|it is|it's|it does|it would|exactly|correct|right";
    const HOW_MUCH: &str = "how many|how much|how long|how soon|how often|when|cost|costs|price";
    if !is_direct_question(line) || line.is(Intent::NextStep) {
        return false;
    }
    let message = message_back(v, line);
    let asked = asking_part(&line.plain);
    let number = |l: &Line| contains_any(&asked, HOW_MUCH) && has_number(l);
    let answer = |l: &&Line| number(l) || YES_OR_NO.split('|').any(|word| begins_with(&l.plain, word));
    if message.is_empty() || weighty_words(&asked).next().is_none() || message.iter().any(answer) {
        return false;
    }
    !v.after(line).any(|l| l.side == Side::Seller && shares_a_word(&asked, &l.plain))
}

/// Whether two lines have a word of weight in common, by its first letters: "battery" and "batteries".
pub(super) fn shares_a_word(one: &str, other: &str) -> bool {
    let words: Vec<String> = weighty_words(one).map(stem).collect();
    weighty_words(other).map(stem).any(|word| words.contains(&word))
}

/// The first letters of a word, by which its forms are known.
fn stem(word: &str) -> String {
    word.chars().take(5).collect()
}

fn has_number(line: &Line) -> bool {
    line.plain.split(|c: char| !c.is_alphanumeric()).any(is_number)
}

/// Whether the buyer's next utterance in that interaction is positive.
fn pleased_by(v: &View, reply: &Line) -> bool {
    buyer_after(v, reply).is_some_and(|l| l.tone() == Tone::Positive)
}

/// Whether the buyer's next utterance in that interaction likes what it heard, or wants to go on.
fn glad_of(v: &View, reply: &Line) -> bool {
    buyer_after(v, reply).is_some_and(|l| l.tone() == Tone::Positive || l.is(Intent::BuyingSignal))
}

fn buyer_after<'v, 'a>(v: &'v View<'a>, reply: &Line) -> Option<&'v Line<'a>> {
    v.items[reply.item].lines[reply.place..].iter().find(|l| l.side == Side::Buyer)
}

/// Whether something in `reply` can be an answer to `question`.
fn answers(reply: &Line, question: &Line) -> bool {
    const YES_OR_NO: &str = "yes|yeah|yep|yup|aye|no|nope|not|sure|of course|absolutely|certainly|definitely|both|either|neither|\
        can do|done|it is|it's|it does|it would|they|you|we|us|ours|i will|i'll|i'd|i can|only|same|there|nothing|\
        monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|weeks|month|months|day|days|hour|hours|once|\
        whenever|anytime|before|after|please|go";
    let opening: String = reply.plain.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    contains_any(&opening, YES_OR_NO) || has_number(reply) || shares_a_word(&question.plain, &reply.plain)
}

/// Whether one of our next two utterances speaks of what was asked.
fn taken_up(v: &View, question: &Line) -> bool {
    let asked: Vec<&str> = weighty(question).collect();
    replies(v, question, 2).iter().any(|reply| weighty(reply).any(|word| asked.contains(&word)))
}

/// The words of a line that carry its matter.
fn weighty<'v>(line: &'v Line) -> impl Iterator<Item = &'v str> {
    weighty_words(&line.plain)
}

fn weighty_words(text: &str) -> impl Iterator<Item = &str> {
    const LIGHT: &[&str] = &[
        "what", "when", "where", "which", "that", "this", "with", "have", "from", "your", "about", "would", "could",
        "there", "they", "them", "then", "than", "will", "just", "does", "into", "some", "been", "were",
    ];
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_end_matches("'s"))
        .filter(|word| word.chars().count() > 3 && !LIGHT.contains(word))
}

fn is_direct_question(line: &Line) -> bool {
    is_question(line) && line.words() >= 4 && !asks_about_the_line(line)
}

/// Whether it only asks if the others are there and can hear and see: no answer to that is owed.
fn asks_about_the_line(line: &Line) -> bool {
    const CONNECTION: &str = "can you hear|can you guys hear|can everyone hear|can everybody hear|can anyone hear|hear me|\
        hearing me|hearing myself|are you there|you there|anybody there|anyone there|still there|lost you|breaking up|\
        frozen|see my screen|seeing my screen|my screen|on mute|you're muted|hello? hello";
    line.says(CONNECTION)
}

/// Whether it asks something; transcripts without punctuation are known by how a question begins.
pub(super) fn is_question(line: &Line) -> bool {
    if line.text.contains('?') {
        return true;
    }
    let punctuated = line.text.contains(['.', ',', '!']);
    const OPENERS: &str = "what |how |why |when |where |who |which |can you |could you |do you |does it |is it |is there |\
    are there |would you |will it |so what |so how |and what |and how ";
    !punctuated && OPENERS.split('|').any(|o| line.plain.starts_with(o))
}
