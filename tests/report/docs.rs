//! Printed pages of the documentation are as fresh as the tables that they are printed from.

use dealtone::report::{schema, table};

fn is_fresh(name: &str, printed: &str) {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("DEALTONE_PRINT_DOCS").is_some() {
        std::fs::write(&path, printed).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(page == printed, "docs/{name} is stale: run this test with DEALTONE_PRINT_DOCS=1");
}

#[test]
fn the_page_on_tables_is_fresh() {
    is_fresh("tables.md", &table::documentation());
}

/// Whoever feeds conversations in finds one description of a line, in the documentation and in the program.
#[test]
fn the_schema_of_a_conversation_is_fresh() {
    let schema = (schema::named("conversation").unwrap().schema)();
    is_fresh("conversation.schema.json", &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
}
