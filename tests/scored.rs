//! Scored conversations as the user has them judged: merged, written, shown, without a model.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::json;

fn dealtone(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dealtone")).args(args).output().expect("the program starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A conversation in which the buyer puts off, as `dealtone score` prints it.
fn line(deal: &str, day: &str) -> String {
    let said = "Let us pick this up after the summer.";
    let turn = |speaker: &str, side: &str, text: &str| json!({"speaker": speaker, "side": side, "text": text});
    let sentiment = json!({"label": "neutral", "negative": 0.2, "neutral": 0.7, "positive": 0.1});
    let spoken = |turn: usize, end: usize, intents: serde_json::Value| json!({"turn": turn, "span": {"start": 0, "end": end}, "sentiment": sentiment, "intents": intents});
    let scored = json!({
        "conversation": {
            "id": format!("{deal}/{day}.txt"), "deal": deal, "channel": "call", "started_at": format!("{day}T10:00:00Z"),
            "turns": [turn("Rob", "seller", "Hello."), turn("Ann", "buyer", said)],
        },
        "utterances": [spoken(0, 6, json!({})), spoken(1, said.len(), json!({"stall": 0.9}))],
        "provenance": {
            "dealtone": "0.1.0", "model": "m", "model_sha256": "", "runtime": "1", "device": "cpu", "instruction_set": "",
        },
    });
    scored.to_string() + "\n"
}

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|at| (at.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&at).unwrap())).collect()
}

/// Three conversations of two deals, and what the CRM says of these.
fn three(folder: &Path) -> ([String; 3], PathBuf) {
    let crm = folder.join("deals.csv");
    fs::write(&crm, "deal_id,name,amount,as_of\nacme,Acme renewal,500,2026-03-20\nborg,Borg,70,2026-03-20\n").unwrap();
    ([line("acme", "2026-03-01"), line("acme", "2026-03-09"), line("borg", "2026-03-02")], crm)
}

#[test]
fn any_split_order_and_repeats_write_and_print_the_same() {
    let temp = tempfile::tempdir().unwrap();
    let ([first, second, third], crm) = three(temp.path());
    let report = |pieces: &[&str], out: &str| -> (BTreeMap<String, Vec<u8>>, String) {
        let out = temp.path().join(out);
        let paths: Vec<PathBuf> = (0..pieces.len()).map(|n| temp.path().join(format!("{n}.jsonl"))).collect();
        pieces.iter().zip(&paths).for_each(|(piece, path)| fs::write(path, piece).unwrap());
        let mut args = vec!["report"];
        args.extend(paths.iter().map(|path| text(path)));
        args.extend(["--deals", text(&crm), "--out", text(&out), "--zone", "Asia/Kolkata", "--format", "csv,markdown"]);
        let said = stdout(&dealtone(&args)).replace(text(&out), "OUT");
        (files(&out), said)
    };
    let whole = report(&[&format!("{first}{second}{third}")], "whole");
    assert_eq!(report(&[&format!("{third}{first}"), "\n", &format!("{second}{third}{second}")], "pieces"), whole);
    let (written, said) = whole;
    let again = report(&[&String::from_utf8_lossy(&written["scored.jsonl"])], "again");
    assert_eq!(again, (written.clone(), said.clone()), "what a report writes is what it reads");

    for name in ["utterances.jsonl", "deals.jsonl", "scored.jsonl", "report.html", "deals.csv", "brief-acme.md"] {
        assert!(written[name].len() > 100, "{name}");
        assert!(said.contains(&format!("OUT/{name}")), "{said}");
    }
    assert!(written["skipped.jsonl"].is_empty());
    assert!(said.starts_with("2 deals") && said.contains("Acme renewal"), "{said}");
    let run = temp.path().join("whole");
    assert!(stdout(&dealtone(&["show", "acme", text(&run)])).contains("Acme renewal"));

    let (file, out) = (temp.path().join("0.jsonl"), temp.path().join("quiet"));
    let args = ["report", text(&file), "--deals", text(&crm), "--out", text(&out), "--quiet"];
    assert_eq!(stdout(&dealtone(&args)), "");
    for name in ["utterances.jsonl", "scored.jsonl", "skipped.jsonl"] {
        assert_eq!(files(&out)[name], written[name], "{name} is in UTC");
    }
    // The day of the CRM ends in another moment in another zone; where that is named, all is the same.
    assert_ne!(files(&out)["deals.jsonl"], written["deals.jsonl"]);
    stdout(&dealtone(&[&args[..], &["--zone", "Asia/Kolkata"]].concat()));
    assert_eq!(files(&out)["deals.jsonl"], written["deals.jsonl"]);
    stdout(&dealtone(&args));
    assert_ne!(files(&out)["report.html"], written["report.html"], "its times are in another zone");
    let refused = dealtone(&[&args[..], &["--zone", "Mars/Base"]].concat());
    assert!(stderr(&refused).contains("Mars/Base"), "{}", stderr(&refused));
}

#[test]
fn a_line_that_is_no_scored_conversation_refuses_the_run_and_says_what_to_do() {
    let temp = tempfile::tempdir().unwrap();
    let (good, out, file) = (line("acme", "2026-03-01"), temp.path().join("out"), temp.path().join("s.jsonl"));
    let run = |path: &Path| dealtone(&["report", text(path), "--out", text(&out)]);
    for (content, place, parts) in [
        (format!("{good}{}", &good[..200]), "s.jsonl:2: ", ["it ends in the middle", "score that export again"]),
        (format!("\n{good}so sad\n"), "s.jsonl:3: ", ["no JSON from column", "or take the line out"]),
        (
            "{\"deal\":\"acme\",\"risks\":[]}\n".into(),
            "s.jsonl:1: ",
            ["it has no \"conversation\"", "dealtone score PATH"],
        ),
        (good.replace("\"Hello.\"", "[\"Hello.\"]"), "s.jsonl:1: ", ["its value at column", "score that export again"]),
        (good.replace("\"speaker\"", "\"spoke\""), "s.jsonl:1: ", ["it lacks \"speaker\"", "score that export again"]),
        (
            good.replace("\"end\":6", "\"end\":60"),
            "s.jsonl:1: ",
            ["lies outside its turn", "score the conversation anew"],
        ),
    ] {
        fs::write(&file, &content).unwrap();
        let told = stderr(&run(&file));
        assert_eq!(run(&file).status.code(), Some(2), "{told}");
        assert!(told.contains(place) && parts.iter().all(|part| told.contains(part)), "{told}");
        assert!(!told.contains("Hello") && !told.contains("summer"), "no words of a customer: {told}");
        assert!(!out.exists(), "{told}");
    }
    for path in [temp.path(), &temp.path().join("none.jsonl")] {
        let output = run(path);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains("scored.jsonl of a run"), "{}", stderr(&output));
    }
}

#[test]
fn what_of_the_crm_cannot_be_read_is_said_and_costs_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let (file, crm, out) = (temp.path().join("s.jsonl"), temp.path().join("deals.csv"), temp.path().join("out"));
    fs::write(&file, line("acme", "2026-03-01")).unwrap();
    fs::write(&crm, "deal_id,name,amount\nacme,Acme renewal,lots\n").unwrap();
    let output = dealtone(&["report", text(&file), "--deals", text(&crm), "--out", text(&out)]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("1 could not be read whole (bad_amount 1); skipped.jsonl"), "{}", stderr(&output));
    let written = files(&out);
    assert!(String::from_utf8_lossy(&written["skipped.jsonl"]).contains("\"line\":2"));
    assert!(String::from_utf8_lossy(&written["deals.jsonl"]).contains("Acme renewal"));
}

#[test]
fn a_doubt_stands_at_its_flag_and_one_of_a_flag_that_is_not_raised_at_the_end() {
    let temp = tempfile::tempdir().unwrap();
    let (file, rules, out) = (temp.path().join("s.jsonl"), temp.path().join("rules.toml"), temp.path().join("out"));
    let judgements = temp.path().join("judgements.toml");
    fs::write(&file, line("acme", "2026-03-01")).unwrap();
    // The first doubted rule is raised, the second is not, the third is switched off.
    fs::write(
        &rules,
        "[risk.put_off]\nwhen = [\"interactions >= 1\"]\nmessage = \"Put off.\"\nclears_when = \"A day is named.\"\n\
         [risk.red_flag]\noff = true\n",
    )
    .unwrap();
    fs::write(
        &judgements,
        "[[deal.acme]]\nby = \"Tom\"\ndisagree.put_off = \"they told me\"\ndisagree.churn_risk = \"no word of it\"\n\
         [[deal.acme]]\nby = \"Ann\"\ndisagree.put_off = \"a holiday\"\ndisagree.red_flag = \"old news\"\n",
    )
    .unwrap();
    let own = ["--rules", text(&rules), "--judgements", text(&judgements)];
    stdout(&dealtone(&[&["report", text(&file), "--out", text(&out)], &own[..]].concat()));
    let shown = stdout(&dealtone(&[&["show", "acme", text(&out)], &own[..]].concat()));
    let flag =
        shown.split("Put off Medium").nth(1).and_then(|rest| rest.split("A day is named.").next()).expect(&shown);
    assert!(
        flag.contains("Not believed: Tom: they told me\n") && flag.contains("Not believed: Ann: a holiday\n"),
        "{shown}"
    );
    let end = shown.split("Your own judgement").nth(1).expect(&shown);
    assert!(end.contains("Not believed, nor raised: Churn risk: no word of it\n"), "{shown}");
    assert!(end.contains("Not believed, nor raised: Red flag: old news\n") && !end.contains("Put off"), "{shown}");

    let deals = out.join("deals.jsonl");
    let review = stdout(&dealtone(&[&["rules", "review", text(&deals)], &own[..]].concat()));
    assert!(review.starts_with("put_off: fired in 1, not believed in 1, 2 times\n"), "{review}");
    assert!(
        review.contains(
            "red_flag: fired in 0, not believed in 0\n  doubted where it did not fire:\n    acme (Ann): old news\n"
        ),
        "{review}"
    );
}

#[test]
fn a_run_is_named_by_its_folder_and_results_of_two_models_make_no_list() {
    let temp = tempfile::tempdir().unwrap();
    let (run, out) = (temp.path().join("run"), temp.path().join("out"));
    let ([one, _, borg], _) = three(temp.path());
    fs::create_dir(&run).unwrap();
    fs::write(run.join("scored.jsonl"), &one).unwrap();
    let other = temp.path().join("other.jsonl");
    let report = |files: &[&Path]| {
        let files: Vec<&str> = files.iter().map(|file| text(file)).collect();
        dealtone(&[&["report"], &files[..], &["--out", text(&out), "--as-of", "today"]].concat())
    };
    fs::write(&other, &borg).unwrap();
    stdout(&report(&[&run, &other]));
    for (was, is, told) in [
        (r#""model_sha256":"""#, r#""model_sha256":"5f""#, "model m (5f) instead of m ()"),
        (r#""runtime":"1""#, r#""runtime":"own-3""#, "dealtone's own arithmetic 3"),
    ] {
        let changed = borg.replace(was, is);
        assert_ne!(changed, borg);
        fs::write(&other, changed).unwrap();
        let refused = report(&[&run, &other]);
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert!(said.contains("the deals acme and borg") && said.contains("with the same model and runtime"), "{said}");
        assert!(said.contains(told), "{said}");
    }
    // On another processor it is the same model.
    fs::write(&other, borg.replace(r#""instruction_set":"""#, r#""instruction_set":"avx2""#)).unwrap();
    stdout(&report(&[&run, &other]));
    fs::write(&other, r#"{"deal":"acme","conversation":"acme/1.txt","turn":0,"span":[0,3]}"#).unwrap();
    let refused = stderr(&report(&[&other]));
    assert!(refused.contains("scored.jsonl of a run"), "{refused}");
}

#[test]
fn times_that_no_call_has_are_left_out_of_scored_lines_and_told() {
    let temp = tempfile::tempdir().unwrap();
    let (file, out) = (temp.path().join("s.jsonl"), temp.path().join("out"));
    let timed = |start_ms: u64, end_ms: u64| format!("\"text\":\"Hello.\",\"start_ms\":{start_ms},\"end_ms\":{end_ms}");
    let good = line("acme", "2026-03-01").replace("\"text\":\"Hello.\"", &timed(100, 4_000));
    let bad = line("acme", "2026-03-09").replace("\"text\":\"Hello.\"", &timed(7, u64::MAX - 9));
    fs::write(&file, good + &bad).unwrap();
    stdout(&dealtone(&["report", text(&file), "--out", text(&out)]));
    let told = fs::read_to_string(out.join("skipped.jsonl")).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert!(matches!(lines[..], [one] if one.contains("bad_time") && one.contains("\"line\":2")), "{told}");
    let scored = fs::read_to_string(out.join("scored.jsonl")).unwrap();
    assert!(scored.contains("\"end_ms\":4000") && scored.contains("\"start_ms\":7"), "{scored}");
    assert!(!scored.contains(&(u64::MAX - 9).to_string()), "{scored}");
}

#[test]
fn a_day_of_judgement_ends_in_the_zone_of_the_run_and_the_days_of_the_crm_are_counted_from_it() {
    let temp = tempfile::tempdir().unwrap();
    let (file, crm, out) = (temp.path().join("s.jsonl"), temp.path().join("deals.csv"), temp.path().join("out"));
    // Half past five in the afternoon of 31 May in Los Angeles.
    fs::write(&file, line("acme", "2026-06-01").replace("T10:00:00Z", "T00:30:00Z")).unwrap();
    fs::write(&crm, "deal_id,name,close_date\nacme,Acme renewal,2026-05-30\n").unwrap();
    for (zone, counted, moment) in
        [("UTC", 0, "2026-05-31T23:59:59.999999Z"), ("America/Los_Angeles", 1, "2026-06-01T06:59:59.999999Z")]
    {
        let day = ["--as-of", "2026-05-31", "--zone", zone];
        let report = ["report", text(&file), "--deals", text(&crm), "--out", text(&out)];
        let shown = stdout(&dealtone(&[&report[..], &day[..]].concat()));
        assert!(shown.contains("31 May 2026"), "{shown}");
        let deal: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(out.join("deals.jsonl")).unwrap()).unwrap();
        assert_eq!(deal["as_of"], moment);
        let coverage = &deal["coverage"];
        assert_eq!(coverage["conversations"], counted, "{coverage}");
        let overdue = deal["readings"]["days_past_close_date"]["value"].as_f64();
        assert_eq!(overdue, Some(1.0), "{zone}: {}", deal["readings"]);
    }
}
