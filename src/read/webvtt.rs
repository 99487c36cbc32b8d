//! WebVTT in the dialects of Zoom (`Ann: hello`), Teams (`<v Ann>hello</v>`), Webex (`1 "Ann" (123)` above the time) and
//! everybody else. They differ only in where the name stands, and files mix that; so one reader serves all three names.

use super::{
    Format, Input, Likeness, Read, Skipped,
    cues::{self, Arrow, Cue, Pieces},
    eml,
    html::decode_entities,
    is_address,
};
use crate::conversation::{Channel, Conversation, Timestamp};

/// WebVTT with voice tags: Microsoft Teams, podcasts.
pub struct TeamsVtt;
/// WebVTT as Zoom writes it: a number, the times, `Name: words`.
pub struct ZoomVtt;
/// Any other WebVTT.
pub struct WebVtt;

impl Format for TeamsVtt {
    fn name(&self) -> &'static str {
        "teams-vtt"
    }
    fn doc(&self) -> &'static str {
        "WebVTT with <v Name> voice tags: Microsoft Teams, podcasts"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if is_vtt(input) && (input.head().contains("<v ") || input.head().contains("<v.")) {
            Likeness::Certain
        } else {
            Likeness::No
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        read(self, input)
    }
}

impl Format for ZoomVtt {
    fn name(&self) -> &'static str {
        "zoom-vtt"
    }
    fn doc(&self) -> &'static str {
        "WebVTT with \"Name: words\" in numbered cues: Zoom"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        let numbered = input.head().lines().skip(1).find(|l| !l.trim().is_empty()).is_some_and(|l| l.trim() == "1");
        if is_vtt(input) && numbered && input.head().contains(": ") { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        read(self, input)
    }
}

impl Format for WebVtt {
    fn name(&self) -> &'static str {
        "webvtt"
    }
    fn doc(&self) -> &'static str {
        "WebVTT of any other origin: Webex, YouTube, captioning tools"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if is_vtt(input) {
            return Likeness::Certain;
        }
        // The mark was lost, the cues are there: times with a point, as SRT has a comma.
        match cues::first_timing(input.head()) {
            Some(line) if line.split("-->").all(|t| t.contains(':') && t.contains('.')) => Likeness::Likely,
            _ => Likeness::No,
        }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        read(self, input)
    }
}

fn is_vtt(input: &Input) -> bool {
    let head = input.head().trim_start();
    head.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

fn read(format: &dyn Format, input: &Input) -> Result<Read, Skipped> {
    let mut skipped = Vec::new();
    let comment = |line: &str| {
        ["NOTE", "STYLE", "REGION"]
            .iter()
            .any(|k| line.strip_prefix(k).is_some_and(|r| r.is_empty() || r.starts_with([' ', '\t', ':'])))
    };
    let cues = cues::cues(input, Arrow::Arrow, comment, &mut skipped);
    // Rolling captions repeat each line while it scrolls up; only they have times inside a line.
    let rolling = input.text().contains("><c") && cues.iter().any(|c| c.body.iter().any(|l| has_inner_time(l)));
    let cues = if rolling { without_repeats(cues) } else { cues };
    let mut conversation = input.conversation(format, Channel::Call, None);
    conversation.turns = cues::turns(&cues, pieces);
    let began = cues.iter().find_map(began);
    conversation.started_at = began.or(conversation.started_at);
    addresses_of_voices(&mut conversation);
    if conversation.turns.is_empty() {
        if skipped.is_empty() {
            return Err(input.skipped(
                None,
                "no_words",
                "the transcript has no cue with words; export it again once it is ready",
            ));
        }
        return Ok(Read { skipped, ..Read::default() });
    }
    let own_moments = began.map(|_| conversation.id.clone()).into_iter().collect();
    Ok(Read { conversations: vec![conversation], skipped, own_moments, ..Read::default() })
}

/// A cue's lines without tags; a voice tag names the speaker from there to its end or the next one.
fn pieces(cue: &Cue) -> Pieces {
    if let Some(piece) = metadata(&cue.body) {
        return vec![piece];
    }
    let webex = cue.id.and_then(name_in_id);
    let mut out: Pieces = Vec::new();
    let mut voice: Option<String> = webex.clone();
    for line in &cue.body {
        let (mut text, mut rest) = (String::new(), *line);
        while let Some(at) = rest.find('<') {
            text.push_str(&rest[..at]);
            // "3 < 4" opens no tag, nor does what another opens before it ends.
            let opens = rest[at + 1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
            let end = end_behind_address(&rest[at + 1..]).or_else(|| rest[at + 1..].find(['<', '>']));
            let end = end.map(|end| at + 1 + end);
            let Some(end) = end.filter(|end| opens && rest[*end..].starts_with('>')) else {
                text.push('<');
                rest = &rest[at + 1..];
                continue;
            };
            let tag = &rest[at + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = voice_name(tag) {
                push(&mut out, &voice, &mut text);
                voice = Some(name);
            } else if tag == "/v" {
                push(&mut out, &voice, &mut text);
                voice = webex.clone();
            } else if !is_tag(tag) {
                // "a <b" and "<me>" are words.
                text.push('<');
                text.push_str(tag);
                text.push('>');
            }
        }
        text.push_str(rest);
        push(&mut out, &voice, &mut text);
    }
    out
}

/// Teams' transcript with metadata has a JSON object for each cue's words.
fn metadata(body: &[&str]) -> Option<(Option<String>, String)> {
    let object = object(body)?;
    let text = |key: &str| object.get(key).and_then(serde_json::Value::as_str);
    Some((text("speakerName").filter(|n| !n.trim().is_empty()).map(str::to_owned), text("spokenText")?.to_owned()))
}

/// When the recording began of which a cue of that transcript states its own moment.
fn began(cue: &Cue) -> Option<Timestamp> {
    let object = object(&cue.body)?;
    object.get("spokenText")?;
    let at = object.get("startDateTime")?.as_str()?.parse::<Timestamp>().ok()?;
    let since = i64::try_from(cue.start_ms?).ok()?;
    Timestamp::from_millisecond(at.as_millisecond() - since).ok()
}

/// The object that a cue's lines are.
fn object(body: &[&str]) -> Option<serde_json::Value> {
    body.first().filter(|line| line.starts_with('{'))?;
    serde_json::from_str(&body.concat()).ok()
}

fn push(out: &mut Pieces, voice: &Option<String>, text: &mut String) {
    let words = decode_entities(text.trim());
    if !words.trim().is_empty() {
        out.push((voice.clone(), words.into_owned()));
    }
    text.clear();
}

/// The name in `v Ann Smith` or `v.loud Ann Smith`; empty names name nobody.
fn voice_name(tag: &str) -> Option<String> {
    let rest = tag.strip_prefix('v')?;
    if !rest.is_empty() && !rest.starts_with(['.', ' ', '\t']) {
        return None;
    }
    let name = rest.split_once([' ', '\t']).map_or("", |(_, name)| name).trim();
    Some(decode_entities(name).into_owned())
}

/// Where the tag "v Room 2 <room2@acme.example>" ends, whose text begins so.
fn end_behind_address(text: &str) -> Option<usize> {
    /// The longest name with an address, in bytes.
    const LONGEST: usize = 200;
    let near = text.starts_with("v ").then(|| &text[..text.floor_char_boundary(LONGEST)])?;
    let open = near.find(['<', '>']).filter(|open| near[*open..].starts_with('<'))?;
    let close = open + near[open..].find('>')?;
    (near[close + 1..].starts_with('>') && is_address(&near[open + 1..close])).then_some(close + 1)
}

/// Takes the address out of a voice's name, "Room 2 <room2@acme.example>".
fn addresses_of_voices(conversation: &mut Conversation) {
    for turn in &mut conversation.turns {
        if !turn.speaker.ends_with('>') {
            continue;
        }
        let person = eml::people::person(&turn.speaker);
        if person.email.as_deref().is_some_and(is_address) {
            turn.speaker.clone_from(&person.name);
            if conversation.participants.iter().all(|p| p.email != person.email) {
                conversation.participants.push(person);
            }
        }
    }
}

fn is_tag(tag: &str) -> bool {
    let name = tag.trim_start_matches('/');
    let kind: String = name.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    matches!(kind.as_str(), "c" | "i" | "b" | "u" | "ruby" | "rt" | "lang" | "v" | "font" | "span" | "br")
        || super::when::offset_ms(tag).is_some()
}

fn has_inner_time(line: &str) -> bool {
    line.split('<')
        .skip(1)
        .any(|t| t.split('>').next().is_some_and(|t| t.contains(':') && super::when::offset_ms(t).is_some()))
}

/// The name in Webex's `12 "Ann Smith" (3456)`.
fn name_in_id(id: &str) -> Option<String> {
    let (_, rest) = id.split_once('"')?;
    let (name, _) = rest.rsplit_once('"')?;
    (!name.trim().is_empty()).then(|| name.trim().to_owned())
}

fn without_repeats(cues: Vec<Cue>) -> Vec<Cue> {
    let plain = |line: &str| {
        pieces(&Cue { body: vec![line], ..Cue::default() }).into_iter().map(|(_, t)| t).collect::<String>()
    };
    let mut last = String::new();
    let mut out = Vec::with_capacity(cues.len());
    for mut cue in cues {
        cue.body.retain(|line| {
            let words = plain(line);
            let new = !words.is_empty() && words != last;
            if new {
                last = words;
            }
            new
        });
        out.push(cue);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voice_tags_and_other_tags() {
        let cue = Cue {
            body: vec![
                "<v.loud Ann &amp; Bob>Yes, <i>we</i> a<b and 3 < 4 &gt; 1</v>",
                "<v Ann &amp; Bob>do</v> - <v Cy>no",
            ],
            ..Cue::default()
        };
        let named = |n: &str| Some(n.to_owned());
        assert_eq!(
            pieces(&cue),
            [
                (named("Ann & Bob"), "Yes, we a<b and 3 < 4 > 1".to_owned()),
                (named("Ann & Bob"), "do".to_owned()),
                (None, "-".to_owned()),
                (named("Cy"), "no".to_owned())
            ]
        );
    }
}
