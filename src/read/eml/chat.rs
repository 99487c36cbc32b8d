//! Chats that a program keeps or sends as a mail: Lync files each as "Conversation with Ann Lee", Zendesk Chat and LiveChat send
//! theirs when they end. Who said what stands in its lines, whoever the mail is from.
//!
//! A mail in which somebody tells of a chat stays a mail: its first lines are words to whoever gets it. So does one that is a
//! list, "Price: …", "Term: …": nobody answers there, and nobody is called so.

use std::collections::{HashMap, HashSet};

use crate::{
    conversation::{Channel, Conversation, Participant, Turn},
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

/// What programs write above such a chat, beside its subject.
const HEADINGS: &[&str] = &["chat transcript", "transcript of chat", "transcript of your chat"];

/// The turns of the chat that a mail with this subject, between these people, holds; none where it is no chat.
pub fn turns(subject: &str, people: &[Participant], body: &Body) -> Option<Vec<Turn>> {
    let subject = subject.trim().to_lowercase();
    let begins = SUBJECTS.iter().find(|begins| subject.starts_with(**begins)).filter(|_| body.forwarded.is_none())?;
    let found = labelled::text::parse(&body.lines.join("\n"));
    let speakers: HashSet<&str> = found.turns.iter().map(|t| &t.speaker[..]).collect();
    if found.notes_from.is_some() || !found.own.is_empty() || speakers.len() < 2 || speakers.contains("") {
        return None;
    }
    let above: Vec<String> = found.preamble.iter().map(|(_, line)| line.to_lowercase()).collect();
    let by_program = |line: &String| HEADINGS.contains(&line.as_str()) || tells_start(line);
    let is_heading = |line: &String| by_program(line) || *line == subject || !line.contains(char::is_alphanumeric);
    if !above.iter().all(is_heading) {
        return None;
    }
    let called = names(people);
    let subject = &subject[begins.len()..];
    let is_party = |name: &str| called.contains(&name.to_lowercase()) || is_called(subject, &name.to_lowercase());
    (above.iter().any(by_program) || is_between_people(&found.turns, is_party)).then_some(found.turns)
}

/// Whether a line above a chat, in lower case, tells when it was.
fn tells_start(line: &str) -> bool {
    line.strip_prefix("chat started on ").is_some_and(|when| when.contains(|c: char| c.is_ascii_digit()))
}

/// Whether people write to each other in turns: one who `is_party` to the mail writes again behind another; or nearly each has
/// its time, and one is party or writes again. An agenda has times, too.
fn is_between_people(turns: &[Turn], is_party: impl Fn(&str) -> bool) -> bool {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for chunk in turns.chunk_by(|turn, next| turn.speaker == next.speaker) {
        *times.entry(&chunk[0].speaker).or_default() += 1;
    }
    let timed = turns.iter().filter(|turn| turn.start_ms.is_none()).count() * 5 <= turns.len();
    times.into_iter().any(|(name, times)| match (timed, times > 1) {
        (true, true) => true,
        (false, false) => false,
        _ => is_party(name),
    })
}

/// How people are called in a chat, in lower case: by the whole name, by its first word, by what their address begins with.
fn names(people: &[Participant]) -> HashSet<String> {
    let of = |person: &Participant| {
        let local = person.email.as_deref().and_then(|email| email.split('@').next());
        let name = Some(person.name.as_str());
        [name, person.name.split_whitespace().next(), local].into_iter().flatten().map(str::to_lowercase).collect()
    };
    people.iter().flat_map::<Vec<String>, _>(of).collect()
}

/// Whether the words of `subject` name somebody; both in lower case.
fn is_called(subject: &str, name: &str) -> bool {
    /// Programs write a name there, and no more.
    const LONGEST: usize = 200;
    let is_word = |c: char| c.is_alphanumeric();
    let is_whole = |at: usize| !subject[..at].ends_with(is_word) && !subject[at + name.len()..].starts_with(is_word);
    subject.len() <= LONGEST && subject.match_indices(name).any(|(at, _)| is_whole(at))
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
        const IN_TURNS: &str = "Ann: Is it final?\nBob: Yes.\nAnn: Then we sign.\n";
        let people = [
            Participant { name: "Ann Lee".into(), ..Participant::default() },
            Participant { email: Some("bob@ours.example".into()), ..Participant::default() },
        ];
        for (subject, text, is_chat) in [
            ("Conversation with Ann Lee", CHAT, true),
            ("Re: Conversation with Ann Lee", CHAT, false),
            ("Our talk", CHAT, false),
            ("Chat with Ann", "Hi Bob,\n\nAnn Lee: Is it final?\nBob Ray: Yes.\n", false),
            ("Chat with Ann", "Ann asked whether it is final: yes.\nBob", false),
            ("Chat transcript", "Chat transcript\n\nAnn Lee: Is it final?\nBob Ray: Yes.\n", true),
            ("Chat with you", IN_TURNS, true),
            ("Chat with you", "Price: 10\nTerm: 3 years\nPrice: 12\n", false),
            ("Chat with you on Tuesday", "Price: 12000 EUR\nTerm: 3 years\nStart: June\n", false),
            ("Chat with you on Tuesday", "10:00 Welcome: all of us\n10:30 Prices: the new list\n", false),
            ("Chat with Tom", "Tom: Too dear.\nMe: It is not.\nTom: We sign.\n", true),
            ("Chat transcript", "Chat started on 3 Mar 2026\n\nVisitor: Is it final?\nDesk: Yes.\n", true),
            ("Chat with Tommy", "Tom: Too dear.\nMe: It is not.\nTom: We sign.\n", false),
            ("Chat with Ann", "Please keep this one, she will sign\n\nAnn: Is it final?\nBob: Yes.\nAnn: OK.\n", false),
        ] {
            assert_eq!(turns(subject, &people, &of_text(text, false)).is_some(), is_chat, "{subject}: {text}");
        }
    }
}
