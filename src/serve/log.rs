//! The log: one JSON object a line on standard error, or plain lines for people.

use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogForm {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// Sets up the log of this process; a second call changes nothing. `filter` is a level, or a list of parts with a level each
/// as `tracing` takes it: `info,dealtone=debug`.
///
/// # Errors
/// Where `filter` is none.
pub fn start(filter: &str, form: LogForm) -> Result<(), String> {
    // `tracing` takes a lone word that is no level for the name of a part, and would log nothing of all others.
    let lone = |part: &&str| !part.is_empty() && !part.contains(['=', '[']) && part.parse::<LevelFilter>().is_err();
    if let Some(word) = filter.split(',').map(str::trim).find(lone) {
        return Err(format!("{word:?} is no log level; say error, warn, info, debug or trace"));
    }
    let filter =
        EnvFilter::try_new(filter).map_err(|e| format!("{filter:?} is no log level: {e}; say info, debug or trace"))?;
    // What goes wrong with the log itself has nowhere to be told: `eprintln` would panic where the disk is full.
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false)
        .log_internal_errors(false);
    // A subscriber that is already there stays.
    let _ = match form {
        LogForm::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogForm::Text => lines.compact().try_init(),
    };
    // A panic's message may quote what was worked on; where it happened is enough to find it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
    Ok(())
}
