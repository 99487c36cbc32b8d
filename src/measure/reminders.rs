//! How the buyer's side says that it has asked before, or that no answer came, in English.
//!
//! The same words tell of other things: "we asked our accountant", "my question is", "no answer from our legal team". They
//! count where it is us who were asked.

use super::{
    named_times::behind_name,
    phrases::{begins_with_any, behind_start, clauses, contains_any, is_number, is_one_of, places, words},
    view::{Line, View},
};
use crate::{
    calendar::{self, is_month_name, is_week_day_name},
    conversation::Side,
};

/// How somebody says outright that an answer is missing.
const UNANSWERED: &str = "not what i asked|not what we asked|not really what i asked|not really what we asked|\
    isn't what i asked|isn't what we asked|isn't really what i asked|wasn't what i asked|dodged my question|\
    skipped my question|ignored my question|you haven't answered|you have not answered|you didn't answer|\
    you did not answer|you never answered|you still haven't answered|never answered me|never answered my|\
    never answered us|never answered our|not an answer|isn't an answer|wasn't an answer|\
    don't get an answer|didn't get an answer|i asked something|i had asked something|i've asked something|\
    i have asked something|i was asking|we were asking|did somebody answer|did anybody answer|\
    did anyone answer|yes or no|is that a no|is that a yes|so that's a no|i asked you|which i asked|doesn't answer my|\
    just answer the question|please answer the question|answer the question please|answer the question i|a straight answer|\
    a clear answer|you're not listening|you aren't listening|you are not listening|\
    did not say anything on|did not say anything about|didn't say anything on|didn't say anything about|\
    have said nothing on|have said nothing about|you said nothing on|you said nothing about|you've said nothing on|\
    you've said nothing about|still have not told us|still have not told me|still haven't told us|still haven't told me|\
    still not told us|still not told me|have not told us whether|haven't told us whether|\
    still not said|still haven't said|still have not said|you have not said|you haven't said|you've not said|\
    still waiting to hear|still waiting for an answer|still waiting for the answer|still waiting for your|\
    still waiting on your";

/// How somebody says that nothing came back, from whomever.
const NOTHING_BACK: &str = "no answer to|no answer on|no answer about|no reply to|no reply on|no response to|no response on|\
    never got an answer|without an answer";

/// How somebody who asked begins to say when, or how often.
const ASKED: &str = "i asked|we asked|i've asked|we've asked|i have asked|we have asked|i had asked|we had asked";

/// Whether it says outright that we did not answer, or asks for a plain yes or no.
pub(super) fn says_unanswered(v: &View, line: &Line) -> bool {
    // "Not what I asked for" is about what was delivered.
    let outright = line.says(UNANSWERED) && !line.says("what i asked for|what we asked for");
    outright
        || asked_before(&line.plain)
        || asks_yet_again(&line.plain)
        || (line.says(NOTHING_BACK) && !is_about_a_colleague(v, line))
}

/// "I am asking for the third time", "we ask now for the third time"; and not "I ask for the third time slot".
fn asks_yet_again(plain: &str) -> bool {
    const WE_ASK: &str = "i am asking|i'm asking|we are asking|we're asking|i ask|we ask|i have to ask|we have to ask";
    const NTH: &str =
        "for the second time|for the third time|for the fourth time|for the fifth time|for the umpteenth time";
    places(plain, WE_ASK).any(|(_, rest)| {
        let clause = clauses(rest).next().unwrap_or_default();
        places(clause, NTH).any(|(between, rest)| {
            words(between).count() <= A_FEW && !begins_with_any(rest.trim_start(), "slot|zone|frame|limit|window")
        })
    })
}

/// So many words may stand between.
const A_FEW: usize = 3;

/// Whether somebody says when it asked, or how often: "I asked on Tuesday", "we've asked you twice", "twice now I've asked".
fn asked_before(plain: &str) -> bool {
    const SO_OFTEN: &str = "twice|twice now|times|times now|weeks ago|days ago|months ago|last week|last month";
    places(plain, ASKED).any(|(before, rest)| {
        let rest = rest.trim_start();
        let rest = behind_start(rest, "you").map_or(rest, str::trim_start);
        behind_a_time(rest).is_some_and(is_of_the_asking)
            || SO_OFTEN.split('|').any(|often| before.trim_end().ends_with(&format!(" {often}")))
            || SO_OFTEN.split('|').any(|often| before.trim() == often)
    })
}

/// What follows where `rest` begins with when or how often somebody asked.
fn behind_a_time(rest: &str) -> Option<&str> {
    const TIMES: &str = "since|twice|again|before|on the|in spring|in summer|in autumn|in winter|last week|last month|\
        last time";
    let named = || behind_name(rest, "in", is_month_name).or_else(|| behind_name(rest, "on", is_week_day_name));
    let counted = || {
        let (number, rest) = rest.split_once(' ')?;
        let number_of = is_number(number) || is_one_of(number, "several|many|some|few");
        ["times", "weeks ago", "days ago", "months ago"]
            .iter()
            .find_map(|unit| behind_start(rest.trim_start(), unit).filter(|_| number_of))
    };
    TIMES.split('|').find_map(|time| behind_start(rest, time)).or_else(named).or_else(counted)
}

/// Whether what follows the time lets it be that of the asking: "I asked before we met", "we asked again our lawyer" tell of
/// something else.
fn is_of_the_asking(rest: &str) -> bool {
    !begins_with_any(rest.trim_start(), "our|my|the|his|her|their|them|him|as|i|we")
}

/// How somebody says that it has asked before or still waits, outright.
const REMINDS: &str = "didn't answer|did not answer|never answered|haven't answered|hasn't answered|nobody answered|\
    not answered|asked you|asked twice|asked before|still waiting|not an answer|isn't an answer|no reply|no answer|yes or no|\
    haven't heard|have not heard|heard nothing|yet to receive|yet to hear|have nothing from you|\
    had nothing from you|heard nothing from you|got nothing from you|same thing again|the same question again|ask you again|asking you again|what i asked|back to my question|answer my question|what about my question|\
    not my question|to my question";

/// Whether it says, outright or not, that it has asked us before or still waits for us.
pub(super) fn reminds(v: &View, line: &Line) -> bool {
    (line.says(REMINDS) || tells_of_asking(&line.plain) || asks_once_more(line)) && !is_about_a_colleague(v, line)
}

/// Whether it asks whether we are there at all: "any news?", "did you see my mail", "if I do not hear from you".
pub(super) fn asks_for_a_sign_of_life(line: &Line) -> bool {
    const SIGN_OF_LIFE: &str = "any news|any update|any updates|did you see my|have you seen my|did you get my|did you receive my|\
        hear from you|are you there|please reply|please answer|please respond|get back to me|get back to us|come back to me|\
        come back to us";
    line.says(SIGN_OF_LIFE)
}

/// Whether it asks what became of an earlier question: "did you find out about the deduction?", "did product ever tell you".
pub(super) fn asks_what_became_of_it(line: &Line) -> bool {
    const OUTRIGHT: &str = "did you find out|did you ever find out|have you found out|did you find anything out|did you get anywhere|\
        have you got anywhere|did you get an answer|did you hear back|have you heard back|did you ever hear|any word on|any word from|\
        any news on|any answer on|any answer to|anything back on|did you ask them|did you ask about|did you get to ask|\
        did you get a chance to ask|did you ever ask";
    /// "Did your technical say anything", "did product ever tell you".
    const SAID: &str = "say anything|said anything|tell you|get back to you|come back to you|answer you";
    let asks_of_others = |sentence: &str| {
        let sentence = sentence.trim_start();
        (begins_with_any(sentence, "did|has|have")) && contains_any(sentence, SAID)
    };
    line.has_question_mark() && (line.says(OUTRIGHT) || line.plain.split(['.', '?', '!', ',', ';']).any(asks_of_others))
}

/// "I asked about the export", "we asked when it ends"; and not "we asked our accountant", "I asked Ben".
fn tells_of_asking(plain: &str) -> bool {
    const WHAT: &str = "you|about|for|to|if|whether|when|how|what|why|where|which|who|twice|before|again|since|on|in|last|three|\
        this|that|it|at";
    places(plain, "i asked|we asked|i'd asked|we'd asked").any(|(_, rest)| {
        let ends = !rest.starts_with(char::is_whitespace) || rest.trim().is_empty();
        ends || begins_with_any(rest.trim_start(), WHAT)
    })
}

/// "For the third time", "this is the second mail about it"; and not "the second time that we grow".
fn asks_once_more(line: &Line) -> bool {
    const NTH: &str = "second|third|fourth|fifth";
    const ASKS: &str = "ask|asked|asking|answer|chase|chasing|chased|remind|reminder|raise|raised|raising|request|requested|\
        write|writing|wrote|written|mail|email|emailed";
    let times: Vec<&str> = words(&line.plain).collect();
    let nth_time = times.windows(2).any(|pair| is_one_of(pair[0], NTH) && pair[1] == "time");
    nth_time && line.says(ASKS)
}

/// Whether whoever has not answered is one of their own: somebody of them is named, and not we.
fn is_about_a_colleague(v: &View, line: &Line) -> bool {
    const WE: &str = "you|your|you've|you're|you'd|you'll|yours";
    const ONE_OF_THEM: &str = "he|she|him|her|they|them|his|their|he's|she's|they're|he'd|she'd";
    let is_ours = |l: &Line| l.says(WE);
    let is_theirs = |l: &Line| l.says(ONE_OF_THEM) || names_a_stranger(l);
    // In a mail the name stands in the sentence before: "It lies with Gráinne. No answer."
    let last = v.before(line).next().filter(|l| l.item == line.item && l.speaker == line.speaker);
    !is_ours(line) && !last.is_some_and(is_ours) && (is_theirs(line) || last.is_some_and(is_theirs))
}

/// Whether it names somebody who is none of ours as one who has it or was asked: "it is with Gráinne", "I asked Ben".
fn names_a_stranger(line: &Line) -> bool {
    const WITH: &str = "with|from|to|by|asked|chased|told|mailed|emailed|called|rang";
    let ours = |name: &str| {
        let people = line.conversation.participants.iter().filter(|p| p.side == Side::Seller);
        people.flat_map(|p| p.name.split_whitespace()).any(|part| part == name)
    };
    let tokens = || line.text.split_whitespace();
    tokens().zip(tokens().skip(1)).any(|(before, token)| {
        let name = token.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let named = name.starts_with(char::is_uppercase) && name.chars().skip(1).any(char::is_lowercase);
        named && is_one_of(&before.to_lowercase(), WITH) && !calendar::is_name(&name.to_lowercase()) && !ours(name)
    })
}

#[cfg(test)]
mod tests {
    use super::asks_yet_again;

    #[test]
    fn asking_once_more_is_told_from_what_happens_for_the_third_time() {
        for text in [
            "i am asking for the third time about the chemicals",
            "we ask you now for the second time",
            "i have to ask for the fourth time whether it does that",
        ] {
            assert!(asks_yet_again(text), "{text}");
        }
        for text in [
            "they are asking for the third time about their invoice",
            "we are asking for the third time slot on friday",
            "it broke for the third time",
            "i am asking our lawyer who has looked at it for the third time",
        ] {
            assert!(!asks_yet_again(text), "{text}");
        }
    }
}
