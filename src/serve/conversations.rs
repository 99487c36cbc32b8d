//! `/v1/conversations`: one conversation, or a raw export, in; scores out; kept until erased.
//!
//! An answer of 2xx comes after the store's commit. The same content again is answered from the store.

use std::collections::{BTreeMap, BTreeSet};

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
    payload::{Payload, look_over},
    problem::{Code, Problem, ProblemBody},
    wire::{ProvenanceOut, ScoreOut},
};
use crate::{
    conversation::{Conversation, ConversationId, DealId},
    read::{self, Input, room::Room},
    store::{Outcome, Record, content_hash},
    team,
    utterance::Scored,
};

/// Longest name of a deal or conversation, in characters.
const MAX_NAME: usize = 512;
/// Most turns of a conversation: a whole day of talk has fewer.
const MAX_TURNS: usize = 20_000;

/// Most conversations of one request: beyond it nobody waits for the answer.
const MAX_CONVERSATIONS: usize = 1_000;

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
    /// What of a raw export could not be read.
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

/// Something of an export that could not be read.
#[derive(Serialize, ToSchema)]
pub struct SkippedOut {
    /// The file.
    file: String,
    /// The line, from 1.
    line: Option<usize>,
    /// A stable name of the reason.
    code: String,
    /// What happened and what to do.
    message: String,
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
        (status = "5XX", description = "Nothing was kept.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn post(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Query(query): Query<ExportQuery>,
    payload: Payload,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let keeper = app.keeper()?;
    let (conversations, skipped) = match (query.file, query.deal) {
        (Some(file), Some(deal)) => read_export(&app, file, deal, payload).await?,
        (None, None) => (vec![payload.json::<Conversation>(&app.options.body)?], Vec::new()),
        _ => return Err(Code::BadRequest.because("a raw export needs both file and deal in the query")),
    };
    if conversations.len() > MAX_CONVERSATIONS {
        let detail = format!("{MAX_CONVERSATIONS} conversations are taken in one request; send the export in parts");
        return Err(Code::TooManyTexts.because(detail).limit(MAX_CONVERSATIONS as u64));
    }
    conversations.iter().try_for_each(check)?;
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
        .with(move |store| {
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
    for (read, decided) in decide_sides(&app, new).await? {
        let scored = app.scorer()?.conversation(decided, deadline).await?;
        records.push(Record { read, scored });
    }
    let (mut puts, standing) = keeper
        .with(move |store| {
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
        });
    }
    let is_new = answer.iter().any(|kept| matches!(kept.outcome, OutcomeOut::New));
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Kept { conversations: answer, skipped })))
}

/// The conversations as they were read, each with the sides that all of its deal lets one know.
async fn decide_sides(app: &App, new: Vec<Conversation>) -> Result<Vec<(Conversation, Conversation)>, Problem> {
    let deals: BTreeSet<DealId> = new.iter().map(|c| c.deal.clone()).collect();
    let others = app
        .keeper()?
        .with(move |store| {
            let mut all = BTreeMap::new();
            for deal in deals {
                let there: Vec<Conversation> = store.deal(&deal)?.into_iter().map(|record| record.read).collect();
                let crm = store.crm(&deal)?;
                all.insert(deal, (there, crm));
            }
            Ok(all)
        })
        .await?;
    let team = app.options.team.clone();
    let decide = move || {
        let mut decided = BTreeMap::new();
        for (deal, (mut all, crm)) in others {
            let coming: Vec<&Conversation> = new.iter().filter(|c| c.deal == deal).collect();
            all.retain(|there| coming.iter().all(|c| c.id != there.id));
            let first = all.len();
            all.extend(coming.into_iter().cloned());
            team::decide(&mut all, crm.as_ref(), &team);
            decided.extend(all.into_iter().skip(first).map(|c| (c.id.clone(), c)));
        }
        new.into_iter()
            .map(|read| {
                let sides = decided.get(&read.id).cloned().unwrap_or_else(|| read.clone());
                (read, sides)
            })
            .collect()
    };
    tokio::task::spawn_blocking(decide)
        .await
        .map_err(|_| Code::Internal.because("who is who could not be decided; nothing was kept"))
}

async fn read_export(
    app: &App,
    file: String,
    deal: String,
    payload: Payload,
) -> Result<(Vec<Conversation>, Vec<SkippedOut>), Problem> {
    check_name(&file, "file")?;
    check_name(&deal, "deal")?;
    if file.starts_with('/') || file.contains('\\') || file.split('/').any(|part| part == "..") {
        return Err(Code::BadRequest.because("file: a name, or a path below the deal's folder"));
    }
    let start = payload.bytes.iter().find(|b| !b.is_ascii_whitespace());
    if matches!(start, Some(b'{' | b'[')) {
        look_over(&payload.bytes, &app.options.body)?;
    }
    // As the file would be called in an export whose folders are deals.
    let path = format!("{deal}/{file}");
    let limits = app.options.body;
    let work = move || {
        // A small archive can hold what no body may be: what is unpacked has the same limits as a body.
        let room = Room::new(limits.decoded as u64, limits.values, limits.export_text);
        let mut read = read::read(&Input::new(&path, &DealId(deal), &payload.bytes).within(Some(&room)));
        // Rows of one id are several conversations here too, and not one that is replaced row by row. Too many are refused.
        if read.conversations.len() <= MAX_CONVERSATIONS {
            read::duplicates::tell_apart(&mut read.conversations, &mut read.skipped);
        }
        read
    };
    let read = tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Code::Unreadable.because("its reader panicked; please report the format"))?;
    let skipped = read
        .skipped
        .into_iter()
        .map(|s| SkippedOut { file: s.file, line: s.line, code: s.code, message: s.message })
        .collect();
    Ok((read.conversations, skipped))
}

/// Refuses what no conversation can be.
fn check(conversation: &Conversation) -> Result<(), Problem> {
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
    let backwards = |turn: &crate::Turn| matches!((turn.start_ms, turn.end_ms), (Some(s), Some(e)) if e < s);
    if conversation.turns.iter().any(backwards) {
        return Err(Code::BadRequest.because("turns: one of them ends before it starts"));
    }
    Ok(())
}

/// Refuses names that are none.
///
/// # Errors
/// Where `name` is empty, too long, or holds control characters.
pub fn check_name(name: &str, field: &str) -> Result<(), Problem> {
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    if fits {
        Ok(())
    } else {
        Err(Code::BadRequest.because(format!("{field}: 1 to {MAX_NAME} characters, no control characters")))
    }
}

fn scores_of(scored: &Scored) -> Vec<ScoreOut> {
    let score = |u: &crate::Utterance| ScoreOut {
        turn: Some(u.turn),
        start: Some(u.span.start),
        end: Some(u.span.end),
        sentiment: u.sentiment.into(),
        intents: u.intents.0.iter().map(|(intent, p)| (intent.name(), p.as_f64())).collect(),
    };
    scored.utterances.iter().map(score).collect()
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
    let record = app.keeper()?.with(move |store| store.conversation(&id)).await?.ok_or_else(unknown)?;
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
    let was_there = app.keeper()?.with(move |store| store.erase_conversation(&id)).await;
    app.listing.forget();
    if was_there? { Ok(Json(deals::Erased { conversations: 1 })) } else { Err(unknown()) }
}

fn unknown() -> Problem {
    Code::NotFound.because("no conversation of this id is kept")
}
