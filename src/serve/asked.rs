//! What the query of an address says: its parameters, and refusals that name them.
//!
//! A misspelt parameter is refused like a misspelt key of a body: with `as_off` passed over, a deal would be judged as of
//! another day than was asked, and nobody would notice.

use axum::{
    extract::{FromRequestParts, Query, Request},
    http::{Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use utoipa::openapi::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, schema::Type};

use super::problem::{Code, Problem};

/// What the query of an address may say.
pub trait Parameters: DeserializeOwned {
    /// Each parameter with what it holds.
    const ALL: &'static [(&'static str, &'static str)];
}

/// The query of an address, nothing else in it.
pub struct Asked<T>(pub T);

impl<T: Parameters, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked<T>, Problem> {
        refuse_others(&parts.uri, T::ALL)?;
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Asked(asked)).map_err(|e| refusal(T::ALL, &e.body_text()))
    }
}

/// Goes before what takes no parameters: `DELETE /v1/deals/acme?id=1` is no wish to erase the whole deal.
pub async fn nothing(request: Request, next: Next) -> Response {
    match refuse_others(request.uri(), &[]) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Refuses parameters that are not among `all`.
fn refuse_others(uri: &Uri, all: &[(&str, &str)]) -> Result<(), Problem> {
    let said = Query::<Vec<(String, String)>>::try_from_uri(uri).map_or_else(|_| Vec::new(), |said| said.0);
    if said.iter().all(|(name, _)| all.iter().any(|(known, _)| known == name)) {
        return Ok(());
    }
    let known: Vec<String> = all.iter().map(|(name, holds)| format!("{name} ({holds})")).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let detail = format!("the query has a parameter that this address does not take; it takes {known}");
    Err(Code::BadRequest.because(detail))
}

/// What is wrong with a query, by serde's message about it; never the value, which the message may quote.
fn refusal(all: &[(&str, &str)], message: &str) -> Problem {
    let about = |(name, holds): &(&str, &str)| {
        if message.contains(&format!("missing field `{name}`")) {
            Some(format!("{name}: it must be in the query, {holds}"))
        } else if message.contains(&format!("duplicate field `{name}`")) {
            Some(format!("{name}: it stands in the query twice"))
        } else {
            message.contains(&format!(": {name}: ")).then(|| format!("{name}: expected {holds}"))
        }
    };
    Code::BadRequest.because(all.iter().find_map(about).unwrap_or_else(|| "the query does not fit; see /docs".into()))
}

/// How the API's document describes a day of judgement.
pub fn as_of_schema() -> Schema {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let day = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    OneOfBuilder::new().item(day).item(text().enum_values(Some(["today"]))).build().into()
}
