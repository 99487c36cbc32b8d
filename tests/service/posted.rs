//! A conversation that is posted as JSON counts as the same one in an export: people, sides, what lies there twice.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use dealtone::{serve::Options, team::Team};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Connection, JSON, get, post},
    fake::{Delay, Service},
    kept::{keeping, start},
};

fn put(service: &Service, deal: &str, crm: &Value) -> Answer {
    let path = format!("/v1/deals/{deal}");
    Connection::open(service.address).ask("PUT", &path, &[JSON], crm.to_string().as_bytes())
}

fn send(service: &Service, body: &Value) -> Value {
    let answer = post(service.address, "/v1/conversations", &body.to_string());
    assert!(answer.status < 300, "{}", answer.text());
    answer.json()
}

fn call(id: &str, turns: &[(&str, &str)]) -> Value {
    let turns: Vec<Value> = turns.iter().map(|(name, text)| json!({"speaker": name, "text": text})).collect();
    json!({"id": id, "deal": "d", "channel": "call", "turns": turns})
}

const TALK: &[(&str, &str)] = &[
    (
        "Ann Rivera",
        "Thanks for the time today, we looked at the rollout plan and it is more than we can do this quarter.",
    ),
    ("Tom Hall", "That is fair, what if the first site went alone and the other two waited until the autumn release?"),
    ("Ann Rivera", "Then the price is what is left, and I have to take it to our finance team before Friday."),
];

#[test]
fn whoever_speaks_takes_part_and_is_seated() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    put(&service, "d", &json!({"contacts": [{"name": "Ann Rivera"}]}));
    let listed = json!([{"name": "Ann Rivera"}, {"name": "Tom Hall", "email": "Tom@US.example"}]);
    for (id, participants) in [("1", json!([])), ("2", listed)] {
        let mut body = call(id, &[("Ann Rivera", "The price is too high for us."), ("Tom Hall", "Let me see.")]);
        body["participants"] = participants;
        send(&service, &body);
        let held = get(service.address, &format!("/v1/conversations/{id}")).json();
        let sides = [0, 1].map(|turn| held["conversation"]["turns"][turn]["side"].clone());
        assert_eq!(sides, ["buyer", "seller"], "{held}");
        let people = held["conversation"]["participants"].as_array().unwrap();
        assert!(people.len() == 2 && people.iter().all(|person| person["active"] == true), "{held}");
    }
}

/// Whoever counts calls deal by deal has a first one in each.
#[test]
fn an_id_that_another_deal_has_too_costs_neither() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let of = |deal: &str, words: &str| {
        let mut body = call("1", &[("Ann Rivera", words)]);
        body["deal"] = json!(deal);
        body
    };
    for (deal, words) in [("acme", "We sign."), ("beta", "We do not.")] {
        assert_eq!(send(&service, &of(deal, words))["conversations"][0]["outcome"], "new");
        let list = get(service.address, &format!("/v1/conversations?deal={deal}")).json();
        assert_eq!(list["conversations"].as_array().map(Vec::len), Some(1), "{list}");
    }
    let ask = |method: &str, path: &str| Connection::open(service.address).ask(method, path, &[], b"");
    for method in ["GET", "DELETE"] {
        let refused = ask(method, "/v1/conversations/1");
        assert_eq!((refused.status, refused.code().as_str()), (409, "ambiguous_id"), "{}", refused.text());
    }
    let held = ask("GET", "/v1/conversations/1?deal=beta").json();
    assert_eq!(held["conversation"]["turns"][0]["text"], "We do not.");
    assert_eq!(ask("DELETE", "/v1/conversations/1?deal=beta").status, 200);
    assert_eq!(ask("DELETE", "/v1/conversations/1?deal=beta").status, 404);
    assert_eq!(ask("GET", "/v1/conversations/1").json()["conversation"]["deal"], "acme", "one is left");
}

#[test]
fn what_a_line_of_a_file_may_leave_out_may_be_left_out_here() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let post =
        |query: &str, body: &Value| post(service.address, &format!("/v1/conversations{query}"), &body.to_string());
    let turns = json!([{"speaker": "Ann", "text": "We like it."}]);
    let kept = post("?deal=acme", &json!({"id": "1", "started_at": "2026-05-01T10:00:00", "turns": turns}));
    assert_eq!(kept.status, 201, "{}", kept.text());
    let held = get(service.address, "/v1/conversations/1").json()["conversation"].clone();
    assert_eq!([&held["deal"], &held["channel"], &held["started_at"]], ["acme", "call", "2026-05-01T10:00:00Z"]);
    for (query, body, detail) in [
        ("", json!({"id": "1", "turns": turns}), "deal: name it in the body, or in the address as ?deal=NAME"),
        (
            "?deal=acme",
            json!({"turns": turns}),
            "id: a conversation without a file needs one; by it a redelivery is known",
        ),
        (
            "?deal=acme",
            json!({"id": "1", "deal": "beta", "turns": turns}),
            "deal: the body names another one than the address",
        ),
        ("?deal=acme", json!({"id": "2", "turns": []}), "the conversation has no turn with words"),
        (
            "?deal=acme",
            json!({"id": "2", "started_at": "soon", "turns": turns}),
            "started_at: expected a moment as 2026-06-30T14:00:00Z",
        ),
    ] {
        assert_eq!(post(query, &body).json()["detail"], detail, "{query} {body}");
    }
    // As a folder does in an export, the address goes before what a file says.
    let line = json!({"id": "3", "deal": "beta", "turns": turns});
    assert_eq!(post("?deal=acme&file=a.jsonl", &line).json()["conversations"][0]["deal"], "acme");
}

/// Passed over, a misspelt key costs a time or a side, and the deal can be judged no more.
#[test]
fn a_misspelt_key_of_a_conversation_is_refused_with_the_nearest_and_a_column_of_ones_own_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = call("1", &TALK[..1]);
        change(&mut body);
        post(service.address, "/v1/conversations", &body.to_string())
    };
    type Change = &'static dyn Fn(&mut Value);
    let slips: [(Change, &str, &str); 4] = [
        (&|body| body["started"] = json!("2026-06-01T10:00:00Z"), "started", "started_at"),
        (&|body| body["turns"][0]["sid"] = json!("buyer"), "turns[0].sid", "side"),
        (&|body| body["turns"][0]["start"] = json!("5"), "turns[0].start", "start_ms"),
        (&|body| body["participants"] = json!([{"name": "A", "mail": "a@b.example"}]), "participants[0].mail", "email"),
    ];
    for (change, path, known) in slips {
        let refused = with(change);
        assert_eq!((refused.status, refused.code().as_str()), (400, "bad_request"), "{path}");
        let detail = format!("{path:?} is no key of a conversation; did you mean {known:?}?");
        assert_eq!(refused.json()["detail"], detail);
    }
    let both = with(&|body| {
        body["started"] = json!("2026-06-01T10:00:00Z");
        body["turns"][0]["sid"] = json!("buyer");
    });
    assert!(
        ["\"started_at\"?", "\"side\"?"].iter().all(|known| both.json()["detail"].as_str().unwrap().contains(known))
    );
    let own = with(&|body| {
        body["crm_stage"] = json!("Proposal");
        body["source"] = json!("gong");
        body["recording_url"] = json!("https://calls.example/1.mp3");
    });
    assert_eq!(own.status, 201, "{}", own.text());
    let own = own.json();
    let [told] = own["skipped"].as_array().unwrap().as_slice() else { panic!("{own}") };
    assert_eq!((&told["file"], &told["code"]), (&json!("1"), &json!("bad_json")));
    let message =
        "\"recording_url\" is not read, and the conversation was read without it; did you mean \"recording\"?";
    assert_eq!(told["message"], message);
    // What is given back can be sent again.
    let held = get(service.address, "/v1/conversations/1").json()["conversation"].clone();
    assert_eq!(send(&service, &held)["skipped"], json!([]));
}

#[test]
fn what_is_posted_twice_is_told_once_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let skipped = |body: &Value| send(&service, body)["skipped"].clone();
    assert_eq!(skipped(&call("1", TALK)), json!([]));
    let again = skipped(&call("2", TALK));
    assert_eq!((&again[0]["file"], &again[0]["code"]), (&json!("2"), &json!("duplicate")), "{again}");
    assert_eq!(skipped(&call("3", &[("Ann Rivera", "We sign."), ("Tom Hall", "Great.")])), json!([]));
    let mut timed = call("0", TALK);
    (0..TALK.len()).for_each(|turn| timed["turns"][turn]["start_ms"] = json!(turn * 1000 + 1000));
    let told: Vec<String> = skipped(&timed).as_array().unwrap().iter().map(|s| s["file"].to_string()).collect();
    assert_eq!(told, ["\"1\"", "\"2\""], "those that count no further are told, though it is not what came");
}

/// Read by the zone that the team has, a clock shows another moment, and so another call.
#[test]
fn what_is_told_to_count_once_is_what_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = keeping(folder.path());
    let team = Team { zone: "Europe/Berlin".into(), ..options.team.clone() };
    let service = Service::start(Options { team, ..options }, 1, Delay::default());
    let at = |id: &str, started_at: &str, local: bool| {
        // So few words that other calls may have them, too.
        let mut body = call(id, &[("Ann Rivera", "We sign."), ("Tom Hall", "Great, thank you.")]);
        (body["started_at"], body["local_time"]) = (json!(started_at), json!(local));
        body
    };
    let told = |body: &Value| {
        let skipped = send(&service, body)["skipped"].clone();
        skipped.as_array().unwrap().iter().map(|loss| loss["file"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(told(&at("f#2", "2026-05-18T10:00:20Z", true)), none);
    // The file's second comes before its tenth, whatever the letters of both say.
    assert_eq!(told(&at("f#10", "2026-05-18T08:00:20Z", false)), ["f#10"], "the same moment");
    assert_eq!(told(&at("f#3", "2026-05-18T10:00:20Z", false)), none, "two hours later");
    let report = get(service.address, "/v1/deals/d").json();
    assert_eq!(report["coverage"]["conversations"], 2, "{}", report["coverage"]);
}

#[test]
fn what_is_erased_while_the_rest_of_its_export_is_scored_is_not_told_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let ask = |lines: &[(&str, &str)]| {
        let line =
            |(id, text): &(&str, &str)| json!({"id": id, "turns": [{"speaker": "Ann", "text": text}]}).to_string();
        let lines: Vec<String> = lines.iter().map(line).collect();
        let path = "/v1/conversations?deal=d&file=all.jsonl";
        Connection::open(service.address).ask("POST", path, &[], lines.join("\n").as_bytes())
    };
    let outcomes = |answer: &Answer| {
        assert!(answer.status < 300, "{}", answer.text());
        let kept = answer.json()["conversations"].as_array().unwrap().clone();
        kept.iter().map(|kept| kept["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let erase = |id: &str| {
        let path = format!("/v1/conversations/{id}");
        assert_eq!(Connection::open(service.address).ask("DELETE", &path, &[], b"").status, 200, "{id}");
    };
    let both = [("a", "We sign."), ("b", "It is slow indeed.")];
    assert_eq!(outcomes(&ask(&both)), ["new", "new"]);
    assert_eq!(outcomes(&ask(&both)), ["same", "same"]);
    // From here on one of them is there and the other is to be scored.
    erase("b");
    std::thread::scope(|scope| {
        let before = service.rows.load(Ordering::SeqCst);
        let sent = scope.spawn(|| ask(&both));
        while service.rows.load(Ordering::SeqCst) == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        erase("a");
        let refused = sent.join().unwrap();
        assert_eq!((refused.status, refused.code().as_str()), (503, "store_busy"), "{}", refused.text());
        assert_eq!(refused.header("retry-after"), Some("1"));
    });
    assert_eq!(get(service.address, "/v1/conversations?deal=d").status, 404, "nothing was changed");
    assert_eq!(outcomes(&ask(&both)), ["new", "new"]);
}

#[test]
fn a_chat_that_is_sent_again_with_more_in_it_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    for (id, turns) in [("1", &TALK[..2]), ("2", TALK)] {
        let mut chat = call(id, turns);
        (chat["channel"], chat["started_at"]) = (json!("chat"), json!("2026-05-18T14:05:00Z"));
        send(&service, &chat);
    }
    let report = get(service.address, "/v1/deals/d").json();
    assert_eq!(report["coverage"]["conversations"], 1, "{}", report["coverage"]);
}

#[test]
fn an_address_of_the_crm_tells_its_company_however_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    put(&service, "d", &json!({"contacts": [{"name": "Ann", "email": "Ann@Buyer.Example"}]}));
    let mail =
        "From: bob@buyer.example\r\nTo: tom@us.example\r\nDate: Mon, 18 May 2026 10:00:00 +0000\r\n\r\nToo high.\r\n";
    let path = "/v1/conversations?deal=d&file=a.eml";
    assert_eq!(Connection::open(service.address).ask("POST", path, &[], mail.as_bytes()).status, 201);
    let held = get(service.address, "/v1/conversations/d%2Fa.eml").json();
    let bob = &held["conversation"]["participants"][0];
    assert_eq!((&bob["side"], &bob["side_confidence"]), (&json!("buyer"), &json!(95)), "{bob}");
}

/// Whoever sends JSON has no file to put a day in front of.
#[test]
fn a_page_says_what_to_send_where_a_deal_cannot_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    send(&service, &call("1", TALK));
    let page = get(service.address, "/deals/d").text();
    for told in ["send started_at with each conversation", "?as_of=2026-06-12", "send side with each turn"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("team.toml") && !page.contains("each file"), "{page}");
    let path = "/v1/conversations?deal=f&file=call.txt";
    let said = b"Ann Rivera: The price is too high for us.\nTom Hall: Let me see what I can do.\n";
    assert_eq!(Connection::open(service.address).ask("POST", path, &[], said).status, 201);
    assert!(get(service.address, "/deals/f").text().contains("front of each file"), "a file has a name");
}

#[test]
fn a_deal_has_a_name_that_can_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let blank = put(&service, "%20", &json!({"stage": "Won"}));
    assert_eq!((blank.status, blank.code().as_str()), (400, "bad_request"), "{}", blank.text());
    assert_eq!(get(service.address, "/v1/deals").json()["deals"], json!([]));
}

#[test]
fn what_a_report_says_of_the_crm_can_be_sent_back() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let crm = json!({"stage": "Proposal", "stage_since": "2026-05-01", "as_of": "2026-05-22"});
    for deal in 0..5 {
        put(&service, &format!("s{deal}"), &crm);
    }
    let said = get(service.address, "/v1/deals/s0").json()["crm"].clone();
    assert_eq!(said["stage_usual_days"], 21.0, "{said}");
    assert_eq!(put(&service, "s0", &said).status, 200);
}

#[test]
fn what_cannot_be_kept_of_an_export_is_named_and_costs_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let ask = |query: &str, body: &str| {
        Connection::open(service.address).ask("POST", &format!("/v1/conversations?{query}"), &[], body.as_bytes())
    };
    let line =
        |id: &str| format!("{{\"id\":\"{id}\",\"turns\":[{{\"speaker\":\"Ann\",\"text\":\"We like {id}.\"}}]}}\n");
    let kept = ask("deal=d&file=all.jsonl", &(line("a") + &line("b\\tc") + &line("d")));
    assert_eq!(kept.status, 201, "{}", kept.text());
    let kept = kept.json();
    assert_eq!(kept["conversations"].as_array().map(Vec::len), Some(2), "{kept}");
    let [refused] = kept["skipped"].as_array().unwrap().as_slice() else { panic!("{kept}") };
    assert_eq!((&refused["file"], &refused["code"]), (&json!("d/all.jsonl"), &json!("bad_request")));
    assert!(refused["message"].as_str().unwrap().contains("b\\tc"), "{refused}");
    let alone = ask("deal=d&file=one.jsonl", &line("b\\tc"));
    assert_eq!((alone.status, alone.code().as_str()), (400, "bad_request"), "{}", alone.text());
    let long = "x".repeat(300);
    let refused = ask(&format!("deal={long}&file={long}"), &line("a"));
    assert_eq!(refused.status, 400);
    assert!(refused.json()["detail"].as_str().unwrap().starts_with("deal and file:"), "{}", refused.text());
}

#[test]
fn a_recording_that_goes_back_is_refused_and_a_long_one_is_judged_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(folder.path());
    let with = |lanes: Value| {
        let mut body = call("1", TALK);
        body["recording"] = json!({"files": [], "length_ms": 60_000_000, "separate": true, "lanes": lanes});
        post(service.address, "/v1/conversations", &body.to_string())
    };
    let back = with(json!([{"channel": 1, "spurts": [[5000, 9000, -200], [0, 1000, -200]]}]));
    assert_eq!(back.code(), "bad_request", "{}", back.text());
    let many: Vec<Value> = (0..65).map(|n| json!({"channel": n, "spurts": []})).collect();
    assert_eq!(with(json!(many)).code(), "bad_request");
    let spurts = |at: u64| (0..20_000).map(|n| json!([n * 2000 + at, n * 2000 + at + 1, -200])).collect::<Vec<_>>();
    let long = with(json!([{"channel": 1, "spurts": spurts(0)}, {"channel": 2, "spurts": spurts(1000)}]));
    assert_eq!(long.status, 201, "{}", long.text());
    assert_eq!(get(service.address, "/v1/deals/d").status, 200);
}

#[test]
fn no_deal_is_missing_from_the_page_while_something_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    {
        let service = start(folder.path());
        for deal in ["a", "b"] {
            let mut body = call(deal, &[("Ann", "it fits")]);
            body["deal"] = json!(deal);
            send(&service, &body);
        }
        send(&service, &call("gone", TALK));
    }
    // What another model scored is scored again for the page, which takes a while.
    use dealtone::store::Store;
    let mut store = dealtone::store::sqlite::SqliteStore::open(&folder.path().join("store")).unwrap();
    for id in ["a", "b"] {
        let mut record =
            store.conversation(&dealtone::DealId(id.into()), &dealtone::ConversationId(id.into())).unwrap().unwrap();
        record.scored.provenance.model_sha256 = "0".repeat(64);
        store.rescore(&[record]).unwrap();
    }
    drop(store);
    let delay = Delay { run: Duration::from_millis(400), ..Delay::default() };
    let service = Service::start(keeping(folder.path()), 1, delay);
    let erased = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let page = scope.spawn(|| {
            let page = get(service.address, "/").text();
            assert!(erased.load(Ordering::SeqCst), "the page came before anything was erased");
            page
        });
        std::thread::sleep(Duration::from_millis(150));
        for (path, status) in [("/v1/conversations/nothing", 404), ("/v1/deals/nothing", 404), ("/v1/deals/d", 200)] {
            assert_eq!(Connection::open(service.address).ask("DELETE", path, &[], b"").status, status, "{path}");
        }
        erased.store(true, Ordering::SeqCst);
        let page = page.join().unwrap();
        assert!(page.contains("<bdi>a</bdi></a>") && page.contains("<bdi>b</bdi></a>"), "{page}");
        assert_eq!(page.matches("Not judged yet").count(), 1, "{page}");
    });
}
