//! What people judge of deals.

use std::fs;

use serde_json::json;

use super::{dealtone, stderr, text, with_pipes};

#[test]
fn who_judge_at_once_lose_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("judgements.toml");
    let names: Vec<String> = (0..8).map(|n| format!("Person {n}")).collect();
    let judge = |name: &String| {
        with_pipes(&["judge", "acme", "--by", name, "--mark", "trust=4", "--judgements", text(&file)]).spawn().unwrap()
    };
    let all: Vec<_> = names.iter().map(judge).collect();
    for one in all {
        let output = one.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(names.iter().all(|name| written.contains(&format!("by = \"{name}\""))), "{written}");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1, "no lock and no half is left");
}

#[test]
fn several_people_judge_a_deal_and_the_report_and_the_review_show_each() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("judgements.toml");
    let scored = temp.path().join("scored.jsonl");
    // Of another deal than the one that is judged.
    let conversation = json!({
        "id": "borg/1.txt", "deal": "borg", "channel": "call", "turns": [{"speaker": "Ann", "side": "buyer", "text": "No."}],
    });
    let provenance = json!({
        "dealtone": "0.1.0", "model": "m", "model_sha256": "", "runtime": "1", "device": "cpu", "instruction_set": "",
    });
    let line = json!({"conversation": conversation, "utterances": [], "provenance": provenance});
    fs::write(&scored, line.to_string()).unwrap();
    let judge = |args: &[&str]| dealtone(&[&["judge"], args, &["--judgements", text(&file)]].concat());
    let first = judge(&["acme", "--by", "Priya", "--mark", "trust=4", "--disagree", "stalled", "--because", "summer"]);
    assert!(first.status.success(), "{}", stderr(&first));
    let said = String::from_utf8(first.stdout.clone()).unwrap();
    assert!(said.ends_with("judgements.toml: acme, Priya: trust 4; stalled not believed\n"), "{said}");
    assert!(stderr(&first).contains("\"acme\" is new in"), "{}", stderr(&first));
    let second =
        judge(&["acme", "--by", "Tom", "--note", "they told me", "--disagree", "Stalled", "--because", "known"]);
    assert!(second.status.success(), "{}", stderr(&second));
    assert!(!stderr(&second).contains("is new in"), "{}", stderr(&second));
    let kept = fs::read_to_string(&file).unwrap();

    // A run that has raised the flag once, in this deal.
    let run = temp.path().join("run");
    fs::create_dir(&run).unwrap();
    let line = "{\"deal\":\"acme\",\"risks\":[{\"name\":\"stalled\"}],\"coaching\":[]}\n";
    fs::write(run.join("deals.jsonl"), line).unwrap();
    for review in [
        dealtone(&["rules", "review", text(&run.join("deals.jsonl")), "--judgements", text(&file)]),
        // Where none is named, the file to which `judge` adds.
        with_pipes(&["rules", "review", "run"]).current_dir(temp.path()).output().unwrap(),
    ] {
        let said = String::from_utf8(review.stdout).unwrap();
        let expected = "stalled: fired in 1, not believed in 1, 2 times\n  acme (Priya): summer\n  acme (Tom): known\n";
        assert_eq!(said, expected);
    }

    for (args, part) in [
        (&["acme", "--by", "Tom", "--disagree", "staled", "--because", "x"][..], "did you mean \"stalled\""),
        (&["acme", "--by", "Tom", "--mark", "trsut=4"], "did you mean \"trust\""),
        (&["acme", "--by", "Tom", "--mark", "trust=7"], "from 1 (bad) to 5 (good)"),
        (&["acme", "--by", "Tom", "--mark", "trust"], "trust=4"),
        (&["acem", "--by", "Tom", "--mark", "trust=4", "--run", text(&run)], "did you mean \"acme\""),
        (&["acme", "--by", "Tom"], "nothing to add"),
    ] {
        let refused = judge(args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(part), "{args:?}: {}", stderr(&refused));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), kept, "what is refused changes nothing");

    let unraised =
        judge(&["acme", "--by", "Tom", "--disagree", "price_pressure", "--because", "x", "--run", text(&run)]);
    assert!(unraised.status.success());
    assert!(stderr(&unraised).contains("price_pressure is not raised for \"acme\""), "{}", stderr(&unraised));

    // A file of each who judges does as well as one of all.
    let own = temp.path().join("ann.toml");
    let ann = dealtone(&["judge", "acme", "--by", "Ann", "--mark", "fit=2", "--judgements", text(&own)]);
    assert!(ann.status.success(), "{}", stderr(&ann));
    let out = temp.path().join("out");
    let both = ["--judgements", text(&file), "--judgements", text(&own)];
    let report = dealtone(&[&["report", text(&scored), "--out", text(&out)][..], &both].concat());
    assert!(report.status.success(), "{}", stderr(&report));
    assert!(stderr(&report).contains("\"acme\" is no deal of this run"), "{}", stderr(&report));
    let twice = ["--judgements", text(&own), "--judgements", text(&own)];
    let report = dealtone(&[&["report", text(&scored), "--out", text(&out)][..], &twice].concat());
    assert!(stderr(&report).contains("twice"), "{}", stderr(&report));
}

/// What people see is a deal's name, so by it they judge.
#[test]
fn a_judgement_under_the_name_that_lists_show_stands_at_its_deal() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name);
    let (file, deals, rules) = (path("judgements.toml"), path("deals.csv"), path("rules.toml"));
    fs::write(path("scored.jsonl"), scored("006A", "a.txt") + &scored("006B", "b.txt")).unwrap();
    let table = "deal_id,name,close_date,as_of\n006A,Fernhill Hotels (AP automation),2026-05-01,2026-06-01\n006B,Pilot,,\n\
                 006C,Pilot,,\n";
    fs::write(&deals, table).unwrap();
    fs::write(
        &rules,
        "[risk.late]\nwhen = [\"days_past_close_date >= 1\"]\nmessage = \"It is overdue, says our own rule.\"\n",
    )
    .unwrap();
    let judge = |deal: &str| {
        let note = ["--by", "Sam", "--note", "He knows", "--disagree", "late", "--because", "Moved"];
        let files = ["--judgements", text(&file), "--rules", text(&rules)];
        let output = dealtone(&[&["judge", deal][..], &note, &files].concat());
        assert!(output.status.success(), "{}", stderr(&output));
    };
    judge("Fernhill Hotels (AP automation)");
    judge("pilot");

    let run = path("run");
    let report = |more: &[&str]| {
        let args =
            ["report", text(&path("scored.jsonl")), "--deals", text(&deals), "--out", text(&run)].map(str::to_owned);
        let output = dealtone(&args.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>());
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    let told = report(&["--judgements", text(&file), "--rules", text(&rules)]);
    let notes: Vec<_> = super::lines(&run.join("deals.jsonl"))
        .iter()
        .map(|line| {
            (line["deal"].as_str().unwrap().to_owned(), line["judgements"][0]["by"].as_str().map(str::to_owned))
        })
        .collect();
    assert_eq!(notes, [("006A".to_owned(), Some("Sam".to_owned())), ("006B".to_owned(), None)]);
    // One of the two has no conversation, which only the end of a run tells.
    let both = "\"pilot\" is what several deals of the CRM are called; name this one by its id, \"006B\"";
    assert!(told.contains(both) && !told.contains("Fernhill"), "{told}");

    let review = dealtone(&["rules", "review", text(&run), "--judgements", text(&file), "--rules", text(&rules)]);
    let said = String::from_utf8_lossy(&review.stdout).into_owned();
    assert!(said.starts_with("late: fired in 1, not believed in 1\n  006A (Sam): Moved\n"), "{said}");

    // Without the rules of the run `show` says what the run found, and neither less nor in another way.
    let show = |more: &[&str]| dealtone(&[&["show", "fernhill hotels (ap automation)", text(&run)], more].concat());
    let shown = show(&["--judgements", text(&file)]);
    let said = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(said.contains("It is overdue, says our own rule.") && said.contains("He knows"), "{said}");
    assert!(!stderr(&shown).contains("other rules"), "{}", stderr(&shown));
    let team = path("team.toml");
    fs::write(&team, "[[members]]\nname = \"Tom\"\n").unwrap();
    let anew = show(&["--team", text(&team)]);
    assert!(!String::from_utf8_lossy(&anew.stdout).contains("says our own rule"));
    assert!(stderr(&anew).contains("judged by other rules"), "{}", stderr(&anew));
}

/// A line of scored conversations in which nobody says much.
fn scored(deal: &str, file: &str) -> String {
    let conversation = json!({
        "id": format!("{deal}/{file}"), "deal": deal, "channel": "call", "started_at": "2026-05-20T10:00:00Z",
        "turns": [{"speaker": "Ann", "side": "buyer", "text": "No."}],
    });
    let provenance = json!({
        "dealtone": "0.1.0", "model": "m", "model_sha256": "", "runtime": "1", "device": "cpu", "instruction_set": "",
    });
    json!({"conversation": conversation, "utterances": [], "provenance": provenance}).to_string() + "\n"
}

/// Strangers of a mailbox are nobody's deal, and to judge them together would be to judge nobody.
#[test]
fn what_fits_no_deal_is_kept_and_not_judged() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("scored.jsonl");
    fs::write(&file, scored("acme", "a.txt") + &scored("unassigned", "1.eml") + &scored("zeta", "z.txt")).unwrap();
    let run = temp.path().join("run");
    let output = dealtone(&["report", text(&file), "--out", text(&run), "--format", "csv"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let deals: Vec<_> = super::lines(&run.join("deals.jsonl")).iter().map(|line| line["deal"].clone()).collect();
    assert_eq!(deals, ["acme", "zeta"]);
    assert!(super::lines(&run.join("deals.jsonl")).iter().all(|line| line["attention"]["rank"].is_u64()));
    let rows = |name: &str| fs::read_to_string(run.join(name)).unwrap().matches("unassigned").count();
    assert_eq!(["deals.csv", "findings.csv", "readings.csv"].map(rows), [0; 3]);
    assert!(rows("conversations.csv") > 0 && rows("scored.jsonl") > 0);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("1 conversation fits no deal and is not listed"), "{said}");
}
