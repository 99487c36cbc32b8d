//! What a run makes of an export as people have them: bad files, teams, earlier results, equal names, and who writes where.

use std::{fs, io::Write, path::Path};

use serde_json::Value;

use super::{analyze, copy_tree, dealtone, examples, lines, runtime_is_here, stderr, text, with_pipes};

#[test]
fn a_bad_file_is_named_with_its_remedy_and_costs_no_other() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let export = temp.path().join("export");
    copy_tree(&examples(), &export);
    let bad: &[(&str, &[u8])] = &[
        ("empty.vtt", b""),
        ("blank.txt", b" \n\t\n"),
        ("header only.vtt", b"WEBVTT\n\n"),
        ("noise.bin", &[0x00, 0xff, 0x13, 0x37, 0xfe, 0x00, 0x81]),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("cut.json", b"{\"results\": {\"transcripts\": ["),
    ];
    for (name, bytes) in bad {
        fs::write(export.join("tallis-freight").join(name), bytes).unwrap();
    }
    fs::create_dir(export.join("quiet")).unwrap();
    fs::write(export.join("quiet/noise.bin"), bad[3].1).unwrap();
    let (out, clean) = (temp.path().join("out"), temp.path().join("clean"));
    let output = analyze(&export, &out, &[], 3);
    assert!(stderr(&output).contains("1 deal of which no conversation could be read: quiet"), "{}", stderr(&output));
    assert!(stderr(&output).contains("skipped.jsonl"), "{}", stderr(&output));
    let skipped = lines(&out.join("skipped.jsonl"));
    for (name, _) in bad {
        let file = format!("tallis-freight/{name}");
        let line = skipped.iter().find(|s| s["file"] == file.as_str()).unwrap_or_else(|| panic!("{name} is not named"));
        assert!(
            line["code"].as_str().is_some_and(|c| !c.is_empty())
                && line["message"].as_str().is_some_and(|m| m.len() > 20),
            "{line}"
        );
        assert!(line.as_object().unwrap().contains_key("line"));
    }
    analyze(&examples(), &clean, &[], 0);
    assert_eq!(fs::read(out.join("utterances.jsonl")).unwrap(), fs::read(clean.join("utterances.jsonl")).unwrap());
}

#[test]
fn a_team_file_says_who_is_who_and_results_in_the_export_are_no_deal() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let export = temp.path().join("export");
    fs::create_dir_all(export.join("acme")).unwrap();
    fs::write(export.join("acme/call.txt"), "Zoe: Is sixty still the number?\nSpeaker 2: It is.\nYan: Good.\n")
        .unwrap();
    let sides = |run: &Path| -> Vec<String> {
        let lines = lines(&run.join("utterances.jsonl"));
        lines.iter().map(|u| format!("{} {}", u["speaker"].as_str().unwrap(), u["side"].as_str().unwrap())).collect()
    };
    let run = export.join("acme/results");
    analyze(&export, &run, &[], 0);
    assert_eq!(sides(&run), ["Zoe unknown", "Speaker 2 unknown", "Yan unknown"]);

    let team =
        "[[members]]\nname = \"Zoe Ray\"\nalso = [\"Yan\"]\n[overrides.\"acme/call.txt\"]\n\"Speaker 2\" = \"buyer\"\n";
    fs::write(export.join("team.toml"), team).unwrap();
    fs::write(export.join("judgements.toml"), "").unwrap();
    let output = analyze(&export, &run, &[], 0);
    let told = "judgements.toml lies in the export and is not used; to use it, say --judgements ";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("left out what an earlier run wrote: 5 files in acme/results"),
        "{}",
        stderr(&output)
    );
    assert_eq!(lines(&run.join("deals.jsonl")).len(), 1);
    assert_eq!(sides(&run), ["Zoe Ray seller", "Speaker 2 buyer", "Zoe Ray seller"]);

    // A label that nobody has would change nothing, in silence.
    fs::write(export.join("team.toml"), team.replace("Speaker 2", "Speaker2")).unwrap();
    analyze(&export, &run, &[], 3);
    let told = lines(&run.join("skipped.jsonl"))[0]["message"].to_string();
    assert!(told.contains("whom this file does not have; did you mean"), "{told}");

    // Another file wins over the export's own; one that names no file of the export is said so.
    let other = temp.path().join("other.toml");
    fs::write(&other, "swap-sides = true\n[[members]]\nname = \"Zoe\"\n[overrides.\"cal.txt\"]\nYan = \"buyer\"\n")
        .unwrap();
    analyze(&export, &run, &["--team", text(&other)], 0);
    let told = &lines(&run.join("skipped.jsonl"))[0];
    assert_eq!((&told["file"], &told["code"]), (&"cal.txt".into(), &"no_such_file".into()));
    assert_eq!(sides(&run)[0], "Zoe buyer");
    let shown = dealtone(&["show", "acme", text(&run), "--team", text(&export.join("team.toml"))]);
    assert!(shown.status.success(), "{}", stderr(&shown));
}

#[test]
fn two_runs_do_not_write_to_one_folder_at_a_time_and_a_pipe_is_read_like_a_file() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let (out, other) = (temp.path().join("out"), temp.path().join("other.txt"));
    fs::write(&other, "Ann: Something else.\nBob: Yes.\n").unwrap();
    // It is at work until standard input ends.
    let mut first = with_pipes(&["analyze", "/dev/stdin", "--out", text(&out), "--threads", "1"]).spawn().unwrap();
    while !out.join("utterances.jsonl.unfinished").exists() {
        assert!(first.try_wait().unwrap().is_none(), "it ended before it was given anything");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let second = analyze(&other, &out, &[], 4);
    assert!(
        stderr(&second).contains("out: another run is writing here; wait until it has ended"),
        "{}",
        stderr(&second)
    );
    first.stdin.take().unwrap().write_all(b"Ann: It is too dear.\nBob: I see.\n").unwrap();
    let first = first.wait_with_output().unwrap();
    assert!(first.status.success(), "{}", stderr(&first));
    let words: Vec<Value> = lines(&out.join("utterances.jsonl")).iter().map(|u| u["text"].clone()).collect();
    assert_eq!(words, ["It is too dear.", "I see."]);
    analyze(&other, &out, &[], 0);
    assert!(!out.join("lock.unfinished").exists());
}

#[test]
fn equal_names_and_ids_cost_no_words_and_all_commands_agree_on_the_deal() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let write = |path: &str, words: &str| {
        let path = temp.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, words).unwrap();
    };
    write("2025/acme/2026-06-01 call.txt", "Buyer: The price is fine.\nSeller: Great.\n");
    write("2026/acme/2026-06-01 call.txt", "Buyer: It broke again.\nSeller: I am sorry.\n");
    write(
        "2026/acme/calls.csv",
        "Record ID,Call title,Call body,Activity date,Activity assigned to\n7,Demo,Ann asked for a price,2026-05-02,Rep One\n\
         7,Follow-up,Ann found it too dear,2026-05-09,Rep One\n",
    );
    let (run, again) = (temp.path().join("run"), temp.path().join("again"));
    let second = temp.path().join("2026/acme");
    analyze(&temp.path().join("2025/acme"), &run, &[text(&second), "--format", "csv,markdown"], 0);
    let scored = lines(&run.join("scored.jsonl"));
    let mut ids: Vec<&str> = scored.iter().map(|s| s["conversation"]["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let calls = ["2025/acme/2026-06-01 call.txt", "2026/acme/2026-06-01 call.txt"];
    assert_eq!(ids, [calls[0], calls[1], "2026/acme/calls.csv#7", "2026/acme/calls.csv#7#2"]);

    // A conversation in a deal's folder that states another deal.
    write("all/acme/own.jsonl", "{\"deal\":\"globex\",\"turns\":[{\"speaker\":\"Ann\",\"text\":\"We sign.\"}]}\n");
    write("all/zeta/call.txt", "Buyer: The price is fine.\nSeller: Great.\n");
    let all = temp.path().join("of all");
    analyze(&temp.path().join("all"), &all, &[], 0);
    let deals: Vec<Value> = lines(&all.join("deals.jsonl")).iter().map(|d| d["deal"].clone()).collect();
    assert_eq!(deals, ["acme", "zeta"]);
    let shown = dealtone(&["show", "acme", text(&all)]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    // By way of a pipe, as `score` gives it.
    let scored = fs::File::open(all.join("scored.jsonl")).unwrap();
    let report = with_pipes(&["report", "-", "--out", text(&again)]).stdin(scored).output().unwrap();
    assert!(report.status.success(), "{}", stderr(&report));
    assert_eq!(fs::read(again.join("deals.jsonl")).unwrap(), fs::read(all.join("deals.jsonl")).unwrap());

    // A later run into the same folder leaves no table of the earlier one beside its own results.
    let output = analyze(&temp.path().join("2025/acme"), &run, &[], 0);
    assert!(stderr(&output).contains("removed what an earlier run wrote"), "{}", stderr(&output));
    let mut left: Vec<String> =
        fs::read_dir(&run).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["deals.jsonl", "report.html", "scored.jsonl", "skipped.jsonl", "utterances.jsonl"]);
}

#[test]
fn domains_of_ours_under_which_nobody_writes_are_doubted() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let export = temp.path().join("acme");
    fs::create_dir(&export).unwrap();
    let mail =
        "From: Ann <ann@buyer.example>\r\nTo: Dana <dana@sales.ours.example>\r\nSubject: Offer\r\n\r\nToo high.\r\n";
    fs::write(export.join("offer.eml"), mail).unwrap();
    for (domains, doubted) in [("uors.example", true), ("ours.example", false), ("uors.example,ours.example", false)] {
        let output = analyze(&export, &temp.path().join("out"), &["--our-domains", domains], 0);
        let told = stderr(&output).contains("no mail address in the export is under our domains (uors.example)");
        assert_eq!(told, doubted, "{domains}: {}", stderr(&output));
    }
}

#[test]
fn whoever_is_ours_in_one_deal_is_ours_by_name_in_another_however_the_deals_are_judged() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let write = |path: &str, words: &str| {
        let path = temp.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, words).unwrap();
    };
    write(
        "all/acme/1.eml",
        "From: Jane Roe <jane@ours.example>\r\nTo: Ann <ann@acme.example>\r\nSubject: Offer\r\nDate: Thu, 12 Feb 2026 \
         09:18:00 +0100\r\n\r\nHere is the offer.\r\n",
    );
    write("all/globex/2026-03-01 call.txt", "Jane Roe: What do you think of it?\nBo Ek: It is far too dear for us.\n");
    write("all/umbra/2026-03-01 call.txt", "Tom Becker: How is it going?\nAda Vogt: It works well.\n");
    write("all/deals.csv", "deal_id,owner\nacme,Tom Becker\n");
    let (all, run, again) = (temp.path().join("all"), temp.path().join("run"), temp.path().join("again"));
    analyze(&all, &run, &["--our-domains", "ours.example"], 0);
    let sides = |out: &Path| -> Vec<(String, String)> {
        let of = |u: &Value, key: &str| u[key].as_str().unwrap().to_owned();
        let told = lines(&out.join("utterances.jsonl"));
        told.iter().filter(|u| u["deal"] != "acme").map(|u| (of(u, "speaker"), of(u, "side"))).collect()
    };
    let expected = [("Jane Roe", "seller"), ("Bo Ek", "buyer"), ("Tom Becker", "seller"), ("Ada Vogt", "buyer")]
        .map(|(who, side)| (who.to_owned(), side.to_owned()));
    assert_eq!(sides(&run), expected);
    let guessed = lines(&run.join("deals.jsonl"))[1]["coverage"]["guessed_sides"].to_string();
    assert!(guessed.contains("has an address of ours in another deal"), "{guessed}");

    // Judged again without the export, and of parts of which each knows the one thing.
    let report = dealtone(&["report", text(&run.join("scored.jsonl")), "--out", text(&again)]);
    assert!(report.status.success(), "{}", stderr(&report));
    assert_eq!(sides(&again), expected);
    let mut parts = Vec::new();
    for (part, deals) in [("1.jsonl", "acme"), ("2.jsonl", "globex"), ("3.jsonl", "umbra")] {
        let output = dealtone(&["score", text(&all.join(deals)), "--our-domains", "ours.example"]);
        fs::write(temp.path().join(part), &output.stdout).unwrap();
        parts.push(temp.path().join(part));
    }
    let deals = all.join("deals.csv");
    let args = ["report", text(&parts[0]), text(&parts[1]), text(&parts[2]), "--deals", text(&deals)];
    let report = dealtone(&[&args[..], &["--out", text(&again)]].concat());
    assert!(stderr(&report).contains("other_side"), "{}", stderr(&report));
    assert_eq!(sides(&again), expected);
}

#[test]
fn who_has_named_mail_domains_is_not_told_to() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let export = temp.path().join("acme");
    fs::create_dir(&export).unwrap();
    fs::write(export.join("call.txt"), "Ann Lee: It is too dear.\nBob Ray: I see.\n").unwrap();
    for (domains, told, untold) in [
        (&[][..], "name your mail domains with --our-domains", "no address of your mail domains"),
        (&["--our-domains", "ours.example"], "no address of your mail domains is theirs", "with --our-domains"),
    ] {
        let output = analyze(&export, &temp.path().join("out"), domains, 0);
        let said = stderr(&output);
        let remedy = said.lines().find(|line| line.contains("whose side the speaker is on")).unwrap_or_default();
        assert!(remedy.contains(told) && !remedy.contains(untold), "{said}");
    }
}
