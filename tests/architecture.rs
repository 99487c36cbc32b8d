//! What must stay true about the code: who may know whom. `ARCHITECTURE.md` gives the reasons.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The rings, from the inside out: a module uses modules of its own ring's row or of rows above it, never below.
/// Edges (ring 2) do not know each other but for what `EDGES_MAY` says.
const RINGS: &[&[&str]] = &[
    &["calendar", "conversation", "keys", "names", "recording", "utterance"],
    &["deal", "measure", "rules", "health", "deal_report", "attention", "judgement", "team", "floor"],
    &["read", "score", "report", "store", "voice"],
    &["pool", "reading", "engine", "pipeline", "bench", "cores", "evaluate", "listening", "parts", "resume", "queue"],
    &["config", "cli", "serve"],
];

/// Every outside crate with the one place in `src/` that may name it. Crates named here but not in this table's place
/// are refused; so is a dependency of Cargo.toml that has no row.
const OWNERS: &[(&str, &[&str])] = &[
    // The values of the trade may be used wherever there are values.
    ("serde", &[""]),
    ("serde_json", &[""]),
    ("thiserror", &[""]),
    ("jiff", &[""]),
    ("sha2", &["conversation.rs", "score/files.rs", "read/", "serve/", "store", "report/html/"]),
    ("toml", &["config.rs", "keys.rs", "rules/", "judgement.rs", "team/"]),
    ("toml_edit", &["judgement/"]),
    ("strsim", &["names.rs"]),
    ("dealtone_network", &["score/own.rs", "score/files.rs"]),
    ("ort", &["score/onnx.rs"]),
    ("libloading", &["score/onnx.rs"]),
    ("tokenizers", &["score/tokenizer.rs", "score/wordpiece.rs"]),
    ("ndarray", &["score/onnx.rs"]),
    ("unicode_segmentation", &["score/text.rs", "score/sentence_ends.rs"]),
    ("unicode_normalization_alignments", &["read/deal_key.rs"]),
    ("crossbeam_channel", &["pool.rs"]),
    ("mail_parser", &["read/"]),
    ("encoding_rs", &["read/"]),
    ("chardetng", &["read/"]),
    ("csv", &["read/", "report/"]),
    ("cfb", &["read/"]),
    ("zip", &["read/"]),
    ("flate2", &["read/", "report/html/", "serve/"]),
    ("hound", &["voice"]),
    ("earshot", &["voice"]),
    ("ebur128", &["voice"]),
    ("minijinja", &["report/"]),
    ("unicode_width", &["report/"]),
    ("parquet", &["report/"]),
    ("arrow_array", &["report/"]),
    ("arrow_schema", &["report/"]),
    ("rusqlite", &["store"]),
    ("tokio", &["serve/"]),
    ("axum", &["serve/"]),
    ("hyper", &["serve/"]),
    ("hyper_util", &["serve/"]),
    ("tower_http", &["serve/"]),
    ("utoipa", &["serve/"]),
    ("subtle", &["serve/"]),
    ("tracing", &["serve/"]),
    ("tracing_subscriber", &["serve/"]),
    ("libc", &["serve/"]),
    ("indicatif", &["cli/"]),
    ("terminal_size", &["cli/"]),
    ("clap", &["cli/"]),
    ("anyhow", &["cli/"]),
];

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("src/ can be listed") {
            let path = entry.expect("src/ can be listed").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&src, &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&src).expect("it was found there").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            // Comments may speak of anything.
            let code: String =
                text.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
            (name, code)
        })
        .collect()
}

fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn ring_of(module: &str) -> Option<usize> {
    RINGS.iter().position(|ring| ring.contains(&module))
}

/// What lib.rs hands out under a name of its own, with the module where it stands: `crate::Deal` is of `deal`.
fn handed_out() -> BTreeMap<String, String> {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut names = BTreeMap::new();
    for line in lib.lines().filter_map(|line| line.strip_prefix("pub use ")) {
        let (module, list) = line.trim_end_matches(';').split_once("::").expect("pub use MODULE::NAMES");
        for name in list.trim_matches(['{', '}']).split(',') {
            names.insert(name.trim().to_owned(), module.to_owned());
        }
    }
    names
}

/// The modules of this crate that `code` names: `crate::name` and the names inside `use crate::{…}`.
fn used_modules(code: &str) -> Vec<String> {
    let handed_out = handed_out();
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => used.push(std::mem::take(&mut name)),
                    c if depth == 0 && (c.is_alphanumeric() || c == '_' || c == ':') => name.push(c),
                    _ => {}
                }
            }
            used.push(name);
        } else {
            used.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    // `score::Text` as it was collected, to `score`.
    for name in &mut used {
        let end = name.find("::").unwrap_or(name.len());
        name.truncate(end);
        if let Some(module) = handed_out.get(name) {
            name.clone_from(module);
        }
    }
    used.retain(|name| ring_of(name).is_some());
    used
}

#[test]
fn no_module_knows_one_further_out() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        let module = module_of(&file);
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let Some(ring) = ring_of(module) else {
            wrong.push(format!("src/{file}: the module {module} stands in no ring; add it to RINGS"));
            continue;
        };
        for used in used_modules(&code) {
            let other = ring_of(&used).expect("only modules with a ring are kept");
            let between_edges = ring == 2 && other == 2 && used != module;
            if other > ring || between_edges {
                wrong.push(format!("src/{file} uses {used}, which stands further out or beside it"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_outside_crate_has_one_owner() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        for (name, owners) in OWNERS {
            let part = |c: char| c.is_alphanumeric() || c == '_';
            let named = [format!("{name}::"), format!("use {name}")].iter().any(|word| {
                code.match_indices(word.as_str()).any(|(at, _)| {
                    let (before, after) = (&code[..at], &code[at + word.len()..]);
                    let whole = word.ends_with(':') || !after.starts_with(part);
                    whole && !before.ends_with(|c: char| part(c) || c == ':')
                })
            });
            if named && !owners.iter().any(|owner| file.starts_with(owner)) {
                wrong.push(format!("src/{file} names {name}, which belongs to {owners:?}"));
            }
        }
    }
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let dependencies = manifest.split("\n[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for line in dependencies.lines().filter(|l| l.contains(" = ") && !l.starts_with('#')) {
        let name = line.split(" = ").next().unwrap().replace('-', "_");
        if !OWNERS.iter().any(|(owned, _)| *owned == name) {
            wrong.push(format!("Cargo.toml: {name} has no row in OWNERS"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What reaches out of the program or reads a clock, by the last two parts of its path, or as it is called.
const REACHES_OUT: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::env",
    "std::thread",
    "std::time",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "TimeZone::get",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "dbg!",
    "todo!",
    "unimplemented!",
];

/// What of [`REACHES_OUT`] stands in `code`, which is read without its tests.
fn reaches_out(code: &str) -> Vec<&'static str> {
    let code = code.split("#[cfg(test)]\nmod tests").next().unwrap_or(code);
    // `use std::{fs, collections::…}` names it without the path.
    let std: String = code
        .split("std::{")
        .skip(1)
        .filter_map(|rest| rest.split(';').next())
        .flat_map(|list| list.split(|c: char| !(c.is_alphanumeric() || c == '_')))
        .map(|name| format!("std::{name} "))
        .collect();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let named = |text: &str, word: &str| {
        text.match_indices(word).any(|(at, _)| {
            !text[..at].ends_with(part) && (word.ends_with('!') || !text[at + word.len()..].starts_with(part))
        })
    };
    REACHES_OUT.iter().copied().filter(|word| named(code, word) || named(&std, word)).collect()
}

#[test]
fn the_domain_does_no_io_and_reads_no_clock() {
    let mut wrong = Vec::new();
    for (file, code) in sources() {
        if ring_of(module_of(&file)).is_some_and(|ring| ring <= 1) {
            wrong.extend(reaches_out(&code).iter().map(|what| format!("src/{file} names {what}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_tests_of_this_file_can_fail() {
    assert_eq!(
        used_modules("use crate::{cli::run, score::{self, Text}, pool::Pool, Scored}; crate::deal::Deal crate::Deal"),
        ["cli", "score", "pool", "utterance", "deal", "deal"]
    );
    for (code, found) in [
        ("use std::fs;", &["std::fs"][..]),
        ("use std::{collections::BTreeMap, time::{Duration, Instant}};", &["std::time", "Instant"]),
        ("let now = jiff::Timestamp::now();", &["Timestamp::now"]),
        ("eprintln!(\"x\");", &["eprintln!"]),
        ("use std::{collections::BTreeMap, fmt}; let fs = 1; self.io(io); reprintln!()", &[]),
        ("let a = 1;\n#[cfg(test)]\nmod tests { use std::fs; }", &[]),
    ] {
        assert_eq!(reaches_out(code), found, "{code}");
    }
    assert!(ring_of("cli") > ring_of("deal"));
}
