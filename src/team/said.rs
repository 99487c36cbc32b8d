//! How people say who they are, in English: "I'm Ann, calling from Acme", "Hi Tom, Ann from Acme here".

use super::{introductions::Companies, names::is_title};
use crate::calendar;

/// How sure an introduction is to be of whoever says it, the least sure first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Manner {
    /// "It's Declan", with which people greet Declan as well.
    Its,
    /// "This is Declan", with which people present him as well.
    This,
    /// "I'm Declan", which nobody says of somebody else.
    Own,
}

/// How a person says a name, lower case, before it.
const INTRODUCTIONS: &[(&str, Manner)] = &[
    ("my name is ", Manner::Own),
    ("my name's ", Manner::Own),
    ("i'm ", Manner::Own),
    ("i am ", Manner::Own),
    ("this is ", Manner::This),
    ("you're speaking with ", Manner::This),
    ("you're speaking to ", Manner::This),
    ("you are speaking with ", Manner::This),
    ("you are speaking to ", Manner::This),
    ("it's ", Manner::Its),
    ("it is ", Manner::Its),
];

/// A name that somebody says as their own or another's.
#[derive(Debug)]
pub(super) struct Introduction {
    pub(super) manner: Manner,
    pub(super) name: String,
    /// What follows the name: "from Acme".
    behind: String,
}

impl Introduction {
    /// The words in which the company stands that they say to be of: "Acme Inc" of "Ann, calling from Acme Inc". What they do
    /// besides is looked at as well: who is "here at Acme" visits it, and who works "with Acme" may be its customer.
    pub(super) fn company(&self) -> Option<&str> {
        let mut rest = self.behind.as_str();
        let mut before = String::new();
        loop {
            let (word, behind) = first_word(rest);
            let lower = word.trim_end_matches(',').to_lowercase();
            let leads = match before.as_str() {
                "" | "over" => matches!(lower.as_str(), "from" | "with" | "at" | "of"),
                "work" | "working" => matches!(lower.as_str(), "at" | "for"),
                _ => matches!(lower.as_str(), "from" | "with"),
            };
            if leads {
                return Some(before_others(behind)).filter(|company| !company.is_empty());
            }
            if !OF_ONESELF.contains(&lower.as_str()) {
                return None;
            }
            (before, rest) = (lower, behind);
        }
    }
}

/// Words between one's own name and one's company, lower case.
const OF_ONESELF: &[&str] =
    &["and", "i", "i'm", "am", "work", "working", "here", "over", "calling", "speaking", "phoning", "ringing"];

/// What marks a name as one's own, behind it or behind its company.
const MARKS: &[&str] = &["here", "speaking", "calling"];

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let (word, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    (word, rest.trim_start())
}

/// A text up to where it speaks of us or of others: what stands there is no name of one's company.
fn before_others(text: &str) -> &str {
    const OTHERS: &[&str] = &[
        "me", "us", "we", "my", "our", "you", "your", "he", "his", "him", "she", "her", "they", "their", "them", "who",
        "that", "about",
    ];
    let others =
        |word: &str| OTHERS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().as_str());
    let end =
        text.split_whitespace().find(|word| others(word)).map(|word| word.as_ptr() as usize - text.as_ptr() as usize);
    &text[..end.unwrap_or(text.len())]
}

/// The introductions in a text, in their order; `companies` tell a company from a name.
pub(super) fn said_introductions(text: &str, companies: &Companies) -> Vec<Introduction> {
    /// Of one opener in one turn.
    const MOST: usize = 4;
    /// The sentences of a turn that may be a greeting.
    const GREETING: usize = 3;
    let plain = text.replace('’', "'");
    // Of other letters the lower ones may be longer, and places would not fit.
    let lower = plain.to_ascii_lowercase();
    let mut found: Vec<(usize, Introduction)> = Vec::new();
    for (opener, manner) in INTRODUCTIONS {
        for (at, _) in lower.match_indices(opener).take(MOST) {
            if lower[..at].ends_with(char::is_alphanumeric) {
                continue;
            }
            let (name, behind) = leading_name(&plain[at + opener.len()..]);
            // "This is Monday" and "I'm OK" name nobody; "my name is" always does.
            let Some(first) = name.first().map(|w| w.to_lowercase()) else { continue };
            let nobody = NO_NAMES.contains(&first.as_str()) || calendar::is_name(&first);
            if nobody && *opener != "my name is " {
                continue;
            }
            // "This is Declan?" is asked of somebody else.
            if *manner != Manner::Own && is_asked(behind) {
                continue;
            }
            let (name, behind) = (name.join(" "), behind.trim_start_matches([',', ' ']).to_owned());
            found.push((at, Introduction { manner: *manner, name, behind }));
        }
    }
    let mut at = 0;
    for sentence in plain.split_inclusive(['.', '!', '?', ';', '\n']).take(GREETING) {
        found.extend(bare_introduction(sentence, companies).map(|said| (at, said)));
        at += sentence.len();
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, said)| said).collect()
}

/// Whether the sentence that goes on with `rest` asks whether it is so, as in "…, isn't it?", and nothing else.
fn is_asked(rest: &str) -> bool {
    const OF_OTHER_THINGS: &[&str] =
        &["how", "what", "when", "where", "who", "do", "did", "can", "could", "are", "may", "have", "would"];
    let Some((sentence, _)) = rest.split_once('?') else { return false };
    let mut words = sentence.split(|c: char| !c.is_alphabetic() && c != '\'');
    !sentence.contains(['.', '!', ';']) && !words.any(|word| OF_OTHER_THINGS.contains(&word.to_lowercase().as_str()))
}

/// Words of a greeting, lower case.
const GREETINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hiya",
    "good",
    "morning",
    "afternoon",
    "evening",
    "day",
    "yes",
    "yeah",
    "oh",
    "so",
    "well",
    "okay",
    "ok",
    "there",
    "all",
    "everyone",
    "everybody",
    "team",
    "again",
];

/// Who says their name at the beginning of a sentence with nothing before it but a greeting or their company: "Hi Ann, Declan from
/// Lettwing here", "Lettwing, Declan speaking", "Hey Ann, Declan, Lettwing". A name and a company alone greet somebody as well, so
/// that a mark of one's own has to stand beside them, or whoever is greeted before them.
fn bare_introduction(sentence: &str, companies: &Companies) -> Option<Introduction> {
    if is_asked(sentence) {
        return None;
    }
    let mut parts = sentence.trim_end_matches(|c: char| !c.is_alphanumeric()).split(',').map(str::trim);
    let (mut greets, mut company) = (false, None);
    let (name, behind) = loop {
        let part = parts.next()?;
        let rest = without_greeting(part);
        let (name, behind) = leading_name(rest);
        let alone = behind.trim().is_empty();
        if companies.is_name(rest) && company.is_none() {
            company = Some(rest);
        } else if alone && rest.len() < part.len() && !greets {
            greets = !name.is_empty();
        } else {
            break (name, behind.trim());
        }
    };
    let first = name.first().map(|word| word.to_lowercase())?;
    if NO_NAMES.contains(&first.as_str()) || calendar::is_name(&first) || companies.is_name(&name.join(" ")) {
        return None;
    }
    let next = parts.next().unwrap_or_default();
    let of = |company: &str| format!("from {company}");
    let (word, rest) = first_word(behind);
    let marked = MARKS.contains(&word.to_lowercase().as_str());
    let (manner, behind) = if marked && rest.is_empty() {
        let own = company.or(Some(next).filter(|next| companies.is_name(next))).map(of);
        (Manner::This, own.unwrap_or_else(|| next.to_owned()))
    } else if marked && ["from ", "with "].iter().any(|from| rest.starts_with(from)) {
        (Manner::This, rest.to_owned())
    } else if let Some((own, mark)) = behind.rsplit_once(' ')
        && MARKS.contains(&mark.to_lowercase().as_str())
        && ["from", "with", "at", "of", "over"].contains(&word)
        && own.split_whitespace().all(names_or_joins)
    {
        (Manner::This, own.to_owned())
    } else if greets && behind.is_empty() && companies.is_name(next) && parts.next().is_none() {
        (Manner::Its, of(next))
    } else {
        return None;
    };
    Some(Introduction { manner, name: name.join(" "), behind })
}

/// Whether a word may stand in the name of a company and before it: "Ann from Acme is here" tells of Ann.
fn names_or_joins(word: &str) -> bool {
    !word.starts_with(char::is_lowercase) || ["from", "with", "at", "of", "over", "the", "and"].contains(&word)
}

fn without_greeting(part: &str) -> &str {
    let mut rest = part;
    loop {
        let (word, behind) = first_word(rest);
        if word.is_empty() || !GREETINGS.contains(&word.to_lowercase().as_str()) {
            return rest;
        }
        rest = behind;
    }
}

/// The words with a capital, three at most, with which a text begins, up to the end of that part of its sentence; and what
/// follows them.
fn leading_name(text: &str) -> (Vec<&str>, &str) {
    let (mut name, mut behind) = (Vec::new(), text);
    while name.len() < 3 {
        let word = behind.trim_start().split(char::is_whitespace).next().unwrap_or_default();
        // Captions without full stops: "I'm Zoe I'm with Lettwing".
        if !word.starts_with(char::is_uppercase) || word == "I" || word.starts_with("I'") {
            break;
        }
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '-');
        name.push(bare);
        behind = &behind.trim_start()[bare.len()..];
        // "Declan. Thanks for joining", "Declan, Sales Director"; and not "J. Purvis", "Dr. Purvis".
        let shortened = bare.chars().count() == 1 || is_title(&bare.to_lowercase());
        let ends = behind.starts_with(['.', ',', '!', '?', ';', ':']);
        if ends && !(shortened && behind.starts_with('.')) {
            break;
        }
        if shortened {
            behind = behind.strip_prefix('.').unwrap_or(behind);
        }
    }
    (name, behind)
}

/// Words with a capital after "this is" or "I'm" that name nobody, besides months and week days.
const NO_NAMES: &[&str] =
    &["ok", "okay", "q1", "q2", "q3", "q4", "i", "ceo", "cfo", "it", "english", "american", "british", "german"];

#[cfg(test)]
mod tests {
    use super::said_introductions;
    use crate::team::introductions::Companies;

    #[test]
    fn a_name_ends_where_its_part_of_the_sentence_does() {
        for (text, found) in [
            ("Hi, this is Declan from Lettwing.", Some(("Declan", "from Lettwing."))),
            ("Hi, I’m Declan. Thanks for joining.", Some(("Declan", ". Thanks for joining."))),
            ("I'm Declan, Sales Director at Lettwing", Some(("Declan", "Sales Director at Lettwing"))),
            ("I'm Declan J. Purvis, from Lettwing", Some(("Declan J Purvis", "from Lettwing"))),
            ("My name is Dr. Ann Lee with Harcastle", Some(("Dr Ann Lee", "with Harcastle"))),
            ("It's Ann Lee-Ray! Hello", Some(("Ann Lee-Ray", "! Hello"))),
            ("Hi, I'm Zoe I'm with Lettwing", Some(("Zoe", "I'm with Lettwing"))),
            ("Hello, I'm Eve, and this is Declan", Some(("Eve", "and this is Declan"))),
            ("This is Monday.", None),
            ("this is fine", None),
            // Letters that are longer, and shorter, in lower case.
            ("İ this is Émile ẞ", Some(("Émile ẞ", ""))),
        ] {
            let said = said_introductions(text, &Companies::of(&[], &[]));
            let said = said.first().map(|said| (said.name.as_str(), said.behind.as_str()));
            assert_eq!(said, found, "{text}");
        }
    }

    #[test]
    fn whose_company_people_say_they_are_of() {
        let companies = Companies::of(&["lettwing"], &["harcastle"]);
        for (text, found) in [
            ("Hi, Zoe from Lettwing here.", Some(("Zoe", "Lettwing"))),
            ("Hi Marta, Zoe Ray from Lettwing here.", Some(("Zoe Ray", "Lettwing"))),
            ("Hi Marta, it is Zoe with Lettwing.", Some(("Zoe", "Lettwing."))),
            ("Lettwing, Zoe speaking.", Some(("Zoe", "Lettwing"))),
            ("Good morning, Lettwing, Zoe here, how can I help?", Some(("Zoe", "Lettwing"))),
            ("Zoe Ray here with Lettwing, how are you?", Some(("Zoe Ray", "Lettwing"))),
            ("Hello. Zoe here, from Lettwing.", Some(("Zoe", "Lettwing"))),
            ("Hi there, Zoe speaking, Lettwing.", Some(("Zoe", "Lettwing"))),
            ("Hey Marta, Zoe, Lettwing.", Some(("Zoe", "Lettwing"))),
            ("Hi, my name is Zoe and I work at Lettwing.", Some(("Zoe", "Lettwing."))),
            ("Hi, I'm Zoe, and I'm with Lettwing.", Some(("Zoe", "Lettwing."))),
            ("Hi, this is Zoe Ray calling from Lettwing.", Some(("Zoe Ray", "Lettwing."))),
            ("This is Zoe from Lettwing, how are you?", Some(("Zoe", "Lettwing, how are "))),
            ("Hi, you're speaking with Zoe at Lettwing.", Some(("Zoe", "Lettwing."))),
            // Of somebody else.
            ("Hi Zoe from Lettwing!", None),
            ("Hi, Zoe from Lettwing.", None),
            ("Hi Marta, Zoe, and everybody from Lettwing.", None),
            ("Zoe from Lettwing here?", None),
            ("It is Zoe from Lettwing, isn't it?", None),
            ("Is this Zoe from Lettwing calling?", None),
            ("We have Zoe from Lettwing here.", None),
            ("Zoe from Lettwing is here.", None),
            ("Great to have Zoe from Lettwing here.", None),
            ("Zoe here with me is from Lettwing.", None),
            ("Zoe here has sent us the offer of Lettwing.", None),
            ("Lettwing here is the better one.", None),
            ("This is Zoe, she is calling from Lettwing.", None),
            // Of oneself, and of where or with whom one is.
            ("I'm Marta, and I'm here at Lettwing today.", None),
            ("I'm Marta, and I work with Lettwing.", None),
            ("I'm Marta calling for Lettwing.", None),
            ("I'm Marta from our side, we use Lettwing.", None),
        ] {
            let said = said_introductions(text, &companies);
            let said = said.iter().find_map(|said| Some((said.name.as_str(), said.company()?)));
            let side = |found: &Option<(&str, &str)>| found.and_then(|(_, company)| companies.side(company));
            assert_eq!((said.filter(|_| side(&said).is_some())), found, "{text}");
        }
    }
}
