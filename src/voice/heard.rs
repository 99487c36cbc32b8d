//! Hears the files of one call, and lays what was heard beside its transcript.

use std::{
    fs::File,
    io::{Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use super::{
    VoiceError, align,
    frames::{Frame, frames},
    spurts,
    wav::Wav,
};
use crate::{
    conversation::{Conversation, Side, Turn},
    recording::{Lane, Recording, Spurt, is_timed, joined, turn_spans},
};

/// A file of sound, to be heard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SoundFile {
    /// Its path inside the export, for messages.
    pub path: String,
    /// Where it lies.
    pub at: PathBuf,
    /// Whose voice alone it holds, where its name says so ("call_agent.wav").
    pub party: Option<Party>,
}

/// Whose voice a file holds, by the file's own name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// The word in the name: `agent`, `caller`, or a speaker's own name.
    pub word: String,
    /// The side that it means; unknown where it is a name.
    pub side: Side,
}

/// What was heard of one call, before it is known who is who.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    files: Vec<String>,
    length_ms: u64,
    channels: Vec<Channel>,
    notes: Vec<String>,
    cut_off: Vec<CutOff>,
}

/// A file that held less than its header promises, or could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// Its path inside the export.
    pub path: String,
    /// How far it was heard.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Channel {
    number: usize,
    party: Option<Party>,
    spurts: Vec<Spurt>,
}

/// Hears the files of one call: one, or one a party. What cannot be read does not keep the others from being heard.
pub fn hear(files: &[SoundFile]) -> (Option<Heard>, Vec<VoiceError>) {
    let mut tracks = Tracks::default();
    let mut failed = Vec::new();
    for file in files {
        let heard = File::open(&file.at)
            .map_err(|e| VoiceError::unreadable(&file.path, &e))
            .and_then(|opened| tracks.add(opened, &file.path, file.party.clone()));
        failed.extend(heard.err());
    }
    let heard = (!tracks.files.is_empty()).then(|| tracks.heard());
    (heard, failed)
}

/// Hears one recording from memory or anywhere else; `path` names it in messages.
///
/// # Errors
/// Where nothing of it can be heard.
pub fn hear_from(file: impl Read + Seek, path: &str) -> Result<Heard, VoiceError> {
    let mut tracks = Tracks::default();
    tracks.add(file, path, None)?;
    Ok(tracks.heard())
}

/// Who speaks in `conversation`, each once, in order of appearance.
pub fn speakers(conversation: &Conversation) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for turn in conversation.turns.iter().filter(|t| !t.speaker.is_empty()) {
        if !found.contains(&turn.speaker) {
            found.push(turn.speaker.clone());
        }
    }
    found
}

/// The channels of all files of a call, as frames.
#[derive(Default)]
struct Tracks {
    files: Vec<String>,
    length_ms: u64,
    channels: Vec<(Option<Party>, Vec<Frame>)>,
    notes: Vec<String>,
    cut_off: Vec<CutOff>,
}

impl Tracks {
    fn add(&mut self, file: impl Read + Seek, path: &str, party: Option<Party>) -> Result<(), VoiceError> {
        // The decoders are fuzzed; what they do with bytes that nobody has tried must still not end a run.
        let framed = catch_unwind(AssertUnwindSafe(|| Ok(frames(Wav::open(file, path)?))))
            .unwrap_or_else(|_| Err(VoiceError::bad(path, "made the decoder fail, which is a bug in dealtone")))?;
        let lacks = (framed.lacking_ms > 0).then(|| {
            format!(
                "{path} breaks off: {} of the {} that its header promises could be heard",
                clock(framed.length_ms),
                clock(framed.length_ms + framed.lacking_ms)
            )
        });
        let failed = framed
            .broke_off
            .then(|| format!("{path} could be read to {} only; the disk failed there", clock(framed.length_ms)));
        for note in lacks.into_iter().chain(failed) {
            self.notes.push(note.clone());
            self.cut_off.push(CutOff { path: path.to_owned(), note });
        }
        if framed.clipped_permille >= 50 {
            self.notes.push(format!(
                "{path} is clipped: it reaches full scale in {} % of its pieces, so that loud and very loud sound alike",
                framed.clipped_permille / 10
            ));
        }
        self.files.push(path.to_owned());
        self.length_ms = self.length_ms.max(framed.length_ms);
        self.channels.extend(framed.channels.into_iter().map(|frames| (party.clone(), frames)));
        Ok(())
    }

    fn heard(self) -> Heard {
        let Tracks { files, length_ms, channels, mut notes, cut_off } = self;
        // Channels that carry the same sound are one, whichever was first.
        let mut kept: Vec<(usize, Option<Party>, Vec<Frame>)> = Vec::new();
        for (n, (party, frames)) in channels.into_iter().enumerate() {
            match kept.iter().find(|(_, _, other)| spurts::same(other, &frames)) {
                Some((first, ..)) => notes.push(format!(
                    "channels {first} and {} carry the same sound and were heard as one: the parties are not apart",
                    n + 1
                )),
                None => kept.push((n + 1, party, frames)),
            }
        }
        let folded = kept.len() == 1;
        let mut frames: Vec<Vec<Frame>> = kept.iter_mut().map(|k| std::mem::take(&mut k.2)).collect();
        let echo_ms = spurts::without_echo(&mut frames) as u64 * super::frames::FRAME_MS;
        if echo_ms >= 1_000 {
            notes.push(format!("{} of one party's voice on the other's channel were left out as echo", clock(echo_ms)));
        }
        let mut found = Vec::new();
        for ((number, party, _), frames) in kept.into_iter().zip(&frames) {
            let spurts = spurts::spurts(frames);
            if spurts.is_empty() {
                notes.push(format!("channel {number} holds no speech"));
                continue;
            }
            found.push(Channel { number, party: party.filter(|_| !folded), spurts });
        }
        Heard { files, length_ms, channels: found, notes, cut_off }
    }
}

/// What is said of a recording that holds a part of its call.
const COVERS_PART: &str = "the recording holds a part of what the transcript says; how turns sounded is of that part, and \
                           the times of the call are the transcript's";

/// From this surety on a speaker is taken to be on a channel.
const SURE: u8 = 30;

impl Heard {
    /// Whether every file was there to its end.
    pub fn is_whole(&self) -> bool {
        self.cut_off.is_empty()
    }

    /// The files that were not there to their end.
    pub fn cut_off(&self) -> &[CutOff] {
        &self.cut_off
    }

    /// Whether somebody speaks in it.
    pub fn has_speech(&self) -> bool {
        !self.channels.is_empty()
    }

    /// What was heard, without a transcript.
    pub fn alone(&self) -> Recording {
        let mut recording = self.bare();
        for (lane, channel) in recording.lanes.iter_mut().zip(&self.channels) {
            by_name(lane, channel, None);
        }
        recording
    }

    /// What was heard, laid beside the turns of `conversation`, whose sides should be decided.
    pub fn recording(&self, conversation: &Conversation) -> Recording {
        let mut recording = self.bare();
        let windows = windows(conversation, self.length_ms);
        let names = speakers(conversation);
        let speakers: Vec<&str> = names.iter().map(String::as_str).collect();
        if self.channels.is_empty() {
            // Its notes say that no channel holds speech: there is nothing to lay over anything.
        } else if is_timed(&conversation.turns) {
            let of = |name: &str| {
                joined(windows.iter().filter(|(t, ..)| t.speaker == name).map(|&(_, a, b)| (a, b)).collect())
            };
            let turns: Vec<_> = speakers.iter().map(|name| of(name)).collect();
            let channels: Vec<_> = self
                .channels
                .iter()
                .map(|c| joined(c.spurts.iter().map(|s| (s.start_ms, s.end_ms)).collect()))
                .collect();
            if recording.separate {
                let found = align::align(&channels, &turns);
                self.offset(&mut recording, &found, &windows);
                for (name, seat) in speakers.iter().zip(&found.channel_of) {
                    if let Some((channel, sure)) =
                        seat.filter(|(_, sure)| *sure >= SURE && recording.offset_ms.is_some())
                    {
                        let lane = &mut recording.lanes[channel];
                        lane.confidence = if lane.speakers.is_empty() { sure } else { lane.confidence.min(sure) };
                        lane.speakers.push((*name).to_owned());
                    }
                }
            } else {
                let together = joined(turns.iter().flatten().copied().collect());
                let found = align::align(&channels, &[together]);
                self.offset(&mut recording, &found, &windows);
                share_out(&mut recording, &windows);
            }
            if recording.offset_ms.is_some() && !recording.covers(&conversation.turns) {
                recording.notes.push(COVERS_PART.to_owned());
            }
        } else if !conversation.turns.is_empty() {
            recording
                .notes
                .push("the transcript has no times, so that its turns could not be laid over the recording".to_owned());
        }
        let side_of =
            |name: &String| conversation.turns.iter().find(|t| t.speaker == *name).map_or(Side::Unknown, |t| t.side);
        for lane in &mut recording.lanes {
            let sides: Vec<Side> = lane.speakers.iter().map(side_of).collect();
            lane.side = match sides.first() {
                Some(first) if sides.iter().all(|s| s == first) => *first,
                _ => Side::Unknown,
            };
        }
        if recording.separate {
            for (lane, channel) in recording.lanes.iter_mut().zip(&self.channels) {
                by_name(lane, channel, Some((&speakers, conversation)));
            }
        }
        for lane in recording.lanes.iter().filter(|l| l.speakers.is_empty() && l.side == Side::Unknown) {
            let ms: u64 = lane.spurts.iter().map(Spurt::ms).sum();
            if ms >= 1_000 {
                recording.notes.push(format!(
                    "{} of speech on channel {} could be given to nobody",
                    clock(ms),
                    lane.channel
                ));
            }
        }
        recording
    }

    fn bare(&self) -> Recording {
        let lane = |c: &Channel| Lane { channel: c.number, spurts: c.spurts.clone(), ..Lane::default() };
        Recording {
            files: self.files.clone(),
            length_ms: self.length_ms,
            separate: self.channels.len() > 1,
            offset_ms: None,
            lanes: self.channels.iter().map(lane).collect(),
            notes: self.notes.clone(),
        }
    }

    /// Takes the offset that was found over, or says that none was.
    fn offset(&self, recording: &mut Recording, found: &align::Alignment, windows: &[Window]) {
        let (first, last) = (windows.iter().map(|w| w.1).min(), windows.iter().map(|w| w.2).max());
        let span = last.unwrap_or(0).saturating_sub(first.unwrap_or(0));
        match found.offset_ms {
            Some(offset) => {
                recording.offset_ms = Some(offset);
                if offset.abs() >= 40 {
                    recording.notes.push(format!(
                        "the transcript's clock runs {} s {} the recording's; its times were moved by that",
                        (offset.abs() as f64 / 10.0).round() / 100.0,
                        if offset > 0 { "before" } else { "behind" }
                    ));
                }
            }
            // Where no offset stands out, clocks that could be the same are taken to be.
            None if found.agreement >= 0.5 || (found.agreement >= -0.1 && last.unwrap_or(0) <= self.length_ms + 2_000 && span * 2 >= self.length_ms) => {
                recording.offset_ms = Some(0);
                recording.notes.push(
                    "no offset between transcript and recording stands out; their clocks were taken to be the same".to_owned(),
                );
            }
            None => recording.notes.push(
                "the transcript's times do not fit this recording at any offset up to ten minutes, so that its turns could \
                 not be laid over it; is it the recording of this call?"
                    .to_owned(),
            ),
        }
    }
}

/// A turn with a time, and where it begins and ends on the transcript's clock.
type Window<'a> = (&'a Turn, u64, u64);

/// The turns that have a start; one without an end lasts to the next start.
fn windows(conversation: &Conversation, length_ms: u64) -> Vec<Window<'_>> {
    let spans = turn_spans(&conversation.turns, length_ms).into_iter();
    spans.map(|(turn, start, end)| (&conversation.turns[turn], start, end)).collect()
}

/// Gives the speech of a shared channel to the speakers by the transcript's times; what no turn covers stays nobody's.
fn share_out(recording: &mut Recording, windows: &[Window]) {
    let Some(offset) = recording.offset_ms else { return };
    let Some(shared) = recording.lanes.pop() else { return };
    let heard = |at: u64| u64::try_from(i64::try_from(at).unwrap_or(i64::MAX) - offset).unwrap_or(0);
    let mut lanes: Vec<Lane> = Vec::new();
    for &(turn, start, end) in windows {
        let (from, to) = (heard(start), heard(end));
        let lane = match lanes.iter().position(|l| l.speakers[0] == turn.speaker) {
            Some(at) => &mut lanes[at],
            None => {
                let speakers = vec![turn.speaker.clone()];
                lanes.push(Lane { channel: shared.channel, speakers, confidence: 60, ..Lane::default() });
                lanes.last_mut().expect("pushed above")
            }
        };
        let first = shared.spurts.partition_point(|s| s.end_ms <= from);
        lane.spurts.extend(shared.spurts[first..].iter().take_while(|s| s.start_ms < to).map(|s| Spurt {
            start_ms: s.start_ms.max(from),
            end_ms: s.end_ms.min(to),
            level: s.level,
        }));
    }
    for lane in &mut lanes {
        lane.spurts.retain(|s| s.start_ms < s.end_ms);
        lane.spurts.sort_by_key(|s| (s.start_ms, s.end_ms));
        // Turns of one speaker may overlap in a transcript; a moment counts once.
        lane.spurts.dedup_by(|next, held| {
            let touches = next.start_ms < held.end_ms;
            if touches {
                held.end_ms = held.end_ms.max(next.end_ms);
            }
            touches
        });
    }
    let given = joined(lanes.iter().flat_map(|l| &l.spurts).map(|s| (s.start_ms, s.end_ms)).collect());
    let mut rest = Lane { channel: shared.channel, ..Lane::default() };
    for spurt in &shared.spurts {
        let mut from = spurt.start_ms;
        let first = given.partition_point(|g| g.1 <= spurt.start_ms);
        for &(a, b) in given[first..].iter().take_while(|g| g.0 < spurt.end_ms) {
            if a > from {
                rest.spurts.push(Spurt { start_ms: from, end_ms: a, ..*spurt });
            }
            from = from.max(b);
        }
        if from < spurt.end_ms {
            rest.spurts.push(Spurt { start_ms: from, ..*spurt });
        }
    }
    lanes.retain(|l| !l.spurts.is_empty());
    recording.lanes = lanes;
    if !rest.spurts.is_empty() {
        recording.lanes.push(rest);
    }
}

/// Completes a lane by what its file's name says, where the times said nothing.
fn by_name(lane: &mut Lane, channel: &Channel, among: Option<(&[&str], &Conversation)>) {
    let Some(party) = &channel.party else { return };
    if lane.speakers.is_empty()
        && let Some((speakers, conversation)) = among
    {
        let word = party.word.to_lowercase();
        let called = |name: &str| {
            let name = name.to_lowercase();
            name == word || name.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
        };
        let side_of = |name: &str| conversation.turns.iter().find(|t| t.speaker == name).map(|t| t.side);
        let fits: Vec<&&str> = match party.side {
            Side::Unknown => speakers.iter().filter(|name| called(name)).collect(),
            side => speakers.iter().filter(|name| side_of(name) == Some(side)).collect(),
        };
        if let [one] = fits[..] {
            lane.speakers.push((*one).to_owned());
            lane.side = side_of(one).unwrap_or(Side::Unknown);
            lane.confidence = 80;
        }
    }
    if lane.side == Side::Unknown && party.side != Side::Unknown {
        lane.side = party.side;
        lane.confidence = lane.confidence.max(80);
    }
}

/// Minutes and whole seconds that passed: `4:07`, as everywhere else.
fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
