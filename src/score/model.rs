//! What a model folder says of itself, and how its raw numbers become labels.
//!
//! A folder is what `optimum` or `transformers` exports for text classification: `config.json`, `tokenizer.json`, and
//! `model.onnx` (or `onnx/model.onnx`). Label order, activation and limits are read from the config, never assumed. The
//! default model's config carries a `dealtone` object besides, with thresholds, temperature and the shape of its input.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Logits, Score, ScoreError};
use crate::{
    conversation::hex,
    utterance::{Intent, Intents, Millionths, Sentiment, Tone},
};

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
    /// Hex SHA-256 over config, tokenizer and weights.
    pub sha256: String,
    /// The weights.
    pub weights: PathBuf,
    /// The label of each output, in order.
    pub labels: Vec<String>,
    /// Outputs that speak of tone, with the tone; empty for a model of intents only.
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
    dealtone: Option<OwnConfig>,
}

/// The part of the config that only our own models have.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OwnConfig {
    sentiment_temperature: Option<f64>,
    thresholds: BTreeMap<String, f64>,
    abstain: Option<Abstain>,
    input: InputShape,
}

/// When the tone is called unclear.
#[derive(Deserialize)]
struct Abstain {
    /// The best tone's probability is below this.
    below: f64,
}

impl ModelCard {
    /// Reads the folder.
    ///
    /// # Errors
    /// Where a file is missing or broken, or the labels are neither tones nor intents; the message says which and what
    /// would fit.
    pub fn read(folder: &Path) -> Result<ModelCard, ScoreError> {
        let refuse = |message: String| ScoreError::Model { folder: folder.display().to_string(), message };
        if !folder.is_dir() {
            return Err(refuse("no such folder; name one with config.json, tokenizer.json and model.onnx".into()));
        }
        let load = |name: &str| {
            fs::read(folder.join(name)).map_err(|e| refuse(format!("{name}: {e}; a model folder needs this file")))
        };
        let (config_bytes, tokenizer_bytes) = (load("config.json")?, load("tokenizer.json")?);
        let config: ConfigFile =
            serde_json::from_slice(&config_bytes).map_err(|e| refuse(format!("config.json:{}: {e}", e.line())))?;
        let weights = ["model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"]
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file())
            .ok_or_else(|| {
                refuse("model.onnx is missing (onnx/model.onnx was looked for too); export one, for instance with `optimum-cli export onnx --task text-classification`".into())
            })?;
        let weight_bytes = fs::read(&weights).map_err(|e| refuse(format!("{}: {e}", weights.display())))?;

        let labels = labels_in_order(&config.id2label).map_err(&refuse)?;
        let tones: Vec<(usize, Tone)> = labels.iter().enumerate().filter_map(|(i, l)| Some((i, tone_of(l)?))).collect();
        let own = config.dealtone.unwrap_or_default();
        let mut intents = Vec::new();
        for (i, label) in labels.iter().enumerate() {
            if let Ok(intent) = label.to_lowercase().replace([' ', '-'], "_").parse::<Intent>() {
                let threshold = own.thresholds.get(intent.name()).copied().unwrap_or(PLAIN_THRESHOLD);
                if !(0.0..=1.0).contains(&threshold) {
                    return Err(refuse(format!(
                        "config.json: the threshold of {intent} is {threshold}, not from 0 to 1"
                    )));
                }
                intents.push((i, intent, threshold));
            }
        }
        if tones.is_empty() && intents.is_empty() {
            return Err(refuse(format!(
                "none of its labels {labels:?} is a sentiment (negative, neutral, positive, \"1 star\" … \"5 stars\") or an intent of \
                 `dealtone explain intents`; set id2label in config.json to names that are"
            )));
        }
        let temperature = own.sentiment_temperature.unwrap_or(1.0);
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(refuse(format!("config.json: sentiment_temperature is {temperature}; it must be above 0")));
        }
        if let Some(unknown) = own.thresholds.keys().find(|name| name.parse::<Intent>().is_err()) {
            return Err(refuse(format!("config.json: dealtone.thresholds names {unknown:?}, which is no intent")));
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
        let mut hash = Sha256::new();
        for bytes in [&config_bytes, &tokenizer_bytes, &weight_bytes] {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        let folder_name = folder.file_name().map(|n| n.to_string_lossy().into_owned());
        Ok(ModelCard {
            folder: folder.to_owned(),
            name: config.name_or_path.filter(|n| !n.is_empty()).or(folder_name).unwrap_or_else(|| "model".into()),
            sha256: hex(&hash.finalize()),
            weights,
            tone_activation: if multi_label && !mixed { Activation::Sigmoid } else { Activation::Softmax },
            intent_activation: if multi_label || mixed { Activation::Sigmoid } else { Activation::Softmax },
            labels,
            tones,
            temperature,
            intents,
            unclear_below: own.abstain.map_or(0.0, |a| a.below),
            input: own.input,
            max_tokens,
        })
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
        Ok(Score {
            sentiment: Sentiment::new(negative, neutral, positive, self.unclear_below),
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
            let raw = self.tones.iter().map(|(i, _)| f64::from(logits[*i]) / self.temperature);
            let raw: Vec<f64> = raw.collect();
            for ((_, tone), p) in self.tones.iter().zip(activate(self.tone_activation, &raw)) {
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
            tones[Tone::Neutral as usize] = 1.0;
        } else if self.tone_activation == Activation::Sigmoid {
            let sum: f64 = tones.iter().sum();
            tones.iter_mut().for_each(|p| *p /= sum.max(f64::MIN_POSITIVE));
        }
        Ok((tones, intents))
    }
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

/// The tone that a label of some model names, in the spellings that are met.
fn tone_of(label: &str) -> Option<Tone> {
    match label.to_lowercase().as_str() {
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
