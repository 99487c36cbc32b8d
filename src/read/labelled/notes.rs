//! Text with colons that nobody speaks: a program's log, the fields of a file about the export, notes and tasks in a list, the
//! fields of a note. "INFO:", "Created:", "- Pricing:" and "Budget:" look like a speaker's name one by one; all of them together do
//! not.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use crate::read::{
    labelled::{line::Line, remark::is_transcript_heading},
    speaker::{Habit, without_brackets},
};

/// What a program calls the weight of a line in its log, in lower case; as a label it stands in capitals.
const LEVELS: &[&str] =
    &["info", "warn", "warning", "error", "debug", "trace", "fatal", "critical", "notice", "severe"];

/// Labels of fields in files that lie beside an export and say what it is; a speaker's name comes back.
#[rustfmt::skip]
const FIELDS: &[&str] = &[
    "created", "created at", "created by", "exported", "exported at", "exported by", "source", "contact", "owner", "stage",
    "status", "version", "author", "file", "files", "url", "link", "phone", "tel", "email", "e-mail", "address", "company",
    "account", "amount", "industry", "website", "license", "format", "size", "next step", "close date", "type", "id",
    "organizer", "organiser",
];

/// Ordinary words that people put before a line of their notes, in lower case; nobody is called so who speaks but once.
#[rustfmt::skip]
const ORDINARY: &[&str] = &[
    "action", "agenda", "authority", "blocker", "blockers", "budget", "champion", "competition", "competitor", "competitors", "concern",
    "concerns", "date", "deadline", "decision", "due", "due date", "feedback", "goal", "goals", "issue", "issues", "need", "needs",
    "next", "next call", "note", "objection", "objections", "outcome", "pain", "plan", "price", "pricing", "priority", "problem",
    "question", "result", "risk", "sentiment", "solution", "subject", "timeline", "timing", "title", "todo", "topic", "update",
    "aufgabe", "fazit", "frist", "preis", "risiko", "termin", "thema", "ziel", "à faire", "prix", "suite", "acción",
    "precio", "siguiente",
];

/// Headings over what a service or a person wrote down of a call, in lower case.
#[rustfmt::skip]
const OVER_NOTES: &[&str] = &[
    "summary", "meeting summary", "overview", "action items", "actions", "next steps", "key takeaways", "takeaways", "key points",
    "decisions", "notes", "meeting notes", "to do", "to-do", "todos", "tasks", "follow-ups", "topics", "risks", "open questions",
    "zusammenfassung", "aufgaben", "nächste schritte", "notizen", "entscheidungen", "résumé", "prochaines étapes", "resumen",
    "próximos pasos", "riepilogo", "prossimi passi", "resumo", "próximos passos",
];

/// Words of which the titles of a note's fields are made and names are not, in lower case: "Economic Buyer", "Decision Criteria".
#[rustfmt::skip]
const OF_TITLES: &[&str] = &[
    "action", "buyer", "buying", "call", "close", "company", "criteria", "current", "customer", "date", "deal", "decision",
    "economic", "follow", "items", "key", "maker", "metrics", "next", "notes", "open", "pain", "points", "problem", "process",
    "questions", "sales", "size", "solution", "step", "steps", "team", "use",
];

/// What is noted of a call, behind "call ".
#[rustfmt::skip]
const OF_A_CALL: &[&str] = &[
    "sentiment", "summary", "outcome", "outcomes", "notes", "score", "topics", "result", "rating", "disposition", "duration",
];

/// The most words of a heading.
const MOST_IN_HEADING: usize = 5;

/// Whether a label is the weight of a line in a log.
pub fn is_level(name: &str) -> bool {
    !name.contains(char::is_lowercase) && LEVELS.contains(&name.to_lowercase().as_str())
}

/// Which names of `habit` are no speaker's.
pub fn labels(lines: &[Line], habit: &Habit) -> HashSet<String> {
    let found: Vec<(usize, &str)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.header.is_none())
        .filter_map(|(place, line)| Some((place, habit.split(line.rest)?.0)))
        .collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for (_, name) in &found {
        *times.entry(name).or_default() += 1;
    }
    if found.is_empty() {
        return HashSet::new();
    }
    let listed = |(place, _): &(usize, &str)| is_item(lines[*place].whole);
    // Under which heading each stands: that of notes, or "Conversation".
    let over_notes = || {
        let mut noted = false;
        lines.iter().all(|line| {
            let item = is_item(line.whole);
            if !item && line.begins_paragraph && line.rest.split_whitespace().nth(MOST_IN_HEADING).is_none() {
                noted = heads_notes(line.rest, true);
            }
            !item || noted || habit.split(line.rest).is_none()
        })
    };
    let transcript = || lines.iter().any(|line| is_transcript_heading(line.rest));
    let headed = lines.iter().any(|line| line.header.is_some());
    // Who speaks in a list speaks again; what is noted in one stands there once, or below a heading that says so.
    let notes =
        found.iter().all(listed) && !headed && !transcript() && (times.values().all(|n| *n == 1) || over_notes());
    let fields = !headed && (are_fields(lines, &found, &times) || are_ordinary(lines, &found, &times));
    // Beside a time somebody speaks: "[00:04] Contact: Is it final?"
    let timed: HashSet<&str> =
        found.iter().filter(|(place, _)| lines[*place].at.is_some()).map(|(_, name)| *name).collect();
    let once = |name: &str| times.get(name) == Some(&1) && !timed.contains(name);
    found
        .iter()
        .map(|(_, name)| *name)
        .filter(|name| {
            notes || fields || is_level(name) || (once(name) && FIELDS.contains(&name.to_lowercase().as_str()))
        })
        .map(str::to_owned)
        .collect()
}

/// Whether the labels are those of a note, "Budget:", "Timeline:": several without times, of which none comes back, as somebody
/// does who talks with others. Where a heading lists those who took part, two of them speak; and where most labels are whole names
/// or are counted, as in a round of introductions, all may.
fn are_fields(lines: &[Line], found: &[(usize, &str)], times: &HashMap<&str, usize>) -> bool {
    const FEWEST: usize = 4;
    let timed = || found.iter().any(|(place, _)| lines[*place].at.is_some());
    let listed = || {
        let heading = &lines[..found[0].0];
        let named = |name: &str| heading.iter().any(|line| line.rest.contains(name));
        found.iter().filter(|(_, name)| named(name)).nth(1).is_some()
    };
    let people = || {
        let counted = |name: &str| name.ends_with(|c: char| c.is_ascii_digit());
        let most = found.iter().filter(|(_, name)| is_whole_name(name) || counted(name)).count();
        most * 2 > found.len()
    };
    // "Ann (Sales):" at first and "Ann:" from then on.
    let again = |name: &str| {
        times[name] > 1 || matches!(without_brackets(name), Cow::Owned(bare) if times.contains_key(bare.trim()))
    };
    let none_again = || found.iter().all(|(_, name)| !again(name));
    found.len() >= FEWEST && none_again() && !timed() && !listed() && !people()
}

/// Whether the labels are nothing but words that notes have before their lines, "Next:", "Due:", each once and without a time: how
/// few there are says nothing then.
fn are_ordinary(lines: &[Line], found: &[(usize, &str)], times: &HashMap<&str, usize>) -> bool {
    let ordinary = |name: &str| {
        let lower = name.to_lowercase();
        [ORDINARY, FIELDS].iter().any(|list| list.contains(&lower.as_str())) || is_note(name)
    };
    found.iter().all(|(place, name)| lines[*place].at.is_none() && times[name] == 1 && ordinary(name))
}

/// Whether a label is a given name and a surname by its look, "Ann Lee", and not a title as "Next Step".
pub fn is_whole_name(label: &str) -> bool {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.len() == 2
        && words.iter().all(|word| {
            word.starts_with(char::is_uppercase)
                && word.contains(char::is_lowercase)
                && !OF_TITLES.contains(&word.to_lowercase().as_str())
        })
}

/// Whether a line is an item of a list.
pub fn is_item(line: &str) -> bool {
    let mark = line.strip_prefix(['-', '*', '•', '–', '+', '·']);
    mark.is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// Whether a line is nothing but a heading over notes; `marked`, where it has the marks of a heading, also with a word before it:
/// "Suggested next steps".
pub fn heads_notes(line: &str, marked: bool) -> bool {
    let text = line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_' | ':')).to_lowercase();
    OVER_NOTES.iter().any(|over| {
        text.strip_suffix(over).is_some_and(|before| before.is_empty() || (marked && before.ends_with(' ')))
    })
}

/// Whether a label is that of a note about a call, "Summary", "Call sentiment", wherever its words stand.
pub fn is_note(label: &str) -> bool {
    let lower = label.to_lowercase();
    // "Deal Desk" and "Meeting Room 2" speak.
    let about = ["call ", "meeting ", "deal "].iter().find_map(|about| lower.strip_prefix(about));
    about.is_some_and(|of| OF_A_CALL.contains(&of)) || OVER_NOTES.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use crate::read::labelled::text::parse;

    #[test]
    fn what_nobody_says_has_no_speakers() {
        for text in [
            "2026-04-01 10:00:01 INFO: started\n2026-04-01 10:00:02 INFO: 3 calls\n2026-04-01 10:00:03 WARN: slow\n",
            "Export of deal Acme\nCreated: 2026-04-01\nSource: Zoom cloud\nContact: support@zoom.example\nNote: kept.\n",
            "# Acme\n\n## Summary\n\n- **Pricing:** too high\n- **Timeline:** June\n\n## Action items\n\n- **Dana:** send it\n",
            "Attendees: Ann Lee, Dana\n\nPain: reporting\nBudget: 20k\nAuthority: Ann Lee signs\nTimeline: June\nNext step: a call\n",
            "Metrics: 5%\nEconomic Buyer: Ann Lee\nDecision Criteria: price\nDecision Process: June\nIdentify Pain: reports\n",
            "We met Bob today. He was unhappy about the price.\nNext: send the offer.\n",
            "Call summary: Bob is unhappy.\nAction: send the offer\nOwner: Ann\nDue: Friday\n",
            "Notes from the call\n\nBob wants to leave.\n\nRisks: churn\nNext: send the offer\n",
            "Budget (2026): 20k\nBudget (2027): 30k\nTimeline: June\nPain: reports\n",
            "Next Steps\n- Dana: send the numbers\n- Marcus: ask finance\n- Dana: book the room\n",
        ] {
            assert_eq!(parse(text).turns, [], "{text}");
        }
    }

    #[test]
    fn what_somebody_says_keeps_them() {
        for (text, turns) in [
            ("- Dana: hi\n- Marcus: yes\n- Dana: ok\n", 3),
            ("Summary\n- Pricing: too high\n\nTranscript\n- Dana: hi\n- Marcus: yes\n- Dana: ok\n", 3),
            ("Summary\n- Pricing: too high\n\nConversation\n- Dana: hi\n- Marcus: yes\n- Dana: ok\n", 4),
            ("Contact: hi\nAgent: hello\nContact: too dear\nAgent: I see\n", 4),
            ("Attendees: Ann Lee, Dana\n\nAnn Lee: hi\nDana: yes\nMarcus: ok\nRavi: good\n", 4),
            ("Ann Lee: hi\nDana: yes\nMarcus: ok\n", 3),
            ("Dana (Sales): hi\nMarcus (IT): yes\nDana: ok\nMarcus: good\n", 4),
            ("Ann Lee: I run finance.\nBob Ray: I am the CTO.\nCy Orr: I buy.\nDan Brown: Thanks.\n", 4),
            ("Q1: Is it dear?\nA1: No.\nQ2: Is it slow?\nA2: No.\n", 4),
            ("2026-02-12 15:04 PT: Too dear.\n2026-02-12 15:05 AB: I see.\n2026-02-12 15:06 PT: We sign.\n", 3),
            ("Dan Brown: Hello.\n415-555-0134 Ann: Too dear.\nDan Brown: I see.\n415-555-0134 Ann: We sign.\n", 4),
            ("Next: I am next.\nBob Ray: Good.\n", 2),
            ("Info Desk: hi\nMarcus: yes\nInfo Desk: ok\n", 3),
        ] {
            assert_eq!(parse(text).turns.len(), turns, "{text}");
        }
    }
}
