//! `POST /v1/conversations`: one conversation, or a raw export, in; scores out; kept until erased ([`kept`](super::kept)).
//!
//! An answer of 2xx comes after the store's commit. The same content again is answered from the store.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use axum::{Extension, Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    app::App,
    asked::{Asked, Parameters},
    doors::Deadline,
    export::{SkippedOut, read_export},
    judge::decide_sides,
    keeper::Keeper,
    payload::{BodyLimits, Payload},
    problem::{Code, Problem, ProblemBody},
    wire::{ProvenanceOut, ScoreOut},
};
use crate::{
    conversation::{Conversation, ConversationId, DealId, LONGEST_MS},
    queue::Admission,
    read::{
        self,
        ndjson::{
            Line,
            unread::{Unread, unread_keys},
        },
    },
    store::{Outcome, Record, Store, content_hash},
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

/// Whose what is sent is and, for a raw export, which file it is.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// The file's name, as it was exported: formats and times are told by it too. With it, the body is a raw export of any
    /// format that `dealtone formats` lists; without it, the body is a conversation as JSON.
    #[param(example = "2026-05-18_1400 Harbour walkthrough.vtt")]
    file: Option<String>,
    /// The deal that it belongs to; needed with `file`, where it goes before what the export says, as a deal's folder does.
    /// Without `file` it is that of a conversation which names none.
    #[param(example = "harbour-foods")]
    deal: Option<String>,
}

impl Parameters for ExportQuery {
    const ALL: &[(&str, &str)] = &[("file", "the name of a raw export's file"), ("deal", "a deal's name")];
}

/// What became of each conversation of a body.
#[derive(Serialize, ToSchema)]
pub struct Kept {
    /// One for each conversation.
    conversations: Vec<KeptConversation>,
    /// What of a raw export could not be read, keys of a body that are like a known one and not read, and messages that are kept under another name too and count once.
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

impl KeptConversation {
    fn of(stands: &Record, outcome: Outcome, revision: u64) -> KeptConversation {
        KeptConversation {
            id: stands.read.id.0.clone(),
            deal: stands.read.deal.0.clone(),
            outcome: outcome.into(),
            revision,
            scores: scores_of(&stands.scored),
            provenance: (&stands.scored.provenance).into(),
        }
    }
}

/// What became of content that was sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeOut {
    /// There was none of this id in its deal.
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
    Asked(query): Asked<ExportQuery>,
    payload: Payload,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let keeper = app.keeper()?;
    let (conversations, mut skipped) = sent(&app, query, payload).await?;
    let places: Vec<Place> = conversations.iter().map(|c| (c.deal.clone(), c.id.clone())).collect();
    let known = known(keeper, &conversations).await?;
    // What is there already is not scored again.
    let is_new = |(conversation, known): (Conversation, &Option<_>)| known.is_none().then_some(conversation);
    let new: Vec<Conversation> = conversations.into_iter().zip(&known).filter_map(is_new).collect();
    let decided = decide_sides(&app, new).await?;
    skipped.extend(decided.duplicates.into_iter().map(SkippedOut::from));
    let records = score_all(&app, decided.conversations, deadline).await?;
    let relied_on = places.into_iter().zip(&known).filter(|(_, known)| known.is_some()).map(|(place, _)| place);
    let mut kept = keep(keeper, records, relied_on.collect()).await?.into_iter();
    let conversations: Vec<KeptConversation> =
        known.into_iter().filter_map(|known| known.or_else(|| kept.next())).collect();
    let is_new = conversations.iter().any(|kept| matches!(kept.outcome, OutcomeOut::New));
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Kept { conversations, skipped })))
}

/// Where a conversation is kept.
type Place = (DealId, ConversationId);

/// The conversations of a body, at least one, and what of it could not be read.
///
/// # Errors
/// Where the body or its address is refused, nothing of it can be read, or it holds too many.
async fn sent(
    app: &App,
    query: ExportQuery,
    payload: Payload,
) -> Result<(Vec<Conversation>, Vec<SkippedOut>), Problem> {
    let (conversations, skipped) = match (query.file, query.deal) {
        (Some(file), Some(deal)) => read_export(app, file, deal, payload).await?,
        (Some(_), None) => return Err(Code::BadRequest.because("a raw export needs its deal in the query, too")),
        (None, deal) => {
            let (conversation, told) = of_json(&payload, deal, &app.options.body)?;
            (vec![conversation], told)
        }
    };
    if conversations.len() > MAX_CONVERSATIONS {
        let detail = format!("{MAX_CONVERSATIONS} conversations are taken in one request; send the export in parts");
        return Err(Code::TooManyTexts.because(detail).limit(MAX_CONVERSATIONS as u64));
    }
    if conversations.is_empty() { Err(nothing_in(&skipped, &app.options.body)) } else { Ok((conversations, skipped)) }
}

/// The conversation that a body of JSON is, and its keys that are not read.
///
/// # Errors
/// Where it is none.
fn of_json(
    payload: &Payload,
    deal: Option<String>,
    limits: &BodyLimits,
) -> Result<(Conversation, Vec<SkippedOut>), Problem> {
    let line = payload.json(limits).map_err(name_the_file)?;
    let unread = unread_keys(&mut serde_json::Deserializer::from_slice(&payload.whole()));
    refuse_misspelt(&unread)?;
    let conversation = completed(line, deal)?;
    check(&conversation)?;
    if conversation.turns.iter().all(|turn| turn.text.trim().is_empty()) {
        return Err(Code::Unreadable.because("the conversation has no turn with words"));
    }
    let told = unread.iter().map(|unread| SkippedOut::of_unread(&conversation, unread)).collect();
    Ok((conversation, told))
}

/// Why an export has no conversation.
fn nothing_in(skipped: &[SkippedOut], limits: &BodyLimits) -> Problem {
    if skipped.iter().any(|s| s.code == "too_large") {
        let detail = "the export unpacks to more than is read of one request; send its files one by one";
        return Code::DecodedTooLarge.because(detail).limit(limits.decoded as u64);
    }
    let why: BTreeSet<String> = skipped.iter().map(|s| format!("{} ({})", s.message, s.code)).collect();
    // What is silent, an invitation answered without a word, is no loss and has no reason.
    let why = if why.is_empty() {
        "nobody wrote anything in it".into()
    } else {
        why.into_iter().collect::<Vec<_>>().join("; ")
    };
    Code::Unreadable.because(format!("nothing could be read of it: {why}"))
}

/// What is kept already of these conversations: of each that is there with the same content, what is told of it.
///
/// # Errors
/// Where the store cannot be read.
async fn known(keeper: &Keeper, conversations: &[Conversation]) -> Result<Vec<Option<KeptConversation>>, Problem> {
    let wanted: Vec<(Place, String, u64)> =
        conversations.iter().map(|c| ((c.deal.clone(), c.id.clone()), content_hash(c), c.revision)).collect();
    let look = move |store: &mut dyn Store| {
        let mut found = Vec::with_capacity(wanted.len());
        for ((deal, id), hash, revision) in wanted {
            let held = store.held(&deal, &id)?.filter(|held| held.content_hash == hash && held.revision >= revision);
            let record = if held.is_some() { store.conversation(&deal, &id)? } else { None };
            found.push(held.zip(record));
        }
        Ok(found)
    };
    let found = keeper.read(look).await?.into_iter();
    Ok(found.map(|found| found.map(|(held, r)| KeptConversation::of(&r, Outcome::Same, held.revision))).collect())
}

/// Scores conversations, each as it was read and as its sides were decided; they are let in as one.
///
/// # Errors
/// Where one of them cannot be scored, or not in time.
async fn score_all(
    app: &App,
    decided: Vec<(Conversation, Conversation)>,
    deadline: Instant,
) -> Result<Vec<Record>, Problem> {
    let mut admission = Admission::Ask;
    let mut records = Vec::with_capacity(decided.len());
    for (read, decided) in decided {
        let scored = app.scorer()?.conversation(decided, deadline, &mut admission).await?;
        records.push(Record { read, scored });
    }
    Ok(records)
}

/// Keeps records, and tells what became of each: all of them or none, and none where one of those that were `relied_on` to be
/// there has been erased meanwhile, since who sent it would be told that it is kept.
///
/// # Errors
/// Where nothing was kept.
async fn keep(keeper: &Keeper, records: Vec<Record>, relied_on: Vec<Place>) -> Result<Vec<KeptConversation>, Problem> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let write = move |store: &mut dyn Store| {
        for (deal, id) in &relied_on {
            if store.held(deal, id)?.is_none() {
                return Ok(None);
            }
        }
        let puts = store.put(&records)?;
        let mut standing = Vec::with_capacity(records.len());
        for (put, record) in puts.into_iter().zip(records) {
            let stands = match put.outcome {
                Outcome::New | Outcome::Replaced => record,
                // What stands there is another delivery of it, or a later one.
                Outcome::Same | Outcome::Superseded => {
                    store.conversation(&record.read.deal, &record.read.id)?.unwrap_or(record)
                }
            };
            standing.push((put, stands));
        }
        Ok(Some(standing))
    };
    let erased = || {
        let detail =
            "a conversation of it was erased while others of it were scored; nothing was changed: send it again";
        Code::StoreBusy.because(detail).retry_after(Duration::from_secs(1))
    };
    let standing = keeper.write(write).await?.ok_or_else(erased)?;
    Ok(standing.iter().map(|(put, record)| KeptConversation::of(record, put.outcome, put.revision)).collect())
}

/// A body that is not called JSON may be a file as it was exported, which lacks nothing but its name.
fn name_the_file(problem: Problem) -> Problem {
    match problem.code {
        Code::MediaType => problem.code.because(
            "a conversation is sent as JSON, with content-type: application/json; of a file as it was exported name the file and \
             its deal in the address: ?deal=NAME&file=call.vtt",
        ),
        _ => problem,
    }
}

/// Refuses a key that is a known one misspelt: passed over, it would cost a time or a side, and the sender is there to mend it.
/// A longer name than ours, or several of it, may be a column of the sender's own, and is told beside what is kept.
///
/// # Errors
/// Where there is one; all are told, so that they are mended at once.
fn refuse_misspelt(unread: &[Unread]) -> Result<(), Problem> {
    let slips = unread.iter().filter(|unread| !unread.is_longer_name() && !unread.is_plural());
    let told: Vec<String> = slips
        .map(|slip| format!("{:?} is no key of a conversation; did you mean {:?}?", slip.path(), slip.known))
        .collect();
    if told.is_empty() { Ok(()) } else { Err(Code::BadRequest.because(told.join(" "))) }
}

/// A conversation of a request, with what the readers of exports would add to it: what they let a line leave out may be left
/// out here. `deal` is the one that the address names.
///
/// # Errors
/// Where its deal is named nowhere or twice otherwise, or its time is none; in an export those cost no words, and here the
/// sender is there to be told.
fn completed(line: Line, deal: Option<String>) -> Result<Conversation, Problem> {
    let named = |name: Option<String>| name.filter(|name| !name.is_empty());
    let deal = match (named(line.deal), deal) {
        (Some(body), Some(address)) if body != address => {
            return Err(Code::BadRequest.because("deal: the body names another one than the address"));
        }
        (Some(deal), _) | (None, Some(deal)) => deal,
        (None, None) => {
            return Err(Code::BadRequest.because("deal: name it in the body, or in the address as ?deal=NAME"));
        }
    };
    let id = named(line.id).ok_or_else(|| {
        Code::BadRequest.because("id: a conversation without a file needs one; by it a redelivery is known")
    })?;
    let moment = |text: String| {
        read::when::in_text(&text)
            .ok_or_else(|| Code::BadRequest.because("started_at: expected a moment as 2026-06-30T14:00:00Z"))
    };
    let mut conversation = Conversation {
        id: ConversationId(id),
        deal: DealId(deal),
        channel: line.channel,
        started_at: line.started_at.map(moment).transpose()?,
        local_time: line.local_time,
        title: line.title,
        participants: line.participants,
        turns: line.turns,
        mail: line.mail,
        recording: line.recording,
        source: line.source,
        revision: line.revision,
        as_read: None,
    };
    read::complete(&mut conversation);
    // What is lost is told, and what lies there twice is known, by files; what came by itself is as one of its name.
    if conversation.source.file.is_empty() {
        conversation.source.file.clone_from(&conversation.id.0);
    }
    Ok(conversation)
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
    let beyond = |at: Option<u64>| at.is_some_and(|at| at > LONGEST_MS);
    let recording = conversation.recording.as_ref();
    if conversation.turns.iter().any(|turn| beyond(turn.start_ms) || beyond(turn.end_ms))
        || recording.is_some_and(|recording| !recording.lasts_at_most(LONGEST_MS))
    {
        let detail = "turns, recording: a time lies thirty years behind the start of the conversation, from which they count in milliseconds";
        return Err(Code::BadRequest.because(detail));
    }
    Ok(())
}

/// Refuses names that are none.
///
/// # Errors
/// Where `name` is empty or blank, too long, a step of a path, or holds control characters.
pub fn check_name(name: &str, field: &str) -> Result<(), Problem> {
    let fits = !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    if !fits {
        return Err(Code::BadRequest
            .because(format!("{field}: 1 to {MAX_NAME} characters, not all blank, no control characters")));
    }
    // What is a step and not a name in an address: nobody could open it.
    if [".", ".."].contains(&name) {
        return Err(Code::BadRequest.because(format!("{field}: a name with more to it than dots")));
    }
    Ok(())
}

/// The scores of a conversation as they are told.
pub(super) fn scores_of(scored: &Scored) -> Vec<ScoreOut> {
    scored.utterances.iter().map(ScoreOut::from).collect()
}
