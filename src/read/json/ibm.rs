//! IBM Watson Speech to Text: `timestamps` as `["word", from, to]`, and speakers by time aside; sometimes one level deeper.

use std::collections::HashMap;

use serde_json::Value;

use super::{JsonFormat, Transcript, at, list, moment, number, speaker, turn, with_words};
use crate::read::{
    turns::{Word, from_words},
    when,
};

/// IBM Watson.
pub static IBM: JsonFormat = JsonFormat {
    name: "ibm-stt-json",
    doc: "IBM Watson Speech to Text",
    is: |v| {
        documents(v).iter().any(|d| {
            list(d, "results")
                .iter()
                .any(|r| list(r, "alternatives").first().is_some_and(|a| at(a, "timestamps").is_array()))
                || (at(d, "result_index").is_number() && at(d, "results.0.alternatives.0.transcript").is_string())
        })
    },
    read: |v| vec![read(v)],
};

fn documents(v: &Value) -> Vec<&Value> {
    let inner = list(v, "results").iter().filter(|r| at(r, "results").is_array());
    std::iter::once(v).chain(inner).collect()
}

fn key(seconds: Option<f64>) -> i64 {
    seconds.map_or(-1, |s| (s * 1000.0).round() as i64)
}

fn read(v: &Value) -> Transcript {
    let mut turns = Vec::new();
    for document in documents(v) {
        let speakers: HashMap<i64, String> = list(document, "speaker_labels")
            .iter()
            .map(|l| (key(number(l, "from")), speaker(l, "speaker").into_owned()))
            .collect();
        let mut last = String::new();
        let words: Vec<Word> = list(document, "results")
            .iter()
            .filter_map(|r| list(r, "alternatives").first())
            .flat_map(|a| list(a, "timestamps"))
            .filter_map(|t| {
                let [word, from, to] = t.as_array()?.get(..3)? else { return None };
                if let Some(name) = speakers.get(&key(from.as_f64())) {
                    last.clone_from(name);
                }
                // "%HESITATION" is the vendor's word for "uh".
                let text = word.as_str()?;
                let text = if text == "%HESITATION" { "uh" } else { text };
                Some(Word {
                    speaker: last.clone().into(),
                    start_ms: from.as_f64().and_then(when::seconds_ms),
                    end_ms: to.as_f64().and_then(when::seconds_ms),
                    text: text.into(),
                    glued: false,
                })
            })
            .collect();
        if words.is_empty() {
            // Times are told only where they were asked for.
            let best = list(document, "results").iter().filter_map(|r| list(r, "alternatives").first());
            let said = best.map(|a| super::text(a, "transcript").replace("%HESITATION", "uh"));
            turns.extend(with_words(said.map(|text| turn("", None, None, &text))).0);
        }
        turns.extend(from_words(words.into_iter()));
    }
    Transcript { turns, processed_at: moment(v, "created"), ..Transcript::default() }
}
