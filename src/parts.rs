//! **Merge** over scored conversations that were made apart: parts of a deal that were read and scored by themselves, to the
//! deal that it would be had all been read at once.
//!
//! What the reading of a part decided with the part alone in sight is decided again: what is the same twice, what stands under
//! one name and is not the same, who is who. The scores stay. Where a turn was scored under another side than it has now,
//! that is told, since the score may be another under this one.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{
    conversation::{AsRead, Conversation, ConversationId, DealId, Repeat, Repeated, Side},
    deal::{CrmRecord, Deal, MergeError},
    read::{
        Skipped,
        duplicates::{drop_and_note, drop_earlier_revisions, name_by_words, tell_apart},
        same_call::unfold,
    },
    reading::by_zone,
    team::{Known, Team, scored_sides, undecide},
    utterance::{Provenance, Scored, Utterance},
};

/// Makes one deal of what was scored of it, in any order and with repeats. `crm` and `team` are what is said of the two sides
/// beside what stood beside each part. Conversations whose sides were stated by whoever wrote their lines keep them.
///
/// Gives the deal, and what a user should know of it: what counts once, what has another name now, what was scored under
/// another side.
///
/// # Errors
/// Where two were made by another dealtone, model or runtime.
pub fn merge(
    id: DealId,
    crm: Option<CrmRecord>,
    scored: Vec<Scored>,
    team: &Team,
) -> Result<(Deal, Vec<Skipped>), MergeError> {
    let mut told = Vec::new();
    let mut parts: Vec<Part> = scored.into_iter().map(Part::of).collect();
    // First of all: a clock that one part read by its zone and another one could not place is else two contents.
    by_zone(parts.iter_mut().map(|part| &mut part.conversation), &team.zone);
    drop_less_noted(&mut parts);
    name_by_words(&mut parts.iter_mut().map(|part| &mut part.conversation).collect::<Vec<_>>(), &mut told);
    // Two parts that hold one conversation may have dropped others for it.
    parts.iter_mut().for_each(|part| part.dropped = carried(&mut part.conversation));
    parts.sort_by_cached_key(|part| {
        let (file, number) = part.conversation.id.place();
        (file.to_owned(), number, part.conversation.revision, part.conversation.content_hash(), part.scores.line())
    });
    let mut known = Known::new(crm.as_ref(), team);
    for part in &parts {
        if let Some(noted) = &part.noted {
            known.learn(&part.conversation.source.file, noted);
        }
    }
    let mut deal = Deal::new(id, crm);
    let mut conversations: Vec<Conversation> = Vec::new();
    let mut dropped: Vec<Vec<Repeat>> = Vec::new();
    let mut scores: HashMap<Words, Vec<Scores>> = HashMap::new();
    for Part { conversation, noted, dropped: of_it, scores: of_part } in parts {
        if noted.is_none() {
            deal.absorb(of_part.give(conversation))?;
            continue;
        }
        scores.entry(named_words(&conversation)).or_default().push(of_part);
        // Repeats stand behind each other and are no news. What they are scored may differ: by the sides that were known.
        match (conversations.last(), dropped.last_mut()) {
            (Some(last), Some(of_last)) if *last == conversation => of_last.extend(of_it),
            // A later revision is the same call.
            (Some(last), Some(of_last)) if last.id == conversation.id && last.revision < conversation.revision => {
                let of_both = std::mem::take(of_last).into_iter().chain(of_it).collect();
                conversations.push(conversation);
                dropped.push(of_both);
            }
            _ => {
                conversations.push(conversation);
                dropped.push(of_it);
            }
        }
    }
    conversations.iter_mut().zip(dropped).for_each(|(conversation, dropped)| carry(conversation, dropped));
    drop_earlier_revisions(&mut conversations, &mut told);
    drop_and_note(&mut conversations, &mut told);
    tell_apart(&mut conversations, &mut told);
    let words: Vec<Words> = conversations.iter().map(named_words).collect();
    known.decide(&mut conversations);
    for (mut conversation, words) in conversations.into_iter().zip(words) {
        let apt = scores.remove(&words).unwrap_or_default().into_iter();
        let Some(scores) = apt.min_by_key(|scores| (scores.under_other_sides(&conversation).len(), scores.line()))
        else {
            // Not reached: nothing that counts once changes a name or words.
            let message =
                "a bug: the scores of this conversation were not found again; report it, and score it anew".into();
            let file = conversation.source.file;
            told.push(Skipped { file, line: None, code: "reader_failed".into(), message });
            continue;
        };
        let others = scores.under_other_sides(&conversation);
        if !others.is_empty() {
            told.push(scored_under_another(&conversation, &others, &scores));
        }
        if let Some(noted) = conversation.as_read.as_mut() {
            noted.scored_sides = others;
        }
        scores.rename_lanes(&mut conversation);
        deal.absorb(scores.give(conversation))?;
    }
    Ok((deal, told))
}

/// Drops what stands there also with a note of what it was read as: a build that noted none scored the same.
fn drop_less_noted(parts: &mut Vec<Part>) {
    let key = |part: &Part| (named_words(&part.conversation), part.conversation.revision);
    let noted: HashSet<_> = parts.iter().filter(|part| part.noted.is_some()).map(key).collect();
    parts.retain(|part| part.noted.is_some() || !noted.contains(&key(part)));
}

/// A scored conversation, taken apart.
struct Part {
    /// As it was read, where that is noted.
    conversation: Conversation,
    noted: Option<AsRead>,
    /// What was dropped for it as the same call or chat.
    dropped: Vec<Repeat>,
    scores: Scores,
}

/// Lets a conversation carry notes of what was dropped for it.
fn carry(conversation: &mut Conversation, dropped: Vec<Repeat>) {
    if !dropped.is_empty() {
        conversation.as_read = Some(AsRead::carrying(Repeated { dropped, ..Repeated::default() }));
    }
}

/// Takes these notes from it.
fn carried(conversation: &mut Conversation) -> Vec<Repeat> {
    let repeated = conversation.as_read.take().and_then(|noted| noted.repeated);
    repeated.map(|repeated| repeated.dropped).unwrap_or_default()
}

/// The scores of a conversation and what they were given for.
struct Scores {
    utterances: Vec<Utterance>,
    provenance: Provenance,
    /// The side of each turn when it was scored, and its speaker's name since sides were last decided.
    sides: Vec<Side>,
    speakers: Vec<String>,
    decided: Vec<Side>,
}

impl Part {
    fn of(scored: Scored) -> Part {
        let Scored { mut conversation, utterances, provenance } = scored;
        let sides = scored_sides(&conversation);
        let (speakers, decided) = conversation.turns.iter().map(|turn| (turn.speaker.clone(), turn.side)).unzip();
        let mut noted = undecide(&mut conversation);
        if let Some(repeated) = noted.as_mut().and_then(|noted| noted.repeated.take()) {
            let dropped = unfold(&mut conversation, repeated);
            carry(&mut conversation, dropped);
        }
        Part {
            conversation,
            noted,
            dropped: Vec::new(),
            scores: Scores { utterances, provenance, sides, speakers, decided },
        }
    }
}

impl Scores {
    /// What decides between two that are given for the same words, whichever came first.
    fn line(&self) -> String {
        // Plain values have no way to fail.
        serde_json::to_string(&(&self.utterances, &self.provenance, &self.sides)).unwrap_or_default()
    }

    /// The turns that were scored under another side than they have in `conversation`, with that side.
    fn under_other_sides(&self, conversation: &Conversation) -> BTreeMap<usize, Side> {
        let scored = self.utterances.iter().map(|utterance| utterance.turn);
        let other =
            |turn: &usize| conversation.turns.get(*turn).is_some_and(|t| self.sides.get(*turn) != Some(&t.side));
        scored.filter(other).filter_map(|turn| Some((turn, *self.sides.get(turn)?))).collect()
    }

    /// Calls whoever is heard in the recording as the transcript does now.
    fn rename_lanes(&self, conversation: &mut Conversation) {
        let Conversation { turns, recording: Some(recording), .. } = conversation else { return };
        let before = self.speakers.iter().zip(&self.decided);
        if before.clone().zip(turns.iter()).all(|(before, turn)| before == (&turn.speaker, &turn.side)) {
            return;
        }
        let now: HashMap<&String, (&String, Side)> =
            self.speakers.iter().zip(turns.iter()).map(|(before, turn)| (before, (&turn.speaker, turn.side))).collect();
        for lane in &mut recording.lanes {
            let mut sides = Vec::new();
            for speaker in &mut lane.speakers {
                if let Some((name, side)) = now.get(speaker) {
                    speaker.clone_from(name);
                    sides.push(*side);
                }
            }
            if let [side, rest @ ..] = &sides[..] {
                lane.side = if rest.iter().all(|other| other == side) { *side } else { Side::Unknown };
            }
        }
    }

    fn give(self, conversation: Conversation) -> Scored {
        Scored { conversation, utterances: self.utterances, provenance: self.provenance }
    }
}

/// What scores belong to: a conversation by its name and its words. Who says them may be called otherwise by another format of
/// the same call that is dropped.
type Words = (ConversationId, u64);

fn named_words(conversation: &Conversation) -> Words {
    let mut hasher = DefaultHasher::new();
    conversation.turns.iter().for_each(|turn| turn.text.hash(&mut hasher));
    (conversation.id.clone(), hasher.finish())
}

/// What is said of a conversation that was scored under other sides than it has now.
fn scored_under_another(conversation: &Conversation, others: &BTreeMap<usize, Side>, scores: &Scores) -> Skipped {
    let count = scores.utterances.iter().filter(|utterance| others.contains_key(&utterance.turn)).count();
    let message = format!(
        "{count} of {} utterances were scored with their speakers on another side than the whole deal shows, and their scores may \
         be others under this one; score the conversation again together with its deal, or with --our-domains or --team",
        scores.utterances.len()
    );
    Skipped { file: conversation.source.file.clone(), line: None, code: "other_side".into(), message }
}
