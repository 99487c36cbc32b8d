//! The paper that stands between the yes and the signature: procurement, legal, security review.

use super::{
    Group, MeasureRow, Unit, needs,
    phrases::{is_one_of, words},
    view::{Line, View, buyers, count},
};
use crate::utterance::{Intent, Tone};

pub(super) const GROUP: Group = Group { title: "Paper", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "paper_trouble",
        unit: Unit::Count,
        meaning: "Negative utterances of the buyer's side about procurement, legal, security review or signature.",
        needs: needs::BUYER,
        read: |v| buyers(v, |l| l.is(Intent::PaperProcess) && l.balance() < -0.3),
    },
    MeasureRow {
        name: "paper_steps",
        unit: Unit::Count,
        meaning: "Utterances about procurement, legal, security review or signature.",
        needs: needs::INTERACTION,
        read: |v| {
            (!v.items.is_empty()).then(|| count(&v.lines().filter(|l| l.is(Intent::PaperProcess)).collect::<Vec<_>>()))
        },
    },
    MeasureRow {
        name: "paper_blockers_recent",
        unit: Unit::Count,
        meaning: "Utterances about procurement, legal or security review in the last two interactions of the buyer that are \
                  negative, put off, or say that it waits.",
        needs: needs::BUYER,
        read: |v| {
            let blocks = |l: &Line| l.balance() < -0.3 || l.is(Intent::Stall) || l.says(WAITING);
            v.has_buyer().then(|| count(&recent(v, blocks)))
        },
    },
    MeasureRow {
        name: "paper_not_begun",
        unit: Unit::Count,
        meaning: "Utterances about procurement, legal or security review in the last two interactions of the buyer which say, \
                  also quite cheerfully, that it has not begun: nobody was written to, nothing was sent, no file was opened.",
        needs: needs::BUYER,
        read: |v| v.has_buyer().then(|| count(&recent(v, says_not_begun))),
    },
];

/// What the buyer said about paper in its last two interactions of which `holds` is true.
fn recent<'v, 'a>(v: &'v View<'a>, holds: fn(&Line) -> bool) -> Vec<&'v Line<'a>> {
    v.buyer_recent(2).into_iter().filter(|l| l.is(Intent::PaperProcess) && holds(l)).collect()
}

/// Words of something that waits for somebody.
const WAITING: &str = "stuck|waiting|backlog|queue|held up|holding|hold up|still with|sitting with|haven't started|\
    hasn't started|not started|no slot|blocked|won't sign|can't sign|until legal|until security";

/// Whether it says that nobody has begun: a no, and within a few words what would have been the beginning.
fn says_not_begun(line: &Line) -> bool {
    const NO: &str = "haven't|hasn't|isn't|aren't|wasn't|weren't|didn't|not|nobody|nobody's|never";
    const BEGINNING: &str = "gone|sent|started|begun|opened|passed|submitted|filed|anywhere|handed|touched";
    const MEANS_TO: &str = "keep meaning to|begin on it|start on it";
    /// Of more words between them the no belongs to something else.
    const BETWEEN: usize = 3;
    // "That is not a problem. Started it today." holds no such no.
    let in_part = |part: &str| {
        let words: Vec<&str> = words(part).collect();
        let begins = |at: usize| words[at + 1..].iter().take(BETWEEN + 1).any(|word| is_one_of(word, BEGINNING));
        (0..words.len()).any(|at| is_one_of(words[at], NO) && begins(at))
    };
    line.tone() != Tone::Positive
        && (line.says(MEANS_TO) || line.plain.split(['.', '!', '?', ';', ',', ':']).any(in_part))
}
