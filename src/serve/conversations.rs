//! `/v1/conversations`: one conversation, or a raw export, in; scores out; kept until erased.
//!
//! An answer of 2xx comes after the store's commit. The same content again is answered from the store.

use std::collections::BTreeSet;

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    app::App,
    deals,
    doors::Deadline,
    export::{SkippedOut, read_export},
    judge::decide_sides,
    payload::Payload,
    problem::{Code, Problem, ProblemBody},
    wire::{ChannelIn, ProvenanceOut, ScoreOut},
};
use crate::{
    conversation::{Conversation, ConversationId, DealId},
    queue::Admission,
    read,
    store::{Outcome, Record, content_hash},
    utterance::Scored,
};

/// Longest name of a deal or conversation, in characters.
pub(super) const MAX_NAME: usize = 512;
/// Most turns of a conversation: a whole day of talk has fewer.
const MAX_TURNS: usize = 20_000;
/// Most lanes of a recording: no meeting has so many parties with channels of their own.
const MAX_LANES: usize = 64;

/// Most conversations of one request: beyond it nobody waits for the answer.
pub(super) const MAX_CONVERSATIONS: usize = 1_000;

/// For a raw export: which file it is.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// The file's name, as it was exported: formats and times are told by it too. With it, the body is a raw export of any
    /// format that `dealtone formats` lists; without it, the body is a conversation as JSON.
    #[param(example = "2026-05-18_1400 Harbour walkthrough.vtt")]
    file: Option<String>,
    /// The deal that the export belongs to; needed with `file`.
    #[param(example = "harbour-foods")]
    deal: Option<String>,
}

/// What became of each conversation of a body.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    /// One for each conversation.
    conversations: Vec<KeptConversation>,
    /// What of a raw export could not be read, and messages that are kept under another name too and count once.
    skipped: Vec<SkippedOut>,
}

/// What became of a conversation.
#[derive(Serialize, ToSchema)]
pub struct KeptConversation {
    /// Its id.
    id: String,
    /// Its deal.
    deal: String,
    /// What became of it.
    outcome: OutcomeOut,
    /// The revision that stands now.
    revision: u64,
    /// The scores of what stands now.
    scores: Vec<ScoreOut>,
    /// What made them: of content that was there already, the model that scored it then. When its deal is judged, the one
    /// in use scores it again.
    provenance: ProvenanceOut,
}

/// What became of content that was sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeOut {
    /// There was none of this id.
    New,
    /// The same content was there; nothing changed.
    Same,
    /// Other content was there and is gone.
    Replaced,
    /// The content that is there is later; nothing changed.
    Superseded,
}

impl From<Outcome> for OutcomeOut {
    fn from(outcome: Outcome) -> OutcomeOut {
        match outcome {
            Outcome::New => OutcomeOut::New,
            Outcome::Same => OutcomeOut::Same,
            Outcome::Replaced => OutcomeOut::Replaced,
            Outcome::Superseded => OutcomeOut::Superseded,
        }
    }
}

/// Scores and keeps a conversation, or all those of a raw export. The same content again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/conversations",
    tag = "deals",
    params(ExportQuery),
    request_body(
        content(
            (Object = "application/json"),
            (String = "application/octet-stream"),
        ),
        description = "A conversation as `dealtone schema conversation` describes it, or with `file` a raw export."
    ),
    responses(
        (status = 200, description = "Kept; nothing new.", body = Kept),
        (status = 201, description = "Kept; at least one is new.", body = Kept),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "Nothing was kept, but for 504, where it may be: send it again, the same content changes nothing.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn post(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Query(query): Query<ExportQuery>,
    payload: Payload,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let keeper = app.keeper()?;
    let (conversations, mut skipped) = match (query.file, query.deal) {
        (Some(file), Some(deal)) => read_export(&app, file, deal, payload).await?,
        (None, None) => {
            let conversation = completed(payload.json(&app.options.body)?);
            check(&conversation)?;
            (vec![conversation], Vec::new())
        }
        _ => return Err(Code::BadRequest.because("a raw export needs both file and deal in the query")),
    };
    if conversations.len() > MAX_CONVERSATIONS {
        let detail = format!("{MAX_CONVERSATIONS} conversations are taken in one request; send the export in parts");
        return Err(Code::TooManyTexts.because(detail).limit(MAX_CONVERSATIONS as u64));
    }
    if conversations.is_empty() {
        if skipped.iter().any(|s| s.code == "too_large") {
            let detail = "the export unpacks to more than is read of one request; send its files one by one";
            return Err(Code::DecodedTooLarge.because(detail).limit(app.options.body.decoded as u64));
        }
        let why: BTreeSet<String> = skipped.iter().map(|s| format!("{} ({})", s.message, s.code)).collect();
        // What is silent, an invitation answered without a word, is no loss and has no reason.
        let why = if why.is_empty() {
            "nobody wrote anything in it".into()
        } else {
            why.into_iter().collect::<Vec<_>>().join("; ")
        };
        return Err(Code::Unreadable.because(format!("nothing could be read of it: {why}")));
    }
    let ids: Vec<ConversationId> = conversations.iter().map(|c| c.id.clone()).collect();
    // What is there already is not scored again.
    let wanted: Vec<(ConversationId, String, u64)> =
        conversations.iter().map(|c| (c.id.clone(), content_hash(c), c.revision)).collect();
    let known = keeper
        .read(move |store| {
            let mut known = Vec::with_capacity(wanted.len());
            for (id, hash, revision) in wanted {
                let held = store.held(&id)?;
                known.push(held.is_some_and(|held| held.content_hash == hash && held.revision >= revision));
            }
            Ok(known)
        })
        .await?;
    let new: Vec<Conversation> =
        conversations.into_iter().zip(&known).filter(|(_, known)| !**known).map(|(c, _)| c).collect();
    let mut records = Vec::with_capacity(new.len());
    let decided = decide_sides(&app, new).await?;
    skipped.extend(decided.duplicates.into_iter().map(SkippedOut::from));
    let mut admission = Admission::Ask;
    for (read, decided) in decided.conversations {
        let scored = app.scorer()?.conversation(decided, deadline, &mut admission).await?;
        records.push(Record { read, scored });
    }
    let (mut puts, standing) = keeper
        .write(move |store| {
            let puts = store.put(&records)?;
            let mut standing = Vec::with_capacity(ids.len());
            for id in &ids {
                standing.push((store.held(id)?, store.conversation(id)?));
            }
            Ok((puts.into_iter(), standing))
        })
        .await?;
    let mut answer = Vec::with_capacity(standing.len());
    for (known, (held, record)) in known.into_iter().zip(standing) {
        let outcome = if known { Outcome::Same } else { puts.next().map_or(Outcome::Same, |put| put.outcome) };
        // Gone again where somebody erased it in the same moment.
        let (Some(held), Some(record)) = (held, record) else { continue };
        answer.push(KeptConversation {
            id: record.read.id.0.clone(),
            deal: record.read.deal.0.clone(),
            outcome: outcome.into(),
            revision: held.revision,
            scores: scores_of(&record.scored),
            provenance: (&record.scored.provenance).into(),
        });
    }
    let is_new = answer.iter().any(|kept| matches!(kept.outcome, OutcomeOut::New));
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Kept { conversations: answer, skipped })))
}

/// A conversation of a request, with what the readers of exports would add to it.
fn completed(mut conversation: Conversation) -> Conversation {
    read::complete(&mut conversation);
    // What is lost is told, and what lies there twice is known, by files; what came by itself is as one of its name.
    if conversation.source.file.is_empty() {
        conversation.source.file.clone_from(&conversation.id.0);
    }
    conversation
}

/// Refuses what no conversation can be.
///
/// # Errors
/// Where its names are none, or it holds more than any call or chat does, or what cannot be.
pub(super) fn check(conversation: &Conversation) -> Result<(), Problem> {
    check_name(&conversation.id.0, "id")?;
    check_name(&conversation.deal.0, "deal")?;
    if conversation.turns.len() > MAX_TURNS {
        let detail = format!("{MAX_TURNS} turns are taken in one conversation");
        return Err(Code::TooManyTexts.because(detail).limit(MAX_TURNS as u64));
    }
    // A revision of the size of a date would leave no room for the next one.
    if i64::try_from(conversation.revision).is_err() || conversation.revision > 1 << 62 {
        return Err(Code::BadRequest.because("revision: a count from 0 that grows by 1"));
    }
    if conversation.recording.as_ref().is_some_and(|recording| recording.lanes.len() > MAX_LANES) {
        return Err(Code::BadRequest.because(format!("recording: at most {MAX_LANES} lanes, one a channel or party")));
    }
    let backwards = |turn: &crate::Turn| matches!((turn.start_ms, turn.end_ms), (Some(s), Some(e)) if e < s);
    if conversation.turns.iter().any(backwards) {
        return Err(Code::BadRequest.because("turns: one of them ends before it starts"));
    }
    Ok(())
}

/// Refuses names that are none.
///
/// # Errors
/// Where `name` is empty, too long, a step of a path, or holds control characters.
pub fn check_name(name: &str, field: &str) -> Result<(), Problem> {
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    if !fits {
        return Err(Code::BadRequest.because(format!("{field}: 1 to {MAX_NAME} characters, no control characters")));
    }
    // What is a step and not a name in an address: nobody could open it.
    if [".", ".."].contains(&name) {
        return Err(Code::BadRequest.because(format!("{field}: a name with more to it than dots")));
    }
    Ok(())
}

fn scores_of(scored: &Scored) -> Vec<ScoreOut> {
    scored.utterances.iter().map(ScoreOut::from).collect()
}

/// Whose conversations are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfDeal {
    /// The deal.
    #[param(example = "harbour-foods")]
    deal: String,
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
pub async fn list(State(app): State<App>, Query(query): Query<OfDeal>) -> Result<Json<ConversationList>, Problem> {
    let deal = DealId(query.deal);
    let (records, crm) = app.keeper()?.read(move |store| Ok((store.deal(&deal)?, store.crm(&deal)?))).await?;
    if records.is_empty() && crm.is_none() {
        return Err(deals::unknown());
    }
    let row = |Record { read, .. }: Record| ConversationRow {
        id: read.id.0,
        channel: read.channel.into(),
        started_at: read.started_at,
        title: read.title,
        turns: read.turns.len(),
    };
    Ok(Json(ConversationList { conversations: records.into_iter().map(row).collect() }))
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
    params(("id" = String, Path, description = "The conversation's id, percent-encoded.")),
    responses(
        (status = 200, description = "The conversation.", body = ConversationOut),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ConversationOut>, Problem> {
    let id = ConversationId(id);
    let record = app.keeper()?.read(move |store| store.conversation(&id)).await?.ok_or_else(unknown)?;
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
    params(("id" = String, Path, description = "The conversation's id, percent-encoded.")),
    responses(
        (status = 200, description = "It is gone.", body = deals::Erased),
        (status = "4XX", description = "The request was refused; 404 where there is none.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(State(app): State<App>, Path(id): Path<String>) -> Result<Json<deals::Erased>, Problem> {
    let id = ConversationId(id);
    let was_there = app.keeper()?.write(move |store| store.erase_conversation(&id)).await;
    // Where nobody knows whether it went, as after a 504, too.
    if !matches!(was_there, Ok(false)) {
        app.listing.forget();
    }
    if was_there.map_err(Problem::of_erasure)? { Ok(Json(deals::Erased { conversations: 1 })) } else { Err(unknown()) }
}

fn unknown() -> Problem {
    Code::NotFound.because("no conversation of this id is kept")
}
