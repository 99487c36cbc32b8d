//! What was said, by whom, when: the one form into which every export is read.
//!
//! A **conversation** is one call, one e-mail or one day of a chat; it belongs to one **deal**. It consists of **turns**: what one
//! **speaker** said or wrote without a break. A speaker stands on a **side**: the buyer's, the seller's, or unknown, which
//! is a legal answer. This file holds values and their arithmetic only; the formats live in `read/`.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::recording::Recording;

mod as_read;
mod repeated;

pub use as_read::{AsRead, Member};
pub use repeated::{Repeat, Repeated};

/// No conversation is believed to last longer, in milliseconds: some thirty years. A time since 1970 lies beyond it, and below it
/// no sum of times runs over.
pub const LONGEST_MS: u64 = 1_000_000_000_000;

/// A moment in UTC.
pub type Timestamp = jiff::Timestamp;

/// The name of a deal: its folder in the export, or the `deal_id` of `deals.csv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DealId(pub String);

/// The name of a conversation: the path of its file inside the export with `/` between folders, and `#n` behind it where
/// one file holds several, `#2026-06-10` behind that for the later days of a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(pub String);

impl ConversationId {
    /// Where it stands among those of its deal when who is who is asked: by its file, then by its number in that. The order
    /// in which files are read, or parts of a deal come, must tell nothing.
    pub fn place(&self) -> (&str, u64) {
        let numbered = self.0.rsplit_once('#').and_then(|(file, number)| Some((file, number.parse().ok()?)));
        numbered.unwrap_or((&self.0, 0))
    }
}

impl std::fmt::Display for DealId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for ConversationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the words travelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Spoken: a phone call or meeting, transcribed.
    #[default]
    Call,
    /// One e-mail message.
    Email,
    /// Typed in a chat: a Slack channel, a meeting's side chat.
    Chat,
}

/// Whose side a speaker is on. The seller is always "us".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The customer or prospect.
    Buyer,
    /// Our own people.
    Seller,
    /// Nothing in the export tells; no rule about a side counts these words.
    #[default]
    Unknown,
}

impl Side {
    /// All of them.
    pub const ALL: [Side; 3] = [Side::Buyer, Side::Seller, Side::Unknown];

    /// The lower-case name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Side::Buyer => "buyer",
            Side::Seller => "seller",
            Side::Unknown => "unknown",
        }
    }

    /// The side of that name, in lower case; none for any other word.
    pub fn named(name: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|side| side.name() == name)
    }

    /// Buyer for seller and seller for buyer; unknown stays unknown.
    pub fn other(self) -> Side {
        match self {
            Side::Buyer => Side::Seller,
            Side::Seller => Side::Buyer,
            Side::Unknown => Side::Unknown,
        }
    }
}

/// What one speaker said or wrote without a break.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The speaker's display name; equal to a [`Participant::name`] of the conversation where that person is known.
    pub speaker: String,
    /// Whose side the speaker is on.
    #[serde(default)]
    pub side: Side,
    /// Milliseconds from the start of the conversation to the first word; absent where the export states no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_ms: Option<u64>,
    /// Milliseconds from the start of the conversation to the end of the last word; at least `start_ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_ms: Option<u64>,
    /// The words, verbatim but for the line breaks of the export.
    pub text: String,
}

/// Somebody who took part: spoke, wrote, was written to or was listed by the vendor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Participant {
    /// The fullest form of the name that was seen ("Tom Nguyen-Hall", not "Tom").
    pub name: String,
    /// Lower-cased address, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Job title, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whose side.
    #[serde(default)]
    pub side: Side,
    /// How sure `side` is, in percent: 100 where the user or the vendor said so, 0 for unknown.
    #[serde(default)]
    pub side_confidence: u8,
    /// What `side` rests on, in words: "mail domain acme.example is ours".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub side_because: String,
    /// Whether the person spoke or wrote in this conversation, or was only addressed or listed.
    #[serde(default)]
    pub active: bool,
}

/// What the head of an e-mail says beyond its participants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MailHead {
    /// Without angle brackets; absent where the message has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// In-Reply-To and References, without angle brackets, oldest first, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// An out-of-office note, a bounce, a calendar robot: nobody's words.
    #[serde(default)]
    pub automatic: bool,
    /// Share of the body's letters and digits that was cut as quoted reply, signature or disclaimer, 0-100 percent.
    #[serde(default)]
    pub cut_percent: u8,
}

/// Where a conversation came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The path inside the export, `/` between folders; for an archive, `archive.zip!/inner/path`.
    pub file: String,
    /// The name of the [`crate::read::Format`] that read it.
    pub format: String,
    /// Hex SHA-256 of the file's bytes.
    pub sha256: String,
}

/// One call, one e-mail or one day of a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its name; unique in a deal.
    pub id: ConversationId,
    /// The deal it belongs to.
    pub deal: DealId,
    /// How the words travelled.
    pub channel: Channel,
    /// When it began (a call) or was sent (an e-mail); absent where neither the file nor its name tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Whether `started_at` has the time of a clock whose zone nothing tells, and was taken for UTC; false of a day alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_time: bool,
    /// The subject of a mail, the title of a call; may be empty.
    #[serde(default)]
    pub title: String,
    /// Everybody who took part, in order of appearance.
    #[serde(default)]
    pub participants: Vec<Participant>,
    /// What was said, in order. An e-mail is a turn a paragraph, all by its sender.
    pub turns: Vec<Turn>,
    /// Present for e-mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailHead>,
    /// What its recording says, where one was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// Where it came from.
    #[serde(default)]
    pub source: Source,
    /// Counts re-deliveries of the same conversation with other content; the higher one wins a merge.
    #[serde(default)]
    pub revision: u64,
    /// What it was before sides were decided; absent where whoever wrote it stated them. Until they are decided it holds
    /// [`AsRead::repeated`] alone, where there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_read: Option<Box<AsRead>>,
}

impl Conversation {
    /// Hex SHA-256 over the whole conversation in its canonical JSON: equal exactly where nothing differs.
    pub fn content_hash(&self) -> String {
        // Serialising plain values to memory has no way to fail.
        let json = serde_json::to_vec(self).expect("a conversation holds only plain values");
        hex(&Sha256::digest(json))
    }

    /// Takes out the times that lie further behind its beginning than [`LONGEST_MS`], and its recording where that has such;
    /// gives what to tell of it, where there were any. Whatever takes times as numbers asks for it.
    pub fn drop_impossible_times(&mut self) -> Option<String> {
        const MEANT: &str = "such times count milliseconds from the start of the conversation";
        let mut dropped = 0;
        for turn in &mut self.turns {
            let before = (turn.start_ms, turn.end_ms);
            turn.start_ms = turn.start_ms.filter(|at| *at <= LONGEST_MS);
            turn.end_ms = turn.end_ms.filter(|at| *at <= LONGEST_MS && turn.start_ms.is_some() == before.0.is_some());
            dropped += usize::from(before != (turn.start_ms, turn.end_ms));
        }
        let recording = self.recording.take_if(|recording| !recording.lasts_at_most(LONGEST_MS)).is_some();
        match (dropped, recording) {
            (0, false) => None,
            (0, true) => {
                Some(format!("the recording was left out: a time in it lies thirty years behind its start; {MEANT}"))
            }
            (turns, _) => {
                let also = if recording { ", and its recording too" } else { "" };
                Some(format!(
                    "turns were read without their times{also}: those of {turns} lie thirty years behind the start; {MEANT}"
                ))
            }
        }
    }

    /// Whether it is an out-of-office note, a bounce or the like: nobody's words.
    pub fn is_automatic(&self) -> bool {
        self.mail.as_ref().is_some_and(|mail| mail.automatic)
    }

    /// Whether it is a mail of our side to our side: nobody of the buyer's could answer it. A call tells too little of who
    /// was on the line.
    pub fn is_internal(&self) -> bool {
        let people = &self.participants;
        self.channel == Channel::Email && people.len() >= 2 && people.iter().all(|p| p.side == Side::Seller)
    }

    /// The participant whom `turn` names, where known.
    pub fn participant(&self, turn: &Turn) -> Option<&Participant> {
        self.participants.iter().find(|p| p.name == turn.speaker)
    }
}

/// Hex SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex of some bytes.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Conversation {
        Conversation {
            id: ConversationId("a/b.vtt".into()),
            deal: DealId("a".into()),
            channel: Channel::Call,
            started_at: None,
            local_time: false,
            title: String::new(),
            participants: vec![],
            turns: vec![],
            mail: None,
            recording: None,
            source: Source::default(),
            revision: 0,
            as_read: None,
        }
    }

    #[test]
    fn times_that_no_conversation_has_are_taken_out_and_told() {
        let turn = |start_ms, end_ms| Turn { start_ms, end_ms, text: "Yes.".into(), ..Turn::default() };
        let spurt = |end_ms| crate::recording::Spurt { start_ms: 0, end_ms, level: 0 };
        let recorded = |length_ms, offset_ms, end_ms| {
            let lane = crate::recording::Lane { spurts: vec![spurt(end_ms)], ..Default::default() };
            Some(Recording { length_ms, offset_ms: Some(offset_ms), lanes: vec![lane], ..Recording::default() })
        };
        for (given, left, recording, stays) in [
            ((Some(0), Some(LONGEST_MS)), (Some(0), Some(LONGEST_MS)), None, false),
            ((Some(5), Some(LONGEST_MS + 1)), (Some(5), None), None, false),
            ((Some(u64::MAX), Some(7)), (None, None), None, false),
            ((None, Some(7)), (None, Some(7)), recorded(9, -9, 9), true),
            ((None, None), (None, None), recorded(u64::MAX, 0, 9), false),
            ((None, None), (None, None), recorded(9, i64::MIN, 9), false),
            ((None, None), (None, None), recorded(9, 0, u64::MAX), false),
        ] {
            let had = recording.is_some();
            let mut conversation = Conversation { turns: vec![turn(given.0, given.1)], recording, ..empty() };
            let told = conversation.drop_impossible_times();
            assert_eq!((conversation.turns[0].start_ms, conversation.turns[0].end_ms), left);
            assert_eq!(conversation.recording.is_some(), stays);
            assert_eq!(told.is_some(), given != left || had != stays, "{given:?} {told:?}");
            assert_eq!(conversation.drop_impossible_times(), None);
        }
    }

    #[test]
    fn content_hash_changes_with_any_word_and_with_nothing_else() {
        let make = |text: &str| Conversation {
            turns: vec![Turn { speaker: "Ann".into(), text: text.into(), ..Turn::default() }],
            ..empty()
        };
        assert_eq!(make("yes").content_hash(), make("yes").content_hash());
        assert_ne!(make("yes").content_hash(), make("yes.").content_hash());
    }
}
