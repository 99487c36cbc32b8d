//! One row a person and conversation, in the order in which they happened and people spoke: nothing is sorted by a number,
//! nothing is summed over a person.

use super::{Builder, Kind, Table, channel_of, moment, rests_on};
use crate::{
    conversation::Conversation,
    measure::{Basis, shape::shapes, speakers::Person},
    report::Bundle,
};

struct Row<'a> {
    conversation: &'a Conversation,
    times_rest_on: Option<Basis>,
    person: Person<'a>,
}

const ABOUT: &str = "One row a person and conversation, in order of time and of first words. \
    It is there to read one conversation by, and for people to look at their own; it is not for judging people or for \
    holding them against each other. \
    A number of one call says little of anybody: it depends on what the call was for and on who else was in it, and what \
    counts most (trust, fit, what was done between calls) is not in it. \
    So there are no sums over a person and no order by a number, and names and sides are those of the transcript, which may \
    be wrong.";

/// One row a person and conversation.
pub fn people<'a>(bundles: &[Bundle<'a>]) -> Table<'a> {
    let rows = bundles.iter().flat_map(|b| shapes(b.deal)).flat_map(|shape| {
        let (conversation, times_rest_on) = (shape.conversation, shape.times_rest_on);
        shape.people.into_iter().map(move |person| Row { conversation, times_rest_on, person })
    });
    let mut t: Builder<'a, Row<'a>> = Builder::new("people", ABOUT, rows.collect());
    t.text("deal", "Name of the deal.", |r| &r.conversation.deal.0);
    t.text("conversation", "Path of the file inside the export, with #n where it holds several.", |r| {
        &r.conversation.id.0
    });
    t.text("channel", "call, email or chat.", |r| channel_of(r.conversation.channel));
    t.add("started_at", Kind::Moment, "When it began or was sent, UTC.", |r| moment(r.conversation.started_at));
    t.maybe("person", "Name that stands beside the words; a gap where nobody is named.", |r| {
        Some(r.person.name).filter(|name| !name.is_empty())
    });
    t.text("side", "buyer, seller or unknown.", |r| r.person.side.name());
    t.whole("words", "Words said or written.", |r| Some(r.person.words as i64));
    t.number("word_share", "Those in percent of all words of the conversation; calls and chats only.", |r| {
        r.person.word_share
    });
    t.whole("turns", "Turns with words in them.", |r| Some(r.person.turns as i64));
    t.whole("longest_words", "Words of the longest stretch without another speaker; calls only.", |r| {
        Some(r.person.stretch_words? as i64)
    });
    t.number("longest_s", "Seconds of the longest stretch without another speaker; calls with times only.", |r| {
        r.person.stretch_s
    });
    t.number("talk_s", "Seconds of talk; calls with times only.", |r| r.person.talk_s);
    t.number(
        "talk_share",
        "Those in percent of the talk time of everybody; calls with times of everybody only.",
        |r| r.person.talk_share,
    );
    t.maybe("times_rest_on", "transcript, recording, or both of them: where the times are from.", |r| {
        Some(rests_on(r.times_rest_on?))
    });
    t.whole("questions", "Utterances that ask something.", |r| Some(r.person.questions as i64));
    t.whole("open_questions", "Those with an open question; conversations in English.", |r| {
        Some(r.person.open_questions? as i64)
    });
    t.whole("closed_questions", "The others of them; conversations in English.", |r| {
        Some(r.person.closed_questions? as i64)
    });
    t.whole(
        "interruptions_made",
        "Times that this person broke in on somebody of the other side and took the floor; calls with times and words of both sides.",
        |r| Some(r.person.interruptions_made? as i64),
    );
    t.whole(
        "interruptions_suffered",
        "Times that somebody of the other side broke in on this person and took the floor.",
        |r| Some(r.person.interruptions_suffered? as i64),
    );
    t.whole("utterances", "Utterances that the tone is the mean of.", |r| Some(r.person.utterances as i64));
    t.number("tone", "Mean tone, -1 to 1.", |r| r.person.tone);
    t.number(
        "tone_first_quarter",
        "Mean tone in the first quarter of this person's own words; calls, from twelve utterances on.",
        |r| r.person.tone_by_quarter[0],
    );
    t.number("tone_second_quarter", "The same in the second quarter.", |r| r.person.tone_by_quarter[1]);
    t.number("tone_third_quarter", "The same in the third quarter.", |r| r.person.tone_by_quarter[2]);
    t.number("tone_last_quarter", "The same in the last quarter.", |r| r.person.tone_by_quarter[3]);
    t.done()
}
