//! Labelled lines: what a file of labels says, and which of its keys are not read.
//!
//! Two kinds of file: `{"text", "sentiment", "intents"}` a line (`context` and `side` may stand beside; where `side`
//! doesn't, a `speaker` that names a role, such as "agent" or "customer", says it), or labelled deals (`*.deal`), whose
//! lines are taken one by one with what was said just before.
//!
//! A message names keys and labels, never the words of a line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::{
    conversation::Side,
    names::{nearest, unknown_name},
    read::encoding::decode_stated,
    score::Text,
    team::names::role_side,
    utterance::{INTENTS, Intent, Tone},
};

/// The keys of a labelled line that are read.
const KEYS: [&str; 6] = ["text", "sentiment", "intents", "context", "side", "speaker"];
/// What a line looks like, for whoever wrote another one.
const SHAPE: &str = "a line is {\"text\": …, \"sentiment\": …, \"intents\": […]}";

/// A labelled line.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where it stands: `file:line`.
    pub place: String,
    /// What is scored.
    pub text: Text,
    /// The label; absent where the line has none.
    pub tone: Option<Tone>,
    /// The labels; absent where the line has none.
    pub intents: Option<BTreeSet<Intent>>,
}

impl Case {
    /// Whether there is anything to hold a model against.
    pub fn is_labelled(&self) -> bool {
        self.tone.is_some() || self.intents.is_some()
    }
}

/// What a file of labels holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labelled {
    /// Its lines.
    pub cases: Vec<Case>,
    /// Keys that are not read, with the number of lines that have them.
    pub unread: BTreeMap<String, usize>,
}

impl Labelled {
    /// Which keys are not read and which are, with what a misspelt one is most like; nothing where all are read.
    pub fn remark(&self) -> Option<String> {
        let unread = self.unread.iter().map(|(key, lines)| {
            // Two letters are like anything: "id" is no misspelt "side".
            let named = Some(key).filter(|key| key.chars().count() > 2);
            let like = named.map(|key| nearest(key, KEYS.into_iter())).unwrap_or_default();
            let like: Vec<String> = like.iter().map(|known| format!("{known:?}")).collect();
            let like = if like.is_empty() { String::new() } else { format!("; did you mean {}?", like.join(" or ")) };
            format!("{:?} ({lines} line{}{like})", clipped(key), if *lines == 1 { "" } else { "s" })
        });
        let unread: Vec<String> = unread.collect();
        (!unread.is_empty())
            .then(|| format!("these keys are not read: {}; known are {}", unread.join(", "), KEYS.join(", ")))
    }
}

/// Why a file of labels was refused.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct CaseError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// What a file holds: labelled deals where a line begins with `@deal`, else a JSON object a line. Its text is UTF-8, or
/// states its encoding by a byte-order mark.
///
/// # Errors
/// At the first line that is neither; labels are no place for guesses.
pub fn read_cases(file: &str, bytes: &[u8]) -> Result<Labelled, CaseError> {
    let content = decode_stated(bytes).map_err(|line| CaseError {
        file: file.to_owned(),
        line,
        message: "this is not UTF-8 text; save the file as UTF-8".into(),
    })?;
    if content.lines().any(|line| line.starts_with("@deal")) {
        return Ok(Labelled { cases: read_deal(file, &content)?, unread: BTreeMap::new() });
    }
    let mut labelled = Labelled::default();
    for (number, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{file}:{}", number + 1);
        let case = read_line(place, line, &mut labelled.unread).map_err(|message| CaseError {
            file: file.to_owned(),
            line: number + 1,
            message,
        })?;
        labelled.cases.push(case);
    }
    Ok(labelled)
}

/// One JSON line; keys that are not read are counted.
fn read_line(place: String, line: &str, unread: &mut BTreeMap<String, usize>) -> Result<Case, String> {
    let mut object = match serde_json::from_str(line) {
        Ok(Value::Object(object)) => object,
        Ok(Value::Array(_)) => {
            return Err(format!("this is a list; write one object a line, without [ ] around them; {SHAPE}"));
        }
        Ok(_) => return Err(format!("this is no JSON object; {SHAPE}")),
        // An array, or an object that was printed for people.
        Err(e) if e.is_eof() => {
            return Err(format!("what begins here does not end on its line; write one whole object a line; {SHAPE}"));
        }
        Err(e) => {
            // The parser was given one line: its "at line 1" beside the line of the file would mislead.
            let what = e.to_string();
            let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
            return Err(format!("column {}: {what}; {SHAPE}", e.column()));
        }
    };
    let text = string(&mut object, "text")?.ok_or_else(|| format!("\"text\" is missing; {SHAPE}"))?;
    let context = string(&mut object, "context")?.unwrap_or_default();
    let speaker = string(&mut object, "speaker")?;
    let stated = match string(&mut object, "side")? {
        Some(name) => Some(known(&name, "side", Side::ALL, Side::name)?),
        None => None,
    };
    let tone = match string(&mut object, "sentiment")? {
        Some(name) => Some(known(&name, "sentiment", Tone::ALL, Tone::name)?),
        None => None,
    };
    let intents = match object.remove("intents") {
        None | Some(Value::Null) => None,
        Some(Value::Array(names)) => {
            let intents = names.iter().map(|name| intent(name.as_str().ok_or("\"intents\" holds what is no string")?));
            Some(intents.collect::<Result<BTreeSet<Intent>, String>>()?)
        }
        Some(_) => return Err(format!("\"intents\" is no list; {SHAPE}")),
    };
    for key in object.into_iter().map(|(key, _)| key) {
        *unread.entry(key).or_default() += 1;
    }
    let role = || speaker.and_then(|label| side_of_role(&label.to_lowercase()));
    Ok(Case { place, text: Text { side: stated.or_else(role).unwrap_or_default(), context, text }, tone, intents })
}

/// Takes the string at `key`; nothing where there is none.
fn string(object: &mut Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match object.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(string)) => Ok(Some(string)),
        Some(_) => Err(format!("{key:?} is no string; {SHAPE}")),
    }
}

/// The one of three values that `given` names.
fn known<T: Copy>(given: &str, what: &str, all: [T; 3], name: fn(T) -> &'static str) -> Result<T, String> {
    let [a, b, c] = all.map(name);
    all.into_iter()
        .find(|one| name(*one) == given)
        .ok_or_else(|| format!("{:?} is no {what}; say {a}, {b} or {c}", clipped(given)))
}

fn intent(name: &str) -> Result<Intent, String> {
    name.parse().map_err(|_| {
        let told = unknown_name(&clipped(name), "intent", INTENTS.iter().map(|row| row.name));
        format!("{told} (`dealtone explain intents` lists them)")
    })
}

/// As much of a name as a message quotes: what is longer is no name, and may be words.
fn clipped(name: &str) -> String {
    if name.chars().count() > 40 { name.chars().take(20).chain(['…']).collect() } else { name.to_owned() }
}

/// The side of a speaker who is named by a role: as in a transcript, or as public sets of dialogues name the two, who in a
/// transcript's "User 1" would be anybody.
fn side_of_role(lower: &str) -> Option<Side> {
    role_side(lower).or(match lower {
        "assistant" | "persuader" => Some(Side::Seller),
        "user" | "persuadee" => Some(Side::Buyer),
        _ => None,
    })
}

/// The labelled lines of a `.deal` file; the context of a line is the line before it in the same conversation.
fn read_deal(file: &str, content: &str) -> Result<Vec<Case>, CaseError> {
    let mut sides: BTreeMap<&str, Side> = BTreeMap::new();
    let mut cases: Vec<Case> = Vec::new();
    let (mut is_mail, mut sender, mut before) = (false, "", String::new());
    for (number, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fail = |message: String| CaseError { file: file.to_owned(), line: number + 1, message };
        let field: Vec<&str> = line.split(" | ").map(str::trim).collect();
        if let Some(name) = line.strip_prefix("@person") {
            let name = name.split(" | ").next().unwrap_or(name).trim();
            let side = match field.get(1) {
                Some(&"rep") => Side::Seller,
                Some(&"buyer") => Side::Buyer,
                _ => Side::Unknown,
            };
            sides.insert(name, side);
        } else if line.starts_with("@call") || line.starts_with("@email") {
            is_mail = line.starts_with("@email");
            sender = field.get(1).copied().unwrap_or_default();
            before.clear();
        } else if !line.starts_with('@') {
            let (who, tone, labels, text) = match (is_mail, field.as_slice()) {
                (true, ["G", ..]) => continue,
                (true, ["S", tone, labels, text]) => (sender, *tone, *labels, *text),
                (false, [_, who, tone, labels, text]) => (*who, *tone, *labels, *text),
                _ => return Err(fail("this is no line of a labelled call or e-mail".into())),
            };
            let tone = match tone {
                "-" => Tone::Negative,
                "0" => Tone::Neutral,
                "+" => Tone::Positive,
                other => return Err(fail(format!("sentiment is -, 0 or +, not {:?}", clipped(other)))),
            };
            let labels = labels.split(',').map(str::trim).filter(|l| !l.is_empty() && *l != ".");
            let intents = labels.map(intent).collect::<Result<BTreeSet<Intent>, String>>().map_err(fail)?;
            let side = sides.get(who).copied().unwrap_or_default();
            let text = Text { side, context: std::mem::replace(&mut before, text.to_owned()), text: text.to_owned() };
            cases.push(Case {
                place: format!("{file}:{}", number + 1),
                text,
                tone: Some(tone),
                intents: Some(intents),
            });
        }
    }
    Ok(cases)
}

/// A labelled deal that the tests of this folder share.
#[cfg(test)]
pub(super) const DEAL: &str = "@deal d | v | p | b | new | 2026-01-01\n@person Ann | rep | AE | V | a@v.example\n\
    @person Bob | buyer | CTO | B | b@b.example\n@call 2026-01-01 10:00 | Intro\n\
    00:01 | Ann | 0 | discovery_question | What hurts?\n00:05 | Bob | - | pain_point,competitor | Everything.\n\
    @email 2026-01-02 10:00 | Bob | Ann | Re\nG | Hi Ann,\nS | + | . | We loved it.\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Labelled {
        read_cases("f", content.as_bytes()).unwrap()
    }

    #[test]
    fn the_side_of_a_line_is_stated_or_else_that_of_its_speakers_role() {
        for (given, side) in [
            (r#""side": "buyer", "speaker": "agent""#, Side::Buyer),
            (r#""speaker": "Agent""#, Side::Seller),
            (r#""speaker": "customer 2""#, Side::Buyer),
            (r#""speaker": "persuader""#, Side::Seller),
            (r#""speaker": "User""#, Side::Buyer),
            (r#""speaker": "User 2""#, Side::Unknown),
            (r#""speaker": "Priya Venkat""#, Side::Unknown),
            (r#""context": "Hi.""#, Side::Unknown),
        ] {
            let line = format!(r#"{{"text": "Fine.", {given}}}"#);
            assert_eq!(read(&line).cases[0].text.side, side, "{line}");
        }
    }

    #[test]
    fn a_labelled_deal_gives_its_lines_with_side_and_context() {
        let cases = read(DEAL).cases;
        let seen: Vec<_> = cases.iter().map(|c| (c.text.side, c.text.context.as_str(), c.tone.unwrap())).collect();
        assert_eq!(
            seen,
            [
                (Side::Seller, "", Tone::Neutral),
                (Side::Buyer, "What hurts?", Tone::Negative),
                (Side::Buyer, "", Tone::Positive)
            ]
        );
        assert_eq!(cases[1].place, "f:6");
    }

    #[test]
    fn bad_labels_are_refused_with_their_line_and_without_words() {
        for (content, expected) in [
            (
                "{\"text\": \"a\"}\n{\"text\": \"b\", \"sentiment\": \"bad\"}",
                "f:2: \"bad\" is no sentiment; say negative,",
            ),
            ("{\"text\": \"a\"}\n\n{\"text\": \"b\" \"CANARY\"}", "f:3: column 14: expected `,` or `}`; a line is"),
            ("{\"text\": \"a\", \"intents\": [\"stal\"]}", "f:1: \"stal\" is no intent; did you mean \"stall\"?"),
            ("{\"text\": \"a\", \"intents\": \"CANARY\"}", "f:1: \"intents\" is no list"),
            ("{\"text\": \"a\", \"side\": \"us\"}", "f:1: \"us\" is no side; say buyer, seller or unknown"),
            ("{\"text\": [\"CANARY\"]}", "f:1: \"text\" is no string"),
            ("{\"sentiment\": \"positive\"}", "f:1: \"text\" is missing"),
            ("\"CANARY\"", "f:1: this is no JSON object"),
            (
                "[\n{\"text\": \"CANARY\"}\n]",
                "f:1: what begins here does not end on its line; write one whole object a line",
            ),
            ("{\"text\": \"a\"}\n{\n  \"text\": \"b\"\n}", "f:2: what begins here does not end on its line"),
            ("[{\"text\": \"CANARY\"}]", "f:1: this is a list; write one object a line"),
            ("@deal d\n@call x | y\n00:01 | A | ? | . | t", "f:3: sentiment is -, 0 or +"),
            ("@deal d\n@call x | y\n00:01 | A | 0 | price | t", "f:3: \"price\" is no intent"),
        ] {
            let message = read_cases("f", content.as_bytes()).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
            assert!(!message.contains("CANARY") && !message.contains("at line"), "{message}");
        }
        let long = format!("{{\"text\": \"a\", \"sentiment\": \"{}\"}}", "words of a buyer ".repeat(9));
        let message = read_cases("f", long.as_bytes()).unwrap_err().to_string();
        assert!(message.starts_with("f:1: \"words of a buyer wor…\" is no sentiment"), "{message}");
    }

    #[test]
    fn keys_that_are_not_read_are_named_with_what_they_are_like() {
        let labelled =
            read("{\"text\":\"a\",\"label\":\"positive\"}\n{\"text\":\"b\",\"sentimnt\":\"positive\",\"label\":1}");
        assert!(labelled.cases.iter().all(|case| !case.is_labelled()));
        assert_eq!(
            labelled.remark().unwrap(),
            "these keys are not read: \"label\" (2 lines), \"sentimnt\" (1 line; did you mean \"sentiment\"?); known are text, \
             sentiment, intents, context, side, speaker"
        );
        let other = read("{\"text\":\"a\",\"id\":7}").remark().unwrap();
        assert!(other.starts_with("these keys are not read: \"id\" (1 line); known"), "{other}");
        assert_eq!(read("{\"text\":\"a\",\"sentiment\":null,\"intents\":[]}").remark(), None);
    }

    #[test]
    fn an_encoding_is_stated_or_utf_8_and_never_guessed() {
        let line = "{\"text\": \"déjà\", \"sentiment\": \"neutral\"}";
        let utf16 = line.encode_utf16().flat_map(u16::to_le_bytes);
        for bytes in [
            line.bytes().collect(),
            format!("\u{feff}{line}").into_bytes(),
            [0xff, 0xfe].into_iter().chain(utf16).collect(),
        ] {
            let bytes: Vec<u8> = bytes;
            assert_eq!(read_cases("f", &bytes).unwrap().cases[0].text.text, "déjà");
        }
        let error = read_cases("f", b"{\"text\": \"a\"}\n{\"text\": \"d\xe9j\xe0\"}\n").unwrap_err().to_string();
        assert_eq!(error, "f:2: this is not UTF-8 text; save the file as UTF-8");
    }
}
