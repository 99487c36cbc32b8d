//! The one place where paths meet handlers, and where the doors stand in their order.

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{Html, IntoResponse, Response},
    routing::{delete, get, post, put},
};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    app::{App, Phase},
    asked, attention, conversations, deals, doors, kept, kserve, openapi, pages, payload,
    problem::{Code, Problem, ProblemBody},
    score, tei, trace, unread,
    wire::StatusOut,
};

/// All routes. From the outside in: logs and counts, what is left of a body, panics, host, the limit of connections, token,
/// client's limit and time,
/// the query, then for what carries a body: admission, the body read whole.
pub fn router(app: App) -> Router {
    let read_and_admitted = |routes: Router<App>| {
        routes
            .route_layer(from_fn_with_state(app.clone(), payload::read_whole))
            .route_layer(from_fn_with_state(app.clone(), doors::admit))
    };
    let for_tei = Router::new()
        .route("/predict", post(tei::predict))
        // Where its clients ask that are given an address without a path.
        .route("/", post(tei::predict))
        .route_layer(from_fn(asked::nothing));
    let for_tei = read_and_admitted(for_tei).route_layer(from_fn(tei::overload_as_429));
    let with_body = Router::new()
        .route("/v1/score", post(score::score))
        .route("/v1/deals/{deal}", put(deals::put))
        .route("/v2/models/{model}/infer", post(kserve::infer))
        .route("/v2/models/{model}/versions/{version}/infer", post(kserve::infer))
        .route_layer(from_fn(asked::nothing))
        // Takes parameters, as all below the layer does.
        .route("/v1/conversations", post(conversations::post));
    // A probe or a scraper that is refused for what stands behind its "?" ends a service that is well.
    let probed = Router::new()
        .route("/health", get(tei::health))
        .route("/v2/health/live", get(kserve::live))
        .route("/v2/health/ready", get(kserve::ready))
        .route("/v2/models/{model}/ready", get(kserve::model_ready))
        .route("/v2/models/{model}/versions/{version}/ready", get(kserve::model_ready))
        .route("/metrics", get(metrics));
    let without_parameters = Router::new()
        .route("/v1/deals/{deal}", delete(deals::delete))
        .route("/v1/model", get(score::model))
        .route("/info", get(tei::info))
        .route("/v2", get(kserve::server))
        .route("/v2/models/{model}", get(kserve::metadata))
        .route("/v2/models/{model}/versions/{version}", get(kserve::metadata))
        .route("/openapi.json", get(openapi_json))
        .route("/docs", get(docs))
        .route_layer(from_fn(asked::nothing));
    let guarded = Router::new()
        .merge(read_and_admitted(with_body))
        .merge(for_tei)
        .merge(without_parameters)
        .merge(probed)
        .route("/v1/conversations", get(kept::list))
        .route("/v1/conversations/{id}", get(kept::get).delete(kept::delete))
        .route("/v1/deals", get(deals::list))
        .route("/v1/attention", get(attention::get))
        .route("/v1/deals/{deal}", get(deals::get))
        .route("/", get(pages::list))
        .route("/deals/{deal}", get(pages::deal))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(doors::check_query))
        .layer(from_fn_with_state(app.clone(), doors::limit))
        .layer(from_fn_with_state(app.clone(), doors::check_token))
        .layer(from_fn(doors::refuse_beyond_limit));
    let metrics = std::sync::Arc::clone(&app.metrics);
    let on_panic = move |_: Box<dyn std::any::Any + Send>| -> Response {
        metrics.panicked();
        Code::Internal.because("a handler panicked; the service goes on").into_response()
    };
    Router::new()
        // A kubelet has no token; these two say nothing but yes and no, whatever else stands in the address: a probe that is
        // refused ends a service that is well.
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .merge(guarded)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(app.clone(), doors::check_host))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(map_response(as_problem))
        .layer(from_fn(pages::problem_as_page))
        .layer(map_response(harden))
        .layer(from_fn_with_state(app.clone(), leave))
        .layer(from_fn_with_state(app.clone(), unread::read_and_forget))
        .layer(from_fn_with_state(app.clone(), trace::observe))
        .with_state(app)
}

/// Whether the process lives: true from the first moment to the last.
#[utoipa::path(get, path = "/livez", tag = "health", responses((status = 200, description = "It lives.", body = StatusOut)))]
pub async fn livez() -> Json<StatusOut> {
    Json(StatusOut { status: "live" })
}

/// Whether requests are scored: after the start and after an error, a real score says so.
#[utoipa::path(get, path = "/readyz", tag = "health", responses(
    (status = 200, description = "It scores.", body = StatusOut),
    (status = 503, description = "It does not, and why.", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn readyz(State(app): State<App>) -> Result<Json<StatusOut>, Problem> {
    app.ready().await?;
    Ok(Json(StatusOut { status: "ready" }))
}

/// The counts, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", responses(
    (status = 200, description = "Prometheus' text form.", body = String, content_type = "text/plain"),
    (status = "4XX", description = "The request was refused.", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.write(&app.now().await))
}

async fn openapi_json() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi::document())
}

async fn docs() -> Html<String> {
    Html(openapi::page())
}

async fn not_found() -> Problem {
    Code::NotFound.because("/docs lists what there is")
}

async fn method_not_allowed() -> Problem {
    Code::MethodNotAllowed.because("/docs lists the methods of each path")
}

/// What axum or a layer refuses in words of its own, in our words.
async fn as_problem(response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() || response.extensions().get::<Code>().is_some() {
        return response;
    }
    match status {
        StatusCode::NOT_FOUND => not_found().await.into_response(),
        _ if status.is_client_error() => {
            Code::BadRequest.because("a part of the address does not fit; /docs has the forms").into_response()
        }
        _ => Code::Internal.because("the service goes on").into_response(),
    }
}

/// Tells clients of a service that ends to come back by another connection, and so to another instance: on one that is closed
/// under them they would lose what they are sending.
async fn leave(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if app.phase() != Phase::Serving {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What every answer carries: no guessing of types, no frames, no scripts but a page's own, no copies in caches.
async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
