//! What is asked of a conversation when it is held against others: made once, of its words, or of the note of one whose words
//! are gone. Both say the same, or parts of a deal would be merged to another one than the whole.

use std::{cell::OnceCell, collections::HashSet};

use super::{
    people::plain_name,
    words::{self, Threes},
};
use crate::{
    conversation::{Channel, Conversation, ConversationId, Participant, Repeat, Timestamp, Turn},
    read::file_stem::stem,
    team::names::is_label,
};

/// The fewest words of two people that no two calls have in common by chance.
const TELLING: usize = 40;

/// What is asked of a conversation.
#[derive(Debug)]
pub(super) struct Look<'c> {
    /// Whether it is a note: its words are gone.
    pub(super) is_note: bool,
    pub(super) id: &'c ConversationId,
    pub(super) file: &'c str,
    pub(super) channel: Channel,
    /// Of all words in order.
    pub(super) hash: u64,
    pub(super) words: usize,
    /// Who speaks, each once, in order.
    pub(super) speakers: Vec<String>,
    /// Those of the speakers who have a name, in order.
    pub(super) named: Vec<String>,
    /// Who took part.
    pub(super) attended: HashSet<(&'c str, Option<&'c str>)>,
    /// The name of its file without folders, endings and the marks of a copy, where the file holds nothing else; of a chat with
    /// what stands behind it in its id.
    pub(super) stem: Option<String>,
    copy: bool,
    /// How many turns begin at a stated time beyond the beginning, and the hash of the times of all.
    pub(super) timed: usize,
    pub(super) times: u64,
    /// In milliseconds since 1970.
    pub(super) began: Option<i64>,
    /// Of a chat: a hash of each message and who wrote it.
    pub(super) messages: Vec<u32>,
    turns: &'c [Turn],
    threes: OnceCell<Threes>,
}

impl<'c> Look<'c> {
    /// At a call or chat that has words; nothing else is held against others here.
    pub(super) fn at(conversation: &'c Conversation) -> Option<Look<'c>> {
        if conversation.channel == Channel::Email || conversation.turns.is_empty() {
            return None;
        }
        let (hash, words) = words::all_words(conversation);
        let mut speakers: Vec<String> = conversation.turns.iter().map(|t| plain_name(&t.speaker)).collect();
        speakers.sort_unstable();
        speakers.dedup();
        let is_chat = conversation.channel == Channel::Chat;
        Some(Look {
            is_note: false,
            id: &conversation.id,
            file: &conversation.source.file,
            hash,
            words,
            timed: conversation.turns.iter().filter(|t| t.start_ms.is_some_and(|at| at > 0)).count(),
            times: words::all_times(&conversation.turns),
            began: conversation.started_at.map(Timestamp::as_millisecond),
            messages: if is_chat { conversation.turns.iter().map(words::message).collect() } else { Vec::new() },
            turns: &conversation.turns,
            threes: OnceCell::new(),
            ..Look::of(
                &conversation.id,
                &conversation.source.file,
                conversation.channel,
                speakers,
                &conversation.participants,
            )
        })
    }

    /// At the note of a conversation of that channel.
    pub(super) fn at_note(note: &'c Repeat, channel: Channel) -> Look<'c> {
        // What is no hash is nobody's.
        let hash = |hex: &str| u64::from_str_radix(hex, 16).unwrap_or_default();
        Look {
            is_note: true,
            hash: hash(&note.said),
            words: note.words,
            timed: note.timed,
            times: hash(&note.times),
            began: note.started_at.map(Timestamp::as_millisecond),
            messages: note.messages.clone(),
            threes: OnceCell::from(Threes { count: note.threes, lowest: note.lowest.clone() }),
            ..Look::of(&note.id, &note.file, channel, note.speakers.clone(), &note.participants)
        }
    }

    /// What a conversation and its note say alike.
    fn of(
        id: &'c ConversationId,
        file: &'c str,
        channel: Channel,
        speakers: Vec<String>,
        participants: &'c [Participant],
    ) -> Look<'c> {
        let (stem, copy) = stem(file);
        // The days of a chat are those of a later export of it, too; other numbers in files count what stands there.
        let place = id.0.strip_prefix(file).filter(|place| place.is_empty() || channel == Channel::Chat);
        Look {
            is_note: false,
            id,
            file,
            channel,
            hash: 0,
            words: 0,
            named: speakers.iter().filter(|name| !is_label(name)).cloned().collect(),
            speakers,
            attended: participants.iter().map(|p| (p.name.as_str(), p.email.as_deref())).collect(),
            stem: place.map(|place| stem + place),
            copy,
            timed: 0,
            times: 0,
            began: None,
            messages: Vec::new(),
            turns: &[],
            threes: OnceCell::new(),
        }
    }

    /// The note of it; `conversation` is what it looks at.
    pub(super) fn note(&self, conversation: &Conversation) -> Repeat {
        let threes = self.threes();
        Repeat {
            id: conversation.id.clone(),
            file: conversation.source.file.clone(),
            started_at: conversation.started_at,
            local_time: conversation.local_time,
            title: conversation.title.clone(),
            participants: conversation.participants.clone(),
            speakers: self.speakers.clone(),
            words: self.words,
            said: format!("{:x}", self.hash),
            timed: self.timed,
            times: format!("{:x}", self.times),
            messages: self.messages.clone(),
            threes: threes.count,
            lowest: threes.lowest.clone(),
        }
    }

    /// Its threes of neighbouring words; made when first asked for.
    pub(super) fn threes(&self) -> &Threes {
        self.threes.get_or_init(|| Threes::of(self.turns))
    }

    /// How much it says: the more the better.
    pub(super) fn worth(&self) -> (usize, bool, usize, bool) {
        (self.named.len().min(2), self.timed > 0, self.words, !self.copy)
    }

    /// Whether two people have said enough that no other call has the same words.
    pub(super) fn tells(&self) -> bool {
        self.is_long() && self.speakers.len() > 1
    }

    /// Whether so many words are said that they tell where two people say them.
    pub(super) fn is_long(&self) -> bool {
        self.words >= TELLING
    }
}
