//! The variables `DEALTONE_…`: one that is almost the name of a setting is refused, since it would be passed over in silence.

use anyhow::bail;
use clap::Command;

use crate::names::misspelt;

const PREFIX: &str = "DEALTONE_";

/// Settings that no option has: a token is not given as an argument, which all of the machine could read.
const WITHOUT_OPTION: &[&str] = &["TOKEN"];

/// Refuses the variables among `set` that are no setting of `command` or one of its own and are like one. What is like none
/// may be somebody else's.
pub(crate) fn check<'a>(command: &Command, set: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let mut known: Vec<String> = WITHOUT_OPTION.iter().map(|name| (*name).to_owned()).collect();
    names(command, &mut known);
    for variable in set {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        if known.iter().any(|k| k == name) {
            continue;
        }
        if let Some(like) = misspelt(name, known.iter().map(String::as_str)) {
            bail!("{variable} is no setting; did you mean {PREFIX}{like}? Unset it or name it right");
        }
    }
    Ok(())
}

/// The names behind the prefix of all settings of a command and of those below it.
fn names(command: &Command, into: &mut Vec<String>) {
    let named = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str());
    into.extend(named.filter_map(|name| name.strip_prefix(PREFIX)).map(str::to_owned));
    for below in command.get_subcommands() {
        names(below, into);
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_misspelt_variable_is_refused_and_somebody_elses_is_not() {
        let command = crate::cli::Cli::command();
        let told = |set: &[&str]| check(&command, set.iter().copied()).map_err(|e| e.to_string());
        let known = ["MODEL", "OUR_DOMAINS", "TOKEN", "TOKEN_FILE"];
        // What the tests and scripts of this project set.
        let others =
            ["BLESS", "REQUIRE_RUNTIME", "FUZZ_INPUTS", "FUZZ_SEED", "TEXT", "REQUESTS", "ADDRESS", "BODIES", "URL"];
        for name in known.into_iter().chain(others).chain(["SECONDS", "PRINT_DOCS", "EVERY_BYTE"]) {
            assert_eq!(told(&[&format!("{PREFIX}{name}")]), Ok(()));
        }
        assert_eq!(told(&["HOME"]), Ok(()));
        let refused = told(&["DEALTONE_MODLE"]).unwrap_err();
        assert!(refused.starts_with("DEALTONE_MODLE is no setting; did you mean DEALTONE_MODEL?"), "{refused}");
        assert!(told(&["DEALTONE_JUDGEMNTS"]).unwrap_err().contains("DEALTONE_JUDGEMENTS"));
    }
}
