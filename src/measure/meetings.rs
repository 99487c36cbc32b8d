//! Whether a meeting stands, by the words: partings until a day, a yes to a day, and what is too vague to be either.
//!
//! Beside the model's `next_step`, because these are the lines with which people agree without saying what.

use super::{
    named_times::{behind_name, names_a_time},
    phrases::{begins_with_any, places},
    view::{Item, Line},
};
use crate::{
    calendar::is_week_day_name,
    utterance::{Intent, Tone},
};

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
    const UNTIL: &str = "on the|tomorrow|next week|then|at";
    /// What may stand before a week day; nothing does in "see you Thursday".
    const LEADS: [&str; 3] = ["", "on", "next"];
    const OTHERWISE: &str =
        "to see you|can see you|could see you|i see you|didn't|don't|not see|can't|cannot|your talk|missed";
    /// A longer one that says "see you" speaks of another meeting than the next.
    const SHORT: usize = 15;
    let until = |(_, rest): (&str, &str)| {
        let rest = rest.trim_start();
        let week_day = || LEADS.iter().any(|lead| behind_name(rest, lead, is_week_day_name).is_some());
        begins_with_any(rest, UNTIL) || week_day()
    };
    line.words() <= SHORT && names_a_time(&line.plain) && !line.says(OTHERWISE) && places(&line.plain, LEAVE).any(until)
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
        && proposal.has_question_mark()
        && proposal.says(PROPOSES)
        && names_a_time(&proposal.plain)
        && begins_with_any(&reply.plain, YES)
        && !reply.says(AND_YET)
        && !reply.has_question_mark()
        && reply.tone() != Tone::Negative
}

/// "Let's stay in touch" and its kin.
pub(super) fn is_vague(line: &Line) -> bool {
    const VAGUE: &str = "in touch|touch base|circle back|reach out|catch up|at some point|when you're ready|whenever|\
    let me know|keep me posted|shout|here if you|no rush|sometime|next few weeks|\
    couple of weeks|have a think|leave it|any time|anytime|in due course|soon|reconnect|check in|\
    check back|follow up|ping you|see where|see how|pick this up|pick it up|down the line|down the road|\
    down the track|holler|give me a ring|drop me a|know where i am|know where we are|\
    know where you find me|where to find me|have my number|got my number|door's always|door is always|in contact|keep talking|channel open|lines open|hope we can";
    line.says(VAGUE) && !line.is(Intent::NextStep) && !names_a_time(&line.plain)
}
