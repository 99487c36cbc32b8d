//! Holds a model's scores against labels: precision, recall and F1 by label with bootstrap intervals, the confusion
//! matrix, calibration, and the worst mistakes with their text.
//!
//! Labelled lines come from two kinds of file: `{"text", "sentiment", "intents"}` a line (`context` and `side` may stand
//! beside; where `side` doesn't, a `speaker` that names a role, such as "agent" or "customer", says it), or
//! labelled deals (`*.deal`), whose lines are taken one by one with what was said just before.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    conversation::Side,
    score::{Score, Text},
    team::names::role_side,
    utterance::{INTENTS, Intent, Tone},
};

/// Resamples of a bootstrap interval.
const RESAMPLES: usize = 1000;
/// Bins of the expected calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks").
const CALIBRATION_BINS: usize = 10;

/// A labelled line.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where it stands: `file:line`.
    pub place: String,
    /// What is scored.
    pub text: Text,
    /// The label; absent where the line has none.
    pub tone: Option<Tone>,
    /// The labels; absent where the line has none.
    pub intents: Option<BTreeSet<Intent>>,
}

/// Why a file of labels was refused.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct CaseError {
    /// The file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

#[derive(Deserialize)]
struct JsonCase {
    text: String,
    #[serde(default)]
    context: String,
    side: Option<Side>,
    speaker: Option<String>,
    sentiment: Option<Tone>,
    intents: Option<BTreeSet<Intent>>,
}

/// The cases of a file: labelled deals where it begins with `@deal`, else a JSON object a line.
///
/// # Errors
/// At the first line that is neither; labels are no place for guesses.
pub fn read_cases(file: &str, content: &str) -> Result<Vec<Case>, CaseError> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    if content.lines().any(|line| line.starts_with("@deal")) {
        return read_deal(file, content);
    }
    let mut cases = Vec::new();
    for (number, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fail = |message| CaseError { file: file.to_owned(), line: number + 1, message };
        let case: JsonCase = serde_json::from_str(line)
            .map_err(|e| fail(format!("{e}; a line is {{\"text\": …, \"sentiment\": …, \"intents\": […]}}")))?;
        let role = || case.speaker.as_deref().and_then(|label| side_of_role(&label.to_lowercase()));
        cases.push(Case {
            place: format!("{file}:{}", number + 1),
            text: Text { side: case.side.or_else(role).unwrap_or_default(), context: case.context, text: case.text },
            tone: case.sentiment,
            intents: case.intents,
        });
    }
    Ok(cases)
}

/// The side of a speaker who is named by a role: as in a transcript, or as public sets of dialogues name the two, who in a
/// transcript's "User 1" would be anybody.
fn side_of_role(lower: &str) -> Option<Side> {
    role_side(lower).or(match lower {
        "assistant" | "persuader" => Some(Side::Seller),
        "user" | "persuadee" => Some(Side::Buyer),
        _ => None,
    })
}

/// The labelled lines of a `.deal` file; the context of a line is the line before it in the same conversation.
fn read_deal(file: &str, content: &str) -> Result<Vec<Case>, CaseError> {
    let mut sides: BTreeMap<&str, Side> = BTreeMap::new();
    let mut cases: Vec<Case> = Vec::new();
    let (mut is_mail, mut sender, mut before) = (false, "", String::new());
    for (number, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fail = |message: String| CaseError { file: file.to_owned(), line: number + 1, message };
        let field: Vec<&str> = line.split(" | ").map(str::trim).collect();
        if let Some(name) = line.strip_prefix("@person") {
            let name = name.split(" | ").next().unwrap_or(name).trim();
            let side = match field.get(1) {
                Some(&"rep") => Side::Seller,
                Some(&"buyer") => Side::Buyer,
                _ => Side::Unknown,
            };
            sides.insert(name, side);
        } else if line.starts_with("@call") || line.starts_with("@email") {
            is_mail = line.starts_with("@email");
            sender = field.get(1).copied().unwrap_or_default();
            before.clear();
        } else if !line.starts_with('@') {
            let (who, tone, labels, text) = match (is_mail, field.as_slice()) {
                (true, ["G", ..]) => continue,
                (true, ["S", tone, labels, text]) => (sender, *tone, *labels, *text),
                (false, [_, who, tone, labels, text]) => (*who, *tone, *labels, *text),
                _ => return Err(fail("this is no line of a labelled call or e-mail".into())),
            };
            let tone = match tone {
                "-" => Tone::Negative,
                "0" => Tone::Neutral,
                "+" => Tone::Positive,
                other => return Err(fail(format!("sentiment is -, 0 or +, not {other:?}"))),
            };
            let labels = labels.split(',').map(str::trim).filter(|l| !l.is_empty() && *l != ".");
            let intents =
                labels.map(str::parse).collect::<Result<BTreeSet<Intent>, _>>().map_err(|e| fail(e.to_string()))?;
            let side = sides.get(who).copied().unwrap_or_default();
            let text = Text { side, context: std::mem::replace(&mut before, text.to_owned()), text: text.to_owned() };
            cases.push(Case {
                place: format!("{file}:{}", number + 1),
                text,
                tone: Some(tone),
                intents: Some(intents),
            });
        }
    }
    Ok(cases)
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

/// A line that the model got wrong, the surest mistakes first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    /// `file:line`.
    pub place: String,
    /// The words.
    pub text: String,
    /// What the label says.
    pub gold: String,
    /// What the model says.
    pub model: String,
    /// The probability that it gives its own answer.
    pub probability: f64,
}

/// How a model did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Lines with a sentiment label, and with intent labels.
    pub lines: (usize, usize),
    /// Mean F1 of the three tones.
    pub sentiment_macro_f1: Option<Interval>,
    /// Share of lines with the right tone.
    pub sentiment_accuracy: Option<Interval>,
    /// F1 over all intent decisions.
    pub intents_micro_f1: Option<Interval>,
    /// Mean F1 of the intents that occur.
    pub intents_macro_f1: Option<Interval>,
    /// Expected calibration error of the tone, 0 to 1, over ten bins.
    pub calibration_error: Option<f64>,
    /// Share of lines whose tone the model calls unclear.
    pub unclear: f64,
    /// By tone.
    pub sentiment: BTreeMap<&'static str, LabelRow>,
    /// By intent.
    pub intents: BTreeMap<&'static str, LabelRow>,
    /// `confusion[gold][model]`, negative, neutral, positive.
    pub confusion: [[usize; 3]; 3],
    /// The surest mistakes in tone.
    pub worst: Vec<Mistake>,
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

const TONES: [Tone; 3] = [Tone::Negative, Tone::Neutral, Tone::Positive];

/// Holds `scores` against `cases`, which they belong to one by one; `worst` mistakes are kept.
pub fn evaluate(cases: &[Case], scores: &[Score], worst: usize) -> Evaluation {
    let toned: Vec<(Tone, &Score, &Case)> =
        cases.iter().zip(scores).filter_map(|(c, s)| Some((c.tone?, s, c))).collect();
    let meant: Vec<(&BTreeSet<Intent>, &Score)> =
        cases.iter().zip(scores).filter_map(|(c, s)| Some((c.intents.as_ref()?, s))).collect();

    let tone_pairs: Vec<(Tone, Tone)> = toned.iter().map(|(gold, s, _)| (*gold, s.sentiment.label)).collect();
    let mut confusion = [[0; 3]; 3];
    for (gold, model) in &tone_pairs {
        confusion[*gold as usize][*model as usize] += 1;
    }
    // One bit an intent, so that a resample is a few additions.
    let bits = |names: &mut dyn Iterator<Item = Intent>| names.fold(0_u32, |set, i| set | 1 << i as u32);
    let intent_pairs: Vec<(u32, u32)> = meant
        .iter()
        .map(|(gold, s)| (bits(&mut gold.iter().copied()), bits(&mut s.intents.0.keys().copied())))
        .collect();

    let mut mistakes: Vec<Mistake> = toned
        .iter()
        .filter(|(gold, s, _)| *gold != s.sentiment.label)
        .map(|(gold, s, case)| Mistake {
            place: case.place.clone(),
            text: case.text.text.clone(),
            gold: gold.name().into(),
            model: s.sentiment.label.name().into(),
            probability: probability(s, s.sentiment.label),
        })
        .collect();
    mistakes.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.place.cmp(&b.place)));
    mistakes.truncate(worst);

    let tallies = tally_intents(&mut intent_pairs.iter().copied());
    Evaluation {
        lines: (toned.len(), meant.len()),
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
        unclear: toned.iter().filter(|(_, s, _)| s.sentiment.unclear).count() as f64 / toned.len().max(1) as f64,
        sentiment: TONES
            .iter()
            .zip(tally_tones(&mut tone_pairs.iter().copied()))
            .map(|(tone, tally)| (tone.name(), tally.row()))
            .collect(),
        intents: INTENTS.iter().zip(tallies).map(|(row, tally)| (row.name, tally.row())).collect(),
        confusion,
        worst: mistakes,
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
        for (tone, tally) in TONES.iter().zip(&mut tallies) {
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

    const DEAL: &str = "@deal d | v | p | b | new | 2026-01-01\n@person Ann | rep | AE | V | a@v.example\n\
        @person Bob | buyer | CTO | B | b@b.example\n@call 2026-01-01 10:00 | Intro\n\
        00:01 | Ann | 0 | discovery_question | What hurts?\n00:05 | Bob | - | pain_point,competitor | Everything.\n\
        @email 2026-01-02 10:00 | Bob | Ann | Re\nG | Hi Ann,\nS | + | . | We loved it.\n";

    #[test]
    fn the_side_of_a_line_is_stated_or_else_that_of_its_speakers_role() {
        for (given, side) in [
            (r#""side": "buyer", "speaker": "agent""#, Side::Buyer),
            (r#""speaker": "Agent""#, Side::Seller),
            (r#""speaker": "customer 2""#, Side::Buyer),
            (r#""speaker": "persuader""#, Side::Seller),
            (r#""speaker": "User""#, Side::Buyer),
            (r#""speaker": "User 2""#, Side::Unknown),
            (r#""speaker": "Priya Venkat""#, Side::Unknown),
            (r#""context": "Hi.""#, Side::Unknown),
        ] {
            let line = format!(r#"{{"text": "Fine.", {given}}}"#);
            assert_eq!(read_cases("f", &line).unwrap()[0].text.side, side, "{line}");
        }
    }

    #[test]
    fn a_labelled_deal_gives_its_lines_with_side_and_context() {
        let cases = read_cases("d.deal", DEAL).unwrap();
        let seen: Vec<_> = cases.iter().map(|c| (c.text.side, c.text.context.as_str(), c.tone.unwrap())).collect();
        assert_eq!(
            seen,
            [
                (Side::Seller, "", Tone::Neutral),
                (Side::Buyer, "What hurts?", Tone::Negative),
                (Side::Buyer, "", Tone::Positive)
            ]
        );
        assert_eq!(cases[1].place, "d.deal:6");
    }

    #[test]
    fn bad_labels_are_refused_with_their_line() {
        for (content, expected) in [
            ("{\"text\": \"a\"}\n{\"text\": \"b\", \"sentiment\": \"bad\"}", "f:2: unknown variant `bad`"),
            ("@deal d\n@call x | y\n00:01 | A | ? | . | t", "f:3: sentiment is -, 0 or +"),
            ("@deal d\n@call x | y\n00:01 | A | 0 | price | t", "f:3: \"price\" is no intent"),
        ] {
            let message = read_cases("f", content).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }

    #[test]
    fn the_figures_are_those_of_a_hand_count() {
        let cases = read_cases("d.deal", DEAL).unwrap();
        let scores = [
            score(Tone::Neutral, 900_000, &[Intent::DiscoveryQuestion]),
            score(Tone::Neutral, 800_000, &[Intent::PainPoint]),
            score(Tone::Positive, 700_000, &[Intent::Champion]),
        ];
        let e = evaluate(&cases, &scores, 5);
        // F1: negative 0, neutral 2/3, positive 1; intents: two right, one wrong, one missed.
        assert!((e.sentiment_macro_f1.unwrap().value - 5.0 / 9.0).abs() < 1e-12);
        assert!((e.intents_micro_f1.unwrap().value - 4.0 / 6.0).abs() < 1e-12);
        assert_eq!(e.confusion, [[0, 1, 0], [0, 1, 0], [0, 0, 1]]);
        assert_eq!(e.worst.len(), 1);
        assert_eq!(e.worst[0].text, "Everything.");
        // Bins: 0.9 right (gap 0.1), 0.8 wrong (0.8), 0.7 right (0.3).
        assert!((e.calibration_error.unwrap() - 1.2 / 3.0).abs() < 1e-12);
        assert_eq!(e.intents["champion"], LabelRow { gold: 0, precision: Some(0.0), recall: None, f1: Some(0.0) });
    }
}
