//! LINE's chats as its program for computers saves them: "09:02 Ann Lee hello", with blanks between the time, the name and the words.
//! Where a name ends, only all of somebody's messages together tell, or the name of the file.

use std::{borrow::Cow, collections::HashMap};

use super::{heading, of_day};

/// The most words of a name.
const LONGEST_NAME: usize = 4;

/// `text` with a tab around each name, as telephones save it, where its lines are such; `file_name` may name whom the chat is with.
pub fn tabbed<'a>(text: &'a str, file_name: &str) -> Cow<'a, str> {
    if !is_spaced(text) {
        return Cow::Borrowed(text);
    }
    let names = names(text, file_name);
    let each = text.lines().map(|line| match timed(line).and_then(|(time, rest)| Some((time, named(&names, rest)?))) {
        Some((time, (name, words))) => format!("{time}\t{name}\t{words}\n"),
        None => format!("{line}\n"),
    });
    Cow::Owned(each.collect())
}

/// Whether a text begins as such a chat: a day on the first line, "2026.03.10 Tuesday", and a message on the next, both without the
/// brackets and tabs that others have.
pub fn begins(head: &str) -> bool {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    lines.next().is_some_and(is_day) && lines.next().is_some_and(|line| timed(line).is_some())
}

fn is_day(line: &str) -> bool {
    let date = line.trim().split(' ').next().unwrap_or("");
    let numbers: Vec<&str> = date.split('.').collect();
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    matches!(&numbers[..], [y, m, d] if digits(y, 4) && digits(m, 2) && digits(d, 2)) && heading(line).is_some()
}

fn is_spaced(text: &str) -> bool {
    begins(text) || (text.trim_start().starts_with("[LINE]") && !text.contains('\t'))
}

/// The time of day at the head of a line, and what stands behind it.
fn timed(line: &str) -> Option<(&str, &str)> {
    let (time, rest) = line.split_once(' ')?;
    (time.len() == "09:02".len() && of_day(time).is_some() && !rest.contains('\t')).then_some((time, rest.trim_start()))
}

/// The names of those who write, by the first word of each.
fn names<'t>(text: &'t str, file_name: &str) -> HashMap<&'t str, &'t str> {
    let mut said: HashMap<&str, Vec<&str>> = HashMap::new();
    for (_, rest) in text.lines().filter_map(timed) {
        let first = rest.split(' ').next().unwrap_or("");
        said.entry(first).or_default().push(rest);
    }
    said.into_iter().map(|(first, lines)| (first, name(&lines, file_name))).collect()
}

/// The name with which all of `lines` begin: as many words as they share, or of one line alone as the file's name has.
fn name<'t>(lines: &[&'t str], file_name: &str) -> &'t str {
    let line = lines[0];
    let ends = line.match_indices(' ').map(|(at, _)| at).take(LONGEST_NAME);
    let begin = |name: &str| lines.iter().all(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    let shared: Vec<&str> = ends.map(|at| &line[..at]).take_while(|name| begin(name)).collect();
    let in_file = shared.iter().rfind(|name| name.contains(' ') && file_name.contains(**name));
    let longest = if lines.len() > 1 { shared.last() } else { shared.first() };
    in_file.or(longest).copied().unwrap_or(line)
}

/// The name at the head of a message, and its words; none where nothing stands behind the name.
fn named<'l>(names: &HashMap<&str, &str>, rest: &'l str) -> Option<(&'l str, &'l str)> {
    let name = names.get(rest.split(' ').next()?)?;
    let words = rest.strip_prefix(*name)?;
    Some((&rest[..name.len()], words.trim_start())).filter(|(_, words)| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_what_is_said_differs() {
        let text = "2026.03.10 Tuesday\n09:02 Ann Lee Hi Dana\n09:03 Ann Lee Is it final?\n09:04 Dana Yes\n09:05 Tom Ray Hello\nmore\n";
        let tabbed = tabbed(text, "[LINE] Chat with Tom Ray.txt");
        let expected = "2026.03.10 Tuesday\n09:02\tAnn Lee\tHi Dana\n09:03\tAnn Lee\tIs it final?\n09:04\tDana\tYes\n09:05\tTom Ray\tHello\nmore\n";
        assert_eq!(tabbed, expected);
        for text in ["10.03.2026\n09:02 Ann Lee Hi\n", "2026.03.10 Tuesday\nHello there\n", "09:02 Ann Lee Hi\n"] {
            assert!(!begins(text), "{text}");
        }
    }
}
