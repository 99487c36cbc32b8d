//! The pages that the program prints of itself are as fresh as the tables that they are printed from.

use std::process::Command;

fn check(args: &[&str], name: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_dealtone")).args(args).output().expect("it runs");
    let fresh = String::from_utf8(output.stdout).expect("the page is text");
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("DEALTONE_PRINT_DOCS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(page == fresh, "docs/{name} is stale: run this test with DEALTONE_PRINT_DOCS=1");
}

#[test]
fn the_page_on_rules_is_fresh() {
    check(&["explain", "--page"], "rules.md");
}

#[test]
fn the_page_on_settings_is_fresh() {
    check(&["explain", "settings"], "settings.md");
}
