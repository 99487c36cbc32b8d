//! What the query of an address says: its parameters, and refusals that name them.
//!
//! A misspelt parameter is refused like a misspelt key of a body: with `as_off` passed over, a deal would be judged as of
//! another day than was asked, and nobody would notice.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Query, Request},
    http::{Uri, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
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

/// The day as of which deals are judged, as somebody says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// That day.
    Day(Date),
    /// The day on which it is asked.
    Today,
}

impl AsOf {
    /// What a parameter that says it holds.
    pub const HOLDS: &str = "a day as 2026-06-12, or today";

    /// How the API's document describes it.
    pub fn schema() -> Schema {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let day = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
        OneOfBuilder::new().item(day).item(text().enum_values(Some(["today"]))).build().into()
    }

    /// The day; `zone` says where a day begins. The one place where judging looks at the clock, and only where somebody
    /// says so: a judgement that changes by itself is not what the batch command prints.
    pub fn day(self, zone: &TimeZone) -> Date {
        match self {
            AsOf::Day(day) => day,
            AsOf::Today => today(Timestamp::now(), zone),
        }
    }
}

/// The day in `zone`, or in UTC where that is later: a day is judged to its end in UTC, and what was said until `now` counts.
fn today(now: Timestamp, zone: &TimeZone) -> Date {
    [zone.clone(), TimeZone::UTC].map(|zone| now.to_zoned(zone).date()).into_iter().max().unwrap_or_default()
}

impl FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<AsOf, String> {
        match text {
            "today" => Ok(AsOf::Today),
            day => day.parse().map(AsOf::Day).map_err(|_| format!("write {}", AsOf::HOLDS)),
        }
    }
}

impl std::fmt::Display for AsOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AsOf::Day(day) => day.fmt(f),
            AsOf::Today => f.write_str("today"),
        }
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AsOf, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz;

    use super::*;

    #[test]
    fn today_never_ends_before_now() {
        let now: Timestamp = "2026-06-13T01:00:00Z".parse().unwrap();
        for (hours, day) in [(-7, "2026-06-13"), (0, "2026-06-13"), (2, "2026-06-13")] {
            assert_eq!(today(now, &TimeZone::fixed(tz::offset(hours))).to_string(), day);
        }
        let evening: Timestamp = "2026-06-12T23:00:00Z".parse().unwrap();
        assert_eq!(today(evening, &TimeZone::fixed(tz::offset(2))).to_string(), "2026-06-13");
    }
}
