//! Pages for people: the list of deals at `/`, and the deal pages of the HTML report.

use std::fmt::Write;

use axum::{
    Extension,
    body::Body,
    extract::{MatchedPath, Path, Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{Html, Response},
};

use super::{
    app::App,
    asked::Asked,
    deals::{JudgeQuery, unknown},
    doors::Deadline,
    judge::{Usual, judge},
    listing::{MAX_DEALS, listed},
    problem::{Code, Problem, Told},
};
use crate::{
    conversation::DealId,
    report::{Bundle, html::served},
};

/// What the list says where nobody said as of which day to judge.
const SINCE_THEN: &str = "Each deal is judged as of the day that its CRM record says, else of its latest interaction: add \
                          ?as_of=today to the address to see what has been silent since.";

/// All deals, what needs a person first on top.
pub async fn list(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Asked(query): Asked<JudgeQuery>,
) -> Result<Html<String>, Problem> {
    let Ok(keeper) = app.keeper() else {
        let says = "This service keeps nothing: start it with --store FILE to see deals here. /docs says what else it can \
                    be asked.";
        return Ok(Html(served::notice("No deals are kept", says, None)));
    };
    let mut rows = keeper.read(|store| store.deals(None, MAX_DEALS + 1)).await?;
    let mut note = Vec::new();
    if rows.len() > MAX_DEALS {
        note.push(format!("Only the first {MAX_DEALS} deals by name stand here; GET /v1/deals names all."));
    }
    rows.truncate(MAX_DEALS);
    let as_of = query.day(&app);
    if as_of.is_none() && !rows.is_empty() {
        note.push(SINCE_THEN.into());
    }
    let note = note.join(" ");
    let (judged, waiting) = listed(&app, rows, as_of, deadline).await;
    let zone = app.options.zone.clone();
    // Whoever asks for a day is shown each deal as of that day.
    let said = query.as_of.map(|as_of| format!("?as_of={as_of}")).unwrap_or_default();
    let link = move |deal: &DealId| format!("./deals/{}{said}", percent(&deal.0));
    let write = move || served::list_page(&judged, &waiting, &note, &zone, link);
    app.long(write).await.map(Html).ok_or_else(unwritten)
}

/// The page of one deal.
pub async fn deal(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Path(deal): Path<String>,
    Asked(query): Asked<JudgeQuery>,
) -> Result<Html<String>, Problem> {
    let judged = judge(&app, DealId(deal), query.day(&app), Usual::Asked, deadline).await?.ok_or_else(unknown)?;
    let zone = app.options.zone.clone();
    let write = move || served::deal_page(&Bundle { deal: &judged.deal, report: &judged.report }, &zone);
    app.long(write).await.map(Html).ok_or_else(unwritten)
}

fn unwritten() -> Problem {
    Code::Internal.because("the page could not be written; the service goes on")
}

/// Shows a problem as a page where a browser asked for one: on the addresses of pages, and where there is nothing.
/// Programs get the same problem as JSON everywhere else, whatever they say they accept.
pub async fn problem_as_page(request: Request, next: Next) -> Response {
    let home = match request.extensions().get::<MatchedPath>().map(MatchedPath::as_str) {
        Some("/") => None,
        Some("/deals/{deal}") | None => Some(home_from(request.uri().path())),
        Some(_) => return next.run(request).await,
    };
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let by_browser = request.method() == Method::GET && accept.contains("text/html");
    let mut response = next.run(request).await;
    let problem = response.extensions().get::<Told>().cloned();
    if let Some(Told(Problem { code, detail, .. })) = problem.filter(|_| by_browser) {
        let page = served::notice(code.title(), &words_of(&detail), home.as_deref());
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        *response.body_mut() = Body::from(page);
    }
    response
}

/// The way from a path to the list of deals; relative, since a proxy may serve all of it below an address of its own.
fn home_from(path: &str) -> String {
    match path.bytes().filter(|byte| *byte == b'/').count() {
        0 | 1 => "./".to_owned(),
        slashes => "../".repeat(slashes - 1),
    }
}

/// A detail as a sentence of its own.
fn words_of(detail: &str) -> String {
    let mut chars = detail.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// One segment of a path.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
