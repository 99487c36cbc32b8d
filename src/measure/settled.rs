//! Whether the buyer says that something is over: the alternative is out, it stays after all, the objection is settled, the
//! upheaval changes nothing. In English, by the words.
//!
//! What clears a flag is often said flatly, in a line that carries no intent, or in one more mention of the matter. So a line
//! that says so is tied to the matter (it carries the intent, or has a word of an earlier line that does), closes what was
//! said before it, and is no mention itself.

use super::{
    matter::shares_a_word,
    phrases::{begins_with_any, contains_any, contains_undenied, is_denied, is_one_of, places, words},
    view::{Line, View},
};
use crate::utterance::Intent;

/// What leaves it open: what only may come, and what hangs on something else.
const OPEN: &str = "if|unless|might|may|could|would|should|whether|once|when|until it|to be|for now|for the moment|\
    for the time being|month to month|month by month";

/// Those of the buyer's lines that `speak` of a matter, after the last one with which it `closes` it.
pub(super) fn still_open<'v, 'a>(
    v: &'v View<'a>,
    speaks: impl Fn(&Line) -> bool,
    closes: impl Fn(&Line, &[&Line]) -> bool,
) -> Vec<&'v Line<'a>> {
    let (mut open, mut before) = (Vec::new(), Vec::new());
    for line in v.buyer() {
        let mention = speaks(line);
        if (mention || !before.is_empty()) && closes(line, &before) {
            open.clear();
        } else if mention {
            open.push(line);
        }
        if mention {
            before.push(line);
        }
    }
    open
}

/// Whether it speaks of the matter of some lines: it has a word of one of them.
fn is_of(line: &Line, mentions: &[&Line]) -> bool {
    mentions.iter().any(|mention| shares_a_word(&mention.plain, &line.plain))
}

/// The sentences of a line that state something and leave nothing open.
fn statements<'v>(line: &'v Line) -> impl Iterator<Item = &'v str> {
    let sentences = line.plain.split_inclusive(['.', '!', '?', '\n']);
    sentences.filter(|sentence| !sentence.ends_with('?') && !contains_any(sentence, OPEN))
}

/// Whether it says that the alternative is out, or that the buyer has chosen us.
pub(super) fn says_alternative_is_out(line: &Line, mentions: &[&Line]) -> bool {
    const OUT: &str = "ruled out|ruled them out|ruled it out|ruled that out|off the table|out of the running|out of the race|\
        out of the picture|out of the question|no longer an option|no longer an alternative|we dropped it|we dropped them|\
        we dropped that|we've dropped|we have dropped|turned down|said no to them|told them no|sent it back|sent them back|\
        sent theirs back|stopped talking to them|decided against them|decided against it|decided against that|is finished with";
    /// These hold a no of their own.
    const NO_OTHER: &str = "no longer looking|not looking at anything else|not looking at anyone else|nobody else is in it|\
        nobody is looking at anything else|not going with them|won't go with them|not an option any more|no alternative any more";
    const US: &str = "going with you|go with you|went with you|chosen you|chose you|decided for you|decided on you|picked you|\
        you have won|you've won|you won";
    let out = |part: &str| {
        contains_undenied(part, OUT)
            || contains_any(part, NO_OTHER)
            || contains_undenied(part, US)
            || is_out(part)
            || turns_down(part)
    };
    let tied = || line.is(Intent::Competitor) || is_of(line, mentions);
    statements(line).any(out) && tied()
}

/// "The German one is out", "so that one's out then"; and not "he is out until Monday", "the new version is out now".
fn is_out(sentence: &str) -> bool {
    const IS: &str = "is|are|was|were|definitely|clearly|now|already";
    const ENDS: &str = "then|too|for us|for good|completely|altogether|as well|and|so";
    sentence.split([',', ';', ':', '–', '—']).any(|part| {
        places(part, "out").any(|(before, rest)| {
            let led = words(before).last().unwrap_or_default();
            let ends = words(rest).next().is_none() || begins_with_any(rest.trim_start(), ENDS);
            (is_one_of(led, IS) || led.ends_with("'s")) && ends && !is_denied(before)
        })
    })
}

/// "We turned Infraspeak down".
fn turns_down(sentence: &str) -> bool {
    const NAMED: usize = 4;
    places(sentence, "turned").any(|(before, rest)| {
        let down = words(rest).take(NAMED).any(|word| word == "down");
        let us = begins_with_any(rest.trim_start(), "you|yours|your");
        down && !us && !is_denied(before)
    })
}

/// Whether it says that the customer stays.
pub(super) fn says_it_stays(line: &Line) -> bool {
    const STAYS: &str = "staying with you|stay with you|stays with you|sticking with you|stick with you|we will renew|\
        we'll renew|we are renewing|we're renewing|we have renewed|we've renewed|renewing with you|renewed with you|\
        keeping you on|tore up the notice|withdrawn the notice|withdrew the notice";
    /// These hold a no of their own.
    const NOT_LEAVING: &str =
        "not leaving|not going anywhere|not going to leave|no longer leaving|will not leave|won't leave";
    /// "We stay late" says nothing.
    const WE_STAY: &str = "we are staying|we're staying|we stay|we will stay|we'll stay";
    const AS_CUSTOMERS: &str = "for|put|on board|customers|a customer|where we are|until";
    let stays = |rest: &str| words(rest).next().is_none() || begins_with_any(rest.trim_start(), AS_CUSTOMERS);
    let we_stay = |part: &str| {
        let parts = || part.split([',', ';', ':', '–', '—']);
        parts().any(|part| WE_STAY.split('|').any(|we| places(part, we).any(|(_, rest)| stays(rest))))
    };
    statements(line).any(|part| contains_undenied(part, STAYS) || contains_any(part, NOT_LEAVING) || we_stay(part))
}

/// Whether it says that what was objected to is settled: an objection of `kind`, of which some lines are.
pub(super) fn says_settled(line: &Line, kind: Intent, objections: &[&Line]) -> bool {
    const SETTLED: &str = "settled|sorted|sorted out|resolved|solved|cleared up|off the table|out of the way";
    const NO_LONGER: &str = "no longer a problem|no longer an issue|no longer a concern|no longer a worry|\
        not a problem any more|not an issue any more|no open points|nothing open|nothing is open|that was all that|that was all i|\
        that was all we";
    const TO_COME: &str = "be|get|gets|getting|will|need|needs|have to|has to|want|wants";
    /// What says of the whole that it is settled.
    const THE_WHOLE: &str = "it|it's|that|that's|this|everything|everything's|all|both|those|these|they";
    let names_the_kind = |part: &str| match kind {
        Intent::PriceObjection => contains_any(part, "price|prices|pricing|cost|costs|money|budget|fee|fees"),
        Intent::ProductGap => contains_any(part, "feature|features|integration|gap|gaps"),
        _ => contains_any(part, "security|trust|reference|references|support"),
    };
    let of_the_kind = |part: &str, subject: &str| {
        let whole = words(subject).filter(|word| !is_one_of(word, "is|are|was|all|now|then|so|and|well|good")).last();
        names_the_kind(part)
            || whole.is_none_or(|word| is_one_of(word, THE_WHOLE))
            || objections.iter().any(|objection| shares_a_word(&objection.plain, part))
    };
    statements(line).any(|part| {
        let said = |phrase| {
            places(part, phrase)
                .any(|(before, _)| !is_denied(before) && !contains_any(before, TO_COME) && of_the_kind(part, before))
        };
        SETTLED.split('|').any(said) || contains_any(part, NO_LONGER)
    })
}

/// Whether it says that the upheaval is over, or that what we talk of goes on whatever happens to the house.
pub(super) fn says_it_goes_on(line: &Line, mentions: &[&Line]) -> bool {
    const OVER: &str = "is over|is done|is behind us|is through|is finished";
    const GOES_ON: &str = "regardless|goes ahead|go ahead|going ahead|carries on|goes on|as planned|still on|unaffected|\
        untouched|ring-fenced|ringfenced|protected|changes nothing|is approved all the same";
    const NOT_TOUCHED: &str = "not affected|doesn't affect|does not affect|won't affect|doesn't touch|does not touch|\
        doesn't change|does not change|won't change|nothing to do with";
    /// What we talk of, where it is not named.
    const THIS: &str = "this|it|that|our project|the project";
    let says = |phrases: &str| statements(line).any(|part| contains_undenied(part, phrases));
    let goes_on = says(GOES_ON) || statements(line).any(|part| contains_any(part, NOT_TOUCHED));
    (goes_on && (contains_any(&line.plain, THIS) || is_of(line, mentions))) || (says(OVER) && is_of(line, mentions))
}
