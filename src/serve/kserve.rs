//! The Open Inference Protocol (KServe V2) over HTTP: health, metadata, infer.
//!
//! The model takes the tensor `text` (BYTES, one element a text), and if wanted `side` (`buyer`, `seller`, `unknown`) and
//! `context` (what was said just before) of the same length. It gives, for each text, `sentiment` and its three
//! probabilities, and the probability of every intent; the names of the columns stand in each output's parameters.

use axum::{
    Extension, Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    app::App,
    doors::Deadline,
    payload::{Object, Payload},
    problem::{Code, Problem, ProblemBody},
    score::check_count,
    scorer::Scorer,
};
use crate::{
    Side,
    score::Text,
    utterance::{Millionths, Sentiment, Tone},
};

/// The only version: a model folder has no history.
const VERSION: &str = "1";
/// The name under which the model is found besides its own.
const ALIAS: &str = "dealtone";

/// The header and the parameter by which a client says that data stand behind the JSON.
const BINARY_HEADER: &str = "inference-header-content-length";
const BINARY_PARAMETER: &str = "binary_data_size";

/// What the server is.
#[derive(Serialize, ToSchema)]
pub struct ServerMetadata {
    name: &'static str,
    version: &'static str,
    extensions: Vec<String>,
}

/// Whether the server is alive or ready.
#[derive(Serialize, ToSchema)]
pub struct Live {
    live: bool,
}

/// Whether the server is ready.
#[derive(Serialize, ToSchema)]
pub struct Ready {
    ready: bool,
}

/// Whether a model is ready.
#[derive(Serialize, ToSchema)]
pub struct ModelReady {
    name: String,
    ready: bool,
}

/// What a model takes and gives.
#[derive(Serialize, ToSchema)]
pub struct ModelMetadata {
    name: String,
    versions: Vec<&'static str>,
    platform: &'static str,
    inputs: Vec<TensorMetadata>,
    outputs: Vec<TensorMetadata>,
}

/// Name, type and shape of a tensor; -1 stands for any length.
#[derive(Serialize, ToSchema)]
pub struct TensorMetadata {
    name: &'static str,
    datatype: &'static str,
    shape: Vec<i64>,
}

/// A request to infer.
#[derive(Deserialize, ToSchema)]
pub struct InferRequest {
    /// Given back in the answer.
    #[serde(default)]
    id: Option<String>,
    /// Taken and without effect.
    #[serde(default)]
    #[allow(dead_code)]
    #[schema(value_type = Option<Object>)]
    parameters: Option<serde_json::Map<String, Value>>,
    /// `text`, and if wanted `side` and `context`.
    #[schema(min_items = 1, max_items = 3)]
    #[schema(value_type = Vec<InputTensor>)]
    inputs: Vec<Object<InputTensor>>,
    /// Which outputs are wanted; absent: all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<RequestedOutput>>)]
    outputs: Option<Vec<Object<RequestedOutput>>>,
}

/// A tensor that comes in.
#[derive(Deserialize, ToSchema)]
pub struct InputTensor {
    /// `text`, `side` or `context`.
    #[schema(example = "text", pattern = "^(text|side|context)$")]
    name: String,
    /// `[n]` or `[n, 1]`.
    #[schema(example = json!([1]))]
    shape: Vec<u64>,
    /// `BYTES`.
    #[schema(example = "BYTES", pattern = "^BYTES$")]
    datatype: String,
    /// Taken and without effect, but for what says that the data are not here.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    parameters: Option<serde_json::Map<String, Value>>,
    /// The elements, flat or nested by the shape.
    #[serde(default)]
    #[schema(required = true, value_type = Vec<Value>, example = json!(["That is more than we can do this year."]))]
    data: Option<Vec<Element>>,
}

/// An element, or a row of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    One(String),
    Row(Vec<String>),
}

/// An output that is wanted.
#[derive(Deserialize, ToSchema)]
pub struct RequestedOutput {
    /// Its name.
    #[schema(example = "sentiment", pattern = "^(sentiment|sentiment_probabilities|intent_probabilities)$")]
    name: String,
    /// Taken and without effect.
    #[serde(default)]
    #[allow(dead_code)]
    #[schema(value_type = Option<Object>)]
    parameters: Option<serde_json::Map<String, Value>>,
}

/// What was inferred.
#[derive(Serialize, ToSchema)]
pub struct InferAnswer {
    model_name: String,
    model_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    outputs: Vec<OutputTensor>,
}

/// A tensor that goes out.
#[derive(Serialize, ToSchema)]
pub struct OutputTensor {
    name: &'static str,
    shape: Vec<usize>,
    datatype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    parameters: Option<Value>,
    #[schema(value_type = Vec<Value>)]
    data: Vec<Value>,
}

const INPUTS: &[&str] = &["text", "side", "context"];
const OUTPUTS: &[(&str, &str)] =
    &[("sentiment", "BYTES"), ("sentiment_probabilities", "FP64"), ("intent_probabilities", "FP64")];

/// Says what the server is.
#[utoipa::path(get, path = "/v2", tag = "compatible", responses(
    (status = 200, description = "Name and version.", body = ServerMetadata),
    (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn server() -> Json<ServerMetadata> {
    Json(ServerMetadata { name: "dealtone", version: env!("CARGO_PKG_VERSION"), extensions: Vec::new() })
}

/// Whether the server lives.
#[utoipa::path(get, path = "/v2/health/live", tag = "compatible", responses(
    (status = 200, description = "It lives.", body = Live),
    (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn live() -> Json<Live> {
    Json(Live { live: true })
}

/// Whether the server scores.
#[utoipa::path(get, path = "/v2/health/ready", tag = "compatible", responses(
    (status = 200, description = "It scores.", body = Ready),
    (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
    (status = "5XX", description = "It does not.", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn ready(State(app): State<App>) -> Result<Json<Ready>, Problem> {
    app.ready().await?;
    Ok(Json(Ready { ready: true }))
}

/// What the model takes and gives.
#[utoipa::path(get, path = "/v2/models/{model}", tag = "compatible",
    params(("model" = String, Path, description = "The model's name, or dealtone.")),
    responses(
        (status = 200, description = "Its tensors.", body = ModelMetadata),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The model is being loaded.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn metadata(State(app): State<App>, path: ModelPath) -> Result<Json<ModelMetadata>, Problem> {
    let scorer = app.scorer()?;
    let name = path.check(scorer)?;
    let tensor = |name, datatype, columns: Option<usize>| TensorMetadata {
        name,
        datatype,
        shape: std::iter::once(-1).chain(columns.map(|n| n as i64)).collect(),
    };
    Ok(Json(ModelMetadata {
        name,
        versions: vec![VERSION],
        platform: if scorer.provenance.runtime.starts_with("own") { "onnx_dealtone" } else { "onnx_onnxruntime" },
        inputs: INPUTS.iter().map(|name| tensor(name, "BYTES", None)).collect(),
        outputs: vec![
            tensor("sentiment", "BYTES", None),
            tensor("sentiment_probabilities", "FP64", Some(Tone::ALL.len())),
            tensor("intent_probabilities", "FP64", Some(scorer.card.intents.len())),
        ],
    }))
}

/// Whether the model scores.
#[utoipa::path(get, path = "/v2/models/{model}/ready", tag = "compatible",
    params(("model" = String, Path, description = "The model's name, or dealtone.")),
    responses(
        (status = 200, description = "It scores.", body = ModelReady),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "It does not.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn model_ready(State(app): State<App>, path: ModelPath) -> Result<Json<ModelReady>, Problem> {
    let name = path.check(app.scorer()?)?;
    app.ready().await?;
    Ok(Json(ModelReady { name, ready: true }))
}

/// Scores the texts of a tensor.
#[utoipa::path(post, path = "/v2/models/{model}/infer", tag = "compatible",
    params(("model" = String, Path, description = "The model's name, or dealtone.")),
    request_body = InferRequest,
    responses(
        (status = 200, description = "The wanted tensors.", body = InferAnswer),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The service is full, not ready, or failed.", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn infer(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    path: ModelPath,
    payload: Payload,
) -> Result<Json<InferAnswer>, Problem> {
    let scorer = app.scorer()?;
    let model_name = path.check(scorer)?;
    if payload.headers.contains_key(BINARY_HEADER) {
        return Err(binary());
    }
    let request: InferRequest = payload.json(&app.options.body)?;
    let wanted: Vec<&(&str, &str)> = match &request.outputs {
        None => OUTPUTS.iter().collect(),
        Some(asked) => asked
            .iter()
            .map(|Object(output)| OUTPUTS.iter().find(|(name, _)| *name == output.name))
            .collect::<Option<_>>()
            .ok_or_else(|| {
                Code::BadRequest.because("outputs: one of them is not among the model's; see its metadata")
            })?,
    };
    let texts = texts_of(request.inputs, app.options.body.texts)?;
    let n = texts.len();
    let scores = scorer.outputs(texts, deadline).await?;
    let outputs = wanted.into_iter().map(|&(name, datatype)| {
        let (columns, data): (Option<Vec<&str>>, Vec<Value>) = match name {
            "sentiment" => (None, scores.iter().map(|(score, _)| score.sentiment.label.name().into()).collect()),
            "sentiment_probabilities" => {
                let tones =
                    |Sentiment { negative, neutral, positive, .. }: &Sentiment| [*negative, *neutral, *positive];
                let data = scores.iter().flat_map(|(score, _)| tones(&score.sentiment));
                (Some(Tone::ALL.map(Tone::name).to_vec()), data.map(|p| p.as_f64().into()).collect())
            }
            _ => {
                let intents = &scorer.card.intents;
                let row = |outputs: &Vec<Millionths>| -> Vec<Value> {
                    intents.iter().map(|(at, _, _)| outputs[*at].as_f64().into()).collect()
                };
                let columns = intents.iter().map(|(_, intent, _)| intent.name()).collect();
                (Some(columns), scores.iter().flat_map(|(_, outputs)| row(outputs)).collect())
            }
        };
        OutputTensor {
            name,
            shape: std::iter::once(n).chain(columns.as_ref().map(Vec::len)).collect(),
            datatype,
            parameters: columns.map(|columns| json!({ "columns": columns.join(",") })),
            data,
        }
    });
    let outputs = outputs.collect();
    Ok(Json(InferAnswer { model_name, model_version: VERSION, id: request.id, outputs }))
}

/// The model, and perhaps the version, of a path.
#[derive(Deserialize)]
struct Named {
    model: String,
    version: Option<String>,
}

/// The model that a path names.
pub struct ModelPath(Named);

impl axum::extract::FromRequestParts<App> for ModelPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, app: &App) -> Result<ModelPath, Problem> {
        let path = Path::<Named>::from_request_parts(parts, app).await;
        path.map(|Path(named)| ModelPath(named)).map_err(|_| unknown_model())
    }
}

impl ModelPath {
    /// The name as it was asked for, where it is our model's.
    fn check(&self, scorer: &Scorer) -> Result<String, Problem> {
        let own = scorer.card.name.as_str();
        let last = own.rsplit('/').next().unwrap_or(own);
        let known = [own, last, ALIAS].contains(&self.0.model.as_str());
        let version = self.0.version.as_deref().is_none_or(|version| version == VERSION);
        if known && version { Ok(self.0.model.clone()) } else { Err(unknown_model()) }
    }
}

fn unknown_model() -> Problem {
    Code::NotFound.because("no such model or version; GET /v1/model says what is served, and dealtone names it always")
}

/// Data behind the JSON, which the protocol allows as an extension that is not among ours.
fn binary() -> Problem {
    Code::BadRequest.because("binary tensors are not taken; send data as JSON (binary_data=False in tritonclient)")
}

fn texts_of(inputs: Vec<Object<InputTensor>>, limit: usize) -> Result<Vec<Text>, Problem> {
    let mut columns: [Option<Vec<String>>; 3] = [None, None, None];
    for Object(input) in inputs {
        let place = INPUTS.iter().position(|name| *name == input.name);
        let place = place.ok_or_else(|| Code::BadRequest.because("inputs: the tensors are text, side and context"))?;
        if input.datatype != "BYTES" {
            return Err(Code::BadRequest.because(format!("inputs: {} is of datatype BYTES", INPUTS[place])));
        }
        if input.parameters.is_some_and(|parameters| parameters.contains_key(BINARY_PARAMETER)) {
            return Err(binary());
        }
        let elements = input.data.ok_or_else(|| {
            Code::BadRequest.because(format!("inputs: {} has no data; they are a list of texts", INPUTS[place]))
        })?;
        let mut data = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Element::One(text) => data.push(text),
                Element::Row(row) => data.extend(row),
            }
        }
        let fits = matches!(input.shape[..], [n] | [n, 1] if n == data.len() as u64);
        if !fits {
            let detail =
                format!("inputs: {} holds {} elements; its shape must be [n] or [n,1]", INPUTS[place], data.len());
            return Err(Code::BadRequest.because(detail));
        }
        check_count(data.len(), limit)?;
        if columns[place].replace(data).is_some() {
            return Err(Code::BadRequest.because(format!("inputs: {} stands there twice", INPUTS[place])));
        }
    }
    let [texts, sides, contexts] = columns;
    let texts = texts.ok_or_else(|| Code::BadRequest.because("inputs: the tensor text is missing"))?;
    for (name, column) in [("side", &sides), ("context", &contexts)] {
        if column.as_ref().is_some_and(|c| c.len() != texts.len()) {
            return Err(Code::BadRequest.because(format!("inputs: {name} and text differ in length")));
        }
    }
    let side_at = |i: usize| -> Result<Side, Problem> {
        let Some(name) = sides.as_ref().map(|sides| sides[i].as_str()) else { return Ok(Side::Unknown) };
        Side::named(name).ok_or_else(|| Code::BadRequest.because("inputs: a side is buyer, seller or unknown"))
    };
    let contexts = contexts.unwrap_or_else(|| vec![String::new(); texts.len()]);
    texts
        .into_iter()
        .zip(contexts)
        .enumerate()
        .map(|(i, (text, context))| Ok(Text { side: side_at(i)?, context, text }.trimmed()))
        .collect()
}
