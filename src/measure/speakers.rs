//! What each person of one conversation said: for reading that conversation, never for holding people against each other.

use std::collections::BTreeMap;

use super::{
    course::tone_by_quarter,
    questions::{Form, asks, form},
    stretch,
    timing::Interruption,
    view::{Item, Line, mean_balance},
};
use crate::conversation::{Channel, Side};

/// One person of one conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Person<'a> {
    /// The name that stands beside the words; empty where nobody is named.
    pub name: &'a str,
    /// Whose side.
    pub side: Side,
    /// Words said or written.
    pub words: usize,
    /// Of all words of the conversation, in percent; absent for a mail, which is one person's.
    pub word_share: Option<f64>,
    /// Turns with words in them.
    pub turns: usize,
    /// Utterances, as they are scored.
    pub utterances: usize,
    /// Words of the longest stretch; calls only.
    pub stretch_words: Option<usize>,
    /// Seconds of the longest stretch; calls whose times are known.
    pub stretch_s: Option<f64>,
    /// Seconds of talk; calls whose times are known.
    pub talk_s: Option<f64>,
    /// Of the talk time of all, in percent; absent where that of anybody is not known.
    pub talk_share: Option<f64>,
    /// Utterances that ask something.
    pub questions: usize,
    /// Those with an open question; absent where the words are not English.
    pub open_questions: Option<usize>,
    /// The others of them.
    pub closed_questions: Option<usize>,
    /// How often this person broke in on somebody of the other side; absent without times or sides.
    pub interruptions_made: Option<usize>,
    /// How often somebody of the other side broke in on this person.
    pub interruptions_suffered: Option<usize>,
    /// Mean tone, -1 to 1.
    pub tone: Option<f64>,
    /// Mean tone in each quarter of this person's own words; calls in which it said twelve utterances or more.
    pub tone_by_quarter: [Option<f64>; 4],
}

/// Everybody who said anything in `item`, in order of their first words.
pub(super) fn speakers<'a>(item: &Item<'a>) -> Vec<Person<'a>> {
    let conversation = item.conversation;
    let mut by_name: Vec<(&'a str, Vec<&Line<'a>>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &item.lines {
        let place = *places.entry(line.speaker).or_insert(by_name.len());
        match by_name.get_mut(place) {
            Some((_, lines)) => lines.push(line),
            None => by_name.push((line.speaker, vec![line])),
        }
    }
    let stretch_words = if item.is_call() { stretch::longest_words(item) } else { BTreeMap::new() };
    let clock = item.is_call().then(|| item.clock.own()).flatten();
    let stretch_ms = clock.map(|_| item.clock.longest_stretches()).unwrap_or_default();
    let all_words: usize = item.lines.iter().map(Line::words).sum();
    let english = item.is_in_english();
    let talk = clock.map(|_| item.clock.talk_times()).unwrap_or_default();
    let all_talk: Option<u64> = by_name.iter().map(|(name, _)| talk.get(name)).sum();
    let broke_in = clock.filter(|_| item.has(Side::Buyer) && item.has(Side::Seller)).map(|clock| &clock.interruptions);
    // One that nobody can be named for might be anybody's.
    let by_name_of = |who: fn(&Interruption) -> &Option<String>| {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for one in broke_in? {
            *times.entry(who(one).as_deref()?).or_default() += 1;
        }
        Some(times)
    };
    let (made, suffered) = (by_name_of(|one| &one.by), by_name_of(|one| &one.over));
    let of = |(name, lines): (&'a str, Vec<&Line<'a>>)| {
        let side = lines[0].side;
        let words: usize = lines.iter().map(|l| l.words()).sum();
        let asked = |wanted: Form| english.then(|| lines.iter().filter(|l| form(l) == Some(wanted)).count());
        let times = |by_name: &Option<BTreeMap<&str, usize>>| {
            let times = by_name.as_ref()?.get(name).copied().unwrap_or(0);
            (side != Side::Unknown).then_some(times)
        };
        let mut turns: Vec<usize> = lines.iter().map(|l| l.turn).collect();
        turns.dedup();
        Person {
            name,
            side,
            words,
            word_share: percent(words as u64, all_words as u64).filter(|_| conversation.channel != Channel::Email),
            turns: turns.len(),
            utterances: lines.len(),
            stretch_words: stretch_words.get(name).copied(),
            stretch_s: stretch_ms.get(name).copied().map(seconds),
            talk_s: talk.get(name).copied().map(seconds),
            talk_share: talk.get(name).zip(all_talk).and_then(|(ms, all)| percent(*ms, all)),
            questions: lines.iter().filter(|l| asks(l)).count(),
            open_questions: asked(Form::Open),
            closed_questions: asked(Form::Closed),
            interruptions_made: times(&made),
            interruptions_suffered: times(&suffered),
            tone: mean_balance(lines.iter().copied()),
            tone_by_quarter: if item.is_call() { tone_by_quarter(&lines, |_| true) } else { [None; 4] },
        }
    };
    by_name.into_iter().map(of).collect()
}

/// `part` of `all`, in percent; absent where there is nothing.
pub(super) fn percent(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| 100.0 * part as f64 / all as f64)
}

/// Milliseconds as seconds.
pub(super) fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
