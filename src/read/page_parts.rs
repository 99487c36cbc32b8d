//! Parts of a page that a program wrote for people to look at, of which it always has the same marks around the same things.

use super::{html, turns::one_line};

/// What stands between the first `from` and the next `to`.
pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, behind) = text.split_once(from)?;
    Some(behind.split_once(to)?.0)
}

/// The words of a piece of the page, on one line.
pub(super) fn seen(piece: &str) -> String {
    let lines = html::lines(piece).into_iter().map(|line| line.text);
    one_line(&lines.collect::<Vec<_>>().join(" "))
}
