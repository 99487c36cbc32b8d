//! What becomes of the buyer's questions and of its signs of readiness: answered, left, or turned away.

use super::{
    Group, MeasureRow, Unit,
    conduct::{both, both_of, had_a_say, picks_up, replies},
    empathy::acknowledges,
    matter::{comes_back_later, shares_a_word, weighty_words},
    named_times::names_a_time_or_season,
    needs,
    owed::{is_owed, is_spoken_of_later},
    phrases::{begins_with_any, contains_any, is_number, is_one_of, places, words},
    questions::{asking_part, is_open, is_question},
    reminders::{reminds, says_unanswered},
    view::{Line, View},
};
use crate::{
    calendar,
    conversation::{Channel, Side},
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Answers", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "questions_unmet",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side of four words or more other than the proposal of a step, and than those of a call \
                  that one of their own takes up, where our next two \
                  utterances (of a message: its first six) hold no word of weight of it and nothing of the kind that it asks for: \
                  yes or no, a number for how much, a time for when, a place for where, a name for who. In a call \
                  yes and no answer only what takes them.",
        needs: needs::BOTH,
        read: |v| {
            let to_us = |l: &Line| is_direct_question(l) && !l.is(Intent::NextStep) && !is_to_a_colleague(v, l);
            both(v, |l| to_us(l) && !taken_up(v, l))
        },
    },
    MeasureRow {
        name: "questions_left_by_mail",
        unit: Unit::Count,
        meaning: "Direct questions in a message of the buyer's side (\"please confirm whether\" is one), other than the proposal of a \
                  step, that our next message \
                  leaves: nothing that we say then or later has a word of the question, and that message says neither yes nor \
                  no, nor what was asked for: a number for how much, a time for when, a place for where, a name for who.",
        needs: needs::BOTH,
        read: |v| both(v, |l| left_by_mail(v, l)),
    },
    MeasureRow {
        name: "questions_deflected",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side in a call where our next utterance turns to something else (\"let me show \
                  you\", \"moving on\", \"we'll get to that\") without a step, a date or a word on the concern, and where the \
                  buyer is not pleased with what it hears.",
        needs: needs::BOTH,
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
                  never answered\", \"I've asked since May\", \"I asked on Tuesday\", \"no answer on the credit\"), or asks for a \
                  plain yes or no; what one of their own has not answered does not count.",
        needs: needs::BOTH,
        read: |v| both(v, |l| says_unanswered(v, l) && l.tone() != Tone::Positive),
    },
    MeasureRow {
        name: "answers_owed",
        unit: Unit::Count,
        meaning: "Questions of the buyer's side that we promised to find out about (\"I'll check\", \"let me come back to you\"), or \
                  that it had to ask again (\"did you find out about …\"), of which nothing that we said later speaks; those after \
                  which we had no further word left out.",
        needs: needs::BOTH,
        read: |v| both(v, |l| is_owed(v, l)),
    },
    MeasureRow {
        name: "buyer_reminders",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that say, outright or not, that it has asked us before or still waits for us.",
        needs: needs::BOTH,
        read: |v| both(v, |l| reminds(v, l)),
    },
    MeasureRow {
        name: "buyer_questions_unanswered",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that ask something and after which our side says nothing more, then or later.",
        needs: needs::BOTH,
        read: |v| both(v, |l| is_question(l) && replies(v, l, 1).is_empty()),
    },
    MeasureRow {
        name: "buying_signals_missed",
        unit: Unit::Count,
        meaning: "Buying signals of the buyer's side where our next utterance (of a message: its first three) neither proposes a \
                  step, names a date, speaks of the paper, asks an open question, nor is glad; those that we had no \
                  chance to answer yet left out, and a yes to the step that we have just proposed in a call.",
        needs: needs::BOTH,
        read: |v| {
            let missed = |l: &Line| had_a_say(v, l) && !replies(v, l, 1).iter().any(|r| picks_up(r));
            both_of(v, &[Intent::BuyingSignal], |l| missed(l) && !agrees_to_our_step(v, l))
        },
    },
    MeasureRow {
        name: "buying_signals_passed_over",
        unit: Unit::Count,
        meaning: "Buying signals of the buyer's side in a call after which our next two utterances neither propose a step, name a \
                  date, speak of the paper, ask an open question nor are glad, hold no word of weight of the signal and no answer to \
                  what it asks, do not please the buyer, and of which nothing that we said later speaks; those that we had no \
                  chance to answer yet left out, and a yes to the step that we have just proposed.",
        needs: needs::BOTH,
        read: |v| both_of(v, &[Intent::BuyingSignal], |l| had_a_say(v, l) && passed_over(v, l)),
    },
    MeasureRow {
        name: "buying_signals_turned_away",
        unit: Unit::Count,
        meaning: "Those of them in a call where our next utterance turns to something else, or holds nothing of an answer to \
                  what was asked (neither yes nor no, no number, no word of the question) and the buyer is not glad of it; and \
                  those in a message where our next message holds no step, date, paper or open question, and no word of it, \
                  however glad it is.",
        needs: needs::BOTH,
        read: |v| {
            let turned = |l: &Line| {
                reply_in_call(v, l).is_some_and(|r| {
                    let left_open = || is_question(l) && !answers(r, l) && !glad_of(v, r);
                    !picks_up(r) && (turns_away(r) || r.says(SELLS_ON) || left_open())
                })
            };
            both_of(v, &[Intent::BuyingSignal], |l| turned(l) || passed_over_by_mail(v, l))
        },
    },
];

/// Whether it says yes in a call to what our side has proposed just before: there is nothing left to pick up.
fn agrees_to_our_step(v: &View, line: &Line) -> bool {
    let before = v.before(line).next().filter(|l| l.item == line.item && v.items[l.item].is_call());
    !is_question(line) && before.is_some_and(|l| l.side == Side::Seller && l.is(Intent::NextStep))
}

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
    great question|good question|don't worry about|trust me|you know how it is|best in the industry";

/// What opens another matter where a reply begins with it; within an answer the same words only join its parts.
const OPENS_ANOTHER: &str = "also|anyway|anyways|so here|over here|picture|imagine|look|one thing|one more|what if|back to|\
    let's go|let's get|before we|before that|before you";

/// Whether a reply turns from what was asked.
fn turns_away(reply: &Line) -> bool {
    reply.says(TURNS_AWAY) || begins_with_any(&reply.plain, OPENS_ANOTHER)
}

/// How somebody goes on selling to one who is ready to buy.
const SELLS_ON: &str = "before that|let me do|so here|over here|real quick|go through the slides|as a package|\
    the whole package|the full package";

/// Our next utterance in the same call.
fn reply_in_call<'v, 'a>(v: &'v View<'a>, line: &Line) -> Option<&'v Line<'a>> {
    if !v.items[line.item].is_call() {
        return None;
    }
    replies(v, line, 1).first().copied().filter(|reply| reply.item == line.item)
}

/// Our next message after a message; empty where we answered by a call, of which few words need to say what it was about.
fn message_back<'v, 'a>(v: &'v View<'a>, line: &Line) -> Vec<&'v Line<'a>> {
    match replies(v, line, 1).first() {
        Some(first) if !v.items[line.item].is_call() && !v.items[first.item].is_call() => {
            v.items[first.item].of(Side::Seller).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether what we say next goes past a sign of readiness, and what we say later, too.
fn passed_over(v: &View, signal: &Line) -> bool {
    let takes_up =
        |r: &Line| picks_up(r) || shares_a_word(&signal.plain, &r.plain) || (is_question(signal) && answers(r, signal));
    let replies = replies(v, signal, 2);
    v.items[signal.item].is_call()
        && !replies.iter().any(|r| takes_up(r) || glad_of(v, r))
        && !agrees_to_our_step(v, signal)
        && !is_spoken_of_later(v, &signal.plain, signal)
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

/// "Please confirm whether the app works offline.": a question without its mark.
pub(super) fn asks_in_writing(line: &Line) -> bool {
    // "Let me know if anything is missing" is a courtesy.
    const POLITELY: &str = "please|kindly|could you|can you";
    const TO_TELL: &str = "confirm|advise|clarify|let us know|let me know|tell us|tell me";
    const WHAT: &str = "whether|what|when|where|how|who|which";
    places(&line.plain, TO_TELL).any(|(before, rest)| {
        let led = POLITELY.split('|').any(|word| before.trim_end().ends_with(word));
        led && begins_with_any(rest.trim_start(), WHAT)
    })
}

/// Whether our next message leaves a question, and nothing that we say later takes it up.
fn left_by_mail(v: &View, line: &Line) -> bool {
    if !(is_direct_question(line) || asks_in_writing(line)) || line.is(Intent::NextStep) {
        return false;
    }
    let message = message_back(v, line);
    let asked = asking_part(&line.plain);
    let nothing_to_look_for = weighty_words(&asked).next().is_none();
    if message.is_empty() || nothing_to_look_for || message.iter().any(|l| answers_in_kind(l, &asked)) {
        return false;
    }
    !comes_back_later(v, &asked, line)
}

/// How somebody says yes or no.
const YES_OR_NO: &str = "yes|yeah|yep|yup|aye|no|nope|not|sure|of course|absolutely|certainly|definitely|both|either|neither|\
    can do|it is|it's|it does|it would";

/// Whether a line is of the kind that a question asks for: yes or no, a number, a time, a place, somebody.
pub(super) fn answers_in_kind(line: &Line, asked: &str) -> bool {
    const HOW_MUCH: &str = "how many|how much|how long|how often|how big|how far|cost|costs|price|come to|comes to|run us|\
        set us back|charge|fee|fees|deposit|rate|rates|do we pay|would we pay";
    const WHEN: &str = "when|how soon|how long|what date|which date|what day|which day|by what time";
    const AT_ONCE: &str = "once|as soon as|straight away|right away|immediately|hours|days|minutes|already";
    const SOMEBODY: &str = "i do|i am|i'm the one|i will|i'll|myself|that's me|my colleague|our team|the team|we do|nobody|everybody|\
        everyone|anybody|anyone|your own|he|she|they";
    const SOMEWHERE: &str = "inside|next to|near the|under the|behind the|above the|below the|in the|in your|on your|at your|in our|\
        on our|at our|on the wall|on the roof|here|there";
    /// How an answer to what happens in a case begins.
    const WHAT_THEN: &str = "then|it|they|you|you'd|you'll|we|we'd|we'll|nothing|that|both";
    let asks_for = |what: &str| contains_any(asked, what);
    says_yes_or_no(line, asked)
        || (asks_for(HOW_MUCH) && has_number(line))
        || (asks_for(WHEN) && (names_a_time_or_season(&line.plain) || line.says(AT_ONCE)))
        || (asks_for("where") && (names_a_place(line) || line.says(SOMEWHERE)))
        || (asks_for("who|whose|whom") && (line.says(SOMEBODY) || names_a_newcomer(line)))
        || (asks_for("to whom|to who|with whom|for whom")
            && line.says("to the|to your|to our|with the|with your|with our"))
        || (asks_for("if|what happens when") && begins_with_any(&line.plain, WHAT_THEN))
}

/// Whether it says yes or no to what was asked. In a call half of all turns open with such a word, so there it answers only a
/// question that takes a yes, and "right" and "sure" are none.
fn says_yes_or_no(line: &Line, asked: &str) -> bool {
    let begins = |with: &str| begins_with_any(&line.plain, with);
    match line.conversation.channel {
        Channel::Call => begins(YES_OR_NO) && !begins("sure") && !is_open(asked),
        _ => begins(YES_OR_NO) || begins("exactly|correct|right"),
    }
}

/// "In Dublin", "on AWS": a name behind a word of place.
fn names_a_place(line: &Line) -> bool {
    const AT: &str = "in|at|on|from|near|inside|under|within|outside|by";
    names(line).any(|(before, _)| is_one_of(&before, AT))
}

/// Whether it names somebody or something that is no participant.
fn names_a_newcomer(line: &Line) -> bool {
    let people = || line.conversation.participants.iter().flat_map(|p| p.name.split_whitespace());
    names(line).any(|(_, name)| people().all(|part| part != name))
}

/// What has a capital within a sentence, days and months left out, with the word before it in lower case.
fn names<'v>(line: &'v Line) -> impl Iterator<Item = (String, &'v str)> {
    let tokens = || line.text.split_whitespace();
    tokens().zip(tokens().skip(1)).filter_map(|(before, token)| {
        let name = token.trim_matches(|c: char| !c.is_alphanumeric());
        let is_name =
            name.starts_with(char::is_uppercase) && name != "I" && !name.starts_with("I'") && !name.starts_with("I’");
        let within = !before.ends_with(['.', '!', '?', ':']);
        (is_name && within && !calendar::is_name(&name.to_lowercase())).then(|| (before.to_lowercase(), name))
    })
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
    const IN_SHORT: &str = "done|they|you|we|us|ours|i will|i'll|i'd|i can|only|same|there|nothing|\
        week|weeks|month|months|day|days|hour|hours|once|whenever|anytime|before|after|please|go";
    let opening: String = reply.plain.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    contains_any(&opening, YES_OR_NO)
        || contains_any(&opening, IN_SHORT)
        || words(&opening).any(calendar::is_week_day_name)
        || has_number(reply)
        || shares_a_word(&question.plain, &reply.plain)
}

/// Whether in a call another one of the buyer's side takes the word behind it, and not to ask as well.
fn is_to_a_colleague(v: &View, question: &Line) -> bool {
    let next = v.items[question.item].lines.get(question.place + 1);
    v.items[question.item].is_call()
        && next.is_some_and(|l| l.side == Side::Buyer && l.speaker != question.speaker && !is_question(l))
}

/// Whether one of our next two utterances speaks of what was asked, or is of the kind that was asked for.
fn taken_up(v: &View, question: &Line) -> bool {
    let asked: Vec<&str> = weighty_words(&question.plain).collect();
    let asking = asking_part(&question.plain);
    replies(v, question, 2)
        .iter()
        .any(|reply| weighty_words(&reply.plain).any(|word| asked.contains(&word)) || answers_in_kind(reply, &asking))
}

pub(super) fn is_direct_question(line: &Line) -> bool {
    is_question(line) && line.words() >= 4 && !asks_about_the_line(line)
}

/// Whether it only asks if the others are there, can hear and see, or have questions: no answer to that is owed.
pub(super) fn asks_about_the_line(line: &Line) -> bool {
    const CONNECTION: &str = "can you hear|can you guys hear|can everyone hear|can everybody hear|can anyone hear|hear me|\
        hearing me|hearing myself|you there|anybody there|anyone there|still there|lost you|breaking up|\
        frozen|my screen|on mute|you're muted|hello? hello|can you see my|can you see the|can you see it|can you see this|can you see that|can you see me|can everybody see|can everyone see|any questions";
    line.says(CONNECTION)
}
