//! `dealtone analyze`: a folder of exports to a report and the files beside it.

use std::{
    collections::BTreeSet,
    io::{IsTerminal, Write},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{civil::Date, tz::TimeZone};

use super::{
    Done, EngineArgs,
    out_folder::{OutFolder, output_error},
};
use crate::{
    config::ConfigFile,
    pipeline::{self, Analysed, AnalyzeOptions, Progress},
    read::{
        Skipped,
        export::{domains, walk},
    },
    report::{
        Bundle, NotRead, crm, csv, html, jsonl, markdown, parquet, table,
        terminal::{self, Style},
    },
    resume::ResumeLog,
    team::Team,
};

#[derive(Args)]
pub(crate) struct AnalyzeArgs {
    /// Files or folders of exported calls and e-mails; each sub-folder is a deal
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder for the results; made where it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Mail domains of our side: a.com,b.com, or a file with one a line [default: our-domains.txt of the export]
    #[arg(long, value_name = "FILE|DOMAINS", env = "DEALTONE_OUR_DOMAINS")]
    our_domains: Option<String>,
    /// Exchange buyer and seller everywhere
    #[arg(long)]
    swap_sides: bool,
    /// Day of judgement, as 2026-06-12 [default: as_of of deals.csv, else each deal's latest interaction]
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Your own rules over the built-in ones; `dealtone explain rules` shows them
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// Time zone in which times are shown, as Europe/Berlin; files are in UTC [default: UTC]
    #[arg(long, value_name = "ZONE", env = "DEALTONE_ZONE")]
    zone: Option<String>,
    /// Further files beside the lines and the page, several with commas
    #[arg(long, value_name = "FORMAT", value_delimiter = ',')]
    format: Vec<Format>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Files that are written on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// utterances.jsonl, deals.jsonl, skipped.jsonl: always written
    Jsonl,
    /// utterances, conversations, deals, findings, readings as .csv
    Csv,
    /// The same tables as .parquet
    Parquet,
    /// A brief for each deal, to paste into a chat or a CRM note
    Markdown,
    /// salesforce.csv: update opportunities by external id
    Salesforce,
    /// hubspot.csv: update deals by record id
    Hubspot,
}

/// Writes what was asked for beyond the lines and the page.
fn write_formats(out: &mut OutFolder, formats: &[Format], bundles: &[Bundle], zone: &TimeZone) -> anyhow::Result<()> {
    for format in Format::value_variants().iter().filter(|f| formats.contains(f)) {
        match format {
            Format::Jsonl => {}
            Format::Csv => {
                for table in table::tables(bundles) {
                    out.write(&format!("{}.csv", table.name), csv::write(&table).as_bytes())?;
                }
            }
            Format::Parquet => {
                for table in table::tables(bundles) {
                    out.write(&format!("{}.parquet", table.name), &parquet::write(&table))?;
                }
            }
            Format::Markdown => {
                let mut taken = BTreeSet::new();
                for bundle in bundles {
                    let name = file_name(&bundle.deal.id.0, &mut taken);
                    out.write(&format!("brief-{name}.md"), markdown::brief(bundle, zone).as_bytes())?;
                }
            }
            Format::Salesforce => {
                out.write("salesforce.csv", crm::write(bundles, crm::Crm::Salesforce, zone).as_bytes())?;
            }
            Format::Hubspot => out.write("hubspot.csv", crm::write(bundles, crm::Crm::HubSpot, zone).as_bytes())?,
        }
    }
    Ok(())
}

/// A deal's name as part of a file's name: no separators, no dots in front, not too long, each once.
fn file_name(deal: &str, taken: &mut BTreeSet<String>) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = deal.chars().map(safe).take(60).collect();
    let name = if name.is_empty() { "deal".to_owned() } else { name };
    let mut free = name.clone();
    let mut number = 2;
    // Two names may differ only in what a file's name cannot hold, or in case, which some file systems ignore.
    while !taken.insert(free.to_lowercase()) {
        free = format!("{name}-{number}");
        number += 1;
    }
    free
}

pub(crate) fn run(args: &AnalyzeArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let zone = zone(args.zone.as_deref().or(config.zone.as_deref()))?;
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        bail!("{}: no such file or folder; name an export to analyse", missing.display());
    }
    let export = walk(&args.paths);
    if export.files.is_empty() {
        let why = export.skipped.first().map_or_else(|| "there is no file in it".to_owned(), ToString::to_string);
        bail!("nothing to analyse: {why}; name files or a folder of exported calls and e-mails");
    }
    let mut our_domains = match &args.our_domains {
        Some(asked) => asked_domains(asked)?,
        None => config.our_domains.clone().unwrap_or_default(),
    };
    our_domains.extend(export.our_domains.iter().cloned());
    let options = AnalyzeOptions {
        team: Team { our_domains, swap_sides: args.swap_sides, ..Team::default() },
        as_of: args.as_of,
        rules: super::report::rules(args.rules.as_ref().or(config.rules.as_ref()))?,
        ..AnalyzeOptions::default()
    };
    // Whatever can fail without the work done fails before it.
    let mut out = OutFolder::open(&args.out)?;
    let engine = args.engine.load(config)?;

    // What a killed run had scored is not scored again.
    let log_path = args.out.join("resume.log");
    let log = ResumeLog::open(&log_path, &engine.provenance).map_err(|e| output_error(&log_path, e))?;
    if !args.quiet && !log.is_empty() {
        eprintln!("dealtone: going on where an earlier run stopped: {} conversations are scored already", log.len());
    }
    let log = Mutex::new(log);

    let mut utterances = out.create("utterances.jsonl")?;
    let mut deals = out.create("deals.jsonl")?;
    let mut skipped: Vec<Skipped> = export.skipped.clone();
    let mut analysed: Vec<Analysed> = Vec::new();
    let bar = Bar::new(args.quiet);
    pipeline::analyze(&export, &engine, &options, &log, &bar, |mut deal: Analysed| -> anyhow::Result<()> {
        skipped.append(&mut deal.skipped);
        if deal.deal.is_empty() {
            return Ok(());
        }
        utterances.write(jsonl::utterances(&deal.deal).as_bytes())?;
        deals.write(jsonl::deal(&deal.report).as_bytes())?;
        analysed.push(deal);
        Ok(())
    })?;
    bar.0.finish_and_clear();
    utterances.close()?;
    deals.close()?;

    let not_read: Vec<NotRead> =
        skipped.iter().map(|s| NotRead { file: &s.file, line: s.line, code: &s.code, message: &s.message }).collect();
    out.write("skipped.jsonl", jsonl::skipped(not_read.iter().copied()).as_bytes())?;
    let bundles: Vec<Bundle> = analysed.iter().map(|a| Bundle { deal: &a.deal, report: &a.report }).collect();
    let frame = html::Frame { zone: &zone, made_at: None, not_read: &not_read };
    out.write("report.html", html::page(&bundles, &frame).as_bytes())?;
    write_formats(&mut out, &args.format, &bundles, &zone)?;
    let files = out.finish()?;
    let log = log.into_inner().unwrap_or_else(PoisonError::into_inner);
    log.finish().map_err(|e| output_error(&log_path, e))?;

    if !args.quiet {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(terminal::attention_list(&bundles, &zone, style()).as_bytes())?;
        writeln!(stdout, "\nWritten:")?;
        for file in &files {
            writeln!(stdout, "  {}", file.display())?;
        }
    }
    if skipped.is_empty() {
        return Ok(Done::Whole);
    }
    eprintln!(
        "dealtone: {} could not be read whole; skipped.jsonl names each with its line and the remedy",
        match skipped.len() {
            1 => "one thing".to_owned(),
            n => format!("{n} things"),
        }
    );
    Ok(Done::Partly)
}

/// The zone of that name; UTC where none is named.
pub(crate) fn zone(name: Option<&str>) -> anyhow::Result<TimeZone> {
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) => TimeZone::get(name)
            .with_context(|| format!("{name:?} is no time zone; name one as Europe/Berlin or America/New_York")),
    }
}

/// Domains as the user wrote them, or those in the file that the user named.
fn asked_domains(asked: &str) -> anyhow::Result<Vec<String>> {
    let path = std::path::Path::new(asked);
    let text = if path.is_file() {
        std::fs::read_to_string(path).with_context(|| format!("{asked}: our domains cannot be read"))?
    } else {
        asked.to_owned()
    };
    let found = domains(&text);
    if found.is_empty() {
        bail!("--our-domains {asked}: this is neither a file with a mail domain a line nor a list as a.com,b.com");
    }
    Ok(found)
}

/// What standard output can show.
pub(crate) fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    if !terminal {
        return Style::PLAIN;
    }
    let colour =
        std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var("TERM").as_deref() != Ok("dumb");
    let width = terminal_size::terminal_size().map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style { width, colour, ..Style::PLAIN }
}

/// A bar on a terminal, nothing on a pipe.
struct Bar(ProgressBar);

impl Bar {
    fn new(quiet: bool) -> Bar {
        let bar = if quiet || !std::io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let look = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(look);
        Bar(bar)
    }
}

impl Progress for Bar {
    fn total(&self, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn done(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_deals_become_names_of_files_that_stay_in_the_folder() {
        let mut taken = BTreeSet::new();
        for (deal, expected) in [
            ("acme", "acme"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("Acme", "Acme-2"),
            ("a/b", "a_b"),
            ("a:b", "a_b-2"),
            ("", "deal"),
            ("Übergröße & Söhne", "Übergröße___Söhne"),
        ] {
            assert_eq!(file_name(deal, &mut taken), expected, "{deal:?}");
        }
        assert!(file_name(&"x".repeat(10_000), &mut taken).len() <= 60);
    }
}
