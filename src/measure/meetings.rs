//! Whether a meeting stands, by the words: partings until a day, a yes to a day, and what is too vague to be either.
//!
//! Beside the model's `next_step`, because these are the lines with which people agree without saying what.

use super::view::{Item, Line};
use crate::utterance::{Intent, Tone};

/// The utterances of an interaction with which a meeting stands.
pub(super) fn meetings_agreed<'v, 'a>(item: &'v Item<'a>) -> Vec<&'v Line<'a>> {
    let agreed = item.lines.iter().enumerate().filter(|(at, line)| {
        let stands = parts_until_a_day(line) || (*at > 0 && accepts(&item.lines[at - 1], line));
        stands && !line.is(Intent::Stall)
    });
    agreed.map(|(_, line)| line).collect()
}

/// Whether somebody takes leave until a day: "see you on Thursday", and not "good to see you today".
fn parts_until_a_day(line: &Line) -> bool {
    const LEAVE: &str = "see you|speak|talk|talk to you|speak to you";
    const UNTIL: &str = "on monday|on tuesday|on wednesday|on thursday|on friday|on the|monday|tuesday|wednesday|thursday|\
        friday|tomorrow|next week|next monday|next tuesday|next wednesday|next thursday|next friday|then|at";
    const OTHERWISE: &str =
        "to see you|can see you|could see you|i see you|didn't|don't|not see|can't|cannot|your talk|missed";
    /// A longer one that says "see you" speaks of another meeting than the next.
    const SHORT: usize = 15;
    let until = |leave: &str| UNTIL.split('|').any(|day| line.says(&format!("{leave} {day}")));
    line.words() <= SHORT && names_a_time(line) && !line.says(OTHERWISE) && LEAVE.split('|').any(until)
}

/// Whether `reply` says yes to a day that the other side proposes for a meeting.
fn accepts(proposal: &Line, reply: &Line) -> bool {
    const PROPOSES: &str = "shall we say|shall we speak|shall we talk|shall we meet|how about|what about|let's say|let's speak|\
        let's talk|let's meet|suit you|work for you|are you free|are you around|can we speak|can we talk|can we meet|\
        could we speak|could we talk|could we meet|speak again|talk again|meet again|a call|a meeting|catch up";
    const YES: &str = "yes|yeah|yep|yup|aye|ok|okay|sure|perfect|great|fine|good|works|that works|done|agreed|absolutely|\
        lovely|brilliant|grand|all right|alright|see you";
    const AND_YET: &str = "but|no|not|let me|have to|need to|out|can't|cannot|rather|maybe|depends";
    proposal.side != reply.side
        && proposal.text.contains('?')
        && proposal.says(PROPOSES)
        && names_a_time(proposal)
        && YES.split('|').any(|yes| opens_with(&reply.plain, yes))
        && !reply.says(AND_YET)
        && !reply.text.contains('?')
        && reply.tone() != Tone::Negative
}

/// Whether some words start with others.
fn opens_with(words: &str, start: &str) -> bool {
    words.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// "Let's stay in touch" and its kin.
pub(super) fn is_vague(line: &Line) -> bool {
    const VAGUE: &str = "in touch|touch base|circle back|reach out|catch up|at some point|when you're ready|whenever|\
    let me know|keep me posted|shout|speak soon|talk soon|here if you|no rush|sometime|next few weeks|\
    couple of weeks|have a think|leave it|any time|anytime|in due course|soon|reconnect|check in|\
    check back|follow up|ping you|see where|see how|pick this up|pick it up|down the line|down the road|\
    down the track|holler|give me a ring|drop me a|know where i am|know where we are|know where to find me|\
    know where you find me|where to find me|have my number|got my number|door's always|door is always|keep in contact|\
    stay in contact|in contact|keep talking|channel open|lines open|leave it with you|hope we can";
    line.says(VAGUE) && !line.is(Intent::NextStep) && !names_a_time(line)
}

/// Whether a day, a date or a time of day stands in it.
pub(super) fn names_a_time(line: &Line) -> bool {
    const TIMES: &str = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|tonight|this afternoon|\
    this morning|this evening|next week|this week|end of the week|end of week|end of day|close of play|\
    close of business|eod|eow|noon|lunch|lunchtime|january|february|march|april|june|july|august|\
    september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|month end|\
    end of the month|end of month|o'clock|the first|the second|the third|fourth|fifth|sixth|seventh|eighth|ninth|\
    tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|\
    twentieth|twenty-first|thirtieth|thirty-first|next month|in an hour|within the hour|by the";
    let ordinal = |w: &str| {
        let digits = w.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.len() < w.len()
            && digits.parse::<u32>().is_ok_and(|n| n <= 31)
            && matches!(&w[digits.len()..], "st" | "nd" | "rd" | "th" | "am" | "pm")
    };
    line.says(TIMES) || line.plain.split(|c: char| !c.is_alphanumeric() && c != ':').any(|w| ordinal(w) || is_clock(w))
}

fn is_clock(word: &str) -> bool {
    word.split_once(':').is_some_and(|(h, m)| h.parse::<u8>().is_ok() && m.len() >= 2 && m[..2].parse::<u8>().is_ok())
}
