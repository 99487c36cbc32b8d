//! What names a day, a date, a time of day or a season, by the words, in English.
//!
//! Many names of times are other words too: "we may", "the first thing", "Jan will send it", "it may fall behind". Those count
//! only beside what makes them a time: a number, a preposition, the end of what is said.

use super::phrases::{behind_start, contains_any, is_one_of};
use crate::calendar::{is_month_name, is_week_day_name};

/// Names of times that are nothing else.
const TIMES: &str = "tomorrow|today|tonight|this afternoon|this morning|this evening|next week|this week|\
    end of the week|end of week|end of day|close of play|close of business|eod|eow|noon|lunch|lunchtime|month end|\
    end of the month|end of month|o'clock|next month|in an hour|within the hour|by the end|by the middle|by the start|\
    by the beginning|by the weekend|by the summer|by the autumn|by the winter";

/// Times that are long or vague.
const SEASONS: &str = "summer|autumn|winter|christmas|easter|new year|next year|quarter|q1|q2|q3|q4|week|\
    weeks|month|months|financial year|fiscal year";

/// Whether a day, a date or a time of day stands in `plain`.
pub(super) fn names_a_time(plain: &str) -> bool {
    if contains_any(plain, TIMES) {
        return true;
    }
    let words = words(plain);
    (0..words.len()).any(|at| {
        let word = words[at].text;
        is_week_day_name(word) || is_clock(word) || is_hour(word) || is_month(&words, at) || is_day_of_month(&words, at)
    })
}

/// Whether it names one that is not past by its own words: "since June" and "last Thursday" are.
pub(super) fn names_a_time_to_come(plain: &str) -> bool {
    const PAST: &str = "since|last";
    let mut last = "";
    let ahead = plain.split_whitespace().filter(|word| {
        let past = is_one_of(std::mem::replace(&mut last, word), PAST);
        !past
    });
    names_a_time(&ahead.collect::<Vec<_>>().join(" "))
}

/// Whether it names a time, near or far.
pub(super) fn names_a_time_or_season(plain: &str) -> bool {
    if names_a_time(plain) || contains_any(plain, SEASONS) {
        return true;
    }
    let words = words(plain);
    (0..words.len()).any(|at| is_spring_or_fall(&words, at))
}

/// What follows a week day or a month where `rest` begins with `lead` and one: "on Monday", "in March", without a lead "Monday".
pub(super) fn behind_name<'t>(rest: &'t str, lead: &str, is_name: fn(&str) -> bool) -> Option<&'t str> {
    let rest = if lead.is_empty() { rest } else { behind_start(rest, lead)? }.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    is_name(&rest[..end]).then_some(&rest[end..])
}

/// A word, and whether the part of the sentence ends behind it.
struct Word<'t> {
    text: &'t str,
    ends: bool,
}

fn words(plain: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word> = Vec::new();
    for token in plain.split_whitespace() {
        for text in token.split(|c: char| !c.is_alphanumeric() && c != ':').map(|w| w.trim_matches(':')) {
            if !text.is_empty() {
                words.push(Word { text, ends: false });
            }
        }
        if let Some(last) = words.last_mut() {
            last.ends |= !token.ends_with(char::is_alphanumeric);
        }
    }
    if let Some(last) = words.last_mut() {
        last.ends = true;
    }
    words
}

/// The word `steps` before `at`, empty where there is none.
fn before<'t>(words: &[Word<'t>], at: usize, steps: usize) -> &'t str {
    at.checked_sub(steps).map_or("", |at| words[at].text)
}

/// The word behind `at` in the same part of the sentence, empty where there is none.
fn behind<'t>(words: &[Word<'t>], at: usize) -> &'t str {
    if words[at].ends { "" } else { words.get(at + 1).map_or("", |word| word.text) }
}

/// A month; May, Jan and Mar, which are other words and people, too, only beside what makes a month of them.
fn is_month(words: &[Word], at: usize) -> bool {
    const UNTIL: &str = "in|until|till|early|mid|late|since";
    const OF_MAY: &str = "by|next|last|of|end|through|from|before|after|to|not|say|or|and|do|make";
    /// What a verb has behind it, and a month has not.
    const DOES: &str = "be|have|not|well|also|need|want|take|get|go|come|see|find|do|still|just|even|or";
    let (last, next) = (before(words, at, 1), behind(words, at));
    let beside_a_number = is_number_of_a_date(last) || is_number_of_a_date(next);
    match words[at].text {
        "may" => {
            let after = is_one_of(last, UNTIL) || is_one_of(last, OF_MAY);
            beside_a_number || words[at].ends || (after && !is_one_of(next, DOES))
        }
        "jan" | "mar" => beside_a_number || is_one_of(last, UNTIL),
        word => is_month_name(word),
    }
}

/// "By the 3rd", "the ninth is gone", "on the first."; and not "the first thing", "a third of it", "our 2nd call".
fn is_day_of_month(words: &[Word], at: usize) -> bool {
    const EARLY: &str = "first|second|third";
    const LATER: &str = "fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|\
        sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth";
    /// What is counted with the same words.
    const COUNTED: &str = "time|times|call|calls|one|person|people|party|floor|quarter|year|item|point|question|mail|email|\
        message|meeting|vendor|supplier|site|branch|part|attempt|version|draft|sense|form|thing|line|reason|option|place|class|\
        hand|round|phase|step|stage";
    const ON: &str = "on|by|until|till|before|after|since|than";
    /// What a day has behind it, and what is counted has not.
    const GOES_ON: &str = "at|or|and|then|if|works|is|was|would|latest|in|with|for|to";
    let word = words[at].text;
    let (last, next) = (before(words, at, 1), behind(words, at));
    if is_day_in_figures(word) {
        return !is_one_of(next, COUNTED);
    }
    let of_a_month = next == "of" && words.get(at + 2).is_some_and(|w| is_month_name(w.text) || w.text == "next");
    if of_a_month || (is_month_name(last) && is_one_of(word, EARLY)) {
        return is_one_of(word, EARLY) || is_one_of(word, LATER);
    }
    if is_one_of(word, LATER) || (is_one_of(last, "twenty|thirty") && is_ordinal(word)) {
        let first = at - usize::from(is_one_of(last, "twenty|thirty"));
        let led = before(words, first, 1);
        return is_one_of(led, "the|or|and|to") && !is_one_of(next, COUNTED) || is_month_name(led);
    }
    let goes_on = next.is_empty() || is_one_of(next, GOES_ON);
    let second = before(words, at, 2);
    let led = is_one_of(second, ON) || is_week_day_name(second);
    is_one_of(word, EARLY) && last == "the" && led && goes_on
}

fn is_ordinal(word: &str) -> bool {
    is_one_of(word, "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth")
}

/// Spring and fall behind what makes a season of them: "in the spring", and not "to spring it on them".
fn is_spring_or_fall(words: &[Word], at: usize) -> bool {
    const IN: &str = "in|the|this|next|last|by|until|till|before|after|early|late|mid|of|from|since|over|into";
    /// "The fall in sales", "things that fall through".
    const AWAY: &str = "in|off|behind|through|short|out|apart|back|down|on";
    let (last, next) = (before(words, at, 1), behind(words, at));
    match words[at].text {
        "spring" => is_one_of(last, IN),
        "fall" => is_one_of(last, IN) && !is_one_of(next, AWAY),
        _ => false,
    }
}

/// A day of a month or a year: what a date has beside its month.
fn is_number_of_a_date(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: Option<u32> = digits.parse().ok();
    let day = number.is_some_and(|n| (1..=31).contains(&n))
        && matches!(&word[digits.len()..], "" | "st" | "nd" | "rd" | "th");
    day || (digits == word && number.is_some_and(|n| (1990..=2100).contains(&n)))
}

/// "15th".
fn is_day_in_figures(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse::<u32>().is_ok_and(|n| n <= 31) && matches!(&word[digits.len()..], "st" | "nd" | "rd" | "th")
}

/// "9am".
fn is_hour(word: &str) -> bool {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse::<u32>().is_ok_and(|n| n <= 12) && matches!(&word[digits.len()..], "am" | "pm")
}

/// "9:30", "10:30pm"; and not "16:9", "1:价格".
fn is_clock(word: &str) -> bool {
    let number = |digits: &str, most: u8| digits.parse::<u8>().is_ok_and(|n| n < most);
    word.split_once(':').is_some_and(|(hour, rest)| number(hour, 25) && rest.get(..2).is_some_and(|m| number(m, 60)))
}

#[cfg(test)]
mod tests {
    use super::{names_a_time, names_a_time_or_season};

    #[test]
    fn a_day_is_told_from_the_same_word_in_another_sense() {
        for text in [
            "see you on thursday",
            "by the 15th",
            "at 9:30",
            "10:30pm works",
            "9am is fine",
            "on the first",
            "by the first of june",
            "the second of next month",
            "thursday the third at ten",
            "the eighth is gone",
            "not before the twenty-first",
            "june eighth",
            "the ninth or the tenth",
            "in may",
            "3 may",
            "may 12th",
            "so april, not may",
            "we cannot do may any more",
            "end of may",
            "until jan",
            "jan 2027",
            "the board meets mid-may",
            "by the end of the quarter",
        ] {
            assert!(names_a_time(text), "{text}");
        }
        for text in [
            "our list, 1:价格 2:支持",
            "a ratio of 16:9",
            "by the way, i will send it",
            "by the book",
            "the first thing is the deck",
            "in the second call",
            "on the third floor",
            "in the first place",
            "the 2nd call",
            "a 3rd party",
            "the fourth time",
            "a fifth of it",
            "we may be late",
            "it may well work",
            "from jan",
            "jan will send it to mar",
            "価1:é5",
        ] {
            assert!(!names_a_time(text), "{text}");
        }
    }

    #[test]
    fn a_season_is_told_from_the_same_word_in_another_sense() {
        for text in ["in the spring", "next fall", "by fall 2027", "this autumn", "in q3", "spring or the fall"] {
            assert!(names_a_time_or_season(text), "{text}");
        }
        for text in [
            "we may have to look",
            "it will fall behind",
            "they fall through",
            "to spring it on them",
            "the fall in sales",
        ] {
            assert!(!names_a_time_or_season(text), "{text}");
        }
    }
}
