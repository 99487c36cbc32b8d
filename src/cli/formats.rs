//! `dealtone formats`: what can be read, printed from the readers' own table.

use std::io::Write;

use super::Done;
use crate::read::FORMATS;

pub(crate) fn run() -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    let width = FORMATS.iter().map(|f| f.name().len()).max().unwrap_or(0);
    for format in FORMATS {
        writeln!(out, "{:<width$}  {}", format.name(), format.doc())?;
    }
    Ok(Done::Whole)
}
