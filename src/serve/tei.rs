//! The classification route of text-embeddings-inference, so that its clients work unchanged: `POST /predict`, which is
//! `POST /` too, with `/info` and `/health` beside it.
//!
//! `inputs` is a text, a pair of texts, or a batch of both as lists; each answer lists every label of the model's config,
//! as `/info` numbers them, with its score, the highest first. A pair is read as (what was said before, the text).
//! `truncate` changes nothing: long texts are scored in windows, whole. A text without words is refused, as it is there.
//! Overload is 429, for which its clients know to wait.

use axum::{
    Extension, Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema, Type},
};

use super::{
    app::App,
    doors::Deadline,
    payload::Payload,
    problem::{Code, Problem, ProblemBody, Told},
    score::check_count,
    wire::StatusOut,
};
use crate::{Side, names::misspelt, score::Text, utterance::Millionths};

/// A request of text-embeddings-inference's clients.
#[derive(Deserialize, ToSchema)]
pub struct PredictRequest {
    /// A text, a pair of texts, or a batch.
    inputs: Inputs,
    /// Taken and without effect: nothing is cut.
    #[serde(default)]
    #[allow(dead_code)]
    truncate: Option<bool>,
    /// The model's numbers as they are, instead of probabilities.
    #[serde(default)]
    raw_scores: bool,
}

/// The keys of a request. Others are passed over, for clients send more than is said of theirs (`parameters`), but not where
/// one is a slip: with `raw_score` passed over, probabilities would be taken for the model's numbers.
const KEYS: &[&str] = &["inputs", "truncate", "truncation_direction", "raw_scores"];

/// What is to be classified.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Inputs {
    /// One text.
    Text(String),
    /// One text, or what was said before and a text.
    Pair(Vec<String>),
    /// A batch of texts and pairs.
    Batch(Vec<Vec<String>>),
}

impl PartialSchema for Inputs {
    fn schema() -> RefOr<Schema> {
        // It has words.
        let text = || ObjectBuilder::new().schema_type(Type::String).pattern(Some("\\S"));
        let pair = || ArrayBuilder::new().items(text()).min_items(Some(1)).max_items(Some(2));
        let batch = ArrayBuilder::new().items(pair()).min_items(Some(1)).max_items(Some(512));
        OneOfBuilder::new()
            .description(Some("A text, a pair of what was said before and a text, or a batch of both as lists."))
            .item(text())
            .item(pair())
            .item(batch)
            .into()
    }
}

impl ToSchema for Inputs {}

/// A label with its score.
#[derive(Serialize, ToSchema)]
pub struct Prediction {
    /// Probability from 0 to 1, or the model's own number where raw scores were asked for.
    score: f64,
    /// The label's name, as the model's config has it.
    #[schema(example = "negative")]
    label: String,
}

/// One list of predictions, or one for each text of a batch.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Predictions {
    /// Of one text.
    #[schema(title = "One")]
    One(Vec<Prediction>),
    /// Of a batch.
    #[schema(title = "Many")]
    Many(Vec<Vec<Prediction>>),
}

/// Classifies as text-embeddings-inference does.
#[utoipa::path(
    post,
    path = "/predict",
    tag = "compatible",
    request_body = PredictRequest,
    responses(
        (status = 200, description = "Every label with its score, the highest first.", body = Predictions),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The service is full, not ready, or failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn predict(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    payload: Payload,
) -> Result<Json<Predictions>, Problem> {
    let limits = app.options.body;
    let request: PredictRequest = payload.json(&limits)?;
    refuse_misspelt(&payload.keys())?;
    let (texts, many) = match request.inputs {
        Inputs::Text(text) => (vec![text_of(vec![text], "inputs")?], false),
        Inputs::Pair(pair) => (vec![text_of(pair, "inputs")?], false),
        Inputs::Batch(batch) => {
            check_count(batch.len(), limits.texts)?;
            let one = |(n, sequence)| text_of(sequence, &format!("inputs[{n}]"));
            (batch.into_iter().enumerate().map(one).collect::<Result<_, _>>()?, true)
        }
    };
    let scorer = app.scorer()?;
    let numbers: Vec<Vec<f64>> = if request.raw_scores {
        scorer.raw(texts, deadline).await?
    } else {
        let outputs = scorer.outputs(texts, deadline).await?.into_iter();
        outputs.map(|(_, outputs)| outputs.into_iter().map(Millionths::as_f64).collect()).collect()
    };
    let mut all: Vec<Vec<Prediction>> = numbers
        .into_iter()
        .map(|numbers| {
            let labels = scorer.card.labels.iter().cloned();
            let mut one: Vec<Prediction> =
                labels.zip(numbers).map(|(label, score)| Prediction { score, label }).collect();
            one.sort_by(|a, b| b.score.total_cmp(&a.score));
            one
        })
        .collect();
    Ok(Json(if many { Predictions::Many(all) } else { Predictions::One(all.pop().unwrap_or_default()) }))
}

fn refuse_misspelt(keys: &[String]) -> Result<(), Problem> {
    let free = || KEYS.iter().copied().filter(|known| !keys.iter().any(|key| key == known));
    let slip =
        keys.iter().filter(|key| !KEYS.contains(&key.as_str())).find_map(|key| Some((key, misspelt(key, free())?)));
    match slip {
        None => Ok(()),
        Some((key, known)) => {
            Err(Code::BadRequest.because(format!("{key:?} is no key of this request; did you mean {known:?}?")))
        }
    }
}

/// The text that stands at a place of the request.
fn text_of(sequence: Vec<String>, place: &str) -> Result<Text, Problem> {
    let mut parts = sequence.into_iter();
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    let (context, text) = match (first, second, third) {
        (Some(text), None, None) => (String::new(), text),
        (Some(context), Some(text), None) => (context, text),
        _ => return Err(Code::BadRequest.because(format!("{place}: expected a text or a pair of texts"))),
    };
    let text = Text { side: Side::Unknown, context, text }.trimmed();
    // Of nothing there is no label, and its clients take the first of the list for the likeliest.
    if text.text.is_empty() {
        return Err(Code::BadRequest.because(format!("{place}: a text has words; leave out what has none")));
    }
    Ok(text)
}

/// Tells its clients of overload as they know it, wherever their request was refused.
pub async fn overload_as_429(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match response.extensions().get::<Told>() {
        Some(Told(problem)) if matches!(problem.code, Code::QueueFull | Code::BodiesFull) => {
            Problem { code: Code::Overloaded, ..problem.clone() }.into_response()
        }
        _ => response,
    }
}

/// What text-embeddings-inference says of itself.
#[derive(Serialize, ToSchema)]
pub struct Info {
    model_id: String,
    model_sha: String,
    model_dtype: &'static str,
    model_type: ModelType,
    /// Requests of one client under way at once.
    max_concurrent_requests: usize,
    max_input_length: usize,
    max_batch_tokens: usize,
    /// Always null: tokens bound a batch, not requests.
    max_batch_requests: Option<usize>,
    max_client_batch_size: usize,
    /// Always true: no text is refused for its length.
    auto_truncate: bool,
    tokenization_workers: usize,
    version: &'static str,
    /// Always null.
    sha: Option<&'static str>,
    /// Always null.
    docker_label: Option<&'static str>,
}

/// The kind of model, as text-embeddings-inference tells it.
#[derive(Serialize, ToSchema)]
pub struct ModelType {
    classifier: Classifier,
}

/// The labels by their number.
#[derive(Serialize, ToSchema)]
pub struct Classifier {
    id2label: std::collections::BTreeMap<String, String>,
    label2id: std::collections::BTreeMap<String, usize>,
}

/// Says what text-embeddings-inference's clients ask for.
#[utoipa::path(
    get,
    path = "/info",
    tag = "compatible",
    responses(
        (status = 200, description = "The model in use.", body = Info),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The model is being loaded.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn info(State(app): State<App>) -> Result<Json<Info>, Problem> {
    let scorer = app.scorer()?;
    let labels = scorer.card.labels.iter().enumerate();
    Ok(Json(Info {
        model_id: scorer.card.name.clone(),
        model_sha: scorer.card.sha256.clone(),
        model_dtype: "onnx",
        model_type: ModelType {
            classifier: Classifier {
                id2label: labels.clone().map(|(i, label)| (i.to_string(), label.clone())).collect(),
                label2id: labels.map(|(i, label)| (label.clone(), i)).collect(),
            },
        },
        max_concurrent_requests: app.options.client_limit,
        max_input_length: scorer.card.max_tokens,
        max_batch_tokens: app.options.queue.token_budget,
        max_batch_requests: None,
        max_client_batch_size: app.options.body.texts,
        auto_truncate: true,
        tokenization_workers: 1,
        version: env!("CARGO_PKG_VERSION"),
        sha: None,
        docker_label: None,
    }))
}

/// Ready, under the path that text-embeddings-inference's clients ask.
#[utoipa::path(
    get,
    path = "/health",
    tag = "compatible",
    responses(
        (status = 200, description = "It scores.", body = StatusOut),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "It does not.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn health(State(app): State<App>) -> Result<Json<StatusOut>, Problem> {
    app.ready().await?;
    Ok(Json(StatusOut { status: "ready" }))
}
