//! Whether the deal moves: next steps, silence, signatures.

use super::{
    Group, MeasureRow, Reading, Unit,
    matter::shares_a_word,
    meetings::{is_vague, meetings_agreed},
    named_times::{names_a_time, names_a_time_to_come},
    needs,
    phrases::{clauses, contains_any, is_one_of, places, words},
    settled::goes_with_us,
    signed::says_signed,
    view::{Item, Line, View, absence, count, count_of, opening, reading},
};
use crate::{
    conversation::Side,
    utterance::{Intent, Tone},
};

pub(super) const GROUP: Group = Group { title: "Progress", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "interactions",
        unit: Unit::Count,
        meaning: "Calls, mails and chats up to the day of judgement, automatic mails and mails among our own people left out.",
        needs: needs::INTERACTION,
        read: |v| (!v.items.is_empty()).then(|| reading(v.items.len() as f64, Unit::Count, [])),
    },
    MeasureRow {
        name: "days_since_last_interaction",
        unit: Unit::Days,
        meaning: "Days from the latest interaction to the day of judgement.",
        needs: "an interaction with a time",
        read: |v| {
            let item = v.items.iter().rev().find(|i| i.conversation.started_at.is_some())?;
            let days = v.days_since(item)?;
            Some(absence(days, Unit::Days, format!("no call or mail since {}", item.day())))
        },
    },
    MeasureRow {
        name: "days_since_buyer",
        unit: Unit::Days,
        meaning: "Days from the latest interaction with words of the buyer to the day of judgement.",
        needs: "an interaction with words of the buyer and a time",
        read: |v| {
            let item = v.latest_with_buyer()?;
            Some(absence(v.days_since(item)?, Unit::Days, format!("nothing from the buyer since {}", item.day())))
        },
    },
    MeasureRow {
        name: "days_since_unanswered_seller_message",
        unit: Unit::Days,
        meaning: "Days from our latest message to the day of judgement where the buyer's side said nothing after it; 0 where \
                  the buyer had the last word.",
        needs: "an interaction with a time and words of a known side",
        read: |v| days_unanswered(v, false),
    },
    MeasureRow {
        name: "days_since_first_unanswered_seller_message",
        unit: Unit::Days,
        meaning: "Days from the first of our messages that the buyer's side has not answered to the day of judgement; 0 where \
                  the buyer had the last word.",
        needs: "an interaction with a time and words of a known side",
        read: |v| days_unanswered(v, true),
    },
    MeasureRow {
        name: "unanswered_seller_messages",
        unit: Unit::Count,
        meaning: "Messages of ours after the last words of the buyer; a call in which only we spoke is one.",
        needs: needs::INTERACTION,
        read: |v| {
            (!v.items.is_empty()).then(|| {
                let lines: Vec<&Line> = unanswered(v).filter_map(|i| opening(&i.lines)).collect();
                count(&lines)
            })
        },
    },
    MeasureRow {
        name: "earlier_unanswered_seller_messages",
        unit: Unit::Count,
        meaning: "Those of them before the latest one.",
        needs: needs::INTERACTION,
        read: |v| {
            (!v.items.is_empty()).then(|| {
                let earlier = unanswered(v).rev().skip(1);
                let lines: Vec<&Line> = earlier.filter_map(|i| opening(&i.lines)).collect();
                count(&lines.into_iter().rev().collect::<Vec<_>>())
            })
        },
    },
    MeasureRow {
        name: "next_steps",
        unit: Unit::Count,
        meaning: "Concrete actions or meetings proposed or agreed, by either side.",
        needs: needs::INTERACTION,
        read: |v| {
            let lines = || v.lines().filter(|l| l.is(Intent::NextStep)).collect::<Vec<_>>();
            (!v.items.is_empty()).then(|| steps_of(&lines()))
        },
    },
    MeasureRow {
        name: "next_steps_latest",
        unit: Unit::Count,
        meaning: "Concrete next steps in the latest interaction.",
        needs: needs::INTERACTION,
        read: |v| {
            let item = v.items.last()?;
            let steps: Vec<_> = item.lines.iter().filter(|l| l.is(Intent::NextStep)).collect();
            Some(none_or(steps, || format!("no next step in the latest interaction of {}", item.day())))
        },
    },
    MeasureRow {
        name: "meetings_agreed_latest",
        unit: Unit::Count,
        meaning: "Utterances in the latest interaction with which a meeting stands, by their words: \"see you on Thursday\", or a \
                  yes to a question that proposes a day for it; what a model has not read as a next step counts too.",
        needs: needs::INTERACTION,
        read: |v| Some(count(&meetings_agreed(v.items.last()?))),
    },
    MeasureRow {
        name: "meetings_agreed_our_latest",
        unit: Unit::Count,
        meaning: "`meetings_agreed_latest`, in the latest interaction with words of our side.",
        needs: needs::OURS,
        read: |v| Some(count(&meetings_agreed(v.items.iter().rev().find(|i| i.has(Side::Seller))?))),
    },
    MeasureRow {
        name: "dated_next_steps_latest",
        unit: Unit::Count,
        meaning: "Next steps in the latest interaction that name a day or a time.",
        needs: needs::INTERACTION,
        read: |v| {
            let item = v.items.last()?;
            let steps: Vec<_> =
                item.lines.iter().filter(|l| l.is(Intent::NextStep) && names_a_time(&l.plain)).collect();
            Some(none_or(steps, || format!("no next step with a day in the latest interaction of {}", item.day())))
        },
    },
    MeasureRow {
        name: "dated_next_steps",
        unit: Unit::Count,
        meaning: "Next steps proposed by our side that name a day or a time to come (\"since June\" is none); neither one that the buyer \
                  had just forbidden (\"do not bring Joseph before I have it in writing\") nor one of which we said later that it \
                  is not done.",
        needs: needs::INTERACTION,
        read: |v| {
            let steps: Vec<_> =
                v.seller().filter(|l| l.is(Intent::NextStep) && names_a_time_to_come(&l.plain)).collect();
            let not_done: Vec<_> = v.seller().filter(|l| says_not_done(l)).collect();
            let kept = |step: &&Line| !was_forbidden(v, step) && !not_done.iter().any(|l| is_of_step(l, step));
            let steps: Vec<_> = steps.into_iter().filter(kept).collect();
            (!v.items.is_empty()).then(|| steps_of(&steps))
        },
    },
    MeasureRow {
        name: "vague_closes",
        unit: Unit::Count,
        meaning: "Utterances of our side among its last three of an interaction that put off without a day: \"let's stay in \
                  touch\".",
        needs: needs::OURS,
        read: |v| {
            let closes = v.items.iter().flat_map(|i| {
                let ours = i.of(Side::Seller).count();
                i.of(Side::Seller).skip(ours.saturating_sub(3))
            });
            let vague: Vec<_> = closes.filter(|l| is_vague(l)).collect();
            v.has_seller().then(|| count(&vague))
        },
    },
    MeasureRow {
        name: "signatures_recent",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side about paper in its last two interactions that say that it has signed or send the \
                  order (\"signed.\", \"the contract is signed\", \"purchase order attached\"), unless they name an alternative, put \
                  off or think of leaving; what is to be signed is none, nor \"signed up\", nor the signature on another paper.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| says_signed(l)).collect();
            v.has_buyer().then(|| count(&lines))
        },
    },
    MeasureRow {
        name: "decided_against_us",
        unit: Unit::Count,
        meaning: "Utterances in the buyer's latest interaction that say that it has chosen an alternative or leaves (\"we went \
                  with\", \"have decided on\", \"voted for\", \"will not renew\"), asked nothing, with no if or until.",
        needs: needs::BUYER,
        read: |v| {
            let latest = v.latest_with_buyer()?.of(Side::Buyer);
            let lines: Vec<_> = latest.filter(|l| says_decided_against(l)).collect();
            Some(count_of(&lines, &[Intent::Competitor, Intent::ChurnIntent]))
        },
    },
    MeasureRow {
        name: "next_steps_ours_recent",
        unit: Unit::Count,
        meaning: "Next steps that our side proposed or took on in the last two interactions.",
        needs: needs::OURS,
        read: |v| {
            let ours = v.items.iter().skip(v.items.len().saturating_sub(2)).flat_map(|i| i.of(Side::Seller));
            let lines: Vec<_> = ours.filter(|l| l.is(Intent::NextStep)).collect();
            v.has_seller().then(|| steps_of(&lines))
        },
    },
    MeasureRow {
        name: "next_steps_our_latest",
        unit: Unit::Count,
        meaning: "Next steps, by either side, in the latest interaction with words of our side.",
        needs: needs::OURS,
        read: |v| {
            let item = v.items.iter().rev().find(|i| i.has(Side::Seller))?;
            let steps: Vec<_> = item.lines.iter().filter(|l| l.is(Intent::NextStep)).collect();
            Some(none_or(steps, || format!("no next step in our latest interaction, of {}", item.day())))
        },
    },
    MeasureRow {
        name: "call_left_open",
        unit: Unit::YesNo,
        meaning: "Whether our latest call and all that came after it hold no next step by either side: a call ends with what \
                  comes next, a message may only carry out what was agreed.",
        needs: needs::CALL_OF_OURS,
        read: |v| {
            let at = v.items.iter().rposition(|i| i.is_call() && i.has(Side::Seller))?;
            let agreed = v.items[at..].iter().flat_map(|i| &i.lines).any(|l| l.is(Intent::NextStep));
            Some(reading(f64::from(u8::from(!agreed)), Unit::YesNo, v.items[at].of(Side::Seller).next_back()))
        },
    },
    MeasureRow {
        name: "our_interactions_without_next_step",
        unit: Unit::Percent,
        meaning: "Interactions with words of our side that hold no next step of ours, in percent.",
        needs: needs::OURS,
        read: |v| {
            let ours: Vec<_> = v.items.iter().filter(|i| i.has(Side::Seller)).collect();
            let without = ours.iter().filter(|i| !i.of(Side::Seller).any(|l| l.is(Intent::NextStep))).count();
            (!ours.is_empty()).then(|| reading(100.0 * without as f64 / ours.len() as f64, Unit::Percent, []))
        },
    },
    MeasureRow {
        name: "next_steps_per_interaction",
        unit: Unit::Count,
        meaning: "Next steps by either side, an interaction.",
        needs: needs::INTERACTION,
        read: |v| {
            let steps: Vec<_> = v.lines().filter(|l| l.is(Intent::NextStep)).collect();
            (!v.items.is_empty())
                .then(|| Reading { value: steps.len() as f64 / v.items.len() as f64, ..steps_of(&steps) })
        },
    },
];

/// Whether the buyer, in what it said last before it, forbids what we propose: "please do not bring Joseph before I have it in
/// writing".
fn was_forbidden(v: &View, step: &Line) -> bool {
    /// So far back at most: as much as a message holds.
    const NEAR: usize = 30;
    let near = v.before(step).take(NEAR);
    let said = near.skip_while(|l| l.side != Side::Buyer).take_while(|l| l.side == Side::Buyer);
    said.into_iter().any(|l| forbids(&l.plain) && shares_a_word(&l.plain, &step.plain))
}

/// "Please do not bring Joseph", "don't send anybody before"; and not "I don't send invoices", "we do not start before May".
fn forbids(plain: &str) -> bool {
    const FORBIDS: &str = "do not|don't";
    const ACTS: &str = "bring|send|come|call|ring|phone|install|ship|deliver|start|begin|visit|schedule|book|contact|invoice|charge|\
        switch";
    places(plain, FORBIDS).any(|(before, rest)| {
        // With a subject before it somebody tells what it does not do itself.
        let led = clauses(before)
            .last()
            .is_none_or(|clause| words(clause).all(|word| is_one_of(word, "please|so|and|but|kindly|just")));
        led && words(rest).next().is_some_and(|word| is_one_of(word, ACTS))
    })
}

/// Whether we say that something is not done yet: "I'm still waiting on our pricing desk for the old tier".
fn says_not_done(line: &Line) -> bool {
    const NOT_YET: &str = "i'm still waiting|i am still waiting|we're still waiting|we are still waiting|i still don't have|\
        i still do not have|we still don't have|we still do not have|i don't have it yet|i do not have it yet|haven't got it yet|\
        have not got it yet|haven't had an answer|have not had an answer|hasn't come back to me|has not come back to me|\
        haven't come back to me|have not come back to me|isn't ready yet|is not ready yet|i didn't get to|i did not get to|\
        i haven't managed|i have not managed";
    line.says(NOT_YET)
}

/// Whether what we say in a later interaction is about what we had proposed.
fn is_of_step(later: &Line, step: &Line) -> bool {
    later.item > step.item && shares_a_word(&step.plain, &later.plain)
}

/// Whether the buyer says that it has decided for somebody else, or to leave.
fn says_decided_against(line: &Line) -> bool {
    const DECIDED: &str = "went with|gone with|going with|go with|going ahead with|went for|gone for|decided for|decided on|\
        decided to|have decided|has decided|decided that|we chose|they chose|chosen|selected|\
        signed with|have signed|has signed|we signed|they signed|signed for|voted|approved|resolved to|awarded|picked|\
        will not be renewing|won't be renewing|not renewing|not going to renew|will not renew|won't renew|not be renewed|\
        moved to|moving to|moving over|switched to|switching to|we're leaving|we are leaving|we'll be leaving|terminate|\
        terminating|termination|non-renewal|cancel|cancelling|cancellation|not successful|unsuccessful|data export|\
        deletion of our data|delete our data";
    const OPEN: &str = "if|might|could|unless|until";
    let decides = |clause: &str| {
        contains_any(clause, DECIDED) && !goes_with_us(clause) && !contains_any(clause, "decided against them")
    };
    line.is_any(&[Intent::Competitor, Intent::ChurnIntent])
        && clauses(&line.plain).any(decides)
        && !line.says(OPEN)
        && !line.has_question_mark()
        && !line.is(Intent::BuyingSignal)
        && line.tone() != Tone::Positive
}

/// Our messages after the buyer's last words. A call in which only we spoke is one too: it went to an answering machine. One
/// with a voice of unknown side is none.
fn unanswered<'v, 'a>(v: &'v View<'a>) -> impl DoubleEndedIterator<Item = &'v Item<'a>> {
    let from = v.items.iter().rposition(|i| i.has(Side::Buyer)).map_or(0, |at| at + 1);
    v.items[from..].iter().filter(|i| i.has(Side::Seller) && !(i.is_call() && i.has(Side::Unknown)))
}

fn days_unanswered(v: &View, first: bool) -> Option<Reading> {
    if !v.items.iter().any(|i| i.conversation.started_at.is_some()) || !(v.has_buyer() || v.has_seller()) {
        return None;
    }
    let mut ours = unanswered(v);
    let item = if first { ours.next() } else { ours.next_back() };
    match item {
        None => Some(reading(0.0, Unit::Days, [])),
        Some(item) => {
            Some(absence(v.days_since(item)?, Unit::Days, format!("no answer to our message of {}", item.day())))
        }
    }
}

/// As many next steps as there are lines, or a statement that there is none.
fn none_or(lines: Vec<&Line>, statement: impl FnOnce() -> String) -> Reading {
    if lines.is_empty() { absence(0.0, Unit::Count, statement()) } else { steps_of(&lines) }
}

fn steps_of(lines: &[&Line]) -> Reading {
    count_of(lines, &[Intent::NextStep])
}

#[cfg(test)]
mod tests {
    use super::forbids;

    #[test]
    fn what_we_are_not_to_do_is_told_from_what_they_do_not_do() {
        for text in [
            "i am asking for the third time, please do not bring joseph before i have it in writing",
            "don't send anybody until the test is through",
        ] {
            assert!(forbids(text), "{text}");
        }
        for text in [
            "i don't send invoices on a friday",
            "we do not start before may",
            "don't worry, call me on thursday",
            "we don't bring in the crew on a sunday",
            "i do not know when they come",
        ] {
            assert!(!forbids(text), "{text}");
        }
    }
}
