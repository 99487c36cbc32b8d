//! One conversation as the page shows it: its shape, its people, and every utterance with its sentiment and intents.

use serde::Serialize;

use super::{
    cards::{Places, title},
    chart, lanes,
};
use crate::{
    conversation::{Channel, Conversation, Side},
    floor::{TurnSound, floor},
    measure::{
        Basis, Evidence,
        language::is_unread,
        shape::Shape,
        span,
        speakers::Person,
        timing::{OWN, timing},
    },
    report::{
        tone,
        words::{self, balance, plain},
    },
    rules::Finding,
    utterance::{Scored, Tone},
};

/// One conversation.
#[derive(Serialize)]
pub(super) struct Talk {
    id: String,
    channel: &'static str,
    is_call: bool,
    when: String,
    title: String,
    file: String,
    buyer: String,
    strokes: String,
    /// What was heard, drawn; empty where no recording was.
    lanes: String,
    flags: Vec<usize>,
    facts: Vec<(String, String)>,
    people: Vec<(String, String)>,
    turns: Vec<TurnView>,
}

#[derive(Serialize)]
struct TurnView {
    id: String,
    at: Option<String>,
    speaker: String,
    side: &'static str,
    side_class: &'static str,
    pieces: Vec<Piece>,
    /// Numbers of the risks that quote this turn.
    flags: Vec<usize>,
    /// A pause before it that is worth showing.
    pause: Option<String>,
    /// How it sounded where that is out of the ordinary for its speaker, and in full.
    sound: Option<(String, String)>,
}

#[derive(Serialize)]
struct Piece {
    text: String,
    tone: &'static str,
    mark: &'static str,
    says: String,
    intents: Vec<String>,
}

impl Places<'_> {
    /// The conversation at place `i`; `flags` are the numbers of the risks that arose in it.
    pub(super) fn talk(&self, i: usize, p: &tone::Point, flags: Vec<usize>, risks: &[Finding]) -> Talk {
        let c = &p.scored.conversation;
        let id = format!("{}c{i}", self.prefix);
        let quoted = |turn: usize| -> Vec<usize> {
            let here = |e: &Evidence| matches!(e, Evidence::Quote { conversation, turn: t, .. } if *t == turn && *conversation == c.id);
            let with = risks.iter().enumerate().filter(|(_, f)| f.evidence.iter().any(here));
            with.map(|(n, _)| n + 1).collect()
        };
        let mut heard = floor(c).map(|f| f.turns).unwrap_or_default().into_iter().peekable();
        let foreign = is_unread(p.scored);
        let mut until: Option<u64> = None;
        let mut turns = Vec::with_capacity(c.turns.len());
        let mut utterances = p.scored.utterances.iter().peekable();
        for (n, turn) in c.turns.iter().enumerate() {
            let mut pieces = Vec::new();
            while let Some(u) = utterances.next_if(|u| u.turn <= n) {
                pieces.extend(turn.text.get(u.span.clone()).map(|text| piece(text, u, p.scored, foreign)));
            }
            let gap = until.zip(turn.start_ms).map(|(a, b)| b.saturating_sub(a)).filter(|ms| *ms >= 5000);
            until = turn.end_ms.map(|e| e.max(until.unwrap_or(0)));
            turns.push(TurnView {
                id: format!("{id}-t{n}"),
                at: turn.start_ms.filter(|_| c.channel != Channel::Email).map(words::clock),
                speaker: turn.speaker.clone(),
                side: words::side(turn.side),
                side_class: turn.side.name(),
                pieces,
                flags: quoted(n),
                pause: gap.map(|ms| span(ms as f64 / 1000.0)),
                sound: heard.next_if(|t| t.turn == n).and_then(sound),
            });
        }
        let people = c.participants.iter().map(|p| {
            let title = p.title.as_deref().map_or(String::new(), |t| format!("{t}, "));
            (p.name.clone(), format!("{title}{}", words::side(p.side)))
        });
        Talk {
            id,
            channel: words::channel(c.channel),
            is_call: c.channel == Channel::Call,
            when: c.started_at.map_or("no date".into(), |t| words::moment(t, self.zone)),
            title: title(p.scored),
            file: c.id.0.clone(),
            buyer: p.buyer.mean.map_or("–".into(), balance),
            strokes: chart::strokes(p.scored),
            lanes: lanes::lanes(c),
            flags,
            facts: shape(p, self.shapes.get(&c.id)),
            people: people.collect(),
            turns,
        }
    }
}

fn shape(p: &tone::Point, shape: Option<&Shape>) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    for (name, mood) in [("Buyer's tone", p.buyer), ("Our tone", p.seller)] {
        if let Some(mean) = mood.mean {
            row(
                name,
                format!("{} ({} positive, {} negative of {})", balance(mean), mood.positive, mood.negative, mood.said),
            );
        }
    }
    if let Some(shape) = shape {
        if let Some(share) = shape.talk_share {
            row("Talk share", format!("us {share:.0} %, buyer {:.0} % of the words", 100.0 - share));
        }
        // Words alone: a pause ends a stretch by the clock and not one of words, so that the two are of different stretches.
        if let Some((who, words)) = longest(shape) {
            row("Longest stretch", format!("{}, {}", words::count(words, "word"), who.name));
        }
        row("Utterances that ask", format!("us {}, buyer {}", shape.seller.questions, shape.buyer.questions));
    }
    heard(&p.scored.conversation, &mut row);
    if let Some((n, seconds)) = shape.and_then(|shape| shape.long_silences) {
        row("Silences over 3 s", if n == 0 { "none".into() } else { format!("{n}, {} in all", span(seconds)) });
    }
    rows
}

/// Whose stretch was the longest, of equals the first who spoke, and its words.
fn longest<'s>(shape: &'s Shape) -> Option<(&'s Person<'s>, usize)> {
    let stretches = shape.people.iter().filter_map(|person| Some((person, person.stretch_words?)));
    stretches.reduce(|best, one| if one.1 > best.1 { one } else { best })
}

/// What the recording adds: who broke in on whom, and what a reader should know of it.
fn heard(call: &Conversation, row: &mut impl FnMut(&str, String)) {
    let Some(recording) = &call.recording else { return };
    if let Some(clock) = timing(call, &OWN).filter(|clock| clock.floor_from == Basis::Recording) {
        let by = |side| clock.interruptions.iter().filter(|i| i.side == side).count();
        row("Interruptions, heard", format!("us {}, buyer {}", by(Side::Seller), by(Side::Buyer)));
    }
    row("Recording", format!("{}, {}", recording.files.join(", "), words::clock(recording.length_ms)));
    for note in &recording.notes {
        row("Of the recording", note.clone());
    }
}

/// Words for what is out of the ordinary in how a turn sounded, beside its own speaker's other turns; and all of it.
fn sound(t: TurnSound) -> Option<(String, String)> {
    let mut short = Vec::new();
    if t.is_loud() {
        short.push("louder than usual");
    }
    if t.took_floor {
        short.push("broke in");
    }
    let mut full: Vec<String> = Vec::new();
    full.extend(t.level_db.map(|db| format!("{db:+.1} dB beside this speaker's median")));
    full.extend(t.words_per_minute.map(|w| format!("{w:.0} words a minute")));
    full.extend(
        t.overlap_ms.filter(|ms| *ms > 0).map(|ms| format!("{:.1} s at once with another", ms as f64 / 1_000.0)),
    );
    (!short.is_empty()).then(|| (short.join(", "), full.join(", ")))
}

/// An utterance with what the model says of it; nothing where it is `foreign` to the model.
fn piece(text: &str, u: &crate::Utterance, scored: &Scored, foreign: bool) -> Piece {
    if foreign {
        let says = "the model does not read this language".into();
        return Piece { text: text.into(), tone: "", mark: "", says, intents: Vec::new() };
    }
    let s = &u.sentiment;
    let (mark, tone) = match (s.unclear, s.label) {
        (true, _) => ("?", "unclear"),
        (_, Tone::Negative) => ("−", "negative"),
        (_, Tone::Positive) => ("+", "positive"),
        (_, Tone::Neutral) => ("", "neutral"),
    };
    let p = |m: crate::utterance::Millionths| format!("{:.2}", m.as_f64());
    let says = format!("{tone}: negative {}, neutral {}, positive {}", p(s.negative), p(s.neutral), p(s.positive));
    let (tone, mark, says) = match scored.provenance.unread.sentiment {
        true => ("", "", "the model reads no tone".into()),
        false => (tone, mark, says),
    };
    Piece { text: text.into(), tone, mark, says, intents: u.intents.0.keys().map(|i| plain(i.name())).collect() }
}
