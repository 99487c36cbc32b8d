//! Whether the buyer says that something is over: the alternative is out, it stays after all, the objection is settled, the
//! upheaval changes nothing. In English, by the words.
//!
//! What clears a flag is often said flatly, in a line that carries no intent, or in one more mention of the matter. So a line
//! that says so is tied to the matter (it carries the intent, or has a word of an earlier line that does), closes what was
//! said before it, and is no mention itself.

use std::collections::HashSet;

use super::{
    crm::names_upheaval,
    matter::stems,
    phrases::{begins_with_any, clauses, contains_any, contains_surely, is_in_doubt, is_one_of, places, words},
    view::{Line, View},
};
use crate::utterance::Intent;

/// What leaves it open: what only may come, what hangs on something else, and what is doubted.
const OPEN: &str = "if|unless|might|may|could|would|should|whether|once|when|until it|to be|for now|for the moment|\
    for the time being|month to month|month by month|doubt|doubts|doubtful|unlikely|unsure|uncertain|not sure|not certain|\
    not convinced";

/// Below this a line is taken for negative.
const NEGATIVE: f64 = -0.3;

/// Those of the buyer's lines that `speak` of a matter, after the last one with which it `closes` it. One more mention that is
/// negative closes nothing, whatever its words: what clears a flag needs the surer reading.
pub(super) fn still_open<'v, 'a>(
    v: &'v View<'a>,
    speaks: impl Fn(&Line) -> bool,
    closes: impl Fn(&Line, &Mentions) -> bool,
) -> Vec<&'v Line<'a>> {
    let (mut open, mut before) = (Vec::new(), Mentions::default());
    for line in v.buyer() {
        let mention = speaks(line);
        let may_close = if mention { line.balance() >= NEGATIVE } else { before.any };
        if may_close && closes(line, &before) {
            open.clear();
        } else if mention {
            open.push(line);
        }
        if mention {
            before.add(line);
        }
    }
    open
}

/// What a matter was called in the lines that speak of it. Looked up rather than looked for: a call has as many lines that may
/// close a matter as it has mentions of it.
#[derive(Default)]
pub(super) struct Mentions {
    any: bool,
    stems: HashSet<String>,
    /// Words with a capital, without "'s" and in small letters.
    names: HashSet<String>,
}

impl Mentions {
    fn of(line: &Line) -> Mentions {
        let mut mentions = Mentions::default();
        mentions.add(line);
        mentions
    }

    fn add(&mut self, line: &Line) {
        self.any = true;
        self.stems.extend(stems(&line.plain));
        let capitals = words(line.text).filter(|word| word.starts_with(char::is_uppercase));
        self.names.extend(capitals.map(|name| name.trim_end_matches("'s").to_lowercase()));
    }

    /// Whether it speaks of the matter: it has a word of one of the lines.
    fn is_of(&self, plain: &str) -> bool {
        stems(plain).any(|stem| self.stems.contains(&stem))
    }

    /// Whether one of the lines has that name; it is in small letters.
    fn name(&self, word: &str) -> bool {
        self.names.contains(word)
    }
}

/// The sentences of a line that state something and leave nothing open.
pub(super) fn statements<'v>(line: &'v Line) -> impl Iterator<Item = &'v str> {
    let sentences = line.plain.split_inclusive(['.', '!', '?', '\n']);
    sentences.filter(|sentence| !sentence.ends_with('?') && !contains_any(sentence, OPEN))
}

/// Whether it says that the alternative is out, or that the buyer has chosen us.
pub(super) fn says_alternative_is_out(line: &Line, mentions: &Mentions) -> bool {
    /// What is said of the alternative as of "them" or "it".
    const REJECTED: &str = "ruled them out|ruled it out|ruled that out|turned them down|turned it down|we dropped it|\
        we dropped them|we dropped that|we've dropped it|we've dropped them|we have dropped it|we have dropped them|\
        said no to them|told them no|sent them back|sent theirs back|stopped talking to them|decided against them|\
        decided against it|decided against that|is finished with";
    /// These hold a no of their own.
    const NO_OTHER: &str = "no longer looking|not looking at anything else|not looking at anyone else|nobody else is in it|\
        nobody is looking at anything else|not going with them|won't go with them";
    /// Whoever is out in a clause with one of these may be us.
    const US: &str = "you|your|yours|you're|you've|you'll";
    let own = if line.is(Intent::Competitor) { Mentions::of(line) } else { Mentions::default() };
    let is_name = |word: &str| mentions.name(word) || own.name(word);
    let out = |clause: &str| {
        contains_surely(clause, REJECTED)
            || contains_any(clause, NO_OTHER)
            || is_out(clause, &is_name)
            || is_turned_down(clause, &is_name)
    };
    let says = |clause: &str| goes_with_us(clause) || (!contains_any(clause, US) && out(clause));
    (line.is(Intent::Competitor) || mentions.is_of(&line.plain)) && statements(line).flat_map(clauses).any(says)
}

/// "The German one is out", "so that one's out then", "Infraspeak is off the table"; and not "he is out until Monday", "the new
/// release of Infraspeak is out".
fn is_out(clause: &str, is_name: &impl Fn(&str) -> bool) -> bool {
    const OUT: &str = "out|ruled out|off the table|out of the running|out of the race|out of the picture|out of the question|\
        no longer an option|no longer an alternative|not an option any more|no alternative any more";
    const ENDS: &str = "then|too|for us|for good|completely|altogether|as well|and|so";
    places(clause, OUT).any(|(before, rest)| {
        let ends = words(rest).next().is_none() || begins_with_any(rest.trim_start(), ENDS);
        let alternative = || before_be(before).is_some_and(|subject| is_the_alternative(&subject, is_name));
        ends && !is_in_doubt(before) && alternative()
    })
}

/// The words before the form of "be" with which `before` ends: "that one" of "that one is definitely" and of "that one's".
fn before_be(before: &str) -> Option<Vec<&str>> {
    const BE: &str = "is|are|was|were|been";
    const ADVERBS: &str = "definitely|clearly|now|already|both|all";
    let mut subject: Vec<&str> = words(before).collect();
    while subject.pop_if(|word| is_one_of(word, ADVERBS)).is_some() {}
    let last = subject.pop()?;
    if is_one_of(last, BE) {
        subject.pop_if(|word| is_one_of(word, "has|have"));
    } else {
        subject.push(last.strip_suffix("'s")?);
    }
    Some(subject)
}

/// Whether the last of some words stands for the alternative: "that one", "they", a name of a mention, and not one that only
/// says whose it is ("the new release of Infraspeak").
fn is_the_alternative(words_of: &[&str], is_name: &impl Fn(&str) -> bool) -> bool {
    const ONES: &str = "one|ones|it|that|they|those|these|theirs|option|alternative|other|others|else";
    const INVITATIONS: &str = "rfp|rfi|rfq|tender|word|news";
    const WHOSE: &str = "of|from|by|with|at|for";
    let [before @ .., last] = words_of else { return false };
    let whose = before.last().is_some_and(|word| is_one_of(word, WHOSE));
    !whose && (is_one_of(last, ONES) || (!is_one_of(last, INVITATIONS) && is_name(last)))
}

/// "We turned Infraspeak down", "we ruled out Infraspeak".
fn is_turned_down(clause: &str, is_name: &impl Fn(&str) -> bool) -> bool {
    const NAMED: usize = 4;
    let named = |words: &[&str]| (1..=words.len()).any(|end| is_the_alternative(&words[..end], is_name));
    [("turned", "down"), ("ruled", "out")].iter().any(|(verb, particle)| {
        places(clause, verb).any(|(before, rest)| {
            let behind: Vec<&str> = words(rest).take(NAMED).collect();
            behind.contains(particle) && named(&behind) && before_be(before).is_none() && !is_in_doubt(before)
        })
    })
}

/// "We go with you", "the board decided for you"; and not "going with you is riskier", "you won't".
pub(super) fn goes_with_us(clause: &str) -> bool {
    const GO: &str = "going with you|go with you";
    const WENT: &str = "went with you|chosen you|chose you|decided for you|decided on you|picked you";
    const WON: &str = "you have won|you've won|you won";
    const WHAT: &str = "it|this|the deal|the contract|the tender|the business|the order";
    let won = places(clause, WON).any(|(before, rest)| {
        let ends = !rest.starts_with('\'') && words(rest).next().is_none();
        !is_in_doubt(before) && (ends || begins_with_any(rest.trim_start(), WHAT))
    });
    won || contains_surely(clause, WENT) || is_done_by_them(clause, GO)
}

/// Whether one of `phrases`, which begin with a verb, is what the buyer does or has decided to do: "we are going with you", and
/// not "going with you costs more", "we want to go with you".
fn is_done_by_them(clause: &str, phrases: &str) -> bool {
    const LED: &str = "are|am|we|i|they|will|have|has|be";
    const ADVERBS: &str = "definitely|certainly|now|also|all|both|happily|gladly|simply|still|therefore";
    const DECIDED: &str = "decided|agreed|voted|chosen|chose|happy|glad|going";
    places(clause, phrases).any(|(before, _)| {
        let led = words(before).filter(|word| !is_one_of(word, ADVERBS)).last().unwrap_or_default();
        let finite = is_one_of(led, LED) || ["'re", "'m", "'ll", "'ve"].iter().any(|end| led.ends_with(end));
        !is_in_doubt(before) && (finite || (led == "to" && contains_any(before, DECIDED)))
    })
}

/// Whether it says that the customer stays.
pub(super) fn says_it_stays(line: &Line) -> bool {
    const STAYS: &str = "staying with you|stay with you|sticking with you|stick with you|renewing with you|renew with you|\
        keeping you on";
    const HAS_STAYED: &str =
        "stays with you|renewed with you|tore up the notice|withdrawn the notice|withdrew the notice";
    const RENEWS: &str = "we will renew|we'll renew|we are renewing|we're renewing|we have renewed|we've renewed";
    const WHAT: &str = "with you|for|in|on|at|and|the contract|our contract|the subscription|our subscription|the licence|\
        our licence|the license|our license|it|this|next|again|all|after all";
    /// These hold a no of their own.
    const NOT_LEAVING: &str = "we are not leaving|we're not leaving|we aren't leaving|we are not going anywhere|\
        we're not going anywhere|we aren't going anywhere|we are not going to leave|we're not going to leave|\
        we are no longer leaving|we're no longer leaving|we will not leave|we won't leave";
    const US: &str = "you|after all|and|so";
    /// "We stay late" says nothing.
    const WE_STAY: &str = "we are staying|we're staying|we stay|we will stay|we'll stay";
    const AS_CUSTOMERS: &str = "for|put|on board|customers|a customer|where we are";
    /// A stay that has its end, and one elsewhere.
    const ENDS: &str =
        "instead|then we|then i|until then|until the end|end of the|rest of|runs out|run out|expires|notice period";
    if line.is_any(&[Intent::ChurnIntent, Intent::Competitor]) || line.balance() < NEGATIVE {
        return false;
    }
    let followed = |clause: &str, phrases: &str, by: &str| {
        places(clause, phrases).any(|(before, rest)| {
            let goes_on = words(rest).next().is_none() || begins_with_any(rest.trim_start(), by);
            goes_on && !is_in_doubt(before)
        })
    };
    let stays = |clause: &str| {
        is_done_by_them(clause, STAYS)
            || contains_surely(clause, HAS_STAYED)
            || followed(clause, RENEWS, WHAT)
            || followed(clause, NOT_LEAVING, US)
            || followed(clause, WE_STAY, AS_CUSTOMERS)
    };
    statements(line).filter(|sentence| !contains_any(sentence, ENDS)).flat_map(clauses).any(stays)
}

/// Whether it says that what was objected to is settled: an objection of `kind`, of which some lines are.
pub(super) fn says_settled(line: &Line, kind: Intent, objections: &Mentions) -> bool {
    const SETTLED: &str = "settled|sorted|sorted out|resolved|solved|cleared up|off the table|out of the way|put right|set right|\
        put to bed|laid to rest|dealt with|ironed out|straightened out|taken care of";
    /// Of much else ("the office is closed") it says something else, so that it counts where somebody holds it so.
    const HELD_SETTLED: &str = "closed|settled|finished|done with|over and done with|dealt with";
    const HOLDS: &str = "i consider|we consider|i regard|we regard|i call|we call|we can call|i would call|i'd call";
    /// A denied complaint, of what goes before or is named.
    const NO_COMPLAINT: &str = "no complaint|no complaints|no further complaint|no further complaints|no more complaints|\
        nothing to complain|no cause for complaint|no reason to complain";
    const OF_IT: &str = "about it|of it|about that|of that|on that|on it|with it|with that|now|any more|any longer|whatsoever|\
        at all";
    const NO_LONGER: &str = "no longer a problem|no longer an issue|no longer a concern|no longer a worry|\
        not a problem any more|not an issue any more";
    /// These speak of the whole by themselves.
    const NO_MORE: &str = "no open points|nothing open|nothing is open|that was all that|that was all i|that was all we|\
        no further objections|no more objections|no objections left|no concerns left|no further concerns|no more concerns";
    const TO_COME: &str = "be|get|gets|getting|will|need|needs|have to|has to|want|wants";
    /// "Settled on a budget" settles no objection.
    const ON: &str = "on|upon|into|for a|for an|for the";
    const BY_US: &str = "on our side|on our end|on my side";
    const AND_YET: &str = "but|still|except|yet|only";
    /// What says of the whole that it is settled.
    const THE_WHOLE: &str = "it|it's|that|that's|this|everything|everything's|all|both|those|these|they";
    /// "That one", "this matter": what was spoken of last.
    const ONES: &str = "one|matter|point|issue|question|business|concern|worry|affair|chapter|subject|topic";
    if line.is(kind) && line.says(AND_YET) {
        return false;
    }
    let names_the_kind = |clause: &str| match kind {
        Intent::PriceObjection => contains_any(clause, "price|prices|pricing|cost|costs|money|budget|fee|fees"),
        Intent::ProductGap => contains_any(clause, "feature|features|integration|gap|gaps"),
        _ => contains_any(clause, "security|trust|reference|references|support"),
    };
    let of_the_kind = |clause: &str, subject: &str| {
        const LIGHT: &str =
            "is|are|was|were|has|have|had|been|all|now|then|so|and|well|good|long|since|already|as|to|be";
        let told: Vec<&str> = words(subject).filter(|word| !is_one_of(word, LIGHT)).collect();
        let whole = match told[..] {
            [] => true,
            [.., "that" | "this", one] if is_one_of(one, ONES) => true,
            [.., word] => is_one_of(word, THE_WHOLE),
        };
        names_the_kind(clause) || whole || objections.is_of(clause)
    };
    let said = |clause: &str, phrases: &str| {
        places(clause, phrases).any(|(before, rest)| {
            let of_another = begins_with_any(rest.trim_start(), ON) && !begins_with_any(rest.trim_start(), BY_US);
            !is_in_doubt(before) && !contains_any(before, TO_COME) && !of_another && of_the_kind(clause, before)
        })
    };
    let held_settled = |clause: &str| {
        places(clause, HOLDS).any(|(before, rest)| {
            let at_the_end =
                |(subject, rest): (&str, &str)| words(rest).next().is_none() && of_the_kind(clause, subject);
            !is_in_doubt(before) && places(rest, HELD_SETTLED).any(at_the_end)
        })
    };
    let no_complaint = |clause: &str| {
        places(clause, NO_COMPLAINT).any(|(before, rest)| {
            let of_it = words(rest).next().is_none() || contains_any(rest, OF_IT);
            // "No complaints, it's just the one time you need it": that one is not taken back.
            line.balance() >= NEGATIVE && !is_in_doubt(before) && (of_it || objections.is_of(rest))
        })
    };
    let settles = |clause: &str| {
        said(clause, SETTLED)
            || said(clause, NO_LONGER)
            || contains_any(clause, NO_MORE)
            || held_settled(clause)
            || no_complaint(clause)
    };
    statements(line).flat_map(clauses).any(settles)
}

/// Whether it says that the upheaval is over, or that what we talk of goes on whatever happens to the house.
pub(super) fn says_it_goes_on(line: &Line, mentions: &Mentions) -> bool {
    const OVER: &str = "is over|is done|is behind us|is through|is finished";
    /// What goes on with these may be the upheaval itself.
    const GOES_ON: &str = "goes ahead|go ahead|going ahead|carries on|goes on|as planned|still on";
    const ALL_THE_SAME: &str =
        "regardless|unaffected|untouched|ring-fenced|ringfenced|protected|is approved all the same";
    /// Of these the upheaval may be the subject.
    const NOT_TOUCHED: &str = "not affected|doesn't affect|does not affect|won't affect|doesn't touch|does not touch|\
        doesn't change anything|does not change anything|doesn't change this|does not change this|won't change anything|\
        has nothing to do with|changes nothing";
    /// What we talk of, where it is not named.
    const THIS: &str = "this|it|that|our project|the project";
    let upheaval = names_upheaval(&line.plain);
    let is_named = contains_any(&line.plain, THIS) || mentions.is_of(&line.plain);
    let said = |clause: &str, phrases: &str, of: &dyn Fn(&str) -> bool| {
        places(clause, phrases).any(|(before, _)| !is_in_doubt(before) && of(before))
    };
    let is_ours = |subject: &str| !names_upheaval(subject) && !mentions.is_of(subject);
    statements(line).flat_map(clauses).any(|clause| {
        (is_named && (contains_any(clause, NOT_TOUCHED) || said(clause, ALL_THE_SAME, &is_ours)))
            || (!upheaval && said(clause, GOES_ON, &|subject| is_ours(subject) && contains_any(subject, THIS)))
            || said(clause, OVER, &|subject| mentions.is_of(subject))
    })
}
