//! What is kept, judged, shown and erased.

use std::path::Path;

use dealtone::{serve::Options, team::Team};
use serde_json::{Value, json};

use crate::{
    client::{Connection, JSON, get, post},
    fake::{Delay, Service, quick},
};

fn delete(service: &Service, path: &str) -> (u16, Value) {
    let answer = Connection::open(service.address).ask("DELETE", path, &[], b"");
    (answer.status, answer.json())
}

fn keeping(folder: &Path) -> Service {
    let team = Team { our_domains: vec!["us.example".into()], ..Team::default() };
    let options = Options { store: Some(folder.join("store")), team, ..quick() };
    Service::start(options, 2, Delay::default())
}

fn conversation(id: &str, deal: &str, words: &[&str]) -> Value {
    let turns: Vec<Value> = words.iter().map(|text| json!({"speaker": "Ann", "side": "buyer", "text": text})).collect();
    json!({"id": id, "deal": deal, "channel": "call", "started_at": "2026-05-18T14:00:00Z", "turns": turns})
}

fn send(service: &Service, body: &Value) -> (u16, Value) {
    let answer = post(service.address, "/v1/conversations", &body.to_string());
    (answer.status, answer.json())
}

const MAIL: &str = "From: Ann Rivera <ann@buyer.example>\r\nTo: Tom Hall <tom@us.example>\r\nDate: Mon, 18 May 2026 10:00:00 +0000\r\n\
Subject: Offer\r\nMessage-ID: <1@buyer.example>\r\nContent-Type: text/plain\r\n\r\nThe price is too high for us this year.\r\n";

#[test]
fn a_conversation_is_kept_once_judged_shown_and_erased() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    let first = conversation("acme/1", "acme", &["we like it", "too expensive"]);
    let (status, kept) = send(&service, &first);
    assert_eq!((status, &kept["conversations"][0]["outcome"]), (201, &json!("new")), "{kept}");
    assert_eq!(kept["conversations"][0]["scores"].as_array().unwrap().len(), 2);
    let runs = service.rows.load(std::sync::atomic::Ordering::SeqCst);
    let (status, again) = send(&service, &first);
    assert_eq!((status, &again["conversations"][0]["outcome"]), (200, &json!("same")));
    assert_eq!(again["conversations"][0]["scores"], kept["conversations"][0]["scores"]);
    assert_eq!(service.rows.load(std::sync::atomic::Ordering::SeqCst), runs, "it was not scored again");
    let (_, replaced) = send(&service, &conversation("acme/1", "acme", &["we like it"]));
    assert_eq!(replaced["conversations"][0]["outcome"], "replaced");
    assert_eq!(replaced["conversations"][0]["revision"], 1);
    let (_, late) = send(&service, &first);
    assert_eq!(late["conversations"][0]["outcome"], "superseded");
    assert_eq!(late["conversations"][0]["scores"].as_array().unwrap().len(), 1, "of what stands");

    send(&service, &conversation("acme/2", "acme", &["good"]));
    send(&service, &conversation("b/1", "b & <co>", &["good"]));
    let list = get(service.address, "/v1/deals").json();
    assert_eq!(list["deals"][0]["deal"], "acme");
    assert_eq!(list["deals"][0]["conversations"], 2);
    let page = get(service.address, "/v1/deals?limit=1").json();
    assert_eq!(page["next"], "acme");
    assert_eq!(get(service.address, "/v1/deals?limit=1&after=acme").json()["deals"][0]["deal"], "b & <co>");
    let report = get(service.address, "/v1/deals/acme?as_of=2026-06-01").json();
    assert_eq!(report["deal"], "acme");
    assert_eq!(report["provenance"]["model"], "acme/fake");
    let held = get(service.address, "/v1/conversations/acme%2F1").json();
    assert_eq!(held["conversation"]["turns"][0]["text"], "we like it");

    let list = get(service.address, "/").text();
    assert!(list.contains("b &amp; &lt;co&gt;") && list.contains("/deals/b%20%26%20%3Cco%3E"), "{list}");
    let page = get(service.address, "/deals/b%20%26%20%3Cco%3E");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));

    assert_eq!(delete(&service, "/v1/conversations/acme%2F1"), (200, json!({"conversations": 1})));
    assert_eq!(delete(&service, "/v1/conversations/acme%2F1").0, 404);
    assert_eq!(get(service.address, "/v1/conversations/acme%2F1").status, 404);
    assert_eq!(delete(&service, "/v1/deals/acme"), (200, json!({"conversations": 1})));
    assert_eq!(get(service.address, "/v1/deals/acme").status, 404);
    assert_eq!(get(service.address, "/deals/acme").status, 404);
    let metrics = get(service.address, "/metrics").text();
    assert!(metrics.contains("dealtone_store_conversations 1\n"), "{metrics}");
}

#[test]
fn the_page_of_all_deals_shows_each_judged_in_the_order_of_need_and_follows_what_changes() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    assert!(get(service.address, "/").text().contains("No conversation is kept yet"));
    let put = |deal: &str, crm: Value| {
        let body = crm.to_string();
        Connection::open(service.address).ask("PUT", &format!("/v1/deals/{deal}"), &[JSON], body.as_bytes());
    };
    for deal in ["acme", "brook"] {
        send(&service, &conversation(&format!("{deal}/1"), deal, &["we like it", "too expensive"]));
    }
    let place = |page: &str, name: &str| page.find(&format!("<bdi>{name}</bdi></a>")).expect("it is listed");
    // A deal that has ended stands below one that is open.
    for (ended, open) in [("acme", "brook"), ("brook", "acme")] {
        put(ended, json!({"stage": "Closed Won", "name": format!("{ended}, won")}));
        put(open, json!({"name": format!("{open}, open"), "type": "renewal"}));
        let kept = get(service.address, &format!("/v1/deals/{open}")).json();
        assert_eq!(kept["crm"]["kind"], "renewal", "it is called so in deals.csv");
        for _ in 0..2 {
            let page = get(service.address, "/").text();
            let (first, second) = (place(&page, &format!("{open}, open")), place(&page, &format!("{ended}, won")));
            assert!(first < second, "{page}");
            let order = get(service.address, "/v1/attention").json();
            let deals = order["deals"].as_array().unwrap();
            let names: Vec<&str> = deals.iter().map(|deal| deal["deal"].as_str().unwrap()).collect();
            assert_eq!((names, &deals[1]["attention"]["rank"]), (vec![open, ended], &json!(2)), "{order}");
            assert!(page.contains("Won, says the CRM.") && page.contains("What deserves an hour first"), "{page}");
            assert!(!page.contains("<!-- ") && !page.contains("JavaScript"), "{page}");
        }
    }
    delete(&service, "/v1/deals/acme");
    let page = get(service.address, "/").text();
    assert!(!page.contains("acme") && page.contains("1 deal, 1 conversation"), "{page}");
    assert!(get(service.address, "/deals/brook").text().contains("<a href=\"../\">← All deals</a>"));
}

#[test]
fn a_deal_that_cannot_be_judged_is_listed_and_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    {
        let service = keeping(folder.path());
        send(&service, &conversation("acme/1", "acme", &["a"]));
        send(&service, &conversation("brook/1", "brook", &["a"]));
        use dealtone::store::Store;
        let mut store = dealtone::store::sqlite::SqliteStore::open(&folder.path().join("store")).unwrap();
        let id = dealtone::ConversationId("acme/1".into());
        let mut record = store.conversation(&dealtone::DealId("acme".into()), &id).unwrap().unwrap();
        // Of another model, it is scored again before it is judged; and that fails.
        record.read.turns[0].text = "boom".into();
        record.scored.conversation = record.read.clone();
        record.scored.provenance.model = "an earlier one".into();
        record.scored.provenance.model_sha256 = "0".repeat(64);
        store.put(&[record]).unwrap();
    }
    let service = keeping(folder.path());
    let order = get(service.address, "/v1/attention").json();
    let waiting = json!([{"deal": "acme", "why": "Not judged: the model failed on the text."}]);
    assert_eq!((&order["waiting"], &order["deals"][0]["deal"]), (&waiting, &json!("brook")), "{order}");
    let page = get(service.address, "/").text();
    assert!(page.contains("Not judged: the model failed on the text."), "{page}");
    assert!(page.contains("<bdi>acme</bdi></a>") && page.contains("<bdi>brook</bdi></a>"), "{page}");
    assert_eq!(page.matches("Not judged").count(), 1, "{page}");
}

#[test]
fn a_browser_gets_a_page_where_there_is_nothing_and_a_program_gets_json() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    let browser = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    for (path, home) in [("/deals/nope", "../"), ("/nowhere", "./"), ("/no/where/at", "../../")] {
        let page = Connection::open(service.address).ask("GET", path, &[browser], b"");
        assert_eq!(page.status, 404, "{path}");
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{path}");
        let link = format!("<a href=\"{home}\">← All deals</a>");
        assert!(page.text().contains("There is nothing here") && page.text().contains(&link), "{}", page.text());
        assert_eq!(get(service.address, path).code(), "not_found", "{path}");
    }
    let api = Connection::open(service.address).ask("GET", "/v1/deals/nope", &[browser], b"");
    assert_eq!(api.code(), "not_found");
}

#[test]
fn a_raw_export_is_read_as_the_batch_command_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    let path = "/v1/conversations?deal=acme&file=2026-05-18%20offer.eml";
    let ask =
        || Connection::open(service.address).ask("POST", path, &[("content-type", "message/rfc822")], MAIL.as_bytes());
    let kept = ask();
    assert_eq!(kept.status, 201, "{}", kept.text());
    assert_eq!(kept.json()["conversations"][0]["id"], "acme/2026-05-18 offer.eml");
    assert_eq!(ask().json()["conversations"][0]["outcome"], "same");
    let held = get(service.address, "/v1/conversations/acme%2F2026-05-18%20offer.eml").json();
    assert_eq!(held["conversation"]["channel"], "email");
    assert_eq!(held["conversation"]["turns"][0]["side"], "buyer", "the other side's domain is ours");
    for (query, body, status, code) in [
        ("?file=a.eml", MAIL, 400, "bad_request"),
        ("?deal=acme&file=../a.eml", MAIL, 400, "bad_request"),
        ("?deal=acme&file=a.bin", "\u{1}\u{2}\u{3}", 422, "unreadable"),
        ("?deal=acme&file=a.vtt", "", 422, "unreadable"),
    ] {
        let answer = post(service.address, &format!("/v1/conversations{query}"), body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{query}: {}", answer.text());
    }
}

#[test]
fn what_cannot_be_a_conversation_is_refused_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    let plain = conversation("1", "d", &["a"]);
    let with = |key: &str, value: Value| {
        let mut body = plain.clone();
        body[key] = value;
        body
    };
    for (what, body, code) in [
        ("no id", with("id", json!("")), "bad_request"),
        ("a long id", with("id", json!("x".repeat(600))), "bad_request"),
        ("a control character", with("deal", json!("a\nb")), "bad_request"),
        ("another channel", with("channel", json!("fax")), "bad_request"),
        ("no moment", with("started_at", json!("yesterday")), "bad_request"),
        ("backwards", with("turns", json!([{"speaker": "a", "text": "b", "start_ms": 5, "end_ms": 4}])), "bad_request"),
        (
            "since 1970",
            with("turns", json!([{"speaker": "a", "text": "b", "start_ms": 5, "end_ms": u64::MAX}])),
            "bad_request",
        ),
        ("a huge revision", with("revision", json!(u64::MAX)), "bad_request"),
        ("too many turns", with("turns", json!(vec![json!({"speaker": "", "text": ""}); 20_001])), "too_many_texts"),
        ("a failing model", with("turns", json!([{"speaker": "a", "text": "boom"}])), "scoring_failed"),
    ] {
        let (status, answer) = send(&service, &body);
        assert!(status >= 400, "{what}: {answer}");
        assert_eq!(answer["code"], code, "{what}: {answer}");
    }
    assert_eq!(get(service.address, "/v1/deals").json()["deals"], json!([]));
}

#[test]
fn the_crm_speaks_for_a_deal_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    let put = |body: Value| {
        Connection::open(service.address).ask("PUT", "/v1/deals/acme", &[JSON], body.to_string().as_bytes())
    };
    let crm = json!({
        "account": "Acme", "amount": 12000.5, "status": "open", "close_date": "2026-07-01", "contacts": [{"name": "Ann"}],
    });
    assert_eq!(put(crm.clone()).status, 201);
    assert_eq!(put(crm).status, 200);
    assert_eq!(put(json!({"acount": "Acme"})).code(), "bad_request");
    let refused = put(json!({"close_date": "30.06.2026"})).json();
    assert_eq!(refused["detail"], "close_date (line 1, column 26): expected a day as 2026-06-30");
    let report = get(service.address, "/v1/deals/acme").json();
    assert_eq!(report["crm"]["account"], "Acme");
    assert_eq!(report["crm"]["status"], "open");
    assert_eq!(put(report["crm"].clone()).status, 200, "what a report says can be sent back");
    assert_eq!(put(json!({"status": "perhaps"})).code(), "bad_request");
    send(&service, &conversation("1", "acme", &["a"]));
    assert_eq!(delete(&service, "/v1/deals/acme"), (200, json!({"conversations": 1})));
    assert_eq!(get(service.address, "/v1/deals/acme").status, 404);
}

#[test]
fn without_a_store_it_says_so() {
    let service = Service::plain();
    for (method, path) in
        [("GET", "/v1/deals"), ("GET", "/v1/deals/a"), ("DELETE", "/v1/deals/a"), ("DELETE", "/v1/conversations/a")]
    {
        let answer = Connection::open(service.address).ask(method, path, &[], b"");
        assert_eq!((answer.status, answer.code().as_str()), (501, "no_store"), "{method} {path}");
    }
    assert_eq!(post(service.address, "/v1/conversations", &conversation("1", "d", &[]).to_string()).code(), "no_store");
    assert!(get(service.address, "/").text().contains("--store"));
}

#[test]
fn the_same_delivery_from_many_at_once_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let service = keeping(folder.path());
    let body = conversation("acme/1", "acme", &["a", "b"]);
    let (address, body) = (service.address, body.to_string());
    let send = || post(address, "/v1/conversations", &body).json();
    let outcomes: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|_| scope.spawn(send)).collect();
        let outcome = |kept: Value| kept["conversations"][0]["outcome"].as_str().unwrap_or_default().to_owned();
        all.into_iter().map(|thread| outcome(thread.join().unwrap())).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "new").count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| ["new", "same"].contains(&outcome.as_str())), "{outcomes:?}");
    assert_eq!(get(service.address, "/v1/deals").json()["deals"][0]["conversations"], 1);
}

#[test]
fn what_another_model_scored_is_scored_again_when_it_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let (scored, other) = {
        let service = keeping(folder.path());
        send(&service, &conversation("acme/1", "acme", &["a", "b"]));
        let held = get(service.address, "/v1/conversations/acme%2F1").json();
        let mut other = dealtone::store::sqlite::SqliteStore::open(&folder.path().join("store")).unwrap();
        use dealtone::store::Store;
        let id = dealtone::ConversationId("acme/1".into());
        let mut record = other.conversation(&dealtone::DealId("acme".into()), &id).unwrap().unwrap();
        record.scored.provenance.model = "an earlier one".into();
        record.scored.provenance.model_sha256 = "0".repeat(64);
        record.scored.utterances.clear();
        other.rescore(&[record]).unwrap();
        (held, get(service.address, "/v1/conversations/acme%2F1").json())
    };
    assert_ne!(scored, other);
    let service = keeping(folder.path());
    assert_eq!(get(service.address, "/v1/deals/acme").json()["provenance"]["model"], "acme/fake");
    assert_eq!(get(service.address, "/v1/conversations/acme%2F1").json(), scored);
}
