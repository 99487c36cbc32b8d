//! Whether two are one call or chat. It says the same whichever of the two is asked about the other.

use super::{
    look::Look,
    {A_DAY_MS, is_exact},
};
use crate::conversation::Channel;

/// The fewest words of two formats of one call that are held against each other.
pub(super) const FEWEST_ALIKE: usize = 20;
/// The fewest words of a call that tell it from others of its day where nothing but the day is known.
pub(super) const LONG: usize = 100;
/// How many tenths of the words of the longer one the shorter of two formats of one call has.
const AS_LONG: usize = 8;

/// Whether both are one call or chat.
pub(super) fn same(a: &Look, b: &Look) -> bool {
    if a.channel != b.channel {
        return false;
    }
    // What was dropped in one part of a deal and stands in another.
    if (a.is_note || b.is_note) && (a.id, a.hash, a.began) == (b.id, b.hash, b.began) {
        return true;
    }
    let apart = a.began.zip(b.began).map(|(a, b)| a.abs_diff(b));
    let one_file_each = a.file != b.file;
    let same_stem = one_file_each && a.stem.is_some() && a.stem == b.stem;
    let same_moment = apart == Some(0) && a.began.is_some_and(is_exact);
    let same_day = apart.is_some_and(|ms| ms <= A_DAY_MS.unsigned_abs());
    // A chat that is exported later begins with what it had before, and somebody may have written first since then.
    let exported_later = same_moment && a.channel == Channel::Chat && one_file_each;
    let same_people = || same_people(&a.named, &b.named);
    if exported_later && goes_on(a, b, same_people()) {
        return true;
    }
    if a.hash == b.hash && a.words == b.words {
        let recorded = if a.times == b.times { a.timed } else { 0 };
        // The words are the same, so that two people say them where one format tells them apart.
        let tell = a.tells() || b.tells();
        let agrees = match apart {
            // Times to the millisecond are of one recording, whatever day its files are of.
            Some(ms) if ms > 0 => tell && (same_day || recorded >= 4),
            Some(_) => {
                let logged_once = || same_moment && a.attended == b.attended;
                tell || same_stem || (one_file_each && recorded >= 2) || logged_once()
            }
            None => tell || same_stem || (one_file_each && recorded >= 2),
        };
        return agrees && same_people();
    }
    if exported_later {
        return false;
    }
    let (fewer, more) = (a.words.min(b.words), a.words.max(b.words));
    let evidence = if apart == Some(0) || apart.is_none() { same_stem || same_moment } else { false };
    let weak = same_day && fewer >= LONG && a.speakers.len().max(b.speakers.len()) > 1;
    one_file_each
        && ((evidence && fewer >= FEWEST_ALIKE) || weak)
        && fewer * 10 >= more * AS_LONG
        && same_people()
        && a.threes().are_alike(b.threes())
}

/// Whether the longer of two begins with the messages of the shorter, but for one in twenty that was changed later. Words alone may
/// have been sent to several people at once: the same people wrote more than one message, or all of the shorter are of the longer.
fn goes_on(a: &Look, b: &Look, same_people: bool) -> bool {
    let (short, long) = if a.messages.len() <= b.messages.len() { (a, b) } else { (b, a) };
    let count = short.messages.len();
    let equal = short.messages.iter().zip(&long.messages).filter(|(a, b)| a == b).count();
    let all_are_there = || {
        let of_the_longer = short.attended.is_subset(&long.attended);
        of_the_longer || (count == long.messages.len() && long.attended.is_subset(&short.attended))
    };
    equal + count / 20 >= count && ((same_people && count >= 2) || all_are_there())
}

/// Whether a name is another one or its beginning: "ann" of "ann lee".
fn is_part(short: &str, long: &str) -> bool {
    short == long || long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
}

/// Whether the same people speak: as many, and each is one of the others by a full name or a part of it. Where one names nobody,
/// nothing speaks against it.
fn same_people(a: &[String], b: &[String]) -> bool {
    let among = |names: &[String], others: &[String]| {
        names.iter().all(|name| others.iter().any(|other| is_part(name, other) || is_part(other, name)))
    };
    a.is_empty() || b.is_empty() || (a.len() == b.len() && among(a, b) && among(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_people_are_so_from_both_sides() {
        for (a, b, expected) in [
            (&["ann", "bob ray"][..], &["ann lee", "bob"][..], true),
            (&["ann", "bob"], &[], true),
            (&["ann", "bob"], &["ann"], false),
            (&["ann", "ann lee"], &["ann lee", "bob"], false),
        ] {
            let [a, b] = [a, b].map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            assert_eq!((same_people(&a, &b), same_people(&b, &a)), (expected, expected), "{a:?} {b:?}");
        }
    }
}
