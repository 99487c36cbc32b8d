//! What a reader of one conversation wants to know beside its [`shape`](crate::measure::shape): who talked how much, and the
//! silences that are long enough to notice.
//!
//! For showing beside the words only; the numbers that rules rest on are those of [`measure`](crate::measure).

use crate::{
    conversation::{Channel, Conversation, Side},
    measure::timing::{OWN, telling},
};

/// The shape of one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Words that our side said, in percent of all words of known side; absent where one side is silent throughout.
    pub talk_share: Option<f64>,
    /// Number and total seconds of the silences that are longer than three seconds: heard where there is a recording, else
    /// between turns; absent without times.
    pub silences: Option<(usize, f64)>,
}

/// The shape of `conversation`; nothing is measured where its data is absent.
pub(super) fn facts(conversation: &Conversation) -> Facts {
    let turns = &conversation.turns;
    let words_of =
        |side| turns.iter().filter(|t| t.side == side).map(|t| t.text.split_whitespace().count()).sum::<usize>();
    let (ours, theirs) = (words_of(Side::Seller), words_of(Side::Buyer));
    let call = conversation.channel == Channel::Call;
    Facts {
        talk_share: (call && ours > 0 && theirs > 0).then(|| 100.0 * ours as f64 / (ours + theirs) as f64),
        silences: if call { silences(conversation) } else { None },
    }
}

fn silences(conversation: &Conversation) -> Option<(usize, f64)> {
    if let Some(recording) = telling(conversation) {
        let speech = recording.speech();
        let long = speech.windows(2).map(|pair| pair[1].0 - pair[0].1).filter(|ms| *ms > OWN.long_silence_ms);
        let (number, total) = long.fold((0, 0), |(n, sum), ms| (n + 1, sum + ms));
        return Some((number, total as f64 / 1000.0));
    }
    let timed: Vec<(u64, u64)> = conversation.turns.iter().filter_map(|t| t.start_ms.zip(t.end_ms)).collect();
    if timed.len() < 2 || timed.len() < conversation.turns.len() {
        return None;
    }
    let mut until = timed[0].1;
    let (mut number, mut total) = (0, 0.0);
    for (start, end) in timed {
        if start > until + OWN.long_silence_ms {
            number += 1;
            total += (start - until) as f64 / 1000.0;
        }
        until = until.max(end);
    }
    Some((number, total))
}
