//! Printed pages of the documentation are as fresh as the tables that they are printed from.

use dealtone::report::table;

#[test]
fn the_page_on_tables_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tables.md");
    if std::env::var_os("DEALTONE_PRINT_DOCS").is_some() {
        std::fs::write(path, table::documentation()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(page == table::documentation(), "docs/tables.md is stale: run this test with DEALTONE_PRINT_DOCS=1");
}
