//! Google Speech-to-Text, versions 1 and 2: `results` of `alternatives`; with diarization the last result repeats all
//! words, each with its speaker.

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, number, speaker, text, turn, with_words};
use crate::read::{
    turns::{Word, from_words},
    when,
};

/// Google Speech-to-Text.
pub static GOOGLE_STT: JsonFormat = JsonFormat {
    name: "google-stt-json",
    doc: "Google Speech-to-Text, v1 and v2",
    is: |v| {
        // IBM's alternatives have "timestamps" or "final" results, Speechmatics' "content".
        files(v).into_iter().any(|v| {
            let first = results(v).first().map(|r| list(r, "alternatives")).unwrap_or_default();
            first.first().is_some_and(|a| at(a, "transcript").is_string() && at(a, "timestamps").is_null())
                && at(v, "results.0.type").is_null()
                && at(v, "result_index").is_null()
        })
    },
    read: |v| files(v).into_iter().map(read).collect(),
};

/// The transcripts of a document: itself, or those of a batch, by the file that each is of.
fn files(v: &Value) -> Vec<&Value> {
    let batch = [at(v, "results"), at(v, "response.results")].into_iter().find_map(Value::as_object);
    match batch {
        Some(batch) => batch
            .values()
            .map(|file| ["transcript", "inlineResult.transcript"].map(|p| at(file, p)))
            .map(|[old, new]| if old.is_null() { new } else { old })
            .collect(),
        None => vec![v],
    }
}

fn results(v: &Value) -> &[Value] {
    [list(v, "results"), list(v, "response.results")].into_iter().find(|r| !r.is_empty()).unwrap_or_default()
}

/// Keys of the time at which a word begins.
const STARTS: [&str; 3] = ["startTime", "startOffset", "start_time"];

/// "1.200s", {"seconds": "1", "nanos": 200000000}, in milliseconds.
fn time(word: &Value, keys: [&str; 3]) -> Option<u64> {
    keys.iter().find_map(|key| match at(word, key) {
        v @ Value::Object(_) => {
            let whole = number(v, "seconds").unwrap_or(0.0) + number(v, "nanos").unwrap_or(0.0) / 1e9;
            when::seconds_ms(whole)
        }
        Value::Null => None,
        _ => number(word, key).and_then(when::seconds_ms),
    })
}

fn read(v: &Value) -> Transcript {
    let results = results(v);
    let with_alternatives: Vec<&Value> = results.iter().filter(|r| !list(r, "alternatives").is_empty()).collect();
    let best: Vec<&Value> = with_alternatives.iter().filter_map(|r| list(r, "alternatives").first()).collect();
    let several_channels = results.iter().any(|r| number(r, "channelTag").is_some_and(|c| c > 1.0));
    let last_has_all = last_has_all(&best);
    let chosen: Vec<(usize, &Value)> = if last_has_all {
        vec![(best.len() - 1, best[best.len() - 1])]
    } else {
        best.iter().copied().enumerate().collect()
    };
    let mut turns = Vec::new();
    let mut lost = 0;
    // Where single words were not asked for, only the ends of the results are told.
    let mut ends: std::collections::HashMap<Option<String>, u64> = std::collections::HashMap::new();
    for (n, a) in chosen {
        let words = list(a, "words");
        let channel = if several_channels {
            with_alternatives.get(n).map(|r| format!("Channel {}", super::label(r, "channelTag")))
        } else {
            None
        };
        let name = |w: &Value| {
            let named = ["speakerTag", "speakerLabel", "speaker_tag", "speaker_label"]
                .iter()
                .map(|k| speaker(w, k))
                .find(|s| !s.is_empty() && *s != "Speaker 0");
            named.map(|s| s.into_owned()).or_else(|| channel.clone()).unwrap_or_default()
        };
        if !last_has_all && !tagged(a) {
            let result_end =
                with_alternatives.get(n).and_then(|r| time(r, ["resultEndTime", "resultEndOffset", "result_end_time"]));
            let told = words.first().and_then(|w| time(w, STARTS));
            let start = told.or_else(|| result_end.map(|_| ends.get(&channel).copied().unwrap_or(0)));
            let end = words.last().and_then(|w| time(w, ["endTime", "endOffset", "end_time"])).or(result_end);
            if let Some(end) = end {
                ends.insert(channel.clone(), end);
            }
            let (mut one, none) =
                with_words([turn(channel.clone().unwrap_or_default(), start, end, text(a, "transcript"))]);
            turns.append(&mut one);
            lost += none;
            continue;
        }
        // A word that nobody was found for belongs to whoever was speaking.
        let mut last = channel.clone().unwrap_or_default();
        turns.extend(from_words(words.iter().map(|w| Word {
            speaker: {
                let name = name(w);
                if !name.is_empty() {
                    last = name;
                }
                last.clone().into()
            },
            start_ms: time(w, STARTS),
            end_ms: time(w, ["endTime", "endOffset", "end_time"]),
            text: text(w, "word").into(),
            glued: false,
        })));
    }
    if several_channels {
        turns.sort_by_key(|t| t.start_ms);
    }
    Transcript { turns, lost, ..Transcript::default() }
}

/// Whether a machine told the speakers of an alternative's words apart.
fn tagged(alternative: &Value) -> bool {
    list(alternative, "words").iter().any(|w| {
        ["speakerTag", "speakerLabel", "speaker_tag", "speaker_label"]
            .iter()
            .any(|k| !at(w, k).is_null() && number(w, k) != Some(0.0))
    })
}

/// Whether the last result repeats the words of all before it. Where those have speakers of their own, as in version 2, each
/// has to stand in it, because a long last answer has as many words.
fn last_has_all(best: &[&Value]) -> bool {
    let Some((last, before)) = best.split_last().filter(|(last, before)| !before.is_empty() && tagged(last)) else {
        return false;
    };
    if !before.iter().any(|a| tagged(a)) {
        return list(last, "words").len() >= before.iter().map(|a| list(a, "words").len()).sum::<usize>();
    }
    let words = |a: &Value| -> Vec<(String, Option<u64>)> {
        list(a, "words").iter().map(|w| (text(w, "word").to_owned(), time(w, STARTS))).collect()
    };
    let (all, mut at) = (words(last), 0);
    before.iter().map(|a| words(a)).all(|earlier| {
        // The next words, or all from the beginning again.
        let found = [at, 0].into_iter().find(|from| all[*from..].starts_with(&earlier));
        at = found.map_or(at, |from| from + earlier.len());
        found.is_some()
    })
}
