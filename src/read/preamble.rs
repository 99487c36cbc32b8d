//! What stands above the first speaker of a transcript: which lines services and programs write there themselves, when and how
//! long, who takes part, what it is called, and which somebody may miss as words. Only the latter are told as a loss; who takes
//! part, and for which company, is read.

use std::{borrow::Cow, collections::HashSet, ops::RangeInclusive};

use super::{eml, labelled::remark::is_transcript_heading, speaker::looks_like_name};
use crate::{
    calendar::{self, MONTHS},
    conversation::{Participant, Turn},
};

/// What a call is called by the lines of `preamble`: the first of them, or what stands behind "Title:"; nothing where the first is
/// only a heading of the transcript or what a service says of it.
pub(super) fn title(preamble: &[(usize, String)]) -> String {
    /// Within how many lines a heading has its title.
    const HEADING: usize = 13;
    let Some((_, first)) = preamble.first() else { return String::new() };
    // Markdown's marks are no part of it.
    let first = first.trim_matches(['#', '*', ' ']);
    let section = section_of(first);
    let says_nothing = is_transcript_heading(first) || is_notice(first) || matches!(section, Some(Section::Begun));
    if !says_nothing && !is_field(first) {
        return first.to_owned();
    }
    let fields = || preamble.iter().take(HEADING).find_map(|(_, line)| titled(line));
    // Word has the name of the recording below "Audio file".
    let recording =
        || preamble.get(1).map(|(_, line)| bare(line)).filter(|line| section.is_some() && is_recording(line));
    // "Date: 2026-03-03" is no name of anything.
    let dated =
        first.split_once([':', '：']).is_some_and(|(label, value)| !is_title(label) && says_only_when(bare(value)));
    let other = if says_nothing || dated { "" } else { first };
    titled(first).or_else(fields).or_else(recording).unwrap_or(other).to_owned()
}

/// Labels of a title.
#[rustfmt::skip]
const TITLES: &[&str] = &[
    "title", "meeting title", "call title", "meeting", "meeting name", "topic", "subject", "titel", "betreff", "thema", "titre", "título", "titolo",
    "会议主题", "会議名", "제목",
];

/// What stands behind the label of a title: "Acme" of "Meeting Title: Acme".
fn titled(line: &str) -> Option<&str> {
    let (label, title) = line.split_once([':', '：'])?;
    let title = bare(title);
    (is_title(label) && !title.is_empty() && !says_only_when(title)).then_some(title)
}

fn is_title(label: &str) -> bool {
    TITLES.contains(&bare(label).to_lowercase().as_str())
}

/// Whether a line is what Teams' page says of itself above a transcript. In the languages in which it was seen.
fn is_notice(line: &str) -> bool {
    const NOTICES: &[&str] = &[
        "AI-generated content may be incorrect",
        "KI-generierte Inhalte können fehlerhaft sein",
        "O conteúdo gerado por IA pode estar incorreto",
        "Search",
        "Pesquisar",
    ];
    const HOW_TO: &[&str] = &["Transcript. Use arrow keys ", "Transcrição. Use as setas "];
    NOTICES.contains(&line.trim_end_matches('.')) || HOW_TO.iter().any(|how| line.starts_with(how))
}

/// The lines of `preamble`, by their numbers, that somebody may miss: a range for each block of them, which blank lines do not
/// end.
pub(super) fn missed(preamble: &[(usize, String)], turns: &[Turn]) -> Vec<RangeInclusive<usize>> {
    let speakers: HashSet<&str> = turns.iter().map(|t| t.speaker.as_str()).collect();
    let mut out: Vec<RangeInclusive<usize>> = Vec::new();
    // Whether the line above is missed.
    let mut open = false;
    let (mut section, mut last) = (Section::None, 0);
    for (number, text) in preamble {
        let line = bare(text);
        if let Some(begun) = section_of(line) {
            (section, last, open) = (begun, *number, false);
            continue;
        }
        let near = *number <= last + if matches!(section, Section::Begun) { 2 } else { 1 };
        let of_section = match section {
            Section::Begun | Section::Words => near,
            Section::People => is_people(line),
            Section::None => false,
        };
        last = *number;
        section = match section {
            Section::Begun | Section::Words if of_section => Section::Words,
            Section::People if of_section => Section::People,
            _ => Section::None,
        };
        let known = of_section
            || !line.contains(char::is_alphanumeric)
            || says_only_when(line)
            || is_transcript_heading(line)
            || is_field(line)
            || is_link(line)
            || is_recording(line)
            || behind_bare_label(line).is_some()
            || is_notice(line)
            || names(line).all(|name| speakers.contains(name));
        match out.last_mut() {
            _ if known => {}
            Some(block) if open => *block = *block.start()..=*number,
            _ => out.push(*number..=*number),
        }
        open = !known;
    }
    out
}

/// Who takes part, as a heading says it: everybody whom it lists with an address, and the companies' people of Gong's.
pub(super) fn people(preamble: &[(usize, String)]) -> Vec<Participant> {
    let mut found = addressed(preamble);
    found.extend(of_companies(preamble));
    found
}

/// Whoever stands with an address behind "Attendees:", "Host:" or "Invited", or in a list below it.
pub(super) fn addressed(preamble: &[(usize, String)]) -> Vec<Participant> {
    let mut found: Vec<Participant> = Vec::new();
    let mut listing = false;
    for (_, text) in preamble {
        let text = with_plain_addresses(text);
        let line = bare(&text).trim_start_matches(['-', '–', ' ']);
        let mut add = |person: Participant| {
            let email = person.email.as_deref().filter(|email| !email.contains(char::is_whitespace));
            if email.is_some_and(|email| !is_recorder(email) && found.iter().all(|p| p.email.as_deref() != Some(email)))
            {
                found.push(person);
            }
        };
        if let Some(list) = behind_bare_label(line) {
            of_blanks(list).for_each(&mut add);
            listing = true;
            continue;
        }
        let behind_label = line.split_once([':', '：']).filter(|(label, _)| {
            let label = bare(label).to_lowercase();
            OVER_PEOPLE.contains(&label.as_str()) || ORGANISERS.contains(&label.as_str())
        });
        let list = match behind_label {
            Some((_, list)) => bare(list),
            None if matches!(section_of(line), Some(Section::People)) => "",
            None if listing && line.contains('@') => line,
            None => {
                listing = false;
                continue;
            }
        };
        listing = true;
        eml::people::pieces(list).into_iter().map(eml::people::person).for_each(add);
    }
    found
}

/// `text` with "Ann Lee <ann@acme.example>" where Markdown has "[Ann Lee](mailto:ann@acme.example)".
fn with_plain_addresses(text: &str) -> Cow<'_, str> {
    const LINK: &str = "](mailto:";
    if !text.contains(LINK) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(LINK) {
        let Some((address, behind)) = behind.split_once(')') else { break };
        let (above, name) = before.rsplit_once('[').unwrap_or((before, ""));
        out.extend([above, name, " <", address, ">"]);
        rest = behind;
    }
    out.push_str(rest);
    out.into()
}

/// The list behind a label without a colon, as Gemini's notes have it: "Invited Ann Lee <ann@acme.example> bob@acme.example". A
/// sentence about whom somebody invited is no list.
fn behind_bare_label(line: &str) -> Option<&str> {
    const INVITED: &[&str] = &["invited", "eingeladen", "invités", "invitados", "convidados"];
    let (label, list) = line.split_once(char::is_whitespace)?;
    let is_list = || {
        divided_by_blanks(list).iter().all(|(name, _)| name.is_empty() || looks_like_name(&name.replace(',', "")))
            && list.split_whitespace().last().is_some_and(|word| word.contains('@') || bare(word).starts_with('('))
    };
    (list.contains('@') && INVITED.contains(&label.to_lowercase().as_str()) && is_list()).then_some(list)
}

/// The names and addresses of a list that nothing but blanks divides. A name belongs to the address in angle brackets behind it: an
/// address that stands by itself may be somebody else's.
fn divided_by_blanks(list: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut name: Vec<&str> = Vec::new();
    for word in list.split_whitespace() {
        if word.contains('@') {
            let email = word.trim_matches([',', ';', '"', '<', '>', '(', ')', '[', ']']).to_lowercase();
            let bracketed = word.starts_with('<');
            let name = std::mem::take(&mut name).join(" ");
            found.push((if bracketed { name } else { String::new() }, email));
        } else if !word.starts_with('(') {
            // "(organizer)" is no name.
            name.push(word.trim_matches([';', '"']));
        }
    }
    found
}

/// Whoever has an address in such a list. What may be two names is none: "Ann Lee Bob Roe <bob@acme.example>".
fn of_blanks(list: &str) -> impl Iterator<Item = Participant> {
    /// Words of a name beside its particles.
    const MOST: usize = 3;
    divided_by_blanks(list).into_iter().map(|(name, email)| {
        let given = name.trim_end_matches(',');
        let name = match given.split_once(", ") {
            Some((surname, given)) => format!("{given} {surname}"),
            None => given.to_owned(),
        };
        let is_one = !name.is_empty() && name.split_whitespace().count() <= MOST;
        Participant { name: if is_one { name } else { email.clone() }, email: Some(email), ..Participant::default() }
    })
}

/// Whether an address is that of a service that records calls, which is invited to them as people are.
fn is_recorder(email: &str) -> bool {
    // A room that a calendar books is nobody either.
    const SERVICES: &[&str] = &[
        "fireflies.ai",
        "otter.ai",
        "read.ai",
        "fathom.video",
        "avoma.com",
        "tldv.io",
        "resource.calendar.google.com",
    ];
    email.rsplit_once('@').is_some_and(|(_, domain)| SERVICES.contains(&domain))
}

/// The people of a heading of Gong: below "Participants" a paragraph for each company, its name on a line of its own, under it
/// "Dana Whitfield, Account Executive". The name carries the company, as a label does.
fn of_companies(preamble: &[(usize, String)]) -> Vec<Participant> {
    let begins = |line: &(usize, String)| matches!(section_of(bare(&line.1)), Some(Section::People));
    let Some(at) = preamble.iter().position(begins) else { return vec![] };
    let paragraphs = preamble[at + 1..].chunk_by(|above, below| below.0 == above.0 + 1);
    let member = |line: &str, company: &str| {
        let (name, title) = line.split_once(", ")?;
        let person = Participant {
            name: format!("{} ({company})", name.trim()),
            title: Some(title.trim().to_owned()),
            ..Participant::default()
        };
        (looks_like_name(name) && !line.contains(':')).then_some(person)
    };
    let of_paragraph = |lines: &[(usize, String)]| {
        let (company, people) = lines.split_first()?;
        let company = bare(&company.1);
        let people: Option<Vec<Participant>> = people.iter().map(|(_, line)| member(bare(line), company)).collect();
        people.filter(|_| !company.contains([',', ':', '(']))
    };
    paragraphs.filter_map(of_paragraph).flatten().collect()
}

/// What a heading of its own announces.
#[derive(Clone, Copy)]
enum Section {
    None,
    /// A paragraph of key words, of which nothing was read yet.
    Begun,
    /// The rest of it.
    Words,
    /// Who takes part, perhaps by company.
    People,
}

/// Headings over a paragraph that a service makes up, in lower case.
#[rustfmt::skip]
const OVER_WORDS: &[&str] = &[
    "summary keywords", "keywords", "key words", "schlüsselwörter", "schlagwörter", "mots-clés", "palabras clave", "parole chiave",
    "palavras-chave", "关键词", "關鍵詞", "キーワード", "키워드", "audio file", "audiodatei", "fichier audio", "archivo de audio",
];

/// Headings over a list of people.
#[rustfmt::skip]
const OVER_PEOPLE: &[&str] = &[
    "speakers", "participants", "meeting participants", "attendees", "invited", "eingeladen", "invités", "invitados", "convidados", "sprecher", "teilnehmer", "teilnehmende", "participantes", "asistentes",
    "intervenants", "partecipanti", "deelnemers", "deltagare", "deltagere", "uczestnicy", "参会人", "发言人", "参加者", "참석자",
];

/// What stands before a colon and whoever called a meeting, in lower case; before somebody's words, too.
pub(super) const ORGANISERS: &[&str] = &["host", "organizer", "organiser"];

/// What stands before a colon and its value in a heading.
#[rustfmt::skip]
const FIELDS: &[&str] = &[
    "date", "call date", "meeting date", "time", "start time", "end time", "duration", "length", "title", "meeting title",
    "meeting", "meeting name", "topic",
    "meeting created at", "created at", "recorded on", "recorded at", "recorded", "host", "organizer", "organiser", "location",
    "language", "recording", "platform", "meeting id", "call id", "datum", "uhrzeit", "dauer", "titel", "thema", "ort", "sprache",
    "beginn", "heure", "durée", "titre", "fecha", "hora", "duración", "título", "data", "ora", "durata", "titolo", "duração",
    "tijd", "duur", "会议主题", "会议时间", "会议号", "录制时间", "会議名", "日時", "일시", "제목",
];

fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '*' | '_' | '•'))
}

fn section_of(line: &str) -> Option<Section> {
    let lower = line.trim_end_matches([':', '：']).trim_end_matches(['*', ' ']).to_lowercase();
    if OVER_WORDS.contains(&lower.as_str()) {
        Some(Section::Begun)
    } else if OVER_PEOPLE.contains(&lower.as_str()) {
        Some(Section::People)
    } else {
        None
    }
}

/// Whether a line is a field that is known: "Duration: 31 min", "会议主题：Acme".
pub(super) fn is_field(line: &str) -> bool {
    let Some((label, _)) = line.split_once([':', '：']) else { return false };
    let label = bare(label).to_lowercase();
    [FIELDS, OVER_WORDS, OVER_PEOPLE].iter().any(|labels| labels.contains(&label.as_str()))
}

/// A link, perhaps behind what it is: "VIEW RECORDING - 31 mins: https://…".
fn is_link(line: &str) -> bool {
    const MOST_WORDS: usize = 8;
    let Some(at) = line.find("https://").or_else(|| line.find("http://")) else { return false };
    !line[at..].contains(' ') && line[..at].split_whitespace().nth(MOST_WORDS).is_none()
}

/// The name of a recording, or when and by what it was made: "acme.wav", "Recorded on Mar 12, 2026 via Zoom, 31m".
fn is_recording(line: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".wav", ".mp3", ".mp4", ".m4a", ".mov", ".webm", ".ogg", ".aac", ".flac", ".wma", ".mkv", ".avi"];
    let lower = line.to_lowercase();
    let made = ["recorded on ", "recorded at ", "created on ", "created at ", "started on ", "aufgezeichnet am "];
    (ENDINGS.iter().any(|ending| lower.ends_with(ending)) && lower.split_whitespace().nth(5).is_none())
        || (made.iter().any(|made| lower.starts_with(made)) && super::when::in_text(line).is_some())
}

/// The names of a list on one line.
fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split([',', ';', '、', '，'])
        .map(|name| name.trim().trim_start_matches("and "))
        .filter(|name| !name.is_empty())
}

/// Whether a line is nothing but people and what they are: "Dana Whitfield, Account Executive".
fn is_people(line: &str) -> bool {
    line.chars().count() <= 200
        && names(line.trim_start_matches(['-', '–', ' '])).all(|name| is_address(name) || looks_like_name(name))
}

/// "Dana Whitfield <dana@acme.example>", the address alone.
fn is_address(text: &str) -> bool {
    text.split_whitespace().last().is_some_and(|last| last.contains('@')) && text.split_whitespace().nth(4).is_none()
}

/// Whether a line of a heading says when a call was or how long it took, and nothing that somebody could miss:
/// "May 27, 2026, 10:00 AM", "15m 2s", "jeudi 12 mars 2026 à 15h04", "2026年3月12日 15:04".
pub(super) fn says_only_when(text: &str) -> bool {
    let is_zone = |word: &str| (2..=5).contains(&word.len()) && word.chars().all(|c| c.is_ascii_uppercase());
    let known = |word: &&str| {
        let lower = word.to_lowercase();
        OF_TIME.contains(&lower.as_str())
            || is_zone(word)
            || calendar::is_week_day(&lower)
            || calendar::month(&lower).is_some()
            || (lower.len() >= 3 && MONTHS.iter().any(|name| name.starts_with(&lower)))
    };
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    text.chars().any(|c| c.is_ascii_digit()) && words.all(|word| known(&word))
}

/// Words of a date, a time of day or a length, but for names.
#[rustfmt::skip]
const OF_TIME: &[&str] = &[
    "am", "pm", "at", "on", "to", "from", "h", "m", "s", "hr", "hrs", "min", "mins", "sec", "secs", "hour", "hours",
    "minute", "minutes", "second", "seconds", "st", "nd", "rd", "th", "t", "z", "date", "time", "duration", "length",
    "sept", "eastern", "central", "mountain", "pacific", "standard", "daylight", "us", "canada",
    "um", "uhr", "von", "bis", "den", "datum", "std", "stunde", "stunden", "minuten", "sekunden",
    "le", "à", "er", "heure", "heures", "secondes", "el", "de", "las", "p", "a", "hora", "horas", "minuto", "minutos",
    "alle", "ore", "ora", "minuti", "às", "kl", "klo", "om", "г", "в", "мин", "年", "月", "日", "号", "時", "时", "分", "秒", "分钟",
    "分鐘", "小时", "時間", "午前", "午後", "上午", "下午", "년", "월", "일", "시", "분", "초", "오전", "오후",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_says_only_when_is_known_from_one_with_something_to_miss() {
        for (line, only) in [
            ("May 27, 2026, 10:00AM", true),
            ("15m 2s", true),
            ("Tue, Mar 3, 2026 8:00 PM PST", true),
            ("March 3, 2026 3:00 PM – 3:30 PM (CET)", true),
            ("Date: 2026-03-03T10:00Z", true),
            ("March 3, 2026 10:00 AM (Eastern Time)", true),
            ("Duration: 1 hour 2 minutes", true),
            ("27. Mai 2026", true),
            ("Donnerstag, 12. März 2026 um 15:04 Uhr", true),
            ("jeudi 12 mars 2026 à 15h04", true),
            ("2026年3月12日(木) 15時04分", true),
            ("2026-03-12 15:04:22 CST|31分钟 12秒", true),
            ("March", false),
            ("Send the offer by March 3", false),
            ("3 open points", false),
            ("Angebot bis 27. Mai 2026", false),
        ] {
            assert_eq!(says_only_when(line), only, "{line}");
        }
    }

    #[test]
    fn a_title_is_what_the_call_is_called() {
        for (text, expected) in [
            ("## **Acme pricing**\nTopic: B", "Acme pricing"),
            ("Title: Acme pricing\nDate: 2026-06-11", "Acme pricing"),
            ("Date: 2026-06-11\n**Meeting Title:** Acme pricing", "Acme pricing"),
            ("Meeting: Acme: pricing", "Acme: pricing"),
            ("Meeting: June 3, 2026", "Meeting: June 3, 2026"),
            ("Date: 12 March 2026", ""),
            ("# Transcript\nthey want ten percent off", ""),
            ("AI-generated content may be incorrect", ""),
            ("Audio file\nacme call.wav\nTranscript", "acme call.wav"),
            ("Keywords\nprice", ""),
            ("Sales Call: Discovery", "Sales Call: Discovery"),
        ] {
            let lines: Vec<(usize, String)> = text.lines().map(str::to_owned).enumerate().collect();
            assert_eq!(title(&lines), expected, "{text}");
        }
    }

    #[test]
    fn people_stand_below_their_company() {
        let lines =
            |text: &str| text.lines().map(str::to_owned).enumerate().filter(|l| !l.1.is_empty()).collect::<Vec<_>>();
        let gong = "Call\n\nParticipants\n\nNorthwind\nDana Whitfield, AE\nBo Ng, SE\n\nAcme Inc\nMarta Lee, VP, Operations\n\n\
                    Other\n+1 (415) 555-0134\n\nTopics\n\nPricing: 12:40";
        for (text, expected) in [
            (
                gong,
                &["Dana Whitfield (Northwind), AE", "Bo Ng (Northwind), SE", "Marta Lee (Acme Inc), VP, Operations"][..],
            ),
            ("Attendees\nDana Whitfield\nMarta Lee", &[]),
            ("Northwind\nDana Whitfield, AE", &[]),
        ] {
            let found = people(&lines(text));
            let shown: Vec<String> =
                found.iter().map(|p| format!("{}, {}", p.name, p.title.as_deref().unwrap_or(""))).collect();
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn what_services_write_is_told_from_notes() {
        let turn = |name: &str| Turn { speaker: name.into(), ..Turn::default() };
        let turns = [turn("Dana Whitfield"), turn("Marcus Oduya")];
        for (text, expected) in [
            ("SUMMARY KEYWORDS\nprice, rollout, next steps\n\nSPEAKERS\nDana Whitfield, Marcus Oduya", &[][..]),
            ("Search\nAI-generated content may be incorrect", &[]),
            ("VIEW RECORDING - 31 mins (No highlights): https://fathom.example/abc\n\n---", &[]),
            (
                "Recorded on Mar 12, 2026 via Zoom, 31m\n\nParticipants\n\nNorthwind\nDana Whitfield, AE\n\nTranscript",
                &[],
            ),
            ("Audio file\nacme.wav\nTranscript", &[]),
            ("会议主题：Acme 续约\n会议时间：2026/03/12 15:04:22", &[]),
            ("关键词:\n价格、续约\n\n文字记录:", &[]),
            ("Keywords: price, budget\nDuration: 31 min", &[]),
            ("Summary\nThey want a lower price.\nTranscript", &[1..=2]),
            ("Summary\n\nThey want a lower price.\nDate: June 3\nSigned?", &[1..=3, 5..=5]),
            ("Participants\nDana Whitfield\nthey want ten percent off", &[3..=3]),
            ("Keywords\nprice\n\nHe is bluffing", &[4..=4]),
        ] {
            let lines: Vec<(usize, String)> =
                text.lines().enumerate().map(|(n, l)| (n + 1, l.to_owned())).filter(|(_, l)| !l.is_empty()).collect();
            assert_eq!(missed(&lines, &turns), expected, "{text}");
        }
    }
}
