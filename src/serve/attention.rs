//! `GET /v1/attention`: the deals in the order in which they deserve a person's hour, for programs; [`pages`](super::pages)
//! shows the same order to people, from the same list ([`listing`](super::listing)).
//!
//! It has an address of its own beside `GET /v1/deals`, which goes through all deals by name, page by page, and judges none:
//! where a deal stands is known of all at once or not at all.

use axum::{Extension, Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    app::App,
    asked::Asked,
    deals::JudgeQuery,
    doors::Deadline,
    listing::{MAX_DEALS, listed},
    problem::{Problem, ProblemBody},
};
use crate::report::ranks;

/// Deals in the order in which they deserve a look.
#[derive(Serialize, ToSchema)]
pub struct AttentionList {
    /// Those that are judged, what needs a person first on top; those that have ended stand last.
    deals: Vec<RankedDeal>,
    /// Those that are not, which stand nowhere yet: most are judged when it is asked again.
    waiting: Vec<WaitingDeal>,
    /// Whether there are deals beyond the first 1000 by name, which are not looked at.
    more: bool,
}

/// A deal and where it stands.
#[derive(Serialize, ToSchema)]
pub struct RankedDeal {
    /// Its name; `GET /v1/deals/{deal}` with the same `as_of` says what was found in it.
    deal: String,
    /// Its health from 0 to 100; null where there is too little to judge.
    score: Option<u8>,
    /// As in `deals.jsonl`.
    attention: RankOut,
}

/// Where a deal stands among the others, and why.
#[derive(Serialize, ToSchema)]
pub struct RankOut {
    /// From 1, which needs a person first.
    #[schema(minimum = 1)]
    rank: usize,
    /// What speaks for a look now, beside the first of its risks; where that is nothing and the deal has no score, why; may be
    /// empty.
    reason: String,
}

/// A deal that is not judged.
#[derive(Serialize, ToSchema)]
pub struct WaitingDeal {
    /// Its name.
    deal: String,
    /// Why, and what to do.
    why: String,
}

/// Says which deal needs a person first, and why.
#[utoipa::path(
    get,
    path = "/v1/attention",
    tag = "deals",
    params(JudgeQuery),
    responses(
        (status = 200, description = "The deals, what needs a person first on top.", body = AttentionList),
        (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The store failed.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn get(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Asked(query): Asked<JudgeQuery>,
) -> Result<Json<AttentionList>, Problem> {
    let mut rows = app.keeper()?.read(|store| store.deals(None, MAX_DEALS + 1)).await?;
    let more = rows.len() > MAX_DEALS;
    rows.truncate(MAX_DEALS);
    let (judged, waiting) = listed(&app, rows, query.day(&app), deadline).await;
    let mut deals: Vec<RankedDeal> = judged
        .iter()
        .zip(ranks(&judged))
        .filter_map(|(listed, rank)| {
            let rank = rank?;
            let attention = RankOut { rank: rank.rank, reason: rank.reason };
            Some(RankedDeal { deal: listed.deal().0.clone(), score: listed.score(), attention })
        })
        .collect();
    deals.sort_by_key(|deal| deal.attention.rank);
    let waiting = waiting.into_iter().map(|waiting| WaitingDeal { deal: waiting.deal.0, why: waiting.why }).collect();
    Ok(Json(AttentionList { deals, waiting, more }))
}
