//! `dealtone bench`: what a model costs on this machine.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Done, EngineArgs, OutputError, input, one_file::replace, terminal::tell};
use crate::{
    bench::{BenchReport, Effort, Host, compare, measure, page, picture},
    config::ConfigFile,
    engine::{EngineOptions, model_folder},
    read::encoding::decode_stated,
    score::ScoreError,
};

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Texts to measure with, one a line; - for standard input [default: 600 invented lines of sales talk]
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// A first look: fewer samples, so few percentiles beyond the 90th. It takes some two minutes on a quiet machine instead
    /// of ten, on a busy or slow one up to three times as long
    #[arg(long)]
    quick: bool,
    /// Seconds for each latency and each open load: more seconds, more samples, higher percentiles [default: 30; with
    /// --quick 2, and 6 for an open load]
    #[arg(long, value_name = "N", value_parser = parse_seconds)]
    seconds: Option<f64>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Do not say on standard error what is being measured
    #[arg(long, short)]
    quiet: bool,
    /// Write a page with the curves
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Measure nothing; show what changed between two files that --json wrote, and what makes them incomparable
    #[arg(long, value_names = ["A.json", "B.json"], num_args = 2, conflicts_with_all = ["texts", "quick", "seconds", "html"])]
    compare: Vec<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(crate) fn run(args: &BenchArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    if let [a, b] = args.compare.as_slice() {
        let comparison = compare::compare(&read_report(a)?, &read_report(b)?);
        if args.json {
            print_json(&mut out, &comparison)?;
        } else {
            out.write_all(compare::text(&comparison).as_bytes())?;
        }
        return Ok(Done::Whole);
    }
    let texts = match &args.texts {
        Some(path) => {
            let name = path.display().to_string();
            let content =
                read_texts(&name, &fs::read(input(path)).with_context(|| format!("{name}: texts cannot be read"))?)?;
            Some((name, content))
        }
        None => None,
    };
    if let Some(path) = &args.html {
        try_writing(path)?;
    }
    let effort = if args.quick { Effort::QUICK } else { Effort::FULL };
    let effort = args.seconds.map_or(effort, |seconds| effort.within(seconds));
    let lines = texts.as_ref().map(|(name, content)| (name.as_str(), content.as_str()));
    let options = args.engine.options(config)?;
    let told = Told::new(args.quiet, &effort);
    let mut here = Here { options: &options, told };
    let report = measure(&options, lines, effort, &mut here)?;
    here.told.end();
    if args.json {
        print_json(&mut out, &report)?;
    } else {
        out.write_all(picture::terminal(&report).as_bytes())?;
    }
    if let Some(path) = &args.html {
        replace(path, page::page(&report).as_bytes()).map_err(|e| page_error(path, e))?;
    }
    Ok(Done::Whole)
}

/// The lines to measure with; their encoding is stated or UTF-8, and never guessed.
fn read_texts(name: &str, bytes: &[u8]) -> anyhow::Result<String> {
    let text = decode_stated(bytes)
        .map_err(|line| anyhow!("{name}:{line}: this is not UTF-8 text; save the file as UTF-8"))?;
    if text.trim().is_empty() {
        bail!("{name}: there is no text in it to measure with");
    }
    Ok(text.into_owned())
}

fn print_json(out: &mut impl Write, value: &impl serde::Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

fn read_report(path: &PathBuf) -> anyhow::Result<BenchReport> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("{name}: figures cannot be read"))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{name}: these are no figures of this version's `dealtone bench --json`"))
}

/// Finds out whether the page can be written before minutes of measuring, and leaves all as it was.
fn try_writing(path: &Path) -> Result<(), OutputError> {
    let was_there = path.exists();
    // Not truncated: whoever measures in vain keeps the page of last time.
    File::options().write(true).create(true).truncate(false).open(path).map_err(|e| page_error(path, e))?;
    if !was_there {
        fs::remove_file(path).map_err(|e| page_error(path, e))?;
    }
    Ok(())
}

fn page_error(path: &Path, cause: std::io::Error) -> OutputError {
    OutputError { path: path.display().to_string(), cause, remedy: "name a file that can be written with --html" }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("say a number of seconds from 0.01 to 86400".to_owned()),
    }
}

/// Where in the measurement one is, on standard error: a bar on a terminal, else a line for each part, so that minutes in
/// a log do not look like a program that hangs. It is written between the parts only: a thread that draws would disturb what
/// is timed.
enum Told {
    Nothing,
    Bar(ProgressBar),
    Lines(Instant),
}

impl Told {
    /// Says how long it takes.
    fn new(quiet: bool, effort: &Effort) -> Told {
        if quiet {
            return Told::Nothing;
        }
        let minutes = match effort.minutes() {
            1 => "a minute".to_owned(),
            n => format!("{n} minutes"),
        };
        tell(format_args!("bench: some {minutes} on a quiet machine, up to three times as long on a busy or slow one"));
        if !std::io::stderr().is_terminal() {
            return Told::Lines(Instant::now());
        }
        let look = ProgressStyle::with_template("{bar:24} {pos} of {len}, {elapsed} so far: {msg}");
        Told::Bar(ProgressBar::new(0).with_style(look.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    fn begins(&self, part: &str, at: usize, of: usize) {
        match self {
            Told::Nothing => {}
            Told::Bar(bar) => {
                bar.set_length(of as u64);
                bar.set_position(at as u64);
                bar.set_message(part.to_owned());
                bar.tick();
            }
            Told::Lines(since) => {
                let seconds = since.elapsed().as_secs();
                tell(format_args!("bench: {at} of {of} at {}:{:02}: {part}", seconds / 60, seconds % 60));
            }
        }
    }

    fn end(&self) {
        if let Told::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// This program on this terminal.
struct Here<'a> {
    options: &'a EngineOptions,
    told: Told,
}

/// Settings of nobody: the process of a cold start is told all of them by flags.
const NO_SETTINGS: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

impl Host for Here<'_> {
    fn cold_start(&mut self) -> Result<Duration, ScoreError> {
        let failed = |what: String| ScoreError::Runtime(format!("a process for a cold start: {what}"));
        let options = self.options;
        let program = std::env::current_exe().map_err(|e| failed(e.to_string()))?;
        let mut command = Command::new(program);
        command.args(["--config", NO_SETTINGS, "score", "--threads", "1", "--device", &options.device.to_string()]);
        command.arg("--model").arg(model_folder(options.model.as_deref())?);
        command.arg("--runtime").arg(options.runtime.name());
        if let Some(library) = &options.onnxruntime {
            command.arg("--onnxruntime").arg(library);
        }
        command.args(["--text", "How does Thursday at ten look for you?"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let start = Instant::now();
        let mut child = command.spawn().map_err(|e| failed(e.to_string()))?;
        let mut line = String::new();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let read = BufReader::new(stdout.expect("it is piped")).read_line(&mut line);
        let took = start.elapsed();
        let mut said = String::new();
        let rest = stderr.expect("it is piped").read_to_string(&mut said);
        let status =
            child.wait().and_then(|status| read.and(rest).map(|_| status)).map_err(|e| failed(e.to_string()))?;
        if line.is_empty() || !status.success() {
            return Err(failed(format!("{status}; {}", said.trim())));
        }
        Ok(took)
    }

    fn begins(&mut self, part: &str, at: usize, of: usize) {
        self.told.begins(part, at, of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_utf_8_or_in_the_encoding_that_they_state() {
        let utf16: Vec<u8> = "\u{feff}déjà".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in ["déjà".as_bytes(), "\u{feff}déjà".as_bytes(), &utf16] {
            assert_eq!(read_texts("f", bytes).unwrap(), "déjà");
        }
        for (bytes, expected) in [(&b"d\xe9j\xe0"[..], "f:1: this is not UTF-8 text"), (b" \n", "f: there is no text")]
        {
            let error = read_texts("f", bytes).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_page_that_can_be_written_is_left_as_it_was_until_there_is_one() {
        let temp = tempfile::tempdir().unwrap();
        let (old, new) = (temp.path().join("old.html"), temp.path().join("new.html"));
        fs::write(&old, "of last time").unwrap();
        try_writing(&old).unwrap();
        try_writing(&new).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "of last time");
        assert!(!new.exists());
        let error = try_writing(temp.path()).unwrap_err().to_string();
        assert!(error.contains("--html") && !error.contains("--out"), "{error}");
    }
}
