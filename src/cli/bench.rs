//! `dealtone bench`: what a model costs on this machine.

use std::{io::Write, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::{Done, EngineArgs, out_folder::output_error};
use crate::{
    bench::{BenchReport, Effort, measure, picture},
    config::ConfigFile,
};

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Texts to measure with, one a line [default: 600 invented lines of sales talk]
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// A minute for a first look: fewer samples, so no 99th percentiles
    #[arg(long)]
    quick: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Write a page with the curves
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Measure nothing; show what changed between two files that --json wrote
    #[arg(long, value_names = ["A.json", "B.json"], num_args = 2, conflicts_with_all = ["texts", "quick", "json", "html"])]
    compare: Vec<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(crate) fn run(args: &BenchArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    if let [a, b] = args.compare.as_slice() {
        out.write_all(picture::compare(&read_report(a)?, &read_report(b)?).as_bytes())?;
        return Ok(Done::Whole);
    }
    let texts = match &args.texts {
        Some(path) => {
            let name = path.display().to_string();
            let content = std::fs::read_to_string(path).with_context(|| format!("{name}: texts cannot be read"))?;
            if content.trim().is_empty() {
                bail!("{name}: there is no text in it to measure with");
            }
            Some((name, content))
        }
        None => None,
    };
    let effort = if args.quick { Effort::QUICK } else { Effort::FULL };
    let lines = texts.as_ref().map(|(name, content)| (name.as_str(), content.as_str()));
    let report = measure(&args.engine.options(config)?, lines, effort)?;
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    } else {
        out.write_all(picture::terminal(&report).as_bytes())?;
    }
    if let Some(path) = &args.html {
        std::fs::write(path, picture::page(&report)).map_err(|e| output_error(path, e))?;
    }
    Ok(Done::Whole)
}

fn read_report(path: &PathBuf) -> anyhow::Result<BenchReport> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{name}: figures cannot be read"))?;
    serde_json::from_str(&text).with_context(|| format!("{name}: these are no figures of `dealtone bench --json`"))
}
