//! The paper that stands between the yes and the signature: procurement, legal, security review.

use super::{
    Group, MeasureRow, Reading, Unit, needs,
    phrases::{contains_any, contains_surely, is_one_of, words},
    view::{Line, View, buyers_of, count_of},
};
use crate::utterance::{Intent, Tone};

pub(super) const GROUP: Group = Group { title: "Paper", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "paper_trouble",
        unit: Unit::Count,
        meaning: "Negative utterances of the buyer's side about procurement, legal, security review or signature.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::PaperProcess], |l| l.balance() < -0.3),
    },
    MeasureRow {
        name: "paper_steps",
        unit: Unit::Count,
        meaning: "Utterances about procurement, legal, security review or signature.",
        needs: needs::INTERACTION,
        read: |v| {
            let lines = || v.lines().filter(|l| l.is(Intent::PaperProcess)).collect::<Vec<_>>();
            (!v.items.is_empty()).then(|| of_paper(&lines()))
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
            v.has_buyer().then(|| of_paper(&recent(v, blocks)))
        },
    },
    MeasureRow {
        name: "paper_not_begun",
        unit: Unit::Count,
        meaning: "Utterances about procurement, legal or security review in the last two interactions of the buyer which say, \
                  also quite cheerfully, that it has not begun: nobody was written to, nothing was sent, no file was opened.",
        needs: needs::BUYER,
        read: |v| v.has_buyer().then(|| of_paper(&recent(v, says_not_begun))),
    },
    MeasureRow {
        name: "paper_cleared",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side about procurement, legal or security review which say that it is finished, after the last one \
                  that was negative, put off or said that it waits or has not begun; not of another desk than that one's.",
        needs: needs::BUYER,
        read: |v| {
            let held = v.buyer().filter(|l| l.is(Intent::PaperProcess)).rfind(|l| is_held_up(l));
            let after = |l: &&Line| held.is_none_or(|held| (l.item, l.place) > (held.item, held.place));
            // Behind what was held up it is known by its words, too: a plain "the review is finished" hardly is one of intents.
            let about = |l: &&Line| l.is(Intent::PaperProcess) || (held.is_some() && l.says(PAPER));
            let cleared = |l: &&Line| {
                !l.has_question_mark() && says_finished(l) && held.is_none_or(|held| is_of_one_desk(l, held))
            };
            v.has_buyer().then(|| of_paper(&v.buyer().filter(after).filter(about).filter(cleared).collect::<Vec<_>>()))
        },
    },
];

fn of_paper(lines: &[&Line]) -> Reading {
    count_of(lines, &[Intent::PaperProcess])
}

/// What such a review is called.
const PAPER: &str = "review|reviews|security|infosec|procurement|purchasing|legal|lawyer|lawyers|nda|dpa|redlines|questionnaire|\
    paperwork|vendor form|vendor forms";

/// Whether what is said about paper holds the deal up.
fn is_held_up(line: &Line) -> bool {
    line.balance() < -0.3 || line.is(Intent::Stall) || line.says(WAITING) || says_not_begun(line)
}

/// Whether it says that a review is through.
fn says_finished(line: &Line) -> bool {
    /// Of several papers one may be through.
    const IN_PART: &str = "but|another|still|except|part|partly|half|other|only";
    const FINISHED: &str = "finished|is done|are done|is through|are through|went through|is complete|completed|passed|approved|\
        signed off|cleared it|is cleared";
    const TO_COME: &str = "until|once|when|if|will|be|to|before|after";
    line.balance() > -0.3 && contains_surely(&line.plain, FINISHED) && !line.says(TO_COME) && !line.says(IN_PART)
}

/// Whether what is finished may be what was held up: it names no desk, or one of those named there, if any is.
fn is_of_one_desk(finished: &Line, held: &Line) -> bool {
    const DESKS: [&str; 3] = ["security|infosec", "procurement|purchasing", "legal|lawyer|lawyers|nda"];
    let named = |line: &Line| DESKS.map(|desk| contains_any(&line.plain, desk));
    let (done, waits) = (named(finished), named(held));
    !done.contains(&true) || !waits.contains(&true) || (0..DESKS.len()).any(|desk| done[desk] && waits[desk])
}

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
