//! What is kept counts as in the batch command: messages once, people by their names, stages by their habit; and no name
//! becomes another.

use std::{
    io::{Cursor, Write},
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use dealtone::{serve::Options, team::Team};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Connection, JSON, get, post},
    fake::{Delay, Service, quick},
};

/// A service's options with a store in `folder` and a domain of ours.
pub fn keeping(folder: &Path) -> Options {
    let team = Team { our_domains: vec!["us.example".into()], ..Team::default() };
    Options { store: Some(folder.join("store")), team, ..quick() }
}

/// A quick service with those options.
pub fn start(folder: &Path) -> Service {
    Service::start(keeping(folder), 2, Delay::default())
}

fn export(address: SocketAddr, query: &str, body: &[u8]) -> Answer {
    Connection::open(address).ask("POST", &format!("/v1/conversations?{query}"), &[], body)
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, words) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(words.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn mail(id: &str, words: &str) -> String {
    format!(
        "From: Ann Rivera <ann@buyer.example>\r\nTo: Tom Hall <tom@us.example>\r\nDate: Mon, 18 May 2026 10:00:00 +0000\r\n\
         Subject: Offer\r\nMessage-ID: <{id}@buyer.example>\r\n\r\n{words}\r\n"
    )
}

fn put(service: &Service, deal: &str, crm: &Value) -> Answer {
    let path = format!("/v1/deals/{deal}");
    Connection::open(service.address).ask("PUT", &path, &[JSON], crm.to_string().as_bytes())
}

#[test]
fn a_message_that_two_people_export_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let words = mail("1", "The price is too high for us this year.");
    assert_eq!(export(service.address, "deal=acme&file=tom.eml", words.as_bytes()).status, 201);
    let one = get(service.address, "/v1/deals/acme").json();
    let again = zip(&[("ann.eml", &words), ("bob.eml", &words), ("other.eml", &mail("2", "Send me the contract."))]);
    let kept = export(service.address, "deal=acme&file=inbox.zip", &again).json();
    assert_eq!(kept["conversations"].as_array().unwrap().len(), 3, "{kept}");
    // By name it is the first of three, so the one in the archive that comes first counts.
    let told = kept["skipped"].as_array().unwrap();
    assert!(told.iter().all(|loss| loss["code"] == "duplicate"), "{kept}");
    let told: Vec<&str> = told.iter().map(|loss| loss["file"].as_str().unwrap()).collect();
    assert_eq!(told, ["acme/inbox.zip!/bob.eml", "acme/tom.eml"], "and so is what was there: {kept}");
    let three = get(service.address, "/v1/deals/acme").json();
    assert_eq!(one["coverage"]["conversations"], json!(1), "{one}");
    assert_eq!(three["coverage"]["conversations"], json!(2), "{three}");
    // All of them are there to be given back and erased.
    let list = get(service.address, "/v1/conversations?deal=acme").json();
    let ids: Vec<&str> = list["conversations"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["acme/inbox.zip!/ann.eml", "acme/inbox.zip!/bob.eml", "acme/inbox.zip!/other.eml", "acme/tom.eml"]
    );
    assert_eq!(list["conversations"][0]["channel"], "email");
    assert_eq!(get(service.address, "/v1/conversations?deal=nowhere").code(), "not_found");
}

#[test]
fn people_whom_another_file_of_the_archive_lists_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let users = r#"[{"id":"U1","name":"tom","profile":{"real_name":"Tom Hall","email":"tom@us.example"}},
        {"id":"U2","name":"ann","profile":{"real_name":"Ann Rivera","email":"ann@buyer.example"}}]"#;
    let room = r#"[{"type":"message","user":"U2","text":"Too dear for us.","ts":"1779112800.000100"},
        {"type":"message","user":"U1","text":"Let me ask.","ts":"1779112860.000100"}]"#;
    let slack = zip(&[("users.json", users), ("deal-room/2026-05-18.json", room)]);
    let kept = export(service.address, "deal=acme&file=slack.zip", &slack);
    assert_eq!(kept.status, 201, "{}", kept.text());
    let id = kept.json()["conversations"][0]["id"].as_str().unwrap().replace('/', "%2F");
    let held = get(service.address, &format!("/v1/conversations/{id}")).json();
    let turns = &held["conversation"]["turns"];
    assert_eq!((&turns[0]["speaker"], &turns[0]["side"]), (&json!("Ann Rivera"), &json!("buyer")), "{held}");
    assert_eq!((&turns[1]["speaker"], &turns[1]["side"]), (&json!("Tom Hall"), &json!("seller")));
    let alone = export(service.address, "deal=acme&file=users.json", users.as_bytes());
    assert!(alone.status == 422 && alone.text().contains("in one archive with the conversations"), "{}", alone.text());
}

#[test]
fn a_stage_is_held_against_the_habit_of_all_deals() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let crm = |since: &str| json!({"stage": "Proposal", "stage_since": since, "as_of": "2026-05-22"});
    assert_eq!(put(&service, "s0", &crm("2026-05-01")).status, 201);
    let usual = || get(service.address, "/v1/deals/s0").json()["crm"]["stage_usual_days"].clone();
    assert_eq!(usual(), Value::Null, "one deal is no habit");
    for n in 1..6 {
        put(&service, &format!("s{n}"), &crm("2026-05-18"));
    }
    assert_eq!(usual(), json!(4.0));
    assert_eq!(get(service.address, "/").status, 200);
}

#[test]
fn a_day_that_stands_for_no_day_is_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    assert_eq!(export(service.address, "deal=acme&file=a.eml", mail("1", "Too dear.").as_bytes()).status, 201);
    for day in ["9999-12-31", "9999-12-30", "0001-01-01", "-009999-01-01"] {
        let crm = json!({"as_of": day, "close_date": day, "stage": "Proposal", "stage_since": day});
        assert_eq!(put(&service, "acme", &crm).status, if day == "9999-12-31" { 201 } else { 200 });
        for path in ["/v1/deals/acme", "/deals/acme", "/"] {
            assert_eq!(get(service.address, path).status, 200, "{path} with {day}");
        }
        assert_eq!(get(service.address, &format!("/v1/deals/acme?as_of={day}")).status, 200, "{day}");
    }
}

#[test]
fn no_name_becomes_another() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let call = b"Ann: Hello there.\nTom: Hello.\n";
    for (query, id) in [
        ("deal=a%2Fb&file=c.txt", "a%2Fb/c.txt"),
        ("deal=a&file=b%2Fc.txt", "a/b/c.txt"),
        ("deal=M%C3%BCller&file=c.txt", "Müller/c.txt"),
    ] {
        let kept = export(service.address, query, call);
        assert_eq!((kept.status, &kept.json()["conversations"][0]["id"]), (201, &json!(id)), "{query}");
    }
    // In another encoding two names would become one.
    for query in ["deal=M%FCller&file=c.txt", "deal=M%F6ller&file=c.txt"] {
        let refused = export(service.address, query, call);
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_request"), "{query}");
        assert!(refused.text().contains("UTF-8"), "{}", refused.text());
    }
    assert_eq!(get(service.address, "/v1/deals?after=%FF").status, 400);
    for name in [".", ".."] {
        assert_eq!(export(service.address, &format!("deal={name}&file=c.txt"), call).status, 400, "{name}");
    }
    let names: Vec<String> = get(service.address, "/v1/deals").json()["deals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deal| deal["deal"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["Müller", "a", "a/b"]);
}

#[test]
fn two_versions_of_a_conversation_in_one_request_keep_their_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let line = |revision: u64, words: &str| {
        let turns = json!([{"speaker": "Ann", "text": words}]);
        json!({"id": "x", "deal": "acme", "channel": "call", "turns": turns, "revision": revision}).to_string()
    };
    let lines = [line(5, "the later words"), line(3, "the earlier words")].join("\n");
    let kept = export(service.address, "deal=acme&file=c.jsonl", lines.as_bytes());
    assert!(kept.status < 300, "{}", kept.text());
    let id = kept.json()["conversations"][0]["id"].as_str().unwrap().replace('/', "%2F");
    let held = get(service.address, &format!("/v1/conversations/{id}")).json();
    assert_eq!(held["conversation"]["turns"][0]["text"], "the later words", "{held}");
}

#[test]
fn a_file_that_is_named_as_if_it_lay_outside_its_archive_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let archive = zip(&[("../a.eml", &mail("1", "Too dear.")), ("b.eml", &mail("2", "Fine."))]);
    let kept = export(service.address, "deal=acme&file=inbox.zip", &archive).json();
    assert_eq!(kept["conversations"].as_array().map(Vec::len), Some(1), "{kept}");
    assert_eq!(kept["skipped"][0]["code"], "bad_zip", "{kept}");
}

/// What was let in is finished: an export is one request, however many conversations it holds.
#[test]
fn an_export_that_was_begun_is_finished_whatever_comes_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let queue = dealtone::queue::Limits { max_wait: Duration::from_millis(1), token_budget: 8, ..Default::default() };
    let delay = Delay { run: Duration::from_millis(20), ..Delay::default() };
    let service = Service::start(Options { queue, ..keeping(folder.path()) }, 1, delay);
    let mails: Vec<(String, String)> =
        (0..12).map(|n| (format!("{n}.eml"), mail(&n.to_string(), "One two three four five six."))).collect();
    let mails: Vec<(&str, &str)> = mails.iter().map(|(name, words)| (name.as_str(), words.as_str())).collect();
    let archive = zip(&mails);
    let (address, rows, done) = (service.address, &service.rows, AtomicBool::new(false));
    let kept = std::thread::scope(|scope| {
        let export = scope.spawn(|| {
            let kept = export(address, "deal=acme&file=inbox.zip", &archive);
            done.store(true, Ordering::SeqCst);
            kept
        });
        while rows.load(Ordering::SeqCst) == 0 && !done.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        for _ in 0..6 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    post(address, "/v1/score", r#"{"texts":["a b c d e f g h"]}"#);
                }
            });
        }
        export.join().unwrap()
    });
    assert_eq!(kept.status, 201, "{}", kept.text());
}

#[test]
fn a_store_that_another_process_holds_keeps_nobody_from_reading_and_scoring() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let conversation = |id: &str| {
        json!({"id": id, "deal": "acme", "channel": "call", "turns": [{"speaker": "Ann", "text": "hello"}]}).to_string()
    };
    assert_eq!(post(service.address, "/v1/conversations", &conversation("0")).status, 201);
    let other = rusqlite::Connection::open(folder.path().join("store")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let address = service.address;
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..4)
            .map(|n| {
                let body = conversation(&n.to_string());
                scope.spawn(move || post(address, "/v1/conversations", &body).status)
            })
            .collect();
        std::thread::sleep(Duration::from_millis(200));
        let long = json!({ "texts": vec!["more than we can do this year ".repeat(40); 20] }).to_string();
        let began = Instant::now();
        assert_eq!(post(service.address, "/v1/score", &long).status, 200);
        for path in ["/v1/deals", "/v1/deals/acme", "/metrics"] {
            assert_eq!(get(service.address, path).status, 200, "{path}");
        }
        let took = began.elapsed();
        other.execute_batch("ROLLBACK").unwrap();
        assert!(took < Duration::from_secs(3), "{took:?}: they waited for the store");
        for writer in writers {
            assert_eq!(writer.join().unwrap(), 201);
        }
    });
}
