//! Answers that we owe: a question that we promised to find out about, or that the buyer had to ask again, and of which nothing
//! we said later speaks.
//!
//! It needs no bad manners around it: who listens best forgets one question, too.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answers::{answers_in_kind, is_direct_question},
    conduct::replies,
    matter::{comes_back_later, shares_a_word, stems, weighty_words},
    phrases::contains_any,
    questions::asking_part,
    reminders::{asks_what_became_of_it, reminds},
    view::{Line, View},
};
use crate::utterance::Intent;

/// How somebody puts off an answer to find it out.
const PROMISES: &str = "i'll check|i will check|i'd have to check|i have to check|i'd need to check|i need to check|\
    let me check|lemme check|we'll check|i'll confirm|let me confirm|i will confirm|\
    i'll ask|i will ask|i'd have to ask|i have to ask|i'd need to ask|i need to ask|we'll ask|i ask our|i ask my|\
    let me ask our|let me ask the|let me ask my|let me ask product|let me ask them|let me ask around|\
    lemme ask our|lemme ask the|lemme ask my|lemme ask product|lemme ask them|\
    ask product|ask engineering|ask the team|put it to the team|put that to the team|run that by|bug them|chase them|chase it|\
    i'll find out|i will find out|let me find out|we'll find out|find out for you|i'll dig|\
    i'd have to look|i have to look|i'd need to look|i need to look|let me look into|i'll look into|i will look into|\
    i'll see what|let me see what they|let me take it|let me take that|let me take this|i'll take that back|i'll take it back|\
    get back to you|come back to you|get back to ye|come back to ye|back to you on that|back to you with that|loop back|\
    it's on my list|on my list|i can look into that|i can look into it|i can find out|i can check|i'd have to double-check|\
    i'd have to double check|let me double-check|let me double check|i'll double-check|i'll double check|i'll flag that|i'll flag it|\
    i'll pass that on|i'll pass it on|i'll pass this on|let me get you that|let me get you an answer|i'll get you an answer|\
    i'll get you that answer|who will be in touch|someone will be in touch|somebody will be in touch|i'll raise it with|\
    i'll raise that with";

/// Whether it promises to find an answer out; to ask whether somebody came back promises nothing.
pub(super) fn promises_an_answer(line: &Line) -> bool {
    line.says(PROMISES)
        && line.plain.split_inclusive(['.', '!', '?']).any(|s| !s.ends_with('?') && contains_any(s, PROMISES))
}

/// Whether we owe an answer to what the buyer's side asks here, and have had the word since.
pub(super) fn is_owed(v: &View, line: &Line) -> bool {
    let asked = asking_part(&line.plain);
    if weighty_words(&asked).next().is_none()
        || line.is_any(&[Intent::NextStep, Intent::PriceObjection])
        || v.ours_later_than(line).next().is_none()
    {
        return false;
    }
    let replies = replies(v, line, 2);
    // Behind another word of the buyer it may be about something else.
    let at_once = replies.iter().enumerate().take_while(|(n, reply)| *n == 0 || reply.place == replies[0].place + n);
    let promised = is_direct_question(line) && at_once.map(|(_, reply)| *reply).any(promises_an_answer);
    let asked_again = asks_what_became_of_it(line) || (is_direct_question(line) && reminds(v, line));
    let answers = |reply: &&Line| {
        !promises_an_answer(reply) && (answers_in_kind(reply, &asked) || shares_a_word(&asked, &reply.plain))
    };
    (promised || (asked_again && !replies.iter().any(answers))) && !is_spoken_of_later(v, &asked, line)
}

/// Whether our side speaks of `asked` after `line`: in one interaction with two words of weight of it that it had not said before,
/// or with one where there are few such; where it had said all of them, with any. What only promises an answer does not count.
pub(super) fn is_spoken_of_later(v: &View, asked: &str, line: &Line) -> bool {
    const MANY: usize = 4;
    // Looked up rather than looked for, as in `comes_back_later`.
    let places = v.said_by_us.get_or_init(|| {
        let mut places: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for ours in v.seller().filter(|l| !promises_an_answer(l)) {
            for stem in stems(&ours.plain) {
                places.entry(stem).or_default().push((ours.item, ours.place));
            }
        }
        places
    });
    let at = (line.item, line.place);
    let asked_for: BTreeSet<String> = stems(asked).collect();
    let is_new = |stem: &&String| places.get(*stem).is_none_or(|said| said[0] > at);
    let new: Vec<&String> = asked_for.iter().filter(is_new).collect();
    if new.is_empty() {
        return comes_back_later(v, asked, line);
    }
    let needed = if new.len() >= MANY { 2 } else { 1 };
    let mut words_in: BTreeMap<usize, usize> = BTreeMap::new();
    for stem in new {
        let items: BTreeSet<usize> = places.get(stem).into_iter().flatten().map(|(item, _)| *item).collect();
        for item in items {
            *words_in.entry(item).or_default() += 1;
        }
    }
    words_in.values().any(|words| *words >= needed)
}
