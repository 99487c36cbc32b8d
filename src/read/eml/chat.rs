//! Chats that a program keeps or sends as a mail: Lync files each as "Conversation with Ann Lee", Zendesk Chat and LiveChat send
//! theirs when they end. Who said what stands in its lines, whoever the mail is from.
//!
//! A mail in which somebody tells of a chat stays a mail: its first lines are words to whoever gets it.

use std::collections::HashSet;

use crate::{
    conversation::{Channel, Conversation, Turn},
    read::{email::body::Body, labelled},
};

/// How the subjects of such mails begin; an answer to one has a "Re:" before it.
const SUBJECTS: &[&str] = &[
    "conversation with ",
    "unterhaltung mit ",
    "conversation avec ",
    "chat transcript",
    "transcript of chat",
    "transcript of your chat",
    "chat with ",
];

/// The turns of the chat that a mail with this subject holds; none where it is no chat.
pub fn turns(subject: &str, body: &Body) -> Option<Vec<Turn>> {
    let subject = subject.trim().to_lowercase();
    if body.forwarded.is_some() || !SUBJECTS.iter().any(|begins| subject.starts_with(begins)) {
        return None;
    }
    let found = labelled::text::parse(&body.lines.join("\n"));
    let speakers: HashSet<&str> = found.turns.iter().map(|t| &t.speaker[..]).collect();
    let is_heading = |line: &str| !line.ends_with([',', ':', '.', '!', '?', ';']);
    let whole = found.notes_from.is_none() && found.own.is_empty() && found.preamble.iter().all(|(_, l)| is_heading(l));
    (whole && speakers.len() >= 2 && !speakers.contains("")).then_some(found.turns)
}

/// Makes a chat with these turns of the mail in `conversation`. Whoever sent it takes part where it is no program.
pub fn fill(conversation: &mut Conversation, turns: Vec<Turn>) {
    let by_program = conversation.is_automatic();
    conversation.participants.retain_mut(|p| {
        let sent = std::mem::replace(&mut p.active, turns.iter().any(|t| t.speaker == p.name));
        p.active || !(sent && by_program)
    });
    conversation.channel = Channel::Chat;
    conversation.mail = None;
    // Nobody writes for as long as it takes to read it aloud.
    conversation.turns = turns.into_iter().map(|turn| Turn { end_ms: None, ..turn }).collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::email::body::of_text;

    #[test]
    fn a_mail_about_a_chat_is_a_mail() {
        const CHAT: &str = "Ann Lee 3:01 PM:\n  Is it final?\nBob Ray 3:03 PM:\n  Yes.\n";
        for (subject, text, is_chat) in [
            ("Conversation with Ann Lee", CHAT, true),
            ("Re: Conversation with Ann Lee", CHAT, false),
            ("Our talk", CHAT, false),
            ("Chat with Ann", "Hi Bob,\n\nAnn Lee: Is it final?\nBob Ray: Yes.\n", false),
            ("Chat with Ann", "Ann asked whether it is final: yes.\nBob", false),
            ("Chat transcript", "Chat transcript\n\nAnn Lee: Is it final?\nBob Ray: Yes.\n", true),
        ] {
            assert_eq!(turns(subject, &of_text(text, false)).is_some(), is_chat, "{subject}: {text}");
        }
    }
}
