//! A raw export in a request: read as the batch command reads the same file in the folder of its deal.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    app::App,
    conversations::{MAX_CONVERSATIONS, MAX_NAME, check, check_name},
    payload::{Payload, look_over},
    problem::{Code, Problem},
};
use crate::{
    conversation::{Conversation, DealId},
    read::{
        self, Input, Read, Skipped, directory,
        duplicates::{drop_earlier_revisions, tell_apart},
        ndjson::unread::Unread,
        room::Room,
    },
};

/// Something of an export that could not be read, or that counts no further.
#[derive(Serialize, ToSchema)]
pub struct SkippedOut {
    /// The file.
    file: String,
    /// The line, from 1.
    line: Option<usize>,
    /// A stable name of the reason.
    pub(super) code: String,
    /// What happened and what to do.
    pub(super) message: String,
}

impl SkippedOut {
    /// What is said of a conversation that cannot be kept while the others of its export are.
    fn of_refused(conversation: &Conversation, problem: &Problem) -> SkippedOut {
        /// Characters of an id that are told: enough to find it.
        const TOLD: usize = 60;
        let id: String = conversation.id.0.chars().take(TOLD).collect();
        SkippedOut {
            file: conversation.source.file.clone(),
            line: None,
            code: problem.code.name().to_owned(),
            message: format!("the conversation {id:?} is not kept: {}", problem.detail),
        }
    }

    /// What is said of a key of a conversation that came as JSON, as the reader of such lines says it.
    pub(super) fn of_unread(conversation: &Conversation, unread: &Unread) -> SkippedOut {
        SkippedOut {
            file: conversation.source.file.clone(),
            line: None,
            code: "bad_json".to_owned(),
            message: unread.remark("the conversation"),
        }
    }
}

impl From<Skipped> for SkippedOut {
    fn from(skipped: Skipped) -> SkippedOut {
        SkippedOut { file: skipped.file, line: skipped.line, code: skipped.code, message: skipped.message }
    }
}

/// The conversations of an export, and what of it could not be read or cannot be kept.
///
/// # Errors
/// Where its names are none, or it is too much, or nothing of it can be kept.
pub async fn read_export(
    app: &App,
    file: String,
    deal: String,
    payload: Payload,
) -> Result<(Vec<Conversation>, Vec<SkippedOut>), Problem> {
    check_name(&file, "file")?;
    check_name(&deal, "deal")?;
    if file.starts_with('/') || file.contains('\\') || file.split('/').any(|part| part == "..") {
        return Err(Code::BadRequest.because("file: a name, or a path below the deal's folder"));
    }
    let start = payload.file()?.iter().find(|b| !b.is_ascii_whitespace());
    if matches!(start, Some(b'{' | b'[')) {
        look_over(&payload.bytes, &app.options.body)?;
    }
    let path = format!("{}/{file}", folder_of(&deal));
    if path.chars().count() > MAX_NAME {
        let detail =
            format!("deal and file: at most {MAX_NAME} characters together; a slash in the deal's name takes three");
        return Err(Code::BadRequest.because(detail));
    }
    let limits = app.options.body;
    let work = move || {
        // A small archive can hold what no body may be: what is unpacked has the same limits as a body.
        let room =
            Room::new(limits.decoded as u64, limits.values, limits.export_text).for_conversations(MAX_CONVERSATIONS);
        let deal = DealId(deal);
        let mut read = with_people(read::read(&Input::new(&path, &deal, &payload.bytes).within(Some(&room))));
        // As of a file in a deal's folder: it is of that deal whatever it says.
        read.conversations.iter_mut().for_each(|c| c.deal.clone_from(&deal));
        // Rows of one id are several conversations here too, and not one that is replaced row by row. Too many are refused.
        if read.conversations.len() <= MAX_CONVERSATIONS {
            drop_earlier_revisions(&mut read.conversations, &mut read.skipped);
            tell_apart(&mut read.conversations, &mut read.skipped);
        }
        read
    };
    let panicked = || Code::Unreadable.because("its reader panicked; please report the format");
    let mut read = app.long(work).await.ok_or_else(panicked)?;
    let mut skipped: Vec<SkippedOut> = read.skipped.into_iter().map(SkippedOut::from).collect();
    let mut refused = None;
    read.conversations.retain(|conversation| match check(conversation) {
        Ok(()) => true,
        Err(problem) => {
            skipped.push(SkippedOut::of_refused(conversation, &problem));
            refused = Some(problem);
            false
        }
    });
    match refused {
        // Nothing is left that could be kept.
        Some(problem) if read.conversations.is_empty() => Err(problem),
        _ => Ok((read.conversations, skipped)),
    }
}

/// The deal's name as that of its folder in an export whose folders are deals. With a slash as it is, a deal `a/b` with a
/// file `c` and a deal `a` with a file `b/c` would be one.
fn folder_of(deal: &str) -> String {
    deal.replace('%', "%25").replace('/', "%2F")
}

/// With the names of the people that other files of the same archive list.
fn with_people(mut read: Read) -> Read {
    if read.conversations.is_empty() {
        read.skipped.extend(read.directories.iter().map(|directory| Skipped {
            file: directory.file.clone(),
            line: None,
            code: "no_words".into(),
            message: "it lists people and holds no conversation; send it in one archive with the conversations".into(),
        }));
    } else {
        read.skipped.extend(directory::attach(&mut read.conversations, &read.directories));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_deals_share_a_folder() {
        assert_eq!(folder_of("acme"), "acme");
        assert_eq!([folder_of("a/b"), folder_of("a%2Fb")], ["a%2Fb", "a%252Fb"]);
    }
}
