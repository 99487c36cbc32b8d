//! What a run writes: quotes that stand in their files, the same bytes for the same words; and what other commands make
//! of it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use super::{analyze, copy_tree, dealtone, examples, lines, runtime_is_here, stderr, text};

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

    // Judged by other rules than the run's, it is told; without any it is as the run found it, which is what its page says. What
    // people judged of it stands in the run.
    let [rules, others, judged] = ["rules.toml", "others.toml", "judged.toml"].map(|name| temp.path().join(name));
    fs::write(&others, "[risk.stalled]\noff = true\n").unwrap();
    fs::write(&rules, "[risk.churn_risk]\noff = true\n").unwrap();
    fs::write(&judged, "[[deal.tallis-freight]]\nby = \"Priya\"\nnote = \"They call me first.\"\n").unwrap();
    let own = temp.path().join("own");
    analyze(&examples(), &own, &["--rules", text(&rules), "--judgements", text(&judged)], 0);
    let show = |more: &[&str]| dealtone(&[&["show", "tallis-freight", text(&own)], more].concat());
    for (more, is_told) in [(&["--rules", text(&rules)][..], false), (&["--rules", text(&others)], true), (&[], false)]
    {
        let shown = show(more);
        assert_eq!(stderr(&shown).contains("judged by other rules"), is_told, "{more:?}");
        let raised = String::from_utf8_lossy(&shown.stdout).to_lowercase().contains("churn risk");
        assert_eq!(raised, is_told, "{more:?}: the run has the flag switched off");
    }
    assert!(String::from_utf8(show(&[]).stdout).unwrap().contains("They call me first."));

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
fn deals_that_were_scored_one_by_one_have_the_sides_of_the_whole() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let (run, parts, again) = (temp.path().join("run"), temp.path().join("parts.jsonl"), temp.path().join("again"));
    analyze(&examples(), &run, &[], 0);
    let mut all = Vec::new();
    let folders = fs::read_dir(examples()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    for folder in folders {
        // Elsewhere, where nothing beside it tells whose domains are ours.
        let alone = temp.path().join("alone").join(folder.file_name().unwrap());
        copy_tree(&folder, &alone);
        let output = dealtone(&["score", text(&alone)]);
        assert!(output.status.success(), "{}", stderr(&output));
        all.extend(output.stdout);
    }
    fs::write(&parts, all).unwrap();
    let (crm, ours) = (examples().join("deals.csv"), examples().join("our-domains.txt"));
    let args = ["report", text(&parts), "--deals", text(&crm), "--our-domains", text(&ours), "--out", text(&again)];
    let output = dealtone(&args);
    // Nothing is lost; that scores were made without these sides is told.
    assert!(output.status.success() && stderr(&output).contains("only told (other_side "), "{}", stderr(&output));
    let said = |run: &Path| -> Vec<String> {
        let said = |u: &Value| format!("{} {} {} {}", u["deal"], u["speaker"], u["side"], u["text"]);
        lines(&run.join("utterances.jsonl")).iter().map(said).collect()
    };
    assert_eq!(said(&again), said(&run));
}

#[test]
fn what_was_delivered_twice_is_told_and_nothing_is_lost_for_it() {
    if !runtime_is_here() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let deal = temp.path().join("export/acme");
    fs::create_dir_all(&deal).unwrap();
    let mail = "From: Ann <ann@acme.example>\nTo: rob@us.example\nMessage-ID: <1@x>\n\
        Date: Mon, 1 Jun 2026 10:00:00 +0000\nSubject: Price\n\nThe price is far too high for us.\n";
    ["a.eml", "b.eml"].iter().for_each(|name| fs::write(deal.join(name), mail).unwrap());
    let out = temp.path().join("out");
    let output = analyze(deal.parent().unwrap(), &out, &["--our-domains", "us.example"], 0);
    assert!(stderr(&output).contains("1 only told (duplicate 1); skipped.jsonl"), "{}", stderr(&output));
    assert_eq!(lines(&out.join("skipped.jsonl")).len(), 1);
    fs::write(deal.join("empty.vtt"), "").unwrap();
    let output = analyze(deal.parent().unwrap(), &out, &["--our-domains", "us.example"], 3);
    let said = "1 could not be read whole (empty 1); 1 only told (duplicate 1); skipped.jsonl";
    assert!(stderr(&output).contains(said), "{}", stderr(&output));
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
    let deals = lines(&temp.path().join("deals.jsonl"));
    let mut ranks: Vec<u64> = deals.iter().map(|deal| deal["attention"]["rank"].as_u64().unwrap()).collect();
    ranks.sort();
    assert_eq!(ranks, [1, 2, 3, 4]);
    let first = deals.iter().find(|deal| deal["attention"]["rank"] == 1).unwrap();
    let name = first["crm"]["name"].as_str().unwrap();
    let place = |name: &str| said.find(name).unwrap_or(usize::MAX);
    assert!(deals.iter().all(|deal| place(name) <= place(deal["crm"]["name"].as_str().unwrap())), "{name} {said}");
    let table = fs::read_to_string(temp.path().join("deals.csv")).unwrap();
    assert!(table.lines().next().unwrap().ends_with("attention_rank,attention_reason"), "{table}");
    for d in deals {
        for key in ["deal", "as_of", "health", "risks", "coaching", "readings", "coverage", "provenance"] {
            assert!(d.get(key).is_some(), "{key} is missing in {}", d["deal"]);
        }
    }
}
