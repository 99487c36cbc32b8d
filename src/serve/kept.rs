//! `GET` and `DELETE` below `/v1/conversations`: what is kept is listed, given back, erased.
//!
//! An id is unique in its deal. Those of exports begin with the deal's name and are unique in all; whoever names their
//! conversations by a count names the deal beside the id.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    app::App,
    asked::{Asked, Parameters},
    conversations::scores_of,
    deals,
    problem::{Code, Problem, ProblemBody},
    wire::{ChannelIn, ProvenanceOut, ScoreOut},
};
use crate::conversation::{Conversation, ConversationId, DealId};

/// Whose conversations are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfDeal {
    /// The deal.
    #[param(example = "harbour-foods")]
    deal: String,
}

impl Parameters for OfDeal {
    const ALL: &[(&str, &str)] = &[("deal", "a deal's name")];
}

/// The conversations of a deal by id.
#[derive(Serialize, ToSchema)]
pub struct ConversationList {
    /// All of them; a message that is kept under two names is there twice.
    conversations: Vec<ConversationRow>,
}

/// A conversation without its words.
#[derive(Serialize, ToSchema)]
pub struct ConversationRow {
    /// Its id.
    id: String,
    /// How it travelled.
    channel: ChannelIn,
    /// When it began, where it states it.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<crate::Timestamp>,
    /// Its title or subject; may be empty.
    title: String,
    /// Its turns.
    turns: usize,
}

/// Lists the conversations that are kept of a deal: what can be given back and erased.
#[utoipa::path(
    get,
    path = "/v1/conversations",
    tag = "deals",
    params(OfDeal),
    responses(
        (status = 200, description = "The conversations, by id.", body = ConversationList),
        (status = "4XX", description = "The request was refused; 404 where nothing is kept of the deal.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(State(app): State<App>, Asked(query): Asked<OfDeal>) -> Result<Json<ConversationList>, Problem> {
    let deal = DealId(query.deal);
    let (conversations, crm) = app.keeper()?.read(move |store| Ok((store.read_of(&deal)?, store.crm(&deal)?))).await?;
    if conversations.is_empty() && crm.is_none() {
        return Err(deals::unknown());
    }
    let row = |read: Conversation| ConversationRow {
        id: read.id.0,
        channel: read.channel.into(),
        started_at: read.started_at,
        title: read.title,
        turns: read.turns.len(),
    };
    Ok(Json(ConversationList { conversations: conversations.into_iter().map(row).collect() }))
}

/// Which conversation of that id is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InDeal {
    /// The deal that it belongs to; needed only where several hold a conversation of that id, which is 409 otherwise.
    #[param(example = "harbour-foods")]
    deal: Option<String>,
}

impl Parameters for InDeal {
    const ALL: &[(&str, &str)] = OfDeal::ALL;
}

/// The deal that is meant.
///
/// # Errors
/// Where several hold a conversation of that id and none is named, or the store cannot be read.
async fn deal_of(app: &App, query: InDeal, id: ConversationId) -> Result<DealId, Problem> {
    if let Some(deal) = query.deal {
        return Ok(DealId(deal));
    }
    let mut deals = app.keeper()?.read(move |store| store.deals_of(&id)).await?;
    if deals.len() > 1 {
        return Err(Code::AmbiguousId.because("say which in the query, as ?deal=NAME"));
    }
    // No deal is without a name, so nothing is found there; and an erasure is asked for all the same, since one that could not
    // clear the log does so when it is asked again.
    Ok(deals.pop().unwrap_or_else(|| DealId(String::new())))
}

/// A kept conversation with its words and scores.
#[derive(Serialize, ToSchema)]
pub struct ConversationOut {
    /// As `dealtone schema conversation` describes it, with sides decided.
    #[schema(value_type = Object)]
    conversation: Conversation,
    /// The scores.
    scores: Vec<ScoreOut>,
    /// What made them.
    provenance: ProvenanceOut,
}

/// Gives a conversation back.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}",
    tag = "deals",
    params(("id" = String, Path, description = "The conversation's id, percent-encoded."), InDeal),
    responses(
        (status = 200, description = "The conversation.", body = ConversationOut),
        (status = "4XX", description = "The request was refused; 409 where several deals hold one of this id.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(query): Asked<InDeal>,
) -> Result<Json<ConversationOut>, Problem> {
    let id = ConversationId(id);
    let deal = deal_of(&app, query, id.clone()).await?;
    let record = app.keeper()?.read(move |store| store.conversation(&deal, &id)).await?.ok_or_else(unknown)?;
    Ok(Json(ConversationOut {
        scores: scores_of(&record.scored),
        provenance: (&record.scored.provenance).into(),
        conversation: record.scored.conversation,
    }))
}

/// Erases a conversation: from the store, its free pages and its log.
#[utoipa::path(
    delete,
    path = "/v1/conversations/{id}",
    tag = "deals",
    params(("id" = String, Path, description = "The conversation's id, percent-encoded."), InDeal),
    responses(
        (status = 200, description = "It is gone.", body = deals::Erased),
        (status = "4XX", description = "The request was refused; 404 where there is none, 409 where several deals hold one of this id.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(query): Asked<InDeal>,
) -> Result<Json<deals::Erased>, Problem> {
    let id = ConversationId(id);
    let deal = deal_of(&app, query, id.clone()).await?;
    let was_there = app.keeper()?.write(move |store| store.erase_conversation(&deal, &id)).await;
    // Where nobody knows whether it went, as after a 504, too.
    if !matches!(was_there, Ok(false)) {
        app.listing.forget();
    }
    if was_there.map_err(Problem::of_erasure)? { Ok(Json(deals::Erased { conversations: 1 })) } else { Err(unknown()) }
}

fn unknown() -> Problem {
    Code::NotFound.because("no conversation of this id is kept")
}
