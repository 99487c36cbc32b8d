//! One conversation in numbers: of all, of each side and of each person in it. What tables show of a conversation; a rule
//! sees the readings of the whole deal only.
//!
//! The definitions are those of the readings, so that a number of the table and one of the deal mean the same.

use super::{
    Basis,
    call_times::basis,
    course::{mixed, shift, tone_by_quarter},
    phrases::question_marks,
    questions::{Form, an_hour, asks, form},
    speakers::{Person, percent, seconds, speakers},
    stretch, talk,
    timing::{Quiet, Timing, median_ms, words_in_time},
    view::{Item, Line},
};
use crate::{
    conversation::{Conversation, Side},
    deal::Deal,
};

/// One conversation in numbers. Times are those of calls whose turns have a start and an end, or that were recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Seconds from the first word to the last.
    pub length_s: Option<f64>,
    /// Seconds in which nobody speaks.
    pub silence_s: Option<f64>,
    /// Silences of more than three seconds, and the seconds in them.
    pub long_silences: Option<(usize, f64)>,
    /// Words of our side in percent of those of both; calls of a hundred words or more.
    pub talk_share: Option<f64>,
    /// Median seconds from where the buyer stops to where our side starts.
    pub patience_s: Option<f64>,
    /// How often the floor goes from one side to the other, a minute.
    pub switches_per_minute: Option<f64>,
    /// Whether its words are of a language that the model does not read: then it has no tone.
    pub unread: bool,
    /// What the times rest on.
    pub times_rest_on: Option<Basis>,
    /// Our side.
    pub seller: OfSide,
    /// The buyer's side.
    pub buyer: OfSide,
    /// Everybody who said anything, in order of their first words.
    pub people: Vec<Person<'a>>,
}

/// What one side did in one conversation. Nothing of a side that said nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfSide {
    /// Words.
    pub words: usize,
    /// Whether both are a quarter or more; absent for fewer than ten utterances.
    pub mixed: Option<bool>,
    /// Mean tone in each quarter of the call, by its words.
    pub tone_by_quarter: [Option<f64>; 4],
    /// Mean tone of the last third of its utterances minus that of the first; calls only.
    pub tone_shift: Option<f64>,
    /// Utterances that ask something.
    pub questions: usize,
    /// Question marks, those of addresses left out.
    pub question_marks: usize,
    /// Those with an open question; absent where the words are not English.
    pub open_questions: Option<usize>,
    /// The others of them.
    pub closed_questions: Option<usize>,
    /// Utterances that ask, an hour; calls of five minutes or more.
    pub questions_per_hour: Option<f64>,
    /// Words of the longest stretch of one speaker; calls only.
    pub stretch_words: Option<usize>,
    /// Seconds of the longest stretch of one speaker.
    pub stretch_s: Option<f64>,
    /// Seconds of talk; two of one side at once count once.
    pub talk_s: Option<f64>,
    /// Of the talk time of both sides, in percent.
    pub talk_time_share: Option<f64>,
    /// Of the length of the call, in percent.
    pub talk_time_of_call: Option<f64>,
    /// Words a minute of talk.
    pub words_per_minute: Option<f64>,
    /// How often it broke in on the other side.
    pub interruptions: Option<usize>,
    /// The same as Amazon's call analytics counts it.
    pub interruptions_amazon: Option<usize>,
}

/// The conversations of `deal` with words of somebody, in order of time: also those of which nothing is judged.
pub fn shapes(deal: &Deal) -> Vec<Shape<'_>> {
    let spoken = deal.by_time().into_iter().filter(|s| !s.utterances.is_empty() && !s.conversation.is_automatic());
    let mut shapes: Vec<Shape> = spoken.map(|scored| shape(&Item::new(0, scored, None))).collect();
    let blind = deal.provenance().is_some_and(|provenance| provenance.unread.sentiment);
    shapes.iter_mut().filter(|shape| blind || shape.unread).for_each(Shape::forget_tone);
    shapes
}

impl Shape<'_> {
    /// Of words whose tone no model has read there is none to tell.
    fn forget_tone(&mut self) {
        for side in [&mut self.seller, &mut self.buyer] {
            (side.mixed, side.tone_shift, side.tone_by_quarter) = (None, None, [None; 4]);
        }
        for person in &mut self.people {
            (person.tone, person.tone_by_quarter) = (None, [None; 4]);
        }
    }
}

fn shape<'a>(item: &Item<'a>) -> Shape<'a> {
    let conversation = item.conversation;
    let both = item.has(Side::Buyer) && item.has(Side::Seller);
    let clock = item.is_call().then(|| item.clock.own()).flatten();
    let quiet = item.is_call().then(|| item.clock.quiet()).flatten();
    let of_both = clock.filter(|_| both);
    let rest_on = clock.iter().flat_map(|c| [c.talk_from, c.floor_from]).chain(quiet.map(|q| q.from));
    let side = |side| of_side(item, side, clock, quiet);
    Shape {
        conversation,
        length_s: quiet.map(|q| seconds(q.span_ms)),
        silence_s: quiet.map(|q| seconds(q.silence_ms)),
        long_silences: quiet.map(|q| (q.long_silences, seconds(q.long_silence_ms))),
        talk_share: (item.is_call() && both).then(|| talk::share(&[item])).flatten(),
        patience_s: of_both.and_then(|c| median_ms(c.waits_ms.clone())).map(|ms| ms / 1000.0),
        switches_per_minute: of_both.map(|c| 60_000.0 * c.switches as f64 / c.span_ms as f64),
        unread: item.unread,
        times_rest_on: basis(rest_on),
        seller: side(Side::Seller),
        buyer: side(Side::Buyer),
        people: speakers(item),
    }
}

fn of_side(item: &Item, side: Side, clock: Option<&Timing>, quiet: Option<&Quiet>) -> OfSide {
    let lines: Vec<&Line> = item.of(side).collect();
    if lines.is_empty() {
        return OfSide::default();
    }
    let all: Vec<&Line> = item.lines.iter().collect();
    let words: usize = lines.iter().map(|l| l.words()).sum();
    let asked = lines.iter().filter(|l| asks(l)).count();
    let english = item.is_in_english();
    let in_form = |wanted: Form| english.then(|| lines.iter().filter(|l| form(l) == Some(wanted)).count());
    // A side whose few words have no times has not been silent.
    let talk = clock.map(|c| if side == Side::Seller { c.seller_ms } else { c.buyer_ms }).filter(|ms| *ms > 0);
    let of_both = clock.filter(|_| item.has(side.other()));
    let broke_in = |clock: &Timing| clock.interruptions.iter().filter(|one| one.side == side).count();
    OfSide {
        words,
        mixed: mixed(&lines),
        tone_by_quarter: match item.is_call() {
            true => tone_by_quarter(&all, |l| l.side == side),
            false => [None; 4],
        },
        tone_shift: item.is_call().then(|| shift(&lines, 2)).flatten(),
        questions: asked,
        question_marks: lines.iter().map(|l| question_marks(l.text).count()).sum(),
        open_questions: in_form(Form::Open),
        closed_questions: in_form(Form::Closed),
        questions_per_hour: quiet.and_then(|q| an_hour(asked, q.span_ms)),
        stretch_words: item.is_call().then(|| stretch::longest(item, side).map(|s| s.words)).flatten(),
        stretch_s: clock.and_then(|_| item.clock.longest_stretch(side)).map(|s| seconds(s.ms)),
        talk_s: talk.map(seconds),
        talk_time_share: of_both.zip(talk).and_then(|(c, ms)| percent(ms, c.seller_ms + c.buyer_ms)),
        talk_time_of_call: clock.zip(talk).and_then(|(c, ms)| percent(ms, c.span_ms)),
        words_per_minute: clock.and_then(|c| a_minute(words_in_time(item, c, side))),
        interruptions: of_both.map(broke_in),
        interruptions_amazon: of_both.and_then(|_| item.clock.amazon()).map(broke_in),
    }
}

/// Words a minute; absent where they took no time.
fn a_minute((words, ms): (usize, u64)) -> Option<f64> {
    (ms > 0).then(|| 60_000.0 * words as f64 / ms as f64)
}
