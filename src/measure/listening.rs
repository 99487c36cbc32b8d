//! Whether our side listens: how much of what it says acknowledges or asks, how much pushes, and what becomes of the
//! buyer's questions.

use super::{
    Group, MeasureRow, Reading, Unit,
    conduct::{BOTH, OURS, both, replies},
    view::{Line, View, count},
};
use crate::utterance::Intent;

pub(super) const GROUP: Group = Group { title: "Listening", rows: ROWS };

const LISTENS: &[Intent] = &[Intent::Empathy, Intent::DiscoveryQuestion];

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "listening_share",
        unit: Unit::Percent,
        meaning: "Utterances of our side that acknowledge a concern or ask an open question, in percent of those of ours that \
                  have four words or more.",
        needs: OURS,
        read: |v| {
            let all = substance(v);
            let lines: Vec<_> = v.seller().filter(|l| l.is_any(LISTENS)).collect();
            let share = (100.0 * lines.len() as f64 / all as f64).min(100.0);
            (all > 0).then(|| Reading { value: share, unit: Unit::Percent, ..count(&lines) })
        },
    },
    MeasureRow {
        name: "listening_balance",
        unit: Unit::Balance,
        meaning: "Acknowledged concerns and open questions of our side, less its pushes, for each of its utterances of four \
                  words or more, -1 to 1: the habit of a whole deal, which no single utterance decides.",
        needs: OURS,
        read: |v| {
            let all = substance(v);
            let listens = |l: &Line| LISTENS.iter().filter(|i| l.is(**i)).count() as f64;
            let sum: f64 = v.seller().map(|l| listens(l) - f64::from(u8::from(l.is(Intent::Pressure)))).sum();
            let pushes: Vec<_> = v.seller().filter(|l| l.is(Intent::Pressure)).collect();
            let value = (sum / all as f64).clamp(-1.0, 1.0);
            (all > 0).then(|| Reading { value, unit: Unit::Balance, ..count(&pushes) })
        },
    },
    MeasureRow {
        name: "questions_unmet",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side of four words or more where no word of weight comes back in our next two \
                  utterances (of a message: in all of it), or where nothing comes back.",
        needs: BOTH,
        read: |v| both(v, |l| is_question(l) && l.words() >= 4 && !taken_up(v, l)),
    },
    MeasureRow {
        name: "questions_deflected",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side where our next utterance turns away: \"let me show you\", \"pretty much\", \
                  \"moving on\".",
        needs: BOTH,
        read: |v| {
            let turned_away = |l: &Line| replies(v, l, 1).first().is_some_and(|r| r.item == l.item && r.says(AVOIDS));
            both(v, |l| is_question(l) && l.words() >= 4 && turned_away(l))
        },
    },
    MeasureRow {
        name: "buyer_reminders",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side that say that it has asked before or still has no answer.",
        needs: BOTH,
        read: |v| both(v, |l| l.says(REMINDS)),
    },
    MeasureRow {
        name: "buyer_questions_unanswered",
        unit: Unit::Count,
        meaning: "Direct questions of the buyer's side after which our side says nothing more in that interaction, nor in the \
                  next.",
        needs: BOTH,
        read: |v| both(v, |l| is_question(l) && !replied(v, l)),
    },
];

/// How an answer begins that is none.
const AVOIDS: &str = "moving on|anyway|let me show|great question|good question|pretty much|don't worry|trust me|\
    you know how it is|in theory|hundred percent|we'll get to|come back to that|come to that|\
    have to check|not sure|park that|the thing is|what i'd say|what i will say|as i said|as i say|heaps|\
    loads of";

/// How somebody says that an answer is missing.
const REMINDS: &str = "didn't answer|did not answer|never answered|haven't answered|hasn't answered|nobody answered|\
    not answered|i asked|we asked|asked you|asked twice|asked before|still waiting|still no answer|\
    third time|second time|not an answer|isn't an answer|my question|no reply|no answer|yes or no|\
    haven't heard|have not heard|heard nothing|what i asked";

/// How many utterances of ours say anything: greetings, sign-offs and back-channels, which one export keeps and another
/// cuts, have fewer than four words.
fn substance(v: &View) -> usize {
    v.seller().filter(|l| l.words() >= 4).count()
}

fn replied(v: &View, line: &Line) -> bool {
    !replies(v, line, 1).is_empty()
}

/// Whether one of our next two utterances speaks of what was asked.
fn taken_up(v: &View, question: &Line) -> bool {
    let asked: Vec<&str> = weighty(question).collect();
    replies(v, question, 2).iter().any(|reply| weighty(reply).any(|word| asked.contains(&word)))
}

/// The words of a line that carry its matter.
fn weighty<'v>(line: &'v Line) -> impl Iterator<Item = &'v str> {
    const LIGHT: &[&str] = &[
        "what", "when", "where", "which", "that", "this", "with", "have", "from", "your", "about", "would", "could",
        "there", "they", "them", "then", "than", "will", "just", "does", "into", "some", "been", "were",
    ];
    line.plain
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| word.chars().count() > 3 && !LIGHT.contains(word))
}

/// Whether it asks something; transcripts without punctuation are known by how a question begins.
pub(super) fn is_question(line: &Line) -> bool {
    if line.text.contains('?') {
        return true;
    }
    let punctuated = line.text.contains(['.', ',', '!']);
    const OPENERS: &str = "what |how |why |when |where |who |which |can you |could you |do you |does it |is it |is there |\
    are there |would you |will it |so what |so how |and what |and how ";
    !punctuated && OPENERS.split('|').any(|o| line.plain.starts_with(o))
}
