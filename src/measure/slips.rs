//! How somebody says that a date is not kept, in English.
//!
//! Beside the words that say so ("postponed", "cannot go live") there are those that say it only of a time: "the eighth is
//! gone", "moved to July", "it won't be May", "June instead". The same words soothe ("that won't be a problem", "no longer
//! an issue", "without a delay") and then move nothing.

use super::{
    named_times::names_a_time_or_season,
    phrases::{behind_start, contains_any, contains_undenied, is_denied, is_one_of, places},
};

/// What cannot be done by the day.
const CANNOT: &str = "can't make|cannot make|won't make|can't go live|cannot go live|won't go live|not go live|not be live|\
    can't start|cannot start|won't start|not be ready|isn't ready|is not ready|won't happen|not happening|\
    not going to happen|no longer possible|no longer realistic|not realistic|ran out of time|puts us past";

/// What happened to the day.
const SLIPS: &str = "delayed|a delay|prolonged|adjourned|deferred|bumped|carried over|carried forward|push it back|\
    push that back|pushed out|push it out|pushes us|held up|slipped|slips|slipping|postponed|postpone";

/// What a time follows where it is a new day.
const TO: &str = "moved to|moves to|moving to|move to|moved into|moves into|pushed to|push to|pushed back to|pushed back until|\
    slides to|slid to|carried to|pushed back";

/// What soothes.
const SOOTHES: &str =
    "problem|problems|issue|issues|trouble|worry|worries|concern|concerns|hard|difficult|any delay|a delay|delays";

/// Whether some plain words say, of themselves, that a date is not kept.
pub(super) fn says_not_kept(plain: &str) -> bool {
    let plain = plain.replace(" but ", ", ");
    plain.split(['.', '!', '?', ';', ',', '–', '—']).any(|part| {
        contains_any(part, CANNOT)
            || contains_undenied(part, SLIPS)
            || moves_to_a_time(part)
            || will_not_be(part)
            || (names_a_time_or_season(part) && gives_a_time_up(part))
    })
}

/// "Moved to July", "we have to move the start to the autumn"; and not "we moved to this office", "we need to move fast".
fn moves_to_a_time(part: &str) -> bool {
    const MUST: &str = "have to move|need to move|needs to move|has to move";
    // In "if it is to be June" nothing goes to June.
    let goes = |rest: &str| soon_a_time(rest) && !rest.trim_start().starts_with("be ");
    let to = |rest: &str| places(rest, "to|into|until").any(|(_, rest)| goes(rest));
    places(part, TO).any(|(before, rest)| !is_denied(before) && soon_a_time(rest))
        || places(part, MUST).any(|(_, rest)| to(rest))
}

/// "It won't be ready", "that won't be May"; and not "that won't be a problem".
fn will_not_be(part: &str) -> bool {
    const SO: &str = "ready|live|done|before|until|till|able|possible|signed|approved|decided|finished|complete|completed|\
        started|going|starting|there|back|earlier|sooner|feasible|up|in time|on time";
    places(part, "won't be|will not be|won't now be|will now not be").any(|(_, rest)| {
        let next = first_words(rest, 4);
        !contains_any(&next, SOOTHES) && (contains_any(&next, SO) || names_a_time_or_season(&next))
    })
}

/// Whether words around a time say that it is given up: "the eighth is gone", "we can't do May any more", "June instead".
fn gives_a_time_up(part: &str) -> bool {
    const GONE: &str = "is gone|are gone|any more|anymore|no longer";
    let instead = places(part, "instead").any(|(before, rest)| {
        let of = behind_start(rest.trim_start(), "of").map(|rest| first_words(rest, 4));
        names_a_time_or_season(&last_words(before, 4)) || of.is_some_and(|of| names_a_time_or_season(&of))
    });
    instead || (contains_any(part, GONE) && !contains_any(part, SOOTHES))
}

/// Whether a time comes next: "July", "the end of the quarter"; in "this office in March" another thing does.
fn soon_a_time(rest: &str) -> bool {
    const LEADS: &str = "the|a|end|of|middle|start|beginning|early|late|mid|around|about|at|least|some|time|sometime|in|after|\
        before|date|day";
    let leading = rest.split_whitespace().take_while(|word| is_one_of(word, LEADS)).count();
    names_a_time_or_season(&first_words(rest, leading + 2))
}

fn first_words(text: &str, n: usize) -> String {
    text.split_whitespace().take(n).collect::<Vec<_>>().join(" ")
}

fn last_words(text: &str, n: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words[words.len().saturating_sub(n)..].join(" ")
}

#[cfg(test)]
mod tests {
    use super::says_not_kept;

    #[test]
    fn a_date_that_is_given_up_is_told_from_one_that_is_soothed_about() {
        for text in [
            "so the eighth is gone. best case is the october committee.",
            "the item was carried over to july",
            "the start moves to the autumn",
            "it was pushed to the end of the quarter",
            "that won't be a problem, but the go-live moves to june",
            "we cannot go live on the third",
            "it won't be ready by then",
            "it won't be may",
            "we have to move the start to september",
            "let us look at june instead",
            "the committee meets in october instead of june",
            "we can't do may any more",
            "it has slipped a bit",
        ] {
            assert!(says_not_kept(text), "{text}");
        }
        for text in [
            "that won't be a problem, we go live on 3 september as you asked",
            "there won't be any delay",
            "june is no longer a problem for us",
            "that is not an issue any more",
            "we moved to this office in march",
            "we need to move the data to the new server by june",
            "we need to move fast if it is to be june",
            "we have to move before the end of the year",
            "we may have to look at the training instead",
            "it went live without a delay",
            "it has not slipped",
            "the old team is gone",
        ] {
            assert!(!says_not_kept(text), "{text}");
        }
    }
}
