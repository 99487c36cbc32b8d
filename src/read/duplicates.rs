//! The same twice: a message in the mailboxes of two colleagues, in a folder and in an archive of it; and the same name for
//! what is not the same.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};

use super::{Skipped, same_call, same_mail};
use crate::conversation::{AsRead, Channel, Conversation, ConversationId, Participant, Repeated, Source};

/// Drops the earlier revisions of what stands there in several, by id, and says so. First of all: what is dropped as the same as
/// another would else depend on which of them stands first.
pub fn drop_earlier_revisions(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    // The highest revision of each id, and the file where that stands first.
    let mut latest: HashMap<ConversationId, (u64, String)> = HashMap::new();
    for c in conversations.iter().filter(|c| c.revision > 0) {
        let (highest, file) = latest.entry(c.id.clone()).or_default();
        if c.revision > *highest {
            (*highest, *file) = (c.revision, c.source.file.clone());
        }
    }
    conversations.retain(|conversation| match latest.get(&conversation.id) {
        Some((highest, file)) if conversation.revision < *highest => {
            let message = format!("an earlier revision of a conversation that stands in {file}; the later one counts");
            skipped.push(twice(conversation, message));
            false
        }
        _ => true,
    });
}

/// Drops what was delivered twice of the conversations of one deal, and says so: messages by their number, and by
/// what is the same in them where one has none ([`same_mail`]), calls and chats by that alone ([`same_call`]).
pub fn drop_duplicates(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    drop_repeated(conversations, skipped);
}

/// Does as [`drop_duplicates`] and leaves a note of what was dropped in what is kept ([`AsRead::repeated`]): where these are a
/// part of a deal, whoever has the other parts sees by it what else is the same. Notes that are there count as what they are of.
pub fn drop_and_note(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    for (place, repeated) in drop_repeated(conversations, skipped) {
        conversations[place].as_read = Some(AsRead::carrying(repeated));
    }
}

fn drop_repeated(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) -> Vec<(usize, Repeated)> {
    let mut seen = Seen::default();
    conversations.retain(|conversation| match seen.check(conversation) {
        Ok(()) => true,
        Err(duplicate) => {
            skipped.push(duplicate);
            false
        }
    });
    same_mail::drop_repeated(conversations, skipped);
    same_call::drop_repeated(conversations, skipped)
}

/// What was seen so far: of each message, which conversation it was first and a hash of each of its turns.
#[derive(Debug, Default)]
struct Seen {
    mails: HashMap<[u8; 16], (ConversationId, HashSet<u64>)>,
}

impl Seen {
    /// Whether `conversation` is new. A mail with the Message-ID of one that was seen in the same deal is not, unless it has
    /// words that the other has not: programs that number badly must not cost words. Without an id, sender, time and subject
    /// stand for it.
    ///
    /// # Errors
    /// Where it was seen: the mail is a duplicate, the first one stays, and the loss is given to report.
    fn check(&mut self, conversation: &Conversation) -> Result<(), Skipped> {
        if conversation.channel != Channel::Email {
            return Ok(());
        }
        let identity = match conversation.mail.as_ref().and_then(|m| m.message_id.as_deref()) {
            Some(id) => format!("{}\0{id}", conversation.deal),
            // Without a number and a time there is nothing to tell two messages apart by but their words.
            None if conversation.started_at.is_none() => return Ok(()),
            None => {
                let sender = conversation.turns.first().map_or("", |t| t.speaker.as_str());
                format!("{}\0{:?}\0{}\0{sender}\0", conversation.deal, conversation.started_at, conversation.title)
            }
        };
        let turns: HashSet<u64> = conversation.turns.iter().map(|t| first_eight(t.text.as_bytes())).collect();
        let mut key = [0; 16];
        key.copy_from_slice(&Sha256::digest(identity)[..16]);
        let (first, known) = self.mails.entry(key).or_insert_with(|| (conversation.id.clone(), HashSet::new()));
        if !turns.is_empty() && turns.is_subset(known) {
            return Err(twice(conversation, format!("the same message as {first}; it counts once")));
        }
        known.extend(turns);
        Ok(())
    }
}

/// Sees to it that each conversation of a deal has an id of its own, since a deal holds one of an id: tables number badly, and
/// two files may each count from 1. Other words under an id that is taken get one that is free; the same words again are
/// dropped, and given as losses. Of what is the same, who takes part is kept, as of the row that a table repeats for each
/// contact. Earlier revisions are taken to be gone ([`drop_earlier_revisions`]).
pub fn tell_apart(conversations: &mut Vec<Conversation>, skipped: &mut Vec<Skipped>) {
    let mut often: HashMap<ConversationId, usize> = HashMap::new();
    for c in conversations.iter() {
        *often.entry(c.id.clone()).or_default() += 1;
    }
    let mut taken: HashSet<ConversationId> = often.keys().cloned().collect();
    often.retain(|_, times| *times > 1);
    if often.is_empty() {
        return;
    }
    // Of each of these ids: where the conversation stands that has it, what was found under it, the number that was last made.
    let mut first: BTreeMap<ConversationId, usize> = BTreeMap::new();
    let mut seen: HashMap<(ConversationId, String), usize> = HashMap::new();
    let mut numbers: HashMap<ConversationId, usize> = HashMap::new();
    // By place too: a table may repeat a row for each of thousands of contacts.
    let mut people: HashMap<usize, HashSet<(String, Option<String>)>> = HashMap::new();
    let mut kept: Vec<Conversation> = Vec::with_capacity(conversations.len());
    for mut conversation in std::mem::take(conversations) {
        if !often.contains_key(&conversation.id) {
            kept.push(conversation);
            continue;
        }
        let id = conversation.id.clone();
        let key = (id.clone(), said_when(&conversation));
        if let Some(&at) = seen.get(&key) {
            let held = &mut kept[at];
            skipped.push(twice(&conversation, format!("the same conversation as {}; it counts once", held.id)));
            let key = |p: &Participant| (p.name.clone(), p.email.clone());
            let listed = people.entry(at).or_insert_with(|| held.participants.iter().map(key).collect());
            held.participants.extend(conversation.participants.into_iter().filter(|p| listed.insert(key(p))));
            continue;
        }
        let Some(&at) = first.get(&id) else {
            first.insert(id, kept.len());
            seen.insert(key, kept.len());
            kept.push(conversation);
            continue;
        };
        if conversation.revision == 0 {
            let number = numbers.entry(id.clone()).or_insert(1);
            while !taken.insert(conversation.id.clone()) {
                *number += 1;
                conversation.id.0 = format!("{id}#{number}");
            }
            seen.insert(key, kept.len());
            kept.push(conversation);
            continue;
        }
        // As where results are merged.
        if conversation.content_hash() > kept[at].content_hash() {
            std::mem::swap(&mut conversation, &mut kept[at]);
            people.remove(&at);
            seen.insert(key, at);
        }
        let file = &kept[at].source.file;
        let message = format!(
            "another conversation of this id and revision stands in {file}, and one of them counts; give each an id of \
             its own, or the later one a higher revision"
        );
        skipped.push(twice(&conversation, message));
    }
    *conversations = kept;
}

/// Gives other words under one id, as of two machines that each hold a file of that name, an id by what they are, and says so:
/// which of them keeps the name, and what the others are called, is the same in any order. A sender that counts revisions
/// means the same conversation by an id, and is left alone.
pub fn name_by_words(conversations: &mut [&mut Conversation], skipped: &mut Vec<Skipped>) {
    tell_time(conversations);
    let mut by_id: BTreeMap<ConversationId, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    let ids: Vec<&ConversationId> = conversations.iter().filter(|c| c.revision == 0).map(|c| &c.id).collect();
    let mut often: HashMap<&ConversationId, usize> = HashMap::new();
    ids.into_iter().for_each(|id| *often.entry(id).or_default() += 1);
    let several = |c: &Conversation| c.revision == 0 && often.get(&c.id).is_some_and(|times| *times > 1);
    for (place, conversation) in conversations.iter().enumerate().filter(|(_, c)| several(c)) {
        // Without the name, which is what may differ.
        let unnamed = Conversation { id: ConversationId(String::new()), ..(**conversation).clone() };
        let words = said_when(&unnamed);
        by_id.entry(conversation.id.clone()).or_default().entry(words).or_default().push(place);
    }
    for (id, words) in by_id {
        for (hash, places) in words.into_iter().skip(1) {
            let named = ConversationId(format!("{id}#{}", &hash[..8]));
            let files = places.iter().map(|place| &conversations[*place].source.file);
            let file = files.min().cloned().unwrap_or_default();
            let message = format!(
                "other words stand under this name in another part of the deal; all count, and these are called {named}"
            );
            skipped.push(Skipped { file, line: None, code: "same_name".into(), message });
            places.into_iter().for_each(|place| conversations[place].id = named.clone());
        }
    }
}

/// Gives what was read by a clock of no known zone the moment of the same words under its name that were read with the zone.
fn tell_time(conversations: &mut [&mut Conversation]) {
    let unnamed = conversations.iter().filter(|c| c.local_time).map(|c| c.id.clone());
    let ids: HashSet<ConversationId> = unnamed.collect();
    let timeless = |c: &Conversation| {
        (c.id.clone(), said_when(&Conversation { started_at: None, local_time: false, ..c.clone() }))
    };
    let settled = conversations.iter().filter(|c| !c.local_time && ids.contains(&c.id));
    let mut moments = HashMap::new();
    for conversation in settled {
        // Of several moments the earliest: whichever part came first decides nothing.
        let moment = moments.entry(timeless(conversation)).or_insert(conversation.started_at);
        *moment = conversation.started_at.min(*moment);
    }
    for conversation in conversations.iter_mut().filter(|c| c.local_time) {
        if let Some(moment) = moments.get(&timeless(conversation)) {
            (conversation.started_at, conversation.local_time) = (*moment, false);
        }
    }
}

/// A hash of what was said when, whoever took part, whatever file it stood in and whoever knew of its clock's zone.
fn said_when(conversation: &Conversation) -> String {
    let (source, participants) = (Source::default(), Vec::new());
    let unnoted = Conversation { as_read: None, ..conversation.clone() };
    Conversation { source, participants, revision: 0, local_time: false, ..unnoted }.content_hash()
}

fn twice(conversation: &Conversation, message: String) -> Skipped {
    let file = conversation.source.file.clone();
    Skipped { file, line: None, code: "duplicate".into(), message }
}

fn first_eight(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes)[..8].iter().fold(0, |out, byte| out << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        conversation::DealId,
        read::{Input, read},
    };

    #[test]
    fn the_same_id_for_other_words_costs_none_and_what_is_dropped_is_said() {
        let line = |id: &str, revision: u64, who: &str, words: &str| {
            json!({"id": id, "revision": revision, "participants": [{"name": who}],
                   "turns": [{"speaker": "Ann", "text": words}]})
        };
        let lines = [
            line("1", 0, "Ann", "Too dear."),
            line("1#2", 0, "Ann", "Taken."),
            line("1", 0, "Ann", "Fine."),
            line("2", 0, "Ann", "Alone."),
            line("1", 0, "Bob", "Fine."),
            line("3", 1, "Ann", "First."),
            line("3", 3, "Ann", "Third."),
            line("3", 2, "Ann", "Second."),
            line("1", 0, "Ann", "Good."),
            line("4", 0, "Ann", "One."),
            line("4", 0, "Ann", "Two."),
            line("4", 2, "Ann", "Last."),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let deal = DealId("a".into());
        let mut conversations = read(&Input::new("a/f.jsonl", &deal, text.as_bytes())).conversations;
        assert_eq!(conversations.len(), lines.len());
        let mut skipped = Vec::new();
        drop_earlier_revisions(&mut conversations, &mut skipped);
        tell_apart(&mut conversations, &mut skipped);
        let kept: Vec<(&str, &str)> =
            conversations.iter().map(|c| (c.id.0.as_str(), c.turns[0].text.as_str())).collect();
        let expected = [
            ("1", "Too dear."),
            ("1#2", "Taken."),
            ("1#3", "Fine."),
            ("2", "Alone."),
            ("3", "Third."),
            ("1#4", "Good."),
            ("4", "Last."),
        ];
        assert_eq!(kept, expected);
        let who: Vec<&str> = conversations[2].participants.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(who, ["Ann", "Bob"], "a row for each contact is one call with them all");
        const EARLIER: &str = "an earlier revision of a conversation that stands in a/f.jsonl; the later one counts";
        let told: Vec<&str> = skipped.iter().map(|s| s.message.as_str()).collect();
        assert_eq!(told, [EARLIER, EARLIER, EARLIER, EARLIER, "the same conversation as 1#3; it counts once"]);
    }

    #[test]
    fn the_same_words_read_with_and_without_their_zone_are_one() {
        let line = json!({"id": "c", "started_at": "2026-05-18T18:00:00Z", "turns": [{"speaker": "Ann", "text": "Too dear."}]});
        let read = read(&Input::new("f.jsonl", &DealId("a".into()), line.to_string().as_bytes())).conversations;
        let [exact] = &read[..] else { panic!("one conversation") };
        let started_at = "2026-05-18T14:00:00Z".parse().ok();
        let local = Conversation { started_at, local_time: true, ..exact.clone() };
        for mut both in [[local.clone(), exact.clone()], [exact.clone(), local]] {
            let mut told = Vec::new();
            name_by_words(&mut both.iter_mut().collect::<Vec<_>>(), &mut told);
            assert_eq!((told, &both), (vec![], &[exact.clone(), exact.clone()]));
        }
    }

    #[test]
    fn the_later_revision_counts_though_the_earlier_says_the_same_or_more() {
        let mail = |revision: u64, words: &[&str]| {
            let turns: Vec<_> = words.iter().map(|text| json!({"speaker": "Ann", "text": text})).collect();
            json!({"id": "m", "channel": "email", "revision": revision, "mail": {"message_id": "1@x"}, "turns": turns})
        };
        let call = |revision: u64, side: &str| {
            let said = |who: &str| json!({"speaker": who, "text": "We want forty seats and the price is far too high. ".repeat(4)});
            json!({"id": "c", "revision": revision, "participants": [{"name": "Ann", "side": side}],
                   "turns": [said("Ann"), said("Bob")]})
        };
        let of = |lines: [serde_json::Value; 2]| {
            let deal = DealId("a".into());
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let mut all = read(&Input::new("a/f.jsonl", &deal, text.as_bytes())).conversations;
            let mut skipped = Vec::new();
            drop_earlier_revisions(&mut all, &mut skipped);
            drop_duplicates(&mut all, &mut skipped);
            tell_apart(&mut all, &mut skipped);
            assert_eq!(skipped.len(), 1, "{skipped:?}");
            all.iter().map(|c| c.revision).collect::<Vec<_>>()
        };
        let mails = [mail(1, &["Forty seats.", "Too dear."]), mail(2, &["Forty seats."])];
        let calls = [call(1, "seller"), call(2, "buyer")];
        for [first, second] in [mails, calls] {
            assert_eq!(of([first.clone(), second.clone()]), [2], "{first}");
            assert_eq!(of([second, first.clone()]), [2], "{first}");
        }
    }

    #[test]
    fn a_message_counts_once_and_no_words_are_lost_for_it() {
        let mut seen = Seen::default();
        for (deal, id, words, new) in [
            ("a", "<1@x>", "Too dear.", true),
            ("a", "<1@x>", "Too dear.", false),
            ("b", "<1@x>", "Too dear.", true),
            ("a", "<1@x>", "Other words under the same number.", true),
            ("a", "<2@x>", "Too dear.", true),
        ] {
            let mail = format!("From: ann@acme.example\nSubject: x\nMessage-ID: {id}\n\n{words}\n");
            let deal = DealId(deal.into());
            let read = read(&Input::new("m.eml", &deal, mail.as_bytes()));
            assert_eq!(seen.check(&read.conversations[0]).is_ok(), new, "{deal} {id} {words}");
        }
    }
}
