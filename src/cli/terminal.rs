//! What the program says beside its results, and what a terminal can show of them.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
};

use crate::report::terminal::Style;

/// Says something on standard error. Where that takes nothing, on a full disk or behind `| head`, the work goes on: it must
/// not end in the middle because nobody listens.
pub(super) fn tell(message: impl Display) {
    let _ = writeln!(std::io::stderr(), "dealtone: {message}");
}

/// What standard output can show.
pub(super) fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    if !terminal {
        return Style::PLAIN;
    }
    let colour =
        std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var("TERM").as_deref() != Ok("dumb");
    let width = terminal_size::terminal_size().map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style { width, colour, ..Style::PLAIN }
}
