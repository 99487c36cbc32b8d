//! Every setting that may stand elsewhere than on the command line, printed from the options themselves.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::variables::WITHOUT_OPTION;
use crate::config::ConfigFile;

const HEAD: &str = "# Settings

Printed by `dealtone explain settings` from the program's own options; a test keeps this page fresh.
A flag wins over its variable, a variable over `dealtone.toml`, and that over the default.

`dealtone.toml` is read where `--config FILE` names it, else where it lies in the working folder: one file, never both.
It has the keys below; paths in it count from its own folder.
One that merely lies in the working folder may not name `onnxruntime`: that is code, and takes a flag, a variable or `--config`.

A variable without a value counts as not set.
One that is almost a setting's name, or that of a flag which has none and is not given, is refused.

| flag | key of `dealtone.toml` | variable | for | what it is |
|---|---|---|---|---|
";

const FOOT: &str = "
`DEALTONE_TOKEN` holds the token that callers of `serve` need; it has no flag, since all of the machine can read those.
A variable takes one value where the flag may stand several times (`DEALTONE_JUDGEMENTS` one file); \
`DEALTONE_ALLOWED_HOSTS` takes several names with commas.
A default of the export is of `analyze` and `score`, which read one; the other commands have none in its place.
";

/// The page, for the options of `command` and those below it.
pub(super) fn page(command: &Command) -> String {
    let mut rows: Vec<Row> = Vec::new();
    collect(command, "", &mut rows);
    let mut out = HEAD.to_owned();
    for Row { arg, variable, commands } in rows {
        let name = arg.get_long().unwrap_or_default();
        let key = if ConfigFile::KEYS.contains(&name) { format!("`{name}`") } else { "–".to_owned() };
        let value = arg.get_value_names().and_then(|names| names.first()).map(|name| format!(" {name}"));
        let value = value.unwrap_or_default().replace('|', "\\|");
        let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = if default.is_empty() { String::new() } else { format!(" [default: {}]", default.join(",")) };
        let what = arg.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|");
        let _ =
            writeln!(out, "| `--{name}{value}` | {key} | `{variable}` | {} | {what}{default} |", commands.join(", "));
    }
    debug_assert_eq!(WITHOUT_OPTION, ["TOKEN"], "the foot of the page names them");
    out + FOOT
}

/// A setting with the commands that take it.
struct Row {
    arg: Arg,
    variable: String,
    commands: Vec<String>,
}

/// Adds the settings of a command, which is called `name`, and of those below it.
fn collect(command: &Command, name: &str, rows: &mut Vec<Row>) {
    for arg in command.get_arguments() {
        let Some(variable) = arg.get_env().and_then(|name| name.to_str()) else { continue };
        let of = if name.is_empty() { "all" } else { name };
        match rows.iter_mut().find(|row| row.variable == variable) {
            Some(row) => row.commands.push(format!("`{of}`")),
            None => rows.push(Row {
                arg: arg.clone(),
                variable: variable.to_owned(),
                commands: vec![if name.is_empty() { of.to_owned() } else { format!("`{of}`") }],
            }),
        }
    }
    for below in command.get_subcommands() {
        collect(below, format!("{name} {}", below.get_name()).trim(), rows);
    }
}
