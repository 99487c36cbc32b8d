//! The OpenAPI document, made from the types and handlers, and a page that shows it to people.

use std::{fmt::Write, sync::OnceLock};

use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    attention, conversations, deals,
    doors::{DEADLINE_HEADER, MAX_WISH_MS},
    kept, kserve,
    problem::CODES,
    routes, score, tei,
};
use crate::report::schema::named;

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "dealtone",
        description = "Scores what was said in sales conversations for sentiment and intent, and keeps deals with their risk flags, on your own machine."
    ),
    paths(
        score::score,
        score::model,
        conversations::post,
        kept::list,
        kept::get,
        kept::delete,
        deals::list,
        deals::get,
        deals::put,
        deals::delete,
        attention::get,
        routes::livez,
        routes::readyz,
        routes::metrics,
        tei::predict,
        tei::info,
        tei::health,
        kserve::server,
        kserve::live,
        kserve::ready,
        kserve::metadata,
        kserve::model_ready,
        kserve::infer,
    ),
    tags(
        (name = "scoring", description = "Texts in, scores out; nothing is kept."),
        (name = "deals", description = "Conversations are kept, and deals are judged from them."),
        (name = "health", description = "Whether the service lives, is ready, and what it did."),
        (name = "compatible", description = "What clients of text-embeddings-inference and of KServe's V2 protocol ask.")
    ),
    modifiers(&BearerToken),
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The service's token, where it was started with one."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        // A token or nothing: whether one is needed is the operator's choice at start.
        let either = [
            openapi::SecurityRequirement::default(),
            openapi::SecurityRequirement::new::<_, [&str; 0], &str>("token", []),
        ];
        document.security = Some(either.into());
    }
}

/// The document as JSON.
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        // Made of constants; a test makes it.
        let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
        for (name, schema, place) in PUBLISHED {
            let Some(published) = named(schema) else { continue };
            let mut shape = (published.schema)();
            if let Some(shape) = shape.as_object_mut() {
                // Names of a document of its own, which it is not here.
                shape.retain(|key, _| !key.starts_with('$'));
            }
            if *schema == "conversation" {
                // What comes without a file has no other name; and what is given back has one.
                shape["required"] = json!(["id", "turns"]);
            }
            document["components"]["schemas"][name] = shape;
            if let Some(there) = document.pointer_mut(place) {
                *there = json!({ "$ref": format!("#/components/schemas/{name}") });
            }
        }
        say_what_parameters_are(&mut document);
        name_versions(&mut document);
        name_root(&mut document);
        name_operations(&mut document);
        offer_deadlines(&mut document);
        serde_json::to_string_pretty(&document).unwrap_or_default()
    })
}

/// A parameter is there or not; it is never the word `null`, as the schema of an `Option` would have it.
fn say_what_parameters_are(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = paths.filter_map(Value::as_object_mut).flat_map(|path| path.values_mut());
    for parameter in operations.filter_map(|o| o.get_mut("parameters")?.as_array_mut()).flatten() {
        if let Some(kind) = parameter.pointer_mut("/schema/type")
            && let Some(only) = kind.as_array().and_then(|kinds| kinds.iter().find(|kind| *kind != "null")).cloned()
        {
            *kind = only;
        }
    }
}

/// What is there of a model is there of its one version too, at an address of its own.
fn name_versions(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    let model = "/v2/models/{model}";
    let of_model: Vec<(String, Value)> = paths
        .iter()
        .filter_map(|(path, item)| {
            let rest = path.strip_prefix(model)?;
            Some((format!("{model}/versions/{{version}}{rest}"), item.clone()))
        })
        .collect();
    let version = json!({
        "name": "version", "in": "path", "required": true, "description": "The model's version: 1.",
        "schema": { "type": "string" },
    });
    for (path, mut item) in of_model {
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            if let Some(parameters) = operation["parameters"].as_array_mut() {
                parameters.push(version.clone());
            }
        }
        paths.insert(path, item);
    }
}

/// Clients of text-embeddings-inference that are given an address without a path ask there.
fn name_root(document: &mut Value) {
    let predict = document["paths"]["/predict"]["post"].clone();
    document["paths"]["/"] = json!({ "post": predict });
}

/// Each operation by a name of its own, as `get_v1_deals_deal`: clients that are made of the document name their calls by it,
/// and the names of our handlers repeat.
fn name_operations(document: &mut Value) {
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        let words: Vec<&str> = path.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let place = if words.is_empty() { "root".to_owned() } else { words.join("_") };
            operation["operationId"] = format!("{method}_{place}").into();
        }
    }
}

/// A client may say of any request how long it will wait; the two probes that answer at once have no use for it.
fn offer_deadlines(document: &mut Value) {
    let deadline = json!({
        "name": DEADLINE_HEADER, "in": "header", "required": false,
        "description": "Milliseconds that the client will wait at most.",
        "schema": { "type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_WISH_MS },
    });
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        if ["/livez", "/readyz"].contains(&path.as_str()) {
            continue;
        }
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            match operation["parameters"].as_array_mut() {
                Some(there) => there.push(deadline.clone()),
                None => operation["parameters"] = json!([deadline]),
            }
        }
    }
}

/// Shapes that `dealtone schema` publishes: their name here and there, and where they stand.
const PUBLISHED: &[(&str, &str, &str)] = &[
    ("Conversation", "conversation", "/paths/~1v1~1conversations/post/requestBody/content/application~1json/schema"),
    ("Conversation", "conversation", "/components/schemas/ConversationOut/properties/conversation"),
    ("DealReport", "deals", "/paths/~1v1~1deals~1{deal}/get/responses/200/content/application~1json/schema"),
];

/// The document as a page of its own: no script, nothing loaded from anywhere.
pub fn page() -> String {
    let document: Value = serde_json::from_str(document()).unwrap_or_default();
    let mut out = String::from(HEAD);
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(out, "<h2>{}</h2><p>{}</p>", escape(name), text(&tag["description"]));
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if operation["tags"][0] == *name {
                    write_operation(&mut out, method, path, operation);
                }
            }
        }
    }
    out.push_str("<h2>shapes</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(
            out,
            "<details id=\"{0}\"><summary><code>{0}</code> {1}</summary><pre>{2}</pre></details>",
            escape(name),
            text(&schema["description"]),
            escape(&serde_json::to_string_pretty(schema).unwrap_or_default())
        );
    }
    out.push_str("<h2>problems</h2><table><tr><th>code<th>status<th>what it says</tr>");
    for (_, name, status, title) in CODES {
        let _ = write!(out, "<tr><td><code>{name}</code><td>{status}<td>{}</tr>", escape(title));
    }
    out.push_str("</table></main></body></html>");
    out
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>dealtone API</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>\
body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1c2430;background:#fff}main{max-width:56rem;margin:auto;padding:1rem}\
h3{margin:1.5rem 0 .2rem;font-size:1rem}code,pre{font:13px/1.4 ui-monospace,monospace}pre{background:#f3f5f8;padding:.6rem;overflow:auto}\
table{border-collapse:collapse}td,th{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top}b{display:inline-block;min-width:4rem}\
@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}pre{background:#1f252c}a{color:#8ab4f8}}\
</style></head><body><main><h1>dealtone API</h1><p>Made from <a href=\"/openapi.json\">/openapi.json</a>.</p>";

fn write_operation(out: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = write!(
        out,
        "<h3><b>{}</b> <code>{}</code></h3><p>{}</p><table>",
        method.to_uppercase(),
        escape(path),
        text(&operation["summary"])
    );
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let _ = write!(
            out,
            "<tr><td>{} <code>{}</code><td>{}</tr>",
            text(&parameter["in"]),
            text(&parameter["name"]),
            text(&parameter["description"])
        );
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let _ = write!(out, "<tr><td>body<td>{} {}</tr>", escape(kind), link(&content["schema"]));
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let schema = response["content"].as_object().and_then(|content| content.values().next());
        let schema = schema.map(|content| link(&content["schema"])).unwrap_or_default();
        let _ = write!(out, "<tr><td>{}<td>{} {schema}</tr>", escape(status), text(&response["description"]));
    }
    out.push_str("</table>");
}

fn link(schema: &Value) -> String {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    if name.is_empty() { String::new() } else { format!("<a href=\"#{0}\"><code>{0}</code></a>", escape(name)) }
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::payload::BodyLimits;

    #[test]
    fn published_shapes_stand_in_their_places() {
        let document: Value = serde_json::from_str(document()).unwrap();
        for (name, _, place) in PUBLISHED {
            assert_eq!(document.pointer(place).unwrap()["$ref"], format!("#/components/schemas/{name}"), "{place}");
            assert!(document["components"]["schemas"][name]["properties"].is_object(), "{name}");
        }
    }

    #[test]
    fn the_document_states_the_limits_that_stand() {
        let document: Value = serde_json::from_str(document()).unwrap();
        let texts = BodyLimits::default().texts;
        for (shape, place) in [
            ("TextsBody", "/properties/texts/maxItems"),
            ("TurnsBody", "/properties/turns/maxItems"),
            ("Inputs", "/oneOf/2/maxItems"),
        ] {
            let shape = &document["components"]["schemas"][shape];
            assert_eq!(shape.pointer(place), Some(&texts.into()), "{place} of {shape}");
        }
        let limit = document.pointer("/paths/~1v1~1deals/get/parameters/1/schema").unwrap();
        assert_eq!((&limit["default"], &limit["maximum"]), (&deals::PAGE.into(), &deals::MAX_PAGE.into()), "{limit}");
    }

    #[test]
    fn the_document_says_what_a_day_of_judgement_and_a_posted_conversation_are() {
        let document: Value = serde_json::from_str(document()).unwrap();
        let parameters = document.pointer("/paths/~1v1~1deals~1{deal}/get/parameters").unwrap().as_array().unwrap();
        let as_of = parameters.iter().find(|parameter| parameter["name"] == "as_of").unwrap();
        assert_eq!((&as_of["in"], &as_of["required"]), (&json!("query"), &json!(false)), "{as_of}");
        let one_of = json!([{"type": "string", "format": "date"}, {"type": "string", "enum": ["today"]}]);
        assert_eq!(as_of["schema"]["oneOf"], one_of, "{as_of}");
        assert_eq!(document["components"]["schemas"]["Conversation"]["required"], json!(["id", "turns"]));
    }

    #[test]
    fn the_document_names_every_path_and_the_page_shows_it() {
        let document: Value = serde_json::from_str(document()).unwrap();
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        assert!(paths.iter().any(|path| *path == "/v1/score"), "{paths:?}");
        let page = page();
        for path in paths {
            assert!(page.contains(&format!("<code>{}</code>", escape(path))), "{path}");
        }
        assert!(!page.contains("http://") && !page.contains("https://"), "the page loads nothing");
    }
}
