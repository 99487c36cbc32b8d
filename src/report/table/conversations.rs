//! One row a conversation: what it is, its tone, and what each side did in it.

use std::collections::BTreeMap;

use super::{Builder, Cell, Kind, Table, channel, moment, rests_on};
use crate::{
    conversation::{ConversationId, Participant},
    measure::shape::{OfSide, Shape, shapes},
    report::{Bundle, tone},
};

/// So many utterances of a side have a tone; absent where the model reads none.
fn of_tone(mood: &tone::Mood, utterances: usize) -> Option<i64> {
    (mood.said == 0 || mood.mean.is_some()).then_some(utterances as i64)
}

struct Row<'a> {
    point: tone::Point<'a>,
    /// Absent where nobody said anything: an automatic mail, a call without words.
    shape: Option<Shape<'a>>,
}

/// One row a conversation.
pub fn conversations<'a>(bundles: &[Bundle<'a>]) -> Table<'a> {
    let mut t = Builder::new("conversations", ABOUT, bundles.iter().flat_map(rows).collect());
    let it = |r: &Row<'a>| &r.point.scored.conversation;
    t.text("deal", "Name of the deal.", move |r| &it(r).deal.0);
    t.text("conversation", "Path of the file inside the export, with #n where it holds several.", move |r| &it(r).id.0);
    t.text("channel", "call, email or chat.", |r| channel(r.point.scored));
    t.add("started_at", Kind::Moment, "When it began or was sent, UTC.", move |r| moment(it(r).started_at));
    t.text("title", "Title of the call, subject of the mail.", move |r| &it(r).title);
    t.text("format", "Name of the format it was read from.", move |r| &it(r).source.format);
    t.add("people", Kind::Names, "Everybody who took part.", move |r| {
        Cell::Names(it(r).participants.iter().map(|who: &'a Participant| who.name.as_str()).collect())
    });
    t.whole("turns", "Number of turns.", move |r| Some(it(r).turns.len() as i64));
    t.whole("utterances", "Number of utterances.", |r| Some(r.point.scored.utterances.len() as i64));
    t.whole("buyer_utterances", "Utterances of the buyer's side.", |r| Some(r.point.buyer.said as i64));
    t.whole("buyer_negative", "Negative ones among them.", |r| of_tone(&r.point.buyer, r.point.buyer.negative));
    t.whole("buyer_positive", "Positive ones among them.", |r| of_tone(&r.point.buyer, r.point.buyer.positive));
    t.number("buyer_tone", "Mean tone of the buyer's side, -1 to 1.", |r| r.point.buyer.mean);
    t.number("seller_tone", "Mean tone of our side, -1 to 1.", |r| r.point.seller.mean);
    t.number(
        "talk_share",
        "Words of our side in percent of the words of both sides; calls of 100 words or more only.",
        |r| r.shape.as_ref()?.talk_share,
    );
    t.whole("seller_questions", "Question marks in the words of our side, those of addresses left out.", |r| {
        Some(r.shape.as_ref()?.seller.question_marks as i64)
    });
    t.whole("buyer_questions", "Question marks in the words of the buyer's side, those of addresses left out.", |r| {
        Some(r.shape.as_ref()?.buyer.question_marks as i64)
    });
    t.number("silence_s", "Seconds of silence in pauses over 3 s; calls with times only.", |r| {
        Some(r.shape.as_ref()?.long_silences?.1)
    });
    t.whole("seller_utterances", "Utterances of our side.", |r| Some(r.point.seller.said as i64));
    t.whole("seller_negative", "Negative ones among them.", |r| of_tone(&r.point.seller, r.point.seller.negative));
    t.whole("seller_positive", "Positive ones among them.", |r| of_tone(&r.point.seller, r.point.seller.positive));
    t.number("length_s", "Seconds from the first word to the last; calls with times only.", |r| {
        r.shape.as_ref()?.length_s
    });
    t.number("nobody_speaks_s", "Seconds in which nobody speaks, short pauses as well; calls with times only.", |r| {
        r.shape.as_ref()?.silence_s
    });
    t.number(
        "seller_patience_s",
        "Median seconds from where the buyer stops to where our side starts, 0 where they overlap; calls with times only.",
        |r| r.shape.as_ref()?.patience_s,
    );
    t.number(
        "switches_per_minute",
        "How often the floor goes from one side to the other, a minute; calls with times only.",
        |r| r.shape.as_ref()?.switches_per_minute,
    );
    t.maybe("times_rest_on", "transcript, recording, or both of them: where the times are from.", |r| {
        Some(rests_on(r.shape.as_ref()?.times_rest_on?))
    });
    for of_side in OF_SIDES {
        let cell = of_side.cell;
        let [(ours, our_meaning), (theirs, their_meaning)] = of_side.columns;
        t.add(ours, of_side.kind, our_meaning, move |r| r.shape.as_ref().map_or(Cell::Gap, |s| cell(&s.seller)));
        t.add(theirs, of_side.kind, their_meaning, move |r| r.shape.as_ref().map_or(Cell::Gap, |s| cell(&s.buyer)));
    }
    t.done()
}

const ABOUT: &str = "One row a conversation. \
    What is said of a side is as `dealtone explain measures` defines it for a deal; a side that said nothing has no words and, for the rest, gaps.";

fn rows<'a>(bundle: &Bundle<'a>) -> Vec<Row<'a>> {
    let mut all: BTreeMap<&ConversationId, Shape<'a>> =
        shapes(bundle.deal).into_iter().map(|shape| (&shape.conversation.id, shape)).collect();
    tone::points(bundle.deal)
        .into_iter()
        .map(|point| Row { point, shape: all.remove(&point.scored.conversation.id) })
        .collect()
}

/// A column of our side and the same of the buyer's.
struct OfSides {
    /// Name and meaning of each.
    columns: [(&'static str, &'static str); 2],
    kind: Kind,
    cell: fn(&OfSide) -> Cell<'static>,
}

/// What each side did.
const OF_SIDES: &[OfSides] = &[
    OfSides {
        columns: [("seller_words", "Words of our side."), ("buyer_words", "Words of the buyer's side.")],
        kind: Kind::Whole,
        cell: |s| Cell::Whole(s.words as i64),
    },
    OfSides {
        columns: [
            ("seller_longest_words", "Words of the longest stretch of one speaker of ours; calls only."),
            ("buyer_longest_words", "Words of the longest stretch of one speaker of the buyer's side; calls only."),
        ],
        kind: Kind::Whole,
        cell: |s| whole(s.stretch_words),
    },
    OfSides {
        columns: [
            ("seller_longest_s", "Seconds of the longest stretch of one speaker of ours; calls with times only."),
            (
                "buyer_longest_s",
                "Seconds of the longest stretch of one speaker of the buyer's side; calls with times only.",
            ),
        ],
        kind: Kind::Number,
        cell: |s| number(s.stretch_s),
    },
    OfSides {
        columns: [
            ("seller_talk_s", "Seconds in which our side speaks; calls with times only."),
            ("buyer_talk_s", "Seconds in which the buyer's side speaks; calls with times only."),
        ],
        kind: Kind::Number,
        cell: |s| number(s.talk_s),
    },
    OfSides {
        columns: [
            (
                "seller_talk_time_share",
                "Talk time of our side in percent of that of both sides, what both speak at once counted for each; calls with times only.",
            ),
            (
                "buyer_talk_time_share",
                "Talk time of the buyer's side in percent of that of both sides; calls with times only.",
            ),
        ],
        kind: Kind::Number,
        cell: |s| number(s.talk_time_share),
    },
    OfSides {
        columns: [
            (
                "seller_talk_time_of_call",
                "Talk time of our side in percent of the length of the call; calls with times only.",
            ),
            (
                "buyer_talk_time_of_call",
                "Talk time of the buyer's side in percent of the length of the call; calls with times only.",
            ),
        ],
        kind: Kind::Number,
        cell: |s| number(s.talk_time_of_call),
    },
    OfSides {
        columns: [
            ("seller_words_per_minute", "Words of our side, a minute of its talk time; calls with times only."),
            ("buyer_words_per_minute", "Words of the buyer's side, a minute of its talk time; calls with times only."),
        ],
        kind: Kind::Number,
        cell: |s| number(s.words_per_minute),
    },
    OfSides {
        columns: [
            (
                "seller_interruptions",
                "Times that our side broke in on the buyer and took the floor; calls with times and words of both sides.",
            ),
            (
                "buyer_interruptions",
                "Times that the buyer's side broke in on ours and took the floor; calls with times and words of both sides.",
            ),
        ],
        kind: Kind::Whole,
        cell: |s| whole(s.interruptions),
    },
    OfSides {
        columns: [
            ("seller_interruptions_amazon", "The same of our side as Amazon's call analytics counts it."),
            ("buyer_interruptions_amazon", "The same of the buyer's side as Amazon's call analytics counts it."),
        ],
        kind: Kind::Whole,
        cell: |s| whole(s.interruptions_amazon),
    },
    OfSides {
        columns: [
            ("seller_open_questions", "Utterances of our side with an open question; conversations in English."),
            ("buyer_open_questions", "Utterances of the buyer's side with an open question; conversations in English."),
        ],
        kind: Kind::Whole,
        cell: |s| whole(s.open_questions),
    },
    OfSides {
        columns: [
            (
                "seller_closed_questions",
                "Utterances of our side that ask, but only what yes, no or a nod can answer; conversations in English.",
            ),
            (
                "buyer_closed_questions",
                "Utterances of the buyer's side that ask, but only what yes, no or a nod can answer; conversations in English.",
            ),
        ],
        kind: Kind::Whole,
        cell: |s| whole(s.closed_questions),
    },
    OfSides {
        columns: [
            (
                "seller_questions_per_hour",
                "Utterances of our side that ask something, an hour; calls with times of five minutes or more.",
            ),
            (
                "buyer_questions_per_hour",
                "Utterances of the buyer's side that ask something, an hour; calls with times of five minutes or more.",
            ),
        ],
        kind: Kind::Number,
        cell: |s| number(s.questions_per_hour),
    },
    OfSides {
        columns: [
            (
                "seller_mixed",
                "Whether a quarter or more of our side's utterances are negative and a quarter or more positive; from ten on.",
            ),
            (
                "buyer_mixed",
                "Whether a quarter or more of the buyer's utterances are negative and a quarter or more positive; from ten on.",
            ),
        ],
        kind: Kind::Flag,
        cell: |s| s.mixed.map_or(Cell::Gap, Cell::Flag),
    },
    OfSides {
        columns: [
            (
                "seller_tone_shift",
                "Mean tone of the last third of what our side said minus that of the first; calls only, from six utterances on.",
            ),
            (
                "buyer_tone_shift",
                "Mean tone of the last third of what the buyer's side said minus that of the first; calls only, from six utterances on.",
            ),
        ],
        kind: Kind::Number,
        cell: |s| number(s.tone_shift),
    },
    OfSides {
        columns: [
            (
                "seller_tone_first_quarter",
                "Mean tone of our side in the first quarter of the call, by its words; calls of twelve utterances or more.",
            ),
            (
                "buyer_tone_first_quarter",
                "Mean tone of the buyer's side in the first quarter of the call, by its words; calls of twelve utterances or more.",
            ),
        ],
        kind: Kind::Number,
        cell: |s| number(s.tone_by_quarter[0]),
    },
    OfSides {
        columns: [
            ("seller_tone_second_quarter", "The same in the second quarter."),
            ("buyer_tone_second_quarter", "The same in the second quarter."),
        ],
        kind: Kind::Number,
        cell: |s| number(s.tone_by_quarter[1]),
    },
    OfSides {
        columns: [
            ("seller_tone_third_quarter", "The same in the third quarter."),
            ("buyer_tone_third_quarter", "The same in the third quarter."),
        ],
        kind: Kind::Number,
        cell: |s| number(s.tone_by_quarter[2]),
    },
    OfSides {
        columns: [
            ("seller_tone_last_quarter", "The same in the last quarter."),
            ("buyer_tone_last_quarter", "The same in the last quarter."),
        ],
        kind: Kind::Number,
        cell: |s| number(s.tone_by_quarter[3]),
    },
];

fn whole(n: Option<usize>) -> Cell<'static> {
    n.map_or(Cell::Gap, |n| Cell::Whole(n as i64))
}

fn number(x: Option<f64>) -> Cell<'static> {
    x.map_or(Cell::Gap, Cell::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_model_has_read_is_a_gap_and_not_a_zero() {
        let mood = |said, mean| tone::Mood { said, mean, ..tone::Mood::default() };
        assert_eq!(of_tone(&mood(3, None), 0), None);
        assert_eq!(of_tone(&mood(3, Some(0.1)), 1), Some(1));
        assert_eq!(of_tone(&mood(0, None), 0), Some(0));
    }
}
