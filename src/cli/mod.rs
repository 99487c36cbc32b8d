//! The command line: the only folder that names clap and anyhow; it prints and exits.

// They panic where standard error takes nothing; `terminal::tell` does not.
#![warn(clippy::print_stderr)]

mod analyze;
mod bench;
mod eval;
mod explain;
mod export;
mod extra_files;
mod formats;
mod health;
mod judge;
mod judged;
mod lines;
mod listen;
mod lock;
mod model;
mod one_file;
mod out_folder;
mod progress;
mod report;
mod rules;
mod run_files;
mod schema;
mod score;
mod serve;
mod settings;
mod show;
mod store;
mod terminal;
mod variables;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{
    Arg, ArgMatches, Args, Command as Clap, CommandFactory, FromArgMatches, Parser, Subcommand, parser::ValueSource,
};

use crate::{
    config::{self, AskedDevice, ConfigFile},
    engine::{Engine, EngineOptions, best_device},
    score::{RuntimeChoice, ScoreError, onnx::Device},
    serve::ServeError,
    store::StoreError,
};

/// Reads exported sales calls and e-mails, scores every utterance on this machine, and shows which deals need a person,
/// why, and in whose words.
#[derive(Parser)]
#[command(name = "dealtone", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    /// Settings file [default: dealtone.toml of the working folder, where there is one; that may name no library]
    #[arg(long, global = true, value_name = "FILE", env = "DEALTONE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 all well; 1 health: it does not, or serve was ended by a second signal; 2 wrong use, \
settings or rules, or a file that you name cannot be read; 3 something could not be read (see skipped.jsonl), the rest is \
done; 4 an output could not be written; 5 the model or ONNX Runtime cannot be used.";

#[derive(Subcommand)]
enum Command {
    /// Analyse a folder of exports: a report, and the files beside it
    Analyze(analyze::AnalyzeArgs),
    /// Say what a recording says beside its transcript: speech, silence, overlap, pace, loudness
    Listen(listen::ListenArgs),
    /// Show one deal of a run: flags, quotes, what to ask
    Show(show::ShowArgs),
    /// Score texts or conversations and print the scores
    Score(score::ScoreArgs),
    /// Measure what a model costs on this machine: latency, throughput, where the time goes
    Bench(bench::BenchArgs),
    /// Judge deals from scored conversations: what was scored elsewhere, or labels held against the rules
    Report(report::ReportArgs),
    /// Hold the model against labelled lines: F1 by label, confusion, calibration, worst mistakes
    Eval(eval::EvalArgs),
    /// Say what a rule, a measure, a tracker, an intent or the health means
    Explain(explain::ExplainArgs),
    /// Add what you judge of a deal to judgements.toml: a mark, a note, a flag that you do not believe
    Judge(judge::JudgeArgs),
    /// Check a file of rules; count which rules people do not believe
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// List the formats that can be read
    Formats,
    /// Print the JSON Schema of an output
    Schema(schema::SchemaArgs),
    /// Serve scores over HTTP
    Serve(Box<serve::ServeArgs>),
    /// Ask a running service whether it lives, or with --ready whether it scores
    Health(health::HealthArgs),
    /// Check, copy or thin out the store of the service
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Say what a model folder is and whether it fits
    #[command(subcommand)]
    Model(model::ModelCommand),
}

/// Which model, where, how wide.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct EngineArgs {
    /// Folder of the model: config.json, tokenizer.json, model.onnx [default: the one that comes with dealtone]
    #[arg(long, value_name = "DIR", env = "DEALTONE_MODEL")]
    model: Option<PathBuf>,
    /// The shared library of ONNX Runtime, which then computes the model unless --runtime says otherwise [default: searched
    /// for; see scripts/onnxruntime]
    #[arg(long, value_name = "FILE", env = "DEALTONE_ONNXRUNTIME")]
    onnxruntime: Option<PathBuf>,
    /// What computes the model: own (dealtone itself, where model and processor fit), onnxruntime, or auto for own where it
    /// can [default: onnxruntime where its library is named, else auto]
    #[arg(long, value_name = "RUNTIME", env = "DEALTONE_RUNTIME")]
    runtime: Option<RuntimeChoice>,
    /// Where the model runs: cpu, cuda, cuda:N, or auto for the first GPU that it runs on, else cpu [default: cpu]
    #[arg(long, value_name = "DEVICE", env = "DEALTONE_DEVICE")]
    device: Option<AskedDevice>,
    /// Threads that score [default: one an allowed core]
    #[arg(long, value_name = "N", env = "DEALTONE_THREADS", value_parser = threads)]
    threads: Option<u16>,
}

fn threads(text: &str) -> Result<u16, String> {
    let (least, most) = (config::THREADS.start(), config::THREADS.end());
    let threads = text.parse().ok().filter(|threads| config::THREADS.contains(threads));
    threads.ok_or_else(|| format!("write a whole number from {least} to {most}"))
}

impl EngineArgs {
    /// Flags and variables over the settings file over the defaults.
    fn options(&self, config: &ConfigFile) -> Result<EngineOptions, anyhow::Error> {
        let onnxruntime = self.onnxruntime.clone().or_else(|| config.onnxruntime.clone());
        // Who names a library wants it.
        let by_library = if onnxruntime.is_some() { RuntimeChoice::OnnxRuntime } else { RuntimeChoice::Auto };
        let mut options = EngineOptions {
            model: self.model.clone().or_else(|| config.model.clone()),
            onnxruntime,
            runtime: self.runtime.or(config.runtime).unwrap_or(by_library),
            device: Device::Cpu,
            threads: self.threads.map(usize::from).or(config.threads),
        };
        match self.device.or(config.device) {
            None => {}
            Some(AskedDevice::This(device)) => options.device = device,
            Some(AskedDevice::Auto) => options.device = best_device(&options)?,
        }
        Ok(options)
    }

    /// The engine that was asked for.
    fn load(&self, config: &ConfigFile) -> Result<Engine, anyhow::Error> {
        Ok(Engine::load(&self.options(config)?)?)
    }
}

/// A file that a command reads whole; `-` is standard input.
pub(crate) fn input(path: &Path) -> &Path {
    if path.as_os_str() == "-" { Path::new("/dev/stdin") } else { path }
}

/// How a command ended that did not fail.
pub(crate) enum Done {
    /// Everything was read and written.
    Whole,
    /// Some of the input could not be read; the rest is done.
    Partly,
    /// A question was asked, and the answer is no.
    No,
}

/// Something could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}; {remedy}")]
pub(crate) struct OutputError {
    pub path: String,
    // Not a `source`: what prints the chain of causes would say it twice.
    pub cause: std::io::Error,
    pub remedy: &'static str,
}

/// Parses the arguments, runs the command, prints an error, and gives the exit code.
pub fn run() -> ExitCode {
    let value = |name: &str| std::env::var(name).ok();
    let command = variables::without_empty(Cli::command(), &|name| value(name).is_some_and(|text| text.is_empty()));
    let given: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let parsed = command.clone().try_get_matches().and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return say_usage(&variables::named(error, &command, &given, value)),
    };
    match dispatch(cli, &command, &matches) {
        Ok(Done::Whole) => ExitCode::SUCCESS,
        Ok(Done::Partly) => ExitCode::from(3),
        Ok(Done::No) => ExitCode::from(1),
        // Whoever reads our output has enough of it (`| head`).
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let system = error.downcast_ref::<std::io::Error>().is_some_and(|e| e.raw_os_error().is_some());
            let place = if system && is_unnamed(&error) { "standard output: " } else { "" };
            let _ = writeln!(std::io::stderr(), "dealtone: {place}{error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Prints what clap says instead of a command: help, or what is wrong with the arguments.
fn say_usage(said: &clap::Error) -> ExitCode {
    match said.print().and_then(|()| std::io::stdout().flush()) {
        Err(error) if !said.use_stderr() && error.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(std::io::stderr(), "dealtone: standard output: {error}");
            ExitCode::from(4)
        }
        _ => ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2)),
    }
}

fn dispatch(cli: Cli, command: &Clap, matches: &ArgMatches) -> anyhow::Result<Done> {
    let given = std::env::vars_os().filter(|(_, value)| !value.is_empty());
    let set: Vec<String> = given.filter_map(|(name, _)| name.into_string().ok()).collect();
    let (mut used, mut matches) = (command, matches);
    while let Some((name, below)) = matches.subcommand() {
        (used, matches) = (used.find_subcommand(name).unwrap_or(used), below);
    }
    let given = |arg: &Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    variables::check(command, used, given, set.iter().map(String::as_str))?;
    let config = match &cli.config {
        Some(path) => ConfigFile::read(path)?,
        None => ConfigFile::read_unasked(Path::new("dealtone.toml"))?,
    };
    match cli.command {
        Command::Analyze(args) => analyze::run(&args, &config),
        Command::Listen(args) => listen::run(&args, &config),
        Command::Show(args) => show::run(&args, &config),
        Command::Score(args) => score::run(&args, &config),
        Command::Bench(args) => bench::run(&args, &config),
        Command::Report(args) => report::run(&args, &config),
        Command::Eval(args) => eval::run(&args, &config),
        Command::Judge(args) => judge::run(&args, &config),
        Command::Explain(args) => explain::run(&args, &config),
        Command::Rules(command) => rules::run(&command, &config),
        Command::Formats => formats::run(),
        Command::Schema(args) => schema::run(&args),
        Command::Serve(args) => serve::run(&args, &config),
        Command::Health(args) => health::run(&args),
        Command::Store(command) => store::run(&command),
        Command::Model(command) => model::run(&command, &config),
    }
}

/// The one table from errors to exit codes; [`EXIT_CODES`] says it to the user. Whatever is none of the program's own
/// errors is about what the user asked for.
fn exit_code(error: &anyhow::Error) -> u8 {
    let of_store = |e: &StoreError| match e {
        StoreError::Missing { .. } | StoreError::NotAStore { .. } | StoreError::Taken { .. } => 2,
        _ => 4,
    };
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(ServeError::Score(_) | ServeError::WarmUp(_)), _) => 5,
        (Some(ServeError::Bind { .. } | ServeError::System(_)), _) => 4,
        (Some(ServeError::Store(e)), _) | (None, Some(e)) => of_store(e),
        _ if error.is::<ScoreError>() => 5,
        _ if error.is::<OutputError>() || (error.is::<std::io::Error>() && is_unnamed(error)) => 4,
        _ => 2,
    }
}

/// Whether nothing was said of the place: what is read names its file in front of the cause, and so does what is written
/// elsewhere, as an [`OutputError`]. Standard output is what has no name.
fn is_unnamed(error: &anyhow::Error) -> bool {
    error.chain().count() == 1
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn what_cannot_be_read_is_the_users_to_mend_and_what_cannot_be_written_has_its_own_code() {
        let failed = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let read = Err::<(), _>(failed()).context("labels.jsonl: labelled lines cannot be read").unwrap_err();
        assert_eq!(exit_code(&read), 2);
        assert_eq!(exit_code(&failed().into()), 4);
        let written = OutputError { path: "run/report.html".into(), cause: failed(), remedy: "choose another folder" };
        assert_eq!(exit_code(&written.into()), 4);
    }
}
