//! `docs/rules.md` is as fresh as the tables that it is printed from.

use std::process::Command;

#[test]
fn the_page_on_rules_is_fresh() {
    let output = Command::new(env!("CARGO_BIN_EXE_dealtone")).args(["explain", "--page"]).output().expect("it runs");
    let fresh = String::from_utf8(output.stdout).expect("the page is text");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md");
    if std::env::var_os("DEALTONE_PRINT_DOCS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(page == fresh, "docs/rules.md is stale: run this test with DEALTONE_PRINT_DOCS=1");
}
