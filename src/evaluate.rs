//! Holds a model's answers against labels: precision, recall and F1 by label with bootstrap intervals, the confusion
//! matrix, calibration, and the worst mistakes with their text.
//!
//! A model need not know every label. A head that it lacks is not measured at all: what it answers there is no answer.
//! Of a head that it has, every label counts: one that it lacks is missed wherever a line carries it, so that the figures
//! of two models on the same lines can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    engine::Engine,
    score::{ModelCard, Score, ScoreError, Text},
    utterance::{INTENTS, Intent, Intents, Tone},
};

mod cases;

pub use cases::{Case, CaseError, Labelled, read_cases};

/// Resamples of a bootstrap interval.
const RESAMPLES: usize = 1000;
/// Bins of the expected calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks").
const CALIBRATION_BINS: usize = 10;

/// The labels that a model can give at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Tones, also a neutral that has no output and is what the others leave; empty for a model without sentiment.
    pub sentiment: BTreeSet<Tone>,
    /// Intents; empty for a model without intents.
    pub intents: BTreeSet<Intent>,
}

impl From<&ModelCard> for Known {
    fn from(card: &ModelCard) -> Known {
        Known { sentiment: card.tones_given(), intents: card.intents.iter().map(|(_, intent, _)| *intent).collect() }
    }
}

/// What a model says of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Its labels.
    pub score: Score,
    /// The intents that the model knows, the line carries and `score` lacks, each with the probability that the model
    /// gives it.
    pub missed: Intents,
}

/// Has the lines of `cases` answered.
///
/// # Errors
/// As [`Engine::score_texts`].
pub fn answer(engine: &Engine, cases: &[Case]) -> Result<Vec<Answer>, ScoreError> {
    let texts: Vec<Text> = cases.iter().map(|case| case.text.clone()).collect();
    let scores = engine.score_texts(&texts)?;
    let known = Known::from(&*engine.card);
    let missed = |case: &Case, score: &Score| -> Vec<Intent> {
        let gold = case.intents.iter().flatten();
        gold.filter(|i| known.intents.contains(i) && !score.intents.has(**i)).copied().collect()
    };
    let mut answers: Vec<Answer> =
        scores.into_iter().map(|score| Answer { score, missed: Intents::default() }).collect();
    // A score keeps the intents that reach their threshold and no others. How near the missed ones came is asked for the
    // few lines that miss any, of the same model without thresholds.
    let open = ModelCard {
        intents: engine.card.intents.iter().map(|(at, intent, _)| (*at, *intent, 0.0)).collect(),
        ..ModelCard::clone(&engine.card)
    };
    let places: Vec<usize> =
        (0..cases.len()).filter(|at| !missed(&cases[*at], &answers[*at].score).is_empty()).collect();
    let again: Vec<Text> = places.iter().map(|at| texts[*at].clone()).collect();
    for (at, all) in places.into_iter().zip(engine.begin(&again)?.scores(&open)?) {
        let missed = missed(&cases[at], &answers[at].score);
        answers[at].missed = Intents(all.intents.0.into_iter().filter(|(intent, _)| missed.contains(intent)).collect());
    }
    Ok(answers)
}

/// Precision, recall and F1 of one label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LabelRow {
    /// Lines that carry it by the labels.
    pub gold: usize,
    /// Of the lines that the model gives it, the share that carry it; absent where it gives it to none.
    pub precision: Option<f64>,
    /// Of the lines that carry it, the share that the model finds; absent where none carries it.
    pub recall: Option<f64>,
    /// Their harmonic mean; absent where nobody gives the label.
    pub f1: Option<f64>,
}

/// A number with its 95 % bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// On all lines.
    pub value: f64,
    /// 2.5th percentile of the resamples.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// A line whose tone the model got wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    /// `file:line`.
    pub place: String,
    /// The words.
    pub text: String,
    /// What the label says.
    pub gold: Tone,
    /// What the model says.
    pub model: Tone,
    /// The probability that it gives its own answer.
    pub probability: f64,
}

/// An intent that the model missed in a line, or gave to one that does not carry it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntentMistake {
    /// `file:line`.
    pub place: String,
    /// The words.
    pub text: String,
    /// The intent.
    pub intent: Intent,
    /// The probability that the model gives it.
    pub probability: f64,
}

/// The surest mistakes of each kind, the surest first. A label that the model lacks is told once, not line by line.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Worst {
    /// Wrong tones.
    pub sentiment: Vec<Mistake>,
    /// Intents that the label has and the model has not, the least likely first.
    pub missed: Vec<IntentMistake>,
    /// Intents that the model has and the label has not, the most likely first.
    pub invented: Vec<IntentMistake>,
}

/// How many lines there were, and what they are labelled with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// All.
    pub read: usize,
    /// Those with a sentiment.
    pub sentiment: usize,
    /// Those with a list of intents, which may be empty.
    pub intents: usize,
    /// Those with neither, which count nowhere.
    pub unlabelled: usize,
}

/// How a model did. What a head is measured by is absent where no line is labelled for it or the model lacks it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// On how many lines.
    pub lines: Lines,
    /// What the model can say.
    pub knows: Known,
    /// Mean F1 of the tones that occur.
    pub sentiment_macro_f1: Option<Interval>,
    /// Share of lines with the right tone.
    pub sentiment_accuracy: Option<Interval>,
    /// F1 over all intent decisions; absent too where neither label nor model names an intent.
    pub intents_micro_f1: Option<Interval>,
    /// Mean F1 of the intents that occur; absent too where none does.
    pub intents_macro_f1: Option<Interval>,
    /// Expected calibration error of the tone, 0 to 1, over ten bins.
    pub calibration_error: Option<f64>,
    /// Share of lines whose tone the model calls unclear.
    pub unclear: Option<f64>,
    /// By tone.
    pub sentiment: BTreeMap<&'static str, LabelRow>,
    /// By intent.
    pub intents: BTreeMap<&'static str, LabelRow>,
    /// `confusion[label][model]`, negative, neutral, positive.
    pub confusion: Option<[[usize; 3]; 3]>,
    /// The surest mistakes.
    pub worst: Worst,
}

impl Evaluation {
    /// Whether any line has a label of a head that the model has.
    pub fn measures(&self) -> bool {
        !self.sentiment.is_empty() || !self.intents.is_empty()
    }
}

/// True positives, false positives, false negatives.
#[derive(Clone, Copy, Default)]
struct Tally(usize, usize, usize);

impl Tally {
    fn add(&mut self, gold: bool, model: bool) {
        match (gold, model) {
            (true, true) => self.0 += 1,
            (false, true) => self.1 += 1,
            (true, false) => self.2 += 1,
            (false, false) => {}
        }
    }

    fn f1(self) -> Option<f64> {
        let all = 2 * self.0 + self.1 + self.2;
        (all > 0).then(|| 2.0 * self.0 as f64 / all as f64)
    }

    fn row(self) -> LabelRow {
        let share = |of: usize| (of > 0).then(|| self.0 as f64 / of as f64);
        LabelRow {
            gold: self.0 + self.2,
            precision: share(self.0 + self.1),
            recall: share(self.0 + self.2),
            f1: self.f1(),
        }
    }
}

/// Holds `answers` of a model that knows `known` against `cases`, which they belong to one by one; `worst` mistakes of each
/// kind are kept.
pub fn evaluate(cases: &[Case], answers: &[Answer], known: &Known, worst: usize) -> Evaluation {
    let count = |which: &dyn Fn(&&Case) -> bool| cases.iter().filter(which).count();
    let both = || cases.iter().zip(answers);
    let toned: Vec<(Tone, &Score, &Case)> = both()
        .filter(|_| !known.sentiment.is_empty())
        .filter_map(|(case, answer)| Some((case.tone?, &answer.score, case)))
        .collect();
    let meant: Vec<(&BTreeSet<Intent>, &Answer, &Case)> = both()
        .filter(|_| !known.intents.is_empty())
        .filter_map(|(case, answer)| Some((case.intents.as_ref()?, answer, case)))
        .collect();

    let tone_pairs: Vec<(Tone, Tone)> = toned.iter().map(|(gold, s, _)| (*gold, s.sentiment.label)).collect();
    let mut confusion = [[0; 3]; 3];
    for (gold, model) in &tone_pairs {
        confusion[*gold as usize][*model as usize] += 1;
    }
    // One bit an intent, so that a resample is a few additions.
    let bits = |names: &mut dyn Iterator<Item = Intent>| names.fold(0_u32, |set, i| set | 1 << i as u32);
    let intent_pairs: Vec<(u32, u32)> = meant
        .iter()
        .map(|(gold, a, _)| (bits(&mut gold.iter().copied()), bits(&mut a.score.intents.0.keys().copied())))
        .collect();

    let tone_rows = Tone::ALL.iter().zip(tally_tones(&mut tone_pairs.iter().copied()));
    let intent_rows = INTENTS.iter().zip(tally_intents(&mut intent_pairs.iter().copied()));
    Evaluation {
        lines: Lines {
            read: cases.len(),
            sentiment: count(&|case| case.tone.is_some()),
            intents: count(&|case| case.intents.is_some()),
            unlabelled: count(&|case| !case.is_labelled()),
        },
        knows: known.clone(),
        sentiment_macro_f1: bootstrap(&tone_pairs, |sample| {
            mean(tally_tones(sample).iter().filter(|t| t.0 + t.2 > 0).filter_map(|t| t.f1()))
        }),
        sentiment_accuracy: bootstrap(&tone_pairs, |sample| {
            let (mut right, mut all) = (0, 0);
            for (gold, model) in sample {
                right += usize::from(gold == model);
                all += 1;
            }
            (all > 0).then(|| right as f64 / all as f64)
        }),
        intents_micro_f1: bootstrap(&intent_pairs, |sample| {
            let sum =
                tally_intents(sample).iter().fold(Tally::default(), |a, t| Tally(a.0 + t.0, a.1 + t.1, a.2 + t.2));
            sum.f1()
        }),
        intents_macro_f1: bootstrap(&intent_pairs, |sample| {
            mean(tally_intents(sample).iter().filter(|t| t.0 + t.2 > 0).filter_map(|t| t.f1()))
        }),
        calibration_error: calibration_error(&toned),
        unclear: (!toned.is_empty())
            .then(|| toned.iter().filter(|(_, s, _)| s.sentiment.unclear).count() as f64 / toned.len() as f64),
        sentiment: tone_rows.filter(|_| !toned.is_empty()).map(|(tone, tally)| (tone.name(), tally.row())).collect(),
        intents: intent_rows.filter(|_| !meant.is_empty()).map(|(row, tally)| (row.name, tally.row())).collect(),
        confusion: (!toned.is_empty()).then_some(confusion),
        worst: worst_of(&toned, &meant, known, worst),
    }
}

/// The surest mistakes, at most `worst` of each kind.
fn worst_of(
    toned: &[(Tone, &Score, &Case)],
    meant: &[(&BTreeSet<Intent>, &Answer, &Case)],
    known: &Known,
    worst: usize,
) -> Worst {
    // The words are copied last: of a hundred thousand mistakes ten are shown.
    let mut tones: Vec<(f64, Tone, Tone, &Case)> = toned
        .iter()
        .filter(|(gold, s, _)| *gold != s.sentiment.label && known.sentiment.contains(gold))
        .map(|(gold, s, case)| (probability(s, s.sentiment.label), *gold, s.sentiment.label, *case))
        .collect();
    tones.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.3.place.cmp(&b.3.place)));
    let mut missed: Vec<(f64, Intent, &Case)> = Vec::new();
    let mut invented: Vec<(f64, Intent, &Case)> = Vec::new();
    for (gold, answer, case) in meant {
        missed.extend(answer.missed.0.iter().map(|(intent, p)| (p.as_f64(), *intent, *case)));
        let wrong = answer.score.intents.0.iter().filter(|(intent, _)| !gold.contains(intent));
        invented.extend(wrong.map(|(intent, p)| (p.as_f64(), *intent, *case)));
    }
    missed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.2.place.cmp(&b.2.place)));
    invented.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.place.cmp(&b.2.place)));
    let of_intent = |(probability, intent, case): (f64, Intent, &Case)| IntentMistake {
        place: case.place.clone(),
        text: case.text.text.clone(),
        intent,
        probability,
    };
    Worst {
        sentiment: tones
            .into_iter()
            .take(worst)
            .map(|(probability, gold, model, case)| Mistake {
                place: case.place.clone(),
                text: case.text.text.clone(),
                gold,
                model,
                probability,
            })
            .collect(),
        missed: missed.into_iter().take(worst).map(of_intent).collect(),
        invented: invented.into_iter().take(worst).map(of_intent).collect(),
    }
}

fn probability(score: &Score, tone: Tone) -> f64 {
    match tone {
        Tone::Negative => score.sentiment.negative,
        Tone::Neutral => score.sentiment.neutral,
        Tone::Positive => score.sentiment.positive,
    }
    .as_f64()
}

fn tally_tones(sample: &mut dyn Iterator<Item = (Tone, Tone)>) -> [Tally; 3] {
    let mut tallies = [Tally::default(); 3];
    for (gold, model) in sample {
        for (tone, tally) in Tone::ALL.iter().zip(&mut tallies) {
            tally.add(gold == *tone, model == *tone);
        }
    }
    tallies
}

fn tally_intents(sample: &mut dyn Iterator<Item = (u32, u32)>) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); INTENTS.len()];
    for (gold, model) in sample {
        for (bit, tally) in tallies.iter_mut().enumerate() {
            tally.add(gold >> bit & 1 == 1, model >> bit & 1 == 1);
        }
    }
    tallies
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// `statistic` of all pairs with the percentile interval of resamples (Efron and Tibshirani 1993, ch. 13); the draws are
/// the same in every run.
fn bootstrap<P: Copy>(pairs: &[P], statistic: impl Fn(&mut dyn Iterator<Item = P>) -> Option<f64>) -> Option<Interval> {
    let value = statistic(&mut pairs.iter().copied())?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        // xorshift64 (Marsaglia 2003): enough for resampling.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        pairs[(state % pairs.len() as u64) as usize]
    };
    let mut values: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let sample: Vec<P> = (0..pairs.len()).map(|_| draw()).collect();
            statistic(&mut sample.into_iter())
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    Some(if values.is_empty() {
        Interval { value, low: value, high: value }
    } else {
        Interval { value, low: at(0.025), high: at(0.975) }
    })
}

fn calibration_error(toned: &[(Tone, &Score, &Case)]) -> Option<f64> {
    let mut bins = [(0_usize, 0_usize, 0.0); CALIBRATION_BINS];
    for (gold, score, _) in toned {
        let p = probability(score, score.sentiment.label);
        let bin = &mut bins[((p * CALIBRATION_BINS as f64) as usize).min(CALIBRATION_BINS - 1)];
        bin.0 += 1;
        bin.1 += usize::from(*gold == score.sentiment.label);
        bin.2 += p;
    }
    let gap = |(n, right, p): &(usize, usize, f64)| (*right as f64 - p).abs() * f64::from(u8::from(*n > 0));
    (!toned.is_empty()).then(|| bins.iter().map(gap).sum::<f64>() / toned.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::utterance::{Intents, Millionths, Sentiment};

    fn score(tone: Tone, sure: u32, intents: &[Intent]) -> Score {
        let rest = Millionths((1_000_000 - sure) / 2);
        let p = |t| if t == tone { Millionths(sure) } else { rest };
        Score {
            sentiment: Sentiment::new(p(Tone::Negative), p(Tone::Neutral), p(Tone::Positive), 0.0),
            intents: Intents(intents.iter().map(|i| (*i, Millionths(900_000))).collect()),
        }
    }

    /// A model's answer to a line: what it says, and what it missed with how likely it found that.
    fn answered(score: Score, missed: &[(Intent, u32)]) -> Answer {
        Answer { score, missed: Intents(missed.iter().map(|(intent, p)| (*intent, Millionths(*p))).collect()) }
    }

    fn answers() -> [Answer; 3] {
        [
            answered(score(Tone::Neutral, 900_000, &[Intent::DiscoveryQuestion]), &[]),
            answered(score(Tone::Neutral, 800_000, &[Intent::PainPoint]), &[(Intent::Competitor, 20_000)]),
            answered(score(Tone::Positive, 700_000, &[Intent::Champion]), &[]),
        ]
    }

    fn everything() -> Known {
        Known { sentiment: Tone::ALL.into(), intents: INTENTS.iter().map(|row| row.intent).collect() }
    }

    #[test]
    fn the_figures_are_those_of_a_hand_count() {
        let cases = read_cases("d.deal", cases::DEAL.as_bytes()).unwrap().cases;
        let e = evaluate(&cases, &answers(), &everything(), 5);
        assert_eq!(e.lines, Lines { read: 3, sentiment: 3, intents: 3, unlabelled: 0 });
        // F1: negative 0, neutral 2/3, positive 1; intents: two right, one wrong, one missed.
        assert!((e.sentiment_macro_f1.unwrap().value - 5.0 / 9.0).abs() < 1e-12);
        assert!((e.intents_micro_f1.unwrap().value - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(e.confusion.unwrap(), [[0, 1, 0], [0, 1, 0], [0, 0, 1]]);
        // Bins: 0.9 right (gap 0.1), 0.8 wrong (0.8), 0.7 right (0.3).
        assert!((e.calibration_error.unwrap() - 1.2 / 3.0).abs() < 1e-12);
        assert_eq!(e.intents["champion"], LabelRow { gold: 0, precision: Some(0.0), recall: None, f1: Some(0.0) });
    }

    #[test]
    fn the_worst_mistakes_are_of_all_three_kinds_with_their_text() {
        let cases = read_cases("d.deal", cases::DEAL.as_bytes()).unwrap().cases;
        let worst = evaluate(&cases, &answers(), &everything(), 5).worst;
        let [tone] = &worst.sentiment[..] else { panic!("{worst:?}") };
        assert_eq!((tone.text.as_str(), tone.gold, tone.model), ("Everything.", Tone::Negative, Tone::Neutral));
        let intents = |all: &[IntentMistake]| -> Vec<(String, Intent, f64)> {
            all.iter().map(|m| (m.text.clone(), m.intent, m.probability)).collect()
        };
        assert_eq!(intents(&worst.missed), [("Everything.".into(), Intent::Competitor, 0.02)]);
        assert_eq!(intents(&worst.invented), [("We loved it.".into(), Intent::Champion, 0.9)]);
        assert_eq!(evaluate(&cases, &answers(), &everything(), 0).worst, Worst::default());
    }

    #[test]
    fn a_head_that_the_model_lacks_is_not_measured_and_a_label_that_it_lacks_is_missed() {
        let cases = read_cases("d.deal", cases::DEAL.as_bytes()).unwrap().cases;
        let tones_only = Known { intents: BTreeSet::new(), ..everything() };
        let e = evaluate(&cases, &answers(), &tones_only, 5);
        assert_eq!((e.intents_micro_f1, e.intents_macro_f1, e.intents.len()), (None, None, 0));
        assert!(e.measures() && e.worst.missed.is_empty() && e.worst.invented.is_empty());
        assert_eq!(e.lines.intents, 3, "the lines have them all the same");

        let intents_only = Known { sentiment: BTreeSet::new(), ..everything() };
        let e = evaluate(&cases, &answers(), &intents_only, 5);
        assert_eq!((e.sentiment_macro_f1, e.sentiment_accuracy, e.calibration_error), (None, None, None));
        assert_eq!((e.unclear, e.confusion, e.sentiment.len(), e.worst.sentiment.len()), (None, None, 0, 0));

        let two = Known {
            sentiment: [Tone::Neutral, Tone::Positive].into(),
            intents: [Intent::PainPoint, Intent::DiscoveryQuestion, Intent::Champion].into(),
        };
        let e = evaluate(&cases, &answers(), &two, 5);
        assert_eq!(e.intents["competitor"].recall, Some(0.0));
        assert!((e.intents_micro_f1.unwrap().value - 4.0 / 6.0).abs() < 1e-12);
        assert!(e.worst.sentiment.is_empty(), "a tone that it lacks is told once");
        assert!(!evaluate(&cases[..0], &[], &everything(), 5).measures());
    }
}
