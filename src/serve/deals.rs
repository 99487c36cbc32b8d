//! `/v1/deals`: what the kept conversations of a deal say, judged when it is asked ([`judge`](super::judge)); what the CRM
//! says of it; its end.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    app::App,
    asked::{Asked, Parameters, as_of_schema},
    conversations::check_name,
    doors::Deadline,
    judge::{Usual, judge},
    payload::Payload,
    problem::{Code, Problem, ProblemBody},
};
use crate::{conversation::DealId, deal::CrmRecord, pipeline::AsOf};

/// Deals of one page of the list where nothing is asked.
pub(super) const PAGE: usize = 100;
/// Most deals of one page of the list.
pub(super) const MAX_PAGE: usize = 1000;

/// A page of the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only deals behind this name: the `next` of the page before.
    after: Option<String>,
    /// Deals of one page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
}

impl Parameters for ListQuery {
    const ALL: &[(&str, &str)] = &[("after", "a deal's name"), ("limit", "a whole number, 1 to 1000")];
}

/// A page of deals by name.
#[derive(Serialize, ToSchema)]
pub struct DealList {
    /// The deals.
    deals: Vec<DealOut>,
    /// `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A deal in the list.
#[derive(Serialize, ToSchema)]
pub struct DealOut {
    /// Its name.
    deal: String,
    /// Conversations that are kept of it.
    conversations: u64,
    /// When the latest of them began, where any states it.
    #[schema(value_type = Option<String>, format = DateTime)]
    latest: Option<crate::Timestamp>,
}

/// Lists the deals.
#[utoipa::path(
    get,
    path = "/v1/deals",
    tag = "deals",
    params(ListQuery),
    responses(
        (status = 200, description = "The deals, by name.", body = DealList),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(State(app): State<App>, Asked(query): Asked<ListQuery>) -> Result<Json<DealList>, Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Code::BadRequest.because(format!("limit: 1 to {MAX_PAGE}")).limit(MAX_PAGE as u64));
    }
    let after = query.after.map(DealId);
    // One more tells whether there is another page.
    let mut rows = app.keeper()?.read(move |store| store.deals(after.as_ref(), limit + 1)).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| row.deal.0.clone());
    let deals = rows
        .into_iter()
        .map(|row| DealOut { deal: row.deal.0, conversations: row.conversations, latest: row.latest })
        .collect();
    Ok(Json(DealList { deals, next }))
}

/// The day of judgement.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JudgeQuery {
    /// As 2026-06-12, or `today`; absent: what the service was started with, else what the CRM says, else the latest
    /// interaction, so that what has been silent since is not seen.
    #[param(schema_with = as_of_schema, required = false, example = "2026-06-12")]
    pub as_of: Option<AsOf>,
}

impl Parameters for JudgeQuery {
    const ALL: &[(&str, &str)] = &[("as_of", AsOf::HOLDS)];
}

impl JudgeQuery {
    /// The day that is asked for, or that the service was started with; none: that of each deal.
    pub fn day(&self, app: &App) -> Option<Date> {
        self.as_of.or(app.options.as_of).map(|as_of| as_of.day(&app.options.zone))
    }
}

/// Judges a deal: its health, risk flags and coaching prompts, each with the words it rests on.
#[utoipa::path(
    get,
    path = "/v1/deals/{deal}",
    tag = "deals",
    params(("deal" = String, Path, description = "The deal's name, percent-encoded.", min_length = 1, max_length = 512, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]+$"), JudgeQuery),
    responses(
        (status = 200, description = "The report, as `dealtone schema deals` describes it.", body = Object),
        (status = "4XX", description = "The request was refused; 404 where nothing is kept of it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The service is full, not ready, or failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn get(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Path(deal): Path<String>,
    Asked(query): Asked<JudgeQuery>,
) -> Result<Json<Value>, Problem> {
    let judged = judge(&app, DealId(deal), query.day(&app), Usual::Asked, deadline).await?.ok_or_else(unknown)?;
    // The same renderer as the batch command's, so that both say the same in the same form.
    let write = move || serde_json::from_str(&crate::report::jsonl::deal(&judged.report)).ok();
    let written = app.long(write).await.flatten();
    written.map(Json).ok_or_else(|| Code::Internal.because("the report could not be written"))
}

/// What the CRM says of a deal; every field may be left out.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrmIn {
    /// The deal's name for people.
    name: Option<String>,
    /// The customer's name.
    account: Option<String>,
    /// `new`, `renewal` or `expansion`, or whatever the CRM calls it; also `type`, as `deals.csv` has it.
    #[serde(alias = "type")]
    kind: Option<String>,
    /// Worth, in the CRM's currency.
    amount: Option<f64>,
    /// The currency of the amount: its code, `EUR`. Deals in several currencies are not ranked by their worth.
    currency: Option<String>,
    /// The stage's name.
    stage: Option<String>,
    /// Whether it is open, won or lost, whatever its stage is called.
    status: Option<StatusIn>,
    /// Since when the deal is in that stage.
    #[schema(value_type = Option<String>, format = Date)]
    stage_since: Option<Date>,
    /// The day on which the CRM expects the deal to close.
    #[schema(value_type = Option<String>, format = Date)]
    close_date: Option<Date>,
    /// Taken and without effect, so that the `crm` of a report can be sent back: it is told of all deals in the stage.
    #[serde(default, skip_serializing)]
    #[allow(dead_code)]
    stage_usual_days: Option<f64>,
    /// The day of judgement.
    #[schema(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
    /// Who answers for the deal on our side.
    owner: Option<String>,
    /// The buyer's people whom the CRM lists.
    #[serde(default)]
    contacts: Vec<ContactIn>,
}

/// How the deal stands.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusIn {
    /// It goes on.
    Open,
    /// It was bought.
    Won,
    /// It was not, or was given up.
    Lost,
}

/// A person whom the CRM lists.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactIn {
    /// Full name.
    name: String,
    /// Address.
    #[serde(default)]
    email: String,
    /// Job title.
    #[serde(default)]
    title: String,
}

/// Whether something was known of the deal before.
#[derive(Serialize, ToSchema)]
pub struct CrmKept {
    /// Whether there was no record of the deal.
    new: bool,
}

/// Sets what the CRM says of a deal: its conversations need no such record, but some risk flags do.
#[utoipa::path(
    put,
    path = "/v1/deals/{deal}",
    tag = "deals",
    params(("deal" = String, Path, description = "The deal's name, percent-encoded.", min_length = 1, max_length = 512, pattern = "^(?=.*\\S)[^\\x00-\\x1f\\x7f-\\x9f]+$")),
    request_body = CrmIn,
    responses(
        (status = 200, description = "Kept, in place of what was there.", body = CrmKept),
        (status = 201, description = "Kept.", body = CrmKept),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "Nothing was kept, but for 504, where it may be: send it again.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn put(
    State(app): State<App>,
    Path(deal): Path<String>,
    payload: Payload,
) -> Result<(StatusCode, Json<CrmKept>), Problem> {
    check_name(&deal, "deal")?;
    let record: CrmIn = payload.json(&app.options.body)?;
    // The same fields under the same names, checked more strictly at the door.
    let mut crm: CrmRecord = serde_json::to_value(record)
        .and_then(serde_json::from_value)
        .map_err(|_| Code::BadRequest.because("this is no record of a deal; see /openapi.json"))?;
    for contact in &mut crm.contacts {
        contact.email = contact.email.trim().to_lowercase();
    }
    let new = app.keeper()?.write(move |store| store.set_crm(&DealId(deal), &crm)).await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(CrmKept { new })))
}

/// What was erased.
#[derive(Serialize, ToSchema)]
pub struct Erased {
    /// Conversations that are gone.
    pub conversations: u64,
}

/// Erases a deal with all its conversations: from the store, its free pages and its log.
#[utoipa::path(
    delete,
    path = "/v1/deals/{deal}",
    tag = "deals",
    params(("deal" = String, Path, description = "The deal's name, percent-encoded.", min_length = 1, max_length = 512, pattern = "^[^\\x00-\\x1f\\x7f-\\x9f]+$")),
    responses(
        (status = 200, description = "It is gone.", body = Erased),
        (status = "4XX", description = "The request was refused; 404 where nothing is kept of it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(State(app): State<App>, Path(deal): Path<String>) -> Result<Json<Erased>, Problem> {
    let deal = DealId(deal);
    let gone = app.keeper()?.write(move |store| store.erase_deal(&deal)).await;
    // Where nobody knows whether it went, as after a 504, too.
    if !matches!(gone, Ok(None)) {
        app.listing.forget();
    }
    gone.map_err(Problem::of_erasure)?.map(|conversations| Json(Erased { conversations })).ok_or_else(unknown)
}

/// Nothing is kept of a deal.
pub fn unknown() -> Problem {
    Code::NotFound.because("nothing is kept of a deal of this name")
}
