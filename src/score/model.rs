//! What a model folder says of itself, and how its raw numbers become labels.
//!
//! A folder is what `optimum` or `transformers` exports for text classification: `config.json`, `tokenizer.json`, and
//! `model.onnx` (or `onnx/model.onnx`). Label order, activation and limits are read from the config, never assumed. The
//! default model's config carries a `dealtone` object besides, with thresholds, temperature and the shape of its input.
//! What the labels leave out is said ([`ModelCard::unread`]), never made up.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::{Logits, ModelFiles, Score, ScoreError, own_config::OwnConfig};
use crate::utterance::{INTENTS, Intent, Intents, Millionths, Sentiment, Tone, Unread};

/// Threshold of an intent for which the model states none: as likely as not.
const PLAIN_THRESHOLD: f64 = 0.5;
/// Tokens of one row where the config states no limit.
const PLAIN_MAX_TOKENS: usize = 512;

/// How a head's raw numbers become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// The labels exclude each other.
    Softmax,
    /// Each label for itself.
    Sigmoid,
}

/// When the model is given what was said just before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextUse {
    /// Never.
    #[default]
    None,
    /// Only for texts of at most [`InputShape::context_if_words_at_most`] words.
    Short,
    /// Always.
    Previous,
}

/// How a text is put before the tokenizer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct InputShape {
    /// Whether the context is given, as the first segment of a pair.
    pub context: ContextUse,
    /// The context is clipped to its last so many words.
    pub context_max_words: Option<usize>,
    /// For [`ContextUse::Short`].
    pub context_if_words_at_most: Option<usize>,
    /// What stands before the text, by side: `{"buyer": "buyer: ", …}`.
    pub side_prefix: BTreeMap<String, String>,
    /// Tokens of one row, special tokens included.
    pub max_tokens: Option<usize>,
}

/// A model folder that was read and fits.
#[derive(Clone, Debug)]
pub struct ModelCard {
    /// The folder.
    pub folder: PathBuf,
    /// The model's name: `_name_or_path` of its config, else the folder's name.
    pub name: String,
    /// Hex SHA-256 over the hashes of everything that the model consists of: config, tokenizer and weights.
    pub sha256: String,
    /// The ONNX file.
    pub weights: PathBuf,
    /// Hex SHA-256 of the ONNX file alone, where the config states it; the file was held against it.
    pub weights_sha256: Option<String>,
    /// The label of each output, in order.
    pub labels: Vec<String>,
    /// Outputs that speak of tone, with the tone; empty for a model of intents only. A lone tone leaves the rest of its
    /// probability to neutral: what is not positive need not be negative.
    pub tones: Vec<(usize, Tone)>,
    /// How tones are read.
    pub tone_activation: Activation,
    /// Divides the logits of the tones before the activation.
    pub temperature: f64,
    /// Outputs that speak of intents, with the probability from which the intent applies.
    pub intents: Vec<(usize, Intent, f64)>,
    /// How intents are read.
    pub intent_activation: Activation,
    /// Probability of the best tone below which the tone is called unclear.
    pub unclear_below: f64,
    /// The shape of its input.
    pub input: InputShape,
    /// Tokens of one row, special tokens included.
    pub max_tokens: usize,
    /// The token that fills a row up to the length of its neighbours. Some models see by it where a row ends.
    pub pad_id: i64,
}

#[derive(Deserialize)]
struct ConfigFile {
    #[serde(rename = "_name_or_path")]
    name_or_path: Option<String>,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
    problem_type: Option<String>,
    max_position_embeddings: Option<usize>,
    model_type: Option<String>,
    pad_token_id: Option<i64>,
    dealtone: Option<Value>,
}

impl ModelCard {
    /// What the files of a folder say.
    ///
    /// # Errors
    /// Where one is broken or cannot be read, the labels are neither tones nor intents, or the weights are not those that the
    /// config speaks of; the message says which and what would fit.
    pub fn of(files: &ModelFiles) -> Result<ModelCard, ScoreError> {
        let folder = &files.folder;
        let refuse = |message: String| ScoreError::Model { folder: folder.display().to_string(), message };
        let config: ConfigFile =
            serde_json::from_slice(&files.config).map_err(|e| refuse(format!("config.json:{}: {e}", e.line())))?;
        if config.problem_type.as_deref() == Some("regression") {
            return Err(refuse(
                "config.json: problem_type is \"regression\": its outputs are grades and no probabilities of labels; take a model \
                 that classifies"
                    .into(),
            ));
        }
        let labels = labels_in_order(&config.id2label).map_err(&refuse)?;
        let own = config.dealtone.as_ref().map(OwnConfig::read).transpose().map_err(&refuse)?.unwrap_or_default();
        let mut tones: Vec<(usize, Tone)> =
            labels.iter().enumerate().filter_map(|(i, l)| Some((i, tone_of(l)?))).collect();
        if tones.iter().all(|(_, tone)| *tone == Tone::Neutral) {
            // "Neutral" among feelings or topics that are none of ours says nothing of a tone.
            tones.clear();
        }
        let intent_of = |(i, label): (usize, &String)| {
            let intent = plain_label(label).replace(' ', "_").parse::<Intent>().ok()?;
            Some((i, intent, own.thresholds.get(intent.name()).copied().unwrap_or(PLAIN_THRESHOLD)))
        };
        let intents: Vec<(usize, Intent, f64)> = labels.iter().enumerate().filter_map(intent_of).collect();
        if tones.is_empty() && intents.is_empty() {
            return Err(refuse(format!(
                "none of its labels {labels:?} is a sentiment (negative, neutral, positive, \"1 star\" … \"5 stars\") or an intent of \
                 `dealtone explain intents`; set id2label in config.json to names that are"
            )));
        }
        // Hugging Face's own rule: independent labels where the config says so or there is only one.
        let multi_label = config.problem_type.as_deref() == Some("multi_label_classification") || labels.len() == 1;
        let mixed = !tones.is_empty() && !intents.is_empty();
        // Position 0 and 1 of RoBERTa's table are padding.
        let reserved = if config.model_type.as_deref().is_some_and(|t| t.contains("roberta")) { 2 } else { 0 };
        let positions = config.max_position_embeddings.unwrap_or(PLAIN_MAX_TOKENS).saturating_sub(reserved);
        let max_tokens = own.input.max_tokens.unwrap_or(PLAIN_MAX_TOKENS).min(positions);
        if max_tokens < 8 {
            return Err(refuse(format!("config.json: rows of {max_tokens} tokens are too short to hold a sentence")));
        }
        let hashes = files.hashes().map_err(&refuse)?;
        let stated = own.model_sha256.map(|hash| hash.to_lowercase());
        if let Some(stated) = stated.as_ref().filter(|stated| **stated != hashes.onnx) {
            return Err(refuse(format!(
                "{} is not the file that config.json speaks of: its SHA-256 is {}, and dealtone.model_sha256 says {stated}; it is damaged \
                 or of another version, so fetch the folder anew (where you changed the weights yourself, state their hash)",
                files.onnx_file.display(),
                hashes.onnx,
            )));
        }
        let folder_name = folder.file_name().map(|n| n.to_string_lossy().into_owned());
        Ok(ModelCard {
            folder: folder.to_owned(),
            name: config.name_or_path.filter(|n| !n.is_empty()).or(folder_name).unwrap_or_else(|| "model".into()),
            sha256: hashes.whole,
            weights: files.onnx_file.clone(),
            weights_sha256: stated,
            // Beside intents, which do not exclude each other, several tones still do.
            tone_activation: if mixed && !is_lone(&tones) || !mixed && !multi_label {
                Activation::Softmax
            } else {
                Activation::Sigmoid
            },
            intent_activation: if multi_label || mixed { Activation::Sigmoid } else { Activation::Softmax },
            labels,
            tones,
            temperature: own.sentiment_temperature.unwrap_or(1.0),
            intents,
            unclear_below: own.abstain.map_or(0.0, |a| a.below),
            input: own.input,
            max_tokens,
            pad_id: config.pad_token_id.unwrap_or(0),
        })
    }

    /// What the model has no output for.
    pub fn unread(&self) -> Unread {
        let has_tone = |tone| self.tones.iter().any(|(_, t)| *t == tone);
        let has_intent = |intent| self.intents.iter().any(|(_, i, _)| *i == intent);
        Unread {
            sentiment: !(has_tone(Tone::Negative) && has_tone(Tone::Positive)),
            intents: INTENTS.iter().map(|row| row.intent).filter(|intent| !has_intent(*intent)).collect(),
        }
    }

    /// Reads the logits of one text (several rows where it was cut into windows, each with its number of tokens) as
    /// labels: probabilities are averaged over the windows, weighted by tokens.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn read_logits(&self, windows: &[(usize, &Logits)]) -> Result<Score, ScoreError> {
        let (tones, intents) = self.probabilities(windows)?;
        let [negative, neutral, positive] = tones.map(Millionths::round);
        let held = self.intents.iter().zip(intents).filter(|((_, _, threshold), p)| p >= threshold);
        // Of three that are equally likely none may be called by its name.
        let unclear_below = if self.tones.is_empty() { 1.0 } else { self.unclear_below };
        Ok(Score {
            sentiment: Sentiment::new(negative, neutral, positive, unclear_below),
            intents: Intents(held.map(|((_, intent, _), p)| (*intent, Millionths::round(p))).collect()),
        })
    }

    /// As [`ModelCard::read_logits`], but every tone and intent that the model knows, with or without reaching its
    /// threshold: for those who want the bare classifier. Tones first, then intents in the order of the model's labels.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn read_labels(&self, windows: &[(usize, &Logits)]) -> Result<Vec<(&'static str, Millionths)>, ScoreError> {
        let (tones, intents) = self.probabilities(windows)?;
        let known = [Tone::Negative, Tone::Neutral, Tone::Positive];
        let known = known.into_iter().filter(|tone| self.tones.iter().any(|(_, t)| t == tone));
        let tones = known.map(|tone| (tone.name(), Millionths::round(tones[tone as usize])));
        let intents = self.intents.iter().zip(intents).map(|((_, intent, _), p)| (intent.name(), Millionths::round(p)));
        Ok(tones.chain(intents).collect())
    }

    /// The probabilities of the three tones, and of the intents in the order of [`ModelCard::intents`].
    fn probabilities(&self, windows: &[(usize, &Logits)]) -> Result<([f64; 3], Vec<f64>), ScoreError> {
        let mut tones = [0.0; 3];
        let mut intents = vec![0.0; self.intents.len()];
        let all: f64 = windows.iter().map(|(tokens, _)| *tokens as f64).sum();
        for (tokens, logits) in windows {
            let share = *tokens as f64 / all;
            if let Some(bad) = logits.iter().position(|x| !x.is_finite()) {
                let label = self.labels.get(bad).cloned().unwrap_or_default();
                return Err(ScoreError::NotANumber { value: logits[bad], label });
            }
            for ((_, tone), p) in self.tones.iter().zip(self.tone_probabilities(logits)) {
                tones[*tone as usize] += p * share;
            }
            let raw: Vec<f64> = match self.intent_activation {
                Activation::Sigmoid => self.intents.iter().map(|(i, _, _)| f64::from(logits[*i])).collect(),
                // A softmax runs over all labels, those that are no intent of ours included.
                Activation::Softmax => logits.iter().map(|x| f64::from(*x)).collect(),
            };
            let probabilities = activate(self.intent_activation, &raw);
            for (place, (i, _, _)) in self.intents.iter().enumerate() {
                let at = if self.intent_activation == Activation::Softmax { *i } else { place };
                intents[place] += probabilities[at] * share;
            }
        }
        if self.tones.is_empty() {
            // Nothing is known.
            return Ok(([1.0 / 3.0; 3], intents));
        }
        if self.tone_activation == Activation::Sigmoid || self.has_lone_tone() {
            if !self.tones.iter().any(|(_, tone)| *tone == Tone::Neutral) {
                tones[Tone::Neutral as usize] = (1.0 - tones.iter().sum::<f64>()).max(0.0);
            }
            // Tones that do not exclude each other may sum to more than one, or to less.
            let sum: f64 = tones.iter().sum();
            tones.iter_mut().for_each(|p| *p /= sum.max(f64::MIN_POSITIVE));
        }
        Ok((tones, intents))
    }

    /// The probability of each of [`ModelCard::tones`].
    fn tone_probabilities(&self, logits: &Logits) -> Vec<f64> {
        let tempered = |i: usize| f64::from(logits[i]) / self.temperature;
        if self.tone_activation == Activation::Softmax && self.has_lone_tone() {
            // It excludes the labels beside it, whatever they speak of; among tones alone it would always be certain.
            let all = activate(Activation::Softmax, &(0..logits.len()).map(tempered).collect::<Vec<_>>());
            return self.tones.iter().map(|(i, _)| all[*i]).collect();
        }
        activate(self.tone_activation, &self.tones.iter().map(|(i, _)| tempered(*i)).collect::<Vec<_>>())
    }

    /// Whether all outputs that speak of tone speak of the same one.
    fn has_lone_tone(&self) -> bool {
        is_lone(&self.tones)
    }
}

fn is_lone(tones: &[(usize, Tone)]) -> bool {
    tones.first().is_some_and(|(_, first)| tones.iter().all(|(_, tone)| tone == first))
}

/// The labels by their number; every number from 0 on must be there.
fn labels_in_order(id2label: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    if id2label.is_empty() {
        return Err("config.json: id2label is missing, so nobody can know what the model's outputs mean".into());
    }
    (0..id2label.len())
        .map(|i| {
            id2label
                .get(&i.to_string())
                .cloned()
                .ok_or_else(|| format!("config.json: id2label has {} labels but no number {i}", id2label.len()))
        })
        .collect()
}

/// The words of a label in lower case: exporters differ in how they write one.
fn plain_label(label: &str) -> String {
    let label = label.to_lowercase().replace(['_', '-'], " ");
    label.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tone that a label of some model names, in the spellings that are met.
fn tone_of(label: &str) -> Option<Tone> {
    match plain_label(label).as_str() {
        "negative" | "neg" | "1 star" | "2 stars" | "very negative" => Some(Tone::Negative),
        "neutral" | "neu" | "3 stars" | "mixed" => Some(Tone::Neutral),
        "positive" | "pos" | "4 stars" | "5 stars" | "very positive" => Some(Tone::Positive),
        _ => None,
    }
}

fn activate(activation: Activation, raw: &[f64]) -> Vec<f64> {
    match activation {
        Activation::Sigmoid => raw.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
        Activation::Softmax => {
            let top = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = raw.iter().map(|x| (x - top).exp()).collect();
            let sum: f64 = powers.iter().sum();
            powers.into_iter().map(|p| p / sum).collect()
        }
    }
}
