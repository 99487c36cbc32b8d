//! What the name of a file tells of when its conversations were, and does not: a clock without its zone, a date that reads in two
//! ways or has no year.

use super::{
    Input, Read,
    plain_txt::{NO_YEAR, NO_ZONE, TWO_WAYS},
    when,
};
use crate::conversation::Conversation;

/// Marks the conversations of `read`, but for mails, that are dated by the name of their file without its zone, and tells what
/// keeps a name from telling the moment.
pub(super) fn look(input: &Input, read: &mut Read) {
    zone(input, read);
    let undated = read.conversations.iter().find(|c| c.started_at.is_none());
    if let Some(undated) = undated.filter(|_| !read.skipped.iter().any(|loss| loss.code == "bad_date")) {
        if when::reads_two_ways(input.file_name()) {
            read.skipped.push(input.skipped(None, "bad_date", TWO_WAYS));
        } else if [input.file_name(), undated.title.as_str()].into_iter().any(when::words::lacks_year) {
            read.skipped.push(input.skipped(None, "bad_date", NO_YEAR));
        }
    }
}

fn zone(input: &Input, read: &mut Read) {
    // What lies in an archive was looked at by its own name.
    let own = &read.own_moments;
    let by_name = |c: &&mut Conversation| c.mail.is_none() && c.source.file == input.path && !own.contains(&c.id);
    let mut others = read.conversations.iter_mut().filter(by_name).peekable();
    if others.peek().is_none() {
        return;
    }
    let (is_local, no_zone) = (when::is_local_in_path(input.path), when::unknown_zone(input.file_name()).is_some());
    let named = when::in_path(input.path).filter(|_| is_local || no_zone);
    let mut any = false;
    for conversation in others.filter(|c| c.started_at.is_some() && c.started_at == named) {
        (conversation.local_time, any) = (is_local, true);
    }
    if any && no_zone {
        read.skipped.push(input.skipped(None, "unknown_zone", NO_ZONE));
    }
}

#[cfg(test)]
mod tests {
    use crate::{conversation::DealId, read::Input};

    #[test]
    fn a_moment_that_the_file_states_is_by_no_clock_of_its_name() {
        let words = r#""utterances":[{"speaker":"Ann","start":0,"text":"The price is too high."},{"speaker":"Dan","start":4,"text":"I see."}]"#;
        let stated = format!(r#"{{"started_at":"2026-02-12T09:18:33Z",{words}}}"#);
        let line = r#"{"started_at":"2026-02-12T09:18:33Z","turns":[{"speaker":"Ann","text":"Too dear."}]}"#;
        for (text, is_local) in [(stated, false), (format!("{{{words}}}"), true), (line.to_owned(), false)] {
            let deal = DealId("acme".into());
            let read = crate::read::read(&Input::new("acme/2026-02-12T09-18-33.json", &deal, text.as_bytes()));
            assert_eq!(read.conversations[0].local_time, is_local, "{text}");
        }
    }
}
