//! What the query of an address says: a day of judgement, and nothing that is misspelt.

use serde_json::json;

use crate::{
    client::{Connection, JSON, get, post},
    kept::{keeping, start},
};

#[test]
fn a_parameter_that_an_address_does_not_take_or_that_does_not_fit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let other = "the query has a parameter that this address does not take; it takes ";
    for (path, detail) in [
        ("/v1/deals/acme?as_off=2020-01-01", format!("{other}as_of (a day as 2026-06-12, or today)")),
        ("/v1/attention?limit=1", format!("{other}as_of (a day as 2026-06-12, or today)")),
        ("/?as_off=2020-01-01", format!("{other}as_of (a day as 2026-06-12, or today)")),
        ("/deals/acme?as_of=CANARY", "as_of: expected a day as 2026-06-12, or today".into()),
        ("/v1/deals/acme?as_of=today&as_of=today", "as_of: it stands in the query twice".into()),
        ("/v1/deals?lmit=1", format!("{other}after (a deal's name), limit (a whole number, 1 to 1000)")),
        ("/v1/deals?limit=x", "limit: expected a whole number, 1 to 1000".into()),
        ("/v1/conversations", "deal: it must be in the query, a deal's name".into()),
        ("/v1/conversations/1?dael=acme", format!("{other}deal (a deal's name)")),
    ] {
        let answer = get(service.address, path);
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{path}: {}", answer.text());
        assert_eq!(answer.json()["detail"], detail, "{path}");
    }
}

/// `DELETE /v1/deals/acme?id=call-1` erased all of the deal.
#[test]
fn what_takes_no_parameters_does_nothing_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let talk = json!({"id": "1", "deal": "acme", "turns": [{"speaker": "Ann", "text": "We like it."}]}).to_string();
    assert_eq!(post(service.address, "/v1/conversations", &talk).status, 201);
    let texts = r#"{"texts":["a"]}"#;
    let tensor = r#"{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]}"#;
    for (method, path, body) in [
        ("DELETE", "/v1/deals/acme", ""),
        ("PUT", "/v1/deals/acme", r#"{"stage":"Won"}"#),
        ("POST", "/v1/score", texts),
        ("POST", "/predict", r#"{"inputs":"a"}"#),
        ("POST", "/v2/models/dealtone/infer", tensor),
        ("GET", "/v1/model", ""),
        ("GET", "/info", ""),
        ("GET", "/v2", ""),
        ("GET", "/v2/models/dealtone", ""),
        ("GET", "/docs", ""),
        ("GET", "/openapi.json", ""),
    ] {
        let ask = |path: &str| Connection::open(service.address).ask(method, path, &[JSON], body.as_bytes());
        let refused = ask(&format!("{path}?id=1"));
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_request"), "{method} {path}");
        let detail = "the query has a parameter that this address does not take; it takes none";
        assert_eq!(refused.json()["detail"], detail, "{method} {path}");
        if method != "DELETE" {
            assert!(ask(path).status < 300, "{method} {path}");
        }
    }
    assert_eq!(get(service.address, "/v1/conversations/1").status, 200, "nothing was erased");
    for probe in [
        "/livez?verbose",
        "/readyz?x=1",
        "/health?t=1",
        "/v2/health/live?t=1",
        "/v2/health/ready?t=1",
        "/v2/models/dealtone/ready?t=1",
        "/metrics?format=prometheus",
    ] {
        assert_eq!(get(service.address, probe).status, 200, "{probe}");
    }
}

/// Judged as of its latest interaction, no deal has ever been silent.
#[test]
fn the_list_and_its_deals_are_judged_as_of_the_day_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let talk = json!({
        "id": "1", "deal": "quiet", "started_at": "2020-03-01T10:00:00Z",
        "turns": [{"speaker": "Ann", "side": "buyer", "text": "Thanks, we think about it and come back."}],
    });
    assert_eq!(post(service.address, "/v1/conversations", &talk.to_string()).status, 201);
    let page = |path: &str| get(service.address, path).text();
    let plain = page("/");
    assert!(plain.contains("?as_of=today") && plain.contains("1 Mar 2020"), "{plain}");
    for path in ["/?as_of=2020-06-01", "/?as_of=2020-06-01"] {
        let asked = page(path);
        assert!(asked.contains("1 Jun 2020") && asked.contains("./deals/quiet?as_of=2020-06-01"), "{asked}");
        assert!(!asked.contains("add ?as_of=today"), "{asked}");
    }
    assert_eq!(page("/"), plain, "what is remembered of another day is not shown");
    let silent = |path: &str| get(service.address, path).json()["readings"]["days_since_buyer"]["value"].as_f64();
    assert_eq!(silent("/v1/deals/quiet"), Some(0.0));
    assert!(silent("/v1/deals/quiet?as_of=today").unwrap() > 2000.0);
    drop(service);

    let options = dealtone::serve::Options { as_of: Some("2020-06-01".parse().unwrap()), ..keeping(folder.path()) };
    let service = crate::fake::Service::start(options, 1, crate::fake::Delay::default());
    assert!(get(service.address, "/").text().contains("1 Jun 2020"));
    assert!(get(service.address, "/deals/quiet?as_of=2020-05-01").text().contains("1 May 2020"));
}
