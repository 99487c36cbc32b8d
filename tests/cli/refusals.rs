//! What cannot work: it is refused before any work, with its code and what to do.

use std::fs;

use super::{dealtone, examples, stderr, text, with_pipes};

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
    let zone = temp.path().join("zone.toml");
    fs::write(&zone, "zone = \"Mars/Base\"\n").unwrap();
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
        ("a day that is none", &["analyze", export, "--out", &out_text, "--as-of", "12.6."], 2, "or today"),
        (
            "a day that there is not",
            &["analyze", export, "--out", &out_text, "--as-of", "2026-02-30"],
            2,
            "no such day",
        ),
        ("rules that are not there", &["rules", "check", "/no/rules.toml"], 2, "in which folder you are"),
        ("no paths", &["analyze", "--out", &out_text], 2, "PATH"),
        ("a folder that is a file", &["analyze", export, "--out", &taken], 4, "taken: a file has this name"),
        ("a folder below a file", &["analyze", export, "--out", &format!("{taken}/below")], 4, "--out"),
        ("a model that is none", &["analyze", export, "--out", &out_text, "--model", &broken], 5, "config.json"),
        (
            "a runtime that is not there",
            &["analyze", export, "--out", &out_text, "--onnxruntime", "/no/lib.so"],
            5,
            "/no/lib.so",
        ),
        ("an address for a domain", &["score", export, "--our-domains", "a@b.example"], 2, "write it as ours.example"),
        (
            "what the CRM says alone",
            &["analyze", &format!("{export}/deals.csv"), "--out", &out_text],
            2,
            "no conversation itself",
        ),
        ("a team for texts", &["score", "--text", "a", "--team", "/no/team.toml"], 2, "/no/team.toml"),
        ("sides of texts", &["score", "--text", "a", "--swap-sides"], 2, "--side"),
        ("a page of one rule", &["explain", "--page", "stalled"], 2, "--page"),
        ("a deal without a name", &["judge", "", "--by", "P", "--mark", "trust=3"], 2, "no deal is named"),
        ("a report of nothing", &["report", "/dev/null", "--out", &out_text], 2, "no scored conversation is in it"),
        ("a run that is a file", &["show", "acme", &taken], 2, "name the folder that"),
        ("no recording", &["listen", "call.mp3"], 2, "ffmpeg -i call.mp3 call.wav"),
        ("a zone that is none", &["analyze", export, "--out", &out_text, "--zone", "Mars/Base"], 2, "Mars/Base"),
        ("a device that is none", &["analyze", export, "--out", &out_text, "--device", "abacus"], 2, "abacus"),
        ("a misspelt team", &["analyze", export, "--out", &out_text, "--team", &team], 2, "team.toml:2:"),
        (
            "a team in no zone",
            &["analyze", export, "--out", &out_text, "--team", text(&zone)],
            2,
            "zone.toml: zone: \"Mars/Base\"",
        ),
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
fn a_variable_is_refused_by_its_name_and_without_a_value_it_is_not_set() {
    for (name, value, args, told) in [
        ("DEALTONE_THREADS", "x", &["score", "--text", "a"][..], Some("'DEALTONE_THREADS, as --threads <N>'")),
        ("DEALTONE_THREADS", "abc", &["score", "--text", "a"], Some("a whole number from 1 to 1024")),
        ("DEALTONE_THREADS", "0", &["score", "--text", "a"], Some("a whole number from 1 to 1024")),
        ("DEALTONE_THREADS", "x", &["score", "--text", "a", "--threads", "y"], Some("for '--threads <N>'")),
        ("DEALTONE_FORMAT", "csv", &["analyze", "/no", "--out", "/no"], Some("DEALTONE_FORMAT is no setting")),
        ("DEALTONE_PAGE", "1", &["explain"], Some("DEALTONE_PAGE is no setting")),
        ("DEALTONE_PAGE", "1", &["explain", "--page"], None),
        ("DEALTONE_THREADS", "", &["explain", "rules", "--page"], None),
        ("DEALTONE_THREADS", "", &["formats"], None),
        ("DEALTONE_OUR_DOMAINS", "", &["formats"], None),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_dealtone")).args(args).env(name, value).output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(if told.is_some() { 2 } else { 0 }), "{name}: {}", stderr(&output));
        assert!(stderr(&output).contains(told.unwrap_or_default()), "{name}: {}", stderr(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_told() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let command = std::process::Command::new(env!("CARGO_BIN_EXE_dealtone")).arg("--version").stdout(full).output();
    assert_eq!(command.unwrap().status.code(), Some(4));
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
