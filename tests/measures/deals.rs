//! Deals as small as they can be, and what is measured of them.
//!
//! A deal is written as `call` or `mail`, each followed by its lines, as `0.0-4.5 seller Rob + What did you see?`: times in
//! seconds (`-` where there are none), side, speaker, tone (`+`, `-`, `0`, a negative balance: `-0.5`, or a neutral line that leans
//! to one: `0-0.3`), words. Behind the tone may stand intents, as `0:stall@0.7` (certain where no probability stands). Words that end in `(x40)` are said forty
//! times over. A turn is one utterance; where ` / ` stands in it, one more begins.

use dealtone::{
    Channel, Conversation, ConversationId, Deal, DealId, Intents, Provenance, Scored, Sentiment, Side, Source, Turn,
    Utterance,
    measure::{Readings, measure},
    utterance::Millionths,
};

/// Holds the readings of a deal against what they should be; `what` is told where they are not.
pub fn check(what: &str, text: &str, expected: &[(&str, Option<f64>)]) {
    let readings = readings(&read(text));
    for (name, value) in expected {
        assert!(dealtone::measure::row(name).is_some(), "{name} is no measure");
        let found = readings.get(name).map(|r| r.value);
        let same = match (found, value) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            (a, b) => a.is_none() && b.is_none(),
        };
        assert!(same, "{what}: {name} is {found:?}, not {value:?}");
    }
}

/// The readings of a deal, of all that was said.
pub fn readings(deal: &Deal) -> Readings {
    measure(deal, dealtone::Timestamp::MAX, jiff::civil::date(9999, 12, 30), &[]).0
}

/// The deal that is written as `text`.
pub fn read(text: &str) -> Deal {
    let mut conversations: Vec<Scored> = Vec::new();
    for row in text.lines() {
        match row {
            "call" => conversations.push(empty(conversations.len(), Channel::Call)),
            "mail" => conversations.push(empty(conversations.len(), Channel::Email)),
            _ => say(conversations.last_mut().expect("a conversation before the first line"), row),
        }
    }
    let mut deal = Deal::new(DealId("d".into()), None);
    conversations.into_iter().for_each(|c| deal.absorb(c).expect("one provenance"));
    deal
}

fn say(scored: &mut Scored, row: &str) {
    let [times, side, speaker, tone, words] = row.splitn(5, ' ').collect::<Vec<_>>()[..] else { panic!("{row:?}") };
    let ms = |seconds: &str| (seconds.parse::<f64>().expect("seconds") * 1000.0) as u64;
    let times = times.split_once('-').filter(|(start, _)| !start.is_empty()).map(|(a, b)| (ms(a), ms(b)));
    let words = match words.trim_end_matches(')').rsplit_once(" (x") {
        Some((words, times)) => vec![words; times.parse().expect("(xN)")].join(" "),
        None => words.to_owned(),
    };
    let p = |yes: bool| if yes { Millionths::ONE } else { Millionths(0) };
    let (tone, intents) = tone.split_once(':').unwrap_or((tone, ""));
    let below = |sign: &str| tone.strip_prefix(sign).and_then(|below| below.parse::<f64>().ok());
    let sentiment = match (below("-"), below("0-")) {
        (Some(below), _) => {
            let negative = (1.0 + below) / 2.0;
            Sentiment::new(Millionths::round(negative), Millionths(0), Millionths::round(1.0 - negative), 0.0)
        }
        (None, Some(leans)) => {
            Sentiment::new(Millionths::round(leans), Millionths::round(1.0 - leans), Millionths(0), 0.0)
        }
        (None, None) => Sentiment::new(p(tone == "-"), p(tone == "0"), p(tone == "+"), 0.0),
    };
    let intent = |one: &str| {
        let (name, p) = one.split_once('@').unwrap_or((one, "1"));
        (name.parse().expect("an intent"), Millionths::round(p.parse().expect("a probability")))
    };
    let intents = Intents(intents.split(',').filter(|one| !one.is_empty()).map(intent).collect());
    let turn = scored.conversation.turns.len();
    let mut text = String::new();
    for part in words.split(" / ") {
        let start = if text.is_empty() { 0 } else { text.len() + 1 };
        text = if text.is_empty() { part.to_owned() } else { format!("{text} {part}") };
        scored.utterances.push(Utterance { turn, span: start..text.len(), sentiment, intents: intents.clone() });
    }
    scored.conversation.turns.push(Turn {
        speaker: speaker.to_owned(),
        side: match side {
            "buyer" => Side::Buyer,
            "seller" => Side::Seller,
            _ => Side::Unknown,
        },
        start_ms: times.map(|t| t.0),
        end_ms: times.map(|t| t.1),
        text,
    });
}

fn empty(number: usize, channel: Channel) -> Scored {
    Scored {
        conversation: Conversation {
            id: ConversationId(format!("d/{number}")),
            deal: DealId("d".into()),
            channel,
            started_at: Some(format!("2026-03-{:02}T10:00:00Z", number + 1).parse().expect("a moment")),
            title: String::new(),
            participants: vec![],
            turns: vec![],
            mail: None,
            recording: None,
            source: Source::default(),
            local_time: false,
            revision: 0,
            as_read: None,
        },
        utterances: vec![],
        provenance: Provenance::default(),
    }
}
