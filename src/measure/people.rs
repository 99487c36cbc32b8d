//! Who takes part, and whether somebody who can decide is among them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Group, MeasureRow, Reading, Unit, needs,
    phrases::{begins_with_any, contains_any, contains_undenied, is_denied, is_one_of, places, words},
    titles::{decides, has_the_last_word},
    view::{Line, View, absence, buyers_of, count, count_of, opening, ours, reading},
};
use crate::{
    conversation::{Channel, Side},
    team::names::{is_label, stated_side},
    utterance::Intent,
};

pub(super) const GROUP: Group = Group { title: "People", rows: ROWS };

const ROWS: &[MeasureRow] = &[
    MeasureRow {
        name: "buyer_people_active",
        unit: Unit::Count,
        meaning: "Different people of the buyer's side who spoke or wrote; absent where a label that a machine gives (\"Speaker 2\") \
                  stands in several interactions, where it may be somebody else each time, and where it is not sure that one \
                  person is all: somebody whose side is not known spoke, or a label may be the one who is named elsewhere.",
        needs: "words of the buyer's side by people with a name",
        read: |v| {
            let labelled: BTreeSet<usize> = v.buyer().filter(|l| is_nobodys_name(l.speaker)).map(|l| l.item).collect();
            if labelled.len() > 1 {
                return None;
            }
            let mut by_name: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
            v.buyer().for_each(|l| by_name.entry(l.speaker).or_default().push(l));
            let (name, _) = by_name.first_key_value()?;
            match by_name.len() {
                1 if v.lines().any(|l| l.side == Side::Unknown) => None,
                1 => Some(absence(1.0, Unit::Count, format!("nobody of the buyer's side but {name} took part"))),
                2 if may_be_one(v) => None,
                n => Some(reading(n as f64, Unit::Count, by_name.into_values().filter_map(opening))),
            }
        },
    },
    MeasureRow {
        name: "buyer_people_known",
        unit: Unit::Count,
        meaning: "Different people of the buyer's side who took part or were written to, and the CRM's contacts; labels that a \
                  machine gives (\"Speaker 2\") left out.",
        needs: "a person of the buyer's side",
        read: |v| {
            let people = v.buyer_people();
            let named = people.iter().filter(|p| !is_nobodys_name(&p.name));
            let mut names: BTreeSet<String> = named.map(|p| p.name.to_lowercase()).collect();
            names.extend(v.crm.iter().flat_map(|c| &c.contacts).map(|c| c.name.to_lowercase()));
            (!names.is_empty()).then(|| reading(names.len() as f64, Unit::Count, []))
        },
    },
    MeasureRow {
        name: "buyer_interactions",
        unit: Unit::Count,
        meaning: "Interactions in which the buyer's side said anything.",
        needs: needs::BUYER,
        read: |v| {
            v.has_buyer()
                .then(|| reading(v.items.iter().filter(|i| i.has(Side::Buyer)).count() as f64, Unit::Count, []))
        },
    },
    MeasureRow {
        name: "authority_gaps",
        unit: Unit::Count,
        meaning: "Utterances in which the buyer's side says that it cannot decide alone; one that only says that it can (\"I can sign\", \
                  \"the decision is mine\") is none, whatever a model reads in it.",
        needs: needs::BUYER,
        read: |v| buyers_of(v, &[Intent::AuthorityGap], lacks_authority),
    },
    MeasureRow {
        name: "authority_gaps_recent",
        unit: Unit::Count,
        meaning: "Such utterances in the last two interactions with words of the buyer.",
        needs: needs::BUYER,
        read: |v| {
            let lines: Vec<_> = v.buyer_recent(2).into_iter().filter(|l| lacks_authority(l)).collect();
            v.has_buyer().then(|| count_of(&lines, &[Intent::AuthorityGap]))
        },
    },
    MeasureRow {
        name: "buyer_interactions_since_authority_gap",
        unit: Unit::Count,
        meaning: "Interactions with words of the buyer's side after the one in which it last said that it cannot decide alone.",
        needs: "an authority gap",
        read: |v| {
            let gap = v.buyer().rev().find(|l| lacks_authority(l))?;
            let since = v.items[gap.item + 1..].iter().filter(|i| i.has(Side::Buyer)).count();
            Some(reading(since as f64, Unit::Count, [gap]))
        },
    },
    MeasureRow {
        name: "deciders_without_gap",
        unit: Unit::Count,
        meaning: "People of the buyer's side with a title that decides who spoke or wrote after the first authority gap, were not \
                  there when it was raised (whoever was is not the one who was meant), and never said themselves that they \
                  cannot decide.",
        needs: "an authority gap and a job title of somebody of the buyer's side",
        read: |v| {
            let first = v.buyer().find(|l| lacks_authority(l))?;
            let there: BTreeSet<&str> = v.items[first.item].of(Side::Buyer).map(|l| l.speaker).collect();
            without_gap(v, first, |l| !there.contains(l.speaker) && v.title(l.speaker).is_some_and(decides))
        },
    },
    MeasureRow {
        name: "owners_without_gap",
        unit: Unit::Count,
        meaning: "People of the buyer's side with a title that has the last word (owner, founder, chief executive, managing \
                  director, president, chair) who spoke or wrote after the first authority gap and never said themselves that \
                  they cannot decide.",
        needs: "an authority gap and a job title of somebody of the buyer's side",
        read: |v| {
            let first = v.buyer().find(|l| lacks_authority(l))?;
            without_gap(v, first, |l| v.title(l.speaker).is_some_and(has_the_last_word))
        },
    },
    MeasureRow {
        name: "deciders_joined",
        unit: Unit::Count,
        meaning: "People of the buyer's side who spoke or wrote for the first time after an authority gap was raised, say of \
                  themselves that they decide (\"I decide on this\", \"it comes out of my budget\", \"I am the director\") and nowhere that \
                  they cannot, and after whom nobody raised one again.",
        needs: "an authority gap",
        read: |v| {
            let gap = v.buyer().find(|l| lacks_authority(l))?;
            let joined: BTreeSet<&str> = joined_after(v, gap).into_iter().map(|l| l.speaker).collect();
            let again = |l: &Line| v.after(l).any(|l| l.side == Side::Buyer && lacks_authority(l));
            let decides = |l: &&Line| joined.contains(l.speaker) && is_who_decides(v, l) && !again(l);
            Some(count(&each_once(v.buyer().filter(decides))))
        },
    },
    MeasureRow {
        name: "approvals_told",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side, after it last said that it cannot decide alone, that tell of a yes \
                  (\"approved\", \"signed\", \"she is on board\") and not of one to come.",
        needs: "an authority gap",
        read: |v| {
            let gap = v.buyer().rev().find(|l| lacks_authority(l))?;
            let told: Vec<_> = v.after(gap).filter(|l| l.side == Side::Buyer && tells_of_a_yes(l)).collect();
            Some(count(&told))
        },
    },
    MeasureRow {
        name: "authority_claimed",
        unit: Unit::Count,
        meaning: "Utterances of the buyer's side, after it last said that it cannot decide alone, that only say that it can (\"I can \
                  sign\", \"the decision is mine\", \"nobody else has to approve it\").",
        needs: "an authority gap",
        read: |v| {
            let gap = v.buyer().rev().find(|l| lacks_authority(l))?;
            let claims: Vec<_> = v.after(gap).filter(|l| l.side == Side::Buyer && claims_authority(&l.plain)).collect();
            Some(count(&claims))
        },
    },
    MeasureRow {
        name: "joined_since_authority_gap",
        unit: Unit::Count,
        meaning: "People of the buyer's side who spoke or wrote for the first time after an authority gap was raised.",
        needs: "an authority gap",
        read: |v| {
            let gap = v.buyer().find(|l| lacks_authority(l))?;
            Some(count(&joined_after(v, gap)))
        },
    },
    MeasureRow {
        name: "joined_since_last_authority_gap",
        unit: Unit::Count,
        meaning: "People of the buyer's side who spoke or wrote for the first time after an authority gap was raised last.",
        needs: "an authority gap",
        read: |v| {
            let gap = v.buyer().rev().find(|l| lacks_authority(l))?;
            Some(count(&joined_after(v, gap)))
        },
    },
    MeasureRow {
        name: "decider_active",
        unit: Unit::Count,
        meaning: "People of the buyer's side with a title that decides (owner, chief, director, head, ...) who spoke or wrote.",
        needs: "a job title of somebody of the buyer's side",
        read: |v| {
            let titled = v.buyer().any(|l| v.title(l.speaker).is_some());
            titled.then(|| count(&each_once(v.buyer().filter(|l| v.title(l.speaker).is_some_and(decides)))))
        },
    },
    MeasureRow {
        name: "people_asked_for",
        unit: Unit::Count,
        meaning: "Utterances of our side that ask for or propose to bring in other people of the buyer, and mails of ours to more \
                  than one of them.",
        needs: needs::OURS,
        read: |v| ours(v, |l| asks_for_people(l) || (is_to_several(l) && is_first_said(v, l))),
    },
];

/// Whether a speaker goes by a machine's label, which is another one's in each interaction; a role ("Customer") is the same.
fn is_nobodys_name(speaker: &str) -> bool {
    is_label(speaker) && stated_side(speaker).is_none()
}

/// Whether the one label and the one name of the buyer's side may be the same person's: they never stand in one interaction.
fn may_be_one(v: &View) -> bool {
    let in_items = |labels: bool| -> BTreeSet<usize> {
        v.buyer().filter(|l| is_nobodys_name(l.speaker) == labels).map(|l| l.item).collect()
    };
    let labelled = in_items(true);
    !labelled.is_empty() && labelled.is_disjoint(&in_items(false))
}

/// The first of some lines that each speaker said.
fn each_once<'v, 'a>(lines: impl Iterator<Item = &'v Line<'a>>) -> Vec<&'v Line<'a>> {
    let mut seen = BTreeSet::new();
    lines.filter(|l| seen.insert(l.speaker)).collect()
}

/// The first words of everybody of the buyer's side who had not spoken up to `line`.
fn joined_after<'v, 'a>(v: &'v View<'a>, line: &'v Line<'a>) -> Vec<&'v Line<'a>> {
    let mut known: BTreeSet<&str> =
        v.items[..=line.item].iter().flat_map(|i| i.of(Side::Buyer)).map(|l| l.speaker).collect();
    v.buyer().filter(|l| l.item > line.item && known.insert(l.speaker)).collect()
}

/// Those of the buyer's side for whom `counts` holds and who spoke after the first authority gap, `first`, without raising one.
fn without_gap(v: &View, first: &Line, counts: impl Fn(&Line) -> bool) -> Option<Reading> {
    v.buyer().find(|l| v.title(l.speaker).is_some())?;
    let unsure: BTreeSet<&str> = v.buyer().filter(|l| lacks_authority(l)).map(|l| l.speaker).collect();
    let later = v.after(first).filter(|l| l.side == Side::Buyer && !unsure.contains(l.speaker) && counts(l));
    Some(count(&each_once(later)))
}

/// Whether a line is of somebody who says that it decides, and nowhere that it cannot.
fn is_who_decides(v: &View, line: &Line) -> bool {
    let doubts = |l: &Line| l.is(Intent::AuthorityGap) && !says_it_decides(&l.plain);
    says_it_decides(&line.plain) && !v.buyer().any(|l| l.speaker == line.speaker && doubts(l))
}

/// Whether it says that somebody cannot decide alone.
pub(super) fn lacks_authority(line: &Line) -> bool {
    line.is(Intent::AuthorityGap) && !claims_authority(&line.plain)
}

/// Whether it says that somebody decides, and neither up to what sum nor who else has a say: "I can sign", and not "I can sign up to
/// five thousand", "I decide the brand, for the money they vote".
fn claims_authority(plain: &str) -> bool {
    /// Beyond what [`says_it_decides`] knows.
    const CLAIMS: &str = "the decision is mine|the decision's mine|the decision is ours|decision is ours to make|it is ours to decide|\
        it's ours to decide|it is mine to decide|it's mine to decide|stops at my desk|stops with me|stops at me|\
        nobody else has to approve|nobody else needs to approve|no one else has to approve|no one else needs to approve|\
        nobody else has to sign|nobody else needs to sign|no one else has to sign|no one else needs to sign|\
        i've the budget|i have the budget|we have the authority|i have the authority|i've the authority|i have the final say|\
        i've the final say|the final say is mine|i have the last word|i've the last word|the last word is mine|i'm the owner|\
        i am the owner|when i say yes it is yes";
    /// With these in it somebody else has a say, or it holds for a part only.
    const NOT_ALONE: &str = "but|though|although|however|except|only|up to|below|under|over|less than|more than|beyond|\
        as long as|if|unless|once|until|till|before|after|then|used to|was|were|would|could|he|she|they|him|her|them|his|their|he's|she's|they're|\
        board|committee|boss|chair|chairman|director's|procurement|legal|head office|headquarters|shareholders|partners|council|ministry|\
        approval|yet|still|not|isn't|recommend|recommendation|share|together with";
    (contains_undenied(plain, CLAIMS) || says_it_decides(plain)) && !contains_any(plain, NOT_ALONE)
}

/// Whether somebody says that the decision is its own.
fn says_it_decides(plain: &str) -> bool {
    const DECIDES: &str = "i decide|i'm the one who decides|i am the one who decides|i make the decision|my decision|\
        i sign it|i sign this|i hold the budget|i own the budget|comes out of my budget|come out of my budget|from my budget|\
        paid out of my budget|pay it out of my budget|pay this out of my budget|it's my budget|it is my budget|this is my budget|\
        i do the money|the budget is mine";
    /// "My call dropped", "I can sign up" decide nothing: what follows tells.
    const BY_WHAT_FOLLOWS: &str = "it's my call|it is my call|that's my call|that is my call|this is my call|i sign for|i approve|\
        i can approve|i can sign";
    const OBJECTS: &str =
        "it|this|that|these|them|the spend|the spending|the budget|the budgets|the contract|the order|the deal|and";
    const OPEN: &str = "if|were|wish|unless|only";
    plain.split(['.', '!', '?', ';']).filter(|part| !contains_any(part, OPEN)).any(|part| {
        let title = places(part, "i am the|i'm the|i am your|i run the").any(|(_, rest)| {
            decides(rest.split([',', ':']).next().unwrap_or_default().split(" and ").next().unwrap_or_default())
        });
        let by_what_follows = places(part, BY_WHAT_FOLLOWS).any(|(before, rest)| {
            let ends = rest.split(',').next().is_some_and(|rest| words(rest).next().is_none());
            (ends || begins_with_any(rest.trim_start(), OBJECTS)) && !is_denied(before)
        });
        title || by_what_follows || contains_undenied(part, DECIDES)
    })
}

/// Whether it tells that somebody has agreed.
fn tells_of_a_yes(line: &Line) -> bool {
    const YES: &str = "approved|approves|signed|countersigned|gave the nod|green light|has agreed|have agreed|agreed to it|\
        agreed to this|said yes|says yes|yes from|on board|go-ahead|blessing";
    const NOT_YET: &str =
        "not|nobody|no one|never|haven't|hasn't|isn't|didn't|wouldn't|would|until|once|when|if|before|unless";
    line.says(YES)
        && !line.says(NOT_YET)
        && !line.has_question_mark()
        && !line.is_any(&[Intent::Stall, Intent::AuthorityGap, Intent::ChurnIntent])
}

/// Whether it stands in a mail that goes to more than one person of the buyer's side.
fn is_to_several(line: &Line) -> bool {
    let to = line.conversation.participants.iter().filter(|p| p.side == Side::Buyer);
    line.conversation.channel == Channel::Email && to.count() >= 2
}

/// Whether it is the first of its item that says more than a greeting; of nothing but greetings, the first.
fn is_first_said(v: &View, line: &Line) -> bool {
    let lines = &v.items[line.item].lines;
    let first = lines.iter().find(|l| !l.is_salutation()).or(lines.first());
    first.is_some_and(|first| first.place == line.place)
}

fn asks_for_people(line: &Line) -> bool {
    const ASK: &str = "who else|anyone else|anybody else|bring in|loop in|join us|could we get|who could we|decision maker|who decides|who signs|meet him|meet her|meet them|call him|called him|call her|called her|\
    present to|present it to|demo with|on a call|the three of us|introduce me|introduce us|could i meet|can i meet|\
    have her with us|have him with us|have them with us|bring her|bring him|who sits on|sit on that|should i join|could i join|shall i join|\
    whoever looks after|whoever signs|whoever decides|a word with your|speak with your";
    /// With a question mark. "Your boss would not like to hear that" brings nobody in.
    const ASK_WHETHER: &str = "your boss|your manager|should i meet|i should meet|shall i meet|should we meet|we should meet|\
        should i speak|i should speak|shall i speak|should we speak|should i talk|i should talk|shall i talk|should i call|\
        shall i call|can i speak|could i speak|can i talk|could i talk|may i speak|with your boss|anyone i should|\
        anybody i should|someone i should|somebody i should|worth including|worth involving|should we include|\
        should we involve|should i include|directly with your";
    line.says(ASK) || (line.has_question_mark() && (line.says(ASK_WHETHER) || brings_somebody(&line.plain)))
}

/// "Can you put her on?", "Could we have him in on the next one?": a verb of bringing with a third person.
fn brings_somebody(plain: &str) -> bool {
    const BRING: &str = "put|get|have|bring|include|invite";
    const THIRD: &str = "him|her";
    const IN: &str = "on|in|along|over|too|as";
    let third = |rest: &str| {
        let mut next = words(rest);
        next.next().is_some_and(|word| is_one_of(word, THIRD)) && next.next().is_none_or(|word| is_one_of(word, IN))
    };
    places(plain, BRING).any(|(_, rest)| third(rest))
}

#[cfg(test)]
mod tests {
    use super::claims_authority;

    #[test]
    fn who_decides_alone_is_told_from_who_decides_a_part() {
        for text in [
            "it's between the two of us. i've the budget for it this year and i can sign.",
            "i decide on this, it comes out of my budget",
            "the decision is mine, nobody else has to approve it",
            "nobody above me, it stops at my desk",
            "just us two, and i hold the budget",
            "i am the owner. when i say yes it is yes",
            "that's my call",
        ] {
            assert!(claims_authority(text), "{text}");
        }
        for text in [
            "up to five thousand i can sign myself",
            "i can sign up to a quarter of a million. beyond that it's the investors",
            "for the phones i decide the brand, but for the money they vote",
            "so i have the budget. anything with data goes to our counsel, and he has to approve it",
            "it's her call now. it used to be mine",
            "nobody here could sign it this week if they wanted to",
            "it isn't my decision",
            "i don't have the budget",
            "the decision is mine once the board has met",
            "i hold the budget together with the operations director",
            "i can sign up for the webinar",
        ] {
            assert!(!claims_authority(text), "{text}");
        }
    }
}
