//! Who the speakers of other files are: some vendors export the words in one file and the people in another (Gong's
//! `calls/extensive` beside `calls/transcript`, Slack's `users.json`). Such a file is read into a [`Directory`], and
//! [`attach`] brings both together once all files are read, in whatever order they came.

use std::collections::{BTreeMap, HashMap};

use super::{Skipped, export::UNASSIGNED};
use crate::conversation::{Conversation, Participant, Source, Timestamp};

/// What a directory is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One call, by the vendor's id: the conversations whose id ends with `#id`.
    Call(String),
    /// Every conversation of that format in the directory's folder and below; the folder's path with `/` at its end, or the path
    /// of one file that says itself who is who in it. Of several the outermost is asked first, because it knows the most.
    Folder {
        /// The format's name.
        format: String,
        /// The path.
        folder: String,
    },
}

/// The people of other files' conversations.
#[derive(Clone, Debug, PartialEq)]
pub struct Directory {
    /// The file that it was read from.
    pub file: String,
    /// Which conversations it is about.
    pub scope: Scope,
    /// Speakers as the other file labels them, and who they are.
    pub people: BTreeMap<String, Participant>,
    /// People who took part and have no label in the other file.
    pub others: Vec<Participant>,
    /// The call's title; may be empty.
    pub title: String,
    /// When the call began.
    pub started_at: Option<Timestamp>,
    /// The deal, where the vendor's CRM context names it.
    pub deal: Option<String>,
}

/// Gives the speakers of `conversations` the names that `directories` know; see [`Index::attach`]. A directory of a call whose words
/// are nowhere is a loss, and returned as one.
pub fn attach(conversations: &mut [Conversation], directories: &[Directory]) -> Vec<Skipped> {
    let mut index = Index::of(directories);
    index.attach(conversations);
    index.lost()
}

/// Directories by what they are about: of an export of ten thousand calls there are as many.
#[derive(Debug)]
pub struct Index<'a> {
    directories: &'a [Directory],
    /// The places of those of a call, by its id, and of the others, by format and path.
    calls: HashMap<&'a str, Vec<usize>>,
    folders: HashMap<(&'a str, &'a str), Vec<usize>>,
    /// Of each, whether a conversation was found.
    used: Vec<bool>,
}

impl<'a> Index<'a> {
    /// The index of `directories`.
    pub fn of(directories: &'a [Directory]) -> Index<'a> {
        let mut calls: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut folders: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (place, directory) in directories.iter().enumerate() {
            match &directory.scope {
                Scope::Call(id) => calls.entry(id).or_default().push(place),
                Scope::Folder { format, folder } => folders.entry((format, folder)).or_default().push(place),
            }
        }
        Index { directories, calls, folders, used: vec![false; directories.len()] }
    }

    /// Gives the speakers of `conversations` the names that the directories know. A conversation that is unassigned gets the deal of
    /// its call.
    pub fn attach(&mut self, conversations: &mut [Conversation]) {
        for conversation in conversations {
            let call = conversation.id.0.rsplit_once('#').and_then(|(_, call)| self.calls.get(call));
            let Source { format, file, .. } = &conversation.source;
            let above = (0..=file.len()).filter_map(|end| self.folders.get(&(format.as_str(), file.get(..end)?)));
            let mut places: Vec<usize> = call.into_iter().chain(above).flatten().copied().collect();
            places.sort_by_key(|place| match &self.directories[*place].scope {
                Scope::Call(_) => (0, *place),
                Scope::Folder { folder, .. } => (folder.len(), *place),
            });
            for place in places {
                self.used[place] = true;
                name(conversation, &self.directories[place]);
            }
        }
    }

    /// The directories of calls whose words were nowhere, as losses.
    pub fn lost(&self) -> Vec<Skipped> {
        let lost = self.calls.values().flatten().filter(|place| !self.used[**place]);
        let mut lost: Vec<usize> = lost.copied().collect();
        lost.sort_unstable();
        lost.into_iter()
            .map(|place| Skipped {
                file: self.directories[place].file.clone(),
                line: None,
                code: "no_words".into(),
                message: "a call is listed with its people, but no file of the export holds its transcript; export the transcripts too".into(),
            })
            .collect()
    }
}

/// "@U02AB" in words as "@Ann Lee", where the directory knows who that is.
fn with_names(text: &str, directory: &Directory) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, behind) = rest.split_at(at + 1);
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(behind.len());
        out.push_str(before);
        match directory.people.get(&behind[..end]).filter(|p| !p.name.is_empty()) {
            Some(person) => out.push_str(&person.name),
            None => out.push_str(&behind[..end]),
        }
        rest = &behind[end..];
    }
    out.push_str(rest);
    out
}

fn name(conversation: &mut Conversation, directory: &Directory) {
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let held = std::mem::take(&mut conversation.participants);
    for p in held {
        let known = directory.people.get(&p.name).filter(|k| !k.name.is_empty());
        let settled = match known {
            Some(known) => {
                renamed.insert(p.name.clone(), known.name.clone());
                Participant { active: p.active, email: known.email.clone().or(p.email), ..known.clone() }
            }
            None => p,
        };
        match conversation.participants.iter_mut().find(|m| m.name == settled.name) {
            Some(m) => m.active |= settled.active,
            None => conversation.participants.push(settled),
        }
    }
    for turn in &mut conversation.turns {
        if let Some(name) = renamed.get(&turn.speaker) {
            turn.speaker.clone_from(name);
        }
        if turn.text.contains('@') && matches!(directory.scope, Scope::Folder { .. }) {
            turn.text = with_names(&turn.text, directory);
        }
    }
    if matches!(directory.scope, Scope::Call(_)) {
        let listed = directory.people.values().chain(&directory.others).filter(|p| !p.name.is_empty());
        for p in listed {
            if !conversation.participants.iter().any(|m| m.name == p.name) {
                conversation.participants.push(Participant { active: false, ..p.clone() });
            }
        }
    }
    if conversation.title.is_empty() {
        conversation.title.clone_from(&directory.title);
    }
    conversation.started_at = directory.started_at.or(conversation.started_at);
    conversation.local_time &= directory.started_at.is_none();
    if conversation.deal.0 == UNASSIGNED
        && let Some(deal) = &directory.deal
    {
        conversation.deal.0.clone_from(deal);
    }
}
