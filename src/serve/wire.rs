//! The shapes of requests and answers of `/v1`, from which the OpenAPI document is made.

use std::collections::BTreeMap;

use serde::{
    Deserialize, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use utoipa::ToSchema;

use super::payload::Object;
use crate::{
    conversation::{Channel, Side},
    score::{ModelCard, Score, Text},
    utterance::{Provenance, Sentiment, Tone, Utterance},
};

/// Texts, each for itself, or the turns of one conversation in order; exactly one of both.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreRequest {
    /// Texts.
    #[serde(default, deserialize_with = "present")]
    pub texts: Option<Vec<TextIn>>,
    /// Turns.
    #[serde(default, deserialize_with = "present")]
    pub turns: Option<Vec<Object<TurnIn>>>,
    /// How the turns travelled.
    #[serde(default, deserialize_with = "present")]
    pub channel: Option<ChannelIn>,
}

/// What is there is a value: `null` is none.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// What `POST /v1/score` takes, for the OpenAPI document.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code)]
pub enum ScoreBody {
    /// Texts, each for itself.
    #[schema(title = "Texts")]
    Texts(TextsBody),
    /// The turns of one conversation.
    #[schema(title = "Turns")]
    Turns(TurnsBody),
}

/// Texts, each scored for itself: words alone, or words with who says them and what was said just before.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub struct TextsBody {
    /// The texts.
    #[schema(max_items = 512, example = json!(["That is more than we can do this year.", {"text": "Send me the contract.", "side": "buyer", "context": "Shall we go ahead?"}]))]
    texts: Vec<TextBody>,
}

/// A text to score, in either of its forms, for the OpenAPI document.
#[derive(ToSchema, Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
enum TextBody {
    /// The words alone.
    #[schema(title = "Words")]
    Words(String),
    /// The words with what stands around them.
    #[schema(title = "Words in context")]
    InContext(TextInContext),
}

/// A text with who says it and what was said just before: scored as in its conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextInContext {
    /// The words.
    #[schema(example = "Send me the contract.")]
    pub text: String,
    /// Whose side the speaker is on.
    #[serde(default)]
    pub side: SideIn,
    /// What was said just before, by whomever; empty where nothing was.
    #[serde(default)]
    pub context: String,
}

/// A text to score: a string, or an object as [`TextInContext`].
#[derive(Debug)]
pub struct TextIn(pub TextInContext);

impl<'de> Deserialize<'de> for TextIn {
    /// By hand: of serde's untagged enums an error says neither where it is nor what was expected.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<TextIn, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = TextIn;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string, or an object with a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<TextIn, E> {
                Ok(TextIn(TextInContext { text: text.to_owned(), side: SideIn::default(), context: String::new() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextIn, A::Error> {
                TextInContext::deserialize(MapAccessDeserializer::new(map)).map(TextIn)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl From<TextIn> for Text {
    fn from(TextIn(given): TextIn) -> Text {
        Text { side: given.side.into(), context: given.context, text: given.text }.trimmed()
    }
}

/// The turns of one conversation, in order: each is scored with what was said just before.
#[derive(ToSchema, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub struct TurnsBody {
    /// The turns.
    #[schema(max_items = 512)]
    turns: Vec<TurnIn>,
    /// How they travelled: mails are cut into sentences, calls and chats into turns.
    #[serde(default)]
    channel: ChannelIn,
}

/// What one speaker said without a break.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnIn {
    /// Whose side the speaker is on.
    #[serde(default)]
    pub side: SideIn,
    /// The words.
    #[schema(example = "That is more than we can do this year.")]
    pub text: String,
}

macro_rules! names {
    ($(#[doc = $doc:literal])+ $name:ident of $own:ident { $($(#[doc = $line:literal])+ $(#[$default:meta])? $variant:ident,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[doc = $line])+ $(#[$default])? $variant,)+ }

        impl From<$name> for $own {
            fn from(name: $name) -> $own {
                match name { $($name::$variant => $own::$variant,)+ }
            }
        }

        impl From<$own> for $name {
            fn from(name: $own) -> $name {
                match name { $($own::$variant => $name::$variant,)+ }
            }
        }
    };
}

names! {
    /// Whose side a speaker is on.
    SideIn of Side {
        /// The customer or prospect.
        Buyer,
        /// Our own people.
        Seller,
        /// Nobody knows.
        #[default]
        Unknown,
    }
}

names! {
    /// How words travelled.
    ChannelIn of Channel {
        /// Spoken.
        #[default]
        Call,
        /// One e-mail message.
        Email,
        /// Typed in a chat.
        Chat,
    }
}

names! {
    /// An attitude.
    ToneOut of Tone {
        /// Dissatisfied, worried, sceptical, refusing.
        Negative,
        /// Factual, or without attitude.
        #[default]
        Neutral,
        /// Pleased, agreeing, committed.
        Positive,
    }
}

/// How likely each tone is; probabilities from 0 to 1 with at most six decimals.
#[derive(Serialize, ToSchema)]
pub struct SentimentOut {
    /// The most likely tone.
    pub label: ToneOut,
    /// Present and true where no tone is likely enough to be called by its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unclear: bool,
    /// Probability of negative.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub negative: f64,
    /// Probability of neutral.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub neutral: f64,
    /// Probability of positive.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub positive: f64,
}

impl From<Sentiment> for SentimentOut {
    fn from(s: Sentiment) -> SentimentOut {
        SentimentOut {
            label: s.label.into(),
            unclear: s.unclear,
            negative: s.negative.as_f64(),
            neutral: s.neutral.as_f64(),
            positive: s.positive.as_f64(),
        }
    }
}

/// The labels of one text, or of one piece of a turn.
#[derive(Serialize, ToSchema)]
pub struct ScoreOut {
    /// For turns: index of the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
    /// For turns: first byte of the piece in the turn's text (UTF-8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<usize>,
    /// For turns: byte behind the piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<usize>,
    /// The attitude.
    pub sentiment: SentimentOut,
    /// The intents that reached their threshold, each with its probability.
    pub intents: BTreeMap<&'static str, f64>,
}

impl From<Score> for ScoreOut {
    fn from(score: Score) -> ScoreOut {
        ScoreOut {
            turn: None,
            start: None,
            end: None,
            sentiment: score.sentiment.into(),
            intents: score.intents.0.iter().map(|(intent, p)| (intent.name(), p.as_f64())).collect(),
        }
    }
}

impl From<&Utterance> for ScoreOut {
    fn from(utterance: &Utterance) -> ScoreOut {
        let Utterance { turn, span, sentiment, intents } = utterance;
        let of_text = ScoreOut::from(Score { sentiment: *sentiment, intents: intents.clone() });
        ScoreOut { turn: Some(*turn), start: Some(span.start), end: Some(span.end), ..of_text }
    }
}

/// Scores in the order of what was asked.
#[derive(Serialize, ToSchema)]
pub struct ScoreAnswer {
    /// One for each text; for turns one for each piece, and none for a turn without words.
    pub scores: Vec<ScoreOut>,
    /// What made them.
    pub provenance: ProvenanceOut,
}

/// What made a score.
#[derive(Serialize, ToSchema)]
pub struct ProvenanceOut {
    /// Version of dealtone.
    pub dealtone: String,
    /// The model's name.
    pub model: String,
    /// Hex SHA-256 over the model folder's files that matter for a score.
    pub model_sha256: String,
    /// What computed it: the version of ONNX Runtime, as `1.31.1`, or of dealtone's own arithmetic, as `own-3`.
    pub runtime: String,
    /// Where it ran.
    pub device: String,
    /// The widest instruction set that the numbers depend on.
    pub instruction_set: String,
}

impl From<&Provenance> for ProvenanceOut {
    fn from(p: &Provenance) -> ProvenanceOut {
        ProvenanceOut {
            dealtone: p.dealtone.clone(),
            model: p.model.clone(),
            model_sha256: p.model_sha256.clone(),
            runtime: p.runtime.clone(),
            device: p.device.clone(),
            instruction_set: p.instruction_set.clone(),
        }
    }
}

/// The model in use.
#[derive(Serialize, ToSchema)]
pub struct ModelOut {
    /// Its name.
    pub name: String,
    /// Hex SHA-256 over its files.
    pub sha256: String,
    /// The tones that it can give, neutral among them where that is what its others leave.
    pub tones: Vec<ToneOut>,
    /// The intents that it knows, each with the probability from which it applies.
    pub intents: BTreeMap<&'static str, f64>,
    /// Tokens of one row; longer texts are scored in windows.
    pub max_tokens: usize,
    /// Threads that score.
    pub threads: usize,
    /// What its scores are marked with.
    pub provenance: ProvenanceOut,
}

impl ModelOut {
    /// Of a loaded model.
    pub fn new(card: &ModelCard, provenance: &Provenance, threads: usize) -> ModelOut {
        ModelOut {
            name: card.name.clone(),
            sha256: card.sha256.clone(),
            tones: card.tones_given().into_iter().map(ToneOut::from).collect(),
            intents: card.intents.iter().map(|(_, intent, threshold)| (intent.name(), *threshold)).collect(),
            max_tokens: card.max_tokens,
            threads,
            provenance: provenance.into(),
        }
    }
}

/// Whether the service lives or is ready.
#[derive(Serialize, ToSchema)]
pub struct StatusOut {
    /// `live` or `ready`.
    pub status: &'static str,
}
