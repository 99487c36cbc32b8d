//! The program as its user runs it: what it writes, what it says, and how it ends.

mod exports;
mod judging;
mod lines;
mod refusals;
mod results;

use std::{
    fs,
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

fn with_pipes(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dealtone"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}
