//! The variables `DEALTONE_…`: one that is almost the name of a setting, or that of a flag which has no variable, is refused,
//! since it would be passed over in silence; one without a value counts as not set.

use anyhow::bail;
use clap::{Arg, Command, Error, error::ContextKind, error::ContextValue};

use crate::names::misspelt;

const PREFIX: &str = "DEALTONE_";

/// Settings that no option has: a token is not given as an argument, which all of the machine could read.
pub(super) const WITHOUT_OPTION: &[&str] = &["TOKEN"];

/// Refuses the variables among `set` that are no setting of `command` or one of its own and are like one, and those that are
/// called as a flag of `used`, the one that runs, which no variable sets and which is not `given` either. What is like none
/// may be somebody else's.
pub(crate) fn check<'a>(
    command: &Command,
    used: &Command,
    given: impl Fn(&Arg) -> bool,
    set: impl Iterator<Item = &'a str>,
) -> anyhow::Result<()> {
    let mut known: Vec<String> = WITHOUT_OPTION.iter().map(|name| (*name).to_owned()).collect();
    names(command, &mut known);
    for variable in set {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        let flag = name.to_lowercase().replace('_', "-");
        let is_meant = |arg: &Arg| arg.get_long() == Some(&*flag) && arg.get_env().is_none();
        if let Some(arg) = used.get_arguments().find(|arg| is_meant(arg)) {
            // A script may keep in it what it says by the flag.
            if given(arg) {
                continue;
            }
            bail!(
                "{variable} is no setting of {}, so it would change nothing; unset it and say --{flag}",
                used.get_name()
            );
        }
        if known.iter().any(|k| k == name) {
            continue;
        }
        if let Some(like) = misspelt(name, known.iter().map(String::as_str)) {
            bail!("{variable} is no setting; did you mean {PREFIX}{like}? Unset it or name it right");
        }
    }
    Ok(())
}

/// The command as if the variables that are `empty` were not set.
pub(crate) fn without_empty(command: Command, empty: &impl Fn(&str) -> bool) -> Command {
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let is_empty = |arg: &Arg| arg.get_env().and_then(|name| name.to_str()).is_some_and(empty);
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(None) } else { arg });
    below.iter().fold(command, |command, name| command.mut_subcommand(name, |below| without_empty(below, empty)))
}

/// An error of the command line that names the variable where the value came of one; `given` are the arguments, `value` gives
/// what a variable holds.
pub(crate) fn named(
    mut error: Error,
    command: &Command,
    given: &[String],
    value: impl Fn(&str) -> Option<String>,
) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (Some(option), Some(wrong)) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue)) else {
        return error;
    };
    let flag = option.split([' ', '=']).next().unwrap_or_default().to_owned();
    let Some(variable) = variable_of(command, flag.trim_start_matches('-')) else { return error };
    let of_flag = given.iter().any(|arg| arg.split('=').next() == Some(&*flag));
    let set = value(&variable).is_some_and(|held| held.split(',').any(|part| part == wrong) || held == wrong);
    if set && !of_flag {
        error.insert(ContextKind::InvalidArg, ContextValue::String(format!("{variable}, as {option}")));
    }
    error
}

/// The variable of a flag of a command or of one below it.
fn variable_of(command: &Command, flag: &str) -> Option<String> {
    let own = command.get_arguments().find(|arg| arg.get_long() == Some(flag) && arg.get_env().is_some());
    let own = own.and_then(|arg| arg.get_env()?.to_str()).map(str::to_owned);
    own.or_else(|| command.get_subcommands().find_map(|below| variable_of(below, flag)))
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
        let told = |set: &[&str]| check(&command, &command, |_| false, set.iter().copied()).map_err(|e| e.to_string());
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

    #[test]
    fn a_variable_that_is_called_as_a_flag_without_one_is_refused_by_the_command_that_has_it() {
        let command = crate::cli::Cli::command();
        let of = |name: &str| command.find_subcommand(name).unwrap().clone();
        let check = |name: &str, given: bool| check(&command, &of(name), |_| given, ["DEALTONE_AS_OF"].into_iter());
        let refused = check("analyze", false).unwrap_err().to_string();
        assert!(refused.ends_with("unset it and say --as-of"), "{refused}");
        assert!(check("analyze", true).is_ok());
        assert!(check("serve", false).is_ok());
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let command = || without_empty(crate::cli::Cli::command(), &|name| name == "DEALTONE_THREADS");
        let unset =
            command().find_subcommand("score").unwrap().get_arguments().find(|a| a.get_id() == "threads").cloned();
        assert_eq!(unset.unwrap().get_env(), None);
    }
}
