//! Files attached to a mail that hold what people said: the transcript of a meeting, another mail.
//!
//! Most files that are attached to mails hold nobody's words, contracts and pictures, and are passed over without a line. Read
//! is what has the signature of a transcript or of a mail; told is what is called so and is none.

use std::{borrow::Cow, collections::HashSet};

use super::{Input, Likeness, Read, Skipped, detect, encoding, read, turns::one_line};
use crate::conversation::{Channel, Conversation};

/// How deep files attached to one another, and archives among them, are followed.
const DEEPEST: usize = 4;

/// How the names of files end that hold a transcript or a mail and nothing else.
const ENDINGS: &[&str] = &[".vtt", ".srt", ".sbv", ".eml", ".msg", ".mbox"];

/// Stems of what a transcript is called in a file's name.
const TRANSCRIPT: &[&str] = &["transcri", "transkri", "trascri", "文字起こし", "文字记录", "逐字稿"];

/// The longest name, in characters, that such a file is called by.
const LONGEST_NAME: usize = 120;

/// A file attached to a mail.
pub struct File<'a> {
    /// Its name; may be empty.
    pub name: &'a str,
    /// What it holds.
    pub bytes: Cow<'a, [u8]>,
}

/// Reads the `files` attached to `mail` into `out`: each is named behind the mail, and where nothing says when it was said, it
/// was before the mail. What a mail that a machine wrote carries is no mail of anybody's, but may be the transcript that a
/// service sends.
pub fn files<'a>(input: &Input, mail: &Conversation, files: impl Iterator<Item = File<'a>>, out: &mut Read) {
    let automatic = mail.is_automatic();
    let mut names = HashSet::new();
    for (n, File { name, bytes }) in files.enumerate() {
        let name: String =
            one_line(name).chars().map(|c| if matches!(c, '/' | '\\') { '_' } else { c }).take(LONGEST_NAME).collect();
        let lower = name.to_lowercase();
        let transcript = TRANSCRIPT.iter().any(|stem| lower.contains(stem));
        let told = transcript || ENDINGS.iter().any(|ending| lower.ends_with(ending));
        let name = if name.is_empty() || !names.insert(lower.clone()) { format!("{} {name}", n + 1) } else { name };
        let path = format!("{}!/{}", mail.id, name.trim());
        let inner = Input::new(&path, &mail.deal, &bytes).inside(input);
        if inner.depth > DEEPEST {
            out.skipped.extend(told.then(|| too_deep(&inner)));
            continue;
        }
        let mut found = if may_hold(&inner, &lower, transcript) { read(&inner) } else { Read::default() };
        // A document is a transcript where its words have times, or where it is called one.
        let timed = |c: &Conversation| c.turns.iter().any(|t| t.start_ms.is_some());
        found.conversations.retain(|c| c.source.format != "docx" || transcript || timed(c));
        let held = !found.conversations.is_empty() || !found.directories.is_empty();
        found.conversations.retain(|c| !(automatic && c.channel == Channel::Email));
        if held {
            for conversation in &mut found.conversations {
                conversation.started_at = conversation.started_at.or(mail.started_at);
            }
            out.conversations.append(&mut found.conversations);
            out.skipped.append(&mut found.skipped);
            out.directories.append(&mut found.directories);
        } else if told && !automatic && !found.silent {
            // Why stands in what its reader says.
            let mut why = found.skipped.into_iter().map(|s| s.message);
            out.skipped.push(inner.skipped(
                None,
                "attachment_not_read",
                format!(
                    "the file attached to the mail was not read{}; save it beside the mail in a format that is read",
                    why.next().map(|why| format!(": {why}")).unwrap_or_default()
                ),
            ));
        }
    }
}

fn too_deep(input: &Input) -> Skipped {
    input.skipped(None, "too_deep", format!("files attached deeper than {DEEPEST} times were left out"))
}

/// Whether a file may hold what people said: it has the signature of a format of transcripts or mails, or is called a
/// transcript and has the shape of one. `lower`: its name.
fn may_hold(input: &Input, lower: &str, transcript: bool) -> bool {
    let ole = input.bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    let zip = input.bytes.starts_with(b"PK");
    if ole || zip {
        // Tables and slides are of these containers as well.
        return (ole && lower.ends_with(".msg"))
            || (zip && (lower.ends_with(".docx") || (transcript && lower.ends_with(".zip"))));
    }
    if encoding::is_binary(input.bytes) {
        return false;
    }
    detect(input).is_some_and(|format| {
        let likeness = format.likeness(input);
        likeness == Likeness::Certain || (transcript && likeness >= Likeness::Perhaps)
    })
}
