//! Logs of IRC: `[2026-03-03 15:01:22] <dana> words` of most programs, and WeeChat's `2026-03-03 15:01:22<tab>dana<tab>words`; between
//! them what somebody does, `* dana nods`, and who came and went.

use std::collections::HashSet;

use crate::read::labelled::line::Line;

/// What programs write, behind marks that somebody may write too, of who comes, goes and changes something.
const NOTICES: &[&str] = &[
    "has joined",
    "has left",
    "has parted",
    "has quit",
    "joined #",
    "left #",
    "parted #",
    "quit (",
    "joins: ",
    "parts: ",
    "quits: ",
    "now known as",
    "was kicked by",
    "has kicked",
    "sets mode",
    "mode #",
    "mode +",
    "topic for #",
    "changes topic",
    "changed topic",
    "now talking",
    "channel #",
    "channel created",
    "notice(",
];

/// Marks who writes in the lines of a log, and drops the program's own; gives the numbers of those dropped that somebody may
/// have written, none where it is no log.
pub fn settle(lines: &mut Vec<Line>) -> Option<Vec<usize>> {
    let timed = lines.iter().filter(|l| l.at.is_some()).count();
    let by_people = lines.iter().filter(|line| written(line).is_some()).count();
    if by_people < 2 || by_people * 2 < timed {
        return None;
    }
    let nicks: HashSet<&str> = lines.iter().filter_map(|line| Some(written(line)?.0)).collect();
    let mut doubtful = Vec::new();
    lines.retain(|line| {
        let kept = line.at.is_none() || written(line).is_some() || !is_own(line) || done(line, &nicks).is_some();
        doubtful.extend(Some(line.number).filter(|_| !kept && is_doubtful(line)));
        kept
    });
    for line in lines.iter_mut().filter(|l| l.at.is_some()) {
        if let Some((nick, words)) = written(line).or_else(|| done(line, &nicks)) {
            // "[15:01]" is a time of day there.
            let colons = line.whole.strip_suffix(line.rest).map_or(0, |stamp| stamp.matches(':').count());
            if line.date.is_none() && colons == 1 && !line.clock {
                line.at = line.at.map(|at| at.saturating_mul(60));
            }
            line.clock |= line.date.is_none();
            (line.header, line.rest) = (Some(nick), words);
        }
    }
    Some(doubtful)
}

/// Who writes in a line, and what.
fn written<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    const LONGEST: usize = 32;
    line.at?;
    let (nick, words) = match line.rest.strip_prefix('<') {
        Some(rest) => rest.split_once("> ")?,
        None => line.rest.split_once('\t').filter(|_| line.date.is_some())?,
    };
    // Whoever leads the channel has a mark before the name.
    let nick = nick.trim().trim_start_matches(['@', '+', '%', '&', '~']);
    let possible = nick.starts_with(|c: char| c.is_alphabetic() || "[]\\`_^{|}".contains(c))
        && nick.len() <= LONGEST
        && !nick.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ':' | '/'));
    possible.then_some((nick, words.trim()))
}

/// Who does what: "* dana nods".
fn done<'a>(line: &Line<'a>, nicks: &HashSet<&str>) -> Option<(&'a str, &'a str)> {
    let (nick, words) = line.rest.strip_prefix('*')?.trim_start().split_once([' ', '\t'])?;
    nicks.contains(nick).then_some((nick, words))
}

/// Whether the program writes a line itself.
fn is_own(line: &Line) -> bool {
    ["*", "-!-", "-->", "<--", "--", "=!="].iter().any(|mark| is_after_stamp(line, mark))
}

/// Whether somebody may have written a line that the program seems to have: of whoever does something and writes nothing else
/// in the log, "* tom agrees", or words behind dashes.
fn is_doubtful(line: &Line) -> bool {
    let by_program = ["***", "-!-", "-->", "<--", "=!="].iter().any(|mark| is_after_stamp(line, mark));
    let words = line.whole.to_lowercase();
    !by_program && !NOTICES.iter().any(|notice| words.contains(notice))
}

/// Whether `mark` stands right behind the time; the dashes there are taken for what divides the time from the words.
fn is_after_stamp(line: &Line, mark: &str) -> bool {
    line.whole.split_once(mark).is_some_and(|(stamp, _)| !stamp.contains(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use crate::read::labelled::text::parse;

    #[test]
    fn a_log_is_told_by_who_stands_behind_its_times() {
        for (text, said) in [
            (
                "[2026-03-03 15:01:22] <dana> Is it final?\n[2026-03-03 15:03:02] <@priya> Until Friday.\n\
                 [2026-03-03 15:04:02] * dana nods\n[2026-03-03 15:05:02] *** tom has joined\n",
                &[("dana", "Is it final?", 0), ("priya", "Until Friday.", 100_000), ("dana", "nods", 160_000)][..],
            ),
            (
                "2026-03-03 15:01:22\tdana\tIs it final?\n2026-03-03 15:03:02\tpriya\tUntil Friday.\n\
                 2026-03-03 15:05:02\t-->\ttom (~t@x) has joined #acme\n",
                &[("dana", "Is it final?", 0), ("priya", "Until Friday.", 100_000)],
            ),
            (
                "[15:01] <dana> Is it final?\n[15:03] <priya> Until Friday.\n",
                &[("dana", "Is it final?", 0), ("priya", "Until Friday.", 120_000)],
            ),
        ] {
            let found = parse(text);
            let turns: Vec<_> =
                found.turns.iter().map(|t| (t.speaker.as_str(), t.text.as_str(), t.start_ms.unwrap_or(0))).collect();
            let first = turns.first().map_or(0, |(.., at)| *at);
            let turns: Vec<_> = turns.into_iter().map(|(who, words, at)| (who, words, at - first)).collect();
            assert_eq!((&turns[..], found.chat), (said, true), "{text}");
        }
    }
}
