//! What a model folder says of itself, and how its raw numbers become labels.
//!
//! A folder is what `optimum` or `transformers` exports for text classification: `config.json`, `tokenizer.json`, and
//! `model.onnx` (or `onnx/model.onnx`). Label order, activation and limits are read from the config, never assumed. The
//! default model's config carries a `dealtone` object besides, with thresholds, temperature and the shape of its input.
//! What the labels leave out is said ([`ModelCard::unread`]), never made up.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

use serde::Deserialize;

use super::{
    Logits, ModelFiles, Score, ScoreError,
    config_file::ConfigFile,
    labels::{self, is_lone},
    own_config::OwnConfig,
};
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
    /// Whether it reads English and no other language.
    pub english_alone: bool,
    /// Tokens of one row, special tokens included.
    pub max_tokens: usize,
    /// The token that fills a row up to the length of its neighbours. Some models see by it where a row ends.
    pub pad_id: i64,
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
        let config = ConfigFile::read(&files.config).map_err(&refuse)?;
        if config.problem_type.as_deref() == Some("regression") {
            return Err(refuse(
                "config.json: problem_type is \"regression\": its outputs are grades and no probabilities of labels; take a model \
                 that classifies"
                    .into(),
            ));
        }
        let ConfigFile { labels, .. } = config;
        let own = config.dealtone.as_ref().map(OwnConfig::read).transpose().map_err(&refuse)?.unwrap_or_default();
        let tones = labels::tones(&labels).map_err(&refuse)?;
        let threshold = |intent: Intent| own.thresholds.get(intent.name()).copied().unwrap_or(PLAIN_THRESHOLD);
        let intents: Vec<(usize, Intent, f64)> = labels::intents(&labels)
            .map_err(&refuse)?
            .into_iter()
            .map(|(at, intent)| (at, intent, threshold(intent)))
            .collect();
        if tones.is_empty() && intents.is_empty() {
            return Err(refuse(format!(
                "none of its labels {labels:?} is a sentiment (negative, neutral, positive, \"1 star\" … \"5 stars\") or an intent of \
                 `dealtone explain intents`; set id2label in config.json to names that are"
            )));
        }
        // Hugging Face's own rule: independent labels where the config says so or there is only one.
        let multi_label = config.problem_type.as_deref() == Some("multi_label_classification") || labels.len() == 1;
        let mixed = !tones.is_empty() && !intents.is_empty();
        let (tone_activation, intent_activation) = match mixed {
            true if config.problem_type.as_deref() == Some("single_label_classification") => {
                (Activation::Softmax, Activation::Softmax)
            }
            // Beside intents, which do not exclude each other, several tones still do.
            true if !is_lone(&tones) => (Activation::Softmax, Activation::Sigmoid),
            true => (Activation::Sigmoid, Activation::Sigmoid),
            false if multi_label => (Activation::Sigmoid, Activation::Sigmoid),
            false => (Activation::Softmax, Activation::Softmax),
        };
        let positions = config.positions.unwrap_or(PLAIN_MAX_TOKENS).saturating_sub(config.reserved);
        let max_tokens = own.input.max_tokens.unwrap_or(PLAIN_MAX_TOKENS).min(positions);
        if max_tokens < 8 {
            return Err(refuse(format!(
                "config.json: rows of {max_tokens} tokens are too short to hold a sentence; set max_position_embeddings, or max_tokens of dealtone.input, to what the model takes"
            )));
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
        Ok(ModelCard {
            folder: folder.to_owned(),
            name: config.name.or_else(|| folder_name(folder)).unwrap_or_else(|| "model".into()),
            sha256: hashes.whole,
            weights: files.onnx_file.clone(),
            weights_sha256: stated,
            tone_activation,
            intent_activation,
            labels,
            tones,
            temperature: own.sentiment_temperature.unwrap_or(1.0),
            intents,
            unclear_below: own.abstain.map_or(0.0, |a| a.below),
            input: own.input,
            english_alone: own.language.is_some(),
            max_tokens,
            pad_id: config.pad_id.unwrap_or(0),
        })
    }

    /// What the model has no output for.
    pub fn unread(&self) -> Unread {
        let has_intent = |intent| self.intents.iter().any(|(_, i, _)| *i == intent);
        Unread {
            sentiment: !(self.has_tone(Tone::Negative) && self.has_tone(Tone::Positive)),
            intents: INTENTS.iter().map(|row| row.intent).filter(|intent| !has_intent(*intent)).collect(),
            other_languages: self.english_alone,
        }
    }

    /// The tones that it can give a line: those of its outputs, and neutral where the rest is.
    pub fn tones_given(&self) -> BTreeSet<Tone> {
        let rest = Some(Tone::Neutral).filter(|_| self.rest_is_neutral());
        self.tones.iter().map(|(_, tone)| *tone).chain(rest).collect()
    }

    /// Whether neutral is what its tones leave: it has no output of its own, and they may all be unlikely at once.
    pub fn rest_is_neutral(&self) -> bool {
        let among_tones = self.tone_activation == Activation::Softmax && !self.has_lone_tone() && !self.excludes_all();
        !self.tones.is_empty() && !self.has_tone(Tone::Neutral) && !among_tones
    }

    fn has_tone(&self, tone: Tone) -> bool {
        self.tones.iter().any(|(_, t)| *t == tone)
    }

    /// Whether tones and intents exclude each other, so that one softmax runs over all of its labels.
    fn excludes_all(&self) -> bool {
        let all_softmax = (self.tone_activation, self.intent_activation) == (Activation::Softmax, Activation::Softmax);
        all_softmax && !self.tones.is_empty() && !self.intents.is_empty()
    }

    /// Reads the logits of one text (several rows where it was cut into windows, each with its number of tokens) as
    /// labels: probabilities are averaged over the windows, weighted by tokens. Of a text without windows, in which the
    /// tokenizer finds nothing, nothing is known.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn read_logits(&self, windows: &[(usize, &Logits)]) -> Result<Score, ScoreError> {
        let (tones, intents) = self.probabilities(windows)?;
        let [negative, neutral, positive] = tones.map(Millionths::round);
        let is_read = !windows.is_empty();
        let held = self.intents.iter().zip(intents).filter(|((_, _, threshold), p)| is_read && p >= threshold);
        // Of three that are equally likely none may be called by its name.
        let unclear_below = if self.tones.is_empty() || !is_read { 1.0 } else { self.unclear_below };
        Ok(Score {
            sentiment: Sentiment::new(negative, neutral, positive, unclear_below),
            intents: Intents(held.map(|((_, intent, _), p)| (*intent, Millionths::round(p))).collect()),
        })
    }

    /// The probability of each output, in the order of [`ModelCard::labels`] and whatever it speaks of: for those who want the
    /// bare classifier. Of a text without windows nothing is known, and all are 0.
    ///
    /// # Errors
    /// Where a number is none.
    pub fn read_outputs(&self, windows: &[(usize, &Logits)]) -> Result<Vec<Millionths>, ScoreError> {
        let mut outputs = vec![0.0; self.labels.len()];
        let all: f64 = windows.iter().map(|(tokens, _)| *tokens as f64).sum();
        for (tokens, logits) in windows {
            self.check_numbers(logits)?;
            let mut window =
                activate(self.intent_activation, &logits.iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
            for ((at, _), p) in self.tones.iter().zip(self.tone_probabilities(logits)) {
                window[*at] = p;
            }
            outputs.iter_mut().zip(window).for_each(|(sum, p)| *sum += p * *tokens as f64 / all);
        }
        Ok(outputs.into_iter().map(Millionths::round).collect())
    }

    /// The probabilities of the three tones, and of the intents in the order of [`ModelCard::intents`].
    fn probabilities(&self, windows: &[(usize, &Logits)]) -> Result<([f64; 3], Vec<f64>), ScoreError> {
        let mut tones = [0.0; 3];
        let mut intents = vec![0.0; self.intents.len()];
        let all: f64 = windows.iter().map(|(tokens, _)| *tokens as f64).sum();
        for (tokens, logits) in windows {
            let share = *tokens as f64 / all;
            self.check_numbers(logits)?;
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
        if self.tones.is_empty() || windows.is_empty() {
            // Nothing is known.
            return Ok(([1.0 / 3.0; 3], intents));
        }
        if self.rest_is_neutral() {
            tones[Tone::Neutral as usize] = (1.0 - tones.iter().sum::<f64>()).max(0.0);
        }
        if self.tone_activation == Activation::Sigmoid || self.has_lone_tone() || self.excludes_all() {
            // Tones that do not exclude each other may sum to more than one, or to less; those beside labels that they exclude
            // share what the others leave.
            let sum: f64 = tones.iter().sum();
            tones.iter_mut().for_each(|p| *p /= sum.max(f64::MIN_POSITIVE));
        }
        Ok((tones, intents))
    }

    fn check_numbers(&self, logits: &Logits) -> Result<(), ScoreError> {
        match logits.iter().position(|x| !x.is_finite()) {
            None => Ok(()),
            Some(bad) => {
                let label = self.labels.get(bad).cloned().unwrap_or_default();
                Err(ScoreError::NotANumber { value: logits[bad], label })
            }
        }
    }

    /// The probability of each of [`ModelCard::tones`].
    fn tone_probabilities(&self, logits: &Logits) -> Vec<f64> {
        let tempered = |i: usize| f64::from(logits[i]) / self.temperature;
        if self.tone_activation == Activation::Softmax && (self.has_lone_tone() || self.excludes_all()) {
            // They exclude the labels beside them, whatever those speak of; among tones alone a lone one would always be certain.
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

/// What a folder is called: its own name, however it was named (`.`, by a link). A snapshot of Hugging Face's cache, which is
/// called by its commit, has the name of its model.
fn folder_name(folder: &Path) -> Option<String> {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let names: Vec<String> = whole
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    match &names[..] {
        [.., model, snapshots, _] if snapshots == "snapshots" && model.starts_with("models--") => {
            Some(model["models--".len()..].replace("--", "/"))
        }
        _ => names.last().cloned(),
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
