//! `docs/rules.md` says what the tables say.

use std::{fs, path::Path, process::Command};

#[test]
fn the_reference_page_is_what_the_tables_say() {
    let output = Command::new(env!("CARGO_BIN_EXE_dealtone")).args(["explain", "--page"]).output().expect("it runs");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let fresh = String::from_utf8(output.stdout).expect("the page is text");
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(fresh == held, "docs/rules.md is stale; write it anew: dealtone explain --page > docs/rules.md");
}
