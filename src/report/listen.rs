//! What was heard in one recording, as a table for the terminal and as JSON: the measures alone, without any score of words.

use std::fmt::Write;

use serde::Serialize;

use super::{terminal::safe, words};
use crate::{
    conversation::{Conversation, Side, Turn},
    floor::{Floor, floor},
    measure::{
        Basis,
        timing::{self, Preset},
    },
    recording::{Lane, Recording},
};

/// One call as `dealtone listen --json` prints it.
#[derive(Serialize)]
struct Listened<'a> {
    conversation: &'a str,
    recording: &'a Recording,
    call: Call,
    #[serde(flatten)]
    floor: &'a Floor,
}

/// The call's own numbers.
#[derive(Serialize)]
struct Call {
    /// From the first speech to the last.
    span_ms: Option<u64>,
    silence_ms: Option<u64>,
    long_silence_ms: Option<u64>,
    lanes: Vec<LaneNumbers>,
    /// Overlaps of the parties of any kind.
    overlaps: usize,
    back_channels: usize,
    interruptions: usize,
    /// By the looser way of counting that Amazon's call analytics shows.
    interruptions_amazon: usize,
    /// Median from the end of a hold of the buyer's to the beginning of ours.
    seller_patience_ms: Option<u64>,
}

#[derive(Serialize)]
struct LaneNumbers {
    channel: usize,
    side: Side,
    speech_ms: u64,
    share_percent: f64,
    interrupts: usize,
    longest_ms: Option<u64>,
    words_per_minute: Option<f64>,
}

/// The measures of `call` as JSON with a line end; empty numbers where no recording was heard.
pub fn json(call: &Conversation) -> String {
    let (recording, floor) = parts(call);
    let listened = Listened {
        conversation: &call.id.0,
        recording: &recording,
        call: numbers(call, &recording, &floor),
        floor: &floor,
    };
    // Plain values to memory: nothing can fail.
    serde_json::to_string_pretty(&listened).expect("plain values") + "\n"
}

fn parts(call: &Conversation) -> (Recording, Floor) {
    (call.recording.clone().unwrap_or_default(), floor(call).unwrap_or_default())
}

/// The lanes that broke in on another: of the two sides on one another, as the measures count, where both are known.
fn interrupts(recording: &Recording, floor: &Floor, preset: &Preset) -> Vec<usize> {
    let side = |lane: usize| recording.lanes.get(lane).map_or(Side::Unknown, |lane| lane.side);
    let sides_are_known = recording.tells_sides();
    let counts = |o: &&crate::floor::Overlap| {
        o.interrupts(preset.overlap_ms, preset.into_ms, preset.takes_floor)
            && (!sides_are_known || timing::across(side(o.by), side(o.over)))
    };
    floor.overlaps.iter().filter(counts).map(|o| o.by).collect()
}

fn numbers(call: &Conversation, recording: &Recording, floor: &Floor) -> Call {
    let quiet = timing::quiet_of(&recording.speech(), &timing::OWN);
    let own = interrupts(recording, floor, &timing::OWN);
    let speech: Vec<u64> = recording.lanes.iter().map(|l| l.spurts.iter().map(|s| s.ms()).sum()).collect();
    let all: u64 = speech.iter().sum();
    let lanes = recording.lanes.iter().enumerate().map(|(n, lane)| {
        let (words, spoken_ms) = words_in_time(call, floor, lane, speech[n]);
        LaneNumbers {
            channel: lane.channel,
            side: lane.side,
            speech_ms: speech[n],
            share_percent: if all == 0 { 0.0 } else { (1_000.0 * speech[n] as f64 / all as f64).round() / 10.0 },
            interrupts: own.iter().filter(|by| **by == n).count(),
            longest_ms: crate::floor::longest_run_of(floor, n, timing::PAUSE_MS).map(|r| r.1),
            words_per_minute: (words > 0 && spoken_ms > 0)
                .then(|| (600_000.0 * words as f64 / spoken_ms as f64).round() / 10.0),
        }
    });
    let heard = timing::timing(call, &timing::OWN).filter(|t| t.floor_from == Basis::Recording);
    let waits = heard.map(|t| t.waits_ms).unwrap_or_default();
    Call {
        span_ms: quiet.map(|q| q.span_ms),
        silence_ms: quiet.map(|q| q.silence_ms),
        long_silence_ms: quiet.map(|q| q.long_silence_ms),
        lanes: lanes.collect(),
        overlaps: floor.overlaps.len(),
        back_channels: floor.holds.iter().filter(|h| h.back_channel).count(),
        interruptions: own.len(),
        interruptions_amazon: interrupts(recording, floor, &timing::AMAZON).len(),
        seller_patience_ms: timing::median_ms(waits).map(|ms| ms.round() as u64),
    }
}

/// The words of a lane's speakers and the speech that they took, in milliseconds: of the turns that were heard from beginning
/// to end, and where the recording was not laid over the transcript, all words and all `speech_ms` of the lane.
fn words_in_time(call: &Conversation, floor: &Floor, lane: &Lane, speech_ms: u64) -> (usize, u64) {
    let words = |turn: &Turn| turn.text.split_whitespace().count();
    let is_its = |turn: &Turn| lane.speakers.contains(&turn.speaker);
    if floor.turns.is_empty() {
        return (call.turns.iter().filter(|t| is_its(t)).map(words).sum(), speech_ms);
    }
    let heard = floor.turns.iter().filter(|t| t.whole && is_its(&call.turns[t.turn]));
    heard.fold((0, 0), |sum, t| (sum.0 + words(&call.turns[t.turn]), sum.1 + t.speech_ms))
}

/// The measures of `call` for people.
pub fn table(call: &Conversation) -> String {
    let (recording, floor) = parts(call);
    let numbers = numbers(call, &recording, &floor);
    let seconds = |ms: u64| format!("{}.{} s", ms / 1_000, ms % 1_000 / 100);
    let mut out = String::new();
    let _ = writeln!(out, "{}: {} heard", safe(&recording.files.join(" + ")), words::clock(recording.length_ms));
    for note in &recording.notes {
        let _ = writeln!(out, "  note: {}", safe(note));
    }
    if let Some(silence) = numbers.silence_ms {
        let long = numbers.long_silence_ms.unwrap_or(0);
        let _ = writeln!(out, "  silence  {} ({} in silences over 3 s)", seconds(silence), seconds(long));
    }
    for (lane, n) in recording.lanes.iter().zip(&numbers.lanes) {
        let who = if lane.speakers.is_empty() { "nobody known".to_owned() } else { safe(&lane.speakers.join(", ")) };
        // How sure it is whose channel this is says nothing of a side that is not known.
        let side = match lane.side {
            Side::Unknown => words::side(lane.side).to_owned(),
            side => format!("{}, {} % sure", words::side(side), lane.confidence),
        };
        let _ = write!(
            out,
            "  channel {}  {who} ({side}): {} of speech, {} %",
            lane.channel,
            seconds(n.speech_ms),
            n.share_percent
        );
        if let Some(pace) = n.words_per_minute {
            let _ = write!(out, ", {pace:.0} words a minute");
        }
        if let Some(ms) = n.longest_ms {
            let _ = write!(out, ", longest {}", seconds(ms));
        }
        out.push('\n');
    }
    if recording.separate {
        let _ = writeln!(
            out,
            "  overlaps {}, of them interruptions {}; back-channels {}",
            numbers.overlaps, numbers.interruptions, numbers.back_channels
        );
    } else if !recording.lanes.is_empty() {
        out.push_str("  the parties share a channel: overlaps and interruptions cannot be heard\n");
    }
    if floor.turns.is_empty() {
        return out;
    }
    out.push_str("\n  at      speaker               speech   pause    reply  overlap  words/min  loudness\n");
    for t in &floor.turns {
        let or = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let speaker: String = safe(&call.turns[t.turn].speaker).chars().take(20).collect();
        let marks = [(t.took_floor, " took the floor"), (t.back_channel, " back-channel"), (t.is_loud(), " loud")];
        let marks: String = marks.iter().filter(|m| m.0).map(|m| m.1).collect();
        let _ = writeln!(
            out,
            "  {:<7} {speaker:<20} {:>7} {:>7} {:>8} {:>8} {:>10} {:>9}{marks}",
            words::clock(t.start_ms),
            seconds(t.speech_ms),
            seconds(t.pause_ms),
            or(t.reply_gap_ms.map(|ms| format!("{:+.1} s", ms as f64 / 1_000.0))),
            or(t.overlap_ms.map(seconds)),
            or(t.words_per_minute.map(|w| format!("{w:.0}"))),
            or(t.level_db.map(|db| format!("{db:+.1} dB"))),
        );
    }
    out
}
