//! `POST /v1/score` and `GET /v1/model`.

use axum::{Extension, Json, extract::State};

use super::{
    app::App,
    doors::Deadline,
    payload::{Object, Payload},
    problem::{Code, Problem, ProblemBody},
    wire::{ModelOut, ScoreAnswer, ScoreBody, ScoreOut, ScoreRequest, TurnIn},
};
use crate::{
    conversation::{Channel, Conversation, ConversationId, DealId, Source, Turn},
    queue::Admission,
    score::Text,
};

/// Scores texts, or the turns of one conversation, and keeps nothing.
#[utoipa::path(
    post,
    path = "/v1/score",
    tag = "scoring",
    request_body = ScoreBody,
    responses(
        (status = 200, description = "The scores, in order.", body = ScoreAnswer),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The service is full, not ready, or failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn score(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    payload: Payload,
) -> Result<Json<ScoreAnswer>, Problem> {
    let limits = app.options.body;
    let request: ScoreRequest = payload.json(&limits)?;
    let count = request.texts.as_ref().map_or(0, Vec::len) + request.turns.as_ref().map_or(0, Vec::len);
    check_count(count, limits.texts)?;
    let scorer = app.scorer()?;
    let scores = match (request.texts, request.turns) {
        (Some(texts), None) if request.channel.is_none() => {
            let texts = texts.into_iter().map(Text::from).collect();
            scorer.score(texts, deadline).await?.into_iter().map(ScoreOut::from).collect()
        }
        (None, Some(turns)) => {
            let conversation = of_turns(turns, request.channel.unwrap_or_default().into());
            let scored = scorer.conversation(conversation, deadline, &mut Admission::Ask).await?;
            scored.utterances.iter().map(ScoreOut::from).collect()
        }
        _ => return Err(Code::BadRequest.because("give either texts, or turns with or without a channel")),
    };
    Ok(Json(ScoreAnswer { scores, provenance: (&scorer.provenance).into() }))
}

/// Refuses more texts than one request may hold.
///
/// # Errors
/// Where `count` is above `limit`.
pub fn check_count(count: usize, limit: usize) -> Result<(), Problem> {
    if count > limit {
        let detail = format!("{limit} are taken in one request, these are {count}");
        return Err(Code::TooManyTexts.because(detail).limit(limit as u64));
    }
    Ok(())
}

/// Turns without names and times, as a conversation of no deal.
fn of_turns(turns: Vec<Object<TurnIn>>, channel: Channel) -> Conversation {
    Conversation {
        id: ConversationId(String::new()),
        deal: DealId(String::new()),
        channel,
        started_at: None,
        title: String::new(),
        participants: Vec::new(),
        turns: turns
            .into_iter()
            .map(|Object(turn)| Turn { side: turn.side.into(), text: turn.text, ..Turn::default() })
            .collect(),
        mail: None,
        recording: None,
        source: Source::default(),
        local_time: false,
        revision: 0,
        as_read: None,
    }
}

/// Says which model scores, and what it knows.
#[utoipa::path(
    get,
    path = "/v1/model",
    tag = "scoring",
    responses(
        (status = 200, description = "The model in use.", body = ModelOut),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The model is being loaded.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn model(State(app): State<App>) -> Result<Json<ModelOut>, Problem> {
    let scorer = app.scorer()?;
    Ok(Json(ModelOut::new(&scorer.card, &scorer.provenance, scorer.queue.threads())))
}
