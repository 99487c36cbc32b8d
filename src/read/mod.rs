//! Reads what people really export: one format a file, found by content, in the order of [`FORMATS`].
//!
//! A reader gives what it could read *and* what it could not; it never panics and never costs another file. It does not
//! decide sides or deals beyond what the file itself says: [`crate::conversation`]'s values carry what is known, and
//! [`crate::team`] draws the conclusions over a whole deal.
//!
//! The way of a file: [`export::walk`] finds it and says which deal its place suggests, [`read`] finds its format and
//! reads it. Shared by several formats are [`encoding`] (bytes to text), [`when`] (times in text and in file names),
//! `speaker` (who speaks in "Ann: hello"), `turns` (cues to turns), `chat_days` (a chat to one conversation a day) and
//! `email::body` (the new words of a mail).

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::conversation::{Channel, Conversation, ConversationId, DealId, Participant, Source, Turn, hex};
use room::Room;

mod archive;
pub mod assign;
mod attached;
mod chat_days;
pub mod codes;
mod crm;
mod cues;
mod day_chat;
mod deal_key;
pub mod deals_csv;
pub mod directory;
mod docx;
pub mod duplicates;
mod email;
mod eml;
pub mod encoding;
pub mod export;
mod file_stem;
mod google_meet;
mod google_voice;
mod html;
mod jira_csv;
mod json;
mod labelled;
pub mod loose;
mod mbox;
mod message_blocks;
mod message_csv;
mod messenger_html;
mod money;
mod msg;
mod name_date;
pub mod ndjson;
pub mod noted;
pub mod open;
mod otter_txt;
mod own_files;
pub mod own_results;
mod page_parts;
mod phrases;
mod plain_txt;
mod preamble;
mod record_id;
mod refusal;
mod report_frame;
pub mod room;
mod root_names;
mod rtf;
pub mod same_call;
pub mod same_mail;
mod sbv;
mod settle;
mod several_calls;
mod shared_screen;
mod sms_xml;
mod sounds;
mod speaker;
pub mod spool;
mod srt;
pub mod surrogates;
mod table;
mod table_rows;
mod telegram_html;
mod transcript_csv;
mod turns;
pub mod unassigned;
mod webvtt;
pub mod when;
mod zoom_chat;

/// One file as a reader sees it.
///
/// The text and the JSON of the bytes are made when first asked for, so that many formats can look without each paying.
#[derive(Debug)]
pub struct Input<'a> {
    /// The path inside the export, `/` between folders.
    pub path: &'a str,
    /// The deal that its place in the export suggests.
    pub deal: &'a DealId,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether its place says little of a deal: see [`export::ExportFile::top`].
    top: bool,
    room: Option<&'a Room>,
    /// In how many archives and mails it lies, one in another.
    depth: usize,
    head: OnceCell<String>,
    text: OnceCell<encoding::Text<'a>>,
    json: OnceCell<Option<serde_json::Value>>,
}

/// How many bytes from the beginning a format looks at to recognise itself.
const HEAD: usize = 8 * 1024;

impl<'a> Input<'a> {
    /// A file's bytes with its path inside the export and the deal that its place suggests.
    pub fn new(path: &'a str, deal: &'a DealId, bytes: &'a [u8]) -> Input<'a> {
        let top = !path.contains('/');
        Input {
            path,
            deal,
            bytes,
            top,
            room: None,
            depth: 0,
            head: OnceCell::new(),
            text: OnceCell::new(),
            json: OnceCell::new(),
        }
    }

    /// The same, read for a stranger, who may make use of `room` only; none where users read their own export.
    pub fn within(self, room: Option<&'a Room>) -> Input<'a> {
        Input { room, ..self }
    }

    /// The same as what lies in the archive or beside the words of the mail `outer`.
    fn inside(self, outer: &'a Input) -> Input<'a> {
        Input { room: outer.room, depth: outer.depth + 1, ..self }
    }

    /// The first [`HEAD`] bytes as text, without a byte-order mark; the last character may be cut.
    pub fn head(&self) -> &str {
        self.head.get_or_init(|| encoding::decode(&self.bytes[..self.bytes.len().min(HEAD)]).text.into_owned())
    }

    /// All of it as text, without a byte-order mark.
    pub fn text(&self) -> &str {
        &self.decoded().text
    }

    /// All of it as text, with what is known of its encoding.
    pub fn decoded(&self) -> &encoding::Text<'a> {
        self.text.get_or_init(|| encoding::decode(self.bytes))
    }

    /// All of it as one JSON value, where it is one.
    pub fn json(&self) -> Option<&serde_json::Value> {
        let parsed = || json::parse(json::without_assignment(self.text()));
        self.json.get_or_init(|| if self.begins_json() { parsed() } else { None }).as_ref()
    }

    /// Whether it begins as a JSON document of a vendor does. "[00:01] Ann: hello" and "[Ann] hello" do not, and to find
    /// that out by parsing them would cost as much as reading them.
    fn begins_json(&self) -> bool {
        let inside = json::without_assignment(self.head()).trim_start().strip_prefix(['{', '[']);
        inside.is_some_and(|inside| !inside.trim_start().starts_with(char::is_alphanumeric))
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// A conversation of this input without turns: named by its path, dated by its file name. `number` counts from 1
    /// where the file holds several.
    pub fn conversation(&self, format: &dyn Format, channel: Channel, number: Option<usize>) -> Conversation {
        let id = match number {
            Some(n) => format!("{}#{n}", self.path),
            None => self.path.to_owned(),
        };
        Conversation {
            id: ConversationId(id),
            deal: self.deal.clone(),
            channel,
            started_at: when::in_path(self.path),
            local_time: false,
            title: String::new(),
            participants: vec![],
            turns: vec![],
            mail: None,
            recording: None,
            source: Source { file: self.path.to_owned(), format: format.name().to_owned(), sha256: String::new() },
            revision: 0,
            as_read: None,
        }
    }

    /// A loss in this input.
    pub fn skipped(&self, line: Option<usize>, code: &str, message: impl Into<Cow<'static, str>>) -> Skipped {
        Skipped { file: self.path.to_owned(), line, code: code.to_owned(), message: message.into().into_owned() }
    }
}

/// How sure a format is that an input is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// It is not.
    No,
    /// Nothing speaks against it.
    Perhaps,
    /// It has the shape.
    Likely,
    /// It carries this format's signature.
    Certain,
}

/// A file format.
///
/// Implementers must look at content, not at the file's ending (a hint at most); must give what they could read and a
/// [`Skipped`] for all that they could not; must not do I/O, panic, or allocate more than a small multiple of the input.
pub trait Format: Sync {
    /// A short stable name: `zoom-vtt`.
    fn name(&self) -> &'static str;
    /// One line for `dealtone formats`.
    fn doc(&self) -> &'static str;
    /// Whether `input` is of this format, by a look at its beginning.
    fn likeness(&self, input: &Input) -> Likeness;
    /// Reads it.
    ///
    /// # Errors
    /// Where nothing at all could be read.
    fn read(&self, input: &Input) -> Result<Read, Skipped>;
}

/// What a reader gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// What was read.
    pub conversations: Vec<Conversation>,
    /// What was not.
    pub skipped: Vec<Skipped>,
    /// Who the speakers of other files are; see [`directory::attach`].
    pub directories: Vec<directory::Directory>,
    /// Whether nobody wrote anything in it, so that nothing was lost: an invitation that is answered without a word.
    pub silent: bool,
    /// The conversations whose moments the file itself states, so that its name does not tell by what clock they are.
    pub own_moments: BTreeSet<ConversationId>,
}

/// Something that could not be read, or that should be known of what was: a line of `skipped.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{file}:{}: [{code}] {message}", line.unwrap_or(1))]
pub struct Skipped {
    /// The path inside the export.
    pub file: String,
    /// Line, from 1, where one is known.
    pub line: Option<usize>,
    /// Stable name of the reason, one of [`codes::CODES`].
    pub code: String,
    /// What happened and what to do. Never holds words of a conversation.
    pub message: String,
}

impl Skipped {
    /// Whether something is missing for it that the export holds.
    pub fn is_loss(&self) -> bool {
        codes::is_loss(&self.code)
    }
}

/// All formats, tried from top to bottom; earlier wins ties.
pub const FORMATS: &[&dyn Format] = &[
    &archive::Zip,
    &archive::Gzip,
    &docx::Docx,
    &rtf::Rtf,
    &msg::Msg,
    &mbox::Mbox,
    &webvtt::TeamsVtt,
    &webvtt::ZoomVtt,
    &webvtt::WebVtt,
    &srt::Srt,
    &sbv::Sbv,
    &ndjson::Ndjson,
    &json::gong::Gong,
    &json::fireflies::FIREFLIES,
    &json::amazon::AMAZON_TRANSCRIBE,
    &json::contact_lens::CALL_ANALYTICS,
    &json::contact_lens::CONTACT_LENS,
    &json::pca::PCA,
    &json::bedrock::BEDROCK,
    &json::deepgram::DEEPGRAM,
    &json::assemblyai::ASSEMBLYAI,
    &json::rev::REV,
    &json::azure::AZURE,
    &json::azure::AZURE_CONVERSATION,
    &json::speechmatics::SPEECHMATICS,
    &json::ibm::IBM,
    &json::google_stt::GOOGLE_STT,
    &json::otter::OTTER,
    &json::sembly::SEMBLY,
    &json::leexi::LEEXI,
    &json::vonage::VONAGE,
    &json::podcast::PODCAST,
    &json::kaldi::KALDI,
    &json::elevenlabs::ELEVENLABS,
    &json::soniox::SONIOX,
    &json::whisper::WHISPERX,
    &json::whisper::WHISPER,
    &json::slack::Slack,
    &json::slack::SlackUsers,
    &json::slack::SlackBeside,
    &json::google_chat::GoogleChatBeside,
    &json::mattermost::MATTERMOST,
    &json::whatsapp_cloud::WHATSAPP_CLOUD,
    &json::x_messages::X_MESSAGES,
    &json::jira::JIRA,
    &json::element::ELEMENT,
    &json::kustomer::KUSTOMER,
    &json::gladly::Gladly,
    &json::olark::OLARK,
    &json::freshdesk::FRESHDESK,
    &json::any::AnyTranscript,
    &crm::csv::CrmCsv,
    &jira_csv::JiraCsv,
    &transcript_csv::TranscriptCsv,
    &message_csv::MessageCsv,
    &zoom_chat::ZoomChat,
    &day_chat::DayChat,
    &message_blocks::MessageBlocks,
    &google_meet::GoogleMeet,
    &google_voice::GoogleVoice,
    &telegram_html::TelegramHtml,
    &sms_xml::SmsXml,
    &messenger_html::MessengerHtml,
    &eml::Eml,
    &otter_txt::OtterTxt,
    &plain_txt::PlainTxt,
];

/// The format that `input` is most like, if any.
pub fn detect(input: &Input) -> Option<&'static dyn Format> {
    let mut best: Option<(Likeness, &'static dyn Format)> = None;
    for format in FORMATS {
        let likeness = format.likeness(input);
        if likeness > best.map_or(Likeness::No, |(l, _)| l) {
            best = Some((likeness, *format));
        }
        if likeness == Likeness::Certain {
            break;
        }
    }
    best.map(|(_, format)| format)
}

/// Reads one file, whatever its format. What cannot be read stands in [`Read::skipped`]; nothing fails.
pub fn read(input: &Input) -> Read {
    if unmarked(input.bytes).iter().all(u8::is_ascii_whitespace) {
        return refuse(input.skipped(None, "empty", "the file is empty; export it again if it should hold words"));
    }
    // Before anything is built, JSON to look at among it. What archives hold is looked over when it is unpacked.
    if !archive::is_archive(input.bytes) && input.room.is_some_and(|room| !room.take(input.bytes)) {
        return refuse(input.skipped(None, "too_large", MORE_THAN_ROOM));
    }
    let Some(format) = detect(input).or_else(|| google_meet::of_page(input)).or_else(|| eml::of_page(input)) else {
        return if refusal::is_companion(input) { Read::default() } else { refuse(refusal::unknown(input)) };
    };
    let mut read = format.read(input).unwrap_or_else(refuse);
    let decoded = input.text.get();
    if let Some(text) = decoded.filter(|t| t.guessed || t.replaced) {
        read.skipped.push(input.skipped(None, text.code(), text.remark()));
    }
    let sha256 = hex(&Sha256::digest(input.bytes));
    for conversation in &mut read.conversations {
        // A file in an archive or a message of a mailbox has its own.
        if conversation.source.sha256.is_empty() {
            conversation.source.sha256.clone_from(&sha256);
        }
        shared_screen::to_their_owners(conversation);
        list_speakers(conversation);
    }
    name_date::look(input, &mut read);
    if read.conversations.is_empty() && read.skipped.is_empty() && read.directories.is_empty() && !read.silent {
        read.skipped.push(input.skipped(
            None,
            "no_words",
            format!("read as {}, but it holds no words; export it again if it should", format.name()),
        ));
    }
    read
}

/// What is said of a file for which there is no room.
const MORE_THAN_ROOM: &str = "the file holds more than is read of one request; send it in parts";

fn refuse(skipped: Skipped) -> Read {
    Read { skipped: vec![skipped], ..Read::default() }
}

/// `bytes` without UTF-8's byte-order mark.
fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Whether `text` is an address and nothing else.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !text.contains([' ', '(', '<', ',', ';']) && !domain.contains('@')
    })
}

/// Completes a conversation that somebody wrote by `docs/conversation.schema.json`, where most may be left out: whoever
/// speaks takes part and is active, a side that is stated is sure where nothing less is said and at most that, addresses are
/// in lower case. Its turns stay as they are: whoever wrote them counts them so.
pub fn complete(conversation: &mut Conversation) {
    for person in &mut conversation.participants {
        person.email = person.email.take().map(|email| email.to_lowercase());
        person.side_confidence = match person.side {
            crate::Side::Unknown => 0,
            _ if person.side_confidence == 0 => 100,
            _ => person.side_confidence.min(100),
        };
    }
    list_speakers(conversation);
}

/// Adds to the participants whoever speaks and is not listed, and marks who is active.
fn list_speakers(conversation: &mut Conversation) {
    // By name: a transcript whose every turn has another speaker would else be compared with itself.
    let named = conversation.participants.iter().enumerate().rev();
    let mut places: HashMap<String, usize> = named.map(|(place, p)| (p.name.clone(), place)).collect();
    let mut last = None;
    for Turn { speaker, side, .. } in &conversation.turns {
        if speaker.is_empty() || last == Some(speaker) {
            continue;
        }
        last = Some(speaker);
        if let Some(place) = places.get(speaker) {
            conversation.participants[*place].active = true;
            continue;
        }
        places.insert(speaker.clone(), conversation.participants.len());
        conversation.participants.push(Participant {
            name: speaker.clone(),
            // Somebody who joined without a name is shown by the address, in Jabber with the place behind it.
            email: speaker.split('/').next().map(str::to_lowercase).filter(|s| is_address(s)),
            side: *side,
            side_confidence: if *side == crate::Side::Unknown { 0 } else { 100 },
            active: true,
            ..Participant::default()
        });
    }
}
