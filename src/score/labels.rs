//! What the outputs of a model are called, and which of the names are tones and intents.

use std::collections::BTreeMap;

use crate::utterance::{Intent, Tone};

/// Stars of the one scale that is read.
const STARS: u32 = 5;

/// The outputs that speak of tone, each with its tone; none where nothing but "neutral" is named, which among feelings or
/// topics that are none of ours says nothing of a tone.
///
/// # Errors
/// Where there are stars on another scale than one to five: a model of three stars means by its third what one of five means
/// by its fifth.
pub(super) fn tones(labels: &[String]) -> Result<Vec<(usize, Tone)>, String> {
    let stars: Vec<u32> = labels.iter().filter_map(|label| stars(&plain(label))).collect();
    if let Some(highest) = stars.iter().max()
        && (*highest != STARS || stars.contains(&0))
    {
        return Err(format!(
            "config.json: id2label counts stars, and of stars the scale from 1 to {STARS} is read; its labels are {labels:?}, so name them \
             negative, neutral and positive there (several may have the same name)"
        ));
    }
    let tones: Vec<(usize, Tone)> =
        labels.iter().enumerate().filter_map(|(i, label)| Some((i, tone_of(label)?))).collect();
    Ok(if tones.iter().all(|(_, tone)| *tone == Tone::Neutral) { Vec::new() } else { tones })
}

/// The outputs that speak of intents, each with its intent.
///
/// # Errors
/// Where two speak of the same one: nobody could say which of them counts.
pub(super) fn intents(labels: &[String]) -> Result<Vec<(usize, Intent)>, String> {
    let mut places = BTreeMap::new();
    let mut intents = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        let Ok(intent) = plain(label).replace(' ', "_").parse::<Intent>() else { continue };
        if let Some(first) = places.insert(intent, at) {
            return Err(format!(
                "config.json: id2label calls two outputs {intent}, number {first} and number {at}; give the one that is not to count \
                 another name"
            ));
        }
        intents.push((at, intent));
    }
    Ok(intents)
}

/// Whether all outputs that speak of tone speak of the same one.
pub(super) fn is_lone(tones: &[(usize, Tone)]) -> bool {
    tones.first().is_some_and(|(_, first)| tones.iter().all(|(_, tone)| tone == first))
}

/// The words of a label in lower case: exporters differ in how they write one.
fn plain(label: &str) -> String {
    let label = label.to_lowercase().replace(['_', '-'], " ");
    label.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tone that a label of some model names, in the spellings that are met.
fn tone_of(label: &str) -> Option<Tone> {
    let label = plain(label);
    match (label.as_str(), stars(&label)) {
        ("negative" | "neg" | "very negative", _) | (_, Some(1 | 2)) => Some(Tone::Negative),
        ("neutral" | "neu" | "mixed", _) | (_, Some(3)) => Some(Tone::Neutral),
        ("positive" | "pos" | "very positive", _) | (_, Some(4 | 5)) => Some(Tone::Positive),
        _ => None,
    }
}

/// How many stars a label gives.
fn stars(plain: &str) -> Option<u32> {
    let (number, unit) = plain.split_once(' ')?;
    number.parse().ok().filter(|_| matches!(unit, "star" | "stars"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn stars_are_read_by_their_number_and_only_on_the_scale_of_five() {
        use Tone::{Negative, Neutral, Positive};
        let tones_of = |labels: &[&str]| tones(&named(labels)).map(|t| t.into_iter().map(|(_, tone)| tone).collect());
        let five: Result<Vec<Tone>, String> = Ok(vec![Negative, Negative, Neutral, Positive, Positive]);
        assert_eq!(tones_of(&["1 star", "2 star", "3 star", "4 star", "5 star"]), five);
        assert_eq!(tones_of(&["1 star", "2 stars", "3_Stars", "4-stars", "5 STARS"]), five);
        assert_eq!(tones_of(&["1 stars", "5 stars"]), Ok(vec![Negative, Positive]));
        assert_eq!(tones_of(&["1 starfish", "positive"]), Ok(vec![Positive]));
        for other in [&["1 star", "2 stars", "3 stars"][..], &["0 stars", "5 stars"], &["5 stars", "10 stars"]] {
            let message = tones_of(other).unwrap_err();
            assert!(message.contains("from 1 to 5") && message.contains(other[1]), "{message}");
        }
    }

    #[test]
    fn two_outputs_of_one_intent_are_refused_with_both_numbers() {
        assert_eq!(intents(&named(&["joy", "Price-Objection"])), Ok(vec![(1, Intent::PriceObjection)]));
        let message = intents(&named(&["price_objection", "stall", "Price Objection"])).unwrap_err();
        assert!(message.contains("two outputs price_objection, number 0 and number 2"), "{message}");
    }
}
