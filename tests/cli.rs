//! The program as its user runs it: what it writes, what it says, and how it ends.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use dealtone::score::runtime_library;
use serde_json::Value;

fn dealtone(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dealtone")).args(args).output().expect("the program starts")
}

fn runtime_is_here() -> bool {
    let found = runtime_library::find(None);
    if let Err(why) = &found {
        assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
        eprintln!("skipped: {why}");
    }
    found.is_ok()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

fn lines(path: &Path) -> Vec<Value> {
    let content = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    content.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs `analyze` and checks how it ends.
fn analyze(export: &Path, out: &Path, more: &[&str], code: i32) -> Output {
    let output = dealtone(&[&["analyze", text(export), "--out", text(out)], more].concat());
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    output
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The words of a source file as a person would find them: quoted-printable undone, white space folded.
fn findable(path: &Path) -> String {
    let raw = String::from_utf8_lossy(&fs::read(path).unwrap()).replace("\r\n", "\n").replace("=\n", "");
    raw.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_finding_of_the_examples_shows_words_that_stand_in_their_file() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    analyze(&examples(), temp.path(), &[], 0);
    let deals = lines(&temp.path().join("deals.jsonl"));
    assert_eq!(deals.len(), 4);
    let (mut quotes, mut absences) = (0, 0);
    for deal in &deals {
        let findings = ["risks", "coaching"].map(|kind| deal[kind].as_array().expect("a list"));
        for finding in findings.into_iter().flatten() {
            let evidence = finding["evidence"].as_array().expect("a list");
            assert!(!evidence.is_empty(), "{} of {} shows nothing", finding["name"], deal["deal"]);
            for item in evidence {
                if let Some(quote) = item["quote"].as_str() {
                    let file = examples().join(item["conversation"].as_str().expect("a quote names its conversation"));
                    let folded = quote.split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(findable(&file).contains(&folded), "{quote:?} does not stand in {}", file.display());
                    quotes += 1;
                } else {
                    assert!(item["absence"].as_str().is_some_and(|a| !a.is_empty()), "{item} is neither");
                    absences += 1;
                }
            }
        }
    }
    assert!(quotes >= 8, "{quotes} quotes and {absences} absences are too few to have tested anything");
}

#[test]
fn a_deal_of_a_run_can_be_shown_and_judged_again_without_a_model() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let run = temp.path().join("run");
    let analysed = analyze(&examples(), &run, &["--format", "csv,markdown"], 0);
    let shown = dealtone(&["show", "tallis-freight", text(&run)]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    let said = String::from_utf8(shown.stdout).unwrap();
    assert!(said.contains("Renewal 2026") && said.contains("Marcus Oduya"), "{said}");
    let unknown = dealtone(&["show", "tallis-frieght", text(&run)]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean \"tallis-freight\"?"), "{}", stderr(&unknown));

    // The same conversations in two pieces, one of them twice: the same files and the same words on the terminal.
    let again = temp.path().join("again");
    let scored = fs::read_to_string(run.join("scored.jsonl")).unwrap();
    let pieces = ["later.jsonl", "first.jsonl"].map(|name| temp.path().join(name));
    let (first, later) = scored.split_at(scored[..scored.len() / 2].rfind('\n').unwrap() + 1);
    fs::write(&pieces[0], later.to_owned() + first).unwrap();
    fs::write(&pieces[1], first).unwrap();
    let crm = examples().join("deals.csv");
    let args = ["report", text(&pieces[0]), text(&pieces[1]), "--deals", text(&crm), "--out", text(&again)];
    let output = dealtone(&[&args[..], &["--format", "csv,markdown"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let said = |output: &Output, out: &Path| String::from_utf8_lossy(&output.stdout).replace(text(out), "OUT");
    assert_eq!(said(&output, &again), said(&analysed, &run));
    let names = |folder: &Path| -> BTreeSet<PathBuf> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into()).collect()
    };
    assert_eq!(names(&again), names(&run));
    for name in names(&run) {
        assert!(
            fs::read(again.join(&name)).unwrap() == fs::read(run.join(&name)).unwrap(),
            "{} differs",
            name.display()
        );
    }
}

#[test]
fn the_same_words_give_the_same_bytes() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let outputs = |out: &Path| {
        ["utterances.jsonl", "deals.jsonl", "report.html"].map(|name| fs::read_to_string(out.join(name)).unwrap())
    };
    let first = temp.path().join("1");
    analyze(&examples(), &first, &["--threads", "1"], 0);
    // Written to disk in another order, as another file system would list it, on two threads, elsewhere in the world.
    let copy = temp.path().join("copy");
    copy_tree(&examples(), &copy);
    let mut files: Vec<PathBuf> =
        fs::read_dir(copy.join("harbour-foods")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for file in files.iter().rev() {
        let aside = temp.path().join("aside");
        fs::rename(file, &aside).unwrap();
        fs::rename(&aside, file).unwrap();
    }
    let second = temp.path().join("2");
    let output = Command::new(env!("CARGO_BIN_EXE_dealtone"))
        .args(["analyze", text(&copy), "--out", text(&second), "--threads", "2"])
        .envs([("TZ", "Asia/Kolkata"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(outputs(&first), outputs(&second));
}

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
fn outputs_keep_their_contract() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let output = analyze(&examples(), temp.path(), &["--format", "csv,parquet,markdown,salesforce,hubspot"], 0);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains('\u{1b}'), "no colours on a pipe");
    for name in
        ["utterances.csv", "deals.parquet", "brief-kestrel-clinics.md", "salesforce.csv", "hubspot.csv", "report.html"]
    {
        assert!(fs::metadata(temp.path().join(name)).is_ok_and(|m| m.len() > 0), "{name}");
        assert!(said.contains(name), "{name} is not named");
    }
    for u in lines(&temp.path().join("utterances.jsonl")) {
        let keys: BTreeSet<&str> = u.as_object().unwrap().keys().map(String::as_str).collect();
        for key in ["deal", "conversation", "turn", "speaker", "side", "at_ms", "text", "sentiment", "intents"] {
            assert!(keys.contains(key), "{key} is missing in {u}");
        }
        assert!(examples().join(u["conversation"].as_str().unwrap()).is_file(), "{u}");
    }
    for d in lines(&temp.path().join("deals.jsonl")) {
        for key in ["deal", "as_of", "health", "risks", "coaching", "readings", "coverage", "provenance"] {
            assert!(d.get(key).is_some(), "{key} is missing in {}", d["deal"]);
        }
    }
}

#[test]
fn what_cannot_work_fails_before_any_work_with_its_own_code() {
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("out");
    let taken = temp.path().join("taken");
    fs::write(&taken, "a file").unwrap();
    let broken = temp.path().join("model");
    fs::create_dir(&broken).unwrap();
    let team = temp.path().join("team.toml");
    fs::write(&team, "swap-sides = false\n[[member]]\nname = \"Ann\"\n").unwrap();
    let settings = temp.path().join("dealtone.toml");
    fs::write(&settings, "team = \"team.toml\"\n").unwrap();
    let (examples, out_text, taken, broken) =
        (examples(), text(&out).to_owned(), text(&taken).to_owned(), text(&broken).to_owned());
    let device = temp.path().join("other.toml");
    fs::write(&device, "threads = 1\ndevice = \"gpu\"\n").unwrap();
    let (team, settings, device) = (text(&team).to_owned(), text(&settings).to_owned(), text(&device).to_owned());
    let export = text(&examples);
    let cases: &[(&str, &[&str], i32, &str)] = &[
        ("no export", &["analyze", "/no/such/export", "--out", &out_text], 2, "/no/such/export"),
        ("no paths", &["analyze", "--out", &out_text], 2, "PATH"),
        ("a folder that is a file", &["analyze", export, "--out", &taken], 4, "taken"),
        ("a folder below a file", &["analyze", export, "--out", &format!("{taken}/below")], 4, "--out"),
        ("a model that is none", &["analyze", export, "--out", &out_text, "--model", &broken], 5, "config.json"),
        (
            "a runtime that is not there",
            &["analyze", export, "--out", &out_text, "--onnxruntime", "/no/lib.so"],
            5,
            "/no/lib.so",
        ),
        ("a zone that is none", &["analyze", export, "--out", &out_text, "--zone", "Mars/Base"], 2, "Mars/Base"),
        ("a device that is none", &["analyze", export, "--out", &out_text, "--device", "abacus"], 2, "abacus"),
        ("a misspelt team", &["analyze", export, "--out", &out_text, "--team", &team], 2, "team.toml:2:"),
        ("a team by the settings", &["--config", &settings, "analyze", export, "--out", &out_text], 2, "team.toml:2:"),
        ("a team for the service", &["serve", "--team", &team], 2, "did you mean \"members\"?"),
        (
            "a device by the settings",
            &["--config", &device, "score", "--text", "hi"],
            2,
            "other.toml:2: \"gpu\" is no device",
        ),
        ("sides of conversations", &["score", export, "--side", "buyer"], 2, "--our-domains"),
        ("an end that never comes", &["serve", "--drain-deadline", "1e19"], 2, "from 0 to 86400"),
        ("a store that is none", &["serve", "--store", &taken], 2, "this is no store of dealtone"),
        ("a settings file that is not there", &["--config", "/no/settings.toml", "formats"], 2, "/no/settings.toml"),
    ];
    for (name, args, code, expected) in cases {
        let output = dealtone(args);
        assert_eq!(output.status.code(), Some(*code), "{name}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{name}: {}", stderr(&output));
        let left = fs::read_dir(&out).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{name}: something was left in the output folder");
    }
}

#[test]
fn a_library_that_is_not_the_runtime_is_an_error_that_names_it() {
    let temp = tempfile::tempdir().unwrap();
    let wrong = temp.path().join("libonnxruntime.so");
    fs::write(&wrong, b"\x7fELF and nothing more").unwrap();
    let output = dealtone(&["score", "--text", "hello", "--onnxruntime", text(&wrong)]);
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
    assert!(stderr(&output).contains("libonnxruntime.so"), "{}", stderr(&output));
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
    let output = analyze(&export, &run, &[], 0);
    assert!(
        stderr(&output).contains("left out what an earlier run wrote: 5 files in acme/results"),
        "{}",
        stderr(&output)
    );
    assert_eq!(lines(&run.join("deals.jsonl")).len(), 1);
    assert_eq!(sides(&run), ["Zoe Ray seller", "Speaker 2 buyer", "Zoe Ray seller"]);

    // Another file wins over the export's own; one that names no file of the export is said so.
    let other = temp.path().join("other.toml");
    fs::write(&other, "swap-sides = true\n[[members]]\nname = \"Zoe\"\n[overrides.\"cal.txt\"]\nYan = \"buyer\"\n")
        .unwrap();
    let output = analyze(&export, &run, &["--team", text(&other)], 0);
    assert!(stderr(&output).contains("\"cal.txt\""), "{}", stderr(&output));
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
    write("2025/acme/call.txt", "Buyer: The price is fine.\nSeller: Great.\n");
    write("2026/acme/call.txt", "Buyer: It broke again.\nSeller: I am sorry.\n");
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
    assert_eq!(ids, ["2025/acme/call.txt", "2026/acme/call.txt", "2026/acme/calls.csv#7", "2026/acme/calls.csv#7#2"]);

    // A conversation in a deal's folder that states another deal.
    write("all/acme/own.jsonl", "{\"deal\":\"globex\",\"turns\":[{\"speaker\":\"Ann\",\"text\":\"We sign.\"}]}\n");
    write("all/zeta/call.txt", "Buyer: The price is fine.\nSeller: Great.\n");
    let all = temp.path().join("of all");
    analyze(&temp.path().join("all"), &all, &[], 0);
    let deals: Vec<Value> = lines(&all.join("deals.jsonl")).iter().map(|d| d["deal"].clone()).collect();
    assert_eq!(deals, ["acme", "zeta"]);
    let shown = dealtone(&["show", "acme", text(&all)]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    let report = dealtone(&["report", text(&all.join("scored.jsonl")), "--out", text(&again)]);
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
fn a_settings_file_that_lies_in_the_folder_chooses_no_library() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("dealtone.toml"), "zone = \"UTC\"\nonnxruntime = \"x.so\"\n").unwrap();
    fs::write(temp.path().join("x.so"), "no library").unwrap();
    let here = |args: &[&str]| with_pipes(args).current_dir(temp.path()).output().unwrap();
    let refused = here(&["score", "--text", "hi"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("dealtone.toml:2: onnxruntime names code to load"), "{}", stderr(&refused));
    // Named, it may; and a library is looked for where it is named from, not where the system looks.
    let named = here(&["--config", "dealtone.toml", "score", "--text", "hi"]);
    assert_eq!(named.status.code(), Some(5), "{}", stderr(&named));
    assert!(stderr(&named).contains("x.so"), "{}", stderr(&named));
    fs::remove_file(temp.path().join("dealtone.toml")).unwrap();
    let by_name = here(&["score", "--text", "hi", "--onnxruntime", "x.so"]);
    let place = temp.path().join("x.so");
    assert!(stderr(&by_name).contains(text(&place)), "{}", stderr(&by_name));
}

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
    fs::write(&scored, "").unwrap();
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

/// Runs the program with `input` on standard input.
fn dealtone_with(args: &[&str], input: &[u8]) -> Output {
    let mut child = with_pipes(args).spawn().expect("the program starts");
    // It may end without having read everything.
    let _ = child.stdin.take().expect("standard input is a pipe").write_all(input);
    child.wait_with_output().expect("the program ends")
}

fn with_pipes(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dealtone"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn what_cannot_be_read_has_another_code_than_what_cannot_be_written() {
    let temp = tempfile::tempdir().unwrap();
    let (latin, words, bare) = (temp.path().join("l.jsonl"), temp.path().join("w.jsonl"), temp.path().join("b.jsonl"));
    fs::write(&latin, b"{\"text\": \"caf\xe9\", \"sentiment\": \"neutral\"}\n").unwrap();
    fs::write(&words, "{\"text\": \"ok\", \"sentiment\": \"neutral\"}\n{\"text\": \"CANARY\" \"sentiment\": 1}\n")
        .unwrap();
    fs::write(&bare, "{\"text\": \"CANARY\", \"label\": \"positive\"}\n").unwrap();
    let nowhere = temp.path().join("no/such.toml");
    let judge = ["judge", "acme", "--by", "Ann", "--mark", "trust=4", "--judgements", text(&nowhere)];
    let cases: &[(&[&str], i32, &str)] = &[
        (&["eval", "/no/labels.jsonl"], 2, "/no/labels.jsonl: labelled lines cannot be read"),
        (&["eval", text(temp.path())], 2, "labelled lines cannot be read"),
        (&["eval", text(&latin)], 2, "l.jsonl:1: this is not UTF-8 text"),
        (&["eval", text(&words)], 2, "w.jsonl:2: column 19: expected `,` or `}`; a line is"),
        (&["eval", text(&bare)], 2, "b.jsonl: these keys are not read: \"label\" (1 line); known are text, sentiment,"),
        (&["eval", text(&bare)], 2, "no line has \"sentiment\" or \"intents\""),
        (&["bench", "--texts", "/no/texts"], 2, "/no/texts: texts cannot be read"),
        (&["bench", "--compare", "/no/a.json", "/no/b.json"], 2, "/no/a.json: figures cannot be read"),
        (&["score", "-", "/no/export"], 2, "- is standard input"),
        (&["listen", "/no/call.wav"], 2, "/no/call.wav: cannot be read"),
        (&judge, 4, "such.toml: No such file or directory"),
    ];
    for (args, code, expected) in cases {
        let output = dealtone(args);
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{args:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("CANARY"), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn an_evaluation_names_its_model_and_counts_its_lines() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let labels = temp.path().join("labels.jsonl");
    fs::write(
        &labels,
        "{\"text\": \"We love it.\", \"sentiment\": \"negative\", \"intents\": [\"stall\"]}\n{\"text\": \"b\"}\n\
         {\"text\": \"Can you send the contract?\", \"intents\": []}\n",
    )
    .unwrap();
    let output = dealtone(&["eval", text(&labels), "--json", "--threads", "1"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["lines"], serde_json::json!({"read": 3, "sentiment": 1, "intents": 2, "unlabelled": 1}));
    assert_eq!((&said["threads"], &said["files"]), (&1.into(), &serde_json::json!([text(&labels)])));
    assert_eq!(said["provenance"]["model_sha256"].as_str().map(str::len), Some(64));
    assert_eq!(said["knows"]["intents"].as_array().map(Vec::len), Some(17));
    assert_eq!(said["worst"]["sentiment"][0]["gold"], "negative");
    let missed = &said["worst"]["missed"][0];
    assert_eq!((&missed["intent"], &missed["text"]), (&"stall".into(), &"We love it.".into()));
    assert!(missed["probability"].as_f64().is_some_and(|p| p > 0.0 && p < 0.5), "{missed}");
}

#[test]
fn lines_of_standard_input_are_scored_whatever_stands_beside_them() {
    if !runtime_is_here() {
        return;
    }
    let input = b"We love it.\ncaf\xe9\n{\"text\": \"We love it.\", \"side\": \"buyer\"}\n{\"text\": \"CANARY\nlast";
    for args in [&["score"][..], &["score", "-"]] {
        let output = dealtone_with(args, input);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        let said = String::from_utf8(output.stdout.clone()).unwrap();
        let scored: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let texts: Vec<(&str, u64)> =
            scored.iter().map(|one| (one["text"].as_str().unwrap(), one["line"].as_u64().unwrap())).collect();
        assert_eq!(texts, [("We love it.", 1), ("café", 2), ("We love it.", 3), ("last", 5)]);
        for part in ["standard input:2: the line is not UTF-8", "standard input:4: the JSON breaks"] {
            assert!(stderr(&output).contains(part), "{}", stderr(&output));
        }
        assert!(!stderr(&output).contains("CANARY"), "{}", stderr(&output));
    }
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("lines.txt");
    fs::write(&file, "We love it.\nSend the contract.\n").unwrap();
    let output = dealtone(&["score", text(&file)]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains(&format!("dealtone score < {}", text(&file))), "{}", stderr(&output));
}

/// On a full disk, and behind a reader that has enough.
#[test]
fn a_standard_error_that_takes_nothing_stops_no_work() {
    if !runtime_is_here() {
        return;
    }
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut child = with_pipes(&["score", "--threads", "1"]).stderr(full).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"caf\xe9\nWe love it.\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
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
fn a_line_is_scored_before_the_next_one_comes() {
    if !runtime_is_here() {
        return;
    }
    let mut child = with_pipes(&["score", "--threads", "1"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    for line in ["one", "two"] {
        writeln!(input, "{line}").unwrap();
        let mut scored = String::new();
        said.read_line(&mut scored).unwrap();
        assert!(scored.starts_with(&format!("{{\"text\":\"{line}\"")), "{scored}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}
