//! Pages for people: the list of deals at `/`, and the deal pages of the HTML report.

use std::fmt::Write;

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Html,
};

use super::{
    app::App,
    deals::{JudgeQuery, judge, unknown},
    doors::Deadline,
    problem::Problem,
};
use crate::{
    conversation::DealId,
    report::{Bundle, html},
};

/// Deals on the page.
const MAX_DEALS: usize = 1000;

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Deals</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>\
body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1c2430;background:#fff}main{max-width:56rem;margin:auto;padding:1rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #d8dee6}\
td.n,th.n{text-align:right}@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}a{color:#8ab4f8}\
td,th{border-color:#333c46}}</style></head><body><main><h1>Deals</h1>";

/// All deals by name.
pub async fn list(State(app): State<App>) -> Result<Html<String>, Problem> {
    let Ok(keeper) = app.keeper() else {
        let words = "<p>This service keeps nothing: start it with <code>--store FILE</code> to see deals here. \
                     <a href=\"/docs\">What it can be asked</a>.</p></main></body></html>";
        return Ok(Html(format!("{HEAD}{words}")));
    };
    let rows = keeper.with(|store| store.deals(None, MAX_DEALS + 1)).await?;
    let mut page = String::from(HEAD);
    page.push_str("<table><tr><th>Deal<th class=\"n\">Conversations<th>Latest</tr>");
    for row in rows.iter().take(MAX_DEALS) {
        let latest = row.latest.map(|t| t.to_zoned(app.options.zone.clone()).strftime("%-d %B %Y").to_string());
        let _ = write!(
            page,
            "<tr><td><a href=\"/deals/{}\">{}</a><td class=\"n\">{}<td>{}</tr>",
            percent(&row.deal.0),
            escape(&row.deal.0),
            row.conversations,
            latest.unwrap_or_default()
        );
    }
    page.push_str("</table>");
    if rows.len() > MAX_DEALS {
        let _ = write!(page, "<p>The first {MAX_DEALS} by name; <code>GET /v1/deals</code> gives all.</p>");
    }
    page.push_str("</main></body></html>");
    Ok(Html(page))
}

/// The page of one deal.
pub async fn deal(
    State(app): State<App>,
    Extension(Deadline(deadline)): Extension<Deadline>,
    Path(deal): Path<String>,
    Query(query): Query<JudgeQuery>,
) -> Result<Html<String>, Problem> {
    let judged = judge(&app, DealId(deal), query.as_of, deadline).await?.ok_or_else(unknown)?;
    let bundle = Bundle { deal: &judged.deal, report: &judged.report };
    Ok(Html(html::deal_page(&bundle, &app.options.zone)))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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
